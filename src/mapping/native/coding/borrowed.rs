//! Original text that belongs to another code: the words of a reaction beside the code of the drug.
//!
//! The reference is resolved as the source has it, and the text stays. But a reader who goes by the words would read
//! another concept than the code says, so it is reported.

use crate::cda::datatypes::{Cd, Ed};
use crate::cda::names::name;
use crate::cda::tree::Node;
use crate::mapping::context::{Context, Severity};
use crate::mapping::native::absence::says_absence;

/// How many letters of two words must agree for them to be of one family (`diabetes`, `diabetic`).
const STEM: usize = 4;

/// Reports `text-of-another-code` where the text shares no word with any name of the code, and another code of the same
/// entry refers to it as well.
pub(super) fn report(cx: &Context<'_>, cd: &Cd<'_>, text: &str) {
    let names = || std::iter::once(cd.display_name).chain(cd.translations().map(|t| t.display_name)).flatten();
    if names().next().is_none() || text.is_empty() || names().any(|n| related(n, text)) {
        return;
    }
    let Some(reference) = reference(cd.node) else { return };
    let Some(entry) = cd.node.ancestors().find(|n| n.name() == name::ENTRY) else { return };
    let other = |n: Node<'_>| n.attr(name::CODE) != cd.code && self::reference(n) == Some(reference);
    if entry.subtree().any(other) {
        let message = "the original text refers to words that another code of the entry refers to as well, and that \
                       share none with the name of this code; both are kept, and they may not mean the same";
        cx.report(Severity::Warning, "text-of-another-code", cd.node, message);
    }
}

/// Reports `text-denies-code` where the text says that there is none of what the code names, or that it is not known: a medicine, an allergen, a
/// procedure. Where a statement is denied the text may well say so.
pub(super) fn report_absence(cx: &Context<'_>, cd: &Cd<'_>, text: &str) {
    let of_a_thing = matches!(
        cd.node.parent().map(|p| p.local_name()),
        Some("manufacturedMaterial" | "playingEntity" | "procedure")
    );
    if !of_a_thing || cd.code.is_none() || cd.code_system.is_none_or(|s| cx.terms.uri(s).is_none()) {
        return;
    }
    let denied = || cd.node.ancestors().any(|a| a.attr(name::NEGATION_IND).is_some_and(|n| n == "true"));
    if says_absence(text) && !cd.display_name.is_some_and(says_absence) && !denied() {
        let message =
            "the original text names nothing (none, unknown, a dash), and the code names something; the code was taken";
        cx.report(Severity::Warning, "text-denies-code", cd.node, message);
    }
}

/// What the original text of a code refers to.
fn reference(code: Node<'_>) -> Option<&str> {
    code.child(name::ORIGINAL_TEXT).and_then(|t| Ed::new(t).reference)
}

/// Whether two texts have a word in common, but for its ending. Words of less than three letters do not count.
fn related(a: &str, b: &str) -> bool {
    let stems = |text: &str| -> Vec<String> {
        let lower = text.to_lowercase();
        let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| w.chars().count() >= 3);
        words.map(|w| w.chars().take(STEM).collect()).collect()
    };
    let (a, b) = (stems(a), stems(b));
    a.is_empty() || b.is_empty() || a.iter().any(|w| b.contains(w))
}

#[cfg(test)]
mod tests {
    use crate::mapping::context::Zone;
    use crate::mapping::native::coding::codeable_concept;
    use crate::mapping::native::testing::run_in;

    fn reported(name: &str, other: &str) -> Vec<&'static str> {
        let narrative = "<content ID='x'>Hives</content><content ID='y'>Penicillin V</content>";
        let entry = format!(
            "<observation><code code='7984' codeSystem='2.16.840.1.113883.6.96' displayName='{name}'>\
             <originalText><reference value='#x'/></originalText></code>{other}</observation>"
        );
        run_in(narrative, &entry, &Zone::Unknown, |cx, n| codeable_concept(cx, n.children().next().unwrap())).1
    }

    #[test]
    fn words_of_another_code_are_told() {
        let hives =
            "<value code='247472004' displayName='Hives'><originalText><reference value='#x'/></originalText></value>";
        assert_eq!(reported("Penicillin V", hives), vec!["text-of-another-code"]);
        assert!(reported("Hive disorder", hives).is_empty());
        // nobody else says these words: a synonym
        assert!(reported("Urticaria", "").is_empty());
        assert!(reported("Urticaria", &hives.replace("#x", "#y")).is_empty());
        // the same code again
        assert!(reported("Urticaria", &hives.replace("247472004", "7984")).is_empty());
    }
}
