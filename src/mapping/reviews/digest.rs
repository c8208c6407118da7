//! The digest of what a rule or a row means.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use sha1::{Digest, Sha1};

use super::super::ast::*;
use super::super::define::Is;
use super::split;

/// Digests of the rules and rows of tables. That of a row covers the words of its rule: where a row applies is part of what
/// it means. Both cover the ConceptMaps, templates, code systems and extensions that they name, with their content.
pub struct Digests<'t> {
    tables: &'t Tables,
    /// ConceptMaps by id, in one form whatever the file looks like; a later pack's of the same id is in force
    maps: BTreeMap<String, String>,
}

impl<'t> Digests<'t> {
    /// Digests of these tables.
    pub fn of(tables: &'t Tables) -> Digests<'t> {
        let mut maps = BTreeMap::new();
        for file in &tables.concept_maps {
            let Ok(json) = serde_json::from_str::<serde_json::Value>(&file.text) else { continue };
            if let Some(id) = json.get("id").and_then(|i| i.as_str()) {
                let mut text = String::new();
                canonical(&json, &mut text);
                maps.insert(id.to_owned(), text);
            }
        }
        Digests { tables, maps }
    }

    /// The digest of a rule (`allergy`) or a row (`allergy.code`); `None` when there is none of the name.
    pub fn named(&self, of: &str) -> Option<String> {
        let (name, row) = split(of);
        let rule = self.tables.rules.iter().find(|r| r.name == name)?;
        let rows: Vec<&RowAst> = rule.rows.iter().filter(|r| row.is_none_or(|n| r.key.text == n)).collect();
        if row.is_some() && rows.is_empty() {
            return None;
        }
        let mut says = Says {
            tables: self.tables,
            text: String::new(),
            maps: BTreeSet::new(),
            named: BTreeSet::new(),
            defined: BTreeSet::new(),
        };
        says.head(rule);
        says.rows(&rows);
        let Says { mut text, maps, named, .. } = says;
        for m in maps {
            let _ = writeln!(text, "map {m} {}", self.maps.get(&m).map_or("", String::as_str));
        }
        named.into_iter().for_each(|n| {
            let _ = writeln!(text, "name {n}");
        });
        Some(Sha1::digest(text.as_bytes()).iter().map(|b| format!("{b:02x}")).collect())
    }
}

/// What a rule and rows say, in one form.
struct Says<'t> {
    tables: &'t Tables,
    text: String,
    maps: BTreeSet<String>,
    /// templates, code systems and extensions, with what they stand for
    named: BTreeSet<String>,
    /// the definitions that were noted
    defined: BTreeSet<String>,
}

impl Says<'_> {
    fn head(&mut self, rule: &RuleAst) {
        self.one("to", &rule.to);
        self.one("into", &rule.into);
        self.one("if", &rule.condition);
        self.one("require", &rule.require);
        self.one("identity", &rule.identity);
        // what is said there is for people
        self.word("subject", if rule.subject.is_some() { "other" } else { "" });
        for (word, list) in [
            ("entry", &rule.entry),
            ("takes", &rule.takes),
            ("section", &rule.section),
            ("claims", &rule.claims),
            ("emit", &rule.emit),
            ("profile", &rule.profile),
        ] {
            let mut texts: Vec<String> = list.iter().map(|t| self.expression(&t.text)).collect();
            texts.sort();
            texts.iter().for_each(|t| self.word(word, t));
        }
        if let Some(g) = &rule.group {
            self.list("within", std::slice::from_ref(&g.within));
            self.one("by", &g.by);
            self.list("of", &g.of);
            self.list("with", &g.with);
        }
    }

    /// Rows may stand in any order.
    fn rows(&mut self, rows: &[&RowAst]) {
        let mut sorted = rows.to_vec();
        sorted.sort_by(|a, b| a.key.text.cmp(&b.key.text));
        for row in sorted {
            self.word("row", &row.key.text);
            let name = row.key.text.split_once(':').and_then(|(_, n)| Some((n, self.tables.extensions.get(n)?)));
            if let Some((name, e)) = name {
                self.named.insert(format!("extension {name} {} {}", e.url, e.ty));
            }
            for a in &row.alternatives {
                self.alternative(a);
            }
            self.word("end", "");
        }
    }

    fn alternative(&mut self, a: &AltAst) {
        self.word("alternative", "");
        self.one("if", &a.condition);
        self.one("from", &a.from);
        self.one("each", &a.each);
        if let Some(c) = &a.constant {
            // a constant is text to the letter
            self.word("const", &c.text);
            if let Some((alias, uri)) = c.text.split_once('|').and_then(|(s, _)| Some((s, self.tables.systems.get(s)?)))
            {
                self.named.insert(format!("system {alias} {}", uri.text));
            }
        }
        self.list("map", &a.map);
        self.maps.extend(a.map.iter().map(|m| m.text.clone()));
        self.one("via", &a.via);
        self.one("as", &a.as_type);
        self.one("pick", &a.pick);
        self.list("to", &a.to);
        self.list("by", &a.by);
        self.word("conduct", if a.conduct { "yes" } else { "" });
        if let Some(r) = &a.report {
            self.word("report", &r.text);
        }
        self.rows(&a.rows.iter().collect::<Vec<_>>());
    }

    fn define(&mut self, name: &str) {
        let tables = self.tables;
        self.defined.insert(name.to_owned());
        let is = match tables.define.get(name).map(|(_, d)| &d.is) {
            Some(Is::Text(t)) => self.expression(&t.text),
            // a list means the same in any order
            Some(Is::List(texts)) => {
                let sorted: BTreeSet<&str> = texts.iter().map(|t| t.text.as_str()).collect();
                format!("{sorted:?}")
            }
            None => return,
        };
        self.named.insert(format!("define {name} {is}"));
    }

    fn one(&mut self, word: &str, text: &Option<Text>) {
        self.list(word, text.as_slice());
    }

    fn list(&mut self, word: &str, texts: &[Text]) {
        for t in texts {
            let text = self.expression(&t.text);
            self.word(word, &text);
        }
    }

    /// A word with its length: no text can pass for another word.
    fn word(&mut self, word: &str, text: &str) {
        if !text.is_empty() || matches!(word, "alternative" | "end") {
            let _ = writeln!(self.text, "{word} {} {text}", text.len());
        }
    }

    /// A path or test without the blanks that mean nothing; the templates that it names are noted.
    fn expression(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let (mut rest, mut last) = (text, "");
        let in_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '@' | '*');
        while let Some(c) = rest.chars().next() {
            if c.is_whitespace() {
                rest = rest.trim_start();
                let between = out.chars().next_back().is_some_and(in_word) && rest.chars().next().is_some_and(in_word);
                if between {
                    out.push(' ');
                }
            } else if c == '\'' {
                let end = rest[1..].find('\'').map_or(rest.len(), |i| i + 2);
                out.push_str(&rest[..end]);
                rest = &rest[end..];
            } else if in_word(c) {
                let end = rest.find(|c| !in_word(c)).unwrap_or(rest.len());
                let word = &rest[..end];
                // a ConceptMap that a test looks things up in
                if std::mem::replace(&mut last, word) == "in" {
                    self.maps.insert(word.to_owned());
                }
                out.push_str(word);
                // what `$word` stands for, by itself: another meaning is another row
                if out[..out.len() - word.len()].ends_with('$') && !self.defined.contains(word) {
                    self.define(word);
                }
                if let Some(t) = self.tables.templates.get(word) {
                    let sorted = |list: &[String]| {
                        let mut list = list.to_vec();
                        list.sort();
                        list.join(",")
                    };
                    let lists = [&t.oids, &t.general, &t.sections, &t.codes].map(|l| sorted(l));
                    self.named.insert(format!("template {word} {} {}", t.class, lists.join(" ")));
                }
                rest = &rest[end..];
            } else {
                out.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
        out
    }
}

/// JSON with the keys of each object in one order.
fn canonical(value: &serde_json::Value, out: &mut String) {
    match value {
        serde_json::Value::Object(o) => {
            let sorted: BTreeMap<&String, &serde_json::Value> = o.iter().collect();
            out.push('{');
            for (k, v) in sorted {
                let _ = write!(out, "{}:", serde_json::Value::String(k.clone()));
                canonical(v, out);
                out.push(',');
            }
            out.push('}');
        }
        serde_json::Value::Array(a) => {
            out.push('[');
            for v in a {
                canonical(v, out);
                out.push(',');
            }
            out.push(']');
        }
        other => {
            let _ = write!(out, "{other}");
        }
    }
}
