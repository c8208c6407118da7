//! One document on two sides: what was lost, added and changed in it, by type, element and row.

use std::collections::BTreeMap;

use compact_str::CompactString;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;

use super::clinical::{self, Kinds};
use super::diff::{self, Change};
use super::pair::{self, urn};
use super::show;
use super::snapshot::{Document, Resource};
use crate::fhir::value::{Object, Value};
use crate::trace::Lineage;

/// Examples of one kind of difference that are kept.
pub const EXAMPLES: usize = 3;

/// What differences are counted together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Key {
    /// clinical kinds, the gravest first; empty for what is not clinical
    pub clinical: Kinds,
    /// resource type
    #[serde(rename = "type")]
    pub ty: String,
    /// element below the resource, without positions; empty for the resource as a whole
    pub path: String,
    /// what happened
    pub change: Change,
    /// rows that wrote it (one of them did, where there are several); rules, for a whole resource; none for what is written
    /// without a row
    pub rows: Vec<String>,
}

/// One difference to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Example {
    /// the document
    pub document: String,
    /// what the resource is about
    pub resource: String,
    /// `Type/id`, as it is now; as it was, of what is lost
    pub id: String,
    /// the value before
    pub before: Option<String>,
    /// the value after
    pub after: Option<String>,
}

/// Differences of one key within one document.
#[derive(Debug, Default)]
pub struct Found {
    /// how many
    pub count: u64,
    /// the first of them
    pub examples: Vec<Example>,
}

/// Resources of one type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Resources {
    /// before
    pub before: u64,
    /// after
    pub after: u64,
    /// only before
    pub lost: u64,
    /// only after
    pub added: u64,
    /// on both sides, with a difference
    pub changed: u64,
    /// on both sides under another id
    pub other_id: u64,
}

impl Resources {
    /// Adds those of another document.
    pub fn add(&mut self, other: &Resources) {
        self.before += other.before;
        self.after += other.after;
        self.lost += other.lost;
        self.added += other.added;
        self.changed += other.changed;
        self.other_id += other.other_id;
    }
}

/// What became of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// no difference
    Same,
    /// converted on both sides, with differences
    Differs,
    /// refused on both sides
    Refused,
    /// refused now, converted before
    NewlyRefused,
    /// converted now, refused before
    NewlyConverted,
    /// not among the documents before
    Appeared,
    /// not among the documents now
    Vanished,
}

/// A document compared.
#[derive(Debug)]
pub struct Compared {
    /// its name
    pub name: String,
    /// what became of it
    pub state: State,
    /// its bytes are others than before
    pub other_bytes: bool,
    /// code of the refusal, before and after
    pub refusal: (Option<String>, Option<String>),
    /// differences
    pub found: BTreeMap<Key, Found>,
    /// resources by type
    pub resources: BTreeMap<&'static str, Resources>,
    /// issues whose number differs: before and after
    pub issues: BTreeMap<String, (u32, u32)>,
}

impl Compared {
    /// A document that only one side has, or that both have in the same words.
    pub fn unlike(document: &Document, state: State) -> Compared {
        let mut out = Compared::new(document.name.clone(), state);
        let code = document.made.as_ref().err().cloned();
        match state {
            State::Same => {
                for r in document.made.iter().flat_map(|m| &m.resources) {
                    let sums = out.resources.entry(r.ty).or_default();
                    sums.before += 1;
                    sums.after += 1;
                }
                if code.is_some() {
                    out.state = State::Refused;
                }
                out.refusal = (code.clone(), code);
            }
            State::Vanished => out.refusal.0 = code,
            _ => out.refusal.1 = code,
        }
        out
    }

    fn new(name: String, state: State) -> Compared {
        Compared {
            name,
            state,
            other_bytes: false,
            refusal: (None, None),
            found: BTreeMap::new(),
            resources: BTreeMap::new(),
            issues: BTreeMap::new(),
        }
    }
}

/// Compares a document; `rows` are the rows of the tables of each side.
pub fn documents(old: Document, new: Document, rows: (&Lineage, &Lineage)) -> Compared {
    let mut out = Compared::new(new.name.clone(), State::Differs);
    out.other_bytes = old.digest != new.digest;
    let (before, after) = match (old.made, new.made) {
        (Ok(before), Ok(after)) => (before, after),
        (before, after) => {
            out.state = match (&before, &after) {
                (Ok(_), Err(_)) => State::NewlyRefused,
                (Err(_), Ok(_)) => State::NewlyConverted,
                _ => State::Refused,
            };
            out.refusal = (before.err(), after.err());
            return out;
        }
    };
    for (code, n) in &before.issues {
        out.issues.entry(code.clone()).or_default().0 = *n;
    }
    for (code, n) in &after.issues {
        out.issues.entry(code.clone()).or_default().1 = *n;
    }
    out.issues.retain(|_, (before, after)| before != after);
    let mut sides = Sides { old: before.resources, new: after.resources, rows, out };
    sides.compare();
    let mut out = sides.out;
    let ids = out.resources.values().any(|r| r.other_id > 0);
    if out.found.is_empty() && out.issues.is_empty() && !ids {
        out.state = State::Same;
    }
    out
}

struct Sides<'l> {
    old: Vec<Resource>,
    new: Vec<Resource>,
    rows: (&'l Lineage, &'l Lineage),
    out: Compared,
}

impl Sides<'_> {
    fn compare(&mut self) {
        let pairs = pair::pair(&self.old, &self.new);
        for r in &self.old {
            self.out.resources.entry(r.ty).or_default().before += 1;
        }
        for r in &self.new {
            self.out.resources.entry(r.ty).or_default().after += 1;
        }
        let mut moved: FxHashMap<CompactString, CompactString> = FxHashMap::default();
        for (o, n) in pairs.same.iter().chain(&pairs.retyped) {
            let (old, new) = (&self.old[*o], &self.new[*n]);
            if old.id != new.id {
                moved.insert(urn(&old.id), urn(&new.id));
            }
        }
        if !moved.is_empty() {
            self.old.iter_mut().for_each(|r| rename(&mut r.object, &moved));
        }
        let mut apart: FxHashSet<CompactString> = FxHashSet::default();
        apart.extend(pairs.lost.iter().map(|o| urn(&self.old[*o].id)));
        apart.extend(pairs.added.iter().map(|n| urn(&self.new[*n].id)));

        let mut found: Vec<(Key, Example)> = Vec::new();
        for &(o, n) in &pairs.same {
            let (old, new) = (&self.old[o], &self.new[n]);
            let sums = self.out.resources.entry(new.ty).or_default();
            sums.other_id += u64::from(old.id != new.id);
            let differences = diff::resources(new.ty, &old.object, &new.object, &apart);
            sums.changed += u64::from(!differences.is_empty());
            for d in differences {
                let key = Key {
                    clinical: d.kinds,
                    ty: new.ty.into(),
                    rows: self.rows_of(d.change, old, new, &d.path),
                    path: d.path,
                    change: d.change,
                };
                let example = self.example(new, d.old.as_ref(), d.new.as_ref());
                found.push((key, example));
            }
        }
        for &(o, n) in &pairs.retyped {
            let (old, new) = (&self.old[o], &self.new[n]);
            self.out.resources.entry(old.ty).or_default().lost += 1;
            self.out.resources.entry(new.ty).or_default().added += 1;
            let key = Key {
                clinical: clinical::retyped(new.ty),
                ty: new.ty.into(),
                path: String::new(),
                change: Change::Changed,
                rows: united(&old.rules, &new.rules),
            };
            let mut example = self.example(new, None, None);
            example.before = Some(show::type_words(old.ty));
            example.after = Some(show::type_words(new.ty));
            found.push((key, example));
        }
        let alone = pairs.lost.iter().map(|o| (Change::Lost, &self.old[*o]));
        for (change, r) in alone.chain(pairs.added.iter().map(|n| (Change::Added, &self.new[*n]))) {
            let sums = self.out.resources.entry(r.ty).or_default();
            let key = Key {
                clinical: clinical::whole(r.ty, change),
                ty: r.ty.into(),
                path: String::new(),
                change,
                rows: r.rules.clone(),
            };
            let mut content = r.object.clone();
            content.0.retain(|(k, _)| !matches!(*k, "text" | "meta" | "identifier"));
            let value = Value::Object(content);
            let example = match change {
                Change::Lost => {
                    sums.lost += 1;
                    self.example(r, Some(&value), None)
                }
                _ => {
                    sums.added += 1;
                    self.example(r, None, Some(&value))
                }
            };
            found.push((key, example));
        }
        for (key, example) in found {
            let all = self.out.found.entry(key).or_default();
            all.count += 1;
            if all.examples.len() < EXAMPLES {
                all.examples.push(example);
            }
        }
    }

    /// The rows that wrote what is lost, before; what was added, after; what has changed, on either side.
    fn rows_of(&self, change: Change, old: &Resource, new: &Resource, path: &str) -> Vec<String> {
        let of = |lineage: &Lineage, r: &Resource| -> Vec<String> {
            lineage.rows(&r.rules, path).into_iter().map(str::to_owned).collect()
        };
        match change {
            Change::Lost => of(self.rows.0, old),
            Change::Added => of(self.rows.1, new),
            Change::Changed => united(&of(self.rows.0, old), &of(self.rows.1, new)),
        }
    }

    fn example(&self, of: &Resource, before: Option<&Value>, after: Option<&Value>) -> Example {
        let find = |address: &str| {
            let id = address.strip_prefix("urn:uuid:")?;
            self.new.iter().chain(&self.old).find(|r| r.id == id)
        };
        // the concept of what is referred to, without its type: the element says that
        let label = |address: &str| {
            let r = find(address)?;
            let label = show::label(r.ty, &r.object, &|_| None);
            Some(label.split_once(": ").map_or(label.clone(), |(_, concept)| concept.to_owned()))
        };
        Example {
            document: self.out.name.clone(),
            resource: show::label(of.ty, &of.object, &label),
            id: format!("{}/{}", of.ty, of.id),
            before: before.map(|v| show::value(v, &label)),
            after: after.map(|v| show::value(v, &label)),
        }
    }
}

fn united(a: &[String], b: &[String]) -> Vec<String> {
    let mut out = [a, b].concat();
    out.sort();
    out.dedup();
    out
}

/// Writes references to what has another id now as references to that.
fn rename(object: &mut Object, moved: &FxHashMap<CompactString, CompactString>) {
    fn one(value: &mut Value, moved: &FxHashMap<CompactString, CompactString>) {
        match value {
            Value::String(s) => {
                if let Some(new) = moved.get(s) {
                    *s = new.clone();
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|v| one(v, moved)),
            Value::Object(o) => rename(o, moved),
            _ => {}
        }
    }
    object.0.iter_mut().for_each(|(_, v)| one(v, moved));
}
