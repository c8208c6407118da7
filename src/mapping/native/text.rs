//! ST, ED and originalText → string: inline text and the narrative that is referred to, without markup.

use std::borrow::Cow;

use crate::cda::datatypes::Ed;
use crate::cda::narrative::{is_space, plain_text, push_text};
use crate::cda::tree::Node;
use crate::fhir::value::Value;
use crate::mapping::context::{Context, Severity};

/// Text with white space trimmed and runs of it collapsed to one blank.
pub fn collapse(text: &str) -> Cow<'_, str> {
    let trimmed = text.trim_matches(is_space);
    let mut blank = false;
    let clean = trimmed.chars().all(|c| {
        let fine = !is_space(c) || (c == ' ' && !blank);
        blank = is_space(c);
        fine
    });
    if clean {
        return Cow::Borrowed(trimmed);
    }
    let mut out = String::with_capacity(trimmed.len());
    crate::cda::narrative::push_collapsed(trimmed, &mut out, &mut false);
    Cow::Owned(out)
}

/// The `id` that a reference names in the narrative: `#id`, or `id` as some senders write it. `None` for a URL.
pub fn local_id(reference: &str) -> Option<&str> {
    match reference.strip_prefix('#') {
        Some(id) => Some(id).filter(|id| !id.is_empty()),
        None => (!reference.contains(':') && !reference.contains('/')).then_some(reference),
    }
}

/// The plain text of an ST, ED or originalText: what stands inline, then what its `reference` names in the narrative of
/// this section or another. `None` when there is none.
///
/// Reports `reference-unresolved` and `reference-external`.
pub fn plain(cx: &Context<'_>, node: Node<'_>) -> Option<String> {
    let mut out = String::new();
    push_text(node.xml(), &mut out);
    if let Some(reference) = Ed::new(node).reference
        && let Some(referred) = referred(cx, node, reference)
        && referred != out
    {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(&referred);
    }
    (!out.is_empty()).then_some(out)
}

/// The plain text that a reference names.
fn referred(cx: &Context<'_>, node: Node<'_>, reference: &str) -> Option<String> {
    let Some(id) = local_id(reference) else {
        cx.report(Severity::Warning, "reference-external", node, "a text refers to a URL, which is not fetched");
        return None;
    };
    let budget = node.tree().budget();
    if !budget.repeat(0) {
        return None;
    }
    let text = match node.tree().by_xml_id(id) {
        Some(n) => Some(plain_text(n)),
        None => cx.elsewhere.text_of(id),
    };
    if !budget.repeat(text.as_ref().map_or(0, String::len)) {
        return None;
    }
    match text {
        Some(t) => Some(t).filter(|t| !t.is_empty()),
        None => {
            cx.report(
                Severity::Warning,
                "reference-unresolved",
                node,
                "a text refers to narrative that is not in the document",
            );
            None
        }
    }
}

/// Whether a text stands only where a form wants one: signs without a letter or digit that join, underline or bracket,
/// or the word of a program for "nothing". `+`, `?` and words such as "none" do say something.
pub fn is_placeholder(text: &str) -> bool {
    const SIGNS: &str = "-\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}\u{2026}_.,;:*/\\|[](){}'\"";
    let text = text.trim_matches(is_space);
    !text.is_empty()
        && (text.chars().all(|c| SIGNS.contains(c) || is_space(c))
            || ["n/a", "null"].iter().any(|w| text.eq_ignore_ascii_case(w)))
}

/// What a text says; `None`, and reported as `placeholder-text`, when it only fills a place. What is expected of a
/// measure is no such place: there `-` and `(-)` are "negative".
pub fn said(cx: &Context<'_>, node: Node<'_>, text: Option<String>) -> Option<String> {
    let text = text?;
    let expected = node.parent().is_some_and(|p| p.local_name() == "observationRange");
    if is_placeholder(&text) && !(expected && text.contains('-')) {
        cx.report(Severity::Information, "placeholder-text", node, "a text only fills its place; left out");
        return None;
    }
    Some(text)
}

/// ST, ED or originalText → string. Reports `placeholder-text`.
pub fn text(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    said(cx, node, plain(cx, node)).map(Value::string)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::context::Zone;
    use crate::mapping::native::testing::run_in;

    fn resolved(narrative: &str, xml: &str) -> (String, Vec<&'static str>) {
        run_in(narrative, xml, &Zone::Unknown, text)
    }

    #[test]
    fn k016_reference_is_resolved_without_markup() {
        let narrative = "<content ID='x'>A <sub>1</sub></content>";
        assert_eq!(resolved(narrative, "<text><reference value='#x'/></text>").0, "\"A 1\"");
        assert_eq!(resolved(narrative, "<text><reference value='x'/></text>").0, "\"A 1\"");
        assert_eq!(resolved(narrative, "<text>Also <reference value='#x'/></text>").0, "\"Also A 1\"");
        assert_eq!(resolved(narrative, "<text>A 1<reference value='#x'/></text>").0, "\"A 1\"");
    }

    #[test]
    fn what_cannot_be_resolved_is_reported() {
        let missing = resolved("", "<text><reference value='#y'/></text>");
        assert_eq!(missing, ("-".to_owned(), vec!["reference-unresolved"]));
        let external = resolved("", "<text><reference value='http://example.org/a.pdf'/></text>");
        assert_eq!(external, ("-".to_owned(), vec!["reference-external"]));
    }

    #[test]
    fn what_only_fills_a_place_is_no_text() {
        for nothing in ["-", " -- ", "\u{2013}", "___", "[]", "...", "N/A", "null"] {
            let made = resolved("", &format!("<text>{nothing}</text>"));
            assert_eq!(made, ("-".to_owned(), vec!["placeholder-text"]), "{nothing}");
        }
        for something in ["+", "?", "none", "Unknown", "NA", "1", "< -", "é"] {
            assert!(!is_placeholder(something), "{something}");
        }
    }

    #[test]
    fn white_space_collapses_without_copy_where_it_can() {
        assert!(matches!(collapse(" a b "), Cow::Borrowed("a b")));
        assert_eq!(collapse("a \n b"), "a b");
        assert_eq!(collapse("  "), "");
    }
}
