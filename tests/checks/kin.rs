//! Case reports and the documents of other countries: what they say in their own ways arrives where R4 has a place for it, and
//! neither doubt nor denial turns.

use crate::checks;
use crate::common::*;

fn report() -> Made {
    convert(&std::fs::read(project("tests/fixtures/case-report.xml")).unwrap())
}

fn kin() -> Made {
    convert(&std::fs::read(project("tests/fixtures/kin.xml")).unwrap())
}

checks! {
    fn an_answer_says_who_decided_what() {
        let m = report();
        let condition = m.with("Observation", "identifier.value", "condition");
        m.is(condition, "valueCodeableConcept.coding.code", &["14189004"]);
        let place = m.target(&condition["hasMember"][0]).unwrap();
        m.is(place, "code.coding.code", &["RRVS5"]);
        m.is(place, "performer.resolve().resourceType", &["Organization"]);
        m.is(place, "performer.resolve().type.coding.code", &["RR12"]);
        m.is(place, "performer.resolve().name", &["State Health Department"]);
        m.is(place, "extension.valueCodeableConcept.coding.code", &["RRVS1"]);
        m.is(place, "extension.valueReference.resolve().category.coding.code", &["RRVS12"]);
        m.is(m.with("Observation", "identifier.value", "urgent"), "valueCodeableConcept.coding.code", &["88694003"]);
        m.is(m.with("DocumentReference", "identifier.value", "page"), "content.attachment.url", &["https://health.example/contact"]);
        // a rule that matched is no diagnosis, and what no rule matched is no finding
        assert!(m.all("Condition").is_empty());
        m.none(m.with("Observation", "identifier.value", "nothing"), "valueCodeableConcept");
        m.is(m.with("Observation", "identifier.value", "no-rule"), "valueCodeableConcept.coding.code", &["RRVS4"]);
        assert!(!m.json.contains("36989005"));
    }

    fn the_report_that_is_answered_is_named() {
        let m = report();
        m.is(m.with("DocumentReference", "identifier.value", "SET-1"), "masterIdentifier.value", &["EICR-1"]);
        let processed = m.with("Observation", "identifier.value", "processed");
        m.is(processed, "code.coding.code", &["RRVS20"]);
        m.is(m.target(&processed["hasMember"][0]).unwrap(), "code.coding.code", &["RR6"]);
    }

    fn a_journey_has_its_place_time_and_purpose() {
        let m = report();
        let journey = m.with("Observation", "identifier.value", "journey");
        m.is(journey, "effectivePeriod.start", &["2024-01-01"]);
        m.is(journey, "component.valueCodeableConcept.coding.code", &["BRA", "702348006"]);
        m.is(journey, "component.extension.valueAddress.city", &["Manaus"]);
        m.is(m.with("Observation", "identifier.value", "told-journey"), "component.valueCodeableConcept.text", &["Eight years by the sea"]);
        assert!(!m.json.contains("no-journey"));
        assert!(m.reported("statement-not-mapped"));
    }

    fn work_is_told_and_a_denied_hazard_is_not() {
        let m = report();
        let work = m.with("Observation", "identifier.value", "work");
        m.is(work, "status", &["final"]);
        m.is(m.target(&work["hasMember"][0]).unwrap(), "identifier.value", &["trade"]);
        assert!(!m.json.contains("no-hazard"));
        m.is(m.with("Observation", "identifier.value", "blood"), "note.text", &["From the card"]);
    }

    fn the_header_says_who_insures_orders_and_looks_after() {
        let m = report();
        let policy = m.one("Coverage");
        m.is(policy, "payor.resolve().name", &["Example Mutual"]);
        m.is(policy, "policyHolder.resolve().name.family", &["Holder"]);
        m.is(policy, "period.end", &["2024"]);
        let order = m.with("ServiceRequest", "identifier.value", "ORD-1");
        m.is(order, "priority", &["urgent"]);
        m.is(order, "status", &["unknown"]);
        let team = m.one("CareTeam");
        m.is(team, "participant.period.start", &["2019-05-01"]);
        m.is(team, "participant.member.resolve().name.family", &["Carer"]);
        let typed = m.all("Provenance").into_iter().find(|p| p["agent"].to_string().contains("enterer") && p["occurredDateTime"] == "2024-03-12T10:00:00-05:00");
        assert!(typed.is_some());
    }

    fn a_diagnosis_keeps_its_certainty() {
        let m = kin();
        let status = |id: &str, expected: &[&str]| m.is(m.with("Condition", "identifier.value", id), "verificationStatus.coding.code", expected);
        status("sure", &["confirmed"]);
        status("excluded", &["refuted"]);
        status("suspected", &["unconfirmed"]);
        status("doubted", &["refuted"]);
        for absent in ["excluded", "doubted"] {
            m.none(m.with("Condition", "identifier.value", absent), "clinicalStatus");
        }
        m.is(m.with("Condition", "identifier.value", "after"), "clinicalStatus.coding.code", &["inactive"]);
        // by class alone an excluded finding would read as one
        assert!(!m.json.contains("plain-excluded"));
        let resolved = m.with("Condition", "identifier.value", "resolved");
        m.is(resolved, "abatementDateTime", &["2023-04-05"]);
        m.is(resolved, "clinicalStatus.coding.code", &["inactive"]);
        m.is(resolved, "note.text", &["Found by chance"]);
        m.is(m.with("Observation", "identifier.value", "course"), "focus.resolve().identifier.value", &["sure"]);
    }

    fn a_refuted_allergy_is_not_active() {
        let m = kin();
        let nuts = m.one("AllergyIntolerance");
        m.is(nuts, "verificationStatus.coding.code", &["refuted"]);
        m.is(nuts, "clinicalStatus.coding.code", &["inactive"]);
    }

    fn a_medicine_has_its_kind_and_its_steps() {
        let m = kin();
        let med = m.with("MedicationRequest", "identifier.value", "med");
        m.is(med, "medicationReference.resolve().code.coding.code", &["C09BB05"]);
        m.is(med, "medicationReference.resolve().code.text", &["Pretendol"]);
        m.is(med, "dosageInstruction.sequence", &["1", "2"]);
        m.is(med, "dosageInstruction.doseAndRate.doseQuantity.value", &["2", "1"]);
        m.is(med, "note.text", &["Label in large print"]);
        m.none(med, "dosageInstruction.patientInstruction");
        m.is(med, "substitution.allowedCodeableConcept.coding.code", &["N"]);
        // a dose of the whole and a step of it would add up to more than was ordered
        let dosed = m.with("MedicationRequest", "identifier.value", "dosed");
        m.is(dosed, "dosageInstruction.doseAndRate.doseQuantity.value", &["5"]);
        m.is(dosed, "dosageInstruction.text", &["One in the morning"]);
        m.is(dosed, "substitution.allowedCodeableConcept.coding.code", &["E"]);
    }

    fn no_medicine_is_said_and_no_device_is_made_up() {
        let m = kin();
        let none = m.one("MedicationStatement");
        m.is(none, "medicationCodeableConcept.coding.code", &["no-known-medications"]);
        let device = m.one("DeviceUseStatement");
        m.is(device, "device.resolve().type.coding.code", &["72506001"]);
        assert!(!m.json.contains("43770009"));
    }

    fn national_numbers_are_identifiers() {
        let m = kin();
        let patient = m.one("Patient");
        m.has(patient, "identifier.value", "urn:oid:1.2.36.1.2001.1003.0.8003600000000000");
        m.has(patient, "identifier.type.coding.code", "MC");
        m.is(patient, "deceasedBoolean", &["false"]);
        m.is(patient, "multipleBirthBoolean", &["true"]);
        let doctor = m.with("Practitioner", "identifier.value", "HPII-1");
        m.is(doctor, "qualification.code.coding.code", &["MBBS"]);
        let ward = m.with("Organization", "identifier.value", "HPIO-1");
        m.is(ward, "name", &["Pretend Ward"]);
        m.is(m.with("Organization", "identifier.value", "HPIO-2"), "name", &["Pretend Clinic"]);
        // a number of a person and one of an organisation, nothing else: both stay
        m.with("Practitioner", "identifier.value", "9999999904");
        m.with("Organization", "identifier.value", "123456789");
    }

    fn quality_reports_have_their_period_and_payer() {
        let m = kin();
        m.is(m.one("Composition"), "event.period.start", &["2019", "2023-01-01"]);
        let payer = m.one("Coverage");
        m.is(payer, "type.coding.code", &["349"]);
        m.is(payer, "identifier.value", &["payer"]);
    }

    fn counts_of_many_patients_are_nobodys() {
        let payer = r#"<entry><organizer classCode="CLUSTER" moodCode="EVN"><statusCode code="completed"/><component><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.24.3.55"/><code code="48768-6" codeSystem="2.16.840.1.113883.6.1"/><value xsi:type="CD" code="1" codeSystem="2.16.840.1.113883.3.221.5"/></observation></component></organizer></entry>"#;
        let carer = r#"<documentationOf><serviceEvent classCode="PCPR"><performer typeCode="PRF"><time><low value="2019"/></time><assignedEntity><id root="2.16.840.1.113883.4.6" extension="9999999905"/></assignedEntity></performer></serviceEvent></documentationOf>"#;
        let m = Doc::new().role(r#"<id nullFlavor="NA"/>"#).header(carer).section("55186-1", "counts", payer).convert();
        for kind in ["Patient", "Coverage", "CareTeam"] {
            assert!(m.all(kind).is_empty(), "{kind}");
        }
        // the same payer of a patient, counted: still none
        let m = Doc::new().section("55186-1", "counts", payer).convert();
        assert!(m.all("Coverage").is_empty());
    }

    fn the_father_is_not_the_patient() {
        let m = kin();
        let father = m.one("FamilyMemberHistory");
        m.is(father, "condition.onsetAge.value", &["49"]);
        m.is(father, "deceasedAge.value", &["70"]);
        assert!(!m.all("Condition").iter().any(|c| c.to_string().contains("410.00")));
    }

    fn a_specimen_arrives_and_somebody_answers_for_the_result() {
        let m = kin();
        m.is(m.one("Specimen"), "receivedTime", &["2024-03-01T08:15:00+01:00"]);
        m.is(m.with("Observation", "identifier.value", "glucose"), "performer.resolve().name.family", &["Labhead"]);
        // who answers for a battery did not perform it
        m.none(m.one("DiagnosticReport"), "performer");
        let said = m.all("Provenance").into_iter().any(|p| p["agent"].to_string().contains("\"RESP\""));
        assert!(said);
        m.is(m.with("Immunization", "identifier.value", "shot"), "protocolApplied.doseNumberPositiveInt", &["3"]);
    }
}
