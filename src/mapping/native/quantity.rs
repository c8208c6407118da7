//! PQ, REAL, INT, MO → Quantity, Money; IVL_PQ → Range or Quantity with comparator; RTO → Ratio.
//!
//! Digits stay as written. A unit is sent as a UCUM code only when it is one; any other unit is text. Nothing is
//! converted.

use compact_str::CompactString;

use crate::cda::datatypes::number::{decimal, decimal_comma, is_zero};
use crate::cda::datatypes::{Bound, Cd, IvlPq, Pq};
use crate::cda::names::name;
use crate::cda::tree::Node;
use crate::fhir::value::{Object, Value};
use crate::mapping::context::{Context, Severity};
use crate::ucum::is_ucum;

use super::Choice;
use super::text::{collapse, plain};

/// The code system of UCUM.
pub const UCUM: &str = "http://unitsofmeasure.org";
/// The code system of currencies.
const CURRENCY: &str = "urn:iso:std:iso:4217";
/// The extension for a quantity in other units.
const TRANSLATION: &str = "http://hl7.org/fhir/StructureDefinition/iso21090-PQ-translation";

/// A number as written (a decimal comma becomes a point), with the comparator that some senders put before it (`<5`, `>= 10`).
pub fn number(text: &str) -> Option<(Option<&'static str>, CompactString)> {
    let text = text.trim();
    let (comparator, rest) = [("<=", "<="), (">=", ">="), ("≤", "<="), ("≥", ">="), ("<", "<"), (">", ">")]
        .iter()
        .find_map(|(sign, c)| text.strip_prefix(sign).map(|rest| (Some(*c), rest)))
        .unwrap_or((None, text));
    decimal(rest).or_else(|| decimal_comma(rest)).map(|n| (comparator, n))
}

/// value, comparator, unit, system, code
fn build(
    cx: &Context<'_>,
    node: Node<'_>,
    comparator: Option<&str>,
    value: CompactString,
    unit: Option<&str>,
) -> Object {
    let quantity = Object::new().with("value", Value::Number(value)).with_str("comparator", comparator);
    match unit {
        None => quantity,
        Some("1") => quantity.with("system", Value::fixed(UCUM)).with_str("code", "1"),
        Some(unit) if is_ucum(unit) => {
            quantity.with_str("unit", unit).with("system", Value::fixed(UCUM)).with_str("code", unit)
        }
        Some(unit) if cx.terms.unit(&collapse(unit)).is_some() => {
            let unit = collapse(unit);
            let code = cx.terms.unit(&unit);
            quantity.with_str("unit", &*unit).with("system", Value::fixed(UCUM)).with_str("code", code)
        }
        Some(unit) => {
            cx.report(Severity::Information, "unit-not-ucum", node, "a unit is not UCUM; kept as text");
            quantity.with_str("unit", &*collapse(unit))
        }
    }
}

fn of_pq(cx: &Context<'_>, pq: &Pq<'_>, comparators: bool) -> Option<Object> {
    if pq.null_flavor.is_some() || pq.value.is_none() {
        if pq.value.is_some() {
            let message = "a quantity with nullFlavor has a value; left out";
            cx.report(Severity::Warning, "null-with-value", pq.node, message);
        }
        // the quantity may be given in other units only
        let found = translations(cx, pq).into_iter().next()?;
        let message = "a quantity is null and its first translation is taken";
        cx.report(Severity::Information, "quantity-from-translation", pq.node, message);
        return Some(found);
    }
    if let Some((value, unit)) = unit_in_value(cx, pq) {
        cx.report(Severity::Information, "unit-in-value", pq.node, "the unit of a quantity stands in its value");
        return Some(build(cx, pq.node, None, value, Some(unit)));
    }
    match number(pq.value?) {
        Some((comparator, _)) if comparator.is_some() && !comparators => {
            cx.report(Severity::Warning, "quantity-not-numeric", pq.node, "no comparator may stand here; left out");
            None
        }
        Some((comparator, value)) => {
            if pq.value.is_some_and(|v| v.contains(',')) {
                let message = "a number has a comma where XML wants a point; it was read as a decimal comma";
                cx.report(Severity::Warning, "decimal-comma", pq.node, message);
            }
            let mut quantity = build(cx, pq.node, comparator, value, pq.unit);
            let others = translations(cx, pq);
            // the same number of "1" and of units in words: what is counted is said there alone
            if pq.unit == Some("1")
                && let Some(unit) =
                    others.iter().filter(|o| o.get("value") == quantity.get("value")).find_map(|o| o.str("unit"))
            {
                quantity.0.insert(1, ("unit", Value::string(unit)));
            }
            let others: Vec<Value> = others
                .into_iter()
                .map(|t| {
                    Object::new().with("url", Value::fixed(TRANSLATION)).with("valueQuantity", Value::from(t)).into()
                })
                .collect();
            if !others.is_empty() {
                quantity.0.insert(0, ("extension", Value::Array(others)));
            }
            Some(quantity)
        }
        None => {
            cx.report(Severity::Warning, "quantity-not-numeric", pq.node, "a quantity is no number; left out");
            None
        }
    }
}

/// `value="500 mg"`: a number, a blank and a unit that is known, where no unit is given. What else stands there is no quantity.
fn unit_in_value<'t>(cx: &Context<'_>, pq: &Pq<'t>) -> Option<(CompactString, &'t str)> {
    let text = pq.value.filter(|_| pq.unit.is_none())?;
    let (digits, unit) = text.split_once(' ')?;
    let unit = unit.trim();
    is_unit(cx, unit).then(|| decimal(digits)).flatten().map(|n| (n, unit))
}

/// Whether a text is a unit, of UCUM or as senders write one.
pub(super) fn is_unit(cx: &Context<'_>, text: &str) -> bool {
    is_ucum(text) || cx.terms.unit(text).is_some()
}

/// The translations of a PQ that have a number: PQ with unit, or PQR, whose unit is a code of some system; its null
/// flavour is that of the code, and its original text the unit in words.
fn translations(cx: &Context<'_>, pq: &Pq<'_>) -> Vec<Object> {
    let numbers = pq.node.children_named(name::TRANSLATION).filter_map(|t| {
        let value = t.attr_trimmed(name::VALUE).and_then(decimal)?;
        let cd = Cd::new(t);
        if let Some(unit) = t.attr_trimmed(name::UNIT) {
            return cd.null_flavor.is_none().then(|| build(cx, t, None, value, Some(unit)));
        }
        let words = || t.child(name::ORIGINAL_TEXT).and_then(|o| plain(cx, o));
        let unit = cd.display_name.map(|d| collapse(d).into_owned()).or_else(words);
        let quantity = Object::new().with("value", Value::Number(value)).with_str("unit", unit.as_deref());
        let system = cd.code_system.and_then(|s| cx.terms.system(s));
        Some(match (cd.code.filter(|_| cd.null_flavor.is_none()), system) {
            // what calls itself UCUM and is none stays a number with words
            (Some(code), Some(system)) if system != UCUM || is_ucum(&collapse(code)) => {
                quantity.with("system", Value::String(system)).with_str("code", &*collapse(code))
            }
            _ => quantity,
        })
    });
    numbers.collect()
}

/// PQ, REAL, INT → Quantity, with a comparator where the value bears one (`<5`).
///
/// Reports `quantity-not-numeric`, `unit-in-value`, `unit-not-ucum`, `null-with-value`,
/// `decimal-comma`, `quantity-from-translation`, `amount-zero`.
pub fn quantity(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    stated(cx, node, true)
}

/// The same where R4 allows no comparator (doses, ends of a Range).
pub fn simple_quantity(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    stated(cx, node, false)
}

fn stated(cx: &Context<'_>, node: Node<'_>, comparators: bool) -> Option<Value> {
    let quantity = of_pq(cx, &Pq::new(node), comparators)?;
    doubt_zero(cx, node, &quantity);
    Some(quantity.into())
}

/// Reports `amount-zero` where a dose, a rate or an amount to hand out is zero: the source says so, and some senders
/// write it for what is not known. It stays, since taking it away would be a guess as well.
fn doubt_zero(cx: &Context<'_>, node: Node<'_>, quantity: &Object) {
    let amount = matches!(node.name(), name::DOSE_QUANTITY | name::RATE_QUANTITY | name::QUANTITY);
    if amount && matches!(quantity.get("value"), Some(Value::Number(n)) if is_zero(n)) {
        let message = "an amount of a medicine is zero; it may mean that the amount is not known";
        cx.report(Severity::Warning, "amount-zero", node, message);
    }
}

/// PQ → Age or Duration: a Quantity whose unit is a UCUM unit of time and, for an Age, whose value is above zero (age-1,
/// drt-1). `None` when it is not; reports `not-a-duration`.
pub fn duration(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    let quantity = of_pq(cx, &Pq::new(node), true)?;
    let time = matches!(quantity.str("code"), Some("a" | "mo" | "wk" | "d" | "h" | "min" | "s" | "ms"));
    let above = matches!(quantity.get("value"), Some(Value::Number(n)) if !n.starts_with('-') && !is_zero(n));
    if time && above {
        return Some(quantity.into());
    }
    cx.report(
        Severity::Warning,
        "not-a-duration",
        node,
        "a length of time has no UCUM unit of time, or is not above zero",
    );
    None
}

/// MO → Money; reports `quantity-not-numeric`. A currency that is not three letters is left out.
pub fn money(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    let (value, currency) = amount(cx, node)?;
    Some(Object::new().with("value", Value::Number(value)).with_str("currency", currency).into())
}

fn amount<'t>(cx: &Context<'_>, node: Node<'t>) -> Option<(CompactString, Option<&'t str>)> {
    let text = node.attr_trimmed(name::VALUE).filter(|_| node.null_flavor().is_none())?;
    let Some(value) = decimal(text) else {
        cx.report(Severity::Warning, "quantity-not-numeric", node, "an amount of money is no number; left out");
        return None;
    };
    let iso = |c: &&str| c.len() == 3 && c.bytes().all(|b| b.is_ascii_uppercase());
    Some((value, node.attr_trimmed(name::CURRENCY).filter(iso)))
}

/// MO → Quantity in a currency, where Money is not allowed.
pub fn money_quantity(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    let (value, currency) = amount(cx, node)?;
    let quantity = Object::new().with("value", Value::Number(value));
    Some(match currency {
        Some(c) => quantity.with_str("unit", c).with("system", Value::fixed(CURRENCY)).with_str("code", c).into(),
        None => quantity.into(),
    })
}

/// One end of an interval as a quantity; `None` when open, unknown or no number. A null end may be given in other units.
fn end(cx: &Context<'_>, bound: Option<Bound<'_>>, comparator: Option<&str>, unit: Option<&str>) -> Option<Object> {
    let bound = bound?;
    let Some(text) = bound.value.filter(|_| bound.null_flavor.is_none()) else {
        let mut other = translations(cx, &Pq::new(bound.node)).into_iter().next()?;
        let message = "an end of an interval is null and its first translation is taken";
        cx.report(Severity::Information, "quantity-from-translation", bound.node, message);
        if let Some(c) = comparator {
            other.0.insert(1, ("comparator", Value::string(c)));
        }
        return Some(other);
    };
    let Some(value) = decimal(text) else {
        cx.report(
            Severity::Warning,
            "quantity-not-numeric",
            bound.node,
            "an end of an interval is no number; left out",
        );
        return None;
    };
    Some(build(cx, bound.node, comparator, value, bound.node.attr_trimmed(name::UNIT).or(unit)))
}

/// Whether an end of an interval has a number, or a translation that may have one.
fn known(bound: Option<Bound<'_>>) -> bool {
    bound.is_some_and(|b| match b.null_flavor {
        None => b.value.is_some() || b.node.child(name::TRANSLATION).is_some(),
        Some("NINF" | "PINF") => false,
        Some(_) => b.node.children_named(name::TRANSLATION).any(|t| t.attr_trimmed(name::VALUE).is_some()),
    })
}

/// IVL_PQ and its kin → Range, with one end or both; for reference ranges and doses, which are never a comparison.
///
/// Reports `range-inverted` (left out, since R4 forbids it and neither end can be trusted), `range-bound-exclusive`,
/// `width-dropped`, and as [`quantity`].
pub fn range(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    let ivl = IvlPq::new(node);
    let unit = node.attr_trimmed(name::UNIT);
    if [ivl.low, ivl.high].into_iter().flatten().any(|b| !b.inclusive && b.value.is_some()) {
        let message = "an end that does not belong to the interval is given as one that does";
        cx.report(Severity::Information, "range-bound-exclusive", node, message);
    }
    let (low, high) = (end(cx, ivl.low, None, unit), end(cx, ivl.high, None, unit));
    if low.is_none()
        && high.is_none()
        && let Some(width) = ivl.width
    {
        cx.report(Severity::Warning, "width-dropped", width.node, "the width of an interval is not carried over");
    }
    if inverted(low.as_ref(), high.as_ref()) {
        cx.report(Severity::Error, "range-inverted", node, "low is above high; the range is left out");
        return None;
    }
    let range = Object::new().with("low", low.map(Value::from)).with("high", high.map(Value::from));
    (!range.is_empty()).then_some(range.into())
}

fn inverted(low: Option<&Object>, high: Option<&Object>) -> bool {
    let (Some(low), Some(high)) = (low, high) else { return false };
    let value = |o: &Object| match o.get("value") {
        Some(Value::Number(n)) => n.parse::<f64>().ok(),
        _ => None,
    };
    low.get("unit") == high.get("unit") && value(low) > value(high)
}

/// IVL_PQ as an observed value: both ends a Range; one end (or low 0, or an infinite one) a Quantity with a comparator;
/// a point or center a Quantity.
///
/// Low 0 is "no lower end" by the guide, which cannot hold for temperatures, where zero is a value like any other.
/// Reports as [`range`] and [`quantity`], and `interval-center`.
pub fn quantity_or_range(cx: &Context<'_>, node: Node<'_>) -> Option<Choice> {
    let ivl = IvlPq::new(node);
    let unit = node.attr_trimmed(name::UNIT);
    let single = |o: Object| Choice::new("Quantity", o.into());
    let zero_is_open = |low: Bound<'_>| {
        low.value.and_then(decimal).is_some_and(|n| is_zero(&n))
            && !matches!(low.node.attr_trimmed(name::UNIT), Some("Cel" | "[degF]"))
    };
    match (known(ivl.low), known(ivl.high)) {
        (false, false) if ivl.value.is_some() => quantity(cx, node).map(|q| Choice::new("Quantity", q)),
        (false, false) => {
            let center = end(cx, ivl.center, None, unit)?;
            let message = "the center of an interval is given as its value";
            cx.report(Severity::Warning, "interval-center", node, message);
            Some(single(center))
        }
        (false, true) => end(cx, ivl.high, Some(if ivl.high?.inclusive { "<=" } else { "<" }), unit).map(single),
        (true, false) => end(cx, ivl.low, Some(if ivl.low?.inclusive { ">=" } else { ">" }), unit).map(single),
        (true, true) if zero_is_open(ivl.low?) && !ivl.high?.value.and_then(decimal).is_some_and(|n| is_zero(&n)) => {
            end(cx, ivl.high, Some(if ivl.high?.inclusive { "<=" } else { "<" }), unit).map(single)
        }
        (true, true) => range(cx, node).map(|r| Choice::new("Range", r)),
    }
}

/// RTO (PQ, INT, REAL or MO on either side) → Ratio; both sides are needed (rat-1). Reports `ratio-incomplete`.
pub fn ratio(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    if node.null_flavor().is_some() {
        return None;
    }
    let part = |n| {
        node.child(n).and_then(|c| match c.xsi_type() {
            Some("MO") => money_quantity(cx, c),
            _ => quantity(cx, c),
        })
    };
    match (part(name::NUMERATOR), part(name::DENOMINATOR)) {
        (Some(n), Some(d)) => Some(Object::new().with("numerator", n).with("denominator", d).into()),
        (None, None) => None,
        _ => {
            cx.report(Severity::Warning, "ratio-incomplete", node, "a ratio lacks one side; left out");
            None
        }
    }
}

/// A dose or rate: PQ → Quantity without comparator; IVL_PQ → Range, or Quantity when both ends are the same; RTO → Ratio.
/// Reports `amount-zero` where it is zero.
pub fn dose(cx: &Context<'_>, node: Node<'_>) -> Option<Choice> {
    let ivl = IvlPq::new(node);
    if node.child(name::NUMERATOR).is_some() {
        return ratio(cx, node).map(|r| Choice::new("Ratio", r));
    }
    if ivl.low.is_none() && ivl.high.is_none() {
        if ivl.center.is_some() && ivl.value.is_none() {
            return quantity_or_range(cx, node);
        }
        return simple_quantity(cx, node).map(|q| Choice::new("Quantity", q));
    }
    let same = |l: Bound<'_>, h: Bound<'_>| {
        l.value.is_some() && l.value == h.value && l.node.attr_trimmed(name::UNIT) == h.node.attr_trimmed(name::UNIT)
    };
    if let (Some(l), Some(h)) = (ivl.low, ivl.high)
        && same(l, h)
        && l.null_flavor.is_none()
        && h.null_flavor.is_none()
    {
        let quantity = end(cx, ivl.low, None, node.attr_trimmed(name::UNIT))?;
        doubt_zero(cx, node, &quantity);
        return Some(Choice::new("Quantity", quantity.into()));
    }
    range(cx, node).map(|r| Choice::new("Range", r))
}

#[cfg(test)]
mod tests;
