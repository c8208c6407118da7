//! What a document as a whole says: whose it is, by what it is known, where its times are.

use super::error::{ConvertError, Refusal};
use crate::cda::datatypes::Ts;
use crate::cda::names::name;
use crate::cda::tree::Node;
use crate::mapping::context::{Finding, Severity, Zone};

/// More than one record target, or several patients in one: whose are the entries? Refused rather than guessed.
pub(super) fn one_patient(document: Node<'_>, text: &str) -> Result<(), ConvertError> {
    let targets = document.children_named(name::RECORD_TARGET);
    let roles = targets.clone().flat_map(|t| t.children_named(name::PATIENT_ROLE));
    let patients = roles.clone().flat_map(|r| r.children_named(name::PATIENT));
    let of_another = targets.clone().nth(1).or_else(|| roles.clone().nth(1)).or_else(|| patients.clone().nth(1));
    match of_another {
        None => Ok(()),
        Some(second) => Err(ConvertError {
            kind: Refusal::Patient,
            message: "the document is about more than one patient (recordTarget); convert one document for each".into(),
            at: Some(crate::cda::position::line_col(text, second.document_offset())),
        }),
    }
}

/// The offset of the document's own time.
pub(super) fn document_zone(document: Node<'_>) -> Zone {
    let time = document.child(name::EFFECTIVE_TIME).and_then(|t| t.attr_trimmed(name::VALUE));
    let offset = time.and_then(|t| Ts::parse(t).ok()).and_then(|ts| ts.offset);
    offset.map_or(Zone::Unknown, |o| {
        let (sign, minutes) = if o.minutes < 0 { ('-', -o.minutes) } else { ('+', o.minutes) };
        Zone::Document(format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60))
    })
}

/// What a document and its later versions have in common: setId, else its id.
pub(super) fn document_key(document: Node<'_>) -> Option<String> {
    [name::SET_ID, name::ID].iter().find_map(|n| {
        let id = document.child(*n).filter(|i| i.null_flavor().is_none())?;
        let root = id.attr_trimmed(name::ROOT).unwrap_or("").to_ascii_lowercase();
        let extension = id.attr_trimmed(name::EXTENSION).unwrap_or("");
        (!root.is_empty() || !extension.is_empty()).then(|| format!("{root}|{extension}"))
    })
}

/// That a document has none of the sections that were asked for: nothing is wrong with it, and its bundle says little.
pub(super) fn no_such_section(document: Node<'_>, chosen: &[String]) -> Finding {
    Finding {
        severity: Severity::Information,
        code: "section-not-found",
        message: format!("no section has the code {}; the bundle has what the header says", chosen.join(" or ")),
        offset: document.document_offset(),
        xpath: String::new(),
        fhir_path: None,
        row: None,
    }
}

pub(super) fn in_chosen(section: Node<'_>, chosen: &[String]) -> bool {
    section.subtree().filter(|n| n.name() == name::SECTION).any(|s| {
        s.child(name::CODE).is_some_and(|c| {
            std::iter::once(c)
                .chain(c.children_named(name::TRANSLATION))
                .filter_map(|c| c.attr_trimmed(name::CODE))
                .any(|c| chosen.iter().any(|w| w == c))
        })
    })
}
