//! The scanner against hand-made and hostile documents.

use std::ops::Range;

use granule::cda::limits::Limits;
use granule::cda::scan::{Outline, ScanError, ScanErrorKind, Scanner, scan};

/// Body before header, prefixes, nested sections, and markup that looks like
/// structure but is not.
const TRICKY: &str = r#"<?xml version="1.0"?>
<!-- <section> --> <?pi <section> ?>
<n1:ClinicalDocument xmlns:n1="urn:hl7-org:v3" xmlns='urn:other' a = "x>y"
  b='"&lt;section>"'>
  <n1:component>
    <n1:structuredBody xmlns:s="urn:hl7-org:sdtc">
      <component xmlns="urn:hl7-org:v3"><section xmlns:t="urn:t">
        <title a='>'>Größe &lt; 5</title><text><![CDATA[</section>]] ]]]></text>
        <component><section><code/></section></component><!-- </section> --></section></component>
      <component><section>not CDA: another namespace</section></component>
      <n1:component><n1:section/></n1:component>
      <n1:component
        typeCode="COMP"><n1:section classCode='"'></n1:section
        ></n1:component>
      <s:component xmlns:s="urn:hl7-org:v3"><s:section><s:text/></s:section></s:component>
    </n1:structuredBody>
  </n1:component>
  <n1:id root="1.2"/><n1:größe/>
</n1:ClinicalDocument>
<!-- end -->
"#;

const PLAIN: &str = "<ClinicalDocument xmlns=\"urn:hl7-org:v3\"><id root='1'/><component><structuredBody>\
    <component><section><text>é&#10;</text></section></component></structuredBody></component></ClinicalDocument>";

fn scanned(text: &str) -> Result<Outline, ScanError> {
    scan(text, &Limits::default())
}

fn in_chunks(text: &str, size: usize, limits: &Limits) -> Result<Outline, ScanError> {
    let mut scanner = Scanner::new(limits);
    for chunk in text.as_bytes().chunks(size) {
        scanner.feed(chunk)?;
    }
    scanner.finish()
}

fn slices(text: &str, ranges: impl IntoIterator<Item = Range<usize>>) -> Vec<&str> {
    ranges.into_iter().map(|r| &text[r]).collect()
}

fn cda(inside: &str) -> String {
    format!("<ClinicalDocument xmlns='urn:hl7-org:v3'>{inside}</ClinicalDocument>")
}

#[test]
fn finds_sections_and_only_those() {
    let outline = scanned(TRICKY).expect("accepted");
    let found = slices(TRICKY, outline.sections.iter().map(|s| s.range.clone()));
    assert_eq!(found.len(), 4);
    assert!(found[0].starts_with("<section xmlns:t") && found[0].ends_with("--></section>"));
    assert_eq!(found[1], "<n1:section/>");
    assert!(found[2].starts_with("<n1:section c") && found[2].ends_with("</n1:section\n        >"));
    assert_eq!(found[3], "<s:section><s:text/></s:section>");
    let components = slices(TRICKY, outline.sections.iter().map(|s| s.parent.clone()));
    assert_eq!(components[0], "<component xmlns=\"urn:hl7-org:v3\">");
    assert_eq!(components[2], "<n1:component\n        typeCode=\"COMP\">");
    let tags = slices(TRICKY, outline.sections.iter().map(|s| s.start_tag.clone()));
    assert_eq!(tags[0], "<section xmlns:t=\"urn:t\">");
    assert_eq!(tags[3], "<s:section>");
    assert_eq!(outline.root.name, "n1:ClinicalDocument");
    assert!(TRICKY[outline.root.start_tag.clone()].ends_with("'\"&lt;section>\"'>"));
    assert!(TRICKY[outline.root.range.clone()].ends_with("</n1:ClinicalDocument>"));
    let tree = roxmltree::Document::parse(TRICKY).expect("well-formed");
    let elements = tree.descendants().filter(|n| n.is_element()).count();
    assert_eq!(outline.elements, elements as u64);
    let header = outline.header_text(TRICKY);
    let header = roxmltree::Document::parse(&header).expect("well-formed header");
    assert!(header.descendants().any(|n| n.has_tag_name(("urn:hl7-org:v3", "größe"))));
    assert_eq!(outline.structured_bodies, 1);
    assert_eq!(outline.bytes, TRICKY.len());
}

#[test]
fn keeps_the_namespaces_in_force() {
    let outline = scanned(TRICKY).expect("accepted");
    let force = |at: usize| -> Vec<(&str, &str)> {
        let declared = outline.sections[at].scope.in_force();
        declared.iter().map(|n| (n.prefix.as_str(), n.uri.as_str())).collect()
    };
    let (v3, sdtc) = ("urn:hl7-org:v3", "urn:hl7-org:sdtc");
    assert_eq!(force(0), [("", v3), ("n1", v3), ("s", sdtc)]);
    assert_eq!(force(1), [("", "urn:other"), ("n1", v3), ("s", sdtc)]);
    assert_eq!(force(3), [("", "urn:other"), ("n1", v3), ("s", v3)]);
    assert_eq!(outline.root.scope.resolve("s"), None);
    assert_eq!(outline.sections[3].scope.resolve("s"), Some(v3));
    // A default namespace taken away again.
    let text = "<a:ClinicalDocument xmlns='x' xmlns:a='urn:hl7-org:v3'><a:component>\
        <a:structuredBody xmlns=''><a:component><a:section/></a:component></a:structuredBody>\
        </a:component></a:ClinicalDocument>";
    let outline = scanned(text).expect("accepted");
    assert_eq!(outline.sections[0].scope.resolve(""), Some(""));
    assert_eq!(outline.sections[0].scope.in_force().len(), 1);
}

#[test]
fn bodies_of_every_kind() {
    let outline = scanned(&cda("<title/>")).expect("accepted");
    assert!(outline.sections.is_empty() && outline.non_xml_body.is_none());
    assert_eq!(outline.header.len(), 1);

    let text = cda("<component><nonXMLBody><text>x</text></nonXMLBody></component>");
    let outline = scanned(&text).expect("accepted");
    let body = outline.non_xml_body.expect("found");
    assert_eq!(&text[body], "<nonXMLBody><text>x</text></nonXMLBody>");

    let body = "<component><structuredBody><component><section/><section/></component>\
        </structuredBody><structuredBody/></component>";
    let text = cda(&format!("{body}<id/>{body}"));
    let outline = scanned(&text).expect("accepted");
    let bodies: Vec<u32> = outline.sections.iter().map(|s| s.body).collect();
    assert_eq!(bodies, [0, 0, 2, 2]);
    assert_eq!(outline.structured_bodies, 4);

    // Neighbours, sections elsewhere, and a namespace that is not CDA's.
    let text = cda("<section/><component><section/><structuredBody><section/>\
        <component><x><section/></x></component></structuredBody></component>\
        <component xmlns='y'><structuredBody><component><section/></component></structuredBody></component>");
    let outline = scanned(&text).expect("accepted");
    assert!(outline.sections.is_empty());
    let strays: Vec<_> = outline.stray_sections.iter().collect();
    let parents = slices(&text, strays.iter().map(|s| s.parent.clone()));
    assert_eq!(strays.len(), 3);
    assert_eq!(parents[1..], ["<component>", "<structuredBody>"]);
    assert_eq!(outline.header_text(&text), text);
}

#[test]
fn chunks_of_any_size_give_the_same() {
    let hostile = [
        TRICKY.to_owned(),
        PLAIN.to_owned(),
        TRICKY.replace("</n1:section\n", "</n1:sectiom\n"),
        TRICKY.replace("<n1:id", "< n1:id"),
        TRICKY.replace("<!-- end", "x<!-- end"),
        TRICKY.replace("<!-- end", "<![CDATA[ end"),
        TRICKY.replace("<!-- end", "<!- end"),
        TRICKY.replace("<n1:id", "<!ELEMENT "),
        TRICKY.replace("xmlns='urn:other'", "xmlns='&urn;'"),
        TRICKY.replace("<!-- <", "<!DOCTYPE x>"),
        format!("\u{FEFF}{PLAIN}"),
    ];
    let small = Limits {
        max_attribute_bytes: 14,
        max_attributes_per_element: 3,
        max_tag_bytes: 90,
        max_text_bytes: 20,
        ..Limits::default()
    };
    for limits in [Limits::default(), small] {
        for text in &hostile {
            let whole = scan(text, &limits);
            for size in [1, 2, 3, 5, 7, 16, 64, 100] {
                assert_eq!(in_chunks(text, size, &limits), whole, "chunks of {size}: {text}");
            }
        }
    }
}

#[test]
fn a_cut_document_is_refused_wherever_it_is_cut() {
    for text in [TRICKY, PLAIN] {
        let end = scanned(text).expect("accepted").root.range.end;
        for at in (0..end).filter(|&at| text.is_char_boundary(at)) {
            let error = scanned(&text[..at]).expect_err("cut");
            assert!(error.offset <= at);
            assert_eq!(in_chunks(&text[..at], 3, &Limits::default()), Err(error));
        }
    }
}

#[test]
fn any_single_changed_byte_is_survived() {
    for at in 0..TRICKY.len() {
        for byte in [b'<', b'>', b'"', b'\'', b'/', b'!', b' ', 0xFF, 0] {
            let mut bytes = TRICKY.as_bytes().to_vec();
            bytes[at] = byte;
            let mut scanner = Scanner::new(&Limits::default());
            let _ = scanner.feed(&bytes);
            let _ = scanner.finish();
            // What the scanner accepts and takes apart must not turn a broken
            // document into one whose parts are all whole.
            let Ok(text) = str::from_utf8(&bytes) else {
                continue;
            };
            let parsed = roxmltree::Document::parse(text);
            match (scanned(text), parsed) {
                (Ok(outline), Err(_)) => assert!(!parts_parse(text, &outline), "{text}"),
                (Err(error), Ok(_)) => assert!(
                    matches!(error.kind, ScanErrorKind::NotCda { .. } | ScanErrorKind::NoNamespace),
                    "{error}: {text}"
                ),
                _ => {}
            }
        }
    }
}

/// Whether header and sections are each well-formed, given their namespaces.
fn parts_parse(text: &str, outline: &Outline) -> bool {
    let header = outline.header_text(text);
    roxmltree::Document::parse(&header).is_ok()
        && outline.sections.iter().all(|section| {
            let mut wrapped = "<w".to_owned();
            for n in section.scope.in_force() {
                let colon = if n.prefix.is_empty() { "" } else { ":" };
                wrapped += &format!(" xmlns{colon}{}=\"{}\"", n.prefix, n.uri);
            }
            wrapped += &format!(">{}</w>", &text[section.range.clone()]);
            roxmltree::Document::parse(&wrapped).is_ok()
        })
}
