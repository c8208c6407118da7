//! When two encounters under one identifier are one visit, and what the visit then is: senders tell of it in the header
//! and again among the entries, rarely in the same words, and reuse identifiers for other visits of the patient.

use crate::fhir::value::{Key, Object, Value};

/// Lists of an Encounter of which each says a part.
const PARTS: &[Key] = &["participant", "diagnosis", "location", "reasonReference"];
/// Lists of concepts: the same concept may be said with more codings, or in other words.
const CONCEPTS: &[Key] = &["type", "reasonCode"];

/// Whether two encounters of one identifier are one visit: they began and ended on the same days as far as both say so, and
/// neither class, disposition nor status of the one denies that of the other.
pub(super) fn same_visit(a: &Object, b: &Object) -> bool {
    let final_status = |o: &Object| {
        o.str("status").filter(|s| !matches!(*s, "finished" | "in-progress" | "unknown")).map(str::to_owned)
    };
    let class = |o: &Object| object(o, "class").and_then(|c| c.str("code")).map(str::to_owned);
    let day = |o: &Object, end: &str| object(o, "period").and_then(|p| p.str(end)).map(str::to_owned);
    let classes = match (class(a), class(b)) {
        (Some(x), Some(y)) => x == y,
        _ => true,
    };
    let dispositions = match (disposition(a), disposition(b)) {
        (Some(x), Some(y)) => concepts_agree(x, y),
        _ => true,
    };
    let days = ["start", "end"].iter().all(|end| match (day(a, end), day(b, end)) {
        (Some(x), Some(y)) => {
            let n = x.len().min(y.len()).min("2024-01-31".len());
            x.as_bytes()[..n] == y.as_bytes()[..n]
        }
        _ => true,
    });
    classes && dispositions && days && final_status(a) == final_status(b)
}

/// Adds what a second telling says to the first. `same` compares values with their references resolved. `false` when the
/// second gives another time of day, which was not kept.
pub(super) fn merge(visit: &mut Object, added: Object, same: &impl Fn(&Value, &Value) -> bool) -> bool {
    let mut kept = true;
    // who knows the end knows the status
    let ended = |o: &Object| object(o, "period").is_some_and(|p| p.get("end").is_some());
    let later = ended(&added) && !ended(visit) || visit.str("status") == Some("unknown");
    for (key, value) in added.0 {
        let Some(have) = visit.get_mut(key) else {
            visit.0.push((key, value));
            continue;
        };
        match (have, value) {
            (Value::Array(have), Value::Array(new)) if PARTS.contains(&key) || key == "identifier" => {
                new.into_iter().for_each(|v| part(have, v, same));
            }
            (Value::Array(have), Value::Array(new)) if CONCEPTS.contains(&key) => {
                new.into_iter().for_each(|v| concept(have, v));
            }
            (Value::Object(have), Value::Object(new)) if key == "period" => kept &= period(have, new),
            (Value::Object(have), Value::Object(new)) if key == "hospitalization" => {
                for (k, v) in new.0 {
                    if have.get(k).is_none() {
                        have.0.push((k, v));
                    }
                }
            }
            // a class that is only said to be unknown
            (Value::Object(have), Value::Object(new)) if key == "class" && have.get("code").is_none() => *have = new,
            (have, value) if key == "status" && later => *have = value,
            _ => {}
        }
    }
    kept
}

/// Ends that only one telling knows, or knows to the minute.
fn period(have: &mut Object, mut new: Object) -> bool {
    let mut kept = true;
    for (end, beside) in [("start", "_start"), ("end", "_end")] {
        let (Some(value), extension) = (new.remove(end), new.remove(beside)) else { continue };
        let (Value::String(n), said) = (&value, have.str(end).map(str::to_owned)) else { continue };
        match said {
            Some(said) if !n.starts_with(&said) || n.as_str() == said => {
                kept &= said.starts_with(n.as_str());
                continue;
            }
            _ => {}
        }
        have.remove(beside);
        have.remove(end);
        have.0.push((end, value));
        have.0.extend(extension.map(|e| (beside, e)));
    }
    kept
}

fn disposition(encounter: &Object) -> Option<&Object> {
    object(encounter, "hospitalization")?.get("dischargeDisposition")?.as_object()
}

fn object<'o>(of: &'o Object, key: &str) -> Option<&'o Object> {
    of.get(key).and_then(Value::as_object)
}

/// A part of a list, unless it is there already: an identifier by its value, others by whom or what they name.
fn part(have: &mut Vec<Value>, new: Value, same: &impl Fn(&Value, &Value) -> bool) {
    let known = have.iter().any(|h| {
        same(h, &new)
            || match (h.as_object(), new.as_object()) {
                (Some(h), Some(n)) => {
                    let by = |k: &str| matches!((h.get(k), n.get(k)), (Some(x), Some(y)) if same(x, y));
                    by("condition") && n.get("use").is_none()
                        || by("individual") && n.get("type").is_none()
                        || by("location")
                        || by("value") && by("system")
                }
                _ => false,
            }
    });
    if !known {
        have.push(new);
    }
}

/// A concept, or its further codings where one of its codes is there already.
fn concept(have: &mut Vec<Value>, new: Value) {
    let Some(n) = new.as_object() else { return };
    for h in have.iter_mut() {
        let Value::Object(h) = h else { continue };
        if codes(h).any(|c| codes(n).any(|d| c == d)) {
            let more: Vec<Value> = codings(n)
                .filter(|c| !codes(h).any(|d| c.as_object().and_then(code).as_ref() == Some(&d)))
                .cloned()
                .collect();
            more.into_iter().for_each(|c| h.push("coding", c));
            return;
        }
        if codes(n).next().is_none() && h.str("text") == n.str("text") {
            return;
        }
    }
    have.push(new);
}

fn codings(concept: &Object) -> impl Iterator<Item = &Value> {
    concept.get("coding").into_iter().flat_map(Value::items)
}

fn code(coding: &Object) -> Option<(String, String)> {
    Some((coding.str("system").unwrap_or_default().to_owned(), coding.str("code")?.to_owned()))
}

fn codes(concept: &Object) -> impl Iterator<Item = (String, String)> {
    codings(concept).filter_map(|c| code(c.as_object()?))
}

/// Two concepts agree when they share a code; where one bears none, nothing denies the other.
fn concepts_agree(a: &Object, b: &Object) -> bool {
    let (none_a, none_b) = (codes(a).next().is_none(), codes(b).next().is_none());
    none_a || none_b || codes(a).any(|c| codes(b).any(|d| c == d))
}
