//! What would harm a patient, across the domains: negation and mood that flip, facts of another person, two things that
//! become one, times that nobody gave.

use granule::convert::{Options, ZoneChoice};

use crate::checks;
use crate::common::*;

fn problem(head: &str, id: &str, code: &str, more: &str) -> String {
    format!(
        r#"<entry><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.3" extension="2015-08-01"/><id root="2.16.840.1.113883.19.8.2" extension="c{id}{code}"/>
<code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="active"/><entryRelationship typeCode="SUBJ"><observation classCode="OBS" {head}>
<templateId root="2.16.840.1.113883.10.20.22.4.4" extension="2015-08-01"/><id root="2.16.840.1.113883.19.8.1" extension="{id}"/>
<code code="55607006" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/>
<value xsi:type="CD" code="{code}" codeSystem="2.16.840.1.113883.6.96"/>{more}</observation></entryRelationship></act></entry>"#
    )
}

fn medicine(section: &str, head: &str, more: &str) -> Made {
    Doc::new()
        .section(
            section,
            "x",
            &format!(
                r#"<entry><substanceAdministration classCode="SBADM" {head}><templateId root="2.16.840.1.113883.10.20.22.4.16" extension="2014-06-09"/>
<id root="2.16.840.1.113883.19.9.1" extension="m"/><statusCode code="completed"/><effectiveTime value="20240301"/><consumable><manufacturedProduct classCode="MANU">
<manufacturedMaterial><code code="1190220" codeSystem="2.16.840.1.113883.6.88" displayName="Albuterol"/></manufacturedMaterial></manufacturedProduct></consumable>{more}</substanceAdministration></entry>"#
            ),
        )
        .convert()
}

fn problems(entries: &str) -> Made {
    Doc::new().section("11450-4", "x", entries).convert()
}

const EVN: &str = r#"moodCode="EVN""#;

checks! {
    fn what_was_given_is_an_administration_and_what_was_not_is_not_done() {
        let m = medicine("29549-3", EVN, "");
        m.is(m.one("MedicationAdministration"), "status", &["completed"]);
        assert!(m.all("MedicationRequest").is_empty());
        let m = medicine("29549-3", r#"moodCode="EVN" negationInd="true""#, "");
        m.is(m.one("MedicationAdministration"), "status", &["not-done"]);
    }

    fn what_is_ordered_was_not_given() {
        for mood in ["INT", "RQO", "PRP", "PRMS", "ARQ"] {
            let m = medicine("29549-3", &format!(r#"moodCode="{mood}""#), "");
            assert!(m.all("MedicationAdministration").is_empty(), "{mood}");
        }
    }

    fn medicines_to_take_home_were_not_given() {
        for section in ["10183-2", "75311-1", "42346-7", "10160-0"] {
            assert!(medicine(section, EVN, "").all("MedicationAdministration").is_empty(), "{section}");
        }
    }

    fn a_refused_dispense_was_not_dispensed() {
        let m = medicine("10160-0", EVN, r#"<entryRelationship typeCode="REFR"><supply classCode="SPLY" moodCode="EVN" negationInd="true"><templateId root="2.16.840.1.113883.10.20.22.4.18" extension="2014-06-09"/><statusCode code="completed"/></supply></entryRelationship>"#);
        m.is(m.one("MedicationDispense"), "status", &["declined"]);
    }

    fn a_negated_reason_is_no_reason() {
        let m = medicine("10160-0", EVN, r#"<entryRelationship typeCode="RSON"><observation classCode="OBS" moodCode="EVN" negationInd="true"><templateId root="2.16.840.1.113883.10.20.22.4.19"/><code code="404684003" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/><value xsi:type="CD" code="56018004" codeSystem="2.16.840.1.113883.6.96"/></observation></entryRelationship>"#);
        m.none(m.one("MedicationRequest"), "reasonCode");
    }

    fn a_problem_that_one_fears_or_aims_at_is_not_there() {
        for mood in ["GOL", "RSK", "INT", "PRP", "EVN.CRT"] {
            let m = problems(&problem(&format!(r#"moodCode="{mood}""#), "1", "233604007", ""));
            assert!(m.all("Condition").is_empty(), "{mood}");
            assert!(m.reported("statement-not-mapped"), "{mood}");
        }
    }

    fn an_allergy_that_one_fears_is_not_there() {
        for mood in ["GOL", "RSK", "INT"] {
            let m = Doc::new().section("48765-2", "x", &format!(r#"<entry><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.30"/><code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="active"/><entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="{mood}"><templateId root="2.16.840.1.113883.10.20.22.4.7"/><id root="1.2.3" extension="a"/><code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><statusCode code="completed"/><value xsi:type="CD" code="419511003" codeSystem="2.16.840.1.113883.6.96"/>
<participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT"><code code="387458008" codeSystem="2.16.840.1.113883.6.96"/></playingEntity></participantRole></participant></observation></entryRelationship></act></entry>"#)).convert();
            assert!(m.all("AllergyIntolerance").is_empty(), "{mood}");
        }
    }

    fn a_null_statement_is_nothing() {
        let m = problems(&problem(r#"moodCode="EVN" nullFlavor="NI""#, "1", "233604007", ""));
        assert!(m.all("Condition").is_empty());
        assert!(m.reported("null-statement"));
    }

    fn a_problem_without_code_is_reported() {
        let m = problems(&problem(EVN, "1", "233604007", "").replace(r#"code="233604007" codeSystem="2.16.840.1.113883.6.96""#, r#"nullFlavor="NI""#));
        assert!(m.all("Condition").is_empty());
        assert!(m.reported("not-written"));
    }

    fn a_subject_who_is_the_patient_is_the_patient() {
        let m = problems(&problem(EVN, "1", "233604007", r#"<subject><relatedSubject classCode="PAT"/></subject>"#));
        m.one("Condition");
    }

    fn one_id_for_two_problems_keeps_two() {
        let m = problems(&(problem(EVN, "1", "233604007", "") + &problem(EVN, "1", "90560007", "")));
        assert_eq!(m.all("Condition").len(), 2);
        assert!(!m.issues.is_empty());
    }

    fn one_problem_said_twice_is_one() {
        let m = Doc::new().section("11450-4", "x", &problem(EVN, "1", "233604007", "")).section("11348-0", "y", &problem(EVN, "1", "233604007", "")).convert();
        m.one("Condition");
    }

    fn a_problem_and_its_refutation_are_not_one() {
        let m = problems(&(problem(EVN, "1", "233604007", "") + &problem(r#"moodCode="EVN" negationInd="true""#, "1", "233604007", "")));
        assert_eq!(m.all("Condition").len(), 2);
        let refuted: Vec<_> = m.all("Condition").into_iter().filter(|c| m.texts(c, "verificationStatus.coding.code") == ["refuted"]).collect();
        assert_eq!(refuted.len(), 1);
    }

    fn two_tenants_share_no_id() {
        let xml = Doc::new().section("11450-4", "x", &problem(EVN, "1", "233604007", "")).xml();
        let ids = |tenant: &str| -> Vec<String> {
            let m = convert_with(converter(), xml.as_bytes(), &Options { tenant: tenant.into(), ..Options::default() });
            m.resources().iter().map(|r| r["id"].as_str().unwrap().to_owned()).collect()
        };
        let other = ids("b");
        assert!(ids("a").iter().all(|id| !other.contains(id)));
    }

    fn one_id_of_two_patients_is_two_resources() {
        let one = Doc::new().section("11450-4", "x", &problem(EVN, "1", "233604007", ""));
        let other = one.clone().patient("<name><family>Other</family></name>").xml().replace("MRN-1", "MRN-2");
        let (a, b) = (one.convert(), convert(other.as_bytes()));
        assert_ne!(a.one("Condition")["id"], b.one("Condition")["id"]);
        assert_ne!(a.one("Patient")["id"], b.one("Patient")["id"]);
    }

    fn a_time_without_offset_is_a_date_and_is_reported() {
        let m = problems(&problem(EVN, "1", "233604007", r#"<author><time value="202401022330"/><assignedAuthor><id root="1.2.3" extension="a"/><assignedPerson><name><family>A</family></name></assignedPerson></assignedAuthor></author>"#));
        let c = m.one("Condition");
        m.is(c, "recordedDate", &["2024-01-02"]);
        assert!(m.issues.iter().any(|i| i.code.contains("zone") || i.code.contains("offset")), "{:?}", m.issues);
    }

    fn a_named_zone_gives_the_offset_of_its_date() {
        let zone = ZoneChoice::Named(jiff::tz::TimeZone::get("Europe/London").unwrap());
        let xml = Doc::new().section("8716-3", "x", r#"<entry><organizer classCode="CLUSTER" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.26"/><code code="46680005" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/><effectiveTime value="202407010800"/>
<component><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.27"/><code code="8867-4" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><effectiveTime value="202401010800"/><value xsi:type="PQ" value="80" unit="/min"/></observation></component></organizer></entry>"#).xml();
        let m = convert_with(converter(), xml.as_bytes(), &Options { zone, ..Options::default() });
        m.is(m.with("Observation", "code.coding.code", "85353-1"), "effectiveDateTime", &["2024-07-01T08:00:00+01:00"]);
        let pulse = m.texts(m.with("Observation", "code.coding.code", "8867-4"), "effectiveDateTime").join("");
        assert!(pulse == "2024-01-01T08:00:00+00:00" || pulse == "2024-01-01T08:00:00Z", "{pulse}");
    }

    fn a_day_that_does_not_exist_is_not_made_up() {
        let m = problems(&problem(EVN, "1", "233604007", r#"<author><time value="20241301"/><assignedAuthor><id root="1.2.3" extension="a"/><assignedPerson><name><family>A</family></name></assignedPerson></assignedAuthor></author>"#));
        let c = m.one("Condition");
        m.none(c, "recordedDate");
        assert!(!m.issues.is_empty());
    }

    fn content_never_stands_in_a_message() {
        for path in files("samples", ".xml") {
            let m = convert(&std::fs::read(&path).unwrap());
            let patient = m.one("Patient");
            for secret in m.texts(patient, "name.family").into_iter().chain(m.texts(patient, "identifier.value")).filter(|s| s.len() > 3) {
                assert!(m.issues.iter().all(|i| !i.message.contains(&secret)), "{}", path.display());
            }
        }
    }
}
