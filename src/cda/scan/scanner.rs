//! The state machine that finds tags in chunks of bytes.

use memchr::memchr;

use super::Outline;
use super::error::{ScanError, ScanErrorKind};
use super::start::{StartTag, simple_tag, starts_name};
use super::structure::Structure;
use crate::cda::limits::Limits;

/// What the byte before the next one belongs to.
#[derive(Debug)]
enum State {
    /// Text between markup.
    Text,
    /// A `<` was the last byte.
    Less,
    /// Inside a start tag.
    Start(StartTag),
    /// Inside an end tag, after `</`.
    End,
    /// After `<!`, until it is clear what it begins.
    Bang,
    /// Inside a comment, after this many of the hyphens that may end it.
    Comment { hyphens: u8 },
    /// Inside a CDATA section, after this many of the brackets that may end it.
    Cdata { brackets: u8 },
    /// Inside a processing instruction; whether `?` was the last byte.
    Instruction { question: bool },
}

/// A scanner that takes a decoded document in chunks of any size.
///
/// The bytes must be UTF-8; chunks may end anywhere, also inside a character.
/// After an error the scanner stays where it is, and gives the same error again.
#[derive(Debug)]
pub struct Scanner {
    limits: Limits,
    state: State,
    /// Offset in the text of the chunk being read.
    base: usize,
    /// Offset of the `<` of the markup being read, or of the first byte of text.
    token: usize,
    /// The inside of a tag that a chunk border cuts, where it will be needed.
    carry: Vec<u8>,
    structure: Structure,
    failed: Option<ScanError>,
}

impl Scanner {
    /// A scanner for one document.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self::renaming(limits, &[])
    }

    /// A scanner for one document, in which sections may bear other names (`*.X`: every name that ends with `.X`).
    #[must_use]
    pub fn renaming(limits: &Limits, section_names: &[Box<str>]) -> Self {
        Self {
            limits: limits.clone(),
            state: State::Text,
            base: 0,
            token: 0,
            carry: Vec::new(),
            structure: Structure::new(limits, section_names),
            failed: None,
        }
    }

    /// Reads the next chunk.
    ///
    /// # Errors
    /// At the first thing that makes the document unacceptable.
    pub fn feed(&mut self, chunk: &[u8]) -> Result<(), ScanError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let result = self.read(chunk);
        if let Err(error) = &result {
            self.failed = Some(error.clone());
        }
        result
    }

    /// Ends the document.
    ///
    /// # Errors
    /// If the document is not complete, or [`feed`](Self::feed) failed before.
    pub fn finish(self) -> Result<Outline, ScanError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let inside = match self.state {
            State::Text => None,
            State::Less | State::Start(_) | State::End | State::Bang => Some("a tag"),
            State::Comment { .. } => Some("a comment"),
            State::Cdata { .. } => Some("a CDATA section"),
            State::Instruction { .. } => Some("a processing instruction"),
        };
        if let Some(inside) = inside {
            let kind = ScanErrorKind::UnexpectedEof { inside };
            return Err(ScanError { offset: self.base, kind });
        }
        self.structure.finish(self.base)
    }

    fn read(&mut self, chunk: &[u8]) -> Result<(), ScanError> {
        if chunk.len() > self.limits.max_bytes.saturating_sub(self.base) {
            return Err(ScanError::limit(self.limits.max_bytes, "max_bytes", self.limits.max_bytes as u64));
        }
        let mut at = 0;
        while at < chunk.len() {
            at = match self.state {
                State::Text => self.text(chunk, at)?,
                State::Less => self.less(chunk, at)?,
                State::Start(_) => self.start_tag(chunk, at)?,
                State::End => self.end_tag(chunk, at)?,
                State::Bang => self.bang(chunk, at)?,
                State::Comment { hyphens } => self.until(chunk, at, b'-', hyphens)?,
                State::Cdata { brackets } => self.until(chunk, at, b']', brackets)?,
                State::Instruction { question } => self.until(chunk, at, b'?', u8::from(question))?,
            };
        }
        self.base += chunk.len();
        // Without this, a token that never ends would be noticed only at the
        // end of the document.
        if matches!(self.state, State::Start(_) | State::End) {
            self.check_tag(self.base)?;
        } else {
            self.check_text(self.base)?;
        }
        Ok(())
    }

    /// Reads text and, as long as they lie whole in the chunk, tags. Nearly all
    /// of a document is read in this loop.
    fn text(&mut self, chunk: &[u8], mut at: usize) -> Result<usize, ScanError> {
        let largest = self.limits.max_tag_bytes;
        loop {
            let Some(n) = memchr(b'<', &chunk[at..]) else {
                self.structure.text_outside(&chunk[at..], self.base + at)?;
                return Ok(chunk.len());
            };
            self.structure.text_outside(&chunk[at..at + n], self.base + at)?;
            at += n;
            self.check_text(self.base + at)?;
            self.token = self.base + at;
            let inside = &chunk[at + 1..];
            let simple = match inside.first() {
                Some(b'/') => {
                    let end = memchr(b'>', inside).filter(|end| end + 2 <= largest);
                    if let Some(end) = end {
                        let token = self.base + at..self.base + at + end + 2;
                        self.structure.close(&inside[1..end], token)?;
                    }
                    end
                }
                Some(&first) if starts_name(first) => match simple_tag(inside) {
                    Some((end, attributes))
                        if end <= self.limits.max_attribute_bytes
                            && end + 2 <= largest
                            && attributes <= self.limits.max_attributes_per_element =>
                    {
                        let token = self.base + at..self.base + at + end + 2;
                        self.structure.open(&inside[..end], token)?;
                        Some(end)
                    }
                    _ => None,
                },
                _ => None,
            };
            match simple {
                Some(end) => {
                    at += end + 2;
                    self.token = self.base + at;
                }
                None => {
                    self.state = State::Less;
                    return Ok(at + 1);
                }
            }
        }
    }

    /// After a `<`: decides what it begins.
    fn less(&mut self, chunk: &[u8], at: usize) -> Result<usize, ScanError> {
        self.carry.clear();
        let first = chunk[at];
        self.state = match first {
            b'/' => State::End,
            b'!' => State::Bang,
            b'?' => State::Instruction { question: false },
            _ if starts_name(first) => {
                self.state = State::Start(StartTag::new(self.token));
                // Not consumed: it belongs to the name.
                return Ok(at);
            }
            _ => {
                return Err(self.malformed("a '<' that begins no tag (in text it is written &lt;)"));
            }
        };
        Ok(at + 1)
    }

    /// After `<!`: a comment, CDATA, or something refused.
    fn bang(&mut self, chunk: &[u8], at: usize) -> Result<usize, ScanError> {
        self.carry.push(chunk[at]);
        let so_far = self.carry.as_slice();
        match so_far {
            b"--" => self.state = State::Comment { hyphens: 0 },
            b"[CDATA[" => {
                if let Some(kind) = self.structure.outside() {
                    return Err(self.at_token(kind));
                }
                self.state = State::Cdata { brackets: 0 };
            }
            _ if so_far.eq_ignore_ascii_case(b"DOCTYPE") || so_far.eq_ignore_ascii_case(b"ENTITY") => {
                return Err(self.at_token(ScanErrorKind::DoctypeRefused));
            }
            _ => {
                let possible = [&b"--"[..], b"[CDATA[", b"DOCTYPE", b"ENTITY"]
                    .iter()
                    .any(|word| word.len() > so_far.len() && word[..so_far.len()].eq_ignore_ascii_case(so_far));
                if !possible {
                    return Err(self.malformed("a '<!' that begins no comment or CDATA section"));
                }
            }
        }
        Ok(at + 1)
    }

    /// Inside a start tag that the fast path could not take.
    fn start_tag(&mut self, chunk: &[u8], from: usize) -> Result<usize, ScanError> {
        let State::Start(tag) = &mut self.state else {
            return Ok(from);
        };
        let Some(end) = tag.advance(&chunk[from..], self.base + from, &self.limits)? else {
            // The structure needs few tags whole; of the others the last byte
            // is enough, which says whether the element is empty.
            if self.structure.wants_start() {
                self.carry.extend_from_slice(&chunk[from..]);
            }
            return Ok(chunk.len());
        };
        let last = tag.last();
        let end = from + end;
        self.check_tag(self.base + end + 1)?;
        let token = self.token..self.base + end + 1;
        if self.structure.wants_start() {
            self.carry.extend_from_slice(&chunk[from..end]);
            self.structure.open(&self.carry, token)?;
        } else {
            self.structure.open(&[last], token)?;
        }
        Ok(self.back_to_text(end + 1))
    }

    /// Inside an end tag that the fast path could not take.
    fn end_tag(&mut self, chunk: &[u8], at: usize) -> Result<usize, ScanError> {
        let found = memchr(b'>', &chunk[at..]);
        let reached = found.map_or(chunk.len(), |n| at + n);
        self.check_tag(self.base + reached + usize::from(found.is_some()))?;
        if self.structure.wants_end() {
            self.carry.extend_from_slice(&chunk[at..reached]);
        }
        if found.is_none() {
            return Ok(reached);
        }
        let token = self.token..self.base + reached + 1;
        self.structure.close(&self.carry, token)?;
        Ok(self.back_to_text(reached + 1))
    }

    /// Inside a comment, CDATA section or processing instruction, which ends
    /// with two (or, for `?`, one) of `mark` and a `>`; `seen` were read.
    fn until(&mut self, chunk: &[u8], mut at: usize, mark: u8, mut seen: u8) -> Result<usize, ScanError> {
        let needed = if mark == b'?' { 1 } else { 2 };
        loop {
            if seen == 0 {
                match memchr(mark, &chunk[at..]) {
                    Some(n) => at += n,
                    None => at = chunk.len(),
                }
            }
            let Some(&byte) = chunk.get(at) else { break };
            at += 1;
            if byte == mark {
                seen = needed.min(seen + 1);
            } else if byte == b'>' && seen == needed {
                self.check_text(self.base + at)?;
                return Ok(self.back_to_text(at));
            } else {
                seen = 0;
            }
        }
        self.state = match mark {
            b'-' => State::Comment { hyphens: seen },
            b']' => State::Cdata { brackets: seen },
            _ => State::Instruction { question: seen > 0 },
        };
        Ok(at)
    }

    fn back_to_text(&mut self, at: usize) -> usize {
        self.state = State::Text;
        self.token = self.base + at;
        at
    }

    /// Refuses text that has grown too long by the offset `end`.
    fn check_text(&self, end: usize) -> Result<(), ScanError> {
        let bytes = self.limits.max_text_bytes;
        if end - self.token > bytes {
            return Err(ScanError::limit(self.token, "max_text_bytes", bytes as u64));
        }
        Ok(())
    }

    /// Refuses a tag that has grown too long by the offset `end`.
    fn check_tag(&self, end: usize) -> Result<(), ScanError> {
        let bytes = self.limits.max_tag_bytes;
        if end - self.token > bytes {
            return Err(ScanError::limit(self.token, "max_tag_bytes", bytes as u64));
        }
        Ok(())
    }

    fn malformed(&self, what: &'static str) -> ScanError {
        self.at_token(ScanErrorKind::Malformed { what })
    }

    fn at_token(&self, kind: ScanErrorKind) -> ScanError {
        ScanError { offset: self.token, kind }
    }
}
