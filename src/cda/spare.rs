//! Room that is used again: the lists of a tree are as long as its slice, and each slice needs them only until the next.
//!
//! Taken anew for every section they would pass through the caches of the processor once more each time.

use std::cell::RefCell;
use std::thread::LocalKey;

/// How many lists of a kind a thread keeps: the header's stay in use beside those of a section.
const KEPT: usize = 2;

/// What is longer than this, in bytes, is given back: a thread must not hold for ever what one large document took.
const LONGEST: usize = 1 << 20;

/// The lists of one kind that a thread has left.
pub(super) struct Spare<T>(RefCell<Vec<Vec<T>>>);

impl<T> Spare<T> {
    pub(super) const fn new() -> Self {
        Spare(RefCell::new(Vec::new()))
    }
}

/// An empty list with room for so many.
pub(super) fn take<T>(of: &'static LocalKey<Spare<T>>, room: usize) -> Vec<T> {
    let spare = of.try_with(|spare| spare.0.borrow_mut().pop()).ok().flatten();
    spare.filter(|list| list.capacity() >= room).unwrap_or_else(|| Vec::with_capacity(room))
}

/// Keeps a list for the next that needs one.
pub(super) fn keep<T>(of: &'static LocalKey<Spare<T>>, mut list: Vec<T>) {
    if list.capacity() == 0 || list.capacity() * size_of::<T>() > LONGEST {
        return;
    }
    list.clear();
    // a thread that ends keeps nothing
    let _ = of.try_with(|spare| {
        let mut lists = spare.0.borrow_mut();
        if lists.len() < KEPT {
            lists.push(list);
        } else if let Some(smallest) = lists.iter_mut().min_by_key(|l| l.capacity())
            && smallest.capacity() < list.capacity()
        {
            *smallest = list;
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    thread_local! {
        static NUMBERS: Spare<u64> = const { Spare::new() };
    }

    #[test]
    fn what_was_kept_is_used_again_and_empty() {
        keep(&NUMBERS, vec![1; 100]);
        let list = take(&NUMBERS, 50);
        assert!(list.is_empty() && list.capacity() >= 100);
        assert!(take(&NUMBERS, 10).capacity() < 100, "it was taken");
        keep(&NUMBERS, list);
        assert!(take(&NUMBERS, 200).capacity() >= 200);
    }

    #[test]
    fn what_is_large_is_not_kept() {
        keep(&NUMBERS, Vec::with_capacity(LONGEST));
        assert_eq!(take(&NUMBERS, 0).capacity(), 0);
    }
}
