//! The decoder and scanner against the shared corpus of real documents, with
//! roxmltree as the judge. Skipped where `GRANULE_SHARED` is not set.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use common::{outline, shared};
use granule::cda::decode::decode;
use granule::cda::limits::Limits;
use granule::cda::scan::{Scanner, scan};
use roxmltree::Document;

/// The corpus files below a folder, in order; `None` (said aloud) without one.
fn corpus(folder: &str) -> Option<Vec<PathBuf>> {
    let shared = shared("scan_corpus")?;
    let mut found = Vec::new();
    collect(&shared.join("corpus").join(folder), &mut found);
    found.sort();
    assert!(!found.is_empty(), "no corpus in {folder}");
    Some(found)
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("readable folder") {
        let path = entry.expect("readable entry").path();
        if path.is_dir() {
            collect(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn agrees_with_a_real_parser() {
    let Some(paths) = corpus("documents") else {
        return;
    };
    let limits = Limits::default();
    let (mut deepest, mut cut, mut strays) = (0, 0, 0);
    for path in &paths {
        let at = path.display();
        let bytes = fs::read(path).expect("readable file");
        let decoded = decode(&bytes, &limits).unwrap_or_else(|e| panic!("{at}: {e}"));
        for note in &decoded.notes {
            eprintln!("{at}: {} ×{} {}", note.code, note.count, note.detail);
        }
        let tree = Document::parse(&decoded.text).unwrap_or_else(|e| panic!("{at}: {e}"));
        let outline = scan(&decoded.text, &limits).unwrap_or_else(|e| panic!("{at}: {e}"));
        outline::agrees(&decoded.text, &tree, &outline, &at.to_string());
        outline::no_section_unknown(&tree, &outline, &at.to_string());
        deepest = deepest.max(outline.max_depth);
        cut += outline.sections.len();
        strays += outline.stray_sections.len();
        if outline.structured_bodies > 1 || outline.root.name.contains(':') {
            let bodies = outline.structured_bodies;
            eprintln!("{at}: root {}, {bodies} bodies", outline.root.name);
        }
    }
    eprintln!("{} documents, {cut} sections, {strays} strays, deepest {deepest}", paths.len());
}

#[test]
fn chunks_do_not_matter() {
    let Some(paths) = corpus("documents") else {
        return;
    };
    let limits = Limits::default();
    for path in paths.iter().step_by(40) {
        let bytes = fs::read(path).expect("readable file");
        let decoded = decode(&bytes, &limits).expect("decodable");
        let whole = scan(&decoded.text, &limits);
        for size in [1, 7, 64, 4096] {
            let mut scanner = Scanner::new(&limits);
            let fed = decoded.text.as_bytes().chunks(size).try_for_each(|c| scanner.feed(c));
            assert_eq!(fed.and_then(|()| scanner.finish()), whole, "{}", path.display());
        }
    }
}

#[test]
fn bad_files_give_a_result_or_a_reason() {
    for folder in ["bad", "fragments", "envelopes", "pairs"] {
        let Some(paths) = corpus(folder) else { return };
        let limits = Limits::default();
        for path in &paths {
            let name = path.strip_prefix(path.ancestors().nth(2).expect("folders"));
            let name = name.expect("a prefix").display();
            let bytes = fs::read(path).expect("readable file");
            let decoded = decode(&bytes, &limits).expect("decodable");
            let parsed = Document::parse(&decoded.text);
            let scanned = scan(&decoded.text, &limits);
            if folder == "bad" || !decoded.notes.is_empty() {
                let notes: Vec<_> = decoded.notes.iter().map(|n| n.detail.as_str()).collect();
                let parsed = parsed.as_ref().map_or_else(ToString::to_string, |_| "well-formed".to_owned());
                match &scanned {
                    Ok(_) => eprintln!("{name}: scanned; {parsed}; {notes:?}"),
                    Err(error) => eprintln!("{name}: {error}; {parsed}; {notes:?}"),
                }
            }
            if let (Ok(tree), Err(error)) = (parsed, &scanned) {
                assert!(!outline::is_cda(&tree), "{name}: {error}");
            }
        }
    }
}

/// `cargo test --release --test scan_corpus -- --ignored --nocapture speed`
#[test]
#[ignore = "measures; only meaningful in release mode"]
fn speed() {
    let Some(paths) = corpus("documents") else {
        return;
    };
    let limits = Limits::default();
    let files: Vec<_> = paths.iter().map(|p| fs::read(p).expect("readable file")).collect();
    let bytes: usize = files.iter().map(Vec::len).sum();
    let mut best = [Duration::MAX; 5];
    for _ in 0..5 {
        let mut took = [Duration::ZERO; 5];
        for file in &files {
            let clock = Instant::now();
            let decoded = decode(file, &limits).expect("decodable");
            took[0] += clock.elapsed();
            let clock = Instant::now();
            let valid = str::from_utf8(file).is_ok();
            took[1] += clock.elapsed();
            assert!(valid);
            let clock = Instant::now();
            let outline = scan(&decoded.text, &limits).expect("accepted");
            took[2] += clock.elapsed();
            let clock = Instant::now();
            let tree = Document::parse(&decoded.text).expect("well-formed");
            took[3] += clock.elapsed();
            assert!(outline.elements < tree.descendants().count() as u64);
            let clock = Instant::now();
            let mut scanner = Scanner::new(&limits);
            for chunk in decoded.text.as_bytes().chunks(64 << 10) {
                scanner.feed(chunk).expect("accepted");
            }
            assert_eq!(scanner.finish().expect("accepted").elements, outline.elements);
            took[4] += clock.elapsed();
        }
        for (best, took) in best.iter_mut().zip(took) {
            *best = took.min(*best);
        }
    }
    let parse = best[3].as_secs_f64();
    for (what, time) in ["decode", "from_utf8", "scan", "parse", "scan 64K"].iter().zip(best) {
        let seconds = time.as_secs_f64();
        let rate = bytes as f64 / 1e6 / seconds;
        eprintln!("{what:10} {:7.1} ms {rate:6.0} MB/s {:.3} of parse", seconds * 1e3, seconds / parse);
    }
}
