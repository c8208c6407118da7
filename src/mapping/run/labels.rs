//! Confidentiality and sensitivity of single statements, for the security labels of what is made of them.

use super::super::native::coding;
use super::{Run, is_statement};
use crate::cda::names::name;
use crate::cda::tree::Node;
use crate::fhir::value::Value;

impl<'t> Run<'_, 't> {
    /// Whether any statement of the slice is labelled. `observed` says that the document names codes of observations that
    /// are labels; it saves looking at each.
    pub(super) fn has_labels(&self, observed: bool) -> bool {
        self.root.tree().root().subtree().any(|n| match n.name() {
            name::CONFIDENTIALITY_CODE => n.parent().is_some_and(|p| is_statement(p.name())),
            name::OBSERVATION => observed && self.is_label(n),
            _ => false,
        })
    }

    /// The labels of a node: its own, else those of the nearest statement around it that has any.
    pub(super) fn labels(&self, node: Node<'t>) -> Vec<Value> {
        if !self.labelled {
            return Vec::new();
        }
        let line = std::iter::once(node).chain(node.ancestors()).take_while(|n| n.name() != name::SECTION);
        line.filter(|n| is_statement(n.name())).map(|n| self.own_labels(n)).find(|l| !l.is_empty()).unwrap_or_default()
    }

    fn own_labels(&self, statement: Node<'t>) -> Vec<Value> {
        let own = statement.children_named(name::CONFIDENTIALITY_CODE);
        let observed = statement
            .children()
            .filter(|c| matches!(c.name(), name::ENTRY_RELATIONSHIP | name::COMPONENT))
            .flat_map(|c| c.children_named(name::OBSERVATION))
            .filter(|o| self.is_label(*o))
            .flat_map(|o| o.children_named(name::VALUE));
        let mut labels = Vec::new();
        for label in own.chain(observed).filter_map(|l| coding::label(self.cx, l)) {
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
        labels
    }

    fn is_label(&self, observation: Node<'t>) -> bool {
        let code = observation.child(name::CODE).and_then(|c| c.attr_trimmed(name::CODE));
        code.is_some_and(|c| self.plan.confidentiality.labelled_by.iter().any(|l| l == c))
    }
}
