//! The vital signs profiles of R4: an Observation with one of their codes must keep to the profile, claimed or not
//! (R4, Observation, *Vital Signs Profile*).
//!
//! What can be said truly is added (the code by which R4 knows the vital sign, the category). What R4 does not let stand
//! where it is (a number in a unit that the profile does not know, or in none) goes into a note, word for word, and the
//! value is marked as absent. A sign that R4 does not let stand at all, since its day is not known, is written as part of an
//! observation of vital signs at large.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::super::super::value::{Object, Value};
use super::super::Gate;
use super::vital_units::{Unit, into_one_of, is_in};
use super::{exists, exists_choice, is_option, remove};

const LOINC: &str = "http://loinc.org";
const SNOMED: &str = "http://snomed.info/sct";
const UCUM: &str = "http://unitsofmeasure.org";
const CATEGORY: &str = "http://terminology.hl7.org/CodeSystem/observation-category";
const ABSENT: &str = "http://terminology.hl7.org/CodeSystem/data-absent-reason";
/// Blood pressure is said in two components, never as one value.
const PRESSURE: &str = "85354-9";
const PRESSURES: [(&str, &str); 2] = [("8480-6", "Systolic blood pressure"), ("8462-4", "Diastolic blood pressure")];
/// May have the oxygen that was given as components.
const SATURATION: &str = "2708-6";
/// Its unit follows from its definition, and R4 knows it in no other way.
const BODY_MASS_INDEX: &str = "39156-5";
/// A panel has members instead of a value.
const PANEL: &str = "85353-1";

struct Vital {
    code: &'static str,
    name: &'static str,
    units: &'static str,
    /// what senders write for one of them, which means it beside this sign alone: `C=Cel`
    words: &'static str,
}

struct Vitals {
    /// the first is vital signs at large, which no code leads to
    all: Vec<Vital>,
    by_loinc: FxHashMap<&'static str, usize>,
    by_snomed: FxHashMap<&'static str, usize>,
}

static VITALS: LazyLock<Vitals> = LazyLock::new(|| {
    let mut v = Vitals { all: vec![], by_loinc: FxHashMap::default(), by_snomed: FxHashMap::default() };
    let table = include_str!("../../../../mappings/model/vital-signs.tsv");
    for line in table.lines().filter(|l| !l.starts_with('#')) {
        let c: Vec<&'static str> = line.split('\t').collect();
        let [code, name, units, loinc, snomed, words] = c[..] else { continue };
        let i = v.all.len();
        loinc.split(' ').filter(|c| !c.is_empty()).for_each(|c| _ = v.by_loinc.insert(c, i));
        snomed.split(' ').filter(|c| !c.is_empty()).for_each(|c| _ = v.by_snomed.insert(c, i));
        v.all.push(Vital { code, name, units, words });
    }
    v
});

/// Which vital sign an Observation is by its codes.
fn vital_of(o: &Object) -> Option<&'static Vital> {
    o.get("code")?.as_object()?.objects("coding").find_map(sign)
}

/// Which vital sign a coding names.
fn sign(coding: &Object) -> Option<&'static Vital> {
    let v = &*VITALS;
    let code = coding.str("code")?;
    let found = match coding.str("system")? {
        LOINC => v.by_loinc.get(code),
        SNOMED => v.by_snomed.get(code),
        _ => None,
    }?;
    Some(&v.all[*found])
}

/// Keeps an Observation to the profile of its vital sign. What R4 does not accept as one (no time of a known day, a body mass
/// index in another unit) is kept as part of an observation of vital signs at large.
pub(super) fn vital_signs(g: &mut Gate<'_>, o: &mut Object) {
    let Some(vital) = vital_of(o) else { return };
    if !timed(g, o) {
        g.changed(
            "vital-signs",
            "code",
            "R4 knows no vital sign without the day on which it was taken; it stands in a component, under the code of vital signs at large",
        );
        return at_large(o);
    }
    if vital.code == BODY_MASS_INDEX && !mass_index(g, o, vital) {
        g.changed(
            "vital-signs",
            "code",
            "R4 knows a body mass index only as a quantity in kg/m2; it stands in a component, under the code of vital signs at large",
        );
        return at_large(o);
    }
    categorise(o);
    coded(g, o, vital);
    if vital.code == PRESSURE {
        pressure(g, o, vital);
    } else if vital.code == SATURATION && exists(o, "component") {
        components(g, o, "% L/min", "");
    }
    survey_inch(g, o, vital.units);
    if !matches!(vital.code, PRESSURE | BODY_MASS_INDEX)
        && vital.units != "-"
        && !measured(g, o, vital.units, vital.words)
    {
        to_note(g, o, "the value is not in a unit that R4 allows for this vital sign; it was kept as a note");
    }
    let says = exists_choice(o, "value") || exists(o, "dataAbsentReason") || exists(o, "component");
    if !says && !exists(o, "hasMember") && vital.code != PANEL {
        o.set("dataAbsentReason", absent("unknown", "Unknown"));
    }
}

/// Makes of a sign that R4 would refuse an observation of vital signs at large, with the sign, its value and what belongs to
/// that in a component: nothing is lost, and the code says no more than R4 lets it.
fn at_large(o: &mut Object) {
    let words = o.get("code").and_then(Value::as_object).and_then(|c| {
        let shown = || c.objects("coding").find_map(|c| c.str("display"));
        c.str("text").or_else(shown).map(str::to_owned)
    });
    let mut code = Object::new();
    if exists_choice(o, "value") || exists(o, "dataAbsentReason") || !(exists(o, "component") || exists(o, "hasMember"))
    {
        let mut part = Object::new();
        let belongs = |k: &str| {
            matches!(k, "code" | "dataAbsentReason" | "interpretation" | "referenceRange") || is_option(k, "value")
        };
        let (of_part, own) = std::mem::take(&mut o.0).into_iter().partition(|(k, _)| belongs(k));
        (part.0, o.0) = (of_part, own);
        if !exists_choice(&part, "value") && !exists(&part, "dataAbsentReason") {
            part.set("dataAbsentReason", absent("unknown", "Unknown"));
        }
        let mut parts = vec![Value::from(part)];
        if let Some(Value::Array(others)) = o.remove("component") {
            parts.extend(others);
        }
        o.set("component", Value::Array(parts));
    } else if let Some(Value::Object(c)) = o.remove("code") {
        // a panel, or a pressure in its halves: R4 takes its own codes for a claim to its profiles
        let others = c.objects("coding").filter(|c| sign(c).is_none()).cloned().map(Value::from);
        others.for_each(|c| code.push("coding", c));
    }
    let at_large = &VITALS.all[0];
    code.push("coding", coding(LOINC, at_large.code, at_large.name));
    o.set("code", code.with_str("text", words.as_deref()).into());
    if let Some(Value::Object(meta)) = o.get_mut("meta") {
        meta.remove("profile");
        if meta.0.is_empty() {
            o.remove("meta");
        }
    }
    categorise(o);
}

/// A point in time of a known day (vs-1); of a period its beginning.
fn timed(g: &mut Gate<'_>, o: &mut Object) -> bool {
    if let Some(Value::Object(period)) = o.get("effectivePeriod") {
        let start = period.str("start").map(str::to_owned);
        let end = period.str("end").map(str::to_owned);
        if let Some(start) = start.filter(|s| s.len() >= 10) {
            if end.as_ref().is_some_and(|e| *e != start) {
                g.changed("vital-signs", "effective[x]", "a vital sign is taken at one time; the beginning was kept");
            }
            remove(o, "effectivePeriod");
            o.set("effectiveDateTime", Value::string(start));
        }
    }
    o.str("effectiveDateTime").is_some_and(|t| t.len() >= 10)
}

fn categorise(o: &mut Object) {
    let has = o.objects("category").any(|c| {
        c.objects("coding").any(|c| c.str("system") == Some(CATEGORY) && c.str("code") == Some("vital-signs"))
    });
    if !has {
        o.push("category", concept(CATEGORY, "vital-signs", "Vital Signs"));
    }
}

/// The code by which R4 knows the vital sign stands beside the more special one of the source.
fn coded(g: &mut Gate<'_>, o: &mut Object, vital: &Vital) {
    let Some(Value::Object(code)) = o.get_mut("code") else { return };
    let has = code.objects("coding").any(|c| c.str("system") == Some(LOINC) && c.str("code") == Some(vital.code));
    if !has {
        code.push("coding", coding(LOINC, vital.code, vital.name));
        g.changed("vital-signs", "code", "the code by which R4 knows this vital sign was added");
    }
}

/// Whether the value is in one of the units, into which it is brought where that is exact.
fn measured(g: &mut Gate<'_>, o: &mut Object, units: &str, words: &str) -> bool {
    match in_unit(g, o, units, words) {
        Ok(words) => {
            if let Some(words) = words {
                o.push("note", Object::new().with_str("text", words.as_str()).into());
            }
            true
        }
        Err(()) => false,
    }
}

/// Brings a value into one of the units where that is exact; the words of the source where its number was changed.
fn in_unit(g: &mut Gate<'_>, o: &mut Object, units: &str, meant: &str) -> Result<Option<String>, ()> {
    // nearly always: what nothing has to be done about is not put into words
    if o.get("valueQuantity").and_then(Value::as_object).is_some_and(|q| is_in(q, units)) {
        return Ok(None);
    }
    let before = value(o).map(words).unwrap_or_default();
    match into_one_of(o, units, meant) {
        Unit::Known => Ok(None),
        Unit::Recoded => {
            g.changed("vital-signs", "value[x].code", "the unit is written in the form that R4 knows");
            Ok(None)
        }
        Unit::Converted => {
            let why = "the value is written in a unit that R4 knows, of which the other is an exact multiple; a note has the words of the source";
            g.changed("vital-signs", "value[x]", why);
            Ok(Some(before))
        }
        Unit::Unfit => Err(()),
    }
}

/// The US survey inch is longer than the inch that R4 knows by two millionths, less than any digit of a height says: the
/// number stands for either. The unit in words stays the source's.
fn survey_inch(g: &mut Gate<'_>, o: &mut Object, units: &str) {
    if let Some(Value::Object(q)) = o.get_mut("valueQuantity")
        && q.str("system") == Some(UCUM)
        && q.str("code") == Some("[in_us]")
        && units.split(' ').any(|u| u == "[in_i]")
    {
        q.set("code", Value::string("[in_i]"));
        g.changed(
            "vital-signs",
            "value[x].code",
            "a survey inch is written as the inch that R4 knows, the same in all digits",
        );
    }
}

/// A body mass index is kilograms by square metres by definition: a number without unit, or with the unit 1, which CDA
/// takes for none, is in that unit.
fn mass_index(g: &mut Gate<'_>, o: &mut Object, vital: &Vital) -> bool {
    if let Some(Value::Object(q)) = o.get_mut("valueQuantity")
        && exists(q, "value")
        && !exists(q, "unit")
        && matches!(q.str("code"), None | Some("1"))
    {
        q.set("unit", Value::string("kg/m2"));
        q.set("system", Value::string(UCUM));
        q.set("code", Value::string("kg/m2"));
        g.changed("vital-signs", "value[x].unit", "the unit of a body mass index follows from its definition");
    }
    measured(g, o, vital.units, vital.words) && exists(o, "valueQuantity")
}

/// A pressure has two components and no value of its own.
fn pressure(g: &mut Gate<'_>, o: &mut Object, vital: &Vital) {
    if exists_choice(o, "value") {
        to_note(g, o, "R4 wants a blood pressure as two components; what could not be parted was kept as a note");
        remove(o, "dataAbsentReason");
    }
    for (loinc, name) in PRESSURES {
        let at = |c: &Object| {
            c.get("code").and_then(Value::as_object).is_some_and(|c| {
                c.objects("coding").any(|c| c.str("system") == Some(LOINC) && c.str("code") == Some(loinc))
            })
        };
        if !o.objects("component").any(at) {
            let component = Object::new()
                .with("code", concept(LOINC, loinc, name))
                .with("dataAbsentReason", absent("unknown", "Unknown"));
            o.push("component", component.into());
        }
    }
    components(g, o, vital.units, vital.words);
}

/// Components whose value is not in one of the units say so in a note.
fn components(g: &mut Gate<'_>, o: &mut Object, units: &str, meant: &str) {
    let Some(Value::Array(components)) = o.get_mut("component") else { return };
    let mut notes = Vec::new();
    for c in components.iter_mut() {
        let Value::Object(c) = c else { continue };
        match in_unit(g, c, units, meant) {
            Ok(words) => notes.extend(words),
            Err(()) => {
                let why = "a component is in a unit that R4 does not allow; it was kept as a note";
                g.changed("vital-signs", "component.value[x]", why);
                notes.extend(take_value(c));
                c.set("dataAbsentReason", absent("unsupported", "Unsupported"));
            }
        }
    }
    for text in notes {
        o.push("note", Object::new().with_str("text", text.as_str()).into());
    }
}

/// Moves a value into a note, word for word.
fn to_note(g: &mut Gate<'_>, o: &mut Object, why: &'static str) {
    if let Some(text) = take_value(o) {
        o.push("note", Object::new().with_str("text", text.as_str()).into());
        g.changed("vital-signs", "value[x]", why);
    }
    o.set("dataAbsentReason", absent("unsupported", "Unsupported"));
}

fn value(o: &Object) -> Option<&Value> {
    o.0.iter().find(|(k, _)| is_option(k, "value")).map(|(_, v)| v)
}

/// Takes the value out and says it in words.
fn take_value(o: &mut Object) -> Option<String> {
    let at = o.0.iter().position(|(k, _)| is_option(k, "value"))?;
    Some(words(&o.0.remove(at).1)).filter(|w| !w.is_empty())
}

fn words(v: &Value) -> String {
    match v {
        Value::String(s) | Value::Number(s) => s.to_string(),
        Value::Bool(b) => b.to_string(),
        Value::Array(a) => a.iter().map(words).collect::<Vec<_>>().join(" "),
        Value::Object(o) => {
            let quantity = ["comparator", "value", "unit"].iter().filter_map(|k| o.get(k)).map(words);
            let mut parts: Vec<String> = quantity.collect();
            if parts.is_empty() {
                if let (Some(n), Some(d)) = (o.get("numerator"), o.get("denominator")) {
                    return format!("{} / {}", words(n), words(d));
                }
                if let (Some(l), Some(h)) = (o.get("low"), o.get("high")) {
                    return format!("{} - {}", words(l), words(h));
                }
                parts.extend(o.get("text").map(words));
                if parts.is_empty() {
                    parts.extend(
                        o.objects("coding").filter_map(|c| c.str("display").or(c.str("code"))).map(str::to_owned),
                    );
                }
            }
            parts.join(" ")
        }
        _ => String::new(),
    }
}

fn coding(system: &str, code: &str, display: &str) -> Value {
    Object::new().with_str("system", system).with_str("code", code).with_str("display", display).into()
}

fn concept(system: &str, code: &str, display: &str) -> Value {
    Object::new().with("coding", Value::Array(vec![coding(system, code, display)])).into()
}

fn absent(code: &str, display: &str) -> Value {
    concept(ABSENT, code, display)
}
