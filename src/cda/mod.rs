//! The source side: from the bytes of a CDA document to what stands where in it.
pub mod decode;
pub mod limits;
pub mod position;
pub mod scan;
