//! Bundles: what stands around the resources, and how a server is asked to write them.
//!
//! | mode | with a trusted identifier | everything else |
//! |---|---|---|
//! | stable | `POST Type` with `ifNoneExist` | `PUT Type/id` |
//! | put | `PUT Type/id` | `PUT Type/id` |
//! | post | `POST Type` | `POST Type` |
//!
//! Entries stand in the order in which they are given; a server works through a transaction in the order that FHIR lays
//! down. Resources are written as they stand, without a copy.
//!
//! A server resolves references between the entries of a transaction, but not of a batch. In a batch they are therefore
//! written as `Type/id`, which holds only when every entry is a `PUT`; so it is, whatever the mode.

use compact_str::{CompactString, format_compact};
use rustc_hash::FxHashMap;
use uuid::Uuid;

use super::identity;
use super::json::Writer;
use super::value::{Object, Value};

/// `Bundle.type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BundleKind {
    /// all or nothing
    #[default]
    Transaction,
    /// each for itself
    Batch,
    /// a FHIR document: the Composition leads
    Document,
    /// only a collection
    Collection,
}

impl BundleKind {
    /// The code of R4.
    pub fn code(self) -> &'static str {
        match self {
            BundleKind::Transaction => "transaction",
            BundleKind::Batch => "batch",
            BundleKind::Document => "document",
            BundleKind::Collection => "collection",
        }
    }
}

/// How a server is to write resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WriteMode {
    /// conditional create on a trusted identifier, else update by id: a second run updates instead of duplicating
    #[default]
    Stable,
    /// update by id throughout
    Put,
    /// create throughout: every run makes new resources
    Post,
}

/// A resource with its id.
#[derive(Debug, Clone)]
pub struct Entry {
    /// id of the resource, and its `fullUrl`
    pub id: Uuid,
    /// its type
    pub resource_type: &'static str,
    /// the resource, with `resourceType` and `id`
    pub resource: Object,
    /// trusted identifier (system, value) by which a server may know it already
    pub condition: Option<(String, String)>,
}

/// A bundle.
#[derive(Debug, Clone)]
pub struct Bundle {
    /// `Bundle.type`
    pub kind: BundleKind,
    /// how a server is to write
    pub write: WriteMode,
    /// identifier of the document; a document bundle needs one
    pub identifier: Option<Value>,
    /// instant at which it was made; a document bundle needs one
    pub timestamp: Option<String>,
    /// the resources in order
    pub entries: Vec<Entry>,
}

impl Bundle {
    /// The bundle as JSON.
    pub fn to_json(&self, pretty: bool) -> Vec<u8> {
        let mut w = Writer::with_capacity(pretty, self.entries.len() * 1024);
        self.write(&mut w);
        w.finish()
    }

    /// Writes the bundle as JSON.
    pub fn write(&self, w: &mut Writer) {
        w.open(b'{');
        let mut n = 0;
        let mut member = |w: &mut Writer, key: &str| {
            w.separate(n);
            n += 1;
            w.key(key);
        };
        member(w, "resourceType");
        w.string("Bundle");
        if let Some(identifier) = &self.identifier {
            member(w, "identifier");
            w.value(identifier);
        }
        member(w, "type");
        w.string(self.kind.code());
        match &self.timestamp {
            Some(t) => {
                member(w, "timestamp");
                w.string(t);
            }
            // bdl-10: a document needs a date, and the clock is never asked
            None if self.kind == BundleKind::Document => {
                member(w, "_timestamp");
                w.value(&absent());
            }
            None => {}
        }
        if !self.entries.is_empty() {
            member(w, "entry");
            w.open(b'[');
            let relative = self.relative();
            for (i, e) in self.entries.iter().enumerate() {
                w.separate(i);
                self.entry(w, e, &relative);
            }
            w.close(b']', false);
        }
        w.close(b'}', false);
    }

    /// In a batch, what to write instead of the address of each entry.
    fn relative(&self) -> FxHashMap<CompactString, CompactString> {
        if self.kind != BundleKind::Batch {
            return FxHashMap::default();
        }
        let pair = |e: &Entry| (identity::urn(e.id), format_compact!("{}/{}", e.resource_type, e.id));
        self.entries.iter().map(pair).collect()
    }

    fn entry(&self, w: &mut Writer, e: &Entry, relative: &FxHashMap<CompactString, CompactString>) {
        w.open(b'{');
        w.separate(0);
        w.key("fullUrl");
        w.string(&identity::urn(e.id));
        w.separate(1);
        w.key("resource");
        if relative.is_empty() {
            w.object(&e.resource);
        } else {
            rewritten(w, &e.resource, relative);
        }
        if matches!(self.kind, BundleKind::Transaction | BundleKind::Batch) {
            w.separate(2);
            w.key("request");
            w.value(&self.request(e));
        }
        w.close(b'}', false);
    }

    fn request(&self, e: &Entry) -> Value {
        let put = || {
            let mut url = CompactString::from(e.resource_type);
            url.push('/');
            url.push_str(&identity::text(e.id));
            Object::new().with_str("method", "PUT").with("url", Value::String(url))
        };
        let post = || Object::new().with_str("method", "POST").with_str("url", e.resource_type);
        let mode = if self.kind == BundleKind::Batch { WriteMode::Put } else { self.write };
        match (mode, &e.condition) {
            (WriteMode::Stable, Some((system, value))) => {
                post().with("ifNoneExist", Value::string(format!("identifier={}%7C{}", encode(system), encode(value))))
            }
            (WriteMode::Stable | WriteMode::Put, _) => put(),
            (WriteMode::Post, _) => post(),
        }
        .into()
    }
}

/// Writes an object with the addresses of entries made relative.
fn rewritten(w: &mut Writer, o: &Object, relative: &FxHashMap<CompactString, CompactString>) {
    w.open(b'{');
    for (i, (key, value)) in o.0.iter().enumerate() {
        w.separate(i);
        w.key(key);
        match value {
            Value::String(s) if matches!(*key, "reference" | "url") => w.string(relative.get(s).unwrap_or(s)),
            Value::Object(o) => rewritten(w, o, relative),
            // lists of objects only: references do not stand in lists by themselves
            Value::Array(items) if items.iter().all(|v| v.as_object().is_some()) => {
                w.open(b'[');
                for (i, item) in items.iter().filter_map(Value::as_object).enumerate() {
                    w.separate(i);
                    rewritten(w, item, relative);
                }
                w.close(b']', items.is_empty());
            }
            other => w.value(other),
        }
    }
    w.close(b'}', o.0.is_empty());
}

/// Percent-encodes a part of a query, so that no value can end it or add to it.
fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for b in text.bytes() {
        match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(b)),
            // the separators of FHIR search (`,` `$` `|` and the escape `\`) keep their meaning only when escaped twice
            b',' | b'$' | b'|' | b'\\' => out.push_str(&format!("%5C%{b:02X}")),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

fn absent() -> Value {
    let extension = Object::new()
        .with_str("url", "http://hl7.org/fhir/StructureDefinition/data-absent-reason")
        .with_str("valueCode", "unknown");
    Object::new().with("extension", Value::Array(vec![extension.into()])).into()
}

#[cfg(test)]
mod tests {
    use super::super::{gate, read};
    use super::*;

    const PATIENT: &str = "00000000-0000-0000-0000-000000000001";
    const CONDITION: &str = "00000000-0000-0000-0000-000000000002";

    fn bundle(kind: BundleKind, write: WriteMode) -> Bundle {
        let entry = |n: u128, ty: &'static str, body: &str, condition: Option<(&str, &str)>| {
            let id = Uuid::from_u128(n);
            let json = format!(r#"{{"resourceType":"{ty}","id":"{id}",{body}}}"#);
            let resource = read::resource(json.as_bytes()).expect("a resource").resource;
            let condition = condition.map(|(s, v)| (s.to_owned(), v.to_owned()));
            Entry { id, resource_type: ty, resource, condition }
        };
        let subject = format!(r#""subject":{{"reference":"urn:uuid:{PATIENT}"}},"note":[{{"text":"a"}}]"#);
        let entries = vec![
            entry(1, "Patient", r#""active":true"#, Some(("https://id/a", "1|2"))),
            entry(2, "Condition", &subject, None),
        ];
        Bundle { kind, write, identifier: None, timestamp: None, entries }
    }

    /// What is written; it must read back and pass the gate.
    fn text(bundle: &Bundle) -> String {
        let json = bundle.to_json(false);
        let mut read = read::resource(&json).expect("JSON").resource;
        let checked = gate::check(&mut read, &|a| a.ends_with('1').then_some("Patient"));
        assert_eq!(checked.issues, []);
        String::from_utf8(json).expect("UTF-8")
    }

    #[test]
    fn stable_creates_on_trusted_identifiers_and_updates_the_rest() {
        assert_eq!(
            text(&bundle(BundleKind::Transaction, WriteMode::Stable)),
            format!(
                r#"{{"resourceType":"Bundle","type":"transaction","entry":[{{"fullUrl":"urn:uuid:{PATIENT}","resource":{{"resourceType":"Patient","id":"{PATIENT}","active":true}},"request":{{"method":"POST","url":"Patient","ifNoneExist":"identifier=https%3A%2F%2Fid%2Fa%7C1%5C%7C2"}}}},{{"fullUrl":"urn:uuid:{CONDITION}","resource":{{"resourceType":"Condition","id":"{CONDITION}","subject":{{"reference":"urn:uuid:{PATIENT}"}},"note":[{{"text":"a"}}]}},"request":{{"method":"PUT","url":"Condition/{CONDITION}"}}}}]}}"#
            )
        );
    }

    #[test]
    fn put_and_post() {
        let put = text(&bundle(BundleKind::Transaction, WriteMode::Put));
        assert!(put.contains(&format!(r#"{{"method":"PUT","url":"Patient/{PATIENT}"}}"#)) && !put.contains("POST"));
        let post = text(&bundle(BundleKind::Transaction, WriteMode::Post));
        assert!(post.contains(r#"{"method":"POST","url":"Condition"}"#) && !post.contains("ifNoneExist"));
    }

    #[test]
    fn a_batch_refers_by_type_and_id() {
        let batch = text(&bundle(BundleKind::Batch, WriteMode::Stable));
        assert!(batch.contains(&format!(r#""subject":{{"reference":"Patient/{PATIENT}"}},"note":[{{"text":"a"}}]"#)));
        assert!(batch.contains(&format!(r#""fullUrl":"urn:uuid:{PATIENT}""#)) && !batch.contains("POST"));
    }

    #[test]
    fn a_collection_asks_for_nothing() {
        let collection = text(&bundle(BundleKind::Collection, WriteMode::Stable));
        assert!(collection.contains(r#""type":"collection""#) && !collection.contains("request"));
        let empty = Bundle { entries: Vec::new(), ..bundle(BundleKind::Collection, WriteMode::Stable) };
        assert_eq!(text(&empty), r#"{"resourceType":"Bundle","type":"collection"}"#);
    }

    #[test]
    fn a_query_cannot_be_broken_out_of() {
        assert_eq!(encode("a,b\\c \u{e9}&x=y"), "a%5C%2Cb%5C%5Cc%20%C3%A9%26x%3Dy");
    }
}
