//! Documents changed at random: what the tests and the fuzz targets make of real ones. Most changes keep a document
//! well-formed and nearly CDA, so that they reach the rules instead of the parser's refusal.

use std::ops::Range;

/// Small numbers that are the same everywhere.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `n`; 0 where there is none.
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    fn of<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        if list.is_empty() { None } else { Some(&list[self.below(list.len())]) }
    }
}

/// What attribute values and texts are replaced by.
const WORDS: &[&str] = &[
    "",
    " ",
    "true",
    "false",
    "0",
    "1",
    "-1",
    "1e308",
    "1.50",
    "0.000",
    "#",
    "UNK",
    "NI",
    "NA",
    "OTH",
    "MSK",
    "CD",
    "PQ",
    "IVL_PQ",
    "IVL_TS",
    "PIVL_TS",
    "EIVL_TS",
    "SXPR_TS",
    "ST",
    "ED",
    "RTO_PQ_PQ",
    "EVN",
    "INT",
    "RQO",
    "PRP",
    "DEF",
    "A",
    "E",
    "SUBJ",
    "REFR",
    "completed",
    "active",
    "aborted",
    "cancelled",
    "nullified",
    "mg",
    "mg/dL",
    "[degF]",
    "{tbl}",
    "20240229",
    "20230229",
    "2024",
    "20240312093000-0500",
    "20230531220530.123+9999",
    "99999999999999",
    "0000",
    "2.16.840.1.113883.6.1",
    "2.16.840.1.113883.6.96",
    "2.16.840.1.113883.4.1",
    "urn:uuid:00000000-0000-0000-0000-000000000000",
    "\u{e9}\u{1F600}",
    "&#xFFFD;&amp;&lt;",
    "tel:+1(555)555-0100",
];

/// Attributes that decide what a statement says.
const ATTRIBUTES: &[&str] = &[
    " nullFlavor=\"UNK\"",
    " nullFlavor=\"OTH\"",
    " negationInd=\"true\"",
    " negationInd=\"false\"",
    " moodCode=\"INT\"",
    " moodCode=\"EVN\"",
    " operator=\"A\"",
    " inversionInd=\"true\"",
    " ID=\"t1\"",
    " xsi:type=\"CD\"",
    " unit=\"mg\"",
    " institutionSpecified=\"true\"",
];

/// An element: its start tag, and all of it.
struct Element {
    tag: Range<usize>,
    /// from the `<` of its end tag; the end of the start tag where there is none
    close: usize,
    end: usize,
    name: Range<usize>,
}

/// What a text is made of, as far as a mutator needs it.
#[derive(Default)]
struct Shape {
    elements: Vec<Element>,
    /// attribute values, without their quotes
    values: Vec<Range<usize>>,
}

fn find(bytes: &[u8], from: usize, what: &[u8]) -> Option<usize> {
    bytes[from..].windows(what.len()).position(|w| w == what).map(|n| from + n)
}

impl Shape {
    fn of(bytes: &[u8]) -> Shape {
        let mut shape = Shape::default();
        let mut open: Vec<usize> = Vec::new();
        let mut at = 0;
        while let Some(start) = bytes[at..].iter().position(|b| *b == b'<').map(|n| at + n) {
            let rest = &bytes[start..];
            let ending: &[u8] = match () {
                () if rest.starts_with(b"<!--") => b"-->",
                () if rest.starts_with(b"<![CDATA[") => b"]]>",
                () if rest.starts_with(b"<?") => b"?>",
                () => b">",
            };
            let Some(end) = find(bytes, start, ending).map(|e| e + ending.len()) else { break };
            at = end;
            if ending.len() > 1 || rest.starts_with(b"<!") {
                continue;
            }
            if rest.starts_with(b"</") {
                if let Some(element) = open.pop().and_then(|i| shape.elements.get_mut(i)) {
                    (element.close, element.end) = (start, end);
                }
                continue;
            }
            let name = bytes[start + 1..end - 1]
                .iter()
                .position(|b| b.is_ascii_whitespace() || *b == b'/')
                .map_or(end - 1, |n| start + 1 + n);
            shape.values_of(bytes, name..end);
            if bytes[end - 2] != b'/' {
                open.push(shape.elements.len());
            }
            shape.elements.push(Element { tag: start..end, close: end, end, name: start + 1..name });
        }
        shape
    }

    fn values_of(&mut self, bytes: &[u8], tag: Range<usize>) {
        let mut at = tag.start;
        while let Some(quote) = bytes[at..tag.end].iter().position(|b| matches!(b, b'"' | b'\'')) {
            let start = at + quote + 1;
            let Some(len) = bytes[start..tag.end].iter().position(|b| *b == bytes[start - 1]) else { break };
            self.values.push(start..start + len);
            at = start + len + 1;
        }
    }
}

/// `bytes` with each of the places replaced; the places are in order and do not overlap.
fn replaced(bytes: &[u8], places: &[(Range<usize>, &[u8])]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() + places.iter().map(|p| p.1.len()).sum::<usize>());
    let mut at = 0;
    for (place, with) in places {
        out.extend_from_slice(&bytes[at..place.start]);
        out.extend_from_slice(with);
        at = place.end;
    }
    out.extend_from_slice(&bytes[at..]);
    out
}

/// Two places exchanged; `None` where they overlap.
fn swapped(bytes: &[u8], a: Range<usize>, b: Range<usize>) -> Option<Vec<u8>> {
    let (a, b) = if a.start <= b.start { (a, b) } else { (b, a) };
    (a.end <= b.start).then(|| replaced(bytes, &[(a.clone(), &bytes[b.clone()]), (b, &bytes[a])]))
}

/// The document with one thing changed; unchanged where the change does not fit.
pub fn mutate(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let shape = Shape::of(bytes);
    changed(bytes, &shape, random).unwrap_or_else(|| bytes.to_vec())
}

fn changed(bytes: &[u8], shape: &Shape, random: &mut Random) -> Option<Vec<u8>> {
    let change = random.below(17);
    let one = random.of(&shape.elements);
    let other = random.of(&shape.elements);
    let value = random.of(&shape.values).cloned();
    Some(match change {
        // an element goes
        0 => replaced(bytes, &[(one?.tag.start..one?.end, b"")]),
        // an element several times
        1 => {
            let element = one?.tag.start..one?.end;
            let copies = bytes[element.clone()].repeat(2 + random.below(6));
            replaced(bytes, &[(element, &copies)])
        }
        2 => swapped(bytes, one?.tag.start..one?.end, other?.tag.start..other?.end)?,
        // an element beside, in, or in place of another
        3 => replaced(bytes, &[(one?.tag.start..one?.tag.start, &bytes[other?.tag.start..other?.end])]),
        4 => replaced(bytes, &[(one?.close..one?.close, &bytes[other?.tag.start..other?.end])]),
        5 => replaced(bytes, &[(one?.tag.start..one?.end, &bytes[other?.tag.start..other?.end])]),
        // an element around another
        6 => {
            let mut around = bytes[other?.tag.clone()].to_vec();
            around.extend_from_slice(&bytes[one?.tag.start..one?.end]);
            around.extend_from_slice(&bytes[other?.close..other?.end]);
            replaced(bytes, &[(one?.tag.start..one?.end, &around)])
        }
        // its content without the element
        7 => replaced(bytes, &[(one?.tag.clone(), b""), (one?.close..one?.end, b"")]),
        // another name
        8 => {
            let name = &bytes[other?.name.clone()];
            let end = if one?.close == one?.end { one?.end..one?.end } else { one?.close + 2..one?.end - 1 };
            let with: &[u8] = if end.is_empty() { b"" } else { name };
            replaced(bytes, &[(one?.name.clone(), name), (end, with)])
        }
        9 => replaced(bytes, &[(one?.name.end..one?.name.end, random.of(ATTRIBUTES)?.as_bytes())]),
        // other content
        10 => replaced(bytes, &[(one?.tag.end..one?.close.max(one?.tag.end), random.of(WORDS)?.as_bytes())]),
        11 | 12 => replaced(bytes, &[(value?, random.of(WORDS)?.as_bytes())]),
        13 => {
            let other = random.of(&shape.values)?.clone();
            replaced(bytes, &[(value?, &bytes[other])])
        }
        14 => swapped(bytes, value?, random.of(&shape.values)?.clone())?,
        // a tag alone: no longer well-formed
        15 => replaced(bytes, &[(one?.tag.clone(), &bytes[other?.tag.clone()])]),
        _ if bytes.is_empty() => return None,
        _ if random.below(4) == 0 => bytes[..random.below(bytes.len())].to_vec(),
        _ => {
            let mut out = bytes.to_vec();
            out[random.below(bytes.len())] ^= 1 << random.below(8);
            out
        }
    })
}

/// A part of another document in this one.
pub fn cross(bytes: &[u8], other: &[u8], random: &mut Random) -> Option<Vec<u8>> {
    let (here, there) = (Shape::of(bytes), Shape::of(other));
    let (at, from) = (random.of(&here.elements)?, random.of(&there.elements)?);
    let place = if random.below(2) == 0 { at.tag.start..at.tag.start } else { at.tag.start..at.end };
    Some(replaced(bytes, &[(place, &other[from.tag.start..from.end])]))
}
