//! Every discharge summary of the reference documents, one by one: its admission and discharge diagnoses and medicines, course, instructions,
//! disposition and follow-up. The source is read here with roxmltree alone, without anything of granule's own reading.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::*;
use granule::convert::{Converter, Options, Original};
use granule::mapping::diagnostics::SourceFile;
use granule::mapping::packs;
use rayon::prelude::*;
use roxmltree::Node;
use serde_json::Value;

/// Types of document that are discharge summaries.
const TYPES: &[&str] = &["18842-5", "34105-7"];
/// Sections by which any document is one, for what concerns them.
const MARKS: &[&str] = &["46241-6", "11535-2", "10183-2", "42346-7", "8648-8", "8653-8", "8650-2"];
/// Diagnoses, and their role at the visit of the header.
const DIAGNOSES: &[(&str, &str)] = &[("11535-2", "DD"), ("46241-6", "AD")];
const MEDICINES: &[(&str, bool)] = &[("10183-2", true), ("75311-1", true), ("42346-7", false)];
/// What comes after: plans, instructions.
const FOLLOW_UP: &[&str] = &["18776-5", "8653-8", "69730-0"];
/// Sections whose words must stand whole: course, instructions, disposition, follow-up, diet, findings, studies, and the ones above.
const TOLD: &[&str] = &[
    "8648-8", "8653-8", "8650-2", "18776-5", "69730-0", "42344-2", "10184-0", "11493-4", "18841-7", "42349-1",
    "51848-0", "51847-2", "11535-2", "46241-6", "10183-2", "75311-1", "42346-7",
];

/// One thing that a document says, and whether the bundle says it.
struct Fact {
    section: String,
    kind: &'static str,
    said: String,
    fault: Option<String>,
}

#[test]
fn each_discharge_summary_keeps_what_it_is_read_for() {
    let Some(shared) = shared("discharge_corpus") else { return };
    let corpus = shared.join("corpus");
    let catalog = std::fs::read_to_string(corpus.join("CATALOG.csv")).unwrap();
    let names: Vec<String> =
        catalog.lines().skip(1).filter_map(|l| csv(l).into_iter().next()).filter(|n| n.ends_with(".xml")).collect();
    assert!(names.len() > 2000, "{}", names.len());
    let found: Vec<(String, Vec<Fact>)> = names
        .par_iter()
        .filter_map(|name| {
            let bytes = std::fs::read(corpus.join(name)).ok()?;
            let text = text(&bytes);
            let document = roxmltree::Document::parse_with_options(
                &text,
                roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() },
            )
            .ok()?;
            let root = document.root_element();
            (root.tag_name().name() == "ClinicalDocument" && is_discharge(root))
                .then(|| (name.clone(), facts(converter(), &bytes, root)))
        })
        .collect();
    let mut kinds: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut faults = Vec::new();
    for (name, facts) in &found {
        for f in facts {
            let count = kinds.entry(f.kind).or_default();
            count.0 += 1;
            if let Some(fault) = &f.fault {
                count.1 += 1;
                faults.push(format!("{name}: section {}: {} {}: {fault}", f.section, f.kind, f.said));
            }
        }
    }
    let all: usize = kinds.values().map(|k| k.0).sum();
    println!("{} discharge documents, {all} facts; (checked, at fault): {kinds:?}", found.len());
    assert!(found.len() >= 150 && all > 1400, "{} documents, {all} facts", found.len());
    for kind in [
        "admission diagnosis",
        "discharge diagnosis",
        "discharge medicine",
        "admission medicine",
        "words",
        "disposition",
        "follow-up",
    ] {
        assert!(kinds.contains_key(kind), "no {kind} met");
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

/// What a walk must notice: tables that lose a kind of fact.
#[test]
fn a_loss_is_noticed_and_named() {
    let xml = std::fs::read_to_string(project("samples/discharge-summary.xml")).unwrap();
    let document = roxmltree::Document::parse(&xml).unwrap();
    let faults = |dropped: &str| -> Vec<(&str, String)> {
        let mut files = packs::builtin();
        if !dropped.is_empty() {
            let text = format!("[rule.{dropped}]\ndrop = true\nwhy = \"to be noticed\"\n");
            files.push(SourceFile { name: "lossy.toml".into(), text });
        }
        let converter = Converter::new(packs::compile(files).unwrap());
        facts(&converter, xml.as_bytes(), document.root_element())
            .into_iter()
            .filter_map(|f| Some((f.kind, f.fault?)))
            .collect()
    };
    assert_eq!(faults(""), []);
    for (rule, kind) in [
        ("problem", "discharge diagnosis"),
        ("dischargeDiagnosis", "discharge diagnosis"),
        ("medicationRequest", "discharge medicine"),
        ("section", "words"),
    ] {
        assert!(faults(rule).iter().any(|(k, _)| *k == kind), "{rule}: {:?}", faults(rule));
    }
}

/// The text of a document, as far as XML needs it; UTF-8, UTF-16 and Latin-1 occur.
fn text(bytes: &[u8]) -> String {
    let wide = |swap: bool| {
        let units = bytes[2..]
            .chunks_exact(2)
            .map(|c| if swap { u16::from_be_bytes([c[0], c[1]]) } else { u16::from_le_bytes([c[0], c[1]]) });
        String::from_utf16_lossy(&units.collect::<Vec<_>>())
    };
    match bytes {
        [0xff, 0xfe, ..] => wide(false),
        [0xfe, 0xff, ..] => wide(true),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
            Err(_) => bytes.iter().map(|b| char::from(*b)).collect(),
        },
    }
}

/// The cells of a line of the catalogue.
fn csv(line: &str) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            c => cell.push(c),
        }
    }
    cells.push(cell);
    cells
}

fn is(node: &Node, name: &str) -> bool {
    node.is_element() && node.tag_name().name() == name
}

fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|c| is(c, name))
}

/// The codes of an element, its own (where it is not null) and its translations'.
fn coded(node: Node) -> BTreeSet<String> {
    let own = node.attribute("code").filter(|_| node.attribute("nullFlavor").is_none_or(|n| n == "OTH"));
    let others = node
        .children()
        .filter(|c| is(c, "translation") && c.attribute("nullFlavor").is_none())
        .filter_map(|t| t.attribute("code"));
    own.into_iter().chain(others).map(|c| c.trim().to_owned()).filter(|c| !c.is_empty()).collect()
}

fn section_codes(section: Node) -> BTreeSet<String> {
    child(section, "code").map(coded).unwrap_or_default()
}

fn sections<'a, 'i>(root: Node<'a, 'i>) -> Vec<Node<'a, 'i>> {
    root.descendants().filter(|n| is(n, "section")).collect()
}

fn is_discharge(root: Node) -> bool {
    let of_type = child(root, "code").is_some_and(|c| coded(c).iter().any(|c| TYPES.contains(&c.as_str())));
    of_type || sections(root).into_iter().any(|s| section_codes(s).iter().any(|c| MARKS.contains(&c.as_str())))
}

fn negated(node: Node) -> bool {
    let yes = |n: &Node| n.attribute("negationInd").is_some_and(|v| matches!(v.trim(), "true" | "1"));
    node.ancestors().take_while(|n| !is(n, "section")).any(|n| yes(&n))
}

/// Whether an element, or what it stands in, is null or was taken back.
fn void(node: Node) -> bool {
    let within = || node.ancestors().take_while(|n| !is(n, "section"));
    let nullified = |n: Node| child(n, "statusCode").and_then(|s| s.attribute("code")) == Some("nullified");
    within().any(|n| n.attribute("nullFlavor").is_some()) || within().any(nullified)
}

/// Whether it is about somebody else.
fn of_another(node: Node) -> bool {
    node.ancestors().take_while(|n| !is(n, "section")).any(|n| child(n, "subject").is_some())
}

fn below(node: Node, names: &[&str]) -> bool {
    node.ancestors().skip(1).take_while(|n| !is(n, "section")).any(|n| names.iter().any(|name| is(&n, name)))
}

fn facts(converter: &Converter, bytes: &[u8], root: Node) -> Vec<Fact> {
    let options = Options { original: Original::Omit, ..Options::default() };
    let refused = match granule::intake::convert(converter, bytes, &options) {
        Ok(all) => all.into_iter().find_map(Result::err).map(|e| e.to_string()),
        Err(e) => Some(e.to_string()),
    };
    if let Some(e) = refused {
        return vec![Fact { section: String::new(), kind: "document", said: "refused".into(), fault: Some(e) }];
    }
    let made = convert_with(converter, bytes, &options);
    let mut out = Vec::new();
    // statements about nobody become no resources (docs/policy.md); their words stay
    let patient = root.children().filter(|n| is(n, "recordTarget")).any(|t| child(t, "patientRole").is_some());
    let visit = root.descendants().find(|n| is(n, "encompassingEncounter"));
    if let Some(code) =
        visit.and_then(|v| child(v, "dischargeDispositionCode")).map(coded).and_then(|c| c.into_iter().next())
    {
        let kept = made
            .all("Encounter")
            .into_iter()
            .any(|e| made.texts(e, "hospitalization.dischargeDisposition.coding.code").contains(&code));
        let fault = (!kept).then(|| "no Encounter has it".to_owned());
        out.push(Fact { section: "header".into(), kind: "disposition", said: code, fault });
    }
    for section in sections(root) {
        let codes = section_codes(section);
        let own = |n: &Node| n.ancestors().find(|a| is(a, "section")) == Some(section);
        let name = codes.iter().next().cloned().unwrap_or_default();
        let mut push = |kind, said: String, fault| out.push(Fact { section: name.clone(), kind, said, fault });
        for (_, role) in DIAGNOSES.iter().filter(|(c, _)| patient && codes.contains(*c)) {
            let kind = if *role == "DD" { "discharge diagnosis" } else { "admission diagnosis" };
            for o in section.descendants().filter(|n| is(n, "observation") && own(n)) {
                let Some(value) =
                    child(o, "value").filter(|_| !below(o, &["observation"]) && !void(o) && !of_another(o))
                else {
                    continue;
                };
                if o.attribute("moodCode").is_some_and(|m| m != "EVN") || coded(value).is_empty() {
                    continue;
                }
                let said = coded(value).into_iter().collect::<Vec<_>>().join(" ");
                push(kind, said, diagnosis(&made, &coded(value), negated(o), role, visit.is_some()));
            }
        }
        for (_, discharge) in MEDICINES.iter().filter(|(c, _)| patient && codes.contains(*c)) {
            let kind = if *discharge { "discharge medicine" } else { "admission medicine" };
            for s in section.descendants().filter(|n| is(n, "substanceAdministration") && own(n)) {
                let material =
                    s.descendants().find(|n| is(n, "manufacturedMaterial") || is(n, "manufacturedLabeledDrug"));
                let codes = material.and_then(|m| child(m, "code")).map(coded).unwrap_or_default();
                if codes.is_empty() || below(s, &["substanceAdministration"]) || void(s) || of_another(s) {
                    continue;
                }
                let said = codes.iter().cloned().collect::<Vec<_>>().join(" ");
                push(kind, said, medicine(&made, &codes, negated(s), *discharge));
            }
        }
        if patient && FOLLOW_UP.iter().any(|c| codes.contains(*c)) {
            for entry in section.children().filter(|c| is(c, "entry")) {
                let Some(statement) = entry.children().find(Node::is_element).filter(|s| !void(*s) && !of_another(*s))
                else {
                    continue;
                };
                let planned = statement
                    .attribute("moodCode")
                    .is_some_and(|m| matches!(m, "INT" | "RQO" | "PRP" | "ARQ" | "APT" | "PRMS" | "GOL"));
                let wanted = child(statement, "code").map(coded).unwrap_or_default();
                if planned && !wanted.is_empty() && !is(&statement, "organizer") && !negated(statement) {
                    let said = wanted.iter().cloned().collect::<Vec<_>>().join(" ");
                    push("follow-up", said, follow_up(&made, &wanted));
                }
            }
        }
        if TOLD.iter().any(|c| codes.contains(*c))
            && let Some(text) = child(section, "text")
        {
            let words: String =
                text.descendants().filter(|n| n.is_text()).filter_map(|n| n.text()).collect::<Vec<_>>().join(" ");
            if words.chars().any(char::is_alphanumeric) {
                push(
                    "words",
                    words.split_whitespace().take(6).collect::<Vec<_>>().join(" "),
                    told(&made, &codes, &words),
                );
            }
        }
    }
    out
}

/// Whether one of the codes stands at a path.
fn bears(made: &Made, of: &Value, path: &str, codes: &BTreeSet<String>) -> bool {
    made.texts(of, path).iter().any(|c| codes.contains(c))
}

fn diagnosis(made: &Made, codes: &BTreeSet<String>, negated: bool, role: &str, visit: bool) -> Option<String> {
    let refuted = |c: &Value| made.texts(c, "verificationStatus.coding.code") == ["refuted"];
    let all: Vec<&Value> =
        made.all("Condition").into_iter().filter(|c| bears(made, c, "code.coding.code", codes)).collect();
    if all.is_empty() {
        return Some("no Condition has the code".into());
    }
    if negated {
        return (!all.iter().any(|c| refuted(c))).then(|| "it was denied, and no Condition of it is refuted".into());
    }
    let affirmed: Vec<&&Value> = all.iter().filter(|c| !refuted(c)).collect();
    if affirmed.is_empty() {
        return Some("it was affirmed, and all its Conditions are refuted".into());
    }
    if !affirmed.iter().any(|c| made.texts(c, "category.coding.code").iter().any(|k| k == "encounter-diagnosis")) {
        return Some("no Condition of it is an encounter diagnosis".into());
    }
    let linked = made.all("Encounter").into_iter().flat_map(|e| made.at(e, "diagnosis")).any(|d| {
        bears(made, d, "condition.resolve().code.coding.code", codes)
            && made.texts(d, "use.coding.code").iter().any(|u| u == role)
    });
    (visit && !linked).then(|| format!("the visit of the header has no diagnosis of it with the role {role}"))
}

fn medicine(made: &Made, codes: &BTreeSet<String>, negated: bool, discharge: bool) -> Option<String> {
    let of = |ty: &str| -> Vec<&Value> {
        let at = |r: &Value| {
            bears(made, r, "medicationCodeableConcept.coding.code", codes)
                || bears(made, r, "medicationReference.resolve().code.coding.code", codes)
        };
        made.all(ty).into_iter().filter(|r| at(r)).collect()
    };
    let (requests, statements) = (of("MedicationRequest"), of("MedicationStatement"));
    if requests.is_empty() && statements.is_empty() {
        return Some("no MedicationRequest or MedicationStatement has the code".into());
    }
    let denied = |r: &&Value| r["doNotPerform"] == true || r["status"] == "not-taken";
    let right = requests.iter().chain(&statements).any(|r| denied(r) == negated);
    if !right {
        return Some(
            if negated { "it was denied, and stands affirmed" } else { "it was affirmed, and stands denied" }.into(),
        );
    }
    let marked = requests.iter().any(|r| made.texts(r, "category.coding.code").iter().any(|c| c == "discharge"));
    (discharge && !requests.is_empty() && !marked).then(|| "no request of it bears the category discharge".into())
}

fn follow_up(made: &Made, codes: &BTreeSet<String>) -> Option<String> {
    let types = [
        "ServiceRequest",
        "MedicationRequest",
        "DeviceRequest",
        "Goal",
        "Appointment",
        "NutritionOrder",
        "SupplyRequest",
        "CarePlan",
        "Communication",
    ];
    let path = |r: &Value| match r["resourceType"].as_str() {
        Some("Goal") => vec!["description.coding.code", "target.measure.coding.code"],
        Some("MedicationRequest") => vec!["medicationCodeableConcept.coding.code"],
        Some("DeviceRequest") => vec!["codeCodeableConcept.coding.code"],
        _ => vec!["code.coding.code"],
    };
    let kept = types.iter().flat_map(|t| made.all(t)).any(|r| path(r).iter().any(|p| bears(made, r, p, codes)));
    (!kept).then(|| "no request or goal has the code".into())
}

/// Letters and digits alone, since narrative and XHTML differ in blanks.
fn skeleton(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

fn told(made: &Made, codes: &BTreeSet<String>, words: &str) -> Option<String> {
    let mut open: Vec<&Value> = made.at(made.one("Composition"), "section");
    let mut found = false;
    while let Some(section) = open.pop() {
        open.extend(made.at(section, "section"));
        if bears(made, section, "code.coding.code", codes) {
            found = true;
            let divs = made.texts(section, "text.div");
            let all: String = divs.iter().map(|d| plain(d)).collect();
            if skeleton(&all).contains(&skeleton(words)) {
                return None;
            }
        }
    }
    Some(
        if found { "its words do not stand whole in the section" } else { "the Composition has no such section" }
            .into(),
    )
}

/// The text of XHTML.
fn plain(div: &str) -> String {
    match roxmltree::Document::parse(div) {
        Ok(d) => d.descendants().filter(|n| n.is_text()).filter_map(|n| n.text()).collect::<Vec<_>>().join(" "),
        Err(e) => panic!("a narrative is no XML: {e}"),
    }
}
