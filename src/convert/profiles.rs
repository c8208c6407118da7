//! Whether a resource meets what a profile demands, so that no resource claims a profile that it breaks.

use crate::fhir::value::{Object, Value};
use crate::mapping::ast::ProfileAst;

/// Whether everything that the profile demands beyond R4 is there.
pub(super) fn meets(profile: &ProfileAst, resource: &Object) -> bool {
    profile.require.iter().all(|r| has(resource, &r.text))
        && profile.within.iter().all(|r| within(resource, &r.text))
        && profile.fixed.iter().all(|(path, code)| any_code(resource, path, |s, c| same(s, c, code)))
        && profile
            .any
            .iter()
            .all(|(path, any)| any_code(resource, path, |s, c| any.iter().any(|code| same(s, c, code))))
        && profile.checks.iter().all(|c| check(c, resource))
        && profile.types.iter().all(|(path, only)| typed(resource, path, only))
        && (profile.units.is_empty()
            || resource
                .get("valueQuantity")
                .and_then(Value::as_object)
                .is_none_or(|q| q.str("code").is_some_and(|c| profile.units.iter().any(|u| u == c))))
}

/// Whether one of the objects at all but the last step of a path passes a test; the test sees that last step too.
fn any_parent(object: &Object, path: &str, test: &mut dyn FnMut(&Object, &str) -> bool) -> bool {
    match path.split_once('.') {
        None => test(object, path),
        Some((step, rest)) => {
            let inner = object.get(step).map(Value::items).unwrap_or_default();
            inner.iter().filter_map(Value::as_object).any(|o| any_parent(o, rest, test))
        }
    }
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

/// Whether a choice has a value, and not only a reason why it has none: some profiles ask for that.
fn has_value(object: &Object, base: &str) -> bool {
    object.0.iter().any(|(k, _)| k.strip_prefix(base).is_some_and(|r| r.starts_with(|c: char| c.is_ascii_uppercase())))
}

fn has(resource: &Object, path: &str) -> bool {
    any_parent(resource, path, &mut has_step)
}

/// Every parent that is there has the element.
fn within(resource: &Object, path: &str) -> bool {
    !any_parent(resource, path, &mut |o, last| !has_step(o, last))
}

fn typed(resource: &Object, path: &str, only: &[String]) -> bool {
    !any_parent(resource, path, &mut |o, last| {
        let base = last.strip_suffix("[x]").unwrap_or(last);
        o.0.iter().any(|(k, _)| {
            let k = k.strip_prefix('_').unwrap_or(k);
            match k.strip_prefix(base).filter(|r| r.starts_with(|c: char| c.is_ascii_uppercase())) {
                None => false,
                Some(suffix) => !only.iter().any(|t| t.eq_ignore_ascii_case(suffix)),
            }
        })
    })
}

/// Whether one of the codings (system, code) at a path passes a test.
fn any_code(resource: &Object, path: &str, test: impl Fn(&str, &str) -> bool) -> bool {
    any_parent(resource, path, &mut |o, last| {
        o.get(last).map(Value::items).unwrap_or_default().iter().any(|v| match v {
            Value::String(s) => test("", s),
            Value::Object(o) => {
                let codings = o.get("coding").map_or(std::slice::from_ref(v), |c| c.items());
                codings
                    .iter()
                    .filter_map(Value::as_object)
                    .any(|c| test(c.str("system").unwrap_or(""), c.str("code").unwrap_or("")))
            }
            _ => false,
        })
    })
}

/// Demands of profiles that are neither presence nor a fixed code, by name.
fn check(name: &str, resource: &Object) -> bool {
    match name {
        "npi" => identifiers(resource, "http://hl7.org/fhir/sid/us-npi").all(is_npi),
        "clia" => identifiers(resource, "urn:oid:2.16.840.1.113883.4.7").all(|v| {
            v.len() == 10 && v.as_bytes()[2] == b'D' && v.bytes().enumerate().all(|(i, b)| i == 2 || b.is_ascii_digit())
        }),
        "naic" => identifiers(resource, "urn:oid:2.16.840.1.113883.6.300")
            .all(|v| v.len() == 5 && v.bytes().all(|b| b.is_ascii_digit())),
        "usps-state" => resource.get("address").is_none_or(|a| {
            a.items().iter().filter_map(Value::as_object).filter_map(|a| a.str("state")).all(is_usps_state)
        }),
        "oxygen-units" => resource.get("component").is_none_or(|c| {
            c.items().iter().filter_map(Value::as_object).all(|c| {
                let unit = c.get("valueQuantity").and_then(Value::as_object).map(|q| q.str("code").unwrap_or(""));
                let is = |loinc: &str| any_code(c, "code", |_, code| code == loinc);
                match unit {
                    None => true,
                    Some(u) if is("3151-8") => u == "L/min",
                    Some(u) if is("3150-6") || is("3150-0") => u == "%",
                    Some(_) => true,
                }
            })
        }),
        "named" => resource.get("name").is_none_or(|names| {
            let said = |n: &Object| has_step(n, "family") || has_step(n, "given");
            names.items().iter().filter_map(Value::as_object).all(said)
        }),
        "one-payor" => resource.get("payor").is_none_or(|p| p.items().len() == 1),
        // us-core-15: an identifier of type MB, or subscriberId
        "member-number" => {
            has_step(resource, "subscriberId") || any_code(resource, "identifier.type", |_, code| code == "MB")
        }
        "value-or-absent" => {
            has_step(resource, "value[x]")
                || ["dataAbsentReason", "component", "hasMember"].iter().any(|k| has_step(resource, k))
        }
        "requester-of-order" => {
            !resource.str("intent").is_some_and(|i| i == "order" || i.ends_with("-order"))
                || has_step(resource, "requester")
        }
        "performed" => {
            !matches!(resource.str("status"), Some("completed" | "in-progress")) || has_value(resource, "performed")
        }
        "loinc-type" => any_code(resource, "type", |s, c| {
            s == "http://loinc.org" || s == "http://terminology.hl7.org/CodeSystem/v3-NullFlavor" && c == "UNK"
        }),
        "attached" => {
            let mut nowhere = |a: &Object, _: &str| !has_step(a, "url") && !has_step(a, "data");
            !any_parent(resource, "content.attachment.url", &mut nowhere)
        }
        "handed-over" => resource.str("status") != Some("completed") || has_step(resource, "whenHandedOver"),
        // a table named a check that this version does not know: the claim is not made
        _ => false,
    }
}

fn identifiers<'o>(resource: &'o Object, system: &'o str) -> impl Iterator<Item = &'o str> {
    resource
        .get("identifier")
        .into_iter()
        .flat_map(|v| v.items())
        .filter_map(Value::as_object)
        .filter(move |o| o.str("system") == Some(system))
        .filter_map(|o| o.str("value"))
}

/// Ten digits whose check digit holds (Luhn over the number behind the prefix 80840).
fn is_npi(value: &str) -> bool {
    if value.len() != 10 || !value.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let sum: u32 = value
        .bytes()
        .rev()
        .enumerate()
        .map(|(i, b)| {
            let d = u32::from(b - b'0');
            match i % 2 {
                0 => d,
                _ if d > 4 => d * 2 - 9,
                _ => d * 2,
            }
        })
        .sum();
    (sum + 24).is_multiple_of(10)
}

/// The two-letter codes of the United States Postal Service.
fn is_usps_state(state: &str) -> bool {
    const STATES: &str = "AL AK AS AZ AR CA CO CT DE DC FM FL GA GU HI ID IL IN IA KS KY LA ME MH MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND MP OH OK OR PW PA PR RI SC SD TN TX UT VT VI VA WA WV WI WY AE AP AA";
    state.len() == 2 && STATES.split(' ').any(|s| s == state)
}

fn same(system: &str, code: &str, want: &str) -> bool {
    match want.rsplit_once('|') {
        Some((s, c)) => s == system && c == code,
        None => code == want,
    }
}
