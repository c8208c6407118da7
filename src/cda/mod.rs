//! The source side: bytes of a CDA document to typed nodes.
//!
//! Nothing in this room knows FHIR or the mapping language.

pub mod datatypes;
pub mod names;
pub mod narrative;
pub mod tree;
