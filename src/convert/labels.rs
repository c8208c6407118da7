//! Security labels: of the document, its sections and statements, and of what is not whole.

use rustc_hash::FxHashMap;

use crate::fhir::definitions::Definitions;
use crate::fhir::value::{Object, Value};
use crate::mapping::run::{NodeKey, SectionNode};

/// The confidentiality in force in each section: its own, else that of the section around it, else the document's.
pub(super) fn labels(section: &SectionNode, outer: Option<&Value>, out: &mut FxHashMap<NodeKey, Value>) {
    let own = section.security.as_ref().or(outer);
    if let Some(l) = own {
        out.insert(section.key, l.clone());
    }
    section.children.iter().for_each(|c| labels(c, own, out));
}

/// Labels of a statement's own, and that around it: of two levels of confidentiality the nearer is in force.
pub(super) fn all_labels(mut own: Vec<Value>, around: Option<&Value>) -> Vec<Value> {
    let sets = Definitions::get().value_sets();
    let set = sets.named("v3-ConfidentialityClassification");
    let is_level = |label: &Value| {
        let code = label.as_object().and_then(|o| o.str("code"));
        set.zip(code).is_some_and(|(set, code)| sets.system_of(set, code).is_some())
    };
    if let Some(around) = around
        && !(is_level(around) && own.iter().any(is_level))
        && !own.contains(around)
    {
        own.push(around.clone());
    }
    own
}

/// The label of what is not whole any more.
pub(super) fn redacted() -> Value {
    Object::new()
        .with_str("system", "http://terminology.hl7.org/CodeSystem/v3-ObservationValue")
        .with_str("code", "REDACTED")
        .with_str("display", "redacted")
        .into()
}
