//! From decoded text to the trees of its slices: the header, and each top-level section below a wrapper.

use std::sync::OnceLock;

use memchr::memmem;
use rustc_hash::FxHashMap;

use super::error::{ConvertError, Refusal};
use crate::cda::budget::Budget;
use crate::cda::names::Names;
use crate::cda::position::line_col;
use crate::cda::scan::{Outline, SectionSpan, push_declaration};
use crate::cda::tree::Tree;
use crate::cda::xml::{Xml, XmlError, XmlFault};
use crate::mapping::context::Elsewhere;
use crate::mapping::native;

/// The document without its top-level sections, joined: its text, and where its bytes stand in the document.
pub struct Header {
    text: String,
    pieces: Vec<(usize, usize)>,
}

impl Header {
    /// The header of a document.
    pub fn new(text: &str, outline: &Outline) -> Header {
        let mut pieces = Vec::with_capacity(outline.header.len());
        let mut at = 0;
        for r in &outline.header {
            pieces.push((at, r.start));
            at += r.len();
        }
        Header { text: outline.header_text(text), pieces }
    }

    /// Its tree.
    ///
    /// # Errors
    /// When the header is not well-formed, at the place in the document.
    pub fn tree<'s>(&'s self, document: &str, names: &Names) -> Result<Tree<'s>, ConvertError> {
        let xml = match Xml::document(&self.text, names) {
            Some(xml) => xml,
            None => Xml::judged(&self.text, names).map_err(|e| refused(e, document, &self.pieces))?,
        };
        Ok(Tree::new(xml, self.pieces.clone(), false))
    }
}

/// The tree of a section, below a wrapper.
///
/// # Errors
/// When the section is not well-formed, at the place in the document.
pub fn section_tree<'d>(document: &'d str, span: &SectionSpan, names: &Names) -> Result<Tree<'d>, ConvertError> {
    if let Some(xml) = Xml::element(&document[span.range.clone()], &span.scope, names) {
        return Ok(Tree::new(xml, vec![(0, span.range.start)], true));
    }
    let (text, start) = wrapped(document, span);
    let pieces = vec![(start, span.range.start)];
    let xml = Xml::judged(&text, names).map_err(|e| refused(e, document, &pieces))?;
    Ok(Tree::new(xml, pieces, true))
}

/// A section inside an element that makes the namespace declarations in force around it, and where it begins therein.
fn wrapped(text: &str, span: &SectionSpan) -> (String, usize) {
    let mut out = String::with_capacity(span.range.len() + 256);
    out.push_str("<w");
    for n in span.scope.in_force() {
        push_declaration(&mut out, &n.prefix, &n.uri);
    }
    out.push('>');
    let start = out.len();
    out.push_str(&text[span.range.clone()]);
    out.push_str("</w>");
    (out, start)
}

/// A fault of a slice, at its place in the document.
fn refused(e: XmlError, document: &str, pieces: &[(usize, usize)]) -> ConvertError {
    let in_document = match pieces.partition_point(|p| p.0 <= e.offset) {
        0 => 0,
        i => pieces[i - 1].1 + (e.offset - pieces[i - 1].0),
    };
    let (kind, what) = match e.fault {
        XmlFault::Malformed => (Refusal::Malformed, "not well-formed XML: "),
        XmlFault::Doctype => (Refusal::Forbidden, "not well-formed XML: "),
        XmlFault::TooLarge => (Refusal::TooLarge, ""),
    };
    ConvertError {
        kind,
        message: format!("{what}{}; have the sender correct the document", e.reason),
        at: Some(line_col(document, in_document.min(document.len()))),
    }
}

/// Narrative of all sections of a document, found by ID when an entry of one section refers to the text of another.
pub struct OtherSections<'d> {
    text: &'d str,
    sections: &'d [SectionSpan],
    names: &'d Names,
    budget: &'d Budget,
    /// ID → section; made at the first miss
    index: OnceLock<FxHashMap<&'d str, usize>>,
    /// ID → plain text and XHTML, for each section that was asked
    texts: Vec<OnceLock<FxHashMap<String, (String, String)>>>,
}

impl<'d> OtherSections<'d> {
    /// The sections of a document.
    pub fn new(text: &'d str, sections: &'d [SectionSpan], names: &'d Names, budget: &'d Budget) -> Self {
        OtherSections {
            text,
            sections,
            names,
            budget,
            index: OnceLock::new(),
            texts: sections.iter().map(|_| OnceLock::new()).collect(),
        }
    }

    fn find(&self, id: &str) -> Option<&(String, String)> {
        let index = self.index.get_or_init(|| {
            let mut map = FxHashMap::default();
            for at in memmem::find_iter(self.text.as_bytes(), b"ID=") {
                let rest = &self.text[at + 3..];
                let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else { continue };
                let Some(end) = rest[1..].find(quote) else { continue };
                // sections stand in the order of the document
                let i = self.sections.partition_point(|s| s.range.end <= at);
                if self.sections.get(i).is_some_and(|s| s.range.contains(&at)) {
                    map.entry(&rest[1..=end]).or_insert(i);
                }
            }
            map
        });
        let section = *index.get(id)?;
        let texts = self.texts[section].get_or_init(|| {
            let mut map = FxHashMap::default();
            if let Ok(tree) = section_tree(self.text, &self.sections[section], self.names) {
                for n in tree.root().xml().descendants() {
                    let Some(id) = n.attribute("ID").filter(|id| !map.contains_key(*id)) else { continue };
                    let (plain, xhtml) = (native::plain_text_of(n), native::xhtml_fragment_of(n));
                    // what stands in one another stands here many times
                    if !self.budget.repeat(plain.len() + xhtml.len()) {
                        break;
                    }
                    map.insert(id.to_owned(), (plain, xhtml));
                }
            }
            map
        });
        texts.get(id)
    }
}

impl Elsewhere for OtherSections<'_> {
    fn text_of(&self, id: &str) -> Option<String> {
        self.find(id).map(|t| t.0.clone()).filter(|t| !t.is_empty())
    }

    fn xhtml_of(&self, id: &str) -> Option<String> {
        self.find(id).map(|t| t.1.clone()).filter(|t| !t.is_empty())
    }
}
