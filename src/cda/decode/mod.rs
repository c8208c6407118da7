//! From bytes as received to text that an XML parser accepts.
//!
//! The encoding is taken from the byte order mark, else from the zero bytes of
//! UTF-16, else from the XML declaration; each is believed only as far as the
//! bytes bear it out. What had to be recovered is reported as a note, never
//! silently. Valid UTF-8 is borrowed, not copied.

mod charset;
mod illegal;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;

use super::limits::Limits;

/// A document as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The text without its byte order mark; it holds no character that XML 1.0
    /// forbids, neither as such nor (outside CDATA) as a character reference.
    /// Lines and columns are those of the original, and so are the offsets
    /// where the original is valid UTF-8 (less three for a byte order mark).
    ///
    /// An XML declaration in it still names the encoding of the original.
    pub text: Cow<'a, str>,
    /// The encoding the bytes were in: `UTF-8` (also for plain ASCII),
    /// `UTF-16LE`, `UTF-16BE`, `ISO-8859-1`, `windows-1252` or another name of
    /// the WHATWG Encoding Standard.
    pub encoding: &'static str,
    /// What was recovered, in the order it was noticed; empty for nearly all
    /// documents. At most one note of each code.
    pub notes: Vec<DecodeNote>,
}

/// Something that was recovered while decoding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeNote {
    /// What it was.
    pub code: DecodeCode,
    /// Byte offset of the first place, in the decoded text.
    pub offset: usize,
    /// How many places there are, at least 1.
    pub count: usize,
    /// One sentence for people. It names encodings, never document content.
    pub detail: String,
}

/// The kinds of [`DecodeNote`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DecodeCode {
    /// The text is not in the encoding that is declared.
    EncodingMismatch,
    /// No encoding is declared, and the text is not UTF-8.
    EncodingUndeclared,
    /// The declared encoding is not a known one.
    EncodingUnknown,
    /// Bytes that mean nothing in the encoding became U+FFFD.
    UndecodableBytes,
    /// Characters that XML forbids became spaces, or U+FFFD.
    ForbiddenCharacter,
    /// References to characters that XML forbids became references to others.
    ForbiddenReference,
    /// White space before the XML declaration; the declaration was blanked.
    DeclarationNotFirst,
}

impl DecodeCode {
    /// The stable name for reports: lower case words joined by hyphens.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EncodingMismatch => "encoding-mismatch",
            Self::EncodingUndeclared => "encoding-undeclared",
            Self::EncodingUnknown => "encoding-unknown",
            Self::UndecodableBytes => "undecodable-bytes",
            Self::ForbiddenCharacter => "forbidden-character",
            Self::ForbiddenReference => "forbidden-reference",
            Self::DeclarationNotFirst => "declaration-not-first",
        }
    }
}

impl fmt::Display for DecodeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Bytes that cannot be made text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// There are no bytes.
    Empty,
    /// There are more bytes than [`Limits::max_bytes`].
    TooLarge {
        /// Size in bytes, as received or as UTF-8, whichever exceeded the limit.
        bytes: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The encoding is recognised, or declared, but not supported.
    Unsupported {
        /// Its name, shortened and reduced to plain characters.
        encoding: String,
    },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the document is empty; check where it comes from"),
            Self::TooLarge { bytes, limit } => write!(
                f,
                "the document has {bytes} bytes, more than the limit max_bytes = {limit}; \
                 raise the limit if the document is trusted"
            ),
            Self::Unsupported { encoding } => {
                write!(f, "the encoding {encoding} is not supported; convert the document to UTF-8")
            }
        }
    }
}

impl std::error::Error for DecodeError {}

/// Decodes a document.
///
/// # Errors
/// If there are no bytes, too many, or if they are in an encoding that is not
/// supported. Bytes that are no XML at all are not noticed here.
pub fn decode<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Decoded<'a>, DecodeError> {
    let check = |bytes: usize| {
        if bytes > limits.max_bytes {
            let limit = limits.max_bytes;
            return Err(DecodeError::TooLarge { bytes, limit });
        }
        Ok(())
    };
    if bytes.is_empty() {
        return Err(DecodeError::Empty);
    }
    check(bytes.len())?;
    let mut decoded = charset::to_text(bytes)?;
    illegal::make_legal(&mut decoded);
    // One byte of windows-1252 can become three of UTF-8.
    check(decoded.text.len())?;
    Ok(decoded)
}
