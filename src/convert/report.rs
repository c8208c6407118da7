//! Issues and refusals as an OperationOutcome: one form for files beside bundles and for answers of a server.

use super::{ConvertError, Issue, Severity};
use crate::fhir::json::Writer;
use crate::fhir::outcome::{self, IssueType, OutcomeIssue, operation_outcome};
use crate::fhir::value::Object;

/// The issues of a conversion as an OperationOutcome in JSON.
pub fn issues_json(issues: &[Issue], pretty: bool) -> Vec<u8> {
    json(&issues_outcome(issues), pretty)
}

/// The issues of a conversion as an OperationOutcome.
pub fn issues_outcome(issues: &[Issue]) -> Object {
    let list: Vec<OutcomeIssue> = issues.iter().map(of_issue).collect();
    operation_outcome(&list)
}

/// A refusal as an OperationOutcome in JSON.
pub fn refusal_json(error: &ConvertError, pretty: bool) -> Vec<u8> {
    let issue = OutcomeIssue {
        detail: Some(error.kind.code().to_owned()),
        text: Some(error.message.clone()),
        location: error.at.map(|(line, column)| format!("{line}:{column}")).into_iter().collect(),
        ..OutcomeIssue::new(outcome::Severity::Fatal, error.kind.issue_type())
    };
    json(&operation_outcome([&issue]), pretty)
}

fn json(outcome: &Object, pretty: bool) -> Vec<u8> {
    let mut w = Writer::new(pretty);
    w.object(outcome);
    w.finish()
}

fn of_issue(i: &Issue) -> OutcomeIssue {
    let severity = match i.severity {
        Severity::Information => outcome::Severity::Information,
        Severity::Warning => outcome::Severity::Warning,
        Severity::Error => outcome::Severity::Error,
    };
    let mut location = Vec::new();
    if !i.xpath.is_empty() {
        location.push(i.xpath.clone());
    }
    location.extend(i.at.map(|(line, column)| format!("{line}:{column}")));
    OutcomeIssue {
        detail: Some(i.code.clone()),
        text: Some(i.message.clone()),
        diagnostics: i.row.clone(),
        expression: i.fhir_path.clone().into_iter().collect(),
        location,
        ..OutcomeIssue::new(severity, issue_type(&i.code))
    }
}

/// The issue type of R4 for one of granule's codes. The code itself stays in `details`; this only sorts.
pub fn issue_type(code: &str) -> IssueType {
    match code {
        "required"
        | "missing-type"
        | "code-missing"
        | "media-type-missing"
        | "identifier-without-value"
        | "no-composition" => IssueType::Required,
        "unknown-type" | "unknown-element" | "shape" | "max" | "choice" | "nesting" | "stray-section" | "too-deep" => {
            IssueType::Structure
        }
        "duplicate" | "element-already-set" => IssueType::Duplicate,
        "identifier-reused"
        | "template-and-code-disagree"
        | "code-and-name-disagree"
        | "null-with-value"
        | "text-of-another-code" => IssueType::Conflict,
        "binding"
        | "value-not-allowed"
        | "null-flavor-unknown"
        | "code-without-system"
        | "code-system-invalid"
        | "unit-not-ucum"
        | "snomed-description-id" => IssueType::CodeInvalid,
        "primitive" => IssueType::Value,
        "reference-unresolved" | "reference-without-target" | "nothing-to-add-to" => IssueType::NotFound,
        "statement-not-mapped" | "element-not-known" | "timing-unsupported" | "value-type-unsupported" => {
            IssueType::NotSupported
        }
        "not-written" | "value-not-carried" | "group-not-formed" | "attachment-markup" => IssueType::Incomplete,
        "confidential-withheld" => IssueType::Suppressed,
        "not-reviewed" => IssueType::BusinessRule,
        "reference-target" | "sqty-1" => IssueType::Invariant,
        c if c.ends_with("-dropped") => IssueType::Incomplete,
        c if c.starts_with("invalid-") || c.ends_with("-invalid") || c.ends_with("-inverted") => IssueType::Value,
        // keys of R4 invariants (`con-4`, `obs-7`): letters, a hyphen, digits
        c if c.rsplit_once('-').is_some_and(|(_, n)| n.bytes().all(|b| b.is_ascii_digit())) => IssueType::Invariant,
        _ => IssueType::Processing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convert::Refusal;

    #[test]
    fn codes_are_sorted_by_kind() {
        assert_eq!(issue_type("statement-not-mapped"), IssueType::NotSupported);
        assert_eq!(issue_type("con-4"), IssueType::Invariant);
        assert_eq!(issue_type("period-end-dropped"), IssueType::Incomplete);
        assert_eq!(issue_type("time-without-zone"), IssueType::Processing);
    }

    #[test]
    fn a_refusal_is_fatal_and_says_where() {
        let e = ConvertError { kind: Refusal::Malformed, message: "tag not closed".into(), at: Some((3, 7)) };
        let text = String::from_utf8(refusal_json(&e, false)).unwrap();
        assert!(text.contains(r#""severity":"fatal""#), "{text}");
        assert!(text.contains(r#""location":["3:7"]"#), "{text}");
    }
}
