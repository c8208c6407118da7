//! What packs say of documents as a whole: events, and checklists with their headings.

use std::borrow::Cow;

use toml::Spanned;
use toml::de::DeValue;

use super::super::ast::*;
use super::Loader;

type Key<'k> = Spanned<Cow<'k, str>>;

const NEEDS: [&str; 3] = ["mandatory", "required", "optional"];

impl Loader<'_> {
    fn named(&self, key: &Key<'_>) -> Text {
        Text { text: key.get_ref().to_string(), place: self.place(key.span()) }
    }

    /// An event; a later pack's words replace those of an earlier one.
    pub(super) fn event(&mut self, key: &Key<'_>, value: &Spanned<DeValue<'_>>) {
        const WORDS: &[&str] = &["if", "has", "without", "code", "reason", "focus", "why", "drop"];
        let name = self.named(key);
        let at = self.tables.events.iter().position(|e| e.name.text == name.text);
        let mut event = match at {
            Some(at) => self.tables.events[at].clone(),
            None => EventAst {
                name,
                condition: None,
                has: vec![],
                without: vec![],
                code: vec![],
                reason: vec![],
                focus: vec![],
            },
        };
        let (mut drop, mut why) = (false, false);
        for (k, v) in self.table(value, "an event") {
            match k.get_ref().as_ref() {
                "if" => event.condition = self.text(v, "if"),
                "has" => event.has = self.texts(v, "a path"),
                "without" => event.without = self.texts(v, "a path"),
                "code" => event.code = self.codings(v),
                "reason" => event.reason = self.codings(v),
                "focus" => event.focus = self.texts(v, "a path"),
                "why" => why = true,
                "drop" => drop = self.flag(v, "drop"),
                _ => self.unknown(k, "an event", WORDS),
            }
        }
        if drop && !why {
            self.fault("M004", key.span(), "`drop` must say `why`", "add why = \"...\" for whoever reviews the pack");
        }
        if event.code.is_empty() && !drop {
            self.fault("M009", key.span(), "an event says its `code`", "code = \"SYSTEM|code|display\"");
        }
        match at {
            Some(at) if drop => {
                self.tables.events.remove(at);
            }
            Some(at) => self.tables.events[at] = event,
            None if drop => self.fault("M006", key.span(), "there is no such event to drop", ""),
            None => self.tables.events.push(event),
        }
    }

    /// A coding, or a list of `{ if, carried, const }`.
    fn codings(&mut self, value: &Spanned<DeValue<'_>>) -> Vec<EventCodingAst> {
        let DeValue::Array(items) = value.get_ref() else {
            let constant = self.text(value, "a coding");
            return constant
                .map(|c| EventCodingAst { condition: None, carried: vec![], constant: Some(c) })
                .into_iter()
                .collect();
        };
        let mut out = Vec::new();
        for item in items.iter() {
            let mut one = EventCodingAst { condition: None, carried: vec![], constant: None };
            for (k, v) in self.table(item, "an alternative") {
                match k.get_ref().as_ref() {
                    "if" => one.condition = self.text(v, "if"),
                    "carried" => one.carried = self.texts(v, "a coding"),
                    "const" => one.constant = self.text(v, "const"),
                    "why" => {}
                    _ => self.unknown(k, "an alternative of an event", &["if", "carried", "const", "why"]),
                }
            }
            if one.constant.is_none() && one.carried.is_empty() {
                let help = "const = \"SYSTEM|code|display\"";
                self.fault("M009", item.span(), "an alternative says its `const`", help);
            }
            out.push(one);
        }
        out
    }

    /// A checklist; a later pack's words replace those of an earlier one.
    pub(super) fn checklist(&mut self, key: &Key<'_>, value: &Spanned<DeValue<'_>>) {
        let name = self.named(key);
        let at = self.tables.checklists.iter().position(|c| c.name.text == name.text).unwrap_or_else(|| {
            let (title, source) = (name.text.clone(), String::new());
            self.tables.checklists.push(ChecklistAst { name, title, condition: None, source });
            self.tables.checklists.len() - 1
        });
        let mut list = self.tables.checklists[at].clone();
        for (k, v) in self.table(value, "a checklist") {
            match k.get_ref().as_ref() {
                "title" => list.title = self.text(v, "title").map_or_else(String::new, |t| t.text),
                "if" => list.condition = self.text(v, "if"),
                "source" => list.source = self.text(v, "source").map_or_else(String::new, |t| t.text),
                "why" => {}
                _ => self.unknown(k, "a checklist", &["title", "if", "source", "why"]),
            }
        }
        if list.condition.is_none() {
            let help = "if = \"code/@code='…'\": the documents that it is for";
            self.fault("M053", key.span(), "a checklist says `if`", help);
        }
        self.tables.checklists[at] = list;
    }

    /// A heading of checklists; one of the same name in a later pack stands in its place.
    pub(super) fn heading(&mut self, key: &Key<'_>, value: &Spanned<DeValue<'_>>) {
        let mut heading = HeadingAst { item: self.item(key), codes: vec![], elements: vec![] };
        for (k, v) in self.table(value, "a heading") {
            match k.get_ref().as_ref() {
                "codes" => heading.codes = self.texts(v, "a coding"),
                "elements" => {
                    for (k, v) in self.table(v, "elements") {
                        let mut element = self.item(k);
                        for (k, v) in self.table(v, "an element") {
                            self.item_word(
                                &mut element,
                                k,
                                v,
                                &["mandatory", "required", "optional", "at", "labels", "why"],
                            );
                        }
                        heading.elements.push(element);
                    }
                }
                _ => self.item_word(
                    &mut heading.item,
                    k,
                    v,
                    &["codes", "elements", "mandatory", "required", "optional", "at", "why"],
                ),
            }
        }
        let known = self.tables.headings.iter().position(|h| h.item.name.text == heading.item.name.text);
        match known {
            Some(at) => self.tables.headings[at] = heading,
            None => self.tables.headings.push(heading),
        }
    }

    fn item(&self, key: &Key<'_>) -> ItemAst {
        let needs = [vec![], vec![], vec![]];
        ItemAst { name: self.named(key), needs, at: vec![], labels: vec![], narrative: false }
    }

    fn item_word(&mut self, item: &mut ItemAst, key: &Key<'_>, value: &Spanned<DeValue<'_>>, words: &[&'static str]) {
        match key.get_ref().as_ref() {
            "at" => item.at = self.texts(value, "a path"),
            "labels" => {
                item.labels = self.texts(value, "a label");
                item.narrative = item.labels.iter().any(|l| l.text == "*");
            }
            "why" => {}
            word => match NEEDS.iter().position(|n| *n == word) {
                Some(i) => item.needs[i] = self.texts(value, "a checklist"),
                None => self.unknown(key, "an item of checklists", words),
            },
        }
    }
}
