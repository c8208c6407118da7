//! Invariants of clinical resources.

use super::super::super::value::{Object, Value};
use super::super::{Fate, Gate};
use super::{Rule, exists, exists_choice, has_code, remove, remove_choice};

pub(super) const RULES: &[(&str, Rule)] = &[
    ("AllergyIntolerance", allergy),
    ("CarePlan.activity", activity),
    ("Composition.section", section),
    ("Condition", condition),
    ("Condition.evidence", evidence),
    ("Condition.stage", stage),
    ("FamilyMemberHistory", family),
    ("Goal.target", target),
    ("Immunization.education", education),
    ("ImmunizationRecommendation.recommendation", recommendation),
    ("List", list),
    ("Medication", medication),
    ("MedicationAdministration.dosage", dosage),
    ("MedicationDispense", super::periods::dispense),
    ("Observation", observation),
    ("Observation.referenceRange", reference_range),
    ("QuestionnaireResponse.item", answer),
    ("RequestGroup.action", action),
    ("RiskAssessment.prediction", prediction),
    ("ServiceRequest", service_request),
];

const ALLERGY_VERIFICATION: &str = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification";
const CONDITION_CLINICAL: &str = "http://terminology.hl7.org/CodeSystem/condition-clinical";
const CONDITION_VERIFICATION: &str = "http://terminology.hl7.org/CodeSystem/condition-ver-status";

fn allergy(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    let in_error = has_code(o, "verificationStatus", ALLERGY_VERIFICATION, &["entered-in-error"]);
    match (exists(o, "clinicalStatus"), in_error) {
        (true, true) => g.without(o, "clinicalStatus", "ait-2", "not for what was entered in error; it was left out"),
        (false, false) => {
            g.unknown(o, "AllergyIntolerance", "clinicalStatus", "ait-1", "missing; it was marked as unknown");
        }
        _ => {}
    }
    Fate::Keep
}

fn condition(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    if exists(o, "clinicalStatus") && has_code(o, "verificationStatus", CONDITION_VERIFICATION, &["entered-in-error"]) {
        g.without(o, "clinicalStatus", "con-5", "not for what was entered in error; it was left out");
    }
    if exists_choice(o, "abatement")
        && !has_code(o, "clinicalStatus", CONDITION_CLINICAL, &["resolved", "remission", "inactive"])
    {
        g.removed("con-4", "abatement", "the clinical status does not say that it ended; the abatement was left out");
        remove_choice(o, "abatement");
    }
    Fate::Keep
}

fn stage(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    if !exists(o, "summary") && !exists(o, "assessment") {
        return g.dropped("con-1", "neither summary nor assessment; the stage was left out");
    }
    Fate::Keep
}

fn evidence(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    if !exists(o, "code") && !exists(o, "detail") {
        return g.dropped("con-2", "neither code nor detail; the evidence was left out");
    }
    Fate::Keep
}

fn observation(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    super::vital_signs::vital_signs(g, o);
    if exists_choice(o, "value") {
        if exists(o, "dataAbsentReason") {
            g.without(o, "dataAbsentReason", "obs-6", "there is a value; the reason for its absence was left out");
        }
        if o.get("component").is_some() {
            repeated_value(g, o);
        }
    }
    Fate::Keep
}

/// obs-7: the value must not stand both here and in a component of the same code. A component that says the same goes;
/// otherwise the value here goes, because the component's may be one of several.
fn repeated_value(g: &mut Gate<'_>, o: &mut Object) {
    let codings: Vec<&Object> =
        o.get("code").and_then(Value::as_object).map(|c| c.objects("coding").collect()).unwrap_or_default();
    let same_code = |component: &Object| {
        let code = component.get("code").and_then(Value::as_object);
        code.is_some_and(|c| c.objects("coding").any(|c| codings.contains(&c)))
    };
    let value = o.0.iter().find(|(k, _)| super::is_option(k, "value"));
    let same_value = |component: &Object| value.is_some_and(|v| component.0.contains(v));
    let repeated: Vec<bool> = o.objects("component").map(same_code).collect();
    if !repeated.contains(&true) {
        return;
    }
    let equal: Vec<bool> = o.objects("component").map(same_value).collect();
    let all_equal = repeated.iter().zip(&equal).all(|(r, e)| !r || *e);
    if all_equal {
        g.changed("obs-7", "component", "says the same as the value of the observation; it was left out");
        remove_items(o, "component", &repeated);
    } else {
        g.removed("obs-7", "value", "a component with the same code has another value; this one was left out");
        remove_choice(o, "value");
    }
}

/// No invariant of R4: senders write the drug where its vehicle belongs, and as its own inactive ingredient it would not work.
fn medication(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    let codings: Vec<(&str, &str)> = o.objects("code").flat_map(coded).collect();
    let itself = |i: &Object| {
        i.get("isActive") == Some(&Value::Bool(false))
            && i.objects("itemCodeableConcept").flat_map(coded).any(|c| codings.contains(&c))
    };
    let which: Vec<bool> = o.objects("ingredient").map(itself).collect();
    if !which.contains(&true) {
        return Fate::Keep;
    }
    g.removed(
        "ingredient-is-product",
        "ingredient",
        "the product itself, as an ingredient that does not act; it was left out",
    );
    remove_items(o, "ingredient", &which);
    Fate::Keep
}

/// Takes items out of a list, those that `which` says by their place; the list itself when none is left.
fn remove_items(o: &mut Object, list: &'static str, which: &[bool]) {
    if let Some(Value::Array(items)) = o.get_mut(list) {
        let mut at = which.iter();
        items.retain(|_| !at.next().is_some_and(|goes| *goes));
        if items.is_empty() {
            remove(o, list);
        }
    }
}

/// System and code of each coding of a concept that has both.
fn coded(concept: &Object) -> impl Iterator<Item = (&str, &str)> {
    concept.objects("coding").filter_map(|c| Some((c.str("system")?, c.str("code")?)))
}

fn reference_range(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    if !exists(o, "low") && !exists(o, "high") && !exists(o, "text") {
        return g.dropped("obs-3", "neither low, high nor text; the reference range was left out");
    }
    Fate::Keep
}

fn section(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    if exists(o, "emptyReason") && exists(o, "entry") {
        g.without(o, "emptyReason", "cmp-2", "the section has entries; the reason for having none was left out");
    }
    if !exists(o, "text") && !exists(o, "entry") && !exists(o, "section") {
        return g.dropped("cmp-1", "a section without text, entries and sections; it was left out");
    }
    Fate::Keep
}

fn activity(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    if exists(o, "detail") && exists(o, "reference") {
        g.without(o, "detail", "cpl-3", "either detail or reference is allowed; the reference was kept");
    }
    Fate::Keep
}

fn family(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    if exists_choice(o, "age") && exists_choice(o, "born") {
        g.removed("fhs-1", "age", "either age or birth is allowed; the birth was kept");
        remove_choice(o, "age");
    }
    if exists(o, "estimatedAge") && !exists_choice(o, "age") {
        g.without(o, "estimatedAge", "fhs-2", "there is no age; it was left out");
    }
    Fate::Keep
}

fn target(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    if exists_choice(o, "detail") && !exists(o, "measure") {
        g.unknown(
            o,
            "Goal.target",
            "measure",
            "gol-1",
            "a target value without what is measured; that was marked as unknown",
        );
    }
    Fate::Keep
}

fn education(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    if !exists(o, "documentType") && !exists(o, "reference") {
        return g.dropped("imm-1", "neither type of document nor reference; it was left out");
    }
    Fate::Keep
}

fn recommendation(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    if !exists(o, "vaccineCode") && !exists(o, "targetDisease") {
        let ty = "ImmunizationRecommendation.recommendation";
        g.unknown(o, ty, "vaccineCode", "imr-1", "neither vaccine nor disease; the vaccine was marked as unknown");
    }
    Fate::Keep
}

fn list(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    if exists(o, "emptyReason") && exists(o, "entry") {
        g.without(o, "emptyReason", "lst-1", "the list has entries; the reason for having none was left out");
    }
    let (changes, working) = (o.str("mode") == Some("changes"), o.str("mode") == Some("working"));
    let Some(Value::Array(entries)) = o.get_mut("entry") else { return Fate::Keep };
    for (i, entry) in entries.iter_mut().enumerate() {
        let Value::Object(entry) = entry else { continue };
        for (key, code, allowed) in [("deleted", "lst-2", changes), ("date", "lst-3", working)] {
            if !allowed && exists(entry, key) {
                g.path.push("entry", Some(i));
                g.without(entry, key, code, "not for a list of this mode; it was left out");
                g.path.pop();
            }
        }
    }
    Fate::Keep
}

fn dosage(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    if !exists(o, "dose") && !exists_choice(o, "rate") {
        let ty = "MedicationAdministration.dosage";
        g.unknown(o, ty, "dose", "mad-1", "neither dose nor rate; the dose was marked as unknown");
    }
    Fate::Keep
}

fn answer(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    if exists(o, "answer") && exists(o, "item") {
        g.without(
            o,
            "item",
            "qrs-1",
            "items belong to the question or to its answer; those of the question were left out",
        );
    }
    Fate::Keep
}

fn action(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    match (exists(o, "resource"), exists(o, "action")) {
        (true, true) => g.without(o, "action", "rqg-1", "either a resource or actions; the resource was kept"),
        (false, false) => return g.dropped("rqg-1", "neither a resource nor actions; it was left out"),
        _ => {}
    }
    Fate::Keep
}

fn prediction(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    if let Some(Value::Number(n)) = o.get("probabilityDecimal")
        && n.parse::<f64>().is_ok_and(|n| n > 100.0)
    {
        g.without(o, "probabilityDecimal", "ras-2", "a probability above 100; it was left out");
    }
    let percent = |q: &Object| q.str("code") == Some("%") && q.str("system") == Some("http://unitsofmeasure.org");
    if let Some(Value::Object(range)) = o.get("probabilityRange")
        && ["low", "high"].iter().any(|k| range.get(k).and_then(Value::as_object).is_some_and(|q| !percent(q)))
    {
        g.without(o, "probabilityRange", "ras-1", "a range of probability is in percent; it was left out");
    }
    Fate::Keep
}

fn service_request(g: &mut Gate<'_>, o: &mut Object) -> Fate {
    if exists(o, "orderDetail") && !exists(o, "code") {
        g.unknown(
            o,
            "ServiceRequest",
            "code",
            "prr-1",
            "details of an order without its code; that was marked as unknown",
        );
    }
    Fate::Keep
}
