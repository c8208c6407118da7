//! Health concerns, goals, instructions, referrals, supplies, physical findings, pregnancy intention, and who wrote a
//! statement when. What the guide leaves out follows FHIR R4, US Core 6.1.0 and docs/policy.md.

use crate::checks;
use crate::common::*;

const EVN: &str = r#"moodCode="EVN""#;
const TIME: &str = r#"<effectiveTime value="20240301"/>"#;
const NOTE: &str = r#"<entryRelationship typeCode="SUBJ" inversionInd="true"><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.64"/><code code="48767-8" codeSystem="2.16.840.1.113883.6.1"/><text>Said in passing</text></act></entryRelationship>"#;
const WHY: &str = r#"<entryRelationship typeCode="RSON"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.19" extension="2014-06-09"/><id root="2.16.840.1.113883.19.12.1" extension="why"/>
<code code="404684003" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/><value xsi:type="CD" code="13645005" codeSystem="2.16.840.1.113883.6.96" displayName="COPD"/></observation></entryRelationship>"#;
const HOUSE: &str = r#"<performer><assignedEntity><id nullFlavor="NI"/><representedOrganization><id root="2.16.840.1.113883.19.12.2" extension="house"/><name>Exampleton Supplies</name></representedOrganization></assignedEntity></performer>"#;

/// An author: the id, the name (empty for a stub), and the time.
fn author(id: &str, family: &str, time: &str) -> String {
    let person = match family {
        "" => String::new(),
        name => format!("<assignedPerson><name><given>Wilma</given><family>{name}</family></name></assignedPerson>"),
    };
    format!(
        r#"<author><time value="{time}"/><assignedAuthor><id root="2.16.840.1.113883.4.6" extension="{id}"/>{person}</assignedAuthor></author>"#
    )
}

/// A statement: element with its class, attributes, template, id, and what follows the id.
fn statement(element: &str, attributes: &str, template: &str, id: &str, more: &str) -> String {
    format!(
        r#"<{element} {attributes}><templateId root="{template}"/><id root="2.16.840.1.113883.19.12.3" extension="{id}"/>{more}</{element}>"#
    )
}

fn section(code: &str, entries: &[String]) -> Made {
    let entries: String = entries.iter().map(|e| format!("<entry>{e}</entry>")).collect();
    Doc::new().section(code, r#"<content ID="words">in words</content>"#, &entries).convert()
}

fn gout(id: &str) -> String {
    let more = r#"<code code="55607006" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/><effectiveTime><low value="2020"/></effectiveTime><value xsi:type="CD" code="90560007" codeSystem="2.16.840.1.113883.6.96" displayName="Gout"/>"#;
    statement("observation", r#"classCode="OBS" moodCode="EVN""#, "2.16.840.1.113883.10.20.22.4.4", id, more)
}

fn concern(attributes: &str, id: &str, status: &str, more: &str) -> String {
    let head = format!(
        r#"<code code="75310-3" codeSystem="2.16.840.1.113883.6.1" displayName="Health concern"/><statusCode code="{status}"/>{more}"#
    );
    statement("act", &format!(r#"classCode="ACT" {attributes}"#), "2.16.840.1.113883.10.20.22.4.132", id, &head)
}

/// A reference to a statement that stands elsewhere.
fn elsewhere(id: &str) -> String {
    let more = r#"<code nullFlavor="NP"/><statusCode code="completed"/>"#;
    let act = statement("act", r#"classCode="ACT" moodCode="EVN""#, "2.16.840.1.113883.10.20.22.4.122", id, more);
    format!(r#"<entryRelationship typeCode="REFR">{act}</entryRelationship>"#)
}

fn goal(attributes: &str, template: &str, id: &str, more: &str) -> String {
    statement("observation", &format!(r#"classCode="OBS" {attributes}"#), template, id, more)
}

const GOAL: &str = "2.16.840.1.113883.10.20.22.4.121";
const PLANNED_OBSERVATION: &str = "2.16.840.1.113883.10.20.22.4.44";
const WEIGHT: &str = r#"<code code="29463-7" codeSystem="2.16.840.1.113883.6.1" displayName="Body weight"/>"#;

fn instruction(attributes: &str, more: &str) -> String {
    statement("act", &format!(r#"classCode="ACT" {attributes}"#), "2.16.840.1.113883.10.20.22.4.20", "in", more)
}

const EDUCATION: &str =
    r#"<code code="311401005" codeSystem="2.16.840.1.113883.6.96" displayName="Patient education"/>"#;

/// A device as a product: its own number, and what it is.
fn cane(id: &str) -> String {
    format!(
        r#"<participant typeCode="PRD"><participantRole classCode="MANU"><templateId root="2.16.840.1.113883.10.20.22.4.37"/>{id}
<playingDevice><code code="87405001" codeSystem="2.16.840.1.113883.6.96" displayName="Cane"/></playingDevice><scopingEntity><id root="2.16.840.1.113883.19.12.5"/></scopingEntity></participantRole></participant>"#
    )
}

fn supply(attributes: &str, template: &str, more: &str) -> String {
    statement("supply", &format!(r#"classCode="SPLY" {attributes}"#), template, "sp", more)
}

const EQUIPMENT: &str = "2.16.840.1.113883.10.20.22.4.50";
const PLANNED_SUPPLY: &str = "2.16.840.1.113883.10.20.22.4.43";
const SUPPLY_ORDER: &str = "2.16.840.1.113883.10.20.22.4.17";
const SERIAL: &str = r#"<id root="2.16.840.1.113883.19.12.4" extension="SN-1"/>"#;

fn drug(more: &str) -> String {
    format!(
        r#"<product><manufacturedProduct classCode="MANU"><templateId root="2.16.840.1.113883.10.20.22.4.23"/><manufacturedMaterial><code code="1190220" codeSystem="2.16.840.1.113883.6.88" displayName="Albuterol"/></manufacturedMaterial>{more}</manufacturedProduct></product>"#
    )
}

fn result(id: &str, more: &str) -> String {
    let all = format!(
        r#"<code code="2951-2" codeSystem="2.16.840.1.113883.6.1" displayName="Sodium"/><statusCode code="completed"/>{TIME}<value xsi:type="PQ" value="138" unit="mmol/L"/>{more}"#
    );
    statement("observation", r#"classCode="OBS" moodCode="EVN""#, "2.16.840.1.113883.10.20.22.4.2", id, &all)
}

/// The Provenances of statements: not that of the document.
fn authorships(m: &Made) -> Vec<&serde_json::Value> {
    let of_statements = |p: &&serde_json::Value| {
        m.texts(p, "entity").is_empty() && m.texts(p, "target.resolve().resourceType") != ["Composition"]
    };
    m.all("Provenance").into_iter().filter(of_statements).collect()
}

checks! {
    fn a_concern_that_names_its_own_id_does_not_refer_to_itself() {
        let told = format!(r#"<entryRelationship typeCode="REFR">{}</entryRelationship>{}"#, gout("p1"), elsewhere("c1"));
        let m = section("75310-3", &[concern(EVN, "c1", "active", &told)]);
        m.is(m.one("List"), "entry.item.resolve().resourceType", &["Condition"]);
        assert!(m.reported("reference-to-itself"));
    }

    fn a_health_concern_lists_what_it_is_about() {
        let told = format!("{TIME}{}{}{}", author("9999999902", "Writer", "20240302100000-0500"),
            format_args!(r#"<entryRelationship typeCode="REFR">{}</entryRelationship>"#, gout("p1")), elsewhere("r1"));
        let m = Doc::new().header(STAY).section("30954-2", "x", &format!("<entry>{}</entry>", result("r1", "")))
            .section("75310-3", r#"<content ID="words">in words</content>"#, &format!("<entry>{}</entry>", concern(EVN, "c1", "active", &format!(r##"<text><reference value="#words"/></text>{told}{NOTE}"##))))
            .convert();
        let l = m.one("List");
        m.is(l, "status", &["current"]);
        m.is(l, "mode", &["working"]);
        m.is(l, "code.coding.code", &["75310-3"]);
        m.is(l, "date", &["2024-03-01"]);
        m.is(l, "entry.item.resolve().resourceType", &["Condition", "Observation"]);
        m.is(l, "source.resolve().name.family", &["Writer"]);
        m.is(l, "note.text", &["Said in passing"]);
        m.is(l, "encounter.resolve().identifier.value", &["stay"]);
        m.contains(l, "text.div", "in words");
        // the concern says nothing of the problem that the problem does not say itself
        m.is(m.one("Condition"), "category.coding.code", &["health-concern"]);
    }

    fn a_health_concern_that_nobody_follows_is_no_longer_current() {
        for (status, want) in [("active", "current"), ("suspended", "current"), ("completed", "retired"), ("aborted", "retired"), ("nullified", "entered-in-error")] {
            let problem = format!(r#"<entryRelationship typeCode="REFR">{}</entryRelationship>"#, gout("p1"));
            let m = section("75310-3", &[concern(EVN, "c1", status, &problem)]);
            m.is(m.one("List"), "status", &[want]);
        }
    }

    fn no_health_concerns_make_no_list() {
        let m = section("75310-3", &[concern(r#"moodCode="EVN" negationInd="true""#, "c1", "active", TIME)]);
        assert!(m.all("List").is_empty());
        assert!(m.all("Condition").is_empty());
        assert!(m.reported("statement-not-mapped"));
    }

    /// It may be the concern alone that there is not: neither "confirmed" nor "refuted" is said.
    fn a_problem_to_which_a_negated_health_concern_refers_is_kept_as_narrative() {
        let problem = format!(r#"<entryRelationship typeCode="REFR">{}</entryRelationship>"#, gout("p1"));
        let m = section("75310-3", &[concern(r#"moodCode="EVN" negationInd="true""#, "c1", "active", &problem)]);
        assert!(m.all("List").is_empty());
        assert!(m.all("Condition").is_empty());
        assert!(m.reported("denial-not-carried"));
    }

    fn a_health_status_is_an_observation() {
        let status = |more: &str| statement("observation", r#"classCode="OBS" moodCode="EVN""#, "2.16.840.1.113883.10.20.22.4.5", "hs",
            &format!(r#"<code code="11323-3" codeSystem="2.16.840.1.113883.6.1"/><text><reference value="{}"/></text><statusCode code="completed"/>{more}
<value xsi:type="CD" code="161901003" codeSystem="2.16.840.1.113883.6.96" displayName="Chronically ill"/>{}{NOTE}"#, "#words", author("9999999902", "Writer", "20240302")));
        let m = Doc::new().header(STAY).section("75310-3", r#"<content ID="words">in words</content>"#, &format!("<entry>{}</entry>", status(TIME))).convert();
        let o = m.one("Observation");
        m.is(o, "code.coding.code", &["11323-3"]);
        m.is(o, "valueCodeableConcept.coding.code", &["161901003"]);
        m.is(o, "effectiveDateTime", &["2024-03-01"]);
        m.is(o, "performer.resolve().name.family", &["Writer"]);
        m.is(o, "note.text", &["Said in passing"]);
        m.none(o, "focus");
        // within a problem it is of that problem
        let inner = gout("p1").replace("</observation>", &format!(r#"<entryRelationship typeCode="REFR">{}</entryRelationship></observation>"#, status("").replace(r#"<statusCode code="completed"/>"#, "")));
        let m = section("11450-4", &[inner]);
        m.is(m.one("Observation"), "focus.resolve().code.coding.code", &["90560007"]);
        m.is(m.one("Observation"), "status", &["unknown"]);
    }

    fn a_goal_is_never_a_finding() {
        let more = format!(r##"{WEIGHT}<text><reference value="#words"/></text><statusCode code="active"/><effectiveTime><low value="20240301"/><high value="20240901"/></effectiveTime>
<value xsi:type="IVL_PQ"><high value="80" unit="kg"/></value>{}
<entryRelationship typeCode="REFR"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.143"/><id nullFlavor="NI"/><code code="225773000" codeSystem="2.16.840.1.113883.6.96"/>
<value xsi:type="CD" code="394849002" codeSystem="2.16.840.1.113883.6.96" displayName="High priority"/></observation></entryRelationship>
<entryRelationship typeCode="REFR">{}</entryRelationship>{}{NOTE}"##, author("9999999902", "Writer", "20240302"), gout("p1"), elsewhere("p1"));
        let m = section("61146-7", &[goal(r#"moodCode="GOL""#, GOAL, "g1", &more)]);
        assert!(m.all("Observation").is_empty());
        let g = m.one("Goal");
        m.is(g, "lifecycleStatus", &["active"]);
        m.is(g, "description.coding.code", &["29463-7"]);
        m.is(g, "startDate", &["2024-03-01"]);
        m.is(g, "target.dueDate", &["2024-09-01"]);
        m.is(g, "target.measure.coding.code", &["29463-7"]);
        m.is(g, "target.detailQuantity.value", &["80"]);
        m.is(g, "target.detailQuantity.comparator", &["<="]);
        m.is(g, "priority.coding.code", &["394849002"]);
        // said within the goal and by its id: one problem
        m.is(g, "addresses.resolve().code.coding.code", &["90560007"]);
        m.is(g, "expressedBy.resolve().name.family", &["Writer"]);
        m.is(g, "note.text", &["Said in passing"]);
    }

    fn a_goal_in_words_is_described_by_them() {
        let more = format!(r#"<code code="58144-7" codeSystem="2.16.840.1.113883.6.1" displayName="Overall goal"/><statusCode code="active"/>{TIME}<value xsi:type="ST">Climb the stairs again</value>"#);
        let m = section("61146-7", &[goal(r#"moodCode="GOL""#, GOAL, "g1", &more)]);
        let g = m.one("Goal");
        m.is(g, "description.text", &["Climb the stairs again"]);
        m.is(g, "startDate", &["2024-03-01"]);
        m.is(g, "target.measure.coding.code", &["58144-7"]);
        m.is(g, "target.detailString", &["Climb the stairs again"]);
        let told = r##"<code nullFlavor="UNK"/><text><reference value="#words"/></text>"##;
        let m = section("61146-7", &[goal(r#"moodCode="GOL""#, GOAL, "g2", told)]);
        let g = m.one("Goal");
        m.is(g, "description.text", &["in words"]);
        m.is(g, "lifecycleStatus", &["proposed"]);
        m.none(g, "target");
    }

    fn a_planned_observation_of_goal_mood_is_a_goal_with_a_due_date() {
        let more = format!(r#"{WEIGHT}<statusCode code="new"/><effectiveTime><center value="20240901"/></effectiveTime>"#);
        let m = section("18776-5", &[goal(r#"moodCode="GOL""#, PLANNED_OBSERVATION, "g1", &more)]);
        let g = m.one("Goal");
        m.is(g, "lifecycleStatus", &["proposed"]);
        m.is(g, "target.dueDate", &["2024-09-01"]);
        m.none(g, "startDate");
        let more = format!(r#"{WEIGHT}<statusCode code="active"/><effectiveTime value="20240901"/><value xsi:type="PQ" value="80" unit="kg"/>"#);
        let m = section("18776-5", &[goal(r#"moodCode="GOL""#, PLANNED_OBSERVATION, "g1", &more)]);
        m.is(m.one("Goal"), "target.dueDate", &["2024-09-01"]);
        m.is(m.one("Goal"), "target.detailQuantity.value", &["80"]);
    }

    fn a_negated_goal_stays_narrative() {
        let m = section("61146-7", &[goal(r#"moodCode="GOL" negationInd="true""#, GOAL, "g1", &format!("{WEIGHT}{TIME}"))]);
        assert!(m.all("Goal").is_empty());
        assert!(m.reported("statement-not-mapped"));
    }

    fn trap_16_a_placeholder_is_no_goal() {
        let entry = r#"<observation classCode="OBS" moodCode="GOL"><templateId root="2.16.840.1.113883.10.20.22.4.44"/><id nullFlavor="NA"/><code nullFlavor="UNK"><originalText>No goal data</originalText></code><statusCode code="completed"/></observation>"#;
        let m = section("18776-5", &[entry.to_owned()]);
        assert!(m.all("Goal").is_empty());
    }

    fn an_instruction_is_a_request_with_words_for_the_patient() {
        let more = format!(r#"{EDUCATION}<text>Weigh yourself each morning</text><statusCode code="completed"/>{TIME}{}{NOTE}"#, author("9999999902", "Writer", "20240302"));
        let m = Doc::new().header(STAY).section("8653-8", "x", &format!("<entry>{}</entry>", instruction(r#"moodCode="INT""#, &more))).convert();
        let r = m.one("ServiceRequest");
        m.is(r, "intent", &["plan"]);
        m.is(r, "status", &["unknown"]);
        m.is(r, "code.coding.code", &["311401005"]);
        m.is(r, "patientInstruction", &["Weigh yourself each morning"]);
        m.is(r, "occurrenceDateTime", &["2024-03-01"]);
        m.is(r, "authoredOn", &["2024-03-02"]);
        m.is(r, "requester.resolve().name.family", &["Writer"]);
        m.is(r, "note.text", &["Said in passing"]);
        let m = section("69730-0", &[instruction(r#"moodCode="INT""#, "<code nullFlavor=\"NAV\"/><text>Come again next year</text>")]);
        m.is(m.one("ServiceRequest"), "code.text", &["Come again next year"]);
        m.is(m.one("ServiceRequest"), "status", &["unknown"]);
    }

    fn an_instruction_with_a_vaccine_supports_it() {
        let vaccine = format!(r#"<substanceAdministration classCode="SBADM" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.52"/><id root="2.16.840.1.113883.19.12.3" extension="v"/><statusCode code="completed"/>{TIME}
<consumable><manufacturedProduct classCode="MANU"><manufacturedMaterial><code code="88" codeSystem="2.16.840.1.113883.12.292"/></manufacturedMaterial></manufacturedProduct></consumable>
<entryRelationship typeCode="SUBJ" inversionInd="true">{}</entryRelationship></substanceAdministration>"#, instruction(r#"moodCode="INT""#, &format!("{EDUCATION}<text>Possible flu-like symptoms</text>")));
        let m = section("11369-6", &[vaccine]);
        m.is(m.one("ServiceRequest"), "supportingInfo.resolve().vaccineCode.coding.code", &["88"]);
        m.is(m.one("ServiceRequest"), "patientInstruction", &["Possible flu-like symptoms"]);
    }

    fn a_negated_instruction_stays_narrative() {
        let m = section("69730-0", &[instruction(r#"moodCode="INT" negationInd="true""#, EDUCATION)]);
        assert!(m.all("ServiceRequest").is_empty());
    }

    fn a_referral_is_a_request() {
        let referral = |priority: &str| statement("act", r#"classCode="PCPR" moodCode="INT""#, "2.16.840.1.113883.10.20.22.4.140", "rf",
            &format!(r#"<code code="44383000" codeSystem="2.16.840.1.113883.6.96" displayName="Referral for consultation"/><statusCode code="active"/>{TIME}<priorityCode code="{priority}" codeSystem="2.16.840.1.113883.5.7"/>
<participant typeCode="REFT"><participantRole><id root="2.16.840.1.113883.4.6" extension="9999999903"/><playingEntity><name><given>Petra</given><family>Wheeze</family></name></playingEntity></participantRole></participant>
<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"><code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><statusCode code="completed"/><value xsi:type="CD" code="268528005" codeSystem="2.16.840.1.113883.6.96" displayName="Full care by specialist"/></observation></entryRelationship>{WHY}"#));
        for (priority, want) in [("A", "asap"), ("R", "routine"), ("UR", "urgent"), ("S", "stat"), ("EM", "stat")] {
            let m = section("42349-1", &[referral(priority)]);
            let r = m.one("ServiceRequest");
            m.is(r, "priority", &[want]);
            m.is(r, "intent", &["plan"]);
            m.is(r, "status", &["active"]);
            m.is(r, "code.coding.code", &["44383000"]);
            m.is(r, "orderDetail.coding.code", &["268528005"]);
            m.is(r, "reasonCode.coding.code", &["13645005"]);
            m.is(r, "performer.resolve().name.family", &["Wheeze"]);
        }
        // a priority of which R4 knows nothing is left out
        m_none_priority(&section("42349-1", &[referral("P")]));
    }

    fn equipment_handed_over_is_a_delivery() {
        let more = format!(r##"<text><reference value="#words"/></text><statusCode code="completed"/><effectiveTime xsi:type="IVL_TS"><high value="20240311"/></effectiveTime><quantity value="2"/>{HOUSE}{}"##, cane(SERIAL));
        let m = section("46264-8", &[supply(EVN, EQUIPMENT, &more)]);
        let s = m.one("SupplyDelivery");
        m.is(s, "status", &["completed"]);
        m.is(s, "type.coding.code", &["device"]);
        m.is(s, "occurrencePeriod.end", &["2024-03-11"]);
        m.is(s, "suppliedItem.quantity.value", &["2"]);
        m.is(s, "suppliedItem.itemReference.resolve().type.coding.code", &["87405001"]);
        m.is(s, "suppliedItem.itemReference.resolve().identifier.value", &["SN-1"]);
        m.is(s, "supplier.resolve().name", &["Exampleton Supplies"]);
        // without a number of its own it is known by what it is
        let m = section("46264-8", &[supply(EVN, EQUIPMENT, &format!(r#"<statusCode code="aborted"/>{}"#, cane("")))]);
        m.is(m.one("SupplyDelivery"), "suppliedItem.itemCodeableConcept.coding.code", &["87405001"]);
        m.is(m.one("SupplyDelivery"), "status", &["abandoned"]);
    }

    fn equipment_not_handed_over_stays_narrative() {
        let m = section("46264-8", &[supply(r#"moodCode="EVN" negationInd="true""#, EQUIPMENT, &cane(SERIAL))]);
        assert!(m.all("SupplyDelivery").is_empty());
        assert!(m.all("DeviceRequest").is_empty());
    }

    fn planned_equipment_was_not_handed_over() {
        let more = format!(r##"<text><reference value="#words"/></text><statusCode code="active"/>{TIME}<priorityCode code="UR" codeSystem="2.16.840.1.113883.5.7"/><quantity value="1"/>{HOUSE}{}{}{WHY}{NOTE}"##, author("9999999902", "Writer", "20240302"), cane(SERIAL));
        for (mood, intent) in [("INT", "plan"), ("RQO", "order"), ("PRP", "proposal")] {
            let m = Doc::new().header(STAY).section("18776-5", r#"<content ID="words">in words</content>"#, &format!("<entry>{}</entry>", supply(&format!(r#"moodCode="{mood}""#), PLANNED_SUPPLY, &more))).convert();
            assert!(m.all("SupplyDelivery").is_empty());
            let r = m.one("DeviceRequest");
            m.is(r, "intent", &[intent]);
            m.is(r, "status", &["active"]);
            m.is(r, "priority", &["urgent"]);
            m.is(r, "codeCodeableConcept.coding.code", &["87405001"]);
            m.is(r, "parameter.valueQuantity.value", &["1"]);
            m.is(r, "occurrenceDateTime", &["2024-03-01"]);
            m.is(r, "authoredOn", &["2024-03-02"]);
            m.is(r, "reasonCode.coding.code", &["13645005"]);
            m.is(r, "performer.resolve().name", &["Exampleton Supplies"]);
            m.is(r, "note.text", &["Said in passing"]);
        }
        let coded = r#"<code code="E1390" codeSystem="2.16.840.1.113883.6.285" displayName="Oxygen concentrator"/>"#;
        let m = section("18776-5", &[supply(r#"moodCode="RQO""#, PLANNED_SUPPLY, coded)]);
        m.is(m.one("DeviceRequest"), "codeCodeableConcept.coding.code", &["E1390"]);
        m.is(m.one("DeviceRequest"), "status", &["unknown"]);
    }

    fn a_medicine_of_which_only_the_supply_is_planned_is_a_request() {
        let more = format!(r##"<text><reference value="#words"/></text><statusCode code="active"/><effectiveTime xsi:type="IVL_TS"><low value="20240301"/><high value="20240901"/></effectiveTime><repeatNumber value="3"/><quantity value="60"/>{}{HOUSE}{}{WHY}{NOTE}"##, drug(""), author("9999999902", "Writer", "20240302"));
        let m = Doc::new().header(STAY).section("18776-5", r#"<content ID="words">in words</content>"#, &format!("<entry>{}</entry>", supply(r#"moodCode="INT""#, PLANNED_SUPPLY, &more))).convert();
        let r = m.one("MedicationRequest");
        m.is(r, "status", &["active"]);
        m.is(r, "intent", &["order"]);
        m.is(r, "medicationCodeableConcept.coding.code", &["1190220"]);
        m.is(r, "dispenseRequest.quantity.value", &["60"]);
        m.is(r, "dispenseRequest.numberOfRepeatsAllowed", &["2"]);
        m.is(r, "dispenseRequest.validityPeriod.end", &["2024-09-01"]);
        m.is(r, "dispenseRequest.performer.resolve().name", &["Exampleton Supplies"]);
        m.is(r, "reasonCode.coding.code", &["13645005"]);
        m.none(r, "doNotPerform");
        assert!(m.all("MedicationDispense").is_empty());
        let maker = "<manufacturerOrganization><name>Exampleton Pharma</name></manufacturerOrganization>";
        let m = section("18776-5", &[supply(r#"moodCode="PRP" negationInd="true""#, SUPPLY_ORDER, &drug(maker))]);
        let r = m.one("MedicationRequest");
        m.is(r, "intent", &["proposal"]);
        m.is(r, "doNotPerform", &["true"]);
        m.is(r, "status", &["unknown"]);
        m.is(r, "medicationReference.resolve().manufacturer.resolve().name", &["Exampleton Pharma"]);
    }

    fn physical_findings_are_of_an_examination() {
        let finding = |attributes: &str, value: &str| format!(r##"<observation classCode="OBS" {attributes}><id root="2.16.840.1.113883.19.12.3" extension="pf"/><code code="32450-9" codeSystem="2.16.840.1.113883.6.1" displayName="Chest findings"/><text><reference value="#words"/></text><statusCode code="completed"/>{value}
<interpretationCode code="A" codeSystem="2.16.840.1.113883.5.83"/><methodCode code="37931006" codeSystem="2.16.840.1.113883.6.96" displayName="Auscultation"/><targetSiteCode code="51185008" codeSystem="2.16.840.1.113883.6.96" displayName="Thorax"/>{}{NOTE}</observation>"##, author("9999999902", "Writer", "20240302"));
        let wheeze = r#"<value xsi:type="CD" code="56018004" codeSystem="2.16.840.1.113883.6.96" displayName="Wheezing"/>"#;
        for code in ["29545-1", "10184-0"] {
            let m = section(code, &[finding(EVN, &format!("{TIME}{wheeze}"))]);
            let o = m.one("Observation");
            m.is(o, "category.coding.code", &["exam"]);
            m.is(o, "status", &["final"]);
            m.is(o, "code.coding.code", &["32450-9"]);
            m.is(o, "valueCodeableConcept.coding.code", &["56018004"]);
            m.is(o, "bodySite.coding.code", &["51185008"]);
            m.is(o, "interpretation.coding.code", &["A"]);
            m.is(o, "performer.resolve().name.family", &["Writer"]);
        }
        // a panel says when for its members
        let panel = format!(r#"<organizer classCode="CLUSTER" moodCode="EVN"><statusCode code="completed"/>{TIME}<component>{}</component></organizer>"#, finding(EVN, r#"<value xsi:type="CD" nullFlavor="UNK"/>"#).replace(r#"<statusCode code="completed"/>"#, ""));
        let m = Doc::new().header(STAY).section("29545-1", r#"<content ID="words">in words</content>"#, &format!("<entry>{panel}</entry>")).convert();
        m.is(m.one("Observation"), "effectiveDateTime", &["2024-03-01"]);
        m.is(m.one("Observation"), "dataAbsentReason.coding.code", &["unknown"]);
        m.is(m.one("Observation"), "status", &["unknown"]);
        for attributes in [r#"moodCode="EVN" negationInd="true""#, r#"moodCode="RQO""#] {
            assert!(section("29545-1", &[finding(attributes, wheeze)]).all("Observation").is_empty(), "{attributes}");
        }
    }

    fn the_measure_of_a_wound_is_about_the_wound() {
        let measure = statement("observation", r#"classCode="OBS" moodCode="EVN""#, "2.16.840.1.113883.10.20.22.4.133", "wm",
            r#"<code code="39126-8" codeSystem="2.16.840.1.113883.6.1" displayName="Length of wound"/><statusCode code="completed"/><value xsi:type="PQ" value="2" unit="cm"/>"#);
        let wound = gout("w").replace("</observation>", &format!(r#"<entryRelationship typeCode="COMP">{measure}</entryRelationship></observation>"#));
        let m = section("8709-8", &[wound]);
        m.is(m.one("Observation"), "valueQuantity.value", &["2"]);
        m.is(m.one("Observation"), "focus.resolve().resourceType", &["Condition"]);
    }

    fn pregnancy_intention_is_of_the_social_history() {
        let intention = |value: &str, more: &str| statement("observation", r#"classCode="OBS" moodCode="EVN""#, "2.16.840.1.113883.10.20.22.4.281", "pi",
            &format!(r##"<code code="86645-9" codeSystem="2.16.840.1.113883.6.1"/><text><reference value="#words"/></text><statusCode code="completed"/>{value}{more}"##));
        let m = Doc::new().header(STAY).section("29762-2", r#"<content ID="words">in words</content>"#, &format!("<entry>{}</entry>", intention(r#"<effectiveTime><low value="20240301"/></effectiveTime><value xsi:type="CD" code="454381000124105" codeSystem="2.16.840.1.113883.6.96"/>"#, ""))).convert();
        let o = m.one("Observation");
        m.is(o, "category.coding.code", &["social-history"]);
        m.is(o, "code.coding.code", &["86645-9"]);
        m.is(o, "effectiveDateTime", &["2024-03-01"]);
        m.is(o, "valueCodeableConcept.coding.code", &["454381000124105"]);
        let m = section("29762-2", &[intention(r#"<value xsi:type="CD" nullFlavor="UNK"/>"#, &author("9999999902", "Writer", "20240302"))]);
        m.is(m.one("Observation"), "valueCodeableConcept.coding.code", &["UNK"]);
        m.is(m.one("Observation"), "effectiveDateTime", &["2024-03-02"]);
        m.none(m.one("Observation"), "dataAbsentReason");
        let m = section("29762-2", &[intention(r#"<value xsi:type="CD" nullFlavor="ASKU"/>"#, "")]);
        m.is(m.one("Observation"), "dataAbsentReason.coding.code", &["asked-unknown"]);
    }

    fn the_parts_of_a_udi_are_of_the_device_that_bears_it() {
        let part = |template: &str, value: &str| format!(r#"<component>{}</component>"#, statement("observation", r#"classCode="OBS" moodCode="EVN""#, template, "", &format!(r#"<code nullFlavor="NI"/>{value}"#)));
        let of = |udi: &str| {
            let parts = part("2.16.840.1.113883.10.20.22.4.304", r#"<value xsi:type="II" root="1.3.160" extension="00643169007222"/>"#)
                + &part("2.16.840.1.113883.10.20.22.4.309", r#"<value xsi:type="TS" value="20160128"/>"#)
                + &part("2.16.840.1.113883.10.20.22.4.315", r#"<value xsi:type="ED">BLC200</value>"#)
                + &part("2.16.840.1.113883.10.20.22.4.319", r#"<value xsi:type="ED">200461H</value>"#)
                + &part("2.16.840.1.113883.10.20.22.4.308", r#"<value xsi:type="ED">A9999</value>"#)
                + &part("2.16.840.1.113883.10.20.22.4.303", r#"<value xsi:type="ED">Exampleton Devices</value>"#)
                + &part("2.16.840.1.113883.10.20.22.4.316", r#"<value xsi:type="TS" value="20150128"/>"#)
                + &part("2.16.840.1.113883.10.20.22.4.317", r#"<value xsi:type="ED">M-5</value>"#)
                + &part("2.16.840.1.113883.10.20.22.4.302", r#"<value xsi:type="ED">C-7</value>"#)
                + &part("2.16.840.1.113883.10.20.22.4.301", r#"<value xsi:type="ED">Steady</value>"#)
                + &part("2.16.840.1.113883.10.20.22.4.318", r#"<value xsi:type="CD" code="C113844" codeSystem="2.16.840.1.113883.3.26.1.1" displayName="Labeling does not contain MRI Safety Information"/>"#);
            let more = format!(r#"<code code="175135009" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/>{TIME}
<participant typeCode="DEV"><participantRole classCode="MANU"><templateId root="2.16.840.1.113883.10.20.22.4.37"/><id root="2.16.840.1.113883.3.3719" extension="(01)0064"/><playingDevice><code code="704708004" codeSystem="2.16.840.1.113883.6.96"/></playingDevice></participantRole></participant>
<entryRelationship typeCode="COMP"><organizer classCode="CLUSTER" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.311"/><id root="2.16.840.1.113883.3.3719" extension="{udi}"/><code code="74711-3" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/>{parts}</organizer></entryRelationship>"#);
            section("47519-4", &[statement("procedure", r#"classCode="PROC" moodCode="EVN""#, "2.16.840.1.113883.10.20.22.4.14", "p", &more)])
        };
        let m = of("(01)0064");
        let d = m.one("Device");
        m.is(d, "type.coding.code", &["704708004"]);
        m.is(d, "udiCarrier.deviceIdentifier", &["00643169007222"]);
        m.is(d, "expirationDate", &["2016-01-28"]);
        m.is(d, "lotNumber", &["BLC200"]);
        m.is(d, "serialNumber", &["200461H"]);
        m.is(d, "distinctIdentifier", &["A9999"]);
        m.is(d, "manufacturer", &["Exampleton Devices"]);
        m.is(d, "manufactureDate", &["2015-01-28"]);
        m.is(d, "modelNumber", &["M-5"]);
        m.is(d, "partNumber", &["C-7"]);
        m.is(d, "deviceName.name", &["Steady"]);
        m.is(d, "safety.coding.code", &["C113844"]);
        assert!(!m.reported("statement-not-mapped"));
        // another UDI is another device, as far as anybody can know
        let m = of("(01)0099");
        m.none(m.with("Device", "type.coding.code", "704708004"), "lotNumber");
        assert_eq!(m.all("Device").len(), 2);
    }

    fn an_intention_is_reported_whatever_its_mood_says() {
        let more = r#"<code code="86645-9" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><effectiveTime><low value="20240301"/><high value="20250301"/></effectiveTime><value xsi:type="CD" code="454401000124105" codeSystem="2.16.840.1.113883.6.96"/>"#;
        let m = section("29762-2", &[statement("observation", r#"classCode="OBS" moodCode="INT""#, "2.16.840.1.113883.10.20.22.4.281", "pi", more)]);
        m.is(m.one("Observation"), "code.coding.code", &["86645-9"]);
        m.is(m.one("Observation"), "valueCodeableConcept.coding.code", &["454401000124105"]);
        m.is(m.one("Observation"), "effectiveDateTime", &["2024-03-01"]);
        assert!(m.all("ServiceRequest").is_empty());
    }

    fn work_is_told_with_its_industry_its_dangers_and_its_hours() {
        let inner = |template: &str, id: &str, code: &str, value: &str| format!(r#"<entryRelationship typeCode="REFR">{}</entryRelationship>"#, statement("observation", r#"classCode="OBS" moodCode="EVN""#, template, id,
            &format!(r#"<code code="{code}" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/>{value}"#)));
        let more = format!(r#"<code code="11341-5" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="active"/><effectiveTime><low value="20150424"/></effectiveTime><value xsi:type="CD" code="3600" codeSystem="2.16.840.1.113883.6.240" displayName="Nursing aides"/>{}{}"#,
            inner("2.16.840.1.113883.10.20.22.4.215", "danger", "87729-0", r#"<value xsi:type="ST">Asbestos</value>"#),
            inner("2.16.840.1.113883.10.20.22.4.216", "industry", "86188-0", r#"<value xsi:type="CD" code="8270" codeSystem="2.16.840.1.114222.4.5.315" displayName="Nursing care"/>"#)
                + &inner("2.16.840.1.113883.10.20.22.4.223", "schedule", "74159-5", r#"<value xsi:type="ST">nights</value>"#));
        let m = section("29762-2", &[statement("observation", r#"classCode="OBS" moodCode="EVN""#, "2.16.840.1.113883.10.20.22.4.217", "work", &more)]);
        assert!(!m.reported("statement-not-mapped"));
        let work = m.with("Observation", "identifier.value", "work");
        m.is(work, "valueCodeableConcept.coding.code", &["3600"]);
        m.is(work, "category.coding.code", &["social-history"]);
        m.is(m.with("Observation", "identifier.value", "danger"), "valueString", &["Asbestos"]);
        m.is(work, "hasMember.resolve().identifier.value", &["danger", "industry", "schedule"]);
    }

    fn what_follows_a_pregnancy_and_how_somebody_is_spoken_of_is_kept() {
        for (template, code) in [("2.16.840.1.113883.10.20.22.4.285", "249197004"), ("2.16.840.1.113883.10.20.22.4.284", "63893-2"), ("2.16.840.1.113883.10.20.30.3.34", "8665-2"), ("2.16.840.1.113883.10.20.22.4.280", "11884-4"), ("2.16.840.1.113883.10.15.2", "90778-2")] {
            let more = format!(r#"<code code="{code}" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/>{TIME}<value xsi:type="ST">as told</value>"#);
            let m = section("29762-2", &[statement("observation", r#"classCode="OBS" moodCode="EVN""#, template, "x", &more)]);
            m.is(m.one("Observation"), "code.coding.code", &[code]);
            m.is(m.one("Observation"), "valueString", &["as told"]);
            // what is denied stays narrative
            let m = section("29762-2", &[statement("observation", r#"classCode="OBS" moodCode="EVN" negationInd="true""#, template, "x", &more)]);
            assert!(m.all("Observation").is_empty(), "{template}");
        }
    }

    fn what_else_the_social_history_says_is_kept_apart_by_its_code() {
        for (template, code) in [("2.16.840.1.113883.10.20.22.4.501", "76690-7"), ("2.16.840.1.113883.10.20.22.4.503", "11341-5"), ("2.16.840.1.113883.10.20.22.4.109", "75274-1")] {
            let more = format!(r#"<code code="{code}" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/>{TIME}<value xsi:type="CD" nullFlavor="OTH"><originalText>In the patient's words</originalText></value>"#);
            let m = section("29762-2", &[statement("observation", r#"classCode="OBS" moodCode="EVN""#, template, "so", &more)]);
            m.is(m.one("Observation"), "code.coding.code", &[code]);
            m.is(m.one("Observation"), "valueCodeableConcept.text", &["In the patient's words"]);
        }
    }

    fn a_procedure_belongs_to_the_encounter_that_it_names() {
        let visit = statement("encounter", r#"classCode="ENC" moodCode="EVN""#, "2.16.840.1.113883.10.20.22.4.49", "visit", &format!(r#"<code code="99213" codeSystem="2.16.840.1.113883.6.12"/>{TIME}"#));
        let named = r#"<entryRelationship typeCode="COMP"><encounter classCode="ENC" moodCode="EVN"><id root="2.16.840.1.113883.19.12.3" extension="visit"/></encounter></entryRelationship>"#;
        let done = |element: &str, class: &str, template: &str, attributes: &str| statement(element, &format!(r#"classCode="{class}" {attributes}"#), template, "x", &format!(r#"<code code="73761001" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/>{TIME}{named}"#));
        for (ty, entry) in [
            ("Procedure", done("procedure", "PROC", "2.16.840.1.113883.10.20.22.4.14", EVN)),
            ("Observation", done("observation", "OBS", "2.16.840.1.113883.10.20.22.4.13", EVN)),
            ("Procedure", done("observation", "OBS", "2.16.840.1.113883.10.20.22.4.13", r#"moodCode="EVN" negationInd="true""#)),
            ("ServiceRequest", done("procedure", "PROC", "2.16.840.1.113883.10.20.22.4.41", r#"moodCode="RQO""#)),
        ] {
            let m = Doc::new().header(STAY).section("46240-8", "x", &format!("<entry>{visit}</entry>")).section("47519-4", "x", &format!("<entry>{entry}</entry>")).convert();
            m.is(m.one(ty), "encounter.resolve().identifier.value", &["visit"]);
        }
        let inside = visit.replace("</encounter>", &format!(r#"<entryRelationship typeCode="COMP">{}</entryRelationship></encounter>"#, done("procedure", "PROC", "2.16.840.1.113883.10.20.22.4.14", EVN).replace(named, "")));
        let m = Doc::new().header(STAY).section("46240-8", "x", &format!("<entry>{inside}</entry>")).convert();
        m.is(m.one("Procedure"), "encounter.resolve().identifier.value", &["visit"]);
    }

    fn the_device_of_a_procedure_is_kept_unless_it_was_not_done() {
        let done = |attributes: &str, code: &str, device: &str| section("46264-8", &[statement("procedure", &format!(r#"classCode="PROC" {attributes}"#), "2.16.840.1.113883.10.20.22.4.14", "x",
            &format!(r#"{code}<statusCode code="completed"/>{TIME}{device}"#))]);
        let knee = r#"<code code="609588000" codeSystem="2.16.840.1.113883.6.96" displayName="Knee replacement"/>"#;
        let device = cane(SERIAL).replace("PRD", "DEV");
        let m = done(EVN, knee, &device);
        m.is(m.one("Procedure"), "usedReference.resolve().identifier.value", &["SN-1"]);
        m.is(m.one("Procedure"), "usedReference.resolve().type.coding.code", &["87405001"]);
        // nobody coded the operation: the device says that there was one
        let unknown = r#"<code nullFlavor="UNK"/>"#;
        m.is(done(EVN, unknown, &device).one("Procedure"), "usedReference.resolve().type.coding.code", &["87405001"]);
        let negated = r#"moodCode="EVN" negationInd="true""#;
        let m = done(negated, knee, &device);
        m.is(m.one("Procedure"), "status", &["not-done"]);
        m.none(m.one("Procedure"), "usedReference");
        assert!(done(negated, unknown, &device).all("Procedure").is_empty());
        assert!(done(EVN, unknown, "").all("Procedure").is_empty());
    }

    fn trap_09_who_wrote_a_statement_and_when() {
        let m = section("30954-2", &[result("r1", &author("9999999902", "Writer", "20240302101500-0500"))]);
        let p = authorships(&m);
        assert_eq!(p.len(), 1);
        m.is(p[0], "target.resolve().resourceType", &["Observation"]);
        m.is(p[0], "recorded", &["2024-03-02T10:15:00-05:00"]);
        m.is(p[0], "occurredDateTime", &["2024-03-02T10:15:00-05:00"]);
        m.is(p[0], "agent.type.coding.code", &["author"]);
        m.is(p[0], "agent.who.resolve().name.family", &["Writer"]);
    }

    fn what_one_author_wrote_at_one_time_is_said_once() {
        let by = author("9999999902", "Writer", "20240302101500-0500");
        let m = section("30954-2", &[result("r1", &by), result("r2", &by), result("r3", &author("9999999902", "", "20240303101500-0500")), result("r1", &by)]);
        let p = authorships(&m);
        assert_eq!(p.len(), 2, "{}", m.json);
        m.is(p[0], "target.resolve().identifier.value", &["r1", "r2"]);
        m.is(p[1], "target.resolve().identifier.value", &["r3"]);
    }

    fn trap_09_the_author_of_a_concern_or_panel_wrote_what_is_in_it_unless_it_names_its_own() {
        let by = author("9999999902", "Writer", "20240302101500-0500");
        let own = author("9999999903", "Other", "20240303101500-0500");
        let act = format!(r#"<act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.3"/><id root="2.16.840.1.113883.19.12.3" extension="a"/><code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="active"/>{by}
<entryRelationship typeCode="SUBJ">{}</entryRelationship><entryRelationship typeCode="SUBJ">{}</entryRelationship></act>"#, gout("p1"), gout("p2").replace("</observation>", &format!("{own}</observation>")));
        let m = section("11450-4", &[act]);
        let p = authorships(&m);
        assert_eq!(p.len(), 2);
        // the concern of several problems is a list
        m.is(p[0], "target.resolve().identifier.value", &["a", "p1"]);
        m.is(p[0], "agent.who.resolve().name.family", &["Writer"]);
        m.is(p[1], "target.resolve().identifier.value", &["p2"]);
        m.is(p[1], "agent.who.resolve().name.family", &["Other"]);
        let panel = |inner: &str| format!(r#"<organizer classCode="BATTERY" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.1"/><id root="2.16.840.1.113883.19.12.3" extension="o"/><code code="24323-8" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/>{by}<component>{inner}</component></organizer>"#);
        let m = section("30954-2", &[panel(&result("r1", ""))]);
        let p = authorships(&m);
        assert_eq!(p.len(), 1);
        m.is(p[0], "target.resolve().resourceType", &["DiagnosticReport", "Observation"]);
        // an author without time hides who wrote the panel, and says no time
        let m = section("30954-2", &[panel(&result("r1", &author("9999999903", "Other", "").replace(r#"<time value=""/>"#, r#"<time nullFlavor="UNK"/>"#)))]);
        m.is(authorships(&m)[0], "target.resolve().resourceType", &["DiagnosticReport"]);
    }

    fn who_ordered_the_supply_wrote_of_the_medicine() {
        let order = supply(r#"moodCode="INT""#, SUPPLY_ORDER, &author("9999999902", "Writer", "20240302101500-0500"));
        let drug = r#"<consumable><manufacturedProduct classCode="MANU"><manufacturedMaterial><code code="1190220" codeSystem="2.16.840.1.113883.6.88"/></manufacturedMaterial></manufacturedProduct></consumable>"#;
        let medicine = statement("substanceAdministration", r#"classCode="SBADM" moodCode="INT""#, "2.16.840.1.113883.10.20.22.4.16", "m", &format!(r#"<statusCode code="active"/>{TIME}{drug}<entryRelationship typeCode="REFR">{order}</entryRelationship>"#));
        let m = section("10160-0", &[medicine]);
        let p = authorships(&m)[0];
        m.is(p, "target.resolve().resourceType", &["MedicationRequest"]);
        m.is(p, "agent.who.resolve().name.family", &["Writer"]);
        m.is(p, "recorded", &["2024-03-02T10:15:00-05:00"]);
    }

    fn an_order_in_words_alone_is_an_order() {
        let order = |id: &str| format!(r##"<observation classCode="OBS" moodCode="RQO"><templateId root="{PLANNED_OBSERVATION}"/>{id}<code nullFlavor="UNK"/><text><reference value="#words"/></text><statusCode code="active"/></observation>"##);
        let m = section("18776-5", &[order(r#"<id root="2.16.840.1.113883.19.12.3" extension="o"/>"#)]);
        m.is(m.one("ServiceRequest"), "code.text", &["in words"]);
        assert!(section("18776-5", &[order(r#"<id nullFlavor="NI"/>"#)]).all("ServiceRequest").is_empty());
    }

    fn several_authors_span_the_time_of_writing() {
        let m = section("30954-2", &[result("r1", &format!("{}{}", author("9999999902", "Writer", "20240302101500-0500"), author("9999999903", "Other", "20240304101500-0500")))]);
        let p = authorships(&m)[0];
        m.is(p, "occurredPeriod.start", &["2024-03-02T10:15:00-05:00"]);
        m.is(p, "occurredPeriod.end", &["2024-03-04T10:15:00-05:00"]);
        m.is(p, "recorded", &["2024-03-02T10:15:00-05:00"]);
        m.is(p, "agent.who.resolve().name.family", &["Writer", "Other"]);
    }

    fn trap_01_an_author_time_without_offset_is_a_date_and_no_instant() {
        let m = section("30954-2", &[result("r1", &author("9999999902", "Writer", "202403021015"))]);
        let p = authorships(&m)[0];
        m.is(p, "occurredDateTime", &["2024-03-02"]);
        m.none(p, "recorded");
        m.is(p, "_recorded.extension.valueCode", &["unknown"]);
        // said once, and nothing is lost
        assert!(m.reported("time-without-zone") && !m.reported("instant-incomplete") && !m.reported("required"));
    }

    fn an_author_writes_on_behalf_of_an_organisation() {
        let by = r#"<author><time value="20240302101500-0500"/><assignedAuthor><id root="2.16.840.1.113883.4.6" extension="9999999902"/><assignedPerson><name><given>Wilma</given><family>Writer</family></name></assignedPerson>
<representedOrganization><id root="2.16.840.1.113883.19.12.2" extension="house"/><name>Exampleton Practice</name></representedOrganization></assignedAuthor></author>"#;
        let around = |element: &str, template: &str| format!(r#"<{element} classCode="ACT" moodCode="EVN"><templateId root="{template}"/><id nullFlavor="NI"/><code nullFlavor="NI"/><statusCode code="active"/>{by}"#);
        for (code, entry) in [
            ("30954-2", result("r1", by)),
            ("11450-4", format!(r#"{}<entryRelationship typeCode="SUBJ">{}</entryRelationship></act>"#, around("act", "2.16.840.1.113883.10.20.22.4.3"), gout("p1"))),
            ("30954-2", format!(r#"{}<component>{}</component></organizer>"#, around("organizer", "2.16.840.1.113883.10.20.22.4.1"), result("r1", ""))),
        ] {
            let m = section(code, &[entry]);
            m.is(authorships(&m)[0], "agent.onBehalfOf.resolve().name", &["Exampleton Practice"]);
        }
    }

    fn an_author_whom_nobody_names_is_marked_as_unknown() {
        let nobody = r#"<author><time value="20240302101500-0500"/><assignedAuthor><id nullFlavor="NI"/></assignedAuthor></author>"#;
        let m = section("30954-2", &[result("r1", nobody)]);
        let p = authorships(&m)[0];
        m.is(p, "agent.who.extension.valueCode", &["unknown"]);
        m.is(p, "recorded", &["2024-03-02T10:15:00-05:00"]);
    }

    fn trap_09_a_patient_who_writes_is_the_patient() {
        let by = |person: &str| format!(r#"<author><time value="20240302101500-0500"/><assignedAuthor><id root="2.16.840.1.113883.19.5.99999.2" extension="MRN-1"/>{person}</assignedAuthor></author>"#);
        for person in ["", "<assignedPerson><name><given>Minim</given><family>Exemplar</family></name></assignedPerson>"] {
            let m = section("61146-7", &[goal(r#"moodCode="GOL""#, GOAL, "g1", &format!("{WEIGHT}{}", by(person)))]);
            m.is(m.one("Goal"), "expressedBy.resolve().resourceType", &["Patient"]);
            m.is(authorships(&m)[0], "agent.who.resolve().resourceType", &["Patient"]);
            m.one("Practitioner"); // the author of the document
        }
        // another name under the patient's id is another person
        let other = "<assignedPerson><name><given>Wilma</given><family>Writer</family></name></assignedPerson>";
        let m = section("61146-7", &[goal(r#"moodCode="GOL""#, GOAL, "g1", &format!("{WEIGHT}{}", by(other)))]);
        m.is(m.one("Goal"), "expressedBy.resolve().name.family", &["Writer"]);
    }

    fn who_wrote_the_sex_at_birth_wrote_of_the_patient() {
        let more = format!(r#"<code code="76689-9" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><value xsi:type="CD" code="F" codeSystem="2.16.840.1.113883.5.1"/>{}"#, author("9999999902", "Writer", "20240302101500-0500"));
        let m = section("29762-2", &[statement("observation", r#"classCode="OBS" moodCode="EVN""#, "2.16.840.1.113883.10.20.22.4.200", "b", &more)]);
        m.is(authorships(&m)[0], "target.resolve().resourceType", &["Patient"]);
    }

    fn when_the_document_was_written() {
        let m = Doc::new().convert();
        let of = |wanted: bool| m.all("Provenance").into_iter().find(|p| m.texts(p, "entity").is_empty() != wanted).unwrap();
        // the document, and its author's writing
        m.is(of(true), "occurredDateTime", &["2024-03-12T09:30:00-05:00"]);
        m.is(of(false), "target.resolve().resourceType", &["Composition"]);
        m.is(of(false), "occurredDateTime", &["2024-03-12T09:30:00-05:00"]);
        m.is(of(false), "agent.type.coding.code", &["author"]);
    }

    fn a_pregnancy_that_is_over_keeps_its_end() {
        let entry = r#"<entry><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.15.3.8"/><id root="2.16.840.1.113883.19.5.99999.8" extension="g"/><code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><statusCode code="completed"/><effectiveTime><low value="20230105"/><high value="20231009"/></effectiveTime><value xsi:type="CD" code="77386006" codeSystem="2.16.840.1.113883.6.96"/></observation></entry>"#;
        let m = Doc::new().section("29762-2", "x", entry).convert();
        let p = m.one("Observation");
        m.is(p, "effectivePeriod.start", &["2023-01-05"]);
        m.is(p, "effectivePeriod.end", &["2023-10-09"]);
        m.none(p, "effectiveDateTime");
    }

    fn a_time_said_by_its_middle_alone_is_that_time() {
        let one = |element: &str, mood: &str, template: &str| {
            statement(element, &format!(r#"classCode="{}" moodCode="{mood}""#, if element == "observation" { "OBS" } else { "PROC" }), template, "c", r#"<code code="73761001" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="active"/><effectiveTime><center value="20000421"/></effectiveTime>"#)
        };
        let planned = [("observation", "RQO", "2.16.840.1.113883.10.20.22.4.44"), ("procedure", "RQO", "2.16.840.1.113883.10.20.22.4.41")];
        for (element, mood, template) in planned {
            let m = section("18776-5", &[one(element, mood, template)]);
            m.is(m.one("ServiceRequest"), "occurrenceDateTime", &["2000-04-21"]);
        }
        let m = section("47519-4", &[one("observation", "EVN", "2.16.840.1.113883.10.20.22.4.13")]);
        m.is(m.one("Observation"), "effectiveDateTime", &["2000-04-21"]);
    }
}

const STAY: &str = r#"<componentOf><encompassingEncounter><id root="2.16.840.1.113883.19.11.6" extension="stay"/>
<effectiveTime><low value="20240304"/><high value="20240312"/></effectiveTime></encompassingEncounter></componentOf>"#;

fn m_none_priority(m: &Made) {
    m.none(m.one("ServiceRequest"), "priority");
}
