//! Faults that were found in documents of realms that no table was written for (China, Japan, Poland, India, Brazil), each by its name.

use crate::checks;
use crate::common::*;

const ASKS: &str = r#"codeSystem="2.16.156.10011.2.2.1""#;

/// An observation of a national list of data elements, without template, time or status.
fn asked(code: &str, value: &str, more: &str) -> String {
    format!(
        r#"<observation classCode="OBS" moodCode="EVN"><code code="{code}" {ASKS} displayName="asked {code}"/>{value}{more}</observation>"#
    )
}

/// What a section of statements without any narrative gives.
fn bare(section: &str, statement: &str) -> Made {
    Doc::new().section(section, "", &format!("<entry>{statement}</entry>")).convert()
}

/// A flag for an allergy, and what it is to.
fn flag(value: &str) -> Made {
    let more = format!(
        r#"<participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT"><code code="DE02.10.022.00" {ASKS} displayName="allergen"/>
<desc xsi:type="ST">Penicillin</desc></playingEntity></participantRole></participant>"#
    );
    let flag = asked("DE02.10.023.00", &format!(r#"<value xsi:type="BL" value="{value}"/>"#), &more);
    bare(
        "48765-2",
        &format!(
            r#"<act classCode="ACT" moodCode="EVN"><code nullFlavor="NA"/><entryRelationship typeCode="SUBJ">{flag}</entryRelationship></act>"#
        ),
    )
}

/// A medicine with what is said of it in observations.
fn medicine(section: &str, head: &str, parts: &str) -> Made {
    bare(
        section,
        &format!(
            r#"<substanceAdministration classCode="SBADM" {head}><id root="1.2.3.4" extension="m"/>{parts}<consumable><manufacturedProduct><manufacturedLabeledDrug>
<name>Metformin</name></manufacturedLabeledDrug></manufacturedProduct></consumable></substanceAdministration>"#
        ),
    )
}

/// A problem as this value says it.
fn problem(value: &str) -> Made {
    bare(
        "11450-4",
        &format!(
            r#"<act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.3"/><code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="active"/><entryRelationship typeCode="SUBJ">
<observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.4"/><id root="1.2.3.4" extension="p"/><code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><statusCode code="completed"/>{value}</observation></entryRelationship></act>"#
        ),
    )
}

/// The sample of a laboratory's act (IHE XD-LAB): urine, taken by somebody, received later.
const TAKEN: &str = r#"<entryRelationship typeCode="COMP"><procedure classCode="PROC" moodCode="EVN"><templateId root="1.3.6.1.4.1.19376.1.3.1.2"/>
<code code="33882-2" codeSystem="2.16.840.1.113883.6.1"/><effectiveTime><high value="202403040735+0100"/></effectiveTime>
<performer><assignedEntity><id root="1.2.3.5" extension="nurse"/><assignedPerson><name><family>Nadel</family></name></assignedPerson></assignedEntity></performer>
<participant typeCode="PRD"><participantRole classCode="SPEC"><id root="1.2.3.4" extension="urine"/><playingEntity><code code="UR" codeSystem="2.16.840.1.113883.5.129"/></playingEntity></participantRole></participant>
<entryRelationship typeCode="COMP"><act classCode="ACT" moodCode="EVN"><templateId root="1.3.6.1.4.1.19376.1.3.1.3"/><code code="SPRECEIVE" codeSystem="1.3.5.1.4.1.19376.1.5.3.2"/><effectiveTime value="202403040752+0100"/>
<entryRelationship typeCode="COMP"><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.1.40"/><code code="48767-8" codeSystem="2.16.840.1.113883.6.1"/><text>haemolysed</text></act></entryRelationship></act></entryRelationship>
</procedure></entryRelationship>"#;

/// A laboratory's act that holds this.
fn laboratory(parts: &str) -> Made {
    bare(
        "18725-2",
        &format!(
            r#"<act classCode="ACT" moodCode="EVN"><templateId root="1.3.6.1.4.1.19376.1.3.1"/><code code="18725-2" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/>{parts}</act>"#
        ),
    )
}

checks! {
    fn what_a_laboratory_took_stands_beside_its_reports() {
        let battery = r#"<entryRelationship typeCode="COMP"><organizer classCode="BATTERY" moodCode="EVN"><templateId root="1.3.6.1.4.1.19376.1.3.1.4"/><code code="24356-8" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/>
<component><observation classCode="OBS" moodCode="EVN"><templateId root="1.3.6.1.4.1.19376.1.3.1.6"/><id root="1.2.3.4" extension="colour"/><code code="5778-6" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><effectiveTime value="20240304"/><value xsi:type="ST">yellow</value></observation></component></organizer></entryRelationship>"#;
        let m = laboratory(&format!("{TAKEN}{battery}"));
        let sample = m.one("Specimen");
        m.is(sample, "type.coding.code", &["UR"]);
        m.is(sample, "receivedTime", &["2024-03-04T07:52:00+01:00"]);
        m.is(sample, "collection.collectedPeriod.end", &["2024-03-04T07:35:00+01:00"]);
        m.is(sample, "collection.collector.resolve().name.family", &["Nadel"]);
        for of_it in [m.one("Observation"), m.one("DiagnosticReport")] {
            m.is(of_it, "specimen.resolve().identifier.value", &["urine"]);
        }
        assert!(m.all("Procedure").is_empty());
    }

    fn a_sample_taken_in_an_act_of_its_own_is_one() {
        let m = laboratory(TAKEN);
        let sample = m.one("Specimen");
        m.is(sample, "identifier.value", &["urine"]);
        m.is(sample, "type.coding.code", &["UR"]);
        m.is(sample, "receivedTime", &["2024-03-04T07:52:00+01:00"]);
        m.is(sample, "collection.collector.resolve().name.family", &["Nadel"]);
        m.none(sample, "collection.method");
        m.is(sample, "note.text", &["haemolysed"]);
        // how it was taken, from where, how much, and in what state it came
        let m = bare("99999-9", r#"<procedure classCode="PROC" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.415"/><code code="397394009" codeSystem="2.16.840.1.113883.6.96"/><effectiveTime value="20240304"/><targetSiteCode code="82094008" codeSystem="2.16.840.1.113883.6.96"/>
<specimen><specimenRole><id root="1.2.3.4" extension="lavage"/><specimenPlayingEntity><code code="258607008" codeSystem="2.16.840.1.113883.6.96"/><quantity value="20" unit="mL"/></specimenPlayingEntity></specimenRole></specimen>
<entryRelationship typeCode="COMP"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.421"/><code code="93047-7" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><value xsi:type="CD" code="281264009" codeSystem="2.16.840.1.113883.6.96"/></observation></entryRelationship></procedure>"#);
        let sample = m.one("Specimen");
        m.is(sample, "collection.method.coding.code", &["397394009"]);
        m.is(sample, "collection.bodySite.coding.code", &["82094008"]);
        m.is(sample, "collection.quantity.value", &["20"]);
        m.is(sample, "condition.coding.code", &["281264009"]);
    }

    fn a_sample_of_which_nobody_says_what_it_is_was_taken_all_the_same() {
        let m = bare("47519-4", r#"<procedure classCode="PROC" moodCode="EVN"><id root="1.2.3.4" extension="swab"/><code code="17636008" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/><effectiveTime value="20240304"/></procedure>"#);
        m.is(m.one("Procedure"), "code.coding.code", &["17636008"]);
    }

    fn what_was_done_and_stands_among_devices_or_findings_was_done() {
        let implanted = r#"<organizer classCode="CLUSTER" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.135"/><code code="40388003" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/>
<component><procedure classCode="PROC" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.14"/><id root="1.2.3.4" extension="implanted"/><code code="52734007" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/></procedure></component></organizer>"#;
        let m = bare("46264-8", implanted);
        m.is(m.one("Procedure"), "identifier.value", &["implanted"]);
        m.is(m.one("List"), "entry.item.resolve().identifier.value", &["implanted"]);
        // how a sample was taken, in a battery that no table knows
        let cultured = r#"<organizer classCode="BATTERY" moodCode="EVN"><code code="local" codeSystem="1.2.3.9"/><statusCode code="completed"/>
<component><observation classCode="OBS" moodCode="EVN"><code code="6463-4" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><value xsi:type="ST">no growth</value></observation></component>
<component><procedure classCode="PROC" moodCode="EVN"><code code="397394009" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/><participant typeCode="PRD"><participantRole classCode="SPEC"><id root="1.2.3.4" extension="sputum"/><playingEntity><code code="119334006" codeSystem="2.16.840.1.113883.6.96"/></playingEntity></participantRole></participant></procedure></component></organizer>"#;
        let m = bare("99999-9", cultured);
        m.is(m.one("Specimen"), "type.coding.code", &["119334006"]);
        m.is(m.one("Specimen"), "collection.method.coding.code", &["397394009"]);
        let found = m.with("Observation", "valueString", "no growth");
        m.is(found, "specimen.resolve().identifier.value", &["sputum"]);
    }

    fn the_section_of_devices_lists_them_by_the_code_of_the_supply() {
        let supply = |head: &str| {
            bare("46264-8", &format!(r#"<supply classCode="SPLY" {head}><id root="1.2.3.4" extension="s"/><code code="J010103" codeSystem="2.16.840.1.113883.2.9.6.1.48" displayName="pacemaker"/><text>since 2019</text><effectiveTime value="20190510"/><entryRelationship typeCode="SUBJ"><act classCode="ACT" moodCode="EVN"><code code="48767-8" codeSystem="2.16.840.1.113883.6.1"/><text>checked each year</text></act></entryRelationship></supply>"#))
        };
        let m = supply(r#"moodCode="EVN""#);
        m.is(m.one("DeviceUseStatement"), "timingDateTime", &["2019-05-10"]);
        m.is(m.one("DeviceUseStatement"), "device.resolve().type.coding.code", &["J010103"]);
        m.is(m.one("DeviceUseStatement"), "note.text", &["checked each year"]);
        m.is(m.one("DeviceUseStatement"), "text.status", &["additional"]);
        let m = supply(r#"moodCode="EVN" negationInd="true""#);
        assert!(m.all("DeviceUseStatement").is_empty() && m.all("Device").is_empty());
        // what is only meant for somebody is not in use
        let m = supply(r#"moodCode="RQO""#);
        assert!(m.all("DeviceUseStatement").is_empty());
        m.is(m.one("DeviceRequest"), "codeCodeableConcept.coding.code", &["J010103"]);
    }

    fn a_flag_that_says_no_is_no_allergy() {
        for no in ["false", "0"] {
            let m = flag(no);
            assert!(m.all("AllergyIntolerance").is_empty(), "{}", m.json);
            m.is(m.one("Observation"), "code.coding.code", &["DE02.10.023.00"]);
            m.is(m.one("Observation"), "valueBoolean", &["false"]);
        }
    }

    fn a_flag_that_says_yes_is_an_allergy_to_what_it_names() {
        let m = flag("true");
        m.is(m.one("AllergyIntolerance"), "code.text", &["Penicillin"]);
        m.none(m.one("AllergyIntolerance"), "code.coding");
    }

    fn an_allergen_that_only_the_value_names_in_words_is_kept() {
        let m = bare("48765-2", r#"<observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.7"/><id root="1.2.3.4" extension="a"/><code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/>
<statusCode code="completed"/><value xsi:type="CD" displayName="Penicillin"/></observation>"#);
        m.is(m.one("AllergyIntolerance"), "code.text", &["Penicillin"]);
    }

    fn what_stands_among_problems_and_is_none_is_no_condition() {
        let coded = |value: &str| format!(r#"<value xsi:type="CD" code="{value}" codeSystem="2.16.156.10011.2.3.1.253" displayName="yes"/>"#);
        for section in ["11450-4", "11535-2"] {
            for value in [coded("1"), r#"<value xsi:type="BL" value="false"/>"#.to_owned(), r#"<value xsi:type="PQ" value="2" unit="h"/>"#.to_owned(), r#"<value xsi:type="ST">fall</value>"#.to_owned()] {
                let m = Doc::new().header(r#"<componentOf><encompassingEncounter><id root="1.2.3" extension="e"/><effectiveTime><low value="20170728"/></effectiveTime></encompassingEncounter></componentOf>"#)
                    .section(section, "", &format!("<entry><organizer classCode=\"CLUSTER\" moodCode=\"EVN\"><statusCode/><component>{}</component></organizer></entry>", asked("DE09.00.104.00", &value, ""))).convert();
                assert!(m.all("Condition").is_empty(), "{value}: {}", m.json);
                m.is(m.one("Observation"), "code.coding.code", &["DE09.00.104.00"]);
                m.none(m.one("Encounter"), "diagnosis");
            }
        }
    }

    fn a_diagnosis_by_a_national_code_is_one() {
        let value = r#"<value xsi:type="CD" code="K35.901" codeSystem="2.16.156.10011.2.3.3.11.3" displayName="appendicitis"/>"#;
        let m = Doc::new().header(r#"<componentOf><encompassingEncounter><id root="1.2.3" extension="e"/><effectiveTime><low value="20170728"/></effectiveTime></encompassingEncounter></componentOf>"#)
            .section("11535-2", "", &format!("<entry>{}</entry>", asked("DE05.01.024.00", value, ""))).convert();
        m.is(m.one("Condition"), "code.coding.code", &["K35.901"]);
        assert!(m.target(&m.one("Encounter")["diagnosis"][0]["condition"]).is_some());
        // a disease in a system that all know is one, whatever asks
        let value = r#"<value xsi:type="CD" code="K35.9" codeSystem="2.16.840.1.113883.6.3" displayName="appendicitis"/>"#;
        m_is_condition(&bare("11450-4", &asked("LOCAL-1", value, "")));
    }

    fn a_part_of_a_problem_is_left_to_it() {
        let part = format!(r#"<entryRelationship typeCode="REFR">{}</entryRelationship>"#, asked("SOURCE", r#"<value xsi:type="ST">told</value>"#, ""));
        let m = bare("11450-4", &format!(r#"<observation classCode="OBS" moodCode="EVN"><code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><value xsi:type="CD" code="44054006" codeSystem="2.16.840.1.113883.6.96"/>{part}</observation>"#));
        m.is(m.one("Condition"), "code.coding.code", &["44054006"]);
        m.is(m.target(&m.one("Observation")["focus"][0]).unwrap(), "code.coding.code", &["44054006"]);
    }

    fn a_problem_in_words_alone_is_a_problem() {
        let m = problem(r#"<value xsi:type="ST">Old tuberculosis</value>"#);
        m.is(m.one("Condition"), "code.text", &["Old tuberculosis"]);
        for nothing in ["Unknown", "-"] {
            assert!(problem(&format!(r#"<value xsi:type="ST">{nothing}</value>"#)).all("Condition").is_empty(), "{nothing}");
        }
    }

    fn a_sign_of_no_known_time_is_kept_unless_r4_knows_it() {
        let m = bare("8716-3", &asked("DE04.10.188.00", r#"<value xsi:type="PQ" value="62.5" unit="kg"/>"#, ""));
        let weight = m.one("Observation");
        m.is(weight, "valueQuantity.value", &["62.5"]);
        m.none(weight, "effectiveDateTime");
        // by its LOINC code R4 wants the day: a component of vital signs at large, of which it wants none
        let pulse = r#"<observation classCode="OBS" moodCode="EVN"><code code="8867-4" codeSystem="2.16.840.1.113883.6.1"/><value xsi:type="PQ" value="80" unit="/min"/></observation>"#;
        let m = bare("8716-3", pulse);
        m.is(m.one("Observation"), "code.coding.code", &["8716-3"]);
        m.is(m.one("Observation"), "component.valueQuantity.value", &["80"]);
    }

    fn genders_of_national_systems() {
        for (system, code, gender) in [("2.16.156.10011.2.3.3.4", "1", "male"), ("2.16.156.10011.2.3.3.4", "2", "female"), ("1.2.643.5.1.13.13.11.1040", "2", "female"), ("1.2.392.200119.6.1101", "1", "male"), ("2.16.156.10011.2.3.3.4", "0", "unknown")] {
            let m = Doc::new().patient(&format!(r#"<id root="2.16.156.10011.1.3" extension="110101"/><name>X</name><administrativeGenderCode code="{code}" codeSystem="{system}"/>"#)).convert();
            m.is(m.one("Patient"), "gender", &[gender]);
        }
    }

    fn the_number_of_the_person_is_an_identifier_of_the_patient() {
        let m = Doc::new().patient(r#"<id root="2.16.156.10011.1.3" extension="110101"/><name>X</name>"#).convert();
        m.is(m.one("Patient"), "identifier.value", &["MRN-1", "110101"]);
    }

    /// The OID of a list of numbers identifies nobody of those who have none.
    fn an_empty_extension_identifies_nothing() {
        let m = Doc::new().author(r#"<author><time value="20240101"/><assignedAuthor><id root="2.16.156.10011.1.7" extension=""/><assignedPerson><name>A</name></assignedPerson></assignedAuthor></author>"#).convert();
        m.none(m.one("Practitioner"), "identifier");
        assert!(m.reported("identifier-without-value"));
    }

    fn the_script_of_a_name_is_kept() {
        let m = Doc::new().patient(r#"<name use="IDE"><family>患者</family></name><name use="SYL"><family>カンジャ</family></name>"#).convert();
        m.is(m.one("Patient"), "name.extension.valueCode", &["IDE", "SYL"]);
        assert!(!m.reported("name-use-dropped"));
    }

    fn a_criterion_that_only_its_code_names_is_kept() {
        let of = |criterion: &str| medicine("57828-6", r#"moodCode="RQO""#, &format!("<precondition><criterion>{criterion}</criterion></precondition>"));
        let m = of(r#"<code code="CITO" codeSystem="1.2.3.9" displayName="at once"/>"#);
        m.is(m.one("MedicationRequest"), "dosageInstruction.asNeededCodeableConcept.coding.code", &["CITO"]);
        m.none(m.one("MedicationRequest"), "dosageInstruction.asNeededBoolean");
        let m = of(r#"<code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/>"#);
        m.is(m.one("MedicationRequest"), "dosageInstruction.asNeededBoolean", &["true"]);
    }

    fn a_dose_with_its_unit_in_the_value() {
        let dose = |value: &str| medicine("57828-6", r#"moodCode="RQO""#, &format!(r#"<doseQuantity value="{value}"/>"#));
        let m = dose("500 mg");
        m.is(m.one("MedicationRequest"), "dosageInstruction.doseAndRate.doseQuantity.value", &["500"]);
        m.is(m.one("MedicationRequest"), "dosageInstruction.doseAndRate.doseQuantity.code", &["mg"]);
        assert!(m.reported("unit-in-value"));
        for other in ["500 mg daily", "1 or 2", "one"] {
            m.none(dose(other).one("MedicationRequest"), "dosageInstruction.doseAndRate");
        }
    }

    fn units_in_other_scripts() {
        for (unit, code) in [("ｍｇ", "mg"), ("毫升", "mL"), ("天", "d"), ("次/分", "/min")] {
            let m = bare("30954-2", &asked("X", &format!(r#"<value xsi:type="PQ" value="3" unit="{unit}"/>"#), ""));
            m.is(m.one("Observation"), "valueQuantity.code", &[code]);
            m.is(m.one("Observation"), "valueQuantity.unit", &[unit]);
        }
    }

    fn what_is_said_of_a_medicine_is_about_it() {
        let often = format!(r#"<entryRelationship typeCode="COMP">{}</entryRelationship>"#, asked("DE06.00.133.00", r#"<value xsi:type="CD" code="02" codeSystem="1.2.3.9" displayName="bid"/>"#, ""));
        for section in ["18610-6", "61149-1"] {
            let m = medicine(section, r#"moodCode="RQO""#, &often);
            let said = m.with("Observation", "code.coding.code", "DE06.00.133.00");
            m.is(m.target(&said["focus"][0]).unwrap(), "resourceType", &["MedicationRequest"]);
        }
        // of what was not given nothing of the kind is said
        assert!(medicine("18610-6", r#"moodCode="EVN" negationInd="true""#, &often).all("Observation").is_empty());
    }

    fn several_values_are_components() {
        let m = bare("61149-1", &asked("X", r#"<value xsi:type="ST">headache</value><value xsi:type="CD" code="G43.0" codeSystem="2.16.840.1.113883.6.3"/>"#, ""));
        let o = m.one("Observation");
        m.none(o, "valueString");
        m.is(o, "component.valueString", &["headache"]);
        m.is(o, "component.valueCodeableConcept.coding.code", &["G43.0"]);
        m.is(o, "component.code.coding.code", &["X", "X"]);
    }

    fn who_helped_at_an_operation_is_a_performer() {
        let helper = |ty: &str| format!(r#"<participant typeCode="{ty}"><participantRole classCode="ASSIGNED"><code displayName="first assistant"/><playingEntity classCode="PSN"><name>Wu</name></playingEntity></participantRole></participant>"#);
        let of = |ty: &str| bare("47519-4", &format!(r#"<procedure classCode="PROC" moodCode="EVN"><code code="47.01" codeSystem="1.2.3.9"/><performer><assignedEntity><id root="1.2.3.4" extension="s"/></assignedEntity></performer>{}</procedure>"#, helper(ty)));
        let m = of("ATND");
        m.is(m.one("Procedure"), "performer.function.text", &["first assistant"]);
        m.is(m.target(&m.one("Procedure")["performer"][1]["actor"]).unwrap(), "name.text", &["Wu"]);
        assert_eq!(of("DIST").one("Procedure")["performer"].as_array().unwrap().len(), 1);
    }

    fn a_bed_that_is_part_of_a_ward_is_at_the_ward() {
        let m = Doc::new().header(r#"<componentOf><encompassingEncounter><effectiveTime><low value="20170728"/></effectiveTime><location><healthCareFacility><serviceProviderOrganization><asOrganizationPartOf><wholeOrganization>
<id root="1.2.3.4" extension="301"/><name>Ward 301</name></wholeOrganization></asOrganizationPartOf></serviceProviderOrganization></healthCareFacility></location></encompassingEncounter></componentOf>"#).convert();
        m.is(m.target(&m.one("Encounter")["serviceProvider"]).unwrap(), "name", &["Ward 301"]);
    }

    fn a_diagnosis_that_was_ruled_out_is_refuted() {
        let of = |certainty: &str| {
            let said = format!(r#"<entryRelationship typeCode="COMP"><observation classCode="OBS" moodCode="EVN"><code code="246103008" codeSystem="2.16.840.1.113883.6.96"/><value xsi:type="CD" code="{certainty}" codeSystem="2.16.840.1.113883.6.96"/></observation></entryRelationship>"#);
            Doc::new().header(r#"<componentOf><encompassingEncounter><id root="1.2.3" extension="e"/><effectiveTime><low value="20170728"/></effectiveTime></encompassingEncounter></componentOf>"#)
                .section("11535-2", "", &format!(r#"<entry><observation classCode="OBS" moodCode="EVN"><id root="1.2.3.4" extension="f"/><code code="439401001" codeSystem="2.16.840.1.113883.6.96"/><value xsi:type="CD" code="125605004" codeSystem="2.16.840.1.113883.6.96"/>{said}</observation></entry>"#)).convert()
        };
        for (certainty, status) in [("410516002", "refuted"), ("410594000", "refuted"), ("415684004", "unconfirmed"), ("2931005", "unconfirmed"), ("148006", "provisional"), ("255545003", "confirmed")] {
            let m = of(certainty);
            m.is(m.one("Condition"), "verificationStatus.coding.code", &[status]);
            assert_eq!(m.one("Encounter").get("diagnosis").is_none(), status == "refuted", "{certainty}: {}", m.json);
        }
        assert!(of("999999").reported("code-not-mapped") || of("999999").reported("value-not-carried"));
        m_without_status(&of("410516002"));
    }

    fn an_allergy_that_was_ruled_out_is_not_active() {
        let m = bare("48765-2", r#"<observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.7"/><id root="1.2.3.4" extension="a"/><code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/>
<statusCode code="completed"/><value xsi:type="CD" code="419199007" codeSystem="2.16.840.1.113883.6.96"/><participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT"><code code="7980" codeSystem="2.16.840.1.113883.6.88"/></playingEntity></participantRole></participant>
<entryRelationship typeCode="COMP"><observation classCode="OBS" moodCode="EVN"><code code="246103008" codeSystem="2.16.840.1.113883.6.96"/><value xsi:type="CD" code="410516002" codeSystem="2.16.840.1.113883.6.96"/></observation></entryRelationship></observation>"#);
        m.is(m.one("AllergyIntolerance"), "verificationStatus.coding.code", &["refuted"]);
        m.is(m.one("AllergyIntolerance"), "clinicalStatus.coding.code", &["inactive"]);
    }

    fn what_is_not_certain_and_no_problem_stays_narrative() {
        let part = |certainty: &str| format!(r#"<entryRelationship typeCode="COMP"><observation classCode="OBS" moodCode="EVN"><code code="246103008" codeSystem="2.16.840.1.113883.6.96"/><value xsi:type="CD" code="{certainty}" codeSystem="2.16.840.1.113883.6.96"/></observation></entryRelationship>"#);
        for certainty in ["410516002", "415684004"] {
            assert!(!bare("61149-1", &asked("FINDING", r#"<value xsi:type="ST">mass</value>"#, &part(certainty))).json.contains("\"FINDING\""), "{certainty}");
        }
        assert!(bare("61149-1", &asked("FINDING", r#"<value xsi:type="ST">mass</value>"#, &part("410605003"))).json.contains("\"FINDING\""));
    }

    fn an_act_that_no_table_knows_is_not_passed_over_for_its_parts() {
        let part = format!(r#"<entryRelationship typeCode="COMP">{}</entryRelationship>"#, asked("X", r#"<value xsi:type="ST">y</value>"#, ""));
        let act = |head: &str| bare("61149-1", &format!(r#"<act classCode="ACT" moodCode="EVN">{head}<effectiveTime value="20170115"/>{part}</act>"#));
        assert!(act(r#"<code code="BPHM91" codeSystem="1.2.208.176.2.4"/>"#).reported("statement-not-mapped"));
        let m = act(r#"<code nullFlavor="NA"/>"#);
        assert!(!m.reported("statement-not-mapped"));
        // what it consists of took place when it did; what an act with a template says by its time nobody knows
        m.is(m.one("Observation"), "effectiveDateTime", &["2017-01-15"]);
        let m = act(r#"<templateId root="1.2.3.4"/><code nullFlavor="NA"/>"#);
        m.none(m.one("Observation"), "effectiveDateTime");
    }

    /// Everything that such answers can say.
    fn answers_are_whole() {
        let more = format!(r#"<interpretationCode code="H" codeSystem="2.16.840.1.113883.5.83"/><performer><assignedEntity><id root="1.2.3.4" extension="n"/></assignedEntity></performer>
<entryRelationship typeCode="SUBJ" inversionInd="true"><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.64"/><code code="48767-8" codeSystem="2.16.840.1.113883.6.1"/><text>asked twice</text></act></entryRelationship>
<entryRelationship typeCode="COMP">{}</entryRelationship>"#, asked("PART", r#"<value xsi:type="PQ" nullFlavor="NASK"/>"#, ""));
        let answer = asked("STATE", r#"<effectiveTime value="20170801"/><value xsi:type="PQ" value="2" unit="h"/>"#, &more).replacen("<code ", r#"<id root="1.2.3.4" extension="a"/><code "#, 1).replacen("/><effectiveTime", "/><text>two hours</text><effectiveTime", 1);
        let m = bare("11450-4", &answer);
        let a = m.with("Observation", "identifier.value", "a");
        m.is(a, "effectiveDateTime", &["2017-08-01"]);
        m.is(a, "interpretation.coding.code", &["H"]);
        m.is(a, "note.text", &["asked twice"]);
        m.contains(a, "text.div", "two hours");
        m.is(m.target(&a["performer"][0]).unwrap(), "identifier.value", &["n"]);
        let part = m.with("Observation", "code.coding.code", "PART");
        m.is(part, "dataAbsentReason.coding.code", &["not-asked"]);
        m.is(m.target(&a["hasMember"][0]).unwrap(), "code.coding.code", &["PART"]);
        let said = asked("OFTEN", r#"<effectiveTime value="20170801"/><value xsi:type="ST">twice</value>"#, r#"<performer><assignedEntity><id root="1.2.3.4" extension="n"/></assignedEntity></performer>"#).replacen("<code ", r#"<id root="1.2.3.4" extension="o"/><code "#, 1);
        let m = medicine("18610-6", r#"moodCode="RQO""#, &format!(r#"<entryRelationship typeCode="COMP">{said}</entryRelationship>"#));
        let o = m.with("Observation", "identifier.value", "o");
        m.is(o, "effectiveDateTime", &["2017-08-01"]);
        m.is(m.target(&o["performer"][0]).unwrap(), "identifier.value", &["n"]);
    }

    fn the_urgency_of_an_encounter_is_its_priority() {
        let m = bare("46240-8", r#"<encounter classCode="ENC" moodCode="EVN"><id root="1.2.3.4" extension="e"/><code code="ALCA00" codeSystem="1.2.208.176.2.4"/><effectiveTime value="20170216"/><priorityCode code="ATA1" codeSystem="1.2.208.176.2.4"/></encounter>"#);
        m.is(m.one("Encounter"), "priority.coding.code", &["ATA1"]);
    }

    fn contrast_in_a_scan_is_part_of_it() {
        let contrast = r#"<entryRelationship typeCode="COMP"><substanceAdministration classCode="SBADM" moodCode="EVN"><consumable><manufacturedProduct><manufacturedMaterial><code code="MV08AB02" codeSystem="1.2.208.176.2.4"/></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration></entryRelationship>"#;
        let m = bare("61149-1", &asked("UXCA00", "", contrast));
        m.is(m.target(&m.one("MedicationStatement")["partOf"][0]).unwrap(), "code.coding.code", &["UXCA00"]);
    }
}

fn m_without_status(m: &Made) {
    m.none(m.one("Condition"), "clinicalStatus");
}

fn m_is_condition(m: &Made) {
    m.is(m.one("Condition"), "code.coding.code", &["K35.9"]);
}
