//! The examples of docs/mapping.md are true: each is loaded on top of the built-in packs, run, and compared.
//!
//! A fenced block says in its info string to which examples it belongs:
//! - `toml example=NAME[,NAME…]`: a pack of that example; blocks of one example overlay each other in order;
//! - `toml fault=CODE`: a pack that is refused with this diagnostic code;
//! - `xml example=NAME [section=CODE]`: an entry (put into a section of that code), a `section`, or any part of the header;
//! - `json example=NAME`: a resource, or a list of resources, that the bundle must contain;
//! - `text issues=NAME`: codes of issues that the conversion must report, one a line.
//!
//! In the expected JSON `null` means absent, and the text `…` means any text.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use granule::convert::{Conversion, Converter, Options};
use granule::mapping::diagnostics::{Diagnostics, SourceFile};
use granule::mapping::{packs, plan::Plan};
use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

struct Block {
    language: String,
    words: Vec<(String, String)>,
    line: usize,
    text: String,
}

impl Block {
    fn word(&self, word: &str) -> Option<&str> {
        self.words.iter().find(|(k, _)| k == word).map(|(_, v)| v.as_str())
    }

    fn belongs_to(&self, language: &str, word: &str, name: &str) -> bool {
        self.language == language && self.word(word).is_some_and(|names| names.split(',').any(|n| n == name))
    }
}

/// The fenced blocks of a page.
fn blocks(page: &str) -> Vec<Block> {
    let mut out: Vec<Block> = Vec::new();
    let mut open = false;
    for (i, line) in page.lines().enumerate() {
        match line.strip_prefix("```") {
            Some(info) if !open => {
                let mut words = info.split_whitespace();
                let language = words.next().unwrap_or("").to_owned();
                let words = words.map(|w| {
                    w.split_once('=').map_or((w.to_owned(), String::new()), |(k, v)| (k.to_owned(), v.to_owned()))
                });
                out.push(Block { language, words: words.collect(), line: i + 1, text: String::new() });
                open = true;
            }
            Some(_) => open = false,
            None if open => {
                let text = &mut out.last_mut().expect("an open block").text;
                text.push_str(line);
                text.push('\n');
            }
            None => {}
        }
    }
    assert!(!open, "a fenced block is never closed");
    out
}

fn plan(packs_of_example: Vec<SourceFile>) -> Result<Plan, Diagnostics> {
    let mut files = packs::builtin();
    files.extend(packs_of_example);
    packs::compile(files)
}

/// A document of nothing but a patient, what belongs into the header, and sections.
fn document(parts: &[(&str, Option<&str>)]) -> String {
    let (mut header, mut body) = (String::new(), String::new());
    for (xml, section) in parts {
        let xml = xml.trim();
        if xml.starts_with("<section") {
            body.push_str(&format!("<component>{xml}</component>"));
        } else if xml.starts_with("<entry") {
            let code =
                section.map_or_else(String::new, |c| format!("<code code='{c}' codeSystem='2.16.840.1.113883.6.1'/>"));
            body.push_str(&format!(
                "<component><section>{code}<title>Section</title><text>Text</text>{xml}</section></component>"
            ));
        } else {
            header.push_str(xml);
        }
    }
    format!(
        "<ClinicalDocument xmlns='urn:hl7-org:v3' xmlns:sdtc='urn:hl7-org:sdtc' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'>
<typeId root='2.16.840.1.113883.1.3' extension='POCD_HD000040'/><id root='1.3.6.1.4.1.99999.2' extension='example'/>
<code code='34133-9' codeSystem='2.16.840.1.113883.6.1'/><title>Example</title><effectiveTime value='20240305'/>
<confidentialityCode code='N' codeSystem='2.16.840.1.113883.5.25'/><languageCode code='en-US'/>
<recordTarget><patientRole><id root='1.3.6.1.4.1.99999.1' extension='P-1'/><patient><name><given>Exa</given><family>Mple</family></name>
<administrativeGenderCode code='F' codeSystem='2.16.840.1.113883.5.1'/><birthTime value='1950'/></patient></patientRole></recordTarget>
{header}<component><structuredBody>{body}</structuredBody></component></ClinicalDocument>"
    )
}

fn resources(conversion: &Conversion) -> Vec<Value> {
    let bundle: Value = serde_json::from_slice(&conversion.bundle.to_json(false)).expect("a bundle is JSON");
    bundle["entry"].as_array().into_iter().flatten().map(|e| e["resource"].clone()).collect()
}

/// Whether what is expected is in what is there; the list of expectations may be shorter than what is there.
fn contains(actual: &Value, expected: &Value) -> bool {
    match (actual, expected) {
        (Value::Object(a), Value::Object(e)) => e.iter().all(|(k, want)| match (a.get(k), want) {
            (None, Value::Null) => true,
            (Some(have), want) => contains(have, want),
            (None, _) => false,
        }),
        (Value::Array(a), Value::Array(e)) => {
            let mut used = vec![false; a.len()];
            e.iter().all(|want| {
                let found = (0..a.len()).find(|i| !used[*i] && contains(&a[*i], want));
                found.map(|i| used[i] = true).is_some()
            })
        }
        (Value::String(_), Value::String(e)) if e == "…" => true,
        _ => actual == expected,
    }
}

/// What is wrong with a conversion by an expectation; `None` when nothing.
fn differs(conversion: &Conversion, expected: &Value) -> Option<String> {
    let have = resources(conversion);
    let list = expected.as_array().cloned().unwrap_or_else(|| vec![expected.clone()]);
    for want in list {
        if !have.iter().any(|r| contains(r, &want)) {
            let near: Vec<&Value> = have.iter().filter(|r| r["resourceType"] == want["resourceType"]).collect();
            let show = |v: &Value| serde_json::to_string_pretty(v).unwrap_or_default();
            let near = near.into_iter().map(show).collect::<Vec<_>>().join("\n");
            return Some(format!(
                "no resource of the bundle contains\n{}\nof this type are there:\n{near}",
                show(&want)
            ));
        }
    }
    None
}

fn converts(plan: Plan, xml: &str) -> Conversion {
    Converter::new(plan)
        .convert(xml.as_bytes(), &Options::default())
        .unwrap_or_else(|e| panic!("not converted: {e}\n{xml}"))
}

#[test]
fn examples_of_the_page_are_true() {
    let page = std::fs::read_to_string(root().join("docs/mapping.md")).expect("docs/mapping.md");
    let blocks = blocks(&page);
    let mut names: BTreeMap<&str, usize> = BTreeMap::new();
    for b in &blocks {
        for name in b.word("example").into_iter().flat_map(|n| n.split(',')) {
            names.entry(name).or_insert(b.line);
        }
    }
    assert!(names.len() >= 15, "the page has lost its examples: {}", names.len());
    let mut faults = Vec::new();
    for (name, line) in names {
        let tables = blocks.iter().filter(|b| b.belongs_to("toml", "example", name));
        let files = tables
            .enumerate()
            .map(|(i, b)| SourceFile {
                name: format!("docs/mapping.md:{}/{name}-{i}.toml", b.line),
                text: b.text.clone(),
            })
            .collect();
        let plan = match plan(files) {
            Ok(plan) => plan,
            Err(e) => {
                faults.push(format!("{name} (line {line}): the tables are refused\n{e}"));
                continue;
            }
        };
        let parts: Vec<(&str, Option<&str>)> = blocks
            .iter()
            .filter(|b| b.belongs_to("xml", "example", name))
            .map(|b| (b.text.as_str(), b.word("section")))
            .collect();
        assert!(!parts.is_empty(), "{name} (line {line}) has no source");
        let conversion = converts(plan, &document(&parts));
        let expected: Vec<&Block> = blocks.iter().filter(|b| b.belongs_to("json", "example", name)).collect();
        let issues: Vec<&Block> = blocks.iter().filter(|b| b.belongs_to("text", "issues", name)).collect();
        assert!(!expected.is_empty() || !issues.is_empty(), "{name} (line {line}) expects nothing");
        for e in expected {
            let value: Value =
                serde_json::from_str(&e.text).unwrap_or_else(|x| panic!("{name} (line {}): {x}", e.line));
            faults.extend(differs(&conversion, &value).map(|d| format!("{name} (line {}): {d}", e.line)));
        }
        for code in issues.iter().flat_map(|b| b.text.lines()).map(str::trim).filter(|l| !l.is_empty()) {
            if !conversion.issues.iter().any(|i| i.code == code) {
                let have: Vec<&str> = conversion.issues.iter().map(|i| i.code.as_str()).collect();
                faults.push(format!("{name} (line {line}): no issue `{code}` was reported, only {have:?}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

#[test]
fn faults_of_the_page_are_found() {
    let page = std::fs::read_to_string(root().join("docs/mapping.md")).expect("docs/mapping.md");
    let mut count = 0;
    for b in blocks(&page) {
        let Some(code) = b.word("fault").map(str::to_owned) else { continue };
        count += 1;
        let file = SourceFile { name: format!("docs/mapping.md:{}.toml", b.line), text: b.text.clone() };
        match plan(vec![file]) {
            Ok(_) => panic!("line {}: the tables are accepted, {code} was expected", b.line),
            Err(e) => assert!(
                e.0.iter().all(|d| d.code == code) && !e.0.is_empty(),
                "line {}: {code} was expected\n{e}",
                b.line
            ),
        }
    }
    assert!(count >= 3, "the page has lost its faults: {count}");
}

/// Every code that the loader and the compiler give is explained, and no other.
#[test]
fn all_diagnostic_codes_are_listed() {
    let page = std::fs::read_to_string(root().join("docs/mapping.md")).expect("docs/mapping.md");
    let listed: std::collections::BTreeSet<String> = page
        .lines()
        .filter_map(|l| l.strip_prefix("| M"))
        .filter_map(|l| l.get(..3))
        .map(|n| format!("M{n}"))
        .collect();
    let mut given = std::collections::BTreeSet::new();
    for file in [
        "load",
        "load/events",
        "load/reviews",
        "load/rules",
        "compile",
        "compile/events",
        "compile/paths",
        "compile/rows",
        "packs",
    ] {
        let source = std::fs::read_to_string(root().join(format!("src/mapping/{file}.rs"))).expect("the source");
        for (at, _) in source.match_indices("\"M0") {
            given.insert(source[at + 1..at + 5].to_owned());
        }
    }
    assert_eq!(listed, given, "left: docs/mapping.md, right: src/mapping");
}

#[test]
fn all_transforms_are_listed() {
    let page = std::fs::read_to_string(root().join("docs/mapping.md")).expect("docs/mapping.md");
    let (_, part) = page.split_once("\n## Transforms\n").expect("the chapter on transforms");
    let (part, _) = part.split_once("\n## ").expect("a chapter after it");
    let mut listed: Vec<&str> = part.lines().filter_map(|l| l.strip_prefix("| `")?.split('`').next()).collect();
    let mut given: Vec<&str> = granule::mapping::native::NATIVES.iter().map(|n| n.name).collect();
    listed.sort_unstable();
    given.sort_unstable();
    assert_eq!(listed, given, "left: docs/mapping.md, right: src/mapping/native/types.rs");
    let schema = schema();
    let via = &schema["definitions"]["words"]["properties"]["via"]["anyOf"];
    let enumerated = via[0]["enum"].as_array().expect("an enum");
    let mut enumerated: Vec<&str> = enumerated.iter().filter_map(Value::as_str).collect();
    // those that are told something stand in a pattern: ^(a|b)\(.+\)$
    let told = via[1]["pattern"].as_str().expect("a pattern");
    enumerated.extend(told.trim_start_matches("^(").split(')').next().expect("names").split('|'));
    enumerated.sort_unstable();
    assert_eq!(enumerated, given, "left: docs/granule-tables.schema.json, right: src/mapping/native/types.rs");
}

/// Every demand that profiles of the built-in packs name is explained.
#[test]
fn all_checks_of_profiles_are_listed() {
    let page = std::fs::read_to_string(root().join("docs/mapping.md")).expect("docs/mapping.md");
    let line = page.lines().find(|l| l.starts_with("| `checks` |")).expect("the line on checks");
    let mut faults = granule::mapping::diagnostics::Diagnostics::default();
    let (tables, ..) = packs::read(packs::builtin(), &mut faults);
    for check in tables.profiles.values().flat_map(|p| &p.checks) {
        assert!(line.contains(&format!("`{check}`")), "docs/mapping.md does not list the check `{check}`");
    }
}

fn schema() -> Value {
    let text = std::fs::read_to_string(root().join("docs/granule-tables.schema.json")).expect("the schema");
    serde_json::from_str(&text).expect("JSON")
}

/// The page and the schema know the words of a row that the loader knows.
#[test]
fn all_words_are_listed() {
    let page = std::fs::read_to_string(root().join("docs/mapping.md")).expect("docs/mapping.md");
    let (_, part) = page.split_once("\nIn a row ").expect("the table of words");
    let (part, _) = part.split_once("\n## ").expect("a chapter after it");
    let schema = schema();
    for word in granule::mapping::load::ROW_WORDS {
        let rows = part.lines().filter_map(|l| l.strip_prefix("| ")?.split(" | ").next());
        assert!(
            rows.flat_map(|r| r.split(", ")).any(|w| w == format!("`{word}`")),
            "docs/mapping.md does not list `{word}`"
        );
        let known = !schema["definitions"]["words"]["properties"][word].is_null();
        assert!(known || *word == "replace", "the schema does not know `{word}`");
    }
}

#[test]
fn the_site_pack_works() {
    let folder = root().join("docs/examples/site-pack");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(&folder).expect("the pack").map(|f| f.expect("a file").path()).collect();
    paths.sort();
    let files = paths
        .iter()
        .filter(|p| packs::is_pack_file(&p.to_string_lossy()))
        .map(|p| SourceFile { name: name_of(p), text: std::fs::read_to_string(p).expect("a file of the pack") })
        .collect();
    let plan = plan(files).unwrap_or_else(|e| panic!("{e}"));
    let xml = std::fs::read_to_string(root().join("docs/examples/walk-test.xml")).expect("the document");
    let conversion = converts(plan, &xml);
    let expected =
        std::fs::read_to_string(root().join("docs/examples/walk-test.expected.json")).expect("what is expected");
    let expected: Value = serde_json::from_str(&expected).expect("JSON");
    if let Some(d) = differs(&conversion, &expected) {
        panic!("{d}");
    }
    let unmapped: Vec<_> = conversion.issues.iter().filter(|i| i.code == "statement-not-mapped").collect();
    assert!(unmapped.is_empty(), "{unmapped:?}");
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}
