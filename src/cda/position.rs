//! From byte offsets to lines and columns.

use memchr::{memchr, memchr_iter, memrchr, memrchr2};

/// Turns byte offsets of a decoded document into positions, in one pass over the text for offsets in ascending order.
///
/// An offset before the last one is found by beginning anew. A line ends at LF, CR LF or a lone CR.
#[derive(Debug, Clone)]
pub struct Positions<'a> {
    text: &'a str,
    /// the offset reached, always at a character
    at: usize,
    /// lines that ended before it
    lines: usize,
    /// characters of its line before it
    column: usize,
}

impl<'a> Positions<'a> {
    /// The positions of `text`.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, lines: 0, column: 0 }
    }

    /// The line and column of a byte offset, both from 1, the column in
    /// characters (Unicode scalar values).
    ///
    /// An offset beyond the end gives the position just after the last
    /// character; an offset inside a character gives that character's position.
    pub fn line_col(&mut self, offset: usize) -> (u32, u32) {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        if offset < self.at {
            *self = Self::new(self.text);
        }
        let part = &self.text.as_bytes()[self.at..offset];
        let (ends, last) = line_ends(part, self.text.as_bytes().get(offset).copied());
        self.lines += ends;
        self.column = match last {
            Some(end) => count_chars(&part[end + 1..]),
            None => self.column + count_chars(part),
        };
        self.at = offset;
        (saturate(self.lines + 1), saturate(self.column + 1))
    }
}

/// How many lines end in a part of a text, and where the last one does; `next` is the byte behind the part.
fn line_ends(part: &[u8], next: Option<u8>) -> (usize, Option<usize>) {
    if memchr(b'\r', part).is_none() {
        return (memchr_iter(b'\n', part).count(), memrchr(b'\n', part));
    }
    // the CR of a CR LF ends no line; its LF does
    let ends = |byte: u8, next: Option<u8>| byte == b'\n' || byte == b'\r' && next != Some(b'\n');
    // in runs so short that their sum fits into a byte: many are then looked at in one step
    let runs = part.chunks(128).zip(part.get(1..).unwrap_or_default().chunks(128));
    let ended = |(one, next): (&u8, &u8)| u8::from((*one == b'\n') | ((*one == b'\r') & (*next != b'\n')));
    let inside: usize = runs.map(|(run, next)| usize::from(run.iter().zip(next).map(ended).sum::<u8>())).sum();
    let at_end = part.last().is_some_and(|last| ends(*last, next));
    let last = match part.len().checked_sub(1) {
        Some(last) if at_end => Some(last),
        // a CR before the LF that stands behind the part is the last byte, if any is
        Some(last) => memrchr2(b'\n', b'\r', &part[..last]),
        None => None,
    };
    (inside + usize::from(at_end), last)
}

/// The line and column of one byte offset, both from 1, the column in
/// characters. For more than one look-up use [`Positions`].
#[must_use]
pub fn line_col(text: &str, offset: usize) -> (u32, u32) {
    Positions::new(text).line_col(offset)
}

/// Characters that start in a slice of UTF-8.
fn count_chars(bytes: &[u8]) -> usize {
    if bytes.is_ascii() {
        return bytes.len();
    }
    bytes.iter().filter(|&&b| b & 0xC0 != 0x80).count()
}

fn saturate(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same answer, found by walking the characters.
    fn naive(text: &str, offset: usize) -> (u32, u32) {
        let (mut line, mut column) = (1, 1);
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            if at + c.len_utf8() > offset {
                break;
            }
            let crlf = c == '\r' && chars.peek().is_some_and(|&(_, n)| n == '\n');
            if c == '\n' || (c == '\r' && !crlf) {
                line += 1;
                column = 1;
            } else {
                column += 1;
            }
        }
        (line, column)
    }

    #[test]
    fn agrees_with_walking_the_characters() {
        let long = "äb€\u{1F600}".repeat(3000);
        for text in ["", "abc", "a\nb", "\n\n", "a\r\nb\rc\n", "ä\n€uro\u{1F600}x\ny", "\r\r\n\n\r", &long] {
            for step in if text.len() > 1000 { [97, 4999] } else { [1, 2] } {
                let mut positions = Positions::new(text);
                // and back to where it has been
                for offset in (0..=text.len()).step_by(step).chain([text.len(), text.len() / 2, text.len() / 3]) {
                    assert_eq!(positions.line_col(offset), naive(text, offset), "{offset}");
                }
            }
        }
    }

    #[test]
    fn offsets_beyond_the_end_are_the_end() {
        assert_eq!(line_col("ab\nc", 99), (2, 2));
    }
}
