//! What documents of some kind shall say: compiled checklists.

use crate::fhir::path::BundlePath;

/// A list of what documents shall say.
#[derive(Debug)]
pub struct Checklist {
    /// its name
    pub name: String,
    /// for people
    pub title: String,
    /// whose list it is
    pub source: String,
    /// index into [`super::Plan::document_tests`]: the documents that it is for
    pub condition: usize,
}

/// A heading, and what is asked for under it.
#[derive(Debug)]
pub struct Heading {
    /// what is asked for as a whole
    pub item: Item,
    /// systems and codes of sections that stand under it
    pub codes: Vec<(String, String)>,
    /// what is asked for in particular
    pub elements: Vec<Item>,
}

/// Something that checklists ask for.
#[derive(Debug)]
pub struct Item {
    /// its name
    pub name: String,
    /// by the number of the checklist: how much it asks for it, if it does
    pub needs: Vec<Option<Need>>,
    /// where it stands in a bundle
    pub at: Vec<BundlePath>,
    /// what narrative calls it, as titles are compared
    pub labels: Vec<String>,
    /// whether all narrative of the heading is it
    pub narrative: bool,
}

/// How much a checklist asks for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// it must be there
    Mandatory,
    /// it must be there where the sender knows it
    Required,
    /// it may be there
    Optional,
}

impl Need {
    /// All, the strongest first.
    pub const ALL: [Need; 3] = [Need::Mandatory, Need::Required, Need::Optional];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Need::Mandatory => "mandatory",
            Need::Required => "required",
            Need::Optional => "optional",
        }
    }
}
