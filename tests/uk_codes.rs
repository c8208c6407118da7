//! Codes of the UK's documents that stand nowhere in their bundles: `docs/uk.md` names each, with where its meaning stands. A code that gets lost is a
//! fault of this test until somebody has read it in its place. The source is read with roxmltree alone.

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use common::*;
use granule::convert::{Options, Original};
use roxmltree::Node;
use serde_json::Value;

/// Elements whose codes say how CDA is built, or are no codes of content.
const STRUCTURE: &[&str] = &["statusCode", "confidentialityCode", "languageCode"];

/// Codes of samples whose whole statement stays narrative on purpose and is reported, and the attribute of an invented qualifier.
const NARRATIVE: &[&str] = &["TESTIS", "DNACPR", "364589006", "6471006", "KIND"];

/// All texts of a bundle but those of the embedded original.
fn texts(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::String(s) => {
            into.insert(s.clone());
        }
        Value::Array(a) => a.iter().for_each(|v| texts(v, into)),
        Value::Object(o) => o.values().for_each(|v| texts(v, into)),
        _ => {}
    }
}

/// Codes of a document, by their place; those of HL7's own structural systems and null ones are none.
fn codes(document: Node<'_, '_>) -> Vec<(String, String)> {
    let coded = |n: Node<'_, '_>| {
        let code = n.attribute("code").map(str::trim).filter(|c| !c.is_empty())?;
        let own = n.attribute("codeSystem").is_some_and(|s| s.starts_with("2.16.840.1.113883.5."));
        let name = n.tag_name().name();
        if n.attribute("nullFlavor").is_some() || own || STRUCTURE.contains(&name) {
            return None;
        }
        Some((code.to_owned(), format!("{name} of {}", n.parent().map_or("", |p| p.tag_name().name()))))
    };
    document.descendants().filter(Node::is_element).filter_map(coded).collect()
}

/// Codes of a file that its bundles do not have, each with its place.
fn lost(path: &Path) -> BTreeMap<String, String> {
    let bytes = std::fs::read(path).unwrap();
    let options = Options { original: Original::Omit, ..Options::default() };
    let mut lost = BTreeMap::new();
    let message = granule::intake::open(&bytes, &options.limits).unwrap();
    for document in message.documents {
        let text = String::from_utf8_lossy(&document.bytes);
        let Ok(tree) = roxmltree::Document::parse(&text) else { continue };
        if !tree.root_element().children().any(|c| c.tag_name().name() == "messageType") {
            continue;
        }
        let Ok(done) = converter().convert(&document.bytes, &options) else { continue };
        let mut said = BTreeSet::new();
        texts(&serde_json::from_slice(&done.bundle.to_json(false)).unwrap(), &mut said);
        lost.extend(codes(tree.root_element()).into_iter().filter(|(c, _)| !said.contains(c)));
    }
    lost
}

/// The codes that the page names.
fn named() -> BTreeSet<String> {
    let page = std::fs::read_to_string(project("docs/uk.md")).unwrap();
    let table = page.split("### Codes that are not carried").nth(1).expect("the section of docs/uk.md");
    let rows = table.lines().skip_while(|l| !l.starts_with("|---")).skip(1).take_while(|l| l.starts_with('|'));
    let first = rows.map(|l| l.split('|').nth(1).unwrap_or_default().to_owned());
    first.flat_map(|cell| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()).collect()
}

fn under(folder: &Path, into: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { under(&path, into) } else { into.push(path) }
    }
}

#[test]
fn each_code_that_is_not_carried_is_named_with_its_place() {
    let named = named();
    assert!(named.len() > 20, "{named:?}");
    let mut seen = BTreeSet::new();
    let mut unnamed = Vec::new();
    let mut judge = |path: &Path, besides: &[&str]| {
        for (code, place) in lost(path) {
            if !named.contains(&code) && !besides.contains(&code.as_str()) {
                unnamed.push(format!("{}: {code}, {place}", path.display()));
            }
            seen.insert(code);
        }
    };
    let uk = |p: &Path| p.file_name().is_some_and(|n| n.to_string_lossy().starts_with("uk-"));
    for path in files("samples", ".xml").into_iter().chain(files("samples", ".itk")).filter(|p| uk(p)) {
        judge(&path, NARRATIVE);
    }
    let shared = shared("uk_codes");
    if let Some(shared) = &shared {
        let mut documents = Vec::new();
        under(&shared.join("corpus/documents/UK"), &mut documents);
        assert!(documents.len() > 40);
        documents.iter().for_each(|path| judge(path, &[]));
    }
    assert!(
        unnamed.is_empty(),
        "codes that are lost and that docs/uk.md does not name:\n{}\ncarry them, or say there where their meaning stands",
        unnamed.join("\n")
    );
    if shared.is_some() {
        let gone: Vec<_> = named.iter().filter(|c| !seen.contains(*c)).collect();
        assert!(gone.is_empty(), "docs/uk.md names codes that are carried, or are nowhere: {gone:?}");
    }
}
