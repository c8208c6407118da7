//! Why a document is refused before it is parsed.

use std::fmt;

/// A document that the scanner refuses, with the place where it stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanError {
    /// Byte offset in the decoded text. See
    /// [`Positions`](crate::cda::position::Positions) for line and column.
    pub offset: usize,
    /// What is wrong there.
    pub kind: ScanErrorKind,
}

/// What is wrong with a document that the scanner refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScanErrorKind {
    /// There is a document type declaration. They are refused whatever they
    /// say, for they can name external files and expand without bound.
    DoctypeRefused,
    /// One of the [`Limits`](crate::cda::limits::Limits) is exceeded.
    LimitExceeded {
        /// The name of the limit, as the field is called.
        what: &'static str,
        /// Its value, in the unit of the field.
        limit: u64,
    },
    /// The text holds no element, or something other than XML comes first.
    NotXml,
    /// The root element is none of CDA's.
    NotCda {
        /// The root's name as `{namespace}local`, shortened.
        root: String,
    },
    /// The root is `ClinicalDocument`, but in no namespace.
    NoNamespace,
    /// The text ends before the root element does.
    UnexpectedEof {
        /// What is still open: `an element`, `a comment` …
        inside: &'static str,
    },
    /// The text is not well-formed XML.
    Malformed {
        /// What is wrong, as a phrase.
        what: &'static str,
    },
    /// One start tag declares a namespace prefix, or the default namespace, twice. XML forbids it; not every parser asks.
    PrefixDeclaredTwice,
    /// Something other than white space, comments and processing instructions
    /// follows the root element.
    ContentAfterRoot,
}

impl ScanError {
    /// The error for an exceeded limit.
    pub(super) fn limit(offset: usize, what: &'static str, limit: u64) -> Self {
        let kind = ScanErrorKind::LimitExceeded { what, limit };
        Self { offset, kind }
    }
}

impl ScanErrorKind {
    /// A stable code for reports: lower case words joined by hyphens.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::DoctypeRefused => "doctype-refused",
            Self::LimitExceeded { .. } => "limit-exceeded",
            Self::NotXml => "not-xml",
            Self::NotCda { .. } => "not-cda",
            Self::NoNamespace => "no-namespace",
            Self::UnexpectedEof { .. } => "unexpected-end",
            Self::Malformed { .. } | Self::PrefixDeclaredTwice => "malformed",
            Self::ContentAfterRoot => "content-after-root",
        }
    }
}

impl fmt::Display for ScanErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DoctypeRefused => f.write_str(
                "a document type declaration (DOCTYPE) is refused; \
                 remove it, CDA needs none",
            ),
            Self::LimitExceeded { what, limit } => write!(
                f,
                "the document exceeds the limit {what} = {limit}; \
                 raise the limit if the document is trusted"
            ),
            Self::NotXml => f.write_str(
                "this is not XML; give the CDA document itself, \
                 taken out of any envelope, archive or message",
            ),
            Self::NotCda { root } => write!(
                f,
                "the root element is {root}, not ClinicalDocument in urn:hl7-org:v3; \
                 give the CDA document itself, taken out of any envelope"
            ),
            Self::NoNamespace => f.write_str(
                "the root element ClinicalDocument is in no namespace; \
                 declare xmlns=\"urn:hl7-org:v3\" on it",
            ),
            Self::UnexpectedEof { inside } => {
                write!(f, "the text ends inside {inside}; the document is cut off, fetch it again")
            }
            Self::Malformed { what } => {
                write!(f, "not well-formed XML: {what}; correct it at the source")
            }
            Self::PrefixDeclaredTwice => {
                Self::Malformed { what: "a namespace prefix declared twice on one element" }.fmt(f)
            }
            Self::ContentAfterRoot => f.write_str(
                "something follows the end of the root element; \
                 give one document at a time",
            ),
        }
    }
}

impl fmt::Display for ScanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {}: {}", self.offset, self.kind)
    }
}

impl std::error::Error for ScanError {}
