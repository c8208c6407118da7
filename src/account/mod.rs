//! The account of a document: what became of every piece of its content.
//!
//! The source is walked leaf by leaf (an attribute or a text that says something), after the conversion and without trust in
//! it: a leaf counts as mapped only where a row read it and its value stands, now, in the element that this row writes.
//! What only carries structure is a table ([`structure`](crate::cda::structure)).

pub mod arrival;
pub mod contradict;
mod fate;
pub mod gaps;
pub mod gather;
pub mod html;
pub mod ledger;
pub mod parameters;
pub mod text;
mod walk;

use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::cda::decode::decode;
use crate::cda::position::Positions;
use crate::cda::tree::Tree;
use crate::convert::confidential::as_converted;
use crate::convert::{Conversion, Options};
use crate::mapping::plan::Plan;
use contradict::Finding;
use ledger::Ledger;

/// What became of a leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// it stands in an element of a resource, or it decided what stands there
    Mapped,
    /// it can be read in the narrative of its section, and in no element
    NarrativeOnly,
    /// a part of it was carried over, or nothing for a reason that an issue tells
    Degraded,
    /// it is nowhere but in the original
    Unmapped,
}

impl Class {
    /// All, in the order of reports.
    pub const ALL: [Class; 4] = [Class::Mapped, Class::NarrativeOnly, Class::Degraded, Class::Unmapped];

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Class::Mapped => "mapped",
            Class::NarrativeOnly => "narrative only",
            Class::Degraded => "degraded",
            Class::Unmapped => "unmapped",
        }
    }

    /// The same as a key of JSON.
    pub fn key(self) -> &'static str {
        match self {
            Class::NarrativeOnly => "narrativeOnly",
            other => other.name(),
        }
    }
}

/// How many leaves of each class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts([u64; 4]);

impl Counts {
    /// Counts one more, or several.
    pub fn add(&mut self, class: Class, times: u64) {
        self.0[class as usize] += times;
    }

    /// Adds other counts.
    pub fn merge(&mut self, other: &Counts) {
        self.0.iter_mut().zip(other.0).for_each(|(a, b)| *a += b);
    }

    /// How many of a class.
    pub fn of(&self, class: Class) -> u64 {
        self.0[class as usize]
    }

    /// How many in all.
    pub fn all(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Hundredths that are mapped; 100 where there is nothing to map.
    pub fn percent(&self) -> f64 {
        match self.all() {
            0 => 100.0,
            all => self.of(Class::Mapped) as f64 * 100.0 / all as f64,
        }
    }
}

impl Serialize for Counts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(5))?;
        for class in Class::ALL {
            map.serialize_entry(class.key(), &self.of(class))?;
        }
        map.serialize_entry("percent", &((self.percent() * 100.0).round() / 100.0))?;
        map.end()
    }
}

impl Serialize for Class {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.key())
    }
}

/// A leaf of the document that is not wholly in an element, or on request any leaf.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Leaf {
    /// what became of it
    pub class: Class,
    /// the section, as an index into [`Account::sections`]
    pub section: u32,
    /// line and column of its element, from 1
    pub at: (u32, u32),
    /// its XPath: `/ClinicalDocument/…/effectiveTime/low/@value`
    pub xpath: String,
    /// the same without positions, below the section: `entry/act/effectiveTime/low/@value`
    pub shape: String,
    /// what it says; content of the document
    pub value: String,
    /// the issue that tells why it is not mapped
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issue: Option<String>,
    /// where it stands in the bundle: FHIR path, id of the resource, table row
    #[serde(skip_serializing_if = "Option::is_none")]
    pub into: Option<Place>,
    /// templateIds of the statement around it
    pub templates: Vec<String>,
}

/// Where a leaf went.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// how it came there: its value was carried (`value`), a map translated it (`translated`), it decided what was written
    /// (`decided`), it was followed to what bears the identifier (`followed`), or it was found in the resource (`found`)
    pub how: &'static str,
    /// `AllergyIntolerance.reaction.severity`
    pub path: String,
    /// id of the resource
    pub id: String,
    /// table row, where one is known
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<String>,
}

/// A section of the document (the header is the first), with what became of its leaves.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Section {
    /// its code, if it bears one
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// its title; empty for the header
    pub title: String,
    /// where it begins
    pub at: (u32, u32),
    /// its leaves, without those of sections inside it
    pub counts: Counts,
}

/// The account of one document.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// LOINC (or other) code of the document
    pub document_type: Option<String>,
    /// who made it, as the document names the software or the custodian
    pub vendor: Option<String>,
    /// the header, then each section in the order of the document
    pub sections: Vec<Section>,
    /// leaves by template of the statement around them
    pub templates: BTreeMap<String, Counts>,
    /// leaves that are not mapped, in the order of the document; all leaves where they were asked for
    pub leaves: Vec<Leaf>,
    /// where narrative and entries contradict each other, or one lacks what the other says
    pub contradictions: Vec<Finding>,
}

impl Account {
    /// The account of a document that was converted with [`Options::lineage`]. `all` keeps every leaf with its place.
    ///
    /// `None` when the bytes are no document that can be read again, which a conversion would have refused.
    pub fn of(plan: &Plan, bytes: &[u8], options: &Options, conversion: &Conversion, all: bool) -> Option<Account> {
        let decoded = decode(bytes, &options.limits).ok()?;
        // what the conversion withheld, its account withholds
        let text = as_converted(&decoded.text, plan, options).ok()?;
        let tree = Tree::parse(&text, &plan.names).ok()?;
        let ledger = Ledger::new(plan, conversion);
        let walked = walk::walk(plan, &text, &tree, &ledger, &conversion.issues, all);
        let mut positions = Positions::new(&text);
        let mut sections = walked.sections;
        for (section, offset) in sections.iter_mut().zip(&walked.section_offsets) {
            section.at = positions.line_col(*offset);
        }
        let mut positions = Positions::new(&text);
        let mut leaves = walked.leaves;
        for (leaf, offset) in leaves.iter_mut().zip(&walked.leaf_offsets) {
            leaf.at = positions.line_col(*offset);
        }
        let mut contradictions = contradict::find(&tree, &ledger);
        let mut positions = Positions::new(&text);
        for finding in &mut contradictions {
            finding.at = positions.line_col(finding.offset);
        }
        Some(Account {
            document_type: walked.document_type,
            vendor: walked.vendor,
            sections,
            templates: walked.templates,
            leaves,
            contradictions,
        })
    }

    /// The counts of the whole document.
    pub fn counts(&self) -> Counts {
        let mut sum = Counts::default();
        self.sections.iter().for_each(|s| sum.merge(&s.counts));
        sum
    }
}
