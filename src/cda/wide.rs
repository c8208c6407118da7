//! Elements with many children: where those of a name stand, so that nobody walks over all of them for each of them.

use rustc_hash::FxHashMap;

use super::names::Name;
use super::tree::Node;

/// An element with more children than this is indexed; below, walking is as quick.
pub(super) const WIDE: u32 = 64;

/// The children of one element, by name, in order.
#[derive(Debug, Default)]
pub(super) struct Siblings {
    by_name: FxHashMap<Name, Vec<u32>>,
    /// by the local part of the name as written
    by_local: FxHashMap<Box<str>, Vec<u32>>,
}

impl Siblings {
    pub(super) fn of<'t>(children: impl Iterator<Item = Node<'t>>) -> Self {
        let mut siblings = Siblings::default();
        for child in children {
            siblings.by_name.entry(child.name()).or_default().push(child.index());
            match siblings.by_local.get_mut(child.local_name()) {
                Some(list) => list.push(child.index()),
                None => drop(siblings.by_local.insert(child.local_name().into(), vec![child.index()])),
            }
        }
        siblings
    }

    /// Those of an interned name.
    pub(super) fn named(&self, name: Name) -> &[u32] {
        self.by_name.get(&name).map_or(&[], Vec::as_slice)
    }

    /// Those of a name as written.
    pub(super) fn written(&self, local: &str) -> &[u32] {
        self.by_local.get(local).map_or(&[], Vec::as_slice)
    }
}
