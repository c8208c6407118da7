//! What was denied: `negationInd` on a statement, on what it is part of, and on the relationship between them; and
//! `sdtc:negationInd` on encounters and supplies. It must never read as a fact (CDA R2 Act.negationInd).

use granule::convert::{Options, Original};
use serde_json::Value;

use crate::checks;
use crate::common::*;

const VISIT: &str = r#"<templateId root="2.16.840.1.113883.10.20.22.4.49"/><id root="2.16.840.1.113883.19.22.1" extension="v"/><code code="99213" codeSystem="2.16.840.1.113883.6.12"/><statusCode code="completed"/><effectiveTime><low value="20240305"/></effectiveTime>"#;
const GOUT: &str = r#"<observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.4"/><id root="2.16.840.1.113883.19.22.1" extension="p"/><code code="55607006" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/><effectiveTime><low value="2019"/></effectiveTime><value xsi:type="CD" code="90560007" codeSystem="2.16.840.1.113883.6.96"/></observation>"#;

fn convert_section(code: &str, entry: &str) -> Made {
    Doc::new().section(code, "x", &format!("<entry>{entry}</entry>")).convert()
}

/// Whether it was reported that a statement was left out.
fn told(m: &Made) -> bool {
    m.reported("denial-not-carried") || m.reported("statement-not-mapped")
}

checks! {
    /// Who writes CDA from FHIR resources copies their statuses: a vaccine that was not given read as given, an allergy that is
    /// resolved as active, a medicine entered in error as one of unknown status, a problem lost its course.
    fn statuses_of_fhir_say_in_cda_what_they_say_there() {
        const ID: &str = r#"<id root="1.2.3.4.5" extension="s"/>"#;
        let sct = |code: &str| format!(r#"code="{code}" codeSystem="2.16.840.1.113883.6.96""#);
        let convert = |section: &str, entry: String| Doc::new().section(section, "x", &format!("<entry>{entry}</entry>")).convert();
        let drug = |template: &str, status: &str| format!(r#"<substanceAdministration classCode="SBADM" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.{template}"/>{ID}<statusCode code="{status}"/><effectiveTime value="20240301"/><consumable><manufacturedProduct><manufacturedMaterial><code {}/></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration>"#, sct("322236009"));
        for (status, want) in [("completed", "completed"), ("not-done", "not-done"), ("Not-Done", "not-done"), ("entered-in-error", "entered-in-error")] {
            let m = convert("11369-6", drug("52", status));
            m.is(m.one("Immunization"), "status", &[want]);
        }
        for (status, want) in [("stopped", "stopped"), ("on-hold", "on-hold"), ("entered-in-error", "entered-in-error")] {
            let m = convert("10160-0", drug("16", status));
            m.is(m.one("MedicationRequest"), "status", &[want]);
        }
        for (status, want) in [("not-done", "not-done"), ("in-progress", "in-progress"), ("stopped", "stopped"), ("entered-in-error", "entered-in-error")] {
            let m = convert("47519-4", format!(r#"<procedure classCode="PROC" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.14"/>{ID}<code {}/><statusCode code="{status}"/><effectiveTime value="20240301"/></procedure>"#, sct("80146002")));
            m.is(m.one("Procedure"), "status", &[want]);
        }
        let concern = |template: &str, observation: &str, status: &str| format!(r#"<act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.{template}"/>{ID}<code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="{status}"/><entryRelationship typeCode="SUBJ">{observation}</entryRelationship></act>"#);
        let problem = format!(r#"<observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.4"/>{ID}<code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><statusCode code="completed"/><value xsi:type="CD" {}/></observation>"#, sct("38341003"));
        for status in ["active", "inactive", "resolved", "remission", "recurrence"] {
            let m = convert("11450-4", concern("3", &problem, status));
            m.is(m.one("Condition"), "clinicalStatus.coding.code", &[status]);
        }
        let allergy = format!(r#"<observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.7"/>{ID}<code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><statusCode code="completed"/><value xsi:type="CD" {}/><participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT"><code {}/></playingEntity></participantRole></participant></observation>"#, sct("419199007"), sct("387406002"));
        for status in ["active", "inactive", "resolved"] {
            let m = convert("48765-2", concern("30", &allergy, status));
            m.is(m.one("AllergyIntolerance"), "clinicalStatus.coding.code", &[status]);
        }
        // what was not done hands that down to what it is made of
        let part = format!(r#"<component><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.2"/>{ID}<code code="718-7" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><effectiveTime value="2024"/><value xsi:type="PQ" value="5" unit="g/dL"/></observation></component>"#);
        for (status, made) in [("completed", 1), ("not-done", 0)] {
            let m = convert("30954-2", format!(r#"<organizer classCode="BATTERY" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.1"/><id root="1.2.3.4.5" extension="o"/><code code="58410-2" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="{status}"/>{part}</organizer>"#));
            assert_eq!((m.all("Observation").len(), m.all("DiagnosticReport").len()), (made, made), "{status}: {:?}", m.issues);
        }
        // a finding has no element to say that it was not made
        let m = convert("30954-2", format!(r#"<observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.2"/>{ID}<code code="718-7" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="not-done"/><effectiveTime value="2024"/><value xsi:type="PQ" value="5" unit="g/dL"/></observation>"#));
        assert!(m.all("Observation").is_empty() && m.reported("statement-not-mapped"), "{:?}", m.issues);
    }

    /// What to do with a medicine stands under the code of instructions too, in an act of another template or of none.
    fn an_instruction_by_its_code_is_one() {
        for template in ["", r#"<templateId root="2.16.840.1.113883.10.20.22.4.200"/>"#] {
            let entry = format!(r#"<entry><substanceAdministration classCode="SBADM" moodCode="INT"><templateId root="2.16.840.1.113883.10.20.22.4.16"/><id root="1.2.3.4.5" extension="s"/><statusCode code="active"/><effectiveTime value="20240301"/><consumable><manufacturedProduct><manufacturedMaterial><code code="322236009" codeSystem="2.16.840.1.113883.6.96"/></manufacturedMaterial></manufacturedProduct></consumable><entryRelationship><act moodCode="INT">{template}<code code="422037009" codeSystem="2.16.840.1.113883.6.96"/><text>Avoid alcohol</text></act></entryRelationship></substanceAdministration></entry>"#);
            let m = Doc::new().section("10160-0", "x", &entry).convert();
            m.is(m.one("MedicationRequest"), "dosageInstruction.patientInstruction", &["Avoid alcohol"]);
        }
    }

    fn a_visit_in_an_act_that_was_denied_did_not_take_place() {
        let act = |negation: &str| convert_section("46240-8", &format!(r#"<act classCode="ACT" moodCode="EVN"{negation}><templateId root="2.16.840.1.113883.10.20.24.3.133"/><code code="ENC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="completed"/><entryRelationship typeCode="SUBJ"><encounter classCode="ENC" moodCode="EVN">{VISIT}</encounter></entryRelationship></act>"#));
        assert_eq!(act("").all("Encounter").len(), 1);
        let m = act(r#" negationInd="true""#);
        assert!(m.all("Encounter").is_empty());
        assert!(told(&m));
    }

    fn a_visit_that_is_denied_itself_did_not_take_place() {
        for attribute in [r#"sdtc:negationInd="true" xmlns:sdtc="urn:hl7-org:sdtc""#, r#"negationInd="true""#] {
            let m = convert_section("46240-8", &format!(r#"<encounter classCode="ENC" moodCode="EVN" {attribute}>{VISIT}</encounter>"#));
            assert!(m.all("Encounter").is_empty(), "{attribute}");
            assert!(told(&m), "{attribute}");
        }
    }

    fn the_components_of_what_was_denied_are_denied() {
        let panel = |negation: &str| convert_section("30954-2", &format!(r#"<observation classCode="OBS" moodCode="EVN"{negation}><code code="18769-0" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><effectiveTime value="20240305"/>
<entryRelationship typeCode="COMP"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.2"/><id root="2.16.840.1.113883.19.22.1" extension="m"/><code code="424-2" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><effectiveTime value="20240305"/><value xsi:type="PQ" value="0.5" unit="ug/mL"/></observation></entryRelationship></observation>"#));
        assert!(panel("").bundle.to_string().contains("424-2"));
        let m = panel(r#" negationInd="true""#);
        assert!(m.all("Observation").is_empty(), "{}", pretty(&m.bundle));
        assert!(told(&m));
    }

    fn the_reason_why_something_was_not_done_is_a_fact() {
        let m = convert_section("47519-4", &format!(r#"<act classCode="ACT" moodCode="EVN" negationInd="true"><templateId root="2.16.840.1.113883.10.20.22.4.12"/><id root="2.16.840.1.113883.19.22.1" extension="a"/><code code="73761001" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/><effectiveTime value="20240305"/><entryRelationship typeCode="RSON">{GOUT}</entryRelationship></act>"#));
        m.is(m.one("Procedure"), "status", &["not-done"]);
        m.is(m.one("Condition"), "code.coding.code", &["90560007"]);
        m.none(m.one("Condition"), "verificationStatus");
    }

    fn what_a_denied_reaction_caused_is_no_finding() {
        let act = |negation: &str| convert_section("48765-2", &format!(r#"<act classCode="ACT" moodCode="EVN"{negation}><id root="2.16.840.1.113883.19.22.1" extension="r"/><code code="102.15517" codeSystem="1.2.36.1.2001.1001.101"/>
<entryRelationship typeCode="CAUS"><observation classCode="OBS" moodCode="EVN"><id root="2.16.840.1.113883.19.22.1" extension="e"/><code code="247472004" codeSystem="2.16.840.1.113883.6.96" displayName="Hives"/><statusCode code="completed"/><value xsi:type="ST">on both arms</value></observation></entryRelationship></act>"#));
        assert!(act("").bundle["entry"].to_string().contains("247472004"));
        let m = act(r#" negationInd="true""#);
        assert!(m.all("Observation").is_empty(), "{}", pretty(&m.bundle));
        assert!(told(&m));
    }

    fn what_a_nullified_act_brings_together_is_entered_in_error() {
        let medicine = r#"<substanceAdministration classCode="SBADM" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.16"/><id root="2.16.840.1.113883.19.22.1" extension="m"/><statusCode code="active"/><consumable><manufacturedProduct><manufacturedMaterial><code code="197361" codeSystem="2.16.840.1.113883.6.88"/></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration>"#;
        let act = |status: &str| convert_section("10183-2", &format!(r#"<act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.35"/><code code="10183-2" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="{status}"/><entryRelationship typeCode="SUBJ">{medicine}</entryRelationship></act>"#));
        let m = act("completed");
        m.is(m.one("MedicationRequest"), "status", &["active"]);
        let m = act("nullified");
        m.is(m.one("MedicationRequest"), "status", &["entered-in-error"]);
    }

    fn a_goal_in_a_nullified_organizer_is_entered_in_error() {
        let goal = r#"<observation classCode="OBS" moodCode="GOL"><templateId root="2.16.840.1.113883.10.20.22.4.121"/><id root="2.16.840.1.113883.19.22.1" extension="g"/><code code="3141-9" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="active"/><value xsi:type="ST">80 kg</value></observation>"#;
        let m = convert_section("61146-7", &format!(r#"<act classCode="ACT" moodCode="EVN"><code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="nullified"/><entryRelationship typeCode="COMP">{goal}</entryRelationship></act>"#));
        m.is(m.one("Goal"), "lifecycleStatus", &["entered-in-error"]);
    }

    fn half_a_pressure_of_another_person_is_not_paired() {
        let half = |code: &str, value: &str, subject: &str| format!(r#"<component><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.27"/><id root="2.16.840.1.113883.19.22.1" extension="{code}"/><code code="{code}" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><effectiveTime value="20240305"/><value xsi:type="PQ" value="{value}" unit="mm[Hg]"/>{subject}</observation></component>"#);
        let father = r#"<subject><relatedSubject classCode="PRS"><code code="FTH" codeSystem="2.16.840.1.113883.5.111"/></relatedSubject></subject>"#;
        for (systolic, diastolic) in [(father, ""), ("", father)] {
            let m = convert_section("8716-3", &format!(r#"<organizer classCode="CLUSTER" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.26"/><id root="2.16.840.1.113883.19.22.1" extension="o"/><code code="46680005" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/><effectiveTime value="20240305"/>{}{}</organizer>"#, half("8480-6", "171", systolic), half("8462-4", "93", diastolic)));
            let said = m.bundle["entry"].to_string();
            assert_eq!(said.contains("\"value\":171"), systolic.is_empty(), "{said}");
            assert_eq!(said.contains("\"value\":93"), diastolic.is_empty(), "{said}");
            assert!(m.reported("other-subject"));
        }
    }
}

/// What a bundle says of the patient, without what only identifies it.
fn says(xml: &str) -> Option<Vec<String>> {
    let options = Options { original: Original::Omit, ..Options::default() };
    let converted = converter().convert(xml.as_bytes(), &options).ok()?;
    let bundle: Value = serde_json::from_slice(&converted.bundle.to_json(false)).unwrap();
    let about =
        |r: &&Value| !matches!(r["resourceType"].as_str(), Some("Composition" | "Provenance" | "DocumentReference"));
    let resources = bundle["entry"].as_array()?.iter().map(|e| &e["resource"]).filter(about);
    let mut all: Vec<String> = resources
        .map(|r| without(r, &["id", "fullUrl", "meta", "identifier", "reference", "div"]).to_string())
        .collect();
    all.sort();
    Some(all)
}

/// The statements of a document: where the name ends, and where the element begins and ends.
fn statements(xml: &str) -> Vec<(usize, std::ops::Range<usize>)> {
    let mut found = Vec::new();
    // CDA lets nobody deny organizers; what is in them is denied by itself
    for name in ["observation", "act", "procedure", "substanceAdministration", "supply", "encounter"] {
        let (open, close) = (format!("<{name}"), format!("</{name}>"));
        let begins = |at: usize| xml[at + open.len()..].starts_with([' ', '>', '\n']);
        for (at, _) in xml.match_indices(&open).filter(|(at, _)| begins(*at)) {
            let (mut depth, mut end) = (0usize, at);
            loop {
                let next = xml[end..].find(&close).map(|n| end + n).expect("closed");
                depth += xml[end..next].match_indices(&open).filter(|(n, _)| begins(end + n)).count();
                end = next + close.len();
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            found.push((at + open.len(), at..end));
        }
    }
    found
}

/// The class of it: whatever the kind of statement, one that makes a difference makes another one when it is denied.
#[test]
fn no_statement_says_the_same_when_it_is_denied() {
    let (mut seen, mut same) = (0, Vec::new());
    for path in files("samples", "xml").into_iter().chain(files("tests/fixtures", "xml")) {
        // one sample is in an older charset
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let Some(before) = says(&text) else { continue };
        for (name_ends, element) in statements(&text) {
            let tag = &text[name_ends..name_ends + text[name_ends..].find('>').unwrap()];
            // denied, taken back, not done (385660001) or excluded as it is: that stays so
            let already = [
                "negationInd=\"true\"",
                "negationInd=\"1\"",
                "code=\"nullified\"",
                "code=\"385660001\"",
                "code=\"refuted\"",
                "code=\"A\" codeSystem=\"2.16.840.1.113883.3.7.1.8\"",
            ];
            if tag.contains("negationInd") || already.iter().any(|a| text[element.clone()].contains(a)) {
                continue;
            }
            let denied = format!("{} negationInd=\"true\"{}", &text[..name_ends], &text[name_ends..]);
            let without = format!("{}{}", &text[..element.start], &text[element.end..]);
            if says(&without).is_none_or(|w| w == before) {
                continue;
            }
            seen += 1;
            if says(&denied).as_ref() == Some(&before) {
                same.push(format!("{}: {}", path.display(), text[element].chars().take(300).collect::<String>()));
            }
        }
    }
    assert!(seen > 300, "{seen}");
    assert!(same.is_empty(), "{} of {seen} say the same:\n{}", same.len(), same.join("\n"));
}

/// The entries of a document, each changed in turn by what makes another statement of it; those that say the same as before.
/// Only what makes a difference at all is asked; `None` from the change leaves an entry out.
fn same_after(change: impl Fn(&str) -> Option<String>) -> (usize, Vec<String>) {
    let (mut seen, mut same) = (0, Vec::new());
    for path in files("samples", "xml").into_iter().chain(files("tests/fixtures", "xml")) {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let Some(before) = says(&text) else { continue };
        for (_, element) in statements(&text) {
            let around = text[..element.start].trim_end();
            let holder = &around[around.rfind('<').unwrap_or(0)..];
            if !holder.starts_with("<entry>") && !holder.starts_with("<entry ") {
                continue;
            }
            let Some(changed) = change(&text[element.clone()]) else { continue };
            let with =
                |statement: &str| says(&format!("{}{statement}{}", &text[..element.start], &text[element.end..]));
            if with("").is_none_or(|without| without == before) {
                continue;
            }
            seen += 1;
            if with(&changed).as_ref() == Some(&before) {
                same.push(format!("{}: {}", path.display(), text[element].chars().take(300).collect::<String>()));
            }
        }
    }
    (seen, same)
}

/// What was entered in error must not read as what was said.
#[test]
fn no_entry_says_the_same_when_it_is_nullified() {
    let (seen, same) = same_after(|statement| {
        let at = statement.find("<statusCode code=\"")? + "<statusCode code=\"".len();
        let nested = statement.find("<entryRelationship").unwrap_or(statement.len());
        let end = at + statement[at..].find('"')?;
        // a note is a DocumentReference, which `says` leaves out
        let asked = !statement.contains("\"nullified\"") && !statement.contains("2.16.840.1.113883.10.20.22.4.202");
        (asked && at < nested).then(|| format!("{}nullified{}", &statement[..at], &statement[end..]))
    });
    assert!(seen > 150, "{seen}");
    assert!(same.is_empty(), "{} of {seen} say the same:\n{}", same.len(), same.join("\n"));
}

/// What is said of the mother must not be said of the patient.
#[test]
fn no_entry_says_the_same_of_somebody_else() {
    let mother = r#"<subject><relatedSubject classCode="PRS"><code code="MTH" codeSystem="2.16.840.1.113883.5.111"/></relatedSubject></subject>"#;
    let (seen, same) = same_after(|statement| {
        let end = statement.rfind("</")?;
        (!statement.contains("<subject")).then(|| format!("{}{mother}{}", &statement[..end], &statement[end..]))
    });
    assert!(seen > 150, "{seen}");
    assert!(same.is_empty(), "{} of {seen} say the same:\n{}", same.len(), same.join("\n"));
}

/// A reaction that is a risk, and the goal of a problem, are no facts of the allergy and the problem.
#[test]
fn what_is_only_wished_for_says_nothing_of_what_holds_it() {
    let allergy = |mood: &str, status: &str| {
        let entry = format!(
            r#"<entry><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.30"/><code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="active"/><entryRelationship typeCode="SUBJ">
<observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.7"/><code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><statusCode code="completed"/><value xsi:type="CD" code="419199007" codeSystem="2.16.840.1.113883.6.96"/>
<participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT"><code code="70618" codeSystem="2.16.840.1.113883.6.88" displayName="Penicillin"/></playingEntity></participantRole></participant>
<entryRelationship typeCode="MFST" inversionInd="true"><observation classCode="OBS" moodCode="{mood}"><templateId root="2.16.840.1.113883.10.20.22.4.9"/><code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><statusCode code="{status}"/>
<value xsi:type="CD" code="39579001" codeSystem="2.16.840.1.113883.6.96" displayName="Anaphylaxis"/></observation></entryRelationship></observation></entryRelationship></act></entry>"#
        );
        Doc::new().section("48765-2", "x", &entry).convert()
    };
    let m = allergy("EVN", "completed");
    m.is(m.one("AllergyIntolerance"), "reaction.manifestation.coding.code", &["39579001"]);
    for (mood, status) in [("RSK", "completed"), ("GOL", "active"), ("EVN", "nullified")] {
        let m = allergy(mood, status);
        m.none(m.one("AllergyIntolerance"), "reaction");
    }
    let problem = |mood: &str| {
        let entry = format!(
            r#"<entry><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.3"/><code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="active"/><entryRelationship typeCode="SUBJ">
<observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.4"/><code code="64572001" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/><effectiveTime><low value="2020"/></effectiveTime>
<value xsi:type="CD" code="195967001" codeSystem="2.16.840.1.113883.6.96" displayName="Asthma"/><entryRelationship typeCode="REFR"><observation classCode="OBS" moodCode="{mood}"><templateId root="2.16.840.1.113883.10.20.22.4.6"/>
<code code="33999-4" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><value xsi:type="CD" code="413322009" codeSystem="2.16.840.1.113883.6.96" displayName="Resolved"/></observation></entryRelationship></observation></entryRelationship></act></entry>"#
        );
        let m = Doc::new().section("11450-4", "x", &entry).convert();
        m.texts(m.one("Condition"), "clinicalStatus.coding.code")
    };
    assert_eq!(problem("EVN"), ["resolved"]);
    assert_ne!(problem("GOL"), ["resolved"]);
}

/// A medicine is only taken in a mood in which there are medicines: one that is a risk or a goal is neither ordered nor taken.
#[test]
fn a_medicine_in_a_mood_that_is_none_stays_narrative() {
    for (mood, made) in [("EVN", 1), ("INT", 1), ("RQO", 1), ("RSK", 0), ("GOL", 0), ("DEF", 0)] {
        let entry = format!(
            r#"<entry><substanceAdministration classCode="SBADM" moodCode="{mood}"><templateId root="2.16.840.1.113883.10.20.22.4.16"/><statusCode code="active"/><effectiveTime value="2020"/>
<consumable><manufacturedProduct><manufacturedMaterial><code code="1191" codeSystem="2.16.840.1.113883.6.88" displayName="Aspirin"/></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration></entry>"#
        );
        let m = Doc::new().section("10160-0", "x", &entry).convert();
        let found: usize = ["MedicationRequest", "MedicationStatement", "MedicationAdministration"]
            .iter()
            .map(|t| m.all(t).len())
            .sum();
        assert_eq!(found, made, "{mood}");
    }
}
