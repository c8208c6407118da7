//! Files below a folder. A file is there whole or not at all.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A folder that takes files by their path below it.
#[derive(Debug, Clone)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// A folder; it is made when the first file is written.
    pub fn new(root: impl Into<PathBuf>) -> Folder {
        Folder { root: root.into() }
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Writes a file, replacing one that is there.
    ///
    /// The bytes go to a hidden file beside it that is renamed when all are written, so that whoever watches the folder
    /// never sees half a bundle, not even after a full disk or a killed process.
    ///
    /// # Errors
    /// What the file system says; the file that was there is then still there.
    pub fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let target = self.root.join(path);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        let temporary = beside(&target);
        let written = fs::File::create(&temporary).and_then(|mut f| f.write_all(bytes));
        written.and_then(|()| fs::rename(&temporary, &target)).inspect_err(|_| {
            // the first error is the one that matters
            let _ = fs::remove_file(&temporary);
        })
    }

    /// Removes a file of an earlier run, if there is one.
    ///
    /// # Errors
    /// What the file system says; that there is no such file is no error.
    pub fn remove(&self, path: &Path) -> io::Result<()> {
        match fs::remove_file(self.root.join(path)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
            _ => Ok(()),
        }
    }
}

/// A hidden name beside the target; with the process id, since two runs may write into one folder.
pub(super) fn beside(target: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(format!(".{}.tmp", std::process::id()));
    target.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let dir = std::env::temp_dir().join(format!("granule-sink-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        dir
    }

    #[test]
    fn folders_are_made_and_nothing_temporary_stays() {
        let dir = scratch("write");
        let folder = Folder::new(&dir);
        folder.write(Path::new("a/b.json"), b"one").unwrap();
        folder.write(Path::new("a/b.json"), b"two").unwrap();
        assert_eq!(fs::read(dir.join("a/b.json")).unwrap(), b"two");
        assert_eq!(fs::read_dir(dir.join("a")).unwrap().count(), 1);
        folder.remove(Path::new("a/b.json")).unwrap();
        folder.remove(Path::new("a/b.json")).unwrap();
        assert_eq!(fs::read_dir(dir.join("a")).unwrap().count(), 0);
        fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_failed_write_leaves_nothing_behind() {
        let dir = scratch("fail");
        let folder = Folder::new(&dir);
        // a folder stands where the file should go: the rename fails
        fs::create_dir_all(dir.join("a.json/x")).unwrap();
        assert!(folder.write(Path::new("a.json"), b"one").is_err());
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 1);
        fs::remove_dir_all(dir).unwrap();
    }
}
