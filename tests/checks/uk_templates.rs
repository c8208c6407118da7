//! Statements of the UK by templates of which no document is at hand: what each may say, and what must not be made of it.

use super::uk::{Itk, SNOMED_UK, snomed, template};
use crate::common::*;

const WHO: &str = r#"<performer><assignedEntity><id root="1.2.826.0.1285.0.2.0.65" extension="990000000077"/><assignedPerson><name><family>Doer</family></name></assignedPerson></assignedEntity></performer>"#;
const ID: &str = r#"<id root="3B0A3C11-0001-4000-8000-00000000002E"/>"#;
const DONE: &str = r#"<statusCode code="completed"/>"#;

/// The one entry of a document: a statement of a class, a mood and a template.
fn said(class: &str, mood: &str, more: &str, id: &str, rest: &str) -> Made {
    Itk::new().entry(&statement(class, mood, more, id, rest)).convert()
}

fn statement(class: &str, mood: &str, more: &str, id: &str, rest: &str) -> String {
    format!(r#"<{class} moodCode="{mood}"{more}>{}{ID}{rest}</{class}>"#, template(id))
}

fn observed(id: &str, rest: &str) -> Made {
    said("observation", "EVN", "", id, rest)
}

fn qualified(code: &str, display: &str, attribute: &str, value: &str) -> String {
    format!(
        r#"<code code="{code}" codeSystem="{SNOMED_UK}" displayName="{display}"><qualifier><name code="{attribute}" codeSystem="{SNOMED_UK}"/><value code="{value}" codeSystem="{SNOMED_UK}" displayName="so said"/></qualifier></code>"#
    )
}

fn value(code: &str, display: &str) -> String {
    format!(r#"<value xsi:type="CD" code="{code}" codeSystem="{SNOMED_UK}" displayName="{display}"/>"#)
}

fn medicine(link: &str) -> String {
    format!(
        r#"<{link}><manufacturedProduct><manufacturedMaterial><code code="387458008" codeSystem="{SNOMED_UK}" displayName="Aspirin"/></manufacturedMaterial></manufacturedProduct></{link}>"#
    )
}

fn on(time: &str) -> String {
    format!(r#"<effectiveTime value="{time}"/>"#)
}

fn from_to(low: &str, high: &str) -> String {
    format!(r#"<effectiveTime><low value="{low}"/><high value="{high}"/></effectiveTime>"#)
}

/// The act of stopping a medicine, inside it.
fn stopped(more: &str, status: &str) -> String {
    format!(
        r#"<entryRelationship typeCode="COMP"><observation classCode="OBS" moodCode="EVN"{more}>{}<id root="3B0A3C11-0001-4000-8000-00000000003F"/>{}<statusCode code="{status}"/><effectiveTime value="20240215"/></observation></entryRelationship>"#,
        template("COCD_TP146036UK04#MedicationDiscontinuation"),
        snomed("274512008", "Drug therapy discontinued")
    )
}

crate::checks! {
    /// Codes of SNOMED CT have OIDs of their own in the UK; what a qualifier takes away is taken away there too.
    fn a_qualifier_counts_under_the_oid_of_the_uk() {
        let diagnosis = |attribute: &str, value: &str| observed("COCD_TP146011UK04#Diagnosis", &[qualified("73211009", "Diabetes mellitus", attribute, value), DONE.into(), on("2020")].concat());
        let m = diagnosis("408729009", "410516002");
        m.is(m.one("Condition"), "verificationStatus.coding.code", &["refuted"]);
        let m = diagnosis("408729009", "415684004");
        m.is(m.one("Condition"), "verificationStatus.coding.code", &["unconfirmed"]);
        // of the mother
        let m = diagnosis("408732007", "72705000");
        assert!(m.all("Condition").is_empty() && m.reported("context-not-carried"));
        // a finding that is absent is none
        assert!(observed("COCD_TP146012UK04#Finding", &qualified("267036007", "Dyspnoea", "408729009", "410516002")).all("Observation").is_empty());
        // an allergy that is known absent is none
        assert!(observed("COCD_TP146025UK04#Allergy", &qualified("91936005", "Allergy to penicillin", "408729009", "410516002")).all("AllergyIntolerance").is_empty());
    }

    /// What was refused or may not be done must not read as done, whichever attribute says so.
    fn what_was_refused_was_not_done() {
        for attribute in ["408730004", "263490005"] {
            let m = said("procedure", "EVN", "", "COCD_TP146027UK04#Treatment", &[qualified("71388002", "Procedure", attribute, "443390004"), DONE.into()].concat());
            assert!(m.all("Procedure").is_empty() && m.all("ServiceRequest").is_empty(), "{attribute}");
            let m = said("substanceAdministration", "EVN", "", "COCD_TP146029UK04#MedicationAdministrationDose", &[qualified("18629005", "Administration", attribute, "443390004"), DONE.into(), medicine("consumable")].concat());
            assert!(m.all("MedicationAdministration").is_empty() && m.all("MedicationStatement").is_empty(), "{attribute}");
            let m = said("supply", "EVN", "", "COCD_TP146033UK04#SupplyMedication", &[qualified("373784005", "Dispensing", attribute, "443390004"), DONE.into(), medicine("product")].concat());
            assert!(m.all("MedicationDispense").is_empty(), "{attribute}");
        }
        let m = said("procedure", "EVN", "", "COCD_TP146027UK04#Treatment", &[qualified("71388002", "Procedure", "408730004", "385660001"), DONE.into()].concat());
        m.is(m.one("Procedure"), "status", &["not-done"]);
        let m = said("procedure", "EVN", "", "COCD_TP146027UK04#Treatment", &[qualified("71388002", "Procedure", "408730004", "385658003"), r#"<statusCode code="active"/>"#.into()].concat());
        m.is(m.one("Procedure"), "status", &["completed"]);
    }

    /// What a qualifier calls planned is planned, by whichever attribute; only rules that ask for that take it.
    fn what_a_qualifier_calls_planned_is_planned() {
        for (attribute, value) in [("408730004", "397943006"), ("263490005", "385644000"), ("408730004", "385643006")] {
            let m = said("procedure", "EVN", "", "COCD_TP146027UK04#Treatment", &[qualified("52734007", "Hip replacement", attribute, value), DONE.into()].concat());
            assert!(m.all("Procedure").is_empty());
            m.is(m.one("ServiceRequest"), "status", &["unknown"]);
            m.is(m.one("ServiceRequest"), "intent", &["plan"]);
        }
        let m = said("substanceAdministration", "EVN", "", "COCD_TP146029UK04#MedicationAdministrationDose", &[qualified("18629005", "Administration", "408730004", "397943006"), DONE.into(), medicine("consumable")].concat());
        assert!(m.all("MedicationAdministration").is_empty() && m.reported("context-not-carried"));
        // nothing is added to the stay by an admission that is only planned
        let header = r#"<componentOf><encompassingEncounter><id root="7D0A3C11-0001-4000-8000-000000000001"/><effectiveTime><low value="20240201"/></effectiveTime></encompassingEncounter></componentOf>"#;
        let admission = [qualified("305056002", "Admission", "408730004", "397943006"), format!(r#"<entryRelationship typeCode="RSON"><observation classCode="OBS" moodCode="EVN"><code code="RFA" codeSystem="2.16.840.1.113883.2.1.3.2.4.17.220"/>{}</observation></entryRelationship>"#, value("22298006", "Myocardial infarction"))].concat();
        let m = Itk::new().header(header).entry(&statement("procedure", "EVN", "", "COCD_TP146057UK02#AdmissionProcedure", &admission)).convert();
        m.none(m.one("Encounter"), "reasonCode");
    }

    /// The default status of these templates is "completed": a request that was written to its end was not carried out.
    fn a_request_that_is_complete_is_not_carried_out() {
        let treatment = |status: &str| said("procedure", "RQO", "", "COCD_TP146027UK04#Treatment", &[snomed("52734007", "Hip replacement"), format!(r#"<statusCode code="{status}"/>"#)].concat());
        for (status, want) in [("completed", "unknown"), ("active", "active"), ("cancelled", "revoked"), ("nullified", "entered-in-error")] {
            let m = treatment(status);
            m.is(m.one("ServiceRequest"), "status", &[want]);
        }
        let supply = |more: &str, status: &str| said("supply", "RQO", more, "COCD_TP146032UK04#RequestMedicationSupply", &[snomed("373784005", "Dispensing"), format!(r#"<statusCode code="{status}"/>"#), from_to("20240301", "20240328"), r#"<quantity value="28" unit="{tablet}"/>"#.into(), medicine("product")].concat());
        for (status, want) in [("completed", "unknown"), ("active", "active"), ("aborted", "cancelled"), ("nullified", "entered-in-error")] {
            let m = supply("", status);
            m.is(m.one("MedicationRequest"), "status", &[want]);
        }
        let m = supply("", "completed");
        let request = m.one("MedicationRequest");
        m.is(request, "intent", &["order"]);
        m.is(request, "medicationCodeableConcept.coding.code", &["387458008"]);
        m.is(request, "dispenseRequest.quantity.value", &["28"]);
        m.is(request, "dispenseRequest.validityPeriod.end", &["2024-03-28"]);
        m.is(request, "requester.resolve().name.family", &["Wardly"]);
        assert!(m.all("MedicationDispense").is_empty());
        let refused = supply(r#" negationInd="true""#, "active");
        assert_eq!(refused.one("MedicationRequest")["doNotPerform"], true);
    }

    /// A medicine that was stopped is not taken, whatever its own status says.
    fn a_medicine_that_was_discontinued_is_stopped() {
        let record = |mood: &str, inside: &str| said("substanceAdministration", mood, "", "COCD_TP146031UK04#Medication", &[snomed("33633005", "Prescription"), r#"<statusCode code="active"/>"#.into(), r#"<effectiveTime><low value="20240101"/></effectiveTime>"#.into(), medicine("consumable"), inside.into()].concat());
        let m = record("EVN", &stopped("", "completed"));
        m.is(m.one("MedicationStatement"), "status", &["stopped"]);
        m.is(m.one("MedicationStatement"), "effectivePeriod.start", &["2024-01-01"]);
        m.is(m.one("MedicationStatement"), "effectivePeriod.end", &["2024-02-15"]);
        let m = record("RQO", &stopped("", "completed"));
        m.is(m.one("MedicationRequest"), "status", &["stopped"]);
        // that it was not stopped, or that saying so was an error, stops nothing
        for not in [stopped(r#" negationInd="true""#, "completed"), stopped("", "nullified")] {
            let m = record("EVN", &not);
            m.is(m.one("MedicationStatement"), "status", &["active"]);
            m.none(m.one("MedicationStatement"), "effectivePeriod.end");
            let m = record("RQO", &not);
            m.is(m.one("MedicationRequest"), "status", &["active"]);
        }
        // structured headings: a template of its own, of which the one time is when it was stopped
        let discontinued = |more: &str| said("substanceAdministration", "EVN", more, "COCD_TP146053GB01#DiscontinuedMedication", &[on("20240215"), r#"<statusCode code="aborted"/>"#.into(), medicine("consumable")].concat());
        let m = discontinued("");
        m.is(m.one("MedicationStatement"), "status", &["stopped"]);
        m.is(m.one("MedicationStatement"), "effectivePeriod.end", &["2024-02-15"]);
        m.none(m.one("MedicationStatement"), "effectivePeriod.start");
        m.none(m.one("MedicationStatement"), "effectiveDateTime");
        assert!(!m.reported("row-remark"));
        assert!(discontinued(r#" negationInd="true""#).all("MedicationStatement").is_empty());
    }

    /// What was given is an administration, of one dose, of a course, or by structured headings.
    fn what_was_given_is_no_list_of_what_is_taken() {
        for id in ["COCD_TP146029UK04#MedicationAdministrationDose", "COCD_TP146329GB01#MedicationAdministrationDose", "COCD_TP146030UK04#MedicationAdministrationCourse", "COCD_TP146330GB01#MedicationAdministrationCourse", "COCD_TP146052GB01#MedicationItem"] {
            let given = |more: &str| said("substanceAdministration", "EVN", more, id, &[snomed("18629005", "Administration"), DONE.into(), from_to("20240301", "20240307"), r#"<approachSiteCode code="16217701000119102" codeSystem="2.16.840.1.113883.2.1.3.2.4.15" displayName="Left deltoid"/><doseQuantity value="500" unit="mg"/>"#.into(), medicine("consumable")].concat());
            let m = given("");
            assert!(m.all("MedicationStatement").is_empty(), "{id}");
            m.is(m.one("MedicationAdministration"), "status", &["completed"]);
            m.is(m.one("MedicationAdministration"), "effectivePeriod.end", &["2024-03-07"]);
            m.is(m.one("MedicationAdministration"), "dosage.site.coding.display", &["Left deltoid"]);
            let m = given(r#" negationInd="true""#);
            m.is(m.one("MedicationAdministration"), "status", &["not-done"]);
        }
        // a course that is only intended was not given
        let m = said("substanceAdministration", "INT", "", "COCD_TP146030UK04#MedicationAdministrationCourse", &[snomed("18629005", "Administration"), r#"<statusCode code="active"/>"#.into(), medicine("consumable")].concat());
        assert!(m.all("MedicationAdministration").is_empty());
        m.is(m.one("MedicationStatement"), "status", &["intended"]);
        // supplied, and from when to when it is to be taken
        let m = said("supply", "EVN", "", "COCD_TP146088GB01#MedicationItem", &[snomed("373784005", "Dispensing"), from_to("20240305", "20240312"), DONE.into(), medicine("product")].concat());
        m.is(m.one("MedicationDispense"), "dosageInstruction.timing.repeat.boundsPeriod.end", &["2024-03-12"]);
        m.none(m.one("MedicationDispense"), "whenHandedOver");
    }

    /// Ambulance reports number their templates 1463nn: the same statements, with codes of any list.
    fn templates_with_codes_of_any_list_are_known() {
        let m = said("observation", "EVN", r#" negationInd="true""#, "COCD_TP146311GB01#Diagnosis", &[snomed("73211009", "Diabetes"), DONE.into()].concat());
        m.is(m.one("Condition"), "verificationStatus.coding.code", &["refuted"]);
        for id in ["COCD_TP146325GB01#Allergy", "COCD_TP146022UK04#AllergicOrAdverseReactionEvent", "COCD_TP146322GB01#AllergicOrAdverseReactionEvent"] {
            let m = observed(id, &[snomed("91936005", "Allergy to penicillin"), r#"<statusCode code="active"/>"#.into()].concat());
            m.is(m.one("AllergyIntolerance"), "code.coding.code", &["91936005"]);
            assert!(m.all("Observation").is_empty(), "{id}");
        }
        for (class, id, ty) in [("procedure", "COCD_TP146327GB01#Treatment", "Procedure"), ("procedure", "COCD_TP146019UK04#Investigation", "Procedure"), ("act", "COCD_TP146324GB01#AdministrativeProcedure", "Procedure"), ("encounter", "COCD_TP146305GB02#CareEvent", "Encounter"), ("observation", "COCD_TP146310GB01#RiskToPerson", "Flag"), ("observation", "COCD_TP146081GB01#RiskToPatient", "Flag"), ("observation", "COCD_TP146320GB01#PersonalPreference", "Observation")] {
            let m = said(class, "EVN", "", id, &[snomed("1", "Any"), DONE.into()].concat());
            assert_eq!(m.all(ty).len(), 1, "{id}");
            assert!(!m.reported("inferred-by-class"), "{id}");
        }
        let m = said("supply", "EVN", "", "COCD_TP146333GB01#SupplyMedication", &[snomed("373784005", "Dispensing"), DONE.into(), medicine("product")].concat());
        m.is(m.one("MedicationDispense"), "status", &["completed"]);
        let side = |class: &str, code: &str, v: &str| format!(r#"<component><observation classCode="OBS" moodCode="EVN">{}<code code="{code}" codeSystem="{SNOMED_UK}"/><value xsi:type="PQ" value="{v}" unit="mm[Hg]"/></observation></component>"#, template(&format!("COCD_TP146313GB01#{class}")));
        let m = said("organizer", "EVN", r#" classCode="CLUSTER""#, "COCD_TP146313GB01#BloodPressure", &[snomed("75367002", "Blood pressure"), DONE.into(), on("20240301"), side("systolicPressure", "271649006", "150"), side("diastolicPressure", "271650006", "90")].concat());
        m.is(m.one("Observation"), "component.valueQuantity.value", &["150", "90"]);
        m.is(m.one("Observation"), "code.coding.code", &["75367002", "85354-9"]);
    }

    /// A reaction is to something: where the code says only that it is one, the substance is what a reader needs.
    fn an_adverse_reaction_names_its_agent() {
        let agent = format!(r#"<code code="281647001" codeSystem="{SNOMED_UK}" displayName="Adverse reaction"><qualifier><name code="246075003" codeSystem="{SNOMED_UK}"/><value code="372687004" codeSystem="{SNOMED_UK}" displayName="Amoxicillin"/></qualifier></code>"#);
        let m = observed("COCD_TP146060GB01#AllergyEvent", &[agent, DONE.into()].concat());
        m.is(m.one("AllergyIntolerance"), "code.coding.code", &["372687004"]);
        let m = observed("COCD_TP146022UK04#AllergicOrAdverseReactionEvent", &[snomed("62014003", "Adverse reaction to drug"), DONE.into(), value("372687004", "Amoxicillin")].concat());
        m.is(m.one("AllergyIntolerance"), "code.coding.code", &["372687004"]);
        let m = observed("COCD_TP146060GB01#AllergyEvent", &[snomed("281647001", "Adverse reaction"), DONE.into()].concat());
        m.is(m.one("AllergyIntolerance"), "code.coding.code", &["281647001"]);
    }

    /// Where the code says which kind of diagnosis it is, the disease stands in the value.
    fn a_kind_of_diagnosis_is_no_disease() {
        let said = |kind: &str| observed("COCD_TP146011UK04#Diagnosis", &[snomed(kind, "Kind"), DONE.into(), value("22298006", "Myocardial infarction")].concat());
        for kind in ["8319008", "85097005", "39154008", "89100005", "52870002"] {
            let m = said(kind);
            m.is(m.one("Condition"), "code.coding.code", &["22298006"]);
            m.has(m.one("Condition"), "category.coding.code", kind);
            m.none(m.one("Condition"), "verificationStatus");
        }
        for (kind, want) in [("5558000", "provisional"), ("148006", "provisional"), ("47965005", "differential")] {
            let m = said(kind);
            m.is(m.one("Condition"), "code.coding.code", &["22298006"]);
            m.is(m.one("Condition"), "verificationStatus.coding.code", &[want]);
        }
    }

    /// What ran in the family is none of the patient's; whose it was, only a subject says.
    fn family_history_is_the_familys() {
        let subject = r#"<subject><relatedSubject classCode="PRS"><code code="02" codeSystem="2.16.840.1.113883.2.1.3.2.4.16.45" displayName="Mother"/><subject><name><given>Old</given></name><administrativeGenderCode code="2" codeSystem="2.16.840.1.113883.2.1.3.2.4.16.25"/><birthTime value="1940"/></subject></relatedSubject></subject>"#;
        let header = r#"<componentOf><encompassingEncounter><id root="7D0A3C11-0001-4000-8000-000000000001"/><effectiveTime><low value="20240201"/></effectiveTime></encompassingEncounter></componentOf>"#;
        for id in ["COCD_TP146018UK04#FamilyHistory", "COCD_TP146318GB01#FamilyHistory"] {
            let history = |more: &str, rest: &str| Itk::new().header(header).entry(&statement("observation", "EVN", more, id, &[snomed("429740004", "Family history of malignant neoplasm of breast"), DONE.into(), rest.into()].concat())).convert();
            let m = history("", &[from_to("1988", "1990"), value("255604002", "Mild"), WHO.into()].concat());
            let seen = m.one("Observation");
            m.is(seen, "category.coding.code", &["57177007"]);
            m.is(seen, "effectivePeriod.start", &["1988"]);
            m.is(seen, "performer.resolve().name.family", &["Doer"]);
            assert!(m.all("Condition").is_empty());
            let m = history("", &on("1988"));
            m.is(m.one("Observation"), "effectiveDateTime", &["1988"]);
            let m = history("", &[from_to("1988", "1990"), subject.into()].concat());
            let relative = m.one("FamilyMemberHistory");
            m.is(relative, "relationship.coding.code", &["02"]);
            m.has(relative, "sex.coding.code", "female");
            m.is(relative, "bornDate", &["1940"]);
            m.is(relative, "condition.code.coding.code", &["429740004"]);
            m.is(relative, "condition.onsetPeriod.end", &["1990"]);
            assert!(m.all("Observation").is_empty());
            let m = history("", &[r#"<effectiveTime><center value="1989"/></effectiveTime>"#, subject].concat());
            m.is(m.one("FamilyMemberHistory"), "condition.onsetPeriod.start", &["1989"]);
            // what was not in the family has no place
            for rest in ["", subject] {
                let m = history(r#" negationInd="true""#, rest);
                assert!(m.all("Observation").is_empty() && m.all("FamilyMemberHistory").is_empty());
            }
        }
    }

    /// A service that was provided is no proposal, and one that is planned no more than that.
    fn a_service_is_what_its_mood_says() {
        let service = |mood: &str, more: &str, rest: &str| said("act", mood, more, "COCD_TP146321GB02#Service", &[snomed("385763009", "Hospice care"), DONE.into(), rest.into(), WHO.into()].concat());
        for (mood, want) in [("DEF", "proposal"), ("PRP", "proposal"), ("INT", "plan"), ("RQO", "order")] {
            let m = service(mood, "", "");
            m.is(m.one("ServiceRequest"), "intent", &[want]);
            assert!(m.all("Procedure").is_empty());
        }
        let m = service("EVN", "", &from_to("20240301", "20240302"));
        assert!(m.all("ServiceRequest").is_empty());
        m.is(m.one("Procedure"), "status", &["completed"]);
        m.is(m.one("Procedure"), "performedPeriod.end", &["2024-03-02"]);
        m.is(m.one("Procedure"), "performer.actor.resolve().name.family", &["Doer"]);
        let m = service("EVN", r#" negationInd="true""#, &on("20240301"));
        m.is(m.one("Procedure"), "status", &["not-done"]);
        m.is(m.one("Procedure"), "performedDateTime", &["2024-03-01"]);
    }

    /// Advice that was given, and advice that was not.
    fn advice_is_a_communication() {
        for id in ["COCD_TP146023UK04#ProvisionOfAdviceAndInformation", "COCD_TP146323GB01#ProvisionOfAdviceAndInformation"] {
            let advice = |more: &str, status: &str| said("act", "EVN", more, id, &[snomed("171055003", "Advice"), format!(r#"<statusCode code="{status}"/>"#), on("20240301"), WHO.into()].concat());
            for (status, want) in [("completed", "completed"), ("aborted", "stopped"), ("nullified", "entered-in-error"), ("active", "unknown")] {
                let m = advice("", status);
                m.is(m.one("Communication"), "status", &[want]);
                m.is(m.one("Communication"), "topic.coding.code", &["171055003"]);
                m.is(m.one("Communication"), "sender.resolve().name.family", &["Doer"]);
            }
            let m = advice(r#" negationInd="true""#, "completed");
            m.is(m.one("Communication"), "status", &["not-done"]);
            m.none(m.one("Communication"), "sent");
        }
    }

    /// An aim is not a finding, nor reached because the statement of it is complete; what is asked for was not found.
    fn an_aim_is_not_reached_by_the_status_of_its_statement() {
        let finding = |mood: &str, more: &str, status: &str| said("observation", mood, more, "COCD_TP146012UK04#Finding", &[snomed("364075005", "Heart rate"), format!(r#"<statusCode code="{status}"/>"#), r#"<effectiveTime><high value="20240601"/></effectiveTime>"#.into(), r#"<value xsi:type="PQ" value="70" unit="/min"/>"#.into()].concat());
        for (status, want) in [("completed", "proposed"), ("cancelled", "cancelled"), ("nullified", "entered-in-error")] {
            let m = finding("GOL", "", status);
            assert!(m.all("Observation").is_empty());
            m.is(m.one("Goal"), "lifecycleStatus", &[want]);
            m.is(m.one("Goal"), "target.detailQuantity.value", &["70"]);
            m.is(m.one("Goal"), "target.dueDate", &["2024-06-01"]);
        }
        assert!(finding("GOL", r#" negationInd="true""#, "completed").all("Goal").is_empty());
        let m = finding("RQO", "", "completed");
        assert!(m.all("Observation").is_empty());
        m.is(m.one("ServiceRequest"), "intent", &["order"]);
        m.is(m.one("ServiceRequest"), "status", &["unknown"]);
        // a contact that is planned did not take place
        let m = said("encounter", "INT", "", "COCD_TP146005UK04#CareEvent", &[snomed("185349003", "Check-up"), DONE.into()].concat());
        assert!(m.all("Encounter").is_empty());
        m.is(m.one("ServiceRequest"), "intent", &["plan"]);
    }

    /// A systolic pressure that stands alone as a finding is a number, not a note.
    fn one_pressure_alone_keeps_its_number() {
        for (code, at) in [("271649006", "8480-6"), ("271650006", "8462-4")] {
            let m = observed("COCD_TP146012UK04#Finding", &[snomed(code, "Pressure"), DONE.into(), on("20240301"), r#"<value xsi:type="PQ" value="180" unit="mm[Hg]"/>"#.into(), WHO.into()].concat());
            let pressure = m.one("Observation");
            m.is(pressure, "component.valueQuantity.value", &["180"]);
            m.has(pressure, "component[0].code.coding.code", at);
            m.none(pressure, "note");
            m.is(pressure, "performer.resolve().name.family", &["Doer"]);
        }
    }

    /// What a problem or a risk is made of, by number: findings, diagnoses, procedures, services.
    fn a_problem_refers_to_procedures_too() {
        let refer = |class: &str, id: &str| format!(r#"<entryRelationship typeCode="REFR"><{class} moodCode="EVN">{}{ID}<code nullFlavor="NA"/></{class}></entryRelationship>"#, template(id));
        let problem = |inside: &str| format!(r#"<act classCode="ACT" moodCode="EVN">{}<id root="3B0A3C11-0001-4000-8000-0000000000AA"/>{}{inside}</act>"#, template("COCD_TP146306GB01#Problem"), snomed("181301000000103", "Abstract problem node"));
        let with = |statement: &str, reference: &str| Itk::new().entry(&problem(reference)).entry(statement).convert();
        let m = with(&statement("procedure", "EVN", "", "COCD_TP146319GB01#Investigation", &snomed("29303009", "Electrocardiographic procedure")), &refer("procedure", "COCD_TP147319GB01#InvestigationRef"));
        m.is(m.one("Condition"), "evidence.detail.resolve().resourceType", &["Procedure"]);
        let m = with(&statement("act", "EVN", "", "COCD_TP146323GB01#ProvisionOfAdviceAndInformation", &snomed("171055003", "Advice")), &refer("act", "COCD_TP147323GB01#ProvisionOfAdviceAndInformationRef"));
        m.is(m.one("Condition"), "evidence.detail.resolve().resourceType", &["Communication"]);
        assert!(!m.reported("statement-not-mapped"));
        let m = with(&statement("observation", "EVN", "", "COCD_TP146312GB01#Finding", &snomed("267036007", "Dyspnoea")), &refer("observation", "COCD_TP147312GB01#FindingRef"));
        m.is(m.one("Condition"), "evidence.detail.resolve().resourceType", &["Observation"]);
        let risk = format!(r#"<observation classCode="OBS" moodCode="EVN">{}<id root="3B0A3C11-0001-4000-8000-0000000000AB"/>{}{}</observation>"#, template("COCD_TP146010UK04#RiskToPerson"), snomed("225915006", "Violent behaviour"), refer("observation", "COCD_TP147012UK03#FindingRef"));
        let m = Itk::new().entry(&risk).entry(&statement("observation", "EVN", "", "COCD_TP146012UK04#Finding", &snomed("267036007", "Dyspnoea"))).convert();
        m.is(m.one("Flag"), "extension.valueReference.resolve().resourceType", &["Observation"]);
        assert!(!m.reported("statement-not-mapped"));
    }

    /// The templated form names each element after its template; none of them is lost without a word.
    fn the_templated_form_of_any_template_is_read() {
        let renamed = |element: &str, id: &str, rest: &str| Itk::new().entry(&format!(r#"<{element} classCode="X" moodCode="EVN">{}{ID}{rest}{DONE}</{element}>"#, template(id))).convert();
        let product = medicine("consumable").replace("manufacturedMaterial>", "manufacturedManufacturedMaterial>");
        let given = [snomed("18629005", "Administration"), product].concat();
        for element in ["COCD_TP146029UK04.MedicationAdministrationDose", "COCD_TP146030UK04.MedicationAdministrationCourse", "COCD_TP146052GB01.MedicationItem"] {
            let m = renamed(element, &element.replace('.', "#"), &given);
            m.is(m.one("MedicationAdministration"), "medicationCodeableConcept.coding.code", &["387458008"]);
        }
        let supplied = [snomed("373784005", "Dispensing"), medicine("product")].concat();
        for element in ["COCD_TP146033UK04.SupplyMedication", "COCD_TP146088GB01.MedicationItem"] {
            let m = renamed(element, &element.replace('.', "#"), &supplied);
            m.is(m.one("MedicationDispense"), "status", &["completed"]);
        }
        for (element, ty) in [("COCD_TP146018UK04.FamilyHistory", "Observation"), ("COCD_TP146010UK04.RiskToPerson", "Flag"), ("COCD_TP146060GB01.AllergyEvent", "AllergyIntolerance"), ("COCD_TP146066GB01.Procedure", "Procedure"), ("COCD_TP146023UK04.ProvisionOfAdviceAndInformation", "Communication")] {
            let m = renamed(element, &element.replace('.', "#"), &snomed("1", "Any"));
            assert_eq!(m.all(ty).len(), 1, "{element}");
        }
        // an element that nobody knows is said to be left
        assert!(renamed("COCD_TP149999UK04.Unheard", "COCD_TP149999UK04#Unheard", &snomed("1", "Any")).reported("statement-not-mapped"));
    }

    /// The outcome of a hearing test says nothing without the test and the ear.
    fn an_outcome_of_a_hearing_test_stays_with_its_test() {
        let test = |more: &str| observed("COCD_TP146003GB02#NewBornHearingScreening", &[snomed("252957005", "Hearing screening"), DONE.into(), on("20240304"), format!(r#"<entryRelationship typeCode="COMP"><procedure classCode="PROC" moodCode="EVN"{more}><id root="3B0A3C11-0001-4000-8000-00000000006E"/>{}{DONE}<effectiveTime value="20240304"/><targetSiteCode code="89644007" codeSystem="{SNOMED_UK}" displayName="Left ear"/>{WHO}<entryRelationship typeCode="COMP"><observation classCode="OBS" moodCode="EVN"><code code="OUT" codeSystem="2.16.840.1.113883.2.1.3.2.4.17.220"/>{}</observation></entryRelationship></procedure></entryRelationship>"#, snomed("446077005", "Automated auditory brainstem response"), value("131194007", "No clear response"))].concat());
        let m = test("");
        let one = m.one("Procedure");
        m.is(one, "status", &["completed"]);
        m.is(one, "performedDateTime", &["2024-03-04"]);
        m.is(one, "outcome.coding.display", &["No clear response"]);
        m.is(one, "bodySite.coding.display", &["Left ear"]);
        m.is(one, "partOf.resolve().code.coding.code", &["252957005"]);
        m.is(one, "performer.actor.resolve().name.family", &["Doer"]);
        assert_eq!(m.all("Observation").len(), 1);
        let m = test(r#" negationInd="true""#);
        m.is(m.one("Procedure"), "status", &["not-done"]);
        m.none(m.one("Procedure"), "outcome");
        assert_eq!(m.all("Observation").len(), 1);
    }

    /// Who told it is not who wrote it down.
    fn who_told_of_a_disease_or_allergy_is_kept() {
        let told = r#"<informant><relatedEntity classCode="PRS"><code code="01" codeSystem="2.16.840.1.113883.2.1.3.2.4.16.45" displayName="Spouse"/><relatedPerson><name><family>Teller</family></name></relatedPerson></relatedEntity></informant>"#;
        for (id, ty) in [("COCD_TP146011UK04#Diagnosis", "Condition"), ("COCD_TP146025UK04#Allergy", "AllergyIntolerance")] {
            let m = observed(id, &[snomed("91936005", "Allergy to penicillin"), DONE.into(), told.into()].concat());
            m.is(m.one(ty), "asserter.resolve().name.family", &["Teller"]);
            m.is(m.one(ty), "recorder.resolve().name.family", &["Wardly"]);
        }
    }

    fn when_and_where_somebody_died_is_kept() {
        let inside = |code: &str, value: &str| format!(r#"<entryRelationship typeCode="COMP"><observation classCode="OBS" moodCode="EVN"><code code="{code}" codeSystem="2.16.840.1.113883.2.1.3.2.4.17.220"/>{value}</observation></entryRelationship>"#);
        let m = observed("COCD_TP146078GB01#PatientDeath", &[r#"<code code="PD" codeSystem="2.16.840.1.113883.2.1.3.2.4.17.220"/>"#.into(), DONE.into(), on("20240301"), inside("DOD", r#"<value xsi:type="TS" value="20240229"/>"#), inside("APD", &value("264362003", "Home"))].concat());
        m.is(m.one("Observation"), "component.code.coding.code", &["DOD", "APD"]);
        m.is(m.one("Observation"), "component.valueDateTime", &["2024-02-29"]);
        assert!(!m.reported("statement-not-mapped"));
    }

    /// An appointment that was called off is not booked.
    fn an_appointment_that_was_called_off_is_not_booked() {
        for (status, want) in [("active", "booked"), ("cancelled", "cancelled"), ("nullified", "entered-in-error")] {
            let m = said("encounter", "APT", "", "COCD_TP146093GB01#AppointmentReference", &[snomed("749001000000101", "Appointment"), format!(r#"<statusCode code="{status}"/>"#), on("20240601090000+0100")].concat());
            m.is(m.one("Appointment"), "status", &[want]);
        }
    }

    /// Where a patient is to go when he is discharged is not where he went.
    fn a_planned_stay_tells_nothing_that_happened() {
        let inside = |code: &str, value: &str| format!(r#"<entryRelationship typeCode="COMP"><observation classCode="OBS" moodCode="EVN"><code code="{code}" codeSystem="2.16.840.1.113883.2.1.3.2.4.17.220"/>{value}</observation></entryRelationship>"#);
        let m = said("encounter", "INT", "", "COCD_TP146067GB01#Discharge", &[snomed("58000006", "Discharge"), inside("DD", &value("264362003", "Home"))].concat());
        assert!(m.all("Observation").is_empty() && m.all("Procedure").is_empty());
        m.is(m.one("ServiceRequest"), "intent", &["plan"]);
        let m = said("procedure", "INT", "", "COCD_TP146057UK02#AdmissionProcedure", &[snomed("305056002", "Admission"), inside("RFA", &value("29857009", "Chest pain"))].concat());
        assert!(m.all("Observation").is_empty() && m.all("Procedure").is_empty());
        m.is(m.one("ServiceRequest"), "reasonCode.coding.code", &["29857009"]);
    }

    /// R4 has no place for a route without a dose; it is not lost for that. Nor is who told of a procedure.
    fn a_route_without_a_dose_is_kept() {
        let m = said("substanceAdministration", "EVN", "", "COCD_TP146029UK04#MedicationAdministrationDose", &[snomed("18629005", "Administration"), DONE.into(), format!(r#"<routeCode code="26643006" codeSystem="{SNOMED_UK}" displayName="Oral route"/>"#), medicine("consumable")].concat());
        m.is(m.one("MedicationAdministration"), "note.text", &["Oral route"]);
        m.none(m.one("MedicationAdministration"), "dosage");
        let m = said("procedure", "EVN", "", "COCD_TP146066GB01#Procedure", &[snomed("80146002", "Appendectomy"), DONE.into(), r#"<informant><relatedEntity classCode="PRS"><code code="01" codeSystem="2.16.840.1.113883.2.1.3.2.4.16.45" displayName="Spouse"/><relatedPerson><name><family>Teller</family></name></relatedPerson></relatedEntity></informant>"#.into()].concat());
        m.is(m.one("Procedure"), "asserter.resolve().name.family", &["Teller"]);
    }

    /// British subjects are led by the name of their template; whose the statement is, the role after it says.
    fn a_subject_is_the_role_not_the_name_of_its_template() {
        let of = |class: &str| {
            let subject = format!(r#"<subject typeCode="SBJ"><npfitlc:contentId root="2.16.840.1.113883.2.1.3.2.4.18.16" extension="COCD_TP145213GB01#RelatedSubject"/><relatedSubject{class}><code code="02" codeSystem="2.16.840.1.113883.2.1.3.2.4.16.45"/></relatedSubject></subject>"#);
            observed("COCD_TP146012UK04#Finding", &[snomed("267036007", "Dyspnoea"), DONE.into(), subject].concat())
        };
        assert_eq!(of(r#" classCode="PAT""#).all("Observation").len(), 1);
        for other in [r#" classCode="PRS""#, ""] {
            let m = of(other);
            assert!(m.all("Observation").is_empty() && m.reported("other-subject"));
        }
    }
}
