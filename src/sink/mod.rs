//! Where results go: a folder, a FHIR server.

mod folder;
pub mod private;
#[cfg(feature = "send")]
pub mod server;

pub use folder::Folder;

use crate::fhir::bundle::Bundle;

/// Takes the bundles of a run, beside or instead of a folder. Several threads give it bundles at the same time.
pub trait Receiver: Sync {
    /// Takes one bundle.
    ///
    /// # Errors
    /// Why it was not taken, and what to do; nothing of the bundle was then written, unless the message says otherwise.
    fn take(&self, bundle: &Bundle) -> Result<Taken, String>;
}

/// What came of a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Taken {
    /// the receiver has a newer version of the document: nothing was written
    pub outdated: bool,
    /// resources that are new there
    pub created: u64,
    /// resources that were there already: updated, or found by a trusted identifier
    pub present: u64,
    /// resources that a newer document speaks of: left as they are
    pub kept: u64,
    /// resources that only an older version of the document had, or one that it replaces: marked as entered in error
    pub retired: u64,
    /// other documents that it replaces: marked as superseded
    pub superseded: u64,
    /// documents that it says to replace and that are not known to be about its patient: left as they are
    pub of_others: u64,
}

impl Taken {
    /// Adds what came of another bundle.
    pub fn add(&mut self, other: &Taken) {
        self.created += other.created;
        self.present += other.present;
        self.kept += other.kept;
        self.retired += other.retired;
        self.superseded += other.superseded;
        self.of_others += other.of_others;
    }
}
