//! What roxmltree says of a whole document, to hold the scanner's outline against.

use std::ops::Range;

use granule::cda::scan::{CDA_NAMESPACE, Outline};
use roxmltree::{Document, Node};

fn children<'a>(nodes: impl IntoIterator<Item = Node<'a, 'a>>, name: &'static str) -> Vec<Node<'a, 'a>> {
    let is = move |n: &Node| n.has_tag_name((CDA_NAMESPACE, name));
    nodes.into_iter().flat_map(|node| node.children().filter(is).collect::<Vec<_>>()).collect()
}

/// A section's place, and the declarations around it as prefix and name.
type Placed = (Range<usize>, Vec<(String, String)>);

/// What roxmltree says: top-level sections, and declarations around each.
fn sections<'a>(tree: &'a Document<'a>) -> Vec<Placed> {
    let bodies = children(children([tree.root_element()], "component"), "structuredBody");
    let nodes = children(children(bodies, "component"), "section");
    nodes
        .into_iter()
        .map(|node| {
            let around = node.parent().expect("a component");
            let mut declared: Vec<_> = around
                .namespaces()
                .filter(|n| n.name() != Some("xml") && !n.uri().is_empty())
                .map(|n| (n.name().unwrap_or_default().to_owned(), n.uri().to_owned()))
                .collect();
            declared.sort();
            (node.range(), declared)
        })
        .collect()
}

fn depth(tree: &Document<'_>) -> u32 {
    let mut deepest = 0;
    let mut open = vec![(tree.root_element(), 1)];
    while let Some((node, depth)) = open.pop() {
        deepest = deepest.max(depth);
        open.extend(node.children().filter(Node::is_element).map(|n| (n, depth + 1)));
    }
    deepest
}

/// Whether a parser finds a CDA document in what it has read.
pub fn is_cda(tree: &Document<'_>) -> bool {
    tree.root_element().has_tag_name((CDA_NAMESPACE, "ClinicalDocument"))
}

/// Panics where the outline says otherwise than a whole parse of the same text. `at` names the document.
pub fn agrees(text: &str, tree: &Document<'_>, outline: &Outline, at: &str) {
    let found: Vec<_> = outline
        .sections
        .iter()
        .map(|s| {
            let declared = s.scope.in_force();
            let declared = declared.iter().map(|n| (n.prefix.clone(), n.uri.clone()));
            (s.range.clone(), declared.collect())
        })
        .collect();
    assert_eq!(found, sections(tree), "{at}");
    assert_eq!(outline.root.range, tree.root_element().range(), "{at}");
    let elements = tree.descendants().filter(Node::is_element).count();
    assert_eq!(outline.elements, elements as u64, "{at}");
    assert_eq!(outline.max_depth, depth(tree), "{at}");
    let non_xml = children(children([tree.root_element()], "component"), "nonXMLBody");
    assert_eq!(outline.non_xml_body, non_xml.first().map(Node::range), "{at}");
    let header = outline.header_text(text);
    let header = Document::parse(&header).unwrap_or_else(|e| panic!("{at}: header: {e}"));
    assert!(sections(&header).is_empty(), "{at}");
}

/// Panics where a section is neither in the outline nor inside one that is: it would be easy to lose. Of real documents
/// only; where a section stands in a place that nobody dreamt of, it is in the header, and found there.
pub fn no_section_unknown(tree: &Document<'_>, outline: &Outline, at: &str) {
    let known: std::collections::HashSet<Range<usize>> =
        outline.sections.iter().chain(&outline.stray_sections).map(|s| s.range.clone()).collect();
    for node in tree.descendants().filter(|n| n.has_tag_name((CDA_NAMESPACE, "section"))) {
        assert!(node.ancestors().any(|a| known.contains(&a.range())), "{at}: a section unknown");
    }
}
