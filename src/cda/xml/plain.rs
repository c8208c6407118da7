//! One pass over XML that is beyond doubt.
//!
//! It gives up (`None`) at whatever is not ordinary, well-formed XML or would take thought: names outside ASCII, unknown
//! references, prefixes not declared, attributes of the same local name, a document type declaration. Giving up costs
//! time, never content: [`judge`](super::judge) then reads the piece from its beginning.
//!
//! The text must be free of the characters that XML forbids, as decoding leaves it.

use memchr::{memchr, memchr2, memmem};

use super::{ATTRIBUTES, AttributeItem, ITEMS, Item, LONGEST, NONE, Span, TEXT, Xml, made};
use super::{bytes, namespaces};
use crate::cda::names::{Name, Names, XSI, name};
use crate::cda::scan::Scope;
use crate::cda::spare;
use crate::short::same;

/// What a namespace is to the names that are asked for.
#[derive(Clone, Copy)]
enum Namespace {
    /// one that no table has declared, or none
    Unknown,
    Known(usize),
    /// that of `xsi:type`
    Instance,
}

impl Namespace {
    fn of(uri: &str, names: &Names) -> Namespace {
        match names.namespace(uri) {
            _ if uri == XSI => Namespace::Instance,
            Some(number) => Namespace::Known(number),
            None => Namespace::Unknown,
        }
    }

    fn element(self, local: &str, names: &Names) -> Name {
        match self {
            Namespace::Known(number) => names.get(number, local),
            Namespace::Instance => names.namespace(XSI).map_or(Name::OTHER, |number| names.get(number, local)),
            Namespace::Unknown => Name::OTHER,
        }
    }

    fn attribute(self, local: &str, names: &Names) -> Name {
        match self {
            Namespace::Instance if local == "type" => name::XSI_TYPE,
            _ => self.element(local, names),
        }
    }
}

/// A prefix and what it stands for.
struct Binding<'a> {
    prefix: &'a [u8],
    namespace: Namespace,
}

/// An element whose end tag has not come.
struct Open<'a> {
    item: u32,
    /// the name as written, which the end tag must repeat
    name: &'a [u8],
    /// how many prefixes were bound around it
    bindings: usize,
    /// the default namespace around it
    default: Namespace,
}

/// A name as written: where it stands, and where its local part begins.
#[derive(Clone, Copy)]
struct QName {
    start: usize,
    local: usize,
    end: usize,
}

impl QName {
    fn prefixed(self) -> bool {
        self.local > self.start
    }

    fn span(self) -> Span {
        span(self.local, self.end)
    }
}

/// Offsets fit: a source longer than [`LONGEST`] is not taken.
fn span(start: usize, end: usize) -> Span {
    Span { start: start as u32, len: (end - start) as u32 }
}

pub(super) fn document<'d>(source: &'d str, names: &Names) -> Option<Xml<'d>> {
    let mut p = Plain::new(source, names)?;
    p.prolog()?;
    if !p.start_tag()? {
        p.content(0)?;
    }
    p.epilog()?;
    Some(p.xml)
}

pub(super) fn element<'d>(source: &'d str, scope: &Scope, names: &Names) -> Option<Xml<'d>> {
    let mut p = Plain::new(source, names)?;
    let declared = scope.in_force();
    for n in &declared {
        let namespace = Namespace::of(&n.uri, names);
        if n.prefix.is_empty() {
            p.default = namespace;
        } else if matches!(&*n.prefix, "xml" | "xmlns") {
            return None;
        } else {
            p.bindings.push(Binding { prefix: n.prefix.as_bytes(), namespace });
        }
    }
    let wrapper = p.xml.keep("w")?;
    let item = Item { parent: NONE, end: 0, at: 0, span: wrapper, attributes: 0, attributes_len: 0, name: Name::OTHER };
    p.xml.items.push(item);
    p.open.push(Open { item: 0, name: b"", bindings: 0, default: Namespace::Unknown });
    if !p.start_tag()? {
        p.content(1)?;
    }
    if p.at != source.len() {
        return None;
    }
    let items = p.xml.items.len() as u32;
    p.xml.items[0].end = items;
    Some(p.xml)
}

struct Plain<'a, 'd> {
    bytes: &'d [u8],
    at: usize,
    names: &'a Names,
    default: Namespace,
    /// whether the tag being read has declared it
    default_declared: bool,
    bindings: Vec<Binding<'a>>,
    open: Vec<Open<'d>>,
    /// prefixed attributes of the tag being read, whose prefix may be declared after them
    prefixed: Vec<(usize, QName)>,
    /// whether the last thing read was text, which more text joins
    after_text: bool,
    xml: Xml<'d>,
}

impl<'a, 'd: 'a> Plain<'a, 'd> {
    fn new(source: &'d str, names: &'a Names) -> Option<Self> {
        if source.len() > LONGEST {
            return None;
        }
        // about what ordinary CDA holds: an element or text every 30 bytes, an attribute every 45
        let items = spare::take(&ITEMS, source.len() / 30 + 8);
        let attributes = spare::take(&ATTRIBUTES, source.len() / 45 + 8);
        Some(Plain {
            bytes: source.as_bytes(),
            at: 0,
            names,
            default: Namespace::Unknown,
            default_declared: false,
            bindings: Vec::new(),
            open: Vec::with_capacity(32),
            prefixed: Vec::new(),
            after_text: false,
            xml: Xml { source, made: made(), items, attributes },
        })
    }

    /// The XML declaration in its usual form, then what may stand before the root.
    fn prolog(&mut self) -> Option<()> {
        if self.bytes.starts_with(b"\xEF\xBB\xBF") {
            self.at = 3;
        }
        if self.rest().starts_with(b"<?xml ") {
            let end = self.at + memmem::find(self.rest(), b"?>")?;
            usual_declaration(&self.bytes[self.at + 6..end]).then_some(())?;
            self.at = end + 2;
        }
        self.around_root()?;
        (self.byte()? == b'<' && starts_name(self.bytes.get(self.at + 1).copied()?)).then_some(())
    }

    fn epilog(&mut self) -> Option<()> {
        self.around_root()?;
        (self.at == self.bytes.len()).then_some(())
    }

    /// White space, comments and instructions.
    fn around_root(&mut self) -> Option<()> {
        loop {
            self.space();
            if self.rest().starts_with(b"<!--") {
                self.comment()?;
            } else if self.rest().starts_with(b"<?") {
                self.instruction()?;
            } else {
                return Some(());
            }
        }
    }

    fn rest(&self) -> &'d [u8] {
        &self.bytes[self.at..]
    }

    fn byte(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Passes over white space; whether there was any.
    #[inline]
    fn space(&mut self) -> bool {
        let start = self.at;
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.byte() {
            self.at += 1;
        }
        self.at > start
    }

    /// Reads on until no more than this many elements are open.
    fn content(&mut self, until: usize) -> Option<()> {
        loop {
            self.text()?;
            match *self.bytes.get(self.at + 1)? {
                b'/' => {
                    self.end_tag()?;
                    if self.open.len() == until {
                        return Some(());
                    }
                }
                b'!' if self.rest().starts_with(b"<!--") => self.comment()?,
                b'!' => self.cdata()?,
                b'?' => self.instruction()?,
                _ => {
                    self.start_tag()?;
                }
            }
        }
    }

    /// Text up to the next `<`.
    #[inline]
    fn text(&mut self) -> Option<()> {
        let start = self.at;
        let mut met = 0;
        // most text is the indentation before a tag
        loop {
            self.at += bytes::of_text(self.rest());
            let class = CHARACTER[self.byte()? as usize];
            if class == LESS {
                break;
            }
            met |= class;
            self.at += 1;
        }
        if self.at == start {
            return Some(());
        }
        let raw = &self.xml.source[start..self.at];
        if met & GREATER != 0 && raw.contains("]]>") {
            return None;
        }
        if met & (AMPERSAND | RETURN) == 0 {
            self.add_text(start, span(start, self.at))
        } else {
            let from = self.xml.made.len();
            resolve(raw, &mut self.xml.made, Place::Text)?;
            let span = self.xml.kept(from)?;
            self.add_text(start, span)
        }
    }

    fn cdata(&mut self) -> Option<()> {
        let inside = self.rest().strip_prefix(b"<![CDATA[")?;
        let start = self.at;
        let from = self.at + 9;
        let end = from + memmem::find(inside, b"]]>")?;
        self.at = end + 3;
        if from == end {
            return Some(());
        }
        if memchr(b'\r', &self.bytes[from..end]).is_none() {
            return self.add_text(start, span(from, end));
        }
        let made = self.xml.made.len();
        resolve(&self.xml.source[from..end], &mut self.xml.made, Place::Cdata)?;
        let span = self.xml.kept(made)?;
        self.add_text(start, span)
    }

    /// A text of its own, or the rest of the text before it.
    fn add_text(&mut self, at: usize, span: Span) -> Option<()> {
        if self.after_text {
            let last = self.xml.items.len() - 1;
            self.xml.items[last].span = self.xml.joined(self.xml.items[last].span, span)?;
            return Some(());
        }
        self.after_text = true;
        let id = self.xml.items.len() as u32;
        let parent = self.open.last()?.item;
        let attributes = self.xml.attributes.len() as u32;
        let item = Item { parent, end: id + 1, at: at as u32, span, attributes, attributes_len: 0, name: TEXT };
        self.xml.items.push(item);
        Some(())
    }

    fn comment(&mut self) -> Option<()> {
        let inside = &self.rest()[4..];
        let hyphens = memmem::find(inside, b"--")?;
        // two hyphens end it, or it is not well-formed
        (inside.get(hyphens + 2) == Some(&b'>')).then_some(())?;
        self.at += 4 + hyphens + 3;
        self.after_text = false;
        Some(())
    }

    fn instruction(&mut self) -> Option<()> {
        self.at += 2;
        let target = self.qname()?;
        let plain = !target.prefixed() && !self.bytes[target.start..target.end].eq_ignore_ascii_case(b"xml");
        plain.then_some(())?;
        (self.space() || self.rest().starts_with(b"?>")).then_some(())?;
        self.at += memmem::find(self.rest(), b"?>")? + 2;
        self.after_text = false;
        Some(())
    }

    /// A name in ASCII, with at most one colon.
    #[inline]
    fn qname(&mut self) -> Option<QName> {
        let start = self.at;
        let mut local = start;
        loop {
            if !starts_name(self.byte()?) {
                return None;
            }
            self.at += bytes::of_name(self.rest());
            match self.byte()? {
                b':' if local == start => {
                    self.at += 1;
                    local = self.at;
                }
                // a character outside ASCII may belong to the name
                b':' | 0x80.. => return None,
                _ => return Some(QName { start, local, end: self.at }),
            }
        }
    }

    /// A start tag; whether the element is empty.
    #[inline]
    fn start_tag(&mut self) -> Option<bool> {
        let at = self.at;
        self.after_text = false;
        self.default_declared = false;
        self.at += 1;
        let qname = self.qname()?;
        let first = self.xml.attributes.len();
        let (bindings, default) = (self.bindings.len(), self.default);
        let empty = loop {
            let spaced = self.space();
            match self.byte()? {
                b'>' => {
                    self.at += 1;
                    break false;
                }
                b'/' => {
                    (self.bytes.get(self.at + 1) == Some(&b'>')).then_some(())?;
                    self.at += 2;
                    break true;
                }
                _ if spaced => self.attribute(first, bindings)?,
                _ => return None,
            }
        };
        while let Some((i, name)) = self.prefixed.pop() {
            let namespace = self.bound(&self.bytes[name.start..name.local - 1])?;
            self.xml.attributes[i].name = namespace.attribute(&self.xml.source[name.local..name.end], self.names);
        }
        let namespace =
            if qname.prefixed() { self.bound(&self.bytes[qname.start..qname.local - 1])? } else { self.default };
        let id = self.xml.items.len() as u32;
        self.xml.items.push(Item {
            parent: self.open.last().map_or(NONE, |o| o.item),
            end: id + 1,
            at: at as u32,
            span: qname.span(),
            attributes: first as u32,
            attributes_len: u16::try_from(self.xml.attributes.len() - first).ok()?,
            name: namespace.element(&self.xml.source[qname.local..qname.end], self.names),
        });
        if empty {
            self.bindings.truncate(bindings);
            self.default = default;
        } else {
            let name = &self.bytes[qname.start..qname.end];
            self.open.push(Open { item: id, name, bindings, default });
        }
        Some(empty)
    }

    /// One attribute, or a declaration; `first` is the tag's first attribute, `bindings` how many prefixes were bound before.
    #[inline]
    fn attribute(&mut self, first: usize, bindings: usize) -> Option<()> {
        let qname = self.qname()?;
        self.space();
        (self.byte()? == b'=').then_some(())?;
        self.at += 1;
        self.space();
        let quote = self.byte().filter(|b| matches!(b, b'"' | b'\''))?;
        let start = self.at + 1;
        let mut met = 0;
        self.at = start;
        loop {
            self.at += bytes::of_value(self.rest());
            let byte = self.byte()?;
            if byte == quote {
                break;
            }
            met |= CHARACTER[byte as usize];
            self.at += 1;
        }
        let end = self.at;
        self.at += 1;
        if met & LESS != 0 {
            return None;
        }
        let resolved = met & (AMPERSAND | RETURN | BLANK) == 0;
        let local = &self.xml.source[qname.local..qname.end];
        if local == "xmlns" || (qname.prefixed() && &self.bytes[qname.start..qname.local - 1] == b"xmlns") {
            let uri = resolved.then_some(&self.xml.source[start..end])?;
            return self.declare(qname, uri, bindings);
        }
        let local_span = qname.span();
        if self.xml.attributes[first..].iter().any(|a| same(self.xml.str(a.local), local)) {
            return None;
        }
        let name = if qname.prefixed() {
            self.prefixed.push((self.xml.attributes.len(), qname));
            Name::OTHER
        } else {
            self.names.get(0, local)
        };
        let value = if resolved {
            span(start, end)
        } else {
            let from = self.xml.made.len();
            resolve(&self.xml.source[start..end], &mut self.xml.made, Place::Attribute)?;
            self.xml.kept(from)?
        };
        let prefixed = qname.prefixed();
        self.xml.attributes.push(AttributeItem { local: local_span, value, name, prefixed });
        Some(())
    }

    /// A declaration of a namespace.
    fn declare(&mut self, qname: QName, uri: &str, bindings: usize) -> Option<()> {
        if matches!(uri, "http://www.w3.org/XML/1998/namespace" | "http://www.w3.org/2000/xmlns/") {
            return None;
        }
        let namespace = Namespace::of(uri, self.names);
        if !qname.prefixed() {
            self.default = namespace;
            return (!std::mem::replace(&mut self.default_declared, true)).then_some(());
        }
        let prefix = &self.bytes[qname.local..qname.end];
        let twice = self.bindings[bindings..].iter().any(|b| b.prefix == prefix);
        if uri.is_empty() || twice || matches!(prefix, b"xml" | b"xmlns") {
            return None;
        }
        self.bindings.push(Binding { prefix, namespace });
        // each prefix is looked for among all of them
        (self.bindings.len() <= namespaces::IN_FORCE).then_some(())
    }

    /// What a prefix stands for.
    fn bound(&self, prefix: &[u8]) -> Option<Namespace> {
        if prefix == b"xml" {
            return Some(Namespace::of("http://www.w3.org/XML/1998/namespace", self.names));
        }
        self.bindings.iter().rev().find(|b| b.prefix == prefix).map(|b| b.namespace)
    }

    #[inline]
    fn end_tag(&mut self) -> Option<()> {
        let open = self.open.pop()?;
        let inside = self.rest()[2..].strip_prefix(open.name)?;
        self.at = self.bytes.len() - inside.len();
        self.space();
        (self.byte()? == b'>').then_some(())?;
        self.at += 1;
        self.after_text = false;
        self.xml.items[open.item as usize].end = self.xml.items.len() as u32;
        self.bindings.truncate(open.bindings);
        self.default = open.default;
        Some(())
    }
}

/// `version`, and maybe `encoding` and `standalone`, as nearly every document writes them.
fn usual_declaration(inside: &[u8]) -> bool {
    let Ok(inside) = std::str::from_utf8(inside) else { return false };
    let simple = |value: &str| value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    // each is looked for behind the one before
    let mut wanted = ["version", "encoding", "standalone"].iter();
    inside.trim_ascii_start().starts_with("version=")
        && inside.split_ascii_whitespace().all(|part| {
            let Some((key, value)) = part.split_once('=') else { return false };
            let quoted = ['"', '\''].iter().find_map(|q| value.strip_prefix(*q)?.strip_suffix(*q));
            wanted.any(|w| *w == key) && quoted.is_some_and(simple)
        })
}

/// Where text stands, which decides what white space means in it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Text,
    Cdata,
    Attribute,
}

/// Text with its references resolved and its line ends (in attributes, all white space) normalised, as XML 1.0 §2.11,
/// §3.3.3 and §4.1 say; `None` for a reference that is not beyond doubt.
fn resolve(raw: &str, out: &mut String, place: Place) -> Option<()> {
    let special = |text: &str| match place {
        Place::Text => memchr2(b'&', b'\r', text.as_bytes()),
        Place::Cdata => memchr(b'\r', text.as_bytes()),
        Place::Attribute => text.bytes().position(|b| matches!(b, b'&' | b'\r' | b'\n' | b'\t')),
    };
    let mut rest = raw;
    while let Some(at) = special(rest) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix('&') {
            let end = after.find(';')?;
            out.push(referred(&after[..end])?);
            rest = &after[end + 1..];
            continue;
        }
        out.push(if place == Place::Attribute { ' ' } else { '\n' });
        // CR LF is one line end
        rest = rest.strip_prefix("\r\n").unwrap_or(&rest[1..]);
    }
    out.push_str(rest);
    Some(())
}

/// The character of a reference, given what stands between `&` and `;`.
fn referred(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let digits = name.strip_prefix('#')?;
            let (digits, radix) = digits.strip_prefix('x').map_or((digits, 10), |hex| (hex, 16));
            // a sign would be taken by the standard library
            let code =
                digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, radix))?.ok()?;
            let c = char::from_u32(code)?;
            let legal = matches!(c, '\t' | '\n' | '\r' | ' '..) && !matches!(c, '\u{fffe}' | '\u{ffff}');
            legal.then_some(c)
        }
    }
}

/// Whether a byte may begin a name.
const fn starts_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

const LESS: u8 = 1;
const AMPERSAND: u8 = 2;
const RETURN: u8 = 4;
const GREATER: u8 = 8;
const BLANK: u8 = 16;

/// The characters that mean something in text or in attribute values.
const CHARACTER: [u8; 256] = {
    let mut table = [0; 256];
    table[b'<' as usize] = LESS;
    table[b'&' as usize] = AMPERSAND;
    table[b'\r' as usize] = RETURN;
    table[b'>' as usize] = GREATER;
    table[b'\n' as usize] = BLANK;
    table[b'\t' as usize] = BLANK;
    table
};
