//! Faults that were found by reading samples and real documents side by side with their bundles, each by its name.

use granule::convert::{Options, Original};

use crate::checks;
use crate::common::*;

/// A medicine in a section of medicines.
fn medicine(head: &str, more: &str) -> String {
    format!(
        r#"<entry><substanceAdministration classCode="SBADM" {head}><templateId root="2.16.840.1.113883.10.20.22.4.16" extension="2014-06-09"/>
<id root="2.16.840.1.113883.19.9.1" extension="m"/><statusCode code="completed"/><effectiveTime value="20240301"/>{more}</substanceAdministration></entry>"#
    )
}

const DRUG: &str = r#"<consumable><manufacturedProduct classCode="MANU"><manufacturedMaterial><code code="1190220" codeSystem="2.16.840.1.113883.6.88" displayName="Albuterol"/></manufacturedMaterial></manufacturedProduct></consumable>"#;
const EVN: &str = r#"moodCode="EVN""#;
const INT: &str = r#"moodCode="INT""#;

fn medicines(head: &str, more: &str) -> Made {
    Doc::new().section("10160-0", "x", &medicine(head, more)).convert()
}

fn problem(more: &str) -> String {
    format!(
        r#"<observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.4"/><id root="2.16.840.1.113883.19.8.1" extension="p"/>
<code code="55607006" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/>{more}</observation>"#
    )
}

const GOUT: &str = r#"<value xsi:type="CD" code="90560007" codeSystem="2.16.840.1.113883.6.96" displayName="Gout"/>"#;

/// The document's software, as author after the person.
const SOFTWARE: &str = r#"<author><time value="20240312100000-0500"/><assignedAuthor><id nullFlavor="NI"/><assignedAuthoringDevice><softwareName>Generator</softwareName></assignedAuthoringDevice></assignedAuthor></author>"#;

fn kin(id: &str, code: &str) -> String {
    format!(
        r#"<participant typeCode="IND"><associatedEntity classCode="NOK">{id}<code code="{code}" codeSystem="2.16.840.1.113883.5.111"/>
<telecom value="tel:+1-614-555-0150"/><associatedPerson><name><given>Rosa</given><family>Exemplar</family></name></associatedPerson></associatedEntity></participant>"#
    )
}

fn patient_id(ids: &str) -> String {
    let m = Doc::new().role(&format!(r#"{ids}<patient><name><family>Exemplar</family></name></patient>"#)).convert();
    m.one("Patient")["id"].as_str().unwrap().to_owned()
}

checks! {
    fn a_null_flavour_as_number_is_never_asked_for() {
        let m = Doc::new().header(r#"<authenticator><time value="2024"/><signatureCode code="S"/><assignedEntity><id root="2.16.840.1.113883.4.6" extension="UNK"/>
<assignedPerson><name><family>Wheeze</family></name></assignedPerson></assignedEntity></authenticator>"#).convert();
        let p = m.with("Practitioner", "name.family", "Wheeze");
        m.none(p, "identifier");
        assert!(!m.json.contains("UNK"), "{}", m.json);
    }

    fn the_software_of_a_document_is_not_who_recorded_a_problem() {
        let m = Doc::new().author(&format!("{AUTHOR}{SOFTWARE}")).section("11450-4", "x", &format!("<entry>{}</entry>", problem(GOUT))).convert();
        m.is(m.one("Condition"), "recorder.resolve().name.family", &["Pretend"]);
    }

    fn the_software_of_a_document_orders_no_medicine() {
        let m = Doc::new().author(&format!("{AUTHOR}{SOFTWARE}")).section("10160-0", "x", &medicine(INT, DRUG)).convert();
        m.is(m.one("MedicationRequest"), "requester.resolve().name.family", &["Pretend"]);
        let m = Doc::new().author(SOFTWARE).section("10160-0", "x", &medicine(INT, DRUG)).convert();
        m.is(m.one("MedicationRequest"), "requester.resolve().resourceType", &["Device"]);
    }

    fn one_practitioner_with_and_without_suffix() {
        let entity = |name: &str| format!(r#"<assignedEntity><id root="2.16.840.1.113883.4.6" extension="9999999901"/><assignedPerson><name>{name}</name></assignedPerson></assignedEntity>"#);
        let sign = |name: &str| format!(r#"<authenticator><time value="20240312"/><signatureCode code="S"/>{}</authenticator>"#, entity(name));
        let m = Doc::new().header(&sign("<given>Paula</given><family>Pretend</family><suffix>MD</suffix>")).header(&sign("Pretend, Paula MD")).convert();
        m.is(m.one("Practitioner"), "name.suffix", &["MD"]);
        let m = Doc::new().header(&sign("<given>Peter</given><family>Pretend</family>")).convert();
        assert_eq!(m.all("Practitioner").len(), 2);
    }

    fn one_daughter_with_and_without_identifier() {
        let id = r#"<id root="2.16.840.1.113883.19.5.99999.6" extension="REL-8"/>"#;
        let m = Doc::new().header(&kin("", "DAU")).header(&kin(id, "DAU")).convert();
        m.is(m.one("RelatedPerson"), "identifier.value", &["REL-8"]);
        // one name and one telephone, and not the same person
        let m = Doc::new().header(&kin("", "DAU")).header(&kin("", "NMTH")).convert();
        assert_eq!(m.all("RelatedPerson").len(), 2);
    }

    fn next_of_kin_of_two_patients_are_two() {
        let id = r#"<id root="2.16.840.1.113883.19.5.99999.6" extension="1"/>"#;
        let of = |mrn: &str| {
            let m = Doc::new().role(&format!(r#"<id root="2.16.840.1.113883.19.5.99999.2" extension="{mrn}"/><patient><name><family>E</family></name></patient>"#)).header(&kin(id, "DAU")).convert();
            m.one("RelatedPerson")["id"].clone()
        };
        assert_ne!(of("a"), of("b"));
        assert_eq!(of("a"), of("a"));
    }

    fn a_patient_is_known_by_what_may_identify() {
        let (ssn, mrn) = (r#"<id root="2.16.840.1.113883.4.1" extension="999-00-0142"/>"#, r#"<id root="2.16.840.1.113883.19.5.99999.2" extension="M1"/>"#);
        let nhs = r#"<id root="2.16.840.1.113883.2.1.4.1" extension="9990000042"/>"#;
        let only = patient_id(mrn);
        assert_eq!(patient_id(&format!("{ssn}{mrn}")), only, "an SSN in front is no key");
        assert_eq!(patient_id(&format!("{mrn}{ssn}")), only);
        assert_eq!(patient_id(&format!("{mrn}{nhs}")), patient_id(nhs), "a number of a register goes before");
        assert_ne!(patient_id(&format!("{mrn}{nhs}")), only);
        // neither an SSN alone nor an id without root says who it is: the document does
        assert_eq!(patient_id(ssn), patient_id(""));
        assert_eq!(patient_id(r#"<id extension="17"/>"#), patient_id(""));
    }

    fn a_document_of_nobody_gives_no_statements_unless_the_caller_knows() {
        let xml = Doc::new().section("11450-4", "x", &format!("<entry>{}</entry>", problem(GOUT))).xml();
        let (start, end) = (xml.find("<recordTarget>").unwrap(), xml.find("</recordTarget>").unwrap() + "</recordTarget>".len());
        let xml = format!("{}{}", &xml[..start], &xml[end..]);
        let m = convert(xml.as_bytes());
        assert!(m.all("Condition").is_empty() && m.all("Patient").is_empty());
        assert_eq!(m.all("Composition").len(), 1);
        assert!(m.reported("no-patient"));
        let m = convert_with(converter(), xml.as_bytes(), &Options { patient: Some("Patient/123".into()), ..Options::default() });
        m.is(m.one("Condition"), "subject.reference", &["Patient/123"]);
        assert!(m.all("Patient").is_empty());
    }

    /// The birth sex belongs into the patient; where there is none, two such facts made two patients with one address.
    fn a_record_target_without_a_patient_gives_no_patient_and_no_statements() {
        let sex = r#"<entry><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.200"/>
            <code code="76689-9" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/>
            <value xsi:type="CD" code="M" codeSystem="2.16.840.1.113883.5.1"/></observation></entry>"#;
        let xml = Doc::new()
            .section("29762-2", "x", &sex.repeat(2))
            .section("11450-4", "x", &format!("<entry>{}</entry>", problem(GOUT)))
            .xml();
        let (start, end) = (xml.find("<patientRole>").unwrap(), xml.find("</patientRole>").unwrap() + "</patientRole>".len());
        let m = convert(format!("{}{}", &xml[..start], &xml[end..]).as_bytes());
        assert!(m.all("Patient").is_empty() && m.all("Condition").is_empty());
        assert!(m.reported("no-patient") && m.reported("nothing-to-add-to"));
    }

    /// "It was done" and "it was cancelled" in one statement: neither may be taken from it.
    fn a_vaccine_both_done_and_cancelled_is_neither() {
        let entry = r#"<entry><substanceAdministration classCode="SBADM" moodCode="EVN" negationInd="false">
            <templateId root="2.16.840.1.113883.10.20.22.4.52"/><id root="2.16.840.1.113883.19.11.1" extension="i1"/>
            <statusCode code="cancelled"/><effectiveTime value="20240301"/><consumable><manufacturedProduct><manufacturedMaterial>
            <code code="88" codeSystem="2.16.840.1.113883.12.292"/></manufacturedMaterial></manufacturedProduct></consumable>
            </substanceAdministration></entry>"#;
        let m = Doc::new().section("11369-6", "Vaccines", entry).convert();
        assert!(m.all("Immunization").is_empty());
        assert!(m.reported("statement-not-mapped"));
    }

    /// Written by its id here and by its number there, it would be twice on a server, which then refuses the number.
    fn an_organisation_that_acts_for_nobody_named_is_known_by_its_number() {
        let m = Doc::new().author(r#"<author><time value="20240312"/><assignedAuthor><id root="1.2.3.4" extension="role"/><representedOrganization><id root="2.16.840.1.113883.4.6" extension="1234567893"/><name>House of Acting</name></representedOrganization></assignedAuthor></author>"#).convert();
        let entry = m.bundle["entry"].as_array().unwrap().iter().find(|e| e["resource"]["name"] == "House of Acting").unwrap();
        assert_eq!(entry["request"]["ifNoneExist"], "identifier=http%3A%2F%2Fhl7.org%2Ffhir%2Fsid%2Fus-npi%7C1234567893");
    }

    fn a_patient_one_of_whose_identifiers_has_no_system_claims_no_us_profile() {
        let xml = Doc::new().role(r#"<id root="2.16.840.1.113883.19.5.99999.2" extension="MRN-1"/><id extension="9282"/><patient><name><given>A</given><family>B</family></name><administrativeGenderCode code="F" codeSystem="2.16.840.1.113883.5.1"/></patient>"#).xml();
        let m = convert(xml.as_bytes());
        assert_eq!(m.one("Patient")["identifier"].as_array().map(Vec::len), Some(2));
        m.none(m.one("Patient"), "meta.profile");
    }

    fn only_documents_of_the_us_claim_us_profiles() {
        let xml = Doc::new().section("11450-4", "x", &format!("<entry>{}</entry>", problem(GOUT))).xml();
        assert!(convert(xml.as_bytes()).json.contains("us-core-patient"));
        let elsewhere = convert(xml.replace(r#"<realmCode code="US"/>"#, "").as_bytes());
        assert!(!elsewhere.json.contains("http://hl7.org/fhir/us/core/StructureDefinition/us-core-p"), "{}", elsewhere.json);
        elsewhere.none(elsewhere.one("DocumentReference"), "category");
        let template = xml.replace(r#"<realmCode code="US"/>"#, "").replace("<id root=\"2.16.840.1.113883.19.5.99999.1\"", "<templateId root=\"2.16.840.1.113883.10.20.22.1.1\" extension=\"2015-08-01\"/><id root=\"2.16.840.1.113883.19.5.99999.1\"");
        assert!(convert(template.as_bytes()).json.contains("us-core-patient"));
    }

    fn a_name_in_one_string_claims_no_us_patient() {
        let m = Doc::new().patient("<name>DUMMY,PLACEHOLDER</name>").convert();
        m.none(m.one("Patient"), "meta.profile");
        m.is(m.one("Patient"), "name.text", &["DUMMY,PLACEHOLDER"]);
    }

    fn doubt_is_said_or_reported() {
        let doubt = format!(r#"{GOUT}<uncertaintyCode code="U" codeSystem="2.16.840.1.113883.5.1053"/>"#);
        let m = Doc::new().section("11450-4", "x", &format!("<entry>{}</entry>", problem(&doubt))).convert();
        m.is(m.one("Condition"), "verificationStatus.coding.code", &["unconfirmed"]);
        let result = r#"<entry><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.2"/><id root="1.2.3.4" extension="r"/><code code="2345-7" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><uncertaintyCode code="U"/><value xsi:type="ST">high</value></observation></entry>"#;
        assert!(Doc::new().section("30954-2", "x", result).convert().reported("uncertainty-not-carried"));
    }

    fn a_suspicion_in_a_qualifier_is_unconfirmed() {
        let value = r#"<value xsi:type="CD" code="78275009" codeSystem="2.16.840.1.113883.6.96" displayName="Sleep apnea"><qualifier><name code="408729009" codeSystem="2.16.840.1.113883.6.96" displayName="Finding context"/><value code="415684004" codeSystem="2.16.840.1.113883.6.96" displayName="Suspected"/></qualifier></value>"#;
        let m = Doc::new().section("11450-4", "x", &format!("<entry>{}</entry>", problem(value))).convert();
        m.is(m.one("Condition"), "verificationStatus.coding.code", &["unconfirmed"]);
    }

    fn the_left_of_the_lower_leg_is_kept() {
        let value = r#"<value xsi:type="CD" code="128045006" codeSystem="2.16.840.1.113883.6.96" displayName="Cellulitis"><qualifier><name code="363698007" codeSystem="2.16.840.1.113883.6.96" displayName="Finding site"/><value code="30021000" codeSystem="2.16.840.1.113883.6.96" displayName="Lower leg"><qualifier><name code="272741003" codeSystem="2.16.840.1.113883.6.96" displayName="Laterality"/><value code="7771000" codeSystem="2.16.840.1.113883.6.96" displayName="Left"/></qualifier></value></qualifier></value>"#;
        let m = Doc::new().section("11450-4", "x", &format!("<entry>{}</entry>", problem(value))).convert();
        assert!(pretty(&m.one("Condition")["code"]).contains("Lower leg (Laterality: Left)"), "{}", pretty(m.one("Condition")));
    }

    fn the_site_of_a_finding_and_of_a_procedure_within_its_concept_is_the_body_site() {
        let site = |attribute: &str| format!(r#"<qualifier><name code="{attribute}" codeSystem="2.16.840.1.113883.6.96"/><value code="41224006" codeSystem="2.16.840.1.113883.6.96" displayName="Left lower lobe of lung"/></qualifier>"#);
        let value = |inside: &str| format!(r#"<value xsi:type="CD" code="233604007" codeSystem="2.16.840.1.113883.6.96" displayName="Pneumonia">{inside}</value>"#);
        let m = Doc::new().section("11450-4", "x", &format!("<entry>{}</entry>", problem(&value(&site("363698007"))))).convert();
        m.is(m.one("Condition"), "bodySite.coding.code", &["41224006"]);
        m.is(m.one("Condition"), "code.coding.code", &["233604007"]);
        let procedure = format!(r#"<entry><procedure classCode="PROC" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.14"/><id root="1.2.3.4" extension="p"/><code code="68471001" codeSystem="2.16.840.1.113883.6.96">{}</code><statusCode code="completed"/><effectiveTime value="20230102"/></procedure></entry>"#, site("405813007"));
        let m = Doc::new().section("47519-4", "x", &procedure).convert();
        m.is(m.one("Procedure"), "bodySite.coding.code", &["41224006"]);
        // the cause is no site, nor is what the attribute belongs to
        for other in [site("246075003"), site("363698007").replace("<qualifier>", r#"<qualifier inverted="true">"#)] {
            let m = Doc::new().section("11450-4", "x", &format!("<entry>{}</entry>", problem(&value(&other)))).convert();
            m.none(m.one("Condition"), "bodySite");
        }
    }

    fn an_answer_without_a_question_is_asked_by_its_organizer() {
        let answers = |code: &str| format!(r#"<entry><organizer classCode="CLUSTER" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.66"/><id root="1.2.3.4" extension="o"/><code code="d5" displayName="Self-Care" codeSystem="2.16.840.1.113883.6.254"/><statusCode code="completed"/>
<component><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.128"/><id root="1.2.3.4" extension="a"/>{code}<statusCode code="completed"/><effectiveTime value="20050501"/><value xsi:type="CD" code="371153006" displayName="Independent" codeSystem="2.16.840.1.113883.6.96"/></observation></component></organizer></entry>"#);
        let m = Doc::new().section("47420-5", "x", &answers(r#"<code nullFlavor="NA"/>"#)).convert();
        let independent = m.with("Observation", "valueCodeableConcept.coding.code", "371153006");
        m.is(independent, "code.coding.code", &["d5"]);
        let m = Doc::new().section("47420-5", "x", &answers(r#"<code code="284773001" codeSystem="2.16.840.1.113883.6.96"/>"#)).convert();
        m.is(m.with("Observation", "valueCodeableConcept.coding.code", "371153006"), "code.coding.code", &["284773001"]);
    }

    fn an_admission_diagnosis_that_was_withdrawn_is_none_of_the_encounter() {
        for (code, template) in [("46241-6", "34"), ("11535-2", "33")] {
            let withdrawn = problem(GOUT).replacen(r#"<statusCode code="completed"/>"#, r#"<statusCode code="nullified"/>"#, 1);
            let entry = format!(r#"<entry><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.{template}"/><code code="{code}" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="active"/><entryRelationship typeCode="SUBJ">{withdrawn}</entryRelationship></act></entry>"#);
            let visit = r#"<componentOf><encompassingEncounter><id root="1.2.3.4" extension="e"/><effectiveTime><low value="20230101"/></effectiveTime></encompassingEncounter></componentOf>"#;
            let m = Doc::new().header(visit).section(code, "x", &entry).convert();
            m.is(m.one("Condition"), "verificationStatus.coding.code", &["entered-in-error"]);
            m.none(m.one("Encounter"), "diagnosis");
        }
    }

    fn software_orders_nothing_where_a_person_is_an_author() {
        let software = r#"<author><time value="202411111000-0500"/><assignedAuthor><id root="1.2.3.5" extension="s"/><assignedAuthoringDevice><softwareName>Generator</softwareName></assignedAuthoringDevice></assignedAuthor></author>"#;
        let person = r#"<author><time value="202411110900-0500"/><assignedAuthor><id root="1.2.3.5" extension="d"/><assignedPerson><name><given>Doris</given><family>Sample</family></name></assignedPerson></assignedAuthor></author>"#;
        let order = |authors: &str| {
            let entry = format!(r#"<entry><procedure classCode="PROC" moodCode="RQO"><templateId root="2.16.840.1.113883.10.20.22.4.41"/><id root="1.2.3.4" extension="o"/><code code="73761001" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="active"/><effectiveTime><low value="20241112"/></effectiveTime>{authors}</procedure></entry>"#);
            Doc::new().section("18776-5", "x", &entry).convert()
        };
        let m = order(&format!("{person}{software}"));
        assert_eq!(m.at(m.one("ServiceRequest"), "requester.resolve()")[0]["resourceType"], "Practitioner");
        let m = order(software);
        assert_eq!(m.at(m.one("ServiceRequest"), "requester.resolve()")[0]["resourceType"], "Device");
    }

    fn what_is_planned_from_a_day_on_is_not_planned_for_that_day_alone() {
        let order = |time: &str| {
            let entry = format!(r#"<entry><act classCode="ACT" moodCode="RQO"><templateId root="2.16.840.1.113883.10.20.22.4.39"/><id root="1.2.3.4" extension="o"/><code code="385763009" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="active"/><effectiveTime{time}</act></entry>"#);
            Doc::new().section("18776-5", "x", &entry).convert()
        };
        let m = order(r#"><low value="20241112"/></effectiveTime>"#);
        m.is(m.one("ServiceRequest"), "occurrencePeriod.start", &["2024-11-12"]);
        m.none(m.one("ServiceRequest"), "occurrencePeriod.end");
        let m = order(r#" value="20241112"/>"#);
        m.is(m.one("ServiceRequest"), "occurrenceDateTime", &["2024-11-12"]);
    }

    fn an_instruction_that_is_intended_does_not_read_as_given() {
        let entry = r#"<entry><act classCode="ACT" moodCode="INT"><templateId root="2.16.840.1.113883.10.20.22.4.20"/><id root="1.2.3.4" extension="i"/><code code="311401005" codeSystem="2.16.840.1.113883.6.96"/><text>No salt</text><statusCode code="completed"/></act></entry>"#;
        let m = Doc::new().section("69730-0", "x", entry).convert();
        m.is(m.one("ServiceRequest"), "status", &["unknown"]);
    }

    fn a_scale_names_its_answers_and_they_its_time() {
        let entry = r#"<entry><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.69"/><id root="1.2.3.4" extension="s"/><code code="88121-9" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><effectiveTime value="20241105"/><value xsi:type="ST">at risk</value>
<entryRelationship typeCode="COMP"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.86"/><id root="1.2.3.4" extension="a"/><code code="88122-7" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><value xsi:type="ST">often true</value></observation></entryRelationship></observation></entry>"#;
        let m = Doc::new().section("29762-2", "x", entry).convert();
        let scale = m.with("Observation", "code.coding.code", "88121-9");
        m.is(scale, "hasMember.resolve().code.coding.code", &["88122-7"]);
        m.is(m.with("Observation", "code.coding.code", "88122-7"), "effectiveDateTime", &["2024-11-05"]);
    }

    fn a_lot_number_is_kept_where_there_is_nothing_else_to_carry() {
        let lot = DRUG.replace("</manufacturedMaterial>", "<lotNumberText>XLEV-0099</lotNumberText></manufacturedMaterial>");
        let m = Doc::new().section("29549-3", "x", &medicine(EVN, &lot)).convert();
        m.is(m.one("MedicationAdministration"), "medicationReference.resolve().batch.lotNumber", &["XLEV-0099"]);
        let m = medicines(INT, &lot);
        m.is(m.one("MedicationRequest"), "medicationReference.resolve().batch.lotNumber", &["XLEV-0099"]);
        let supply = format!(r#"{DRUG}<entryRelationship typeCode="REFR"><supply classCode="SPLY" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.18"/><id root="1.2.3.4" extension="s"/><statusCode code="completed"/>{}</supply></entryRelationship>"#, lot.replace("consumable", "product"));
        let m = medicines(INT, &supply);
        m.is(m.one("MedicationDispense"), "medicationReference.resolve().batch.lotNumber", &["XLEV-0099"]);
    }

    fn a_number_of_tablets_is_of_tablets() {
        let m = medicines(INT, &format!(r#"<doseQuantity value="1"/><administrationUnitCode code="C48542" codeSystem="2.16.840.1.113883.3.26.1.1" displayName="TABLET"/>{DRUG}"#));
        let r = m.one("MedicationRequest");
        m.is(r, "dosageInstruction.doseAndRate.doseQuantity.unit", &["TABLET"]);
        m.is(r, "dosageInstruction.doseAndRate.doseQuantity.value", &["1"]);
        let m = medicines(INT, &format!(r#"<doseQuantity value="5" unit="mg"/><administrationUnitCode code="C48542" codeSystem="2.16.840.1.113883.3.26.1.1" displayName="TABLET"/>{DRUG}"#));
        m.is(m.one("MedicationRequest"), "dosageInstruction.doseAndRate.doseQuantity.unit", &["mg"]);
    }

    fn the_steps_of_a_taper_belong_to_the_whole_in_their_order() {
        let step = |n: &str| format!(r#"<entryRelationship typeCode="COMP"><sequenceNumber value="{n}"/>{}</entryRelationship>"#, medicine(INT, &format!(r#"<doseQuantity value="{n}"/>{DRUG}"#)).replace("<entry>", "").replace("</entry>", "").replace("extension=\"m\"", &format!("extension=\"s{n}\"")));
        let m = medicines(INT, &format!("{DRUG}{}{}", step("1"), step("2")));
        assert_eq!(m.all("MedicationRequest").len(), 3);
        for n in ["1", "2"] {
            let r = m.with("MedicationRequest", "identifier.value", &format!("s{n}"));
            m.is(r, "dosageInstruction.sequence", &[n]);
            m.is(r, "basedOn.resolve().identifier.value", &["m"]);
        }
        m.none(m.with("MedicationRequest", "identifier.value", "m"), "basedOn");
    }

    fn older_documents_say_in_an_observation_whether_a_medicine_is_taken() {
        let status = |code: &str| format!(r#"{DRUG}<entryRelationship typeCode="REFR"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.1.47"/><code code="33999-4" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><value xsi:type="CE" code="{code}" codeSystem="2.16.840.1.113883.6.96"/></observation></entryRelationship>"#);
        let m = medicines(EVN, &status("55561003"));
        m.is(m.one("MedicationRequest"), "status", &["active"]);
        let m = medicines(EVN, &status("73425007"));
        m.is(m.one("MedicationRequest"), "status", &["completed"]);
        // what was stopped stays stopped
        let xml = Doc::new().section("10160-0", "x", &medicine(EVN, &status("55561003")).replace("<statusCode code=\"completed\"/><eff", "<statusCode code=\"aborted\"/><eff")).convert();
        xml.is(xml.one("MedicationRequest"), "status", &["stopped"]);
        let active = Doc::new().section("10160-0", "x", &medicine(EVN, &status("73425007")).replace("<statusCode code=\"completed\"/><eff", "<statusCode code=\"active\"/><eff")).convert();
        active.is(active.one("MedicationRequest"), "status", &["completed"]);
    }

    fn a_status_is_known_by_its_code_whatever_template_it_bears() {
        for template in ["", r#"<templateId root="2.16.840.1.113883.10.20.1.57"/>"#, r#"<templateId root="1.2.3.4.5.6"/>"#] {
            let status = |code: &str| format!(r#"<entryRelationship typeCode="REFR"><observation classCode="OBS" moodCode="EVN">{template}<code code="33999-4" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><value xsi:type="CE" code="{code}" codeSystem="2.16.840.1.113883.6.96"/></observation></entryRelationship>"#);
            let m = medicines(EVN, &format!("{DRUG}{}", status("55561003")));
            m.is(m.one("MedicationRequest"), "status", &["active"]);
            assert!(!m.reported("statement-not-mapped"), "{template}");
            let bare = Doc::new().section("10160-0", "x", &medicine(EVN, &format!("{DRUG}{}", status("55561003"))).replace(r#"<statusCode code="completed"/><eff"#, "<eff")).convert();
            bare.is(bare.one("MedicationRequest"), "status", &["active"]);
            let problem = Doc::new().section("11450-4", "x", &format!(r#"<entry><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.3"/><code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="active"/>
<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.4"/><code code="55607006" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/>
<value xsi:type="CD" code="195967001" codeSystem="2.16.840.1.113883.6.96"/>{}</observation></entryRelationship></act></entry>"#, status("73425007"))).convert();
            problem.is(problem.one("Condition"), "clinicalStatus.coding.code", &["inactive"]);
            let allergy = Doc::new().section("48765-2", "x", &format!(r#"<entry><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.30"/><code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="active"/>
<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.7"/><code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><statusCode code="completed"/>
<value xsi:type="CD" code="419511003" codeSystem="2.16.840.1.113883.6.96"/><participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT"><code code="7980" codeSystem="2.16.840.1.113883.6.88"/></playingEntity></participantRole></participant>{}</observation></entryRelationship></act></entry>"#, status("73425007"))).convert();
            let a = allergy.one("AllergyIntolerance");
            allergy.is(a, "clinicalStatus.coding.code", &["inactive"]);
            allergy.none(a, "reaction");
        }
    }

    fn words_and_structure_of_an_instruction_that_differ_are_reported_and_kept() {
        let sig = |words: &str, times: &str| {
            let xml = medicine(EVN, DRUG).replace("<statusCode", &format!("<text>{words}</text><statusCode"));
            let since = r#"<effectiveTime xsi:type="IVL_TS"><low value="20240301"/></effectiveTime>"#;
            let xml = xml.replace(r#"<effectiveTime value="20240301"/>"#, &format!("{since}{times}"));
            Doc::new().section("10160-0", "x", &xml).convert()
        };
        let daily = r#"<effectiveTime xsi:type="PIVL_TS" operator="A" institutionSpecified="true"><period value="24" unit="h"/></effectiveTime>"#;
        let hourly = r#"<effectiveTime xsi:type="PIVL_TS" operator="A"><period value="12" unit="h"/></effectiveTime>"#;
        for (words, times, differs) in [
            ("Take 1 tablet every week by oral route.", daily, true),
            ("TAKE 1 TABLET THREE TIMES A DAY AS NEEDED", daily, true),
            ("1 Tablette täglich", hourly, true),
            ("Take 1 tablet by mouth once daily", daily, false),
            ("Take 1 tablet in the morning and at bedtime", hourly, false),
            ("Take 1 tablet every 6 to 8 hours", daily, false),
            ("as directed", daily, false),
        ] {
            let m = sig(words, times);
            assert_eq!(m.reported("timing-against-words"), differs, "{words}");
            let r = m.one("MedicationRequest");
            m.contains(r, "text.div", words);
            assert!(!m.texts(r, "dosageInstruction.timing.repeat.period").is_empty(), "{words}");
        }
    }

    fn a_statement_is_of_the_visit_that_it_names_not_of_the_one_of_the_document() {
        let stay = r#"<componentOf><encompassingEncounter><id root="2.16.840.1.113883.19.6" extension="stay"/><effectiveTime><low value="20240301"/></effectiveTime></encompassingEncounter></componentOf>"#;
        let visit = r#"<entryRelationship typeCode="SUBJ"><encounter classCode="ENC" moodCode="EVN"><id root="2.16.840.1.113883.19.6" extension="visit"/></encounter></entryRelationship>"#;
        let visits = r#"<entry><encounter classCode="ENC" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.49"/><id root="2.16.840.1.113883.19.6" extension="visit"/><code code="99213" codeSystem="2.16.840.1.113883.6.12"/><effectiveTime value="20230105"/></encounter></entry>"#;
        let concern = |observation: &str| format!(r#"<entry><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.3"/><code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="active"/><entryRelationship typeCode="SUBJ">{observation}</entryRelationship></act></entry>"#);
        let value = r#"<value xsi:type="CD" code="195967001" codeSystem="2.16.840.1.113883.6.96"/>"#;
        let shot = |more: &str| format!(r#"<entry><substanceAdministration classCode="SBADM" moodCode="EVN" negationInd="false"><templateId root="2.16.840.1.113883.10.20.22.4.52"/><id root="2.16.840.1.113883.19.7" extension="i"/><statusCode code="completed"/><effectiveTime value="20240301"/>
<consumable><manufacturedProduct classCode="MANU"><manufacturedMaterial><code code="140" codeSystem="2.16.840.1.113883.12.292"/></manufacturedMaterial></manufacturedProduct></consumable>{more}</substanceAdministration></entry>"#);
        for (own, of) in [(visit, "visit"), ("", "stay")] {
            let m = Doc::new()
                .header(stay)
                .section("46240-8", "x", visits)
                .section("10160-0", "x", &medicine(EVN, &format!("{DRUG}{own}")))
                .section("11369-6", "x", &shot(own))
                .section("11450-4", "x", &concern(&problem(&format!("{value}{own}"))))
                .convert();
            for ty in ["MedicationRequest", "Immunization", "Condition"] {
                m.is(m.one(ty), "encounter.resolve().identifier.value", &[of]);
            }
            assert!(!m.reported("statement-not-mapped"));
        }
        // of a visit that the document does not have, the number is what is known; it is not the stay
        let m = Doc::new().header(stay).section("10160-0", "x", &medicine(EVN, &format!("{DRUG}{visit}"))).convert();
        m.is(m.one("MedicationRequest"), "encounter.identifier.value", &["visit"]);
        m.none(m.one("MedicationRequest"), "encounter.reference");
    }

    fn a_reason_in_words_is_a_reason() {
        let reason = |negation: &str| format!(r#"<entryRelationship typeCode="RSON"><observation classCode="OBS" moodCode="EVN"{negation}><templateId root="2.16.840.1.113883.10.20.22.4.19"/><code code="75324-4" codeSystem="2.16.840.1.113883.6.1"/><text>to see how the wound heals</text><statusCode code="completed"/></observation></entryRelationship>"#);
        let entry = |element: &str, class: &str, mood: &str, template: &str, reason: &str| format!(r#"<entry><{element} classCode="{class}" moodCode="{mood}"><templateId root="2.16.840.1.113883.10.20.22.4.{template}"/><id root="2.16.840.1.113883.19.9.2" extension="r"/><code code="185349003" codeSystem="2.16.840.1.113883.6.96" displayName="Encounter for check up"/><statusCode code="completed"/><effectiveTime value="20240301"/>{reason}</{element}></entry>"#);
        for (ty, section, element, class, mood, template) in [
            ("Encounter", "46240-8", "encounter", "ENC", "EVN", "49"),
            ("ServiceRequest", "18776-5", "encounter", "ENC", "INT", "40"),
            ("Procedure", "47519-4", "procedure", "PROC", "EVN", "14"),
        ] {
            let m = Doc::new().section(section, "x", &entry(element, class, mood, template, &reason(""))).convert();
            m.is(m.one(ty), "reasonCode.text", &["to see how the wound heals"]);
            let m = Doc::new().section(section, "x", &entry(element, class, mood, template, &reason(r#" negationInd="true""#))).convert();
            m.none(m.one(ty), "reasonCode");
        }
        let m = medicines(INT, &format!("{DRUG}{}", reason("")));
        m.is(m.one("MedicationRequest"), "reasonCode.text", &["to see how the wound heals"]);
    }

    fn what_a_medicine_did_is_an_observation() {
        let m = medicines(EVN, &format!(r#"{DRUG}<entryRelationship typeCode="CAUS"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.9"/><id root="1.2.3.4" extension="n"/>
<code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><text>was sick</text><statusCode code="completed"/><effectiveTime value="20240302"/><value xsi:type="CD" code="422587007" codeSystem="2.16.840.1.113883.6.96" displayName="Nausea"/>
<author><time value="20240302"/><assignedAuthor><id root="2.16.840.1.113883.19.11.3" extension="n"/><assignedPerson><name><family>Nurse</family></name></assignedPerson></assignedAuthor></author>
<entryRelationship typeCode="SUBJ" inversionInd="true"><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.64"/><code code="48767-8" codeSystem="2.16.840.1.113883.6.1"/><text>for an hour</text></act></entryRelationship></observation></entryRelationship>"#));
        let o = m.one("Observation");
        m.is(o, "valueCodeableConcept.coding.code", &["422587007"]);
        m.is(o, "focus.resolve().resourceType", &["MedicationRequest"]);
        m.is(o, "note.text", &["for an hour"]);
    }

    fn who_told_of_a_medicine_is_kept() {
        let m = medicines(EVN, &format!(r#"{DRUG}<informant><relatedEntity classCode="PRS"><code code="DAU" codeSystem="2.16.840.1.113883.5.111"/><relatedPerson><name><given>Rosa</given><family>Exemplar</family></name></relatedPerson></relatedEntity></informant>"#));
        m.is(m.one("MedicationRequest"), "reportedReference.resolve().name.given", &["Rosa"]);
    }

    fn a_diagnosis_of_another_encounter_is_not_of_the_stay() {
        let stay = r#"<componentOf><encompassingEncounter><id root="1.2.3.5" extension="stay"/><code code="IMP" codeSystem="2.16.840.1.113883.5.4"/><effectiveTime><low value="20240301"/></effectiveTime></encompassingEncounter></componentOf>"#;
        let visit = format!(r#"<entry><encounter classCode="ENC" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.49"/><id root="1.2.3.5" extension="visit"/><code code="99284" codeSystem="2.16.840.1.113883.6.12"/><effectiveTime value="20230602"/>
<entryRelationship typeCode="SUBJ"><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.80"/><code code="29308-4" codeSystem="2.16.840.1.113883.6.1"/><entryRelationship typeCode="SUBJ">{}</entryRelationship></act></entryRelationship></encounter></entry>"#, problem(GOUT));
        let m = Doc::new().header(stay).section("46240-8", "x", &visit).convert();
        m.is(m.one("Condition"), "encounter.resolve().identifier.value", &["visit"]);
    }

    fn race_that_was_asked_for_and_not_told() {
        for (flavor, code, text) in [("ASKU", "ASKU", "Asked but unknown"), ("UNK", "UNK", "Unknown")] {
            let m = Doc::new().patient(&format!(r#"<name><family>E</family></name><raceCode nullFlavor="{flavor}"/><ethnicGroupCode code="UNK" nullFlavor="UNK"/>"#)).convert();
            let p = m.one("Patient");
            m.is(p, "extension(us-core-race).extension(ombCategory).valueCoding.code", &[code]);
            m.is(p, "extension(us-core-race).extension(text).valueString", &[text]);
            m.none(p, "extension(us-core-ethnicity)");
        }
    }

    fn gender_and_ethnic_category_of_the_nhs() {
        let m = Doc::new().patient(r#"<name><family>E</family></name><administrativeGenderCode code="1" codeSystem="2.16.840.1.113883.2.1.3.2.4.16.25" displayName="Male"/><ethnicGroupCode code="A" codeSystem="2.16.840.1.113883.2.1.3.2.4.16.81" displayName="British"/>"#).convert();
        let p = m.one("Patient");
        m.is(p, "gender", &["male"]);
        m.none(p, "extension(us-core-ethnicity)");
        m.is(p, "extension(EthnicCategory).valueCodeableConcept.coding.code", &["A"]);
    }

    fn a_nameless_author_is_the_organisation() {
        let m = Doc::new().author(r#"<author><time value="20240312"/><assignedAuthor><id nullFlavor="NI"/><assignedPerson><name/></assignedPerson><representedOrganization><name>Mockville</name></representedOrganization></assignedAuthor></author>"#).convert();
        m.is(m.one("Composition"), "author.resolve().name", &["Mockville"]);
    }

    fn c32_says_the_kind_of_an_allergy_in_its_code() {
        let m = Doc::new().section("48765-2", "x", r#"<entry><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.1.18"/><id root="1.2.3.4" extension="a"/><code code="59037007" codeSystem="2.16.840.1.113883.6.96" displayName="Drug intolerance"/><statusCode code="completed"/><value xsi:type="CD" nullFlavor="NA"/>
<participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT"><code code="83367" codeSystem="2.16.840.1.113883.6.88"/></playingEntity></participantRole></participant></observation></entry>"#).convert();
        let a = m.one("AllergyIntolerance");
        m.is(a, "type", &["intolerance"]);
        m.is(a, "category", &["medication"]);
    }

    fn a_reaction_with_the_ids_of_an_allergy_and_a_problem_is_a_reaction() {
        let m = Doc::new().section("48765-2", "x", r#"<entry><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.1.18"/><id root="1.2.3.4" extension="a"/><code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><statusCode code="completed"/><value xsi:type="CD" code="416098002" codeSystem="2.16.840.1.113883.6.96"/>
<participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT"><code code="83367" codeSystem="2.16.840.1.113883.6.88"/></playingEntity></participantRole></participant>
<entryRelationship typeCode="MFST" inversionInd="true"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.1.54"/><templateId root="2.16.840.1.113883.10.20.1.28"/><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.5"/><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.6"/>
<code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><statusCode code="completed"/><value xsi:type="CD" code="247472004" codeSystem="2.16.840.1.113883.6.96" displayName="Hives"/></observation></entryRelationship></observation></entry>"#).convert();
        m.is(m.one("AllergyIntolerance"), "reaction.manifestation.coding.code", &["247472004"]);
        assert!(m.all("Condition").is_empty());
        assert!(!m.reported("not-written"));
    }

    fn an_empty_element_is_nothing_lost() {
        let m = Doc::new().header(r#"<authenticator><time value="20240312"/><signatureCode code="S"/><assignedEntity><id root="1.2.3.4" extension="w"/><addr/><telecom/><assignedPerson><name><family>Wheeze</family></name></assignedPerson></assignedEntity></authenticator>"#).convert();
        m.with("Practitioner", "name.family", "Wheeze");
        assert!(!m.reported("value-not-carried"), "{:?}", m.issues);
    }

    fn the_centre_of_an_interval_is_a_time_of_a_vaccine_and_a_procedure() {
        let m = Doc::new().section("11369-6", "x", r#"<entry><substanceAdministration classCode="SBADM" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.1.24"/><id root="1.2.3.4" extension="v"/><statusCode code="completed"/><effectiveTime><center value="201010"/></effectiveTime><consumable><manufacturedProduct><manufacturedMaterial><code code="88" codeSystem="2.16.840.1.113883.12.292"/></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration></entry>"#)
            .section("47519-4", "x", r#"<entry><procedure classCode="PROC" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.14"/><id root="1.2.3.4" extension="p"/><code code="80146002" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/><effectiveTime><center value="199903"/></effectiveTime></procedure></entry>"#).convert();
        m.is(m.one("Immunization"), "occurrenceDateTime", &["2010-10"]);
        m.is(m.one("Procedure"), "performedDateTime", &["1999-03"]);
    }

    fn the_order_that_a_document_fulfils_is_named() {
        let m = Doc::new().header(r#"<inFulfillmentOf><order><id root="2.16.840.1.113883.19.5.99999.12" extension="ADM-ORD-90"/></order></inFulfillmentOf>"#).convert();
        m.is(m.one("DocumentReference"), "context.related.identifier.value", &["ADM-ORD-90"]);
    }

    fn inhaled_oxygen_by_its_loinc_code() {
        let sign = |code: &str, value: &str, unit: &str| format!(r#"<component><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.27"/><id root="1.2.3.4" extension="{code}"/><code code="{code}" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><effectiveTime value="20240301"/><value xsi:type="PQ" value="{value}" unit="{unit}"/></observation></component>"#);
        let m = Doc::new().section("8716-3", "x", &format!(r#"<entry><organizer classCode="CLUSTER" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.26"/><id root="1.2.3.4" extension="o"/><statusCode code="completed"/><effectiveTime value="20240301"/>{}{}</organizer></entry>"#, sign("59408-5", "95", "%"), sign("3150-6", "28", "%"))).convert();
        m.is(m.with("Observation", "code.coding.code", "59408-5"), "component.code.coding.code", &["3150-6"]);
    }
}

/// A discharge diagnosis in a document without an encounter of its own: the link was written as an Encounter of nothing.
#[test]
fn facts_for_an_encounter_that_is_not_there_make_no_encounter() {
    let entry = r#"<act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.33"/>
        <code code="11535-2" codeSystem="2.16.840.1.113883.6.1"/><entryRelationship typeCode="SUBJ">
        <observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.4"/>
        <id root="2.16.840.1.113883.19.5.99999.9" extension="dx"/><code code="55607006" codeSystem="2.16.840.1.113883.6.96"/>
        <statusCode code="completed"/><value xsi:type="CD" code="233604007" codeSystem="2.16.840.1.113883.6.96"/>
        </observation></entryRelationship></act>"#;
    let m = Doc::new().section("11535-2", "Pneumonia", &format!("<entry>{entry}</entry>")).convert();
    assert_eq!(m.all("Encounter").len(), 0);
    assert_eq!(m.all("Condition").len(), 1);
    assert!(m.reported("nothing-to-add-to"));
}

/// Two people under one provider number, in a bundle whose people are created by that number: a server made one of them, and
/// what the other wrote was the first one's.
#[test]
fn two_practitioners_under_one_number_stay_two_on_a_server() {
    let author = |given: &str| {
        format!(
            r#"<author><time value="20240312093000-0500"/><assignedAuthor><id root="2.16.840.1.113883.4.6" extension="9999999999"/>
        <assignedPerson><name><given>{given}</given><family>Pretend</family></name></assignedPerson></assignedAuthor></author>"#
        )
    };
    let m = Doc::new().author(&format!("{}{}", author("Paula"), author("Hank"))).convert();
    assert_eq!(m.all("Practitioner").len(), 2);
    let entries = m.bundle["entry"].as_array().unwrap();
    let people = entries.iter().filter(|e| e["resource"]["resourceType"] == "Practitioner");
    let methods: Vec<_> = people.map(|e| e["request"]["method"].as_str().unwrap()).collect();
    assert_eq!(methods, ["PUT", "PUT"]);
}

/// 999999943252, in documents of many senders, is no provider number: whoever was written first under it was everybody.
#[test]
fn a_number_that_its_register_cannot_have_issued_finds_nobody() {
    let author = r#"<author><time value="20240312093000-0500"/><assignedAuthor><id root="2.16.840.1.113883.4.6" extension="999999943252"/>
        <assignedPerson><name><given>Paula</given><family>Pretend</family></name></assignedPerson></assignedAuthor></author>"#;
    let of = |m: &Made| {
        let entries = m.bundle["entry"].as_array().unwrap();
        let one = entries.iter().find(|e| e["resource"]["resourceType"] == "Practitioner").unwrap();
        one["request"]["method"].as_str().unwrap().to_owned()
    };
    assert_eq!(of(&Doc::new().author(author).convert()), "PUT");
    assert_eq!(of(&Doc::new().convert()), "POST");
}

/// `<confidentialityCode code="R"/>`: a server keeps no label without system, so what is restricted was restricted no more.
#[test]
fn a_label_without_system_has_that_of_hl7() {
    let plain = Doc::new().xml();
    let at = plain.find("<confidentialityCode").unwrap();
    let end = at + plain[at..].find("/>").unwrap() + 2;
    let labelled = |code: &str| {
        let xml = format!(r#"{}<confidentialityCode code="{code}"/>{}"#, &plain[..at], &plain[end..]);
        convert(xml.as_bytes())
    };
    let m = labelled("R");
    let system = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
    m.is(m.one("Patient"), "meta.security.system", &[system]);
    m.is(m.one("Patient"), "meta.security.code", &["R"]);
    assert!(m.reported("confidentiality-system-inferred"));
    // a code of somebody else's is not made one of HL7's
    let m = labelled("SECRET");
    m.none(m.one("Patient"), "meta.security.system");
}

#[test]
fn a_document_that_is_nowhere_to_be_had_claims_no_us_profile() {
    let claims = |original| {
        let options = Options { original, ..Options::default() };
        let m = convert_with(converter(), Doc::new().xml().as_bytes(), &options);
        m.texts(m.one("DocumentReference"), "meta.profile").len()
    };
    assert_eq!(claims(Original::Embed), 1);
    assert_eq!(claims(Original::Url("https://archive.example/1".into())), 1);
    assert_eq!(claims(Original::Omit), 0);
}

/// Six real problem lists say "Resolved" beside the code of active: the code counts, and a reader is told.
#[test]
fn a_status_that_is_named_otherwise_is_told() {
    let problem = |name: &str| {
        let status = format!(
            r#"<entryRelationship typeCode="REFR"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.6"/><code code="33999-4" codeSystem="2.16.840.1.113883.6.1"/><value xsi:type="CD" code="55561003" codeSystem="2.16.840.1.113883.6.96" displayName="{name}"/></observation></entryRelationship>"#
        );
        Doc::new().section("11450-4", "x", &format!(
            r#"<entry><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.4"/><id root="2.16.840.1.113883.19.61" extension="p"/><code code="55607006" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/><value xsi:type="CD" code="195967001" codeSystem="2.16.840.1.113883.6.96"/>{status}</observation></entry>"#
        )).convert()
    };
    let m = problem("Resolved");
    m.is(m.one("Condition"), "clinicalStatus.coding.code", &["active"]);
    assert!(m.reported("code-and-name-disagree"));
    assert!(!problem("Active").reported("code-and-name-disagree"));
}
