//! In which section a statement stands, and how that is known.

use compact_str::CompactString;

use super::super::context::Severity;
use super::super::load::normal_title;
use super::super::native;
use super::super::plan::RuleId;
use super::{Run, SectionNode};
use crate::cda::names::name;
use crate::cda::tree::Node;
use crate::fhir::value::{Object, Value};

/// By what the kind of a section is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// its code, or that of its template
    ByCode,
    /// its title, through the table of titles
    ByTitle,
}

impl<'t> Run<'_, 't> {
    /// A section with those inside it, as it goes into the Composition.
    pub(super) fn section_node(&mut self, rule: RuleId, section: Node<'t>) -> SectionNode {
        let before = self.noting((rule, self.key(section)));
        let object = match self.datatype_rule(rule, section).and_then(|m| m.value) {
            Some(Value::Object(o)) => o,
            _ => Object::new(),
        };
        self.noted(before);
        let inner: Vec<Node<'t>> =
            section.children_named(name::COMPONENT).flat_map(|c| c.children_named(name::SECTION)).collect();
        let codes = section
            .child(name::CODE)
            .into_iter()
            .flat_map(|c| std::iter::once(c).chain(c.children_named(name::TRANSLATION)))
            .filter_map(|c| c.attr_trimmed(name::CODE))
            .map(Into::into)
            .collect();
        let security = section.child(name::CONFIDENTIALITY_CODE).and_then(|c| native::coding::coding(self.cx, c));
        let is_masked = |n: &Node<'t>| n.null_flavor() == Some("MSK");
        let told = section.child(name::TEXT).is_some_and(|t| !is_masked(&t));
        let masked = !told && (is_masked(&section) || section.children().any(|c| is_masked(&c)));
        SectionNode {
            key: self.key(section),
            masked,
            object,
            codes,
            security,
            children: inner.into_iter().map(|s| self.section_node(rule, s)).collect(),
        }
    }

    /// Whether a section around the node is of one of these codes, and by what that is known.
    pub(super) fn in_section(&self, node: Node<'t>, codes: &[CompactString]) -> Option<Known> {
        node.ancestors().filter(|n| n.name() == name::SECTION).find_map(|s| self.section_is(s, codes))
    }

    fn section_is(&self, section: Node<'t>, codes: &[CompactString]) -> Option<Known> {
        let has = |code: &str| codes.iter().any(|c| c == code);
        if let Some(code) = section.child(name::CODE) {
            let all = std::iter::once(code).chain(code.children_named(name::TRANSLATION));
            let mut known = false;
            for c in all.filter_map(|c| c.attr_trimmed(name::CODE)) {
                known = true;
                if has(c) {
                    return Some(Known::ByCode);
                }
            }
            if known {
                return None;
            }
        }
        let by_template = self.select.templates(section, |set| {
            let codes = &self.plan.templates.codes;
            (!set.is_empty()).then(|| set.iter().any(|t| codes[t.0 as usize].iter().any(|c| has(c))))
        });
        if let Some(is) = by_template {
            return is.then_some(Known::ByCode);
        }
        let title = section.child(name::TITLE).map(|t| normal_title(&t.text())).unwrap_or_default();
        self.plan.titles.get(title.as_str()).is_some_and(|c| has(c)).then_some(Known::ByTitle)
    }

    /// Reports that a rule of sections took a node whose section is known by its title alone.
    pub(super) fn report_title(&self, rule: RuleId, node: Node<'t>) {
        let sections = &self.plan.rule(rule).sections;
        if !sections.is_empty() && self.in_section(node, sections) == Some(Known::ByTitle) {
            self.cx.report(
                Severity::Information,
                "inferred-by-title",
                node,
                "the section bears no code; the table of titles says what kind it is",
            );
        }
    }
}

/// The section that holds a node.
pub(super) fn nearest_section(node: Node<'_>) -> Option<Node<'_>> {
    node.ancestors().find(|n| n.name() == name::SECTION)
}
