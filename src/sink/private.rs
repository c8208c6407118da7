//! A file with patient data that only its owner may read, there whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A file that is being written under a hidden name beside its own. [`Private::commit`] puts it in its place; dropped
/// before that, it is gone. On Unix its mode is 0600 from the first byte on.
#[derive(Debug)]
pub struct Private {
    target: PathBuf,
    temporary: PathBuf,
    file: Option<BufWriter<File>>,
}

impl Private {
    /// Begins a file.
    ///
    /// # Errors
    /// When it cannot be made there.
    pub fn create(target: &Path) -> io::Result<Private> {
        let temporary = super::folder::beside(target);
        let mut options = OpenOptions::new();
        // never a file that is there already: its mode would be another
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        // of an earlier run that was killed
        let _ = fs::remove_file(&temporary);
        let file = options.open(&temporary)?;
        Ok(Private { target: target.to_owned(), temporary, file: Some(BufWriter::new(file)) })
    }

    /// Ends the file and puts it in the place of one that was there before.
    ///
    /// # Errors
    /// What the file system says; the file that was there is then still there.
    pub fn commit(mut self) -> io::Result<()> {
        if let Some(file) = self.file.take() {
            file.into_inner().map_err(io::IntoInnerError::into_error)?;
        }
        fs::rename(&self.temporary, &self.target)
    }
}

impl Write for Private {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.as_mut().map_or(Ok(0), |f| f.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        // after a commit there is no such file any more
        let _ = fs::remove_file(&self.temporary);
    }
}

/// Writes a whole file of this kind.
///
/// # Errors
/// What the file system says; the file that was there is then still there.
pub fn write(target: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = Private::create(target)?;
    file.write_all(bytes)?;
    file.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_else_may_read_it_and_what_is_not_finished_is_not_there() {
        let path = std::env::temp_dir().join(format!("granule-private-{}", std::process::id()));
        fs::write(&path, b"open to all").unwrap();
        drop(Private::create(&path).unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"open to all");
        write(&path, b"secret").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"secret");
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions());
            assert_eq!(mode & 0o777, 0o600);
        }
        fs::remove_file(path).unwrap();
    }
}
