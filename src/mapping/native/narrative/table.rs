//! Tables, in the order that XHTML asks for, and parts of tables with their heads.

use crate::cda::xml::XmlNode;

use super::writer::{Writer, blank, children, holds_block, is};

/// Attributes of table elements that FHIR's XHTML keeps.
const KEPT: &[&str] = &[
    "colspan",
    "rowspan",
    "span",
    "align",
    "valign",
    "width",
    "border",
    "cellspacing",
    "cellpadding",
    "frame",
    "rules",
    "summary",
    "scope",
    "headers",
    "abbr",
    "axis",
    "char",
    "charoff",
];

impl<'t> Writer<'t, '_> {
    /// A table: what cannot stand in it before it, then caption, columns, head, foot, bodies. Rows without a body get one.
    pub(super) fn table(&mut self, table: XmlNode<'t>) {
        for child in table.children().filter(|c| !blank(*c)) {
            match child.local_name() {
                "caption" if !holds_block(child) => {}
                "col" | "colgroup" | "thead" | "tfoot" | "tbody" | "tr" => {}
                _ => {
                    self.out.push_str("<div>");
                    self.any(child);
                    self.out.push_str("</div>");
                }
            }
        }
        if !table.descendants().any(|d| is(d, "tr")) {
            // no row: nothing that XHTML would call a table
            for caption in children(table, "caption").filter(|c| !holds_block(*c)) {
                self.block(caption, "div");
            }
            return;
        }
        self.start(table, "table");
        self.columns(table);
        let head = children(table, "thead").next();
        let foot = children(table, "tfoot").next();
        if let Some(head) = head {
            self.rows_of(head, "thead");
        }
        if let Some(foot) = foot {
            self.rows_of(foot, "tfoot");
        }
        let mut loose = false;
        for child in table.children().filter(|c| c.is_element() && Some(*c) != head && Some(*c) != foot) {
            let row = is(child, "tr");
            if loose && !row {
                self.out.push_str("</tbody>");
                loose = false;
            }
            match child.local_name() {
                "tr" if cells(child) => {
                    if !loose {
                        self.out.push_str("<tbody>");
                        loose = true;
                    }
                    self.row(child);
                }
                "tbody" | "thead" | "tfoot" => self.rows_of(child, "tbody"),
                _ => {}
            }
        }
        if loose {
            self.out.push_str("</tbody>");
        }
        self.close("table");
    }

    /// The first caption, and the columns.
    fn columns(&mut self, table: XmlNode<'t>) {
        if let Some(caption) = children(table, "caption").find(|c| !holds_block(*c)) {
            self.out.push_str("<caption>");
            self.children(caption);
            self.out.push_str("</caption>");
        }
        for child in table.children() {
            if is(child, "col") {
                self.column(child);
            } else if is(child, "colgroup") {
                self.start(child, "colgroup");
                for col in children(child, "col") {
                    self.column(col);
                }
                self.close("colgroup");
            }
        }
    }

    fn column(&mut self, col: XmlNode<'t>) {
        self.start(col, "col");
        // the end of the start tag becomes that of an empty element
        self.out.pop();
        self.out.push_str("/>");
    }

    /// A start tag with the attributes of tables.
    fn start(&mut self, e: XmlNode<'t>, tag: &'static str) {
        self.out.push('<');
        self.out.push_str(tag);
        self.common(e);
        for a in e.attributes() {
            let value = a.value().trim();
            let number = || value.bytes().all(|b| b.is_ascii_digit());
            let fits = match a.local_name() {
                "colspan" | "rowspan" | "span" => number() && value.len() <= 4,
                _ => true,
            };
            if fits && !value.is_empty() && KEPT.contains(&a.local_name()) && allowed(tag, a.local_name()) {
                self.attribute(a.local_name(), value);
            }
        }
        self.out.push('>');
    }

    /// Head, foot or body; nothing when it has no row with cells.
    fn rows_of(&mut self, group: XmlNode<'t>, tag: &'static str) {
        if !group.children().any(|c| !blank(c) && (!is(c, "tr") || cells(c))) {
            return;
        }
        self.start(group, tag);
        for child in group.children().filter(|c| !blank(*c)) {
            if is(child, "tr") {
                if cells(child) {
                    self.row(child);
                }
            } else {
                self.out.push_str("<tr><td>");
                self.any(child);
                self.out.push_str("</td></tr>");
            }
        }
        self.close(tag);
    }

    /// A row; what is no cell gets one.
    fn row(&mut self, row: XmlNode<'t>) {
        self.start(row, "tr");
        for cell in row.children().filter(|c| !blank(*c)) {
            let tag = match cell.local_name() {
                "td" => "td",
                "th" => "th",
                _ => {
                    self.out.push_str("<td>");
                    self.any(cell);
                    self.out.push_str("</td>");
                    continue;
                }
            };
            self.start(cell, tag);
            self.children(cell);
            self.close(tag);
        }
        self.close("tr");
    }

    /// A row, cell or body with the table around it: its columns and heads, and the row or rows that are meant.
    pub(super) fn table_part(&mut self, part: XmlNode<'t>) {
        let Some(table) = part.ancestors().skip(1).find(|a| is(*a, "table")) else { return self.block(part, "div") };
        // a long table is searched again for each of its rows: for the head, the columns, the first row
        let rows = table.children().count();
        if self.tree.is_some_and(|t| !t.budget().search(rows)) {
            return;
        }
        let row = part.ancestors().find(|a| is(*a, "tr"));
        let head = children(table, "thead").next();
        let in_head = head.is_some_and(|h| part.ancestors().any(|a| a == h));
        self.start(table, "table");
        self.columns(table);
        if let Some(head) = head.filter(|_| !in_head) {
            self.rows_of(head, "thead");
        } else if let Some(first) = heading(table).filter(|f| head.is_none() && Some(*f) != row) {
            self.out.push_str("<thead>");
            self.row(first);
            self.out.push_str("</thead>");
        }
        // heads alone do not make a row visible
        self.visible = false;
        match row {
            Some(row) => {
                self.out.push_str("<tbody>");
                self.row(row);
                self.out.push_str("</tbody>");
            }
            None => self.rows_of(part, "tbody"),
        }
        self.close("table");
    }
}

/// The first row of a table without head, if all its cells are headings.
fn heading<'t>(table: XmlNode<'t>) -> Option<XmlNode<'t>> {
    // rows stand in it, or in its bodies
    let bodies = table.children().filter(|c| is(*c, "tbody") || is(*c, "tfoot"));
    let row = children(table, "tr").next().or_else(|| bodies.flat_map(|b| children(b, "tr")).next())?;
    let mut cells = row.children().filter(|c| c.is_element()).peekable();
    (cells.peek().is_some() && cells.all(|c| is(c, "th"))).then_some(row)
}

/// Whether a row has anything to show as a cell.
fn cells(row: XmlNode<'_>) -> bool {
    row.children().any(|c| !blank(c))
}

/// Whether an element takes an attribute.
fn allowed(tag: &str, attribute: &str) -> bool {
    match attribute {
        "colspan" | "rowspan" | "scope" | "headers" | "abbr" | "axis" => matches!(tag, "td" | "th"),
        "span" => matches!(tag, "col" | "colgroup"),
        "width" => matches!(tag, "table" | "col" | "colgroup"),
        "border" | "cellspacing" | "cellpadding" | "frame" | "rules" | "summary" => tag == "table",
        // align of a table itself is deprecated; of its parts it is not
        _ => tag != "table",
    }
}
