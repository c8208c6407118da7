//! TEL → ContactPoint.

use std::borrow::Cow;

use crate::cda::names::name;
use crate::cda::tree::Node;
use crate::fhir::value::{Object, Value};
use crate::mapping::context::{Context, Severity};

use super::address::useable_period;
use super::text::collapse;

/// TEL → ContactPoint; `None` when null or without value.
///
/// The scheme says the system and is dropped, but for web addresses, which are none without it. A value without scheme
/// is taken for what it looks like, and that is reported; what looks like nothing is `other`.
///
/// Reports `telecom-scheme-inferred`, `telecom-use-dropped`, `useable-period-dropped`.
pub fn telecom(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    let raw = node.attr_trimmed(name::VALUE).filter(|_| node.null_flavor().is_none())?;
    let (mut system, value) = match scheme(raw) {
        Some(found) => found,
        None => {
            let message = "a telecom without scheme; its system is inferred from its form";
            cx.report(Severity::Information, "telecom-scheme-inferred", node, message);
            (looks_like(raw), raw)
        }
    };
    let value: Cow<'_, str> = collapse(value);
    if value.is_empty() {
        return None;
    }
    let uses = node.attr_trimmed(name::USE).unwrap_or("");
    if system == "phone" && uses.split_whitespace().any(|u| u == "PG") {
        system = "pager";
    }
    Some(
        Object::new()
            .with_str("system", system)
            .with_str("value", &*value)
            .with_str("use", usage(cx, node, uses))
            .with("period", useable_period(cx, node))
            .into(),
    )
}

/// The system and the value behind the scheme; `None` when there is no scheme that is known.
fn scheme(raw: &str) -> Option<(&'static str, &str)> {
    let (scheme, rest) = raw.split_once(':')?;
    let is = |s: &str| scheme.trim().eq_ignore_ascii_case(s);
    if is("tel") {
        Some(("phone", rest))
    } else if is("fax") || is("x-text-fax") {
        Some(("fax", rest))
    } else if is("mailto") || is("email") {
        Some(("email", rest))
    } else if is("sms") {
        Some(("sms", rest))
    } else if ["http", "https", "ftp", "ftps", "file"].into_iter().any(is) {
        Some(("url", raw))
    } else if ["nfs", "telnet", "modem", "mllp", "sip", "sips", "x-text-tel", "xmpp", "im"].into_iter().any(is) {
        Some(("other", raw))
    } else {
        None
    }
}

fn looks_like(raw: &str) -> &'static str {
    let digits = raw.bytes().filter(u8::is_ascii_digit).count();
    let phone = |b: u8| b.is_ascii_digit() || b" +-().,/;#*xXeEtT:".contains(&b);
    if raw.contains('@') && !raw.contains(' ') {
        "email"
    } else if raw.starts_with("www.") {
        "url"
    } else if digits >= 3 && raw.bytes().all(phone) {
        "phone"
    } else {
        "other"
    }
}

/// The first use that FHIR has, by the ConceptMap.
fn usage<'c>(cx: &'c Context<'_>, node: Node<'_>, uses: &str) -> Option<&'c str> {
    let map = cx.terms.map(cx.maps.telecom_use);
    let mut found: Option<&str> = None;
    let mut dropped = false;
    for token in uses.split_whitespace() {
        match map.translate("", token).map(|t| t.code.as_str()) {
            Some(code) if found.is_none_or(|f| f == code) => found = Some(code),
            _ => dropped = true,
        }
    }
    if dropped {
        let message = "a use of a telecom has no counterpart in FHIR, or is a second one";
        cx.report(Severity::Information, "telecom-use-dropped", node, message);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::telecom;
    use crate::mapping::native::testing::{out, run};

    fn tel(attributes: &str) -> String {
        out(&format!("<telecom {attributes}/>"), telecom)
    }

    #[test]
    fn k027_phone_keeps_its_form() {
        assert_eq!(tel("value='tel:+1(555)867-5309'"), r#"{"system":"phone","value":"+1(555)867-5309"}"#);
        assert_eq!(tel("value='tel: 555-1000'"), r#"{"system":"phone","value":"555-1000"}"#);
        assert_eq!(
            tel("value='tel:+1(565)867-5309' use='MC'"),
            r#"{"system":"phone","value":"+1(565)867-5309","use":"mobile"}"#
        );
    }

    #[test]
    fn k028_pager() {
        assert_eq!(tel("value='tel:555-1000' use='PG'"), r#"{"system":"pager","value":"555-1000","use":"mobile"}"#);
    }

    #[test]
    fn k029_k126_other_schemes() {
        assert_eq!(tel("value='mailto:a@b' use='WP'"), r#"{"system":"email","value":"a@b","use":"work"}"#);
        assert_eq!(tel("value='email:a@b'"), r#"{"system":"email","value":"a@b"}"#);
        assert_eq!(tel("value='x-text-fax:555'"), r#"{"system":"fax","value":"555"}"#);
        assert_eq!(tel("value='sms:555'"), r#"{"system":"sms","value":"555"}"#);
        assert_eq!(tel("value='https://a.b/c'"), r#"{"system":"url","value":"https://a.b/c"}"#);
    }

    #[test]
    fn without_scheme() {
        assert_eq!(tel("value='555-1000'"), r#"{"system":"phone","value":"555-1000"}"#);
        assert_eq!(tel("value='a@b.c'"), r#"{"system":"email","value":"a@b.c"}"#);
        assert_eq!(tel("value='www.b.c'"), r#"{"system":"url","value":"www.b.c"}"#);
        assert_eq!(
            run("<telecom value='ask at desk'/>", telecom),
            (r#"{"system":"other","value":"ask at desk"}"#.to_owned(), vec!["telecom-scheme-inferred"])
        );
    }

    #[test]
    fn nothing_and_uses() {
        assert_eq!(tel("value='tel:'"), "-");
        assert_eq!(tel("nullFlavor='UNK'"), "-");
        assert_eq!(tel("value=''"), "-");
        assert_eq!(run("<telecom value='tel:1' use='EC'/>", telecom).1, vec!["telecom-use-dropped"]);
        assert_eq!(tel("value='tel:1' use='MC WP'"), r#"{"system":"phone","value":"1","use":"mobile"}"#);
    }
}
