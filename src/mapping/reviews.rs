//! Who has looked at rules and rows, and whether what they saw is what is there now.
//!
//! A record (`[[review]]`, by custom in the `reviews.toml` of a pack) bears the digest of what was reviewed. The digest is
//! over the meaning of tables, not over their text: it changes when a path, a test, a ConceptMap or a template changes, and
//! stays when a comment, a blank or the order of rows does. A record whose digest is not that of the tables is void: it
//! counts for nothing, and is named.

mod digest;

use std::collections::{BTreeMap, BTreeSet};

use super::ast::{RowAst, RuleAst, Tables};
use super::diagnostics::Place;
use super::plan::{Plan, Rule, RuleId};
pub use digest::Digests;

/// How deep a review went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// somebody who knows CDA and FHIR: the table says what its source says
    Technical,
    /// a clinician: the result may be used for care
    Clinical,
}

impl Level {
    /// The levels by the words that records and options use.
    pub const ALL: [(&'static str, Level); 2] = [("technical", Level::Technical), ("clinical", Level::Clinical)];

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Level::Technical => "technical",
            Level::Clinical => "clinical",
        }
    }
}

/// A record as it stands in a pack.
#[derive(Debug, Clone)]
pub struct Record {
    /// a rule (`allergy`), or a row of it (`allergy.code`)
    pub of: String,
    /// digest of what was seen
    pub digest: String,
    /// how deep
    pub level: Level,
    /// who
    pub reviewer: String,
    /// as what
    pub role: String,
    /// when, `2026-01-31`
    pub date: String,
    /// where the record stands
    pub place: Place,
}

/// A record that counts for nothing.
#[derive(Debug, Clone)]
pub struct Void {
    /// the record
    pub record: Record,
    /// why
    pub why: &'static str,
}

/// What reviews say of one rule.
#[derive(Debug, Clone, Default)]
pub struct OfRule {
    /// each row with the highest level at which it is reviewed
    pub rows: BTreeMap<String, Option<Level>>,
    /// records of the whole rule that hold
    pub whole: Vec<Record>,
    /// records of its rows that hold, by row
    pub single: BTreeMap<String, Vec<Record>>,
}

impl OfRule {
    /// The level at which all of the rule is reviewed.
    pub fn level(&self) -> Option<Level> {
        let whole = self.whole.iter().map(|r| r.level).max();
        // an empty rule has nothing but its head, which only a record of the whole covers
        self.rows.values().copied().min().unwrap_or(None).max(whole)
    }
}

/// What reviews say of tables.
#[derive(Debug, Clone, Default)]
pub struct Reviews {
    /// whether there is any record, void or not
    pub any: bool,
    /// by the name of the rule
    pub rules: BTreeMap<String, OfRule>,
    /// records that count for nothing, in the order of the packs
    pub void: Vec<Void>,
    /// rules whose results become part of what a rule makes, and must be reviewed with it
    pub parts: BTreeMap<String, Vec<String>>,
    /// by number of the rule: the level at which it and all that becomes part of its resources is reviewed
    levels: Vec<Option<Level>>,
    /// by number of the rule: whether it makes clinical statements
    clinical: Vec<bool>,
}

impl Reviews {
    /// Holds the records against the tables.
    pub fn of(tables: &Tables) -> Reviews {
        let mut reviews = Reviews { any: !tables.reviews.is_empty(), ..Reviews::default() };
        for rule in &tables.rules {
            let rows = rule.rows.iter().map(|r| (r.key.text.clone(), None)).collect();
            reviews.rules.insert(rule.name.clone(), OfRule { rows, ..OfRule::default() });
        }
        if !reviews.any {
            return reviews;
        }
        let digests = Digests::of(tables);
        for record in &tables.reviews {
            match digests.named(&record.of) {
                None => reviews.void.push(Void { record: record.clone(), why: "there is no such rule or row" }),
                Some(d) if d != record.digest => {
                    let why = "the tables have changed since; have them reviewed again, or take the record out";
                    reviews.void.push(Void { record: record.clone(), why });
                }
                Some(_) => reviews.count(record),
            }
        }
        reviews
    }

    fn count(&mut self, record: &Record) {
        let (name, row) = split(&record.of);
        let Some(rule) = self.rules.get_mut(name) else { return };
        match row {
            None => {
                rule.rows.values_mut().for_each(|l| *l = (*l).max(Some(record.level)));
                rule.whole.push(record.clone());
            }
            Some(row) => {
                let level = rule.rows.entry(row.to_owned()).or_default();
                *level = (*level).max(Some(record.level));
                rule.single.entry(row.to_owned()).or_default().push(record.clone());
            }
        }
    }

    /// Finds for each compiled rule what it makes, and the level at which all of that is reviewed.
    pub(super) fn settle(&mut self, tables: &Tables, plan: &Plan) {
        self.clinical = plan.rules.iter().map(is_clinical).collect();
        self.levels = plan.rules.iter().map(|r| self.rules.get(&r.name).and_then(OfRule::level)).collect();
        let parts: Vec<Vec<usize>> = plan
            .rules
            .iter()
            .map(|r| {
                let ast = tables.rules.iter().find(|a| a.name == r.name);
                let mut named = BTreeSet::new();
                ast.into_iter().for_each(|a| named_in(&a.rows, &mut named));
                let of = |n: &str| plan.rules.iter().position(|r| r.name == n);
                named.into_iter().filter_map(of).filter(|i| self.clinical[*i] || !plan.rules[*i].resource).collect()
            })
            .collect();
        for (rule, of) in plan.rules.iter().zip(&parts).filter(|(_, of)| !of.is_empty()) {
            let names = of.iter().map(|i| plan.rules[*i].name.clone()).collect();
            self.parts.insert(rule.name.clone(), names);
        }
        // what becomes part of a resource must be reviewed as that is: until nothing changes, since parts have parts
        loop {
            let before = self.levels.clone();
            for (i, parts) in parts.iter().enumerate() {
                self.levels[i] = parts.iter().map(|p| self.levels[*p]).fold(self.levels[i], Option::min);
            }
            if before == self.levels {
                break;
            }
        }
    }

    /// Whether a rule may make resources where such a review is asked for. What is not clinical always may.
    pub fn allow(&self, rule: RuleId, asked: Level) -> bool {
        let i = rule.0 as usize;
        !self.clinical.get(i).copied().unwrap_or(true) || self.levels.get(i).copied().flatten() >= Some(asked)
    }

    /// Whether all rows of a rule are reviewed at any level.
    pub fn reviewed(&self, name: &str) -> bool {
        self.rules.get(name).is_some_and(|r| r.level().is_some())
    }
}

/// The rule, and the row, of which a record speaks.
pub fn split(of: &str) -> (&str, Option<&str>) {
    let of = of.strip_prefix("rule.").unwrap_or(of);
    of.split_once('.').map_or((of, None), |(rule, row)| (rule, Some(row)))
}

/// Types of R4 that say who, where, and from which document, not what is the matter with the patient.
const ABOUT_THE_DOCUMENT: &[&str] = &[
    "Composition",
    "Composition.section",
    "Device",
    "DocumentReference",
    "Location",
    "Organization",
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "Provenance",
    "RelatedPerson",
];

/// Whether a rule makes clinical statements: it takes them where they stand in sections, or it gives what only they refer
/// to. The header has no narrative that would keep what it says, so its rules are none.
fn is_clinical(rule: &Rule) -> bool {
    let mut branches = rule.entries.iter().flat_map(|e| e.0.iter()).peekable();
    match branches.peek() {
        Some(_) => branches.any(|b| !b.absolute),
        None => rule.resource && !ABOUT_THE_DOCUMENT.contains(&rule.to_name),
    }
}

/// Rules of which rows put in place, or refer to, what they make.
fn named_in<'t>(rows: &'t [RowAst], names: &mut BTreeSet<&'t str>) {
    for a in rows.iter().flat_map(|r| &r.alternatives) {
        names.extend(a.to.iter().map(|t| t.text.strip_prefix("rule.").unwrap_or(&t.text)));
        named_in(&a.rows, names);
    }
}

/// The record that a reviewer of a rule, or of a row, fills in.
pub fn stanza(tables: &Tables, rule: &RuleAst, row: Option<&str>) -> Option<String> {
    let of = row.map_or_else(|| rule.name.clone(), |row| format!("{}.{row}", rule.name));
    let digest = Digests::of(tables).named(&of)?;
    Some(format!(
        "[[review]]\nof = \"{}\"\ndigest = \"{digest}\"\nlevel = \"technical\"   # or \"clinical\"\nreviewer = \"\"\n\
         role = \"\"\ndate = \"\"\n",
        of.replace('\\', "\\\\").replace('"', "\\\"")
    ))
}
