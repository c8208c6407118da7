//! The account of a document: each class on purpose, the place of what is mapped, and what the commands and the server say.

use std::fs;
use std::process::{Command, Output};

use granule::account::gather::Report;
use granule::account::{Account, Class, Leaf};
use granule::convert::{Converter, Options};
use granule::mapping::packs;
use serde_json::Value;

#[path = "common/scratch.rs"]
mod scratch;
use scratch::{Scratch, sample, samples};

fn converter() -> Converter {
    Converter::new(packs::compile(packs::builtin()).unwrap())
}

fn account(converter: &Converter, bytes: &[u8], all: bool) -> Account {
    let options = Options { lineage: true, ..Options::default() };
    let done = converter.convert(bytes, &options).unwrap();
    Account::of(converter.plan(), bytes, &options, &done, all).unwrap()
}

/// A document with a problem, a narrative, an entry that nothing takes, a bad date and a header.
const DOCUMENT: &str = r#"<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/><id root="2.16.840.1.113883.19.7" extension="doc-1"/>
<code code="34133-9" codeSystem="2.16.840.1.113883.6.1"/><title>Summary</title><effectiveTime value="20240312093000-0500"/><confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/>
<recordTarget><patientRole><id root="2.16.840.1.113883.19.5" extension="p-77"/><patient><name><given>Nora</given><family>Nowhere</family></name><administrativeGenderCode code="F" codeSystem="2.16.840.1.113883.5.1"/><birthTime value="19501224"/></patient></patientRole></recordTarget>
<component><structuredBody><component><section><code code="11450-4" codeSystem="2.16.840.1.113883.6.1"/><title>Problems</title><text>Asthma since childhood; penicillamine trial</text>
<entry><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.3"/><id root="2.16.840.1.113883.19.7" extension="wrapper-1"/><code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="active"/>
<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.4"/><id root="2.16.840.1.113883.19.7" extension="problem-1"/><code code="55607006" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/><effectiveTime><low value="19551399"/></effectiveTime><value xsi:type="CD" code="195967001" codeSystem="2.16.840.1.113883.6.96" displayName="Asthma"/></observation></entryRelationship></act></entry>
<entry><substanceAdministration classCode="SBADM" moodCode="PRMS"><code code="99999" codeSystem="2.16.840.1.113883.6.88" displayName="penicillamine trial"/></substanceAdministration></entry>
</section></component></structuredBody></component></ClinicalDocument>"#;

fn leaf<'a>(a: &'a Account, end: &str, value: &str) -> &'a Leaf {
    let found: Vec<&Leaf> = a.leaves.iter().filter(|l| l.shape.ends_with(end) && l.value == value).collect();
    assert_eq!(found.len(), 1, "{end} = {value}: {found:?}");
    found[0]
}

#[test]
fn each_class_on_purpose() {
    let a = account(&converter(), DOCUMENT.as_bytes(), true);
    let code = leaf(&a, "observation/value/@code", "195967001");
    assert_eq!(code.class, Class::Mapped);
    let place = code.into.as_ref().unwrap();
    assert_eq!((place.path.as_str(), place.row.as_deref()), ("Condition.code", Some("problem.code")));
    assert_eq!(code.at.0, 7);
    assert_eq!(leaf(&a, "family/text()", "Nowhere").into.as_ref().unwrap().path, "Patient.name");
    // a code that a map translates
    let gender = leaf(&a, "administrativeGenderCode/@code", "F");
    assert_eq!((gender.class, gender.into.as_ref().unwrap().row.as_deref()), (Class::Mapped, Some("patient.gender")));
    assert_eq!(leaf(&a, "text/text()", "Asthma since childhood; penicillamine trial").class, Class::Mapped);
    // what is lost, what can be read, what was no date
    assert_eq!(leaf(&a, "act/id/@extension", "wrapper-1").class, Class::Unmapped);
    let trial = leaf(&a, "substanceAdministration/code/@code", "99999");
    assert_eq!((trial.class, trial.issue.as_deref()), (Class::NarrativeOnly, Some("not-written")));
    let date = leaf(&a, "low/@value", "19551399");
    assert_eq!(date.class, Class::Degraded);
    assert!(date.issue.as_deref().unwrap().contains("time"), "{:?}", date.issue);
    // structure is no content
    assert!(a.leaves.iter().all(|l| !l.shape.contains("templateId") && !l.shape.ends_with("@classCode")));
    assert_eq!((a.document_type.as_deref(), a.sections.len()), (Some("34133-9"), 2));
}

#[test]
fn a_value_that_the_bundle_lost_is_not_mapped() {
    // the same document, and a bundle from which the code of the problem was taken
    let (c, options) = (converter(), Options { lineage: true, ..Options::default() });
    let mut done = c.convert(DOCUMENT.as_bytes(), &options).unwrap();
    for e in &mut done.bundle.entries {
        if e.resource_type == "Condition" {
            e.resource.remove("code").unwrap();
        }
    }
    let a = Account::of(c.plan(), DOCUMENT.as_bytes(), &options, &done, false).unwrap();
    assert_eq!(leaf(&a, "observation/value/@code", "195967001").class, Class::NarrativeOnly);
}

#[test]
fn nothing_is_written_down_unless_asked_and_the_bundle_is_the_same() {
    let c = converter();
    for name in ["discharge-summary.xml", "ccd.xml", "uk-edischarge.xml"] {
        let bytes = fs::read(sample(name)).unwrap();
        let plain = c.convert(&bytes, &Options::default()).unwrap();
        let asked = c.convert(&bytes, &Options { lineage: true, ..Options::default() }).unwrap();
        assert!(plain.readings.is_none() && !asked.readings.as_ref().unwrap().readings.is_empty());
        assert_eq!(plain.bundle.to_json(false), asked.bundle.to_json(false), "{name}");
    }
}

#[test]
fn reports_add_up_in_any_order_and_hold_no_content() {
    let c = converter();
    let one = |name: &str| {
        let bytes = fs::read(sample(name)).unwrap();
        Report::of(name, &account(&c, &bytes, false), &[])
    };
    let names = ["discharge-summary.xml", "ccd.xml", "c32.xml", "minimal.xml"];
    let sum = |order: &[usize]| {
        let mut sum = Report::default();
        order.iter().for_each(|i| sum.merge(one(names[*i])));
        sum.to_json().unwrap()
    };
    let text = sum(&[0, 1, 2, 3]);
    assert_eq!(text, sum(&[3, 1, 0, 2]));
    let a = account(&c, &fs::read(sample("discharge-summary.xml")).unwrap(), false);
    for l in
        a.leaves.iter().filter(|l| l.value.len() > 9 && !l.shape.ends_with("@root") && !l.value.starts_with("2.16"))
    {
        assert!(!text.contains(&format!("\"{}\"", l.value)), "{}", l.shape);
    }
}

fn granule(args: &[&dyn AsRef<std::ffi::OsStr>]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_granule"));
    args.iter().for_each(|a| {
        command.arg(a);
    });
    command.output().unwrap()
}

#[test]
fn the_commands() {
    let s = Scratch::new("account");
    let document = s.put("d.xml", DOCUMENT.as_bytes());
    let out = granule(&[&"account", &document]);
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(text.starts_with("unmapped ("), "{text}");
    assert!(text.contains("11450-4 Problems") && text.lines().last().unwrap().ends_with(" all"), "{text}");
    let json: Value = serde_json::from_slice(&granule(&[&"account", &document, &"--json", &"--all"]).stdout).unwrap();
    assert!(json["leaves"].as_array().unwrap().iter().any(|l| l["into"]["row"] == "problem.code"));
    let trace = String::from_utf8(granule(&[&"trace", &document]).stdout).unwrap();
    let line = trace.lines().find(|l| l.contains("problem.code")).unwrap();
    let columns: Vec<&str> = line.split('\t').collect();
    assert!(columns[0].starts_with("7:") && columns[1].ends_with("/value/@code"), "{line}");
    assert_eq!((columns[2], columns[4]), ("Condition.code", "problem.code"));
    // a run: the report, and the share that it must have
    let (html, report) = (s.path("r.html"), s.path("r.json"));
    let out = granule(&[&"convert", &document, &"--report", &html, &"--fail-under", &"10"]);
    assert!(out.status.success() && out.stdout.is_empty());
    let page = fs::read_to_string(html).unwrap();
    assert!(page.contains("11450-4") && !page.contains("Nowhere") && !page.contains("195967001"));
    let out = granule(&[&"convert", &samples(), &"--report", &report, &"--fail-under", &"99.9"]);
    assert_eq!(out.status.code(), Some(1), "less than that is mapped");
    let json: Value = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
    assert!(json["documents"].as_u64().unwrap() > 10 && json["leaves"]["mapped"].as_u64().unwrap() > 3000);
    assert_eq!(granule(&[&"account", &samples()]).status.code(), Some(2));
}
