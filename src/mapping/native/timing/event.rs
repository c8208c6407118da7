//! EIVL_TS → when and offset.

use crate::cda::datatypes::number::decimal;
use crate::cda::datatypes::{Cd, IvlPq, Pq};
use crate::cda::names::name;
use crate::cda::tree::Node;
use crate::fhir::value::Value;
use crate::mapping::context::{Context, Severity};

use super::Schedule;

impl<'t> Schedule<'t> {
    pub(super) fn add_event(&mut self, cx: &Context<'_>, node: Node<'t>) {
        let Some(event) = node.child(name::EVENT).map(Cd::new).filter(|e| e.null_flavor.is_none()) else { return };
        let Some(code) = event.code else {
            if let Some(words) = event.display_name {
                self.does_not_fit(cx, node, Some(words.to_owned()));
            }
            return;
        };
        let written = event.display_name.unwrap_or(code);
        let offset = node.child(name::OFFSET).filter(|o| o.null_flavor().is_none());
        let minutes = offset.map(offset_minutes);
        let words = match offset.and_then(offset_words) {
            Some(o) => format!("{written} ({o})"),
            None => written.to_owned(),
        };
        let Some(when) = cx.terms.map(cx.maps.event_timing).translate("", code) else {
            return self.does_not_fit(cx, node, Some(words));
        };
        // R4 allows no offset from a meal itself (tim-9), and none before what it names
        let at_meal = matches!(when.code.as_str(), "C" | "CM" | "CD" | "CV");
        let minutes = match minutes {
            Some(Some(0)) | None => None,
            Some(Some(m)) if m > 0 && !at_meal => Some(m),
            Some(_) => {
                let message = "the offset from an event has no form in FHIR; kept in words";
                cx.report(Severity::Warning, "timing-offset-dropped", offset.unwrap_or(node), message);
                self.unfit = true;
                None
            }
        };
        // one offset serves all events of a repeat
        if !self.when.is_empty() && self.offset != minutes || !self.times.is_empty() {
            return self.does_not_fit(cx, node, Some(words));
        }
        self.offset = minutes;
        let when = Value::String(when.code.clone());
        if !self.when.contains(&when) {
            self.when.push(when);
        }
        self.words.push(words);
    }
}

/// The offset in whole minutes: of a PQ, or of an IVL_PQ that is one point (or gives only `low`). `None` when it is
/// none of these.
fn offset_minutes(offset: Node<'_>) -> Option<i64> {
    let ivl = IvlPq::new(offset);
    let known = |b: Option<crate::cda::datatypes::Bound<'_>>| b.is_some_and(|b| b.value.is_some());
    let pq = match (ivl.value, ivl.low, ivl.high) {
        (Some(_), _, _) => Pq::new(offset),
        (None, Some(low), high) if !known(high) || high.and_then(|h| h.value) == low.value => Pq::new(low.node),
        (None, None, None) => Pq::new(ivl.center?.node),
        _ => return None,
    };
    let value: f64 = decimal(pq.value?)?.parse().ok()?;
    let per_unit = match pq.unit? {
        "s" => 1.0 / 60.0,
        "min" => 1.0,
        "h" => 60.0,
        "d" => 1440.0,
        _ => return None,
    };
    let minutes = value * per_unit;
    ((minutes - minutes.round()).abs() < 1e-9 && minutes.abs() < 1e6).then_some(minutes.round() as i64)
}

/// The offset in words: `1 h`, `30 min - 1 h`.
fn offset_words(offset: Node<'_>) -> Option<String> {
    let one = |n: Node<'_>| {
        let pq = Pq::new(n);
        Some(format!("{} {}", pq.value?, pq.unit.unwrap_or("")).trim_end().to_owned())
    };
    let ivl = IvlPq::new(offset);
    one(offset).or_else(|| match (ivl.low.and_then(|l| one(l.node)), ivl.high.and_then(|h| one(h.node))) {
        (Some(l), Some(h)) if l != h => Some(format!("{l} - {h}")),
        (l, h) => l.or(h),
    })
}
