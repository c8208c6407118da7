//! Faults that were found by reading documents of many realms beside their bundles, each by its name.

use crate::checks;
use crate::common::*;

/// The problem of an act with this code, status and time.
fn diagnosis(act: &str) -> Made {
    let entry = format!(
        r#"<entry><act classCode="ACT" moodCode="EVN">{act}<statusCode code="completed"/><effectiveTime value="20220427"/>
<entryRelationship typeCode="COMP"><observation classCode="OBS" moodCode="EVN"><id root="1.2.3.4" extension="d"/>
<code code="29308-4" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><effectiveTime value="20220427"/>
<value xsi:type="CD" code="162.3" codeSystem="2.16.840.1.113883.6.103" displayName="Lung"/></observation></entryRelationship></act></entry>"#
    );
    Doc::new().section("28574-2", "x", &entry).convert()
}

/// What was given, in a section of administered medicines.
fn given(amounts: &str) -> Made {
    let entry = format!(
        r#"<entry><substanceAdministration classCode="SBADM" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.16"/>
<id root="1.2.3.4" extension="m"/><statusCode code="completed"/><effectiveTime xsi:type="IVL_TS"><low value="20220421"/><high value="20220426"/></effectiveTime>{amounts}
<consumable><manufacturedProduct classCode="MANU"><manufacturedMaterial><code code="1190220" codeSystem="2.16.840.1.113883.6.88"/></manufacturedMaterial></manufacturedProduct></consumable>
</substanceAdministration></entry>"#
    );
    Doc::new().section("29549-3", "x", &entry).convert()
}

/// A detail of an infection, with the ids of its own template and of the general one.
fn detail(own: &str, general: &str, head: &str) -> Made {
    let entry = format!(
        r#"<entry><observation classCode="OBS" moodCode="EVN" {head}><templateId root="2.16.840.1.113883.10.20.22.4.{general}"/><templateId root="2.16.840.1.113883.10.20.5.6.{own}"/>
<id nullFlavor="NA"/><code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><statusCode code="completed"/>
<value xsi:type="CD" code="1-7" codeSystem="2.16.840.1.113883.6.277" displayName="D"/></observation></entry>"#
    );
    Doc::new().section("51899-3", "x", &entry).convert()
}

/// A section of an Australian document.
fn australian(entry: &str) -> Made {
    Doc::new()
        .raw_section(&format!(
            r#"<section><code code="101.16022" codeSystem="1.2.36.1.2001.1001.101"/><title>M</title><text>x</text><entry>{entry}</entry></section>"#
        ))
        .convert()
}

checks! {
    fn a_completed_discharge_does_not_end_the_disease() {
        let m = diagnosis(r#"<code code="dimissione" codeSystem="2.16.840.1.113883.2.9.5.1.4"/>"#);
        m.none(m.one("Condition"), "clinicalStatus");
        assert!(m.reported("row-remark"));
    }

    fn a_completed_concern_is_followed_no_more() {
        for concern in [r#"<code code="CONC" codeSystem="2.16.840.1.113883.5.6"/>"#, r#"<code nullFlavor="NA"/>"#] {
            let m = diagnosis(concern);
            m.is(m.one("Condition"), "clinicalStatus.coding.code", &["inactive"]);
        }
    }

    fn an_interval_of_a_dose_that_was_given_is_told_in_words() {
        let m = given(r#"<effectiveTime operator="A" xsi:type="PIVL_TS"><period value="12" unit="h"/></effectiveTime><doseQuantity><low value="20" unit="mL"/><high value="30" unit="mL"/></doseQuantity><rateQuantity><low value="10" unit="mL/h"/><high value="15" unit="mL/h"/></rateQuantity>"#);
        let a = m.one("MedicationAdministration");
        m.is(a, "dosage.text", &["20 mL - 30 mL, 10 mL/h - 15 mL/h, every 12 h"]);
        m.none(a, "dosage.dose.value");
        m.none(a, "dosage.rateQuantity");
    }

    fn an_interval_with_equal_ends_is_one_dose() {
        let m = given(r#"<doseQuantity><low value="1" unit="mg"/><high value="1" unit="mg"/></doseQuantity><rateQuantity><low value="100" unit="mg/d"/><high value="100" unit="mg/d"/></rateQuantity>"#);
        let a = m.one("MedicationAdministration");
        m.is(a, "dosage.dose.value", &["1"]);
        m.is(a, "dosage.dose.code", &["mg"]);
        m.is(a, "dosage.rateQuantity.value", &["100"]);
        m.none(a, "dosage.text");
    }

    fn an_open_interval_of_a_dose_keeps_its_side() {
        let m = given(r#"<doseQuantity><high value="5" unit="mg"/></doseQuantity>"#);
        m.is(m.one("MedicationAdministration"), "dosage.text", &["<= 5 mg"]);
    }

    fn what_is_asked_for_in_words_is_told() {
        let entry = r#"<entry><observation classCode="OBS" moodCode="INT"><templateId root="2.16.840.1.113883.10.20.22.4.44"/><id root="1.2.3.4" extension="o"/>
<code code="ORG-064" codeSystem="1.2.250.1.213.1.1.4.322"/><statusCode code="active"/><value xsi:type="ST">see the psychiatrist</value></observation></entry>"#;
        let m = Doc::new().section("18776-5", "x", entry).convert();
        m.is(m.one("ServiceRequest"), "orderDetail.text", &["see the psychiatrist"]);
    }

    fn the_rank_of_a_pathogen_is_no_disease() {
        for own in ["144", "147", "166", "174", "208"] {
            let m = detail(own, "4", "");
            assert!(m.all("Condition").is_empty(), "{own}");
            m.is(m.one("Observation"), "valueCodeableConcept.coding.code", &["1-7"]);
        }
        assert_eq!(detail("135", "4", "").all("Condition").len(), 1);
    }

    fn a_criterion_of_an_infection_is_found_only_where_it_is_affirmed() {
        let m = detail("119", "19", r#"negationInd="false""#);
        m.is(m.one("Observation"), "valueCodeableConcept.coding.code", &["1-7"]);
        let m = detail("119", "19", r#"negationInd="true""#);
        assert!(m.all("Observation").is_empty() && m.all("Condition").is_empty());
    }

    fn australian_directions_are_how_to_take_it() {
        let medicine = r#"<substanceAdministration classCode="SBADM" moodCode="EVN"><id root="1.2.3.4" extension="m"/><text xsi:type="ST">One with food.</text><statusCode code="active"/>
<consumable><manufacturedProduct><manufacturedMaterial><code code="23641011000036102" codeSystem="1.2.36.1.2001.1004.100"/></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration>"#;
        let m = australian(medicine);
        m.is(m.one("MedicationStatement"), "dosage.text", &["One with food."]);
        let elsewhere = Doc::new().section("10160-0", "x", &format!("<entry>{medicine}</entry>")).convert();
        assert!(!elsewhere.json.contains(r#""text":"One with food.""#));
    }

    fn australian_findings_in_text_are_the_value() {
        let m = australian(r#"<observation classCode="OBS" moodCode="EVN"><id root="1.2.3.4" extension="f"/><code code="103.16503" codeSystem="1.2.36.1.2001.1001.101" displayName="Findings"/><text xsi:type="ST">Normal lungs</text></observation>"#);
        m.is(m.one("Observation"), "valueString", &["Normal lungs"]);
    }
}
