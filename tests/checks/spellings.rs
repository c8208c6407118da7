//! What is written in another form and means the same must give the same resources: each sample and fixture, written again
//! in forms that senders use and that have one meaning.

use granule::convert::{Options, Original};
use serde_json::Value;

use crate::checks;
use crate::common::*;

/// What a document gives, but for what tells of its bytes.
fn gives(xml: &str) -> Vec<Value> {
    let options = Options { original: Original::Omit, ..Options::default() };
    let converted = converter().convert(xml.as_bytes(), &options).unwrap();
    let bundle: Value = serde_json::from_slice(&converted.bundle.to_json(false)).unwrap();
    let mut all: Vec<Value> = bundle["entry"].as_array().unwrap().iter().map(|e| e["resource"].clone()).collect();
    all.retain(|r| !matches!(r["resourceType"].as_str(), Some("Provenance" | "DocumentReference")));
    all
}

/// The document with start tags written in another way: `of` has the element, its tag, and all that follows.
fn retagged(xml: &str, of: impl Fn(&str, &str, &str) -> Option<String>) -> String {
    let mut out = String::with_capacity(xml.len());
    let mut rest = xml;
    while let Some(open) = rest.find('<') {
        let Some(close) = rest[open..].find('>').map(|i| open + i) else { break };
        out.push_str(&rest[..open]);
        let tag = &rest[open..=close];
        rest = &rest[close + 1..];
        let element = tag[1..].split([' ', '\n', '>', '/']).next().unwrap();
        let other = if element.is_empty() || element.starts_with(['!', '?']) { None } else { of(element, tag, rest) };
        out.push_str(other.as_deref().unwrap_or(tag));
    }
    out + rest
}

/// The document with values of attributes written in another way: `of` has the element, the attribute and its value.
fn respelled(xml: &str, of: &dyn Fn(&str, &str, &str) -> Option<String>) -> String {
    retagged(xml, |element, tag, _| {
        let mut out = String::with_capacity(tag.len());
        let mut parts = tag.split('"');
        out.push_str(parts.next().unwrap());
        while let (Some(value), Some(after)) = (parts.next(), parts.next()) {
            let before = out.trim_end_matches(['=', ' ']);
            let attribute = before.rsplit([' ', '\n']).next().unwrap().to_owned();
            out.push('"');
            out.push_str(&of(element, &attribute, value).unwrap_or_else(|| value.to_owned()));
            out.push('"');
            out.push_str(after);
        }
        Some(out)
    })
}

/// That two say the same, one by one: the first that differs is shown, not all.
fn same<T: PartialEq + std::fmt::Debug>(given: &[T], plain: &[T], which: &str) {
    for (is, was) in given.iter().zip(plain) {
        assert_eq!(is, was, "{which}");
    }
    assert_eq!(given.len(), plain.len(), "{which}");
}

/// The samples and these other documents, with their names.
fn documents(others: &[&str]) -> Vec<(String, String)> {
    let all = std::iter::once(&"samples").chain(others).flat_map(|folder| files(folder, "xml"));
    all.filter_map(|path| Some((path.display().to_string(), std::fs::read_to_string(&path).ok()?))).collect()
}

fn capitalised(value: &str) -> String {
    value[..1].to_uppercase() + &value[1..]
}

type Form = (&'static str, fn(&str, &str, &str) -> Option<String>);

const FORMS: [Form; 16] = [
    ("a status with a capital", |e, a, v| (e == "statusCode" && a == "code").then(|| capitalised(v))),
    ("a status in capitals", |e, a, v| (e == "statusCode" && a == "code").then(|| v.to_uppercase())),
    ("a null flavour in small letters", |_, a, v| (a == "nullFlavor").then(|| v.to_lowercase())),
    ("a flag with a capital", |_, a, v| matches!(a, "negationInd" | "inversionInd").then(|| capitalised(v))),
    ("a flag as a digit", |_, a, v| {
        matches!(a, "negationInd" | "inversionInd")
            .then(|| if v.eq_ignore_ascii_case("true") || v == "1" { "1" } else { "0" }.to_owned())
    }),
    ("a mood in small letters", |_, a, v| (a == "moodCode").then(|| v.to_lowercase())),
    ("a class in small letters", |_, a, v| (a == "classCode").then(|| v.to_lowercase())),
    ("a relation in small letters", |_, a, v| (a == "typeCode").then(|| v.to_lowercase())),
    ("a use in small letters", |_, a, v| (a == "use").then(|| v.to_lowercase())),
    ("a qualifier in small letters", |_, a, v| (a == "qualifier").then(|| v.to_lowercase())),
    ("a datatype in small letters", |_, a, v| (a == "xsi:type" && !v.contains('.')).then(|| v.to_lowercase())),
    ("a code system as a URN", |_, a, v| {
        (a == "codeSystem" && v.contains('.') && !v.contains(':')).then(|| format!("urn:oid:{v}"))
    }),
    ("a root as a URN", |e, a, v| {
        (a == "root" && e != "templateId" && v.contains('.') && !v.contains(':')).then(|| format!("urn:oid:{v}"))
    }),
    ("a template as a URN", |e, a, v| (a == "root" && e == "templateId").then(|| format!("urn:oid:{v}"))),
    ("a confidentiality in small letters", |e, a, v| {
        (e == "confidentialityCode" && a == "code").then(|| v.to_lowercase())
    }),
    ("a language in capitals", |e, a, v| (e == "languageCode" && a == "code").then(|| v.to_uppercase())),
];

#[test]
fn what_is_written_in_another_form_gives_the_same() {
    let documents = documents(&["tests/fixtures"]);
    assert!(documents.len() > 20);
    let mut told = 0;
    for (path, xml) in documents {
        if converter().convert(xml.as_bytes(), &Options::default()).is_err() {
            continue;
        }
        let plain = gives(&xml);
        for (form, of) in FORMS {
            let other = respelled(&xml, &of);
            if other == xml {
                continue;
            }
            told += 1;
            same(&gives(&other), &plain, &format!("{path}: {form}"));
        }
    }
    assert!(told > 200, "only {told} documents were changed at all");
}

/// The document without the datatypes of values that show by what they hold.
fn untyped(xml: &str) -> String {
    retagged(xml, |element, tag, inside| {
        let holds = |attribute: &str| tag.contains(&format!(" {attribute}=\""));
        let plain = |ty: &str| match ty {
            "CD" | "CE" => holds("code"),
            "PQ" => holds("value") && holds("unit"),
            "IVL_PQ" => inside.trim_start().starts_with("<low") || inside.trim_start().starts_with("<high"),
            "ST" => !inside.trim_start().starts_with('<'),
            _ => false,
        };
        let ty = tag.split_once(" xsi:type=\"").and_then(|(_, r)| r.split('"').next()).unwrap_or("");
        (element == "value" && plain(ty)).then(|| tag.replace(&format!(" xsi:type=\"{ty}\""), ""))
    })
}

#[test]
fn values_that_do_not_say_their_datatype_give_the_same() {
    let mut told = 0;
    for (path, xml) in documents(&["tests/fixtures"]) {
        let other = untyped(&xml);
        if other == xml || converter().convert(xml.as_bytes(), &Options::default()).is_err() {
            continue;
        }
        told += 1;
        same(&gives(&other), &gives(&xml), &path);
    }
    assert!(told >= 15, "only {told} documents were changed at all");
}

/// The document with each coded value and code of its body moved into a translation of a null root.
fn moved_into_translations(xml: &str) -> String {
    let Some(body) = xml.find("<structuredBody") else { return xml.to_owned() };
    let moved = retagged(&xml[body..], |element, tag, _| {
        let typed = tag.contains(r#"xsi:type="CD""#) || tag.contains(r#"xsi:type="CE""#);
        let is_concept = element == "code" || element == "value" && typed;
        let coded = tag.contains(" code=\"") && tag.contains(" codeSystem=\"") && !tag.contains("nullFlavor");
        if !is_concept || !coded || !tag.ends_with("/>") {
            return None;
        }
        let ty = if typed { r#" xsi:type="CD""# } else { "" };
        let inside = tag[1 + element.len()..].replace(r#" xsi:type="CD""#, "").replace(r#" xsi:type="CE""#, "");
        Some(format!(r#"<{element}{ty} nullFlavor="OTH"><translation{inside}</{element}>"#))
    });
    xml[..body].to_owned() + &moved
}

/// What a document says in resources, without the ids of those that have none of their own: they come from the content.
fn told_by(xml: &str) -> Vec<String> {
    let said = gives(xml).into_iter().filter(|r| r["resourceType"] != "Composition");
    let mut all: Vec<String> = said.map(|r| without(&r, &["id", "reference"]).to_string()).collect();
    all.sort();
    all
}

/// A concept whose root is null is what its translation says: with every code of a document moved there, the same is said.
#[test]
fn codes_in_translations_of_null_roots_give_the_same() {
    let mut told = 0;
    for (path, xml) in documents(&[]) {
        let other = moved_into_translations(&xml);
        if other == xml {
            continue;
        }
        told += 1;
        same(&told_by(&other), &told_by(&xml), &path);
    }
    assert!(told > 8, "only {told} documents were changed at all");
}

fn of_gender(gender: &str) -> Made {
    Doc::new().patient(&format!(r#"<id root="1.2.3"/><name>X</name>{gender}"#)).convert()
}

fn finding(inside: &str) -> Made {
    let entry = format!(
        r#"<entry><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.2"/><id root="2.16.840.1.113883.19.11.1" extension="r"/>{inside}</observation></entry>"#
    );
    Doc::new().section("30954-2", "x", &entry).convert()
}

checks! {
    /// A sex that is written as a word, or with a small letter, read as unknown.
    fn a_sex_in_words_or_small_letters() {
        for (code, sex) in [
            (r#"code="m" codeSystem="2.16.840.1.113883.5.1""#, "male"),
            (r#"code="f""#, "female"),
            (r#"code="Male" codeSystem="2.16.840.1.113883.5.1""#, "male"),
            (r#"code="FEMALE""#, "female"),
            (r#"code="W" codeSystem="1.2.3.4.5" displayName="weiblich""#, "female"),
            (r#"code="1" codeSystem="1.2.3.4.5" displayName="Hombre""#, "male"),
            (r#"displayName="Female""#, "female"),
            (r#"code="M" codeSystem="1.2.3.4.5" displayName="Mujer""#, "female"),
            (r#"nullFlavor="UNK" displayName="Male""#, "unknown"),
            (r#"code="X" codeSystem="2.16.840.1.113883.5.1""#, "unknown"),
        ] {
            let m = of_gender(&format!("<administrativeGenderCode {code}/>"));
            m.is(m.one("Patient"), "gender", &[sex]);
        }
    }

    fn the_system_of_a_code_that_names_none() {
        let time = r#"<statusCode code="completed"/><effectiveTime value="20200102"/>"#;
        let loinc = |code: &str| finding(&format!(r#"<code {code}/>{time}<value xsi:type="PQ" value="5" unit="mg"/><interpretationCode code="H"/>"#));
        for code in [r#"code="718-7""#, r#"code="718-7" codeSystemName="LOINC""#, r#"code="718-7" codeSystemName="LOINC 2.7""#] {
            let m = loinc(code);
            m.is(m.one("Observation"), "code.coding.system", &["http://loinc.org"]);
            m.is(m.one("Observation"), "interpretation.coding.system", &["http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"]);
            assert!(m.reported("system-inferred"));
        }
        // neither the check digit of LOINC, nor the sender's own list, nor numbers of SNOMED CT: another list may have them
        for code in [r#"code="718-8""#, r#"code="718-7" codeSystemName="House codes""#, r#"code="73211009""#] {
            m_none(&loinc(code));
        }
        let m = finding(&format!(r#"<code code="73211009" codeSystemName="SNOMED CT"/>{time}<value xsi:type="PQ" value="5" unit="mg"/>"#));
        m.is(m.one("Observation"), "code.coding.system", &["http://snomed.info/sct"]);
    }

    /// Senders write the name of a code system where its OID belongs; those of HL7's own table of them (0396) mean one thing.
    fn a_code_system_by_its_name_of_version_2() {
        for (name, system) in [
            ("SCT", "http://snomed.info/sct"),
            ("C4", "http://www.ama-assn.org/go/cpt"),
            ("CPT4", "http://www.ama-assn.org/go/cpt"),
            ("I9CDX", "http://hl7.org/fhir/sid/icd-9-cm"),
            ("ICD10PCS", "http://www.cms.gov/Medicare/Coding/ICD10"),
            ("HCPCS", "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"),
        ] {
            for named in [format!(r#"codeSystem="{name}""#), format!(r#"codeSystemName="{name}""#)] {
                let m = finding(&format!(r#"<code code="718-7" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><effectiveTime value="20200102"/><value xsi:type="CD" code="7" {named}/>"#));
                m.is(m.one("Observation"), "valueCodeableConcept.coding.system", &[system]);
            }
        }
        // which edition "ICD9" and "I10" are nobody can tell
        for name in ["ICD9", "I10", "FDB"] {
            let m = finding(&format!(r#"<code code="718-7" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><effectiveTime value="20200102"/><value xsi:type="CD" code="7" codeSystem="{name}"/>"#));
            m.none(m.one("Observation"), "valueCodeableConcept.coding.system");
        }
    }

    fn a_code_of_hl7_in_the_letters_of_its_system() {
        let m = finding(r#"<code code="718-7" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><effectiveTime value="20200102"/><value xsi:type="PQ" value="5" unit="mg"/><interpretationCode code="hh" codeSystem="2.16.840.1.113883.5.83"/>"#);
        m.is(m.one("Observation"), "interpretation.coding.code", &["HH"]);
        assert!(m.reported("code-case"));
    }

    /// A concept whose root is null and whose code stands in a translation is that concept: its reaction was not severe, its
    /// problem not active, its blood pressure none, since tables asked the root alone.
    fn a_code_in_a_translation_of_a_null_root_is_the_code() {
        let either = |element: &str, kind: &str, code: &str, system: &str| [
            format!(r#"<{element} {kind} code="{code}" codeSystem="{system}"/>"#),
            format!(r#"<{element} {kind} nullFlavor="OTH"><translation code="{code}" codeSystem="{system}"/></{element}>"#),
        ];
        let (sct, loinc) = ("2.16.840.1.113883.6.96", "2.16.840.1.113883.6.1");
        let cd = r#"xsi:type="CD""#;
        for status in either("value", cd, "73425007", sct) {
            let entry = format!(r#"<entry><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.4"/><id root="1.2.3.4.5" extension="p"/><code code="55607006" codeSystem="{sct}"/><statusCode code="completed"/><effectiveTime><low value="2019"/></effectiveTime><value {cd} code="38341003" codeSystem="{sct}"/><entryRelationship typeCode="REFR"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.6"/><code code="33999-4" codeSystem="{loinc}"/><statusCode code="completed"/>{status}</observation></entryRelationship></observation></entry>"#);
            let m = Doc::new().section("11450-4", "x", &entry).convert();
            m.is(m.one("Condition"), "clinicalStatus.coding.code", &["inactive"]);
        }
        for severity in either("value", cd, "24484000", sct) {
            for manifestation in either("value", cd, "247472004", sct) {
                let entry = format!(r#"<entry><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.7"/><id root="1.2.3.4.5" extension="a"/><code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><statusCode code="completed"/><value {cd} code="416098002" codeSystem="{sct}"/><participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT"><code code="7980" codeSystem="2.16.840.1.113883.6.88"/></playingEntity></participantRole></participant><entryRelationship typeCode="MFST" inversionInd="true"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.9"/><id root="1.2.3.4.5" extension="r"/><code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><statusCode code="completed"/>{manifestation}<entryRelationship typeCode="SUBJ" inversionInd="true"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.8"/><code code="SEV" codeSystem="2.16.840.1.113883.5.4"/><statusCode code="completed"/>{severity}</observation></entryRelationship></observation></entryRelationship></observation></entry>"#);
                let m = Doc::new().section("48765-2", "x", &entry).convert();
                m.is(m.one("AllergyIntolerance"), "reaction.manifestation.coding.code", &["247472004"]);
                m.is(m.one("AllergyIntolerance"), "reaction.severity", &["severe"]);
            }
        }
        // what is not taken is that medicine, not any
        for drug in either("code", "", "855332", "2.16.840.1.113883.6.88") {
            let entry = format!(r#"<entry><substanceAdministration classCode="SBADM" moodCode="EVN" negationInd="true"><templateId root="2.16.840.1.113883.10.20.22.4.16"/><id root="1.2.3.4.5" extension="m"/><statusCode code="active"/><effectiveTime xsi:type="IVL_TS"><low value="20230102"/></effectiveTime><consumable><manufacturedProduct><manufacturedMaterial>{drug}</manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration></entry>"#);
            let m = Doc::new().section("10160-0", "x", &entry).convert();
            assert!(!m.bundle.to_string().contains("no-known-medications"), "{drug}");
            assert!(!m.texts(&m.bundle, "entry.resource.medicationCodeableConcept.coding.code").contains(&"787481004".to_owned()), "{drug}");
        }
        for (systolic, diastolic) in either("code", "", "8480-6", loinc).iter().zip(either("code", "", "8462-4", loinc)) {
            let half = |code: &str, value: &str| format!(r#"<component><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.27"/><id root="1.2.3.4.5" extension="{value}"/>{code}<statusCode code="completed"/><effectiveTime value="20200102"/><value xsi:type="PQ" value="{value}" unit="mm[Hg]"/></observation></component>"#);
            let entry = format!(r#"<entry><organizer classCode="CLUSTER" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.26"/><id root="1.2.3.4.5" extension="o"/><code code="46680005" codeSystem="{sct}"/><statusCode code="completed"/><effectiveTime value="20200102"/>{}{}</organizer></entry>"#, half(systolic, "171"), half(&diastolic, "93"));
            let m = Doc::new().section("8716-3", "x", &entry).convert();
            m.is(m.with("Observation", "code.coding.code", "85354-9"), "component.valueQuantity.value", &["171", "93"]);
        }
    }

    /// A qualifier that takes a concept away does so however it names its code system, and where it names none.
    fn a_qualifier_counts_however_its_system_is_named() {
        for system in [r#"codeSystem="2.16.840.1.113883.6.96""#, r#"codeSystem="http://snomed.info/sct""#, r#"codeSystemName="SNOMED CT""#, r#"codeSystem="SNOMED CT""#, ""] {
            for concept in [system, r#"codeSystem="2.16.840.1.113883.6.96""#] {
                for (value, status) in [("410516002", "refuted"), ("415684004", "unconfirmed")] {
                    let entry = format!(r#"<entry><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.4"/><id root="1.2.3.4.5" extension="p"/><code code="55607006" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/><effectiveTime><low value="2019"/></effectiveTime><value xsi:type="CD" code="38341003" {concept}><qualifier><name code="408729009" {system}/><value code="{value}" {system}/></qualifier></value></observation></entry>"#);
                    let m = Doc::new().section("11450-4", "x", &entry).convert();
                    m.is(m.one("Condition"), "verificationStatus.coding.code", &[status]);
                }
            }
        }
    }

    /// A number with a decimal comma was words; where the comma may part thousands it still is.
    fn a_decimal_comma() {
        let of = |value: &str| finding(&format!(r#"<code code="718-7" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><effectiveTime value="20200102"/><value xsi:type="PQ" value="{value}" unit="mg"/>"#));
        let m = of("13,4");
        m.is(m.one("Observation"), "valueQuantity.value", &["13.4"]);
        assert!(m.reported("decimal-comma"));
        m_words(&of("1,234"));
    }

    /// What is restricted with a small letter, or without a system, must be withheld like any other.
    fn a_label_in_another_form_restricts_as_well() {
        for label in [r#"code="r" codeSystem="2.16.840.1.113883.5.25""#, r#"code="v""#, r#"code="R" codeSystem="urn:oid:2.16.840.1.113883.5.25""#, r#"code="R" codeSystemName="Confidentiality""#] {
            let xml = Doc::new().raw_section(&format!(r#"<section><code code="11450-4" codeSystem="2.16.840.1.113883.6.1"/><title>x</title><confidentialityCode {label}/><text>secret</text></section>"#)).xml();
            let options = Options { confidential: granule::convert::Confidential::Redact, ..Options::default() };
            let m = convert_with(converter(), xml.as_bytes(), &options);
            assert!(!m.bundle.to_string().contains("secret"), "{label}");
        }
    }
}

fn m_none(m: &Made) {
    m.none(m.one("Observation"), "code.coding.system");
}

fn m_words(m: &Made) {
    m.none(m.one("Observation"), "valueQuantity");
    m.is(m.one("Observation"), "valueString", &["1,234 mg"]);
}
