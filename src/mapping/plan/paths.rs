//! Compiled paths and tests.

use compact_str::CompactString;

use super::super::path::Axis;
use super::super::terminology::MapId;
use super::TemplateId;
use crate::cda::names::Name;

/// A compiled path.
#[derive(Debug, Clone)]
pub struct Path(pub Box<[Branch]>);

impl Path {
    /// Whether it goes by the class of a statement and nothing else: one step without a test.
    pub fn is_class_alone(&self) -> bool {
        self.0.iter().all(Branch::is_class_alone)
    }
}

/// One branch of a union.
#[derive(Debug, Clone)]
pub struct Branch {
    /// from the document
    pub absolute: bool,
    /// the steps
    pub steps: Box<[Step]>,
}

impl Branch {
    /// The same of one branch.
    pub fn is_class_alone(&self) -> bool {
        !self.absolute && matches!(&*self.steps, [only] if only.predicates.is_empty())
    }
}

/// One step.
#[derive(Debug, Clone)]
pub struct Step {
    /// direction
    pub axis: Axis,
    /// `None` for any
    pub name: Option<Name>,
    /// predicates
    pub predicates: Box<[Predicate]>,
}

/// A compiled predicate.
#[derive(Debug, Clone)]
pub enum Predicate {
    /// from 1
    Position(u32),
    /// a test
    Test(Expr),
}

/// A compiled test.
#[derive(Debug, Clone)]
pub enum Expr {
    /// all hold
    And(Box<[Expr]>),
    /// one holds
    Or(Box<[Expr]>),
    /// does not hold
    Not(Box<Expr>),
    /// finds something
    Exists(Path),
    /// finds a boolean that is true
    True(Path),
    /// one of the texts found is (not) in the list
    Compare {
        /// what
        path: Path,
        /// is, or is not
        equal: bool,
        /// the list
        texts: Box<[CompactString]>,
    },
    /// the node is of the template
    Template(TemplateId),
    /// a ConceptMap knows one of the codes or words that the path finds
    In {
        /// what is looked up
        path: Path,
        /// where
        map: MapId,
    },
    /// the statement is negated, or what it is part of
    Denied,
    /// the statement says nothing to the one that holds it
    Unsaid(Unsaid),
    /// the statement is uncertain, or only suspected
    Doubted,
    /// a qualifier calls the statement planned
    Planned,
    /// the node bears a template that tables know
    Known,
    /// the attribute of the node itself is there and not blank
    HasAttribute(Name),
    /// the attribute of the node itself is true
    TrueAttribute(Name),
    /// the attribute of the node itself is (not) in the list
    CompareAttribute {
        /// which
        name: Name,
        /// is, or is not
        equal: bool,
        /// the list
        texts: Box<[CompactString]>,
    },
}

/// Why a statement says nothing to the one that holds it. A path passes over it for each of these, unless it asks for that itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unsaid {
    /// `negationInd`
    pub negated: bool,
    /// `sdtc:negationInd`
    pub negated_by_extension: bool,
    /// a qualifier of its own concept denies it
    pub qualified: bool,
    /// `nullFlavor`
    pub null: bool,
    /// its status says that it was entered in error, or did not take place
    pub void: bool,
    /// it is a goal, a risk, a proposal or the like of something that is none
    pub other_mood: bool,
}

impl Expr {
    /// That a path finds something.
    pub fn exists(path: Path) -> Expr {
        path.own_attribute().map_or_else(|| Expr::Exists(path), Expr::HasAttribute)
    }

    /// That a path finds a boolean that is true.
    pub fn is_true(path: Path) -> Expr {
        path.own_attribute().map_or_else(|| Expr::True(path), Expr::TrueAttribute)
    }

    /// That one of the texts a path finds is (not) in a list.
    pub fn compare(path: Path, equal: bool, texts: Box<[CompactString]>) -> Expr {
        match path.own_attribute() {
            Some(name) => Expr::CompareAttribute { name, equal, texts },
            None => Expr::Compare { path, equal, texts },
        }
    }
}

impl Path {
    /// The attribute of the node itself that the path names: the commonest tests need no walk.
    fn own_attribute(&self) -> Option<Name> {
        match &*self.0 {
            [Branch { absolute: false, steps }] => match &**steps {
                [Step { axis: Axis::Attribute, name, .. }] => *name,
                _ => None,
            },
            _ => None,
        }
    }
}
