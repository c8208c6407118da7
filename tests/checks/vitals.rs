//! Vital signs: facts K098–K100, K118 and K154.

use crate::checks;
use crate::common::*;

fn sign(code: &str, time: &str, value: &str, unit: &str) -> String {
    let time = if time.is_empty() { String::new() } else { format!(r#"<effectiveTime value="{time}"/>"#) };
    format!(
        r#"<component><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.27" extension="2014-06-09"/>
<id root="2.16.840.1.113883.19.11.1" extension="{code}-{value}"/><code code="{code}" codeSystem="2.16.840.1.113883.6.1"/>
<statusCode code="completed"/>{time}<value xsi:type="PQ" value="{value}" unit="{unit}"/></observation></component>"#
    )
}

fn doc(members: &str) -> Made {
    Doc::new()
        .section(
            "8716-3",
            "Vital signs",
            &format!(
                r#"<entry><organizer classCode="CLUSTER" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.26" extension="2015-08-01"/>
<id root="2.16.840.1.113883.19.11.2" extension="v1"/><code code="46680005" codeSystem="2.16.840.1.113883.6.96"/>
<statusCode code="completed"/><effectiveTime value="20140520193605-0600"/>{members}</organizer></entry>"#
            ),
        )
        .convert()
}

const T: &str = "20140520193605-0600";

checks! {
    fn k098_the_panel() {
        let m = doc(&(sign("8867-4", T, "80", "/min") + &sign("8310-5", T, "37.0", "Cel")));
        let panel = m.with("Observation", "code.coding.code", "85353-1");
        m.is(panel, "category.coding.code", &["vital-signs"]);
        m.is(panel, "status", &["final"]);
        m.is(panel, "hasMember.resolve().code.coding.code", &["8867-4", "8310-5"]);
        m.is(panel, "identifier.value", &["v1"]);
        for o in m.all("Observation") {
            m.is(o, "category.coding.code", &["vital-signs"]);
        }
    }

    fn k099_blood_pressure_is_one_observation() {
        let m = doc(&(sign("8480-6", T, "115", "mm[Hg]") + &sign("8462-4", T, "75", "mm[Hg]")));
        let bp = m.with("Observation", "code.coding.code", "85354-9");
        m.is(bp, "component.code.coding.code", &["8480-6", "8462-4"]);
        m.is(bp, "component.valueQuantity.value", &["115", "75"]);
        m.none(bp, "valueQuantity");
        m.none(bp, "dataAbsentReason");
        assert_eq!(m.all("Observation").len(), 2, "the panel and the pressure; no member twice");
    }

    fn who_measured_both_halves_of_a_pressure_is_one_performer() {
        let nurse = |id: &str| format!(r#"<author><time value="{T}"/><assignedAuthor><id root="2.16.840.1.113883.19.11.3" extension="{id}"/><assignedPerson><name><given>Nora</given><family>{id}</family></name></assignedPerson></assignedAuthor></author></observation>"#);
        let by = |code: &str, value: &str, who: &str| sign(code, T, value, "mm[Hg]").replace("</observation>", &nurse(who));
        let m = doc(&(by("8480-6", "115", "Nurse") + &by("8462-4", "75", "Nurse")));
        m.is(m.with("Observation", "code.coding.code", "85354-9"), "performer.resolve().name.family", &["Nurse"]);
        let m = doc(&(by("8480-6", "115", "Nurse") + &by("8462-4", "75", "Other")));
        m.is(m.with("Observation", "code.coding.code", "85354-9"), "performer.resolve().name.family", &["Nurse", "Other"]);
    }

    fn k099_two_pressures_are_not_mixed() {
        let (a, b) = ("20140520080000-0600", "20140520200000-0600");
        let m = doc(&(sign("8480-6", a, "168", "mm[Hg]") + &sign("8480-6", b, "132", "mm[Hg]") + &sign("8462-4", b, "78", "mm[Hg]") + &sign("8462-4", a, "92", "mm[Hg]")));
        let early = m.with("Observation", "component.valueQuantity.value", "168");
        m.is(early, "component.valueQuantity.value", &["168", "92"]);
        m.is(early, "effectiveDateTime", &["2014-05-20T08:00:00-06:00"]);
        let late = m.with("Observation", "component.valueQuantity.value", "132");
        m.is(late, "component.valueQuantity.value", &["132", "78"]);
        m.is(late, "effectiveDateTime", &["2014-05-20T20:00:00-06:00"]);
    }

    fn k099_a_lone_pressure_says_that_the_other_is_missing() {
        for (code, other) in [("8480-6", "8462-4"), ("8462-4", "8480-6")] {
            let m = doc(&sign(code, T, "115", "mm[Hg]"));
            let bp = m.with("Observation", "code.coding.code", "85354-9");
            m.none(bp, "valueQuantity");
            for c in bp["component"].as_array().unwrap() {
                let is = m.texts(c, "code.coding.code");
                if is == [code] {
                    m.is(c, "valueQuantity.value", &["115"]);
                } else {
                    assert_eq!(is, [other]);
                    m.none(c, "valueQuantity");
                    m.is(c, "dataAbsentReason.coding.code", &["unknown"]);
                }
            }
        }
    }

    fn a_panel_names_the_pressure_once_and_misses_none_of_its_halves() {
        let m = doc(&(sign("8480-6", T, "115", "mm[Hg]") + &sign("8462-4", T, "75", "mm[Hg]") + &sign("8867-4", T, "80", "/min")));
        let panel = m.all("Observation").into_iter().find(|o| o["hasMember"].is_array()).unwrap();
        assert_eq!(m.texts(panel, "hasMember.reference").len(), 2, "the pressure and the pulse");
        assert!(!m.reported("reference-without-target"), "both halves are in the pressure");
    }

    fn k099_a_negated_pressure_is_not_paired() {
        let negated = sign("8462-4", T, "75", "mm[Hg]").replace("<observation ", r#"<observation negationInd="true" "#);
        let m = doc(&(sign("8480-6", T, "115", "mm[Hg]") + &negated));
        for o in m.all("Observation") {
            assert!(!m.texts(o, "component.valueQuantity.value").contains(&"75".to_owned()));
        }
    }

    fn k100_pulse_oximetry_with_its_oxygen() {
        let m = doc(&(sign("2708-6", T, "98", "%") + &sign("3151-8", T, "6", "L/min") + &sign("3150-0", T, "35", "%")));
        let o = m.with("Observation", "code.coding.code", "59408-5");
        m.has(o, "code.coding.code", "2708-6");
        m.is(o, "valueQuantity.value", &["98"]);
        let mut components = m.texts(o, "component.code.coding.code");
        components.sort();
        assert_eq!(components, ["3150-0", "3151-8"]);
        m.is(m.with("Observation", "component.code.coding.code", "3151-8"), "valueQuantity.value", &["98"]);
        assert_eq!(m.all("Observation").len(), 2, "the panel and the oximetry; no member twice");
    }

    fn another_code_of_a_saturation_is_kept_and_its_own_not_said_twice() {
        let mdc = r#"<translation code="150456" codeSystem="2.16.840.1.113883.6.24"/><translation code="2708-6" codeSystem="2.16.840.1.113883.6.1" displayName="O2 saturation"/></code>"#;
        let m = doc(&sign("59408-5", T, "98", "%").replace(r#"codeSystem="2.16.840.1.113883.6.1"/>"#, &format!(r#"codeSystem="2.16.840.1.113883.6.1">{mdc}"#)));
        m.is(m.with("Observation", "valueQuantity.value", "98"), "code.coding.code", &["59408-5", "2708-6", "150456"]);
    }

    fn k118_time_to_the_second_with_its_offset() {
        let m = doc(&sign("8867-4", T, "80", "/min"));
        m.is(m.with("Observation", "code.coding.code", "8867-4"), "effectiveDateTime", &["2014-05-20T19:36:05-06:00"]);
    }

    fn k154_without_concentration_no_component_for_it() {
        let m = doc(&(sign("59408-5", T, "95", "%") + &sign("3151-8", T, "2", "L/min")));
        let o = m.with("Observation", "code.coding.code", "59408-5");
        m.is(o, "component.code.coding.code", &["3151-8"]);
        m.is(o, "component.valueQuantity.value", &["2"]);
    }

    fn k154_saturation_on_room_air_has_no_components() {
        let m = doc(&sign("59408-5", T, "86", "%"));
        m.none(m.with("Observation", "code.coding.code", "59408-5"), "component");
    }

    fn oxygen_of_another_time_is_not_that_of_the_saturation() {
        let m = doc(&(sign("59408-5", T, "95", "%") + &sign("3151-8", "20140520080000-0600", "2", "L/min")));
        m.none(m.with("Observation", "code.coding.code", "59408-5"), "component");
        m.is(m.with("Observation", "code.coding.code", "3151-8"), "valueQuantity.value", &["2"]);
    }

    fn a_sign_without_time_has_that_of_its_panel() {
        let m = doc(&(sign("8480-6", "", "115", "mm[Hg]") + &sign("8462-4", "", "75", "mm[Hg]") + &sign("8867-4", "", "80", "/min")));
        m.is(m.with("Observation", "code.coding.code", "85354-9"), "effectiveDateTime", &["2014-05-20T19:36:05-06:00"]);
        m.is(m.with("Observation", "code.coding.code", "8867-4"), "effectiveDateTime", &["2014-05-20T19:36:05-06:00"]);
    }

    fn a_sign_of_the_fetus_is_not_the_mothers() {
        let fetal = sign("8867-4", T, "148", "/min").replace("</observation>", r#"<subject><relatedSubject classCode="PRS"><code code="NCHILD" codeSystem="2.16.840.1.113883.5.111"/></relatedSubject></subject></observation>"#);
        let m = doc(&(fetal + &sign("8867-4", T, "80", "/min")));
        let values: Vec<String> = m.all("Observation").iter().flat_map(|o| m.texts(o, "valueQuantity.value")).collect();
        assert_eq!(values, ["80"]);
    }

    fn the_author_of_a_sign_performed_it() {
        let author = r#"<author><time value="20140520"/><assignedAuthor><id root="2.16.840.1.113883.19.11.3" extension="n"/><assignedPerson><name><family>Nurse</family></name></assignedPerson></assignedAuthor></author></observation>"#;
        let m = doc(&sign("8867-4", T, "80", "/min").replace("</observation>", author));
        m.is(m.with("Observation", "code.coding.code", "8867-4"), "performer.resolve().name.family", &["Nurse"]);
    }

    fn the_panel_of_vital_signs_keeps_its_own_code() {
        let entry = r#"<entry><organizer classCode="CLUSTER" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.26"/><id root="2.16.840.1.113883.19.5.99999.8" extension="vs"/>
<code code="46680005" codeSystem="2.16.840.1.113883.6.96" displayName="Vital signs"><originalText>Obs at noon</originalText><translation code="74728-7" codeSystem="2.16.840.1.113883.6.1"/></code><statusCode code="completed"/><effectiveTime value="20240305"/>
<component><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.27"/><id root="2.16.840.1.113883.19.5.99999.8" extension="hr"/><code code="8867-4" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><effectiveTime value="20240305"/><value xsi:type="PQ" value="80" unit="/min"/></observation></component></organizer></entry>"#;
        let m = Doc::new().section("8716-3", "Vital signs", entry).convert();
        let panel = m.with("Observation", "identifier.value", "vs");
        m.is(panel, "code.coding.code", &["46680005", "74728-7", "85353-1"]);
        m.is(panel, "code.text", &["Obs at noon"]);
    }

    /// R4 takes the code of a weight for a claim to its profile, which wants a day. A weight of 88 kg whose time the source does
    /// not know was not written at all; nor was one of which only the month is known.
    fn a_sign_without_a_known_day_is_kept_as_part_of_vital_signs_at_large() {
        for time in [r#"<effectiveTime nullFlavor="UNK"/>"#, "", r#"<effectiveTime value="201405"/>"#] {
            let entry = sign("29463-7", "", "88", "kg").replace("<component>", "<entry>").replace("</component>", "</entry>");
            let entry = entry.replace("<value", &format!("{time}<value")).replace("/></observation>", r#"/><interpretationCode code="H" codeSystem="2.16.840.1.113883.5.83"/></observation>"#);
            let m = Doc::new().section("8716-3", "x", &entry.replace(r#"code="29463-7""#, r#"code="29463-7" displayName="Weight""#)).convert();
            let o = m.one("Observation");
            m.is(o, "code.coding.code", &["8716-3"]);
            m.is(o, "code.text", &["Weight"]);
            m.is(o, "category.coding.code", &["vital-signs"]);
            m.is(o, "component.code.coding.code", &["29463-7"]);
            m.is(o, "component.valueQuantity.value", &["88"]);
            m.is(o, "component.interpretation.coding.code", &["H"]);
            m.none(o, "valueQuantity");
            m.none(o, "interpretation");
            m.none(o, "meta.profile");
            m.is(o, "effectiveDateTime", if time.contains("201405") { &["2014-05"] } else { &[] });
            m.is(o, "identifier.value", &["29463-7-88"]);
            assert!(m.reported("vital-signs"));
            let said = m.issues.iter().find(|i| i.code == "vital-signs").unwrap();
            assert!(said.at.is_some_and(|(line, _)| line > 1), "where in the source: {said:?}");
        }
    }

    fn a_panel_and_a_pressure_without_a_known_day_are_kept() {
        let members = sign("8480-6", "", "115", "mm[Hg]") + &sign("8462-4", "", "75", "mm[Hg]") + &sign("8867-4", "", "80", "/min");
        let entry = format!(r#"<entry><organizer classCode="CLUSTER" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.26"/><id root="2.16.840.1.113883.19.11.2" extension="v1"/>
<code code="46680005" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/><effectiveTime nullFlavor="UNK"/>{members}</organizer></entry>"#);
        let m = Doc::new().section("8716-3", "x", &entry).convert();
        for o in m.all("Observation") {
            m.is(o, "code.coding.code", &["8716-3"]);
        }
        let panel = m.with("Observation", "identifier.value", "v1");
        assert_eq!(m.texts(panel, "hasMember.resolve().id").len(), 2);
        let pressure = m.with("Observation", "component.valueQuantity.value", "115");
        m.is(pressure, "component.code.coding.code", &["8480-6", "8462-4"]);
        m.is(pressure, "component.valueQuantity.value", &["115", "75"]);
        m.is(m.with("Observation", "component.code.coding.code", "8867-4"), "component.valueQuantity.value", &["80"]);
    }

    fn a_body_mass_index_in_another_unit_is_kept() {
        let m = doc(&sign("39156-5", T, "85", "%"));
        let o = m.with("Observation", "component.code.coding.code", "39156-5");
        m.is(o, "component.valueQuantity.value", &["85"]);
        m.is(o, "component.valueQuantity.code", &["%"]);
        m.is(o, "code.coding.code", &["8716-3"]);
        // the profiles that it claimed went, and an empty element is none
        assert!(o.get("meta").is_none_or(|meta| !meta.as_object().unwrap().is_empty()), "{o}");
    }

    /// The same unit in another form of UCUM stood in a note, and the sign had no value.
    fn a_unit_in_another_form_is_the_one_that_r4_knows() {
        for (code, unit, known) in [
            ("9279-1", "{breaths}/min", "/min"),
            ("9279-1", "1/min", "/min"),
            ("8867-4", "{beats}/min", "/min"),
            ("8867-4", "min-1", "/min"),
            ("59408-5", "%{saturation}", "%"),
            ("39156-5", "kg.m-2", "kg/m2"),
            ("8310-5", "C", "Cel"),
            ("8310-5", "degrees C", "Cel"),
            ("8867-4", "{BPM}", "/min"),
        ] {
            let m = doc(&sign(code, T, "21", unit));
            let o = m.with("Observation", "valueQuantity.value", "21");
            m.is(o, "valueQuantity.unit", &[unit]);
            m.is(o, "valueQuantity.code", &[known]);
            m.none(o, "dataAbsentReason");
            m.none(o, "note");
        }
        let m = doc(&(sign("8480-6", T, "115", "mm[Hg]{sitting}") + &sign("8462-4", T, "75", "mm[Hg]")));
        m.is(m.with("Observation", "code.coding.code", "85354-9"), "component.valueQuantity.code", &["mm[Hg]", "mm[Hg]"]);
    }

    /// A height in metres stood in a note alone. The multiple is exact, and the words of the source stay.
    fn a_unit_that_is_an_exact_multiple_is_converted_and_the_words_stay() {
        for (code, value, unit, written, known) in [
            ("8302-2", "1.77", "m", "177", "cm"),
            ("8302-2", "1.80", "m", "180", "cm"),
            ("8302-2", "502", "mm", "50.2", "cm"),
            ("8302-2", "5.75", "[ft_i]", "69", "[in_i]"),
            ("29463-7", "117", "[oz_av]", "7.3125", "[lb_av]"),
            ("29463-7", "11.5", "[stone_av]", "161", "[lb_av]"),
        ] {
            let m = doc(&sign(code, T, value, unit));
            let o = m.with("Observation", "identifier.value", &format!("{code}-{value}"));
            m.is(o, "valueQuantity.value", &[written]);
            m.is(o, "valueQuantity.code", &[known]);
            m.is(o, "valueQuantity.unit", &[known]);
            m.is(o, "note.text", &[&format!("{value} {unit}")]);
            assert!(m.reported("vital-signs"));
        }
        // no exact way
        let m = doc(&sign("8310-5", T, "310.15", "K"));
        let o = m.with("Observation", "code.coding.code", "8310-5");
        m.none(o, "valueQuantity");
        m.is(o, "note.text", &["310.15 K"]);
    }

    fn a_rate_as_a_ratio_over_one_minute_is_a_rate() {
        let ratio = r#"<value xsi:type="RTO"><numerator xsi:type="INT" value="16"/><denominator xsi:type="PQ" value="1" unit="min"/></value></observation>"#;
        let one = sign("9279-1", T, "16", "x");
        let m = doc(&format!("{}{ratio}</component>", &one[..one.find("<value").unwrap()]));
        let o = m.with("Observation", "code.coding.code", "9279-1");
        m.is(o, "valueQuantity.value", &["16"]);
        m.is(o, "valueQuantity.code", &["/min"]);
        m.none(o, "valueRatio");
        let m = doc(&format!("{}{ratio}</component>", &one[..one.find("<value").unwrap()]).replace("9279-1", "39156-5").replace(r#"value="16""#, r#"value="22.83" unit="kg""#).replace(r#""INT""#, r#""PQ""#).replace(r#"unit="min""#, r#"unit="m2""#));
        let o = m.with("Observation", "code.coding.code", "39156-5");
        m.is(o, "valueQuantity.value", &["22.83"]);
        m.is(o, "valueQuantity.code", &["kg/m2"]);
    }
}
