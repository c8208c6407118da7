//! What a run over one slice gives: resources with their links still open, sections, findings.

use compact_str::CompactString;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::super::context::Finding;
use super::super::plan::{RowId, RuleId};
use super::NodeKey;
use super::readings::Reading;
use crate::fhir::value::{Object, Value};

/// A resource as rows made it, before links and identity.
#[derive(Debug, Clone)]
pub struct Instance {
    /// the rule
    pub rule: RuleId,
    /// the node it was made of
    pub node: NodeKey,
    /// node of the section that holds it; `None` in the header
    pub section: Option<NodeKey>,
    /// security labels of its own, nearer than those of the section
    pub labels: Vec<Value>,
    /// the elements
    pub object: Object,
    /// `root|extension` of the node's ids
    pub ids: SmallVec<[CompactString; 2]>,
    /// byte of the decoded document
    pub offset: usize,
}

/// A few rules, without an allocation.
pub type Rules = SmallVec<[RuleId; 8]>;

/// What a reference refers to, before all slices are done.
#[derive(Debug, Clone, PartialEq)]
pub enum LinkTo {
    /// what a rule made of a node
    Made(RuleId, NodeKey),
    /// the one resource that one of the rules made in the header
    Single(Rules),
    /// what one of the rules made of a node, if it did
    Node(Rules, NodeKey),
    /// what one of the rules made of the node with this id (`root|extension`)
    Id(Rules, CompactString),
}

/// A reference to be resolved.
#[derive(Debug, Clone)]
pub struct Link {
    /// to what
    pub to: LinkTo,
    /// the row that wrote it
    pub row: RowId,
    /// where, for reports
    pub offset: usize,
}

/// A section as it goes into the Composition.
#[derive(Debug, Clone)]
pub struct SectionNode {
    /// the node
    pub key: NodeKey,
    /// what the rule of sections made of it
    pub object: Object,
    /// its codes
    pub codes: Vec<CompactString>,
    /// its own confidentiality code
    pub security: Option<Value>,
    /// whether the words that it should have are withheld (`MSK`)
    pub masked: bool,
    /// sections inside it
    pub children: Vec<SectionNode>,
}

/// What one slice gave.
#[derive(Debug, Default)]
pub struct SliceOutput {
    /// resources in the order in which they were made
    pub instances: Vec<Instance>,
    /// the references in them
    pub links: Vec<Link>,
    /// members of groups, with the rule and the member that bears what was made of them all
    pub joined: Vec<(RuleId, NodeKey, NodeKey)>,
    /// what to report
    pub findings: Vec<Finding>,
    /// rows that gave a value
    pub fired: Vec<RowId>,
    /// what rows read, where somebody asked
    pub readings: Vec<Reading>,
    /// statements met, by element name, and how many gave a resource
    pub statements: u32,
    /// statements that no rule took and no row read
    pub unmapped: u32,
    /// statements taken, by rule
    pub taken: FxHashMap<RuleId, u32>,
    /// those of them that gave a resource
    pub written: FxHashMap<RuleId, u32>,
    /// sections for the Composition
    pub sections: Vec<SectionNode>,
}
