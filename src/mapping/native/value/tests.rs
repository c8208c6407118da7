use super::*;
use crate::mapping::native::testing::run;

fn in_types(xml: &str, allowed: &[&str]) -> (String, Vec<&'static str>) {
    let mut suffix = "";
    let (json, codes) = run(xml, |cx, node| {
        let c = value(cx, node, allowed)?;
        suffix = c.suffix;
        Some(c.value)
    });
    (if suffix.is_empty() { json } else { format!("{suffix} {json}") }, codes)
}

fn observed(xml: &str) -> String {
    in_types(xml, OBSERVATION).0
}

#[test]
fn types_by_xsi_type() {
    for (xml, expected) in [
        (
            "<value xsi:type='PQ' value='5.0' unit='mg'/>",
            "Quantity {\"value\":5.0,\"unit\":\"mg\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"mg\"}",
        ),
        ("<value xsi:type='REAL' value='1.5'/>", "Quantity {\"value\":1.5}"),
        ("<value xsi:type='INT' value='3'/>", "integer 3"),
        ("<value xsi:type='INT' value='3000000000'/>", "Quantity {\"value\":3000000000}"),
        ("<value xsi:type='ST'> 42 </value>", "string \"42\""),
        ("<value xsi:type='st'>x</value>", "string \"x\""),
        ("<value xsi:type='ED'>a <b>b</b></value>", "string \"a b\""),
        ("<value xsi:type='BL' value='false'/>", "boolean false"),
        ("<value xsi:type='TS' value='20200101'/>", "dateTime \"2020-01-01\""),
        (
            "<value xsi:type='IVL_TS'><low value='2020'/><high value='2021'/></value>",
            "Period {\"start\":\"2020\",\"end\":\"2021\"}",
        ),
        ("<value xsi:type='IVL_TS' value='2020'/>", "dateTime \"2020\""),
        (
            "<value xsi:type='CO' code='x' codeSystem='1.2.840.3'/>",
            "CodeableConcept {\"coding\":[{\"system\":\"urn:oid:1.2.840.3\",\"code\":\"x\"}]}",
        ),
        (
            "<value xsi:type='RTO_PQ_PQ'><numerator value='1'/><denominator value='8'/></value>",
            "Ratio {\"numerator\":{\"value\":1},\"denominator\":{\"value\":8}}",
        ),
        (
            "<value xsi:type='MO' value='5' currency='GBP'/>",
            "Quantity {\"value\":5,\"unit\":\"GBP\",\"system\":\"urn:iso:std:iso:4217\",\"code\":\"GBP\"}",
        ),
        ("<value xsi:type='II' root='1.2.840.3' extension='9'/>", "string \"9\""),
    ] {
        assert_eq!(observed(xml), expected, "{xml}");
    }
}

#[test]
fn a_quantity_that_is_no_number() {
    assert_eq!(
        in_types("<value xsi:type='PQ' value='negative'/>", OBSERVATION),
        ("string \"negative\"".to_owned(), vec!["quantity-not-numeric"])
    );
    assert_eq!(observed("<value xsi:type='PQ' value='1-2' unit='mg'/>"), "string \"1-2 mg\"");
    assert_eq!(observed("<value xsi:type='PQ' value='&gt;=10'/>"), "Quantity {\"value\":10,\"comparator\":\">=\"}");
}

#[test]
fn a_quantity_without_number_keeps_its_words() {
    let xml =
        "<value xsi:type='PQ' value='' unit='Immediate'><translation code='88694003' displayName='Immediate'/></value>";
    assert_eq!(observed(xml), "string \"Immediate\"");
    let null = |inside: &str| observed(&format!("<value xsi:type='PQ' nullFlavor='OTH'>{inside}</value>"));
    for inside in [
        "<originalText>NEGATIVE</originalText>",
        "<translation nullFlavor='OTH'><originalText>NEGATIVE</originalText></translation>",
        "<translation value='NEGATIVE'/>",
        "<translation nullFlavor='OTH'><originalText>mg/dL</originalText></translation><translation value='NEGATIVE'/>",
    ] {
        assert_eq!(null(inside), "string \"NEGATIVE\"", "{inside}");
    }
    // a unit alone says nothing
    for inside in
        ["", "<translation nullFlavor='OTH'><originalText>mg/dL</originalText></translation>", "<originalText/>"]
    {
        assert_eq!(null(inside), "-", "{inside}");
    }
}

#[test]
fn null_and_unknown_types() {
    assert_eq!(in_types("<value xsi:type='PQ' nullFlavor='UNK'/>", OBSERVATION), ("-".to_owned(), vec![]));
    assert_eq!(in_types("<value nullFlavor='UNK'/>", OBSERVATION), ("-".to_owned(), vec![]));
    assert_eq!(in_types("<value xsi:type='GLIST_PQ'/>", OBSERVATION).1, vec!["value-type-unsupported"]);
    assert_eq!(
        in_types("<value xsi:type='PIVL_TS'><period value='8' unit='h'/></value>", OBSERVATION).1,
        vec!["value-type-unsupported"]
    );
    // a year, or a number: nobody can tell
    assert_eq!(in_types("<value value='2008'/>", OBSERVATION).1, vec!["value-type-unsupported"]);
    for (xml, want) in [
        ("<value value='8'/>", "integer 8"),
        ("<value value='1.5'/>", "Quantity {\"value\":1.5}"),
        ("<value value='false'/>", "boolean false"),
        ("<value value='NEGATIVE'/>", "string \"NEGATIVE\""),
        ("<value value='See comment: 3.5'/>", "string \"See comment: 3.5\""),
        ("<value value='&lt;5'/>", "Quantity {\"value\":5,\"comparator\":\"<\"}"),
        ("<value value='&gt;=1.5'/>", "Quantity {\"value\":1.5,\"comparator\":\">=\"}"),
        (
            "<value value='1.5' unit='g'/>",
            "Quantity {\"value\":1.5,\"unit\":\"g\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"g\"}",
        ),
    ] {
        assert_eq!(in_types(xml, OBSERVATION), (want.to_owned(), vec!["missing-type"]), "{xml}");
    }
    assert_eq!(in_types("<value>words</value>", OBSERVATION), ("string \"words\"".to_owned(), vec!["missing-type"]));
    assert_eq!(in_types("<value code='x' codeSystem='1.2.840.3'/>", OBSERVATION).1, vec!["missing-type"]);
}

#[test]
fn the_best_allowed_form() {
    let onset = &["dateTime", "Age", "Period", "Range", "string"];
    assert_eq!(
        in_types("<value xsi:type='PQ' value='57' unit='a'/>", onset).0,
        "Age {\"value\":57,\"unit\":\"a\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"a\"}"
    );
    assert_eq!(
        in_types("<value xsi:type='CD' code='x' codeSystem='1.2' displayName='Childhood'/>", onset).0,
        "string \"Childhood\""
    );
    assert_eq!(
        in_types("<value xsi:type='IVL_TS'><low value='2020'/><high value='2021'/></value>", &["dateTime"]),
        ("dateTime \"2020\"".to_owned(), vec!["period-end-dropped"])
    );
    assert_eq!(in_types("<value xsi:type='ST'>x</value>", &["CodeableConcept"]).0, "CodeableConcept {\"text\":\"x\"}");
    assert_eq!(
        in_types("<value xsi:type='BL' value='true'/>", &["Quantity"]),
        ("-".to_owned(), vec!["value-not-allowed"])
    );
}
