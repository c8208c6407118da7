//! Codes through ConceptMaps.

use crate::cda::names::name;
use crate::cda::tree::Node;
use crate::fhir::value::{Object, Value};

use super::super::context::{Context, Severity};
use super::super::terminology::{Map, MapId, Target, Terminology};

/// What a map gives for an attribute (a bare code) or for a coded node: its own code first, then its translations.
///
/// Reports `code-and-name-disagree`.
pub fn translate<'a>(cx: &'a Context<'_>, map: MapId, node: Node<'_>, attribute: Option<&str>) -> Option<&'a Target> {
    let map = cx.terms.map(map);
    if let Some(code) = attribute {
        // a name is words, which no code is
        let named = || node.attr(name::DISPLAY_NAME).filter(|n| *n == code).and_then(|n| words(map, n));
        return map.translate("", code.trim()).or_else(named);
    }
    let codings = std::iter::once(node).chain(node.children_named(name::TRANSLATION));
    for c in codings {
        // BL and CS-like nodes say their code in @value
        let code = c.attr_trimmed(name::CODE).or_else(|| c.attr_trimmed(name::VALUE));
        let system = c.attr_trimmed(name::CODE_SYSTEM).and_then(|s| cx.terms.system(s)).unwrap_or_default();
        if let Some((code, found)) = code.and_then(|code| Some((code, map.translate(&system, code)?))) {
            if c.attr_trimmed(name::DISPLAY_NAME).is_some_and(|n| map.named_otherwise(&system, code, n)) {
                let message = "the name beside this code is that of another code; the code was taken";
                cx.report(Severity::Warning, "code-and-name-disagree", c, message);
            }
            return Some(found);
        }
    }
    // words are compared as titles are
    if node.attr_trimmed(name::CODE).is_none()
        && node.attr_trimmed(name::VALUE).is_none()
        && let Some(found) = words(map, &node.text())
    {
        return Some(found);
    }
    // a map may say what no code at all becomes
    if node.attr_trimmed(name::CODE).is_none() { map.translate("", "") } else { None }
}

/// What a map gives for words, compared as titles are.
fn words<'a>(map: &'a Map, text: &str) -> Option<&'a Target> {
    Some(crate::mapping::load::normal_title(text)).filter(|w| !w.is_empty()).and_then(|w| map.translate("", &w))
}

/// Whether a map gives something for an attribute (a code or a name), or for a node: its code, its translations, else its
/// words. Nothing is reported: it is asked, not carried.
pub fn knows(terms: &Terminology, map: MapId, node: Node<'_>, attribute: Option<&str>) -> bool {
    let map = terms.map(map);
    if node.name() == name::ORIGINAL_TEXT && node.parent().is_some_and(|concept| names_a_thing(terms, map, concept)) {
        return false;
    }
    if let Some(text) = attribute {
        return map.translate("", text.trim()).or_else(|| words(map, text)).is_some();
    }
    let coded = std::iter::once(node).chain(node.children_named(name::TRANSLATION)).any(|c| {
        let system = c.attr_trimmed(name::CODE_SYSTEM).and_then(|s| terms.system(s)).unwrap_or_default();
        c.attr_trimmed(name::CODE).is_some_and(|code| map.translate(&system, code).is_some())
    });
    coded || node.attr_trimmed(name::CODE).is_none() && words(map, &node.text()).is_some()
}

/// Whether a concept is named by a code of a terminology that tables know, and the map does not list that code as one that
/// names nothing. Words beside it may be those of another cell, to which a reference leads astray: they do not take it away.
fn names_a_thing(terms: &Terminology, map: &Map, concept: Node<'_>) -> bool {
    let Some(code) = concept.attr_trimmed(name::CODE).filter(|_| concept.null_flavor().is_none()) else { return false };
    let of_terminology = concept.attr_trimmed(name::CODE_SYSTEM).is_some_and(|s| terms.uri(s).is_some());
    let named_so = concept.attr_trimmed(name::DISPLAY_NAME).is_some_and(|n| words(map, n).is_some());
    of_terminology && !named_so && !map.is_unmatched(code)
}

/// The target of a map as the FHIR type that an element wants.
pub fn mapped(target: &Target, ty: &str) -> Option<Value> {
    let coding = || {
        Object::new()
            .with("system", Value::String(target.system.clone()))
            .with("code", Value::String(target.code.clone()))
            .with("display", target.display.clone().map(Value::String))
    };
    Some(match ty {
        "CodeableConcept" => Object(vec![("coding", Value::Array(vec![coding().into()]))]).into(),
        "Coding" => coding().into(),
        "boolean" => Value::Bool(target.code == "true"),
        _ => Value::string(target.code.clone()),
    })
}
