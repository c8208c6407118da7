//! Query parameters: the options of the command line, read by the same code.

use crate::convert::choices::{self, BUNDLES, CONFIDENTIAL, REVIEWS, WRITES};
use crate::convert::{Options, Original};

/// Every parameter, as the CapabilityStatement names them.
pub const PARAMETERS: &[&str] = &[
    "bundle",
    "write",
    "patient",
    "timezone",
    "recorded",
    "type",
    "section",
    "original",
    "tenant",
    "strict",
    "pretty",
    "issues",
    "account",
    "confidential",
    "min-review",
];

/// What a request asks for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// how the document is converted
    pub options: Options,
    /// indented JSON
    pub pretty: bool,
    /// the answer is Parameters with the bundle and the OperationOutcome of its issues
    pub issues: bool,
    /// and with the account of the document
    pub account: bool,
}

/// Reads a query over the options that the server gives all requests.
///
/// # Errors
/// Which parameter is unknown, twice there, or wrong, and why.
pub fn read(query: Option<&str>, base: &Options, fixed_tenant: Option<&str>) -> Result<Asked, String> {
    let mut asked = Asked { options: base.clone(), pretty: false, issues: false, account: false };
    let mut seen: Vec<&str> = Vec::new();
    for (name, value) in form_urlencoded::parse(query.unwrap_or("").as_bytes()) {
        let Some(name) = PARAMETERS.iter().find(|p| **p == name) else {
            return Err(format!("there is no parameter {}; there are {}", shown(&name), PARAMETERS.join(", ")));
        };
        let list = matches!(*name, "type" | "section");
        if seen.contains(name) && !list {
            return Err(format!("{name} is given twice"));
        }
        seen.push(name);
        set(&mut asked, name, &value, fixed_tenant).map_err(|why| format!("{name}: {why}"))?;
    }
    choices::consistent(&asked.options)?;
    Ok(asked)
}

fn set(asked: &mut Asked, name: &str, value: &str, fixed_tenant: Option<&str>) -> Result<(), String> {
    let options = &mut asked.options;
    match name {
        "bundle" => options.bundle = choices::choice(BUNDLES, value)?,
        "write" => options.write = choices::choice(WRITES, value)?,
        "patient" => options.patient = Some(choices::patient(value)?),
        "timezone" => options.zone = choices::zone(value)?,
        "recorded" => options.recorded = Some(choices::instant(value).map_err(|why| plus(why, value))?),
        "type" => {
            for t in value.split(',') {
                options.types.push(choices::resource_type(t)?);
            }
        }
        "section" => options.sections.extend(value.split(',').map(str::to_owned)),
        "original" => {
            options.original = choices::original(value)?;
            if matches!(&options.original, Original::Url(url) if url.ends_with('/')) {
                return Err("a URL that ends with / is a folder; a request has one document".into());
            }
        }
        "tenant" => match fixed_tenant {
            Some(own) if own != value => return Err("this server works for one tenant, and it is another".into()),
            _ => value.clone_into(&mut options.tenant),
        },
        "confidential" => {
            let asked = choices::choice(CONFIDENTIAL, value)?;
            if asked < options.confidential {
                return Err("this server passes on less than that".into());
            }
            options.confidential = asked;
        }
        "min-review" => {
            let asked = Some(choices::choice(REVIEWS, value)?);
            if asked < options.min_review {
                return Err("this server asks for more review than that".into());
            }
            options.min_review = asked;
        }
        "strict" => options.strict = flag(value)?,
        "pretty" => asked.pretty = flag(value)?,
        "issues" => asked.issues = flag(value)?,
        _ => {
            asked.account = flag(value)?;
            asked.options.lineage = asked.account;
        }
    }
    Ok(())
}

/// A flag may stand alone, as on the command line.
fn flag(value: &str) -> Result<bool, String> {
    match value {
        "" | "true" => Ok(true),
        "false" => Ok(false),
        _ => Err("say true or false".into()),
    }
}

/// In a query a `+` is a space; that is seldom known, and offsets have one.
fn plus(why: String, value: &str) -> String {
    if value.contains(' ') { format!("{why}; in a query a + is written %2B") } else { why }
}

/// A name that somebody else chose, in an answer: short, and without control characters.
fn shown(name: &str) -> String {
    let short: String = name.chars().filter(|c| !c.is_control()).take(40).collect();
    format!("‘{short}’")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fhir::bundle::{BundleKind, WriteMode};

    fn of(query: &str) -> Result<Asked, String> {
        read(Some(query), &Options::default(), None)
    }

    #[test]
    fn parameters_are_the_options_of_the_command_line() {
        let asked = of("bundle=document&write=put&patient=Patient%2F1&type=Condition,Observation&type=Goal&strict\
                        &recorded=2026-01-31T12:00:00%2B01:00&original=omit&tenant=a&pretty=true&issues=false")
        .unwrap();
        assert_eq!((asked.options.bundle, asked.options.write), (BundleKind::Document, WriteMode::Put));
        assert_eq!(asked.options.patient.as_deref(), Some("Patient/1"));
        assert_eq!(asked.options.types, ["Condition", "Observation", "Goal"]);
        assert_eq!(asked.options.recorded.as_deref(), Some("2026-01-31T12:00:00+01:00"));
        assert_eq!(asked.options.original, Original::Omit);
        assert!(asked.options.strict && asked.pretty && !asked.issues);
        assert_eq!(asked.options.tenant, "a");
        assert_eq!(of("").unwrap().options.bundle, BundleKind::Transaction);
    }

    #[test]
    fn a_wrong_one_is_named() {
        assert!(of("colour=red").unwrap_err().contains("‘colour’"));
        assert!(of("timezone=Europe/Lodnon").unwrap_err().contains("Europe/London"));
        assert!(of("strict=1").unwrap_err().starts_with("strict: "));
        assert!(of("bundle=batch&bundle=batch").unwrap_err().contains("twice"));
        assert!(of("bundle=batch&write=post").unwrap_err().contains("batch"));
        assert!(of("recorded=2026-01-31T12:00:00+01:00").unwrap_err().contains("%2B"));
        assert!(of("original=https://x.example/a/").is_err());
    }

    #[test]
    fn a_server_of_one_tenant_stays_so() {
        let base = Options { tenant: "a".into(), ..Options::default() };
        assert!(read(Some("tenant=b"), &base, Some("a")).is_err());
        assert_eq!(read(Some("tenant=a"), &base, Some("a")).unwrap().options.tenant, "a");
        assert_eq!(read(None, &base, Some("a")).unwrap().options.tenant, "a");
    }
}
