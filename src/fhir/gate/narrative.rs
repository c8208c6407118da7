//! Whether the XHTML of a narrative keeps to what FHIR allows (txt-1, txt-2).
//!
//! Narratives are written by granule from whitelisted parts; this is the second look, so it only says yes or no.

use memchr::memchr;

use super::super::bytes;

/// Whether it is an HTML element of a narrative; the frequent ones first.
fn is_tag(name: &str) -> bool {
    matches!(
        name,
        "td" | "tr" | "th" | "p" | "br" | "li" | "ul" | "div" | "span" | "b" | "i" | "a" | "table" | "tbody" | "thead"
    ) || RARE_TAGS.contains(&name)
}

const RARE_TAGS: &[&str] = &[
    "abbr",
    "acronym",
    "address",
    "area",
    "bdo",
    "big",
    "blockquote",
    "caption",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "dfn",
    "dl",
    "dt",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "img",
    "kbd",
    "map",
    "ol",
    "pre",
    "q",
    "samp",
    "small",
    "strong",
    "sub",
    "sup",
    "tfoot",
    "tt",
    "var",
];

/// Whether it is an attribute of these; what is not here (above all scripts) is not allowed.
fn is_attribute(name: &str) -> bool {
    matches!(name, "id" | "class" | "style" | "colspan" | "rowspan" | "href" | "xmlns")
        || RARE_ATTRIBUTES.contains(&name)
}

const RARE_ATTRIBUTES: &[&str] = &[
    "abbr",
    "accesskey",
    "align",
    "alt",
    "axis",
    "border",
    "cellpadding",
    "cellspacing",
    "char",
    "charoff",
    "charset",
    "cite",
    "coords",
    "dir",
    "frame",
    "headers",
    "height",
    "hreflang",
    "ismap",
    "lang",
    "longdesc",
    "name",
    "nohref",
    "nowrap",
    "rel",
    "rev",
    "rules",
    "scope",
    "shape",
    "space",
    "span",
    "src",
    "start",
    "summary",
    "tabindex",
    "title",
    "type",
    "usemap",
    "valign",
    "width",
    "xml:lang",
    "xml:space",
];

const NAMESPACE: &str = "http://www.w3.org/1999/xhtml";

/// Whether it is one well-formed `div` in the XHTML namespace with nothing but allowed markup and some content.
pub(super) fn is_valid(text: &str) -> bool {
    !bytes::any_control(text.as_bytes()) && check(text.trim()).is_some()
}

fn check(text: &str) -> Option<()> {
    if !text.starts_with("<div") {
        return None;
    }
    let mut open: Vec<&str> = Vec::new();
    let mut content = false;
    let mut rest = text;
    while let Some(at) = memchr(b'<', rest.as_bytes()) {
        if at > 0 {
            references(&rest[..at])?;
            content = content || !rest[..at].trim_start().is_empty();
        }
        rest = &rest[at + 1..];
        match rest.as_bytes().first()? {
            b'/' => {
                let close = find(rest, |b| b == b'>')?;
                if open.pop()? != rest[1..close].trim_end() {
                    return None;
                }
                rest = &rest[close + 1..];
                if open.is_empty() {
                    return (rest.is_empty() && content).then_some(());
                }
            }
            b'!' => {
                let comment = rest.strip_prefix("!--")?;
                rest = &comment[comment.find("-->")? + 3..];
            }
            _ => {
                let (tag, empty) = start_tag(&mut rest, open.is_empty())?;
                content |= tag == "img";
                if empty && open.is_empty() {
                    return None;
                }
                if !empty {
                    open.push(tag);
                }
            }
        }
    }
    None
}

/// The place of the first byte that passes a test. What is looked for is near, so that a plain loop is quickest.
fn find(text: &str, test: impl Fn(u8) -> bool) -> Option<usize> {
    text.bytes().position(test)
}

/// Reads from the name to the `>`: the name, and whether the element ends at once.
fn start_tag<'a>(rest: &mut &'a str, root: bool) -> Option<(&'a str, bool)> {
    let text = *rest;
    let name_end = find(text, |b| b.is_ascii_whitespace() || b == b'>' || b == b'/')?;
    let tag = &text[..name_end];
    if !is_tag(tag) {
        return None;
    }
    let mut at = &text[name_end..];
    let mut namespace = false;
    loop {
        at = at.trim_start();
        match at.as_bytes() {
            [b'>', ..] => {
                *rest = &at[1..];
                return (namespace || !root).then_some((tag, false));
            }
            [b'/', b'>', ..] => {
                *rest = &at[2..];
                return Some((tag, true));
            }
            _ => {}
        }
        let equals = find(at, |b| b == b'=')?;
        let name = at[..equals].trim_end();
        if !is_attribute(name) {
            return None;
        }
        let after = at[equals + 1..].trim_start();
        let quote = *after.as_bytes().first().filter(|b| matches!(b, b'"' | b'\''))?;
        let end = memchr(quote, &after.as_bytes()[1..])?;
        let value = &after[1..=end];
        if find(value, |b| b == b'<').is_some() {
            return None;
        }
        references(value)?;
        if name == "xmlns" {
            namespace = true;
            if value != NAMESPACE {
                return None;
            }
        }
        at = &after[end + 2..];
    }
}

/// `None` when there is an `&` that begins no reference.
fn references(text: &str) -> Option<()> {
    let mut rest = text;
    while let Some(at) = memchr(b'&', rest.as_bytes()) {
        rest = &rest[at + 1..];
        let name = &rest[..find(rest, |b| b == b';')?];
        let fine = !name.is_empty() && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'#') && name.len() < 10;
        if !fine {
            return None;
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn div(inner: &str) -> bool {
        is_valid(&format!("<div xmlns=\"{NAMESPACE}\">{inner}</div>"))
    }

    #[test]
    fn allowed() {
        assert!(
            div("x") && div("<p class=\"a\">b &lt; c &#160;</p><br/>") && div("<img src='#a' />") && div("<!-- c -->x")
        );
        assert!(is_valid(&format!("<div lang=\"en\" xmlns='{NAMESPACE}'><div>a</div></div>\n")));
        assert!(div("<table><tr><td colspan=\"2\">a</td></tr></table>"));
    }

    #[test]
    fn not_allowed() {
        assert!(!div("") && !div(" <br/>") && !div("<script>x</script>") && !div("<p onclick=\"x\">a</p>"));
        assert!(!div("<p>a") && !div("a</p>") && !div("a & b") && !div("<b><i>x</b></i>") && !div("<p a>x</p>"));
        assert!(!is_valid("x") && !is_valid("<div>x</div>") && !is_valid("<div xmlns=\"a\">x</div>"));
        assert!(!is_valid(&format!("<div xmlns=\"{NAMESPACE}\"/>")) && !div("x</div><div>"));
        assert!(!is_valid(&format!("<div xmlns=\"{NAMESPACE}\">x</div>y")));
    }
}
