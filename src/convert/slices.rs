//! From decoded text to parsed slices: the header, and each top-level section in a wrapper that restores its namespaces.

use std::ops::Range;
use std::sync::OnceLock;

use memchr::memmem;
use rustc_hash::FxHashMap;

use super::error::{ConvertError, Refusal};
use crate::cda::position::line_col;
use crate::cda::scan::{Outline, SectionSpan};
use crate::mapping::context::Elsewhere;
use crate::mapping::native;

/// The text of a slice as it is parsed, and where its bytes stand in the document.
pub struct Slice {
    /// what roxmltree parses
    pub text: String,
    /// pairs of offset in the slice and in the document
    pub pieces: Vec<(usize, usize)>,
    /// whether the outermost element is a wrapper
    pub wrapped: bool,
}

impl Slice {
    /// The document without its top-level sections.
    pub fn header(text: &str, outline: &Outline) -> Slice {
        let mut pieces = Vec::with_capacity(outline.header.len());
        let mut at = 0;
        for r in &outline.header {
            pieces.push((at, r.start));
            at += r.len();
        }
        Slice { text: outline.header_text(text), pieces, wrapped: false }
    }

    /// A section with the namespace declarations that are in force around it.
    pub fn section(text: &str, span: &SectionSpan) -> Slice {
        let mut out = String::with_capacity(span.range.len() + 256);
        out.push_str("<w");
        for n in span.scope.in_force() {
            out.push_str(" xmlns");
            if !n.prefix.is_empty() {
                out.push(':');
                out.push_str(&n.prefix);
            }
            out.push_str("=\"");
            for c in n.uri.chars() {
                match c {
                    '&' => out.push_str("&amp;"),
                    '<' => out.push_str("&lt;"),
                    '"' => out.push_str("&quot;"),
                    c => out.push(c),
                }
            }
            out.push('"');
        }
        out.push('>');
        let start = out.len();
        out.push_str(&text[span.range.clone()]);
        out.push_str("</w>");
        Slice { text: out, pieces: vec![(start, span.range.start)], wrapped: true }
    }

    /// Parses the slice; an error is given at its place in the document.
    pub fn parse<'s>(&'s self, document: &str, nodes_limit: u32) -> Result<roxmltree::Document<'s>, ConvertError> {
        let options = roxmltree::ParsingOptions { allow_dtd: false, nodes_limit, ..Default::default() };
        roxmltree::Document::parse_with_options(&self.text, options).map_err(|e| {
            let pos = e.pos();
            let offset = offset_of(&self.text, pos.row, pos.col);
            let in_document = match self.pieces.partition_point(|p| p.0 <= offset) {
                0 => 0,
                i => self.pieces[i - 1].1 + (offset - self.pieces[i - 1].0),
            };
            ConvertError {
                kind: if matches!(e, roxmltree::Error::DtdDetected) { Refusal::Forbidden } else { Refusal::Malformed },
                message: format!("not well-formed XML: {}; have the sender correct the document", reason(&e)),
                at: Some(line_col(document, in_document.min(document.len()))),
            }
        })
    }
}

/// The kind of a parse error without the content that its own message would quote.
fn reason(e: &roxmltree::Error) -> String {
    let text = e.to_string();
    // the words before the first quoted piece of the document, and without roxmltree's own position
    let text = text.split(" at ").next().unwrap_or(&text);
    text.split(['\'', '"']).next().unwrap_or(text).trim().to_owned()
}

fn offset_of(text: &str, row: u32, column: u32) -> usize {
    let line_start: usize = text.split_inclusive('\n').take(row.saturating_sub(1) as usize).map(str::len).sum();
    let line = &text[line_start..];
    line_start + line.char_indices().nth(column.saturating_sub(1) as usize).map_or(line.len(), |(i, _)| i)
}

/// Narrative of all sections of a document, found by ID when an entry of one section refers to the text of another.
pub struct OtherSections<'d> {
    text: &'d str,
    sections: &'d [SectionSpan],
    /// ID → section; made at the first miss
    index: OnceLock<FxHashMap<&'d str, usize>>,
    /// ID → plain text and XHTML, for each section that was asked
    texts: Vec<OnceLock<FxHashMap<String, (String, String)>>>,
}

impl<'d> OtherSections<'d> {
    /// The sections of a document.
    pub fn new(text: &'d str, sections: &'d [SectionSpan]) -> Self {
        OtherSections {
            text,
            sections,
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
                let holder = |r: &Range<usize>| r.contains(&at);
                if let Some(i) = self.sections.iter().position(|s| holder(&s.range)) {
                    map.entry(&rest[1..=end]).or_insert(i);
                }
            }
            map
        });
        let section = *index.get(id)?;
        let texts = self.texts[section].get_or_init(|| {
            let slice = Slice::section(self.text, &self.sections[section]);
            let mut map = FxHashMap::default();
            if let Ok(doc) = slice.parse(self.text, u32::MAX) {
                for n in doc.descendants().filter(|n| n.is_element()) {
                    if let Some(id) = n.attribute("ID") {
                        map.entry(id.to_owned())
                            .or_insert_with(|| (native::plain_text_of(n), native::xhtml_fragment_of(n)));
                    }
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
