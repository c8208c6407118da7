//! Which elements of a record standard documents give: each present, in words only, or absent.
//!
//! A bundle is asked, not the document: what the report calls present is what a reader of the bundle finds. The lists are those
//! of the tables (`[checklist.NAME]`, `[heading."NAME"]`); a document is held to each list whose test it meets.

pub mod report;
mod text;

use serde::Serialize;

use crate::convert::Conversion;
use crate::fhir::path::{BundlePath, Entries, Says};
use crate::fhir::value::{Object, Value};
use crate::mapping::load::normal_title;
use crate::mapping::plan::{Heading, Item, Need, Plan};

/// How much of an item a bundle has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// as data: coded, dated, named, referred to
    Present,
    /// only in words: a concept without code, or narrative that names it
    Text,
    /// the heading has narrative that does not name it: whether it says it, only a reader can tell
    Unclear,
    /// nothing
    Absent,
}

impl State {
    /// All, the best first.
    pub const ALL: [State; 4] = [State::Present, State::Text, State::Unclear, State::Absent];

    /// The words for it.
    pub fn words(self) -> &'static str {
        match self {
            State::Present => "present",
            State::Text => "text only",
            State::Unclear => "unclear",
            State::Absent => "absent",
        }
    }
}

/// How a document meets a checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// number of the checklist
    pub list: usize,
    /// by heading that the list has: its number, its state, and that of each of its elements (`None`: not of the list)
    pub headings: Vec<HeldHeading>,
}

/// How a document meets a heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldHeading {
    /// number of the heading
    pub heading: usize,
    /// of the heading as a whole
    pub state: State,
    /// of its elements
    pub elements: Vec<Option<State>>,
}

/// How a document meets the lists that it is held to; none when no list is for it.
pub fn held(plan: &Plan, done: &Conversion) -> Vec<Held> {
    if done.checklists.is_empty() {
        return Vec::new();
    }
    let entries = Entries::new(&done.bundle.entries);
    // what the bundle has under a heading is the same for every list
    let judged: Vec<Under<'_>> = plan.headings.iter().map(|h| Under::new(h, &entries)).collect();
    let of = |list: usize| Held {
        list,
        headings: (0..plan.headings.len())
            .filter(|h| plan.headings[*h].concerns(list))
            .map(|h| {
                let heading = &plan.headings[h];
                let elements = heading.elements.iter();
                HeldHeading {
                    heading: h,
                    state: judged[h].as_a_whole(heading, &entries),
                    elements: elements.map(|e| e.needs[list].map(|_| judged[h].state(e, &entries))).collect(),
                }
            })
            .collect(),
    };
    done.checklists.iter().map(|list| of(*list)).collect()
}

impl Heading {
    /// Whether a list asks for it, or for something under it.
    fn concerns(&self, list: usize) -> bool {
        self.item.needs[list].is_some() || self.elements.iter().any(|e| e.needs[list].is_some())
    }

    /// Whether a list wants an element of it in every document, or wherever the heading is.
    fn needs(&self, list: usize) -> Option<Need> {
        self.item.needs[list]
    }
}

/// What a bundle has under a heading.
struct Under<'b> {
    sections: Vec<&'b Object>,
    /// titles and narrative of the sections, as titles are compared, with a blank at both ends
    words: String,
}

impl<'b> Under<'b> {
    fn new(heading: &Heading, entries: &Entries<'b>) -> Under<'b> {
        let mut sections = Vec::new();
        for composition in entries.all().iter().filter(|e| e.resource_type == "Composition") {
            below(&composition.resource, &mut |s| {
                if stands_under(s, heading) {
                    sections.push(s);
                }
            });
        }
        let mut words = String::from(" ");
        sections.iter().for_each(|s| narrative(s, true, &mut words));
        Under { sections, words }
    }

    fn as_a_whole(&self, heading: &Heading, entries: &Entries<'b>) -> State {
        let found = self.found(&heading.item.at, entries);
        let filled = self.sections.iter().any(|s| s.get("entry").is_some());
        match found {
            Says::Data => State::Present,
            _ if filled => State::Present,
            Says::Words => State::Text,
            Says::Nothing if self.words.len() > 1 => State::Text,
            Says::Nothing => State::Absent,
        }
    }

    fn state(&self, item: &Item, entries: &Entries<'b>) -> State {
        match self.found(&item.at, entries) {
            Says::Data => State::Present,
            Says::Words => State::Text,
            Says::Nothing if self.words.len() <= 1 => State::Absent,
            Says::Nothing if item.narrative => State::Text,
            Says::Nothing if item.labels.iter().any(|l| self.words.contains(&format!(" {l} "))) => State::Text,
            Says::Nothing => State::Unclear,
        }
    }

    /// The most that one of the paths finds.
    fn found(&self, at: &[BundlePath], entries: &Entries<'b>) -> Says {
        let found = at.iter().flat_map(|p| p.find(entries, &self.sections));
        found.map(|f| f.says()).max().unwrap_or(Says::Nothing)
    }
}

/// All sections below a Composition or section, outer ones first.
fn below<'b>(o: &'b Object, each: &mut dyn FnMut(&'b Object)) {
    for section in o.get("section").map(Value::items).unwrap_or_default().iter().filter_map(Value::as_object) {
        each(section);
        below(section, each);
    }
}

fn codings(section: &Object) -> impl Iterator<Item = &Object> {
    let code = section.get("code").and_then(Value::as_object).and_then(|c| c.get("coding"));
    code.map(Value::items).unwrap_or_default().iter().filter_map(Value::as_object)
}

fn stands_under(section: &Object, heading: &Heading) -> bool {
    codings(section).any(|c| {
        heading.codes.iter().any(|(system, code)| c.str("system") == Some(system) && c.str("code") == Some(code))
    })
}

/// The words of a section, and of those in it that have no heading of their own. What follows the title of an inner section is
/// named by it; the title of the section itself names nothing in it.
fn narrative(section: &Object, outer: bool, out: &mut String) {
    let div = section.get("text").and_then(Value::as_object).filter(|t| t.str("status") != Some("empty"));
    let words = normal_title(&plain(div.and_then(|t| t.str("div")).unwrap_or("")));
    let title = section.str("title").filter(|_| !outer && !words.is_empty()).map(normal_title);
    for part in title.iter().chain(Some(&words)).filter(|p| !p.is_empty()) {
        out.push_str(part);
        out.push(' ');
    }
    for inner in section.get("section").map(Value::items).unwrap_or_default().iter().filter_map(Value::as_object) {
        if codings(inner).next().is_none() {
            narrative(inner, false, out);
        }
    }
}

/// XHTML without its tags and with blanks for its entities: enough to look for words.
fn plain(div: &str) -> String {
    let mut out = String::with_capacity(div.len());
    let mut rest = div;
    while let Some(at) = rest.find(['<', '&']) {
        out.push_str(&rest[..at]);
        let end = if rest[at..].starts_with('<') { '>' } else { ';' };
        out.push(' ');
        rest = rest[at..].find(end).map_or("", |e| &rest[at + e + 1..]);
    }
    out.push_str(rest);
    out
}
