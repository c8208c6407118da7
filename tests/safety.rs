//! The hazard log (`docs/safety.md`) and the tests that hold its controls.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use common::{project, shared};

/// What hazards must come from: the lines of the checklist of traps, and what UK governance asks for.
const REQUIRED: &[&str] = &[
    "trap 1",
    "trap 2",
    "trap 3",
    "trap 4",
    "trap 5",
    "trap 6",
    "trap 7",
    "trap 8",
    "trap 9",
    "trap 10",
    "trap 11",
    "trap 12",
    "trap 13",
    "trap 14",
    "trap 15",
    "trap 16",
    "FHIR003",
    "FHIR004",
    "FHIR005",
    "FHIR006",
    "FHIR007",
    "FHIR009",
    "dcb0129",
    "dspt",
    "transport",
    "authorisation",
    "pds",
    "mesh",
    "audit",
    "retention",
    "clinical review",
    "tenant",
];

/// Hazards without a control. One more, or one less, is a decision.
const OPEN: &[&str] = &["H-35", "H-39", "H-40"];

/// The lines of each hazard, in this order.
const LINES: &[&str] = &["From", "Cause", "Effect", "Control", "Tests", "Residual"];

const SEVERITIES: &[&str] = &["minor", "significant", "considerable", "major", "catastrophic"];
const LIKELIHOODS: &[&str] = &["very low", "low", "medium", "high", "very high"];

struct Hazard<'a> {
    id: &'a str,
    lines: Vec<(&'a str, &'a str)>,
}

impl<'a> Hazard<'a> {
    fn says(&self, label: &str) -> &'a str {
        self.lines.iter().find(|(l, _)| *l == label).map_or("", |(_, text)| text)
    }
}

fn hazards(page: &str) -> Vec<Hazard<'_>> {
    page.split("\n### ")
        .skip(1)
        .map(|part| {
            let part = part.split("\n## ").next().unwrap_or(part);
            let id = part.split_whitespace().next().unwrap_or("");
            let lines = part.lines().filter_map(|l| l.strip_prefix("- **")?.split_once("**: "));
            Hazard { id, lines: lines.map(|(label, text)| (label, text.trim())).collect() }
        })
        .collect()
}

/// What is wrong with a log. `source` gives the text of a file of the project, if it is there.
fn faults(page: &str, required: &[&str], open: &[&str], source: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
    let mut faults = Vec::new();
    let hazards = hazards(page);
    let mut ids = BTreeSet::new();
    let mut from = BTreeSet::new();
    let mut found_open = Vec::new();
    let mut sources: BTreeMap<&str, Option<String>> = BTreeMap::new();
    for h in &hazards {
        let mut fault = |what: String| faults.push(format!("{}: {what}", h.id));
        let number = h.id.strip_prefix("H-").is_some_and(|n| n.len() == 2 && n.bytes().all(|b| b.is_ascii_digit()));
        if !number {
            fault("its id is not of the form H-01".into());
        }
        if !ids.insert(h.id) {
            fault("the id is used twice".into());
        }
        let labels: Vec<&str> = h.lines.iter().map(|(l, _)| *l).collect();
        if labels != LINES || h.lines.iter().any(|(_, text)| text.is_empty()) {
            fault(format!("its lines are {labels:?}, not {LINES:?}, each with a text"));
        }
        for source in h.says("From").split(", ") {
            if !required.contains(&source) {
                fault(format!("`{source}` is on no list"));
            }
            from.insert(source);
        }
        let rating = h.says("Residual");
        let mut words = rating.splitn(2, ", ");
        let severity = words.next().is_some_and(|s| SEVERITIES.contains(&s));
        let rest = words.next().unwrap_or("");
        let likelihood = LIKELIHOODS
            .iter()
            .any(|l| rest.strip_prefix(l).is_some_and(|after| after.is_empty() || after.starts_with(['.', ' '])));
        if !severity || !likelihood {
            fault("its residual risk begins with no severity and likelihood".into());
        }
        let is_open = h.says("Control").starts_with("**open**");
        let tests: Vec<&str> = h.says("Tests").split('`').skip(1).step_by(2).collect();
        if is_open {
            found_open.push(h.id);
            if !tests.is_empty() || h.says("Tests") != "none" {
                fault("it is open and names tests".into());
            }
        } else if tests.is_empty() {
            fault("it has no test".into());
        }
        for test in tests {
            let Some((file, name)) = test.split_once("::") else {
                fault(format!("`{test}` is not file::function"));
                continue;
            };
            let text = sources.entry(file).or_insert_with(|| source(file));
            match text {
                None => fault(format!("there is no file {file}")),
                Some(text) if !has_test(text, name) => fault(format!("{file} has no test `{name}`")),
                Some(_) => {}
            }
        }
    }
    faults.extend(required.iter().filter(|r| !from.contains(**r)).map(|r| format!("no hazard comes from {r}")));
    if found_open != open {
        faults.push(format!("open are {found_open:?}, expected were {open:?}"));
    }
    faults
}

/// Whether a source has a test function of the name: after `#[test]`, or in a list of `checks!`.
fn has_test(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().collect();
    let listed = text.find("checks! {").map(|at| text[..at].lines().count());
    lines.iter().enumerate().any(|(i, l)| {
        l.trim_start().strip_prefix("fn ").and_then(|l| l.strip_prefix(name)).is_some_and(|l| l.starts_with("()"))
            && (listed.is_some_and(|from| i > from && l.starts_with("    fn "))
                || lines[..i]
                    .iter()
                    .rev()
                    .take_while(|l| l.trim_start().starts_with("#["))
                    .any(|l| l.trim() == "#[test]"))
    })
}

fn read(file: &str) -> Option<String> {
    let inside = Path::new(file).components().all(|c| matches!(c, std::path::Component::Normal(_)));
    inside.then(|| std::fs::read_to_string(project(file)).ok()).flatten()
}

fn log() -> String {
    std::fs::read_to_string(project("docs/safety.md")).expect("docs/safety.md")
}

#[test]
fn every_hazard_has_its_control_and_every_control_its_tests() {
    let faults = faults(&log(), REQUIRED, OPEN, &read);
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// Files that a control names are there.
#[test]
fn controls_stand_where_the_log_says() {
    let page = log();
    let mut missing = Vec::new();
    for h in hazards(&page) {
        let named = h.says("Control").split('`').skip(1).step_by(2);
        for path in named.filter(|p| p.starts_with("src/") || p.starts_with("mappings/")) {
            // up to what stands for several
            let fixed = path.split(['{', '*']).next().unwrap_or(path);
            let there = if fixed == path {
                project(path).exists()
            } else {
                project(fixed.rsplit_once('/').map_or("", |(folder, _)| folder)).is_dir()
            };
            if !there {
                missing.push(format!("{}: {path}", h.id));
            }
        }
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}

const GOOD: &str = "# Log\n\n### H-01 One\n- **From**: trap 1\n- **Cause**: c\n- **Effect**: e\n- **Control**: x\n\
    - **Tests**: `tests/a.rs::held`\n- **Residual**: minor, very low. Words\n\n### H-02 Two\n- **From**: dspt\n- **Cause**: c\n\
    - **Effect**: e\n- **Control**: **open**. Nothing\n- **Tests**: none\n- **Residual**: major, high\n";

fn of(page: &str) -> Vec<String> {
    let source = |file: &str| {
        (file == "tests/a.rs").then(|| "#[test]\nfn held() {}\n\nfn helper() {}\n\n// fn gone() {}\n".to_owned())
    };
    faults(page, &["trap 1", "dspt"], &["H-02"], &source)
}

#[test]
fn a_good_log_has_no_fault() {
    assert_eq!(of(GOOD), Vec::<String>::new());
}

#[test]
fn each_fault_of_a_log_is_found() {
    for (from, to, told) in [
        ("::held", "::gone", "has no test `gone`"),
        // a function that is there and is no test
        ("::held", "::helper", "has no test `helper`"),
        ("::held", "::hel", "has no test `hel`"),
        ("tests/a.rs", "tests/b.rs", "there is no file tests/b.rs"),
        ("`tests/a.rs::held`", "soon", "H-01: it has no test"),
        ("`tests/a.rs::held`", "`held`", "is not file::function"),
        ("H-02 Two", "H-01 Two", "the id is used twice"),
        ("H-02 Two", "H-2 Two", "not of the form"),
        ("trap 1", "dspt", "no hazard comes from trap 1"),
        ("trap 1", "trap 99", "`trap 99` is on no list"),
        ("**open**. Nothing", "Something", "H-02: it has no test"),
        ("- **Control**: x", "- **Control**: **open**", "open are [\"H-01\", \"H-02\"]"),
        ("none", "`tests/a.rs::held`", "it is open and names tests"),
        ("- **Effect**: e\n- **Control**: x", "- **Control**: x", "H-01: its lines are"),
        ("minor, very low", "minor, unlikely", "no severity and likelihood"),
        ("minor, very low", "tiny, very low", "no severity and likelihood"),
    ] {
        let page = GOOD.replacen(from, to, 1);
        assert_ne!(page, GOOD, "{from}");
        let faults = of(&page);
        assert!(faults.iter().any(|f| f.contains(told)), "{from} → {to}: {told} was expected\n{faults:?}");
    }
    let without = GOOD.split("### H-02").next().unwrap();
    assert!(of(without).iter().any(|f| f == "no hazard comes from dspt"));
}

/// The two lists are those of the reference folder: every trap, every named hazard, and a key for each row on governance.
#[test]
fn the_required_list_is_whole() {
    let Some(shared) = shared("safety") else { return };
    let traps = std::fs::read_to_string(shared.join("facts/TRAPS.md")).unwrap();
    let list = traps.split("\n## ").find(|part| part.starts_with("Checklist")).expect("a checklist");
    for line in list.lines().filter_map(|l| l.split_once(". ")?.0.parse::<u32>().ok()) {
        assert!(REQUIRED.contains(&format!("trap {line}").as_str()), "trap {line}");
    }
    let uk = std::fs::read_to_string(shared.join("facts/uk/UK.md")).unwrap();
    let part = uk.split("\n## ").find(|part| part.starts_with("4. ")).expect("the part on governance");
    for id in part.split("FHIR").skip(1).filter_map(|t| t.get(..3)).filter(|n| n.bytes().all(|b| b.is_ascii_digit())) {
        assert!(REQUIRED.contains(&format!("FHIR{id}").as_str()), "FHIR{id}");
    }
    let rows = part.lines().filter(|l| l.starts_with("| ") && !l.starts_with("| Source")).count();
    // the row on the hazards of UK Core is told by their ids
    let keys = REQUIRED.iter().filter(|r| !r.starts_with("trap") && !r.starts_with("FHIR")).count();
    assert_eq!(rows - 1, keys, "a row on governance has no key, or a key no row");
}
