//! Records of reviews.

use toml::Spanned;
use toml::de::DeValue;

use super::super::reviews::{Level, Record};
use super::Loader;

const WORDS: &[&str] = &["of", "digest", "level", "reviewer", "role", "date", "note"];

impl Loader<'_> {
    pub(super) fn review(&mut self, value: &Spanned<DeValue<'_>>) {
        // all but the note must be there: a review that nobody signs is none
        let mut said = [const { None }; 6];
        let place = self.place(value.span());
        for (k, v) in self.table(value, "review") {
            match WORDS.iter().position(|w| *w == k.get_ref()) {
                None => self.unknown(k, "review", WORDS),
                // a note is for people
                Some(i) => {
                    let text = self.text(v, WORDS[i]);
                    if let Some(slot) = said.get_mut(i) {
                        *slot = text.filter(|t| !t.text.trim().is_empty());
                    }
                }
            }
        }
        let missing: Vec<&str> = WORDS.iter().zip(&said).filter(|(_, s)| s.is_none()).map(|(w, _)| *w).collect();
        let [Some(of), Some(digest), Some(level), Some(reviewer), Some(role), Some(date)] = said else {
            let message = format!("a review must say {}", missing.join(", "));
            self.faults.add("M056", place, message, "`granule explain RULE.ROW` prints a record to fill in");
            return;
        };
        let known = Level::ALL.iter().find(|(word, _)| *word == level.text);
        let Some((_, level)) = known else {
            let message = format!("`{}` is no level of review", level.text);
            self.faults.add("M057", level.place, message, "one of technical, clinical");
            return;
        };
        if date.text.len() != 10 || date.text.parse::<jiff::civil::Date>().is_err() {
            self.faults.add("M058", date.place, "the date of a review is a day", "date = \"2026-01-31\"");
            return;
        }
        self.tables.reviews.push(Record {
            of: of.text,
            digest: digest.text,
            level: *level,
            reviewer: reviewer.text,
            role: role.text,
            date: date.text,
            place: of.place,
        });
    }
}
