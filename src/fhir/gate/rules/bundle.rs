//! Invariants of a Bundle that comes as a resource. Bundles that granule writes follow them by construction.

use rustc_hash::FxHashSet;

use super::super::super::value::{Object, Value};
use super::super::{Fate, Gate};
use super::{Rule, exists, remove};

pub(super) const RULES: &[(&str, Rule)] = &[("Bundle", bundle), ("Bundle.entry", entry)];

fn entry(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    if !exists(o, "resource") && !exists(o, "request") && !exists(o, "response") {
        return g.dropped("bdl-5", "neither resource, request nor response; the entry was left out");
    }
    if o.str("fullUrl").is_some_and(|u| u.contains("/_history/")) {
        g.without(o, "fullUrl", "bdl-8", "the address of a version; it was left out");
    }
    Fate::Keep
}

fn bundle(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    let kind = o.str("type").unwrap_or_default().to_owned();
    let is = |kinds: &[&str]| kinds.contains(&kind.as_str());
    if exists(o, "total") && !is(&["searchset", "history"]) {
        g.without(o, "total", "bdl-1", "only for searches and histories; it was left out");
    }
    let first = first_type(o);
    let identified =
        o.get("identifier").and_then(Value::as_object).is_some_and(|i| exists(i, "system") && exists(i, "value"));
    let broken = if kind == "document" && !identified {
        Some(("bdl-9", "a document needs an identifier with system and value"))
    } else if kind == "document" && o.get("timestamp").is_none() {
        Some(("bdl-10", "a document needs a timestamp"))
    } else if kind == "document" && first.as_deref() != Some("Composition") {
        Some(("bdl-11", "a document begins with a Composition"))
    } else if kind == "message" && first.as_deref() != Some("MessageHeader") {
        Some(("bdl-12", "a message begins with a MessageHeader"))
    } else {
        None
    };
    if let Some((code, why)) = broken {
        return g.dropped(code, why);
    }
    let mut entries = match o.get_mut("entry") {
        Some(Value::Array(entries)) => std::mem::take(entries),
        _ => return Fate::Keep,
    };
    let rules = [
        ("search", "bdl-2", is(&["searchset"]), false),
        ("request", "bdl-3", is(&["batch", "transaction", "history"]), true),
        ("response", "bdl-4", is(&["batch-response", "transaction-response", "history"]), true),
    ];
    let mut seen = FxHashSet::default();
    let mut fate = Fate::Keep;
    for (i, item) in entries.iter_mut().enumerate() {
        let Value::Object(entry) = item else { continue };
        g.path.push("entry", Some(i));
        for (key, code, allowed, needed) in rules {
            if !allowed && exists(entry, key) {
                g.without(entry, key, code, "not for a bundle of this type; it was left out");
            } else if allowed && needed && !exists(entry, key) {
                fate = g.dropped(code, "an entry of a bundle of this type needs one");
            }
        }
        if kind != "history" && address(entry).is_some_and(|a| !seen.insert(a)) {
            g.removed("bdl-7", "fullUrl", "another entry has this address; this one was left out");
            remove(entry, "resource");
            *item = Value::Null;
        }
        g.path.pop();
    }
    entries.retain(|v| *v != Value::Null);
    match o.get_mut("entry") {
        Some(list) if !entries.is_empty() => *list = Value::Array(entries),
        _ => remove(o, "entry"),
    }
    fate
}

fn first_type(o: &Object) -> Option<String> {
    let entry = o.get("entry")?.items().first()?.as_object()?;
    entry.get("resource")?.as_object()?.str("resourceType").map(str::to_owned)
}

/// Address and version, which together must be unique.
fn address(entry: &Object) -> Option<String> {
    let url = entry.str("fullUrl")?;
    let meta = entry.get("resource").and_then(Value::as_object).and_then(|r| r.get("meta")).and_then(Value::as_object);
    Some(format!("{url} {}", meta.and_then(|m| m.str("versionId")).unwrap_or_default()))
}
