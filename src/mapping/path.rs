//! The path language of tables: a small XPath, parsed.
//!
//! Steps: `name`, `prefix:name`, `*`, `.`, `..`, `@name`, `ancestor::name`; a leading `/` begins at the document.
//! Predicates: `[2]`, `[TemplateName]`, `[denied()]`, `[@a='b' or not(c/d)]`; `=` and `!=` compare with `'text'` or a list `('a', 'b')`.
//! `|` joins paths: the nodes of the left one come first.

/// A parsed path with union.
#[derive(Debug, Clone, PartialEq)]
pub struct PathAst {
    /// the joined paths, at least one
    pub branches: Vec<Branch>,
}

/// One path without union.
#[derive(Debug, Clone, PartialEq)]
pub struct Branch {
    /// whether it begins at the document
    pub absolute: bool,
    /// the steps
    pub steps: Vec<StepAst>,
}

/// One step.
#[derive(Debug, Clone, PartialEq)]
pub struct StepAst {
    /// in which direction
    pub axis: Axis,
    /// the name as written; `*` for any, empty for `.` and `..`
    pub name: String,
    /// predicates in order
    pub predicates: Vec<Predicate>,
    /// byte of the name within the text of the path
    pub at: usize,
}

/// Where a step goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axis {
    /// `name`
    Child,
    /// `@name`
    Attribute,
    /// `.`
    Itself,
    /// `..`
    Parent,
    /// `ancestor::name`: the nearest one
    Ancestor,
}

/// What stands between brackets.
#[derive(Debug, Clone, PartialEq)]
pub enum Predicate {
    /// `[2]`, from 1
    Position(u32),
    /// anything else
    Test(ExprAst),
}

/// A parsed test.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprAst {
    /// all hold
    And(Vec<ExprAst>),
    /// one holds
    Or(Vec<ExprAst>),
    /// does not hold
    Not(Box<ExprAst>),
    /// a path that finds something (a boolean attribute: that is true)
    Exists(PathAst),
    /// a path one of whose texts is (or, negated, is not) in the list
    Compare {
        /// left side
        path: PathAst,
        /// `=` (true) or `!=`
        equal: bool,
        /// right side
        texts: Vec<String>,
    },
    /// `PATH in MAP`: a path one of whose finds a ConceptMap knows, with the byte at which the map's name stands
    In(PathAst, String, usize),
    /// a template by name, with the byte at which the name stands
    Template(String, usize),
    /// `denied()`: the statement is negated, or what it is part of
    Denied,
    /// `doubted()`: the statement is uncertain, or only suspected
    Doubted,
    /// `planned()`: a qualifier of the statement's own concept calls it planned
    Planned,
    /// `known()`: the node bears a template that tables know, by its id or its code
    Known,
}

impl ExprAst {
    /// Whether a test looks at such an attribute of the node itself.
    pub fn asks(&self, attribute: &dyn Fn(&str) -> bool) -> bool {
        let of = |p: &PathAst| {
            p.branches.iter().any(|b| match b.steps.as_slice() {
                [s] if s.axis == Axis::Attribute => !b.absolute && attribute(&s.name),
                [s, ..] if s.axis == Axis::Child => !b.absolute && attribute(&s.name),
                _ => false,
            })
        };
        match self {
            ExprAst::And(all) | ExprAst::Or(all) => all.iter().any(|e| e.asks(attribute)),
            ExprAst::Not(e) => e.asks(attribute),
            ExprAst::Exists(p) | ExprAst::Compare { path: p, .. } | ExprAst::In(p, ..) => of(p),
            ExprAst::Template(..) | ExprAst::Doubted | ExprAst::Planned | ExprAst::Known => false,
            ExprAst::Denied => attribute("negationInd"),
        }
    }
}

/// What is wrong with a path, and at which byte of its text.
#[derive(Debug, Clone, PartialEq)]
pub struct PathError {
    /// byte within the text
    pub at: usize,
    /// what was expected
    pub message: String,
}

/// Parses a path.
///
/// # Errors
/// The first fault, with its place.
pub fn parse_path(text: &str) -> Result<PathAst, PathError> {
    let mut p = Parser { text, at: 0 };
    let path = p.path()?;
    p.end()?;
    Ok(path)
}

/// Parses a test.
///
/// # Errors
/// The first fault, with its place.
pub fn parse_expr(text: &str) -> Result<ExprAst, PathError> {
    let mut p = Parser { text, at: 0 };
    let expr = p.or()?;
    p.end()?;
    Ok(expr)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn take(&mut self, token: &str) -> bool {
        self.space();
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    /// A keyword: the letters, and no name character after them.
    fn word(&mut self, word: &str) -> bool {
        self.space();
        let found = self.rest().strip_prefix(word).is_some_and(|r| !r.starts_with(is_name));
        if found {
            self.at += word.len();
        }
        found
    }

    fn error<T>(&self, message: impl Into<String>) -> Result<T, PathError> {
        Err(PathError { at: self.at, message: message.into() })
    }

    fn end(&mut self) -> Result<(), PathError> {
        self.space();
        match self.rest().chars().next() {
            None => Ok(()),
            Some(c) => self.error(format!("unexpected `{c}`")),
        }
    }

    fn or(&mut self) -> Result<ExprAst, PathError> {
        let mut all = vec![self.and()?];
        while self.word("or") {
            all.push(self.and()?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { ExprAst::Or(all) })
    }

    fn and(&mut self) -> Result<ExprAst, PathError> {
        let mut all = vec![self.unary()?];
        while self.word("and") {
            all.push(self.unary()?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { ExprAst::And(all) })
    }

    fn unary(&mut self) -> Result<ExprAst, PathError> {
        self.space();
        if self.rest().starts_with("not") && self.rest()[3..].trim_start().starts_with('(') {
            self.at += 3;
            self.take("(");
            let inner = self.or()?;
            if !self.take(")") {
                return self.error("expected `)`");
            }
            return Ok(ExprAst::Not(Box::new(inner)));
        }
        if self.take("(") {
            let inner = self.or()?;
            if !self.take(")") {
                return self.error("expected `)`");
            }
            return Ok(inner);
        }
        if self.take("denied()") {
            return Ok(ExprAst::Denied);
        }
        if self.take("doubted()") {
            return Ok(ExprAst::Doubted);
        }
        if self.take("planned()") {
            return Ok(ExprAst::Planned);
        }
        if self.take("known()") {
            return Ok(ExprAst::Known);
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Result<ExprAst, PathError> {
        self.space();
        let start = self.at;
        let path = self.path()?;
        if self.word("in") {
            self.space();
            let at = self.at;
            return Ok(ExprAst::In(path, self.name()?, at));
        }
        let equal = if self.take("!=") {
            false
        } else if self.take("=") {
            true
        } else {
            // a lone name that begins with a capital is a template: no element below the document does
            if let [Branch { absolute: false, steps }] = path.branches.as_slice()
                && let [step] = steps.as_slice()
                && step.axis == Axis::Child
                && step.predicates.is_empty()
                && step.name.starts_with(|c: char| c.is_ascii_uppercase())
            {
                return Ok(ExprAst::Template(step.name.clone(), start));
            }
            return Ok(ExprAst::Exists(path));
        };
        let mut texts = Vec::new();
        if self.take("(") {
            loop {
                texts.push(self.literal()?);
                if !self.take(",") {
                    break;
                }
            }
            if !self.take(")") {
                return self.error("expected `)` after the list");
            }
        } else {
            texts.push(self.literal()?);
        }
        Ok(ExprAst::Compare { path, equal, texts })
    }

    fn literal(&mut self) -> Result<String, PathError> {
        self.space();
        let Some(quote) = self.rest().chars().next().filter(|c| matches!(c, '\'' | '"')) else {
            return self.error("expected a text in quotes");
        };
        let body = &self.rest()[1..];
        let Some(end) = body.find(quote) else {
            return self.error("the quote is never closed");
        };
        let text = body[..end].to_owned();
        self.at += end + 2;
        Ok(text)
    }

    fn path(&mut self) -> Result<PathAst, PathError> {
        let mut branches = vec![self.branch()?];
        while self.take("|") {
            branches.push(self.branch()?);
        }
        Ok(PathAst { branches })
    }

    fn branch(&mut self) -> Result<Branch, PathError> {
        let absolute = self.take("/");
        let mut steps = vec![self.step()?];
        while self.take("/") {
            if steps.last().is_some_and(|s| s.axis == Axis::Attribute) {
                return self.error("nothing can follow an attribute");
            }
            steps.push(self.step()?);
        }
        Ok(Branch { absolute, steps })
    }

    fn step(&mut self) -> Result<StepAst, PathError> {
        self.space();
        let (axis, needs_name) = if self.take("..") {
            (Axis::Parent, false)
        } else if self.take(".") {
            (Axis::Itself, false)
        } else if self.take("@") {
            (Axis::Attribute, true)
        } else if self.take("ancestor::") {
            (Axis::Ancestor, true)
        } else {
            (Axis::Child, true)
        };
        let at = self.at;
        let name = if !needs_name {
            String::new()
        } else if self.take("*") {
            "*".to_owned()
        } else {
            self.name()?
        };
        let mut predicates = Vec::new();
        while axis != Axis::Attribute && self.take("[") {
            self.space();
            let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
            if digits > 0 && self.rest()[digits..].trim_start().starts_with(']') {
                let Ok(n) = self.rest()[..digits].parse::<u32>() else {
                    return self.error("position too large");
                };
                if n == 0 {
                    return self.error("positions count from 1");
                }
                self.at += digits;
                predicates.push(Predicate::Position(n));
            } else {
                predicates.push(Predicate::Test(self.or()?));
            }
            if !self.take("]") {
                return self.error("expected `]`");
            }
        }
        Ok(StepAst { axis, name, predicates, at })
    }

    fn name(&mut self) -> Result<String, PathError> {
        let len = self.rest().find(|c: char| !is_name(c) && c != ':').unwrap_or(self.rest().len());
        if len == 0 || !self.rest().starts_with(|c: char| c.is_alphabetic() || c == '_') {
            return self.error("expected the name of an element or attribute");
        }
        let name = self.rest()[..len].to_owned();
        self.at += len;
        Ok(name)
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_the_forms_that_tables_use() {
        for text in [
            "id",
            ".",
            "..",
            "../../statusCode/@code",
            "entryRelationship[@typeCode='SUBJ']/observation[AllergyIntoleranceObservation]/value",
            "effectiveTime[@xsi:type='PIVL_TS' and @operator=('A','I')][1]",
            "ancestor::section/code",
            "/ClinicalDocument/recordTarget/patientRole",
            "author | ancestor::act/author",
            "sdtc:raceCode[not(@nullFlavor)]",
            "not/notes",
        ] {
            parse_path(text).unwrap_or_else(|e| panic!("{text}: {e:?}"));
        }
    }

    #[test]
    fn a_lone_capital_name_is_a_template() {
        let e = parse_expr("ProblemObservation and not(@negationInd)").unwrap();
        let ExprAst::And(parts) = e else { panic!() };
        assert_eq!(parts[0], ExprAst::Template("ProblemObservation".into(), 0));
    }

    #[test]
    fn faults_name_their_place() {
        for (text, at) in [("a//b", 2), ("a[", 2), ("@a/b", 3), ("a[0]", 2), ("a[@b='c]", 5), ("a b", 2), ("", 0)] {
            assert_eq!(parse_path(text).unwrap_err().at, at, "{text}");
        }
    }
}
