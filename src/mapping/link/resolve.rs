//! References become ids; what leads nowhere goes, and is reported.

use rustc_hash::FxHashSet;
use smallvec::SmallVec;

use super::super::context::{Finding, Severity};
use super::super::plan::RuleId;
use super::super::run::{Instance, LinkTo, NodeKey, SectionNode, met};
use super::{LinkOutput, Linked, Linker, MadeOf};
use crate::fhir::identity;
use crate::fhir::value::{LinkId, Object, Value};

impl Linker<'_> {
    /// Which resource stands for what each rule made.
    fn made(&self) -> Vec<MadeOf> {
        if !self.options.lineage {
            return Vec::new();
        }
        let one = |(i, instance): (usize, &Instance)| {
            let id = self.ids[self.root(i)]?;
            Some(MadeOf { maker: (instance.rule, instance.node), id, offset: instance.offset })
        };
        self.all.iter().enumerate().filter_map(one).collect()
    }

    pub(super) fn finish(mut self) -> LinkOutput {
        let mut sections: Vec<SmallVec<[NodeKey; 2]>> = vec![SmallVec::new(); self.all.len()];
        let mut rules: Vec<SmallVec<[RuleId; 2]>> = vec![SmallVec::new(); self.all.len()];
        let mut known: FxHashSet<(usize, NodeKey)> = FxHashSet::default();
        let mut labels: Vec<Vec<Value>> = vec![Vec::new(); self.all.len()];
        for (i, instance) in self.all.iter().enumerate() {
            for label in &instance.labels {
                let of = &mut labels[self.root(i)];
                if !of.contains(label) {
                    of.push(label.clone());
                }
            }
            let of = &mut rules[self.root(i)];
            if !of.contains(&instance.rule) {
                of.push(instance.rule);
            }
            if let Some(s) = instance.section {
                let root = self.root(i);
                if known.insert((root, s)) {
                    sections[root].push(s);
                }
            }
        }
        let made = self.made();
        let mut resources = Vec::with_capacity(self.ids.iter().flatten().count());
        for (i, in_sections) in sections.iter_mut().enumerate() {
            let Some(id) = self.ids[i].filter(|_| self.alias[i] == i) else { continue };
            let to = self.plan.rule(self.all[i].rule).to_name;
            if to == "Patient" && self.options.patient.is_some() {
                continue;
            }
            let mut object = std::mem::take(&mut self.all[i].object);
            let mut dangling: Vec<(LinkId, &str, &str)> = Vec::new();
            replace_links(&mut object, &mut |link| {
                let Some(t) = self.target(link) else {
                    let to = &self.link(link).to;
                    // a document that names no patient, of whom the caller knows
                    if let LinkTo::Single(rules) = to
                        && rules.iter().any(|r| self.plan.rule(*r).to_name == "Patient")
                    {
                        return self.options.patient.map_or(Place::Nowhere, |p| Place::At(Value::string(p)));
                    }
                    // what a document need not have (an encounter in the header) is not missing
                    if !matches!(to, LinkTo::Single(_)) {
                        let told = match to {
                            LinkTo::Id(..) => "what this refers to gave no resource; its identifier stands for it",
                            _ => "what this refers to gave no resource; the reference was left out",
                        };
                        dangling.push((link, "reference-without-target", told));
                    }
                    return Place::Elsewhere;
                };
                // says nothing, and servers that follow references never come to an end
                if t == i {
                    let told = "a statement refers to itself; the reference was left out";
                    dangling.push((link, "reference-to-itself", told));
                    return Place::Nowhere;
                }
                let to = self.plan.rule(self.all[t].rule).to_name;
                match self.options.patient {
                    Some(patient) if to == "Patient" => Place::At(Value::string(patient)),
                    _ => self.ids[t].map_or(Place::Nowhere, |u| Place::At(Value::String(identity::urn(u)))),
                }
            });
            for (link, code, told) in dangling {
                let l = self.link(link);
                let row = &self.plan.rows[l.row.0 as usize];
                self.findings.push(Finding {
                    severity: Severity::Warning,
                    code,
                    message: told.into(),
                    offset: l.offset,
                    xpath: String::new(),
                    fhir_path: Some(row.fhir_path.clone()),
                    row: Some(row.name.clone()),
                });
            }
            // a reference that led nowhere may have been what the resource required
            if self.plan.rule(self.all[i].rule).require.as_ref().is_some_and(|r| !met(r, &object)) {
                self.report(
                    Severity::Warning,
                    "not-written",
                    i,
                    "the resource was not written: nothing that it requires is left of it",
                );
                continue;
            }
            resources.push(Linked {
                rule: self.all[i].rule,
                rules: std::mem::take(&mut rules[i]),
                id,
                object,
                section: self.all[i].section,
                labels: std::mem::take(&mut labels[i]),
                sections: std::mem::take(in_sections),
                ids: std::mem::take(&mut self.all[i].ids),
                offset: self.all[i].offset,
            });
        }
        let mut sections = std::mem::take(&mut self.sections);
        for section in &mut sections {
            each_section(section, &mut |o| {
                replace_links(o, &mut |link| {
                    let id = self.target(link).and_then(|t| self.ids[t]);
                    id.map_or(Place::Nowhere, |id| Place::At(Value::String(identity::urn(id))))
                });
            });
        }
        LinkOutput { resources, sections, findings: self.findings, made }
    }
}

fn each_section(section: &mut SectionNode, f: &mut impl FnMut(&mut Object)) {
    f(&mut section.object);
    section.children.iter_mut().for_each(|c| each_section(c, f));
}

pub(super) fn find_links(object: &Object, out: &mut Vec<LinkId>) {
    fn value(v: &Value, out: &mut Vec<LinkId>) {
        match v {
            Value::Link(l) => out.push(*l),
            Value::Array(a) => a.iter().for_each(|v| value(v, out)),
            Value::Object(o) => find_links(o, out),
            _ => {}
        }
    }
    object.0.iter().for_each(|(_, v)| value(v, out));
}

/// Items of a list that are compared with each other; longer lists are those of reports, where nothing is said twice by accident.
const COMPARED: usize = 256;

/// Whoever measured both halves of a pressure is named by both, and is one performer: of what is the same, the first stays.
fn once(items: &mut Vec<Value>) {
    let mut i = 1;
    while i < items.len().min(COMPARED) {
        if items[..i].contains(&items[i]) {
            items.remove(i);
        } else {
            i += 1;
        }
    }
}

/// Where a link leads.
pub(super) enum Place {
    /// to this
    At(Value),
    /// to what the bundle does not have; its identifier is all that is known of it, if that
    Elsewhere,
    /// it says nothing
    Nowhere,
}

/// Replaces every link; where there is nothing to put, the element that held it goes. A reference bears the identifier of its target
/// only where that is not in the bundle. Of items of a list that lead to the same and say the same, one stays.
/// Says whether there was any.
pub(super) fn replace_links(object: &mut Object, with: &mut impl FnMut(LinkId) -> Place) -> bool {
    fn value(v: &mut Value, with: &mut impl FnMut(LinkId) -> Place, linked: &mut bool) -> bool {
        match v {
            Value::Array(a) => {
                let mut within = false;
                a.retain_mut(|v| value(v, with, &mut within));
                if within {
                    once(a);
                }
                *linked |= within;
                return !a.is_empty();
            }
            Value::Object(o) => {
                *linked |= replace_links(o, with);
                return !o.is_empty();
            }
            _ => {}
        }
        true
    }
    let link = object.0.iter().find_map(|(_, v)| if let Value::Link(l) = v { Some(*l) } else { None });
    if let Some(link) = link {
        match with(link) {
            Place::At(to) => object.0.retain_mut(|(k, v)| {
                if let Value::Link(_) = v {
                    *v = to.clone();
                }
                *k != "identifier"
            }),
            Place::Elsewhere => object.0.retain(|(_, v)| !matches!(v, Value::Link(_))),
            Place::Nowhere => object.0.clear(),
        }
    }
    let mut linked = link.is_some();
    object.0.retain_mut(|(_, v)| value(v, with, &mut linked));
    linked
}
