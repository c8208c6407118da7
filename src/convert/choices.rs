//! The options of a conversion as text, whoever typed it: arguments of the command line, parameters of a request. A wrong
//! one is told before any document is read.

use super::{Confidential, Options, Original, ZoneChoice};
use crate::fhir::bundle::{BundleKind, WriteMode};
use crate::fhir::definitions::Definitions;
use crate::mapping::diagnostics::nearest;
use crate::mapping::reviews::Level;

/// What an option may be: the word, what it means, and a line that says so.
pub type Choice<T> = (&'static str, T, &'static str);

/// Values of `Bundle.type` that may be asked for.
pub const BUNDLES: &[Choice<BundleKind>] = &[
    ("transaction", BundleKind::Transaction, "All or nothing"),
    ("batch", BundleKind::Batch, "Each resource for itself, all with PUT"),
    ("document", BundleKind::Document, "A FHIR document, led by its Composition"),
    ("message", BundleKind::Message, "A FHIR message, led by its MessageHeader"),
    ("collection", BundleKind::Collection, "Resources without requests"),
];

/// How a server may be asked to write.
pub const WRITES: &[Choice<WriteMode>] = &[
    ("stable", WriteMode::Stable, "Conditional create on trusted identifiers, else PUT"),
    ("put", WriteMode::Put, "PUT throughout"),
    ("post", WriteMode::Post, "POST throughout: every run makes new resources"),
];

/// What may become of content above ordinary confidentiality.
pub const CONFIDENTIAL: &[Choice<Confidential>] = &[
    ("keep", Confidential::Keep, "Converted, with its labels"),
    ("redact", Confidential::Redact, "Left out, and said to be missing"),
    ("refuse", Confidential::Refuse, "A document that has any is refused"),
];

/// How deep the rules of clinical statements must be reviewed.
pub const REVIEWS: &[Choice<Level>] = &[
    ("technical", Level::Technical, "By somebody who knows CDA and FHIR"),
    ("clinical", Level::Clinical, "By a clinician"),
];

/// One of the choices.
///
/// # Errors
/// When the text is none of them: which there are.
pub fn choice<T: Copy>(choices: &[Choice<T>], text: &str) -> Result<T, String> {
    choices.iter().find(|(word, _, _)| *word == text).map(|(_, value, _)| *value).ok_or_else(|| {
        let words: Vec<&str> = choices.iter().map(|(word, _, _)| *word).collect();
        format!("say one of {}", words.join(", "))
    })
}

/// Options that do not go together.
///
/// # Errors
/// What contradicts what, and what to do.
pub fn consistent(options: &Options) -> Result<(), String> {
    if let (BundleKind::Batch, WriteMode::Post) = (options.bundle, options.write) {
        // a server does not resolve what the entries of a batch say of each other, so their ids must be known beforehand
        return Err(
            "a batch cannot be written with post: its resources refer to each other by id; take a transaction".into()
        );
    }
    Ok(())
}

/// The base URL of a FHIR server, without a slash at its end.
///
/// # Errors
/// When it is no such URL.
pub fn server(text: &str) -> Result<String, String> {
    let base = text.trim_end_matches('/');
    let rest = base.strip_prefix("https://").or_else(|| base.strip_prefix("http://"));
    match rest {
        Some(rest)
            if !rest.is_empty() && !rest.starts_with('/') && !spaced(rest) && !rest.contains(['?', '#', '@']) =>
        {
            Ok(base.to_owned())
        }
        _ => Err("a server is https://host/path, without query, fragment or password".into()),
    }
}

/// A reference to a patient.
///
/// # Errors
/// When it is no reference to a Patient.
pub fn patient(text: &str) -> Result<String, String> {
    let uuid = text.strip_prefix("urn:uuid:");
    let url = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let good = match (uuid, url) {
        (Some(u), _) => u.len() == 36 && u.parse::<uuid::Uuid>().is_ok(),
        (_, Some(u)) => {
            u.rsplit_once("/Patient/").is_some_and(|(base, id)| !base.is_empty() && !spaced(base) && is_id(id))
        }
        _ => text.strip_prefix("Patient/").is_some_and(is_id),
    };
    if good {
        Ok(text.to_owned())
    } else {
        Err("a patient is Patient/<id>, https://<server>/Patient/<id> or urn:uuid:<uuid>".into())
    }
}

fn spaced(text: &str) -> bool {
    text.chars().any(|c| c.is_whitespace() || c.is_control())
}

fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
}

/// A named time zone, or `document`.
///
/// # Errors
/// When there is no such zone; a near one is named.
pub fn zone(text: &str) -> Result<ZoneChoice, String> {
    if text == "document" {
        return Ok(ZoneChoice::Document);
    }
    // the zones that are built in, not those of the machine: the same on every one
    let zones = jiff::tz::TimeZoneDatabase::bundled();
    zones.get(text).map(ZoneChoice::Named).map_err(|_| {
        let names: Vec<String> = zones.available().map(|n| n.to_string()).collect();
        // `London` for `Europe/London` is not near by spelling
        let city = names.iter().find(|n| n.rsplit('/').next().is_some_and(|c| c.eq_ignore_ascii_case(text)));
        let near = city.map(String::as_str).or_else(|| nearest(text, names.iter().map(String::as_str)));
        near.map_or_else(
            || "no such time zone; write it as Europe/London, or `document`".into(),
            |n| format!("no such time zone; did you mean {n}?"),
        )
    })
}

/// An instant as FHIR writes it: complete to the second, with an offset.
///
/// # Errors
/// When it is not one.
pub fn instant(text: &str) -> Result<String, String> {
    let wrong = || "an instant is written 2026-01-31T12:00:00Z or 2026-01-31T12:00:00.000+01:00".to_owned();
    let b = text.as_bytes();
    let digits = |from: usize, to: usize| b.get(from..to).is_some_and(|s| s.iter().all(u8::is_ascii_digit));
    let mark = |at: usize, m: u8| b.get(at) == Some(&m);
    let start = digits(0, 4)
        && mark(4, b'-')
        && digits(5, 7)
        && mark(7, b'-')
        && digits(8, 10)
        && mark(10, b'T')
        && digits(11, 13)
        && mark(13, b':')
        && digits(14, 16)
        && mark(16, b':')
        && digits(17, 19);
    if !start {
        return Err(wrong());
    }
    let mut rest = &text[19..];
    if let Some(fraction) = rest.strip_prefix('.') {
        rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
        if rest.len() == fraction.len() {
            return Err(wrong());
        }
    }
    let o = rest.as_bytes();
    let offset = rest == "Z"
        || o.len() == 6
            && matches!(o[0], b'+' | b'-')
            && o[3] == b':'
            && [1, 2, 4, 5].iter().all(|i| o[*i].is_ascii_digit())
            && &rest[1..] <= "14:00"
            && &rest[4..] < "60";
    // jiff knows the days of the months
    if !offset || text.starts_with("0000") || text[..19].parse::<jiff::civil::DateTime>().is_err() {
        return Err(wrong());
    }
    Ok(text.to_owned())
}

/// A resource type of R4.
///
/// # Errors
/// When there is no such type; a near one is named.
pub fn resource_type(text: &str) -> Result<String, String> {
    let d = Definitions::get();
    if d.resource_named(text).is_some() {
        return Ok(text.to_owned());
    }
    let resources = d.types().map(|t| d.name(t)).filter(|n| d.resource_named(n).is_some());
    Err(nearest(text, resources)
        .map_or_else(|| "R4 has no such resource".into(), |n| format!("R4 has no such resource; did you mean {n}?")))
}

/// What becomes of the original document.
///
/// # Errors
/// When it is neither a known word nor a URL.
pub fn original(text: &str) -> Result<Original, String> {
    match text {
        "embed" => Ok(Original::Embed),
        "omit" => Ok(Original::Omit),
        url if url.split_once("://").is_some_and(|(scheme, rest)| {
            !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric()) && !rest.is_empty()
        }) && !spaced(url) =>
        {
            Ok(Original::Url(url.to_owned()))
        }
        _ => Err("say embed, omit or a URL".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patients() {
        for good in
            ["Patient/123", "https://x.example/fhir/Patient/a-1", "urn:uuid:0b0aaf9b-7e27-5d5c-9a59-1b6f0f6f3a70"]
        {
            assert!(patient(good).is_ok(), "{good}");
        }
        for bad in ["123", "Patient/", "Patient/a b", "Practitioner/1", "urn:uuid:1", "https://x.example/Patient/", ""]
        {
            assert!(patient(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn servers() {
        assert_eq!(server("https://x.example/fhir/"), Ok("https://x.example/fhir".into()));
        assert_eq!(server("http://127.0.0.1:8080"), Ok("http://127.0.0.1:8080".into()));
        for bad in ["x.example/fhir", "ftp://x", "https://", "https:///a", "https://u:p@x/fhir", "https://x/?a=b"] {
            assert!(server(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn zones() {
        assert!(matches!(zone("Europe/London"), Ok(ZoneChoice::Named(_))));
        assert!(matches!(zone("document"), Ok(ZoneChoice::Document)));
        assert!(zone("Europe/Lodnon").unwrap_err().contains("Europe/London"));
        assert!(zone("london").unwrap_err().contains("Europe/London"));
    }

    #[test]
    fn instants() {
        for good in ["2026-01-31T12:00:00Z", "2024-02-29T00:00:00.5+14:00", "2026-01-31T12:00:00-05:00"] {
            assert!(instant(good).is_ok(), "{good}");
        }
        for bad in [
            "2026-01-31",
            "2026-02-30T12:00:00Z",
            "2026-01-31T12:00:00",
            "2026-01-31T25:00:00Z",
            "2026-01-31T12:00Z",
            "2026-01-31T12:00:00.Z",
            "2026-01-31T12:00:00+15:00",
            "2026-01-31t12:00:00Z",
            "2026-01-31T12:00:00+01:60",
            "é",
        ] {
            assert!(instant(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn choices_and_what_does_not_go_together() {
        assert_eq!(choice(BUNDLES, "batch"), Ok(BundleKind::Batch));
        assert_eq!(choice(WRITES, "patch").unwrap_err(), "say one of stable, put, post");
        let options = Options { bundle: BundleKind::Batch, write: WriteMode::Post, ..Options::default() };
        assert!(consistent(&options).is_err());
        assert!(consistent(&Options::default()).is_ok());
    }

    #[test]
    fn types_and_originals() {
        assert!(resource_type("AllergyIntolerance").is_ok());
        assert!(resource_type("AlergyIntolerance").unwrap_err().contains("AllergyIntolerance"));
        assert!(resource_type("HumanName").is_err());
        assert_eq!(original("https://x.example/a"), Ok(Original::Url("https://x.example/a".into())));
        assert!(original("nowhere").is_err());
    }
}
