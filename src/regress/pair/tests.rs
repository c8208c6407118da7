use super::*;
use crate::fhir::definitions::Definitions;
use crate::fhir::read;

fn r(json: &str) -> Resource {
    let object = read::resource(json.as_bytes()).unwrap().resource;
    let d = Definitions::get();
    let ty = d.name(d.resource_named(object.str("resourceType").unwrap()).unwrap());
    Resource { ty, id: object.str("id").unwrap().into(), rules: vec![], object }
}

fn observation(id: &str, patient: &str, code: &str, value: &str) -> Resource {
    r(&format!(
        r#"{{"resourceType":"Observation","id":"{id}","status":"final","code":{{"coding":[{{"system":"s","code":"{code}"}}]}},"subject":{{"reference":"urn:uuid:{patient}"}},"valueQuantity":{{"value":{value},"unit":"mmol/L"}}}}"#
    ))
}

fn patient(id: &str) -> Resource {
    r(&format!(r#"{{"resourceType":"Patient","id":"{id}","name":[{{"family":"Exemplar"}}]}}"#))
}

#[test]
fn by_id_whatever_stands_in_it() {
    let (old, new) = ([observation("a", "p", "1", "1")], [observation("a", "p", "2", "9")]);
    assert_eq!(pair(&old, &new).same, [(0, 0)]);
}

#[test]
fn when_all_ids_have_changed_nothing_is_lost() {
    let old = [observation("a", "p", "1", "1"), observation("b", "p", "1", "2"), patient("p")];
    let new = [observation("x", "q", "1", "2"), observation("y", "q", "1", "1"), patient("q")];
    let pairs = pair(&old, &new);
    assert_eq!(pairs.same, [(0, 1), (1, 0), (2, 2)]);
    assert!(pairs.lost.is_empty() && pairs.added.is_empty());
}

#[test]
fn what_is_about_something_else_is_no_pair() {
    let (old, new) = ([observation("a", "p", "1", "1")], [observation("b", "p", "2", "1")]);
    let pairs = pair(&old, &new);
    assert_eq!((pairs.lost, pairs.added), (vec![0], vec![0]));
}

#[test]
fn people_are_known_by_where_they_stand() {
    let by = |who: &str| {
        r(&format!(
            r#"{{"resourceType":"Observation","id":"a","status":"final","subject":{{"reference":"urn:uuid:p"}},"performer":[{{"reference":"urn:uuid:{who}"}}]}}"#
        ))
    };
    let who = |id: &str, name: &str| {
        r(&format!(r#"{{"resourceType":"Practitioner","id":"{id}","name":[{{"family":"{name}"}}]}}"#))
    };
    let pairs = pair(&[by("x"), who("x", "Old")], &[by("y"), who("y", "New")]);
    assert_eq!(pairs.same, [(0, 0), (1, 1)]);
}

#[test]
fn a_request_that_became_an_administration() {
    let one = |ty: &str, id: &str| {
        r(&format!(
            r#"{{"resourceType":"{ty}","id":"{id}","identifier":[{{"system":"s","value":"1"}}],"subject":{{"reference":"urn:uuid:p"}},"medicationCodeableConcept":{{"text":"x"}}}}"#
        ))
    };
    let pairs = pair(&[one("MedicationRequest", "a")], &[one("MedicationAdministration", "b")]);
    assert_eq!(pairs.retyped, [(0, 0)]);
    assert!(pairs.lost.is_empty() && pairs.added.is_empty());
}
