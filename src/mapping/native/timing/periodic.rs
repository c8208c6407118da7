//! PIVL_TS → frequency and period, or times of the day and week.

use compact_str::{CompactString, format_compact};

use crate::cda::datatypes::number::{decimal, is_zero};
use crate::cda::datatypes::{IvlTs, Pq, Precision, Ts};
use crate::cda::names::name;
use crate::cda::tree::Node;
use crate::fhir::value::{Object, Value};
use crate::mapping::context::{Context, Severity};

use super::Schedule;

/// The units of time of R4, which are UCUM's.
const UNITS: &[&str] = &["s", "min", "h", "d", "wk", "mo", "a"];

/// A period as written, when it is one R4 can say.
struct Period<'t> {
    value: CompactString,
    max: Option<CompactString>,
    unit: &'t str,
}

impl<'t> Schedule<'t> {
    pub(super) fn add_periodic(&mut self, cx: &Context<'_>, node: Node<'t>) {
        let Some(element) = node.child(name::PERIOD) else {
            if node.attr_trimmed(name::VALUE).is_some() {
                // a recurring time that has only a point: neither the point nor the recurrence is certain
                self.does_not_fit(cx, node, None);
            }
            return;
        };
        if element.null_flavor().is_some() {
            return;
        }
        let words = words(element);
        let Some(period) = read(element) else {
            if words.is_some() {
                self.does_not_fit(cx, element, words);
            }
            return;
        };
        if self.cycle.is_some() {
            return self.does_not_fit(cx, node, words);
        }
        self.words.extend(words);
        if element.attr(name::STANDARD_DEVIATION).is_some() || element.child(name::STANDARD_DEVIATION).is_some() {
            let message = "the deviation of a period is not carried over";
            cx.report(Severity::Information, "timing-deviation-dropped", element, message);
        }
        let institution = matches!(node.attr_trimmed(name::INSTITUTION_SPECIFIED), Some("true" | "1"));
        let mut cycle = Object::new();
        let phase = node.child(name::PHASE).filter(|p| p.null_flavor().is_none());
        if let Some(phase) = phase {
            self.add_phase(cx, phase, &period, &mut cycle);
        } else if node.attr_trimmed(name::ALIGNMENT).is_some() {
            let message = "the alignment of a period to the calendar is not carried over";
            cx.report(Severity::Information, "timing-phase-dropped", node, message);
        }
        let times = if institution && period.max.is_none() { times_per_unit(&period) } else { None };
        let number = |n: &str| Value::Number(n.into());
        self.cycle = Some(match times {
            Some((n, unit)) => cycle
                .with("frequency", number(&format_compact!("{n}")))
                .with("period", number("1"))
                .with_str("periodUnit", unit),
            None => cycle
                .with("frequency", number("1"))
                .with("period", number(&period.value))
                .with("periodMax", period.max.as_deref().map(number))
                .with_str("periodUnit", period.unit),
        });
    }

    /// A phase says where in the cycle: with a cycle of a day the time of the day, with one of a week the day and time.
    fn add_phase(&mut self, cx: &Context<'_>, phase: Node<'t>, period: &Period<'_>, cycle: &mut Object) {
        let ivl = IvlTs::new(phase);
        let start = ivl.value.or(ivl.low.and_then(|l| l.value)).and_then(|t| Ts::parse(t).ok());
        let is = |value: &str, unit: &str| {
            period.max.is_none() && period.unit == unit && period.value.parse() == value.parse::<f64>()
        };
        let (day, week) = (is("1", "d") || is("24", "h"), is("1", "wk") || is("7", "d") || is("168", "h"));
        let mut said = false;
        if let Some(ts) = start.filter(|_| day || week) {
            if week && ts.precision >= Precision::Day {
                self.days.push(Value::string(weekday(&ts)));
                said = true;
            }
            if ts.precision >= Precision::Minute && self.when.is_empty() {
                let time = format_compact!("{:02}:{:02}:{:02}", ts.hour, ts.minute, ts.second.min(59));
                self.times.push(Value::String(time));
                said = true;
            }
        }
        if let Some(width) = ivl.width
            && width.null_flavor.is_none()
            && let (Some(value), Some(unit)) = (width.value.and_then(decimal), width.unit.filter(|u| UNITS.contains(u)))
            && !value.starts_with('-')
        {
            cycle.set("duration", Value::Number(value));
            cycle.set("durationUnit", Value::string(unit));
            said |= start.is_none();
        }
        if !said {
            let message = "the phase of a period is not carried over";
            cx.report(Severity::Information, "timing-phase-dropped", phase, message);
        }
    }
}

/// A period that R4 can say: above zero, in a unit of time, the ends in one unit and in order.
fn read<'t>(element: Node<'t>) -> Option<Period<'t>> {
    let ivl = IvlTs::new(element);
    let (first, last) = match (ivl.value, ivl.low, ivl.high) {
        (Some(_), _, _) => (element, None),
        (None, Some(low), high) if low.null_flavor.is_none() => {
            (low.node, high.filter(|h| h.null_flavor.is_none() && h.value.is_some()).map(|h| h.node))
        }
        _ => return None,
    };
    let pq = Pq::new(first);
    let value = decimal(pq.value?).filter(|v| !is_zero(v) && !v.starts_with('-'))?;
    let unit = pq.unit.filter(|u| UNITS.contains(u))?;
    let max = match last.map(Pq::new) {
        None => None,
        Some(last) => {
            let max = decimal(last.value?)?;
            let (least, most): (f64, f64) = (value.parse().ok()?, max.parse().ok()?);
            if last.unit.unwrap_or(unit) != unit || most < least {
                return None;
            }
            // the same at both ends is no range
            (most > least).then_some(max)
        }
    };
    Some(Period { value, max, unit })
}

/// The period in words: `every 8 h`, `every 4-6 h`; what stands as unit alone is the sender's own word for a schedule.
pub(super) fn words(element: Node<'_>) -> Option<String> {
    let ivl = IvlTs::new(element);
    let pq = Pq::new(element);
    let unit = |n: Node<'_>| n.attr_trimmed(name::UNIT).map(|u| format!(" {u}")).unwrap_or_default();
    let zero = |v: &str| decimal(v).is_some_and(|n| is_zero(&n));
    match (pq.value, ivl.low, ivl.high) {
        (Some(v), _, _) if zero(v) => None,
        (Some(v), _, _) => Some(format!("every {v}{}", unit(element))),
        (None, Some(l), Some(h)) if l.value.is_some() && h.value.is_some() => {
            let (low, high) = (unit(l.node), unit(h.node));
            let between = if low == high { String::new() } else { low };
            Some(format!("every {}{between}-{}{high}", l.value?, h.value?))
        }
        (None, Some(l), _) if l.value.is_some() => Some(format!("every {}{}", l.value?, unit(l.node))),
        (None, _, Some(h)) if h.value.is_some() => Some(format!("at most every {}{}", h.value?, unit(h.node))),
        _ => pq.unit.map(str::to_owned),
    }
}

/// How often a day (or other unit) when the institution chooses the times: a period of 8 h is three times a day. `None`
/// when the period does not divide the day evenly.
fn times_per_unit<'t>(period: &Period<'t>) -> Option<(u32, &'t str)> {
    let value: f64 = period.value.parse().ok()?;
    let per_day = match period.unit {
        "h" => 24.0,
        "min" => 1440.0,
        _ => {
            // a fraction of a unit: .5 d is twice a day; .3333 d is three times, as far as it is written out
            let decimals = period.value.split_once('.').map_or(0, |(_, f)| f.len());
            let (low, half) = (10f64.powi(-(decimals.min(15) as i32)), 1e-12);
            return (1..=24u32)
                .find(|n| {
                    let exact = 1.0 / f64::from(*n);
                    let off = (exact - value).abs();
                    off < half || (decimals >= 2 && off < low && value < 1.0)
                })
                .map(|n| (n, period.unit));
        }
    };
    let n = per_day / value;
    ((1.0..=24.0).contains(&n) && n.fract() == 0.0).then_some((n as u32, "d"))
}

/// The day of the week of a date, as R4 has it.
fn weekday(ts: &Ts<'_>) -> &'static str {
    const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    const SHIFT: [u32; 12] = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
    let y = u32::from(ts.year) - u32::from(ts.month < 3);
    DAYS[((y + y / 4 - y / 100 + y / 400 + SHIFT[usize::from(ts.month) - 1] + u32::from(ts.day)) % 7) as usize]
}
