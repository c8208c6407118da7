//! Mapping faults: found when tables are loaded, all reported at once, each with its place and what to do.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A file of a pack: its name as the user knows it, and its text.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// path as given, or `granule:ccda/allergies.toml` for an embedded one
    pub name: String,
    /// the whole text
    pub text: String,
}

/// What the names of embedded files begin with.
pub const EMBEDDED: &str = "granule:";

impl SourceFile {
    /// Whether it is a file of the program itself: what tests have proved of those need not be proved at each start.
    pub fn is_embedded(&self) -> bool {
        self.name.starts_with(EMBEDDED)
    }

    /// Line and column (both from 1, columns in characters) of a byte.
    pub fn line_col(&self, offset: usize) -> (usize, usize) {
        let before = &self.text[..self.text.floor_char_boundary(offset.min(self.text.len()))];
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |l| l.chars().count()) + 1;
        (line, column)
    }
}

/// A place in a file of a pack.
#[derive(Debug, Clone)]
pub struct Place {
    /// the file
    pub file: Arc<SourceFile>,
    /// the bytes
    pub span: Range<usize>,
}

impl Place {
    /// `file:line:col`
    pub fn position(&self) -> String {
        let (line, column) = self.file.line_col(self.span.start);
        format!("{}:{line}:{column}", self.file.name)
    }

    /// A place inside this one, `offset` bytes from its start.
    pub fn inside(&self, offset: usize, len: usize) -> Place {
        let start = (self.span.start + offset).min(self.span.end);
        Place { file: self.file.clone(), span: start..(start + len.max(1)).min(self.span.end.max(start + 1)) }
    }
}

/// [`Place::position`].
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.position())
    }
}

/// A mapping fault.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    /// stable code, e.g. `M012`; the list stands in `docs/mapping.md`
    pub code: &'static str,
    /// what is wrong
    pub message: String,
    /// what to do about it; may be empty
    pub help: String,
    /// where
    pub place: Place,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.place.file.line_col(self.place.span.start);
        writeln!(f, "error[{}]: {}", self.code, self.message)?;
        writeln!(f, "  --> {}:{line}:{column}", self.place.file.name)?;
        let text = self.place.file.text.lines().nth(line - 1).unwrap_or("");
        let width = self.place.file.text[..]
            .get(self.place.span.clone())
            .map_or(1, |s| s.lines().next().unwrap_or("").chars().count())
            .max(1);
        let gutter = line.to_string().len();
        writeln!(f, "{:gutter$} |", "")?;
        writeln!(f, "{line} | {text}")?;
        write!(f, "{:gutter$} | {:pad$}{}", "", "", "^".repeat(width), pad = column - 1)?;
        if !self.help.is_empty() {
            write!(f, "\n{:gutter$} = help: {}", "", self.help)?;
        }
        Ok(())
    }
}

/// All faults of one load.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    /// Adds a fault.
    pub fn add(&mut self, code: &'static str, place: Place, message: impl Into<String>, help: impl Into<String>) {
        self.0.push(Diagnostic { code, place, message: message.into(), help: help.into() });
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for d in &self.0 {
            writeln!(f, "{d}\n")?;
        }
        match self.0.len() {
            1 => write!(f, "1 fault in the mapping tables"),
            n => write!(f, "{n} faults in the mapping tables"),
        }
    }
}

impl std::error::Error for Diagnostics {}

/// The candidate nearest to a misspelt word, for "did you mean"; `None` when nothing is near.
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = word.len() / 3 + 1;
    candidates.map(|c| (distance(word, c), c)).filter(|(d, _)| *d <= limit).min().map(|(_, c)| c)
}

fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let substitute = diagonal + usize::from(!ca.eq_ignore_ascii_case(cb));
            diagonal = row[j + 1];
            row[j + 1] = substitute.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
