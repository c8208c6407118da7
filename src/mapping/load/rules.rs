//! Rules and their rows.

use toml::Spanned;
use toml::de::DeValue;

use super::super::ast::*;
use super::super::diagnostics::Place;
use super::{Loader, RULE_WORDS};

impl Loader<'_> {
    pub(super) fn rule(&mut self, key: &Spanned<std::borrow::Cow<'_, str>>, value: &Spanned<DeValue<'_>>) {
        let name = key.get_ref().to_string();
        let entries = self.table(value, "a rule");
        let get = |word: &str| entries.iter().find(|(k, _)| k.get_ref() == word).map(|(_, v)| *v);
        let why = get("why").and_then(|v| self.text(v, "why")).map(|t| t.text);
        let drop = get("drop").is_some_and(|v| self.flag(v, "drop"));
        let replace = get("replace").is_some_and(|v| self.flag(v, "replace"));
        if (drop || replace) && why.is_none() {
            self.fault(
                "M004",
                key.span(),
                "`drop` and `replace` must say `why`",
                "add why = \"...\" for whoever reviews the pack",
            );
        }
        if drop || replace {
            self.tables.rules.retain(|r| r.name != name);
            if drop {
                self.tables.gone.push(name);
                return;
            }
        }
        let at = self.tables.rules.iter().position(|r| r.name == name).unwrap_or_else(|| {
            self.tables.rules.push(RuleAst {
                name: name.clone(),
                place: Place { file: self.file.clone(), span: key.span() },
                to: None,
                profile: vec![],
                section: vec![],
                entry: vec![],
                takes: vec![],
                condition: None,
                require: None,
                into: None,
                group: None,
                claims: vec![],
                emit: vec![],
                identity: None,
                source: None,
                subject: None,
                rows: vec![],
                dropped: vec![],
            });
            self.tables.rules.len() - 1
        });
        // taken out so that the loader may report while it fills the rule
        let mut rule = self.tables.rules[at].clone();
        for (k, v) in entries {
            match k.get_ref().as_ref() {
                "to" => rule.to = self.text(v, "to"),
                "profile" => rule.profile = self.texts(v, "profile"),
                "section" => rule.section = self.texts(v, "section"),
                "entry" => rule.entry = self.texts(v, "entry"),
                "takes" => rule.takes = self.texts(v, "takes"),
                "if" => rule.condition = self.text(v, "if"),
                "require" => rule.require = self.text(v, "require"),
                "into" => rule.into = self.text(v, "into"),
                "claims" => rule.claims = self.texts(v, "claims"),
                "emit" => rule.emit = self.texts(v, "emit"),
                "identity" => rule.identity = self.text(v, "identity"),
                "source" => rule.source = self.text(v, "source"),
                // a text here voids nothing when the rule changes
                "review" => self.fault(
                    "M003",
                    k.span(),
                    "`review` means nothing in a rule",
                    "who has looked at a rule stands in reviews.toml; `granule explain` prints the record",
                ),
                "subject" => rule.subject = self.text(v, "subject"),
                "group" => rule.group = self.group(v),
                "rows" => {
                    for (k, v) in self.table(v, "rows") {
                        self.overlay(&mut rule, k, v);
                    }
                }
                "drop" | "why" | "replace" => {}
                _ => self.unknown(k, "a rule", RULE_WORDS),
            }
        }
        self.tables.rules[at] = rule;
    }

    fn group(&mut self, value: &Spanned<DeValue<'_>>) -> Option<GroupAst> {
        let (mut within, mut by, mut of, mut with) = (None, None, vec![], vec![]);
        for (k, v) in self.table(value, "group") {
            match k.get_ref().as_ref() {
                "within" => within = self.text(v, "within"),
                "by" => by = self.text(v, "by"),
                "of" => of = self.texts(v, "of"),
                "with" => with = self.texts(v, "with"),
                _ => self.unknown(k, "group", &["within", "by", "of", "with"]),
            }
        }
        if within.is_none() {
            self.fault(
                "M005",
                value.span(),
                "a group must say `within`",
                "the element below which nodes are grouped, e.g. \"organizer\"",
            );
        }
        Some(GroupAst { within: within?, by, of, with })
    }

    /// A row over the row of the same element that an earlier pack wrote.
    fn overlay(&mut self, rule: &mut RuleAst, key: &Spanned<std::borrow::Cow<'_, str>>, value: &Spanned<DeValue<'_>>) {
        if let DeValue::Table(t) = value.get_ref()
            && let Some(drop) = t.get("drop")
            && self.flag(drop, "drop")
        {
            let name = key.get_ref().to_string();
            match t.get("why").and_then(|w| w.get_ref().as_str()) {
                None => self.fault("M004", key.span(), "`drop` must say `why`", "add why = \"...\""),
                Some(why) => rule.dropped.push((name.clone(), why.to_owned())),
            }
            if !rule.rows.iter().any(|r| r.key.text == name) {
                self.fault("M006", key.span(), format!("there is no row `{name}` to drop"), "");
            }
            rule.rows.retain(|r| r.key.text != name);
            return;
        }
        let row = self.row(key, value);
        match rule.rows.iter_mut().find(|r| r.key.text == row.key.text) {
            Some(old) => *old = row,
            None => rule.rows.push(row),
        }
    }

    fn row(&mut self, key: &Spanned<std::borrow::Cow<'_, str>>, value: &Spanned<DeValue<'_>>) -> RowAst {
        let key = Text { text: key.get_ref().to_string(), place: self.place(key.span()) };
        let alternatives = match value.get_ref() {
            DeValue::Array(items) => items.iter().filter_map(|i| self.alternative(i)).collect(),
            _ => self.alternative(value).into_iter().collect(),
        };
        RowAst { key, alternatives }
    }

    fn alternative(&mut self, value: &Spanned<DeValue<'_>>) -> Option<AltAst> {
        let mut alt = AltAst {
            place: self.place(value.span()),
            condition: None,
            from: None,
            constant: None,
            map: vec![],
            via: None,
            as_type: None,
            pick: None,
            to: vec![],
            by: vec![],
            each: None,
            conduct: false,
            report: None,
            rows: vec![],
        };
        if let DeValue::Boolean(b) = value.get_ref() {
            alt.constant = Some(Text { text: b.to_string(), place: alt.place.clone() });
            return Some(alt);
        }
        if !matches!(value.get_ref(), DeValue::Table(_)) {
            alt.from = Some(self.text(value, "a row")?);
            return Some(alt);
        }
        for (k, v) in self.table(value, "a row") {
            match k.get_ref().as_ref() {
                "from" => alt.from = self.text(v, "from"),
                "if" => alt.condition = self.text(v, "if"),
                "const" => {
                    alt.constant = match v.get_ref() {
                        DeValue::Boolean(b) => Some(Text { text: b.to_string(), place: self.place(v.span()) }),
                        DeValue::Integer(i) => Some(Text { text: i.as_str().to_owned(), place: self.place(v.span()) }),
                        _ => self.text(v, "const"),
                    }
                }
                "map" => alt.map = self.texts(v, "map"),
                "via" => alt.via = self.text(v, "via"),
                "as" => alt.as_type = self.text(v, "as"),
                "pick" => alt.pick = self.text(v, "pick"),
                "to" => alt.to = self.texts(v, "to"),
                "by" => alt.by = self.texts(v, "by"),
                "each" => alt.each = self.text(v, "each"),
                "conduct" => alt.conduct = self.flag(v, "conduct"),
                "report" => alt.report = self.text(v, "report"),
                "why" => {}
                _ => {
                    let row = self.row(k, v);
                    alt.rows.push(row);
                }
            }
        }
        Some(alt)
    }
}
