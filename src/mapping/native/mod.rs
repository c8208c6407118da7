//! Transforms of CDA datatypes into FHIR datatypes, one subject a file.
