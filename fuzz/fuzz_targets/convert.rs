//! Conversion of real documents that were changed at random: no panic, memory in bounds, threads do not matter, and what
//! comes out passes the gate. Time is bounded by libFuzzer's `-timeout`.
#![no_main]

use std::sync::LazyLock;

use granule::convert::{Converter, Options, report};
use granule_fuzz::{converter, holds};
use libfuzzer_sys::{fuzz_crossover, fuzz_mutator, fuzz_target};
use peak_alloc::PeakAlloc;
use roxmltree::{Document, ParsingOptions};

/// Counts what is allocated.
#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

static CONVERTER: LazyLock<Converter> = LazyLock::new(|| {
    let converter = converter();
    // what is made once (definitions, rules of the gate) is made before memory is counted
    let first = include_bytes!("../../samples/ccd.xml");
    let made = converter.convert(first, &Options::default()).expect("a sample converts");
    drop(made.bundle.to_json(false));
    converter
});

/// Bytes that any document may take, and those it may take for each of its own.
const BASE: usize = 8 << 20;
const EACH: usize = 200;

fuzz_target!(|data: &[u8]| {
    let converter = &*CONVERTER;
    let options = Options { parallel_from: usize::MAX, ..Options::default() };
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let converted = converter.convert(data, &options);
    let json = converted.as_ref().map(|c| (c.bundle.to_json(false), report::issues_json(&c.issues, false)));
    let taken = MEMORY.peak_usage().saturating_sub(before);
    assert!(taken <= BASE + EACH * data.len(), "{taken} bytes of memory for {} bytes of document", data.len());

    let (json, issues) = match json {
        Ok(json) => json,
        Err(e) => {
            assert!(!e.message.is_empty());
            return;
        }
    };
    // what was converted is well-formed as a whole, not only in its pieces
    if let Ok(text) = std::str::from_utf8(data) {
        let options = ParsingOptions { allow_dtd: false, nodes_limit: u32::MAX, ..Default::default() };
        let text = text.trim_start_matches('\u{feff}');
        // white space before the declaration, and characters that XML forbids, are repaired on purpose
        let repaired = text.starts_with(|c: char| c.is_ascii_whitespace())
            || text.contains("&#")
            || text
                .chars()
                .any(|c| matches!(c, '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}'));
        if !repaired && let Err(e) = Document::parse_with_options(text, options) {
            panic!("converted, though a parser refuses it: {e}");
        }
    }
    let bundle: serde_json::Value = serde_json::from_slice(&json).expect("the bundle is JSON");
    serde_json::from_slice::<serde_json::Value>(&issues).expect("the issues are JSON");
    holds::references_lead_somewhere(&bundle, "this document");
    holds::gate_rests(&bundle, "this document");
    let parallel = converter.convert(data, &Options { parallel_from: 0, ..Options::default() }).expect("as before");
    assert!(parallel.bundle.to_json(false) == json, "the result depends on the threads");
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    granule_fuzz::change(data, size, max_size, seed)
});

fuzz_crossover!(|one: &[u8], other: &[u8], out: &mut [u8], seed: u32| { granule_fuzz::cross(one, other, out, seed) });
