//! One defect each: what the gate makes of it, and what it says.

use super::super::definitions::Definitions;
use super::super::json::Writer;
use super::super::read;
use super::super::value::Value;
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
fn case(ty: &str, body: &str, after: &str, issues: &[&str]) {
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

fn same(ty: &str, body: &str) {
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
    for concept in
        [r#"{"text":"active"}"#, r#"{"coding":[{"code":"active"}]}"#, r#"{"coding":[{"system":"urn:x","code":"active"}]}"#]
    {
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
    case("Patient", r##""managingOrganization":{"reference":"#o"}"##, "", &["ref-1 Patient.managingOrganization.reference"]);
    let mut o = read::resource(br#"{"resourceType":"Patient"}"#).unwrap().resource;
    o.set("managingOrganization", Value::Link(3));
    assert_eq!(check(&mut o, &|_| None).issues[0].code, "reference-unresolved");
    assert!(o.get("managingOrganization").is_none());
}

#[test]
fn contained_resources() {
    let org = r#"{"resourceType":"Organization","id":"o","name":"A"}"#;
    let meta = r#"{"resourceType":"Organization","id":"o","meta":{"versionId":"1","security":[{"code":"R"}]},"name":"A"}"#;
    let used = r##""managingOrganization":{"reference":"#o"}"##;
    case(
        "Patient",
        &format!(r#""contained":[{meta}],{used}"#),
        &format!(r#""contained":[{org}],{used}"#),
        &["dom-4 Patient.contained[0].meta.versionId", "dom-5 Patient.contained[0].meta.security"],
    );
    case("Patient", &format!(r#""contained":[{org}],"active":true"#), r#""active":true"#, &["dom-3 Patient.contained[0]"]);
}

#[test]
fn invariants_of_datatypes() {
    let period = |p: &str| format!(r#""status":"finished","class":{{"code":"AMB"}},"period":{p}"#);
    case(
        "Encounter",
        &period(r#"{"start":"2020-02","end":"2020-01"}"#),
        &period(r#"{"start":"2020-02","_end":DAR}"#),
        &["per-1 Encounter.period.end"],
    );
    case(
        "Encounter",
        &period(r#"{"start":"2020","end":"then"}"#),
        &period(r#"{"start":"2020","_end":DAR}"#),
        &["primitive Encounter.period.end"],
    );
    case(
        "Encounter",
        &period(r#"{"start":"2020-02-03","end":"2020-02-03T10:00:00Z"}"#),
        &period(r#"{"start":"2020-02-03","end":"2020-02-03"}"#),
        &["per-1 Encounter.period.end"],
    );
    let value = |v: &str| format!(r#""status":"final","code":{{"text":"x"}},{v}"#);
    let q = |q: &str| value(&format!(r#""valueQuantity":{q}"#));
    case(
        "Observation",
        &q(r#"{"value":1,"code":"mg"}"#),
        &q(r#"{"value":1,"unit":"mg"}"#),
        &["qty-3 Observation.value.code"],
    );
    case(
        "Observation",
        &q(r#"{"value":1,"unit":"mg","code":"mg"}"#),
        &q(r#"{"value":1,"unit":"mg"}"#),
        &["qty-3 Observation.value.code"],
    );
    let bare = r#""status":"final","code":{"text":"x"}"#;
    case(
        "Observation",
        &value(r#""valueRange":{"low":{"value":5},"high":{"value":3}}"#),
        bare,
        &["rng-2 Observation.value"],
    );
    case(
        "Observation",
        &value(r#""valueRange":{"low":{"value":5},"high":{"value":7,"comparator":"<"}}"#),
        &value(r#""valueRange":{"low":{"value":5}}"#),
        &["sqty-1 Observation.value.high.comparator"],
    );
    case(
        "Observation",
        &value(r#""valueRatio":{"numerator":{"value":5}}"#),
        &value(r#""valueRatio":{"numerator":{"value":5},"denominator":DAR}"#),
        &["rat-1 Observation.value.denominator"],
    );
    case(
        "Patient",
        r#""telecom":[{"value":"1"}]"#,
        r#""telecom":[{"_system":DAR,"value":"1"}]"#,
        &["cpt-2 Patient.telecom[0].system"],
    );
    case(
        "Patient",
        r#""photo":[{"data":"TWFu"}]"#,
        r#""photo":[{"_contentType":DAR,"data":"TWFu"}]"#,
        &["att-1 Patient.photo[0].contentType"],
    );
    case("Patient", r#""extension":[{"url":"a"}],"active":true"#, r#""active":true"#, &["ext-1 Patient.extension[0]"]);
    case(
        "Patient",
        r#""extension":[{"valueString":"b"}],"active":true"#,
        r#""active":true"#,
        &["required Patient.extension[0].url"],
    );
    let nested = r#""extension":[{"url":"b","valueString":"c"}]"#;
    case(
        "Patient",
        &format!(r#""extension":[{{"url":"a",{nested},"valueString":"d"}}]"#),
        r#""extension":[{"url":"a","valueString":"d"}]"#,
        &["ext-1 Patient.extension[0].extension"],
    );
}

#[test]
fn half_a_timing_is_no_timing() {
    let medication = |t: &str| {
        format!(
            r#""status":"active","intent":"order","medicationCodeableConcept":{{"text":"m"}},"subject":{{"display":"p"}},"dosageInstruction":[{{"text":"t"{t}}}]"#
        )
    };
    for (repeat, code) in [
        (r#""duration":1"#, "tim-1"),
        (r#""frequency":2,"period":1"#, "tim-2"),
        (r#""duration":-1,"durationUnit":"d""#, "tim-4"),
        (r#""period":-1,"periodUnit":"d""#, "tim-5"),
        (r#""periodMax":1,"periodUnit":"d""#, "tim-6"),
        (r#""durationMax":1,"durationUnit":"d""#, "tim-7"),
        (r#""countMax":1"#, "tim-8"),
        (r#""offset":30"#, "tim-9"),
        (r#""when":["C"],"offset":30"#, "tim-9"),
        (r#""timeOfDay":["08:00:00"],"when":["MORN"]"#, "tim-10"),
    ] {
        let issue = format!("{code} MedicationRequest.dosageInstruction[0].timing.repeat");
        case(
            "MedicationRequest",
            &medication(&format!(r#","timing":{{"repeat":{{{repeat}}}}}"#)),
            &medication(""),
            &[&issue],
        );
    }
    same("MedicationRequest", &medication(r#","timing":{"repeat":{"frequency":1,"period":8,"periodUnit":"h"}}"#));
}

#[test]
fn invariants_of_clinical_resources() {
    const AV: &str = r#""verificationStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-verification","code":"entered-in-error"}]}"#;
    const AC: &str = r#""clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical","code":"active"}]}"#;
    let p = r#""patient":{"display":"p"}"#;
    case("AllergyIntolerance", p, &format!(r#""clinicalStatus":DAR,{p}"#), &["ait-1 AllergyIntolerance.clinicalStatus"]);
    case(
        "AllergyIntolerance",
        &format!("{AC},{AV},{p}"),
        &format!("{AV},{p}"),
        &["ait-2 AllergyIntolerance.clinicalStatus"],
    );
    same("AllergyIntolerance", &format!("{AV},{p}"));

    let s = r#""subject":{"display":"p"}"#;
    let status = |code: &str| {
        format!(
            r#""clinicalStatus":{{"coding":[{{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"{code}"}}]}}"#
        )
    };
    let active = status("active");
    case(
        "Condition",
        &format!(r#"{active},{s},"abatementDateTime":"2020""#),
        &format!("{active},{s}"),
        &["con-4 Condition.abatement"],
    );
    same("Condition", &format!(r#"{},{s},"abatementDateTime":"2020""#, status("resolved")));
    case(
        "Condition",
        &format!(r#"{s},"stage":[{{"type":{{"text":"x"}}}}],"evidence":[{{"id":"q"}}]"#),
        s,
        &["con-1 Condition.stage[0]"],
    );

    let o = r#""status":"final","code":{"coding":[{"system":"urn:a","code":"1"}]}"#;
    case(
        "Observation",
        &format!(r#"{o},"valueString":"x","dataAbsentReason":{{"text":"y"}}"#),
        &format!(r#"{o},"valueString":"x""#),
        &["obs-6 Observation.dataAbsentReason"],
    );
    let component = |v: &str| format!(r#"{{"code":{{"coding":[{{"system":"urn:a","code":"1"}}]}},"valueString":"{v}"}}"#);
    case(
        "Observation",
        &format!(r#"{o},"valueString":"x","component":[{}]"#, component("x")),
        &format!(r#"{o},"valueString":"x""#),
        &["obs-7 Observation.component"],
    );
    let other = component("z");
    case(
        "Observation",
        &format!(r#"{o},"valueString":"x","component":[{other}]"#),
        &format!(r#"{o},"component":[{other}]"#),
        &["obs-7 Observation.value"],
    );
    case(
        "Observation",
        &format!(r#"{o},"referenceRange":[{{"type":{{"text":"x"}}}}]"#),
        o,
        &["obs-3 Observation.referenceRange[0]"],
    );

    let composition = r#""status":"final","type":{"text":"t"},"date":"2020","author":[{"display":"a"}],"title":"t""#;
    let empty = r#""emptyReason":{"text":"none"}"#;
    case(
        "Composition",
        &format!(r#"{composition},"section":[{{"title":"x",{empty}}}]"#),
        composition,
        &["cmp-1 Composition.section[0]"],
    );
    case(
        "Composition",
        &format!(r#"{composition},"section":[{{"entry":[{{"display":"x"}}],{empty}}}]"#),
        &format!(r#"{composition},"section":[{{"entry":[{{"display":"x"}}]}}]"#),
        &["cmp-2 Composition.section[0].emptyReason"],
    );
    let admin = r#""status":"completed","medicationCodeableConcept":{"text":"m"},"subject":{"display":"p"},"effectiveDateTime":"2020""#;
    case(
        "MedicationAdministration",
        &format!(r#"{admin},"dosage":{{"text":"x"}}"#),
        &format!(r#"{admin},"dosage":{{"text":"x","dose":DAR}}"#),
        &["mad-1 MedicationAdministration.dosage.dose"],
    );
    let list = r#""status":"current","mode":"working""#;
    case(
        "List",
        &format!(r#"{list},"entry":[{{"deleted":true,"date":"2020","item":{{"display":"x"}}}}]"#),
        &format!(r#"{list},"entry":[{{"date":"2020","item":{{"display":"x"}}}}]"#),
        &["lst-2 List.entry[0].deleted"],
    );
    let sr = r#""status":"active","intent":"order""#;
    case(
        "ServiceRequest",
        &format!(r#"{sr},"orderDetail":[{{"text":"x"}}],{s}"#),
        &format!(r#"{sr},"code":DAR,"orderDetail":[{{"text":"x"}}],{s}"#),
        &["prr-1 ServiceRequest.code"],
    );
    let family = r#""status":"completed","patient":{"display":"p"},"relationship":{"text":"r"}"#;
    case(
        "FamilyMemberHistory",
        &format!(r#"{family},"bornDate":"1950","ageString":"9","estimatedAge":true"#),
        &format!(r#"{family},"bornDate":"1950""#),
        &["fhs-1 FamilyMemberHistory.age", "fhs-2 FamilyMemberHistory.estimatedAge"],
    );
}

#[test]
fn invariants_of_administration() {
    case(
        "Organization",
        r#""telecom":[{"system":"phone","value":"1","use":"home"}]"#,
        r#""_name":DAR,"telecom":[{"system":"phone","value":"1"}]"#,
        &["org-1 Organization.name", "org-3 Organization.telecom[0].use"],
    );
    case(
        "Patient",
        r#""contact":[{"gender":"male"}]"#,
        r#""contact":[{"name":DAR,"gender":"male"}]"#,
        &["pat-1 Patient.contact[0].name"],
    );
    let appointment = |t: &str, status: &str| {
        format!(r#""status":"{status}"{t},"participant":[{{"actor":{{"display":"a"}},"status":"accepted"}}]"#)
    };
    case(
        "Appointment",
        &appointment(r#","start":"2020-01-01T00:00:00Z""#, "booked"),
        &appointment(r#","start":"2020-01-01T00:00:00Z","_end":DAR"#, "booked"),
        &["app-2 Appointment.end"],
    );
    case(
        "Appointment",
        &appointment("", "booked"),
        &appointment(r#","_start":DAR,"_end":DAR"#, "booked"),
        &["app-3 Appointment.start", "app-3 Appointment.end"],
    );
    same("Appointment", &appointment("", "proposed"));
    let on_behalf = |t: &str| {
        format!(r#""participant":[{{"member":{{"reference":"{t}/1"}},"onBehalfOf":{{"reference":"Organization/1"}}}}]"#)
    };
    same("CareTeam", &on_behalf("Practitioner"));
    case(
        "CareTeam",
        &on_behalf("PractitionerRole"),
        r#""participant":[{"member":{"reference":"PractitionerRole/1"}}]"#,
        &["ctm-1 CareTeam.participant[0].onBehalfOf"],
    );
}

#[test]
fn bundles() {
    let entry =
        r#"{"fullUrl":"urn:uuid:00000000-0000-4000-8000-000000000001","resource":{"resourceType":"Patient","active":true}"#;
    case(
        "Bundle",
        &format!(r#""type":"collection","total":1,"entry":[{entry}}},{entry}}},{{"fullUrl":"urn:x:y"}}]"#),
        &format!(r#""type":"collection","entry":[{entry}}}]"#),
        &["bdl-5 Bundle.entry[2]", "bdl-1 Bundle.total", "bdl-7 Bundle.entry[1].fullUrl"],
    );
    case("Bundle", &format!(r#""type":"document","entry":[{entry}}}]"#), "refused", &["bdl-9 Bundle"]);
    case("Bundle", &format!(r#""type":"transaction","entry":[{entry}}}]"#), "refused", &["bdl-3 Bundle.entry[0]"]);
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

#[test]
fn every_rule_is_for_a_type() {
    assert!(Definitions::get().types().any(|t| rules::Rules::get().of(t).is_some()));
}
