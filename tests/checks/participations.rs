//! People and organisations: facts K113–K117 and K159.

use crate::checks;
use crate::common::*;

const PERSON: &str = "<assignedPerson><name><given>Henry</given><family>Seven</family></name></assignedPerson>";

fn org(element: &str, inner: &str) -> String {
    format!(
        r#"<{element}><id root="2.16.840.1.113883.19.12.1" extension="o1"/><name>Community Hospital</name>{inner}</{element}>"#
    )
}

fn author(inner: &str) -> Made {
    Doc::new()
        .author(&format!(r#"<author><time value="20240312"/><assignedAuthor><id root="2.16.840.1.113883.19.12.2" extension="a1"/>{inner}</assignedAuthor></author>"#))
        .convert()
}

checks! {
    fn k113_a_person_in_an_organisation_has_a_role() {
        let m = author(&(PERSON.to_owned() + &org("representedOrganization", "")));
        let r = m.one("PractitionerRole");
        m.is(r, "practitioner.resolve().name.family", &["Seven"]);
        m.is(r, "organization.resolve().name", &["Community Hospital"]);
        m.is(r, "practitioner.resolve().identifier.value", &["a1"]);
        m.none(r, "identifier");
        m.is(m.one("Composition"), "author.resolve().resourceType", &["PractitionerRole"]);
    }

    fn k113_a_person_with_a_code_has_a_role_too() {
        let m = author(&(r#"<code code="207QA0505X" codeSystem="2.16.840.1.113883.6.101" displayName="Adult Medicine"/>"#.to_owned() + PERSON));
        m.is(m.one("PractitionerRole"), "specialty.coding.code", &["207QA0505X"]);
    }

    fn k113_a_person_alone_is_a_practitioner() {
        let m = author(PERSON);
        assert!(m.all("PractitionerRole").is_empty());
        m.is(m.one("Composition"), "author.resolve().resourceType", &["Practitioner"]);
    }

    fn k114_an_organisation_alone() {
        let m = author(&org("representedOrganization", ""));
        assert!(m.all("Practitioner").is_empty());
        assert!(m.all("PractitionerRole").is_empty());
        let c = m.one("Composition");
        m.is(c, "author.resolve().resourceType", &["Organization"]);
        m.is(c, "author.resolve().name", &["Community Hospital"]);
    }

    fn k115_a_device() {
        let m = author("<assignedAuthoringDevice><manufacturerModelName>EHR 9</manufacturerModelName><softwareName>Charts</softwareName></assignedAuthoringDevice>");
        let d = m.one("Device");
        m.has(d, "deviceName.name", "Charts");
        m.has(d, "deviceName.name", "EHR 9");
        assert!(m.all("Practitioner").is_empty());
        m.is(m.one("Composition"), "author.resolve().resourceType", &["Device"]);
    }

    fn k116_a_relative_who_informs() {
        let m = Doc::new()
            .header(r#"<informant><relatedEntity classCode="PRS"><code code="DAU" codeSystem="2.16.840.1.113883.5.111"/>
<relatedPerson><name><given>Rosa</given><family>Exemplar</family></name></relatedPerson></relatedEntity></informant>"#)
            .convert();
        let r = m.one("RelatedPerson");
        m.is(r, "name.family", &["Exemplar"]);
        m.has(r, "relationship.coding.code", "DAU");
        m.is(r, "patient.resolve().resourceType", &["Patient"]);
    }

    fn k117_every_subject_is_the_patient() {
        for path in files("samples", ".xml") {
            let m = convert(&std::fs::read(&path).unwrap());
            let patient = m.one("Patient");
            for r in m.resources() {
                for key in ["subject", "patient"] {
                    if let Some(target) = m.target(&r[key]) {
                        assert_eq!(target["id"], patient["id"], "{}: {}", path.display(), pretty(r));
                    }
                }
                let ty = r["resourceType"].as_str().unwrap();
                if matches!(ty, "Condition" | "Observation" | "DiagnosticReport" | "MedicationRequest" | "MedicationDispense" | "MedicationAdministration" | "Encounter" | "Procedure" | "Composition" | "DocumentReference") {
                    assert!(m.target(&r["subject"]).is_some(), "{ty} without its subject");
                }
                if matches!(ty, "AllergyIntolerance" | "Immunization" | "RelatedPerson") {
                    assert!(m.target(&r["patient"]).is_some(), "{ty} without its patient");
                }
            }
        }
    }

    fn k159_organisations_within_organisations() {
        let inner = r#"<asOrganizationPartOf><wholeOrganization><id root="2.16.840.1.113883.19.12.1" extension="o2"/><name>Region</name>
<asOrganizationPartOf><wholeOrganization><id root="2.16.840.1.113883.19.12.1" extension="o3"/><name>Country</name></wholeOrganization></asOrganizationPartOf></wholeOrganization></asOrganizationPartOf>"#;
        let m = author(&(PERSON.to_owned() + &org("representedOrganization", inner)));
        let r = m.one("PractitionerRole");
        m.is(r, "organization.resolve().partOf.resolve().name", &["Region"]);
        m.is(r, "organization.resolve().partOf.resolve().partOf.resolve().name", &["Country"]);
    }

    fn one_person_in_many_places_is_one_practitioner() {
        let entity = r#"<assignedEntity><id root="2.16.840.1.113883.4.6" extension="9999999901"/><assignedPerson><name><given>Paula</given><family>Pretend</family></name></assignedPerson></assignedEntity>"#;
        let m = Doc::new()
            .header(&format!(r#"<legalAuthenticator><time value="20240312"/><signatureCode code="S"/>{entity}</legalAuthenticator>
<authenticator><time value="20240312"/><signatureCode code="S"/>{entity}</authenticator>"#))
            .convert();
        m.one("Practitioner");
        let c = m.one("Composition");
        m.is(c, "attester.mode", &["legal", "professional"]);
        m.is(c, "attester.party.resolve().name.family", &["Pretend", "Pretend"]);
    }

    fn a_signature_that_is_asked_for_is_none_yet() {
        let by = |code: &str| {
            let entity = r#"<assignedEntity><id root="2.16.840.1.113883.4.6" extension="9999999901"/><assignedPerson><name><given>Paula</given><family>Pretend</family></name></assignedPerson></assignedEntity>"#;
            Doc::new()
                .header(&format!(r#"<legalAuthenticator><time value="20240312"/><signatureCode code="{code}"/>{entity}</legalAuthenticator>
<authenticator><time value="20240312"/><signatureCode code="{code}"/>{entity}</authenticator>"#))
                .convert()
        };
        for code in ["I", "X"] {
            let m = by(code);
            m.none(m.one("Composition"), "attester");
            m.none(m.one("DocumentReference"), "authenticator");
            m.is(m.one("DocumentReference"), "docStatus", &["preliminary"]);
            assert!(m.issues.iter().any(|i| i.code == "row-remark" && i.message.contains("signatureCode")), "it is reported");
        }
        let m = by("S");
        m.is(m.one("DocumentReference"), "docStatus", &["final"]);
        assert!(!m.reported("row-remark"));
    }

    fn two_people_of_one_name_stay_two() {
        let other = AUTHOR.replace("9999999901", "9999999919");
        let m = Doc::new().author(&(AUTHOR.to_owned() + &other)).convert();
        assert_eq!(m.all("Practitioner").len(), 2);
    }

    fn a_null_number_is_no_number() {
        let m = author(&format!(r#"<id root="2.16.840.1.113883.4.6" nullFlavor="UNK"/>{PERSON}"#));
        m.is(m.one("Practitioner"), "identifier.value", &["a1"]);
    }

    fn an_author_whose_time_says_more_of_the_same_day_keeps_it() {
        let author = |time: &str| format!(r#"<author><time value="{time}"/><assignedAuthor><id root="2.16.840.1.113883.4.6" extension="{time}"/><assignedPerson><name><family>F{time}</family></name></assignedPerson></assignedAuthor></author>"#);
        let entry = format!(
            r#"<entry><procedure classCode="PROC" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.14"/><id root="2.16.840.1.113883.19.11.4" extension="p"/><code code="73761001" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/>{}{}</procedure></entry>"#,
            author("20200228"),
            author("202002281407-0500")
        );
        let m = Doc::new().section("47519-4", "x", &entry).convert();
        let procedure = m.one("Procedure");
        let target = format!("urn:uuid:{}", procedure["id"].as_str().unwrap());
        let wrote = m.all("Provenance").into_iter().find(|p| p["entity"].is_null() && p["target"][0]["reference"] == *target).unwrap();
        m.is(wrote, "occurredPeriod.end", &["2020-02-28T14:07:00-05:00"]);
        m.none(wrote, "occurredPeriod.start");
    }
}
