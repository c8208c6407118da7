//! Looking at text eight bytes at a time: nearly every element of a resource is a short string, and all are looked at.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// Whether some byte is below `limit` (at most 0x80).
#[inline]
pub(super) fn any_below(text: &[u8], limit: u8) -> bool {
    // borrows reach a higher byte only from one that is itself below the limit, so the answer is exact
    let below = |x: u64| x.wrapping_sub(ONES * u64::from(limit)) & !x & HIGHS;
    // the last eight bytes are looked at together, though some of them were looked at before
    let Some(last) = text.last_chunk::<8>() else { return text.iter().any(|b| *b < limit) };
    let found = text.chunks_exact(8).fold(below(u64::from_le_bytes(*last)), |found, chunk| {
        found | below(u64::from_le_bytes(chunk.try_into().expect("eight bytes")))
    });
    found != 0
}

/// The place of the first byte that JSON escapes in a string: a control character, a quote or a backslash.
#[inline]
pub(super) fn first_escaped(text: &[u8]) -> Option<usize> {
    let zero = |x: u64| x.wrapping_sub(ONES) & !x & HIGHS;
    // a borrow may mark bytes behind the first one that is marked, never that one itself
    let marked = |chunk: [u8; 8]| {
        let x = u64::from_le_bytes(chunk);
        let low = x.wrapping_sub(ONES * u64::from(b' ')) & !x & HIGHS;
        low | zero(x ^ (ONES * u64::from(b'"'))) | zero(x ^ (ONES * u64::from(b'\\')))
    };
    let mut at = 0;
    for chunk in text.chunks_exact(8) {
        let found = marked(chunk.try_into().expect("eight bytes"));
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    // the rest together with what was looked at before it
    if text.last_chunk::<8>().is_some_and(|last| marked(*last) == 0) {
        return None;
    }
    text[at..].iter().position(|b| *b < b' ' || matches!(b, b'"' | b'\\')).map(|i| at + i)
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
    fn escaped() {
        for length in 0..40 {
            let mut text = vec![b'a'; length];
            assert_eq!(first_escaped(&text), None);
            for i in (0..length).rev() {
                for other in [b' ', b'!', b'#', b'[', b']', 0x7f, 0x80, 0xff] {
                    let before = text[i];
                    text[i] = other;
                    assert_eq!(first_escaped(&text).filter(|at| *at <= i), None);
                    text[i] = before;
                }
                text[i] = [b'"', b'\\', 0, 0x1f, b'\n'][i % 5];
                assert_eq!(first_escaped(&text), Some(i), "{length}");
            }
        }
    }

    #[test]
    fn control() {
        assert!(any_control(b"abcdefgh\x01") && any_control(b"\0") && !any_control(b"a\tb\nc\rdefghij"));
    }
}
