//! What came of a run, in lines for the person who reads the log.

use std::collections::BTreeMap;
use std::fmt;

use crate::account::gather::Report;
use crate::convert::{Counts, Issue, Severity};
use crate::sink::Taken;

/// Kinds of resources as clinicians name them, with the types that belong to each.
const KINDS: &[(&str, &[&str])] = &[
    (
        "medicines",
        &["MedicationRequest", "MedicationStatement", "MedicationAdministration", "MedicationDispense", "Medication"],
    ),
    ("allergies", &["AllergyIntolerance"]),
    ("problems", &["Condition"]),
    ("results", &["Observation", "DiagnosticReport"]),
    ("procedures", &["Procedure"]),
    ("immunizations", &["Immunization"]),
    ("encounters", &["Encounter"]),
];

/// Types that describe the document itself or the people around it: they are no statements about the patient's care.
const AROUND: &[&str] = &[
    "Composition",
    "DocumentReference",
    "Provenance",
    "Binary",
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "Organization",
    "RelatedPerson",
    "Device",
    "Location",
];

/// Issues by code: how many, in how many documents, and where the first is.
#[derive(Debug, Clone, Default)]
pub struct Tally(BTreeMap<(std::cmp::Reverse<Severity>, String), Line>);

#[derive(Debug, Clone, Default)]
struct Line {
    times: u64,
    documents: u64,
    first: Option<(u32, u32)>,
    fhir_path: Option<String>,
}

impl Tally {
    /// Adds the issues of one document.
    pub fn add(&mut self, issues: &[Issue]) {
        let mut of_document = Tally::default();
        for i in issues {
            let line = of_document.0.entry((std::cmp::Reverse(i.severity), i.code.clone())).or_default();
            line.times += 1;
            line.documents = 1;
            if line.first.is_none() {
                line.first = i.at;
            }
            if line.fhir_path.is_none() {
                line.fhir_path.clone_from(&i.fhir_path);
            }
        }
        self.merge(of_document);
    }

    /// Adds another tally.
    pub fn merge(&mut self, other: Tally) {
        for (key, line) in other.0 {
            let mine = self.0.entry(key).or_default();
            mine.times += line.times;
            mine.documents += line.documents;
            if mine.first.is_none() {
                mine.first = line.first;
            }
            if mine.fhir_path.is_none() {
                mine.fhir_path = line.fhir_path;
            }
        }
    }

    /// One line for each code, the gravest first: of one document with the place of the first, of several with their number.
    pub fn lines(&self, several: bool) -> Vec<String> {
        self.0
            .iter()
            .map(|((severity, code), line)| {
                let severity = severity.0.code();
                let mut text = format!("{severity} {code} ×{}", line.times);
                if several {
                    let s = if line.documents == 1 { "" } else { "s" };
                    text.push_str(&format!(" in {} document{s}", line.documents));
                } else {
                    match (line.first, &line.fhir_path) {
                        (Some((l, c)), Some(path)) => text.push_str(&format!(" (first at {l}:{c}, {path})")),
                        (Some((l, c)), None) => text.push_str(&format!(" (first at {l}:{c})")),
                        (None, Some(path)) => text.push_str(&format!(" (first at {path})")),
                        (None, None) => {}
                    }
                }
                text
            })
            .collect()
    }
}

/// What came of bundles that were handed over.
#[derive(Debug, Clone, Default)]
pub struct Delivery {
    /// bundles taken
    pub taken: u64,
    /// documents of which the receiver had a newer version: nothing was written
    pub outdated: u64,
    /// bundles not taken
    pub failed: u64,
    /// what became of the resources
    pub resources: Taken,
}

impl Delivery {
    /// Adds what came of one bundle.
    pub fn add(&mut self, taken: &Taken) {
        self.outdated += u64::from(taken.outdated);
        self.taken += u64::from(!taken.outdated);
        self.resources.add(taken);
    }

    fn merge(&mut self, other: &Delivery) {
        self.taken += other.taken;
        self.outdated += other.outdated;
        self.failed += other.failed;
        self.resources.add(&other.resources);
    }
}

impl fmt::Display for Delivery {
    /// "2 bundles written: 120 resources new, 30 there before, 3 left to newer documents; 1 document outdated; 1 not delivered"
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let many = |n: u64| if n == 1 { "" } else { "s" };
        let r = &self.resources;
        write!(
            f,
            "{} bundle{} written: {} resources new, {} there before",
            self.taken,
            many(self.taken),
            r.created,
            r.present
        )?;
        if r.kept > 0 {
            write!(f, ", {} left to newer documents", r.kept)?;
        }
        if r.retired > 0 {
            write!(f, ", {} marked as entered in error", r.retired)?;
        }
        if r.superseded > 0 {
            write!(f, ", {} document{} superseded", r.superseded, many(r.superseded))?;
        }
        if self.outdated > 0 {
            write!(f, "; {} document{} outdated", self.outdated, many(self.outdated))?;
        }
        if self.failed > 0 {
            write!(f, "; {} not delivered", self.failed)?;
        }
        Ok(())
    }
}

/// What came of a run.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// documents met
    pub documents: u64,
    /// documents refused, or not read or written
    pub refused: u64,
    /// counts of all that were converted
    pub counts: Counts,
    /// issues of all that were converted
    pub tally: Tally,
    /// what came of handing them over
    pub delivery: Delivery,
    /// the accounts of all that were converted, where they were asked for
    pub report: Report,
}

impl Summary {
    /// Adds another summary.
    pub fn merge(&mut self, other: Summary) {
        self.documents += other.documents;
        self.refused += other.refused;
        self.counts.add(&other.counts);
        self.tally.merge(other.tally);
        self.delivery.merge(&other.delivery);
        self.report.merge(other.report);
    }
}

impl fmt::Display for Summary {
    /// "2 of 3 documents converted: medicines 4 of 4, allergies 1 of 1, unmapped 2"
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = if self.documents == 1 { "" } else { "s" };
        write!(f, "{} of {} document{s} converted: ", self.documents - self.refused, self.documents)?;
        let mut other = (0, 0);
        let mut kinds = vec![(0, 0); KINDS.len()];
        for (ty, (taken, written)) in &self.counts.by_type {
            if AROUND.contains(ty) {
                continue;
            }
            let kind = KINDS.iter().position(|(_, types)| types.contains(ty));
            let sum = kind.map_or(&mut other, |k| &mut kinds[k]);
            sum.0 += taken;
            sum.1 += written;
        }
        for ((name, _), (taken, written)) in KINDS.iter().zip(&kinds) {
            // medicines and allergies always: that there are none is worth knowing too
            if *taken > 0 || matches!(*name, "medicines" | "allergies") {
                write!(f, "{name} {written} of {taken}, ")?;
            }
        }
        if other.0 > 0 {
            write!(f, "others {} of {}, ", other.1, other.0)?;
        }
        write!(f, "unmapped {}", self.counts.unmapped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issue(severity: Severity, code: &str, at: (u32, u32)) -> Issue {
        Issue {
            severity,
            code: code.into(),
            message: String::new(),
            at: Some(at),
            xpath: String::new(),
            fhir_path: None,
            row: None,
        }
    }

    #[test]
    fn the_gravest_first_with_the_first_place() {
        let mut tally = Tally::default();
        tally.add(&[
            issue(Severity::Warning, "statement-not-mapped", (120, 5)),
            issue(Severity::Error, "value-not-carried", (200, 1)),
            issue(Severity::Warning, "statement-not-mapped", (130, 5)),
        ]);
        assert_eq!(
            tally.lines(false),
            ["error value-not-carried ×1 (first at 200:1)", "warning statement-not-mapped ×2 (first at 120:5)"]
        );
        tally.add(&[issue(Severity::Warning, "statement-not-mapped", (1, 1))]);
        assert_eq!(tally.lines(true)[1], "warning statement-not-mapped ×3 in 2 documents");
    }

    #[test]
    fn a_delivery_says_what_became_of_bundles_and_resources() {
        let mut d = Delivery { failed: 1, ..Delivery::default() };
        d.add(&Taken { created: 120, present: 30, kept: 3, retired: 2, superseded: 1, ..Taken::default() });
        d.add(&Taken { outdated: true, ..Taken::default() });
        assert_eq!(
            d.to_string(),
            "1 bundle written: 120 resources new, 30 there before, 3 left to newer documents, 2 marked as entered in error, \
             1 document superseded; 1 document outdated; 1 not delivered"
        );
    }

    #[test]
    fn a_summary_names_what_clinicians_count() {
        let mut s = Summary { documents: 3, refused: 1, ..Summary::default() };
        s.counts.unmapped = 2;
        s.counts.by_type.insert("MedicationRequest", (3, 2));
        s.counts.by_type.insert("MedicationDispense", (1, 1));
        s.counts.by_type.insert("Patient", (1, 1));
        s.counts.by_type.insert("Goal", (1, 1));
        assert_eq!(
            s.to_string(),
            "2 of 3 documents converted: medicines 3 of 4, allergies 0 of 0, others 1 of 1, unmapped 2"
        );
    }
}
