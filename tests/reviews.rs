//! Records of reviews: what makes them void and what does not, what is held back without them, and what is said of them.

mod common;
#[path = "common/scratch.rs"]
mod scratch;

use std::process::Command;

use common::*;
use granule::convert::{Converter, Level, Options};
use granule::mapping::ast::Tables;
use granule::mapping::diagnostics::{Diagnostics, SourceFile};
use granule::mapping::packs;
use granule::mapping::reviews::{Digests, Reviews};
use scratch::{Scratch, sample};

const PACK: &str = r#"
[systems]
score = "https://hospital.example/score"

[templates.WalkTest]
class = "observation"
oids = ["1.3.6.1.4.1.99999.5.1", "1.3.6.1.4.1.99999.5.2"]

[rule.walkTest]
to = "Observation"
entry = "observation[WalkTest and @moodCode='EVN']"
section = ["1-1", "2-2"]
require = "code"
source = "ours"

[rule.walkTest.rows]
status = [ { from = "statusCode/@code", map = "site-Status" }, { const = "unknown" } ]
code = { const = "score|walk|Walk test" }
subject = { to = "patient" }
value = "value"
"#;

const MAP: &str = r#"{"resourceType": "ConceptMap", "id": "site-Status", "url": "https://hospital.example/map", "status": "active",
 "group": [{"source": "http://terminology.hl7.org/CodeSystem/v3-ActStatus", "target": "http://hl7.org/fhir/observation-status",
  "element": [{"code": "completed", "target": [{"code": "final", "equivalence": "equivalent"}]}]}]}"#;

fn file(name: &str, text: &str) -> SourceFile {
    SourceFile { name: name.into(), text: text.into() }
}

fn tables(pack: &str, map: &str) -> Tables {
    let mut files = packs::builtin();
    files.extend([file("site/pack.toml", pack), file("site/map.json", map)]);
    let mut faults = Diagnostics::default();
    let (tables, ..) = packs::read(files, &mut faults);
    assert!(faults.0.is_empty(), "{faults}");
    tables
}

fn digest(tables: &Tables, of: &str) -> String {
    Digests::of(tables).named(of).unwrap_or_else(|| panic!("no {of}"))
}

fn record(of: &str, digest: &str, level: &str) -> String {
    format!(
        "[[review]]\nof = '{of}'\ndigest = \"{digest}\"\nlevel = \"{level}\"\nreviewer = \"R. Viewer\"\nrole = \"analyst\"\ndate = \"2026-01-31\"\n"
    )
}

/// A converter of the built-in tables, with further ones, in which these rules and rows are reviewed.
fn reviewed(more: &[SourceFile], of: &[(&str, &str)]) -> Converter {
    let mut files = packs::builtin();
    files.extend(more.iter().cloned());
    let (tables, ..) = packs::read(files.clone(), &mut Diagnostics::default());
    let records: String = of.iter().map(|(of, level)| record(of, &digest(&tables, of), level)).collect();
    files.push(file("site/reviews.toml", &records));
    let plan = packs::compile(files).unwrap_or_else(|e| panic!("{e}"));
    assert!(plan.reviews.void.is_empty(), "{:?}", plan.reviews.void);
    Converter::new(plan)
}

fn at(level: Level) -> Options {
    Options { min_review: Some(level), ..Options::default() }
}

#[test]
fn what_is_not_meaning_voids_nothing() {
    let before = tables(PACK, MAP);
    // comments, blanks, order of words, of rows and of lists; where it stands
    let same = PACK
        .replace("[rule.walkTest]\nto", "# a comment\n\n[rule.walkTest]\nsource = 'elsewhere'\nto")
        .replace("source = \"ours\"\n", "")
        .replace("[WalkTest and @moodCode='EVN']", "[ WalkTest  and @moodCode = 'EVN' ]")
        .replace(r#"["1-1", "2-2"]"#, r#"["2-2", "1-1"]"#)
        .replace("value = \"value\"\n", "")
        .replace("status = [ {", "value = \"value\"   # moved\nstatus = [ {");
    assert_ne!(same, PACK);
    let map = MAP.replace(", ", ",\n    ");
    let after = tables(&same, &map);
    for of in ["walkTest", "walkTest.status", "walkTest.code", "walkTest.value"] {
        assert_eq!(digest(&before, of), digest(&after, of), "{of}");
    }
}

#[test]
fn whatever_changes_the_meaning_voids() {
    let before = tables(PACK, MAP);
    let all = ["walkTest", "walkTest.status", "walkTest.code", "walkTest.value"];
    let changed = |pack: &str, map: &str| -> Vec<&str> {
        assert!(pack != PACK || map != MAP);
        let after = tables(pack, map);
        all.into_iter().filter(|of| digest(&before, of) != digest(&after, of)).collect()
    };
    // a row alone, and with it the rule
    assert_eq!(changed(&PACK.replace("= \"value\"", "= \"text\""), MAP), ["walkTest", "walkTest.value"]);
    assert_eq!(changed(&PACK.replace("\"unknown\"", "\"final\""), MAP), ["walkTest", "walkTest.status"]);
    assert_eq!(changed(PACK, &MAP.replace("\"final\"", "\"amended\"")), ["walkTest", "walkTest.status"]);
    assert_eq!(changed(&PACK.replace("example/score", "example/other"), MAP), ["walkTest", "walkTest.code"]);
    // where the rule applies is part of what each row means: a negation, a mood, a section, a template
    for (from, to) in [
        ("'EVN'", "'INT'"),
        ("[WalkTest and", "[WalkTest or"),
        ("[\"1-1\", ", "["),
        ("\"1.3.6.1.4.1.99999.5.2\"", "\"1.3.6.1.4.1.99999.5.3\""),
        ("require = \"code\"\n", ""),
    ] {
        assert_eq!(changed(&PACK.replace(from, to), MAP), all, "{from}");
    }
    // what a name stands for, also of a name within it; the order of a list is none of its meaning
    let named = |list: &str, path: &str| {
        let rows = PACK.replace("value = \"value\"\n", "value = \"value[$kind]\"\n");
        format!("[define]\ncodes = {list}\nkind = \"{path}=$codes\"\n\n{rows}")
    };
    let with_names = tables(&named("['1','2']", "@code"), MAP);
    let defined = |list: &str, path: &str| -> Vec<&str> {
        let after = tables(&named(list, path), MAP);
        all.into_iter().filter(|of| digest(&with_names, of) != digest(&after, of)).collect()
    };
    assert_eq!(defined("['2','1']", "@code"), Vec::<&str>::new());
    assert_eq!(defined("['1','3']", "@code"), ["walkTest", "walkTest.value"]);
    assert_eq!(defined("['1','2']", "@codeSystem"), ["walkTest", "walkTest.value"]);
    // alternatives are tried in order
    let turned = PACK.replace(
        "[ { from = \"statusCode/@code\", map = \"site-Status\" }, { const = \"unknown\" } ]",
        "[ { const = \"unknown\" }, { from = \"statusCode/@code\", map = \"site-Status\" } ]",
    );
    assert_eq!(changed(&turned, MAP), ["walkTest", "walkTest.status"]);
}

#[test]
fn a_void_record_counts_for_nothing_and_is_named() {
    let of = |pack: &str| {
        let mut files = vec![file("site/pack.toml", pack), file("site/map.json", MAP)];
        let d = digest(&tables(PACK, MAP), "walkTest.value");
        files.push(file(
            "site/reviews.toml",
            &(record("walkTest.value", &d, "clinical") + &record("walkTest.gone", &d, "technical")),
        ));
        let mut all = packs::builtin();
        all.extend(files);
        packs::compile(all).unwrap_or_else(|e| panic!("{e}")).reviews
    };
    let level = |r: &Reviews| r.rules["walkTest"].rows["value"];
    let holds = of(PACK);
    assert_eq!(level(&holds), Some(Level::Clinical));
    assert_eq!(holds.void.len(), 1, "a record of what is not there");
    assert_eq!(holds.void[0].record.place.position(), "site/reviews.toml:9:7");
    let void = of(&PACK.replace("= \"value\"", "= \"text\""));
    assert_eq!(level(&void), None);
    assert_eq!(void.void.len(), 2);
    assert!(void.void[0].record.place.position().starts_with("site/reviews.toml:2:"));
}

#[test]
fn without_a_review_statements_stay_narrative_and_the_document_is_told_all_the_same() {
    let bytes = std::fs::read(project("samples/ccd.xml")).unwrap();
    let all = convert(&bytes);
    for level in [Level::Technical, Level::Clinical] {
        let m = convert_with(converter(), &bytes, &at(level));
        let mut types: Vec<&str> = m.resources().iter().filter_map(|r| r["resourceType"].as_str()).collect();
        types.sort_unstable();
        types.dedup();
        for there in
            ["Patient", "Composition", "DocumentReference", "Provenance", "Practitioner", "Organization", "Binary"]
        {
            assert!(types.contains(&there), "{there} is missing: {types:?}");
        }
        for held in [
            "AllergyIntolerance",
            "Condition",
            "MedicationRequest",
            "Medication",
            "Observation",
            "Procedure",
            "Immunization",
        ] {
            assert!(!types.contains(&held), "{held} was made");
            assert!(
                !all.all(held).is_empty() || held == "Medication",
                "the sample has no {held}: the test would prove nothing"
            );
        }
        assert!(m.reported("not-reviewed"));
        // every word stays
        let narrative = |m: &Made| m.texts(m.one("Composition"), "section.text.div");
        assert_eq!(narrative(&m), narrative(&all));
        assert!(m.issues.iter().filter(|i| i.code == "not-reviewed").all(|i| i.at.is_some()));
        // nobody is told that tables lack what only a review lacks
        let unmapped = |m: &Made| m.issues.iter().filter(|i| i.code == "statement-not-mapped").count();
        assert!(unmapped(&m) <= unmapped(&all));
        m.contains(m.with("Provenance", "entity.role", "source"), "agent.who.display", "not reviewed");
    }
}

const GOUT: &str = r#"<entry><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.3"/><code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="active"/>
<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.4"/><id root="1.2.3" extension="g"/><code code="55607006" codeSystem="2.16.840.1.113883.6.96"/>
<statusCode code="completed"/><value xsi:type="CD" code="90560007" codeSystem="2.16.840.1.113883.6.96"/>
<entryRelationship typeCode="REFR"><observation classCode="OBS" moodCode="EVN"><code code="64098-7" codeSystem="2.16.840.1.113883.6.1"/><value xsi:type="ST">part of it</value></observation></entryRelationship></observation></entryRelationship></act></entry>"#;

#[test]
fn what_is_reviewed_is_made_and_nothing_takes_the_place_of_what_is_not() {
    let doc = Doc::new().section("11450-4", "x", GOUT);
    // the rule for any observation is reviewed, that of problems is not: no problem becomes an observation, nor does its part
    let by_class = reviewed(
        &[],
        &[
            ("observation", "clinical"),
            ("panel", "clinical"),
            ("comment", "clinical"),
            ("specimen", "clinical"),
            ("bodyStructure", "clinical"),
        ],
    );
    let m = convert_with(&by_class, doc.xml().as_bytes(), &at(Level::Clinical));
    assert!(m.all("Condition").is_empty() && m.all("Observation").is_empty(), "{}", m.json);
    assert_eq!(m.issues.iter().filter(|i| i.code == "not-reviewed").count(), 1);
    // it is made where it is reviewed
    let plain = r#"<entry><observation classCode="OBS" moodCode="EVN"><id root="1.2.3" extension="w"/><code code="64098-7" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><effectiveTime value="20240102"/><value xsi:type="ST">well</value></observation></entry>"#;
    let other = Doc::new().section("51848-0", "x", plain);
    assert_eq!(convert_with(&by_class, other.xml().as_bytes(), &at(Level::Clinical)).all("Observation").len(), 1);
    let problems = reviewed(&[], &[("problem", "technical"), ("comment", "technical")]);
    assert_eq!(convert_with(&problems, doc.xml().as_bytes(), &at(Level::Technical)).all("Condition").len(), 1);
    let clinically = convert_with(&problems, doc.xml().as_bytes(), &at(Level::Clinical));
    assert!(clinically.all("Condition").is_empty(), "a technical review is no clinical one");
}

#[test]
fn a_pair_is_not_taken_apart_by_the_rules_for_single_signs() {
    let sign = |code: &str, value: &str| {
        format!(
            r#"<component><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.27"/><id root="1.2.3" extension="{code}"/><code code="{code}" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><effectiveTime value="20240102"/><value xsi:type="PQ" value="{value}" unit="mm[Hg]"/></observation></component>"#
        )
    };
    let panel = format!(
        r#"<entry><organizer classCode="CLUSTER" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.26"/><id root="1.2.3" extension="p"/><code code="46680005" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/><effectiveTime value="20240102"/>{}{}</organizer></entry>"#,
        sign("8480-6", "120"),
        sign("8462-4", "80")
    );
    let doc = Doc::new().section("8716-3", "x", &panel);
    let singles =
        reviewed(&[], &[("vitalSign", "clinical"), ("systolicAlone", "clinical"), ("diastolicAlone", "clinical")]);
    let m = convert_with(&singles, doc.xml().as_bytes(), &at(Level::Clinical));
    assert!(m.all("Observation").is_empty(), "{}", m.json);
    let pair = reviewed(&[], &[("bloodPressure", "clinical"), ("comment", "clinical")]);
    let m = convert_with(&pair, doc.xml().as_bytes(), &at(Level::Clinical));
    m.is(m.one("Observation"), "code.coding.code", &["85354-9"]);
}

#[test]
fn what_becomes_part_of_a_resource_must_be_reviewed_too() {
    let medicine = r#"<entry><substanceAdministration classCode="SBADM" moodCode="INT"><templateId root="2.16.840.1.113883.10.20.22.4.16"/><id root="1.2.3" extension="m"/><statusCode code="active"/><effectiveTime xsi:type="IVL_TS"><low value="20240102"/></effectiveTime><doseQuantity value="2"/>
<consumable><manufacturedProduct classCode="MANU"><manufacturedMaterial><code code="1190220" codeSystem="2.16.840.1.113883.6.88"/></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration></entry>"#;
    let doc = Doc::new().section("10160-0", "x", medicine);
    let count = |of: &[(&str, &str)]| {
        convert_with(&reviewed(&[], of), doc.xml().as_bytes(), &at(Level::Technical)).all("MedicationRequest").len()
    };
    // its dosage comes from a rule that nobody has seen
    assert_eq!(count(&[("medicationRequest", "technical")]), 0);
    let (tables, ..) = packs::read(packs::builtin(), &mut Diagnostics::default());
    let everything: Vec<(&str, &str)> = tables.rules.iter().map(|r| (r.name.as_str(), "technical")).collect();
    assert_eq!(count(&everything), 1);
    // row by row is as good as at once, and one row missing is not
    let rule = tables.rules.iter().find(|r| r.name == "medicationRequest").unwrap();
    let rows: Vec<String> = rule.rows.iter().map(|r| format!("medicationRequest.{}", r.key.text)).collect();
    let mut by_row: Vec<(&str, &str)> =
        everything.iter().filter(|(of, _)| *of != "medicationRequest").copied().collect();
    by_row.extend(rows.iter().map(|r| (r.as_str(), "technical")));
    assert_eq!(count(&by_row), 1);
    by_row.pop();
    assert_eq!(count(&by_row), 0);
}

#[test]
fn provenance_names_the_rules_that_nobody_has_reviewed() {
    let doc = Doc::new().section("11450-4", "x", GOUT);
    let display = |c: &Converter| {
        let m = convert_with(c, doc.xml().as_bytes(), &Options::default());
        let p = m.with("Provenance", "entity.role", "source").clone();
        m.texts(&p, "agent.who.display").into_iter().find(|d| d.starts_with("granule ")).unwrap()
    };
    assert!(display(converter()).ends_with(", not reviewed)"), "{}", display(converter()));
    let some = display(&reviewed(&[], &[("problem", "technical")]));
    let named: Vec<&str> = some.rsplit("not reviewed: ").next().unwrap().trim_end_matches(')').split(' ').collect();
    assert!(some.contains("not reviewed: ") && named.contains(&"patient") && !named.contains(&"problem"), "{some}");
    let (tables, ..) = packs::read(packs::builtin(), &mut Diagnostics::default());
    let everything: Vec<(&str, &str)> = tables.rules.iter().map(|r| (r.name.as_str(), "technical")).collect();
    assert!(display(&reviewed(&[], &everything)).ends_with(", reviewed)"));
}

#[test]
fn we_grant_ourselves_no_clinical_review() {
    let (tables, ..) = packs::read(packs::builtin(), &mut Diagnostics::default());
    assert!(tables.reviews.iter().all(|r| r.level != Level::Clinical));
}

#[test]
fn check_explain_and_docs_say_who_has_looked() {
    let s = Scratch::new("reviews");
    let d = digest(&tables(PACK, MAP), "walkTest.value");
    s.put("pack/pack.toml", PACK.as_bytes());
    s.put("pack/map.json", MAP.as_bytes());
    let granule = |args: &[&str]| {
        let out = Command::new(env!("CARGO_BIN_EXE_granule"))
            .args(args)
            .arg("--mappings")
            .arg(s.path("pack"))
            .output()
            .unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        (String::from_utf8(out.stdout).unwrap(), String::from_utf8(out.stderr).unwrap())
    };
    // the record that `explain` prints is the one that counts, once somebody has signed it
    let (said, _) = granule(&["explain", "walkTest.value"]);
    assert!(said.contains("by nobody") && said.contains(&d), "{said}");
    let stanza: String = said.split("[[review]]").nth(1).unwrap().lines().map(|l| format!("{}\n", l.trim())).collect();
    let signed = stanza
        .replace("reviewer = \"\"", "reviewer = \"R. Viewer\"")
        .replace("role = \"\"", "role = \"analyst\"")
        .replace("date = \"\"", "date = \"2026-01-31\"");
    s.put("pack/reviews.toml", format!("[[review]]{signed}").as_bytes());
    let (said, warned) = granule(&["check"]);
    assert!(said.contains("/pack: 4 rows, 1 reviewed, 0 of them clinically"), "{said}");
    assert!(said.contains("ccda: ") && said.contains(" 0 reviewed"), "{said}");
    assert!(warned.is_empty(), "{warned}");
    assert!(granule(&["explain", "walkTest.value"]).0.contains("technical, R. Viewer, analyst, 2026-01-31"));
    assert!(granule(&["docs"]).0.contains("value: technical, R. Viewer, analyst, 2026-01-31"));
    // the row changes: the record is void
    s.put("pack/pack.toml", PACK.replace("= \"value\"", "= \"text\"").as_bytes());
    let (said, warned) = granule(&["check"]);
    assert!(said.contains("/pack: 4 rows, 0 reviewed"), "{said}");
    assert!(
        warned.contains("reviews.toml:2:7: warning: the technical review of walkTest.value (2026-01-31) is void"),
        "{warned}"
    );
    assert!(granule(&["explain", "walkTest.value"]).0.contains("by nobody"));
}

#[test]
fn the_command_line_takes_the_level() {
    let convert = |args: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_granule"))
            .arg("convert")
            .arg(sample("minimal.xml"))
            .args(args)
            .output()
            .unwrap()
    };
    let out = convert(&["--min-review", "clinical"]);
    assert!(out.status.success());
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(text.contains("\"Composition\"") && !text.contains("\"resourceType\":\"Condition\""));
    assert!(String::from_utf8(out.stderr).unwrap().contains("not-reviewed"));
    assert_eq!(convert(&["--min-review", "thorough"]).status.code(), Some(2));
    let out = convert(&["--confidential", "refuse"]);
    assert!(out.status.success(), "the sample is ordinary");
    assert_eq!(convert(&["--confidential", "shred"]).status.code(), Some(2));
}
