//! One parsed slice of a document (the header, or one section) as a compact tree of interned names.
//!
//! Beside everything that stands in the slice ([`Xml`]) it holds, for every element outside the narrative, its name, its
//! extent and its attributes, so that a path step is a walk over a flat array. The narrative is read only when it is
//! asked for.

mod children;

use std::borrow::Cow;
use std::fmt::Write;
use std::sync::OnceLock;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::budget::{Budget, UNLIMITED};
use super::forms::in_form;
use super::marks::Marks;
use super::names::{Name, Names, name};
use super::spare::{self, Spare};
use super::wide::{Siblings, WIDE};
use super::xml::{Attribute, Xml, XmlError, XmlNode};
pub use children::{Children, ChildrenNamed};

struct NodeData {
    /// its place in the [`Xml`]
    item: u32,
    parent: u32,
    /// one past the last descendant
    end: u32,
    name: Name,
    /// the names of its children and attributes
    marks: Marks,
}

thread_local! {
    static NODES: Spare<NodeData> = const { Spare::new() };
}

/// The nodes of a tree; their room is used again.
struct Nodes(Vec<NodeData>);

impl Drop for Nodes {
    fn drop(&mut self) {
        spare::keep(&NODES, std::mem::take(&mut self.0));
    }
}

/// The elements of one slice, in document order.
pub struct Tree<'d> {
    xml: Xml<'d>,
    nodes: Nodes,
    /// (first byte in the slice, the byte of the document that stands there), ascending
    pieces: Vec<(usize, usize)>,
    /// whether the root is not an element of the document but the wrapper around a section
    wrapped: bool,
    ids: OnceLock<FxHashMap<Box<str>, u32>>,
    /// elements with many children, ascending, with the number of them
    wide: Vec<(u32, u32)>,
    /// the children of each of them by name, once they are asked for
    siblings: Vec<OnceLock<Siblings>>,
    /// the elements of which an attribute was not in the form of the standard, ascending
    respelled: Vec<u32>,
    budget: &'d Budget,
}

const NONE: u32 = u32::MAX;

impl<'d> Tree<'d> {
    /// The tree of a parsed slice.
    ///
    /// `pieces` says where the bytes of the slice stand in the document: pairs of (offset in the slice, offset in the
    /// document), ascending; an empty list means that the slice is the document. `wrapped` says that the root is not an
    /// element of the document but a wrapper that restores the namespaces in force around a section.
    pub fn new(mut xml: Xml<'d>, pieces: Vec<(usize, usize)>, wrapped: bool) -> Self {
        let mut nodes: Vec<NodeData> = spare::take(&NODES, xml.len() / 2 + 1);
        // the elements that are open, innermost last: place in `nodes`, end in the arena, children so far
        let mut open: SmallVec<[(u32, u32, u32); 32]> = SmallVec::new();
        let mut wide = Vec::new();
        let mut respelled = Vec::new();
        let mut item = 0;
        while (item as usize) < xml.len() {
            while let Some((node, _, children)) = open.last().copied().filter(|(_, end, _)| *end <= item) {
                nodes[node as usize].end = nodes.len() as u32;
                wide.extend((children > WIDE).then_some((node, children)));
                open.pop();
            }
            let n = xml.node(item);
            if n.is_text() {
                item += 1;
                continue;
            }
            let (id, name) = (nodes.len() as u32, n.name());
            let parent = open.last_mut().map_or(NONE, |(node, _, children)| {
                *children += 1;
                let holder = &mut nodes[*node as usize];
                holder.marks = holder.marks.with(Marks::of(name));
                *node
            });
            let narrative = name == name::TEXT && parent != NONE && nodes[parent as usize].name == name::SECTION;
            let mut other_forms: SmallVec<[(usize, String); 1]> = SmallVec::new();
            let marks = n.attributes().enumerate().fold(Marks::ANY, |marks, (i, a)| {
                if let Some(form) = in_form(name, a.name(), || a.value()) {
                    other_forms.push((i, form));
                }
                marks.with(Marks::of(a.name()))
            });
            let past = n.end();
            if !other_forms.is_empty() {
                other_forms.iter().for_each(|(i, form)| xml.respell(item, *i, form));
                respelled.push(id);
            }
            nodes.push(NodeData { item, parent, end: id + 1, name, marks });
            if narrative {
                item = past;
            } else {
                open.push((id, past, 0));
                item += 1;
            }
        }
        for (node, _, children) in open {
            nodes[node as usize].end = nodes.len() as u32;
            wide.extend((children > WIDE).then_some((node, children)));
        }
        wide.sort_unstable();
        let siblings = wide.iter().map(|_| OnceLock::new()).collect();
        Tree {
            xml,
            nodes: Nodes(nodes),
            pieces,
            wrapped,
            ids: OnceLock::new(),
            wide,
            siblings,
            respelled,
            budget: &UNLIMITED,
        }
    }

    /// The elements of which an attribute was not in the form in which the standard has it, and was brought into that
    /// (`moodCode="evn"`, `code="Completed"` of a status, `urn:oid:` before an OID).
    pub fn respelled(&self) -> impl ExactSizeIterator<Item = Node<'_>> {
        self.respelled.iter().map(|id| Node { tree: self, id: *id })
    }

    /// The tree, on the account of a document.
    pub fn within(self, budget: &'d Budget) -> Self {
        Tree { budget, ..self }
    }

    /// The account of the document.
    pub fn budget(&self) -> &Budget {
        self.budget
    }

    /// The tree of a whole document.
    ///
    /// # Errors
    /// When it is not well-formed.
    pub fn parse(text: &'d str, names: &Names) -> Result<Self, XmlError> {
        let xml = match Xml::document(text, names) {
            Some(xml) => xml,
            None => Xml::judged(text, names)?,
        };
        Ok(Tree::new(xml, Vec::new(), false))
    }

    /// The outermost element of the slice (a wrapper where the slice is a section).
    pub fn root(&self) -> Node<'_> {
        Node { tree: self, id: 0 }
    }

    /// The number of elements outside the narrative.
    pub fn len(&self) -> usize {
        self.nodes.0.len()
    }

    /// Whether the slice has no element (never: a parsed slice has a root).
    pub fn is_empty(&self) -> bool {
        self.nodes.0.is_empty()
    }

    /// The node of a number, as [`Node::index`] gave it.
    pub fn node(&self, index: u32) -> Node<'_> {
        Node { tree: self, id: index }
    }

    /// The element that bears an `ID` (or `id`) attribute of this value, narrative included.
    pub fn by_xml_id(&self, id: &str) -> Option<XmlNode<'_>> {
        let ids = self.ids.get_or_init(|| {
            let mut map = FxHashMap::default();
            for n in self.xml.root().descendants() {
                for a in n.attributes() {
                    if a.is_id() {
                        // the first one wins: a repeated ID is a fault of the sender, the first is what a browser shows
                        map.entry(a.value().into()).or_insert_with(|| n.id());
                    }
                }
            }
            map
        });
        ids.get(id).map(|n| self.xml.node(*n))
    }

    /// The byte of the document at which a byte of this slice stands.
    pub fn document_offset(&self, slice_offset: usize) -> usize {
        match self.pieces.partition_point(|p| p.0 <= slice_offset) {
            0 => self.pieces.first().map_or(slice_offset, |p| p.1),
            i => self.pieces[i - 1].1 + (slice_offset - self.pieces[i - 1].0),
        }
    }
}

/// An element of a [`Tree`]; cheap to copy.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    tree: &'t Tree<'t>,
    id: u32,
}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // never content: nodes end up in messages
        write!(f, "<{}>@{}", self.local_name(), self.offset())
    }
}

impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.tree, other.tree) && self.id == other.id
    }
}

impl<'t> Node<'t> {
    fn data(&self) -> &'t NodeData {
        &self.tree.nodes.0[self.id as usize]
    }

    /// The tree that holds the node.
    pub fn tree(&self) -> &'t Tree<'t> {
        self.tree
    }

    /// The place of the node in document order within its tree.
    pub fn index(&self) -> u32 {
        self.id
    }

    /// The interned name.
    pub fn name(&self) -> Name {
        self.data().name
    }

    /// The names of its children and attributes, for what wants to know at once that something cannot be there.
    #[inline]
    pub fn marks(&self) -> Marks {
        self.data().marks
    }

    /// The local part of the name as written.
    pub fn local_name(&self) -> &'t str {
        self.xml().local_name()
    }

    /// The element with everything that stands in it, text and narrative too.
    pub fn xml(&self) -> XmlNode<'t> {
        self.tree.xml.node(self.data().item)
    }

    /// The element that holds this one.
    pub fn parent(&self) -> Option<Node<'t>> {
        let parent = self.data().parent;
        (parent != NONE).then_some(Node { tree: self.tree, id: parent })
    }

    /// The elements that hold this one, nearest first.
    pub fn ancestors(&self) -> impl Iterator<Item = Node<'t>> + use<'t> {
        std::iter::successors(self.parent(), Node::parent)
    }

    /// This element and all below it (not into narrative), in document order.
    pub fn subtree(&self) -> impl Iterator<Item = Node<'t>> + use<'t> {
        let tree = self.tree;
        (self.id..self.data().end).map(move |id| Node { tree, id })
    }

    /// Whether `other` is this element or stands below it.
    pub fn contains(&self, other: Node<'t>) -> bool {
        std::ptr::eq(self.tree, other.tree) && other.id >= self.id && other.id < self.data().end
    }

    /// An attribute; `None` when absent. The value is as the XML parser normalised it.
    #[inline]
    pub fn attr(&self, name: Name) -> Option<&'t str> {
        if !self.marks().meets(Marks::of(name)) {
            return None;
        }
        self.attributes().find(|a| a.name() == name).map(|a| a.value())
    }

    /// An attribute with white space trimmed; `None` when absent or blank.
    pub fn attr_trimmed(&self, name: Name) -> Option<&'t str> {
        self.attr(name).map(trim).filter(|v| !v.is_empty())
    }

    /// All attributes, in the order of the document.
    pub fn attributes(&self) -> impl ExactSizeIterator<Item = Attribute<'t>> + Clone + use<'t> {
        self.xml().attributes()
    }

    /// `nullFlavor`, trimmed; `None` when the element is not null.
    pub fn null_flavor(&self) -> Option<&'t str> {
        self.attr_trimmed(name::NULL_FLAVOR)
    }

    /// Whether a statement was taken back: its status says `nullified`.
    pub fn is_nullified(&self) -> bool {
        self.status().is_some_and(|(_, code)| code == "nullified")
    }

    /// The code of a statement's status, and the element that bears it.
    pub fn status(&self) -> Option<(Node<'t>, &'t str)> {
        let status = self.child(name::STATUS_CODE)?;
        Some((status, status.attr_trimmed(name::CODE)?))
    }

    /// The local part of `xsi:type`, whatever prefix it was written with.
    pub fn xsi_type(&self) -> Option<&'t str> {
        self.attr_trimmed(name::XSI_TYPE).map(|t| t.rsplit(':').next().unwrap_or(t))
    }

    /// The text directly inside the element (CDATA included), not that of its children.
    pub fn text(&self) -> Cow<'t, str> {
        let mut parts = self.texts();
        let first = parts.next().unwrap_or("");
        match parts.next() {
            None => Cow::Borrowed(first),
            Some(second) => {
                let mut all = String::from(first);
                all.push_str(second);
                parts.for_each(|p| all.push_str(p));
                Cow::Owned(all)
            }
        }
    }

    /// The same with white space trimmed. White space between child elements alone is no reason to copy.
    pub fn text_trimmed(&self) -> Cow<'t, str> {
        let mut words = self.texts().map(trim).filter(|t| !t.is_empty());
        match (words.next(), words.next()) {
            (None, _) => Cow::Borrowed(""),
            (Some(only), None) => Cow::Borrowed(only),
            _ => Cow::Owned(trim(&self.text()).to_owned()),
        }
    }

    /// The pieces of text directly inside the element.
    pub fn texts(&self) -> impl Iterator<Item = &'t str> + use<'t> {
        self.xml().children().filter_map(|c| c.text())
    }

    /// Where the element stands, as an XPath from the outermost element of the document (positions among same-named siblings).
    ///
    /// The wrapper that restores namespaces around a section slice is left out.
    pub fn xpath(&self) -> String {
        let mut line: SmallVec<[Node<'_>; 16]> = std::iter::once(*self).chain(self.ancestors()).collect();
        let mut out = String::with_capacity(line.len() * 24);
        if self.tree.wrapped {
            line.pop();
            out.push('/');
        }
        if line.is_empty() {
            out.push('/');
        }
        for n in line.iter().rev() {
            let local = n.local_name();
            // an interned name settles it; elements that no table asks for are compared as written
            let same = |c: &Node<'_>| (c.name() == n.name() && n.name() != Name::OTHER) || c.local_name() == local;
            out.push('/');
            out.push_str(local);
            let Some(parent) = n.parent() else { continue };
            if let Some(siblings) = parent.siblings() {
                let like = siblings.written(local);
                if like.len() > 1 {
                    let _ = write!(out, "[{}]", like.partition_point(|id| *id <= n.id));
                }
                continue;
            }
            let (mut before, mut others) = (1, false);
            for c in parent.children().filter(|c| c.id != n.id && same(c)) {
                others = true;
                if c.id > n.id {
                    break;
                }
                before += 1;
            }
            if others {
                let _ = write!(out, "[{before}]");
            }
        }
        out
    }

    /// Where the element begins in its slice, in bytes.
    pub fn offset(&self) -> usize {
        self.xml().offset()
    }

    /// Where the element begins in the decoded document, in bytes.
    pub fn document_offset(&self) -> usize {
        self.tree.document_offset(self.offset())
    }
}

/// `str::trim`, at once where there is nothing to trim: nearly always, and it is asked of every attribute.
#[inline]
pub(crate) fn trim(text: &str) -> &str {
    let printed = |b: Option<&u8>| b.is_some_and(|b| matches!(b, b'!'..=b'~'));
    let bytes = text.as_bytes();
    if printed(bytes.first()) && printed(bytes.last()) { text } else { text.trim() }
}
