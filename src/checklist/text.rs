//! The report for people.

use std::fmt;

use super::State;
use super::report::{Counts, OfList, Report};
use crate::mapping::plan::Need;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for list in &self.checklists {
            of_list(f, list)?;
            for d in self.documents.iter().filter(|d| d.checklist == list.checklist) {
                let (m, r) = (&d.mandatory, &d.required);
                writeln!(f, "{}: mandatory: {}; required: {}", d.document, line(m), line(r))?;
                for missing in &d.missing {
                    writeln!(f, "  absent, though mandatory: {missing}")?;
                }
            }
            writeln!(f)?;
        }
        for name in &self.without_list {
            writeln!(f, "{name}: no checklist is for it")?;
        }
        Ok(())
    }
}

fn line(c: &Counts) -> String {
    State::ALL.map(|s| format!("{} {}", c.of(s), s.words())).join(", ")
}

fn of_list(f: &mut fmt::Formatter<'_>, list: &OfList) -> fmt::Result {
    let one = list.documents == 1;
    writeln!(f, "{} ({}), {} document{}", list.title, list.checklist, list.documents, if one { "" } else { "s" })?;
    let names = list.headings.iter().flat_map(|h| {
        std::iter::once(h.heading.chars().count()).chain(h.elements.iter().map(|e| e.element.chars().count() + 2))
    });
    let width = names.max().unwrap_or(0).min(64);
    if !one {
        writeln!(f, "{:width$}               present  text only  unclear  absent", "")?;
    }
    let mut row = |name: &str, need: Option<Need>, counts: &Counts| {
        let need = need.map_or("", Need::word);
        if one {
            let state = State::ALL.into_iter().find(|s| counts.of(*s) > 0).map_or("", State::words);
            return writeln!(f, "{name:width$}  {need:9}  {state}");
        }
        let c = counts;
        writeln!(f, "{name:width$}  {need:9}  {:9}  {:9}  {:7}  {:6}", c.present, c.text, c.unclear, c.absent)
    };
    for h in &list.headings {
        row(&h.heading, h.need, &h.counts)?;
        for e in &h.elements {
            row(&format!("  {}", e.element), e.need, &e.counts)?;
        }
    }
    Ok(())
}
