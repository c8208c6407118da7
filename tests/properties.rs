//! What holds of every document: no panic, same bytes for same input, references that lead somewhere, a gate that has
//! nothing left to do.

mod common;

use std::collections::{HashMap, HashSet};

use common::*;
use granule::convert::Options;
use granule::fhir::definitions::Definitions;
use granule::fhir::{gate, json, read};
use serde_json::Value;

/// Small numbers that are the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }
}

fn samples() -> Vec<(String, Vec<u8>)> {
    ["samples", "tests/fixtures"]
        .iter()
        .flat_map(|folder| files(folder, ".xml"))
        .map(|p| (p.display().to_string(), std::fs::read(&p).unwrap()))
        .collect()
}

/// Places of tags (`<` to `>`) in a text.
fn tags(bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    let mut start = None;
    for (i, b) in bytes.iter().enumerate() {
        match b {
            b'<' => start = Some(i),
            b'>' => out.extend(start.take().map(|s| (s, i + 1))),
            _ => {}
        }
    }
    out
}

/// Places of attribute values, without their quotes.
fn values(bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    let mut i = 0;
    while let Some(at) = bytes[i..].windows(2).position(|w| w == b"=\"") {
        let start = i + at + 2;
        let Some(len) = bytes[start..].iter().position(|b| *b == b'"') else { break };
        out.push((start, start + len));
        i = start + len + 1;
    }
    out
}

fn replace(bytes: &[u8], at: (usize, usize), with: &[u8]) -> Vec<u8> {
    let mut out = bytes[..at.0].to_vec();
    out.extend_from_slice(with);
    out.extend_from_slice(&bytes[at.1..]);
    out
}

fn mutate(bytes: &[u8], tags: &[(usize, usize)], values: &[(usize, usize)], random: &mut Random) -> Vec<u8> {
    let words: &[&[u8]] = &[
        b"",
        b"true",
        b"UNK",
        b"20240229",
        b"99999999999999",
        b"2.16.840.1.113883.6.1",
        b"\xc3\xa9",
        b"-1",
        b"1e308",
        b"PIVL_TS",
        b"CD",
        b"#",
        b"20230531220530.123+9999",
    ];
    let mut out = bytes.to_vec();
    match random.below(7) {
        0 => {
            let at = random.below(out.len());
            out[at] ^= 1 << random.below(8);
        }
        1 => out = replace(bytes, tags[random.below(tags.len())], b""),
        2 => {
            // an element of one line goes, so that the document stays well-formed
            let lines: Vec<&[u8]> = bytes.split_inclusive(|b| *b == b'\n').collect();
            let gone = random.below(lines.len());
            out = lines.iter().enumerate().filter(|(i, _)| *i != gone).flat_map(|(_, l)| l.iter().copied()).collect();
        }
        3 => {
            let (a, b) = (values[random.below(values.len())], values[random.below(values.len())]);
            let (a, b) = (a.min(b), a.max(b));
            if a.1 <= b.0 {
                out = bytes[..a.0].to_vec();
                out.extend_from_slice(&bytes[b.0..b.1]);
                out.extend_from_slice(&bytes[a.1..b.0]);
                out.extend_from_slice(&bytes[a.0..a.1]);
                out.extend_from_slice(&bytes[b.1..]);
            }
        }
        4 => out.truncate(random.below(bytes.len())),
        5 => out = replace(bytes, values[random.below(values.len())], words[random.below(words.len())]),
        _ => {
            // an element of another place
            let (a, b) = (random.below(tags.len()), random.below(tags.len()));
            out = replace(bytes, tags[a], &bytes[tags[b].0..tags[b].1]);
        }
    }
    out
}

#[test]
fn mutated_documents_never_panic() {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let (mut total, mut converted) = (0, 0);
    // as many mutants of a sample as it is small: each costs about as much as it has bytes
    let share = if cfg!(debug_assertions) { 3_000_000 } else { 60_000_000_usize };
    for (name, bytes) in &samples() {
        let (tags, values) = (tags(bytes), values(bytes));
        for round in 0..(share / bytes.len()).clamp(40, 4000) {
            let mut mutant = mutate(bytes, &tags, &values, &mut random);
            for _ in 0..random.below(3) {
                if mutant.len() > 64 {
                    let (t, v) = (self::tags(&mutant), self::values(&mutant));
                    if !t.is_empty() && !v.is_empty() {
                        mutant = mutate(&mutant, &t, &v, &mut random);
                    }
                }
            }
            let done = std::panic::catch_unwind(|| {
                converter().convert(&mutant, &Options::default()).map(|c| c.bundle.to_json(false))
            });
            total += 1;
            match done {
                Err(_) => panic!("mutant {round} of {name} makes the converter panic"),
                Ok(Ok(json)) => {
                    converted += 1;
                    assert!(serde_json::from_slice::<Value>(&json).is_ok(), "mutant {round} of {name}: no JSON");
                }
                Ok(Err(_)) => {}
            }
        }
    }
    assert!(converted * 4 > total, "of {total} mutants only {converted} were converted: the mutator is too rough");
    eprintln!("{total} mutants, {converted} of them converted");
}

#[test]
fn same_input_same_bytes() {
    for (name, bytes) in samples() {
        let run = |parallel_from| {
            let options = Options { parallel_from, ..Options::default() };
            converter().convert(&bytes, &options).unwrap().bundle.to_json(false)
        };
        let (parallel, serial) = (run(0), run(usize::MAX));
        assert!(parallel == serial, "{name}: the result depends on the threads");
        assert!(serial == run(usize::MAX), "{name}: two runs differ");
    }
}

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

#[test]
fn every_reference_leads_somewhere() {
    for (name, bytes) in samples() {
        let m = convert(&bytes);
        let urls: HashSet<&str> =
            m.bundle["entry"].as_array().unwrap().iter().filter_map(|e| e["fullUrl"].as_str()).collect();
        assert_eq!(urls.len(), m.bundle["entry"].as_array().unwrap().len(), "{name}: two entries share a fullUrl");
        let mut found = Vec::new();
        references(&m.bundle, &mut found);
        for r in found {
            assert!(urls.contains(r), "{name}: {r} leads nowhere");
        }
    }
}

#[test]
fn the_gate_has_nothing_left_to_do() {
    let definitions = Definitions::get();
    for (name, bytes) in samples() {
        let m = convert(&bytes);
        let entries = m.bundle["entry"].as_array().unwrap();
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
}

fn text(o: &granule::fhir::value::Object) -> String {
    let mut w = json::Writer::new(false);
    w.object(o);
    String::from_utf8(w.finish()).unwrap()
}
