//! The invariants of R4 with severity *error*: one function per type, found by the number of the type.
//!
//! Not here, because nothing granule makes can break them, or they cannot be said over one resource:
//! - ElementDefinition `eld-*`, Questionnaire `que-*`, Measure `mea-1`, MeasureReport `mrp-1`, `mrp-2`,
//!   TriggerDefinition `trd-*`: definitions, not clinical content; such resources are not converted.
//! - Consent `ppc-2` to `ppc-5`: as published they test for a system named `something`, which never occurs.
//! - `ele-1` (no empty element), `ref-1`, `dom-2` to `dom-5`, `txt-1`, `txt-2` and SimpleQuantity `sqty-1` are part of the
//!   walk. `dom-6`, `con-3`, `nor-1` and other best practice warnings are no errors.
//! - Whether an Age or Distance is in a unit of time or length, as their text (not their expression) says.

mod admin;
mod bundle;
mod clinical;
mod datatypes;
mod periods;
#[cfg(test)]
mod tests;
mod vital_signs;
mod vital_units;

use std::sync::LazyLock;

use super::super::definitions::{Definitions, TypeId};
use super::super::value::{Key, Object, Value};
use super::{Fate, Gate};

/// Looks at one element whose children were looked at; `Drop` takes it out (a resource: refuses it).
pub(super) type Rule = fn(&mut Gate<'_>, &mut Object) -> Fate;

/// The rule of each type, and the types that the walk treats apart.
pub(super) struct Rules {
    by_type: Vec<Option<Rule>>,
    pub(super) reference: TypeId,
    pub(super) codeable_concept: TypeId,
    pub(super) coding: TypeId,
    pub(super) period: TypeId,
    pub(super) element: TypeId,
}

static RULES: LazyLock<Rules> = LazyLock::new(|| {
    let d = Definitions::get();
    let named = |name: &str| d.type_named(name).unwrap_or_else(|| panic!("{name} is a type of R4"));
    let mut by_type = vec![None; d.types().count()];
    for (name, rule) in [datatypes::RULES, clinical::RULES, admin::RULES, bundle::RULES].into_iter().flatten() {
        by_type[named(name).index()] = Some(*rule);
    }
    Rules {
        by_type,
        reference: named("Reference"),
        codeable_concept: named("CodeableConcept"),
        coding: named("Coding"),
        period: named("Period"),
        element: named("Element"),
    }
});

impl Rules {
    pub(super) fn get() -> &'static Rules {
        &RULES
    }

    /// The rule of a type, if it has one.
    #[inline]
    pub(super) fn of(&self, ty: TypeId) -> Option<Rule> {
        self.by_type[ty.index()]
    }
}

/// Whether an element is there, be it only as an extension.
fn exists(o: &Object, key: &str) -> bool {
    o.0.iter().any(|(k, _)| *k == key || k.strip_prefix('_') == Some(key))
}

/// Whether the key is one of the options of a choice: `onsetDateTime`, `_onsetDateTime` of `onset`.
fn is_option(key: &str, choice: &str) -> bool {
    let rest = key.strip_prefix('_').unwrap_or(key).strip_prefix(choice);
    rest.and_then(|r| r.bytes().next()).is_some_and(|c| c.is_ascii_uppercase())
}

/// Whether a choice element is there.
fn exists_choice(o: &Object, choice: &str) -> bool {
    o.0.iter().any(|(k, _)| is_option(k, choice))
}

fn remove(o: &mut Object, key: &str) {
    o.0.retain(|(k, _)| *k != key && k.strip_prefix('_') != Some(key));
}

fn remove_choice(o: &mut Object, choice: &str) {
    o.0.retain(|(k, _)| !is_option(k, choice));
}

/// Whether a CodeableConcept has one of the codes.
fn has_code(o: &Object, key: &str, system: &str, codes: &[&str]) -> bool {
    let concept = o.get(key).and_then(Value::as_object);
    concept.is_some_and(|c| {
        c.objects("coding")
            .any(|c| c.str("system") == Some(system) && c.str("code").is_some_and(|c| codes.contains(&c)))
    })
}

impl Gate<'_> {
    /// Removes an element and says so.
    fn without(&mut self, o: &mut Object, key: &'static str, code: &'static str, why: &'static str) {
        self.removed(code, key, why);
        remove(o, key);
    }

    /// Marks an element as unknown where an invariant demands it, and says so.
    fn unknown(&mut self, o: &mut Object, ty: &str, key: Key, code: &'static str, why: &'static str) {
        let Some(ty) = self.d.type_named(ty) else { return };
        let Some(e) = self.d.element(ty, key) else { return };
        self.changed(code, e.base, why);
        self.put_absent(o, ty, e);
    }

    /// Removes the element that is being looked at and says so.
    fn dropped(&mut self, code: &'static str, why: &'static str) -> Fate {
        self.removed(code, "", why);
        Fate::Drop
    }
}
