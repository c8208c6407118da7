//! Which encoding the bytes are in.

use std::borrow::Cow;
use std::str;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use memchr::{memchr, memmem};

use super::{DecodeCode, DecodeError, DecodeNote, Decoded};

/// How far into the bytes an XML declaration may reach.
const DECLARATION_BYTES: usize = 1024;

/// Decodes bytes by mark, by zero bytes, by declaration, by validity.
pub(super) fn to_text(bytes: &[u8]) -> Result<Decoded<'_>, DecodeError> {
    match bytes {
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] | [b'<', 0, 0, 0, ..] | [0, 0, 0, b'<', ..] => {
            Err(DecodeError::Unsupported { encoding: "UTF-32".to_owned() })
        }
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8_or_other(rest, true),
        [0xFF, 0xFE, rest @ ..] => Ok(utf16(rest, UTF_16LE)),
        [0xFE, 0xFF, rest @ ..] => Ok(utf16(rest, UTF_16BE)),
        // The first two characters of any XML are ASCII or white space.
        &[a, 0, b, 0, ..] if a != 0 && b != 0 => Ok(utf16(bytes, UTF_16LE)),
        &[0, a, 0, b, ..] if a != 0 && b != 0 => Ok(utf16(bytes, UTF_16BE)),
        _ => utf8_or_other(bytes, false),
    }
}

fn utf16(bytes: &[u8], encoding: &'static Encoding) -> Decoded<'static> {
    let (text, broken) = encoding.decode_without_bom_handling(bytes);
    let text = text.into_owned();
    let mut notes = Vec::new();
    if let Some(label) = declared(text.as_bytes()) {
        let wide = label.to_ascii_uppercase().starts_with(b"UTF-16")
            || label.eq_ignore_ascii_case(b"UCS-2")
            || label.eq_ignore_ascii_case(b"ISO-10646-UCS-2");
        if !wide {
            notes.push(mismatch(label, encoding.name()));
        }
    }
    if broken {
        notes.extend(replaced(&text, encoding.name()));
    }
    Decoded { text: Cow::Owned(text), encoding: encoding.name(), notes }
}

/// Decodes bytes whose ASCII part is ASCII.
fn utf8_or_other(bytes: &[u8], marked: bool) -> Result<Decoded<'_>, DecodeError> {
    let label = declared(bytes);
    let known = label.and_then(Encoding::for_label_no_replacement);
    let valid = str::from_utf8(bytes);
    let mut notes = Vec::new();

    if let Ok(text) = valid {
        // Multi-byte encodings of the Far East can give bytes that happen to be
        // valid UTF-8 (ISO-2022-JP is ASCII throughout), so there a declaration
        // is believed as long as it works. In a single-byte encoding,
        // characters above ASCII practically never form valid UTF-8.
        if let (false, Some(encoding)) = (marked, known.filter(|e| is_multi_byte(e))) {
            let (text, broken) = encoding.decode_without_bom_handling(bytes);
            if !broken {
                return Ok(Decoded { text: Cow::Owned(text.into_owned()), encoding: encoding.name(), notes });
            }
        }
        if let Some(label) = label {
            let wrong = match known {
                Some(encoding) if encoding == UTF_8 => false,
                // Plain ASCII is right in every single-byte encoding, but not
                // in UTF-16.
                Some(encoding) if encoding.is_single_byte() => !text.is_ascii(),
                Some(_) => true,
                None => false,
            };
            if wrong {
                notes.push(mismatch(label, "UTF-8"));
            } else if known.is_none() {
                notes.push(unknown(label, "UTF-8"));
            }
        }
        return Ok(Decoded { text: Cow::Borrowed(text), encoding: "UTF-8", notes });
    }

    let other = known.filter(|e| e.is_single_byte() || is_multi_byte(e));
    if let (false, Some(encoding), Some(label)) = (marked, other, label) {
        let works = is_multi_byte(encoding) && !encoding.decode_without_bom_handling(bytes).1;
        if works || !mostly_utf8(bytes) {
            return Ok(as_declared(bytes, encoding, label));
        }
    } else if let (Some(label), None) = (label, known) {
        // An encoding nobody knows and bytes that are not UTF-8: a guess would
        // make up content.
        return Err(DecodeError::Unsupported { encoding: printable(label) });
    }

    if marked || mostly_utf8(bytes) {
        if let Some(label) = label.filter(|_| known != Some(UTF_8)) {
            notes.push(mismatch(label, "UTF-8"));
        }
        let text = String::from_utf8_lossy(bytes);
        notes.extend(replaced(&text, "UTF-8"));
        return Ok(Decoded { text, encoding: "UTF-8", notes });
    }
    notes.push(match label {
        Some(label) => mismatch(label, WINDOWS_1252.name()),
        None => DecodeNote {
            code: DecodeCode::EncodingUndeclared,
            offset: 0,
            count: 1,
            detail: "no encoding is declared and the text is not UTF-8; read as windows-1252".to_owned(),
        },
    });
    let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
    Ok(Decoded { text, encoding: WINDOWS_1252.name(), notes })
}

/// Decodes by a declaration that the bytes do not contradict.
fn as_declared<'a>(bytes: &'a [u8], encoding: &'static Encoding, label: &[u8]) -> Decoded<'a> {
    let mut notes = Vec::new();
    let mut name = encoding.name();
    if encoding == WINDOWS_1252 && !label.to_ascii_lowercase().ends_with(b"1252") {
        // The standard reads these labels as windows-1252, for in practice
        // 0x80 to 0x9F are never control characters. Only there do they differ.
        let really = bytes.iter().any(|b| (0x80..0xA0).contains(b));
        if !really {
            name = "ISO-8859-1";
        }
        if really || label.to_ascii_lowercase().ends_with(b"ascii") {
            notes.push(mismatch(label, name));
        }
    }
    let (text, broken) = encoding.decode_without_bom_handling(bytes);
    if broken {
        notes.extend(replaced(&text, name));
    }
    Decoded { text, encoding: name, notes }
}

/// Whether an encoding is one of the Far East's.
fn is_multi_byte(encoding: &'static Encoding) -> bool {
    !encoding.is_single_byte() && ![UTF_8, UTF_16LE, UTF_16BE].contains(&encoding)
}

/// Whether invalid UTF-8 is UTF-8 with damage rather than another encoding:
/// it holds more whole multi-byte characters than broken places.
///
/// In a single-byte encoding nearly every character above ASCII is broken
/// UTF-8; in a text that was cut, or put together from two sources, few are.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut whole, mut broken) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        let valid = chunk.valid();
        whole += valid.chars().filter(|c| !c.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    whole > broken
}

/// The label in the XML declaration, which may have white space before it.
fn declared(bytes: &[u8]) -> Option<&[u8]> {
    let head = &bytes[..bytes.len().min(DECLARATION_BYTES)];
    let head = head.trim_ascii_start().strip_prefix(b"<?xml")?;
    if !head.first()?.is_ascii_whitespace() {
        return None;
    }
    let head = &head[..memmem::find(head, b"?>")?];
    let after = &head[memmem::find(head, b"encoding")? + b"encoding".len()..];
    let value = after.trim_ascii_start().strip_prefix(b"=")?;
    let value = value.trim_ascii_start();
    let quote = *value.first().filter(|q| matches!(q, b'"' | b'\''))?;
    let value = &value[1..];
    Some(value[..memchr(quote, value)?].trim_ascii())
}

/// A label made safe to show: it comes from the document.
fn printable(label: &[u8]) -> String {
    let safe = |b: &u8| b.is_ascii_alphanumeric() || b"-_.:".contains(b);
    let mut shown: String = label.iter().take(40).map(|b| if safe(b) { char::from(*b) } else { '?' }).collect();
    if shown.is_empty() {
        shown.push_str("(empty)");
    }
    shown
}

fn mismatch(label: &[u8], actual: &str) -> DecodeNote {
    DecodeNote {
        code: DecodeCode::EncodingMismatch,
        offset: 0,
        count: 1,
        detail: format!("the declared encoding is {}, the text is {actual}; read as {actual}", printable(label)),
    }
}

fn unknown(label: &[u8], actual: &str) -> DecodeNote {
    DecodeNote {
        code: DecodeCode::EncodingUnknown,
        offset: 0,
        count: 1,
        detail: format!("the declared encoding {} is not known; read as {actual}", printable(label)),
    }
}

/// The note for bytes that a decoder replaced. Nothing if none can be found.
fn replaced(text: &str, encoding: &str) -> Option<DecodeNote> {
    let mut places = text.match_indices('\u{FFFD}');
    let (offset, _) = places.next()?;
    Some(DecodeNote {
        code: DecodeCode::UndecodableBytes,
        offset,
        count: 1 + places.count(),
        detail: format!("bytes that mean nothing in {encoding} became U+FFFD"),
    })
}
