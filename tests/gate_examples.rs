//! Valid resources go through the gate untouched: the published examples of US Core are the judge.
//!
//! They are other people's files and not part of the project; without the folder that `GRANULE_SHARED` names, the test says
//! so and passes.

mod common;

use common::shared;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use granule::fhir::definitions::Definitions;
use granule::fhir::value::{Object, Value};
use granule::fhir::{gate, json, read};

/// What is known to be wrong with examples, as file and code of the issue; each is a fault of the example.
const FAULTS: &[(&str, &str)] = &[];

fn examples() -> Vec<PathBuf> {
    let Some(shared) = shared("gate_examples") else { return Vec::new() };
    let mut files = Vec::new();
    for package in ["us_core_610", "us_core_800"] {
        let archive = shared.join(format!("definitions/fhir/{package}.tgz"));
        if !archive.is_file() {
            eprintln!("skipped: no {package}");
            continue;
        }
        let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(package);
        std::fs::create_dir_all(&out).expect("a folder for the examples");
        let unpacked = Command::new("tar").arg("xzf").arg(&archive).arg("-C").arg(&out).arg("package/example").status();
        assert!(unpacked.is_ok_and(|s| s.success()), "tar unpacks {package}");
        let list = std::fs::read_dir(out.join("package/example")).expect("examples");
        files.extend(list.map(|f| f.expect("a file").path()).filter(|p| p.extension().is_some_and(|e| e == "json")));
    }
    files.sort();
    files
}

fn text(o: &Object) -> Vec<u8> {
    let mut w = json::Writer::new(false);
    w.object(o);
    w.finish()
}

/// The type of each resource of a bundle by its address.
fn addresses(o: &Object) -> BTreeMap<String, &'static str> {
    let entries = o.get("entry").map(Value::items).unwrap_or_default();
    let one = |v: &Value| {
        let entry = v.as_object()?;
        let name = entry.get("resource")?.as_object()?.str("resourceType")?;
        let d = Definitions::get();
        Some((entry.str("fullUrl")?.to_owned(), d.name(d.resource_named(name)?)))
    };
    entries.iter().filter_map(one).collect()
}

fn elements(v: &Value) -> usize {
    match v {
        Value::Array(items) => items.iter().map(elements).sum(),
        Value::Object(o) => 1 + o.0.iter().map(|(_, v)| elements(v)).sum::<usize>(),
        _ => 1,
    }
}

#[test]
fn published_examples_pass_untouched() {
    let mut found = Vec::new();
    let (mut count, mut size, mut spent) = (0, 0, std::time::Duration::ZERO);
    for file in examples() {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Ok(read) = read::resource(&std::fs::read(&file).expect("a readable file")) else {
            continue; // a type outside of the tables, such as ImplementationGuide
        };
        for path in read.unknown {
            found.push(format!("{name}\tunread\t{path}"));
        }
        let mut resource = read.resource;
        let before = text(&resource);
        let known = addresses(&resource);
        let start = std::time::Instant::now();
        let checked = gate::check(&mut resource, &|a| known.get(a).copied());
        spent += start.elapsed();
        count += 1;
        size += elements(&Value::Object(resource.clone()));
        for i in &checked.issues {
            if !FAULTS.contains(&(name.as_str(), i.code)) {
                found.push(format!("{name}\t{}\t{}\t{}", i.code, i.path, i.message));
            }
        }
        if checked.issues.is_empty() && text(&resource) != before {
            found.push(format!("{name}\tchanged without a report"));
        }
    }
    if count > 0 {
        eprintln!("{count} examples, {size} elements, {:.1} ns per element", spent.as_nanos() as f64 / size as f64);
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
