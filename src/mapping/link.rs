//! Links what the slices of a document made: one resource for one thing, ids, and references that lead somewhere.
//!
//! The recipe of ids is in [`crate::fhir::identity`]; which key a resource has follows from its rule's `identity`.

use std::borrow::Cow;

use compact_str::CompactString;
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::{SmallVec, smallvec};
use uuid::Uuid;

use crate::cda::budget::Budget;
use crate::fhir::identity;
use crate::fhir::json::Writer;
use crate::fhir::value::{Key, LinkId, Object, Value};

use super::context::{Finding, Severity};
use super::plan::{Identity, Plan, RuleId};
use super::run::{Instance, Link, LinkTo, NodeKey, SectionNode, SliceOutput, met};
use super::visits;

/// A resource with its id, its references still to be written.
#[derive(Debug)]
pub struct Linked {
    /// the rule that made it
    pub rule: RuleId,
    /// all rules that had a part in it: those of what was merged into it and added to it as well
    pub rules: SmallVec<[RuleId; 2]>,
    /// its id
    pub id: Uuid,
    /// the elements; references are resolved
    pub object: Object,
    /// the section that holds its entry
    pub section: Option<NodeKey>,
    /// all sections that hold an entry of it
    pub sections: SmallVec<[NodeKey; 2]>,
    /// `root|extension` of its source's ids
    pub ids: SmallVec<[CompactString; 2]>,
    /// where it came from
    pub offset: usize,
}

/// What linking gives.
#[derive(Debug, Default)]
pub struct LinkOutput {
    /// resources in document order
    pub resources: Vec<Linked>,
    /// sections for the Composition, in document order
    pub sections: Vec<SectionNode>,
    /// what to report
    pub findings: Vec<Finding>,
}

/// What linking needs to know of the document.
#[derive(Debug, Clone, Copy)]
pub struct LinkOptions<'o> {
    /// whose ids these are: a name space of the operator, may be empty
    pub tenant: &'o str,
    /// key of the document: setId, else id, else the digest of its bytes
    pub document: &'o str,
    /// a patient that the caller has matched already: every reference to the patient becomes this
    pub patient: Option<&'o str>,
    /// the account of the document
    pub budget: &'o Budget,
}

/// So many of other content may bear one identifier before the next is no longer compared with each of them: it names
/// nothing then, and the position joins the key of all further ones.
const REUSED: usize = 64;

/// Type and business key → the resources that bear it.
type ByKey = FxHashMap<&'static str, FxHashMap<String, SmallVec<[usize; 1]>>>;

struct Linker<'l> {
    plan: &'l Plan,
    options: LinkOptions<'l>,
    all: Vec<Instance>,
    /// by slice
    links: Vec<Vec<Link>>,
    /// the instance that stands for each (merged ones point on)
    alias: Vec<usize>,
    by_node: FxHashMap<(RuleId, NodeKey), usize>,
    /// filled only where a link names an id
    by_id: FxHashMap<(CompactString, RuleId), usize>,
    by_rule: FxHashMap<RuleId, Vec<usize>>,
    ids: Vec<Option<Uuid>>,
    patient_key: String,
    sections: Vec<SectionNode>,
    findings: Vec<Finding>,
}

/// Links the slices of one document; slice 0 is the header.
pub fn link(plan: &Plan, slices: Vec<SliceOutput>, options: LinkOptions<'_>) -> LinkOutput {
    let mut l = Linker {
        plan,
        options,
        all: Vec::new(),
        links: Vec::new(),
        alias: Vec::new(),
        by_node: FxHashMap::default(),
        by_id: FxHashMap::default(),
        by_rule: FxHashMap::default(),
        ids: Vec::new(),
        patient_key: String::new(),
        sections: Vec::new(),
        findings: Vec::new(),
    };
    for slice in slices {
        l.add(slice);
    }
    l.index_ids();
    l.additions();
    l.merge();
    l.finish()
}

impl Linker<'_> {
    fn add(&mut self, slice: SliceOutput) {
        self.links.push(slice.links);
        for instance in slice.instances {
            let key = (instance.rule, instance.node);
            let index = self.all.len();
            if let Some(first) = self.by_node.get(&key) {
                // a node of the header of which several sections made the same
                self.alias.push(*first);
                self.all.push(Instance { object: Object::new(), ..instance });
                continue;
            }
            self.by_node.insert(key, index);
            self.by_rule.entry(instance.rule).or_default().push(index);
            self.alias.push(index);
            self.all.push(instance);
        }
        self.sections.extend(slice.sections);
        self.findings.extend(slice.findings);
    }

    /// Statements by their ids, for the documents in which one refers to another by id.
    fn index_ids(&mut self) {
        if !self.links.iter().flatten().any(|l| matches!(l.to, LinkTo::Id(..))) {
            return;
        }
        for (i, instance) in self.all.iter().enumerate().filter(|(i, _)| self.alias[*i] == *i) {
            for id in &instance.ids {
                self.by_id.entry((id.clone(), instance.rule)).or_insert(i);
            }
        }
    }

    fn root(&self, mut i: usize) -> usize {
        while self.alias[i] != i {
            i = self.alias[i];
        }
        i
    }

    fn report(&mut self, severity: Severity, code: &'static str, i: usize, message: &str) {
        let instance = &self.all[i];
        self.findings.push(Finding {
            severity,
            code,
            message: message.to_owned(),
            offset: instance.offset,
            xpath: String::new(),
            fhir_path: Some(self.plan.rule(instance.rule).to_name.to_owned()),
            row: Some(self.plan.rule(instance.rule).name.clone()),
        });
    }

    /// Rows that belong into the resource of another rule go there; what that resource says already stays.
    fn additions(&mut self) {
        for i in 0..self.all.len() {
            let Some(target_rule) = self.plan.rule(self.all[i].rule).into else { continue };
            if self.alias[i] != i {
                continue;
            }
            let target = self.by_rule.get(&target_rule).and_then(|v| v.first()).copied().map(|t| self.root(t));
            let added = std::mem::take(&mut self.all[i].object);
            let Some(target) = target.filter(|t| *t != i) else {
                self.report(
                    Severity::Warning,
                    "nothing-to-add-to",
                    i,
                    "these facts belong into a resource that the document does not give; they are kept as narrative",
                );
                continue;
            };
            let mut conflict = false;
            let into = &mut self.all[target].object;
            for (key, value) in added.0 {
                match into.get_mut(key) {
                    None => into.0.push((key, value)),
                    Some(Value::Array(have)) => {
                        for v in match value {
                            Value::Array(a) => a,
                            one => vec![one],
                        } {
                            if !have.contains(&v) {
                                have.push(v);
                            }
                        }
                    }
                    Some(have) => conflict |= *have != value,
                }
            }
            if conflict {
                self.report(
                    Severity::Warning,
                    "element-already-set",
                    i,
                    "another statement has set an element of this resource; the first one was kept",
                );
            }
            self.alias[i] = target;
        }
    }

    fn link(&self, id: LinkId) -> &Link {
        &self.links[id.slice as usize][id.index as usize]
    }

    /// The instance that a link leads to.
    fn target(&self, link: LinkId) -> Option<usize> {
        let first = |rules: &[RuleId]| rules.iter().find_map(|r| self.by_rule.get(r)?.first().copied());
        let found = match &self.link(link).to {
            LinkTo::Made(rule, node) => self.by_node.get(&(*rule, *node)).copied(),
            LinkTo::Single(rules) => first(rules),
            LinkTo::Node(rules, node) => rules.iter().find_map(|r| self.by_node.get(&(*r, *node)).copied()),
            // of several, the one that stands first
            LinkTo::Id(rules, id) => rules.iter().filter_map(|r| self.by_id.get(&(id.clone(), *r))).min().copied(),
        };
        found.map(|i| self.root(i))
    }

    /// One resource for what is the same; ids for all.
    fn merge(&mut self) {
        self.ids = vec![None; self.all.len()];
        let patients: Vec<usize> = (0..self.all.len())
            .filter(|i| self.alias[*i] == *i)
            // what belongs into a patient of whom the document says nothing is no patient
            .filter(|i| matches!(self.plan.rule(self.all[*i].rule), r if r.to_name == "Patient" && r.into.is_none()))
            .collect();
        for &p in &patients {
            let key = self.patient_identifier(p).unwrap_or_else(|| format!("document|{}", self.options.document));
            self.ids[p] = Some(identity::resource_id(self.options.tenant, "", "Patient", "", &key));
            if self.patient_key.is_empty() {
                self.patient_key = key;
            }
        }
        self.patients_who_speak(&patients);
        // what is known by its content is merged first, from the leaves of the references up: a role is the same when
        // the person and the organisation it refers to are
        let mut by_key: ByKey = FxHashMap::default();
        for i in 0..self.all.len() {
            if self.alias[i] == i && self.ids[i].is_none() && self.identity(i) == Identity::Content {
                self.by_content(i, &mut by_key, 0);
            }
        }
        let mut by_key: ByKey = FxHashMap::default();
        for i in 0..self.all.len() {
            // rows that belong into a resource that is not there are no resource of their own
            if self.alias[i] != i || self.ids[i].is_some() || self.plan.rule(self.all[i].rule).into.is_some() {
                continue;
            }
            if self.identity(i) != Identity::Activity {
                self.by_identifier(i, &mut by_key);
            }
        }
        self.activities();
    }

    /// A patient who writes, tells or does something himself stands there by his own id: that is the Patient, and no
    /// practitioner. One who is named otherwise, or who has a role in an organisation, is somebody else with a reused id.
    fn patients_who_speak(&mut self, patients: &[usize]) {
        let Some(&patient) = patients.first() else { return };
        let of_type = |l: &Self, ty: &str| -> Vec<usize> {
            (0..l.all.len()).filter(|i| l.alias[*i] == *i && l.plan.rule(l.all[*i].rule).to_name == ty).collect()
        };
        let mut links = Vec::new();
        of_type(self, "PractitionerRole").iter().for_each(|i| find_links(&self.all[*i].object, &mut links));
        let in_roles: Vec<usize> = links.iter().filter_map(|l| self.target(*l)).collect();
        let own = self.identifiers(patient);
        for i in of_type(self, "Practitioner") {
            let name = |i: usize| self.all[i].object.get("name");
            let agrees = match (name(i), name(patient)) {
                (Some(a), Some(b)) => b.items().iter().any(|b| names_agree(a, &Value::Array(vec![b.clone()]))),
                (None, _) => true,
                (Some(_), None) => false,
            };
            if agrees && !in_roles.contains(&i) && self.identifiers(i).iter().any(|k| own.contains(k)) {
                self.alias[i] = patient;
            }
        }
    }

    /// One resource for one activity, about all that came of it: who wrote several statements at one time is said once.
    /// What it is about has its ids by now, so that nothing is named twice.
    fn activities(&mut self) {
        let mut known: FxHashMap<String, usize> = FxHashMap::default();
        for i in 0..self.all.len() {
            if self.alias[i] != i || self.ids[i].is_some() || self.identity(i) != Identity::Activity {
                continue;
            }
            let Some(Value::Array(targets)) = self.all[i].object.remove("target") else { continue };
            let to = self.plan.rule(self.all[i].rule).to_name;
            let key = format!("document|{}|content|{}", self.options.document, self.content(i));
            let rep = *known.entry(format!("{to}|{key}")).or_insert(i);
            if rep == i {
                self.ids[i] = Some(identity::resource_id(self.options.tenant, &self.patient_key, to, "", &key));
            } else {
                self.alias[i] = rep;
            }
            let told = self.all[rep].object.get("target").map_or(0, |t| t.items().len());
            if !self.options.budget.search(told) {
                return;
            }
            for target in targets {
                let have = self.all[rep].object.get("target").map_or(&[][..], Value::items);
                if !have.iter().any(|h| self.same(h, &target)) {
                    self.all[rep].object.push("target", target);
                }
            }
        }
    }

    /// The identifier that is the patient's key: one of a trusted register, else the first that may identify at all.
    fn patient_identifier(&self, i: usize) -> Option<String> {
        let written = self.identifiers(i);
        let registered = self.all[i].ids.iter().find_map(|id| {
            let (root, extension) = id.split_once('|')?;
            let trusted = self.plan.trusted.iter().filter(|t| t.ty == "Patient");
            let system = trusted.filter(|t| t.roots.iter().any(|r| r == root)).map(|t| &t.system).next()?;
            let key = format!("{system}|{extension}");
            written.contains(&key).then_some(key)
        });
        registered.or_else(|| {
            let never = |key: &String| {
                self.plan.never_match.iter().any(|s| key.strip_prefix(s.as_str()).is_some_and(|r| r.starts_with('|')))
            };
            written.iter().find(|k| !never(k)).cloned()
        })
    }

    /// Whose things a key of content is about: a next of kin belongs to the patient, a practitioner to nobody.
    fn scope(&self, to: &str) -> &str {
        if to == "RelatedPerson" { &self.patient_key } else { "" }
    }

    fn identity(&self, i: usize) -> Identity {
        self.plan.rule(self.all[i].rule).identity
    }

    fn by_content(&mut self, i: usize, by_key: &mut ByKey, depth: u32) {
        if self.ids[i].is_some() || depth > 12 {
            return;
        }
        let mut links = Vec::new();
        find_links(&self.all[i].object, &mut links);
        for link in links {
            if let Some(t) = self.target(link)
                && t != i
                && self.identity(t) == Identity::Content
            {
                self.by_content(t, by_key, depth + 1);
            }
        }
        let i = self.root(i);
        if self.ids[i].is_some() {
            return;
        }
        let to = self.plan.rule(self.all[i].rule).to_name;
        let identifiers = self.identifiers(i);
        // the digest of the content is taken only where no identifier names the thing
        let keys: SmallVec<[String; 2]> =
            if identifiers.is_empty() { smallvec![format!("content|{}", self.content(i))] } else { identifiers };
        let kin = if to == "RelatedPerson" { self.kin_keys(i) } else { vec![] };
        let by_key = by_key.entry(to).or_default();
        for key in keys.iter().chain(&kin) {
            let Some(same) = by_key.get(key) else { continue };
            if let Some(rep) = same.iter().copied().map(|s| self.root(s)).find(|s| self.compatible(*s, i)) {
                if !kin.is_empty() && self.identifiers(rep).is_empty() && self.all[i].object.get("identifier").is_some()
                {
                    // first named without identifier, known by one now
                    let scope = self.scope(to);
                    self.ids[rep] = Some(identity::resource_id(self.options.tenant, scope, to, "", &keys[0]));
                }
                self.join(rep, i);
                for key in keys.into_iter().chain(kin) {
                    let list = by_key.entry(key).or_default();
                    if list.len() < REUSED && !list.contains(&rep) {
                        list.push(rep);
                    }
                }
                return;
            }
        }
        let reused = keys.iter().any(|k| by_key.contains_key(k));
        let business: Cow<'_, str> = if reused {
            self.report(
                Severity::Information,
                "identifier-reused",
                i,
                "the same identifier names different people, organisations or things in this document; they were kept apart",
            );
            format!("{}|{}", keys[0], self.content(i)).into()
        } else {
            keys[0].as_str().into()
        };
        self.ids[i] = Some(identity::resource_id(self.options.tenant, self.scope(to), to, "", &business));
        for key in keys.into_iter().chain(kin) {
            let list = by_key.entry(key).or_default();
            if list.len() < REUSED {
                list.push(i);
            }
        }
    }

    /// By what one of the patient's people is known again where no identifier is given: the name with what the person is
    /// to the patient, else with a telephone. A father and a son of one name and one telephone stay two.
    fn kin_keys(&self, i: usize) -> Vec<String> {
        const ROLE_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-RoleCode";
        let object = &self.all[i].object;
        let items = |key: &str| object.get(key).into_iter().flat_map(|v| v.items()).filter_map(Value::as_object);
        let name = items("name").next().map(words).unwrap_or_default().join(" ");
        if name.is_empty() {
            return vec![];
        }
        let codes: Vec<String> = items("relationship")
            .filter_map(|c| c.get("coding"))
            .flat_map(|c| c.items())
            .filter_map(Value::as_object)
            .filter(|c| c.str("system") == Some(ROLE_CODE))
            .filter_map(|c| Some(format!("kin|{name}|is {}", c.str("code")?)))
            .collect();
        if !codes.is_empty() {
            return codes;
        }
        items("telecom").filter_map(|t| Some(format!("kin|{name}|at {}", t.str("value")?))).collect()
    }

    fn by_identifier(&mut self, i: usize, by_key: &mut ByKey) {
        let rule = self.plan.rule(self.all[i].rule);
        let position = |l: &Self| {
            let (slice, node) = l.all[i].node;
            format!("{}|{slice}|{node}", l.options.document)
        };
        let identifier = match rule.identity {
            Identity::Document => Some(format!("document|{}", self.options.document)),
            Identity::Position => None,
            _ => self.identifiers(i).into_iter().next(),
        };
        let business = match identifier {
            None => format!("{}|{}", rule.name, position(self)),
            Some(key) => {
                let known = by_key.entry(rule.to_name).or_default().entry(key.clone()).or_default();
                if let Some(rep) = known.iter().copied().map(|s| self.root(s)).find(|s| self.compatible(*s, i)) {
                    self.join(rep, i);
                    return;
                }
                if known.len() < REUSED {
                    known.push(i);
                }
                if known.len() == 1 {
                    key
                } else {
                    self.report(
                        Severity::Information,
                        "identifier-reused",
                        i,
                        "another statement of other content bears the same identifier; the position joined the key",
                    );
                    format!("{key}|{}", position(self))
                }
            }
        };
        self.ids[i] = Some(identity::resource_id(self.options.tenant, &self.patient_key, rule.to_name, "", &business));
    }

    /// `system|value` of the identifiers of a resource, in order. What has no system identifies nothing outside its sender,
    /// and is no key.
    fn identifiers(&self, i: usize) -> SmallVec<[String; 2]> {
        let Some(identifiers) = self.all[i].object.get("identifier") else { return SmallVec::new() };
        identifiers
            .items()
            .iter()
            .filter_map(|v| {
                let o = v.as_object()?;
                Some([o.str("system")?, "|", o.str("value")?].concat())
            })
            .collect()
    }

    /// The content of a resource as text, references replaced by the ids of what they lead to.
    fn content(&self, i: usize) -> String {
        let mut object = self.all[i].object.clone();
        object.remove("text");
        replace_links(&mut object, &mut |link| {
            let id = self.target(link).and_then(|t| self.ids[t]);
            Some(Value::string(id.map_or_else(String::new, |u| u.to_string())))
        });
        let mut w = Writer::new(false);
        w.object(&object);
        let text = w.finish();
        identity::digest(&text)
    }

    /// Whether two say nothing that contradicts.
    fn compatible(&self, a: usize, b: usize) -> bool {
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

    fn same(&self, a: &Value, b: &Value) -> bool {
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
    fn join(&mut self, a: usize, b: usize) {
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

    fn finish(mut self) -> LinkOutput {
        let mut sections: Vec<SmallVec<[NodeKey; 2]>> = vec![SmallVec::new(); self.all.len()];
        let mut rules: Vec<SmallVec<[RuleId; 2]>> = vec![SmallVec::new(); self.all.len()];
        let mut known: FxHashSet<(usize, NodeKey)> = FxHashSet::default();
        for (i, instance) in self.all.iter().enumerate() {
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
        let mut resources = Vec::new();
        for (i, in_sections) in sections.iter_mut().enumerate() {
            let Some(id) = self.ids[i].filter(|_| self.alias[i] == i) else { continue };
            let to = self.plan.rule(self.all[i].rule).to_name;
            if to == "Patient" && self.options.patient.is_some() {
                continue;
            }
            let mut object = std::mem::take(&mut self.all[i].object);
            let mut dangling = Vec::new();
            replace_links(&mut object, &mut |link| {
                let Some(t) = self.target(link) else {
                    // a document that names no patient, of whom the caller knows
                    if let LinkTo::Single(rules) = &self.link(link).to
                        && rules.iter().any(|r| self.plan.rule(*r).to_name == "Patient")
                    {
                        return self.options.patient.map(Value::string);
                    }
                    // what a document need not have (an encounter in the header) is not missing
                    if !matches!(self.link(link).to, LinkTo::Single(_)) {
                        dangling.push(link);
                    }
                    return None;
                };
                let to = self.plan.rule(self.all[t].rule).to_name;
                match self.options.patient {
                    Some(patient) if to == "Patient" => Some(Value::string(patient)),
                    _ => self.ids[t].map(|u| Value::String(identity::urn(u))),
                }
            });
            for link in dangling {
                let l = self.link(link);
                let row = &self.plan.rows[l.row.0 as usize];
                self.findings.push(Finding {
                    severity: Severity::Warning,
                    code: "reference-without-target",
                    message: "what this refers to gave no resource; the reference was left out".into(),
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
                sections: std::mem::take(in_sections),
                ids: std::mem::take(&mut self.all[i].ids),
                offset: self.all[i].offset,
            });
        }
        let mut sections = std::mem::take(&mut self.sections);
        for section in &mut sections {
            each_section(section, &mut |o| {
                replace_links(o, &mut |link| {
                    let id = self.target(link).and_then(|t| self.ids[t])?;
                    Some(Value::String(identity::urn(id)))
                });
            });
        }
        LinkOutput { resources, sections, findings: self.findings }
    }
}

/// Lists that may be united when two resources are one: what they say adds up and cannot contradict.
const UNITED: &[Key] = &["identifier", "category", "telecom", "address", "note", "qualification", "relationship"];

/// Whether two lists of names may be the same person's: where the one says less, the other may say more, but not other.
fn names_agree(a: &Value, b: &Value) -> bool {
    let pair = |x: &Value, y: &Value| match (x.as_object(), y.as_object()) {
        (Some(x), Some(y)) => name_agrees(x, y),
        _ => false,
    };
    let (a, b) = (a.items(), b.items());
    a.len() == 1 && b.len() == 1 && pair(&a[0], &b[0])
}

/// A name is the same when family and given names are; prefix, suffix and use may be missing on one side. A name in one
/// string is the same when its words are the other's.
fn name_agrees(x: &Object, y: &Object) -> bool {
    let parted = |o: &Object| o.get("family").is_some() || o.get("given").is_some();
    if parted(x) && parted(y) {
        let equal_or_missing = |k: &str| match (x.get(k), y.get(k)) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        };
        return x.get("family") == y.get("family")
            && x.get("given") == y.get("given")
            && ["prefix", "suffix"].iter().all(|k| equal_or_missing(k));
    }
    let (a, b) = (words(x), words(y));
    !a.is_empty() && a == b
}

/// The words of a name, in order of the alphabet.
fn words(name: &Object) -> Vec<String> {
    let mut out = Vec::new();
    for key in ["text", "prefix", "given", "family", "suffix"] {
        for v in name.get(key).into_iter().flat_map(|v| v.items()) {
            if let Value::String(s) = v {
                out.extend(
                    s.split(|c: char| c.is_whitespace() || c == ',').filter(|w| !w.is_empty()).map(str::to_lowercase),
                );
            }
        }
        if key == "text" && !out.is_empty() {
            break;
        }
    }
    out.sort();
    out
}

/// Whether the first list of names says more than the second, of which it is known that they agree.
fn fuller(a: &Value, b: &Value) -> bool {
    let parts = |v: &Value| {
        let o = v.items().first().and_then(Value::as_object);
        o.map_or(0, |o| {
            let family = usize::from(o.get("family").is_some());
            family * 8 + ["given", "prefix", "suffix"].iter().filter(|k| o.get(k).is_some()).count()
        })
    };
    parts(a) > parts(b)
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

fn each_section(section: &mut SectionNode, f: &mut impl FnMut(&mut Object)) {
    f(&mut section.object);
    section.children.iter_mut().for_each(|c| each_section(c, f));
}

fn find_links(object: &Object, out: &mut Vec<LinkId>) {
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

/// Replaces every link; where there is nothing to put, the element that held it goes.
fn replace_links(object: &mut Object, with: &mut impl FnMut(LinkId) -> Option<Value>) {
    fn value(v: &mut Value, with: &mut impl FnMut(LinkId) -> Option<Value>) -> bool {
        match v {
            Value::Link(l) => match with(*l) {
                Some(new) => *v = new,
                None => return false,
            },
            Value::Array(a) => {
                a.retain_mut(|v| value(v, with));
                return !a.is_empty();
            }
            Value::Object(o) => {
                replace_links(o, with);
                return !o.is_empty();
            }
            _ => {}
        }
        true
    }
    object.0.retain_mut(|(_, v)| value(v, with));
}
