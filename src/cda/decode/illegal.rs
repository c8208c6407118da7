//! Characters that XML 1.0 forbids, for which a parser would refuse the whole
//! document.
//!
//! Every replacement has the length of what it replaces, so that all positions
//! stay those of the original. That leaves the space for a control character:
//! it is the only single byte that is allowed everywhere and says nothing. The
//! same reasoning holds for short references.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memmem};

use super::{DecodeCode, DecodeNote, Decoded};

/// Bytes looked at together; enough for the compiler to use vectors.
const BLOCK: usize = 256;

/// Replaces what XML forbids. Leaves the text borrowed if there is nothing.
pub(super) fn make_legal(decoded: &mut Decoded<'_>) {
    let bytes = decoded.text.as_bytes();
    let mut changes = Changes::default();
    control_characters(bytes, &mut changes);
    noncharacters(bytes, &mut changes);
    references(bytes, &mut changes);
    late_declaration(bytes, &mut changes);
    let Some(edited) = changes.edited else {
        return;
    };
    // Whole characters were replaced by whole characters, so nothing is lost.
    decoded.text = Cow::Owned(match String::from_utf8(edited) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    });
    decoded.notes.append(&mut changes.notes);
}

/// What was replaced, and what is to be said about it.
#[derive(Default)]
struct Changes {
    /// A copy of the text with everything replaced; none while nothing is.
    edited: Option<Vec<u8>>,
    notes: Vec<DecodeNote>,
}

impl Changes {
    fn add(&mut self, bytes: &[u8], offset: usize, with: &[u8], code: DecodeCode) {
        let edited = self.edited.get_or_insert_with(|| bytes.to_vec());
        edited[offset..offset + with.len()].copy_from_slice(with);
        if let Some(note) = self.notes.iter_mut().find(|note| note.code == code) {
            note.count += 1;
            note.offset = note.offset.min(offset);
            return;
        }
        let detail = match code {
            DecodeCode::ForbiddenReference => "references to characters that XML forbids were replaced",
            DecodeCode::DeclarationNotFirst => "white space before the XML declaration; the declaration was blanked",
            _ => "characters that XML forbids were replaced",
        };
        self.notes.push(DecodeNote { code, offset, count: 1, detail: detail.to_owned() });
    }
}

fn is_forbidden(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')
}

fn control_characters(bytes: &[u8], changes: &mut Changes) {
    for (block, chunk) in bytes.chunks(BLOCK).enumerate() {
        // No early exit: that is what lets this loop be vectorised.
        let any = chunk.iter().fold(false, |any, &b| any | is_forbidden(b));
        if !any {
            continue;
        }
        for (at, _) in chunk.iter().enumerate().filter(|(_, b)| is_forbidden(**b)) {
            let at = block * BLOCK + at;
            changes.add(bytes, at, b" ", DecodeCode::ForbiddenCharacter);
        }
    }
}

/// U+FFFE and U+FFFF, which are EF BF BE and EF BF BF.
fn noncharacters(bytes: &[u8], changes: &mut Changes) {
    for at in memchr_iter(0xEF, bytes) {
        if matches!(bytes.get(at + 1..at + 3), Some([0xBF, 0xBE | 0xBF])) {
            let with = "\u{FFFD}".as_bytes();
            changes.add(bytes, at, with, DecodeCode::ForbiddenCharacter);
        }
    }
}

fn references(bytes: &[u8], changes: &mut Changes) {
    let mut cdata = 0..0;
    for at in memmem::find_iter(bytes, b"&#") {
        // Longer than any reference that can be padded: nobody writes those.
        let end = bytes.len().min(at + 64);
        let Some(length) = memchr(b';', &bytes[at..end]) else {
            continue;
        };
        let reference = &bytes[at..=at + length];
        if !refers_to_forbidden(&reference[2..length]) {
            continue;
        }
        // In CDATA the same characters are plain text, and allowed.
        while cdata.end <= at {
            let Some(start) = memmem::find(&bytes[cdata.end..at], b"<![CDATA[") else {
                // What is before `at` need not be searched again.
                cdata = at..at;
                break;
            };
            let start = cdata.end + start;
            let end = memmem::find(&bytes[start..], b"]]>");
            cdata = start..end.map_or(bytes.len(), |n| start + n + 3);
        }
        if cdata.contains(&at) {
            continue;
        }
        let with = stand_in(reference.len());
        changes.add(bytes, at, &with, DecodeCode::ForbiddenReference);
    }
}

/// Whether the digits of a reference, perhaps after an `x`, name a character
/// that XML forbids. What is no number is left for the parser to refuse.
fn refers_to_forbidden(digits: &[u8]) -> bool {
    let (digits, radix) = match digits.strip_prefix(b"x") {
        Some(hex) => (hex, 16u64),
        None => (digits, 10),
    };
    if digits.is_empty() {
        return false;
    }
    let mut code = 0u64;
    for &digit in digits {
        match char::from(digit).to_digit(radix as u32) {
            Some(value) => code = (code * radix + u64::from(value)).min(0x11_0000),
            None => return false,
        }
    }
    match u32::try_from(code).ok().and_then(char::from_u32) {
        Some(c) => {
            matches!(c, '\0'..='\x08' | '\x0B' | '\x0C' | '\x0E'..='\x1F' | '\u{FFFE}' | '\u{FFFF}')
        }
        None => true,
    }
}

/// A reference of a given length to U+FFFD where that fits, else to a space;
/// in four bytes (`&#0;`) only the tab has room.
fn stand_in(length: usize) -> Vec<u8> {
    let (head, tail) = match length {
        8.. => ("&#x", "FFFD;"),
        5..8 => ("&#", "32;"),
        _ => ("&#", "9;"),
    };
    let zeros = length - head.len() - tail.len();
    let mut out = head.as_bytes().to_vec();
    out.resize(head.len() + zeros, b'0');
    out.extend_from_slice(tail.as_bytes());
    out
}

/// White space before the XML declaration, which the standard forbids and many
/// senders produce. The declaration has done its work and is blanked.
fn late_declaration(bytes: &[u8], changes: &mut Changes) {
    let start = bytes.len() - bytes.trim_ascii_start().len();
    let rest = &bytes[start..];
    let is_declaration = rest.starts_with(b"<?xml") && rest.get(5).is_some_and(u8::is_ascii_whitespace);
    if start == 0 || !is_declaration {
        return;
    }
    if let Some(length) = memmem::find(rest, b"?>") {
        let blank =
            rest[..length + 2].iter().map(|&b| if matches!(b, b'\r' | b'\n') { b } else { b' ' }).collect::<Vec<u8>>();
        // Only ASCII is sure to be as many characters as bytes.
        if rest[..length].is_ascii() {
            changes.add(bytes, start, &blank, DecodeCode::DeclarationNotFirst);
        }
    }
}
