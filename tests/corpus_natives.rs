//! Every datatype transform over the elements of the corpus that `GRANULE_SHARED` names: nothing may panic, and whatever
//! comes out must have the form that FHIR asks for. `GRANULE_CORPUS=all` takes all documents, else every fifth is read.

mod common;

use common::shared;
use std::path::{Path, PathBuf};

use granule::cda::names::{Names, name};
use granule::cda::tree::{Node, Tree};
use granule::fhir::json::Writer;
use granule::fhir::value::{Object, Value};
use granule::mapping::context::{Context, Nowhere, Zone};
use granule::mapping::native::{choice, datatype_named, quantity, timing, value};
use granule::mapping::terminology::Terminology;
use rayon::prelude::*;

const MAPS: [&str; 5] =
    ["CF-AddressUse", "CF-NameUse", "CF-TelecomUse", "CF-NullFlavorDataAbsentReason", "granule-EventTiming"];

/// Elements of XHTML that the transforms may write.
const TAGS: &[&str] = &[
    "div", "p", "span", "br", "hr", "a", "img", "ul", "ol", "li", "table", "caption", "colgroup", "col", "thead",
    "tbody", "tfoot", "tr", "td", "th", "sub", "sup", "b", "i", "em", "strong", "small", "big", "tt", "code", "cite",
    "q", "abbr", "pre", "h1", "h2", "h3", "h4", "h5", "h6",
];

fn documents(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            documents(&path, found);
        } else if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("xml")) {
            found.push(path);
        }
    }
}

/// Whether a text is a dateTime of R4.
fn is_date_time(t: &str) -> bool {
    let b = t.as_bytes();
    let digits = |range: std::ops::Range<usize>| b.get(range).is_some_and(|d| d.iter().all(u8::is_ascii_digit));
    let at = |i: usize, c: u8| b.get(i) == Some(&c);
    match b.len() {
        4 => digits(0..4),
        7 => digits(0..4) && at(4, b'-') && digits(5..7),
        10 => is_date_time(&t[..7]) && at(7, b'-') && digits(8..10),
        n if n >= 20 => {
            let tail = t[19..].trim_start_matches('.').trim_start_matches(|c: char| c.is_ascii_digit());
            is_date_time(&t[..10])
                && at(10, b'T')
                && digits(11..13)
                && digits(14..16)
                && digits(17..19)
                && (tail == "Z" || (tail.len() == 6 && tail.starts_with(['+', '-'])))
        }
        _ => false,
    }
}

/// What is wrong with a value, by its keys.
fn faults(object: &Object, wrong: &mut Vec<String>) {
    for (key, value) in &object.0 {
        if value.is_empty() {
            wrong.push(format!("empty {key}"));
        }
        for item in value.items() {
            match item {
                Value::Object(o) => faults(o, wrong),
                Value::String(s) => {
                    if matches!(*key, "start" | "end" | "event") && !is_date_time(s) {
                        wrong.push(format!("{key} is no dateTime"));
                    }
                    if s.trim().is_empty() {
                        wrong.push(format!("blank {key}"));
                    }
                }
                _ => {}
            }
        }
    }
    if let (Some(Value::String(start)), Some(Value::String(end))) = (object.get("start"), object.get("end"))
        && start.len() == end.len()
        && start.len() <= 10
        && start > end
    {
        wrong.push("start after end".to_owned());
    }
    if object.get("data").is_some() && object.get("contentType").is_none() {
        wrong.push("data without contentType".to_owned());
    }
}

fn xhtml_faults(xhtml: &str, wrong: &mut Vec<String>) {
    let doc = match roxmltree::Document::parse(xhtml) {
        Ok(doc) => doc,
        Err(e) => return wrong.push(format!("not well-formed: {e}")),
    };
    for e in doc.descendants().filter(|e| e.is_element()) {
        let tag = e.tag_name().name();
        if !TAGS.contains(&tag) {
            wrong.push(format!("element {tag}"));
        }
        let block =
            |t: &str| matches!(t, "div" | "p" | "ul" | "ol" | "table" | "h1" | "h2" | "h3" | "h4" | "pre" | "hr");
        if matches!(tag, "p" | "span" | "h1" | "h2" | "a" | "b" | "caption") {
            for inner in e.descendants().skip(1).filter(|i| i.is_element() && block(i.tag_name().name())) {
                wrong.push(format!("{} in {tag}", inner.tag_name().name()));
            }
        }
    }
}

/// The FHIR types that an element may be asked for, by its name.
fn types(node: Node<'_>) -> &'static [&'static str] {
    match node.local_name() {
        "id" | "setId" | "templateId" => &["Identifier"],
        "effectiveTime" => &["Period", "dateTime", "instant"],
        "time" | "birthTime" | "low" | "high" => &["dateTime", "date"],
        "addr" => &["Address"],
        "telecom" => &["ContactPoint"],
        "name" => &["HumanName", "string"],
        "text" => &["Narrative", "string", "Attachment"],
        "repeatNumber" => &["positiveInt"],
        "period" | "width" => &["Quantity", "Duration"],
        n if n.ends_with("ode") => &["CodeableConcept", "Coding", "code", "string"],
        _ => &[],
    }
}

fn check(node: Node<'_>, cx: &Context<'_>, wrong: &mut Vec<String>) {
    let mut see = |ty: &str, value: Option<Value>| {
        let Some(value) = value else { return };
        let mut writer = Writer::new(false);
        writer.value(&value);
        if let Err(e) = serde_json::from_slice::<serde_json::Value>(&writer.finish()) {
            wrong.push(format!("{ty}: {e}"));
        }
        let before = wrong.len();
        match &value {
            Value::Object(o) => {
                faults(o, wrong);
                if let (Some(Value::String(div)), "Narrative") = (o.get("div"), ty) {
                    xhtml_faults(div, wrong);
                }
            }
            Value::String(s) if ty == "dateTime" && !is_date_time(s) => wrong.push("no dateTime".to_owned()),
            _ => {}
        }
        for w in &mut wrong[before..] {
            *w = format!("{ty}: {w} at {}", node.xpath());
        }
    };
    for ty in types(node) {
        see(ty, datatype_named(ty).and_then(|make| make(cx, node)).and_then(|m| m.value));
    }
    match node.local_name() {
        "value" => {
            let found = value::value(cx, node, value::OBSERVATION);
            see("value[x]", found.map(|c| c.value));
            see("onset[x]", choice(cx, node, None, ONSET).and_then(|(_, m)| m.value));
        }
        "doseQuantity" | "rateQuantity" | "maxDoseQuantity" => {
            see("dose[x]", quantity::dose(cx, node).map(|c| c.value))
        }
        _ => {}
    }
    let times: Vec<_> = node.children_named(name::EFFECTIVE_TIME).collect();
    if !times.is_empty() {
        see("Timing", timing::timing(cx, &times));
    }
}

const ONSET: &[&str] = &["dateTime", "Age", "Period", "Range", "string"];

#[test]
fn every_element_of_the_corpus() {
    let Some(shared) = shared("corpus_natives") else { return };
    let mut terms = Terminology::default();
    for id in MAPS {
        let file = shared.join(format!("facts/ccda/conceptmaps/{id}.json"));
        let empty = format!(r#"{{"resourceType":"ConceptMap","id":"{id}"}}"#);
        terms.add_concept_map(&std::fs::read_to_string(file).unwrap_or(empty)).unwrap();
    }
    let mut files = Vec::new();
    documents(&shared.join("corpus/documents"), &mut files);
    files.sort();
    // all of them take minutes in a debug build; a fifth meets every sender
    if std::env::var("GRANULE_CORPUS").is_ok_and(|c| c == "all") {
        eprintln!("all {} documents", files.len());
    } else {
        files = files.into_iter().step_by(5).collect();
    }
    let names = Names::default();
    let results: Vec<(Vec<String>, Vec<&'static str>)> = files
        .par_iter()
        .filter_map(|file| {
            let bytes = std::fs::read(file).unwrap();
            let text = String::from_utf8(bytes).ok()?;
            let tree = Tree::parse(text.trim_start_matches('\u{feff}'), &names).ok()?;
            let zone = Zone::Unknown;
            let cx = Context::new(&terms, terms.datatype_maps().unwrap(), &zone, &Nowhere);
            let mut wrong = Vec::new();
            for node in tree.root().subtree() {
                check(node, &cx, &mut wrong);
            }
            for w in &mut wrong {
                *w = format!("{}: {w}", file.file_name().unwrap().to_string_lossy());
            }
            let codes = cx.take().iter().map(|f| f.code).collect();
            Some((wrong, codes))
        })
        .collect();
    let mut counts = std::collections::BTreeMap::new();
    results.iter().flat_map(|r| &r.1).for_each(|c| *counts.entry(*c).or_insert(0usize) += 1);
    eprintln!("{} documents; findings {counts:?}", results.len());
    let wrong: Vec<&String> = results.iter().flat_map(|r| &r.0).collect();
    let shown: Vec<&str> = wrong.iter().take(40).map(|w| w.as_str()).collect();
    assert!(wrong.is_empty(), "{} faults:\n{}", wrong.len(), shown.join("\n"));
}
