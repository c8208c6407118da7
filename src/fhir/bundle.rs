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
use rustc_hash::{FxHashMap, FxHashSet};
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
    /// a FHIR message: a MessageHeader leads
    Message,
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
            BundleKind::Message => "message",
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

/// Takes the condition from resources of one type that share it. They are kept apart since they contradict each other (two
/// names under one number); a server would make one of them, and drop what the others say.
pub fn without_contested_conditions(entries: &mut [Entry]) {
    let mut times: FxHashMap<(&'static str, (String, String)), u32> = FxHashMap::default();
    for e in entries.iter() {
        if let Some(condition) = &e.condition {
            *times.entry((e.resource_type, condition.clone())).or_default() += 1;
        }
    }
    for e in entries {
        e.condition = e.condition.take().filter(|c| times[&(e.resource_type, c.clone())] == 1);
    }
}

/// What a server holds already, as far as it changes how a bundle is written to it.
#[derive(Debug, Clone, Default)]
pub struct Held {
    /// resources that stay as they are there: they are left out, and the others refer to them as `Type/id`
    pub keep: FxHashSet<Uuid>,
    /// resources that are written by their id although they have a trusted identifier: the server has it several times
    pub by_id: FxHashSet<Uuid>,
    /// entity tags (`W/"3"`) that the server must still have for the update of a resource to be done
    pub versions: FxHashMap<Uuid, String>,
}

impl Bundle {
    /// The bundle as JSON.
    pub fn to_json(&self, pretty: bool) -> Vec<u8> {
        let mut w = Writer::with_capacity(pretty, self.expected());
        self.write(&mut w);
        w.finish()
    }

    /// About how many bytes it takes, so that what is written need not be moved: resources of documents take 1,000 to 1,900.
    fn expected(&self) -> usize {
        let data = |v: &Value| if let Value::Data(d) = v { d.len() / 3 * 4 } else { 0 };
        self.entries.iter().map(|e| 2048 + e.resource.0.iter().map(|(_, v)| data(v)).sum::<usize>()).sum()
    }

    /// The bundle as JSON for a server that holds some of it.
    pub fn to_json_beside(&self, held: &Held) -> Vec<u8> {
        let mut w = Writer::with_capacity(false, self.expected());
        self.write_beside(&mut w, held);
        w.finish()
    }

    /// Writes the bundle as JSON.
    pub fn write(&self, w: &mut Writer) {
        self.write_beside(w, &Held::default());
    }

    fn write_beside(&self, w: &mut Writer, held: &Held) {
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
            let relative = self.relative(held);
            for (i, e) in self.entries.iter().filter(|e| !held.keep.contains(&e.id)).enumerate() {
                w.separate(i);
                self.entry(w, e, &relative, held);
            }
            w.close(b']', false);
        }
        w.close(b'}', false);
    }

    /// What to write instead of the address of an entry: of each in a batch, else of those that are left out.
    fn relative(&self, held: &Held) -> FxHashMap<CompactString, CompactString> {
        let batch = self.kind == BundleKind::Batch;
        let pair = |e: &Entry| (identity::urn(e.id), format_compact!("{}/{}", e.resource_type, e.id));
        self.entries.iter().filter(|e| batch || held.keep.contains(&e.id)).map(pair).collect()
    }

    fn entry(&self, w: &mut Writer, e: &Entry, relative: &FxHashMap<CompactString, CompactString>, held: &Held) {
        w.open(b'{');
        w.separate(0);
        w.key("fullUrl");
        w.string(e.id.urn().encode_lower(&mut Uuid::encode_buffer()));
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
            self.request(w, e, held);
        }
        w.close(b'}', false);
    }

    fn mode(&self) -> WriteMode {
        if self.kind == BundleKind::Batch { WriteMode::Put } else { self.write }
    }

    /// Whether a resource is written by its id, replacing what a server has under it; else it is created.
    pub fn updates(&self, e: &Entry) -> bool {
        match self.mode() {
            WriteMode::Stable => e.condition.is_none(),
            WriteMode::Put => true,
            WriteMode::Post => false,
        }
    }

    /// How a server is to write an entry, written as it stands: there is one for each resource.
    fn request(&self, w: &mut Writer, e: &Entry, held: &Held) {
        let mode = self.mode();
        let post = !self.updates(e) && !held.by_id.contains(&e.id);
        w.open(b'{');
        w.separate(0);
        w.key("method");
        w.string(if post { "POST" } else { "PUT" });
        w.separate(1);
        w.key("url");
        if post {
            w.string(e.resource_type);
        } else {
            let id = e.id.hyphenated();
            w.strings(&[e.resource_type, "/", id.encode_lower(&mut Uuid::encode_buffer())]);
        }
        if let (WriteMode::Stable, true, Some((system, value))) = (mode, post, &e.condition) {
            w.separate(2);
            w.key("ifNoneExist");
            w.string(&["identifier=", &encode(&token(system, value))].concat());
        }
        if let Some(version) = held.versions.get(&e.id).filter(|_| !post) {
            w.separate(2);
            w.key("ifMatch");
            w.string(version);
        }
        w.close(b'}', false);
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

/// An identifier as a search parameter: `system|value`, with what separates there escaped.
pub fn token(system: &str, value: &str) -> String {
    let escaped = |text: &str| {
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            if matches!(c, ',' | '$' | '|' | '\\') {
                out.push('\\');
            }
            out.push(c);
        }
        out
    };
    format!("{}|{}", escaped(system), escaped(value))
}

/// Percent-encodes a part of a query, so that no value can end it or add to it.
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for b in text.bytes() {
        match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(b)),
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
    fn what_a_server_has_several_times_is_written_by_its_id() {
        let held = Held { by_id: [Uuid::from_u128(1)].into_iter().collect(), ..Held::default() };
        let json = bundle(BundleKind::Transaction, WriteMode::Stable).to_json_beside(&held);
        let json = String::from_utf8(json).expect("UTF-8");
        assert!(json.contains(&format!(r#"{{"method":"PUT","url":"Patient/{PATIENT}"}}"#)), "{json}");
    }

    #[test]
    fn two_people_under_one_number_are_not_found_by_it() {
        let mut entries = bundle(BundleKind::Transaction, WriteMode::Stable).entries;
        let mut other = entries[0].clone();
        other.id = Uuid::from_u128(3);
        entries.push(other);
        without_contested_conditions(&mut entries);
        assert!(entries.iter().all(|e| e.condition.is_none()));
        // the same number of another register, or of a thing of another type, is another
        let mut entries = bundle(BundleKind::Transaction, WriteMode::Stable).entries;
        entries[1].condition = entries[0].condition.clone();
        without_contested_conditions(&mut entries);
        assert!(entries.iter().all(|e| e.condition.is_some()));
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
    fn what_a_server_keeps_is_left_out_and_referred_to_by_its_address_there() {
        let bundle = bundle(BundleKind::Transaction, WriteMode::Put);
        let held = Held {
            keep: [Uuid::from_u128(1)].into_iter().collect(),
            versions: [(Uuid::from_u128(2), "W/\"3\"".to_owned())].into_iter().collect(),
            ..Held::default()
        };
        let json = String::from_utf8(bundle.to_json_beside(&held)).expect("UTF-8");
        assert!(!json.contains(r#""resourceType":"Patient""#), "{json}");
        assert!(json.contains(&format!(r#""subject":{{"reference":"Patient/{PATIENT}"}}"#)), "{json}");
        assert!(json.contains(&format!(r#""url":"Condition/{CONDITION}","ifMatch":"W/\"3\"""#)), "{json}");
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
        assert_eq!(encode(&token("", "a,b\\c \u{e9}&x=y")), "%7Ca%5C%2Cb%5C%5Cc%20%C3%A9%26x%3Dy");
    }
}
