//! The walk over a resource: which elements there are, how often, in which shape.
//!
//! The common case, a valid element, touches nothing: names are looked up, positions become bits, simple values are
//! looked at in place. Everything that writes is in `tidy` and `repair`.

use super::super::definitions::{ElementDef, Kind, Max, PrimitiveKind, TypeId};
use super::super::value::{Object, Value};
use super::{Fate, Gate, primitives, repair};

/// Extensions and sections nest; nothing real comes near this, and recursion needs an end.
const MAX_DEPTH: usize = 96;

/// What was found of an element.
enum Seen {
    /// It stays
    Fine,
    /// It stays, but the list has holes
    Gaps,
    /// Nothing of it stays
    Gone,
}

impl Gate<'_> {
    /// A resource: the one being checked, a contained one, or one in a bundle.
    pub(super) fn resource(&mut self, o: &mut Object) -> Fate {
        let Some(ty) = o.str("resourceType").and_then(|name| self.d.resource_named(name)) else {
            self.removed("unknown-type", "", "the resource type is not known; the resource was left out");
            return Fate::Drop;
        };
        let root = self.path.depth() == 0;
        if root {
            self.path.push(self.d.name(ty), None);
        }
        let fate = if self.in_contained {
            self.object(o, ty)
        } else {
            let inner = self.collect_contained(o);
            let outer = std::mem::replace(&mut self.contained, inner);
            let mut fate = self.object(o, ty);
            if fate == Fate::Keep && o.get("contained").is_some() {
                fate = self.contained_rules(o);
            }
            self.contained = outer;
            fate
        };
        if root {
            self.path.pop();
        }
        fate
    }

    /// A complex element of the given type.
    pub(super) fn object(&mut self, o: &mut Object, ty: TypeId) -> Fate {
        if self.path.depth() > MAX_DEPTH {
            self.removed("nesting", "", "nested too deeply; the element was left out");
            return Fate::Drop;
        }
        let d = self.d;
        let mut present = 0u128;
        let mut untidy = false;
        let mut lost_end = false;
        for (key, value) in &mut o.0 {
            let key = *key;
            if let Some(e) = d.element(ty, key) {
                let bit = 1u128 << e.order;
                if present & bit != 0 {
                    match e.choice {
                        Some(_) => self.removed("choice", e.base, "only one value is allowed; the first was kept"),
                        None => self.removed("duplicate", e.base, "the element stands twice; the first was kept"),
                    }
                    *value = Value::Null;
                    untidy = true;
                    continue;
                }
                match self.element(e, value) {
                    Seen::Fine => present |= bit,
                    Seen::Gaps => {
                        present |= bit;
                        untidy = true;
                    }
                    Seen::Gone => {
                        lost_end |= ty == self.rules.period && key == "end" && !value.is_empty();
                        *value = Value::Null;
                        untidy = true;
                    }
                }
            } else if key.starts_with('_') {
                untidy = true;
            } else if key != "resourceType" || d.kind(ty) != Kind::Resource {
                self.removed("unknown-element", key, "R4 has no such element here; it was left out");
                *value = Value::Null;
                untidy = true;
            }
        }
        if untidy {
            present = self.tidy(o, ty);
        }
        if lost_end {
            // a period without end is one that still runs: that must not be said by leaving something out
            repair::unknown_end(o);
        }
        if is_bare(o) {
            return Fate::Drop;
        }
        let missing = d.required_bits(ty) & !present;
        if missing != 0 && self.supply(o, ty, missing) == Fate::Drop {
            return Fate::Drop;
        }
        match self.rules.of(ty) {
            Some(rule) if rule(self, o) == Fate::Drop || is_bare(o) => Fate::Drop,
            _ => Fate::Keep,
        }
    }

    fn element(&mut self, e: &'static ElementDef, value: &mut Value) -> Seen {
        let fate = match (e.max, &mut *value) {
            (Max::One, Value::Array(items)) => {
                items.retain(|v| !v.is_empty());
                if items.len() > 1 {
                    self.removed("max", e.base, "only one value is allowed; the first was kept");
                }
                if items.is_empty() {
                    *value = Value::Null;
                    return Seen::Gone;
                }
                let first = items.swap_remove(0);
                *value = first;
                self.single(e, value, None)
            }
            (Max::One, _) => self.single(e, value, None),
            (Max::Many, Value::Array(items)) => return self.list(e, items),
            (Max::Many, _) => {
                let fate = self.single(e, value, Some(0));
                if fate == Fate::Keep {
                    let only = std::mem::replace(value, Value::Null);
                    *value = Value::Array(vec![only]);
                }
                fate
            }
        };
        if fate == Fate::Keep { Seen::Fine } else { Seen::Gone }
    }

    fn list(&mut self, e: &'static ElementDef, items: &mut Vec<Value>) -> Seen {
        let mut gaps = false;
        let mut any = false;
        for (i, item) in items.iter_mut().enumerate() {
            if self.single(e, item, Some(i)) == Fate::Keep {
                any = true;
            } else {
                *item = Value::Null;
                gaps = true;
            }
        }
        if !any {
            return Seen::Gone;
        }
        if !gaps {
            return Seen::Fine;
        }
        // holes between simple values may belong to extensions in the parallel list; `tidy` decides
        if !matches!(e.kind, Kind::Primitive(_)) {
            items.retain(|v| *v != Value::Null);
            return Seen::Fine;
        }
        Seen::Gaps
    }

    #[inline]
    fn single(&mut self, e: &'static ElementDef, value: &mut Value, index: Option<usize>) -> Fate {
        if let Kind::Primitive(kind) = e.kind {
            if primitives::is_valid(kind, value) {
                return self.bound_code(e, value, index);
            }
            return self.mend(e, kind, value, index);
        }
        let Value::Object(o) = value else {
            if let Value::Link(_) = value {
                self.at(e, index, |g| {
                    g.removed("reference-unresolved", "", "a link was not resolved; it was left out")
                });
            } else if !value.is_empty() {
                self.at(e, index, |g| g.removed("shape", "", "an object is expected here; the value was left out"));
            }
            return Fate::Drop;
        };
        self.path.push(e.base, index);
        let fate = if e.kind == Kind::Resource {
            let outer = self.in_contained;
            self.in_contained |= e.base == "contained";
            let fate = self.resource(o);
            self.in_contained = outer;
            fate
        } else if self.object(o, e.ty) == Fate::Drop {
            Fate::Drop
        } else if e.ty == self.rules.reference {
            self.reference(e, o)
        } else if e.binding.is_some() {
            self.bound_concept(e, o)
        } else if e.simple_quantity && o.get("comparator").is_some() {
            self.removed(
                "sqty-1",
                "comparator",
                "no comparator is allowed here, and the value means nothing without it",
            );
            Fate::Drop
        } else {
            Fate::Keep
        };
        self.path.pop();
        fate
    }

    /// A simple value that is not in the form of its type.
    #[cold]
    fn mend(&mut self, e: &'static ElementDef, kind: PrimitiveKind, value: &mut Value, index: Option<usize>) -> Fate {
        if value.is_empty() || value.as_str().is_some_and(|s| s.trim().is_empty()) {
            return Fate::Drop;
        }
        let name = self.d.name(e.ty);
        match primitives::mend(kind, value) {
            Some(better) => {
                *value = better;
                let told = format!("not in the form of {name}; put right without adding anything");
                self.at(e, index, |g| g.changed("primitive", "", told));
                self.bound_code(e, value, index)
            }
            None => {
                let told = format!("not in the form of {name}; the value was left out");
                self.at(e, index, |g| g.removed("primitive", "", told));
                Fate::Drop
            }
        }
    }

    #[inline]
    fn bound_code(&mut self, e: &'static ElementDef, value: &Value, index: Option<usize>) -> Fate {
        if let (Some(set), Some(code)) = (e.binding, value.as_str())
            && !self.d.contains(set, None, code)
        {
            let told =
                format!("not a code of the required value set {}; it was left out", self.d.value_sets().name(set));
            self.at(e, index, |g| g.removed("binding", "", told));
            return Fate::Drop;
        }
        Fate::Keep
    }

    /// A Coding or CodeableConcept whose codes R4 limits.
    fn bound_concept(&mut self, e: &'static ElementDef, o: &Object) -> Fate {
        let Some(set) = e.binding else { return Fate::Keep };
        let within = |c: &Object| match (c.str("system"), c.str("code")) {
            (Some(system), Some(code)) => self.d.contains(set, Some(system), code),
            _ => false,
        };
        let fine = if e.ty == self.rules.codeable_concept {
            let codings = o.get("coding").map(Value::items).unwrap_or_default();
            let says_why_not = codings.is_empty() && o.get("text").is_none() && o.get("extension").is_some();
            says_why_not || codings.iter().filter_map(Value::as_object).any(within)
        } else if e.ty == self.rules.coding {
            within(o)
        } else {
            true
        };
        if fine {
            return Fate::Keep;
        }
        let told =
            format!("no code of the required value set {}; the element was left out", self.d.value_sets().name(set));
        self.removed("binding", "", told);
        Fate::Drop
    }

    /// Does something with the path at a child that was not entered.
    fn at(&mut self, e: &'static ElementDef, index: Option<usize>, f: impl FnOnce(&mut Self)) {
        self.path.push(e.base, index);
        f(self);
        self.path.pop();
    }
}

/// Whether there is nothing but an id in it.
pub(super) fn is_bare(o: &Object) -> bool {
    match o.0.as_slice() {
        [] => true,
        [(key, _)] => *key == "id",
        _ => false,
    }
}
