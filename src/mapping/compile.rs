//! Tables → plan: every name resolved, every row typed at both ends, every fault reported.

mod events;
mod paths;
mod rows;

use std::collections::BTreeMap;

use compact_str::CompactString;
use rustc_hash::FxHashMap;

use super::ast::*;
use super::diagnostics::{Diagnostics, Place, nearest};
use super::load::ROW_WORDS;
use super::model::{ANYTHING, Class, Model};
use super::native;
use super::needs;
use super::path::{self, Axis, ExprAst, PathAst, PathError};
use super::plan::qualifiers::Qualifiers;
use super::plan::{self, *};
use super::reviews::Reviews;
use super::terminology::Terminology;
use crate::cda::marks::Marks;
use crate::cda::names::{Name, Names};
use crate::fhir::definitions::{Definitions, Kind, Max, TypeId};
use crate::fhir::gate;
use crate::fhir::lasting;
use crate::fhir::value::{Object, Value};

/// What compiles one set of tables.
pub(super) struct Compiler<'c> {
    pub tables: &'c Tables,
    pub faults: &'c mut Diagnostics,
    pub model: Model,
    pub names: Names,
    pub terms: Terminology,
    pub definitions: &'static Definitions,
    template_ids: BTreeMap<String, TemplateId>,
    rule_ids: BTreeMap<String, RuleId>,
    rows: Vec<RowInfo>,
    /// whether the path in hand leads to what is referred to, not to what is read
    referring: bool,
}

/// The classes that a node may be, for the check of what follows.
type Classes = Vec<Class>;

impl<'c> Compiler<'c> {
    /// A compiler of tables over a terminology.
    pub fn new(tables: &'c Tables, faults: &'c mut Diagnostics, terms: Terminology) -> Self {
        let mut names = Names::default();
        for (prefix, uri) in &tables.namespaces {
            names.declare(&prefix.text, &uri.text);
        }
        for (from, to) in &tables.renames {
            if names.rename(&from.text, &to.text).is_none() {
                faults.add("M023", to.place.clone(), format!("`{}` cannot be an element's name", to.text), "");
            }
        }
        let mut more = Vec::new();
        for (class, lines) in &tables.model {
            for line in lines {
                let columns: Vec<&str> = line.text.split_whitespace().collect();
                let [element, min, max, types] = columns[..] else {
                    faults.add(
                        "M010",
                        line.place.clone(),
                        "a line of the model is `element min max types`",
                        "for example \"npfitlc:contentId 0 1 II\"",
                    );
                    continue;
                };
                more.push(format!("{}\t{element}\t{min}\t{max}\t{types}", class.text));
            }
        }
        let template_ids =
            tables.templates.keys().enumerate().map(|(i, n)| (n.clone(), TemplateId(i as u16))).collect();
        let rule_ids = tables.rules.iter().enumerate().map(|(i, r)| (r.name.clone(), RuleId(i as u16))).collect();
        Compiler {
            tables,
            faults,
            model: Model::with(more.iter().map(String::as_str)),
            names,
            terms,
            definitions: Definitions::get(),
            template_ids,
            rule_ids,
            rows: vec![],
            referring: false,
        }
    }

    /// The plan; meaningless when faults were reported.
    pub fn compile(mut self, digest: String) -> Option<Plan> {
        let maps = match self.terms.datatype_maps() {
            Ok(maps) => maps,
            Err(missing) => {
                if let Some(rule) = self.tables.rules.first() {
                    self.fault(
                        "M011",
                        &rule.place,
                        format!("the ConceptMap `{missing}` is missing"),
                        "datatypes need it; it is part of the core pack",
                    );
                }
                return None;
            }
        };
        self.definitions();
        let templates = self.templates();
        let profile_names: Vec<&String> = self.tables.profiles.keys().collect();
        let (profiles, mut document_tests) = self.profiles();
        let zones = self.zones();
        let events = self.events();
        let (checklists, headings) = self.checklists(&mut document_tests);
        let mut rules = Vec::new();
        for ast in &self.tables.rules {
            let rule = self.rule(ast, &profile_names);
            rules.push(rule);
        }
        if !self.faults.0.is_empty() {
            return None;
        }
        let rules: Vec<Rule> = rules.into_iter().flatten().collect();
        let (statements, header) = index(&rules);
        let denied = self.names.intern("sdtc:negationInd");
        let qualifiers = Qualifiers::of(&self.tables.qualifiers, &self.terms);
        let plan = Plan {
            names: self.names,
            denied,
            terms: self.terms,
            maps,
            templates,
            groups: (0u16..).zip(&rules).filter(|(_, r)| r.group.is_some()).map(|(i, _)| RuleId(i)).collect(),
            group_holders: {
                let within: std::collections::BTreeSet<Name> =
                    rules.iter().filter_map(|r| r.group.as_ref()).map(|g| g.within).collect();
                within.into_iter().collect()
            },
            section_rule: rules.iter().position(|r| r.to_name == "Composition.section").map(|i| RuleId(i as u16)),
            statements,
            header,
            rules,
            rows: self.rows,
            titles: self.tables.titles.iter().map(|(t, c)| (t.as_str().into(), c.text.as_str().into())).collect(),
            profiles,
            document_tests,
            zones,
            events,
            checklists,
            headings,
            never_match: self.tables.never_match.clone(),
            trusted: self.tables.trusted.clone(),
            reviews: Reviews::default(),
            qualifiers,
            confidentiality: self.tables.confidentiality.clone(),
            digest,
        };
        let mut reviews = Reviews::of(self.tables);
        reviews.settle(self.tables, &plan);
        Some(Plan { reviews, ..plan })
    }

    /// The profiles, and the tests on the document that they share.
    fn profiles(&mut self) -> (Vec<plan::Profile>, Vec<Expr>) {
        let classes = self.model.classes_of("ClinicalDocument");
        let (mut profiles, mut tests, mut known) = (Vec::new(), Vec::new(), Vec::<&str>::new());
        for p in self.tables.profiles.values() {
            let condition = match &p.condition {
                None => None,
                Some(text) => match known.iter().position(|k| *k == text.text) {
                    Some(i) => Some(i),
                    None => self.expr(text, &classes).map(|expr| {
                        tests.push(expr);
                        known.push(&text.text);
                        tests.len() - 1
                    }),
                },
            };
            profiles.push(plan::Profile { url: lasting::text(&p.url), condition, demands: p.clone() });
        }
        (profiles, tests)
    }

    /// The zones that documents have by their realm.
    fn zones(&mut self) -> Vec<plan::RealmZone> {
        let classes = self.model.classes_of("ClinicalDocument");
        let mut zones = Vec::new();
        for (condition, zone) in &self.tables.zones {
            // the zones that are built in, not those of the machine: the same on every one
            let known = jiff::tz::TimeZoneDatabase::bundled().get(&zone.text);
            match known {
                Ok(zone) => {
                    zones.extend(self.expr(condition, &classes).map(|condition| plan::RealmZone { condition, zone }))
                }
                Err(_) => {
                    let message = format!("there is no time zone `{}`", zone.text);
                    self.fault("M008", &zone.place, message, "a name of the time zone database: Europe/London");
                }
            }
        }
        zones
    }

    fn fault(&mut self, code: &'static str, place: &Place, message: impl Into<String>, help: impl Into<String>) {
        self.faults.add(code, place.clone(), message, help);
    }

    fn did_you_mean<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> String {
        nearest(word, known).map_or_else(String::new, |n| format!("did you mean `{n}`?"))
    }

    fn templates(&mut self) -> Templates {
        let mut templates = Templates::default();
        for (i, (name, t)) in self.tables.templates.iter().enumerate() {
            let id = TemplateId(i as u16);
            let element = self.names.intern(&t.class).unwrap_or(Name::OTHER);
            if t.class.is_empty() {
                self.fault(
                    "M012",
                    &t.place,
                    format!("template `{name}` says no class"),
                    "class is the element that bears the template, e.g. \"observation\"",
                );
            }
            templates.all.push((name.clone(), element));
            for oid in &t.oids {
                templates.by_oid.entry(oid.as_str().into()).or_default().push(id);
            }
            for oid in &t.general {
                templates.general.entry(oid.as_str().into()).or_default().push(id);
            }
            for section in &t.sections {
                templates.by_section.entry(element).or_default().push((section.as_str().into(), id));
            }
            let codes: Vec<CompactString> = t.codes.iter().map(|c| c.rsplit('|').next().unwrap_or(c).into()).collect();
            for c in &codes {
                templates.by_code.entry((element, c.clone())).or_default().push(id);
            }
            templates.codes.push(codes);
        }
        // a code that several templates share (ASSERTION) says nothing about which of them a node is
        templates.by_code.retain(|_, ids| ids.len() <= 2);
        templates
    }

    fn rule(&mut self, ast: &RuleAst, profile_names: &[&String]) -> Option<Rule> {
        let into = match &ast.into {
            None => None,
            Some(t) => Some(self.rule_id(t)?),
        };
        let to = match (&ast.to, into) {
            (Some(to), _) => to.clone(),
            (None, Some(target)) => self.tables.rules[target.0 as usize].to.clone()?,
            (None, None) => {
                self.fault(
                    "M013",
                    &ast.place,
                    format!("rule `{}` does not say what it gives", ast.name),
                    "add to = \"Observation\" (a resource or datatype of R4)",
                );
                return None;
            }
        };
        let Some(ty) = self.definitions.type_named(&to.text) else {
            let known: Vec<&str> = self.definitions.types().map(|t| self.definitions.name(t)).collect();
            let help = Self::did_you_mean(&to.text, known.into_iter());
            self.fault("M014", &to.place, format!("R4 has no type `{}`", to.text), help);
            return None;
        };
        let mut classes: Classes = Vec::new();
        let mut entries = Vec::new();
        for e in &ast.entry {
            if let Some((path, found)) = self.entry_path(e) {
                entries.push(path);
                classes.extend(found);
            }
        }
        let mut takes = Vec::new();
        for t in &ast.takes {
            let found = self.model.classes_of(&t.text);
            if found.is_empty() {
                self.fault(
                    "M015",
                    &t.place,
                    format!("CDA has no element `{}`", t.text),
                    "takes lists element names, e.g. \"assignedAuthor\"",
                );
                continue;
            }
            classes.extend(found);
            takes.extend(self.names.intern(&t.text));
        }
        if entries.is_empty() && takes.is_empty() {
            self.fault(
                "M016",
                &ast.place,
                format!("rule `{}` takes no node", ast.name),
                "say `entry` (where its nodes stand) or `takes` (element names, when other rules refer to it)",
            );
        }
        classes.sort();
        classes.dedup();
        let condition = ast.condition.as_ref().and_then(|c| self.expr(c, &classes));
        let require = ast.require.as_ref().and_then(|r| self.require(r, ty));
        let mut claims = Vec::new();
        for c in &ast.claims {
            claims.extend(self.path(c, &classes).map(|p| p.0));
        }
        let mut emit = Vec::new();
        for e in &ast.emit {
            emit.extend(self.rule_id_unless_dropped(e));
        }
        let group = match &ast.group {
            None => None,
            Some(g) => Some(Group {
                within: self.names.intern(&g.within.text)?,
                by: g.by.as_ref().and_then(|b| self.path(b, &classes)).map(|p| p.0),
                of: g.of.iter().filter_map(|e| self.expr(e, &classes)).collect(),
                with: g.with.iter().filter_map(|e| self.expr(e, &classes)).collect(),
            }),
        };
        let identity = match ast.identity.as_ref().map(|i| i.text.as_str()) {
            None | Some("identifier") => Identity::Identifier,
            Some("content") => Identity::Content,
            Some("document") => Identity::Document,
            Some("position") => Identity::Position,
            Some("activity") => Identity::Activity,
            Some(other) => {
                let place = &ast.identity.as_ref()?.place;
                self.fault(
                    "M017",
                    place,
                    format!("`{other}` is no identity"),
                    "one of identifier, content, document, position, activity",
                );
                Identity::Identifier
            }
        };
        let mut profiles = Vec::new();
        for p in &ast.profile {
            match profile_names.iter().position(|n| **n == p.text) {
                Some(i) => profiles.push(i),
                None => {
                    let help = Self::did_you_mean(&p.text, profile_names.iter().map(|n| n.as_str()));
                    self.fault("M018", &p.place, format!("no pack declares the profile `{}`", p.text), help);
                }
            }
        }
        let id = self.rule_ids[&ast.name];
        let to_name = self.definitions.name(ty);
        let rows = self.rows(&ast.rows, ty, &classes, id, &ast.name, to_name);
        Some(Rule {
            name: ast.name.clone(),
            to: ty,
            to_name,
            resource: self.definitions.kind(ty) == Kind::Resource,
            profiles,
            sections: ast.section.iter().map(|s| s.text.as_str().into()).collect(),
            entries,
            takes,
            condition,
            require,
            into,
            group,
            claims,
            emit,
            identity,
            carries_doubt: reads_doubt(&ast.rows),
            carries_plan: ast.condition.as_ref().is_some_and(|t| t.text.contains("planned()")),
            reads_denial: reads_denial(ast),
            other_subject: ast.subject.is_some(),
            rows,
        })
    }

    /// The same, without a fault where a pack has dropped the rule: what refers to it refers to nothing.
    fn rule_id_unless_dropped(&mut self, text: &Text) -> Option<RuleId> {
        let name = text.text.strip_prefix("rule.").unwrap_or(&text.text);
        let gone = self.tables.gone.iter().any(|g| g == name) && !self.rule_ids.contains_key(name);
        if gone { None } else { self.rule_id(text) }
    }

    /// The rule of a name.
    fn rule_id(&mut self, text: &Text) -> Option<RuleId> {
        let name = text.text.strip_prefix("rule.").unwrap_or(&text.text);
        match self.rule_ids.get(name) {
            Some(id) => Some(*id),
            None => {
                let help = nearest(name, self.rule_ids.keys().map(String::as_str))
                    .map_or_else(String::new, |n| format!("did you mean `rule.{n}`?"));
                self.fault("M019", &text.place, format!("there is no rule `{name}`"), help);
                None
            }
        }
    }
}

/// Whether a row asks for the uncertainty of the statement.
fn reads_doubt(rows: &[RowAst]) -> bool {
    let asks = |t: &Option<Text>| t.as_ref().is_some_and(|t| t.text.contains("doubted()"));
    rows.iter().flat_map(|r| &r.alternatives).any(|a| asks(&a.condition) || asks(&a.from) || reads_doubt(&a.rows))
}

/// Which denials the rule's test and rows ask for.
fn reads_denial(ast: &RuleAst) -> ReadsDenial {
    fn texts<'a>(rows: &'a [RowAst], found: &mut Vec<&'a str>) {
        for a in rows.iter().flat_map(|r| &r.alternatives) {
            found.extend([&a.condition, &a.from, &a.each].into_iter().flatten().map(|t| t.text.as_str()));
            texts(&a.rows, found);
        }
    }
    let mut all: Vec<&str> = ast.condition.iter().map(|t| t.text.as_str()).collect();
    texts(&ast.rows, &mut all);
    // not of a step on the way: within brackets, or at the end of a path, it is somebody else's
    let own = |text: &str| {
        let mut depth = 0;
        let outside = |c: &char| {
            depth += i32::from(*c == '[') - i32::from(*c == ']');
            depth == 0
        };
        let outside: String = text.chars().filter(outside).collect();
        outside.split([' ', '(', ')', '!', '=']).any(|word| word == "@negationInd")
    };
    match () {
        () if all.iter().any(|text| text.contains("denied()")) => ReadsDenial::Around,
        () if all.iter().any(|text| own(text)) => ReadsDenial::Own,
        () => ReadsDenial::Not,
    }
}

/// Which rules may take a statement of an element name (best first), and which stand over the header.
fn index(rules: &[Rule]) -> (FxHashMap<Name, Vec<Candidate>>, Vec<RuleId>) {
    let mut statements: FxHashMap<Name, Vec<Candidate>> = FxHashMap::default();
    let mut header = Vec::new();
    for (i, rule) in rules.iter().enumerate() {
        let id = RuleId(i as u16);
        for (n, entry) in rule.entries.iter().enumerate() {
            for branch in &entry.0 {
                if branch.absolute {
                    if !header.contains(&id) {
                        header.push(id);
                    }
                    continue;
                }
                let Some(last) = branch.steps.last() else { continue };
                let Some(name) = last.name else { continue };
                let templates =
                    branch.steps.iter().rev().take(1).filter(|s| s.predicates.iter().any(names_template)).count();
                let score = (templates as u16) * 100
                    + u16::from(!rule.sections.is_empty()) * 40
                    + (branch.steps.len() as u16 - 1) * 4
                    + u16::from(rule.condition.is_some()) * 2
                    + u16::from(!last.predicates.is_empty());
                // an entry of one step without a test goes by the class, whatever else the rule tests
                let inferred = rule.sections.is_empty() && branch.is_class_alone();
                let templates = needs::templates_of_place(entry);
                let candidate = Candidate { rule: id, entry: n as u16, score, inferred, templates };
                statements.entry(name).or_default().push(candidate);
            }
        }
    }
    for candidates in statements.values_mut() {
        candidates.sort_by_key(|c| std::cmp::Reverse(c.score));
    }
    // what adds to another rule's resource runs after it
    header.sort_by_key(|r| rules[r.0 as usize].into.is_some());
    (statements, header)
}

fn names_template(p: &plan::Predicate) -> bool {
    fn has(e: &Expr) -> bool {
        match e {
            Expr::Template(_) => true,
            Expr::And(all) | Expr::Or(all) => all.iter().any(has),
            _ => false,
        }
    }
    matches!(p, plan::Predicate::Test(e) if has(e))
}
