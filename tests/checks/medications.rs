//! Medicines: facts K067–K080 and K145–K147.

use crate::checks;
use crate::common::*;

const DRUG: &str = r#"<consumable><manufacturedProduct classCode="MANU"><templateId root="2.16.840.1.113883.10.20.22.4.23" extension="2014-06-09"/>
<manufacturedMaterial><code code="1190220" codeSystem="2.16.840.1.113883.6.88" displayName="Albuterol"/></manufacturedMaterial></manufacturedProduct></consumable>"#;

/// A medication activity: attributes, status, what stands between status and product, and what follows the product.
fn entry(head: &str, status: &str, before: &str, after: &str) -> String {
    format!(
        r#"<entry><substanceAdministration classCode="SBADM" {head}><templateId root="2.16.840.1.113883.10.20.22.4.16" extension="2014-06-09"/>
<id root="2.16.840.1.113883.19.9.1" extension="m1"/><statusCode code="{status}"/>{before}{DRUG}{after}</substanceAdministration></entry>"#
    )
}

fn doc(entry: &str) -> Made {
    Doc::new()
        .section(
            "10160-0",
            r#"<content ID="s">two <content styleCode="Bold">puffs</content> every 4 hours</content>"#,
            entry,
        )
        .convert()
}

const EVN: &str = r#"moodCode="EVN""#;
const INT: &str = r#"moodCode="INT""#;

/// The dosage with these times.
fn timed(times: &str) -> Made {
    doc(&entry(INT, "active", times, ""))
}

fn one(m: &Made) -> &serde_json::Value {
    m.one("MedicationRequest")
}

/// The order names the inhaler there.
fn names_the_inhaler(m: &Made, path: &str) {
    m.is(one(m), path, &["Albuterol inhaler"]);
}

const DAY: &str = r#"<effectiveTime xsi:type="IVL_TS"><low value="20120806"/></effectiveTime>"#;

checks! {
    /// As a hospital in London writes the medicines of general practices: each end of the time as a point with an operator that
    /// CDA has not, systems of codes by their URI as names. The whole schedule was lost, and no code had a system.
    fn ends_of_a_time_as_points_and_systems_by_their_uri() {
        let times = |more: &str| format!(r#"<effectiveTime xsi:type="SXCM_TS" operator="low" value="20250101"/><effectiveTime xsi:type="SXCM_TS" operator="high" value="20250201"/>{more}<effectiveTime xsi:type="PIVL_TS" operator="A"><period value="12" unit="h"/></effectiveTime>"#);
        let convert = |times: &str| Doc::new().section("10160-0", "x", &format!(r#"<entry><substanceAdministration classCode="SBADM" moodCode="INT"><templateId root="2.16.840.1.113883.10.20.22.4.16"/><id root="1.2.3.4.5" extension="m"/><statusCode code="active"/>{times}<consumable><manufacturedProduct><manufacturedMaterial><code code="322236009" codeSystemName="http://snomed.info/sct"><translation code="911" codeSystemName="https://fhir.hl7.org.uk/Id/multilex-drug-codes"/></code></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration></entry>"#)).convert();
        let m = convert(&times(""));
        let order = m.one("MedicationRequest");
        m.is(order, "medicationCodeableConcept.coding.system", &["http://snomed.info/sct", "https://fhir.hl7.org.uk/Id/multilex-drug-codes"]);
        m.is(order, "dosageInstruction.timing.repeat.boundsPeriod.start", &["2025-01-01"]);
        m.is(order, "dosageInstruction.timing.repeat.boundsPeriod.end", &["2025-02-01"]);
        m.is(order, "dosageInstruction.timing.repeat.period", &["12"]);
        // a second end, or an end before its beginning, is none of it
        let m = convert(&times(r#"<effectiveTime operator="high" value="20260201"/>"#));
        m.none(m.one("MedicationRequest"), "dosageInstruction.timing.repeat.frequency");
        assert!(m.reported("timing-unsupported"));
        let m = convert(&times("").replace("20250201", "20240201"));
        m.none(m.one("MedicationRequest"), "dosageInstruction.timing.repeat.boundsPeriod.end");
    }

    fn k067_mood_is_intent() {
        for (mood, want) in [(EVN, "plan"), (INT, "order")] {
            let m = doc(&entry(mood, "active", DAY, ""));
            m.is(one(&m), "intent", &[want]);
        }
    }

    fn k067_a_proposal_is_never_an_order() {
        let m = doc(&entry(r#"moodCode="PRP""#, "active", DAY, ""));
        m.is(one(&m), "intent", &["proposal"]);
    }

    fn k067_nothing_was_given() {
        for mood in [EVN, INT] {
            assert!(doc(&entry(mood, "active", DAY, "")).all("MedicationAdministration").is_empty());
        }
    }

    fn k068_not_to_be_taken() {
        for (head, want) in [(r#"moodCode="EVN" negationInd="true""#, true), (r#"moodCode="INT" negationInd="1""#, true), (r#"moodCode="EVN" negationInd="false""#, false)] {
            let m = doc(&entry(head, "active", DAY, ""));
            let wanted: &[&str] = if want { &["true"] } else { &[] };
            m.is(one(&m), "doNotPerform", wanted);
        }
    }

    fn k069_status() {
        for (status, want) in [("suspended", "on-hold"), ("aborted", "stopped"), ("nullified", "entered-in-error"), ("active", "active"), ("completed", "completed")] {
            let m = doc(&entry(EVN, status, DAY, ""));
            m.is(one(&m), "status", &[want]);
        }
    }

    fn k070_a_point_in_time_is_an_event() {
        let m = timed(r#"<effectiveTime value="20120806"/>"#);
        m.is(one(&m), "dosageInstruction.timing.event", &["2012-08-06"]);
        m.none(one(&m), "dosageInstruction.timing.repeat");
    }

    fn k070_an_interval_type_with_a_value_is_an_event_too() {
        let m = timed(r#"<effectiveTime xsi:type="IVL_TS" value="20120806"/>"#);
        m.is(one(&m), "dosageInstruction.timing.event", &["2012-08-06"]);
    }

    fn k071_an_interval_is_the_bounds() {
        let m = timed(r#"<effectiveTime xsi:type="IVL_TS"><low value="20120806"/><high value="20121106"/></effectiveTime>"#);
        m.is(one(&m), "dosageInstruction.timing.repeat.boundsPeriod.start", &["2012-08-06"]);
        m.is(one(&m), "dosageInstruction.timing.repeat.boundsPeriod.end", &["2012-11-06"]);
        m.none(one(&m), "dosageInstruction.timing.event");
    }

    fn k071_an_unknown_end_is_no_end() {
        let m = timed(r#"<effectiveTime xsi:type="IVL_TS"><low value="20120806"/><high nullFlavor="UNK"/></effectiveTime>"#);
        m.is(one(&m), "dosageInstruction.timing.repeat.boundsPeriod.start", &["2012-08-06"]);
        m.none(one(&m), "dosageInstruction.timing.repeat.boundsPeriod.end");
    }

    fn k072_every_eight_hours() {
        let m = timed(&format!(r#"{DAY}<effectiveTime xsi:type="PIVL_TS" operator="A"><period value="8" unit="h"/></effectiveTime>"#));
        m.is(one(&m), "dosageInstruction.timing.repeat.frequency", &["1"]);
        m.is(one(&m), "dosageInstruction.timing.repeat.period", &["8"]);
        m.is(one(&m), "dosageInstruction.timing.repeat.periodUnit", &["h"]);
        m.is(one(&m), "dosageInstruction.timing.repeat.boundsPeriod.start", &["2012-08-06"]);
    }

    fn k073_three_times_a_day() {
        let m = timed(&format!(r#"{DAY}<effectiveTime xsi:type="PIVL_TS" operator="A" institutionSpecified="true"><period value="8" unit="h"/></effectiveTime>"#));
        m.is(one(&m), "dosageInstruction.timing.repeat.frequency", &["3"]);
        m.is(one(&m), "dosageInstruction.timing.repeat.period", &["1"]);
        m.is(one(&m), "dosageInstruction.timing.repeat.periodUnit", &["d"]);
    }

    fn k074_every_four_to_six_hours() {
        let m = timed(&format!(r#"{DAY}<effectiveTime xsi:type="PIVL_TS" operator="A"><period xsi:type="IVL_PQ"><low value="4" unit="h"/><high value="6" unit="h"/></period></effectiveTime>"#));
        m.is(one(&m), "dosageInstruction.timing.repeat.period", &["4"]);
        m.is(one(&m), "dosageInstruction.timing.repeat.periodMax", &["6"]);
        m.is(one(&m), "dosageInstruction.timing.repeat.periodUnit", &["h"]);
        m.is(one(&m), "dosageInstruction.timing.repeat.frequency", &["1"]);
    }

    fn k075_an_hour_after_dinner() {
        let m = timed(&format!(r#"{DAY}<effectiveTime xsi:type="EIVL_TS" operator="A"><event code="PCV"/><offset><low value="1" unit="h"/></offset></effectiveTime>"#));
        m.is(one(&m), "dosageInstruction.timing.repeat.when", &["PCV"]);
        m.is(one(&m), "dosageInstruction.timing.repeat.offset", &["60"]);
    }

    fn k075_the_guides_own_event() {
        let m = timed(&format!(r#"{DAY}<effectiveTime xsi:type="EIVL_TS" operator="A"><event code="PCM"/><offset value="1" unit="h"/></effectiveTime>"#));
        m.is(one(&m), "dosageInstruction.timing.repeat.when", &["PCM"]);
        m.is(one(&m), "dosageInstruction.timing.repeat.offset", &["60"]);
    }

    fn k076_fills_are_refills_and_one() {
        let supply = r#"<entryRelationship typeCode="REFR"><supply classCode="SPLY" moodCode="INT"><templateId root="2.16.840.1.113883.10.20.22.4.17" extension="2014-06-09"/>
<id root="2.16.840.1.113883.19.9.2" extension="o1"/><statusCode code="active"/><repeatNumber value="2"/><quantity value="60" unit="{tbl}"/></supply></entryRelationship>"#;
        let m = doc(&entry(INT, "active", DAY, supply));
        m.is(one(&m), "dispenseRequest.numberOfRepeatsAllowed", &["1"]);
        m.is(one(&m), "dispenseRequest.quantity.value", &["60"]);
        assert!(m.all("MedicationDispense").is_empty(), "an order is no dispense");
    }

    fn k077_as_needed_is_said_once() {
        let bare = r#"<precondition typeCode="PRCN"><criterion><templateId root="2.16.840.1.113883.10.20.22.4.25"/><code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/></criterion></precondition>"#;
        let coded = bare.replace("</criterion>", r#"<value xsi:type="CD" code="56018004" codeSystem="2.16.840.1.113883.6.96" displayName="Wheezing"/></criterion>"#);
        let m = doc(&entry(INT, "active", DAY, bare));
        m.is(one(&m), "dosageInstruction.asNeededBoolean", &["true"]);
        m.none(one(&m), "dosageInstruction.asNeededCodeableConcept");
        let m = doc(&entry(INT, "active", DAY, &coded));
        m.none(one(&m), "dosageInstruction.asNeededBoolean");
        m.is(one(&m), "dosageInstruction.asNeededCodeableConcept.coding.code", &["56018004"]);
        // in words alone, with a value that says nothing or without one
        for value in ["", r#"<value xsi:type="CD" nullFlavor="NI"/>"#] {
            let words = bare.replace("</criterion>", &format!("<text>Pain</text>{value}</criterion>"));
            let m = doc(&entry(INT, "active", DAY, &words));
            m.none(one(&m), "dosageInstruction.asNeededBoolean");
            m.is(one(&m), "dosageInstruction.asNeededCodeableConcept.text", &["Pain"]);
        }
        let null = bare.replace("</criterion>", r#"<value xsi:type="CD" nullFlavor="UNK"/></criterion>"#);
        let m = doc(&entry(INT, "active", DAY, &null));
        m.is(one(&m), "dosageInstruction.asNeededBoolean", &["true"]);
    }

    fn k078_the_sig_in_words() {
        let sig = r##"<entryRelationship typeCode="COMP"><substanceAdministration classCode="SBADM" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.147"/>
<code code="76662-6" codeSystem="2.16.840.1.113883.6.1"/><text><reference value="#s"/></text>
<consumable><manufacturedProduct><manufacturedLabeledDrug nullFlavor="NA"/></manufacturedProduct></consumable></substanceAdministration></entryRelationship>"##;
        let m = doc(&entry(INT, "active", DAY, sig));
        m.is(one(&m), "dosageInstruction.text", &["two puffs every 4 hours"]);
        assert!(!m.reported("statement-not-mapped"));
    }

    // a drug whose code nobody knew, and whose name stands in the display alone
    fn a_product_that_only_its_display_names_is_not_lost() {
        let coded = r#"<code code="1190220" codeSystem="2.16.840.1.113883.6.88" displayName="Albuterol"/>"#;
        let maker = "<manufacturerOrganization><name>Good Inhalers</name></manufacturerOrganization></manufacturedProduct>";
        for named in [
            r#"<code displayName="Albuterol inhaler"/>"#,
            r#"<code nullFlavor="UNK" displayName="Albuterol inhaler"/>"#,
            r#"<code nullFlavor="UNK"><translation nullFlavor="UNK" displayName="Albuterol inhaler"/></code>"#,
        ] {
            let order = entry(INT, "active", DAY, "").replace(coded, named);
            names_the_inhaler(&doc(&order), "medicationCodeableConcept.text");
            names_the_inhaler(&doc(&order.replace("</manufacturedProduct>", maker)), "medicationReference.resolve().code.text");
            // what was handed out was this, not what was ordered
            let supply = format!(
                r#"<entryRelationship typeCode="REFR"><supply classCode="SPLY" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.18"/><id root="2.16.840.1.113883.19.9.1" extension="given-out"/><statusCode code="completed"/><product><manufacturedProduct classCode="MANU"><manufacturedMaterial>{named}</manufacturedMaterial></manufacturedProduct></product></supply></entryRelationship>"#
            );
            let m = doc(&entry(INT, "active", DAY, &supply));
            m.is(m.one("MedicationDispense"), "medicationCodeableConcept.text", &["Albuterol inhaler"]);
            let vaccine = order.replace("22.4.16", "22.4.52").replace("22.4.23", "22.4.54").replace(INT, EVN).replace("10160-0", "11369-6");
            let m = Doc::new().section("11369-6", "", &vaccine).convert();
            m.is(m.one("Immunization"), "vaccineCode.text", &["Albuterol inhaler"]);
        }
    }

    fn k079_form_maker_or_vehicle_need_a_medication() {
        let form = r#"<administrationUnitCode code="C48501" codeSystem="2.16.840.1.113883.3.26.1.1" displayName="Inhalation dosing unit"/>"#;
        let m = doc(&entry(INT, "active", &format!("{DAY}{form}"), ""));
        m.none(one(&m), "medicationCodeableConcept");
        m.is(one(&m), "medicationReference.resolve().code.coding.code", &["1190220"]);
        m.is(one(&m), "medicationReference.resolve().form.coding.code", &["C48501"]);

        let made_by = entry(INT, "active", DAY, "").replace("</manufacturedProduct>", "<manufacturerOrganization><name>Good Inhalers</name></manufacturerOrganization></manufacturedProduct>");
        let m = doc(&made_by);
        m.none(one(&m), "medicationCodeableConcept");
        m.is(one(&m), "medicationReference.resolve().manufacturer.resolve().name", &["Good Inhalers"]);
    }

    fn k079_otherwise_the_code_stands_in_the_request() {
        let m = doc(&entry(INT, "active", DAY, ""));
        m.is(one(&m), "medicationCodeableConcept.coding.code", &["1190220"]);
        m.none(one(&m), "medicationReference");
        assert!(m.all("Medication").is_empty());
    }

    fn k080_the_vehicle_is_no_active_ingredient() {
        let vehicle = r#"<participant typeCode="CSM"><participantRole classCode="MANU"><templateId root="2.16.840.1.113883.10.20.22.4.24"/>
<code code="412307009" codeSystem="2.16.840.1.113883.6.96"/><playingEntity classCode="MMAT"><code code="387390002" codeSystem="2.16.840.1.113883.6.96" displayName="sodium chloride"/></playingEntity></participantRole></participant>"#;
        let m = doc(&entry(INT, "active", DAY, vehicle));
        let medication = "medicationReference.resolve()";
        m.is(one(&m), &format!("{medication}.code.coding.code"), &["1190220"]);
        m.is(one(&m), &format!("{medication}.ingredient.itemCodeableConcept.coding.code"), &["387390002"]);
        m.is(one(&m), &format!("{medication}.ingredient.isActive"), &["false"]);
    }

    fn k145_the_supply_is_valid_until() {
        let supply = r#"<entryRelationship typeCode="REFR"><supply classCode="SPLY" moodCode="INT"><templateId root="2.16.840.1.113883.10.20.22.4.17" extension="2014-06-09"/>
<statusCode code="active"/><effectiveTime xsi:type="IVL_TS"><high value="20121106"/></effectiveTime></supply></entryRelationship>"#;
        let m = doc(&entry(INT, "active", DAY, supply));
        m.is(one(&m), "dispenseRequest.validityPeriod.end", &["2012-11-06"]);
        m.none(one(&m), "dispenseRequest.validityPeriod.start");
    }

    fn k146_instructions_coded_and_in_words() {
        let act = r#"<entryRelationship typeCode="SUBJ" inversionInd="true"><act classCode="ACT" moodCode="INT"><templateId root="2.16.840.1.113883.10.20.22.4.20" extension="2014-06-09"/>
<code code="1153465004" codeSystem="2.16.840.1.113883.6.96" displayName="Education about overdosing"/><text>Not more than 6 a day</text><statusCode code="completed"/></act></entryRelationship>"#;
        let m = doc(&entry(INT, "active", DAY, act));
        m.is(one(&m), "dosageInstruction.additionalInstruction.coding.code", &["1153465004"]);
        m.is(one(&m), "dosageInstruction.patientInstruction", &["Not more than 6 a day"]);
    }

    fn k147_the_reason() {
        let reason = r#"<entryRelationship typeCode="RSON"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.19" extension="2014-06-09"/>
<id root="2.16.840.1.113883.19.9.3" extension="r1"/><code code="404684003" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/>
<value xsi:type="CD" code="56018004" codeSystem="2.16.840.1.113883.6.96" displayName="wheezing"/></observation></entryRelationship>"#;
        let m = doc(&entry(INT, "active", DAY, reason));
        m.is(one(&m), "reasonCode.coding.code", &["56018004"]);
        assert!(m.all("Condition").is_empty(), "an indication is no problem of its own");
    }

    fn dose_rate_route_site_and_maximum() {
        let m = timed(&format!(r#"{DAY}<routeCode code="C38288" codeSystem="2.16.840.1.113883.3.26.1.1" displayName="Oral"/>
<approachSiteCode code="368208006" codeSystem="2.16.840.1.113883.6.96" displayName="Left arm"/>
<doseQuantity value="1.50" unit="mg"/><rateQuantity value="90" unit="ml/min"/>
<maxDoseQuantity><numerator value="6" unit="mg"/><denominator value="1" unit="d"/></maxDoseQuantity>"#));
        let d = one(&m);
        m.is(d, "dosageInstruction.route.coding.code", &["C38288"]);
        m.is(d, "dosageInstruction.site.coding.code", &["368208006"]);
        m.is(d, "dosageInstruction.doseAndRate.doseQuantity.code", &["mg"]);
        assert!(m.json.contains(r#""doseQuantity":{"value":1.50"#), "the digits of a dose are kept: {}", m.json);
        m.is(d, "dosageInstruction.doseAndRate.rateQuantity.value", &["90"]);
        m.is(d, "dosageInstruction.maxDosePerPeriod.numerator.value", &["6"]);
        m.is(d, "dosageInstruction.maxDosePerPeriod.denominator.code", &["d"]);
    }

    fn a_dose_range_keeps_both_ends() {
        let m = timed(&format!(r#"{DAY}<doseQuantity><low value="1" unit="mg"/><high value="2" unit="mg"/></doseQuantity>"#));
        m.is(one(&m), "dosageInstruction.doseAndRate.doseRange.low.value", &["1"]);
        m.is(one(&m), "dosageInstruction.doseAndRate.doseRange.high.value", &["2"]);
    }

    fn a_dispense_is_no_request() {
        let supply = r#"<entryRelationship typeCode="REFR"><supply classCode="SPLY" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.18" extension="2014-06-09"/>
<id root="2.16.840.1.113883.19.9.4" extension="d1"/><statusCode code="completed"/><effectiveTime value="20121106"/><repeatNumber value="1"/><quantity value="3"/></supply></entryRelationship>"#;
        let m = doc(&entry(EVN, "active", DAY, supply));
        m.none(one(&m), "dispenseRequest");
        let d = m.one("MedicationDispense");
        m.is(d, "status", &["completed"]);
        m.is(d, "whenHandedOver", &["2012-11-06"]);
        m.is(d, "medicationCodeableConcept.coding.code", &["1190220"]);
        assert_eq!(m.target(&d["authorizingPrescription"][0]).unwrap()["id"], one(&m)["id"]);
    }

    fn a_medicine_of_another_person_is_not_the_patients() {
        let m = doc(&entry(EVN, "active", DAY, r#"<subject><relatedSubject classCode="PRS"><code code="CHILD" codeSystem="2.16.840.1.113883.5.111"/></relatedSubject></subject>"#));
        assert!(m.all("MedicationRequest").is_empty());
    }

    /// eHDSI and IHE Pharmacy: where nobody coded the product, its active ingredient says what it is.
    fn a_medicine_is_known_by_its_ingredient() {
        for uri in ["urn:epsos-org:ep:medication", "urn:hl7-org:pharm", "urn:ihe:pharm"] {
            let substance = if uri.contains("epsos") { "ingredient" } else { "ingredientSubstance" };
            let entry = format!(
                r#"<entry><substanceAdministration classCode="SBADM" moodCode="INT"><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.7"/><id root="2.16.840.1.113883.19.9.1" extension="m"/><statusCode code="active"/>
<consumable><manufacturedProduct><manufacturedMaterial xmlns:p="{uri}"><code nullFlavor="NI"/><p:formCode code="10219000" codeSystem="0.4.0.127.0.16.1.1.2.1" displayName="Tablet"/>
<p:asContent><p:containerPackagedMedicine><p:capacityQuantity value="30" unit="1"/></p:containerPackagedMedicine></p:asContent>
<p:ingredient classCode="ACTI"><p:quantity><p:numerator xsi:type="PQ" value="500" unit="mg"/><p:denominator xsi:type="PQ" value="1" unit="1"/></p:quantity>
<p:{substance}><p:code code="N02BE01" codeSystem="2.16.840.1.113883.6.73" displayName="paracetamol"/></p:{substance}></p:ingredient></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration></entry>"#
            );
            let m = Doc::new().section("10160-0", "x", &entry).convert();
            let medicine = m.target(&m.one("MedicationRequest")["medicationReference"]).unwrap();
            m.is(medicine, "ingredient.itemCodeableConcept.coding.code", &["N02BE01"]);
            m.is(medicine, "ingredient.isActive", &["true"]);
            m.is(medicine, "ingredient.strength.numerator.value", &["500"]);
            m.is(medicine, "form.coding.code", &["10219000"]);
            m.is(medicine, "amount.numerator.value", &["30"]);
        }
    }

    /// However the product is named, and whatever stands empty beside its name, each kind of statement names the medicine.
    fn each_way_of_naming_a_product_names_it() {
        let named = [
            r#"<manufacturedMaterial><code code="1191" codeSystem="2.16.840.1.113883.6.88" displayName="Aspirin"/></manufacturedMaterial>"#,
            r#"<manufacturedMaterial><code nullFlavor="OTH"><originalText>Aspirin</originalText></code></manufacturedMaterial>"#,
            r#"<manufacturedMaterial><code nullFlavor="UNK"/><name>Aspirin</name></manufacturedMaterial>"#,
            r#"<manufacturedMaterial><name>Aspirin</name></manufacturedMaterial>"#,
            r#"<manufacturedLabeledDrug><code code="1191" codeSystem="2.16.840.1.113883.6.88" displayName="Aspirin"/></manufacturedLabeledDrug>"#,
            r#"<manufacturedLabeledDrug><code/><name>Aspirin</name></manufacturedLabeledDrug>"#,
            r#"<manufacturedLabeledDrug><code nullFlavor="UNK"/><name>Aspirin</name></manufacturedLabeledDrug>"#,
            r#"<manufacturedLabeledDrug><name>Aspirin</name></manufacturedLabeledDrug>"#,
        ];
        let plan = r#"<templateId root="2.16.840.1.113883.10.20.22.4.16"/>"#;
        let vaccine = r#"<templateId root="2.16.840.1.113883.10.20.22.4.52"/>"#;
        let handed = r#"<templateId root="2.16.840.1.113883.10.20.22.4.18"/>"#;
        for product in named {
            for maker in ["", "<manufacturerOrganization><name>Factory</name></manufacturerOrganization>"] {
                for (section, mood, template) in
                    [("10160-0", "EVN", plan), ("10160-0", "INT", plan), ("29549-3", "EVN", plan), ("11369-6", "EVN", vaccine), ("99999-9", "EVN", ""), ("10160-0", "EVN", handed)]
                {
                    let product = format!("<manufacturedProduct>{product}{maker}</manufacturedProduct>");
                    let entry = if template == handed {
                        format!(r#"<entry><supply classCode="SPLY" moodCode="EVN">{handed}<id root="2.16.840.1.113883.19.9.1" extension="m"/><statusCode code="completed"/><product>{product}</product></supply></entry>"#)
                    } else {
                        format!(r#"<entry><substanceAdministration classCode="SBADM" moodCode="{mood}">{template}<id root="2.16.840.1.113883.19.9.1" extension="m"/><statusCode code="completed"/><effectiveTime value="20240305"/><consumable>{product}</consumable></substanceAdministration></entry>"#)
                    };
                    let m = Doc::new().section(section, "x", &entry).convert();
                    let medicines = ["MedicationRequest", "MedicationStatement", "MedicationAdministration", "MedicationDispense", "Medication", "Immunization"];
                    let found: Vec<_> = medicines.iter().flat_map(|t| m.all(t)).collect();
                    let concepts = ["medicationCodeableConcept", "vaccineCode", "code"];
                    let says = found.iter().flat_map(|r| concepts.iter().filter_map(|c| r.get(*c))).any(|c| c.to_string().contains("Aspirin"));
                    assert!(says, "{section} {mood} {entry}\n{}", found.iter().map(|r| pretty(r)).collect::<String>());
                }
            }
        }
    }
}
