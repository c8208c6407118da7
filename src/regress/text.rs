//! A report for a terminal or a log: counts and names of documents, never what stands in them.

use std::fmt::Write;

use super::compare::Example;
use super::diff::Change;
use super::report::{Group, Names, Report, Side, kind_words, row_word};

/// Lines of one list; of more their number is given.
const LINES: usize = 40;
/// Names of documents in a line.
const NAMES: usize = 3;

/// The summary of a report.
pub fn summary(report: &Report) -> String {
    let mut out = String::new();
    side(&mut out, "before", &report.before);
    side(&mut out, "after", &report.after);
    for note in &report.notes {
        let _ = writeln!(out, "note: {note}");
    }
    documents(&mut out, report);
    clinical(&mut out, report);
    types(&mut out, report);
    rows(&mut out, report);
    if !report.issues.is_empty() {
        let _ = writeln!(out, "\nissues that were reported another number of times");
        for i in &report.issues {
            let _ = writeln!(out, "  {}: {} → {} in {}", i.issue, i.before, i.after, plural(i.documents, "document"));
        }
    }
    if !report.differs() {
        let _ = writeln!(out, "\nno difference");
    }
    out
}

/// The digest of tables as it is shown.
pub fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

/// `1 document`, `2 documents`.
pub fn plural(n: u64, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// The path of a group with its type, or the type alone.
pub fn place(group: &Group) -> String {
    let key = &group.key;
    if key.path.is_empty() { key.ty.clone() } else { format!("{}.{}", key.ty, key.path) }
}

/// What happened, as a word.
pub fn change_word(change: Change) -> &'static str {
    match change {
        Change::Lost => "lost",
        Change::Changed => "changed",
        Change::Added => "added",
    }
}

fn side(out: &mut String, label: &str, side: &Side) {
    let options: String = side.options.iter().map(|(k, v)| format!(", --{k} {v}")).collect();
    let _ =
        writeln!(out, "{label:<7} {}: granule {}, tables {}{options}", side.name, side.granule, short(&side.tables));
}

fn documents(out: &mut String, report: &Report) {
    let d = &report.documents;
    let _ = writeln!(
        out,
        "\n{}: {} without difference, {} with differences ({} clinical), {} refused on both sides",
        plural(d.compared, "document"),
        d.same,
        d.differing.count,
        d.clinical.count,
        d.refused
    );
    let lists = [
        ("newly refused", &d.newly_refused),
        ("newly converted", &d.newly_converted),
        ("refused for another reason", &d.refused_otherwise),
        ("new here", &d.appeared),
        ("no longer here", &d.vanished),
        ("other bytes than before", &d.other_bytes),
    ];
    for (what, names) in lists.iter().filter(|(_, n)| n.count > 0) {
        let _ = writeln!(out, "  {what}: {} ({})", names.count, few(names));
    }
}

fn few(names: &Names) -> String {
    let mut text = names.first.iter().take(NAMES).cloned().collect::<Vec<_>>().join(", ");
    if names.count > NAMES as u64 {
        text.push_str(", …");
    }
    text
}

fn clinical(out: &mut String, report: &Report) {
    if report.clinical.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "\nCLINICAL: {} in {}",
        plural(report.differences.clinical, "difference"),
        plural(report.documents.clinical.count, "document")
    );
    for g in report.clinical.iter().take(LINES) {
        let _ = writeln!(out, "  {:<9} {}", kind_words(g.key.clinical), line(g));
        let _ = writeln!(out, "            in {}", in_documents(&g.examples));
    }
    more(out, report.clinical.len());
}

fn line(g: &Group) -> String {
    let rows = if g.key.rows.is_empty() { String::new() } else { format!("  [{}]", g.key.rows.join(" or ")) };
    format!("{}: {} {} in {}{rows}", place(g), change_word(g.key.change), g.count, plural(g.documents, "document"))
}

fn in_documents(examples: &[Example]) -> String {
    let mut names: Vec<&str> = examples.iter().map(|e| e.document.as_str()).collect();
    names.dedup();
    names.join(", ")
}

fn more(out: &mut String, all: usize) {
    if all > LINES {
        let _ = writeln!(out, "  … and {} more; --json and --html hold all", all - LINES);
    }
}

fn types(out: &mut String, report: &Report) {
    let differing: Vec<_> =
        report.types.iter().filter(|t| !t.elements.is_empty() || t.resources.other_id > 0).collect();
    if differing.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "\n{:<26} {:>9} {:>9} {:>8} {:>8} {:>8} {:>8} {:>8}",
        "by resource type", "before", "after", "lost", "changed", "added", "clinical", "other id"
    );
    for t in differing {
        let (r, d) = (&t.resources, &t.differences);
        let _ = writeln!(
            out,
            "  {:<24} {:>9} {:>9} {:>8} {:>8} {:>8} {:>8} {:>8}",
            t.name, r.before, r.after, d.lost, d.changed, d.added, d.clinical, r.other_id
        );
        for g in t.elements.iter().take(LINES) {
            let _ = writeln!(out, "    {}", line(g));
        }
        more(out, t.elements.len());
    }
}

fn rows(out: &mut String, report: &Report) {
    if !report.rows.is_empty() {
        let _ = writeln!(
            out,
            "\n{:<50} {:>8} {:>8} {:>8} {:>8}  tables",
            "by table row", "lost", "changed", "added", "clinical"
        );
    }
    for r in report.rows.iter().take(LINES) {
        let name = if r.row.is_empty() { "(no row: what granule itself writes)" } else { &r.row };
        let tables = r.tables_words();
        let d = &r.differences;
        let _ = writeln!(out, "  {name:<48} {:>8} {:>8} {:>8} {:>8}  {tables}", d.lost, d.changed, d.added, d.clinical);
    }
    more(out, report.rows.len());
    if !report.rows_without_effect.is_empty() {
        let _ = writeln!(out, "\nrows in which the tables differ, without a difference in these documents");
        for (row, change) in report.rows_without_effect.iter().take(LINES) {
            let _ = writeln!(out, "  {row} ({})", row_word(*change));
        }
        more(out, report.rows_without_effect.len());
    }
}
