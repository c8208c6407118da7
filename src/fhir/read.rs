//! JSON text as a value: for bundles that were written before (`--previous`), for regression and for tests.
//!
//! Not `serde_json::Value`: that would turn `1.50` into a binary number, and names must become the names of the
//! definitions. Names that R4 does not know are left out and listed.

use std::borrow::Cow;
use std::fmt;

use compact_str::CompactString;

use super::definitions::{Definitions, Kind, TypeId};
use super::value::{Object, Value};

/// Deeper nesting than any resource needs is refused, so that hostile input cannot exhaust the stack.
const MAX_DEPTH: usize = 128;

/// A resource as read, and what was left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// The resource
    pub resource: Object,
    /// Paths of elements that R4 does not have: `Patient.contact[0].shoeSize`
    pub unknown: Vec<String>,
}

/// Why text is not a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadError {
    /// Where in the text, in bytes
    pub offset: usize,
    /// What is wrong
    pub reason: &'static str,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.reason, self.offset)
    }
}

impl std::error::Error for ReadError {}

/// Reads one resource.
pub fn resource(json: &[u8]) -> Result<Read, ReadError> {
    let raw = document(json)?;
    let Raw::Object(members) = raw else { return Err(ReadError { offset: 0, reason: "not a JSON object" }) };
    let Some(ty) = resource_type(&members) else {
        return Err(ReadError { offset: 0, reason: "no resourceType that is known" });
    };
    let mut typed = Typed { path: Definitions::get().name(ty).to_owned(), unknown: Vec::new() };
    let resource = typed.object(members, ty);
    Ok(Read { resource, unknown: typed.unknown })
}

/// Reads one element of the given type; with the paths of what R4 does not have.
pub fn element(json: &[u8], ty: TypeId) -> Result<(Value, Vec<String>), ReadError> {
    let raw = document(json)?;
    let mut typed = Typed { path: Definitions::get().name(ty).to_owned(), unknown: Vec::new() };
    let value = typed.value(raw, ty);
    Ok((value.unwrap_or(Value::Null), typed.unknown))
}

/// JSON before its names are known.
enum Raw<'a> {
    Null,
    Bool(bool),
    Number(&'a str),
    String(Cow<'a, str>),
    Array(Vec<Raw<'a>>),
    Object(Vec<(Cow<'a, str>, Raw<'a>)>),
}

fn resource_type(members: &[(Cow<'_, str>, Raw<'_>)]) -> Option<TypeId> {
    match members.iter().find(|(k, _)| k == "resourceType")? {
        (_, Raw::String(name)) => Definitions::get().resource_named(name),
        _ => None,
    }
}

/// Gives names and types to raw JSON.
struct Typed {
    path: String,
    unknown: Vec<String>,
}

impl Typed {
    fn value(&mut self, raw: Raw<'_>, ty: TypeId) -> Option<Value> {
        Some(match raw {
            Raw::Null => Value::Null,
            Raw::Bool(b) => Value::Bool(b),
            Raw::Number(digits) => Value::Number(CompactString::new(digits)),
            Raw::String(s) => Value::String(CompactString::from(s)),
            Raw::Array(items) => {
                let mut out = Vec::with_capacity(items.len());
                for (i, item) in items.into_iter().enumerate() {
                    let length = self.path.len();
                    self.path.push_str(&format!("[{i}]"));
                    out.extend(self.value(item, ty));
                    self.path.truncate(length);
                }
                Value::Array(out)
            }
            Raw::Object(members) => {
                let ty = match Definitions::get().kind(ty) {
                    Kind::Resource => match resource_type(&members) {
                        Some(actual) => actual,
                        None => {
                            self.unknown.push(self.path.clone());
                            return None;
                        }
                    },
                    _ => ty,
                };
                Value::Object(self.object(members, ty))
            }
        })
    }

    fn object(&mut self, members: Vec<(Cow<'_, str>, Raw<'_>)>, ty: TypeId) -> Object {
        let d = Definitions::get();
        let element = d.type_named("Element").expect("an R4 type");
        let mut out = Object(Vec::with_capacity(members.len()));
        for (name, raw) in members {
            if name == "resourceType" && d.kind(ty) == Kind::Resource {
                out.0.push(("resourceType", Value::string(d.name(ty))));
                continue;
            }
            let known = match d.element(ty, &name) {
                Some(e) => Some((e.key, e.ty)),
                None => d.element_of_underscore(ty, &name).map(|e| (e.underscore, element)),
            };
            let length = self.path.len();
            self.path.push('.');
            self.path.push_str(&name);
            match known {
                Some((key, ty)) => out.0.extend(self.value(raw, ty).map(|v| (key, v))),
                None => self.unknown.push(self.path.clone()),
            }
            self.path.truncate(length);
        }
        out
    }
}

fn document(json: &[u8]) -> Result<Raw<'_>, ReadError> {
    let mut p = Parser { json, at: if json.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 } };
    let raw = p.value(0)?;
    p.space();
    if p.at < json.len() { Err(p.error("text after the end")) } else { Ok(raw) }
}

/// A JSON parser that keeps the digits of numbers.
struct Parser<'a> {
    json: &'a [u8],
    at: usize,
}

impl<'a> Parser<'a> {
    fn error(&self, reason: &'static str) -> ReadError {
        ReadError { offset: self.at, reason }
    }

    fn peek(&self) -> u8 {
        self.json.get(self.at).copied().unwrap_or(0)
    }

    fn space(&mut self) {
        while matches!(self.peek(), b' ' | b'\t' | b'\r' | b'\n') {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8, reason: &'static str) -> Result<(), ReadError> {
        self.space();
        if self.peek() != byte {
            return Err(self.error(reason));
        }
        self.at += 1;
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<Raw<'a>, ReadError> {
        if depth > MAX_DEPTH {
            return Err(self.error("nested too deeply"));
        }
        self.space();
        match self.peek() {
            b'{' => self.object(depth),
            b'[' => self.array(depth),
            b'"' => Ok(Raw::String(self.string()?)),
            b't' => self.word("true", Raw::Bool(true)),
            b'f' => self.word("false", Raw::Bool(false)),
            b'n' => self.word("null", Raw::Null),
            _ => self.number(),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Raw<'a>, ReadError> {
        self.at += 1;
        let mut members = Vec::new();
        self.space();
        if self.peek() == b'}' {
            self.at += 1;
            return Ok(Raw::Object(members));
        }
        loop {
            self.space();
            if self.peek() != b'"' {
                return Err(self.error("a name is expected"));
            }
            let name = self.string()?;
            self.expect(b':', "a colon is expected")?;
            members.push((name, self.value(depth + 1)?));
            self.space();
            if self.peek() == b',' {
                self.at += 1;
            } else {
                self.expect(b'}', "a comma or the end of the object is expected")?;
                return Ok(Raw::Object(members));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Raw<'a>, ReadError> {
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.peek() == b']' {
            self.at += 1;
            return Ok(Raw::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.space();
            if self.peek() == b',' {
                self.at += 1;
            } else {
                self.expect(b']', "a comma or the end of the list is expected")?;
                return Ok(Raw::Array(items));
            }
        }
    }

    fn word(&mut self, word: &str, raw: Raw<'a>) -> Result<Raw<'a>, ReadError> {
        if !self.json[self.at..].starts_with(word.as_bytes()) {
            return Err(self.error("not a JSON value"));
        }
        self.at += word.len();
        Ok(raw)
    }

    fn string(&mut self) -> Result<Cow<'a, str>, ReadError> {
        let start = self.at;
        self.at += 1;
        let mut plain = true;
        loop {
            match self.json.get(self.at) {
                None => return Err(self.error("a string has no end")),
                Some(b'"') => break,
                Some(b'\\') => {
                    plain = false;
                    self.at += 2;
                }
                Some(_) => self.at += 1,
            }
        }
        self.at += 1;
        let text = &self.json[start..self.at];
        let bad = ReadError { offset: start, reason: "not a valid string" };
        if plain {
            std::str::from_utf8(&text[1..text.len() - 1]).map(Cow::Borrowed).map_err(|_| bad)
        } else {
            serde_json::from_slice::<String>(text).map(Cow::Owned).map_err(|_| bad)
        }
    }

    fn number(&mut self) -> Result<Raw<'a>, ReadError> {
        let start = self.at;
        while matches!(self.peek(), b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E') {
            self.at += 1;
        }
        let digits = std::str::from_utf8(&self.json[start..self.at]).unwrap_or_default();
        // serde_json knows the grammar; only its verdict is used, the digits stay as they stand
        if serde_json::from_str::<f64>(digits).is_err() {
            self.at = start;
            return Err(self.error("not a JSON value"));
        }
        Ok(Raw::Number(digits))
    }
}

#[cfg(test)]
mod tests {
    use super::super::json::Writer;
    use super::*;

    fn back(resource: &Object) -> String {
        let mut w = Writer::new(false);
        w.object(resource);
        String::from_utf8(w.finish()).unwrap()
    }

    #[test]
    fn a_resource_comes_back_as_it_was() {
        let json = r#"{"resourceType":"Observation","id":"a","status":"final","code":{"text":"x\"y\nä"},"_issued":{"id":"i"},"valueQuantity":{"value":1.50},"component":[{"code":{"text":"z"},"valueBoolean":true}],"contained":[{"resourceType":"Patient","name":[{"given":["A",null],"_given":[null,{"id":"q"}]}]}]}"#;
        let read = resource(json.as_bytes()).unwrap();
        assert_eq!(back(&read.resource), json);
        assert!(read.unknown.is_empty());
    }

    #[test]
    fn names_unknown_to_r4_are_listed() {
        let json = br#" {"id":"a","contact":[{},{"shoeSize":[1]}],"resourceType":"Patient","contained":[{"resourceType":"Zebra"}]} "#;
        let read = resource(json).unwrap();
        assert_eq!(read.unknown, ["Patient.contact[1].shoeSize", "Patient.contained[0]"]);
        assert_eq!(back(&read.resource), r#"{"id":"a","contact":[{},{}],"resourceType":"Patient","contained":[]}"#);
    }

    #[test]
    fn an_element_of_a_type() {
        let ty = Definitions::get().type_named("Period").unwrap();
        let (value, unknown) = element(br#"{"start":"2020"}"#, ty).unwrap();
        assert_eq!(value.as_object().unwrap().str("start"), Some("2020"));
        assert!(unknown.is_empty());
    }

    #[test]
    fn bad_text_is_an_error_with_its_place() {
        let at = |json: &str| resource(json.as_bytes()).map(|_| ()).unwrap_err();
        assert_eq!(at("[]").reason, "not a JSON object");
        assert_eq!(at(r#"{"resourceType":"Zebra"}"#).reason, "no resourceType that is known");
        assert_eq!(at(r#"{"a" 1}"#), ReadError { offset: 5, reason: "a colon is expected" });
        assert_eq!(at(r#"{"a":01}"#).offset, 5);
        assert_eq!(at(r#"{"a":"b"#).reason, "a string has no end");
        assert_eq!(at(r#"{"a":"\q"}"#).reason, "not a valid string");
        assert_eq!(at(r#"{"a":1} x"#).reason, "text after the end");
        assert_eq!(at(&"[".repeat(100_000)).reason, "nested too deeply");
        assert_eq!(at("").offset, 0);
    }
}
