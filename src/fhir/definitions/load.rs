//! Reads the embedded tables into [`Definitions`].

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    Choice, ChoiceId, ChoiceOption, Definitions, ElementDef, Kind, Max, PrimitiveKind, Type, TypeId, ValueSets,
};

const ELEMENTS: &str = include_str!("../../../mappings/model/r4.tsv");
const TYPES: &str = include_str!("../../../mappings/model/r4-types.tsv");
const VALUE_SETS: &str = include_str!("../../../mappings/model/r4-valuesets.tsv");

/// Elements whose quantity may have no comparator: R4 gives them the profile SimpleQuantity, which the tables do not say.
pub(super) const SIMPLE_QUANTITIES: &[&str] = &[
    "CarePlan.activity.detail.dailyAmount",
    "CarePlan.activity.detail.quantity",
    "Claim.item.detail.quantity",
    "Claim.item.detail.subDetail.quantity",
    "Claim.item.quantity",
    "Contract.term.asset.valuedItem.quantity",
    "Coverage.costToBeneficiary.value[x]",
    "Dosage.doseAndRate.dose[x]",
    "Dosage.doseAndRate.rate[x]",
    "Dosage.maxDosePerAdministration",
    "Dosage.maxDosePerLifetime",
    "ExplanationOfBenefit.addItem.detail.quantity",
    "ExplanationOfBenefit.addItem.detail.subDetail.quantity",
    "ExplanationOfBenefit.addItem.quantity",
    "ExplanationOfBenefit.item.detail.quantity",
    "ExplanationOfBenefit.item.detail.subDetail.quantity",
    "ExplanationOfBenefit.item.quantity",
    "Immunization.doseQuantity",
    "MedicationAdministration.dosage.dose",
    "MedicationAdministration.dosage.rate[x]",
    "MedicationDispense.daysSupply",
    "MedicationDispense.quantity",
    "MedicationKnowledge.administrationGuidelines.patientCharacteristics.characteristic[x]",
    "MedicationKnowledge.amount",
    "MedicationKnowledge.drugCharacteristic.value[x]",
    "MedicationKnowledge.kinetics.areaUnderCurve",
    "MedicationKnowledge.kinetics.lethalDose50",
    "MedicationKnowledge.packaging.quantity",
    "MedicationKnowledge.regulatory.maxDispense.quantity",
    "MedicationRequest.dispenseRequest.initialFill.quantity",
    "MedicationRequest.dispenseRequest.quantity",
    "NutritionOrder.enteralFormula.administration.quantity",
    "NutritionOrder.enteralFormula.administration.rate[x]",
    "NutritionOrder.enteralFormula.caloricDensity",
    "NutritionOrder.enteralFormula.maxVolumeToDeliver",
    "NutritionOrder.oralDiet.nutrient.amount",
    "NutritionOrder.supplement.quantity",
    "Observation.referenceRange.high",
    "Observation.referenceRange.low",
    "Range.high",
    "Range.low",
    "SampledData.origin",
    "Specimen.collection.quantity",
    "Specimen.container.capacity",
    "Specimen.container.specimenQuantity",
    "Substance.instance.quantity",
    "SupplyDelivery.suppliedItem.quantity",
    "VisionPrescription.lensSpecification.duration",
];

/// One line of the element table.
struct Row {
    path: &'static str,
    name: &'static str,
    min: u32,
    max: Max,
    types: &'static str,
    targets: &'static str,
    binding: &'static str,
}

pub(super) fn embedded() -> Definitions {
    Loader::new().load()
}

struct Loader {
    d: Definitions,
    /// For each type the type it inherits from
    bases: Vec<Option<&'static str>>,
    composed: FxHashSet<&'static str>,
    targets: FxHashMap<&'static str, &'static [&'static str]>,
    simple: FxHashSet<&'static str>,
}

impl Loader {
    fn new() -> Loader {
        let d = Definitions {
            types: Vec::with_capacity(400),
            by_name: FxHashMap::default(),
            elements: Vec::with_capacity(6000),
            slots: Vec::with_capacity(16000),
            choices: Vec::new(),
            value_sets: ValueSets::read(VALUE_SETS),
        };
        Loader {
            d,
            bases: Vec::new(),
            composed: FxHashSet::default(),
            targets: FxHashMap::default(),
            simple: SIMPLE_QUANTITIES.iter().copied().collect(),
        }
    }

    fn load(mut self) -> Definitions {
        for line in TYPES.lines().filter(|l| !l.starts_with('#')) {
            let mut fields = line.split('\t');
            let (Some(name), Some(base)) = (fields.next(), fields.next()) else { continue };
            let kind = match base {
                "primitive" => Kind::Primitive(primitive(name).expect("a primitive of R4")),
                "Resource" | "DomainResource" => Kind::Resource,
                _ if name == "Resource" => Kind::Resource,
                _ => Kind::Complex,
            };
            self.add_type(name, kind, (base != "-" && base != "primitive").then_some(base));
        }
        let rows: Vec<Row> = ELEMENTS.lines().filter(|l| !l.starts_with('#')).filter_map(row).collect();
        for r in &rows {
            if r.types == "BackboneElement" || r.types == "Element" {
                self.add_type(r.path, Kind::Backbone, Some(r.types));
            }
        }
        // children of a backbone element stand between the elements of its parent
        let mut of_type: Vec<Vec<usize>> = vec![Vec::new(); self.d.types.len()];
        for (i, r) in rows.iter().enumerate() {
            let parent = &r.path[..r.path.len() - r.name.len() - 1];
            of_type[self.d.by_name[parent].0 as usize].push(i);
        }
        for ty in 0..self.d.types.len() {
            if !matches!(self.d.types[ty].kind, Kind::Primitive(_)) {
                self.elements(ty, &rows, &of_type);
            }
            self.index(ty);
        }
        self.d
    }

    fn add_type(&mut self, name: &'static str, kind: Kind, base: Option<&'static str>) {
        let id = TypeId(self.d.types.len() as u16);
        self.d.types.push(Type { name, kind, start: 0, end: 0, slots: 0, mask: 0, required: 0 });
        self.d.by_name.insert(name, id);
        self.bases.push(base);
    }

    fn elements(&mut self, ty: usize, rows: &[Row], of_type: &[Vec<usize>]) {
        let mut chain = vec![ty];
        let mut base = self.bases[ty];
        while let Some(name) = base {
            let b = self.d.by_name[name].0 as usize;
            chain.push(b);
            base = self.bases[b];
        }
        let start = self.d.elements.len();
        for (order, i) in chain.iter().rev().flat_map(|t| &of_type[*t]).enumerate() {
            self.element(&rows[*i], order as u16);
        }
        let required = self.d.elements[start..].iter().filter(|e| e.min > 0).fold(0, |bits, e| bits | 1u128 << e.order);
        let end = self.d.elements.len() as u32;
        let t = &mut self.d.types[ty];
        (t.start, t.end, t.required) = (start as u32, end, required);
    }

    fn element(&mut self, r: &Row, order: u16) {
        let binding = (!r.binding.is_empty()).then(|| self.d.value_sets.named_or_open(r.binding));
        let targets = self.target_list(r.targets);
        let simple = self.simple.contains(r.path);
        let short = r.name.strip_suffix("[x]");
        let choice = short.map(|_| {
            self.d.choices.push(Choice { base: r.name, options: Vec::new() });
            ChoiceId(self.d.choices.len() as u16 - 1)
        });
        for type_name in r.types.split('|') {
            let ty = self.d.by_name[match type_name {
                "BackboneElement" | "Element" => r.path,
                "System.String" if r.path == "Extension.url" => "uri",
                "System.String" => "string",
                other => other.strip_prefix('#').unwrap_or(other),
            }];
            let kind = self.d.kind(ty);
            let key = match short {
                Some(short) => self.compose(short, type_name),
                None => r.name,
            };
            // a resource's id, an element's id, an extension's url and XHTML have no extensions
            let bare = type_name.starts_with("System.") || type_name == "xhtml" || r.path == "Resource.id";
            let underscore = if matches!(kind, Kind::Primitive(_)) && !bare { self.compose("_", key) } else { "" };
            if let Some(choice) = choice {
                self.d.choices[choice.0 as usize].options.push(ChoiceOption { suffix: type_name, ty, key });
            }
            self.d.elements.push(ElementDef {
                key,
                underscore,
                base: r.name,
                min: r.min,
                max: r.max,
                ty,
                kind,
                choice,
                targets: if type_name == "Reference" { targets } else { &[] },
                binding,
                order,
                simple_quantity: simple && type_name == "Quantity",
            });
        }
    }

    /// A name that does not stand in the table, made once: `value` + `Quantity`, `_` + `onsetDateTime`.
    fn compose(&mut self, first: &str, second: &str) -> &'static str {
        let mut name = String::with_capacity(first.len() + second.len());
        name.push_str(first);
        let mut rest = second.chars();
        if first != "_" {
            name.extend(rest.next().map(|c| c.to_ascii_uppercase()));
        }
        name.push_str(rest.as_str());
        if let Some(known) = self.composed.get(name.as_str()) {
            return known;
        }
        let name: &'static str = name.leak();
        self.composed.insert(name);
        name
    }

    fn target_list(&mut self, text: &'static str) -> &'static [&'static str] {
        if text.is_empty() || text == "Resource" {
            return &[];
        }
        self.targets.entry(text).or_insert_with(|| text.split(',').collect::<Vec<_>>().leak())
    }

    /// The table that finds an element of the type by name.
    fn index(&mut self, ty: usize) {
        let t = &mut self.d.types[ty];
        let elements = &self.d.elements[t.start as usize..t.end as usize];
        let size = (elements.len() * 2).next_power_of_two().max(2);
        t.slots = self.d.slots.len() as u32;
        t.mask = size as u32 - 1;
        self.d.slots.resize(self.d.slots.len() + size, 0);
        for (i, e) in elements.iter().enumerate() {
            let mut at = hash(e.key);
            while self.d.slots[(t.slots + (at & t.mask)) as usize] != 0 {
                at = at.wrapping_add(1);
            }
            self.d.slots[(t.slots + (at & t.mask)) as usize] = i as u16 + 1;
        }
    }
}

/// A number from the ends of a name; cheap, and good enough for the few dozen names of one type.
#[inline]
pub(super) fn hash(key: &str) -> u32 {
    let b = key.as_bytes();
    let n = b.len();
    let mixed = if n >= 8 {
        let first = u64::from_le_bytes(b[..8].try_into().expect("eight bytes"));
        let last = u64::from_le_bytes(b[n - 8..].try_into().expect("eight bytes"));
        first ^ last.rotate_left(23)
    } else if n >= 4 {
        let first = u32::from_le_bytes(b[..4].try_into().expect("four bytes"));
        let last = u32::from_le_bytes(b[n - 4..].try_into().expect("four bytes"));
        u64::from(first) | u64::from(last) << 32
    } else if n > 0 {
        u64::from(b[0]) | u64::from(b[n / 2]) << 8 | u64::from(b[n - 1]) << 16
    } else {
        0
    };
    ((mixed ^ n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as u32
}

fn row(line: &'static str) -> Option<Row> {
    let mut fields = line.split('\t');
    let path = fields.next()?;
    let min = fields.next()?.parse().ok()?;
    let max = if fields.next()? == "*" { Max::Many } else { Max::One };
    let types = fields.next()?;
    let targets = fields.next().unwrap_or_default();
    let binding = fields.next().unwrap_or_default().trim_start_matches('!');
    let name = path.rsplit_once('.')?.1;
    Some(Row { path, name, min, max, types, targets, binding })
}

fn primitive(name: &str) -> Option<PrimitiveKind> {
    use PrimitiveKind::*;
    Some(match name {
        "base64Binary" => Base64Binary,
        "boolean" => Boolean,
        "canonical" => Canonical,
        "code" => Code,
        "date" => Date,
        "dateTime" => DateTime,
        "decimal" => Decimal,
        "id" => Id,
        "instant" => Instant,
        "integer" => Integer,
        "markdown" => Markdown,
        "oid" => Oid,
        "positiveInt" => PositiveInt,
        "string" => String,
        "time" => Time,
        "unsignedInt" => UnsignedInt,
        "uri" => Uri,
        "url" => Url,
        "uuid" => Uuid,
        "xhtml" => Xhtml,
        _ => return None,
    })
}
