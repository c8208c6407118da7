//! The command line, on the real binary: what goes where, and with which exit status.

use std::fs;
use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

#[path = "common/scratch.rs"]
mod scratch;
use scratch::{Scratch, sample, samples};

fn granule(args: &[&dyn AsRef<std::ffi::OsStr>]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_granule"));
    for a in args {
        command.arg(a);
    }
    command.output().unwrap()
}

fn stderr(out: &Output) -> String {
    String::from_utf8(out.stderr.clone()).unwrap()
}

fn code(out: &Output) -> i32 {
    out.status.code().unwrap()
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

fn types(bundle: &Value) -> Vec<&str> {
    bundle["entry"].as_array().unwrap().iter().map(|e| e["resource"]["resourceType"].as_str().unwrap()).collect()
}

#[test]
fn one_file_goes_to_standard_output_and_its_issues_to_standard_error() {
    let out = granule(&[&"convert", &sample("ccd.xml")]);
    assert_eq!(code(&out), 0, "{}", stderr(&out));
    let bundle = json(&out.stdout);
    assert_eq!(bundle["type"], "transaction");
    let said = stderr(&out);
    assert!(said.lines().any(|l| l.starts_with("warning ") && l.contains("×") && l.contains("(first at ")), "{said}");
    let last = said.lines().last().unwrap();
    assert!(last.starts_with("1 of 1 document converted: medicines ") && last.contains("allergies "), "{last}");
    assert!(last.contains("unmapped "), "{last}");
}

#[test]
fn standard_input_gives_the_same_as_the_file() {
    let bytes = fs::read(sample("minimal.xml")).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_granule"))
        .args(["convert", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&bytes).unwrap();
    let piped = child.wait_with_output().unwrap();
    assert_eq!(code(&piped), 0);
    assert_eq!(piped.stdout, granule(&[&"convert", &sample("minimal.xml")]).stdout);
}

#[test]
fn options_reach_the_bundle() {
    let out = granule(&[
        &"convert",
        &sample("minimal.xml"),
        &"--write",
        &"post",
        &"--patient",
        &"Patient/p-1",
        &"--recorded",
        &"2026-01-31T12:00:00Z",
        &"--timezone",
        &"Europe/London",
        &"--original",
        &"omit",
        &"--pretty",
    ]);
    assert_eq!(code(&out), 0, "{}", stderr(&out));
    let bundle = json(&out.stdout);
    assert_eq!(bundle["type"], "transaction");
    assert!(bundle["entry"].as_array().unwrap().iter().all(|e| e["request"]["method"] == "POST"));
    assert!(!types(&bundle).contains(&"Patient") && !types(&bundle).contains(&"Binary"));
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(text.contains("\"Patient/p-1\"") && text.contains("\"2026-01-31T12:00:00Z\""));
    assert!(text.lines().count() > 100, "--pretty writes lines");
    for kind in ["batch", "document", "collection"] {
        let out = granule(&[&"convert", &sample("minimal.xml"), &"--bundle", &kind]);
        assert_eq!(json(&out.stdout)["type"], kind);
    }
    assert_eq!(code(&granule(&[&"convert", &sample("minimal.xml"), &"--bundle", &"batch", &"--write", &"post"])), 2);
}

#[test]
fn the_documents_of_an_envelope_are_numbered() {
    let s = Scratch::new("envelope");
    let one = fs::read_to_string(sample("uk-111-report.itk")).unwrap();
    let (before, rest) = one.split_once("<itk:payload id").unwrap();
    let (payload, after) = rest.split_once("</itk:payload>").unwrap();
    // the second payload is no document that can be converted: the first is, all the same
    let broken = payload.replace("</recordTarget>", "</recordTarget><recordTarget><patientRole/></recordTarget>");
    let two = format!("{before}<itk:payload id{payload}</itk:payload><itk:payload id{broken}</itk:payload>{after}");
    s.put("in/two.xml", two.as_bytes());
    let out = granule(&[&"convert", &s.path("in"), &"-o", &s.path("out")]);
    assert_eq!(code(&out), 1, "{}", stderr(&out));
    let files = s.files("out");
    assert_eq!(files.keys().collect::<Vec<_>>(), ["two.xml.1.issues.json", "two.xml.1.json", "two.xml.2.issues.json"]);
    assert!(stderr(&out).contains("1 of 2 documents converted"), "{}", stderr(&out));
    // standard output has room for one
    let out = granule(&[&"convert", &s.path("in/two.xml")]);
    assert_eq!(code(&out), 1);
    assert!(stderr(&out).contains("2 documents"), "{}", stderr(&out));
}

#[test]
fn each_event_is_a_message_of_its_own() {
    // one after the other on standard output, each on its line
    let out = granule(&[&"convert", &sample("uk-edischarge.xml"), &"--bundle", &"message"]);
    assert_eq!(code(&out), 0, "{}", stderr(&out));
    let lines: Vec<Value> = out.stdout.trim_ascii().split(|b| *b == b'\n').map(json).collect();
    assert_eq!(lines.len(), 2);
    assert!(lines.iter().all(|m| m["type"] == "message" && types(m)[0] == "MessageHeader"));
    // in a folder the further ones bear the name of their event, and one of an earlier run does not stay
    let s = Scratch::new("messages");
    s.put("in/a.xml", &fs::read(sample("uk-edischarge.xml")).unwrap());
    let run = |pack: &[&dyn AsRef<std::ffi::OsStr>]| {
        let (from, to) = (s.path("in"), s.path("out"));
        let mut args: Vec<&dyn AsRef<std::ffi::OsStr>> = vec![&"convert", &from, &"-o", &to, &"--bundle", &"message"];
        args.extend_from_slice(pack);
        let out = granule(&args);
        assert_eq!(code(&out), 0, "{}", stderr(&out));
        s.files("out").into_keys().collect::<Vec<_>>()
    };
    assert_eq!(run(&[]), ["a.xml.encounter.json", "a.xml.issues.json", "a.xml.json"]);
    s.put("pack/none.toml", b"[event.encounter]\nif = \"code/@code='none'\"\n");
    let pack = s.path("pack");
    assert_eq!(run(&[&"--mappings", &pack]), ["a.xml.issues.json", "a.xml.json"]);
    s.put(
        "pack/none.toml",
        b"[event.encounter]\nif = \"code/@code='none'\"\n[event.document]\nif = \"code/@code='none'\"\n",
    );
    assert_eq!(run(&[&"--mappings", &pack]), ["a.xml.issues.json"]);
    assert!(fs::read_to_string(s.path("out/a.xml.issues.json")).unwrap().contains("no-event"));
}

#[test]
fn a_checklist_is_reported_for_people_and_as_json() {
    let s = Scratch::new("checklist");
    s.put("in/a.xml", &fs::read(sample("uk-edischarge.xml")).unwrap());
    s.put("in/b.xml", &fs::read(sample("uk-discharge.xml")).unwrap());
    s.put("in/c.xml", &fs::read(sample("minimal.xml")).unwrap());
    let out = granule(&[&"checklist", &s.path("in")]);
    assert_eq!(code(&out), 0, "{}", stderr(&out));
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(text.starts_with("PRSB eDischarge summary (inpatient) (discharge), 2 documents\n"), "{text}");
    assert!(text.contains("\n  absent, though mandatory: Clinical summary\n"), "{text}");
    assert!(text.ends_with("c.xml: no checklist is for it\n"), "{text}");
    let out = granule(&[&"checklist", &s.path("in"), &"--json"]);
    let report = json(&out.stdout);
    assert_eq!(report["checklists"][0]["documents"], 2);
    assert_eq!(report["without_list"][0], "c.xml");
    s.put("in/d.xml", b"<ClinicalDocument/>");
    let out = granule(&[&"checklist", &s.path("in"), &"--json"]);
    assert_eq!((code(&out), &json(&out.stdout)["refused"]), (1, &1.into()));
}

#[test]
fn a_folder_keeps_its_shape() {
    let s = Scratch::new("folder");
    let minimal = fs::read(sample("minimal.xml")).unwrap();
    s.put("in/a/b.xml", &minimal);
    s.put("in/c.XML", &minimal);
    s.put("in/notes.txt", b"no document");
    s.put("in/.hidden.xml", &minimal);
    s.put("in/.git/d.xml", &minimal);
    let out = granule(&[&"convert", &s.path("in"), &"-o", &s.path("out")]);
    assert_eq!(code(&out), 0, "{}", stderr(&out));
    let files = s.files("out");
    assert_eq!(
        files.keys().collect::<Vec<_>>(),
        ["a/b.xml.issues.json", "a/b.xml.json", "c.XML.issues.json", "c.XML.json"]
    );
    assert_eq!(json(&files["a/b.xml.json"])["resourceType"], "Bundle");
    assert_eq!(json(&files["a/b.xml.issues.json"])["resourceType"], "OperationOutcome");
    assert!(stderr(&out).lines().last().unwrap().starts_with("2 of 2 documents converted"));
}

#[test]
fn what_is_no_document_gets_one_line_and_the_rest_is_written() {
    let s = Scratch::new("refused");
    s.put("in/bad.xml", b"<html><body>Mrs Secret</body></html>");
    s.put("in/broken.xml", b"<ClinicalDocument xmlns='urn:hl7-org:v3'><id");
    s.put("in/empty.xml", b"");
    s.put("in/good.xml", &fs::read(sample("minimal.xml")).unwrap());
    s.put("out/bad.xml.json", b"{} of an earlier run");
    let out = granule(&[&"convert", &s.path("in"), &"-o", &s.path("out")]);
    assert_eq!(code(&out), 1);
    let said = stderr(&out);
    for name in ["bad.xml", "broken.xml", "empty.xml"] {
        assert_eq!(said.lines().filter(|l| l.contains(name)).count(), 1, "{said}");
    }
    assert!(said.lines().any(|l| l.contains("bad.xml: ") && l.contains("refused (not-cda)")), "{said}");
    assert!(!said.contains("Secret"));
    assert!(said.lines().last().unwrap().starts_with("1 of 4 documents converted"));
    let files = s.files("out");
    assert!(files.contains_key("good.xml.json"));
    // a bundle of an earlier run would be taken for the result of this one
    assert!(!files.contains_key("bad.xml.json"));
    let outcome = json(&files["bad.xml.issues.json"]);
    assert_eq!(outcome["issue"][0]["severity"], "fatal");
    assert!(files.keys().all(|f| !f.ends_with(".tmp")));
}

#[test]
fn a_reader_of_messages_who_goes_away_stops_no_work() {
    let s = Scratch::new("reader");
    for i in 0..8 {
        s.put(&format!("in/bad{i}.xml"), b"");
        s.put(&format!("in/good{i}.xml"), &fs::read(sample("minimal.xml")).unwrap());
    }
    let mut child = Command::new(env!("CARGO_BIN_EXE_granule"))
        .args([&"convert" as &dyn AsRef<std::ffi::OsStr>, &s.path("in"), &"-o", &s.path("out")].map(AsRef::as_ref))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert_eq!(s.files("out").len(), 8 + 16, "every bundle, and the issues of every document");
}

#[test]
fn a_refused_document_leaves_standard_output_empty() {
    let s = Scratch::new("one-refused");
    let bad = s.put("bad.txt", b"hello");
    let out = granule(&[&"convert", &bad]);
    assert_eq!(code(&out), 1);
    assert!(out.stdout.is_empty());
    assert_eq!(stderr(&out).lines().count(), 1);
}

#[test]
fn strict_refuses_what_could_not_be_carried_over() {
    let s = Scratch::new("strict");
    let plain = granule(&[&"convert", &samples(), &"-o", &s.path("plain")]);
    assert_eq!(code(&plain), 0);
    let lossy: Vec<String> = s
        .files("plain")
        .into_iter()
        .filter(|(name, text)| {
            name.ends_with(".issues.json") && String::from_utf8_lossy(text).contains("\"severity\":\"error\"")
        })
        .map(|(name, _)| name.replace(".issues.json", ".json"))
        .collect();
    let strict = granule(&[&"convert", &samples(), &"-o", &s.path("strict"), &"--strict"]);
    assert_eq!(code(&strict), i32::from(!lossy.is_empty()), "{}", stderr(&strict));
    let files = s.files("strict");
    assert!(lossy.iter().all(|f| !files.contains_key(f)));
    assert!(files.contains_key("minimal.xml.json"));
}

#[test]
fn two_documents_of_one_output_are_told_before_anything_is_written() {
    let s = Scratch::new("same");
    let minimal = fs::read(sample("minimal.xml")).unwrap();
    let (a, b) = (s.put("one/x.xml", &minimal), s.put("two/x.xml", &minimal));
    let out = granule(&[&"convert", &a, &b, &"-o", &s.path("out")]);
    assert_eq!(code(&out), 2);
    assert!(stderr(&out).contains("would both be written to x.xml"), "{}", stderr(&out));
    assert!(!s.path("out").exists());
    assert_eq!(code(&granule(&[&"convert", &s.path("one"), &s.path("two"), &"-o", &s.path("out")])), 2);
    assert_eq!(code(&granule(&[&"convert", &s.0, &"-o", &s.path("out")])), 0);
}

#[test]
fn types_and_sections_are_chosen() {
    let all = granule(&[&"convert", &sample("ccd.xml")]);
    let all = json(&all.stdout);
    let out = granule(&[&"convert", &sample("ccd.xml"), &"--type", &"AllergyIntolerance,Patient"]);
    let bundle = json(&out.stdout);
    let count = |b: &Value, ty: &str| types(b).iter().filter(|t| **t == ty).count();
    assert!(count(&all, "AllergyIntolerance") > 0 && count(&all, "Condition") > 0);
    assert_eq!(count(&bundle, "AllergyIntolerance"), count(&all, "AllergyIntolerance"));
    assert_eq!(count(&bundle, "MedicationRequest") + count(&bundle, "Composition"), 0);
    let out = granule(&[&"convert", &sample("ccd.xml"), &"--section", &"48765-2"]);
    let bundle = json(&out.stdout);
    assert_eq!(count(&bundle, "AllergyIntolerance"), count(&all, "AllergyIntolerance"));
    assert!(count(&bundle, "Observation") < count(&all, "Observation"));
    assert!(!stderr(&out).contains("section-not-found"), "{}", stderr(&out));
    // a slip of the pen is no silence
    let out = granule(&[&"convert", &sample("ccd.xml"), &"--section", &"48756-2"]);
    assert_eq!((code(&out), count(&json(&out.stdout), "AllergyIntolerance")), (0, 0));
    assert!(stderr(&out).contains("information section-not-found"), "{}", stderr(&out));
}

#[test]
fn wrong_arguments_exit_with_2_and_say_what_was_meant() {
    let minimal = sample("minimal.xml");
    for (args, said) in [
        (vec!["--timezone", "Europe/Lodnon"], "Europe/London"),
        (vec!["--recorded", "2026-01-31"], "an instant is written"),
        (vec!["--patient", "123"], "Patient/<id>"),
        (vec!["--type", "AlergyIntolerance"], "did you mean AllergyIntolerance?"),
        (vec!["--original", "maybe"], "embed, omit or a URL"),
        (vec!["--jobs", "0"], "--jobs"),
        (vec!["--mappings", "no-such-folder"], "no-such-folder"),
        (vec!["--bundel", "batch"], "--bundle"),
    ] {
        let out =
            Command::new(env!("CARGO_BIN_EXE_granule")).arg("convert").arg(&minimal).args(&args).output().unwrap();
        assert_eq!(code(&out), 2, "{args:?}");
        assert!(stderr(&out).contains(said), "{args:?}: {}", stderr(&out));
        assert!(out.stdout.is_empty());
    }
    let out = granule(&[&"convert", &samples()]);
    assert_eq!(code(&out), 2);
    assert!(stderr(&out).contains("-o DIR"));
    let out = granule(&[&"convert", &"no-such-file.xml"]);
    assert_eq!(code(&out), 2);
    assert!(stderr(&out).contains("no-such-file.xml"));
}

#[test]
fn a_mapping_fault_converts_nothing() {
    let s = Scratch::new("fault");
    s.put("pack/site.toml", b"[rule.allergy.rows]\ncoed = \"value\"\n");
    let out = granule(&[&"convert", &samples(), &"-o", &s.path("out"), &"--mappings", &s.path("pack")]);
    assert_eq!(code(&out), 2);
    assert!(
        stderr(&out).contains("AllergyIntolerance has no element `coed`") && stderr(&out).contains("site.toml:2:1")
    );
    assert!(!s.path("out").exists());
}

#[test]
fn tables_of_a_site_are_laid_over_the_built_in_ones() {
    let s = Scratch::new("overlay");
    s.put("pack/site.toml", b"[rule.allergy]\ndrop = true\nwhy = \"a test\"\n");
    let out = granule(&[&"convert", &sample("ccd.xml"), &"--mappings", &s.path("pack")]);
    assert_eq!(code(&out), 0, "{}", stderr(&out));
    assert!(!types(&json(&out.stdout)).contains(&"AllergyIntolerance"));
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let s = Scratch::new("jobs");
    for (folder, jobs) in [("one", "1"), ("four", "4"), ("many", "16")] {
        let out = granule(&[&"convert", &samples(), &"-o", &s.path(folder), &"--jobs", &jobs]);
        assert_eq!(code(&out), 0, "{}", stderr(&out));
    }
    let one = s.files("one");
    assert!(one.len() >= 14);
    assert!(one == s.files("four") && one == s.files("many"));
    // and the same as one document alone
    assert_eq!(one["ccd.xml.json"], granule(&[&"convert", &sample("ccd.xml")]).stdout);
}

#[test]
fn an_output_that_is_no_folder_is_told_once() {
    let s = Scratch::new("no-folder");
    let file = s.put("file", b"in the way");
    let out = granule(&[&"convert", &samples(), &"-o", &file]);
    assert_eq!(code(&out), 2);
    assert_eq!(stderr(&out).lines().count(), 1, "{}", stderr(&out));
    fs::create_dir(s.path("nothing")).unwrap();
    let out = granule(&[&"convert", &s.path("nothing"), &"-o", &s.path("out")]);
    assert_eq!(code(&out), 0);
    assert!(stderr(&out).contains("there is no *.xml"));
}

#[cfg(unix)]
#[test]
fn names_need_not_be_utf8() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let s = Scratch::new("names");
    fs::create_dir(s.path("in")).unwrap();
    let name = s.path("in").join(OsStr::from_bytes(b"caf\xe9.xml"));
    // some file systems refuse such names; then there is nothing to be tested
    if fs::copy(sample("minimal.xml"), &name).is_ok() {
        let out = granule(&[&"convert", &s.path("in"), &"-o", &s.path("out")]);
        assert_eq!(code(&out), 0, "{}", stderr(&out));
        assert!(s.path("out").join(OsStr::from_bytes(b"caf\xe9.xml.json")).exists());
    }
}

#[test]
fn explain_shows_the_row_its_origin_and_what_overlays_it() {
    let s = Scratch::new("explain");
    s.put("pack/site.toml", b"[rule.allergy.rows]\n# our senders know better\ncriticality = { from = \"value\", map = \"CF-Criticality\" }\n");
    let out = granule(&[&"explain", &"allergy.criticality", &"--mappings", &s.path("pack")]);
    assert_eq!(code(&out), 0, "{}", stderr(&out));
    let text = String::from_utf8(out.stdout).unwrap();
    for part in [
        "AllergyIntolerance.criticality",
        "site.toml:3:1",
        "overlays    granule:ccda/allergies.toml:",
        "our senders know better",
        "ConceptMap CF-Criticality",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let out = granule(&[&"explain", &"alergi.code"]);
    assert_eq!(code(&out), 2);
    assert!(stderr(&out).contains("did you mean `allergy`?"));
}

#[test]
fn explain_finds_the_rules_of_an_element_a_template_a_code_and_a_map() {
    let said = |what: &str| {
        let out = granule(&[&"explain", &what]);
        assert_eq!(code(&out), 0, "{what}: {}", stderr(&out));
        String::from_utf8_lossy(&out.stdout).into_owned()
    };
    assert!(said("Condition").contains("\n    problem "));
    assert!(said("Condition.onset").contains("problem.onsetAge"));
    let template = said("2.16.840.1.113883.10.20.22.4.4");
    assert!(template.contains("template ProblemObservation") && template.contains("problem → Condition"), "{template}");
    assert!(said("2.16.840.1.113883.10.20.22.5.2").contains("no rule reads it: constrains a datatype"));
    assert!(said("11450-4").contains("ProblemObservation"));
    assert!(said("75326-9").contains("problem.code"));
    assert!(said("CF-Severity").contains("→ mild"));
    assert!(said("coding").contains("one part of a code"));
    assert!(said("Condition.stage").contains("no row gives it"));
    let out = granule(&[&"explain", &"Condition.colour"]);
    assert_eq!(code(&out), 2);
    assert!(stderr(&out).contains("nothing is known of `Condition.colour`"), "{}", stderr(&out));
}

#[test]
fn docs_are_pages_with_an_index() {
    let s = Scratch::new("docs");
    let out = granule(&[&"docs", &"-o", &s.path("docs")]);
    assert_eq!(code(&out), 0, "{}", stderr(&out));
    let files = s.files("docs");
    let index = String::from_utf8_lossy(&files["index.md"]).into_owned();
    assert!(index.contains("(rule-allergy.md)"));
    let page = String::from_utf8_lossy(&files["rule-allergy.md"]).into_owned();
    assert!(page.contains("# allergy → AllergyIntolerance") && page.contains("| criticality |"), "{page}");
    assert!(files.keys().any(|f| f.starts_with("map-")));
}
