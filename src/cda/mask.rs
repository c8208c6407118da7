//! Elements of a document replaced by CDA's own word for what is withheld: an empty element with `nullFlavor="MSK"`.
//!
//! The text keeps its length and its line ends, so whatever stands elsewhere keeps its place.

use std::ops::Range;

use memchr::memmem;

/// The element whose `<` stands at `start` of well-formed text, to the `>` of its end tag.
pub fn element(text: &str, start: usize) -> Range<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0usize;
    let mut at = start;
    let skip = |from: usize, to: &[u8]| memmem::find(&bytes[from..], to).map_or(bytes.len(), |i| from + i + to.len());
    while at < bytes.len() {
        let rest = &bytes[at..];
        if rest.starts_with(b"<!--") {
            at = skip(at + 4, b"-->");
        } else if rest.starts_with(b"<![CDATA[") {
            at = skip(at + 9, b"]]>");
        } else if rest.starts_with(b"<?") {
            at = skip(at + 2, b"?>");
        } else if rest.starts_with(b"<") {
            let end = tag_end(bytes, at);
            match (rest.get(1), bytes.get(end.saturating_sub(2))) {
                (Some(b'/'), _) => depth = depth.saturating_sub(1),
                (_, Some(b'/')) => {}
                _ => depth += 1,
            }
            at = end;
            if depth == 0 {
                return start..at;
            }
        } else {
            at = memchr::memchr(b'<', rest).map_or(bytes.len(), |i| at + i);
        }
    }
    start..bytes.len()
}

/// One past the `>` of the tag that begins here; one in quotes does not end it.
fn tag_end(bytes: &[u8], start: usize) -> usize {
    let mut quote = 0;
    for (i, &b) in bytes.iter().enumerate().skip(start) {
        match b {
            b'"' | b'\'' if quote == 0 => quote = b,
            b if b == quote => quote = 0,
            b'>' if quote == 0 => return i + 1,
            _ => {}
        }
    }
    bytes.len()
}

/// The text with these elements masked. Ranges may hold each other.
pub fn masked(text: &str, mut elements: Vec<Range<usize>>) -> String {
    elements.sort_by_key(|r| (r.start, std::cmp::Reverse(r.end)));
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for r in elements {
        if r.start < done {
            continue;
        }
        out.push_str(&text[done..r.start]);
        mask(&text[r.clone()], &mut out);
        done = r.end;
    }
    out.push_str(&text[done..]);
    out
}

/// An empty element of the name, then blanks; line ends stay where they were.
fn mask(element: &str, out: &mut String) {
    let tag = &element[..tag_end(element.as_bytes(), 0)];
    let name_end = tag[1..].find(|c: char| c.is_whitespace() || matches!(c, '/' | '>')).map_or(tag.len(), |i| i + 1);
    let name = &tag[..name_end];
    // a prefix that the element declares itself must still be declared
    let prefix = name[1..].split_once(':').map(|(p, _)| format!("xmlns:{p}"));
    let declared = prefix.as_deref().or(Some("xmlns")).and_then(|p| attribute(tag, p)).unwrap_or("");
    let space = if declared.is_empty() { "" } else { " " };
    let full = format!("{name}{space}{declared} nullFlavor=\"MSK\"/>");
    // an element too short for the word is merely emptied
    let empty = format!("{name}{space}{declared}/>");
    let put = [full, empty].into_iter().find(|p| p.len() <= element.len());
    let from = put.as_deref().map_or(0, str::len);
    out.push_str(put.as_deref().unwrap_or_default());
    // where the new tag covers a line end of the old one, the next blank makes up for it
    let covered = element.as_bytes()[..from].iter().filter(|b| **b == b'\n').count();
    let mut owed = covered;
    for &b in &element.as_bytes()[from..] {
        match b {
            b'\n' | b'\r' => out.push(char::from(b)),
            _ if owed > 0 => {
                owed -= 1;
                out.push('\n');
            }
            _ => out.push(' '),
        }
    }
}

/// An attribute of a start tag as written, with its value and quotes.
fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let mut from = 0;
    while let Some(i) = tag[from..].find(name) {
        let at = from + i;
        let after = &tag[at + name.len()..];
        let value = after.trim_start().strip_prefix('=').map(str::trim_start);
        let before = tag[..at].chars().next_back();
        if before.is_some_and(char::is_whitespace)
            && let Some(value) = value
            && let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\''))
            && let Some(end) = value[1..].find(quote)
        {
            return Some(&tag[at..tag.len() - value.len() + end + 2]);
        }
        from = at + name.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_ends_where_it_ends() {
        let text = "<a><b x='>'><!-- </b> --><b/><![CDATA[</b>]]></b ><c/></a>";
        assert_eq!(&text[element(text, 3)], "<b x='>'><!-- </b> --><b/><![CDATA[</b>]]></b >");
        assert_eq!(&text[element(text, 0)], text);
        let c = text.find("<c").unwrap();
        assert_eq!(&text[element(text, c)], "<c/>");
    }

    #[test]
    fn masked_text_keeps_its_length_and_lines() {
        let text = "<d xmlns:h='u'>\n<h:section\n  a='1'><t>secret\nwords here</t></h:section>\n<t>x</t></d>";
        let at = text.find("<h:").unwrap();
        let (outer, inner) = (element(text, at), element(text, text.find("<t>").unwrap()));
        let out = masked(text, vec![inner, outer]);
        assert_eq!(out.len(), text.len());
        assert_eq!(out.lines().count(), text.lines().count());
        assert!(out.contains("<h:section nullFlavor=\"MSK\"/>"), "{out}");
        assert!(!out.contains("secret"));
        assert!(out.ends_with("\n<t>x</t></d>"), "{out}");
        let short = "<d><t>HIV</t></d>";
        assert_eq!(masked(short, vec![element(short, 3)]), "<d><t/>      </d>");
    }

    #[test]
    fn what_the_element_declares_stays_declared() {
        let text =
            "<h:section classCode='x' xmlns:h=\"urn:hl7-org:v3\"><h:code/><h:text>long enough</h:text></h:section>";
        let out = masked(text, vec![element(text, 0)]);
        assert!(out.starts_with("<h:section xmlns:h=\"urn:hl7-org:v3\" nullFlavor=\"MSK\"/>"), "{out}");
        let text = "<section xmlns='urn:hl7-org:v3' id='a'>and text that is long enough</section>";
        let out = masked(text, vec![element(text, 0)]);
        assert!(out.starts_with("<section xmlns='urn:hl7-org:v3' nullFlavor=\"MSK\"/>"), "{out}");
        // multi-byte text
        let text = "<s>ägyptische Wörter, längere</s>";
        assert_eq!(masked(text, vec![element(text, 0)]).len(), text.len());
    }
}
