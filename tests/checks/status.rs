//! Family history, care teams, payers, functional and mental status, advance directives, preferences.

use crate::checks;
use crate::common::*;

/// The document in which all of them stand.
fn fixture() -> Made {
    convert(&std::fs::read(project("tests/fixtures/status-family-team.xml")).unwrap())
}

checks! {
    fn what_a_relative_had_is_never_the_patients() {
        let m = fixture();
        assert!(m.all("Condition").is_empty());
        let father = m.with("FamilyMemberHistory", "identifier.value", "fh-father");
        m.is(father, "relationship.coding.code", &["FTH"]);
        m.is(father, "name", &["Fergus Exemplar"]);
        m.is(father, "condition.code.coding.code", &["22298006"]);
        m.is(father, "condition.outcome.coding.code", &["419099009"]);
        m.is(father, "condition.contributedToDeath", &["true"]);
        m.is(father, "condition.onsetAge.value", &["57"]);
        m.is(father, "deceasedDate", &["1967"]);
    }

    fn what_a_relative_did_not_have_is_not_written() {
        let m = fixture();
        assert!(!m.bundle.to_string().contains("73211009"), "diabetes was denied");
        assert!(m.reported("statement-not-mapped"));
    }

    fn a_relative_who_lives_is_not_dead() {
        let m = fixture();
        let mother = m.with("FamilyMemberHistory", "identifier.value", "fh-mother");
        m.is(mother, "deceasedBoolean", &["false"]);
        m.is(mother, "condition.onsetPeriod.start", &["1940"]);
        m.is(mother, "condition.onsetPeriod.end", &["1990"]);
        m.is(mother, "status", &["partial"]);
        m.is(m.with("FamilyMemberHistory", "identifier.value", "fh-uncle"), "status", &["entered-in-error"]);
    }

    fn who_cares_in_what_role_and_since_when() {
        let m = fixture();
        let team = m.with("CareTeam", "identifier.value", "team");
        m.is(team, "status", &["active"]);
        m.is(team, "name", &["The Exampleton team"]);
        m.is(team, "category.coding.code", &["LA28865-6"]);
        m.is(team, "participant.role.coding.code", &["PCP", "163W00000X"]);
        m.is(team, "participant.period.start", &["2022-03-04T11:30:00-05:00"]);
        m.is(m.with("CareTeam", "identifier.value", "team-old"), "status", &["inactive"]);
        // of the nurse only the kind is known
        let nurse = m.with("PractitionerRole", "specialty.coding.code", "163W00000X");
        m.none(nurse, "practitioner");
    }

    fn who_pays_and_for_whom() {
        let m = fixture();
        let c = m.with("Coverage", "subscriberId", "MEMBER-4711");
        m.is(c, "status", &["active"]);
        m.is(c, "order", &["2"]);
        m.is(c, "class.value", &["GROUP-77"]);
        m.is(c, "relationship.coding.code", &["SPS"]);
        m.is(c, "period.end", &["2024-12-31"]);
        let holder = m.target(&c["subscriber"]).unwrap();
        m.is(holder, "name.family", &["Exemplar"]);
        m.is(holder, "birthDate", &["1955-01-01"]);
        m.is(m.target(&c["payor"][0]).unwrap(), "name", &["Good Payer"]);
        m.is(m.with("Coverage", "subscriberId", "MEMBER-1"), "status", &["cancelled"]);
    }

    fn do_not_resuscitate_stays_what_was_said() {
        let m = fixture();
        let dnr = m.with("Observation", "identifier.value", "dnr");
        m.is(dnr, "code.coding.code", &["304251008"]);
        m.is(dnr, "valueCodeableConcept.coding.code", &["304253006"]);
        m.is(dnr, "valueCodeableConcept.coding.display", &["Do not resuscitate"]);
        m.is(m.target(&dnr["performer"][0]).unwrap(), "name.family", &["Verifier"]);
    }

    fn a_dependence_that_is_denied_is_not_written() {
        let m = fixture();
        assert!(!m.bundle.to_string().contains("713138001"));
        let panel = m.with("Observation", "identifier.value", "fs");
        assert_eq!(panel["hasMember"].as_array().map(Vec::len), Some(2));
    }

    fn what_the_patient_prefers_is_about_the_request() {
        let m = fixture();
        let soon = m.with("Observation", "identifier.value", "soon");
        m.is(m.target(&soon["focus"][0]).unwrap(), "resourceType", &["ServiceRequest"]);
        m.none(m.one("ServiceRequest"), "priority");
    }

    /// eHDSI and IHE Pharmacy: where nobody coded the product, its active ingredient says what it is.
    fn a_medicine_is_known_by_its_ingredient() {
        for uri in ["urn:epsos-org:ep:medication", "urn:hl7-org:pharm", "urn:ihe:pharm"] {
            let substance = if uri.contains("epsos") { "ingredient" } else { "ingredientSubstance" };
            let entry = format!(
                r#"<entry><substanceAdministration classCode="SBADM" moodCode="INT"><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.7"/><id root="2.16.840.1.113883.19.9.1" extension="m"/><statusCode code="active"/>
<consumable><manufacturedProduct><manufacturedMaterial xmlns:p="{uri}"><code nullFlavor="NI"/><p:formCode code="10219000" codeSystem="0.4.0.127.0.16.1.1.2.1" displayName="Tablet"/>
<p:asContent><p:containerPackagedMedicine><p:capacityQuantity value="30" unit="1"/></p:containerPackagedMedicine></p:asContent>
<p:ingredient classCode="ACTI"><p:quantity><p:numerator xsi:type="PQ" value="500" unit="mg"/><p:denominator xsi:type="PQ" value="1" unit="1"/></p:quantity>
<p:{substance}><p:code code="N02BE01" codeSystem="2.16.840.1.113883.6.73" displayName="paracetamol"/></p:{substance}></p:ingredient></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration></entry>"#
            );
            let m = Doc::new().section("10160-0", "x", &entry).convert();
            let medicine = m.target(&m.one("MedicationRequest")["medicationReference"]).unwrap();
            m.is(medicine, "ingredient.itemCodeableConcept.coding.code", &["N02BE01"]);
            m.is(medicine, "ingredient.isActive", &["true"]);
            m.is(medicine, "ingredient.strength.numerator.value", &["500"]);
            m.is(medicine, "form.coding.code", &["10219000"]);
            m.is(medicine, "amount.numerator.value", &["30"]);
        }
    }

    fn a_pregnancy_that_is_over_keeps_its_end() {
        let entry = r#"<entry><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.15.3.8"/><id root="2.16.840.1.113883.19.5.99999.8" extension="g"/><code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><statusCode code="completed"/><effectiveTime><low value="20230105"/><high value="20231009"/></effectiveTime><value xsi:type="CD" code="77386006" codeSystem="2.16.840.1.113883.6.96"/></observation></entry>"#;
        let m = Doc::new().section("29762-2", "x", entry).convert();
        let p = m.one("Observation");
        m.is(p, "effectivePeriod.start", &["2023-01-05"]);
        m.is(p, "effectivePeriod.end", &["2023-10-09"]);
        m.none(p, "effectiveDateTime");
    }

    fn the_panel_of_vital_signs_keeps_its_own_code() {
        let entry = r#"<entry><organizer classCode="CLUSTER" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.26"/><id root="2.16.840.1.113883.19.5.99999.8" extension="vs"/>
<code code="46680005" codeSystem="2.16.840.1.113883.6.96" displayName="Vital signs"><originalText>Obs at noon</originalText><translation code="74728-7" codeSystem="2.16.840.1.113883.6.1"/></code><statusCode code="completed"/><effectiveTime value="20240305"/>
<component><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.27"/><id root="2.16.840.1.113883.19.5.99999.8" extension="hr"/><code code="8867-4" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><effectiveTime value="20240305"/><value xsi:type="PQ" value="80" unit="/min"/></observation></component></organizer></entry>"#;
        let m = Doc::new().section("8716-3", "Vital signs", entry).convert();
        let panel = m.with("Observation", "identifier.value", "vs");
        m.is(panel, "code.coding.code", &["46680005", "74728-7", "85353-1"]);
        m.is(panel, "code.text", &["Obs at noon"]);
    }

    fn an_author_whose_time_says_more_of_the_same_day_keeps_it() {
        let author = |time: &str| format!(r#"<author><time value="{time}"/><assignedAuthor><id root="2.16.840.1.113883.4.6" extension="{time}"/><assignedPerson><name><family>F{time}</family></name></assignedPerson></assignedAuthor></author>"#);
        let entry = format!(
            r#"<entry><procedure classCode="PROC" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.14"/><id root="2.16.840.1.113883.19.11.4" extension="p"/><code code="73761001" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/>{}{}</procedure></entry>"#,
            author("20200228"),
            author("202002281407-0500")
        );
        let m = Doc::new().section("47519-4", "x", &entry).convert();
        let procedure = m.one("Procedure");
        let target = format!("urn:uuid:{}", procedure["id"].as_str().unwrap());
        let wrote = m.all("Provenance").into_iter().find(|p| p["entity"].is_null() && p["target"][0]["reference"] == *target).unwrap();
        m.is(wrote, "occurredPeriod.end", &["2020-02-28T14:07:00-05:00"]);
        m.none(wrote, "occurredPeriod.start");
    }

    fn a_specimen_in_a_collection_without_template_is_one() {
        let entry = r#"<entry><organizer classCode="BATTERY" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.1"/><id root="2.16.840.1.113883.19.5.99999.8" extension="lab"/><code code="6301-6" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><effectiveTime value="20240305"/>
<component><procedure classCode="PROC" moodCode="EVN"><code code="17636008" codeSystem="2.16.840.1.113883.6.96"/><effectiveTime value="202403050815-0500"/><targetSiteCode code="14975008" codeSystem="2.16.840.1.113883.6.96" displayName="Forearm"/>
<participant typeCode="PRD"><participantRole classCode="SPEC"><id root="2.16.840.1.113883.19.5.99999.8" extension="tube"/><playingEntity><code code="119297000" codeSystem="2.16.840.1.113883.6.96" displayName="Blood specimen"/></playingEntity></participantRole></participant></procedure></component>
<component><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.2"/><id root="2.16.840.1.113883.19.5.99999.8" extension="inr"/><code code="6301-6" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><effectiveTime value="20240305"/><value xsi:type="PQ" value="1.0" unit="1"/></observation></component></organizer></entry>"#;
        let m = Doc::new().section("30954-2", "x", entry).convert();
        let s = m.one("Specimen");
        m.is(s, "type.coding.code", &["119297000"]);
        m.is(s, "collection.collectedDateTime", &["2024-03-05T08:15:00-05:00"]);
        m.is(s, "collection.bodySite.coding.code", &["14975008"]);
        assert!(m.all("Procedure").is_empty());
    }

    fn a_problem_is_asserted_since_it_is_a_concern() {
        let entry = r#"<entry><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.3"/><id root="2.16.840.1.113883.19.5.99999.8" extension="c"/><code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="active"/><effectiveTime><low value="202401051030-0500"/></effectiveTime>
<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.4"/><id root="2.16.840.1.113883.19.5.99999.8" extension="p"/><code code="55607006" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/><effectiveTime><low value="2019"/></effectiveTime><value xsi:type="CD" code="195967001" codeSystem="2.16.840.1.113883.6.96"/></observation></entryRelationship></act></entry>"#;
        let m = Doc::new().section("11450-4", "x", entry).convert();
        let c = m.one("Condition");
        m.is(c, "onsetDateTime", &["2019"]);
        m.is(c, "extension(condition-assertedDate).valueDateTime", &["2024-01-05T10:30:00-05:00"]);
    }
}
