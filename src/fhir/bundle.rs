//! Bundles: what stands around the resources, and how a server is asked to write them.

use uuid::Uuid;

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
        w.open(b'{');
        let mut n = 0;
        let mut member = |w: &mut Writer, key: &str| {
            w.separate(n);
            n += 1;
            w.key(key);
        };
        member(&mut w, "resourceType");
        w.string("Bundle");
        if let Some(identifier) = &self.identifier {
            member(&mut w, "identifier");
            w.value(identifier);
        }
        member(&mut w, "type");
        w.string(self.kind.code());
        match &self.timestamp {
            Some(t) => {
                member(&mut w, "timestamp");
                w.string(t);
            }
            // bdl-10: a document needs a date, and the clock is never asked
            None if self.kind == BundleKind::Document => {
                member(&mut w, "_timestamp");
                w.value(&absent());
            }
            None => {}
        }
        if !self.entries.is_empty() {
            member(&mut w, "entry");
            w.open(b'[');
            for (i, e) in self.entries.iter().enumerate() {
                w.separate(i);
                self.entry(&mut w, e);
            }
            w.close(b']', false);
        }
        w.close(b'}', false);
        w.finish()
    }

    fn entry(&self, w: &mut Writer, e: &Entry) {
        w.open(b'{');
        w.separate(0);
        w.key("fullUrl");
        w.string(&format!("urn:uuid:{}", e.id));
        w.separate(1);
        w.key("resource");
        w.object(&e.resource);
        if matches!(self.kind, BundleKind::Transaction | BundleKind::Batch) {
            w.separate(2);
            w.key("request");
            w.value(&self.request(e));
        }
        w.close(b'}', false);
    }

    fn request(&self, e: &Entry) -> Value {
        let put = || {
            Object::new()
                .with_str("method", "PUT")
                .with("url", Value::string(format!("{}/{}", e.resource_type, e.id)))
        };
        let post = || Object::new().with_str("method", "POST").with_str("url", e.resource_type);
        match (self.write, &e.condition) {
            (WriteMode::Stable, Some((system, value))) => post()
                .with("ifNoneExist", Value::string(format!("identifier={}%7C{}", encode(system), encode(value)))),
            (WriteMode::Stable | WriteMode::Put, _) => put(),
            (WriteMode::Post, _) => post(),
        }
        .into()
    }
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
