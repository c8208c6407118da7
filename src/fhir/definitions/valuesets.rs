//! The codes of the value sets to which R4 binds elements as *required*.

use rustc_hash::{FxHashMap, FxHashSet};

/// A value set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ValueSetId(u16);

struct ValueSet {
    name: &'static str,
    /// System and codes; empty where the codes cannot be listed
    lines: Vec<(&'static str, &'static str)>,
}

/// All value sets with required bindings.
#[derive(Default)]
pub struct ValueSets {
    sets: Vec<ValueSet>,
    by_name: FxHashMap<&'static str, ValueSetId>,
    members: FxHashSet<(ValueSetId, &'static str)>,
}

impl ValueSets {
    /// Reads the table: name, system, codes with a space between.
    pub(super) fn read(text: &'static str) -> ValueSets {
        let mut sets = ValueSets::default();
        for line in text.lines().filter(|l| !l.starts_with('#')) {
            let mut fields = line.split('\t');
            let (Some(name), Some(system), Some(codes)) = (fields.next(), fields.next(), fields.next()) else {
                continue;
            };
            let id = sets.named_or_open(name);
            sets.sets[id.0 as usize].lines.push((system, codes));
            sets.members.extend(codes.split(' ').map(|c| (id, c)));
        }
        sets
    }

    /// The set with this name; one without listed codes is made when there is none.
    pub(super) fn named_or_open(&mut self, name: &'static str) -> ValueSetId {
        let next = ValueSetId(self.sets.len() as u16);
        *self.by_name.entry(name).or_insert_with(|| {
            self.sets.push(ValueSet { name, lines: Vec::new() });
            next
        })
    }

    /// The set with this name, the last part of its address: `observation-status`.
    pub fn named(&self, name: &str) -> Option<ValueSetId> {
        self.by_name.get(name).copied()
    }

    /// The name of a set.
    pub fn name(&self, set: ValueSetId) -> &'static str {
        self.sets[set.0 as usize].name
    }

    /// Whether the codes of the set are known here.
    pub fn is_listed(&self, set: ValueSetId) -> bool {
        !self.sets[set.0 as usize].lines.is_empty()
    }

    /// System and code of each member.
    pub fn codes(&self, set: ValueSetId) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.sets[set.0 as usize].lines.iter().flat_map(|(system, codes)| codes.split(' ').map(move |c| (*system, c)))
    }

    /// The system of a code of the set.
    pub fn system_of(&self, set: ValueSetId, code: &str) -> Option<&'static str> {
        self.codes(set).find(|(_, c)| *c == code).map(|(system, _)| system)
    }

    /// Whether the code is a member; always true where the codes are not listed. Without a system, the code alone decides.
    pub fn contains(&self, set: ValueSetId, system: Option<&str>, code: &str) -> bool {
        if !self.is_listed(set) {
            return true;
        }
        match system {
            None => self.members.contains(&(set, code)),
            Some(system) => self.sets[set.0 as usize]
                .lines
                .iter()
                .any(|(s, codes)| *s == system && codes.split(' ').any(|c| c == code)),
        }
    }
}
