//! What the scanner refuses: other things than CDA, too much, and attacks.

use granule::cda::limits::Limits;
use granule::cda::scan::{Outline, ScanError, ScanErrorKind, Scanner, scan};

fn in_chunks(text: &str, size: usize, limits: &Limits) -> Result<Outline, ScanError> {
    let mut scanner = Scanner::new(limits);
    for chunk in text.as_bytes().chunks(size) {
        scanner.feed(chunk)?;
    }
    scanner.finish()
}

fn kind(text: &str) -> ScanErrorKind {
    scan(text, &Limits::default()).expect_err("refused").kind
}

fn cda(inside: &str) -> String {
    format!("<ClinicalDocument xmlns='urn:hl7-org:v3'>{inside}</ClinicalDocument>")
}

fn body(components: &str) -> String {
    cda(&format!("<component><structuredBody>{components}</structuredBody></component>"))
}

/// XML lets an attribute name stand once in a tag; roxmltree does not ask for the default namespace (found by fuzzing).
#[test]
fn a_namespace_declared_twice_is_refused() {
    for twice in ["xmlns='a' xmlns='b'", "xmlns:a='a' xmlns:a='a'"] {
        let error = scan(&cda(&format!("<component {twice}/>")), &Limits::default()).expect_err("refused");
        assert_eq!(error.kind.code(), "malformed");
        assert_eq!(error.kind, ScanErrorKind::PrefixDeclaredTwice);
        assert!(error.to_string().contains("declared twice"), "{error}");
    }
}

#[test]
fn what_is_refused_and_how() {
    use ScanErrorKind as K;
    for (text, code) in [
        ("", "not-xml"),
        ("  \n", "not-xml"),
        ("%PDF-1.4", "not-xml"),
        ("MSH|^~\\&|", "not-xml"),
        ("<!-- only a comment -->", "not-xml"),
        ("<![CDATA[x]]>", "not-xml"),
        ("<!DOCTYPE x [<!ENTITY a 'b'>]><x/>", "doctype-refused"),
        ("<!doctype html><html/>", "doctype-refused"),
        ("<ClinicalDocument/>", "no-namespace"),
        ("<Bundle xmlns='http://hl7.org/fhir'/>", "not-cda"),
        ("<ClinicalDocument xmlns='urn:hl7-org:v2'/>", "not-cda"),
        ("<x:ClinicalDocument/>", "malformed"),
        ("</x>", "malformed"),
        ("<1/>", "malformed"),
        ("<a", "unexpected-end"),
        ("<ClinicalDocument xmlns='urn:hl7-org:v3'>", "unexpected-end"),
        ("<ClinicalDocument xmlns='urn:hl7-org:v3'><!-- ", "unexpected-end"),
        ("<ClinicalDocument xmlns='urn:hl7-org:v3'></Clinical>", "malformed"),
        ("<ClinicalDocument xmlns='urn:hl7-org:v3'/>text", "content-after-root"),
        ("<ClinicalDocument xmlns='urn:hl7-org:v3'/><a/>", "content-after-root"),
        ("<ClinicalDocument xmlns='urn:hl7-org:v3'/></a>", "malformed"),
        ("<ClinicalDocument xmlns='urn:hl7-org:v3'>BP < 140", "malformed"),
    ] {
        let kind = kind(text);
        assert_eq!(kind.code(), code, "{text}");
        assert!(kind.to_string().len() > 30);
    }
    let root = "{http://hl7.org/fhir}Bundle".to_owned();
    assert_eq!(kind("<Bundle xmlns='http://hl7.org/fhir'/>"), K::NotCda { root });
    let error = scan("<a xmlns='urn:hl7-org:v3'>", &Limits::default()).expect_err("refused");
    assert!(error.to_string().starts_with("byte 0: the root element is {urn:hl7-org:v3}a, not"));
    // The same error again, and nothing new.
    let mut scanner = Scanner::new(&Limits::default());
    let error = scanner.feed(b"x").expect_err("refused");
    assert_eq!(scanner.feed(b"<a/>"), Err(error.clone()));
    assert_eq!(scanner.finish(), Err(error));
}

/// Found by fuzzing: roxmltree, which decides on every slice, takes an empty prefix for none; the scanner refused it.
#[test]
fn an_empty_prefix_is_none() {
    for (start, end) in [("section", ":section"), (":section", "section"), (":section", ":section")] {
        let text = body(&format!("<component><{start}><title>T</title></{end}></component>"));
        assert!(roxmltree::Document::parse(&text).is_ok(), "{text}");
        assert_eq!(scan(&text, &Limits::default()).expect("taken").sections.len(), 1, "{text}");
    }
    for (start, end) in [("section", "a:section"), ("section", ":a:section"), ("section", "section:")] {
        let text = body(&format!("<component><{start}><title>T</title></{end}></component>"));
        assert!(roxmltree::Document::parse(&text).is_err(), "{text}");
        assert_eq!(kind(&text).code(), "malformed", "{text}");
    }
}

/// One limit, as a way to set it and its name.
type Knob = (fn(&mut Limits, usize), &'static str);

#[test]
fn limits_are_inclusive_and_hold() {
    let tag = "<ClinicalDocument xmlns='urn:hl7-org:v3'>".len();
    let text = cda("<a b='12345' c=\"1\">text <d/></a>");
    let sections = body("<component><section/><section/></component>")
        .replace("</ClinicalDocument>", "<section/></ClinicalDocument>");
    let value = "urn:hl7-org:v3".len();
    let knobs: [(&str, usize, Knob); 8] = [
        (&text, text.len(), (|l, n| l.max_bytes = n, "max_bytes")),
        (&text, 3, (|l, n| l.max_depth = n as u32, "max_depth")),
        (&text, 3, (|l, n| l.max_elements = n as u64, "max_elements")),
        (&text, 2, (|l, n| l.max_attributes_per_element = n as u32, "max_attributes_per_element")),
        (&text, value, (|l, n| l.max_attribute_bytes = n, "max_attribute_bytes")),
        (&text, tag, (|l, n| l.max_tag_bytes = n, "max_tag_bytes")),
        (&text, 5, (|l, n| l.max_text_bytes = n, "max_text_bytes")),
        (&sections, 3, (|l, n| l.max_sections = n, "max_sections")),
    ];
    for (text, largest, (set, name)) in knobs {
        let mut limits = Limits::default();
        set(&mut limits, largest);
        assert!(scan(text, &limits).is_ok(), "{name}");
        set(&mut limits, largest - 1);
        match scan(text, &limits).expect_err("refused").kind {
            ScanErrorKind::LimitExceeded { what, limit } => {
                assert_eq!((what, limit), (name, largest as u64 - 1));
            }
            other => panic!("{name}: {other}"),
        }
    }
}

#[test]
fn attacks_end_early_and_quietly() {
    let limits = Limits::default();
    let laughs = format!(
        "<?xml version='1.0'?><!DOCTYPE lolz [<!ENTITY lol \"lol\">{}]>{}",
        "<!ENTITY lol1 \"&lol;&lol;\">".repeat(10),
        cda("&lol1;")
    );
    let deep = cda(&"<a>".repeat(100_000));
    let long_value = cda(&format!("<a b='{}'/>", "x".repeat(3 << 20)));
    let endless_tag = format!("<a {}", "b ".repeat(5 << 20));
    let many_attributes = cda(&format!("<a {}/>", "b='' ".repeat(10_000)));
    for (text, code) in [
        (&laughs, "doctype-refused"),
        (&deep, "limit-exceeded"),
        (&long_value, "limit-exceeded"),
        (&endless_tag, "limit-exceeded"),
        (&many_attributes, "limit-exceeded"),
    ] {
        let whole = scan(text, &limits).expect_err("refused");
        assert_eq!(whole.kind.code(), code);
        for size in [1, 64 << 10] {
            let chunked = in_chunks(text, size, &limits).expect_err("refused");
            assert_eq!(chunked, whole);
        }
    }
    // Many, but not more than a large document may hold.
    let siblings = cda(&"<a/>".repeat(1_000_000));
    assert_eq!(scan(&siblings, &limits).expect("accepted").elements, 1_000_001);
    let sections = "<component xmlns:x='y'><section/></component>".repeat(10_000);
    let outline = scan(&body(&sections), &limits).expect("accepted");
    assert_eq!((outline.sections.len(), outline.header.len()), (10_000, 10_001));
    let more = sections + "<component><section/></component>";
    assert_eq!(scan(&body(&more), &limits).expect_err("refused").kind.code(), "limit-exceeded");
}
