//! What one document may cost beyond one look at everything that stands in it.
//!
//! Most of what a conversion does grows with the size of the document. The rest (siblings searched again for each of them,
//! text repeated wherever it is referred to) is charged here, and once a [`Limit`](super::limits::Limits) is exceeded
//! whoever asks is told to stop: what stops early gives less than the document says, so the document is then refused.
//! Whether it is depends on the sums alone, never on the order of threads.

use std::sync::atomic::{AtomicU64, Ordering};

use super::limits::Limits;

/// A list of so many is long.
const LONG: usize = 64;

/// The account of one document; shared by the threads that convert it.
#[derive(Debug)]
pub struct Budget {
    max_work: u64,
    max_repeated_bytes: u64,
    work: AtomicU64,
    repeated: AtomicU64,
}

/// For trees that belong to no conversion: nothing is too much.
pub static UNLIMITED: Budget =
    Budget { max_work: u64::MAX, max_repeated_bytes: u64::MAX, work: AtomicU64::new(0), repeated: AtomicU64::new(0) };

impl Budget {
    /// An account with nothing charged.
    pub fn new(limits: &Limits) -> Budget {
        Budget {
            max_work: limits.max_work,
            max_repeated_bytes: limits.max_repeated_bytes,
            work: AtomicU64::new(0),
            repeated: AtomicU64::new(0),
        }
    }

    /// Charges so many looks; whether that was still allowed.
    pub fn work(&self, looks: usize) -> bool {
        charge(&self.work, looks, self.max_work)
    }

    /// Charges the search of a list of so many, when it is long; whether that was still allowed.
    pub fn search(&self, list: usize) -> bool {
        // to compare values costs more than to look at an element
        list < LONG || self.work(list * 4)
    }

    /// Charges so many bytes of repetition; whether they were still allowed.
    pub fn repeat(&self, bytes: usize) -> bool {
        charge(&self.repeated, bytes, self.max_repeated_bytes)
    }

    /// The limit that was exceeded, by the name of its field, and its value.
    pub fn exceeded(&self) -> Option<(&'static str, u64)> {
        if self.work.load(Ordering::Relaxed) > self.max_work {
            Some(("max_work", self.max_work))
        } else if self.repeated.load(Ordering::Relaxed) > self.max_repeated_bytes {
            Some(("max_repeated_bytes", self.max_repeated_bytes))
        } else {
            None
        }
    }

    /// What was charged so far: looks, and bytes of repetition.
    pub fn charged(&self) -> (u64, u64) {
        (self.work.load(Ordering::Relaxed), self.repeated.load(Ordering::Relaxed))
    }
}

fn charge(account: &AtomicU64, what: usize, most: u64) -> bool {
    account.fetch_add(what as u64, Ordering::Relaxed).saturating_add(what as u64) <= most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_inclusive_and_names_itself() {
        let budget = Budget::new(&Limits { max_work: 10, max_repeated_bytes: 5, ..Limits::default() });
        assert!(budget.work(10) && budget.repeat(5));
        assert_eq!(budget.exceeded(), None);
        assert!(!budget.repeat(1));
        assert_eq!(budget.exceeded(), Some(("max_repeated_bytes", 5)));
        assert!(!budget.work(1));
        assert_eq!(budget.exceeded(), Some(("max_work", 10)));
        assert_eq!(budget.charged(), (11, 6));
    }
}
