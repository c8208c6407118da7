//! What packs say of documents as a whole: events, and checklists with their headings.

use super::super::ast::*;
use super::super::load::normal_title;
use super::super::plan::{self, Expr, Need};
use super::{Classes, Compiler, Target};
use crate::fhir::path::BundlePath;
use crate::fhir::value::Value;

impl Compiler<'_> {
    fn document(&self) -> Classes {
        self.model.classes_of("ClinicalDocument")
    }

    /// What documents are as events.
    pub(super) fn events(&mut self) -> Vec<plan::Event> {
        let tables = self.tables;
        let mut events = Vec::new();
        for e in &tables.events {
            let condition = e.condition.as_ref().map(|c| self.document_test(c));
            events.push(plan::Event {
                name: e.name.text.clone(),
                condition: condition.flatten(),
                has: self.bundle_paths(&e.has),
                without: self.bundle_paths(&e.without),
                code: self.codings(&e.code, "Coding"),
                reason: self.codings(&e.reason, "CodeableConcept"),
                focus: self.bundle_paths(&e.focus),
            });
        }
        events
    }

    fn document_test(&mut self, text: &Text) -> Option<Expr> {
        let classes = self.document();
        self.expr(text, &classes)
    }

    fn codings(&mut self, list: &[EventCodingAst], ty: &'static str) -> Vec<plan::EventCoding> {
        let mut out = Vec::new();
        for one in list {
            let condition = one.condition.as_ref().map(|c| self.document_test(c)).and_then(|c| c);
            let constant = one.constant.as_ref().and_then(|c| self.constant(c, &Target::Type(ty, None), None));
            let mut add = |carried, value: Option<Value>| {
                out.extend(value.map(|value| plan::EventCoding { condition: condition.clone(), carried, value }));
            };
            if one.carried.is_empty() {
                add(None, constant);
                continue;
            }
            for carried in &one.carried {
                let Some(act) = self.coding(carried) else { continue };
                let own = constant.clone().or_else(|| self.constant(carried, &Target::Type(ty, None), None));
                add(Some(act), own);
            }
        }
        out
    }

    /// System and code of a constant coding.
    fn coding(&mut self, text: &Text) -> Option<(String, String)> {
        match self.constant(text, &Target::Type("Coding", None), None)? {
            Value::Object(c) => Some((c.str("system")?.to_owned(), c.str("code")?.to_owned())),
            _ => None,
        }
    }

    /// Paths into a bundle, checked against R4.
    fn bundle_paths(&mut self, list: &[Text]) -> Vec<BundlePath> {
        let mut out = Vec::new();
        for text in list {
            let url = |name: &str| self.tables.extensions.get(name).map(|e| e.url.clone());
            match BundlePath::parse(&text.text, &url) {
                Ok(path) => out.push(path),
                Err(e) => {
                    let help = "a path into the bundle: Patient.name, Composition.author->Practitioner.name, section.entry->Condition.code";
                    let place = text.place.inside(e.at, 1);
                    self.fault("M054", &place, e.message, help);
                }
            }
        }
        out
    }

    /// Checklists, whose tests on the document join those of the profiles, and their headings.
    pub(super) fn checklists(&mut self, tests: &mut Vec<Expr>) -> (Vec<plan::Checklist>, Vec<plan::Heading>) {
        let tables = self.tables;
        let mut lists = Vec::new();
        for c in &tables.checklists {
            let Some(test) = c.condition.as_ref().and_then(|t| self.document_test(t)) else { continue };
            tests.push(test);
            lists.push(plan::Checklist {
                name: c.name.text.clone(),
                title: c.title.clone(),
                source: c.source.clone(),
                condition: tests.len() - 1,
            });
        }
        let mut headings = Vec::new();
        for h in &tables.headings {
            let codes = h.codes.iter().filter_map(|c| self.coding(c)).collect();
            let item = self.item(&h.item);
            let elements = h.elements.iter().map(|e| self.item(e)).collect();
            headings.push(plan::Heading { item, codes, elements });
        }
        (lists, headings)
    }

    fn item(&mut self, item: &ItemAst) -> plan::Item {
        let mut needs = vec![None; self.tables.checklists.len()];
        for (need, lists) in Need::ALL.into_iter().zip(&item.needs) {
            for list in lists {
                match self.tables.checklists.iter().position(|c| c.name.text == list.text) {
                    Some(i) => needs[i] = needs[i].or(Some(need)),
                    None => {
                        let known = self.tables.checklists.iter().map(|c| c.name.text.as_str());
                        let help = Self::did_you_mean(&list.text, known);
                        self.fault("M055", &list.place, format!("there is no checklist `{}`", list.text), help);
                    }
                }
            }
        }
        let labels = if item.labels.is_empty() { std::slice::from_ref(&item.name) } else { &item.labels };
        plan::Item {
            name: item.name.text.clone(),
            needs,
            at: self.bundle_paths(&item.at),
            labels: labels.iter().map(|l| normal_title(&l.text)).filter(|l| !l.is_empty()).collect(),
            narrative: item.narrative,
        }
    }
}
