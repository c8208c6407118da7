//! Packs of tables: the ones that are built in, and how a stack of packs becomes a plan.

use std::sync::Arc;

use include_dir::{Dir, include_dir};
use sha1::{Digest, Sha1};

use super::ast::Tables;
use super::compile::Compiler;
use super::diagnostics::{Diagnostics, EMBEDDED, Place, SourceFile};
use super::load;
use super::plan::Plan;
use super::terminology::Terminology;

static BUILTIN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/mappings");

/// The files of the built-in packs, in overlay order: `core < ccda < uk`, with terminology.
pub fn builtin() -> Vec<SourceFile> {
    let mut files = Vec::new();
    for pack in ["terminology", "core", "ccda", "uk"] {
        if let Some(dir) = BUILTIN.get_dir(pack) {
            collect(dir, &mut files);
        }
    }
    files
}

fn collect(dir: &Dir<'_>, files: &mut Vec<SourceFile>) {
    let mut found: Vec<_> = dir.files().collect();
    found.sort_by_key(|f| f.path().to_path_buf());
    for f in found {
        if let Some(text) = f.contents_utf8() {
            files.push(SourceFile { name: format!("{EMBEDDED}{}", f.path().display()), text: text.to_owned() });
        }
    }
    let mut dirs: Vec<_> = dir.dirs().collect();
    dirs.sort_by_key(|d| d.path().to_path_buf());
    for d in dirs {
        collect(d, files);
    }
}

/// Whether a file of a pack is one that the loader reads, by its name.
pub fn is_pack_file(name: &str) -> bool {
    name.ends_with(".toml") || name.ends_with(".json") || name.ends_with("oids.tsv") || name.ends_with("units.tsv")
}

/// Loads, checks and compiles files of packs; later files overlay earlier ones.
///
/// # Errors
/// All faults of all files at once.
pub fn compile(files: Vec<SourceFile>) -> Result<Plan, Diagnostics> {
    let mut faults = Diagnostics::default();
    let (tables, terms, digest) = read(files, &mut faults);
    let plan = Compiler::new(&tables, &mut faults, terms).compile(digest);
    match plan {
        Some(plan) if faults.0.is_empty() => Ok(plan),
        _ => Err(faults),
    }
}

/// Reads files of packs into tables and terminology, without compiling; for tools that show tables.
pub fn read(files: Vec<SourceFile>, faults: &mut Diagnostics) -> (Tables, Terminology, String) {
    let mut tables = Tables::default();
    let mut terms = Terminology::default();
    let mut digest = Sha1::new();
    for file in files {
        // not the name: the same tables in another folder, on another machine, are the same tables
        digest.update(file.text.as_bytes());
        digest.update([0]);
        let file = Arc::new(file);
        let at = |offset: usize| Place { file: file.clone(), span: offset..offset + 1 };
        if file.name.ends_with(".toml") {
            load::load(&file, &mut tables, faults);
        } else if file.name.ends_with(".json") {
            tables.concept_maps.push(file.clone());
            if let Err(e) = terms.add_concept_map(&file.text) {
                faults.add("M050", at(0), format!("this is no ConceptMap: {e}"), "packs hold R4 ConceptMaps in JSON");
            }
        } else if file.name.ends_with("units.tsv") {
            if let Err(line) = terms.add_units(&file.text) {
                let offset = file.text.split_inclusive('\n').take(line - 1).map(str::len).sum();
                faults.add("M052", at(offset), "a line is `unit TAB code`", "");
            }
        } else if file.name.ends_with("oids.tsv")
            && let Err(line) = terms.add_oids(&file.text)
        {
            let offset = file.text.split_inclusive('\n').take(line - 1).map(str::len).sum();
            faults.add("M051", at(offset), "a line is `oid TAB uri TAB kind TAB name`", "");
        }
    }
    for root in &tables.schemes {
        terms.add_scheme(root);
    }
    let digest = digest.finalize().iter().map(|b| format!("{b:02x}")).collect();
    (tables, terms, digest)
}
