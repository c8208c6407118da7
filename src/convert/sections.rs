//! Sections of the Composition: their narrative, what came from them, and why they are empty.

use compact_str::CompactString;
use rustc_hash::{FxHashMap, FxHashSet};
use uuid::Uuid;

use crate::fhir::identity;
use crate::fhir::value::{Object, Value};
use crate::mapping::run::{NodeKey, SectionNode};

/// A section of the Composition with what came from it; `None` when it would say nothing at all.
pub(super) fn section(
    node: &SectionNode,
    entries_of: &FxHashMap<NodeKey, Vec<Uuid>>,
    ids: &mut FxHashSet<CompactString>,
    withheld: bool,
) -> Option<Value> {
    let mut o = node.object.clone();
    // an id that some sender gave to two sections names neither
    if o.str("id").is_some_and(|id| !ids.insert(id.into())) {
        o.remove("id");
    }
    let entry: Vec<Value> = entries_of.get(&node.key).into_iter().flatten().map(|id| reference(*id)).collect();
    let inner: Vec<Value> = node.children.iter().filter_map(|c| section(c, entries_of, ids, withheld)).collect();
    if !entry.is_empty() {
        // R4: an empty reason only where there are no entries (cmp-2)
        o.remove("emptyReason");
    }
    if withheld && node.masked && o.get("text").is_none() {
        if entry.is_empty() && inner.is_empty() && o.get("emptyReason").is_none() {
            o = o.with("emptyReason", empty_for_withheld());
        }
        o = o.with("text", in_words("Withheld"));
    }
    o = o.with("entry", Value::Array(entry)).with("section", Value::Array(inner));
    let says_something = ["text", "entry", "section"].iter().any(|k| o.get(k).is_some());
    if !says_something {
        // R4 wants text, entries or sections (cmp-1): the title is all that the sender wrote
        let title = in_words(o.str("title")?);
        o = o.with("text", title);
    }
    Some(Value::Object(o))
}

/// Narrative that stands where there is none.
fn in_words(words: &str) -> Value {
    let mut div = String::from("<div xmlns=\"http://www.w3.org/1999/xhtml\">");
    for c in words.chars() {
        match c {
            '&' => div.push_str("&amp;"),
            '<' => div.push_str("&lt;"),
            '>' => div.push_str("&gt;"),
            c => div.push(c),
        }
    }
    div.push_str("</div>");
    Object::new().with_str("status", "empty").with("div", Value::String(div.into())).into()
}

/// The reason of R4 for a section of which everything is withheld.
fn empty_for_withheld() -> Value {
    let coding = Object::new()
        .with_str("system", "http://terminology.hl7.org/CodeSystem/list-empty-reason")
        .with_str("code", "withheld")
        .with_str("display", "Information Withheld");
    Object::new().with("coding", Value::Array(vec![coding.into()])).into()
}

/// A reference to a resource of the bundle.
pub(super) fn reference(id: Uuid) -> Value {
    Value::Object(Object(vec![("reference", Value::String(identity::urn(id)))]))
}
