//! nullFlavor → data-absent-reason, as extension, code or CodeableConcept.

use crate::cda::tree::Node;
use crate::fhir::value::{Object, Value};
use crate::mapping::context::{Context, Severity};

/// The extension that says why an element has no value.
pub const EXTENSION: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
/// The code system of the reasons.
pub const SYSTEM: &str = "http://terminology.hl7.org/CodeSystem/data-absent-reason";

/// The reason for a null flavour: what the ConceptMap says; for flavours that it does not list, the reason of the
/// flavour's parent (INV, DER and QS are kinds of what cannot be expressed, UNC stands as text). A text that is no null
/// flavour is `unknown`, and reported as `null-flavor-unknown`.
pub fn reason<'a>(cx: &'a Context<'_>, node: Node<'_>, flavor: &str) -> &'a str {
    if let Some(target) = cx.terms.map(cx.maps.null_flavor).translate("", flavor) {
        return &target.code;
    }
    match flavor {
        "INV" | "DER" | "QS" => "unsupported",
        "UNC" => "as-text",
        _ => {
            cx.report(Severity::Information, "null-flavor-unknown", node, "a null flavour that HL7 does not define");
            "unknown"
        }
    }
}

/// The object that stands in place of an element without value (`_status`, `_performedDateTime`), or as its content
/// where the element is complex.
pub fn absent(reason: &str) -> Value {
    let extension = Object::new().with("url", Value::fixed(EXTENSION)).with_str("valueCode", reason);
    Object::new().with("extension", Value::Array(vec![extension.into()])).into()
}

/// The same for the null flavour of a node. `NI` says nothing: an optional element is left out (`None`), a required one
/// is `unknown`. A node without null flavour gives `None`, or `unknown` where the target is required.
pub fn extension(cx: &Context<'_>, node: Node<'_>, required: bool) -> Option<Value> {
    match node.null_flavor() {
        Some("NI") | None => required.then(|| absent("unknown")),
        Some(flavor) => Some(absent(reason(cx, node, flavor))),
    }
}

/// [`extension`] for an optional target, for tables.
pub fn optional(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    extension(cx, node, false)
}

/// [`extension`] for a required target, for tables.
pub fn required(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    extension(cx, node, true)
}

/// nullFlavor → CodeableConcept, for `Observation.dataAbsentReason`. `NI` is `unknown` here, since the element exists to
/// say why there is no value. `None` when the node is not null.
pub fn concept(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    node.null_flavor().map(|flavor| concept_of(reason(cx, node, flavor)))
}

/// The CodeableConcept of a reason.
pub fn concept_of(reason: &str) -> Value {
    let coding = Object::new().with("system", Value::fixed(SYSTEM)).with_str("code", reason);
    Object::new().with("coding", Value::Array(vec![coding.into()])).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::native::testing::{out, run};

    fn dar(code: &str) -> String {
        format!(
            r#"{{"extension":[{{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"{code}"}}]}}"#
        )
    }

    #[test]
    fn k023_k125_k026_flavours_by_the_map() {
        assert_eq!(out("<value nullFlavor='ASKU'/>", required), dar("asked-unknown"));
        assert_eq!(out("<value nullFlavor='MSK'/>", optional), dar("masked"));
        assert_eq!(out("<value nullFlavor='UNC'/>", optional), dar("as-text"));
        assert_eq!(run("<value nullFlavor='bogus'/>", optional), (dar("unknown"), vec!["null-flavor-unknown"]));
    }

    #[test]
    fn k024_k025_no_information() {
        assert_eq!(out("<value nullFlavor='NI'/>", optional), "-");
        assert_eq!(out("<value nullFlavor='NI'/>", required), dar("unknown"));
        assert_eq!(out("<value/>", optional), "-");
        assert_eq!(out("<value/>", required), dar("unknown"));
    }

    #[test]
    fn concept_for_observations() {
        assert_eq!(
            out("<value nullFlavor='NASK'/>", concept),
            r#"{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/data-absent-reason","code":"not-asked"}]}"#
        );
        assert_eq!(out("<value value='1'/>", concept), "-");
    }
}
