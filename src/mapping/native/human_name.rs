//! EN, PN, ON, TN → HumanName, or a plain string for organisations.

use std::borrow::Cow;

use crate::cda::names::{Name, name};
use crate::cda::tree::Node;
use crate::fhir::value::{Object, Value};
use crate::mapping::context::{Context, Severity};

use super::text::{collapse, plain};
use super::time::period;

/// The extension for what CDA says of a part of a name (BR: at birth, CL: call me, AC: academic …).
const QUALIFIER: &str = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-qualifier";
/// The extension for the part of a family name that is the person's own, from birth.
const OWN_NAME: &str = "http://hl7.org/fhir/StructureDefinition/humanname-own-name";
/// The extension for the script of a name: letters, ideographs, or how it is spoken.
const REPRESENTATION: &str = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation";
/// The codes that the extension [`REPRESENTATION`] takes.
const REPRESENTATIONS: &[&str] = &["ABC", "IDE", "SYL"];
/// The codes that the extension [`QUALIFIER`] takes.
const QUALIFIERS: &[&str] = &["LS", "AC", "NB", "PR", "HON", "BR", "AD", "SP", "MID", "CL", "IN", "VV"];

/// EN or PN → HumanName; `None` when it has no part and no text.
///
/// Parts keep their order. Two family names become one, joined as written (by the delimiter between them, else a blank);
/// a family name from birth (BR) beside another stands in the extension `humanname-own-name`. Text outside parts makes
/// `text` the whole name as written. A script (ABC, IDE, SYL) is an extension. Parts with a null flavour are passed over.
///
/// Reports `name-use-dropped` when the name has a use that FHIR has not.
pub fn name(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    let mut parts: [(&'static str, &'static str, Vec<Part<'_>>); 3] =
        [("given", "_given", vec![]), ("prefix", "_prefix", vec![]), ("suffix", "_suffix", vec![])];
    let mut family = Family::default();
    let mut called = false;
    for child in node.children() {
        let list = match child.name() {
            name::FAMILY => None,
            name::GIVEN => Some(0),
            name::PREFIX => Some(1),
            name::SUFFIX => Some(2),
            name::DELIMITER => {
                family.delimiter = Some(child.text().trim().to_owned()).filter(|d| d == "-" || d == "'" || d == "/");
                continue;
            }
            _ => continue,
        };
        let qualifiers = child.attr_trimmed(name::QUALIFIER);
        called |= child.name() == name::GIVEN && has(qualifiers, "CL");
        let Some(text) = part_text(child) else { continue };
        match list {
            None => family.add(text, qualifiers),
            Some(i) => parts[i].2.push(Part { text, qualifiers }),
        }
    }
    let mut object = Object::new()
        .with("extension", representation(node))
        .with_str("use", name_use(cx, node, called))
        .with_str("text", untyped(node).as_deref())
        .with_str("family", Some(family.text.as_str()).filter(|t| !t.is_empty()));
    if let Some(e) = family.extension() {
        object = object.with("_family", e);
    }
    for (key, underscored, list) in parts {
        object = object
            .with(key, Value::Array(list.iter().map(|p| Value::string(&*p.text)).collect()))
            .with(underscored, extensions(&list));
    }
    // a use or a script says nothing without a name
    if object.0.iter().all(|(k, _)| matches!(*k, "use" | "extension")) {
        return None;
    }
    let valid = node.child(name::VALID_TIME).and_then(|t| period(cx, t));
    Some(object.with("period", valid).into())
}

/// ON, TN or EN → string: the whole text as written, white space collapsed.
pub fn organization_name(cx: &Context<'_>, node: Node<'_>) -> Option<Value> {
    if node.null_flavor().is_some() {
        return None;
    }
    let text = match node.child(name::VALID_TIME) {
        None => in_parts(node).or_else(|| plain(cx, node)),
        // the period is no part of the name
        Some(_) => Some(collapse(&node.text()).into_owned()).filter(|t| !t.is_empty()),
    };
    text.map(Value::string)
}

/// A name all of which stands in parts (given, family), with blanks between them.
fn in_parts(node: Node<'_>) -> Option<String> {
    let parts = node.children().next().is_some() && collapse(&node.text()).is_empty();
    parts.then(|| in_order(node)).filter(|t| !t.is_empty())
}

struct Part<'t> {
    text: Cow<'t, str>,
    qualifiers: Option<&'t str>,
}

/// The family names of one person, which FHIR holds in one string.
#[derive(Default)]
struct Family<'t> {
    text: String,
    own: Option<Cow<'t, str>>,
    qualifiers: Option<&'t str>,
    delimiter: Option<String>,
    count: usize,
}

impl<'t> Family<'t> {
    fn add(&mut self, text: Cow<'t, str>, qualifiers: Option<&'t str>) {
        let own = has(qualifiers, "BR");
        self.count += 1;
        if own && self.own.is_none() && self.count > 1 && !self.text.is_empty() {
            self.own = Some(text);
        } else if self.count == 2 && has(self.qualifiers, "BR") && !own {
            self.own = Some(Cow::Owned(std::mem::replace(&mut self.text, text.into_owned())));
            self.qualifiers = qualifiers;
        } else {
            if !self.text.is_empty() {
                self.text.push_str(self.delimiter.as_deref().unwrap_or(" "));
            }
            self.text.push_str(&text);
            self.qualifiers = self.qualifiers.or(qualifiers);
        }
        self.delimiter = None;
    }

    fn extension(&self) -> Option<Value> {
        let mut all = qualifier_extensions(self.qualifiers.filter(|_| self.count == 1 || self.own.is_some()));
        if let Some(own) = &self.own {
            all.push(Object::new().with("url", Value::fixed(OWN_NAME)).with_str("valueString", &**own).into());
        }
        (!all.is_empty()).then(|| Object::new().with("extension", Value::Array(all)).into())
    }
}

fn has(qualifiers: Option<&str>, code: &str) -> bool {
    qualifiers.is_some_and(|q| q.split_whitespace().any(|t| t == code))
}

fn qualifier_extensions(qualifiers: Option<&str>) -> Vec<Value> {
    let tokens = qualifiers.into_iter().flat_map(str::split_whitespace).filter(|t| QUALIFIERS.contains(t));
    tokens.map(|t| Object::new().with("url", Value::fixed(QUALIFIER)).with_str("valueCode", t).into()).collect()
}

/// The list of extensions that runs beside a list of parts; `None` when no part has one.
fn extensions(parts: &[Part<'_>]) -> Option<Value> {
    let mut any = false;
    let list = parts
        .iter()
        .map(|p| match qualifier_extensions(p.qualifiers) {
            all if all.is_empty() => Value::Null,
            all => {
                any = true;
                Object::new().with("extension", Value::Array(all)).into()
            }
        })
        .collect();
    any.then_some(Value::Array(list))
}

/// The text of a part; `None` when it is null or blank.
fn part_text(part: Node<'_>) -> Option<Cow<'_, str>> {
    if part.null_flavor().is_some() {
        return None;
    }
    let text = match part.text() {
        Cow::Borrowed(t) => collapse(t),
        Cow::Owned(t) => Cow::Owned(collapse(&t).into_owned()),
    };
    (!text.is_empty()).then_some(text)
}

/// The whole name in the order written, when some of it stands outside parts, or in a part that CDA has not (a patronymic).
fn untyped(node: Node<'_>) -> Option<String> {
    let says = |t: &str| t.chars().any(char::is_alphanumeric);
    let unknown = |c: &Node<'_>| !is_part(c.name()) && c.name() != name::VALID_TIME && c.null_flavor().is_none();
    let beside = node.texts().any(says) || node.children().any(|c| unknown(&c) && says(&c.text()));
    (node.null_flavor().is_none() && beside).then(|| in_order(node))
}

/// All text of a name but its period, in the order written, with blanks where a part begins or ends.
fn in_order(node: Node<'_>) -> String {
    let mut out = String::new();
    let mut pending = false;
    for child in node.xml().children() {
        if child.is_element() && child.local_name() == "validTime" {
            continue;
        }
        pending |= child.is_element();
        for text in child.descendants().filter_map(|d| d.text()) {
            crate::cda::narrative::push_collapsed(text, &mut out, &mut pending);
        }
        pending |= child.is_element();
    }
    out
}

/// The first `use` that FHIR has: by the ConceptMap; P is a nickname when a given name is what the person is called (CL),
/// else a pseudonym; the long names of the UK's vocabulary.
fn name_use<'c>(cx: &'c Context<'_>, node: Node<'_>, called: bool) -> Option<&'c str> {
    let uses = node.attr_trimmed(name::USE)?;
    let map = cx.terms.map(cx.maps.name_use);
    let found = uses.split_whitespace().find_map(|token| match token {
        "P" => Some(if called { "nickname" } else { "anonymous" }),
        _ => map.translate("", token).map(|t| t.code.as_str()).or(match token {
            "OR" => Some("official"),
            "PREFERRED" => Some("usual"),
            "ALIAS" => Some("nickname"),
            "PREVIOUS" | "PREVIOUS-BIRTH" => Some("old"),
            "PREVIOUS-MAIDEN" | "PREVIOUS-BACHELOR" => Some("maiden"),
            _ => None,
        }),
    });
    if found.is_none() && !uses.split_whitespace().all(|u| REPRESENTATIONS.contains(&u)) {
        cx.report(Severity::Information, "name-use-dropped", node, "the use of a name has no counterpart in FHIR");
    }
    found
}

/// In which script a name stands, which CDA says among its uses.
fn representation(node: Node<'_>) -> Option<Value> {
    let code = node.attr_trimmed(name::USE)?.split_whitespace().find(|u| REPRESENTATIONS.contains(u))?;
    let extension = Object::new().with("url", Value::fixed(REPRESENTATION)).with_str("valueCode", code);
    Some(Value::Array(vec![extension.into()]))
}

/// Whether a node is a part of a person's name.
pub fn is_part(name: Name) -> bool {
    matches!(name, name::GIVEN | name::FAMILY | name::PREFIX | name::SUFFIX | name::DELIMITER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::native::testing::{out, run};

    #[test]
    fn k030_k127_uses_by_the_map() {
        let used = |code: &str| out(&format!("<name use='{code}'><family>A</family></name>"), name);
        assert_eq!(used("L"), r#"{"use":"usual","family":"A"}"#);
        assert_eq!(used("C"), r#"{"use":"official","family":"A"}"#);
        assert_eq!(used("SRCH L"), r#"{"use":"usual","family":"A"}"#);
        assert_eq!(used("PREVIOUS-MAIDEN"), r#"{"use":"maiden","family":"A"}"#);
        assert_eq!(used("SRCH"), r#"{"family":"A"}"#);
    }

    #[test]
    fn k031_k032_pseudonym_or_nickname() {
        assert!(
            out("<name use='P'><given qualifier='CL'>Izzy</given></name>", name).starts_with(r#"{"use":"nickname""#)
        );
        assert_eq!(out("<name use='P'><given>X</given></name>", name), r#"{"use":"anonymous","given":["X"]}"#);
    }

    #[test]
    fn parts_in_order() {
        let xml = "<name><prefix>Dr.</prefix><given> Mary  Ann </given><given>J.</given><given nullFlavor='UNK'/>\
                   <family>Smith</family><suffix qualifier='AC'>MD</suffix></name>";
        assert_eq!(
            out(xml, name),
            r#"{"family":"Smith","given":["Mary Ann","J."],"prefix":["Dr."],"suffix":["MD"],"_suffix":[{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/iso21090-EN-qualifier","valueCode":"AC"}]}]}"#
        );
    }

    #[test]
    fn qualifiers_run_beside_their_parts() {
        let json = out("<name><given>A</given><given qualifier='CL'>B</given></name>", name);
        assert!(json.contains(r#""given":["A","B"],"_given":[null,{"extension""#), "{json}");
    }

    #[test]
    fn family_names() {
        let family = |inner: &str| out(&format!("<name>{inner}</name>"), name);
        assert_eq!(family("<family>A</family><family>B</family>"), r#"{"family":"A B"}"#);
        assert_eq!(family("<family>A</family><delimiter>-</delimiter><family>B</family>"), r#"{"family":"A-B"}"#);
        let own = r#"{"family":"Jones","_family":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/humanname-own-name","valueString":"Smith"}]}}"#;
        assert_eq!(family("<family>Jones</family><family qualifier='BR'>Smith</family>"), own);
        assert_eq!(family("<family qualifier='BR'>Smith</family><family>Jones</family>"), own);
        assert!(family("<family qualifier='BR'>Smith</family>").contains(r#""family":"Smith","_family""#));
    }

    #[test]
    fn untyped_names_are_text() {
        assert_eq!(out("<name>Mary  Smith</name>", name), r#"{"text":"Mary Smith"}"#);
        assert_eq!(
            out("<name>Dr <given>Mary</given>, <family>Smith</family></name>", name),
            r#"{"text":"Dr Mary , Smith","family":"Smith","given":["Mary"]}"#
        );
        assert_eq!(
            out("<name><family>B</family><given>A</given><x:Patronymic xmlns:x='urn:x'>C</x:Patronymic></name>", name),
            r#"{"text":"B A C","family":"B","given":["A"]}"#
        );
        assert_eq!(out("<name nullFlavor='UNK'/>", name), "-");
        assert_eq!(run("<name use='L'><given nullFlavor='UNK'/></name>", name).0, "-");
    }

    #[test]
    fn k128_valid_time_is_the_period() {
        assert_eq!(
            out("<name><family>A</family><validTime><low value='2001'/><high value='2010'/></validTime></name>", name),
            r#"{"family":"A","period":{"start":"2001","end":"2010"}}"#
        );
    }

    #[test]
    fn organisations_have_a_string() {
        assert_eq!(out("<name> Good  Health\n Clinic </name>", organization_name), "\"Good Health Clinic\"");
        assert_eq!(out("<name nullFlavor='UNK'/>", organization_name), "-");
    }
}
