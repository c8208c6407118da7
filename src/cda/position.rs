//! From byte offsets to lines and columns.

use memchr::memchr2_iter;

/// Bytes between two stored character counts. Bounds the work of one look-up in
/// a document that is a single line of many megabytes.
const STRIDE: usize = 4096;

/// An index over a decoded document that turns byte offsets into positions.
///
/// Built once per document, in one pass; a look-up is a binary search and at
/// most one stride of counting. A line ends at LF, CR LF or a lone CR.
#[derive(Debug, Clone)]
pub struct LineIndex<'a> {
    text: &'a str,
    /// Offset of the first byte of each line.
    starts: Vec<usize>,
    /// Characters before each multiple of `STRIDE`; empty when the text is
    /// ASCII, where bytes and characters are the same.
    counts: Vec<usize>,
}

impl<'a> LineIndex<'a> {
    /// Indexes `text`.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for at in memchr2_iter(b'\n', b'\r', bytes) {
            // The CR of a CR LF ends no line; its LF does.
            if bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n') {
                starts.push(at + 1);
            }
        }
        let counts = if text.is_ascii() {
            Vec::new()
        } else {
            let mut total = 0;
            bytes
                .chunks(STRIDE)
                .map(|chunk| {
                    let before = total;
                    total += count_chars(chunk);
                    before
                })
                .collect()
        };
        Self { text, starts, counts }
    }

    /// The line and column of a byte offset, both from 1, the column in
    /// characters (Unicode scalar values).
    ///
    /// An offset beyond the end gives the position just after the last
    /// character; an offset inside a character gives that character's position.
    #[must_use]
    pub fn line_col(&self, offset: usize) -> (u32, u32) {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|&start| start <= offset);
        let start = self.starts[line - 1];
        let column = self.chars_before(offset) - self.chars_before(start) + 1;
        (saturate(line), saturate(column))
    }

    /// Number of lines, at least 1.
    #[must_use]
    pub fn lines(&self) -> u32 {
        saturate(self.starts.len())
    }

    fn chars_before(&self, offset: usize) -> usize {
        let stride = offset / STRIDE;
        match self.counts.get(stride) {
            Some(before) => before + count_chars(&self.text.as_bytes()[stride * STRIDE..offset]),
            // ASCII, or the end of a text that fills its last stride.
            None if self.counts.is_empty() => offset,
            None => {
                let last = self.counts.len() - 1;
                self.counts[last] + count_chars(&self.text.as_bytes()[last * STRIDE..offset])
            }
        }
    }
}

/// The line and column of one byte offset, both from 1, the column in
/// characters. For more than one look-up build a [`LineIndex`].
#[must_use]
pub fn line_col(text: &str, offset: usize) -> (u32, u32) {
    LineIndex::new(text).line_col(offset)
}

/// Characters that start in a slice of UTF-8.
fn count_chars(bytes: &[u8]) -> usize {
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
        let exact = "é".repeat(STRIDE / 2);
        for text in ["", "abc", "a\nb", "\n\n", "a\r\nb\rc\n", "ä\n€uro\u{1F600}x\ny", &exact, &long] {
            let index = LineIndex::new(text);
            let step = if text.len() > 1000 { 97 } else { 1 };
            for offset in (0..=text.len()).step_by(step).chain([text.len()]) {
                assert_eq!(index.line_col(offset), naive(text, offset), "{offset}");
            }
        }
    }

    #[test]
    fn offsets_beyond_the_end_are_the_end() {
        assert_eq!(line_col("ab\nc", 99), (2, 2));
        assert_eq!(LineIndex::new("ab\nc").lines(), 2);
    }
}
