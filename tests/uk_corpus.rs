//! The UK's real documents and envelopes. Needs the reference folder.

mod common;

use common::*;
use granule::convert::{Options, Original};

fn options() -> Options {
    Options { original: Original::Omit, ..Options::default() }
}

#[test]
fn all_documents_and_envelopes_convert() {
    let Some(shared) = shared("uk_corpus") else { return };
    let corpus = shared.join("corpus");
    let mut paths = Vec::new();
    let mut folders = vec![corpus.join("documents/UK"), corpus.join("documents/OTHER-GBR")];
    // envelopes of other countries and fragments of source code lie beside those of the UK
    let uk = ["NHSDigital", "UECIT", "nhsdigitalmait"];
    for folder in std::fs::read_dir(corpus.join("envelopes")).unwrap() {
        let folder = folder.unwrap().path();
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        if uk.iter().any(|u| name.starts_with(u)) {
            folders.push(folder);
        }
    }
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { paths.push(path) }
        }
    }
    assert!(paths.len() > 80, "{}", paths.len());
    for path in paths {
        let bytes = std::fs::read(&path).unwrap();
        let all = granule::intake::convert(converter(), &bytes, &options())
            .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        for done in all {
            let done = done.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            assert!(!done.bundle.entries.is_empty());
        }
    }
}

/// The coded eDischarge, read beside its source: each coded statement, what it says and what it must not say.
#[test]
fn the_coded_edischarge_as_a_clinician_reads_it() {
    let Some(shared) = shared("uk_corpus") else { return };
    let folder = shared.join("corpus/documents/UK/nhsdigitalmait__TKW-x");
    let path = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .find(|p| p.to_string_lossy().contains("INFNACK"))
        .unwrap();
    let m = convert_with(converter(), &std::fs::read(path).unwrap(), &options());
    assert!(!m.reported("statement-not-mapped"));

    // the document: a discharge summary of accident and emergency, very restricted throughout
    let c = m.one("Composition");
    m.is(c, "type.coding[0].code", &["373942005"]);
    m.is(c, "extension(CareSettingType).valueCodeableConcept.coding.code", &["394576009"]);
    m.is(c, "date", &["2015-02-17T10:00:00+00:00"]);
    m.is(c, "author.resolve().code.coding.display", &["Specialist Registrar"]);
    m.none(c, "author.resolve().practitioner");
    for r in m.resources() {
        m.is(r, "meta.security.code", &["V"]);
    }
    let titles = m.texts(c, "section.title");
    assert_eq!(titles.len(), 17);
    assert!(m.at(c, "section").iter().all(|s| codes(&m, s, "code").len() == 2), "each heading has both codings");

    // the patient
    let p = m.one("Patient");
    m.is(p, "identifier.value", &["1352465790"]);
    m.is(p, "identifier.extension(NHSNumberVerificationStatus).valueCodeableConcept.coding.code", &["01"]);
    m.is(p, "name.family", &["InfNACK"]);
    m.is(p, "birthDate", &["1957-01-01"]);
    m.is(p, "extension(EthnicCategory).valueCodeableConcept.coding.code", &["A"]);
    m.is(p, "contact.name.given", &["Joy"]);
    m.is(p, "generalPractitioner[0].resolve().name", &["MGP Medical Centre"]);
    m.is(p, "generalPractitioner[1].resolve().name.family", &["Lorenzo"]);

    // the stay: how he came, how he left
    let stay = m.one("Encounter");
    m.is(stay, "status", &["finished"]);
    m.is(stay, "class.code", &["EMER"]);
    m.is(stay, "period.start", &["2015-02-12T09:00:00+00:00"]);
    m.is(stay, "period.end", &["2015-02-16T09:00:00+00:00"]);
    m.is(stay, "hospitalization.extension(AdmissionMethod).valueCodeableConcept.coding.code", &["21"]);
    m.is(stay, "hospitalization.admitSource.coding.code", &["19"]);
    m.is(stay, "hospitalization.dischargeDisposition.coding.code", &["306689006", "19"]);
    m.is(stay, "extension(DischargeMethod).valueCodeableConcept.coding.code", &["1"]);
    m.is(stay, "reasonCode.text", &["Chest pain"]);
    m.none(stay, "reasonCode.coding");
    m.is(stay, "participant.individual.resolve().practitioner.resolve().name.family", &["Abacus"]);

    // penicillin, with its rash; the codes are description ids and stay words
    let a = m.one("AllergyIntolerance");
    m.is(a, "code.text", &["Allergy to penicillin"]);
    m.is(a, "clinicalStatus.coding.code", &["active"]);
    m.is(a, "reaction.manifestation.text", &["Eruption"]);

    // two diagnoses of this stay, neither on the problem list, none said to be active or over
    let diagnoses = m.all("Condition");
    assert_eq!(diagnoses.len(), 2);
    for d in diagnoses {
        m.has(d, "category.coding.code", "encounter-diagnosis");
        m.none(d, "clinicalStatus");
        m.none(d, "onsetDateTime");
        m.is(d, "extension(assertedDate).valueDateTime", &["2015-02-12T12:00:00+00:00"]);
        m.none(d, "code.coding");
    }
    m.with("Condition", "code.text", "Cardiac chest pain");
    m.with("Condition", "code.text", "Acute coronary syndrome");

    // two procedures done on the day, and admission and discharge as acts of their own
    for (text, time) in [
        ("Coronary angiography", "2015-02-12T13:00:00+00:00"),
        ("Stent in branch of right coronary artery", "2015-02-12T13:00:00+00:00"),
    ] {
        let p = m.with("Procedure", "code.text", text);
        m.is(p, "status", &["completed"]);
        m.is(p, "performedDateTime", &[time]);
    }
    m.with("Procedure", "code.coding.code", "305056002");
    m.with("Procedure", "code.coding.code", "58000006");
    assert_eq!(m.all("Procedure").len(), 4);

    // medicines, plan, legal information are words: nothing is made of them
    for ty in [
        "MedicationStatement",
        "MedicationRequest",
        "MedicationAdministration",
        "ServiceRequest",
        "Consent",
        "Flag",
        "Observation",
    ] {
        assert!(m.all(ty).is_empty(), "{ty}");
    }
    m.contains(c, "section.text.div", "Clopidogrel");
    m.contains(c, "section.text.div", "1 year then stop");
    m.contains(c, "section.text.div", "Declines blood products");
}
