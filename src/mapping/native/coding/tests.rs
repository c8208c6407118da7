use super::*;
use crate::mapping::context::Zone;
use crate::mapping::native::testing::{out, run, run_in};

#[test]
fn k014_known_system_gives_its_uri() {
    assert_eq!(
        out("<code code='8867-4' codeSystem='2.16.840.1.113883.6.1' displayName='Heart rate'/>", codeable_concept),
        r#"{"coding":[{"system":"http://loinc.org","code":"8867-4","display":"Heart rate"}]}"#
    );
}

#[test]
fn k120_unknown_system_is_a_urn() {
    assert_eq!(
        out("<code code='x' codeSystem='2.16.840.1.113883.4.123456789' codeSystemVersion='2'/>", coding),
        r#"{"system":"urn:oid:2.16.840.1.113883.4.123456789","version":"2","code":"x"}"#
    );
}

#[test]
fn k015_translations_follow_the_root_in_order() {
    let json = out(
        "<value code='1' codeSystem='2.16.840.1.113883.6.96'><translation code='2' codeSystem='2.16.840.1.113883.6.90'/>\
         <translation code='3' codeSystem='2.16.840.1.113883.6.90'/><translation code='1' codeSystem='2.16.840.1.113883.6.96' displayName='one'/></value>",
        codeable_concept,
    );
    assert_eq!(
        json,
        r#"{"coding":[{"system":"http://snomed.info/sct","code":"1","display":"one"},{"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"2"},{"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"3"}]}"#
    );
}

#[test]
fn null_root_leaves_its_translations() {
    let xml = "<code nullFlavor='OTH'><originalText>Words</originalText><translation code='2' codeSystem='2.16.840.1.113883.6.90'/></code>";
    assert_eq!(
        out(xml, codeable_concept),
        r#"{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"2"}],"text":"Words"}"#
    );
    assert_eq!(
        out("<code nullFlavor='UNK'><originalText>Words</originalText></code>", codeable_concept),
        r#"{"text":"Words"}"#
    );
    assert_eq!(out("<code nullFlavor='UNK'/>", codeable_concept), "-");
    assert_eq!(out("<code nullFlavor='UNK'/>", coding), "-");
    assert_eq!(out("<code nullFlavor='UNK'/>", code), "-");
}

#[test]
fn k016_original_text_by_reference() {
    let xml = "<code code='2' codeSystem='2.16.840.1.113883.6.90'><originalText><reference value='#x'/></originalText></code>";
    assert_eq!(
        run_in("<content ID='x'>A <sub>1</sub></content>", xml, &Zone::Unknown, codeable_concept).0,
        r#"{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"2"}],"text":"A 1"}"#
    );
}

#[test]
fn what_is_wrong_is_reported_and_kept_where_it_can_be() {
    let found = run("<code code=' a  b ' codeSystem='LOCAL'/>", codeable_concept);
    assert_eq!(found, (r#"{"coding":[{"code":"a b"}]}"#.to_owned(), vec!["code-system-invalid"]));
    let found = run("<code code='a'/>", codeable_concept);
    assert_eq!(found, (r#"{"coding":[{"code":"a"}]}"#.to_owned(), vec!["code-without-system"]));
    assert_eq!(run("<statusCode code='active'/>", code), ("\"active\"".to_owned(), vec![]));
    let found = run("<code displayName='Only words'/>", codeable_concept);
    assert_eq!(found, (r#"{"text":"Only words"}"#.to_owned(), vec!["code-missing"]));
    let found = run("<code nullFlavor='UNK' code='a' displayName='Maybe'/>", codeable_concept);
    assert_eq!(found, (r#"{"text":"Maybe"}"#.to_owned(), vec!["null-with-value"]));
}

/// HL7's own examples leave the system of a qualifier out.
#[test]
fn a_qualifier_without_system_is_of_the_system_of_its_concept() {
    fn value<'t>(n: Node<'t>) -> Option<Node<'t>> {
        n.child(name::QUALIFIER)?.child(name::VALUE)
    }
    let of = |whole: &str| {
        let inner = "<qualifier><name code='272741003'/><value code='7771000' displayName='Left'/></qualifier>";
        let xml = format!("<code {whole}><qualifier><value code='52734007'>{inner}</value></qualifier></code>");
        run(&xml, |cx, node| coding(cx, value(value(node)?)?))
    };
    let (left, reports) = of("code='405613005' codeSystem='2.16.840.1.113883.6.96'");
    assert_eq!(left, r#"{"system":"http://snomed.info/sct","code":"7771000","display":"Left"}"#);
    assert_eq!(reports, ["qualifier-system-inferred"]);
    // nobody says what it is of
    let (left, reports) = of("code='405613005'");
    assert_eq!(left, r#"{"code":"7771000","display":"Left"}"#);
    assert_eq!(reports, ["code-without-system"]);
}

#[test]
fn a_code_outside_the_value_set_is_a_code() {
    let found = run("<code code='24357-6' codeSystem='2.16.840.1.113883.6.1' nullFlavor='OTH'/>", codeable_concept);
    let coding = r#"{"coding":[{"system":"http://loinc.org","code":"24357-6"}]}"#;
    assert_eq!(found, (coding.to_owned(), vec!["null-with-value"]));
}

#[test]
fn a_description_id_is_no_concept() {
    let found =
        run("<value code='49966017' codeSystem='2.16.840.1.113883.6.96' displayName='Asthma'/>", codeable_concept);
    assert_eq!(
        found,
        (
            r#"{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/originalText","valueString":"49966017"}],"text":"Asthma"}"#
                .to_owned(),
            vec!["snomed-description-id"]
        )
    );
    assert!(!is_description_id("195967001") && !is_description_id("38341003") && is_description_id("301485011"));
}

#[test]
fn laterality_is_never_lost() {
    let q = "<qualifier><name code='272741003' displayName='Laterality'/><value code='7771000' displayName='Left'/></qualifier>";
    let cd = |inner: &str| {
        format!(
            "<value code='71620000' codeSystem='2.16.840.1.113883.6.96' displayName='Fracture of femur'>{inner}</value>"
        )
    };
    let coding = r#"{"system":"http://snomed.info/sct","code":"71620000","display":"Fracture of femur"}"#;
    assert_eq!(
        run(&cd(q), codeable_concept),
        (
            format!(r#"{{"coding":[{coding}],"text":"Fracture of femur (Laterality: Left)"}}"#),
            vec!["qualifier-as-text"]
        )
    );
    assert_eq!(
        out(&cd(&format!("<originalText>Broken thigh</originalText>{q}")), codeable_concept),
        format!(
            r#"{{"coding":[{coding},{{"display":"Fracture of femur (Laterality: Left)"}}],"text":"Broken thigh"}}"#
        )
    );
    assert_eq!(
        out(&cd(&format!("<originalText>Broken left thigh</originalText>{q}")), codeable_concept),
        format!(r#"{{"coding":[{coding}],"text":"Broken left thigh"}}"#)
    );
}

#[test]
fn words_for_strings() {
    assert_eq!(out("<code code='x' displayName='Name'><originalText>Text</originalText></code>", display), "\"Text\"");
    assert_eq!(out("<code nullFlavor='OTH'><translation displayName='Name'/></code>", display), "\"Name\"");
}

#[test]
fn a_word_is_no_code_of_a_system_whose_codes_have_digits() {
    assert_eq!(
        run("<code code='UNK' codeSystem='2.16.840.1.113883.6.96'/>", codeable_concept),
        (r#"{"coding":[{"code":"UNK"}]}"#.to_owned(), vec!["code-not-in-system"])
    );
    assert!(run("<code code='NA' codeSystem='1.0.3166.1'/>", codeable_concept).1.is_empty());
    assert!(run("<code code='LA16666-2' codeSystem='2.16.840.1.113883.6.1'/>", codeable_concept).1.is_empty());
}

#[test]
fn a_country_that_is_none_has_no_system() {
    let system = r#""system":"urn:iso:std:iso:3166","#;
    for country in ["BR", "BRA", "076"] {
        let (json, issues) =
            run(&format!("<code code='{country}' codeSystem='urn:iso:std:iso:3166'/>"), codeable_concept);
        assert!(json.contains(system) && issues.is_empty(), "{country}: {json} {issues:?}");
    }
    for none in ["DAG", "XX", "br", "USA-CA", "12"] {
        let (json, issues) = run(
            &format!("<code code='{none}' displayName='Dagobah' codeSystem='urn:iso:std:iso:3166'/>"),
            codeable_concept,
        );
        assert_eq!(json, format!(r#"{{"coding":[{{"code":"{none}","display":"Dagobah"}}]}}"#));
        assert_eq!(issues, ["code-not-in-system"]);
    }
}

#[test]
fn a_unit_that_ucum_does_not_have_has_no_system() {
    let unit =
        |code: &str| run(&format!("<value code='{code}' codeSystem='http://unitsofmeasure.org'/>"), codeable_concept);
    assert_eq!(unit("mosm/L").0, r#"{"coding":[{"system":"http://unitsofmeasure.org","code":"mosm/L"}]}"#);
    assert_eq!(unit("mOsm/L"), (r#"{"coding":[{"code":"mOsm/L"}]}"#.to_owned(), vec!["code-not-in-system"]));
}
