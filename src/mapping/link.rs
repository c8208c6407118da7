//! Links what the slices of a document made: one resource for one thing, ids, and references that lead somewhere.
//!
//! The recipe of ids is in [`crate::fhir::identity`]; which key a resource has follows from its rule's `identity`.

mod keys;
mod merge;
mod names;
mod resolve;
mod same;

use compact_str::CompactString;
use rustc_hash::{FxBuildHasher, FxHashMap};
use smallvec::SmallVec;
use uuid::Uuid;

use crate::cda::budget::Budget;
use crate::fhir::value::{LinkId, Object, Value};

use super::context::{Finding, Severity};
use super::plan::{Plan, RuleId};
use super::run::readings::Maker;
use super::run::{Instance, Link, LinkTo, NodeKey, SectionNode, SliceOutput};

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
    /// security labels of its own
    pub labels: Vec<Value>,
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
    /// which resource each rule made of which node
    pub made: Vec<MadeOf>,
}

/// Which resource a rule made of a node, or added to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MadeOf {
    /// who made it
    pub maker: Maker,
    /// id of the resource
    pub id: Uuid,
    /// where the node stands in the document, in bytes
    pub offset: usize,
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
    /// whether it is asked which resource each rule made
    pub lineage: bool,
    /// the account of the document
    pub budget: &'o Budget,
}

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
    let made = slices.iter().map(|s| s.instances.len()).sum();
    let mut l = Linker {
        plan,
        options,
        all: Vec::with_capacity(made),
        links: Vec::with_capacity(slices.len()),
        alias: Vec::with_capacity(made),
        by_node: FxHashMap::with_capacity_and_hasher(made, FxBuildHasher),
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
        for (rule, member, first) in slice.joined {
            if let Some(whole) = self.by_node.get(&(rule, first)).copied() {
                self.by_node.entry((rule, member)).or_insert(whole);
            }
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
            if grow(&mut self.all[target].object, added) {
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
}

/// Adds what another says: lists grow, groups of elements are united, and what is set stays. Whether something that is set
/// would have been said otherwise.
fn grow(into: &mut Object, added: Object) -> bool {
    let mut conflict = false;
    for (key, value) in added.0 {
        match (into.get_mut(key), value) {
            (None, value) => into.0.push((key, value)),
            (Some(Value::Array(have)), value) => {
                let more = match value {
                    Value::Array(a) => a,
                    one => vec![one],
                };
                more.into_iter().for_each(|v| {
                    if !have.contains(&v) {
                        have.push(v);
                    }
                });
            }
            (Some(Value::Object(have)), Value::Object(more)) => conflict |= grow(have, more),
            (Some(have), value) => conflict |= *have != value,
        }
    }
    conflict
}
