//! The page of all templates (`docs/templates.md`) against the tables, the reference lists and real documents.

mod common;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::process::Command;

use common::*;
use granule::account::Account;
use granule::convert::{Options, Original};
use rayon::prelude::*;

/// Realms of `templates-seen.tsv` whose templates the list holds; those of other realms have packs, or are read by class.
const REALMS: &[&str] = &["US-CCDA", "US-C32", "US-eCR", "US-QRDA1", "US-other", "US-HAI", "IHE", "EU-eHDSI"];
/// Asked for by name, met in documents, and rightly not read there: id and why.
const NOT_READ_THERE: &[(&str, &str)] = &[
    ("2.16.840.1.113883.10.20.22.4.308", "the identification code is null in all of them"),
    ("2.16.840.1.113883.10.20.22.4.210", OTHERS_WORK),
    ("2.16.840.1.113883.10.20.22.4.211", OTHERS_WORK),
    ("2.16.840.1.113883.10.20.22.4.214", OTHERS_WORK),
    ("2.16.840.1.113883.10.20.22.4.220", OTHERS_WORK),
    ("2.16.840.1.113883.10.20.22.4.222", OTHERS_WORK),
    ("2.16.840.1.113883.10.20.22.4.223", OTHERS_WORK),
    ("2.16.840.1.113883.10.20.22.4.224", OTHERS_WORK),
    ("2.16.840.1.113883.10.20.22.4.500.3", "stands outside of any care team in the one document that has it"),
    ("1.3.6.1.4.1.19376.1.5.3.1.4.4.1", "refers to entries from statements of which no rule follows it"),
];
const OTHERS_WORK: &str = "stands below a subject of its own, in the two documents that have it";

struct Line {
    id: String,
    elements: Vec<String>,
    standard: String,
    how: String,
}

fn list() -> Vec<Line> {
    let text = std::fs::read_to_string(project("mappings/model/templates.tsv")).unwrap();
    let lines = text.lines().filter(|l| !l.starts_with('#') && !l.starts_with("reason\t"));
    lines
        .map(|l| {
            let c: Vec<&str> = l.split('\t').collect();
            let elements = c[1].split('|').map(str::to_owned).collect();
            Line { id: c[0].into(), elements, standard: c[2].into(), how: c[4].into() }
        })
        .collect()
}

#[test]
fn the_page_is_not_stale() {
    let done = Command::new(env!("CARGO_BIN_EXE_granule")).args(["docs", "--templates"]).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let page = std::fs::read_to_string(project("docs/templates.md")).unwrap();
    assert!(
        page == String::from_utf8(done.stdout).unwrap(),
        "docs/templates.md is old: granule docs --templates > docs/templates.md"
    );
}

#[test]
fn the_list_is_complete() {
    let Some(shared) = shared("templates") else { return };
    let list = list();
    let have: BTreeSet<&str> = list.iter().map(|l| l.id.as_str()).collect();
    let read = |name: &str| std::fs::read_to_string(shared.join("definitions/cda").join(name)).unwrap();
    let current = read("ccda-templates.tsv");
    let ids: BTreeSet<&str> = current.lines().skip(1).filter_map(|l| l.split('\t').nth(2)).collect();
    let listed: BTreeSet<&str> = list.iter().filter(|l| l.standard == "C-CDA").map(|l| l.id.as_str()).collect();
    assert_eq!(ids, listed, "the current templates of C-CDA");
    let seen = read("templates-seen.tsv");
    let missing: Vec<&str> = seen
        .lines()
        .skip(1)
        .filter(|l| l.rsplit('\t').next().is_some_and(|realms| REALMS.iter().any(|r| realms.contains(r))))
        .filter_map(|l| l.split('\t').next())
        .filter(|id| !have.contains(id))
        .collect();
    assert!(missing.is_empty(), "met in documents and not in the list: {missing:?}");
}

/// What was read of the nodes of a template: by which rules, and how many nodes there are.
#[derive(Default)]
struct Met {
    nodes: u64,
    rules: BTreeMap<String, u64>,
}

type Seen = BTreeMap<(String, String), Met>;

#[test]
fn the_list_holds_in_real_documents() {
    let Some(shared) = shared("templates") else { return };
    let corpus = shared.join("corpus");
    let catalog = std::fs::read_to_string(corpus.join("CATALOG.csv")).unwrap();
    let names = catalog.lines().skip(1).filter_map(|l| l.split(',').next()).filter(|n| n.ends_with(".xml"));
    let paths: Vec<_> = names.map(|n| corpus.join(n)).collect();
    let seen = paths.par_iter().map(|p| of_document(p)).reduce(Seen::new, |mut all, one| {
        for (key, met) in one {
            let have = all.entry(key).or_default();
            have.nodes += met.nodes;
            met.rules.into_iter().for_each(|(rule, times)| *have.rules.entry(rule).or_default() += times);
        }
        all
    });
    let mut faults = Vec::new();
    let list = list();
    let same = |how: &str| list.iter().filter(|l| l.how == how).count();
    assert!(same("unread") < 100 && list.len() > 800);
    // earlier ids of a template stand on the same nodes or on others of the same rules: what one of them shows counts for all of its line
    for line in &list {
        let (mut nodes, mut rules) = (0, BTreeSet::new());
        for element in &line.elements {
            if let Some(met) = seen.get(&(line.id.clone(), element.clone())) {
                nodes += met.nodes;
                rules.extend(met.rules.keys().map(String::as_str));
            }
        }
        match line.how.strip_prefix("by ") {
            Some(by) if !rules.is_empty() && !by.split(", ").any(|r| rules.contains(r)) => {
                faults.push(format!("{}: the list says {by}, documents say {rules:?}", line.id));
            }
            None if line.how.is_empty() => {
                let excused = NOT_READ_THERE.iter().find(|(id, _)| *id == line.id);
                match (nodes > 0 && rules.is_empty(), excused) {
                    (true, None) => faults.push(format!("{}: no rule read anything of its {nodes} nodes", line.id)),
                    (false, Some((_, why))) => {
                        faults.push(format!("{}: read by {rules:?}; it is no more so that it {why}", line.id))
                    }
                    _ => {}
                }
            }
            None if !rules.is_empty() => {
                faults.push(format!("{}: {} in the list, but {rules:?} read it", line.id, line.how))
            }
            _ => {}
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The nodes with templates of one document, and which rules read what stands in them (up to the next statement or template below).
fn of_document(path: &Path) -> Seen {
    let mut seen = Seen::new();
    let options = Options { lineage: true, original: Original::Omit, ..Options::default() };
    let Ok(bytes) = std::fs::read(path) else { return seen };
    let Ok(text) = std::str::from_utf8(&bytes) else { return seen };
    let Ok(document) = roxmltree::Document::parse(text.trim_start_matches('\u{feff}')) else { return seen };
    let Ok(done) = converter().convert(&bytes, &options) else { return seen };
    let Some(account) = Account::of(converter().plan(), &bytes, &options, &done, true) else { return seen };
    let mut nodes = HashMap::new();
    walk(document.root(), "", &mut nodes);
    for (ids, element) in nodes.values() {
        for id in ids {
            seen.entry((id.clone(), element.clone())).or_default().nodes += 1;
        }
    }
    for leaf in &account.leaves {
        let Some(place) = &leaf.into else { continue };
        let Some(row) = place
            .row
            .as_ref()
            .filter(|_| matches!(place.how, "value" | "translated" | "decided" | "followed" | "referred"))
        else {
            continue;
        };
        let mut at = leaf.xpath.as_str();
        while let Some((up, _)) = at.rsplit_once('/') {
            at = up;
            if let Some((ids, element)) = nodes.get(at) {
                for id in ids {
                    let rule = row.split('.').next().unwrap_or(row).to_owned();
                    *seen.entry((id.clone(), element.clone())).or_default().rules.entry(rule).or_default() += 1;
                }
                break;
            }
        }
    }
    seen
}

/// XPaths, as accounts write them, of statements and of what bears a template.
fn walk(node: roxmltree::Node, path: &str, nodes: &mut HashMap<String, (Vec<String>, String)>) {
    const STATEMENTS: &[&str] =
        &["observation", "act", "organizer", "substanceAdministration", "supply", "procedure", "encounter"];
    let mut all: HashMap<&str, u32> = HashMap::new();
    let elements = || node.children().filter(roxmltree::Node::is_element);
    elements().for_each(|c| *all.entry(c.tag_name().name()).or_default() += 1);
    let mut nth: HashMap<&str, u32> = HashMap::new();
    for child in elements() {
        let name = child.tag_name().name();
        let n = nth.entry(name).or_default();
        *n += 1;
        let at = if all[name] > 1 { format!("{path}/{name}[{n}]") } else { format!("{path}/{name}") };
        let templates = child.children().filter(|t| t.tag_name().name() == "templateId");
        let ids: BTreeSet<String> =
            templates.filter_map(|t| t.attribute("root")).map(|r| r.trim().to_owned()).collect();
        if !ids.is_empty() || STATEMENTS.contains(&name) {
            nodes.insert(at.clone(), (ids.into_iter().collect(), name.to_owned()));
        }
        walk(child, &at, nodes);
    }
}
