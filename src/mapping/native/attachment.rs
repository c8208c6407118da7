//! ED → Attachment.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use compact_str::CompactString;
use sha1::{Digest, Sha1};

use crate::cda::datatypes::Ed;
use crate::cda::names::name;
use crate::cda::tree::Node;
use crate::cda::xml::XmlNode;
use crate::fhir::value::{Object, Value};
use crate::mapping::context::{Context, Severity};

use super::text::{local_id, plain, said};

/// ED → Attachment; `None` when null or empty.
///
/// Base64 stays as it is, its white space removed; text is trimmed and encoded as UTF-8. A reference to the narrative
/// gives the narrative's text, one to a URL the Attachment's URL. The media type is CDA's default, `text/plain`, where
/// none is given, but `application/octet-stream` for base64.
///
/// A hash that the data contradict is left out: a receiver would refuse both. Of data that are XML in the document (no
/// text that escapes it) the words are kept, as `text/plain`: without its tags it is nothing of its media type. A
/// thumbnail is left out.
///
/// Reports `invalid-base64`, `attachment-compressed`, `attachment-markup`, `media-type-missing`,
/// `reference-unresolved`, `hash-mismatch`, `placeholder-text`, `value-not-carried`.
pub fn attachment(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    let ed = Ed::new(node);
    if ed.null_flavor.is_some() {
        return None;
    }
    let mut data: Option<CompactString> = None;
    if ed.base64 {
        let packed: CompactString = node.text().chars().filter(|c| !c.is_ascii_whitespace()).collect();
        if is_base64(&packed) {
            data = Some(packed).filter(|d| !d.is_empty());
        } else {
            cx.report(Severity::Error, "invalid-base64", node, "data that should be base64 is not; left out");
        }
    }
    // `report.pdf` beside a media type that is no text names a file, not an element of the narrative
    let file = ed.media_type.is_some_and(|m| !m.starts_with("text/"));
    let url = ed.reference.filter(|r| !r.starts_with('#') && (file || local_id(r).is_none()));
    if data.is_none() && !ed.base64 {
        let text = match (url, inline(node)) {
            // a URL is kept as such; only its own text is data
            (Some(_), inline) => inline,
            (None, Some(inline)) => Some(inline),
            (None, None) => plain(cx, node),
        };
        // where there is a URL the words beside it are looked at by nobody
        let text = if url.is_none() { said(cx, node, text) } else { text };
        data = text.map(|t| STANDARD.encode(t.as_bytes()).into());
    }
    if data.is_none() && url.is_none() {
        return None;
    }
    let media = match (ed.compression, ed.media_type) {
        (Some(method), _) => {
            let message = "compressed data is given as such; its own media type is not carried over";
            cx.report(Severity::Warning, "attachment-compressed", node, message);
            Some(match method {
                "GZ" => "application/gzip",
                "ZL" => "application/zlib",
                _ => "application/octet-stream",
            })
        }
        (None, Some(_)) if data.is_some() && !ed.base64 && content(node).any(|c| c.is_element()) => {
            let message = "data that are XML in the document are given as their words alone, as text/plain";
            cx.report(Severity::Warning, "attachment-markup", node, message);
            Some("text/plain")
        }
        (None, Some(media)) => Some(media),
        (None, None) if ed.base64 => {
            cx.report(Severity::Information, "media-type-missing", node, "base64 data without media type");
            Some("application/octet-stream")
        }
        (None, None) => data.as_ref().map(|_| "text/plain"),
    };
    if node.xml().children().any(|c| c.local_name() == "thumbnail") {
        let message = "a smaller picture of the data (thumbnail) has no place in an Attachment";
        cx.report(Severity::Information, "value-not-carried", node, message);
    }
    let mut hash = hash(node);
    if let (Some(said), Some(data)) = (hash, &data)
        && STANDARD.decode(data.as_str()).is_ok_and(|bytes| STANDARD.encode(Sha1::digest(bytes)) != said)
    {
        let message = "the data do not match the hash beside them: they may have been changed; the hash was left out";
        cx.report(Severity::Warning, "hash-mismatch", node, message);
        hash = None;
    }
    Some(
        Object::new()
            .with_str("contentType", media)
            .with_str("language", ed.language)
            .with("data", data.map(Value::String))
            .with_str("url", url)
            .with_str("hash", hash)
            .into(),
    )
}

/// What an ED says itself: neither its reference nor the smaller picture of it.
fn content<'t>(node: Node<'t>) -> impl Iterator<Item = XmlNode<'t>> {
    node.xml().children().filter(|c| !matches!(c.local_name(), "reference" | "thumbnail"))
}

/// The text inside an ED, trimmed, white space otherwise as written.
fn inline(node: Node<'_>) -> Option<String> {
    let mut out = String::new();
    for text in content(node).flat_map(|c| c.descendants()).filter_map(|d| d.text()) {
        out.push_str(text);
    }
    let trimmed = out.trim();
    (!trimmed.is_empty()).then(|| trimmed.to_owned())
}

/// The SHA-1 of the data, where the source gives it (SHA-1 is CDA's default algorithm and FHIR's only one).
fn hash<'t>(node: Node<'t>) -> Option<&'t str> {
    let sha1 = node.attr_trimmed(name::INTEGRITY_CHECK_ALGORITHM).is_none_or(|a| a == "SHA-1");
    node.attr_trimmed(name::INTEGRITY_CHECK).filter(|h| sha1 && is_base64(h))
}

/// Whether a text is base64 (RFC 4648 §4) with its padding, without white space.
pub fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    text.len().is_multiple_of(4)
        && text.len() - body.len() <= 2
        && body.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::context::Zone;
    use crate::mapping::native::testing::{out, run, run_in};

    const TAGGED: &str = r#"{"contentType":"text/plain","language":"en","data":"dGFnZ2VkIHRleHQ="}"#;

    #[test]
    fn k022_text_is_encoded() {
        let xml = "<text mediaType='text/plain' representation='TXT' language='en'>\n  tagged text\n</text>";
        assert_eq!(out(xml, attachment), TAGGED);
    }

    #[test]
    fn k124_base64_is_not_encoded_twice() {
        let xml = "<text mediaType='text/plain' representation='B64' language='en'>\n  dGFnZ2Vk\n IHRleHQ=\n</text>";
        assert_eq!(out(xml, attachment), TAGGED);
        let bad = run("<text mediaType='text/plain' representation='B64'>not base64!</text>", attachment);
        assert_eq!(bad, ("-".to_owned(), vec!["invalid-base64"]));
    }

    #[test]
    fn references() {
        let xml = "<text mediaType='text/plain' language='en'><reference value='id1'/></text>";
        assert_eq!(run_in("<content ID='id1'>tagged text</content>", xml, &Zone::Unknown, attachment).0, TAGGED);
        assert_eq!(
            out("<text mediaType='application/pdf'><reference value='http://a.b/c.pdf'/></text>", attachment),
            r#"{"contentType":"application/pdf","url":"http://a.b/c.pdf"}"#
        );
        assert_eq!(
            run("<value mediaType='image/png'><reference value='logo.png'/></value>", attachment),
            (r#"{"contentType":"image/png","url":"logo.png"}"#.to_owned(), vec![])
        );
    }

    #[test]
    fn a_hash_that_the_data_contradict_is_left_out() {
        let of = |hash: &str, data: &str| {
            run(
                &format!("<value mediaType='text/plain' representation='B64' integrityCheck='{hash}'>{data}</value>"),
                attachment,
            )
        };
        // the SHA-1 of "a"
        let (right, none) = ("hvfkN/qlp/zhXR3cuerq6jd2Z7g=", vec![]);
        assert_eq!(
            of(right, "YQ=="),
            (format!(r#"{{"contentType":"text/plain","data":"YQ==","hash":"{right}"}}"#), none)
        );
        assert_eq!(
            of(right, "Yg=="),
            (r#"{"contentType":"text/plain","data":"Yg=="}"#.to_owned(), vec!["hash-mismatch"])
        );
    }

    #[test]
    fn xml_without_its_tags_is_text() {
        let xml = "<value mediaType='application/openehr+xml'><c xmlns='urn:x'><v>a</v></c></value>";
        let words = r#"{"contentType":"text/plain","data":"YQ=="}"#.to_owned();
        assert_eq!(run(xml, attachment), (words.clone(), vec!["attachment-markup"]));
        let small = "<value mediaType='text/plain'>a<thumbnail mediaType='text/plain'>b</thumbnail></value>";
        assert_eq!(run(small, attachment), (words, vec!["value-not-carried"]));
    }

    #[test]
    fn media_types() {
        assert_eq!(out("<text>a</text>", attachment), r#"{"contentType":"text/plain","data":"YQ=="}"#);
        assert_eq!(run("<text representation='B64'>YQ==</text>", attachment).1, vec!["media-type-missing"]);
        let gz = run("<text representation='B64' mediaType='text/xml' compression='GZ'>YQ==</text>", attachment);
        assert_eq!(
            gz,
            (r#"{"contentType":"application/gzip","data":"YQ=="}"#.to_owned(), vec!["attachment-compressed"])
        );
        assert_eq!(out("<text nullFlavor='UNK'/>", attachment), "-");
        assert_eq!(out("<text/>", attachment), "-");
    }
}
