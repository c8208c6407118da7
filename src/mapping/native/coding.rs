//! CD, CE, CV, CS, CO → CodeableConcept, Coding, code.
//!
//! The root code comes first, its translations follow in order; a null root leaves the translations as the codings.
//! Original text is never altered. A qualifier (laterality, severity as SNOMED attribute) has no place in R4 and may
//! decide what is done to which side of a patient, so its words are kept: in `text` where there is no original text, else
//! in a coding that has only a display, since each coding is a rendering of the whole concept.

mod borrowed;
mod unnamed;

use std::borrow::Cow;

use compact_str::{CompactString, format_compact};

use crate::cda::datatypes::Cd;
use crate::cda::names::name;
use crate::cda::tree::Node;
use crate::fhir::value::{Object, Value};
use crate::mapping::context::{Context, Severity};
use crate::mapping::terminology::{is_oid, system_has};
use crate::ucum::is_ucum;

use super::quantity::UCUM;
use super::text::{collapse, plain};
use super::time::ORIGINAL_TEXT;

const SNOMED: &str = "http://snomed.info/sct";
/// Systems of which each code has a digit.
const NUMBERED: [&str; 10] = [
    SNOMED,
    "http://loinc.org",
    "http://www.nlm.nih.gov/research/umls/rxnorm",
    "http://hl7.org/fhir/sid/cvx",
    "http://hl7.org/fhir/sid/ndc",
    "http://hl7.org/fhir/sid/icd-9-cm",
    "http://hl7.org/fhir/sid/icd-10",
    "http://hl7.org/fhir/sid/icd-10-cm",
    "http://www.ama-assn.org/go/cpt",
    "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl",
];

/// CD and its kin → CodeableConcept; `None` when there is neither code nor text.
///
/// Reports `null-with-value`, `code-missing`, `code-system-invalid`, `code-without-system`, `system-inferred`, `qualifier-system-inferred`,
/// `snomed-description-id`, `code-not-in-system`, `code-case`, `qualifier-as-text`, `text-of-another-code`, `text-denies-code`, and what the text reports.
pub fn codeable_concept(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    let cd = Cd::new(node);
    let mut codings: Vec<Value> = Vec::new();
    let mut described = None;
    add(cx, &cd, &mut codings, &mut described);
    let mut text = node.child(name::ORIGINAL_TEXT).and_then(|t| plain(cx, t));
    if let Some(text) = &text {
        borrowed::report(cx, &cd, text);
        borrowed::report_absence(cx, &cd, text);
    }
    if let Some(whole) = qualified(&cd) {
        match &text {
            Some(t) if holds_qualifiers(t, &cd) => {}
            Some(_) => codings.push(Object::new().with_str("display", &*whole).into()),
            None => text = Some(whole),
        }
        let message = "a qualifier has no place in a CodeableConcept; its words are kept as text";
        cx.report(Severity::Warning, "qualifier-as-text", node, message);
    }
    // a name without code is all that is known of the concept
    if text.is_none() && (codings.is_empty() || described.is_some()) {
        text = cd.display_name.or(cd.translations().find_map(|t| t.display_name)).map(|d| collapse(d).into_owned());
    }
    let extension = described.map(|code: &str| {
        Value::Array(vec![Object::new().with("url", Value::fixed(ORIGINAL_TEXT)).with_str("valueString", code).into()])
    });
    let concept = Object::new()
        .with("extension", extension)
        .with("coding", Value::Array(codings))
        .with("text", text.map(Value::string));
    (!concept.is_empty()).then_some(concept.into())
}

/// CD and its kin → Coding: the root code, or the first translation that has one. Original text is kept in an extension,
/// since Coding has no place for it.
pub fn coding(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    let cd = Cd::new(node);
    let mut codings = Vec::new();
    add(cx, &cd, &mut codings, &mut None);
    if codings.len() > 1 {
        let message = "one coding is asked for and the source gives several; the first is kept";
        cx.report(Severity::Information, "coding-dropped", node, message);
    }
    let Some(Value::Object(mut coding)) = codings.into_iter().next() else { return None };
    if let Some(text) = node.child(name::ORIGINAL_TEXT).and_then(|t| plain(cx, t)) {
        let extension = Object::new().with("url", Value::fixed(ORIGINAL_TEXT)).with_str("valueString", &*text);
        coding.0.insert(0, ("extension", Value::Array(vec![extension.into()])));
    }
    Some(coding.into())
}

/// One part (`system`, `code`, `display`) of the first rendering that has both a system and a code; for elements that
/// spread a code over several of their own.
///
/// Reports `null-with-value`, `code-system-invalid`, `code-not-in-system`.
pub fn part(cx: &Context<'_>, node: Node<'_>, part: &str) -> Option<Value> {
    let mut codings = Vec::new();
    add(cx, &Cd::new(node), &mut codings, &mut None);
    let mut whole = codings.iter().filter_map(Value::as_object);
    whole.find(|c| c.get("system").is_some() && c.get("code").is_some())?.get(part).cloned()
}

/// Issue: a label without system was given that of HL7.
const LABEL_SYSTEM_INFERRED: &str = "confidentiality-system-inferred";

/// A code that says how confidential something is → security label, of whatever element. Senders leave its system out; a label
/// without one is one that no server keeps, so what is restricted would be restricted no more.
///
/// Reports `confidentiality-system-inferred`.
pub fn label(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    let mut label = coding(cx, node)?;
    if let Value::Object(o) = &mut label
        && o.get("system").is_none()
        // one that was named and is not known is another than HL7's
        && let Some(system) = unnamed::confidentiality(&Cd::new(node))
    {
        let message = "the label names no code system; the one that CDA binds the element to was taken";
        cx.report(Severity::Information, LABEL_SYSTEM_INFERRED, node, message);
        o.0.insert(0, ("system", Value::String(system)));
    }
    Some(label)
}

/// CS and its kin → code: `@code` alone, blanks trimmed; `None` when null (but for OTH with a code).
pub fn code(_: &Context<'_>, node: Node<'_>) -> Option<Value> {
    let cd = Cd::new(node);
    cd.code.filter(|_| matches!(cd.null_flavor, None | Some("OTH"))).map(|c| Value::string(collapse(c)))
}

/// Adds the codings of a code and of its translations, without repetition.
fn add<'t>(cx: &Context<'_>, cd: &Cd<'t>, codings: &mut Vec<Value>, described: &mut Option<&'t str>) {
    if let Some(coding) = one(cx, cd, described) {
        let same = |c: &Value| {
            c.as_object()
                .is_some_and(|o| o.str("system") == coding.str("system") && o.str("code") == coding.str("code"))
        };
        if !cd.node.tree().budget().search(codings.len()) {
            return;
        }
        match codings.iter_mut().find(|c| same(c)) {
            Some(Value::Object(earlier)) => {
                if let (None, Some(display)) = (earlier.get("display"), coding.get("display")) {
                    earlier.set("display", display.clone());
                }
            }
            _ => codings.push(coding.into()),
        }
    }
    for translation in cd.translations() {
        add(cx, &translation, codings, described);
    }
}

/// The coding of one code, its translations aside.
fn one<'t>(cx: &Context<'_>, cd: &Cd<'t>, described: &mut Option<&'t str>) -> Option<Object> {
    let Some(code) = cd.code else {
        if cd.display_name.is_some() && cd.null_flavor.is_none() {
            cx.report(Severity::Information, "code-missing", cd.node, "a name without code; kept as text");
        }
        return None;
    };
    match cd.null_flavor {
        None => {}
        // OTH says that the code is none of the value set's, which does not make it none at all
        Some("OTH") => {
            let message = "a code with nullFlavor OTH; the code is kept";
            cx.report(Severity::Information, "null-with-value", cd.node, message);
        }
        Some(_) => {
            let message = "a code with nullFlavor; the code is left out, its name kept as text where there is no other";
            cx.report(Severity::Warning, "null-with-value", cd.node, message);
            return None;
        }
    }
    let system = system(cx, cd);
    let mut code = collapse(code);
    if system.as_deref() == Some(SNOMED) && is_description_id(&code) {
        let message = "a SNOMED CT description id is no concept; its name is kept as text";
        cx.report(Severity::Warning, "snomed-description-id", cd.node, message);
        *described = described.or(cd.code);
        return None;
    }
    let display = cd.display_name.map(collapse);
    let numbered =
        system.as_deref().is_some_and(|s| NUMBERED.contains(&s)) && !code.bytes().any(|b| b.is_ascii_digit());
    let has = |s: &str| if s == UCUM { is_ucum(&code) } else { system_has(s, &code) != Some(false) };
    let mut known = !numbered && system.as_deref().is_none_or(has);
    if !known && let Some(form) = in_case_of(system.as_deref().unwrap_or(""), &code) {
        cx.report(
            Severity::Information,
            "code-case",
            cd.node,
            "the code system has this code in other letters; they were taken",
        );
        (code, known) = (Cow::Owned(form), true);
    }
    // a realm's system and the sender's list of the same name differ in codes: then the sender's list is what the code is of
    let own = (!known && system.as_deref().is_some_and(|s| s.starts_with("https://fhir.hl7.org.uk/")))
        .then(|| cd.code_system.filter(|o| is_oid(o)).map(|o| format_compact!("urn:oid:{o}")))
        .flatten();
    if !known {
        let message = match own {
            Some(_) => "the code system has no such code; the code is kept under the sender's own OID",
            None => "the code system has no such code; the code is kept without its system",
        };
        cx.report(Severity::Warning, "code-not-in-system", cd.node, message);
    }
    Some(
        Object::new()
            .with("system", own.or(system.filter(|_| known)).map(Value::String))
            .with_str("version", cd.code_system_version)
            .with_str("code", &*code)
            .with_str("display", display.as_deref()),
    )
}

/// The code in capitals or in small letters, whichever the system has; `None` where it has neither.
fn in_case_of(system: &str, code: &str) -> Option<String> {
    if !system.starts_with("http://terminology.hl7.org/") {
        return None;
    }
    [code.to_ascii_uppercase(), code.to_ascii_lowercase()].into_iter().find(|c| system_has(system, c) == Some(true))
}

/// The URI of a code's system: of its OID, else of its name where a table knows it or it is a URI.
fn system(cx: &Context<'_>, cd: &Cd<'_>) -> Option<CompactString> {
    // who writes CDA from FHIR resources names a system by its URI
    let by_name = |n: &str| match cx.terms.uri(n) {
        Some(uri) => Some(CompactString::const_new(uri)),
        None => n.contains("://").then(|| n.trim().into()),
    };
    let named = || cd.code_system_name.and_then(by_name);
    match cd.code_system {
        Some(oid) => cx.terms.system(oid).or_else(named).or_else(|| {
            let message = "a codeSystem is neither OID nor URI; Coding.system left out";
            cx.report(Severity::Warning, "code-system-invalid", cd.node, message);
            None
        }),
        None => named()
            .or_else(|| of_the_whole(cx, cd))
            .or_else(|| {
                let system = unnamed::system(cd)?;
                let message = "a code without codeSystem; the only system that it can be of here was taken";
                let of_a_label = cd.node.name() == name::CONFIDENTIALITY_CODE;
                let issue = if of_a_label { LABEL_SYSTEM_INFERRED } else { "system-inferred" };
                cx.report(Severity::Information, issue, cd.node, message);
                Some(system)
            })
            .or_else(|| {
                // CS takes its system from the element; only there it is meant to be left out
                if cd.node.xsi_type() != Some("CS") && cd.node.name() != name::STATUS_CODE {
                    cx.report(Severity::Information, "code-without-system", cd.node, "a code without codeSystem");
                }
                None
            }),
    }
}

/// The system of the concept that a qualifier stands in: its name and value are read by the rules of that system.
fn of_the_whole(cx: &Context<'_>, cd: &Cd<'_>) -> Option<CompactString> {
    let mut qualifier = cd.node.parent().filter(|p| p.name() == name::QUALIFIER)?;
    loop {
        let whole = qualifier.parent()?;
        if let Some(oid) = whole.attr_trimmed(name::CODE_SYSTEM) {
            let system = cx.terms.system(oid)?;
            let message = "a qualifier without codeSystem; that of the concept it qualifies was taken";
            cx.report(Severity::Information, "qualifier-system-inferred", cd.node, message);
            return Some(system);
        }
        qualifier = whole.parent().filter(|p| p.name() == name::QUALIFIER)?;
    }
}

/// Whether a SNOMED CT identifier is that of a description: its partition (the two digits before the check digit) is 01 or 11.
pub fn is_description_id(code: &str) -> bool {
    (6..=18).contains(&code.len())
        && code.bytes().all(|b| b.is_ascii_digit())
        && matches!(&code[code.len() - 3..code.len() - 1], "01" | "11")
}

/// The words of a qualifier: its name, if it has one, and its value.
fn words<'t>(cd: Cd<'t>) -> Option<Cow<'t, str>> {
    cd.display_name.or(cd.code).map(collapse)
}

fn qualifiers<'t>(cd: &Cd<'t>) -> impl Iterator<Item = (Option<Cd<'t>>, Cd<'t>, bool)> + use<'t> {
    cd.node.children_named(name::QUALIFIER).filter_map(|q| {
        let value = q.child(name::VALUE).map(Cd::new)?;
        let inverted = q.attr_trimmed(name::INVERTED) == Some("true");
        Some((q.child(name::NAME).map(Cd::new), value, inverted))
    })
}

/// `Fracture of femur (laterality: left)`; `None` when there is no qualifier with words.
fn qualified(cd: &Cd<'_>) -> Option<String> {
    let mut out = String::new();
    for (name, value, inverted) in qualifiers(cd) {
        // a qualifier may be qualified itself: the left of the lower leg
        let Some(value) = qualified(&value).map(Cow::Owned).or_else(|| words(value)) else { continue };
        if out.is_empty() {
            let base = words(*cd).or_else(|| cd.translations().find_map(words));
            out.push_str(base.as_deref().unwrap_or(""));
            out.push_str(if out.is_empty() { "(" } else { " (" });
        } else {
            out.push_str("; ");
        }
        if let Some(name) = name.and_then(words) {
            out.push_str(if inverted { "inverse of " } else { "" });
            out.push_str(&name);
            out.push_str(": ");
        }
        out.push_str(&value);
    }
    (!out.is_empty()).then(|| out + ")")
}

/// Whether a text says all qualifier values already.
fn holds_qualifiers(text: &str, cd: &Cd<'_>) -> bool {
    let lower = text.to_lowercase();
    qualifiers(cd).all(|(_, value, _)| {
        words(value).is_none_or(|w| lower.contains(&w.to_lowercase())) && holds_qualifiers(text, &value)
    })
}

/// The words of a code for targets of type string: original text, else its name, else the name of a translation.
pub fn words_of(cx: &Context<'_>, node: Node<'_>) -> Option<CompactString> {
    let cd = Cd::new(node);
    node.child(name::ORIGINAL_TEXT)
        .and_then(|t| plain(cx, t))
        .map(CompactString::from)
        .or_else(|| cd.display_name.map(|d| collapse(d).into()))
        .or_else(|| cd.translations().find_map(|t| t.display_name).map(|d| collapse(d).into()))
}

/// [`words_of`] as a value, for tables.
pub fn display(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    words_of(cx, node).map(Value::String)
}

/// The original text of a code that is a heading over it, led by the heading's name: without it the words may mean anything.
pub fn headed(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    let words = node.child(name::ORIGINAL_TEXT).and_then(|t| plain(cx, t))?;
    let heading = Cd::new(node).display_name.map(collapse).filter(|h| !h.is_empty() && !words.starts_with(&**h));
    Some(Value::string(heading.map_or(words.clone(), |h| format!("{h}: {words}"))))
}

#[cfg(test)]
mod tests;
