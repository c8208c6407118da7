//! Where a run of ordinary bytes ends, eight bytes at a time: names and values are short, and a loop over single bytes
//! costs most where it ends.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// Marks the bytes that are zero. A borrow may mark bytes behind the first of them, never before it.
#[inline]
fn zero(x: u64) -> u64 {
    x.wrapping_sub(ONES) & !x & HIGHS
}

#[inline]
fn of(byte: u8) -> u64 {
    ONES * u64::from(byte)
}

/// How many bytes stand before the first that `marked` marks; the last few, which are fewer than eight, are asked one by
/// one whether they are `ordinary`.
#[inline]
fn run(bytes: &[u8], marked: impl Fn(u64) -> u64, ordinary: impl Fn(u8) -> bool) -> usize {
    let mut at = 0;
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let found = marked(u64::from_le_bytes(*chunk));
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    at + bytes[at..].iter().take_while(|b| ordinary(**b)).count()
}

/// How many bytes at the beginning mean nothing but themselves in text: none of `<`, `>`, `&` and carriage return.
#[inline]
pub(super) fn of_text(bytes: &[u8]) -> usize {
    let marked = |x: u64| zero((x & !of(2)) ^ of(b'<')) | zero(x ^ of(b'&')) | zero(x ^ of(b'\r'));
    run(bytes, marked, |b| !matches!(b, b'<' | b'>' | b'&' | b'\r'))
}

/// The same in an attribute value: no control character, quote, `<` or `&`.
#[inline]
pub(super) fn of_value(bytes: &[u8]) -> usize {
    let marked = |x: u64| {
        let control = x.wrapping_sub(of(b' ')) & !x & HIGHS;
        control | zero(x ^ of(b'"')) | zero((x | of(1)) ^ of(b'\'')) | zero(x ^ of(b'<'))
    };
    run(bytes, marked, |b| b >= b' ' && !matches!(b, b'"' | b'&' | b'\'' | b'<'))
}

/// Whether a byte may continue a name without colon.
#[inline]
pub(super) const fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// How many bytes at the beginning may continue a name without colon.
#[inline]
pub(super) fn of_name(bytes: &[u8]) -> usize {
    let marked = |x: u64| {
        // without its highest bit no byte can carry into the next: the highest bit then says whether it is as large as `low`
        let (small, lower) = (x & !HIGHS, (x & !HIGHS) | of(0x20));
        let from = |x: u64, low: u8| x + of(0x80 - low);
        let letter = from(lower, b'a') & !from(lower, b'{');
        let digit = from(small, b'0') & !from(small, b':');
        let sign = from(small, b'-') & !from(small, b'/') | from(small, b'_') & !from(small, b'`');
        !(letter | digit | sign) & HIGHS | x & HIGHS
    };
    run(bytes, marked, is_of_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every byte at every place of texts of several lengths ends the run there, or does not.
    fn holds(run: impl Fn(&[u8]) -> usize, ordinary: impl Fn(u8) -> bool) {
        for length in [0, 1, 7, 8, 9, 16, 21] {
            for at in 0..length {
                for byte in 0..=255u8 {
                    let mut text = vec![b'a'; length];
                    text[at] = byte;
                    assert_eq!(run(&text), if ordinary(byte) { length } else { at }, "{byte:#x} at {at} of {length}");
                    // what follows the first one changes nothing
                    text[at..].fill(byte);
                    assert_eq!(run(&text), if ordinary(byte) { length } else { at }, "{byte:#x} from {at} of {length}");
                }
            }
        }
    }

    #[test]
    fn text_value_and_name_end_where_they_end() {
        holds(of_text, |b| !matches!(b, b'<' | b'>' | b'&' | b'\r'));
        holds(of_value, |b| b >= b' ' && !matches!(b, b'"' | b'&' | b'\'' | b'<'));
        holds(of_name, is_of_name);
    }
}
