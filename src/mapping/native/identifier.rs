//! II → Identifier (C-CDA on FHIR 2.0, mapping guidance, "CDA id ↔ FHIR identifier").

use compact_str::CompactString;

use crate::cda::datatypes::Ii;
use crate::cda::names::name;
use crate::cda::tree::Node;
use crate::fhir::value::{Object, Value};
use crate::mapping::context::{Context, Severity};
use crate::mapping::terminology::{is_oid, is_uuid};

use super::text::collapse;

/// The system of values that are URIs themselves.
pub const URI_SYSTEM: &str = "urn:ietf:rfc:3986";
/// The OID that says that the extension is a URI (HL7 V3, `URL` as identifier scheme).
const URI_ROOT: &str = "2.16.840.1.113883.4.873";

/// II → Identifier.
///
/// A root alone is the identifier, as a URI, unless it names a scheme (NPI, SSN): then there is no value and nothing is
/// given. The same holds for an OID with an extension that is there and empty. A null identifier gives nothing, also when it has an extension: what the sender calls null must not identify.
///
/// Reports `null-with-value`, `identifier-without-value`, `identifier-root-invalid`.
pub fn identifier(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    let ii = Ii::new(node);
    if ii.null_flavor.is_some() {
        if ii.extension.is_some() {
            cx.report(Severity::Warning, "null-with-value", node, "an id with nullFlavor has an extension; left out");
        }
        return None;
    }
    if ii.extension.is_some_and(|e| is_null_word(&collapse(e))) {
        cx.report(
            Severity::Warning,
            "identifier-without-value",
            node,
            "the extension of an id is a null flavour, which identifies nothing; left out",
        );
        return None;
    }
    if node.attr(name::EXTENSION).is_some() && ii.extension.is_none() && ii.root.is_some_and(is_oid) {
        let message = "the extension of an id is empty, and its root names whoever assigns it; left out";
        cx.report(Severity::Warning, "identifier-without-value", node, message);
        return None;
    }
    let (system, value) = system_and_value(cx, node, &ii)?;
    let assigner = ii.assigning_authority_name.map(|n| Value::from(Object::new().with_str("display", &*collapse(n))));
    Some(
        Object::new()
            .with("system", system.map(Value::String))
            .with("value", Value::String(value))
            .with("assigner", assigner)
            .into(),
    )
}

/// Who assigns an identifier, where `assigningAuthorityName` is `CODE:Name`: the code and the name.
pub fn authority<'t>(node: Node<'t>) -> Option<(Option<&'t str>, &'t str)> {
    let text = Ii::new(node).assigning_authority_name.map(str::trim).filter(|t| !t.is_empty())?;
    let is_code =
        |c: &str| (2..=12).contains(&c.len()) && c.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    Some(match text.split_once(':') {
        Some((code, name)) if is_code(code.trim()) => (Some(code.trim()), name.trim()),
        _ => (None, text),
    })
}

/// Null flavours, and words for them, that senders write where the number belongs. What bears one is not identified by
/// it: a server asked for it would give anybody.
pub fn is_null_word(extension: &str) -> bool {
    const WORDS: [&str; 20] = [
        "UNK",
        "NI",
        "NA",
        "NASK",
        "ASKU",
        "NAV",
        "NAVU",
        "MSK",
        "UNKNOWN",
        "NULL",
        "NONE",
        "N/A",
        "NIL",
        "NOT PROVIDED",
        "NOT AVAILABLE",
        "NOT APPLICABLE",
        "NOT KNOWN",
        "NOT SPECIFIED",
        "NOT ASSIGNED",
        "UNSPECIFIED",
    ];
    let crossed = extension.len() >= 3 && extension.bytes().all(|b| matches!(b, b'x' | b'X' | b'-'));
    crossed || WORDS.iter().any(|w| extension.eq_ignore_ascii_case(w))
}

fn system_and_value(cx: &Context<'_>, node: Node<'_>, ii: &Ii<'_>) -> Option<(Option<CompactString>, CompactString)> {
    match (ii.root, ii.extension.map(collapse)) {
        (None, None) => None,
        (None, Some(extension)) => Some((None, extension.into())),
        (Some(URI_ROOT), Some(extension)) => Some(split_uri(&extension)),
        (Some(root), Some(extension)) => {
            let system = cx.terms.system(root);
            if system.is_none() {
                cx.report(
                    Severity::Warning,
                    "identifier-root-invalid",
                    node,
                    "the root of an id is neither OID nor UUID nor URI; Identifier.system left out",
                );
            }
            Some((system, extension.into()))
        }
        (Some(root), None) => {
            let uri = Some(CompactString::const_new(URI_SYSTEM));
            if root == URI_ROOT || cx.terms.is_scheme(root) || cx.terms.uri(root).is_some() {
                cx.report(
                    Severity::Warning,
                    "identifier-without-value",
                    node,
                    "an id names a scheme of identifiers and gives no extension; left out",
                );
                None
            } else if is_oid(root) {
                Some((uri, CompactString::from("urn:oid:") + root))
            } else if is_uuid(root) {
                Some((uri, CompactString::from("urn:uuid:") + &root.to_ascii_lowercase()))
            } else if root.contains("://") || root.starts_with("urn:") {
                Some((uri, root.into()))
            } else {
                cx.report(
                    Severity::Warning,
                    "identifier-root-invalid",
                    node,
                    "the root of an id is neither OID nor UUID nor URI; kept as a value without system",
                );
                Some((None, root.into()))
            }
        }
    }
}

/// A URI as identifier: a URL is split at its last slash, a URN at its last colon; what has no two parts stays whole.
fn split_uri(uri: &str) -> (Option<CompactString>, CompactString) {
    let whole = || (Some(CompactString::const_new(URI_SYSTEM)), uri.into());
    let cut = match uri.find("://") {
        Some(scheme) => uri.rfind('/').filter(|cut| *cut > scheme + 2),
        // urn:uuid and urn:oid name no namespace of values: the whole is the identifier
        None if uri.starts_with("urn:uuid:") || uri.starts_with("urn:oid:") => None,
        None => uri.rfind(':').filter(|cut| uri[..*cut].contains(':')),
    };
    match cut {
        Some(cut) if cut + 1 < uri.len() => (Some(uri[..cut].into()), uri[cut + 1..].into()),
        _ => whole(),
    }
}

#[cfg(test)]
mod tests {
    use super::identifier;
    use crate::mapping::native::testing::{out, run};

    fn id(attributes: &str) -> String {
        out(&format!("<id {attributes}/>"), identifier)
    }

    #[test]
    fn k001_known_root_gives_its_uri() {
        assert_eq!(
            id("root='2.16.840.1.113883.4.1' extension='123-45-6789'"),
            r#"{"system":"http://hl7.org/fhir/sid/us-ssn","value":"123-45-6789"}"#
        );
    }

    #[test]
    fn k002_unknown_oid_is_a_urn() {
        assert_eq!(
            id("root='2.16.840.1.113883.4.500' extension='12345V7890'"),
            r#"{"system":"urn:oid:2.16.840.1.113883.4.500","value":"12345V7890"}"#
        );
    }

    #[test]
    fn k003_k004_root_alone_is_the_value() {
        assert_eq!(
            id("root='2.16.840.1.123.4.50.123456789'"),
            r#"{"system":"urn:ietf:rfc:3986","value":"urn:oid:2.16.840.1.123.4.50.123456789"}"#
        );
        assert_eq!(
            id("root='67265ED2-35BB-43F8-B9DE-91C5935625E0'"),
            r#"{"system":"urn:ietf:rfc:3986","value":"urn:uuid:67265ed2-35bb-43f8-b9de-91c5935625e0"}"#
        );
    }

    #[test]
    fn k005_uuid_root_with_extension() {
        assert_eq!(
            id("root='67265ED2-35BB-43F8-B9DE-91C5935625E0' extension=' abcd '"),
            r#"{"system":"urn:uuid:67265ed2-35bb-43f8-b9de-91c5935625e0","value":"abcd"}"#
        );
    }

    #[test]
    fn k006_extension_alone_has_no_system() {
        assert_eq!(id("extension='Z1124'"), r#"{"value":"Z1124"}"#);
    }

    #[test]
    fn k007_k008_uri_as_extension_is_split() {
        let uri = |e: &str| id(&format!("root='2.16.840.1.113883.4.873' extension='{e}'"));
        assert_eq!(uri("http://myorg.com/patient/1234"), r#"{"system":"http://myorg.com/patient","value":"1234"}"#);
        assert_eq!(uri("urn:myNID:myOrg:Z3321"), r#"{"system":"urn:myNID:myOrg","value":"Z3321"}"#);
        assert_eq!(uri("http://myorg.com"), r#"{"system":"urn:ietf:rfc:3986","value":"http://myorg.com"}"#);
        assert_eq!(uri("http://a/b/"), r#"{"system":"urn:ietf:rfc:3986","value":"http://a/b/"}"#);
        assert_eq!(
            uri("urn:uuid:67265ed2-35bb-43f8-b9de-91c5935625e0"),
            r#"{"system":"urn:ietf:rfc:3986","value":"urn:uuid:67265ed2-35bb-43f8-b9de-91c5935625e0"}"#
        );
    }

    #[test]
    fn k009_scheme_alone_is_no_value() {
        let (json, codes) = run("<id root='2.16.840.1.113883.4.6'/>", identifier);
        assert_eq!((json.as_str(), codes), ("-", vec!["identifier-without-value"]));
    }

    #[test]
    fn a_null_flavour_as_extension_identifies_nobody() {
        let (json, codes) = run("<id root='2.16.840.1.113883.4.6' extension='UNK'/>", identifier);
        assert_eq!((json.as_str(), codes), ("-", vec!["identifier-without-value"]));
        assert_eq!(id("root='1.2.840.3' extension='nav'"), "-");
        assert_eq!(id("root='1.2.840.3' extension='NAVY'"), r#"{"system":"urn:oid:1.2.840.3","value":"NAVY"}"#);
    }

    #[test]
    fn null_gives_nothing() {
        assert_eq!(id("nullFlavor='UNK'"), "-");
        assert_eq!(id("nullFlavor='UNK' root='2.16.840.1.113883.4.1'"), "-");
        assert_eq!(id(""), "-");
        let (json, codes) = run("<id nullFlavor='NI' root='1.2.840.3' extension='4'/>", identifier);
        assert_eq!((json.as_str(), codes), ("-", vec!["null-with-value"]));
    }

    #[test]
    fn assigner_and_bad_roots() {
        assert_eq!(
            id("root='1.2.840.3' extension='4' assigningAuthorityName='Good  Health'"),
            r#"{"system":"urn:oid:1.2.840.3","value":"4","assigner":{"display":"Good Health"}}"#
        );
        let (json, codes) = run("<id root='MRN' extension='4'/>", identifier);
        assert_eq!((json.as_str(), codes), (r#"{"value":"4"}"#, vec!["identifier-root-invalid"]));
    }
}
