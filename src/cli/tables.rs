//! The tables as people see them: rules and rows with where they are written and what they are laid over.

use std::sync::Arc;

use anyhow::Result;

use super::{Mappings, mappings};
use crate::mapping::ast::{AltAst, RowAst, RuleAst, Tables};
use crate::mapping::diagnostics::{Diagnostics, Place, SourceFile};
use crate::mapping::load::load;
use crate::mapping::packs;
use crate::mapping::plan::Plan;

/// Tables that compile, as written and as compiled.
pub struct Shown {
    /// overlaid, as written
    pub tables: Tables,
    /// compiled
    pub plan: Plan,
    /// ConceptMaps: id and the resource, in overlay order; a later one of the same id is in force
    pub maps: Vec<(String, serde_json::Value)>,
    /// each file by itself, in overlay order
    single: Vec<Tables>,
}

/// A place in the tables that says something about a rule or a row.
pub struct Said {
    /// `file:line:col`
    pub position: String,
    /// what it does: `says`, or `drops (why)`
    pub what: String,
}

impl Shown {
    /// Loads the tables. Their faults are the error.
    pub fn load(from: &Mappings) -> Result<Shown> {
        let files = mappings::files(from)?;
        let plan = packs::compile(files.clone())?;
        let maps = files.iter().filter(|f| f.name.ends_with(".json")).filter_map(|f| {
            let json: serde_json::Value = serde_json::from_str(&f.text).ok()?;
            Some((json.get("id")?.as_str()?.to_owned(), json))
        });
        let maps = maps.collect();
        let single = files.iter().filter(|f| f.name.ends_with(".toml")).map(alone).collect();
        let (tables, _, _) = packs::read(files, &mut Diagnostics::default());
        Ok(Shown { tables, plan, maps, single })
    }

    /// The rule of a name.
    pub fn rule(&self, name: &str) -> Option<&RuleAst> {
        self.tables.rules.iter().find(|r| r.name == name)
    }

    /// The ConceptMap of a name.
    pub fn map(&self, name: &str) -> Option<&serde_json::Value> {
        self.maps.iter().rev().find(|(id, _)| id == name).map(|(_, json)| json)
    }

    /// Where a rule is spoken of, in overlay order: each overlays those before it.
    pub fn said_of_rule(&self, name: &str) -> Vec<Said> {
        let rules = self.single.iter().flat_map(|t| &t.rules).filter(|r| r.name == name);
        rules.map(|r| Said { position: r.place.position(), what: "says".into() }).collect()
    }

    /// Where a row of a rule is spoken of, in overlay order. Overlaying replaces whole rows of a rule, so only the first
    /// part of a nested row's name counts.
    pub fn said_of_row(&self, rule: &str, element: &str) -> Vec<Said> {
        let mut said = Vec::new();
        for r in self.single.iter().flat_map(|t| &t.rules).filter(|r| r.name == rule) {
            for row in r.rows.iter().filter(|row| row.key.text == element) {
                said.push(Said { position: row.key.place.position(), what: "says".into() });
            }
            for (_, why) in r.dropped.iter().filter(|(name, _)| name == element) {
                said.push(Said { position: r.place.position(), what: format!("drops ({why})") });
            }
        }
        said
    }
}

/// The tables of one file, whatever is wrong when they stand alone (a row to drop that is not there).
fn alone(file: &SourceFile) -> Tables {
    let mut tables = Tables::default();
    load(&Arc::new(file.clone()), &mut tables, &mut Diagnostics::default());
    tables
}

/// The rows of a name below a rule (`reaction.severity`); several when alternatives have rows of the same element.
pub fn rows_named<'t>(rows: &'t [RowAst], name: &str) -> Vec<&'t RowAst> {
    let mut found = Vec::new();
    for row in rows {
        if row.key.text == name {
            found.push(row);
        } else if let Some(rest) = name.strip_prefix(row.key.text.as_str()).and_then(|r| r.strip_prefix('.')) {
            found.extend(row.alternatives.iter().flat_map(|a| rows_named(&a.rows, rest)));
        }
    }
    found
}

/// The names of all rows, nested ones with their parents.
pub fn row_names(rows: &[RowAst], above: &str, names: &mut Vec<String>) {
    for row in rows {
        let name = format!("{above}{}", row.key.text);
        for a in &row.alternatives {
            row_names(&a.rows, &format!("{name}."), names);
        }
        names.push(name);
    }
}

/// A rule, or the row of it, as written in its file: with the comments above it, since they say why.
pub fn as_written(key: &Place, alternatives: &[AltAst]) -> String {
    let text = &key.file.text;
    let mut from = text[..key.span.start].rfind('\n').map_or(0, |i| i + 1);
    let end = if text[from..].trim_start().starts_with('[') {
        // a table of its own: to the next one
        let body = text[from..].find('\n').map_or(text.len(), |i| from + i + 1);
        text[body..].find("\n[").map_or(text.len(), |i| body + i)
    } else {
        let last = alternatives.iter().map(|a| a.place.span.end).max().unwrap_or(key.span.end);
        closing(text, last.max(key.span.end))
    };
    let mut lines: Vec<&str> = text[from..end].trim_end().lines().collect();
    // comments before the next table belong to that
    while lines.last().is_some_and(|l| l.trim().is_empty() || l.starts_with('#')) {
        lines.pop();
    }
    while let Some(above) =
        text[..from.saturating_sub(1)].rsplit('\n').next().filter(|l| from > 0 && l.trim_start().starts_with('#'))
    {
        lines.insert(0, above);
        from = from.saturating_sub(above.len() + 1);
    }
    lines.join("\n")
}

/// The end of a value: after the bracket that closes a list of alternatives, if there is one.
fn closing(text: &str, end: usize) -> usize {
    let mut at = end;
    loop {
        let rest = text[at..].trim_start_matches([' ', '\t', '\r', '\n', ',']);
        at = text.len() - rest.len();
        if rest.starts_with('#') {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with(']') {
            return at + 1;
        } else {
            return end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "[rule.x]\nto = \"Observation\"\nentry = \"observation\"\n\n[rule.x.rows]\n# why so\ncode = [\n  { from = \"a\" },\n  # last\n  { from = \"value\" },\n]\nstatus = { const = \"final\" }\n\n[rule.x.rows.component]\neach = \"b\"\ncode = \"code\"\n\n# another\n[rule.y]\nto = \"Goal\"\n";

    fn tables() -> Tables {
        alone(&SourceFile { name: "t.toml".into(), text: TEXT.into() })
    }

    #[test]
    fn rows_are_shown_as_written_with_the_reason_above() {
        let t = tables();
        let shown = |name| {
            let rows = rows_named(&t.rules[0].rows, name);
            as_written(&rows[0].key.place, &rows[0].alternatives)
        };
        assert_eq!(shown("code"), "# why so\ncode = [\n  { from = \"a\" },\n  # last\n  { from = \"value\" },\n]");
        assert_eq!(shown("status"), "status = { const = \"final\" }");
        assert_eq!(shown("component"), "[rule.x.rows.component]\neach = \"b\"\ncode = \"code\"");
        assert_eq!(shown("component.code"), "code = \"code\"");
    }

    #[test]
    fn names_of_nested_rows() {
        let mut names = Vec::new();
        row_names(&tables().rules[0].rows, "", &mut names);
        assert_eq!(names, ["code", "status", "component.code", "component"]);
    }
}
