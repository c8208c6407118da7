//! Who wants to know what a conversion is doing: the stages, told to a watcher that is handed in from outside. The
//! conversion itself reads no clock, and its result is the same with and without a watcher.

use crate::mapping::watch::RuleWatch;

/// What a conversion does, in the order of the document's way. The stages of slices (tree, rows) come once for the
/// header and once for each section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// bytes to text: byte-order mark, charset, characters that XML forbids
    Decode,
    /// the streaming pass: header, sections, limits
    Scan,
    /// the text of a slice to its tree with interned names; also taking the tree down
    Tree,
    /// choosing rules for statements, and what their rows make
    Rows,
    /// SHA-1 of the document's bytes
    Digest,
    /// one resource for one thing, ids, references
    Link,
    /// sections, original, provenance, labels, profiles
    Finish,
    /// the R4 gate
    Gate,
    /// findings with line and column; also taking down what the conversion no longer needs
    Issues,
    /// the bundle as JSON; told by the caller
    Serialise,
    /// taking the bundle down; told by the caller
    Release,
}

impl Stage {
    /// All stages, in order.
    pub const ALL: [Stage; 11] = [
        Stage::Decode,
        Stage::Scan,
        Stage::Tree,
        Stage::Rows,
        Stage::Digest,
        Stage::Link,
        Stage::Finish,
        Stage::Gate,
        Stage::Issues,
        Stage::Serialise,
        Stage::Release,
    ];

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Decode => "decode",
            Stage::Scan => "scan",
            Stage::Tree => "tree",
            Stage::Rows => "rows",
            Stage::Digest => "digest",
            Stage::Link => "link",
            Stage::Finish => "finish",
            Stage::Gate => "gate",
            Stage::Issues => "issues",
            Stage::Serialise => "serialise",
            Stage::Release => "release",
        }
    }
}

/// Is told which stage begins; the one before ends with that.
pub trait Watch: RuleWatch {
    /// A stage begins.
    fn stage(&self, stage: Stage);
}

/// A watcher, or nobody.
#[derive(Clone, Copy)]
pub(super) struct Watched<'w>(pub Option<&'w dyn Watch>);

impl<'w> Watched<'w> {
    pub fn stage(self, stage: Stage) {
        if let Some(w) = self.0 {
            w.stage(stage);
        }
    }

    pub fn rules(self) -> Option<&'w dyn RuleWatch> {
        self.0.map(|w| w as &dyn RuleWatch)
    }
}
