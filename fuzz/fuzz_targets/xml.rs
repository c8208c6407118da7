//! The plain pass over XML against roxmltree: what it takes, it reads as roxmltree does.
#![no_main]

use std::sync::LazyLock;

use granule::cda::decode::decode;
use granule::cda::limits::Limits;
use granule::cda::names::Names;
use granule::cda::scan::scan;
use granule::cda::xml::{Xml, XmlFault, XmlNode};
use granule::mapping::packs;
use libfuzzer_sys::{fuzz_crossover, fuzz_mutator, fuzz_target};

/// The names that the built-in tables ask for.
static NAMES: LazyLock<Names> = LazyLock::new(|| match packs::compile(packs::builtin()) {
    Ok(plan) => plan.names,
    Err(faults) => panic!("the built-in packs do not compile:\n{faults}"),
});

/// Panics where two nodes, or anything in them, differ.
fn same(one: XmlNode<'_>, other: XmlNode<'_>) {
    assert_eq!(one.is_text(), other.is_text());
    assert_eq!((one.offset(), one.name()), (other.offset(), other.name()));
    assert_eq!((one.local_name(), one.text()), (other.local_name(), other.text()));
    assert_eq!(one.attributes().len(), other.attributes().len());
    for (a, b) in one.attributes().zip(other.attributes()) {
        assert_eq!((a.name(), a.local_name(), a.value()), (b.name(), b.local_name(), b.value()));
        assert_eq!(one.attribute(a.local_name()), other.attribute(b.local_name()));
    }
    assert_eq!(one.children().count(), other.children().count());
    one.children().zip(other.children()).for_each(|(a, b)| same(a, b));
}

fuzz_target!(|data: &[u8]| {
    let Ok(decoded) = decode(data, &Limits::default()) else { return };
    // as in a conversion, the scan has bounded the depth
    if scan(&decoded.text, &Limits::default()).is_err() {
        return;
    }
    if let Some(plain) = Xml::document(&decoded.text, &NAMES) {
        match Xml::judged(&decoded.text, &NAMES) {
            Ok(judged) => same(plain.root(), judged.root()),
            // what would cost the parser gigabytes, and the plain pass nothing
            Err(e) if e.fault == XmlFault::TooLarge => {}
            Err(e) => panic!("roxmltree refuses what the plain pass takes: {e:?}"),
        }
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    granule_fuzz::change(data, size, max_size, seed)
});

fuzz_crossover!(|one: &[u8], other: &[u8], out: &mut [u8], seed: u32| { granule_fuzz::cross(one, other, out, seed) });
