//! Results: facts K091–K097, K152 and K153.

use crate::checks;
use crate::common::*;

/// A result observation: code, time, and the value with what follows it.
fn member(code: &str, time: &str, value: &str) -> String {
    format!(
        r#"<component><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.2" extension="2015-08-01"/>
<id root="2.16.840.1.113883.19.10.1" extension="{code}"/><code code="{code}" codeSystem="2.16.840.1.113883.6.1"/>
<statusCode code="completed"/>{time}{value}</observation></component>"#
    )
}

fn organizer(status: &str, head: &str, members: &str) -> String {
    format!(
        r#"<entry><organizer classCode="BATTERY" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.1" extension="2015-08-01"/>
<id root="2.16.840.1.113883.19.10.2" extension="r1"/><code code="24357-6" codeSystem="2.16.840.1.113883.6.1"/>
<statusCode code="{status}"/>{head}{members}</organizer></entry>"#
    )
}

fn doc(entry: &str) -> Made {
    Doc::new().section("30954-2", "Results", entry).convert()
}

const TIME: &str = r#"<effectiveTime value="20150622"/>"#;
const PQ: &str = r#"<value xsi:type="PQ" value="1.015" unit="1"/>"#;

fn specimen(id: &str, entity: &str) -> String {
    format!(
        r#"<specimen typeCode="SPC"><specimenRole classCode="SPEC"><id root="2.16.840.1.113883.19.10.3" extension="{id}"/>
<specimenPlayingEntity>{entity}</specimenPlayingEntity></specimenRole></specimen>"#
    )
}

const URINE: &str = r#"<code code="122575003" codeSystem="2.16.840.1.113883.6.96" displayName="Urine specimen"/>"#;

checks! {
    fn a_blood_group_and_the_findings_of_an_image_are_results() {
        for (template, code, value, path) in [
            ("1.3.6.1.4.1.19376.1.5.3.1.4.13.6", "34530-6", r#"<value xsi:type="CD" code="278149003" codeSystem="2.16.840.1.113883.6.96" displayName="A positive"/>"#, "valueCodeableConcept.coding.code"),
            ("2.16.840.1.113883.10.20.6.2.12", "18782-3", r#"<value xsi:type="ED">No effusion</value>"#, "valueString"),
            ("2.16.840.1.113883.10.20.6.2.13", "18782-3", r#"<value xsi:type="CD" code="112247003" codeSystem="2.16.840.1.113883.6.96"/>"#, "valueCodeableConcept.coding.code"),
            ("2.16.840.1.113883.10.20.6.2.14", "439984002", r#"<value xsi:type="PQ" value="1.2" unit="mm"/>"#, "valueQuantity.value"),
        ] {
            let m = Doc::new().section("30954-2", "x", &format!(r#"<entry><observation classCode="OBS" moodCode="EVN"><templateId root="{template}"/><id root="2.16.840.1.113883.19.12.3" extension="i"/><code code="{code}" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><effectiveTime value="20240301"/>{value}</observation></entry>"#)).convert();
            m.is(m.one("Observation"), "code.coding.code", &[code]);
            assert_eq!(m.texts(m.one("Observation"), path).len(), 1, "{template}");
            assert!(!m.reported("statement-not-mapped"), "{template}");
            // what was measured in an image is no result of a laboratory
            let of_image = template.starts_with("2.16.840.1.113883.10.20.6.2.");
            let category = m.texts(m.one("Observation"), "category.coding.code");
            assert!(!of_image || category == ["imaging"], "{template} {category:?}");
        }
    }

    fn what_measured_is_the_device_even_where_only_its_number_stands() {
        let device = |playing: &str| format!(r#"<participant typeCode="DEV"><participantRole classCode="MANU"><id root="1.2.840.10004.1.1.1.0.0.1.0.0.1.2680" extension="1A-34"/>{playing}</participantRole></participant>"#);
        let scale = r#"<playingDevice><code code="MDC_DEV_SPEC_PROFILE_SCALE" codeSystem="2.16.840.1.113883.6.24"/><manufacturerModelName>Bathroom scale</manufacturerModelName></playingDevice><scopingEntity><desc>Scales of Nowhere</desc></scopingEntity>"#;
        let weight = format!(r#"<entry><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.27"/><id root="2.16.840.1.113883.19.12.3" extension="w"/><code code="29463-7" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><effectiveTime value="20240102080000-0500"/><value xsi:type="PQ" value="84" unit="kg"/>{}</observation></entry>"#, device(""));
        // whatever is known of the observation
        let other = weight.replace(r#"<templateId root="2.16.840.1.113883.10.20.22.4.27"/>"#, "").replace("29463-7", "1-8");
        let glucose = weight.replace("22.4.27", "22.4.2").replace("29463-7", "2345-7");
        let supply = format!(r#"<entry><supply classCode="SPLY" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.1.34"/><id root="2.16.840.1.113883.19.12.3" extension="s"/>{}</supply></entry>"#, device(scale));
        let m = Doc::new().section("46264-8", "x", &supply).section("8716-3", "x", &weight).section("1-8", "x", &other).section("30954-2", "x", &glucose).convert();
        assert_eq!(m.all("Observation").len(), 3);
        for o in m.all("Observation") {
            m.is(o, "device.resolve().deviceName.name", &["Bathroom scale"]);
        }
        m.is(m.one("Device"), "manufacturer", &["Scales of Nowhere"]);
    }

    fn k091_an_organizer_is_a_report_of_its_observations() {
        let members = member("5811-5", TIME, PQ) + &member("5803-2", TIME, PQ) + &member("5767-9", TIME, PQ);
        let m = doc(&organizer("completed", TIME, &members));
        assert_eq!(m.all("Observation").len(), 3);
        m.is(m.one("DiagnosticReport"), "result.resolve().code.coding.code", &["5811-5", "5803-2", "5767-9"]);
    }

    fn k092_status_of_the_report() {
        for (status, want) in [("completed", "final"), ("active", "registered"), ("aborted", "cancelled"), ("held", "registered"), ("cancelled", "cancelled")] {
            let m = doc(&organizer(status, TIME, &member("5811-5", TIME, PQ)));
            m.is(m.one("DiagnosticReport"), "status", &[want]);
        }
    }

    fn k092_status_of_the_observation() {
        for (status, want) in [("completed", "final"), ("active", "registered"), ("aborted", "cancelled"), ("cancelled", "cancelled")] {
            let members = member("5811-5", TIME, PQ).replace(r#"<statusCode code="completed"/>"#, &format!(r#"<statusCode code="{status}"/>"#));
            let m = doc(&organizer("completed", TIME, &members));
            m.is(m.one("Observation"), "status", &[want]);
        }
    }

    fn k093_a_report_without_time_spans_its_observations() {
        let members = member("5811-5", r#"<effectiveTime value="20150605"/>"#, PQ) + &member("5803-2", r#"<effectiveTime value="20150603"/>"#, PQ);
        let m = doc(&organizer("completed", "", &members));
        let r = m.one("DiagnosticReport");
        m.is(r, "effectivePeriod.start", &["2015-06-03"]);
        m.is(r, "effectivePeriod.end", &["2015-06-05"]);
    }

    /// The normal range alone has no type: that is how R4 tells it from the others (docs/policy.md).
    fn k094_only_the_normal_range_reads_as_normal() {
        let range = |low: &str, code: &str| format!(r#"<referenceRange><observationRange><value xsi:type="IVL_PQ"><low value="{low}" unit="1"/></value><interpretationCode code="{code}" codeSystem="2.16.840.1.113883.5.83"/></observationRange></referenceRange>"#);
        let m = doc(&organizer("completed", TIME, &member("5811-5", TIME, &format!("{PQ}{}{}", range("9", "H"), range("1", "N")))));
        let o = m.one("Observation");
        m.is(o, "referenceRange.low.value", &["9", "1"]);
        m.is(o, "referenceRange[0].type.coding.code", &["H"]);
        m.none(o, "referenceRange[1].type");
        // one that does not say what it is must not read as normal beside one that does
        let other = range("5", "N").replace(r#"<interpretationCode code="N" codeSystem="2.16.840.1.113883.5.83"/>"#, "");
        let m = doc(&organizer("completed", TIME, &member("5811-5", TIME, &format!("{PQ}{}{other}", range("1", "N")))));
        let o = m.one("Observation");
        m.none(o, "referenceRange[0].type");
        m.is(o, "referenceRange[1].type.extension.valueCode", &["unknown"]);
        // nor one that says nothing of it in so many words
        let null = range("5", "N").replace(r#"code="N" codeSystem="2.16.840.1.113883.5.83""#, r#"nullFlavor="NI""#);
        let m = doc(&organizer("completed", TIME, &member("5811-5", TIME, &format!("{PQ}{}{null}", range("1", "N")))));
        m.is(m.one("Observation"), "referenceRange[1].type.extension.valueCode", &["unknown"]);
    }

    /// Signs are content where something is measured: a minus is "negative", as a result and as what is expected.
    fn a_minus_is_an_answer() {
        for answer in ["-", "(-)", "N/A", "none", "no", "nil", "0", "."] {
            let m = doc(&organizer("completed", TIME, &member("5811-5", TIME, &format!(r#"<value xsi:type="ST">{answer}</value>"#))));
            m.is(m.one("Observation"), "valueString", &[answer]);
        }
        for normal in ["-", "(-)", "none"] {
            for place in [format!("<text>{normal}</text>"), format!(r#"<value xsi:type="ST">{normal}</value>"#)] {
                let range = format!("<referenceRange><observationRange>{place}</observationRange></referenceRange>");
                let m = doc(&organizer("completed", TIME, &member("5811-5", TIME, &format!("{PQ}{range}"))));
                m.is(m.one("Observation"), "referenceRange.text", &[normal]);
                assert!(!m.reported("placeholder-text"));
            }
        }
    }

    fn k094_a_lone_range_and_its_words() {
        let range = r#"<referenceRange><observationRange><text>1.005 to 1.030</text><value xsi:type="IVL_PQ"><low value="1.005" unit="1"/><high value="1.030" unit="1"/></value></observationRange></referenceRange>"#;
        let m = doc(&organizer("completed", TIME, &member("5811-5", TIME, &format!("{PQ}{range}"))));
        let o = m.one("Observation");
        m.is(o, "referenceRange.text", &["1.005 to 1.030"]);
        m.is(o, "referenceRange.low.value", &["1.005"]);
        assert!(m.json.contains(r#""high":{"value":1.030"#), "the digits are kept: {}", m.json);
    }

    fn k095_text_as_a_value() {
        let m = doc(&organizer("completed", TIME, &member("5811-5", TIME, r#"<value xsi:type="ED">Slightly cloudy</value>"#)));
        let o = m.one("Observation");
        let said = m.texts(o, "valueString") == ["Slightly cloudy"] || !m.at(o, "extension(extension-Observation.value).valueAttachment.data").is_empty();
        assert!(said, "{}", pretty(o));
    }

    fn k095_a_picture_as_a_value() {
        let m = doc(&organizer("completed", TIME, &member("5811-5", TIME, r#"<value xsi:type="ED" mediaType="image/png" representation="B64">iVBORw0KGgo=</value>"#)));
        let o = m.one("Observation");
        m.is(o, "extension(extension-Observation.value).valueAttachment.contentType", &["image/png"]);
        m.is(o, "extension(extension-Observation.value).valueAttachment.data", &["iVBORw0KGgo="]);
        m.none(o, "valueString");
    }

    fn k096_a_specimen_of_the_whole() {
        let m = doc(&organizer("completed", &(TIME.to_owned() + &specimen("s1", URINE)), &(member("5811-5", TIME, PQ) + &member("5803-2", TIME, PQ))));
        m.is(m.one("DiagnosticReport"), "specimen.resolve().type.coding.code", &["122575003"]);
        for o in m.all("Observation") {
            m.is(o, "specimen.resolve().type.coding.code", &["122575003"]);
        }
        m.one("Specimen");
    }

    fn k097_a_specimen_by_name() {
        let m = doc(&organizer("completed", &(TIME.to_owned() + &specimen("s1", "<name>Clean catch</name>")), &member("5811-5", TIME, PQ)));
        m.is(m.one("Specimen"), "type.text", &["Clean catch"]);
        m.is(m.one("Specimen"), "subject.resolve().resourceType", &["Patient"]);
    }

    fn k152_an_interval_without_length_is_a_time() {
        let m = doc(&organizer("completed", r#"<effectiveTime xsi:type="IVL_TS"><low value="20150622"/><high value="20150622"/></effectiveTime>"#, &member("5811-5", TIME, PQ)));
        let r = m.one("DiagnosticReport");
        m.is(r, "effectiveDateTime", &["2015-06-22"]);
        m.none(r, "effectivePeriod");
    }

    fn k153_a_specimen_of_one_observation() {
        let m = doc(&organizer("completed", TIME, &(member("5811-5", TIME, &(PQ.to_owned() + &specimen("s1", URINE))) + &member("5803-2", TIME, PQ))));
        m.is(m.with("Observation", "code.coding.code", "5811-5"), "specimen.resolve().type.coding.code", &["122575003"]);
        m.none(m.with("Observation", "code.coding.code", "5803-2"), "specimen");
    }

    fn a_result_without_value_says_so() {
        for (value, want) in [("", "unknown"), (r#"<value xsi:type="PQ" nullFlavor="NAV"/>"#, "temp-unknown"), (r#"<value xsi:type="CD" nullFlavor="MSK"/>"#, "masked")] {
            let m = doc(&organizer("completed", TIME, &member("5811-5", TIME, value)));
            m.is(m.one("Observation"), "dataAbsentReason.coding.code", &[want]);
        }
    }

    fn interpretation_method_and_site() {
        let more = r#"<interpretationCode code="H" codeSystem="2.16.840.1.113883.5.83"/><methodCode code="702873001" codeSystem="2.16.840.1.113883.6.96"/><targetSiteCode code="13648007" codeSystem="2.16.840.1.113883.6.96"/>"#;
        let m = doc(&organizer("completed", TIME, &member("5811-5", TIME, &format!("{PQ}{more}"))));
        let o = m.one("Observation");
        m.is(o, "interpretation.coding.code", &["H"]);
        m.is(o, "method.coding.code", &["702873001"]);
        m.is(o, "bodySite.coding.code", &["13648007"]);
    }

    fn a_negated_result_is_never_a_finding() {
        let members = member("600-7", TIME, r#"<value xsi:type="CD" code="3092008" codeSystem="2.16.840.1.113883.6.96" displayName="Staphylococcus aureus"/>"#)
            .replace("<observation classCode=\"OBS\" moodCode=\"EVN\">", "<observation classCode=\"OBS\" moodCode=\"EVN\" negationInd=\"true\">");
        let m = doc(&organizer("completed", TIME, &members));
        for o in m.all("Observation") {
            assert!(
                !m.texts(o, "valueCodeableConcept.coding.code").contains(&"3092008".to_owned()) || !m.at(o, "modifierExtension").is_empty(),
                "a negated finding reads as a finding: {}", pretty(o)
            );
        }
    }

    fn an_ordered_result_is_no_result() {
        let entry = organizer("active", TIME, &member("5811-5", TIME, PQ)).replace(r#"moodCode="EVN""#, r#"moodCode="INT""#);
        let m = doc(&entry);
        for o in m.all("Observation").into_iter().chain(m.all("DiagnosticReport")) {
            assert_ne!(m.texts(o, "status"), ["final"], "planned, not done: {}", pretty(o));
        }
    }

    fn a_specimen_in_a_collection_without_template_is_one() {
        let entry = r#"<entry><organizer classCode="BATTERY" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.1"/><id root="2.16.840.1.113883.19.5.99999.8" extension="lab"/><code code="6301-6" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><effectiveTime value="20240305"/>
<component><procedure classCode="PROC" moodCode="EVN"><code code="17636008" codeSystem="2.16.840.1.113883.6.96"/><effectiveTime value="202403050815-0500"/><targetSiteCode code="14975008" codeSystem="2.16.840.1.113883.6.96" displayName="Forearm"/>
<participant typeCode="PRD"><participantRole classCode="SPEC"><id root="2.16.840.1.113883.19.5.99999.8" extension="tube"/><playingEntity><code code="119297000" codeSystem="2.16.840.1.113883.6.96" displayName="Blood specimen"/></playingEntity></participantRole></participant></procedure></component>
<component><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.2"/><id root="2.16.840.1.113883.19.5.99999.8" extension="inr"/><code code="6301-6" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><effectiveTime value="20240305"/><value xsi:type="PQ" value="1.0" unit="1"/></observation></component></organizer></entry>"#;
        let m = Doc::new().section("30954-2", "x", entry).convert();
        let s = m.one("Specimen");
        m.is(s, "type.coding.code", &["119297000"]);
        m.is(s, "collection.collectedDateTime", &["2024-03-05T08:15:00-05:00"]);
        m.is(s, "collection.bodySite.coding.code", &["14975008"]);
        assert!(m.all("Procedure").is_empty());
    }
}
