//! Row coverage: each row of the built-in tables gives a value in some document of the tests. A row that none exercises
//! is a guess; the list of those that still are stands in `tests/rows-not-exercised.txt`, each with its reason.

use std::collections::BTreeMap;

use crate::common::*;

/// What a document of the tests says, run for its rows alone: its own test judges what comes of it.
fn run(checks: &[(&str, fn())]) {
    for (_, check) in checks {
        let _ = std::panic::catch_unwind(check);
    }
}

#[test]
fn every_row_is_exercised() {
    for checks in [
        crate::datatypes::ALL,
        crate::patient::ALL,
        crate::participations::ALL,
        crate::allergies::ALL,
        crate::problems::ALL,
        crate::qualified::ALL,
        crate::told::ALL,
        crate::medications::ALL,
        crate::results::ALL,
        crate::vitals::ALL,
        crate::nullified::ALL,
        crate::core_domains::ALL,
        crate::domains::ALL,
        crate::denied::ALL,
        crate::discharge::ALL,
        crate::traps::ALL,
        crate::safety::ALL,
        crate::spellings::ALL,
        crate::regressions::ALL,
        crate::reading::ALL,
        crate::read_again::ALL,
        crate::realms::ALL,
        crate::far_realms::ALL,
        crate::status::ALL,
        crate::by_class::ALL,
        crate::confidential::ALL,
        crate::uk::ALL,
        crate::uk_plans::ALL,
        crate::uk_templates::ALL,
        crate::events::ALL,
        crate::faults::ALL,
        crate::checklists::ALL,
        crate::kin::ALL,
        crate::unseen::ALL,
        crate::us_rest::ALL,
        crate::plain::ALL,
    ] {
        run(checks);
    }
    for folder in ["samples", "tests/fixtures"] {
        for path in files(folder, ".xml").into_iter().chain(files(folder, ".itk")) {
            convert(&std::fs::read(&path).unwrap());
        }
    }
    let fired = fired();
    let plan = converter().plan();
    let list = std::fs::read_to_string(project("tests/rows-not-exercised.txt")).unwrap_or_default();
    let mut allowed: BTreeMap<&str, &str> = list
        .lines()
        .filter(|l| !l.is_empty() && !l.starts_with('#'))
        .map(|l| l.split_once('\t').unwrap_or_else(|| panic!("a line is `row TAB reason`: {l}")))
        .collect();
    let mut missing = Vec::new();
    for (i, row) in plan.rows.iter().enumerate() {
        if !fired.contains(&(i as u16)) && allowed.remove(row.name.as_str()).is_none() {
            missing.push(format!("{}\t{}", row.name, row.place));
        }
    }
    eprintln!("{} of {} rows exercised", fired.len(), plan.rows.len());
    assert!(
        missing.is_empty(),
        "{} of {} rows are exercised by no document of the tests:\n{}",
        missing.len(),
        plan.rows.len(),
        missing.join("\n")
    );
    assert!(allowed.is_empty(), "these rows are exercised, or are gone; take them off the list: {allowed:?}");
}
