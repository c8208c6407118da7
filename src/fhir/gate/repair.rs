//! What the gate writes: tidied objects, and data-absent-reasons where R4 demands an element.

use super::super::definitions::{Definitions, ElementDef, Kind, Max, TypeId};
use super::super::value::{Key, Object, Value};
use super::walk::is_bare;
use super::{Fate, Gate};

/// The extension that says why there is no value.
pub(super) const DATA_ABSENT_REASON: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";

/// An element that says that its value is unknown.
pub(super) fn absent() -> Value {
    let extension = Object::new().with("url", Value::fixed(DATA_ABSENT_REASON)).with_str("valueCode", "unknown");
    Object::new().with("extension", Value::Array(vec![extension.into()])).into()
}

/// Says that the end of a period is not known, which is not the same as that it has none.
pub(super) fn unknown_end(o: &mut Object) {
    if o.get("_end").is_none() {
        o.remove("end");
        o.0.push(("_end", absent()));
    }
}

/// Puts an element where the order of the definition has it.
pub(super) fn insert(o: &mut Object, ty: TypeId, order: u16, key: Key, value: Value) {
    let d = Definitions::get();
    let order_of = |k: &str| d.element(ty, k).or_else(|| d.element_of_underscore(ty, k)).map(|e| e.order);
    let at = o.0.iter().position(|(k, _)| order_of(k).is_some_and(|n| n > order)).unwrap_or(o.0.len());
    o.0.insert(at, (key, value));
}

impl Gate<'_> {
    /// Gives the missing required elements (as bits of their positions) a data-absent-reason. A datatype without what it
    /// needs is not worth having and goes, as does a backbone element or resource that needs more than one can say so about.
    #[cold]
    pub(super) fn supply(&mut self, o: &mut Object, ty: TypeId, missing: u128) -> Fate {
        let complex = !matches!(self.d.kind(ty), Kind::Backbone | Kind::Resource);
        for order in (0..128).filter(|n| missing & (1 << n) != 0) {
            let options = || self.d.elements(ty).iter().filter(|e| e.order == order);
            let e = options().find(|e| e.ty == self.rules.codeable_concept).or_else(|| options().next());
            let Some(e) = e else { continue };
            if complex || !self.can_be_absent(e) {
                let told = "a required element is missing; what it belongs to was left out";
                self.removed("required", e.base, told);
                return Fate::Drop;
            }
            self.changed("required", e.base, "a required element is missing; it was marked as unknown");
            self.put_absent(o, ty, e);
        }
        Fate::Keep
    }

    /// Marks an element as unknown.
    pub(super) fn put_absent(&self, o: &mut Object, ty: TypeId, e: &ElementDef) {
        let key = if matches!(e.kind, Kind::Primitive(_)) { e.underscore } else { e.key };
        let value = if e.max == Max::Many { Value::Array(vec![absent()]) } else { absent() };
        insert(o, ty, e.order, key, value);
    }

    fn can_be_absent(&self, e: &ElementDef) -> bool {
        match e.kind {
            Kind::Primitive(_) => !e.underscore.is_empty(),
            Kind::Complex => self.d.required_bits(e.ty) == 0,
            Kind::Backbone | Kind::Resource => false,
        }
    }

    /// Takes out what the walk has marked, checks what accompanies simple values, and says which positions are filled.
    #[cold]
    pub(super) fn tidy(&mut self, o: &mut Object, ty: TypeId) -> u128 {
        o.0.retain(|(_, v)| *v != Value::Null);
        for i in 0..o.0.len() {
            let key = o.0[i].0;
            if !key.starts_with('_') {
                continue;
            }
            let Some(e) = self.d.element_of_underscore(ty, key) else {
                self.removed("unknown-element", key, "R4 has no such element here; it was left out");
                o.0[i].1 = Value::Null;
                continue;
            };
            let other_option =
                |k: &str| k != e.key && k != key && self.d.element(ty, k).is_some_and(|x| x.order == e.order);
            if e.choice.is_some() && o.0.iter().any(|(k, _)| other_option(k)) {
                self.removed("choice", e.base, "only one value is allowed; the first was kept");
                o.0[i].1 = Value::Null;
                continue;
            }
            let mut value = std::mem::replace(&mut o.0[i].1, Value::Null);
            self.companion(e, &mut value);
            o.0[i].1 = value;
        }
        o.0.retain(|(_, v)| *v != Value::Null);
        self.align(o, ty);
        o.0.iter().fold(0, |bits, (k, _)| match self.d.element(ty, k).or_else(|| self.d.element_of_underscore(ty, k)) {
            Some(e) => bits | 1 << e.order,
            None => bits,
        })
    }

    /// Id and extensions of a simple value, or of each in a list; `Null` when nothing stays.
    fn companion(&mut self, e: &'static ElementDef, value: &mut Value) {
        let one = |g: &mut Self, value: &mut Value, index: Option<usize>| {
            let Value::Object(o) = value else {
                if !value.is_empty() {
                    g.removed("shape", e.underscore, "an object is expected here; the value was left out");
                }
                return *value = Value::Null;
            };
            g.path.push(e.base, index);
            // an id alone is something here: the value is in the other member
            let keep = g.object(o, g.rules.element) == Fate::Keep || (is_bare(o) && !o.is_empty());
            g.path.pop();
            if !keep {
                *value = Value::Null;
            }
        };
        match (e.max, &mut *value) {
            (Max::One, Value::Array(items)) => {
                let mut first = items.drain(..).next().unwrap_or(Value::Null);
                one(self, &mut first, None);
                *value = first;
            }
            (Max::One, v) => one(self, v, None),
            (Max::Many, Value::Array(items)) => {
                for (i, item) in items.iter_mut().enumerate() {
                    one(self, item, Some(i));
                }
                if items.iter().all(|v| *v == Value::Null) {
                    *value = Value::Null;
                }
            }
            (Max::Many, v) => {
                one(self, v, Some(0));
                if *v != Value::Null {
                    let only = std::mem::replace(v, Value::Null);
                    *v = Value::Array(vec![only]);
                }
            }
        }
    }

    /// Keeps lists of simple values and the lists of what accompanies them in step.
    fn align(&self, o: &mut Object, ty: TypeId) {
        for i in 0..o.0.len() {
            let (key, Value::Array(_)) = &o.0[i] else { continue };
            let Some(e) = self.d.element(ty, key) else { continue };
            if !matches!(e.kind, Kind::Primitive(_)) {
                continue;
            }
            let Value::Array(mut values) = std::mem::replace(&mut o.0[i].1, Value::Null) else { continue };
            if let Some(Value::Array(beside)) = o.get_mut(e.underscore) {
                let length = values.len().max(beside.len());
                values.resize(length, Value::Null);
                beside.resize(length, Value::Null);
                let mut filled = values.iter().zip(beside.iter()).map(|(a, b)| *a != Value::Null || *b != Value::Null);
                let filled: Vec<bool> = filled.by_ref().collect();
                let mut at = filled.iter();
                beside.retain(|_| *at.next().unwrap_or(&true));
                let mut at = filled.iter();
                values.retain(|_| *at.next().unwrap_or(&true));
                if beside.iter().all(|v| *v == Value::Null) {
                    o.remove(e.underscore);
                    return self.restore(o, ty, e, values);
                }
            } else {
                values.retain(|v| *v != Value::Null);
            }
            if values.iter().any(|v| *v != Value::Null) {
                o.0[i].1 = Value::Array(values);
            }
        }
        o.0.retain(|(_, v)| *v != Value::Null);
    }

    /// After a removal positions have moved: puts the list back by name and goes on with the rest.
    fn restore(&self, o: &mut Object, ty: TypeId, e: &ElementDef, values: Vec<Value>) {
        if values.is_empty() {
            o.remove(e.key);
        } else {
            o.set(e.key, Value::Array(values));
        }
        self.align(o, ty);
    }
}
