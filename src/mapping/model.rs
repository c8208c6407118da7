//! The CDA model: which element or attribute each class and datatype may hold. Paths of tables are checked against it.

use rustc_hash::FxHashMap;

/// The classes and datatypes of CDA R2 with what packs add to them.
#[derive(Debug, Clone)]
pub struct Model {
    /// class → base
    bases: FxHashMap<String, String>,
    /// class → its own elements
    members: FxHashMap<String, Vec<Member>>,
}

/// An element or attribute of a class.
#[derive(Debug, Clone)]
pub struct Member {
    /// `code`, `@moodCode`, `sdtc:raceCode`, `#text`
    pub name: String,
    /// classes or datatypes that it may be
    pub types: Vec<String>,
}

/// The class that stands for "any": what lies below is not checked.
pub const ANYTHING: &str = "*";

impl Model {
    /// The model that is built in.
    pub fn builtin() -> Model {
        let mut model = Model { bases: FxHashMap::default(), members: FxHashMap::default() };
        for line in lines(include_str!("../../mappings/model/cda-types.tsv")) {
            let mut c = line.split('\t');
            if let (Some(class), Some(base)) = (c.next(), c.next())
                && base != "-"
            {
                model.bases.insert(class.into(), base.into());
            }
        }
        for line in lines(include_str!("../../mappings/model/cda.tsv")) {
            model.add(line);
        }
        model
    }

    /// Adds a line `class⇥element⇥min⇥max⇥types`; false when it is not one.
    pub fn add(&mut self, line: &str) -> bool {
        let mut c = line.split('\t');
        let (Some(class), Some(name)) = (c.next(), c.next()) else { return false };
        let types = c.nth(2).unwrap_or("").split('|').filter(|t| !t.is_empty()).map(Into::into).collect();
        let members = self.members.entry(class.into()).or_default();
        members.retain(|m| m.name != name);
        members.push(Member { name: name.into(), types });
        true
    }

    /// Whether there is such a class or datatype.
    pub fn has_class(&self, class: &str) -> bool {
        self.members.contains_key(class) || self.bases.contains_key(class)
    }

    /// A member of a class or of what it is based on.
    pub fn member(&self, class: &str, name: &str) -> Option<&Member> {
        let mut at = class;
        loop {
            if let Some(m) = self.members.get(at).and_then(|ms| ms.iter().find(|m| m.name == name)) {
                return Some(m);
            }
            at = self.bases.get(at)?;
        }
    }

    /// The names that a class knows; for "did you mean".
    pub fn names<'m>(&'m self, class: &'m str) -> impl Iterator<Item = &'m str> {
        std::iter::successors(Some(class), |c| self.bases.get(*c).map(String::as_str))
            .flat_map(|c| self.members.get(c).into_iter().flatten().map(|m| m.name.as_str()))
    }

    /// The classes that an element of this name may be, anywhere in a document.
    pub fn classes_of(&self, element: &str) -> Vec<&str> {
        if element == "ClinicalDocument" {
            return vec!["ClinicalDocument"];
        }
        let mut found: Vec<&str> = Vec::new();
        for m in self.members.values().flatten().filter(|m| m.name == element) {
            for t in &m.types {
                if !found.contains(&t.as_str()) {
                    found.push(t);
                }
            }
        }
        found.sort_unstable();
        found
    }

    /// The classes that hold something that may be of this class: where `..` may lead.
    pub fn holders(&self, class: &str) -> Vec<&str> {
        let mut found: Vec<&str> = self
            .members
            .iter()
            .filter(|(_, ms)| ms.iter().any(|m| !m.name.starts_with('@') && m.types.iter().any(|t| t == class)))
            .map(|(c, _)| c.as_str())
            .collect();
        found.sort_unstable();
        found
    }
}

fn lines(tsv: &str) -> impl Iterator<Item = &str> {
    tsv.lines().filter(|l| !l.is_empty() && !l.starts_with('#'))
}
