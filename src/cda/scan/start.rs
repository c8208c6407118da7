//! Finding the end of a start tag.

use memchr::{memchr, memchr3};

use super::error::ScanError;
use crate::cda::limits::Limits;

/// How far a start tag has been read that comes in pieces or is not simple.
#[derive(Debug)]
pub(super) struct StartTag {
    /// Offset of its `<` in the text.
    token: usize,
    /// The quote that ends the attribute value being read; 0 between values.
    quote: u8,
    /// Values begun.
    attributes: u32,
    /// Where the value being read begins, as an offset in the text.
    value: usize,
    /// The byte read last.
    last: u8,
}

impl StartTag {
    /// A tag whose `<` is at the offset `token`.
    pub(super) fn new(token: usize) -> Self {
        Self { token, quote: 0, attributes: 0, value: 0, last: 0 }
    }

    /// The last byte before the closing `>`.
    pub(super) fn last(&self) -> u8 {
        self.last
    }

    /// Reads on in `bytes`, which begin at `offset`. Gives the index of the
    /// closing `>`, or `None` if it is not there yet.
    pub(super) fn advance(&mut self, bytes: &[u8], offset: usize, limits: &Limits) -> Result<Option<usize>, ScanError> {
        let mut at = 0;
        loop {
            let rest = &bytes[at..];
            let found = if self.quote == 0 { memchr3(b'>', b'"', b'\'', rest) } else { memchr(self.quote, rest) };
            let reached = found.map_or(bytes.len(), |n| at + n);
            if self.quote != 0 && offset + reached - self.value > limits.max_attribute_bytes {
                let bytes = limits.max_attribute_bytes as u64;
                return Err(ScanError::limit(self.value, "max_attribute_bytes", bytes));
            }
            if reached > at {
                self.last = bytes[reached - 1];
            }
            if found.is_none() {
                return Ok(None);
            }
            at = reached + 1;
            if self.quote != 0 {
                self.quote = 0;
                self.last = bytes[reached];
            } else if bytes[reached] == b'>' {
                return Ok(Some(reached));
            } else {
                self.quote = bytes[reached];
                self.value = offset + at;
                self.attributes += 1;
                if self.attributes > limits.max_attributes_per_element {
                    return Err(ScanError::limit(
                        self.token,
                        "max_attributes_per_element",
                        u64::from(limits.max_attributes_per_element),
                    ));
                }
            }
        }
    }
}

/// Whether a byte can begin an element's name.
pub(super) fn starts_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte == b':' || byte >= 0x80
}

/// The end of a tag without apostrophes and without `>` in its values, as the
/// index of its `>`, and the number of its attributes. `None` if it is not that
/// simple, or not all there.
///
/// A `>` ends a tag if it stands outside quotes, that is, after an even number
/// of quotation marks where there are no apostrophes. Counting them is quicker
/// than going from quote to quote, which are close together.
pub(super) fn simple_tag(inside: &[u8]) -> Option<(usize, u32)> {
    let end = memchr(b'>', inside)?;
    let mut quotes = 0u32;
    let mut apostrophe = false;
    for &byte in &inside[..end] {
        quotes += u32::from(byte == b'"');
        apostrophe |= byte == b'\'';
    }
    (!apostrophe && quotes.is_multiple_of(2)).then_some((end, quotes / 2))
}
