//! Paths, conditions and `require` of the tables, checked against CDA and R4.

use super::super::ast::Text;
use super::super::define::Is;
use super::*;

impl Compiler<'_> {
    pub(super) fn path_fault(&mut self, text: &Text, e: PathError) {
        // a fault of a definition is told once, where it stands
        if e.elsewhere {
            return;
        }
        let place = text.place.inside(e.at, 1);
        let help = if e.help.is_empty() { "paths are described in docs/mapping.md".to_owned() } else { e.help };
        self.fault("M020", &place, format!("this path cannot be read: {}", e.message), help);
    }

    /// What is wrong with definitions, each by itself; what only their use shows is told of the use.
    pub(super) fn definitions(&mut self) {
        let tables = self.tables;
        for (name, d) in tables.define.iter() {
            if d.is.texts().iter().any(|t| matches!(d.is, Is::Text(_)) && tables.define.within(&t.text).contains(name))
            {
                self.fault("M045", &d.place, format!("`${name}` is defined by itself"), "");
                continue;
            }
            let is_path = match &d.is {
                Is::List(_) => true,
                Is::Text(text) => {
                    if let Err(e) = path::parse_expr(&text.text, &tables.define) {
                        self.path_fault(text, e);
                    }
                    path::parse_path(&text.text, &tables.define).is_ok()
                }
            };
            if is_path && d.says.is_some() {
                self.fault("M045", &d.place, "only a test is told in words", "leave out `says`");
            }
        }
    }

    pub(super) fn path(&mut self, text: &Text, classes: &[Class]) -> Option<(plan::Path, Classes)> {
        match path::parse_path(&text.text, &self.tables.define) {
            Ok(ast) => Some(self.compile_path(&ast, text, classes)),
            Err(e) => {
                self.path_fault(text, e);
                None
            }
        }
    }

    pub(super) fn expr(&mut self, text: &Text, classes: &[Class]) -> Option<Expr> {
        match path::parse_expr(&text.text, &self.tables.define) {
            Ok(ast) => Some(self.compile_expr(&ast, text, classes)),
            Err(e) => {
                self.path_fault(text, e);
                None
            }
        }
    }

    /// The way to the nodes of a rule: absolute in the header, else read backwards from a statement.
    pub(super) fn entry_path(&mut self, text: &Text) -> Option<(plan::Path, Classes)> {
        let ast = match path::parse_path(&text.text, &self.tables.define) {
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
            let classes = self.model.classes_of(&first.name);
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
            let mut classes = self.model.classes_of(&b.steps[0].name);
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

    pub(super) fn compile_path(&mut self, ast: &PathAst, text: &Text, classes: &[Class]) -> (plan::Path, Classes) {
        let mut branches = Vec::new();
        let mut found = Classes::new();
        for b in &ast.branches {
            let mut at = classes.to_vec();
            let mut steps = Vec::new();
            for (i, s) in b.steps.iter().enumerate() {
                let (step, next) = if b.absolute && i == 0 {
                    let next = self.model.classes_of("ClinicalDocument");
                    if s.name != "ClinicalDocument" {
                        let place = text.place.inside(s.at, s.name.len());
                        self.fault("M021", &place, "a path from `/` begins with ClinicalDocument", "");
                    }
                    let predicates = self.predicates(&s.predicates, text, &next);
                    (Step { axis: s.axis, name: self.names.intern(&s.name), predicates }, next)
                } else {
                    let (mut step, next) = self.step(s, text, &at);
                    self.pass_over_unsaid(&mut step, &b.steps[i..], &next);
                    (step, next)
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

    pub(super) fn step(&mut self, s: &path::StepAst, text: &Text, classes: &[Class]) -> (Step, Classes) {
        let next: Classes = match s.axis {
            Axis::Itself => classes.to_vec(),
            Axis::Parent => {
                let mut up: Classes = classes.iter().flat_map(|c| self.model.holders(*c)).copied().collect();
                up.sort_unstable();
                up.dedup();
                if up.is_empty() { vec![ANYTHING] } else { up }
            }
            Axis::Ancestor => {
                let found = self.model.classes_of(&s.name);
                if found.is_empty() {
                    let place = text.place.inside(s.at, s.name.len());
                    self.fault("M015", &place, format!("CDA has no element `{}`", s.name), "");
                }
                found
            }
            Axis::Child | Axis::Attribute if s.name == "*" => vec![ANYTHING],
            Axis::Child => self.below(s, &s.name, text, classes),
            Axis::Attribute => self.below(s, &format!("@{}", s.name), text, classes),
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

    /// The classes of an element or attribute of these classes.
    fn below(&mut self, s: &path::StepAst, wanted: &str, text: &Text, classes: &[Class]) -> Classes {
        let any = classes.contains(&ANYTHING);
        let member = self.model.member(wanted);
        let found: Vec<&[Class]> =
            classes.iter().filter_map(|c| member.and_then(|m| self.model.types(*c, m))).collect();
        if found.is_empty() && !any && !classes.is_empty() && wanted != "@xsi:type" {
            let mut named: Vec<&str> = classes.iter().map(|c| self.model.name(*c)).collect();
            named.sort_unstable();
            named.truncate(3);
            let message = format!("CDA has no `{wanted}` in {}", named.join(" or "));
            let help = Self::did_you_mean(wanted, classes.iter().flat_map(|c| self.model.names(*c)));
            self.fault("M022", &text.place.inside(s.at, s.name.len()), message, help);
            return vec![ANYTHING];
        }
        let mut next: Classes = found.into_iter().flatten().copied().collect();
        next.sort_unstable();
        next.dedup();
        if next.is_empty() || any { vec![ANYTHING] } else { next }
    }

    /// What a row reads from a statement below its own must be said there: a step down to what can be negated passes over
    /// what is negated (also by a qualifier) or null, unless the path itself asks. A reaction that did not occur would read as one that did.
    fn pass_over_unsaid(&mut self, step: &mut Step, rest: &[path::StepAst], classes: &[Class]) {
        if step.axis != Axis::Child || classes.contains(&ANYTHING) {
            return;
        }
        let next = rest.get(1);
        let asks = |axis, attribute: &dyn Fn(&str) -> bool| {
            next.is_some_and(|n| n.axis == axis && attribute(&n.name))
                || rest[0].predicates.iter().any(|p| matches!(p, path::Predicate::Test(e) if e.asks(attribute)))
        };
        let negation = asks(Axis::Attribute, &|n| n.ends_with("negationInd"));
        let status = asks(Axis::Child, &|n| n == "statusCode");
        let mut unsaid = plan::Unsaid {
            negated: !negation && self.any_has(classes, "@negationInd"),
            negated_by_extension: !negation && self.any_has(classes, "@sdtc:negationInd"),
            // a relationship has no concept that could be qualified
            qualified: !negation && self.any_has(classes, "@negationInd") && self.any_has(classes, "code"),
            null: !asks(Axis::Attribute, &|n| n == "nullFlavor") && self.any_has(classes, "@negationInd"),
            ..plan::Unsaid::default()
        };
        let is_observation = self.model.class("Observation").is_some_and(|o| classes.contains(&o));
        // what was entered in error says nothing either, nor does what is only wished for; it may be referred to
        if !self.referring && unsaid != plan::Unsaid::default() {
            unsaid.void = !status && self.any_has(classes, "statusCode");
            unsaid.other_mood = is_observation && !asks(Axis::Attribute, &|n| n == "moodCode");
        }
        if unsaid != plan::Unsaid::default() {
            let said = plan::Predicate::Test(Expr::Not(Box::new(Expr::Unsaid(unsaid))));
            step.predicates = std::mem::take(&mut step.predicates).into_iter().chain([said]).collect();
        }
    }

    fn any_has(&self, classes: &[Class], name: &str) -> bool {
        self.model.member(name).is_some_and(|m| classes.iter().any(|c| self.model.types(*c, m).is_some()))
    }

    pub(super) fn predicates(
        &mut self,
        all: &[path::Predicate],
        text: &Text,
        classes: &[Class],
    ) -> Box<[plan::Predicate]> {
        all.iter()
            .map(|p| match p {
                path::Predicate::Position(i) => plan::Predicate::Position(*i),
                path::Predicate::Test(e) => plan::Predicate::Test(self.compile_expr(e, text, classes)),
            })
            .collect()
    }

    pub(super) fn compile_expr(&mut self, e: &ExprAst, text: &Text, classes: &[Class]) -> Expr {
        match e {
            ExprAst::And(all) => Expr::And(all.iter().map(|e| self.compile_expr(e, text, classes)).collect()),
            ExprAst::Or(any) => Expr::Or(any.iter().map(|e| self.compile_expr(e, text, classes)).collect()),
            ExprAst::Not(e) => Expr::Not(Box::new(self.compile_expr(e, text, classes))),
            ExprAst::Exists(p) => {
                let (path, found) = self.compile_path(p, text, classes);
                // a boolean attribute holds when it is true, not when it is there
                let boolean = self.model.class("boolean");
                if found.iter().all(|t| Some(*t) == boolean) && !found.is_empty() {
                    Expr::is_true(path)
                } else {
                    Expr::exists(path)
                }
            }
            ExprAst::Compare { path, equal, texts } => Expr::compare(
                self.compile_path(path, text, classes).0,
                *equal,
                texts.iter().map(|t| t.as_str().into()).collect(),
            ),
            ExprAst::In(path, name, at) => {
                let path = self.compile_path(path, text, classes).0;
                match self.terms.map_named(name) {
                    Some(map) => Expr::In { path, map },
                    None => {
                        let help = Self::did_you_mean(name, self.terms.maps().iter().map(|m| m.name()));
                        let place = text.place.inside(*at, name.len());
                        self.fault("M031", &place, format!("no pack has the ConceptMap `{name}`"), help);
                        Expr::Or(Box::new([]))
                    }
                }
            }
            ExprAst::Denied => Expr::Denied,
            ExprAst::Doubted => Expr::Doubted,
            ExprAst::Planned => Expr::Planned,
            ExprAst::Known => Expr::Known,
            ExprAst::Defined(d) => self.compile_expr(&d.is, &d.text, classes),
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

    pub(super) fn require(&mut self, text: &Text, ty: TypeId) -> Option<Require> {
        match path::parse_expr(&text.text, &self.tables.define) {
            Ok(ast) => self.compile_require(&ast, text, ty),
            Err(e) => {
                self.path_fault(text, e);
                None
            }
        }
    }

    pub(super) fn compile_require(&mut self, e: &ExprAst, text: &Text, ty: TypeId) -> Option<Require> {
        Some(match e {
            ExprAst::And(all) => Require::And(all.iter().filter_map(|e| self.compile_require(e, text, ty)).collect()),
            ExprAst::Or(any) => Require::Or(any.iter().filter_map(|e| self.compile_require(e, text, ty)).collect()),
            ExprAst::Not(e) => Require::Not(Box::new(self.compile_require(e, text, ty)?)),
            ExprAst::Defined(d) => self.compile_require(&d.is, &d.text, ty)?,
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
}
