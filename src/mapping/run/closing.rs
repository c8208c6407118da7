//! What is told of the statements of a slice when all rules have had their turn: which of them nobody took, and which were
//! taken by something else than their template.

use super::super::context::Severity;
use super::{CLAIMED, READ, Run, TAKEN};
use crate::cda::names::name;
use crate::cda::tree::Node;

impl<'t> Run<'_, 't> {
    pub(super) fn tell_of_statements(&mut self) {
        for node in std::mem::take(&mut self.pending) {
            // what was kept back is told as a whole: nobody knows what its rule would have read of its parts
            if !self.is_seen_to(node) && !self.in_held(node) {
                self.out.unmapped += 1;
                self.cx.report(
                    Severity::Warning,
                    "statement-not-mapped",
                    node,
                    "no table row takes this statement; its narrative is kept in the Composition",
                );
            }
        }
        for &index in self.select.cache.disagreements.borrow().iter() {
            let node = self.root.tree().node(index);
            self.cx.report(
                Severity::Information,
                "template-and-code-disagree",
                node,
                "the templateId says one kind of statement, the code another; the code was followed",
            );
        }
        let mut by_section: Vec<u32> = self.select.cache.by_section.borrow().iter().copied().collect();
        by_section.sort_unstable();
        for index in by_section {
            let node = self.root.tree().node(index);
            if self.is(node, TAKEN) {
                self.cx.report(
                    Severity::Information,
                    "inferred-by-section",
                    node,
                    "no template that is known says what the statement is; the code of its section did",
                );
            }
        }
    }

    /// Whether what an untaken statement says went elsewhere. A wrapper around what was taken has done its duty; an
    /// observation with a value says something besides what it holds, and so does an act that no table knows, with a code.
    fn is_seen_to(&self, node: Node<'t>) -> bool {
        match node.name() {
            name::OBSERVATION if node.child(name::VALUE).is_some() => self.is(node, READ | CLAIMED),
            // its time may have been read for one of its parts
            name::ACT if has_code(node) && !self.select.knows(node) => self.is(node, CLAIMED),
            _ => node.subtree().any(|n| self.is(n, READ | TAKEN | CLAIMED)),
        }
    }
}

fn has_code(node: Node<'_>) -> bool {
    node.child(name::CODE).is_some_and(|c| c.attr_trimmed(name::CODE).is_some() && c.null_flavor().is_none())
}
