//! The rooms of DESIGN: who may import whom; and clinical structure that must live in tables, not in Rust.

mod common;

use std::path::{Path, PathBuf};

use common::project;

/// Room, and what no file of it may name: rooms of the crate, and crates.
const NEVER: &[(&str, &[&str], &[&str])] = &[
    (
        "cda",
        &["fhir", "mapping", "convert", "trace", "bench", "bulk", "sink", "regress", "serve", "cli"],
        &["toml", "tokio", "hyper", "rayon", "serde_json", "uuid"],
    ),
    (
        "fhir",
        &["cda", "mapping", "convert", "trace", "bench", "bulk", "sink", "regress", "serve", "cli"],
        &["roxmltree", "quick_xml", "toml", "tokio", "hyper", "rayon"],
    ),
    (
        "mapping",
        &["convert", "trace", "bench", "bulk", "sink", "regress", "serve", "cli"],
        &["tokio", "hyper", "rayon"],
    ),
    (
        "convert",
        &["bench", "bulk", "sink", "regress", "serve", "cli"],
        &["tokio", "hyper", "std::fs", "std::net", "std::env"],
    ),
    (
        "trace",
        &["bench", "bulk", "sink", "regress", "serve", "cli"],
        &["tokio", "hyper", "std::fs", "std::net", "std::env"],
    ),
    (
        "checklist",
        &["cda", "trace", "intake", "bench", "bulk", "sink", "regress", "serve", "cli"],
        &["roxmltree", "tokio", "hyper", "std::fs", "std::net", "std::env"],
    ),
    (
        "account",
        &["bench", "bulk", "sink", "regress", "serve", "cli"],
        &["tokio", "hyper", "rayon", "std::fs", "std::net", "std::env"],
    ),
    ("intake", &["bench", "bulk", "sink", "regress", "serve", "cli"], &["tokio", "hyper", "rayon", "std::fs"]),
    ("bulk", &["bench", "regress", "serve", "cli"], &["hyper"]),
    ("bench", &["cda", "fhir", "regress", "serve", "cli"], &["tokio", "hyper", "roxmltree"]),
    ("sink", &["bench", "bulk", "regress", "serve", "cli"], &[]),
    ("regress", &["cda", "mapping", "bench", "serve", "cli"], &["roxmltree", "tokio", "hyper"]),
    ("serve", &["cda", "bench", "bulk", "regress", "cli"], &["roxmltree"]),
];

/// What the pure rooms must not ask: clock, chance, host, disk, network.
const IMPURE: &[&str] =
    &["SystemTime", "Instant::now", "std::fs", "std::net", "std::env::var", "thread_rng", "new_v4", "println!", "dbg!"];

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

/// Lines with their numbers.
type Lines = Vec<(usize, String)>;

/// Each source of `src/` with its room and its code: without comments, and without modules of tests.
fn code() -> Vec<(String, String, Lines)> {
    let src = project("src");
    let mut paths = Vec::new();
    sources(&src, &mut paths);
    paths
        .into_iter()
        .filter(|p| !p.file_name().is_some_and(|n| n == "tests.rs" || n == "testing.rs" || n == "examples.rs"))
        .map(|p| {
            let name = p.strip_prefix(&src).unwrap().to_string_lossy().replace('\\', "/");
            let room = name.split(['/', '.']).next().unwrap().to_owned();
            let text = std::fs::read_to_string(&p).unwrap();
            (format!("src/{name}"), room, lines(&text))
        })
        .collect()
}

fn lines(text: &str) -> Lines {
    let mut out = Vec::new();
    let mut skip: Option<usize> = None;
    let mut after_test_mark = false;
    for (i, line) in text.lines().enumerate() {
        let indent = line.len() - line.trim_start().len();
        if let Some(at) = skip {
            if indent <= at && line.trim_start().starts_with('}') {
                skip = None;
            }
            continue;
        }
        let bare = line.trim_start();
        if bare.starts_with("#[cfg(test)]") {
            after_test_mark = true;
            continue;
        }
        if after_test_mark && !bare.starts_with("#[") {
            after_test_mark = false;
            if bare.ends_with('{') {
                skip = Some(indent);
            }
            continue;
        }
        if bare.starts_with("//") {
            continue;
        }
        out.push((i + 1, line.split(" // ").next().unwrap().to_owned()));
    }
    out
}

/// Whether a name stands in a line as a word of its own, not inside a longer one.
fn names(line: &str, name: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(name).any(|(at, _)| {
        !line[..at].chars().next_back().is_some_and(word) && !line[at + name.len()..].chars().next().is_some_and(word)
    })
}

/// Rooms that a line names through `crate::` (also in braces: `use crate::{cda, fhir::x}`).
fn rooms_of(line: &str) -> Vec<String> {
    let mut out = Vec::new();
    for (at, _) in line.match_indices("crate::") {
        let rest = &line[at + "crate::".len()..];
        let list = match rest.strip_prefix('{') {
            Some(inner) => inner.split(',').map(str::trim).collect(),
            None => vec![rest],
        };
        for one in list {
            let room: String = one.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            out.push(room);
        }
    }
    out
}

#[test]
fn rooms_import_only_what_they_may() {
    let mut faults = Vec::new();
    for (name, room, lines) in code() {
        let Some((_, rooms, crates)) = NEVER.iter().find(|(r, _, _)| *r == room) else { continue };
        for (number, line) in lines {
            for found in rooms_of(&line) {
                if rooms.contains(&found.as_str()) {
                    faults.push(format!("{name}:{number}: {room} must not know {found}"));
                }
            }
            for c in *crates {
                if names(&line, c) && (line.contains(&format!("{c}::")) || line.trim_start().starts_with("use ")) {
                    faults.push(format!("{name}:{number}: {room} must not use {c}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn the_pure_rooms_ask_nothing_of_the_host() {
    let mut faults = Vec::new();
    for (name, room, lines) in code() {
        if !["cda", "fhir", "mapping", "convert", "trace", "account"].contains(&room.as_str()) {
            continue;
        }
        for (number, line) in lines {
            for what in IMPURE.iter().filter(|w| line.contains(**w)) {
                faults.push(format!("{name}:{number}: {what}"));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// Fixed codes of sections and documents, from the table of templates.
fn section_codes() -> Vec<String> {
    let text = std::fs::read_to_string(project("mappings/ccda/templates.toml")).unwrap();
    let table: toml::Table = text.parse().unwrap();
    let mut codes: Vec<String> = table["templates"]
        .as_table()
        .unwrap()
        .values()
        .filter(|t| matches!(t["class"].as_str(), Some("section" | "ClinicalDocument")))
        .filter_map(|t| t.get("codes")?.as_array())
        .flatten()
        .filter_map(|c| c.as_str()?.rsplit('|').next())
        .map(str::to_owned)
        .collect();
    codes.sort();
    codes.dedup();
    codes
}

#[test]
fn no_template_section_or_document_type_is_named_in_rust() {
    let codes = section_codes();
    assert!(codes.len() > 50, "the table of templates gives only {} codes", codes.len());
    let oids =
        ["2.16.840.1.113883.10.20", "1.3.6.1.4.1.19376", "2.16.840.1.113883.3.88.11", "2.16.840.1.113883.2.1.3.2.4.18"];
    let mut faults = Vec::new();
    for (name, _, lines) in code() {
        for (number, line) in lines {
            for oid in oids.iter().filter(|o| line.contains(**o)) {
                faults.push(format!("{name}:{number}: names a template ({oid}…)"));
            }
            for code in codes.iter().filter(|c| line.contains(&format!("\"{c}\""))) {
                faults.push(format!("{name}:{number}: names the section or document code {code}"));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn unsafe_code_is_forbidden() {
    let root = std::fs::read_to_string(project("src/lib.rs")).unwrap();
    assert!(root.contains("#![forbid(unsafe_code)]"));
}

#[test]
fn each_seeded_defect_finds_its_place() {
    let read = |file: &str| std::fs::read_to_string(project(file)).unwrap();
    let list: toml::Table = read(".ci/defects.toml").parse().unwrap();
    let defects = list["defect"].as_array().unwrap();
    assert!(defects.len() >= 10);
    for d in defects {
        let word = |key: &str| d[key].as_str().unwrap();
        let found = read(word("file")).matches(word("find")).count();
        assert_eq!(found, 1, "{}: its place in {} is gone or is not one", word("name"), word("file"));
        assert_ne!(word("find"), word("replace"));
    }
}
