//! What became of one leaf: by which reading it arrived, or why it did not.

use super::Class;
use super::arrival::{self, Arrival, Texts, Wanted};
use super::walk::{Found, Walk};
use crate::cda::names::{Name, name};
use crate::cda::structure;
use crate::cda::tree::Node;
use crate::convert::{How, Issue, Severity};

/// Issues of a statement that say why nothing below it is mapped.
const OF_STATEMENTS: &[&str] = &[
    "statement-not-mapped",
    "null-statement",
    "other-subject",
    "not-written",
    "nothing-to-add-to",
    "withheld",
    "not-reviewed",
];

impl<'a, 't> Walk<'a, 't> {
    pub(super) fn fate(
        &self,
        node: Node<'t>,
        offset: usize,
        leaf: &str,
        attribute: Name,
        value: &str,
    ) -> (Class, Option<Found>, Option<&'a Issue>) {
        let mut part = None;
        let wanted = Wanted::new(value);
        for reading in self.active.iter().rev().copied() {
            let r = self.ledger.reading(reading);
            if self.ledger.entry(reading).is_none() {
                continue;
            }
            let here = r.offset == offset;
            let of_this = match r.attribute {
                Some(a) => here && a == attribute && attribute != Name::OTHER,
                None => true,
            };
            if !of_this {
                continue;
            }
            let arrived = match r.how {
                How::Referred => Arrival::Nothing,
                How::Followed if here && self.ledger.is_identifier(value) => Arrival::All,
                How::Followed => Arrival::Nothing,
                How::Decided if here => self.decided(r.attribute.is_some(), leaf, reading),
                How::Decided => Arrival::Nothing,
                How::Translated if here && !self.ledger.texts(reading).is_empty() => Arrival::All,
                How::Translated | How::Value => self.arrived(node, leaf, &wanted, self.ledger.texts(reading)),
            };
            match arrived {
                Arrival::All => return (Class::Mapped, Some(Found::Reading(reading)), None),
                Arrival::Part => part = part.or(Some(reading)),
                Arrival::Nothing => {}
            }
        }
        // a value that no row names: what a transform found by itself, or what linking wrote
        // what the document as a whole gave holds words of everything; it counts for the document's own attributes alone
        let own = node.parent().is_none_or(|p| p.parent().is_none());
        let makers = self.makers.get(if own { 0 } else { self.of_document }..).unwrap_or_default();
        for entry in makers.iter().rev().copied() {
            let texts = self.ledger.whole(entry);
            let telling =
                value.len() >= 4 || (leaf == "code" && texts.iter().any(|t| t.key == "code" && t.text == value));
            if telling && self.arrived(node, leaf, &wanted, texts) == Arrival::All {
                return (Class::Mapped, Some(Found::Entry(entry)), None);
            }
        }
        let issue = self.issue(node);
        if let Some(reading) = part {
            return (Class::Degraded, Some(Found::Reading(reading)), issue);
        }
        if self.in_narrative(node, leaf, &wanted) {
            return (Class::NarrativeOnly, None, issue);
        }
        match issue.filter(|i| i.severity >= Severity::Warning && !OF_STATEMENTS.contains(&i.code.as_str())) {
            Some(issue) => (Class::Degraded, None, Some(issue)),
            None => (Class::Unmapped, None, issue),
        }
    }

    /// Whether what decided is in the bundle: what the row wrote, or the resource of the rule.
    fn decided(&self, attribute: bool, leaf: &str, reading: u32) -> Arrival {
        let by_text = attribute || matches!(leaf, "code" | "value" | structure::TEXT);
        let written = self.ledger.reading(reading).way.is_empty() || !self.ledger.texts(reading).is_empty();
        if by_text && written { Arrival::All } else { Arrival::Nothing }
    }

    fn arrived(&self, node: Node<'t>, leaf: &str, wanted: &Wanted<'_>, texts: &Texts<'_>) -> Arrival {
        let value = wanted.value;
        if texts.is_empty() {
            return Arrival::Nothing;
        }
        match leaf {
            // a schedule may be said otherwise: every 6 hours as 4 times a day
            "value" | "unit"
                if scheduled(node) && texts.iter().any(|t| matches!(t.key, "period" | "frequency" | "offset")) =>
            {
                Arrival::All
            }
            // fills are said as one more than refills
            "value"
                if node.local_name() == "repeatNumber" && texts.iter().any(|t| t.key == "numberOfRepeatsAllowed") =>
            {
                Arrival::All
            }
            "value" if node.local_name() == "telecom" => arrival::telecom(value, texts),
            "value" if node.attr(name::UNIT).is_some() => arrival::number(wanted, texts),
            "value" => match arrival::time(wanted, texts) {
                Arrival::All => Arrival::All,
                part => arrival::number(wanted, texts).max(part),
            },
            "unit" => {
                let known = self.plan.terms.unit(value).map_or(Arrival::Nothing, |u| arrival::exact(u, texts));
                arrival::exact(value, texts).max(known)
            }
            "root" => {
                let beside = node.attr_trimmed(name::EXTENSION).map_or(Arrival::Nothing, |e| arrival::exact(e, texts));
                arrival::root(value, self.plan.terms.uri(value), texts).max(beside)
            }
            "codeSystem" => arrival::root(value, self.plan.terms.uri(value), texts),
            "code" | "extension" => arrival::exact(value, texts),
            // what an address or a number is for is a code of its own
            "use" if texts.iter().any(|t| matches!(t.key, "use" | "type")) => Arrival::All,
            "use" => Arrival::Nothing,
            // what is not text is carried as data, in other words or none
            structure::TEXT if is_data(node) && texts.iter().any(|t| t.key == "data") => Arrival::All,
            structure::TEXT => arrival::words(wanted, texts).max(arrival::time(wanted, texts)),
            _ => arrival::words(wanted, texts),
        }
    }

    /// The issue that tells of an element, or of a statement around it.
    fn issue(&self, node: Node<'t>) -> Option<&'a Issue> {
        let of = |n: Node<'t>| self.issues.get(&n.offset()).into_iter().flatten().copied();
        let near = std::iter::once(node).chain(node.parent()).find_map(|n| of(n).max_by_key(|i| i.severity));
        let around =
            || self.statements.iter().rev().find_map(|s| of(s.node).find(|i| OF_STATEMENTS.contains(&i.code.as_str())));
        near.or_else(around)
    }

    /// Whether a person finds it in the narrative of its section.
    fn in_narrative(&self, node: Node<'t>, leaf: &str, wanted: &Wanted<'_>) -> bool {
        let narrative = &self.narrative[self.section as usize];
        if narrative.is_empty() {
            return false;
        }
        let contains = |wanted: &str| wanted.len() >= 3 && narrative.contains(wanted);
        let has = |text: &str| contains(&arrival::skeleton(text));
        if contains(wanted.skeleton()) {
            return true;
        }
        if leaf == "code" {
            let original = node.child(name::ORIGINAL_TEXT).map(|o| o.text_trimmed().into_owned()).unwrap_or_default();
            return has(node.attr(name::DISPLAY_NAME).unwrap_or("")) || has(&original);
        }
        // a day, as people write it
        let value = wanted.value;
        let day = value.as_bytes();
        day.len() >= 8 && day[..8].iter().all(u8::is_ascii_digit) && {
            let (y, m, d) = (&value[..4], &value[4..6], &value[6..8]);
            [format!("{m}{d}{y}"), format!("{d}{m}{y}"), format!("{y}{m}{d}")].iter().any(|t| narrative.contains(t))
        }
    }
}

/// Whether the text of an element is data: a body that is no XML, an image.
fn is_data(node: Node<'_>) -> bool {
    node.attr_trimmed(name::MEDIA_TYPE).is_some() || node.attr_trimmed(name::REPRESENTATION).is_some()
}

/// Whether an element stands inside a schedule (PIVL_TS, EIVL_TS) and says how often, or how long before or after.
fn scheduled(node: Node<'_>) -> bool {
    let is = |n: Node<'_>| matches!(n.name(), name::PERIOD | name::OFFSET);
    is(node) || node.parent().is_some_and(is)
}
