//! One example for each FHIR type that a row can ask for, and for the named transforms: what documents show must hold.

use super::testing::{json, with_node};
use super::{Transform, datatype_named, native};

/// FHIR type, element, what is made of it.
const TYPES: &[(&str, &str, &str)] = &[
    (
        "Address",
        "<addr use='HP'><streetAddressLine>1 Main St</streetAddressLine><city>Boston</city></addr>",
        r#"{"use":"home","line":["1 Main St"],"city":"Boston"}"#,
    ),
    ("Attachment", "<text mediaType='text/plain'>a</text>", r#"{"contentType":"text/plain","data":"YQ=="}"#),
    ("boolean", "<value value='true'/>", "true"),
    ("code", "<statusCode code='active'/>", "\"active\""),
    (
        "CodeableConcept",
        "<code code='8867-4' codeSystem='2.16.840.1.113883.6.1'><originalText>Pulse</originalText></code>",
        r#"{"coding":[{"system":"http://loinc.org","code":"8867-4"}],"text":"Pulse"}"#,
    ),
    (
        "Coding",
        "<code code='8867-4' codeSystem='2.16.840.1.113883.6.1'/>",
        r#"{"system":"http://loinc.org","code":"8867-4"}"#,
    ),
    ("date", "<birthTime value='198001011230'/>", "\"1980-01-01\""),
    ("dateTime", "<effectiveTime value='202305312205-0500'/>", "\"2023-05-31T22:05:00-05:00\""),
    (
        "HumanName",
        "<name use='L'><given>Mary</given><family>Smith</family></name>",
        r#"{"use":"usual","family":"Smith","given":["Mary"]}"#,
    ),
    ("Identifier", "<id root='1.2.840.3' extension='4'/>", r#"{"system":"urn:oid:1.2.840.3","value":"4"}"#),
    ("instant", "<time value='20120806100000-0500'/>", "\"2012-08-06T10:00:00-05:00\""),
    ("integer", "<value value='-2'/>", "-2"),
    ("Money", "<value value='1.20' currency='EUR'/>", r#"{"value":1.20,"currency":"EUR"}"#),
    (
        "Period",
        "<effectiveTime><low value='20120806'/><high value='20121106'/></effectiveTime>",
        r#"{"start":"2012-08-06","end":"2012-11-06"}"#,
    ),
    ("positiveInt", "<value value='2'/>", "2"),
    (
        "Quantity",
        "<value value='80' unit='/min'/>",
        r#"{"value":80,"unit":"/min","system":"http://unitsofmeasure.org","code":"/min"}"#,
    ),
    ("Range", "<value><high value='1.0'/></value>", r#"{"high":{"value":1.0}}"#),
    (
        "Ratio",
        "<value><numerator value='1'/><denominator value='128'/></value>",
        r#"{"numerator":{"value":1},"denominator":{"value":128}}"#,
    ),
    ("SimpleQuantity", "<doseQuantity value='1'/>", r#"{"value":1}"#),
    (
        "ContactPoint",
        "<telecom value='tel:555-1000' use='WP'/>",
        r#"{"system":"phone","value":"555-1000","use":"work"}"#,
    ),
    ("string", "<text>A <sub>1</sub></text>", "\"A 1\""),
    ("unsignedInt", "<value value='0'/>", "0"),
    ("string", "<name>Good  Health</name>", "\"Good Health\""),
    ("string", "<code code='x' displayName='Name'/>", "\"Name\""),
    (
        "Age",
        "<value value='57' unit='a'/>",
        r#"{"value":57,"unit":"a","system":"http://unitsofmeasure.org","code":"a"}"#,
    ),
    (
        "Narrative",
        "<text>Words</text>",
        r#"{"status":"additional","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">Words</div>"}"#,
    ),
];

/// Name, elements, what the transform makes of them; a choice with its type before it.
const NAMED: &[(&str, &str, &str)] = &[
    (
        "dose",
        "<doseQuantity><low value='1'/><high value='2'/></doseQuantity>",
        r#"Range {"low":{"value":1},"high":{"value":2}}"#,
    ),
    ("amount", "<doseQuantity><low value='1'/><high value='1'/></doseQuantity>", r#"{"value":1}"#),
    (
        "amount-words",
        "<doseQuantity><low value='20' unit='mL'/><high value='30' unit='mL'/></doseQuantity><effectiveTime xsi:type='PIVL_TS'><period value='12' unit='h'/></effectiveTime>",
        "\"20 mL - 30 mL, every 12 h\"",
    ),
    ("repeats", "<repeatNumber value='2'/>", "1"),
    ("text", "<text>A <sub>1</sub></text>", "\"A 1\""),
    (
        "headed",
        "<value code='STD' displayName='Start Date'><originalText>15 August</originalText></value>",
        "\"Start Date: 15 August\"",
    ),
    ("coding(code)", "<administrationUnitCode code='385055001' codeSystem='2.16.840.1.113883.6.96'/>", "\"385055001\""),
    ("named", "<text>Latex</text>", r#"{"text":"Latex"}"#),
    ("text-concept", "<text>A</text>", r#"{"text":"A"}"#),
    (
        "absent-concept",
        "<value nullFlavor='NASK'/>",
        r#"{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/data-absent-reason","code":"not-asked"}]}"#,
    ),
    (
        "absent",
        "<value nullFlavor='NI'/>",
        r#"{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}"#,
    ),
    ("authority-code", "<id root='1.2.3' extension='4' assigningAuthorityName='ZZ9:Any Hospital'/>", r#""ZZ9""#),
    (
        "authority-name",
        "<id root='1.2.3' extension='4' assigningAuthorityName='ZZ9:Any Hospital'/>",
        r#""Any Hospital""#,
    ),
    ("authority-system", "<id root='1.2.3' extension='4' assigningAuthorityName='ZZ9:Any'/>", r#""810311000000101""#),
    (
        "expression",
        "<code code='810301000000103:810311000000101=373942005|Discharge summary|' codeSystem='2.16.840.1.113883.2.1.3.2.4.15.1'/>",
        r#"{"coding":[{"system":"http://snomed.info/sct","code":"373942005","display":"Discharge summary"}]}"#,
    ),
    (
        "timing",
        "<effectiveTime xsi:type='PIVL_TS' institutionSpecified='true'><period value='8' unit='h'/></effectiveTime>",
        r#"{"repeat":{"frequency":3,"period":1,"periodUnit":"d"}}"#,
    ),
];

#[test]
fn types() {
    for (ty, xml, expected) in TYPES {
        let found = with_node(xml, |node, cx| {
            json(datatype_named(ty).and_then(|make| make(cx, node)).and_then(|m| m.value).as_ref())
        });
        assert_eq!(found, *expected, "{ty}");
    }
}

#[test]
fn named_transforms() {
    for (name, xml, expected) in NAMED {
        let found = with_node(&format!("<act>{xml}</act>"), |act, cx| {
            let nodes: Vec<_> = act.children().collect();
            let (name, told) = name.trim_end_matches(')').split_once('(').unwrap_or((name, "810311000000101"));
            let (suffix, made) = match native(name).expect(name) {
                Transform::One(f) => f(cx, nodes[0]),
                Transform::Told(f) => f(cx, nodes[0], told),
                Transform::Many(f) => f(cx, &nodes),
            }?;
            let value = made.value.or(made.extension.into_iter().next());
            Some(format!("{}{}", suffix.map(|s| format!("{s} ")).unwrap_or_default(), json(value.as_ref())))
        });
        assert_eq!(found.as_deref(), Some(*expected), "{name}");
    }
}
