//! What reviews say of tables, in words: for `check`, `explain` and `docs`.

use std::collections::BTreeMap;
use std::path::Path;

use crate::mapping::ast::{RuleAst, Tables};
use crate::mapping::reviews::{Level, OfRule, Record, Reviews};

/// Records that count for nothing, each a line with its place.
pub fn void(reviews: &Reviews) -> Vec<String> {
    let line = |v: &crate::mapping::reviews::Void| {
        let r = &v.record;
        format!("{}: warning: the {} review of {} ({}) is void: {}", r.place, r.level.word(), r.of, r.date, v.why)
    };
    reviews.void.iter().map(line).collect()
}

/// How many rows of each pack are reviewed, a line a pack.
pub fn by_pack(tables: &Tables, reviews: &Reviews) -> Vec<String> {
    // rows, those reviewed at all, those reviewed by a clinician
    let mut packs: BTreeMap<String, (usize, usize, usize)> = BTreeMap::new();
    for rule in &tables.rules {
        let Some(of) = reviews.rules.get(&rule.name) else { continue };
        for row in &rule.rows {
            let level = of.rows.get(&row.key.text).copied().flatten();
            let counts = packs.entry(pack(&row.key.place.file.name)).or_default();
            counts.0 += 1;
            counts.1 += usize::from(level.is_some());
            counts.2 += usize::from(level == Some(Level::Clinical));
        }
    }
    let line = |(pack, (rows, any, clinical)): (String, (usize, usize, usize))| {
        format!("{pack}: {rows} rows, {any} reviewed, {clinical} of them clinically")
    };
    packs.into_iter().map(line).collect()
}

/// The folder of a file of tables; of an embedded one without the scheme.
fn pack(file: &str) -> String {
    let file = file.strip_prefix("granule:").unwrap_or(file);
    Path::new(file).parent().map_or_else(String::new, |p| p.display().to_string())
}

/// Who has looked at a rule, or at a row of it.
pub fn said(of: &OfRule, row: Option<&str>) -> Vec<String> {
    let signed = |r: &Record| format!("{}, {}, {}, {}", r.level.word(), r.reviewer, r.role, r.date);
    let whole = of.whole.iter().map(|r| format!("{} (the whole rule)", signed(r)));
    match row {
        Some(row) => whole.chain(of.single.get(row).into_iter().flatten().map(signed)).collect(),
        None => {
            let rows =
                of.single.iter().flat_map(|(row, list)| list.iter().map(move |r| format!("{row}: {}", signed(r))));
            whole.chain(rows).collect()
        }
    }
}

/// The state of a rule in a few words, for a list.
pub fn state(reviews: &Reviews, rule: &RuleAst) -> String {
    let Some(of) = reviews.rules.get(&rule.name) else { return String::new() };
    match of.level() {
        Some(level) => level.word().to_owned(),
        None => match of.rows.values().filter(|l| l.is_some()).count() {
            0 => String::new(),
            n => format!("{n} of {} rows", of.rows.len()),
        },
    }
}
