//! What roxmltree says of a piece of XML.

use std::borrow::Cow;

use super::namespaces;
use super::{AttributeItem, Item, LONGEST, NONE, TEXT, Xml};
use crate::cda::names::{Name, Names, XSI, name};

/// Why a piece of XML could not be parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XmlError {
    /// where, in bytes of what was parsed
    pub offset: usize,
    /// what is wrong; quotes nothing of the document
    pub reason: String,
    /// what kind of fault it is
    pub fault: XmlFault,
}

/// Kinds of [`XmlError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum XmlFault {
    /// not well-formed
    Malformed,
    /// a document type declaration, which is refused
    Doctype,
    /// well-formed perhaps, but larger than can be read
    TooLarge,
}

pub(super) fn parse(source: &str, names: &Names) -> Result<Xml<'static>, XmlError> {
    let too_long = || XmlError { offset: 0, reason: "larger than 2 GiB".to_owned(), fault: XmlFault::TooLarge };
    if source.len() > LONGEST {
        return Err(too_long());
    }
    if let Some(offset) = namespaces::too_many(source) {
        let reason = "too many namespace declarations are in force here".to_owned();
        return Err(XmlError { offset, reason, fault: XmlFault::TooLarge });
    }
    let options = roxmltree::ParsingOptions { allow_dtd: false, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(source, options).map_err(|e| XmlError {
        offset: offset_of(source, e.pos()),
        reason: reason(&e),
        fault: if matches!(e, roxmltree::Error::DtdDetected) { XmlFault::Doctype } else { XmlFault::Malformed },
    })?;
    let xml = Xml { source: "", made: String::new(), items: Vec::new(), attributes: Vec::new() };
    let mut copy = Copier { xml, names, source };
    copy.add(document.root_element(), NONE).ok_or_else(too_long)?;
    Ok(copy.xml)
}

/// Copies a tree of roxmltree's.
struct Copier<'n> {
    xml: Xml<'static>,
    names: &'n Names,
    source: &'n str,
}

impl Copier<'_> {
    /// The text of a node. The end of a line that is a lone carriage return is a line feed (XML 1.0, 2.11); roxmltree leaves
    /// it where it ends a text that has references.
    fn text<'t>(&self, node: roxmltree::Node<'t, '_>) -> Cow<'t, str> {
        let text = node.text().unwrap_or("");
        let written = || self.source.get(node.range()).is_some_and(|raw| raw.ends_with('\r'));
        match text.strip_suffix('\r') {
            Some(line) if written() => Cow::Owned(format!("{line}\n")),
            _ => Cow::Borrowed(text),
        }
    }

    /// Depth is bounded by the scan that every document has passed, and by roxmltree itself.
    fn add(&mut self, node: roxmltree::Node<'_, '_>, parent: u32) -> Option<()> {
        let id = self.xml.items.len() as u32;
        let at = node.range().start as u32;
        let first = self.xml.attributes.len() as u32;
        if node.is_text() {
            let span = self.xml.keep(&self.text(node))?;
            let item = Item { parent, end: id + 1, at, span, attributes: first, attributes_len: 0, name: TEXT };
            self.xml.items.push(item);
            return Some(());
        }
        for a in node.attributes() {
            let name = match a.namespace() {
                None => self.names.get(0, a.name()),
                Some(XSI) if a.name() == "type" => name::XSI_TYPE,
                Some(uri) => self.interned(uri, a.name()),
            };
            let (local, value) = (self.xml.keep(a.name())?, self.xml.keep(a.value())?);
            self.xml.attributes.push(AttributeItem { local, value, name, prefixed: a.namespace().is_some() });
        }
        let tag = node.tag_name();
        let name = self.interned(tag.namespace().unwrap_or(""), tag.name());
        let attributes_len = u16::try_from(self.xml.attributes.len() as u32 - first).ok()?;
        let span = self.xml.keep(tag.name())?;
        self.xml.items.push(Item { parent, end: 0, at, span, attributes: first, attributes_len, name });
        for child in node.children().filter(|c| c.is_element() || c.is_text()) {
            self.add(child, id)?;
        }
        self.xml.items[id as usize].end = self.xml.items.len() as u32;
        Some(())
    }

    fn interned(&self, uri: &str, local: &str) -> Name {
        self.names.namespace(uri).map_or(Name::OTHER, |ns| self.names.get(ns, local))
    }
}

/// The kind of a parse error without the content that its own message would quote.
fn reason(e: &roxmltree::Error) -> String {
    let text = e.to_string();
    // the words before the first quoted piece of the document, and without roxmltree's own position
    let text = text.split(" at ").next().unwrap_or(&text);
    text.split(['\'', '"']).next().unwrap_or(text).trim().to_owned()
}

fn offset_of(text: &str, place: roxmltree::TextPos) -> usize {
    let line_start: usize = text.split_inclusive('\n').take(place.row.saturating_sub(1) as usize).map(str::len).sum();
    let line = &text[line_start..];
    line_start + line.char_indices().nth(place.col.saturating_sub(1) as usize).map_or(line.len(), |(i, _)| i)
}
