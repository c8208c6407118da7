//! Amounts where R4 has no interval and no schedule (what was administered): one amount, or words.

use compact_str::CompactString;

use crate::cda::datatypes::IvlPq;
use crate::cda::names::name;
use crate::cda::tree::Node;
use crate::fhir::value::Value;
use crate::mapping::context::Context;

use super::quantity::dose;
use super::timing::every;
use super::value::quantity_words;

/// A dose or rate that is one amount; `None` for an interval, whose ends differ.
pub fn amount(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    dose(cx, node).filter(|c| c.suffix == "Quantity").map(|c| c.value)
}

/// Intervals of doses and rates, and how often, in words: `20 mL - 30 mL, every 12 h`. What is one amount is left out.
pub fn amount_words(cx: &Context<'_>, nodes: &[Node<'_>]) -> Option<CompactString> {
    let parts: Vec<CompactString> = nodes.iter().filter_map(|n| part(cx, *n)).collect();
    (!parts.is_empty()).then(|| parts.join(", ").into())
}

fn part(cx: &Context<'_>, node: Node<'_>) -> Option<CompactString> {
    if node.child(name::PERIOD).is_some() {
        return every(node).map(Into::into);
    }
    let ivl = IvlPq::new(node);
    if ivl.low.is_none() && ivl.high.is_none() {
        return None;
    }
    let range = dose(cx, node).filter(|c| c.suffix == "Range")?;
    let range = range.value.as_object()?;
    let side = |key| range.get(key).and_then(Value::as_object).and_then(quantity_words);
    match (side("low"), side("high")) {
        (Some(low), Some(high)) => Some(low + " - " + &high),
        (Some(low), None) => Some(CompactString::from(">= ") + &low),
        (None, Some(high)) => Some(CompactString::from("<= ") + &high),
        (None, None) => None,
    }
}
