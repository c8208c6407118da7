//! Known faults that were mended, class by class, each by its name.

use crate::checks;
use crate::common::*;

const EXTENSION: &str = "2.16.840.1.113883.19.40";

/// A problem observation: attributes, id and code.
fn problem(head: &str, id: &str, code: &str) -> String {
    format!(
        r#"<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"{head}><templateId root="2.16.840.1.113883.10.20.22.4.4"/>
<id root="{EXTENSION}" extension="{id}"/><code code="55607006" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/>
<value xsi:type="CD" code="{code}" codeSystem="2.16.840.1.113883.6.96"/></observation></entryRelationship>"#
    )
}

/// An allergy observation: attributes, id and substance.
fn allergy(head: &str, id: &str, code: &str) -> String {
    format!(
        r#"<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"{head}><templateId root="2.16.840.1.113883.10.20.22.4.7"/>
<id root="{EXTENSION}" extension="{id}"/><code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><statusCode code="completed"/>
<value xsi:type="CD" code="419511003" codeSystem="2.16.840.1.113883.6.96"/><participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT">
<code code="{code}" codeSystem="2.16.840.1.113883.6.88"/></playingEntity></participantRole></participant></observation></entryRelationship>"#
    )
}

/// A concern since 2015 of a template, with a status, an end and what it is about.
fn concern(section: &str, template: &str, status: &str, end: &str, about: &str) -> Made {
    let entry = format!(
        r#"<entry><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.{template}"/><id root="{EXTENSION}" extension="concern"/>
<code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="{status}"/><effectiveTime><low value="2015"/>{end}</effectiveTime>{about}</act></entry>"#
    );
    Doc::new().section(section, "x", &entry).convert()
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
}
