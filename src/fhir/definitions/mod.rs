//! What R4 says about its types: which elements they have, how often, of which type, bound to which codes.
//!
//! The tables under `mappings/model/` are embedded and read once, on first use. Names are slices of the embedded text, or
//! are composed once (`valueQuantity`, `_onsetDateTime`) and kept for the life of the process; so every [`Key`] can be
//! `'static`, and values can carry keys without owning them.

mod load;
mod valuesets;

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::value::Key;
use crate::short::same;
pub use valuesets::{ValueSetId, ValueSets};

/// A type of R4: a resource, a datatype, a primitive, or a backbone element such as `AllergyIntolerance.reaction`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TypeId(u16);

impl TypeId {
    /// A number below the count of types, for tables with one place per type.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// An element that may have one of several types, such as `Observation.value[x]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChoiceId(u16);

/// How often an element may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Max {
    /// At most once: a single value in JSON
    One,
    /// Any number of times: a list in JSON
    Many,
}

/// The primitive types of R4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each variant is the R4 primitive of the same name")]
pub enum PrimitiveKind {
    Base64Binary,
    Boolean,
    Canonical,
    Code,
    Date,
    DateTime,
    Decimal,
    Id,
    Instant,
    Integer,
    Markdown,
    Oid,
    PositiveInt,
    String,
    Time,
    UnsignedInt,
    Uri,
    Url,
    Uuid,
    Xhtml,
}

/// What a type is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A JSON string, number or boolean
    Primitive(PrimitiveKind),
    /// A datatype with elements
    Complex,
    /// A group of elements that belongs to one resource or datatype
    Backbone,
    /// A resource
    Resource,
}

/// One element of a type, under the name that it has in JSON; an element with a choice of types stands here once per type.
#[derive(Debug, Clone)]
pub struct ElementDef {
    /// The name in JSON: `valueQuantity`
    pub key: Key,
    /// The JSON name of what accompanies a primitive (`_onsetDateTime`); empty where nothing can
    pub underscore: Key,
    /// The name in the definition: `value[x]`
    pub base: &'static str,
    /// How often at least
    pub min: u32,
    /// How often at most
    pub max: Max,
    /// Its type
    pub ty: TypeId,
    /// What its type is
    pub kind: Kind,
    /// The choice it is one option of
    pub choice: Option<ChoiceId>,
    /// The resource types a Reference may lead to; empty when it may lead to any
    pub targets: &'static [&'static str],
    /// The value set whose codes alone are allowed
    pub binding: Option<ValueSetId>,
    /// The position in the definition; all options of a choice share one
    pub order: u16,
    /// A quantity that may have no comparator (SimpleQuantity)
    pub simple_quantity: bool,
}

/// The types that an element with a choice may have.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The name in the definition: `value[x]`
    pub base: &'static str,
    /// The permitted types in the order of the definition
    pub options: Vec<ChoiceOption>,
}

/// One type that a choice permits.
#[derive(Debug, Clone, Copy)]
pub struct ChoiceOption {
    /// The name of the type: `Quantity`, `dateTime`
    pub suffix: &'static str,
    /// The type
    pub ty: TypeId,
    /// The name in JSON: `valueQuantity`
    pub key: Key,
}

struct Type {
    name: &'static str,
    kind: Kind,
    /// The slice of `Definitions::elements` that is this type's
    start: u32,
    end: u32,
    /// The slice of `Definitions::slots` that finds an element by its name; a power of two in size
    slots: u32,
    mask: u32,
    /// Which positions must be filled, as bits
    required: u128,
}

/// The definitions of R4 that granule embeds.
pub struct Definitions {
    types: Vec<Type>,
    by_name: FxHashMap<&'static str, TypeId>,
    elements: Vec<ElementDef>,
    slots: Vec<u16>,
    choices: Vec<Choice>,
    value_sets: ValueSets,
}

static DEFINITIONS: LazyLock<Definitions> = LazyLock::new(load::embedded);

impl Definitions {
    /// The definitions; read on the first call.
    pub fn get() -> &'static Definitions {
        &DEFINITIONS
    }

    /// The type with this name: `Patient`, `Quantity`, `dateTime`, `AllergyIntolerance.reaction`.
    pub fn type_named(&self, name: &str) -> Option<TypeId> {
        self.by_name.get(name).copied()
    }

    /// The resource type with this name.
    pub fn resource_named(&self, name: &str) -> Option<TypeId> {
        self.type_named(name)
            .filter(|t| self.kind(*t) == Kind::Resource && name != "Resource" && name != "DomainResource")
    }

    /// All types: datatypes and resources first, then backbone elements.
    pub fn types(&self) -> impl Iterator<Item = TypeId> {
        (0..self.types.len() as u16).map(TypeId)
    }

    /// The name of a type.
    pub fn name(&self, ty: TypeId) -> &'static str {
        self.types[ty.0 as usize].name
    }

    /// What a type is.
    pub fn kind(&self, ty: TypeId) -> Kind {
        self.types[ty.0 as usize].kind
    }

    /// The elements of a type in the order of the definition, inherited ones first.
    pub fn elements(&self, ty: TypeId) -> &[ElementDef] {
        let t = &self.types[ty.0 as usize];
        &self.elements[t.start as usize..t.end as usize]
    }

    /// The elements that must be there; of a choice, all options.
    pub fn required(&self, ty: TypeId) -> impl Iterator<Item = &ElementDef> {
        self.elements(ty).iter().filter(|e| e.min > 0)
    }

    /// The positions (`ElementDef::order`) that must be filled, as bits.
    pub(super) fn required_bits(&self, ty: TypeId) -> u128 {
        self.types[ty.0 as usize].required
    }

    /// The element with this JSON name.
    #[inline]
    pub fn element(&self, ty: TypeId, key: &str) -> Option<&ElementDef> {
        let t = &self.types[ty.0 as usize];
        let elements = &self.elements[t.start as usize..t.end as usize];
        let mut at = load::hash(key);
        loop {
            match self.slots[(t.slots + (at & t.mask)) as usize] {
                0 => return None,
                n => {
                    let e = &elements[n as usize - 1];
                    // names are mostly the very text of the table, so the address settles it
                    if e.key.len() == key.len() && (std::ptr::eq(e.key.as_ptr(), key.as_ptr()) || same(e.key, key)) {
                        return Some(e);
                    }
                }
            }
            at = at.wrapping_add(1);
        }
    }

    /// The primitive element that a name with an underscore accompanies.
    pub fn element_of_underscore(&self, ty: TypeId, key: &str) -> Option<&ElementDef> {
        self.element(ty, key.strip_prefix('_')?).filter(|e| !e.underscore.is_empty())
    }

    /// The choice with this name (`value`, without `[x]`).
    pub fn choice(&self, ty: TypeId, base: &str) -> Option<&Choice> {
        let e = self.elements(ty).iter().find(|e| e.choice.is_some() && e.base.strip_suffix("[x]") == Some(base))?;
        Some(self.choice_of(e.choice?))
    }

    /// A choice by its number.
    pub fn choice_of(&self, id: ChoiceId) -> &Choice {
        &self.choices[id.0 as usize]
    }

    /// The value sets with required bindings.
    pub fn value_sets(&self) -> &ValueSets {
        &self.value_sets
    }

    /// Whether the code is in the value set; always true where the codes of the set cannot be listed (media types,
    /// currencies). Without a system, the code alone decides.
    pub fn contains(&self, set: ValueSetId, system: Option<&str>, code: &str) -> bool {
        self.value_sets.contains(set, system, code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn defs() -> &'static Definitions {
        Definitions::get()
    }

    #[test]
    fn elements_are_found_by_json_name() {
        let d = defs();
        let obs = d.type_named("Observation").unwrap();
        let value = d.element(obs, "valueQuantity").unwrap();
        assert_eq!((value.base, d.name(value.ty), value.max), ("value[x]", "Quantity", Max::One));
        assert!(value.choice.is_some() && d.element(obs, "value").is_none() && d.element(obs, "valueMoney").is_none());
        let effective = d.element(obs, "effectiveDateTime").unwrap();
        assert_eq!((effective.key, effective.underscore), ("effectiveDateTime", "_effectiveDateTime"));
        assert_eq!(d.element_of_underscore(obs, "_effectiveDateTime").unwrap().key, "effectiveDateTime");
        assert!(d.element_of_underscore(obs, "_code").is_none());
        assert_eq!(d.element(obs, "code").unwrap().min, 1);
        assert_eq!(d.element(obs, "subject").unwrap().targets, ["Patient", "Group", "Device", "Location"]);
        assert!(d.element(obs, "focus").unwrap().targets.is_empty(), "any resource");
    }

    #[test]
    fn inherited_elements_come_first() {
        let d = defs();
        let keys = |t: &str| d.elements(d.type_named(t).unwrap()).iter().map(|e| e.key).collect::<Vec<_>>();
        let patient = keys("Patient");
        let inherited = [
            "id",
            "meta",
            "implicitRules",
            "language",
            "text",
            "contained",
            "extension",
            "modifierExtension",
            "identifier",
        ];
        assert_eq!(patient[..9], inherited);
        assert_eq!(keys("AllergyIntolerance.reaction")[..4], ["id", "extension", "modifierExtension", "substance"]);
        assert_eq!(keys("Period"), ["id", "extension", "start", "end"]);
        assert_eq!(keys("Timing.repeat")[..3], ["id", "extension", "boundsDuration"]);
        assert_eq!(keys("Bundle")[..4], ["id", "meta", "implicitRules", "language"]);
        assert!(!keys("Bundle").contains(&"extension"));
    }

    #[test]
    fn a_content_reference_is_the_type_it_names() {
        let d = defs();
        let range = d.type_named("Observation.referenceRange").unwrap();
        let component = d.type_named("Observation.component").unwrap();
        assert_eq!(d.element(component, "referenceRange").unwrap().ty, range);
        assert_eq!(d.kind(range), Kind::Backbone);
        let section = d.type_named("Composition.section").unwrap();
        assert_eq!(d.element(section, "section").unwrap().ty, section);
    }

    #[test]
    fn kinds() {
        let d = defs();
        let kind = |n| d.kind(d.type_named(n).unwrap());
        assert_eq!(kind("Patient"), Kind::Resource);
        assert_eq!(kind("Dosage"), Kind::Complex);
        assert_eq!(kind("positiveInt"), Kind::Primitive(PrimitiveKind::PositiveInt));
        assert!(d.resource_named("DomainResource").is_none() && d.resource_named("Quantity").is_none());
        assert!(d.type_named("Nonsense").is_none());
    }

    #[test]
    fn choices_list_their_types() {
        let d = defs();
        let med = d.type_named("MedicationRequest").unwrap();
        let choice = d.choice(med, "medication").unwrap();
        let keys: Vec<_> = choice.options.iter().map(|o| (o.suffix, o.key)).collect();
        assert_eq!(keys, [("CodeableConcept", "medicationCodeableConcept"), ("Reference", "medicationReference")]);
        assert!(d.choice(med, "value").is_none());
    }

    #[test]
    fn no_element_bears_a_reserved_word() {
        let d = defs();
        let reserved = "from if const map via as pick to each conduct by require".split(' ').collect::<Vec<_>>();
        let mut found = Vec::new();
        for ty in d.types() {
            for e in d.elements(ty) {
                if reserved.contains(&e.key) || reserved.iter().any(|r| e.base.strip_suffix("[x]") == Some(r)) {
                    found.push(format!("{}.{}", d.name(ty), e.key));
                }
            }
        }
        // ElementDefinition describes profiles; no clinical resource has such an element
        assert_eq!(found, ["ElementDefinition.mapping.map"]);
    }

    #[test]
    fn positions_fit_the_bit_sets_of_the_gate() {
        let d = defs();
        assert!(d.types().flat_map(|t| d.elements(t)).all(|e| e.order < 128));
    }

    #[test]
    fn every_simple_quantity_is_an_element() {
        let d = defs();
        let med = d.type_named("MedicationAdministration.dosage").unwrap();
        assert!(
            d.element(med, "dose").unwrap().simple_quantity && d.element(med, "rateQuantity").unwrap().simple_quantity
        );
        assert!(!d.element(med, "rateRatio").unwrap().simple_quantity);
        let marked: std::collections::BTreeSet<_> = d
            .types()
            .flat_map(|t| d.elements(t).iter().map(move |e| (t, e)))
            .filter(|(_, e)| e.simple_quantity)
            .map(|(t, e)| format!("{}.{}", d.name(t), e.base))
            .collect();
        assert_eq!(marked.len(), load::SIMPLE_QUANTITIES.len());
    }

    #[test]
    fn required_value_sets() {
        let d = defs();
        let obs = d.type_named("Observation").unwrap();
        let set = d.element(obs, "status").unwrap().binding.unwrap();
        assert!(d.contains(set, None, "final") && !d.contains(set, None, "completed"));
        assert!(d.contains(set, Some("http://hl7.org/fhir/observation-status"), "final"));
        assert!(!d.contains(set, Some("http://example.org"), "final"));
        let att = d.type_named("Attachment").unwrap();
        let open = d.element(att, "contentType").unwrap().binding.unwrap();
        assert!(!d.value_sets().is_listed(open) && d.contains(open, None, "text/anything"));
    }

    #[test]
    #[ignore = "a measurement"]
    #[allow(clippy::print_stderr)]
    fn load_time() {
        let n = 100;
        let t = std::time::Instant::now();
        for _ in 0..n {
            std::hint::black_box(load::embedded());
        }
        eprintln!("definitions: {:?} per load", t.elapsed() / n);
    }
}
