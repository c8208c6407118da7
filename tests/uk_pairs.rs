//! NHS 111 reports beside what the NHS adaptor makes of them (STU3): fact by fact. A fact of theirs that ours has not is
//! of a kind that is listed here with its reason, or the test fails. Their output is evidence, no oracle: it drops local
//! numbers and states what no document says (`docs/uk.md`). Needs the reference folder.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::*;
use granule::convert::{Options, Original};
use serde_json::Value;

/// Where a fact of theirs stands (STU3 path, or its beginning), whose the difference is, and why.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    ("Questionnaire", "theirs", "they read the triage attachment; we carry it as it is and read nothing inside it"),
    ("QuestionnaireResponse", "theirs", "the same"),
    ("Observation", "theirs", "made of answers in the attachment, and of words of a section"),
    ("Encounter.participant.type.coding.code", "theirs", "PPRF for everybody; ours says what the header says"),
    ("Encounter.type.text", "theirs", "a constant"),
    ("RelatedPerson.relationship.coding.display", "theirs", "a constant: emergency contact"),
    (
        "MessageHeader",
        "theirs",
        "a referral message of their own with their clock and addresses; ours on request by --bundle message",
    ),
    (
        "Organization.type.text",
        "STU3 versus R4",
        "the kind of participation as a type of the organisation; ours is in Provenance",
    ),
    (
        "ReferralRequest",
        "STU3 versus R4",
        "no referral is made of a report: what was disposed is in Encounter and narrative",
    ),
    ("ProcedureRequest", "STU3 versus R4", "the same"),
    ("Composition.type", "theirs", "a constant in the place of the document's own type"),
    ("Composition.title", "theirs", "a constant"),
    ("Composition.section.title", "theirs", "names of resources as headings; ours are the sender's"),
    ("Composition.identifier.use", "theirs", "a constant"),
    ("Consent.identifier.use", "theirs", "a constant"),
    ("Consent.policyRule", "theirs", "opt-out for all: the document does not say so"),
    ("Consent.data.meaning", "theirs", "a constant"),
    ("Consent.period", "theirs", "the time of the call as the time of the consent"),
    ("CarePlan", "theirs", "made of words of a section, which stay narrative"),
    ("Device", "theirs", "the adaptor itself"),
    ("List", "theirs", "a list of their resources"),
    ("Practitioner.name.use", "theirs", "official: the document says no use"),
    ("Patient.name.use", "theirs", "the same"),
    ("RelatedPerson.name.use", "theirs", "the same"),
];

/// Elements that say how a resource is built.
const STRUCTURE: &[&str] =
    &["reference", "fullUrl", "id", "url", "div", "lastUpdated", "profile", "system", "resourceType", "status"];

fn facts(value: &Value, path: &str, out: &mut BTreeSet<(String, String)>) {
    match value {
        Value::Object(o) => o.iter().for_each(|(k, v)| facts(v, &format!("{path}.{k}"), out)),
        Value::Array(a) => a.iter().for_each(|v| facts(v, path, out)),
        Value::String(s) if !STRUCTURE.contains(&path.rsplit('.').next().unwrap_or("")) => {
            out.insert((path.to_owned(), s.clone()));
        }
        _ => {}
    }
}

/// As facts are compared: times as instants, telecoms without scheme, words in lower case.
fn normal(text: &str) -> String {
    if let Ok(t) = text.parse::<jiff::Timestamp>() {
        return t.to_string();
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    for scheme in ["tel:", "mailto:", "fax:"] {
        if let Some(rest) = text.strip_prefix(scheme) {
            return rest.trim().to_owned();
        }
    }
    text
}

#[test]
fn no_difference_to_the_adaptor_is_ours() {
    let Some(shared) = shared("uk_pairs") else { return };
    let list = std::fs::read_to_string(shared.join("corpus/PAIRS.csv")).unwrap();
    let pairs: Vec<(&str, &str)> = list
        .lines()
        .filter(|l| l.contains("integration-adaptor-111"))
        .map(|l| {
            let mut columns = l.split(',');
            (columns.next().unwrap(), columns.next().unwrap())
        })
        .collect();
    assert_eq!(pairs.len(), 15);
    let options = Options { original: Original::Omit, ..Options::default() };
    let (mut same, mut by_reason, mut ours_alone) = (0, BTreeMap::<&str, u32>::new(), Vec::new());
    for (cda, fhir) in pairs {
        let theirs: Value = serde_json::from_slice(
            &std::fs::read(shared.join("corpus").join(fhir.trim_start_matches("corpus/"))).unwrap(),
        )
        .unwrap();
        let bytes = std::fs::read(shared.join("corpus").join(cda)).unwrap();
        let mut ours = String::new();
        for done in granule::intake::convert(converter(), &bytes, &options).unwrap() {
            let bundle: Value = serde_json::from_slice(&done.unwrap().bundle.to_json(false)).unwrap();
            let mut all = BTreeSet::new();
            facts(&bundle, "", &mut all);
            for (_, text) in all {
                ours.push_str(&normal(&text));
                ours.push('\n');
            }
            // narrative counts as well
            ours.push_str(&normal(&bundle.to_string()));
        }
        let mut all = BTreeSet::new();
        for e in theirs["entry"].as_array().unwrap() {
            facts(&e["resource"], e["resource"]["resourceType"].as_str().unwrap(), &mut all);
        }
        for (path, text) in all {
            if ours.contains(&normal(&text)) {
                same += 1;
            } else if let Some((_, whose, _)) = DIFFERENCES.iter().find(|(at, _, _)| path.starts_with(at)) {
                *by_reason.entry(whose).or_default() += 1;
            } else {
                ours_alone.push(format!("{cda}: {path} = {text}"));
            }
        }
    }
    eprintln!("{same} facts of theirs are in ours; not: {by_reason:?}");
    assert!(ours_alone.is_empty(), "facts that we lose:\n{}", ours_alone.join("\n"));
}
