//! What holds of every bundle; shared by tests and fuzz targets.

use std::collections::{HashMap, HashSet};

use granule::fhir::definitions::Definitions;
use granule::fhir::value::Object;
use granule::fhir::{gate, json, read};
use serde_json::Value;

fn references<'v>(v: &'v Value, out: &mut Vec<&'v str>) {
    match v {
        Value::Object(o) => {
            for (k, v) in o {
                if k == "reference"
                    && let Some(r) = v.as_str()
                {
                    out.push(r);
                }
                references(v, out);
            }
        }
        Value::Array(a) => a.iter().for_each(|v| references(v, out)),
        _ => {}
    }
}

/// Panics where a reference leads out of the bundle, or two entries share an address. `name` names the document.
pub fn references_lead_somewhere(bundle: &Value, name: &str) {
    let entries = bundle["entry"].as_array().map_or(&[][..], Vec::as_slice);
    let urls: HashSet<&str> = entries.iter().filter_map(|e| e["fullUrl"].as_str()).collect();
    assert_eq!(urls.len(), entries.len(), "{name}: two entries share a fullUrl");
    let mut found = Vec::new();
    references(bundle, &mut found);
    for r in found {
        assert!(urls.contains(r), "{name}: {r} leads nowhere");
    }
}

/// Panics where the gate, asked again about what it let pass, would still change something.
pub fn gate_rests(bundle: &Value, name: &str) {
    let definitions = Definitions::get();
    let entries = bundle["entry"].as_array().map_or(&[][..], Vec::as_slice);
    let types: HashMap<&str, &'static str> = entries
        .iter()
        .map(|e| {
            let ty = definitions.resource_named(e["resource"]["resourceType"].as_str().unwrap()).unwrap();
            (e["fullUrl"].as_str().unwrap(), definitions.name(ty))
        })
        .collect();
    for e in entries {
        let written = e["resource"].to_string();
        let mut resource = read::resource(written.as_bytes()).unwrap().resource;
        let before = text(&resource);
        let checked = gate::check(&mut resource, &|url| types.get(url).copied());
        assert!(checked.issues.is_empty(), "{name}: {:?} in {written}", checked.issues);
        assert_eq!(checked.verdict, gate::Verdict::Valid);
        assert!(text(&resource) == before, "{name}: the gate changes what it let pass: {written}");
    }
}

fn text(o: &Object) -> String {
    let mut w = json::Writer::new(false);
    w.object(o);
    String::from_utf8(w.finish()).unwrap()
}
