//! When two names may be the same person's.

use crate::fhir::value::{Object, Value};

/// Whether two lists of names may be the same person's: where the one says less, the other may say more, but not other.
pub(super) fn names_agree(a: &Value, b: &Value) -> bool {
    let pair = |x: &Value, y: &Value| match (x.as_object(), y.as_object()) {
        (Some(x), Some(y)) => name_agrees(x, y),
        _ => false,
    };
    let (a, b) = (a.items(), b.items());
    a.len() == 1 && b.len() == 1 && pair(&a[0], &b[0])
}

/// A name is the same when family and given names are; prefix, suffix and use may be missing on one side. A name in one
/// string is the same when its words are the other's.
fn name_agrees(x: &Object, y: &Object) -> bool {
    let parted = |o: &Object| o.get("family").is_some() || o.get("given").is_some();
    if parted(x) && parted(y) {
        let equal_or_missing = |k: &str| match (x.get(k), y.get(k)) {
            (Some(a), Some(b)) => a == b,
            _ => true,
        };
        return x.get("family") == y.get("family")
            && x.get("given") == y.get("given")
            && ["prefix", "suffix"].iter().all(|k| equal_or_missing(k));
    }
    let (a, b) = (words(x), words(y));
    !a.is_empty() && a == b
}

/// The words of a name, in order of the alphabet.
pub(super) fn words(name: &Object) -> Vec<String> {
    let mut out = Vec::new();
    for key in ["text", "prefix", "given", "family", "suffix"] {
        for v in name.get(key).into_iter().flat_map(|v| v.items()) {
            if let Value::String(s) = v {
                out.extend(
                    s.split(|c: char| c.is_whitespace() || c == ',').filter(|w| !w.is_empty()).map(str::to_lowercase),
                );
            }
        }
        if key == "text" && !out.is_empty() {
            break;
        }
    }
    out.sort();
    out
}

/// Whether one of the names of the first and one of the second are the same words, however they are split and written.
pub(super) fn same_words(a: &Object, b: &Object) -> bool {
    let b: Vec<Vec<String>> = b.objects("name").map(words).collect();
    a.objects("name").map(words).any(|a| !a.is_empty() && b.contains(&a))
}

/// Whether the first list of names says more than the second, of which it is known that they agree.
pub(super) fn fuller(a: &Value, b: &Value) -> bool {
    let parts = |v: &Value| {
        let o = v.items().first().and_then(Value::as_object);
        o.map_or(0, |o| {
            let family = usize::from(o.get("family").is_some());
            family * 8 + ["given", "prefix", "suffix"].iter().filter(|k| o.get(k).is_some()).count()
        })
    };
    parts(a) > parts(b)
}
