//! PQ and the intervals IVL_PQ (IVL_INT, IVL_REAL, BXIT_IVL_PQ, URG_PQ) and IVL_TS, as they are written.

use crate::cda::names::name;
use crate::cda::tree::Node;

/// PQ (also REAL and INT, without unit, and MO, whose currency stands as unit): a number and a unit.
#[derive(Debug, Clone, Copy)]
pub struct Pq<'t> {
    /// the element
    pub node: Node<'t>,
    /// `@nullFlavor`
    pub null_flavor: Option<&'t str>,
    /// `@value` as written, which may be no number
    pub value: Option<&'t str>,
    /// `@unit`, by the standard UCUM
    pub unit: Option<&'t str>,
}

impl<'t> Pq<'t> {
    /// Reads the attributes.
    pub fn new(node: Node<'t>) -> Pq<'t> {
        Pq {
            node,
            null_flavor: node.null_flavor(),
            value: node.attr_trimmed(name::VALUE),
            unit: node.attr_trimmed(name::UNIT),
        }
    }
}

/// One end of an interval.
#[derive(Debug, Clone, Copy)]
pub struct Bound<'t> {
    /// the element
    pub node: Node<'t>,
    /// `@nullFlavor`
    pub null_flavor: Option<&'t str>,
    /// `@value` as written
    pub value: Option<&'t str>,
    /// `@inclusive`, true by default
    pub inclusive: bool,
}

impl<'t> Bound<'t> {
    /// Reads the attributes.
    pub fn new(node: Node<'t>) -> Bound<'t> {
        Bound {
            node,
            null_flavor: node.null_flavor(),
            value: node.attr_trimmed(name::VALUE),
            inclusive: !matches!(node.attr_trimmed(name::INCLUSIVE), Some("false" | "0")),
        }
    }
}

/// The parts of an interval.
#[derive(Debug, Clone, Copy)]
pub struct Interval<'t> {
    /// the element
    pub node: Node<'t>,
    /// `@nullFlavor`
    pub null_flavor: Option<&'t str>,
    /// `@value`: the interval is this one point
    pub value: Option<&'t str>,
    /// `low`
    pub low: Option<Bound<'t>>,
    /// `high`
    pub high: Option<Bound<'t>>,
    /// `center`
    pub center: Option<Bound<'t>>,
    /// `width`
    pub width: Option<Pq<'t>>,
}

/// IVL_TS: an interval of time.
pub type IvlTs<'t> = Interval<'t>;
/// IVL_PQ and its kin: an interval of quantities.
pub type IvlPq<'t> = Interval<'t>;

impl<'t> Interval<'t> {
    /// Reads the parts; of a repeated part the first.
    pub fn new(node: Node<'t>) -> Interval<'t> {
        let mut ivl = Interval {
            node,
            null_flavor: node.null_flavor(),
            value: node.attr_trimmed(name::VALUE),
            low: None,
            high: None,
            center: None,
            width: None,
        };
        for child in node.children() {
            match child.name() {
                name::LOW => ivl.low = ivl.low.or(Some(Bound::new(child))),
                name::HIGH => ivl.high = ivl.high.or(Some(Bound::new(child))),
                name::CENTER => ivl.center = ivl.center.or(Some(Bound::new(child))),
                name::WIDTH => ivl.width = ivl.width.or(Some(Pq::new(child))),
                _ => {}
            }
        }
        ivl
    }

    /// Whether any part is there.
    pub fn has_parts(&self) -> bool {
        self.low.is_some() || self.high.is_some() || self.center.is_some() || self.width.is_some()
    }
}
