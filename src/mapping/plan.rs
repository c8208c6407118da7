//! The compiled form of tables: indexed, typed, without a name to look up while a document is read.

mod checklists;
mod paths;
pub mod qualifiers;

use compact_str::CompactString;
use rustc_hash::FxHashMap;

use crate::cda::marks::Marks;
use crate::cda::names::{Name, Names};
use crate::fhir::definitions::TypeId;
use crate::fhir::path::BundlePath;
use crate::fhir::value::{Key, Value};

use super::diagnostics::Place;
use super::native::Transform;
use super::needs;
pub use super::needs::TemplateMarks;
pub use super::path::Axis;
use super::reviews::Reviews;
use super::terminology::{DatatypeMaps, MapId, Terminology};
pub use checklists::{Checklist, Heading, Item, Need};
pub use paths::{Branch, Expr, Path, Predicate, Step, Unsaid};
use qualifiers::Qualifiers;

/// A rule within one [`Plan`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RuleId(pub u16);

/// A row within one [`Plan`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowId(pub u16);

/// A template within one [`Plan`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TemplateId(pub u16);

/// Tables, compiled.
#[derive(Debug)]
pub struct Plan {
    /// element and attribute names
    pub names: Names,
    /// the attribute that denies what CDA lets nobody deny (encounters, supplies), if a pack declares the prefix `sdtc`
    pub denied: Option<Name>,
    /// OIDs and ConceptMaps
    pub terms: Terminology,
    /// the ConceptMaps that datatypes need
    pub maps: DatatypeMaps,
    /// templates
    pub templates: Templates,
    /// rules by number
    pub rules: Vec<Rule>,
    /// what is known of each row, by number
    pub rows: Vec<RowInfo>,
    /// which rules may take a statement of an element name, best first
    pub statements: FxHashMap<Name, Vec<Candidate>>,
    /// rules over nodes of the header, in order
    pub header: Vec<RuleId>,
    /// rules that make one resource of several nodes, in order
    pub groups: Vec<RuleId>,
    /// names of the elements below which they look for them
    pub group_holders: Vec<Name>,
    /// the rule that makes sections of the Composition
    pub section_rule: Option<RuleId>,
    /// section titles (normalised) → section code
    pub titles: FxHashMap<Box<str>, CompactString>,
    /// profiles that rules claim
    pub profiles: Vec<Profile>,
    /// tests on the document that profiles make, each once
    pub document_tests: Vec<Expr>,
    /// where times without offset are, by a test on the document
    pub zones: Vec<RealmZone>,
    /// what a document is as events: each that holds
    pub events: Vec<Event>,
    /// what documents shall say
    pub checklists: Vec<Checklist>,
    /// the headings of those lists
    pub headings: Vec<Heading>,
    /// systems of identifiers that must never identify a resource
    pub never_match: Vec<String>,
    /// identifiers that name one thing at every sender
    pub trusted: Vec<super::ast::TrustedAst>,
    /// who has looked at what
    pub reviews: Reviews,
    /// which qualifiers say something of the statement
    pub qualifiers: Qualifiers,
    /// which labels are above ordinary confidentiality
    pub confidentiality: super::ast::ConfidentialityAst,
    /// digest of all tables, for Provenance
    pub digest: String,
}

/// Where times without offset are, in documents for which a test holds.
#[derive(Debug)]
pub struct RealmZone {
    /// test on the document
    pub condition: Expr,
    /// the zone
    pub zone: jiff::tz::TimeZone,
}

/// What a document is as an event of a message.
#[derive(Debug)]
pub struct Event {
    /// its name
    pub name: String,
    /// test on the document
    pub condition: Option<Expr>,
    /// paths into the bundle of which one must find something; empty: nothing is asked
    pub has: Vec<BundlePath>,
    /// paths into the bundle of which none may find anything
    pub without: Vec<BundlePath>,
    /// the event, a Coding: the first that holds
    pub code: Vec<EventCoding>,
    /// why it is sent, a CodeableConcept: likewise
    pub reason: Vec<EventCoding>,
    /// paths to the resources that it is about; empty: the document with all that came of it
    pub focus: Vec<BundlePath>,
}

/// One of the codings that an event may have.
#[derive(Debug)]
pub struct EventCoding {
    /// test on the document
    pub condition: Option<Expr>,
    /// system and code of what the message around the document must be
    pub carried: Option<(String, String)>,
    /// the Coding or CodeableConcept
    pub value: Value,
}

/// A rule that may take a statement, with the way to it.
#[derive(Debug, Clone, Copy)]
pub struct Candidate {
    /// the rule
    pub rule: RuleId,
    /// which of its `entry` paths
    pub entry: u16,
    /// higher goes first: template, then section code, then length of the way
    pub score: u16,
    /// whether it goes by the class of the statement alone
    pub inferred: bool,
    /// the statement must be of one of these templates
    pub templates: TemplateMarks,
}

/// The templates of a plan.
#[derive(Debug, Default)]
pub struct Templates {
    /// by number: name, and element that bears it
    pub all: Vec<(String, Name)>,
    /// `root` or `root|extension` → templates
    pub by_oid: FxHashMap<CompactString, Vec<TemplateId>>,
    /// the same for ids of generic ancestors, which count only where no other id does
    pub general: FxHashMap<CompactString, Vec<TemplateId>>,
    /// element → codes of sections, and the template that its nodes there are of when they bear none that is known
    pub by_section: FxHashMap<Name, Vec<(CompactString, TemplateId)>>,
    /// (element, code) → templates whose fixed code it is
    pub by_code: FxHashMap<(Name, CompactString), Vec<TemplateId>>,
    /// fixed codes by template
    pub codes: Vec<Vec<CompactString>>,
}

/// A compiled rule.
#[derive(Debug)]
pub struct Rule {
    /// its name
    pub name: String,
    /// what it gives
    pub to: TypeId,
    /// the same as text
    pub to_name: &'static str,
    /// whether it gives a resource (else a datatype or backbone element)
    pub resource: bool,
    /// profiles claimed where their required elements are there; indices into [`Plan::profiles`]
    pub profiles: Vec<usize>,
    /// section codes in which it applies; empty for all
    pub sections: Vec<CompactString>,
    /// where its nodes stand
    pub entries: Vec<Path>,
    /// element names of the nodes it takes when referred to
    pub takes: Vec<Name>,
    /// test on the node
    pub condition: Option<Expr>,
    /// test on the result
    pub require: Option<Require>,
    /// rule to whose resource the rows are added
    pub into: Option<RuleId>,
    /// how several nodes become one resource
    pub group: Option<Group>,
    /// nodes not offered to other rules
    pub claims: Vec<Path>,
    /// further rules on the same node
    pub emit: Vec<RuleId>,
    /// how two of its resources are known to be the same
    pub identity: Identity,
    /// whether the statement may have a subject of its own
    pub other_subject: bool,
    /// whether it asks `doubted()`
    pub carries_doubt: bool,
    /// whether it asks `planned()`
    pub carries_plan: bool,
    /// which denials around the statement it asks for
    pub reads_denial: ReadsDenial,
    /// the rows
    pub rows: Rows,
}

/// Which denials a rule asks for. What it does not ask for, it would affirm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadsDenial {
    /// none
    Not,
    /// that of the statement itself: `@negationInd`
    Own,
    /// that of what it is part of as well: `denied()`
    Around,
}

/// How two resources of a rule are known to be the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// same identifier and compatible content; without identifier, same position
    Identifier,
    /// same content, or same identifier and compatible content: people, organisations, places, devices
    Content,
    /// there is one of it in a document
    Document,
    /// always a resource of its own, by position
    Position,
    /// same content but for what it is about (`target`): one resource in a document, about all of that
    Activity,
}

/// How several nodes become one resource.
#[derive(Debug)]
pub struct Group {
    /// name of the ancestor below which nodes are grouped
    pub within: Name,
    /// nodes whose texts are equal belong together
    pub by: Option<Path>,
    /// each test is met by one node of a group
    pub of: Vec<Expr>,
    /// tests of nodes that may be there too
    pub with: Vec<Expr>,
}

/// A profile with what makes its claim true.
#[derive(Debug)]
pub struct Profile {
    /// canonical URL
    pub url: &'static str,
    /// the documents for which it may be claimed: index into [`Plan::document_tests`]
    pub condition: Option<usize>,
    /// what the profile demands beyond R4
    pub demands: super::ast::ProfileAst,
}

/// A test on the elements of a result.
#[derive(Debug)]
pub enum Require {
    /// all hold
    And(Vec<Require>),
    /// one holds
    Or(Vec<Require>),
    /// does not hold
    Not(Box<Require>),
    /// an element is there
    Has(CompactString),
    /// an extension of this URL is there
    Extension(CompactString),
}

/// A compiled row.
#[derive(Debug)]
pub struct Row {
    /// number, for lineage and coverage
    pub id: RowId,
    /// where the value goes
    pub element: Element,
    /// tried in order
    pub alternatives: Box<[Alternative]>,
}

/// Where the value of a row goes.
#[derive(Debug)]
pub enum Element {
    /// an element of one type
    Plain {
        /// JSON name
        key: Key,
        /// JSON name of the sibling that holds a primitive's extensions
        underscore: Key,
        /// whether it repeats
        many: bool,
        /// whether it is a primitive
        primitive: bool,
    },
    /// `value[x]`: type suffixes and JSON names (with the underscored sibling)
    Choice(Vec<(&'static str, Key, Key)>),
    /// an extension
    Extension {
        /// its URL
        url: &'static str,
        /// types, JSON names (`valueCodeableConcept` …) and their siblings; empty for one with parts
        value: Vec<(&'static str, Key, Key)>,
        /// part of a complex extension
        part: bool,
    },
}

/// Rows over one node, in order, with what each needs of it.
#[derive(Debug)]
pub struct Rows {
    rows: Box<[Row]>,
    needs: Box<[Marks]>,
}

impl Rows {
    /// What the node must have in it for each of them to give anything.
    pub fn needs(&self) -> &[Marks] {
        &self.needs
    }
}

impl From<Vec<Row>> for Rows {
    fn from(mut rows: Vec<Row>) -> Rows {
        for alternative in rows.iter_mut().flat_map(|r| &mut r.alternatives) {
            alternative.needs = needs::of_alternative(alternative);
        }
        Rows { needs: rows.iter().map(needs::of_row).collect(), rows: rows.into() }
    }
}

impl std::ops::Deref for Rows {
    type Target = [Row];

    fn deref(&self) -> &[Row] {
        &self.rows
    }
}

/// One alternative of a row.
#[derive(Debug)]
pub struct Alternative {
    /// what the node must have in it, else the next alternative is tried; known when it stands among [`Rows`]
    pub needs: Marks,
    /// holds → commits
    pub condition: Option<Expr>,
    /// what is read
    pub from: Option<Path>,
    /// one element per node
    pub each: Option<Path>,
    /// look up the ancestors when nothing is found
    pub conduct: bool,
    /// which of several
    pub pick: Pick,
    /// what a reader should know when it is taken
    pub report: Option<Box<str>>,
    /// what is made of it
    pub make: Make,
}

/// What an alternative makes.
#[derive(Debug)]
pub enum Make {
    /// a constant
    Const(Value),
    /// a value from what `from` finds
    Convert(Convert),
    /// an element with rows of its own, after the value of `from` if there is one
    Build(Option<Convert>, Rows),
    /// a reference to a resource that a rule makes of the node, or that datatype itself
    Refer(Vec<RuleId>),
    /// a reference to what a rule made of the node, or of the node whose id is named
    Link(Vec<RuleId>),
}

/// How a node becomes a value.
#[derive(Debug)]
pub struct Convert {
    /// FHIR type wanted; empty when the row is a choice or `via` decides
    pub target: Target,
    /// ConceptMaps, tried in order
    pub maps: Vec<MapId>,
    /// transform by name
    pub via: Option<Transform>,
    /// what the transform is told: `via = "name(argument)"`
    pub argument: CompactString,
}

/// The FHIR type that a conversion gives.
#[derive(Debug, Clone)]
pub enum Target {
    /// one of the types of a choice
    Choice(Vec<&'static str>),
    /// a type by its name, and what makes it of a node (none for types that only rows of their own can build)
    Type(&'static str, Option<super::native::Datatype>),
}

/// Which of several nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick {
    /// in document order; the first that gives a value where only one fits
    All,
    /// the first
    First,
    /// the last
    Last,
    /// the one with the earliest time
    Earliest,
    /// the one with the latest time
    Latest,
}

/// What is known of a row.
#[derive(Debug, Clone)]
pub struct RowInfo {
    /// rule
    pub rule: RuleId,
    /// `allergy.reaction.severity`
    pub name: String,
    /// FHIR path, `AllergyIntolerance.reaction.severity`
    pub fhir_path: String,
    /// where it stands; the line is counted only when somebody asks
    pub place: Place,
    /// the row as written
    pub text: String,
}

impl Plan {
    /// The rule of a name.
    pub fn rule_named(&self, name: &str) -> Option<RuleId> {
        self.rules.iter().position(|r| r.name == name).map(|i| RuleId(i as u16))
    }

    /// How the nodes of a rule become one resource, if several do.
    pub fn group(&self, id: RuleId) -> Option<&Group> {
        self.rule(id).group.as_ref()
    }

    /// The rule of a number.
    pub fn rule(&self, id: RuleId) -> &Rule {
        &self.rules[id.0 as usize]
    }
}
