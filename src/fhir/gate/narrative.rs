//! Whether the XHTML of a narrative keeps to what FHIR allows (txt-1, txt-2).
//!
//! Narratives are written by granule from whitelisted parts; this is the second look, so it only says yes or no.

/// The HTML elements of a narrative.
const TAGS: &[&str] = &[
    "a",
    "abbr",
    "acronym",
    "address",
    "area",
    "b",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "dfn",
    "div",
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
    "i",
    "img",
    "kbd",
    "li",
    "map",
    "ol",
    "p",
    "pre",
    "q",
    "samp",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "ul",
    "var",
];

/// Their attributes; what is not here (above all scripts) is not allowed.
const ATTRIBUTES: &[&str] = &[
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
    "class",
    "colspan",
    "coords",
    "dir",
    "frame",
    "headers",
    "height",
    "href",
    "hreflang",
    "id",
    "ismap",
    "lang",
    "longdesc",
    "name",
    "nohref",
    "nowrap",
    "rel",
    "rev",
    "rowspan",
    "rules",
    "scope",
    "shape",
    "space",
    "span",
    "src",
    "start",
    "style",
    "summary",
    "tabindex",
    "title",
    "type",
    "usemap",
    "valign",
    "width",
    "xml:lang",
    "xml:space",
    "xmlns",
];

const NAMESPACE: &str = "http://www.w3.org/1999/xhtml";

/// Whether it is one well-formed `div` in the XHTML namespace with nothing but allowed markup and some content.
pub(super) fn is_valid(text: &str) -> bool {
    check(text.trim()).is_some()
}

fn check(text: &str) -> Option<()> {
    if !text.starts_with("<div") {
        return None;
    }
    let mut open: Vec<&str> = Vec::new();
    let mut content = false;
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        content |= says_something(&rest[..at])?;
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = &comment[comment.find("-->")? + 3..];
        } else if let Some(end) = rest.strip_prefix('/') {
            let close = end.find('>')?;
            if open.pop()? != end[..close].trim_end() {
                return None;
            }
            rest = &end[close + 1..];
            if open.is_empty() {
                return (rest.is_empty() && content).then_some(());
            }
        } else {
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
    None
}

/// Reads from the name to the `>`: the name, and whether the element ends at once.
fn start_tag<'a>(rest: &mut &'a str, root: bool) -> Option<(&'a str, bool)> {
    let text = *rest;
    let name_end = text.find(|c: char| c.is_ascii_whitespace() || c == '>' || c == '/')?;
    let tag = &text[..name_end];
    TAGS.binary_search(&tag).ok()?;
    let mut at = &text[name_end..];
    let mut namespace = false;
    loop {
        at = at.trim_start();
        if let Some(after) = at.strip_prefix('>') {
            *rest = after;
            return (namespace || !root).then_some((tag, false));
        }
        if let Some(after) = at.strip_prefix("/>") {
            *rest = after;
            return Some((tag, true));
        }
        let (name, after) = at.split_once('=')?;
        let name = name.trim_end();
        ATTRIBUTES.binary_search(&name).ok()?;
        let after = after.trim_start();
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, after) = after[1..].split_once(quote)?;
        if value.contains('<') || says_something(value).is_none() {
            return None;
        }
        if name == "xmlns" {
            namespace = true;
            if value != NAMESPACE {
                return None;
            }
        }
        at = after;
    }
}

/// Whether there is more than white space; `None` when there is a character or an `&` that XML does not allow.
fn says_something(text: &str) -> Option<bool> {
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        rest = &rest[at + 1..];
        let name = &rest[..rest.find(';')?];
        let fine = !name.is_empty() && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'#') && name.len() < 10;
        if !fine {
            return None;
        }
    }
    if text.bytes().any(|b| b < b' ' && !matches!(b, b'\t' | b'\n' | b'\r')) {
        return None;
    }
    Some(!text.trim_matches(|c: char| c.is_whitespace()).is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn div(inner: &str) -> bool {
        is_valid(&format!("<div xmlns=\"{NAMESPACE}\">{inner}</div>"))
    }

    #[test]
    fn lists_are_sorted() {
        assert!(TAGS.is_sorted() && ATTRIBUTES.is_sorted());
    }

    #[test]
    fn allowed() {
        assert!(div("x") && div("<p class=\"a\">b &lt; c &#160;</p><br/>") && div("<img src='#a' />") && div("<!-- c -->x"));
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
