//! Equality of elements whatever the order of what has none.

use rustc_hash::FxHashMap;

use super::super::ordered::is_ordered;
use crate::fhir::definitions::{Definitions, ElementDef, TypeId};
use crate::fhir::json::base64;
use crate::fhir::value::{Key, Object, Value};

/// An element of a type under one of its JSON names, where the definitions know it.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// the type that has it
    pub owner: Option<TypeId>,
    /// its JSON name
    pub key: Key,
    /// its definition
    pub def: Option<&'static ElementDef>,
    /// the name has an underscore: what stands there accompanies a primitive
    pub beside: bool,
}

impl Place {
    pub fn of(d: &'static Definitions, owner: Option<TypeId>, key: Key) -> Place {
        let def = owner.and_then(|t| d.element(t, key));
        let beside = def.is_none() && key.starts_with('_');
        let def = def.or_else(|| owner.and_then(|t| d.element_of_underscore(t, key)));
        Place { owner, key, def, beside }
    }

    /// The name without underscore.
    pub fn name(&self) -> &'static str {
        self.key.strip_prefix('_').unwrap_or(self.key)
    }

    /// The type of an element that stands there.
    pub fn ty(&self, d: &Definitions, value: &Object) -> Option<TypeId> {
        match value.str("resourceType") {
            Some(contained) => d.type_named(contained),
            None if self.beside => d.type_named("Element"),
            None => self.def.map(|e| e.ty),
        }
    }

    /// Whether the order of its items says something.
    pub fn ordered(&self, d: &Definitions) -> bool {
        self.owner.is_some_and(|t| is_ordered(d.name(t), self.name()))
    }
}

/// Equal items, whatever their place: for each of before its partner, and which of after have none.
pub(super) fn equal_items(
    d: &'static Definitions,
    place: Place,
    a: &[Value],
    b: &[Value],
) -> (Vec<Option<usize>>, Vec<usize>) {
    let text = |v: &Value| {
        let mut out = String::new();
        canonical(d, place, v, &mut out);
        out
    };
    let mut after: FxHashMap<String, Vec<usize>> = FxHashMap::default();
    for (j, v) in b.iter().enumerate().rev() {
        after.entry(text(v)).or_default().push(j);
    }
    let with: Vec<Option<usize>> = a.iter().map(|v| after.get_mut(&text(v)).and_then(Vec::pop)).collect();
    let mut left: Vec<usize> = after.into_values().flatten().filter(|j| b[*j] != Value::Null).collect();
    left.sort_unstable();
    (with, left)
}

/// A value as text that is the same for the same content, in whatever order keys and unordered lists stand.
fn canonical(d: &'static Definitions, place: Place, value: &Value, out: &mut String) {
    match value {
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Number(n) => out.push_str(n),
        // quoted, so that no text can look like another structure
        Value::String(s) => out.push_str(&format!("{s:?}")),
        // a snapshot has it as text
        Value::Data(data) => out.push_str(&format!("{:?}", base64(data))),
        Value::Null | Value::Link(_) => out.push_str("null"),
        Value::Array(items) => {
            let mut texts: Vec<String> = items
                .iter()
                .map(|v| {
                    let mut text = String::new();
                    canonical(d, place, v, &mut text);
                    text
                })
                .collect();
            if !place.ordered(d) {
                texts.sort_unstable();
            }
            out.push('[');
            texts.iter().for_each(|t| {
                out.push_str(t);
                out.push(',');
            });
            out.push(']');
        }
        Value::Object(o) => {
            let ty = place.ty(d, o);
            let mut members: Vec<&(Key, Value)> = o.0.iter().collect();
            members.sort_unstable_by_key(|m| m.0);
            out.push('{');
            for (key, value) in members {
                out.push_str(key);
                out.push(':');
                canonical(d, Place::of(d, ty, key), value, out);
                out.push(',');
            }
            out.push('}');
        }
    }
}
