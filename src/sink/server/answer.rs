//! What a server says: which entry it means, and why it refuses. Nothing of the patient stands in what is shown.

use rustc_hash::FxHashSet;
use serde_json::Value;

use crate::fhir::bundle::{Bundle, encode, token};
use crate::fhir::value::{Object, Value as Fhir};

/// As many issues of a refusal are shown.
const SHOWN: usize = 3;
/// Words shorter than this say nothing of anybody, and would blank half of a message.
const SHORT: usize = 3;

/// The issues of an OperationOutcome that are errors, in words; empty for anything else.
fn issues(outcome: &Value) -> Vec<(&Value, String)> {
    let list = outcome["issue"].as_array().map_or(&[][..], Vec::as_slice);
    list.iter()
        .filter(|i| !matches!(i["severity"].as_str(), Some("information" | "warning")))
        .map(|i| {
            let words = [&i["diagnostics"], &i["details"]["text"], &i["details"]["coding"][0]["display"], &i["code"]];
            (i, words.iter().find_map(|w| w.as_str()).unwrap_or("no reason given").to_owned())
        })
        .collect()
}

/// What it says where no bundle was sent: `: the words`, or nothing.
pub fn plain(outcome: &Value) -> String {
    issues(outcome).first().map_or_else(String::new, |(_, words)| format!(": {words}"))
}

/// Why a transaction was refused: the entries as `Condition/id`, and the server's words with what is the patient's blanked.
pub fn refusal(outcome: &Value, bundle: &Bundle, sent: &[usize]) -> String {
    let private = private(bundle);
    let all = issues(outcome);
    let shown: Vec<String> = all
        .iter()
        .take(SHOWN)
        .map(|(issue, words)| {
            let place = ["expression", "location"]
                .iter()
                .flat_map(|k| issue[k].as_array().map_or(&[][..], Vec::as_slice))
                .filter_map(Value::as_str)
                .chain([words.as_str()])
                .find_map(entry_index)
                .and_then(|i| sent.get(i))
                .map(|i| &bundle.entries[*i])
                .map_or_else(String::new, |e| format!("{}/{}: ", e.resource_type, e.id));
            format!("{place}{}", blanked(words, &private))
        })
        .collect();
    let rest = match all.len().saturating_sub(SHOWN) {
        0 => String::new(),
        n => format!("; {n} more"),
    };
    match shown.is_empty() {
        true => "it gives no reason".into(),
        false => format!("{}{rest}", shown.join("; ")),
    }
}

/// The number in `Bundle.entry[12]`.
fn entry_index(text: &str) -> Option<usize> {
    let rest = &text[text.find("entry[")? + "entry[".len()..];
    rest[..rest.find(']')?].parse().ok()
}

/// What stands in the bundle about people, and every identifier.
fn private(bundle: &Bundle) -> Vec<String> {
    let mut found = FxHashSet::default();
    for e in &bundle.entries {
        let person = matches!(e.resource_type, "Patient" | "RelatedPerson");
        collect(&e.resource, person, &mut found);
    }
    let mut found: Vec<String> = found.into_iter().collect();
    // the longest first: a part of it must not be blanked before the whole
    found.sort_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
    found
}

fn collect(o: &Object, person: bool, found: &mut FxHashSet<String>) {
    for (key, value) in &o.0 {
        // codes, addresses of systems and the ids of resources are what a reader needs
        let of_person = person
            && matches!(
                *key,
                "value"
                    | "family"
                    | "given"
                    | "text"
                    | "line"
                    | "city"
                    | "postalCode"
                    | "birthDate"
                    | "deceasedDateTime"
            );
        let person = person || *key == "identifier" || *key == "masterIdentifier";
        for v in value.items() {
            match v {
                Fhir::String(s) if (of_person || (person && *key == "value")) && s.len() >= SHORT => {
                    found.insert(s.to_string());
                }
                Fhir::Object(o) => collect(o, person, found),
                _ => {}
            }
        }
    }
}

/// The words with each of the values replaced, as they are and as they stand in a query.
fn blanked(words: &str, private: &[String]) -> String {
    let mut out = words.to_owned();
    for value in private {
        for form in [value.clone(), encode(value), encode(&token("", value)[1..])] {
            if out.contains(&form) {
                out = out.replace(&form, "…");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fhir::bundle::{BundleKind, Entry, WriteMode};
    use crate::fhir::read;
    use serde_json::json;
    use uuid::Uuid;

    fn bundle() -> Bundle {
        let entry = |n: u128, ty: &'static str, body: &str| {
            let id = Uuid::from_u128(n);
            let json = format!(r#"{{"resourceType":"{ty}","id":"{id}",{body}}}"#);
            let resource = read::resource(json.as_bytes()).expect("a resource").resource;
            Entry { id, resource_type: ty, resource, condition: None }
        };
        let entries = vec![
            entry(1, "Patient", r#""identifier":[{"system":"urn:a","value":"99|1"}],"name":[{"family":"Sample"}]"#),
            entry(2, "Condition", r#""identifier":[{"system":"urn:b","value":"77-c"}],"code":{"text":"asthma"}"#),
        ];
        Bundle { kind: BundleKind::Transaction, write: WriteMode::Put, identifier: None, timestamp: None, entries }
    }

    #[test]
    fn a_refusal_names_the_entry_and_nobody() {
        let outcome = json!({"issue": [
            {"severity": "warning", "diagnostics": "not this"},
            {"severity": "error", "diagnostics": "no match for Patient?identifier=urn:a|99%5C%7C1 of Sample, 77-c", "expression": ["Bundle.entry[0].resource"]},
        ]});
        // the first entry was left out: what was sent first is the second
        let text = refusal(&outcome, &bundle(), &[1]);
        assert_eq!(
            text,
            "Condition/00000000-0000-0000-0000-000000000002: no match for Patient?identifier=urn:a|… of …, …"
        );
        assert_eq!(refusal(&Value::Null, &bundle(), &[]), "it gives no reason");
    }

    #[test]
    fn no_more_than_three_reasons() {
        let issue = |n: u32| json!({"severity": "error", "details": {"text": format!("reason {n}")}});
        let outcome = json!({"issue": [issue(1), issue(2), issue(3), issue(4), issue(5)]});
        assert_eq!(refusal(&outcome, &bundle(), &[]), "reason 1; reason 2; reason 3; 2 more");
    }
}
