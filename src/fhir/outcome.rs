//! OperationOutcome: what happened to a document, in the form that FHIR servers and clients understand.

use super::value::{Object, Value};

/// How grave an issue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The document was refused
    Fatal,
    /// Content could not be kept where it belongs
    Error,
    /// Content was kept in another form, or had to be inferred
    Warning,
    /// Worth knowing; nothing is wrong
    Information,
}

impl Severity {
    /// The code of R4.
    pub fn code(self) -> &'static str {
        match self {
            Severity::Fatal => "fatal",
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Information => "information",
        }
    }
}

/// The kinds of issue of R4 that granule reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each variant is the R4 issue type of the same name")]
pub enum IssueType {
    Invalid,
    Structure,
    Required,
    Value,
    Invariant,
    Security,
    Suppressed,
    Processing,
    NotSupported,
    Duplicate,
    MultipleMatches,
    NotFound,
    TooLong,
    CodeInvalid,
    BusinessRule,
    Conflict,
    Incomplete,
    Exception,
    Timeout,
    TooCostly,
    Throttled,
    Informational,
}

impl IssueType {
    /// The code of R4.
    pub fn code(self) -> &'static str {
        match self {
            IssueType::Invalid => "invalid",
            IssueType::Structure => "structure",
            IssueType::Required => "required",
            IssueType::Value => "value",
            IssueType::Invariant => "invariant",
            IssueType::Security => "security",
            IssueType::Suppressed => "suppressed",
            IssueType::Processing => "processing",
            IssueType::NotSupported => "not-supported",
            IssueType::Duplicate => "duplicate",
            IssueType::MultipleMatches => "multiple-matches",
            IssueType::NotFound => "not-found",
            IssueType::TooLong => "too-long",
            IssueType::CodeInvalid => "code-invalid",
            IssueType::BusinessRule => "business-rule",
            IssueType::Conflict => "conflict",
            IssueType::Incomplete => "incomplete",
            IssueType::Exception => "exception",
            IssueType::Timeout => "timeout",
            IssueType::TooCostly => "too-costly",
            IssueType::Throttled => "throttled",
            IssueType::Informational => "informational",
        }
    }
}

/// The system of granule's own issue codes in `details.coding`.
pub const ISSUE_SYSTEM: &str = "urn:granule:issue";

/// One issue of an OperationOutcome.
#[derive(Debug, Clone, PartialEq)]
pub struct OutcomeIssue {
    /// How grave it is
    pub severity: Severity,
    /// Its kind in R4
    pub code: IssueType,
    /// granule's own stable code
    pub detail: Option<String>,
    /// What a reader should know
    pub text: Option<String>,
    /// What a developer should know
    pub diagnostics: Option<String>,
    /// FHIRPaths in the result
    pub expression: Vec<String>,
    /// Places in the source: XPath, `line:column`
    pub location: Vec<String>,
}

impl OutcomeIssue {
    /// An issue with severity and kind only.
    pub fn new(severity: Severity, code: IssueType) -> OutcomeIssue {
        OutcomeIssue {
            severity,
            code,
            detail: None,
            text: None,
            diagnostics: None,
            expression: Vec::new(),
            location: Vec::new(),
        }
    }
}

/// An OperationOutcome with these issues. R4 wants at least one, so an empty list says that all is well.
pub fn operation_outcome<'a>(issues: impl IntoIterator<Item = &'a OutcomeIssue>) -> Object {
    let mut list: Vec<Value> = issues.into_iter().map(|i| issue(i).into()).collect();
    if list.is_empty() {
        let mut fine = OutcomeIssue::new(Severity::Information, IssueType::Informational);
        fine.text = Some("no issues".to_owned());
        list.push(issue(&fine).into());
    }
    Object::new().with_str("resourceType", "OperationOutcome").with("issue", Value::Array(list))
}

fn issue(i: &OutcomeIssue) -> Object {
    let coding = i
        .detail
        .as_deref()
        .map(|code| Value::Array(vec![Object::new().with_str("system", ISSUE_SYSTEM).with_str("code", code).into()]));
    let details = Object::new().with("coding", coding).with_str("text", i.text.as_deref());
    let strings = |list: &[String]| Value::Array(list.iter().filter(|s| !s.is_empty()).map(Value::string).collect());
    Object::new()
        .with_str("severity", i.severity.code())
        .with_str("code", i.code.code())
        .with("details", Value::Object(details))
        .with_str("diagnostics", i.diagnostics.as_deref())
        .with("location", strings(&i.location))
        .with("expression", strings(&i.expression))
}

#[cfg(test)]
mod tests {
    use super::super::{definitions::Definitions, gate, json::Writer};
    use super::*;

    fn json(o: &Object) -> String {
        let mut w = Writer::new(false);
        w.object(o);
        String::from_utf8(w.finish()).unwrap()
    }

    #[test]
    fn an_issue_with_all_parts() {
        let full = OutcomeIssue {
            detail: Some("required".into()),
            text: Some("code is missing".into()),
            diagnostics: Some("rule.allergy".into()),
            expression: vec!["AllergyIntolerance.code".into()],
            location: vec!["/ClinicalDocument/component".into(), "12:7".into()],
            ..OutcomeIssue::new(Severity::Warning, IssueType::Required)
        };
        let mut outcome = operation_outcome([&full]);
        assert_eq!(
            json(&outcome),
            r#"{"resourceType":"OperationOutcome","issue":[{"severity":"warning","code":"required","details":{"coding":[{"system":"urn:granule:issue","code":"required"}],"text":"code is missing"},"diagnostics":"rule.allergy","location":["/ClinicalDocument/component","12:7"],"expression":["AllergyIntolerance.code"]}]}"#
        );
        assert!(gate::check(&mut outcome, &|_| None).issues.is_empty());
    }

    #[test]
    fn no_issue_is_an_outcome_too() {
        let outcome = operation_outcome([]);
        assert_eq!(
            json(&outcome),
            r#"{"resourceType":"OperationOutcome","issue":[{"severity":"information","code":"informational","details":{"text":"no issues"}}]}"#
        );
    }

    #[test]
    fn all_codes_are_of_r4() {
        let d = Definitions::get();
        let issue = d.type_named("OperationOutcome.issue").unwrap();
        let set = d.element(issue, "code").unwrap().binding.unwrap();
        for t in [IssueType::Invalid, IssueType::TooCostly, IssueType::MultipleMatches, IssueType::Incomplete] {
            assert!(d.contains(set, None, t.code()), "{}", t.code());
        }
    }
}
