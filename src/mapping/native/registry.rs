//! The transforms by name, for `via` in tables, and by the types at both ends, for rows that are only a path.

use crate::cda::tree::Node;
use crate::fhir::value::Value;
use crate::mapping::context::Context;

use super::time::FhirTime;
use super::{
    Choice, address, attachment, boolean, coding, data_absent, human_name, identifier, narrative, quantity, telecom,
    text, time, timing, value,
};

/// A primitive, and what stands beside it under its name with `_`.
pub type WithElement = (Value, Option<Value>);

/// How a transform is called.
#[derive(Clone, Copy)]
pub enum Run {
    /// one node gives one value
    One(fn(&Context<'_>, Node<'_>) -> Option<Value>),
    /// one node gives a primitive, and what stands beside it under its name with `_`
    Primitive(fn(&Context<'_>, Node<'_>) -> Option<WithElement>),
    /// one node gives a value whose type ends the element's name; the list says which types the element allows
    Choice(fn(&Context<'_>, Node<'_>, &[&str]) -> Option<Choice>),
    /// all nodes of a path give one value
    Many(fn(&Context<'_>, &[Node<'_>]) -> Option<Value>),
}

/// A transform that tables may name.
pub struct Transform {
    /// the name in `via`
    pub name: &'static str,
    /// what it does, for the pages that clinicians review
    pub doc: &'static str,
    /// CDA types that it takes; `ANY` for all
    pub source: &'static [&'static str],
    /// FHIR types that it gives
    pub target: &'static [&'static str],
    /// the function
    pub run: Run,
    /// an element (several for [`Run::Many`]) and what the transform makes of it, as compact JSON; of a choice with its
    /// suffix before it. Runs as a test.
    pub example: (&'static str, &'static str),
}

fn timed(found: Option<FhirTime<'_>>) -> Option<WithElement> {
    found.map(|t| (t.value(), t.element()))
}

fn date_time(cx: &Context<'_>, node: Node<'_>) -> Option<WithElement> {
    timed(time::date_time(cx, node))
}

fn date(cx: &Context<'_>, node: Node<'_>) -> Option<WithElement> {
    timed(time::date(cx, node))
}

fn instant(cx: &Context<'_>, node: Node<'_>) -> Option<WithElement> {
    timed(time::instant(cx, node))
}

fn dose(cx: &Context<'_>, node: Node<'_>, allowed: &[&str]) -> Option<Choice> {
    quantity::dose(cx, node).filter(|c| allowed.contains(&c.suffix))
}

const CODED: &[&str] = &["CD", "CE", "CV", "CS", "CO"];
const TEXTS: &[&str] = &["ST", "ED", "SC"];
const INTERVALS: &[&str] = &["IVL_PQ", "IVL_INT", "IVL_REAL", "BXIT_IVL_PQ", "URG_PQ"];
const NUMBERS: &[&str] = &["PQ", "REAL", "INT", "PPD_PQ", "IVL_PQ", "QTY"];
const TIMES: &[&str] = &["TS", "IVL_TS", "SXCM_TS"];

/// All transforms, by name.
pub const TRANSFORMS: &[Transform] = &[
    Transform {
        name: "absent",
        doc: "A null flavour as the data-absent-reason extension of an optional element; NI says nothing.",
        source: &["ANY"],
        target: &["Element"],
        run: Run::One(data_absent::optional),
        example: (
            "<value nullFlavor='MSK'/>",
            r#"{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"masked"}]}"#,
        ),
    },
    Transform {
        name: "absent-required",
        doc: "A null flavour as the data-absent-reason extension of a required element; unknown where nothing is said.",
        source: &["ANY"],
        target: &["Element"],
        run: Run::One(data_absent::required),
        example: (
            "<value nullFlavor='NI'/>",
            r#"{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]}"#,
        ),
    },
    Transform {
        name: "absent-reason",
        doc: "A null flavour as a coded reason, for Observation.dataAbsentReason.",
        source: &["ANY"],
        target: &["CodeableConcept"],
        run: Run::One(data_absent::concept),
        example: (
            "<value nullFlavor='NASK'/>",
            r#"{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/data-absent-reason","code":"not-asked"}]}"#,
        ),
    },
    Transform {
        name: "address",
        doc: "A postal address.",
        source: &["AD"],
        target: &["Address"],
        run: Run::One(address::address),
        example: (
            "<addr use='HP'><streetAddressLine>1 Main St</streetAddressLine><city>Boston</city></addr>",
            r#"{"use":"home","line":["1 Main St"],"city":"Boston"}"#,
        ),
    },
    Transform {
        name: "attachment",
        doc: "Encapsulated data; base64 stays, text is encoded.",
        source: TEXTS,
        target: &["Attachment"],
        run: Run::One(attachment::attachment),
        example: ("<text mediaType='text/plain'>a</text>", r#"{"contentType":"text/plain","data":"YQ=="}"#),
    },
    Transform {
        name: "boolean",
        doc: "A truth value.",
        source: &["BL", "BN"],
        target: &["boolean"],
        run: Run::One(boolean::boolean),
        example: ("<value value='true'/>", "true"),
    },
    Transform {
        name: "code",
        doc: "A code alone, as a FHIR code.",
        source: CODED,
        target: &["code"],
        run: Run::One(coding::code),
        example: ("<statusCode code='active'/>", "\"active\""),
    },
    Transform {
        name: "codeable-concept",
        doc: "A code with its translations and original text.",
        source: CODED,
        target: &["CodeableConcept"],
        run: Run::One(coding::codeable_concept),
        example: (
            "<code code='8867-4' codeSystem='2.16.840.1.113883.6.1'><originalText>Pulse</originalText></code>",
            r#"{"coding":[{"system":"http://loinc.org","code":"8867-4"}],"text":"Pulse"}"#,
        ),
    },
    Transform {
        name: "coding",
        doc: "The first code of a code and its translations.",
        source: CODED,
        target: &["Coding"],
        run: Run::One(coding::coding),
        example: (
            "<code code='8867-4' codeSystem='2.16.840.1.113883.6.1'/>",
            r#"{"system":"http://loinc.org","code":"8867-4"}"#,
        ),
    },
    Transform {
        name: "date",
        doc: "The date part of a time, as far as it is known.",
        source: TIMES,
        target: &["date"],
        run: Run::Primitive(date),
        example: ("<birthTime value='198001011230'/>", "\"1980-01-01\""),
    },
    Transform {
        name: "date-time",
        doc: "A point in time: the value, else the low end, else the center; precision and offset as written.",
        source: TIMES,
        target: &["dateTime"],
        run: Run::Primitive(date_time),
        example: ("<effectiveTime value='202305312205-0500'/>", "\"2023-05-31T22:05:00-05:00\""),
    },
    Transform {
        name: "display",
        doc: "The words of a code: original text, else its name, else the name of a translation.",
        source: CODED,
        target: &["string", "markdown"],
        run: Run::One(coding::display),
        example: ("<code code='x' displayName='Name'/>", "\"Name\""),
    },
    Transform {
        name: "div",
        doc: "Narrative as XHTML: a section's text, or what an entry's text says and refers to.",
        source: &["ED", "StrucDoc.Text"],
        target: &["xhtml"],
        run: Run::One(narrative::div),
        example: ("<text>Words</text>", r#""<div xmlns=\"http://www.w3.org/1999/xhtml\">Words</div>""#),
    },
    Transform {
        name: "dose",
        doc: "A dose or rate: a quantity, a range, or a ratio.",
        source: &["PQ", "IVL_PQ", "RTO"],
        target: &["Quantity", "SimpleQuantity", "Range", "Ratio"],
        run: Run::Choice(dose),
        example: (
            "<doseQuantity><low value='1'/><high value='2'/></doseQuantity>",
            r#"Range {"low":{"value":1},"high":{"value":2}}"#,
        ),
    },
    Transform {
        name: "duration",
        doc: "A length of time, as Age or Duration; above zero, in a UCUM unit of time.",
        source: NUMBERS,
        target: &["Age", "Duration"],
        run: Run::One(quantity::duration),
        example: (
            "<value value='57' unit='a'/>",
            r#"{"value":57,"unit":"a","system":"http://unitsofmeasure.org","code":"a"}"#,
        ),
    },
    Transform {
        name: "human-name",
        doc: "The name of a person.",
        source: &["EN", "PN"],
        target: &["HumanName"],
        run: Run::One(human_name::name),
        example: (
            "<name use='L'><given>Mary</given><family>Smith</family></name>",
            r#"{"use":"usual","family":"Smith","given":["Mary"]}"#,
        ),
    },
    Transform {
        name: "identifier",
        doc: "An identifier; nothing when it is null or names only a scheme.",
        source: &["II"],
        target: &["Identifier"],
        run: Run::One(identifier::identifier),
        example: ("<id root='1.2.3' extension='4'/>", r#"{"system":"urn:oid:1.2.3","value":"4"}"#),
    },
    Transform {
        name: "instant",
        doc: "A moment; nothing when minutes or the offset are not known.",
        source: TIMES,
        target: &["instant"],
        run: Run::Primitive(instant),
        example: ("<time value='20120806100000-0500'/>", "\"2012-08-06T10:00:00-05:00\""),
    },
    Transform {
        name: "integer",
        doc: "A whole number of 32 bits.",
        source: &["INT"],
        target: &["integer"],
        run: Run::One(boolean::integer),
        example: ("<value value='-2'/>", "-2"),
    },
    Transform {
        name: "money",
        doc: "An amount of money.",
        source: &["MO"],
        target: &["Money"],
        run: Run::One(quantity::money),
        example: ("<value value='1.20' currency='EUR'/>", r#"{"value":1.20,"currency":"EUR"}"#),
    },
    Transform {
        name: "name",
        doc: "The name of an organisation or thing, as one string.",
        source: &["ON", "EN", "TN", "PN"],
        target: &["string"],
        run: Run::One(human_name::organization_name),
        example: ("<name>Good  Health</name>", "\"Good Health\""),
    },
    Transform {
        name: "period",
        doc: "An interval of time; a point is a start without end.",
        source: TIMES,
        target: &["Period"],
        run: Run::One(time::period),
        example: (
            "<effectiveTime><low value='20120806'/><high value='20121106'/></effectiveTime>",
            r#"{"start":"2012-08-06","end":"2012-11-06"}"#,
        ),
    },
    Transform {
        name: "positive-int",
        doc: "A whole number from 1.",
        source: &["INT"],
        target: &["positiveInt"],
        run: Run::One(boolean::positive_int),
        example: ("<value value='2'/>", "2"),
    },
    Transform {
        name: "quantity",
        doc: "A number with its unit, which is coded when it is UCUM.",
        source: NUMBERS,
        target: &["Quantity"],
        run: Run::One(quantity::quantity),
        example: (
            "<value value='80' unit='/min'/>",
            r#"{"value":80,"unit":"/min","system":"http://unitsofmeasure.org","code":"/min"}"#,
        ),
    },
    Transform {
        name: "range",
        doc: "A range with one end or two, never a comparison; for reference ranges.",
        source: INTERVALS,
        target: &["Range"],
        run: Run::One(quantity::range),
        example: ("<value><high value='1.0'/></value>", r#"{"high":{"value":1.0}}"#),
    },
    Transform {
        name: "ratio",
        doc: "A ratio; both sides are needed.",
        source: &["RTO", "RTO_PQ_PQ", "RTO_QTY_QTY"],
        target: &["Ratio"],
        run: Run::One(quantity::ratio),
        example: (
            "<value><numerator value='1'/><denominator value='128'/></value>",
            r#"{"numerator":{"value":1},"denominator":{"value":128}}"#,
        ),
    },
    Transform {
        name: "repeats",
        doc: "The number of repeats after the first supply.",
        source: &["INT", "IVL_INT"],
        target: &["unsignedInt"],
        run: Run::One(boolean::repeats),
        example: ("<repeatNumber value='2'/>", "1"),
    },
    Transform {
        name: "simple-quantity",
        doc: "A number with its unit where no comparator may stand.",
        source: NUMBERS,
        target: &["SimpleQuantity"],
        run: Run::One(quantity::simple_quantity),
        example: ("<doseQuantity value='1'/>", r#"{"value":1}"#),
    },
    Transform {
        name: "telecom",
        doc: "A phone number or other address of telecommunication.",
        source: &["TEL"],
        target: &["ContactPoint"],
        run: Run::One(telecom::telecom),
        example: ("<telecom value='tel:555-1000' use='WP'/>", r#"{"system":"phone","value":"555-1000","use":"work"}"#),
    },
    Transform {
        name: "text",
        doc: "Text without markup: what stands inline and what is referred to in the narrative.",
        source: TEXTS,
        target: &["string", "markdown"],
        run: Run::One(text::text),
        example: ("<text>A <sub>1</sub></text>", "\"A 1\""),
    },
    Transform {
        name: "timing",
        doc: "The times of an administration, from all its effectiveTime elements; in words where R4 has no form.",
        source: &["SXCM_TS", "IVL_TS", "PIVL_TS", "EIVL_TS", "SXPR_TS", "TS"],
        target: &["Timing"],
        run: Run::Many(timing::timing),
        example: (
            "<effectiveTime xsi:type='PIVL_TS' institutionSpecified='true'><period value='8' unit='h'/></effectiveTime>",
            r#"{"repeat":{"frequency":3,"period":1,"periodUnit":"d"}}"#,
        ),
    },
    Transform {
        name: "unsigned-int",
        doc: "A whole number from 0.",
        source: &["INT"],
        target: &["unsignedInt"],
        run: Run::One(boolean::unsigned_int),
        example: ("<value value='0'/>", "0"),
    },
    Transform {
        name: "value",
        doc: "A value of any type, in the best form that the element allows.",
        source: &["ANY"],
        target: &["*"],
        run: Run::Choice(value::value),
        example: ("<value xsi:type='INT' value='3'/>", "Integer 3"),
    },
];

/// The transform of a name.
pub fn native(name: &str) -> Option<&'static Transform> {
    TRANSFORMS.binary_search_by(|t| t.name.cmp(name)).ok().map(|i| &TRANSFORMS[i]).or_else(|| {
        // the list is in order; a name out of place is still found
        TRANSFORMS.iter().find(|t| t.name == name)
    })
}

/// The transform that a row needs which only names a path: from a CDA type to a FHIR type, where there is only one way.
pub fn between(source: &str, target: &str) -> Option<&'static Transform> {
    let by_types = |t: &&Transform| t.source.contains(&source) && t.target.contains(&target);
    // these are never meant unless they are named
    let named_only = |t: &&Transform| !matches!(t.name, "repeats" | "dose" | "div" | "display");
    TRANSFORMS
        .iter()
        .filter(by_types)
        .find(named_only)
        .or_else(|| native("display").filter(|d| CODED.contains(&source) && d.target.contains(&target)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::native::testing::{json, with_node};

    #[test]
    fn examples_hold() {
        for t in TRANSFORMS {
            let (xml, expected) = t.example;
            let found = with_node(&format!("<act>{xml}</act>"), |act, cx| {
                let nodes: Vec<_> = act.children().collect();
                let choice = |c: Option<Choice>| match c {
                    Some(c) => format!("{} {}", c.suffix, json(Some(&c.value))),
                    None => "-".to_owned(),
                };
                match t.run {
                    Run::One(f) => json(f(cx, nodes[0]).as_ref()),
                    Run::Primitive(f) => json(f(cx, nodes[0]).map(|p| p.0).as_ref()),
                    Run::Choice(f) if t.name == "dose" => choice(f(cx, nodes[0], &["Quantity", "Range", "Ratio"])),
                    Run::Choice(f) => choice(f(cx, nodes[0], value::OBSERVATION)),
                    Run::Many(f) => json(f(cx, &nodes).as_ref()),
                }
            });
            assert_eq!(found, expected, "{}", t.name);
        }
    }

    #[test]
    fn names_are_found_and_unique() {
        for (i, t) in TRANSFORMS.iter().enumerate() {
            assert_eq!(native(t.name).map(|n| n.name), Some(t.name));
            assert!(TRANSFORMS[i + 1..].iter().all(|o| o.name != t.name), "{}", t.name);
            assert!(t.doc.ends_with('.'), "{}", t.name);
        }
        assert!(native("no-such").is_none());
    }

    #[test]
    fn types_at_both_ends_decide() {
        let name = |s, t| between(s, t).map(|t| t.name);
        assert_eq!(name("II", "Identifier"), Some("identifier"));
        assert_eq!(name("CE", "CodeableConcept"), Some("codeable-concept"));
        assert_eq!(name("CD", "string"), Some("display"));
        assert_eq!(name("IVL_TS", "Period"), Some("period"));
        assert_eq!(name("TS", "dateTime"), Some("date-time"));
        assert_eq!(name("ED", "string"), Some("text"));
        assert_eq!(name("ST", "string"), Some("text"));
        assert_eq!(name("INT", "unsignedInt"), Some("unsigned-int"));
        assert_eq!(name("II", "Period"), None);
    }
}
