//! The account of a document for a person at a terminal.

use std::fmt::Write;

use super::{Account, Class, Counts, Leaf};

/// The most characters of a value that are shown.
const SHOWN: usize = 60;

/// The account: what is not mapped first, then each section with its share. At most `most` leaves of each class are listed.
pub fn account(a: &Account, most: usize) -> String {
    let mut out = String::new();
    for class in [Class::Unmapped, Class::Degraded, Class::NarrativeOnly] {
        let of: Vec<&Leaf> = a.leaves.iter().filter(|l| l.class == class).collect();
        if of.is_empty() {
            continue;
        }
        let _ = writeln!(out, "{} ({})", class.name(), of.len());
        for leaf in of.iter().take(most) {
            line(&mut out, leaf);
        }
        if of.len() > most {
            let _ = writeln!(out, "  … and {} more (--limit)", of.len() - most);
        }
        out.push('\n');
    }
    if !a.contradictions.is_empty() {
        let _ = writeln!(out, "narrative against entries ({})", a.contradictions.len());
        for f in a.contradictions.iter().take(most) {
            let _ = writeln!(out, "  {}:{} {}  [{}]", f.at.0, f.at.1, f.message, f.code);
        }
        if a.contradictions.len() > most {
            let _ = writeln!(out, "  … and {} more (--limit)", a.contradictions.len() - most);
        }
        out.push('\n');
    }
    let _ =
        writeln!(out, "{:>7} {:>7} {:>9} {:>8} {:>8}   section", "mapped", "of", "narrative", "degraded", "unmapped");
    for s in &a.sections {
        let name = match (&s.code, s.title.is_empty()) {
            (Some(code), _) => format!("{code} {}", one_line(&s.title, SHOWN)),
            (None, false) => one_line(&s.title, SHOWN),
            (None, true) if s.at == a.sections[0].at => "header".to_owned(),
            (None, true) => format!("section at {}:{}", s.at.0, s.at.1),
        };
        row(&mut out, &s.counts, &name);
    }
    row(&mut out, &a.counts(), "all");
    out
}

fn row(out: &mut String, counts: &Counts, name: &str) {
    // never 100 % while something is missing
    let percent = (counts.percent() * 10.0).floor() / 10.0;
    let _ = writeln!(
        out,
        "{:>6.1}% {:>7} {:>9} {:>8} {:>8}   {}",
        percent,
        counts.all(),
        counts.of(Class::NarrativeOnly),
        counts.of(Class::Degraded),
        counts.of(Class::Unmapped),
        name.trim()
    );
}

fn line(out: &mut String, leaf: &Leaf) {
    let _ = write!(out, "  {}:{} {} = {}", leaf.at.0, leaf.at.1, leaf.shape, one_line(&leaf.value, SHOWN));
    if let Some(issue) = &leaf.issue {
        let _ = write!(out, "  [{issue}]");
    }
    if let Some(place) = &leaf.into {
        let _ = write!(out, "  → {}", place.path);
    }
    out.push('\n');
}

/// A text on one line, and not longer than that.
pub fn one_line(text: &str, most: usize) -> String {
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match joined.char_indices().nth(most) {
        None => joined,
        Some((end, _)) => format!("{}…", &joined[..end]),
    }
}

/// Where each leaf of a document stands in the bundle, and by which row: one line for each.
pub fn trace(a: &Account) -> String {
    let mut out = String::new();
    for leaf in &a.leaves {
        let _ = write!(out, "{}:{}\t{}\t", leaf.at.0, leaf.at.1, leaf.xpath);
        match &leaf.into {
            Some(p) => {
                let _ = write!(out, "{}\t{}\t{}", p.path, p.id, p.row.as_deref().unwrap_or("-"));
            }
            None => {
                let _ = write!(out, "({})\t-\t{}", leaf.class.name(), leaf.issue.as_deref().unwrap_or("-"));
            }
        }
        out.push('\n');
    }
    out
}
