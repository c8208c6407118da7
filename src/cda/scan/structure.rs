//! The elements that make up the outline.

use std::ops::Range;
use std::sync::Arc;

use super::error::{ScanError, ScanErrorKind};
use super::namespaces::Scope;
use super::tag;
use super::{CDA_NAMESPACE, Outline, RootSpan, SectionSpan};
use crate::cda::limits::Limits;

/// The elements on the way down to a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Root,
    Component,
    StructuredBody,
    NonXmlBody,
    BodyComponent,
    Section,
    /// A section where CDA has none; it counts as part of the header.
    Stray,
}

impl Step {
    /// The step that a child makes, by its local name.
    fn child(self, local: &[u8]) -> Option<Self> {
        match (self, local) {
            (Self::Root, b"component") => Some(Self::Component),
            (Self::Component, b"structuredBody") => Some(Self::StructuredBody),
            (Self::Component, b"nonXMLBody") => Some(Self::NonXmlBody),
            (Self::StructuredBody, b"component") => Some(Self::BodyComponent),
            (Self::BodyComponent, b"section") => Some(Self::Section),
            (Self::Root | Self::Component | Self::StructuredBody, b"section") => Some(Self::Stray),
            _ => None,
        }
    }

    fn has_steps(self) -> bool {
        !matches!(self, Self::Section | Self::Stray | Self::NonXmlBody)
    }
}

/// An open element on the way down to a section.
#[derive(Debug)]
struct Frame {
    step: Step,
    /// The name as written, which the end tag must repeat.
    name: Vec<u8>,
    start_tag: Range<usize>,
    /// The declarations in force inside.
    scope: Arc<Scope>,
}

/// Collects the outline from the tags that the scanner finds.
#[derive(Debug)]
pub(super) struct Structure {
    max_depth: u32,
    max_elements: u64,
    max_sections: usize,
    /// Names that stand for `section` in templated forms; `*.X` is every name that ends with `.X`.
    section_names: Vec<Box<str>>,
    path: Vec<Frame>,
    /// Elements open, on the path or not.
    depth: u32,
    /// The depth at which the next start tag may make a step; `u32::MAX` inside
    /// a section.
    watched: u32,
    root: Option<RootSpan>,
    sections: Vec<SectionSpan>,
    stray_sections: Vec<SectionSpan>,
    non_xml_body: Option<Range<usize>>,
    structured_bodies: u32,
    elements: u64,
    deepest: u32,
}

impl Structure {
    pub(super) fn new(limits: &Limits, section_names: &[Box<str>]) -> Self {
        Self {
            section_names: section_names.to_vec(),
            max_depth: limits.max_depth,
            max_elements: limits.max_elements,
            max_sections: limits.max_sections,
            path: Vec::with_capacity(5),
            depth: 0,
            watched: 0,
            root: None,
            sections: Vec::new(),
            stray_sections: Vec::new(),
            non_xml_body: None,
            structured_bodies: 0,
            elements: 0,
            deepest: 0,
        }
    }

    /// Whether the next start tag must be given whole.
    pub(super) fn wants_start(&self) -> bool {
        self.depth == self.watched
    }

    /// Whether the next end tag must be given whole.
    pub(super) fn wants_end(&self) -> bool {
        self.depth as usize == self.path.len()
    }

    /// What is wrong with text here, if this is outside the root element.
    pub(super) fn outside(&self) -> Option<ScanErrorKind> {
        match (self.depth, &self.root) {
            (0, None) => Some(ScanErrorKind::NotXml),
            (0, Some(_)) => Some(ScanErrorKind::ContentAfterRoot),
            _ => None,
        }
    }

    /// Text between markup. Outside the root only white space is allowed, and a
    /// byte order mark before everything.
    #[inline]
    pub(super) fn text_outside(&self, text: &[u8], offset: usize) -> Result<(), ScanError> {
        if self.depth != 0 {
            return Ok(());
        }
        let wrong = text.iter().enumerate().find(|&(at, byte)| {
            let mark = [0xEF, 0xBB, 0xBF].get(offset + at);
            !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') && mark != Some(byte)
        });
        match (wrong, self.outside()) {
            (Some((at, _)), Some(kind)) => Err(ScanError { offset: offset + at, kind }),
            _ => Ok(()),
        }
    }

    /// A start tag: its inside, without the angle brackets, and its place. Of a
    /// tag that was not wanted the last byte is enough.
    #[inline]
    pub(super) fn open(&mut self, tag: &[u8], token: Range<usize>) -> Result<(), ScanError> {
        let empty = tag.last() == Some(&b'/');
        self.elements += 1;
        if self.elements > self.max_elements {
            return Err(ScanError::limit(token.start, "max_elements", self.max_elements));
        }
        let depth = self.depth + 1;
        if depth > self.deepest {
            if depth > self.max_depth {
                return Err(ScanError::limit(token.start, "max_depth", u64::from(self.max_depth)));
            }
            self.deepest = depth;
        }
        if self.depth == self.watched {
            let inside = if empty { &tag[..tag.len() - 1] } else { tag };
            self.step(inside, empty, token)?;
        }
        if !empty {
            self.depth = depth;
        }
        Ok(())
    }

    /// An end tag: its inside without `</` and `>`, and its place. The inside
    /// of a tag that was not wanted does not matter.
    #[inline]
    pub(super) fn close(&mut self, inside: &[u8], token: Range<usize>) -> Result<(), ScanError> {
        if self.depth as usize == self.path.len() {
            self.step_back(inside, token)?;
        }
        self.depth -= 1;
        Ok(())
    }

    /// Whether an element of another name stands for a section.
    fn is_section(&self, local: &[u8]) -> bool {
        self.section_names.iter().any(|n| match n.strip_prefix('*') {
            Some(ending) => local.ends_with(ending.as_bytes()),
            None => local == n.as_bytes(),
        })
    }

    /// A start tag at a watched depth.
    fn step(&mut self, inside: &[u8], empty: bool, token: Range<usize>) -> Result<(), ScanError> {
        let malformed = |what| ScanError { offset: token.start, kind: ScanErrorKind::Malformed { what } };
        let name = tag::name(inside);
        let (prefix, local) = tag::split(name);
        let step = match self.path.last() {
            Some(parent) => match parent.step.child(local) {
                Some(step) => step,
                None if parent.step == Step::BodyComponent && self.is_section(local) => Step::Section,
                None => return Ok(()),
            },
            None if self.root.is_some() => {
                return Err(ScanError { offset: token.start, kind: ScanErrorKind::ContentAfterRoot });
            }
            None => Step::Root,
        };
        let outer = self.path.last().map_or_else(Arc::default, |parent| Arc::clone(&parent.scope));
        let own = tag::declarations(inside).map_err(|kind| ScanError { offset: token.start, kind })?;
        let scope = Scope::inside(&outer, own);
        let namespace = scope
            .resolve(&String::from_utf8_lossy(prefix))
            .ok_or_else(|| malformed("a namespace prefix that is not declared"))?;
        if step == Step::Root {
            check_root(namespace, local).map_err(|kind| ScanError { offset: token.start, kind })?;
            self.root = Some(RootSpan {
                name: String::from_utf8_lossy(name).into_owned(),
                range: token.clone(),
                start_tag: token.clone(),
                scope: Arc::clone(&scope),
            });
        } else if namespace != CDA_NAMESPACE {
            return Ok(());
        }
        if step == Step::StructuredBody {
            self.structured_bodies += 1;
        }
        let so_far = self.sections.len() + self.stray_sections.len();
        if matches!(step, Step::Section | Step::Stray) && so_far >= self.max_sections {
            let sections = self.max_sections as u64;
            return Err(ScanError::limit(token.start, "max_sections", sections));
        }
        let frame = Frame { step, name: name.to_vec(), start_tag: token.clone(), scope };
        if empty {
            self.record(&frame, token.end);
        } else {
            self.path.push(frame);
            self.watch();
        }
        Ok(())
    }

    /// The end tag of the innermost element on the path.
    fn step_back(&mut self, inside: &[u8], token: Range<usize>) -> Result<(), ScanError> {
        let what = match self.path.pop() {
            None => "an end tag without a start tag",
            // prefix and local part, as the parser of the slices compares them: to it an empty prefix is none
            Some(frame) if tag::split(&frame.name) != tag::split(inside.trim_ascii_end()) => {
                "an end tag that does not match its start tag"
            }
            Some(frame) => {
                self.record(&frame, token.end);
                self.watch();
                return Ok(());
            }
        };
        Err(ScanError { offset: token.start, kind: ScanErrorKind::Malformed { what } })
    }

    /// Notes an element that is now complete; the path holds what is around it.
    fn record(&mut self, frame: &Frame, end: usize) {
        let range = frame.start_tag.start..end;
        match frame.step {
            Step::Root => {
                if let Some(root) = &mut self.root {
                    root.range = range;
                }
            }
            Step::NonXmlBody => {
                self.non_xml_body.get_or_insert(range);
            }
            Step::Section | Step::Stray => {
                let Some(around) = self.path.last() else {
                    return;
                };
                let span = SectionSpan {
                    range,
                    start_tag: frame.start_tag.clone(),
                    parent: around.start_tag.clone(),
                    body: self.structured_bodies.saturating_sub(1),
                    scope: Arc::clone(&around.scope),
                };
                if frame.step == Step::Section {
                    self.sections.push(span);
                } else {
                    self.stray_sections.push(span);
                }
            }
            Step::Component | Step::StructuredBody | Step::BodyComponent => {}
        }
    }

    fn watch(&mut self) {
        self.watched = match self.path.last() {
            Some(frame) if !frame.step.has_steps() => u32::MAX,
            // At most five elements are on the path.
            _ => self.path.len() as u32,
        };
    }

    /// The outline, once the text has ended at `end`.
    pub(super) fn finish(self, end: usize) -> Result<Outline, ScanError> {
        let refuse = |kind| Err(ScanError { offset: end, kind });
        let Some(root) = self.root else {
            return refuse(ScanErrorKind::NotXml);
        };
        if self.depth > 0 {
            let inside = "an element";
            return refuse(ScanErrorKind::UnexpectedEof { inside });
        }
        let mut header = Vec::with_capacity(self.sections.len() + 1);
        let mut from = 0;
        for section in &self.sections {
            header.push(from..section.range.start);
            from = section.range.end;
        }
        header.push(from..end);
        header.retain(|piece| !piece.is_empty());
        Ok(Outline {
            root,
            sections: self.sections,
            stray_sections: self.stray_sections,
            header,
            non_xml_body: self.non_xml_body,
            structured_bodies: self.structured_bodies,
            elements: self.elements,
            max_depth: self.deepest,
            bytes: end,
        })
    }
}

/// Whether a root element is the one of CDA.
fn check_root(namespace: &str, local: &[u8]) -> Result<(), ScanErrorKind> {
    match (namespace, local) {
        (CDA_NAMESPACE, b"ClinicalDocument") => Ok(()),
        ("", b"ClinicalDocument") => Err(ScanErrorKind::NoNamespace),
        _ => {
            let local = String::from_utf8_lossy(local);
            let namespace: String = namespace.chars().take(60).collect();
            let local: String = local.chars().take(40).collect();
            let root = if namespace.is_empty() { local } else { format!("{{{namespace}}}{local}") };
            Err(ScanErrorKind::NotCda { root })
        }
    }
}
