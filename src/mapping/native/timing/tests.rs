use super::*;
use crate::mapping::native::testing::{json, with_node};

/// The Timing of the children of one element, and what was reported.
fn times(xml: &str) -> (String, Vec<&'static str>) {
    let wrapped = format!("<substanceAdministration>{xml}</substanceAdministration>");
    with_node(&wrapped, |node, cx| {
        let nodes: Vec<_> = node.children().collect();
        let value = timing(cx, &nodes);
        (json(value.as_ref()), cx.take().iter().map(|f| f.code).collect())
    })
}

fn pivl(attributes: &str, inner: &str) -> String {
    times(&format!("<effectiveTime xsi:type='PIVL_TS' operator='A' {attributes}>{inner}</effectiveTime>")).0
}

const BOUNDS: &str = "<effectiveTime xsi:type='IVL_TS'><low value='20120806'/><high value='20121106'/></effectiveTime>";

#[test]
fn k070_a_point_is_an_event() {
    assert_eq!(times("<effectiveTime value='20120806'/>").0, r#"{"event":["2012-08-06"]}"#);
}

#[test]
fn k071_an_interval_is_the_bounds() {
    assert_eq!(times(BOUNDS).0, r#"{"repeat":{"boundsPeriod":{"start":"2012-08-06","end":"2012-11-06"}}}"#);
    assert_eq!(times("<effectiveTime xsi:type='IVL_TS'><low nullFlavor='UNK'/></effectiveTime>").0, "-");
    assert_eq!(
        times("<effectiveTime xsi:type='IVL_TS'><width value='10' unit='d'/></effectiveTime>").0,
        r#"{"repeat":{"boundsDuration":{"value":10,"unit":"d","system":"http://unitsofmeasure.org","code":"d"}}}"#
    );
}

#[test]
fn k072_every_eight_hours() {
    assert_eq!(pivl("", "<period value='8' unit='h'/>"), r#"{"repeat":{"frequency":1,"period":8,"periodUnit":"h"}}"#);
}

#[test]
fn k073_three_times_a_day() {
    let tid = r#"{"repeat":{"frequency":3,"period":1,"periodUnit":"d"}}"#;
    for period in [
        "<period value='8' unit='h'/>",
        "<period value='8.00' unit='h'/>",
        "<period value='.3333333333333333333' unit='d'/>",
        "<period value='0.33' unit='d'/>",
    ] {
        assert_eq!(pivl("institutionSpecified='true'", period), tid, "{period}");
    }
    assert_eq!(
        pivl("institutionSpecified='true'", "<period value='.5' unit='d'/>"),
        r#"{"repeat":{"frequency":2,"period":1,"periodUnit":"d"}}"#
    );
    assert_eq!(
        pivl("institutionSpecified='true'", "<period value='7' unit='h'/>"),
        r#"{"repeat":{"frequency":1,"period":7,"periodUnit":"h"}}"#
    );
    assert_eq!(
        pivl("institutionSpecified='true'", "<period value='48' unit='h'/>"),
        r#"{"repeat":{"frequency":1,"period":48,"periodUnit":"h"}}"#
    );
    assert_eq!(
        pivl("institutionSpecified='true'", "<period value='0.3333' unit='wk'/>"),
        r#"{"repeat":{"frequency":3,"period":1,"periodUnit":"wk"}}"#
    );
}

#[test]
fn k074_four_to_six_hours() {
    let range = "<period xsi:type='IVL_PQ'><low value='4' unit='h'/><high value='6' unit='h'/></period>";
    assert_eq!(pivl("", range), r#"{"repeat":{"frequency":1,"period":4,"periodMax":6,"periodUnit":"h"}}"#);
}

#[test]
fn k075_event_and_offset() {
    let eivl = |inner: &str| times(&format!("<effectiveTime xsi:type='EIVL_TS' operator='A'>{inner}</effectiveTime>"));
    assert_eq!(eivl("<event code='PCM'/><offset value='1' unit='h'/>").0, r#"{"repeat":{"when":["PCM"],"offset":60}}"#);
    assert_eq!(
        eivl("<event code='PCM'/><offset><low value='30' unit='min'/></offset>").0,
        r#"{"repeat":{"when":["PCM"],"offset":30}}"#
    );
    assert_eq!(eivl("<event code='HS'/>"), (r#"{"repeat":{"when":["HS"]}}"#.to_owned(), vec![]));
    // tim-9: no offset from the meal itself
    assert_eq!(
        eivl("<event code='CM'/><offset value='1' unit='h'/>"),
        (r#"{"code":{"text":"CM (1 h)"}}"#.to_owned(), vec!["timing-offset-dropped"])
    );
    assert_eq!(
        eivl("<event code='ICM' displayName='between'/>"),
        (r#"{"code":{"text":"between"}}"#.to_owned(), vec!["timing-unsupported"])
    );
    assert_eq!(eivl("<event nullFlavor='UNK'/>"), ("-".to_owned(), vec![]));
}

#[test]
fn bounds_with_period_and_event() {
    let xml = format!(
        "{BOUNDS}<effectiveTime xsi:type='PIVL_TS' operator='A'><period value='1' unit='d'/></effectiveTime><effectiveTime xsi:type='EIVL_TS' operator='A'><event code='HS'/></effectiveTime>"
    );
    assert_eq!(
        times(&xml).0,
        r#"{"repeat":{"boundsPeriod":{"start":"2012-08-06","end":"2012-11-06"},"frequency":1,"period":1,"periodUnit":"d","when":["HS"]}}"#
    );
}

#[test]
fn a_union_of_events() {
    let xml = "<effectiveTime xsi:type='SXPR_TS' operator='A'><comp xsi:type='EIVL_TS'><event code='ACM'/></comp><comp xsi:type='EIVL_TS' operator='I'><event code='ACV'/></comp></effectiveTime>";
    assert_eq!(times(xml), (r#"{"repeat":{"when":["ACM","ACV"]}}"#.to_owned(), vec![]));
}

#[test]
fn a_schedule_that_does_not_fit_is_words() {
    let two = format!(
        "{BOUNDS}<effectiveTime xsi:type='PIVL_TS'><period value='8' unit='h'/></effectiveTime><effectiveTime xsi:type='PIVL_TS'><period value='12' unit='h'/></effectiveTime>"
    );
    assert_eq!(
        times(&two),
        (
            r#"{"repeat":{"boundsPeriod":{"start":"2012-08-06","end":"2012-11-06"}},"code":{"text":"every 8 h, every 12 h"}}"#.to_owned(),
            vec!["timing-unsupported"]
        )
    );
    assert_eq!(pivl("", "<period value='8' unit='hours'/>"), r#"{"code":{"text":"every 8 hours"}}"#);
    assert_eq!(pivl("", "<period unit='QWEEK'/>"), r#"{"code":{"text":"QWEEK"}}"#);
    // 2982616 metres
    assert_eq!(pivl("", "<period value='2982616' unit='m'/>"), r#"{"code":{"text":"every 2982616 m"}}"#);
}

#[test]
fn nothing_is_said_by_null_and_zero() {
    assert_eq!(pivl("", "<period nullFlavor='UNK'/>"), "-");
    assert_eq!(pivl("", "<period value='0' unit='h'/>"), "-");
    assert_eq!(pivl("", ""), "-");
    assert_eq!(
        times("<effectiveTime nullFlavor='UNK' xsi:type='PIVL_TS'><period value='8' unit='h'/></effectiveTime>").0,
        "-"
    );
}

#[test]
fn excluded_times_never_become_part_of_a_schedule() {
    let xml = "<effectiveTime xsi:type='PIVL_TS'><period value='1' unit='d'/></effectiveTime><effectiveTime xsi:type='PIVL_TS' operator='E'><period value='1' unit='wk'/></effectiveTime>";
    assert_eq!(times(xml), (r#"{"code":{"text":"every 1 d, except every 1 wk"}}"#.to_owned(), vec!["timing-operator"]));
}

#[test]
fn two_intervals_are_no_bounds() {
    let xml = format!("{BOUNDS}<effectiveTime xsi:type='IVL_TS'><low value='2013'/></effectiveTime>");
    assert_eq!(
        times(&xml),
        (r#"{"code":{"text":"2012-08-06 to 2012-11-06, from 2013"}}"#.to_owned(), vec!["timing-unsupported"])
    );
    let hull = "<effectiveTime xsi:type='PIVL_TS'><period value='1' unit='d'/></effectiveTime><effectiveTime xsi:type='PIVL_TS' operator='H'><period value='1' unit='wk'/></effectiveTime>";
    assert_eq!(times(hull), ("-".to_owned(), vec!["timing-operator"]));
}

#[test]
fn phase_gives_time_and_day() {
    let daily = "<phase><low value='198701131000'/><width value='5' unit='min'/></phase><period value='24' unit='h'/>";
    assert_eq!(
        pivl("", daily),
        r#"{"repeat":{"duration":5,"durationUnit":"min","frequency":1,"period":24,"periodUnit":"h","timeOfDay":["10:00:00"]}}"#
    );
    // 13 January 1987 was a Tuesday
    assert_eq!(
        pivl("alignment='DW'", "<phase><low value='19870113'/></phase><period value='1' unit='wk'/>"),
        r#"{"repeat":{"frequency":1,"period":1,"periodUnit":"wk","dayOfWeek":["tue"]}}"#
    );
}
