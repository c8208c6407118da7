//! The path language of tables: a small XPath, parsed.
//!
//! Steps: `name`, `prefix:name`, `*`, `.`, `..`, `@name`, `ancestor::name`; a leading `/` begins at the document.
//! Predicates: `[2]`, `[TemplateName]`, `[denied()]`, `[@a='b' or not(c/d)]`; `=` and `!=` compare with `'text'` or a list `('a', 'b')`.
//! `|` joins paths: the nodes of the left one come first. `$name` is what `[define]` says of the name: a path, a test or a list.

mod parse;

pub use parse::{PathError, parse_expr, parse_path};

use super::ast::Text;

/// A parsed path with union.
#[derive(Debug, Clone, PartialEq)]
pub struct PathAst {
    /// the joined paths, at least one
    pub branches: Vec<Branch>,
}

impl PathAst {
    fn stand_at(&mut self, byte: usize) {
        self.branches.iter_mut().flat_map(|b| &mut b.steps).for_each(|s| s.stand_at(byte));
    }
}

/// One path without union.
#[derive(Debug, Clone, PartialEq)]
pub struct Branch {
    /// whether it begins at the document
    pub absolute: bool,
    /// the steps
    pub steps: Vec<StepAst>,
}

/// One step.
#[derive(Debug, Clone, PartialEq)]
pub struct StepAst {
    /// in which direction
    pub axis: Axis,
    /// the name as written; `*` for any, empty for `.` and `..`
    pub name: String,
    /// predicates in order
    pub predicates: Vec<Predicate>,
    /// byte of the name within the text of the path
    pub at: usize,
}

/// Where a step goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axis {
    /// `name`
    Child,
    /// `@name`
    Attribute,
    /// `.`
    Itself,
    /// `..`
    Parent,
    /// `ancestor::name`: the nearest one
    Ancestor,
}

/// What stands between brackets.
#[derive(Debug, Clone, PartialEq)]
pub enum Predicate {
    /// `[2]`, from 1
    Position(u32),
    /// anything else
    Test(ExprAst),
}

/// A parsed test.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprAst {
    /// all hold
    And(Vec<ExprAst>),
    /// one holds
    Or(Vec<ExprAst>),
    /// does not hold
    Not(Box<ExprAst>),
    /// a path that finds something (a boolean attribute: that is true)
    Exists(PathAst),
    /// a path one of whose texts is (or, negated, is not) in the list
    Compare {
        /// left side
        path: PathAst,
        /// `=` (true) or `!=`
        equal: bool,
        /// right side
        texts: Vec<String>,
    },
    /// `PATH in MAP`: a path one of whose finds a ConceptMap knows, with the byte at which the map's name stands
    In(PathAst, String, usize),
    /// a template by name, with the byte at which the name stands
    Template(String, usize),
    /// `denied()`: the statement is negated, or what it is part of
    Denied,
    /// `doubted()`: the statement is uncertain, or only suspected
    Doubted,
    /// `planned()`: a qualifier of the statement's own concept calls it planned
    Planned,
    /// `known()`: the node bears a template that tables know, by its id or its code
    Known,
    /// `$name`: a test that `[define]` names
    Defined(Box<DefinedAst>),
}

/// A test by its name.
#[derive(Debug, Clone)]
pub struct DefinedAst {
    /// the name, without `$`
    pub name: String,
    /// the definition as it was written: what is wrong with the test stands there
    pub text: Text,
    /// in words, for people
    pub says: Option<String>,
    /// what it stands for
    pub is: ExprAst,
}

/// Two are the same when they stand for the same, wherever that was written.
impl PartialEq for DefinedAst {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.is == other.is
    }
}

impl StepAst {
    /// Lets the step, and all in its predicates, stand at a byte: that of the name which stands for it.
    fn stand_at(&mut self, byte: usize) {
        self.at = byte;
        for p in &mut self.predicates {
            if let Predicate::Test(e) = p {
                e.stand_at(byte);
            }
        }
    }
}

impl ExprAst {
    fn stand_at(&mut self, byte: usize) {
        match self {
            ExprAst::And(all) | ExprAst::Or(all) => all.iter_mut().for_each(|e| e.stand_at(byte)),
            ExprAst::Not(e) => e.stand_at(byte),
            ExprAst::Exists(path) | ExprAst::Compare { path, .. } => path.stand_at(byte),
            ExprAst::In(path, _, at) => {
                path.stand_at(byte);
                *at = byte;
            }
            ExprAst::Template(_, at) => *at = byte,
            // has a text of its own
            ExprAst::Defined(_) => {}
            ExprAst::Denied | ExprAst::Doubted | ExprAst::Planned | ExprAst::Known => {}
        }
    }

    /// Whether a test looks at such an attribute of the node itself.
    pub fn asks(&self, attribute: &dyn Fn(&str) -> bool) -> bool {
        let of = |p: &PathAst| {
            p.branches.iter().any(|b| match b.steps.as_slice() {
                [s] if s.axis == Axis::Attribute => !b.absolute && attribute(&s.name),
                [s, ..] if s.axis == Axis::Child => !b.absolute && attribute(&s.name),
                _ => false,
            })
        };
        match self {
            ExprAst::And(all) | ExprAst::Or(all) => all.iter().any(|e| e.asks(attribute)),
            ExprAst::Not(e) => e.asks(attribute),
            ExprAst::Exists(p) | ExprAst::Compare { path: p, .. } | ExprAst::In(p, ..) => of(p),
            ExprAst::Template(..) | ExprAst::Doubted | ExprAst::Planned | ExprAst::Known => false,
            ExprAst::Denied => attribute("negationInd"),
            ExprAst::Defined(d) => d.is.asks(attribute),
        }
    }
}
