//! Texts that last as long as the program: what tables say (systems, URLs, names of codes) stands in every bundle, so it
//! is kept once, and a value that says it holds no copy.

use std::sync::{LazyLock, Mutex, PoisonError};

use compact_str::CompactString;
use rustc_hash::FxHashSet;

/// Each text once, however often tables are compiled.
static TEXTS: LazyLock<Mutex<FxHashSet<&'static str>>> = LazyLock::new(Mutex::default);

/// A text of a table, kept for the life of the program. Never for what a document says: nothing takes it down again.
pub fn text(text: &str) -> &'static str {
    let mut texts = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = texts.get(text) {
        return known;
    }
    let kept: &'static str = Box::leak(text.into());
    texts.insert(kept);
    kept
}

/// The same as the text of a value, whose copies cost nothing.
pub fn shared(short_or_long: &str) -> CompactString {
    let here = CompactString::new(short_or_long);
    if here.is_heap_allocated() { CompactString::const_new(text(short_or_long)) } else { here }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_kept_once() {
        let long = String::from("http://example.org/a/text/longer/than/a/value/holds");
        assert!(std::ptr::eq(text(&long), text(&long.clone())));
        let shared = shared(&long);
        assert_eq!((shared.as_str(), shared.is_heap_allocated()), (long.as_str(), false));
        assert!(std::ptr::eq(shared.clone().as_ptr(), shared.as_ptr()), "a copy is the same text");
    }
}
