//! Invariants of datatypes.

use super::super::super::value::{Object, Value};
use super::super::{Fate, Gate};
use super::{Rule, exists, exists_choice, remove};

pub(super) const RULES: &[(&str, Rule)] = &[
    ("Age", age),
    ("Attachment", attachment),
    ("ContactPoint", contact_point),
    ("Count", count),
    ("DataRequirement.codeFilter", code_filter),
    ("DataRequirement.dateFilter", date_filter),
    ("Distance", distance),
    ("Duration", duration),
    ("Expression", expression),
    ("Extension", extension),
    ("Period", super::periods::period),
    ("Quantity", quantity),
    ("Range", range),
    ("Ratio", ratio),
    ("Timing.repeat", repeat),
];

const UCUM: &str = "http://unitsofmeasure.org";

/// In UCUM and coded, as Age, Count and Distance must be.
fn is_coded_ucum(o: &Object) -> bool {
    (exists(o, "code") || !exists(o, "value")) && (!exists(o, "system") || o.str("system") == Some(UCUM))
}

/// The value of a quantity, for comparison only.
fn number(o: &Object) -> Option<f64> {
    match o.get("value")? {
        Value::Number(n) => n.parse().ok(),
        _ => None,
    }
}

fn age(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    if !is_coded_ucum(o) || number(o).is_some_and(|n| n <= 0.0) {
        return g.dropped("age-1", "an age is positive and has a UCUM code; it was left out");
    }
    quantity(g, o)
}

fn distance(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    if !is_coded_ucum(o) {
        return g.dropped("dis-1", "a distance has a UCUM code; it was left out");
    }
    quantity(g, o)
}

fn count(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    let whole = matches!(o.get("value"), Some(Value::Number(n)) if !n.contains('.')) || o.get("value").is_none();
    if !is_coded_ucum(o) || o.str("code").is_some_and(|c| c != "1") || !whole {
        return g.dropped("cnt-3", "a count is a whole number with the code 1; it was left out");
    }
    quantity(g, o)
}

fn duration(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    if exists(o, "code") && !(o.str("system") == Some(UCUM) && exists(o, "value")) {
        uncode(g, o, "drt-1", "a code needs UCUM and a value; it was left out");
    }
    quantity(g, o)
}

fn quantity(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    if exists(o, "code") && !exists(o, "system") {
        uncode(g, o, "qty-3", "a code needs its system; it was left out, or kept as text where there was no unit");
    }
    Fate::Keep
}

/// Takes the code of a quantity; without a unit the code is what a reader has, so it stays as text.
fn uncode(g: &mut Gate<'_>, o: &mut Object, code: &'static str, why: &'static str) {
    g.changed(code, "code", why);
    match (o.get("unit").is_none(), o.0.iter().position(|(k, _)| *k == "code")) {
        (true, Some(at)) => o.0[at].0 = "unit",
        _ => remove(o, "code"),
    }
    remove(o, "system");
}

fn range(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    let end = |key| o.get(key).and_then(Value::as_object);
    if let (Some(low), Some(high)) = (end("low"), end("high"))
        && low.str("code") == high.str("code")
        && low.str("unit").is_none_or(|u| high.str("unit").is_none_or(|v| u == v || low.get("code").is_some()))
        && let (Some(a), Some(b)) = (number(low), number(high))
        && a > b
    {
        return g.dropped("rng-2", "the low end lies above the high end; the range was left out");
    }
    Fate::Keep
}

fn ratio(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    match (exists(o, "numerator"), exists(o, "denominator")) {
        (true, false) => g.unknown(o, "Ratio", "denominator", "rat-1", "missing; it was marked as unknown"),
        (false, true) => g.unknown(o, "Ratio", "numerator", "rat-1", "missing; it was marked as unknown"),
        (false, false) if !exists(o, "extension") => {
            return g.dropped("rat-1", "a ratio without parts; it was left out");
        }
        _ => {}
    }
    Fate::Keep
}

fn attachment(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    if exists(o, "data") && !exists(o, "contentType") {
        g.unknown(o, "Attachment", "contentType", "att-1", "data without its type; the type was marked as unknown");
    }
    Fate::Keep
}

fn contact_point(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    if exists(o, "value") && !exists(o, "system") {
        g.unknown(o, "ContactPoint", "system", "cpt-2", "a value without its system; the system was marked as unknown");
    }
    Fate::Keep
}

fn code_filter(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    one_of_path(g, o, "drq-1")
}

fn date_filter(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    one_of_path(g, o, "drq-2")
}

fn one_of_path(g: &mut Gate<'_>, o: &Object, code: &'static str) -> Fate {
    if exists(o, "path") == exists(o, "searchParam") {
        return g.dropped(code, "either a path or a search parameter is needed; the filter was left out");
    }
    Fate::Keep
}

fn expression(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    if !exists(o, "expression") && !exists(o, "reference") {
        return g.dropped("exp-1", "neither expression nor reference; it was left out");
    }
    Fate::Keep
}

fn extension(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    match (exists_choice(o, "value"), o.get("extension").is_some()) {
        (true, true) => {
            g.without(o, "extension", "ext-1", "an extension with a value has no further ones; they were left out")
        }
        (false, false) => return g.dropped("ext-1", "an extension without content; it was left out"),
        _ => {}
    }
    Fate::Keep
}

/// Half a timing is another timing, so what breaks a rule takes the whole of it; dose text stands beside.
fn repeat(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    let has = |key| exists(o, key);
    let negative = |key| matches!(o.get(key), Some(Value::Number(n)) if n.starts_with('-') && n.parse() != Ok(0.0));
    let whens = || o.get("when").map(Value::items).unwrap_or_default().iter().filter_map(Value::as_str);
    let broken = if has("duration") && !has("durationUnit") {
        "tim-1"
    } else if has("period") && !has("periodUnit") {
        "tim-2"
    } else if negative("duration") {
        "tim-4"
    } else if negative("period") {
        "tim-5"
    } else if has("periodMax") && !has("period") {
        "tim-6"
    } else if has("durationMax") && !has("duration") {
        "tim-7"
    } else if has("countMax") && !has("count") {
        "tim-8"
    } else if has("offset") && (!has("when") || whens().any(|w| matches!(w, "C" | "CM" | "CD" | "CV"))) {
        "tim-9"
    } else if has("timeOfDay") && has("when") {
        "tim-10"
    } else {
        return Fate::Keep;
    };
    g.dropped(broken, "the parts of the timing do not go together; all of it was left out")
}
