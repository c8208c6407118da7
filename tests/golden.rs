//! The samples and the bundles they must give. The bundles were read beside their documents (`samples/EXPECTED.md`); a
//! change of one is a change of what a receiver sees, and is to be read in the same way.
//!
//! `GRANULE_BLESS=1 cargo test --test golden` writes them anew.

mod common;

use common::*;
use granule::convert::{Options, Original};
use serde_json::Value;

/// The digest of the mappings changes with every table: it says nothing of the conversion.
fn without_digest(v: &mut Value) {
    match v {
        Value::Object(o) => {
            if let Some(Value::String(s)) = o.get_mut("display")
                && s.starts_with("granule ")
                && s.contains("(mappings ")
            {
                *s = "granule (mappings)".into();
            }
            o.values_mut().for_each(without_digest);
        }
        Value::Array(a) => a.iter_mut().for_each(without_digest),
        _ => {}
    }
}

/// The path of the first thing in which two differ, and both.
fn difference(path: &str, have: &Value, want: &Value) -> Option<String> {
    match (have, want) {
        (Value::Object(a), Value::Object(b)) => a
            .iter()
            .find_map(|(k, v)| match b.get(k) {
                Some(w) => difference(&format!("{path}.{k}"), v, w),
                None => Some(format!("{path}.{k}: is {v}, the golden has nothing")),
            })
            .or_else(|| {
                b.iter()
                    .find(|(k, _)| !a.contains_key(*k))
                    .map(|(k, w)| format!("{path}.{k}: is not there, the golden has {w}"))
            }),
        (Value::Array(a), Value::Array(b)) => {
            a.iter().zip(b).enumerate().find_map(|(i, (v, w))| difference(&format!("{path}[{i}]"), v, w)).or_else(
                || (a.len() != b.len()).then(|| format!("{path}: has {} items, the golden {}", a.len(), b.len())),
            )
        }
        (a, b) => (a != b).then(|| format!("{path}: is {a}, the golden has {b}")),
    }
}

#[test]
fn the_samples_give_their_bundles() {
    let bless = std::env::var_os("GRANULE_BLESS").is_some_and(|v| v == "1");
    // the document itself would be half of each golden
    let options = Options { original: Original::Omit, ..Options::default() };
    let mut faults = Vec::new();
    for path in files("samples", ".xml").into_iter().chain(files("samples", ".itk")) {
        let golden = path.with_extension("bundle.json");
        let bytes = std::fs::read(&path).unwrap();
        let mut all = granule::intake::convert(converter(), &bytes, &options).expect("opened");
        assert_eq!(all.len(), 1, "{}: one document", path.display());
        let conversion = all.remove(0).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let json = conversion.bundle.to_json(true);
        let parsed = |bytes: &[u8]| {
            let mut v: Value = serde_json::from_slice(bytes).unwrap();
            without_digest(&mut v);
            v
        };
        let have = parsed(&json);
        // a golden that says the same is left as it is, digest and all
        if bless && std::fs::read(&golden).map_or(true, |g| parsed(&g) != have) {
            let mut text = json.clone();
            if text.last() != Some(&b'\n') {
                text.push(b'\n');
            }
            std::fs::write(&golden, text).unwrap();
        }
        let name = golden.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Ok(golden) = std::fs::read(&golden) else {
            faults.push(format!("{name} is missing"));
            continue;
        };
        let want = parsed(&golden);
        faults.extend(difference(&name, &have, &want));
    }
    assert!(
        faults.is_empty(),
        "{}\nread the change beside the document; when it is right: GRANULE_BLESS=1 cargo test --test golden",
        faults.join("\n")
    );
}

#[test]
fn a_difference_is_named_by_its_path() {
    let (a, b) = (serde_json::json!({"x": [{"y": 1}]}), serde_json::json!({"x": [{"y": 2}]}));
    assert_eq!(difference("g", &a, &b).as_deref(), Some("g.x[0].y: is 1, the golden has 2"));
    assert_eq!(difference("g", &a, &a), None);
    assert!(difference("g", &a, &serde_json::json!({"x": []})).is_some());
}
