//! What was withdrawn: a statement that its author took back says so in the word that its type has for it.

use super::definitions::{Definitions, ValueSetId};
use super::value::{Object, Value};

/// The word of R4, in every value set of statuses that has one.
pub const WITHDRAWN: &str = "entered-in-error";

/// Marks a resource as entered in error; whether it is about a patient and its type has a word for it.
pub fn withdraw(resource: &mut Object, resource_type: &str) -> bool {
    let of_patient = ["subject", "patient"].iter().any(|k| resource.get(k).is_some());
    of_patient && mark(resource, resource_type)
}

/// The elements that may say it, and which of them a type has.
fn word_of(resource_type: &str) -> Option<(&'static str, ValueSetId)> {
    let definitions = Definitions::get();
    let ty = definitions.resource_named(resource_type)?;
    ["status", "lifecycleStatus", "verificationStatus"].into_iter().find_map(|name| {
        let set = definitions.element(ty, name)?.binding?;
        definitions.contains(set, None, WITHDRAWN).then_some((name, set))
    })
}

/// Whether a type has a word for it.
pub fn has_word(resource_type: &str) -> bool {
    word_of(resource_type).is_some()
}

/// Marks a statement about a patient as entered in error; whether its type has a word for it.
pub fn mark(resource: &mut Object, resource_type: &str) -> bool {
    let Some((element, set)) = word_of(resource_type) else { return false };
    if element != "verificationStatus" {
        resource.set(element, Value::string(WITHDRAWN));
        return true;
    }
    let coding = Object::new()
        .with_str("system", Definitions::get().value_sets().system_of(set, WITHDRAWN))
        .with_str("code", WITHDRAWN);
    resource.set("verificationStatus", Object::new().with("coding", Value::Array(vec![coding.into()])).into());
    // con-4, con-5, ait-2: what was entered in error has no course
    resource.0.retain(|(key, _)| !key.trim_start_matches('_').starts_with("abatement") && *key != "clinicalStatus");
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fhir::read;

    fn resource(json: &str) -> Object {
        read::resource(json.as_bytes()).expect("a resource").resource
    }

    #[test]
    fn a_status_says_it_where_there_is_one() {
        let mut o = resource(r#"{"resourceType":"Observation","status":"final","subject":{"reference":"Patient/1"}}"#);
        assert!(withdraw(&mut o, "Observation"));
        assert_eq!(o.str("status"), Some(WITHDRAWN));
    }

    #[test]
    fn a_problem_and_an_allergy_lose_their_course() {
        for (ty, who) in [("Condition", "subject"), ("AllergyIntolerance", "patient")] {
            let mut o = resource(&format!(
                r#"{{"resourceType":"{ty}","clinicalStatus":{{"text":"active"}},"{who}":{{"reference":"Patient/1"}}}}"#
            ));
            assert!(withdraw(&mut o, ty), "{ty}");
            assert!(o.get("clinicalStatus").is_none(), "{ty}");
            let coding =
                &o.get("verificationStatus").and_then(Value::as_object).unwrap().get("coding").unwrap().items()[0];
            let coding = coding.as_object().unwrap();
            assert_eq!(coding.str("code"), Some(WITHDRAWN));
            assert!(
                coding.str("system").is_some_and(|s| s.ends_with("-verification") || s.ends_with("-ver-status")),
                "{ty}"
            );
        }
    }

    #[test]
    fn what_is_shared_or_has_no_word_for_it_stays() {
        for (ty, rest) in [("Medication", r#","status":"active""#), ("Practitioner", ""), ("Patient", "")] {
            let mut o = resource(&format!(r#"{{"resourceType":"{ty}"{rest}}}"#));
            let before = o.clone();
            assert!(!withdraw(&mut o, ty));
            assert_eq!(o, before);
        }
    }
}
