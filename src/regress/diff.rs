//! What differs between two resources that are the same one: elements by their path, lists as sets in which an item may
//! stand several times, except where R4 gives the order a meaning.
//!
//! A datatype of which only parts are gone, or only parts came, is told by these parts (`code.coding`); one that says
//! something else is told as a whole, before and after.

mod equal;
#[cfg(test)]
mod tests;

use compact_str::CompactString;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;

use super::clinical::{self, Kinds, Seen};
use super::pair::elements_alike;
use crate::fhir::definitions::{Definitions, Kind, TypeId};
use crate::fhir::value::{Key, Object, Value};
use crate::trace::{extension_step, steps};
use equal::{Place, equal_items};

/// What happened to an element or a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// it was there, and is not
    Lost,
    /// it says something else
    Changed,
    /// it was not there, and is
    Added,
}

/// One difference.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// below the resource, without positions: `reaction.manifestation`
    pub path: String,
    /// what happened
    pub change: Change,
    /// before; `None` when added
    pub old: Option<Value>,
    /// after; `None` when lost
    pub new: Option<Value>,
    /// clinical kinds
    pub kinds: Kinds,
}

/// Elements that list all resources of a document: one that is lost or added is told by itself, not once more here.
const LISTS_OF_ALL: &[(&str, &str)] = &[("Provenance", "target"), ("Composition", "section.entry")];

/// From this share of common content on, two items of a list of backbone elements are one that has changed.
const ALIKE: f64 = 0.4;

/// Compares two resources of a type. `apart` holds the addresses of resources that only one side has.
pub fn resources(ty: &str, old: &Object, new: &Object, apart: &FxHashSet<CompactString>) -> Vec<Difference> {
    if old == new {
        return vec![];
    }
    let d = Definitions::get();
    let mut differ = Differ { d, ty, apart, path: Vec::new(), out: Vec::new() };
    differ.object(d.type_named(ty), old, new);
    differ.out
}

struct Differ<'a> {
    d: &'static Definitions,
    ty: &'a str,
    apart: &'a FxHashSet<CompactString>,
    path: Vec<String>,
    out: Vec<Difference>,
}

impl Differ<'_> {
    fn object(&mut self, ty: Option<TypeId>, old: &Object, new: &Object) {
        let mut taken: Vec<Key> = Vec::new();
        for (key, before) in &old.0 {
            if *key == "resourceType" || *key == "id" && self.path.is_empty() {
                continue;
            }
            let place = Place::of(self.d, ty, key);
            if let Some(after) = new.get(key) {
                if before != after {
                    self.at(place.name(), |s| s.element(place, before, after));
                }
            } else if let Some((other, after)) = self.other_type(place, old, new) {
                taken.push(other);
                let name = place.def.map_or(place.name(), |e| e.base);
                self.at(name, |s| s.leaf(Change::Changed, Some(before), Some(after)));
            } else {
                self.at(place.name(), |s| s.one_sided(place, Change::Lost, before));
            }
        }
        for (key, after) in &new.0 {
            if old.get(key).is_none() && !taken.contains(key) && !matches!(*key, "resourceType" | "id") {
                let place = Place::of(self.d, ty, key);
                self.at(place.name(), |s| s.one_sided(place, Change::Added, after));
            }
        }
    }

    /// The same element with a value of another type (`valueQuantity`, then `valueString`).
    fn other_type<'n>(&self, place: Place, old: &Object, new: &'n Object) -> Option<(Key, &'n Value)> {
        let choice = place.def?.choice.filter(|_| !place.beside)?;
        new.0.iter().filter(|(k, _)| old.get(k).is_none()).find_map(|(k, v)| {
            let def = self.d.element(place.owner?, k)?;
            (def.choice == Some(choice)).then_some((*k, v))
        })
    }

    fn at(&mut self, step: &str, inner: impl FnOnce(&mut Self)) {
        // sections within sections are sections
        if self.path.last().is_some_and(|last| last == step) {
            return inner(self);
        }
        self.path.push(step.to_owned());
        inner(self);
        self.path.pop();
    }

    fn element(&mut self, place: Place, old: &Value, new: &Value) {
        match (old, new) {
            (Value::Array(_), _) | (_, Value::Array(_)) => self.list(place, old, new),
            (Value::Object(a), Value::Object(b)) => self.complex(place, a, b),
            _ => self.leaf(Change::Changed, Some(old), Some(new)),
        }
    }

    fn complex(&mut self, place: Place, old: &Object, new: &Object) {
        let ty = place.ty(self.d, old);
        let from = self.out.len();
        self.object(ty, old, new);
        let inside = &self.out[from..];
        let one_way = |c: Change| inside.iter().all(|x| x.change == c);
        if !self.is_value(ty) || one_way(Change::Lost) || one_way(Change::Added) {
            return;
        }
        let mut kinds = Kinds::default();
        inside.iter().for_each(|x| kinds.add(x.kinds));
        self.out.truncate(from);
        self.out.push(Difference {
            path: self.path.join("."),
            change: Change::Changed,
            old: Some(Value::Object(old.clone())),
            new: Some(Value::Object(new.clone())),
            kinds,
        });
    }

    /// Whether an element of a type is one value to a reader, not a group of elements.
    fn is_value(&self, ty: Option<TypeId>) -> bool {
        ty.is_some_and(|t| {
            self.d.kind(t) == Kind::Complex && !matches!(self.d.name(t), "Dosage" | "Extension" | "Meta" | "Element")
        })
    }

    fn list(&mut self, place: Place, old: &Value, new: &Value) {
        let (a, b) = (old.items(), new.items());
        let (mut with, mut left_new) = equal_items(self.d, place, a, b);
        let mut left: Vec<usize> = (0..a.len()).filter(|i| with[*i].is_none()).collect();
        let lists_all = LISTS_OF_ALL.contains(&(self.ty, self.path.join(".").as_str()));
        if lists_all {
            let apart =
                |v: &Value| v.as_object().and_then(|o| o.str("reference")).is_some_and(|r| self.apart.contains(r));
            left.retain(|i| !apart(&a[*i]));
            left_new.retain(|j| !apart(&b[*j]));
        } else {
            for (i, j) in self.changed_items(place, (a, &left), (b, &left_new)) {
                with[i] = Some(j);
                self.item(place, &a[i], |s| s.element(place, &a[i], &b[j]));
            }
            left.retain(|i| with[*i].is_none());
            left_new.retain(|j| !with.contains(&Some(*j)));
        }
        for i in &left {
            self.item(place, &a[*i], |s| s.leaf(Change::Lost, Some(&a[*i]), None));
        }
        for j in &left_new {
            self.item(place, &b[*j], |s| s.leaf(Change::Added, None, Some(&b[*j])));
        }
        let order: Vec<usize> = with.iter().flatten().copied().collect();
        if place.ordered(self.d) && !order.is_sorted() {
            self.leaf(Change::Changed, Some(old), Some(new));
        }
    }

    /// Whether the element lists all resources of a document.
    fn lists_all(&self) -> bool {
        LISTS_OF_ALL.contains(&(self.ty, self.path.join(".").as_str()))
    }

    /// Whether an item of such a list leads to what is told as lost or added itself.
    fn is_told(&self, item: &Value) -> bool {
        item.as_object().and_then(|o| o.str("reference")).is_some_and(|r| self.apart.contains(r))
    }

    /// The path of an item: that of the list, of an extension with its name.
    fn item(&mut self, place: Place, value: &Value, inner: impl FnOnce(&mut Self)) {
        let url = value.as_object().and_then(|o| o.str("url")).filter(|_| is_extension(place));
        let Some(url) = url else { return inner(self) };
        let step = match place.name() {
            "modifierExtension" => format!("modifierExtension.{}", extension_step(url)),
            _ => extension_step(url),
        };
        let list = self.path.pop();
        self.path.push(step);
        inner(self);
        self.path.pop();
        self.path.extend(list);
    }

    /// Of items that are not equal: which of before is which of after, the most alike first.
    fn changed_items(
        &self,
        place: Place,
        (a, left): (&[Value], &[usize]),
        (b, left_new): (&[Value], &[usize]),
    ) -> Vec<(usize, usize)> {
        let backbone = place.def.is_some_and(|e| e.kind == Kind::Backbone) || !self.is_value(place.def.map(|e| e.ty));
        let primitive = place.def.is_some_and(|e| matches!(e.kind, Kind::Primitive(_)));
        // of an element that is there once on both sides it is that one which has changed
        let lone = a.len() == 1 && b.len() == 1;
        let mut scored: Vec<(f64, usize, usize)> = Vec::new();
        for &i in left {
            for &j in left_new {
                let url = |v: &Value| v.as_object().and_then(|o| o.str("url")).map(str::to_owned);
                let score = match (is_extension(place), primitive) {
                    (true, _) if url(&a[i]) != url(&b[j]) => continue,
                    (true, _) => 1.0,
                    (_, true) => 0.0,
                    _ => elements_alike(&a[i], &b[j]) + f64::from(u8::from(same_key(&a[i], &b[j]))),
                };
                if primitive || !backbone || lone || score >= ALIKE {
                    scored.push((score, i, j));
                }
            }
        }
        scored.sort_by(|x, y| y.0.total_cmp(&x.0).then((x.1, x.2).cmp(&(y.1, y.2))));
        let (mut used, mut used_new) = (FxHashSet::default(), FxHashSet::default());
        scored.retain(|(_, i, j)| {
            let free = !used.contains(i) && !used_new.contains(j);
            if free {
                used.insert(*i);
                used_new.insert(*j);
            }
            free
        });
        let mut pairs: Vec<(usize, usize)> = scored.into_iter().map(|(_, i, j)| (i, j)).collect();
        pairs.sort_unstable();
        pairs
    }

    /// An element that one side has.
    fn one_sided(&mut self, place: Place, change: Change, value: &Value) {
        if let (true, Value::Object(o)) = (place.beside, value) {
            // what accompanies a primitive, which may be there all the same
            let (ty, none) = (place.ty(self.d, o), Object::new());
            let (old, new) = if change == Change::Added { (&none, o) } else { (o, &none) };
            return self.object(ty, old, new);
        }
        let Value::Array(items) = value else { return self.one(change, value) };
        let all = self.lists_all();
        for v in items.iter().filter(|v| **v != Value::Null) {
            if all && self.is_told(v) {
                continue;
            }
            self.item(place, v, |s| s.one(change, v));
        }
    }

    fn one(&mut self, change: Change, value: &Value) {
        match change {
            Change::Added => self.leaf(change, None, Some(value)),
            _ => self.leaf(change, Some(value), None),
        }
    }

    /// Tells a difference here; its kinds are those of all simple values in it.
    fn leaf(&mut self, change: Change, old: Option<&Value>, new: Option<&Value>) {
        let mut kinds = Kinds::default();
        let mut values: FxHashMap<Vec<String>, Vec<&str>> = FxHashMap::default();
        for side in [old, new].into_iter().flatten() {
            simple_values(side, &mut self.path.clone(), &mut values);
        }
        for (path, texts) in &values {
            let steps: Vec<&str> = path.iter().flat_map(|s| steps(s)).collect();
            kinds.add(clinical::kinds(&Seen { ty: self.ty, path: &steps, change, texts }));
        }
        let composite = |v: &Value| matches!(v, Value::Object(_) | Value::Array(_));
        if [old, new].into_iter().flatten().any(composite) {
            kinds = kinds.of_whole();
        }
        self.out.push(Difference { path: self.path.join("."), change, old: old.cloned(), new: new.cloned(), kinds });
    }
}

fn is_extension(place: Place) -> bool {
    matches!(place.name(), "extension" | "modifierExtension")
}

/// Whether two items of a list are told apart from the others by the same key.
fn same_key(a: &Value, b: &Value) -> bool {
    let (Some(a), Some(b)) = (a.as_object(), b.as_object()) else { return false };
    ["linkId", "system", "use", "type", "code", "title"].iter().any(|k| a.get(k).is_some() && a.get(k) == b.get(k))
}

/// The simple values in a value, with their paths.
fn simple_values<'v>(value: &'v Value, path: &mut Vec<String>, out: &mut FxHashMap<Vec<String>, Vec<&'v str>>) {
    match value {
        Value::Array(items) => items.iter().for_each(|v| simple_values(v, path, out)),
        Value::Object(o) => {
            for (key, value) in &o.0 {
                let name = key.strip_prefix('_').unwrap_or(key);
                for item in value.items() {
                    let url = item.as_object().and_then(|o| o.str("url")).filter(|_| name == "extension");
                    path.push(url.map_or_else(|| name.to_owned(), extension_step));
                    simple_values(item, path, out);
                    path.pop();
                }
            }
        }
        simple => out.entry(path.clone()).or_default().extend(simple.as_str()),
    }
}
