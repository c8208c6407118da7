//! Invariants over two times: the earlier must be known to be the earlier.

use std::cmp::Ordering;

use super::super::super::value::{Object, Value};
use super::super::{Fate, Gate, repair, temporal};
use super::remove;

/// How two times stand to each other.
enum Order {
    Right,
    Wrong,
}

impl Gate<'_> {
    /// Orders two times. Where the less precise one leaves it open which is earlier, validators see an error; so the more
    /// precise one is shortened, which is reported.
    fn order(&mut self, o: &mut Object, first: &str, second: &str, code: &'static str) -> Option<Order> {
        let (a, b) = (o.str(first)?, o.str(second)?);
        match temporal::compare(a, b) {
            Some(Ordering::Greater) => Some(Order::Wrong),
            Some(_) => Some(Order::Right),
            None => {
                let precision = |t: &str| temporal::Moment::read(t).map(|m| m.precision());
                let (x, y) = (precision(a)?, precision(b)?);
                let key = if x > y { first } else { second };
                let short = temporal::shorten(o.str(key)?, x.min(y)).to_owned();
                *o.get_mut(key)? = Value::string(short);
                self.changed(code, key, "shortened to the precision of the other time, which left their order open");
                Some(Order::Right)
            }
        }
    }
}

/// per-1
pub(super) fn period(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    if let Some(Order::Wrong) = g.order(o, "start", "end", "per-1") {
        g.removed("per-1", "end", "the end lies before the start; it was marked as unknown");
        o.remove("end");
        repair::unknown_end(o);
    }
    Fate::Keep
}

/// app-2, app-3
pub(super) fn appointment(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    let (start, end) = (super::exists(o, "start"), super::exists(o, "end"));
    let may_lack = matches!(o.str("status"), Some("proposed" | "cancelled" | "waitlist"));
    let code = if start == end { "app-3" } else { "app-2" };
    for (key, there) in [("start", start), ("end", end)] {
        if !there && (start != end || !may_lack) {
            g.unknown(
                o,
                "Appointment",
                key,
                code,
                "start and end belong together; the missing one was marked as unknown",
            );
        }
    }
    if super::exists(o, "cancelationReason") && !matches!(o.str("status"), Some("noshow" | "cancelled")) {
        g.without(o, "cancelationReason", "app-4", "only for what was cancelled; it was left out");
    }
    Fate::Keep
}

/// mdd-1
pub(super) fn dispense(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    if let Some(Order::Wrong) = g.order(o, "whenPrepared", "whenHandedOver", "mdd-1") {
        g.without(o, "whenPrepared", "mdd-1", "prepared after it was handed over; the time of preparing was left out");
    }
    Fate::Keep
}

/// inv-1
pub(super) fn task(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    if let Some(Order::Wrong) = g.order(o, "authoredOn", "lastModified", "inv-1") {
        g.removed("inv-1", "lastModified", "modified before it was authored; the time of change was left out");
        remove(o, "lastModified");
    }
    Fate::Keep
}
