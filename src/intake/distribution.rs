//! SOAP, and the DistributionEnvelope of the UK's Interoperability Toolkit: payloads and manifest.

use std::borrow::Cow;
use std::io::Read;
use std::sync::Arc;

use flate2::read::GzDecoder;
use roxmltree::{Document, Node, ParsingOptions};

use super::{Arrived, MAX_DOCUMENTS, Message, not_cda, note, unbase64};
use crate::cda::limits::Limits;
use crate::cda::names::V3;
use crate::cda::scan::push_declaration;
use crate::convert::envelope::{Act, Envelope};
use crate::convert::{ConvertError, Refusal, Severity};

const ITK: &str = "urn:nhs-itk:ns:201005";
/// The key of the handling specification that names the interaction.
const INTERACTION: &str = "urn:nhs-itk:ns:201005:interaction";

/// Documents of an envelope.
pub(super) fn open<'b>(text: &str, limits: &Limits) -> Result<Message<'b>, ConvertError> {
    not_too_deep(text, limits)?;
    let nodes = u32::try_from(limits.max_elements.saturating_mul(4)).unwrap_or(u32::MAX);
    let options = ParsingOptions { allow_dtd: false, nodes_limit: nodes, ..ParsingOptions::default() };
    let xml = Document::parse_with_options(text, options).map_err(|e| refused(&e))?;
    let mut message = Message::default();
    let Some(itk) = xml.descendants().find(|n| n.has_tag_name((ITK, "DistributionEnvelope"))) else {
        // another envelope: what is a document in it is one
        for node in documents(xml.root_element()) {
            let act = act(node, &mut message);
            let envelope = act.map(|act| Arc::new(Envelope { act: Some(act), ..Envelope::default() }));
            message.documents.push(Arrived { bytes: Cow::Owned(document(text, node)), envelope });
        }
        if message.documents.is_empty() {
            return Err(not_cda("an envelope that holds neither an ITK DistributionEnvelope nor a CDA document"));
        }
        if message.documents.iter().any(|d| d.envelope.is_none()) {
            let unknown = "the envelope is none that granule knows; only its documents were read";
            message.issues.push(note(Severity::Warning, "envelope-unknown", unknown));
        }
        return Ok(message);
    };
    let facts = facts(itk);
    let manifest: Vec<Item<'_>> =
        itk.descendants().filter(|n| n.has_tag_name((ITK, "manifestitem"))).map(Item::new).collect();
    let payloads: Vec<Node<'_, '_>> = itk.descendants().filter(|n| n.has_tag_name((ITK, "payload"))).collect();
    counts(itk, &manifest, &payloads, &mut message);
    let mut left = limits.max_bytes;
    let mut passed_over = 0;
    for payload in payloads {
        let id = payload.attribute("id");
        let item = manifest.iter().find(|i| i.id.is_some() && i.id == id).or(match &manifest[..] {
            [only] => Some(only),
            _ => None,
        });
        let envelope = Arc::new(Envelope { profile: item.and_then(|i| i.profile).map(Into::into), ..facts.clone() });
        let mut take = |message: &mut Message<'b>, bytes: Vec<u8>, act: Option<Act>| {
            left = left.checked_sub(bytes.len()).ok_or_else(|| too_large("what its payloads hold", limits))?;
            if message.documents.len() >= MAX_DOCUMENTS {
                return Err(ConvertError::new(
                    Refusal::TooLarge,
                    format!("the envelope holds more than {MAX_DOCUMENTS} documents"),
                ));
            }
            let envelope = match act {
                Some(act) => Arc::new(Envelope { act: Some(act), ..(*envelope).clone() }),
                None => envelope.clone(),
            };
            message.documents.push(Arrived { bytes: Cow::Owned(bytes), envelope: Some(envelope) });
            Ok(())
        };
        if item.is_some_and(|i| i.encrypted) {
            return Err(ConvertError::new(
                Refusal::Malformed,
                "a payload is encrypted; decrypt it before it is converted",
            ));
        }
        let inside = documents(payload);
        if !inside.is_empty() {
            for node in inside {
                let act = act(node, &mut message);
                take(&mut message, document(text, node), act)?;
            }
            continue;
        }
        let (base64, compressed) = item.map_or((false, false), |i| (i.base64, i.compressed));
        if !base64 && !compressed {
            passed_over += 1;
            continue;
        }
        let bytes = inflated(&content(payload)?, compressed, limits)?;
        // a payload that is no document (a picture, a PDF beside it) is none of those to convert
        if item.is_some_and(|i| i.mimetype.is_some_and(|m| !m.contains("xml"))) {
            passed_over += 1;
            continue;
        }
        take(&mut message, bytes, None)?;
    }
    if passed_over > 0 {
        let text = format!("{passed_over} payloads of the envelope are no CDA documents; they were passed over");
        message.issues.push(note(Severity::Warning, "payload-not-cda", text));
    }
    if message.documents.is_empty() {
        return Err(not_cda("the ITK DistributionEnvelope holds no CDA document: no payload is one"));
    }
    Ok(message)
}

/// What the manifest says of a payload.
struct Item<'x> {
    id: Option<&'x str>,
    profile: Option<&'x str>,
    mimetype: Option<&'x str>,
    base64: bool,
    compressed: bool,
    encrypted: bool,
}

impl<'x> Item<'x> {
    fn new(node: Node<'x, '_>) -> Item<'x> {
        let is = |name: &str| node.attribute(name).is_some_and(|v| v.trim() == "true" || v.trim() == "1");
        Item {
            id: node.attribute("id"),
            profile: node.attribute("profileid"),
            mimetype: node.attribute("mimetype"),
            base64: is("base64"),
            compressed: is("compressed"),
            encrypted: is("encrypted"),
        }
    }
}

fn facts(itk: Node<'_, '_>) -> Envelope {
    let all = |name: &'static str| itk.descendants().filter(move |n| n.has_tag_name((ITK, name)));
    let header = all("header").next();
    let uris = |inside: &'static str, name: &'static str| -> Vec<String> {
        all(inside)
            .flat_map(|n| n.children())
            .filter(|n| n.has_tag_name((ITK, name)))
            .filter_map(|n| n.attribute("uri"))
            .map(|u| u.trim().to_owned())
            .filter(|u| !u.is_empty())
            .collect()
    };
    let of =
        |name: &str| header.and_then(|h| h.attribute(name)).map(str::trim).filter(|t| !t.is_empty()).map(Into::into);
    Envelope {
        tracking: of("trackingid"),
        service: of("service"),
        interaction: all("spec")
            .find(|s| s.attribute("key") == Some(INTERACTION))
            .and_then(|s| s.attribute("value"))
            .map(Into::into),
        receivers: uris("addresslist", "address"),
        sender: all("senderAddress").next().and_then(|n| n.attribute("uri")).map(Into::into),
        audit: uris("auditIdentity", "id"),
        profile: None,
        act: None,
    }
}

/// Counts that do not agree are told: a payload may have been lost on the way.
fn counts(itk: Node<'_, '_>, manifest: &[Item<'_>], payloads: &[Node<'_, '_>], message: &mut Message<'_>) {
    let said = |name: &'static str| {
        let node = itk.descendants().find(|n| n.has_tag_name((ITK, name)));
        node.and_then(|n| n.attribute("count")).and_then(|c| c.trim().parse::<usize>().ok())
    };
    let wrong = said("manifest").is_some_and(|n| n != manifest.len())
        || said("payloads").is_some_and(|n| n != payloads.len())
        || !manifest.is_empty() && manifest.len() != payloads.len();
    if wrong {
        let text = "manifest and payloads of the envelope do not agree in number: a payload may be missing";
        message.issues.push(note(Severity::Error, "envelope-manifest-mismatch", text));
    }
}

/// The outermost documents below a node.
fn documents<'x, 'i>(node: Node<'x, 'i>) -> Vec<Node<'x, 'i>> {
    node.descendants()
        .filter(|n| n.has_tag_name((V3, "ClinicalDocument")))
        .filter(|n| n.ancestors().skip(1).all(|a| !a.has_tag_name((V3, "ClinicalDocument"))))
        .collect()
}

/// The HL7 v3 message that a document is a payload of: the outermost act around it. What it says beyond its code and number
/// is not read, and that is told.
fn act(document: Node<'_, '_>, message: &mut Message<'_>) -> Option<Act> {
    fn child<'x, 'i>(n: Node<'x, 'i>, name: &str) -> Option<Node<'x, 'i>> {
        n.children().find(|c| c.has_tag_name((V3, name)))
    }
    let coded = |n: &Node<'_, '_>| n.tag_name().namespace() == Some(V3) && child(*n, "code").is_some();
    let act = document.ancestors().skip(1).filter(coded).last()?;
    let said =
        |n: Node<'_, '_>, name: &str| n.attribute(name).map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned);
    let code = child(act, "code")?;
    let more =
        |n: Node<'_, '_>| !["code", "id"].contains(&n.tag_name().name()) && !document.ancestors().any(|a| a == n);
    if act.children().filter(Node::is_element).any(more) {
        let text = "of the message around the document its code and number were read, and nothing else";
        message.issues.push(note(Severity::Warning, "carrier-not-read", text));
    }
    Some(Act {
        system: said(code, "codeSystem")?,
        code: said(code, "code")?,
        display: said(code, "displayName"),
        id: child(act, "id").and_then(|i| Some((said(i, "root")?, said(i, "extension")))),
    })
}

/// A document as text of its own: as it was written, with the namespaces that only its envelope declares.
fn document(text: &str, node: Node<'_, '_>) -> Vec<u8> {
    let slice = &text[node.range()];
    let tag = &slice[..slice.find('>').unwrap_or(slice.len())];
    let name_end = slice.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).unwrap_or(slice.len());
    let mut declared = String::new();
    for ns in node.namespaces() {
        let (attribute, used) = match ns.name() {
            None => ("xmlns".to_owned(), true),
            Some("xml") => continue,
            Some(prefix) => (format!("xmlns:{prefix}"), slice.contains(&format!("{prefix}:"))),
        };
        let own = tag.match_indices(&attribute).any(|(at, _)| {
            tag[at + attribute.len()..].trim_start().starts_with('=') && tag[..at].ends_with(char::is_whitespace)
        });
        if used && !own {
            push_declaration(&mut declared, ns.name().unwrap_or_default(), ns.uri());
        }
    }
    [&slice.as_bytes()[..name_end], declared.as_bytes(), &slice.as_bytes()[name_end..]].concat()
}

/// The bytes of a payload in base64.
fn content(payload: Node<'_, '_>) -> Result<Vec<u8>, ConvertError> {
    let text = payload.descendants().filter_map(|n| n.text().filter(|_| n.is_text()));
    unbase64(text.flat_map(str::bytes))
        .ok_or_else(|| ConvertError::new(Refusal::Malformed, "a payload that the manifest calls base64 is not"))
}

fn inflated(bytes: &[u8], compressed: bool, limits: &Limits) -> Result<Vec<u8>, ConvertError> {
    if !compressed && !bytes.starts_with(&[0x1F, 0x8B]) {
        return Ok(bytes.to_vec());
    }
    let mut out = Vec::new();
    let most = (limits.max_bytes as u64).saturating_add(1);
    GzDecoder::new(bytes).take(most).read_to_end(&mut out).map_err(|_| {
        ConvertError::new(Refusal::Malformed, "a payload that the manifest calls compressed is not gzip")
    })?;
    if out.len() > limits.max_bytes {
        return Err(too_large("a payload", limits));
    }
    Ok(out)
}

fn too_large(what: &str, limits: &Limits) -> ConvertError {
    ConvertError::new(Refusal::TooLarge, format!("{what} has more than {} bytes (max_bytes)", limits.max_bytes))
}

/// Elements open at once, seen from the tags alone; the parser judges the rest.
fn not_too_deep(text: &str, limits: &Limits) -> Result<(), ConvertError> {
    // envelopes stand around a document that may be as deep as it may
    let most = u64::from(limits.max_depth) + 20;
    let bytes = text.as_bytes();
    let mut depth = 0u64;
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'<', &bytes[at..]) {
        let tag = at + found + 1;
        let skip = |end: &[u8]| memchr::memmem::find(&bytes[tag..], end).map_or(bytes.len(), |e| tag + e + end.len());
        at = match bytes.get(tag) {
            Some(b'!') if bytes[tag..].starts_with(b"!--") => skip(b"-->"),
            Some(b'!') if bytes[tag..].starts_with(b"![CDATA[") => skip(b"]]>"),
            Some(b'?' | b'!') => skip(b">"),
            Some(b'/') => {
                depth = depth.saturating_sub(1);
                skip(b">")
            }
            _ => {
                let end = skip(b">");
                if bytes.get(end.wrapping_sub(2)) != Some(&b'/') {
                    depth += 1;
                    if depth > most {
                        let message = format!("the envelope nests deeper than {most} elements (max_depth)");
                        return Err(ConvertError::new(Refusal::TooLarge, message));
                    }
                }
                end
            }
        };
        if at >= bytes.len() {
            break;
        }
    }
    Ok(())
}

fn refused(e: &roxmltree::Error) -> ConvertError {
    let kind = match e {
        roxmltree::Error::DtdDetected => Refusal::Forbidden,
        roxmltree::Error::NodesLimitReached => Refusal::TooLarge,
        _ => Refusal::Malformed,
    };
    let at = e.pos();
    // the parser's own words may quote the document
    let message = match kind {
        Refusal::Forbidden => "the envelope has a document type declaration",
        Refusal::TooLarge => "the envelope has too many elements",
        _ => "the envelope is not well-formed XML; have the sender correct it",
    };
    ConvertError { kind, message: message.into(), at: Some((at.row, at.col)) }
}
