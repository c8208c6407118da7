//! What is kept of a converted document to compare it later: its resources as they are, long texts by their digest, and
//! how often each issue was reported.

use std::collections::BTreeMap;

use compact_str::CompactString;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::convert::Conversion;
use crate::fhir::definitions::Definitions;
use crate::fhir::identity;
use crate::fhir::json::{Writer, base64};
use crate::fhir::read;
use crate::fhir::value::{Object, Value};

/// Texts of more bytes are kept by their beginning, their length and their digest: whether they are the same can still
/// be told, and a baseline stays small.
const LONG: usize = 300;
/// Characters that are kept of them.
const BEGINNING: usize = 120;

/// A document, converted or refused.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// path below the folder that was given, with `/`
    pub name: String,
    /// SHA-1 of its bytes; empty when they could not be read
    pub digest: String,
    /// its resources, or the code of the refusal
    pub made: Result<Made, String>,
}

/// What a document gave.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Made {
    /// by type and id
    pub resources: Vec<Resource>,
    /// `warning statement-not-mapped` → how often
    pub issues: BTreeMap<String, u32>,
}

/// A resource with the rules that made it.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// its type
    pub ty: &'static str,
    /// its id
    pub id: CompactString,
    /// the rules that had a part in it
    pub rules: Vec<String>,
    /// the elements, with `resourceType` and `id`
    pub object: Object,
}

impl Made {
    /// What a conversion gave. `rule` names a rule of its plan.
    pub fn of(conversion: Conversion, rule: &dyn Fn(crate::convert::RuleId) -> String) -> Made {
        let mut rules: BTreeMap<_, _> = conversion.origins.into_iter().map(|o| (o.id, o.rules)).collect();
        let mut resources: Vec<Resource> = Vec::with_capacity(conversion.bundle.entries.len());
        for entry in conversion.bundle.entries {
            let mut object = entry.resource;
            shorten(&mut object);
            if entry.resource_type == "Provenance" {
                without_version(&mut object);
            }
            let mut rules: Vec<String> = rules.remove(&entry.id).unwrap_or_default().into_iter().map(rule).collect();
            rules.sort();
            resources.push(Resource { ty: entry.resource_type, id: identity::text(entry.id), rules, object });
        }
        // the order of a bundle says nothing but which comes first on the wire
        resources.sort_by(|a, b| (a.ty, &a.id).cmp(&(b.ty, &b.id)));
        let mut issues = BTreeMap::new();
        for i in conversion.issues {
            *issues.entry(format!("{} {}", i.severity.code(), i.code)).or_default() += 1;
        }
        Made { resources, issues }
    }
}

/// Keeps of long texts what tells them apart.
fn shorten(object: &mut Object) {
    for (key, value) in &mut object.0 {
        let one = |v: &mut Value| {
            // what is read back from a baseline is text
            if let Value::Data(data) = v {
                *v = Value::String(base64(data).into());
            }
            match v {
                Value::Object(o) => shorten(o),
                Value::String(s) if s.len() > LONG => *s = beginning(key, s),
                _ => {}
            }
        };
        match value {
            Value::Array(items) => items.iter_mut().for_each(one),
            other => one(other),
        }
    }
}

fn beginning(key: &str, text: &str) -> CompactString {
    let mut start = String::new();
    let mut within_tag = false;
    // of narrative, what is read; tags say little in an excerpt
    for c in text.chars() {
        match c {
            '<' if key == "div" => within_tag = true,
            '>' if within_tag => {
                within_tag = false;
                if !start.is_empty() && !start.ends_with(' ') {
                    start.push(' ');
                }
            }
            c if c.is_whitespace() && (start.is_empty() || start.ends_with(' ')) => {}
            c if !within_tag => start.push(c),
            _ => {}
        }
        if start.len() >= BEGINNING {
            break;
        }
    }
    let digest = identity::digest(text.as_bytes());
    format!("{} … [{} bytes, digest {}]", start.trim_end(), text.len(), &digest[..16]).into()
}

/// The program and the tables that made a resource stand in the header of a baseline; here they would make a difference of
/// every document.
fn without_version(provenance: &mut Object) {
    let Some(Value::Array(agents)) = provenance.get_mut("agent") else { return };
    for agent in agents {
        if let Value::Object(agent) = agent
            && let Some(Value::Object(who)) = agent.get_mut("who")
            && who.str("display").is_some_and(|d| d.starts_with("granule ") && d.contains("(mappings "))
        {
            who.set("display", Value::string("granule"));
        }
    }
}

impl Document {
    /// The document as one line of JSON, without the line's end.
    pub fn to_line(&self) -> Vec<u8> {
        let mut w = Writer::new(false);
        let mut n = 0;
        let mut member = |w: &mut Writer, key: &str| {
            w.separate(n);
            n += 1;
            w.key(key);
        };
        w.open(b'{');
        member(&mut w, "name");
        w.string(&self.name);
        member(&mut w, "digest");
        w.string(&self.digest);
        match &self.made {
            Err(code) => {
                member(&mut w, "refused");
                w.string(code);
            }
            Ok(made) => {
                member(&mut w, "issues");
                w.open(b'{');
                for (i, (code, times)) in made.issues.iter().enumerate() {
                    w.separate(i);
                    w.string(code);
                    w.colon();
                    w.value(&Value::Number(times.to_string().into()));
                }
                w.close(b'}', made.issues.is_empty());
                member(&mut w, "resources");
                w.open(b'[');
                for (i, r) in made.resources.iter().enumerate() {
                    w.separate(i);
                    let rules = r.rules.iter().map(|r| Value::string(r.as_str())).collect();
                    w.open(b'{');
                    w.separate(0);
                    w.key("rules");
                    w.value(&Value::Array(rules));
                    w.separate(1);
                    w.key("resource");
                    w.object(&r.object);
                    w.close(b'}', false);
                }
                w.close(b']', made.resources.is_empty());
            }
        }
        w.close(b'}', false);
        w.finish()
    }

    /// A document from its line.
    ///
    /// # Errors
    /// What is wrong with the line, without content of it.
    pub fn from_line(line: &[u8]) -> Result<Document, String> {
        let read: Line<'_> = serde_json::from_slice(line).map_err(|e| format!("column {}", e.column()))?;
        let made = match read.refused {
            Some(code) => Err(code),
            None => {
                let resources = read.resources.into_iter().map(resource).collect::<Result<_, _>>()?;
                Ok(Made { resources, issues: read.issues })
            }
        };
        Ok(Document { name: read.name, digest: read.digest, made })
    }
}

#[derive(Deserialize)]
struct Line<'l> {
    name: String,
    digest: String,
    refused: Option<String>,
    #[serde(default)]
    issues: BTreeMap<String, u32>,
    #[serde(default, borrow)]
    resources: Vec<ResourceLine<'l>>,
}

#[derive(Deserialize)]
struct ResourceLine<'l> {
    rules: Vec<String>,
    #[serde(borrow)]
    resource: &'l RawValue,
}

fn resource(line: ResourceLine<'_>) -> Result<Resource, String> {
    let object = read::resource(line.resource.get().as_bytes()).map_err(|e| e.to_string())?.resource;
    let d = Definitions::get();
    let ty = object.str("resourceType").and_then(|t| d.resource_named(t)).map(|t| d.name(t));
    let (Some(ty), Some(id)) = (ty, object.str("id")) else { return Err("a resource without type or id".into()) };
    Ok(Resource { ty, id: id.into(), rules: line.rules, object })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_comes_back_as_it_was() {
        let json = br#"{"resourceType":"Observation","id":"a","valueQuantity":{"value":1.50},"note":[{"text":"a \"b\" \u00e4"}]}"#;
        let object = read::resource(json).unwrap().resource;
        let r = Resource { ty: "Observation", id: "a".into(), rules: vec!["result".into()], object };
        let issues = BTreeMap::from([("warning x".to_owned(), 2)]);
        let document = Document {
            name: "a/b \"c\".xml".into(),
            digest: "0f".into(),
            made: Ok(Made { resources: vec![r], issues }),
        };
        assert_eq!(Document::from_line(&document.to_line()).unwrap(), document);
        let refused = Document { name: "x".into(), digest: String::new(), made: Err("malformed".into()) };
        assert_eq!(Document::from_line(&refused.to_line()).unwrap(), refused);
        assert!(Document::from_line(b"{\"name\":1}").is_err());
    }

    #[test]
    fn long_texts_are_told_apart_by_their_digest() {
        let long = |end: &str| format!("<div xmlns=\"x\"><p>Take two</p>{}{end}</div>", "x".repeat(400));
        let (a, b) = (beginning("div", &long("a")), beginning("div", &long("b")));
        assert!(a.starts_with("Take two xxx") && a.contains("bytes, digest "), "{a}");
        assert_ne!(a, b);
        let mut o = Object::new().with_str("div", long("a").as_str());
        shorten(&mut o);
        assert_eq!(o.str("div"), Some(a.as_str()));
    }
}
