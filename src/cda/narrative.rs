//! Narrative (StrucDoc) as plain text.
//!
//! Works on everything that stands below `text`; the [`Tree`](super::tree::Tree) leaves the narrative out.

use super::xml::XmlNode;

/// Whether an element begins and ends a block, so that its text does not run into its neighbours'.
pub fn is_block(local: &str) -> bool {
    matches!(
        local,
        "paragraph"
            | "list"
            | "item"
            | "table"
            | "thead"
            | "tbody"
            | "tfoot"
            | "tr"
            | "td"
            | "th"
            | "caption"
            | "br"
            | "footnote"
            | "text"
            | "title"
            | "p"
            | "div"
            | "ul"
            | "ol"
            | "li"
            | "dl"
            | "dt"
            | "dd"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "hr"
            | "pre"
            | "blockquote"
            | "streetAddressLine"
            | "city"
            | "name"
            | "addr"
    )
}

/// The plain text of an element and all below it: markup dropped, white space collapsed to single blanks, blocks kept
/// apart by a blank.
pub fn plain_text(node: XmlNode<'_>) -> String {
    let mut out = String::new();
    push_text(node, &mut out);
    out
}

/// Appends the plain text of an element to what is there, with a blank between.
pub fn push_text(node: XmlNode<'_>, out: &mut String) {
    if !out.is_empty() {
        out.push(' ');
    }
    let mut pending = false;
    walk(node, out, &mut pending);
    if out.ends_with(' ') {
        out.pop();
    }
}

fn walk(node: XmlNode<'_>, out: &mut String, pending: &mut bool) {
    for child in node.children() {
        if let Some(text) = child.text() {
            push_collapsed(text, out, pending);
        } else {
            let block = is_block(child.local_name());
            *pending |= block;
            walk(child, out, pending);
            *pending |= block;
        }
    }
}

/// Appends text with its white space collapsed; `pending` says that a blank is due before the next word.
pub fn push_collapsed(text: &str, out: &mut String, pending: &mut bool) {
    for (i, word) in text.split(is_space).enumerate() {
        if i > 0 {
            *pending = true;
        }
        if word.is_empty() {
            continue;
        }
        if *pending && !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
        *pending = false;
        out.push_str(word);
    }
}

/// White space of XML and HTML, the no-break space with it.
pub fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{a0}' | '\u{c}')
}

#[cfg(test)]
mod tests {
    use super::plain_text;

    fn plain(xml: &str) -> String {
        let names = crate::cda::names::Names::default();
        plain_text(crate::cda::xml::Xml::document(xml, &names).unwrap().root())
    }

    #[test]
    fn k016_markup_is_dropped_and_white_space_collapsed() {
        assert_eq!(plain("<content>A <sub>1</sub></content>"), "A 1");
        assert_eq!(plain("<content>H<sub>2</sub>O</content>"), "H2O");
        assert_eq!(plain("<text>\n  tagged\n\t text \n</text>"), "tagged text");
        assert_eq!(plain("<tr><td>Aspirin</td><td>81 mg<br/>daily</td></tr>"), "Aspirin 81 mg daily");
        assert_eq!(plain("<text><paragraph>a</paragraph><paragraph>b</paragraph></text>"), "a b");
        assert_eq!(plain("<text>a<!-- c -->b<![CDATA[ <c> ]]></text>"), "ab <c>");
        assert_eq!(plain("<text> </text>"), "");
    }
}
