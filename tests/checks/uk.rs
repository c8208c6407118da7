//! The UK realm: what its documents say otherwise than C-CDA, named by what goes wrong.

use crate::common::*;
use granule::convert::Options;
use granule::fhir::bundle::BundleKind;

const NHS: &str = "https://fhir.nhs.uk/Id/nhs-number";
const VERIFIED: &str = "2.16.840.1.113883.2.1.4.1";
const UNVERIFIED: &str = "2.16.840.1.113883.2.1.3.2.4.18.23";
const LOCAL: &str = "2.16.840.1.113883.2.1.3.2.4.18.24";
const TEMPLATES: &str = "2.16.840.1.113883.2.1.3.2.4.18.2";
pub(super) const SNOMED_UK: &str = "2.16.840.1.113883.2.1.3.2.4.15";

/// An ITK document: what stands in `patientRole`, after the custodian, and in its section.
pub(super) struct Itk {
    pub(super) message: &'static str,
    pub(super) code: String,
    role: String,
    header: String,
    body: String,
    pub(super) time: &'static str,
}

impl Itk {
    pub(super) fn new() -> Itk {
        Itk {
            message: "POCD_MT150001UK06",
            code: format!(r#"<code code="163391000000107" codeSystem="{SNOMED_UK}"/>"#),
            role: format!(
                r#"<id root="{VERIFIED}" extension="9990000042"/><patient><name><family>Testington</family></name></patient>"#
            ),
            header: String::new(),
            body: String::new(),
            time: "202402091530+00",
        }
    }

    pub(super) fn role(mut self, xml: &str) -> Itk {
        self.role = format!("{xml}<patient><name><family>Testington</family></name></patient>");
        self
    }

    pub(super) fn header(mut self, xml: &str) -> Itk {
        self.header.push_str(xml);
        self
    }

    pub(super) fn entry(mut self, xml: &str) -> Itk {
        self.body.push_str(&format!("<component><section><entry>{xml}</entry></section></component>"));
        self
    }

    pub(super) fn section(mut self, xml: &str) -> Itk {
        self.body.push_str(&format!("<component><section>{xml}</section></component>"));
        self
    }

    pub(super) fn xml(&self) -> String {
        let body = if self.body.is_empty() {
            String::new()
        } else {
            format!("<component><structuredBody>{}</structuredBody></component>", self.body)
        };
        format!(
            r#"<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:npfitlc="NPFIT:HL7:Localisation" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
<npfitlc:messageType root="2.16.840.1.113883.2.1.3.2.4.18.17" extension="{}"/>
<id root="0D6B1A52-3C1E-4B7F-9C51-7E2F80A4C6D1"/>{}<title>Check</title><effectiveTime value="{}"/>
<confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/><setId root="1A9F77C0-55D8-4E0B-8C2B-4D6C9E3B7F20"/>
<recordTarget><patientRole>{}</patientRole></recordTarget>
<author><time value="202402091500+00"/><assignedAuthor><id root="1.2.826.0.1285.0.2.0.65" extension="990000000011"/><assignedPerson><name><family>Wardly</family></name></assignedPerson></assignedAuthor></author>
<custodian><assignedCustodian><representedCustodianOrganization><id root="2.16.840.1.113883.2.1.3.2.4.19.1" extension="ZZ9"/><name>Anyoldtown</name></representedCustodianOrganization></assignedCustodian></custodian>
{}{body}</ClinicalDocument>"#,
            self.message, self.code, self.time, self.role, self.header
        )
    }

    pub(super) fn convert(&self) -> Made {
        convert(self.xml().as_bytes())
    }
}

pub(super) fn template(id: &str) -> String {
    format!(r#"<templateId root="{TEMPLATES}" extension="{id}"/>"#)
}

pub(super) fn snomed(code: &str, display: &str) -> String {
    format!(r#"<code code="{code}" codeSystem="{SNOMED_UK}" displayName="{display}"/>"#)
}

fn treatment(mood: &str, more: &str) -> String {
    format!(
        r#"<procedure classCode="PROC" moodCode="{mood}"{more}>{}<id root="A1C0D9E8-0001-4000-8000-000000000001"/>{}<statusCode code="active"/><effectiveTime value="20240301"/></procedure>"#,
        template("COCD_TP146027UK04#Treatment"),
        snomed("52734007", "Total replacement of hip")
    )
}

fn request(m: &Made, ty: &str) -> serde_json::Value {
    let entry = m.bundle["entry"].as_array().unwrap().iter().find(|e| e["resource"]["resourceType"] == ty).unwrap();
    entry["request"].clone()
}

crate::checks! {
    fn a_verified_nhs_number_says_so_and_may_be_matched_on() {
        let m = Itk::new().convert();
        let p = m.one("Patient");
        m.is(p, "identifier.system", &[NHS]);
        m.is(p, "identifier.extension(NHSNumberVerificationStatus).valueCodeableConcept.coding.code", &["01"]);
        assert!(request(&m, "Patient")["ifNoneExist"].as_str().unwrap().contains("9990000042"));
    }

    fn an_unverified_nhs_number_is_never_matched_on() {
        let verified = Itk::new().convert();
        let m = Itk::new().role(&format!(r#"<id root="{UNVERIFIED}" extension="9990000042"/>"#)).convert();
        let p = m.one("Patient");
        m.is(p, "identifier.system", &[NHS]);
        m.is(p, "identifier.extension(NHSNumberVerificationStatus).valueCodeableConcept.coding.code", &["02"]);
        assert!(request(&m, "Patient")["ifNoneExist"].is_null());
        // and the id is not that of the patient who bears the number
        assert_ne!(p["id"], verified.one("Patient")["id"]);
    }

    fn a_number_that_the_register_cannot_have_issued_is_no_key() {
        let m = Itk::new().role(&format!(r#"<id root="{VERIFIED}" extension="123"/>"#)).convert();
        let other = Itk::new().role(&format!(r#"<id root="{UNVERIFIED}" extension="456"/>"#)).convert();
        assert!(request(&m, "Patient")["ifNoneExist"].is_null());
        // both are known by their document
        assert_eq!(m.one("Patient")["id"], other.one("Patient")["id"]);
    }

    fn a_patient_without_nhs_number_has_the_local_one_with_its_organisation() {
        let m = Itk::new().role(&format!(r#"<id root="{LOCAL}" extension="K1" assigningAuthorityName="ZZ9:Any Trust"/>"#)).convert();
        let p = m.one("Patient");
        m.is(p, "identifier.value", &["K1"]);
        m.is(p, "identifier.type.coding.code", &["MR"]);
        m.is(p, "identifier.assigner.display", &["Any Trust"]);
        m.is(p, "identifier.assigner.identifier.system", &["https://fhir.nhs.uk/Id/ods-organization-code"]);
        m.is(p, "identifier.assigner.identifier.value", &["ZZ9"]);
        assert!(request(&m, "Patient")["ifNoneExist"].is_null());
    }

    fn several_local_ids_stay_apart_and_one_without_code_keeps_its_name() {
        let m = Itk::new()
            .role(&format!(r#"<id root="{VERIFIED}" extension="9990000042"/><id root="{LOCAL}" extension="K1" assigningAuthorityName="ZZ9:Any Trust"/><id root="{LOCAL}" extension="K1" assigningAuthorityName="Medway: the trust"/>"#))
            .convert();
        let p = m.one("Patient");
        let mut displays = m.texts(p, "identifier.assigner.display");
        displays.sort();
        assert_eq!(displays, ["Any Trust", "Medway: the trust"]);
        m.is(p, "identifier.assigner.identifier.value", &["ZZ9"]);
    }

    fn one_local_number_of_two_organisations_is_two_people() {
        let person = |by: &str, name: &str| format!(r#"<informationRecipient typeCode="PRCP"><intendedRecipient><id root="{LOCAL}" extension="7" assigningAuthorityName="{by}:x"/><informationRecipient><name><family>{name}</family></name></informationRecipient></intendedRecipient></informationRecipient>"#);
        let one = Itk::new().header(&person("ZZ1", "Same")).convert();
        let two = Itk::new().header(&person("ZZ2", "Same")).convert();
        let id = |m: &Made| m.with("Practitioner", "identifier.value", "7")["id"].clone();
        assert_ne!(id(&one), id(&two));
    }

    fn five_lines_are_an_address_of_pds() {
        let lines = |n: usize| (1..=n).map(|i| format!("<streetAddressLine>L{i}</streetAddressLine>")).collect::<String>();
        let with = |n, more: &str| Itk::new().role(&format!(r#"<id root="{VERIFIED}" extension="9990000042"/><addr use="H">{}{more}</addr>"#, lines(n)));
        let m = with(5, r#"<postalCode>ZZ99 3VZ</postalCode><country>Wales</country><useablePeriod><low value="2020"/></useablePeriod>"#).convert();
        let p = m.one("Patient");
        m.is(p, "address.line", &["L1", "L2", "L3"]);
        m.is(p, "address.city", &["L4"]);
        m.is(p, "address.district", &["L5"]);
        m.is(p, "address.country", &["Wales"]);
        m.is(p, "address.period.start", &["2020"]);
        assert!(m.reported("row-remark"));
        // four lines, or a town that is named, are no such form
        let m = with(4, "").convert();
        m.is(m.one("Patient"), "address.line", &["L1", "L2", "L3", "L4"]);
        let m = with(5, "<city>Town</city>").convert();
        m.is(m.one("Patient"), "address.city", &["Town"]);
    }

    fn planned_treatment_is_never_done() {
        for mood in ["INT", "RQO", "PRP", "PRMS", "ARQ"] {
            let m = Itk::new().entry(&treatment(mood, "")).convert();
            assert!(m.all("Procedure").is_empty(), "{mood}");
            m.is(m.one("ServiceRequest"), "code.coding.code", &["52734007"]);
        }
        let m = Itk::new().entry(&treatment("EVN", "")).convert();
        assert!(m.all("ServiceRequest").is_empty());
        // an event that calls itself planned is planned
        let planned = treatment("EVN", "").replace("/><statusCode", &format!(r#"><qualifier><name code="263490005" codeSystem="{SNOMED_UK}"/><value code="397943006" codeSystem="{SNOMED_UK}" displayName="Planned"/></qualifier></code><statusCode"#));
        let m = Itk::new().entry(&planned).convert();
        assert!(m.all("Procedure").is_empty());
        m.is(m.one("ServiceRequest"), "intent", &["plan"]);
    }

    fn what_is_not_to_be_done_and_what_was_not_done_stay_so() {
        let m = Itk::new().entry(&treatment("INT", r#" negationInd="true""#)).convert();
        m.is(m.one("ServiceRequest"), "doNotPerform", &["true"]);
        let m = Itk::new().entry(&treatment("EVN", r#" negationInd="true""#)).convert();
        m.is(m.one("Procedure"), "status", &["not-done"]);
        let not_done = treatment("EVN", "").replace("/><statusCode", &format!(r#"><qualifier><value code="385660001" codeSystem="{SNOMED_UK}" displayName="Not done"/></qualifier></code><statusCode"#));
        m.is(Itk::new().entry(&not_done).convert().one("Procedure"), "status", &["not-done"]);
    }

    fn a_problem_refers_to_its_finding_and_the_reference_is_none_itself() {
        let finding = format!(r#"<observation classCode="OBS" moodCode="EVN">{}<id root="A1C0D9E8-0002-4000-8000-000000000002"/>{}<statusCode code="completed"/></observation>"#, template("COCD_TP146012UK04#Finding"), snomed("29857009", "Chest pain"));
        let problem = format!(r#"<act classCode="ACT" moodCode="EVN">{}<id root="A1C0D9E8-0003-4000-8000-000000000003"/>{}<statusCode code="active"/><entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN">{}<id root="A1C0D9E8-0002-4000-8000-000000000002"/><code nullFlavor="NA"/></observation></entryRelationship></act>"#, template("COCD_TP146006UK04#Problem"), snomed("181301000000103", "Abstract problem node"), template("COCD_TP147012UK03#FindingRef"));
        // before and after what it refers to
        for m in [Itk::new().entry(&problem).entry(&finding).convert(), Itk::new().entry(&finding).entry(&problem).convert()] {
            let c = m.one("Condition");
            m.is(c, "evidence.detail.resolve().code.coding.code", &["29857009"]);
            m.none(c, "code.coding");
            assert_eq!(m.all("Observation").len(), 1);
        }
    }

    fn a_diagnosis_stands_in_code_and_is_negated_there() {
        let diagnosis = |negated: &str, body: &str| format!(r#"<observation classCode="OBS" moodCode="EVN"{negated}>{}<id root="A1C0D9E8-0004-4000-8000-000000000004"/>{body}<statusCode code="completed"/></observation>"#, template("COCD_TP146011UK04#Diagnosis"));
        let m = Itk::new().entry(&diagnosis("", &snomed("396275006", "Osteoarthritis"))).convert();
        m.is(m.one("Condition"), "code.coding.code", &["396275006"]);
        m.none(m.one("Condition"), "clinicalStatus");
        let m = Itk::new().entry(&diagnosis(r#" negationInd="true""#, &snomed("396275006", "Osteoarthritis"))).convert();
        m.is(m.one("Condition"), "verificationStatus.coding.code", &["refuted"]);
        // a diagnosis that is only a goal or an expectation is none
        let intended = diagnosis("", &snomed("396275006", "Osteoarthritis")).replace(r#"moodCode="EVN""#, r#"moodCode="INT""#);
        assert!(Itk::new().entry(&intended).convert().all("Condition").is_empty());
    }

    fn what_was_not_found_is_no_observation() {
        let finding = format!(r#"<observation classCode="OBS" moodCode="EVN" negationInd="true">{}{}<statusCode code="completed"/></observation>"#, template("COCD_TP146012UK04#Finding"), snomed("29857009", "Chest pain"));
        let m = Itk::new().entry(&finding).convert();
        assert!(m.all("Observation").is_empty());
        assert!(m.reported("statement-not-mapped"));
    }

    fn a_negated_allergy_stays_narrative() {
        let allergy = format!(r#"<observation classCode="COND" moodCode="EVN" negationInd="true">{}{}<statusCode code="active"/></observation>"#, template("COCD_TP146061GB01#Allergy"), snomed("91936005", "Allergy to penicillin"));
        let m = Itk::new().entry(&allergy).convert();
        assert!(m.all("AllergyIntolerance").is_empty());
        assert!(m.reported("statement-not-mapped"));
    }

    fn no_known_allergies_in_words_is_the_absence() {
        let allergy = |code: &str| {
            let said = format!(r#"<observation classCode="COND" moodCode="EVN">{}{code}<statusCode code="active"/></observation>"#, template("COCD_TP146061GB01#Allergy"));
            Itk::new().entry(&said).convert()
        };
        for code in [r#"<code nullFlavor="NI"><originalText>NKDA</originalText></code>"#, r#"<code code="X1" codeSystem="2.16.840.1.113883.2.1.3.2.4.99" displayName="No known drug allergies"/>"#] {
            let m = allergy(code);
            let coded = m.one("AllergyIntolerance")["code"]["coding"].to_string();
            assert!(coded.contains("409137002"), "{coded}");
        }
        let m = allergy(r#"<code nullFlavor="NI"><originalText>Penicillin</originalText></code>"#);
        m.is(m.one("AllergyIntolerance"), "code.text", &["Penicillin"]);
        m.none(m.one("AllergyIntolerance"), "code.coding");
    }

    fn a_snomed_description_id_is_text_and_reported() {
        let m = Itk::new().entry(&treatment("EVN", "").replace("52734007", "49966017")).convert();
        let p = m.one("Procedure");
        m.none(p, "code.coding");
        m.is(p, "code.text", &["Total replacement of hip"]);
        m.is(p, "code.extension(originalText).valueString", &["49966017"]);
        assert!(m.reported("snomed-description-id"));
    }

    fn a_post_coordinated_document_code_is_type_and_care_setting() {
        let mut d = Itk::new();
        d.code = r#"<code code="810301000000103:810311000000101=373942005,810321000000107=394576009" codeSystem="2.16.840.1.113883.2.1.3.2.4.15.1"/>"#.into();
        let m = d.convert();
        let c = m.one("Composition");
        m.is(c, "type.coding[0].code", &["373942005"]);
        m.is(c, "type.coding[1].code", &["810301000000103:810311000000101=373942005,810321000000107=394576009"]);
        m.is(c, "extension(CareSettingType).valueCodeableConcept.coding.code", &["394576009"]);
    }

    fn a_heading_that_only_the_title_tells_is_flagged_and_the_title_stays() {
        let m = Itk::new()
            .section("<title>Advice Given</title><text>Rest.</text>")
            .section("<title>Risk management plan</title><text>None.</text>")
            .convert();
        let c = m.one("Composition");
        m.is(c, "section.title", &["Advice Given", "Risk management plan"]);
        m.is(c, "section.code.coding.code", &["information-and-advice-given"]);
        assert_eq!(m.issues.iter().filter(|i| i.code == "row-remark" && i.message.contains("title")).count(), 1);
        // a title that no table knows is no loss
        assert!(!m.reported("value-not-carried"));
    }

    fn a_coded_heading_has_both_codings() {
        let m = Itk::new().section(&format!(r#"{}<title>Diagnoses</title><text>x</text>"#, snomed("887161000000102", "Diagnoses"))).convert();
        let c = m.one("Composition");
        m.is(c, "section.code.coding.code", &["887161000000102", "diagnoses"]);
        m.is(c, "section.code.coding[1].system", &["https://fhir.hl7.org.uk/CodeSystem/UKCore-RecordStandardHeadings"]);
    }

    fn summer_time_is_that_of_london_and_offsets_stay() {
        let mut d = Itk::new();
        for (time, want) in [
            ("202407011530", "2024-07-01T15:30:00+01:00"),
            ("202401011530", "2024-01-01T15:30:00+00:00"),
            ("202407011530+00", "2024-07-01T15:30:00+00:00"),
            ("202407011530+01", "2024-07-01T15:30:00+01:00"),
        ] {
            d.time = time;
            let m = d.convert();
            m.is(m.one("Composition"), "date", &[want]);
            assert_eq!(m.reported("zone-of-realm"), !time.contains('+'), "{time}");
        }
        // the hour that clocks show twice is not guessed
        d.time = "202410270130";
        let m = d.convert();
        m.is(m.one("Composition"), "date", &["2024-10-27"]);
        // other realms have no such zone
        let us = Doc::new().xml().replace("20240312093000-0500", "20240312093000");
        assert!(!convert(us.as_bytes()).reported("zone-of-realm"));
    }

    fn a_nullified_document_is_in_error_and_says_why() {
        let m = convert(&std::fs::read(project("tests/fixtures/uk-nullification.xml")).unwrap());
        m.is(m.one("Composition"), "status", &["entered-in-error"]);
        m.is(m.one("DocumentReference"), "status", &["entered-in-error"]);
        m.is(m.one("Composition"), "relatesTo.code", &["replaces"]);
        m.has(m.with("Provenance", "reason.coding.code", "02"), "reason.coding.display", "Sent to wrong patient record");
        // it stands where the document stood that it takes back
        let before = convert(&std::fs::read(project("samples/uk-edischarge.xml")).unwrap());
        assert_eq!(m.one("Composition")["id"], before.one("Composition")["id"]);
    }

    fn a_replacement_is_amended_and_updates_what_it_replaces() {
        let first = Itk::new().entry(&treatment("EVN", "")).convert();
        let parent = r#"<relatedDocument typeCode="RPLC"><parentDocument><id root="11111111-3C1E-4B7F-9C51-7E2F80A4C6D1"/></parentDocument></relatedDocument>"#;
        let second = Itk::new().header(parent).entry(&treatment("EVN", "")).convert();
        second.is(second.one("Composition"), "status", &["amended"]);
        second.is(second.one("Composition"), "relatesTo.targetIdentifier.value", &["urn:uuid:11111111-3c1e-4b7f-9c51-7e2f80a4c6d1"]);
        assert_eq!(first.one("Composition")["id"], second.one("Composition")["id"]);
        assert_eq!(first.one("Procedure")["id"], second.one("Procedure")["id"]);
    }

    fn an_unknown_message_type_gives_its_narrative_and_what_is_certain() {
        let mut d = Itk::new().section("<title>News</title><text>Something new.</text>");
        d.message = "POCD_MT999999GB01";
        let m = d.entry(r#"<act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.2.1.3.2.4.18.2" extension="COCD_TP999999GB01#Novelty"/><code code="x" codeSystem="1.2.3.4.5"/></act>"#).convert();
        m.contains(m.one("Composition"), "section.text.div", "Something new.");
        assert!(m.reported("statement-not-mapped"));
    }

    fn only_permission_that_was_obtained_permits() {
        let outcome = |code: &str| {
            let ptv = format!(r#"<observation classCode="OBS" moodCode="EVN">{}<code code="PTV" codeSystem="2.16.840.1.113883.2.1.3.2.4.17.220"/><effectiveTime><low value="20240101"/></effectiveTime><value xsi:type="CV" code="{code}" codeSystem="2.16.840.1.113883.2.1.3.2.4.17.524"/></observation>"#, template("COCD_TP146050GB01#PermissionToView"));
            Itk::new().entry(&ptv).convert()
        };
        let m = outcome("01");
        m.is(m.one("Consent"), "provision.type", &["permit"]);
        for code in ["02", "03", "99"] {
            let m = outcome(code);
            m.is(m.one("Consent"), "status", &["inactive"]);
            m.none(m.one("Consent"), "provision");
        }
    }

    fn a_discriminator_is_no_diagnosis() {
        let cd = format!(r#"<observation classCode="OBS" moodCode="EVN">{}<code code="CD" codeSystem="2.16.840.1.113883.2.1.3.2.4.17.540"/><value xsi:type="CV" code="22298006" codeSystem="{SNOMED_UK}" displayName="Myocardial infarction"/></observation>"#, template("COCD_TP146092GB01#ClinicalDiscriminator"));
        let m = Itk::new().entry(&cd).convert();
        assert!(m.all("Condition").is_empty());
        m.is(m.one("Observation"), "valueCodeableConcept.coding.code", &["22298006"]);
    }

    fn all_versions_of_a_template_are_known() {
        for version in ["UK01", "UK09", "GB03"] {
            let t = treatment("EVN", "").replace("UK04", version);
            assert_eq!(Itk::new().entry(&t).convert().all("Procedure").len(), 1, "{version}");
        }
    }

    fn the_templated_form_is_the_wire_form_renamed() {
        let m = convert(&std::fs::read(project("samples/uk-social-care-notice.xml")).unwrap());
        m.is(m.one("Patient"), "name.family", &["Whimsy"]);
        m.is(m.one("Composition"), "section.section.title", &["Summary", "Plan of Care"]);
        m.is(m.one("CarePlan"), "activity.detail.reasonReference.resolve().code.coding.code", &["282201001"]);
        assert!(!m.reported("statement-not-mapped"));
    }

    fn what_is_about_the_baby_is_not_the_mothers() {
        let m = convert(&std::fs::read(project("samples/uk-maternity-discharge.xml")).unwrap());
        assert!(m.all("Observation").is_empty());
        assert!(m.reported("other-subject"));
    }

    fn changes_of_medicines_keep_their_words_and_reasons() {
        let m = convert(&std::fs::read(project("samples/uk-edischarge.xml")).unwrap());
        assert_eq!(m.all("MedicationStatement").len(), 4);
        for ty in ["MedicationAdministration", "MedicationRequest", "MedicationDispense"] {
            assert!(m.all(ty).is_empty(), "{ty}");
        }
        let of = |code: &str| m.with("MedicationStatement", "medicationCodeableConcept.coding.code", code);
        m.is(of("318420003"), "status", &["active"]);
        m.is(of("318420003"), "dosage.text", &["Atenolol 50mg tablets: one tablet each morning. Changed: was 25mg"]);
        m.is(of("318420003"), "effectivePeriod.start", &["2024-03-12"]);
        m.is(of("322236009"), "status", &["stopped"]);
        m.is(of("322236009"), "statusReason.coding.code", &["422587007"]);
        m.is(of("319775004"), "status", &["intended"]);
        m.is(of("318136009"), "status", &["not-taken"]);
    }

    fn profiles_are_claimed_for_itk_documents_only() {
        let m = Itk::new().convert();
        m.is(m.one("Patient"), "meta.profile", &["https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient"]);
        let us = Doc::new().convert();
        assert!(us.texts(us.one("Patient"), "meta.profile").iter().all(|p| !p.contains("hl7.org.uk")));
    }

    fn child_screening_is_carried_as_it_stands() {
        let m = convert(&std::fs::read(project("samples/uk-child-health.xml")).unwrap());
        // each ear by itself, and which is which
        let hearing = m.with("Observation", "code.coding.code", "252957005");
        m.is(hearing, "hasMember.resolve().code.coding.code", &["AOAE-L", "AOAE-R"]);
        m.is(hearing, "hasMember.resolve().valueCodeableConcept.coding.display", &["No clear response", "Clear response"]);
        // nobody said that the screening is final
        m.is(hearing, "status", &["unknown"]);
        let report = m.one("DiagnosticReport");
        m.is(report, "status", &["final"]);
        m.is(report, "result.resolve().valueCodeableConcept.coding.display", &["Condition not suspected", "Repeat or further sample required", "Declined"]);
        let repeat = m.with("Observation", "code.coding.code", "314080004");
        m.is(repeat, "component.valueCodeableConcept.coding.display", &["Insufficient sample"]);
        m.is(repeat, "interpretation.coding.code", &["BORDER"]);
        // what the examination did not find is not among what it found
        let examined = m.with("Observation", "code.coding.code", "243788004");
        m.is(examined, "hasMember.resolve().valueCodeableConcept.coding.code", &["N", "ABN"]);
        assert!(!m.json.contains("Undescended testis\""), "a finding that is not there");
        assert!(m.reported("statement-not-mapped"));
    }

    fn all_that_a_screening_may_say_is_kept() {
        let who = r#"<performer typeCode="PRF"><assignedEntity><id root="1.2.826.0.1285.0.2.0.65" extension="990000000022"/><assignedPerson><name><family>Screener</family></name></assignedPerson></assignedEntity></performer>"#;
        let local = |code: &str| format!(r#"<code code="{code}" codeSystem="2.16.840.1.113883.19.77"/>"#);
        let value = |code: &str| format!(r#"<value xsi:type="CV" code="{code}" codeSystem="2.16.840.1.113883.19.78"/>"#);
        let high = r#"<interpretationCode code="H" codeSystem="2.16.840.1.113883.5.83"/>"#;
        let time = r#"<effectiveTime value="20240204"/>"#;
        let inner = format!(
            r#"<observation classCode="OBS" moodCode="EVN"><id root="0C0A3C11-0001-4000-8000-0000000000A1"/>{}<statusCode code="active"/><effectiveTime value="20240205"/><value xsi:type="CV" nullFlavor="UNK"/>{high}<methodCode code="M" codeSystem="2.16.840.1.113883.19.77"/><targetSiteCode code="S" codeSystem="2.16.840.1.113883.19.77"/>{who}<entryRelationship typeCode="COMP"><observation classCode="OBS" moodCode="EVN">{}{}{high}</observation></entryRelationship></observation>"#,
            local("INNER"), local("STATUS"), value("0306")
        );
        let m = Itk::new()
            .entry(&format!(r#"<observation classCode="OBS" moodCode="EVN">{}<id root="0C0A3C11-0001-4000-8000-0000000000A2"/>{}{time}{}{high}{who}<entryRelationship typeCode="COMP">{inner}</entryRelationship></observation>"#, template("COCD_TP146003GB02#NewBornHearingScreening"), snomed("252957005", "Hearing"), value("REFER")))
            .entry(&format!(r#"<procedure classCode="PROC" moodCode="EVN">{}<id root="0C0A3C11-0001-4000-8000-0000000000A3"/>{}{time}{who}</procedure>"#, template("COCD_TP146004GB02#NewBornPhysicalExamination"), snomed("243788004", "Examination")))
            .entry(&format!(r#"<organizer classCode="BATTERY" moodCode="EVN">{}<id root="0C0A3C11-0001-4000-8000-0000000000A4"/>{}<statusCode code="active"/>{time}<specimen typeCode="SPC"><specimenRole><id root="0C0A3C11-0001-4000-8000-0000000000A5"/></specimenRole></specimen>{who}<component typeCode="COMP"><observation classCode="OBS" moodCode="EVN">{}{}</observation></component></organizer>"#, template("COCD_TP146005GB03#BloodSpotScreening"), snomed("428447008", "Blood spot"), local("PKU"), value("01")))
            .convert();
        let hearing = m.with("Observation", "code.coding.code", "252957005");
        m.is(hearing, "valueCodeableConcept.coding.code", &["REFER"]);
        m.is(hearing, "interpretation.coding.code", &["H"]);
        m.is(hearing, "performer.resolve().name.family", &["Screener"]);
        let inner = m.with("Observation", "code.coding.code", "INNER");
        // its own time and status, not those of what it stands in
        m.is(inner, "effectiveDateTime", &["2024-02-05"]);
        m.is(inner, "status", &["registered"]);
        m.none(inner, "valueCodeableConcept");
        m.is(inner, "dataAbsentReason.coding.code", &["unknown"]);
        m.is(inner, "method.coding.code", &["M"]);
        m.is(inner, "bodySite.coding.code", &["S"]);
        m.is(inner, "component.interpretation.coding.code", &["H"]);
        m.is(inner, "performer.resolve().name.family", &["Screener"]);
        m.is(m.with("Observation", "code.coding.code", "243788004"), "performer.resolve().name.family", &["Screener"]);
        let report = m.one("DiagnosticReport");
        m.is(report, "performer.resolve().name.family", &["Screener"]);
        m.is(report, "specimen.resolve().identifier.value", &["urn:uuid:0c0a3c11-0001-4000-8000-0000000000a5"]);
        // a specimen that was received is no result yet
        m.is(report, "result.resolve().status", &["registered"]);
    }

    fn decisions_on_resuscitation_stay_in_the_words_of_their_author() {
        for (id, class) in [("COCD_TP146422GB03#DNACPRDecision", "EOLDCR"), ("COCD_TP146059GB02#AdvanceDecisionToRefuseTreatment", "EOLADR")] {
            let m = Itk::new().section(&format!(r#"<title>Decisions</title><text>Not for resuscitation</text><entry><observation classCode="OBS" moodCode="EVN">{}<id root="0C0A3C11-0001-4000-8000-00000000000B"/><code code="{class}" codeSystem="2.16.840.1.113883.19.79"/><effectiveTime value="20240101"/></observation></entry>"#, template(id))).convert();
            assert!(m.all("Observation").is_empty() && m.all("Consent").is_empty());
            assert!(m.reported("statement-not-mapped"));
            m.contains(m.one("Composition"), "section.text.div", "Not for resuscitation");
        }
    }

    fn a_goal_of_a_care_plan_does_not_read_as_reached() {
        let m = convert(&std::fs::read(project("samples/uk-social-care-notice.xml")).unwrap());
        let plan = m.one("CarePlan");
        m.is(plan, "activity.detail.goal.resolve().description.text", &["To bathe alone again."]);
        let goal = m.one("Goal");
        m.is(goal, "lifecycleStatus", &["proposed"]);
        m.none(goal, "achievementStatus");
        // who delivers it is no progress
        m.none(plan, "activity.progress");
        m.has(plan, "activity.detail.performer.resolve().participant.member.display", "Make Do Home Care.");
        // the goals of the whole plan
        let heading = |value: &str| format!(r#"<entryRelationship typeCode="COMP"><observation classCode="OBS" moodCode="EVN"><code code="THT" codeSystem="2.16.840.1.113883.2.1.3.2.4.17.220"/>{value}</observation></entryRelationship>"#);
        let whole = |value: &str| Itk::new().entry(&format!(r#"<act classCode="PCPR" moodCode="INT">{}<id root="0C0A3C11-0001-4000-8000-00000000000D"/>{}{}</act>"#, template("COCD_TP146075UK03#CarePlan"), snomed("325671000000104", "Plan"), heading(value))).convert();
        let m = whole(r#"<value xsi:type="CV" code="GD" codeSystem="2.16.840.1.113883.2.1.3.2.4.17.225"><originalText>Independence</originalText></value>"#);
        m.is(m.one("CarePlan"), "goal.resolve().description.text", &["Independence"]);
        // a heading without words is no goal
        assert!(whole(r#"<value xsi:type="CV" code="GD" codeSystem="2.16.840.1.113883.2.1.3.2.4.17.225"/>"#).all("Goal").is_empty());
    }

    fn headings_of_a_component_stand_where_they_belong() {
        let heading = |code: &str, words: &str| format!(r#"<entryRelationship typeCode="COMP"><observation classCode="OBS" moodCode="EVN"><code code="CTHT" codeSystem="2.16.840.1.113883.2.1.3.2.4.17.220"/><value xsi:type="CV" code="{code}" codeSystem="2.16.840.1.113883.2.1.3.2.4.17.224"><originalText>{words}</originalText></value></observation></entryRelationship>"#);
        let all = [("P", "Example Care"), ("R", "The social worker"), ("S", "Each morning"), ("IS", "A leaflet")].map(|(c, w)| heading(c, w)).concat();
        let m = Itk::new().entry(&format!(r#"<act classCode="PCPR" moodCode="INT">{}<id root="0C0A3C11-0001-4000-8000-00000000000D"/>{}<entryRelationship typeCode="COMP"><act classCode="PCPR" moodCode="INT">{}<id root="0C0A3C11-0001-4000-8000-00000000001D"/>{all}</act></entryRelationship></act>"#,
            template("COCD_TP146075UK03#CarePlan"), snomed("325671000000104", "Plan"), template("COCD_TP146076UK03#CarePlanComponent"))).convert();
        let plan = m.one("CarePlan");
        m.is(plan, "activity.detail.performer.resolve().participant.member.display", &["Example Care", "The social worker"]);
        m.is(plan, "activity.detail.description", &["Each morning"]);
        m.has(plan, "activity.detail.code.text", "A leaflet");
        m.none(plan, "activity.progress");
    }

    /// An ambulance call that is told in a report of a later visit is no part of that visit.
    fn another_contact_is_no_part_of_that_of_the_header() {
        let m = Itk::new()
            .header(r#"<componentOf><encompassingEncounter><id root="7D0A3C11-0001-4000-8000-000000000001"/><effectiveTime><low value="20240209"/></effectiveTime></encompassingEncounter></componentOf>"#)
            .entry(&format!(r#"<encounter classCode="ENC" moodCode="EVN">{}<id root="0C0A3C11-0001-4000-8000-00000000002D"/>{}<statusCode code="completed"/><effectiveTime value="20240201"/></encounter>"#, template("COCD_TP146005UK03#CareEvent"), snomed("239441000000103", "Emergency ambulance call")))
            .convert();
        let call = m.with("Encounter", "identifier.value", "urn:uuid:0c0a3c11-0001-4000-8000-00000000002d");
        m.is(call, "type.coding.code", &["239441000000103"]);
        m.none(call, "partOf");
        assert_eq!(m.all("Encounter").len(), 2);
    }

    fn an_expected_discharge_does_not_end_the_stay() {
        let admission = |value: &str, more: &str| Itk::new()
            .header(r#"<componentOf><encompassingEncounter><id root="7D0A3C11-0001-4000-8000-000000000001"/><effectiveTime><low value="20240201"/></effectiveTime></encompassingEncounter></componentOf>"#)
            .entry(&format!(r#"<procedure classCode="PROC" moodCode="EVN">{}<id root="0C0A3C11-0001-4000-8000-00000000000E"/>{}<entryRelationship typeCode="COMP"><observation classCode="OBS" moodCode="EVN"{more}><id root="0C0A3C11-0001-4000-8000-00000000000F"/><code code="EDD" codeSystem="2.16.840.1.113883.2.1.3.2.4.17.220"/>{value}</observation></entryRelationship></procedure>"#, template("COCD_TP146057UK02#AdmissionProcedure"), snomed("305056002", "Admission")))
            .convert();
        let m = admission(r#"<value xsi:type="TS" value="20240209"/>"#, "");
        m.is(m.one("Observation"), "valueDateTime", &["2024-02-09"]);
        m.none(m.one("Encounter"), "period.end");
        m.is(m.one("Encounter"), "status", &["in-progress"]);
        assert!(admission(r#"<value xsi:type="TS" nullFlavor="UNK"/>"#, "").all("Observation").is_empty());
        assert!(admission(r#"<value xsi:type="TS" value="20240209"/>"#, r#" negationInd="true""#).all("Observation").is_empty());
    }

    fn an_end_of_life_plan_says_that_there_is_one_and_no_more() {
        let act = |mood: &str, more: &str| Itk::new().entry(&format!(
            r#"<act classCode="PCPR" moodCode="{mood}"{more}>{}<id root="0C0A3C11-0001-4000-8000-00000000000C"/><code code="EOLCP" codeSystem="2.16.840.1.113883.19.79"/><effectiveTime><low value="20240101"/><high value="20240701"/></effectiveTime></act>"#,
            template("COCD_TP146077GB02#EoLCarePlan"))).convert();
        let m = act("INT", "");
        let plan = m.one("CarePlan");
        m.is(plan, "status", &["unknown"]);
        m.is(plan, "intent", &["plan"]);
        m.is(plan, "period.end", &["2024-07-01"]);
        m.none(plan, "activity");
        assert!(act("INT", r#" negationInd="true""#).all("CarePlan").is_empty());
        assert!(act("EVN", "").all("CarePlan").is_empty());
    }

    fn a_code_that_uk_core_does_not_have_stays_under_the_senders_list() {
        let m = Itk::new().header(r#"<informationRecipient typeCode="PRCP"><intendedRecipient><informationRecipient><name><family>Role</family></name></informationRecipient><npfitlc:recipientRoleCode code="OOH02" codeSystem="2.16.840.1.113883.2.1.3.2.4.17.196"/></intendedRecipient></informationRecipient>"#).convert();
        let role = m.with("PractitionerRole", "code.coding.code", "OOH02");
        m.is(role, "code.coding.system", &["urn:oid:2.16.840.1.113883.2.1.3.2.4.17.196"]);
        assert!(m.reported("code-not-in-system"));
    }

    fn a_message_bundle_is_led_by_its_header() {
        let bytes = std::fs::read(project("samples/uk-111-report.itk")).unwrap();
        let options = Options { bundle: BundleKind::Message, ..Options::default() };
        let done = granule::intake::convert(converter(), &bytes, &options).unwrap().remove(0).unwrap();
        let bundle: serde_json::Value = serde_json::from_slice(&done.bundle.to_json(false)).unwrap();
        assert_eq!(bundle["type"], "message");
        let header = &bundle["entry"][0]["resource"];
        assert_eq!(header["resourceType"], "MessageHeader");
        assert_eq!(header["eventCoding"]["code"], "document");
        assert_eq!(header["destination"][0]["endpoint"], "urn:nhs-uk:addressing:ods:Z99999");
        assert_eq!(header["source"]["endpoint"], "urn:nhs-uk:addressing:ods:ZZ4");
        let composition = bundle["entry"].as_array().unwrap().iter().find(|e| e["resource"]["resourceType"] == "Composition").unwrap();
        assert_eq!(header["focus"][0]["reference"], composition["fullUrl"]);
        assert!(bundle["identifier"]["value"].as_str().unwrap().starts_with("urn:uuid:"));
        // the envelope stands in the provenance whatever the bundle
        let entities: Vec<&serde_json::Value> = bundle["entry"].as_array().unwrap().iter().map(|e| &e["resource"]).filter(|r| r["resourceType"] == "Provenance").flat_map(|r| r["entity"].as_array().into_iter().flatten()).collect();
        assert!(entities.iter().any(|e| e["what"]["identifier"] == bundle["identifier"]));
    }
}
