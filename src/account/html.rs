//! The report of a run as one HTML page: bars by section, template, sender and type, the worst documents, issues, and what
//! is not mapped.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::gather::{Example, Group, Report};
use super::{Class, Counts};
use crate::html::{close, escaped, open};

/// How many lines a table has at most.
const LINES: usize = 100;

/// Colours of the bars, in the order of [`Class::ALL`]; each bar says its numbers in words too.
const COLOURS: [&str; 4] = ["#2f855a", "#90a4ae", "#dd9b2a", "#b83232"];

/// The page.
pub fn page(report: &Report) -> String {
    let mut out = open("What became of the documents");
    let c = &report.leaves;
    let _ = writeln!(out, "<h1>What became of {} documents</h1>", report.documents);
    let _ = writeln!(
        out,
        "<p class=\"sum\"><strong>{:.1} %</strong> of {} pieces of content stand in an element of a resource; {} can be read in the narrative only, {} were carried in part, {} are in the original alone.</p>",
        floor(c),
        c.all(),
        c.of(Class::NarrativeOnly),
        c.of(Class::Degraded),
        c.of(Class::Unmapped)
    );
    out.push_str("<p>");
    for (class, colour) in Class::ALL.iter().zip(COLOURS) {
        let _ = write!(out, "<span style=\"background:{colour};padding:0 .6em\"></span> {} &nbsp; ", class.name());
    }
    out.push_str("</p>\n");
    groups(&mut out, "By section", "code of the section", &report.sections);
    groups(&mut out, "By type of document", "code of the document", &report.types);
    groups(&mut out, "By sender", "software, else organisation", &report.vendors);
    groups(&mut out, "By template", "templateId", &report.templates);
    worst(&mut out, report);
    issues(&mut out, report);
    lost(&mut out, report);
    close(&mut out, "This page holds names of files, of senders and of elements, and no content of documents.");
    out
}

/// Never 100 % while something is missing.
fn floor(counts: &Counts) -> f64 {
    (counts.percent() * 10.0).floor() / 10.0
}

fn bar(counts: &Counts) -> String {
    let all = counts.all().max(1) as f64;
    let mut out = String::from("<svg width=\"220\" height=\"12\" role=\"img\" aria-hidden=\"true\">");
    let mut x = 0.0;
    for (class, colour) in Class::ALL.iter().zip(COLOURS) {
        let width = counts.of(*class) as f64 * 220.0 / all;
        if width > 0.0 {
            let _ = write!(out, "<rect x=\"{x:.1}\" width=\"{width:.1}\" height=\"12\" fill=\"{colour}\"/>");
        }
        x += width;
    }
    out.push_str("</svg>");
    out
}

fn cells(counts: &Counts) -> String {
    let mut out = format!("<td>{}</td><td class=\"n\">{:.1} %</td>", bar(counts), floor(counts));
    for class in Class::ALL {
        let _ = write!(out, "<td class=\"n\">{}</td>", counts.of(class));
    }
    out
}

const HEADS: &str = "<th></th><th class=\"n\">mapped</th><th class=\"n\">mapped</th><th class=\"n\">narrative only</th><th class=\"n\">degraded</th><th class=\"n\">unmapped</th>";

fn groups(out: &mut String, title: &str, key: &str, of: &BTreeMap<String, Group>) {
    let mut all: Vec<(&String, &Group)> = of.iter().filter(|(_, g)| g.leaves.all() > 0).collect();
    all.sort_by(|a, b| b.1.leaves.all().cmp(&a.1.leaves.all()).then_with(|| a.0.cmp(b.0)));
    let _ = writeln!(
        out,
        "<h2>{title}</h2>\n<table>\n<thead><tr><th>{key}</th><th class=\"n\">documents</th>{HEADS}</tr></thead>\n<tbody>"
    );
    for (name, group) in all.iter().take(LINES) {
        let _ = writeln!(
            out,
            "<tr><td>{}</td><td class=\"n\">{}</td>{}</tr>",
            escaped(name),
            group.documents,
            cells(&group.leaves)
        );
    }
    out.push_str("</tbody>\n</table>\n");
    more(out, all.len());
}

fn more(out: &mut String, all: usize) {
    if all > LINES {
        let _ = writeln!(out, "<p class=\"by\">{} more are in the JSON.</p>", all - LINES);
    }
}

fn worst(out: &mut String, report: &Report) {
    let _ = writeln!(
        out,
        "<h2>Documents with the smallest share</h2>\n<table>\n<thead><tr><th>document</th>{HEADS}</tr></thead>\n<tbody>"
    );
    for d in &report.worst {
        let _ = writeln!(out, "<tr><td>{}</td>{}</tr>", escaped(&d.document), cells(&d.leaves));
    }
    out.push_str("</tbody>\n</table>\n");
}

fn places(examples: &BTreeSet<Example>) -> String {
    let one = |e: &Example| format!("{}:{}:{}", escaped(&e.document), e.line, e.column);
    examples.iter().map(one).collect::<Vec<_>>().join("<br>")
}

fn issues(out: &mut String, report: &Report) {
    let mut all: Vec<_> = report.issues.iter().collect();
    all.sort_by(|a, b| b.1.times.cmp(&a.1.times).then_with(|| a.0.cmp(b.0)));
    out.push_str("<h2>Issues</h2>\n<table>\n<thead><tr><th>code</th><th>severity</th><th class=\"n\">times</th><th class=\"n\">documents</th><th>first</th></tr></thead>\n<tbody>\n");
    for (code, issue) in all.iter().take(LINES) {
        let _ = writeln!(
            out,
            "<tr><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td></tr>",
            escaped(code),
            issue.severity,
            issue.times,
            issue.documents,
            places(&issue.examples)
        );
    }
    out.push_str("</tbody>\n</table>\n");
    more(out, all.len());
}

fn lost(out: &mut String, report: &Report) {
    let all = report.lost();
    out.push_str("<h2>What is not mapped</h2>\n<table>\n<thead><tr><th>section</th><th>where</th><th>templates</th><th class=\"n\">documents</th><th class=\"n\">narrative only</th><th class=\"n\">degraded</th><th class=\"n\">unmapped</th><th>first</th></tr></thead>\n<tbody>\n");
    for (shape, met) in all.iter().take(LINES) {
        let _ = writeln!(
            out,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td></tr>",
            escaped(&shape.section),
            escaped(&shape.path),
            shape.templates.iter().map(|t| escaped(t)).collect::<Vec<_>>().join("<br>"),
            met.documents,
            met.leaves.of(Class::NarrativeOnly),
            met.leaves.of(Class::Degraded),
            met.leaves.of(Class::Unmapped),
            places(&met.examples)
        );
    }
    out.push_str("</tbody>\n</table>\n");
    more(out, all.len());
}
