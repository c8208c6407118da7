//! The server, on the real binary and over real sockets: what is answered, what is refused, what is logged.

mod server;

use std::time::{Duration, Instant};

use granule::convert::{Converter, Options};
use granule::mapping::packs;
use granule::serve::{self, Settings};
use serde_json::Value;
use server::{Answer, Open, Running, cli, get, post, read_sample, request};

const FHIR: &str = "application/fhir+json";

/// The code of the first issue of an OperationOutcome.
fn code(a: &Answer) -> String {
    let json = a.json();
    assert_eq!(json["resourceType"], "OperationOutcome", "{json}");
    assert_eq!(a.header("content-type"), Some(FHIR));
    json["issue"][0]["details"]["coding"][0]["code"].as_str().unwrap().to_owned()
}

#[test]
fn the_answer_is_what_the_command_line_writes() {
    let server = Running::start(&[]);
    for (query, args) in [
        ("", &[] as &[&str]),
        ("?pretty", &["--pretty"]),
        (
            "?bundle=document&timezone=Europe/London&recorded=2026-01-31T12:00:00Z&type=Condition,Observation&original=omit",
            &[
                "--bundle=document",
                "--timezone=Europe/London",
                "--recorded=2026-01-31T12:00:00Z",
                "--type=Condition,Observation",
                "--original=omit",
            ],
        ),
        (
            "?write=put&patient=Patient/1&section=48765-2&tenant=a",
            &["--write=put", "--patient=Patient/1", "--section=48765-2", "--tenant=a"],
        ),
    ] {
        let a = post(server.addr, query, &read_sample("ccd.xml"));
        assert_eq!((a.status, a.header("content-type")), (200, Some(FHIR)), "{query}");
        assert!(a.body == cli("ccd.xml", args), "{query}: the bundle is another");
        let counts = a.header("x-granule-issues").unwrap();
        assert!(counts.starts_with("errors=") && counts.contains(", warnings="), "{counts}");
    }
}

#[test]
fn issues_come_beside_the_bundle_on_request() {
    let server = Running::start(&[]);
    let json = post(server.addr, "?issues=true&pretty=true", &read_sample("ccd.xml")).json();
    assert_eq!(json["resourceType"], "Parameters");
    let bundle: Value = serde_json::from_slice(&cli("ccd.xml", &[])).unwrap();
    assert_eq!(json["parameter"][0]["name"], "bundle");
    assert_eq!(json["parameter"][0]["resource"], bundle);
    assert_eq!(json["parameter"][1]["name"], "outcome");
    assert_eq!(json["parameter"][1]["resource"]["resourceType"], "OperationOutcome");
}

#[test]
fn the_account_comes_beside_the_bundle_on_request() {
    let server = Running::start(&[]);
    let json = post(server.addr, "?account=true", &read_sample("ccd.xml")).json();
    let names: Vec<&str> = json["parameter"].as_array().unwrap().iter().filter_map(|p| p["name"].as_str()).collect();
    assert_eq!(names, ["bundle", "account"]);
    let bundle: Value = serde_json::from_slice(&cli("ccd.xml", &[])).unwrap();
    assert_eq!(json["parameter"][0]["resource"], bundle, "asking changes nothing");
    let parts = json["parameter"][1]["part"].as_array().unwrap();
    assert!(parts[0]["name"] == "mapped" && parts[0]["valueInteger"].as_u64().unwrap() > 500);
    let leaf = parts.iter().find(|p| p["name"] == "leaf").unwrap();
    assert!(leaf["part"].as_array().unwrap().iter().any(|p| p["name"] == "xpath"));
}

#[test]
fn envelopes_are_opened() {
    let server = Running::start(&[]);
    let one = read_sample("uk-111-report.itk");
    let a = post(server.addr, "", &one);
    assert_eq!((a.status, &a.json()["resourceType"]), (200, &"Bundle".into()));
    assert!(a.body == cli("uk-111-report.itk", &[]));
    // the same payload twice: two bundles
    let text = String::from_utf8(one).unwrap();
    let (before, rest) = text.split_once("<itk:payload id").unwrap();
    let (payload, after) = rest.split_once("</itk:payload>").unwrap();
    let two = format!("{before}<itk:payload id{payload}</itk:payload><itk:payload id{payload}</itk:payload>{after}");
    let json = post(server.addr, "?issues=true", two.as_bytes()).json();
    let names: Vec<&str> = json["parameter"].as_array().unwrap().iter().filter_map(|p| p["name"].as_str()).collect();
    assert_eq!(names, ["bundle", "outcome", "bundle", "outcome"]);
    assert!(json["parameter"][1]["resource"].to_string().contains("envelope-manifest-mismatch"));
    // a document that is several events is a message for each; one that is none has the reason instead
    let json = post(server.addr, "?bundle=message", &read_sample("uk-edischarge.xml")).json();
    assert_eq!(json["resourceType"], "Parameters");
    let events: Vec<&str> = (0..2)
        .filter_map(|i| json["parameter"][i]["resource"]["entry"][0]["resource"]["eventCoding"]["code"].as_str())
        .collect();
    assert_eq!(events, ["document", "encounter"]);
    // one patient cannot be said for several documents
    assert_eq!(post(server.addr, "?patient=Patient/1", two.as_bytes()).status, 422);
    assert_eq!(post(server.addr, "", b"<Envelope xmlns='x'/>").status, 415);
}

#[test]
fn what_cannot_be_done_is_told_by_status_and_outcome() {
    let server = Running::start(&["--tenant", "a"]);
    let minimal = String::from_utf8(read_sample("minimal.xml")).unwrap();
    let (from, to) = (minimal.find("<recordTarget").unwrap(), minimal.find("</recordTarget>").unwrap() + 15);
    let two = format!("{}{}{}", &minimal[..to], &minimal[from..to], &minimal[to..]);
    let cases: &[(u16, &str, &str, &str)] = &[
        (415, "not-cda", "", "<html/>"),
        (415, "not-cda", "", "HL7|^~\\&"),
        (400, "malformed", "", &minimal[..minimal.len() - 30]),
        (400, "doctype-refused", "", &minimal.replacen("<ClinicalDocument", "<!DOCTYPE a><ClinicalDocument", 1)),
        (422, "patient", "", &two),
        (400, "empty", "", ""),
        (400, "parameter", "?colour=red", &minimal),
        (400, "parameter", "?bundle=transactoin", &minimal),
        (400, "parameter", "?tenant=b", &minimal),
        (400, "parameter", "?bundle=batch&write=post", &minimal),
    ];
    for (status, expected, query, body) in cases {
        let a = post(server.addr, query, body.as_bytes());
        assert_eq!((a.status, code(&a).as_str()), (*status, *expected), "{query}");
    }
    let named = post(server.addr, "?colour=red", minimal.as_bytes());
    assert!(named.json()["issue"][0]["details"]["text"].as_str().unwrap().contains("colour"));

    let a = request(server.addr, "GET /fhir/$convert", &[], b"");
    assert_eq!((a.status, code(&a).as_str(), a.header("allow")), (405, "method", Some("POST")));
    let a = request(server.addr, "DELETE /fhir/metadata", &[], b"");
    assert_eq!((a.status, a.header("allow")), (405, Some("GET, HEAD")));
    let a = get(server.addr, "/fhir/Patient/1");
    assert_eq!((a.status, code(&a).as_str()), (404, "unknown-path"));
    let a = request(server.addr, "POST /fhir/$convert", &["Content-Type: application/json"], b"{}");
    assert_eq!((a.status, code(&a).as_str()), (415, "media-type"));
    let a = request(server.addr, "POST /fhir/$convert", &["Content-Encoding: gzip"], b"x");
    assert_eq!((a.status, code(&a).as_str()), (415, "content-encoding"));
    // some clients encode the dollar sign
    assert_eq!(request(server.addr, "POST /fhir/%24convert", &[], minimal.as_bytes()).status, 200);
}

#[test]
fn strict_refuses_what_cannot_be_carried_over() {
    let server = Running::start(&[]);
    let text = String::from_utf8(read_sample("minimal.xml")).unwrap();
    let worst = server::born(&text, "19581304");
    let loose = post(server.addr, "", worst.as_bytes());
    assert!(!loose.header("x-granule-issues").unwrap().starts_with("errors=0"), "{:?}", loose.headers);
    let strict = post(server.addr, "?strict", worst.as_bytes());
    assert_eq!((strict.status, code(&strict).as_str()), (422, "strict"));
}

#[test]
fn a_document_that_is_too_large_is_refused_before_it_has_arrived() {
    let server = Running::start(&["--max-body", "5000"]);
    // announced: not a byte of it is sent
    let mut open = Open::to(server.addr);
    open.send(b"POST /fhir/$convert HTTP/1.1\r\nHost: x\r\nContent-Length: 5001\r\n\r\n");
    let a = open.answer();
    assert_eq!((a.status, code(&a).as_str()), (413, "limit-exceeded"));
    // not announced: the end of it is never sent
    let mut open = Open::to(server.addr);
    open.send(b"POST /fhir/$convert HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    for _ in 0..6 {
        open.send(format!("3e8\r\n{}\r\n", "x".repeat(1000)).as_bytes());
    }
    let a = open.answer();
    assert_eq!((a.status, code(&a).as_str()), (413, "limit-exceeded"));
    // one that just fits
    let mut fits = read_sample("minimal.xml");
    fits.resize(5000, b' ');
    assert_eq!(post(server.addr, "", &fits).status, 200);
}

#[test]
fn a_client_that_does_not_send_is_not_waited_for() {
    let server = Running::start(&["--timeout", "1"]);
    let mut open = Open::to(server.addr);
    open.send(b"POST /fhir/$convert HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n<Clin");
    let a = open.answer();
    assert_eq!((a.status, code(&a).as_str()), (408, "slow"));
}

#[test]
fn a_full_server_sends_others_away_until_there_is_room() {
    let server = Running::start(&["--max-concurrent", "1", "--queue", "0"]);
    let document = read_sample("minimal.xml");
    // admitted, with half a body: it holds the only place
    let mut first = Open::to(server.addr);
    let (half, rest) = document.split_at(document.len() / 2);
    first.begin(document.len());
    first.send(half);
    server.wait_for_metric("granule_requests_waiting 1");
    let second = post(server.addr, "", &document);
    assert_eq!((second.status, code(&second).as_str()), (503, "full"));
    assert_eq!(second.header("retry-after"), Some("1"));
    // what does not convert is answered all the same
    assert_eq!(get(server.addr, "/health/ready").status, 200);
    first.send(rest);
    assert_eq!(first.answer().status, 200);
    assert_eq!(post(server.addr, "", &document).status, 200);
}

#[test]
fn a_conversion_that_takes_too_long_keeps_its_place() {
    let large = server::repeated(&String::from_utf8(read_sample("discharge-summary.xml")).unwrap(), 8_000_000);
    let converter = || Converter::new(packs::compile(packs::builtin()).unwrap());
    let started = Instant::now();
    converter().convert(large.as_bytes(), &Options { parallel_from: usize::MAX, ..Options::default() }).unwrap();
    let settings = Settings {
        listen: ([127, 0, 0, 1], 0).into(),
        timeout: started.elapsed() / 4,
        max_concurrent: 1,
        queue: 0,
        ..Settings::default()
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().thread_stack_size(8 << 20).enable_all().build().unwrap();
    let server = runtime.block_on(serve::Server::bind(converter(), settings)).unwrap();
    let addr = server.local_addr().unwrap();
    runtime.spawn(server.run(async || std::future::pending::<()>().await));

    let a = post(addr, "", large.as_bytes());
    assert_eq!((a.status, code(&a).as_str()), (504, "timeout"));
    let small = read_sample("minimal.xml");
    let a = post(addr, "", &small);
    assert_eq!((a.status, code(&a).as_str()), (503, "full"));
    let until = Instant::now() + Duration::from_secs(60);
    while post(addr, "", &small).status != 200 {
        assert!(Instant::now() < until, "the place is never given back");
        std::thread::sleep(Duration::from_millis(50));
    }
    runtime.shutdown_background();
}

#[test]
fn told_to_stop_it_finishes_what_runs() {
    let mut server = Running::start(&["--metrics-listen", "127.0.0.1:0"]);
    let metrics = server.metrics.unwrap();
    assert_eq!(get(metrics, "/health/ready").status, 200);
    let document = read_sample("minimal.xml");
    let mut running = Open::to(server.addr);
    running.begin(document.len());
    running.send(&document[..100]);
    server.wait_for_metric("granule_requests_waiting 1");

    server.terminate();
    server.wait_for_line("event=draining");
    assert_eq!(get(metrics, "/health/live").status, 200);
    let ready = get(metrics, "/health/ready");
    assert_eq!((ready.status, code(&ready).as_str()), (503, "not-ready"));
    assert!(std::net::TcpStream::connect(server.addr).is_err(), "it still takes connections");

    running.send(&document[100..]);
    assert_eq!(running.answer().status, 200);
    assert_eq!(server.exit_code(), 0);
    assert!(server.log().contains("event=stopped cut=false"));
}

#[test]
fn what_does_not_finish_in_time_is_cut_off() {
    let mut server = Running::start(&["--drain", "0"]);
    let mut stuck = Open::to(server.addr);
    stuck.begin(100);
    server.wait_for_metric("granule_requests_waiting 1");
    server.terminate();
    assert_eq!(server.exit_code(), 0);
    assert!(server.log().contains("event=stopped cut=true"));
}

#[test]
fn the_capability_statement_says_what_there_is() {
    let server = Running::start(&[]);
    let a = get(server.addr, "/fhir/metadata");
    assert_eq!((a.status, a.header("content-type")), (200, Some(FHIR)));
    let json = a.json();
    assert_eq!(json["resourceType"], "CapabilityStatement");
    // what R4 requires of each, and of one of kind instance (cpb-1, cpb-15)
    for required in ["status", "date", "kind", "fhirVersion", "format"] {
        assert!(!json[required].is_null(), "{required}");
    }
    assert_eq!(json["fhirVersion"], "4.0.1");
    assert!(json["implementation"]["description"].is_string());
    assert_eq!(json["rest"][0]["mode"], "server");
    assert_eq!(json["rest"][0]["operation"][0]["name"], "convert");
    assert!(json["rest"][0]["operation"][0]["definition"].is_string());
    let head = request(server.addr, "HEAD /fhir/metadata", &[], b"");
    assert_eq!((head.status, head.body.len()), (200, 0));
}

#[test]
fn metrics_count_requests_documents_and_issues() {
    let server = Running::start(&[]);
    assert_eq!(post(server.addr, "", &read_sample("ccd.xml")).status, 200);
    assert_eq!(post(server.addr, "", b"<html/>").status, 415);
    get(server.addr, "/no/such/Mrs-Secret");
    let a = get(server.addr, "/metrics");
    assert!(a.header("content-type").unwrap().starts_with("application/openmetrics-text"));
    let text = String::from_utf8(a.body).unwrap();
    for expected in [
        "granule_build_info{version=",
        "granule_http_requests_total{path=\"/fhir/$convert\",status=\"200\"} 1\n",
        "granule_http_requests_total{path=\"/fhir/$convert\",status=\"415\"} 1\n",
        "granule_http_requests_total{path=\"other\",status=\"404\"} 1\n",
        "granule_http_request_duration_seconds_count 2\n",
        "granule_http_received_bytes_total ",
        "granule_http_sent_bytes_total ",
        "granule_documents_total{result=\"converted\"} 1\n",
        "granule_documents_total{result=\"not-cda\"} 1\n",
        "granule_conversion_duration_seconds_bucket{le=",
        "granule_issues_total{severity=\"warning\",code=\"",
        "granule_conversions_running 0\n",
        "granule_requests_waiting 0\n",
        "granule_conversions_capacity ",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    assert!(!text.contains("Secret"));
}

#[test]
fn nothing_of_a_document_or_a_query_is_logged() {
    const MARK: &str = "Zzyzx";
    let mut server = Running::start(&[]);
    let text = String::from_utf8(read_sample("minimal.xml")).unwrap();
    let marked = server::marked(&text, MARK);
    assert!(marked.matches(MARK).count() > 5, "the test marks too little");
    assert_eq!(post(server.addr, "", marked.as_bytes()).status, 200);
    // refused in several ways, each with the mark where the fault is
    post(server.addr, "?strict", server::born(&marked, MARK).as_bytes());
    post(server.addr, "", marked.replacen("</title>", &format!("</{MARK}>"), 1).as_bytes());
    post(server.addr, "", format!("<{MARK}>{MARK}</{MARK}>").as_bytes());
    post(server.addr, "", format!("{MARK} is no document").as_bytes());
    post(server.addr, &format!("?patient={MARK}"), text.as_bytes());
    post(server.addr, &format!("?{MARK}=1"), text.as_bytes());
    post(server.addr, &format!("?tenant={MARK}&patient=Patient/{MARK}"), text.as_bytes());
    get(server.addr, &format!("/fhir/Patient/{MARK}"));
    request(server.addr, &format!("{MARK} /fhir/metadata"), &[], b"");
    let odd = request(server.addr, "GET /fhir/metadata", &[&format!("X-Request-Id: Mrs {MARK}")], b"");
    assert!(!odd.header("x-request-id").unwrap().contains(MARK));
    let plain = request(server.addr, "GET /fhir/metadata", &["X-Request-Id: order-17.b"], b"");
    assert_eq!(plain.header("x-request-id"), Some("order-17.b"));

    server.terminate();
    assert_eq!(server.exit_code(), 0);
    let log = server.log();
    assert_eq!(log.matches("path=/fhir/$convert").count(), 8, "{log}");
    assert!(log.contains("request=order-17.b method=GET path=/fhir/metadata status=200"), "{log}");
    assert!(log.contains("method=other"), "{log}");
    assert!(!log.contains(MARK), "{log}");
}

#[test]
fn wrong_tables_are_told_before_a_port_is_bound() {
    let out = server::granule(&["serve", "--listen", "127.0.0.1:0", "--mappings", "no-such-folder"]);
    assert_eq!(out.status.code(), Some(2));
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(said.contains("no-such-folder") && !said.contains("listening"), "{said}");
}

#[test]
fn a_request_may_ask_for_more_caution_than_the_server_never_for_less() {
    let xml = String::from_utf8(read_sample("minimal.xml")).unwrap();
    assert!(xml.contains("<confidentialityCode code=\"N\""), "the sample is ordinary");
    let restricted = xml.replace("<confidentialityCode code=\"N\"", "<confidentialityCode code=\"R\"");
    let server = Running::start(&[]);
    assert_eq!(post(server.addr, "", restricted.as_bytes()).status, 200);
    let a = post(server.addr, "?confidential=redact", restricted.as_bytes());
    assert_eq!((a.status, code(&a)), (422, "confidential".into()));
    assert_eq!(a.json()["issue"][0]["code"], "suppressed");
    let held = post(server.addr, "?min-review=technical", xml.as_bytes());
    assert_eq!(held.status, 200);
    assert!(held.json().to_string().contains("\"Composition\"") && !held.json().to_string().contains("\"Condition\""));
    assert_eq!(held.body, cli("minimal.xml", &["--min-review=technical"]));
    for wrong in ["?confidential=shred", "?min-review=peer"] {
        assert_eq!(post(server.addr, wrong, xml.as_bytes()).status, 400, "{wrong}");
    }
    let strict = Running::start(&["--confidential=redact", "--min-review=clinical"]);
    assert_eq!(code(&post(strict.addr, "", restricted.as_bytes())), "confidential");
    for less in ["?confidential=keep", "?min-review=technical"] {
        let a = post(strict.addr, less, xml.as_bytes());
        assert_eq!((a.status, code(&a)), (400, "parameter".into()), "{less}");
    }
    assert_eq!(post(strict.addr, "?confidential=refuse", xml.as_bytes()).status, 200);
}
