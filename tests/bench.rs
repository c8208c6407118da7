//! `granule bench` on the real binary, and that a conversion is the same whether somebody watches or not. What the figures
//! are is nothing a test can hold; that they belong together is.

mod common;

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Mutex;

use common::project;
use granule::convert::watch::{Stage, Watch};
use granule::convert::{Converter, Options};
use granule::mapping::packs;
use granule::mapping::plan::RuleId;
use granule::mapping::watch::RuleWatch;
use serde_json::Value;

fn bench(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_granule")).arg("bench").args(args).output().unwrap()
}

fn sample(name: &str) -> String {
    project("samples").join(name).display().to_string()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Notes what it is told.
#[derive(Default)]
struct Notes {
    stages: Mutex<Vec<Stage>>,
    open: Mutex<Vec<RuleId>>,
    worked: Mutex<usize>,
}

impl RuleWatch for Notes {
    fn begin(&self, rule: RuleId) {
        self.open.lock().unwrap().push(rule);
        *self.worked.lock().unwrap() += 1;
    }
    fn end(&self) {
        self.open.lock().unwrap().pop().expect("what ends has begun");
    }
}

impl Watch for Notes {
    fn stage(&self, stage: Stage) {
        assert!(self.open.lock().unwrap().is_empty(), "{stage:?} begins while a rule works");
        self.stages.lock().unwrap().push(stage);
    }
}

#[test]
fn a_watched_conversion_gives_the_same_bytes() {
    let converter = Converter::new(packs::compile(packs::builtin()).unwrap());
    for name in ["discharge-summary.xml", "ccd.xml", "uk-discharge.xml", "unstructured-pdf.xml"] {
        let bytes = std::fs::read(sample(name)).unwrap();
        let notes = Notes::default();
        let options = Options { parallel_from: 0, ..Options::default() };
        let alone = converter.convert(&bytes, &options).unwrap();
        let watched = converter.convert_watched(&bytes, &options, &notes).unwrap();
        assert!(alone.bundle.to_json(false) == watched.bundle.to_json(false), "{name}");
        assert_eq!(alone.issues, watched.issues, "{name}");
        let stages = notes.stages.into_inner().unwrap();
        // every stage of a conversion; the caller's own come after
        for stage in Stage::ALL.iter().filter(|s| **s < Stage::Serialise) {
            assert!(stages.contains(stage), "{name}: {stage:?} was not told");
        }
        assert!(notes.open.into_inner().unwrap().is_empty());
        assert!(notes.worked.into_inner().unwrap() > 0);
    }
}

#[test]
fn figures_in_json_belong_together() {
    let samples = project("samples");
    let refused: PathBuf = project("docs/examples/site-pack/oids.tsv");
    let out = bench(&[
        &samples.display().to_string(),
        &refused.display().to_string(),
        "--runs",
        "2",
        "--jobs",
        "2",
        "--json",
    ]);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    let json: Value = serde_json::from_slice(&out.stdout).unwrap();
    let number = |v: &Value| v.as_f64().unwrap();
    let (documents, converted) = (number(&json["documents"]), number(&json["converted"]));
    assert_eq!(documents - converted, 1.0);
    assert_eq!(json["refused"][0]["code"], "not-cda");
    assert!(json["refused"][0]["document"].as_str().unwrap().ends_with("oids.tsv"));
    let each = json["each"].as_array().unwrap();
    assert_eq!(each.len() as f64, converted);
    assert_eq!(each.iter().map(|e| number(&e["bytes"])).sum::<f64>(), number(&json["bytes"]));
    // the class of all comes last, and each conversion of each document is in it
    let all = json["latency"].as_array().unwrap().last().unwrap();
    assert_eq!((all["class"].as_str(), number(&all["measured"])), (Some("all"), 2.0 * converted));
    for l in json["latency"].as_array().unwrap() {
        let steps = ["p50_ms", "p90_ms", "p99_ms", "max_ms"].map(|p| number(&l[p]));
        assert!(steps[0] > 0.0 && steps.is_sorted(), "{l}");
    }
    let shares = |list: &str| json[list].as_array().unwrap().iter().map(|x| number(&x["share"])).sum::<f64>();
    assert!((shares("stages") - 1.0).abs() < 1e-6);
    // the rules are what the stage of rows does
    let rows = json["stages"].as_array().unwrap().iter().find(|s| s["stage"] == "rows").unwrap();
    assert!((shares("rules") - number(&rows["share"])).abs() < 1e-6);
    // counts do not depend on the machine: the same document has the same rules at work in every round
    assert!(json["rules"].as_array().unwrap().iter().all(|r| number(&r["times"]).fract() == 0.0));
    assert_eq!(number(&json["estimate"]["documents"]), 1e6);
    assert!(number(&json["estimate"]["seconds"]) > 0.0);
    if cfg!(target_os = "linux") {
        let memory = ["tables", "peak_one_thread", "peak_all_threads"].map(|m| number(&json["memory"][m]));
        assert!(memory[0] > 0.0 && memory.is_sorted(), "{memory:?}");
    }
}

#[test]
fn a_person_reads_what_is_slow_and_how_long_it_will_take() {
    let out = bench(&[&sample("ccd.xml"), "--runs", "1", "--estimate", "4000000"]);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    let said = text(&out.stdout);
    for words in
        ["1 of 1 documents", "10 to 100 KB", "p99", "gate", "rule", "memory:", "4,000,000 documents like these in"]
    {
        assert!(said.contains(words), "{words} is not in\n{said}");
    }
}

#[test]
fn nothing_to_measure_is_a_fault() {
    let out = bench(&[&project("docs/examples/site-pack/oids.tsv").display().to_string(), "--runs", "1"]);
    assert_eq!(out.status.code(), Some(2));
    assert!(text(&out.stdout).contains("refused (not-cda)"), "{}", text(&out.stdout));
    assert_eq!(bench(&["-"]).status.code(), Some(2));
    assert_eq!(bench(&[&project("tests/packs").join("nowhere").display().to_string()]).status.code(), Some(2));
}
