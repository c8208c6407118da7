//! Tables as they were written: the tree that the loader gives and the compiler reads.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::diagnostics::{Place, SourceFile};

/// A word, path or test with its place.
#[derive(Debug, Clone)]
pub struct Text {
    /// as written
    pub text: String,
    /// where
    pub place: Place,
}

/// Everything that a stack of packs says, overlaid.
#[derive(Debug, Default)]
pub struct Tables {
    /// prefix → URI
    pub namespaces: Vec<(Text, Text)>,
    /// additions to the CDA model: `Class` → lines `element min max types`
    pub model: Vec<(Text, Vec<Text>)>,
    /// what `$name` stands for in paths and tests
    pub define: super::define::Define,
    /// template names
    pub templates: BTreeMap<String, TemplateAst>,
    /// aliases of code systems: `LOINC` → URI
    pub systems: BTreeMap<String, Text>,
    /// extensions by name
    pub extensions: BTreeMap<String, ExtensionAst>,
    /// profiles by name
    pub profiles: BTreeMap<String, ProfileAst>,
    /// section titles (normalised) → section code
    pub titles: BTreeMap<String, Text>,
    /// renamings of templated forms: element as written → element of the wire form
    pub renames: Vec<(Text, Text)>,
    /// where times without offset are: test on the document, and zone
    pub zones: Vec<(Text, Text)>,
    /// what a document is as events, in the order of their first appearance
    pub events: Vec<EventAst>,
    /// what documents shall say, by the name of the list
    pub checklists: Vec<ChecklistAst>,
    /// the headings of those lists, in the order of their first appearance
    pub headings: Vec<HeadingAst>,
    /// systems of identifiers that may identify across documents
    pub trusted: Vec<TrustedAst>,
    /// systems of identifiers that must never identify a resource
    pub never_match: Vec<String>,
    /// roots that without an extension are a missing number, never a value
    pub schemes: Vec<String>,
    /// rules in the order of their first appearance
    pub rules: Vec<RuleAst>,
    /// records of reviews, in the order of the packs
    pub reviews: Vec<super::reviews::Record>,
    /// which labels are above ordinary confidentiality
    pub confidentiality: ConfidentialityAst,
    /// which qualifiers say something of the statement
    pub qualifiers: QualifiersAst,
    /// files of ConceptMaps, as they came
    pub concept_maps: Vec<Arc<SourceFile>>,
    /// rules that a pack has dropped: who refers to one of them refers to nothing
    pub gone: Vec<String>,
}

/// A template by name.
#[derive(Debug, Clone)]
pub struct TemplateAst {
    /// element that bears it
    pub class: String,
    /// OIDs of all versions; an extension may follow after `|`
    pub oids: Vec<String>,
    /// ids of generic ancestors: they count only where the node bears no id of another name of the class
    pub general: Vec<String>,
    /// codes of sections whose own statements of the class are of the template when they bear none that is known
    pub sections: Vec<String>,
    /// fixed codes of the node, `system|code`
    pub codes: Vec<String>,
    /// where
    pub place: Place,
}

/// An extension by name.
#[derive(Debug, Clone)]
pub struct ExtensionAst {
    /// canonical URL
    pub url: String,
    /// FHIR type of the value; `complex` when it has parts
    pub ty: String,
    /// parts of a complex extension: name → type
    pub parts: BTreeMap<String, String>,
    /// where
    pub place: Place,
}

/// A profile by name.
#[derive(Debug, Clone, Default)]
pub struct ProfileAst {
    /// canonical URL
    pub url: String,
    /// test on the document: it is claimed only for documents that this holds for
    pub condition: Option<Text>,
    /// resource type
    pub ty: String,
    /// elements without which the claim would be false
    pub require: Vec<Text>,
    /// parent paths: elements that must be there when their parent is
    pub within: Vec<Text>,
    /// path and `system|code` that must be among the codes there
    pub fixed: Vec<(String, String)>,
    /// path and codes of which one must be there
    pub any: Vec<(String, Vec<String>)>,
    /// choice elements and the types that they may have
    pub types: Vec<(String, Vec<String>)>,
    /// named checks, see docs/mapping.md
    pub checks: Vec<String>,
    /// UCUM codes of valueQuantity
    pub units: Vec<String>,
}

/// Identifiers of one system, from certain roots, that name one thing at every sender.
#[derive(Debug, Clone)]
pub struct TrustedAst {
    /// URI
    pub system: String,
    /// source roots that count
    pub roots: Vec<String>,
    /// resource type
    pub ty: String,
    /// how many digits a value of the register has, and nothing else; `None` where values have no such form
    pub digits: Option<usize>,
}

impl TrustedAst {
    /// Whether the register can have issued a value. A number that it cannot have is a placeholder, which many share.
    pub fn issues(&self, value: &str) -> bool {
        !crate::fhir::identity::is_placeholder(value)
            && self.digits.is_none_or(|n| value.len() == n && value.bytes().all(|b| b.is_ascii_digit()))
    }
}

/// An event of a message.
#[derive(Debug, Clone)]
pub struct EventAst {
    /// its name
    pub name: Text,
    /// test on the document
    pub condition: Option<Text>,
    /// paths into the bundle of which one must find something
    pub has: Vec<Text>,
    /// paths into the bundle of which none may find anything
    pub without: Vec<Text>,
    /// the event: the first that holds
    pub code: Vec<EventCodingAst>,
    /// why it is sent, likewise
    pub reason: Vec<EventCodingAst>,
    /// paths to the resources that it is about; none: the whole document
    pub focus: Vec<Text>,
}

/// One of the codings that an event may have.
#[derive(Debug, Clone)]
pub struct EventCodingAst {
    /// test on the document
    pub condition: Option<Text>,
    /// what the message around the document is: one of these codings
    pub carried: Vec<Text>,
    /// the coding; none: that of `carried` which the message has
    pub constant: Option<Text>,
}

/// A list of what documents of some kind shall say.
#[derive(Debug, Clone)]
pub struct ChecklistAst {
    /// its name
    pub name: Text,
    /// for people
    pub title: String,
    /// test on the document
    pub condition: Option<Text>,
    /// whose list it is
    pub source: String,
}

/// A heading of checklists.
#[derive(Debug, Clone)]
pub struct HeadingAst {
    /// what it asks for as a whole
    pub item: ItemAst,
    /// codings of sections that stand under it
    pub codes: Vec<Text>,
    /// what it asks for in particular
    pub elements: Vec<ItemAst>,
}

/// Something that checklists ask for.
#[derive(Debug, Clone)]
pub struct ItemAst {
    /// its name
    pub name: Text,
    /// the lists that call it mandatory, required, optional
    pub needs: [Vec<Text>; 3],
    /// paths to where it stands in a bundle
    pub at: Vec<Text>,
    /// what narrative calls it; empty: its name
    pub labels: Vec<Text>,
    /// whether all narrative of the heading is it
    pub narrative: bool,
}

/// What confidentiality labels mean to a conversion that does not keep everything.
#[derive(Debug, Clone, Default)]
pub struct ConfidentialityAst {
    /// `system|code` (system: an OID) of labels that ordinary care may see; every other label is above
    pub ordinary: Vec<String>,
    /// codes of observations whose value is a label of what they stand in
    pub labelled_by: Vec<String>,
    /// codes of observations that stand beside those and label nothing: how to handle it, for what it may be used
    pub beside: Vec<String>,
}

/// Which qualifiers of a concept say something of the statement that it stands in; each is `OID|code`.
#[derive(Debug, Clone, Default)]
pub struct QualifiersAst {
    /// values: it is not so, or was not done
    pub denies: Vec<String>,
    /// values: it is suspected
    pub doubts: Vec<String>,
    /// values: it is planned, requested, to be done
    pub plans: Vec<String>,
    /// values: it is as the concept says
    pub affirms: Vec<String>,
    /// attributes (names): with another value than those, the statement is about somebody or something else
    pub context: Vec<String>,
    /// attributes (names): with a value that is in none of those lists, the statement is uncertain
    pub certainty: Vec<String>,
    /// codes of observations that belong to a statement and say of it what a qualifier would
    pub told_by: Vec<String>,
}

/// A rule.
#[derive(Debug, Clone)]
pub struct RuleAst {
    /// the name after `rule.`
    pub name: String,
    /// where the rule begins
    pub place: Place,
    /// resource or datatype that it gives
    pub to: Option<Text>,
    /// profiles that it claims
    pub profile: Vec<Text>,
    /// section codes
    pub section: Vec<Text>,
    /// where its nodes stand
    pub entry: Vec<Text>,
    /// CDA classes of the nodes that it takes when another rule refers to it
    pub takes: Vec<Text>,
    /// test on the node
    pub condition: Option<Text>,
    /// test on the result
    pub require: Option<Text>,
    /// rule to whose resource the rows are added
    pub into: Option<Text>,
    /// how several nodes become one resource
    pub group: Option<GroupAst>,
    /// nodes that are not offered to other rules
    pub claims: Vec<Text>,
    /// further rules on the same node
    pub emit: Vec<Text>,
    /// how two resources of the rule are known to be the same
    pub identity: Option<Text>,
    /// the source in the standard
    pub source: Option<Text>,
    /// whether the node's own `subject` may be somebody else
    pub subject: Option<Text>,
    /// the rows
    pub rows: Vec<RowAst>,
    /// rows and rules taken out on purpose, with the reason
    pub dropped: Vec<(String, String)>,
}

/// How several nodes become one resource.
#[derive(Debug, Clone)]
pub struct GroupAst {
    /// nodes are grouped below the nearest such ancestor
    pub within: Text,
    /// and by the text of this path
    pub by: Option<Text>,
    /// tests, each of which one node of the group must meet
    pub of: Vec<Text>,
    /// tests of nodes that may be there too
    pub with: Vec<Text>,
}

/// A row: one element and its alternatives.
#[derive(Debug, Clone)]
pub struct RowAst {
    /// the element as written, slice name after `:`
    pub key: Text,
    /// tried in order
    pub alternatives: Vec<AltAst>,
}

/// One alternative of a row.
#[derive(Debug, Clone)]
pub struct AltAst {
    /// where
    pub place: Place,
    /// `if`
    pub condition: Option<Text>,
    /// `from`
    pub from: Option<Text>,
    /// `const`
    pub constant: Option<Text>,
    /// `map`
    pub map: Vec<Text>,
    /// `via`
    pub via: Option<Text>,
    /// `as`
    pub as_type: Option<Text>,
    /// `pick`
    pub pick: Option<Text>,
    /// `to`
    pub to: Vec<Text>,
    /// `by`
    pub by: Vec<Text>,
    /// `each`
    pub each: Option<Text>,
    /// `conduct`
    pub conduct: bool,
    /// `report`
    pub report: Option<Text>,
    /// rows of a backbone element, datatype or extension
    pub rows: Vec<RowAst>,
}
