//! The scanner against roxmltree: what a whole parse sees, the spans cover; and chunks do not matter.
#![no_main]

use granule::cda::decode::decode;
use granule::cda::limits::Limits;
use granule::cda::scan::{ScanError, ScanErrorKind, Scanner, scan};
use granule_fuzz::outline;
use libfuzzer_sys::{fuzz_crossover, fuzz_mutator, fuzz_target};
use roxmltree::{Document, ParsingOptions};

fuzz_target!(|data: &[u8]| {
    let limits = Limits::default();
    let Ok(decoded) = decode(data, &limits) else { return };
    let text: &str = &decoded.text;
    let scanned = scan(text, &limits);
    for size in [1, 1 + data.len() % 61, 4096] {
        let mut scanner = Scanner::new(&limits);
        let fed = text.as_bytes().chunks(size).try_for_each(|c| scanner.feed(c));
        assert_eq!(fed.and_then(|()| scanner.finish()), scanned, "in chunks of {size}");
    }
    let options = ParsingOptions { allow_dtd: false, nodes_limit: 1_000_000, ..Default::default() };
    let Ok(tree) = Document::parse_with_options(text, options) else { return };
    match scanned {
        Ok(outline) => outline::agrees(text, &tree, &outline, "this document"),
        Err(ScanError { kind: ScanErrorKind::LimitExceeded { .. }, .. }) => {}
        // XML forbids it (an attribute name stands once in a tag); the parser does not ask for the default namespace
        Err(ScanError { kind: ScanErrorKind::PrefixDeclaredTwice, .. }) => {}
        Err(e) => assert!(!outline::is_cda(&tree), "refused, though a parser reads it: {e}"),
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    granule_fuzz::change(data, size, max_size, seed)
});

fuzz_crossover!(|one: &[u8], other: &[u8], out: &mut [u8], seed: u32| { granule_fuzz::cross(one, other, out, seed) });
