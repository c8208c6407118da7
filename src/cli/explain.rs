//! `granule explain`: all there is to know of a rule, or of one of its rows; and where the tables speak of anything else.

mod word;

use std::collections::BTreeSet;
use std::fmt::Write;

use anyhow::{Result, bail};

use super::tables::{Said, Shown, as_written, row_names, rows_named};
use super::{DONE, ExplainArgs, print, reviewed, words};
use crate::mapping::ast::{AltAst, RowAst, RuleAst};
use crate::mapping::define::Define;
use crate::mapping::diagnostics::nearest;
use crate::mapping::native::NATIVES;
use crate::mapping::reviews;

/// Prints what is known of what was named.
pub fn run(args: &ExplainArgs) -> Result<u8> {
    let shown = Shown::load(&args.mappings)?;
    let what = args.what.strip_prefix("rule.").unwrap_or(&args.what);
    let (name, element) = what.split_once('.').map_or((what, None), |(n, e)| (n, Some(e)));
    let Some(rule) = shown.rule(name) else {
        if let Some(text) = word::of(&shown, what) {
            print(text.as_bytes())?;
            return Ok(DONE);
        }
        let near = nearest(name, shown.tables.rules.iter().map(|r| r.name.as_str()));
        bail!(
            "nothing is known of `{what}`: it is no rule, row, FHIR element, template, code, ConceptMap or transform of the tables{}",
            near.map_or_else(String::new, |n| format!("; did you mean `{n}`?"))
        );
    };
    let text = match element {
        None => of_rule(&shown, rule),
        Some(element) => of_row(&shown, rule, element)?,
    };
    print(text.as_bytes())?;
    Ok(DONE)
}

fn of_rule(shown: &Shown, rule: &RuleAst) -> String {
    let mut out = format!("{} → {}\n\n", rule.name, rule.to.as_ref().map_or("", |t| &t.text));
    let define = &shown.tables.define;
    said(&mut out, &shown.said_of_rule(&rule.name));
    standard(&mut out, rule);
    line(&mut out, "takes", rule.entry.iter().map(|t| words::path(t, define)));
    line(&mut out, "takes", rule.takes.iter().map(|t| format!("{} (when another rule refers to it)", t.text)));
    line(&mut out, "sections", rule.section.iter().map(|t| t.text.clone()));
    line(&mut out, "if", rule.condition.iter().map(|t| words::test(t, define)));
    line(&mut out, "require", rule.require.iter().map(|t| t.text.clone()));
    line(&mut out, "profile", rule.profile.iter().map(|t| t.text.clone()));
    line(&mut out, "adds to", rule.into.iter().map(|t| t.text.clone()));
    line(&mut out, "emits", rule.emit.iter().map(|t| t.text.clone()));
    line(&mut out, "claims", rule.claims.iter().map(|t| words::path(t, define)));
    line(&mut out, "identity", rule.identity.iter().map(|t| t.text.clone()));
    line(&mut out, "used by", used_by(shown, &rule.name).into_iter());
    line(&mut out, "dropped", rule.dropped.iter().map(|(row, why)| format!("{row}: {why}")));
    written(&mut out, &as_written(&rule.place, &[]));
    let mut names = Vec::new();
    row_names(&rule.rows, "", &mut names);
    if !names.is_empty() {
        out.push_str("\nrows\n");
        for n in names {
            let _ = writeln!(out, "    {}.{n}", rule.name);
        }
    }
    review(&mut out, shown, rule, None);
    out
}

/// Who has looked at it, and the record for who does.
fn review(out: &mut String, shown: &Shown, rule: &RuleAst, row: Option<&str>) {
    let said = shown.plan.reviews.rules.get(&rule.name).map(|of| reviewed::said(of, row)).unwrap_or_default();
    out.push_str("\nreviewed\n");
    if said.is_empty() {
        out.push_str("    by nobody\n");
    }
    for s in said {
        let _ = writeln!(out, "    {s}");
    }
    if let Some(parts) = shown.plan.reviews.parts.get(&rule.name) {
        let _ = writeln!(out, "    counts for --min-review only with reviews of {}", parts.join(", "));
    }
    if let Some(stanza) = reviews::stanza(&shown.tables, rule, row) {
        out.push_str("\nto record a review, fill this in and put it into the reviews.toml of a pack\n");
        for l in stanza.lines() {
            let _ = writeln!(out, "    {l}");
        }
    }
}

fn of_row(shown: &Shown, rule: &RuleAst, element: &str) -> Result<String> {
    let rows = rows_named(&rule.rows, element);
    let first = element.split_once('.').map_or(element, |(f, _)| f);
    if rows.is_empty() {
        if let Some((_, why)) = rule.dropped.iter().find(|(n, _)| n == element) {
            return Ok(format!("{}.{element} was dropped: {why}\n", rule.name));
        }
        let mut names = Vec::new();
        row_names(&rule.rows, "", &mut names);
        let near = nearest(element, names.iter().map(String::as_str));
        bail!(
            "rule `{}` has no row `{element}`{}",
            rule.name,
            near.map_or_else(
                || format!("; it has {}", names.join(", ")),
                |n| format!("; did you mean `{}.{n}`?", rule.name)
            )
        );
    }
    let full = format!("{}.{element}", rule.name);
    let mut out = format!("{full}\n\n");
    let info = shown.plan.rows.iter().filter(|r| r.name == full);
    line(&mut out, "gives", info.map(|r| r.fhir_path.clone()).collect::<BTreeSet<_>>().into_iter());
    said(&mut out, &shown.said_of_row(&rule.name, first));
    standard(&mut out, rule);
    for row in rows {
        written(&mut out, &as_written(&row.key.place, &row.alternatives));
        out.push_str("\nin words\n");
        for (n, a) in row.alternatives.iter().enumerate() {
            let _ = writeln!(out, "    {}. {}", n + 1, alternative(a, &shown.tables.define));
        }
        terms(&mut out, shown, row);
        let mut names = Vec::new();
        row.alternatives.iter().for_each(|a| row_names(&a.rows, "", &mut names));
        if !names.is_empty() {
            out.push_str("\nrows below it\n");
            for n in names {
                let _ = writeln!(out, "    {full}.{n}");
            }
        }
    }
    // rows are reviewed with what is below them
    let whole = rule.rows.iter().find(|r| r.key.text == element).map_or(first, |r| &r.key.text);
    review(&mut out, shown, rule, Some(whole));
    Ok(out)
}

/// What an alternative does, as a sentence.
pub fn alternative(a: &AltAst, define: &Define) -> String {
    let mut text = String::new();
    if let Some(c) = &a.condition {
        let _ = write!(text, "when {}: ", words::test(c, define));
    }
    if let Some(c) = &a.constant {
        let _ = write!(text, "always `{}`", c.text);
    }
    if let Some(e) = &a.each {
        let _ = write!(text, "one for each {}", words::path(e, define));
    }
    if let Some(f) = &a.from {
        if a.each.is_some() {
            text.push_str(", ");
        }
        text.push_str(&words::path(f, define));
    }
    if a.conduct {
        text.push_str(", or else that of the section, or else of the document");
    }
    if let Some(p) = &a.pick {
        let _ = write!(text, ", the {}", if p.text == "all" { "whole list" } else { &p.text });
    }
    let list =
        |t: &[crate::mapping::ast::Text]| t.iter().map(|t| format!("`{}`", t.text)).collect::<Vec<_>>().join(", else ");
    if !a.map.is_empty() {
        let _ = write!(text, ", translated by {}", list(&a.map));
    }
    if let Some(v) = &a.via {
        let _ = write!(text, ", transformed by `{}`", v.text);
    }
    if !a.to.is_empty() {
        let sep = if a.from.is_some() { ", " } else { "" };
        let _ = write!(text, "{sep}as rule {} makes it", list(&a.to));
    }
    if !a.by.is_empty() {
        let _ = write!(text, ", the resource that rule {} made of it", list(&a.by));
    }
    if let Some(t) = &a.as_type {
        let _ = write!(text, ", as {}", t.text);
    }
    if !a.rows.is_empty() {
        if !text.is_empty() && !text.ends_with(": ") {
            text.push_str(", ");
        }
        let keys: Vec<_> = a.rows.iter().map(|r| r.key.text.as_str()).collect();
        let _ = write!(text, "made of {}", keys.join(", "));
    }
    text
}

/// ConceptMaps and transforms that a row uses.
fn terms(out: &mut String, shown: &Shown, row: &RowAst) {
    let maps: BTreeSet<&str> = row.alternatives.iter().flat_map(|a| &a.map).map(|m| m.text.as_str()).collect();
    for name in maps {
        out.push('\n');
        map(out, shown, name);
    }
    let transforms: BTreeSet<&str> =
        row.alternatives.iter().filter_map(|a| a.via.as_ref()?.text.split('(').next()).collect();
    for name in transforms {
        out.push('\n');
        transform(out, name);
    }
}

/// A ConceptMap, if it is one of the tables.
fn map(out: &mut String, shown: &Shown, name: &str) {
    let Some(map) = shown.map(name) else { return };
    let _ = writeln!(out, "ConceptMap {name}");
    for (source, target) in pairs(map) {
        let _ = writeln!(out, "    {source} → {target}");
    }
}

/// A transform, if there is one of the name.
fn transform(out: &mut String, name: &str) {
    if let Some(n) = NATIVES.iter().find(|n| n.name == name) {
        let _ = writeln!(out, "transform {name}\n    {}", n.doc);
    }
}

/// The pairs of a ConceptMap: code and text on each side.
pub fn pairs(map: &serde_json::Value) -> Vec<(String, String)> {
    let items = |v: &serde_json::Value, key: &str| v.get(key).and_then(|v| v.as_array()).cloned().unwrap_or_default();
    let concept = |v: &serde_json::Value| {
        let part = |key: &str| v.get(key).and_then(|v| v.as_str()).unwrap_or("").to_owned();
        [part("code"), part("display")].into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>().join(" ")
    };
    let mut found = Vec::new();
    for group in items(map, "group") {
        for element in items(&group, "element") {
            let targets = items(&element, "target");
            let named: Vec<_> = targets.iter().map(concept).filter(|t| !t.is_empty()).collect();
            found.push((
                concept(&element),
                if named.is_empty() { "nothing, on purpose".into() } else { named.join(", ") },
            ));
        }
        if let Some(other) = group.get("unmapped").map(concept).filter(|t| !t.is_empty()) {
            found.push(("any other".into(), other));
        }
    }
    found
}

/// Rules with a row that refers to this one.
pub fn used_by(shown: &Shown, name: &str) -> BTreeSet<String> {
    fn refers(rows: &[RowAst], name: &str) -> bool {
        let named = |t: &crate::mapping::ast::Text| t.text.strip_prefix("rule.").unwrap_or(&t.text) == name;
        rows.iter().flat_map(|r| &r.alternatives).any(|a| a.to.iter().chain(&a.by).any(named) || refers(&a.rows, name))
    }
    shown.tables.rules.iter().filter(|r| refers(&r.rows, name)).map(|r| r.name.clone()).collect()
}

fn said(out: &mut String, said: &[Said]) {
    let Some((last, before)) = said.split_last() else { return };
    line(out, "written at", std::iter::once(last.position.clone()));
    line(
        out,
        "overlays",
        before
            .iter()
            .rev()
            .map(|s| format!("{} {}", s.position, if s.what == "says" { "" } else { &s.what }).trim_end().to_owned()),
    );
}

fn standard(out: &mut String, rule: &RuleAst) {
    line(out, "source", rule.source.iter().map(|t| t.text.clone()));
}

fn line(out: &mut String, label: &str, values: impl Iterator<Item = String>) {
    for value in values {
        let _ = writeln!(out, "{label:<12}{value}");
    }
}

fn written(out: &mut String, text: &str) {
    out.push_str("\nas written\n");
    for l in text.lines() {
        let _ = writeln!(out, "    {l}");
    }
}
