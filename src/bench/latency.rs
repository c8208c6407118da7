//! Latencies in classes of document size.

use std::time::Duration;

use serde::Serialize;

/// Upper bounds of the classes, in bytes, and their names.
const CLASSES: &[(usize, &str)] = &[
    (10_000, "to 10 KB"),
    (100_000, "10 to 100 KB"),
    (1_000_000, "100 KB to 1 MB"),
    (10_000_000, "1 to 10 MB"),
    (usize::MAX, "over 10 MB"),
];

/// How long a document of a class takes, reading and writing files not counted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Latency {
    /// name of the class; a KB is 1,000 bytes
    pub class: &'static str,
    /// documents of the class
    pub documents: usize,
    /// their bytes
    pub bytes: u64,
    /// conversions that were timed: each document several times
    pub measured: usize,
    /// half of the conversions took no longer, in milliseconds
    pub p50_ms: f64,
    /// nine of ten
    pub p90_ms: f64,
    /// 99 of a hundred
    pub p99_ms: f64,
    /// the slowest
    pub max_ms: f64,
}

/// The latencies of each class that has documents, and of all together (class `all`, last) when there are several classes.
/// `timed` holds size and times of each document.
pub fn latencies<'t>(timed: impl Iterator<Item = (usize, &'t [Duration])> + Clone) -> Vec<Latency> {
    let mut out = Vec::new();
    let mut from = 0;
    for (to, class) in CLASSES {
        out.extend(latency(class, timed.clone().filter(|(bytes, _)| (from..=*to).contains(bytes))));
        from = *to + usize::from(*to < usize::MAX);
    }
    if out.len() > 1 {
        out.extend(latency("all", timed));
    }
    out
}

fn latency<'t>(class: &'static str, timed: impl Iterator<Item = (usize, &'t [Duration])>) -> Option<Latency> {
    let (mut documents, mut bytes, mut times) = (0, 0, Vec::new());
    for (size, of_document) in timed {
        documents += 1;
        bytes += size as u64;
        times.extend(of_document.iter().map(|t| t.as_secs_f64() * 1000.0));
    }
    times.sort_by(f64::total_cmp);
    let max_ms = *times.last()?;
    Some(Latency {
        class,
        documents,
        bytes,
        measured: times.len(),
        p50_ms: percentile(&times, 50),
        p90_ms: percentile(&times, 90),
        p99_ms: percentile(&times, 99),
        max_ms,
    })
}

/// The smallest value that `percent` of the values do not exceed; `sorted` must not be empty.
fn percentile(sorted: &[f64], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted[rank.saturating_sub(1)]
}

/// The median of times; of an even number the lower of the two in the middle, a time that was measured.
pub fn median(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len().saturating_sub(1) / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let values: Vec<f64> = (1..=200).map(f64::from).collect();
        assert_eq!([50, 90, 99].map(|p| percentile(&values, p)), [100.0, 180.0, 198.0]);
        assert_eq!(percentile(&[7.0], 50), 7.0);
        // of few values the upper percentiles are the slowest of them
        assert_eq!(percentile(&[1.0, 2.0, 3.0], 99), 3.0);
    }

    #[test]
    fn a_document_is_of_one_class() {
        let ms = |n| [Duration::from_millis(n)];
        let timed = [(1, ms(1)), (10_000, ms(2)), (10_001, ms(3)), (2_000_000, ms(4))];
        let found = latencies(timed.iter().map(|(b, t)| (*b, t.as_slice())));
        let counts: Vec<(&str, usize, f64)> = found.iter().map(|l| (l.class, l.documents, l.max_ms)).collect();
        assert_eq!(counts, [("to 10 KB", 2, 2.0), ("10 to 100 KB", 1, 3.0), ("1 to 10 MB", 1, 4.0), ("all", 4, 4.0)]);
        assert_eq!(latencies(std::iter::empty()), []);
    }

    #[test]
    fn the_median_of_an_even_number_was_measured() {
        assert_eq!(median(&[4, 1, 3, 2].map(Duration::from_millis)), Duration::from_millis(2));
    }
}
