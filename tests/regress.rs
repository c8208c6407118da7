//! `granule regress`, on the real binary: what is a difference, whose row it is, and what the exit status says.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use granule::fhir::read;
use granule::fhir::value::Value as FhirValue;
use granule::regress::diff;
use serde_json::Value;

#[path = "common/scratch.rs"]
mod scratch;
use scratch::{Scratch, sample, samples};

/// A pack with these tables.
fn pack(s: &Scratch, name: &str, tables: &str) -> PathBuf {
    s.put(&format!("{name}/pack.toml"), format!("[pack]\nname = \"{name}\"\n{tables}").as_bytes());
    s.path(name)
}

/// A folder with the samples of these names.
fn documents(s: &Scratch, names: &[&str]) -> PathBuf {
    for name in names {
        s.put(&format!("in/{name}"), &fs::read(sample(name)).unwrap());
    }
    s.path("in")
}

fn json(s: &Scratch, name: &str) -> Value {
    serde_json::from_slice(&fs::read(s.path(name)).unwrap()).unwrap()
}

fn regress(args: &[&dyn AsRef<std::ffi::OsStr>]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_granule"));
    command.arg("regress");
    for a in args {
        command.arg(a);
    }
    command.output().unwrap()
}

#[track_caller]
fn exits(out: &Output, code: i32) {
    let (said, err) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert_eq!(out.status.code(), Some(code), "{said}\n{err}");
}

fn stdout(out: &Output) -> String {
    String::from_utf8(out.stdout.clone()).unwrap()
}

/// The groups of a type, as `change path [rows] kinds`.
fn groups(report: &Value, ty: &str) -> Vec<String> {
    let of = report["types"].as_array().unwrap().iter().find(|t| t["type"] == ty);
    let elements = of.map(|t| t["elements"].as_array().unwrap().clone()).unwrap_or_default();
    let words =
        |v: &Value| v.as_array().unwrap().iter().map(|w| w.as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ");
    let mut out: Vec<String> = elements
        .iter()
        .map(|g| {
            let (change, path) = (g["change"].as_str().unwrap(), g["path"].as_str().unwrap());
            format!("{change} {path} [{}] {}", words(&g["rows"]), words(&g["clinical"])).trim_end().to_owned()
        })
        .collect();
    out.sort();
    out
}

// it asks for doubt: a rule that does not makes nothing of what is doubted
const FLIPPED: &str = "[rule.problem.rows]\nverificationStatus = [ { if = \"doubted()\", const = \"condition-ver-status|refuted|Refuted\" }, \
                       { const = \"condition-ver-status|refuted|Refuted\" } ]\n";

#[test]
fn what_is_the_same_is_no_difference() {
    let s = Scratch::new("same");
    let baseline = s.path("b.gz");
    let missing = regress(&[&samples(), &"--baseline", &baseline]);
    exits(&missing, 2);
    assert!(String::from_utf8_lossy(&missing.stderr).contains("--accept"));
    exits(&regress(&[&samples(), &"--baseline", &baseline, &"--accept"]), 0);
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&baseline).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600, "a baseline holds patient data");
    }
    let out = regress(&[&samples(), &"--baseline", &baseline, &"--json", &s.path("r.json")]);
    exits(&out, 0);
    assert!(stdout(&out).ends_with("no difference\n"), "{}", stdout(&out));
    let report = json(&s, "r.json");
    assert_eq!(report["documents"]["same"], 14);
    let resources = &report["types"].as_array().unwrap().iter().find(|t| t["type"] == "Patient").unwrap()["resources"];
    assert_eq!((&resources["before"], &resources["after"]), (&14.into(), &14.into()));
}

#[test]
fn a_flipped_negation_is_clinical_and_names_its_row() {
    let s = Scratch::new("flip");
    let pack = pack(&s, "bad", FLIPPED);
    let input = documents(&s, &["ccd.xml", "discharge-summary.xml", "minimal.xml"]);
    let out = regress(&[
        &input,
        &"--between",
        &"built-in",
        &pack,
        &"--json",
        &s.path("r.json"),
        &"--html",
        &s.path("r.html"),
    ]);
    exits(&out, 1);
    let report = json(&s, "r.json");
    let found = groups(&report, "Condition");
    assert!(
        found.contains(&"changed verificationStatus [problem.verificationStatus] negation status".into()),
        "{found:?}"
    );
    assert!(found.iter().all(|g| g.contains("negation")), "{found:?}");
    assert_eq!(report["clinical"][0]["clinical"][0], "negation");
    assert_eq!(report["differences"]["clinical"], report["rows"][0]["differences"]["clinical"]);
    assert_eq!(report["rows"][0]["row"], "problem.verificationStatus");
    assert_eq!(report["rows"][0]["tables"], "rewritten");
    assert_eq!(report["rows"].as_array().unwrap().len(), 1);
    let example = &report["clinical"][0]["examples"][0];
    assert!(example["after"].as_str().unwrap().starts_with("Refuted"), "{example}");
    let said = stdout(&out);
    assert!(said.contains("CLINICAL: ") && said.contains("[problem.verificationStatus]"), "{said}");
    // a log is no place for what stands in documents
    assert!(!said.contains("Refuted") && !said.contains(example["resource"].as_str().unwrap()), "{said}");
    let page = fs::read_to_string(s.path("r.html")).unwrap();
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text} is not on the page"));
    assert!(at("Said or denied") < at("By kind of resource") && at("Refuted") > 0);
    assert!(!page.contains("<script") && !page.contains("http-equiv=\"refresh\""));
}

#[test]
fn a_lost_code_is_a_loss_of_its_row_and_not_clinical() {
    let s = Scratch::new("lost");
    let pack = pack(&s, "poor", "[rule.medicationRequest.rows]\nreasonCode = { drop = true, why = \"to see\" }\n");
    let input = documents(&s, &["ccd.xml", "discharge-summary.xml"]);
    let out =
        regress(&[&input, &"--between", &"built-in", &pack, &"--json", &s.path("r.json"), &"--fail-on", &"clinical"]);
    let report = json(&s, "r.json");
    assert_eq!(groups(&report, "MedicationRequest"), ["lost reasonCode [medicationRequest.reasonCode]"]);
    assert_eq!(report["rows"][0]["row"], "medicationRequest.reasonCode");
    assert_eq!(report["rows"][0]["tables"], "gone");
    let lost = report["types"].as_array().unwrap().iter().find(|t| t["type"] == "MedicationRequest").unwrap();
    let group = &lost["elements"].as_array().unwrap()[0];
    assert!(group["examples"][0]["before"].is_string() && group["examples"][0]["after"].is_null(), "{group}");
    exits(&out, 0);
    exits(&regress(&[&input, &"--between", &"built-in", &pack]), 1);
    exits(&regress(&[&input, &"--between", &"built-in", &pack, &"--fail-on", &"none"]), 0);
}

#[test]
fn doses_units_status_and_mood_are_clinical() {
    let s = Scratch::new("kinds");
    let pack = pack(
        &s,
        "kinds",
        "[rule.medicationRequest.rows]\nintent = { const = \"order\" }\nstatus = { const = \"draft\" }\n\
         [rule.dosage.rows]\nroute = { drop = true, why = \"to see\" }\n",
    );
    let input = documents(&s, &["discharge-summary.xml"]);
    exits(&regress(&[&input, &"--between", &"built-in", &pack, &"--json", &s.path("r.json")]), 1);
    let found = groups(&json(&s, "r.json"), "MedicationRequest");
    assert_eq!(
        found,
        [
            "changed intent [medicationRequest.intent] mood",
            "changed status [medicationRequest.status] status",
            "lost dosageInstruction.route [dosage.route] dose",
        ]
    );
}

#[test]
fn whole_resources_that_go_name_the_rule_and_its_changed_rows() {
    let s = Scratch::new("whole");
    let pack = pack(&s, "gone", "[rule.allergy.rows]\ncode = { drop = true, why = \"to see\" }\n");
    let input = documents(&s, &["ccd.xml"]);
    exits(&regress(&[&input, &"--between", &"built-in", &pack, &"--json", &s.path("r.json")]), 1);
    let report = json(&s, "r.json");
    assert_eq!(groups(&report, "AllergyIntolerance"), ["lost  [allergy] statement"]);
    assert_eq!(report["rows"][0]["row"], "allergy");
    assert_eq!(report["rows"][0]["rows_of_rule"]["allergy.code"], "gone");
    assert!(report["rows_without_effect"].as_object().unwrap().is_empty());
    // what lists all resources does not say it again
    assert!(groups(&report, "Composition").is_empty() && groups(&report, "Provenance").is_empty());
}

#[test]
fn accept_moves_the_baseline() {
    let s = Scratch::new("accept");
    let (baseline, pack) = (s.path("b.gz"), pack(&s, "bad", FLIPPED));
    let input = documents(&s, &["ccd.xml", "minimal.xml"]);
    exits(&regress(&[&input, &"--baseline", &baseline, &"--accept"]), 0);
    let first = fs::read(&baseline).unwrap();
    let with = |more: &[&dyn AsRef<std::ffi::OsStr>]| {
        let mut args: Vec<&dyn AsRef<std::ffi::OsStr>> = vec![&input, &"--baseline", &baseline, &"--mappings", &pack];
        args.extend(more);
        regress(&args)
    };
    exits(&with(&[]), 1);
    assert_eq!(fs::read(&baseline).unwrap(), first, "looking changes nothing");
    let accepted = with(&[&"--accept"]);
    exits(&accepted, 0);
    assert!(stdout(&accepted).contains("CLINICAL"), "what is accepted is shown");
    exits(&with(&[]), 0);
    exits(&regress(&[&input, &"--baseline", &baseline]), 1);
}

#[test]
fn documents_that_come_go_fail_and_change_are_told() {
    let s = Scratch::new("documents");
    let baseline = s.path("b.gz");
    let input = documents(&s, &["minimal.xml", "text-only.xml", "ccd.xml"]);
    s.put("in/sub/broken.xml", b"<html/>");
    exits(&regress(&[&input, &"--baseline", &baseline, &"--accept"]), 0);
    fs::remove_file(input.join("minimal.xml")).unwrap();
    s.put("in/new.xml", &fs::read(sample("minimal.xml")).unwrap());
    s.put("in/text-only.xml", b"<ClinicalDocument");
    let changed = fs::read_to_string(sample("ccd.xml")).unwrap().replace("Sulfamethoxazole", "Penicillin");
    s.put("in/ccd.xml", changed.as_bytes());
    s.put("in/sub/broken.xml", &fs::read(sample("text-only.xml")).unwrap());
    let out = regress(&[&input, &"--baseline", &baseline, &"--json", &s.path("r.json"), &"--fail-on", &"clinical"]);
    exits(&out, 1);
    let d = &json(&s, "r.json")["documents"];
    for (what, name) in [
        ("vanished", "minimal.xml"),
        ("appeared", "new.xml"),
        ("newly_refused", "text-only.xml (malformed)"),
        ("newly_converted", "sub/broken.xml (not-cda)"),
        ("differing", "ccd.xml"),
    ] {
        assert_eq!(d[what]["first"], serde_json::json!([name]), "{what}: {d}");
    }
    assert!(d["other_bytes"]["first"].as_array().unwrap().contains(&"ccd.xml".into()));
}

#[test]
fn one_thread_or_two_the_report_and_the_baseline_are_the_same() {
    let s = Scratch::new("threads");
    let pack = pack(&s, "bad", FLIPPED);
    let input = documents(&s, &["ccd.xml", "discharge-summary.xml", "c32.xml"]);
    for i in 0..40 {
        s.put(&format!("in/{i:02}.xml"), &fs::read(sample("minimal.xml")).unwrap());
    }
    for jobs in ["1", "2"] {
        let name = |end: &str| s.path(&format!("{jobs}.{end}"));
        let b = name("gz");
        exits(&regress(&[&input, &"--baseline", &b, &"--accept", &"--jobs", &jobs]), 0);
        let out = regress(&[
            &input,
            &"--between",
            &"built-in",
            &pack,
            &"--jobs",
            &jobs,
            &"--json",
            &name("json"),
            &"--html",
            &name("html"),
        ]);
        exits(&out, 1);
    }
    for end in ["gz", "json", "html"] {
        let read = |jobs: &str| fs::read(s.path(&format!("{jobs}.{end}"))).unwrap();
        assert!(read("1") == read("2"), "{end}");
    }
}

#[test]
fn other_ids_are_told_and_nothing_is_lost() {
    let s = Scratch::new("ids");
    let baseline = s.path("b.gz");
    exits(&regress(&[&samples(), &"--baseline", &baseline, &"--accept"]), 0);
    let out = regress(&[&samples(), &"--baseline", &baseline, &"--tenant", &"other", &"--json", &s.path("r.json")]);
    exits(&out, 1);
    let report = json(&s, "r.json");
    assert_eq!(report["differences"]["lost"], 0, "{}", stdout(&out));
    assert_eq!(report["differences"]["added"], 0, "{}", stdout(&out));
    assert_eq!(report["differences"]["changed"], 0, "{}", stdout(&out));
    for t in report["types"].as_array().unwrap() {
        assert_eq!(t["resources"]["other_id"], t["resources"]["before"], "{t}");
    }
    let notes = report["notes"].to_string();
    assert!(notes.contains("ids have changed") && notes.contains("--tenant"), "{notes}");
}

#[test]
fn other_options_are_told() {
    let s = Scratch::new("options");
    let baseline = s.path("b.gz");
    let input = documents(&s, &["minimal.xml"]);
    exits(&regress(&[&input, &"--baseline", &baseline, &"--accept", &"--timezone", &"Europe/London"]), 0);
    let out = regress(&[&input, &"--baseline", &baseline]);
    assert!(stdout(&out).contains("--timezone was `Europe/London` before and is not given now"), "{}", stdout(&out));
}

/// Turns every list round, except those whose order means something.
fn turned(value: &mut FhirValue, key: &str) {
    match value {
        FhirValue::Array(items) => {
            items.iter_mut().for_each(|v| turned(v, key));
            if !matches!(key, "given" | "prefix" | "suffix" | "line" | "section" | "event" | "entry") {
                items.reverse();
            }
        }
        FhirValue::Object(o) => o.0.iter_mut().for_each(|(k, v)| turned(v, k)),
        _ => {}
    }
}

#[test]
fn the_order_of_lists_is_no_difference() {
    let (mut seen, mut lists) = (0, 0);
    for name in ["ccd", "discharge-summary", "c32", "uk-discharge"] {
        let json = fs::read(sample(&format!("{name}.bundle.json"))).unwrap();
        let bundle = read::resource(&json).unwrap().resource;
        for entry in bundle.get("entry").unwrap().items() {
            let Some(FhirValue::Object(resource)) = entry.as_object().unwrap().get("resource") else { panic!() };
            // the entries of a List stand in an order of their own
            if resource.str("resourceType") == Some("List") {
                continue;
            }
            let mut other = FhirValue::Object(resource.clone());
            turned(&mut other, "");
            let FhirValue::Object(other) = other else { unreachable!() };
            let found = diff::resources(resource.str("resourceType").unwrap(), resource, &other, &Default::default());
            assert!(found.is_empty(), "{name}: {found:?}");
            seen += 1;
            lists += u32::from(&other != resource);
        }
    }
    assert!(seen > 100 && lists > 50, "{lists} of {seen} have lists that can be turned round");
}

#[test]
fn hostile_content_stays_text_on_the_page() {
    let s = Scratch::new("hostile");
    let pack = pack(&s, "bad", FLIPPED);
    let hostile = "&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;";
    let text = fs::read_to_string(sample("ccd.xml")).unwrap();
    assert!(text.contains("Asthma"));
    s.put("in/a<b>&\"c\".xml", text.replace("Asthma", hostile).as_bytes());
    exits(&regress(&[&s.path("in"), &"--between", &"built-in", &pack, &"--html", &s.path("r.html")]), 1);
    let page = fs::read_to_string(s.path("r.html")).unwrap();
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "the text is shown");
    assert!(!page.contains("<script") && !page.contains("<img") && !page.contains("a<b>"));
    assert!(page.contains("a&lt;b&gt;&amp;&quot;c&quot;.xml"));
}

#[test]
fn faults_of_the_command_line_are_two() {
    let s = Scratch::new("faults");
    let input = documents(&s, &["minimal.xml"]);
    fs::create_dir_all(s.path("empty")).unwrap();
    let junk = s.put("junk", b"no baseline");
    let wrong = pack(&s, "wrong", "[rule.allergy.rows]\nshoeSize = \"code\"\n");
    exits(&regress(&[&input]), 2);
    exits(&regress(&[&input, &"--baseline", &junk]), 2);
    exits(&regress(&[&s.path("empty"), &"--baseline", &s.path("b"), &"--accept"]), 2);
    assert!(!s.path("b").exists());
    exits(&regress(&[&input, &"--between", &"built-in"]), 2);
    exits(&regress(&[&input, &"--between", &"built-in", &wrong]), 2);
    exits(&regress(&[&input, &"--between", &"built-in", &s.path("nowhere")]), 2);
    exits(&regress(&[&input, &"--between", &"built-in", &"built-in", &"--baseline", &junk]), 2);
    exits(&regress(&[&"-", &"--between", &"built-in", &"built-in"]), 2);
    exits(&regress(&[&input, &"--between", &"built-in", &"built-in"]), 0);
}

/// The fenced blocks of a page with this info string.
fn blocks(page: &str, info: &str) -> Vec<String> {
    let fence = format!("```{info}\n");
    page.split(&fence).skip(1).map(|rest| rest.split("\n```").next().unwrap().to_owned() + "\n").collect()
}

#[test]
fn the_way_from_a_loss_to_a_pack_is_as_its_page_says() {
    let root = samples().parent().unwrap().to_owned();
    let page = fs::read_to_string(root.join("docs/from-loss-to-pack.md")).unwrap();
    let finished = root.join("docs/examples/vendor-pack");
    let s = Scratch::new("page");
    for file in fs::read_dir(samples()).unwrap().map(|f| f.unwrap().path()).filter(|f| f.extension().unwrap() == "xml")
    {
        s.put(&format!("in/{}", file.file_name().unwrap().to_str().unwrap()), &fs::read(&file).unwrap());
    }
    s.put("in/vendor-allergy.xml", &fs::read(root.join("docs/examples/vendor-allergy.xml")).unwrap());
    let tables: Vec<String> = blocks(&page, "toml pack");
    assert_eq!(tables, [fs::read_to_string(finished.join("pack.toml")).unwrap()]);

    for file in fs::read_dir(&finished).unwrap().map(|f| f.unwrap().path()) {
        s.put(&format!("try/{}", file.file_name().unwrap().to_str().unwrap()), &fs::read(&file).unwrap());
    }
    s.put("try/pack.toml", blocks(&page, "toml first-try")[0].as_bytes());
    for (pack, shown) in [(s.path("try"), "text first-try"), (finished.clone(), "text pack")] {
        let out = regress(&[&s.path("in"), &"--between", &"built-in", &pack, &"--html", &s.path("report.html")]);
        exits(&out, 1);
        let shown = blocks(&page, shown);
        assert!(!shown.is_empty());
        for block in shown {
            assert!(stdout(&out).contains(&block), "{}\nis not in\n{}", block, stdout(&out));
        }
    }
    let (input, baseline) = (s.path("in"), s.path("b.gz"));
    exits(&regress(&[&input, &"--baseline", &baseline, &"--accept"]), 0);
    exits(&regress(&[&input, &"--baseline", &baseline, &"--mappings", &finished]), 1);
    exits(&regress(&[&input, &"--baseline", &baseline, &"--mappings", &finished, &"--accept"]), 0);
    exits(&regress(&[&input, &"--baseline", &baseline, &"--mappings", &finished]), 0);
    let line = fs::read_to_string(input.join("vendor-allergy.xml")).unwrap();
    let line = line.lines().nth(57).unwrap().find('<').map(|at| (58, at + 1));
    assert!(page.contains("first at 58:15") && line == Some((58, 15)), "{line:?}");
}
