//! What a qualifier of a concept says of the statement that the concept stands in.

use compact_str::CompactString;
use rustc_hash::FxHashMap;

use crate::cda::names::name;
use crate::cda::tree::Node;
use crate::mapping::ast::QualifiersAst;
use crate::mapping::terminology::Terminology;

/// What a qualifier makes of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// it is not so, or was not done
    Denied,
    /// it is suspected
    Doubted,
    /// it is planned, requested, to be done
    Planned,
    /// it is said of somebody or something else: of a relative, as a risk, a goal
    Another,
}

/// Qualifiers that tables know, by code system and code. A system is known by its OID, and by every OID under which the
/// same system (one URI) is sent (national editions have OIDs of their own), by that URI, and without any.
#[derive(Debug, Clone, Default)]
pub struct Qualifiers {
    values: FxHashMap<(CompactString, CompactString), Option<Says>>,
    context: FxHashMap<CompactString, Vec<CompactString>>,
    /// attributes that say how certain it is
    certainty: Vec<(CompactString, CompactString)>,
    /// codes of observations that say of a statement what a qualifier would, and their systems
    told_by: FxHashMap<CompactString, Vec<CompactString>>,
}

impl Qualifiers {
    /// As tables write them.
    pub fn of(ast: &QualifiersAst, terms: &Terminology) -> Qualifiers {
        let pairs = |list: &[String]| -> Vec<(CompactString, CompactString)> {
            let written = list.iter().filter_map(|c| c.split_once('|'));
            let systems = |s: &str| {
                let uri = terms.uri(s).map(CompactString::const_new);
                // a code that names no system is taken at its word: what takes a statement away must not be overlooked
                terms.same_system(s).into_iter().chain(uri).chain([CompactString::const_new("")])
            };
            written.flat_map(|(s, c)| systems(s).map(move |s| (s, c.into()))).collect()
        };
        let mut known = Qualifiers::default();
        for (list, says) in [
            (&ast.affirms, None),
            (&ast.plans, Some(Says::Planned)),
            (&ast.doubts, Some(Says::Doubted)),
            (&ast.denies, Some(Says::Denied)),
        ] {
            known.values.extend(pairs(list).into_iter().map(|pair| (pair, says)));
        }
        for (system, code) in pairs(&ast.context) {
            known.context.entry(system).or_default().push(code);
        }
        known.certainty = pairs(&ast.certainty);
        for (system, code) in pairs(&ast.told_by) {
            known.told_by.entry(code).or_default().push(system);
        }
        known
    }

    /// What the qualifiers of a statement's own concepts (`code`, `value`) make of it, and the observations that belong to it
    /// and say the same, and where that is said. The worst of several: nobody must read as present what one of them takes
    /// away.
    pub fn said<'t>(&self, statement: Node<'t>) -> Option<(Node<'t>, Says)> {
        let concepts = statement.child(name::CODE).into_iter().chain(statement.children_named(name::VALUE));
        let mut worst: Option<(Node<'t>, Says)> = None;
        let mut found = |told: Option<(Node<'t>, Says)>| {
            if let Some((_, says)) = told
                && worst.is_none_or(|(_, w)| rank(says) > rank(w))
            {
                worst = told;
            }
        };
        for concept in concepts {
            concept.children_named(name::QUALIFIER).for_each(|q| found(self.qualifier(concept, q)));
            found(self.expression(concept));
        }
        for link in statement.children_named(name::ENTRY_RELATIONSHIP) {
            link.children_named(name::OBSERVATION).for_each(|o| found(self.told(link, o)));
        }
        worst
    }

    /// What an observation that belongs to a statement says of it: how certain it is, in which context it is meant.
    fn told<'t>(&self, link: Node<'t>, observation: Node<'t>) -> Option<(Node<'t>, Says)> {
        let attribute = observation.child(name::CODE)?;
        let code = attribute.attr_trimmed(name::CODE)?;
        let systems = self.told_by.get(code)?;
        let system = attribute.attr_trimmed(name::CODE_SYSTEM);
        let system = systems.iter().find(|s| system.is_none_or(|system| *s == system))?;
        // what is denied, taken back or only meant says nothing; neither does what is the reason for it, or came of it
        let silent =
            |n: Node<'t>| n.null_flavor().is_some() || matches!(n.attr_trimmed(name::NEGATION_IND), Some("true" | "1"));
        let meant = observation.attr_trimmed(name::MOOD_CODE).is_some_and(|m| m != "EVN");
        let apart = matches!(link.attr_trimmed(name::TYPE_CODE), Some("RSON" | "CAUS" | "MFST" | "GEVL"));
        if silent(link) || silent(observation) || meant || apart || observation.is_nullified() {
            return None;
        }
        let value = observation.child(name::VALUE)?;
        let renderings = std::iter::once(value).filter(|v| v.null_flavor().is_none());
        let renderings =
            renderings.chain(value.children_named(name::TRANSLATION)).filter(|v| v.attr_trimmed(name::CODE).is_some());
        let mut unknown = false;
        for rendering in renderings {
            let said = rendering.attr_trimmed(name::CODE_SYSTEM).unwrap_or(system);
            match self.values.get(&(said.into(), rendering.attr_trimmed(name::CODE)?.into())) {
                Some(known) => return known.map(|says| (value, says)),
                None => unknown = true,
            }
        }
        unknown.then(|| self.unknown(system, code).map(|says| (value, says))).flatten()
    }

    /// What a value that nobody here knows makes of a statement, by the attribute that it is the value of.
    fn unknown(&self, system: &str, attribute: &str) -> Option<Says> {
        if self.context.get(system).is_some_and(|codes| codes.iter().any(|c| c == attribute)) {
            return Some(Says::Another);
        }
        self.certainty.iter().any(|(s, c)| s == system && c == attribute).then_some(Says::Doubted)
    }

    /// What a post-coordinated code says: `73211009 |Diabetes| : 408729009 = 410516002`.
    fn expression<'t>(&self, concept: Node<'t>) -> Option<(Node<'t>, Says)> {
        let code = concept.attr(name::CODE).filter(|c| c.contains('='))?;
        let system = concept.attr_trimmed(name::CODE_SYSTEM).unwrap_or("");
        let context = self.context.get(system)?;
        let concept_id = |text: &str, last: bool| -> CompactString {
            // terms stand between bars: every other piece is no term
            let bare: String = text.split('|').step_by(2).collect();
            let mut ids = bare.split(|c: char| !c.is_ascii_digit()).filter(|id| !id.is_empty());
            if last { ids.next_back() } else { ids.next() }.unwrap_or("").into()
        };
        let parts: Vec<&str> = code.split('=').collect();
        let said = parts.windows(2).filter_map(|pair| {
            let attribute = concept_id(pair[0], true);
            context.contains(&attribute).then(|| concept_id(pair[1], false))
        });
        let known = |value: CompactString| {
            self.values.get(&(system.into(), value)).copied().unwrap_or(Some(Says::Another)).map(|says| (concept, says))
        };
        said.filter_map(known).max_by_key(|(_, says)| rank(*says))
    }

    fn qualifier<'t>(&self, concept: Node<'t>, qualifier: Node<'t>) -> Option<(Node<'t>, Says)> {
        if qualifier.attr_trimmed(name::INVERTED) == Some("true") {
            return None;
        }
        let value = qualifier.child(name::VALUE)?;
        let code = value.attr_trimmed(name::CODE)?;
        let system_of = |n: Node<'t>| {
            [n, concept].into_iter().find_map(|n| n.attr_trimmed(name::CODE_SYSTEM).filter(|s| !s.is_empty()))
        };
        if let Some(known) = self.values.get(&(system_of(value).unwrap_or("").into(), code.into())) {
            return known.map(|says| (value, says));
        }
        // an attribute that sets the context or the certainty, with a value that nobody here knows
        let attribute = qualifier.child(name::NAME)?;
        self.unknown(system_of(attribute).unwrap_or(""), attribute.attr_trimmed(name::CODE)?).map(|says| (value, says))
    }
}

/// What is said of another leaves nothing to say; what is denied outweighs a doubt.
fn rank(says: Says) -> u8 {
    match says {
        Says::Doubted => 0,
        Says::Denied => 1,
        Says::Planned => 2,
        Says::Another => 3,
    }
}
