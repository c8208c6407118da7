//! The rows of the tables of a narrative, and the items of its lists.

use std::cell::OnceCell;

use rustc_hash::FxHashSet;

use super::words::{plain, stems};
use crate::cda::xml::XmlNode;

/// A table, or a list, whose items are rows of one cell.
pub struct Table<'t> {
    /// ids of the table and of what groups its rows
    pub ids: Vec<&'t str>,
    /// its rows, without those of its head
    pub rows: Vec<Row<'t>>,
    /// whether a cell spans rows: then a row lacks what stands above it
    pub spans: bool,
    /// whether it is a list
    pub list: bool,
}

/// A row.
pub struct Row<'t> {
    /// byte of the document
    pub offset: usize,
    /// its own id, and those of what stands in it
    pub ids: Vec<&'t str>,
    /// each cell under the heading of its column, where that is known
    pub cells: Vec<(Option<String>, String)>,
    stems: OnceCell<FxHashSet<String>>,
}

impl Row<'_> {
    /// The stems of its words.
    pub fn stems(&self) -> &FxHashSet<String> {
        self.stems.get_or_init(|| stems(&self.text()))
    }

    /// Its words, as they are compared.
    pub fn plain(&self) -> String {
        plain(&self.text())
    }

    /// How many cells say something.
    pub fn filled(&self) -> usize {
        self.cells.iter().filter(|(_, cell)| cell.chars().any(char::is_alphanumeric)).count()
    }

    fn text(&self) -> String {
        self.cells.iter().map(|(_, cell)| cell.as_str()).collect::<Vec<_>>().join(" ")
    }
}

/// The tables of a narrative that hold no other table, and the lists that hold neither and stand in neither.
pub fn tables(text: XmlNode<'_>) -> Vec<Table<'_>> {
    let alone = |t: &XmlNode<'_>| t.descendants().filter(|n| is(n, "table") || is(n, "list")).count() == 1;
    let mut all = Vec::new();
    for node in text.descendants() {
        if is(&node, "table") && node.descendants().filter(|n| is(n, "table")).count() == 1 {
            all.push(table(node));
        } else if is(&node, "list") && alone(&node) && !within(&node, text) {
            all.push(list(node));
        }
    }
    all
}

/// Whether a list stands in a table or another list of the narrative: then its items are details of something.
fn within(list: &XmlNode<'_>, text: XmlNode<'_>) -> bool {
    let mut around = list.ancestors().skip(1).take_while(|n| n.offset() != text.offset());
    around.any(|n| is(&n, "table") || is(&n, "list"))
}

fn list(list: XmlNode<'_>) -> Table<'_> {
    let mut rows = Vec::new();
    for item in list.children().filter(|c| is(c, "item")) {
        rows.push(Row {
            offset: item.offset(),
            ids: item.descendants().filter_map(|n| id(&n)).collect(),
            cells: vec![(None, words(&item))],
            stems: OnceCell::new(),
        });
    }
    Table { ids: id(&list).into_iter().collect(), rows, spans: false, list: true }
}

fn is(node: &XmlNode<'_>, local: &str) -> bool {
    node.is_element() && node.local_name() == local
}

/// The id of an element of a narrative.
pub fn id<'t>(node: &XmlNode<'t>) -> Option<&'t str> {
    node.attribute("ID").map(str::trim).filter(|id| !id.is_empty())
}

fn table(table: XmlNode<'_>) -> Table<'_> {
    let groups: Vec<XmlNode<'_>> = table.children().filter(|c| is(c, "tbody")).collect();
    let ids = std::iter::once(&table).chain(&groups).filter_map(id).collect();
    let cells = |row: &XmlNode<'_>| {
        row.children().filter(|c| is(c, "td") || is(c, "th")).map(|c| words(&c)).collect::<Vec<_>>()
    };
    let head = table.children().filter(|c| is(c, "thead")).flat_map(|h| h.children()).filter(|r| is(r, "tr"));
    let heads: Vec<Vec<String>> = head.map(|r| cells(&r)).collect();
    let wide = table.descendants().any(|n| n.attribute("colspan").is_some_and(|n| n.trim() != "1"));
    // one line of headings, each over one column
    let headings = match heads.as_slice() {
        [one] if !wide => one.clone(),
        _ => Vec::new(),
    };
    let mut rows = Vec::new();
    for group in std::iter::once(table).chain(groups) {
        for row in group.children().filter(|r| is(r, "tr") && r.children().any(|c| is(&c, "td"))) {
            let texts = cells(&row);
            let known = texts.len() == headings.len();
            let heading = |i: usize| headings.get(i).filter(|_| known).map(|h| plain(h));
            rows.push(Row {
                offset: row.offset(),
                ids: row.descendants().filter_map(|n| id(&n)).collect(),
                cells: texts.into_iter().enumerate().map(|(i, text)| (heading(i), text)).collect(),
                stems: OnceCell::new(),
            });
        }
    }
    let spans = table.descendants().any(|n| n.attribute("rowspan").is_some_and(|n| n.trim() != "1"));
    Table { ids, rows, spans, list: false }
}

/// The text of a cell, its pieces apart.
fn words(cell: &XmlNode<'_>) -> String {
    cell.descendants().filter_map(|n| n.text()).collect::<Vec<_>>().join(" ")
}
