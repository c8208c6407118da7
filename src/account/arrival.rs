//! Whether what a leaf of a document says stands in an element of a resource.

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
pub type Texts<'b> = Vec<(&'static str, &'b str)>;

/// Collects what stands in a value.
pub fn collect<'b>(key: &'static str, value: &'b Value, out: &mut Texts<'b>) {
    match value {
        Value::String(s) | Value::Number(s) => out.push((key, s)),
        Value::Bool(b) => out.push((key, if *b { "true" } else { "false" })),
        Value::Array(a) => a.iter().for_each(|v| collect(key, v, out)),
        Value::Object(o) => collect_object(o, out),
        Value::Data(_) => out.push(("data", "")),
        Value::Link(_) | Value::Null => {}
    }
}

/// The same of all elements of an object.
pub fn collect_object<'b>(object: &'b Object, out: &mut Texts<'b>) {
    object.0.iter().for_each(|(k, v)| collect(k, v, out));
}

/// Digits of a CDA time, and whether it is one at all: a year at least, and nothing else but a fraction and an offset.
fn time_digits(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let tail = rest.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'+' | b'-' | b'Z' | b':'));
    (digits.len() >= 4 && digits.len() <= 17 && tail).then_some(digits)
}

/// How much of a time arrived among texts.
pub fn time(value: &str, texts: &Texts<'_>) -> Arrival {
    let Some(wanted) = time_digits(value) else { return words(value, texts) };
    let mut best = Arrival::Nothing;
    for (_, text) in texts {
        if *text == value {
            return Arrival::All;
        }
        let bytes = text.as_bytes();
        if bytes.len() < 4 || !bytes[..4].iter().all(u8::is_ascii_digit) {
            continue;
        }
        // the digits before an offset: 2024-03-12T09:30:00-05:00
        let clock =
            text.find('T').map_or(text.len(), |t| text[t..].find(['+', '-', 'Z', '.']).map_or(text.len(), |o| t + o));
        let have: String = text[..clock].chars().filter(char::is_ascii_digit).collect();
        let seen = &wanted[..wanted.len().min(14)];
        if have.starts_with(seen) {
            return Arrival::All;
        }
        if have.len() >= 4 && seen.starts_with(&have) {
            best = Arrival::Part;
        }
    }
    best
}

/// Whether a number arrived.
pub fn number(value: &str, texts: &Texts<'_>) -> Arrival {
    let wanted: Option<f64> = value.parse().ok();
    let is = |text: &str| text == value || wanted.is_some_and(|w| text.parse::<f64>().is_ok_and(|t| t == w));
    // as a word of a text: what is measured in words
    let word = |text: &str| text.split(|c: char| !c.is_ascii_digit() && c != '.').any(is);
    if texts.iter().any(|(_, t)| is(t) || word(t)) { Arrival::All } else { Arrival::Nothing }
}

/// Whether a code, an identifier or another word arrived as it is.
pub fn exact(value: &str, texts: &Texts<'_>) -> Arrival {
    let is =
        |t: &str| t.eq_ignore_ascii_case(value) || t.strip_suffix(value).is_some_and(|b| b.ends_with([':', '.', '|']));
    if texts.iter().any(|(_, t)| is(t)) { Arrival::All } else { Arrival::Nothing }
}

/// Whether the root of an identifier arrived, as a system or as a value.
pub fn root(value: &str, uri: Option<&str>, texts: &Texts<'_>) -> Arrival {
    let wanted = value.to_ascii_lowercase();
    let is = |t: &str| uri == Some(t) || (t.len() >= wanted.len() && t.to_ascii_lowercase().contains(&wanted));
    if texts.iter().any(|(_, t)| is(t)) { Arrival::All } else { Arrival::Nothing }
}

/// Whether a telephone number, mail address or URL arrived, whatever punctuation it was written with.
pub fn telecom(value: &str, texts: &Texts<'_>) -> Arrival {
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
    if texts.iter().any(|(_, t)| bare(t) == wanted) { Arrival::All } else { Arrival::Nothing }
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
pub fn words(value: &str, texts: &Texts<'_>) -> Arrival {
    let wanted = skeleton(value);
    if !wanted.is_empty() && wanted.bytes().all(|b| b.is_ascii_digit()) {
        return number(value, texts);
    }
    if texts.iter().any(|(_, t)| t.contains(value)) {
        return Arrival::All;
    }
    let is = |t: &str| {
        t.len() >= wanted.len() && (if wanted.is_empty() { t.contains(value) } else { skeleton(t).contains(&wanted) })
    };
    if texts.iter().any(|(_, t)| is(t)) { Arrival::All } else { Arrival::Nothing }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_by_what_they_say() {
        let t = |text| vec![("effectiveDateTime", text)];
        assert_eq!(time("20240312093000-0500", &t("2024-03-12T09:30:00-05:00")), Arrival::All);
        assert_eq!(time("202403120930", &t("2024-03-12T09:30:00-05:00")), Arrival::All);
        assert_eq!(time("202403120930", &t("2024-03-12")), Arrival::Part);
        assert_eq!(time("20240312", &t("2024-03-13")), Arrival::Nothing);
        assert_eq!(time("2024", &t("2024-03-12")), Arrival::All);
        assert_eq!(time("20240312", &t("12")), Arrival::Nothing);
    }

    #[test]
    fn numbers_words_and_numbers_to_call() {
        assert_eq!(number("1.50", &vec![("value", "1.5")]), Arrival::All);
        assert_eq!(number("1.5", &vec![("value", "15")]), Arrival::Nothing);
        assert_eq!(telecom("tel:+1(555)123-4567", &vec![("value", "+1 555 123 4567")]), Arrival::All);
        assert_eq!(words("Take  one\n tablet", &vec![("text", "Take one tablet daily")]), Arrival::All);
        assert_eq!(words("two", &vec![("text", "one")]), Arrival::Nothing);
        assert_eq!(exact("195967001", &vec![("code", "1959670011")]), Arrival::Nothing);
        assert_eq!(root("2.16.840", None, &vec![("system", "urn:oid:2.16.840")]), Arrival::All);
    }
}
