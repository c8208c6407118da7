//! Terminology that tables name: OID → URI, and ConceptMaps in their standard R4 JSON form.

use std::sync::LazyLock;

use compact_str::{CompactString, CompactStringExt};
use rustc_hash::FxHashMap;
use serde::Deserialize;

use crate::fhir::lasting;

/// A ConceptMap within one [`Terminology`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MapId(pub u16);

/// What a ConceptMap gives for a code.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// the target code system
    pub system: CompactString,
    /// the target code
    pub code: CompactString,
    /// the text of the target code, where the map gives one
    pub display: Option<CompactString>,
}

#[derive(Debug, Clone, Default)]
struct Group {
    source: CompactString,
    /// an entry without target: the map lists the code as unmatched on purpose
    codes: FxHashMap<CompactString, Option<Target>>,
    /// names in lower case, in order, each with the code it belongs to
    names: Vec<(CompactString, CompactString)>,
    unmapped: Option<Target>,
}

/// One ConceptMap.
#[derive(Debug, Clone, Default)]
pub struct Map {
    name: String,
    groups: Vec<Group>,
}

impl Map {
    /// The id of the ConceptMap, by which rows name it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the map lists a code as having no target, on purpose.
    pub fn is_unmatched(&self, code: &str) -> bool {
        self.groups.iter().any(|g| matches!(g.codes.get(code), Some(None)))
    }

    /// Translates a code. A code of HL7 v3 in small letters (`f`) is read as it should be written. `system` is the URI of the source code system; empty where the source is a bare code (`statusCode`, `@moodCode`).
    pub fn translate(&self, system: &str, code: &str) -> Option<&Target> {
        self.groups.iter().filter(|g| system.is_empty() || g.source.is_empty() || g.source == system).find_map(|g| {
            match g.codes.get(code) {
                Some(found) => found.as_ref(),
                None => match capital(g, code).and_then(|c| g.codes.get(c.as_str())) {
                    Some(found) => found.as_ref(),
                    None => g.unmapped.as_ref(),
                },
            }
        })
    }

    /// Whether the name that stands beside a code is that of another code of the map, which means something else: "Male" beside the code of female.
    pub fn named_otherwise(&self, system: &str, code: &str, name: &str) -> bool {
        self.groups.iter().filter(|g| system.is_empty() || g.source.is_empty() || g.source == system).any(|g| {
            let named = g.names.binary_search_by(|(n, _)| n.chars().cmp(lower(name))).ok();
            let other = named.map(|at| &g.names[at].1).filter(|c| *c != code).and_then(|c| g.codes.get(c));
            matches!((other, g.codes.get(code)), (Some(Some(other)), Some(Some(own))) if other.code != own.code)
        })
    }

    /// Every target that the map can give; what a required binding is checked against when tables are loaded.
    pub fn targets(&self) -> impl Iterator<Item = &Target> {
        self.groups.iter().flat_map(|g| g.codes.values().flatten().chain(g.unmapped.as_ref()))
    }
}

/// A short code of a system of HL7, all of whose codes are capitals, in capitals.
fn capital(group: &Group, code: &str) -> Option<String> {
    let small = code.len() <= 4 && code.bytes().any(|b| b.is_ascii_lowercase());
    (small && group.source.starts_with("http://terminology.hl7.org/")).then(|| code.to_ascii_uppercase())
}

/// ConceptMaps that datatypes need; resolved once, so that no map is looked up by name while a document is read.
#[derive(Debug, Clone, Copy)]
pub struct DatatypeMaps {
    /// address use
    pub address_use: MapId,
    /// name use
    pub name_use: MapId,
    /// telecom use
    pub telecom_use: MapId,
    /// null flavour → data-absent-reason
    pub null_flavor: MapId,
    /// EIVL event → R4 event-timing
    pub event_timing: MapId,
}

/// Everything known about codes and identifiers that is not in the document itself.
#[derive(Debug, Clone, Default)]
pub struct Terminology {
    uris: FxHashMap<CompactString, &'static str>,
    /// OIDs whose URI names a scheme of numbers: a root alone is never a value
    schemes: rustc_hash::FxHashSet<CompactString>,
    maps: Vec<Map>,
    /// units as senders write them → UCUM
    units: FxHashMap<CompactString, CompactString>,
}

#[derive(Deserialize)]
struct ConceptMapJson {
    #[serde(rename = "resourceType")]
    resource_type: String,
    id: String,
    #[serde(default)]
    group: Vec<GroupJson>,
}

#[derive(Deserialize)]
struct GroupJson {
    #[serde(default)]
    source: String,
    #[serde(default)]
    target: String,
    #[serde(default)]
    element: Vec<ElementJson>,
    unmapped: Option<UnmappedJson>,
}

#[derive(Deserialize)]
struct ElementJson {
    #[serde(default)]
    code: String,
    #[serde(default)]
    display: String,
    #[serde(default)]
    target: Vec<TargetJson>,
}

#[derive(Deserialize)]
struct TargetJson {
    #[serde(default)]
    code: String,
    display: Option<String>,
    #[serde(default)]
    equivalence: String,
}

#[derive(Deserialize)]
struct UnmappedJson {
    #[serde(default)]
    mode: String,
    #[serde(default)]
    code: String,
    display: Option<String>,
}

impl Terminology {
    /// Adds rows of an `oids.tsv`: oid, URI, kind (`code`, `id` or `both`), name. A later row replaces an earlier one.
    ///
    /// # Errors
    /// The number of the line (from 1) that has no OID and URI.
    pub fn add_oids(&mut self, tsv: &str) -> Result<(), usize> {
        for (i, line) in tsv.lines().enumerate() {
            if line.is_empty() || line.starts_with('#') || line.starts_with("oid\t") {
                continue;
            }
            let mut columns = line.split('\t');
            let (Some(oid), Some(uri)) = (columns.next(), columns.next()) else {
                return Err(i + 1);
            };
            if oid.is_empty() || uri.is_empty() {
                return Err(i + 1);
            }
            if matches!(columns.next(), Some("id" | "both")) {
                self.schemes.insert(oid.into());
            }
            self.uris.insert(oid.into(), lasting::text(uri));
        }
        Ok(())
    }

    /// Adds rows of a `units.tsv`: unit as written, UCUM code.
    ///
    /// # Errors
    /// The number of the line (from 1) that is not a pair.
    pub fn add_units(&mut self, tsv: &str) -> Result<(), usize> {
        for (i, line) in tsv.lines().enumerate().filter(|(_, l)| !l.is_empty() && !l.starts_with('#')) {
            let (unit, code) = line.split_once('\t').ok_or(i + 1)?;
            self.units.insert(unit.into(), code.trim().into());
        }
        Ok(())
    }

    /// The UCUM code that a unit of a sender means.
    pub fn unit(&self, written: &str) -> Option<&str> {
        self.units.get(written).map(CompactString::as_str)
    }

    /// Says that a root without extension is a missing number, never a value.
    pub fn add_scheme(&mut self, root: &str) {
        self.schemes.insert(root.into());
    }

    /// Adds an R4 ConceptMap; one of the same id is replaced. Versions after `|` are cut off.
    ///
    /// # Errors
    /// What is wrong with the JSON, for a diagnostic.
    pub fn add_concept_map(&mut self, json: &str) -> Result<MapId, String> {
        let map: ConceptMapJson = serde_json::from_str(json).map_err(|e| e.to_string())?;
        if map.resource_type != "ConceptMap" {
            return Err(format!("resourceType is {:?}, not \"ConceptMap\"", map.resource_type));
        }
        let cut = |s: &str| lasting::shared(s.split('|').next().unwrap_or(s));
        let groups = map
            .group
            .iter()
            .map(|g| {
                let system = cut(&g.target);
                let (mut codes, mut names) = (FxHashMap::default(), Vec::new());
                for e in &g.element {
                    if !e.display.is_empty() {
                        names.push((lower(&e.display).collect(), e.code.as_str().into()));
                    }
                    let target = e.target.iter().find(|t| t.equivalence != "unmatched" && !t.code.is_empty());
                    codes.insert(
                        e.code.as_str().into(),
                        target.map(|t| Target {
                            system: system.clone(),
                            code: lasting::shared(&t.code),
                            display: t.display.as_deref().map(lasting::shared),
                        }),
                    );
                }
                // of one name the first code
                names.sort_by(|(a, _): &(CompactString, CompactString), (b, _)| a.cmp(b));
                names.dedup_by(|(later, _), (first, _)| later == first);
                let unmapped = g.unmapped.as_ref().filter(|u| u.mode == "fixed").map(|u| Target {
                    system: system.clone(),
                    code: lasting::shared(&u.code),
                    display: u.display.as_deref().map(lasting::shared),
                });
                Group { source: cut(&g.source), codes, names, unmapped }
            })
            .collect();
        let map = Map { name: map.id, groups };
        Ok(match self.maps.iter().position(|m| m.name == map.name) {
            Some(i) => {
                self.maps[i] = map;
                MapId(i as u16)
            }
            None => {
                self.maps.push(map);
                MapId(self.maps.len() as u16 - 1)
            }
        })
    }

    /// The map of a name.
    pub fn map_named(&self, name: &str) -> Option<MapId> {
        self.maps.iter().position(|m| m.name == name).map(|i| MapId(i as u16))
    }

    /// The maps, in the order of their ids.
    pub fn maps(&self) -> &[Map] {
        &self.maps
    }

    /// The map of an id.
    pub fn map(&self, id: MapId) -> &Map {
        &self.maps[id.0 as usize]
    }

    /// The registered URI of an OID.
    pub fn uri(&self, oid: &str) -> Option<&'static str> {
        self.uris.get(oid).copied()
    }

    /// The OIDs under which the system of an OID is sent: itself, and all that share its URI.
    pub fn same_system(&self, oid: &str) -> Vec<CompactString> {
        let uri = self.uri(oid);
        let shared = self.uris.iter().filter(|(o, u)| Some(**u) == uri && o.as_str() != oid).map(|(o, _)| o.as_str());
        std::iter::once(oid).chain(shared).map(CompactString::from).collect()
    }

    /// Whether the OID names a scheme of identifiers with a URI of its own (NPI, SSN, NHS number …).
    pub fn is_scheme(&self, oid: &str) -> bool {
        self.schemes.contains(oid)
    }

    /// The system of a root or codeSystem: the registered URI, else `urn:oid:` or `urn:uuid:` (lower case); what is
    /// neither stays as it is when it is a URI already. `None` when it is none of these.
    pub fn system(&self, root: &str) -> Option<CompactString> {
        if let Some(uri) = self.uri(root) {
            return Some(CompactString::const_new(uri));
        }
        if is_oid(root) {
            return Some(["urn:oid:", root].concat_compact());
        }
        if is_uuid(root) {
            return Some(["urn:uuid:", &root.to_ascii_lowercase()].concat_compact());
        }
        (root.contains("://") || root.starts_with("urn:")).then_some(root.into())
    }

    /// The maps that datatypes need.
    ///
    /// # Errors
    /// The name of the map that is missing.
    pub fn datatype_maps(&self) -> Result<DatatypeMaps, &'static str> {
        let get = |name: &'static str| self.map_named(name).ok_or(name);
        Ok(DatatypeMaps {
            address_use: get("CF-AddressUse")?,
            name_use: get("CF-NameUse")?,
            telecom_use: get("CF-TelecomUse")?,
            null_flavor: get("CF-NullFlavorDataAbsentReason")?,
            event_timing: get("granule-EventTiming")?,
        })
    }
}

/// A name in lower case, letter by letter.
fn lower(name: &str) -> impl Iterator<Item = char> {
    name.chars().flat_map(char::to_lowercase)
}

/// Codes of systems of which all are listed: those that HL7 itself defines, and countries. System → codes between blanks.
static HL7_CODES: LazyLock<FxHashMap<&'static str, &'static str>> = LazyLock::new(|| {
    include_str!("../../mappings/model/hl7-codes.tsv")
        .lines()
        .filter(|l| !l.starts_with('#'))
        .filter_map(|l| l.split_once('\t'))
        .collect()
});

/// Codes of countries, of two letters, three letters or three digits.
const COUNTRIES: &str = "urn:iso:std:iso:3166";

/// Whether a system that HL7 defines, or that of countries, has a code; `None` for systems of others.
pub fn system_has(system: &str, code: &str) -> Option<bool> {
    const OWNERS: [&str; 3] =
        ["http://terminology.hl7.org/", "http://dicom.nema.org/", "https://fhir.hl7.org.uk/CodeSystem/"];
    if system != COUNTRIES && !OWNERS.iter().any(|o| system.starts_with(o)) {
        return None;
    }
    // numbers of countries are not listed
    if system == COUNTRIES && code.len() == 3 && code.bytes().all(|b| b.is_ascii_digit()) {
        return Some(true);
    }
    let codes = HL7_CODES.get(system)?;
    let found = memchr::memmem::find_iter(codes.as_bytes(), code.as_bytes()).any(|at| {
        let end = at + code.len();
        (at == 0 || codes.as_bytes()[at - 1] == b' ') && (end == codes.len() || codes.as_bytes()[end] == b' ')
    });
    Some(found && !code.is_empty())
}

/// Whether a text is an OID: numbers joined by dots, the first 0, 1 or 2, no leading zeros. One of a few short arcs
/// (`2.201`) is no registered one but a made-up number, which validators refuse.
pub fn is_oid(text: &str) -> bool {
    let [b'0'..=b'2', b'.', arcs @ ..] = text.as_bytes() else { return false };
    // digits since the last dot, whether the first of them is a zero, and where that dot is
    let (mut digits, mut zero, mut last) = (0u32, false, 1);
    for (i, b) in arcs.iter().enumerate() {
        match b {
            b'.' if digits > 0 => (digits, last) = (0, i + 2),
            b'0'..=b'9' if digits == 0 => (digits, zero) = (1, *b == b'0'),
            b'0'..=b'9' if !zero => digits += 1,
            _ => return false,
        }
    }
    digits > 0 && last >= 5
}

/// Whether a text is a UUID in its usual form, in either case.
pub fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_known_in_any_letters_and_of_two_codes_is_the_first_ones() {
        let mut terms = Terminology::default();
        let element = |code: &str, name: &str, to: &str| {
            format!(r#"{{"code":"{code}","display":"{name}","target":[{{"code":"{to}","equivalence":"equal"}}]}}"#)
        };
        let elements = [element("m", "MÄNNLICH", "male"), element("x", "same", "one"), element("y", "Same", "two")];
        let json = format!(
            r#"{{"resourceType":"ConceptMap","id":"m","group":[{{"source":"s","element":[{}]}}]}}"#,
            elements.join(",")
        );
        let id = terms.add_concept_map(&json).unwrap();
        let map = terms.map(id);
        assert!(map.named_otherwise("s", "x", "Männlich"));
        assert!(!map.named_otherwise("s", "m", "Männlich"));
        assert!(map.named_otherwise("", "y", "SAME"));
        assert!(!map.named_otherwise("s", "x", "Same"));
        assert!(!map.named_otherwise("other", "x", "Männlich"));
        assert!(!map.named_otherwise("s", "x", "nobody's"));
    }
}
