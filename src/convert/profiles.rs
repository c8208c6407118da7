//! Whether a resource meets what a profile demands, so that no resource claims a profile that it breaks.

use crate::fhir::value::{Object, Value};
use crate::mapping::ast::ProfileAst;

/// Whether everything that the profile demands beyond R4 is there.
pub(super) fn meets(profile: &ProfileAst, resource: &Object) -> bool {
    profile.require.iter().all(|r| has(resource, &r.text))
        && profile.within.iter().all(|r| within(resource, &r.text))
        && profile.fixed.iter().all(|(path, code)| codes(resource, path).iter().any(|c| same(c, code)))
        && profile.any.iter().all(|(path, any)| {
            let have = codes(resource, path);
            any.iter().any(|code| have.iter().any(|c| same(c, code)))
        })
        && profile.types.iter().all(|(path, only)| typed(resource, path, only))
        && (profile.units.is_empty()
            || resource.get("valueQuantity").and_then(Value::as_object).is_none_or(|q| {
                q.str("code").is_some_and(|c| profile.units.iter().any(|u| u == c))
            }))
}

/// The objects at all but the last step of a path, and that last step.
fn parents<'o, 'p>(object: &'o Object, path: &'p str) -> (Vec<&'o Object>, &'p str) {
    let mut at = vec![object];
    let mut steps = path.split('.').peekable();
    while let Some(step) = steps.next() {
        if steps.peek().is_none() {
            return (at, step);
        }
        at = at
            .iter()
            .filter_map(|o| o.get(step))
            .flat_map(|v| v.items())
            .filter_map(Value::as_object)
            .collect();
    }
    (at, "")
}

/// Whether an object has an element; `value[x]` stands for any of its types.
fn has_step(object: &Object, step: &str) -> bool {
    match step.strip_suffix("[x]") {
        Some(base) => object.0.iter().any(|(k, _)| {
            let k = k.strip_prefix('_').unwrap_or(k);
            k.strip_prefix(base).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
        }),
        // an element with only a data-absent-reason is there
        None => object.0.iter().any(|(k, _)| *k == step || k.strip_prefix('_') == Some(step)),
    }
}

fn has(resource: &Object, path: &str) -> bool {
    let (parents, last) = parents(resource, path);
    parents.iter().any(|o| has_step(o, last))
}

/// Every parent that is there has the element.
fn within(resource: &Object, path: &str) -> bool {
    let (parents, last) = parents(resource, path);
    parents.iter().all(|o| has_step(o, last))
}

fn typed(resource: &Object, path: &str, only: &[String]) -> bool {
    let (parents, last) = parents(resource, path);
    let base = last.strip_suffix("[x]").unwrap_or(last);
    parents.iter().all(|o| {
        o.0.iter().all(|(k, _)| {
            let k = k.strip_prefix('_').unwrap_or(k);
            match k.strip_prefix(base).filter(|r| r.starts_with(|c: char| c.is_ascii_uppercase())) {
                None => true,
                Some(suffix) => only.iter().any(|t| t.eq_ignore_ascii_case(suffix)),
            }
        })
    })
}

/// `system|code` of every coding at a path.
fn codes(resource: &Object, path: &str) -> Vec<String> {
    let (parents, last) = parents(resource, path);
    let mut out = Vec::new();
    for v in parents.iter().filter_map(|o| o.get(last)).flat_map(|v| v.items()) {
        match v {
            Value::String(s) => out.push(format!("|{s}")),
            Value::Object(o) => {
                let codings = o.get("coding").map_or(std::slice::from_ref(v), |c| c.items());
                for c in codings.iter().filter_map(Value::as_object) {
                    out.push(format!("{}|{}", c.str("system").unwrap_or(""), c.str("code").unwrap_or("")));
                }
            }
            _ => {}
        }
    }
    out
}

fn same(have: &str, want: &str) -> bool {
    if want.contains('|') { have == want } else { have.rsplit('|').next() == Some(want) }
}
