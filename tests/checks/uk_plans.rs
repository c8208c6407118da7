//! Care plans of the UK, crisis plans, risks, and the small statements inside them, named by what goes wrong.

use super::uk::{Itk, SNOMED_UK, snomed, template};
use crate::common::*;
use granule::convert::Options;

const TYPE: &str = "2.16.840.1.113883.2.1.3.2.4.17.220";

/// A statement inside another, told by a code of the list of observation types.
fn inside(code: &str, rest: &str) -> String {
    format!(
        r#"<entryRelationship typeCode="COMP"><observation classCode="OBS" moodCode="EVN"><id root="0C0A3C11-0001-4000-8000-0000000000{:02X}"/><code code="{code}" codeSystem="{TYPE}"/>{rest}</observation></entryRelationship>"#,
        rest.len() % 256
    )
}

/// A plan with what stands in it.
fn plan(what: &str) -> Made {
    Itk::new()
        .entry(&format!(
            r#"<act classCode="PCPR" moodCode="INT">{}<id root="0C0A3C11-0001-4000-8000-00000000000D"/>{}{what}</act>"#,
            template("COCD_TP146075UK03#CarePlan"),
            snomed("325671000000104", "Plan")
        ))
        .convert()
}

/// A component of a plan with what stands in it.
fn component(what: &str) -> Made {
    plan(&format!(
        r#"<entryRelationship typeCode="COMP"><act classCode="PCPR" moodCode="INT">{}<id root="0C0A3C11-0001-4000-8000-00000000001D"/>{what}</act></entryRelationship>"#,
        template("COCD_TP146076UK03#CarePlanComponent")
    ))
}

/// Words under a heading of a component.
fn heading(code: &str, name: &str, words: &str) -> String {
    inside(
        "CTHT",
        &format!(
            r#"<value xsi:type="CV" code="{code}" codeSystem="2.16.840.1.113883.2.1.3.2.4.17.224" displayName="{name}"><originalText>{words}</originalText></value>"#
        ),
    )
}

fn admission(what: &str) -> Made {
    Itk::new()
        .header(r#"<componentOf><encompassingEncounter><id root="7D0A3C11-0001-4000-8000-000000000001"/><effectiveTime><low value="20240201"/></effectiveTime></encompassingEncounter></componentOf>"#)
        .entry(&format!(
            r#"<procedure classCode="PROC" moodCode="EVN">{}<id root="0C0A3C11-0001-4000-8000-00000000000E"/>{}{what}</procedure>"#,
            template("COCD_TP146057UK02#AdmissionProcedure"),
            snomed("305056002", "Admission")
        ))
        .convert()
}

/// A statement of a template with a time and what follows it.
fn statement(id: &str, more: &str, code: &str, rest: &str) -> Made {
    Itk::new()
        .entry(&format!(
            r#"<observation classCode="OBS" moodCode="EVN"{more}>{}<id root="0C0A3C11-0001-4000-8000-00000000002E"/>{code}{rest}</observation>"#,
            template(id)
        ))
        .convert()
}

crate::checks! {
    /// Who answers for a service is not who comes to the house.
    fn who_answers_is_not_who_delivers() {
        let m = component(&[heading("P", "Provider", "Example Care"), heading("R", "Responsibility", "The social worker")].concat());
        let team = m.one("CareTeam");
        m.is(team, "participant.role.coding.code", &["P", "R"]);
        m.is(team, "participant.member.display", &["Example Care", "The social worker"]);
        m.is(m.one("CarePlan"), "activity.detail.performer.resolve().participant.member.display", &["Example Care", "The social worker"]);
        // nobody is named: no team
        assert!(component(&heading("G", "Goal", "To walk")).all("CareTeam").is_empty());
    }

    /// A date under "Start Date", without its heading, reads as a day on which something was noted.
    fn words_of_a_plan_stand_under_their_heading() {
        let m = component(&heading("STD", "Start Date", "15 August"));
        m.is(m.one("CarePlan"), "activity.progress.text", &["Start Date: 15 August"]);
        // words that say it themselves do not say it twice
        let m = component(&heading("STD", "Start Date", "Start Date to be agreed"));
        m.is(m.one("CarePlan"), "activity.progress.text", &["Start Date to be agreed"]);
        // a heading of the plan that no element has
        let m = plan(&inside("THT", r#"<value xsi:type="CV" code="X" codeSystem="2.16.840.1.113883.2.1.3.2.4.17.225" displayName="Equipment"><originalText>A rail</originalText></value>"#));
        m.is(m.one("CarePlan"), "note.text", &["Equipment: A rail"]);
    }

    fn information_that_is_given_is_an_activity_for_the_same_goal() {
        let m = component(&[heading("G", "Goal", "To walk"), heading("IS", "Information Support", "A leaflet")].concat());
        let plan = m.one("CarePlan");
        m.has(plan, "activity.detail.code.text", "A leaflet");
        m.has(plan, "activity.detail.code.coding.code", "IS");
        m.none(plan, "activity.progress");
        m.is(plan, "activity[1].detail.status", &["unknown"]);
        m.is(plan, "activity[1].detail.goal.resolve().description.text", &["To walk"]);
        assert_eq!(m.all("Goal").len(), 1);
    }

    /// A review on a day is not one that begins on that day and never ends.
    fn reviews_of_a_plan_are_on_their_day() {
        let m = plan(&[inside("NCPR", r#"<effectiveTime value="20240917"/>"#), inside("LCPR", r#"<effectiveTime  value="20240601"/>"#)].concat());
        let plan = m.one("CarePlan");
        m.is(plan, "activity.detail.code.coding.code", &["NCPR", "LCPR"]);
        m.is(plan, "activity.detail.status", &["scheduled", "completed"]);
        m.is(plan, "activity.detail.scheduledTiming.event", &["2024-09-17", "2024-06-01"]);
    }

    /// A plan that was taken back is none, and a review that was called off will not take place.
    fn what_was_taken_back_of_a_plan_does_not_hold() {
        let m = plan(&inside("NCPR", r#"<statusCode code="cancelled"/><effectiveTime value="20240917"/>"#));
        m.is(m.one("CarePlan"), "activity.detail.status", &["cancelled"]);
        for (template_id, code) in [("COCD_TP146075UK03#CarePlan", "x"), ("COCD_TP146090GB01#CrisisCarePlan", "CCP")] {
            for (status, want) in [("nullified", "entered-in-error"), ("cancelled", "revoked"), ("completed", "unknown")] {
                let m = Itk::new().entry(&format!(
                    r#"<act classCode="PCPR" moodCode="INT">{}<code code="{code}" codeSystem="{TYPE}"/><statusCode code="{status}"/></act>"#,
                    template(template_id))).convert();
                m.is(m.one("CarePlan"), "status", &[want]);
            }
        }
    }

    fn whether_a_copy_was_given_is_said_of_the_plan() {
        let copy = |value: &str| plan(&inside("CPF", value));
        for (value, want) in [("true", "true"), ("false", "false")] {
            let m = copy(&format!(r#"<value xsi:type="BL" value="{value}"/>"#));
            let said = m.one("Observation");
            assert_eq!(said["valueBoolean"].to_string(), want);
            m.is(said, "code.coding.code", &["CPF"]);
            m.is(said, "focus.resolve().resourceType", &["CarePlan"]);
        }
        let m = copy(r#"<value xsi:type="BL" nullFlavor="UNK"/>"#);
        m.is(m.one("Observation"), "dataAbsentReason.coding.code", &["unknown"]);
        m.none(m.one("Observation"), "valueBoolean");
    }

    /// What a plan says by a code that no row knows is not swallowed by the plan.
    fn an_unknown_statement_of_a_plan_is_not_lost() {
        let m = plan(&inside("CPED", r#"<value xsi:type="TS" value="20241001"/>"#));
        assert!(m.reported("inferred-by-class") || m.reported("statement-not-mapped"));
    }

    /// That an admission is none again must not be told by an element that says it is one.
    fn no_readmission_is_said_as_no() {
        let m = admission(&inside("RAF", r#"<value xsi:type="BL" value="false"/>"#));
        m.none(m.one("Encounter"), "hospitalization.reAdmission");
        assert_eq!(m.one("Observation")["valueBoolean"], false);
        let m = admission(&inside("RAF", r#"<value xsi:type="BL" value="true"/>"#));
        m.is(m.one("Encounter"), "hospitalization.reAdmission.coding.code", &["RAF"]);
        assert!(m.all("Observation").is_empty());
        let m = admission(&inside("RAF", r#"<value xsi:type="BL" nullFlavor="UNK"/>"#));
        m.none(m.one("Encounter"), "hospitalization.reAdmission");
        m.is(m.one("Observation"), "dataAbsentReason.coding.code", &["unknown"]);
    }

    fn the_number_of_a_reaction_is_kept() {
        let m = statement("COCD_TP146061GB01#Allergy", "", &snomed("91936005", "Allergy to penicillin"), &format!(
            r#"<statusCode code="active"/><entryRelationship typeCode="SPRT"><observation classCode="OBS" moodCode="EVN"><id root="0C0A3C11-0001-4000-8000-00000000003E"/><code code="ASF" codeSystem="{TYPE}"/><value xsi:type="CV" code="271807003" codeSystem="{SNOMED_UK}" displayName="Rash"/></observation></entryRelationship>"#));
        m.is(m.one("AllergyIntolerance"), "reaction.id", &["0C0A3C11-0001-4000-8000-00000000003E"]);
    }

    fn a_crisis_plan_says_that_there_is_one_and_when_it_is_looked_at() {
        let m = convert(&std::fs::read(project("samples/uk-crisis-care.xml")).unwrap());
        let plan = m.with("CarePlan", "category.coding.code", "CCP");
        m.is(plan, "intent", &["plan"]);
        m.is(plan, "status", &["unknown"]);
        m.is(plan, "period.end", &["2025-03-03"]);
        m.is(plan, "activity.detail.scheduledTiming.event", &["2024-12-03"]);
        let agreed = m.with("Observation", "code.coding.code", "AGR");
        m.is(agreed, "valueString", &["Agreed with Juniper and with her son Fabian."]);
        m.is(agreed, "focus.resolve().category.coding.code", &["CCP"]);
        // the kind stands in the qualifier: it is what was observed
        let sign = m.with("Observation", "code.coding.code", "WARN");
        m.is(sign, "category.coding.code", &["CCO"]);
        m.is(sign, "valueCodeableConcept.text", &["Stops answering the telephone."]);
        // a preference holds from a day on
        m.is(m.with("Observation", "code.coding.code", "PCP"), "effectivePeriod.start", &["2024-08-01"]);
    }

    /// What was observed on a day, and what a plan says from a day on.
    fn times_inside_a_crisis_plan_are_days_or_periods() {
        let m = Itk::new().entry(&format!(
            r#"<act classCode="PCPR" moodCode="INT">{}<code code="CCP" codeSystem="{TYPE}"/><entryRelationship typeCode="COMP"><observation classCode="OBS" moodCode="EVN"><code code="A" codeSystem="2.16.840.1.113883.19.79"/><effectiveTime><low value="20240801"/></effectiveTime></observation></entryRelationship></act>"#,
            template("COCD_TP146090GB01#CrisisCarePlan"))).convert();
        m.is(m.one("Observation"), "effectivePeriod.start", &["2024-08-01"]);
        let m = statement("COCD_TP146056GB01#CrisisCareObservation", "", &snomed("225337009", "Kind"), r#"<effectiveTime value="20240801"/>"#);
        m.is(m.one("Observation"), "effectiveDateTime", &["2024-08-01"]);
        m.is(m.one("Observation"), "code.coding.code", &["225337009"]);
        m.none(m.one("Observation"), "category");
    }

    fn decisions_inside_a_crisis_plan_stay_words_as_well() {
        let m = Itk::new().entry(&format!(
            r#"<act classCode="PCPR" moodCode="INT">{}<code code="CCP" codeSystem="{TYPE}"/><entryRelationship typeCode="COMP"><observation classCode="OBS" moodCode="EVN">{}<code code="DNACPR" codeSystem="2.16.840.1.113883.19.79"/><value xsi:type="BL" value="true"/></observation></entryRelationship></act>"#,
            template("COCD_TP146090GB01#CrisisCarePlan"), template("COCD_TP146422GB03#DNACPRDecision"))).convert();
        assert!(m.all("Observation").is_empty());
        assert_eq!(m.all("CarePlan").len(), 1);
    }

    /// Staff read flags before they ring the bell.
    fn a_risk_is_a_flag_until_it_is_taken_back() {
        let risk = |status: &str, more: &str| statement("COCD_TP146084GB01#RiskToPerson", more, &snomed("222701000000104", "Risk"), &format!(r#"<statusCode code="{status}"/><effectiveTime><low value="20240701"/></effectiveTime>"#));
        for (status, want) in [("completed", "active"), ("active", "active"), ("aborted", "inactive"), ("nullified", "entered-in-error")] {
            let m = risk(status, "");
            m.is(m.one("Flag"), "status", &[want]);
            m.is(m.one("Flag"), "period.start", &["2024-07-01"]);
            m.is(m.one("Flag"), "author.resolve().name.family", &["Wardly"]);
            assert!(m.all("Observation").is_empty());
        }
        assert!(risk("completed", r#" negationInd="true""#).all("Flag").is_empty());
    }

    /// The time is that at which a death was recorded, and how the template says the rest was not at hand: nobody is declared dead by it.
    fn what_is_recorded_of_a_death_does_not_make_the_patient_dead() {
        let m = statement("COCD_TP146078GB01#PatientDeath", "", &format!(r#"<code code="PD" codeSystem="{TYPE}"/>"#), r#"<effectiveTime value="20240901"/>"#);
        m.is(m.one("Observation"), "code.coding.code", &["PD"]);
        m.none(m.one("Patient"), "deceasedDateTime");
        m.none(m.one("Patient"), "deceasedBoolean");
    }

    /// A response to a notice holds no document: it is refused by name, alone and in its envelope, and nothing is made of it.
    fn a_response_to_a_notice_is_refused_by_name() {
        let response = format!(r#"<DischargeNoticeDisagreement xmlns="urn:hl7-org:v3" classCode="INFRM" moodCode="EVN"><code code="975831000000106" codeSystem="{SNOMED_UK}"/><id root="0C0A3C11-0001-4000-8000-00000000004E"/></DischargeNoticeDisagreement>"#);
        let refused = |bytes: &str| match granule::intake::convert(converter(), bytes.as_bytes(), &Options::default()) {
            Err(e) => e.to_string(),
            Ok(mut all) => all.remove(0).expect_err("refused").to_string(),
        };
        let alone = refused(&response);
        assert!(alone.contains("DischargeNoticeDisagreement, not ClinicalDocument"), "{alone}");
        let envelope = format!(r#"<itk:DistributionEnvelope xmlns:itk="urn:nhs-itk:ns:201005"><itk:header><itk:manifest count="1"><itk:manifestitem id="a" mimetype="text/xml"/></itk:manifest></itk:header><itk:payloads count="1"><itk:payload id="a">{response}</itk:payload></itk:payloads></itk:DistributionEnvelope>"#);
        assert!(refused(&envelope).contains("no CDA document"));
    }

    /// A report of an admission whose header names a consultation at one time: the patient lay in hospital, and his stay read as over.
    fn an_admission_ends_no_stay() {
        let of = |message: &'static str, time: &str| {
            let mut itk = Itk::new().header(&format!(r#"<componentOf><encompassingEncounter><id root="7D0A3C11-0001-4000-8000-000000000001"/><code code="11429006" codeSystem="{SNOMED_UK}" displayName="Consultation"/><effectiveTime>{time}</effectiveTime></encompassingEncounter></componentOf>"#));
            itk.message = message;
            itk.convert()
        };
        let m = of("POCD_MT040001UK01", r#"<center value="20240201"/>"#);
        m.is(m.one("Encounter"), "status", &["in-progress"]);
        m.is(m.one("Encounter"), "class.code", &["IMP"]);
        m.is(m.one("Encounter"), "type.coding.code", &["11429006"]);
        // an end is an end, and another report's contact is over
        let m = of("POCD_MT040001UK01", r#"<low value="20240201"/><high value="20240202"/>"#);
        m.is(m.one("Encounter"), "status", &["finished"]);
        let m = of("POCD_MT160001UK06", r#"<center value="20240201"/>"#);
        m.is(m.one("Encounter"), "status", &["finished"]);
        m.none(m.one("Encounter"), "class.code");
    }

    /// A real document says "Male" beside the code of female.
    fn a_name_beside_the_code_of_another_is_told() {
        let of = |code: &str, name: &str| {
            let xml = Itk::new().xml().replace("<family>Testington</family></name>", &format!(r#"<family>Testington</family></name><administrativeGenderCode code="{code}" codeSystem="2.16.840.1.113883.2.1.3.2.4.16.25" displayName="{name}"/>"#));
            convert(xml.as_bytes())
        };
        let m = of("2", "Male");
        m.is(m.one("Patient"), "gender", &["female"]);
        assert!(m.reported("code-and-name-disagree"));
        for (code, name) in [("2", "Female"), ("2", "female"), ("1", "Male"), ("2", "Lady")] {
            assert!(!of(code, name).reported("code-and-name-disagree"), "{name}");
        }
    }

    /// Nobody has said that what a call was sorted by is final.
    fn a_discriminator_without_a_status_has_none() {
        let m = statement("COCD_TP146092GB01#ClinicalDiscriminator", "", r#"<code code="CD" codeSystem="2.16.840.1.113883.2.1.3.2.4.17.540"/>"#, &format!(r#"<value xsi:type="CV" code="22298006" codeSystem="{SNOMED_UK}"/>"#));
        m.is(m.one("Observation"), "status", &["unknown"]);
    }
}
