//! Which transform makes which FHIR type, and the transforms that rows name with `via`.

use crate::cda::datatypes::{Precision, Ts};
use crate::cda::names::name;
use crate::cda::tree::Node;
use crate::cda::xml::XmlNode;
use crate::fhir::value::{Object, Value};

use super::super::context::Context;
use super::registry::{Given, Made, Native, Transform};
use super::time::FhirTime;
use super::*;

fn extensions(element: Option<Value>) -> Vec<Value> {
    match element {
        Some(Value::Object(mut o)) => match o.remove("extension") {
            Some(Value::Array(a)) => a,
            _ => vec![],
        },
        _ => vec![],
    }
}

fn timed(time: Option<FhirTime<'_>>) -> Option<Made> {
    let t = time?;
    Some(Made { value: Some(t.value()), extension: extensions(t.element()) })
}

fn chosen(choice: Choice) -> (&'static str, Made) {
    (choice.suffix, Made { value: Some(choice.value), extension: extensions(choice.element) })
}

/// What makes a FHIR type of a node.
pub type Datatype = fn(&Context<'_>, Node<'_>) -> Option<Made>;

macro_rules! made {
    ($f:expr) => {
        |cx, node| ($f)(cx, node).map(Made::from)
    };
}

/// The transform that makes a FHIR type; looked up once, when tables are compiled.
pub fn datatype_named(ty: &str) -> Option<Datatype> {
    Some(match ty {
        "dateTime" => |cx, node| timed(time::date_time(cx, node)),
        "date" => |cx, node| timed(time::date(cx, node)),
        "instant" => |cx, node| timed(time::instant(cx, node)),
        "Period" => made!(time::period),
        "Identifier" => made!(identifier::identifier),
        "CodeableConcept" => {
            |cx, node| coding::codeable_concept(cx, node).or_else(|| concept_of_text(cx, node)).map(Made::from)
        }
        "Coding" => made!(coding::coding),
        "code" => made!(coding::code),
        "boolean" => made!(boolean::boolean),
        "integer" => made!(boolean::integer),
        "unsignedInt" => made!(boolean::unsigned_int),
        "positiveInt" => made!(boolean::positive_int),
        "string" | "markdown" => made!(text_of),
        "Quantity" => made!(quantity::quantity),
        "SimpleQuantity" => made!(quantity::simple_quantity),
        "Duration" | "Age" => made!(quantity::duration),
        "Range" => made!(quantity::range),
        "Ratio" => made!(quantity::ratio),
        "Money" => made!(quantity::money),
        "HumanName" => made!(human_name::name),
        "Address" => made!(address::address),
        "ContactPoint" => made!(telecom::telecom),
        "Attachment" => made!(attachment::attachment),
        "Narrative" => made!(narrative),
        "decimal" => |_, node| {
            node.attr_trimmed(name::VALUE)
                .and_then(quantity::number)
                .filter(|(comparator, _)| comparator.is_none())
                .map(|(_, n)| Made::from(Value::Number(n)))
        },
        _ => return None,
    })
}

/// An attribute as a FHIR type.
pub fn of_attribute(text: &str, ty: &str) -> Option<Made> {
    attribute_as(text.trim(), ty).map(Made::from)
}

/// A plain name where FHIR wants a concept: `text` alone.
fn concept_of_text(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    let is_coded = node.attr(name::CODE).is_some() || node.null_flavor().is_some();
    if is_coded || !matches!(node.name(), name::NAME | name::TEXT | name::TITLE) {
        return None;
    }
    let text = text_of(cx, node)?;
    Some(Object::new().with("text", text).into())
}

/// A name, title or text as one string.
fn text_of(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    match node.name() {
        name::NAME => human_name::organization_name(cx, node),
        _ if node.attr(name::CODE).is_some() => coding::display(cx, node),
        _ => text::text(cx, node),
    }
}

fn attribute_as(text: &str, ty: &str) -> Option<Value> {
    if text.is_empty() {
        return None;
    }
    Some(match ty {
        "boolean" => match text {
            "true" | "1" => Value::Bool(true),
            "false" | "0" => Value::Bool(false),
            _ => return None,
        },
        "integer" | "positiveInt" | "unsignedInt" => Value::Number(text.parse::<i32>().ok()?.to_string().into()),
        "CodeableConcept" => Object::new().with_str("text", text).into(),
        _ => Value::string(text),
    })
}

/// A node as one of the types of a choice: the suffix, and the value.
pub fn choice(
    cx: &Context<'_>,
    node: Node<'_>,
    attribute: Option<&str>,
    allowed: &[&'static str],
) -> Option<(&'static str, Made)> {
    if let Some(text) = attribute {
        return allowed.contains(&"string").then(|| ("string", Made::from(Value::string(text.trim()))));
    }
    // effectiveTime and its kin bear no xsi:type in most documents: their shape decides
    if matches!(node.name(), name::EFFECTIVE_TIME | name::TIME | name::LOW | name::HIGH | name::CENTER)
        && node.attr(name::UNIT).is_none()
    {
        return time_choice(cx, node, allowed);
    }
    value::value(cx, node, allowed).map(chosen)
}

/// A point in time as dateTime, an interval as Period, where the element allows both.
fn time_choice(cx: &Context<'_>, node: Node<'_>, allowed: &[&'static str]) -> Option<(&'static str, Made)> {
    let bound = |n| node.child(n).and_then(|b: Node<'_>| b.attr_trimmed(name::VALUE));
    let (low, high) = (bound(name::LOW), bound(name::HIGH));
    let interval = high.is_some() && low != high;
    if interval && allowed.contains(&"Period") {
        return time::period(cx, node).map(|p| ("Period", Made::from(p)));
    }
    if allowed.contains(&"dateTime")
        && let Some(made) = timed(time::date_time(cx, node))
    {
        return Some(("dateTime", made));
    }
    if allowed.contains(&"instant")
        && let Some(made) = timed(time::instant(cx, node))
    {
        return Some(("instant", made));
    }
    allowed.contains(&"Period").then(|| time::period(cx, node)).flatten().map(|p| ("Period", Made::from(p)))
}

/// Narrative of a section or entry, as the author attested it.
pub fn narrative(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    let div = narrative::div(cx, node)?;
    Some(Object::new().with_str("status", "additional").with("div", div).into())
}

/// The transforms that rows name with `via`.
pub const NATIVES: &[Native] = &[
    Native {
        name: "timing",
        doc: "All effectiveTime of a substance administration as one Timing: IVL_TS bounds, PIVL_TS and EIVL_TS repeats, TS events",
        transform: Transform::Many(|cx, nodes| timing::timing(cx, nodes).map(|v| (None, Made::from(v)))),
    },
    Native {
        name: "dose",
        doc: "doseQuantity as doseQuantity, or as doseRange when it is an interval",
        transform: Transform::One(|cx, n| {
            quantity::dose(cx, n).map(|c| {
                let (s, m) = chosen(c);
                (Some(s), m)
            })
        }),
    },
    Native {
        name: "amount",
        doc: "doseQuantity or rateQuantity that is one amount, where R4 has no interval",
        transform: Transform::One(|cx, n| one(amounts::amount(cx, n))),
    },
    Native {
        name: "amount-words",
        doc: "intervals of doses and rates and how often, in words, where R4 has neither",
        transform: Transform::Many(|cx, nodes| {
            amounts::amount_words(cx, nodes).map(|w| (None, Made::from(Value::string(w))))
        }),
    },
    Native {
        name: "repeats",
        doc: "repeatNumber less one: CDA counts all fills, FHIR the refills",
        transform: Transform::One(|cx, n| one(boolean::repeats(cx, n))),
    },
    Native {
        name: "absent",
        doc: "data-absent-reason for a null flavour, on a primitive",
        transform: Transform::One(|cx, n| {
            let e = data_absent::extension(cx, n, true)?;
            Some((None, Made { value: None, extension: extensions(Some(e)) }))
        }),
    },
    Native {
        name: "unknown",
        doc: "data-absent-reason unknown, for an element that must be there and of which the source says nothing",
        transform: Transform::One(|_, _| {
            Some((None, Made { value: None, extension: extensions(Some(data_absent::absent("unknown"))) }))
        }),
    },
    Native {
        name: "absent-concept",
        doc: "data-absent-reason for a null flavour, as a CodeableConcept",
        transform: Transform::One(|cx, n| one(data_absent::concept(cx, n))),
    },
    Native {
        name: "displays",
        doc: "the display texts of several codes, joined by commas, each once",
        transform: Transform::Many(displays),
    },
    Native {
        name: "span",
        doc: "the time from the earliest to the latest of several times",
        transform: Transform::Many(span),
    },
    Native {
        name: "time-of-day",
        doc: "a dateTime, only when the source says a time of day",
        transform: Transform::One(|cx, n| {
            let text = n.attr_trimmed(name::VALUE)?;
            let ts = Ts::parse(text).ok()?;
            if ts.precision <= Precision::Day {
                return None;
            }
            timed(time::date_time(cx, n)).map(|m| (None, m))
        }),
    },
    Native {
        name: "language",
        doc: "a language code as BCP 47: a code or a CodeableConcept; what is no language tag becomes text",
        transform: Transform::One(|cx, n| one(language::language(cx, n))),
    },
    Native {
        name: "encounter-type",
        doc: "what kind of encounter: all codes but those that say only its class",
        transform: Transform::One(|cx, n| one(encounter_type(cx, n))),
    },
    Native {
        name: "author-time",
        doc: "the time of an author, of the node that bears it",
        transform: Transform::One(|cx, n| timed(time::date_time(cx, n.child(name::TIME)?)).map(|m| (None, m))),
    },
    Native {
        name: "instant-or-unknown",
        doc: "an instant; data-absent-reason unknown where the source says less, which then stands in another element",
        transform: Transform::One(|cx, n| {
            let mark = cx.mark();
            timed(time::instant(cx, n)).map(|m| (None, m)).or_else(|| {
                cx.forget_since(mark);
                Some((None, Made { value: None, extension: extensions(Some(data_absent::absent("unknown"))) }))
            })
        }),
    },
    Native {
        name: "authority-code",
        doc: "the code of who assigns an identifier, where assigningAuthorityName is `CODE:Name`",
        transform: Transform::One(|_, n| one(identifier::authority(n)?.0.map(Value::string))),
    },
    Native {
        name: "authority-name",
        doc: "the name of who assigns an identifier, without its code",
        transform: Transform::One(|_, n| {
            one(identifier::authority(n)
                .map(|(_, name)| text::collapse(name))
                .filter(|t| !t.is_empty())
                .map(Value::string))
        }),
    },
    Native {
        name: "authority-system",
        doc: "the system of the codes of who assigns an identifier, where it has one: authority-system(URI)",
        transform: Transform::Told(|_, n, system| {
            identifier::authority(n)?.0?;
            one(Some(Value::string(system)))
        }),
    },
    Native {
        name: "expression",
        doc: "the value that a SNOMED CT expression (`focus:attribute=value,…`) gives the attribute that is named: expression(810311000000101)",
        transform: Transform::Told(|_, n, attribute| one(expression::value_of(n, attribute))),
    },
    Native {
        name: "coding",
        doc: "one part of a code that has a system: coding(system), coding(code), coding(display)",
        transform: Transform::Told(|cx, n, part| one(coding::part(cx, n, part))),
    },
    Native {
        name: "text",
        doc: "plain text, references into the narrative resolved",
        transform: Transform::One(|cx, n| one(text::text(cx, n))),
    },
    Native {
        name: "headed",
        doc: "the words under a coded heading, led by the name of the heading where it has one",
        transform: Transform::One(|cx, n| one(coding::headed(cx, n))),
    },
    Native {
        name: "named",
        doc: "plain text of what is there or was done, as a CodeableConcept without coding; words of an absence give nothing",
        transform: Transform::One(|cx, n| one(absence::named(cx, n))),
    },
    Native {
        name: "text-concept",
        doc: "plain text as a CodeableConcept without coding",
        transform: Transform::One(|cx, n| one(text::text(cx, n).map(|t| Object::new().with("text", t).into()))),
    },
];

fn one(value: Option<Value>) -> Given {
    value.map(|v| (None, Made::from(v)))
}

fn displays(cx: &Context<'_>, nodes: &[Node<'_>]) -> Given {
    let mut parts: Vec<String> = Vec::new();
    for n in nodes {
        // what the sender shows to people; a code without words is better than nothing
        let words = coding::words_of(cx, *n)
            .map(|w| w.to_string())
            .or_else(|| n.attr_trimmed(name::DISPLAY_NAME).map(str::to_owned))
            .or_else(|| n.attr_trimmed(name::CODE).map(str::to_owned));
        if let Some(w) = words
            && !parts.contains(&w)
        {
            parts.push(w);
        }
    }
    (!parts.is_empty()).then(|| (None, Made::from(Value::string(parts.join(", ")))))
}

/// Times are compared as the digits that they share: `2013` is before `20130605`.
fn span(cx: &Context<'_>, nodes: &[Node<'_>]) -> Given {
    let mut points: Vec<(String, FhirTime<'_>)> = Vec::new();
    for n in nodes {
        let ends = [Some(*n), n.child(name::LOW), n.child(name::HIGH), n.child(name::CENTER)];
        for p in ends.into_iter().flatten() {
            if let Some(v) = p.attr_trimmed(name::VALUE)
                && let Some(t) = time::date_time(cx, p)
            {
                let digits: String = v.chars().take_while(char::is_ascii_digit).collect();
                points.push((digits, t));
            }
        }
    }
    points.sort_by(|a, b| a.0.cmp(&b.0));
    let (first, last) = (points.first()?, points.last()?);
    if first.1.text == last.1.text {
        let made = Made { value: Some(first.1.value()), extension: extensions(first.1.element()) };
        return Some((Some("dateTime"), made));
    }
    let mut period = Object::new();
    // a start that only says less of the end's very day would be neither before nor after it
    if !last.0.starts_with(&first.0) {
        first.1.add_to(&mut period, "start", "_start");
    }
    last.1.add_to(&mut period, "end", "_end");
    Some((Some("Period"), Made::from(Value::Object(period))))
}

/// ActCode classes of encounters are `Encounter.class`, not a type.
const ENCOUNTER_CLASS_SYSTEM: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";

fn encounter_type(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    let Value::Object(mut concept) = coding::codeable_concept(cx, node)? else { return None };
    if let Some(Value::Array(codings)) = concept.get_mut("coding") {
        codings.retain(|c| c.as_object().and_then(|o| o.str("system")) != Some(ENCOUNTER_CLASS_SYSTEM));
        if codings.is_empty() {
            concept.remove("coding");
        }
    }
    (!concept.is_empty()).then(|| concept.into())
}

/// The plain text of narrative.
pub fn plain_text_of(node: XmlNode<'_>) -> String {
    crate::cda::narrative::plain_text(node)
}

/// Narrative as XHTML without the div around it.
pub fn xhtml_fragment_of(node: XmlNode<'_>) -> String {
    narrative::fragment(node, None).unwrap_or_default()
}
