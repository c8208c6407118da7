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
use crate::fhir::withdraw::withdraw;

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
            if !read.unknown.is_empty() || !withdraw(&mut resource, resource_type) {
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

    #[test]
    fn only_ids_of_granule_are_its_own() {
        assert!(of_ours("Condition/ae464234-a73a-5902-84ee-54485e657693").is_some());
        for other in ["Condition/12", "Nothing/ae464234-a73a-5902-84ee-54485e657693", "urn:uuid:1", "#a"] {
            assert_eq!(of_ours(other), None, "{other}");
        }
    }
}
