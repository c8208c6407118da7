//! What a corpus says that has no coded home, summed up by heading: input to standards work, without patient content.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

use super::gather::{HEADER, NO_CODE, Report};
use super::{Class, Counts};

/// A kind of content without a coded home.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Gap {
    /// code of the section; `header`, or `?` for a section without code
    pub section: String,
    /// names of elements, below the section
    pub path: String,
    /// documents that say it
    pub documents: u64,
    /// how often it is only in the narrative, carried in part, or in the original alone
    pub leaves: Counts,
}

/// Leaves that share the fate of another: a code without home brings its name and system along.
const BESIDE: &[&str] =
    &["@codeSystem", "@codeSystemName", "@codeSystemVersion", "@displayName", "@assigningAuthorityName"];

/// The gaps of a report: by section and path, whatever the templates; the commonest first. What fewer than `least`
/// documents say is left out: it may be the habit of one sender, and tells most about single patients.
pub fn gaps(report: &Report, least: u64) -> Vec<Gap> {
    let mut by_path: BTreeMap<(&str, &str), Gap> = BTreeMap::new();
    for (shape, met) in &report.shapes {
        if BESIDE.iter().any(|b| shape.path.ends_with(b)) {
            continue;
        }
        let gap = by_path.entry((&shape.section, &shape.path)).or_insert_with(|| Gap {
            section: shape.section.clone(),
            path: shape.path.clone(),
            documents: 0,
            leaves: Counts::default(),
        });
        // a document may say it under several templates; it is counted at least once, and never more often than it is there
        gap.documents = gap.documents.max(met.documents);
        gap.leaves.merge(&met.leaves);
    }
    let mut all: Vec<Gap> = by_path.into_values().filter(|g| g.documents >= least).collect();
    all.sort_by(|a, b| {
        b.leaves.all().cmp(&a.leaves.all()).then_with(|| (&a.section, &a.path).cmp(&(&b.section, &b.path)))
    });
    all
}

/// The gaps for a person at a terminal, heading by heading.
pub fn text(report: &Report, gaps: &[Gap]) -> String {
    let mut by_section: BTreeMap<&str, Vec<&Gap>> = BTreeMap::new();
    for g in gaps {
        by_section.entry(&g.section).or_default().push(g);
    }
    let mut sections: Vec<(&str, Vec<&Gap>)> = by_section.into_iter().collect();
    let sum = |of: &[&Gap]| of.iter().map(|g| g.leaves.all()).sum::<u64>();
    sections.sort_by(|a, b| sum(&b.1).cmp(&sum(&a.1)).then_with(|| a.0.cmp(b.0)));
    let mut out = String::new();
    for (section, of) in sections {
        let name = match section {
            HEADER => "header".to_owned(),
            NO_CODE => "sections without code".to_owned(),
            code => format!("section {code}"),
        };
        let documents = report.sections.get(section).map_or(0, |g| g.documents);
        let _ = writeln!(out, "{name}: {} without a coded home, in {documents} documents with the section", sum(&of));
        let _ = writeln!(out, "  {:>9} {:>9} {:>9} {:>9}", "narrative", "degraded", "unmapped", "documents");
        for g in of {
            let n = |c| g.leaves.of(c);
            let _ = writeln!(
                out,
                "  {:>9} {:>9} {:>9} {:>9}  {}",
                n(Class::NarrativeOnly),
                n(Class::Degraded),
                n(Class::Unmapped),
                g.documents,
                g.path
            );
        }
        out.push('\n');
    }
    out
}
