//! Which tables are in force: the built-in ones, and over them those of the folders that were given.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::Mappings;
use crate::mapping::diagnostics::SourceFile;
use crate::mapping::packs;
use crate::mapping::plan::Plan;

/// All files of the packs, in the order in which they overlay each other.
pub fn files(mappings: &Mappings) -> Result<Vec<SourceFile>> {
    let mut files = packs::builtin();
    for folder in &mappings.folders {
        let mut paths = Vec::new();
        below(folder, &mut paths).with_context(|| format!("cannot read the mappings {}", folder.display()))?;
        if paths.is_empty() {
            bail!("{} holds no mapping tables (*.toml, *.json, oids.tsv)", folder.display());
        }
        for path in paths {
            let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let text = String::from_utf8(text).ok().with_context(|| format!("{} is not UTF-8", path.display()))?;
            files.push(SourceFile { name: path.display().to_string(), text });
        }
    }
    Ok(files)
}

/// The tables, checked and compiled. The faults of the tables are the error.
pub fn plan(mappings: &Mappings) -> Result<Plan> {
    Ok(packs::compile(files(mappings)?)?)
}

fn below(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let mut items: Vec<_> = fs::read_dir(folder)?.collect::<std::io::Result<_>>()?;
    items.sort_by_key(fs::DirEntry::file_name);
    for item in items {
        let name = item.file_name();
        if name.as_encoded_bytes().first() == Some(&b'.') {
            continue;
        }
        if item.file_type()?.is_dir() {
            below(&item.path(), found)?;
        } else if packs::is_pack_file(&name.to_string_lossy()) {
            found.push(item.path());
        }
    }
    Ok(())
}
