//! The target side: FHIR R4 resources as values, their definitions, their identity, and what makes a bundle valid.
//!
//! Nothing in this room knows CDA or the mapping language.

pub mod bundle;
mod bytes;
pub mod definitions;
pub mod gate;
pub mod identity;
pub mod json;
pub mod lasting;
pub mod outcome;
pub mod path;
pub mod read;
pub mod value;
pub mod withdraw;
pub mod xhtml;
