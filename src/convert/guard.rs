//! One fault of granule costs one document: a panic becomes a refusal.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};

use super::{ConvertError, Refusal};

thread_local! {
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps the message of a panic off the log: it may quote what was read (a slice out of bounds quotes the text). The place in
/// granule's own code says as much, and holds nothing of the document.
pub fn quiet_panics() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(|l| format!("{}:{}", l.file(), l.line()));
        LAST.with(|last| last.borrow_mut().clone_from(&place));
    }));
}

/// Runs the work on one document.
///
/// # Errors
/// What the work says; or, when it panicked, that granule has a fault, and where.
pub fn guarded<T>(work: impl FnOnce() -> Result<T, ConvertError>) -> Result<T, ConvertError> {
    // a conversion shares nothing that it changes: the plan is read only, and all else is dropped with the panic
    panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let place = LAST.with(|last| last.borrow_mut().take());
        let at = place.map_or_else(String::new, |p| format!(" at {p}"));
        Err(ConvertError::new(
            Refusal::Internal,
            format!("granule itself failed{at}; please report this with the version of granule"),
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_refusal_without_its_message() {
        let e = guarded::<()>(|| panic!("Mrs Secret")).unwrap_err();
        assert_eq!(e.kind, Refusal::Internal);
        assert!(!e.message.contains("Secret"));
        assert!(guarded(|| Ok(1)).is_ok());
    }
}
