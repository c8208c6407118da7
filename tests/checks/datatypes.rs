//! Datatypes and narrative through whole documents: facts K001–K037 and K118–K131.

use crate::checks;
use crate::common::*;

/// The identifier of a patient with this id.
fn identifier(id: &str) -> Made {
    Doc::new().role(&format!("{id}<patient><name><family>Exemplar</family></name></patient>")).convert()
}

#[track_caller]
fn identified(id: &str, system: Option<&str>, value: &str) {
    let m = identifier(id);
    let p = m.one("Patient");
    m.is(p, "identifier.value", &[value]);
    m.is(p, "identifier.system", system.as_slice());
}

/// A result observation with time, code and value.
fn result(inner: &str) -> Made {
    narrated("Narrative", inner)
}

fn narrated(text: &str, inner: &str) -> Made {
    Doc::new()
        .section(
            "30954-2",
            text,
            &format!(
                r#"<entry><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.2" extension="2015-08-01"/>
<id root="2.16.840.1.113883.19.6.1" extension="o"/>{inner}</observation></entry>"#
            ),
        )
        .convert()
}

const CODE: &str = r#"<code code="5811-5" codeSystem="2.16.840.1.113883.6.1"/>"#;
const DONE: &str = r#"<statusCode code="completed"/><effectiveTime value="20230531"/>"#;

fn value(xml: &str) -> Made {
    result(&format!("{CODE}{DONE}{xml}"))
}

fn time(time: &str) -> Made {
    result(&format!(r#"{CODE}<statusCode code="completed"/>{time}<value xsi:type="PQ" value="1" unit="1"/>"#))
}

fn o(m: &Made) -> &serde_json::Value {
    m.one("Observation")
}

fn telecom(xml: &str) -> Made {
    Doc::new()
        .role(&format!(
            r#"<id root="1.2.3" extension="1"/>{xml}<patient><name><family>Exemplar</family></name></patient>"#
        ))
        .convert()
}

fn named(xml: &str) -> Made {
    Doc::new().patient(xml).convert()
}

/// Every primitive at a key of the bundle.
fn walk(v: &serde_json::Value, see: &mut impl FnMut(&str, &str)) {
    match v {
        serde_json::Value::Object(o) => o.iter().for_each(|(k, v)| {
            if let Some(s) = v.as_str() {
                see(k, s);
            }
            walk(v, see);
        }),
        serde_json::Value::Array(a) => a.iter().for_each(|v| walk(v, see)),
        _ => {}
    }
}

checks! {
    fn k001_social_security_number() {
        identified(r#"<id root="2.16.840.1.113883.4.1" extension="123-45-6789"/>"#, Some("http://hl7.org/fhir/sid/us-ssn"), "123-45-6789");
    }

    fn k002_unknown_oid() {
        identified(r#"<id root="2.16.840.1.113883.19.4.500" extension="12345V7890"/>"#, Some("urn:oid:2.16.840.1.113883.19.4.500"), "12345V7890");
    }

    fn k003_oid_alone() {
        identified(r#"<id root="2.16.840.1.123.4.50.123456789"/>"#, Some("urn:ietf:rfc:3986"), "urn:oid:2.16.840.1.123.4.50.123456789");
    }

    fn k004_uuid_alone() {
        identified(r#"<id root="67265ED2-35BB-43F8-B9DE-91C5935625E0"/>"#, Some("urn:ietf:rfc:3986"), "urn:uuid:67265ed2-35bb-43f8-b9de-91c5935625e0");
    }

    fn k005_uuid_with_extension() {
        identified(r#"<id root="67265ED2-35BB-43F8-B9DE-91C5935625E0" extension="abcd"/>"#, Some("urn:uuid:67265ed2-35bb-43f8-b9de-91c5935625e0"), "abcd");
    }

    fn k006_extension_alone() {
        identified(r#"<id extension="Z1124"/>"#, None, "Z1124");
    }

    fn k007_url_as_extension() {
        identified(r#"<id root="2.16.840.1.113883.4.873" extension="http://myorg.com/patient/1234"/>"#, Some("http://myorg.com/patient"), "1234");
    }

    fn k008_urn_as_extension() {
        identified(r#"<id root="2.16.840.1.113883.4.873" extension="urn:myNID:myOrg:Z3321"/>"#, Some("urn:myNID:myOrg"), "Z3321");
    }

    fn k009_a_numbering_scheme_without_number_is_no_number() {
        let m = Doc::new().author(&AUTHOR.replace(r#" extension="9999999901""#, "")).convert();
        assert!(!m.json.contains("urn:oid:2.16.840.1.113883.4.6"));
        for p in m.all("Practitioner") {
            m.none(p, "identifier.value");
        }
    }

    fn k010_precision_is_kept() {
        for (ts, want) in [("2023", "2023"), ("202305", "2023-05"), ("20230531", "2023-05-31")] {
            let m = time(&format!(r#"<effectiveTime value="{ts}"/>"#));
            m.is(o(&m), "effectiveDateTime", &[want]);
        }
    }

    fn k011_seconds_are_filled_and_the_offset_kept() {
        let m = time(r#"<effectiveTime value="202305312205-0500"/>"#);
        m.is(o(&m), "effectiveDateTime", &["2023-05-31T22:05:00-05:00"]);
    }

    fn k012_no_time_of_day_without_an_offset() {
        use granule::convert::{Options, ZoneChoice};
        for (zone, want) in [(ZoneChoice::Unknown, "2023-05-31"), (ZoneChoice::Document, "2023-05-31T22:05:00-05:00")] {
            let doc = Doc::new().section("30954-2", "x", &format!(r#"<entry><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.2"/>
<id root="1.2.3" extension="o"/>{CODE}<statusCode code="completed"/><effectiveTime value="202305312205"/><value xsi:type="TS" value="20230531220530"/></observation></entry>"#));
            let m = convert_with(converter(), doc.xml().as_bytes(), &Options { zone, ..Options::default() });
            m.is(o(&m), "effectiveDateTime", &[want]);
            walk(&m.bundle, &mut |key, s| {
                let timed = s.len() > 10 && s.as_bytes()[10] == b'T' && s.as_bytes()[..4].iter().all(u8::is_ascii_digit);
                if timed && !key.ends_with("String") {
                    assert!(s.ends_with('Z') || s[11..].contains(['+', '-']), "{key}: {s}");
                }
            });
        }
    }

    fn k013_the_start_is_the_time_where_one_is_wanted() {
        let m = Doc::new().section("11450-4", "x", r#"<entry><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.3"/><code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="active"/>
<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.4"/><id root="1.2.3" extension="p"/><code code="55607006" codeSystem="2.16.840.1.113883.6.96"/>
<statusCode code="completed"/><effectiveTime><low value="20120806"/></effectiveTime><value xsi:type="CD" code="233604007" codeSystem="2.16.840.1.113883.6.96"/></observation></entryRelationship></act></entry>"#).convert();
        m.is(m.one("Condition"), "onsetDateTime", &["2012-08-06"]);
    }

    fn k014_known_code_systems_have_their_uri() {
        let m = value(r#"<value xsi:type="PQ" value="1" unit="1"/>"#);
        m.is(o(&m), "code.coding.system", &[LOINC]);
        assert!(!m.json.contains("urn:oid:2.16.840.1.113883.6.1\""));
    }

    fn k015_translations_follow_in_order() {
        let m = value(r#"<value xsi:type="CD" code="233604007" codeSystem="2.16.840.1.113883.6.96"><translation code="486" codeSystem="2.16.840.1.113883.6.103"/><translation code="J18.9" codeSystem="2.16.840.1.113883.6.90"/></value>"#);
        assert_eq!(codes(&m, o(&m), "valueCodeableConcept"), ["http://snomed.info/sct|233604007", "http://hl7.org/fhir/sid/icd-9-cm|486", "http://hl7.org/fhir/sid/icd-10-cm|J18.9"]);
    }

    fn k016_original_text_is_resolved_without_markup() {
        let m = narrated(r#"<content ID="x">A <sub>1</sub></content>"#, &format!(r##"<code code="5811-5" codeSystem="2.16.840.1.113883.6.1"><originalText><reference value="#x"/></originalText></code>{DONE}<value xsi:type="PQ" value="1" unit="1"/>"##));
        m.is(o(&m), "code.text", &["A 1"]);
    }

    fn k017_quantity() {
        let m = value(r#"<value xsi:type="PQ" value="80" unit="/min"/>"#);
        m.is(o(&m), "valueQuantity.value", &["80"]);
        m.is(o(&m), "valueQuantity.code", &["/min"]);
        m.is(o(&m), "valueQuantity.system", &["http://unitsofmeasure.org"]);
    }

    /// What senders write that is no UCUM: each spelling stands for one unit, of the same kind and the same size.
    fn units_in_other_spellings_keep_their_size() {
        for (written, code) in [
            ("DegF", "[degF]"),
            ("deg F", "[degF]"),
            ("F", "[degF]"),
            ("CEL", "Cel"),
            ("BPM", "/min"),
            // both are UCUM
            ("10^3/uL", "10^3/uL"),
            ("10*9/L", "10*9/L"),
            ("10+6/uL", "10*6/uL"),
            ("CM", "cm"),
            ("/MM3", "/mm3"),
        ] {
            let m = value(&format!(r#"<value xsi:type="PQ" value="98.6" unit="{written}"/>"#));
            m.is(o(&m), "valueQuantity.code", &[code]);
            m.is(o(&m), "valueQuantity.unit", &[written]);
            m.is(o(&m), "valueQuantity.value", &["98.6"]);
        }
    }

    fn k018_at_most() {
        let m = value(r#"<value xsi:type="IVL_PQ"><high value="200" unit="mg/dL"/></value>"#);
        m.is(o(&m), "valueQuantity.value", &["200"]);
        m.is(o(&m), "valueQuantity.comparator", &["<="]);
    }

    fn k019_below() {
        let m = value(r#"<value xsi:type="IVL_PQ"><low nullFlavor="NINF"/><high value="200" unit="mg/dL" inclusive="false"/></value>"#);
        m.is(o(&m), "valueQuantity.comparator", &["<"]);
        m.is(o(&m), "valueQuantity.value", &["200"]);
    }

    fn k020_above() {
        let m = value(r#"<value xsi:type="IVL_PQ"><low value="500" unit="mg/dL" inclusive="false"/></value>"#);
        m.is(o(&m), "valueQuantity.comparator", &[">"]);
        m.is(o(&m), "valueQuantity.value", &["500"]);
    }

    fn k021_a_range_keeps_the_units_of_its_ends() {
        let m = value(r#"<value xsi:type="IVL_PQ"><low value="200" unit="mg/dL"/><high value="1" unit="g/dL"/></value>"#);
        m.is(o(&m), "valueRange.low.value", &["200"]);
        m.is(o(&m), "valueRange.low.code", &["mg/dL"]);
        m.is(o(&m), "valueRange.high.value", &["1"]);
        m.is(o(&m), "valueRange.high.code", &["g/dL"]);
    }

    fn k022_k124_bytes_are_not_encoded_twice() {
        let body = |representation: &str, text: &str| Doc::new().xml().replace("</ClinicalDocument>", &format!(
            r#"<component><nonXMLBody><text mediaType="application/pdf" {representation}>{text}</text></nonXMLBody></component></ClinicalDocument>"#));
        let m = convert(body(r#"representation="B64""#, "\n  dGFnZ2VkIHRleHQ=\n").as_bytes());
        m.has(m.one("DocumentReference"), "content.attachment.data", "dGFnZ2VkIHRleHQ=");
        m.has(m.one("DocumentReference"), "content.attachment.contentType", "application/pdf");
        let m = convert(body(r#"representation="TXT""#, "tagged text").replace("application/pdf", "text/plain").as_bytes());
        m.has(m.one("DocumentReference"), "content.attachment.data", "dGFnZ2VkIHRleHQ=");
        m.has(m.one("DocumentReference"), "content.attachment.contentType", "text/plain");
    }

    fn k023_k125_reasons_of_absence() {
        for (flavor, want) in [("ASKU", "asked-unknown"), ("MSK", "masked"), ("UNK", "unknown"), ("NA", "not-applicable"), ("NASK", "not-asked")] {
            let m = value(&format!(r#"<value xsi:type="PQ" nullFlavor="{flavor}"/>"#));
            m.is(o(&m), "dataAbsentReason.coding.code", &[want]);
            m.none(o(&m), "valueQuantity");
        }
    }

    fn k024_no_information_on_what_is_optional_is_left_out() {
        let m = Doc::new().patient(r#"<name><family>Exemplar</family></name><birthTime nullFlavor="NI"/><maritalStatusCode nullFlavor="NI"/>"#).convert();
        m.none(m.one("Patient"), "birthDate");
        m.none(m.one("Patient"), "_birthDate");
        m.none(m.one("Patient"), "maritalStatus");
    }

    fn k025_no_information_on_a_value_is_unknown() {
        let m = value(r#"<value xsi:type="PQ" nullFlavor="NI"/>"#);
        m.is(o(&m), "dataAbsentReason.coding.code", &["unknown"]);
    }

    fn k026_the_url_of_the_reason() {
        for path in files("samples", ".xml") {
            let m = convert(&std::fs::read(&path).unwrap());
            walk(&m.bundle, &mut |key, s| {
                if key == "url" && s.contains("data-absent-reason") {
                    assert_eq!(s, ABSENT);
                }
            });
        }
    }

    fn k027_k028_k029_k126_telecom() {
        for (xml, system, want, used) in [
            (r#"<telecom value="tel:+1(555)867-5309"/>"#, "phone", "+1(555)867-5309", ""),
            (r#"<telecom value="tel:5550100" use="PG"/>"#, "pager", "5550100", "mobile"),
            (r#"<telecom value="mailto:a@b" use="WP"/>"#, "email", "a@b", "work"),
            (r#"<telecom value="x-text-fax:555"/>"#, "fax", "555", ""),
            (r#"<telecom value="fax:555" use="HP"/>"#, "fax", "555", "home"),
        ] {
            let m = telecom(xml);
            let p = m.one("Patient");
            m.is(p, "telecom.system", &[system]);
            m.is(p, "telecom.value", &[want]);
            if !used.is_empty() {
                m.is(p, "telecom.use", &[used]);
            }
        }
    }

    fn k030_k031_k032_k127_name_use() {
        for (xml, want) in [
            (r#"<name use="L"><given>A</given><family>B</family></name>"#, "usual"),
            (r#"<name use="P"><given qualifier="CL">A</given><family>B</family></name>"#, "nickname"),
            (r#"<name use="P"><given>A</given><family>B</family></name>"#, "anonymous"),
            (r#"<name use="C"><given>A</given><family>B</family></name>"#, "official"),
        ] {
            let m = named(xml);
            m.is(m.one("Patient"), "name.use", &[want]);
        }
    }

    fn k033_k129_address_use() {
        for (code, want) in [("HP", &["home"][..]), ("TMP", &["temp"]), ("BAD", &["old"]), ("WP", &["work"]), ("PHYS", &[])] {
            let m = telecom(&format!(r#"<addr use="{code}"><city>Beaverton</city></addr>"#));
            m.is(m.one("Patient"), "address.use", want);
            m.is(m.one("Patient"), "address.city", &["Beaverton"]);
        }
    }

    fn k034_a_comment() {
        let m = value(r#"<value xsi:type="PQ" value="1" unit="1"/><entryRelationship typeCode="SUBJ" inversionInd="true"><act classCode="ACT" moodCode="EVN"><templateId root="2.16.840.1.113883.10.20.22.4.64"/>
<code code="48767-8" codeSystem="2.16.840.1.113883.6.1"/><text>Sample was cloudy</text><author><time value="20230601"/><assignedAuthor><id root="1.2.3" extension="c"/><assignedPerson><name><family>Commenter</family></name></assignedPerson></assignedAuthor></author></act></entryRelationship>"#);
        m.is(o(&m), "note.text", &["Sample was cloudy"]);
        m.is(o(&m), "note.time", &["2023-06-01"]);
        m.is(o(&m), "note.authorReference.resolve().name.family", &["Commenter"]);
        assert!(!m.reported("statement-not-mapped"));
    }

    fn k035_the_words_of_an_entry() {
        let m = narrated(r#"<paragraph ID="id1">Gravity <content styleCode="Italics">1.015</content></paragraph>"#, &format!(r##"{CODE}<text><reference value="#id1"/></text>{DONE}<value xsi:type="PQ" value="1" unit="1"/>"##));
        m.contains(o(&m), "text.div", "1.015");
        m.contains(o(&m), "text.div", "http://www.w3.org/1999/xhtml");
    }

    fn k036_words_of_its_own_and_referred_ones() {
        let m = narrated(r#"<paragraph ID="id1">referred words</paragraph>"#, &format!(r##"{CODE}<text>own words <reference value="#id1"/></text>{DONE}<value xsi:type="PQ" value="1" unit="1"/>"##));
        m.contains(o(&m), "text.div", "own words");
        m.contains(o(&m), "text.div", "referred words");
    }

    fn k037_a_row_brings_its_header() {
        let m = narrated(r#"<table><thead><tr><th>Test</th><th>Value</th></tr></thead><tbody><tr ID="r1"><td>Gravity</td><td>1.015</td></tr><tr ID="r2"><td>Glucose</td><td>9</td></tr></tbody></table>"#,
            &format!(r##"{CODE}<text><reference value="#r1"/></text>{DONE}<value xsi:type="PQ" value="1" unit="1"/>"##));
        let div = m.texts(o(&m), "text.div").join("");
        assert!(div.contains("<table") && div.contains("Test") && div.contains("Gravity") && !div.contains("Glucose"), "{div}");
    }

    fn k119_period() {
        let m = Doc::new().header(r#"<componentOf><encompassingEncounter><id root="1.2.3" extension="e"/><effectiveTime><low value="20230501"/><high value="20230531"/></effectiveTime></encompassingEncounter></componentOf>"#).convert();
        m.is(m.one("Encounter"), "period.start", &["2023-05-01"]);
        m.is(m.one("Encounter"), "period.end", &["2023-05-31"]);
    }

    fn k120_unknown_code_system() {
        let m = value(r#"<value xsi:type="CD" code="x" codeSystem="2.16.840.1.113883.4.123456789"/>"#);
        assert_eq!(codes(&m, o(&m), "valueCodeableConcept"), ["urn:oid:2.16.840.1.113883.4.123456789|x"]);
    }

    fn k121_a_real_has_no_unit() {
        let m = value(r#"<value xsi:type="REAL" value="1.5"/>"#);
        m.is(o(&m), "valueQuantity.value", &["1.5"]);
        m.none(o(&m), "valueQuantity.unit");
        m.none(o(&m), "valueQuantity.code");
        m.none(o(&m), "valueQuantity.system");
    }

    fn k122_from_nothing_to_a_bound_is_at_most() {
        let m = value(r#"<value xsi:type="IVL_PQ"><low value="0" unit="mg/dL"/><high value="200" unit="mg/dL"/></value>"#);
        m.is(o(&m), "valueQuantity.comparator", &["<="]);
        m.is(o(&m), "valueQuantity.value", &["200"]);
    }

    fn k123_from_a_bound_to_infinity_is_at_least() {
        let m = value(r#"<value xsi:type="IVL_PQ"><low value="500" unit="mg/dL"/><high nullFlavor="PINF"/></value>"#);
        m.is(o(&m), "valueQuantity.comparator", &[">="]);
        m.is(o(&m), "valueQuantity.value", &["500"]);
    }

    fn k128_a_name_for_a_time() {
        let m = named(r#"<name><family>Probe</family><validTime><low value="1957"/><high value="19810619"/></validTime></name>"#);
        m.is(m.one("Patient"), "name.period.start", &["1957"]);
        m.is(m.one("Patient"), "name.period.end", &["1981-06-19"]);
    }

    fn k130_k131_narrative() {
        let m = Doc::new().section("30954-2", r#"<list listType="ordered"><item>first</item></list><paragraph ID="a" styleCode="Bold">loud</paragraph>"#, "").convert();
        let div = m.texts(m.one("Composition"), "section.text.div").join("");
        assert!(div.contains("<ol") && div.contains("<li>first</li>"), "{div}");
        assert!(div.contains(r#"id="a""#) && div.to_lowercase().contains("bold"), "{div}");
    }

    fn digits_are_kept() {
        let m = value(r#"<value xsi:type="PQ" value="1.50" unit="mg/dL"/>"#);
        assert!(m.json.contains(r#""value":1.50"#), "{}", m.json);
    }
}
