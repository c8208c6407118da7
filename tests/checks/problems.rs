//! Problems: facts K057–K066, K143 and K144.

use crate::checks;
use crate::common::*;

const ASSERTION: &str = r#"<code code="55607006" codeSystem="2.16.840.1.113883.6.96"/>"#;

/// A problem observation with attributes, time and what follows its value.
fn observation(head: &str, time: &str, body: &str) -> String {
    format!(
        r#"<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN" {head}>
<templateId root="2.16.840.1.113883.10.20.22.4.4" extension="2015-08-01"/><id root="2.16.840.1.113883.19.8.1" extension="p1"/>
{ASSERTION}<statusCode code="completed"/><effectiveTime>{time}</effectiveTime>
<value xsi:type="CD" code="233604007" codeSystem="2.16.840.1.113883.6.96" displayName="Pneumonia"/>{body}</observation></entryRelationship>"#
    )
}

fn concern(status: &str, inner: &str) -> String {
    format!(
        r#"<entry><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.3" extension="2015-08-01"/>
<id root="2.16.840.1.113883.19.8.2" extension="concern"/><code code="CONC" codeSystem="2.16.840.1.113883.5.6"/>
<statusCode code="{status}"/>{inner}</act></entry>"#
    )
}

fn one(status: &str, head: &str, time: &str, body: &str) -> Made {
    Doc::new().section("11450-4", "Problems", &concern(status, &observation(head, time, body))).convert()
}

fn status(code: &str) -> String {
    format!(
        r#"<entryRelationship typeCode="REFR"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.6" extension="2019-06-20"/>
<code code="33999-4" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/>
<value xsi:type="CD" code="{code}" codeSystem="2.16.840.1.113883.6.96"/></observation></entryRelationship>"#
    )
}

const LOW: &str = r#"<low value="20120806"/>"#;

checks! {
    /// An observation that was called off before it was made establishes nothing.
    fn a_problem_whose_observation_was_called_off_is_not_confirmed() {
        for status in ["cancelled", "aborted"] {
            let entry = concern("active", &observation("", LOW, "").replace(r#"<statusCode code="completed"/>"#, &format!(r#"<statusCode code="{status}"/>"#)));
            let m = Doc::new().section("11450-4", "Problems", &entry).convert();
            m.is(m.one("Condition"), "verificationStatus.coding.code", &["unconfirmed"]);
            assert!(m.reported("row-remark"));
        }
    }

    // in words alone, as some senders write all of their problems
    fn a_problem_in_the_text_of_its_statement_is_one_and_an_absence_is_none() {
        let said = |time: &str, words: &str| {
            Doc::new()
                .section(
                    "11450-4",
                    &format!(r#"<content ID="it">{words}</content>"#),
                    &concern(
                        "active",
                        &format!(
                            r##"<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.4"/>
{ASSERTION}<text><reference value="#it"/></text><statusCode code="completed"/>{time}<value xsi:type="CD" nullFlavor="UNK"/></observation></entryRelationship>"##
                        ),
                    ),
                )
                .convert()
        };
        let time = r#"<effectiveTime><low value="20111101"/></effectiveTime>"#;
        let m = said(time, "Essential hypertension");
        m.is(m.one("Condition"), "code.text", &["Essential hypertension"]);
        m.is(m.one("Condition"), "onsetDateTime", &["2011-11-01"]);
        for (time, none) in [(time, "No problem data is applicable"), (time, "Patient denies any problems"), ("", "Problems")] {
            assert!(said(time, none).all("Condition").is_empty(), "{none}");
        }
    }

    // why something was done, where the section says it rather than what was done
    fn an_indication_of_a_section_is_a_problem_and_a_reason_is_none() {
        let indication = |head: &str| {
            format!(
                r#"<observation classCode="OBS" moodCode="EVN" {head}><templateId root="2.16.840.1.113883.10.20.22.4.19" extension="2023-05-01"/><id root="2.16.840.1.113883.19.8.1" extension="why"/>
<code code="75321-0" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><effectiveTime><low value="20091023"/></effectiveTime><value xsi:type="CD" code="12063002" codeSystem="2.16.840.1.113883.6.96" displayName="Rectal haemorrhage"/></observation>"#
            )
        };
        let section = |entry: String| Doc::new().section("59768-2", "Procedure indications", &format!("<entry>{entry}</entry>")).convert();
        let m = section(indication(""));
        m.is(m.one("Condition"), "code.coding.code", &["12063002"]);
        m.is(m.one("Condition"), "onsetDateTime", &["2009-10-23"]);
        let m = section(indication("").replace(r#" code="12063002" codeSystem="2.16.840.1.113883.6.96""#, ""));
        m.is(m.one("Condition"), "code.text", &["Rectal haemorrhage"]);
        let m = section(indication(r#"negationInd="true""#));
        m.is(m.one("Condition"), "verificationStatus.coding.code", &["refuted"]);
        let m = section(format!(
            r#"<procedure classCode="PROC" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.14"/><code code="73761001" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/><entryRelationship typeCode="RSON">{}</entryRelationship></procedure>"#,
            indication("")
        ));
        m.is(m.one("Procedure"), "reasonCode.coding.code", &["12063002"]);
        assert!(m.all("Condition").is_empty());
    }

    fn k057_problem_list() {
        let m = one("active", "", LOW, "");
        assert_eq!(codes(&m, m.one("Condition"), "category"), ["http://terminology.hl7.org/CodeSystem/condition-category|problem-list-item"]);
    }

    fn k058_health_concern() {
        let m = Doc::new().section("75310-3", "Concerns", &concern("active", &observation("", LOW, ""))).convert();
        assert_eq!(codes(&m, m.one("Condition"), "category"), ["http://hl7.org/fhir/us/core/CodeSystem/condition-category|health-concern"]);
    }

    fn k059_the_status_observation_outweighs_the_act() {
        for (code, want) in [("246455001", "recurrence"), ("73425007", "inactive"), ("277022003", "remission"), ("413322009", "resolved"), ("263855007", "relapse"), ("55561003", "active")] {
            let m = one("active", "", LOW, &status(code));
            m.is(m.one("Condition"), "clinicalStatus.coding.code", &[want]);
        }
    }

    fn k060_without_one_the_act_speaks() {
        for (act, want) in [("completed", "inactive"), ("active", "active"), ("aborted", "inactive"), ("suspended", "inactive")] {
            let m = one(act, "", LOW, "");
            m.is(m.one("Condition"), "clinicalStatus.coding.code", &[want]);
        }
    }

    fn k061_what_has_ended_is_not_active() {
        for (code, want) in [("55561003", "inactive"), ("246455001", "inactive"), ("263855007", "inactive"), ("413322009", "resolved"), ("277022003", "remission")] {
            let m = one("active", "", r#"<low value="20120806"/><high value="20130806"/>"#, &status(code));
            let c = m.one("Condition");
            m.is(c, "abatementDateTime", &["2013-08-06"]);
            m.is(c, "clinicalStatus.coding.code", &[want]);
        }
    }

    fn k062_an_end_at_an_unknown_time_is_an_end() {
        // a status that says "active" wins over an end that nobody knows: `reading`
        for body in [String::new(), status("413322009"), status("73425007")] {
            let m = one("active", "", r#"<low value="20120806"/><high nullFlavor="UNK"/>"#, &body);
            let c = m.one("Condition");
            m.none(c, "abatementDateTime");
            m.is(c, "_abatementDateTime.extension.valueCode", &["unknown"]);
            let status = m.texts(c, "clinicalStatus.coding.code").join("");
            assert!(["inactive", "remission", "resolved"].contains(&status.as_str()), "{status}");
        }
    }

    fn k062_an_end_of_which_there_is_no_information_is_no_end() {
        let m = one("active", "", r#"<low value="20120806"/><high nullFlavor="NI"/>"#, "");
        let c = m.one("Condition");
        m.none(c, "_abatementDateTime");
        m.is(c, "clinicalStatus.coding.code", &["active"]);
    }

    fn k063_a_negated_problem_is_refuted() {
        for head in [r#"negationInd="true""#, r#"negationInd="1""#] {
            let m = one("active", head, LOW, "");
            let c = m.one("Condition");
            m.is(c, "verificationStatus.coding.code", &["refuted"]);
            m.none(c, "clinicalStatus");
        }
    }

    fn k063_a_negated_concern_is_refuted_too() {
        let entry = concern("active", &observation("", LOW, &status("55561003"))).replacen("<act ", r#"<act negationInd="true" "#, 1);
        let m = Doc::new().section("11450-4", "Problems", &entry).convert();
        let c = m.one("Condition");
        m.is(c, "verificationStatus.coding.code", &["refuted"]);
        m.none(c, "clinicalStatus");
    }

    fn k063_no_known_problems_never_becomes_a_disease() {
        let entry = concern("active", &observation(r#"negationInd="true""#, LOW, "")).replace("233604007", "55607006").replace("Pneumonia", "Problem");
        let m = Doc::new().section("11450-4", "Problems", &entry).convert();
        for c in m.all("Condition") {
            let refuted = m.texts(c, "verificationStatus.coding.code") == ["refuted"];
            let none_known = m.texts(c, "code.coding.code").contains(&"160245001".to_owned());
            assert!(refuted || none_known, "{}", pretty(c));
        }
    }

    fn k064_date_of_diagnosis() {
        let act = r#"<entryRelationship typeCode="COMP"><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.502" extension="2022-06-01"/>
<code code="77975-1" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><effectiveTime value="20100101"/></act></entryRelationship>"#;
        let m = one("active", "", LOW, act);
        m.is(m.one("Condition"), "extension(condition-assertedDate).valueDateTime", &["2010-01-01"]);
        assert!(!m.reported("statement-not-mapped"));
    }

    fn k065_one_onset_only() {
        let age = r#"<entryRelationship typeCode="SUBJ" inversionInd="true"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.31"/>
<code code="445518008" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/><value xsi:type="PQ" value="65" unit="a"/></observation></entryRelationship>"#;
        let m = one("active", "", LOW, age);
        let c = m.one("Condition");
        m.is(c, "onsetDateTime", &["2012-08-06"]);
        m.none(c, "onsetAge");
        let m = one("active", "", r#"<low nullFlavor="UNK"/>"#, age);
        let c = m.one("Condition");
        m.is(c, "onsetAge.value", &["65"]);
        m.is(c, "onsetAge.code", &["a"]);
        m.none(c, "onsetDateTime");
    }

    fn k066_the_author_of_the_concern_reaches_the_problem() {
        let author = r#"<author><time value="20140104"/><assignedAuthor><id root="2.16.840.1.113883.19.8.3" extension="x"/>
<assignedPerson><name><given>H</given><family>Concerned</family></name></assignedPerson></assignedAuthor></author>"#;
        let m = Doc::new().section("11450-4", "Problems", &concern("active", &(author.to_owned() + &observation("", LOW, "")))).convert();
        let c = m.one("Condition");
        m.is(c, "recorder.resolve().name.family", &["Concerned"]);
        m.is(c, "recordedDate", &["2014-01-04"]);
    }

    fn k066_else_the_author_of_the_document() {
        let m = one("active", "", LOW, "");
        m.is(m.one("Condition"), "recorder.resolve().name.family", &["Pretend"]);
    }

    fn k143_without_an_end_nothing_has_abated() {
        let m = one("active", "", LOW, "");
        let c = m.one("Condition");
        m.none(c, "abatementDateTime");
        m.none(c, "_abatementDateTime");
    }

    fn k144_a_supporting_assessment_is_evidence() {
        let scale = r#"<entryRelationship typeCode="SPRT"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.69" extension="2022-06-01"/>
<id root="2.16.840.1.113883.19.8.4" extension="s1"/><code code="88122-7" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/>
<effectiveTime value="20100909"/><value xsi:type="CD" code="LA28397-0" codeSystem="2.16.840.1.113883.6.1" displayName="Often true"/></observation></entryRelationship>"#;
        let m = one("active", "", LOW, scale);
        let c = m.one("Condition");
        m.is(c, "evidence.detail.resolve().code.coding.code", &["88122-7"]);
        m.is(c, "evidence.detail.resolve().valueCodeableConcept.coding.code", &["LA28397-0"]);
        m.is(c, "evidence.detail.resolve().effectiveDateTime", &["2010-09-09"]);
    }

    fn a_problem_of_another_person_is_not_the_patients() {
        let subject = r#"<subject><relatedSubject classCode="PRS"><code code="FTH" codeSystem="2.16.840.1.113883.5.111"/></relatedSubject></subject>"#;
        let m = one("active", "", LOW, subject);
        assert!(m.all("Condition").is_empty());
        assert!(m.reported("other-subject"));
    }

    fn diagnoses_of_a_stay_are_encounter_diagnoses() {
        for (section, template) in [("11535-2", "33"), ("46241-6", "34")] {
            let entry = format!(r#"<entry><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.{template}"/>
<code code="{section}" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="active"/>{}</act></entry>"#, observation("", LOW, ""));
            let m = Doc::new().section(section, "Diagnoses", &entry).convert();
            m.is(m.one("Condition"), "category.coding.code", &["encounter-diagnosis"]);
        }
    }

    fn a_problem_is_asserted_since_it_is_a_concern() {
        let entry = r#"<entry><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.3"/><id root="2.16.840.1.113883.19.5.99999.8" extension="c"/><code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="active"/><effectiveTime><low value="202401051030-0500"/></effectiveTime>
<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.4"/><id root="2.16.840.1.113883.19.5.99999.8" extension="p"/><code code="55607006" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/><effectiveTime><low value="2019"/></effectiveTime><value xsi:type="CD" code="195967001" codeSystem="2.16.840.1.113883.6.96"/></observation></entryRelationship></act></entry>"#;
        let m = Doc::new().section("11450-4", "x", entry).convert();
        let c = m.one("Condition");
        m.is(c, "onsetDateTime", &["2019"]);
        m.is(c, "extension(condition-assertedDate).valueDateTime", &["2024-01-05T10:30:00-05:00"]);
    }
}
