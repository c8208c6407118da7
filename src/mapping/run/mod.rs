//! Runs a plan over one slice of a document: which rule takes a statement, and what its rows make of it.

mod around;
mod closing;
mod groups;
mod labels;
pub mod output;
mod pick;
mod put;
pub mod readings;
mod refer;
mod review;
mod rows;
mod sections;
pub mod select;
mod unknown;

use compact_str::CompactString;
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use crate::cda::names::{Name, name};
use crate::cda::tree::Node;
use crate::fhir::value::Object;

use super::context::{Context, Severity};
use super::plan::*;
use super::reviews::Level;
use around::Around;
pub use output::{Instance, Link, LinkTo, Rules, SectionNode, SliceOutput};
use readings::Notes;
use sections::nearest_section;
use select::{Selector, TemplateCache};

/// The number of the header among the slices of a document; sections follow from 1.
pub const HEADER: u32 = 0;

/// Which node of which slice: slice number, and index within its tree.
pub type NodeKey = (u32, u32);

/// Runs a plan over one slice.
pub struct Run<'p, 't> {
    pub(crate) plan: &'p Plan,
    pub(crate) cx: &'p Context<'p>,
    pub(crate) select: Selector<'p, 't>,
    slice: u32,
    /// the outermost element of the slice
    root: Node<'t>,
    made: FxHashMap<(RuleId, NodeKey), Option<usize>>,
    /// what became of each node of the slice: `READ`, `TAKEN`, `CLAIMED`
    fates: Vec<u8>,
    /// rows that gave a value, as bits
    fired: Vec<u64>,
    /// whether anything in the slice has a subject of its own
    other_subjects: bool,
    depth: u32,
    /// what the run over the header has made already
    premade: Option<&'p FxHashSet<(RuleId, NodeKey)>>,
    /// whether any statement of the slice has a label of its own
    labelled: bool,
    /// clinical statements become resources only by rules that are reviewed so
    min_review: Option<Level>,
    /// statements that no rule took; whether they only hold others shows when all were offered
    pending: Vec<Node<'t>>,
    pub(crate) out: SliceOutput,
    section: Option<NodeKey>,
    /// what rows read, where somebody asks
    notes: Option<Box<Notes>>,
}

/// A row has read the content of the node.
const READ: u8 = 1;
/// A rule took the statement.
const TAKEN: u8 = 2;
/// The node is not offered to other rules.
const CLAIMED: u8 = 4;
/// The statement was taken for its class alone.
const INFERRED: u8 = 8;
/// A rule that nobody has reviewed would have taken the statement.
const HELD: u8 = 16;

/// Whether an element is a clinical statement.
pub(crate) fn is_statement(name: Name) -> bool {
    matches!(
        name,
        name::OBSERVATION
            | name::ACT
            | name::SUBSTANCE_ADMINISTRATION
            | name::ORGANIZER
            | name::SUPPLY
            | name::PROCEDURE
            | name::ENCOUNTER
            | name::OBSERVATION_MEDIA
            | name::REGION_OF_INTEREST
    )
}

/// Whether an element that tables and model do not know stands where a statement does, with class and mood as one.
fn is_statement_in_name_only(node: Node<'_>) -> bool {
    let among = |n: Node<'_>| matches!(n.name(), name::ENTRY | name::ENTRY_RELATIONSHIP);
    node.name() == Name::OTHER
        && node.parent().is_some_and(among)
        && node.attr(name::CLASS_CODE).is_some()
        && node.attr(name::MOOD_CODE).is_some()
        && node.null_flavor().is_none()
}

impl<'p, 't> Run<'p, 't> {
    /// A run over slice number `slice` whose outermost element is `root`; `document` is the header's outermost element.
    pub fn new(
        plan: &'p Plan,
        cx: &'p Context<'p>,
        document: Node<'t>,
        root: Node<'t>,
        slice: u32,
        cache: &'p TemplateCache,
        header_cache: &'p TemplateCache,
    ) -> Self {
        Run {
            plan,
            cx,
            select: Selector { plan, document, cache, header_cache, hits: cx.noting.then(Default::default) },
            slice,
            root,
            made: FxHashMap::default(),
            fates: vec![0; root.tree().len()],
            fired: vec![0; plan.rows.len().div_ceil(64)],
            other_subjects: root.tree().root().subtree().any(|n| n.name() == name::SUBJECT),
            depth: 0,
            premade: None,
            labelled: false,
            min_review: None,
            pending: Vec::new(),
            out: SliceOutput::default(),
            section: None,
            notes: cx.noting.then(|| Box::new(Notes::new())),
        }
    }

    /// Tells a run over a section what the run over the header has made: it is referred to, not made again.
    pub fn after_header(mut self, made: &'p FxHashSet<(RuleId, NodeKey)>) -> Self {
        self.premade = Some(made);
        self
    }

    /// Tells whether the document names codes of observations that are labels ([`ConfidentialityAst`]).
    ///
    /// [`ConfidentialityAst`]: super::ast::ConfidentialityAst
    pub fn labelled(mut self, observed: bool) -> Self {
        self.labelled = self.has_labels(observed);
        self
    }

    /// Holds back clinical statements whose rules are not reviewed at this level.
    pub fn reviewed_at(mut self, level: Option<Level>) -> Self {
        self.min_review = level;
        self
    }

    /// Runs the rules of the header.
    pub fn header(mut self) -> SliceOutput {
        for &rule in &self.plan.header {
            let r = self.plan.rule(rule);
            for path in &r.entries {
                for item in self.select.select(path, self.select.document) {
                    let node = item.node();
                    let mark = self.hits();
                    if r.condition.as_ref().is_none_or(|c| self.select.test(c, node)) {
                        self.note_hits(mark, None, Some((rule, self.key(node))));
                        self.make(rule, node, &[node]);
                    }
                }
            }
        }
        // sections where CDA has none, which the scan leaves in the header
        let document = self.select.document;
        let strays: Vec<Node<'t>> = document
            .subtree()
            .filter(|n| n.name() == name::SECTION && n.ancestors().all(|a| a.name() != name::SECTION))
            .collect();
        // what stands in a stray section is told of with its entries
        for node in document.subtree().filter(|n| !strays.iter().any(|s| s.contains(*n))) {
            self.tell_if_unknown(node);
        }
        for stray in strays {
            self.cx.report(
                Severity::Warning,
                "stray-section",
                stray,
                "the section stands outside the structured body; it was converted all the same",
            );
            self.entries(stray);
        }
        self.finish()
    }

    /// Runs the rules of entries over a section (its nested sections included).
    pub fn section(mut self, section: Node<'t>) -> SliceOutput {
        self.entries(section);
        self.finish()
    }

    fn entries(&mut self, section: Node<'t>) {
        self.groups(section);
        for node in section.subtree() {
            if is_statement(node.name()) {
                self.statement(node);
            } else if is_statement_in_name_only(node) {
                self.out.statements += 1;
                self.out.unmapped += 1;
                self.cx.report(
                    Severity::Warning,
                    "statement-not-mapped",
                    node,
                    "nothing is known of the element that this statement is; its narrative is kept in the Composition",
                );
            } else {
                self.tell_if_unknown(node);
            }
        }
        if let Some(rule) = self.plan.section_rule {
            let made = self.section_node(rule, section);
            self.out.sections.push(made);
        }
    }

    fn finish(mut self) -> SliceOutput {
        self.tell_of_statements();
        self.out.findings = self.cx.take();
        self.out.readings = self.notes.take().map(|n| n.list).unwrap_or_default();
        for (i, word) in self.fired.iter().enumerate() {
            let rows = (0..64).filter(|bit| word >> bit & 1 == 1).map(|bit| RowId((i * 64 + bit) as u16));
            self.out.fired.extend(rows.take(word.count_ones() as usize));
        }
        self.out
    }

    /// Whether one of these things became of a node of the slice.
    fn is(&self, node: Node<'t>, fates: u8) -> bool {
        self.own(node) && self.fates[node.index() as usize] & fates != 0
    }

    fn set(&mut self, node: Node<'t>, fate: u8) {
        if self.own(node) {
            self.fates[node.index() as usize] |= fate;
        }
    }

    /// Whether a node is of this slice; what a section reads in the header is the header's business.
    fn own(&self, node: Node<'t>) -> bool {
        std::ptr::eq(node.tree(), self.root.tree())
    }

    pub(crate) fn key(&self, node: Node<'t>) -> NodeKey {
        let header = std::ptr::eq(node.tree(), self.select.document.tree());
        (if header { HEADER } else { self.slice }, node.index())
    }

    /// Offers one statement to the rules.
    fn statement(&mut self, node: Node<'t>) {
        self.out.statements += 1;
        if self.is(node, CLAIMED) {
            return;
        }
        self.section = nearest_section(node).map(|s| self.key(s));
        if let Some(flavor) = node.null_flavor() {
            self.cx.report(
                Severity::Information,
                "null-statement",
                node,
                format!("the statement is null ({flavor}); nothing was made of it"),
            );
            return;
        }
        let candidates = self.plan.statements.get(&node.name()).map_or(&[][..], Vec::as_slice);
        let mut primary = None;
        let mut inferred = false;
        // a rule that asks for the section knows more than a template that only the section suggests
        let suggested = self.select.is_suggested(node);
        let asks = |c: &&Candidate| suggested && !self.plan.rule(c.rule).sections.is_empty();
        let in_order = candidates.iter().filter(asks).chain(candidates.iter().filter(|c| !asks(c)));
        let mut additions: SmallVec<[RuleId; 2]> = SmallVec::new();
        // found with the first rule that asks for a template: most rules of an element ask for another one
        let mut templates = TemplateMarks::ANY;
        for c in in_order {
            if !c.templates.allow(templates) {
                continue;
            }
            let rule = self.plan.rule(c.rule);
            let mark = self.hits();
            let skipped = rule.group.is_some()
                || (primary.is_some() && rule.into.is_none())
                || (c.inferred && (self.is_known(node) || self.in_held(node)))
                || !self.applies(c, rule, node);
            if skipped {
                self.forget_hits(mark);
            } else {
                self.note_hits(mark, None, Some((c.rule, self.key(node))));
            }
            if templates == TemplateMarks::ANY && c.templates != TemplateMarks::ANY {
                templates = self.select.templates(node, TemplateMarks::of);
            }
            match rule.into {
                _ if skipped => {}
                Some(_) => additions.push(c.rule),
                None => {
                    primary = Some(c.rule);
                    inferred = c.inferred;
                }
            }
        }
        if primary.is_none() && additions.is_empty() {
            if !self.is(node, READ) {
                self.pending.push(node);
            }
            return;
        }
        if !self.about_the_patient(node, primary) {
            return;
        }
        let around = self.around(node);
        if primary.is_some_and(|rule| !self.may_say(rule, node, &around)) {
            return;
        }
        additions.retain(|rule| self.may_add(*rule, &around));
        if primary.is_none() && additions.is_empty() {
            self.report_not_added(node, &around);
            return;
        }
        if let Some(rule) = primary {
            self.take(rule, inferred, node, &around);
        }
        for rule in additions {
            if self.is_held(rule) {
                self.hold(rule, node);
                continue;
            }
            self.report_title(rule, node);
            self.make(rule, node, &[node]);
        }
    }

    /// A rule makes its resource of a statement.
    fn take(&mut self, rule: RuleId, inferred: bool, node: Node<'t>, around: &Around<'t>) {
        if self.is_held(rule) {
            self.hold(rule, node);
            return;
        }
        *self.out.taken.entry(rule).or_default() += 1;
        self.set(node, TAKEN);
        if inferred {
            self.set(node, INFERRED);
            self.cx.report(
                Severity::Information,
                "inferred-by-class",
                node,
                "no template and no section code decides what the statement is; its class alone did",
            );
        }
        self.report_title(rule, node);
        self.report_uncertainty(rule, node);
        if let Some(made) = self.make(rule, node, &[node]) {
            *self.out.written.entry(rule).or_default() += 1;
            self.take_back(made, around);
        }
    }

    /// What is said with doubt, where no row carries it.
    fn report_uncertainty(&self, rule: RuleId, node: Node<'t>) {
        if let Some(doubt) = around::uncertain(node).filter(|_| !self.plan.rule(rule).carries_doubt) {
            self.cx.report(
                Severity::Warning,
                "uncertainty-not-carried",
                doubt,
                "the statement is uncertain (uncertaintyCode U) and its resource has no element to say so",
            );
        }
    }

    /// Whether tables know more of a statement than its class: it bears a template, and if no rule takes it so, that is
    /// for a reason (a refused vaccine); or it is part of another that they know, read by it or inside it. What such a
    /// part says, it says of that statement; its class alone would tear it out.
    fn is_known(&self, node: Node<'t>) -> bool {
        if self.select.knows(node) {
            return true;
        }
        let around =
            node.ancestors().find(|a| is_statement(a.name()) && !matches!(a.name(), name::ACT | name::ORGANIZER));
        self.is(node, READ) || around.is_some_and(|a| self.is(a, TAKEN | CLAIMED) && !self.is(a, INFERRED))
    }

    fn applies(&self, candidate: &Candidate, rule: &Rule, node: Node<'t>) -> bool {
        (rule.sections.is_empty() || self.in_section(node, &rule.sections).is_some())
            && self.select.stands_at(&rule.entries[candidate.entry as usize], node)
            && rule.condition.as_ref().is_none_or(|c| self.select.test(c, node))
    }

    /// Makes the resource of a rule from a node, once; `None` when the rule's `require` is not met.
    pub(crate) fn make(&mut self, id: RuleId, node: Node<'t>, nodes: &[Node<'t>]) -> Option<usize> {
        let key = (id, self.key(node));
        if key.1.0 == HEADER && self.premade.is_some_and(|p| p.contains(&key)) {
            // people of the header, inherited by entries: the run over the header has made them
            return Some(usize::MAX);
        }
        if let Some(made) = self.made.get(&key) {
            return *made;
        }
        if self.is_held(id) {
            // only a row of the header can ask for it: what clinical rules refer to is reviewed as they are
            self.hold(id, node);
            return None;
        }
        if self.depth > 24 {
            self.cx.report(Severity::Warning, "too-deep", node, "references nest too deeply; this one was left out");
            return None;
        }
        self.made.insert(key, None);
        let _working = self.cx.working(id);
        let rule = self.plan.rule(id);
        self.depth += 1;
        // about what a resource has; growing to it step by step would move it thrice
        let mut object = Object(Vec::with_capacity(12));
        let before = self.noting(key);
        self.rows(&rule.rows, node, nodes, &mut object);
        self.noted(before);
        self.depth -= 1;
        if object.is_empty() || !rule.require.as_ref().is_none_or(|r| met(r, &object)) {
            if rule.into.is_none() {
                self.cx.report(
                    Severity::Warning,
                    "not-written",
                    node,
                    format!("{} was not written: what it requires is not in the statement", rule.to_name),
                );
            }
            return None;
        }
        for path in &rule.claims {
            for item in self.select.select(path, node) {
                self.set(item.node(), CLAIMED);
            }
        }
        let ids = nodes.iter().flat_map(|n| n.children_named(name::ID)).filter_map(|i| id_key(i)).collect();
        self.out.instances.push(Instance {
            rule: id,
            node: key.1,
            section: if key.1.0 == HEADER { None } else { self.section },
            labels: self.labels(node),
            object,
            ids,
            offset: node.document_offset(),
        });
        let made = Some(self.out.instances.len() - 1);
        self.made.insert(key, made);
        for &further in &rule.emit {
            let mark = self.hits();
            if self.plan.rule(further).condition.as_ref().is_none_or(|c| self.select.test(c, node)) {
                self.note_hits(mark, None, Some((further, key.1)));
                self.make(further, node, nodes);
            }
        }
        made
    }
}

/// `root|extension` of an id that identifies something.
pub(crate) fn id_key(id: Node<'_>) -> Option<CompactString> {
    if id.null_flavor().is_some() {
        return None;
    }
    let root = id.attr_trimmed(name::ROOT).unwrap_or("");
    let extension = id.attr_trimmed(name::EXTENSION).unwrap_or("");
    if root.is_empty() && extension.is_empty() {
        return None;
    }
    let mut key = CompactString::with_capacity(root.len() + extension.len() + 1);
    key.push_str(root);
    key.make_ascii_lowercase();
    key.push('|');
    key.push_str(extension);
    Some(key)
}

/// Whether what a rule requires of its result is there.
pub(crate) fn met(require: &Require, object: &Object) -> bool {
    match require {
        Require::And(all) => all.iter().all(|r| met(r, object)),
        Require::Or(any) => any.iter().any(|r| met(r, object)),
        Require::Not(r) => !met(r, object),
        Require::Has(key) => object.get(key).is_some(),
        Require::Extension(url) => object
            .get("extension")
            .is_some_and(|e| e.items().iter().any(|e| e.as_object().and_then(|o| o.str("url")) == Some(url))),
    }
}
