//! Statements of no template that the tables know, as documents of many realms write them: an allergy is known by its allergen, a
//! pressure by its halves, a site keeps its side, and what is denied stays words.

use crate::checks;
use crate::common::*;

fn text() -> String {
    std::fs::read_to_string(project("tests/fixtures/plain-statements.xml")).unwrap()
}

fn plain() -> Made {
    convert(text().as_bytes())
}

/// The fixture with something in it said otherwise.
fn said(from: &str, to: &str) -> Made {
    let text = text();
    assert!(text.contains(from), "{from}");
    convert(text.replace(from, to).as_bytes())
}

checks! {
    fn an_allergen_among_the_allergies_is_an_allergy() {
        let m = plain();
        let cats = m.with("AllergyIntolerance", "identifier.value", "cats");
        m.is(cats, "code.coding.code", &["260152009"]);
        m.is(cats, "clinicalStatus.coding.code", &["inactive"]);
        m.is(cats, "onsetDateTime", &["2020-03-01"]);
        m.is(cats, "extension.valueDateTime", &["2021"]);
        // its status is no observation of its own, and it is none itself
        assert!(!m.all("Observation").iter().any(|o| o.to_string().contains("33999-4") || o.to_string().contains("52473-6")));
        // elsewhere the kind of allergy tells it; without that a product that somebody observed is none
        let elsewhere = |value: &str| {
            let cut = text().replace(r#"code="48765-2""#, r#"code="99999-2""#).replace(r#"code="OINT""#, value);
            convert(cut.as_bytes()).all("AllergyIntolerance").len()
        };
        assert_eq!(elsewhere(r#"code="ALG""#), 1);
        assert_eq!(elsewhere(r#"code="X""#), 0);
    }

    fn a_denied_allergen_is_no_allergy() {
        let m = said(r#"<observation classCode="OBS" moodCode="EVN"><id root="2.16.840.1.113883.19.12.5" extension="cats"/>"#, r#"<observation classCode="OBS" moodCode="EVN" negationInd="true"><id root="2.16.840.1.113883.19.12.5" extension="cats"/>"#);
        let cats = m.with("AllergyIntolerance", "identifier.value", "cats");
        m.none(cats, "code");
        m.is(cats, "extension.extension.valueCodeableConcept.coding.code", &["260152009", "no-known-reaction-risk"]);
    }

    fn an_adverse_reaction_names_what_caused_it() {
        let m = plain();
        let fruit = m.with("AllergyIntolerance", "identifier.value", "fruit");
        m.is(fruit, "code.coding.code", &["72511004"]);
        m.is(fruit, "reaction.manifestation.coding.code", &["126485001"]);
        m.is(fruit, "reaction.onset", &["2011-03-01"]);
        m.is(fruit, "onsetDateTime", &["2011-03-01"]);
        m.is(fruit, "recordedDate", &["2011-03-02"]);
        m.is(fruit, "recorder.resolve().name.family", &["Earlier"]);
        m.is(fruit, "note.text", &["Told by the mother"]);
        m.is(m.with("AllergyIntolerance", "identifier.value", "wool"), "code.text", &["Wool"]);
        let mistaken = m.with("AllergyIntolerance", "identifier.value", "mistaken");
        m.is(mistaken, "verificationStatus.coding.code", &["entered-in-error"]);
        m.none(mistaken, "clinicalStatus");
        assert!(!m.all("AllergyIntolerance").iter().any(|a| a.to_string().contains("Nuts")));
    }

    /// "No known allergies" beside an allergen that nobody names once read as an allergy to "unknown".
    fn no_known_allergies_is_no_allergy_to_something_unknown() {
        let entry = |allergen: &str| format!(r#"<entry><observation classCode="OBS" moodCode="EVN"><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.6"/><id root="2.16.840.1.113883.19.12.5" extension="none"/>
<code code="420134006" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/><value xsi:type="CD" code="160244002" codeSystem="2.16.840.1.113883.6.96" displayName="No known allergies"/>
<participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT">{allergen}</playingEntity></participantRole></participant></observation></entry>"#);
        let made = |allergen: &str| Doc::new().section("48765-2", "none", &entry(allergen)).convert();
        let m = made(r#"<code nullFlavor="UNK"><originalText>UNK UNK</originalText></code>"#);
        m.is(m.one("AllergyIntolerance"), "code.coding.code", &["160244002"]);
        m.none(m.one("AllergyIntolerance"), "code.text");
        // what names an allergen all the same is not silenced
        let m = made(r#"<code code="7980" codeSystem="2.16.840.1.113883.6.88" displayName="Penicillin"/>"#);
        m.is(m.one("AllergyIntolerance"), "code.coding.code", &["7980"]);
    }

    fn a_status_by_its_code_alone_counts() {
        let m = plain();
        let gout = m.with("Condition", "identifier.value", "gout");
        m.is(gout, "clinicalStatus.coding.code", &["inactive"]);
        m.none(gout, "abatementDateTime");
    }

    /// Among the problems, under the ids of a problem, it is one whatever else it calls itself; beside an allergy it is a reaction.
    fn a_problem_that_calls_itself_a_reaction_too_is_a_problem() {
        let m = plain();
        m.is(m.with("Condition", "identifier.value", "stroke"), "code.coding.code", &["G45"]);
        let m = said(r#"<code code="11450-4""#, r#"<code code="99999-3""#);
        assert!(!m.all("Condition").iter().any(|c| c.to_string().contains("G45")));
    }

    fn what_a_relative_had_is_not_the_patients() {
        let m = plain();
        let relative = |id: &str| m.with("FamilyMemberHistory", "identifier.value", id);
        let father = relative("father");
        m.is(father, "relationship.coding.code", &["FTH"]);
        m.is(father, "condition.code.coding.code", &["22298006"]);
        m.is(father, "condition.outcome.coding.code", &["399347008"]);
        m.is(father, "condition.contributedToDeath", &["true"]);
        m.is(father, "deceasedDate", &["1970"]);
        m.is(father, "sex.coding.code", &["M"]);
        m.is(father, "bornDate", &["1920"]);
        m.is(father, "date", &["2024-03-01"]);
        let mother = relative("mother");
        m.is(mother, "status", &["partial"]);
        m.is(mother, "condition.code.coding.code", &["195967001"]);
        m.is(mother, "condition.onsetAge.value", &["40"]);
        m.is(mother, "deceasedBoolean", &["true"]);
        m.is(mother, "condition.note.text", &["Smoked"]);
        m.is(relative("uncle"), "status", &["entered-in-error"]);
        m.is(relative("uncle"), "condition.onsetPeriod.end", &["1985"]);
        assert!(!m.json.contains("363346000"));
        assert!(!m.all("Observation").iter().chain(&m.all("Condition")).any(|o| o.to_string().contains("22298006")));
    }

    fn a_pressure_in_parts_keeps_both_its_numbers() {
        let m = plain();
        let cuff = m.with("Observation", "identifier.value", "cuff");
        m.is(cuff, "code.coding.code", &["251076008", "85354-9"]);
        m.is(cuff, "component.code.coding.code", &["271649006", "8480-6", "271650006", "8462-4"]);
        m.is(cuff, "component.valueQuantity.value", &["132", "86"]);
        m.is(cuff, "component.interpretation.coding.code", &["H", "N"]);
        m.is(cuff, "bodySite.coding.code", &["368208006"]);
        m.is(cuff, "note.text", &["Lying"]);
        m.none(cuff, "dataAbsentReason");
        let halves = m.all("Observation").into_iter().filter(|o| o.to_string().contains("8480-6")).count();
        assert_eq!(halves, 1);
        // a status for each that CDA knows; a reading that was denied is none
        let of = |status: &str| said(r#"<text>132/86</text><statusCode code="completed"/>"#, &format!(r#"<text>132/86</text>{status}"#));
        for (said, want) in [(r#"<statusCode code="aborted"/>"#, "cancelled"), (r#"<statusCode code="nullified"/>"#, "entered-in-error"), ("", "final")] {
            let m = of(said);
            m.is(m.with("Observation", "identifier.value", "cuff"), "status", &[want]);
        }
        let m = said(r#"<observation classCode="OBS" moodCode="EVN"><id root="2.16.840.1.113883.19.12.5" extension="cuff"/>"#, r#"<observation classCode="OBS" moodCode="EVN" negationInd="true"><id root="2.16.840.1.113883.19.12.5" extension="cuff"/>"#);
        assert!(!m.all("Observation").iter().any(|o| o.to_string().contains("132")));
    }

    fn a_pressure_in_parts_has_the_time_of_its_parts() {
        let part = |code: &str, value: &str, time: &str| format!(r#"<entryRelationship typeCode="COMP"><observation classCode="OBS" moodCode="EVN"><code code="{code}" codeSystem="2.16.840.1.113883.6.1"/>{time}<value xsi:type="PQ" value="{value}" unit="mm[Hg]"/></observation></entryRelationship>"#);
        let whole = |time: &str| format!(r#"<observation classCode="OBS" moodCode="EVN"><id root="2.16.840.1.113883.19.12.5" extension="bp"/><code code="85354-9" codeSystem="2.16.840.1.113883.6.1"/>{}{}</observation>"#, part("8480-6", "120", time), part("8462-4", "70", time));
        let m = Doc::new().section("8716-3", "x", &format!("<entry>{}</entry>", whole(r#"<effectiveTime value="20240301"/>"#))).convert();
        m.is(m.with("Observation", "identifier.value", "bp"), "effectiveDateTime", &["2024-03-01"]);
        m.is(m.with("Observation", "identifier.value", "bp"), "code.coding.code", &["85354-9"]);
        m.is(m.with("Observation", "identifier.value", "bp"), "component.code.coding.code", &["8480-6", "8462-4"]);
        for (status, want) in [("completed", "final"), ("nullified", "entered-in-error")] {
            let m = Doc::new().section("8716-3", "x", &format!(r#"<entry><organizer classCode="CLUSTER" moodCode="EVN"><statusCode code="{status}"/><effectiveTime value="20240302"/><component>{}</component></organizer></entry>"#, whole(""))).convert();
            m.is(m.with("Observation", "identifier.value", "bp"), "effectiveDateTime", &["2024-03-02"]);
            m.is(m.with("Observation", "identifier.value", "bp"), "status", &[want]);
        }
    }

    fn a_part_of_a_reading_is_a_member_of_it() {
        let m = plain();
        let coma = m.with("Observation", "identifier.value", "coma");
        let parts: Vec<_> = coma["hasMember"].as_array().unwrap().iter().map(|r| m.target(r).unwrap()).collect();
        assert_eq!(parts.len(), 2);
        m.is(parts[0], "valueQuantity.value", &["4"]);
        m.is(parts[0], "effectiveDateTime", &["2024-03-12"]);
        m.is(parts[0], "note.text", &["At once"]);
        m.is(parts[0], "interpretation.coding.code", &["N"]);
        m.is(parts[1], "dataAbsentReason.coding.code", &["asked-unknown"]);
        m.is(parts[1], "effectiveDateTime", &["2024-03-13"]);
        assert!(!m.all("Observation").iter().any(|o| o.to_string().contains("9268-4")));
        // and a part of a part of that
        m.is(m.with("Observation", "identifier.value", "film-part"), "hasMember.resolve().identifier.value", &["film-part-part"]);
        // parts of a battery that was entered in error are that as well
        let whole = r#"<entry><organizer classCode="CLUSTER" moodCode="EVN"><statusCode code="nullified"/><component><observation classCode="OBS" moodCode="EVN"><code code="9269-2" codeSystem="2.16.840.1.113883.6.1"/><effectiveTime value="20240301"/><value xsi:type="PQ" value="9" unit="1"/><entryRelationship typeCode="COMP"><observation classCode="OBS" moodCode="EVN"><id root="2.16.840.1.113883.19.12.5" extension="eyes"/><code code="9267-6" codeSystem="2.16.840.1.113883.6.1"/><value xsi:type="PQ" value="4" unit="1"/></observation></entryRelationship></observation></component></organizer></entry>"#;
        let m = Doc::new().section("8716-3", "x", whole).convert();
        m.is(m.with("Observation", "identifier.value", "eyes"), "status", &["entered-in-error"]);
    }

    fn a_picture_stands_by_what_it_shows() {
        let m = plain();
        let film = m.with("Observation", "identifier.value", "film");
        m.is(film, "derivedFrom.resolve().content.url", &["film.jpeg"]);
        m.is(film, "hasMember.resolve().identifier.value", &["film-part"]);
        let rash = m.with("Observation", "identifier.value", "rash");
        m.is(rash, "derivedFrom.resolve().content.contentType", &["image/gif"]);
        m.is(rash, "derivedFrom.resolve().subject.resolve().resourceType", &["Patient"]);
        // a letterhead is no record of the patient
        m.none(m.with("Media", "identifier.value", "logo"), "subject");
    }

    fn a_site_keeps_its_side() {
        let m = plain();
        for (ty, id, site, side) in [("Observation", "film", "51185008", "7771000"), ("Observation", "rash", "48856004", "7771000"), ("Procedure", "knee", "49076000", "24028007")] {
            let of = m.with(ty, "identifier.value", id);
            m.is(of, "bodySite.coding.code", &[site]);
            m.is(of, "bodySite.extension.valueReference.resolve().location.coding.code", &[site]);
            m.is(of, "bodySite.extension.valueReference.resolve().locationQualifier.coding.code", &[side]);
            m.is(of, "bodySite.extension.valueReference.resolve().patient.resolve().resourceType", &["Patient"]);
        }
        // a site without a side needs none
        m.none(m.with("Observation", "identifier.value", "cuff"), "bodySite.extension");
    }

    fn a_sample_says_how_it_was_taken() {
        let m = plain();
        let culture = m.with("Observation", "identifier.value", "culture");
        m.is(culture, "specimen.resolve().collection.method.coding.code", &["397394009"]);
        // that it was taken is no way to take it
        let m = said("397394009", "17636008");
        m.none(m.with("Observation", "identifier.value", "culture"), "specimen.resolve().collection.method");
    }

    fn a_range_says_what_it_is() {
        let m = plain();
        m.is(m.with("Observation", "identifier.value", "rash"), "referenceRange.type.coding.code", &["260395002", "N"]);
        m.is(m.with("Observation", "identifier.value", "film"), "referenceRange.type.coding.code", &["260395002"]);
        m.is(m.with("Observation", "identifier.value", "inr"), "referenceRange.type.coding.code", &["TX"]);
    }

    fn a_reason_in_words_is_a_reason() {
        let m = plain();
        m.is(m.with("MedicationStatement", "identifier.value", "codeine"), "reasonCode.text", &["Pain control."]);
        let asked = m.with("MedicationRequest", "identifier.value", "for-pressure");
        m.is(asked, "reasonCode.text", &["High blood pressure"]);
        m.is(asked, "dosageInstruction.asNeededBoolean", &["true"]);
    }

    fn what_is_asked_for_is_told() {
        let m = plain();
        m.is(m.with("ServiceRequest", "identifier.value", "wanted"), "orderDetail.coding.code", &["275707000"]);
    }

    fn a_dispensed_medicine_says_how_to_take_it() {
        let m = plain();
        let dispensed = m.with("MedicationDispense", "identifier.value", "dispensed");
        m.is(dispensed, "dosageInstruction.doseAndRate.doseQuantity.value", &["0.5"]);
        m.is(dispensed, "dosageInstruction.timing.repeat.when", &["ACM"]);
        m.is(dispensed, "medicationReference.resolve().form.coding.code", &["10219000"]);
        // an administration of a product of its own is none of this one
        let m = said(r#"<manufacturedMaterial nullFlavor="NA"/>"#, r#"<manufacturedMaterial><name>Other</name></manufacturedMaterial>"#);
        m.none(m.with("MedicationDispense", "identifier.value", "dispensed"), "dosageInstruction");
    }

    fn a_vaccine_was_given_and_the_next_is_advised() {
        let m = plain();
        let shot = m.with("Immunization", "identifier.value", "measles");
        m.is(shot, "protocolApplied.targetDisease.coding.code", &["B05"]);
        m.is(shot, "occurrenceDateTime", &["2011-04-27"]);
        let next = m.one("ImmunizationRecommendation");
        m.is(next, "recommendation.dateCriterion.code.coding.code", &["30980-7", "30981-5", "59778-1"]);
        m.is(next, "recommendation.dateCriterion.value", &["2015-04-27", "2015-01-01", "2016-04-27"]);
        m.is(next, "recommendation.vaccineCode.coding.code", &["03"]);
        // one that was refused advises nothing
        let m = said(r#"<substanceAdministration classCode="SBADM" moodCode="EVN"><id root="2.16.840.1.113883.19.12.5" extension="measles"/>"#, r#"<substanceAdministration classCode="SBADM" moodCode="EVN" negationInd="true"><id root="2.16.840.1.113883.19.12.5" extension="measles"/>"#);
        assert!(m.all("ImmunizationRecommendation").is_empty());
    }

    fn an_interim_or_withdrawn_document_is_not_final() {
        let of = |code: &str| said(r#"<ext:completionCode code="F""#, &format!(r#"<ext:completionCode code="{code}""#));
        for (code, composition, document, reference) in [("F", "final", "current", "final"), ("I", "preliminary", "current", "preliminary"), ("W", "entered-in-error", "entered-in-error", "")] {
            let m = of(code);
            m.is(m.one("Composition"), "status", &[composition]);
            m.is(m.one("DocumentReference"), "status", &[document]);
            if reference.is_empty() { m.none(m.one("DocumentReference"), "docStatus") } else { m.is(m.one("DocumentReference"), "docStatus", &[reference]) }
        }
    }
}
