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
}
