//! What rows read, written down for whoever asks where an element comes from and what became of a piece of content.
//! Without being asked nothing is written down, and that costs one test for each value.

use std::cell::RefCell;

use smallvec::SmallVec;

use super::super::plan::{Row, RowId, RuleId};
use super::select::Item;
use super::{NodeKey, Run};
use crate::cda::names::{Name, name};
use crate::cda::tree::Node;

/// What a row has read, and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// whose resource (or section) it went into
    pub maker: Maker,
    /// the rows from the resource down to the one that read: their elements are the way to the value. Empty where a test
    /// of the rule itself read
    pub way: Way,
    /// where the element stands in the document, in bytes
    pub offset: usize,
    /// the attribute that was read; `None` for the element with all that stands in it
    pub attribute: Option<Name>,
    /// what for
    pub how: How,
}

/// Who makes: a rule, of a node.
pub type Maker = (RuleId, NodeKey);

/// Rows, from the outermost to the innermost.
pub type Way = SmallVec<[RowId; 4]>;

/// What something was read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// its value was carried over
    Value,
    /// its value was translated by a map
    Translated,
    /// it was followed to what bears the same identifier
    Followed,
    /// its value decided: which rule, which alternative, which of several
    Decided,
    /// another rule made a resource of it, to which this refers
    Referred,
}

/// Elements and attributes that a test looked at and that made it hold.
pub type Hits = Option<RefCell<Vec<(usize, Option<Name>)>>>;

/// What is written down while a slice is run.
#[derive(Debug)]
pub(super) struct Notes {
    maker: Maker,
    way: Way,
    pub list: Vec<Reading>,
}

impl Notes {
    pub fn new() -> Notes {
        Notes { maker: (RuleId(u16::MAX), (0, 0)), way: Way::new(), list: Vec::new() }
    }
}

/// Which attribute of its element an item is.
fn attribute_of(item: &Item<'_>) -> Option<Name> {
    let value = item.attribute()?;
    let node = item.node();
    // `xsi:type` is given without its prefix, which is the end of the same text
    let end = value.as_bytes().as_ptr_range().end;
    node.attributes().find(|a| a.value().as_bytes().as_ptr_range().end == end).map(|a| a.name())
}

/// Writes down that a test looked at an item and held.
pub(super) fn hit(hits: &Hits, item: &Item<'_>) {
    if let Some(hits) = hits {
        hits.borrow_mut().push((item.node().document_offset(), attribute_of(item)));
    }
}

/// The same of the code that says of which template a node is.
pub(super) fn hit_code(hits: &Hits, node: Node<'_>) {
    if hits.is_some()
        && let Some(code) = node.child(name::CODE)
        && let Some(value) = code.attr(name::CODE)
    {
        hit(hits, &Item::Attribute(code, value));
    }
}

impl<'t> Run<'_, 't> {
    /// Begins the notes of what a rule makes; gives what [`Run::noted`] needs to go back.
    pub(super) fn noting(&mut self, maker: Maker) -> Option<(Maker, Way)> {
        let notes = self.notes.as_mut()?;
        Some((std::mem::replace(&mut notes.maker, maker), std::mem::take(&mut notes.way)))
    }

    /// Goes back to the notes of whoever asked for the resource.
    pub(super) fn noted(&mut self, before: Option<(Maker, Way)>) {
        if let (Some(notes), Some((maker, way))) = (&mut self.notes, before) {
            notes.maker = maker;
            notes.way = way;
        }
    }

    /// A row begins that has rows below it.
    pub(super) fn note_below(&mut self, row: &Row) {
        if let Some(notes) = &mut self.notes {
            notes.way.push(row.id);
        }
    }

    /// It has ended.
    pub(super) fn note_above(&mut self) {
        if let Some(notes) = &mut self.notes {
            notes.way.pop();
        }
    }

    /// A row has read an item.
    pub(super) fn note(&mut self, row: &Row, item: &Item<'t>, how: How) {
        let Some(notes) = &mut self.notes else { return };
        let mut way = notes.way.clone();
        way.push(row.id);
        notes.list.push(Reading {
            maker: notes.maker,
            way,
            offset: item.node().document_offset(),
            attribute: attribute_of(item),
            how,
        });
    }

    /// How many hits there are; with [`Run::note_hits`] a row or a rule says what decided for it.
    pub(super) fn hits(&self) -> usize {
        self.select.hits.as_ref().map_or(0, |h| h.borrow().len())
    }

    /// What tests looked at since a mark: it decided for a row, for the rule (`None`), or for nothing.
    pub(super) fn note_hits(&mut self, since: usize, row: Option<&Row>, maker: Option<Maker>) {
        let (Some(notes), Some(hits)) = (&mut self.notes, &self.select.hits) else { return };
        let mut hits = hits.borrow_mut();
        for (offset, attribute) in hits.drain(since..) {
            let mut way = row.map_or_else(Way::new, |_| notes.way.clone());
            way.extend(row.map(|r| r.id));
            let reading = Reading { maker: maker.unwrap_or(notes.maker), way, offset, attribute, how: How::Decided };
            notes.list.push(reading);
        }
    }

    /// Forgets them: nothing came of it.
    pub(super) fn forget_hits(&mut self, since: usize) {
        if let Some(hits) = &self.select.hits {
            hits.borrow_mut().truncate(since);
        }
    }
}
