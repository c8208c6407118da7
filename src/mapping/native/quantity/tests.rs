use super::*;
use crate::mapping::native::testing::{out, run};

fn choice(xml: &str) -> String {
    let xml = format!("<value xsi:type='IVL_PQ'>{xml}</value>");
    let mut suffix = "";
    let json = out(&xml, |cx, node| {
        let c = quantity_or_range(cx, node)?;
        suffix = c.suffix;
        Some(c.value)
    });
    format!("{suffix} {json}")
}

const MGDL: &str = r#""unit":"mg/dL","system":"http://unitsofmeasure.org","code":"mg/dL""#;

#[test]
fn k017_unit_is_a_ucum_code() {
    assert_eq!(
        out("<value value='80' unit='/min'/>", quantity),
        r#"{"value":80,"unit":"/min","system":"http://unitsofmeasure.org","code":"/min"}"#
    );
    assert_eq!(
        out("<value value='2' unit='1'/>", quantity),
        r#"{"value":2,"system":"http://unitsofmeasure.org","code":"1"}"#
    );
}

#[test]
fn a_translation_that_calls_its_unit_ucum_and_is_none_keeps_the_number_alone() {
    let pq = "<value value='5' unit='10*9/L'><translation value='6' code='X10^9/L' codeSystem='http://unitsofmeasure.org' displayName='X10^9/L'/></value>";
    let json = out(pq, quantity);
    assert!(json.contains(r#""value":6,"unit":"X10^9/L""#) && !json.contains(r#""code":"X10^9/L""#), "{json}");
}

#[test]
fn k121_digits_stay_and_no_unit_no_code() {
    assert_eq!(out("<value value='1.50'/>", quantity), r#"{"value":1.50}"#);
    assert_eq!(out("<value value='.5'/>", quantity), r#"{"value":0.5}"#);
    assert_eq!(
        run("<value value='2' unit='Tabs'/>", quantity),
        (r#"{"value":2,"unit":"Tabs"}"#.to_owned(), vec!["unit-not-ucum"])
    );
}

#[test]
fn k018_k019_k122_upper_end_only() {
    let high = "<high value='200' unit='mg/dL'/>";
    let at_most = format!(r#"Quantity {{"value":200,"comparator":"<=",{MGDL}}}"#);
    assert_eq!(choice(high), at_most);
    assert_eq!(choice(&format!("<low value='0' unit='mg/dL'/>{high}")), at_most);
    assert_eq!(choice(&format!("<low nullFlavor='NINF'/>{high}")), at_most);
    assert_eq!(
        choice("<low nullFlavor='NINF'/><high value='200' unit='mg/dL' inclusive='false'/>"),
        format!(r#"Quantity {{"value":200,"comparator":"<",{MGDL}}}"#)
    );
    assert!(choice("<low value='0' unit='Cel'/><high value='4' unit='Cel'/>").starts_with("Range"));
}

#[test]
fn lower_end_and_both_ends_in_one_unit() {
    assert_eq!(
        choice("<low value='500' unit='mg/dL'/>"),
        format!(r#"Quantity {{"value":500,"comparator":">=",{MGDL}}}"#)
    );
    assert_eq!(
        choice("<low value='200' unit='mg/dL'/><high value='1000' unit='mg/dL'/>"),
        format!(r#"Range {{"low":{{"value":200,{MGDL}}},"high":{{"value":1000,{MGDL}}}}}"#)
    );
}

#[test]
fn k020_k123_lower_end_only() {
    assert_eq!(
        choice("<low value='500' unit='mg/dL' inclusive='false'/>"),
        format!(r#"Quantity {{"value":500,"comparator":">",{MGDL}}}"#)
    );
    assert_eq!(
        choice("<low value='500' unit='mg/dL'/><high nullFlavor='PINF'/>"),
        format!(r#"Quantity {{"value":500,"comparator":">=",{MGDL}}}"#)
    );
}

#[test]
fn k021_both_ends_keep_their_units() {
    assert_eq!(
        choice("<low value='200' unit='mg/dL'/><high value='1' unit='g/dL'/>"),
        format!(
            r#"Range {{"low":{{"value":200,{MGDL}}},"high":{{"value":1,"unit":"g/dL","system":"http://unitsofmeasure.org","code":"g/dL"}}}}"#
        )
    );
    let (json, codes) = run("<value><low value='9'/><high value='1'/></value>", range);
    assert_eq!((json.as_str(), codes), ("-", vec!["range-inverted"]));
}

#[test]
fn reference_ranges_are_never_comparisons() {
    assert_eq!(
        out("<value><low value='0'/><high value='1.0'/></value>", range),
        r#"{"low":{"value":0},"high":{"value":1.0}}"#
    );
    assert_eq!(out("<value><high value='1.0'/></value>", range), r#"{"high":{"value":1.0}}"#);
    assert_eq!(out("<value nullFlavor='UNK'/>", range), "-");
}

#[test]
fn what_is_no_number() {
    assert_eq!(
        out("<value value='&lt;5' unit='mg'/>", quantity),
        r#"{"value":5,"comparator":"<","unit":"mg","system":"http://unitsofmeasure.org","code":"mg"}"#
    );
    assert_eq!(run("<value value='&lt;5'/>", simple_quantity).1, vec!["quantity-not-numeric"]);
    assert_eq!(run("<value value='1,500'/>", quantity).1, vec!["quantity-not-numeric"]);
    assert_eq!(run("<value value='1,5'/>", quantity), (r#"{"value":1.5}"#.to_owned(), vec!["decimal-comma"]));
    assert_eq!(run("<value nullFlavor='UNK' value='1'/>", quantity), ("-".to_owned(), vec!["null-with-value"]));
    assert_eq!(out("<value nullFlavor='UNK'/>", quantity), "-");
    assert_eq!(out("<value unit='mg'/>", quantity), "-");
}

#[test]
fn translations_of_quantities() {
    let null = "<value nullFlavor='OTH'><translation value='2.5' unit='mg'/></value>";
    let (json, codes) = run(null, quantity);
    assert!(json.contains("2.5") && json.contains("\"code\":\"mg\""), "{json}");
    assert_eq!(codes, vec!["quantity-from-translation"]);
    assert_eq!(
        out("<value value='1'><translation value='2' unit='mg'/></value>", quantity),
        r#"{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/iso21090-PQ-translation","valueQuantity":{"value":2,"unit":"mg","system":"http://unitsofmeasure.org","code":"mg"}}],"value":1}"#
    );
}

#[test]
fn ends_in_other_units() {
    let end =
        |tag: &str, n: &str| format!("<{tag} nullFlavor='OTH'><translation nullFlavor='OTH' value='{n}'/></{tag}>");
    let xml = format!("<value>{}{}</value>", end("low", "1.005"), end("high", "1.030"));
    assert_eq!(out(&xml, range), r#"{"low":{"value":1.005},"high":{"value":1.030}}"#);
    assert_eq!(choice(&end("high", "1.030")), r#"Quantity {"value":1.030,"comparator":"<="}"#);
}

#[test]
fn ratios_and_money() {
    assert_eq!(
        out(
            "<value xsi:type='RTO'><numerator xsi:type='INT' value='1'/><denominator xsi:type='INT' value='128'/></value>",
            ratio
        ),
        r#"{"numerator":{"value":1},"denominator":{"value":128}}"#
    );
    assert_eq!(run("<value><numerator value='1'/></value>", ratio).1, vec!["ratio-incomplete"]);
    assert_eq!(out("<value value='1.20' currency='EUR'/>", money), r#"{"value":1.20,"currency":"EUR"}"#);
}

#[test]
fn doses() {
    let dose = |xml: &str| {
        let mut suffix = "";
        let json = out(xml, |cx, node| {
            let c = super::dose(cx, node)?;
            suffix = c.suffix;
            Some(c.value)
        });
        format!("{suffix} {json}")
    };
    assert_eq!(dose("<doseQuantity value='1'/>"), r#"Quantity {"value":1}"#);
    assert_eq!(
        dose("<doseQuantity><low value='1'/><high value='2'/></doseQuantity>"),
        r#"Range {"low":{"value":1},"high":{"value":2}}"#
    );
    assert_eq!(dose("<doseQuantity><low value='2'/><high value='2'/></doseQuantity>"), r#"Quantity {"value":2}"#);
    assert_eq!(dose("<doseQuantity nullFlavor='UNK'/>"), " -");
}

#[test]
fn ages_need_a_unit_of_time() {
    assert!(out("<value value='57' unit='a'/>", duration).contains("57"));
    assert_eq!(run("<value value='57'/>", duration).1, vec!["not-a-duration"]);
    assert_eq!(run("<value value='0' unit='a'/>", duration).1, vec!["not-a-duration"]);
}

#[test]
fn an_amount_of_zero_is_kept_and_doubted() {
    let zero = (r#"{"value":0}"#.to_owned(), vec!["amount-zero"]);
    assert_eq!(run("<doseQuantity value='0'/>", simple_quantity), zero);
    let chosen = |xml: &str| run(xml, |cx, n| dose(cx, n).map(|c| c.value));
    assert_eq!(chosen("<doseQuantity value='0'/>"), zero);
    assert_eq!(chosen("<rateQuantity value='0'/>"), zero);
    assert_eq!(chosen("<doseQuantity><low value='0'/><high value='0'/></doseQuantity>"), zero);
    assert_eq!(run("<quantity value='0.0' unit='1'/>", simple_quantity).1, vec!["amount-zero"]);
    // nought to two tablets is a dose, and a range of a result may begin at zero
    assert!(chosen("<doseQuantity><low value='0'/><high value='2'/></doseQuantity>").1.is_empty());
    assert!(run("<low value='0' unit='mg/dL'/>", simple_quantity).1.is_empty());
}

#[test]
fn what_is_counted_is_said() {
    let units = "<translation value='30.0'><originalText>units</originalText></translation>";
    let counted = out(&format!("<doseQuantity value='30.0' unit='1'>{units}</doseQuantity>"), quantity);
    assert!(
        counted.contains(r#""value":30.0,"unit":"units","system":"http://unitsofmeasure.org","code":"1""#),
        "{counted}"
    );
    // another number, or a unit of its own, stays as it is
    let other = out(&format!("<doseQuantity value='3' unit='1'>{units}</doseQuantity>"), quantity);
    assert!(other.contains(r#""value":3,"system""#), "{other}");
    let mg = out(&format!("<doseQuantity value='30.0' unit='mg'>{units}</doseQuantity>"), quantity);
    assert!(mg.contains(r#""unit":"mg""#), "{mg}");
}
