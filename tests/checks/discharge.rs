//! A discharge summary says what happened, what was found, and what comes next: each part stands where a reader looks for
//! it, in resources where the document has entries and in the Composition in any case.

use crate::checks;
use crate::common::*;

/// Sections that tell in words, by code.
const TOLD: &[(&str, &str)] = &[
    ("8648-8", "Hospital course"),
    ("8653-8", "Hospital discharge instructions"),
    ("18841-7", "Hospital consultations"),
    ("10184-0", "Hospital discharge physical findings"),
    ("29545-1", "Physical findings"),
    ("11493-4", "Hospital discharge studies summary"),
    ("42349-1", "Reason for referral"),
    ("8650-2", "Hospital discharge disposition"),
    ("18776-5", "Plan of treatment"),
    ("69730-0", "Instructions"),
    ("75310-3", "Health concerns"),
];

const RESULT: &str = r#"<entry><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.2"/><id root="2.16.840.1.113883.19.12.3" extension="r1"/>
<code code="30746-2" codeSystem="2.16.840.1.113883.6.1" displayName="Chest X-ray"/><statusCode code="completed"/><effectiveTime value="20240301"/><value xsi:type="ST">Clear</value></observation></entry>"#;

const NOTE: &str = r##"<entry><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.202" extension="2016-11-01"/><id root="2.16.840.1.113883.19.12.3" extension="n1"/>
<code code="34109-9" codeSystem="2.16.840.1.113883.6.1"><translation code="11488-4" codeSystem="2.16.840.1.113883.6.1" displayName="Consult note"/></code><text><reference value="#told"/></text><statusCode code="completed"/><effectiveTime value="20240301"/></act></entry>"##;

const STAY: &str = r#"<componentOf><encompassingEncounter><id root="2.16.840.1.113883.19.11.6" extension="stay"/><effectiveTime><low value="20240304"/><high value="20240312"/></effectiveTime>
<dischargeDispositionCode code="06" codeSystem="2.16.840.1.113883.12.112" displayName="Home health service"/></encompassingEncounter></componentOf>"#;

fn sections<'m>(m: &'m Made, code: &str) -> Vec<&'m serde_json::Value> {
    m.at(m.one("Composition"), "section").into_iter().filter(|s| m.texts(s, "code.coding.code") == [code]).collect()
}

checks! {
    fn trap_11_sections_of_words_are_kept_with_code_title_and_text() {
        let doc = TOLD.iter().fold(Doc::new(), |d, (code, words)| d.section(code, &format!("<paragraph>{words} in words</paragraph>"), ""));
        let m = doc.convert();
        for (code, words) in TOLD {
            let s = sections(&m, code);
            assert_eq!(s.len(), 1, "{code}");
            m.is(s[0], "title", &[&format!("Section {code}")]);
            m.contains(s[0], "text.div", &format!("{words} in words"));
            m.is(s[0], "text.status", &["additional"]);
            m.none(s[0], "entry");
        }
        // words alone make no resource
        for ty in ["Condition", "Observation", "ServiceRequest", "Procedure", "Goal", "List", "Encounter"] {
            assert!(m.all(ty).is_empty(), "{ty}");
        }
    }

    fn discharge_studies_are_results_wherever_they_stand() {
        let m = Doc::new().section("11493-4", "x", RESULT).convert();
        m.is(m.one("Observation"), "valueString", &["Clear"]);
        m.is(sections(&m, "11493-4")[0], "entry.resolve().code.coding.code", &["30746-2"]);
    }

    fn a_consultation_with_a_note_is_a_note_of_the_stay() {
        let m = Doc::new().header(STAY).section("18841-7", r#"<paragraph ID="told">Pulmonary medicine came by.</paragraph>"#, NOTE).convert();
        let n = m.with("DocumentReference", "identifier.value", "n1");
        m.has(n, "type.coding.code", "11488-4");
        m.is(n, "context.encounter.resolve().identifier.value", &["stay"]);
        m.has(sections(&m, "18841-7")[0], "entry.resolve().identifier.value", "n1");
    }

    fn a_diagnosis_entered_in_error_is_none_of_the_stay() {
        let of = |section: &str, status: &str| Doc::new().header(STAY).section(section, "x", &format!(r#"<entry><act classCode="ACT" moodCode="EVN"><code code="{section}" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="{status}"/><entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.4"/><id root="2.16.840.1.113883.19.12.3" extension="d"/><code code="282291009" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/><value xsi:type="CD" code="233604007" codeSystem="2.16.840.1.113883.6.96"/></observation></entryRelationship></act></entry>"#)).convert();
        for (section, role) in [("11535-2", "DD"), ("46241-6", "AD")] {
            let m = of(section, "active");
            m.is(m.one("Encounter"), "diagnosis.use.coding.code", &[role]);
            m.is(m.one("Encounter"), "diagnosis.condition.resolve().code.coding.code", &["233604007"]);
            let m = of(section, "nullified");
            m.none(m.one("Encounter"), "diagnosis");
            m.is(m.one("Condition"), "verificationStatus.coding.code", &["entered-in-error"]);
        }
    }

    fn the_disposition_is_of_the_stay() {
        let m = Doc::new().header(STAY).section("8650-2", "<paragraph>Home, with nursing.</paragraph>", "").convert();
        m.is(m.one("Encounter"), "hospitalization.dischargeDisposition.coding.code", &["06"]);
    }

    fn trap_11_a_section_without_information_says_so() {
        let m = Doc::new().raw_section(r#"<section nullFlavor="NI"><code code="8648-8" codeSystem="2.16.840.1.113883.6.1"/><title>Hospital course</title><text>No information</text></section>"#).convert();
        m.is(sections(&m, "8648-8")[0], "emptyReason.coding.code", &["unavailable"]);
    }
}
