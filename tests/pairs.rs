//! The published examples of C-CDA on FHIR (corrected where the guide errs): what they expect is in what we make.
//! Reads the reference folder named by GRANULE_SHARED; skipped without it.

mod common;

use common::*;
use serde_json::Value;

/// A pair: the example, the type of its main resource, how its fragment becomes a document.
struct Pair {
    name: &'static str,
    ty: &'static str,
    place: Place,
    /// paths whose difference is meant, with the reason
    allowed: &'static [(&'static str, &'static str)],
}

enum Place {
    /// an entry of the section of this code
    Entry(&'static str),
    /// vital signs whose times the example left out; R4 wants one, so they get one
    Timeless,
    /// the record target
    RecordTarget,
    /// an organisation: of the author
    Organization,
    /// what follows the custodian in the header
    Header,
}

const PAIRS: &[Pair] = &[
    Pair { name: "CF-allergies.allergy", ty: "AllergyIntolerance", place: Place::Entry("48765-2"), allowed: &[] },
    Pair { name: "CF-problems.problem", ty: "Condition", place: Place::Entry("11450-4"), allowed: &[] },
    Pair { name: "CF-problems.problem-sdoh", ty: "Condition", place: Place::Entry("11450-4"), allowed: &[] },
    Pair {
        name: "CF-medications.medication",
        ty: "MedicationRequest",
        place: Place::Entry("10160-0"),
        allowed: &[(
            "contained[0].manufacturer.display",
            "the manufacturer is an Organization of its own, not a display text",
        )],
    },
    Pair {
        name: "CF-results.result",
        ty: "DiagnosticReport",
        place: Place::Entry("30954-2"),
        allowed: &[
            ("contained[0].valueQuantity.unit", "the unit 1 of a plain number is no text that anyone reads"),
            ("contained[0].referenceRange[0].low.unit", "the unit 1 of a plain number is no text that anyone reads"),
            ("contained[0].referenceRange[0].high.unit", "the unit 1 of a plain number is no text that anyone reads"),
        ],
    },
    Pair { name: "CF-vitals.vitals-panel", ty: "Observation", place: Place::Entry("8716-3"), allowed: &[] },
    Pair {
        name: "CF-vitals.vitals-bp",
        ty: "Observation",
        place: Place::Timeless,
        allowed: &[
            ("component[0].valueQuantity.unit", "unit is free text; we write the UCUM code"),
            ("component[1].valueQuantity.unit", "unit is free text; we write the UCUM code"),
        ],
    },
    Pair {
        name: "CF-vitals.vitals-pulseox",
        ty: "Observation",
        place: Place::Timeless,
        allowed: &[
            ("component[0].valueQuantity.unit", "unit is free text; we write the UCUM code"),
            ("component[0].code.coding[0].display", "the display is that of the source"),
        ],
    },
    Pair { name: "CF-encounters.encounter", ty: "Encounter", place: Place::Entry("46240-8"), allowed: &[] },
    Pair { name: "CF-encounters.encompassingencounter", ty: "Encounter", place: Place::Header, allowed: &[] },
    Pair {
        name: "CF-immunizations.immunization",
        ty: "Immunization",
        place: Place::Entry("11369-6"),
        allowed: &[("manufacturer.display", "the manufacturer is an Organization of its own, not a display text")],
    },
    Pair {
        name: "CF-immunizations.immunization-refused",
        ty: "Immunization",
        place: Place::Entry("11369-6"),
        allowed: &[],
    },
    Pair {
        name: "CF-notes.note",
        ty: "DocumentReference",
        place: Place::Entry("34109-9"),
        allowed: &[(
            "relatesTo",
            "a note that refers to a document (REFR) does not append it: it stands in context.related",
        )],
    },
    Pair { name: "CF-procedures.procedure", ty: "Procedure", place: Place::Entry("47519-4"), allowed: &[] },
    Pair {
        name: "CF-social.pregnancy",
        ty: "Observation",
        place: Place::Entry("29762-2"),
        allowed: &[("component[0].code.coding[0].display", "the display is that of the source")],
    },
    Pair { name: "CF-social.smoking", ty: "Observation", place: Place::Entry("29762-2"), allowed: &[] },
    Pair { name: "CF-patient.patient", ty: "Patient", place: Place::RecordTarget, allowed: &[] },
    Pair { name: "CF-participations.organization", ty: "Organization", place: Place::Organization, allowed: &[] },
];

/// Elements whose content the examples leave out with three dots: as printed, as a document has it, and its content.
const ELIDED: &[(&str, &str, &str)] = &[
    ("assignedEntity", "assignedEntity", DOCTOR),
    (
        r#"entryRelationship typeCode="SUBJ""#,
        r#"entryRelationship typeCode="SUBJ""#,
        r#"<observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.4"/><id root="2.16.840.1.113883.19.11.8" extension="dx"/>
<code code="282291009" codeSystem="2.16.840.1.113883.6.96"/><statusCode code="completed"/><value xsi:type="CD" code="233604007" codeSystem="2.16.840.1.113883.6.96"/></observation>"#,
    ),
    (
        "encounter",
        r#"encounter classCode="ENC" moodCode="EVN""#,
        r#"<templateId root="2.16.840.1.113883.10.20.22.4.49"/><id root="2.16.840.1.113883.19.11.8" extension="visit"/><code code="99213" codeSystem="2.16.840.1.113883.6.12"/>"#,
    ),
    (
        "location",
        "location",
        r#"<healthCareFacility><location><name>Exampleton Ward</name></location></healthCareFacility>"#,
    ),
];
const DOCTOR: &str = r#"<id root="2.16.840.1.113883.4.6" extension="9999999902"/><assignedPerson><name><given>Dora</given><family>Doer</family></name></assignedPerson>"#;

fn filled(fragment: &str) -> String {
    // white space between tags would hide the dots
    let mut text = fragment.split_whitespace().collect::<Vec<_>>().join(" ");
    for (printed, open, inner) in ELIDED {
        let close = open.split(' ').next().unwrap();
        text = text.replace(&format!("<{printed}> ... </{close}>"), &format!("<{open}>{inner}</{close}>"));
    }
    // the guide calls a participant of the header's encounter by a name that CDA does not have there
    text.replace(
        "<participant> ... </participant>",
        &format!(
            r#"<encounterParticipant typeCode="ATND"><assignedEntity>{DOCTOR}</assignedEntity></encounterParticipant>"#
        ),
    )
}

fn document(pair: &Pair, fragment: &str) -> String {
    let fragment = &match pair.name.contains("encounter") || pair.name.contains("note") {
        true => filled(fragment),
        false => fragment.to_owned(),
    };
    match pair.place {
        // the words to which the medication example refers in its comments
        Place::Entry(code) => Doc::new()
            .section(
                code,
                r#"<content ID="MedicationSig_PRN_222222">2 puffs every 4-6 hours as needed</content>"#,
                &format!("<entry>{fragment}</entry>"),
            )
            .xml(),
        Place::Timeless => {
            let status = r#"<statusCode code="completed" />"#;
            let timed = fragment.replacen(status, &format!(r#"{status}<effectiveTime value="20240312"/>"#), 1);
            assert_ne!(timed, *fragment, "{}: no status after which a time can stand", pair.name);
            Doc::new().section("8716-3", "Vital signs", &format!("<entry>{timed}</entry>")).xml()
        }
        Place::RecordTarget => {
            let xml = Doc::new().xml();
            let start = xml.find("<recordTarget>").unwrap();
            let end = xml.find("</recordTarget>").unwrap() + "</recordTarget>".len();
            format!("{}{fragment}{}", &xml[..start], &xml[end..])
        }
        Place::Header => Doc::new().header(&format!("<componentOf>{fragment}</componentOf>")).xml(),
        Place::Organization => {
            let inner = fragment.replace("<Organization>", "").replace("</Organization>", "");
            Doc::new()
                .author(&format!(
                    r#"<author><time value="20240312"/><assignedAuthor><id nullFlavor="NI"/>
<representedOrganization>{inner}</representedOrganization></assignedAuthor></author>"#
                ))
                .xml()
        }
    }
}

/// What of `want` is not in `have`. Lists of objects are compared without order; texts of quantities by number.
fn missing(made: &Made, want: &Value, have: &Value, root: &Value, path: &str, out: &mut Vec<String>) {
    match (want, have) {
        (Value::Object(w), _) if w.contains_key("reference") && w.len() == 1 => {
            let reference = w["reference"].as_str().unwrap_or("");
            let Some(target) = made.target(have) else {
                out.push(format!("{path}: no resource is referred to, wants {reference}"));
                return;
            };
            // `#x` is contained: compare with the resource; others must lead to some resource
            if let Some(id) = reference.strip_prefix('#') {
                let (i, inner) = root["contained"]
                    .as_array()
                    .and_then(|c| c.iter().enumerate().find(|(_, r)| r["id"] == id))
                    .unwrap_or_else(|| panic!("{path}: {reference} is not contained"));
                for (k, v) in inner.as_object().unwrap().iter().filter(|(k, _)| *k != "id") {
                    missing(made, v, &target[k], root, &format!("contained[{i}].{k}"), out);
                }
            }
        }
        (Value::Object(w), Value::Object(h)) => {
            for (k, v) in w {
                let inner = if path.is_empty() { k.clone() } else { format!("{path}.{k}") };
                match h.get(k) {
                    None => out.push(format!("{inner}: missing, wants {v}")),
                    Some(have) => missing(made, v, have, root, &inner, out),
                }
            }
        }
        (Value::Array(w), Value::Array(h)) => {
            for (i, v) in w.iter().enumerate() {
                // the item that differs least
                let best = h
                    .iter()
                    .map(|have| {
                        let mut faults = Vec::new();
                        missing(made, v, have, root, &format!("{path}[{i}]"), &mut faults);
                        faults
                    })
                    .min_by_key(Vec::len);
                match best {
                    None => out.push(format!("{path}[{i}]: missing, wants {v}")),
                    Some(faults) => out.extend(faults),
                }
            }
        }
        (Value::Number(w), Value::Number(h)) if w.as_f64() == h.as_f64() => {}
        _ if want == have => {}
        _ => out.push(format!("{path}: is {have}, wants {want}")),
    }
}

#[test]
fn published_examples_are_met() {
    let Some(shared) = shared("pairs") else { return };
    let folder = shared.join("facts/ccda/pairs/inline");
    let mut faults = Vec::new();
    for pair in PAIRS {
        let fragment = std::fs::read_to_string(folder.join(format!("{}.in.xml", pair.name))).unwrap();
        let want: Value =
            serde_json::from_slice(&std::fs::read(folder.join(format!("{}.expected.json", pair.name))).unwrap())
                .unwrap();
        let made = convert(document(pair, &fragment).as_bytes());
        let best = made
            .all(pair.ty)
            .into_iter()
            .map(|have| {
                let mut out = Vec::new();
                let mut wanted = want.clone();
                wanted.as_object_mut().unwrap().remove("contained");
                missing(&made, &wanted, have, &want, "", &mut out);
                out
            })
            .min_by_key(Vec::len)
            .unwrap_or_else(|| vec![format!("no {}", pair.ty)]);
        let (allowed, not): (Vec<String>, Vec<String>) =
            best.into_iter().partition(|f| pair.allowed.iter().any(|(path, _)| f.starts_with(&format!("{path}:"))));
        for (path, why) in pair.allowed {
            if !allowed.iter().any(|f| f.starts_with(&format!("{path}:"))) {
                faults.push(format!("{}: {path} no longer differs ({why}); take it off the list", pair.name));
            }
        }
        faults.extend(not.into_iter().map(|f| format!("{}: {f}", pair.name)));
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
