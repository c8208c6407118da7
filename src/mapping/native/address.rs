//! AD → Address.

use crate::cda::names::name;
use crate::cda::tree::Node;
use crate::fhir::value::{Object, Value};
use crate::mapping::context::{Context, Severity};

use super::text::collapse;
use super::time::period;

/// AD → Address; `None` when it has no part and no text.
///
/// Lines keep the order of the document; house number, street name, unit and the like become one line where they stand
/// side by side. County is the district. A second city, state, postal code or country becomes a line. Text outside
/// parts makes `text` the whole address as written. Parts with a null flavour are passed over.
///
/// Reports `address-use-dropped`, `useable-period-dropped`, and what the period reports.
pub fn address(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    let mut lines: Vec<Value> = Vec::new();
    let mut inline = String::new();
    let mut single: [(&'static str, Option<String>); 5] =
        [("city", None), ("district", None), ("state", None), ("postalCode", None), ("country", None)];
    for child in node.children() {
        if child.null_flavor().is_some() || child.name() == name::USEABLE_PERIOD {
            continue;
        }
        let raw = child.text();
        let text = collapse(&raw);
        if text.is_empty() {
            continue;
        }
        let slot = match child.name() {
            name::CITY => 0,
            name::COUNTY => 1,
            name::STATE => 2,
            name::POSTAL_CODE => 3,
            name::COUNTRY => 4,
            name::HOUSE_NUMBER
            | name::HOUSE_NUMBER_NUMERIC
            | name::BUILDING_NUMBER_SUFFIX
            | name::DIRECTION
            | name::STREET_NAME
            | name::STREET_NAME_BASE
            | name::STREET_NAME_TYPE
            | name::UNIT_TYPE
            | name::UNIT_ID => {
                if !inline.is_empty() {
                    inline.push(' ');
                }
                inline.push_str(&text);
                continue;
            }
            name::DELIMITER => continue,
            _ => {
                flush(&mut inline, &mut lines);
                lines.push(Value::string(&*text));
                continue;
            }
        };
        flush(&mut inline, &mut lines);
        match &mut single[slot].1 {
            Some(first) if **first == *text => {}
            Some(_) => lines.push(Value::string(&*text)),
            empty => *empty = Some(text.into_owned()),
        }
    }
    flush(&mut inline, &mut lines);
    let (usage, kind) = usage(cx, node);
    let mut object = Object::new().with("text", untyped(node).map(Value::string)).with("line", Value::Array(lines));
    for (key, text) in single {
        object = object.with(key, text.map(Value::string));
    }
    if object.is_empty() {
        return None;
    }
    let mut all = Object::new().with_str("use", usage).with_str("type", kind);
    all.0.append(&mut object.0);
    Some(all.with("period", useable_period(cx, node)).into())
}

fn flush(inline: &mut String, lines: &mut Vec<Value>) {
    if !inline.is_empty() {
        lines.push(Value::string(inline.as_str()));
        inline.clear();
    }
}

/// `useablePeriod` → Period, where it is an interval; recurring ones are reported. Shared with telecoms.
pub fn useable_period(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    let useable = node.child(name::USEABLE_PERIOD)?;
    if useable.xsi_type().is_some_and(|t| !t.eq_ignore_ascii_case("IVL_TS") && !t.eq_ignore_ascii_case("SXCM_TS")) {
        let message = "a useablePeriod that recurs has no counterpart in FHIR";
        cx.report(Severity::Information, "useable-period-dropped", useable, message);
        return None;
    }
    period(cx, useable)
}

/// The whole address in the order written, when some of it stands outside parts.
fn untyped(node: Node<'_>) -> Option<String> {
    if node.null_flavor().is_some() || !node.texts().any(|t| t.chars().any(char::is_alphanumeric)) {
        return None;
    }
    let mut out = String::new();
    let mut pending = false;
    for child in node.xml().children().filter(|c| c.local_name() != "useablePeriod") {
        pending |= child.is_element();
        for text in child.descendants().filter_map(|d| d.text()) {
            crate::cda::narrative::push_collapsed(text, &mut out, &mut pending);
        }
        pending |= child.is_element();
    }
    Some(out)
}

/// `use` and `type`: the first use that FHIR has, by the ConceptMap; PST and PHYS say what the address is for.
fn usage<'c>(cx: &'c Context<'_>, node: Node<'_>) -> (Option<&'c str>, Option<&'static str>) {
    let Some(uses) = node.attr_trimmed(name::USE) else { return (None, None) };
    let map = cx.terms.map(cx.maps.address_use);
    let (mut usage, mut postal, mut physical, mut dropped) = (None, false, false, false);
    for token in uses.split_whitespace() {
        match token {
            "PST" => postal = true,
            "PHYS" => physical = true,
            _ => match map.translate("", token) {
                Some(t) if usage.is_none() => usage = Some(t.code.as_str()),
                Some(t) if usage == Some(t.code.as_str()) => {}
                _ => dropped = true,
            },
        }
    }
    if dropped {
        let message = "a use of an address has no counterpart in FHIR, or is a second one";
        cx.report(Severity::Information, "address-use-dropped", node, message);
    }
    let kind = match (postal, physical) {
        (true, true) => Some("both"),
        (true, false) => Some("postal"),
        (false, true) => Some("physical"),
        (false, false) => None,
    };
    (usage, kind)
}

#[cfg(test)]
mod tests {
    use super::address;
    use crate::mapping::native::testing::{out, run};

    #[test]
    fn k033_k129_uses_and_types() {
        let used = |code: &str| out(&format!("<addr use='{code}'><city>A</city></addr>"), address);
        for (code, usage) in [("HP", "home"), ("TMP", "temp"), ("BAD", "old"), ("WP", "work")] {
            assert_eq!(used(code), format!(r#"{{"use":"{usage}","city":"A"}}"#));
        }
        assert_eq!(used("PHYS"), r#"{"type":"physical","city":"A"}"#);
        assert_eq!(used("PST HP"), r#"{"use":"home","type":"postal","city":"A"}"#);
        assert_eq!(used("PST PHYS"), r#"{"type":"both","city":"A"}"#);
        assert_eq!(run("<addr use='H WP'><city>A</city></addr>", address).1, vec!["address-use-dropped"]);
    }

    #[test]
    fn parts_have_their_places() {
        assert_eq!(
            out(
                "<addr><streetAddressLine>1 Main St</streetAddressLine><streetAddressLine nullFlavor='UNK'/><streetAddressLine>Apt 2</streetAddressLine>\
                 <city>Boston</city><county>Suffolk</county><state>MA</state><postalCode>02101</postalCode><country>US</country>\
                 <useablePeriod xsi:type='IVL_TS'><low value='2010'/></useablePeriod></addr>",
                address
            ),
            r#"{"line":["1 Main St","Apt 2"],"city":"Boston","district":"Suffolk","state":"MA","postalCode":"02101","country":"US","period":{"start":"2010"}}"#
        );
    }

    #[test]
    fn a_line_is_composed_of_its_parts() {
        assert_eq!(
            out(
                "<addr><careOf>c/o A</careOf><houseNumber>12</houseNumber><streetName>High  Street</streetName><postBox>PO 4</postBox><city>X</city><city>Y</city></addr>",
                address
            ),
            r#"{"line":["c/o A","12 High Street","PO 4","Y"],"city":"X"}"#
        );
    }

    #[test]
    fn untyped_and_empty() {
        assert_eq!(out("<addr>1 Main St, Boston</addr>", address), r#"{"text":"1 Main St, Boston"}"#);
        assert_eq!(out("<addr>Near <city>Boston</city></addr>", address), r#"{"text":"Near Boston","city":"Boston"}"#);
        assert_eq!(out("<addr nullFlavor='UNK'/>", address), "-");
        assert_eq!(out("<addr use='HP'><city nullFlavor='UNK'/></addr>", address), "-");
    }
}
