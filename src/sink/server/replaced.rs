//! Documents that replace each other without being versions of one setId: the newer one names the older by its id, and that
//! alone relates them, since their Compositions have different ids.

use serde_json::Value as Json;

use super::retire::Earlier;
use super::{Server, address, list_of, one_of, targets};
use crate::fhir::bundle::{Bundle, token};
use crate::fhir::value::{Object, Value};

/// Matches that a server is asked for: a document has one id, and is replaced by few.
const FEW: &str = "50";

/// System and value of an identifier.
type Identifier<'a> = (&'a str, &'a str);

/// The documents that a bundle says to replace, as the server has them.
#[derive(Debug, Default)]
pub(super) struct Replaced {
    /// what each wrote
    pub earlier: Vec<Earlier>,
    /// those that are another patient's, or nobody can tell whose
    pub of_others: u64,
}

impl Server {
    /// Whether the server has a document of the same patient that says it replaces this one.
    pub(super) fn is_replaced(&self, bundle: &Bundle) -> Result<bool, String> {
        let Some(own) = one_of(bundle, "Composition") else { return Ok(false) };
        let own = own.id.to_string();
        let master = bundle.entries.iter().find_map(|e| identifier(e.resource.get("masterIdentifier")?.as_object()?));
        let Some(id) = master else { return Ok(false) };
        for composition in self.few("Composition", "related-id", id)? {
            let says = list_of(&composition["relatesTo"])
                .iter()
                .any(|r| r["code"] == "replaces" && identifier_there(&r["targetIdentifier"]) == Some(id));
            if says && composition["id"] != own.as_str() && self.is_of_the_patient(bundle, &composition)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The documents that the bundle says it replaces.
    pub(super) fn replaced(&self, bundle: &Bundle) -> Result<Replaced, String> {
        let mut replaced = Replaced::default();
        let Some(composition) = one_of(bundle, "Composition") else { return Ok(replaced) };
        let named = composition.resource.get("relatesTo").map_or(&[][..], Value::items);
        let named = named.iter().filter_map(Value::as_object).filter(|r| r.str("code") == Some("replaces"));
        for id in named.filter_map(|r| identifier(r.get("targetIdentifier")?.as_object()?)) {
            for document in self.few("DocumentReference", "identifier", id)? {
                let there = format!("DocumentReference/{}", document["id"].as_str().unwrap_or_default());
                let is_own = bundle.entries.iter().any(|e| address(e) == there);
                if is_own || identifier_there(&document["masterIdentifier"]) != Some(id) {
                    continue;
                }
                if !self.is_of_the_patient(bundle, &document)? {
                    replaced.of_others += 1;
                    continue;
                }
                self.provenances([&there].into_iter(), None, |provenance| {
                    replaced.earlier.push(Earlier {
                        provenance: provenance["id"].as_str().unwrap_or_default().to_owned(),
                        targets: targets(provenance).map(str::to_owned).collect(),
                        document: Some(there.clone()),
                    });
                })?;
            }
        }
        Ok(replaced)
    }

    /// The resources of a type that a search by an identifier finds.
    fn few(&self, resource_type: &str, parameter: &str, id: Identifier<'_>) -> Result<Vec<Json>, String> {
        let parameters = [(parameter, token(id.0, id.1)), ("_count", FEW.into())];
        let what = format!("a search for {resource_type} by {parameter}");
        let page = self.good(self.client.search(resource_type, &parameters)?, &what)?;
        let resources = list_of(&page.body["entry"]).iter().map(|e| e["resource"].clone());
        Ok(resources.filter(|r| r["resourceType"] == resource_type).collect())
    }

    /// Whether what the server has is about the patient of the bundle: the same resource, or one that shares an identifier. An
    /// id of a document that was typed wrong must take nothing from another patient.
    fn is_of_the_patient(&self, bundle: &Bundle, there: &Json) -> Result<bool, String> {
        let Some(subject) = there["subject"]["reference"].as_str() else { return Ok(false) };
        let Some(patient) = one_of(bundle, "Patient") else {
            // the caller has said which patient of the server it is
            let document = one_of(bundle, "Composition").and_then(|c| c.resource.get("subject")?.as_object());
            return Ok(document.and_then(|s| s.str("reference")) == Some(subject));
        };
        if address(patient) == subject {
            return Ok(true);
        }
        let Some(known) = self.read(subject)? else { return Ok(false) };
        let ours = patient.resource.get("identifier").map_or(&[][..], Value::items);
        let mut ours = ours.iter().filter_map(|i| identifier(i.as_object()?));
        Ok(ours.any(|id| list_of(&known.body["identifier"]).iter().any(|i| identifier_there(i) == Some(id))))
    }
}

fn identifier(identifier: &Object) -> Option<Identifier<'_>> {
    Some((identifier.str("system")?, identifier.str("value")?))
}

fn identifier_there(identifier: &Json) -> Option<Identifier<'_>> {
    Some((identifier["system"].as_str()?, identifier["value"].as_str()?))
}
