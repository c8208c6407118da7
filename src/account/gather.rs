//! The accounts of many documents in one report, without content of any of them: counts, element names, codes of sections
//! and document types, names of files, and who made the documents.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Account, Class, Counts};
use crate::convert::Issue;

/// How many examples of a kind are kept.
const EXAMPLES: usize = 3;
/// How many of the worst documents are kept.
const WORST: usize = 20;

/// What a report says of a group of leaves.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// documents with such leaves
    pub documents: u64,
    /// what became of them
    pub leaves: Counts,
}

/// A kind of leaf that is not mapped: where it stands, by the names of its elements.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Shape {
    /// code of the section; empty in the header, `?` in a section without code
    pub section: String,
    /// `entry/act/effectiveTime/low/@value`
    pub path: String,
    /// templateIds of the statement around it
    pub templates: Vec<String>,
}

/// How often it was met.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Met {
    /// documents
    pub documents: u64,
    /// leaves
    pub leaves: Counts,
    /// the first, by name of the document
    pub examples: BTreeSet<Example>,
}

/// A place in a document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Example {
    /// name of the document
    pub document: String,
    /// line, from 1
    pub line: u32,
    /// column, from 1
    pub column: u32,
}

/// A document with its share.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OfDocument {
    /// its name
    pub document: String,
    /// what became of its leaves
    pub leaves: Counts,
}

/// An issue by its code.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OfIssue {
    /// how bad
    pub severity: String,
    /// how many
    pub times: u64,
    /// in how many documents
    pub documents: u64,
    /// the first, by name of the document
    pub examples: BTreeSet<Example>,
}

/// The accounts of many documents.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// documents in it
    pub documents: u64,
    /// all leaves
    pub leaves: Counts,
    /// by code of the section
    pub sections: BTreeMap<String, Group>,
    /// by template
    pub templates: BTreeMap<String, Group>,
    /// by who made the document
    pub vendors: BTreeMap<String, Group>,
    /// by type of the document
    pub types: BTreeMap<String, Group>,
    /// the documents with the smallest share, smallest first
    pub worst: Vec<OfDocument>,
    /// issues by code
    pub issues: BTreeMap<String, OfIssue>,
    /// what is not mapped, by where it stands
    pub shapes: BTreeMap<Shape, Met>,
}

/// What sections are called in reports that bear no code.
pub const NO_CODE: &str = "?";
/// What the header is called.
pub const HEADER: &str = "header";

impl Report {
    /// The report of one document.
    pub fn of(name: &str, account: &Account, issues: &[Issue]) -> Report {
        let leaves = account.counts();
        let one = |counts: Counts| Group { documents: 1, leaves: counts };
        let mut report = Report { documents: 1, leaves, ..Report::default() };
        for (i, s) in account.sections.iter().enumerate() {
            let code = section(i, s.code.as_deref());
            report.sections.entry(code).or_insert_with(|| one(Counts::default())).leaves.merge(&s.counts);
        }
        report.templates = account.templates.iter().map(|(t, c)| (t.clone(), one(*c))).collect();
        report.vendors.insert(account.vendor.clone().unwrap_or_else(|| "not named".into()), one(leaves));
        report.types.insert(account.document_type.clone().unwrap_or_else(|| NO_CODE.into()), one(leaves));
        report.worst.push(OfDocument { document: name.to_owned(), leaves });
        let example = |at: (u32, u32)| Example { document: name.to_owned(), line: at.0, column: at.1 };
        let mut count = |code: &str, severity: &str, at: Option<(u32, u32)>| {
            let line = report.issues.entry(code.to_owned()).or_default();
            severity.clone_into(&mut line.severity);
            line.times += 1;
            line.documents = 1;
            if line.examples.len() < EXAMPLES {
                line.examples.extend(at.map(example));
            }
        };
        for issue in issues {
            count(&issue.code, issue.severity.code(), issue.at);
        }
        for f in &account.contradictions {
            count(f.code, f.severity(), Some(f.at));
        }
        for leaf in account.leaves.iter().filter(|l| l.class != Class::Mapped) {
            let index = leaf.section as usize;
            let shape = Shape {
                section: section(index, account.sections[index].code.as_deref()),
                path: leaf.shape.clone(),
                templates: leaf.templates.clone(),
            };
            let met = report.shapes.entry(shape).or_default();
            met.documents = 1;
            met.leaves.add(leaf.class, 1);
            if met.examples.len() < EXAMPLES {
                met.examples.insert(example(leaf.at));
            }
        }
        report
    }

    /// Adds another report; the result does not depend on the order.
    pub fn merge(&mut self, other: Report) {
        self.documents += other.documents;
        self.leaves.merge(&other.leaves);
        for (mine, theirs) in [
            (&mut self.sections, other.sections),
            (&mut self.templates, other.templates),
            (&mut self.vendors, other.vendors),
            (&mut self.types, other.types),
        ] {
            for (key, group) in theirs {
                let have = mine.entry(key).or_default();
                have.documents += group.documents;
                have.leaves.merge(&group.leaves);
            }
        }
        self.worst.extend(other.worst);
        self.worst.sort_by(|a, b| {
            a.leaves.percent().total_cmp(&b.leaves.percent()).then_with(|| a.document.cmp(&b.document))
        });
        self.worst.truncate(WORST);
        for (code, issue) in other.issues {
            let have = self.issues.entry(code).or_default();
            have.severity = issue.severity;
            have.times += issue.times;
            have.documents += issue.documents;
            first(&mut have.examples, issue.examples);
        }
        for (shape, met) in other.shapes {
            let have = self.shapes.entry(shape).or_default();
            have.documents += met.documents;
            have.leaves.merge(&met.leaves);
            first(&mut have.examples, met.examples);
        }
    }

    /// What is not mapped, the commonest first.
    pub fn lost(&self) -> Vec<(&Shape, &Met)> {
        let mut all: Vec<(&Shape, &Met)> = self.shapes.iter().collect();
        all.sort_by(|a, b| b.1.leaves.all().cmp(&a.1.leaves.all()).then_with(|| a.0.cmp(b.0)));
        all
    }

    /// The report as JSON.
    ///
    /// # Errors
    /// Never: everything in it can be written.
    pub fn to_json(&self) -> serde_json::Result<String> {
        #[derive(Serialize)]
        struct Lost<'r> {
            #[serde(flatten)]
            shape: &'r Shape,
            #[serde(flatten)]
            met: &'r Met,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Page<'r> {
            documents: u64,
            leaves: &'r Counts,
            sections: &'r BTreeMap<String, Group>,
            templates: &'r BTreeMap<String, Group>,
            vendors: &'r BTreeMap<String, Group>,
            types: &'r BTreeMap<String, Group>,
            worst: &'r [OfDocument],
            issues: &'r BTreeMap<String, OfIssue>,
            not_mapped: Vec<Lost<'r>>,
        }
        let mut text = serde_json::to_string_pretty(&Page {
            documents: self.documents,
            leaves: &self.leaves,
            sections: &self.sections,
            templates: &self.templates,
            vendors: &self.vendors,
            types: &self.types,
            worst: &self.worst,
            issues: &self.issues,
            not_mapped: self.lost().into_iter().map(|(shape, met)| Lost { shape, met }).collect(),
        })?;
        text.push('\n');
        Ok(text)
    }
}

fn first(mine: &mut BTreeSet<Example>, theirs: BTreeSet<Example>) {
    mine.extend(theirs);
    while mine.len() > EXAMPLES {
        mine.pop_last();
    }
}

fn section(index: usize, code: Option<&str>) -> String {
    match (index, code) {
        (0, _) => HEADER.into(),
        (_, Some(code)) => code.to_owned(),
        (_, None) => NO_CODE.into(),
    }
}
