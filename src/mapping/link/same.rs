//! When two resources may be one, and what the one then says.

use super::super::context::Severity;
use super::super::plan::Identity;
use super::super::visits;
use super::Linker;
use super::names::{fuller, names_agree};
use crate::fhir::value::{Key, Object, Value};

/// Lists that may be united when two resources are one: what they say adds up and cannot contradict.
const UNITED: &[Key] = &["identifier", "category", "telecom", "address", "note", "qualification", "relationship"];

impl Linker<'_> {
    /// Whether two say nothing that contradicts.
    pub(super) fn compatible(&self, a: usize, b: usize) -> bool {
        let (x, y) = (&self.all[a].object, &self.all[b].object);
        if self.plan.rule(self.all[a].rule).to_name == "Encounter" {
            return visits::same_visit(x, y);
        }
        y.0.iter().all(|(key, vy)| match x.get(key) {
            None => true,
            Some(vx) => {
                *key == "text"
                    || UNITED.contains(key)
                    || self.same(vx, vy)
                    // why something is not said contradicts nobody who says it
                    || only_absent(vx)
                    || only_absent(vy)
                    || *key == "name" && self.identity(a) == Identity::Content && names_agree(vx, vy)
            }
        }) && (self.identity(a) == Identity::Content || exclusive_agree(x, y))
    }

    pub(super) fn same(&self, a: &Value, b: &Value) -> bool {
        match (a, b) {
            (Value::Link(x), Value::Link(y)) => {
                x == y || {
                    let (tx, ty) = (self.target(*x), self.target(*y));
                    tx == ty
                        || matches!((tx, ty), (Some(i), Some(j)) if self.ids[i].is_some() && self.ids[i] == self.ids[j])
                }
            }
            (Value::Object(x), Value::Object(y)) => {
                x.0.len() == y.0.len() && x.0.iter().all(|(k, v)| y.get(k).is_some_and(|w| self.same(v, w)))
            }
            (Value::Array(x), Value::Array(y)) => x.len() == y.len() && x.iter().zip(y).all(|(v, w)| self.same(v, w)),
            _ => a == b,
        }
    }

    /// Adds what `b` says to `a`, and lets `a` stand for both.
    pub(super) fn join(&mut self, a: usize, b: usize) {
        let lists = self.all[a].object.0.iter().filter(|(k, _)| UNITED.contains(k)).map(|(_, v)| v.items().len());
        let looks = lists.sum::<usize>() + self.all[a].ids.len();
        if !self.options.budget.search(looks) {
            return;
        }
        let mut added = std::mem::take(&mut self.all[b].object);
        if self.plan.rule(self.all[a].rule).to_name == "Encounter" {
            let mut visit = std::mem::take(&mut self.all[a].object);
            let kept = visits::merge(&mut visit, std::mem::take(&mut added), &|x, y| self.same(x, y));
            self.all[a].object = visit;
            if !kept {
                self.report(
                    Severity::Information,
                    "only-first-kept",
                    b,
                    "the document tells twice of one visit and gives two times of day; the first was kept",
                );
            }
        }
        for (key, value) in added.0 {
            let position = self.all[a].object.0.iter().position(|(k, _)| *k == key);
            if key == "name" && position.is_some_and(|p| fuller(&value, &self.all[a].object.0[p].1)) {
                self.all[a].object.0[position.unwrap_or_default()].1 = value;
                continue;
            }
            let Some(p) = position else {
                self.all[a].object.0.push((key, value));
                continue;
            };
            if only_absent(&self.all[a].object.0[p].1) && !only_absent(&value) {
                self.all[a].object.0[p].1 = value;
                continue;
            }
            if !UNITED.contains(&key) {
                continue;
            }
            let new: Vec<Value> = match value {
                Value::Array(items) => items,
                one => vec![one],
            };
            for v in new {
                let have = self.all[a].object.0[p].1.items();
                if !have.iter().any(|h| self.same(h, &v))
                    && let Value::Array(items) = &mut self.all[a].object.0[p].1
                {
                    items.push(v);
                }
            }
        }
        let ids = std::mem::take(&mut self.all[b].ids);
        for id in ids {
            if !self.all[a].ids.contains(&id) {
                self.all[a].ids.push(id);
            }
        }
        self.alias[b] = a;
    }
}

/// Clinical content that one may say and the other not, only when it cannot change the meaning of the whole: a refuted
/// and an affirmed problem under one id are two, whichever of them says so.
fn exclusive_agree(x: &Object, y: &Object) -> bool {
    [
        "verificationStatus",
        "doNotPerform",
        "status",
        "modifierExtension",
        "valueQuantity",
        "valueString",
        "valueCodeableConcept",
        "component",
    ]
    .iter()
    .all(|k| x.get(k).is_some() == y.get(k).is_some())
        && x.0.iter().filter(|(k, _)| k.starts_with("value")).all(|(k, _)| y.get(k).is_some())
        && y.0.iter().filter(|(k, _)| k.starts_with("value")).all(|(k, _)| x.get(k).is_some())
}

/// Whether a complex element holds nothing but the reason why it is not there.
fn only_absent(v: &Value) -> bool {
    let Value::Object(o) = v else { return false };
    matches!(o.0.as_slice(), [("extension", e)] if e.items().iter().all(|e| {
        e.as_object().and_then(|e| e.str("url")) == Some("http://hl7.org/fhir/StructureDefinition/data-absent-reason")
    }))
}
