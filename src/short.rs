//! Comparing short texts where many are compared: names of elements and attributes. A call to compare a few bytes costs
//! more than the comparison.

/// Whether two texts are the same.
#[inline]
pub(crate) fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    match a.len() {
        // both ends, which overlap where there are fewer bytes than in two
        8..=16 => a.first_chunk::<8>() == b.first_chunk() && a.last_chunk::<8>() == b.last_chunk(),
        4..8 => a.first_chunk::<4>() == b.first_chunk() && a.last_chunk::<4>() == b.last_chunk(),
        0..4 => a.iter().zip(b).all(|(a, b)| a == b),
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::same;

    #[test]
    fn one_byte_makes_a_difference() {
        for length in 0..40 {
            let text = "x".repeat(length);
            assert!(same(&text, &text.clone()) && !same(&text, &"x".repeat(length + 1)));
            for i in 0..length {
                let mut other = text.clone().into_bytes();
                other[i] = b'y';
                assert!(!same(&text, std::str::from_utf8(&other).expect("ASCII")), "{length} {i}");
            }
        }
    }
}
