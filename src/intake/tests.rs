use std::io::Write as _;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::*;

const CDA: &str = r#"<ClinicalDocument xmlns="urn:hl7-org:v3"><id root="1.2.3"/></ClinicalDocument>"#;

fn envelope(manifest: &str, payloads: &str) -> String {
    format!(
        r#"<?xml version="1.0"?><!-- how it came --><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>
<itk:DistributionEnvelope xmlns:itk="urn:nhs-itk:ns:201005"><itk:header service="urn:s" trackingid="FE32DE12-3D67-11E2-B6B1-C58C6188709B">
<itk:addresslist><itk:address uri="urn:a"/><itk:address uri="urn:b"/></itk:addresslist><itk:auditIdentity><itk:id uri="urn:c"/></itk:auditIdentity>
{manifest}<itk:senderAddress uri="urn:d"/><itk:handlingSpecification><itk:spec key="urn:nhs-itk:ns:201005:interaction" value="urn:i"/></itk:handlingSpecification>
</itk:header><itk:payloads>{payloads}</itk:payloads></itk:DistributionEnvelope></s:Body></s:Envelope>"#
    )
}

fn item(id: &str, rest: &str) -> String {
    format!(r#"<itk:manifestitem id="{id}" mimetype="text/xml" profileid="urn:p:{id}" {rest}/>"#)
}

fn payload(id: &str, content: &str) -> String {
    format!(r#"<itk:payload id="{id}">{content}</itk:payload>"#)
}

fn manifest(items: &[String]) -> String {
    format!(r#"<itk:manifest count="{}">{}</itk:manifest>"#, items.len(), items.concat())
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn opened(text: &str) -> Message<'_> {
    open(text.as_bytes(), &Limits::default()).unwrap_or_else(|e| panic!("{e:?}"))
}

fn refused(text: &str) -> ConvertError {
    open(text.as_bytes(), &Limits::default()).expect_err("refused")
}

#[test]
fn a_document_in_no_envelope_stays_as_it_is() {
    for text in
        [CDA.to_owned(), format!("\u{feff}<?xml version='1.0'?>\n<!-- x -->{CDA}"), "nothing of the kind".to_owned()]
    {
        let message = opened(&text);
        assert_eq!(message.documents.len(), 1);
        assert_eq!(&*message.documents[0].bytes, text.as_bytes());
        assert!(message.documents[0].envelope.is_none() && message.issues.is_empty());
    }
}

#[test]
fn payloads_are_documents_and_the_header_is_known() {
    let text = envelope(&manifest(&[item("a", ""), item("b", "")]), &[payload("a", CDA), payload("b", CDA)].concat());
    let message = opened(&text);
    assert_eq!(message.documents.len(), 2);
    assert!(message.issues.is_empty());
    assert_eq!(&*message.documents[1].bytes, CDA.as_bytes());
    let facts = message.documents[1].envelope.as_deref().unwrap();
    assert_eq!(facts.tracking.as_deref(), Some("FE32DE12-3D67-11E2-B6B1-C58C6188709B"));
    assert_eq!(facts.profile.as_deref(), Some("urn:p:b"));
    assert_eq!(facts.receivers, ["urn:a", "urn:b"]);
    assert_eq!((facts.sender.as_deref(), facts.interaction.as_deref()), (Some("urn:d"), Some("urn:i")));
    assert_eq!(facts.audit, ["urn:c"]);
}

#[test]
fn base64_and_gzip_are_taken_off() {
    let plain = STANDARD.encode(CDA);
    let packed = STANDARD.encode(gzip(CDA));
    let items = [item("a", r#"base64="true""#), item("b", r#"base64="true" compressed="true""#)];
    let text = envelope(&manifest(&items), &[payload("a", &format!("\n{plain}\n")), payload("b", &packed)].concat());
    let message = opened(&text);
    assert!(message.documents.iter().all(|d| *d.bytes == *CDA.as_bytes()), "{:?}", message.issues);
    assert_eq!(message.documents.len(), 2);
}

#[test]
fn what_inflates_beyond_the_limit_is_refused() {
    let bomb = STANDARD.encode(gzip(&" ".repeat(3_000_000)));
    let text = envelope(&manifest(&[item("a", r#"base64="true" compressed="true""#)]), &payload("a", &bomb));
    let limits = Limits { max_bytes: 1_000_000, ..Limits::default() };
    assert_eq!(open(text.as_bytes(), &limits).expect_err("refused").kind, Refusal::TooLarge);
    let small = Limits { max_bytes: 100, ..Limits::default() };
    assert_eq!(open(text.as_bytes(), &small).expect_err("refused").kind, Refusal::TooLarge);
}

#[test]
fn namespaces_that_only_the_envelope_declares_come_along() {
    let inner = r#"<v3:ClinicalDocument xmlns:v3="urn:hl7-org:v3"><n:messageType extension="A &amp; B"/></v3:ClinicalDocument>"#;
    let text = envelope("", &payload("a", inner)).replace("<s:Body>", r#"<s:Body xmlns:n="NPFIT:HL7:Localisation">"#);
    let message = opened(&text);
    let document = std::str::from_utf8(&message.documents[0].bytes).unwrap().to_owned();
    assert!(document.starts_with(r#"<v3:ClinicalDocument xmlns:n="NPFIT:HL7:Localisation""#), "{document}");
    assert!(!document.contains("xmlns:itk") && document.matches("xmlns:v3=").count() == 1, "{document}");
    assert!(roxmltree::Document::parse(&document).is_ok(), "{document}");
}

#[test]
fn a_multipart_message_is_opened() {
    let body = envelope(&manifest(&[item("a", "")]), &payload("a", CDA));
    let text = format!(
        "POST /x HTTP/1.1\r\nContent-Type: multipart/related; boundary=\"--=_B\"\r\n\r\n----=_B\r\nContent-Type: text/xml\r\n\r\n<a/>\r\n----=_B\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}\r\n----=_B--\r\n"
    );
    assert_eq!(opened(&text).documents.len(), 1);
    assert_eq!(refused("POST /x HTTP/1.1\r\n\r\nnothing").kind, Refusal::NotCda);
}

#[test]
fn wrong_envelopes_say_what_is_wrong() {
    let one = |rest: &str, content: &str| envelope(&manifest(&[item("a", rest)]), &payload("a", content));
    for (text, kind, word) in [
        (one(r#"base64="true""#, "***"), Refusal::Malformed, "base64"),
        (one(r#"base64="true" compressed="true""#, "AAAA"), Refusal::Malformed, "gzip"),
        (one(r#"encrypted="true""#, CDA), Refusal::Malformed, "encrypted"),
        (one("", "<other/>"), Refusal::NotCda, "no CDA document"),
        (envelope("", ""), Refusal::NotCda, "no CDA document"),
        (one("", CDA).replace("</s:Body>", ""), Refusal::Malformed, "well-formed"),
        ("<Envelope><a/></Envelope>".into(), Refusal::NotCda, "neither"),
        (format!("<Envelope>{}</Envelope>", "<a>".repeat(500)), Refusal::TooLarge, "max_depth"),
    ] {
        let error = refused(&text);
        assert_eq!(error.kind, kind, "{text}");
        assert!(error.message.contains(word), "{}", error.message);
    }
    let doctype = "<?xml version='1.0'?><s:Envelope xmlns:s='x'><!DOCTYPE a></s:Envelope>";
    assert!(open(doctype.as_bytes(), &Limits::default()).is_err());
}

#[test]
fn a_payload_that_is_missing_is_told() {
    let text = envelope(&manifest(&[item("a", ""), item("b", "")]), &payload("a", CDA));
    let message = opened(&text);
    assert_eq!(message.issues[0].code, "envelope-manifest-mismatch");
    let text = envelope("", &[payload("a", CDA), payload("b", "<other/>")].concat());
    assert_eq!(opened(&text).issues[0].code, "payload-not-cda");
}

#[test]
fn an_envelope_of_another_kind_gives_its_documents() {
    let text = format!("<soap:Envelope xmlns:soap='x'><soap:Body>{CDA}</soap:Body></soap:Envelope>");
    let message = opened(&text);
    assert_eq!((message.documents.len(), message.issues[0].code.as_str()), (1, "envelope-unknown"));
}
