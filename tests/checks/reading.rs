//! Faults that a clinician found by reading bundles against their sources, each by its name.

use crate::checks;
use crate::common::*;

/// A vaccine of the immunization section: attributes of the act, status, and what follows the product.
fn vaccine(head: &str, status: &str, after: &str) -> Made {
    let entry = format!(
        r#"<entry><substanceAdministration classCode="SBADM" moodCode="EVN" {head}>
<templateId root="2.16.840.1.113883.10.20.22.4.52"/><id root="2.16.840.1.113883.19.11.1" extension="i1"/>
<statusCode code="{status}"/><effectiveTime value="20240301"/><consumable><manufacturedProduct><manufacturedMaterial>
<code code="88" codeSystem="2.16.840.1.113883.12.292"/></manufacturedMaterial></manufacturedProduct></consumable>{after}
</substanceAdministration></entry>"#
    );
    Doc::new().section("11369-6", "Vaccines", &entry).convert()
}

/// Why a vaccine was not given, as the template has it: attributes of the observation, and its code.
fn refusal(head: &str, code: &str) -> String {
    format!(
        r#"<entryRelationship typeCode="RSON"><observation classCode="OBS" moodCode="EVN" {head}>
<templateId root="2.16.840.1.113883.10.20.22.4.53"/><id root="2.16.840.1.113883.19.11.1" extension="r1"/>{code}
<statusCode code="completed"/></observation></entryRelationship>"#
    )
}

const OBJECTION: &str = r#"<code code="PATOBJ" codeSystem="2.16.840.1.113883.5.8" displayName="patient objection"/>"#;

/// A medicine with a dose.
fn dosed(dose: &str) -> Made {
    let entry = format!(
        r#"<entry><substanceAdministration classCode="SBADM" moodCode="INT"><templateId root="2.16.840.1.113883.10.20.22.4.16"/>
<id root="2.16.840.1.113883.19.9.1" extension="m"/><statusCode code="active"/>{dose}<consumable><manufacturedProduct><manufacturedMaterial>
<code code="1190220" codeSystem="2.16.840.1.113883.6.88" displayName="Albuterol"/></manufacturedMaterial></manufacturedProduct></consumable>
</substanceAdministration></entry>"#
    );
    Doc::new().section("10160-0", "x", &entry).convert()
}

/// An allergy to a substance in a concern act: attributes of the relationship, the substance, and what follows it.
fn allergy(relation: &str, substance: &str, after: &str) -> Made {
    let entry = format!(
        r#"<entry><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.30"/>
<id root="2.16.840.1.113883.19.10.1" extension="c"/><code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="active"/>
<entryRelationship typeCode="SUBJ" {relation}><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.7"/>
<id root="2.16.840.1.113883.19.10.1" extension="a"/><code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><statusCode code="completed"/>
<value xsi:type="CD" code="419199007" codeSystem="2.16.840.1.113883.6.96" displayName="Allergy to substance"/>
<participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT">{substance}</playingEntity></participantRole></participant>
{after}</observation></entryRelationship></act></entry>"#
    );
    Doc::new().section("48765-2", "x", &entry).convert()
}

const PENICILLIN: &str = r#"<code code="7980" codeSystem="2.16.840.1.113883.6.88" displayName="Penicillin G"/>"#;

/// A reaction: attributes of its relationship, and of the observation.
fn hives(relation: &str, head: &str) -> String {
    format!(
        r#"<entryRelationship typeCode="MFST" inversionInd="true" {relation}><observation classCode="OBS" moodCode="EVN" {head}>
<templateId root="2.16.840.1.113883.10.20.22.4.9"/><id root="2.16.840.1.113883.19.10.1" extension="r"/>
<code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><statusCode code="completed"/>
<value xsi:type="CD" code="247472004" codeSystem="2.16.840.1.113883.6.96" displayName="Hives"/></observation></entryRelationship>"#
    )
}

checks! {
    fn a_reaction_that_did_not_occur_is_no_reaction() {
        let m = allergy("", PENICILLIN, &hives("", ""));
        m.is(m.one("AllergyIntolerance"), "reaction.manifestation.coding.code", &["247472004"]);
        for (relation, head) in [("", r#"negationInd="true""#), ("", r#"negationInd="1""#), ("", r#"nullFlavor="NI""#), (r#"negationInd="true""#, "")] {
            let m = allergy("", PENICILLIN, &hives(relation, head));
            m.none(m.one("AllergyIntolerance"), "reaction");
            m.is(m.one("AllergyIntolerance"), "code.coding.code", &["7980"]);
            assert!(m.reported("statement-not-mapped") || m.reported("null-statement"));
        }
    }

    /// Some senders negate the relationship of the concern to what it is about.
    fn a_negated_relationship_of_a_concern_negates_what_it_is_about() {
        let m = allergy(r#"negationInd="true""#, r#"<code nullFlavor="NA"/>"#, "");
        m.is(m.one("AllergyIntolerance"), "code.coding.code", &["716186003"]);
        let m = allergy(r#"negationInd="true""#, PENICILLIN, "");
        m.none(m.one("AllergyIntolerance"), "code");
        m.is(m.one("AllergyIntolerance"), "extension(substanceExposureRisk).extension(exposureRisk).valueCodeableConcept.coding.code", &["no-known-reaction-risk"]);
        let gout = r#"<act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.3"/><code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="active"/>
<entryRelationship typeCode="SUBJ" negationInd="true"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.4"/><id root="1.2.3.4" extension="p"/><code code="55607006" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/>
<value xsi:type="CD" code="90560007" codeSystem="2.16.840.1.113883.6.96" displayName="Gout"/></observation></entryRelationship></act>"#;
        let m = Doc::new().section("11450-4", "x", &format!("<entry>{gout}</entry>")).convert();
        m.is(m.one("Condition"), "verificationStatus.coding.code", &["refuted"]);
        m.none(m.one("Condition"), "clinicalStatus");
    }

    fn a_vaccine_that_was_given_and_refused_is_neither() {
        // a reason without a code says as well that it was not given
        for code in [OBJECTION, r#"<code nullFlavor="NI" displayName="DECLINED"/>"#] {
            for head in [r#"negationInd="false""#, ""] {
                let m = vaccine(head, "completed", &refusal("", code));
                assert!(m.all("Immunization").is_empty(), "{}", m.json);
                assert!(m.reported("statement-not-mapped"));
            }
        }
        // a reason of the fixed list in an observation without the template
        let bare = refusal("", OBJECTION).replace(r#"<templateId root="2.16.840.1.113883.10.20.22.4.53"/>"#, "");
        assert!(vaccine("", "completed", &bare).all("Immunization").is_empty());
    }

    fn a_vaccine_that_was_refused_or_cancelled_is_not_done_with_its_reason() {
        for (head, status) in [(r#"negationInd="true""#, "completed"), (r#"negationInd="1""#, "active"), ("", "cancelled")] {
            let m = vaccine(head, status, &refusal("", OBJECTION));
            m.is(m.one("Immunization"), "status", &["not-done"]);
            m.is(m.one("Immunization"), "statusReason.coding.code", &["PATOBJ"]);
        }
    }

    fn a_reason_that_is_null_or_denied_does_not_doubt_a_vaccine() {
        for head in [r#"nullFlavor="NI""#, r#"negationInd="true""#] {
            let m = vaccine(r#"negationInd="false""#, "completed", &refusal(head, OBJECTION));
            m.is(m.one("Immunization"), "status", &["completed"]);
            m.none(m.one("Immunization"), "statusReason");
        }
    }

    /// Vendors write `high nullFlavor="UNK"` into each problem, the active ones too.
    fn a_problem_that_is_said_to_be_active_is_not_ended_by_an_unknown_end() {
        let of = |time: &str, code: &str| {
            let status = format!(r#"<entryRelationship typeCode="REFR"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.6"/><code code="33999-4" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><value xsi:type="CD" code="{code}" codeSystem="2.16.840.1.113883.6.96"/></observation></entryRelationship>"#);
            let entry = format!(r#"<entry><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.4"/><id root="1.2.3.4" extension="p"/><code code="55607006" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/>
<effectiveTime><low value="2012"/>{time}</effectiveTime><value xsi:type="CD" code="195967001" codeSystem="2.16.840.1.113883.6.96" displayName="Asthma"/>{status}</observation></entry>"#);
            Doc::new().section("11450-4", "x", &entry).convert()
        };
        let m = of(r#"<high nullFlavor="UNK"/>"#, "55561003");
        m.is(m.one("Condition"), "clinicalStatus.coding.code", &["active"]);
        m.none(m.one("Condition"), "_abatementDateTime");
        assert!(m.reported("row-remark"));
        // a status that agrees, and an end that has a date
        let m = of(r#"<high nullFlavor="UNK"/>"#, "413322009");
        m.is(m.one("Condition"), "clinicalStatus.coding.code", &["resolved"]);
        assert!(!m.reported("row-remark"));
        let m = of(r#"<high value="2013"/>"#, "55561003");
        m.is(m.one("Condition"), "clinicalStatus.coding.code", &["inactive"]);
        m.is(m.one("Condition"), "abatementDateTime", &["2013"]);
        assert!(m.reported("row-remark"));
    }

    fn a_vital_sign_of_zero_is_doubted_and_a_score_of_zero_is_not() {
        let of = |code: &str| {
            let entry = format!(r#"<entry><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.27"/><id root="1.2.3.4" extension="v"/><code code="{code}" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><effectiveTime value="20240301"/><value xsi:type="PQ" value="0" unit="/min"/></observation></entry>"#);
            Doc::new().section("8716-3", "x", &entry).convert()
        };
        let m = of("9279-1");
        m.is(m.one("Observation"), "valueQuantity.value", &["0"]);
        assert!(m.reported("row-remark"));
        assert!(of("8480-6").reported("row-remark"));
        assert!(!of("72514-3").reported("row-remark"));
    }

    /// R4 knows heights in centimetres and inches; many senders write the survey inch. The height stood in a note alone.
    fn a_height_in_survey_inches_is_a_height() {
        let entry = r#"<entry><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.27"/><id root="1.2.3.4" extension="v"/><code code="8302-2" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><effectiveTime value="20240301"/><value xsi:type="PQ" value="69.69" unit="[in_us]"/></observation></entry>"#;
        let m = Doc::new().section("8716-3", "x", entry).convert();
        let o = m.one("Observation");
        m.is(o, "valueQuantity.value", &["69.69"]);
        m.is(o, "valueQuantity.unit", &["[in_us]"]);
        m.is(o, "valueQuantity.code", &["[in_i]"]);
        m.none(o, "note");
        assert!(m.reported("vital-signs"));
    }

    fn a_medicine_that_is_completed_without_an_end_is_doubted() {
        let in_mood = |mood: &str, time: &str| {
            let entry = format!(r#"<entry><substanceAdministration classCode="SBADM" moodCode="{mood}"><templateId root="2.16.840.1.113883.10.20.22.4.16"/><id root="1.2.3.4" extension="m"/><statusCode code="completed"/>{time}<consumable><manufacturedProduct><manufacturedMaterial><code code="314076" codeSystem="2.16.840.1.113883.6.88"/></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration></entry>"#);
            let m = Doc::new().section("10160-0", "x", &entry).convert();
            m.is(m.one("MedicationRequest"), "status", &["completed"]);
            m.reported("row-remark")
        };
        let of = |time: &str| in_mood("EVN", time);
        assert!(of("") && in_mood("INT", ""));
        assert!(of(r#"<effectiveTime xsi:type="IVL_TS"><low value="2012"/><high nullFlavor="NI"/></effectiveTime>"#));
        assert!(!of(r#"<effectiveTime xsi:type="IVL_TS"><low value="2012"/><high value="2013"/></effectiveTime>"#));
        assert!(!of(r#"<effectiveTime value="20120301"/>"#));
    }

    fn no_known_medications_forbids_no_drug() {
        let stay = r#"<componentOf><encompassingEncounter><id root="1.2.3.5" extension="stay"/><code code="IMP" codeSystem="2.16.840.1.113883.5.4"/><effectiveTime><low value="20240301"/></effectiveTime></encompassingEncounter></componentOf>"#;
        let of = |section: &str, code: &str| {
            let entry = format!(r#"<entry><substanceAdministration classCode="SBADM" moodCode="EVN" negationInd="true"><templateId root="2.16.840.1.113883.10.20.22.4.16"/><id root="1.2.3.4" extension="m"/><text>takes nothing</text><statusCode code="completed"/><effectiveTime value="2012"/><consumable><manufacturedProduct><manufacturedMaterial>{code}</manufacturedMaterial></manufacturedProduct></consumable>
<author><time value="20120301"/><assignedAuthor><id root="1.2.3.5" extension="w"/></assignedAuthor></author><informant><relatedEntity classCode="PRS"><code code="DAU" codeSystem="2.16.840.1.113883.5.111"/><relatedPerson><name><given>Rosa</given></name></relatedPerson></relatedEntity></informant>
<entryRelationship typeCode="SUBJ" inversionInd="true"><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.64"/><code code="48767-8" codeSystem="2.16.840.1.113883.6.1"/><text>asked twice</text></act></entryRelationship></substanceAdministration></entry>"#);
            Doc::new().header(stay).section(section, "No known medications", &entry).convert()
        };
        for section in ["10160-0", "29549-3"] {
            for code in [
                r#"<code code="410942007" codeSystem="2.16.840.1.113883.6.96" displayName="drug or medication"/>"#,
                r#"<code nullFlavor="OTH"><originalText>None</originalText><translation code="410942007" codeSystem="2.16.840.1.113883.6.96"/></code>"#,
            ] {
                let m = of(section, code);
                assert!(m.all("MedicationRequest").is_empty() && m.all("MedicationAdministration").is_empty(), "{}", m.json);
                m.is(m.one("MedicationStatement"), "status", &["not-taken"]);
                m.is(m.one("MedicationStatement"), "medicationCodeableConcept.coding.code", &["410942007"]);
                m.is(m.one("MedicationStatement"), "effectiveDateTime", &["2012"]);
            }
            // in words alone
            let m = of(section, r#"<code nullFlavor="NA"><originalText>No known medications</originalText></code>"#);
            assert!(!m.json.contains(r#""resourceType":"Medication"#), "{}", m.json);
            assert!(m.reported("statement-not-mapped"));
        }
        let m = of("10160-0", r#"<code code="314076" codeSystem="2.16.840.1.113883.6.88" displayName="lisinopril"/>"#);
        m.is(m.one("MedicationRequest"), "doNotPerform", &["true"]);
    }

    fn a_body_mass_index_of_unit_one_is_in_its_unit() {
        let entry = r#"<entry><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.27"/><id root="1.2.3.4" extension="v"/><code code="39156-5" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><effectiveTime value="20240301"/><value xsi:type="PQ" value="25.9" unit="1"/></observation></entry>"#;
        let m = Doc::new().section("8716-3", "x", entry).convert();
        m.is(m.one("Observation"), "valueQuantity.code", &["kg/m2"]);
        m.is(m.one("Observation"), "valueQuantity.value", &["25.9"]);
    }

    /// One vendor's problems bear the template of an allergy first: hypothyroidism was something to be allergic to.
    fn a_problem_that_bears_the_ids_of_an_allergy_is_a_problem() {
        let both = r#"<templateId root="2.16.840.1.113883.10.20.1.18"/><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.6"/><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.5"/><templateId root="2.16.840.1.113883.10.20.1.28"/>"#;
        let of = |section: &str, code: &str, value: &str, after: &str| {
            let entry = format!(r#"<entry><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.1.27"/><code nullFlavor="NA"/><statusCode code="active"/><entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN">{both}<id root="1.2.3.4" extension="p"/>{code}<statusCode code="completed"/>{value}{after}</observation></entryRelationship></act></entry>"#);
            Doc::new().section(section, "x", &entry).convert()
        };
        let hypothyroidism = r#"<value xsi:type="CD" code="40930008" codeSystem="2.16.840.1.113883.6.96" displayName="Hypothyroidism"/>"#;
        let problem = r#"<code code="55607006" codeSystem="2.16.840.1.113883.6.96" displayName="Problem"/>"#;
        for (section, code) in [("11450-4", problem), ("11450-4", r#"<code nullFlavor="NA"/>"#), ("46240-8", problem)] {
            let m = of(section, code, hypothyroidism, "");
            m.is(m.one("Condition"), "code.coding.code", &["40930008"]);
            assert!(m.all("AllergyIntolerance").is_empty());
        }
        // a substance, or an allergy by its code among the allergies, is an allergy still
        let substance = format!(r#"<participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT">{PENICILLIN}</playingEntity></participantRole></participant>"#);
        let kind = r#"<code code="416098002" codeSystem="2.16.840.1.113883.6.96" displayName="Drug allergy"/>"#;
        for m in [of("48765-2", kind, r#"<value xsi:type="CD" nullFlavor="NA"/>"#, &substance), of("11450-4", problem, r#"<value xsi:type="CD" nullFlavor="NA"/>"#, &substance)] {
            m.is(m.one("AllergyIntolerance"), "code.coding.code", &["7980"]);
            assert!(m.all("Condition").is_empty());
        }
    }

    fn no_encounters_is_no_encounter() {
        let entry = r#"<entry><encounter classCode="ENC" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.49"/><id root="1.2.3.4" extension="1"/><code nullFlavor="UNK"/><effectiveTime><low nullFlavor="NI"/><high nullFlavor="NI"/></effectiveTime></encounter></entry>"#;
        let m = Doc::new().section("46240-8", "No Encounters Indicated", entry).convert();
        assert!(m.all("Encounter").is_empty());
        assert!(m.reported("not-written"));
    }

    fn the_kind_of_an_instruction_is_no_instruction() {
        let act = |code: &str| format!(r#"<entryRelationship typeCode="SUBJ" inversionInd="true"><act classCode="ACT" moodCode="INT"><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.3"/>{code}<text>with water</text><statusCode code="completed"/></act></entryRelationship>"#);
        let m = dosed(&act(r#"<code code="PINSTRUCT" codeSystem="1.3.6.1.4.1.19376.1.5.3.2"/>"#));
        m.is(m.one("MedicationRequest"), "dosageInstruction.patientInstruction", &["with water"]);
        m.none(m.one("MedicationRequest"), "dosageInstruction.additionalInstruction");
        let m = dosed(&act(r#"<code code="311504000" codeSystem="2.16.840.1.113883.6.96" displayName="With or after food"/>"#));
        m.is(m.one("MedicationRequest"), "dosageInstruction.additionalInstruction.coding.code", &["311504000"]);
    }

    fn a_dose_of_zero_is_never_carried_in_silence() {
        let m = dosed(r#"<doseQuantity value="0"/>"#);
        m.is(m.one("MedicationRequest"), "dosageInstruction.doseAndRate.doseQuantity.value", &["0"]);
        assert!(m.reported("amount-zero"));
        assert!(!dosed(r#"<doseQuantity value="0.5" unit="mg"/>"#).reported("amount-zero"));
        assert!(vaccine("", "completed", r#"<doseQuantity value="0"/>"#).reported("amount-zero"));
    }
}
