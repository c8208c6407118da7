//! Points of the checklist of traps that concern immunizations, procedures, encounters, social history, notes and plans, and
//! that no other test holds. `tests/traps.rs` says which tests hold which line.

use crate::checks;
use crate::common::*;

const TIME: &str = r#"<effectiveTime value="20240301"/>"#;
const EXCISION: &str = r#"<code code="80146002" codeSystem="2.16.840.1.113883.6.96" displayName="Appendectomy"/>"#;
const VISIT: &str = r#"<code code="99213" codeSystem="2.16.840.1.113883.6.12" displayName="Office visit"/>"#;

/// A statement: element, attributes, template, and what follows the id.
fn statement(element: &str, attributes: &str, template: &str, more: &str) -> String {
    format!(
        r#"<{element} {attributes}><templateId root="{template}"/><id root="2.16.840.1.113883.19.13.1" extension="x"/>{more}</{element}>"#
    )
}

fn section(code: &str, entry: &str) -> Made {
    Doc::new().section(code, "x", &format!("<entry>{entry}</entry>")).convert()
}

fn vaccine(attributes: &str, product: &str) -> String {
    let more = format!(
        r#"<statusCode code="completed"/>{TIME}<consumable><manufacturedProduct classCode="MANU"><manufacturedMaterial>{product}</manufacturedMaterial></manufacturedProduct></consumable>"#
    );
    statement(
        "substanceAdministration",
        &format!(r#"classCode="SBADM" {attributes}"#),
        "2.16.840.1.113883.10.20.22.4.52",
        &more,
    )
}

const FLU: &str = r#"<code code="88" codeSystem="2.16.840.1.113883.12.292"/>"#;
const PROCEDURE: &str = "2.16.840.1.113883.10.20.22.4.14";
const ENCOUNTER: &str = "2.16.840.1.113883.10.20.22.4.49";
const SOCIAL: &str = "2.16.840.1.113883.10.20.22.4.38";

fn procedure(attributes: &str, status: &str) -> String {
    let more = format!(r#"{EXCISION}<statusCode code="{status}"/>{TIME}"#);
    statement("procedure", &format!(r#"classCode="PROC" {attributes}"#), PROCEDURE, &more)
}

checks! {
    fn trap_07_one_and_true_negate_alike() {
        for negated in ["true", "1", " TRUE "] {
            let head = format!(r#"moodCode="EVN" negationInd="{negated}""#);
            m_status("Procedure", "not-done", &section("47519-4", &procedure(&head, "completed")));
            m_status("Immunization", "not-done", &section("11369-6", &vaccine(&head, FLU)));
        }
        // what says nothing, or no, negates nothing
        for not in ["false", "0", ""] {
            let head = format!(r#"moodCode="EVN" negationInd="{not}""#);
            m_status("Procedure", "completed", &section("47519-4", &procedure(&head, "completed")));
            m_status("Immunization", "completed", &section("11369-6", &vaccine(&head, FLU)));
        }
    }

    fn trap_07_what_shall_not_be_done_is_said_by_a_modifier() {
        let m = section("18776-5", &procedure(r#"moodCode="RQO" negationInd="true""#, "active"));
        m.is(m.one("ServiceRequest"), "doNotPerform", &["true"]);
        m.is(m.one("ServiceRequest"), "intent", &["order"]);
    }

    fn trap_07_a_negated_encounter_or_habit_stays_narrative() {
        let negated = r#"moodCode="EVN" negationInd="true""#;
        let m = section("46240-8", &statement("encounter", &format!(r#"classCode="ENC" {negated}"#), ENCOUNTER, &format!("{VISIT}{TIME}")));
        assert!(m.all("Encounter").is_empty());
        assert!(m.reported("statement-not-mapped"));
        let value = r#"<value xsi:type="CD" code="228276006" codeSystem="2.16.840.1.113883.6.96"/>"#;
        let m = section("29762-2", &statement("observation", &format!(r#"classCode="OBS" {negated}"#), SOCIAL, &format!(r#"<code code="11331-6" codeSystem="2.16.840.1.113883.6.1"/>{value}"#)));
        assert!(m.all("Observation").is_empty());
    }

    fn trap_08_organizers_within_organizers() {
        let member = statement("observation", r#"classCode="OBS" moodCode="EVN""#, "2.16.840.1.113883.10.20.22.4.2", &format!(r#"<code code="2951-2" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/>{TIME}<value xsi:type="PQ" value="138" unit="mmol/L"/>"#));
        let panel = |inner: &str| statement("organizer", r#"classCode="BATTERY" moodCode="EVN""#, "2.16.840.1.113883.10.20.22.4.1", &format!(r#"<code code="24323-8" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><component>{inner}</component>"#));
        let m = section("30954-2", &panel(&panel(&member).replace(r#"extension="x""#, r#"extension="inner""#).replacen("inner", "y", 1)));
        assert_eq!(m.all("Observation").len(), 1);
        assert_eq!(m.all("DiagnosticReport").len(), 2);
        for report in m.all("DiagnosticReport") {
            m.is(report, "result.resolve().code.coding.code", &["2951-2"]);
        }
    }

    fn trap_09_what_is_said_of_another_person_is_not_the_patients() {
        let other = r#"<subject><relatedSubject classCode="PRS"><code code="MTH" codeSystem="2.16.840.1.113883.5.111"/></relatedSubject></subject>"#;
        for (code, entry, ty) in [
            ("47519-4", procedure(r#"moodCode="EVN""#, "completed").replace("</procedure>", &format!("{other}</procedure>")), "Procedure"),
            ("11369-6", vaccine(r#"moodCode="EVN""#, FLU).replace("<consumable>", &format!("{other}<consumable>")), "Immunization"),
            ("46240-8", statement("encounter", r#"classCode="ENC" moodCode="EVN""#, ENCOUNTER, &format!("{VISIT}{TIME}{other}")), "Encounter"),
            ("61146-7", statement("observation", r#"classCode="OBS" moodCode="GOL""#, "2.16.840.1.113883.10.20.22.4.121", &format!(r#"<code code="29463-7" codeSystem="2.16.840.1.113883.6.1"/>{other}"#)), "Goal"),
        ] {
            let m = section(code, &entry);
            assert!(m.all(ty).is_empty(), "{ty}");
            assert!(m.reported("other-subject"), "{ty}");
        }
    }

    fn trap_10_one_status_means_what_its_statement_says() {
        // "cancelled" of an act that was to be, of a visit, of a vaccine, of a plan
        m_status("Procedure", "not-done", &section("47519-4", &procedure(r#"moodCode="EVN""#, "cancelled")));
        m_status("ServiceRequest", "revoked", &section("18776-5", &procedure(r#"moodCode="RQO""#, "cancelled")));
        let visit = statement("encounter", r#"classCode="ENC" moodCode="EVN""#, ENCOUNTER, &format!(r#"{VISIT}<statusCode code="cancelled"/>{TIME}"#));
        m_status("Encounter", "cancelled", &section("46240-8", &visit));
        m_status("Immunization", "not-done", &section("11369-6", &vaccine(r#"moodCode="EVN""#, FLU).replace("completed", "cancelled")));
        // "completed" of a plan says that nothing remains to be done, not that it was done
        m_status("ServiceRequest", "completed", &section("18776-5", &procedure(r#"moodCode="RQO""#, "completed")));
    }

    fn trap_10_what_is_planned_was_not_done() {
        for mood in ["INT", "RQO", "PRP", "PRMS", "ARQ", "APT"] {
            let head = format!(r#"moodCode="{mood}""#);
            for (code, entry) in [
                ("47519-4", procedure(&head, "completed")),
                ("47519-4", statement("act", &format!(r#"classCode="ACT" {head}"#), "2.16.840.1.113883.10.20.22.4.12", &format!("{EXCISION}{TIME}"))),
                ("47519-4", statement("observation", &format!(r#"classCode="OBS" {head}"#), "2.16.840.1.113883.10.20.22.4.13", &format!("{EXCISION}{TIME}"))),
                ("46240-8", statement("encounter", &format!(r#"classCode="ENC" {head}"#), ENCOUNTER, &format!("{VISIT}{TIME}"))),
            ] {
                let m = section(code, &entry);
                m.one("ServiceRequest");
                for done in ["Procedure", "Observation", "Encounter"] {
                    assert!(m.all(done).is_empty(), "{mood}: {done}");
                }
            }
            let m = section("11369-6", &vaccine(&head, FLU));
            assert!(m.all("Immunization").is_empty(), "{mood}");
        }
    }

    fn trap_11_nested_and_repeated_sections_are_read() {
        let part = |id: &str| format!(r#"<section><code code="47519-4" codeSystem="2.16.840.1.113883.6.1"/><title>Done</title><text>x</text><entry>{}</entry>"#, procedure(r#"moodCode="EVN""#, "completed").replace(r#"extension="x""#, &format!(r#"extension="{id}""#)));
        let outer = format!("{}<component>{}</section></component></section>", part("a"), part("b"));
        let m = Doc::new().raw_section(&outer).raw_section(&format!("{}</section>", part("c"))).convert();
        assert_eq!(m.all("Procedure").len(), 3);
        m.is(m.one("Composition"), "section.section.entry.resolve().identifier.value", &["b"]);
    }

    fn trap_11_any_version_of_a_template_is_known() {
        for extension in ["", r#" extension="2014-06-09""#, r#" extension="2024-05-01""#, r#" extension="2099-01-01""#] {
            let entry = procedure(r#"moodCode="EVN""#, "completed").replace(&format!(r#"root="{PROCEDURE}""#), &format!(r#"root="{PROCEDURE}"{extension}"#));
            m_status("Procedure", "completed", &section("47519-4", &entry));
        }
    }

    fn trap_15_what_social_history_says_of_the_patient_stands_there() {
        let of = |template: &str, code: &str, value: &str| {
            let entry = statement("observation", r#"classCode="OBS" moodCode="EVN""#, template, &format!(r#"<code code="{code}" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/>{value}"#));
            let m = section("29762-2", &entry);
            assert!(m.all("Observation").is_empty(), "{code}");
            m
        };
        let m = of("2.16.840.1.113883.10.20.34.3.45", "76691-5", r#"<value xsi:type="CD" code="446141000124107" codeSystem="2.16.840.1.113883.6.96"/>"#);
        m.is(m.one("Patient"), "extension(us-core-genderIdentity).valueCodeableConcept.coding.code", &["446141000124107"]);
        let m = of("2.16.840.1.113883.10.20.22.4.507", "46098-0", r#"<value xsi:type="CD" code="248152002" codeSystem="2.16.840.1.113883.6.96"/>"#);
        m.is(m.one("Patient"), "extension(us-core-sex).valueCode", &["248152002"]);
        let m = of("2.16.840.1.113883.10.20.22.4.506", "95370-3", r#"<value xsi:type="CD" code="187" codeSystem="2.16.840.1.113883.5.140"/>"#);
        m.is(m.one("Patient"), "extension(us-core-tribal-affiliation).extension(tribalAffiliation).valueCodeableConcept.coding.code", &["187"]);
    }

    fn trap_16_placeholders_make_no_resources() {
        let unknown = r#"<code nullFlavor="NI"/>"#;
        for (section_code, entry, ty) in [
            ("47519-4", statement("procedure", r#"classCode="PROC" moodCode="EVN""#, PROCEDURE, unknown), "Procedure"),
            ("47519-4", statement("procedure", r#"classCode="PROC" moodCode="EVN" nullFlavor="NI""#, PROCEDURE, unknown), "Procedure"),
            ("11369-6", vaccine(r#"moodCode="EVN""#, unknown), "Immunization"),
            ("11369-6", vaccine(r#"moodCode="EVN" nullFlavor="NI""#, unknown), "Immunization"),
            ("18776-5", statement("act", r#"classCode="ACT" moodCode="INT""#, "2.16.840.1.113883.10.20.22.4.39", unknown), "ServiceRequest"),
            ("69730-0", statement("act", r#"classCode="ACT" moodCode="INT""#, "2.16.840.1.113883.10.20.22.4.20", unknown), "ServiceRequest"),
            ("29762-2", statement("observation", r#"classCode="OBS" moodCode="EVN""#, SOCIAL, unknown), "Observation"),
            ("34109-9", statement("act", r#"classCode="ACT" moodCode="EVN" nullFlavor="NI""#, "2.16.840.1.113883.10.20.22.4.202", unknown), "List"),
            ("46264-8", statement("supply", r#"classCode="SPLY" moodCode="EVN""#, "2.16.840.1.113883.10.20.22.4.50", ""), "SupplyDelivery"),
            ("75310-3", statement("act", r#"classCode="ACT" moodCode="EVN""#, "2.16.840.1.113883.10.20.22.4.132", unknown), "List"),
        ] {
            let m = section(section_code, &entry);
            assert!(m.all(ty).is_empty(), "{ty} of a placeholder in {section_code}: {}", m.json);
            assert!(m.reported("not-written") || m.reported("null-statement") || m.reported("statement-not-mapped"), "{ty} in {section_code} says nothing");
        }
    }
}

#[track_caller]
fn m_status(ty: &str, want: &str, m: &Made) {
    m.is(m.one(ty), "status", &[want]);
}
