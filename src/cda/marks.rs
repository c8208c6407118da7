//! What stands directly in an element, as bits: whether a child or attribute of a name can be there at all.
//!
//! Most paths and rows ask for what the element does not have. The names of its children and attributes are spread over
//! the bits of one word when the tree is made, so that such a question is answered without a look at any of them. A bit
//! that is set says nothing (names share bits); one that is not set says that nothing of that name is there.

use super::names::Name;

/// The names of children and attributes of an element, or of those that something needs, as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marks(u64);

impl Marks {
    /// No name: what needs one of these can never hold.
    pub const NONE: Marks = Marks(0);
    /// What every element has; who needs it must always be asked. Names whose number ends so share the bit.
    pub const ANY: Marks = Marks(1 << 63);

    /// That of a name.
    #[inline]
    pub const fn of(name: Name) -> Marks {
        Marks(1 << (name.0 & 63))
    }

    /// The bits of both.
    #[must_use]
    #[inline]
    pub const fn with(self, other: Marks) -> Marks {
        Marks(self.0 | other.0)
    }

    /// Whether one of the names may be among these.
    #[inline]
    pub const fn meets(self, other: Marks) -> bool {
        self.0 & other.0 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_marked_is_not_there() {
        let both = Marks::of(Name(3)).with(Marks::of(Name(70)));
        assert!(both.meets(Marks::of(Name(3))) && both.meets(Marks::of(Name(70))));
        assert!(!both.meets(Marks::of(Name(4))) && !both.meets(Marks::NONE));
        assert!(both.meets(Marks::of(Name(6))), "it shares the bit of 70, so it is looked for");
        assert!(Marks::ANY.meets(Marks::of(Name(63))), "it is always asked for");
    }
}
