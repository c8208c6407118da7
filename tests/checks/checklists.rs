//! Which elements of a record standard a document gives: present, in words only, unclear or absent.

use std::collections::BTreeMap;

use super::uk::{Itk, snomed, template};
use crate::common::*;
use granule::checklist::report::{Counts, Report};
use granule::checklist::{State, held};
use granule::convert::{Converter, Options, Original};
use granule::mapping::diagnostics::SourceFile;
use granule::mapping::packs;

/// The states by `Heading` and `Heading / Element`, of the one list that a document is held to.
fn states(xml: &[u8]) -> BTreeMap<String, State> {
    let options = Options { original: Original::Omit, ..Options::default() };
    let done = granule::intake::convert(converter(), xml, &options).unwrap().remove(0).unwrap();
    let plan = converter().plan();
    let all = held(plan, &done);
    assert_eq!(all.len(), 1, "one list");
    let mut out = BTreeMap::new();
    for h in &all[0].headings {
        let heading = &plan.headings[h.heading];
        out.insert(heading.item.name.clone(), h.state);
        for (e, state) in heading.elements.iter().zip(&h.elements) {
            if let Some(state) = state {
                out.insert(format!("{} / {}", heading.item.name, e.name), *state);
            }
        }
    }
    out
}

fn sample(name: &str) -> BTreeMap<String, State> {
    states(&std::fs::read(project(&format!("samples/{name}"))).unwrap())
}

#[track_caller]
fn are(states: &BTreeMap<String, State>, state: State, names: &[&str]) {
    for name in names {
        assert_eq!(states.get(*name), Some(&state), "{name}");
    }
}

fn diagnosis(more: &str) -> String {
    format!(
        r#"<code code="887161000000102" codeSystem="2.16.840.1.113883.2.1.3.2.4.15"/><title>Diagnoses</title><text>See below</text><entry><observation classCode="OBS" moodCode="EVN"{more}>{}<id root="0C0A3C11-0001-4000-8000-000000000001"/>{}<statusCode code="active"/><effectiveTime value="20240201"/></observation></entry>"#,
        template("COCD_TP146011UK04#Diagnosis"),
        snomed("84114007", "Heart failure")
    )
}

crate::checks! {
    fn a_coded_edischarge_has_what_it_codes() {
        let s = sample("uk-edischarge.xml");
        are(&s, State::Present, &["Patient demographics / NHS number", "Admission details / Admission method", "Admission details / Source of admission",
            "Discharge details / Date/time of discharge", "Discharge details / Discharge method", "Diagnoses / Diagnosis name", "Procedures / Procedure name",
            "Allergies and adverse reactions / Causative agent", "Allergies and adverse reactions / Description of reaction",
            "Medications and Medical Devices / Name of discontinued medication", "Person completing record / Role", "Distribution list / Name"]);
        are(&s, State::Text, &["Social context"]);
        are(&s, State::Unclear, &["Discharge details / Discharge address", "Procedures / Laterality"]);
        are(&s, State::Absent, &["Clinical summary", "Clinical summary / Clinical summary", "Safety alerts / Risks to self", "GP practice / GP name"]);
    }

    fn a_list_is_chosen_by_the_kind_of_document() {
        assert!(sample("uk-emergency-department.xml").contains_key("Senior reviewing clinician / Name"));
        assert!(sample("uk-mental-health-discharge.xml").contains_key("Clinical summary / Formulation"));
        assert!(!sample("uk-discharge.xml").contains_key("Clinical summary / Formulation"));
        let done = converter().convert(Doc::new().xml().as_bytes(), &Options::default()).unwrap();
        assert!(held(converter().plan(), &done).is_empty());
    }

    fn what_is_excluded_or_not_done_is_no_element_of_the_standard() {
        let name = "Diagnoses / Diagnosis name";
        are(&states(Itk::new().section(&diagnosis("")).xml().as_bytes()), State::Present, &[name]);
        // the diagnosis was denied: its heading has entries, its name nobody gave
        let denied = states(Itk::new().section(&diagnosis(r#" negationInd="true""#)).xml().as_bytes());
        are(&denied, State::Unclear, &[name]);
        are(&denied, State::Present, &["Diagnoses"]);
    }

    fn words_count_where_they_are_labelled() {
        let discharge = |text: &str| {
            let code = r#"<code code="886811000000106" codeSystem="2.16.840.1.113883.2.1.3.2.4.15"/><title>Discharge details</title>"#;
            states(Itk::new().section(&format!("{code}<text>{text}</text>")).xml().as_bytes())
        };
        let table = discharge("<table><tbody><tr><td>Discharge address</td><td>7 Fable Street &amp; garden</td></tr></tbody></table>");
        are(&table, State::Text, &["Discharge details", "Discharge details / Discharge address"]);
        are(&table, State::Unclear, &["Discharge details / Discharge location"]);
        // part of a word is no label
        are(&discharge("Undischarge addresses"), State::Unclear, &["Discharge details / Discharge address"]);
        are(&discharge(""), State::Absent, &["Discharge details / Discharge address"]);
    }

    fn a_code_without_meaning_is_words() {
        // a SNOMED CT description id is no concept
        let s = states(Itk::new().section(&diagnosis("").replace("84114007", "2676104013")).xml().as_bytes());
        are(&s, State::Text, &["Diagnoses / Diagnosis name"]);
    }

    fn a_gender_that_nobody_gave_is_absent() {
        are(&states(Itk::new().xml().as_bytes()), State::Absent, &["Patient demographics / Gender"]);
    }

    fn a_report_counts_and_names_what_is_mandatory_and_absent() {
        let plan = converter().plan();
        let judged = |xml: &str| {
            let done = converter().convert(xml.as_bytes(), &Options::default()).unwrap();
            Some(held(plan, &done))
        };
        let one = Itk::new().section(&diagnosis("")).xml();
        let all = [("a.xml".to_owned(), judged(&one)), ("b.xml".to_owned(), judged(&Itk::new().xml())), ("c.xml".to_owned(), None), ("d.xml".to_owned(), judged(&Doc::new().xml()))];
        let report = Report::new(plan, &all);
        assert_eq!((report.refused, &report.without_list[..]), (1, &["d.xml".to_owned()][..]));
        let list = &report.checklists[0];
        assert_eq!(list.documents, 2);
        let diagnoses = list.headings.iter().find(|h| h.heading == "Diagnoses").unwrap();
        assert_eq!(diagnoses.counts, Counts { present: 1, absent: 1, ..Counts::default() });
        assert!(report.documents[1].missing.iter().any(|m| m == "Diagnoses / Diagnosis name"));
        assert!(!report.documents[0].missing.iter().any(|m| m.starts_with("Diagnoses")));
        // what must stand under an optional heading is asked for where the heading is
        assert!(!report.documents[1].missing.iter().any(|m| m.starts_with("Procedures")));
        let text = report.to_string();
        assert!(text.contains("absent, though mandatory: Diagnoses / Diagnosis name"), "{text}");
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["checklists"][0]["headings"][0]["need"], "mandatory");
        assert!(!json.to_string().contains("Testington"), "names of files and elements, nothing that documents say");
    }

    fn a_pack_has_lists_of_its_own() {
        let text = "[checklist.site]\ntitle = \"Ours\"\nif = \"code/@code='34133-9'\"\n[heading.Problems]\ncodes = \"LOINC|11450-4\"\nmandatory = \"site\"\n[heading.Problems.elements]\nCode = { required = \"site\", at = \"section.entry->Condition.code\" }\nWords = { optional = \"site\", labels = \"*\" }\n";
        let mut files = packs::builtin();
        files.push(SourceFile { name: "site/lists.toml".into(), text: text.into() });
        let converter = Converter::new(packs::compile(files).unwrap_or_else(|e| panic!("{e}")));
        let done = converter.convert(Doc::new().section("11450-4", "Gout", "").xml().as_bytes(), &Options::default()).unwrap();
        let held = held(converter.plan(), &done);
        assert_eq!(held.len(), 1);
        assert_eq!(held[0].headings.len(), 1, "headings of other lists are not asked for");
        assert_eq!(held[0].headings[0].state, State::Text);
        assert_eq!(held[0].headings[0].elements, [Some(State::Unclear), Some(State::Text)]);
    }
}
