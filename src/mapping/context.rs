//! What a transform may ask while a document is read, and where it puts what it finds.

use std::cell::RefCell;

use crate::cda::tree::Node;

use super::plan::RuleId;
use super::terminology::{DatatypeMaps, Terminology};
use super::watch::{RuleWatch, RuleWork};

/// How bad an issue is, in FHIR's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// something was done that a reader may want to know
    Information,
    /// content was degraded, inferred or left as narrative
    Warning,
    /// content could not be carried over
    Error,
}

impl Severity {
    /// The code of R4.
    pub fn code(self) -> &'static str {
        match self {
            Severity::Information => "information",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// Something about the data that a reader of the bundle should know; never content of the document.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// how bad
    pub severity: Severity,
    /// stable code, e.g. `time-without-zone`
    pub code: &'static str,
    /// what happened and what was done instead; names elements and codes of the standard, never values of the document
    pub message: String,
    /// byte of the decoded document
    pub offset: usize,
    /// XPath of the node, below the slice's root
    pub xpath: String,
    /// FHIR element concerned, if known
    pub fhir_path: Option<String>,
    /// table row, if known (`allergy.code`)
    pub row: Option<String>,
}

/// Where a time without offset is.
#[derive(Debug, Clone, Default)]
pub enum Zone {
    /// unknown: such a time becomes its date, and is reported
    #[default]
    Unknown,
    /// the offset that the document's own time bears, as FHIR writes it (`-05:00`)
    Document(String),
    /// a named zone; the offset follows from the date
    Named(jiff::tz::TimeZone),
    /// the zone that the tables give such documents: the same, but each time that was read so is reported
    OfRealm(jiff::tz::TimeZone),
}

/// Narrative of other slices of the same document.
pub trait Elsewhere {
    /// The plain text of the element with this ID, from another section.
    fn text_of(&self, id: &str) -> Option<String>;
    /// The same as XHTML inside a div.
    fn xhtml_of(&self, id: &str) -> Option<String>;
}

/// A document that has nothing elsewhere.
pub struct Nowhere;

impl Elsewhere for Nowhere {
    fn text_of(&self, _: &str) -> Option<String> {
        None
    }
    fn xhtml_of(&self, _: &str) -> Option<String> {
        None
    }
}

/// Bytes of an XPath that are not counted as repetition.
const ORDINARY_XPATH: usize = 200;

/// What a transform may ask, and where it reports.
pub struct Context<'a> {
    /// OIDs and ConceptMaps
    pub terms: &'a Terminology,
    /// the ConceptMaps that datatypes need
    pub maps: DatatypeMaps,
    /// where times without offset are
    pub zone: &'a Zone,
    /// narrative that stands in other slices
    pub elsewhere: &'a dyn Elsewhere,
    /// whether it is written down what rows read
    pub noting: bool,
    watch: Option<&'a dyn RuleWatch>,
    findings: RefCell<Vec<Finding>>,
}

impl<'a> Context<'a> {
    /// A context without findings.
    pub fn new(terms: &'a Terminology, maps: DatatypeMaps, zone: &'a Zone, elsewhere: &'a dyn Elsewhere) -> Self {
        Context { terms, maps, zone, elsewhere, noting: false, watch: None, findings: RefCell::default() }
    }

    /// The same, with somebody who wants to know which rule works when.
    pub fn watched(self, watch: Option<&'a dyn RuleWatch>) -> Self {
        Context { watch, ..self }
    }

    /// The same, and it is written down what rows read.
    pub fn noting(self, noting: bool) -> Self {
        Context { noting, ..self }
    }

    /// Tells the watcher, if there is one, that a rule works until the result is dropped.
    pub fn working(&self, rule: RuleId) -> Option<RuleWork<'a>> {
        RuleWork::begin(self.watch, rule)
    }

    /// Reports something about a node. Most nodes give nothing to report: code that does stands aside from code that maps.
    #[cold]
    pub fn report(&self, severity: Severity, code: &'static str, node: Node<'_>, message: impl Into<String>) {
        let xpath = node.xpath();
        // of what is nested deeply the place takes more than the thing itself
        if !node.tree().budget().repeat(xpath.len().saturating_sub(ORDINARY_XPATH)) {
            return;
        }
        self.findings.borrow_mut().push(Finding {
            severity,
            code,
            message: message.into(),
            offset: node.document_offset(),
            xpath,
            fhir_path: None,
            row: None,
        });
    }

    /// How many findings there are; with [`Context::label_since`] a row labels what its transforms reported.
    pub fn mark(&self) -> usize {
        self.findings.borrow().len()
    }

    /// Labels the findings since a mark with the FHIR element and row that were being made.
    #[cold]
    pub fn label_since(&self, mark: usize, fhir_path: &str, row: &str) {
        for f in &mut self.findings.borrow_mut()[mark..] {
            f.fhir_path.get_or_insert_with(|| fhir_path.to_owned());
            f.row.get_or_insert_with(|| row.to_owned());
        }
    }

    /// Forgets the findings since a mark, of an attempt that was given up.
    pub fn forget_since(&self, mark: usize) {
        self.findings.borrow_mut().truncate(mark);
    }

    /// Takes the findings.
    pub fn take(&self) -> Vec<Finding> {
        std::mem::take(&mut self.findings.borrow_mut())
    }
}
