//! The CDA model: which element or attribute each class and datatype may hold. Paths of tables are checked against it.
//!
//! Thousands of steps are checked at each start, so names are numbers and what a class inherits stands with it.

use rustc_hash::FxHashMap;

/// A class or datatype.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Class(u16);

/// The name of an element or attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Member(u16);

/// The class that stands for "any": what lies below is not checked.
pub const ANYTHING: Class = Class(0);

/// The classes and datatypes of CDA R2 with what packs add to them.
#[derive(Debug)]
pub struct Model {
    classes: Numbers,
    members: Numbers,
    /// class → its members and what they may be, its own first, then those of its bases
    holds: Vec<Vec<(Member, Box<[Class]>)>>,
    /// the same by both
    types: FxHashMap<(Class, Member), u16>,
    /// element → what it may be, anywhere in a document
    anywhere: FxHashMap<Member, Vec<Class>>,
    /// class → the classes with an element that may be of it
    holders: Vec<Vec<Class>>,
}

/// Names as numbers.
#[derive(Debug, Default)]
struct Numbers {
    numbers: FxHashMap<Box<str>, u16>,
    names: Vec<Box<str>>,
}

impl Numbers {
    fn number(&mut self, name: &str) -> u16 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = u16::try_from(self.names.len()).unwrap_or(u16::MAX);
        self.numbers.insert(name.into(), number);
        self.names.push(name.into());
        number
    }
}

impl Model {
    /// The model that is built in, with the lines of packs: `class⇥element⇥min⇥max⇥types`, each over what was said of
    /// that element before.
    pub fn with<'l>(more: impl Iterator<Item = &'l str>) -> Model {
        let (mut classes, mut members) = (Numbers::default(), Numbers::default());
        classes.number("*");
        let mut bases: FxHashMap<u16, u16> = FxHashMap::default();
        for line in lines(include_str!("../../mappings/model/cda-types.tsv")) {
            let mut c = line.split('\t');
            if let (Some(class), Some(base)) = (c.next(), c.next()) {
                let class = classes.number(class);
                if base != "-" {
                    bases.insert(class, classes.number(base));
                }
            }
        }
        let mut own: Vec<Vec<(Member, Box<[Class]>)>> = Vec::new();
        for line in lines(include_str!("../../mappings/model/cda.tsv")).chain(more) {
            let mut c = line.split('\t');
            let (Some(class), Some(name)) = (c.next(), c.next()) else { continue };
            let (class, member) = (usize::from(classes.number(class)), Member(members.number(name)));
            let types = c.nth(2).unwrap_or("").split('|').filter(|t| !t.is_empty());
            let types = types.map(|t| Class(classes.number(t))).collect();
            own.resize_with(own.len().max(class + 1), Vec::new);
            own[class].retain(|(m, _)| *m != member);
            own[class].push((member, types));
        }
        own.resize_with(classes.names.len(), Vec::new);
        let mut model = Model {
            holds: Vec::with_capacity(own.len()),
            types: FxHashMap::default(),
            anywhere: FxHashMap::default(),
            holders: vec![Vec::new(); own.len()],
            classes,
            members,
        };
        for (class, these) in (0u16..).zip(&own) {
            for (member, types) in these {
                let anywhere = model.anywhere.entry(*member).or_default();
                let attribute = model.members.names[usize::from(member.0)].starts_with('@');
                for t in types {
                    if !anywhere.contains(t) {
                        anywhere.push(*t);
                    }
                    let holders = &mut model.holders[usize::from(t.0)];
                    if !attribute && holders.last() != Some(&Class(class)) {
                        holders.push(Class(class));
                    }
                }
            }
            let mut holds = Vec::new();
            let mut at = Some(class);
            while let Some(c) = at {
                for (member, types) in &own[usize::from(c)] {
                    model.types.entry((Class(class), *member)).or_insert_with(|| {
                        holds.push((*member, types.clone()));
                        (holds.len() - 1) as u16
                    });
                }
                at = bases.get(&c).copied();
            }
            model.holds.push(holds);
        }
        model.anywhere.values_mut().for_each(|classes| classes.sort_unstable());
        model
    }

    /// A class by its name.
    pub fn class(&self, name: &str) -> Option<Class> {
        self.classes.numbers.get(name).map(|n| Class(*n))
    }

    /// The name of a class.
    pub fn name(&self, class: Class) -> &str {
        &self.classes.names[usize::from(class.0)]
    }

    /// An element or attribute by its name: `code`, `@moodCode`, `sdtc:raceCode`, `#text`.
    pub fn member(&self, name: &str) -> Option<Member> {
        self.members.numbers.get(name).map(|n| Member(*n))
    }

    /// What a member of a class, or of what the class is based on, may be.
    pub fn types(&self, class: Class, member: Member) -> Option<&[Class]> {
        self.types.get(&(class, member)).map(|at| &*self.holds[usize::from(class.0)][usize::from(*at)].1)
    }

    /// The names that a class knows; for "did you mean".
    pub fn names(&self, class: Class) -> impl Iterator<Item = &str> {
        self.holds[usize::from(class.0)].iter().map(|(m, _)| &*self.members.names[usize::from(m.0)])
    }

    /// The classes that an element of this name may be, anywhere in a document.
    pub fn classes_of(&self, element: &str) -> Vec<Class> {
        if element == "ClinicalDocument" {
            return self.class(element).into_iter().collect();
        }
        self.member(element).and_then(|m| self.anywhere.get(&m)).cloned().unwrap_or_default()
    }

    /// The classes that hold something that may be of this class: where `..` may lead.
    pub fn holders(&self, class: Class) -> &[Class] {
        &self.holders[usize::from(class.0)]
    }
}

fn lines(tsv: &str) -> impl Iterator<Item = &str> {
    tsv.lines().filter(|l| !l.is_empty() && !l.starts_with('#'))
}
