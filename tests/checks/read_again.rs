//! Faults that were found by reading bundles beside their documents once more, each by its name.

use crate::checks;
use crate::common::*;

/// An observation of a template: id, code, and what follows.
fn observation(template: &str, id: &str, code: &str, after: &str) -> String {
    format!(
        r#"<observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.{template}"/>
<id root="2.16.840.1.113883.19.30" extension="{id}"/>{code}<statusCode code="completed"/>{after}</observation>"#
    )
}

fn relation(kind: &str, statement: &str) -> String {
    format!(r#"<entryRelationship typeCode="{kind}">{statement}</entryRelationship>"#)
}

/// What refers to an entry of the document by its id.
fn pointer(id: &str) -> String {
    format!(
        r#"<act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.122"/>
<id root="2.16.840.1.113883.19.30" extension="{id}"/><code nullFlavor="NP"/><statusCode code="completed"/></act>"#
    )
}

const LOINC: &str = r#"<code code="44616-1" codeSystem="2.16.840.1.113883.6.1" displayName="Pulse oximetry panel"/>"#;
const PREFERENCE: &str = r#"<code code="225773000" codeSystem="2.16.840.1.113883.6.96" displayName="Preference"/>"#;
const ASSERTION: &str = r#"<code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/>"#;

fn coded(code: &str) -> String {
    format!(r#"<value xsi:type="CD" code="{code}" codeSystem="2.16.840.1.113883.6.96"/>"#)
}

fn preference(id: &str, value: &str) -> String {
    observation("143", id, PREFERENCE, &coded(value))
}

fn goal(after: &str) -> String {
    let goal = observation("121", "goal", LOINC, &format!(r#"<effectiveTime value="20240901"/>{after}"#));
    format!(
        "<entry>{}</entry>",
        goal.replace(
            "EVN\"><templateId root=\"2.16.840.1.113883.10.20.22.4.121",
            "GOL\"><templateId root=\"2.16.840.1.113883.10.20.22.4.121"
        )
    )
}

/// A problem observation: id, code, time, and what follows the value.
fn problem(id: &str, code: &str, since: &str, after: &str) -> String {
    let time = format!(r#"<effectiveTime><low value="{since}"/></effectiveTime>"#);
    let what = r#"<code code="55607006" codeSystem="2.16.840.1.113883.6.96"/>"#;
    observation("4", id, what, &format!("{time}{}{after}", coded(code)))
}

fn author(time: &str) -> String {
    format!(
        r#"<author><time value="{time}"/><assignedAuthor><id root="2.16.840.1.113883.19.31" extension="d"/>
<assignedPerson><name><given>D</given><family>Scribe</family></name></assignedPerson></assignedAuthor></author>"#
    )
}

/// A concern since 2015, written down in 2016, of problems.
fn concern(problems: &[String]) -> Made {
    let all: String = problems.iter().map(|p| relation("SUBJ", p)).collect();
    let entry = format!(
        r#"<entry><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.3"/><id root="2.16.840.1.113883.19.30" extension="concern"/>
<code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="active"/><effectiveTime><low value="2015"/></effectiveTime>{}{all}</act></entry>"#,
        author("20160101")
    );
    Doc::new().section("11450-4", "x", &entry).convert()
}

/// A vaccine with a comment.
fn commented(words: &str) -> Made {
    let entry = format!(
        r#"<entry><substanceAdministration classCode="SBADM" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.52"/>
<id root="2.16.840.1.113883.19.30" extension="v"/><statusCode code="completed"/><effectiveTime value="20240301"/><consumable><manufacturedProduct><manufacturedMaterial>
<code code="88" codeSystem="2.16.840.1.113883.12.292"/></manufacturedMaterial></manufacturedProduct></consumable>
<entryRelationship typeCode="SUBJ"><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.64"/>
<code code="48767-8" codeSystem="2.16.840.1.113883.6.1"/><text>{words}</text></act></entryRelationship></substanceAdministration></entry>"#
    );
    Doc::new().section("11369-6", "x", &entry).convert()
}

/// A note act of a section.
fn note(words: &str) -> Made {
    let entry = format!(
        r#"<entry><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.202"/>
<code code="34109-9" codeSystem="2.16.840.1.113883.6.1"/><text>{words}</text><statusCode code="completed"/></act></entry>"#
    );
    Doc::new().section("28650-2", "the words of the section", &entry).convert()
}

/// A participant of the header who is related to the patient.
fn relative(code: &str, given: &str) -> Made {
    let who = format!(
        r#"<participant typeCode="IND"><associatedEntity classCode="PRS"><code code="{code}" codeSystem="2.16.840.1.113883.5.111"/>
<telecom value="tel:+1-555-0100"/><associatedPerson><name><given>{given}</given><family>EXEMPLAR</family></name></associatedPerson></associatedEntity></participant>"#
    );
    Doc::new().header(&who).convert()
}

checks! {
    /// "High priority" alone is nobody's.
    fn what_was_done_or_given_in_words_alone_was_done_and_a_placeholder_was_not() {
        let said = |code: &str, time: &str, words: &str| {
            Doc::new()
                .section(
                    "47519-4",
                    &format!(r#"Procedures <content ID="done">{words}</content>"#),
                    &format!(
                        r##"<entry><procedure classCode="PROC" moodCode="EVN"><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.19"/><id nullFlavor="NA"/>{code}<text><reference value="#done"/></text><statusCode code="completed"/>{time}</procedure></entry>
<entry><substanceAdministration classCode="SBADM" moodCode="EVN"><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.12"/><code code="IMMUNIZ" codeSystem="1.3.5.1.4.1.19376.1.5.3.2"/><text><reference value="#done"/></text><statusCode code="completed"/>{time}<consumable><manufacturedProduct><manufacturedMaterial>{code}<name nullFlavor="NI"/></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration></entry>"##
                    ),
                )
                .convert()
        };
        let time = r#"<effectiveTime><low value="20120414"/></effectiveTime>"#;
        let m = said(r#"<code nullFlavor="NI"/>"#, time, "carski rez");
        m.is(m.one("Procedure"), "code.text", &["carski rez"]);
        m.is(m.one("Procedure"), "performedPeriod.start", &["2012-04-14"]);
        m.is(m.one("Immunization"), "vaccineCode.text", &["carski rez"]);
        // words of an absence name nothing, whatever time and code say
        let m = said(r#"<code nullFlavor="UNK"/>"#, time, "No immunisation recorded");
        assert!(m.all("Procedure").is_empty() && m.all("Immunization").is_empty());
        assert!(m.reported("absence-in-words"));
        // "no data", without a time; "none", of which a code would not be applicable
        for (code, time) in [("NI", r#"<effectiveTime nullFlavor="UNK"/>"#), ("NA", time)] {
            let m = said(&format!(r#"<code nullFlavor="{code}"/>"#), time, "Andmed puuduvad");
            assert!(m.all("Procedure").is_empty() && m.all("Immunization").is_empty(), "{code}");
            assert!(m.reported("not-written"));
        }
    }

    fn a_preference_is_about_what_it_stands_in() {
        let two = relation("REFR", &preference("his", "394849002")) + &relation("REFR", &preference("hers", "394848005"));
        let m = Doc::new().section("61146-7", "x", &goal(&two)).convert();
        m.is(m.one("Goal"), "priority.coding.code", &["394849002"]);
        assert!(m.reported("row-remark"), "the second is not what the goal says");
        for (id, value) in [("his", "394849002"), ("hers", "394848005")] {
            let o = m.with("Observation", "identifier.value", id);
            m.is(o, "focus.resolve().resourceType", &["Goal"]);
            m.is(o, "valueCodeableConcept.coding.code", &[value]);
        }
        let one = relation("REFR", &preference("his", "394849002"));
        let m = Doc::new().section("61146-7", "x", &goal(&one)).convert();
        assert!(!m.reported("row-remark"));
        assert!(m.all("Observation").is_empty(), "the priority of the goal says it all");
        let signed = relation("REFR", &preference("his", "394849002").replace("</observation>", &format!("{}</observation>", author("20240101"))));
        let m = Doc::new().section("61146-7", "x", &goal(&signed)).convert();
        m.is(m.one("Observation"), "performer.resolve().name.family", &["Scribe"]);
        let planned = format!(r#"<entry><substanceAdministration classCode="SBADM" moodCode="INT"><templateId root="2.16.840.1.113883.10.20.22.4.42"/>
<id root="2.16.840.1.113883.19.30" extension="m"/><statusCode code="active"/><consumable><manufacturedProduct><manufacturedMaterial><code code="1190220" codeSystem="2.16.840.1.113883.6.88"/>
</manufacturedMaterial></manufacturedProduct></consumable>{one}</substanceAdministration></entry>"#);
        let m = Doc::new().section("18776-5", "x", &planned).convert();
        m.is(m.one("Observation"), "focus.resolve().resourceType", &["MedicationRequest"]);
    }

    /// "Goal achieved" names no goal by itself: the outcome around it does.
    fn how_far_a_goal_was_reached_is_about_that_goal() {
        let reached = observation("110", "reached", ASSERTION, &coded("390802008"));
        let outcome = observation("144", "outcome", LOINC, &format!(
            r#"<effectiveTime value="20240806"/><value xsi:type="PQ" value="95" unit="%"/>{}{}{}"#,
            relation("GEVL", &pointer("goal")), relation("RSON", &pointer("elsewhere")), relation("SPRT", &reached)));
        let m = Doc::new().section("11383-7", "x", &format!("<entry>{outcome}</entry>")).section("61146-7", "x", &goal("")).convert();
        let achieved = m.with("Observation", "identifier.value", "reached");
        m.is(achieved, "focus.resolve().resourceType", &["Goal"]);
        m.is(achieved, "derivedFrom.resolve().identifier.value", &["outcome"]);
        let outcome = m.with("Observation", "identifier.value", "outcome");
        m.is(outcome, "focus.resolve().resourceType", &["Goal"]);
        // what it came of is not in the document: its id is
        m.is(outcome, "focus.identifier.value", &["elsewhere"]);
    }

    /// The time of a concern is not that of each of its problems.
    fn each_problem_of_a_concern_has_its_own_times() {
        let m = concern(&[problem("a", "90560007", "2014", ""), problem("b", "233604007", "2023", &author("20230505"))]);
        let gout = m.with("Condition", "identifier.value", "a");
        m.is(gout, "onsetDateTime", &["2014"]);
        m.none(gout, "extension");
        m.is(gout, "recordedDate", &["2016-01-01"]);
        let pneumonia = m.with("Condition", "identifier.value", "b");
        m.none(pneumonia, "extension");
        m.is(pneumonia, "recordedDate", &["2023-05-05"]);
        let concern = m.one("List");
        m.is(concern, "date", &["2015"]);
        m.is(concern, "entry.item.resolve().identifier.value", &["a", "b"]);
    }

    fn the_time_of_a_concern_is_that_of_its_only_problem() {
        let m = concern(&[problem("a", "90560007", "2014", &author("20230505"))]);
        let gout = m.one("Condition");
        m.is(gout, "extension(condition-assertedDate).valueDateTime", &["2015"]);
        m.is(gout, "recordedDate", &["2016-01-01"]);
        assert!(m.all("List").is_empty());
    }

    /// R4 has room for one onset: the date; the age stands beside the problem.
    fn an_age_beside_a_date_is_not_lost() {
        let age = r#"<code code="445518008" codeSystem="2.16.840.1.113883.6.96" displayName="Age at onset"/>"#;
        let age = observation("31", "age", age, r#"<value xsi:type="PQ" value="57" unit="a"/>"#);
        let m = concern(&[problem("a", "90560007", "2014", &relation("SUBJ", &age))]);
        m.is(m.one("Condition"), "onsetDateTime", &["2014"]);
        m.none(m.one("Condition"), "onsetAge");
        let o = m.with("Observation", "identifier.value", "age");
        m.is(o, "valueQuantity.value", &["57"]);
        m.is(o, "focus.resolve().identifier.value", &["a"]);
        // without a date the age is the onset, and nothing beside it
        // an age that nobody knows is no observation of one, nor is that at which a disease did not begin
        let unknown = age.replace(r#"value="57" unit="a""#, r#"nullFlavor="UNK""#);
        assert!(concern(&[problem("a", "90560007", "2014", &relation("SUBJ", &unknown))]).all("Observation").is_empty());
        let refuted = problem("a", "90560007", "2014", &relation("SUBJ", &age)).replacen(r#"moodCode="EVN""#, r#"moodCode="EVN" negationInd="true""#, 1);
        let m = concern(&[refuted]);
        m.is(m.one("Condition"), "verificationStatus.coding.code", &["refuted"]);
        assert!(m.all("Observation").is_empty());
        let undated = problem("a", "90560007", "2014", &relation("SUBJ", &age)).replace(r#"<low value="2014"/>"#, r#"<low nullFlavor="UNK"/>"#);
        let m = concern(&[undated]);
        m.is(m.one("Condition"), "onsetAge.value", &["57"]);
        assert!(m.all("Observation").is_empty());
    }

    /// A unit of presentation is a code of some system, and is carried with it.
    fn a_unit_keeps_the_code_that_the_source_gives() {
        let dosed = |unit: &str| {
            let entry = format!(r#"<entry><substanceAdministration classCode="SBADM" moodCode="INT"><templateId root="2.16.840.1.113883.10.20.22.4.16"/>
<id root="2.16.840.1.113883.19.30" extension="m"/><statusCode code="active"/><doseQuantity value="2"/>{unit}<consumable><manufacturedProduct><manufacturedMaterial>
<code code="1190220" codeSystem="2.16.840.1.113883.6.88"/></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration></entry>"#);
            Doc::new().section("10160-0", "x", &entry).convert()
        };
        let m = dosed(r#"<administrationUnitCode code="C48542" codeSystem="2.16.840.1.113883.3.26.1.1" displayName="Tablet"/>"#);
        let dose = "dosageInstruction.doseAndRate.doseQuantity";
        let r = m.one("MedicationRequest");
        m.is(r, &format!("{dose}.unit"), &["Tablet"]);
        m.is(r, &format!("{dose}.code"), &["C48542"]);
        m.is(r, &format!("{dose}.system"), &["http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"]);
        // no code without its system
        let m = dosed(r#"<administrationUnitCode code="C48542" displayName="Tablet"/>"#);
        let r = m.one("MedicationRequest");
        m.is(r, &format!("{dose}.unit"), &["Tablet"]);
        m.none(r, &format!("{dose}.code"));
        m.none(r, &format!("{dose}.system"));
    }

    fn a_text_that_only_fills_its_place_is_no_note() {
        m_is_noted("given late", 1);
        for nothing in ["-", "N/A", "null", "--"] {
            m_is_noted(nothing, 0);
            let m = note(nothing);
            assert_eq!(notes(&m), 0, "{nothing}");
            assert!(m.json.contains("the words of the section"));
            assert!(m.reported("placeholder-text"));
        }
        let m = note("Seen today.");
        assert_eq!(notes(&m), 1);
    }

    /// Whoever is said to be the patient, by role and name, is no relative of the patient.
    fn who_is_oneself_is_the_patient() {
        let m = relative("ONESELF", "MINIM");
        assert!(m.all("RelatedPerson").is_empty());
        m.is(m.one("Patient"), "telecom.value", &["+1-555-0100"]);
        m.none(m.one("Patient"), "contact");
        let who: Vec<_> = m.all("Provenance").into_iter().flat_map(|p| m.texts(p, "agent.who.resolve().resourceType")).collect();
        assert!(who.contains(&"Patient".to_owned()), "{who:?}");
        // another name: the role is wrong, and a name is trusted more
        let m = relative("ONESELF", "Maxim");
        m.is(m.one("RelatedPerson"), "name.given", &["Maxim"]);
        m.none(m.one("Patient"), "telecom");
        // a daughter of the same name is a daughter
        let m = relative("DAU", "Minim");
        m.is(m.one("RelatedPerson"), "relationship.coding.code", &["DAU", "PRS"]);
    }

    fn a_principal_diagnosis_is_the_first_of_its_visit() {
        let principal = r#"<observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.24.3.152"/><id root="2.16.840.1.113883.19.30" extension="pd"/>
<code code="8319008" codeSystem="2.16.840.1.113883.6.96"/><value xsi:type="CD" code="233604007" codeSystem="2.16.840.1.113883.6.96"/></observation>"#;
        let visit = |head: &str| format!(r#"<entry><encounter classCode="ENC" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.49"/><id root="2.16.840.1.113883.19.30" extension="e"/>
<code code="4525004" codeSystem="2.16.840.1.113883.6.96"/><effectiveTime value="20240301"/>{}</encounter></entry>"#, relation("REFR", &principal.replace("moodCode=\"EVN\"", head)));
        let m = Doc::new().section("46240-8", "x", &visit("moodCode=\"EVN\"")).convert();
        let e = m.one("Encounter");
        m.is(e, "diagnosis.rank", &["1"]);
        m.is(e, "diagnosis.condition.resolve().code.coding.code", &["233604007"]);
        let m = Doc::new().section("46240-8", "x", &visit("moodCode=\"EVN\" negationInd=\"true\"")).convert();
        m.none(m.one("Encounter"), "diagnosis");
    }

    fn a_diagnosis_has_the_rank_that_its_document_gives_it() {
        let stay = r#"<componentOf><encompassingEncounter><id root="2.16.840.1.113883.19.30" extension="stay"/><effectiveTime><low value="20240601"/></effectiveTime></encompassingEncounter></componentOf>"#;
        let numbered = |n: &str, p: &str| relation("SUBJ", &format!(r#"<sequenceNumber value="{n}"/>{p}"#));
        let principal = problem("c", "49436004", "2014", "").replace("<value", r#"<priorityCode code="63161005" codeSystem="2.16.840.1.113883.6.96"/><value"#);
        let rows = numbered("2", &problem("a", "90560007", "2014", "")) + &numbered("0", &problem("b", "233604007", "2014", "")) + &relation("SUBJ", &principal);
        for (section, template) in [("11535-2", "33"), ("46241-6", "34")] {
            let act = |rows: &str| format!(r#"<entry><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.{template}"/><code code="{section}" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="active"/>{rows}</act></entry>"#);
            // acts of one each count each from one: that makes none the first
            let alone = act(&numbered("1", &problem("a", "90560007", "2014", ""))) + &act(&numbered("1", &problem("b", "233604007", "2014", "")));
            let m = Doc::new().header(stay).section(section, "x", &alone).convert();
            assert_eq!(m.at(m.one("Encounter"), "diagnosis").len(), 2);
            m.none(m.one("Encounter"), "diagnosis.rank");
            let m = Doc::new().header(stay).section(section, "x", &act(&rows)).convert();
            let e = m.one("Encounter");
            let rank = |id: &str| {
                let d = m.at(e, "diagnosis").into_iter().find(|d| m.texts(d, "condition.resolve().identifier.value") == [id]);
                m.texts(d.expect(id), "rank")
            };
            assert_eq!([rank("a"), rank("b"), rank("c")], [vec!["2".to_owned()], vec![], vec!["1".to_owned()]], "{section}");
        }
    }

    /// What was not told is a communication that was not made.
    fn what_was_told_to_whom() {
        let told = |head: &str| {
            let entry = format!(r#"<entry><act classCode="ACT" moodCode="EVN" {head}><templateId root="2.16.840.1.113883.10.20.24.3.3"/><id root="2.16.840.1.113883.19.30" extension="c"/>
<code code="69981-9" codeSystem="2.16.840.1.113883.6.1"/><text>A plan</text><statusCode code="completed"/><effectiveTime><low value="20240605"/></effectiveTime>
<participant typeCode="AUT"><participantRole classCode="ASSIGNED"><code code="158965000" codeSystem="2.16.840.1.113883.6.96"/></participantRole></participant>
<participant typeCode="IRCP"><participantRole classCode="PAT"/></participant>
<participant typeCode="IRCP"><participantRole classCode="ASSIGNED"><code code="224535009" codeSystem="2.16.840.1.113883.6.96"/></participantRole></participant>{}{}</act></entry>"#,
                relation("RSON", &observation("19", "why", ASSERTION, &coded("195967001"))),
                relation("SUBJ", r#"<act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.64"/><code code="48767-8" codeSystem="2.16.840.1.113883.6.1"/><text>by post</text></act>"#));
            let visit = r#"<componentOf><encompassingEncounter><id root="2.16.840.1.113883.19.30" extension="stay"/><effectiveTime><low value="20240601"/></effectiveTime></encompassingEncounter></componentOf>"#;
            Doc::new().header(visit).section("55188-7", "x", &entry).convert()
        };
        let m = told("");
        let c = m.one("Communication");
        m.is(c, "status", &["completed"]);
        m.is(c, "topic.coding.code", &["69981-9"]);
        m.is(c, "sent", &["2024-06-05"]);
        m.is(c, "recipient.resolve().resourceType", &["Patient", "PractitionerRole"]);
        m.is(c, "sender.resolve().code.coding.code", &["158965000"]);
        m.is(c, "reasonCode.coding.code", &["195967001"]);
        m.is(c, "note.text", &["by post"]);
        m.none(c, "statusReason");
        let m = told(r#"negationInd="true""#);
        let c = m.one("Communication");
        m.is(c, "status", &["not-done"]);
        m.is(c, "statusReason.coding.code", &["195967001"]);
        m.none(c, "reasonCode");
    }

    /// A prescription names the item of the plan that it prescribes; the name of an item is no medicine.
    fn a_prescription_is_based_on_the_item_of_its_plan() {
        let item = r#"<substanceAdministration classCode="SBADM" moodCode="INT"><templateId root="1.3.6.1.4.1.19376.1.9.1.3.10"/><id root="2.16.840.1.113883.19.30" extension="item"/>
<code code="MTPItem" codeSystem="1.3.6.1.4.1.19376.1.9.2.2"/><consumable><manufacturedProduct><manufacturedMaterial nullFlavor="NA"/></manufacturedProduct></consumable></substanceAdministration>"#;
        let entry = format!(r#"<entry><substanceAdministration classCode="SBADM" moodCode="INT"><templateId root="2.16.840.1.113883.10.20.22.4.16"/>
<id root="2.16.840.1.113883.19.30" extension="m"/><statusCode code="active"/><consumable><manufacturedProduct><manufacturedMaterial>
<code code="1190220" codeSystem="2.16.840.1.113883.6.88"/></manufacturedMaterial></manufacturedProduct></consumable>{}</substanceAdministration></entry>"#, relation("REFR", item));
        let m = Doc::new().section("57828-6", "x", &entry).convert();
        m.is(m.one("MedicationRequest"), "basedOn.identifier.value", &["item"]);
    }

    fn a_document_that_is_pointed_at_keeps_its_address() {
        let pointing = r#"<act classCode="ACT" moodCode="EVN"><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.4"/><code nullFlavor="NA"/>
<reference typeCode="REFR"><externalDocument><id root="2.16.840.1.113883.19.30" extension="aid"/><code code="69981-9" codeSystem="2.16.840.1.113883.6.1"/>
<text mediaType="text/html"><reference value="http://example.org/aid.html"/></text></externalDocument></reference></act>"#;
        let gout = problem("a", "90560007", "2014", &relation("REFR", pointing));
        let m = concern(&[gout]);
        let d = m.with("DocumentReference", "content.attachment.url", "http://example.org/aid.html");
        m.is(d, "context.related.resolve().identifier.value", &["a"]);
        m.is(d, "content.attachment.contentType", &["text/html"]);
        m.is(d, "identifier.value", &["aid"]);
        // what was taken back points at nothing
        let wrong = pointing.replace("<reference typeCode", r#"<statusCode code="nullified"/><reference typeCode"#);
        let m = concern(&[problem("a", "90560007", "2014", &relation("REFR", &wrong))]);
        m.is(m.with("DocumentReference", "identifier.value", "aid"), "status", &["entered-in-error"]);
        // without an address its number is what is known
        let m = concern(&[problem("a", "90560007", "2014", &relation("REFR", &pointing.replace(r#"<reference value="http://example.org/aid.html"/>"#, "")))]);
        m.none(m.with("DocumentReference", "identifier.value", "aid"), "content.attachment.url");
    }

    /// Where somebody was exposed, to what, and to whom.
    fn an_exposure_says_where_and_to_what() {
        let entry = r#"<entry><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.38"/><templateId root="2.16.840.1.113883.10.20.15.2.3.52"/><id root="2.16.840.1.113883.19.30" extension="x"/>
<code code="264379009" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/><value xsi:type="CD" code="264379009" codeSystem="2.16.840.1.113883.6.96"/>
<participant typeCode="LOC"><participantRole classCode="TERR"><code code="264379009" codeSystem="2.16.840.1.113883.6.96"/><addr><city>My City</city></addr></participantRole></participant>
<participant typeCode="IND"><sdtc:functionCode code="AEXPOS" codeSystem="2.16.840.1.113883.5.6"/><participantRole><playingEntity classCode="ANM"><code code="35794008" codeSystem="2.16.840.1.113883.6.96"/></playingEntity></participantRole></participant>
<participant typeCode="IND"><sdtc:functionCode code="AEXPOS" codeSystem="2.16.840.1.113883.5.6"/><participantRole><playingEntity classCode="PSN"><name><given>Ann</given><family>Null</family></name></playingEntity></participantRole></participant>
</observation></entry>"#;
        let m = Doc::new().section("29762-2", "x", entry).convert();
        let o = m.one("Observation");
        m.is(o, "component.code.coding.code", &["LOC", "AEXPOS", "AEXPOS"]);
        m.is(o, "component.valueCodeableConcept.coding.code", &["264379009", "35794008"]);
        m.is(o, "component.valueString", &["Ann Null"]);
        m.is(o, "component.extension(us-ph-address-extension).valueAddress.city", &["My City"]);
    }

    fn who_cares_for_a_rare_disease_is_a_care_team() {
        let care = r#"<act classCode="PCPR" moodCode="EVN"><templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.3.48"/><code code="85847-2" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/>
<performer typeCode="PRF"><assignedEntity><id root="2.9999.1"/><assignedPerson><name><family>Rare</family></name></assignedPerson></assignedEntity></performer></act>"#;
        let m = concern(&[problem("a", "90560007", "2014", &relation("REFR", care))]);
        let team = m.one("CareTeam");
        m.is(team, "participant.member.resolve().name.family", &["Rare"]);
        m.is(team, "reasonReference.resolve().identifier.value", &["a"]);
        // that the act is completed does not say that nobody cares any more
        m.none(team, "status");
    }
}

/// How many documents of the kind of the note there are.
fn notes(m: &Made) -> usize {
    m.all("DocumentReference").iter().filter(|d| m.texts(d, "type.coding.code").contains(&"34109-9".to_owned())).count()
}

#[track_caller]
fn m_is_noted(words: &str, notes: usize) {
    let m = commented(words);
    assert_eq!(m.texts(m.one("Immunization"), "note.text").len(), notes, "{words}");
}
