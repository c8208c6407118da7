//! A report as one HTML page for a clinician: no script, nothing loaded from elsewhere, fit to be printed.

use std::fmt::Write;

use super::clinical::KINDS;
use super::compare::Example;
use super::diff::Change;
use super::report::{Group, Names, Report, Side, row_word};
use super::show::{path_words, type_words};
use super::text::{change_word, place, plural, short};
use crate::html::{close, escaped, open};

/// The page.
pub fn page(report: &Report) -> String {
    let mut out = open("Regression report");
    head(&mut out, report);
    clinical(&mut out, report);
    documents(&mut out, report);
    types(&mut out, report);
    rows(&mut out, report);
    issues(&mut out, report);
    compared(&mut out, report);
    close(&mut out, "This page holds patient data.");
    out
}

fn head(out: &mut String, report: &Report) {
    let d = &report.documents;
    let _ = writeln!(out, "<h1>What has changed in {}</h1>", plural(d.compared, "converted document"));
    let _ = writeln!(
        out,
        "<p class=\"by\">before: {} · after: {}</p>",
        escaped(&report.before.name),
        escaped(&report.after.name)
    );
    let bad = report.differences.clinical > 0 || d.newly_refused.count > 0;
    let _ = write!(out, "<p class=\"sum{}\">", if bad { " bad" } else { "" });
    if !report.differs() {
        out.push_str("Nothing has changed.");
    } else if bad {
        let _ = write!(
            out,
            "<strong>{} in {}</strong> may change what a clinician reads: whose it is, said or denied, planned or done, status, dose, unit or result.",
            plural(report.differences.clinical, "difference"),
            plural(d.clinical.count, "document")
        );
        if d.newly_refused.count > 0 {
            let _ = write!(
                out,
                " <strong>{} can no longer be converted.</strong>",
                plural(d.newly_refused.count, "document")
            );
        }
    } else {
        out.push_str("No clinical difference.");
    }
    if report.differs() {
        let c = &report.differences;
        let _ = write!(out, " In all: {} lost, {} changed, {} added.", c.lost, c.changed, c.added);
    }
    out.push_str("</p>\n");
    if !report.notes.is_empty() {
        out.push_str("<ul>\n");
        for note in &report.notes {
            let _ = writeln!(out, "<li>{}</li>", escaped(note));
        }
        out.push_str("</ul>\n");
    }
}

fn clinical(out: &mut String, report: &Report) {
    if report.clinical.is_empty() {
        return;
    }
    out.push_str("<section class=\"clinical\">\n<h2>Clinical differences</h2>\n");
    for (kind, _, title) in KINDS {
        let of: Vec<&Group> = report.clinical.iter().filter(|g| g.key.clinical.first() == Some(*kind)).collect();
        if of.is_empty() {
            continue;
        }
        let _ = writeln!(out, "<h3>{}</h3>", escaped(title));
        of.iter().for_each(|g| group(out, g));
    }
    out.push_str("</section>\n");
}

/// One kind of difference in a sentence, with examples.
fn group(out: &mut String, g: &Group) {
    let key = &g.key;
    let what = if key.path.is_empty() {
        match key.change {
            Change::Lost => "is gone".to_owned(),
            Change::Added => "is new".to_owned(),
            Change::Changed => "has become something else".to_owned(),
        }
    } else {
        let said = match key.change {
            Change::Lost => "is no longer given",
            Change::Added => "is given now",
            Change::Changed => "is different",
        };
        format!("– {} {said}", path_words(&key.path))
    };
    let times = if g.count == g.documents {
        format!("in {}", plural(g.documents, "document"))
    } else {
        format!("{} in {}", plural(g.count, "time"), plural(g.documents, "document"))
    };
    let _ = writeln!(out, "<h4>{} {}: {times}</h4>", escaped(&type_words(&key.ty)), escaped(&what));
    let rows = if key.rows.is_empty() {
        "no table row".to_owned()
    } else {
        let what = if key.path.is_empty() { "rule" } else { "row" };
        format!("{what} {}", key.rows.iter().map(|r| escaped(r)).collect::<Vec<_>>().join(" or "))
    };
    let _ = writeln!(out, "<p class=\"by\">{} · {} · {rows}</p>", escaped(&place(g)), change_word(key.change));
    examples(out, &g.examples);
}

fn examples(out: &mut String, examples: &[Example]) {
    out.push_str("<table class=\"examples\">\n<thead><tr><th>Document</th><th>About</th><th>Before</th><th>After</th></tr></thead>\n<tbody>\n");
    for e in examples {
        let side = |value: &Option<String>, tag: &str| match value {
            Some(v) => format!("<{tag}>{}</{tag}>", escaped(v)),
            None => "<span class=\"none\">nothing</span>".to_owned(),
        };
        let _ = writeln!(
            out,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            escaped(&e.document),
            escaped(&e.resource),
            side(&e.before, "del"),
            side(&e.after, "ins")
        );
    }
    out.push_str("</tbody>\n</table>\n");
}

fn documents(out: &mut String, report: &Report) {
    let d = &report.documents;
    out.push_str("<h2>Documents</h2>\n<table>\n<tbody>\n");
    let number = |out: &mut String, what: &str, n: u64| {
        let _ = writeln!(out, "<tr><th>{what}</th><td class=\"n\">{n}</td><td></td></tr>");
    };
    number(out, "Without difference", d.same);
    number(out, "Refused before and after", d.refused);
    let lists: [(&str, &Names); 8] = [
        ("With differences", &d.differing),
        ("With clinical differences", &d.clinical),
        ("Can no longer be converted", &d.newly_refused),
        ("Can be converted now", &d.newly_converted),
        ("Refused for another reason", &d.refused_otherwise),
        ("Not there before", &d.appeared),
        ("No longer there", &d.vanished),
        ("The document itself is another", &d.other_bytes),
    ];
    for (what, names) in lists.iter().filter(|(_, n)| n.count > 0) {
        let mut list = names.first.iter().map(|n| escaped(n)).collect::<Vec<_>>().join(", ");
        if names.count > names.first.len() as u64 {
            list.push_str(", …");
        }
        let _ = writeln!(out, "<tr><th>{what}</th><td class=\"n\">{}</td><td>{list}</td></tr>", names.count);
    }
    out.push_str("</tbody>\n</table>\n");
}

fn types(out: &mut String, report: &Report) {
    let differing: Vec<_> =
        report.types.iter().filter(|t| !t.elements.is_empty() || t.resources.other_id > 0).collect();
    if differing.is_empty() {
        return;
    }
    out.push_str("<h2>By kind of resource</h2>\n<table>\n<thead><tr><th>Resource</th><th class=\"n\">Before</th><th class=\"n\">After</th><th class=\"n\">Lost</th><th class=\"n\">Changed</th><th class=\"n\">Added</th><th class=\"n\">Clinical</th><th class=\"n\">Other id</th></tr></thead>\n<tbody>\n");
    for t in &differing {
        let (r, d) = (&t.resources, &t.differences);
        let _ = write!(out, "<tr><td>{}</td>", escaped(&t.name));
        for n in [r.before, r.after, d.lost, d.changed, d.added, d.clinical, r.other_id] {
            let _ = write!(out, "<td class=\"n\">{n}</td>");
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n");
    for t in differing {
        let other: Vec<&Group> = t.elements.iter().filter(|g| g.key.clinical.is_empty()).collect();
        if other.is_empty() {
            continue;
        }
        let _ = writeln!(out, "<h3>{}: what is not clinical</h3>", escaped(&type_words(&t.name)));
        other.iter().for_each(|g| group(out, g));
    }
}

fn rows(out: &mut String, report: &Report) {
    if !report.rows.is_empty() {
        out.push_str("<h2>By table row</h2>\n<p class=\"by\">Where several rows may have written an element, it is counted at each. Examples stand above.</p>\n<table>\n<thead><tr><th>Row</th><th>Element</th><th class=\"n\">Lost</th><th class=\"n\">Changed</th><th class=\"n\">Added</th><th class=\"n\">Clinical</th><th>Tables</th></tr></thead>\n<tbody>\n");
    }
    for r in &report.rows {
        let name = if r.row.is_empty() { "no row: what granule itself writes" } else { &r.row };
        let mut places: Vec<String> = r.elements.iter().map(place).collect();
        places.sort();
        places.dedup();
        let _ = write!(out, "<tr><td>{}</td><td>{}</td>", escaped(name), escaped(&places.join(", ")));
        for n in [r.differences.lost, r.differences.changed, r.differences.added, r.differences.clinical] {
            let _ = write!(out, "<td class=\"n\">{n}</td>");
        }
        let _ = writeln!(out, "<td>{}</td></tr>", escaped(&r.tables_words()));
    }
    if !report.rows.is_empty() {
        out.push_str("</tbody>\n</table>\n");
    }
    if !report.rows_without_effect.is_empty() {
        out.push_str("<h3>Rows in which the tables differ, without a difference in these documents</h3>\n<ul>\n");
        for (row, change) in &report.rows_without_effect {
            let _ = writeln!(out, "<li>{} ({})</li>", escaped(row), row_word(*change));
        }
        out.push_str("</ul>\n");
    }
}

fn issues(out: &mut String, report: &Report) {
    if report.issues.is_empty() {
        return;
    }
    out.push_str("<h2>What granule reported</h2>\n<table>\n<thead><tr><th>Issue</th><th class=\"n\">Before</th><th class=\"n\">After</th><th class=\"n\">Documents</th></tr></thead>\n<tbody>\n");
    for i in &report.issues {
        let _ = writeln!(
            out,
            "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            escaped(&i.issue),
            i.before,
            i.after,
            i.documents
        );
    }
    out.push_str("</tbody>\n</table>\n");
}

fn compared(out: &mut String, report: &Report) {
    out.push_str("<h2>What was compared</h2>\n<table>\n<thead><tr><th></th><th>Before</th><th>After</th></tr></thead>\n<tbody>\n");
    let options = |s: &Side| s.options.iter().map(|(k, v)| format!("--{k} {v}")).collect::<Vec<_>>().join(" ");
    let (b, a) = (&report.before, &report.after);
    for (what, before, after) in [
        ("Name", b.name.clone(), a.name.clone()),
        ("granule", b.granule.clone(), a.granule.clone()),
        ("Digest of the tables", short(&b.tables).to_owned(), short(&a.tables).to_owned()),
        ("Options", options(b), options(a)),
    ] {
        let _ = writeln!(out, "<tr><th>{what}</th><td>{}</td><td>{}</td></tr>", escaped(&before), escaped(&after));
    }
    out.push_str("</tbody>\n</table>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_stays_text() {
        assert_eq!(
            escaped("<script>alert('x')</script>&\"\u{202e}\u{7}"),
            "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;&quot;\u{fffd}\u{fffd}"
        );
    }
}
