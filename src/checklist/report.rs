//! The sums over documents, and who lacks what is mandatory.

use serde::Serialize;

use super::{Held, State};
use crate::mapping::plan::{Need, Plan};

/// What documents give of the lists that they are held to. It holds names of files, and nothing that they say.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// by list, in the order of the tables
    pub checklists: Vec<OfList>,
    /// documents by the lists that they are held to
    pub documents: Vec<OfDocument>,
    /// documents that no list is for
    pub without_list: Vec<String>,
    /// documents that were refused
    pub refused: u64,
}

/// What the documents of one list give.
#[derive(Debug, Clone, Serialize)]
pub struct OfList {
    /// name in the tables
    pub checklist: String,
    /// for people
    pub title: String,
    /// whose list it is
    pub source: String,
    /// how many documents
    pub documents: u64,
    /// by heading
    pub headings: Vec<OfHeading>,
}

/// What they give under a heading.
#[derive(Debug, Clone, Serialize)]
pub struct OfHeading {
    /// its name
    pub heading: String,
    /// how much the list asks for it; `None` where it asks for elements alone
    #[serde(serialize_with = "word", skip_serializing_if = "Option::is_none")]
    pub need: Option<Need>,
    /// of the heading as a whole
    #[serde(flatten)]
    pub counts: Counts,
    /// by element
    pub elements: Vec<OfElement>,
}

/// What they give of an element.
#[derive(Debug, Clone, Serialize)]
pub struct OfElement {
    /// its name
    pub element: String,
    /// how much the list asks for it
    #[serde(serialize_with = "word")]
    pub need: Option<Need>,
    /// documents by state
    #[serde(flatten)]
    pub counts: Counts,
}

/// How many documents have an item in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// as data
    pub present: u64,
    /// only in words
    pub text: u64,
    /// narrative that does not name it
    pub unclear: u64,
    /// nothing
    pub absent: u64,
}

impl Counts {
    pub(super) fn of(&self, state: State) -> u64 {
        match state {
            State::Present => self.present,
            State::Text => self.text,
            State::Unclear => self.unclear,
            State::Absent => self.absent,
        }
    }

    fn add(&mut self, state: State) {
        match state {
            State::Present => self.present += 1,
            State::Text => self.text += 1,
            State::Unclear => self.unclear += 1,
            State::Absent => self.absent += 1,
        }
    }
}

/// How a document meets a list.
#[derive(Debug, Clone, Serialize)]
pub struct OfDocument {
    /// its path below the folder that was given
    pub document: String,
    /// the list
    pub checklist: String,
    /// what is mandatory, by state; an element counts where its heading is there or is mandatory itself
    pub mandatory: Counts,
    /// what is required, likewise
    pub required: Counts,
    /// what is mandatory and absent: `Heading`, or `Heading / Element`
    pub missing: Vec<String>,
}

fn word<S: serde::Serializer>(need: &Option<Need>, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_some(&need.map(Need::word))
}

/// What became of a document: how it meets its lists, or `None` when it was refused.
pub type Judged = (String, Option<Vec<Held>>);

impl Report {
    /// The sums, in the order of the documents.
    pub fn new(plan: &Plan, judged: &[Judged]) -> Report {
        let mut report = Report { checklists: vec![], documents: vec![], without_list: vec![], refused: 0 };
        for (i, list) in plan.checklists.iter().enumerate() {
            let all: Vec<(&String, &Held)> = judged
                .iter()
                .flat_map(|(name, held)| held.iter().flatten().map(move |h| (name, h)))
                .filter(|(_, h)| h.list == i)
                .collect();
            if all.is_empty() {
                continue;
            }
            report.checklists.push(OfList {
                checklist: list.name.clone(),
                title: list.title.clone(),
                source: list.source.clone(),
                documents: all.len() as u64,
                headings: sums(plan, i, &all),
            });
            report.documents.extend(all.iter().map(|(name, held)| document(plan, name, held)));
        }
        for (name, held) in judged {
            match held {
                None => report.refused += 1,
                Some(held) if held.is_empty() => report.without_list.push(name.clone()),
                Some(_) => {}
            }
        }
        report
    }
}

fn sums(plan: &Plan, list: usize, all: &[(&String, &Held)]) -> Vec<OfHeading> {
    let (_, first) = all[0];
    let mut headings: Vec<OfHeading> = first
        .headings
        .iter()
        .map(|h| {
            let heading = &plan.headings[h.heading];
            let asked = heading.elements.iter().filter(|e| e.needs[list].is_some());
            OfHeading {
                heading: heading.item.name.clone(),
                need: heading.needs(list),
                counts: Counts::default(),
                elements: asked
                    .map(|e| OfElement { element: e.name.clone(), need: e.needs[list], counts: Counts::default() })
                    .collect(),
            }
        })
        .collect();
    for (_, held) in all {
        for (sum, h) in headings.iter_mut().zip(&held.headings) {
            sum.counts.add(h.state);
            for (sum, state) in sum.elements.iter_mut().zip(h.elements.iter().flatten()) {
                sum.counts.add(*state);
            }
        }
    }
    headings
}

fn document(plan: &Plan, name: &str, held: &Held) -> OfDocument {
    let mut of = OfDocument {
        document: name.to_owned(),
        checklist: plan.checklists[held.list].name.clone(),
        mandatory: Counts::default(),
        required: Counts::default(),
        missing: Vec::new(),
    };
    let mut add = |need: Option<Need>, state: State, name: &dyn Fn() -> String| match need {
        Some(Need::Mandatory) => {
            of.mandatory.add(state);
            if state == State::Absent {
                of.missing.push(name());
            }
        }
        Some(Need::Required) => of.required.add(state),
        _ => {}
    };
    for h in &held.headings {
        let heading = &plan.headings[h.heading];
        let need = heading.needs(held.list);
        add(need, h.state, &|| heading.item.name.clone());
        // what a heading must say is asked for where the heading is, or ought to be
        if h.state == State::Absent && need != Some(Need::Mandatory) {
            continue;
        }
        for (e, state) in heading.elements.iter().zip(&h.elements) {
            if let Some(state) = state {
                add(e.needs[held.list], *state, &|| format!("{} / {}", heading.item.name, e.name));
            }
        }
    }
    of
}
