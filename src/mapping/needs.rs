//! What an element must have directly in it for a row to find anything there.
//!
//! Tables say for every kind of statement whatever may be in it; a statement has little of that. What a row, an alternative
//! or a test needs follows from the first steps of its paths, so it is found once, when tables are compiled, and a row
//! that cannot give anything costs a run one comparison of bits. Nothing may be passed over that would have been reported,
//! or charged to the document: where that is not certain, [`Marks::ANY`] says that it must be asked.

use crate::cda::marks::Marks;
use crate::cda::names::name;

use super::plan::{Alternative, Axis, Branch, Expr, Make, Path, Predicate, Row, Step, TemplateId};

/// Without one of these a path finds nothing.
pub(super) fn of_path(path: &Path) -> Marks {
    path.0.iter().fold(Marks::NONE, |marks, branch| marks.with(of_branch(branch)))
}

fn of_branch(branch: &Branch) -> Marks {
    match branch.steps.first() {
        Some(Step { axis: Axis::Child | Axis::Attribute, name: Some(name), .. }) if !branch.absolute => {
            Marks::of(*name)
        }
        _ => Marks::ANY,
    }
}

/// Without one of these a test does not hold.
pub(super) fn of_test(test: &Expr) -> Marks {
    match test {
        Expr::And(all) => {
            for one in all {
                let needs = of_test(one);
                if needs != Marks::ANY {
                    return needs;
                }
                if !is_free(one) {
                    break;
                }
            }
            Marks::ANY
        }
        Expr::Or(any) => any.iter().fold(Marks::NONE, |marks, one| marks.with(of_test(one))),
        Expr::Not(_) | Expr::Denied | Expr::Unsaid(_) | Expr::Doubted | Expr::Planned | Expr::Known => Marks::ANY,
        Expr::Exists(path) | Expr::True(path) | Expr::Compare { path, .. } | Expr::In { path, .. } => of_path(path),
        Expr::Template(_) => Marks::of(name::TEMPLATE_ID).with(Marks::of(name::CODE)),
        Expr::HasAttribute(name) | Expr::TrueAttribute(name) | Expr::CompareAttribute { name, .. } => Marks::of(*name),
    }
}

/// Whether a test may be left out without a trace: it looks at attributes of the element itself alone. Of templates it is
/// reported where they disagree with the code, and the walk through long lists is charged.
fn is_free(test: &Expr) -> bool {
    match test {
        Expr::And(all) | Expr::Or(all) => all.iter().all(is_free),
        Expr::Not(one) => is_free(one),
        Expr::HasAttribute(_) | Expr::TrueAttribute(_) | Expr::CompareAttribute { .. } => true,
        Expr::Exists(_)
        | Expr::True(_)
        | Expr::Compare { .. }
        | Expr::In { .. }
        | Expr::Template(_)
        | Expr::Denied
        | Expr::Unsaid(_)
        | Expr::Doubted
        | Expr::Planned
        | Expr::Known => false,
    }
}

/// Templates as bits of one word, as [`Marks`] are names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TemplateMarks(u64);

impl TemplateMarks {
    /// Whatever the templates are, or none at all: nothing need be known of them.
    pub const ANY: TemplateMarks = TemplateMarks(u64::MAX);

    /// Those of some templates.
    pub fn of(templates: &[TemplateId]) -> TemplateMarks {
        TemplateMarks(templates.iter().fold(0, |bits, t| bits | 1 << (t.0 & 63)))
    }

    /// The bits of both.
    #[must_use]
    pub fn with(self, other: TemplateMarks) -> TemplateMarks {
        TemplateMarks(self.0 | other.0)
    }

    /// Whether a node of these templates can be what is asked for here.
    pub fn allow(self, of_node: TemplateMarks) -> bool {
        self == TemplateMarks::ANY || self.0 & of_node.0 != 0
    }
}

/// Of one of these templates a node must be to stand at the end of a way; all where it need not be of any. Only what is
/// asked of the node first counts, so that the rest is not passed over.
pub(super) fn templates_of_place(way: &Path) -> TemplateMarks {
    let of = |branch: &Branch| match branch.steps.last().and_then(|s| s.predicates.first()) {
        Some(Predicate::Test(test)) => templates_of_test(test),
        _ => TemplateMarks::ANY,
    };
    way.0.iter().map(of).reduce(TemplateMarks::with).unwrap_or(TemplateMarks::ANY)
}

fn templates_of_test(test: &Expr) -> TemplateMarks {
    match test {
        Expr::Template(id) => TemplateMarks::of(&[*id]),
        Expr::And(all) => all.first().map_or(TemplateMarks::ANY, templates_of_test),
        Expr::Or(any) => any.iter().map(templates_of_test).reduce(TemplateMarks::with).unwrap_or(TemplateMarks::ANY),
        _ => TemplateMarks::ANY,
    }
}

/// Without one of these an alternative gives nothing, says nothing, and leaves the turn to the next one.
pub(super) fn of_alternative(alternative: &Alternative) -> Marks {
    match &alternative.condition {
        Some(test) => of_test(test),
        None => of_making(alternative),
    }
}

/// Without one of these what an alternative makes is nothing.
fn of_making(alternative: &Alternative) -> Marks {
    if alternative.conduct {
        // it may stand further up
        return Marks::ANY;
    }
    let from = alternative.from.as_ref().map_or(Marks::ANY, of_path);
    match (&alternative.make, &alternative.each) {
        (Make::Const(_), _) => Marks::ANY,
        (Make::Convert(_) | Make::Refer(_) | Make::Link(_), _) => from,
        (Make::Build(..), Some(each)) => of_path(each),
        (Make::Build(base, rows), None) => {
            let inner = rows.needs().iter().fold(Marks::NONE, |marks, needs| marks.with(*needs));
            if base.is_some() { inner.with(from) } else { inner }
        }
    }
}

/// Without one of these a row gives nothing.
pub(super) fn of_row(row: &Row) -> Marks {
    row.alternatives.iter().fold(Marks::NONE, |marks, alternative| {
        let first = of_alternative(alternative);
        let silent = alternative.report.is_none() && alternative.condition.as_ref().is_none_or(is_free);
        // a condition that holds ends the row, with or without a value: all alternatives after it are passed over as well
        marks.with(if first == Marks::ANY && silent { of_making(alternative) } else { first })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_cannot_be_of_a_template_is_passed_over() {
        let asked = TemplateMarks::of(&[TemplateId(3), TemplateId(70)]);
        assert!(asked.allow(TemplateMarks::of(&[TemplateId(70)])) && asked.allow(TemplateMarks::ANY));
        assert!(!asked.allow(TemplateMarks::of(&[TemplateId(4)])) && !asked.allow(TemplateMarks::of(&[])));
        assert!(asked.allow(TemplateMarks::of(&[TemplateId(6)])), "it shares the bit of 70, so it is asked");
        assert!(TemplateMarks::ANY.allow(TemplateMarks::of(&[])), "a rule that asks for none takes what has none");
    }

    #[test]
    fn only_what_is_asked_first_counts() {
        let template = || Expr::Template(TemplateId(3));
        let first = Expr::And([template(), Expr::HasAttribute(name::CODE)].into());
        assert_eq!(templates_of_test(&first), TemplateMarks::of(&[TemplateId(3)]));
        let second = Expr::And([Expr::HasAttribute(name::CODE), template()].into());
        assert_eq!(templates_of_test(&second), TemplateMarks::ANY);
        assert_eq!(templates_of_test(&Expr::Not(Box::new(template()))), TemplateMarks::ANY);
        let either = Expr::Or([template(), Expr::HasAttribute(name::CODE)].into());
        assert_eq!(templates_of_test(&either), TemplateMarks::ANY);
    }
}
