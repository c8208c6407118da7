//! The forms of R4's simple types.

use compact_str::{CompactString, format_compact};

use super::super::bytes;
use super::super::definitions::PrimitiveKind;
use super::super::value::Value;
use super::{narrative, temporal};

/// Whether the value has the form of its type.
#[inline]
pub(super) fn is_valid(kind: PrimitiveKind, value: &Value) -> bool {
    use PrimitiveKind as K;
    match (kind, value) {
        (K::Boolean, Value::Bool(_)) => true,
        (K::Integer, Value::Number(n)) => integer(n).is_some(),
        (K::PositiveInt, Value::Number(n)) => integer(n).is_some_and(|n| n > 0),
        (K::UnsignedInt, Value::Number(n)) => integer(n).is_some_and(|n| n >= 0),
        (K::Decimal, Value::Number(n)) => is_decimal(n),
        (K::Boolean | K::Integer | K::PositiveInt | K::UnsignedInt | K::Decimal, _) => false,
        (_, Value::String(s)) => is_text(kind, s),
        (K::Base64Binary, Value::Data(_)) => true,
        _ => false,
    }
}

fn is_text(kind: PrimitiveKind, s: &str) -> bool {
    use PrimitiveKind as K;
    match kind {
        K::String | K::Markdown => is_string(s),
        K::Code => is_code(s),
        K::Uri | K::Url | K::Canonical => is_uri(s),
        K::Id => is_id(s),
        K::Oid => s.strip_prefix("urn:oid:").is_some_and(is_oid),
        K::Uuid => s.strip_prefix("urn:uuid:").is_some_and(is_uuid),
        K::Date => temporal::is_date(s),
        K::DateTime => temporal::is_date_time(s),
        K::Instant => temporal::is_instant(s),
        K::Time => temporal::is_time(s),
        K::Base64Binary => is_base64(s),
        K::Xhtml => narrative::is_valid(s),
        K::Boolean | K::Integer | K::PositiveInt | K::UnsignedInt | K::Decimal => false,
    }
}

/// The same content in the form of the type, where that adds nothing and raises no precision.
pub(super) fn mend(kind: PrimitiveKind, value: &Value) -> Option<Value> {
    use PrimitiveKind as K;
    let text = match value {
        Value::Bool(b) => CompactString::from(if *b { "true" } else { "false" }),
        Value::Number(n) => n.clone(),
        Value::String(s) => s.clone(),
        _ => return None,
    };
    let better = match kind {
        K::Boolean => match text.trim() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => return None,
        },
        K::Integer | K::PositiveInt | K::UnsignedInt | K::Decimal => Value::Number(CompactString::from(text.trim())),
        K::String | K::Markdown => Value::String(text.chars().filter(|c| !is_control(*c)).collect()),
        K::Code => {
            let words: Vec<&str> = text.split_whitespace().collect();
            Value::String(CompactString::from(words.join(" ")))
        }
        K::Uri | K::Url | K::Canonical | K::Oid | K::Uuid => Value::String(uri(text.trim())),
        // a time of day that has no seconds or no offset cannot stay; the day can
        K::Date | K::DateTime => {
            let text = text.trim();
            match text.get(10..) {
                None | Some("") => Value::string(text),
                Some(rest) if rest.starts_with('T') => Value::string(&text[..10]),
                Some(_) => return None,
            }
        }
        K::Id | K::Instant | K::Time | K::Base64Binary => Value::string(text.trim()),
        K::Xhtml => return None,
    };
    is_valid(kind, &better).then_some(better)
}

/// Addresses of UUIDs and OIDs have one spelling in FHIR.
fn uri(text: &str) -> CompactString {
    match text.split_at_checked(9) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("urn:uuid:") => {
            format_compact!("urn:uuid:{}", rest.to_ascii_lowercase())
        }
        _ => CompactString::from(text),
    }
}

fn is_control(c: char) -> bool {
    c < ' ' && !matches!(c, '\t' | '\n' | '\r')
}

fn is_string(s: &str) -> bool {
    // most strings begin with something visible; only then is the whole not looked at for it
    let visible = s.as_bytes().first().is_some_and(|b| *b > b' ' && *b < 0x80) || !s.trim().is_empty();
    visible && !bytes::any_control(s.as_bytes())
}

fn is_code(s: &str) -> bool {
    let plain = s.is_ascii() && !bytes::any_below(s.as_bytes(), b'!');
    if s.is_empty() || plain {
        return !s.is_empty();
    }
    !bytes::any_below(s.as_bytes(), b' ') && s.split(char::is_whitespace).all(|word| !word.is_empty())
}

fn is_uri(s: &str) -> bool {
    let b = s.as_bytes();
    if b.is_empty() || bytes::any_below(b, b'!') || !s.is_ascii() && s.chars().any(char::is_whitespace) {
        return false;
    }
    match b {
        [b'u', b'r', b'n', b':', b'o', b'i', b'd', b':', ..] => is_oid(&s[8..]),
        [b'u', b'r', b'n', b':', b'u', b'u', b'i', b'd', b':', ..] => is_uuid(&s[9..]),
        [b'u', b'u', b'i', b'd', b':', ..] | [b'o', b'i', b'd', b':', ..] => false,
        [b'U', ..] => !s.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("urn:uuid:")),
        _ => true,
    }
}

/// Whether it is a valid `id`.
pub(super) fn is_id(s: &str) -> bool {
    (1..=64).contains(&s.len()) && s.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'.')
}

/// Numbers joined by dots, the first 0, 1 or 2, without leading zeros.
fn is_oid(s: &str) -> bool {
    let [b'0'..=b'2', b'.', arcs @ ..] = s.as_bytes() else { return false };
    // digits since the last dot, and whether the first of them is a zero
    let (mut digits, mut zero) = (0u32, false);
    for b in arcs {
        match b {
            b'.' if digits > 0 => digits = 0,
            b'0'..=b'9' if digits == 0 => (digits, zero) = (1, *b == b'0'),
            b'0'..=b'9' if !zero => digits += 1,
            _ => return false,
        }
    }
    digits > 0
}

fn is_uuid(s: &str) -> bool {
    let b = s.as_bytes();
    b.len() == 36
        && b.iter().enumerate().all(|(i, c)| match i {
            8 | 13 | 18 | 23 => *c == b'-',
            _ => matches!(c, b'0'..=b'9' | b'a'..=b'f'),
        })
}

/// What base64 may consist of, for attachments of megabytes.
const BASE64: [bool; 256] = {
    let mut table = [false; 256];
    let mut i = 0;
    while i < 256 {
        table[i] = matches!(i as u8, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/');
        i += 1;
    }
    table
};

fn is_base64(s: &str) -> bool {
    let b = s.as_bytes();
    if bytes::any_below(b, b'!') {
        let dense: String = s.split_ascii_whitespace().collect();
        return !dense.is_empty() && !bytes::any_below(dense.as_bytes(), b'!') && is_base64(&dense);
    }
    let digits = b.strip_suffix(b"==").or_else(|| b.strip_suffix(b"=")).unwrap_or(b);
    !b.is_empty() && b.len().is_multiple_of(4) && digits.iter().fold(true, |fine, c| fine & BASE64[usize::from(*c)])
}

fn integer(n: &str) -> Option<i32> {
    let digits = n.strip_prefix('-').unwrap_or(n);
    let plain = digits.bytes().all(|c| c.is_ascii_digit()) && (digits == "0" && n == "0" || !digits.starts_with('0'));
    if plain { n.parse().ok() } else { None }
}

fn is_decimal(n: &str) -> bool {
    let b = n.strip_prefix('-').unwrap_or(n).as_bytes();
    let count = |from: usize| b[from..].iter().take_while(|c| c.is_ascii_digit()).count();
    let whole = count(0);
    if whole == 0 || whole > 1 && b[0] == b'0' {
        return false;
    }
    let mut at = whole;
    if b.get(at) == Some(&b'.') {
        let places = count(at + 1);
        if places == 0 {
            return false;
        }
        at += 1 + places;
    }
    if matches!(b.get(at), Some(b'e' | b'E')) {
        at += 1 + usize::from(matches!(b.get(at + 1), Some(b'+' | b'-')));
        let exponent = count(at);
        if exponent == 0 {
            return false;
        }
        at += exponent;
    }
    at == b.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use PrimitiveKind as K;

    fn text(kind: K, s: &str) -> bool {
        is_valid(kind, &Value::String(s.into()))
    }

    fn number(kind: K, s: &str) -> bool {
        is_valid(kind, &Value::Number(s.into()))
    }

    #[test]
    fn strings() {
        assert!(text(K::String, "a\tb\r\nc ä") && text(K::String, " x"));
        assert!(
            !text(K::String, "") && !text(K::String, " \n") && !text(K::String, "a\u{1}") && !text(K::String, "\u{a0}")
        );
        assert!(text(K::Code, "a b") && text(K::Code, "é"));
        for bad in ["", " a", "a ", "a  b", "a\tb", "é "] {
            assert!(!text(K::Code, bad), "{bad:?}");
        }
        assert!(text(K::Id, "a-1.B") && !text(K::Id, "a_1") && !text(K::Id, &"x".repeat(65)) && !text(K::Id, ""));
    }

    #[test]
    fn addresses() {
        for good in [
            "http://a/b?c",
            "urn:oid:2.16.840.1",
            "urn:uuid:0b0bd9ef-9b4c-5ff0-a5a4-1bd7b6a4f5b5",
            "urn:ietf:rfc:3986",
            "#x",
        ] {
            assert!(text(K::Uri, good), "{good}");
        }
        for bad in
            ["", "a b", "urn:oid:2.16.", "urn:oid:3.1", "urn:oid:1.02", "urn:uuid:X", "oid:1.2", "uuid:1", "a\u{a0}b"]
        {
            assert!(!text(K::Uri, bad), "{bad}");
        }
        assert!(text(K::Oid, "urn:oid:1.2") && !text(K::Oid, "1.2") && !text(K::Uuid, "urn:oid:1.2"));
    }

    #[test]
    fn numbers() {
        assert!(number(K::Integer, "-1") && number(K::Integer, "0") && number(K::Integer, "2147483647"));
        for bad in ["", "-", "-0", "01", "1.0", "1e2", "2147483648", "+1"] {
            assert!(!number(K::Integer, bad), "{bad}");
        }
        assert!(!number(K::PositiveInt, "0") && number(K::UnsignedInt, "0") && !number(K::UnsignedInt, "-1"));
        for good in ["1.50", "-0.0", "0", "1e-7", "12E+3"] {
            assert!(number(K::Decimal, good), "{good}");
        }
        for bad in ["", ".5", "1.", "01", "1e", "1e+", "1x", "-"] {
            assert!(!number(K::Decimal, bad), "{bad}");
        }
        assert!(!text(K::Decimal, "1") && !text(K::Boolean, "true") && is_valid(K::Boolean, &Value::Bool(false)));
    }

    #[test]
    fn base64() {
        assert!(text(K::Base64Binary, "TWFu") && text(K::Base64Binary, "TWE=\n") && text(K::Base64Binary, "TQ=="));
        assert!(!text(K::Base64Binary, "TWF") && !text(K::Base64Binary, "T=Fu") && !text(K::Base64Binary, ""));
        assert!(!text(K::Base64Binary, "a-b_") && !text(K::Base64Binary, "TWF\u{1}"));
    }

    #[test]
    fn mending_adds_nothing() {
        let m = |kind, s: &str| mend(kind, &Value::String(s.into()));
        assert_eq!(m(K::Boolean, " true "), Some(Value::Bool(true)));
        assert_eq!(m(K::Boolean, "1"), None);
        assert_eq!(m(K::Decimal, "1.50"), Some(Value::Number("1.50".into())));
        assert_eq!(m(K::Decimal, "1,5"), None);
        assert_eq!(m(K::String, "a\u{0}b"), Some(Value::string("ab")));
        assert_eq!(mend(K::String, &Value::Number("5".into())), Some(Value::string("5")));
        assert_eq!(m(K::Code, " a  b "), Some(Value::string("a b")));
        let upper = "URN:UUID:0B0BD9EF-9B4C-5FF0-A5A4-1BD7B6A4F5B5";
        assert_eq!(m(K::Uri, upper), Some(Value::string(upper.to_ascii_lowercase())));
        assert_eq!(m(K::DateTime, "2020-01-01T10:00"), Some(Value::string("2020-01-01")));
        assert_eq!(m(K::Date, "2020-01-01T10:00:00Z"), Some(Value::string("2020-01-01")));
        assert_eq!(m(K::DateTime, "2020-01-01x"), None);
        assert_eq!(m(K::DateTime, "2020-02-30T10:00"), None);
        assert_eq!(m(K::Instant, "2020-01-01"), None);
    }
}
