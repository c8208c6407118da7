//! Sums documents as they come into a report.

use std::collections::{BTreeMap, BTreeSet};

use super::compare::{Compared, EXAMPLES, Example, Key, Resources, State};
use super::report::{Counts, Documents, Group, Issues, Report, Row, Side, Type};
use crate::trace::RowChange;

/// Differences of one key so far, with examples and how many of its document came before each.
#[derive(Debug, Default)]
struct Sum {
    count: u64,
    documents: u64,
    examples: Vec<(usize, Example)>,
}

/// Sums documents as they come; what it holds does not grow with their number.
#[derive(Debug, Default)]
pub struct Sums {
    documents: Documents,
    groups: BTreeMap<Key, Sum>,
    resources: BTreeMap<&'static str, Resources>,
    issues: BTreeMap<String, Issues>,
}

impl Sums {
    /// Adds a document. The same documents in the same order give the same report.
    pub fn add(&mut self, document: Compared) {
        let d = &mut self.documents;
        let name = document.name.as_str();
        d.compared += 1;
        if document.other_bytes {
            d.other_bytes.add(name, None);
        }
        let (before, after) = (document.refusal.0.as_deref(), document.refusal.1.as_deref());
        match document.state {
            State::Same => d.same += 1,
            State::Differs => d.differing.add(name, None),
            State::Refused if before == after => d.refused += 1,
            State::Refused => {
                d.refused += 1;
                d.refused_otherwise.add(name, after);
            }
            State::NewlyRefused => d.newly_refused.add(name, after),
            State::NewlyConverted => d.newly_converted.add(name, before),
            State::Appeared => d.appeared.add(name, after),
            State::Vanished => d.vanished.add(name, before),
        }
        if document.found.keys().any(|k| !k.clinical.is_empty()) {
            d.clinical.add(name, None);
        }
        for (ty, sums) in &document.resources {
            self.resources.entry(ty).or_default().add(sums);
        }
        for (issue, (before, after)) in document.issues {
            let sum = self.issues.entry(issue).or_default();
            sum.before += u64::from(before);
            sum.after += u64::from(after);
            sum.documents += 1;
        }
        for (key, found) in document.found {
            let sum = self.groups.entry(key).or_default();
            sum.count += found.count;
            sum.documents += 1;
            sum.examples.extend(found.examples.into_iter().enumerate());
            // the first of each document before the second of any; of equal rank the earlier document (the sort is stable)
            sum.examples.sort_by_key(|(rank, _)| *rank);
            sum.examples.truncate(EXAMPLES);
        }
    }

    /// The report. `tables` are the rows in which the tables differ.
    pub fn report(self, before: Side, after: Side, tables: BTreeMap<String, RowChange>) -> Report {
        let groups: Vec<Group> = self
            .groups
            .into_iter()
            .map(|(key, sum)| Group {
                key,
                count: sum.count,
                documents: sum.documents,
                examples: sum.examples.into_iter().map(|(_, e)| e).collect(),
            })
            .collect();
        let mut differences = Counts::default();
        let mut types: BTreeMap<String, Type> = BTreeMap::new();
        for (name, resources) in self.resources {
            let of = Type { name: name.into(), resources, differences: Counts::default(), elements: vec![] };
            types.insert(name.into(), of);
        }
        let mut rows: BTreeMap<String, Row> = BTreeMap::new();
        for g in &groups {
            differences.add(&g.key, g.count);
            if let Some(of) = types.get_mut(&g.key.ty) {
                of.differences.add(&g.key, g.count);
                of.elements.push(g.clone());
            }
            let none = [String::new()];
            for row in if g.key.rows.is_empty() { &none[..] } else { &g.key.rows } {
                let of = rows.entry(row.clone()).or_insert_with(|| Row {
                    row: row.clone(),
                    tables: tables.get(row).copied(),
                    rows_of_rule: rows_of_rule(&tables, row),
                    differences: Counts::default(),
                    elements: vec![],
                });
                of.differences.add(&g.key, g.count);
                of.elements.push(g.clone());
            }
        }
        let mut clinical: Vec<Group> = groups.into_iter().filter(|g| !g.key.clinical.is_empty()).collect();
        let order = |g: &Group| (g.key.clinical.first(), std::cmp::Reverse(g.count));
        clinical.sort_by(|a, b| order(a).cmp(&order(b)).then(a.key.cmp(&b.key)));
        let explained = |row: &str| rows.contains_key(row) || rows.values().any(|r| r.rows_of_rule.contains_key(row));
        let without_effect = tables.into_iter().filter(|(row, _)| !explained(row)).collect();
        let notes = notes(&before, &after, &self.documents, &types);
        let issues = self.issues.into_iter().map(|(issue, sum)| Issues { issue, ..sum }).collect();
        Report {
            before,
            after,
            notes,
            documents: self.documents,
            differences,
            clinical,
            types: types.into_values().collect(),
            rows: rows.into_values().collect(),
            rows_without_effect: without_effect,
            issues,
        }
    }
}

/// The rows of a rule in which the tables differ; none for the name of a row.
fn rows_of_rule(tables: &BTreeMap<String, RowChange>, rule: &str) -> BTreeMap<String, RowChange> {
    if rule.is_empty() || rule.contains('.') {
        return BTreeMap::new();
    }
    let of = |row: &str| row.strip_prefix(rule).is_some_and(|rest| rest.starts_with('.'));
    tables.iter().filter(|(row, _)| of(row)).map(|(row, change)| (row.clone(), *change)).collect()
}

fn notes(before: &Side, after: &Side, documents: &Documents, types: &BTreeMap<String, Type>) -> Vec<String> {
    let mut notes = Vec::new();
    if before.granule != after.granule {
        notes.push(format!("granule was {} before and is {} now", before.granule, after.granule));
    }
    for name in before.options.keys().chain(after.options.keys()).collect::<BTreeSet<_>>() {
        let (was, is) = (before.options.get(name), after.options.get(name));
        if was != is {
            let said = |o: Option<&String>| o.map_or_else(|| "not given".into(), |v| format!("`{v}`"));
            notes.push(format!(
                "the option --{name} was {} before and is {} now: differences may come of that, not of tables",
                said(was),
                said(is)
            ));
        }
    }
    if documents.other_bytes.count > 0 {
        notes.push(format!(
            "{} documents have other bytes than before: what differs in them need not come of tables",
            documents.other_bytes.count
        ));
    }
    let ids: Vec<String> = types
        .values()
        .filter(|t| t.resources.other_id > 0)
        .map(|t| format!("{} {} of {}", t.name, t.resources.other_id, t.resources.before))
        .collect();
    if !ids.is_empty() {
        notes.push(format!(
            "ids have changed ({}): these resources were paired by identifier and content, but a server that was filled before will have them twice",
            ids.join(", ")
        ));
    }
    notes
}
