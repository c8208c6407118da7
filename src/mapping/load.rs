//! Files of packs → tables, overlaid in order, with every fault reported.

mod braces;
mod confidentiality;
mod define;
mod events;
mod newer;
mod qualifiers;
mod reviews;
mod rules;

use std::ops::Range;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::ast::*;
use super::diagnostics::{Diagnostics, Place, SourceFile, nearest};

/// The words of the mapping language inside a row; no R4 element may bear one (a test proves it).
pub const ROW_WORDS: &[&str] = &[
    "from", "if", "const", "map", "via", "as", "pick", "to", "each", "conduct", "by", "report", "drop", "why",
    "replace",
];

const RULE_WORDS: &[&str] = &[
    "to", "profile", "section", "entry", "takes", "if", "require", "into", "group", "claims", "emit", "identity",
    "source", "subject", "rows", "drop", "why", "replace",
];

type Entry<'a, 'i> = (&'a Spanned<std::borrow::Cow<'i, str>>, &'a Spanned<DeValue<'i>>);

/// Reads the tables of one file over what earlier files said.
pub fn load(file: &Arc<SourceFile>, tables: &mut Tables, faults: &mut Diagnostics) {
    let (doc, errors) = DeTable::parse_recoverable(&file.text);
    // a test has read the program's own tables
    let newer = if file.is_embedded() { Vec::new() } else { newer::than_1_0(&file.text) };
    let told = errors.iter().map(|e| (e.span().unwrap_or(0..1), e.message())).chain(newer);
    told.for_each(|(span, m)| faults.add("M001", Place { file: file.clone(), span }, m, "the file must be TOML 1.0"));
    let mut loader = Loader { file: file.clone(), tables, faults };
    for (key, value) in in_order(doc.get_ref()) {
        loader.top(key, value);
    }
}

fn in_order<'a, 'i>(table: &'a DeTable<'i>) -> Vec<Entry<'a, 'i>> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(k, _)| k.span().start);
    entries
}

struct Loader<'l> {
    file: Arc<SourceFile>,
    tables: &'l mut Tables,
    faults: &'l mut Diagnostics,
}

impl Loader<'_> {
    fn place(&self, span: Range<usize>) -> Place {
        Place { file: self.file.clone(), span }
    }

    fn fault(&mut self, code: &'static str, span: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        let place = self.place(span);
        self.faults.add(code, place, message, help);
    }

    /// A string value; its place is that of the text between the quotes, so that a path error points into it.
    fn text(&mut self, value: &Spanned<DeValue<'_>>, what: &str) -> Option<Text> {
        match value.get_ref() {
            DeValue::String(s) => {
                let span = value.span();
                let raw = &self.file.text[span.clone()];
                let long = raw.starts_with("\"\"\"") || raw.starts_with("'''");
                // TOML drops the end of the line that the quotes stand at
                let dropped = |end: &str| raw.get(3..).is_some_and(|r| r.starts_with(end));
                let quotes = match long {
                    false => 1,
                    true => 3 + if dropped("\r\n") { 2 } else { usize::from(dropped("\n")) },
                };
                let end = if long { 3 } else { 1 };
                let inner = span.start + quotes..span.end.saturating_sub(end).max(span.start + quotes);
                Some(Text { text: s.to_string(), place: self.place(inner) })
            }
            other => {
                self.fault("M002", value.span(), format!("{what} must be a text, not {}", other.type_str()), "");
                None
            }
        }
    }

    fn texts(&mut self, value: &Spanned<DeValue<'_>>, what: &str) -> Vec<Text> {
        match value.get_ref() {
            DeValue::Array(items) => items.iter().filter_map(|i| self.text(i, what)).collect(),
            _ => self.text(value, what).into_iter().collect(),
        }
    }

    fn table<'a, 'i>(&mut self, value: &'a Spanned<DeValue<'i>>, what: &str) -> Vec<Entry<'a, 'i>> {
        match value.get_ref() {
            DeValue::Table(t) => in_order(t),
            other => {
                self.fault("M002", value.span(), format!("{what} must be a table, not {}", other.type_str()), "");
                vec![]
            }
        }
    }

    fn flag(&mut self, value: &Spanned<DeValue<'_>>, what: &str) -> bool {
        match value.get_ref() {
            DeValue::Boolean(b) => *b,
            _ => {
                self.fault("M002", value.span(), format!("{what} must be true or false"), "");
                false
            }
        }
    }

    fn unknown(&mut self, key: &Spanned<std::borrow::Cow<'_, str>>, what: &str, words: &[&'static str]) {
        let word = key.get_ref().as_ref();
        let help = nearest(word, words.iter().copied())
            .map_or_else(|| format!("known here: {}", words.join(", ")), |n| format!("did you mean `{n}`?"));
        self.fault("M003", key.span(), format!("`{word}` means nothing in {what}"), help);
    }

    fn top(&mut self, key: &Spanned<std::borrow::Cow<'_, str>>, value: &Spanned<DeValue<'_>>) {
        const TOP: &[&str] = &[
            "pack",
            "namespaces",
            "model",
            "define",
            "templates",
            "systems",
            "extensions",
            "profiles",
            "titles",
            "rename",
            "zone",
            "event",
            "checklist",
            "heading",
            "trusted",
            "review",
            "confidentiality",
            "qualifiers",
            "never-match",
            "root-only",
            "rule",
        ];
        match key.get_ref().as_ref() {
            "pack" => {}
            "namespaces" => {
                for (k, v) in self.table(value, "namespaces") {
                    for uri in self.texts(v, "a namespace") {
                        let prefix = Text { text: k.get_ref().to_string(), place: self.place(k.span()) };
                        self.tables.namespaces.push((prefix, uri));
                    }
                }
            }
            "model" => {
                for (k, v) in self.table(value, "model") {
                    let lines = self.texts(v, "a line of the model");
                    let class = Text { text: k.get_ref().to_string(), place: self.place(k.span()) };
                    self.tables.model.push((class, lines));
                }
            }
            "define" => self.table(value, "define").into_iter().for_each(|(k, v)| self.define(k, v)),
            "templates" => {
                for (k, v) in self.table(value, "templates") {
                    self.template(k, v);
                }
            }
            "systems" => {
                for (k, v) in self.table(value, "systems") {
                    if let Some(t) = self.text(v, "a code system") {
                        self.tables.systems.insert(k.get_ref().to_string(), t);
                    }
                }
            }
            "extensions" => {
                for (k, v) in self.table(value, "extensions") {
                    self.extension(k, v);
                }
            }
            "profiles" => {
                for (k, v) in self.table(value, "profiles") {
                    self.profile(k, v);
                }
            }
            "titles" => {
                for (k, v) in self.table(value, "titles") {
                    if let Some(t) = self.text(v, "a section code") {
                        self.tables.titles.insert(normal_title(k.get_ref()), t);
                    }
                }
            }
            "rename" => {
                for (k, v) in self.table(value, "rename") {
                    if let Some(t) = self.text(v, "an element name") {
                        let from = Text { text: k.get_ref().to_string(), place: self.place(k.span()) };
                        self.tables.renames.push((from, t));
                    }
                }
            }
            "zone" => match value.get_ref() {
                DeValue::Array(items) => items.iter().for_each(|i| self.zone(i)),
                _ => self.fault("M002", value.span(), "zone is a list of tables: [[zone]]", ""),
            },
            "event" => self.table(value, "event").into_iter().for_each(|(k, v)| self.event(k, v)),
            "checklist" => self.table(value, "checklist").into_iter().for_each(|(k, v)| self.checklist(k, v)),
            "heading" => self.table(value, "heading").into_iter().for_each(|(k, v)| self.heading(k, v)),
            "trusted" => match value.get_ref() {
                DeValue::Array(items) => items.iter().for_each(|i| self.trusted(i)),
                _ => self.fault("M002", value.span(), "trusted is a list of tables: [[trusted]]", ""),
            },
            "review" => match value.get_ref() {
                DeValue::Array(items) => items.iter().for_each(|i| self.review(i)),
                _ => self.fault("M002", value.span(), "review is a list of tables: [[review]]", ""),
            },
            "confidentiality" => self.confidentiality(value),
            "qualifiers" => self.qualifiers(value),
            "never-match" => {
                for (k, v) in self.table(value, "never-match") {
                    match k.get_ref().as_ref() {
                        "systems" => {
                            let systems = self.texts(v, "a system");
                            self.tables.never_match.extend(systems.into_iter().map(|t| t.text));
                        }
                        _ => self.unknown(k, "never-match", &["systems"]),
                    }
                }
            }
            "root-only" => {
                for (k, v) in self.table(value, "root-only") {
                    if k.get_ref() == "never-value" {
                        let roots = self.texts(v, "a root");
                        self.tables.schemes.extend(roots.into_iter().map(|t| t.text));
                    }
                }
            }
            "rule" => {
                for (k, v) in self.table(value, "rule") {
                    self.rule(k, v);
                }
            }
            _ => self.unknown(key, "a pack", TOP),
        }
    }

    fn template(&mut self, key: &Spanned<std::borrow::Cow<'_, str>>, value: &Spanned<DeValue<'_>>) {
        let place = self.place(key.span());
        let mut t =
            TemplateAst { class: String::new(), oids: vec![], general: vec![], sections: vec![], codes: vec![], place };
        for (k, v) in self.table(value, "a template") {
            match k.get_ref().as_ref() {
                "class" => t.class = self.text(v, "class").map_or_else(String::new, |t| t.text),
                "oids" => t.oids = self.expanded(v, "an OID"),
                "general" => t.general = self.texts(v, "an OID").into_iter().map(|t| t.text).collect(),
                "sections" => {
                    t.sections = self.texts(v, "the code of a section").into_iter().map(|t| t.text).collect();
                }
                "codes" => t.codes = self.texts(v, "a code").into_iter().map(|t| t.text).collect(),
                "title" | "note" => {}
                _ => self.unknown(k, "a template", &["class", "oids", "general", "sections", "codes", "title", "note"]),
            }
        }
        self.tables.templates.insert(key.get_ref().to_string(), t);
    }

    fn extension(&mut self, key: &Spanned<std::borrow::Cow<'_, str>>, value: &Spanned<DeValue<'_>>) {
        let place = self.place(key.span());
        let mut e = ExtensionAst { url: String::new(), ty: String::new(), parts: Default::default(), place };
        for (k, v) in self.table(value, "an extension") {
            match k.get_ref().as_ref() {
                "url" => e.url = self.text(v, "url").map_or_else(String::new, |t| t.text),
                "type" => e.ty = self.text(v, "type").map_or_else(String::new, |t| t.text),
                "parts" => {
                    for (k, v) in self.table(v, "parts") {
                        if let Some(t) = self.text(v, "the type of a part") {
                            e.parts.insert(k.get_ref().to_string(), t.text);
                        }
                    }
                }
                // what a definition says beyond that is for the reader
                "required" | "many" | "on" | "targets" | "max" | "modifier" => {}
                _ => self.unknown(
                    k,
                    "an extension",
                    &["url", "type", "parts", "required", "many", "on", "targets", "max", "modifier"],
                ),
            }
        }
        self.tables.extensions.insert(key.get_ref().to_string(), e);
    }

    /// A later pack's zones are asked first.
    fn zone(&mut self, value: &Spanned<DeValue<'_>>) {
        let (mut condition, mut zone) = (None, None);
        for (k, v) in self.table(value, "zone") {
            match k.get_ref().as_ref() {
                "if" => condition = self.text(v, "if"),
                "zone" => zone = self.text(v, "zone"),
                "why" => {}
                _ => self.unknown(k, "zone", &["if", "zone", "why"]),
            }
        }
        match condition.zip(zone) {
            Some(both) => self.tables.zones.insert(0, both),
            None => self.fault("M007", value.span(), "a zone says `if` and `zone`", "zone = \"Europe/London\""),
        }
    }

    fn trusted(&mut self, value: &Spanned<DeValue<'_>>) {
        let mut t = TrustedAst { system: String::new(), roots: vec![], ty: String::new(), digits: None };
        for (k, v) in self.table(value, "trusted") {
            match k.get_ref().as_ref() {
                "system" => t.system = self.text(v, "system").map_or_else(String::new, |t| t.text),
                "roots" => t.roots = self.texts(v, "a root").into_iter().map(|t| t.text.to_ascii_lowercase()).collect(),
                "kind" => {
                    let kind = self.text(v, "kind").map_or_else(String::new, |t| t.text);
                    let mut chars = kind.chars();
                    t.ty = chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect();
                }
                "digits" => match v.get_ref() {
                    DeValue::Integer(n) if n.as_str().parse::<usize>().is_ok_and(|n| n > 0) => {
                        t.digits = n.as_str().parse().ok();
                    }
                    _ => self.fault("M002", v.span(), "digits is a number above 0", ""),
                },
                "why" => {}
                _ => self.unknown(k, "trusted", &["system", "roots", "kind", "digits", "why"]),
            }
        }
        self.tables.trusted.push(t);
    }

    fn profile(&mut self, key: &Spanned<std::borrow::Cow<'_, str>>, value: &Spanned<DeValue<'_>>) {
        let mut p = ProfileAst::default();
        for (k, v) in self.table(value, "a profile") {
            match k.get_ref().as_ref() {
                "url" => p.url = self.text(v, "url").map_or_else(String::new, |t| t.text),
                "type" => p.ty = self.text(v, "type").map_or_else(String::new, |t| t.text),
                "if" => p.condition = self.text(v, "if"),
                "require" => p.require = self.texts(v, "a required element"),
                "within" => p.within = self.texts(v, "an element"),
                "checks" => p.checks = self.texts(v, "a check").into_iter().map(|t| t.text).collect(),
                "units" => p.units = self.texts(v, "a unit").into_iter().map(|t| t.text).collect(),
                "fixed" => {
                    for (path, codes) in self.paths(v, "code") {
                        p.fixed.extend(codes.into_iter().map(|c| (path.clone(), c)));
                    }
                }
                "any" => p.any = self.paths(v, "codes"),
                "types" => p.types = self.paths(v, "only"),
                // notes for the reader
                "targets" | "rules" | "notes" => {}
                _ => self.unknown(
                    k,
                    "a profile",
                    &[
                        "url", "type", "if", "require", "within", "fixed", "any", "types", "units", "checks",
                        "targets", "rules",
                    ],
                ),
            }
        }
        self.tables.profiles.insert(key.get_ref().to_string(), p);
    }

    /// A list of `{ path = "...", <word> = [...] }`.
    fn paths(&mut self, value: &Spanned<DeValue<'_>>, word: &str) -> Vec<(String, Vec<String>)> {
        let DeValue::Array(items) = value.get_ref() else { return vec![] };
        let mut out = Vec::new();
        for item in items.iter() {
            let (mut path, mut texts) = (String::new(), vec![]);
            for (k, v) in self.table(item, "a profile's demand") {
                match k.get_ref().as_ref() {
                    "path" => path = self.text(v, "path").map_or_else(String::new, |t| t.text),
                    w if w == word => texts = self.texts(v, word).into_iter().map(|t| t.text).collect(),
                    _ => {}
                }
            }
            out.push((path, texts));
        }
        out
    }
}

/// A title as titles are compared: lower case, letters and digits only, single blanks.
pub fn normal_title(title: &str) -> String {
    let mut out = String::with_capacity(title.len());
    for word in title.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(word.chars().flat_map(char::to_lowercase));
    }
    out
}
