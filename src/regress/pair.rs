//! Which resource of the one side is which of the other.
//!
//! By id, as everybody who is given the bundles would know them. Where ids have changed (another recipe of ids, another
//! tenant, an identifier that a row no longer carries) the rest is paired within its type: the same content, then a business
//! identifier that only these two bear, then what is alike and about the same concept; people, places and products also by
//! standing in the same place of what refers to them. So a change of ids does not read as
//! everything lost and everything made anew. At last, what was lost as one type and came as another (a request that became
//! an administration) is known by its identifier or its concept.

use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

use compact_str::{CompactString, format_compact};
use rustc_hash::{FxHashMap, FxHasher};

use super::snapshot::Resource;
use crate::fhir::value::{Object, Value};

/// From this share of common content on, two resources about the same concept are taken for one.
const ALIKE: f64 = 0.5;
/// Of more resources than this about one concept only near ones are compared.
const MANY: usize = 500;
/// How near.
const NEAR: usize = 64;

/// How the resources of two sides belong together; numbers are places in the lists that were given.
#[derive(Debug, Default, PartialEq)]
pub struct Pairs {
    /// the same resource on both sides
    pub same: Vec<(usize, usize)>,
    /// only before
    pub lost: Vec<usize>,
    /// only after
    pub added: Vec<usize>,
    /// the same statement as another type
    pub retyped: Vec<(usize, usize)>,
}

/// Pairs the resources of one document.
pub fn pair(old: &[Resource], new: &[Resource]) -> Pairs {
    let mut p = Pairing {
        sides: [old, new],
        with: [vec![None; old.len()], vec![None; new.len()]],
        by_urn: [by_urn(old), by_urn(new)],
    };
    p.by_id();
    if p.rest(0).is_empty() || p.rest(1).is_empty() {
        return p.done();
    }
    // people before what refers to them: each round knows more references than the one before
    for _ in 0..4 {
        if p.exact(false) + p.by_identifier() == 0 {
            break;
        }
    }
    for _ in 0..3 {
        if p.exact(true) + p.alike() + p.by_place() == 0 {
            break;
        }
    }
    p.done()
}

/// The address of a resource in its bundle.
pub fn urn(id: &str) -> CompactString {
    format_compact!("urn:uuid:{id}")
}

fn by_urn(side: &[Resource]) -> FxHashMap<CompactString, usize> {
    side.iter().enumerate().map(|(i, r)| (urn(&r.id), i)).collect()
}

struct Pairing<'r> {
    sides: [&'r [Resource]; 2],
    /// the partner of each, by side
    with: [Vec<Option<usize>>; 2],
    by_urn: [FxHashMap<CompactString, usize>; 2],
}

/// The content of a resource as digests of its simple values with their paths.
struct Content {
    leaves: Vec<u64>,
    /// whether all its references lead to what is paired
    complete: bool,
}

impl Pairing<'_> {
    fn join(&mut self, old: usize, new: usize) {
        self.with[0][old] = Some(new);
        self.with[1][new] = Some(old);
    }

    fn rest(&self, side: usize) -> Vec<usize> {
        (0..self.with[side].len()).filter(|i| self.with[side][*i].is_none()).collect()
    }

    fn by_id(&mut self) {
        for old in 0..self.sides[0].len() {
            let r = &self.sides[0][old];
            let same = self.by_urn[1].get(&urn(&r.id)).copied();
            if let Some(new) = same.filter(|n| self.sides[1][*n].ty == r.ty) {
                self.join(old, new);
            }
        }
    }

    /// What is left, by a key; resources without key are left out.
    fn grouped<K: Hash + Eq>(&self, side: usize, key: impl Fn(&Self, usize) -> Option<K>) -> FxHashMap<K, Vec<usize>> {
        let mut groups: FxHashMap<K, Vec<usize>> = FxHashMap::default();
        for i in self.rest(side) {
            if let Some(k) = key(self, i) {
                groups.entry(k).or_default().push(i);
            }
        }
        groups
    }

    /// The same content; how many were paired.
    fn exact(&mut self, incomplete: bool) -> usize {
        let key = |side: usize| {
            move |p: &Self, i: usize| {
                let content = p.content(side, i);
                (!content.leaves.is_empty() && (content.complete || incomplete))
                    .then(|| (p.sides[side][i].ty, content.leaves))
            }
        };
        let (mut old, new) = (self.grouped(0, key(0)), self.grouped(1, key(1)));
        let mut found = 0;
        for (k, new) in new {
            for (o, n) in old.remove(&k).unwrap_or_default().into_iter().zip(new) {
                self.join(o, n);
                found += 1;
            }
        }
        found
    }

    /// An identifier that one resource of a type bears on each side.
    fn by_identifier(&mut self) -> usize {
        let (old, new) = (self.identified(0), self.identified(1));
        let mut found = 0;
        let mut keys: Vec<_> = old.keys().collect();
        keys.sort();
        for key in keys {
            if let ([o], Some([n])) = (old[key].as_slice(), new.get(key).map(Vec::as_slice))
                && self.with[0][*o].is_none()
                && self.with[1][*n].is_none()
            {
                self.join(*o, *n);
                found += 1;
            }
        }
        found
    }

    fn identified(&self, side: usize) -> FxHashMap<(&'static str, String), Vec<usize>> {
        let mut out: FxHashMap<_, Vec<usize>> = FxHashMap::default();
        for i in self.rest(side) {
            let r = &self.sides[side][i];
            for key in identifiers(&r.object) {
                out.entry((r.ty, key)).or_default().push(i);
            }
        }
        out
    }

    /// What is about the same concept and mostly says the same, the most alike first.
    fn alike(&mut self) -> usize {
        let key = |side: usize| {
            move |p: &Self, i: usize| {
                let r = &p.sides[side][i];
                Some((r.ty, concept(&r.object).unwrap_or_default()))
            }
        };
        let (old, new) = (self.grouped(0, key(0)), self.grouped(1, key(1)));
        let mut scored: Vec<(f64, usize, usize)> = Vec::new();
        for (k, old) in &old {
            let Some(new) = new.get(k) else { continue };
            let contents =
                |side: usize, list: &[usize]| -> Vec<Content> { list.iter().map(|i| self.content(side, *i)).collect() };
            let (before, after) = (contents(0, old), contents(1, new));
            let many = old.len().max(new.len()) > MANY;
            for (i, a) in before.iter().enumerate() {
                for (j, b) in after.iter().enumerate() {
                    if many && i.abs_diff(j) > NEAR {
                        continue;
                    }
                    let score = likeness(&a.leaves, &b.leaves);
                    if score >= ALIKE {
                        scored.push((score, old[i], new[j]));
                    }
                }
            }
        }
        scored.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        let mut found = 0;
        for (_, o, n) in scored {
            if self.with[0][o].is_none() && self.with[1][n].is_none() {
                self.join(o, n);
                found += 1;
            }
        }
        found
    }

    /// People, organisations, places and products that the same element of the same resource refers to.
    fn by_place(&mut self) -> usize {
        let mut found = 0;
        let parents: Vec<(usize, usize)> =
            self.with[0].iter().enumerate().filter_map(|(o, n)| Some((o, (*n)?))).collect();
        for (o, n) in parents {
            let (before, after) = (self.leads_to(0, o), self.leads_to(1, n));
            for (path, old) in &before {
                if let ([a], Some([b])) = (old.as_slice(), after.get(path).map(Vec::as_slice))
                    && self.sides[0][*a].ty == self.sides[1][*b].ty
                    && self.with[0][*a].is_none()
                    && self.with[1][*b].is_none()
                {
                    self.join(*a, *b);
                    found += 1;
                }
            }
        }
        found
    }

    /// What is unpaired of that which a resource refers to, by the path of the reference; no statements, which are many in
    /// one place.
    fn leads_to(&self, side: usize, i: usize) -> BTreeMap<String, Vec<usize>> {
        fn walk(value: &Value, path: &str, found: &mut impl FnMut(&str, &str)) {
            match value {
                Value::Array(items) => items.iter().for_each(|v| walk(v, path, found)),
                Value::Object(o) => o.0.iter().for_each(|(k, v)| walk(v, &format!("{path}.{k}"), found)),
                Value::String(s) if s.starts_with("urn:uuid:") => found(path, s),
                _ => {}
            }
        }
        let mut out: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (key, value) in &self.sides[side][i].object.0 {
            walk(value, key, &mut |path, urn| {
                let target = self.by_urn[side].get(urn).copied();
                if let Some(t) = target.filter(|t| self.with[side][*t].is_none())
                    && !is_statement(&self.sides[side][t].object)
                {
                    let list = out.entry(path.to_owned()).or_default();
                    if !list.contains(&t) {
                        list.push(t);
                    }
                }
            });
        }
        out
    }

    fn content(&self, side: usize, i: usize) -> Content {
        let mut content = Content { leaves: Vec::new(), complete: true };
        let mut hasher = FxHasher::default();
        self.sides[side][i].ty.hash(&mut hasher);
        for (key, value) in &self.sides[side][i].object.0 {
            // ids are what has changed; narrative and meta are said of everything alike
            if !matches!(*key, "id" | "resourceType" | "meta" | "text") {
                let mut inner = hasher.clone();
                key.hash(&mut inner);
                self.leaves(side, value, &inner, &mut content);
            }
        }
        content.leaves.sort_unstable();
        content
    }

    fn leaves(&self, side: usize, value: &Value, path: &FxHasher, out: &mut Content) {
        match value {
            Value::Array(items) => items.iter().for_each(|v| self.leaves(side, v, path, out)),
            Value::Object(o) => {
                for (key, value) in &o.0 {
                    let mut inner = path.clone();
                    key.hash(&mut inner);
                    self.leaves(side, value, &inner, out);
                }
            }
            Value::String(s) if s.starts_with("urn:uuid:") => {
                let mut inner = path.clone();
                // both sides name what is paired by its number before
                let number = |i: &usize| if side == 0 { self.with[0][*i].map(|_| *i) } else { self.with[1][*i] };
                match self.by_urn[side].get(s).map(number) {
                    None => s.hash(&mut inner),
                    Some(Some(n)) => n.hash(&mut inner),
                    Some(None) => {
                        out.complete = false;
                        return;
                    }
                }
                out.leaves.push(inner.finish());
            }
            simple => out.leaves.push(simple_hash(simple, path)),
        }
    }

    fn done(self) -> Pairs {
        let (old, new) = (self.sides[0], self.sides[1]);
        let same = self.with[0].iter().enumerate().filter_map(|(o, n)| Some((o, (*n)?))).collect();
        let mut pairs = Pairs { same, lost: self.rest(0), added: self.rest(1), retyped: vec![] };
        for key in [identifiers as fn(&Object) -> Vec<String>, |o| concept(o).into_iter().collect()] {
            retyped(&mut pairs, old, new, key);
        }
        pairs
    }
}

/// Statements that were lost as one type and came as another: a key that only one of each side bears.
fn retyped(pairs: &mut Pairs, old: &[Resource], new: &[Resource], keys: fn(&Object) -> Vec<String>) {
    let bearers = |side: &[Resource], rest: &[usize]| {
        let mut out: FxHashMap<String, Vec<usize>> = FxHashMap::default();
        for i in rest.iter().filter(|i| is_statement(&side[**i].object)) {
            keys(&side[*i].object).into_iter().for_each(|k| out.entry(k).or_default().push(*i));
        }
        out
    };
    let (before, after) = (bearers(old, &pairs.lost), bearers(new, &pairs.added));
    let mut found: Vec<(usize, usize)> = before
        .iter()
        .filter_map(|(key, o)| match (o.as_slice(), after.get(key)?.as_slice()) {
            ([o], [n]) if old[*o].ty != new[*n].ty => Some((*o, *n)),
            _ => None,
        })
        .collect();
    found.sort_unstable();
    for (o, n) in found {
        if pairs.lost.contains(&o) && pairs.added.contains(&n) {
            pairs.lost.retain(|i| *i != o);
            pairs.added.retain(|i| *i != n);
            pairs.retyped.push((o, n));
        }
    }
}

/// Whether a resource says something about the patient.
fn is_statement(object: &Object) -> bool {
    object.get("subject").is_some() || object.get("patient").is_some()
}

/// `system|value` of the identifiers of a resource.
fn identifiers(object: &Object) -> Vec<String> {
    let items = object.get("identifier").map_or(&[][..], Value::items);
    let key = |o: &Object| Some(format!("{}|{}", o.str("system")?, o.str("value")?));
    items.iter().filter_map(Value::as_object).filter_map(key).collect()
}

/// What a resource is about, as a key: the first code, else the words.
fn concept(object: &Object) -> Option<String> {
    const KEYS: [&str; 6] = ["code", "medicationCodeableConcept", "vaccineCode", "class", "name", "title"];
    let value = KEYS.iter().find_map(|k| object.get(k))?;
    let first = value.items().first()?;
    let Value::Object(o) = first else { return first.as_str().map(str::to_lowercase) };
    let coding = o.get("coding").and_then(|c| c.items().first()).and_then(Value::as_object).unwrap_or(o);
    if let Some(code) = coding.str("code") {
        return Some(format!("{}|{code}", coding.str("system").unwrap_or("")));
    }
    let given = o.get("given").into_iter().flat_map(|g| g.items()).filter_map(Value::as_str);
    let words: Vec<&str> = o.str("text").into_iter().chain(o.str("family")).chain(given).collect();
    (!words.is_empty()).then(|| words.join(" ").to_lowercase())
}

/// The share of values that two have in common, from 0 to 1; of two lists in order. Two without content are alike.
fn likeness(a: &[u64], b: &[u64]) -> f64 {
    if a.is_empty() && b.is_empty() {
        return 1.0;
    }
    let (mut i, mut j, mut common) = (0, 0, 0u32);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                common += 1;
                i += 1;
                j += 1;
            }
        }
    }
    f64::from(common) * 2.0 / (a.len() + b.len()) as f64
}

fn simple_hash(value: &Value, path: &FxHasher) -> u64 {
    let mut hasher = path.clone();
    match value {
        Value::Bool(b) => b.hash(&mut hasher),
        Value::Number(n) => n.hash(&mut hasher),
        Value::String(s) => s.hash(&mut hasher),
        _ => {}
    }
    hasher.finish()
}

/// How alike two elements are, from 0 to 1, wherever in them their simple values stand in lists.
pub fn elements_alike(a: &Value, b: &Value) -> f64 {
    fn leaves(value: &Value, path: &FxHasher, out: &mut Vec<u64>) {
        match value {
            Value::Array(items) => items.iter().for_each(|v| leaves(v, path, out)),
            Value::Object(o) => {
                for (key, value) in &o.0 {
                    let mut inner = path.clone();
                    key.hash(&mut inner);
                    leaves(value, &inner, out);
                }
            }
            simple => out.push(simple_hash(simple, path)),
        }
    }
    let sorted = |v: &Value| {
        let mut out = Vec::new();
        leaves(v, &FxHasher::default(), &mut out);
        out.sort_unstable();
        out
    };
    likeness(&sorted(a), &sorted(b))
}

#[cfg(test)]
mod tests;
