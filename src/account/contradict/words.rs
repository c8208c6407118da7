//! Words of narratives and what they mean: the table `mappings/model/contradictions.tsv`, which a person reviews.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

/// The table, by kind of word.
pub struct Words(FxHashMap<&'static str, Vec<String>>);

static TABLE: LazyLock<Words> = LazyLock::new(|| {
    let mut kinds: FxHashMap<&'static str, Vec<String>> = FxHashMap::default();
    let lines = include_str!("../../../mappings/model/contradictions.tsv").lines().filter(|l| !l.starts_with('#'));
    for (kind, word) in lines.filter_map(|l| l.split_once('\t')) {
        // codes and statuses stand as they are
        let word = match kind.ends_with("-status") || kind.ends_with("-code") {
            true => word.trim().to_owned(),
            // a word ends where it ends, unless the table says that more may follow
            false if kind == "none-word" && !word.ends_with('*') => plain(word) + " ",
            false => plain(word),
        };
        kinds.entry(kind).or_default().push(word);
    }
    Words(kinds)
});

/// The table.
pub fn table() -> &'static Words {
    &TABLE
}

impl Words {
    fn has(&self, kind: &str, word: &str) -> bool {
        self.0.get(kind).is_some_and(|all| all.iter().any(|w| w == word))
    }

    /// Whether a heading is that of a column of statuses.
    pub fn column(&self, heading: &str) -> bool {
        self.has("column", heading)
    }

    /// Whether a cell says that something goes on (true) or is over (false).
    pub fn active(&self, cell: &str) -> Option<bool> {
        self.either("active-word", "over-word", cell)
    }

    /// The same of the status of a resource.
    pub fn active_status(&self, status: &str) -> Option<bool> {
        self.either("active-status", "over-status", status)
    }

    fn either(&self, active: &str, over: &str, word: &str) -> Option<bool> {
        match (self.has(active, word), self.has(over, word)) {
            (true, false) => Some(true),
            (false, true) => Some(false),
            _ => None,
        }
    }

    /// Whether a code says that nothing is known.
    pub fn none_code(&self, code: &str) -> bool {
        self.has("none-code", code)
    }

    /// Whether words say that there is nothing.
    pub fn none(&self, words: &str) -> bool {
        let words = format!(" {words} ");
        self.0.get("none-word").is_some_and(|all| all.iter().any(|w| words.contains(&format!(" {w}"))))
    }
}

/// Letters and digits in lower case, words by one blank.
pub fn plain(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

/// The beginnings of the words that name something: plural and case make no difference. Words of fewer than four letters name too little.
pub fn stems(text: &str) -> FxHashSet<String> {
    let table = table();
    let plain = plain(text);
    let words = plain.split(' ').filter(|w| w.chars().count() > 3 && w.chars().any(char::is_alphabetic));
    words.filter(|w| !table.has("stop", w)).map(|w| w.chars().take(5).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_table() {
        let t = table();
        assert_eq!(t.active(&plain(" Active ")), Some(true));
        assert_eq!(t.active(&plain("DISCONTINUED")), Some(false));
        assert_eq!(t.active(&plain("no longer active")), Some(false));
        assert_eq!(t.active(&plain("Arrêté")), Some(false));
        // more than the word
        assert_eq!(t.active(&plain("active until May")), None);
        assert_eq!(t.active_status("on-hold"), None);
        assert!(t.column(&plain("Status:")) && !t.column(&plain("Marital status")));
        assert!(t.none(&plain("No known allergies")) && !t.none(&plain("Nonesuch fever")));
    }

    #[test]
    fn stems_name_something() {
        let mut all: Vec<String> = stems("Tablets of Metformin 500 MG, with food").into_iter().collect();
        all.sort();
        assert_eq!(all, ["food", "metfo", "table"]);
        assert!(stems("other disorder").is_empty());
    }
}
