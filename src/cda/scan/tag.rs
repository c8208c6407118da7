//! Reading the few tags whose names and declarations matter.

use memchr::{memchr, memmem};

use super::error::ScanErrorKind;
use super::namespaces::Namespace;

/// The name at the start of a tag's inside, as written.
pub(super) fn name(tag: &[u8]) -> &[u8] {
    let end = tag.iter().position(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n' | b'/' | b'=')).unwrap_or(tag.len());
    &tag[..end]
}

/// Prefix (empty if none) and local part of a name.
pub(super) fn split(name: &[u8]) -> (&[u8], &[u8]) {
    match memchr(b':', name) {
        Some(at) => (&name[..at], &name[at + 1..]),
        None => (b"", name),
    }
}

/// The namespace declarations among the attributes of a start tag, given its
/// inside without `<`, `>` and the closing `/`.
pub(super) fn declarations(tag: &[u8]) -> Result<Vec<Namespace>, ScanErrorKind> {
    let malformed = |what| ScanErrorKind::Malformed { what };
    let mut found: Vec<Namespace> = Vec::new();
    if memmem::find(tag, b"xmlns").is_none() {
        return Ok(found);
    }
    let mut rest = skip_space(&tag[name(tag).len()..]);
    while !rest.is_empty() {
        let attribute = name(rest);
        if attribute.is_empty() {
            return Err(malformed("an attribute without a name"));
        }
        rest = skip_space(&rest[attribute.len()..]);
        rest = match rest.split_first() {
            Some((b'=', after)) => skip_space(after),
            _ => return Err(malformed("an attribute without a value")),
        };
        let (value, after) = match rest.split_first() {
            Some((&quote @ (b'"' | b'\''), after)) => match memchr(quote, after) {
                Some(end) => (&after[..end], &after[end + 1..]),
                None => return Err(malformed("an attribute value without its closing quote")),
            },
            _ => return Err(malformed("an attribute value without quotes")),
        };
        rest = skip_space(after);
        let prefix = if attribute == b"xmlns" {
            &b""[..]
        } else if let Some(prefix) = attribute.strip_prefix(b"xmlns:") {
            prefix
        } else {
            continue;
        };
        let prefix = String::from_utf8_lossy(prefix).into_owned();
        if found.iter().any(|n| n.prefix == prefix) {
            return Err(ScanErrorKind::PrefixDeclaredTwice);
        }
        let uri =
            unescape(&String::from_utf8_lossy(value)).ok_or(malformed("an unknown reference in a namespace name"))?;
        found.push(Namespace { prefix, uri });
    }
    Ok(found)
}

fn skip_space(bytes: &[u8]) -> &[u8] {
    bytes.trim_ascii_start()
}

/// An attribute value with its references resolved and its white space
/// normalised. `None` for a reference to something that cannot be declared
/// without a DTD.
fn unescape(value: &str) -> Option<String> {
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find(['&', '\t', '\r', '\n']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if !rest.starts_with('&') {
            out.push(' ');
            // A CR LF is one line end, hence one space.
            let length = if rest.starts_with("\r\n") { 2 } else { 1 };
            rest = &rest[length..];
            continue;
        }
        let end = rest.find(';')?;
        out.push(match &rest[1..end] {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            reference => {
                let digits = reference.strip_prefix('#')?;
                let code = match digits.strip_prefix('x') {
                    Some(hex) => u32::from_str_radix(hex, 16),
                    None => digits.parse(),
                };
                char::from_u32(code.ok()?)?
            }
        });
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(tag: &str) -> Result<Vec<(String, String)>, ScanErrorKind> {
        declarations(tag.as_bytes()).map(|found| found.into_iter().map(|n| (n.prefix, n.uri)).collect())
    }

    fn pair(prefix: &str, uri: &str) -> (String, String) {
        (prefix.to_owned(), uri.to_owned())
    }

    #[test]
    fn finds_declarations_among_other_attributes() {
        assert_eq!(
            pairs("n:a x='xmlns=\"no\"'\n xmlns = 'u>1'\txmlns:b=\"v&amp;&#x41;\r\nw\" y=\"\""),
            Ok(vec![pair("", "u>1"), pair("b", "v&A w")])
        );
        assert_eq!(pairs("a x=\"1\""), Ok(vec![]));
    }

    #[test]
    fn says_what_is_wrong() {
        assert!(pairs("a xmlns").is_err());
        assert!(pairs("a xmlns=").is_err());
        assert!(pairs("a xmlns=u").is_err());
        assert!(pairs("a xmlns='u").is_err());
        assert!(pairs("a ='xmlns'").is_err());
        assert!(pairs("a xmlns='&custom;'").is_err());
        assert!(pairs("a xmlns='u' xmlns='v'").is_err());
    }

    #[test]
    fn splits_names() {
        assert_eq!(split(b"a:b"), (&b"a"[..], &b"b"[..]));
        assert_eq!(split(b"b"), (&b""[..], &b"b"[..]));
        assert_eq!(name(b"a:b c='d'"), b"a:b");
        assert_eq!(name(b"b/"), b"b");
    }
}
