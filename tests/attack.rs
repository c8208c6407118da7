//! Documents made to do harm: each is refused with a reason, or converted in bounded time. All are made here, by a rule.
//!
//! Time is no measure of speed here but a guard: what is quadratic takes minutes at these sizes, what is not a second or two.

mod common;

use std::fmt::Write as _;
use std::sync::mpsc;
use std::time::Duration;

use common::*;
use granule::cda::limits::Limits;
use granule::convert::{ConvertError, Options, Refusal};

/// The longest that any of these may take, on a busy machine.
const GUARD: Duration = Duration::from_secs(40);

/// What came of a document: the number of resources and issues, or the refusal.
type Came = Result<(usize, usize), ConvertError>;

/// Converts on a thread with the stack that threads have by default, and gives up waiting after [`GUARD`].
fn attack(document: impl Into<Vec<u8>>) -> Came {
    let document = document.into();
    let (send, receive) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        let started = std::time::Instant::now();
        let options = Options { parallel_from: usize::MAX, ..Options::default() };
        let made = converter().convert(&document, &options).map(|c| {
            let written = c.bundle.to_json(false).len();
            eprintln!("{} bytes in, {written} bytes out, {} issues", document.len(), c.issues.len());
            (c.bundle.entries.len(), c.issues.len())
        });
        eprintln!("{:?} {:?}", started.elapsed(), made);
        let _ = send.send(made);
    });
    match receive.recv_timeout(GUARD) {
        Ok(came) => came,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("still at it after {GUARD:?}"),
        Err(mpsc::RecvTimeoutError::Disconnected) => panic!("the conversion panicked: {:?}", thread.join().is_err()),
    }
}

/// The document is refused, of this kind and with these words.
#[track_caller]
fn refused(document: impl Into<Vec<u8>>, kind: Refusal, words: &str) {
    let e = attack(document).expect_err("converted, not refused");
    assert_eq!(e.kind, kind, "{e}");
    assert!(e.message.contains(words), "{e}");
}

/// The document is converted; gives the number of resources and of issues.
#[track_caller]
fn converted(document: impl Into<Vec<u8>>) -> (usize, usize) {
    attack(document).unwrap_or_else(|e| panic!("refused: {e}"))
}

const PROBLEMS: &str = "11450-4";

/// A problem section with what stands in it.
fn section(text: &str, entries: &str) -> String {
    Doc::new().section(PROBLEMS, text, entries).xml()
}

/// `f` of each number, joined.
fn many(n: usize, f: impl Fn(usize) -> String) -> String {
    (0..n).fold(String::new(), |mut s, i| {
        let _ = s.write_str(&f(i));
        s
    })
}

fn problem(id: usize, rest: &str) -> String {
    format!(
        "<entry><act classCode='ACT' moodCode='EVN'><templateId root='2.16.840.1.113883.10.20.22.4.3'/>\
         <statusCode code='active'/><entryRelationship typeCode='SUBJ'><observation classCode='OBS' moodCode='EVN'>\
         <templateId root='2.16.840.1.113883.10.20.22.4.4'/><id root='1.2.3' extension='{id}'/>\
         <code code='55607006' codeSystem='2.16.840.1.113883.6.96'/>{rest}\
         <value xsi:type='CD' code='38341003' codeSystem='2.16.840.1.113883.6.96'/></observation></entryRelationship></act></entry>"
    )
}

#[test]
fn x_million_entries() {
    converted(section("x", &"<entry><act/></entry>".repeat(300_000)));
}
#[test]
fn x_problems() {
    converted(section("x", &many(60_000, |i| problem(i, ""))));
}
#[test]
fn x_same_id() {
    converted(section("x", &many(20_000, |i| problem(7, &format!("<effectiveTime value='{}'/>", 10000000 + i)))));
}
#[test]
fn x_refs_to_big() {
    let text = format!("<content ID='a'>{}</content>", "word ".repeat(200_000));
    converted(section(&text, &many(2_000, |i| problem(i, "<text><reference value='#a'/></text>"))));
}
#[test]
fn x_rows_refs() {
    let text = format!("<table><tbody>{}</tbody></table>", many(30_000, |i| format!("<tr ID='r{i}'><td>x</td></tr>")));
    converted(section(&text, &many(30_000, |i| problem(i, &format!("<text><reference value='#r{i}'/></text>")))));
}
#[test]
fn x_loose_rows_refs() {
    let text = format!("<table>{}</table>", many(30_000, |i| format!("<tr ID='r{i}'><td>x</td></tr>")));
    converted(section(&text, &many(30_000, |i| problem(i, &format!("<text><reference value='#r{i}'/></text>")))));
}
#[test]
fn x_ids() {
    converted(section("x", &problem(1, &many(200_000, |i| format!("<id root='1.2' extension='{i}'/>")))));
}
#[test]
fn x_translations() {
    let t = many(200_000, |i| format!("<translation code='{i}' codeSystem='2.16.840.1.113883.6.1'/>"));
    converted(section(
        "x",
        &problem(1, "").replace(
            "38341003' codeSystem='2.16.840.1.113883.6.96'/>",
            &format!("38341003' codeSystem='2.16.840.1.113883.6.96'>{t}</value>"),
        ),
    ));
}
#[test]
fn x_authors() {
    converted(section(
        "x",
        &problem(
            1,
            &many(100_000, |i| {
                format!(
                    "<author><time value='2020'/><assignedAuthor><id root='1.2' extension='{i}'/><assignedPerson><name>A{i}</name></assignedPerson></assignedAuthor></author>"
                )
            }),
        ),
    ));
}
#[test]
fn x_header_authors_and_entries() {
    let authors = many(20_000, |i| {
        format!(
            "<author><time value='2020'/><assignedAuthor><id root='1.2' extension='{i}'/><assignedPerson><name>A{i}</name></assignedPerson></assignedAuthor></author>"
        )
    });
    converted(Doc::new().author(&authors).section(PROBLEMS, "x", &many(20_000, |i| problem(i, ""))).xml());
}
#[test]
fn x_sections_many_ids() {
    let d = (0..5_000)
        .fold(Doc::new(), |d, i| d.section(PROBLEMS, &many(20, |j| format!("<content ID='c{i}-{j}'>x</content>")), ""));
    converted(d.section("10160-0", "x", &problem(1, "<text><reference value='#c1-1'/></text>")).xml());
}
#[test]
fn x_vitals() {
    let m = many(100_000, |i| {
        format!(
            "<component><observation classCode='OBS' moodCode='EVN'><templateId root='2.16.840.1.113883.10.20.22.4.27'/><code code='8480-6' codeSystem='2.16.840.1.113883.6.1'/><statusCode code='completed'/><effectiveTime value='{}'/><value xsi:type='PQ' value='1' unit='mm[Hg]'/></observation></component>",
            10000000 + i
        )
    });
    converted(Doc::new().section("8716-3", "x", &format!("<entry><organizer classCode='CLUSTER' moodCode='EVN'><templateId root='2.16.840.1.113883.10.20.22.4.26'/><statusCode code='completed'/>{m}</organizer></entry>")).xml());
}
#[test]
fn x_images() {
    let media = format!(
        "<entry><observationMedia classCode='OBS' moodCode='EVN' ID='m'><value mediaType='image/png' representation='B64'>{}</value></observationMedia></entry>",
        "AAAA".repeat(250_000)
    );
    converted(section(&"<renderMultiMedia referencedObject='m'/>".repeat(2_000), &media));
}
#[test]
fn x_namespaces() {
    let ns = many(200, |i| format!(" xmlns:n{i}='urn:{}'", "x".repeat(10_000)));
    let d = (0..5_000).fold(Doc::new(), |d, _| d.section(PROBLEMS, "x", "")).xml().replacen(
        "<ClinicalDocument ",
        &format!("<ClinicalDocument {ns} "),
        1,
    );
    converted(d);
}
#[test]
fn x_namespaces_nested() {
    let open = many(150, |d| format!("<content{}>", many(250, |i| format!(" xmlns:n{d}-{i}='u'"))));
    let text = format!("{open}{}{}", "<br xmlns:q='u'/>".repeat(20_000), "</content>".repeat(150));
    converted(section(&text, ""));
}
#[test]
fn x_deep_sections() {
    let deep = format!("{}{}", "<component><section><text>x</text>".repeat(95), "</section></component>".repeat(95));
    converted(Doc::new().section(PROBLEMS, "x", &deep).xml());
}
#[test]
fn x_deep_acts() {
    let deep =
        format!("<entry>{}{}</entry>", "<act><entryRelationship>".repeat(95), "</entryRelationship></act>".repeat(95));
    converted(section("x", &deep.repeat(200)));
}
#[test]
fn x_deep_ids() {
    let text = format!(
        "{}{}{}",
        many(180, |i| format!("<content ID='d{i}'>")),
        "word ".repeat(200_000),
        "</content>".repeat(180)
    );
    converted(
        Doc::new()
            .section("10160-0", &text, "")
            .section(PROBLEMS, "x", &problem(1, "<text><reference value='#d0'/></text>"))
            .xml(),
    );
}
#[test]
fn x_names() {
    let p = many(100_000, |i| format!("<name><given>G{i}</given></name><telecom value='tel:{i}'/>"));
    converted(Doc::new().patient(&p).xml());
}
#[test]
fn x_telecom() {
    let p = many(100_000, |i| format!("<telecom value='tel:{i}'/>"));
    converted(Doc::new().role(&format!("<id root='1.2' extension='3'/>{p}<patient><name>A</name></patient>")).xml());
}
#[test]
fn x_unknown_elements() {
    converted(section("x", &problem(1, &many(200_000, |i| format!("<e{i}/>")))));
}
#[test]
fn x_gate_refused() {
    converted(section(
        "x",
        &many(30_000, |i| problem(i, "").replace("38341003", "").replace("<code code='55607006'", "<code")),
    ));
}
