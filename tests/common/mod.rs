//! What the tests of conversion share: small documents, their bundles, and a way to ask a bundle what it says.
#![allow(dead_code)]

pub mod holds;
pub mod mutate;
pub mod outline;

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::OnceLock;

use granule::convert::{Converter, Issue, Options};
use granule::mapping::packs;
use serde_json::Value;

thread_local! {
    /// numbers of the rows that gave a value in any conversion of this thread
    static FIRED: RefCell<BTreeSet<u16>> = const { RefCell::new(BTreeSet::new()) };
}

/// The converter of the built-in packs.
pub fn converter() -> &'static Converter {
    static CONVERTER: OnceLock<Converter> = OnceLock::new();
    CONVERTER.get_or_init(|| match packs::compile(packs::builtin()) {
        Ok(plan) => Converter::new(plan),
        Err(faults) => panic!("the built-in packs do not compile:\n{faults}"),
    })
}

/// The folder of reference material; says that the test is skipped where there is none.
pub fn shared(test: &str) -> Option<PathBuf> {
    let found = std::env::var_os("GRANULE_SHARED").map(PathBuf::from).filter(|p| p.is_dir());
    if found.is_none() {
        eprintln!("{test}: SKIPPED, GRANULE_SHARED names no folder of reference material");
    }
    found
}

/// A folder of the project.
pub fn project(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Files of a folder with an ending, in order of their names.
pub fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let Ok(dir) = std::fs::read_dir(project(folder)) else { return vec![] };
    let mut found: Vec<PathBuf> = dir
        .filter_map(|e| e.ok().map(|e| e.path()))
        .filter(|p| p.file_name().is_some_and(|n| n.to_string_lossy().ends_with(ending)))
        .collect();
    found.sort();
    found
}

/// Rows fired on this thread so far.
pub fn fired() -> BTreeSet<u16> {
    FIRED.with(|f| f.borrow().clone())
}

/// A small document: a patient, one author, a custodian, and what the test adds.
#[derive(Clone)]
pub struct Doc {
    patient_role: String,
    author: String,
    header: String,
    sections: String,
}

/// The author whom a document has unless the test says otherwise.
pub const AUTHOR: &str = r#"<author><time value="20240312093000-0500"/><assignedAuthor>
  <id root="2.16.840.1.113883.4.6" extension="9999999901"/>
  <assignedPerson><name><given>Paula</given><family>Pretend</family></name></assignedPerson>
</assignedAuthor></author>"#;

impl Doc {
    pub fn new() -> Doc {
        Doc {
            patient_role: r#"<id root="2.16.840.1.113883.19.5.99999.2" extension="MRN-1"/>
  <patient><name use="L"><given>Minim</given><family>Exemplar</family></name>
  <administrativeGenderCode code="F" codeSystem="2.16.840.1.113883.5.1"/><birthTime value="19580704"/></patient>"#
                .into(),
            author: AUTHOR.into(),
            header: String::new(),
            sections: String::new(),
        }
    }

    /// The content of `patientRole`.
    pub fn role(mut self, xml: &str) -> Doc {
        self.patient_role = xml.into();
        self
    }

    /// The content of `patient`, in a `patientRole` with an id.
    pub fn patient(self, xml: &str) -> Doc {
        self.role(&format!(r#"<id root="2.16.840.1.113883.19.5.99999.2" extension="MRN-1"/><patient>{xml}</patient>"#))
    }

    /// Other authors of the document; may be none.
    pub fn author(mut self, xml: &str) -> Doc {
        self.author = xml.into();
        self
    }

    /// What follows the custodian in the header.
    pub fn header(mut self, xml: &str) -> Doc {
        self.header.push_str(xml);
        self
    }

    /// A section with its narrative and its entries (with their `entry` elements).
    pub fn section(mut self, code: &str, text: &str, entries: &str) -> Doc {
        write!(
            self.sections,
            r#"<component><section><code code="{code}" codeSystem="2.16.840.1.113883.6.1"/><title>Section {code}</title>
<text>{text}</text>{entries}</section></component>"#
        )
        .unwrap();
        self
    }

    /// A section as it stands.
    pub fn raw_section(mut self, xml: &str) -> Doc {
        write!(self.sections, "<component>{xml}</component>").unwrap();
        self
    }

    pub fn xml(&self) -> String {
        let body = if self.sections.is_empty() {
            String::new()
        } else {
            format!("<component><structuredBody>{}</structuredBody></component>", self.sections)
        };
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:sdtc="urn:hl7-org:sdtc" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<realmCode code="US"/><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
<id root="2.16.840.1.113883.19.5.99999.1" extension="DOC-1"/>
<code code="34133-9" codeSystem="2.16.840.1.113883.6.1" displayName="Summary"/><title>Check</title>
<effectiveTime value="20240312093000-0500"/>
<confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/><languageCode code="en-US"/>
<recordTarget><patientRole>{}</patientRole></recordTarget>
{}
<custodian><assignedCustodian><representedCustodianOrganization>
<id root="2.16.840.1.113883.19.5.99999.9"/><name>Exampleton Practice</name>
</representedCustodianOrganization></assignedCustodian></custodian>
{}{body}</ClinicalDocument>"#,
            self.patient_role, self.author, self.header
        )
    }

    pub fn convert(&self) -> Made {
        convert(self.xml().as_bytes())
    }
}

/// A converted document.
pub struct Made {
    pub json: String,
    pub bundle: Value,
    pub issues: Vec<Issue>,
    by_url: HashMap<String, Value>,
}

/// Converts with the built-in packs and default options.
pub fn convert(bytes: &[u8]) -> Made {
    convert_with(converter(), bytes, &Options::default())
}

pub fn convert_with(converter: &Converter, bytes: &[u8], options: &Options) -> Made {
    let mut all = granule::intake::convert(converter, bytes, options).unwrap_or_else(|e| panic!("refused: {e}"));
    assert_eq!(all.len(), 1, "one document");
    let conversion = all.remove(0).unwrap_or_else(|e| panic!("refused: {e}"));
    if std::ptr::eq(converter, self::converter()) {
        FIRED.with(|f| f.borrow_mut().extend(conversion.fired.iter().map(|r| r.0)));
    }
    let json = String::from_utf8(conversion.bundle.to_json(false)).unwrap();
    let bundle: Value = serde_json::from_str(&json).unwrap();
    let mut by_url = HashMap::new();
    for e in bundle["entry"].as_array().into_iter().flatten() {
        by_url.insert(e["fullUrl"].as_str().unwrap_or("").to_owned(), e["resource"].clone());
    }
    holds::gate_rests(&bundle, "the document of this test");
    Made { json, bundle, issues: conversion.issues, by_url }
}

impl Made {
    /// All resources of a type.
    pub fn all(&self, ty: &str) -> Vec<&Value> {
        self.resources().into_iter().filter(|r| r["resourceType"] == ty).collect()
    }

    pub fn resources(&self) -> Vec<&Value> {
        self.bundle["entry"].as_array().into_iter().flatten().map(|e| &e["resource"]).collect()
    }

    /// The one resource of a type.
    #[track_caller]
    pub fn one(&self, ty: &str) -> &Value {
        let all = self.all(ty);
        assert_eq!(all.len(), 1, "there are {} of {ty}, not one: {}\n{}", all.len(), self.types(), self.said());
        all[0]
    }

    /// The one resource of a type at whose path a text stands.
    #[track_caller]
    pub fn with(&self, ty: &str, path: &str, text: &str) -> &Value {
        let all: Vec<&Value> =
            self.all(ty).into_iter().filter(|r| self.texts(r, path).iter().any(|t| t == text)).collect();
        assert_eq!(
            all.len(),
            1,
            "there are {} of {ty} with {path} = {text}: {}\n{}",
            all.len(),
            self.types(),
            self.said()
        );
        all[0]
    }

    fn types(&self) -> String {
        self.resources().iter().filter_map(|r| r["resourceType"].as_str()).collect::<Vec<_>>().join(" ")
    }

    fn said(&self) -> String {
        self.issues.iter().fold(String::new(), |mut s, i| {
            let _ = writeln!(s, "  {:?} {} {:?} {}", i.severity, i.code, i.row, i.message);
            s
        })
    }

    /// Whether an issue of a code was reported.
    pub fn reported(&self, code: &str) -> bool {
        self.issues.iter().any(|i| i.code == code)
    }

    /// What a reference leads to.
    pub fn target(&self, reference: &Value) -> Option<&Value> {
        self.by_url.get(reference["reference"].as_str()?)
    }

    /// What stands at a path. Steps: a name; `name[2]`; `extension(end of its URL)`; `resolve()`. Lists are gone through.
    pub fn at<'m>(&'m self, from: &'m Value, path: &str) -> Vec<&'m Value> {
        let mut found = vec![from];
        for step in steps(path) {
            found = found
                .into_iter()
                .flat_map(|v| -> Vec<&'m Value> {
                    if step == "resolve()" {
                        return self.target(v).into_iter().collect();
                    }
                    if let Some((name, end)) = step.strip_suffix(')').and_then(|s| s.split_once('(')) {
                        return items(&v[name])
                            .into_iter()
                            .filter(|e| e["url"].as_str().is_some_and(|u| u.ends_with(end)))
                            .collect();
                    }
                    if let Some((name, index)) = step.strip_suffix(']').and_then(|s| s.split_once('[')) {
                        return v[name].get(index.parse::<usize>().unwrap()).into_iter().collect();
                    }
                    items(&v[step])
                })
                .collect();
        }
        found
    }

    /// The same as texts: strings without quotes, numbers and booleans as JSON writes them, objects as JSON.
    pub fn texts(&self, from: &Value, path: &str) -> Vec<String> {
        self.at(from, path)
            .into_iter()
            .map(|v| match v {
                Value::String(s) => s.clone(),
                other => other.to_string(),
            })
            .collect()
    }

    /// At a path stand exactly these texts, in this order.
    #[track_caller]
    pub fn is(&self, from: &Value, path: &str, want: &[&str]) {
        let have = self.texts(from, path);
        assert_eq!(have, want, "{path} in\n{}\n{}", pretty(from), self.said());
    }

    /// At a path stands this text among others.
    #[track_caller]
    pub fn has(&self, from: &Value, path: &str, want: &str) {
        let have = self.texts(from, path);
        assert!(
            have.iter().any(|t| t == want),
            "{path} is {have:?}, wants {want}, in\n{}\n{}",
            pretty(from),
            self.said()
        );
    }

    /// At a path stands nothing.
    #[track_caller]
    pub fn none(&self, from: &Value, path: &str) {
        let have = self.texts(from, path);
        assert!(have.is_empty(), "{path} is {have:?}, wants nothing, in\n{}", pretty(from));
    }

    /// A text stands somewhere below a path.
    #[track_caller]
    pub fn contains(&self, from: &Value, path: &str, part: &str) {
        let have = self.texts(from, path).join("\n");
        assert!(have.contains(part), "{path} is {have:?}, wants {part:?} in it");
    }
}

fn steps(path: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (i, c) in path.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            '.' if depth == 0 => {
                out.push(&path[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    out.push(&path[start..]);
    out
}

fn items(v: &Value) -> Vec<&Value> {
    match v {
        Value::Null => vec![],
        Value::Array(a) => a.iter().collect(),
        v => vec![v],
    }
}

/// A value without the members of these names, however deep they stand.
pub fn without(v: &Value, names: &[&str]) -> Value {
    match v {
        Value::Object(o) => {
            let kept = o.iter().filter(|(k, _)| !names.contains(&k.as_str()));
            kept.map(|(k, v)| (k.clone(), without(v, names))).collect()
        }
        Value::Array(all) => all.iter().map(|v| without(v, names)).collect(),
        other => other.clone(),
    }
}

pub fn pretty(v: &Value) -> String {
    serde_json::to_string_pretty(v).unwrap()
}

/// `system|code` of every coding at a path.
pub fn codes(made: &Made, from: &Value, path: &str) -> Vec<String> {
    made.at(from, path)
        .into_iter()
        .flat_map(|c| if c["coding"].is_null() { vec![c] } else { items(&c["coding"]) })
        .map(|c| format!("{}|{}", c["system"].as_str().unwrap_or(""), c["code"].as_str().unwrap_or("")))
        .collect()
}

pub const SNOMED: &str = "http://snomed.info/sct";
pub const LOINC: &str = "http://loinc.org";
pub const ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";

/// Tests, and the list of them, so that row coverage can run the same documents.
#[macro_export]
macro_rules! checks {
    ($($(#[$meta:meta])* fn $name:ident() $body:block)*) => {
        $($(#[$meta])* #[test] fn $name() $body)*
        /// All checks of this file.
        pub const ALL: &[(&str, fn())] = &[$((stringify!($name), $name)),*];
    };
}
