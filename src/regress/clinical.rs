//! Which changes are clinical, and of what kind: the table `mappings/regress/clinical.tsv`, read once.

use std::sync::LazyLock;

use serde::{Serialize, Serializer};

use super::diff::Change;
use crate::trace::{same_step, steps};

/// A kind of clinical change; the graver first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// whose it is
    Patient,
    /// said or denied, done or not done
    Negation,
    /// planned, ordered, done
    Mood,
    /// what it is about: the code of the problem, the medicine, the substance
    Concept,
    /// active, over, sure, doubtful
    Status,
    /// unit of a quantity
    Unit,
    /// how much, how often, by which route
    Dose,
    /// what was found
    Value,
    /// a whole statement
    Statement,
}

/// All kinds, with the word of the table and what it means to a clinician.
pub const KINDS: &[(Kind, &str, &str)] = &[
    (Kind::Patient, "patient", "Whose it is"),
    (Kind::Negation, "negation", "Said or denied, done or not done"),
    (Kind::Mood, "mood", "Planned, ordered or done"),
    (Kind::Concept, "concept", "What it is about: the problem, the medicine, the substance"),
    (Kind::Status, "status", "Status: active, over, sure, doubtful"),
    (Kind::Unit, "unit", "Units"),
    (Kind::Dose, "dose", "Doses: how much, how often, by which route"),
    (Kind::Value, "value", "What was found, how grave"),
    (Kind::Statement, "statement", "Statements that are gone"),
];

impl Kind {
    /// The word of the table.
    pub fn word(self) -> &'static str {
        KINDS[self as usize].1
    }

    /// What it means to a clinician.
    pub fn title(self) -> &'static str {
        KINDS[self as usize].2
    }
}

/// Several kinds; none for what is not clinical.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Kinds(u16);

impl Kinds {
    /// Adds those of another change.
    pub fn add(&mut self, other: Kinds) {
        self.0 |= other.0;
    }

    /// Of a whole element that came or went: its unit went with the dose or the value, and is no change of its own.
    pub fn of_whole(self) -> Kinds {
        let more = Kinds::of(Kind::Dose).0 | Kinds::of(Kind::Value).0;
        if self.0 & more == 0 { self } else { Kinds(self.0 & !Kinds::of(Kind::Unit).0) }
    }

    /// Whether the change is not clinical.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The kinds, the gravest first.
    pub fn iter(self) -> impl Iterator<Item = Kind> {
        KINDS.iter().map(|k| k.0).filter(move |k| self.0 & Kinds::of(*k).0 != 0)
    }

    /// The gravest.
    pub fn first(self) -> Option<Kind> {
        self.iter().next()
    }

    fn of(kind: Kind) -> Kinds {
        Kinds(1 << kind as u16)
    }
}

impl Serialize for Kinds {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(self.iter())
    }
}

/// One line of the table.
struct Line {
    ty: &'static str,
    path: Vec<&'static str>,
    /// `None` for `none`
    kind: Option<Kind>,
    change: Option<Change>,
    codes: Vec<&'static str>,
}

static TABLE: LazyLock<Vec<Line>> =
    LazyLock::new(|| parse(include_str!("../../mappings/regress/clinical.tsv")).expect("tested"));

fn parse(text: &'static str) -> Result<Vec<Line>, String> {
    let lines = text.lines().filter(|l| !l.starts_with('#') && !l.trim().is_empty());
    lines
        .map(|line| {
            let [ty, path, kind, when, _why] = line.split('\t').collect::<Vec<_>>()[..] else {
                return Err(format!("five columns are expected: {line}"));
            };
            let kind = match KINDS.iter().find(|k| k.1 == kind) {
                Some(k) => Some(k.0),
                None if kind == "none" => None,
                None => return Err(format!("`{kind}` is no kind: {line}")),
            };
            let (change, codes) = match when {
                "-" => (None, vec![]),
                "lost" => (Some(Change::Lost), vec![]),
                "added" => (Some(Change::Added), vec![]),
                "changed" => (Some(Change::Changed), vec![]),
                codes => (None, codes.split(',').collect()),
            };
            let path = if path == "." { vec![path] } else { steps(path).collect() };
            Ok(Line { ty, path, kind, change, codes })
        })
        .collect()
}

/// A change as the table sees it.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'s> {
    /// resource type
    pub ty: &'s str,
    /// steps of the path below the resource
    pub path: &'s [&'s str],
    /// what happened
    pub change: Change,
    /// simple values before and after
    pub texts: &'s [&'s str],
}

/// The kinds of a change of an element.
pub fn kinds(seen: &Seen<'_>) -> Kinds {
    let mut kinds = Kinds::default();
    for line in TABLE.iter() {
        if (line.ty == "*" || line.ty == seen.ty)
            && line.change.is_none_or(|c| c == seen.change)
            && (line.codes.is_empty() || seen.texts.iter().any(|t| line.codes.contains(t)))
            && leads(&line.path, seen.path)
        {
            match line.kind {
                Some(kind) => kinds.add(Kinds::of(kind)),
                None => return Kinds::default(),
            }
        }
    }
    kinds
}

/// The kinds of a resource that is lost or added as a whole.
pub fn whole(ty: &str, change: Change) -> Kinds {
    kinds(&Seen { ty, path: &["."], change, texts: &[] })
}

/// The kinds of a statement that became a resource of another type.
pub fn retyped(ty: &str) -> Kinds {
    kinds(&Seen { ty, path: &["@type"], change: Change::Changed, texts: &[] })
}

/// Whether a path of the table leads to the element, or to something around it.
fn leads(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern, path) {
        ([], _) => true,
        (["**", rest @ ..], _) => (0..=path.len()).any(|skip| leads(rest, &path[skip..])),
        ([step, rest @ ..], [first, inner @ ..]) => same_step(step, first) && leads(rest, inner),
        (_, []) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(ty: &str, path: &str, texts: &[&str]) -> String {
        let path: Vec<&str> = steps(path).collect();
        let seen = Seen { ty, path: &path, change: Change::Changed, texts };
        kinds(&seen).iter().map(Kind::word).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_table_is_read_and_its_paths_are_of_r4() {
        use crate::fhir::definitions::Definitions;
        let d = Definitions::get();
        assert!(TABLE.len() > 40);
        for line in TABLE.iter() {
            let types: Vec<_> = d.types().filter(|t| d.resource_named(d.name(*t)).is_some()).collect();
            let first = line.path[0];
            if matches!(first, "." | "@type" | "**") || first.starts_with("extension(") {
                continue;
            }
            let known = types.iter().filter(|t| line.ty == "*" || d.name(**t) == line.ty);
            let found = known.filter(|t| d.elements(**t).iter().any(|e| same_step(first, e.key))).count();
            assert!(found > 0, "{} {first}: no such element", line.ty);
        }
    }

    #[test]
    fn kinds_of_changes() {
        assert_eq!(of("Condition", "verificationStatus.coding.code", &["confirmed", "unconfirmed"]), "status");
        assert_eq!(of("Condition", "verificationStatus.coding.code", &["confirmed", "refuted"]), "negation status");
        assert_eq!(of("Condition", "verificationStatus.coding.display", &["Refuted", "refuted"]), "");
        assert_eq!(
            of("MedicationRequest", "dosageInstruction.doseAndRate.doseQuantity.unit", &["mg", "g"]),
            "unit dose"
        );
        assert_eq!(of("MedicationRequest", "dosageInstruction.route.coding.code", &[]), "dose");
        assert_eq!(of("Observation", "valueQuantity.code", &["mg", "g"]), "unit value");
        assert_eq!(of("Observation", "valueCodeableConcept.coding.code", &["1"]), "value");
        assert_eq!(of("Observation", "code.coding.code", &["1"]), "concept");
        assert_eq!(of("Observation", "code.text", &[]), "");
        assert_eq!(of("Observation", "subject.reference", &[]), "patient");
        assert_eq!(of("AllergyIntolerance", "code.coding.code", &["716186003"]), "negation concept");
        assert_eq!(of("AllergyIntolerance", "code.coding.code", &["7980"]), "concept");
        assert_eq!(of("Observation", "text.status", &["generated"]), "");
        assert_eq!(whole("Condition", Change::Lost).first(), Some(Kind::Statement));
        assert!(whole("Condition", Change::Added).is_empty());
        assert_eq!(retyped("MedicationRequest").first(), Some(Kind::Mood));
    }
}
