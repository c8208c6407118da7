//! Rules that make one resource of several statements: blood pressure of its two halves.

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::super::context::Severity;
use super::super::plan::{Expr, Group, Rule, RuleId};
use super::sections::nearest_section;
use super::{CLAIMED, Run, is_statement};
use crate::cda::tree::Node;

impl<'t> Run<'_, 't> {
    /// Rules that make one resource of several nodes take them before anything else does.
    pub(super) fn groups(&mut self, section: Node<'t>) {
        let plan = self.plan;
        let holders: SmallVec<[Node<'t>; 8]> =
            section.subtree().filter(|n| plan.group_holders.contains(&n.name())).collect();
        for &id in &plan.groups {
            let Some(group) = plan.group(id) else { continue };
            for holder in holders.iter().filter(|h| h.name() == group.within) {
                self.group(id, plan.rule(id), group, *holder);
            }
        }
    }

    fn group(&mut self, id: RuleId, rule: &Rule, group: &Group, holder: Node<'t>) {
        // by the text of `by`, in the order of first appearance
        let mut buckets: Vec<Vec<Node<'t>>> = Vec::new();
        let mut known: FxHashMap<String, usize> = FxHashMap::default();
        let mark = self.hits();
        for node in holder.subtree().filter(|n| is_statement(n.name()) && n.null_flavor().is_none()) {
            let at_place = rule.entries.iter().any(|e| {
                // the class alone says less than a template that is known
                self.select.stands_at(e, node)
                    && !(e.is_class_alone() && self.select.knows(node) && !self.select.is_suggested(node))
            });
            if !at_place
                || self.is(node, CLAIMED)
                || (!rule.sections.is_empty() && self.in_section(node, &rule.sections).is_none())
                || !rule.condition.as_ref().is_none_or(|c| self.select.test(c, node))
            {
                continue;
            }
            let text = group.by.as_ref().map_or_else(String::new, |by| {
                self.select.select(by, node).iter().map(|i| i.text().into_owned()).collect::<Vec<_>>().join("|")
            });
            let bucket = *known.entry(text).or_insert(buckets.len());
            match buckets.get_mut(bucket) {
                Some(nodes) => nodes.push(node),
                None => buckets.push(vec![node]),
            }
        }
        for nodes in buckets {
            let of = |e: &Expr| nodes.iter().copied().filter(|n| self.select.test(e, *n)).collect::<Vec<_>>();
            let parts: Vec<Vec<Node<'t>>> = group.of.iter().map(of).collect();
            let extras: Vec<Vec<Node<'t>>> = group.with.iter().map(of).collect();
            let count = parts.first().map_or(0, Vec::len);
            if count == 0 || parts.iter().any(|p| p.len() != count) {
                if count > 0 && parts.iter().all(|p| !p.is_empty()) {
                    self.cx.report(
                        Severity::Warning,
                        "group-not-formed",
                        nodes[0],
                        "the members of the group cannot be paired; each stands alone",
                    );
                }
                continue;
            }
            for i in 0..count {
                let mut members: Vec<Node<'t>> = parts.iter().map(|p| p[i]).collect();
                // what may be there too belongs to a lone group, or to the group of the same position
                for extra in &extras {
                    if extra.len() == count {
                        members.push(extra[i]);
                    }
                }
                members.sort_by_key(Node::index);
                if !self.may_join(id, &members) {
                    continue;
                }
                if self.is_held(id) {
                    // its members are not taken apart by rules for single ones
                    members.iter().for_each(|m| self.hold(id, *m));
                    continue;
                }
                self.section = nearest_section(members[0]).map(|s| self.key(s));
                if self.make(id, members[0], &members).is_some() {
                    self.note_hits(mark, None, Some((id, self.key(members[0]))));
                    self.report_title(id, members[0]);
                    *self.out.taken.entry(id).or_default() += 1;
                    *self.out.written.entry(id).or_default() += 1;
                    for m in &members {
                        self.set(*m, CLAIMED);
                    }
                    // who refers to any of them refers to the whole
                    let first = self.key(members[0]);
                    for m in &members[1..] {
                        let joined = (id, self.key(*m), first);
                        self.out.joined.push(joined);
                    }
                }
            }
        }
        self.forget_hits(mark);
    }
}
