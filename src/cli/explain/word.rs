//! `granule explain` of what is no rule: a FHIR type or element, a template, a ConceptMap, a transform, any code or word that
//! tables write. Who asks has one of these in hand (from a bundle, a document, a validator) and looks for the rule.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::super::tables::Shown;
use super::super::templates;
use super::{line, map, transform};
use crate::fhir::definitions::Definitions;
use crate::mapping::ast::{RuleAst, TemplateAst};

/// Everything that the tables have under this word; `None` when that is nothing.
pub fn of(shown: &Shown, word: &str) -> Option<String> {
    let mut out = String::new();
    definition(&mut out, shown, word.strip_prefix('$').unwrap_or(word));
    template(&mut out, shown, word);
    given(&mut out, shown, word);
    apart(&mut out, |out| map(out, shown, word));
    apart(&mut out, |out| transform(out, word));
    mentions(&mut out, shown, word);
    let whole = out.trim_end();
    (!whole.is_empty()).then(|| format!("{whole}\n"))
}

/// What is written, if anything is, with a blank line after it.
fn apart(out: &mut String, write: impl FnOnce(&mut String)) {
    let before = out.len();
    write(out);
    if out.len() > before {
        out.push('\n');
    }
}

/// Something in the tables, and where it is written.
fn listed(out: &mut String, title: &str, found: impl Iterator<Item = (String, String)>) {
    let mut found = found.peekable();
    if found.peek().is_none() {
        return;
    }
    let _ = writeln!(out, "{title}");
    for (name, place) in found {
        let _ = writeln!(out, "    {name:<44}{place}");
    }
    out.push('\n');
}

/// What a `$name` stands for.
fn definition(out: &mut String, shown: &Shown, word: &str) {
    let Some((name, d)) = shown.tables.define.get(word) else { return };
    let _ = writeln!(out, "${name}");
    line(out, "  is", d.is.texts().iter().map(|t| t.text.clone()));
    line(out, "  says", d.says.iter().cloned());
    line(out, "  at", std::iter::once(d.place.position()));
    out.push('\n');
}

fn template(out: &mut String, shown: &Shown, word: &str) {
    let id = word.split(['|', ':']).next().unwrap_or(word);
    let bears = |t: &TemplateAst| t.oids.iter().chain(&t.general).any(|o| o == word || o.split('|').next() == Some(id));
    for (name, t) in shown.tables.templates.iter().filter(|(n, t)| *n == word || bears(t)) {
        let _ = writeln!(out, "template {name} of {}", t.class);
        let mut seen = BTreeSet::new();
        t.oids.iter().filter(|o| seen.insert(*o)).for_each(|o| line(out, "  id", std::iter::once(o.clone())));
        line(out, "  else id", t.general.iter().map(|o| format!("{o} (where no other is known)")));
        line(out, "  else code", t.codes.iter().cloned());
        line(out, "  section", t.sections.iter().cloned());
        line(out, "  at", std::iter::once(t.place.position()));
        let rules = asks(shown, name);
        listed(out, "rules that ask for it", rules.into_iter().map(|r| (titled(r), r.place.position())));
    }
    if let Some(text) = templates::of_id(shown, id) {
        let _ = writeln!(out, "{text}");
    }
}

/// The rules that ask for a template as what they take.
fn asks<'s>(shown: &'s Shown, name: &str) -> Vec<&'s RuleAst> {
    let told = |text: &str| writes(shown, text, name);
    let rules = shown.tables.rules.iter();
    rules.filter(|r| r.entry.iter().chain(&r.condition).any(|t| told(&t.text))).collect()
}

fn titled(rule: &RuleAst) -> String {
    rule.to.as_ref().map_or_else(|| rule.name.clone(), |to| format!("{} → {}", rule.name, to.text))
}

/// A FHIR type, or an element of one.
fn given(out: &mut String, shown: &Shown, word: &str) {
    let rules = shown.tables.rules.iter().filter(|r| r.to.as_ref().is_some_and(|t| t.text == word));
    listed(out, &format!("rules that give {word}"), rules.map(|r| (r.name.clone(), r.place.position())));
    // an element of choice has its type in its name: Condition.onset is Condition.onsetAge as well
    let choice = |path: &str| {
        path.strip_prefix(word).is_some_and(|rest| word.contains('.') && rest.starts_with(|c: char| c.is_uppercase()))
    };
    let rows = shown.plan.rows.iter().filter(|r| r.fhir_path == word || choice(&r.fhir_path));
    let before = out.len();
    listed(out, &format!("rows that give {word}"), rows.map(|r| (r.name.clone(), r.place.position())));
    let definitions = Definitions::get();
    if out.len() == before
        && let Some((ty, element)) = word.rsplit_once('.')
        && let Some(ty) = definitions.type_named(ty)
        && (definitions.element(ty, element).is_some() || definitions.choice(ty, element).is_some())
    {
        let _ = writeln!(out, "R4 has {word}; no row gives it\n");
    }
}

/// Rules and rows that write the word: a code of a section or a statement, an attribute, a name.
fn mentions(out: &mut String, shown: &Shown, word: &str) {
    let writes = |text: &str| writes(shown, text, word);
    let of_code = |t: &TemplateAst| t.sections.iter().chain(&t.codes).any(|c| writes(c));
    let known = shown.tables.templates.iter().filter(|(_, t)| of_code(t));
    listed(out, &format!("templates known by {word}"), known.map(|(n, t)| (n.clone(), t.place.position())));
    let head = |r: &&RuleAst| {
        let texts = r.section.iter().chain(&r.entry).chain(&r.takes).chain(&r.condition).chain(&r.claims);
        texts.map(|t| t.text.as_str()).any(writes)
    };
    let rules = shown.tables.rules.iter().filter(head);
    listed(out, &format!("rules that ask for {word}"), rules.map(|r| (titled(r), r.place.position())));
    let rows = shown.plan.rows.iter().filter(|r| writes(&r.text));
    // a row with others below it has their words too
    let mut names: Vec<_> = rows.map(|r| (r.name.clone(), r.place.position())).collect();
    let inner: Vec<String> = names.iter().map(|(n, _)| n.clone()).collect();
    names.retain(|(n, _)| !inner.iter().any(|i| i.strip_prefix(n.as_str()).is_some_and(|r| r.starts_with('.'))));
    listed(out, &format!("rows that say {word}"), names.into_iter());
}

/// Whether a path or test writes a word: by itself, or by a `$name` that stands for it.
fn writes(shown: &Shown, text: &str, word: &str) -> bool {
    let define = &shown.tables.define;
    let named = define.within(text);
    let said = named.iter().filter_map(|n| define.get(n)).flat_map(|(_, d)| d.is.texts());
    said.map(|t| t.text.as_str()).chain([text]).any(|t| words(t).any(|w| w == word)) || named.contains(word)
}

/// The codes and names of a text.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-' | '_'))).filter(|w| !w.is_empty())
}
