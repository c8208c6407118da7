//! The loader of mapping tables: no panic, faults that can be shown; tables without fault convert a document.
#![no_main]

use granule::convert::{Converter, Options};
use granule::mapping::diagnostics::SourceFile;
use granule::mapping::packs;
use libfuzzer_sys::fuzz_target;

const DOCUMENT: &[u8] = include_bytes!("../../samples/ccd.xml");

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    // the kind of file, by what it begins with: a table, a ConceptMap, or a list of OIDs or units
    let name = match text.as_bytes().first() {
        Some(b'{') => "fuzz.json",
        Some(b'0'..=b'9') => "oids.tsv",
        Some(b'%') => "units.tsv",
        _ => "fuzz.toml",
    };
    // its own pack, then over one that it may refer to
    for base in [None, Some(include_str!("../../docs/examples/site-pack/pack.toml"))] {
        let base = base.map(|text| SourceFile { name: "pack.toml".into(), text: text.into() });
        let files = base.into_iter().chain([SourceFile { name: name.into(), text: text.into() }]).collect();
        match packs::compile(files) {
            Ok(plan) => {
                let _ = Converter::new(plan).convert(DOCUMENT, &Options::default());
            }
            Err(faults) => assert!(!faults.to_string().is_empty()),
        }
    }
});
