//! Looking at text eight bytes at a time: nearly every element of a resource is a short string, and all are looked at.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// Whether some byte is below `limit` (at most 0x80).
#[inline]
pub(super) fn any_below(text: &[u8], limit: u8) -> bool {
    let mut chunks = text.chunks_exact(8);
    let mut found = 0;
    for chunk in &mut chunks {
        let x = u64::from_le_bytes(chunk.try_into().expect("eight bytes"));
        // borrows reach a higher byte only from one that is itself below the limit, so the answer is exact
        found |= x.wrapping_sub(ONES * u64::from(limit)) & !x & HIGHS;
    }
    found != 0 || chunks.remainder().iter().any(|b| *b < limit)
}

/// Whether there is a control character that neither JSON nor XML text may have.
#[inline]
pub(super) fn any_control(text: &[u8]) -> bool {
    any_below(text, b' ') && text.iter().any(|b| *b < b' ' && !matches!(b, b'\t' | b'\n' | b'\r'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn below() {
        for length in 0..40 {
            let mut text = vec![b' '; length];
            assert!(!any_below(&text, b' '));
            for i in 0..length {
                for low in [0, 1, 0x1f] {
                    text[i] = low;
                    assert!(any_below(&text, b' '), "{length} {i}");
                }
                for high in [b'!', 0x7f, 0x80, 0xff] {
                    text[i] = high;
                    assert!(!any_below(&text, b' '), "{length} {i}");
                }
            }
        }
    }

    #[test]
    fn control() {
        assert!(any_control(b"abcdefgh\x01") && any_control(b"\0") && !any_control(b"a\tb\nc\rdefghij"));
    }
}
