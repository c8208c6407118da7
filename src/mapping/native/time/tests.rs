use super::*;
use crate::mapping::native::testing::{out, run, run_in, with_node};

fn ts(value: &str) -> String {
    out(&format!("<effectiveTime value='{value}'/>"), date_time_value).trim_matches('"').to_owned()
}

fn zoned(value: &str, zone: &Zone) -> (String, Vec<&'static str>) {
    run_in("", &format!("<time value='{value}'/>"), zone, date_time_value)
}

#[test]
fn k010_precision_is_kept() {
    for (value, text) in [("2023", "2023"), ("202305", "2023-05"), ("20230531", "2023-05-31")] {
        assert_eq!(ts(value), text);
    }
}

#[test]
fn k011_minute_precision_gets_zero_seconds() {
    assert_eq!(ts("202305312205-0500"), "2023-05-31T22:05:00-05:00");
    assert_eq!(ts("201309111603-0700"), "2013-09-11T16:03:00-07:00");
    assert_eq!(ts("201208151000-0800"), "2012-08-15T10:00:00-08:00");
}

#[test]
fn k012_no_time_without_offset() {
    for value in ["202305312205", "20230531220507", "20230531220507.123", "2023053122", "2023053122-0500"] {
        assert_eq!(ts(value), "2023-05-31", "{value}");
    }
    with_node("<time value='202305312205'/>", |node, cx| {
        let time = date_time(cx, node).unwrap();
        assert_eq!(time.original, Some("202305312205"));
        assert_eq!(
            crate::mapping::native::testing::json(time.element().as_ref()),
            r#"{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/originalText","valueString":"202305312205"}]}"#
        );
        let found = cx.take();
        assert_eq!(found[0].code, "time-without-zone");
        assert!(!found[0].message.contains("2023"));
    });
}

#[test]
fn k013_low_alone_gives_the_date_time() {
    assert_eq!(out("<effectiveTime><low value='20230531'/></effectiveTime>", date_time_value), "\"2023-05-31\"");
    assert_eq!(out("<effectiveTime><high value='20230531'/></effectiveTime>", date_time_value), "-");
    assert_eq!(out("<effectiveTime><center value='20230531'/></effectiveTime>", date_time_value), "\"2023-05-31\"");
    let null_low = "<effectiveTime><low nullFlavor='UNK'/><high value='2023'/></effectiveTime>";
    assert_eq!(out(null_low, date_time_value), "-");
}

#[test]
fn k118_seconds_and_offset() {
    assert_eq!(ts("20140520193605-0600"), "2014-05-20T19:36:05-06:00");
    assert_eq!(ts("20140520193605.50+01"), "2014-05-20T19:36:05.50+01:00");
    assert_eq!(ts("20140520193605Z"), "2014-05-20T19:36:05Z");
    assert_eq!(ts("201405202400-0600"), "2014-05-21T00:00:00-06:00");
    assert_eq!(ts("20161231235960Z"), "2016-12-31T23:59:60Z");
}

#[test]
fn k119_low_is_start_and_high_is_end() {
    let ivl = |parts: &str| run(&format!("<effectiveTime>{parts}</effectiveTime>"), period);
    assert_eq!(
        ivl("<low value='20120806'/><high value='20121106'/>").0,
        r#"{"start":"2012-08-06","end":"2012-11-06"}"#
    );
    assert_eq!(ivl("<low value='20120806'/><high nullFlavor='UNK'/>").0, r#"{"start":"2012-08-06"}"#);
    assert_eq!(ivl("<high value='20121106'/>").0, r#"{"end":"2012-11-06"}"#);
    assert_eq!(ivl("<low nullFlavor='UNK'/><high nullFlavor='UNK'/>").0, "-");
    let (json, codes) = ivl("<low value='20120806'/><high value='20120805'/>");
    assert_eq!((json.as_str(), codes), (r#"{"start":"2012-08-06"}"#, vec!["period-inverted"]));
    let (json, codes) = ivl("<low value='20120806'/><width value='3' unit='d'/>");
    assert_eq!((json.as_str(), codes), (r#"{"start":"2012-08-06"}"#, vec!["width-dropped"]));
}

#[test]
fn an_end_that_stands_for_none_is_not_inverted() {
    let xml = "<effectiveTime><low value='20130513'/><high value='00010101000000'/></effectiveTime>";
    assert_eq!(run(xml, period), (r#"{"start":"2013-05-13"}"#.to_owned(), vec!["sentinel-time"]));
}

#[test]
fn ends_that_differ_only_in_precision_are_levelled() {
    let both = "<effectiveTime><low value='201208'/><high value='20120815'/></effectiveTime>";
    let (json, codes) = run(both, period);
    assert!(json.starts_with(r#"{"start":"2012-08","end":"2012-08","_end":"#), "{json}");
    assert!(json.contains("20120815"));
    assert_eq!(codes, vec!["period-precision"]);
    let apart = "<effectiveTime><low value='201207'/><high value='20120815'/></effectiveTime>";
    assert_eq!(out(apart, period), r#"{"start":"2012-07","end":"2012-08-15"}"#);
}

#[test]
fn k103_a_point_is_the_start_of_a_period() {
    assert_eq!(out("<effectiveTime value='20120806'/>", period), r#"{"start":"2012-08-06"}"#);
}

#[test]
fn order_of_times() {
    assert!(is_after("20120807", "20120806"));
    assert!(!is_after("201208", "20120806"));
    assert!(!is_after("20120806", "20120806"));
    // the later clock is the earlier moment
    assert!(!is_after("201208061000+0200", "201208060900-0000"));
    assert!(is_after("201208061000-0500", "201208061400+0000"));
    assert!(!is_after("x", "2012"));
}

#[test]
fn zone_of_the_document() {
    let zone = Zone::Document("-05:00".to_owned());
    assert_eq!(zoned("202305312205", &zone), ("\"2023-05-31T22:05:00-05:00\"".to_owned(), vec![]));
    assert_eq!(zoned("202305312205+0100", &zone).0, "\"2023-05-31T22:05:00+01:00\"");
    assert_eq!(zoned("20230531", &zone).0, "\"2023-05-31\"");
    assert_eq!(zoned("202305312205+1", &zone), ("\"2023-05-31\"".to_owned(), vec!["time-without-zone"]));
}

#[test]
fn named_zone_follows_the_date() {
    let zone = Zone::Named(TimeZone::get("Europe/London").unwrap());
    assert_eq!(zoned("202301312205", &zone).0, "\"2023-01-31T22:05:00+00:00\"");
    assert_eq!(zoned("202307312205", &zone).0, "\"2023-07-31T22:05:00+01:00\"");
    // happens twice on 29 October 2023, never on 26 March
    assert_eq!(
        zoned("202310290130", &zone),
        ("\"2023-10-29\"".to_owned(), vec!["time-ambiguous", "time-without-zone"])
    );
    assert_eq!(
        zoned("202303260130", &zone),
        ("\"2023-03-26\"".to_owned(), vec!["time-ambiguous", "time-without-zone"])
    );
}

#[test]
fn invalid_and_odd_times() {
    for value in ["20231301", "20230230", "00000000", "abc", "200130311"] {
        let (json, codes) = run(&format!("<time value='{value}'/>"), date_time_value);
        assert_eq!((json.as_str(), codes), ("-", vec!["invalid-time"]), "{value}");
    }
    assert_eq!(run("<time value='99991231'/>", date_time_value), ("-".to_owned(), vec!["sentinel-time"]));
    assert_eq!(run("<time value='20120000'/>", date_time_value), ("\"2012\"".to_owned(), vec!["lenient-time"]));
    assert_eq!(run("<time value='20120806-0500'/>", date_time_value).1, vec!["time-offset-dropped"]);
    assert_eq!(ts("2012-08-06T10:00:00-05:00"), "2012-08-06T10:00:00-05:00");
}

#[test]
fn dates_and_instants() {
    assert_eq!(run("<birthTime value='198001011230'/>", date_value), ("\"1980-01-01\"".to_owned(), vec![]));
    assert_eq!(out("<birthTime value='1980'/>", date_value), "\"1980\"");
    assert_eq!(out("<time value='201208061000-0500'/>", instant_value), "\"2012-08-06T10:00:00-05:00\"");
    assert_eq!(run("<time value='20120806'/>", instant_value), ("-".to_owned(), vec!["instant-incomplete"]));
}
