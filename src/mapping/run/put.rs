//! Where a value goes in the object that is being made.

use super::super::context::Severity;
use super::super::native::Made;
use super::super::plan::{Element, Row};
use super::Run;
use crate::cda::tree::Node;
use crate::fhir::value::{Key, Object, Value};

impl<'t> Run<'_, 't> {
    pub(super) fn put(
        &mut self,
        row: &Row,
        object: &mut Object,
        made: Made,
        suffix: Option<&'static str>,
        node: Node<'t>,
    ) {
        // what is there already is searched for the same
        let list = match &row.element {
            Element::Plain { key, many: true, .. } => object.get(key),
            Element::Extension { .. } => object.get("extension"),
            _ => None,
        };
        if !node.tree().budget().search(list.map_or(0, |l| l.items().len())) {
            return;
        }
        let Made { value, extension } = made;
        match &row.element {
            // a complex element that says only why it is not there
            Element::Plain { key, primitive: false, many, .. } if value.is_none() && !extension.is_empty() => {
                let absent = Value::Object(Object(vec![("extension", Value::Array(extension))]));
                if *many {
                    object.push(key, absent);
                } else if object.get(key).is_none() {
                    object.0.push((key, absent));
                }
            }
            Element::Plain { key, underscore, many, primitive } => {
                let sibling = (*primitive && !extension.is_empty())
                    .then(|| Value::Object(Object(vec![("extension", Value::Array(extension))])));
                if *many {
                    put_many(object, key, underscore, value, sibling);
                } else if object.get(key).is_none() && !has(object, underscore) {
                    if let Some(v) = value {
                        object.0.push((key, v));
                    }
                    if let Some(s) = sibling {
                        object.0.push((underscore, s));
                    }
                } else {
                    self.conflict(node);
                }
            }
            Element::Choice(forms) => {
                if forms.iter().any(|(_, k, u)| object.get(k).is_some() || object.get(u).is_some()) {
                    self.conflict(node);
                    return;
                }
                let Some((_, key, underscore)) = forms.iter().find(|(s, _, _)| Some(*s) == suffix) else { return };
                if let Some(v) = value {
                    object.0.push((key, v));
                }
                if !extension.is_empty() {
                    object.0.push((underscore, Value::Object(Object(vec![("extension", Value::Array(extension))]))));
                }
            }
            Element::Extension { url, value: forms, .. } => {
                let mut e = Object::new().with("url", Value::fixed(url));
                let form = forms.iter().find(|f| suffix.is_none_or(|s| s == f.0));
                match (form, value) {
                    (Some((_, k, underscore)), value) => {
                        if let Some(v) = value {
                            e.0.push((k, v));
                        }
                        if !extension.is_empty() {
                            e.0.push((underscore, Value::Object(Object(vec![("extension", Value::Array(extension))]))));
                        }
                    }
                    // parts were built as the object's own extensions
                    (None, Some(Value::Object(parts))) => e.0.extend(parts.0),
                    _ => return,
                }
                let e = Value::Object(e);
                // two sources of the same thing are not two things
                if !object.get("extension").is_some_and(|have| have.items().contains(&e)) {
                    object.push("extension", e);
                }
            }
        }
    }

    fn conflict(&self, node: Node<'t>) {
        self.cx.report(
            Severity::Warning,
            "element-already-set",
            node,
            "another row has set this element; the first one was kept",
        );
    }
}

impl Element {
    /// Whether the element can hold more than one.
    pub(super) fn repeats(&self) -> bool {
        matches!(self, Element::Plain { many: true, .. } | Element::Extension { .. })
    }
}

/// Whether the sibling of an element is there; only primitives have one.
fn has(object: &Object, underscore: Key) -> bool {
    !underscore.is_empty() && object.get(underscore).is_some()
}

fn put_many(object: &mut Object, key: Key, underscore: Key, value: Option<Value>, sibling: Option<Value>) {
    let before = match object.get_mut(key) {
        None => {
            object.add(key, Value::Array(vec![value.unwrap_or(Value::Null)]));
            0
        }
        Some(have) => {
            // two sources of the same thing are not two things
            if sibling.is_none() && value.as_ref().is_some_and(|v| have.items().contains(v)) {
                return;
            }
            let before = have.items().len();
            have.append(value.unwrap_or(Value::Null));
            before
        }
    };
    if sibling.is_some() || has(object, underscore) {
        let have = object.get(underscore).map_or(0, |a| a.items().len());
        for _ in have..before {
            object.push(underscore, Value::Null);
        }
        object.push(underscore, sibling.unwrap_or(Value::Null));
    }
}
