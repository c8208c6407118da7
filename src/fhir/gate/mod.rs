//! The gate: makes a resource valid by R4, or says why it cannot be.
//!
//! What is wrong is *degraded*, never fatal: the innermost element at fault is removed, or replaced by a
//! data-absent-reason where R4 demands the element, and reported. Only a resource that cannot be made valid is refused.
//! The gate adds no clinical content: the only things it writes are data-absent-reasons, and a code of a unit as its text
//! where the code may not stay. Messages name elements and rules, never what the document says.
//!
//! Shape is put right without a report (a single value of a repeating element becomes a list of one; empty elements go),
//! because nothing is lost by it.

mod narrative;
mod path;
mod primitives;
mod references;
mod repair;
mod rules;
mod temporal;
#[cfg(test)]
mod tests;
mod walk;

use std::borrow::Cow;

use super::definitions::{Definitions, Kind};
use super::outcome::{IssueType, OutcomeIssue, Severity};
use super::value::{Object, Value};
use path::Path;

/// What became of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is valid, perhaps after repairs
    Valid,
    /// It cannot be made valid and must not be written
    Refused,
}

/// Something the gate found.
#[derive(Debug, Clone, PartialEq)]
pub struct GateIssue {
    /// `Error`: content was removed. `Warning`: content was kept in another form, or a data-absent-reason stands in for it
    pub severity: Severity,
    /// One of [`CODES`], or the key of an invariant of R4 (`con-4`)
    pub code: &'static str,
    /// Where, as FHIRPath: `Condition.stage[0].summary`
    pub path: String,
    /// What was wrong and what was done; without content of the document
    pub message: Cow<'static, str>,
}

/// The codes of issues that are not invariants.
pub const CODES: &[(&str, &str)] = &[
    ("unknown-type", "the resource type is not one of R4 that granule knows"),
    ("unknown-element", "R4 has no element of this name here"),
    ("shape", "an object where a simple value belongs, or the reverse"),
    ("required", "a required element is missing"),
    ("max", "more values than the element may have"),
    ("choice", "more than one value of a choice element"),
    ("duplicate", "the same element twice"),
    ("primitive", "a simple value not in the form of its type"),
    ("binding", "a code outside of the value set that R4 requires"),
    ("reference-unresolved", "a reference to something that is not in the bundle"),
    ("reference-target", "a reference to a type of resource that the element may not refer to"),
    ("sqty-1", "a comparator where a plain quantity is demanded"),
    ("nesting", "elements nested too deeply"),
];

impl GateIssue {
    /// The issue type of R4 for it.
    pub fn issue_type(&self) -> IssueType {
        match self.code {
            "required" => IssueType::Required,
            "unknown-type" | "unknown-element" | "shape" | "max" | "choice" | "duplicate" | "nesting" => {
                IssueType::Structure
            }
            "primitive" => IssueType::Value,
            "binding" => IssueType::CodeInvalid,
            "reference-unresolved" => IssueType::NotFound,
            _ => IssueType::Invariant,
        }
    }

    /// As an issue of an OperationOutcome.
    pub fn to_outcome(&self) -> OutcomeIssue {
        OutcomeIssue {
            detail: Some(self.code.to_owned()),
            text: Some(self.message.to_string()),
            expression: vec![self.path.clone()],
            ..OutcomeIssue::new(self.severity, self.issue_type())
        }
    }
}

/// The verdict on one resource and what was found on the way.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// Whether it may be written
    pub verdict: Verdict,
    /// What was found, in the order of the walk
    pub issues: Vec<GateIssue>,
}

/// Says which type of resource a `urn:` reference leads to; `None` when nothing in the bundle has that address.
pub type Targets<'t> = dyn Fn(&str) -> Option<&'static str> + 't;

/// Checks one resource (with `resourceType`), repairing what can be repaired.
pub fn check(resource: &mut Object, targets: &Targets<'_>) -> Checked {
    let mut gate = Gate::new(targets);
    let verdict = gate.check(resource);
    Checked { verdict, issues: gate.take_issues() }
}

/// Whether a value has the form that R4 gives a simple type (`boolean`, `dateTime`); `None` when there is no such type.
pub fn has_form(ty: &str, value: &Value) -> Option<bool> {
    let d = Definitions::get();
    match d.kind(d.type_named(ty)?) {
        Kind::Primitive(kind) => Some(primitives::is_valid(kind, value)),
        _ => None,
    }
}

/// What is to happen to an element that was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Keep,
    Drop,
}

/// Checks many resources of one bundle.
pub struct Gate<'t> {
    d: &'static Definitions,
    rules: &'static rules::Rules,
    targets: &'t Targets<'t>,
    issues: Vec<GateIssue>,
    path: Path,
    /// Id and type of what the resource contains
    contained: Vec<(String, &'static str)>,
    in_contained: bool,
}

impl<'t> Gate<'t> {
    /// A gate for resources that refer to each other.
    pub fn new(targets: &'t Targets<'t>) -> Gate<'t> {
        Gate {
            d: Definitions::get(),
            rules: rules::Rules::get(),
            targets,
            issues: Vec::new(),
            path: Path::default(),
            contained: Vec::new(),
            in_contained: false,
        }
    }

    /// Checks one resource; what is found is added to the issues.
    pub fn check(&mut self, resource: &mut Object) -> Verdict {
        self.path.clear();
        match self.resource(resource) {
            Fate::Keep => Verdict::Valid,
            Fate::Drop => Verdict::Refused,
        }
    }

    /// The issues since the last call.
    pub fn take_issues(&mut self) -> Vec<GateIssue> {
        std::mem::take(&mut self.issues)
    }

    #[cold]
    fn report(&mut self, severity: Severity, code: &'static str, leaf: &str, message: impl Into<Cow<'static, str>>) {
        let path = self.path.text(leaf);
        self.issues.push(GateIssue { severity, code, path, message: message.into() });
    }

    /// Content was removed.
    #[cold]
    fn removed(&mut self, code: &'static str, leaf: &str, message: impl Into<Cow<'static, str>>) {
        self.report(Severity::Error, code, leaf, message);
    }

    /// Content was changed in form, or a data-absent-reason was given.
    #[cold]
    fn changed(&mut self, code: &'static str, leaf: &str, message: impl Into<Cow<'static, str>>) {
        self.report(Severity::Warning, code, leaf, message);
    }
}
