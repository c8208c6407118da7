//! `granule convert --to`: what a FHIR server is asked and sent, and what becomes of its answers. `tests/hapi-server` holds
//! the same against a real server.

mod fhir_server;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use fhir_server::{Fake, Reply, Request};
use serde_json::{Value, json};

fn sample() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/minimal.xml")
}

fn granule(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_granule")).arg("convert").arg(sample()).args(args).output().unwrap()
}

fn send(fake: &Fake, args: &[&str]) -> (i32, String) {
    let url = fake.url();
    let out = granule(&[&["--to", url.as_str()], args].concat());
    assert!(out.stdout.is_empty());
    (out.status.code().unwrap(), String::from_utf8(out.stderr).unwrap())
}

/// What the sample becomes without a server.
fn bundle() -> Value {
    serde_json::from_slice(&granule(&[]).stdout).unwrap()
}

fn id_of(bundle: &Value, ty: &str) -> String {
    let entries = bundle["entry"].as_array().unwrap();
    let entry = entries.iter().find(|e| e["resource"]["resourceType"] == ty).unwrap();
    entry["resource"]["id"].as_str().unwrap().to_owned()
}

fn nothing() -> Reply {
    Reply(404, &[], Value::Null)
}

fn found(resources: &[Value]) -> Reply {
    let entries: Vec<Value> = resources.iter().map(|r| json!({ "resource": r })).collect();
    Reply(200, &[], json!({"resourceType": "Bundle", "type": "searchset", "entry": entries}))
}

/// Takes a transaction, as if all were new.
fn taken(request: &Request) -> Reply {
    let entries: Vec<Value> = request.json()["entry"]
        .as_array()
        .unwrap()
        .iter()
        .map(|_| json!({"response": {"status": "201 Created"}}))
        .collect();
    Reply(200, &[], json!({"resourceType": "Bundle", "type": "transaction-response", "entry": entries}))
}

/// A server that has nothing yet.
fn empty(request: &Request) -> Reply {
    match () {
        () if request.is_transaction() => taken(request),
        () if request.line.ends_with("/_search") => found(&[]),
        () => nothing(),
    }
}

#[test]
fn a_server_is_asked_first_and_gets_what_is_written_to_a_folder() {
    let fake = Fake::start(|r, _| empty(r));
    let token = std::env::temp_dir().join(format!("granule-token-{}", std::process::id()));
    std::fs::write(&token, "secret\n").unwrap();
    let (code, said) = send(&fake, &["--token-file", token.to_str().unwrap()]);
    std::fs::remove_file(token).unwrap();
    assert_eq!(code, 0, "{said}");
    assert!(said.ends_with("1 bundle written: 9 resources new, 0 there before\n"), "{said}");
    let seen = fake.seen();
    let lines: Vec<&str> = seen.iter().map(|r| r.line.as_str()).collect();
    let bundle = bundle();
    let composition = format!("GET /fhir/Composition/{}", id_of(&bundle, "Composition"));
    let related = "POST /fhir/Composition/_search";
    assert_eq!(lines, [composition.as_str(), related, "POST /fhir/Provenance/_search", "POST /fhir"]);
    assert!(seen.iter().all(|r| r.header("authorization") == Some("Bearer secret")));
    assert_eq!(seen[3].header("content-type"), Some("application/fhir+json"));
    assert_eq!(fake.transactions(), [bundle]);
}

#[test]
fn a_busy_server_is_asked_again_when_it_says() {
    let fake = Fake::start(|r, n| if n == 3 { Reply(503, &[("Retry-After", "0")], Value::Null) } else { empty(r) });
    let (code, said) = send(&fake, &[]);
    assert_eq!((code, fake.transactions().len()), (0, 2), "{said}");
}

#[test]
fn a_server_that_wants_an_hour_is_left_alone() {
    let fake = Fake::start(|_, _| Reply(429, &[("Retry-After", "3600")], Value::Null));
    let (code, said) = send(&fake, &[]);
    assert_eq!((code, fake.seen().len()), (1, 1), "{said}");
    assert!(said.contains("3600 s") && said.contains("1 not delivered"), "{said}");
}

#[test]
fn a_newer_version_there_ends_the_matter() {
    let fake = Fake::start(|r, _| match r.line.starts_with("GET /fhir/Composition/") {
        true => Reply(200, &[("ETag", "W/\"4\"")], json!({"resourceType": "Composition", "date": "2024-03-13"})),
        false => empty(r),
    });
    let (code, said) = send(&fake, &[]);
    assert_eq!((code, fake.seen().len()), (0, 1), "{said}");
    assert!(said.contains("document-outdated") && said.contains("1 document outdated"), "{said}");
}

#[test]
fn an_older_version_there_must_still_be_there() {
    let first = std::sync::atomic::AtomicBool::new(true);
    let fake = Fake::start(move |r, _| match () {
        () if r.line.starts_with("GET /fhir/Composition/") => {
            Reply(200, &[("ETag", "W/\"4\"")], json!({"resourceType": "Composition", "date": "2024-03-11"}))
        }
        () if r.is_transaction() && first.swap(false, std::sync::atomic::Ordering::SeqCst) => {
            Reply(412, &[], Value::Null)
        }
        () => empty(r),
    });
    let (code, said) = send(&fake, &[]);
    assert_eq!(code, 0, "{said}");
    let lines: Vec<String> = fake.seen().into_iter().map(|r| r.line).collect();
    assert_eq!(
        lines.iter().filter(|l| l.starts_with("GET") && l.contains("/Composition/")).count(),
        2,
        "asked anew after a conflict: {lines:?}"
    );
    for t in fake.transactions() {
        let composition =
            t["entry"].as_array().unwrap().iter().find(|e| e["resource"]["resourceType"] == "Composition").unwrap();
        assert_eq!(composition["request"]["ifMatch"], "W/\"4\"");
    }
}

#[test]
fn what_a_newer_document_speaks_of_is_left_out_and_referred_to() {
    let condition = format!("Condition/{}", id_of(&bundle(), "Condition"));
    let target = condition.clone();
    let fake = Fake::start(move |r, _| {
        let of = |id: &str, time: &str| {
            json!({"resourceType": "Provenance", "id": id, "occurredDateTime": time, "entity": [{"role": "source"}],
                   "target": [{"reference": target}, {"reference": "Condition/other"}]})
        };
        match r.line.ends_with("Provenance/_search") {
            // one of a day before, which the server need not have given
            true => found(&[of("older", "2024-03-11"), of("newer", "2024-03-12T15:00:00Z")]),
            false => empty(r),
        }
    });
    let (code, said) = send(&fake, &[]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("8 resources new, 0 there before, 1 left to newer documents"), "{said}");
    let sent = fake.transactions().remove(0);
    let entries = sent["entry"].as_array().unwrap();
    assert!(entries.iter().all(|e| e["resource"]["resourceType"] != "Condition"));
    assert!(sent.to_string().contains(&format!("{{\"reference\":\"{condition}\"}}")), "{sent}");
    let search = String::from_utf8(fake.seen()[2].body.clone()).unwrap();
    assert!(search.contains("when=ge2024-03-11"), "{search}");
}

/// A document that is redacted, or converted by reviewed rules alone, says nothing of what it holds back.
#[test]
fn what_is_held_back_is_not_withdrawn() {
    let gone = "0b0aaf9b-7e27-5d5c-9a59-1b6f0f6f3a70";
    let old = json!({"resourceType": "Provenance", "target": [{"reference": format!("Condition/{gone}")}]});
    for held_back in [["--confidential", "redact"], ["--min-review", "technical"]] {
        let old = old.clone();
        let fake = Fake::start(move |r, _| match () {
            () if r.line.starts_with("GET /fhir/Composition/") => {
                Reply(200, &[("ETag", "W/\"1\"")], json!({"resourceType": "Composition", "date": "2024-03-11"}))
            }
            () if r.line.contains("/Provenance/") && r.line.starts_with("GET") => Reply(200, &[], old.clone()),
            () => empty(r),
        });
        let (code, said) = send(&fake, &held_back);
        assert_eq!(code, 0, "{said}");
        assert!(!said.contains("entered in error"), "{said}");
        assert!(!fake.seen().iter().any(|r| r.line.contains(gone)), "it asks for what it would mark");
        assert!(!fake.transactions()[0].to_string().contains(gone));
    }
}

#[test]
fn what_a_newer_version_no_longer_has_is_marked_as_entered_in_error() {
    let bundle = bundle();
    let gone = "0b0aaf9b-7e27-5d5c-9a59-1b6f0f6f3a70";
    let shared = "1b0aaf9b-7e27-5d5c-9a59-1b6f0f6f3a70";
    let own = id_of(&bundle, "Provenance");
    let old = json!({"resourceType": "Provenance", "id": own, "target": [
        {"reference": format!("Condition/{gone}")}, {"reference": format!("Condition/{shared}")},
        {"reference": format!("Condition/{}", id_of(&bundle, "Condition"))}, {"reference": "Practitioner/12"}]});
    let fake = Fake::start(move |r, _| match () {
        () if r.line.starts_with("GET /fhir/Composition/") => {
            Reply(200, &[("ETag", "W/\"1\"")], json!({"resourceType": "Composition", "date": "2024-03-11"}))
        }
        () if r.line.contains("/Provenance/") && r.line.starts_with("GET") => Reply(200, &[], old.clone()),
        () if r.line.ends_with(gone) => Reply(
            200,
            &[("ETag", "W/\"7\"")],
            json!({"resourceType": "Condition", "id": gone, "clinicalStatus": {"coding": [{"code": "active"}]},
                   "subject": {"reference": "Patient/9"}}),
        ),
        () if r.line.ends_with("/_search") && String::from_utf8_lossy(&r.body).contains(gone) => found(&[
            json!({"resourceType": "Provenance", "id": "another", "entity": [{"role": "source"}], "target": [{"reference": format!("Condition/{shared}")}]}),
        ]),
        () => empty(r),
    });
    let (code, said) = send(&fake, &[]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("1 marked as entered in error"), "{said}");
    let sent = fake.transactions().remove(0);
    let entries = sent["entry"].as_array().unwrap();
    assert_eq!(entries.len(), bundle["entry"].as_array().unwrap().len() + 1);
    let marked = entries.iter().find(|e| e["resource"]["id"] == gone).unwrap();
    assert_eq!(marked["request"]["ifMatch"], "W/\"7\"");
    assert_eq!(marked["resource"]["verificationStatus"]["coding"][0]["code"], "entered-in-error");
    assert!(marked["resource"].get("clinicalStatus").is_none());
    let provenance = entries.iter().find(|e| e["resource"]["resourceType"] == "Provenance").unwrap();
    assert!(provenance["resource"]["target"].to_string().contains(gone));
}

/// The sample, which says that it replaces a document of another id.
fn replacing(name: &str) -> PathBuf {
    let xml = std::fs::read_to_string(sample()).unwrap();
    let related = "<relatedDocument typeCode='RPLC'><parentDocument><id root='2.25.4711.6' extension='D-OLD'/></parentDocument></relatedDocument>";
    let at = xml.find("<component>").unwrap();
    let path = std::env::temp_dir().join(format!("granule-{name}-{}.xml", std::process::id()));
    std::fs::write(&path, format!("{}{related}{}", &xml[..at], &xml[at..])).unwrap();
    path
}

fn send_file(fake: &Fake, file: &Path) -> (i32, String) {
    let out = Command::new(env!("CARGO_BIN_EXE_granule")).arg("convert").arg(file).args(["--to", &fake.url()]).output();
    let out = out.unwrap();
    std::fs::remove_file(file).unwrap();
    (out.status.code().unwrap(), String::from_utf8(out.stderr).unwrap())
}

/// A server that has the document D-OLD, of the patient given, with a problem that the new one does not have.
fn with_an_old_document(patient: Value) -> Fake {
    let gone = "0b0aaf9b-7e27-5d5c-9a59-1b6f0f6f3a70";
    let document = "2b0aaf9b-7e27-5d5c-9a59-1b6f0f6f3a70";
    let reference = json!({"resourceType": "DocumentReference", "id": document, "status": "current", "subject": {"reference": "Patient/9"},
        "masterIdentifier": {"system": "urn:oid:2.25.4711.6", "value": "D-OLD"}, "content": [{"attachment": {"title": "old"}}]});
    let composition = "Composition/3b0aaf9b-7e27-5d5c-9a59-1b6f0f6f3a70";
    let provenance = json!({"resourceType": "Provenance", "id": "old", "entity": [{"role": "source"}], "target": [
        {"reference": format!("Condition/{gone}")}, {"reference": format!("DocumentReference/{document}")}, {"reference": composition}]});
    Fake::start(move |r, _| {
        let body = String::from_utf8_lossy(&r.body);
        match () {
            () if r.line.ends_with("/DocumentReference/_search") => found(std::slice::from_ref(&reference)),
            () if r.line.ends_with("/Provenance/_search") && body.contains(document) => {
                found(std::slice::from_ref(&provenance))
            }
            () if r.line.ends_with("/Patient/9") => Reply(200, &[], patient.clone()),
            () if r.line.ends_with(document) => Reply(200, &[("ETag", "W/\"2\"")], reference.clone()),
            () if r.line.ends_with(composition) => Reply(
                200,
                &[],
                json!({"resourceType": "Composition", "status": "final", "subject": {"reference": "Patient/9"}}),
            ),
            () if r.line.ends_with(gone) => Reply(
                200,
                &[("ETag", "W/\"7\"")],
                json!({"resourceType": "Condition", "id": gone, "clinicalStatus": {"coding": [{"code": "active"}]},
                       "subject": {"reference": "Patient/9"}}),
            ),
            () => empty(r),
        }
    })
}

#[test]
fn a_document_without_set_id_retires_the_one_that_it_names() {
    let bundle = bundle();
    let patient =
        bundle["entry"].as_array().unwrap().iter().find(|e| e["resource"]["resourceType"] == "Patient").unwrap();
    let fake =
        with_an_old_document(json!({"resourceType": "Patient", "identifier": patient["resource"]["identifier"]}));
    let (code, said) = send_file(&fake, &replacing("replacing"));
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("1 marked as entered in error, 1 document superseded"), "{said}");
    let sent = fake.transactions().remove(0);
    let entries = sent["entry"].as_array().unwrap();
    let of = |ty: &str, id: &str| {
        entries.iter().find(|e| e["resource"]["resourceType"] == ty && e["resource"]["id"] == id).unwrap()
    };
    let condition = of("Condition", "0b0aaf9b-7e27-5d5c-9a59-1b6f0f6f3a70");
    assert_eq!(condition["resource"]["verificationStatus"]["coding"][0]["code"], "entered-in-error");
    assert_eq!(condition["request"]["ifMatch"], "W/\"7\"");
    let document = of("DocumentReference", "2b0aaf9b-7e27-5d5c-9a59-1b6f0f6f3a70");
    assert_eq!(
        (&document["resource"]["status"], &document["request"]["ifMatch"]),
        (&json!("superseded"), &json!("W/\"2\""))
    );
    assert!(!sent.to_string().contains("3b0aaf9b"), "the old Composition stands as it was");
}

#[test]
fn an_id_of_another_patients_document_retires_nothing() {
    let other =
        json!({"resourceType": "Patient", "identifier": [{"system": "urn:oid:2.25.4711.2", "value": "somebody-else"}]});
    let fake = with_an_old_document(other);
    let (code, said) = send_file(&fake, &replacing("of-another"));
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("replaced-not-retired") && !said.contains("entered in error"), "{said}");
    let sent = fake.transactions().remove(0).to_string();
    assert!(!sent.contains("0b0aaf9b") && !sent.contains("2b0aaf9b"));
}

#[test]
fn a_document_that_was_replaced_is_not_written_when_it_comes_late() {
    let bundle = bundle();
    let master =
        bundle["entry"].as_array().unwrap().iter().find_map(|e| e["resource"].get("masterIdentifier")).unwrap();
    let patient = format!("Patient/{}", id_of(&bundle, "Patient"));
    for (code, subject, outdated) in
        [("replaces", &*patient, true), ("appends", &*patient, false), ("replaces", "Patient/other", false)]
    {
        let newer = json!({"resourceType": "Composition", "id": "newer", "subject": {"reference": subject},
            "relatesTo": [{"code": code, "targetIdentifier": {"system": master["system"], "value": master["value"]}}]});
        let fake = Fake::start(move |r, _| match r.line.ends_with("/Composition/_search") {
            true => found(std::slice::from_ref(&newer)),
            false => empty(r),
        });
        let (exit, said) = send(&fake, &[]);
        assert_eq!(exit, 0, "{said}");
        assert_eq!(said.contains("document-outdated"), outdated, "{code} {subject}: {said}");
        assert_eq!(fake.transactions().is_empty(), outdated, "{code} {subject}");
    }
}

#[test]
fn a_refusal_names_the_entry_and_nobody_and_the_bundle_stays_in_the_folder() {
    let fake = Fake::start(|r, _| match r.is_transaction() {
        true => Reply(
            400,
            &[],
            json!({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "processing",
                "diagnostics": "Exemplar has no MRN-31415", "expression": ["Bundle.entry[0].resource"]}]}),
        ),
        false => empty(r),
    });
    let dir = std::env::temp_dir().join(format!("granule-send-{}", std::process::id()));
    let (code, said) = send(&fake, &["-o", dir.to_str().unwrap()]);
    assert_eq!(code, 1, "{said}");
    let composition = id_of(&bundle(), "Composition");
    let refusal = format!("refused the transaction (400): Composition/{composition}: … has no …");
    assert!(said.contains("refused (not-delivered)") && said.contains(&refusal), "{said}");
    assert!(dir.join("minimal.xml.json").exists());
    let issues = std::fs::read_to_string(dir.join("minimal.xml.issues.json")).unwrap();
    std::fs::remove_dir_all(dir).unwrap();
    assert!(issues.contains("not-delivered") && !issues.contains("MRN-31415"), "{issues}");
}

#[test]
fn what_would_be_written_twice_is_not_sent_again_when_nobody_knows() {
    let fake = Fake::start(|r, _| match r.is_transaction() {
        true => Reply(504, &[], Value::Null),
        false => empty(r),
    });
    let (code, said) = send(&fake, &["--write", "post"]);
    assert_eq!((code, fake.seen().len()), (1, 1), "{said}");
}

#[test]
fn no_page_is_fetched_from_another_server() {
    let fake = Fake::start(|r, _| match r.line.ends_with("/_search") {
        true => Reply(200, &[], json!({"link": [{"relation": "next", "url": "http://127.0.0.2:1/fhir?page=2"}]})),
        false => empty(r),
    });
    let (code, said) = send(&fake, &[]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("at another address") && fake.transactions().is_empty(), "{said}");
}

#[test]
fn a_server_that_cannot_be_asked_is_told_with_the_way_out() {
    let fake = Fake::start(|r, _| match r.line.ends_with("/_search") {
        true => Reply(400, &[], json!({"issue": [{"severity": "error", "diagnostics": "unknown parameter"}]})),
        false => empty(r),
    });
    let (code, said) = send(&fake, &[]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("unknown parameter") && said.contains("--unordered"), "{said}");
    let (code, said) = send(&fake, &["--unordered"]);
    assert_eq!((code, fake.transactions().len()), (0, 1), "{said}");
}

#[test]
fn without_access_and_without_server_it_says_so() {
    let fake = Fake::start(|_, _| Reply(401, &[], Value::Null));
    let (code, said) = send(&fake, &[]);
    assert_eq!((code, fake.seen().len()), (1, 1), "{said}");
    assert!(said.contains("(401)") && said.contains("--token-file"), "{said}");
}

#[test]
fn what_does_not_go_together_is_refused_before_anything_is_sent() {
    let fake = Fake::start(|r, _| empty(r));
    let url = fake.url();
    for args in [
        &["--to", url.as_str(), "--bundle", "document", "--recorded", "2026-01-31T12:00:00Z"][..],
        &["--to", url.as_str(), "--type", "Condition"],
        &["--to", "server.example/fhir"],
        &["--token-file", "x"],
    ] {
        assert_eq!(granule(args).status.code(), Some(2), "{args:?}");
    }
    assert!(fake.seen().is_empty());
}
