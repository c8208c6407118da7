//! Values as JSON text.
//!
//! The structure is written here because decimals must keep their digits and a tree of `serde_json::Value` would cost a
//! second copy of every bundle; strings because nearly all of them need no escape and are then one copy.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::bytes;
use super::value::{Object, Value};
/// Writes values as JSON, compact or with two spaces of indentation.
pub struct Writer {
    out: Vec<u8>,
    pretty: bool,
    depth: usize,
}

/// Two digits of base64 for each twelve bits.
static PAIRS: [[u8; 2]; 4096] = {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut pairs = [[0; 2]; 4096];
    let mut i = 0;
    while i < 4096 {
        pairs[i] = [DIGITS[i >> 6], DIGITS[i & 63]];
        i += 1;
    }
    pairs
};

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
            Value::Data(data) => self.data(data),
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
        let end: &[u8] = if self.pretty { b"\": " } else { b"\":" };
        self.out.reserve(key.len() + 4);
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(end);
    }

    /// What stands between a name that was written as a string and its value.
    pub fn colon(&mut self) {
        self.out.push(b':');
        if self.pretty {
            self.out.push(b' ');
        }
    }

    /// A string, escaped.
    pub fn string(&mut self, text: &str) {
        self.out.push(b'"');
        self.escaped(text);
        self.out.push(b'"');
    }

    /// Several texts as one string, escaped.
    pub fn strings(&mut self, texts: &[&str]) {
        self.out.push(b'"');
        texts.iter().for_each(|text| self.escaped(text));
        self.out.push(b'"');
    }

    #[inline]
    fn escaped(&mut self, text: &str) {
        let mut rest = text.as_bytes();
        self.out.reserve(rest.len() + 1);
        while let Some(at) = bytes::first_escaped(rest) {
            self.out.extend_from_slice(&rest[..at]);
            self.escape(rest[at]);
            rest = &rest[at + 1..];
        }
        self.out.extend_from_slice(rest);
    }

    /// Bytes as base64 (RFC 4648 §4, padded), which needs no escape.
    fn data(&mut self, data: &[u8]) {
        self.out.push(b'"');
        let start = self.out.len();
        self.out.resize(start + data.len().div_ceil(3) * 4, 0);
        let groups = data.chunks_exact(3);
        let rest = groups.remainder();
        let mut out = self.out[start..].chunks_exact_mut(4);
        // whole groups by pairs of digits, twice as quick as digit by digit: the original of a document goes through here
        for (group, digits) in groups.zip(&mut out) {
            let bits = usize::from(group[0]) << 16 | usize::from(group[1]) << 8 | usize::from(group[2]);
            digits[..2].copy_from_slice(&PAIRS[bits >> 12]);
            digits[2..].copy_from_slice(&PAIRS[bits & 0xfff]);
        }
        if let Some(digits) = out.next() {
            STANDARD.encode_slice(rest, digits).expect("room for a group");
        }
        self.out.push(b'"');
    }

    fn escape(&mut self, byte: u8) {
        let short = match byte {
            b'"' | b'\\' => byte,
            b'\n' => b'n',
            b'\t' => b't',
            b'\r' => b'r',
            0x08 => b'b',
            0x0c => b'f',
            _ => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                self.out.extend_from_slice(b"\\u00");
                self.out.extend([HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
                return;
            }
        };
        self.out.extend([b'\\', short]);
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

/// Bytes as base64 (RFC 4648 §4, padded), as a base64Binary has them.
pub fn base64(data: &[u8]) -> String {
    STANDARD.encode(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_written_as_base64() {
        for (data, text) in [(&b""[..], "\"\""), (b"a", "\"YQ==\""), (b"ab", "\"YWI=\""), (b"abc\xff", "\"YWJj/w==\"")]
        {
            let mut w = Writer::new(false);
            w.value(&Value::Data(data.into()));
            assert_eq!(w.finish(), text.as_bytes());
        }
        let all: Vec<u8> = (0..=255u8).cycle().step_by(7).take(1000).collect();
        for length in 990..=1000 {
            let mut w = Writer::new(false);
            w.value(&Value::Data(all[..length].into()));
            assert_eq!(w.finish(), format!("\"{}\"", STANDARD.encode(&all[..length])).as_bytes());
        }
    }

    #[test]
    fn strings_are_escaped_as_serde_json_does() {
        let mut all: String = (0..=0x2ff).filter_map(char::from_u32).collect();
        all.push_str("\"quoted\" \\ back ä€😀 and a long tail without anything to escape");
        for text in ["", "\"", "plain", all.as_str(), &all[..130]] {
            let mut w = Writer::new(false);
            w.string(text);
            assert_eq!(w.finish(), serde_json::to_vec(text).expect("memory"));
        }
    }
}
