//! Statements whose templates no table knows: the section says what they are, else their class alone, and never more than that.

use crate::checks;
use crate::common::*;

fn fixture() -> Made {
    convert(&std::fs::read(project("tests/fixtures/unknown-templates.xml")).unwrap())
}

checks! {
    fn an_observation_says_what_it_says() {
        let m = fixture();
        assert!(m.reported("inferred-by-class"));
        let walk = m.with("Observation", "identifier.value", "walk");
        m.is(walk, "code.coding.code", &["WALK"]);
        m.is(walk, "valueQuantity.value", &["412"]);
        m.is(walk, "effectiveDateTime", &["2024-03-05"]);
        m.is(m.target(&walk["hasMember"][0]).unwrap(), "identifier.value", &["walk-part"]);
        let about = m.with("Observation", "identifier.value", "walk-about");
        m.is(m.target(&about["focus"][0]).unwrap(), "identifier.value", &["walk"]);
        m.is(about, "dataAbsentReason.coding.code", &["asked-unknown"]);
    }

    // a whole antibiogram has such codes in one system: what was asked stands in the display alone
    fn a_statement_that_only_its_display_names_is_not_lost() {
        let m = Doc::new()
            .section(
                "99999-9",
                "",
                r#"<entry><organizer classCode="CLUSTER" moodCode="EVN"><code code="local" codeSystem="1.2.3.9"/><statusCode code="completed"/>
<component><observation classCode="OBS" moodCode="EVN"><code nullFlavor="NI" displayName="Growth Amount"/><statusCode code="completed"/><value xsi:type="ST">heavy</value></observation></component></organizer></entry>"#,
            )
            .convert();
        let growth = m.with("Observation", "valueString", "heavy");
        m.is(growth, "code.text", &["Growth Amount"]);
    }

    fn what_is_denied_stays_narrative() {
        let m = fixture();
        assert!(!m.json.contains("\"FALL\""));
        assert!(m.reported("statement-not-mapped"));
    }

    fn what_is_intended_is_a_request() {
        let m = fixture();
        m.is(m.with("ServiceRequest", "identifier.value", "wish"), "intent", &["plan"]);
        m.is(m.with("MedicationRequest", "identifier.value", "ordered"), "intent", &["order"]);
    }

    fn what_was_done_and_what_was_not() {
        let m = fixture();
        m.is(m.with("Procedure", "identifier.value", "massage"), "status", &["completed"]);
        m.is(m.with("Procedure", "identifier.value", "no-bath"), "status", &["not-done"]);
        let how = m.with("Observation", "identifier.value", "massage-how");
        m.is(m.target(&how["partOf"][0]).unwrap(), "identifier.value", &["massage"]);
    }

    fn a_medicine_of_no_known_template_was_taken_or_not() {
        let m = fixture();
        let taken = m.with("MedicationStatement", "identifier.value", "taken");
        m.is(taken, "status", &["completed"]);
        m.is(taken, "medicationCodeableConcept.coding.code", &["1190220"]);
        m.is(taken, "reasonCode.coding.code", &["195967001"]);
        m.is(taken, "dosage.doseAndRate.doseQuantity.value", &["2"]);
        let not = m.with("MedicationStatement", "identifier.value", "not-taken");
        m.is(not, "status", &["not-taken"]);
        m.none(not, "dosage");
        m.is(m.with("MedicationStatement", "identifier.value", "vague"), "status", &["unknown"]);
    }

    fn a_section_says_what_its_statements_are() {
        let m = fixture();
        assert!(m.reported("inferred-by-section"));
        let gout = m.with("Condition", "identifier.value", "gout");
        m.is(gout, "code.coding.code", &["90560007"]);
        let pressure = m.with("Observation", "code.coding.code", "85354-9");
        m.is(pressure, "component.valueQuantity.value", &["124", "70"]);
    }

    /// A part of a statement that tables know is not torn out of it: it is about that.
    fn a_part_of_what_is_known_is_about_it() {
        let m = fixture();
        let part = m.with("Observation", "identifier.value", "gout-part");
        m.is(part, "focus.resolve().identifier.value", &["gout"]);
    }

    /// A kind that tables know, and that no rule takes for a reason, is not taken for its class.
    fn a_refused_vaccine_is_no_medicine_taken() {
        let entry = r#"<entry><substanceAdministration classCode="SBADM" moodCode="EVN" negationInd="false"><templateId root="2.16.840.1.113883.10.20.22.4.52"/>
<id root="2.16.840.1.113883.19.11.1" extension="i1"/><statusCode code="cancelled"/><consumable><manufacturedProduct><manufacturedMaterial>
<code code="88" codeSystem="2.16.840.1.113883.12.292"/></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration></entry>"#;
        let known = Doc::new().section("11369-6", "x", entry).convert();
        let elsewhere = Doc::new().section("61149-1", "x", entry).convert();
        // the same without any template, where only the section says that it is a vaccine
        let bare = Doc::new().section("11369-6", "x", &entry.replace("2.16.840.1.113883.10.20.22.4.52", "1.2.3")).convert();
        for m in [known, elsewhere, bare] {
            assert!(m.all("MedicationStatement").is_empty() && m.all("Immunization").is_empty(), "{}", m.json);
        }
    }

    /// Neither the template nor the section is known: the vaccine's code, or the kind of act, says what was given.
    fn a_vaccine_is_known_by_its_code() {
        let entry = |attributes: &str, act: &str, system: &str| {
            format!(
                r#"<entry><substanceAdministration classCode="SBADM" {attributes}><id root="2.16.840.1.113883.19.11.1" extension="v1"/>{act}<statusCode code="completed"/>
<effectiveTime value="20240105"/><consumable><manufacturedProduct><manufacturedMaterial><code code="88" codeSystem="{system}"/></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration></entry>"#
            )
        };
        let act = r#"<code code="IMMUNIZ" codeSystem="2.16.840.1.113883.5.4"/>"#;
        let of = |attributes: &str, act: &str, system: &str| Doc::new().section("X-1", "x", &entry(attributes, act, system)).convert();
        for (act, system) in [("", "2.16.840.1.113883.12.292"), ("", "2.16.840.1.113883.6.59"), (act, "1.2.3.999.60")] {
            let given = of(r#"moodCode="EVN""#, act, system);
            given.is(given.one("Immunization"), "status", &["completed"]);
            let refused = of(r#"moodCode="EVN" negationInd="true""#, act, system);
            refused.is(refused.one("Immunization"), "status", &["not-done"]);
            let planned = of(r#"moodCode="INT""#, act, system);
            assert!(planned.all("Immunization").is_empty());
            planned.is(planned.one("MedicationRequest"), "intent", &["order"]);
            for m in [given, refused, planned] {
                assert!(m.all("MedicationStatement").is_empty(), "{}", m.json);
            }
        }
    }

    /// A problem by its code alone: of the patient, found, and neither the sign of a reaction nor somebody else's.
    fn a_problem_is_known_by_its_code() {
        let problem = r#"<observation classCode="OBS" moodCode="EVN"><id root="2.16.840.1.113883.19.11.1" extension="p1"/><code code="64572001" codeSystem="2.16.840.1.113883.6.96"/>
<statusCode code="completed"/><value xsi:type="CD" code="90560007" codeSystem="2.16.840.1.113883.6.96" displayName="Gout"/></observation>"#;
        let of = |entry: String| Doc::new().section("X-1", "x", &format!("<entry>{entry}</entry>")).convert();
        let found = of(problem.to_owned());
        found.is(found.one("Condition"), "code.coding.code", &["90560007"]);
        let denied = of(problem.replace(r#"moodCode="EVN""#, r#"moodCode="EVN" negationInd="true""#));
        denied.is(denied.one("Condition"), "verificationStatus.coding.code", &["refuted"]);
        let aim = of(problem.replace(r#"moodCode="EVN""#, r#"moodCode="GOL""#));
        let of_father = of(problem.replace("<statusCode", r#"<subject><relatedSubject classCode="PRS"><code code="FTH" codeSystem="2.16.840.1.113883.5.111"/></relatedSubject></subject><statusCode"#));
        let sign = of(format!(
            r#"<observation classCode="OBS" moodCode="EVN"><code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><value xsi:type="ST">x</value><entryRelationship typeCode="MFST" inversionInd="true">{problem}</entryRelationship></observation>"#
        ));
        for m in [aim, of_father, sign] {
            assert!(m.all("Condition").is_empty(), "{}", m.json);
        }
    }

    /// A stage with its parts, beside what the problem itself reads: each is about the problem, and none is lost.
    fn what_stands_in_a_problem_and_no_template_is_known_of_is_about_it() {
        let part = |kind: &str, code: &str, value: &str, more: &str| format!(
            r#"<entryRelationship typeCode="{kind}"><observation classCode="OBS" moodCode="EVN"><code code="{code}" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><value xsi:type="CD" code="{value}" codeSystem="2.16.840.1.113883.15.6"/>{more}</observation></entryRelationship>"#
        );
        let more = r#"<author><time value="20240105"/><assignedAuthor><id root="2.16.840.1.113883.4.6" extension="1234567893"/><assignedPerson><name><family>Stager</family></name></assignedPerson></assignedAuthor></author>
<entryRelationship typeCode="SUBJ"><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.64"/><code code="48767-8" codeSystem="2.16.840.1.113883.6.1"/><text>as the board saw it</text></act></entryRelationship>"#;
        let stage = part("COMP", "21902-2", "3B", &(more.to_owned() + &part("COMP", "21899-0", "pT3", "")));
        let stage = stage
            .replacen(r#"<statusCode code="completed"/>"#, r#"<text>Stage IIIB</text><statusCode code="completed"/><effectiveTime value="20240112"/>"#, 1)
            .replacen("<author>", r#"<interpretationCode code="A" codeSystem="2.16.840.1.113883.5.83"/><methodCode code="M" codeSystem="2.16.840.1.113883.6.96"/><targetSiteCode code="60184004" codeSystem="2.16.840.1.113883.6.96"/><author>"#, 1);
        let status = part("REFR", "33999-4", "55561003", "");
        let of = |inside: &str| Doc::new().section("72135-7", "x", &format!(r#"<entry><observation classCode="OBS" moodCode="EVN"><id root="2.16.840.1.113883.19.11.1" extension="p1"/><code code="282291009" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/><value xsi:type="CD" code="363406005" codeSystem="2.16.840.1.113883.6.96"/>{inside}</observation></entry>"#)).convert();
        let m = of(&format!("{stage}{status}"));
        m.one("Condition");
        assert_eq!(m.all("Observation").len(), 2, "{}", m.json);
        let group = m.with("Observation", "code.coding.code", "21902-2");
        m.is(group, "bodySite.coding.code", &["60184004"]);
        m.is(group, "note.text", &["as the board saw it"]);
        m.is(group, "effectiveDateTime", &["2024-01-12"]);
        for o in m.all("Observation") {
            m.is(o, "focus.resolve().code.coding.code", &["363406005"]);
        }
        m.is(group, "hasMember.resolve().code.coding.code", &["21899-0"]);
        // what is denied, or is the reason for the problem, is none
        let denied = stage.replacen(r#"moodCode="EVN""#, r#"moodCode="EVN" negationInd="true""#, 1);
        assert!(of(&denied).all("Observation").is_empty());
        assert!(of(&part("RSON", "21902-2", "3B", "")).all("Observation").is_empty());
    }

    /// A supply of no known template that happened inside a medicine is the dispense of that medicine.
    fn a_supply_inside_a_medicine_is_its_dispense() {
        let of = |mood: &str| Doc::new().section("X-1", "x", &format!(r#"<entry><substanceAdministration classCode="SBADM" moodCode="INT"><id root="2.16.840.1.113883.19.11.1" extension="m"/><statusCode code="active"/>
<consumable><manufacturedProduct><manufacturedMaterial><code code="860975" codeSystem="2.16.840.1.113883.6.88"/></manufacturedMaterial></manufacturedProduct></consumable>
<entryRelationship typeCode="REFR"><supply classCode="SPLY" moodCode="{mood}"><id root="2.16.840.1.113883.19.11.1" extension="d"/><statusCode code="completed"/><effectiveTime value="20240103"/><quantity value="60" unit="{{tablet}}"/></supply></entryRelationship></substanceAdministration></entry>"#)).convert();
        let m = of("EVN");
        m.is(m.one("MedicationDispense"), "medicationCodeableConcept.coding.code", &["860975"]);
        m.is(m.one("MedicationDispense"), "quantity.value", &["60"]);
        m.is(m.one("MedicationDispense"), "authorizingPrescription.resolve().identifier.value", &["m"]);
        let ordered = of("INT");
        assert!(ordered.all("MedicationDispense").is_empty());
        ordered.is(ordered.one("MedicationRequest"), "dispenseRequest.quantity.value", &["60"]);
    }

    /// An observation with a value of its own is no mere wrapper around what was taken: that it was left is told.
    fn what_holds_something_taken_and_says_something_itself_is_not_lost_in_silence() {
        let m = Doc::new().section("48765-2", "x", r#"<entry><observation classCode="OBS" moodCode="EVN" negationInd="true"><code code="1-8" codeSystem="2.16.840.1.113883.6.1"/><value xsi:type="CD" code="2" codeSystem="2.16.840.1.113883.15.6"/>
<entryRelationship typeCode="RSON"><observation classCode="OBS" moodCode="EVN"><code code="8462-4" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><value xsi:type="PQ" value="3" unit="mm"/></observation></entryRelationship></observation></entry>"#).convert();
        assert!(m.reported("statement-not-mapped"), "{}", m.json);
    }

    /// Counts of many patients (QRDA III) are not statements about one.
    fn a_record_target_that_names_nobody_is_no_patient() {
        let xml = Doc::new().section("X-1", "x", r#"<entry><observation classCode="OBS" moodCode="EVN"><code code="MSRAGG" codeSystem="2.16.840.1.113883.5.4"/><value xsi:type="INT" value="1000"/>
<entryRelationship typeCode="COMP"><observation classCode="OBS" moodCode="EVN"><code code="76689-9" codeSystem="2.16.840.1.113883.6.1"/><value xsi:type="CD" code="M" codeSystem="2.16.840.1.113883.5.1"/>
<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"><code code="MSRAGG" codeSystem="2.16.840.1.113883.5.4"/><value xsi:type="INT" value="10"/></observation></entryRelationship></observation></entryRelationship></observation></entry>"#).xml();
        let (start, end) = (xml.find("<patientRole>").unwrap(), xml.find("</patientRole>").unwrap());
        let m = convert(format!("{}<patientRole><id nullFlavor=\"NA\"/>{}", &xml[..start], &xml[end..]).as_bytes());
        assert!(m.all("Patient").is_empty() && m.all("Observation").is_empty());
        assert!(m.reported("no-patient") && !m.reported("reference-without-target"));
    }
}
