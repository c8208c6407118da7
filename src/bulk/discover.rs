//! Which documents a run converts, and where the bundle of each goes.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Where the bytes of a document come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// a file
    File(PathBuf),
    /// standard input
    Stdin,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::File(path) => path.display().fmt(f),
            Source::Stdin => f.write_str("standard input"),
        }
    }
}

/// A document to be converted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// where it is read
    pub source: Source,
    /// its path below the folder that was given; the file name of a file that was given itself
    pub name: PathBuf,
}

impl Document {
    /// Path of the bundle below the output folder.
    pub fn bundle_path(&self) -> PathBuf {
        self.with(".json")
    }

    /// Path of a message below the output folder: that of the bundle for the first, with the name of its event for others.
    pub fn message_path(&self, event: Option<&str>) -> PathBuf {
        event.map_or_else(|| self.bundle_path(), |e| self.with(&format!(".{e}.json")))
    }

    /// Path of the issues below the output folder.
    pub fn issues_path(&self) -> PathBuf {
        self.with(".issues.json")
    }

    /// A document of an envelope that holds several, by its number.
    pub fn numbered(&self, number: usize) -> Document {
        Document { source: self.source.clone(), name: self.with(&format!(".{number}")) }
    }

    /// The name with something after it; names need not be UTF-8.
    fn with(&self, suffix: &str) -> PathBuf {
        let mut name = self.name.clone().into_os_string();
        name.push(suffix);
        PathBuf::from(name)
    }
}

/// Why the documents of a run cannot be told.
#[derive(Debug)]
pub enum DiscoverError {
    /// an input cannot be read
    Unreadable(PathBuf, io::Error),
    /// two documents would be written to one file
    SameOutput {
        /// below the output folder
        output: PathBuf,
        /// the first
        first: Source,
        /// the second
        second: Source,
    },
}

impl fmt::Display for DiscoverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DiscoverError::Unreadable(path, e) => write!(f, "cannot read {}: {e}", path.display()),
            DiscoverError::SameOutput { output, first, second } => write!(
                f,
                "{first} and {second} would both be written to {}; convert them in two runs, or give the folder that holds both",
                output.display()
            ),
        }
    }
}

impl std::error::Error for DiscoverError {}

/// The extensions by which senders name CDA documents.
const DOCUMENTS: [&str; 5] = ["xml", "cda", "ccda", "ccd", "c32"];

/// The documents of the inputs: files as given, the `*.xml`, `*.cda`, `*.ccda`, `*.ccd` and `*.c32` below folders. The order is that of the inputs, sorted within
/// a folder, and so the same on every machine. What is hidden (a name with a leading dot) is skipped below folders.
///
/// # Errors
/// When an input is not there, or two documents would have the same output.
pub fn discover(inputs: &[PathBuf]) -> Result<Vec<Document>, DiscoverError> {
    let mut found = Vec::new();
    for input in inputs {
        if input.as_os_str() == "-" {
            found.push(Document { source: Source::Stdin, name: PathBuf::from("stdin") });
            continue;
        }
        let unreadable = |e| DiscoverError::Unreadable(input.clone(), e);
        if fs::metadata(input).map_err(unreadable)?.is_dir() {
            below(input, input, &mut found)?;
        } else {
            let name = input.file_name().map_or_else(|| input.clone(), PathBuf::from);
            found.push(Document { source: Source::File(input.clone()), name });
        }
    }
    one_output_each(&found)?;
    Ok(found)
}

fn below(root: &Path, folder: &Path, found: &mut Vec<Document>) -> Result<(), DiscoverError> {
    let unreadable = |e| DiscoverError::Unreadable(folder.to_path_buf(), e);
    let mut items: Vec<_> = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<_>>).map_err(unreadable)?;
    items.sort_by_key(fs::DirEntry::file_name);
    for item in items {
        let path = item.path();
        if hidden(&item.file_name()) {
            continue;
        }
        // of links, only those to files are followed: one to a folder may lead round in a circle
        let kind = item.file_type().map_err(unreadable)?;
        if kind.is_dir() {
            below(root, &path, found)?;
        } else if is_xml(&path) && (kind.is_file() || fs::metadata(&path).is_ok_and(|m| m.is_file())) {
            let name = path.strip_prefix(root).unwrap_or(&path).to_path_buf();
            found.push(Document { source: Source::File(path), name });
        }
    }
    Ok(())
}

fn hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().first() == Some(&b'.')
}

fn is_xml(path: &Path) -> bool {
    path.extension().is_some_and(|e| DOCUMENTS.iter().any(|d| e.eq_ignore_ascii_case(d)))
}

fn one_output_each(documents: &[Document]) -> Result<(), DiscoverError> {
    let mut outputs: BTreeMap<PathBuf, &Document> = BTreeMap::new();
    for d in documents {
        for output in [d.bundle_path(), d.issues_path()] {
            if let Some(first) = outputs.insert(output.clone(), d) {
                return Err(DiscoverError::SameOutput {
                    output,
                    first: first.source.clone(),
                    second: d.source.clone(),
                });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_keep_the_path_below_the_folder() {
        let d = Document { source: Source::File("in/a/b.xml".into()), name: "a/b.xml".into() };
        assert_eq!(d.bundle_path(), Path::new("a/b.xml.json"));
        assert_eq!(d.issues_path(), Path::new("a/b.xml.issues.json"));
    }

    #[test]
    fn a_bundle_may_not_fall_on_the_issues_of_another() {
        let one = Document { source: Source::File("x/a".into()), name: "a".into() };
        let two = Document { source: Source::File("y/a.issues".into()), name: "a.issues".into() };
        assert!(matches!(one_output_each(&[one, two]), Err(DiscoverError::SameOutput { .. })));
    }
}
