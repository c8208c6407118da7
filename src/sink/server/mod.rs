//! A FHIR server as the place where bundles go.
//!
//! What the server holds is the truth about what was written before, whoever wrote it: there is no ledger beside it that
//! could be lost, or differ. Before a bundle is sent, the server is asked two things:
//!
//! 1. Has it a version of this document, or one that says it replaces it? The Composition has the same id in all versions. A
//!    newer one there ends the matter; an older one must still be there when the update is done (`ifMatch`), else everything
//!    is asked anew.
//! 2. Which of these resources does a later document speak of? Each document has a Provenance, with its time and with all
//!    that it wrote as targets. Such resources stay as they are; the rest of the bundle refers to them.
//!
//! A bundle that creates everything (`post`) overwrites nothing, and is sent without asking.

mod answer;
mod http;
mod order;
mod replaced;
mod retire;

use std::path::PathBuf;
use std::time::Duration;

use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value as Json;

use super::{Receiver, Taken};
use crate::fhir::bundle::{Bundle, Entry, Held, WriteMode, token};
use crate::fhir::value::{Object, Value};
use http::{Answer, Client, Repeat};
use order::{Standing, Time};
use retire::Retired;

/// Resources that one search asks for.
const AT_ONCE: usize = 100;
/// How often a transaction is put together anew when somebody else wrote in between.
const ATTEMPTS: u32 = 5;

/// How a server is written to.
#[derive(Debug, Clone)]
pub struct Settings {
    /// its base URL, `https://server/fhir`
    pub base: String,
    /// file with a bearer token
    pub token_file: Option<PathBuf>,
    /// do not ask what newer documents said: documents must then come in the order of their time
    pub unordered: bool,
    /// a newer version marks what only its predecessor had; not when bundles hold but a part of their documents
    pub retire: bool,
}

/// A FHIR server.
#[derive(Debug)]
pub struct Server {
    client: Client,
    settings: Settings,
}

/// What the server has of the document, and what may be written beside it.
struct Plan {
    held: Held,
    /// what only its older version there had, or a document that it replaces
    retired: Retired,
    /// documents that it says to replace and that are not known to be about its patient
    of_others: u64,
}

impl Server {
    /// A server; nothing is sent yet.
    pub fn new(settings: Settings) -> Server {
        Server { client: Client::new(&settings.base, settings.token_file.clone()), settings }
    }

    /// The resources with a trusted identifier that the server has several times: none of them is the one.
    fn ambiguous(&self, bundle: &Bundle) -> Result<FxHashSet<uuid::Uuid>, String> {
        let mut found = FxHashSet::default();
        for e in bundle.entries.iter().filter(|e| !bundle.updates(e)) {
            let Some((system, value)) = &e.condition else { continue };
            let parameters = [("identifier", token(system, value)), ("_summary", "count".into())];
            let answer = self.client.search(e.resource_type, &parameters)?;
            // a server that does not say has no such resource, as far as can be known
            if answer.body["total"].as_u64() > Some(1) {
                found.insert(e.id);
            }
        }
        Ok(found)
    }

    /// What may be written; `None` when the server has a newer version of the document.
    fn plan(&self, bundle: &Bundle) -> Result<Option<Plan>, String> {
        let mut plan = Plan { held: Held::default(), retired: Retired::default(), of_others: 0 };
        if self.settings.unordered || bundle.write == WriteMode::Post {
            return Ok(Some(plan));
        }
        let Some(document) = one_of(bundle, "Composition") else {
            return Err("the bundle has no Composition, so nobody can tell whether the server has newer: --unordered \
                 sends it all the same"
                .into());
        };
        let ours = standing(document);
        let there = self.read(&format!("Composition/{}", document.id))?;
        let theirs = there.as_ref().map(|a| standing_there(&a.body));
        if theirs.as_ref().is_some_and(|t| ours.outdated_by(t)) || self.is_replaced(bundle)? {
            return Ok(None);
        }
        if let Some(etag) = there.and_then(|a| a.etag) {
            plan.held.versions.insert(document.id, etag);
        }
        plan.held.keep = self.spoken_of_later(bundle, ours.time.as_ref())?;
        if self.settings.retire {
            let replaced = self.replaced(bundle)?;
            plan.of_others = replaced.of_others;
            let mut earlier = replaced.earlier;
            if theirs.is_some_and(|t| ours.replaces(&t)) {
                earlier.extend(self.older_version(bundle)?);
            }
            if !earlier.is_empty() {
                plan.retired = self.retired(bundle, &earlier, &mut plan.held)?;
            }
        }
        Ok(Some(plan))
    }

    /// The resources of the bundle that a document with a later time speaks of.
    fn spoken_of_later(&self, bundle: &Bundle, ours: Option<&Time>) -> Result<FxHashSet<uuid::Uuid>, String> {
        let updated = bundle.entries.iter().filter(|e| bundle.updates(e));
        let addresses: FxHashMap<String, uuid::Uuid> = updated.map(|e| (address(e), e.id)).collect();
        let own = of_the_document(bundle).map(|e| e.id.to_string());
        let since = ours.map(|t| format!("ge{}", t.floor()));
        let mut keep = FxHashSet::default();
        self.provenances(addresses.keys(), since.as_deref(), |provenance| {
            let time = ["occurredDateTime", "recorded"].iter().find_map(|k| Time::parse(provenance[*k].as_str()?));
            let another = provenance["id"].as_str() != own.as_deref();
            if another && time.is_some_and(|t| order::later(ours, &t)) {
                keep.extend(targets(provenance).filter_map(|t| addresses.get(t)));
            }
        })?;
        Ok(keep)
    }

    /// Every Provenance of a document that has one of these addresses as target, and is not older than a date.
    fn provenances<'a>(
        &self,
        addresses: impl Iterator<Item = &'a String>,
        since: Option<&str>,
        mut each: impl FnMut(&Json),
    ) -> Result<(), String> {
        let mut addresses: Vec<&str> = addresses.map(String::as_str).collect();
        addresses.sort_unstable();
        for some in addresses.chunks(AT_ONCE) {
            let list = some.join(",");
            let mut parameters = vec![("target", list), ("_count", "200".into())];
            parameters.extend(since.map(|s| ("when", s.to_owned())));
            let mut page = self.good(self.client.search("Provenance", &parameters)?, "a search for Provenance")?;
            loop {
                for entry in list_of(&page.body["entry"]) {
                    let resource = &entry["resource"];
                    // who wrote one statement, and when, says nothing of documents
                    if resource["resourceType"] == "Provenance" && !list_of(&resource["entity"]).is_empty() {
                        each(resource);
                    }
                }
                let next = list_of(&page.body["link"]).iter().find(|l| l["relation"] == "next");
                let Some(url) = next.and_then(|l| l["url"].as_str()) else { break };
                page = self.good(self.client.get(url)?, "the next page of a search")?;
            }
        }
        Ok(())
    }

    /// A resource, unless the server has none or it was deleted.
    fn read(&self, path: &str) -> Result<Option<Answer>, String> {
        let answer = self.client.get(path)?;
        match answer.status {
            404 | 410 => Ok(None),
            _ => self.good(answer, "a read").map(Some),
        }
    }

    fn good(&self, answer: Answer, what: &str) -> Result<Answer, String> {
        if answer.status == 200 {
            return Ok(answer);
        }
        let said = answer::plain(&answer.body);
        Err(format!(
            "the server {} refuses {what} ({}){said}; by that it is told which document is newer (--unordered does not ask)",
            self.settings.base, answer.status
        ))
    }
}

impl Receiver for Server {
    fn take(&self, bundle: &Bundle) -> Result<Taken, String> {
        let repeat = if bundle.write == WriteMode::Post { Repeat::Refused } else { Repeat::Safe };
        let mut by_id = FxHashSet::default();
        for again in (0..ATTEMPTS).rev() {
            let Some(mut plan) = self.plan(bundle)? else { return Ok(Taken { outdated: true, ..Taken::default() }) };
            plan.held.by_id.clone_from(&by_id);
            let joined = retire::joined(bundle, &plan.retired);
            let bundle = joined.as_ref().unwrap_or(bundle);
            let answer = self.client.transaction(&bundle.to_json_beside(&plan.held), repeat)?;
            match answer.status {
                200 => {
                    let mut taken = counted(&answer.body);
                    taken.kept = plan.held.keep.len() as u64;
                    taken.retired = plan.retired.withdrawn.len() as u64;
                    taken.superseded = plan.retired.superseded.len() as u64;
                    taken.present = taken.present.saturating_sub(taken.retired + taken.superseded);
                    taken.of_others = plan.of_others;
                    return Ok(taken);
                }
                // somebody else wrote in between, or it knows an identifier several times; the transaction was undone as a
                // whole
                409 | 412 if again > 0 => {
                    if bundle.write == WriteMode::Stable {
                        by_id = self.ambiguous(bundle)?;
                    }
                    std::thread::sleep(Duration::from_millis(250 << (ATTEMPTS - again)));
                }
                status => {
                    let sent: Vec<usize> = (0..bundle.entries.len())
                        .filter(|i| !plan.held.keep.contains(&bundle.entries[*i].id))
                        .collect();
                    let said = answer::refusal(&answer.body, bundle, &sent);
                    return Err(format!(
                        "the server {} refused the transaction ({status}): {said}",
                        self.settings.base
                    ));
                }
            }
        }
        unreachable!("the last attempt returns")
    }
}

/// What became of the entries of a transaction.
fn counted(answer: &Json) -> Taken {
    let mut taken = Taken::default();
    for entry in list_of(&answer["entry"]) {
        match entry["response"]["status"].as_str().is_some_and(|s| s.starts_with("201")) {
            true => taken.created += 1,
            false => taken.present += 1,
        }
    }
    taken
}

fn list_of(value: &Json) -> &[Json] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The addresses that a Provenance has as targets.
fn targets(provenance: &Json) -> impl Iterator<Item = &str> {
    list_of(&provenance["target"]).iter().filter_map(|t| t["reference"].as_str())
}

fn address(e: &Entry) -> String {
    format!("{}/{}", e.resource_type, e.id)
}

/// The Provenance of the whole document: the one that names what it was made of.
fn of_the_document(bundle: &Bundle) -> Option<&Entry> {
    bundle.entries.iter().find(|e| e.resource_type == "Provenance" && e.resource.get("entity").is_some())
}

/// The entry of a type of which a bundle has one.
fn one_of<'b>(bundle: &'b Bundle, resource_type: &str) -> Option<&'b Entry> {
    bundle.entries.iter().find(|e| e.resource_type == resource_type)
}

/// The extension of R4 for `ClinicalDocument.versionNumber`.
const VERSION_NUMBER: &str = "http://hl7.org/fhir/StructureDefinition/composition-clinicaldocument-versionNumber";

fn standing(composition: &Entry) -> Standing {
    let extensions = composition.resource.get("extension").map_or(&[][..], Value::items);
    let version = extensions.iter().filter_map(Value::as_object).find(|x| x.str("url") == Some(VERSION_NUMBER));
    Standing { version: version.and_then(number), time: composition.resource.str("date").and_then(Time::parse) }
}

fn number(extension: &Object) -> Option<u64> {
    match extension.0.iter().find(|(k, _)| k.starts_with("value"))? {
        (_, Value::Number(n) | Value::String(n)) => n.parse().ok(),
        _ => None,
    }
}

fn standing_there(composition: &Json) -> Standing {
    let version = list_of(&composition["extension"]).iter().find(|x| x["url"] == VERSION_NUMBER).and_then(|x| {
        let (_, value) = x.as_object()?.iter().find(|(k, _)| k.starts_with("value"))?;
        value.as_u64().or_else(|| value.as_str()?.parse().ok())
    });
    Standing { version, time: composition["date"].as_str().and_then(Time::parse) }
}
