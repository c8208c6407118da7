//! The plain pass and roxmltree must see the same, or the plain pass must give up.

use super::{Xml, XmlFault, XmlNode};
use crate::cda::names::Names;

/// Everything that can be read of a node, for comparing.
fn told(n: XmlNode<'_>, out: &mut String) {
    use std::fmt::Write;
    if let Some(text) = n.text() {
        let _ = write!(out, "{text:?}@{}", n.offset());
        return;
    }
    let _ = write!(out, "<{} {:?}@{}", n.local_name(), n.name(), n.offset());
    for a in n.attributes() {
        let _ = write!(out, " {}({:?})={:?}", a.local_name(), a.name(), a.value());
        let in_none = n.attribute(a.local_name()).is_some();
        let _ = write!(out, "{}", if in_none { "" } else { "!" });
    }
    out.push('>');
    for c in n.children() {
        assert!(c.parent_element() == Some(n));
        told(c, out);
    }
    out.push_str("</>");
}

fn all(xml: &Xml<'_>) -> String {
    let mut out = String::new();
    told(xml.root(), &mut out);
    assert_eq!(xml.root().descendants().count(), xml.len());
    out
}

fn names() -> Names {
    let mut names = Names::default();
    names.declare("sdtc", "urn:hl7-org:sdtc");
    names.declare("xsi", super::super::names::XSI);
    for n in ["a", "b", "x", "sdtc:a", "sdtc:x", "xsi:nil"] {
        names.intern(n);
    }
    names
}

/// Both see the same, where the plain pass sees anything; whether it did.
fn agree(text: &str) -> bool {
    let names = names();
    let judged = Xml::judged(text, &names);
    match Xml::document(text, &names) {
        Some(plain) => {
            let judged =
                judged.unwrap_or_else(|e| panic!("roxmltree refuses what the plain pass takes: {e:?}\n{text}"));
            assert_eq!(all(&plain), all(&judged), "{text}");
            true
        }
        None => false,
    }
}

#[test]
fn plain_xml_is_taken() {
    for text in [
        "<a/>",
        "\u{feff}<?xml version=\"1.0\" encoding='UTF-8' standalone=\"yes\"?>\n<!-- c --><?xml-stylesheet href='x'?><a></a >\n<!-- d -->",
        "<a xmlns='urn:hl7-org:v3' x='1' y = \"2\"\n>t<b/>u</a>",
        "<v:a xmlns:v='urn:hl7-org:v3' xmlns:s='urn:hl7-org:sdtc'><s:a s:x='1' x2='2'/><v:b/></v:a>",
        "<a xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:type='CD' i:nil='true'/>",
        "<a i:type='CD' xmlns:i='http://www.w3.org/2001/XMLSchema-instance'/>",
        "<a xml:lang='en'/>",
        "<a xmlns='urn:hl7-org:v3'><a xmlns='other'><b/></a><b/><a xmlns=''><b/></a></a>",
        "<a xmlns:s='urn:hl7-org:sdtc'><b xmlns:s='other'><s:a/></b><s:a/></a>",
        "<a>&lt;&amp;&gt;&quot;&apos;&#65;&#x41;&#x1F600;</a>",
        "<a x='&lt;&amp;&#10;&#13;&#9;'/>",
        "<a x='1\t2\r\n3\r4\n5 > 6'>1\t2\r\n3\r4\n5 > 6</a>",
        "<a>&#13;\n</a>",
        "<a>&#13;</a>",
        "<a>&lt;\r</a>",
        "<a>&lt;\r<b/>&#13;\r</a>",
        "<a>&lt;<![CDATA[x\r]]></a>",
        "<a><![CDATA[x\r]]></a>",
        "<a>x<![CDATA[ <y> & \r\n]]]>z<!-- c -->w<?p q?>v<![CDATA[]]></a>",
        "<a>\u{e9}\u{1f600}<b x='\u{e9}'/></a>",
        "<a><![CDATA[x]]><![CDATA[y\rz]]>&amp;</a>",
        "<a-b.c_d1/>",
        "<a>]] ></a>",
    ] {
        assert!(agree(text), "not taken: {text}");
    }
}

#[test]
fn what_is_not_beyond_doubt_is_left_to_the_judge() {
    for text in [
        "",
        " ",
        "a",
        "<",
        "<a",
        "<a>",
        "<a><b></a></b>",
        "<a></ab>",
        "<a></a",
        "<a/><b/>",
        "<a/>text",
        "text<a/>",
        "<a x='1' x='2'/>",
        "<a xmlns:s='u' xmlns:t='u' s:x='1' t:x='2'/>",
        "<a x='<'/>",
        "<a x=1/>",
        "<a x/>",
        "<a x='1'y='2'/>",
        "<a x='1/>",
        "<s:a/>",
        "<a s:x='1'/>",
        "<a xmlns:s=''/>",
        "<a xmlns:s='u' xmlns:s='v'/>",
        "<a xmlns='u' xmlns='v'/>",
        "<a xmlns='u' xmlns='u'/>",
        "<a xmlns:xml='u'/>",
        "<a xmlns:s='http://www.w3.org/XML/1998/namespace'/>",
        "<a:b:c xmlns:a='u'/>",
        "<:a/>",
        "<1a/>",
        "<\u{e9}/>",
        "<a\u{e9}/>",
        "<a>&unknown;</a>",
        "<a>&#1;</a>",
        "<a>&#xFFFE;</a>",
        "<a>&#xD800;</a>",
        "<a>&#+65;</a>",
        "<a>&#;</a>",
        "<a>& b</a>",
        "<a x='&'/>",
        "<a>]]></a>",
        "<a><!-- -- --></a>",
        "<a><!-- ---></a>",
        "<a><!--",
        "<a><![CDATA[</a>",
        "<a><?xml version='1.0'?></a>",
        "<a><?XML a?></a>",
        "<a><?p</a>",
        "<a><!x></a>",
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>",
        "<?xml version='1.0' standalone='yes' encoding='UTF-8'?><a/>",
        "<?xml encoding='UTF-8'?><a/>",
        "<?xml version='1.0' ?x?><a/>",
        " <?xml version='1.0'?><a/>",
    ] {
        assert!(!agree(text), "taken: {text}");
    }
}

#[test]
fn an_element_is_read_with_the_declarations_around_it() {
    let text = "<c:ClinicalDocument xmlns:c='urn:hl7-org:v3' xmlns:s='urn:hl7-org:sdtc'><c:component><c:structuredBody>\
                <c:component xmlns='urn:hl7-org:v3'><c:section><a s:x='1'>t</a><s:a/></c:section></c:component>\
                </c:structuredBody></c:component></c:ClinicalDocument>";
    let outline = crate::cda::scan::scan(text, &crate::cda::limits::Limits::default()).unwrap();
    let span = &outline.sections[0];
    let names = names();
    let part = &text[span.range.clone()];
    let plain = Xml::element(part, &span.scope, &names).expect("it is plain");
    let whole =
        "<w xmlns='urn:hl7-org:v3' xmlns:c='urn:hl7-org:v3' xmlns:s='urn:hl7-org:sdtc'>".to_owned() + part + "</w>";
    let judged = Xml::judged(&whole, &names).unwrap();
    let places = |s: String| {
        s.split('@').map(|p| p.trim_start_matches(|c: char| c.is_ascii_digit()).to_owned()).collect::<String>()
    };
    assert_eq!(places(all(&plain)).replace("Name(0)", ""), places(all(&judged)).replace("Name(0)", ""));
    assert!(Xml::element(&format!("{part} "), &span.scope, &names).is_none(), "something behind the element");
    assert!(Xml::element(&part[..part.len() - 1], &span.scope, &names).is_none(), "cut off");
}

/// Cut, doubled and changed at every place, a document is either seen alike or left to the judge.
#[test]
fn mutants_are_seen_alike_or_left_to_the_judge() {
    let text = "<?xml version=\"1.0\"?><a xmlns='urn:hl7-org:v3' xmlns:s=\"urn:hl7-org:sdtc\" s:x='1' x='&amp;2'>t &lt;\r\n\
                <!-- c --><b y='3'/><![CDATA[d]]><s:a x=\"4\"> e </s:a><?p q?></a>";
    let marks = [
        "<", ">", "/", "'", "\"", "&", ";", "=", " ", "!", "?", "-", "]", ":", "x", "\r", "&#1;", "]]>", "--", "<b>",
        "</a>",
    ];
    for at in 0..=text.len() {
        agree(&text[..at]);
        agree(&text[at..]);
        for mark in marks {
            agree(&format!("{}{mark}{}", &text[..at], &text[at..]));
            if at < text.len() {
                agree(&format!("{}{mark}{}", &text[..at], &text[at + 1..]));
            }
        }
    }
}

#[test]
fn default_namespaces_without_end_are_too_many_for_the_judge_alone() {
    let depth = 300;
    let text = format!("{}{}", "<a xmlns='u'>".repeat(depth), "</a>".repeat(depth));
    let names = names();
    // nothing looks for a prefix among them: the plain pass reads them at no cost
    assert!(Xml::document(&text, &names).is_some());
    let refused = Xml::judged(&text, &names).expect_err("lists of a parser would grow with each");
    assert_eq!(refused.fault, XmlFault::TooLarge);
}
