//! Faults that documents showed which the tables had never met: summaries of exchanges and of shared records.

use crate::checks;
use crate::common::*;

const SCT: &str = r#"codeSystem="2.16.840.1.113883.6.96""#;

/// A problem in a concern, by its head, its value and what follows.
fn problem(head: &str, value: &str, after: &str) -> Made {
    let entry = format!(
        r#"<entry><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.3"/><id root="1.2.3.4" extension="c"/>
<code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="active"/><effectiveTime><low value="20240101"/></effectiveTime>
<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN" {head}><templateId root="2.16.840.1.113883.10.20.22.4.4"/>
<id root="1.2.3.4" extension="o"/><code code="55607006" {SCT}/><statusCode code="completed"/><effectiveTime><low value="20240101"/></effectiveTime>
{value}{after}</observation></entryRelationship></act></entry>"#
    );
    let text = r#"<table><tbody><tr ID="first"><td>Needs a hearing aid</td><td>Active</td></tr></tbody></table>"#;
    Doc::new().section("11450-4", text, &entry).convert()
}

/// An allergy that is denied, by the code of what it is denied of.
fn no_allergy(substance: &str) -> Made {
    let entry = format!(
        r#"<entry><observation classCode="OBS" moodCode="EVN" negationInd="true"><templateId root="2.16.840.1.113883.10.20.22.4.7"/><id root="1.2.3.4" extension="a"/>
<code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><statusCode code="completed"/><value xsi:type="CD" code="419199007" {SCT}/>
<participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT"><code code="{substance}" {SCT}/></playingEntity></participantRole></participant></observation></entry>"#
    );
    Doc::new().section("48765-2", "x", &entry).convert()
}

/// A result in a battery: what the result says further, and what stands in the battery beside it.
fn result(after: &str, beside: &str) -> Made {
    let entry = format!(
        r#"<entry><organizer classCode="BATTERY" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.1"/><id root="1.2.3.4" extension="b"/>
<code code="58410-2" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/>{beside}<component><observation classCode="OBS" moodCode="EVN">
<templateId root="2.16.840.1.113883.10.20.22.4.2"/><id root="1.2.3.4" extension="r"/><code code="789-8" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/>
<effectiveTime value="20240105"/><value xsi:type="PQ" value="4.1" unit="10*6/uL"/>{after}</observation></component></organizer></entry>"#
    );
    Doc::new()
        .section("30954-2", "x", &entry)
        .section("46240-8", "x", &encounter("v", r#"<low value="20240105"/><high value="20240105"/>"#))
        .convert()
}

fn encounter(id: &str, time: &str) -> String {
    format!(
        r#"<entry><encounter classCode="ENC" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.49"/><id root="1.2.3.4.5" extension="{id}"/>
<code code="99213" codeSystem="2.16.840.1.113883.6.12"/><effectiveTime>{time}</effectiveTime></encounter></entry>"#
    )
}

fn said(status: &str) -> String {
    format!(
        r#"<entryRelationship typeCode="REFR"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.1.57"/>
<code code="33999-4" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><value xsi:type="CE" code="{status}" codeSystem="2.16.840.1.113883.5.14"/></observation></entryRelationship>"#
    )
}

/// Somebody of the header whose class is that of a relative.
fn person(function: &str, code: &str) -> Made {
    let header = format!(
        r#"<participant typeCode="IND">{function}<associatedEntity classCode="PRS">{code}<telecom value="tel:+1-555-555-0100"/>
<associatedPerson><name><given>Greta</given><family>Physick</family></name></associatedPerson></associatedEntity></participant>"#
    );
    Doc::new().header(&header).section("11450-4", "x", "").convert()
}

const PCP: &str = r#"<functionCode code="PCP" codeSystem="2.16.840.1.113883.5.88"/>"#;

/// A test with its specimen, by the procedure in its battery.
fn taken(head: &str) -> Made {
    let procedure = format!(
        r##"<component><procedure classCode="PROC" moodCode="EVN">{head}<statusCode code="completed"/><effectiveTime value="20240104"/>
<specimen><specimenRole><specimenPlayingEntity><code code="258500001" {SCT} displayName="Nasopharyngeal swab"/></specimenPlayingEntity></specimenRole></specimen></procedure></component>"##
    );
    result("", &procedure)
}

checks! {
    fn problems_denied_in_general_refute_none_that_the_words_name() {
        let general = format!(r##"<value xsi:type="CD" code="55607006" {SCT} displayName="Problem"><originalText><reference value="#first"/></originalText></value>"##);
        let m = problem(r#"negationInd="true""#, &general, "");
        let c = m.one("Condition");
        m.is(c, "verificationStatus.coding.code", &["refuted"]);
        m.is(c, "code.coding.code", &["55607006"]);
        m.none(c, "code.text");
        assert!(m.reported("row-remark"));
        // one that is named is denied by its name
        let named = general.replace("55607006", "15188001");
        m_text(&problem(r#"negationInd="true""#, &named, ""), "Needs a hearing aid");
        m_text(&problem("", &general, ""), "Needs a hearing aid");
    }

    fn no_allergy_to_anything_is_no_known_allergy() {
        for (substance, absence) in [("413477004", "716186003"), ("105590001", "716186003"), ("419199007", "716186003"), ("416098002", "409137002"), ("414285001", "429625007")] {
            let m = no_allergy(substance);
            let a = m.one("AllergyIntolerance");
            m.is(a, "code.coding.code", &[absence]);
            m.none(a, "extension(allergyintolerance-substanceExposureRisk)");
        }
        m_risk(&no_allergy("264295007"));
    }

    fn a_result_that_is_called_preliminary_is_not_final() {
        for (word, status) in [("preliminary", "preliminary"), ("corrected", "corrected"), ("final", "final"), ("registered", "registered")] {
            let m = result(&said(word), "");
            m.is(m.one("Observation"), "status", &[status]);
            assert!(!m.reported("statement-not-mapped") || word == "final", "{word}");
        }
        // a word that is no status of a result says nothing
        let m = result(&said("55561003"), "");
        m.is(m.one("Observation"), "status", &["final"]);
    }

    fn an_end_that_nobody_knows_is_no_visit_that_goes_on() {
        let low = r#"<low value="20240105"/>"#;
        for (high, status) in [(r#"<high nullFlavor="UNK"/>"#, "unknown"), (r#"<high nullFlavor="NI"/>"#, "unknown"), ("", "in-progress"), (r#"<high nullFlavor="NA"/>"#, "in-progress"), (r#"<high value="20240106"/>"#, "finished")] {
            let m = Doc::new().section("46240-8", "x", &encounter("v", &format!("{low}{high}"))).convert();
            m.is(m.one("Encounter"), "status", &[status]);
            let header = format!(r#"<componentOf><encompassingEncounter><id root="1.2.3.4.6" extension="h"/><effectiveTime>{low}{high}</effectiveTime></encompassingEncounter></componentOf>"#);
            let m = Doc::new().header(&header).section("11450-4", "x", "").convert();
            m.is(m.one("Encounter"), "status", &[status]);
        }
    }

    fn a_physician_in_the_class_of_a_relative_is_no_relative() {
        let m = person(PCP, "");
        assert!(m.all("RelatedPerson").is_empty());
        m.none(m.one("Patient"), "contact");
        m.is(m.one("Patient"), "generalPractitioner.resolve().name.family", &["Physick"]);
        // a mother stays one, whatever her function; so does who has none
        let mother = r#"<code code="MTH" codeSystem="2.16.840.1.113883.5.111"/>"#;
        for m in [person(PCP, mother), person("", "")] {
            m.is(m.one("RelatedPerson"), "name.family", &["Physick"]);
            m.is(m.one("Patient"), "contact.name.family", &["Physick"]);
        }
    }

    fn the_test_is_not_how_its_specimen_was_taken() {
        let m = taken(r#"<code code="94500-6" codeSystem="2.16.840.1.113883.6.1" displayName="SARS-CoV-2 RNA"/>"#);
        m.none(m.one("Specimen"), "collection");
        m.is(m.one("Specimen"), "type.coding.code", &["258500001"]);
        let m = taken(&format!(r#"<templateId root="2.16.840.1.113883.10.20.22.4.415"/><code code="17636008" {SCT}/>"#));
        m.is(m.one("Specimen"), "collection.collectedDateTime", &["2024-01-04"]);
        let m = taken(&format!(r#"<templateId root="2.16.840.1.113883.10.20.22.4.415"/><code code="73416001" {SCT}/>"#));
        m.is(m.one("Specimen"), "collection.method.coding.code", &["73416001"]);
        let m = taken(&format!(r#"<code code="397394009" {SCT} displayName="Bronchoalveolar lavage"/>"#));
        m.is(m.one("Specimen"), "collection.method.coding.code", &["397394009"]);
    }

    fn a_visit_that_a_battery_or_a_discharge_names_is_its_visit() {
        let names = r#"<component><encounter classCode="ENC" moodCode="EVN"><id root="1.2.3.4.5" extension="v"/></encounter></component>"#;
        let m = result("", names);
        m.is(m.one("DiagnosticReport"), "encounter.resolve().identifier.value", &["v"]);
        m.is(m.one("Observation"), "encounter.resolve().identifier.value", &["v"]);
        assert_eq!(m.all("Encounter").len(), 1);
        let entry = format!(
            r#"<entry><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.33"/><code code="11535-2" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="active"/>
<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.4"/><id root="1.2.3.4" extension="o"/><code code="282291009" {SCT}/>
<statusCode code="completed"/><value xsi:type="CD" code="195967001" {SCT}/></observation></entryRelationship>
<entryRelationship typeCode="SUBJ" inversionInd="true"><encounter classCode="ENC" moodCode="EVN"><id root="1.2.3.4.5" extension="v"/></encounter></entryRelationship></act></entry>"#
        );
        let visit = encounter("v", r#"<low value="20240105"/><high value="20240105"/>"#);
        let m = Doc::new().section("51848-0", "x", &entry).section("46240-8", "x", &visit).convert();
        m.is(m.one("Condition"), "encounter.resolve().identifier.value", &["v"]);
    }

    fn who_orders_the_supply_asks_for_the_medicine() {
        let by = |family: &str, time: &str| format!(r#"<author><time value="{time}"/><assignedAuthor><id root="1.2.3.9" extension="{family}"/><assignedPerson><name><family>{family}</family></name></assignedPerson></assignedAuthor></author>"#);
        let medicine = |own: &str, mood: &str| {
            let entry = format!(
                r#"<entry><substanceAdministration classCode="SBADM" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.16"/><id root="1.2.3.4" extension="m"/><statusCode code="active"/>
<consumable><manufacturedProduct><manufacturedMaterial><code code="308189" codeSystem="2.16.840.1.113883.6.88"/></manufacturedMaterial></manufacturedProduct></consumable>{own}
<entryRelationship typeCode="REFR"><supply classCode="SPLY" moodCode="{mood}"><templateId root="2.16.840.1.113883.10.20.22.4.17"/><id root="1.2.3.4" extension="s"/>{}</supply></entryRelationship></substanceAdministration></entry>"#,
                by("Orderer", "20240103")
            );
            Doc::new().section("10160-0", "x", &entry).convert()
        };
        let asks = |m: &Made| m.texts(m.one("MedicationRequest"), "requester.resolve().name.family");
        let m = medicine("", "INT");
        assert_eq!(asks(&m), ["Orderer"]);
        m.is(m.one("MedicationRequest"), "authoredOn", &["2024-01-03"]);
        // a prescriber of its own comes first, and who handed it out asked for nothing
        assert_eq!(asks(&medicine(&by("Prescriber", "20240102"), "INT")), ["Prescriber"]);
        assert_eq!(asks(&medicine("", "EVN")), ["Pretend"]);
    }

    fn an_allergy_that_names_its_substance_itself_is_denied_too() {
        let denied = |head: &str, value: &str| {
            let entry = format!(
                r#"<entry><observation classCode="OBS" moodCode="EVN" {head}><templateId root="2.16.840.1.113883.10.20.22.4.7"/><id root="1.2.3.4" extension="a"/>
<code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><statusCode code="completed"/><value xsi:type="CD" code="{value}" {SCT}/></observation></entry>"#
            );
            Doc::new().section("48765-2", "x", &entry).convert()
        };
        let m = denied(r#"negationInd="true""#, "300916003");
        m_risk(&m);
        m.none(m.one("AllergyIntolerance"), "code");
        m.is(m.one("AllergyIntolerance"), "extension(allergyintolerance-substanceExposureRisk).extension(substance).valueCodeableConcept.coding.code", &["300916003"]);
        m.is(denied("", "300916003").one("AllergyIntolerance"), "code.coding.code", &["300916003"]);
        let m = denied(r#"negationInd="true""#, "419199007");
        m.is(m.one("AllergyIntolerance"), "code.coding.code", &["716186003"]);
        m.none(m.one("AllergyIntolerance"), "extension(allergyintolerance-substanceExposureRisk)");
    }

    fn the_status_of_a_problem_by_its_value_set_is_a_status() {
        let active = r#"<entryRelationship typeCode="REFR"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.22.4.20"/>
<code code="33999-4" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><value xsi:type="CE" code="remission" codeSystem="2.16.840.1.113883.4.642.3.155"/></observation></entryRelationship>"#;
        let m = problem("", &format!(r#"<value xsi:type="CD" code="195967001" {SCT}/>"#), active);
        m.is(m.one("Condition"), "clinicalStatus.coding.code", &["remission"]);
    }
}

#[track_caller]
fn m_text(m: &Made, part: &str) {
    m.contains(m.one("Condition"), "code.text", part);
}

#[track_caller]
fn m_risk(m: &Made) {
    m.is(
        m.one("AllergyIntolerance"),
        "extension(allergyintolerance-substanceExposureRisk).extension(exposureRisk).valueCodeableConcept.coding.code",
        &["no-known-reaction-risk"],
    );
}
