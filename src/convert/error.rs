//! Why a document is refused. Everything less is an issue, not an error.

use std::fmt;

use crate::fhir::outcome::IssueType;

/// A document that was not converted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConvertError {
    /// what kind of refusal
    pub kind: Refusal,
    /// what is wrong and what to do; never content of the document
    pub message: String,
    /// line and column, from 1, where known
    pub at: Option<(u32, u32)>,
}

/// Kinds of refusal; each has one HTTP status and one FHIR issue type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// no CDA document at all
    NotCda,
    /// not well-formed XML, or not decodable
    Malformed,
    /// a document type declaration
    Forbidden,
    /// a limit is exceeded
    TooLarge,
    /// about more than one patient
    Patient,
    /// `--strict`, and something could not be carried over
    Strict,
    /// above ordinary confidentiality, and the caller asked not to pass that on
    Confidential,
    /// it cannot be read from where it stands, or its bundle cannot be written
    Io,
    /// its bundle was made, but whoever was to take it did not
    Undelivered,
    /// a fault of granule itself
    Internal,
}

impl Refusal {
    /// The issue type of an OperationOutcome.
    pub fn issue_type(self) -> IssueType {
        match self {
            Refusal::NotCda | Refusal::Malformed => IssueType::Structure,
            Refusal::Forbidden => IssueType::Security,
            Refusal::TooLarge => IssueType::TooLong,
            Refusal::Patient | Refusal::Strict => IssueType::BusinessRule,
            Refusal::Confidential => IssueType::Suppressed,
            Refusal::Io | Refusal::Undelivered | Refusal::Internal => IssueType::Exception,
        }
    }

    /// The HTTP status of an answer.
    pub fn http_status(self) -> u16 {
        match self {
            Refusal::NotCda => 415,
            Refusal::Malformed | Refusal::Forbidden => 400,
            Refusal::TooLarge => 413,
            Refusal::Patient | Refusal::Strict | Refusal::Confidential => 422,
            Refusal::Io | Refusal::Internal => 500,
            Refusal::Undelivered => 502,
        }
    }

    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Refusal::NotCda => "not-cda",
            Refusal::Malformed => "malformed",
            Refusal::Forbidden => "doctype-refused",
            Refusal::TooLarge => "limit-exceeded",
            Refusal::Patient => "patient",
            Refusal::Strict => "strict",
            Refusal::Confidential => "confidential",
            Refusal::Io => "io",
            Refusal::Undelivered => "not-delivered",
            Refusal::Internal => "internal",
        }
    }
}

impl ConvertError {
    /// An error without a place.
    pub fn new(kind: Refusal, message: impl Into<String>) -> Self {
        ConvertError { kind, message: message.into(), at: None }
    }
}

impl fmt::Display for ConvertError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((line, column)) = self.at {
            write!(f, "{line}:{column}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for ConvertError {}
