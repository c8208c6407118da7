//! What holds of every document: no panic, same bytes for same input, references that lead somewhere, a gate that has
//! nothing left to do.

mod common;

use common::mutate::{Random, mutate};
use common::*;
use granule::convert::Options;
use serde_json::Value;

fn samples() -> Vec<(String, Vec<u8>)> {
    ["samples", "tests/fixtures"]
        .iter()
        .flat_map(|folder| files(folder, ".xml"))
        .map(|p| (p.display().to_string(), std::fs::read(&p).unwrap()))
        .collect()
}

#[test]
fn mutated_documents_never_panic() {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let (mut total, mut converted) = (0, 0);
    // as many mutants of a sample as it is small: each costs about as much as it has bytes
    let share = if cfg!(debug_assertions) { 3_000_000 } else { 60_000_000_usize };
    for (name, bytes) in &samples() {
        for round in 0..(share / bytes.len()).clamp(40, 4000) {
            let mut mutant = mutate(bytes, &mut random);
            for _ in 0..random.below(3) {
                mutant = mutate(&mutant, &mut random);
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

#[test]
fn every_reference_leads_somewhere() {
    for (name, bytes) in samples() {
        holds::references_lead_somewhere(&convert(&bytes).bundle, &name);
    }
}

#[test]
fn the_gate_has_nothing_left_to_do() {
    for (name, bytes) in samples() {
        holds::gate_rests(&convert(&bytes).bundle, &name);
    }
}
