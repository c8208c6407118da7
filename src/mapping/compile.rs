//! Tables → plan: every name resolved, every row typed at both ends, every fault reported.

use std::collections::BTreeMap;

use compact_str::CompactString;
use rustc_hash::FxHashMap;

use super::ast::*;
use super::diagnostics::{Diagnostics, Place, nearest};
use super::load::ROW_WORDS;
use super::model::{ANYTHING, Model};
use super::native;
use super::path::{self, Axis, ExprAst, PathAst, PathError};
use super::plan::{self, *};
use super::terminology::Terminology;
use crate::cda::names::{Name, Names};
use crate::fhir::definitions::{Definitions, Kind, Max, TypeId};
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
}

/// The classes that a node may be, for the check of what follows.
type Classes = Vec<String>;

impl<'c> Compiler<'c> {
    /// A compiler of tables over a terminology.
    pub fn new(tables: &'c Tables, faults: &'c mut Diagnostics, terms: Terminology) -> Self {
        let mut names = Names::default();
        for (prefix, uri) in &tables.namespaces {
            names.declare(&prefix.text, &uri.text);
        }
        let mut model = Model::builtin();
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
                model.add(&format!("{}\t{element}\t{min}\t{max}\t{types}", class.text));
            }
        }
        let template_ids =
            tables.templates.keys().enumerate().map(|(i, n)| (n.clone(), TemplateId(i as u16))).collect();
        let rule_ids = tables.rules.iter().enumerate().map(|(i, r)| (r.name.clone(), RuleId(i as u16))).collect();
        Compiler {
            tables,
            faults,
            model,
            names,
            terms,
            definitions: Definitions::get(),
            template_ids,
            rule_ids,
            rows: vec![],
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
        let templates = self.templates();
        let profile_names: Vec<&String> = self.tables.profiles.keys().collect();
        let (profiles, document_tests) = self.profiles();
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
        let mut plan = Plan {
            names: self.names,
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
            never_match: self.tables.never_match.clone(),
            trusted: self.tables.trusted.clone(),
            digest,
        };
        infer(&mut plan);
        Some(plan)
    }

    /// The profiles, and the tests on the document that they share.
    fn profiles(&mut self) -> (Vec<plan::Profile>, Vec<Expr>) {
        let classes: Classes = self.model.classes_of("ClinicalDocument").into_iter().map(str::to_owned).collect();
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
            profiles.push(plan::Profile { url: leak(&p.url), condition, demands: p.clone() });
        }
        (profiles, tests)
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
            classes.extend(found.into_iter().map(str::to_owned));
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
            emit.extend(self.rule_id(e));
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
            Some(other) => {
                let place = &ast.identity.as_ref()?.place;
                self.fault(
                    "M017",
                    place,
                    format!("`{other}` is no identity"),
                    "one of identifier, content, document, position",
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
            other_subject: ast.subject.is_some(),
            inferred: false,
            rows,
        })
    }

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

    // ---- paths -------------------------------------------------------------------------------------------------

    fn path_fault(&mut self, text: &Text, e: PathError) {
        let place = text.place.inside(e.at, 1);
        self.fault(
            "M020",
            &place,
            format!("this path cannot be read: {}", e.message),
            "paths are described in docs/mapping.md",
        );
    }

    fn path(&mut self, text: &Text, classes: &Classes) -> Option<(plan::Path, Classes)> {
        match path::parse_path(&text.text) {
            Ok(ast) => Some(self.compile_path(&ast, text, classes)),
            Err(e) => {
                self.path_fault(text, e);
                None
            }
        }
    }

    fn expr(&mut self, text: &Text, classes: &Classes) -> Option<Expr> {
        match path::parse_expr(&text.text) {
            Ok(ast) => Some(self.compile_expr(&ast, text, classes)),
            Err(e) => {
                self.path_fault(text, e);
                None
            }
        }
    }

    /// The way to the nodes of a rule: absolute in the header, else read backwards from a statement.
    fn entry_path(&mut self, text: &Text) -> Option<(plan::Path, Classes)> {
        let ast = match path::parse_path(&text.text) {
            Ok(ast) => ast,
            Err(e) => {
                self.path_fault(text, e);
                return None;
            }
        };
        let first = ast.branches[0].steps.first()?;
        let start = if ast.branches[0].absolute {
            vec![]
        } else {
            let classes: Classes = self.model.classes_of(&first.name).into_iter().map(str::to_owned).collect();
            if classes.is_empty() {
                let place = text.place.inside(first.at, first.name.len());
                self.fault("M015", &place, format!("CDA has no element `{}`", first.name), "");
            }
            classes
        };
        if ast.branches[0].absolute {
            return Some(self.compile_path(&ast, text, &start));
        }
        // the first step names the element itself; what follows is typed from it
        let mut branches = Vec::new();
        let mut found = Classes::new();
        for b in &ast.branches {
            let mut classes: Classes = self.model.classes_of(&b.steps[0].name).into_iter().map(str::to_owned).collect();
            let mut steps = vec![Step {
                axis: Axis::Child,
                name: self.names.intern(&b.steps[0].name),
                predicates: self.predicates(&b.steps[0].predicates, text, &classes),
            }];
            for s in &b.steps[1..] {
                let (step, next) = self.step(s, text, &classes);
                steps.push(step);
                classes = next;
            }
            found.extend(classes);
            branches.push(plan::Branch { absolute: false, steps: steps.into() });
        }
        Some((plan::Path(branches.into()), found))
    }

    fn compile_path(&mut self, ast: &PathAst, text: &Text, classes: &Classes) -> (plan::Path, Classes) {
        let mut branches = Vec::new();
        let mut found = Classes::new();
        for b in &ast.branches {
            let mut at = classes.clone();
            let mut steps = Vec::new();
            for (i, s) in b.steps.iter().enumerate() {
                let (step, next) = if b.absolute && i == 0 {
                    let next = vec!["ClinicalDocument".to_owned()];
                    if s.name != "ClinicalDocument" {
                        let place = text.place.inside(s.at, s.name.len());
                        self.fault("M021", &place, "a path from `/` begins with ClinicalDocument", "");
                    }
                    let predicates = self.predicates(&s.predicates, text, &next);
                    (Step { axis: s.axis, name: self.names.intern(&s.name), predicates }, next)
                } else {
                    self.step(s, text, &at)
                };
                steps.push(step);
                at = next;
            }
            for c in at {
                if !found.contains(&c) {
                    found.push(c);
                }
            }
            branches.push(plan::Branch { absolute: b.absolute, steps: steps.into() });
        }
        (plan::Path(branches.into()), found)
    }

    fn step(&mut self, s: &path::StepAst, text: &Text, classes: &Classes) -> (Step, Classes) {
        let anything = || vec![ANYTHING.to_owned()];
        let next: Classes = match s.axis {
            Axis::Itself => classes.clone(),
            Axis::Parent => {
                let mut up: Classes = Vec::new();
                for c in classes {
                    up.extend(self.model.holders(c).into_iter().map(str::to_owned));
                }
                up.sort();
                up.dedup();
                if up.is_empty() { anything() } else { up }
            }
            Axis::Ancestor => {
                let found: Classes = self.model.classes_of(&s.name).into_iter().map(str::to_owned).collect();
                if found.is_empty() {
                    let place = text.place.inside(s.at, s.name.len());
                    self.fault("M015", &place, format!("CDA has no element `{}`", s.name), "");
                }
                found
            }
            Axis::Child | Axis::Attribute if s.name == "*" => anything(),
            Axis::Child | Axis::Attribute => {
                let wanted = if s.axis == Axis::Attribute { format!("@{}", s.name) } else { s.name.clone() };
                let mut next = Classes::new();
                let mut known = classes.iter().any(|c| c == ANYTHING) || wanted == "@xsi:type";
                for c in classes {
                    if let Some(m) = self.model.member(c, &wanted) {
                        known = true;
                        next.extend(m.types.iter().cloned());
                    }
                }
                if !known && !classes.is_empty() {
                    let place = text.place.inside(s.at, s.name.len());
                    let all: Vec<String> = classes
                        .iter()
                        .flat_map(|c| self.model.names(c).map(str::to_owned).collect::<Vec<_>>())
                        .collect();
                    let help = Self::did_you_mean(&wanted, all.iter().map(String::as_str));
                    let of = classes.iter().take(3).cloned().collect::<Vec<_>>().join(" or ");
                    self.fault("M022", &place, format!("CDA has no `{wanted}` in {of}"), help);
                }
                next.sort();
                next.dedup();
                if next.is_empty() || classes.iter().any(|c| c == ANYTHING) { anything() } else { next }
            }
        };
        if let Some((prefix, _)) = s.name.split_once(':')
            && prefix != "xsi"
            && !self.names.namespaces().any(|(p, _)| p == prefix)
        {
            let place = text.place.inside(s.at, s.name.len());
            self.fault("M023", &place, format!("no pack declares the prefix `{prefix}`"), "add it under [namespaces]");
        }
        let name = match s.name.as_str() {
            "*" | "" => None,
            n => self.names.intern(n),
        };
        let predicates = self.predicates(&s.predicates, text, &next);
        (Step { axis: s.axis, name, predicates }, next)
    }

    fn predicates(&mut self, all: &[path::Predicate], text: &Text, classes: &Classes) -> Box<[plan::Predicate]> {
        all.iter()
            .map(|p| match p {
                path::Predicate::Position(i) => plan::Predicate::Position(*i),
                path::Predicate::Test(e) => plan::Predicate::Test(self.compile_expr(e, text, classes)),
            })
            .collect()
    }

    fn compile_expr(&mut self, e: &ExprAst, text: &Text, classes: &Classes) -> Expr {
        match e {
            ExprAst::And(all) => Expr::And(all.iter().map(|e| self.compile_expr(e, text, classes)).collect()),
            ExprAst::Or(any) => Expr::Or(any.iter().map(|e| self.compile_expr(e, text, classes)).collect()),
            ExprAst::Not(e) => Expr::Not(Box::new(self.compile_expr(e, text, classes))),
            ExprAst::Exists(p) => {
                let (path, found) = self.compile_path(p, text, classes);
                // a boolean attribute holds when it is true, not when it is there
                if found.iter().all(|t| t == "boolean") && !found.is_empty() {
                    Expr::True(path)
                } else {
                    Expr::Exists(path)
                }
            }
            ExprAst::Compare { path, equal, texts } => Expr::Compare {
                path: self.compile_path(path, text, classes).0,
                equal: *equal,
                texts: texts.iter().map(|t| t.as_str().into()).collect(),
            },
            ExprAst::Template(name, at) => match self.template_ids.get(name) {
                Some(id) => Expr::Template(*id),
                None => {
                    let help = nearest(name, self.template_ids.keys().map(String::as_str))
                        .map_or_else(|| "declare it under [templates]".to_owned(), |n| format!("did you mean `{n}`?"));
                    let place = text.place.inside(*at, name.len());
                    self.fault("M024", &place, format!("no pack declares the template `{name}`"), help);
                    Expr::Or(Box::new([]))
                }
            },
        }
    }

    fn require(&mut self, text: &Text, ty: TypeId) -> Option<Require> {
        match path::parse_expr(&text.text) {
            Ok(ast) => self.compile_require(&ast, text, ty),
            Err(e) => {
                self.path_fault(text, e);
                None
            }
        }
    }

    fn compile_require(&mut self, e: &ExprAst, text: &Text, ty: TypeId) -> Option<Require> {
        Some(match e {
            ExprAst::And(all) => Require::And(all.iter().filter_map(|e| self.compile_require(e, text, ty)).collect()),
            ExprAst::Or(any) => Require::Or(any.iter().filter_map(|e| self.compile_require(e, text, ty)).collect()),
            ExprAst::Not(e) => Require::Not(Box::new(self.compile_require(e, text, ty)?)),
            ExprAst::Exists(p) if p.branches.len() == 1 && p.branches[0].steps.len() == 1 => {
                let step = &p.branches[0].steps[0];
                let place = text.place.inside(step.at, step.name.len());
                if let Some(name) = step.name.strip_prefix("extension:") {
                    match self.tables.extensions.get(name) {
                        Some(x) => Require::Extension(x.url.as_str().into()),
                        None => {
                            self.fault("M025", &place, format!("no pack declares the extension `{name}`"), "");
                            return None;
                        }
                    }
                } else {
                    let bare = step.name.strip_prefix('_').unwrap_or(&step.name);
                    if self.definitions.element(ty, bare).is_none() {
                        let known: Vec<&str> = self.definitions.elements(ty).iter().map(|e| e.key).collect();
                        let help = Self::did_you_mean(bare, known.into_iter());
                        self.fault(
                            "M026",
                            &place,
                            format!("{} has no element `{bare}`", self.definitions.name(ty)),
                            help,
                        );
                    }
                    Require::Has(step.name.as_str().into())
                }
            }
            _ => {
                self.fault(
                    "M027",
                    &text.place,
                    "`require` names elements, joined by and, or, not()",
                    "for example \"code or extension:…\"",
                );
                return None;
            }
        })
    }

    // ---- rows --------------------------------------------------------------------------------------------------

    fn rows(
        &mut self,
        asts: &[RowAst],
        ty: TypeId,
        classes: &Classes,
        rule: RuleId,
        name: &str,
        fhir: &str,
    ) -> Vec<Row> {
        let mut rows: Vec<(u32, Row)> = Vec::new();
        for ast in asts {
            let before = self.faults.0.len();
            if let Some((order, row)) = self.row(ast, ty, classes, rule, name, fhir) {
                rows.push((order, row));
            } else if self.faults.0.len() == before {
                self.fault("M028", &ast.key.place, format!("the row `{}` cannot be compiled", ast.key.text), "");
            }
        }
        // elements are written in the order of their definition, slices of one element in the order of the table
        rows.sort_by_key(|(order, _)| *order);
        rows.into_iter().map(|(_, r)| r).collect()
    }

    fn row(
        &mut self,
        ast: &RowAst,
        ty: TypeId,
        classes: &Classes,
        rule: RuleId,
        name: &str,
        fhir: &str,
    ) -> Option<(u32, Row)> {
        let (base, slice) = ast.key.text.split_once(':').map_or((ast.key.text.as_str(), None), |(b, s)| (b, Some(s)));
        let id = RowId(self.rows.len() as u16);
        let place = ast.key.place.clone();
        let full = format!("{name}.{}", ast.key.text);
        let fhir_path = format!("{fhir}.{base}");
        let text = ast
            .alternatives
            .iter()
            .map(|a| a.place.file.text[a.place.span.clone()].to_owned())
            .collect::<Vec<_>>()
            .join(" | ");
        self.rows.push(RowInfo { rule, name: full.clone(), fhir_path: fhir_path.clone(), place, text });
        if base == "extension" && slice.is_some() {
            return self.extension_row(ast, slice?, id, classes, rule, &full, &fhir_path);
        }
        let definition = self.definitions.element(ty, base);
        if let Some(def) = definition
            && def.base.strip_suffix("[x]").is_none_or(|b| b != base)
        {
            let element = Element::Plain {
                key: def.key,
                underscore: def.underscore,
                many: def.max != Max::One,
                primitive: matches!(def.kind, Kind::Primitive(_)),
            };
            let target = typed(self.definitions.name(def.ty));
            let alternatives =
                self.alternatives(ast, def.ty, &target, def.binding, classes, rule, &full, &fhir_path, def.targets);
            return Some((u32::from(def.order), Row { id, element, alternatives }));
        }
        if let Some(choice) = self.definitions.choice(ty, base) {
            let forms: Vec<_> = choice
                .options
                .iter()
                .map(|o| {
                    let e = self.definitions.element(ty, o.key);
                    (o.suffix, o.key, e.map_or("", |e| e.underscore))
                })
                .collect();
            let order = self.definitions.element(ty, choice.options[0].key).map_or(0, |e| e.order);
            let target = Target::Choice(choice.options.iter().map(|o| o.suffix).collect());
            let alternatives = self.alternatives(ast, ty, &target, None, classes, rule, &full, &fhir_path, &[]);
            return Some((u32::from(order), Row { id, element: Element::Choice(forms), alternatives }));
        }
        let known: Vec<&str> =
            self.definitions.elements(ty).iter().map(|e| e.key).chain(ROW_WORDS.iter().copied()).collect();
        let help = Self::did_you_mean(base, known.into_iter());
        self.fault("M026", &ast.key.place, format!("{} has no element `{base}`", self.definitions.name(ty)), help);
        None
    }

    #[allow(clippy::too_many_arguments)]
    fn extension_row(
        &mut self,
        ast: &RowAst,
        name: &str,
        id: RowId,
        classes: &Classes,
        rule: RuleId,
        full: &str,
        fhir: &str,
    ) -> Option<(u32, Row)> {
        // a part of the complex extension around it, or an extension by name
        let outer = full.rsplit(".extension:").nth(1).and_then(|o| self.tables.extensions.get(o));
        let part = outer.and_then(|o| o.parts.get(name).or_else(|| o.parts.get(name.split(':').next()?)));
        let plain = name.split(':').next()?;
        let (url, ty) = match part {
            Some(ty) => (plain.to_owned(), ty.clone()),
            None => match self.tables.extensions.get(plain) {
                Some(x) => (x.url.clone(), x.ty.clone()),
                None => {
                    let help = Self::did_you_mean(plain, self.tables.extensions.keys().map(String::as_str));
                    self.fault("M025", &ast.key.place, format!("no pack declares the extension `{plain}`"), help);
                    return None;
                }
            },
        };
        let order = 7; // after the elements of Resource and DomainResource, where R4 puts extensions
        let part = part.is_some();
        if ty == "complex" {
            let element = Element::Extension { url: leak(&url), value: vec![], part };
            let extension = self.definitions.type_named("Extension")?;
            let alternatives =
                self.alternatives(ast, extension, &typed("Extension"), None, classes, rule, full, fhir, &[]);
            return Some((order, Row { id, element, alternatives }));
        }
        let extension = self.definitions.type_named("Extension")?;
        let mut forms = Vec::new();
        for one in ty.split('|') {
            let mut key = String::from("value");
            let mut chars = one.chars();
            key.extend(chars.next().into_iter().flat_map(char::to_uppercase));
            key.push_str(chars.as_str());
            match self.definitions.element(extension, &key) {
                Some(def) => forms.push((self.definitions.name(def.ty), def.key, def.underscore, def.ty)),
                None => {
                    self.fault("M014", &ast.key.place, format!("an extension cannot hold a `{one}`"), "");
                    return None;
                }
            }
        }
        let target = match forms.as_slice() {
            [(name, ..)] => typed(name),
            several => Target::Choice(several.iter().map(|f| f.0).collect()),
        };
        let inner = forms.first()?.3;
        let element =
            Element::Extension { url: leak(&url), value: forms.iter().map(|f| (f.0, f.1, f.2)).collect(), part };
        let alternatives = self.alternatives(ast, inner, &target, None, classes, rule, full, fhir, &[]);
        Some((order, Row { id, element, alternatives }))
    }

    #[allow(clippy::too_many_arguments)]
    fn alternatives(
        &mut self,
        ast: &RowAst,
        ty: TypeId,
        target: &Target,
        binding: Option<crate::fhir::definitions::ValueSetId>,
        classes: &Classes,
        rule: RuleId,
        name: &str,
        fhir: &str,
        targets: &'static [&'static str],
    ) -> Box<[Alternative]> {
        let mut all = Vec::new();
        for alt in &ast.alternatives {
            if let Some(a) = self.one(alt, ty, target, binding, classes, rule, name, fhir, targets) {
                all.push(a);
            }
        }
        all.into()
    }

    #[allow(clippy::too_many_arguments)]
    fn one(
        &mut self,
        alt: &AltAst,
        ty: TypeId,
        target: &Target,
        binding: Option<crate::fhir::definitions::ValueSetId>,
        classes: &Classes,
        rule: RuleId,
        name: &str,
        fhir: &str,
        targets: &'static [&'static str],
    ) -> Option<Alternative> {
        let condition = alt.condition.as_ref().and_then(|c| self.expr(c, classes));
        let each = match &alt.each {
            None => None,
            Some(e) => Some(self.path(e, classes)?),
        };
        let inner_classes = each.as_ref().map_or(classes, |e| &e.1).clone();
        let from = match &alt.from {
            None => None,
            Some(f) if alt.conduct => Some((self.conducted(f)?, vec![ANYTHING.to_owned()])),
            Some(f) => Some(self.path(f, &inner_classes)?),
        };
        let pick = match alt.pick.as_ref().map(|p| p.text.as_str()) {
            None | Some("all") => Pick::All,
            Some("first") => Pick::First,
            Some("last") => Pick::Last,
            Some("earliest") => Pick::Earliest,
            Some("latest") => Pick::Latest,
            Some(other) => {
                let place = alt.pick.as_ref()?.place.clone();
                self.fault(
                    "M029",
                    &place,
                    format!("`{other}` is no way to pick"),
                    "one of first, last, earliest, latest, all",
                );
                Pick::All
            }
        };
        let mut maps = Vec::new();
        for m in &alt.map {
            match self.terms.map_named(&m.text) {
                Some(id) => {
                    if let Some(set) = binding {
                        let bad: Vec<String> = self
                            .terms
                            .map(id)
                            .targets()
                            .filter(|t| {
                                !self.definitions.contains(set, Some(&t.system), &t.code)
                                    && !self.definitions.contains(set, None, &t.code)
                            })
                            .map(|t| t.code.to_string())
                            .collect();
                        if !bad.is_empty() {
                            let set = self.definitions.value_sets().name(set);
                            self.fault(
                                "M030",
                                &m.place,
                                format!(
                                    "`{}` gives {}, which the required value set `{set}` does not have",
                                    m.text,
                                    bad.join(", ")
                                ),
                                "",
                            );
                        }
                    }
                    maps.push(id);
                }
                None => {
                    let help = Self::did_you_mean(
                        &m.text,
                        self.terms.maps().iter().map(|m| m.name()).collect::<Vec<_>>().into_iter(),
                    );
                    self.fault("M031", &m.place, format!("no pack has the ConceptMap `{}`", m.text), help);
                }
            }
        }
        let via = match &alt.via {
            None => None,
            Some(v) => match native::native(&v.text) {
                Some(t) => Some(t),
                None => {
                    let help = Self::did_you_mean(&v.text, native::NATIVES.iter().map(|n| n.name));
                    self.fault("M032", &v.place, format!("there is no transform `{}`", v.text), help);
                    None
                }
            },
        };
        let target = match &alt.as_type {
            None => target.clone(),
            Some(t) => match (target, self.definitions.type_named(&t.text)) {
                (Target::Choice(options), Some(_)) if options.contains(&t.text.as_str()) => {
                    Target::Choice(options.iter().copied().filter(|o| *o == t.text).collect())
                }
                _ => {
                    self.fault("M033", &t.place, format!("`{}` is no type that this element may have", t.text), "");
                    target.clone()
                }
            },
        };
        let words =
            usize::from(alt.constant.is_some()) + usize::from(!alt.to.is_empty()) + usize::from(!alt.by.is_empty());
        if words > 1 {
            self.fault(
                "M034",
                &alt.place,
                "`const`, `to` and `by` exclude each other",
                "write them as alternatives in a list",
            );
        }
        let make = if let Some(c) = &alt.constant {
            Make::Const(self.constant(c, &target, binding)?)
        } else if !alt.to.is_empty() {
            Make::Refer(self.references(&alt.to, ty, targets, from.as_ref().map(|f| &f.1)))
        } else if !alt.by.is_empty() {
            if from.is_none() {
                self.fault("M035", &alt.place, "`by` needs `from`", "from says which node, or whose id");
            }
            Make::Link(self.references(&alt.by, ty, targets, None))
        } else if !alt.rows.is_empty() {
            let base = from.as_ref().map(|_| Convert { target: target.clone(), maps: maps.clone(), via });
            let mut rows = self.rows(&alt.rows, ty, &inner_classes, rule, name, fhir);
            rows.shrink_to_fit();
            Make::Build(base, rows)
        } else if from.is_some() {
            Make::Convert(Convert { target, maps, via })
        } else {
            self.fault(
                "M036",
                &alt.place,
                "this row says nothing to read or write",
                "add from, const, to, or rows of its own",
            );
            return None;
        };
        Some(Alternative {
            condition,
            from: from.map(|f| f.0),
            each: each.map(|e| e.0),
            conduct: alt.conduct,
            pick,
            make,
        })
    }

    /// A conducted path is evaluated on every ancestor: its first step must be known to some class.
    fn conducted(&mut self, text: &Text) -> Option<plan::Path> {
        match path::parse_path(&text.text) {
            Ok(ast) => {
                let first = &ast.branches[0].steps[0];
                let classes: Classes = self.model.classes_of(&first.name).into_iter().map(str::to_owned).collect();
                if classes.is_empty() && first.axis == Axis::Child {
                    let place = text.place.inside(first.at, first.name.len());
                    self.fault("M015", &place, format!("CDA has no element `{}`", first.name), "");
                }
                let mut any = vec![ANYTHING.to_owned()];
                any.extend(classes);
                Some(self.compile_path(&ast, text, &any).0)
            }
            Err(e) => {
                self.path_fault(text, e);
                None
            }
        }
    }

    fn references(
        &mut self,
        names: &[Text],
        ty: TypeId,
        targets: &'static [&'static str],
        from: Option<&Classes>,
    ) -> Vec<RuleId> {
        let wanted = self.definitions.name(ty);
        let mut out = Vec::new();
        for n in names {
            let Some(id) = self.rule_id(n) else { continue };
            let rule = &self.tables.rules[id.0 as usize];
            let Some(gives) = rule.to.as_ref().map(|t| t.text.clone()) else { continue };
            let resource =
                self.definitions.type_named(&gives).is_some_and(|t| self.definitions.kind(t) == Kind::Resource);
            if wanted == "Reference" && resource {
                // a rule that the element may not refer to is passed over, so that lists of participants can be shared
                if !targets.is_empty() && !targets.contains(&gives.as_str()) && !targets.contains(&"Resource") {
                    if names.len() == 1 {
                        self.fault(
                            "M037",
                            &n.place,
                            format!("this element may not refer to {gives}"),
                            format!("it may refer to {}", targets.join(", ")),
                        );
                    }
                    continue;
                }
            } else if gives != wanted {
                self.fault(
                    "M038",
                    &n.place,
                    format!("rule `{}` gives {gives}, this element is a {wanted}", rule.name),
                    "",
                );
                continue;
            }
            let _ = from;
            out.push(id);
        }
        out
    }

    fn constant(
        &mut self,
        text: &Text,
        target: &Target,
        binding: Option<crate::fhir::definitions::ValueSetId>,
    ) -> Option<Value> {
        let ty = match target {
            Target::Type(t, _) => t,
            Target::Choice(options) if options.len() == 1 => options[0],
            Target::Choice(_) => {
                self.fault(
                    "M039",
                    &text.place,
                    "a constant for a choice needs its type",
                    "write the row as valueString or valueCodeableConcept",
                );
                return None;
            }
        };
        let coding = |c: &mut Self| -> Option<Object> {
            let mut parts = text.text.splitn(3, '|');
            let (Some(system), Some(code)) = (parts.next(), parts.next()) else {
                c.fault(
                    "M040",
                    &text.place,
                    "a constant coding is written `SYSTEM|code|display`",
                    "SYSTEM is a URI or an alias of [systems]",
                );
                return None;
            };
            let system = if system.is_empty() || system.contains(':') {
                system.to_owned()
            } else {
                match c.tables.systems.get(system) {
                    Some(s) => s.text.clone(),
                    None => {
                        let help = Self::did_you_mean(system, c.tables.systems.keys().map(String::as_str));
                        c.fault("M041", &text.place, format!("no pack declares the code system `{system}`"), help);
                        return None;
                    }
                }
            };
            if let Some(set) = binding
                && !c.definitions.contains(set, Some(&system), code)
            {
                let set = c.definitions.value_sets().name(set);
                c.fault("M030", &text.place, format!("the required value set `{set}` has no `{code}` of {system}"), "");
            }
            Some(
                Object::new()
                    .with_str("system", Some(system.as_str()).filter(|s| !s.is_empty()))
                    .with_str("code", code)
                    .with_str("display", parts.next()),
            )
        };
        Some(match ty {
            "CodeableConcept" => {
                let coding = coding(self)?;
                Object(vec![("coding", Value::Array(vec![coding.into()]))]).into()
            }
            "Coding" => coding(self)?.into(),
            "boolean" => Value::Bool(text.text == "true"),
            "integer" | "positiveInt" | "unsignedInt" | "decimal" => Value::Number(text.text.as_str().into()),
            "code" => {
                if let Some(set) = binding
                    && !self.definitions.contains(set, None, &text.text)
                {
                    let codes: Vec<&str> = self.definitions.value_sets().codes(set).map(|(_, c)| c).collect();
                    let help = nearest(&text.text, codes.iter().copied())
                        .map_or_else(|| format!("it has {}", codes.join(", ")), |n| format!("did you mean `{n}`?"));
                    let set = self.definitions.value_sets().name(set);
                    self.fault(
                        "M030",
                        &text.place,
                        format!("the required value set `{set}` has no `{}`", text.text),
                        help,
                    );
                }
                Value::string(text.text.as_str())
            }
            "string" | "markdown" | "uri" | "url" | "canonical" | "id" | "date" | "dateTime" | "instant" => {
                Value::string(text.text.as_str())
            }
            other => {
                self.fault("M042", &text.place, format!("a {other} cannot be a constant"), "give it rows of its own");
                return None;
            }
        })
    }
}

/// A type as a target, with the transform that makes it.
fn typed(name: &'static str) -> Target {
    Target::Type(name, native::datatype_named(name))
}

/// Definitions live as long as the program; so do the few URLs of the packs it was started with.
fn leak(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
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
                statements.entry(name).or_default().push(Candidate { rule: id, entry: n as u16, score });
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

/// Marks the rules that choose by class alone.
fn infer(plan: &mut Plan) {
    let inferred: Vec<RuleId> = plan.statements.values().flatten().filter(|c| c.score < 2).map(|c| c.rule).collect();
    for id in inferred {
        plan.rules[id.0 as usize].inferred = true;
    }
}
