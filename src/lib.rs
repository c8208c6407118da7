//! granule turns HL7 CDA documents into granular FHIR R4 resources.
#![forbid(unsafe_code)]

pub mod cda;
