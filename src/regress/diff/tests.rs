use super::*;
use crate::fhir::read;

fn differences(ty: &str, old: &str, new: &str) -> Vec<String> {
    let r = |body: &str| {
        let json = format!(r#"{{"resourceType":"{ty}","id":"a",{body}}}"#);
        let read = read::resource(json.as_bytes()).unwrap();
        assert!(read.unknown.is_empty(), "{:?}", read.unknown);
        read.resource
    };
    let kind = |k: Kinds| k.first().map_or_else(String::new, |k| format!(" {}", k.word()));
    resources(ty, &r(old), &r(new), &FxHashSet::default())
        .iter()
        .map(|x| format!("{:?} {}{}", x.change, x.path, kind(x.kinds)).to_lowercase())
        .collect()
}

#[test]
fn the_order_of_lists_says_nothing_where_r4_says_so() {
    let same = |ty, a, b| assert_eq!(differences(ty, a, b), Vec::<String>::new());
    same(
        "Condition",
        r#""category":[{"text":"a"},{"coding":[{"code":"1"},{"code":"2"}]}],"code":{"text":"x"}"#,
        r#""code":{"text":"x"},"category":[{"coding":[{"code":"2"},{"code":"1"}]},{"text":"a"}]"#,
    );
    same("Patient", r#""name":[{"family":"A"},{"family":"B"}]"#, r#""name":[{"family":"B"},{"family":"A"}]"#);
    assert_eq!(
        differences("Patient", r#""name":[{"given":["A","B"]}]"#, r#""name":[{"given":["B","A"]}]"#),
        ["changed name patient"]
    );
    // one of two equal items gone is a loss
    assert_eq!(
        differences("Condition", r#""note":[{"text":"a"},{"text":"a"}]"#, r#""note":[{"text":"a"}]"#),
        ["lost note"]
    );
}

#[test]
fn parts_of_a_datatype_and_a_datatype_that_says_something_else() {
    let code = |coding: &str| format!(r#""code":{{"coding":[{coding}],"text":"x"}}"#);
    let (a, b) = (r#"{"system":"s","code":"1","display":"One"}"#, r#"{"system":"t","code":"2"}"#);
    assert_eq!(differences("Condition", &code(a), r#""code":{"text":"x"}"#), ["lost code.coding"]);
    assert_eq!(differences("Condition", &code(a), &code(&format!("{a},{b}"))), ["added code.coding"]);
    assert_eq!(differences("Condition", &code(a), &code(r#"{"system":"s","code":"1"}"#)), ["lost code.coding.display"]);
    assert_eq!(differences("Condition", &code(a), &code(b)), ["changed code concept"]);
    assert_eq!(
        differences(
            "Observation",
            r#""valueQuantity":{"value":1,"unit":"mg"}"#,
            r#""valueQuantity":{"value":1.0,"unit":"g"}"#
        ),
        ["changed valuequantity unit"]
    );
    assert_eq!(
        differences("Observation", r#""valueQuantity":{"value":1}"#, r#""valueString":"1""#),
        ["changed value[x] value"]
    );
}

#[test]
fn clinical_changes_in_lists_of_elements() {
    let dose = |value: &str| {
        format!(
            r#""dosageInstruction":[{{"text":"daily","doseAndRate":[{{"doseQuantity":{{"value":{value},"unit":"mg"}}}}]}},{{"text":"x"}}]"#
        )
    };
    assert_eq!(
        differences("MedicationRequest", &dose("1"), &dose("10")),
        ["changed dosageinstruction.doseandrate.dosequantity dose"]
    );
    assert_eq!(
        differences("MedicationRequest", &dose("1"), r#""dosageInstruction":[{"text":"x"}]"#),
        ["lost dosageinstruction dose"]
    );
    assert_eq!(
        differences("MedicationRequest", r#""doNotPerform":true"#, r#""status":"active""#),
        ["lost donotperform negation", "added status status"]
    );
}

#[test]
fn extensions_are_known_by_their_urls() {
    let e = |url: &str, code: &str| format!(r#"{{"url":"http://x/{url}","valueCode":"{code}"}}"#);
    assert_eq!(
        differences(
            "Patient",
            &format!(
                r#""birthDate":"2000","_birthDate":{{"extension":[{}]}},"extension":[{},{}]"#,
                e("t", "1"),
                e("a", "1"),
                e("b", "1")
            ),
            &format!(r#""birthDate":"2000","extension":[{},{}]"#, e("b", "2"), e("c", "1")),
        ),
        [
            "lost birthdate.extension(t) patient",
            "changed extension(b).valuecode",
            "lost extension(a)",
            "added extension(c)"
        ]
    );
}

#[test]
fn what_lists_all_resources_does_not_tell_their_loss_again() {
    let r = |body: &str| {
        read::resource(format!(r#"{{"resourceType":"Provenance","target":[{body}]}}"#).as_bytes()).unwrap().resource
    };
    let (a, b) = (r#"{"reference":"urn:uuid:a"}"#, r#"{"reference":"urn:uuid:b"}"#);
    let apart = FxHashSet::from_iter(["urn:uuid:b".into()]);
    assert!(resources("Provenance", &r(&format!("{a},{b}")), &r(a), &apart).is_empty());
    assert_eq!(resources("Provenance", &r(&format!("{a},{b}")), &r(b), &apart).len(), 1);
}
