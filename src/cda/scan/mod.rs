//! Finding the header and the sections of a document without parsing it.
//!
//! The scanner takes a decoded document in chunks and reports where its
//! top-level sections lie, so that each can be parsed on its own and no tree of
//! the whole is ever held. It follows names and namespaces only as far down as
//! `ClinicalDocument/component/structuredBody/component/section`; below that it
//! counts depth. It refuses document type declarations and whatever exceeds the
//! [`Limits`]. It does not prove well-formedness: every byte of an accepted
//! document is in a section or in a piece of the header, and the parser that
//! reads those still has to accept them.

mod error;
mod namespaces;
mod scanner;
mod start;
mod structure;
mod tag;

use std::ops::Range;
use std::sync::Arc;

pub use error::{ScanError, ScanErrorKind};
pub use namespaces::{Namespace, Scope, push_declaration};
pub use scanner::Scanner;

use super::limits::Limits;

/// The namespace of CDA.
pub const CDA_NAMESPACE: &str = "urn:hl7-org:v3";

/// What stands where in a document. All ranges are byte offsets in the whole
/// decoded text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// The root element.
    pub root: RootSpan,
    /// The top-level sections, in document order. They never overlap.
    pub sections: Vec<SectionSpan>,
    /// Sections directly inside `ClinicalDocument`, its `component` or its
    /// `structuredBody`, where CDA allows none but some senders write them (an
    /// eICR with the sections of its Reportability Response merged in). They
    /// are part of the header as well.
    pub stray_sections: Vec<SectionSpan>,
    /// What remains when the sections are cut out, in document order: joined,
    /// the pieces are a document with the header, the empty components of the
    /// body, or the `nonXMLBody`. None of them is empty.
    pub header: Vec<Range<usize>>,
    /// The first `ClinicalDocument/component/nonXMLBody`, from the `<` of its
    /// start tag to the `>` of its end tag. It is part of the header as well.
    pub non_xml_body: Option<Range<usize>>,
    /// How many `ClinicalDocument/component/structuredBody` there are. CDA
    /// allows one.
    pub structured_bodies: u32,
    /// Elements in the whole document.
    pub elements: u64,
    /// The largest number of elements open at once; the root alone is 1.
    pub max_depth: u32,
    /// Length of the decoded text in bytes.
    pub bytes: usize,
}

/// Where the root element lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootSpan {
    /// The name as written, with its prefix.
    pub name: String,
    /// The whole element.
    pub range: Range<usize>,
    /// The start tag, from `<` to `>`.
    pub start_tag: Range<usize>,
    /// The declarations in force inside the root: its own.
    pub scope: Arc<Scope>,
}

/// Where a top-level section lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionSpan {
    /// The whole element, from the `<` of its start tag to the `>` of its end
    /// tag.
    pub range: Range<usize>,
    /// The section's own start tag.
    pub start_tag: Range<usize>,
    /// The start tag of the element around the section: its `component`, except
    /// for stray sections.
    pub parent: Range<usize>,
    /// Which `structuredBody` it is in, from 0; of a stray section, the one
    /// that began last.
    pub body: u32,
    /// The declarations in force around the section: those of the root, the
    /// body and the components, not those that the section itself makes.
    pub scope: Arc<Scope>,
}

impl Outline {
    /// The header as a document of its own: the pieces joined. `text` is the
    /// decoded text that was scanned.
    ///
    /// # Panics
    /// If `text` is shorter than the text that was scanned.
    #[must_use]
    pub fn header_text(&self, text: &str) -> String {
        let length = self.header.iter().map(Range::len).sum();
        let mut out = String::with_capacity(length);
        for piece in &self.header {
            out.push_str(&text[piece.clone()]);
        }
        out
    }
}

/// Scans a whole decoded document.
///
/// # Errors
/// If the text is not a CDA document, or exceeds a limit; see
/// [`ScanErrorKind`].
pub fn scan(text: &str, limits: &Limits) -> Result<Outline, ScanError> {
    scan_renaming(text, limits, &[])
}

/// Scans a whole decoded document in which sections may bear other names; see [`Scanner::renaming`].
///
/// # Errors
/// As for [`scan`].
pub fn scan_renaming(text: &str, limits: &Limits, section_names: &[Box<str>]) -> Result<Outline, ScanError> {
    let mut scanner = Scanner::renaming(limits, section_names);
    scanner.feed(text.as_bytes())?;
    scanner.finish()
}
