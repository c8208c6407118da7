//! TS and IVL_TS → date, dateTime, instant, Period.
//!
//! Precision is never raised. A time of day needs minutes and an offset in FHIR R4; where the source does not give them
//! (and no zone is configured) the date stays and the original is kept beside it in an extension.

use compact_str::{CompactString, format_compact};
use jiff::civil;
use jiff::tz::{AmbiguousOffset, TimeZone};

use crate::cda::datatypes::time::OffsetForm;
use crate::cda::datatypes::{Bound, IvlTs, Precision, Ts, TsError};
use crate::cda::names::name;
use crate::cda::tree::Node;
use crate::fhir::value::{Object, Value};
use crate::mapping::context::{Context, Severity, Zone};

/// The extension that keeps what was written where FHIR cannot say it.
pub const ORIGINAL_TEXT: &str = "http://hl7.org/fhir/StructureDefinition/originalText";

/// A FHIR date, dateTime or instant, and what the source said where that is more.
#[derive(Debug, Clone, PartialEq)]
pub struct FhirTime<'t> {
    /// the primitive in FHIR's form
    pub text: CompactString,
    /// the value as written, where the primitive says less
    pub original: Option<&'t str>,
}

impl FhirTime<'_> {
    /// The primitive.
    pub fn value(&self) -> Value {
        Value::String(self.text.clone())
    }

    /// What stands beside the primitive under its name with `_`: the original in an extension.
    pub fn element(&self) -> Option<Value> {
        self.original.map(|o| {
            let extension = Object::new().with("url", Value::fixed(ORIGINAL_TEXT)).with_str("valueString", o);
            Object::new().with("extension", Value::Array(vec![extension.into()])).into()
        })
    }

    /// Adds the primitive and, if there is one, its extension to an object.
    pub fn add_to(&self, object: &mut Object, key: &'static str, underscored: &'static str) {
        object.set(key, self.value());
        if let Some(e) = self.element() {
            object.set(underscored, e);
        }
    }
}

/// The point in time that a TS or IVL_TS gives a single-valued target: `@value`, else `low`, else `center`; never `high` alone.
pub fn point<'t>(node: Node<'t>) -> Option<Bound<'t>> {
    let ivl = IvlTs::new(node);
    if ivl.value.is_some() {
        return Some(Bound::new(node)).filter(|b| b.null_flavor.is_none());
    }
    [ivl.low, ivl.center].into_iter().flatten().find(|b| b.value.is_some() && b.null_flavor.is_none())
}

/// TS or IVL_TS → dateTime, with what stands beside it.
///
/// Reports `invalid-time`, `lenient-time`, `sentinel-time`, `time-without-zone`, `time-without-minutes`,
/// `time-offset-dropped`, `time-ambiguous`.
pub fn date_time<'t>(cx: &Context<'_>, node: Node<'t>) -> Option<FhirTime<'t>> {
    let bound = point(node)?;
    bound_time(cx, bound.node, bound.value?)
}

/// TS or IVL_TS → date: the date part, as far as it is known. A time of day is left out without report, since a target
/// of type date asks for none. Reports `invalid-time`, `lenient-time`, `sentinel-time`.
pub fn date<'t>(cx: &Context<'_>, node: Node<'t>) -> Option<FhirTime<'t>> {
    let bound = point(node)?;
    let ts = parse(cx, bound.node, bound.value?)?;
    Some(FhirTime { text: date_text(&ts), original: None })
}

/// TS or IVL_TS → instant: seconds and an offset are needed, zero seconds are filled in where minutes are given. `None`
/// when the source (or the zone) does not give them. Reports `instant-incomplete` and as [`date_time`] does.
pub fn instant<'t>(cx: &Context<'_>, node: Node<'t>) -> Option<FhirTime<'t>> {
    let mark = cx.mark();
    let time = date_time(cx, node)?;
    if time.text.contains('T') {
        return Some(time);
    }
    cx.forget_since(mark);
    cx.report(
        Severity::Warning,
        "instant-incomplete",
        node,
        "a time without minutes or offset cannot be an instant; left out",
    );
    None
}

/// [`date_time`] as the value alone, for tables.
pub fn date_time_value(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    date_time(cx, node).map(|t| t.value())
}

/// [`date`] as the value alone, for tables.
pub fn date_value(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    date(cx, node).map(|t| t.value())
}

/// [`instant`] as the value alone, for tables.
pub fn instant_value(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    instant(cx, node).map(|t| t.value())
}

/// IVL_TS → Period: `low` is the start, `high` the end; a point (`@value` or `center`) is the start alone, as the guide
/// asks for encounters (the end of a point is not known). A `width` gives no end: nothing is computed.
///
/// Reports `period-inverted` (start after end: the end is left out, never swapped), `width-dropped`, and as [`date_time`].
pub fn period(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    let ivl = IvlTs::new(node);
    let known = |b: &Bound<'_>| b.null_flavor.is_none() && b.value.is_some();
    let (low, high) = (ivl.low.filter(known), ivl.high.filter(known));
    let mut start = match low {
        Some(low) => bound_time(cx, low.node, low.value?),
        None if high.is_some() && ivl.value.is_none() => None,
        None => date_time(cx, node),
    };
    let mut end = high.and_then(|h| bound_time(cx, h.node, h.value?));
    if let Some(width) = ivl.width
        && end.is_none()
        && width.value.is_some()
    {
        cx.report(Severity::Warning, "width-dropped", width.node, "the width of an interval is not carried over");
    }
    if let (Some(l), Some(h)) = (low, high)
        && start.is_some()
        && end.is_some()
        && is_after(l.value?, h.value?)
    {
        cx.report(Severity::Error, "period-inverted", node, "low is after high; the end is left out");
        end = None;
    }
    if let (Some(s), Some(e)) = (&mut start, &mut end) {
        level(cx, node, s, e, low.and_then(|l| l.value), high.and_then(|h| h.value));
    }
    let mut object = Object::new();
    if let Some(s) = start {
        s.add_to(&mut object, "start", "_start");
    }
    if let Some(e) = end {
        e.add_to(&mut object, "end", "_end");
    }
    (!object.is_empty()).then_some(object.into())
}

/// Invariant per-1 (start ≤ end) has no answer where one end is the beginning of the other's text (`2012-08`,
/// `2012-08-15`), and validators take no answer for a violation: the finer end is cut to the coarser, the original kept.
fn level<'t>(
    cx: &Context<'_>,
    node: Node<'_>,
    start: &mut FhirTime<'t>,
    end: &mut FhirTime<'t>,
    low: Option<&'t str>,
    high: Option<&'t str>,
) {
    let date_only = |t: &FhirTime<'_>| !t.text.contains('T');
    let (fine, coarse, written) = match start.text.len().cmp(&end.text.len()) {
        std::cmp::Ordering::Less => (end, start, high),
        std::cmp::Ordering::Greater => (start, end, low),
        std::cmp::Ordering::Equal => return,
    };
    if date_only(coarse) && fine.text.starts_with(coarse.text.as_str()) {
        fine.text.truncate(coarse.text.len());
        fine.original = fine.original.or(written);
        let message = "the ends of an interval differ only in precision; the finer is cut to the coarser";
        cx.report(Severity::Information, "period-precision", node, message);
    }
}

/// Whether one time is certainly after another, compared as far as both are known; times with offsets as moments.
pub fn is_after(a: &str, b: &str) -> bool {
    let (Ok(a), Ok(b)) = (Ts::parse(a), Ts::parse(b)) else { return false };
    let mut shared = a.precision.min(b.precision);
    if a.offset.is_some() != b.offset.is_some() {
        shared = shared.min(Precision::Day);
    }
    if shared >= Precision::Minute
        && let (Some(x), Some(y)) = (a.offset, b.offset)
    {
        return minutes(&a) - i64::from(x.minutes) > minutes(&b) - i64::from(y.minutes)
            || (minutes(&a) - i64::from(x.minutes) == minutes(&b) - i64::from(y.minutes)
                && shared == Precision::Second
                && (a.second, a.fraction) > (b.second, b.fraction));
    }
    let key = |t: &Ts<'_>| {
        let all = [u16::from(t.month), u16::from(t.day), u16::from(t.hour), u16::from(t.minute), u16::from(t.second)];
        let known = (shared as usize).min(5);
        let mut key = [t.year, 0, 0, 0, 0, 0];
        key[1..=known].copy_from_slice(&all[..known]);
        key
    };
    key(&a) > key(&b)
}

/// Minutes since a fixed day, in the clock of the time itself.
fn minutes(t: &Ts<'_>) -> i64 {
    let (y, m) = (i64::from(t.year) - i64::from(t.month <= 2), (i64::from(t.month) + 9) % 12);
    let days = y * 365 + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + i64::from(t.day);
    (days * 24 + i64::from(t.hour)) * 60 + i64::from(t.minute)
}

/// One written time → dateTime; `node` is what bears it.
pub fn bound_time<'t>(cx: &Context<'_>, node: Node<'t>, text: &'t str) -> Option<FhirTime<'t>> {
    let ts = parse(cx, node, text)?;
    let date_only = |code, message: &str| {
        cx.report(Severity::Warning, code, node, message);
        Some(FhirTime { text: date_text(&ts), original: Some(text) })
    };
    if ts.precision <= Precision::Day {
        if ts.offset.is_some() || ts.bad_offset {
            cx.report(Severity::Information, "time-offset-dropped", node, "a date bears no offset in FHIR");
            return Some(FhirTime { text: date_text(&ts), original: Some(text) });
        }
        // digits behind the date that are no time: the date stands, what was written is kept
        let original = (text.len() > 10).then_some(text).filter(|_| ts.lenient);
        return Some(FhirTime { text: date_text(&ts), original });
    }
    if ts.precision == Precision::Hour {
        return date_only("time-without-minutes", "an hour without minutes is no FHIR time; the date is kept");
    }
    if ts.bad_offset {
        return date_only("time-without-zone", "the offset of a time cannot be read; the date is kept");
    }
    let mut out = date_text(&ts);
    for (before, n) in [('T', ts.hour), (':', ts.minute), (':', ts.second)] {
        out.push(before);
        push_digits(&mut out, u16::from(n));
    }
    if !ts.fraction.is_empty() {
        out.push('.');
        out.push_str(ts.fraction);
    }
    match (ts.offset, cx.zone) {
        (Some(o), _) => match o.form {
            OffsetForm::Zulu => out.push('Z'),
            OffsetForm::NegativeZero => out.push_str("-00:00"),
            OffsetForm::Signed => push_offset(&mut out, i32::from(o.minutes)),
        },
        (None, Zone::Document(offset)) => out.push_str(offset),
        (None, Zone::Named(zone) | Zone::OfRealm(zone)) => match offset_at(cx, node, &ts, zone) {
            Some(minutes) => {
                push_offset(&mut out, minutes);
                if matches!(cx.zone, Zone::OfRealm(_)) {
                    let message = "a time without offset; it was read in the zone that the tables give such documents";
                    cx.report(Severity::Information, "zone-of-realm", node, message);
                }
            }
            None => {
                return date_only(
                    "time-without-zone",
                    "the zone has no one offset in whole minutes then; the date is kept",
                );
            }
        },
        (None, Zone::Unknown) => {
            return date_only("time-without-zone", "a time without offset is no FHIR time; the date is kept");
        }
    }
    Some(FhirTime { text: out, original: None })
}

fn parse<'t>(cx: &Context<'_>, node: Node<'_>, text: &'t str) -> Option<Ts<'t>> {
    match Ts::parse(text) {
        // 9999-12-31 and 0001-01-01 are what databases hold for "no end" and "no value"
        Ok(ts) if ts.year == 9999 || ts.year == 1 => {
            cx.report(Severity::Warning, "sentinel-time", node, "a year that stands for no value; left out");
            None
        }
        Ok(ts) => {
            if ts.lenient {
                cx.report(
                    Severity::Information,
                    "lenient-time",
                    node,
                    "a time not in the form of the standard was read",
                );
            }
            Some(ts)
        }
        Err(e) => {
            let why = match e {
                TsError::Malformed => "a time is not in a form that can be read; left out",
                TsError::OutOfRange => "a time has a part out of range; left out",
                TsError::YearZero => "there is no year 0000; left out",
            };
            cx.report(Severity::Error, "invalid-time", node, why);
            None
        }
    }
}

fn date_text(ts: &Ts<'_>) -> CompactString {
    let mut out = CompactString::default();
    push_digits(&mut out, ts.year / 100);
    push_digits(&mut out, ts.year % 100);
    if ts.precision >= Precision::Month {
        out.push('-');
        push_digits(&mut out, u16::from(ts.month));
    }
    if ts.precision >= Precision::Day {
        out.push('-');
        push_digits(&mut out, u16::from(ts.day));
    }
    out
}

/// Two digits of a number below 100.
fn push_digits(out: &mut CompactString, n: u16) {
    for digit in [n / 10, n % 10] {
        out.push(char::from(b'0' + (digit % 10) as u8));
    }
}

fn push_offset(out: &mut CompactString, minutes: i32) {
    out.push(if minutes < 0 { '-' } else { '+' });
    out.push_str(&format_compact!("{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60));
}

/// The offset of a named zone at a local time, in minutes. A local time that happens twice, or never, has
/// none, and is reported.
fn offset_at(cx: &Context<'_>, node: Node<'_>, ts: &Ts<'_>, zone: &TimeZone) -> Option<i32> {
    let local = civil::DateTime::new(
        ts.year as i16,
        ts.month as i8,
        ts.day as i8,
        ts.hour as i8,
        ts.minute as i8,
        ts.second.min(59) as i8,
        0,
    )
    .ok()?;
    let offset = match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset,
        AmbiguousOffset::Gap { .. } | AmbiguousOffset::Fold { .. } => {
            cx.report(
                Severity::Warning,
                "time-ambiguous",
                node,
                "a local time that clocks show twice, or never, at a change of summer time; which was meant is not guessed",
            );
            return None;
        }
    };
    (offset.seconds() % 60 == 0).then_some(offset.seconds() / 60)
}

/// Whether an IVL_TS says that it has no end: `high` with a null flavour.
pub fn has_unknown_end(node: Node<'_>) -> bool {
    node.child(name::HIGH).is_some_and(|h| h.null_flavor().is_some())
}

#[cfg(test)]
mod tests;
