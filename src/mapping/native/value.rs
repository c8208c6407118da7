//! ANY → `value[x]`: the type comes from `xsi:type`, the form from what the target element allows.

use compact_str::CompactString;

use crate::cda::datatypes::{Ed, IvlTs, untyped};
use crate::cda::names::name;
use crate::cda::tree::Node;
use crate::fhir::value::{Object, Value};
use crate::mapping::context::{Context, Severity};

use super::text::{collapse, plain};
use super::{Choice, address, attachment, boolean, coding, human_name, identifier, quantity, telecom, time};

/// The types of `Observation.value[x]`, as R4 names them.
pub const OBSERVATION: &[&str] = &[
    "Quantity",
    "CodeableConcept",
    "string",
    "boolean",
    "integer",
    "Range",
    "Ratio",
    "SampledData",
    "time",
    "dateTime",
    "Period",
];

/// A value of any CDA type in the best form that `allowed` holds (R4 type names: `Quantity`, `string`, …). `None` when it is null (the
/// caller asks [`data_absent`](super::data_absent) why) or can take no allowed form.
///
/// A text that looks like a number stays text; a PQ that is no number becomes text, unless it is a comparison (`<5`).
///
/// Reports `missing-type`, `value-type-unsupported`, `value-not-allowed`, and what the transforms of the types report.
pub fn value(cx: &Context<'_>, node: Node<'_>, allowed: &[&str]) -> Option<Choice> {
    let kind = match node.xsi_type() {
        Some(t) => Kind::of(t),
        None => infer(cx, node),
    };
    let Some(kind) = kind else {
        if node.null_flavor().is_none() {
            let message = "the type of a value is unknown or has no form in FHIR; left out";
            cx.report(Severity::Warning, "value-type-unsupported", node, message);
        }
        return None;
    };
    let may = |suffix: &str| allowed.contains(&suffix);
    let mark = cx.mark();
    let found = match kind {
        Kind::Pq => physical(cx, node, &may),
        Kind::Interval => quantity::quantity_or_range(cx, node).and_then(|c| fit_interval(cx, node, c, &may)),
        Kind::Coded => coded(cx, node, &may),
        Kind::Text => textual(cx, node, &may),
        Kind::Data => match node.attr_trimmed(name::MEDIA_TYPE) {
            Some(m) if !m.starts_with("text/") && may("Attachment") => {
                attachment::attachment(cx, node).map(|v| Choice::new("Attachment", v))
            }
            _ if Ed::new(node).base64 && !may("Attachment") => None,
            _ => textual(cx, node, &may),
        },
        Kind::Int => integer(cx, node, &may),
        Kind::Bool => boolean::boolean(cx, node).and_then(|b| {
            let text = Value::string(if b == Value::Bool(true) { "true" } else { "false" });
            first(&may, [("boolean", Some(b)), ("string", Some(text))])
        }),
        Kind::Time => point(cx, node, &may),
        Kind::Times => interval(cx, node, &may),
        Kind::Ratio => quantity::ratio(cx, node).and_then(|r| {
            let text = || ratio_words(r.as_object()?);
            if may("Ratio") { Some(Choice::new("Ratio", r)) } else { string(&may, text()) }
        }),
        Kind::Money if may("Money") => quantity::money(cx, node).map(|m| Choice::new("Money", m)),
        Kind::Money if may("Quantity") => quantity::money_quantity(cx, node).map(|q| Choice::new("Quantity", q)),
        Kind::Money => None,
        Kind::Id => {
            let id = identifier::identifier(cx, node);
            let text = id.as_ref().and_then(|i| i.as_object()?.get("value").cloned());
            first(&may, [("Identifier", id), ("string", text)])
        }
        Kind::Telecom => {
            let contact = telecom::telecom(cx, node);
            let text = node.attr_trimmed(name::VALUE).map(Value::string).filter(|_| contact.is_some());
            first(&may, [("ContactPoint", contact), ("string", text)])
        }
        Kind::Name if may("HumanName") => human_name::name(cx, node).map(|n| Choice::new("HumanName", n)),
        Kind::Address if may("Address") => address::address(cx, node).map(|a| Choice::new("Address", a)),
        Kind::Name | Kind::Address => string(&may, plain(cx, node).map(CompactString::from)),
    };
    // a transform that gave nothing has said why, unless no form was allowed
    if found.is_none() && cx.mark() == mark && node.null_flavor().is_none() && has_content(node) {
        cx.report(Severity::Warning, "value-not-allowed", node, "a value has no form that the target element allows");
    }
    found
}

/// The families of types that are treated alike.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Pq,
    Interval,
    Coded,
    Text,
    Data,
    Int,
    Bool,
    Time,
    Times,
    Ratio,
    Money,
    Id,
    Telecom,
    Name,
    Address,
}

impl Kind {
    /// The family of an `xsi:type`, whatever its case.
    fn of(xsi_type: &str) -> Option<Kind> {
        let upper = CompactString::from(xsi_type).to_ascii_uppercase();
        Some(match upper.as_str() {
            "PQ" | "REAL" | "PPD_PQ" => Kind::Pq,
            "IVL_PQ" | "IVL_INT" | "IVL_REAL" | "BXIT_IVL_PQ" | "URG_PQ" => Kind::Interval,
            "CD" | "CE" | "CV" | "CS" | "CO" | "CR" | "PQR" | "EIVL.EVENT" => Kind::Coded,
            "ST" | "SC" | "STRUCDOC.TEXT" => Kind::Text,
            "ED" => Kind::Data,
            "INT" => Kind::Int,
            "BL" | "BN" => Kind::Bool,
            "TS" | "PPD_TS" => Kind::Time,
            "IVL_TS" | "SXCM_TS" => Kind::Times,
            "RTO" | "RTO_PQ_PQ" | "RTO_QTY_QTY" | "RTO_MO_PQ" => Kind::Ratio,
            "MO" => Kind::Money,
            "II" => Kind::Id,
            "TEL" | "URL" => Kind::Telecom,
            "EN" | "PN" | "ON" | "TN" => Kind::Name,
            "AD" => Kind::Address,
            _ => return None,
        })
    }
}

/// The family of a value that does not say its type; reports `missing-type`.
fn infer(cx: &Context<'_>, node: Node<'_>) -> Option<Kind> {
    let kind = untyped::datatype(node).and_then(Kind::of)?;
    cx.report(Severity::Information, "missing-type", node, "a value has no xsi:type; inferred from what it holds");
    Some(kind)
}

fn has_content(node: Node<'_>) -> bool {
    node.attr_trimmed(name::VALUE).is_some()
        || node.attr_trimmed(name::CODE).is_some()
        || node.children().next().is_some()
        || !node.text_trimmed().is_empty()
}

/// The first form that is allowed and there.
fn first<const N: usize>(may: &dyn Fn(&str) -> bool, forms: [(&'static str, Option<Value>); N]) -> Option<Choice> {
    forms.into_iter().filter(|(s, _)| may(s)).find_map(|(s, v)| v.map(|v| Choice::new(s, v)))
}

/// A text as string, or where that is not allowed as markdown or the text of a concept.
fn string(may: &dyn Fn(&str) -> bool, text: Option<CompactString>) -> Option<Choice> {
    let text = Value::String(text.filter(|t| !t.is_empty())?);
    let concept = may("CodeableConcept").then(|| Value::from(Object::new().with("text", text.clone())));
    first(may, [("string", Some(text.clone())), ("markdown", Some(text)), ("CodeableConcept", concept)])
}

fn physical(cx: &Context<'_>, node: Node<'_>, may: &dyn Fn(&str) -> bool) -> Option<Choice> {
    let written = node.attr_trimmed(name::VALUE).filter(|_| node.null_flavor().is_none());
    if let Some(text) = written
        && quantity::number(text).is_none()
    {
        let message = "a quantity is no number; kept as text";
        let found = string(may, Some(with_unit(text, node)));
        if found.is_some() {
            cx.report(Severity::Warning, "quantity-not-numeric", node, message);
        }
        return found;
    }
    for (suffix, transform) in [
        ("Quantity", quantity::quantity as fn(&Context<'_>, Node<'_>) -> Option<Value>),
        ("SimpleQuantity", quantity::simple_quantity),
        ("Age", quantity::duration),
        ("Duration", quantity::duration),
    ] {
        if may(suffix)
            && let Some(v) = transform(cx, node)
        {
            return Some(Choice::new(suffix, v));
        }
    }
    string(may, written.map(|t| with_unit(t, node)).or_else(|| words_instead(cx, node)))
}

/// The words of a quantity that has no number: what names the unit of one that is not null; of a null one what stands
/// instead of a number, in itself or a translation ("NEGATIVE"), which a unit alone does not.
fn words_instead(cx: &Context<'_>, node: Node<'_>) -> Option<CompactString> {
    let translations = || node.children_named(name::TRANSLATION);
    if node.null_flavor().is_none() {
        return translations().find_map(|t| t.attr_trimmed(name::DISPLAY_NAME)).map(|d| collapse(d).into());
    }
    let original = |n: Node<'_>| n.child(name::ORIGINAL_TEXT).and_then(|o| plain(cx, o)).map(CompactString::from);
    let value = |t: Node<'_>| t.attr_trimmed(name::VALUE).map(|v| with_unit(v, t));
    let says = |w: &CompactString| !quantity::is_unit(cx, w);
    original(node).into_iter().chain(translations().filter_map(|t| value(t).or_else(|| original(t)))).find(says)
}

fn with_unit(text: &str, node: Node<'_>) -> CompactString {
    let mut out: CompactString = collapse(text).into();
    if let Some(unit) = node.attr_trimmed(name::UNIT).filter(|u| *u != "1") {
        out.push(' ');
        out.push_str(unit);
    }
    out
}

/// An interval in an allowed form: as it is, a Quantity in words, a Range in words.
fn fit_interval(cx: &Context<'_>, node: Node<'_>, c: Choice, may: &dyn Fn(&str) -> bool) -> Option<Choice> {
    if may(c.suffix) {
        return Some(c);
    }
    if c.suffix == "Quantity" && may("Range") {
        return quantity::range(cx, node).map(|r| Choice::new("Range", r));
    }
    let o = c.value.as_object()?;
    let words = match c.suffix {
        "Quantity" => quantity_words(o),
        _ => {
            let side = |k| o.get(k).and_then(Value::as_object).and_then(quantity_words).unwrap_or_default();
            Some(side("low") + " - " + &side("high"))
        }
    };
    string(may, words)
}

/// A quantity in words: `< 5 mL`, `1.5`.
pub(super) fn quantity_words(o: &Object) -> Option<CompactString> {
    let Some(Value::Number(n)) = o.get("value") else { return None };
    let mut out = CompactString::from(o.str("comparator").unwrap_or(""));
    out.push_str(n);
    if let Some(unit) = o.str("unit") {
        out.push(' ');
        out.push_str(unit);
    }
    Some(out)
}

fn ratio_words(o: &Object) -> Option<CompactString> {
    let side = |k| o.get(k).and_then(Value::as_object).and_then(quantity_words);
    Some(side("numerator")? + "/" + &side("denominator")?)
}

fn coded(cx: &Context<'_>, node: Node<'_>, may: &dyn Fn(&str) -> bool) -> Option<Choice> {
    if may("CodeableConcept") {
        return coding::codeable_concept(cx, node).map(|v| Choice::new("CodeableConcept", v));
    }
    if may("Coding")
        && let Some(v) = coding::coding(cx, node)
    {
        return Some(Choice::new("Coding", v));
    }
    if may("string") {
        return string(may, coding::words_of(cx, node));
    }
    may("code").then(|| coding::code(cx, node)).flatten().map(|v| Choice::new("code", v))
}

fn textual(cx: &Context<'_>, node: Node<'_>, may: &dyn Fn(&str) -> bool) -> Option<Choice> {
    if node.null_flavor().is_some() {
        return None;
    }
    // a value that does not say its type may have its words where a number would stand
    let in_attribute = || node.attr_trimmed(name::VALUE).filter(|_| node.xsi_type().is_none()).map(CompactString::from);
    string(may, plain(cx, node).map(CompactString::from).or_else(in_attribute))
}

fn integer(cx: &Context<'_>, node: Node<'_>, may: &dyn Fn(&str) -> bool) -> Option<Choice> {
    let text = node.attr_trimmed(name::VALUE).filter(|_| node.null_flavor().is_none())?;
    let whole = crate::cda::datatypes::number::whole(text).and_then(|n| i32::try_from(n).ok());
    if may("integer") && whole.is_some() {
        return boolean::integer(cx, node).map(|v| Choice::new("integer", v));
    }
    physical(cx, node, may)
}

fn point(cx: &Context<'_>, node: Node<'_>, may: &dyn Fn(&str) -> bool) -> Option<Choice> {
    if may("dateTime") {
        let t = time::date_time(cx, node)?;
        return Some(Choice { suffix: "dateTime", value: t.value(), element: t.element() });
    }
    if may("date") {
        return time::date_value(cx, node).map(|v| Choice::new("date", v));
    }
    if may("Period") {
        return time::period(cx, node).map(|v| Choice::new("Period", v));
    }
    string(may, time::date_time(cx, node).map(|t| t.text))
}

fn interval(cx: &Context<'_>, node: Node<'_>, may: &dyn Fn(&str) -> bool) -> Option<Choice> {
    let ivl = IvlTs::new(node);
    if ivl.low.is_none() && ivl.high.is_none() {
        return point(cx, node, may);
    }
    if may("Period") {
        return time::period(cx, node).map(|v| Choice::new("Period", v));
    }
    let found = point(cx, node, may);
    if found.is_some() && ivl.high.is_some_and(|h| h.value.is_some()) {
        let message = "the target takes a point in time; the end of the interval is left out";
        cx.report(Severity::Warning, "period-end-dropped", node, message);
    }
    found
}

#[cfg(test)]
mod tests;
