//! `granule docs`: the tables as Markdown pages that a clinician can review, one a rule and one a ConceptMap.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result};

use super::explain::{alternative, pairs, used_by};
use super::tables::Shown;
use super::{DOCS_INDEX, DONE, DocsArgs, print, reviewed, templates, words};
use crate::mapping::ast::{RowAst, RuleAst};
use crate::mapping::define::{Define, Is};
use crate::mapping::native::{NATIVES, Transform};
use crate::sink::Folder;

/// Writes the pages.
pub fn run(args: &DocsArgs) -> Result<u8> {
    let shown = Shown::load(&args.mappings)?;
    if args.templates {
        print(templates::page(&shown)?.as_bytes())?;
        return Ok(DONE);
    }
    let separate = args.output.is_some();
    let mut pages: Vec<(String, String)> = vec![(DOCS_INDEX.to_owned(), index(&shown, separate))];
    let mut maps = BTreeSet::new();
    for rule in &shown.tables.rules {
        pages.push((rule_page(&rule.name), page(&shown, rule, separate)));
        maps_of(&rule.rows, &mut maps);
    }
    pages.push((TRANSFORMS.to_owned(), transforms()));
    pages.push((DEFINITIONS.to_owned(), definitions(&shown.tables.define)));
    for name in maps {
        pages.push((map_page(&name), concept_map(&shown, &name)));
    }
    match &args.output {
        None => {
            let all: Vec<_> =
                pages.into_iter().map(|(name, text)| format!("<a id=\"{}\"></a>\n\n{text}", anchor(&name))).collect();
            print(all.join("\n").as_bytes())?;
        }
        Some(dir) => {
            let folder = Folder::new(dir);
            for (name, text) in &pages {
                folder
                    .write(Path::new(name), text.as_bytes())
                    .with_context(|| format!("cannot write {}", dir.join(name).display()))?;
            }
            say!("{} pages in {}", pages.len(), dir.display());
        }
    }
    Ok(DONE)
}

/// The page of the transforms that rows name with `via`.
const TRANSFORMS: &str = "transforms.md";

fn transforms() -> String {
    let mut out = String::from("# Transforms\n\n| name | what it does |\n|---|---|\n");
    for n in NATIVES {
        let of_all = match n.transform {
            Transform::Many(_) => " (of all nodes together)",
            Transform::Told(_) => " (told in brackets)",
            Transform::One(_) => "",
        };
        let _ = writeln!(out, "| `{}` | {}{of_all} |", n.name, cell(n.doc));
    }
    out
}

/// The page of what tables define.
const DEFINITIONS: &str = "definitions.md";

fn definitions(define: &Define) -> String {
    let mut out = String::from(
        "# Definitions\n\nWhat rules and rows say by a name, and the words for it on the other pages.\n\n| name | words | stands for |\n|---|---|---|\n",
    );
    for (name, d) in define.iter() {
        let is = match &d.is {
            Is::Text(text) => words::test(text, define),
            Is::List(texts) => texts.iter().map(|t| t.text.as_str()).collect::<Vec<_>>().join(", "),
        };
        let _ = writeln!(out, "| `${name}` | {} | {} |", cell(d.says.as_deref().unwrap_or("")), cell(&is));
    }
    out
}

fn rule_page(name: &str) -> String {
    format!("rule-{name}.md")
}

fn map_page(name: &str) -> String {
    format!("map-{name}.md")
}

fn anchor(page: &str) -> &str {
    page.strip_suffix(".md").unwrap_or(page)
}

/// A link to a page: to the file when each has its own, else to the place in the one page.
fn link(text: &str, page: &str, separate: bool) -> String {
    if separate { format!("[{text}]({page})") } else { format!("[{text}](#{})", anchor(page)) }
}

fn index(shown: &Shown, separate: bool) -> String {
    let mut by_file: BTreeMap<&str, Vec<&RuleAst>> = BTreeMap::new();
    for rule in &shown.tables.rules {
        by_file.entry(&rule.place.file.name).or_default().push(rule);
    }
    let mut out = String::from(
        "# Mapping tables\n\nEach rule takes one kind of content of a CDA document and gives one kind of FHIR resource.\n",
    );
    let _ = writeln!(
        out,
        "What rows name with *transformed by* is described under {}, what a few words stand for in full under {}.",
        link("transforms", TRANSFORMS, separate),
        link("definitions", DEFINITIONS, separate)
    );
    for (file, rules) in by_file {
        let _ = write!(out, "\n## {file}\n\n| rule | gives | takes | review |\n|---|---|---|---|\n");
        for r in rules {
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} |",
                link(&r.name, &rule_page(&r.name), separate),
                r.to.as_ref().map_or("", |t| &t.text),
                cell(&takes(r, &shown.tables.define)),
                cell(&reviewed::state(&shown.plan.reviews, r)),
            );
        }
    }
    out
}

fn takes(rule: &RuleAst, define: &Define) -> String {
    let entries = rule.entry.iter().map(|t| words::path(t, define));
    entries.chain(rule.takes.iter().map(|t| t.text.clone())).collect::<Vec<_>>().join("; ")
}

fn page(shown: &Shown, rule: &RuleAst, separate: bool) -> String {
    let define = &shown.tables.define;
    let to = rule.to.as_ref().map_or("", |t| &t.text);
    let mut out = format!("# {} → {to}\n\n", rule.name);
    let mut fact = |label: &str, text: String| {
        if !text.is_empty() {
            let _ = writeln!(out, "- **{label}**: {text}");
        }
    };
    let texts =
        |list: &[crate::mapping::ast::Text]| list.iter().map(|t| t.text.as_str()).collect::<Vec<_>>().join(", ");
    let one = |t: &Option<crate::mapping::ast::Text>| t.as_ref().map_or_else(String::new, |t| t.text.clone());
    let rules =
        |names: &[String]| names.iter().map(|n| link(n, &rule_page(n), separate)).collect::<Vec<_>>().join(", ");
    let named = |list: &[crate::mapping::ast::Text]| {
        rules(&list.iter().map(|t| t.text.strip_prefix("rule.").unwrap_or(&t.text).to_owned()).collect::<Vec<_>>())
    };
    fact("Takes", rule.entry.iter().map(|t| words::path(t, define)).collect::<Vec<_>>().join("; "));
    fact("Takes, when another rule refers to it", texts(&rule.takes));
    fact("In sections", texts(&rule.section));
    fact("Only if", rule.condition.as_ref().map_or_else(String::new, |t| words::test(t, define)));
    if let Some(g) = &rule.group {
        let parts: Vec<_> = g.of.iter().map(|t| words::test(t, define)).collect();
        let by = g.by.as_ref().map_or_else(String::new, |b| format!(" with the same {}", words::path(b, define)));
        fact("Brings together", format!("those of one {}{by}: {}", g.within.text, parts.join("; ")));
    }
    fact("Written only with", one(&rule.require).replace("extension:", "extension "));
    fact(
        "Adds to what this rule makes",
        rule.into.as_ref().map_or_else(String::new, |t| named(std::slice::from_ref(t))),
    );
    fact("Makes also", named(&rule.emit));
    fact("Keeps from other rules", rule.claims.iter().map(|t| words::path(t, define)).collect::<Vec<_>>().join("; "));
    fact("Profiles, claimed where they are met", texts(&rule.profile));
    fact("Referred to by", rules(&used_by(shown, &rule.name).into_iter().collect::<Vec<_>>()));
    fact("Source in the standard", one(&rule.source));
    let said = shown.plan.reviews.rules.get(&rule.name).map(|of| reviewed::said(of, None)).unwrap_or_default();
    fact("Reviewed", if said.is_empty() { "by nobody".into() } else { said.join("; ") });
    fact("Written at", rule.place.position());
    out.push_str("\n| FHIR element | taken from |\n|---|---|\n");
    rows(&mut out, &rule.rows, "", define, separate);
    if !rule.dropped.is_empty() {
        out.push_str("\nLeft out on purpose:\n\n");
        for (name, why) in &rule.dropped {
            let _ = writeln!(out, "- {name}: {why}");
        }
    }
    out
}

fn rows(out: &mut String, list: &[RowAst], above: &str, define: &Define, separate: bool) {
    for row in list {
        let name = format!("{above}{}", row.key.text);
        let cells: Vec<String> = row
            .alternatives
            .iter()
            .enumerate()
            .map(|(n, a)| {
                let text = linked(&cell(&alternative(a, define)), a, separate);
                if row.alternatives.len() > 1 { format!("{}. {text}", n + 1) } else { text }
            })
            .collect();
        let _ = writeln!(out, "| {} | {} |", cell(&name), cells.join("<br>"));
        for a in &row.alternatives {
            rows(out, &a.rows, &format!("{name}."), define, separate);
        }
    }
}

/// Links the ConceptMaps and rules that the sentence names.
fn linked(text: &str, a: &crate::mapping::ast::AltAst, separate: bool) -> String {
    let mut text = text.to_owned();
    for m in &a.map {
        text = text.replace(&format!("`{}`", m.text), &link(&m.text, &map_page(&m.text), separate));
    }
    for r in a.to.iter().chain(&a.by) {
        let name = r.text.strip_prefix("rule.").unwrap_or(&r.text);
        text = text.replace(&format!("`{}`", r.text), &link(name, &rule_page(name), separate));
    }
    text
}

fn maps_of(rows: &[RowAst], maps: &mut BTreeSet<String>) {
    for a in rows.iter().flat_map(|r| &r.alternatives) {
        maps.extend(a.map.iter().map(|m| m.text.clone()));
        maps_of(&a.rows, maps);
    }
}

fn concept_map(shown: &Shown, name: &str) -> String {
    let mut out = format!("# ConceptMap {name}\n\n");
    let Some(map) = shown.map(name) else { return out };
    for key in ["title", "description"] {
        if let Some(text) = map.get(key).and_then(|t| t.as_str()) {
            let _ = writeln!(out, "{text}\n");
        }
    }
    out.push_str("| from | to |\n|---|---|\n");
    for (source, target) in pairs(map) {
        let _ = writeln!(out, "| {} | {} |", cell(&source), cell(&target));
    }
    out
}

/// Text inside a cell of a Markdown table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Mappings;

    #[test]
    fn every_link_leads_to_a_page() {
        let shown = Shown::load(&Mappings { folders: vec![] }).unwrap();
        let mut maps = BTreeSet::new();
        let mut text = index(&shown, true);
        for rule in &shown.tables.rules {
            text.push_str(&page(&shown, rule, true));
            maps_of(&rule.rows, &mut maps);
        }
        let pages: BTreeSet<String> = shown
            .tables
            .rules
            .iter()
            .map(|r| rule_page(&r.name))
            .chain(maps.iter().map(|m| map_page(m)))
            .chain([TRANSFORMS.to_owned(), DEFINITIONS.to_owned()])
            .collect();
        for target in text.split("](").skip(1).filter_map(|t| t.split_once(')')).map(|(t, _)| t) {
            assert!(pages.contains(target), "{target}");
        }
    }
}
