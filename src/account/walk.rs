//! The walk over the source: each leaf that says something, and what became of it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::arrival;
use super::ledger::{Ledger, Narrative};
use super::{Class, Counts, Leaf, Place, Section};
use crate::cda::names::{Name, name};
use crate::cda::structure::{self, Kind};
use crate::cda::tree::{Node, Tree};
use crate::convert::Issue;
use crate::fhir::identity;
use crate::mapping::plan::Plan;
use crate::mapping::run::is_statement;

/// What the walk gives; places are still bytes of the document.
pub struct Walked {
    pub document_type: Option<String>,
    pub vendor: Option<String>,
    pub sections: Vec<Section>,
    pub section_offsets: Vec<usize>,
    pub templates: BTreeMap<String, Counts>,
    pub leaves: Vec<Leaf>,
    pub leaf_offsets: Vec<usize>,
}

pub(super) struct Walk<'a, 't> {
    pub(super) plan: &'a Plan,
    pub(super) ledger: &'a Ledger<'a>,
    pub(super) issues: FxHashMap<usize, Vec<&'a Issue>>,
    all: bool,
    out: Walked,
    /// the words of the narrative of each section, as [`arrival::skeleton`]; empty where the narrative itself is lost
    pub(super) narrative: Vec<String>,
    /// sections that are open
    pub(super) section: u32,
    /// readings of the elements around the one in hand
    pub(super) active: Vec<u32>,
    /// entries made of the elements around it, innermost last
    pub(super) makers: Vec<u32>,
    /// how many of them were made of the document itself
    pub(super) of_document: usize,
    /// the statements around it
    pub(super) statements: Vec<Statement<'t>>,
}

/// Walks a document.
pub fn walk<'a>(
    plan: &'a Plan,
    text: &str,
    tree: &Tree<'_>,
    ledger: &'a Ledger<'a>,
    issues: &'a [Issue],
    all: bool,
) -> Walked {
    let document = tree.root();
    let header = Section { code: None, title: String::new(), at: (1, 1), counts: Counts::default() };
    let vendor = vendor(document);
    let mut walk = Walk {
        plan,
        ledger,
        issues: by_offset(text, issues),
        all,
        out: Walked {
            document_type: document.child(name::CODE).and_then(|c| c.attr_trimmed(name::CODE)).map(str::to_owned),
            vendor,
            sections: vec![header],
            section_offsets: vec![document.offset()],
            templates: BTreeMap::new(),
            leaves: Vec::new(),
            leaf_offsets: Vec::new(),
        },
        narrative: vec![String::new()],
        section: 0,
        active: Vec::new(),
        makers: Vec::new(),
        of_document: ledger.made_at(document.offset()).len(),
        statements: Vec::new(),
    };
    walk.element(document);
    walk.out
}

/// Who made the document: the software, else the organisation that keeps it.
fn vendor(document: Node<'_>) -> Option<String> {
    let device = document.subtree().find(|n| {
        n.local_name() == "softwareName" || n.local_name() == "manufacturerModelName" && n.text_trimmed().len() > 1
    });
    let custodian = || {
        let kept = document.children().find(|c| c.local_name() == "custodian")?;
        kept.subtree().find(|n| n.name() == name::NAME)
    };
    let named = device.or_else(custodian)?;
    let text = named.text_trimmed();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(text)
}

/// Issues by the byte at which they stand.
fn by_offset<'i>(text: &str, issues: &'i [Issue]) -> FxHashMap<usize, Vec<&'i Issue>> {
    let mut out: FxHashMap<usize, Vec<&Issue>> = FxHashMap::default();
    let mut placed: Vec<((u32, u32), &Issue)> = issues.iter().filter_map(|i| Some((i.at?, i))).collect();
    placed.sort_by_key(|(at, _)| *at);
    let (mut line, mut start) = (1u32, 0usize);
    let bytes = text.as_bytes();
    for ((l, column), issue) in placed {
        while line < l {
            // a line ends at LF, CR LF or a lone CR
            match memchr::memchr2(b'\n', b'\r', &bytes[start..]) {
                Some(end) => {
                    let crlf = bytes[start + end] == b'\r' && bytes.get(start + end + 1) == Some(&b'\n');
                    start += end + 1 + usize::from(crlf);
                }
                None => break,
            }
            line += 1;
        }
        let before = column as usize - 1;
        let offset = match bytes[start..].get(..before) {
            // a column counts characters, which are bytes here
            Some(part) if part.is_ascii() => start + before,
            _ => text[start..].char_indices().nth(before).map_or(text.len(), |(i, _)| start + i),
        };
        out.entry(offset).or_default().push(issue);
    }
    out
}

/// What a leaf is called in paths.
fn leaf_name(leaf: &str) -> Cow<'_, str> {
    if leaf == structure::TEXT { "text()".into() } else { format!("@{leaf}").into() }
}

impl<'a, 't> Walk<'a, 't> {
    fn element(&mut self, node: Node<'t>) {
        if structure::whole(node.local_name()) {
            return;
        }
        let offset = node.offset();
        let (section, active, makers) = (self.section, self.active.len(), self.makers.len());
        if node.name() == name::SECTION {
            self.open_section(node, offset);
        }
        let statement = is_statement(node.name());
        if statement {
            self.statements.push(Statement::of(node));
        }
        let ledger = self.ledger;
        self.active.extend(ledger.at(offset));
        self.makers.extend(ledger.made_at(offset));
        let parent = node.parent();
        if node.name() == name::TEXT && parent.is_some_and(|p| p.name() == name::SECTION) {
            self.section_text(node, offset);
        } else {
            self.leaves(node, offset);
            for child in node.children() {
                self.element(child);
            }
        }
        if statement && let Some(done) = self.statements.pop() {
            for t in done.templates {
                self.out.templates.entry(t).or_default().merge(&done.counts);
            }
        }
        self.active.truncate(active);
        self.makers.truncate(makers);
        self.section = section;
    }

    fn open_section(&mut self, node: Node<'t>, offset: usize) {
        self.section = self.out.sections.len() as u32;
        let title = node.child(name::TITLE).map(|t| t.text_trimmed().into_owned()).unwrap_or_default();
        let code = node.child(name::CODE).and_then(|c| c.attr_trimmed(name::CODE)).map(str::to_owned);
        self.out.sections.push(Section { code, title, at: (0, 0), counts: Counts::default() });
        self.out.section_offsets.push(offset);
        self.narrative.push(String::new());
    }

    /// The narrative: whole in the Composition, or lost.
    fn section_text(&mut self, node: Node<'t>, offset: usize) {
        let words: Vec<&str> = node.xml().descendants().filter_map(|n| n.text()).collect();
        let mut skeleton = String::new();
        words.iter().for_each(|w| arrival::push_skeleton(w, &mut skeleton));
        if skeleton.is_empty() {
            return;
        }
        let mut class = Class::Unmapped;
        let mut by = None;
        for reading in self.ledger.at(offset).iter().copied() {
            let shown = self.ledger.narratives(reading);
            let found =
                if shown.iter().any(|t| t.skeleton == skeleton) { Class::Mapped } else { words_shown(&words, shown) };
            if found != Class::Unmapped && class != Class::Mapped {
                (class, by) = (found, Some(reading));
            }
        }
        if class != Class::Unmapped {
            self.narrative[self.section as usize] = skeleton;
        }
        let shown: String = words.join(" ").split_whitespace().collect::<Vec<_>>().join(" ").chars().take(80).collect();
        self.enter(node, structure::TEXT, &shown, class, by.map(Found::Reading), None);
    }

    /// The attributes and the text of an element.
    fn leaves(&mut self, node: Node<'t>, offset: usize) {
        let element = node.local_name();
        let text = node.text_trimmed();
        let mut fates: Vec<(&str, Class, Option<Found>)> = Vec::new();
        let mut later: Vec<(&str, &str, &str)> = Vec::new();
        let attributes = node.attributes().map(|a| {
            let leaf = if a.name() == name::XSI_TYPE { "xsi:type" } else { a.local_name() };
            (leaf, a.name(), a.value().trim())
        });
        let own_text = (!text.is_empty()).then_some((structure::TEXT, Name::OTHER, &*text));
        for (leaf, attribute, value) in attributes.chain(own_text) {
            if value.is_empty() {
                continue;
            }
            match structure::kind(element, leaf) {
                Kind::Structure => {}
                Kind::With(other) => later.push((leaf, other, value)),
                // says nothing that is not so anyway
                Kind::Content if leaf == "negationInd" && value == "false" => {}
                Kind::Content => {
                    let (class, found, issue) = self.fate(node, offset, leaf, attribute, value);
                    self.enter(node, leaf, value, class, found, issue);
                    fates.push((leaf, class, found));
                }
            }
        }
        for (leaf, other, value) in later {
            match fates.iter().find(|(l, _, _)| *l == other) {
                Some((_, class, found)) => self.enter(node, leaf, value, *class, *found, None),
                // beside nothing: it is looked for as it stands
                None if leaf == "codeSystemVersion" => {}
                None => {
                    let attribute =
                        node.attributes().find(|a| a.local_name() == leaf).map_or(Name::OTHER, |a| a.name());
                    let (class, found, issue) = self.fate(node, offset, leaf, attribute, value);
                    self.enter(node, leaf, value, class, found, issue);
                }
            }
        }
    }

    fn enter(
        &mut self,
        node: Node<'t>,
        leaf: &str,
        value: &str,
        class: Class,
        found: Option<Found>,
        issue: Option<&'a Issue>,
    ) {
        self.out.sections[self.section as usize].counts.add(class, 1);
        if let Some(statement) = self.statements.last_mut() {
            statement.counts.add(class, 1);
        }
        if class == Class::Mapped && !self.all {
            return;
        }
        let templates = self.statements.last().map(|s| s.templates.clone()).unwrap_or_default();
        let into = found.map(|f| self.place(f));
        let name = leaf_name(leaf);
        self.out.leaf_offsets.push(node.offset());
        self.out.leaves.push(Leaf {
            class,
            section: self.section,
            at: (0, 0),
            xpath: format!("{}/{name}", node.xpath()),
            shape: format!("{}/{name}", shape(node)),
            value: value.to_owned(),
            issue: issue.map(|i| i.code.clone()),
            into,
            templates,
        });
    }

    fn place(&self, found: Found) -> Place {
        let bundle = self.ledger.entries();
        match found {
            Found::Reading(r) => Place {
                how: self.ledger.how(r),
                path: self.ledger.path(r),
                id: self.ledger.entry(r).map(|e| identity::text(bundle[e as usize].id).into()).unwrap_or_default(),
                row: Some(self.ledger.row(r).to_owned()),
            },
            Found::Entry(e) => Place {
                how: "found",
                path: bundle[e as usize].resource_type.to_owned(),
                id: identity::text(bundle[e as usize].id).into(),
                row: None,
            },
        }
    }
}

/// A statement around what is in hand.
pub(super) struct Statement<'t> {
    pub(super) node: Node<'t>,
    templates: Vec<String>,
    counts: Counts,
}

impl<'t> Statement<'t> {
    fn of(node: Node<'t>) -> Self {
        let roots = node.children_named(name::TEMPLATE_ID).filter_map(|t| t.attr_trimmed(name::ROOT));
        let mut templates: Vec<String> = roots.map(str::to_owned).collect();
        // versions of one template count once
        templates.dedup();
        Statement { node, templates, counts: Counts::default() }
    }
}

/// By what a leaf was found.
#[derive(Clone, Copy)]
pub(super) enum Found {
    /// a row read it
    Reading(u32),
    /// it stands in the resource of a statement around it
    Entry(u32),
}

/// The names of an element and those around it, up to the section or the document.
fn shape(node: Node<'_>) -> String {
    let mut names: Vec<&str> = vec![node.local_name()];
    for a in node.ancestors().take_while(|a| a.name() != name::SECTION && a.parent().is_some()) {
        names.push(a.local_name());
    }
    names.reverse();
    names.join("/")
}

/// How many of the words of a narrative stand in what is shown, where the two are not the same: all, most, or not.
fn words_shown(words: &[&str], shown: &[Narrative]) -> Class {
    let wanted: FxHashSet<String> = words.iter().flat_map(|w| w.split_whitespace()).map(arrival::skeleton).collect();
    let (mut have, mut joined) = (FxHashSet::default(), String::new());
    for word in shown.iter().flat_map(|t| t.plain.split_whitespace()).map(arrival::skeleton) {
        joined.push_str(&word);
        have.insert(word);
    }
    let missing = wanted.iter().filter(|w| !w.is_empty() && !have.contains(*w) && !joined.contains(*w)).count();
    match missing {
        0 => Class::Mapped,
        n if n * 2 < wanted.len() => Class::Degraded,
        _ => Class::Unmapped,
    }
}
