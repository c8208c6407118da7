//! Text → paths and tests.

use super::*;
use crate::mapping::define::{Define, Definition, Is};
use crate::mapping::diagnostics::nearest;

/// What is wrong with a path, and at which byte of its text.
#[derive(Debug, Clone, PartialEq)]
pub struct PathError {
    /// byte within the text
    pub at: usize,
    /// what was expected
    pub message: String,
    /// what to do about it; may be empty
    pub help: String,
    /// whether the fault stands in a definition, where it is told by itself
    pub elsewhere: bool,
}

/// Parses a path.
///
/// # Errors
/// The first fault, with its place.
pub fn parse_path(text: &str, define: &Define) -> Result<PathAst, PathError> {
    let mut p = Parser { text, at: 0, define, within: vec![] };
    let path = p.path()?;
    p.end()?;
    Ok(path)
}

/// Parses a test.
///
/// # Errors
/// The first fault, with its place.
pub fn parse_expr(text: &str, define: &Define) -> Result<ExprAst, PathError> {
    let mut p = Parser { text, at: 0, define, within: vec![] };
    let expr = p.or()?;
    p.end()?;
    Ok(expr)
}

/// What a `$name` stands for, and the byte at which it stands.
enum Named {
    Path(usize, Vec<Branch>),
    Test(usize, DefinedAst),
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    define: &'a Define,
    /// the definitions that are being read
    within: Vec<&'a str>,
}

impl<'a> Parser<'a> {
    fn space(&mut self) {
        // nearly always: a letter or a sign
        if self.text.as_bytes().get(self.at).is_none_or(u8::is_ascii_graphic) {
            return;
        }
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
        self.error_at(self.at, message)
    }

    fn error_at<T>(&self, at: usize, message: impl Into<String>) -> Result<T, PathError> {
        Err(PathError { at, message: message.into(), help: String::new(), elsewhere: false })
    }

    /// A `$name`, with the byte at which it stands and what it stands for.
    fn dollar(&mut self) -> Result<Option<(usize, &'a str, &'a Definition)>, PathError> {
        self.space();
        let at = self.at;
        if !self.take("$") {
            return Ok(None);
        }
        let name = self.name()?;
        let Some((name, definition)) = self.define.get(&name) else {
            let help = nearest(&name, self.define.names())
                .map_or_else(|| "it stands under [define]".to_owned(), |n| format!("did you mean `${n}`?"));
            let message = format!("no pack defines `${name}`");
            return Err(PathError { at, message, help, elsewhere: false });
        };
        // told where it is defined
        if self.within.contains(&name) {
            return Err(PathError { at, message: String::new(), help: String::new(), elsewhere: true });
        }
        Ok(Some((at, name, definition)))
    }

    /// A `$name` that stands for a path, or else for a test.
    fn named(&mut self) -> Result<Option<Named>, PathError> {
        let Some((at, name, definition)) = self.dollar()? else { return Ok(None) };
        let Is::Text(text) = &definition.is else {
            return self.error_at(at, format!("`${name}` is a list of texts: it stands after `=` or `!=`"));
        };
        let as_path = self.defined(name, &text.text, Parser::path);
        Ok(Some(match as_path {
            Ok(path) => Named::Path(at, path.branches),
            // a test, where it is one; else its fault stands there
            Err(e) => {
                let is = self.defined(name, &text.text, Parser::or).map_err(|_| e)?;
                let (name, text, says) = (name.to_owned(), text.clone(), definition.says.clone());
                Named::Test(at, DefinedAst { name, text, says, is })
            }
        }))
    }

    /// What a definition says, read by `read`.
    fn defined<T>(
        &self,
        name: &'a str,
        text: &'a str,
        read: impl Fn(&mut Parser<'a>) -> Result<T, PathError>,
    ) -> Result<T, PathError> {
        let mut within = self.within.clone();
        within.push(name);
        let mut inner = Parser { text, at: 0, define: self.define, within };
        let read = read(&mut inner).and_then(|found| inner.end().map(|()| found));
        read.map_err(|e| PathError { at: self.at, elsewhere: true, ..e })
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
        let named = match self.named()? {
            Some(Named::Test(_, test)) => return Ok(ExprAst::Defined(Box::new(test))),
            Some(Named::Path(at, branches)) => Some(self.with_predicates(at, branches)?),
            None => None,
        };
        let path = self.path_from(named)?;
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
                self.texts(&mut texts)?;
                if !self.take(",") {
                    break;
                }
            }
            if !self.take(")") {
                return self.error("expected `)` after the list");
            }
        } else {
            self.texts(&mut texts)?;
        }
        Ok(ExprAst::Compare { path, equal, texts })
    }

    /// A text in quotes, or the texts that a `$name` stands for.
    fn texts(&mut self, into: &mut Vec<String>) -> Result<(), PathError> {
        match self.dollar()? {
            None => into.push(self.literal()?),
            Some((_, _, Definition { is: Is::List(texts), .. })) => into.extend(texts.iter().map(|t| t.text.clone())),
            Some((at, name, _)) => return self.error_at(at, format!("`${name}` is no list of texts")),
        }
        Ok(())
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
        let named = self.named_path()?;
        self.path_from(named)
    }

    /// A path, of which a `$name` at its beginning has been read.
    fn path_from(&mut self, named: Option<Vec<Branch>>) -> Result<PathAst, PathError> {
        let mut branches = self.branch(named)?;
        while self.take("|") {
            let named = self.named_path()?;
            branches.extend(self.branch(named)?);
        }
        Ok(PathAst { branches })
    }

    /// A path without union; several, where a `$name` in it stands for a union.
    fn branch(&mut self, named: Option<Vec<Branch>>) -> Result<Vec<Branch>, PathError> {
        let mut branches = match named {
            Some(branches) => branches,
            None => vec![Branch { absolute: self.take("/"), steps: vec![self.step()?] }],
        };
        while self.take("/") {
            if branches.iter().any(|b| b.steps.last().is_some_and(|s| s.axis == Axis::Attribute)) {
                return self.error("nothing can follow an attribute");
            }
            let Some(more) = self.named_path()? else {
                let step = self.step()?;
                branches.iter_mut().for_each(|b| b.steps.push(step.clone()));
                continue;
            };
            if more.iter().any(|b| b.absolute) {
                return self.error("a path from `/` follows nothing");
            }
            let joined = |head: &Branch, tail: &Branch| Branch {
                absolute: head.absolute,
                steps: head.steps.iter().chain(&tail.steps).cloned().collect(),
            };
            branches = branches.iter().flat_map(|h| more.iter().map(move |t| joined(h, t))).collect();
        }
        Ok(branches)
    }

    /// A `$name` that must stand for a path, with the predicates that follow it.
    fn named_path(&mut self) -> Result<Option<Vec<Branch>>, PathError> {
        match self.named()? {
            None => Ok(None),
            Some(Named::Path(at, branches)) => self.with_predicates(at, branches).map(Some),
            Some(Named::Test(at, test)) => self.error_at(at, format!("`${}` is a test, and no path", test.name)),
        }
    }

    /// What a `$name` stands for, with the predicates that follow it.
    fn with_predicates(&mut self, at: usize, mut branches: Vec<Branch>) -> Result<Vec<Branch>, PathError> {
        let predicates = self.predicates()?;
        for branch in &mut branches {
            // what is wrong with a step here is wrong at the name
            branch.steps.iter_mut().for_each(|s| s.stand_at(at));
            if let Some(last) = branch.steps.last_mut() {
                last.predicates.extend(predicates.iter().cloned());
            }
        }
        Ok(branches)
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
        let predicates = if axis == Axis::Attribute { vec![] } else { self.predicates()? };
        Ok(StepAst { axis, name, predicates, at })
    }

    fn predicates(&mut self) -> Result<Vec<Predicate>, PathError> {
        let mut predicates = Vec::new();
        while self.take("[") {
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
        Ok(predicates)
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
    use crate::mapping::diagnostics::{Place, SourceFile};

    fn parse_path(text: &str) -> Result<PathAst, PathError> {
        super::parse_path(text, &Define::default())
    }

    fn parse_expr(text: &str) -> Result<ExprAst, PathError> {
        super::parse_expr(text, &Define::default())
    }

    /// `[define]` of these names.
    fn define(all: &[(&str, &[&str])]) -> Define {
        let file = std::sync::Arc::new(SourceFile { name: String::new(), text: String::new() });
        let place = Place { file, span: 0..0 };
        let text = |t: &&str| Text { text: (*t).to_owned(), place: place.clone() };
        let mut define = Define::default();
        for (name, texts) in all {
            let is = match texts {
                [one] => Is::Text(text(one)),
                list => Is::List(list.iter().map(text).collect()),
            };
            define.insert((*name).to_owned(), Definition { is, says: None, place: place.clone() });
        }
        define
    }

    #[test]
    fn a_name_is_what_it_stands_for() {
        let define = define(&[
            ("drug", &["consumable/manufacturedProduct"]),
            ("said", &["$drug/code | $drug/name"]),
            ("coded", &["@code or translation/@code"]),
            ("kinds", &["A", "B"]),
        ]);
        for (short, long) in [
            ("$drug/code", "consumable/manufacturedProduct/code"),
            ("$drug[code]/name | id", "consumable/manufacturedProduct[code]/name | id"),
            (
                "$said/originalText",
                "consumable/manufacturedProduct/code/originalText | consumable/manufacturedProduct/name/originalText",
            ),
            (
                "ancestor::act/$said",
                "ancestor::act/consumable/manufacturedProduct/code | ancestor::act/consumable/manufacturedProduct/name",
            ),
            ("/ClinicalDocument/$drug", "/ClinicalDocument/consumable/manufacturedProduct"),
        ] {
            let (mut a, mut b) = (super::parse_path(short, &define).unwrap(), parse_path(long).unwrap());
            a.stand_at(0);
            b.stand_at(0);
            assert_eq!(a, b, "{short}");
        }
        // a test stays in one piece: `not` and `and` are of all of it
        let words = |e: &ExprAst| format!("{e:?}");
        let coded = super::parse_expr("$coded", &define).unwrap();
        let ExprAst::Defined(d) = &coded else { panic!("{}", words(&coded)) };
        assert_eq!(d.is, parse_expr("@code or translation/@code").unwrap());
        assert_eq!(super::parse_expr("not($coded)", &define).unwrap(), ExprAst::Not(Box::new(coded.clone())));
        let ExprAst::And(both) = super::parse_expr("$coded and value", &define).unwrap() else { panic!() };
        assert_eq!(both[0], coded);
        // and lists join
        let texts = |t: &str| match super::parse_expr(t, &define).unwrap() {
            ExprAst::Compare { texts, equal, .. } => (texts, equal),
            other => panic!("{}", words(&other)),
        };
        assert_eq!(texts("@code=$kinds"), (vec!["A".into(), "B".into()], true));
        assert_eq!(texts("@code!=('C',$kinds)"), (vec!["C".into(), "A".into(), "B".into()], false));
    }

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
