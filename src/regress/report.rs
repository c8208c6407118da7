//! What a report says, whether on a terminal, as JSON or as a page.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::clinical::Kinds;
use super::compare::{Example, Key, Resources};
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
    pub(super) fn add(&mut self, key: &Key, n: u64) {
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
    pub(super) fn add(&mut self, name: &str, code: Option<&str>) {
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

impl Row {
    /// How the tables differ in it, in words; empty when they do not.
    pub fn tables_words(&self) -> String {
        let own = self.tables.map(|c| row_word(c).to_owned());
        let of_rule = self.rows_of_rule.iter().map(|(row, c)| format!("{row} {}", row_word(*c)));
        own.into_iter().chain(of_rule).collect::<Vec<_>>().join(", ")
    }
}

/// The kinds of a difference as words.
pub fn kind_words(kinds: Kinds) -> String {
    kinds.iter().map(super::clinical::Kind::word).collect::<Vec<_>>().join(", ")
}

/// How a row differs between the tables, as a word.
pub fn row_word(change: RowChange) -> &'static str {
    match change {
        RowChange::New => "new",
        RowChange::Gone => "gone",
        RowChange::Rewritten => "rewritten",
    }
}
