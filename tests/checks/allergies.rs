//! Allergies and intolerances: facts K046–K056 and K139–K142.

use crate::checks;
use crate::common::*;

const CLINICAL: &str = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical";

/// An allergy observation. `head` are attributes of the observation, `body` what follows its status.
fn observation(id: &str, head: &str, value: &str, body: &str) -> String {
    format!(
        r#"<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN" {head}>
<templateId root="2.16.840.1.113883.10.20.22.4.7" extension="2014-06-09"/><id root="2.16.840.1.113883.19.7.1" extension="{id}"/>
<code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><statusCode code="completed"/>
<effectiveTime><low value="20080501"/></effectiveTime>
<value xsi:type="CD" code="{value}" codeSystem="2.16.840.1.113883.6.96"/>{body}</observation></entryRelationship>"#
    )
}

fn concern(status: &str, inner: &str) -> String {
    format!(
        r#"<entry><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.30" extension="2015-08-01"/>
<id root="2.16.840.1.113883.19.7.2" extension="concern"/><code code="CONC" codeSystem="2.16.840.1.113883.5.6"/>
<statusCode code="{status}"/>{inner}</act></entry>"#
    )
}

fn doc(entries: &str) -> Made {
    Doc::new().section("48765-2", "Allergies", entries).convert()
}

/// One allergy of a kind, with more content.
fn one(head: &str, value: &str, body: &str) -> Made {
    doc(&concern("active", &observation("a1", head, value, body)))
}

fn substance(code: &str, name: &str) -> String {
    format!(
        r#"<participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT">
<code code="{code}" codeSystem="2.16.840.1.113883.6.96" displayName="{name}"/></playingEntity></participantRole></participant>"#
    )
}

const NO_SUBSTANCE: &str = r#"<participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT">
<code nullFlavor="NA"/></playingEntity></participantRole></participant>"#;

fn severity(code: &str) -> String {
    format!(
        r#"<entryRelationship typeCode="SUBJ" inversionInd="true"><observation classCode="OBS" moodCode="EVN">
<templateId root="2.16.840.1.113883.10.20.22.4.8" extension="2014-06-09"/><code code="SEV" codeSystem="2.16.840.1.113883.5.4"/>
<statusCode code="completed"/><value xsi:type="CD" code="{code}" codeSystem="2.16.840.1.113883.6.96"/></observation></entryRelationship>"#
    )
}

fn reaction(code: &str, inner: &str) -> String {
    format!(
        r#"<entryRelationship typeCode="MFST" inversionInd="true"><observation classCode="OBS" moodCode="EVN">
<templateId root="2.16.840.1.113883.10.20.22.4.9" extension="2014-06-09"/><id nullFlavor="NI"/>
<code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><statusCode code="completed"/>
<value xsi:type="CD" code="{code}" codeSystem="2.16.840.1.113883.6.96"/>{inner}</observation></entryRelationship>"#
    )
}

fn author(time: &str, family: &str) -> String {
    format!(
        r#"<author><time value="{time}"/><assignedAuthor><id root="2.16.840.1.113883.19.7.3" extension="{family}"/>
<assignedPerson><name><given>A</given><family>{family}</family></name></assignedPerson></assignedAuthor></author>"#
    )
}

checks! {
    /// An observation that was called off before it was made establishes nothing.
    fn an_allergy_whose_observation_was_called_off_is_not_confirmed() {
        for status in ["cancelled", "aborted"] {
            let said = observation("a1", "", "419511003", &substance("387406002", "Sulfonamide")).replace(r#"<statusCode code="completed"/>"#, &format!(r#"<statusCode code="{status}"/>"#));
            let m = doc(&concern("active", &said));
            m.is(m.one("AllergyIntolerance"), "verificationStatus.coding.code", &["unconfirmed"]);
            assert!(m.reported("row-remark"));
        }
    }

    // who is allergic to codeine must not lose it because nobody coded it
    fn an_allergen_in_words_alone_is_an_allergen_and_an_absence_is_none() {
        let said = |value: &str, time: &str, words: &str| {
            Doc::new()
                .section(
                    "48765-2",
                    &format!(r#"<content ID="it">{words}</content>"#),
                    &concern("active", &format!(
                        r##"<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.7"/>
<code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><text><reference value="#it"/></text><statusCode code="completed"/>{time}{value}<participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT"><code nullFlavor="UNK"/></playingEntity></participantRole></participant></observation></entryRelationship>"##
                    )),
                )
                .convert()
        };
        let kind = |words: &str| format!(r#"<value xsi:type="CD" code="419511003" codeSystem="2.16.840.1.113883.6.96">{words}</value>"#);
        let time = r#"<effectiveTime><low value="20060501"/></effectiveTime>"#;
        let m = said(&kind("<originalText>Codeine</originalText>"), time, "");
        m.is(m.one("AllergyIntolerance"), "code.text", &["Codeine"]);
        m.is(m.one("AllergyIntolerance"), "category", &["medication"]);
        let m = said(&kind(""), time, "alergija na aspirin - astma");
        m.is(m.one("AllergyIntolerance"), "code.text", &["alergija na aspirin - astma"]);
        m.is(m.one("AllergyIntolerance"), "onsetDateTime", &["2006-05-01"]);
        // of no time: a placeholder
        assert!(said(&kind(""), r#"<effectiveTime nullFlavor="UNK"/>"#, "Allergies").all("AllergyIntolerance").is_empty());
        for none in ["No allergy data is applicable", "Nessuna allergia nota", "Not on file"] {
            let m = said(&kind(""), time, none);
            assert!(m.all("AllergyIntolerance").is_empty(), "{none}");
            assert!(m.reported("absence-in-words"), "{none}");
        }
    }

    fn k046_each_observation_of_a_concern_is_an_allergy() {
        let m = doc(&concern("active", &(observation("a1", "", "419511003", &substance("387458008", "Aspirin"))
            + &observation("a2", "", "414285001", &substance("102263004", "Eggs")))));
        assert_eq!(m.all("AllergyIntolerance").len(), 2);
        m.with("AllergyIntolerance", "code.coding.code", "387458008");
        m.with("AllergyIntolerance", "code.coding.code", "102263004");
    }

    fn k047_the_ids_are_those_of_the_observation() {
        let m = one("", "419511003", &substance("387458008", "Aspirin"));
        m.is(m.one("AllergyIntolerance"), "identifier.value", &["a1"]);
    }

    fn k048_the_status_observation_outweighs_the_act() {
        let status = r#"<entryRelationship typeCode="REFR"><observation classCode="OBS" moodCode="EVN">
<templateId root="2.16.840.1.113883.10.20.22.4.28"/><code code="33999-4" codeSystem="2.16.840.1.113883.6.1"/>
<statusCode code="completed"/><value xsi:type="CE" code="73425007" codeSystem="2.16.840.1.113883.6.96"/></observation></entryRelationship>"#;
        let m = one("", "419511003", &(substance("387458008", "Aspirin") + status));
        assert_eq!(codes(&m, m.one("AllergyIntolerance"), "clinicalStatus"), [format!("{CLINICAL}|inactive")]);
    }

    fn k048_without_one_the_act_speaks() {
        for (act, want) in [("active", "active"), ("completed", "active"), ("suspended", "inactive")] {
            let m = doc(&concern(act, &observation("a1", "", "419511003", &substance("387458008", "Aspirin"))));
            m.is(m.one("AllergyIntolerance"), "clinicalStatus.coding.code", &[want]);
            // closed without an end: nothing says that the allergy is over
            assert_eq!(m.reported("row-remark"), act == "completed");
        }
        let over = concern("completed", &observation("a1", "", "419511003", &substance("387458008", "Aspirin")))
            .replacen(r#"<statusCode code="completed"/>"#, r#"<statusCode code="completed"/><effectiveTime><low value="2010"/><high value="2012"/></effectiveTime>"#, 1);
        let m = doc(&over);
        m.is(m.one("AllergyIntolerance"), "clinicalStatus.coding.code", &["inactive"]);
    }

    fn k049_drug_allergy_by_disposition_has_a_category_and_no_type() {
        let m = one("", "419511003", &substance("387458008", "Aspirin"));
        let a = m.one("AllergyIntolerance");
        m.is(a, "category", &["medication"]);
        m.none(a, "type");
    }

    fn k050_no_known_allergy() {
        let m = one(r#"negationInd="true""#, "419199007", NO_SUBSTANCE);
        assert_eq!(codes(&m, m.one("AllergyIntolerance"), "code"), [format!("{SNOMED}|716186003")]);
    }

    fn k050_no_known_allergy_where_the_substance_is_left_out() {
        let m = one(r#"negationInd="true""#, "419199007", "");
        assert_eq!(codes(&m, m.one("AllergyIntolerance"), "code"), [format!("{SNOMED}|716186003")]);
    }

    fn k050_no_known_allergy_where_the_act_is_negated() {
        let entry = concern("active", &observation("a1", "", "419199007", NO_SUBSTANCE)).replacen("<act ", r#"<act negationInd="true" "#, 1);
        let m = doc(&entry);
        assert_eq!(codes(&m, m.one("AllergyIntolerance"), "code"), [format!("{SNOMED}|716186003")]);
    }

    fn k051_a_negated_substance_is_no_risk() {
        let m = one(r#"negationInd="true""#, "419511003", &substance("387458008", "Aspirin"));
        let a = m.one("AllergyIntolerance");
        m.none(a, "code");
        m.is(a, "extension(allergyintolerance-substanceExposureRisk).extension(substance).valueCodeableConcept.coding.code", &["387458008"]);
        m.is(a, "extension(allergyintolerance-substanceExposureRisk).extension(exposureRisk).valueCodeableConcept.coding.code", &["no-known-reaction-risk"]);
    }

    fn k051_a_negated_substance_by_name_alone() {
        let named = r#"<participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT">
<name>Walnut</name></playingEntity></participantRole></participant>"#;
        let m = one(r#"negationInd="true""#, "414285001", named);
        let a = m.one("AllergyIntolerance");
        m.none(a, "code");
        m.is(a, "extension(substanceExposureRisk).extension(substance).valueCodeableConcept.text", &["Walnut"]);
    }

    fn a_negated_substance_that_nobody_names_is_no_risk_of_nothing() {
        let entry = r#"<entry><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.30"/><code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="active"/>
<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN" negationInd="true"><templateId root="2.16.840.1.113883.10.20.22.4.7"/><id root="2.16.840.1.113883.19.21.4" extension="a"/><code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><statusCode code="completed"/><value xsi:type="CD" code="420134006" codeSystem="2.16.840.1.113883.6.96"/>
<participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT"><code nullFlavor="UNK"><originalText/></code></playingEntity></participantRole></participant></observation></entryRelationship></act></entry>"#;
        let m = Doc::new().section("48765-2", "x", entry).convert();
        assert!(m.all("AllergyIntolerance").is_empty());
        assert!(m.reported("not-written"));
    }

    fn k052_a_negated_substance_is_never_the_code() {
        for (code, name) in [("387458008", "Aspirin"), ("111088007", "Latex"), ("410942007", "Drug"), ("762766007", "Edible substance"), ("260769002", "Material")] {
            for head in [r#"negationInd="true""#, r#"negationInd="1""#] {
                let m = one(head, "419199007", &substance(code, name));
                for a in m.all("AllergyIntolerance") {
                    assert!(!m.texts(a, "code.coding.code").contains(&code.to_owned()), "{name}: {}", pretty(a));
                    assert!(!m.texts(a, "code.text").contains(&name.to_owned()), "{name}: {}", pretty(a));
                }
            }
        }
    }

    fn k052_latex_has_a_concept_of_absence() {
        let m = one(r#"negationInd="true""#, "419199007", &substance("111088007", "Latex"));
        assert_eq!(codes(&m, m.one("AllergyIntolerance"), "code"), [format!("{SNOMED}|1003774007")]);
    }

    fn k052_a_translated_negated_substance_is_never_the_code() {
        let translated = r#"<participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT">
<code nullFlavor="OTH"><translation code="1191" codeSystem="2.16.840.1.113883.6.88" displayName="Aspirin"/></code></playingEntity></participantRole></participant>"#;
        let m = one(r#"negationInd="true""#, "419511003", translated);
        let a = m.one("AllergyIntolerance");
        m.none(a, "code");
        m.is(a, "extension(substanceExposureRisk).extension(substance).valueCodeableConcept.coding.code", &["1191"]);
    }

    fn k053_severity_of_a_reaction() {
        let m = one("", "419511003", &(substance("387458008", "Aspirin") + &reaction("247472004", &severity("24484000"))));
        let a = m.one("AllergyIntolerance");
        m.is(a, "reaction.manifestation.coding.code", &["247472004"]);
        m.is(a, "reaction.severity", &["severe"]);
    }

    fn k054_severity_of_the_allergy_is_that_of_every_reaction() {
        let m = one("", "419511003", &(substance("387458008", "Aspirin") + &severity("6736007") + &reaction("247472004", "") + &reaction("422587007", "")));
        m.is(m.one("AllergyIntolerance"), "reaction.severity", &["moderate", "moderate"]);
    }

    fn k055_the_reactions_own_severity_wins() {
        let m = one("", "419511003", &(substance("387458008", "Aspirin") + &severity("255604002") + &reaction("247472004", &severity("24484000")) + &reaction("422587007", "")));
        m.is(m.one("AllergyIntolerance"), "reaction.severity", &["severe", "mild"]);
    }

    fn severity_without_a_reaction_is_that_of_one_which_is_not_known() {
        let m = one("", "419511003", &(substance("387458008", "Aspirin") + &severity("24484000")));
        let a = m.one("AllergyIntolerance");
        m.is(a, "reaction.severity", &["severe"]);
        assert_eq!(codes(&m, a, "reaction.manifestation"), ["http://terminology.hl7.org/CodeSystem/data-absent-reason|unknown"]);
        m.none(a, "criticality");
    }

    fn severity_of_an_allergy_that_is_denied_is_no_reaction() {
        let m = one(r#"negationInd="true""#, "419511003", &(substance("387458008", "Aspirin") + &severity("24484000")));
        m.none(m.one("AllergyIntolerance"), "reaction");
    }

    fn a_grade_that_is_none_makes_no_reaction() {
        let m = one("", "419511003", &(substance("387458008", "Aspirin") + &severity("373067005")));
        m.none(m.one("AllergyIntolerance"), "reaction");
    }

    fn k056_the_latest_author_recorded_the_earliest_time_counts() {
        let m = one("", "419511003", &(substance("387458008", "Aspirin") + &author("2015", "Older") + &author("20180203", "Newer")));
        let a = m.one("AllergyIntolerance");
        m.is(a, "recorder.resolve().name.family", &["Newer"]);
        m.is(a, "recordedDate", &["2015"]);
    }

    fn k056_the_author_of_the_concern_reaches_the_allergy() {
        let m = doc(&concern("active", &(author("20160101", "Outer") + &observation("a1", "", "419511003", &substance("387458008", "Aspirin")))));
        let a = m.one("AllergyIntolerance");
        m.is(a, "recorder.resolve().name.family", &["Outer"]);
        m.is(a, "recordedDate", &["2016-01-01"]);
    }

    fn k139_food_allergy() {
        let m = one("", "414285001", &substance("102263004", "Eggs"));
        let a = m.one("AllergyIntolerance");
        m.is(a, "category", &["food"]);
        m.is(a, "type", &["allergy"]);
    }

    fn k139_intolerance() {
        let m = one("", "235719002", &substance("47703008", "Lactose"));
        let a = m.one("AllergyIntolerance");
        m.is(a, "category", &["food"]);
        m.is(a, "type", &["intolerance"]);
    }

    fn k140_the_end_is_an_abatement_and_never_a_period() {
        let entry = concern("active", &observation("a1", "", "419511003", &substance("387458008", "Aspirin")))
            .replace(r#"<low value="20080501"/>"#, r#"<low value="20080501"/><high value="20100101"/>"#);
        let m = doc(&entry);
        let a = m.one("AllergyIntolerance");
        m.is(a, "onsetDateTime", &["2008-05-01"]);
        m.is(a, "extension(allergyintolerance-abatement).valueDateTime", &["2010-01-01"]);
        m.none(a, "onsetPeriod");
        assert_ne!(m.texts(a, "clinicalStatus.coding.code"), ["active"], "it has ended");
    }

    fn k141_no_known_drug_allergy() {
        let m = one(r#"negationInd="true""#, "416098002", NO_SUBSTANCE);
        assert_eq!(codes(&m, m.one("AllergyIntolerance"), "code"), [format!("{SNOMED}|409137002")]);
    }

    fn k141_no_known_food_allergy_is_not_no_known_allergy() {
        let m = one(r#"negationInd="true""#, "414285001", NO_SUBSTANCE);
        assert_eq!(codes(&m, m.one("AllergyIntolerance"), "code"), [format!("{SNOMED}|429625007")]);
    }

    fn k142_criticality() {
        for (code, want) in [("CRITH", "high"), ("CRITL", "low"), ("CRITU", "unable-to-assess")] {
            let criticality = format!(r#"<entryRelationship typeCode="SUBJ" inversionInd="true"><observation classCode="OBS" moodCode="EVN">
<templateId root="2.16.840.1.113883.10.20.22.4.145"/><code code="82606-5" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/>
<value xsi:type="CD" code="{code}" codeSystem="2.16.840.1.113883.5.1063"/></observation></entryRelationship>"#);
            let m = one("", "419511003", &(substance("387458008", "Aspirin") + &criticality));
            m.is(m.one("AllergyIntolerance"), "criticality", &[want]);
        }
    }
}
