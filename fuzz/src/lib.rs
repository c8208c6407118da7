//! What the fuzz targets share: the mutator of documents, the properties that the tests hold too, and a count of memory.

use granule::convert::Converter;
use granule::mapping::packs;
use libfuzzer_sys::fuzzer_mutate;

#[path = "../../tests/common/holds.rs"]
pub mod holds;
#[path = "../../tests/common/mutate.rs"]
pub mod mutate;
#[path = "../../tests/common/outline.rs"]
pub mod outline;

/// A converter of the built-in packs.
pub fn converter() -> Converter {
    match packs::compile(packs::builtin()) {
        Ok(plan) => Converter::new(plan),
        Err(faults) => panic!("the built-in packs do not compile:\n{faults}"),
    }
}

/// Changes a document in place, as libFuzzer asks: mostly by its elements, at times by its bytes.
pub fn change(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let mut random = random(seed);
    if size == 0 || random.below(8) == 0 {
        return fuzzer_mutate(data, size, max_size);
    }
    let mut changed = mutate::mutate(&data[..size], &mut random);
    for _ in 0..random.below(4) {
        changed = mutate::mutate(&changed, &mut random);
    }
    put(&changed, data, max_size)
}

/// Puts a part of one document into another.
pub fn cross(one: &[u8], other: &[u8], out: &mut [u8], seed: u32) -> usize {
    let mut random = random(seed);
    let crossed = mutate::cross(one, other, &mut random);
    let max_size = out.len();
    put(crossed.as_deref().unwrap_or(one), out, max_size)
}

fn random(seed: u32) -> mutate::Random {
    let mut random = mutate::Random(u64::from(seed) << 1 | 1);
    // it takes a few rounds until small seeds differ
    for _ in 0..4 {
        random.next();
    }
    random
}

fn put(what: &[u8], data: &mut [u8], max_size: usize) -> usize {
    let size = what.len().min(max_size);
    data[..size].copy_from_slice(&what[..size]);
    size
}
