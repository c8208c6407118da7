//! The times of an administration (a set of TS, IVL_TS, PIVL_TS, EIVL_TS, SXPR_TS) → Timing.
//!
//! CDA gives a set of expressions with operators; R4 gives one `repeat`. What fits is structured. When one part of a
//! schedule does not fit, the rest of it would state another schedule: then the whole goes, in words, into
//! `Timing.code.text`, and only the bounds stay structured (R4: bounds apply beside a code).

mod event;
mod periodic;

use crate::cda::datatypes::IvlTs;
use crate::cda::names::name;
use crate::cda::tree::Node;
use crate::fhir::value::{Object, Value};
use crate::mapping::context::{Context, Severity};

use super::quantity::duration;
use super::time::{FhirTime, date_time, period};

/// What the set says so far.
#[derive(Default)]
struct Schedule<'t> {
    events: Vec<FhirTime<'t>>,
    /// `boundsPeriod` or `boundsDuration`
    bounds: Option<(&'static str, Value)>,
    /// duration, frequency and period with their units
    cycle: Option<Object>,
    days: Vec<Value>,
    times: Vec<Value>,
    when: Vec<Value>,
    /// minutes from the events of `when`
    offset: Option<i64>,
    /// the schedule in words, part by part
    words: Vec<String>,
    /// a part has no structured form
    unfit: bool,
    /// a part has not even words, so that the words of the others would state another schedule
    mute: bool,
}

/// The `effectiveTime` elements of one administration → Timing; `None` when they say nothing.
///
/// Reports `timing-unsupported` (kept in words), `timing-operator`, `timing-offset-dropped`, `timing-phase-dropped`, and
/// what times and quantities report.
pub fn timing(cx: &Context<'_>, nodes: &[Node<'_>]) -> Option<Value> {
    let mut schedule = Schedule::default();
    for node in nodes {
        schedule.add(cx, *node, 0);
    }
    schedule.finish()
}

impl<'t> Schedule<'t> {
    fn add(&mut self, cx: &Context<'_>, node: Node<'t>, depth: usize) {
        if node.null_flavor().is_some() {
            return;
        }
        match node.attr_trimmed(name::OPERATOR) {
            None | Some("I" | "A") => {}
            // no operator of CDA: a point that says which end of the time it is
            Some(end @ ("low" | "high")) if node.attr_trimmed(name::VALUE).is_some() => {
                return self.add_end(cx, node, end);
            }
            Some(operator) => {
                // times that are taken out of a schedule must not become part of it
                let message = "a time is joined by an operator that FHIR has not; the schedule is kept in words";
                cx.report(Severity::Warning, "timing-operator", node, message);
                self.unfit = true;
                match node.child(name::PERIOD).and_then(periodic::words).filter(|_| operator == "E") {
                    Some(words) => self.words.push(format!("except {words}")),
                    None => self.mute = true,
                }
                return;
            }
        }
        let upper = node.xsi_type().map(str::to_ascii_uppercase);
        match upper.as_deref() {
            Some("PIVL_TS" | "PIVL_PPD_TS") => self.add_periodic(cx, node),
            Some("EIVL_TS" | "EIVL_PPD_TS") => self.add_event(cx, node),
            Some("SXPR_TS") => self.add_all(cx, node, depth),
            _ if node.child(name::PERIOD).is_some() => self.add_periodic(cx, node),
            _ if node.child(name::EVENT).is_some() => self.add_event(cx, node),
            _ if node.child(name::COMP).is_some() => self.add_all(cx, node, depth),
            _ => self.add_interval(cx, node),
        }
    }

    fn add_all(&mut self, cx: &Context<'_>, node: Node<'t>, depth: usize) {
        if depth > 4 {
            return self.does_not_fit(cx, node, None);
        }
        for comp in node.children_named(name::COMP) {
            self.add(cx, comp, depth + 1);
        }
    }

    /// TS and IVL_TS: points are events, an interval the bounds.
    fn add_interval(&mut self, cx: &Context<'_>, node: Node<'t>) {
        let ivl = IvlTs::new(node);
        let point = ivl.value.is_some() || (ivl.center.is_some() && ivl.low.is_none() && ivl.high.is_none());
        if point {
            self.events.extend(date_time(cx, node));
            return;
        }
        let bounds = match (ivl.low.or(ivl.high), ivl.width) {
            (Some(_), _) => period(cx, node).map(|p| ("boundsPeriod", p)),
            (None, Some(width)) if width.null_flavor.is_none() => {
                duration(cx, width.node).map(|d| ("boundsDuration", d))
            }
            _ => None,
        };
        match (bounds, self.bounds.take()) {
            // two intervals: neither is the bounds
            (Some(second), Some(first)) => {
                self.words.splice(0..0, bounds_words(&first.1));
                let words = bounds_words(&second.1);
                self.does_not_fit(cx, node, words);
            }
            (second, first) => self.bounds = first.or(second),
        }
    }

    /// `<effectiveTime operator="low" value="…"/>`: one end of the bounds. A second of one kind does not fit.
    fn add_end(&mut self, cx: &Context<'_>, node: Node<'t>, end: &str) {
        let (key, extended) = if end == "low" { ("start", "_start") } else { ("end", "_end") };
        let Some(time) = date_time(cx, node) else { return };
        match self.bounds.get_or_insert_with(|| ("boundsPeriod", Object::new().into())) {
            ("boundsPeriod", Value::Object(period)) if period.get(key).is_none() => time.add_to(period, key, extended),
            _ => self.does_not_fit(cx, node, None),
        }
    }

    /// A part that has no structured form; its words are kept.
    fn does_not_fit(&mut self, cx: &Context<'_>, node: Node<'_>, words: Option<String>) {
        self.unfit = true;
        self.mute |= words.is_none();
        self.words.extend(words);
        let message = "a part of a schedule has no form in FHIR; the schedule is kept in words";
        cx.report(Severity::Warning, "timing-unsupported", node, message);
    }

    fn finish(self) -> Option<Value> {
        let mut repeat = Object::new();
        if let Some((key, value)) = self.bounds {
            repeat.set(key, value);
        }
        if !self.unfit {
            if let Some(cycle) = self.cycle {
                repeat.0.extend(cycle.0);
            }
            repeat = repeat
                .with("dayOfWeek", Value::Array(self.days))
                .with("timeOfDay", Value::Array(self.times))
                .with("when", Value::Array(self.when))
                .with("offset", self.offset.map(|m| Value::Number(m.to_string().into())));
        }
        let mut timing = Object::new();
        timing = timing.with("event", Value::Array(self.events.iter().map(FhirTime::value).collect()));
        if self.events.iter().any(|e| e.original.is_some()) {
            let beside = self.events.iter().map(|e| e.element().unwrap_or(Value::Null)).collect();
            timing = timing.with("_event", Value::Array(beside));
        }
        let words = (self.unfit && !self.mute && !self.words.is_empty()).then(|| self.words.join(", "));
        let code = words.map(|w| Value::from(Object::new().with_str("text", &*w)));
        timing = timing.with("repeat", Value::from(repeat)).with("code", code);
        (!timing.is_empty()).then_some(timing.into())
    }
}

/// How often, in words, by the period of a schedule: `every 8 h`.
pub(super) fn every(schedule: Node<'_>) -> Option<String> {
    schedule.child(name::PERIOD).filter(|p| p.null_flavor().is_none()).and_then(periodic::words)
}

/// Bounds in words: `2012-08-06 to 2012-11-06`.
fn bounds_words(bounds: &Value) -> Option<String> {
    let o = bounds.as_object()?;
    match (o.str("start"), o.str("end")) {
        (Some(start), Some(end)) => Some(format!("{start} to {end}")),
        (Some(start), None) => Some(format!("from {start}")),
        (None, Some(end)) => Some(format!("until {end}")),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests;
