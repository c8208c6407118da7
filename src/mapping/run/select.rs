//! Paths and tests over nodes.

use rustc_hash::FxHashSet;
use std::borrow::Cow;
use std::cell::RefCell;

use smallvec::SmallVec;

use crate::cda::datatypes::untyped;
use crate::cda::forms::NOT_DONE;
use crate::cda::marks::Marks;
use crate::cda::names::{Name, name};
use crate::cda::tree::{Node, trim};
use crate::short::same;

use super::super::native::translate::knows;
use super::super::plan::qualifiers::Says;
use super::super::plan::*;
use super::around::{Around, called, doubt};
use super::readings::{Hits, hit, hit_code};

/// What a path finds: an element, or an attribute of one.
#[derive(Debug, Clone, Copy)]
pub enum Item<'t> {
    /// an element
    Node(Node<'t>),
    /// an attribute and the element that bears it
    Attribute(Node<'t>, &'t str),
}

impl<'t> Item<'t> {
    /// The element, or the one that bears the attribute.
    pub fn node(&self) -> Node<'t> {
        match self {
            Item::Node(n) | Item::Attribute(n, _) => *n,
        }
    }

    /// The text of an attribute item.
    pub fn attribute(&self) -> Option<&'t str> {
        match self {
            Item::Attribute(_, v) => Some(v),
            Item::Node(_) => None,
        }
    }

    /// The text by which items are compared: the attribute, or of an element `@code`, `@value`, or its text.
    pub fn text(&self) -> Cow<'t, str> {
        match self {
            Item::Attribute(_, v) => Cow::Borrowed(trim(v)),
            Item::Node(n) => match code_of(*n).or_else(|| n.attr_trimmed(name::VALUE)) {
                Some(v) => Cow::Borrowed(v),
                None => n.text_trimmed(),
            },
        }
    }
}

/// An attribute; of `xsi:type` the local part, so that `@xsi:type='PIVL_TS'` holds under any prefix. A value without one is of
/// the datatype that it holds, where that is plain.
///
/// Of a concept without a code of its own (`nullFlavor`), `@code` and `@codeSystem` are those of its translations: each is a
/// rendering of the concept, and there is no other.
fn attribute<'t>(node: Node<'t>, attribute: Name, f: &mut impl FnMut(Item<'t>) -> bool) -> bool {
    if attribute == name::XSI_TYPE {
        // a value must say its datatype; what it holds says it where it does not
        let inferred = || (node.name() == name::VALUE).then(|| untyped::datatype(node)).flatten();
        return node.xsi_type().or_else(inferred).is_some_and(|v| f(Item::Attribute(node, v)));
    }
    if let Some(value) = node.attr(attribute) {
        return f(Item::Attribute(node, value));
    }
    matches!(attribute, name::CODE | name::CODE_SYSTEM)
        && renderings(node).any(|t| t.attr(attribute).is_some_and(|v| f(Item::Attribute(t, v))))
}

/// Whether a statement is one of something that is not so yet, in one that is: the goal of a problem is not its status.
fn is_wished(node: Node<'_>) -> bool {
    let other = |n: Node<'_>| {
        let mood = n.attr_trimmed(name::MOOD_CODE);
        mood.is_some_and(|m| matches!(m, "GOL" | "RSK" | "EXPEC" | "PRP" | "PRMS" | "RQO" | "ARQ" | "APT" | "DEF"))
    };
    // the holder of the relationship
    other(node) && !node.parent().and_then(|relation| relation.parent()).is_some_and(other)
}

/// The translations of a concept that has no code of its own.
fn renderings<'t>(node: Node<'t>) -> impl Iterator<Item = Node<'t>> + use<'t> {
    let alone = node.marks().meets(Marks::of(name::TRANSLATION)) && node.attr_trimmed(name::CODE).is_none();
    let translations = alone.then(|| node.children_named(name::TRANSLATION)).into_iter().flatten();
    translations.filter(|t| t.attr_trimmed(name::CODE).is_some() && t.null_flavor().is_none())
}

/// The code of a concept: its own, else that of its first translation.
fn code_of(node: Node<'_>) -> Option<&str> {
    let own = node.attr_trimmed(name::CODE);
    own.or_else(|| renderings(node).next().and_then(|t| t.attr_trimmed(name::CODE)))
}

/// Whether the text of a boolean says that it is so.
pub(super) fn holds(text: &str) -> bool {
    text == "1" || text.eq_ignore_ascii_case("true")
}

/// A few items; most paths find none or one.
pub type Items<'t> = SmallVec<[Item<'t>; 2]>;

/// The templates of one node.
type TemplateSet = SmallVec<[TemplateId; 4]>;

/// Template sets of the nodes of one tree, found once.
#[derive(Default)]
pub struct TemplateCache {
    /// by node: the place of its set in `sets`, counted from 1; empty until the first is found
    places: RefCell<Vec<u32>>,
    sets: RefCell<Vec<TemplateSet>>,
    /// nodes whose template and code disagreed
    pub disagreements: RefCell<Vec<u32>>,
    /// nodes whose section alone said what they are
    pub by_section: RefCell<FxHashSet<u32>>,
}

/// Evaluates paths against a plan; holds what is shared by all evaluations over one slice.
pub struct Selector<'p, 't> {
    /// the plan
    pub plan: &'p Plan,
    /// the outermost element of the header
    pub document: Node<'t>,
    /// template sets of the slice
    pub cache: &'p TemplateCache,
    /// template sets of the header
    pub header_cache: &'p TemplateCache,
    /// what made tests hold, where somebody asks
    pub hits: Hits,
}

impl<'p, 't> Selector<'p, 't> {
    /// What a path finds from a node, in document order within each branch.
    pub fn select(&self, path: &Path, from: Node<'t>) -> Items<'t> {
        let mut out = Items::new();
        self.find(path, from, &mut |item| {
            out.push(item);
            false
        });
        out
    }

    /// Shows what a path finds, in that order, until `f` says that it has seen enough; whether it did.
    fn find(&self, path: &Path, from: Node<'t>, f: &mut impl FnMut(Item<'t>) -> bool) -> bool {
        path.0.iter().any(|branch| {
            if !branch.absolute {
                return self.walk(&branch.steps, from, f);
            }
            // the first step names the document itself
            let (first, rest) = (&branch.steps[0], &branch.steps[1..]);
            first.name.is_none_or(|n| n == self.document.name())
                && self.accepts(&first.predicates, self.document)
                && self.walk(rest, self.document, f)
        })
    }

    fn walk(&self, steps: &[Step], node: Node<'t>, f: &mut impl FnMut(Item<'t>) -> bool) -> bool {
        let Some((step, rest)) = steps.split_first() else {
            return f(Item::Node(node));
        };
        match step.axis {
            Axis::Attribute => match step.name {
                Some(n) => attribute(node, n, f),
                None => node.attributes().any(|a| f(Item::Attribute(node, a.value()))),
            },
            Axis::Itself => self.accepts(&step.predicates, node) && self.walk(rest, node, f),
            Axis::Parent => {
                node.parent().is_some_and(|parent| self.accepts(&step.predicates, parent) && self.walk(rest, parent, f))
            }
            Axis::Ancestor => {
                let named = |n: &Node<'t>| step.name.is_none_or(|name| n.name() == name);
                let found = node.ancestors().filter(named).find(|n| self.accepts(&step.predicates, *n));
                found.is_some_and(|found| self.walk(rest, found, f))
            }
            Axis::Child => {
                if !step.predicates.iter().any(|p| matches!(p, Predicate::Position(_))) {
                    let mut on = |c: Node<'t>| self.accepts(&step.predicates, c) && self.walk(rest, c, f);
                    return match step.name {
                        Some(name) => node.children_named(name).any(on),
                        None => node.children().any(&mut on),
                    };
                }
                let mut nodes: SmallVec<[Node<'t>; 8]> = match step.name {
                    Some(name) => node.children_named(name).collect(),
                    None => node.children().collect(),
                };
                for p in &step.predicates {
                    match p {
                        Predicate::Position(i) => {
                            nodes = nodes.get(*i as usize - 1).copied().into_iter().collect();
                        }
                        Predicate::Test(e) => nodes.retain(|n| self.test(e, *n)),
                    }
                }
                nodes.into_iter().any(|n| self.walk(rest, n, f))
            }
        }
    }

    fn accepts(&self, predicates: &[Predicate], node: Node<'t>) -> bool {
        predicates.iter().all(|p| match p {
            Predicate::Position(i) => *i == 1,
            Predicate::Test(e) => self.test(e, node),
        })
    }

    /// Whether a test holds on a node.
    pub fn test(&self, expr: &Expr, node: Node<'t>) -> bool {
        match expr {
            Expr::And(all) => all.iter().all(|e| self.test(e, node)),
            Expr::Or(any) => any.iter().any(|e| self.test(e, node)),
            Expr::Not(e) => !self.test(e, node),
            Expr::HasAttribute(name) => attribute(node, *name, &mut |i| !i.text().is_empty()),
            Expr::TrueAttribute(name) => attribute(node, *name, &mut |i| self.hit_if(holds(&i.text()), &i)),
            // `!=` on what is not there does not hold, as in XPath
            Expr::CompareAttribute { name, equal, texts } => attribute(node, *name, &mut |i| {
                let text = i.text();
                self.hit_if(texts.iter().any(|t| same(t, &text)) == *equal, &i)
            }),
            Expr::Exists(path) => self.find(path, node, &mut |i| match i {
                Item::Node(_) => true,
                Item::Attribute(_, v) => !v.trim().is_empty(),
            }),
            Expr::True(path) => self.find(path, node, &mut |i| self.hit_if(holds(&i.text()), &i)),
            Expr::Compare { path, equal, texts } => self.find(path, node, &mut |i| {
                let text = i.text();
                self.hit_if(texts.iter().any(|t| same(t, &text)) == *equal, &i)
            }),
            Expr::In { path, map } => self.find(path, node, &mut |i| {
                let known = knows(&self.plan.terms, *map, i.node(), i.attribute());
                self.hit_if(known, &i)
            }),
            Expr::Denied => self.is_denied(node),
            Expr::Unsaid(reasons) => self.is_unsaid(*reasons, node),
            Expr::Doubted => self.is_doubted(node),
            Expr::Planned => self.is_planned(node),
            Expr::Known => self.knows(node),
            Expr::Template(t) => {
                let held = self.templates(node, |set| set.contains(t));
                if held && self.hits.is_some() && !self.plan.templates.codes[t.0 as usize].is_empty() {
                    hit_code(&self.hits, node);
                }
                held
            }
        }
    }

    /// Whether a statement says nothing to the one that holds it.
    fn is_unsaid(&self, reasons: Unsaid, node: Node<'t>) -> bool {
        let is_true = |name: Name| self.held(node.attr_trimmed(name).is_some_and(holds), node, name);
        let denied = || self.plan.qualifiers.said(node).is_some_and(|(_, says)| says == Says::Denied);
        reasons.null && node.null_flavor().is_some()
            || reasons.negated && is_true(name::NEGATION_IND)
            || reasons.negated_by_extension && self.plan.denied.is_some_and(is_true)
            || reasons.qualified && denied()
            || reasons.void && self.is_void(node)
            || reasons.other_mood && is_wished(node)
    }

    /// Whether a statement was taken back, or did not take place.
    fn is_void(&self, node: Node<'t>) -> bool {
        let Some((status, code)) = node.status() else { return false };
        self.held(matches!(code, "nullified" | NOT_DONE), status, name::CODE)
    }

    /// Whether a statement is negated, or what it is part of.
    fn is_denied(&self, node: Node<'t>) -> bool {
        let Some((holder, attribute)) = Around::of(node, self.plan).denial() else { return false };
        self.held(true, holder, attribute)
    }

    /// Whether a statement is uncertain, or only suspected.
    fn is_doubted(&self, node: Node<'t>) -> bool {
        doubt(node, self.plan).is_some_and(|at| self.held(true, at, name::CODE))
    }

    /// Whether a qualifier calls a statement planned.
    fn is_planned(&self, node: Node<'t>) -> bool {
        called(Says::Planned, node, self.plan).is_some_and(|at| self.held(true, at, name::CODE))
    }

    /// A test on an attribute of the node, as it turned out.
    fn held(&self, held: bool, node: Node<'t>, name: Name) -> bool {
        if held
            && self.hits.is_some()
            && let Some(value) = node.attr(name)
        {
            hit(&self.hits, &Item::Attribute(node, value));
        }
        held
    }

    /// A test on an item, as it turned out.
    fn hit_if(&self, held: bool, item: &Item<'t>) -> bool {
        if held {
            hit(&self.hits, item);
        }
        held
    }

    /// Whether tables know a template of a node.
    pub fn knows(&self, node: Node<'t>) -> bool {
        self.templates(node, |set| !set.is_empty())
    }

    /// The templates of a node: by templateId and fixed code together. Where both are known and disagree, the code wins.
    pub fn templates<R>(&self, node: Node<'t>, read: impl FnOnce(&[TemplateId]) -> R) -> R {
        let cache = if std::ptr::eq(node.tree(), self.document.tree()) { self.header_cache } else { self.cache };
        let known = cache.places.borrow().get(node.index() as usize).copied().unwrap_or(0);
        if known > 0 {
            return read(&cache.sets.borrow()[known as usize - 1]);
        }
        let set = self.find_templates(node, cache);
        let result = read(&set);
        let mut sets = cache.sets.borrow_mut();
        sets.push(set);
        let mut places = cache.places.borrow_mut();
        if places.is_empty() {
            places.resize(node.tree().len(), 0);
        }
        places[node.index() as usize] = sets.len() as u32;
        result
    }

    fn find_templates(&self, node: Node<'t>, cache: &TemplateCache) -> TemplateSet {
        let templates = &self.plan.templates;
        let mut set = TemplateSet::new();
        let mut add = |ids: Option<&Vec<TemplateId>>| {
            for id in ids.into_iter().flatten() {
                if templates.all[id.0 as usize].1 == node.name() && !set.contains(id) {
                    set.push(*id);
                }
            }
        };
        let mut joined = String::new();
        for t in node.children_named(name::TEMPLATE_ID) {
            let root = t.attr_trimmed(name::ROOT).unwrap_or("");
            add(templates.by_oid.get(root));
            if let Some(extension) = t.attr_trimmed(name::EXTENSION) {
                joined.clear();
                joined.push_str(root);
                joined.push('|');
                joined.push_str(extension);
                add(templates.by_oid.get(joined.as_str()));
            }
        }
        if set.is_empty() {
            let mut add = |ids: Option<&Vec<TemplateId>>| {
                for id in ids.into_iter().flatten() {
                    if templates.all[id.0 as usize].1 == node.name() && !set.contains(id) {
                        set.push(*id);
                    }
                }
            };
            for t in node.children_named(name::TEMPLATE_ID) {
                add(templates.general.get(t.attr_trimmed(name::ROOT).unwrap_or("")));
            }
        }
        let code = node.child(name::CODE).and_then(code_of);
        let by_code = code.map_or(&[][..], |code| self.by_code(node.name(), code));
        if set.is_empty() {
            set.extend(by_code.iter().copied());
            if set.is_empty()
                && let Some(id) = self.by_section(node)
            {
                cache.by_section.borrow_mut().insert(node.index());
                set.push(id);
            }
        } else if !by_code.is_empty() {
            let before = set.len();
            let agrees = |t: &TemplateId| {
                let codes = &templates.codes[t.0 as usize];
                codes.is_empty() || codes.iter().any(|c| Some(c.as_str()) == code)
            };
            if !set.iter().any(agrees) {
                set.retain(|t| agrees(t));
                set.extend(by_code.iter().copied());
            } else {
                set.retain(|t| agrees(t));
            }
            if set.len() != before {
                cache.disagreements.borrow_mut().push(node.index());
            }
        }
        set
    }

    /// Whether the section alone says of which template a node is.
    pub fn is_suggested(&self, node: Node<'t>) -> bool {
        if !self.plan.templates.by_section.contains_key(&node.name()) {
            return false;
        }
        self.templates(node, |_| ());
        self.cache.by_section.borrow().contains(&node.index())
    }

    /// What a node without a template that is known is in its section: only the section's own statements, not parts of others.
    fn by_section(&self, node: Node<'t>) -> Option<TemplateId> {
        let known = self.plan.templates.by_section.get(&node.name())?;
        let section = node.ancestors().find(|a| {
            !matches!(a.name(), name::ENTRY | name::ENTRY_RELATIONSHIP | name::COMPONENT | name::ACT | name::ORGANIZER)
        })?;
        if section.name() != name::SECTION {
            return None;
        }
        let code = section.child(name::CODE)?;
        std::iter::once(code)
            .chain(code.children_named(name::TRANSLATION))
            .filter_map(|c| c.attr_trimmed(name::CODE))
            .find_map(|c| known.iter().find(|(section, _)| section == c).map(|(_, id)| *id))
    }

    fn by_code(&self, element: Name, code: &str) -> &'p [TemplateId] {
        self.plan.templates.by_code.get(&(element, code.into())).map_or(&[], Vec::as_slice)
    }

    /// Whether a node stands at the end of a way: the steps of the path, read backwards from the node.
    pub fn stands_at(&self, path: &Path, node: Node<'t>) -> bool {
        path.0.iter().any(|branch| {
            let mut at = node;
            for (i, step) in branch.steps.iter().rev().enumerate() {
                if i > 0 {
                    match at.parent() {
                        Some(p) => at = p,
                        None => return false,
                    }
                }
                if step.name.is_some_and(|n| n != at.name()) || !self.accepts(&step.predicates, at) {
                    return false;
                }
            }
            true
        })
    }
}
