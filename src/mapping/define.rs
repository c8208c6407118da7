//! `[define]`: what tables say once and use by `$name`, so that a row reads as what it means.

use std::collections::{BTreeMap, BTreeSet};

use super::ast::Text;
use super::diagnostics::Place;

/// What a name stands for.
#[derive(Debug, Clone)]
pub enum Is {
    /// a path or a test
    Text(Text),
    /// texts of a comparison
    List(Vec<Text>),
}

impl Is {
    /// The texts as written.
    pub fn texts(&self) -> &[Text] {
        match self {
            Is::Text(text) => std::slice::from_ref(text),
            Is::List(texts) => texts,
        }
    }
}

/// A definition.
#[derive(Debug, Clone)]
pub struct Definition {
    /// what it stands for
    pub is: Is,
    /// a test in words, for people who review tables
    pub says: Option<String>,
    /// where the name stands
    pub place: Place,
}

/// All definitions of a stack of packs, by name; a later pack's is in force everywhere.
#[derive(Debug, Clone, Default)]
pub struct Define(BTreeMap<String, Definition>);

impl Define {
    /// Adds a definition; one of the same name goes.
    pub fn insert(&mut self, name: String, definition: Definition) {
        self.0.insert(name, definition);
    }

    /// The definition of a name.
    pub fn get(&self, name: &str) -> Option<(&str, &Definition)> {
        self.0.get_key_value(name).map(|(n, d)| (n.as_str(), d))
    }

    /// The names that a path or test uses, and those that these use in turn.
    pub fn within<'d>(&'d self, text: &str) -> BTreeSet<&'d str> {
        let mut found = BTreeSet::new();
        self.gather(text, &mut found);
        found
    }

    fn gather<'d>(&'d self, text: &str, found: &mut BTreeSet<&'d str>) {
        for after in text.split('$').skip(1) {
            let end = after.find(|c: char| !c.is_alphanumeric() && c != '-').unwrap_or(after.len());
            if let Some((name, d)) = self.get(&after[..end])
                && found.insert(name)
                && let Is::Text(t) = &d.is
            {
                self.gather(&t.text, found);
            }
        }
    }

    /// All names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// All definitions.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Definition)> {
        self.0.iter().map(|(n, d)| (n.as_str(), d))
    }
}
