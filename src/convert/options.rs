//! What a caller may choose for a conversion.

use std::sync::Arc;

use super::envelope::Envelope;
use crate::cda::limits::Limits;
use crate::fhir::bundle::{BundleKind, WriteMode};
use crate::mapping::reviews::Level;

/// How a conversion is done. The same bytes, tables and options give the same bundle, byte for byte.
#[derive(Debug, Clone)]
pub struct Options {
    /// `Bundle.type`
    pub bundle: BundleKind,
    /// how a server is to write the resources
    pub write: WriteMode,
    /// reference to a patient that the caller has matched already (`Patient/123`): no Patient is written
    pub patient: Option<String>,
    /// where times without offset are
    pub zone: ZoneChoice,
    /// instant of the conversion, for `Provenance.recorded`; the clock is never asked
    pub recorded: Option<String>,
    /// only resources of these types, with what they refer to; empty for all
    pub types: Vec<String>,
    /// only sections with these codes; empty for all
    pub sections: Vec<String>,
    /// whose ids these are: resources of two tenants never share an id
    pub tenant: String,
    /// what becomes of the original document
    pub original: Original,
    /// what the envelope said in which the document came
    pub envelope: Option<Arc<Envelope>>,
    /// refuse a document of which anything could not be carried over (an issue of severity error)
    pub strict: bool,
    /// write down what rows read, for whoever asks where an element comes from; the bundle is the same
    pub lineage: bool,
    /// what becomes of content above ordinary confidentiality
    pub confidential: Confidential,
    /// clinical statements become resources only by rules that are reviewed at this level or above
    pub min_review: Option<Level>,
    /// limits on what is read
    pub limits: Limits,
    /// documents of at least this many bytes have their sections converted in parallel
    pub parallel_from: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            bundle: BundleKind::Transaction,
            write: WriteMode::Stable,
            patient: None,
            zone: ZoneChoice::Unknown,
            recorded: None,
            types: vec![],
            sections: vec![],
            tenant: String::new(),
            original: Original::Embed,
            envelope: None,
            strict: false,
            lineage: false,
            confidential: Confidential::Keep,
            min_review: None,
            limits: Limits::default(),
            parallel_from: 256 * 1024,
        }
    }
}

/// What becomes of content above ordinary confidentiality; later ones are stricter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidential {
    /// it is converted, and its labels go with it
    #[default]
    Keep,
    /// it is left out, and that it is missing is said
    Redact,
    /// the document is refused
    Refuse,
}

/// Where times without offset are.
#[derive(Debug, Clone, Default)]
pub enum ZoneChoice {
    /// unknown: they become dates
    #[default]
    Unknown,
    /// where the document's own time says
    Document,
    /// a named zone
    Named(jiff::tz::TimeZone),
}

/// What becomes of the original document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Original {
    /// a Binary in the bundle
    #[default]
    Embed,
    /// not written; the DocumentReference keeps size and hash
    Omit,
    /// it can be had at this URL
    Url(String),
}
