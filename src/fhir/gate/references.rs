//! Whether a Reference leads to something, and to something it may lead to; and the rules of contained resources.

use super::super::definitions::ElementDef;
use super::super::value::{Object, Value};
use super::{Fate, Gate};

/// Where a reference leads.
enum Goal {
    Type(&'static str),
    /// Outside of what is known here
    Elsewhere,
    Nowhere,
}

impl Gate<'_> {
    /// Looks at a Reference; what leads nowhere or to the wrong type loses its address and keeps its display and identifier.
    pub(super) fn reference(&mut self, e: &'static ElementDef, o: &mut Object) -> Fate {
        let Some(address) = o.str("reference") else { return Fate::Keep };
        let told = match self.goal(address) {
            Goal::Elsewhere => return Fate::Keep,
            Goal::Type(ty) if e.targets.is_empty() || e.targets.contains(&ty) => return Fate::Keep,
            Goal::Type(ty) => {
                let message = format!("this element may not refer to {ty}; the link was left out");
                self.removed("reference-target", "reference", message);
                "type"
            }
            Goal::Nowhere if address.starts_with('#') => {
                self.removed("ref-1", "reference", "no contained resource has this id; the link was left out");
                ""
            }
            Goal::Nowhere => {
                let message = "nothing in the bundle has this address; the link was left out";
                self.removed("reference-unresolved", "reference", message);
                ""
            }
        };
        o.remove("reference");
        o.remove(told);
        let says_something = o.0.iter().any(|(k, _)| !matches!(*k, "id" | "type"));
        if says_something { Fate::Keep } else { Fate::Drop }
    }

    /// The type of the resource that a Reference leads to, as far as it is known.
    pub(super) fn type_behind(&self, reference: Option<&Value>) -> Option<&'static str> {
        match self.goal(reference?.as_object()?.str("reference")?) {
            Goal::Type(ty) => Some(ty),
            _ => None,
        }
    }

    fn goal(&self, address: &str) -> Goal {
        if let Some(id) = address.strip_prefix('#') {
            return match self.contained.iter().find(|(known, _)| known == id) {
                Some((_, ty)) => Goal::Type(ty),
                None if id.is_empty() => Goal::Elsewhere,
                None => Goal::Nowhere,
            };
        }
        if address.starts_with("urn:") {
            return (self.targets)(address).map_or(Goal::Nowhere, Goal::Type);
        }
        // Type/id, Type/id/_history/1, Type?search, and the same after the address of a server
        let path = match address.split_once("/_history/") {
            Some((path, _)) => path,
            None => address,
        };
        let name = match path.split_once('?') {
            Some((name, _)) => name.rsplit('/').next(),
            None => path.rsplit('/').nth(1),
        };
        match name.and_then(|n| self.d.resource_named(n)) {
            Some(ty) => Goal::Type(self.d.name(ty)),
            None => Goal::Elsewhere,
        }
    }

    /// Id and type of each contained resource.
    pub(super) fn collect_contained(&self, o: &Object) -> Vec<(String, &'static str)> {
        let Some(list) = o.get("contained") else { return Vec::new() };
        let one = |v: &Value| {
            let o = v.as_object()?;
            let ty = self.d.resource_named(o.str("resourceType")?)?;
            Some((o.str("id")?.to_owned(), self.d.name(ty)))
        };
        list.items().iter().filter_map(one).collect()
    }

    /// dom-2 to dom-5.
    #[cold]
    pub(super) fn contained_rules(&mut self, o: &mut Object) -> Fate {
        let Some(place) = o.0.iter().position(|(k, _)| *k == "contained") else { return Fate::Keep };
        let Value::Array(mut list) = std::mem::replace(&mut o.0[place].1, Value::Null) else { return Fate::Keep };
        for (i, item) in list.iter_mut().enumerate() {
            let Value::Object(inner) = item else { continue };
            self.path.push("contained", Some(i));
            if inner.remove("contained").is_some() {
                self.removed("dom-2", "contained", "a contained resource contains none; they were left out");
            }
            if let Some(Value::Object(meta)) = inner.get_mut("meta") {
                for (key, code) in [("versionId", "dom-4"), ("lastUpdated", "dom-4"), ("security", "dom-5")] {
                    if meta.remove(key).is_some() {
                        self.path.push("meta", None);
                        self.removed(code, key, "not allowed in a contained resource; it was left out");
                        self.path.pop();
                    }
                }
                if meta.is_empty() {
                    inner.remove("meta");
                }
            }
            self.path.pop();
        }
        let mut unused = Vec::new();
        for (i, item) in list.iter().enumerate() {
            let Some(inner) = item.as_object() else { continue };
            let address = inner.str("id").map(|id| format!("#{id}"));
            let used = address.is_some_and(|a| {
                mentions(o, &a) || list.iter().filter_map(Value::as_object).any(|other| mentions(other, &a))
            });
            if !used && !mentions(inner, "#") {
                unused.push(i);
            }
        }
        for i in unused.into_iter().rev() {
            self.path.push("contained", Some(i));
            self.removed("dom-3", "", "nothing refers to this contained resource; it was left out");
            self.path.pop();
            list.remove(i);
        }
        if list.is_empty() {
            o.0.remove(place);
        } else {
            o.0[place].1 = Value::Array(list);
        }
        Fate::Keep
    }
}

/// Whether an address stands anywhere in it.
fn mentions(o: &Object, address: &str) -> bool {
    fn within(v: &Value, address: &str) -> bool {
        match v {
            Value::String(s) => s == address,
            Value::Array(items) => items.iter().any(|v| within(v, address)),
            Value::Object(o) => mentions(o, address),
            _ => false,
        }
    }
    o.0.iter().any(|(_, v)| within(v, address))
}
