//! Paths into a bundle: where tables say that something would stand in what a document gives.
//!
//! `Patient.name`, `Encounter.effective[x]`, `Patient.identifier[system='https://…'].value`,
//! `Composition.author->Practitioner.name`, `Encounter.extension:NAME`, `section.entry->Condition.code`. A path may begin at a
//! type of resource, or at a `section` of the Composition that the asker hands in.

use std::fmt::Write as _;

use compact_str::CompactString;
use rustc_hash::FxHashMap;

use super::bundle::Entry;
use super::definitions::{Definitions, TypeId};
use super::identity;
use super::value::{Object, Value};

/// A path, checked against R4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundlePath {
    start: Start,
    filters: Vec<Filter>,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Start {
    /// resources of a type
    Type(String),
    /// a section of the Composition
    Section,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    to: To,
    filters: Vec<Filter>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum To {
    /// an element by its name in JSON
    Element(String),
    /// an element of any type: the name without `[x]`
    Choice(String),
    /// extensions of a URL
    Extension(String),
    /// the resource of a type that a reference leads to
    Resource(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Filter {
    element: String,
    value: String,
    /// `=` or `!=`
    equal: bool,
}

/// Why a text is no path: where in it, and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathFault {
    /// byte in the text
    pub at: usize,
    /// what is wrong
    pub message: String,
}

fn fault<T>(at: usize, message: impl Into<String>) -> Result<T, PathFault> {
    Err(PathFault { at, message: message.into() })
}

impl BundlePath {
    /// Reads a path and checks it against R4. `extension` knows the URL of an extension by its name.
    ///
    /// # Errors
    /// When it cannot be read, or names what R4 does not have.
    pub fn parse(text: &str, extension: &dyn Fn(&str) -> Option<String>) -> Result<BundlePath, PathFault> {
        let d = Definitions::get();
        let mut r = Reader { text, at: 0 };
        let word = r.word();
        let (start, mut ty) = match d.resource_named(word) {
            Some(ty) => (Start::Type(word.to_owned()), Some(ty)),
            None if word == "section" => (Start::Section, d.type_named("Composition.section")),
            None => return fault(0, format!("`{word}` is neither a resource of R4 nor `section`")),
        };
        let filters = r.filters(ty)?;
        let mut steps = Vec::new();
        // the types that a reference just named may lead to
        let mut targets: Option<&[&str]> = None;
        while r.at < text.len() {
            let begin = r.at;
            let to = if r.eat("->") {
                let word = r.word();
                ty = d.resource_named(word);
                match (ty, targets.take()) {
                    (None, _) => return fault(begin + 2, format!("R4 has no resource `{word}`")),
                    (_, None) => return fault(begin, "only a reference leads to another resource"),
                    (_, Some(t)) if !t.is_empty() && !t.contains(&word) => {
                        return fault(begin + 2, format!("this reference leads to {}, not to {word}", t.join(", ")));
                    }
                    _ => To::Resource(word.to_owned()),
                }
            } else if r.eat(".extension:") {
                let name = r.word();
                ty = None;
                match extension(name) {
                    Some(url) => To::Extension(url),
                    None => return fault(begin + 11, format!("no pack declares the extension `{name}`")),
                }
            } else if r.eat(".") {
                let word = r.word();
                let Some(outer) = ty else { return fault(begin, "nothing can follow an element of several types") };
                let choice = r.eat("[x]");
                let element = d.element(outer, word).filter(|_| !choice);
                targets = element.filter(|e| d.name(e.ty) == "Reference").map(|e| e.targets);
                ty = if choice { d.choice(outer, word).map(|_| None) } else { element.map(|e| Some(e.ty)) }
                    .ok_or_else(|| PathFault {
                        at: begin + 1,
                        message: format!(
                            "{} has no element `{word}{}`",
                            d.name(outer),
                            if choice { "[x]" } else { "" }
                        ),
                    })?;
                if choice { To::Choice(word.to_owned()) } else { To::Element(word.to_owned()) }
            } else {
                return fault(begin, "expected `.element`, `.extension:NAME` or `->Resource`");
            };
            steps.push(Step { to, filters: r.filters(ty)? });
        }
        Ok(BundlePath { start, filters, steps })
    }

    /// Whether it begins at a section.
    pub fn of_section(&self) -> bool {
        self.start == Start::Section
    }

    /// The entries that it leads to: those of the resources that it begins or ends at.
    pub fn entries<'b>(&self, bundle: &Entries<'b>) -> Vec<&'b Entry> {
        let found = self.find(bundle, &[]);
        let leads = |e: &Entry| found.iter().any(|f| matches!(f, Found::Object(o) if std::ptr::eq(*o, &e.resource)));
        bundle.all.iter().filter(|e| leads(e)).collect()
    }

    /// What it finds in a bundle, in its order; below the given sections when it begins at one.
    pub fn find<'b>(&self, bundle: &Entries<'b>, sections: &[&'b Object]) -> Vec<Found<'b>> {
        let mut found: Vec<Found<'b>> = match &self.start {
            Start::Section => sections.iter().map(|s| Found::Object(s)).collect(),
            Start::Type(ty) => {
                bundle.all.iter().filter(|e| e.resource_type == ty).map(|e| Found::Object(&e.resource)).collect()
            }
        };
        found.retain(|f| keep(f, &self.filters));
        for step in &self.steps {
            let mut next = Vec::new();
            for f in &found {
                step.to.follow(f, bundle, &mut next);
            }
            next.retain(|f| keep(f, &step.filters));
            found = next;
        }
        found
    }
}

/// Something that a path found.
#[derive(Debug, Clone, Copy)]
pub enum Found<'b> {
    /// a resource, or a complex element
    Object(&'b Object),
    /// a primitive
    Primitive(&'b Value),
}

impl<'b> Found<'b> {
    fn of(value: &'b Value) -> impl Iterator<Item = Found<'b>> {
        value.items().iter().filter_map(|v| match v {
            Value::Object(o) => Some(Found::Object(o)),
            Value::Array(_) | Value::Null => None,
            other => Some(Found::Primitive(other)),
        })
    }

    /// How much it says.
    pub fn says(&self) -> Says {
        let Found::Object(o) = self else { return Says::Data };
        if let Some(codings) = o.get("coding") {
            let coded = codings.items().iter().filter_map(Value::as_object).any(|c| c.get("code").is_some());
            return if coded { Says::Data } else { Says::Words };
        }
        match o.0.iter().filter(|(k, _)| !matches!(*k, "extension" | "id")).collect::<Vec<_>>()[..] {
            [] => Says::Nothing,
            [(only, _)] if matches!(*only, "text" | "display") => Says::Words,
            _ => Says::Data,
        }
    }
}

/// How much something says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Says {
    /// a reason why there is nothing
    Nothing,
    /// words without a code
    Words,
    /// a code, a date, a name, a reference …
    Data,
}

/// The entries of a bundle, and which of them an address leads to.
#[derive(Debug)]
pub struct Entries<'b> {
    all: &'b [Entry],
    by_url: FxHashMap<CompactString, usize>,
}

impl<'b> Entries<'b> {
    /// The entries of a bundle.
    pub fn new(all: &'b [Entry]) -> Entries<'b> {
        Entries { all, by_url: all.iter().enumerate().map(|(i, e)| (identity::urn(e.id), i)).collect() }
    }

    /// The entries.
    pub fn all(&self) -> &'b [Entry] {
        self.all
    }

    /// The entry of an address.
    pub fn at(&self, url: &str) -> Option<&'b Entry> {
        self.by_url.get(url).map(|i| &self.all[*i])
    }
}

impl To {
    fn follow<'b>(&self, from: &Found<'b>, bundle: &Entries<'b>, out: &mut Vec<Found<'b>>) {
        let Found::Object(o) = from else { return };
        match self {
            To::Element(name) => out.extend(o.get(name).into_iter().flat_map(Found::of)),
            To::Choice(base) => out.extend(
                o.0.iter()
                    .filter(|(k, _)| {
                        k.strip_prefix(base.as_str()).is_some_and(|t| t.starts_with(|c: char| c.is_ascii_uppercase()))
                    })
                    .flat_map(|(_, v)| Found::of(v)),
            ),
            To::Extension(url) => {
                let all = o.get("extension").map(Value::items).unwrap_or_default();
                let named = all.iter().filter_map(Value::as_object).filter(|e| e.str("url") == Some(url));
                for e in named {
                    match e.0.iter().find(|(k, _)| k.starts_with("value")) {
                        Some((_, value)) => out.extend(Found::of(value)),
                        None => out.push(Found::Object(e)),
                    }
                }
            }
            To::Resource(ty) => {
                let entry = o.str("reference").and_then(|url| bundle.at(url));
                out.extend(entry.filter(|e| e.resource_type == ty).map(|e| Found::Object(&e.resource)));
            }
        }
    }
}

fn keep(found: &Found<'_>, filters: &[Filter]) -> bool {
    let Found::Object(o) = found else { return filters.is_empty() };
    filters.iter().all(|f| o.get(&f.element).is_some_and(|v| has(v, &f.value)) == f.equal)
}

/// Whether a primitive, or one of the codes of a concept, is the text.
fn has(value: &Value, text: &str) -> bool {
    value.items().iter().any(|v| match v {
        Value::String(s) => s == text,
        Value::Bool(b) => (if *b { "true" } else { "false" }) == text,
        Value::Number(n) => n == text,
        Value::Object(o) => o.str("code") == Some(text) || o.get("coding").is_some_and(|codings| has(codings, text)),
        _ => false,
    })
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn eat(&mut self, word: &str) -> bool {
        let there = self.text[self.at..].starts_with(word);
        if there {
            self.at += word.len();
        }
        there
    }

    fn word(&mut self) -> &'t str {
        let rest = &self.text[self.at..];
        // a hyphen belongs to the names of extensions, but not when it begins an arrow
        let end = rest
            .char_indices()
            .find(|(i, c)| !(c.is_ascii_alphanumeric() || *c == '_' || *c == '-' && !rest[*i..].starts_with("->")))
            .map_or(rest.len(), |(i, _)| i);
        self.at += end;
        &rest[..end]
    }

    /// `[element='value']`, any number of them.
    fn filters(&mut self, ty: Option<TypeId>) -> Result<Vec<Filter>, PathFault> {
        let mut filters = Vec::new();
        while self.text[self.at..].starts_with('[') {
            self.at += 1;
            let begin = self.at;
            let element = self.word().to_owned();
            if let Some(ty) = ty.filter(|t| Definitions::get().element(*t, &element).is_none()) {
                let mut message = String::new();
                let _ = write!(message, "{} has no element `{element}`", Definitions::get().name(ty));
                return fault(begin, message);
            }
            let equal = !self.eat("!=");
            if equal && !self.eat("=") || !self.eat("'") {
                return fault(self.at, "a test is written [element='value'] or [element!='value']");
            }
            let Some(end) = self.text[self.at..].find("']") else {
                return fault(self.at, "the value of a test ends with a quote and a bracket: ']");
            };
            filters.push(Filter { element, value: self.text[self.at..self.at + end].to_owned(), equal });
            self.at += end + 2;
        }
        Ok(filters)
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use uuid::Uuid;

    fn parse(text: &str) -> Result<BundlePath, PathFault> {
        BundlePath::parse(text, &|name| (name == "known").then(|| "https://x/known".to_owned()))
    }

    fn entry(n: u128, body: &str) -> Entry {
        let resource = read::resource(body.as_bytes()).expect("a resource").resource;
        let ty = match resource.str("resourceType") {
            Some("Patient") => "Patient",
            Some("Practitioner") => "Practitioner",
            _ => "Condition",
        };
        Entry { id: Uuid::from_u128(n), resource_type: ty, resource, condition: None }
    }

    fn says(path: &str, entries: &[Entry]) -> Vec<Says> {
        parse(path).expect(path).find(&Entries::new(entries), &[]).iter().map(Found::says).collect()
    }

    #[test]
    fn data_words_and_nothing_are_told_apart() {
        let entries = [
            entry(
                1,
                r#"{"resourceType":"Patient","extension":[{"url":"https://x/known","valueCode":"a"}],
                "identifier":[{"system":"https://a/b.c","value":"1"},{"system":"https://other","value":"2"}],
                "generalPractitioner":[{"reference":"urn:uuid:00000000-0000-0000-0000-000000000002"},{"display":"Dr X"}],
                "deceasedBoolean":true}"#,
            ),
            entry(2, r#"{"resourceType":"Practitioner","name":[{"family":"A"}]}"#),
            entry(
                3,
                r#"{"resourceType":"Condition","verificationStatus":{"coding":[{"code":"refuted"}]},"code":{"text":"gout"},
                "subject":{"display":"x"},"severity":{"extension":[{"url":"u","valueCode":"unknown"}]}}"#,
            ),
        ];
        assert_eq!(says("Patient.identifier[system='https://a/b.c'].value", &entries), [Says::Data]);
        assert_eq!(says("Patient.generalPractitioner", &entries), [Says::Data, Says::Words]);
        assert_eq!(says("Patient.generalPractitioner->Practitioner.name", &entries), [Says::Data]);
        assert_eq!(says("Patient.generalPractitioner->Organization.name", &entries), []);
        assert_eq!(says("Patient.extension:known", &entries), [Says::Data]);
        assert_eq!(says("Patient.deceased[x]", &entries), [Says::Data]);
        let ids = |p: &str| {
            parse(p).expect(p).entries(&Entries::new(&entries)).iter().map(|e| e.id.as_u128()).collect::<Vec<_>>()
        };
        assert_eq!(ids("Condition"), [3]);
        assert_eq!(ids("Patient.generalPractitioner->Practitioner"), [2]);
        assert_eq!(ids("Patient.deceased[x]"), []);
        assert_eq!(says("Condition.code", &entries), [Says::Words]);
        assert_eq!(says("Condition[verificationStatus!='refuted'].code", &entries), []);
        assert_eq!(says("Condition[verificationStatus='refuted'].severity", &entries), [Says::Nothing]);
    }

    #[test]
    fn what_r4_does_not_have_is_refused_where_it_stands() {
        let at = |text: &str| parse(text).unwrap_err().at;
        assert_eq!(at("Pateint.name"), 0);
        assert_eq!(at("Patient.nome"), 8);
        assert_eq!(at("Patient.name.nome"), 13);
        assert_eq!(at("Patient.extension:other"), 18);
        assert_eq!(at("Patient.identifier[sistem='x']"), 19);
        assert_eq!(at("Patient.generalPractitioner->Doctor"), 29);
        assert_eq!(at("Patient.generalPractitioner->Condition.code"), 29);
        assert_eq!(at("Patient.name->Practitioner.name"), 12);
        assert_eq!(at("Patient.identifier[system=x]"), 26);
        assert_eq!(at("Patient/name"), 7);
        assert!(parse("section.entry->Condition.code").is_ok_and(|p| p.of_section()));
    }
}
