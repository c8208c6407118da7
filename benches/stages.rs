//! Throughput of each stage on documents of 30 KB to 3 MB: scan, parse (roxmltree over the whole document, the measure of
//! the budgets), map (conversion without serialising), serialise, convert (bytes to bytes).
//!
//! The larger documents are the sample discharge summary with its sections repeated, ids renumbered, as a chart export
//! repeats them. Timings are for comparison within one run.

use std::hint::black_box;
use std::process::Command;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use granule::cda::limits::Limits;
use granule::cda::scan::scan;
use granule::convert::{Converter, Options, Original};
use granule::mapping::packs;

/// As in the program.
#[cfg(feature = "mimalloc")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A document of about `size` bytes: the sections of the sample, repeated.
fn document(size: usize) -> String {
    let sample = include_str!("../samples/discharge-summary.xml");
    let outline = scan(sample, &Limits::default()).expect("the sample scans");
    let first = outline.sections.first().expect("it has sections").parent.start;
    let last = outline.sections.last().expect("it has sections").range.end;
    let tail = &sample[last..];
    let components: Vec<&str> = outline.sections.iter().map(|s| &sample[s.range.clone()]).collect();
    let mut out = String::from(&sample[..first]);
    let mut round = 0;
    'fill: loop {
        for c in &components {
            if out.len() + c.len() + tail.len() > size && out.len() > first {
                break 'fill;
            }
            out.push_str("<component>");
            out.push_str(&c.replace("extension=\"", &format!("extension=\"{round}-")));
            out.push_str("</component>\n");
        }
        round += 1;
    }
    // the tail closes the last component itself
    out.truncate(out.len() - "</component>\n".len());
    out.push_str(tail);
    out
}

/// What every start waits for: the tables read, checked and compiled; and the program from its start to the end of a small
/// document, whose aim is 30 ms.
fn start(c: &mut Criterion) {
    let mut group = c.benchmark_group("start");
    group.sample_size(20);
    group.bench_function("tables", |b| b.iter(|| packs::compile(black_box(packs::builtin())).map(|p| p.rows.len())));
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/minimal.xml");
    group.bench_function("program", |b| {
        b.iter(|| {
            let run = Command::new(env!("CARGO_BIN_EXE_granule")).args(["convert", sample]).output();
            assert!(run.expect("the program starts").status.success());
        })
    });
    group.finish();
}

fn stages(c: &mut Criterion) {
    let converter = Converter::new(packs::compile(packs::builtin()).expect("the built-in packs are sound"));
    let single = Options { parallel_from: usize::MAX, original: Original::Omit, ..Options::default() };
    for size in [30_000, 175_000, 1_000_000, 3_000_000] {
        let text = document(size);
        let bytes = text.as_bytes();
        let mut group = c.benchmark_group(format!("{}KB", text.len() / 1000));
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.sample_size(if size > 500_000 { 10 } else { 30 });
        let id = |name: &str| BenchmarkId::from_parameter(name.to_owned());
        group.bench_function(id("scan"), |b| b.iter(|| scan(black_box(&text), &Limits::default())));
        group.bench_function(id("parse"), |b| {
            b.iter(|| roxmltree::Document::parse(black_box(&text)).map(|d| d.root().id()))
        });
        group.bench_function(id("map"), |b| {
            b.iter(|| converter.convert(black_box(bytes), &single).map(|c| c.issues.len()))
        });
        let converted = converter.convert(bytes, &single).expect("it converts");
        group.bench_function(id("serialise"), |b| b.iter(|| black_box(&converted.bundle).to_json(false).len()));
        group.bench_function(id("convert"), |b| {
            b.iter(|| converter.convert(black_box(bytes), &single).map(|c| c.bundle.to_json(false).len()))
        });
        group.finish();
    }
}

criterion_group!(benches, start, stages);
criterion_main!(benches);
