use super::*;
use crate::mapping::context::Zone;
use crate::mapping::native::testing::with_section;

fn section(narrative: &str) -> (Option<String>, Vec<&'static str>) {
    with_section(narrative, "<act/>", &Zone::Unknown, |node, cx| {
        let text = node.tree().root().child(name::TEXT).unwrap();
        let found = section_text(cx, text);
        if let Some(xhtml) = &found {
            // what is written must be well-formed
            roxmltree::Document::parse(xhtml).unwrap_or_else(|e| panic!("{e}: {xhtml}"));
        }
        (found, cx.take().iter().map(|f| f.code).collect())
    })
}

/// What stands inside the div.
fn inner(narrative: &str) -> String {
    let xhtml = section(narrative).0.unwrap_or_default();
    xhtml.strip_prefix(OPEN).and_then(|x| x.strip_suffix(CLOSE)).unwrap_or("-").to_owned()
}

fn entry(narrative: &str, text: &str) -> Option<String> {
    with_section(narrative, &format!("<act>{text}</act>"), &Zone::Unknown, |node, cx| {
        let found = entry_text(cx, node.child(name::TEXT).unwrap());
        if let Some(xhtml) = &found {
            roxmltree::Document::parse(xhtml).unwrap_or_else(|e| panic!("{e}: {xhtml}"));
        }
        found
    })
}

#[test]
fn k035_k036_entry_text() {
    let narrative = "<content ID='id1'>tagged text</content>";
    let div = |s: &str| Some(format!("{OPEN}{s}{CLOSE}"));
    assert_eq!(entry(narrative, "<text><reference value='#id1'/></text>"), div("tagged text"));
    assert_eq!(entry(narrative, "<text>Mixed content</text>"), div("Mixed content"));
    assert_eq!(
        entry(narrative, "<text>Mixed with reference! <reference value='#id1'/></text>"),
        div("Mixed with reference! <div>tagged text</div>")
    );
    assert_eq!(entry(narrative, "<text><reference value='#no'/></text>"), None);
    assert_eq!(entry(narrative, "<text/>"), None);
}

const TABLE: &str = "<table border='1'><thead><tr><th>Drug</th><th>Dose</th></tr></thead>\
    <tbody><tr ID='r1'><td>A</td><td ID='c1'>1</td></tr><tr ID='r2'><td>B</td><td>2</td></tr></tbody></table>";

#[test]
fn k037_a_row_keeps_its_head() {
    let head = "<table border=\"1\"><thead><tr><th>Drug</th><th>Dose</th></tr></thead><tbody>";
    let row = "<tr id=\"r1\"><td>A</td><td id=\"c1\">1</td></tr></tbody></table>";
    for id in ["r1", "c1"] {
        let found = entry(TABLE, &format!("<text><reference value='#{id}'/></text>")).unwrap();
        assert_eq!(found, format!("{OPEN}{head}{row}{CLOSE}"));
    }
    let bare = "<table><tr><th>Drug</th></tr><tr ID='r'><td>A</td></tr></table>";
    assert_eq!(
        entry(bare, "<text><reference value='#r'/></text>").unwrap(),
        format!(
            "{OPEN}<table><thead><tr><th>Drug</th></tr></thead><tbody><tr id=\"r\"><td>A</td></tr></tbody></table>{CLOSE}"
        )
    );
}

#[test]
fn an_item_keeps_its_list() {
    let list = "<list listType='ordered'><caption>C</caption><item ID='i'>one</item><item>two</item></list>";
    assert_eq!(
        entry(list, "<text><reference value='#i'/></text>").unwrap(),
        format!("{OPEN}<div class=\"caption\">C</div><ol><li id=\"i\">one</li></ol>{CLOSE}")
    );
}

#[test]
fn k130_lists() {
    assert_eq!(inner("<list listType='ordered'><item>a</item></list>"), "<ol><li>a</li></ol>");
    assert_eq!(inner("<list> <item>a</item> b </list>"), "<ul><li>a</li><li> b </li></ul>");
    assert_eq!(section("<list/>").0, None);
}

#[test]
fn k131_paragraph_with_id_and_style() {
    assert_eq!(
        inner("<paragraph ID='a' styleCode='Bold xRow'>t</paragraph>"),
        "<p id=\"a\" class=\"xRow\" style=\"font-weight: bold\">t</p>"
    );
}

#[test]
fn blocks_never_stand_in_paragraphs() {
    assert_eq!(inner("<paragraph>a<list><item>b</item></list></paragraph>"), "<div>a<ul><li>b</li></ul></div>");
    assert_eq!(
        inner("<content><content><paragraph>a</paragraph></content></content>"),
        "<div><div><p>a</p></div></div>"
    );
}

#[test]
fn tables_are_put_in_order() {
    assert_eq!(
        inner("<table><tr><td colspan='2'>a</td></tr></table>"),
        "<table><tbody><tr><td colspan=\"2\">a</td></tr></tbody></table>"
    );
    assert_eq!(
        inner(
            "<table><caption>C</caption><col width='1'/><tbody><tr><td>a</td></tr></tbody><tfoot><tr><td>f</td></tr></tfoot></table>"
        ),
        "<table><caption>C</caption><col width=\"1\"/><tfoot><tr><td>f</td></tr></tfoot><tbody><tr><td>a</td></tr></tbody></table>"
    );
    assert_eq!(
        inner("<table>note<thead/><tbody><tr/><tr><td onclick='x' rowspan='z'>a</td></tr></tbody></table>"),
        "<div>note</div><table><tbody><tr><td>a</td></tr></tbody></table>"
    );
}

#[test]
fn links_go_where_they_may() {
    assert_eq!(inner("<linkHtml href='http://a.b/?c&amp;d'>x</linkHtml>"), "<a href=\"http://a.b/?c&amp;d\">x</a>");
    assert_eq!(inner("<linkHtml href='https://a.b'/>"), "<a href=\"https://a.b\">https://a.b</a>");
    assert_eq!(inner("<linkHtml href='javascript:alert(1)'>x</linkHtml>"), "<span>x</span>");
    assert_eq!(inner("<linkHtml href='#no'>x</linkHtml>"), "<span>x</span>");
    assert_eq!(
        inner("<content ID='y'>z</content><linkHtml href='#y'>x</linkHtml>"),
        "<span id=\"y\">z</span><a href=\"#y\">x</a>"
    );
}

#[test]
fn footnotes_and_revisions() {
    assert_eq!(
        inner("a<footnoteRef IDREF='f'/><footnote ID='f'>n</footnote>"),
        "a<a href=\"#f\"><sup>f</sup></a><span id=\"f\" class=\"footnote\">n</span>"
    );
    assert_eq!(
        inner("<content revised='delete'>old</content>"),
        "<span style=\"text-decoration: line-through\">old</span>"
    );
}

#[test]
fn html_of_sloppy_senders() {
    assert_eq!(
        inner("<h1>T</h1><p>a<br/>b</p><b>c</b><u>d</u><foo>e</foo>"),
        "<h1>T</h1><p>a<br/>b</p><b>c</b><span style=\"text-decoration: underline\">d</span>e"
    );
    let (xhtml, codes) = section("a<script>alert(1)</script><img src='http://x/y.png' alt='pic'/>");
    assert_eq!(xhtml.unwrap(), format!("{OPEN}apic{CLOSE}"));
    assert_eq!(codes, vec!["narrative-dropped", "media-unresolved"]);
}

#[test]
fn text_is_escaped_and_ids_are_unique() {
    assert_eq!(inner("&lt;b&gt; &amp; \"q\""), "&lt;b&gt; &amp; \"q\"");
    assert_eq!(
        inner("<content ID='a'>1</content><content ID='a'>2</content>"),
        "<span id=\"a\">1</span><span>2</span>"
    );
    assert_eq!(inner("<content ID='a&quot;b'>1</content>"), "<span id=\"a&quot;b\">1</span>");
}

#[test]
fn nothing_to_show_is_none() {
    assert_eq!(section("").0, None);
    assert_eq!(section(" <paragraph> <br/> </paragraph>\n").0, None);
}

#[test]
fn media() {
    let media =
        "<observationMedia ID='M1'><value mediaType='image/png' representation='B64'> YWJj </value></observationMedia>";
    let found = with_section("<renderMultiMedia referencedObject='M1'/>", media, &Zone::Unknown, |node, cx| {
        section_text(cx, node.tree().root().child(name::TEXT).unwrap())
    });
    assert_eq!(found.unwrap(), format!("{OPEN}<img src=\"data:image/png;base64,YWJj\" alt=\"M1\"/>{CLOSE}"));
    let (xhtml, codes) = section("<renderMultiMedia referencedObject='M2'/>");
    assert_eq!(xhtml.unwrap(), format!("{OPEN}<span class=\"media\">M2</span>{CLOSE}"));
    assert_eq!(codes, vec!["media-unresolved"]);
}
