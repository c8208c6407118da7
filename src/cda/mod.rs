//! The source side: from the bytes of a CDA document to typed nodes.
//!
//! Nothing in this room knows FHIR or the mapping language.

pub mod budget;
pub mod datatypes;
pub mod decode;
pub(crate) mod forms;
pub mod limits;
pub mod marks;
pub mod mask;
pub mod names;
pub mod narrative;
pub mod position;
pub mod scan;
mod spare;
pub mod structure;
pub mod tree;
mod wide;
pub mod xml;
