//! Whether what a leaf of a document says stands in an element of a resource.

use std::cell::OnceCell;

use crate::fhir::value::{Object, Value};

/// How much of it arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Arrival {
    /// nothing of it is there
    Nothing,
    /// a part: the day of a time
    Part,
    /// all of it
    All,
}

/// What stands in an element: each primitive with the name under which it stands.
pub type Texts<'b> = Vec<Text<'b>>;

/// A primitive of a resource. Many leaves are looked for in it, so what it is compared by is made once.
#[derive(Debug)]
pub struct Text<'b> {
    /// the name under which it stands
    pub key: &'static str,
    /// what it says
    pub text: &'b str,
    skeleton: OnceCell<Box<str>>,
    numbers: OnceCell<Box<[f64]>>,
}

impl<'b> Text<'b> {
    /// A primitive under its name.
    pub fn new(key: &'static str, text: &'b str) -> Self {
        Text { key, text, skeleton: OnceCell::new(), numbers: OnceCell::new() }
    }

    fn skeleton(&self) -> &str {
        self.skeleton.get_or_init(|| skeleton(self.text).into())
    }

    /// It as a number, and the numbers among its words: what is measured may be told in words.
    fn numbers(&self) -> &[f64] {
        self.numbers.get_or_init(|| {
            let digits = |c: char| c.is_ascii_digit() || c == '.';
            let words = self.text.split(|c: char| !digits(c)).filter(|w| !w.is_empty() && w.len() < self.text.len());
            std::iter::once(self.text).chain(words).filter_map(|w| w.parse().ok()).collect()
        })
    }
}

/// What is looked for: a leaf of the document, with what it is compared by.
pub struct Wanted<'v> {
    /// what the leaf says
    pub value: &'v str,
    skeleton: OnceCell<String>,
    number: OnceCell<Option<f64>>,
}

impl<'v> Wanted<'v> {
    /// A leaf that says this.
    pub fn new(value: &'v str) -> Self {
        Wanted { value, skeleton: OnceCell::new(), number: OnceCell::new() }
    }

    /// Its letters and digits.
    pub fn skeleton(&self) -> &str {
        self.skeleton.get_or_init(|| skeleton(self.value))
    }

    fn number(&self) -> Option<f64> {
        *self.number.get_or_init(|| self.value.parse().ok())
    }
}

/// Collects what stands in a value.
pub fn collect<'b>(key: &'static str, value: &'b Value, out: &mut Texts<'b>) {
    match value {
        Value::String(s) | Value::Number(s) => out.push(Text::new(key, s)),
        Value::Bool(b) => out.push(Text::new(key, if *b { "true" } else { "false" })),
        Value::Array(a) => a.iter().for_each(|v| collect(key, v, out)),
        Value::Object(o) => collect_object(o, out),
        Value::Data(_) => out.push(Text::new("data", "")),
        Value::Link(_) | Value::Null => {}
    }
}

/// The same of all elements of an object.
pub fn collect_object<'b>(object: &'b Object, out: &mut Texts<'b>) {
    object.0.iter().for_each(|(k, v)| collect(k, v, out));
}

fn found(is: bool) -> Arrival {
    if is { Arrival::All } else { Arrival::Nothing }
}

/// Digits of a CDA time, and whether it is one at all: a year at least, and nothing else but a fraction and an offset.
fn time_digits(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let tail = rest.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'+' | b'-' | b'Z' | b':'));
    (digits.len() >= 4 && digits.len() <= 17 && tail).then_some(digits)
}

/// How much of a time arrived among texts.
pub fn time(wanted: &Wanted<'_>, texts: &[Text<'_>]) -> Arrival {
    let Some(digits) = time_digits(wanted.value) else { return words(wanted, texts) };
    let seen = &digits.as_bytes()[..digits.len().min(14)];
    let mut best = Arrival::Nothing;
    for Text { text, .. } in texts {
        if *text == wanted.value {
            return Arrival::All;
        }
        let bytes = text.as_bytes();
        if bytes.len() < 4 || !bytes[..4].iter().all(u8::is_ascii_digit) {
            continue;
        }
        // the digits before an offset: 2024-03-12T09:30:00-05:00
        let clock =
            text.find('T').map_or(text.len(), |t| text[t..].find(['+', '-', 'Z', '.']).map_or(text.len(), |o| t + o));
        let mut have = bytes[..clock].iter().filter(|b| b.is_ascii_digit());
        let same = seen.iter().take_while(|s| have.next().is_some_and(|h| h == *s)).count();
        if same == seen.len() {
            return Arrival::All;
        }
        // all that is there is the beginning of it
        if same >= 4 && same == bytes[..clock].iter().filter(|b| b.is_ascii_digit()).count() {
            best = Arrival::Part;
        }
    }
    best
}

/// Whether a number arrived.
pub fn number(wanted: &Wanted<'_>, texts: &[Text<'_>]) -> Arrival {
    let is = |t: &Text| match wanted.number() {
        _ if t.text == wanted.value => true,
        Some(number) => t.numbers().contains(&number),
        None => t.text.split(|c: char| !c.is_ascii_digit() && c != '.').any(|w| w == wanted.value),
    };
    found(texts.iter().any(is))
}

/// Whether a code, an identifier or another word arrived as it is.
pub fn exact(value: &str, texts: &[Text<'_>]) -> Arrival {
    let is =
        |t: &str| t.eq_ignore_ascii_case(value) || t.strip_suffix(value).is_some_and(|b| b.ends_with([':', '.', '|']));
    found(texts.iter().any(|t| is(t.text)))
}

/// Whether the root of an identifier arrived, as a system or as a value.
pub fn root(value: &str, uri: Option<&str>, texts: &[Text<'_>]) -> Arrival {
    // an OID has no case, a UUID has
    let oid = value.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let wanted = value.to_ascii_lowercase();
    let is = |t: &str| {
        uri == Some(t)
            || t.len() >= wanted.len() && if oid { t.contains(value) } else { t.to_ascii_lowercase().contains(&wanted) }
    };
    found(texts.iter().any(|t| is(t.text)))
}

/// Whether a telephone number, mail address or URL arrived, whatever punctuation it was written with.
pub fn telecom(value: &str, texts: &[Text<'_>]) -> Arrival {
    let bare = |t: &str| -> String {
        let t = t
            .split_once(':')
            .filter(|(scheme, _)| scheme.bytes().all(|b| b.is_ascii_alphabetic()))
            .map_or(t, |(_, r)| r);
        t.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let wanted = bare(value);
    if wanted.is_empty() {
        return exact(value, texts);
    }
    found(texts.iter().any(|t| bare(t.text) == wanted))
}

/// The letters and digits of a text, without case: what is left of it whatever was done to blanks, points and tags.
pub fn skeleton(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    push_skeleton(text, &mut out);
    out
}

/// The same, put behind what is there.
pub fn push_skeleton(text: &str, out: &mut String) {
    if text.is_ascii() {
        out.extend(text.bytes().filter(u8::is_ascii_alphanumeric).map(|b| char::from(b.to_ascii_lowercase())));
    } else {
        out.extend(text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase));
    }
}

/// Whether words arrived: in one text, whole.
pub fn words(wanted: &Wanted<'_>, texts: &[Text<'_>]) -> Arrival {
    let (value, skeleton) = (wanted.value, wanted.skeleton());
    if !skeleton.is_empty() && skeleton.bytes().all(|b| b.is_ascii_digit()) {
        return number(wanted, texts);
    }
    let is = |t: &Text| {
        t.text.contains(value)
            || !skeleton.is_empty() && t.text.len() >= skeleton.len() && t.skeleton().contains(skeleton)
    };
    found(texts.iter().any(is))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_by_what_they_say() {
        let time = |value, text| time(&Wanted::new(value), &[Text::new("effectiveDateTime", text)]);
        assert_eq!(time("20240312093000-0500", "2024-03-12T09:30:00-05:00"), Arrival::All);
        assert_eq!(time("202403120930", "2024-03-12T09:30:00-05:00"), Arrival::All);
        assert_eq!(time("202403120930", "2024-03-12"), Arrival::Part);
        assert_eq!(time("20240312", "2024-03-13"), Arrival::Nothing);
        assert_eq!(time("2024", "2024-03-12"), Arrival::All);
        assert_eq!(time("20240312", "12"), Arrival::Nothing);
    }

    #[test]
    fn numbers_words_and_numbers_to_call() {
        let t = |text| [Text::new("value", text)];
        let number = |value, text| number(&Wanted::new(value), &t(text));
        let words = |value, text| words(&Wanted::new(value), &t(text));
        assert_eq!(number("1.50", "1.5"), Arrival::All);
        assert_eq!(number("1.5", "15"), Arrival::Nothing);
        assert_eq!(telecom("tel:+1(555)123-4567", &t("+1 555 123 4567")), Arrival::All);
        assert_eq!(words("Take  one\n tablet", "Take one tablet daily"), Arrival::All);
        assert_eq!(words("two", "one"), Arrival::Nothing);
        assert_eq!(exact("195967001", &t("1959670011")), Arrival::Nothing);
        assert_eq!(root("2.16.840", None, &t("urn:oid:2.16.840")), Arrival::All);
    }
}
