//! Every coded statement of the UK's real documents: it stands in one resource of the right type, whole, and turns round nowhere. The source is
//! read here with roxmltree alone, without anything of granule's own reading.

mod common;

use std::collections::BTreeMap;

use common::*;
use granule::convert::{Converter, Options, Original};
use granule::mapping::diagnostics::SourceFile;
use granule::mapping::packs;
use roxmltree::Node;
use serde_json::Value;

/// A kind of statement: classes of templates (what stands behind `#`), its name, and what may come of it when it has happened, and when it is only meant.
type Kind = (&'static [&'static str], &'static str, &'static [&'static str], &'static [&'static str]);

const KINDS: &[Kind] = &[
    (&["Diagnosis"], "diagnosis", &["Condition"], &[]),
    (&["Problem"], "problem", &["Condition"], &[]),
    (
        &["Finding", "PhysicalWellBeing", "ActivityOfDailyLiving", "Mobility", "Assessment"],
        "finding",
        &["Observation"],
        &[],
    ),
    (&["Allergy", "AllergyEvent"], "allergy", &["AllergyIntolerance"], &[]),
    (&["Treatment", "Procedure", "Investigation"], "procedure", &["Procedure"], &["ServiceRequest"]),
    (
        &["MedicationAdministrationDose", "SupplyMedication"],
        "medicine",
        &["MedicationAdministration", "MedicationDispense", "MedicationStatement"],
        &["MedicationRequest"],
    ),
];

/// Statuses that say: it is, it was done.
const DONE: &[&str] = &["completed", "in-progress", "final", "active"];

/// One statement: its kind, what it says, and what is wrong with its resource.
struct Judged {
    kind: &'static str,
    said: String,
    fault: Option<String>,
}

#[test]
fn each_coded_statement_is_found_whole_and_not_turned_round() {
    let Some(shared) = shared("uk_statements") else { return };
    let corpus = shared.join("corpus");
    let mut folders = vec![corpus.join("documents/UK"), corpus.join("documents/OTHER-GBR")];
    for folder in std::fs::read_dir(corpus.join("envelopes")).unwrap() {
        folders.push(folder.unwrap().path());
    }
    let (mut documents, mut counts, mut faults) = (0, BTreeMap::<&str, usize>::new(), Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            for judged in judge_all(converter(), &bytes) {
                documents += 1;
                for j in judged {
                    *counts.entry(j.kind).or_default() += 1;
                    if let Some(fault) = j.fault {
                        faults.push(format!("{}: {} {}: {fault}", path.display(), j.kind, j.said));
                    }
                }
            }
        }
    }
    let all: usize = counts.values().sum();
    println!("{documents} documents, {all} statements: {counts:?}");
    assert!(documents > 40, "{documents} documents");
    for (_, kind, ..) in KINDS {
        assert!(counts.contains_key(kind), "no {kind} met: {counts:?}");
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

/// What a judge must notice: a kind of statement that tables lose, a denial that they drop, an intention that reads as done.
#[test]
fn a_loss_and_a_flip_are_noticed() {
    let xml = std::fs::read_to_string(project("samples/uk-edischarge.xml")).unwrap();
    let faults = |pack: &str, xml: &str| -> Vec<String> {
        let mut files = packs::builtin();
        files.push(SourceFile { name: "lossy.toml".into(), text: pack.into() });
        let converter = Converter::new(packs::compile(files).unwrap());
        judge_all(&converter, xml.as_bytes())
            .into_iter()
            .flatten()
            .filter_map(|j| Some(format!("{} {}", j.kind, j.fault?)))
            .collect()
    };
    assert_eq!(faults("", &xml), Vec::<String>::new());
    for (rule, kind) in [("ukDiagnosis", "diagnosis"), ("ukAllergy", "allergy"), ("ukProcedure", "procedure")] {
        let lossy = format!("[rule.{rule}]\ndrop = true\nwhy = \"to be noticed\"\n");
        assert!(faults(&lossy, &xml).iter().any(|f| f.starts_with(kind)), "{rule}: {:?}", faults(&lossy, &xml));
    }
    let denied = xml.replace("#Diagnosis\"/>", "#Diagnosis\"/><!-- -->").replace(
        "<observation classCode=\"OBS\" moodCode=\"EVN\">",
        "<observation classCode=\"OBS\" moodCode=\"EVN\" negationInd=\"true\">",
    );
    let flat =
        "[rule.ukDiagnosis.rows]\nverificationStatus = { const = \"condition-ver-status|confirmed|Confirmed\" }\n";
    assert!(faults("", &denied).is_empty(), "{:?}", faults("", &denied));
    assert!(faults(flat, &denied).iter().any(|f| f.contains("denied")), "{:?}", faults(flat, &denied));
}

/// The documents of a file that stand in it as they are, each with its statements judged; none where it holds others as well (base64).
fn judge_all(converter: &Converter, bytes: &[u8]) -> Vec<Vec<Judged>> {
    let Ok(text) = std::str::from_utf8(bytes) else { return vec![] };
    let text = text.trim_start_matches('\u{feff}');
    let Ok(source) = roxmltree::Document::parse(text) else { return vec![] };
    let roots: Vec<Node> = source.descendants().filter(|n| n.tag_name().name() == "ClinicalDocument").collect();
    if roots.is_empty() {
        return vec![];
    }
    let options = Options { original: Original::Omit, ..Options::default() };
    let Ok(done) = granule::intake::convert(converter, bytes, &options) else { return vec![] };
    if done.len() != roots.len() {
        return vec![];
    }
    let mut all = Vec::new();
    for (root, done) in roots.into_iter().zip(done) {
        let Ok(done) = done else { continue };
        let bundle: Value = serde_json::from_slice(&done.bundle.to_json(false)).unwrap();
        let resources: Vec<Value> = bundle["entry"].as_array().unwrap().iter().map(|e| e["resource"].clone()).collect();
        all.push(root.descendants().filter_map(|n| judge(n, &resources)).collect());
    }
    all
}

fn child<'a, 'i>(n: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    n.children().find(|c| c.tag_name().name() == name)
}

fn judge(n: Node, resources: &[Value]) -> Option<Judged> {
    let template = n
        .children()
        .filter(|c| c.tag_name().name() == "templateId")
        .filter_map(|c| c.attribute("extension")?.split_once('#'))
        .find_map(|(_, class)| KINDS.iter().find(|k| k.0.contains(&class)))?;
    let (_, kind, done, meant) = *template;
    let id = child(n, "id").filter(|i| i.attribute("nullFlavor").is_none())?;
    let code = child(n, "code")?;
    let value = child(n, "value").filter(|v| v.attribute("code").is_some());
    // the kind of statement stands in the code, what it says in the value
    let coded = if code.attribute("code") == Some("439401001") { value? } else { code };
    let medicine = n
        .descendants()
        .find(|d| d.tag_name().name().contains("anufactured") && child(*d, "code").is_some())
        .and_then(|d| child(d, "code"));
    let coded = if kind == "medicine" { medicine? } else { coded };
    let number = coded.attribute("code")?;
    let words: Vec<String> = coded
        .children()
        .filter(|c| c.tag_name().name() == "originalText")
        .flat_map(|c| c.descendants().filter_map(|t| t.text()))
        .chain(coded.attribute("displayName"))
        .map(squeeze)
        .filter(|w| !w.is_empty())
        .collect();
    let identifier = match (id.attribute("extension"), id.attribute("root")) {
        (Some(extension), _) => extension.to_owned(),
        (None, root) => format!("urn:uuid:{}", root?.to_lowercase()),
    };
    let mood = n.attribute("moodCode").unwrap_or("EVN");
    let denied = n.attribute("negationInd") == Some("true");
    let planned = n.descendants().any(|d| matches!(d.attribute("code"), Some("397943006" | "385644000" | "385643006")));
    let event = mood == "EVN" && !planned;
    let types = if event { done } else { meant };
    let said = format!("{number} ({})", words.join("; "));
    let named =
        |r: &&Value| r["identifier"].as_array().is_some_and(|i| i.iter().any(|i| i["value"] == identifier.as_str()));
    let of: Vec<&Value> = resources.iter().filter(named).filter(|r| r["resourceType"] != "Encounter").collect();
    let fault = fault(&of, types, denied, event, number, &words, day(n));
    // R4 has no observation and no allergy that something is not so: they stay words
    let wordless = denied && of.is_empty() && matches!(kind, "finding" | "allergy");
    Some(Judged { kind, said, fault: fault.filter(|_| !wordless) })
}

/// What is wrong with the resources of a statement.
fn fault(
    of: &[&Value],
    types: &[&str],
    denied: bool,
    event: bool,
    number: &str,
    words: &[String],
    day: Option<String>,
) -> Option<String> {
    let right: Vec<&&Value> = of.iter().filter(|r| types.contains(&r["resourceType"].as_str().unwrap_or(""))).collect();
    let Some(found) = right.first() else {
        let others: Vec<&Value> = of.iter().map(|r| &r["resourceType"]).collect();
        return Some(format!("no resource of {types:?}; under its number stand {others:?}"));
    };
    if right.len() > 1 {
        return Some(format!("{} resources", right.len()));
    }
    let json = squeeze(&found.to_string());
    // a description id names no concept: it is carried as words
    let coded = json.contains(&format!("\"code\":\"{number}\""))
        || json.contains(number) && words.iter().any(|w| json.contains(w.as_str()));
    if !coded {
        return Some(format!("its code {number} is not in {json}"));
    }
    if let Some(day) = day.filter(|d| !json.contains(d.as_str())) {
        return Some(format!("its day {day} is not in {json}"));
    }
    let status = found["status"].as_str().unwrap_or("");
    let refuted = found["verificationStatus"].to_string().contains("refuted");
    let denial = refuted || matches!(status, "not-done" | "not-taken" | "declined") || found["doNotPerform"] == true;
    if denied && !denial {
        return Some("it is denied and reads as true".to_owned());
    }
    if !denied && refuted {
        return Some("it is said and reads as denied".to_owned());
    }
    if !event && DONE.contains(&status) && found["intent"].is_null() {
        return Some("it is meant and reads as done".to_owned());
    }
    None
}

fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The day of a statement, as R4 writes it.
fn day(n: Node) -> Option<String> {
    let time = child(n, "effectiveTime")?;
    let value = time
        .attribute("value")
        .or_else(|| ["low", "center"].iter().find_map(|p| child(time, p)?.attribute("value")))?;
    (value.len() >= 8 && value.as_bytes()[..8].iter().all(u8::is_ascii_digit))
        .then(|| format!("{}-{}-{}", &value[..4], &value[4..6], &value[6..8]))
}
