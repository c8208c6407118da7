//! The children of an element: all of them, or those of a name.

use super::super::marks::Marks;
use super::super::names::Name;
use super::super::wide::{Siblings, WIDE};
use super::{Node, Tree};

impl<'t> Node<'t> {
    /// The child elements in order; none once the document has used up its [`Budget`], after which it is refused.
    pub fn children(&self) -> Children<'t> {
        let end = match self.wide() {
            Some(i) if !self.tree.budget.work(self.tree.wide[i].1 as usize) => 0,
            _ => self.data().end,
        };
        Children { tree: self.tree, next: self.id + 1, end }
    }

    /// Its place among the elements with many children, if it is one.
    #[inline]
    fn wide(&self) -> Option<usize> {
        if self.tree.wide.is_empty() || self.data().end - self.id <= WIDE {
            return None;
        }
        self.tree.wide.binary_search_by_key(&self.id, |w| w.0).ok()
    }

    /// Its children by name, if they are many.
    pub(super) fn siblings(&self) -> Option<&'t Siblings> {
        let all = Children { tree: self.tree, next: self.id + 1, end: self.data().end };
        self.wide().map(|i| self.tree.siblings[i].get_or_init(|| Siblings::of(all)))
    }

    /// The first child of a name.
    #[inline]
    pub fn child(&self, name: Name) -> Option<Node<'t>> {
        self.marks().meets(Marks::of(name)).then(|| self.look_for(name)).flatten()
    }

    fn look_for(&self, name: Name) -> Option<Node<'t>> {
        match self.siblings() {
            Some(siblings) => siblings.named(name).first().map(|id| self.tree.node(*id)),
            None => self.children().find(|c| c.name() == name),
        }
    }

    /// The children of a name, in order.
    #[inline]
    pub fn children_named(&self, name: Name) -> ChildrenNamed<'t> {
        if self.marks().meets(Marks::of(name)) {
            self.all_named(name)
        } else {
            ChildrenNamed { tree: self.tree, name, next: 0, end: 0, list: [].iter() }
        }
    }

    fn all_named(&self, name: Name) -> ChildrenNamed<'t> {
        let tree = self.tree;
        let (next, end, list) = match self.siblings().map(|s| s.named(name)) {
            Some(list) if tree.budget.work(list.len()) => (0, 0, list),
            Some(_) => (0, 0, &[][..]),
            None => (self.id + 1, self.data().end, &[][..]),
        };
        ChildrenNamed { tree, name, next, end, list: list.iter() }
    }
}

/// Iterator over child elements.
#[derive(Clone)]
pub struct Children<'t> {
    tree: &'t Tree<'t>,
    next: u32,
    end: u32,
}

impl<'t> Iterator for Children<'t> {
    type Item = Node<'t>;

    fn next(&mut self) -> Option<Node<'t>> {
        if self.next >= self.end {
            return None;
        }
        let node = Node { tree: self.tree, id: self.next };
        self.next = node.data().end;
        Some(node)
    }
}

/// Iterator over the child elements of a name.
#[derive(Clone)]
pub struct ChildrenNamed<'t> {
    tree: &'t Tree<'t>,
    name: Name,
    /// those of an element with few children are looked for among all of them
    next: u32,
    end: u32,
    /// those of an element with many children are known
    list: std::slice::Iter<'t, u32>,
}

impl<'t> Iterator for ChildrenNamed<'t> {
    type Item = Node<'t>;

    #[inline]
    fn next(&mut self) -> Option<Node<'t>> {
        while self.next < self.end {
            let node = Node { tree: self.tree, id: self.next };
            let data = node.data();
            self.next = data.end;
            if data.name == self.name {
                return Some(node);
            }
        }
        self.list.next().map(|id| Node { tree: self.tree, id: *id })
    }
}
