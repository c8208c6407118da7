//! The patient: facts K038–K044 and K132–K138.

use crate::checks;
use crate::common::*;

const NAME: &str = "<name><given>Minim</given><family>Exemplar</family></name>";

fn patient(xml: &str) -> Made {
    Doc::new().patient(&format!("{NAME}{xml}")).convert()
}

const RACE: &str = "2.16.840.1.113883.6.238";

checks! {
    /// Two patients of two documents whose record number is one that senders write where they have none were one Patient, and
    /// what one document said went to the other.
    fn a_number_that_many_share_makes_no_two_patients_one() {
        let id_of = |document: &str, number: &str, name: &str, ty: &str| {
            let role = format!(r#"<id root="2.16.840.1.113883.19.5.7" extension="{number}"/><patient><name><given>A</given><family>{name}</family></name></patient>"#);
            let author = format!(r#"<author><time value="20240312"/><assignedAuthor><id root="2.16.840.1.113883.4.6" extension="{number}"/><assignedPerson><name><given>D</given><family>{name}</family></name></assignedPerson></assignedAuthor></author>"#);
            let xml = Doc::new().role(&role).author(&author).xml().replace("DOC-1", document);
            let m = convert(xml.as_bytes());
            let entry = m.bundle["entry"].as_array().unwrap().iter().find(|e| e["resource"]["resourceType"] == ty && e["resource"]["name"][0]["family"] == name).unwrap();
            (entry["fullUrl"].to_string(), entry["request"]["ifNoneExist"].is_null())
        };
        for number in ["0000000000", "9999999999", "123456789", "000-00-0000", "Not provided", "UNKNOWN", "XXXX"] {
            assert_ne!(id_of("1", number, "Musterfrau", "Patient"), id_of("2", number, "Mustermann", "Patient"), "{number}");
            let (one, asked) = id_of("1", number, "Musterfrau", "Practitioner");
            assert_ne!(one, id_of("2", number, "Mustermann", "Practitioner").0, "{number}");
            // no server is asked for whoever bears it; the same person under it is the same all the same
            assert!(asked, "{number}");
            assert_eq!(one, id_of("2", number, "Musterfrau", "Practitioner").0, "{number}");
        }
        let real = |document| id_of(document, "1234567893", "Musterfrau", "Practitioner");
        assert!(!real("1").1);
        assert_eq!(id_of("1", "4711", "Musterfrau", "Patient").0, id_of("2", "4711", "Musterfrau", "Patient").0);
    }

    fn k038_gender() {
        for (code, want) in [("F", "female"), ("M", "male"), ("UN", "other")] {
            let m = patient(&format!(r#"<administrativeGenderCode code="{code}" codeSystem="2.16.840.1.113883.5.1"/>"#));
            m.is(m.one("Patient"), "gender", &[want]);
        }
    }

    fn gender_in_the_systems_of_other_realms() {
        for (system, code, want) in [
            ("2.16.840.1.113883.13.68", "F", "female"),
            ("2.16.840.1.113883.13.68", "I", "other"),
            ("2.16.840.1.113883.12.1", "M", "male"),
            ("2.16.840.1.113883.1.11.1", "M", "male"),
            ("2.16.840.1.113883.6.96", "248152002", "female"),
        ] {
            let m = patient(&format!(r#"<administrativeGenderCode code="{code}" codeSystem="{system}"/>"#));
            m.is(m.one("Patient"), "gender", &[want]);
        }
        // CDA binds the element, so a code alone is of its system
        let m = patient(r#"<administrativeGenderCode code="F"/>"#);
        m.is(m.one("Patient"), "gender", &["female"]);
        // a letter of a system that nobody knows may mean anything
        let m = patient(r#"<administrativeGenderCode code="F" codeSystem="1.2.3.4.5.6.7"/>"#);
        m.is(m.one("Patient"), "gender", &["unknown"]);
        assert!(m.reported("code-not-mapped"), "the gender is lost in silence");
    }

    fn k039_any_other_gender_is_unknown() {
        for xml in [r#"<administrativeGenderCode nullFlavor="UNK"/>"#, r#"<administrativeGenderCode code="X" codeSystem="2.16.840.1.113883.5.1"/>"#, ""] {
            let m = patient(xml);
            m.is(m.one("Patient"), "gender", &["unknown"]);
        }
    }

    fn k040_the_time_of_death_says_it_all() {
        let m = patient(r#"<sdtc:deceasedInd value="true"/><sdtc:deceasedTime value="20200101"/>"#);
        m.is(m.one("Patient"), "deceasedDateTime", &["2020-01-01"]);
        m.none(m.one("Patient"), "deceasedBoolean");
        let m = patient(r#"<sdtc:deceasedInd value="false"/>"#);
        m.is(m.one("Patient"), "deceasedBoolean", &["false"]);
        let m = patient(r#"<sdtc:deceasedInd value="true"/><sdtc:deceasedTime nullFlavor="UNK"/>"#);
        m.is(m.one("Patient"), "deceasedBoolean", &["true"]);
        m.none(m.one("Patient"), "deceasedDateTime");
    }

    fn k041_race() {
        let m = patient(&format!(r#"<raceCode code="2106-3" codeSystem="{RACE}" displayName="White"/><sdtc:raceCode code="2108-9" codeSystem="{RACE}" displayName="European"/>"#));
        let p = m.one("Patient");
        m.is(p, "extension(us-core-race).extension(ombCategory).valueCoding.code", &["2106-3"]);
        m.is(p, "extension(us-core-race).extension(detailed).valueCoding.code", &["2108-9"]);
        m.is(p, "extension(us-core-race).extension(text).valueString", &["White, European"]);
        m.is(p, "extension(us-core-race).extension(ombCategory).valueCoding.system", &["urn:oid:2.16.840.1.113883.6.238"]);
    }

    fn a_race_said_more_closely_by_a_translation_is_kept() {
        let m = patient(&format!(r#"<raceCode code="2106-3" codeSystem="{RACE}" displayName="White"><translation code="2108-9" codeSystem="{RACE}" displayName="European"/><translation code="W" codeSystem="1.2.3"/></raceCode>"#));
        let p = m.one("Patient");
        m.is(p, "extension(us-core-race).extension(ombCategory).valueCoding.code", &["2106-3"]);
        m.is(p, "extension(us-core-race).extension(detailed).valueCoding.code", &["2108-9"]);
        let m = patient(&format!(r#"<raceCode code="1" codeSystem="1.2.3" displayName="white"><translation code="2106-3" codeSystem="{RACE}" displayName="White"/></raceCode>"#));
        m.is(m.one("Patient"), "extension(us-core-race).extension(ombCategory).valueCoding.code", &["2106-3"]);
    }

    fn k042_a_guardian_is_a_guardian_first() {
        let m = patient(r#"<guardian><code code="FTH" codeSystem="2.16.840.1.113883.5.111" displayName="father"/><addr use="HP"><city>Beaverton</city></addr>
<telecom value="tel:+1-555-0102" use="MC"/><guardianPerson><name><given>Boris</given><family>Betterhalf</family></name></guardianPerson></guardian>"#);
        let p = m.one("Patient");
        assert_eq!(codes(&m, p, "contact.relationship"), ["http://terminology.hl7.org/CodeSystem/v3-RoleCode|GUARD", "http://terminology.hl7.org/CodeSystem/v3-RoleCode|FTH"]);
        m.is(p, "contact.name.family", &["Betterhalf"]);
        m.is(p, "contact.telecom.value", &["+1-555-0102"]);
        m.is(p, "contact.address.city", &["Beaverton"]);
    }

    fn k043_language() {
        let m = patient(r#"<languageCommunication><languageCode code="en"/><preferenceInd value="true"/></languageCommunication>"#);
        let p = m.one("Patient");
        assert_eq!(codes(&m, p, "communication.language"), ["urn:ietf:bcp:47|en"]);
        m.is(p, "communication.preferred", &["true"]);
    }

    fn k044_the_organisation_that_manages_the_record() {
        let m = Doc::new()
            .role(&format!(r#"<id root="2.16.840.1.113883.19.5.99999.2" extension="M"/><patient>{NAME}</patient>
<providerOrganization><id root="2.16.840.1.113883.19.5.99999.4" extension="O"/><name>Primary Partners</name></providerOrganization>"#))
            .convert();
        let p = m.one("Patient");
        m.is(p, "managingOrganization.resolve().resourceType", &["Organization"]);
        m.is(p, "managingOrganization.resolve().name", &["Primary Partners"]);
        m.is(p, "managingOrganization.resolve().identifier.value", &["O"]);
    }

    fn k132_birth_date() {
        for (time, want) in [("19470501", "1947-05-01"), ("194705", "1947-05"), ("1947", "1947")] {
            let m = patient(&format!(r#"<birthTime value="{time}"/>"#));
            m.is(m.one("Patient"), "birthDate", &[want]);
            m.none(m.one("Patient"), "_birthDate");
        }
    }

    fn k133_time_of_birth() {
        let m = patient(r#"<birthTime value="194705011432-0500"/>"#);
        let p = m.one("Patient");
        m.is(p, "birthDate", &["1947-05-01"]);
        m.is(p, "_birthDate.extension(patient-birthTime).valueDateTime", &["1947-05-01T14:32:00-05:00"]);
    }

    fn k133_time_of_birth_near_midnight_keeps_the_day_as_written() {
        let m = patient(r#"<birthTime value="194705012350-0500"/>"#);
        m.is(m.one("Patient"), "birthDate", &["1947-05-01"]);
    }

    fn k134_texts_of_race_are_said_once() {
        let m = patient(&format!(r#"<raceCode code="2106-3" codeSystem="{RACE}" displayName="White"/><sdtc:raceCode code="2106-3" codeSystem="{RACE}" displayName="White"/>"#));
        let p = m.one("Patient");
        m.is(p, "extension(us-core-race).extension(text).valueString", &["White"]);
        m.is(p, "extension(us-core-race).extension(ombCategory).valueCoding.code", &["2106-3"]);
    }

    fn k135_ethnicity() {
        let m = patient(&format!(r#"<ethnicGroupCode code="2135-2" codeSystem="{RACE}" displayName="Hispanic or Latino"/><sdtc:ethnicGroupCode code="20146-9" codeSystem="{RACE}" displayName="Spanish Basque"/>"#));
        let p = m.one("Patient");
        m.is(p, "extension(us-core-ethnicity).extension(ombCategory).valueCoding.code", &["2135-2"]);
        m.is(p, "extension(us-core-ethnicity).extension(detailed).valueCoding.code", &["20146-9"]);
        m.is(p, "extension(us-core-ethnicity).extension(text).valueString", &["Hispanic or Latino, Spanish Basque"]);
    }

    fn k136_place_of_birth() {
        let m = patient("<birthplace><place><addr><city>Beaverton</city><state>OR</state></addr></place></birthplace>");
        m.is(m.one("Patient"), "extension(patient-birthPlace).valueAddress.city", &["Beaverton"]);
    }

    fn k137_mode_and_level_share_an_extension() {
        let m = patient(r#"<languageCommunication><languageCode code="en"/><modeCode code="ESP" codeSystem="2.16.840.1.113883.5.60"/>
<proficiencyLevelCode code="G" codeSystem="2.16.840.1.113883.5.61"/></languageCommunication>"#);
        let p = m.one("Patient");
        assert_eq!(m.at(p, "communication.extension(patient-proficiency)").len(), 1);
        assert_eq!(codes(&m, p, "communication.extension(patient-proficiency).extension(type).valueCoding"), ["http://terminology.hl7.org/CodeSystem/v3-LanguageAbilityMode|ESP"]);
        assert_eq!(codes(&m, p, "communication.extension(patient-proficiency).extension(level).valueCoding"), ["http://terminology.hl7.org/CodeSystem/v3-LanguageAbilityProficiency|G"]);
    }

    fn k138_religion() {
        let m = patient(r#"<religiousAffiliationCode code="1013" codeSystem="2.16.840.1.113883.5.1076"/>"#);
        assert_eq!(codes(&m, m.one("Patient"), "extension(patient-religion).valueCodeableConcept"), ["http://terminology.hl7.org/CodeSystem/v3-ReligiousAffiliation|1013"]);
    }

    fn twins_and_their_order() {
        let m = patient(r#"<sdtc:multipleBirthInd value="true"/><sdtc:multipleBirthOrderNumber value="2"/>"#);
        m.is(m.one("Patient"), "multipleBirthInteger", &["2"]);
        m.none(m.one("Patient"), "multipleBirthBoolean");
        let m = patient(r#"<sdtc:multipleBirthInd value="true"/>"#);
        m.is(m.one("Patient"), "multipleBirthBoolean", &["true"]);
    }

    fn two_patients_are_refused() {
        let xml = Doc::new().xml();
        let (start, end) = (xml.find("<recordTarget>").unwrap(), xml.find("</recordTarget>").unwrap() + "</recordTarget>".len());
        let twice = format!("{}{}{}", &xml[..end], &xml[start..end], &xml[end..]);
        let refused = converter().convert(twice.as_bytes(), &granule::convert::Options::default()).unwrap_err();
        assert_eq!(refused.kind, granule::convert::Refusal::Patient);
    }
}
