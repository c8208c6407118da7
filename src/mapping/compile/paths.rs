//! Paths, conditions and `require` of the tables, checked against CDA and R4.

use super::super::ast::Text;
use super::*;

impl Compiler<'_> {
    pub(super) fn path_fault(&mut self, text: &Text, e: PathError) {
        let place = text.place.inside(e.at, 1);
        self.fault(
            "M020",
            &place,
            format!("this path cannot be read: {}", e.message),
            "paths are described in docs/mapping.md",
        );
    }

    pub(super) fn path(&mut self, text: &Text, classes: &Classes) -> Option<(plan::Path, Classes)> {
        match path::parse_path(&text.text) {
            Ok(ast) => Some(self.compile_path(&ast, text, classes)),
            Err(e) => {
                self.path_fault(text, e);
                None
            }
        }
    }

    pub(super) fn expr(&mut self, text: &Text, classes: &Classes) -> Option<Expr> {
        match path::parse_expr(&text.text) {
            Ok(ast) => Some(self.compile_expr(&ast, text, classes)),
            Err(e) => {
                self.path_fault(text, e);
                None
            }
        }
    }

    /// The way to the nodes of a rule: absolute in the header, else read backwards from a statement.
    pub(super) fn entry_path(&mut self, text: &Text) -> Option<(plan::Path, Classes)> {
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

    pub(super) fn compile_path(&mut self, ast: &PathAst, text: &Text, classes: &Classes) -> (plan::Path, Classes) {
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
                    let (mut step, next) = self.step(s, text, &at);
                    self.pass_over_denied(&mut step, &b.steps[i..], &next);
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

    pub(super) fn step(&mut self, s: &path::StepAst, text: &Text, classes: &Classes) -> (Step, Classes) {
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

    /// What a row reads from a statement below its own must be said there: a step down to what can be negated passes over
    /// what is negated or null, unless the path itself asks. A reaction that did not occur would read as one that did.
    fn pass_over_denied(&mut self, step: &mut Step, rest: &[path::StepAst], classes: &Classes) {
        if step.axis != Axis::Child || classes.iter().any(|c| c == ANYTHING) {
            return;
        }
        let next = rest.get(1).filter(|n| n.axis == Axis::Attribute).map_or("", |n| n.name.as_str());
        let mut denied = Vec::new();
        for name in ["negationInd", "sdtc:negationInd", "nullFlavor"] {
            let asked = |n: &str| n == name || name.ends_with("negationInd") && n.ends_with("negationInd");
            let asks = asked(next)
                || rest[0].predicates.iter().any(|p| matches!(p, path::Predicate::Test(e) if e.asks(&asked)));
            let attribute = if name == "nullFlavor" { "@negationInd".to_owned() } else { format!("@{name}") };
            if !asks && classes.iter().any(|c| self.model.member(c, &attribute).is_some()) {
                let steps =
                    Box::new([Step { axis: Axis::Attribute, name: self.names.intern(name), predicates: Box::new([]) }]);
                let path = plan::Path(Box::new([plan::Branch { absolute: false, steps }]));
                denied.push(if name == "nullFlavor" { Expr::exists(path) } else { Expr::is_true(path) });
            }
        }
        // what was entered in error says nothing either
        let status = |n: &str| n == "statusCode";
        let asks = rest[1..].first().is_some_and(|n| n.name == "statusCode")
            || rest[0].predicates.iter().any(|p| matches!(p, path::Predicate::Test(e) if e.asks(&status)));
        if !self.referring
            && !asks
            && !denied.is_empty()
            && classes.iter().any(|c| self.model.member(c, "statusCode").is_some())
        {
            let mut to = |axis, name: &str| Step { axis, name: self.names.intern(name), predicates: Box::new([]) };
            let steps = Box::new([to(Axis::Child, "statusCode"), to(Axis::Attribute, "code")]);
            let path = plan::Path(Box::new([plan::Branch { absolute: false, steps }]));
            denied.push(Expr::compare(path, true, Box::new(["nullified".into()])));
        }
        if !denied.is_empty() {
            let said = plan::Predicate::Test(Expr::Not(Box::new(Expr::Or(denied.into()))));
            step.predicates = std::mem::take(&mut step.predicates).into_iter().chain([said]).collect();
        }
    }

    pub(super) fn predicates(
        &mut self,
        all: &[path::Predicate],
        text: &Text,
        classes: &Classes,
    ) -> Box<[plan::Predicate]> {
        all.iter()
            .map(|p| match p {
                path::Predicate::Position(i) => plan::Predicate::Position(*i),
                path::Predicate::Test(e) => plan::Predicate::Test(self.compile_expr(e, text, classes)),
            })
            .collect()
    }

    pub(super) fn compile_expr(&mut self, e: &ExprAst, text: &Text, classes: &Classes) -> Expr {
        match e {
            ExprAst::And(all) => Expr::And(all.iter().map(|e| self.compile_expr(e, text, classes)).collect()),
            ExprAst::Or(any) => Expr::Or(any.iter().map(|e| self.compile_expr(e, text, classes)).collect()),
            ExprAst::Not(e) => Expr::Not(Box::new(self.compile_expr(e, text, classes))),
            ExprAst::Exists(p) => {
                let (path, found) = self.compile_path(p, text, classes);
                // a boolean attribute holds when it is true, not when it is there
                if found.iter().all(|t| t == "boolean") && !found.is_empty() {
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
            ExprAst::Denied => Expr::Denied,
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
        match path::parse_expr(&text.text) {
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
