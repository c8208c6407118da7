//! What an observation says of the statement it belongs to, and absences that stand where a thing would be named.

use crate::checks;
use crate::common::*;

const SCT: &str = r#"codeSystem="2.16.840.1.113883.6.96""#;
const ASSERTION: &str = r#"<code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/>"#;

/// An observation of this attribute and value, as part of a statement.
fn told(attribute: &str, value: &str) -> String {
    format!(
        r#"<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"><code code="{attribute}" {SCT}/><statusCode code="completed"/><value xsi:type="CD" code="{value}" {SCT} displayName="as told"/></observation></entryRelationship>"#
    )
}

fn qualifier(attribute: &str, value: &str) -> String {
    format!(r#"<qualifier><name code="{attribute}" {SCT}/><value code="{value}" {SCT}/></qualifier>"#)
}

fn problem(negation: &str, time: &str, value: &str, more: &str) -> Made {
    let entry = format!(
        r#"<entry><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.3"/><id root="2.16.840.1.113883.19.32.1" extension="c"/><code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="active"/><effectiveTime><low value="2019"/></effectiveTime>
<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN" {negation}><templateId root="2.16.840.1.113883.10.20.22.4.4"/><id root="2.16.840.1.113883.19.32.1" extension="p"/><code code="55607006" {SCT}/><statusCode code="completed"/><effectiveTime>{time}</effectiveTime>{value}{more}</observation></entryRelationship></act></entry>"#
    );
    Doc::new().section("11450-4", "x", &entry).convert()
}

fn apnea(more: &str) -> Made {
    let value = format!(r#"<value xsi:type="CD" code="78275009" {SCT} displayName="Sleep apnea"/>"#);
    problem("", r#"<low value="2019"/>"#, &value, more)
}

/// An allergy to what this names.
fn allergy(negation: &str, time: &str, kind: &str, names: &str, more: &str) -> Made {
    let entry = format!(
        r#"<entry><observation classCode="OBS" moodCode="EVN" {negation}><templateId root="2.16.840.1.113883.10.20.22.4.7"/><id root="2.16.840.1.113883.19.32.1" extension="a"/>{ASSERTION}<statusCode code="completed"/><effectiveTime>{time}</effectiveTime>
<value xsi:type="CD" {kind} {SCT}/><participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT">{names}</playingEntity></participantRole></participant>{more}</observation></entry>"#
    );
    Doc::new().section("48765-2", "x", &entry).convert()
}

fn penicillin(more: &str) -> Made {
    let substance = r#"<code code="7980" codeSystem="2.16.840.1.113883.6.88" displayName="Penicillin"/>"#;
    allergy("", r#"<low value="2019"/>"#, r#"code="416098002""#, substance, more)
}

fn medicine(section: &str, negation: &str, names: &str, more: &str) -> Made {
    let entry = format!(
        r#"<entry><substanceAdministration classCode="SBADM" moodCode="EVN" {negation}><templateId root="2.16.840.1.113883.10.20.22.4.16"/><id root="2.16.840.1.113883.19.32.1" extension="m"/><statusCode code="active"/><effectiveTime xsi:type="IVL_TS"><low value="20230102"/></effectiveTime>
<consumable><manufacturedProduct><manufacturedMaterial>{names}</manufacturedMaterial></manufacturedProduct></consumable>{more}</substanceAdministration></entry>"#
    );
    Doc::new().section(section, "x", &entry).convert()
}

fn vaccine(names: &str) -> Made {
    let entry = format!(
        r#"<entry><substanceAdministration classCode="SBADM" moodCode="EVN" negationInd="false"><templateId root="2.16.840.1.113883.10.20.22.4.52"/><id root="2.16.840.1.113883.19.32.1" extension="v"/><statusCode code="completed"/><effectiveTime value="20230102"/>
<consumable><manufacturedProduct><templateId root="2.16.840.1.113883.10.20.22.4.54"/><manufacturedMaterial>{names}</manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration></entry>"#
    );
    Doc::new().section("11369-6", "x", &entry).convert()
}

fn words(said: &str) -> String {
    format!(r#"<code nullFlavor="UNK"><originalText>{said}</originalText></code>"#)
}

fn named(said: &str) -> String {
    format!(r#"<code code="L-1" codeSystem="2.16.840.1.113883.19.32.9" displayName="{said}"/>"#)
}

checks! {
    /// An extension that nothing knows was lost in silence: a passport in the header, the danger of a problem in an entry.
    fn what_no_table_knows_is_told() {
        let told = |m: &Made| -> Vec<String> { m.issues.iter().filter(|i| i.code == "element-not-known").map(|i| i.message.clone()).collect() };
        let role = r#"<id root="1.2.3" extension="4"/><x:card xmlns:x="urn:example:of-nobody"><x:series>1234</x:series><x:issuedBy code="7"/></x:card>
<patient><name><family>Muster</family><x:patronymic xmlns:x="urn:example:of-nobody">Petrovich</x:patronymic></name><x:note xmlns:x="urn:example:of-nobody" nullFlavor="UNK"/></patient>"#;
        let entry = r#"<entry><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.4"/><id root="1.2.3.4.5" extension="p"/>
<code code="55607006" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/><value xsi:type="CD" code="38341003" codeSystem="2.16.840.1.113883.6.96"/>
<dangerCode code="high" codeSystem="1.2.3"/></observation></entry>"#;
        let m = Doc::new().role(role).section("11450-4", "x", entry).convert();
        // once for all that is in it; parts of a name are in its words, and what is empty says nothing
        let all = told(&m);
        assert_eq!(all.len(), 2, "{all:?}");
        assert!(all[0].contains("`card`") && all[1].contains("`dangerCode`"), "{all:?}");
        m.is(m.one("Patient"), "name.text", &["Muster Petrovich"]);
        // nor twice where a section stands outside of the body
        let stray = format!(r#"<component><section><code code="11450-4" codeSystem="2.16.840.1.113883.6.1"/><title>x</title><text>x</text>{entry}</section></component>"#);
        assert_eq!(told(&Doc::new().header(&stray).convert()).len(), 1);
        // what only carries structure is none
        let m = Doc::new().section("11450-4", "x", r#"<entry><act classCode="ACT" moodCode="EVN"><realmCode code="US"/><code code="CONC" codeSystem="2.16.840.1.113883.5.6"/></act></entry>"#).convert();
        assert_eq!(told(&m), Vec::<String>::new());
    }

    fn a_problem_and_an_allergy_are_as_certain_as_an_observation_of_theirs_says() {
        let both = |certainty: &str, status: &str, of_allergy: &str| {
            for attribute in ["246103008", "408729009"] {
                let m = apnea(&told(attribute, certainty));
                m.is(m.one("Condition"), "verificationStatus.coding.code", &[status]);
                let m = penicillin(&told(attribute, certainty));
                m.is(m.one("AllergyIntolerance"), "verificationStatus.coding.code", &[of_allergy]);
                m.is(m.one("AllergyIntolerance"), "code.coding.code", &["7980"]);
            }
        };
        for doubt in ["415684004", "2931005", "60022001", "410592001", "410590009", "410593006", "385434005"] {
            both(doubt, "unconfirmed", "unconfirmed");
        }
        for early in ["148006", "5558000"] {
            both(early, "provisional", "unconfirmed");
        }
        both("47965005", "differential", "unconfirmed");
        for sure in ["255545003", "410605003", "410515003", "410591008", "36692007"] {
            both(sure, "confirmed", "confirmed");
        }
        for absent in ["410516002", "410594000"] {
            both(absent, "refuted", "refuted");
            m_has_no_course(&apnea(&told("408729009", absent)));
            let m = penicillin(&told("408729009", absent));
            m.is(m.one("AllergyIntolerance"), "clinicalStatus.coding.code", &["inactive"]);
            m.none(m.one("AllergyIntolerance"), "extension");
        }
    }

    /// As in Dutch documents.
    fn a_certainty_that_is_said_to_be_unknown_is_not_confirmed() {
        let unknown = told("408729009", "x").replace(&format!(r#"code="x" {SCT} displayName="as told""#), r#"nullFlavor="UNK""#).replace("SUBJ", "SPRT");
        let m = apnea(&unknown);
        m.is(m.one("Condition"), "verificationStatus.coding.code", &["unconfirmed"]);
        let m = penicillin(&unknown);
        m.is(m.one("AllergyIntolerance"), "verificationStatus.coding.code", &["unconfirmed"]);
        let m = apnea(&told("408729009", "410516002").replace("SUBJ", "SPRT"));
        m.is(m.one("Condition"), "verificationStatus.coding.code", &["refuted"]);
    }

    /// A qualifier of the concept says the same.
    fn every_word_of_certainty_counts_as_a_qualifier_too() {
        for doubt in ["2931005", "385434005", "148006", "5558000", "47965005", "999999"] {
            let value = format!(r#"<value xsi:type="CD" code="78275009" {SCT}>{}</value>"#, qualifier("246103008", doubt));
            let m = problem("", "", &value, "");
            m.is(m.one("Condition"), "verificationStatus.coding.code", &["unconfirmed"]);
        }
    }

    fn a_refuted_problem_that_has_an_end_is_inactive() {
        let value = format!(r#"<value xsi:type="CD" code="78275009" {SCT}/>"#);
        let m = problem("", r#"<low value="2019"/><high value="2020"/>"#, &value, &told("408729009", "410516002"));
        m.is(m.one("Condition"), "verificationStatus.coding.code", &["refuted"]);
        m.is(m.one("Condition"), "clinicalStatus.coding.code", &["inactive"]);
    }

    fn a_risk_or_a_relative_that_an_observation_tells_of_is_none_of_the_patient() {
        for (attribute, value) in [("408729009", "410519009"), ("408732007", "444301002"), ("408729009", "999999")] {
            let m = apnea(&told(attribute, value));
            assert!(m.all("Condition").is_empty(), "{attribute} {value}");
            assert!(m.reported("context-not-carried"));
            assert!(penicillin(&told(attribute, value)).all("AllergyIntolerance").is_empty());
        }
        // the patient himself
        assert_eq!(apnea(&told("408732007", "410604004")).all("Condition").len(), 1);
    }

    fn what_is_denied_or_meant_or_a_reason_says_nothing_of_the_statement() {
        let absent = told("408729009", "410516002");
        for silent in [
            absent.replace(r#"moodCode="EVN""#, r#"moodCode="INT""#),
            absent.replace(r#"moodCode="EVN""#, r#"moodCode="EVN" negationInd="true""#),
            absent.replace(r#"typeCode="SUBJ""#, r#"typeCode="RSON""#),
            absent.replace(r#"code="completed""#, r#"code="nullified""#),
        ] {
            assert!(!apnea(&silent).json.contains("refuted"), "{silent}");
        }
    }

    fn a_procedure_that_an_observation_says_was_not_done_was_not_done() {
        let of = |part: &str| {
            let entry = format!(r#"<entry><procedure classCode="PROC" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.14"/><id root="2.16.840.1.113883.19.32.1" extension="q"/><code code="80146002" {SCT} displayName="Appendectomy"/><statusCode code="completed"/><effectiveTime value="20240102"/>{part}</procedure></entry>"#);
            Doc::new().section("47519-4", "x", &entry).convert()
        };
        let m = of(&told("408730004", "385660001"));
        m.is(m.one("Procedure"), "status", &["not-done"]);
        let m = of(&told("408730004", "385658003"));
        m.is(m.one("Procedure"), "status", &["completed"]);
        for part in [told("408730004", "397943006"), told("246103008", "415684004")] {
            assert!(of(&part).all("Procedure").is_empty(), "{part}");
        }
    }

    fn what_a_relative_is_known_not_to_have_or_only_suspected_of_is_none_of_his_diseases() {
        let one = |inner: &str, more: &str| format!(r#"<component><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.46"/><code code="64572001" {SCT}/><statusCode code="completed"/><value xsi:type="CD" code="73211009" {SCT}>{inner}</value>{more}</observation></component>"#);
        let of = |disease: String| {
            let sound = r#"<component><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.46"/><code code="64572001" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/><value xsi:type="CD" code="38341003" codeSystem="2.16.840.1.113883.6.96"/></observation></component>"#;
            let entry = format!(r#"<entry><organizer classCode="CLUSTER" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.45"/><statusCode code="completed"/><subject><relatedSubject classCode="PRS"><code code="MTH" codeSystem="2.16.840.1.113883.5.111"/></relatedSubject></subject>{disease}{sound}</organizer></entry>"#);
            Doc::new().section("10157-6", "x", &entry).convert()
        };
        let diseases = |m: &Made| m.texts(m.one("FamilyMemberHistory"), "condition.code.coding.code");
        assert_eq!(diseases(&of(one("", ""))), ["73211009", "38341003"]);
        for value in ["410516002", "415684004"] {
            for disease in [one(&qualifier("408729009", value), ""), one("", &told("408729009", value))] {
                let m = of(disease);
                assert_eq!(diseases(&m), ["38341003"]);
                assert!(m.reported("statement-not-mapped"));
            }
        }
    }

    fn a_reaction_that_a_qualifier_denies_did_not_occur() {
        let hives = |inner: &str| penicillin(&format!(r#"<entryRelationship typeCode="MFST" inversionInd="true"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.9"/>{ASSERTION}<statusCode code="completed"/><value xsi:type="CD" code="247472004" {SCT}>{inner}</value></observation></entryRelationship>"#));
        let m = hives("");
        m.is(m.one("AllergyIntolerance"), "reaction.manifestation.coding.code", &["247472004"]);
        let m = hives(&qualifier("408729009", "410516002"));
        m.none(m.one("AllergyIntolerance"), "reaction");
        assert!(m.reported("statement-not-mapped"));
    }

    fn no_known_allergies_that_stands_where_the_allergen_would_is_no_allergy() {
        let said = [
            ("NKDA", "409137002"), ("N.K.D.A.", "409137002"), ("No Known Drug Allergies", "409137002"), ("none", "716186003"), ("No known allergies.", "716186003"),
            ("No known food allergies", "429625007"), ("NKEA", "428607008"), ("No known latex allergy", "1003774007"), ("No allergies on file", "no-allergy-info"),
        ];
        for (said, code) in said {
            for names in [words(said), named(said), format!(r#"<code nullFlavor="NI"/><name>{said}</name>"#)] {
                for negation in ["", r#"negationInd="true""#] {
                    let m = allergy(negation, r#"<low value="2019"/>"#, r#"code="416098002""#, &names, "");
                    m.has(m.one("AllergyIntolerance"), "code.coding.code", code);
                    m.none(m.one("AllergyIntolerance"), "extension");
                }
            }
        }
        // the code of a substance is one, and other words are
        let m = penicillin("");
        m.is(m.one("AllergyIntolerance"), "code.coding.code", &["7980"]);
        let m = allergy("", "", r#"code="416098002""#, &words("Nonoxynol"), "");
        m.is(m.one("AllergyIntolerance"), "code.text", &["Nonoxynol"]);
        m.none(m.one("AllergyIntolerance"), "code.coding");
    }

    /// The words may be those of another cell (a reference that leads astray), and what a code of a terminology names must not
    /// vanish behind them. A code that only says of which kind the thing is names nothing.
    fn words_of_absence_beside_the_code_of_a_thing_do_not_take_it_away() {
        let said = |code: &str, system: &str, words: &str| format!(r#"<code code="{code}" codeSystem="{system}"><originalText>{words}</originalText></code>"#);
        let (rx, sct) = ("2.16.840.1.113883.6.88", "2.16.840.1.113883.6.96");
        let m = allergy("", "", r#"code="416098002""#, &said("7980", rx, "NKDA"), "");
        m.is(m.one("AllergyIntolerance"), "code.coding.code", &["7980"]);
        assert!(m.reported("text-denies-code"));
        let m = allergy("", "", r#"code="416098002""#, &said("410942007", sct, "NKDA"), "");
        m.has(m.one("AllergyIntolerance"), "code.coding.code", "409137002");
        let m = medicine("10160-0", "", &said("197361", rx, "None"), "");
        m.is(m.one("MedicationRequest"), "medicationCodeableConcept.coding.code", &["197361"]);
        assert!(m.reported("text-denies-code"));
        let m = medicine("10160-0", "", &said("410942007", sct, "None"), "");
        m.has(m.one("MedicationStatement"), "medicationCodeableConcept.coding.code", "no-known-medications");
        let m = vaccine(&said("140", "2.16.840.1.113883.12.292", "None"));
        m.is(m.one("Immunization"), "status", &["completed"]);
        let problem = |value: &str| {
            let entry = format!(r#"<entry><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.4"/><id root="1.2.3.4.5" extension="p"/><code code="55607006" {SCT}/><statusCode code="completed"/><effectiveTime><low value="2019"/></effectiveTime><value xsi:type="CD" {value}><originalText>No known problems</originalText></value></observation></entry>"#);
            Doc::new().section("11450-4", "x", &entry).convert()
        };
        let m = problem(&format!(r#"code="38341003" {SCT} displayName="Hypertension""#));
        m.is(m.one("Condition"), "code.coding.code", &["38341003"]);
        let m = problem(&format!(r#"code="64572001" {SCT} displayName="Disease""#));
        m.has(m.one("Condition"), "code.coding.code", "no-known-problems");
        let operation = |code: &str| {
            let entry = format!(r#"<entry><procedure classCode="PROC" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.14"/><id root="1.2.3.4.5" extension="o"/>{}<statusCode code="completed"/><effectiveTime value="2019"/></procedure></entry>"#, said(code, sct, "None"));
            Doc::new().section("47519-4", "x", &entry).convert()
        };
        let m = operation("80146002");
        m.is(m.one("Procedure"), "code.coding.code", &["80146002"]);
        m.is(m.one("Procedure"), "status", &["completed"]);
        m.has(operation("71388002").one("Procedure"), "code.coding.code", "no-known-procedures");
    }

    /// What is denied and named by its code is denied as what it is, whether the words stand in it or are referred to; the code of
    /// the thing must not stand beside that of its absence.
    fn a_denied_substance_whose_words_deny_it_as_well_is_no_second_coding() {
        let latex = format!(r#"<code code="111088007" {SCT} displayName="Latex"><originalText>No latex allergy</originalText></code>"#);
        let m = allergy(r#"negationInd="true""#, "", r#"code="419199007""#, &latex, "");
        m.is(m.one("AllergyIntolerance"), "code.coding.code", &["1003774007"]);
    }

    /// That nothing was known until then cannot be resolved.
    fn no_known_allergies_with_an_end_is_not_resolved() {
        let ended = r#"<low value="2019"/><high value="2021"/>"#;
        let substance = format!(r#"<code code="105590001" {SCT}/>"#);
        let absent = format!(r#"<code code="716186003" {SCT}/>"#);
        for m in [
            allergy(r#"negationInd="true""#, ended, r#"code="419199007""#, &substance, ""),
            allergy("", ended, r#"code="716186003""#, "", ""),
            allergy("", ended, r#"code="419199007""#, &absent, ""),
            allergy("", ended, r#"code="419199007""#, &words("NKDA"), ""),
        ] {
            m.is(m.one("AllergyIntolerance"), "clinicalStatus.coding.code", &["inactive"]);
        }
        let m = allergy("", ended, r#"code="416098002""#, r#"<code code="7980" codeSystem="2.16.840.1.113883.6.88"/>"#, "");
        m.is(m.one("AllergyIntolerance"), "clinicalStatus.coding.code", &["resolved"]);
    }

    fn no_medications_that_stands_where_the_medicine_would_is_no_medicine() {
        for (said, code) in [("None", "no-known-medications"), ("Not on any medications", "no-known-medications"), ("No medications on file", "no-medication-info")] {
            for names in [words(said), named(said), format!(r#"<code nullFlavor="NI"/><name>{said}</name>"#)] {
                for section in ["10160-0", "29549-3"] {
                    let m = medicine(section, "", &names, "");
                    assert!(m.all("MedicationRequest").is_empty() && m.all("MedicationAdministration").is_empty(), "{names}");
                    m.is(m.one("MedicationStatement"), "status", &["unknown"]);
                    m.has(m.one("MedicationStatement"), "medicationCodeableConcept.coding.code", code);
                }
            }
        }
        let m = medicine("10160-0", "", &format!(r#"<code code="182904002" {SCT} displayName="Drug treatment unknown"/>"#), "");
        m.is(m.one("MedicationStatement"), "medicationCodeableConcept.coding.code", &["182904002"]);
        // a medicine is one
        assert_eq!(medicine("10160-0", "", &words("Nonesuch syrup"), "").all("MedicationRequest").len(), 1);
    }

    fn no_vaccine_administered_was_not_given() {
        for names in [r#"<code code="998" codeSystem="2.16.840.1.113883.12.292" displayName="No vaccine administered"/>"#.to_owned(), words("No immunizations"), named("No immunizations on file")] {
            let m = vaccine(&names);
            m.is(m.one("Immunization"), "status", &["not-done"]);
        }
        // in words alone
        let of = |said: &str| {
            let entry = format!(
                r#"<entry><substanceAdministration classCode="SBADM" moodCode="EVN" negationInd="false"><templateId root="2.16.840.1.113883.10.20.22.4.52"/><text>{said}</text><statusCode code="completed"/><effectiveTime value="20230102"/>
<consumable><manufacturedProduct><templateId root="2.16.840.1.113883.10.20.22.4.54"/><manufacturedMaterial><code nullFlavor="UNK"/></manufacturedMaterial></manufacturedProduct></consumable></substanceAdministration></entry>"#
            );
            Doc::new().section("11369-6", "x", &entry).convert()
        };
        assert!(of("No vaccines given").all("Immunization").is_empty());
        assert_eq!(of("Yellow fever").all("Immunization").len(), 1);
        // the lot of one says the contrary: neither is taken from it
        let m = vaccine(r#"<code code="998" codeSystem="2.16.840.1.113883.12.292"/><lotNumberText>L-77</lotNumberText>"#);
        assert!(m.all("Immunization").is_empty() && m.reported("statement-not-mapped"));
        let m = vaccine(r#"<code code="141" codeSystem="2.16.840.1.113883.12.292"/>"#);
        m.is(m.one("Immunization"), "status", &["completed"]);
    }

    fn no_known_problems_that_stands_where_the_problem_would_is_none() {
        let values = [
            r#"<value xsi:type="CD" nullFlavor="UNK"><originalText>No known problems</originalText></value>"#,
            r#"<value xsi:type="ST">No active problems</value>"#,
            r#"<value xsi:type="CD" code="L-2" codeSystem="2.16.840.1.113883.19.32.9" displayName="No Known Problems"/>"#,
        ];
        for value in values {
            let m = problem("", r#"<low value="2019"/>"#, value, "");
            m.has(m.one("Condition"), "code.coding.code", "no-known-problems");
            assert!(!m.reported("value-not-carried"), "{value}");
            // denied, it is no denial of the absence
            let m = problem(r#"negationInd="true""#, r#"<low value="2019"/>"#, value, "");
            m.is(m.one("Condition"), "code.coding.code", &["55607006"]);
            m.is(m.one("Condition"), "verificationStatus.coding.code", &["refuted"]);
        }
    }

    fn no_surgeries_that_stands_where_the_procedure_would_is_nothing_that_was_done() {
        let of = |code: &str, negation: &str| {
            let entry = format!(r#"<entry><procedure classCode="PROC" moodCode="EVN" {negation}><templateId root="2.16.840.1.113883.10.20.22.4.14"/><id root="2.16.840.1.113883.19.32.1" extension="q"/>{code}<statusCode code="completed"/></procedure></entry>"#);
            Doc::new().section("47519-4", "x", &entry).convert()
        };
        for code in [words("None"), named("No past surgeries"), r#"<code code="no-known-procedures" codeSystem="2.16.840.1.113883.5.1150.1"/>"#.to_owned()] {
            for negation in ["", r#"negationInd="true""#] {
                let m = of(&code, negation);
                m.is(m.one("Procedure"), "status", &["unknown"]);
                m.has(m.one("Procedure"), "code.coding.code", "no-known-procedures");
            }
        }
        let m = of(&words("Nonexcisional debridement"), "");
        m.is(m.one("Procedure"), "status", &["completed"]);
    }

    fn none_is_no_disease_of_a_relative() {
        let entry = format!(r#"<entry><organizer classCode="CLUSTER" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.45"/><statusCode code="completed"/><subject><relatedSubject classCode="PRS"><code code="MTH" codeSystem="2.16.840.1.113883.5.111"/></relatedSubject></subject>
<component><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.46"/><code code="64572001" {SCT}/><statusCode code="completed"/><value xsi:type="CD" nullFlavor="UNK"><originalText>None</originalText></value></observation></component></organizer></entry>"#);
        let m = Doc::new().section("10157-6", "x", &entry).convert();
        m.none(m.one("FamilyMemberHistory"), "condition");
        assert!(m.reported("statement-not-mapped"));
    }

    fn a_medicine_that_an_older_document_says_is_on_hold_is_not_active() {
        let status = format!(r#"<entryRelationship typeCode="REFR"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.1.47"/><code code="33999-4" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><value xsi:type="CE" code="421139008" {SCT} displayName="On Hold"/></observation></entryRelationship>"#);
        let m = medicine("10160-0", "", r#"<code code="314076" codeSystem="2.16.840.1.113883.6.88"/>"#, &status);
        m.is(m.one("MedicationRequest"), "status", &["on-hold"]);
        // a sender that calls the same code otherwise, of a medicine that is completed
        let over = status.replace("On Hold", "No Longer Active");
        let entry = format!(r#"<entry><substanceAdministration classCode="SBADM" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.16"/><statusCode code="completed"/><effectiveTime xsi:type="IVL_TS"><low value="20230102"/><high value="20230202"/></effectiveTime>
<consumable><manufacturedProduct><manufacturedMaterial><code code="314076" codeSystem="2.16.840.1.113883.6.88"/></manufacturedMaterial></manufacturedProduct></consumable>{over}</substanceAdministration></entry>"#);
        let m = Doc::new().section("10160-0", "x", &entry).convert();
        m.is(m.one("MedicationRequest"), "status", &["completed"]);
    }
}

fn m_has_no_course(m: &Made) {
    m.none(m.one("Condition"), "clinicalStatus");
}
