//! What is above ordinary confidentiality: kept with its labels, left out without a trace of what it was, or refused.

use granule::convert::{Confidential, ConvertError, Options};

use crate::checks;
use crate::common::*;

fn with(confidential: Confidential) -> Options {
    Options { confidential, recorded: Some("2026-01-31T12:00:00Z".into()), ..Options::default() }
}

fn redact(doc: &Doc) -> Made {
    convert_with(converter(), doc.xml().as_bytes(), &with(Confidential::Redact))
}

fn refused(xml: &str, confidential: Confidential) -> ConvertError {
    let mut all = granule::intake::convert(converter(), xml.as_bytes(), &with(confidential)).unwrap();
    all.remove(0).expect_err("a refusal")
}

fn label(code: &str) -> String {
    format!(r#"<confidentialityCode code="{code}" codeSystem="2.16.840.1.113883.5.25"/>"#)
}

/// A problem of its own id and code; `more` stands in the observation.
fn problem(id: &str, code: &str, name: &str, more: &str) -> String {
    format!(
        r##"<entry><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.3"/><id root="1.2.3.4" extension="c-{id}"/>
<code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="active"/><entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN">
<templateId root="2.16.840.1.113883.10.20.22.4.4"/><id root="1.2.3.4" extension="{id}"/><code code="55607006" codeSystem="2.16.840.1.113883.6.96"/><text><reference value="#t-{id}"/></text><statusCode code="completed"/>
<value xsi:type="CD" code="{code}" codeSystem="2.16.840.1.113883.6.96" displayName="{name}"/>{more}<author><time value="20240101"/><assignedAuthor><id root="1.2.3.5" extension="a-{id}"/><assignedPerson><name><family>Writer{id}</family></name></assignedPerson></assignedAuthor></author></observation></entryRelationship></act></entry>"##
    )
}

/// An observation that labels what it stands in, by its code.
fn security(kind: &str, value: &str) -> String {
    format!(
        r#"<observation classCode="OBS" moodCode="EVN"><code code="{kind}" codeSystem="2.16.840.1.113883.5.4"/><statusCode code="completed"/><value xsi:type="CD" code="{value}" codeSystem="2.16.840.1.113883.5.1063"/></observation>"#
    )
}

fn markings(kind: &str, value: &str) -> String {
    format!(
        r#"<entry><organizer classCode="CLUSTER" moodCode="EVN"><statusCode code="completed"/><component>{}</component><component>{}</component></organizer></entry>"#,
        security(kind, value),
        security("SECCONOBS", "ENCRYPT")
    )
}

fn section(head: &str, entries: &str) -> String {
    format!(
        r#"<section>{head}<code code="11450-4" codeSystem="2.16.840.1.113883.6.1"/><title>Hush title</title><text><paragraph ID="t-9">Hush words</paragraph></text>{entries}</section>"#
    )
}

/// Two sections: one of ordinary problems, one that the test labels.
fn two(labelled: &str) -> Doc {
    Doc::new()
        .section("11450-4", r#"<paragraph ID="t-1">Gout, plainly</paragraph>"#, &problem("1", "90560007", "Gout", ""))
        .raw_section(labelled)
}

/// Nothing of what was withheld stands anywhere: resources, narrative, ids, issues; nor the document itself.
fn silent(m: &Made, words: &[&str]) {
    let issues = m.issues.iter().map(|i| format!("{i:?}")).collect::<String>();
    for word in words {
        assert!(!m.json.contains(word), "`{word}` is in the bundle:\n{}", m.json);
        assert!(!issues.contains(word), "`{word}` is in the issues:\n{issues}");
    }
    assert!(m.all("Binary").is_empty(), "the original went out");
    for d in m.all("DocumentReference") {
        m.none(d, "content.attachment.data");
        // by size and digest somebody may try what is missing
        m.none(d, "content.attachment.hash");
        m.none(d, "content.attachment.size");
    }
    assert!(m.reported("confidential-withheld"));
    m.has(m.one("Composition"), "meta.security.code", "REDACTED");
}

checks! {
    fn kept_by_default_with_its_labels() {
        let doc = two(&section(&label("R"), &problem("9", "86406008", "HIV", "")));
        let m = convert_with(converter(), doc.xml().as_bytes(), &Options::default());
        m.is(m.with("Condition", "code.coding.code", "86406008"), "meta.security.code", &["R"]);
        m.is(m.with("Condition", "code.coding.code", "90560007"), "meta.security.code", &["N"]);
        assert_eq!(m.all("Binary").len(), 1);
        assert!(!m.json.contains("REDACTED") && !m.reported("confidential-withheld"));
    }

    fn a_statement_has_its_own_labels_before_those_around_it() {
        let inside = |kind: &str, value: &str| format!(r#"<entryRelationship typeCode="SUBJ">{}</entryRelationship>"#, security(kind, value));
        let of = |more: &str| {
            let entries = format!("{}{}", problem("9", "86406008", "HIV", more), problem("8", "399211009", "Infarct", ""));
            let m = convert_with(converter(), two(&section("", &entries)).xml().as_bytes(), &Options::default());
            m.is(m.with("Condition", "code.coding.code", "399211009"), "meta.security.code", &["N"]);
            m.texts(m.with("Condition", "code.coding.code", "86406008"), "meta.security.code")
        };
        assert_eq!(of(&label("R")), ["R"]);
        assert_eq!(of(&inside("SECCLASSOBS", "V")), ["V"]);
        // a sensitivity says why, not how much: the level around it stays in force
        assert_eq!(of(&inside("SECCATOBS", "HIV")), ["HIV", "N"]);
        assert_eq!(of(&(inside("SECCLASSOBS", "R") + &inside("SECCATOBS", "HIV"))), ["R", "HIV"]);
        assert_eq!(of(&inside("SECCONOBS", "ENCRYPT")), ["N"]);
    }

    fn a_section_above_ordinary_is_withheld_whole() {
        for code in ["R", "V", "ETH", "no-such-label"] {
            let m = redact(&two(&section(&label(code), &problem("9", "86406008", "HIV", ""))));
            silent(&m, &["86406008", "HIV", "Hush", "c-9", "Writer9", "a-9", "no-such-label", "\"ETH\""]);
            m.is(m.one("Condition"), "code.coding.code", &["90560007"]);
            let c = m.one("Composition");
            m.is(c, "section[1].emptyReason.coding.code", &["withheld"]);
            m.none(c, "section[1].title");
            m.none(c, "section[1].code");
            m.is(c, "section[1].text.status", &["empty"]);
            m.contains(c, "section[1].text.div", "Withheld");
            // what is ordinary is whole
            m.contains(c, "section[0].text.div", "Gout, plainly");
            assert_eq!(m.issues.iter().filter(|i| i.code == "confidential-withheld").count(), 1);
        }
    }

    fn ordinary_labels_withhold_nothing() {
        for code in ["N", "L", "M", "U"] {
            let doc = two(&section(&label(code), &problem("9", "399211009", "Infarct", "")));
            let (kept, m) = (convert_with(converter(), doc.xml().as_bytes(), &with(Confidential::Keep)), redact(&doc));
            assert_eq!(kept.json, m.json, "{code}");
            assert!(!m.reported("confidential-withheld"));
            granule::intake::convert(converter(), doc.xml().as_bytes(), &with(Confidential::Refuse)).unwrap().remove(0).unwrap();
        }
    }

    fn a_label_that_says_nothing_is_no_label() {
        let doc = two(&section(r#"<confidentialityCode nullFlavor="NI"/>"#, &problem("9", "399211009", "Infarct", "")));
        assert_eq!(redact(&doc).all("Condition").len(), 2);
    }

    fn a_translation_labels_too() {
        let head = r#"<confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"><translation code="R" codeSystem="2.16.840.1.113883.5.25"/></confidentialityCode>"#;
        let m = redact(&two(&section(head, &problem("9", "86406008", "HIV", ""))));
        silent(&m, &["86406008", "HIV", "Hush"]);
        // a national code beside an ordinary one of HL7 is the sender's own word for ordinary; alone nobody knows what it says
        let beside = r#"<confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"><translation code="5" codeSystem="1.2.246.777.5.99902.2006"/></confidentialityCode>"#;
        assert_eq!(redact(&two(&section(beside, &problem("9", "399211009", "Infarct", "")))).all("Condition").len(), 2);
        let alone = r#"<confidentialityCode code="5" codeSystem="1.2.246.777.5.99902.2006"/>"#;
        silent(&redact(&two(&section(alone, &problem("9", "86406008", "HIV", "")))), &["86406008", "HIV", "Hush"]);
    }

    fn nested_sections_go_with_the_section_around_them() {
        let inner = format!("<component>{}</component>", section("", &problem("9", "86406008", "HIV", "")));
        let m = redact(&two(&section(&label("R"), &inner)));
        silent(&m, &["86406008", "HIV", "Hush"]);
    }

    fn an_entry_above_ordinary_takes_the_words_of_its_section() {
        // a label of the statement itself; a classification and a sensitivity inside the entry
        let inside = |kind: &str, value: &str| format!(r#"<entryRelationship typeCode="SUBJ">{}</entryRelationship>"#, security(kind, value));
        for more in [label("V"), inside("SECCLASSOBS", "R"), inside("SECCATOBS", "HIV")] {
            let entries = format!("{}{}", problem("9", "86406008", "Hush disease", &more), problem("8", "399211009", "Infarct", ""));
            let m = redact(&two(&section("", &entries)));
            silent(&m, &["86406008", "Hush disease", "Hush words", "c-9", "Writer9", "a-9"]);
            let c = m.one("Composition");
            // the sender did not label the section: what it is about stays
            m.is(c, "section[1].title", &["Hush title"]);
            m.contains(c, "section[1].text.div", "Withheld");
            m.is(c, "section[1].entry.resolve().code.coding.code", &["399211009"]);
            m.none(c, "section[1].emptyReason");
        }
    }

    fn an_ordinary_classification_withholds_nothing() {
        let more = format!(r#"<entryRelationship typeCode="SUBJ">{}</entryRelationship>"#, security("SECCLASSOBS", "N"));
        assert_eq!(redact(&two(&section("", &problem("9", "399211009", "Infarct", &more)))).all("Condition").len(), 2);
    }

    fn markings_of_a_section_label_the_section() {
        let entries = format!("{}{}", markings("SECCLASSOBS", "R"), problem("9", "86406008", "HIV", ""));
        let m = redact(&two(&section("", &entries)));
        silent(&m, &["86406008", "HIV", "Hush", "SECCLASSOBS"]);
    }

    fn the_same_statement_elsewhere_is_withheld_as_well() {
        // unlabelled there, under the same id
        let doc = Doc::new()
            .section("46240-8", "<paragraph>Visit, hush-hush</paragraph>", &problem("9", "86406008", "HIV", ""))
            .section("11450-4", r#"<paragraph ID="t-1">Gout, plainly</paragraph>"#, &problem("1", "90560007", "Gout", ""))
            .raw_section(&section(&label("R"), &problem("9", "86406008", "HIV", "")));
        let m = redact(&doc);
        silent(&m, &["86406008", "HIV", "Hush", "hush", "Writer9"]);
        m.is(m.one("Condition"), "code.coding.code", &["90560007"]);
    }

    fn words_in_another_section_are_withheld_with_the_entry() {
        let doc = Doc::new()
            .section("10164-2", r#"<paragraph ID="t-9">Told elsewhere</paragraph>"#, "")
            .raw_section(&section(&label("R"), &problem("9", "86406008", "HIV", "")).replace("ID=\"t-9\"", ""));
        let m = redact(&doc);
        silent(&m, &["86406008", "HIV", "Hush", "Told elsewhere"]);
        m.is(m.one("Composition"), "section[0].title", &["Section 10164-2"]);
    }

    fn a_body_above_ordinary_goes_whole() {
        let xml = two(&section("", "")).xml().replace("<structuredBody>", &format!("<structuredBody>{}", label("R")));
        let m = convert_with(converter(), xml.as_bytes(), &with(Confidential::Redact));
        silent(&m, &["Gout", "Hush"]);
        assert!(m.all("Condition").is_empty());
        let body = format!(r#"<component><nonXMLBody><text mediaType="text/plain">Hush words</text>{}</nonXMLBody></component>"#, label("R"));
        let m = convert_with(converter(), Doc::new().header(&body).xml().as_bytes(), &with(Confidential::Redact));
        silent(&m, &["Hush", "SHVzaCB3b3Jkcw"]);
    }

    fn a_document_above_ordinary_is_refused_even_where_parts_may_be_withheld() {
        let xml = two(&section("", "")).xml().replace(r#"<confidentialityCode code="N""#, r#"<confidentialityCode code="R""#);
        for confidential in [Confidential::Redact, Confidential::Refuse] {
            let e = refused(&xml, confidential);
            assert_eq!((e.kind.code(), e.kind.http_status()), ("confidential", 422));
            assert!(e.at.is_some() && e.message.contains("--confidential keep"), "{e}");
        }
        assert_eq!(convert_with(converter(), xml.as_bytes(), &Options::default()).all("Condition").len(), 1);
    }

    fn refuse_takes_no_document_that_holds_any() {
        for labelled in [section(&label("R"), ""), section("", &problem("9", "86406008", "HIV", &label("V"))), section("", &markings("SECCATOBS", "ETH"))] {
            let e = refused(&two(&labelled).xml(), Confidential::Refuse);
            assert_eq!(e.kind.code(), "confidential");
            assert!(!e.message.contains("86406008") && !e.message.contains("Hush"), "{e}");
        }
    }

    fn what_is_left_has_the_ids_and_places_that_it_had() {
        let null = problem("7", "22298006", "x", "").replace(r#"<observation classCode="OBS" moodCode="EVN">"#, r#"<observation classCode="OBS" moodCode="EVN" nullFlavor="NI">"#);
        let entries = format!("{}\n{}\n{null}", problem("9", "86406008", "HIV", &label("R")), problem("8", "399211009", "Infarct", ""));
        let doc = two(&section("", &entries));
        let id = |m: &Made| m.with("Condition", "code.coding.code", "399211009")["id"].clone();
        let place = |m: &Made| m.issues.iter().find(|i| i.code == "null-statement").unwrap().at.unwrap();
        let (kept, m) = (convert_with(converter(), doc.xml().as_bytes(), &Options::default()), redact(&doc));
        assert_eq!((id(&m), place(&m)), (id(&kept), place(&kept)));
    }

    fn prefixes_that_a_withheld_section_declares_stay_well_formed() {
        let labelled = r#"<h:section xmlns:h="urn:hl7-org:v3"><h:title>Hush</h:title><h:confidentialityCode code="R"/><h:text>Hush words</h:text></h:section>"#;
        silent(&redact(&two(labelled)), &["Hush"]);
    }

    fn characters_that_are_withheld_are_not_told_of() {
        let doc = two(&section(&label("R"), "").replace("Hush words", "Hush \u{1} words"));
        let m = redact(&doc);
        silent(&m, &["Hush"]);
        assert!(m.issues.iter().all(|i| i.code == "confidential-withheld"), "{:?}", m.issues);
    }

    fn the_account_knows_nothing_of_it_either() {
        let doc = two(&section(&label("R"), &problem("9", "86406008", "HIV", "")));
        let account = |confidential| {
            let options = Options { lineage: true, ..with(confidential) };
            let bytes = doc.xml().into_bytes();
            let made = converter().convert(&bytes, &options).unwrap();
            let account = granule::account::Account::of(converter().plan(), &bytes, &options, &made, true).unwrap();
            serde_json::to_string(&account).unwrap()
        };
        let (kept, redacted) = (account(Confidential::Keep), account(Confidential::Redact));
        assert!(kept.contains("86406008") || kept.contains("Hush title"), "the account tells nothing: the test would prove nothing\n{kept}");
        for word in ["86406008", "Hush", "HIV", "c-9", "Writer9"] {
            assert!(!redacted.contains(word), "{word} is in the account:\n{redacted}");
        }
    }

    fn a_redacted_bundle_passes_the_gate_as_before() {
        let m = redact(&two(&section(&label("R"), &problem("9", "86406008", "HIV", ""))));
        let told: Vec<&str> = m.issues.iter().map(|i| i.code.as_str()).collect();
        assert!(!told.iter().any(|c| c.starts_with("cmp-") || *c == "required"), "{told:?}");
    }
}
