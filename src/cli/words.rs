//! Paths and tests of the mapping language in plain words, for people who review tables and read neither XPath nor TOML.

use crate::mapping::ast::Text;
use crate::mapping::define::Define;
use crate::mapping::path::{Axis, Branch, ExprAst, PathAst, Predicate, StepAst, parse_expr, parse_path};

/// A path in words: `entryRelationship › observation (Severity Observation) › value`.
pub fn path(text: &Text, define: &Define) -> String {
    parse_path(&text.text, define).map_or_else(|_| text.text.clone(), |p| of_path(&p))
}

/// A test in words: "negationInd is true and there is no value".
pub fn test(text: &Text, define: &Define) -> String {
    parse_expr(&text.text, define).map_or_else(|_| text.text.clone(), |e| of_expr(&e, false))
}

fn of_path(p: &PathAst) -> String {
    p.branches.iter().map(of_branch).collect::<Vec<_>>().join(", and ")
}

fn of_branch(b: &Branch) -> String {
    let mut parts: Vec<String> = Vec::new();
    if b.absolute {
        parts.push("the document".into());
    }
    // `../..` climbs step by step; one word says it
    let up = b.steps.iter().take_while(|s| s.axis == Axis::Parent && s.predicates.is_empty()).count();
    match up {
        0 => {}
        1 => parts.push("what contains it".into()),
        n => parts.push(format!("what contains it {n} levels up")),
    }
    parts.extend(b.steps[up..].iter().map(of_step));
    parts.join(" › ")
}

fn of_step(s: &StepAst) -> String {
    let mut text = match s.axis {
        Axis::Child if s.name == "*" => "any element".to_owned(),
        Axis::Child | Axis::Attribute => s.name.clone(),
        Axis::Itself => "itself".to_owned(),
        Axis::Parent => "what contains it".to_owned(),
        Axis::Ancestor => format!("the enclosing {}", s.name),
    };
    for p in &s.predicates {
        match p {
            Predicate::Position(1) => text.push_str(" (the first)"),
            Predicate::Position(n) => text.push_str(&format!(" (number {n})")),
            Predicate::Test(e) => match templates(e) {
                Some(names) => text.push_str(&format!(" ({names})")),
                None => text.push_str(&format!(" (where {})", of_expr(e, false))),
            },
        }
    }
    text
}

/// The names of a test that asks for one of several templates and nothing else.
fn templates(e: &ExprAst) -> Option<String> {
    match e {
        ExprAst::Template(name, _) => Some(spaced(name)),
        ExprAst::Or(list) => Some(list.iter().map(templates).collect::<Option<Vec<_>>>()?.join(" or ")),
        _ => None,
    }
}

/// `inside` an expression, alternatives stand in brackets.
fn of_expr(e: &ExprAst, inside: bool) -> String {
    let joined = |list: &[ExprAst], word: &str| {
        let text = list.iter().map(|e| of_expr(e, true)).collect::<Vec<_>>().join(word);
        if inside { format!("({text})") } else { text }
    };
    match e {
        ExprAst::And(list) => joined(list, " and "),
        ExprAst::Or(list) => joined(list, " or "),
        ExprAst::Not(inner) => match &**inner {
            ExprAst::Exists(p) if flag(p) => format!("{} is not true", of_path(p)),
            ExprAst::Exists(p) => format!("there is no {}", of_path(p)),
            ExprAst::Template(name, _) => format!("it is no {}", spaced(name)),
            ExprAst::Denied => "nobody denies it".to_owned(),
            ExprAst::Doubted => "nobody doubts it".to_owned(),
            ExprAst::Planned => "nothing calls it planned".to_owned(),
            ExprAst::Known => "no template of it is known".to_owned(),
            ExprAst::Compare { path, equal: true, texts } => match quoted(texts).as_slice() {
                [one] => format!("no {} is {one}", of_path(path)),
                many => format!("no {} is one of {}", of_path(path), many.join(", ")),
            },
            ExprAst::In(path, map, _) => format!("no {} is known to {map}", of_path(path)),
            // brackets, so that it is plain how far the "not" reaches
            list @ (ExprAst::And(_) | ExprAst::Or(_)) => format!("not {}", of_expr(list, true)),
            ExprAst::Defined(d) if d.says.is_none() => format!("not {}", of_expr(&d.is, true)),
            other => format!("not ({})", of_expr(other, false)),
        },
        ExprAst::Exists(p) if flag(p) => format!("{} is true", of_path(p)),
        ExprAst::Exists(p) => format!("there is {}", of_path(p)),
        // `!=` is true when any of the texts found is another: said so, since "is not" would be read as none
        ExprAst::Compare { path, equal, texts } => match (equal, quoted(texts).as_slice()) {
            (true, [one]) => format!("{} is {one}", of_path(path)),
            (true, many) => format!("{} is one of {}", of_path(path), many.join(", ")),
            (false, many) => format!("there is {} other than {}", of_path(path), many.join(", ")),
        },
        ExprAst::In(path, map, _) => format!("{} is known to {map}", of_path(path)),
        ExprAst::Denied => "it, or what it is part of, is denied".to_owned(),
        ExprAst::Doubted => "it is uncertain or suspected".to_owned(),
        ExprAst::Planned => "a qualifier calls it planned".to_owned(),
        ExprAst::Known => "a template of it is known".to_owned(),
        // the words of whoever wrote it; what exactly it stands for, the page of definitions says
        ExprAst::Defined(d) => d.says.clone().unwrap_or_else(|| of_expr(&d.is, inside)),
        ExprAst::Template(name, _) => {
            let article = if name.starts_with(['A', 'E', 'I', 'O', 'U']) { "an" } else { "a" };
            format!("it is {article} {}", spaced(name))
        }
    }
}

fn quoted(texts: &[String]) -> Vec<String> {
    texts.iter().map(|t| format!("“{t}”")).collect()
}

/// Attributes of type boolean in CDA: a test on them asks whether they are true, not whether they are there.
fn flag(p: &PathAst) -> bool {
    let last = p.branches.first().and_then(|b| b.steps.last());
    last.is_some_and(|s| {
        s.axis == Axis::Attribute
            && (s.name.ends_with("Ind") || matches!(s.name.as_str(), "inclusive" | "institutionSpecified"))
    })
}

/// `SeverityObservation` → `Severity Observation`.
fn spaced(name: &str) -> String {
    let mut out = String::new();
    let mut lower = false;
    for c in name.chars() {
        if c.is_uppercase() && lower {
            out.push(' ');
        }
        lower = c.is_lowercase() || c.is_ascii_digit();
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(test: &str) -> String {
        of_expr(&parse_expr(test, &Define::default()).unwrap(), false)
    }

    #[test]
    fn tests_read_as_sentences() {
        assert_eq!(words("@negationInd and not(value)"), "negationInd is true and there is no value");
        assert_eq!(
            words("code/@code=('1','2') or (a and b)"),
            "code › code is one of “1”, “2” or (there is a and there is b)"
        );
        assert_eq!(words("not(ResultOrganizer)"), "it is no Result Organizer");
        assert_eq!(words("not(@code='1') and @code!='2'"), "no code is “1” and there is code other than “2”");
        assert_eq!(words("not(a or b) and c"), "not (there is a or there is b) and there is c");
    }

    #[test]
    fn paths_read_from_outside_to_inside() {
        let p = |t: &str| of_path(&parse_path(t, &Define::default()).unwrap());
        assert_eq!(
            p("entryRelationship[@typeCode='SUBJ']/observation[SeverityObservation]/value"),
            "entryRelationship (where typeCode is “SUBJ”) › observation (Severity Observation) › value"
        );
        assert_eq!(p("../../statusCode"), "what contains it 2 levels up › statusCode");
        assert_eq!(p("ancestor::act/id | id"), "the enclosing act › id, and id");
    }
}
