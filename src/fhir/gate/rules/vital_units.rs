//! Units of vital signs: what R4 knows in a few units only is brought into one of them where that is exact.
//!
//! The same unit in another form (`{beats}/min`, `kg.m-2`) changes its code alone. A power of ten (`1.77 m`) or a multiple
//! that UCUM defines (feet, ounces, stones) changes the number as well; then the caller keeps the words of the source.
//! Nothing is rounded, and nothing is converted that is not exact (kelvins, pascals).

use super::super::super::value::{Object, Value};
use super::exists;
use crate::ucum::power_between;

const UCUM: &str = "http://unitsofmeasure.org";

/// Multiples by definition (UCUM, tables of the international, avoirdupois and British units): unit, the one that R4 knows,
/// and how many of it, as digits and a power of ten.
const MULTIPLES: [(&str, &str, i128, i32); 3] =
    [("[ft_i]", "[in_i]", 12, 0), ("[oz_av]", "[lb_av]", 625, -4), ("[stone_av]", "[lb_av]", 14, 0)];

/// What became of the unit of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// It is one that R4 knows.
    Known,
    /// It says the same as one that R4 knows, whose code it has now.
    Recoded,
    /// The number is in another unit now.
    Converted,
    /// R4 does not know it, and there is no exact way to one that it knows.
    Unfit,
}

/// Whether a quantity is in one of the units, with everything that R4 wants of it.
pub(super) fn is_in(q: &Object, units: &str) -> bool {
    exists(q, "value")
        && exists(q, "unit")
        && q.str("system") == Some(UCUM)
        && q.str("code").is_some_and(|c| units.split(' ').any(|u| u == c))
}

/// Brings the `valueQuantity` of an Observation or a component into one of the units, given with spaces between them;
/// `meant` are texts that mean one of them here (`C=Cel`), in the same way. `Known` where there is no value at all.
pub(super) fn into_one_of(o: &mut Object, all: &str, meant: &str) -> Unit {
    let over_one = ratio_over_one(o);
    let Some(Value::Object(q)) = o.get_mut("valueQuantity") else {
        return if super::exists_choice(o, "value") { Unit::Unfit } else { Unit::Known };
    };
    let units = || all.split(' ');
    let written = q.str("code").or(q.str("unit"));
    if let Some((_, code)) = meant.split(' ').filter_map(|m| m.split_once('=')).find(|(m, _)| Some(*m) == written)
        && exists(q, "value")
    {
        let code = code.to_owned();
        q.set("system", Value::fixed(UCUM));
        q.set("code", Value::string(code));
        return Unit::Recoded;
    }
    let Some(code) = q.str("code").filter(|_| q.str("system") == Some(UCUM) && exists(q, "value")) else {
        return Unit::Unfit;
    };
    if is_in(q, all) {
        return if over_one { Unit::Recoded } else { Unit::Known };
    }
    if let Some(same) = units().find(|u| power_between(code, u) == Some(0)).map(str::to_owned) {
        if !exists(q, "unit") {
            q.set("unit", Value::string(code.to_owned()));
        }
        q.set("code", Value::string(same));
        return Unit::Recoded;
    }
    let multiple = MULTIPLES.iter().find(|(from, to, ..)| *from == code && units().any(|u| u == *to));
    let (to, by, power) = match multiple {
        Some((_, to, by, power)) => (*to, *by, *power),
        None => match units().find_map(|u| power_between(code, u).map(|power| (u, power))) {
            Some((to, power)) => (to, 1, power),
            None => return Unit::Unfit,
        },
    };
    let Some(Value::Number(number)) = q.get("value") else { return Unit::Unfit };
    let Some(number) = times(number, by, power) else { return Unit::Unfit };
    let to = to.to_owned();
    q.set("value", Value::Number(number.into()));
    q.set("unit", Value::string(to.clone()));
    q.set("code", Value::string(to));
    Unit::Converted
}

/// `16 / 1 min` is sixteen per minute: a ratio over one of a unit is a quantity. Whether there was one.
fn ratio_over_one(o: &mut Object) -> bool {
    let Some(ratio) = o.get("valueRatio").and_then(Value::as_object) else { return false };
    let part = |key| ratio.get(key).and_then(Value::as_object);
    let (Some(above), Some(below)) = (part("numerator"), part("denominator")) else { return false };
    let one = matches!(below.get("value"), Some(Value::Number(n)) if matches!(n.as_str(), "1" | "1.0"));
    let unit_of = |q: &Object| match (q.str("system"), q.str("code")) {
        (Some(UCUM), Some("1")) => Some(String::new()),
        (Some(UCUM), Some(code)) => Some(code.to_owned()),
        _ => (!exists(q, "unit") && !exists(q, "code")).then(String::new),
    };
    let (Some(number), Some(over), Some(under)) = (above.get("value").cloned(), unit_of(above), unit_of(below)) else {
        return false;
    };
    if !one || under.is_empty() || exists(below, "comparator") {
        return false;
    }
    let comparator = above.get("comparator").cloned();
    let unit = if under.contains(['/', '.']) { format!("{over}/({under})") } else { format!("{over}/{under}") };
    let quantity = Object::new()
        .with("value", number)
        .with("comparator", comparator)
        .with_str("unit", unit.as_str())
        .with("system", Value::fixed(UCUM))
        .with_str("code", unit.as_str());
    if let Some(at) = o.0.iter().position(|(k, _)| *k == "valueRatio") {
        o.0[at] = ("valueQuantity", quantity.into());
    }
    true
}

/// A decimal by whole digits and a power of ten, exactly. The digits of the source stay where only the point moves;
/// `None` for what has an exponent or more digits than can be reckoned with.
fn times(number: &str, by: i128, power: i32) -> Option<String> {
    let (sign, body) = number.strip_prefix('-').map_or(("", number), |b| ("-", b));
    let (whole, fraction) = body.split_once('.').unwrap_or((body, ""));
    let digits: i128 = format!("{whole}{fraction}").parse().ok().filter(|_| body.len() <= 18)?;
    let product = digits.checked_mul(by)?.to_string();
    let point = power - i32::try_from(fraction.len()).ok()?;
    let zeros = usize::try_from(point.unsigned_abs()).ok().filter(|n| *n <= 18)?;
    let mut text = if point >= 0 {
        let zeros = if digits == 0 { 0 } else { zeros };
        format!("{product}{}", "0".repeat(zeros))
    } else {
        let padded = format!("{product:0>width$}", width = zeros + 1);
        let (whole, fraction) = padded.split_at(padded.len() - zeros);
        format!("{whole}.{fraction}")
    };
    if by != 1 && text.contains('.') {
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    }
    Some(format!("{sign}{text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_products() {
        for (number, by, power, product) in [
            ("1.77", 1, 2, "177"),
            ("1.8", 1, 2, "180"),
            ("1.770", 1, 2, "177.0"),
            ("502", 1, -1, "50.2"),
            ("3400000", 1, -3, "3400.000"),
            ("5", 1, -1, "0.5"),
            ("0.5", 1, -1, "0.05"),
            ("0", 1, 2, "0"),
            ("-1.5", 1, 2, "-150"),
            ("5.75", 12, 0, "69"),
            ("6", 12, 0, "72"),
            ("117", 625, -4, "7.3125"),
            ("120", 625, -4, "7.5"),
            ("11.5", 14, 0, "161"),
        ] {
            assert_eq!(times(number, by, power).as_deref(), Some(product), "{number} {by} {power}");
        }
        assert_eq!(times("1e5", 1, 2), None);
        assert_eq!(times("1234567890123456789", 1, 2), None);
    }
}
