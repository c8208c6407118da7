//! Values as JSON text.
//!
//! Strings are escaped by serde_json; the structure is written here because decimals must keep their digits and a tree of
//! `serde_json::Value` would cost a second copy of every bundle.

use super::value::{Object, Value};

/// Writes values as JSON, compact or with two spaces of indentation.
pub struct Writer {
    out: Vec<u8>,
    pretty: bool,
    depth: usize,
}

impl Writer {
    /// A writer; `pretty` breaks lines and indents.
    pub fn new(pretty: bool) -> Writer {
        Writer { out: Vec::new(), pretty, depth: 0 }
    }

    /// A writer that expects about `capacity` bytes.
    pub fn with_capacity(pretty: bool, capacity: usize) -> Writer {
        Writer { out: Vec::with_capacity(capacity), pretty, depth: 0 }
    }

    /// What was written.
    pub fn finish(mut self) -> Vec<u8> {
        if self.pretty {
            self.out.push(b'\n');
        }
        self.out
    }

    /// Writes one value.
    pub fn value(&mut self, value: &Value) {
        match value {
            Value::Bool(true) => self.out.extend_from_slice(b"true"),
            Value::Bool(false) => self.out.extend_from_slice(b"false"),
            Value::Null | Value::Link(_) => self.out.extend_from_slice(b"null"),
            Value::Number(n) => self.out.extend_from_slice(n.as_bytes()),
            Value::String(s) => self.string(s),
            Value::Array(items) => {
                self.open(b'[');
                for (i, item) in items.iter().enumerate() {
                    self.separate(i);
                    self.value(item);
                }
                self.close(b']', items.is_empty());
            }
            Value::Object(o) => self.object(o),
        }
    }

    /// Writes an object.
    pub fn object(&mut self, object: &Object) {
        self.open(b'{');
        for (i, (key, value)) in object.0.iter().enumerate() {
            self.separate(i);
            self.key(key);
            self.value(value);
        }
        self.close(b'}', object.0.is_empty());
    }

    /// Begins a list or object.
    pub fn open(&mut self, bracket: u8) {
        self.out.push(bracket);
        self.depth += 1;
    }

    /// Ends a list or object.
    pub fn close(&mut self, bracket: u8, empty: bool) {
        self.depth -= 1;
        if !empty {
            self.line();
        }
        self.out.push(bracket);
    }

    /// What stands before item number `i` of a list or object.
    pub fn separate(&mut self, i: usize) {
        if i > 0 {
            self.out.push(b',');
        }
        self.line();
    }

    /// The name of an element; names need no escape.
    pub fn key(&mut self, key: &str) {
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(if self.pretty { b"\": " } else { b"\":" });
    }

    /// A string, escaped.
    pub fn string(&mut self, text: &str) {
        serde_json::to_writer(&mut self.out, text).expect("writing to memory cannot fail");
    }

    fn line(&mut self) {
        if self.pretty {
            self.out.push(b'\n');
            for _ in 0..self.depth {
                self.out.extend_from_slice(b"  ");
            }
        }
    }
}
