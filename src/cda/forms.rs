//! Attributes whose values CDA fixes (structural codes, flags, OIDs), brought into the form in which the standard has them.
//!
//! `moodCode="evn"`, `statusCode code="Completed"`, `negationInd="True"` and `codeSystem="urn:oid:2.16…"` are wrong and have
//! one meaning. Read as they stand, the statement would be one of no known kind, of no known status, or in no known system.

use super::names::{Name, name};

/// The codes of an act's status (HL7 v3 ActStatus).
const STATUSES: [&str; 14] = [
    "active",
    "completed",
    "aborted",
    "cancelled",
    "held",
    "new",
    "normal",
    "nullified",
    "obsolete",
    "suspended",
    // of results, in C-CDA and in Britain
    "corrected",
    "final",
    "preliminary",
    // of FHIR, which has it where CDA negates
    NOT_DONE,
];

/// The status by which FHIR says that something did not take place. It stands in documents that were written from FHIR
/// resources, and CDA has no other word for it than the negation of the statement.
pub const NOT_DONE: &str = "not-done";

/// Statuses of FHIR that stand where CDA has its own, and what CDA calls them: who writes CDA from FHIR resources copies them.
/// What was entered in error would read as a fact.
const STATUSES_OF_FHIR: [(&str, &str); 7] = [
    ("entered-in-error", "nullified"),
    ("stopped", "aborted"),
    ("on-hold", "suspended"),
    ("in-progress", "active"),
    ("finished", "completed"),
    ("amended", "corrected"),
    ("revoked", "cancelled"),
];

/// The value in the form of the standard; `None` where it has it, and where it is not of that kind at all. Most attributes are
/// done with by their names, so the value is asked for only then.
#[inline]
pub(super) fn in_form<'v>(element: Name, attribute: Name, value: impl FnOnce() -> &'v str) -> Option<String> {
    match attribute {
        name::CLASS_CODE
        | name::MOOD_CODE
        | name::TYPE_CODE
        | name::NULL_FLAVOR
        | name::USE
        | name::QUALIFIER
        | name::PART_TYPE => capitals(value()),
        name::XSI_TYPE => datatype(value()),
        name::NEGATION_IND | name::INVERSION_IND => flag(value()),
        name::ROOT | name::CODE_SYSTEM => oid(value()),
        name::CODE if element == name::STATUS_CODE => status(value()),
        name::CODE if element == name::CONFIDENTIALITY_CODE => confidentiality(value()),
        name::CODE if element == name::LANGUAGE_CODE => language(value()),
        _ => None,
    }
}

#[inline]
fn capitals(value: &str) -> Option<String> {
    value.bytes().any(|b| b.is_ascii_lowercase()).then(|| value.to_ascii_uppercase())
}

#[inline]
fn flag(value: &str) -> Option<String> {
    match value.trim() {
        "1" => Some("true".to_owned()),
        "0" => Some("false".to_owned()),
        _ => small(value),
    }
}

#[inline]
fn small(value: &str) -> Option<String> {
    value.bytes().any(|b| b.is_ascii_uppercase()).then(|| value.to_ascii_lowercase())
}

#[inline]
fn status(value: &str) -> Option<String> {
    if let Some((_, known)) = STATUSES_OF_FHIR.iter().find(|(fhir, _)| value.trim().eq_ignore_ascii_case(fhir)) {
        return Some((*known).to_owned());
    }
    let lower = small(value)?;
    STATUSES.contains(&lower.trim()).then_some(lower)
}

/// A class of confidentiality: what is restricted must not count as open for the case of its letter.
#[inline]
fn confidentiality(value: &str) -> Option<String> {
    let capital = capitals(value)?;
    matches!(capital.trim(), "N" | "R" | "V" | "L" | "M" | "U").then_some(capital)
}

/// A language tag, whose first part is written in small letters (BCP 47, section 2.1.1), and by which tables look it up.
#[inline]
fn language(value: &str) -> Option<String> {
    let first = value.split(['-', '_']).next().unwrap_or(value);
    small(first).map(|small| small + &value[first.len()..])
}

/// The name of a datatype, after its prefix.
#[inline]
fn datatype(value: &str) -> Option<String> {
    let local = value.rfind(':').map_or(0, |i| i + 1);
    let capital = capitals(&value[local..])?;
    let known = matches!(
        capital.trim(),
        "CD" | "CE"
            | "CV"
            | "CO"
            | "CS"
            | "PQ"
            | "INT"
            | "REAL"
            | "ST"
            | "ED"
            | "BL"
            | "TS"
            | "MO"
            | "II"
            | "RTO"
            | "IVL_TS"
            | "IVL_PQ"
            | "PIVL_TS"
            | "EIVL_TS"
            | "SXCM_TS"
            | "RTO_PQ_PQ"
            | "IVL_INT"
            | "IVL_REAL"
    );
    known.then(|| format!("{}{capital}", &value[..local]))
}

/// An OID or a UUID without the scheme that makes a URI of it: CDA has neither in a root or the name of a code system.
#[inline]
fn oid(value: &str) -> Option<String> {
    if !matches!(value.trim_start().as_bytes().first(), Some(b'u' | b'U')) {
        return None;
    }
    let value = value.trim();
    let rest = ["urn:oid:", "urn:uuid:"].iter().find_map(|scheme| {
        value.get(..scheme.len()).filter(|s| s.eq_ignore_ascii_case(scheme)).map(|s| &value[s.len()..])
    });
    rest.filter(|r| !r.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_meaning_in_another_form() {
        for (element, attribute, written, meant) in [
            (name::OBSERVATION, name::MOOD_CODE, "evn", "EVN"),
            (name::OBSERVATION, name::CLASS_CODE, "Obs", "OBS"),
            (name::VALUE, name::NULL_FLAVOR, "unk", "UNK"),
            (name::ACT, name::NEGATION_IND, "TRUE", "true"),
            (name::ACT, name::NEGATION_IND, "False", "false"),
            (name::ACT, name::NEGATION_IND, "1", "true"),
            (name::STATUS_CODE, name::CODE, "Completed", "completed"),
            (name::STATUS_CODE, name::CODE, "ACTIVE", "active"),
            (name::STATUS_CODE, name::CODE, "entered-in-error", "nullified"),
            (name::STATUS_CODE, name::CODE, "Stopped", "aborted"),
            (name::STATUS_CODE, name::CODE, "Not-Done", "not-done"),
            (name::CONFIDENTIALITY_CODE, name::CODE, "r", "R"),
            (name::LANGUAGE_CODE, name::CODE, "EN-US", "en-US"),
            (name::LANGUAGE_CODE, name::CODE, "SPA", "spa"),
            (name::VALUE, name::XSI_TYPE, "hl7:ivl_ts", "hl7:IVL_TS"),
            (name::NAME, name::USE, "wp hp", "WP HP"),
            (name::CODE, name::CODE_SYSTEM, "urn:oid:2.16.840.1.113883.6.1", "2.16.840.1.113883.6.1"),
            (name::ID, name::ROOT, "URN:UUID:0a1b", "0a1b"),
        ] {
            assert_eq!(in_form(element, attribute, || written).as_deref(), Some(meant), "{written}");
            assert_eq!(in_form(element, attribute, || meant), None, "{meant}");
        }
    }

    #[test]
    fn what_is_in_form_or_of_another_kind_stays() {
        for (element, attribute, value) in [
            (name::STATUS_CODE, name::CODE, "F"),
            (name::STATUS_CODE, name::CODE, "55561003"),
            (name::STATUS_CODE, name::CODE, "Done"),
            (name::CODE, name::CODE, "Completed"),
            (name::CONFIDENTIALITY_CODE, name::CODE, "normal"),
            (name::LANGUAGE_CODE, name::CODE, "en-us"),
            (name::VALUE, name::XSI_TYPE, "xs:string"),
            (name::CODE, name::CODE_SYSTEM, "http://loinc.org"),
            (name::CODE, name::CODE_SYSTEM, "urn:oid:"),
            (name::ID, name::ROOT, "UUID"),
            (name::ID, name::EXTENSION, "urn:oid:1.2"),
        ] {
            assert_eq!(in_form(element, attribute, || value), None, "{value}");
        }
    }
}
