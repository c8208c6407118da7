//! Immunizations, procedures, encounters, social history and notes: facts K045, K081–K090, K101–K107, K109–K112,
//! K148–K151 and K155–K158.

use base64::Engine as _;

use crate::checks;
use crate::common::*;

/// A vaccine given or not: attributes, status, and what surrounds the product.
fn vaccine(attributes: &str, head: &str, tail: &str) -> Made {
    let entry = format!(
        r#"<entry><substanceAdministration classCode="SBADM" {attributes}><templateId root="2.16.840.1.113883.10.20.22.4.52" extension="2015-08-01"/>
<id root="2.16.840.1.113883.19.11.1" extension="i1"/><statusCode code="completed"/>{head}
<consumable><manufacturedProduct classCode="MANU"><templateId root="2.16.840.1.113883.10.20.22.4.54" extension="2014-06-09"/>
<manufacturedMaterial><code code="88" codeSystem="2.16.840.1.113883.12.292" displayName="Influenza"/></manufacturedMaterial></manufacturedProduct></consumable>{tail}</substanceAdministration></entry>"#
    );
    Doc::new().section("11369-6", "Immunizations", &entry).convert()
}

const GIVEN: &str = r#"moodCode="EVN""#;
const REFUSED: &str = r#"moodCode="EVN" negationInd="true""#;
const TIME: &str = r#"<effectiveTime value="20240301"/>"#;

/// A reason: template, what is observed, and what was seen.
fn reason(template: &str, code: &str, value: &str) -> String {
    format!(
        r#"<entryRelationship typeCode="RSON"><observation classCode="OBS" moodCode="EVN">{template}<id root="2.16.840.1.113883.19.11.2" extension="why"/>
{code}<statusCode code="completed"/>{value}</observation></entryRelationship>"#
    )
}

const DOCTOR: &str = r#"<performer><assignedEntity><id root="2.16.840.1.113883.4.6" extension="9999999902"/>
<assignedPerson><name><given>Nora</given><family>Needle</family></name></assignedPerson></assignedEntity></performer>"#;
const DOCTOR_OF: &str = r#"<performer><assignedEntity><id root="2.16.840.1.113883.4.6" extension="9999999902"/>
<assignedPerson><name><given>Nora</given><family>Needle</family></name></assignedPerson>
<representedOrganization><id root="2.16.840.1.113883.19.11.3" extension="ward"/><name>Exampleton Ward</name></representedOrganization></assignedEntity></performer>"#;

/// A procedure: attributes, status, and what follows it.
fn procedure(attributes: &str, status: &str, tail: &str) -> Made {
    let entry = format!(
        r#"<entry><procedure classCode="PROC" {attributes}><templateId root="2.16.840.1.113883.10.20.22.4.14" extension="2014-06-09"/>
<id root="2.16.840.1.113883.19.11.4" extension="p1"/><code code="73761001" codeSystem="2.16.840.1.113883.6.96" displayName="Colonoscopy"/>
<statusCode code="{status}"/>{tail}</procedure></entry>"#
    );
    Doc::new().section("47519-4", "Procedures", &entry).convert()
}

/// An observation of the social history: template, code, and what follows the status.
fn social(template: &str, code: &str, tail: &str) -> Made {
    let entry = format!(
        r#"<entry><observation classCode="OBS" moodCode="EVN"><templateId root="{template}"/>
<id root="2.16.840.1.113883.19.11.5" extension="s1"/>{code}<statusCode code="completed"/>{tail}</observation></entry>"#
    );
    Doc::new().section("29762-2", "Social history", &entry).convert()
}

const ASSERTION: &str = r#"<code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/>"#;
const PREGNANCY: &str = "2.16.840.1.113883.10.20.15.3.8";

/// An entry's encounter: id, code, status, and what follows.
fn encounter(id: &str, code: &str, tail: &str) -> String {
    format!(
        r#"<entry><encounter classCode="ENC" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.49" extension="2015-08-01"/>
<id root="2.16.840.1.113883.19.11.6" extension="{id}"/>{code}{tail}</encounter></entry>"#
    )
}

fn visited(entry: &str) -> Made {
    Doc::new().section("46240-8", "Encounters", entry).convert()
}

const OFFICE: &str = r#"<code code="99213" codeSystem="2.16.840.1.113883.6.12" displayName="Office visit"/>"#;
const STAY: &str = r#"<componentOf><encompassingEncounter><id root="2.16.840.1.113883.19.11.6" extension="stay"/>
<effectiveTime><low value="20240304"/><high value="20240312"/></effectiveTime></encompassingEncounter></componentOf>"#;

/// A note: what follows the code of a note in it, its text, and what follows.
fn note(translation: &str, text: &str, tail: &str) -> String {
    format!(
        r#"<entry><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.202" extension="2016-11-01"/>
<id root="2.16.840.1.113883.19.11.7" extension="n1"/><code code="34109-9" codeSystem="2.16.840.1.113883.6.1" displayName="Note">{translation}</code>
{text}<statusCode code="completed"/><effectiveTime value="20240311"/>
<author><time value="20240311"/><assignedAuthor><id root="2.16.840.1.113883.4.6" extension="9999999901"/></assignedAuthor></author>{tail}</act></entry>"#
    )
}

const NARRATIVE: &str = r#"<paragraph ID="story">The patient slept well.</paragraph>"#;
const CONSULTATION: &str =
    r#"<translation code="11488-4" codeSystem="2.16.840.1.113883.6.1" displayName="Consult note"/>"#;
const TOLD: &str = r##"<text><reference value="#story"/></text>"##;

/// The note, and not the document itself.
fn the_note(m: &Made) -> &serde_json::Value {
    m.with("DocumentReference", "identifier.value", "n1")
}

fn noted(entry: &str) -> Made {
    Doc::new().section("34109-9", NARRATIVE, entry).convert()
}

checks! {
    // no element of a Patient says that it was taken back, is only asked for, or denied
    fn what_is_not_said_of_the_patient_does_not_become_the_patients() {
        let birth_sex = |head: &str, status: &str| {
            Doc::new().section("29762-2", "Social history", &format!(
                r#"<entry><observation classCode="OBS" {head}><templateId root="2.16.840.1.113883.10.20.22.4.200" extension="2016-06-01"/><code code="76689-9" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="{status}"/><value xsi:type="CD" code="M" codeSystem="2.16.840.1.113883.5.1"/></observation></entry>"#
            )).convert()
        };
        let m = birth_sex(r#"moodCode="EVN""#, "completed");
        m.is(m.one("Patient"), "extension(us-core-birthsex).valueCode", &["M"]);
        for (head, status, why) in [
            (r#"moodCode="EVN""#, "nullified", "withdrawal-not-carried"),
            (r#"moodCode="RQO""#, "active", "statement-not-mapped"),
            (r#"moodCode="EVN" negationInd="true""#, "completed", "denial-not-carried"),
        ] {
            let m = birth_sex(head, status);
            m.none(m.one("Patient"), "extension(us-core-birthsex)");
            assert!(m.reported(why), "{why}");
        }
    }

    fn k045_birth_sex_is_of_the_patient() {
        let code = r#"<code code="76689-9" codeSystem="2.16.840.1.113883.6.1"/>"#;
        let m = social("2.16.840.1.113883.10.20.22.4.200", code, r#"<value xsi:type="CD" code="F" codeSystem="2.16.840.1.113883.5.1"/>"#);
        m.is(m.one("Patient"), "extension(us-core-birthsex).valueCode", &["F"]);
        assert!(m.all("Observation").is_empty());
    }

    fn k081_a_refused_vaccine_was_not_given() {
        let m = vaccine(REFUSED, TIME, "");
        m.is(m.one("Immunization"), "status", &["not-done"]);
    }

    fn k082_why_a_vaccine_was_not_given() {
        let code = r#"<code code="PATOBJ" codeSystem="2.16.840.1.113883.5.8" displayName="patient objection"/>"#;
        for template in [r#"<templateId root="2.16.840.1.113883.10.20.22.4.53"/>"#, ""] {
            let m = vaccine(REFUSED, TIME, &reason(template, code, ""));
            let i = m.one("Immunization");
            m.is(i, "statusReason.coding.code", &["PATOBJ"]);
            m.none(i, "reasonCode");
        }
    }

    fn k083_why_a_vaccine_was_given() {
        let code = r#"<code code="404684003" codeSystem="2.16.840.1.113883.6.96" displayName="Finding"/>"#;
        let value = r#"<value xsi:type="CD" code="195967001" codeSystem="2.16.840.1.113883.6.96" displayName="Asthma"/>"#;
        let m = vaccine(GIVEN, TIME, &reason(r#"<templateId root="2.16.840.1.113883.10.20.22.4.19" extension="2014-06-09"/>"#, code, value));
        let i = m.one("Immunization");
        m.is(i, "reasonCode.coding.code", &["195967001"]);
        m.none(i, "statusReason");
    }

    fn k084_who_gave_the_vaccine() {
        let m = vaccine(GIVEN, TIME, DOCTOR);
        let i = m.one("Immunization");
        assert_eq!(codes(&m, i, "performer.function"), ["http://terminology.hl7.org/CodeSystem/v2-0443|AP"]);
        m.is(i, "performer.actor.resolve().name.family", &["Needle"]);
    }

    fn k085_a_vaccine_intended_is_a_request() {
        let m = vaccine(r#"moodCode="INT""#, TIME, "");
        m.one("MedicationRequest");
        assert!(m.all("Immunization").is_empty());
    }

    fn k086_a_negated_procedure_was_not_done() {
        let m = procedure(REFUSED, "completed", TIME);
        m.is(m.one("Procedure"), "status", &["not-done"]);
    }

    fn k087_status_of_a_procedure() {
        for (status, want) in [("completed", "completed"), ("aborted", "stopped"), ("active", "in-progress"), ("cancelled", "not-done")] {
            let m = procedure(GIVEN, status, TIME);
            m.is(m.one("Procedure"), "status", &[want]);
        }
    }

    fn k088_a_procedure_that_took_its_time() {
        let m = procedure(GIVEN, "completed", r#"<effectiveTime><low value="20240301"/><high value="20240302"/></effectiveTime>"#);
        let p = m.one("Procedure");
        m.is(p, "performedPeriod.start", &["2024-03-01"]);
        m.is(p, "performedPeriod.end", &["2024-03-02"]);
        m.none(p, "performedDateTime");
        m.none(p, "_performedDateTime");
    }

    fn k089_a_procedure_at_an_unsaid_time() {
        let m = procedure(GIVEN, "completed", "");
        let p = m.one("Procedure");
        m.none(p, "performedDateTime");
        m.none(p, "performedPeriod");
        m.is(p, "_performedDateTime.extension.url", &[ABSENT]);
        m.is(p, "_performedDateTime.extension.valueCode", &["unknown"]);
    }

    fn k090_a_procedure_that_observes() {
        let entry = r#"<entry><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.13" extension="2014-06-09"/>
<id root="2.16.840.1.113883.19.11.4" extension="o1"/><code code="274025005" codeSystem="2.16.840.1.113883.6.96" displayName="Colonic polypectomy"/>
<statusCode code="completed"/><effectiveTime value="20240301"/><value xsi:type="CD" code="10828004" codeSystem="2.16.840.1.113883.6.96" displayName="Positive"/></observation></entry>"#;
        let m = Doc::new().section("47519-4", "Procedures", entry).convert();
        let o = m.one("Observation");
        m.is(o, "code.coding.code", &["274025005"]);
        m.is(o, "valueCodeableConcept.coding.code", &["10828004"]);
        assert!(m.all("Procedure").is_empty());
    }

    fn k101_code_of_the_pregnancy_status() {
        let m = social(PREGNANCY, ASSERTION, &format!(r#"{TIME}<value xsi:type="CD" code="77386006" codeSystem="2.16.840.1.113883.6.96" displayName="Pregnant"/>"#));
        let o = m.one("Observation");
        assert_eq!(codes(&m, o, "code"), [format!("{LOINC}|82810-3")]);
        m.is(o, "valueCodeableConcept.coding.code", &["77386006"]);
    }

    fn k102_an_unknown_pregnancy_status_is_a_value() {
        let m = social(PREGNANCY, ASSERTION, &format!(r#"{TIME}<value xsi:type="CD" nullFlavor="UNK"/>"#));
        let o = m.one("Observation");
        assert_eq!(codes(&m, o, "valueCodeableConcept"), ["http://terminology.hl7.org/CodeSystem/v3-NullFlavor|UNK"]);
        m.none(o, "dataAbsentReason");
    }

    fn k103_an_encounter_at_a_point_in_time_is_over() {
        let m = visited(&encounter("e1", OFFICE, r#"<effectiveTime value="201208151000+0800"/>"#));
        let e = m.one("Encounter");
        m.is(e, "status", &["finished"]);
        m.is(e, "period.start", &["2012-08-15T10:00:00+08:00"]);
    }

    fn k104_a_visit_by_its_billing_code() {
        let m = visited(&encounter("e1", OFFICE, TIME));
        let e = m.one("Encounter");
        let absent = m.texts(e, "class.extension(data-absent-reason).valueCode") == ["unknown"];
        assert!(m.texts(e, "class.code") == ["AMB"] || absent, "{}", pretty(e));
        assert_eq!(codes(&m, e, "type"), ["http://www.ama-assn.org/go/cpt|99213"]);
    }

    fn k105_a_class_is_no_type() {
        let code = r#"<code nullFlavor="OTH"><translation code="IMP" codeSystem="2.16.840.1.113883.5.4" displayName="inpatient encounter"/></code>"#;
        let m = visited(&encounter("e1", code, TIME));
        let e = m.one("Encounter");
        m.is(e, "class.code", &["IMP"]);
        m.is(e, "class.system", &["http://terminology.hl7.org/CodeSystem/v3-ActCode"]);
        let types = codes(&m, e, "type");
        assert!(!types.iter().any(|t| t.ends_with("|IMP")), "{types:?}");
    }

    fn k106_header_and_entry_tell_of_one_encounter() {
        let entry = encounter("stay", OFFICE, r#"<effectiveTime><low value="20240304"/><high value="20240312"/></effectiveTime>"#);
        let header = STAY.replace("<effectiveTime>", &format!("{OFFICE}<effectiveTime>"));
        let m = Doc::new().header(&header).section("46240-8", "Encounters", &entry).convert();
        let e = m.one("Encounter");
        m.is(e, "identifier.value", &["stay"]);
        m.has(e, "type.coding.code", "99213");
    }

    fn k106_the_entry_says_the_class_that_the_header_leaves_out() {
        let entry = encounter("stay", OFFICE, r#"<effectiveTime><low value="20240304"/><high value="20240312"/></effectiveTime>"#);
        let m = Doc::new().header(STAY).section("46240-8", "Encounters", &entry).convert();
        let e = m.one("Encounter");
        m.is(e, "identifier.value", &["stay"]);
        m.is(e, "class.code", &["AMB"]);
    }

    fn k106_one_visit_told_twice_in_other_words_is_one() {
        let header = r#"<componentOf><encompassingEncounter><id root="2.16.840.1.113883.19.11.6" extension="stay"/><code code="99223" codeSystem="2.16.840.1.113883.6.12" displayName="Initial hospital care, high complexity"/>
<effectiveTime><low value="20240304"/></effectiveTime><encounterParticipant typeCode="ATND"><assignedEntity><id root="2.16.840.1.113883.4.6" extension="9999999901"/></assignedEntity></encounterParticipant></encompassingEncounter></componentOf>"#;
        let code = r#"<code code="99223" codeSystem="2.16.840.1.113883.6.12" displayName="Initial hospital care"><translation code="W-1" codeSystem="2.16.840.1.113883.19.11.9"/></code>"#;
        let told = format!(r#"<effectiveTime><low value="20240304213000-0500"/><high value="20240312"/></effectiveTime>{DOCTOR}"#);
        let m = Doc::new().header(header).section("46240-8", "Encounters", &encounter("stay", code, &told)).convert();
        let e = m.one("Encounter");
        m.is(e, "type.coding.code", &["99223", "W-1"]);
        m.is(e, "status", &["finished"]);
        // to the minute where one of the two knows it
        m.is(e, "period.start", &["2024-03-04T21:30:00-05:00"]);
        m.is(e, "period.end", &["2024-03-12"]);
        m.is(e, "participant.individual.resolve().identifier.value", &["9999999901", "9999999902"]);
    }

    fn k106_two_times_of_one_visit_are_reported() {
        let told = |time: &str| encounter("stay", OFFICE, &format!(r#"<effectiveTime value="{time}"/>"#));
        let m = visited(&[told("20240304213000-0500"), told("20240304214500-0500")].concat());
        m.is(m.one("Encounter"), "period.start", &["2024-03-04T21:30:00-05:00"]);
        assert!(m.reported("only-first-kept"));
    }

    fn k106_other_visits_under_one_id_are_kept_apart() {
        let told = |time: &str| encounter("stay", OFFICE, time);
        let all = [r#"<effectiveTime value="20240304"/>"#, r#"<effectiveTime value="20240305"/>"#, r#"<statusCode code="cancelled"/><effectiveTime value="20240304"/>"#].map(told).concat();
        let m = visited(&all);
        assert_eq!(m.all("Encounter").len(), 3);
        assert!(m.reported("identifier-reused"));
        // who went home did not die of it
        let left = |code: &str| encounter("stay", OFFICE, &format!(r#"{TIME}<sdtc:dischargeDispositionCode code="{code}" codeSystem="2.16.840.1.113883.12.112"/>"#));
        assert_eq!(visited(&[left("01"), left("20")].concat()).all("Encounter").len(), 2);
        assert_eq!(visited(&[left("01"), left("01")].concat()).all("Encounter").len(), 1);
    }

    fn k107_the_diagnosis_of_an_encounter() {
        let diagnosis = r#"<effectiveTime value="20240301"/><entryRelationship typeCode="COMP"><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.80" extension="2015-08-01"/>
<code code="29308-4" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="active"/><entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN">
<templateId root="2.16.840.1.113883.10.20.22.4.4" extension="2015-08-01"/><id root="2.16.840.1.113883.19.11.8" extension="dx"/>
<code code="282291009" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/><effectiveTime><low value="20240301"/></effectiveTime>
<value xsi:type="CD" code="233604007" codeSystem="2.16.840.1.113883.6.96" displayName="Pneumonia"/></observation></entryRelationship></act></entryRelationship>"#;
        let m = visited(&encounter("e1", OFFICE, diagnosis));
        m.is(m.one("Condition"), "category.coding.code", &["encounter-diagnosis"]);
        m.is(m.one("Encounter"), "diagnosis.condition.resolve().code.coding.code", &["233604007"]);
    }

    fn k109_a_note_as_a_file() {
        let m = noted(&note(CONSULTATION, r#"<text mediaType="application/pdf" representation="B64">JVBERi0xLjQK</text>"#, ""));
        let n = the_note(&m);
        m.is(n, "content.attachment.contentType", &["application/pdf"]);
        m.is(n, "content.attachment.data", &["JVBERi0xLjQK"]);
    }

    fn k110_kind_and_category_of_a_note() {
        let m = noted(&note(CONSULTATION, TOLD, ""));
        let n = the_note(&m);
        m.has(n, "type.coding.code", "11488-4");
        assert_eq!(codes(&m, n, "category"), ["http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category|clinical-note"]);
    }

    fn k111_a_note_told_in_the_section() {
        let m = noted(&note(CONSULTATION, TOLD, ""));
        let n = the_note(&m);
        let kind = m.texts(n, "content.attachment.contentType");
        assert!(kind == ["application/xhtml+xml"] || kind == ["text/plain"], "{}", pretty(n));
        let data = m.texts(n, "content.attachment.data").concat();
        let told = String::from_utf8(base64::engine::general_purpose::STANDARD.decode(data).unwrap()).unwrap();
        assert!(told.contains("The patient slept well."), "{told}");
    }

    fn what_a_note_refers_to_is_not_what_it_continues() {
        let refers = |kind: &str| format!(r#"<reference typeCode="{kind}"><externalDocument><id root="2.16.840.1.113883.19.11.9" extension="older"/></externalDocument></reference>"#);
        for (kind, code) in [("APND", "appends"), ("RPLC", "replaces")] {
            let m = noted(&note(CONSULTATION, TOLD, &refers(kind)));
            m.is(the_note(&m), "relatesTo.code", &[code]);
            m.is(the_note(&m), "relatesTo.target.identifier.value", &["older"]);
            m.none(the_note(&m), "context.related");
        }
        let m = noted(&note(CONSULTATION, TOLD, &refers("REFR")));
        m.none(the_note(&m), "relatesTo");
        m.is(the_note(&m), "context.related.identifier.value", &["older"]);
    }

    fn k112_a_note_of_the_documents_encounter() {
        let m = Doc::new().header(STAY).section("34109-9", NARRATIVE, &note(CONSULTATION, TOLD, "")).convert();
        m.is(the_note(&m), "context.encounter.resolve().identifier.value", &["stay"]);
    }

    fn k112_a_note_of_its_own_encounter() {
        let visit = encounter("e1", OFFICE, TIME);
        let link = r#"<entryRelationship typeCode="COMP"><encounter classCode="ENC" moodCode="EVN"><id root="2.16.840.1.113883.19.11.6" extension="e1"/></encounter></entryRelationship>"#;
        let m = Doc::new().header(STAY).section("46240-8", "Encounters", &visit).section("34109-9", NARRATIVE, &note(CONSULTATION, TOLD, link)).convert();
        m.is(the_note(&m), "context.encounter.resolve().identifier.value", &["e1"]);
    }

    fn k148_which_dose_it_was() {
        let m = vaccine(GIVEN, &format!(r#"{TIME}<repeatNumber value="1"/>"#), "");
        m.is(m.one("Immunization"), "protocolApplied.doseNumberPositiveInt", &["1"]);
    }

    fn k149_a_vaccine_since_a_time() {
        let m = vaccine(GIVEN, r#"<effectiveTime><low value="20240302"/></effectiveTime>"#, "");
        m.is(m.one("Immunization"), "occurrenceDateTime", &["2024-03-02"]);
    }

    fn k150_when_the_vaccine_was_recorded() {
        let author = r#"<author><time value="20240305"/><assignedAuthor><id root="2.16.840.1.113883.4.6" extension="9999999901"/></assignedAuthor></author>"#;
        let m = vaccine(GIVEN, TIME, author);
        m.is(m.one("Immunization"), "recorded", &["2024-03-05"]);
    }

    fn k151_who_did_the_procedure() {
        let m = procedure(GIVEN, "completed", &format!("{TIME}{DOCTOR_OF}"));
        let p = m.one("Procedure");
        let actor = m.texts(p, "performer.actor.resolve().resourceType");
        assert!(actor == ["PractitionerRole"] || actor == ["Practitioner"], "{actor:?}");
        m.none(p, "performer.onBehalfOf");
    }

    fn k155_smoking_status() {
        let value = r#"<value xsi:type="CD" code="449868002" codeSystem="2.16.840.1.113883.6.96" displayName="Smokes tobacco daily"/>"#;
        for code in [ASSERTION, r#"<code code="72166-2" codeSystem="2.16.840.1.113883.6.1"/>"#] {
            let m = social("2.16.840.1.113883.10.20.22.4.78", code, &format!("{TIME}{value}"));
            let o = m.one("Observation");
            m.is(o, "category.coding.code", &["social-history"]);
            m.is(o, "status", &["final"]);
            m.has(o, "code.coding.code", "72166-2");
        }
    }

    fn k156_when_the_child_is_expected() {
        let expected = r#"<value xsi:type="CD" code="77386006" codeSystem="2.16.840.1.113883.6.96" displayName="Pregnant"/><entryRelationship typeCode="REFR"><observation classCode="OBS" moodCode="EVN">
<templateId root="2.16.840.1.113883.10.20.15.3.1"/><code code="11778-8" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><value xsi:type="TS" value="20240919"/></observation></entryRelationship>"#;
        let m = social(PREGNANCY, ASSERTION, &format!("{TIME}{expected}"));
        let o = m.one("Observation");
        m.is(o, "component.code.coding.code", &["11778-8"]);
        m.is(o, "component.valueDateTime", &["2024-09-19"]);
    }

    fn k157_an_encounter_called_off() {
        let m = visited(&encounter("e1", OFFICE, &format!(r#"<statusCode code="cancelled"/>{TIME}"#)));
        m.is(m.one("Encounter"), "status", &["cancelled"]);
    }

    fn k158_a_note_of_no_stated_kind() {
        let m = noted(&note("", TOLD, ""));
        m.has(the_note(&m), "type.coding.code", "34109-9");
    }
}
