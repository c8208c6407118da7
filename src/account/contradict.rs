//! Narrative against entries: where a section's words and its entries contradict each other, or one of them lacks what the other says, as far as
//! that can be known. Nothing is changed for it; a reader of the account or of the report is told where to look.

mod rows;
mod words;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Serialize;

use super::ledger::Ledger;
use crate::cda::names::name;
use crate::cda::tree::{Node, Tree};
use crate::convert::Severity;
use crate::fhir::value::Object;
use crate::mapping::run::is_statement;
use rows::{Row, Table};
use words::{Words, plain, stems};

/// A contradiction, or what one of the two lacks. It holds no content of the document.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// stable code
    pub code: &'static str,
    /// what does not go together
    pub message: String,
    /// line and column, from 1
    pub at: (u32, u32),
    /// the statement or the section
    pub xpath: String,
    /// byte of the document
    #[serde(skip)]
    pub(super) offset: usize,
}

impl Finding {
    /// How bad: what can harm a reader of the resources alone is a warning.
    pub fn severity(&self) -> &'static str {
        match self.code {
            STATUS_AGAINST_NARRATIVE | NONE_KNOWN_BESIDE_ROWS | ROW_OF_ANOTHER_ENTRY => Severity::Warning,
            _ => Severity::Information,
        }
        .code()
    }
}

/// Rows of a table whose other rows are those of entries.
pub const ROW_WITHOUT_ENTRY: &str = "row-without-entry";
/// An entry of which the narrative of its section has no word.
pub const ENTRY_NOT_IN_NARRATIVE: &str = "entry-not-in-narrative";
/// An entry that points at the row of another one.
pub const ROW_OF_ANOTHER_ENTRY: &str = "row-of-another-entry";
/// A status in a row beside another one in the resource.
pub const STATUS_AGAINST_NARRATIVE: &str = "status-against-narrative";
/// "None known" beside rows that name some.
pub const NONE_KNOWN_BESIDE_ROWS: &str = "none-known-beside-rows";

/// So many pairs of rows and entries are compared in a section, and no more.
const MOST: usize = 1_000_000;

/// What is said by itself: an entry, or a member of a battery.
struct Unit<'t> {
    node: Node<'t>,
    /// ids of the narrative that it refers to
    references: Vec<&'t str>,
    /// what its names say, by the stems of their words
    names: Vec<FxHashSet<String>>,
    /// what its codes ask, where the answer has no name: a measure, which narratives abbreviate
    asked: Vec<FxHashSet<String>>,
}

/// All that is found in a document, in its order.
pub fn find(tree: &Tree<'_>, ledger: &Ledger<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for section in tree.root().subtree().filter(|n| n.name() == name::SECTION) {
        let Some(text) = section.child(name::TEXT) else { continue };
        let mut units = Vec::new();
        for entry in section.children_named(name::ENTRY) {
            entry.children().filter(|c| is_statement(c.name())).for_each(|s| units_of(s, &mut units));
        }
        if units.is_empty() {
            continue;
        }
        let tables = rows::tables(text.xml());
        let mut by_id: FxHashMap<&str, Vec<&Row<'_>>> = FxHashMap::default();
        for row in tables.iter().flat_map(|t| &t.rows) {
            row.ids.iter().for_each(|id| by_id.entry(id).or_default().push(row));
        }
        let ids = text.xml().descendants().filter_map(|n| rows::id(&n)).collect();
        let of = Section { section, units: &units, tables: &tables, ids, by_id, ledger };
        of.rows_without_entry(&mut found);
        of.entries_not_in_narrative(text, &mut found);
        of.rows_of_others(&mut found);
        of.statuses(&mut found);
        of.none_known(&mut found);
    }
    found.sort_by_key(|f| (f.offset, f.code));
    found
}

/// The members of a battery, one by one, else the statement.
fn units_of<'t>(statement: Node<'t>, units: &mut Vec<Unit<'t>>) {
    if statement.local_name() == "organizer" {
        let members = statement.children_named(name::COMPONENT).flat_map(|c| c.children());
        members.filter(|m| is_statement(m.name())).for_each(|m| units_of(m, units));
        return;
    }
    if said_otherwise(statement) {
        return;
    }
    let (mut names, mut asked, mut references) = (Vec::new(), Vec::new(), Vec::new());
    for node in statement.subtree() {
        references.extend(reference(node));
        let kind = match node.local_name() {
            "value" | "translation" | "code" if named(node) => &mut names,
            "code" if asks(node) => &mut asked,
            _ => continue,
        };
        kind.extend(node.attr_trimmed(name::DISPLAY_NAME).map(stems).filter(|n| !n.is_empty()));
    }
    units.push(Unit { node: statement, references, names, asked });
}

/// The id of the narrative that an element refers to.
fn reference(node: Node<'_>) -> Option<&str> {
    if node.local_name() != "reference" || !matches!(node.parent()?.local_name(), "text" | "originalText") {
        return None;
    }
    node.attr_trimmed(name::VALUE)?.strip_prefix('#').filter(|id| !id.is_empty())
}

/// The ids of the narrative that an entry and its parts refer to.
fn references<'t>(entry: Node<'t>) -> impl Iterator<Item = &'t str> {
    entry.subtree().filter_map(reference)
}

/// What is null or taken back says nothing that narrative could lack.
fn said_otherwise(statement: Node<'_>) -> bool {
    statement.null_flavor().is_some() || statement.is_nullified()
}

/// Whether an element names what its statement is about: the value of an observation, the product, the code of what else is done.
fn named(node: Node<'_>) -> bool {
    let element = match node.local_name() {
        "translation" => node.parent(),
        _ => Some(node),
    };
    let Some(parent) = element.and_then(|e| e.parent()) else { return false };
    match element.map(|e| e.local_name()) {
        Some("value") => parent.local_name() == "observation" && part_of_none(parent),
        Some("code") => {
            matches!(parent.local_name(), "manufacturedMaterial" | "playingEntity" | "procedure" | "encounter")
        }
        _ => false,
    }
}

/// Whether an element is the code of an observation whose value has no name.
fn asks(node: Node<'_>) -> bool {
    let Some(observation) = node.parent().filter(|p| node.local_name() == "code" && p.local_name() == "observation")
    else {
        return false;
    };
    let value = observation.child(name::VALUE);
    part_of_none(observation)
        && !value.is_some_and(|v| v.subtree().any(|n| n.attr_trimmed(name::DISPLAY_NAME).is_some()))
}

/// Whether an observation is no part of another one (a status, a severity).
fn part_of_none(observation: Node<'_>) -> bool {
    !observation
        .ancestors()
        .any(|a| matches!(a.local_name(), "observation" | "substanceAdministration" | "procedure" | "encounter"))
}

struct Section<'a, 'l, 't> {
    section: Node<'t>,
    units: &'a [Unit<'t>],
    tables: &'a [Table<'t>],
    /// all ids of the narrative
    ids: FxHashSet<&'t str>,
    /// rows by the ids in them
    by_id: FxHashMap<&'t str, Vec<&'a Row<'t>>>,
    ledger: &'a Ledger<'l>,
}

impl<'a, 't> Section<'a, '_, 't> {
    fn finding(&self, code: &'static str, node: Node<'t>, offset: usize, message: String) -> Finding {
        Finding { code, message, at: (0, 0), xpath: node.xpath(), offset }
    }

    /// Rows that no entry refers to, in a table whose other rows are those of entries. Known only where each entry says which row it is.
    fn rows_without_entry(&self, found: &mut Vec<Finding>) {
        let many = self.rows().count() * self.units.len() > MOST;
        if many || self.units.iter().any(|u| u.references.is_empty()) {
            return;
        }
        // a battery may refer to a row of its own, and so may what is null
        let entries = || self.section.children_named(name::ENTRY);
        let referred: FxHashSet<&str> = entries().flat_map(references).collect();
        // a reference that leads nowhere may have meant any row
        if self.units.iter().flat_map(|u| &u.references).any(|id| !self.ids.contains(id)) {
            return;
        }
        let rows = self.tables.iter().filter(|t| t.rows.iter().any(|r| r.ids.iter().any(|id| referred.contains(id))));
        // as many entries as rows: then some entry refers to the wrong row, and none is missing
        if rows.map(|t| t.rows.len()).sum::<usize>() <= self.units.len() {
            return;
        }
        let organizers = entries().flat_map(|e| e.subtree()).filter(|n| n.local_name() == "organizer");
        let batteries = organizers.filter_map(|o| o.child(name::CODE)?.attr_trimmed(name::DISPLAY_NAME)).map(stems);
        let batteries: Vec<FxHashSet<String>> = batteries.filter(|n| !n.is_empty()).collect();
        for table in self.tables {
            if table.spans || table.ids.iter().any(|id| referred.contains(id)) {
                continue;
            }
            let is_of_entry = |r: &&Row| r.ids.iter().any(|id| referred.contains(id));
            // the items of a list may be what one entry consists of
            if table.list && table.rows.iter().filter(is_of_entry).count() < 2 {
                continue;
            }
            let cells: FxHashSet<usize> = table.rows.iter().filter(is_of_entry).map(|r| r.cells.len()).collect();
            // a row of another form continues one, or is a heading; a row without an id of its own kind may be of anything
            let of_none = |r: &&Row| {
                !is_of_entry(r)
                    && !r.ids.is_empty()
                    && cells.contains(&r.cells.len())
                    && r.filled() >= r.cells.len().min(2)
                    && !self.said_elsewhere(r, &batteries)
            };
            let none: Vec<&Row> = table.rows.iter().filter(of_none).collect();
            if let Some(first) = none.first().filter(|_| !cells.is_empty()) {
                let (n, all) = (none.len(), table.rows.len());
                let message = format!(
                    "{n} of {all} rows of a table or list belong to no entry, though each entry of the section refers to its row"
                );
                found.push(self.finding(ROW_WITHOUT_ENTRY, self.section, first.offset, message));
            }
        }
    }

    /// Whether a row names what some entry names, or says that there is nothing.
    fn said_elsewhere(&self, row: &Row, batteries: &[FxHashSet<String>]) -> bool {
        let words = row.stems();
        words.is_empty()
            || words::table().none(&row.plain())
            || batteries.iter().any(|n| n.iter().all(|w| words.contains(w)))
            || self
                .units
                .iter()
                .flat_map(|u| u.names.iter().chain(&u.asked))
                .any(|n| n.iter().all(|w| words.contains(w)))
    }

    /// Entries that refer to nothing and of whose names the narrative has no word. Known only where the other entries are found there by theirs.
    fn entries_not_in_narrative(&self, text: Node<'t>, found: &mut Vec<Finding>) {
        // the words of the narrative are wanted only where some entry refers to nothing, and some have names
        let can_lack = |u: &Unit| !u.names.is_empty() && u.references.is_empty();
        if !self.units.iter().any(can_lack) || self.units.iter().filter(|u| !u.names.is_empty()).count() < 4 {
            return;
        }
        let words: Vec<&str> = text.xml().descendants().filter_map(|n| n.text()).collect();
        let narrative = stems(&words.join(" "));
        let shares = |u: &&Unit| u.names.iter().any(|n| n.iter().any(|w| narrative.contains(w)));
        let (have, lack): (Vec<&Unit>, Vec<&Unit>) =
            self.units.iter().filter(|u| !u.names.is_empty()).partition(shares);
        if have.len() < 3 || have.len() < lack.len() * 4 {
            return;
        }
        // a row for each entry: then it stands there by another name
        let rows = self.rows().filter(|r| !r.stems().is_empty()).count();
        if rows == 0 || rows >= self.units.len() {
            return;
        }
        for unit in lack.into_iter().filter(|u| u.references.is_empty()) {
            let message = "no word of the names of this entry stands in the narrative of its section".to_owned();
            found.push(self.finding(ENTRY_NOT_IN_NARRATIVE, unit.node, unit.node.offset(), message));
        }
    }

    /// Entries that point at a row which names another entry wholly and them not at all, while a row that names them is there.
    fn rows_of_others(&self, found: &mut Vec<Finding>) {
        if self.rows().count() * self.units.len() > MOST {
            return;
        }
        let whole = |u: &Unit, words: &FxHashSet<String>| u.names.iter().any(|n| n.iter().all(|w| words.contains(w)));
        for unit in self.units.iter().filter(|u| !u.names.is_empty()) {
            let rows = self.rows_of(unit);
            let pointed: Vec<&FxHashSet<String>> = rows.iter().map(|r| r.stems()).collect();
            let own = |words: &&FxHashSet<String>| unit.names.iter().any(|n| n.iter().any(|w| words.contains(w)));
            if pointed.is_empty() || pointed.iter().any(own) {
                continue;
            }
            let of_other = pointed.iter().any(|words| self.units.iter().any(|u| whole(u, words)));
            let is_own = |r: &Row| rows.iter().any(|o| o.offset == r.offset);
            if of_other && self.rows().any(|r| !is_own(r) && whole(unit, r.stems())) {
                let message =
                    "the row that this entry refers to names another entry, and another row names this one".to_owned();
                found.push(self.finding(ROW_OF_ANOTHER_ENTRY, unit.node, unit.node.offset(), message));
            }
        }
    }

    /// A row that says that it is over beside a resource that goes on, or the other way round.
    fn statuses(&self, found: &mut Vec<Finding>) {
        let table = words::table();
        let mut times: FxHashMap<usize, usize> = FxHashMap::default();
        for unit in self.units {
            self.rows_of(unit).iter().for_each(|r| *times.entry(r.offset).or_default() += 1);
        }
        for unit in self.units {
            let Some((ty, status)) = self.status(unit) else { continue };
            let Some(active) = table.active_status(&status) else { continue };
            // a row of several entries says the status of one of them, and nobody knows which
            let own = self.rows_of(unit).into_iter().filter(|r| times.get(&r.offset) == Some(&1));
            let said: FxHashSet<bool> = own.filter_map(|r| r.active(table)).collect();
            if said.len() == 1 && said.contains(&!active) {
                let word = if active { "over" } else { "active" };
                let message = format!("the row of this entry says that it is {word}, {ty} has the status {status}");
                found.push(self.finding(STATUS_AGAINST_NARRATIVE, unit.node, unit.node.offset(), message));
            }
        }
    }

    /// An entry by which nothing is known, beside rows that name something and belong to no entry.
    fn none_known(&self, found: &mut Vec<Finding>) {
        let table = words::table();
        let codes = |o: &Object| -> bool {
            let codings = o.get("code").and_then(|c| c.as_object()?.get("coding")).map_or(&[][..], |c| c.items());
            codings.iter().filter_map(|c| c.as_object()?.str("code")).any(|c| table.none_code(c))
        };
        let [unit] = self.units else { return };
        if !self.resources(unit).any(|(ty, o)| matches!(ty, "AllergyIntolerance" | "Condition") && codes(o)) {
            return;
        }
        let speaks = |r: &&Row| r.cells.len() > 1 && !r.stems().is_empty() && !table.none(&r.plain());
        let others = self.rows().filter(|r| !unit.refers(r)).filter(speaks).count();
        if others > 0 && !unit.references.is_empty() {
            let message = format!("the only entry says that nothing is known; the narrative has {others} further rows");
            found.push(self.finding(NONE_KNOWN_BESIDE_ROWS, unit.node, unit.node.offset(), message));
        }
    }

    fn rows(&self) -> impl Iterator<Item = &'a Row<'t>> {
        self.tables.iter().flat_map(|t| &t.rows)
    }

    /// The rows that a unit refers to, each once.
    fn rows_of(&self, unit: &Unit<'t>) -> Vec<&'a Row<'t>> {
        let mut rows: Vec<&Row> =
            unit.references.iter().filter_map(|id| self.by_id.get(id)).flatten().copied().collect();
        rows.sort_by_key(|r| r.offset);
        rows.dedup_by_key(|r| r.offset);
        rows
    }

    /// The resources that were made of a unit.
    fn resources(&self, unit: &Unit<'t>) -> impl Iterator<Item = (&'static str, &Object)> {
        let made = unit.node.subtree().flat_map(|n| self.ledger.made_at(n.offset()).iter().copied());
        made.map(|e| &self.ledger.entries()[e as usize]).map(|e| (e.resource_type, &e.resource))
    }

    /// What the one resource of a unit that may go on says of that.
    fn status(&self, unit: &Unit<'t>) -> Option<(&'static str, String)> {
        let of = |(ty, o): (&'static str, &Object)| {
            let status = match ty {
                "Condition" | "AllergyIntolerance" => {
                    let codings = o.get("clinicalStatus")?.as_object()?.get("coding")?;
                    codings.items().first()?.as_object()?.str("code")?
                }
                "MedicationRequest" | "MedicationStatement" => o.str("status")?,
                _ => return None,
            };
            Some((ty, status.to_owned()))
        };
        let mut all = self.resources(unit).filter_map(of);
        all.next().filter(|first| all.all(|other| other == *first))
    }
}

impl<'t> Unit<'t> {
    fn refers(&self, row: &Row<'t>) -> bool {
        row.ids.iter().any(|id| self.references.contains(id))
    }
}

impl Row<'_> {
    /// Whether its cells say that it goes on; `None` where they do not say, or say both.
    fn active(&self, table: &Words) -> Option<bool> {
        let of_status = |h: &&(Option<String>, String)| h.0.as_ref().is_some_and(|h| table.column(h));
        let columns: Vec<&(Option<String>, String)> = self.cells.iter().filter(of_status).collect();
        let [(_, cell)] = columns.as_slice() else { return None };
        table.active(&plain(cell))
    }
}
