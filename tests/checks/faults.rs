//! Known faults that were mended, class by class, each by its name.

use crate::checks;
use crate::common::*;

const ROOT: &str = "2.16.840.1.113883.19.40";

/// A problem observation: attributes, id and code.
fn problem(head: &str, id: &str, code: &str) -> String {
    format!(
        r#"<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"{head}><templateId root="2.16.840.1.113883.10.20.22.4.4"/>
<id root="{ROOT}" extension="{id}"/><code code="55607006" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/>
<value xsi:type="CD" code="{code}" codeSystem="2.16.840.1.113883.6.96"/></observation></entryRelationship>"#
    )
}

/// An allergy observation: attributes, id and substance.
fn allergy(head: &str, id: &str, code: &str) -> String {
    format!(
        r#"<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"{head}><templateId root="2.16.840.1.113883.10.20.22.4.7"/>
<id root="{ROOT}" extension="{id}"/><code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><statusCode code="completed"/>
<value xsi:type="CD" code="419511003" codeSystem="2.16.840.1.113883.6.96"/><participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT">
<code code="{code}" codeSystem="2.16.840.1.113883.6.88"/></playingEntity></participantRole></participant></observation></entryRelationship>"#
    )
}

/// A concern since 2015 of a template, with a status, an end and what it is about.
fn concern(section: &str, template: &str, status: &str, end: &str, about: &str) -> Made {
    let entry = format!(
        r#"<entry><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.{template}"/><id root="{ROOT}" extension="concern"/>
<code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="{status}"/><effectiveTime><low value="2015"/>{end}</effectiveTime>{about}</act></entry>"#
    );
    Doc::new().section(section, "x", &entry).convert()
}

/// A performer of the care that the document tells of: the code of his function and its name.
fn performer(code: &str, named: &str) -> Made {
    let who = format!(
        r#"<documentationOf><serviceEvent classCode="PCPR"><effectiveTime><low value="2015"/></effectiveTime><performer typeCode="PRF">
<functionCode code="{code}" codeSystem="2.16.840.1.113883.12.443" displayName="{named}"/><assignedEntity><id root="{ROOT}" extension="p"/>
<assignedPerson><name><given>S</given><family>Knife</family></name></assignedPerson></assignedEntity></performer></serviceEvent></documentationOf>"#
    );
    Doc::new().header(&who).convert()
}

/// A medicine with its vehicle.
fn dissolved(vehicle: &str) -> Made {
    let entry = format!(
        r#"<entry><substanceAdministration classCode="SBADM" moodCode="INT"><templateId root="2.16.840.1.113883.10.20.22.4.16"/><id root="{ROOT}" extension="m"/>
<statusCode code="active"/><consumable><manufacturedProduct><manufacturedMaterial><code code="309090" codeSystem="2.16.840.1.113883.6.88" displayName="Ceftriaxone"/>
</manufacturedMaterial></manufacturedProduct></consumable><participant typeCode="CSM"><participantRole classCode="MANU"><code code="412307009" codeSystem="2.16.840.1.113883.6.96"/>
<playingEntity classCode="MMAT"><code code="{vehicle}" codeSystem="2.16.840.1.113883.6.88" displayName="v"/></playingEntity></participantRole></participant></substanceAdministration></entry>"#
    );
    Doc::new().section("10160-0", "x", &entry).convert()
}

/// An Australian section, and what it says as a whole.
fn global_xml(section: &str, value: &str, attributes: &str) -> String {
    format!(
        r#"<section><code code="{section}" codeSystem="1.2.36.1.2001.1001.101"/><title>x</title><text>x</text><entry><observation classCode="OBS" moodCode="EVN"{attributes}>
<id root="{ROOT}" extension="g"/><code code="103.16302.120.1.1" codeSystem="1.2.36.1.2001.1001.101" displayName="Global Statement"/>
<value xsi:type="CD" code="{value}" codeSystem="1.2.36.1.2001.1001.101.104.16299" displayName="words"/></observation></entry></section>"#
    )
}

fn global(section: &str, value: &str, attributes: &str) -> Made {
    Doc::new().raw_section(&global_xml(section, value, attributes)).convert()
}

/// A visit that is meant: its mood, and what it says beside its id.
fn meant(mood: &str, says: &str) -> Made {
    let entry = format!(
        r#"<entry><encounter classCode="ENC" moodCode="{mood}"><templateId root="2.16.840.1.113883.10.20.22.4.40"/><id root="{ROOT}" extension="e"/>{says}</encounter></entry>"#
    );
    Doc::new().section("18776-5", "x", &entry).convert()
}

/// A next of kin without an id, and a clinician without one in an organisation without one, both with this number to call.
fn named_alone(number: &str, relation: &str) -> String {
    format!(
        r#"<informant><relatedEntity classCode="PRS"><code code="{relation}" codeSystem="2.16.840.1.113883.5.111"/><telecom value="tel:{number}"/>
<relatedPerson><name><given>Rosa</given><family>Exemplar</family></name></relatedPerson></relatedEntity></informant>
<informant><assignedEntity><id nullFlavor="NI"/><telecom value="tel:{number}"/><assignedPerson><name><given>Henry</given><family>Seven</family></name></assignedPerson>
<representedOrganization><name>Cottage Hospital</name><telecom value="tel:{number}"/></representedOrganization></assignedEntity></informant>"#
    )
}

const DENIED: &str = r#" negationInd="true""#;

checks! {
    /// The concern speaks of both: neither its time nor its end is that of one of them.
    fn a_concern_of_what_is_there_and_what_is_not_gives_its_time_to_neither() {
        for status in ["active", "completed"] {
            let m = concern("11450-4", "3", status, "", &(problem("", "gout", "90560007") + &problem(DENIED, "pneumonia", "233604007")));
            let gout = m.with("Condition", "identifier.value", "gout");
            let pneumonia = m.with("Condition", "identifier.value", "pneumonia");
            m.none(gout, "extension");
            m.none(pneumonia, "extension");
            m.none(gout, "verificationStatus");
            m.is(pneumonia, "verificationStatus.coding.code", &["refuted"]);
            m.none(pneumonia, "clinicalStatus");
            // an end of the concern may be that of what was ruled out: what is there must not read as over
            m.is(gout, "clinicalStatus.coding.code", if status == "active" { &["active"] } else { &[] });
            assert_eq!(m.reported("row-remark"), status == "completed");
            let list = m.one("List");
            m.is(list, "date", &["2015"]);
            m.is(list, "entry.item.resolve().identifier.value", &["gout", "pneumonia"]);
        }
        // a qualifier denies as well
        let absent = problem("", "pneumonia", "233604007").replace(r#"code="233604007" codeSystem="2.16.840.1.113883.6.96"/>"#, r#"code="233604007" codeSystem="2.16.840.1.113883.6.96">
<qualifier><name code="408729009" codeSystem="2.16.840.1.113883.6.96"/><value code="410516002" codeSystem="2.16.840.1.113883.6.96"/></qualifier></value>"#);
        let m = concern("11450-4", "3", "completed", "", &(problem("", "gout", "90560007") + &absent));
        m.is(m.with("Condition", "identifier.value", "pneumonia"), "verificationStatus.coding.code", &["refuted"]);
        m.none(m.with("Condition", "identifier.value", "gout"), "clinicalStatus");
        // of one alone they are its own, also where that is denied
        let m = concern("11450-4", "3", "active", "", &problem(DENIED, "pneumonia", "233604007"));
        m.is(m.one("Condition"), "extension(condition-assertedDate).valueDateTime", &["2015"]);
        assert!(m.all("List").is_empty());
        // what nobody said is none of them
        let m = concern("11450-4", "3", "active", "", &(problem("", "gout", "90560007") + &problem(r#" nullFlavor="NI""#, "nothing", "233604007")));
        m.is(m.one("Condition"), "extension(condition-assertedDate).valueDateTime", &["2015"]);
        assert!(m.all("List").is_empty());
    }

    fn a_concern_of_an_allergy_and_none_gives_its_time_to_neither() {
        let m = concern("48765-2", "30", "completed", r#"<high value="2019"/>"#, &(allergy("", "aspirin", "1191") + &allergy(DENIED, "penicillin", "7980")));
        let aspirin = m.with("AllergyIntolerance", "identifier.value", "aspirin");
        m.none(aspirin, "extension");
        m.is(aspirin, "clinicalStatus.coding.code", &["active"]);
        assert!(m.reported("row-remark"));
        m.none(m.with("AllergyIntolerance", "identifier.value", "penicillin"), "extension(allergyintolerance-assertedDate)");
        m.is(m.one("List"), "entry.item.resolve().identifier.value", &["aspirin", "penicillin"]);
        let m = concern("48765-2", "30", "completed", r#"<high value="2019"/>"#, &allergy("", "aspirin", "1191"));
        m.is(m.one("AllergyIntolerance"), "clinicalStatus.coding.code", &["inactive"]);
    }

    /// Senders write the code of the primary care provider for whoever did most of an operation, and name it so.
    fn who_performed_an_operation_is_no_general_practitioner() {
        for code in ["PP", "PCP"] {
            let m = performer(code, "Primary Performer");
            m.none(m.one("Patient"), "generalPractitioner");
            assert!(m.json.contains("Knife"), "who performed it is told all the same");
            let m = performer(code, "Primary Care Provider");
            m.is(m.one("Patient"), "generalPractitioner.resolve().name.family", &["Knife"]);
        }
    }

    /// Read as its own inactive ingredient, the drug would not work.
    fn a_drug_that_is_named_as_its_vehicle_is_no_inactive_ingredient() {
        let m = dissolved("309090");
        m.is(m.one("Medication"), "code.coding.code", &["309090"]);
        m.none(m.one("Medication"), "ingredient");
        assert!(m.reported("ingredient-is-product"));
        let m = dissolved("1807639");
        m.is(m.one("Medication"), "ingredient.itemCodeableConcept.coding.code", &["1807639"]);
        m.is(m.one("Medication"), "ingredient.isActive", &["false"]);
    }

    /// "None known" of a whole Australian section is the absence that it is in the section of that kind.
    fn none_known_of_an_australian_section_is_the_absence_of_its_kind() {
        let m = global("101.20113", "01", "");
        let none = m.one("AllergyIntolerance");
        m.is(none, "code.coding.code", &["716186003", "01"]);
        m.is(none, "clinicalStatus.coding.code", &["active"]);
        m.is(none, "identifier.value", &["g"]);
        assert!(m.all("Observation").is_empty());
        for section in ["101.16146", "101.16022"] {
            let m = global(section, "01", "");
            let none = m.one("MedicationStatement");
            m.is(none, "status", &["unknown"]);
            m.is(none, "medicationCodeableConcept.coding.code", &["no-known-medications", "01"]);
            assert!(m.all("Observation").is_empty());
        }
        // who said it, when, in which words; and what was said by mistake
        let more = |section: &str, status: &str| {
            let time = r#"<author><time value="20240305"/><assignedAuthor><id root="2.16.840.1.113883.19.40" extension="a"/></assignedAuthor></author></observation>"#;
            let xml = global_xml(section, "01", "").replace("</observation>", time);
            let words = format!(r#"<text>None, she says</text><statusCode code="{status}"/><value "#);
            Doc::new().raw_section(&xml.replace("<value ", &words)).convert()
        };
        let m = more("101.20113", "completed");
        m.is(m.one("AllergyIntolerance"), "recordedDate", &["2024-03-05"]);
        m.contains(m.one("AllergyIntolerance"), "text.div", "None, she says");
        let m = more("101.20113", "nullified");
        m.is(m.one("AllergyIntolerance"), "verificationStatus.coding.code", &["entered-in-error"]);
        m.none(m.one("AllergyIntolerance"), "clinicalStatus");
        let m = more("101.16146", "nullified");
        m.is(m.one("MedicationStatement"), "status", &["entered-in-error"]);
        m.is(m.one("MedicationStatement"), "dateAsserted", &["2024-03-05"]);
        m.contains(m.one("MedicationStatement"), "text.div", "None, she says");
        // of a history it may be diseases or operations; not asked is not none; and what is denied is not said
        for m in [global("101.16117", "01", ""), global("101.20113", "02", ""), global("101.16146", "03", "")] {
            m.is(m.one("Observation"), "identifier.value", &["g"]);
            assert!(m.all("AllergyIntolerance").is_empty() && m.all("MedicationStatement").is_empty());
        }
        let m = global("101.20113", "01", DENIED);
        assert!(m.all("AllergyIntolerance").is_empty());
    }

    /// That it is a visit is its class: a request of one, when, by whom and where.
    fn a_planned_visit_without_a_code_is_a_request_of_a_visit() {
        let when = r#"<statusCode code="active"/><effectiveTime><center value="20130220"/></effectiveTime>"#;
        let m = meant("INT", when);
        let visit = m.one("ServiceRequest");
        m.is(visit, "code.coding.code", &["ENC"]);
        m.is(visit, "intent", &["plan"]);
        m.is(visit, "status", &["active"]);
        m.is(visit, "occurrenceDateTime", &["2013-02-20"]);
        assert!(m.all("Encounter").is_empty() && m.all("Appointment").is_empty());
        let place = r#"<participant typeCode="LOC"><participantRole classCode="SDLOC"><playingEntity classCode="PLC"><name>Clinic</name></playingEntity></participantRole></participant>"#;
        let m = meant("RQO", place);
        m.is(m.one("ServiceRequest"), "intent", &["order"]);
        m.is(m.one("ServiceRequest"), "locationReference.resolve().name", &["Clinic"]);
        // a placeholder of a template is reported
        let m = meant("INT", r#"<statusCode code="active"/>"#);
        assert!(m.all("ServiceRequest").is_empty() && m.all("Encounter").is_empty());
        assert!(m.reported("not-written"));
    }

    /// The visit that it refers to says when and by whom; it has not begun.
    fn a_visit_that_is_only_planned_is_not_under_way() {
        let told = |time: &str| format!(r#"<entryRelationship typeCode="REFR"><encounter classCode="ENC" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.49"/>
<id root="{ROOT}" extension="e"/><code><originalText>Lung function</originalText></code>{time}<performer typeCode="PRF"><assignedEntity><id root="{ROOT}" extension="p"/>
<assignedPerson><name><family>Puffer</family></name></assignedPerson></assignedEntity></performer></encounter></entryRelationship>"#);
        let from = told(r#"<effectiveTime><low value="20130206"/><high nullFlavor="UNK"/></effectiveTime>"#);
        let m = meant("ARQ", &from);
        m.is(m.one("Encounter"), "status", &["unknown"]);
        assert!(m.reported("row-remark"));
        let visit = m.one("ServiceRequest");
        m.is(visit, "code.text", &["Lung function"]);
        m.is(visit, "occurrencePeriod.start", &["2013-02-06"]);
        m.is(visit, "performer.resolve().name.family", &["Puffer"]);
        let m = meant("ARQ", &told(r#"<effectiveTime value="20130206"/>"#));
        m.is(m.one("Encounter"), "status", &["unknown"]);
        m.is(m.one("ServiceRequest"), "occurrenceDateTime", &["2013-02-06"]);
        // one that says itself what it is refers to another, that at which it was asked for
        let own = format!(r#"<code code="3457005" codeSystem="2.16.840.1.113883.6.96"/>{}"#, told(r#"<effectiveTime value="20130206"/>"#).replace(r#"extension="e""#, r#"extension="then""#));
        let m = meant("ARQ", &own);
        m.is(m.one("Encounter"), "status", &["finished"]);
        m.is(m.one("ServiceRequest"), "code.coding.code", &["3457005"]);
        m.none(m.one("ServiceRequest"), "occurrenceDateTime");
    }

    /// Who bears no id is one where all that is said is the same, and two where anything differs.
    fn people_named_alone_are_one_where_all_is_the_same() {
        let kinds = ["RelatedPerson", "Practitioner", "PractitionerRole", "Organization"];
        let count = |m: &Made| kinds.map(|k| m.all(k).iter().filter(|r| r["identifier"].is_null()).count());
        let again = named_alone("+1-555-0100", "DAU");
        let once = count(&Doc::new().header(&again).convert());
        assert_eq!(once[0], 1);
        assert_eq!(count(&Doc::new().header(&again.repeat(3)).convert()), once);
        let m = Doc::new().header(&(again.clone() + &named_alone("+1-555-0199", "SIS"))).convert();
        assert_eq!(count(&m), once.map(|n| n * 2), "another number, another relation");
        // a sister with the daughter's number is no daughter
        assert_eq!(count(&Doc::new().header(&(again + &named_alone("+1-555-0100", "SIS"))).convert())[0], 2);
    }

    fn no_two_people_or_places_of_a_bundle_are_equal() {
        for path in files("samples", ".xml").into_iter().chain(files("tests/fixtures", ".xml")) {
            let m = convert(&std::fs::read(&path).unwrap());
            let mut seen = std::collections::BTreeSet::new();
            for kind in ["RelatedPerson", "Practitioner", "PractitionerRole", "Organization", "Location", "Device"] {
                for r in m.all(kind) {
                    let mut said = r.clone();
                    said["id"].take();
                    assert!(seen.insert(said.to_string()), "{}: twice\n{}", path.display(), pretty(r));
                }
            }
        }
    }
}
