//! From what arrives to documents: a CDA document as it is, or envelopes around one or several of them (SOAP, the
//! DistributionEnvelope of the UK's Interoperability Toolkit, multipart messages).
//!
//! Pure: bytes in, documents out. Everything is bounded by the [`Limits`] of documents: what a payload inflates to counts as
//! if it had been sent so.

mod distribution;
mod mime;

use std::borrow::Cow;
use std::sync::Arc;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::cda::decode::decode;
use crate::cda::limits::Limits;
use crate::convert::envelope::Envelope;
use crate::convert::{Conversion, ConvertError, Converter, Issue, Options, Refusal, Severity};

/// Documents in one envelope; more are refused.
const MAX_DOCUMENTS: usize = 1_000;

/// What arrived, unwrapped.
#[derive(Debug, Default)]
pub struct Message<'b> {
    /// the documents in order
    pub documents: Vec<Arrived<'b>>,
    /// what a reader should know of the envelope
    pub issues: Vec<Issue>,
}

/// A document that arrived.
#[derive(Debug)]
pub struct Arrived<'b> {
    /// its bytes
    pub bytes: Cow<'b, [u8]>,
    /// the envelope that it came in
    pub envelope: Option<Arc<Envelope>>,
}

/// Takes documents out of their envelope. What is in none is a document as it stands; whether it is one is judged later.
///
/// # Errors
/// When the envelope cannot be read, is too large, or holds no document.
pub fn open<'b>(bytes: &'b [u8], limits: &Limits) -> Result<Message<'b>, ConvertError> {
    let plain = || Message { documents: vec![Arrived { bytes: Cow::Borrowed(bytes), envelope: None }], issues: vec![] };
    match kind(bytes) {
        Kind::Document => Ok(plain()),
        Kind::Multipart => {
            within(bytes.len(), limits)?;
            let part = mime::envelope_of(bytes).ok_or_else(|| {
                not_cda("a multipart message without a part that is an ITK envelope or a SOAP envelope")
            })?;
            distribution::open(&part, limits)
        }
        Kind::Envelope => {
            within(bytes.len(), limits)?;
            let decoded = decode(bytes, limits).map_err(|e| ConvertError::new(Refusal::Malformed, e.to_string()))?;
            distribution::open(&decoded.text, limits)
        }
    }
}

/// Opens what arrived and converts each document for itself: one that is refused does not cost the others.
///
/// # Errors
/// When the envelope is refused.
pub fn convert(
    converter: &Converter,
    bytes: &[u8],
    options: &Options,
) -> Result<Vec<Result<Conversion, ConvertError>>, ConvertError> {
    convert_with(converter, bytes, options, |_, _| ())
}

/// The same, and shows each document with what became of it.
///
/// # Errors
/// When the envelope is refused.
pub fn convert_with(
    converter: &Converter,
    bytes: &[u8],
    options: &Options,
    mut show: impl FnMut(&[u8], &Conversion),
) -> Result<Vec<Result<Conversion, ConvertError>>, ConvertError> {
    let Message { documents, mut issues } = open(bytes, &options.limits)?;
    if documents.len() > 1 && options.patient.is_some() {
        let message = "several documents in one envelope cannot be bound to one patient; convert them one by one";
        return Err(ConvertError::new(Refusal::Patient, message));
    }
    let mut done = Vec::with_capacity(documents.len());
    for document in documents {
        let mut result = match &document.envelope {
            None => converter.convert(&document.bytes, options),
            Some(envelope) => {
                let options = Options { envelope: Some(envelope.clone()), ..options.clone() };
                converter.convert(&document.bytes, &options)
            }
        };
        if let Ok(conversion) = &mut result {
            show(&document.bytes, conversion);
            // said once, with the first
            conversion.issues.splice(0..0, issues.drain(..));
        }
        done.push(result);
    }
    Ok(done)
}

/// What arrived, by how it begins.
#[derive(Debug, PartialEq)]
enum Kind {
    Document,
    Envelope,
    Multipart,
}

fn kind(bytes: &[u8]) -> Kind {
    // in UTF-16 every other byte is zero
    let wide =
        bytes.iter().take(4).any(|b| *b == 0) || bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]);
    let head = &bytes[..bytes.len().min(64 << 10)];
    let narrow: Vec<u8>;
    let head = if wide {
        narrow = head.iter().copied().filter(|b| *b != 0 && *b < 0xFE).collect();
        &narrow
    } else {
        head.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(head)
    };
    let text = head.trim_ascii_start();
    let begins = |w: &str| text.get(..w.len()).is_some_and(|t| t.eq_ignore_ascii_case(w.as_bytes()));
    if begins("POST ") || begins("--") || begins("MIME-Version:") || begins("Content-Type:") {
        return Kind::Multipart;
    }
    match root(text) {
        Some(b"Envelope" | b"DistributionEnvelope") => Kind::Envelope,
        // an HL7 v3 message that carries a document
        Some(name) if name != b"ClinicalDocument" && memchr::memmem::find(head, b"ClinicalDocument").is_some() => {
            Kind::Envelope
        }
        _ => Kind::Document,
    }
}

/// The local name of the first element, after declaration, comments and white space.
fn root(mut text: &[u8]) -> Option<&[u8]> {
    loop {
        text = text.trim_ascii_start().strip_prefix(b"<")?;
        let end: &[u8] = match text.first()? {
            b'?' => b"?>",
            b'!' if text.starts_with(b"!--") => b"-->",
            // a document type is refused by whoever reads the document
            b'!' => return None,
            _ => {
                let name = text.iter().position(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/'))?;
                let name = &text[..name];
                return Some(name.iter().position(|b| *b == b':').map_or(name, |at| &name[at + 1..]));
            }
        };
        let at = memchr::memmem::find(text, end)?;
        text = &text[at + end.len()..];
    }
}

fn within(bytes: usize, limits: &Limits) -> Result<(), ConvertError> {
    if bytes > limits.max_bytes {
        let message = format!("the envelope has more than {} bytes (max_bytes)", limits.max_bytes);
        return Err(ConvertError::new(Refusal::TooLarge, message));
    }
    Ok(())
}

/// What base64 stands for, broken into lines or not, padded or not.
fn unbase64(text: impl Iterator<Item = u8>) -> Option<Vec<u8>> {
    let clean: Vec<u8> = text.filter(|b| !b.is_ascii_whitespace()).collect();
    let padding = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(&alphabet::STANDARD, padding).decode(clean).ok()
}

fn not_cda(message: &str) -> ConvertError {
    ConvertError::new(Refusal::NotCda, message)
}

fn note(severity: Severity, code: &str, message: impl Into<String>) -> Issue {
    let (at, xpath, fhir_path, row) = (None, String::new(), None, None);
    Issue { severity, code: code.into(), message: message.into(), at, xpath, fhir_path, row }
}

#[cfg(test)]
mod tests;
