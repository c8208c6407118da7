//! Transforms of CDA datatypes into FHIR datatypes, one subject a file.
//!
//! A transform takes the [`Context`](super::context::Context) and a node and gives `None` when nothing certain can be
//! said. What it degrades it reports there, under a stable code and without content of the document.

pub mod boolean;
pub mod coding;
pub mod data_absent;
pub mod identifier;
mod registry;
pub mod text;
pub mod time;
pub mod translate;
mod types;

pub use registry::{Given, Made, Native, Transform, native};
pub use types::{NATIVES, choice, datatype, plain_text_of, xhtml_fragment_of};

#[cfg(test)]
pub(crate) mod testing;
