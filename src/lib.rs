//! granule turns HL7 CDA documents into granular FHIR R4 resources.
//!
//! A document flows from bytes through a streaming scan into slices (the header, each top-level section); mapping tables
//! turn the entries of a slice into resources; the resources are linked, checked and written as a bundle.
#![forbid(unsafe_code)]
// they panic when nobody reads any more; src/cli/say.rs has what does not
#![deny(clippy::print_stdout, clippy::print_stderr)]

pub mod account;
pub mod bench;
pub mod bulk;
pub mod cda;
pub mod checklist;
#[doc(hidden)]
pub mod cli;
pub mod convert;
pub mod fhir;
mod html;
pub mod intake;
pub mod mapping;
pub mod regress;
#[cfg(feature = "serve")]
pub mod serve;
mod short;
pub mod sink;
pub mod trace;
mod ucum;
