//! What the tests of transforms stand on: a section with one entry, and small terminology tables.

use crate::cda::names::Names;
use crate::cda::tree::{Node, Tree};
use crate::fhir::json::Writer;
use crate::fhir::value::Value;
use crate::mapping::context::{Context, Finding, Nowhere, Zone};
use crate::mapping::terminology::Terminology;

const OIDS: &str = "2.16.840.1.113883.4.1\thttp://hl7.org/fhir/sid/us-ssn\tid\n\
    2.16.840.1.113883.4.6\thttp://hl7.org/fhir/sid/us-npi\tid\n\
    2.16.840.1.113883.6.1\thttp://loinc.org\tcode\n\
    2.16.840.1.113883.6.96\thttp://snomed.info/sct\tcode\n\
    2.16.840.1.113883.6.88\thttp://www.nlm.nih.gov/research/umls/rxnorm\tcode\n\
    2.16.840.1.113883.6.90\thttp://hl7.org/fhir/sid/icd-10-cm\tcode\n";

/// The ConceptMaps that datatypes need, cut to what tests ask: id, source system, `code=target` pairs.
const MAPS: &[(&str, &str)] = &[
    ("CF-NameUse", "L=usual C=official A=nickname P=nickname ABC= SRCH="),
    ("CF-AddressUse", "H=home HP=home HV=home WP=work DIR=work PUB=work TMP=temp BAD=old PHYS= PST="),
    (
        "CF-TelecomUse",
        "H=home HP=home HV=home WP=work AS=work DIR=work PUB=work MC=mobile PG=mobile TMP=temp BAD=old EC=",
    ),
    (
        "CF-NullFlavorDataAbsentReason",
        "NI=unknown UNK=unknown ASKU=asked-unknown NAV=temp-unknown NASK=not-asked MSK=masked NA=not-applicable \
         OTH=unsupported TRC=unsupported NP=unknown NINF=negative-infinity PINF=positive-infinity",
    ),
    (
        "granule-EventTiming",
        "HS=HS WAKE=WAKE C=C CM=CM CD=CD CV=CV AC=AC ACM=ACM ACD=ACD ACV=ACV PC=PC PCM=PCM PCD=PCD PCV=PCV MORN=MORN \
         EVE=EVE NIGHT=NIGHT AFT=AFT",
    ),
];

/// Terminology for tests.
pub fn terminology() -> Terminology {
    let mut terms = Terminology::default();
    terms.add_oids(OIDS).unwrap();
    for (id, pairs) in MAPS {
        let elements: Vec<_> = pairs
            .split_whitespace()
            .filter_map(|p| p.split_once('='))
            .map(|(code, target)| match target {
                "" => serde_json::json!({"code": code, "target": [{"equivalence": "unmatched"}]}),
                t => serde_json::json!({"code": code, "target": [{"code": t, "equivalence": "equivalent"}]}),
            })
            .collect();
        let map = serde_json::json!({
            "resourceType": "ConceptMap", "id": id, "group": [{"source": "http://example.org/from", "target": "http://example.org/to", "element": elements}]
        });
        terms.add_concept_map(&map.to_string()).unwrap();
    }
    terms
}

/// Runs a test on the first element of an entry, in a section with this narrative.
pub fn with_section<R>(narrative: &str, entry: &str, zone: &Zone, test: impl FnOnce(Node<'_>, &Context<'_>) -> R) -> R {
    let xml = format!(
        "<section xmlns='urn:hl7-org:v3' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' \
         xmlns:sdtc='urn:hl7-org:sdtc'><text>{narrative}</text><entry>{entry}</entry></section>"
    );
    let names = Names::default();
    let tree = Tree::parse(&xml, &names).unwrap();
    let node = tree.root().children().nth(1).unwrap().children().next().unwrap();
    let terms = terminology();
    let cx = Context::new(&terms, terms.datatype_maps().unwrap(), zone, &Nowhere);
    test(node, &cx)
}

/// Runs a test on one element.
pub fn with_node<R>(xml: &str, test: impl FnOnce(Node<'_>, &Context<'_>) -> R) -> R {
    with_section("", xml, &Zone::Unknown, test)
}

/// A value as compact JSON; `-` for none.
pub fn json(value: Option<&Value>) -> String {
    let Some(value) = value else { return "-".to_owned() };
    let mut writer = Writer::new(false);
    writer.value(value);
    String::from_utf8(writer.finish()).unwrap()
}

/// What a transform makes of an element, as compact JSON, and the codes of what it reported.
pub fn run(xml: &str, transform: impl FnOnce(&Context<'_>, Node<'_>) -> Option<Value>) -> (String, Vec<&'static str>) {
    run_in("", xml, &Zone::Unknown, transform)
}

/// The same in a section with narrative, and with a zone.
pub fn run_in(
    narrative: &str,
    xml: &str,
    zone: &Zone,
    transform: impl FnOnce(&Context<'_>, Node<'_>) -> Option<Value>,
) -> (String, Vec<&'static str>) {
    with_section(narrative, xml, zone, |node, cx| {
        let value = transform(cx, node);
        (json(value.as_ref()), cx.take().iter().map(|f: &Finding| f.code).collect())
    })
}

/// The JSON alone.
pub fn out(xml: &str, transform: impl FnOnce(&Context<'_>, Node<'_>) -> Option<Value>) -> String {
    run(xml, transform).0
}
