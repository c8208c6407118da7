//! The five cases of DESIGN that the mapping language must say in tables. One of them (UK) is said by a pack of the
//! tests over the built-in ones; the others by the built-in packs themselves.

mod common;

use common::*;
use granule::convert::{Converter, Options};
use granule::mapping::diagnostics::SourceFile;
use granule::mapping::packs;

fn with_pack(name: &str) -> Made {
    let mut files = packs::builtin();
    let file = format!("tests/packs/{name}/{name}.toml");
    files.push(SourceFile { name: file.clone(), text: std::fs::read_to_string(project(&file)).unwrap() });
    let converter = Converter::new(packs::compile(files).unwrap_or_else(|faults| panic!("{faults}")));
    let document = std::fs::read(project(&format!("tests/packs/{name}/document.xml"))).unwrap();
    convert_with(&converter, &document, &Options::default())
}

fn medication(times: &str, consumable: &str, after: &str) -> String {
    format!(
        r#"<entry><substanceAdministration classCode="SBADM" moodCode="INT"><templateId root="2.16.840.1.113883.10.20.22.4.16" extension="2014-06-09"/>
<id root="2.16.840.1.113883.19.9.1" extension="m1"/><statusCode code="active"/>{times}<doseQuantity value="1"/>
<consumable>{consumable}</consumable>{after}
<precondition typeCode="PRCN"><criterion><code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><value xsi:type="CD" code="56018004" codeSystem="2.16.840.1.113883.6.96" displayName="Wheezing"/></criterion></precondition></substanceAdministration></entry>"#
    )
}

const BOUNDS: &str =
    r#"<effectiveTime xsi:type="IVL_TS"><low value="20120806"/><high value="20121106"/></effectiveTime>"#;
const MATERIAL: &str = r#"<manufacturedProduct classCode="MANU"><templateId root="2.16.840.1.113883.10.20.22.4.23" extension="2014-06-09"/><manufacturedMaterial><code code="1190220" codeSystem="2.16.840.1.113883.6.88" displayName="Albuterol"/></manufacturedMaterial><manufacturerOrganization><name>Good Remedies</name></manufacturerOrganization></manufacturedProduct>"#;

#[test]
fn case_1_request_dispense_and_a_shared_medication_from_one_entry() {
    let periodic = format!(
        r#"{BOUNDS}<effectiveTime xsi:type="PIVL_TS" operator="A"><period xsi:type="IVL_PQ"><low value="4" unit="h"/><high value="6" unit="h"/></period></effectiveTime>"#
    );
    let supply = format!(
        r#"<entryRelationship typeCode="REFR"><supply classCode="SPLY" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.18" extension="2014-06-09"/>
<id root="2.16.840.1.113883.19.9.1" extension="d1"/><statusCode code="completed"/><effectiveTime value="20120807"/><quantity value="1"/><product>{MATERIAL}</product></supply></entryRelationship>"#
    );
    let m = Doc::new().section("10160-0", "x", &medication(&periodic, MATERIAL, &supply)).convert();
    let request = m.one("MedicationRequest");
    let dispense = m.one("MedicationDispense");
    let medication = m.one("Medication");
    for r in [request, dispense] {
        assert_eq!(m.target(&r["medicationReference"]).unwrap()["id"], medication["id"], "one Medication for both");
        m.none(r, "medicationCodeableConcept");
    }
    m.is(medication, "code.coding.code", &["1190220"]);
    m.is(dispense, "authorizingPrescription.resolve().id", &[request["id"].as_str().unwrap()]);
    let repeat = "dosageInstruction.timing.repeat";
    m.is(request, &format!("{repeat}.boundsPeriod.start"), &["2012-08-06"]);
    m.is(request, &format!("{repeat}.boundsPeriod.end"), &["2012-11-06"]);
    m.is(request, &format!("{repeat}.period"), &["4"]);
    m.is(request, &format!("{repeat}.periodMax"), &["6"]);
    m.is(request, "dosageInstruction.asNeededCodeableConcept.coding.code", &["56018004"]);
    assert!(!m.reported("statement-not-mapped"));
}

#[test]
fn case_1_the_other_product_arm_and_an_event() {
    let event = format!(
        r#"{BOUNDS}<effectiveTime xsi:type="EIVL_TS" operator="A"><event code="ACM"/><offset><low value="30" unit="min"/></offset></effectiveTime>"#
    );
    let drug = r#"<manufacturedProduct classCode="MANU"><manufacturedLabeledDrug><code code="1190220" codeSystem="2.16.840.1.113883.6.88" displayName="Albuterol"/></manufacturedLabeledDrug></manufacturedProduct>"#;
    let m = Doc::new().section("10160-0", "x", &medication(&event, drug, "")).convert();
    let request = m.one("MedicationRequest");
    m.is(request, "medicationCodeableConcept.coding.code", &["1190220"]);
    m.is(request, "dosageInstruction.timing.repeat.when", &["ACM"]);
    m.is(request, "dosageInstruction.timing.repeat.offset", &["30"]);
    m.is(request, "dosageInstruction.timing.repeat.boundsPeriod.start", &["2012-08-06"]);
}

#[test]
fn case_2_pressures_and_oximetry_merge_and_keep_apart_by_time() {
    let sign = |code: &str, time: &str, value: &str, unit: &str| {
        format!(
            r#"<component><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.27" extension="2014-06-09"/><id root="2.16.840.1.113883.19.11.1" extension="{code}-{value}"/>
<code code="{code}" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><effectiveTime value="{time}"/><value xsi:type="PQ" value="{value}" unit="{unit}"/></observation></component>"#
        )
    };
    let (a, b) = ("20241104214000-0500", "20241111080000-0500");
    let members = [
        sign("8480-6", a, "168", "mm[Hg]"),
        sign("59408-5", b, "95", "%"),
        sign("8480-6", b, "132", "mm[Hg]"),
        sign("8462-4", a, "92", "mm[Hg]"),
        sign("59408-5", a, "86", "%"),
        sign("3151-8", b, "2", "L/min"),
        sign("8462-4", b, "78", "mm[Hg]"),
        sign("3150-0", b, "28", "%"),
    ];
    let m = Doc::new()
        .section(
            "8716-3",
            "x",
            &format!(
                r#"<entry><organizer classCode="CLUSTER" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.26" extension="2015-08-01"/><id root="2.16.840.1.113883.19.11.2" extension="v"/>
<code code="46680005" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/><effectiveTime value="{b}"/>{}</organizer></entry>"#,
                members.concat()
            ),
        )
        .convert();
    for (systolic, diastolic, time) in
        [("168", "92", "2024-11-04T21:40:00-05:00"), ("132", "78", "2024-11-11T08:00:00-05:00")]
    {
        let bp = m.with("Observation", "component.valueQuantity.value", systolic);
        m.is(bp, "code.coding.code", &["85354-9"]);
        m.is(bp, "component.valueQuantity.value", &[systolic, diastolic]);
        m.is(bp, "effectiveDateTime", &[time]);
    }
    m.none(m.with("Observation", "valueQuantity.value", "86"), "component");
    let oxygen = m.with("Observation", "valueQuantity.value", "95");
    let mut values = m.texts(oxygen, "component.valueQuantity.value");
    values.sort();
    assert_eq!(values, ["2", "28"]);
    // the panel, two pressures, two saturations: no member stands a second time on its own
    assert_eq!(m.all("Observation").len(), 5);
    let panel = m.with("Observation", "code.coding.code", "85353-1");
    assert_eq!(m.at(panel, "hasMember.resolve()").len(), 4);
}

#[test]
fn case_3_diagnoses_of_an_encounter_are_conditions_of_their_own() {
    let document = std::fs::read(project("tests/fixtures/encounter.xml")).unwrap();
    let converter = Converter::new(packs::compile(packs::builtin()).unwrap_or_else(|faults| panic!("{faults}")));
    let m = convert_with(&converter, &document, &Options::default());
    let visit = m.with("Encounter", "identifier.value", "visit");
    m.is(visit, "diagnosis.condition.resolve().code.coding.code", &["233604007"]);
    m.is(visit, "class.code", &["AMB"]);
    m.is(visit, "status", &["finished"]);
    m.is(visit, "location.location.resolve().name", &["Exampleton Clinic"]);
    let pneumonia = m.with("Condition", "code.coding.code", "233604007");
    m.is(pneumonia, "category.coding.code", &["encounter-diagnosis"]);
    m.is(pneumonia, "encounter.resolve().identifier.value", &["visit"]);

    let stay = m.with("Encounter", "identifier.value", "stay");
    m.is(stay, "diagnosis.condition.resolve().code.coding.code", &["13645005"]);
    m.is(stay, "diagnosis.use.coding.code", &["DD"]);
    m.is(m.with("Condition", "code.coding.code", "13645005"), "encounter.resolve().identifier.value", &["stay"]);
    // what was ruled out is no diagnosis of the stay
    m.is(m.with("Condition", "code.coding.code", "59282003"), "verificationStatus.coding.code", &["refuted"]);
    assert_eq!(m.all("Encounter").len(), 2);
    assert!(!m.reported("statement-not-mapped"));
}

#[test]
fn case_4_uk_entries() {
    let m = with_pack("uk");
    // a problem that points at findings by id
    let problem = m.one("Condition");
    m.is(problem, "code.coding.code", &["42343007"]);
    m.is(problem, "evidence.detail.resolve().code.coding.code", &["267036007"]);
    // the reference makes no Observation of its own
    assert_eq!(m.all("Observation").len(), 2);
    // how the patient came in stands on the stay
    let stay = m.one("Encounter");
    m.is(stay, "hospitalization.admitSource.coding.code", &["19"]);
    m.is(stay, "status", &["finished"]);
    assert!(m.all("Procedure").is_empty());
    // a section known by its title alone
    let weight = m.with("Observation", "code.coding.code", "27113001");
    m.is(weight, "valueQuantity.value", &["81"]);
    m.is(weight, "category.coding.code", &["vital-signs"]);
    assert!(!m.reported("statement-not-mapped"));
}

#[test]
fn case_4_a_section_inferred_from_its_title_is_reported() {
    let m = with_pack("uk");
    assert!(
        m.issues.iter().any(|i| i.code.contains("title")),
        "DESIGN: section title only through a table of titles (flagged); reported: {:?}",
        m.issues.iter().map(|i| &i.code).collect::<Vec<_>>()
    );
}

#[test]
fn case_5_people_of_the_header_are_made_once_and_inherited() {
    let entity = r#"<id root="2.16.840.1.113883.4.6" extension="9999999901"/><code code="207QA0505X" codeSystem="2.16.840.1.113883.6.101"/>
<assignedPerson><name><given>Paula</given><family>Pretend</family></name></assignedPerson>
<representedOrganization><id root="2.16.840.1.113883.19.5.99999.9"/><name>Exampleton Practice</name></representedOrganization>"#;
    let problem = |id: &str, author: &str| {
        format!(
            r#"<entry><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.3" extension="2015-08-01"/><id root="2.16.840.1.113883.19.8.2" extension="c{id}"/><code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="active"/>
<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.4" extension="2015-08-01"/><id root="2.16.840.1.113883.19.8.1" extension="{id}"/><code code="55607006" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/>
<value xsi:type="CD" code="{id}" codeSystem="2.16.840.1.113883.6.96"/>{author}</observation></entryRelationship></act></entry>"#
        )
    };
    let other = r#"<author><time value="20240101"/><assignedAuthor><id root="2.16.840.1.113883.4.6" extension="9999999919"/><assignedPerson><name><family>Other</family></name></assignedPerson></assignedAuthor></author>"#;
    // the same person again, as a stub: id alone
    let stub = r#"<author><time value="20240101"/><assignedAuthor><id root="2.16.840.1.113883.4.6" extension="9999999901"/></assignedAuthor></author>"#;
    let m = Doc::new()
        .author(&format!(r#"<author><time value="20240312"/><assignedAuthor>{entity}</assignedAuthor></author>"#))
        .header(&format!(
            r#"<legalAuthenticator><time value="20240312"/><signatureCode code="S"/><assignedEntity>{entity}</assignedEntity></legalAuthenticator>
<documentationOf><serviceEvent classCode="PCPR"><performer typeCode="PRF"><assignedEntity>{entity}</assignedEntity></performer></serviceEvent></documentationOf>"#
        ))
        .section("11450-4", "x", &[problem("233604007", ""), problem("90560007", other), problem("73211009", stub)].concat())
        .convert();
    let role = m.one("PractitionerRole");
    m.is(role, "practitioner.resolve().identifier.value", &["9999999901"]);
    m.is(role, "organization.resolve().name", &["Exampleton Practice"]);
    m.one("Organization"); // the custodian is the same one
    assert_eq!(m.all("Practitioner").len(), 2);
    let c = m.one("Composition");
    m.is(c, "author.resolve().id", &[role["id"].as_str().unwrap()]);
    m.is(c, "attester.party.resolve().id", &[role["id"].as_str().unwrap()]);
    // an entry that names no author has that of the document
    m.is(
        m.with("Condition", "code.coding.code", "233604007"),
        "recorder.resolve().id",
        &[role["id"].as_str().unwrap()],
    );
    m.is(m.with("Condition", "code.coding.code", "90560007"), "recorder.resolve().name.family", &["Other"]);
    let stubbed = m.with("Condition", "code.coding.code", "73211009");
    let practitioner = m.texts(stubbed, "recorder.resolve().name.family").join("");
    let by_role = m.texts(stubbed, "recorder.resolve().practitioner.resolve().name.family").join("");
    assert_eq!(practitioner + &by_role, "Pretend", "a stub is the person whose id it bears");
}
