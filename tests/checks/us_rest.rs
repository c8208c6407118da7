//! What documents of the United States say beside problems, medicines and results: who shall pay, who was told, what was taken, which
//! images there are. Each fact stands in the element that R4 has for it, and what is denied or not told stays so.

use crate::checks;
use crate::common::*;

fn rest() -> Made {
    convert(&std::fs::read(project("tests/fixtures/us-rest.xml")).unwrap())
}

checks! {
    fn the_purpose_of_a_document_stands_in_its_provenance() {
        let m = rest();
        let of_document = m.with("Provenance", "reason.coding.code", "308292007");
        m.is(of_document, "activity.coding.code", &["23745001"]);
        m.has(of_document, "agent.type.coding.code", "assembler");
    }

    fn every_number_of_an_order_is_kept() {
        let m = rest();
        let document = m.with("DocumentReference", "masterIdentifier.value", "FIX-US-REST");
        m.is(document, "context.related.identifier.value", &["order-1", "order-2"]);
    }

    fn a_specimen_says_by_which_procedure_it_was_taken() {
        let m = rest();
        let specimen = m.with("Specimen", "identifier.value", "polyp");
        m.is(specimen, "type.coding.code", &["309226005"]);
        m.is(specimen, "collection.collectedDateTime", &["2024-03-05"]);
        m.is(specimen, "collection.method.coding.code", &["73761001"]);
        let procedure = m.with("Procedure", "identifier.value", "colonoscopy");
        m.is(procedure, "extension.valueDateTime", &["2024-03-05"]);
    }

    fn an_organisation_is_reached_where_its_role_is() {
        let m = rest();
        let clinic = m.with("Organization", "name", "Exampleton Endoscopy");
        m.is(clinic, "telecom.value", &["+1-555-010-0001"]);
        m.is(clinic, "address.line", &["1 Example Lane"]);
        // the role's own number names nobody
        m.is(clinic, "identifier.value", &["endoscopy"]);
    }

    fn no_implants_is_not_done_and_says_of_what() {
        let m = rest();
        let none = m.with("Procedure", "identifier.value", "no-implants");
        m.is(none, "status", &["not-done"]);
        m.is(none, "usedCode.coding.code", &["40388003"]);
        m.none(none, "usedReference");
        // no device is made of one that is not there
        assert!(m.all("Device").iter().all(|d| m.texts(d, "type.coding.code") != ["40388003"]));
        m.none(m.with("Procedure", "identifier.value", "colonoscopy"), "usedCode");
    }

    fn what_was_observed_has_its_place() {
        let m = rest();
        let watched = m.with("Observation", "identifier.value", "watched");
        m.is(watched, "extension.valueReference.resolve().name", &["Exampleton Clinic"]);
        m.is(watched, "extension.valueReference.resolve().type.coding.code", &["1118-9"]);
    }

    fn who_is_to_pay_is_no_insurance_in_force() {
        let m = rest();
        let repair = m.with("ServiceRequest", "identifier.value", "repair");
        m.is(repair, "insurance.resolve().identifier.value", &["to-pay", "to-pay-too"]);
        let planned = m.with("Coverage", "identifier.value", "to-pay");
        m.is(planned, "status", &["draft"]);
        m.is(planned, "type.coding.code", &["111"]);
        m.none(planned, "payor.reference");
        let cancelled = m.with("Coverage", "identifier.value", "to-pay-too");
        m.is(cancelled, "status", &["cancelled"]);
        m.is(cancelled, "payor.resolve().name", &["Pretend Insurance"]);
    }

    fn an_authorization_is_known_by_its_number() {
        let m = rest();
        let authorized = m.with("ServiceRequest", "identifier.value", "authorized");
        m.is(authorized, "insurance.type", &["ClaimResponse"]);
        m.is(authorized, "insurance.identifier.value", &["AUTH-1"]);
        m.is(authorized, "intent", &["plan"]);
    }

    fn a_policy_without_number_keeps_its_id() {
        let m = rest();
        m.is(m.with("Coverage", "identifier.value", "urn:uuid:3e676a50-7aac-11db-9fe1-0800200c9a66"), "status", &["active"]);
    }

    fn a_handoff_says_who_told_whom() {
        let m = rest();
        let told = m.with("Communication", "identifier.value", "handoff");
        m.is(told, "status", &["completed"]);
        m.is(told, "category.coding.code", &["432138007"]);
        m.is(told, "sent", &["2024-03-12"]);
        m.is(told, "sender.resolve().name.family", &["Needle"]);
        m.is(told, "recipient.resolve().name.family", &["Figment"]);
        m.is(told, "note.text", &["By telephone"]);
        // one that did not take place is none
        assert_eq!(m.all("Communication").len(), 1);
        assert!(m.reported("statement-not-mapped"));
    }

    fn a_medicine_tells_whether_it_needs_a_prescription_and_who_watches_over_it() {
        let m = rest();
        let warfarin = m.with("MedicationRequest", "identifier.value", "warfarin");
        m.is(warfarin, "category.coding.code", &["73639000"]);
        m.is(warfarin, "note.text", &["Label in Spanish"]);
        let watch = m.with("ServiceRequest", "identifier.value", "watch");
        m.is(watch, "performer.resolve().name.family", &["Invent"]);
        m.is(watch, "supportingInfo.resolve().identifier.value", &["warfarin"]);
    }

    fn nothing_known_of_medicines_is_no_medicine() {
        let m = rest();
        m.is(m.with("Observation", "identifier.value", "none-known"), "valueCodeableConcept.coding.code", &["182904002"]);
        assert_eq!(m.all("MedicationRequest").len(), 1);
        assert!(m.all("MedicationStatement").is_empty());
    }

    fn a_dose_of_a_series_has_its_number() {
        let m = rest();
        m.is(m.with("Immunization", "identifier.value", "third"), "protocolApplied.doseNumberPositiveInt", &["3"]);
        // two acts tell of two doses, and of neither that it was this one
        m.none(m.with("Immunization", "identifier.value", "two-acts"), "protocolApplied");
    }

    fn a_diagnosis_has_its_rank_and_zero_is_none() {
        let m = rest();
        let visit = m.with("Encounter", "identifier.value", "visit");
        m.is(visit, "diagnosis.rank", &["1"]);
        m.is(visit, "diagnosis.condition.resolve().identifier.value", &["gout", "asthma"]);
    }

    fn a_concern_is_of_the_encounter_that_it_names() {
        let m = rest();
        let pain = m.with("Condition", "identifier.value", "pain");
        m.is(pain, "encounter.resolve().identifier.value", &["visit"]);
        // beside a reference that leads somewhere its identifier is not needed
        m.none(pain, "encounter.identifier");
        let allergy = &m.all("AllergyIntolerance")[0];
        m.is(allergy, "encounter.identifier.value", &["earlier"]);
        m.none(allergy, "encounter.reference");
    }

    fn what_is_referred_to_and_not_there_is_named_by_its_identifier() {
        let m = rest();
        let concern = m.with("List", "identifier.value", "concern");
        m.is(concern, "entry.item.resolve().identifier.value", &["pain"]);
        // the third refers to the concern itself, and says nothing
        m.is(concern, "entry.item.identifier.value", &["elsewhere"]);
        assert_eq!(concern["entry"].as_array().unwrap().len(), 2);
        assert!(m.reported("reference-without-target") && m.reported("reference-to-itself"));
    }

    fn a_directive_has_its_status_its_paper_and_who_verified_it() {
        let m = rest();
        let directive = m.with("Observation", "identifier.value", "directive");
        m.is(directive, "component.code.coding.code", &["33999-4"]);
        m.is(directive, "component.valueCodeableConcept.coding.code", &["15240007"]);
        let paper = m.target(&directive["derivedFrom"][0]).unwrap();
        m.is(paper, "type.coding.code", &["371538006"]);
        m.is(paper, "content.attachment.url", &["https://hospital.example/directive.pdf"]);
        m.is(paper, "content.attachment.contentType", &["application/pdf"]);
        m.is(paper, "content.attachment.title", &["The paper"]);
        let verified = m.with("Provenance", "occurredDateTime", "2011-02-20");
        m.is(verified, "agent.type.coding.code", &["verifier"]);
        m.is(verified, "agent.who.resolve().name.family", &["Fictive"]);
        m.is(verified, "target.resolve().identifier.value", &["directive"]);
        let nobody = m.with("Provenance", "occurredDateTime", "2011-02-21");
        m.none(nobody, "agent.who.reference");
        // nothing is known of a paper but its number
        let bare = m.with("DocumentReference", "identifier.value", "paper-2");
        m.none(bare, "content.attachment.url");
    }

    fn a_habit_has_its_status_and_a_parameter_its_value() {
        let m = rest();
        let habit = m.with("Observation", "identifier.value", "habit");
        m.is(habit, "component.valueCodeableConcept.coding.code", &["73425007"]);
        let parameter = m.with("Observation", "identifier.value", "parameter");
        m.is(parameter, "valueCodeableConcept.coding.code", &["female-typical"]);
        m.is(parameter, "category.coding.code", &["social-history"]);
    }

    fn who_has_died_is_dead_from_that_day_and_who_has_not_is_not() {
        m_is_dead(&rest(), Some("2024-03-11"));
        let text = std::fs::read_to_string(project("tests/fixtures/us-rest.xml")).unwrap();
        let dateless = text.replace("<effectiveTime><low value=\"20240311\"/></effectiveTime>", "");
        m_is_dead(&convert(dateless.as_bytes()), None);
        let statement = "<observation classCode=\"OBS\" moodCode=\"EVN\"><templateId root=\"2.16.840.1.113883.10.20.22.4.79\"/>";
        let denied = statement.replace("EVN\"", "EVN\" negationInd=\"true\"");
        for harmless in [text.replace(statement, &denied), text.replace("419099009", "438949009")] {
            let m = convert(harmless.as_bytes());
            assert!(harmless != text);
            m.none(m.one("Patient"), "deceasedDateTime");
            m.none(m.one("Patient"), "deceasedBoolean");
        }
    }

    fn an_age_keeps_what_it_says() {
        let m = rest();
        let mother = m.with("FamilyMemberHistory", "identifier.value", "mother");
        // in years or in months nobody said
        m.is(mother, "condition.onsetString", &["57"]);
        m.none(mother, "condition.onsetAge");
        m.is(mother, "condition.onsetRange.low.value", &["20"]);
        m.is(mother, "condition.onsetRange.high.value", &["30"]);
        m.none(mother, "condition.onsetPeriod");
    }

    fn devices_are_used_grouped_and_active() {
        let m = rest();
        let used = m.with("DeviceUseStatement", "identifier.value", "icd");
        m.is(used, "device.resolve().type.coding.code", &["72506001"]);
        assert!(m.all("MedicationDispense").is_empty());
        let group = m.with("List", "identifier.value", "implants");
        m.is(group, "code.coding.code", &["40388003"]);
        m.is(group, "entry.item.resolve().identifier.value", &["pacemaker"]);
        m.is(m.with("Device", "identifier.value", "(01)00000000000017"), "status", &["active"]);
    }

    fn words_have_their_unit_and_a_specimen_its_condition() {
        let m = rest();
        let acuity = m.with("Observation", "identifier.value", "acuity");
        m.is(acuity, "valueString", &["20/80"]);
        m.is(acuity, "component.valueCodeableConcept.coding.code", &["[ft_us]/[ft_us]"]);
        let ketones = m.with("Observation", "identifier.value", "ketones");
        m.is(ketones, "specimen.resolve().condition.coding.code", &["281264009"]);
    }

    fn an_author_without_name_is_known_by_number_kind_and_organisation() {
        let m = rest();
        let wrote = m.with("Provenance", "agent.type.coding.code", "informant");
        let role = m.with("PractitionerRole", "identifier.value", "536814814");
        m.is(role, "specialty.coding.code", &["208D00000X"]);
        m.is(role, "organization.resolve().name", &["Exampleton Office"]);
        m.is(role, "telecom.value", &["+1-555-010-0004"]);
        // no person is made of a number that may be that of an office
        m.none(role, "practitioner");
        m.has(wrote, "agent.who.resolve().identifier.value", "536814814");
        // and who told of the results
        m.has(wrote, "agent.type.coding.code", "informant");
        m.has(wrote, "agent.who.resolve().name", "Exampleton Pharmacy");
    }

    fn a_mean_of_blood_pressures_is_no_reading() {
        let m = rest();
        let mean = m.with("Observation", "identifier.value", "mean");
        m.is(mean, "code.coding.code", &["96607-7"]);
        m.is(mean, "component.code.coding.code", &["96608-5", "96609-3"]);
        m.is(mean, "component.valueQuantity.value", &["126"]);
        m.is(mean, "component.dataAbsentReason.coding.code", &["unknown"]);
        m.is(mean, "effectivePeriod.start", &["2024-03-01"]);
        // its parts are none of their own
        assert!(m.all("Observation").iter().all(|o| !["96608-5", "96609-3", "85354-9"].contains(&m.texts(o, "code.coding.code")[0].as_str())));
    }

    fn episodes_ranges_lessons_and_ulcers_are_told() {
        let m = rest();
        let episode = m.with("Observation", "identifier.value", "episode");
        m.is(episode, "focus.resolve().identifier.value", &["pain"]);
        m.contains(episode, "valueCodeableConcept.text", "New episode");
        m.is(m.with("Observation", "identifier.value", "range"), "valuePeriod.start", &["2012-02-11"]);
        m.is(m.with("Observation", "identifier.value", "taught"), "valueString", &["Keep the wound dry"]);
        let ulcer = m.with("Observation", "identifier.value", "ulcer");
        m.is(ulcer, "valueCodeableConcept.coding.code", &["421927004"]);
        m.is(ulcer, "bodySite.coding.code", &["54735007"]);
    }

    fn a_member_of_the_team_has_a_time() {
        let m = rest();
        let team = m.with("CareTeam", "identifier.value", "team");
        m.is(team, "participant.period.start", &["2021-04-01"]);
        m.is(team, "participant.period.end", &["2021-04-12"]);
    }

    fn an_older_functional_problem_has_the_status_it_says() {
        let m = rest();
        let cane = m.with("Condition", "identifier.value", "cane");
        m.is(cane, "clinicalStatus.coding.code", &["resolved"]);
    }

    fn what_a_report_is_of_was_done() {
        let m = rest();
        let done = m.with("Procedure", "code.coding.code", "70548");
        m.is(done, "performedDateTime", &["2024-03-05"]);
        // whether it was completed is not said
        m.is(done, "status", &["unknown"]);
    }

    fn images_have_study_series_and_instance() {
        let m = rest();
        let study = m.one("ImagingStudy");
        m.is(study, "identifier.value", &["urn:oid:1.2.840.99999999.76962139.1411070343863"]);
        m.is(study, "status", &["unknown"]);
        m.is(study, "started", &["2024-03-05"]);
        m.is(study, "description", &["Chest, two views"]);
        m.is(study, "series.uid", &["1.2.840.99999999.1.25748051.1411070343863"]);
        m.is(study, "series.modality.code", &["DX"]);
        m.is(study, "series.started", &["2024-03-05"]);
        m.is(study, "series.description", &["Lateral"]);
        m.is(study, "series.instance.uid", &["1.2.840.99999999.1.1.56187485.1439238160270"]);
        m.is(study, "series.instance.sopClass.code", &["1.2.840.10008.5.1.4.1.1.1.1"]);
    }

    /// Observer Context (CDA Imaging Integration): who observed is the author of what he observed.
    fn the_observer_of_an_image_is_its_author() {
        let entry = r#"<entry><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.6.2.12"/><id root="2.16.840.1.113883.19.15.1" extension="o1"/>
<code code="59776-5" codeSystem="2.16.840.1.113883.6.1" displayName="Procedure findings"/><statusCode code="completed"/><effectiveTime value="20240305"/><value xsi:type="ST">A nodule of 3 mm</value>
<author><time value="20240305"/><assignedAuthor><templateId root="2.16.840.1.113883.10.20.6.2.4"/><id root="2.16.840.1.113883.19.15.2" extension="rad"/>
<code code="121094" codeSystem="1.2.840.10008.2.16.4" displayName="Performing"/><assignedPerson><name><given>Rita</given><family>Radiant</family></name></assignedPerson></assignedAuthor></author></observation></entry>"#;
        let m = Doc::new().section("59776-5", "A nodule", entry).convert();
        let seen = m.with("Observation", "identifier.value", "o1");
        let rita = m.with("Practitioner", "name.family", "Radiant");
        let said = m.all("Provenance").into_iter().find(|p| m.target(&p["target"][0]) == Some(seen)).expect("who said it");
        let role = m.target(&said["agent"][0]["who"]).unwrap();
        assert_eq!(m.target(&role["practitioner"]), Some(rita));
        m.is(role, "code.coding.code", &["121094"]);
    }
}

fn m_is_dead(m: &Made, day: Option<&str>) {
    let patient = m.one("Patient");
    match day {
        Some(day) => {
            m.is(patient, "deceasedDateTime", &[day]);
            m.none(patient, "deceasedBoolean");
        }
        None => m.is(patient, "deceasedBoolean", &["true"]),
    }
}
