//! The sums of all documents: what a report says, whether on a terminal, as JSON or as a page.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::clinical::Kinds;
use super::compare::{Compared, EXAMPLES, Example, Key, Resources, State};
use super::diff::Change;
use crate::trace::RowChange;

/// Names of documents that a report lists, of more it gives the number.
const NAMES: usize = 100;

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// what it is called: a baseline's file, `these tables`, a pack
    #[serde(default)]
    pub name: String,
    /// version of granule
    pub granule: String,
    /// digest of the tables
    pub tables: String,
    /// options of the conversion that show in resources
    pub options: BTreeMap<String, String>,
}

/// What differs, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// elements and resources that are gone
    pub lost: u64,
    /// that say something else
    pub changed: u64,
    /// that are new
    pub added: u64,
    /// how many of all these are clinical
    pub clinical: u64,
}

impl Counts {
    fn add(&mut self, key: &Key, n: u64) {
        match key.change {
            Change::Lost => self.lost += n,
            Change::Changed => self.changed += n,
            Change::Added => self.added += n,
        }
        if !key.clinical.is_empty() {
            self.clinical += n;
        }
    }
}

/// Differences of one kind.
#[derive(Debug, Clone, Serialize)]
pub struct Group {
    /// what they have in common
    #[serde(flatten)]
    pub key: Key,
    /// how many
    pub count: u64,
    /// in how many documents
    pub documents: u64,
    /// up to three, of different documents where there are
    pub examples: Vec<Example>,
}

/// A resource type.
#[derive(Debug, Clone, Serialize)]
pub struct Type {
    /// its name
    #[serde(rename = "type")]
    pub name: String,
    /// resources in the documents that were converted on both sides
    pub resources: Resources,
    /// elements and resources that differ
    pub differences: Counts,
    /// the same by element
    pub elements: Vec<Group>,
}

/// A table row.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// its name; that of a rule, for whole resources; empty for what is written without a row
    pub row: String,
    /// how the tables differ in it
    pub tables: Option<RowChange>,
    /// of a rule: its rows in which the tables differ, one of which may be why whole resources came or went
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub rows_of_rule: BTreeMap<String, RowChange>,
    /// what differs of what it writes
    pub differences: Counts,
    /// the same by element; where several rows may have written it, it stands at each of them
    pub elements: Vec<Group>,
}

/// Issues of a code.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Issues {
    /// severity and code
    pub issue: String,
    /// how often in the documents in which the number differs: before
    pub before: u64,
    /// after
    pub after: u64,
    /// how many documents these are
    pub documents: u64,
}

/// Some documents: how many, and the first of them by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Names {
    /// how many
    pub count: u64,
    /// up to a hundred, with the code of the refusal where there is one
    pub first: Vec<String>,
}

impl Names {
    fn add(&mut self, name: &str, code: Option<&str>) {
        self.count += 1;
        if self.first.len() < NAMES {
            self.first.push(code.map_or_else(|| name.to_owned(), |c| format!("{name} ({c})")));
        }
    }
}

/// Documents by what became of them.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Documents {
    /// all
    pub compared: u64,
    /// converted on both sides, without difference
    pub same: u64,
    /// converted on both sides, with differences
    pub differing: Names,
    /// with clinical differences
    pub clinical: Names,
    /// refused on both sides
    pub refused: u64,
    /// refused on both sides, for another reason
    pub refused_otherwise: Names,
    /// refused now, converted before
    pub newly_refused: Names,
    /// converted now, refused before
    pub newly_converted: Names,
    /// not there before
    pub appeared: Names,
    /// not there now
    pub vanished: Names,
    /// whose bytes are others than before: what differs in them need not come of tables
    pub other_bytes: Names,
}

/// What came of a comparison.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// before
    pub before: Side,
    /// after
    pub after: Side,
    /// what a reader must know to read the rest
    pub notes: Vec<String>,
    /// documents
    pub documents: Documents,
    /// all differences
    pub differences: Counts,
    /// clinical differences, the gravest first
    pub clinical: Vec<Group>,
    /// by resource type
    pub types: Vec<Type>,
    /// by table row
    pub rows: Vec<Row>,
    /// rows in which the tables differ, without a difference in any document
    pub rows_without_effect: BTreeMap<String, RowChange>,
    /// issues whose number differs
    pub issues: Vec<Issues>,
}

/// What of a comparison is a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailOn {
    /// any difference
    Any,
    /// a clinical difference, or a document that is refused now
    Clinical,
    /// nothing
    None,
}

impl Report {
    /// Whether anything differs.
    pub fn differs(&self) -> bool {
        let d = &self.documents;
        [&d.differing, &d.refused_otherwise, &d.newly_refused, &d.newly_converted, &d.appeared, &d.vanished]
            .iter()
            .any(|n| n.count > 0)
    }

    /// Whether it is a failure.
    pub fn fails(&self, on: FailOn) -> bool {
        match on {
            FailOn::Any => self.differs(),
            FailOn::Clinical => self.differences.clinical > 0 || self.documents.newly_refused.count > 0,
            FailOn::None => false,
        }
    }
}

/// Differences of one key so far, with examples and how many of its document came before each.
#[derive(Debug, Default)]
struct Sum {
    count: u64,
    documents: u64,
    examples: Vec<(usize, Example)>,
}

/// Sums documents as they come; what it holds does not grow with their number.
#[derive(Debug, Default)]
pub struct Sums {
    documents: Documents,
    groups: BTreeMap<Key, Sum>,
    resources: BTreeMap<&'static str, Resources>,
    issues: BTreeMap<String, Issues>,
}

impl Sums {
    /// Adds a document. The same documents in the same order give the same report.
    pub fn add(&mut self, document: Compared) {
        let d = &mut self.documents;
        let name = document.name.as_str();
        d.compared += 1;
        if document.other_bytes {
            d.other_bytes.add(name, None);
        }
        let (before, after) = (document.refusal.0.as_deref(), document.refusal.1.as_deref());
        match document.state {
            State::Same => d.same += 1,
            State::Differs => d.differing.add(name, None),
            State::Refused if before == after => d.refused += 1,
            State::Refused => {
                d.refused += 1;
                d.refused_otherwise.add(name, after);
            }
            State::NewlyRefused => d.newly_refused.add(name, after),
            State::NewlyConverted => d.newly_converted.add(name, before),
            State::Appeared => d.appeared.add(name, after),
            State::Vanished => d.vanished.add(name, before),
        }
        if document.found.keys().any(|k| !k.clinical.is_empty()) {
            d.clinical.add(name, None);
        }
        for (ty, sums) in &document.resources {
            self.resources.entry(ty).or_default().add(sums);
        }
        for (issue, (before, after)) in document.issues {
            let sum = self.issues.entry(issue).or_default();
            sum.before += u64::from(before);
            sum.after += u64::from(after);
            sum.documents += 1;
        }
        for (key, found) in document.found {
            let sum = self.groups.entry(key).or_default();
            sum.count += found.count;
            sum.documents += 1;
            sum.examples.extend(found.examples.into_iter().enumerate());
            // the first of each document before the second of any; of equal rank the earlier document (the sort is stable)
            sum.examples.sort_by_key(|(rank, _)| *rank);
            sum.examples.truncate(EXAMPLES);
        }
    }

    /// The report. `tables` are the rows in which the tables differ.
    pub fn report(self, before: Side, after: Side, tables: BTreeMap<String, RowChange>) -> Report {
        let groups: Vec<Group> = self
            .groups
            .into_iter()
            .map(|(key, sum)| Group {
                key,
                count: sum.count,
                documents: sum.documents,
                examples: sum.examples.into_iter().map(|(_, e)| e).collect(),
            })
            .collect();
        let mut differences = Counts::default();
        let mut types: BTreeMap<String, Type> = BTreeMap::new();
        for (name, resources) in self.resources {
            let of = Type { name: name.into(), resources, differences: Counts::default(), elements: vec![] };
            types.insert(name.into(), of);
        }
        let mut rows: BTreeMap<String, Row> = BTreeMap::new();
        for g in &groups {
            differences.add(&g.key, g.count);
            if let Some(of) = types.get_mut(&g.key.ty) {
                of.differences.add(&g.key, g.count);
                of.elements.push(g.clone());
            }
            let none = [String::new()];
            for row in if g.key.rows.is_empty() { &none[..] } else { &g.key.rows } {
                let of = rows.entry(row.clone()).or_insert_with(|| Row {
                    row: row.clone(),
                    tables: tables.get(row).copied(),
                    rows_of_rule: rows_of_rule(&tables, row),
                    differences: Counts::default(),
                    elements: vec![],
                });
                of.differences.add(&g.key, g.count);
                of.elements.push(g.clone());
            }
        }
        let mut clinical: Vec<Group> = groups.into_iter().filter(|g| !g.key.clinical.is_empty()).collect();
        let order = |g: &Group| (g.key.clinical.first(), std::cmp::Reverse(g.count));
        clinical.sort_by(|a, b| order(a).cmp(&order(b)).then(a.key.cmp(&b.key)));
        let explained = |row: &str| rows.contains_key(row) || rows.values().any(|r| r.rows_of_rule.contains_key(row));
        let without_effect = tables.into_iter().filter(|(row, _)| !explained(row)).collect();
        let notes = notes(&before, &after, &self.documents, &types);
        let issues = self.issues.into_iter().map(|(issue, sum)| Issues { issue, ..sum }).collect();
        Report {
            before,
            after,
            notes,
            documents: self.documents,
            differences,
            clinical,
            types: types.into_values().collect(),
            rows: rows.into_values().collect(),
            rows_without_effect: without_effect,
            issues,
        }
    }
}

/// The rows of a rule in which the tables differ; none for the name of a row.
fn rows_of_rule(tables: &BTreeMap<String, RowChange>, rule: &str) -> BTreeMap<String, RowChange> {
    if rule.is_empty() || rule.contains('.') {
        return BTreeMap::new();
    }
    let of = |row: &str| row.strip_prefix(rule).is_some_and(|rest| rest.starts_with('.'));
    tables.iter().filter(|(row, _)| of(row)).map(|(row, change)| (row.clone(), *change)).collect()
}

fn notes(before: &Side, after: &Side, documents: &Documents, types: &BTreeMap<String, Type>) -> Vec<String> {
    let mut notes = Vec::new();
    if before.granule != after.granule {
        notes.push(format!("granule was {} before and is {} now", before.granule, after.granule));
    }
    for name in before.options.keys().chain(after.options.keys()).collect::<std::collections::BTreeSet<_>>() {
        let (was, is) = (before.options.get(name), after.options.get(name));
        if was != is {
            let said = |o: Option<&String>| o.map_or_else(|| "not given".into(), |v| format!("`{v}`"));
            notes.push(format!(
                "the option --{name} was {} before and is {} now: differences may come of that, not of tables",
                said(was),
                said(is)
            ));
        }
    }
    if documents.other_bytes.count > 0 {
        notes.push(format!(
            "{} documents have other bytes than before: what differs in them need not come of tables",
            documents.other_bytes.count
        ));
    }
    let ids: Vec<String> = types
        .values()
        .filter(|t| t.resources.other_id > 0)
        .map(|t| format!("{} {} of {}", t.name, t.resources.other_id, t.resources.before))
        .collect();
    if !ids.is_empty() {
        notes.push(format!(
            "ids have changed ({}): these resources were paired by identifier and content, but a server that was filled before will have them twice",
            ids.join(", ")
        ));
    }
    notes
}

/// The kinds of a difference as words.
pub fn kind_words(kinds: Kinds) -> String {
    kinds.iter().map(super::clinical::Kind::word).collect::<Vec<_>>().join(", ")
}

impl Row {
    /// How the tables differ in it, in words; empty when they do not.
    pub fn tables_words(&self) -> String {
        let own = self.tables.map(|c| row_word(c).to_owned());
        let of_rule = self.rows_of_rule.iter().map(|(row, c)| format!("{row} {}", row_word(*c)));
        own.into_iter().chain(of_rule).collect::<Vec<_>>().join(", ")
    }
}

/// How a row differs between the tables, as a word.
pub fn row_word(change: RowChange) -> &'static str {
    match change {
        RowChange::New => "new",
        RowChange::Gone => "gone",
        RowChange::Rewritten => "rewritten",
    }
}
