//! Transforms of CDA datatypes into FHIR datatypes, one subject a file.
//!
//! A transform takes the [`Context`](super::context::Context) and a node and gives `None` when nothing certain can be
//! said. What it degrades it reports there, under a stable code and without content of the document.

pub mod boolean;
pub mod coding;
pub mod data_absent;
pub mod identifier;
pub mod text;
pub mod time;

#[cfg(test)]
pub(crate) mod testing;
