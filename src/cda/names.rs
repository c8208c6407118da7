//! Interned element and attribute names.
//!
//! A document has some ten thousand element names and asks for each of them many times; comparing a `u16` is what keeps
//! a path step cheap. Names of `urn:hl7-org:v3` are interned by their local part, names of other declared namespaces as
//! `prefix:local` (`sdtc:raceCode`). A name that no table and no transform asks for is [`Name::OTHER`].

/// The namespace of CDA itself.
pub const V3: &str = "urn:hl7-org:v3";
/// The namespace of `xsi:type`.
pub const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// An interned name; equal names have equal numbers within one [`Names`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(pub u16);

impl Name {
    /// A name that nobody asks for.
    pub const OTHER: Name = Name(0);
}

macro_rules! well_known {
    ($($id:ident = $text:literal),* $(,)?) => {
        /// Names that the datatypes of CDA and the pipeline itself use, at fixed numbers.
        pub mod name {
            use super::Name;
            #[allow(dead_code, non_camel_case_types, clippy::upper_case_acronyms)]
            enum Index { OTHER, $($id),* }
            $(#[doc = concat!("`", $text, "`")] pub const $id: Name = Name(Index::$id as u16);)*
            pub(super) const TEXTS: &[&str] = &["", $($text),*];
        }
    };
}

well_known! {
    XSI_TYPE = "xsi:type", NULL_FLAVOR = "nullFlavor", ROOT = "root", EXTENSION = "extension",
    ASSIGNING_AUTHORITY_NAME = "assigningAuthorityName", CODE = "code", CODE_SYSTEM = "codeSystem",
    CODE_SYSTEM_NAME = "codeSystemName", CODE_SYSTEM_VERSION = "codeSystemVersion", DISPLAY_NAME = "displayName",
    ORIGINAL_TEXT = "originalText", TRANSLATION = "translation", QUALIFIER = "qualifier", NAME = "name", VALUE = "value",
    UNIT = "unit", CURRENCY = "currency", LOW = "low", HIGH = "high", CENTER = "center", WIDTH = "width",
    INCLUSIVE = "inclusive", OPERATOR = "operator", PERIOD = "period", PHASE = "phase", ALIGNMENT = "alignment",
    INSTITUTION_SPECIFIED = "institutionSpecified", EVENT = "event", OFFSET = "offset", COMP = "comp",
    NUMERATOR = "numerator", DENOMINATOR = "denominator", USE = "use", GIVEN = "given", FAMILY = "family",
    PREFIX = "prefix", SUFFIX = "suffix", DELIMITER = "delimiter", VALID_TIME = "validTime", PART_TYPE = "partType",
    STREET_ADDRESS_LINE = "streetAddressLine", CITY = "city", STATE = "state", POSTAL_CODE = "postalCode",
    COUNTRY = "country", COUNTY = "county", HOUSE_NUMBER = "houseNumber", HOUSE_NUMBER_NUMERIC = "houseNumberNumeric",
    DIRECTION = "direction", STREET_NAME = "streetName", STREET_NAME_BASE = "streetNameBase",
    STREET_NAME_TYPE = "streetNameType", ADDITIONAL_LOCATOR = "additionalLocator", UNIT_ID = "unitID",
    UNIT_TYPE = "unitType", CARE_OF = "careOf", CENSUS_TRACT = "censusTract",
    DELIVERY_ADDRESS_LINE = "deliveryAddressLine", POST_BOX = "postBox", PRECINCT = "precinct",
    BUILDING_NUMBER_SUFFIX = "buildingNumberSuffix", DELIVERY_INSTALLATION_TYPE = "deliveryInstallationType",
    DELIVERY_INSTALLATION_AREA = "deliveryInstallationArea",
    DELIVERY_INSTALLATION_QUALIFIER = "deliveryInstallationQualifier", DELIVERY_MODE = "deliveryMode",
    DELIVERY_MODE_IDENTIFIER = "deliveryModeIdentifier", USEABLE_PERIOD = "useablePeriod",
    MEDIA_TYPE = "mediaType", LANGUAGE = "language", REPRESENTATION = "representation", COMPRESSION = "compression",
    INTEGRITY_CHECK = "integrityCheck", REFERENCE = "reference", THUMBNAIL = "thumbnail",
    TEMPLATE_ID = "templateId", ID = "id", XML_ID = "ID", TEXT = "text", TITLE = "title", SECTION = "section",
    COMPONENT = "component", STRUCTURED_BODY = "structuredBody", NON_XML_BODY = "nonXMLBody", ENTRY = "entry",
    ENTRY_RELATIONSHIP = "entryRelationship", CLASS_CODE = "classCode", MOOD_CODE = "moodCode", TYPE_CODE = "typeCode",
    NEGATION_IND = "negationInd", UNCERTAINTY_CODE = "uncertaintyCode", INVERSION_IND = "inversionInd", ACT = "act", ENCOUNTER = "encounter",
    OBSERVATION = "observation", OBSERVATION_MEDIA = "observationMedia", ORGANIZER = "organizer",
    PROCEDURE = "procedure", REGION_OF_INTEREST = "regionOfInterest", SUBSTANCE_ADMINISTRATION = "substanceAdministration",
    SUPPLY = "supply", EFFECTIVE_TIME = "effectiveTime", TIME = "time", STATUS_CODE = "statusCode", AUTHOR = "author",
    SUBJECT = "subject", CONFIDENTIALITY_CODE = "confidentialityCode", LANGUAGE_CODE = "languageCode",
    CLINICAL_DOCUMENT = "ClinicalDocument", SET_ID = "setId", VERSION_NUMBER = "versionNumber",
    RECORD_TARGET = "recordTarget", PATIENT_ROLE = "patientRole", PATIENT = "patient", NULL_VALUE = "nullValue",
    CONTEXT_CONDUCTION_IND = "contextConductionInd", CONTEXT_CONTROL_CODE = "contextControlCode",
    BORROWED_UNIT = "borrowedUnit", PRECISION = "precision", INVERTED = "inverted",
    INTEGRITY_CHECK_ALGORITHM = "integrityCheckAlgorithm", REPEAT_NUMBER = "repeatNumber",
    STANDARD_DEVIATION = "standardDeviation", DOSE_QUANTITY = "doseQuantity", RATE_QUANTITY = "rateQuantity",
    QUANTITY = "quantity",
}

/// The names of one namespace: a table of slots, less than half full, since every element and attribute of a document is
/// looked up here.
#[derive(Debug, Clone, Default)]
struct Table {
    slots: Vec<Option<Slot>>,
    taken: usize,
}

#[derive(Debug, Clone)]
struct Slot {
    ends: Ends,
    text: Box<str>,
    name: Name,
}

/// The length of a name and its bytes at both ends, which are all bytes of one that is not longer than sixteen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ends {
    length: usize,
    first: u64,
    last: u64,
}

impl Ends {
    #[inline]
    fn of(text: &str) -> Ends {
        let b = text.as_bytes();
        let (first, last) = match (b.first_chunk::<8>(), b.last_chunk::<8>()) {
            (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
            _ => match (b.first_chunk::<4>(), b.last_chunk::<4>()) {
                (Some(first), Some(last)) => (u32::from_le_bytes(*first).into(), u32::from_le_bytes(*last).into()),
                // of three bytes at most the first, the middle and the last are all
                _ if b.is_empty() => (0, 0),
                _ => (u64::from(b[0]) << 8 | u64::from(b[b.len() / 2]), b[b.len() - 1].into()),
            },
        };
        Ends { length: b.len(), first, last }
    }

    /// Spreads names over a table.
    #[inline]
    fn hash(self) -> usize {
        let mixed = self.first.rotate_left(29) ^ self.last ^ (self.length as u64) << 24;
        (mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as usize
    }
}

impl Table {
    /// The slot that holds a name, or the free one in which it belongs; the table must not be empty.
    #[inline]
    fn slot(&self, ends: Ends, local: &str) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = ends.hash() & mask;
        while let Some(slot) = &self.slots[at] {
            if slot.ends == ends && (ends.length <= 16 || *slot.text == *local) {
                break;
            }
            at = (at + 1) & mask;
        }
        at
    }

    #[inline]
    fn get(&self, local: &str) -> Option<Name> {
        if self.slots.is_empty() {
            return None;
        }
        self.slots[self.slot(Ends::of(local), local)].as_ref().map(|slot| slot.name)
    }

    fn insert(&mut self, local: &str, name: Name) {
        if self.taken * 2 >= self.slots.len() {
            let larger = vec![None; (self.slots.len() * 2).max(16)];
            for slot in std::mem::replace(&mut self.slots, larger).into_iter().flatten() {
                let at = self.slot(slot.ends, &slot.text);
                self.slots[at] = Some(slot);
            }
        }
        let ends = Ends::of(local);
        let at = self.slot(ends, local);
        if self.slots[at].is_none() {
            self.taken += 1;
        }
        self.slots[at] = Some(Slot { ends, text: local.into(), name });
    }
}

/// The names that one set of tables uses, and the namespaces it declares.
#[derive(Debug, Clone)]
pub struct Names {
    /// one table for each namespace; number 0 is `urn:hl7-org:v3` and attributes without prefix
    maps: Vec<Table>,
    /// prefix as tables write it, and URI; parallel to `maps`
    namespaces: Vec<(Box<str>, Box<str>)>,
    texts: Vec<Box<str>>,
    /// names of CDA that are read as another: whole, or by what follows their last dot
    renamed: Table,
    /// those of them that are read as sections, as the tables write them
    sections: Vec<Box<str>>,
}

impl Default for Names {
    fn default() -> Self {
        let mut names = Names {
            maps: vec![Table::default()],
            namespaces: vec![("".into(), V3.into())],
            texts: vec![],
            renamed: Table::default(),
            sections: vec![],
        };
        for (i, text) in name::TEXTS.iter().enumerate() {
            names.texts.push((*text).into());
            if i > 0 {
                names.maps[0].insert(text, Name(i as u16));
            }
        }
        names
    }
}

impl Names {
    /// Declares a namespace under the prefix that tables use; declaring the same pair again changes nothing.
    pub fn declare(&mut self, prefix: &str, uri: &str) {
        if !self.namespaces.iter().any(|(p, u)| &**p == prefix && &**u == uri) {
            self.namespaces.push((prefix.into(), uri.into()));
            self.maps.push(Table::default());
        }
    }

    /// The prefixes and URIs declared, CDA's own (empty prefix) first.
    pub fn namespaces(&self) -> impl Iterator<Item = (&str, &str)> {
        self.namespaces.iter().map(|(p, u)| (&**p, &**u))
    }

    /// Interns a name as tables write it: `code` or `sdtc:raceCode`. `None` when the prefix is not declared or 65,535 names are taken.
    pub fn intern(&mut self, text: &str) -> Option<Name> {
        let (prefix, local) = text.split_once(':').unwrap_or(("", text));
        if text == "xsi:type" {
            return Some(name::XSI_TYPE);
        }
        let mut found = None;
        for i in 0..self.namespaces.len() {
            if &*self.namespaces[i].0 != prefix {
                continue;
            }
            // one prefix may stand for several URIs (versions of one vocabulary): all give the same name
            let next = Name(u16::try_from(self.texts.len()).ok()?);
            let n = self.maps[i].get(local).unwrap_or_else(|| found.unwrap_or(next));
            self.maps[i].insert(local, n);
            if n == next {
                self.texts.push(text.into());
            }
            found = Some(n);
        }
        found
    }

    /// The name as tables write it.
    pub fn text(&self, name: Name) -> &str {
        &self.texts[name.0 as usize]
    }

    /// The number of a namespace URI, if declared.
    pub(crate) fn namespace(&self, uri: &str) -> Option<usize> {
        self.namespaces.iter().position(|(_, u)| &**u == uri)
    }

    /// The name of a local part in a namespace.
    pub(crate) fn get(&self, namespace: usize, local: &str) -> Name {
        self.maps[namespace].get(local).unwrap_or_else(|| match namespace {
            0 => self.renamed(local).unwrap_or(Name::OTHER),
            _ => Name::OTHER,
        })
    }

    /// Reads an element as another: by its whole name (`pharm:code` in another namespace than CDA's), or, when that begins
    /// with `*.`, every name of CDA's namespace that ends so. `None` when the other name cannot be interned.
    pub fn rename(&mut self, from: &str, to: &str) -> Option<Name> {
        let name = self.intern(to)?;
        if let Some((prefix, local)) = from.split_once(':') {
            let (namespaces, maps) = (&self.namespaces, &mut self.maps);
            for (map, _) in maps.iter_mut().zip(namespaces).filter(|(_, (p, _))| &**p == prefix) {
                map.insert(local, name);
            }
            return Some(name);
        }
        self.renamed.insert(from.strip_prefix("*.").map_or(from, |_| &from[1..]), name);
        if name == name::SECTION {
            self.sections.push(from.into());
        }
        Some(name)
    }

    /// The names that are read as sections.
    pub fn sections(&self) -> &[Box<str>] {
        &self.sections
    }

    /// What a name that no table asks for is read as. The ending of `a.b` is kept with its dot.
    fn renamed(&self, local: &str) -> Option<Name> {
        if self.renamed.taken == 0 {
            return None;
        }
        match local.rfind('.') {
            None => self.renamed.get(local),
            Some(dot) => self.renamed.get(&local[dot..]).or_else(|| self.renamed.get(local)),
        }
    }
}
