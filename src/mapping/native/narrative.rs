//! Narrative (StrucDoc) → the XHTML of FHIR's Narrative.
//!
//! Only elements and attributes that FHIR allows are ever written, so that nothing of a script, form or foreign style can
//! pass; what is unknown gives its content. A section's text becomes one div; an entry's text the part of the section's
//! narrative that it refers to, with the heads of tables repeated (C-CDA on FHIR, "narrative").

mod table;
mod writer;

use crate::cda::datatypes::Ed;
use crate::cda::names::name;
use crate::cda::tree::{Node, Tree};
use crate::cda::xml::XmlNode;
use crate::fhir::value::Value;
use crate::mapping::context::{Context, Severity};

use super::attachment::is_base64;
use super::text::local_id;
use writer::Writer;

/// An image for a `renderMultiMedia`.
#[derive(Debug, Clone, PartialEq)]
pub struct Image {
    /// `src`: a `data:` URI, or the URL of a Binary
    pub src: String,
    /// `alt`
    pub alt: String,
}

/// Finds the image for an ID that `renderMultiMedia` names.
pub type Images<'a> = &'a dyn Fn(&str) -> Option<Image>;

const OPEN: &str = "<div xmlns=\"http://www.w3.org/1999/xhtml\">";
const CLOSE: &str = "</div>";
/// About what a row of a table with its heads takes.
const PART: usize = 512;

/// `section/text` → the div of a Narrative; `None` when it holds neither text nor image.
///
/// Reports `narrative-dropped` when scripts, styles or the like were left out, `media-unresolved`.
pub fn section_text(cx: &Context<'_>, text: Node<'_>) -> Option<String> {
    let tree = text.tree();
    section_text_with(cx, text, &|id| image(tree, id))
}

/// [`section_text`] with a finder of images of one's own.
pub fn section_text_with(cx: &Context<'_>, text: Node<'_>, images: Images<'_>) -> Option<String> {
    let xml = text.xml();
    let mut writer = Writer::new(Some(text.tree()), Some(xml), images);
    writer.out.reserve(xml.extent() + OPEN.len() + CLOSE.len());
    writer.out.push_str(OPEN);
    writer.children(xml);
    writer.out.push_str(CLOSE);
    report(cx, text, &writer);
    writer.visible.then_some(writer.out)
}

/// The `text` of an entry → the div of a Narrative: what stands inline, and what its `reference` names. `None` when there
/// is neither.
///
/// Reports `reference-unresolved`, and as [`section_text`].
pub fn entry_text(cx: &Context<'_>, text: Node<'_>) -> Option<String> {
    if text.null_flavor().is_some() {
        return None;
    }
    let tree = text.tree();
    let images = |id: &str| image(tree, id);
    let mut writer = Writer::new(Some(tree), None, &images);
    writer.out.push_str(OPEN);
    // an entry's text holds a reference beside its own words; the reference has no content to write
    writer.children(text.xml());
    let inline = writer.visible;
    let reference = Ed::new(text).reference.and_then(local_id);
    if let Some(id) = reference {
        if !tree.budget().repeat(0) {
            return None;
        }
        let found = match tree.by_xml_id(id).filter(|n| in_narrative(*n)) {
            Some(element) => fragment(element, Some(tree)),
            None => cx.elsewhere.xhtml_of(id),
        };
        match found {
            Some(xhtml) => {
                if !tree.budget().repeat(xhtml.len()) {
                    return None;
                }
                writer.visible = true;
                writer.out.reserve_exact(xhtml.len() + "<div>".len() + 2 * CLOSE.len());
                if inline {
                    writer.out.push_str("<div>");
                }
                writer.out.push_str(&xhtml);
                if inline {
                    writer.out.push_str(CLOSE);
                }
            }
            None => {
                let message = "an entry refers to narrative that is not in the document, or is empty";
                cx.report(Severity::Warning, "reference-unresolved", text, message);
            }
        }
    }
    writer.out.push_str(CLOSE);
    report(cx, text, &writer);
    writer.visible.then_some(writer.out)
}

/// [`section_text`] for `section/text`, [`entry_text`] for the text of an entry, as the content of `Narrative.div`; for tables.
pub fn div(cx: &Context<'_>, text: Node<'_>) -> Option<Value> {
    let section = text.parent().is_some_and(|p| p.name() == name::SECTION);
    if section { section_text(cx, text) } else { entry_text(cx, text) }.map(Value::string)
}

/// An element of the narrative as XHTML that may stand in a div: its content, or for parts of tables and lists a table
/// or list around it, with the heads. `None` when it holds neither text nor image. Images are found only with the tree.
pub fn fragment(element: XmlNode<'_>, tree: Option<&Tree<'_>>) -> Option<String> {
    let images = |id: &str| image(tree?, id);
    let mut writer = Writer::new(tree, Some(element), &images);
    writer.out.reserve(PART);
    match element.local_name() {
        "tr" | "td" | "th" | "tbody" | "thead" | "tfoot" => writer.table_part(element),
        "item" | "li" => writer.list_part(element),
        "content" | "paragraph" | "text" | "p" | "div" | "span" if !writer::has_style(element) => {
            writer.children(element)
        }
        _ => writer.element(element),
    }
    writer.visible.then_some(writer.out)
}

fn report(cx: &Context<'_>, text: Node<'_>, writer: &Writer<'_, '_>) {
    if writer.dropped {
        let message = "narrative held elements that FHIR does not allow; left out with their content";
        cx.report(Severity::Warning, "narrative-dropped", text, message);
    }
    if writer.unresolved {
        let message = "narrative refers to media that cannot be shown";
        cx.report(Severity::Information, "media-unresolved", text, message);
    }
}

/// Whether an element is `text` or stands below one.
fn in_narrative(element: XmlNode<'_>) -> bool {
    element.ancestors().any(|a| a.is_element() && a.local_name() == "text")
}

/// The image of an `observationMedia` (or of one inside a `regionOfInterest`) in the same section, when it is one that
/// browsers show without running anything.
fn image(tree: &Tree<'_>, id: &str) -> Option<Image> {
    if !tree.budget().repeat(0) {
        return None;
    }
    let media = tree.by_xml_id(id)?;
    let value = media.descendants().find(|n| n.is_element() && n.local_name() == "value")?;
    let kind = value.attribute("mediaType").filter(|m| matches!(*m, "image/png" | "image/jpeg" | "image/gif"))?;
    let data: String = value.descendants().filter_map(|n| n.text()).collect();
    let data: String = data.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    if data.is_empty() || !is_base64(&data) || !tree.budget().repeat(data.len()) {
        return None;
    }
    Some(Image { src: format!("data:{kind};base64,{data}"), alt: id.to_owned() })
}

#[cfg(test)]
mod tests;
