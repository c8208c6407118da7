//! By what a resource is known: its identifiers, its content, what a person is to the patient.

use std::borrow::Cow;

use smallvec::SmallVec;

use super::super::plan::Identity;
use super::Linker;
use super::names::words;
use crate::fhir::identity;
use crate::fhir::json::Writer;
use crate::fhir::value::{Object, Value};

impl Linker<'_> {
    /// The identifier that is the patient's key: one of a trusted register, else the first that may identify at all.
    pub(super) fn patient_identifier(&self, i: usize) -> Option<String> {
        let written = self.identifiers(i);
        let registered = self.all[i].ids.iter().find_map(|id| {
            let (root, extension) = id.split_once('|')?;
            let trusted = self.plan.trusted.iter().filter(|t| t.ty == "Patient");
            let system = trusted
                .filter(|t| t.roots.iter().any(|r| r == root) && t.issues(extension))
                .map(|t| &t.system)
                .next()?;
            let key = format!("{system}|{extension}");
            written.contains(&key).then_some(key)
        });
        registered.or_else(|| {
            // a number of a register from a root that is not trusted (an NHS number that nobody traced) matches nobody
            let registers = self.plan.trusted.iter().filter(|t| t.ty == "Patient").map(|t| &t.system);
            let weak: Vec<&String> = self.plan.never_match.iter().chain(registers).collect();
            let never =
                |key: &String| weak.iter().any(|s| key.strip_prefix(s.as_str()).is_some_and(|r| r.starts_with('|')));
            written.iter().find(|k| !never(k) && !is_placeholder(k)).cloned()
        })
    }

    /// The business key of one of the people and things: an identifier that many share is none beyond its content, or
    /// beyond the document where nothing tells who it is.
    pub(super) fn business_key<'k>(&self, i: usize, keys: &'k [String]) -> Cow<'k, str> {
        if let Some(key) = keys.iter().find(|k| !is_placeholder(k)) {
            return key.into();
        }
        match self.all[i].object.get("name") {
            Some(_) => format!("{}|content|{}", keys[0], self.content(i)).into(),
            None => format!("{}|document|{}", keys[0], self.options.document).into(),
        }
    }

    /// Whose things a key of content is about: a next of kin belongs to the patient, a practitioner to nobody.
    pub(super) fn scope(&self, to: &str) -> &str {
        if to == "RelatedPerson" { &self.patient_key } else { "" }
    }

    pub(super) fn identity(&self, i: usize) -> Identity {
        self.plan.rule(self.all[i].rule).identity
    }

    /// By what one of the patient's people is known again where no identifier is given: the name with what the person is
    /// to the patient, else with a telephone. A father and a son of one name and one telephone stay two.
    pub(super) fn kin_keys(&self, i: usize) -> Vec<String> {
        const ROLE_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-RoleCode";
        let object = &self.all[i].object;
        let items = |key: &str| object.get(key).into_iter().flat_map(|v| v.items()).filter_map(Value::as_object);
        let name = items("name").next().map(words).unwrap_or_default().join(" ");
        if name.is_empty() {
            return vec![];
        }
        let codes: Vec<String> = items("relationship")
            .filter_map(|c| c.get("coding"))
            .flat_map(|c| c.items())
            .filter_map(Value::as_object)
            .filter(|c| c.str("system") == Some(ROLE_CODE))
            .filter_map(|c| Some(format!("kin|{name}|is {}", c.str("code")?)))
            .collect();
        if !codes.is_empty() {
            return codes;
        }
        items("telecom").filter_map(|t| Some(format!("kin|{name}|at {}", t.str("value")?))).collect()
    }

    /// `system|value` of the identifiers of a resource, in order. What has no system identifies nothing outside its sender,
    /// and is no key.
    pub(super) fn identifiers(&self, i: usize) -> SmallVec<[String; 2]> {
        let Some(identifiers) = self.all[i].object.get("identifier") else { return SmallVec::new() };
        identifiers
            .items()
            .iter()
            .filter_map(|v| {
                let o = v.as_object()?;
                let key = [o.str("system")?, "|", o.str("value")?];
                // a number of one organisation under a root that many share
                let assigner = o.get("assigner").and_then(Value::as_object).and_then(|a| a.get("identifier"));
                let by = assigner.and_then(Value::as_object).and_then(|i| i.str("value"));
                Some(by.map_or_else(|| key.concat(), |by| [key[0], "|", key[2], "|", by].concat()))
            })
            .collect()
    }

    /// The content of a resource as text, references replaced by the ids of what they lead to.
    pub(super) fn content(&self, i: usize) -> String {
        let mut w = Writer::with_capacity(false, 512);
        self.write_content(&mut w, &self.all[i].object, "text");
        identity::digest(&w.finish())
    }

    /// Writes an object without one of its elements, and without what is empty.
    fn write_content(&self, w: &mut Writer, object: &Object, without: &str) {
        w.open(b'{');
        let mut n = 0;
        for (key, value) in object.0.iter().filter(|(k, v)| *k != without && !says_nothing(v)) {
            w.separate(n);
            n += 1;
            w.key(key);
            self.write_content_of(w, value);
        }
        w.close(b'}', n == 0);
    }

    fn write_content_of(&self, w: &mut Writer, value: &Value) {
        match value {
            Value::Link(link) => {
                let id = self.target(*link).and_then(|t| self.ids[t]);
                w.string(&id.map(identity::text).unwrap_or_default());
            }
            Value::Object(o) => self.write_content(w, o, ""),
            Value::Array(items) => {
                w.open(b'[');
                for (i, item) in items.iter().filter(|v| !says_nothing(v)).enumerate() {
                    w.separate(i);
                    self.write_content_of(w, item);
                }
                w.close(b']', false);
            }
            other => w.value(other),
        }
    }
}

/// Whether a key (`system|value`) is of a number that many share.
fn is_placeholder(key: &str) -> bool {
    key.split('|').nth(1).is_some_and(identity::is_placeholder)
}

/// Whether a list or object holds nothing but such.
fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().all(says_nothing),
        Value::Object(o) => o.0.iter().all(|(_, v)| says_nothing(v)),
        _ => false,
    }
}
