//! A baseline: what a folder of documents gave, in one compressed file.
//!
//! The file is gzip (several members, as `zcat` reads them) of lines of JSON: a header with version, tables and options, a
//! line for each document in the order of their names, and a last line with their number, by which a file that was cut off
//! is known. Its bytes are the same for the same documents, tables and options, with one thread or many. It holds patient
//! data: it is readable for its owner alone.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::report::Side;
use crate::sink::private::Private;
use crate::trace::Lineage;

/// The form of the file.
const FORMAT: &str = "granule-baseline-1";
/// Documents that are compressed together; a constant, so that the number of threads cannot show.
const BLOCK: usize = 16;
/// Bytes that the header of a file may have, before it is known to be a baseline.
const MAX_HEADER: u64 = 64 << 20;

/// Why a baseline cannot be used.
#[derive(Debug)]
pub enum BaselineError {
    /// the file cannot be read
    Unreadable(PathBuf, io::Error),
    /// it is no baseline
    Foreign(PathBuf),
    /// it is one, but damaged: where
    Damaged(PathBuf, String),
    /// it cannot be written
    Unwritable(PathBuf, io::Error),
}

impl fmt::Display for BaselineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BaselineError::Unreadable(p, e) if e.kind() == io::ErrorKind::NotFound => {
                write!(f, "there is no baseline {}; make it with --accept", p.display())
            }
            BaselineError::Unreadable(p, e) => write!(f, "cannot read the baseline {}: {e}", p.display()),
            BaselineError::Foreign(p) => {
                write!(
                    f,
                    "{} is no baseline of this version of granule; remove it and make one with --accept",
                    p.display()
                )
            }
            BaselineError::Damaged(p, what) => {
                write!(
                    f,
                    "the baseline {} is damaged ({what}); restore it, or remove it and make it anew with --accept",
                    p.display()
                )
            }
            BaselineError::Unwritable(p, e) => write!(f, "cannot write the baseline {}: {e}", p.display()),
        }
    }
}

impl std::error::Error for BaselineError {}

#[derive(Serialize, Deserialize)]
struct Header {
    format: String,
    #[serde(flatten)]
    side: Side,
    lineage: Lineage,
}

#[derive(Serialize, Deserialize)]
struct End {
    end: u64,
}

/// A baseline that is read line by line.
pub struct Reader {
    path: PathBuf,
    lines: BufReader<MultiGzDecoder<BufReader<File>>>,
    /// version, tables and options
    pub side: Side,
    /// the rows of its tables
    pub lineage: Lineage,
    next: Option<(String, Vec<u8>)>,
    read: u64,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

impl Reader {
    /// Opens a baseline.
    ///
    /// # Errors
    /// When it is not there, or none.
    pub fn open(path: &Path) -> Result<Reader, BaselineError> {
        let unreadable = |e| BaselineError::Unreadable(path.to_owned(), e);
        let file = File::open(path).map_err(unreadable)?;
        let mut lines = BufReader::with_capacity(1 << 16, MultiGzDecoder::new(BufReader::new(file)));
        let foreign = || BaselineError::Foreign(path.to_owned());
        let mut first = Vec::new();
        lines.by_ref().take(MAX_HEADER).read_until(b'\n', &mut first).map_err(|_| foreign())?;
        let header: Header = serde_json::from_slice(&first).map_err(|_| foreign())?;
        if header.format != FORMAT {
            return Err(foreign());
        }
        let side = Side { name: path.display().to_string(), ..header.side };
        let mut reader = Reader { path: path.to_owned(), lines, side, lineage: header.lineage, next: None, read: 0 };
        reader.advance()?;
        Ok(reader)
    }

    /// The name of the next document.
    pub fn peek(&self) -> Option<&str> {
        self.next.as_ref().map(|(name, _)| name.as_str())
    }

    /// The line of the next document.
    ///
    /// # Errors
    /// When the file is damaged.
    pub fn take(&mut self) -> Result<Option<Vec<u8>>, BaselineError> {
        let line = self.next.take().map(|(_, line)| line);
        if line.is_some() {
            self.advance()?;
        }
        Ok(line)
    }

    /// How the file is called when it is damaged.
    pub fn damaged(&self, what: impl Into<String>) -> BaselineError {
        BaselineError::Damaged(self.path.clone(), what.into())
    }

    fn advance(&mut self) -> Result<(), BaselineError> {
        let mut line = Vec::new();
        self.lines.read_until(b'\n', &mut line).map_err(|e| self.damaged(e.to_string()))?;
        if line.pop() != Some(b'\n') {
            return Err(self.damaged("its end is missing"));
        }
        if let Ok(named) = serde_json::from_slice::<Named>(&line) {
            self.read += 1;
            self.next = Some((named.name, line));
            return Ok(());
        }
        match serde_json::from_slice::<End>(&line) {
            // the checksum of the last member is read only when more is asked for
            Ok(end) if end.end == self.read => match self.lines.fill_buf() {
                Ok([]) => Ok(()),
                Ok(_) => Err(self.damaged("something stands after its end")),
                Err(e) => Err(self.damaged(e.to_string())),
            },
            _ => Err(self.damaged(format!("line {}", self.read + 2))),
        }
    }
}

/// A baseline that is being written; it takes the place of an older one when it is finished.
pub struct Writer {
    path: PathBuf,
    file: Private,
    lines: Vec<Vec<u8>>,
    written: u64,
}

impl Writer {
    /// Begins a baseline.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn create(path: &Path, side: &Side, lineage: &Lineage) -> Result<Writer, BaselineError> {
        let unwritable = |e| BaselineError::Unwritable(path.to_owned(), e);
        let file = Private::create(path).map_err(unwritable)?;
        let side = Side { name: String::new(), ..side.clone() };
        let header = Header { format: FORMAT.into(), side, lineage: lineage.clone() };
        let header = serde_json::to_vec(&header).map_err(|e| unwritable(e.into()))?;
        let mut writer = Writer { path: path.to_owned(), file, lines: Vec::new(), written: 0 };
        writer.blocks(&[vec![header]])?;
        Ok(writer)
    }

    /// Adds the lines of documents, in the order of their names; compressed on the threads of the pool.
    ///
    /// # Errors
    /// What the file system says.
    pub fn add(&mut self, lines: Vec<Vec<u8>>) -> Result<(), BaselineError> {
        self.written += lines.len() as u64;
        self.lines.extend(lines);
        let whole = self.lines.len() / BLOCK * BLOCK;
        let rest = self.lines.split_off(whole);
        let full = std::mem::replace(&mut self.lines, rest);
        let blocks: Vec<Vec<Vec<u8>>> = full.chunks(BLOCK).map(<[_]>::to_vec).collect();
        self.blocks(&blocks)
    }

    /// Ends the file and puts it in its place.
    ///
    /// # Errors
    /// What the file system says; an older baseline is then still there.
    pub fn finish(mut self) -> Result<(), BaselineError> {
        let end = format!("{{\"end\":{}}}", self.written).into_bytes();
        let mut last = std::mem::take(&mut self.lines);
        last.push(end);
        self.blocks(&[last])?;
        let path = self.path;
        self.file.commit().map_err(|e| BaselineError::Unwritable(path, e))
    }

    fn blocks(&mut self, blocks: &[Vec<Vec<u8>>]) -> Result<(), BaselineError> {
        let members: io::Result<Vec<Vec<u8>>> = blocks.par_iter().map(|lines| compressed(lines)).collect();
        let written = members.and_then(|m| m.iter().try_for_each(|bytes| self.file.write_all(bytes)));
        written.map_err(|e| BaselineError::Unwritable(self.path.clone(), e))
    }
}

fn compressed(lines: &[Vec<u8>]) -> io::Result<Vec<u8>> {
    // no name and no time in the header: the same content gives the same bytes
    let mut member = GzEncoder::new(Vec::new(), Compression::default());
    for line in lines {
        member.write_all(line)?;
        member.write_all(b"\n")?;
    }
    member.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side() -> Side {
        Side { name: "x".into(), granule: "1".into(), tables: "2".into(), options: [("a".into(), "b".into())].into() }
    }

    fn write(path: &Path, names: &[String]) {
        let mut w = Writer::create(path, &side(), &Lineage::default()).unwrap();
        for some in names.chunks(7) {
            let line = |n: &String| format!("{{\"name\":\"{n}\",\"digest\":\"\",\"refused\":\"x\"}}").into_bytes();
            w.add(some.iter().map(line).collect()).unwrap();
        }
        w.finish().unwrap();
    }

    #[test]
    fn what_was_written_is_read_and_a_cut_is_seen() {
        let path = std::env::temp_dir().join(format!("granule-baseline-{}", std::process::id()));
        let names: Vec<String> = (0..40).map(|i| format!("{i:02}")).collect();
        write(&path, &names);
        let read = || -> Result<Vec<String>, BaselineError> {
            let mut r = Reader::open(&path)?;
            assert_eq!(r.side.options, side().options);
            let mut out = Vec::new();
            while let Some(name) = r.peek().map(str::to_owned) {
                out.push(name);
                r.take()?;
            }
            Ok(out)
        };
        assert_eq!(read().unwrap(), names);
        let bytes = std::fs::read(&path).unwrap();
        write(&path, &names);
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
        for cut in [bytes.len() - 1, bytes.len() - 30, bytes.len() / 2] {
            std::fs::write(&path, &bytes[..cut]).unwrap();
            assert!(matches!(read(), Err(BaselineError::Damaged(..) | BaselineError::Foreign(_))), "{cut}");
        }
        std::fs::write(&path, b"hello").unwrap();
        assert!(matches!(read(), Err(BaselineError::Foreign(_))));
        std::fs::remove_file(&path).unwrap();
        assert!(read().unwrap_err().to_string().contains("make it with --accept"));
    }
}
