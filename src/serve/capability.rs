//! The CapabilityStatement: what this server does, for FHIR clients that ask before they send.

use super::answer::FHIR_JSON;
use super::query::PARAMETERS;
use crate::fhir::value::{Object, Value};

/// The CapabilityStatement of a server that started at an instant.
pub fn statement(started: &str) -> Object {
    let list = |o: Object| Value::Array(vec![o.into()]);
    let operation = Object::new()
        .with_str("name", "convert")
        .with_str("definition", "urn:granule:operation:convert")
        .with_str(
        "documentation",
        format!(
            "POST /fhir/$convert with a CDA document as body: the Bundle. Query parameters: {}. With issues=true the \
                 answer is Parameters with the parts bundle and outcome.",
            PARAMETERS.join(", ")
        )
        .as_str(),
    );
    let software =
        Object::new().with_str("name", env!("CARGO_PKG_NAME")).with_str("version", env!("CARGO_PKG_VERSION"));
    Object::new()
        .with_str("resourceType", "CapabilityStatement")
        .with_str("status", "active")
        .with_str("date", started)
        .with_str("kind", "instance")
        .with("software", Value::Object(software))
        .with(
            "implementation",
            Value::Object(Object::new().with_str("description", "Converts CDA documents to FHIR R4")),
        )
        .with_str("fhirVersion", "4.0.1")
        .with("format", Value::Array(vec![Value::string(FHIR_JSON)]))
        .with("rest", list(Object::new().with_str("mode", "server").with("operation", list(operation))))
}
