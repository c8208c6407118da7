//! Too many namespace declarations: a parser looks through those in force at each prefix, and keeps a list of them for each
//! element that adds one. A small document that declares hundreds on every level would cost gigabytes.

use memchr::{memchr, memmem};

/// Declarations that may be in force at one place. Real documents have about ten.
pub(super) const IN_FORCE: usize = 256;
/// Declarations in force, summed over the elements that make some: what the lists of a parser hold.
const SUM: usize = 64 << 20;

/// Where there are too many, if so. Reads start tags as they are written; what is not well-formed is the parser's business.
pub(super) fn too_many(source: &str) -> Option<usize> {
    let bytes = source.as_bytes();
    let declaration = memmem::Finder::new(b"xmlns");
    // however they stand, so many are none too many
    declaration.find_iter(bytes).nth(IN_FORCE)?;
    let (mut at, mut sum, mut in_force) = (0, 0, 0);
    let mut open: Vec<usize> = Vec::new();
    while let Some(start) = memchr(b'<', &bytes[at..]).map(|n| at + n) {
        let rest = &bytes[start..];
        let skipped: Option<&[u8]> = match () {
            () if rest.starts_with(b"<!--") => Some(b"-->"),
            () if rest.starts_with(b"<![CDATA[") => Some(b"]]>"),
            () if rest.starts_with(b"<?") => Some(b"?>"),
            () => None,
        };
        if let Some(end) = skipped {
            at = start + memmem::find(rest, end)? + end.len();
            continue;
        }
        let end = tag_end(rest)?;
        at = start + end;
        if rest.starts_with(b"</") {
            in_force -= open.pop().unwrap_or(0);
            continue;
        }
        let own = declaration.find_iter(&rest[..end]).count();
        in_force += own;
        if own > 0 {
            sum += in_force;
        }
        if in_force > IN_FORCE || sum > SUM {
            return Some(start);
        }
        if rest[end - 2] == b'/' {
            in_force -= own;
        } else {
            open.push(own);
        }
    }
    None
}

/// Where a tag ends: after the first `>` outside quotes.
fn tag_end(tag: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += tag[at..].iter().position(|b| matches!(b, b'>' | b'"' | b'\''))?;
        match tag[at] {
            b'>' => return Some(at + 1),
            quote => at += 2 + memchr(quote, &tag[at + 1..])?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(n: usize, from: usize) -> String {
        (from..from + n).map(|i| format!(" xmlns:n{i}='u>\"'")).collect()
    }

    #[test]
    fn ordinary_declarations_are_not_too_many() {
        assert_eq!(too_many("<a xmlns='u'/>"), None);
        let each = format!("<a{}>{}</a>", declared(10, 0), "<b xmlns:q='u'/><c xmlns='v'>x</c>".repeat(10_000));
        assert_eq!(too_many(&each), None);
        assert_eq!(too_many(&format!("<a{}/>", declared(IN_FORCE, 0))), None);
        // not declarations, or not in force together
        let side_by_side = format!("<a{}/>", declared(200, 0)).repeat(3);
        assert_eq!(
            too_many(&format!("<!-- {0} --><![CDATA[{0}]]><r>{side_by_side}</r>", "xmlns ".repeat(5_000))),
            None
        );
    }

    #[test]
    fn too_many_are_found_where_they_are() {
        let nested = format!("<a{}><b{}/></a>", declared(200, 0), declared(57, 200));
        assert_eq!(too_many(&nested), Some(nested.find("<b").unwrap()));
        let lists = format!("<a{}>{}", declared(250, 0), "<b xmlns:q='u'/>".repeat(300_000));
        assert!(too_many(&lists).is_some());
    }
}
