//! One defect each: what the gate makes of it, and what it says.

use super::super::json::Writer;
use super::super::read;
use super::super::value::{LinkId, Value};
use super::*;

const DAR: &str =
    r#"{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]}"#;

/// The resource after the gate (`refused` when it is), and `code path` of each issue.
fn run(json: &str) -> (String, Vec<String>) {
    let mut resource = read::resource(json.as_bytes()).expect("a resource").resource;
    let checked = check(&mut resource, &|a| match a {
        "urn:uuid:00000000-0000-4000-8000-000000000001" => Some("Patient"),
        "urn:uuid:00000000-0000-4000-8000-000000000002" => Some("Organization"),
        _ => None,
    });
    let mut w = Writer::new(false);
    w.object(&resource);
    let text = String::from_utf8(w.finish()).expect("JSON is UTF-8");
    let text = if checked.verdict == Verdict::Refused { "refused".to_owned() } else { text };
    (text.replace(DAR, "DAR"), checked.issues.iter().map(|i| format!("{} {}", i.code, i.path)).collect())
}

/// A resource with `body` becomes one with `after`, and these are the issues.
pub(super) fn case(ty: &str, body: &str, after: &str, issues: &[&str]) {
    let whole = |body: &str| format!(r#"{{"resourceType":"{ty}"{}{body}}}"#, if body.is_empty() { "" } else { "," });
    let (text, found) = run(&whole(body));
    let expected = if after == "refused" { after.to_owned() } else { whole(after) };
    assert_eq!(text, expected, "{ty} {body}");
    assert_eq!(found, issues, "{ty} {body}");
    // what the gate has made stays as it is
    if after != "refused" {
        assert_eq!(run(&whole(&after.replace("DAR", DAR))), (whole(after), Vec::new()), "again: {ty} {after}");
    }
}

pub(super) fn same(ty: &str, body: &str) {
    case(ty, body, body, &[]);
}

#[test]
fn valid_resources_are_untouched() {
    same("Patient", r#""birthDate":"1970-01","_birthDate":{"extension":[{"url":"a","valueString":"b"}]}"#);
    same("Patient", r#""name":[{"given":["A",null],"_given":[null,{"id":"x"}]}],"multipleBirthInteger":2"#);
    same(
        "Patient",
        r##""contained":[{"resourceType":"Organization","id":"o","name":"A"}],"managingOrganization":{"reference":"#o"}"##,
    );
    same("Observation", r##""status":"final","code":{"text":"x"},"valueQuantity":{"value":1.50,"comparator":"<"}"##);
    same("Patient", r#""managingOrganization":{"reference":"urn:uuid:00000000-0000-4000-8000-000000000002"}"#);
    same("Patient", r#""managingOrganization":{"reference":"http://a/fhir/Organization/1/_history/2"}"#);
    same("Basic", r#""code":{"text":"x"},"author":{"reference":"Practitioner?identifier=a"}"#);
}

#[test]
fn shape() {
    let issues = &["unknown-element Patient.shoe"][..];
    let mut o = read::resource(br#"{"resourceType":"Patient","active":true}"#).unwrap().resource;
    o.set("shoe", Value::Bool(true));
    let checked = check(&mut o, &|_| None);
    assert_eq!(checked.issues.iter().map(|i| format!("{} {}", i.code, i.path)).collect::<Vec<_>>(), issues);
    assert!(o.get("shoe").is_none() && o.get("active").is_some());

    case("Patient", r#""name":{"given":"A"}"#, r#""name":[{"given":["A"]}]"#, &[]);
    case("Patient", r#""birthDate":["1970"]"#, r#""birthDate":"1970""#, &[]);
    case("Patient", r#""gender":["male","female"]"#, r#""gender":"male""#, &["max Patient.gender"]);
    case("Patient", r#""name":[{},{"text":"A"},{"family":""}],"telecom":[]"#, r#""name":[{"text":"A"}]"#, &[]);
    case("Patient", r#""name":["x"]"#, "", &["shape Patient.name[0]"]);
    case("Patient", r#""birthDate":true"#, "", &["primitive Patient.birthDate"]);
    case(
        "Patient",
        r#""name":[{"given":["A","\u0000",null,"B"]}]"#,
        r#""name":[{"given":["A","B"]}]"#,
        &["primitive Patient.name[0].given[1]"],
    );
    case(
        "Patient",
        r#""deceasedBoolean":true,"deceasedDateTime":"2020""#,
        r#""deceasedBoolean":true"#,
        &["choice Patient.deceased"],
    );
    case(
        "Patient",
        r#""deceasedBoolean":true,"_deceasedDateTime":{"id":"a"}"#,
        r#""deceasedBoolean":true"#,
        &["choice Patient.deceased"],
    );
    case("Patient", r#""active":true,"active":false"#, r#""active":true"#, &["duplicate Patient.active"]);
    let mut deep = Object::new().with_str("url", "a").with_str("valueString", "b");
    for _ in 0..200 {
        deep = Object::new().with_str("url", "a").with("extension", Value::Array(vec![deep.into()]));
    }
    let mut o = Object::new().with_str("resourceType", "Patient").with("extension", Value::Array(vec![deep.into()]));
    assert_eq!(check(&mut o, &|_| None).issues[0].code, "nesting");
}

#[test]
fn parallel_lists_stay_in_step() {
    let ext = r#"{"extension":[{"url":"a","valueString":"b"}]}"#;
    case(
        "Patient",
        &format!(r#""name":[{{"given":["A","\u0000","C"],"_given":[null,{ext},null]}}]"#),
        &format!(r#""name":[{{"given":["A",null,"C"],"_given":[null,{ext},null]}}]"#),
        &["primitive Patient.name[0].given[1]"],
    );
    case(
        "Patient",
        r#""name":[{"given":["A","\u0000","C"],"_given":[null,null,{"id":"x"}]}]"#,
        r#""name":[{"given":["A","C"],"_given":[null,{"id":"x"}]}]"#,
        &["primitive Patient.name[0].given[1]"],
    );
    case("Patient", r#""name":[{"_given":[null,{}],"given":["A","B"]}]"#, r#""name":[{"given":["A","B"]}]"#, &[]);
}

#[test]
fn simple_values() {
    case(
        "Patient",
        r#""active":"true","multipleBirthInteger":"2""#,
        r#""active":true,"multipleBirthInteger":2"#,
        &["primitive Patient.active", "primitive Patient.multipleBirth"],
    );
    case("Patient", r#""birthDate":"1970-02-30""#, "", &["primitive Patient.birthDate"]);
    case(
        "Patient",
        r#""deceasedDateTime":"2020-01-02T10:00""#,
        r#""deceasedDateTime":"2020-01-02""#,
        &["primitive Patient.deceased"],
    );
    case(
        "Patient",
        r#""identifier":[{"system":"a b","value":"1"}]"#,
        r#""identifier":[{"value":"1"}]"#,
        &["primitive Patient.identifier[0].system"],
    );
    case(
        "Patient",
        r#""text":{"status":"generated","div":"<div>x</div>"}"#,
        "",
        &["primitive Patient.text.div", "required Patient.text.div"],
    );
}

#[test]
fn required_elements() {
    case(
        "Observation",
        r#""valueString":"x""#,
        r#""_status":DAR,"code":DAR,"valueString":"x""#,
        &["required Observation.status", "required Observation.code"],
    );
    case(
        "MedicationRequest",
        r#""status":"active","intent":"order","subject":{"display":"A"}"#,
        r#""status":"active","intent":"order","medicationCodeableConcept":DAR,"subject":{"display":"A"}"#,
        &["required MedicationRequest.medication"],
    );
    case(
        "Immunization",
        r#""status":"completed","vaccineCode":{"text":"v"},"patient":{"display":"p"}"#,
        r#""status":"completed","vaccineCode":{"text":"v"},"patient":{"display":"p"},"_occurrenceDateTime":DAR"#,
        &["required Immunization.occurrence"],
    );
    // an extension alone counts as the element
    let ext = r#"{"extension":[{"url":"a","valueString":"b"}]}"#;
    same("Observation", &format!(r#""_status":{ext},"code":{{"text":"x"}}"#));
    // a backbone element keeps what it has; a datatype without what it needs goes
    let allergy = r#""clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"active"}]},"patient":{"display":"p"}"#;
    case(
        "AllergyIntolerance",
        &format!(r#"{allergy},"note":[{{"time":"2020"}}],"reaction":[{{"severity":"mild"}},{{"severity":"dire"}}]"#),
        &format!(r#"{allergy},"reaction":[{{"manifestation":[DAR],"severity":"mild"}}]"#),
        &[
            "required AllergyIntolerance.note[0].text",
            "required AllergyIntolerance.reaction[0].manifestation",
            "binding AllergyIntolerance.reaction[1].severity",
        ],
    );
    case(
        "Provenance",
        r#""recorded":"2020-01-01T00:00:00Z","target":[{"display":"x"}]"#,
        "refused",
        &["required Provenance.agent"],
    );
    case(
        "Patient",
        r#""link":[{"type":"seealso"}]"#,
        r#""link":[{"other":DAR,"type":"seealso"}]"#,
        &["required Patient.link[0].other"],
    );
}

#[test]
fn codes() {
    case("Patient", r#""gender":"M""#, "", &["binding Patient.gender"]);
    case(
        "Observation",
        r#""status":"done","code":{"text":"x"}"#,
        r#""_status":DAR,"code":{"text":"x"}"#,
        &["binding Observation.status", "required Observation.status"],
    );
    let subject = r#""subject":{"display":"p"}"#;
    for concept in [
        r#"{"text":"active"}"#,
        r#"{"coding":[{"code":"active"}]}"#,
        r#"{"coding":[{"system":"urn:x","code":"active"}]}"#,
    ] {
        case(
            "Condition",
            &format!(r#""clinicalStatus":{concept},{subject}"#),
            subject,
            &["binding Condition.clinicalStatus"],
        );
    }
    let good = r#"{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}"#;
    same("Condition", &format!(r#""clinicalStatus":{{"coding":[{{"code":"x"}},{good}]}},{subject}"#));
}

#[test]
fn references() {
    case(
        "Patient",
        r#""generalPractitioner":[{"reference":"urn:uuid:00000000-0000-4000-8000-000000000009","display":"A"}]"#,
        r#""generalPractitioner":[{"display":"A"}]"#,
        &["reference-unresolved Patient.generalPractitioner[0].reference"],
    );
    case(
        "Patient",
        r#""generalPractitioner":[{"reference":"urn:uuid:00000000-0000-4000-8000-000000000001","type":"Patient"}]"#,
        "",
        &["reference-target Patient.generalPractitioner[0].reference"],
    );
    case(
        "Patient",
        r#""managingOrganization":{"reference":"Patient/1","display":"x"}"#,
        r#""managingOrganization":{"display":"x"}"#,
        &["reference-target Patient.managingOrganization.reference"],
    );
    case(
        "Patient",
        r##""managingOrganization":{"reference":"#o"}"##,
        "",
        &["ref-1 Patient.managingOrganization.reference"],
    );
    let mut o = read::resource(br#"{"resourceType":"Patient"}"#).unwrap().resource;
    o.set("managingOrganization", Value::Link(LinkId { slice: 0, index: 3 }));
    assert_eq!(check(&mut o, &|_| None).issues[0].code, "reference-unresolved");
    assert!(o.get("managingOrganization").is_none());
}

#[test]
fn contained_resources() {
    let org = r#"{"resourceType":"Organization","id":"o","name":"A"}"#;
    let meta =
        r#"{"resourceType":"Organization","id":"o","meta":{"versionId":"1","security":[{"code":"R"}]},"name":"A"}"#;
    let used = r##""managingOrganization":{"reference":"#o"}"##;
    case(
        "Patient",
        &format!(r#""contained":[{meta}],{used}"#),
        &format!(r#""contained":[{org}],{used}"#),
        &["dom-4 Patient.contained[0].meta.versionId", "dom-5 Patient.contained[0].meta.security"],
    );
    case(
        "Patient",
        &format!(r#""contained":[{org}],"active":true"#),
        r#""active":true"#,
        &["dom-3 Patient.contained[0]"],
    );
}

#[test]
fn unknown_type_is_refused() {
    let mut o = Object::new();
    assert_eq!(check(&mut o, &|_| None).verdict, Verdict::Refused);
    o.set("resourceType", Value::string("Quantity"));
    let checked = check(&mut o, &|_| None);
    assert_eq!((checked.verdict, checked.issues[0].code), (Verdict::Refused, "unknown-type"));
}

#[test]
fn messages_hold_nothing_of_the_document() {
    let json = br#"{"resourceType":"Patient","gender":"SECRET","birthDate":"SECRET","managingOrganization":{"reference":"urn:SECRET"}}"#;
    let mut o = read::resource(json).unwrap().resource;
    let checked = check(&mut o, &|_| None);
    assert_eq!(checked.issues.len(), 3);
    assert!(checked.issues.iter().all(|i| !i.message.contains("SECRET") && !i.path.contains("SECRET")));
}
