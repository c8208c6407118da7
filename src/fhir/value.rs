//! A FHIR element as a value: what a mapping builds, the gate checks and the writer serialises.

use compact_str::CompactString;

/// The name of an element in JSON (`onsetDateTime`, `_onsetDateTime`); all come from the embedded definitions or from code.
pub type Key = &'static str;

/// An element, or a list of elements.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `true` or `false`
    Bool(bool),
    /// A number in the digits of the source: `1.50` stays `1.50`. Always a valid JSON number.
    Number(CompactString),
    /// Any primitive that JSON writes as a string
    String(CompactString),
    /// The data of a base64Binary that is not encoded yet; JSON has it as base64
    Data(Box<[u8]>),
    /// A repeating element
    Array(Vec<Value>),
    /// A complex element
    Object(Object),
    /// A reference that is resolved when all slices of the document are done
    Link(LinkId),
    /// In a list of primitives whose extensions stand in the parallel `_` list: nothing at this place
    Null,
}

/// One of the references that a slice of a document made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkId {
    /// the number of the slice
    pub slice: u32,
    /// the number within its table of links
    pub index: u32,
}

impl Value {
    /// A string value.
    pub fn string(text: impl Into<CompactString>) -> Value {
        Value::String(text.into())
    }

    /// A string value of a text that lasts: nothing is copied.
    pub fn fixed(text: &'static str) -> Value {
        Value::String(CompactString::const_new(text))
    }

    /// The text of a string value.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(s) => Some(s),
            _ => None,
        }
    }

    /// The object, if it is one.
    pub fn as_object(&self) -> Option<&Object> {
        match self {
            Value::Object(o) => Some(o),
            _ => None,
        }
    }

    /// The items of a list, or the value itself as the only one.
    pub fn items(&self) -> &[Value] {
        match self {
            Value::Array(items) => items,
            other => std::slice::from_ref(other),
        }
    }

    /// Adds an item to a list, or makes one of the value and the item.
    pub fn append(&mut self, item: Value) {
        match self {
            Value::Array(items) => items.push(item),
            other => {
                let first = std::mem::replace(other, Value::Null);
                *other = Value::Array(vec![first, item]);
            }
        }
    }

    /// Whether there is nothing in it: an empty object, list or string.
    pub fn is_empty(&self) -> bool {
        match self {
            Value::Array(a) => a.is_empty(),
            Value::Object(o) => o.0.is_empty(),
            Value::String(s) => s.is_empty(),
            Value::Data(d) => d.is_empty(),
            Value::Null => true,
            _ => false,
        }
    }
}

impl From<Object> for Value {
    fn from(o: Object) -> Value {
        Value::Object(o)
    }
}

/// The elements of a complex element in the order in which they are written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Object(pub Vec<(Key, Value)>);

impl Object {
    /// An object without elements.
    pub fn new() -> Object {
        Object(Vec::new())
    }

    /// Adds an element unless it is empty; for chains in transforms.
    pub fn with(mut self, key: Key, value: impl Into<Option<Value>>) -> Object {
        if let Some(v) = value.into()
            && !v.is_empty()
        {
            self.add(key, v);
        }
        self
    }

    /// Adds an element that is not there yet.
    #[inline]
    pub fn add(&mut self, key: Key, value: Value) {
        if self.0.capacity() == 0 {
            // at once, without what growing takes
            self.0 = Vec::with_capacity(4);
        }
        self.0.push((key, value));
    }

    /// Adds a string element; nothing when `None` or blank.
    pub fn with_str<'a>(self, key: Key, value: impl Into<Option<&'a str>>) -> Object {
        match value.into() {
            Some(s) => self.with(key, Value::string(s)),
            None => self,
        }
    }

    /// The value of an element.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.iter().find(|(k, _)| *k == key).map(|(_, v)| v)
    }

    /// The value of an element, for change.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.0.iter_mut().find(|(k, _)| *k == key).map(|(_, v)| v)
    }

    /// The text of a string element.
    pub fn str(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Value::as_str)
    }

    /// The objects in a list.
    pub fn objects(&self, key: &str) -> impl Iterator<Item = &Object> {
        self.get(key).map(Value::items).unwrap_or_default().iter().filter_map(Value::as_object)
    }

    /// Sets an element, replacing what was there.
    pub fn set(&mut self, key: Key, value: Value) {
        match self.get_mut(key) {
            Some(v) => *v = value,
            None => self.add(key, value),
        }
    }

    /// Appends to a repeating element.
    pub fn push(&mut self, key: Key, value: Value) {
        match self.get_mut(key) {
            Some(have) => have.append(value),
            None => self.add(key, Value::Array(vec![value])),
        }
    }

    /// Takes an element out.
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        let i = self.0.iter().position(|(k, _)| *k == key)?;
        Some(self.0.remove(i).1)
    }

    /// Whether there is no element.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
