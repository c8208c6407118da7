//! What was entered in error: `statusCode` nullified on a statement, on the act or organizer around it, and on statements
//! inside it. It must never read as a fact (facts/uk/UK.md, nullification; CDA R2 ActStatus).

use crate::checks;
use crate::common::*;

const ERROR: &[&str] = &["entered-in-error"];

fn problem(act: &str, own: &str, inside: &str) -> Made {
    let entry = format!(
        r#"<entry><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.3"/><id root="2.16.840.1.113883.19.21.1" extension="c"/><code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="{act}"/>
<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.4"/><id root="2.16.840.1.113883.19.21.1" extension="p"/><code code="55607006" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="{own}"/><effectiveTime><low value="2019"/><high value="2020"/></effectiveTime><value xsi:type="CD" code="195967001" codeSystem="2.16.840.1.113883.6.96"/>
<entryRelationship typeCode="REFR"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.6"/><code code="33999-4" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="{inside}"/><value xsi:type="CD" code="413322009" codeSystem="2.16.840.1.113883.6.96"/></observation></entryRelationship></observation></entryRelationship></act></entry>"#
    );
    Doc::new().section("11450-4", "x", &entry).convert()
}

fn allergy(act: &str, own: &str) -> Made {
    let entry = format!(
        r#"<entry><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.30"/><id root="2.16.840.1.113883.19.21.2" extension="c"/><code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="{act}"/><effectiveTime><low value="2019"/></effectiveTime>
<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.7"/><id root="2.16.840.1.113883.19.21.2" extension="a"/><code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><statusCode code="{own}"/><value xsi:type="CD" code="416098002" codeSystem="2.16.840.1.113883.6.96"/>
<participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT"><code code="7980" codeSystem="2.16.840.1.113883.6.88"/></playingEntity></participantRole></participant></observation></entryRelationship></act></entry>"#
    );
    Doc::new().section("48765-2", "x", &entry).convert()
}

fn pressure(organizer: &str, systolic: &str, diastolic: &str) -> Made {
    let member = |code: &str, status: &str, value: &str| {
        format!(
            r#"<component><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.27"/><id root="2.16.840.1.113883.19.21.3" extension="{code}"/><code code="{code}" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="{status}"/><effectiveTime value="20240305"/><value xsi:type="PQ" value="{value}" unit="mm[Hg]"/></observation></component>"#
        )
    };
    let entry = format!(
        r#"<entry><organizer classCode="CLUSTER" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.26"/><id root="2.16.840.1.113883.19.21.3" extension="o"/><code code="46680005" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="{organizer}"/><effectiveTime value="20240305"/>{}{}</organizer></entry>"#,
        member("8480-6", systolic, "210"),
        member("8462-4", diastolic, "75")
    );
    Doc::new().section("8716-3", "x", &entry).convert()
}

checks! {
    fn a_nullified_problem_is_an_error_and_has_no_course() {
        for m in [problem("active", "nullified", "completed"), problem("nullified", "completed", "completed")] {
            let c = m.one("Condition");
            m.is(c, "verificationStatus.coding.code", ERROR);
            m.none(c, "clinicalStatus");
            m.none(c, "abatementDateTime");
            m.is(c, "onsetDateTime", &["2019"]);
        }
        let m = problem("active", "completed", "completed");
        m.none(m.one("Condition"), "verificationStatus");
    }

    fn a_nullified_status_inside_says_nothing() {
        let resolved = problem("active", "completed", "completed");
        resolved.is(resolved.one("Condition"), "clinicalStatus.coding.code", &["resolved"]);
        // the end is said by the time alone
        let m = problem("active", "completed", "nullified");
        m.is(m.one("Condition"), "clinicalStatus.coding.code", &["resolved"]);
        assert!(m.issues.iter().any(|i| i.code == "statement-not-mapped"), "it is reported");
    }

    fn a_nullified_allergy_is_an_error_and_not_active() {
        for m in [allergy("active", "nullified"), allergy("nullified", "completed")] {
            let a = m.one("AllergyIntolerance");
            m.is(a, "verificationStatus.coding.code", ERROR);
            m.none(a, "clinicalStatus");
            m.is(a, "code.coding.code", &["7980"]);
        }
        let m = allergy("active", "completed");
        m.is(m.one("AllergyIntolerance"), "clinicalStatus.coding.code", &["active"]);
        m.none(m.one("AllergyIntolerance"), "verificationStatus");
    }

    fn a_nullified_half_of_a_pressure_is_not_paired() {
        let m = pressure("completed", "nullified", "completed");
        let wrong = m.with("Observation", "component.valueQuantity.value", "210");
        m.is(wrong, "status", ERROR);
        let right = m.with("Observation", "component.valueQuantity.value", "75");
        m.is(right, "status", &["final"]);
        assert_ne!(wrong["id"], right["id"]);
    }

    fn a_document_that_is_taken_back_takes_its_statements_with_it() {
        let entry = r#"<entry><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.3"/><code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="active"/>
<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.4"/><id root="2.16.840.1.113883.19.21.1" extension="p"/><code code="55607006" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/><effectiveTime><low value="2019"/><high value="2020"/></effectiveTime><value xsi:type="CD" code="195967001" codeSystem="2.16.840.1.113883.6.96"/></observation></entryRelationship></act></entry>
<entry><substanceAdministration classCode="SBADM" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.16"/><id root="2.16.840.1.113883.19.21.1" extension="m"/><statusCode code="active"/><consumable><manufacturedProduct><manufacturedMaterial><code code="197361" codeSystem="2.16.840.1.113883.6.88"/></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration></entry>"#;
        let of = |header: &str| Doc::new().header(header).section("11450-4", "x", entry).convert();
        let m = of(r#"<sdtc:statusCode xmlns:sdtc="urn:hl7-org:sdtc" code="nullified"/>"#);
        m.is(m.one("Composition"), "status", ERROR);
        m.is(m.one("Condition"), "verificationStatus.coding.code", ERROR);
        m.none(m.one("Condition"), "clinicalStatus");
        m.none(m.one("Condition"), "abatementDateTime");
        m.is(m.one("MedicationRequest"), "status", ERROR);
        assert!(m.reported("document-withdrawn"));
        let m = of("");
        m.is(m.one("MedicationRequest"), "status", &["active"]);
        assert!(!m.reported("document-withdrawn"));
    }

    fn a_nullified_panel_withdraws_its_members() {
        let m = pressure("nullified", "completed", "completed");
        for o in m.all("Observation") {
            m.is(o, "status", ERROR);
        }
    }
}

/// The class of it: whatever the kind of statement, with every status nullified nothing in our own documents reads as a fact.
#[test]
fn nothing_nullified_reads_as_a_fact() {
    const STATUS: &str = "statusCode code=\"";
    const FACTS: &[&str] = &["active", "final", "completed", "current", "in-progress", "not-done", "not-taken"];
    let mut seen = 0;
    for path in files("samples", "xml").into_iter().chain(files("tests/fixtures", "xml")) {
        // one sample is in an older charset
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let mut nullified = String::with_capacity(text.len());
        let mut rest = text.as_str();
        // `<statusCode code="…"`, whatever the prefix
        while let Some(at) = rest.find(STATUS) {
            let from = at + STATUS.len();
            nullified.push_str(&rest[..from]);
            nullified.push_str("nullified");
            rest = &rest[from + rest[from..].find('"').unwrap()..];
        }
        nullified.push_str(rest);
        let m = convert(nullified.as_bytes());
        for r in m.resources() {
            let (kind, name) = (r["resourceType"].as_str().unwrap(), path.display());
            // of the header, or without a status in CDA; `soon` and the policy of a header bear none, nor does a picture
            let without =
                matches!(
                    kind,
                    "Composition" | "DocumentReference" | "Location" | "Encounter" | "Device" | "Medication" | "List"
                ) || matches!(m.texts(r, "identifier.value").join("|").as_str(), "soon" | "POL-1" | "strip-1" | "logo");
            let status = r["status"].as_str().or(r["lifecycleStatus"].as_str()).unwrap_or("");
            let error = status == ERROR[0] || m.texts(r, "verificationStatus.coding.code") == ERROR;
            assert!(without || !FACTS.contains(&status), "{name}: {kind} {} reads as {status}", r["id"]);
            assert!(error || r["clinicalStatus"].is_null(), "{name}: {kind} {} has a course", r["id"]);
            seen += usize::from(error);
        }
    }
    assert!(seen > 200, "{seen}");
}
