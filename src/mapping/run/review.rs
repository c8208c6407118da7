//! Statements that stay narrative because nobody has reviewed the rules that would take them.

use super::super::context::Severity;
use super::super::plan::RuleId;
use super::{CLAIMED, HELD, Run, is_statement};
use crate::cda::names::name;
use crate::cda::tree::Node;

impl<'t> Run<'_, 't> {
    /// Whether a rule must not make anything here.
    pub(super) fn is_held(&self, rule: RuleId) -> bool {
        self.min_review.is_some_and(|asked| !self.plan.reviews.allow(rule, asked))
    }

    /// Whether a statement stands in one that was held back. There its class alone must not tear it out.
    pub(super) fn in_held(&self, node: Node<'t>) -> bool {
        self.min_review.is_some() && node.ancestors().any(|a| self.is(a, HELD))
    }

    /// Keeps a statement as narrative, with everything that is part of it: no other rule may take it in the place of the
    /// one that nobody has reviewed. What an act or organizer only brings together stands for itself.
    pub(super) fn hold(&mut self, rule: RuleId, node: Node<'t>) {
        if self.is(node, HELD) {
            return;
        }
        self.cx.report(
            Severity::Warning,
            "not-reviewed",
            node,
            format!(
                "rule {} is not reviewed as was asked for; the statement is kept as narrative only",
                self.plan.rule(rule).name
            ),
        );
        self.set(node, HELD | CLAIMED);
        if matches!(node.name(), name::ACT | name::ORGANIZER) {
            for path in &self.plan.rule(rule).claims {
                for item in self.select.select(path, node) {
                    self.set(item.node(), CLAIMED);
                }
            }
            return;
        }
        for part in node.subtree().filter(|n| is_statement(n.name())) {
            self.set(part, CLAIMED);
        }
    }
}
