//! What a document is as events: one FHIR message each, every one whole by itself.

use super::uk::{Itk, snomed, template};
use crate::common::*;
use granule::convert::{Conversion, Converter, Options, Original};
use granule::fhir::bundle::BundleKind;
use granule::mapping::diagnostics::SourceFile;
use granule::mapping::packs;
use serde_json::Value;

const STAY: &str = r#"<componentOf><encompassingEncounter><id root="7D0A3C11-0001-4000-8000-000000000001"/><code code="32485007" codeSystem="2.16.840.1.113883.2.1.3.2.4.15"/><effectiveTime>LOW HIGH</effectiveTime></encompassingEncounter></componentOf>"#;
const REPLACES: &str = r#"<relatedDocument typeCode="RPLC"><parentDocument><id root="BBBBBBBB-0002-4000-8000-000000000002"/></parentDocument></relatedDocument>"#;

/// The messages of a document; each is judged by itself.
fn messages(converter: &Converter, xml: &str) -> (Conversion, Vec<Value>) {
    let options = Options { bundle: BundleKind::Message, original: Original::Omit, ..Options::default() };
    let done = granule::intake::convert(converter, xml.as_bytes(), &options).unwrap().remove(0).unwrap();
    let all: Vec<Value> = done.bundles().map(|(_, b)| serde_json::from_slice(&b.to_json(false)).unwrap()).collect();
    for m in &all {
        assert_eq!(m["type"], "message");
        assert_eq!(m["entry"][0]["resource"]["resourceType"], "MessageHeader");
        assert!(m["identifier"]["value"].is_string());
        holds::references_lead_somewhere(m, "message");
        holds::gate_rests(m, "message");
    }
    (done, all)
}

/// Event and reason of each message.
fn said(all: &[Value]) -> Vec<String> {
    let header = |m: &Value| m["entry"][0]["resource"].clone();
    let text = |v: &Value| v.as_str().unwrap_or("-").to_owned();
    all.iter()
        .map(header)
        .map(|h| format!("{} {}", text(&h["eventCoding"]["code"]), text(&h["reason"]["coding"][0]["code"])))
        .collect()
}

fn types(m: &Value) -> Vec<&str> {
    m["entry"].as_array().unwrap().iter().map(|e| e["resource"]["resourceType"].as_str().unwrap()).collect()
}

fn of(m: &Value, ty: &str) -> Value {
    m["entry"].as_array().unwrap().iter().map(|e| &e["resource"]).find(|r| r["resourceType"] == ty).unwrap().clone()
}

fn stay(message: &'static str, high: &str, more: &str) -> Itk {
    let stay = STAY.replace("LOW", r#"<low value="202402010900+00"/>"#).replace("HIGH", high);
    let mut itk = Itk::new().header(more).header(&stay).entry(&format!(
        r#"<observation classCode="OBS" moodCode="EVN">{}<id root="0C0A3C11-0001-4000-8000-000000000009"/>{}<statusCode code="completed"/></observation>"#,
        template("COCD_TP146012UK04#Finding"),
        snomed("271807003", "Eruption of skin")
    ));
    itk.message = message;
    itk
}

const ENDED: &str = r#"<high value="202402090900+00"/>"#;

crate::checks! {
    fn a_discharge_is_a_document_and_the_end_of_a_stay() {
        let (_, all) = messages(converter(), &stay("POCD_MT150001UK06", ENDED, "").xml());
        assert_eq!(said(&all), ["document new", "encounter update"]);
        assert!(types(&all[0]).contains(&"Observation"));
        // the message of the stay holds what the stay leads to, and no findings
        assert!(!types(&all[1]).contains(&"Observation") && types(&all[1]).contains(&"Patient"));
        assert_eq!(of(&all[1], "Encounter")["status"], "finished");
        let focus = &of(&all[1], "MessageHeader")["focus"];
        assert_eq!(focus.as_array().unwrap().len(), 2);
        assert_ne!(of(&all[0], "MessageHeader")["id"], of(&all[1], "MessageHeader")["id"]);
        assert_ne!(all[0]["identifier"], all[1]["identifier"]);
    }

    fn an_open_stay_is_new_whatever_the_document_calls_itself() {
        let (_, all) = messages(converter(), &stay("POCD_MT040001UK01", "", "").xml());
        assert_eq!(said(&all), ["document new", "encounter new"]);
        assert_eq!(of(&all[1], "Encounter")["status"], "in-progress");
        let (_, all) = messages(converter(), &stay("POCD_MT150001UK06", "", "").xml());
        assert_eq!(said(&all), ["document new", "encounter new"]);
    }

    fn a_document_without_a_stay_is_one_event() {
        let (_, all) = messages(converter(), &Itk::new().xml());
        assert_eq!(said(&all), ["document new"]);
    }

    fn a_replacement_updates_and_names_what_it_supersedes() {
        let (_, before) = messages(converter(), &stay("POCD_MT150001UK06", ENDED, "").xml().replace("0D6B1A52", "BBBBBBBB"));
        let (_, all) = messages(converter(), &stay("POCD_MT150001UK06", ENDED, REPLACES).xml());
        assert_eq!(said(&all), ["document update", "encounter update"]);
        for m in &all {
            let relates = of(m, "DocumentReference")["relatesTo"][0].clone();
            assert_eq!(relates["code"], "replaces");
            assert_eq!(relates["target"]["identifier"]["value"], "urn:uuid:bbbbbbbb-0002-4000-8000-000000000002");
        }
        assert_eq!(of(&all[0], "Composition")["relatesTo"][0]["code"], "replaces");
        // the same stay under the same id; another message under another: a receiver drops what it has had
        assert_eq!(of(&before[1], "Encounter")["id"], of(&all[1], "Encounter")["id"]);
        for (a, b) in before.iter().zip(&all) {
            assert_ne!(of(a, "MessageHeader")["id"], of(b, "MessageHeader")["id"]);
        }
    }

    fn a_nullification_takes_the_document_back_and_not_the_stay() {
        let (_, all) = messages(converter(), &stay("POCD_MT130001UK05", ENDED, REPLACES).xml());
        assert_eq!(said(&all), ["document delete"]);
        assert_eq!(of(&all[0], "Composition")["status"], "entered-in-error");
        assert_eq!(of(&all[0], "DocumentReference")["relatesTo"][0]["code"], "replaces");
    }

    fn an_appointment_is_an_event_when_it_was_booked() {
        let appointment = |mood: &str| {
            let mut itk = Itk::new().entry(&format!(
                r#"<encounter classCode="ENC" moodCode="{mood}">{}<id root="0C0A3C11-0001-4000-8000-00000000000A"/>{}<effectiveTime value="202402101000+00"/></encounter>"#,
                template("COCD_TP146093GB01#AppointmentReference"),
                snomed("749001000000101", "Appointment")
            ));
            itk.message = "POCD_MT200001GB02";
            messages(converter(), &itk.xml()).1
        };
        let booked = appointment("APT");
        assert_eq!(said(&booked), ["document new", "appointment new"]);
        assert_eq!(types(&booked[1]).iter().filter(|t| **t == "DocumentReference").count(), 1);
        assert_eq!(said(&appointment("ARQ")), ["document new"]);
    }

    fn each_screening_of_a_child_is_an_event() {
        let xml = std::fs::read_to_string(project("samples/uk-child-health.xml")).unwrap();
        let (_, all) = messages(converter(), &xml);
        assert_eq!(said(&all), ["document new", "newborn-hearing-1 new", "nipe-outcome-1 new", "blood-spot-test-outcome-1 new", "birth-details-1 new"]);
        assert_eq!(types(&all[3]).iter().filter(|t| **t == "Observation").count(), 3, "the results of the blood spot alone");
        assert!(!types(&all[1]).contains(&"DiagnosticReport"));
    }

    fn the_document_of_a_notice_is_the_event_that_the_notice_is() {
        let xml = std::fs::read_to_string(project("samples/uk-discharge-notice.itk")).unwrap();
        let (done, all) = messages(converter(), &xml);
        assert_eq!(said(&all), ["975731000000100 new"]);
        let header = of(&all[0], "MessageHeader");
        assert_eq!(header["eventCoding"]["system"], "http://snomed.info/sct");
        assert_eq!(header["destination"][0]["endpoint"], "urn:nhs-uk:addressing:ods:ZZ2");
        // the notice has a number of its own, beside that of the envelope
        let entities: Vec<String> = all[0]["entry"].as_array().unwrap().iter().filter(|e| e["resource"]["resourceType"] == "Provenance")
            .flat_map(|e| e["resource"]["entity"].as_array().cloned().unwrap_or_default()).filter_map(|e| e["what"]["identifier"]["value"].as_str().map(str::to_owned)).collect();
        assert_eq!(entities, ["urn:uuid:0b5e9c44-6c7b-4b52-8e1e-0f6b7d0c2a11", "urn:uuid:9e1b7c50-31b4-4c39-9c6e-51f0b0d4e901"]);
        // what else it says by itself is not read, and that is told
        assert!(done.issues.iter().any(|i| i.code == "carrier-not-read"));
        // another code is no notice that the table knows; the same notice without its envelope is one
        assert_eq!(said(&messages(converter(), &xml.replace("975731000000100", "1")).1), ["document new"]);
        let (from, to) = (xml.find("<DischargeNoticeMPM").unwrap(), xml.find("</itk:payload>").unwrap());
        let (done, all) = messages(converter(), &xml[from..to]);
        assert_eq!(said(&all), ["975731000000100 new"]);
        assert!(!done.issues.iter().any(|i| i.code == "envelope-unknown"));
    }

    fn another_realm_has_the_events_of_hl7() {
        let (_, all) = messages(converter(), &Doc::new().xml());
        assert_eq!(said(&all), ["T02 -"]);
        let (_, all) = messages(converter(), &Doc::new().header(REPLACES).xml());
        assert_eq!(said(&all), ["T10 -"]);
    }

    fn a_pack_says_which_events_there_are() {
        let with = |text: &str| {
            let mut files = packs::builtin();
            files.push(SourceFile { name: "site/events.toml".into(), text: text.into() });
            Converter::new(packs::compile(files).unwrap_or_else(|e| panic!("{e}")))
        };
        let xml = stay("POCD_MT150001UK06", ENDED, "").xml();
        let dropped = "[event.document]\ndrop = true\nwhy = \"the archive takes documents itself\"\n";
        let (done, all) = messages(&with(dropped), &xml);
        assert_eq!(said(&all), ["encounter update"]);
        assert!(!done.issues.iter().any(|i| i.code == "no-event"));
        // none: no message, and that is said
        let none = "[event.document]\nif = \"code/@code='none'\"\n[event.encounter]\nwithout = \"Encounter[status='finished']\"\n";
        let (done, all) = messages(&with(none), &xml);
        assert!(all.is_empty());
        assert!(done.issues.iter().any(|i| i.code == "no-event"));
        // one of findings: what they lead to, each finding once
        let of_findings = "[event.rash]\nif = \"npfitlc:messageType\"\nhas = \"Observation[code='271807003']\"\ncode = \"https://x.example|rash|Rash\"\nfocus = [\"Observation[code='271807003']\", \"Observation\"]\n";
        let (_, all) = messages(&with(of_findings), &xml);
        assert_eq!(said(&all), ["document new", "encounter update", "rash -"]);
        assert_eq!(of(&all[2], "MessageHeader")["focus"].as_array().unwrap().len(), 1);
        assert!(types(&all[2]).contains(&"Encounter") && !types(&all[2]).contains(&"Composition"));
    }
}
