//! How a row refers to other resources: to what it has made, and to what was made anyway.

use super::super::native::{self, Made};
use super::super::plan::*;
use super::pick::{is_null, says_nothing};
use super::readings::How;
use super::rows::{Outcome, Work};
use super::{Link, LinkTo, Run, id_key};
use crate::cda::names::name;
use crate::cda::tree::Node;
use crate::fhir::value::{LinkId, Object, Value};

impl<'t> Run<'_, 't> {
    /// A reference to what rules make of the nodes that are read, or to what the document has once.
    pub(super) fn refer(&mut self, w: Work<'_, 't>, rules: &[RuleId]) -> Outcome {
        let Work { row, alternative, node, nodes, object } = w;
        if alternative.from.is_none() {
            let value = self.reference(LinkTo::Single(rules.iter().copied().collect()), row, node);
            self.put(row, object, Made::from(value), None, node);
            return Outcome::Done;
        }
        let mut outcome = Outcome::Nothing;
        // when the one that `pick` prefers is nobody to refer to here (a device among the authors), the next is asked
        for item in self.candidates(alternative, node, nodes) {
            let target = item.node();
            if is_null(&item) && target.children().next().is_none() {
                continue;
            }
            if outcome == Outcome::Nothing && !says_nothing(&item) {
                outcome = Outcome::Found;
            }
            let mark = self.cx.mark();
            let mut made = None;
            for &id in rules {
                let rule = self.plan.rule(id);
                if !(rule.takes.is_empty() || rule.takes.contains(&target.name()))
                    || !rule.condition.as_ref().is_none_or(|c| self.select.test(c, target))
                {
                    continue;
                }
                made = if rule.resource {
                    let key = self.key(target);
                    self.make(id, target, &[target])
                        .map(|_| Made::from(self.reference(LinkTo::Made(id, key), row, target)))
                } else {
                    self.note_below(row);
                    let made = self.datatype_rule(id, target);
                    self.note_above();
                    made
                };
                if made.is_some() {
                    break;
                }
                // what the rule requires is not there: the next one may need less
                self.cx.forget_since(mark);
            }
            if let Some(made) = made {
                self.mark_read(target, node);
                self.note(row, &item, How::Referred);
                self.put(row, object, made, None, node);
                outcome = Outcome::Done;
                if !row.element.repeats() || alternative.pick != Pick::All {
                    break;
                }
            }
        }
        outcome
    }

    /// A reference to what rules made of nodes elsewhere, found by the node or by an id.
    pub(super) fn link(&mut self, w: Work<'_, 't>, rules: &[RuleId]) -> Outcome {
        let Work { row, alternative, node, nodes, object } = w;
        let mut outcome = Outcome::Nothing;
        for item in self.items(alternative, node, nodes) {
            let target = item.node();
            // an id, or a value that is one
            let named = target.name() == name::ID || target.xsi_type() == Some("II");
            let to = if named {
                match id_key(target) {
                    Some(id) => LinkTo::Id(rules.iter().copied().collect(), id),
                    None => continue,
                }
            } else {
                LinkTo::Node(rules.iter().copied().collect(), self.key(target))
            };
            self.note(row, &item, How::Followed);
            let mut value = self.reference(to, row, target);
            if let (true, Value::Object(reference)) = (named, &mut value) {
                // what is wrong with an id is reported where the statement is that bears it
                let mark = self.cx.mark();
                if let Some(identifier) = native::identifier::identifier(self.cx, target) {
                    reference.set("identifier", identifier);
                }
                self.cx.forget_since(mark);
                if target.parent().is_some_and(says_an_id_alone) {
                    self.mark_read(target, node);
                }
            }
            self.put(row, object, Made::from(value), None, node);
            outcome = Outcome::Done;
            if !row.element.repeats() {
                break;
            }
        }
        outcome
    }

    fn reference(&mut self, to: LinkTo, row: &Row, node: Node<'t>) -> Value {
        self.out.links.push(Link { to, row: row.id, offset: node.document_offset() });
        let link = Value::Link(LinkId { slice: self.slice, index: self.out.links.len() as u32 - 1 });
        Value::Object(Object(vec![("reference", link)]))
    }
}

/// Whether a statement only names another one, which stands elsewhere.
fn says_an_id_alone(statement: Node<'_>) -> bool {
    let says_nothing = [name::ID, name::TEMPLATE_ID, name::STATUS_CODE];
    statement.children().all(|c| says_nothing.contains(&c.name()) || c.null_flavor().is_some())
}
