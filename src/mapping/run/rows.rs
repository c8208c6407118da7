//! Rows over one node: which alternative, what it reads, what it makes, where that goes.

use smallvec::SmallVec;

use crate::cda::marks::Marks;
use crate::cda::names::name;
use crate::cda::tree::Node;
use crate::fhir::value::{Object, Value};

use super::super::context::Severity;
use super::super::native::{self, Made, Transform};
use super::super::plan::*;
use super::pick::{by_pick, is_null, says_nothing};
use super::readings::How;
use super::select::{Item, Items};
use super::{HEADER, READ, Run, met};

/// A list that some rows may nest more deeply than; R4 itself nests less.
const MAX_ROWS_DEPTH: u32 = 16;

/// An alternative of a row at work: what it reads, and where that goes.
pub(super) struct Work<'w, 't> {
    pub(super) row: &'w Row,
    pub(super) alternative: &'w Alternative,
    /// the node that the row is about
    pub(super) node: Node<'t>,
    /// all nodes of a group, else that node alone
    pub(super) nodes: &'w [Node<'t>],
    /// what is being made
    pub(super) object: &'w mut Object,
}

impl<'t> Run<'_, 't> {
    /// Adds what the rows give to an object. `nodes` are all nodes of a group (the node alone otherwise).
    pub(super) fn rows(&mut self, rows: &Rows, node: Node<'t>, nodes: &[Node<'t>], object: &mut Object) {
        let marks = nodes.iter().fold(node.marks(), |marks, n| marks.with(n.marks()));
        for (needs, row) in rows.needs().iter().zip(&**rows) {
            if needs.meets(marks) {
                self.row(row, marks, node, nodes, object);
            }
        }
    }

    /// One row; `marks` are those of all nodes.
    fn row(&mut self, row: &Row, marks: Marks, node: Node<'t>, nodes: &[Node<'t>], object: &mut Object) {
        let mark = self.cx.mark();
        let mut found_something = false;
        for alternative in row.alternatives.iter().filter(|a| a.needs.meets(marks)) {
            let hits = self.hits();
            let committed = match &alternative.condition {
                Some(c) if !self.select.test(c, node) => continue,
                c => c.is_some(),
            };
            let outcome = self.alternative(Work { row, alternative, node, nodes, object });
            if let Some(remark) = alternative.report.as_ref().filter(|_| committed || outcome == Outcome::Done) {
                self.cx.report(Severity::Warning, "row-remark", node, &**remark);
            }
            if outcome == Outcome::Done {
                self.note_hits(hits, Some(row), None);
            } else {
                self.forget_hits(hits);
            }
            match outcome {
                Outcome::Done => {
                    self.fired[usize::from(row.id.0) / 64] |= 1 << (row.id.0 % 64);
                    // a fixed value for all that no map knows must not hide that something was said
                    if found_something && matches!(alternative.make, Make::Const(_)) {
                        self.cx.report(
                            Severity::Warning,
                            "code-not-mapped",
                            node,
                            "what is said here is in no map of this row; what the table has for the rest was written",
                        );
                    }
                    found_something = false;
                    break;
                }
                Outcome::Found => found_something = true,
                Outcome::Nothing => {}
            }
            if committed {
                break;
            }
        }
        if self.cx.mark() > mark || found_something {
            let info = &self.plan.rows[row.id.0 as usize];
            if found_something && self.cx.mark() == mark {
                self.cx.report(
                    Severity::Warning,
                    "value-not-carried",
                    node,
                    "what this row reads is in the document, but it gives no value here",
                );
            }
            self.cx.label_since(mark, &info.fhir_path, &info.name);
        }
    }

    fn alternative(&mut self, w: Work<'_, 't>) -> Outcome {
        match &w.alternative.make {
            Make::Const(value) => {
                self.put(w.row, w.object, Made::from(value.clone()), None, w.node);
                Outcome::Done
            }
            Make::Convert(convert) => self.convert_into(w, convert),
            Make::Build(base, rows) => self.build(w, base.as_ref(), rows),
            Make::Refer(rules) => self.refer(w, rules),
            Make::Link(rules) => self.link(w, rules),
        }
    }

    /// What `from` finds: over the node, or every node of a group; up the ancestors when the row says `conduct`.
    pub(super) fn items(&self, alternative: &Alternative, node: Node<'t>, nodes: &[Node<'t>]) -> Items<'t> {
        let mut items = self.candidates(alternative, node, nodes);
        if alternative.pick != Pick::All {
            items.truncate(1);
        }
        items
    }

    /// The same, in the order in which `pick` prefers them.
    pub(super) fn candidates(&self, alternative: &Alternative, node: Node<'t>, nodes: &[Node<'t>]) -> Items<'t> {
        let items = self.found(alternative, node, nodes);
        // ordering them costs more than a look at each
        if !node.tree().budget().search(items.len() * 4) {
            return Items::new();
        }
        by_pick(items, alternative.pick)
    }

    fn found(&self, alternative: &Alternative, node: Node<'t>, nodes: &[Node<'t>]) -> Items<'t> {
        let Some(path) = &alternative.from else {
            return Items::from_slice(&[Item::Node(node)]);
        };
        let mut items = self.select.select(path, node);
        for other in nodes.iter().filter(|n| **n != node) {
            items.extend(self.select.select(path, *other));
        }
        if items.is_empty() && alternative.conduct {
            items =
                node.ancestors().map(|a| self.select.select(path, a)).find(|found| !found.is_empty()).unwrap_or_else(
                    || {
                        let in_header = std::ptr::eq(node.tree(), self.select.document.tree());
                        if in_header { Items::new() } else { self.select.select(path, self.select.document) }
                    },
                );
        }
        items
    }

    fn convert_into(&mut self, w: Work<'_, 't>, convert: &Convert) -> Outcome {
        let Work { row, alternative, node, nodes, object } = w;
        let items = self.items(alternative, node, nodes);
        if items.is_empty() {
            return Outcome::Nothing;
        }
        if let Some(Transform::Many(transform)) = &convert.via {
            let all: SmallVec<[Node<'t>; 4]> = items.iter().map(Item::node).collect();
            return match transform(self.cx, &all) {
                Some((suffix, made)) => {
                    for i in &items {
                        self.mark_read(i.node(), node);
                        self.note(row, i, How::Value);
                    }
                    self.put(row, object, made, suffix, node);
                    Outcome::Done
                }
                // a transform says itself what it could not carry
                None => Outcome::Nothing,
            };
        }
        let many = matches!(row.element, Element::Plain { many: true, .. } | Element::Extension { .. });
        let mut outcome = Outcome::Nothing;
        for (i, item) in items.iter().enumerate() {
            let null = is_null(item);
            if null {
                self.mark_read(item.node(), node);
            }
            if let Some((suffix, made)) = self.convert(convert, item) {
                self.mark_read(item.node(), node);
                self.note(row, item, if convert.maps.is_empty() { How::Value } else { How::Translated });
                self.put(row, object, made, suffix, node);
                if !many {
                    self.only_the_first(&items[i + 1..], item);
                    return Outcome::Done;
                }
                outcome = Outcome::Done;
            } else if outcome == Outcome::Nothing
                && !null
                && convert.via.is_none()
                && !says_nothing(item)
                // words that a map does not know are no code that was lost
                && (convert.maps.is_empty() || !is_words(item))
                // what a map lists as unmatched was decided by whoever wrote the map
                && !convert.maps.iter().any(|m| self.plan.terms.map(*m).is_unmatched(&item.text()))
            {
                outcome = Outcome::Found;
            }
        }
        outcome
    }

    /// The element holds one value; what says something else is reported, never passed over in silence.
    fn only_the_first(&self, rest: &[Item<'t>], first: &Item<'t>) {
        if rest.is_empty() {
            return;
        }
        let kept = first.text();
        if let Some(other) = rest.iter().find(|i| !is_null(i) && !i.text().is_empty() && i.text() != kept) {
            self.cx.report(
                Severity::Information,
                "only-first-kept",
                other.node(),
                "the element holds one value and the source says several; the first was kept",
            );
        }
    }

    /// One item as a value, with the type suffix where the row is a choice.
    fn convert(&self, convert: &Convert, item: &Item<'t>) -> Option<(Option<&'static str>, Made)> {
        if let Some(Transform::One(transform)) = &convert.via {
            return transform(self.cx, item.node());
        }
        if let Some(Transform::Told(transform)) = &convert.via {
            return transform(self.cx, item.node(), &convert.argument);
        }
        if !convert.maps.is_empty() {
            let Target::Type(target, _) = convert.target else { return None };
            return convert
                .maps
                .iter()
                .find_map(|m| native::translate::translate(self.cx, *m, item.node(), item.attribute()))
                .and_then(|t| native::translate::mapped(t, target))
                .map(|v| (None, Made::from(v)));
        }
        match &convert.target {
            Target::Choice(suffixes) => native::choice(self.cx, item.node(), item.attribute(), suffixes)
                .map(|(suffix, made)| (Some(suffix), made)),
            Target::Type(target, make) => match item.attribute() {
                Some(text) => native::of_attribute(text, target),
                None => make.and_then(|make| make(self.cx, item.node())),
            }
            .map(|made| (None, made)),
        }
    }

    fn build(&mut self, w: Work<'_, 't>, base: Option<&Convert>, rows: &Rows) -> Outcome {
        let Work { row, alternative, node, nodes, object } = w;
        if self.depth > MAX_ROWS_DEPTH {
            return Outcome::Nothing;
        }
        let places: SmallVec<[Node<'t>; 4]> = match &alternative.each {
            None => SmallVec::from_slice(&[node]),
            Some(each) => {
                let mut found: SmallVec<[Node<'t>; 4]> =
                    self.select.select(each, node).iter().map(Item::node).collect();
                for other in nodes.iter().filter(|n| **n != node) {
                    found.extend(self.select.select(each, *other).iter().map(Item::node));
                }
                found
            }
        };
        let mut done = false;
        for place in places {
            // below `each` a row sees that node; otherwise all nodes of the group
            let alone = [place];
            let inner_nodes: &[Node<'t>] = if alternative.each.is_some() { &alone } else { nodes };
            let mut inner = Object::new();
            let mut value = None;
            if let Some(base) = base {
                for item in self.items(alternative, place, inner_nodes) {
                    if let Some((_, made)) = self.convert(base, &item) {
                        self.mark_read(item.node(), node);
                        self.note(row, &item, if base.maps.is_empty() { How::Value } else { How::Translated });
                        match made.value {
                            Some(Value::Object(o)) => inner = o,
                            other => value = other,
                        }
                        for e in made.extension {
                            inner.push("extension", e);
                        }
                        break;
                    }
                }
            }
            self.depth += 1;
            self.note_below(row);
            self.rows(rows, place, inner_nodes, &mut inner);
            self.note_above();
            self.depth -= 1;
            let made = match &row.element {
                Element::Plain { primitive: true, .. } => {
                    let extension = match inner.remove("extension") {
                        Some(Value::Array(a)) => a,
                        _ => vec![],
                    };
                    Made { value, extension }
                }
                _ if inner.is_empty() => continue,
                Element::Extension { .. } if says_constants_alone(rows, &inner) => continue,
                _ => Made::from(Value::Object(inner)),
            };
            if made.value.is_none() && made.extension.is_empty() {
                continue;
            }
            self.mark_read(place, node);
            self.put(row, object, made, None, node);
            done = true;
            if !row.element.repeats() {
                break;
            }
        }
        if done { Outcome::Done } else { Outcome::Nothing }
    }

    /// A rule that gives a datatype or backbone element, made in place.
    pub(crate) fn datatype_rule(&mut self, id: RuleId, node: Node<'t>) -> Option<Made> {
        if self.depth > MAX_ROWS_DEPTH {
            return None;
        }
        let _working = self.cx.working(id);
        let rule = self.plan.rule(id);
        let mut object = Object::new();
        self.depth += 1;
        self.rows(&rule.rows, node, &[node], &mut object);
        self.depth -= 1;
        let good = !object.is_empty() && rule.require.as_ref().is_none_or(|r| met(r, &object));
        good.then(|| Made::from(Value::Object(object)))
    }

    /// The statements between a node that a row read and the statement whose row it is are accounted for.
    pub(super) fn mark_read(&mut self, from: Node<'t>, to: Node<'t>) {
        let mut at = Some(from);
        while let Some(n) = at {
            if n == to {
                break;
            }
            if self.slice != HEADER {
                self.set(n, READ);
            }
            at = n.parent();
        }
    }
}

/// What became of an alternative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// it gave a value
    Done,
    /// it found something that gave no value
    Found,
    /// it found nothing
    Nothing,
}

/// Whether a complex extension holds nothing but what its tables always say, though rows of it were to read something: a
/// risk of no substance.
fn says_constants_alone(rows: &Rows, made: &Object) -> bool {
    let constant = |r: &Row| r.alternatives.iter().all(|a| matches!(a.make, Make::Const(_)));
    let urls = |wanted: bool| {
        rows.iter().filter(move |r| constant(r) == wanted).filter_map(|r| match &r.element {
            Element::Extension { url, .. } => Some(*url),
            _ => None,
        })
    };
    let parts = made.get("extension").map_or(&[][..], Value::items);
    urls(false).next().is_some()
        && parts.iter().all(|p| {
            let url = p.as_object().and_then(|o| o.str("url"));
            urls(true).any(|u| Some(u) == url)
        })
}

/// Whether an item is an element with text and no code.
fn is_words(item: &Item<'_>) -> bool {
    matches!(item, Item::Node(n) if n.attr_trimmed(name::CODE).is_none() && !n.text().trim().is_empty())
}
