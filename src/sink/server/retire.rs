//! What only the older version of a document had, or only a document that this one replaces: it was taken back, so it is
//! marked as entered in error.
//!
//! Marked are resources about the patient whose type can say so, that the Provenance of the older document names, and
//! nobody else's does. They become targets of the new Provenance: the new document changed them.

use rustc_hash::FxHashSet;
use uuid::Uuid;

use super::{Answer, Server, address, of_the_document, targets};
use crate::fhir::bundle::{Bundle, Entry, Held};
use crate::fhir::definitions::Definitions;
use crate::fhir::identity;
use crate::fhir::read;
use crate::fhir::value::{Object, Value};
use crate::fhir::withdraw::withdraw;

/// What a document wrote that this one takes the place of.
#[derive(Debug)]
pub(super) struct Earlier {
    /// id of its Provenance
    pub provenance: String,
    /// all that it wrote
    pub targets: Vec<String>,
    /// its DocumentReference, when that is not the one of this document as well
    pub document: Option<String>,
}

/// What this document changes of what others wrote.
#[derive(Debug, Default)]
pub(super) struct Retired {
    /// statements that are marked as entered in error
    pub withdrawn: Vec<Entry>,
    /// references to documents, marked as superseded
    pub superseded: Vec<Entry>,
}

impl Server {
    /// What the version of the document that the server has wrote.
    pub(super) fn older_version(&self, bundle: &Bundle) -> Result<Option<Earlier>, String> {
        let Some(own) = of_the_document(bundle) else { return Ok(None) };
        let Some(before) = self.read(&address(own))? else { return Ok(None) };
        let targets = targets(&before.body).map(str::to_owned).collect();
        Ok(Some(Earlier { provenance: own.id.to_string(), targets, document: None }))
    }

    /// What earlier documents wrote and this one does not say, marked. What each of it is now goes into `held`, so that no
    /// change in between is lost.
    pub(super) fn retired(&self, bundle: &Bundle, earlier: &[Earlier], held: &mut Held) -> Result<Retired, String> {
        let named: FxHashSet<String> = bundle.entries.iter().map(address).collect();
        let all = earlier.iter().flat_map(|e| &e.targets);
        let mut dropped: Vec<&String> = all.filter(|t| !named.contains(*t) && of_ours(t).is_some()).collect();
        dropped.sort();
        dropped.dedup();
        let mut elsewhere: FxHashSet<String> = FxHashSet::default();
        let own = of_the_document(bundle).map(|e| e.id.to_string());
        self.provenances(dropped.iter().copied(), None, |provenance| {
            let id = provenance["id"].as_str();
            if id != own.as_deref() && earlier.iter().all(|e| id != Some(&e.provenance)) {
                elsewhere.extend(targets(provenance).map(str::to_owned));
            }
        })?;
        let mut retired = Retired::default();
        for target in dropped.into_iter().filter(|t| !elsewhere.contains(*t)) {
            let (Some((resource_type, id)), Some(now)) = (of_ours(target), self.read(target)?) else { continue };
            let Some(mut resource) = whole(&now) else { continue };
            // a document that was replaced was no error: its Composition stands, and what leads to it says what became of it
            let to = if earlier.iter().any(|e| e.document.as_ref() == Some(target)) {
                resource.set("status", Value::fixed("superseded"));
                &mut retired.superseded
            } else if resource_type != "Composition" && withdraw(&mut resource, resource_type) {
                &mut retired.withdrawn
            } else {
                continue;
            };
            held.versions.extend(now.etag.map(|etag| (id, etag)));
            to.push(Entry { id, resource_type, resource, condition: None });
        }
        Ok(retired)
    }
}

/// A resource as the server has it; none when it says what R4 does not know, which would be lost by writing it back.
fn whole(now: &Answer) -> Option<Object> {
    read::resource(&now.bytes).ok().filter(|read| read.unknown.is_empty()).map(|read| read.resource)
}

/// Type and id of an address, when the id is one of those that granule gives.
fn of_ours(address: &str) -> Option<(&'static str, Uuid)> {
    let (resource_type, id) = address.split_once('/')?;
    let definitions = Definitions::get();
    Some((definitions.name(definitions.resource_named(resource_type)?), id.parse().ok()?))
}

/// The bundle with what is retired, and its Provenance that says so; none when nothing is.
pub(super) fn joined(bundle: &Bundle, retired: &Retired) -> Option<Bundle> {
    let changed = || retired.withdrawn.iter().chain(&retired.superseded);
    changed().next()?;
    let mut all = bundle.clone();
    if let Some(provenance) = all.entries.iter_mut().find(|e| e.resource_type == "Provenance") {
        for e in changed() {
            let reference = Object::new().with("reference", Value::String(identity::urn(e.id)));
            provenance.resource.push("target", reference.into());
        }
    }
    all.entries.extend(changed().cloned());
    Some(all)
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
