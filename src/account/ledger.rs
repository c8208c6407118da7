//! What came of a document, ready to be asked about: which rows read an element, which resource they wrote into, and what
//! stands there now.

use std::cell::OnceCell;

use rustc_hash::{FxHashMap, FxHashSet};

use super::arrival::{Texts, collect, collect_object, skeleton};
use crate::convert::{Conversion, How, Reading};
use crate::fhir::bundle::Entry;
use crate::fhir::value::{Object, Value};
use crate::fhir::xhtml;
use crate::mapping::plan::{Element, Make, Plan, Row};
use crate::trace::{choice_name, extension_step};

/// The readings of a conversion beside its bundle.
pub struct Ledger<'a> {
    plan: &'a Plan,
    conversion: &'a Conversion,
    readings: &'a [Reading],
    /// where a row writes, by its number
    elements: Vec<Option<&'a Element>>,
    /// byte of the document → readings of the element there
    at: FxHashMap<usize, Vec<u32>>,
    /// entry of the bundle into which each reading went
    into: Vec<Option<u32>>,
    /// byte of the document → entries made of the element there
    made_at: FxHashMap<usize, Vec<u32>>,
    /// what stands where a reading wrote
    texts: Vec<OnceCell<Texts<'a>>>,
    /// what stands in the sections of the Composition
    sections: OnceCell<Texts<'a>>,
    /// the narratives there
    shown: OnceCell<Vec<Narrative>>,
    /// the narratives where each other reading wrote
    narratives: Vec<OnceCell<Vec<Narrative>>>,
    /// the values of all identifiers
    identifiers: OnceCell<FxHashSet<&'a str>>,
    /// what stands in an entry
    whole: Vec<OnceCell<Texts<'a>>>,
}

/// A narrative of the bundle, as it is compared.
pub struct Narrative {
    /// its words, without tags
    pub plain: String,
    /// the same as [`skeleton`]
    pub skeleton: String,
}

impl Narrative {
    fn of(xhtml: &str) -> Narrative {
        let plain = xhtml::words(xhtml);
        Narrative { skeleton: skeleton(&plain), plain }
    }
}

impl<'a> Ledger<'a> {
    /// The ledger of a conversion that wrote down what it read; empty for one that did not.
    pub fn new(plan: &'a Plan, conversion: &'a Conversion) -> Ledger<'a> {
        let mut elements = vec![None; plan.rows.len()];
        for rule in &plan.rules {
            fill(&rule.rows, &mut elements);
        }
        let entries: FxHashMap<_, u32> =
            conversion.bundle.entries.iter().enumerate().map(|(i, e)| (e.id, i as u32)).collect();
        let composition = conversion.bundle.entries.iter().position(|e| e.resource_type == "Composition");
        let (mut made, mut made_at) = (FxHashMap::default(), FxHashMap::<usize, Vec<u32>>::default());
        let (readings, of) = match &conversion.readings {
            Some(r) => (r.readings.as_slice(), r.made.as_slice()),
            None => (&[][..], &[][..]),
        };
        for m in of {
            if let Some(entry) = entries.get(&m.id) {
                made.insert(m.maker, *entry);
                made_at.entry(m.offset).or_default().push(*entry);
            }
        }
        let mut at: FxHashMap<usize, Vec<u32>> = FxHashMap::default();
        let mut into = Vec::with_capacity(readings.len());
        for (i, r) in readings.iter().enumerate() {
            at.entry(r.offset).or_default().push(i as u32);
            into.push(match made.get(&r.maker) {
                Some(entry) => Some(*entry),
                // sections stand in the Composition
                None if plan.section_rule == Some(r.maker.0) => composition.map(|c| c as u32),
                None => None,
            });
        }
        Ledger {
            plan,
            conversion,
            readings,
            elements,
            at,
            into,
            made_at,
            texts: readings.iter().map(|_| OnceCell::new()).collect(),
            sections: OnceCell::new(),
            shown: OnceCell::new(),
            narratives: readings.iter().map(|_| OnceCell::new()).collect(),
            identifiers: OnceCell::new(),
            whole: conversion.bundle.entries.iter().map(|_| OnceCell::new()).collect(),
        }
    }

    /// The readings of the element at a byte of the document.
    pub fn at(&self, offset: usize) -> &[u32] {
        self.at.get(&offset).map_or(&[], Vec::as_slice)
    }

    /// A reading.
    pub fn reading(&self, reading: u32) -> &'a Reading {
        &self.readings[reading as usize]
    }

    /// The entries that were made of the element at a byte of the document.
    pub fn made_at(&self, offset: usize) -> &[u32] {
        self.made_at.get(&offset).map_or(&[], Vec::as_slice)
    }

    /// The entry into which a reading went; `None` where nothing was written of it.
    pub fn entry(&self, reading: u32) -> Option<u32> {
        self.into[reading as usize]
    }

    /// What stands where a reading wrote; nothing where it wrote nothing, or what it wrote was taken away again.
    pub fn texts(&self, reading: u32) -> &Texts<'a> {
        if self.of_section(reading) {
            return self.sections();
        }
        self.texts[reading as usize].get_or_init(|| {
            let mut out = Texts::new();
            let r = self.reading(reading);
            let Some(entry) = self.entry(reading) else { return out };
            let resource = &self.conversion.bundle.entries[entry as usize].resource;
            let mut found = vec![resource];
            let mut leaves: Vec<(&'static str, &'a Value)> = Vec::new();
            for row in &r.way {
                let Some(element) = self.elements[usize::from(row.0)] else { return out };
                leaves = found.iter().flat_map(|o| step(element, o)).collect();
                found = leaves.iter().flat_map(|(_, v)| v.items()).filter_map(Value::as_object).collect();
            }
            leaves.iter().for_each(|(k, v)| collect(k, v, &mut out));
            out
        })
    }

    /// Whether a reading went into a section of the Composition.
    fn of_section(&self, reading: u32) -> bool {
        Some(self.reading(reading).maker.0) == self.plan.section_rule && self.entry(reading).is_some()
    }

    /// What stands in the sections of the Composition: which of them a row wrote into is not known, so all are one place.
    fn sections(&self) -> &Texts<'a> {
        self.sections.get_or_init(|| {
            let mut out = Texts::new();
            let composition = self.entries().iter().find(|e| e.resource_type == "Composition");
            if let Some(sections) = composition.and_then(|c| c.resource.get("section")) {
                collect("section", sections, &mut out);
            }
            out
        })
    }

    /// The narratives that stand where a reading wrote.
    pub fn narratives(&self, reading: u32) -> &[Narrative] {
        let texts = self.texts(reading);
        let cell = if self.of_section(reading) { &self.shown } else { &self.narratives[reading as usize] };
        cell.get_or_init(|| texts.iter().filter(|t| t.key == "div").map(|t| Narrative::of(t.text)).collect())
    }

    /// The entries of the bundle.
    pub fn entries(&self) -> &'a [Entry] {
        &self.conversion.bundle.entries
    }

    /// Whether a resource bears such an identifier.
    pub fn is_identifier(&self, value: &str) -> bool {
        let all = self.identifiers.get_or_init(|| {
            let all = self.entries().iter().filter_map(|e| e.resource.get("identifier")).flat_map(Value::items);
            let value = |i: &'a Value| i.as_object()?.str("value");
            all.filter_map(value).map(|v| v.strip_prefix("urn:uuid:").unwrap_or(v)).collect()
        });
        all.contains(value) || all.contains(value.to_ascii_lowercase().as_str())
    }

    /// What stands in an entry.
    pub fn whole(&self, entry: u32) -> &Texts<'a> {
        self.whole[entry as usize].get_or_init(|| {
            let mut out = Texts::new();
            collect_object(&self.conversion.bundle.entries[entry as usize].resource, &mut out);
            out
        })
    }

    /// Where a reading wrote: `MedicationRequest.dosageInstruction.route`.
    pub fn path(&self, reading: u32) -> String {
        let r = self.reading(reading);
        let mut path = match self.entry(reading) {
            Some(entry) => self.conversion.bundle.entries[entry as usize].resource_type.to_owned(),
            None => self.plan.rule(r.maker.0).to_name.to_owned(),
        };
        if Some(r.maker.0) == self.plan.section_rule {
            path.push_str(".section");
        }
        for element in r.way.iter().filter_map(|row| self.elements[usize::from(row.0)]) {
            path.push('.');
            match element {
                Element::Plain { key, .. } => path.push_str(key),
                Element::Choice(forms) => path.push_str(&choice_name(forms)),
                Element::Extension { url, .. } => path.push_str(&extension_step(url)),
            }
        }
        path
    }

    /// The row that read; of a test of the rule itself the rule.
    pub fn row(&self, reading: u32) -> &'a str {
        let r = self.reading(reading);
        match r.way.last() {
            Some(row) => &self.plan.rows[usize::from(row.0)].name,
            None => &self.plan.rule(r.maker.0).name,
        }
    }

    /// What it was read for, in a word.
    pub fn how(&self, reading: u32) -> &'static str {
        match self.reading(reading).how {
            How::Value => "value",
            How::Translated => "translated",
            How::Decided => "decided",
            How::Followed => "followed",
            How::Referred => "referred",
        }
    }
}

fn fill<'a>(rows: &'a [Row], out: &mut Vec<Option<&'a Element>>) {
    for row in rows {
        out[usize::from(row.id.0)] = Some(&row.element);
        for alternative in &row.alternatives {
            if let Make::Build(_, rows) = &alternative.make {
                fill(rows, out);
            }
        }
    }
}

/// What stands in an object where a row writes.
fn step<'a>(element: &Element, object: &'a Object) -> Vec<(&'static str, &'a Value)> {
    let under = |key: &'static str| object.get(key).map(|v| (key, v));
    match element {
        Element::Plain { key, underscore, .. } => under(key).into_iter().chain(under(underscore)).collect(),
        Element::Choice(forms) => forms.iter().flat_map(|(_, k, u)| [under(k), under(u)]).flatten().collect(),
        Element::Extension { url, .. } => {
            let all = object.get("extension").map_or(&[][..], Value::items);
            all.iter()
                .filter(|e| e.as_object().and_then(|o| o.str("url")) == Some(url))
                .map(|e| ("extension", e))
                .collect()
        }
    }
}
