//! Typed views of the CDA R2 datatypes (HL7 V3 Data Types R1): attributes and parts read once, nothing decided.
//!
//! A view borrows from the [`Tree`](crate::cda::tree::Tree) and keeps the lexical form; what a value means in FHIR is for
//! the transforms to say. `nullFlavor` stands in every view of a type that may be null.

pub mod coded;
pub mod interval;
pub mod number;
pub mod time;
pub mod untyped;

pub use coded::{Cd, Ed, Ii};
pub use interval::{Bound, IvlPq, IvlTs, Pq};
pub use time::{Offset, Precision, Ts, TsError};
