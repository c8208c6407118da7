//! Elements that no table and no transform knows: extensions of a realm or a vendor, names that were misspelt.

use super::super::context::Severity;
use super::Run;
use crate::cda::names::{Name, name};
use crate::cda::structure::{self, Kind};
use crate::cda::tree::Node;

/// Whether an element is unknown and says something, and what holds it is known: the outermost of those that are lost.
fn is_lost(node: Node<'_>) -> bool {
    // a part of a name belongs to its words whatever it is called
    let known = |n: Node<'_>| n.name() != Name::OTHER && n.name() != name::NAME;
    node.name() == Name::OTHER
        && node.parent().is_some_and(known)
        && !structure::whole(node.local_name())
        && node.subtree().any(says)
}

/// Whether an element has content of its own, by the table of what only carries structure.
fn says(node: Node<'_>) -> bool {
    let element = node.local_name();
    let content = |leaf: &str| structure::kind(element, leaf) == Kind::Content;
    node.attributes().any(|a| !a.value().trim().is_empty() && content(a.local_name()))
        || node.texts().any(|t| !t.trim().is_empty()) && content(structure::TEXT)
}

impl Run<'_, '_> {
    /// Tells of an element whose content is lost since nothing knows it.
    pub(super) fn tell_if_unknown(&mut self, node: Node<'_>) {
        if is_lost(node) {
            let message =
                format!("no table knows the element `{}`; what it holds is not carried over", node.local_name());
            self.cx.report(Severity::Information, "element-not-known", node, message);
        }
    }
}
