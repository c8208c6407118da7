//! Each invariant broken once: what the gate makes of it, and what it says.

use super::super::tests::{case, same};

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
    case(
        "AllergyIntolerance",
        p,
        &format!(r#""clinicalStatus":DAR,{p}"#),
        &["ait-1 AllergyIntolerance.clinicalStatus"],
    );
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
    let component =
        |v: &str| format!(r#"{{"code":{{"coding":[{{"system":"urn:a","code":"1"}}]}},"valueString":"{v}"}}"#);
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
    let drug = |more: &str| format!(r#""code":{{"coding":[{{"system":"s","code":"a"}}]}}{more}"#);
    let own = r#"{"itemCodeableConcept":{"coding":[{"system":"s","code":"a"}]},"isActive":false}"#;
    let water = r#"{"itemCodeableConcept":{"coding":[{"system":"s","code":"b"}]},"isActive":false}"#;
    case(
        "Medication",
        &drug(&format!(r#","ingredient":[{own},{water}]"#)),
        &drug(&format!(r#","ingredient":[{water}]"#)),
        &["ingredient-is-product Medication.ingredient"],
    );
    case(
        "Medication",
        &drug(&format!(r#","ingredient":[{own}]"#)),
        &drug(""),
        &["ingredient-is-product Medication.ingredient"],
    );
    same("Medication", &drug(&format!(r#","ingredient":[{}]"#, own.replace("false", "true"))));
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
    let entry = r#"{"fullUrl":"urn:uuid:00000000-0000-4000-8000-000000000001","resource":{"resourceType":"Patient","active":true}"#;
    case(
        "Bundle",
        &format!(r#""type":"collection","total":1,"entry":[{entry}}},{entry}}},{{"fullUrl":"urn:x:y"}}]"#),
        &format!(r#""type":"collection","entry":[{entry}}}]"#),
        &["bdl-5 Bundle.entry[2]", "bdl-1 Bundle.total", "bdl-7 Bundle.entry[1].fullUrl"],
    );
    case("Bundle", &format!(r#""type":"document","entry":[{entry}}}]"#), "refused", &["bdl-9 Bundle"]);
    case("Bundle", &format!(r#""type":"transaction","entry":[{entry}}}]"#), "refused", &["bdl-3 Bundle.entry[0]"]);
}
