//! What only the older version of a document had: the new version took it back, so it is marked as entered in error.
//!
//! Marked are resources about the patient whose type can say so, that the Provenance of the older version names, and
//! nobody else's does. They become targets of the new Provenance: the new version changed them.

use rustc_hash::FxHashSet;
use uuid::Uuid;

use super::{Server, address, of_the_document, targets};
use crate::fhir::bundle::{Bundle, Entry, Held};
use crate::fhir::definitions::Definitions;
use crate::fhir::identity;
use crate::fhir::read;
use crate::fhir::value::{Object, Value};

const WITHDRAWN: &str = "entered-in-error";

impl Server {
    /// The resources that the version on the server had and this one has no more, marked. What each of them is now goes
    /// into `held`, so that no change in between is lost.
    pub(super) fn withdrawn(&self, bundle: &Bundle, held: &mut Held) -> Result<Vec<Entry>, String> {
        let Some(own) = of_the_document(bundle) else { return Ok(Vec::new()) };
        let Some(before) = self.read(&address(own))? else { return Ok(Vec::new()) };
        let named: FxHashSet<String> = bundle.entries.iter().map(address).collect();
        let mut dropped: Vec<String> =
            targets(&before.body).filter(|t| !named.contains(*t) && of_ours(t).is_some()).map(str::to_owned).collect();
        dropped.sort();
        let mut elsewhere: FxHashSet<String> = FxHashSet::default();
        let own = own.id.to_string();
        self.provenances(dropped.iter(), None, |provenance| {
            if provenance["id"].as_str() != Some(&own) {
                elsewhere.extend(targets(provenance).map(str::to_owned));
            }
        })?;
        let mut withdrawn = Vec::new();
        for target in dropped.iter().filter(|t| !elsewhere.contains(*t)) {
            let (Some((resource_type, id)), Some(now)) = (of_ours(target), self.read(target)?) else { continue };
            // what R4 does not know would be lost by writing it back
            let Ok(read) = read::resource(&now.bytes) else { continue };
            let mut resource = read.resource;
            if !read.unknown.is_empty() || !marked(&mut resource, resource_type) {
                continue;
            }
            held.versions.extend(now.etag.map(|etag| (id, etag)));
            withdrawn.push(Entry { id, resource_type, resource, condition: None });
        }
        Ok(withdrawn)
    }
}

/// Type and id of an address, when the id is one of those that granule gives.
fn of_ours(address: &str) -> Option<(&'static str, Uuid)> {
    let (resource_type, id) = address.split_once('/')?;
    let definitions = Definitions::get();
    Some((definitions.name(definitions.resource_named(resource_type)?), id.parse().ok()?))
}

/// Marks a resource; whether it is about a patient and its type has a word for it.
fn marked(resource: &mut Object, resource_type: &str) -> bool {
    let of_patient = ["subject", "patient"].iter().any(|k| resource.get(k).is_some());
    if !of_patient {
        return false;
    }
    let definitions = Definitions::get();
    let Some(ty) = definitions.resource_named(resource_type) else { return false };
    let says = |name: &str| {
        let element = definitions.element(ty, name)?;
        let set = element.binding?;
        definitions.contains(set, None, WITHDRAWN).then_some(set)
    };
    if says("status").is_some() {
        resource.set("status", Value::string(WITHDRAWN));
        return true;
    }
    let Some(set) = says("verificationStatus") else { return false };
    let coding = Object::new()
        .with_str("system", definitions.value_sets().system_of(set, WITHDRAWN))
        .with_str("code", WITHDRAWN);
    resource.set("verificationStatus", Object::new().with("coding", Value::Array(vec![coding.into()])).into());
    // con-5, ait-2: what was entered in error has no course
    resource.remove("clinicalStatus");
    true
}

/// The bundle with what was withdrawn, and its Provenance that says so.
pub(super) fn joined(bundle: &Bundle, withdrawn: &[Entry]) -> Bundle {
    let mut all = bundle.clone();
    if let Some(provenance) = all.entries.iter_mut().find(|e| e.resource_type == "Provenance") {
        for e in withdrawn {
            let reference = Object::new().with("reference", Value::String(identity::urn(e.id)));
            provenance.resource.push("target", reference.into());
        }
    }
    all.entries.extend(withdrawn.iter().cloned());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(json: &str) -> Object {
        read::resource(json.as_bytes()).expect("a resource").resource
    }

    #[test]
    fn a_status_says_it_where_there_is_one() {
        let mut o = resource(r#"{"resourceType":"Observation","status":"final","subject":{"reference":"Patient/1"}}"#);
        assert!(marked(&mut o, "Observation"));
        assert_eq!(o.str("status"), Some(WITHDRAWN));
    }

    #[test]
    fn a_problem_and_an_allergy_lose_their_course() {
        for (ty, who) in [("Condition", "subject"), ("AllergyIntolerance", "patient")] {
            let mut o = resource(&format!(
                r#"{{"resourceType":"{ty}","clinicalStatus":{{"text":"active"}},"{who}":{{"reference":"Patient/1"}}}}"#
            ));
            assert!(marked(&mut o, ty), "{ty}");
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
            assert!(!marked(&mut o, ty));
            assert_eq!(o, before);
        }
    }

    #[test]
    fn only_ids_of_granule_are_its_own() {
        assert!(of_ours("Condition/ae464234-a73a-5902-84ee-54485e657693").is_some());
        for other in ["Condition/12", "Nothing/ae464234-a73a-5902-84ee-54485e657693", "urn:uuid:1", "#a"] {
            assert_eq!(of_ours(other), None, "{other}");
        }
    }
}
