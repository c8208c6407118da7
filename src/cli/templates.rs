//! `granule docs --templates`: the page that says of every template which rules read it, or why none does. The list is
//! `mappings/model/templates.tsv`; what rules ask for is found in the rules, so a list that is no longer true is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use anyhow::{Result, bail};

use super::tables::Shown;
use crate::mapping::ast::{RowAst, RuleAst, TemplateAst, Text};
use crate::mapping::define::Define;
use crate::mapping::path::{ExprAst, PathAst, Predicate, parse_expr, parse_path};

/// The list that is built in.
const LIST: &str = include_str!("../../mappings/model/templates.tsv");
/// The reason of what deserves a rule and has none.
const UNREAD: &str = "unread";

/// A template of the list.
struct Listed<'l> {
    id: &'l str,
    elements: Vec<&'l str>,
    standard: &'l str,
    title: &'l str,
    how: How<'l>,
}

enum How<'l> {
    /// rules ask for it by name, or take its element
    Asked,
    /// rules read it, whatever template it bears
    By(Vec<&'l str>),
    /// none reads it, for this reason
    Reason(&'l str),
}

/// Everything the list says.
struct List<'l> {
    reasons: Vec<(&'l str, &'l str)>,
    templates: Vec<Listed<'l>>,
}

/// The page.
///
/// # Errors
/// Everything in the list that is not true of the tables, all at once.
pub fn page(shown: &Shown) -> Result<String> {
    of(shown, LIST)
}

fn of(shown: &Shown, text: &str) -> Result<String> {
    let mut faults = Vec::new();
    let list = read(text, &mut faults);
    let asked = Asked::of(shown);
    let mut lines: Vec<(&Listed, Vec<String>)> = Vec::new();
    for t in &list.templates {
        lines.push((t, rules_of(shown, &asked, &list, t, &mut faults)));
    }
    let have: BTreeSet<&str> = list.templates.iter().map(|t| t.id).collect();
    for (name, template) in shown.tables.templates.iter().filter(|(_, t)| of_list(t)) {
        for id in ids(template).filter(|id| !have.contains(id)) {
            faults.push(format!("{id} ({name}) has a name in the tables and no line in the list"));
        }
    }
    if !faults.is_empty() {
        bail!("mappings/model/templates.tsv: {}", faults.join("\nmappings/model/templates.tsv: "));
    }
    Ok(written(&list, &lines))
}

/// What the list says of a template: the standard and its title there, the rules that read it, or the reason that none does.
pub fn of_id(shown: &Shown, id: &str) -> Option<String> {
    let mut faults = Vec::new();
    let list = read(LIST, &mut faults);
    let t = list.templates.iter().find(|t| t.id == id)?;
    let rules = rules_of(shown, &Asked::of(shown), &list, t, &mut faults);
    let mut out = format!("{id}: {} ({})\n", t.title, t.standard);
    match &t.how {
        How::Reason(key) => {
            let reason = list.reasons.iter().find(|(k, _)| k == key).map_or(*key, |(_, text)| text);
            let _ = writeln!(out, "no rule reads it: {reason}");
        }
        How::Asked | How::By(_) => rules.iter().for_each(|rule| {
            let _ = writeln!(out, "read by     {rule}");
        }),
    }
    Some(out)
}

/// The templates of the pack that the list is about; those of other realms and of sites are theirs to list.
fn of_list(t: &TemplateAst) -> bool {
    t.place.file.name.starts_with("granule:ccda/")
}

fn ids(t: &TemplateAst) -> impl Iterator<Item = &str> {
    t.oids.iter().chain(&t.general).map(|id| id.split('|').next().unwrap_or(id))
}

fn read<'l>(text: &'l str, faults: &mut Vec<String>) -> List<'l> {
    let mut list = List { reasons: Vec::new(), templates: Vec::new() };
    let mut seen = BTreeSet::new();
    for (n, line) in text.lines().enumerate().filter(|(_, l)| !l.starts_with('#') && !l.trim().is_empty()) {
        match line.split('\t').collect::<Vec<_>>().as_slice() {
            ["reason", key, text] => list.reasons.push((key, text)),
            [id, elements, standard, title, how] => {
                if !seen.insert(*id) {
                    faults.push(format!("line {}: {id} stands in the list twice", n + 1));
                }
                let how = match how.strip_prefix("by ") {
                    Some(rules) => How::By(rules.split(", ").collect()),
                    None if how.is_empty() => How::Asked,
                    None => How::Reason(how),
                };
                list.templates.push(Listed { id, elements: elements.split('|').collect(), standard, title, how });
            }
            _ => faults.push(format!("line {}: a line is id, element, standard, title, how, with tabs between", n + 1)),
        }
    }
    list
}

/// What the rules ask for: by name of the template, whether they take it (else they look at it), and by element.
struct Asked<'t> {
    taken: BTreeMap<&'t str, Vec<&'t RuleAst>>,
    looked: BTreeMap<&'t str, Vec<&'t RuleAst>>,
}

impl<'t> Asked<'t> {
    fn of(shown: &'t Shown) -> Asked<'t> {
        let define = &shown.tables.define;
        let mut asked = Asked { taken: BTreeMap::new(), looked: BTreeMap::new() };
        for rule in &shown.tables.rules {
            let (mut taken, mut looked) = (BTreeSet::new(), BTreeSet::new());
            for entry in rule.entry.iter().filter_map(|e| parse_path(&e.text, define).ok()) {
                for branch in &entry.branches {
                    let last = branch.steps.len().saturating_sub(1);
                    for (n, step) in branch.steps.iter().enumerate() {
                        predicates(&step.predicates, if n == last { &mut taken } else { &mut looked });
                    }
                }
            }
            rule.condition.iter().for_each(|c| test(c, define, &mut looked));
            rule.claims.iter().for_each(|c| path(c, define, &mut looked));
            rule.group.iter().flat_map(|g| g.of.iter().chain(&g.with)).for_each(|t| test(t, define, &mut looked));
            rows(&rule.rows, define, &mut looked);
            let name = |n: &String| shown.tables.templates.get_key_value(n).map(|(k, _)| k.as_str());
            for n in taken.iter().filter_map(name) {
                asked.taken.entry(n).or_default().push(rule);
            }
            for n in looked.iter().filter_map(name) {
                asked.looked.entry(n).or_default().push(rule);
            }
        }
        asked
    }

    /// The rules that ask for a name: those that take it, else those that look at it.
    fn rules(&self, name: &str) -> &[&'t RuleAst] {
        self.taken.get(name).or_else(|| self.looked.get(name)).map_or(&[], Vec::as_slice)
    }
}

fn path(text: &Text, define: &Define, names: &mut BTreeSet<String>) {
    if let Ok(p) = parse_path(&text.text, define) {
        of_path(&p, names);
    }
}

fn test(text: &Text, define: &Define, names: &mut BTreeSet<String>) {
    if let Ok(e) = parse_expr(&text.text, define) {
        of_expr(&e, names);
    }
}

fn of_path(p: &PathAst, names: &mut BTreeSet<String>) {
    p.branches.iter().flat_map(|b| &b.steps).for_each(|s| predicates(&s.predicates, names));
}

fn predicates(list: &[Predicate], names: &mut BTreeSet<String>) {
    for p in list {
        if let Predicate::Test(e) = p {
            of_expr(e, names);
        }
    }
}

/// The names that a test asks for. What must not be so is not asked for.
fn of_expr(e: &ExprAst, names: &mut BTreeSet<String>) {
    match e {
        ExprAst::And(all) | ExprAst::Or(all) => all.iter().for_each(|e| of_expr(e, names)),
        ExprAst::Not(_) | ExprAst::Denied | ExprAst::Doubted | ExprAst::Planned | ExprAst::Known => {}
        ExprAst::Exists(p) | ExprAst::Compare { path: p, .. } | ExprAst::In(p, ..) => of_path(p, names),
        ExprAst::Defined(d) => of_expr(&d.is, names),
        ExprAst::Template(name, _) => {
            names.insert(name.clone());
        }
    }
}

fn rows(list: &[RowAst], define: &Define, names: &mut BTreeSet<String>) {
    for a in list.iter().flat_map(|r| &r.alternatives) {
        a.condition.iter().for_each(|c| test(c, define, names));
        a.from.iter().chain(&a.each).for_each(|p| path(p, define, names));
        rows(&a.rows, define, names);
    }
}

/// The rules of a template as the page shows them: `problem → Condition`. None where a reason stands instead.
fn rules_of(shown: &Shown, asked: &Asked, list: &List, t: &Listed, faults: &mut Vec<String>) -> Vec<String> {
    let mut found: Vec<&RuleAst> = Vec::new();
    let named = |(_, n): &(&String, &TemplateAst)| ids(n).any(|id| id == t.id);
    for (name, template) in shown.tables.templates.iter().filter(named) {
        found.extend(asked.rules(name));
        let codes = || template.codes.iter().filter_map(|c| c.split_once('|'));
        let of_section = |r: &RuleAst| codes().any(|(_, c)| r.section.iter().any(|s| s.text == c));
        if template.class == "section" {
            found.extend(shown.tables.rules.iter().filter(|r| of_section(r)));
        }
    }
    let by_name = !found.is_empty();
    if t.elements.contains(&"section") {
        found.extend(shown.tables.rules.iter().filter(|r| r.takes.iter().any(|t| t.text == "section")));
    }
    if t.elements.contains(&"ClinicalDocument") {
        found.extend(shown.tables.rules.iter().filter(|r| r.entry.iter().any(|e| e.text == "/ClinicalDocument")));
    }
    match &t.how {
        How::Asked if found.is_empty() => faults.push(format!(
            "{} ({}) has neither a rule nor a reason; write a rule for it, or say in the list why none reads it",
            t.id, t.title
        )),
        How::Asked => {}
        How::By(_) | How::Reason(_) if by_name => {
            faults.push(format!("{} ({}) is read by rule `{}`; empty its last column", t.id, t.title, found[0].name))
        }
        How::By(names) => {
            for name in names {
                match shown.rule(name) {
                    Some(rule) => found.push(rule),
                    None => faults.push(format!("{} ({}): there is no rule `{name}`", t.id, t.title)),
                }
            }
        }
        How::Reason(key) if !list.reasons.iter().any(|(k, _)| k == key) => {
            faults.push(format!("{} ({}): there is no reason `{key}`", t.id, t.title));
        }
        How::Reason(_) => {}
    }
    let mut seen = BTreeSet::new();
    found.retain(|r| seen.insert(&r.name));
    found.iter().map(|r| format!("{} → {}", r.name, target(shown, r))).collect()
}

fn target<'s>(shown: &'s Shown, rule: &'s RuleAst) -> &'s str {
    let into = rule.into.as_ref().and_then(|t| shown.rule(t.text.strip_prefix("rule.").unwrap_or(&t.text)));
    rule.to.as_ref().or(into.and_then(|r| r.to.as_ref())).map_or("", |t| t.text.as_str())
}

/// How many templates of a standard have a rule, a reason, or neither in truth.
#[derive(Default)]
struct Sum {
    all: usize,
    rule: usize,
    reason: usize,
    unread: usize,
}

impl Sum {
    fn add(&mut self, t: &Listed) {
        self.all += 1;
        match &t.how {
            How::Asked | How::By(_) => self.rule += 1,
            How::Reason(UNREAD) => self.unread += 1,
            How::Reason(_) => self.reason += 1,
        }
    }
}

fn written(list: &List, lines: &[(&Listed, Vec<String>)]) -> String {
    let mut standards: Vec<(&str, Sum)> = Vec::new();
    let mut total = Sum::default();
    for (t, _) in lines {
        if standards.last().is_none_or(|(s, _)| *s != t.standard) {
            standards.push((t.standard, Sum::default()));
        }
        if let Some((_, sum)) = standards.last_mut() {
            sum.add(t);
        }
        total.add(t);
    }
    let mut out = String::from(
        "# Templates\n\nWhat becomes of each template: the rules that read it and what they give, or why none does. `granule docs --templates` writes this\n\
         page from the rules and from `mappings/model/templates.tsv`; a test holds the two against each other and against real documents, and\n\
         fails when the page is old. `C-CDA` are the current templates; the others were met in documents, or are earlier ids of the same.\n\n\
         | standard | templates | read by a rule | another reason | not read yet |\n|---|---|---|---|---|\n",
    );
    let mut line = |name: &str, s: &Sum| {
        let _ = writeln!(out, "| {name} | {} | {} | {} | {} |", s.all, s.rule, s.reason, s.unread);
    };
    standards.iter().for_each(|(name, sum)| line(name, sum));
    line("**all**", &total);
    out.push_str("\n| reason | means |\n|---|---|\n");
    for (key, text) in &list.reasons {
        let _ = writeln!(out, "| {key} | {text} |");
    }
    let mut of = "";
    for (t, rules) in lines {
        if t.standard != of {
            of = t.standard;
            let _ = write!(out, "\n## {of}\n\n| template | id | element | read by |\n|---|---|---|---|\n");
        }
        let read = match &t.how {
            How::Reason(key) => format!("*{key}*"),
            How::Asked | How::By(_) => rules.join(", "),
        };
        let title = t.title.replace('|', "\\|");
        let _ = writeln!(out, "| {title} | `{}` | {} | {read} |", t.id, t.elements.join(", "));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::Mappings;

    fn shown() -> Shown {
        Shown::load(&Mappings { folders: vec![] }).unwrap()
    }

    /// The list with one line changed.
    fn changed(id: &str, how: &str) -> String {
        let line = |l: &str| match l.starts_with(&format!("{id}\t")) {
            true => format!("{}\t{how}\n", &l[..l.rfind('\t').unwrap()]),
            false => format!("{l}\n"),
        };
        LIST.lines().map(line).collect()
    }

    fn fault(text: &str) -> String {
        of(&shown(), text).unwrap_err().to_string()
    }

    const PROBLEM: &str = "2.16.840.1.113883.10.20.22.4.4";
    const GUARANTOR: &str = "2.16.840.1.113883.10.20.22.4.88";

    #[test]
    fn the_list_is_true() {
        page(&shown()).unwrap();
    }

    #[test]
    fn a_template_with_neither_rule_nor_reason_is_a_fault() {
        assert!(fault(&changed(GUARANTOR, "")).contains("neither a rule nor a reason"));
    }

    #[test]
    fn a_reason_although_a_rule_reads_it_is_a_fault() {
        assert!(fault(&changed(PROBLEM, UNREAD)).contains("is read by rule `problem`"));
        assert!(fault(&changed(PROBLEM, "by problem")).contains("is read by rule `problem`"));
    }

    #[test]
    fn a_rule_or_reason_that_is_not_there_is_a_fault() {
        assert!(fault(&changed(GUARANTOR, "by nobody")).contains("there is no rule `nobody`"));
        assert!(fault(&changed(GUARANTOR, "lazy")).contains("there is no reason `lazy`"));
    }

    #[test]
    fn a_named_template_that_is_not_listed_is_a_fault() {
        let without: String =
            LIST.lines().filter(|l| !l.starts_with(&format!("{PROBLEM}\t"))).fold(String::new(), |s, l| s + l + "\n");
        assert!(fault(&without).contains("no line in the list"));
        assert!(fault(&format!("{LIST}{PROBLEM}\tobservation\tC-CDA\tagain\t\n")).contains("twice"));
        assert!(fault(&format!("{LIST}1.2.3\n")).contains("with tabs between"));
    }
}
