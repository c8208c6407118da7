//! Qualifiers that say something of the statement: codes alone must not read as present, of the patient, done.

use crate::checks;
use crate::common::*;

const SCT: &str = r#"codeSystem="2.16.840.1.113883.6.96""#;

fn qualifier(attribute: &str, value: &str) -> String {
    format!(
        r#"<qualifier><name code="{attribute}" {SCT}/><value code="{value}" {SCT} displayName="so qualified"/></qualifier>"#
    )
}

/// A problem in a problem list, with this inside its concept.
fn problem(concept: &str, code: &str) -> Made {
    let entry = format!(
        r#"<entry><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.4"/><id root="2.16.840.1.113883.19.31.1" extension="p"/>
<code code="55607006" {SCT}/><statusCode code="completed"/><effectiveTime><low value="20240102"/></effectiveTime><value xsi:type="CD" code="{code}" {SCT} displayName="Sleep apnea">{concept}</value></observation></entry>"#
    );
    Doc::new().section("11450-4", "x", &entry).convert()
}

/// An observation of no known template, with this inside its value.
fn finding(concept: &str) -> Made {
    let entry = format!(
        r#"<entry><observation classCode="OBS" moodCode="EVN"><id root="2.16.840.1.113883.19.31.1" extension="f"/><code code="121073" codeSystem="1.2.840.10008.2.16.4" displayName="Impression"/>
<statusCode code="completed"/><value xsi:type="CD" code="93880001" {SCT} displayName="Primary malignant neoplasm of lung">{concept}</value></observation></entry>"#
    );
    Doc::new().section("19005-8", "x", &entry).convert()
}

fn procedure(code: &str) -> Made {
    let entry = format!(
        r#"<entry><procedure classCode="PROC" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.14"/><id root="2.16.840.1.113883.19.31.1" extension="q"/>
<code code="80146002" {SCT} displayName="Appendectomy">{code}</code><statusCode code="completed"/><effectiveTime value="20240102"/></procedure></entry>"#
    );
    Doc::new().section("47519-4", "x", &entry).convert()
}

checks! {
    fn a_problem_that_is_known_absent_is_refuted() {
        for absent in ["410516002", "410594000"] {
            let m = problem(&qualifier("408729009", absent), "78275009");
            m.is(m.one("Condition"), "verificationStatus.coding.code", &["refuted"]);
            m.none(m.one("Condition"), "clinicalStatus");
        }
        // without the name of the attribute the value says it as well, and its system may be that of the concept
        let m = problem(r#"<qualifier><value code="410516002" displayName="Known absent"/></qualifier>"#, "78275009");
        m.is(m.one("Condition"), "verificationStatus.coding.code", &["refuted"]);
        let m = problem("", "78275009:408729009=410516002");
        m.is(m.one("Condition"), "verificationStatus.coding.code", &["refuted"]);
        let m = problem("", "78275009 |Sleep apnea = apnea| : { 408731000 |Temporal context| = 410512000 |Current|, 408729009 |Finding context| = 410516002 |Known absent| }");
        m.is(m.one("Condition"), "verificationStatus.coding.code", &["refuted"]);
    }

    fn a_problem_that_is_possible_is_unconfirmed() {
        for doubt in ["415684004", "410590009", "410592001", "410593006"] {
            let m = problem(&qualifier("408729009", doubt), "78275009");
            m.is(m.one("Condition"), "verificationStatus.coding.code", &["unconfirmed"]);
        }
    }

    fn a_problem_that_is_known_present_is_as_any_other() {
        let m = problem(&qualifier("408729009", "410515003"), "78275009");
        m.none(m.one("Condition"), "verificationStatus");
        let m = problem(&qualifier("408732007", "410604004"), "78275009");
        m.is(m.one("Condition"), "code.coding.code", &["78275009"]);
    }

    fn a_problem_of_a_relative_a_risk_and_a_goal_are_none_of_the_patient() {
        for (attribute, value) in [("408732007", "444301002"), ("408729009", "410519009"), ("408729009", "410518001"), ("408729009", "261665006")] {
            let m = problem(&qualifier(attribute, value), "78275009");
            assert!(m.all("Condition").is_empty(), "{attribute} {value}");
            assert!(m.reported("context-not-carried"), "{attribute} {value}");
        }
        assert!(problem("", "78275009:408732007=444301002").all("Condition").is_empty());
        // the worst of several: a doubt about a relative is no doubt about the patient
        let both = qualifier("408729009", "415684004") + &qualifier("408732007", "444301002");
        assert!(problem(&both, "78275009").all("Condition").is_empty());
    }

    fn a_finding_that_is_possible_or_absent_stays_narrative() {
        assert_eq!(finding("").all("Observation").len(), 1);
        let m = finding(&qualifier("246103008", "410592001"));
        assert!(m.all("Observation").is_empty());
        assert!(m.reported("uncertainty-not-carried"));
        let m = finding(&qualifier("408729009", "410516002"));
        assert!(m.all("Observation").is_empty());
        assert!(m.reported("statement-not-mapped"));
    }

    fn a_procedure_that_was_not_done_or_is_planned_was_not_done() {
        let m = procedure(&qualifier("408730004", "385658003"));
        m.is(m.one("Procedure"), "status", &["completed"]);
        let m = procedure(&qualifier("408730004", "385660001"));
        m.is(m.one("Procedure"), "status", &["not-done"]);
        let m = procedure(&qualifier("408730004", "397943006"));
        assert!(m.all("Procedure").is_empty());
        assert!(m.reported("context-not-carried"));
    }

    fn what_only_describes_the_concept_changes_nothing() {
        let m = problem(&qualifier("246112005", "24484000"), "78275009");
        m.none(m.one("Condition"), "verificationStatus");
        // the attribute of another concept than this
        let inverted = qualifier("408729009", "410516002").replace("<qualifier>", r#"<qualifier inverted="true">"#);
        m.none(problem(&inverted, "78275009").one("Condition"), "verificationStatus");
    }
}
