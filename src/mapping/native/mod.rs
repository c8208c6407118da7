//! Transforms of CDA datatypes into FHIR datatypes, one subject a file.
//!
//! A transform takes the [`Context`](super::context::Context) and a node and gives `None` when nothing certain can be
//! said. What it degrades it reports there, under a stable code and without content of the document.

pub mod absence;
pub mod address;
pub mod amounts;
pub mod attachment;
pub mod boolean;
pub mod coding;
pub mod data_absent;
pub mod expression;
pub mod human_name;
pub mod identifier;
pub mod language;
pub mod narrative;
pub mod quantity;
mod registry;
pub mod telecom;
pub mod text;
pub mod time;
pub mod timing;
pub mod translate;
mod types;
pub mod value;

use crate::fhir::value::Value;

pub use registry::{Given, Made, Native, Transform, called, native};
pub use types::{Datatype, NATIVES, choice, datatype_named, of_attribute, plain_text_of, xhtml_fragment_of};

/// A value for an element of several types (`value[x]`, `dose[x]`).
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// the type as R4 names it: `Quantity` in `valueQuantity`, `dateTime` in `valueDateTime`
    pub suffix: &'static str,
    /// the value
    pub value: Value,
    /// what stands beside a primitive under its name with `_`, if anything
    pub element: Option<Value>,
}

impl Choice {
    /// A value with nothing beside it.
    pub fn new(suffix: &'static str, value: Value) -> Choice {
        Choice { suffix, value, element: None }
    }
}

#[cfg(test)]
mod examples;
#[cfg(test)]
pub(crate) mod testing;
