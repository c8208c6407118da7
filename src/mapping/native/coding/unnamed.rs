//! The system of a code that names none, where the code or the element that bears it leaves no doubt.

use std::sync::LazyLock;

use compact_str::CompactString;
use rustc_hash::FxHashMap;

use crate::cda::datatypes::Cd;
use crate::cda::names::name;
use crate::mapping::terminology::system_has;

const LOINC: &str = "http://loinc.org";

/// element, or element and the one that holds it → system
static BOUND: LazyLock<FxHashMap<&'static str, &'static str>> = LazyLock::new(|| {
    let table = include_str!("../../../../mappings/model/element-systems.tsv");
    table.lines().filter(|l| !l.starts_with('#')).filter_map(|l| l.split_once('\t')).collect()
});

/// The system of a code without one: that of the vocabulary to which CDA binds the element, if it has the code; LOINC, if the
/// code can be nothing else (digits, hyphen and the right check digit).
pub(super) fn system(cd: &Cd<'_>) -> Option<CompactString> {
    let code = cd.code?;
    let may_be = |system: &str| cd.code_system_name.is_none_or(|name| calls(name, system));
    let element = cd.node.local_name();
    let bound = BOUND.get(element).or_else(|| {
        let holder = cd.node.parent().filter(|_| cd.node.name() == name::CODE)?;
        BOUND.get(format!("{}/{element}", holder.local_name()).as_str())
    });
    if let Some(system) = bound {
        return [code, &code.to_ascii_uppercase()]
            .iter()
            .any(|c| system_has(system, c) == Some(true))
            .then(|| CompactString::const_new(system))
            .filter(|s| may_be(s));
    }
    (is_loinc(code) && may_be(LOINC)).then(|| CompactString::const_new(LOINC))
}

/// The system of a code of confidentiality, where none is named.
pub(super) fn confidentiality(cd: &Cd<'_>) -> Option<CompactString> {
    let system = *BOUND.get("confidentialityCode")?;
    let unnamed = cd.code_system.is_none() && cd.code_system_name.is_none_or(|name| calls(name, system));
    (unnamed && system_has(system, cd.code?) == Some(true)).then(|| CompactString::const_new(system))
}

/// Whether a name is one for a system: the last part of its URI stands in it, or it says that it is of HL7.
fn calls(name: &str, system: &str) -> bool {
    let letters =
        |t: &str| -> String { t.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect() };
    let (name, last) = (letters(name), system.rsplit(['/', '-']).next().unwrap_or(system));
    let last = letters(last.strip_suffix(".org").unwrap_or(last));
    name.contains(&last) || (name.starts_with("hl7") && system.starts_with("http://terminology.hl7.org/"))
}

/// Whether a text is a LOINC code by its form: up to seven digits, a hyphen, and their check digit (LOINC Users' Guide: mod 10).
fn is_loinc(code: &str) -> bool {
    let Some((number, [check])) = code.split_once('-').map(|(n, c)| (n, c.as_bytes())) else { return false };
    if !(3..=7).contains(&number.len()) || !number.bytes().all(|b| b.is_ascii_digit()) || !check.is_ascii_digit() {
        return false;
    }
    let sum: u32 = (number.bytes().rev().zip([2, 1].into_iter().cycle()))
        .map(|(b, weight)| u32::from(b - b'0') * weight)
        .map(|n| n / 10 + n % 10)
        .sum();
    (10 - sum % 10) % 10 == u32::from(check - b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_systems() {
        let interpretation = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation";
        for (name, system) in [
            ("ObservationInterpretation", interpretation),
            ("Observation Interpretation", interpretation),
            ("HL7 Observation flags", interpretation),
            ("LOINC 2.50", LOINC),
        ] {
            assert!(calls(name, system), "{name}");
        }
        for (name, system) in [("Lab flags", interpretation), ("HL7", LOINC), ("SNOMED CT", LOINC)] {
            assert!(!calls(name, system), "{name}");
        }
    }

    #[test]
    fn check_digits_of_loinc() {
        for code in ["8480-6", "8462-4", "29463-7", "2708-6", "718-7", "10160-0", "85354-9", "104866-9"] {
            assert!(is_loinc(code), "{code}");
        }
        for code in ["8480-5", "12-5", "8480", "8480-66", "A480-6", "2015-01", "-6", "12345678-2"] {
            assert!(!is_loinc(code), "{code}");
        }
    }
}
