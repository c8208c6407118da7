//! What is labelled above ordinary confidentiality, and leaves the document before anything else reads it.
//!
//! The text is masked, not the result: what was never read can stand in no resource, narrative, reference, id or issue. Which
//! labels are ordinary is a table (`[confidentiality]`); a label that it does not know is above.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memmem;
use rustc_hash::{FxHashMap, FxHashSet};

use super::error::{ConvertError, Refusal};
use super::options::{Confidential, Options};
use super::slices::{Header, section_tree};
use crate::cda::budget::Budget;
use crate::cda::mask;
use crate::cda::names::name;
use crate::cda::position::line_col;
use crate::cda::scan::{Outline, scan_renaming};
use crate::cda::tree::{Node, Tree};
use crate::mapping::ast::ConfidentialityAst;
use crate::mapping::context::{Finding, Severity};
use crate::mapping::plan::Plan;
use crate::mapping::run::{id_key, is_statement};

/// A document without what is withheld.
pub(super) struct Withheld {
    /// the text, as long as it was
    pub text: String,
    /// what was masked
    ranges: Vec<Range<usize>>,
    /// that something was, and where; never what
    pub findings: Vec<Finding>,
}

impl Withheld {
    /// Whether a byte of the document was withheld.
    pub fn holds(&self, offset: usize) -> bool {
        self.ranges.iter().any(|r| r.contains(&offset))
    }
}

/// Withholds what is above ordinary confidentiality; `None` when there is nothing to withhold.
pub(super) fn withhold(
    text: &str,
    outline: &Outline,
    plan: &Plan,
    choice: Confidential,
    budget: &Budget,
) -> Result<Option<Withheld>, ConvertError> {
    if choice == Confidential::Keep {
        return Ok(None);
    }
    let table = &plan.confidentiality;
    let header = Header::new(text, outline);
    let header = header.tree(text, &plan.names)?.within(budget);
    let refuse = |at: usize, message: &str| {
        let at = Some(line_col(text, at));
        Err(ConvertError { kind: Refusal::Confidential, message: message.into(), at })
    };
    let whole = labelled(&header, table).find(|n| {
        // what the whole document is about cannot be told without it
        std::iter::once(*n).chain(n.ancestors()).any(|a| a.name() == name::RECORD_TARGET)
            || n.parent().is_none_or(|p| p.index() == 0) && n.local_name() == LABEL
    });
    if let Some(label) = whole {
        return refuse(
            label.document_offset(),
            "the document as a whole is above ordinary confidentiality; convert it with --confidential keep where that may be",
        );
    }
    let mut any = labelled(&header, table).next().map(|n| n.document_offset());
    for span in &outline.sections {
        if any.is_some() {
            break;
        }
        let tree = section_tree(text, span, &plan.names)?.within(budget);
        any = labelled(&tree, table).next().map(|n| n.document_offset());
    }
    let Some(first) = any else { return Ok(None) };
    if choice == Confidential::Refuse {
        return refuse(
            first,
            "the document holds what is above ordinary confidentiality, and --confidential says refuse",
        );
    }
    let sections = outline.sections.iter().map(|s| section_tree(text, s, &plan.names).map(|t| t.within(budget)));
    let sections: Vec<Tree<'_>> = sections.collect::<Result<_, _>>()?;
    let trees: Vec<&Tree<'_>> = std::iter::once(&header).chain(&sections).collect();
    let mut search = Search::default();
    for tree in &trees {
        search.read(tree, table);
    }
    search.follow();
    Ok(Some(search.masked(text, &trees)))
}

/// The text of a document as a conversion reads it: for whoever reads the source beside the result, and must see no more.
///
/// # Errors
/// When the conversion is refused as well.
pub fn as_converted<'t>(text: &'t str, plan: &Plan, options: &Options) -> Result<Cow<'t, str>, ConvertError> {
    if options.confidential == Confidential::Keep {
        return Ok(Cow::Borrowed(text));
    }
    let outline = scan_renaming(text, &options.limits, plan.names.sections()).map_err(|e| super::refused(&e, text))?;
    let withheld = withhold(text, &outline, plan, options.confidential, &Budget::new(&options.limits))?;
    Ok(withheld.map_or(Cow::Borrowed(text), |w| Cow::Owned(w.text)))
}

/// Whether a document names any code of observations that are labels.
pub(super) fn names_labels(text: &str, plan: &Plan) -> bool {
    plan.confidentiality.labelled_by.iter().any(|code| memmem::find(text.as_bytes(), code.as_bytes()).is_some())
}

/// The element that labels what it stands in.
const LABEL: &str = "confidentialityCode";

/// Elements of a slice that say that something is above ordinary: labels, and observations that are labels.
fn labelled<'t>(tree: &'t Tree<'_>, table: &'t ConfidentialityAst) -> impl Iterator<Item = Node<'t>> {
    tree.root().subtree().filter(|n| match n.local_name() {
        LABEL => is_above(*n, table),
        _ => is_security_observation(*n, table) && n.children_named(name::VALUE).any(|v| is_above(v, table)),
    })
}

fn is_security_observation(node: Node<'_>, table: &ConfidentialityAst) -> bool {
    node.name() == name::OBSERVATION
        && node
            .child(name::CODE)
            .and_then(|c| c.attr_trimmed(name::CODE))
            .is_some_and(|c| table.labelled_by.iter().any(|l| l == c))
}

/// Whether a label is above ordinary. Of its codes those count whose system the table knows, and each of them; where it knows
/// none the label was written to restrict something that nobody here can read, and counts as above.
fn is_above(label: Node<'_>, table: &ConfidentialityAst) -> bool {
    let codes = || {
        let all = std::iter::once(label).chain(label.children_named(name::TRANSLATION));
        all.filter_map(|l| Some((l.attr_trimmed(name::CODE_SYSTEM), l.attr_trimmed(name::CODE)?)))
    };
    let listed = || table.ordinary.iter().filter_map(|o| o.split_once('|'));
    // a code without system is of the one that CDA binds the element to
    let is_known = |system: Option<&str>| system.is_none_or(|system| listed().any(|(s, _)| s == system));
    let is_ordinary =
        |system: Option<&str>, code: &str| listed().any(|(s, c)| c == code && system.is_none_or(|system| system == s));
    if codes().any(|(system, _)| is_known(system)) {
        codes().any(|(system, code)| is_known(system) && !is_ordinary(system, code))
    } else {
        codes().next().is_some()
    }
}

/// A section of any depth.
struct Section {
    start: usize,
    /// its narrative
    text: Option<usize>,
    parent: Option<usize>,
    withheld: bool,
}

/// What stands in a section and is withheld as one: an entry.
struct Unit {
    start: usize,
    section: usize,
    ids: Vec<String>,
    /// narrative that it refers to
    refers: Vec<String>,
    withheld: bool,
}

#[derive(Default)]
struct Search {
    sections: Vec<Section>,
    units: Vec<Unit>,
    /// elements outside sections that bear a label
    others: Vec<usize>,
    queue: Vec<usize>,
}

impl Search {
    fn read(&mut self, tree: &Tree<'_>, table: &ConfidentialityAst) {
        let mut sections: FxHashMap<u32, usize> = FxHashMap::default();
        let mut units: FxHashMap<u32, usize> = FxHashMap::default();
        for node in tree.root().subtree() {
            if node.name() == name::SECTION {
                sections.insert(node.index(), self.sections.len());
                self.sections.push(Section {
                    start: node.document_offset(),
                    text: node.child(name::TEXT).map(|t| t.document_offset()),
                    parent: node.ancestors().find_map(|a| sections.get(&a.index()).copied()),
                    withheld: false,
                });
            }
            if let Some(section) = node.parent().and_then(|p| sections.get(&p.index()))
                && node.name() == name::ENTRY
            {
                units.insert(node.index(), self.units.len());
                self.units.push(unit(node, *section));
            }
        }
        for label in labelled(tree, table) {
            // what bears the label; a label among the things of a section labels that section
            let Some(bearer) = label.parent() else { continue };
            if label.local_name() == LABEL
                && let Some(section) = sections.get(&bearer.index())
            {
                self.sections[*section].withheld = true;
                continue;
            }
            let line = || std::iter::once(label).chain(label.ancestors());
            let top = line().find(|n| n.parent().is_some_and(|p| sections.contains_key(&p.index())));
            let Some(top) = top else {
                self.others.push(bearer.document_offset());
                continue;
            };
            let section = line().skip(1).find_map(|a| sections.get(&a.index()).copied()).unwrap_or_default();
            let only_labels = label.local_name() != LABEL
                && top.subtree().filter(|n| is_statement(n.name()) && n.name() != name::ORGANIZER).all(|n| {
                    is_security_observation(n, table)
                        || n.ancestors().any(|a| is_security_observation(a, table))
                        || n.child(name::CODE).is_some_and(|c| is_label_kin(c, table))
                });
            if only_labels {
                self.sections[section].withheld = true;
                continue;
            }
            let i = *units.entry(top.index()).or_insert_with(|| {
                self.units.push(unit(top, section));
                self.units.len() - 1
            });
            self.queue.push(i);
        }
    }

    /// What is withheld takes with it the same statement elsewhere: what bears one of its ids.
    fn follow(&mut self) {
        for i in 0..self.sections.len() {
            // sections stand after those that hold them
            if self.sections[i].parent.is_some_and(|p| self.sections[p].withheld) {
                self.sections[i].withheld = true;
            }
        }
        let inside = |u: &Unit| self.sections[u.section].withheld;
        self.queue.extend((0..self.units.len()).filter(|i| inside(&self.units[*i])));
        let mut by_id: FxHashMap<String, Vec<usize>> = FxHashMap::default();
        for (i, unit) in self.units.iter().enumerate() {
            unit.ids.iter().for_each(|id| by_id.entry(id.clone()).or_default().push(i));
        }
        while let Some(i) = self.queue.pop() {
            if std::mem::replace(&mut self.units[i].withheld, true) {
                continue;
            }
            for id in &self.units[i].ids {
                // each id leads on once
                self.queue.extend(by_id.remove(id).unwrap_or_default());
            }
        }
    }

    fn masked(&self, text: &str, trees: &[&Tree<'_>]) -> Withheld {
        let mut ranges = Vec::new();
        let mut findings = Vec::new();
        let mut refers: FxHashSet<&str> = FxHashSet::default();
        let mut texts: FxHashSet<usize> = FxHashSet::default();
        let mut add = |start: usize, message: &str| {
            let range = mask::element(text, start);
            findings.push(finding(start, message));
            ranges.push(range);
        };
        let top = |s: &&Section| s.withheld && s.parent.is_none_or(|p| !self.sections[p].withheld);
        self.sections.iter().filter(top).for_each(|s| add(s.start, "a section was withheld"));
        self.others.iter().for_each(|o| add(*o, "a part of the document was withheld"));
        for unit in self.units.iter().filter(|u| u.withheld) {
            refers.extend(unit.refers.iter().map(String::as_str));
            if self.sections[unit.section].withheld {
                continue;
            }
            add(unit.start, "an entry was withheld");
            // where a section has no words of its own, those of the section around it tell of its entries
            let around = std::iter::successors(Some(unit.section), |s| self.sections[*s].parent);
            texts.extend(around.filter_map(|s| self.sections[s].text).next());
        }
        for tree in trees {
            for id in &refers {
                let narrative = tree.by_xml_id(id).and_then(|n| {
                    n.ancestors().find(|a| {
                        a.local_name() == "text" && a.parent_element().is_some_and(|p| p.name() == name::SECTION)
                    })
                });
                texts.extend(narrative.map(|n| tree.document_offset(n.offset())));
            }
        }
        let held: Vec<Range<usize>> = ranges.clone();
        let mut texts: Vec<usize> = texts.into_iter().filter(|t| !held.iter().any(|r| r.contains(t))).collect();
        texts.sort_unstable();
        for at in texts {
            findings.push(finding(at, "the narrative of a section was withheld"));
            ranges.push(mask::element(text, at));
        }
        Withheld { text: mask::masked(text, ranges.clone()), ranges, findings }
    }
}

/// Codes of the same kind as those that label: other observations about handling, in the same entry.
fn is_label_kin(code: Node<'_>, table: &ConfidentialityAst) -> bool {
    code.attr_trimmed(name::CODE).is_some_and(|c| table.beside.iter().any(|b| b == c))
}

fn unit(node: Node<'_>, section: usize) -> Unit {
    let (mut ids, mut refers) = (Vec::new(), Vec::new());
    for n in node.subtree() {
        if is_statement(n.name()) {
            ids.extend(n.children_named(name::ID).filter_map(id_key).filter(identifies).map(String::from));
        }
        if n.name() == name::REFERENCE {
            refers.extend(n.attr_trimmed(name::VALUE).and_then(|v| v.strip_prefix('#')).map(str::to_owned));
        }
    }
    Unit { start: node.document_offset(), section, ids, refers, withheld: false }
}

/// A root without extension names one thing only when it is a UUID: senders put one OID on everything.
fn identifies(key: &compact_str::CompactString) -> bool {
    key.split_once('|').is_some_and(|(root, extension)| !extension.is_empty() || root.contains('-'))
}

fn finding(offset: usize, what: &str) -> Finding {
    Finding {
        severity: Severity::Warning,
        code: "confidential-withheld",
        message: format!("{what}: its label is above ordinary confidentiality, or it tells of what has such a label"),
        offset,
        // a way through the document would say more than the place
        xpath: String::new(),
        fhir_path: None,
        row: None,
    }
}
