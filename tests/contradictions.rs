//! Narrative against entries: each kind of contradiction on purpose, what must not be taken for one, and that the bundle stays as it is.

mod common;

use common::*;
use granule::account::Account;
use granule::account::contradict::Finding;
use granule::account::gather::Report;
use granule::convert::{Options, Original};

fn account(doc: &Doc) -> Account {
    let (bytes, options) = (doc.xml(), Options { lineage: true, original: Original::Omit, ..Options::default() });
    let done = converter().convert(bytes.as_bytes(), &options).unwrap();
    Account::of(converter().plan(), bytes.as_bytes(), &options, &done, false).unwrap()
}

fn found(doc: &Doc) -> Vec<Finding> {
    account(doc).contradictions
}

fn codes(doc: &Doc) -> Vec<&'static str> {
    found(doc).iter().map(|f| f.code).collect()
}

fn table(head: &[&str], rows: &[(&str, &[&str])]) -> String {
    let head: String = head.iter().map(|h| format!("<th>{h}</th>")).collect();
    let row = |(id, cells): &(&str, &[&str])| {
        format!(r#"<tr ID="{id}">{}</tr>"#, cells.iter().map(|c| format!("<td>{c}</td>")).collect::<String>())
    };
    format!("<table><thead><tr>{head}</tr></thead><tbody>{}</tbody></table>", rows.iter().map(row).collect::<String>())
}

/// A problem: its name, the row that it refers to (none: empty), its status (SNOMED CT code of the status observation).
fn problem(name: &str, row: &str, status: &str) -> String {
    let text = if row.is_empty() { String::new() } else { format!(r##"<text><reference value="#{row}"/></text>"##) };
    format!(
        r#"<entry><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.3"/><code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="active"/>
<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.4"/><id root="2.16.840.1.113883.19.12.4" extension="{name}"/><code code="55607006" codeSystem="2.16.840.1.113883.6.96" displayName="Problem"/>{text}<statusCode code="completed"/>
<effectiveTime><low value="2020"/></effectiveTime><value xsi:type="CD" code="1{}" codeSystem="2.16.840.1.113883.6.96" displayName="{name}"/>
<entryRelationship typeCode="REFR"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.6"/><code code="33999-4" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><value xsi:type="CD" code="{status}" codeSystem="2.16.840.1.113883.6.96"/></observation></entryRelationship>
</observation></entryRelationship></act></entry>"#,
        name.len()
    )
}

const ACTIVE: &str = "55561003";
const RESOLVED: &str = "413322009";
const HEAD: &[&str] = &["Problem", "Status"];

fn problems(text: &str, entries: &[String]) -> Doc {
    Doc::new().section("11450-4", text, &entries.concat())
}

#[test]
fn a_status_against_its_row() {
    let text = table(HEAD, &[("p1", &["Asthma", "Resolved"]), ("p2", &["Gout", "Active"])]);
    let doc = problems(&text, &[problem("Asthma", "p1", ACTIVE), problem("Gout", "p2", RESOLVED)]);
    let all = found(&doc);
    assert_eq!(
        all.iter().map(|f| f.code).collect::<Vec<_>>(),
        ["status-against-narrative", "status-against-narrative"]
    );
    assert_eq!(all[0].message, "the row of this entry says that it is over, Condition has the status active");
    assert_eq!(all[0].severity(), "warning");
    assert!(all[0].at.0 > 1 && all[0].xpath.ends_with("/act"), "{:?}", all[0]);
}

#[test]
fn a_status_that_agrees_or_cannot_be_known_is_none() {
    let agree = table(HEAD, &[("p1", &["Asthma", "Active"]), ("p2", &["Gout", "Resolved"])]);
    let entries = [problem("Asthma", "p1", ACTIVE), problem("Gout", "p2", RESOLVED)];
    assert!(codes(&problems(&agree, &entries)).is_empty());
    // a word in a column of something else, a word among others, two columns of statuses
    for text in [
        table(&["Problem", "Ulcer"], &[("p1", &["Asthma", "Inactive"]), ("p2", &["Gout", "Resolved"])]),
        table(HEAD, &[("p1", &["Asthma", "Resolved in May, then again"]), ("p2", &["Gout", "Resolved"])]),
        table(
            &["Problem", "Status", "Current status"],
            &[("p1", &["Asthma", "Resolved", "Active"]), ("p2", &["Gout", "Resolved", "Resolved"])],
        ),
    ] {
        assert!(codes(&problems(&text, &entries)).is_empty(), "{text}");
    }
    // one row of two entries says the status of one of them
    let shared = table(HEAD, &[("p1", &["Asthma and gout", "Resolved"])]);
    assert!(codes(&problems(&shared, &[problem("Asthma", "p1", ACTIVE), problem("Gout", "p1", ACTIVE)])).is_empty());
}

#[test]
fn a_row_without_an_entry() {
    let text =
        table(HEAD, &[("p1", &["Asthma", "Active"]), ("p2", &["Gout", "Active"]), ("p3", &["Psoriasis", "Active"])]);
    let entries = [problem("Asthma", "p1", ACTIVE), problem("Gout", "p2", ACTIVE)];
    let all = found(&problems(&text, &entries));
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!((all[0].code, all[0].severity()), ("row-without-entry", "information"));
    assert!(all[0].message.starts_with("1 of 3 rows"));
    // an entry that refers to no row may be of any; a row that says that there is nothing lacks none; one that continues another has another form
    assert!(codes(&problems(&text, &[problem("Asthma", "p1", ACTIVE), problem("Gout", "", ACTIVE)])).is_empty());
    let none = table(
        HEAD,
        &[("p1", &["Asthma", "Active"]), ("p2", &["Gout", "Active"]), ("p3", &["No known others", "None"])],
    );
    assert!(codes(&problems(&none, &entries)).is_empty());
    let note = table(
        HEAD,
        &[("p1", &["Asthma", "Active"]), ("p2", &["Gout", "Active"]), ("p3", &["Psoriasis was denied by the patient"])],
    );
    assert!(codes(&problems(&note, &entries)).is_empty());
    // a reference that leads nowhere may have meant the row
    assert!(
        codes(&problems(&text, &[problem("Asthma", "p1", ACTIVE), problem("Scaly skin", "p33", ACTIVE)])).is_empty()
    );
    // as many entries as rows: some entry refers to the wrong row
    let three = [problem("Asthma", "p1", ACTIVE), problem("Gout", "p2", ACTIVE), problem("Scaly skin", "p2", ACTIVE)];
    assert!(!codes(&problems(&text, &three)).contains(&"row-without-entry"));
}

#[test]
fn an_entry_without_a_word_in_the_narrative() {
    let text = table(
        HEAD,
        &[
            ("p1", &["Asthma", "Active"]),
            ("p2", &["Gouty arthritis", "Active"]),
            ("p3", &["Psoriasis", "Active"]),
            ("p4", &["Migraine", "Active"]),
        ],
    );
    let mut entries: Vec<String> =
        ["Asthma", "Gouty arthritis", "Psoriasis", "Migraine"].map(|n| problem(n, "", ACTIVE)).to_vec();
    assert!(codes(&problems(&text, &entries)).is_empty());
    entries.push(problem("Epilepsy", "", ACTIVE));
    assert_eq!(codes(&problems(&text, &entries)), ["entry-not-in-narrative"]);
    // it points into the narrative: another name of the same
    *entries.last_mut().unwrap() = problem("Epilepsy", "p4", ACTIVE);
    assert!(codes(&problems(&text, &entries)).is_empty());
    // a narrative in another language has none of the names
    let other = table(HEAD, &[("p1", &["Asthme", "Actif"]), ("p2", &["Goutte", "Actif"])]);
    assert!(
        codes(&problems(
            &other,
            &[problem("Wheezing", "", ACTIVE), problem("Uric acid", "", ACTIVE), problem("Epilepsy", "", ACTIVE)]
        ))
        .is_empty()
    );
}

/// A list says what a table of one column would; one inside a cell or an item only says more of that.
#[test]
fn items_of_a_list_are_rows() {
    let list = |items: &[(&str, &str)]| {
        let item = |(id, words): &(&str, &str)| format!(r#"<item><content ID="{id}">{words}</content></item>"#);
        format!("<list>{}</list>", items.iter().map(item).collect::<String>())
    };
    let entries = [problem("Asthma", "p1", ACTIVE), problem("Gout", "p2", ACTIVE)];
    let lacking = list(&[("p1", "Asthma since 2020"), ("p2", "Gout"), ("p3", "Psoriasis")]);
    let all = found(&problems(&lacking, &entries));
    assert_eq!(all.iter().map(|f| f.code).collect::<Vec<_>>(), ["row-without-entry"]);
    assert!(codes(&problems(&list(&[("p1", "Asthma"), ("p2", "Gout")]), &entries)).is_empty());
    let crossed = [problem("Asthma", "p2", ACTIVE), problem("Gout", "p1", ACTIVE)];
    assert_eq!(
        codes(&problems(&lacking, &crossed)),
        ["row-without-entry", "row-of-another-entry", "row-of-another-entry"]
    );
    // what one entry consists of
    assert!(codes(&problems(&lacking, &entries[..1])).is_empty());
    // details of one problem
    let details = list(&[("p2", "Gout"), ("p3", "Psoriasis of the elbows"), ("p4", "treated with cream")]);
    for text in [format!("<list><item>{details}</item></list>"), table(HEAD, &[("p1", &["Asthma", &details])])] {
        assert!(!codes(&problems(&text, &entries)).contains(&"row-without-entry"), "{text}");
    }
}

#[test]
fn an_entry_at_the_row_of_another() {
    let text = table(HEAD, &[("p1", &["Asthma", "Active"]), ("p2", &["Gouty arthritis", "Active"])]);
    let crossed = [problem("Asthma", "p2", ACTIVE), problem("Gouty arthritis", "p1", ACTIVE)];
    assert_eq!(codes(&problems(&text, &crossed)), ["row-of-another-entry", "row-of-another-entry"]);
    let right = [problem("Asthma", "p1", ACTIVE), problem("Gouty arthritis", "p2", ACTIVE)];
    assert!(codes(&problems(&text, &right)).is_empty());
    // another name of the same: no row names the entry
    let renamed = [problem("Wheezing", "p1", ACTIVE), problem("Gouty arthritis", "p2", ACTIVE)];
    assert!(codes(&problems(&text, &renamed)).is_empty());
}

#[test]
fn none_known_beside_rows_that_name_some() {
    let entry = r##"<entry><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.30"/><code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="active"/><entryRelationship typeCode="SUBJ">
<observation classCode="OBS" moodCode="EVN" negationInd="true"><templateId root="2.16.840.1.113883.10.20.22.4.7"/><id root="2.16.840.1.113883.19.12.4" extension="none"/><code code="ASSERTION" codeSystem="2.16.840.1.113883.5.4"/><text><reference value="#a1"/></text><statusCode code="completed"/><effectiveTime><low nullFlavor="NA"/></effectiveTime>
<value xsi:type="CD" code="419199007" codeSystem="2.16.840.1.113883.6.96" displayName="Allergy to substance"/><participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT"><code nullFlavor="NA"/></playingEntity></participantRole></participant></observation></entryRelationship></act></entry>"##;
    let doc = |rows: &[(&str, &[&str])]| Doc::new().section("48765-2", &table(&["Substance", "Reaction"], rows), entry);
    let contradicted = doc(&[("a1", &["No known allergies", "-"]), ("a2", &["Penicillin", "Hives"])]);
    assert!(codes(&contradicted).contains(&"none-known-beside-rows"), "{:?}", found(&contradicted));
    assert!(
        codes(&doc(&[("a1", &["No known allergies", "-"]), ("a2", &["No known food allergies", "None"])])).is_empty()
    );
}

#[test]
fn it_changes_nothing_and_is_counted() {
    let text = table(HEAD, &[("p1", &["Asthma", "Resolved"]), ("p2", &["Gout", "Active"])]);
    let doc = problems(&text, &[problem("Asthma", "p1", ACTIVE), problem("Gout", "p2", ACTIVE)]);
    let plain = converter().convert(doc.xml().as_bytes(), &Options::default()).unwrap();
    let traced = converter().convert(doc.xml().as_bytes(), &Options { lineage: true, ..Options::default() }).unwrap();
    assert_eq!(plain.bundle.to_json(false), traced.bundle.to_json(false));
    assert_eq!(plain.issues, traced.issues);
    let account = account(&doc);
    let report = Report::of("a.xml", &account, &traced.issues);
    let line = &report.issues["status-against-narrative"];
    assert_eq!((line.times, line.severity.as_str(), line.examples.len()), (1, "warning", 1));
    let shown = granule::account::text::account(&account, 10);
    assert!(shown.contains("narrative against entries (1)") && shown.contains("[status-against-narrative]"), "{shown}");
    assert!(
        serde_json::to_string(&account).unwrap().contains(r#""contradictions":[{"code":"status-against-narrative""#)
    );
    // a report says where, not what
    assert!(!report.to_json().unwrap().contains("Asthma"));
}
