//! A parsed piece of XML: every element, attribute and text, in one flat arena.
//!
//! A piece of a document (its header, or one section) is read in one pass that interns names as it goes and copies no
//! text that stands in the document as it is meant ([`plain`]). That pass takes only XML that is beyond doubt; whatever it
//! hesitates at is given to roxmltree, which decides whether it is well-formed and what it says ([`judge`]). So there is
//! one authority on well-formedness, and ordinary documents need not wait for it.

mod bytes;
mod judge;
mod namespaces;
mod plain;

#[cfg(test)]
mod tests;

use super::names::{Name, Names};
use super::scan::Scope;
use super::spare::{self, Spare};

pub use judge::{XmlError, XmlFault};

/// A stretch of the source, or of what was made from it (references resolved, line ends normalised).
#[derive(Debug, Clone, Copy)]
struct Span {
    start: u32,
    /// the length; the highest bit says that the stretch is of [`Xml::made`]
    len: u32,
}

const MADE: u32 = 1 << 31;

/// An element, or a text.
#[derive(Debug, Clone, Copy)]
struct Item {
    parent: u32,
    /// one past the last descendant
    end: u32,
    /// where the `<` of an element, or a text, stands in the source
    at: u32,
    /// the local name of an element, or the text
    span: Span,
    /// the first attribute
    attributes: u32,
    attributes_len: u16,
    /// [`TEXT`] for a text
    name: Name,
}

/// What stands in place of a name where an item is a text.
const TEXT: Name = Name(u16::MAX);
const NONE: u32 = u32::MAX;

#[derive(Debug, Clone, Copy)]
struct AttributeItem {
    local: Span,
    value: Span,
    name: Name,
    /// whether it stands in a namespace
    prefixed: bool,
}

/// The longest piece that can be parsed, in bytes.
pub const LONGEST: usize = (MADE - 1) as usize;

/// A parsed piece of XML.
#[derive(Debug)]
pub struct Xml<'d> {
    source: &'d str,
    /// text that does not stand in the source as it is meant
    made: String,
    items: Vec<Item>,
    attributes: Vec<AttributeItem>,
}

thread_local! {
    static ITEMS: Spare<Item> = const { Spare::new() };
    static ATTRIBUTES: Spare<AttributeItem> = const { Spare::new() };
    static MADE_TEXT: Spare<u8> = const { Spare::new() };
}

/// Room for text that does not stand in the source: in documents with line ends of two characters that is most of it.
fn made() -> String {
    String::from_utf8(spare::take(&MADE_TEXT, 0)).unwrap_or_default()
}

impl Drop for Xml<'_> {
    fn drop(&mut self) {
        spare::keep(&ITEMS, std::mem::take(&mut self.items));
        spare::keep(&ATTRIBUTES, std::mem::take(&mut self.attributes));
        spare::keep(&MADE_TEXT, std::mem::take(&mut self.made).into_bytes());
    }
}

impl<'d> Xml<'d> {
    /// Parses a whole document; `None` when it is not plain, or longer than [`LONGEST`].
    pub fn document(source: &'d str, names: &Names) -> Option<Self> {
        plain::document(source, names)
    }

    /// Parses an element with the declarations in force around it, under a root of its own (`w`); `None` as
    /// [`document`](Self::document).
    pub fn element(source: &'d str, scope: &Scope, names: &Names) -> Option<Self> {
        plain::element(source, scope, names)
    }

    /// Has roxmltree parse a document; what it gives refers to nothing of `source`.
    ///
    /// # Errors
    /// When the document is not well-formed, has a document type declaration, or is longer than [`LONGEST`].
    pub fn judged(source: &str, names: &Names) -> Result<Xml<'static>, XmlError> {
        judge::parse(source, names)
    }

    /// The outermost element.
    pub fn root(&self) -> XmlNode<'_> {
        XmlNode { xml: self, id: 0 }
    }

    /// The number of elements and texts.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is nothing (never: a parsed document has a root).
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub(super) fn node(&self, id: u32) -> XmlNode<'_> {
        XmlNode { xml: self, id }
    }

    /// Gives the attribute of this number at an element another value. Where there is no room for it the value stays.
    pub(super) fn respell(&mut self, element: u32, attribute: usize, value: &str) {
        let at = self.items[element as usize].attributes as usize + attribute;
        if let Some(span) = self.keep(value) {
            self.attributes[at].value = span;
        }
    }

    fn str(&self, span: Span) -> &str {
        let (text, len) = if span.len & MADE == 0 { (self.source, span.len) } else { (&*self.made, span.len & !MADE) };
        &text[span.start as usize..][..len as usize]
    }

    /// Keeps text that does not stand in the source; `None` when there is too much of it.
    fn keep(&mut self, text: &str) -> Option<Span> {
        let start = self.made.len();
        self.made.push_str(text);
        self.kept(start)
    }

    /// Two texts as one. What is joined piece by piece is copied once: each piece goes where the one before it ends.
    fn joined(&mut self, one: Span, other: Span) -> Option<Span> {
        let end = |s: Span| (s.len & MADE != 0).then_some(s.start + (s.len & !MADE));
        if end(one) == Some(other.start) && other.len & MADE != 0 {
            return Some(Span { start: one.start, len: one.len + (other.len & !MADE) });
        }
        if end(one) != Some(self.made.len() as u32) {
            let copy = self.str(one).to_owned();
            let copied = self.keep(&copy)?;
            return self.joined(copied, other);
        }
        let more = self.str(other).to_owned();
        self.keep(&more)?;
        self.kept(one.start as usize)
    }

    /// The span of what was made since it had this length.
    fn kept(&self, start: usize) -> Option<Span> {
        (self.made.len() <= LONGEST).then(|| Span { start: start as u32, len: (self.made.len() - start) as u32 | MADE })
    }
}

/// An element or a text of an [`Xml`]; cheap to copy.
#[derive(Clone, Copy)]
pub struct XmlNode<'t> {
    xml: &'t Xml<'t>,
    id: u32,
}

impl PartialEq for XmlNode<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.xml, other.xml) && self.id == other.id
    }
}

impl std::fmt::Debug for XmlNode<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // never content: nodes end up in messages
        write!(f, "<{}>@{}", self.local_name(), self.offset())
    }
}

impl<'t> XmlNode<'t> {
    fn item(&self) -> &'t Item {
        &self.xml.items[self.id as usize]
    }

    /// Its place among all elements and texts.
    pub(super) fn id(&self) -> u32 {
        self.id
    }

    /// One past the last that stands in it.
    pub(super) fn end(&self) -> u32 {
        self.item().end
    }

    /// The interned name; [`Name::OTHER`] when nobody asks for it.
    pub fn name(&self) -> Name {
        let name = self.item().name;
        if name == TEXT { Name::OTHER } else { name }
    }

    /// Whether it is an element.
    pub fn is_element(&self) -> bool {
        self.item().name != TEXT
    }

    /// Whether it is text; neighbouring text and CDATA are one.
    pub fn is_text(&self) -> bool {
        self.item().name == TEXT
    }

    /// The local part of an element's name as written; empty for a text.
    pub fn local_name(&self) -> &'t str {
        if self.is_element() { self.xml.str(self.item().span) } else { "" }
    }

    /// The text, when it is one: references resolved, line ends `\n`.
    pub fn text(&self) -> Option<&'t str> {
        self.is_text().then(|| self.xml.str(self.item().span))
    }

    /// Where it begins in the source, in bytes.
    pub fn offset(&self) -> usize {
        self.item().at as usize
    }

    /// About how many bytes of the source it takes, for what wants to reserve room.
    pub fn extent(&self) -> usize {
        let next = self.xml.items.get(self.item().end as usize).map_or(self.xml.source.len(), |n| n.at as usize);
        next.saturating_sub(self.offset())
    }

    /// What stands directly in it.
    pub fn children(&self) -> impl Iterator<Item = XmlNode<'t>> + Clone + use<'t> {
        let (xml, end) = (self.xml, self.item().end);
        let first = (self.id + 1 < end).then_some(XmlNode { xml, id: self.id + 1 });
        std::iter::successors(first, move |n| {
            let next = n.item().end;
            (next < end).then_some(XmlNode { xml, id: next })
        })
    }

    /// It and all below it.
    pub fn descendants(&self) -> impl Iterator<Item = XmlNode<'t>> + use<'t> {
        let xml = self.xml;
        (self.id..self.item().end).map(move |id| XmlNode { xml, id })
    }

    /// The element that holds it.
    pub fn parent_element(&self) -> Option<XmlNode<'t>> {
        let parent = self.item().parent;
        (parent != NONE).then_some(XmlNode { xml: self.xml, id: parent })
    }

    /// It and the elements that hold it, nearest first.
    pub fn ancestors(&self) -> impl Iterator<Item = XmlNode<'t>> + use<'t> {
        std::iter::successors(Some(*self), XmlNode::parent_element)
    }

    /// The attributes, in the order of the document; declarations of namespaces are none.
    pub fn attributes(&self) -> impl ExactSizeIterator<Item = Attribute<'t>> + Clone + use<'t> {
        let (xml, item) = (self.xml, self.item());
        let first = item.attributes as usize;
        xml.attributes[first..first + item.attributes_len as usize].iter().map(move |item| Attribute { xml, item })
    }

    /// The value of an attribute that stands in no namespace.
    pub fn attribute(&self, local: &str) -> Option<&'t str> {
        self.attributes().find(|a| !a.item.prefixed && a.local_name() == local).map(|a| a.value())
    }
}

/// An attribute of an [`XmlNode`].
#[derive(Clone, Copy)]
pub struct Attribute<'t> {
    xml: &'t Xml<'t>,
    item: &'t AttributeItem,
}

impl<'t> Attribute<'t> {
    /// The interned name.
    pub fn name(&self) -> Name {
        self.item.name
    }

    /// The local part of the name as written.
    pub fn local_name(&self) -> &'t str {
        self.xml.str(self.item.local)
    }

    /// Whether it is called `ID` or `id`, in whatever namespace.
    #[inline]
    pub fn is_id(&self) -> bool {
        self.item.local.len & !MADE == 2 && matches!(self.local_name(), "ID" | "id")
    }

    /// The value: references resolved, white space normalised as XML 1.0 §3.3.3 says.
    pub fn value(&self) -> &'t str {
        self.xml.str(self.item.value)
    }
}
