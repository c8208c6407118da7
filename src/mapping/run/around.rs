//! What stands around a statement and speaks for it: whose it is, that it was denied, that it was taken back.

use super::super::context::Severity;
use super::super::plan::qualifiers::Says;
use super::super::plan::{Plan, ReadsDenial, RuleId};
use super::select::holds;
use super::{Run, is_statement};
use crate::cda::forms::NOT_DONE;
use crate::cda::names::{Name, name};
use crate::cda::tree::Node;
use crate::fhir::withdraw;

const DENIED: &str = "the statement, or what it is part of, is negated and its resource has no element to say so; it is kept as narrative";
const ANOTHER: &str = "a qualifier says that it is meant of somebody or something else (a relative, a risk, a plan); it is kept as narrative";
const WITHDRAWN: &str = "the statement, or what it is part of, was nullified and its resource has no element to say so; it is kept as narrative";

/// What a statement, and the statements around it, say of it.
#[derive(Default)]
pub(super) struct Around<'t> {
    /// it is negated itself; by which attribute
    own: Option<(Node<'t>, Name)>,
    /// what a qualifier of its own concept makes of it, and where
    qualified: Option<(Node<'t>, Says)>,
    /// its status says that it did not take place
    not_done: Option<Node<'t>>,
    /// something around it is negated
    outer: Option<(Node<'t>, Name)>,
    /// what is negated is related to it (refers to it, was caused by it): whether that denies it cannot be told
    unclear: bool,
    /// something around it was nullified
    taken_back: Option<Node<'t>>,
    /// it was nullified itself
    nullified: bool,
}

impl<'t> Around<'t> {
    /// Looks at a statement and at what it is part of.
    pub(super) fn of(node: Node<'t>, plan: &Plan) -> Around<'t> {
        let denial = |n: Node<'t>| {
            let attributes = [Some(name::NEGATION_IND), plan.denied].into_iter().flatten();
            attributes.map(|a| (n, a)).find(|(n, a)| n.attr_trimmed(*a).is_some_and(holds))
        };
        let qualified = plan.qualifiers.said(node);
        let not_done = |n: Node<'t>| n.status().filter(|(_, code)| *code == NOT_DONE).map(|(status, _)| status);
        let mut found = Around {
            own: denial(node),
            qualified,
            not_done: not_done(node),
            nullified: node.is_nullified(),
            ..Around::default()
        };
        // What only brings statements together hands its denial down to them, and so does a statement to its components.
        // The reason why something was not done is a fact. Of what else is related to it that cannot be told.
        let mut part = true;
        let mut inner = node;
        while let Some(link) = inner.parent() {
            let Some(holder) = link.parent().filter(|h| is_statement(h.name())) else { break };
            let kind = link.attr_trimmed(name::TYPE_CODE);
            part &= matches!(kind, None | Some("COMP" | "SUBJ"));
            if part {
                found.outer = found.outer.or_else(|| denial(link));
            }
            part &= kind == Some("COMP") || matches!(holder.name(), name::ACT | name::ORGANIZER);
            match denial(holder).or_else(|| Some((not_done(holder)?, name::CODE))) {
                Some(denied) if part => {
                    found.outer.get_or_insert(denied);
                }
                Some(_) => found.unclear |= kind != Some("RSON"),
                None => {}
            }
            if holder.is_nullified() {
                found.taken_back.get_or_insert(holder);
            }
            inner = holder;
        }
        found
    }

    /// Where it is denied, by itself or by what it is part of.
    pub(super) fn denial(&self) -> Option<(Node<'t>, Name)> {
        self.own.or(self.other_denial()).or(self.outer)
    }

    /// Where it is denied by a code: of a qualifier of its concept, or of its status.
    fn other_denial(&self) -> Option<(Node<'t>, Name)> {
        let by_qualifier = self.qualified.filter(|(_, says)| *says == Says::Denied).map(|(value, _)| value);
        by_qualifier.or(self.not_done).map(|code| (code, name::CODE))
    }
}

/// Where a statement says that it is uncertain.
pub(super) fn uncertain(node: Node<'_>) -> Option<Node<'_>> {
    node.child(name::UNCERTAINTY_CODE).filter(|u| u.attr_trimmed(name::CODE) == Some("U"))
}

/// Where a statement is uncertain, or a qualifier of its own concept only suspects it. What it is part of is not asked.
pub(super) fn doubt<'t>(node: Node<'t>, plan: &Plan) -> Option<Node<'t>> {
    uncertain(node).or_else(|| called(Says::Doubted, node, plan))
}

/// Where a qualifier of its own concept calls a statement that.
pub(super) fn called<'t>(that: Says, node: Node<'t>, plan: &Plan) -> Option<Node<'t>> {
    plan.qualifiers.said(node).filter(|(_, says)| *says == that).map(|(value, _)| value)
}

impl<'t> Run<'_, 't> {
    /// A statement about somebody else (a relative, a fetus, a newborn) must never be said of the patient.
    pub(super) fn about_the_patient(&self, node: Node<'t>, rule: Option<RuleId>) -> bool {
        if !self.other_subjects || rule.is_some_and(|r| self.plan.rule(r).other_subject) {
            return true;
        }
        let other = std::iter::once(node).chain(node.ancestors()).find_map(|n| {
            let mut said = n.child(name::SUBJECT)?.children().filter(|c| c.null_flavor().is_none()).peekable();
            let first = *said.peek()?;
            // what has a class is the role; before it may stand what only names its template
            let related = said.find(|c| c.attr_trimmed(name::CLASS_CODE).is_some()).unwrap_or(first);
            // PAT: the subject is the patient after all
            (related.attr_trimmed(name::CLASS_CODE) != Some("PAT")).then_some(n)
        });
        if let Some(holder) = other {
            self.cx.report(
                Severity::Warning,
                "other-subject",
                holder,
                "the statement is about another person than the patient; it is kept as narrative",
            );
        }
        other.is_none()
    }

    /// What a statement, and the statements around it, say of it.
    pub(super) fn around(&self, node: Node<'t>) -> Around<'t> {
        Around::of(node, self.plan)
    }

    /// Whether a rule would affirm what is denied.
    fn affirms_denied(&self, rule: RuleId, around: &Around<'t>) -> bool {
        around.unclear
            || match self.plan.rule(rule).reads_denial {
                ReadsDenial::Not => around.denial().is_some(),
                ReadsDenial::Own => around.outer.or(around.other_denial()).is_some(),
                ReadsDenial::Around => false,
            }
    }

    /// Whether a rule may make a resource of a statement, as far as what is around it goes; reports why not.
    pub(super) fn may_say(&self, rule: RuleId, node: Node<'t>, around: &Around<'t>) -> bool {
        if self.affirms_denied(rule, around) {
            self.cx.report(Severity::Warning, "denial-not-carried", node, DENIED);
            return false;
        }
        if !self.is_meant(rule, around) {
            let (code, why) = match around.qualified {
                Some((_, Says::Doubted)) => (
                    "uncertainty-not-carried",
                    "a qualifier says that it is only suspected and its resource has no element to say so; it is kept as narrative",
                ),
                _ => ("context-not-carried", ANOTHER),
            };
            self.cx.report(Severity::Warning, code, around.qualified.map_or(node, |q| q.0), why);
            return false;
        }
        if around.taken_back.is_some() && !withdraw::has_word(self.plan.rule(rule).to_name) {
            self.cx.report(Severity::Warning, "withdrawal-not-carried", node, WITHDRAWN);
            return false;
        }
        true
    }

    /// Whether a qualifier leaves a rule anything to say of a statement.
    fn is_meant(&self, rule: RuleId, around: &Around<'t>) -> bool {
        match around.qualified {
            Some((_, Says::Another)) => false,
            Some((_, Says::Doubted)) => self.plan.rule(rule).carries_doubt,
            Some((_, Says::Planned)) => self.plan.rule(rule).carries_plan,
            Some((_, Says::Denied)) | None => true,
        }
    }

    /// Whether a rule may add what a statement says to another resource. That has no status for it alone: what was
    /// nullified adds nothing.
    pub(super) fn may_add(&self, rule: RuleId, around: &Around<'t>) -> bool {
        // what is suspected is so of the resource that it is added to, as far as anybody says
        let meant = matches!(around.qualified, Some((_, Says::Doubted))) || self.is_meant(rule, around);
        around.taken_back.is_none() && !around.nullified && meant && !self.affirms_denied(rule, around)
    }

    /// Why a statement that would only add to another resource adds nothing.
    pub(super) fn report_not_added(&self, node: Node<'t>, around: &Around<'t>) {
        let (code, at, why) = match around.qualified {
            _ if around.nullified || around.taken_back.is_some() => ("withdrawal-not-carried", node, WITHDRAWN),
            Some((qualifier, Says::Another | Says::Planned)) => ("context-not-carried", qualifier, ANOTHER),
            _ => ("denial-not-carried", node, DENIED),
        };
        self.cx.report(Severity::Warning, code, at, why);
    }

    /// Marks what was made of a statement that is part of a nullified one as entered in error.
    pub(super) fn take_back(&mut self, made: usize, around: &Around<'t>) {
        if around.taken_back.is_none() {
            return;
        }
        if let Some(instance) = self.out.instances.get_mut(made) {
            withdraw::mark(&mut instance.object, self.plan.rule(instance.rule).to_name);
        }
    }

    /// Whether members of a group may be made one resource: all are the patient's, and none stands in what was denied.
    pub(super) fn may_join(&self, rule: RuleId, members: &[Node<'t>]) -> bool {
        members.iter().all(|m| {
            let around = self.around(*m);
            self.about_the_patient(*m, Some(rule))
                && !self.affirms_denied(rule, &around)
                && self.is_meant(rule, &around)
        })
    }
}
