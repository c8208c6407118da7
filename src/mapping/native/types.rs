//! Which transform makes which FHIR type.

use crate::cda::tree::Node;
use crate::fhir::value::Value;

use super::super::context::Context;
use super::registry::{Given, Made, Native, Transform};
use super::time::FhirTime;
use super::*;

fn timed(time: Option<FhirTime<'_>>) -> Option<Made> {
    let t = time?;
    let extension = match t.element() {
        Some(Value::Object(mut o)) => match o.remove("extension") {
            Some(Value::Array(a)) => a,
            _ => vec![],
        },
        _ => vec![],
    };
    Some(Made { value: Some(t.value()), extension })
}

/// A node (or attribute of it) as a FHIR type.
pub fn datatype(cx: &Context<'_>, node: Node<'_>, attribute: Option<&str>, ty: &str) -> Option<Made> {
    if let Some(text) = attribute {
        return attribute_as(text.trim(), ty).map(Made::from);
    }
    let value = match ty {
        "dateTime" => return timed(time::date_time(cx, node)),
        "date" => return timed(time::date(cx, node)),
        "instant" => return timed(time::instant(cx, node)),
        "Period" => time::period(cx, node),
        "Identifier" => identifier::identifier(cx, node),
        "CodeableConcept" => coding::codeable_concept(cx, node),
        "Coding" => coding::coding(cx, node),
        "code" => coding::code(cx, node),
        "boolean" => boolean::boolean(cx, node),
        "integer" => boolean::integer(cx, node),
        "unsignedInt" => boolean::unsigned_int(cx, node),
        "positiveInt" => boolean::positive_int(cx, node),
        "string" | "markdown" => text::text(cx, node),
        _ => None,
    };
    value.map(Made::from)
}

fn attribute_as(text: &str, ty: &str) -> Option<Value> {
    if text.is_empty() {
        return None;
    }
    Some(match ty {
        "boolean" => match text {
            "true" | "1" => Value::Bool(true),
            "false" | "0" => Value::Bool(false),
            _ => return None,
        },
        "integer" | "positiveInt" | "unsignedInt" => Value::Number(text.parse::<i32>().ok()?.to_string().into()),
        _ => Value::string(text),
    })
}

/// A node as one of the types of a choice: the suffix, and the value.
pub fn choice(cx: &Context<'_>, node: Node<'_>, attribute: Option<&str>, allowed: &[&'static str]) -> Option<(&'static str, Made)> {
    let _ = (cx, node, attribute, allowed);
    None
}

/// The transforms that rows name with `via`.
pub const NATIVES: &[Native] = &[
    Native { name: "repeats", doc: "repeatNumber less one", transform: Transform::One(|cx, n| one(boolean::repeats(cx, n))) },
];

fn one(value: Option<Value>) -> Given {
    value.map(|v| (None, Made::from(v)))
}

/// The plain text of narrative.
pub fn plain_text_of(node: roxmltree::Node<'_, '_>) -> String {
    crate::cda::narrative::plain_text(node)
}

/// Narrative as XHTML without the div around it.
pub fn xhtml_fragment_of(_node: roxmltree::Node<'_, '_>) -> String {
    String::new()
}
