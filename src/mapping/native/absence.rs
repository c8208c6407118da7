//! Words that name something, and words that say that there is nothing.

use std::sync::LazyLock;

use super::text;
use crate::cda::tree::Node;
use crate::fhir::value::{Object, Value};
use crate::mapping::context::{Context, Severity};
use crate::mapping::load::normal_title;

/// How words begin that say that there is nothing, as they are compared.
struct Beginning {
    words: String,
    /// the last word may go on
    open: bool,
}

/// `mappings/model/absence-words.tsv`, which a person reviews.
static BEGINNINGS: LazyLock<Vec<Beginning>> = LazyLock::new(|| {
    let lines = include_str!("../../../mappings/model/absence-words.tsv").lines().filter(|l| !l.starts_with('#'));
    let beginning = |l: &str| Beginning { words: normal_title(l), open: l.ends_with('*') };
    lines.map(beginning).filter(|b| !b.words.is_empty()).collect()
});

/// Whether words say that there is nothing, or that nobody knows ("No surgical procedures", "Aucune allergie connue"); words
/// without a letter or digit ("-") say nothing either.
pub fn says_absence(words: &str) -> bool {
    let said = normal_title(words);
    said.is_empty()
        || BEGINNINGS.iter().any(|b| {
            said.strip_prefix(b.words.as_str()).is_some_and(|rest| b.open || rest.is_empty() || rest.starts_with(' '))
        })
}

/// Text → CodeableConcept without coding, of something that is there or was done: words of an absence name nothing.
///
/// Reports `absence-in-words`.
pub fn named(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    let said = text::text(cx, node)?;
    if says_absence(said.as_str()?) {
        let why =
            "the words would name what is there or was done, and say that there is none; they are kept as narrative";
        cx.report(Severity::Warning, "absence-in-words", node, why);
        return None;
    }
    Some(Object::new().with("text", said).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::context::Zone;
    use crate::mapping::native::testing::run_in;

    #[test]
    fn absences_are_known_by_how_they_begin() {
        for none in [
            "No Surgical Procedures",
            "none",
            "UNK UNK",
            "N/A",
            "-",
            " . ",
            "Not on file",
            "NKDA",
            "Aucune allergie connue",
            "Pas d'allergie connue",
            "Keine bekannt",
            "Nessuna",
            "Sem cirurgias conhecidas",
            "Andmed puuduvad",
            "ei tiedossa",
            "nema podataka",
            "Нет данных",
            "无",
            "なし",
        ] {
            assert!(says_absence(none), "{none}");
        }
        for some in [
            "Codeine",
            "carski rez",
            "Non-steroidal anti-inflammatory drugs",
            "Nonoxynol",
            "Ei",
            "Ei und Milch",
            "Nickel",
            "Nitrazepam",
            "Nocturnal oximetry",
            "Sinusotomy",
            "Bezafibrat",
            "alergija na aspirin - astma",
            "青霉素",
        ] {
            assert!(!says_absence(some), "{some}");
        }
    }

    #[test]
    fn what_names_nothing_is_reported() {
        let run = |xml: &str| run_in("<content ID='n'>No known allergies</content>", xml, &Zone::Unknown, named);
        assert_eq!(run("<text>Latex</text>"), (r#"{"text":"Latex"}"#.to_owned(), vec![]));
        assert_eq!(run("<text><reference value='#n'/></text>"), ("-".to_owned(), vec!["absence-in-words"]));
    }
}
