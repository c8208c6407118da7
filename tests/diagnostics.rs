//! Mapping faults as an analyst sees them: each `tests/diagnostics/*.toml` is a pack with a fault, the `*.txt` beside it what
//! `granule check` says of it. `GRANULE_BLESS=1 cargo test --test diagnostics` writes the texts anew; read what changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use granule::mapping::define::Is;
use granule::mapping::diagnostics::Diagnostics;
use granule::mapping::packs;
use granule::mapping::path::parse_path;

fn rendered(case: &Path, scratch: &Path) -> String {
    let name = case.file_name().unwrap();
    let pack = scratch.join("pack");
    let _ = fs::remove_dir_all(&pack);
    fs::create_dir_all(&pack).unwrap();
    fs::copy(case, pack.join(name)).unwrap();
    let out = Command::new(env!("CARGO_BIN_EXE_granule"))
        .current_dir(scratch)
        .args(["check", "--mappings", "pack"])
        .output()
        .unwrap();
    assert_eq!(out.status.code(), Some(2), "{}", case.display());
    assert!(out.stdout.is_empty());
    String::from_utf8(out.stderr).unwrap()
}

#[test]
fn each_fault_is_told_with_its_place_and_what_to_do() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics");
    let scratch = std::env::temp_dir().join(format!("granule-diagnostics-{}", std::process::id()));
    let mut cases: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap()
        .map(|f| f.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "toml"))
        .collect();
    cases.sort();
    assert!(cases.len() >= 15);
    let bless = std::env::var_os("GRANULE_BLESS").is_some();
    let mut wrong = Vec::new();
    for case in &cases {
        let told = rendered(case, &scratch);
        let expected = case.with_extension("txt");
        if bless {
            fs::write(&expected, told).unwrap();
        } else if fs::read_to_string(&expected).unwrap_or_default() != told {
            wrong.push(format!("{}:\n{told}", case.display()));
        }
    }
    let _ = fs::remove_dir_all(scratch);
    assert!(wrong.is_empty(), "told otherwise than expected:\n{}", wrong.join("\n"));
}

#[test]
fn check_of_the_built_in_tables_is_clean() {
    let out = Command::new(env!("CARGO_BIN_EXE_granule")).arg("check").output().unwrap();
    assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
    assert!(String::from_utf8(out.stdout).unwrap().contains("no faults"));
}

#[test]
fn every_definition_of_the_built_in_tables_is_used_and_told_in_words() {
    let files = packs::builtin();
    let texts: Vec<String> = files.iter().filter(|f| f.name.ends_with(".toml")).map(|f| f.text.clone()).collect();
    let (tables, ..) = packs::read(files, &mut Diagnostics::default());
    let names: Vec<&str> = tables.define.names().collect();
    assert!(names.len() > 20);
    for name in names {
        let ends = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '-');
        let used = texts.iter().any(|t| t.split(&format!("${name}")).skip(1).any(ends));
        assert!(used, "`${name}` is used nowhere");
        // a path or a list says itself what it is; a test is read by clinicians
        let (_, d) = tables.define.get(name).unwrap();
        let is_test = d.is.texts().first().is_some_and(|t| parse_path(&t.text, &tables.define).is_err());
        assert!(!is_test || matches!(d.is, Is::List(_)) || d.says.is_some(), "`${name}` has no words");
    }
}
