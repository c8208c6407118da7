//! Values and paths in words that a clinician can read.

use crate::fhir::json::base64;
use crate::fhir::value::{Object, Value};

/// Characters of a value that are shown.
const LONG: usize = 220;

/// Says what a reference leads to.
pub type Labels<'l> = dyn Fn(&str) -> Option<String> + 'l;

/// A value in a line.
pub fn value(value: &Value, labels: &Labels<'_>) -> String {
    let mut out = String::new();
    write(value, labels, &mut out);
    if out.chars().count() > LONG {
        out = out.chars().take(LONG).collect();
        out.push('…');
    }
    out
}

fn write(value: &Value, labels: &Labels<'_>, out: &mut String) {
    match value {
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Number(n) => out.push_str(n),
        Value::String(s) if s.starts_with("urn:uuid:") => match labels(s) {
            Some(label) => out.push_str(&label),
            None => out.push_str(s),
        },
        Value::String(s) => out.push_str(s),
        Value::Data(data) => out.push_str(&base64(data)),
        Value::Null | Value::Link(_) => {}
        Value::Array(items) => list(items.iter().filter(|v| **v != Value::Null), "; ", labels, out),
        Value::Object(o) => object(o, labels, out),
    }
}

fn list<'v>(items: impl Iterator<Item = &'v Value>, between: &str, labels: &Labels<'_>, out: &mut String) {
    for (i, v) in items.enumerate() {
        if i > 0 {
            out.push_str(between);
        }
        write(v, labels, out);
    }
}

fn object(o: &Object, labels: &Labels<'_>, out: &mut String) {
    let has = |key: &str| o.get(key).is_some();
    let text = |key: &str| o.str(key).unwrap_or_default();
    let mut words: Vec<String> = Vec::new();
    let part = |key: &str| o.get(key).map(|v| self::value(v, labels)).unwrap_or_default();
    if has("coding") {
        let codes = part("coding");
        words.push(if has("text") { format!("“{}” = {codes}", text("text")) } else { codes });
    } else if has("code")
        && !has("value")
        && o.str("code").is_some()
        && only(o, &["system", "code", "display", "version", "userSelected"])
    {
        let system = text("system").rsplit(['/', ':']).next().unwrap_or_default();
        let code = [system, text("code")].join(" ");
        words.push(if has("display") { format!("{} ({})", text("display"), code.trim()) } else { code.trim().into() });
    } else if matches!(o.get("value"), Some(Value::Number(_))) {
        let unit = o.str("unit").or_else(|| o.str("code")).unwrap_or_default();
        words.push([text("comparator"), &part("value"), " ", unit].concat().trim().to_owned());
        // the unit that is read and the one that machines read must be seen when they differ
        if has("unit") && has("code") && text("unit") != text("code") {
            words.push(format!("(code {})", text("code")));
        }
    } else if only(o, &["start", "end"]) {
        words.push(format!("{} to {}", or_open(text("start")), or_open(text("end"))));
    } else if has("reference") {
        words.push(part("reference"));
    } else if has("family") || has("given") {
        words.extend(["prefix", "given", "family", "suffix"].map(part).into_iter().filter(|s| !s.is_empty()));
        words = words.iter().map(|w| w.replace("; ", " ")).collect();
    } else if has("system") && has("value") {
        words.push(format!("{} ({})", text("value"), text("system")));
    } else if o.0.len() == 1 && has("text") {
        words.push(text("text").to_owned());
    } else {
        let members = o.0.iter().filter(|(k, _)| !matches!(*k, "resourceType" | "id" | "meta"));
        let each = members.map(|(k, v)| format!("{}: {}", word(k), self::value(v, labels)));
        words.push(each.collect::<Vec<_>>().join(", "));
    }
    out.push_str(&words.join(" "));
}

fn only(o: &Object, keys: &[&str]) -> bool {
    !o.0.is_empty() && o.0.iter().all(|(k, _)| keys.contains(k))
}

fn or_open(time: &str) -> &str {
    if time.is_empty() { "…" } else { time }
}

/// What a resource is about, in a few words: its concept, else its type.
pub fn label(ty: &str, resource: &Object, labels: &Labels<'_>) -> String {
    const KEYS: [&str; 9] = [
        "code",
        "medicationCodeableConcept",
        "medicationReference",
        "vaccineCode",
        "name",
        "title",
        "type",
        "class",
        "description",
    ];
    let concept = KEYS.iter().find_map(|k| resource.get(k)).and_then(|v| v.items().first()).map(|v| match v {
        Value::Object(o) => match o.str("text").or_else(|| display(o)) {
            Some(words) => words.to_owned(),
            None => value(v, labels),
        },
        other => value(other, labels),
    });
    match concept.filter(|c| !c.is_empty()) {
        Some(concept) => format!("{}: {}", type_words(ty), shorter(&concept)),
        None => type_words(ty),
    }
}

fn display(concept: &Object) -> Option<&str> {
    let coding = concept.get("coding").map_or(&[][..], Value::items);
    coding.iter().filter_map(Value::as_object).find_map(|c| c.str("display")).or_else(|| concept.str("display"))
}

fn shorter(text: &str) -> String {
    const MOST: usize = 80;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST).chain(['…']).collect()
}

/// A resource type as clinicians say it.
pub fn type_words(ty: &str) -> String {
    match ty {
        "AllergyIntolerance" => "Allergy or intolerance".into(),
        "Condition" => "Problem".into(),
        "Observation" => "Observation or result".into(),
        _ => {
            let words = word(ty);
            let mut chars = words.chars();
            chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
        }
    }
}

/// An element as words: `dosageInstruction.doseAndRate` → `dosage instruction › dose and rate`.
pub fn path_words(path: &str) -> String {
    crate::trace::steps(path).map(word).collect::<Vec<_>>().join(" › ")
}

/// `doseAndRate` → `dose and rate`.
fn word(name: &str) -> String {
    if name.starts_with("extension(") {
        return name.trim_start_matches("extension(").trim_end_matches(')').replace('-', " ");
    }
    let mut out = String::new();
    for c in name.trim_end_matches("[x]").chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push(' ');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fhir::read;

    fn shown(element: &str, json: &str) -> String {
        let resource = format!(r#"{{"resourceType":"Observation",{json}}}"#);
        let o = read::resource(resource.as_bytes()).unwrap().resource;
        value(o.get(element).unwrap(), &|u| (u == "urn:uuid:a").then(|| "Patient: Minim".into()))
    }

    #[test]
    fn values_as_one_would_say_them() {
        let code = r#""code":{"coding":[{"system":"http://loinc.org","code":"1-8","display":"Glucose"}],"text":"Glu"}"#;
        assert_eq!(shown("code", code), "“Glu” = Glucose (loinc.org 1-8)");
        assert_eq!(
            shown("valueQuantity", r#""valueQuantity":{"value":1.50,"unit":"mg","system":"u","code":"mg"}"#),
            "1.50 mg"
        );
        assert_eq!(shown("valueQuantity", r#""valueQuantity":{"value":5,"unit":"g","code":"mg"}"#), "5 g (code mg)");
        assert_eq!(shown("subject", r#""subject":{"reference":"urn:uuid:a"}"#), "Patient: Minim");
        assert_eq!(shown("effectivePeriod", r#""effectivePeriod":{"start":"2020"}"#), "2020 to …");
        assert_eq!(shown("note", r#""note":[{"text":"a"},{"text":"b"}]"#), "a; b");
    }

    #[test]
    fn names_as_words() {
        assert_eq!(
            path_words("dosageInstruction.doseAndRate.doseQuantity"),
            "dosage instruction › dose and rate › dose quantity"
        );
        assert_eq!(path_words("value[x].extension(us-core-race)"), "value › us core race");
        assert_eq!(type_words("MedicationRequest"), "Medication request");
    }
}
