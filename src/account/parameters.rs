//! The account of a document as a parameter of FHIR Parameters, for answers over HTTP.

use super::contradict::Finding;
use super::{Account, Class, Counts, Leaf, Section};
use crate::fhir::value::{Object, Value};

/// The parameter `account`: counts, sections, and what is not mapped.
pub fn parameter(a: &Account) -> Object {
    let mut parts = counts(&a.counts());
    parts.extend(a.sections.iter().map(|s| group("section", section(s))));
    parts.extend(a.leaves.iter().map(|l| group("leaf", leaf(l))));
    parts.extend(a.contradictions.iter().map(|f| group("contradiction", contradiction(f))));
    Object::new().with("name", Value::string("account")).with("part", Value::Array(parts))
}

fn group(name: &str, parts: Vec<Value>) -> Value {
    Object::new().with("name", Value::string(name)).with("part", Value::Array(parts)).into()
}

fn text(name: &str, value: &str) -> Option<Value> {
    // a string of FHIR is not empty
    let value = Some(value.trim()).filter(|v| !v.is_empty())?;
    Some(Object::new().with("name", Value::string(name)).with("valueString", Value::string(value)).into())
}

fn counts(of: &Counts) -> Vec<Value> {
    let one = |class: Class| {
        let number = Value::Number(of.of(class).to_string().into());
        Object::new().with("name", Value::string(class.key())).with("valueInteger", number).into()
    };
    Class::ALL.into_iter().map(one).collect()
}

fn place(at: (u32, u32)) -> String {
    format!("{}:{}", at.0, at.1)
}

fn section(s: &Section) -> Vec<Value> {
    let said = [text("code", s.code.as_deref().unwrap_or("")), text("title", &s.title), text("at", &place(s.at))];
    said.into_iter().flatten().chain(counts(&s.counts)).collect()
}

fn contradiction(f: &Finding) -> Vec<Value> {
    let said = [text("code", f.code), text("message", &f.message), text("at", &place(f.at)), text("xpath", &f.xpath)];
    said.into_iter().flatten().collect()
}

fn leaf(l: &Leaf) -> Vec<Value> {
    let into = l.into.as_ref();
    let said = [
        text("class", l.class.key()),
        text("at", &place(l.at)),
        text("xpath", &l.xpath),
        text("value", &l.value),
        text("issue", l.issue.as_deref().unwrap_or("")),
        text("path", into.map_or("", |i| &i.path)),
        text("row", into.and_then(|i| i.row.as_deref()).unwrap_or("")),
    ];
    said.into_iter().flatten().collect()
}
