//! Documents made to do harm: each is refused with a reason, or converted at a cost that grows no faster than the document.
//! All are made here, by a rule; none is large on disk.
//!
//! What a conversion looks at again and again is counted ([`granule::cda::budget`]), so most of these bounds are counts and
//! hold on any machine. Time is a guard against what is not counted; it says nothing of speed.

mod common;

use std::fmt::Write as _;
use std::sync::mpsc;
use std::time::Duration;

use common::*;
use granule::cda::limits::Limits;
use granule::convert::{ConvertError, Options, Refusal};

/// The longest that any of these may take, on a machine that is busy with other things.
const GUARD: Duration = Duration::from_secs(120);

/// What came of a document.
struct Came {
    resources: usize,
    issues: usize,
    /// bytes of the bundle
    written: usize,
}

/// Converts on a thread with the stack that threads have by default, and gives up waiting after [`GUARD`].
fn attack(document: impl Into<Vec<u8>>, limits: Limits) -> Result<Came, ConvertError> {
    let document = document.into();
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        let options = Options { parallel_from: usize::MAX, limits, ..Options::default() };
        let came = converter().convert(&document, &options).map(|c| Came {
            resources: c.bundle.entries.len(),
            issues: c.issues.len(),
            written: c.bundle.to_json(false).len(),
        });
        let _ = send.send(came);
    });
    match receive.recv_timeout(GUARD) {
        Ok(came) => came,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("still at it after {GUARD:?}"),
        Err(mpsc::RecvTimeoutError::Disconnected) => panic!("the conversion panicked"),
    }
}

/// The document is refused, of this kind and with these words.
#[track_caller]
fn refused(document: impl Into<Vec<u8>>, kind: Refusal, words: &str) {
    let Err(e) = attack(document, Limits::default()) else { panic!("converted, not refused: {words}") };
    assert_eq!(e.kind, kind, "{e}");
    assert!(e.message.contains(words), "{e}");
}

/// The document is refused for its size, and this limit is named as what to raise.
#[track_caller]
fn too_large(document: impl Into<Vec<u8>>, limit: &str) {
    refused(document, Refusal::TooLarge, &format!("exceeds the limit {limit} = "));
}

/// The document is converted, and each of its elements was looked at only a few times more than once.
#[track_caller]
fn linear(document: impl Into<Vec<u8>>) -> Came {
    let document = document.into();
    let elements = document.iter().filter(|b| **b == b'<').count() as u64;
    let limits = Limits {
        max_work: 60 * elements,
        max_repeated_bytes: (4 * document.len() as u64).max(1 << 20),
        ..Limits::default()
    };
    attack(document, limits).unwrap_or_else(|e| panic!("refused: {e}"))
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

/// A problem with an id of its own, and what else it says.
fn problem(id: usize, rest: &str) -> String {
    format!(
        "<entry><act classCode='ACT' moodCode='EVN'><templateId root='2.16.840.1.113883.10.20.22.4.3'/>\
         <statusCode code='active'/><entryRelationship typeCode='SUBJ'><observation classCode='OBS' moodCode='EVN'>\
         <templateId root='2.16.840.1.113883.10.20.22.4.4'/><id root='1.2.3' extension='{id}'/>\
         <code code='55607006' codeSystem='2.16.840.1.113883.6.96'/>{rest}\
         <value xsi:type='CD' code='38341003' codeSystem='2.16.840.1.113883.6.96'/></observation></entryRelationship></act></entry>"
    )
}

fn refers_to(id: impl std::fmt::Display) -> String {
    format!("<text><reference value='#{id}'/></text>")
}

fn author(i: usize) -> String {
    format!(
        "<author><time value='2020'/><assignedAuthor><id root='1.2' extension='{i}'/>\
         <assignedPerson><name>A{i}</name></assignedPerson></assignedAuthor></author>"
    )
}

// Entities and document types.

#[test]
fn document_types_are_refused_whatever_they_say() {
    let minimal = Doc::new().xml();
    let root = minimal.find("<ClinicalDocument").unwrap();
    let laughs = many(10, |i| format!("<!ENTITY l{} '{}'>", i + 1, format!("&l{i};").repeat(10)));
    for doctype in [
        format!("<!DOCTYPE a [<!ENTITY l0 'ha'>{laughs}]>"),
        format!("<!DOCTYPE a [<!ENTITY big '{}'>]>", "x".repeat(100_000)),
        "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>".into(),
        "<!DOCTYPE a [<!ENTITY x PUBLIC 'p' 'http://192.0.2.1/x'>]>".into(),
        "<!DOCTYPE a [<!ENTITY % p SYSTEM 'http://192.0.2.1/x'> %p;]>".into(),
        "<!DOCTYPE a SYSTEM 'http://192.0.2.1/a.dtd'>".into(),
        "<!doctype a>".into(),
        "<!-- first --><?p?><!DOCTYPE a>".into(),
    ] {
        let text = format!("{}{doctype}{}", &minimal[..root], &minimal[root..]);
        refused(text.clone(), Refusal::Forbidden, "(DOCTYPE) is refused");
        // the same in another encoding
        let utf16: Vec<u8> = std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        refused(utf16, Refusal::Forbidden, "(DOCTYPE) is refused");
    }
    refused(section("<!DOCTYPE a>", ""), Refusal::Forbidden, "(DOCTYPE) is refused");
    refused(section("<!ENTITY a 'b'>", ""), Refusal::Forbidden, "(DOCTYPE) is refused");
    // nobody declared it: no parser may guess what it says
    refused(section("&x;", ""), Refusal::Malformed, "not well-formed XML");
}

// The limits of what is read, each over the whole conversion.

#[test]
fn each_limit_is_named_by_the_refusal() {
    let huge = Limits::default();
    too_large(section(&"<content>".repeat(100_000), ""), "max_depth");
    too_large(
        section(&format!("<content ID='{}'/>", "x".repeat(huge.max_attribute_bytes + 1)), ""),
        "max_attribute_bytes",
    );
    too_large(section(&format!("<content {}/>", many(257, |i| format!("a{i}='' "))), ""), "max_attributes_per_element");
    let wide = many(200, |i| format!("a{i}='{}' ", "x".repeat(30_000)));
    too_large(section(&format!("<content {wide}/>"), ""), "max_tag_bytes");
    too_large(section(&"x".repeat(huge.max_text_bytes + 1), ""), "max_text_bytes");
    refused(vec![b' '; huge.max_bytes + 1], Refusal::TooLarge, "more than the limit max_bytes = ");
    let sections = "<component><section/></component>".repeat(huge.max_sections + 1);
    too_large(Doc::new().raw_section(&format!("<section/></component>{sections}<component>")).xml(), "max_sections");
    let few = Limits { max_elements: 20, ..Limits::default() };
    let e = attack(Doc::new().xml(), few).err().expect("refused");
    assert!(e.message.contains("max_elements = 20; raise the limit"), "{e}");
}

#[test]
fn what_nests_as_deeply_as_it_may_is_converted() {
    let within = |open: &str, inner: &str, close: &str, levels: usize| {
        format!("{}{inner}{}", open.repeat(levels), close.repeat(levels))
    };
    // 200 levels, less those around the section
    linear(section(&within("<content>", "x", "</content>", 190), ""));
    linear(section(&within("<list><item>", "x", "</item></list>", 95), ""));
    linear(section(&within("<table><tbody><tr><td>", "x", "</td></tr></tbody></table>", 47), ""));
    linear(section("x", &within("<component><section><text>x</text>", "", "</section></component>", 95)));
    let acts = within("<act><entryRelationship>", "<act/>", "</entryRelationship></act>", 94);
    linear(section("x", &format!("<entry>{acts}</entry>")));
    let organizers = within("<organizer><component>", "<act/>", "</component></organizer>", 94);
    linear(section("x", &format!("<entry>{organizers}</entry>")));
    linear(section(
        "x",
        &problem(1, &within("<entryRelationship><observation>", "", "</observation></entryRelationship>", 92)),
    ));
    linear(section(
        "x",
        &problem(1, "").replace(
            "'2.16.840.1.113883.6.96'/></obs",
            &format!(
                "'2.16.840.1.113883.6.96'>{}</value></obs",
                within("<translation code='a'>", "", "</translation>", 185)
            ),
        ),
    ));
    let places =
        within("<asOrganizationPartOf><wholeOrganization>", "", "</wholeOrganization></asOrganizationPartOf>", 90);
    let organization = format!(
        "<participant typeCode='LOC'><associatedEntity><scopingOrganization><name>x</name>{places}</scopingOrganization></associatedEntity></participant>"
    );
    linear(Doc::new().header(&organization).xml());
}

// Many of everything.

#[test]
fn a_million_siblings() {
    // nothing that a rule takes, everything reported with its place
    let came = linear(section("x", &"<entry><act/></entry>".repeat(300_000)));
    assert_eq!(came.issues, 300_000);
    linear(section(&"<br/>".repeat(1_000_000), ""));
    linear(section("x", &"<entry/>".repeat(1_000_000)));
    linear(Doc::new().header(&"<author/>".repeat(300_000)).section(PROBLEMS, "x", &problem(1, "")).xml());
    linear(section("x", &problem(1, &many(100_000, |i| format!("<e{i}/>")))));
    linear(section(&"<paragraph>a</paragraph><list><item>b</item></list>".repeat(50_000), ""));
}

#[test]
fn sixty_thousand_problems_in_one_section() {
    // each looks for an author up to the header, past all of its siblings
    let came = linear(section("x", &many(60_000, |i| problem(i, ""))));
    assert!(came.resources > 60_000);
}

#[test]
fn eight_thousand_members_of_one_organizer() {
    let members = many(8_000, |i| {
        format!(
            "<component><observation classCode='OBS' moodCode='EVN'><templateId root='2.16.840.1.113883.10.20.22.4.27'/>\
             <code code='8480-6' codeSystem='2.16.840.1.113883.6.1'/><statusCode code='completed'/>\
             <effectiveTime value='{}0101'/><value xsi:type='PQ' value='1' unit='mm[Hg]'/></observation></component>",
            1_000 + i
        )
    });
    let organizer = format!(
        "<entry><organizer classCode='CLUSTER' moodCode='EVN'><templateId root='2.16.840.1.113883.10.20.22.4.26'/>\
         <statusCode code='completed'/>{members}</organizer></entry>"
    );
    let came = attack(Doc::new().section("8716-3", "x", &organizer).xml(), Limits::default());
    let came = came.unwrap_or_else(|e| panic!("refused: {e}"));
    assert!(came.resources > 8_000, "{} resources, {} issues", came.resources, came.issues);
}

#[test]
fn lists_that_are_searched_for_each_of_their_members() {
    let codes = many(100_000, |i| format!("<translation code='{i}' codeSystem='2.16.840.1.113883.6.1'/>"));
    let value = format!("38341003' codeSystem='2.16.840.1.113883.6.96'>{codes}</value>");
    let one = problem(1, "");
    too_large(section("x", &one.replace("38341003' codeSystem='2.16.840.1.113883.6.96'/>", &value)), "max_work");
    too_large(section("x", &problem(1, &many(100_000, |i| format!("<id root='1.2' extension='{i}'/>")))), "max_work");
    let role = format!("<id root='1.2' extension='3'/>{}", many(100_000, |i| format!("<telecom value='tel:{i}'/>")));
    too_large(Doc::new().role(&role).xml(), "max_work");
    // what real senders write by the hundred is not many
    linear(section("x", &problem(1, &many(60, |i| format!("<id root='1.2' extension='{i}'/>")))));
}

#[test]
fn authors_of_the_document_times_entries() {
    let document = Doc::new().author(&many(20_000, author)).section(PROBLEMS, "x", &many(20_000, |i| problem(i, "")));
    too_large(document.xml(), "max_work");
}

// Things that refer to each other.

#[test]
fn one_id_on_twenty_thousand_statements() {
    let same = many(20_000, |i| problem(7, &format!("<effectiveTime value='{}'/>", 10_000_000 + i)));
    let came = linear(section("x", &same));
    assert!(came.resources > 20_000, "statements of other content are other statements");
}

#[test]
fn much_text_referred_to_by_many() {
    let text = format!("<content ID='a'>{}</content>", "word ".repeat(200_000));
    too_large(section(&text, &many(2_000, |i| problem(i, &refers_to('a')))), "max_repeated_bytes");
    // from another section
    let other =
        Doc::new().section("10160-0", &text, "").section(PROBLEMS, "x", &many(2_000, |i| problem(i, &refers_to('a'))));
    too_large(other.xml(), "max_repeated_bytes");
    // each of its parts bears an id, one in another
    let open = many(180, |i| format!("<content ID='d{i}'>"));
    let nested = format!("{open}{}{}", "word ".repeat(200_000), "</content>".repeat(180));
    let nested = Doc::new().section("10160-0", &nested, "").section(PROBLEMS, "x", &problem(1, &refers_to("d0")));
    too_large(nested.xml(), "max_repeated_bytes");
}

#[test]
fn rows_of_a_long_table_referred_to_by_as_many_entries() {
    let rows = |n| many(n, |i| format!("<tr ID='r{i}'><td>x</td></tr>"));
    let entries = |n| many(n, |i| problem(i, &refers_to(format_args!("r{i}"))));
    linear(section(
        &format!("<table><thead><tr><th>h</th></tr></thead><tbody>{}</tbody></table>", rows(20_000)),
        &entries(20_000),
    ));
    // without a body each look for the head passes over all rows
    too_large(section(&format!("<table>{}</table>", rows(30_000)), &entries(30_000)), "max_work");
    let came = attack(section(&format!("<table>{}</table>", rows(5_000)), &entries(5_000)), Limits::default());
    assert!(came.is_ok(), "as many as real documents have are converted");
}

#[test]
fn one_image_shown_again_and_again() {
    let media = format!(
        "<entry><observationMedia classCode='OBS' moodCode='EVN' ID='m'>\
         <value mediaType='image/png' representation='B64'>{}</value></observationMedia></entry>",
        "AAAA".repeat(250_000)
    );
    too_large(section(&"<renderMultiMedia referencedObject='m'/>".repeat(2_000), &media), "max_repeated_bytes");
}

#[test]
fn ids_of_thousands_of_sections() {
    let sections = (0..5_000).fold(Doc::new(), |d, i| {
        d.section("10160-0", &many(20, |j| format!("<content ID='c{i}-{j}'>x</content>")), "")
    });
    linear(sections.section(PROBLEMS, "x", &problem(1, &refers_to("c1-1"))).xml());
}

#[test]
fn statements_that_refer_to_each_other_in_a_circle() {
    let entries = many(2_000, |i| {
        let next = (i + 1) % 2_000;
        problem(
            i,
            &format!(
                "<entryRelationship typeCode='REFR'><act><id root='1.2.3' extension='{next}'/></act></entryRelationship>"
            ),
        )
    });
    linear(section("x", &entries));
    let own = "<entryRelationship typeCode='REFR'><observation><id root='1.2.3' extension='1'/></observation></entryRelationship>";
    linear(section(
        &format!("<content ID='t'>x{}</content>", "<footnoteRef IDREF='t'/>"),
        &problem(1, &format!("{}{own}", refers_to('t'))),
    ));
}

#[test]
fn places_of_what_nests_deeply_do_not_fill_the_memory() {
    let acts =
        format!("<entry>{}{}</entry>", "<act><entryRelationship>".repeat(94), "</entryRelationship></act>".repeat(94));
    let few = Limits { max_repeated_bytes: 1 << 20, ..Limits::default() };
    let e = attack(section("x", &acts.repeat(200)), few).err().expect("refused");
    assert!(e.message.contains("max_repeated_bytes = 1048576"), "{e}");
}

// Namespaces.

#[test]
fn namespaces_by_the_thousand() {
    // much in force around each of many sections
    let declared = many(200, |i| format!(" xmlns:n{i}='urn:{}'", "x".repeat(10_000)));
    let sections = (0..5_000).fold(Doc::new(), |d, _| d.section(PROBLEMS, "x", "")).xml();
    linear(sections.replacen("<ClinicalDocument ", &format!("<ClinicalDocument {declared} "), 1));
    // on every level, with elements that add one more; the second is not plain XML, so that another parser reads it
    let open = many(150, |d| format!("<content{}>", many(250, |i| format!(" xmlns:n{d}-{i}='u'"))));
    for odd in ["", "<\u{e9}/>"] {
        let text = format!("{open}{odd}{}{}", "<br xmlns:q='u'/>".repeat(20_000), "</content>".repeat(150));
        refused(section(&text, ""), Refusal::TooLarge, "too many namespace declarations");
    }
    // as some serializers write it: everywhere, but few
    let everywhere = "<content xmlns='urn:hl7-org:v3' xmlns:q='u'>x</content>".repeat(100_000);
    linear(section(&format!("<\u{e9}/>{everywhere}"), ""));
}

// Broken text.

#[test]
fn text_in_a_thousand_pieces_is_put_together_once() {
    let pieces = "<![CDATA[x]]>&amp;".repeat(200_000);
    let came = linear(section(&pieces, ""));
    assert!(came.written < 8 << 20, "{} bytes", came.written);
}

#[test]
fn broken_encodings_end_in_a_reason_or_a_note() {
    let text = Doc::new().section(PROBLEMS, "caf\u{e9}", "").xml();
    let with = |encoding: &str| text.replacen("UTF-8", encoding, 1);
    let utf16 = |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let latin: Vec<u8> = text.chars().map(|c| c as u8).collect();
    let outcome = |bytes: Vec<u8>| {
        let came = converter().convert(&bytes, &Options::default());
        came.map(|c| c.issues.iter().map(|i| i.code.clone()).collect::<Vec<_>>()).map_err(|e| e.kind)
    };
    let noted = |bytes: Vec<u8>, code: &str| {
        let codes = outcome(bytes).unwrap_or_else(|k| panic!("{code}: {k:?}"));
        assert!(codes.iter().any(|c| c == code), "{code}: {codes:?}");
    };
    noted(latin.clone(), "encoding-mismatch");
    noted(with("no-such-encoding").into_bytes(), "encoding-unknown");
    noted(with("UTF-16").into_bytes(), "encoding-mismatch");
    assert!(outcome(utf16(u16::to_le_bytes)).is_ok() && outcome(utf16(u16::to_be_bytes)).is_ok());
    // a surrogate alone, half a character, and bytes that mean nothing
    let mut half = utf16(u16::to_le_bytes);
    half.truncate(half.len() - 1);
    assert!(outcome(half).is_err());
    let mut lone = utf16(u16::to_le_bytes);
    let accent = lone.windows(2).position(|w| w == [0xE9, 0]).unwrap();
    lone[accent..accent + 2].copy_from_slice(&[0x00, 0xD8]);
    noted(lone, "undecodable-bytes");
    for bytes in
        [vec![0xFF; 1000], vec![0; 1000], b"+ADw-?xml".to_vec(), vec![0x4C, 0x6F, 0xA7, 0x94], vec![0xEF, 0xBB, 0xBF]]
    {
        assert!(outcome(bytes).is_err());
    }
    // characters that XML forbids, as such and as references
    noted(text.replace("caf\u{e9}", "a\u{1}b").into_bytes(), "forbidden-character");
    noted(text.replace("caf\u{e9}", "a&#1;b").into_bytes(), "forbidden-reference");
    let utf32: Vec<u8> = text.chars().flat_map(|c| (c as u32).to_le_bytes()).collect();
    assert!(outcome([&[0xFF, 0xFE, 0, 0][..], &utf32].concat()).is_err());
}

#[test]
fn a_document_cut_off_anywhere_is_refused() {
    let whole = std::fs::read(project("samples/minimal.xml")).unwrap();
    let end = whole.iter().rposition(|b| *b == b'>').unwrap();
    for cut in 0..=end {
        let e = converter().convert(&whole[..cut], &Options::default()).err();
        let e = e.unwrap_or_else(|| panic!("converted though cut off at byte {cut}"));
        assert!(matches!(e.kind, Refusal::Malformed | Refusal::NotCda), "{cut}: {e}");
        assert!(e.message.len() > 20, "{cut}: {e}");
    }
    let large = std::fs::read(project("samples/ccd.xml")).unwrap();
    let end = large.iter().rposition(|b| *b == b'>').unwrap();
    for cut in (2_000..=end).step_by(997) {
        let e = converter().convert(&large[..cut], &Options::default()).expect_err("refused");
        assert!(e.message.contains("cut off"), "{cut}: {e}");
    }
}

// Who the document is about.

#[test]
fn several_patients_in_one_record_target_are_refused() {
    let one = Doc::new().xml();
    let part = |from: &str, to: &str| {
        let (start, end) = (one.find(from).unwrap(), one.find(to).unwrap() + to.len());
        one[start..end].to_owned()
    };
    for twice in [
        part("<recordTarget>", "</recordTarget>"),
        part("<patientRole>", "</patientRole>"),
        part("<patient>", "</patient>"),
    ] {
        refused(one.replacen(&twice, &twice.repeat(2), 1), Refusal::Patient, "about more than one patient");
    }
}
