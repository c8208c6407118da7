//! Answers, and the one place where something that went wrong becomes one.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use hyper::{Response, StatusCode};

use crate::convert::{ConvertError, report};
use crate::fhir::json::Writer;
use crate::fhir::outcome::{IssueType, OutcomeIssue, Severity, operation_outcome};
use crate::fhir::value::Object;

/// Media type of every FHIR resource that is answered.
pub const FHIR_JSON: &str = "application/fhir+json";
/// Issues of the conversion, counted by severity.
const ISSUES: HeaderName = HeaderName::from_static("x-granule-issues");
/// The id of the request, the caller's own or ours.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Seconds after which a client that found all places taken may come again. A conversion takes milliseconds, so that one
/// second empties any queue that is worth having.
const COME_AGAIN: HeaderValue = HeaderValue::from_static("1");

/// How many issues of each severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Severities {
    /// something could not be carried over
    pub errors: u64,
    /// something was kept in another form, or inferred
    pub warnings: u64,
    /// worth knowing
    pub information: u64,
}

/// What is answered.
#[derive(Debug)]
pub struct Answer {
    /// status
    pub status: StatusCode,
    /// the bytes
    pub body: Bytes,
    /// issues of the conversion, if there was one
    pub issues: Option<Severities>,
    content_type: &'static str,
    more: Vec<(HeaderName, HeaderValue)>,
}

impl Answer {
    /// A FHIR resource in JSON.
    pub fn json(status: StatusCode, body: impl Into<Bytes>) -> Answer {
        Answer { status, body: body.into(), issues: None, content_type: FHIR_JSON, more: Vec::new() }
    }

    /// A FHIR resource.
    pub fn resource(status: StatusCode, resource: &Object) -> Answer {
        let mut w = Writer::new(false);
        w.object(resource);
        let mut json = w.finish();
        json.push(b'\n');
        Answer::json(status, json)
    }

    /// Text that is no FHIR resource: metrics.
    pub fn text(body: String, content_type: &'static str) -> Answer {
        Answer { content_type, ..Answer::json(StatusCode::OK, body) }
    }

    /// An OperationOutcome with one issue.
    pub fn outcome(status: StatusCode, severity: Severity, kind: IssueType, code: &str, text: String) -> Answer {
        let issue =
            OutcomeIssue { detail: Some(code.to_owned()), text: Some(text), ..OutcomeIssue::new(severity, kind) };
        Answer::resource(status, &operation_outcome([&issue]))
    }

    /// A document that was refused.
    pub fn refusal(e: &ConvertError, pretty: bool) -> Answer {
        let status = StatusCode::from_u16(e.kind.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut json = report::refusal_json(e, pretty);
        json.push(b'\n');
        Answer::json(status, json)
    }

    /// The answer with the counts of issues.
    pub fn with_issues(self, issues: Severities) -> Answer {
        Answer { issues: Some(issues), ..self }
    }

    /// The response on the wire.
    pub fn into_response(self, request_id: &str) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        // answers speak of patients: no proxy keeps them
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.extend(self.more);
        if let Ok(id) = HeaderValue::from_str(request_id) {
            headers.insert(REQUEST_ID, id);
        }
        if let Some(Severities { errors, warnings, information }) = self.issues
            && let Ok(counts) =
                HeaderValue::from_str(&format!("errors={errors}, warnings={warnings}, information={information}"))
        {
            headers.insert(ISSUES, counts);
        }
        response
    }
}

/// Why a request is not done that no conversion has judged. Each has one status and one code; the text never holds
/// anything of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// no such path
    NotFound,
    /// a known path, but not with this method; the header `Allow` says with which
    Method(&'static str),
    /// a parameter that is unknown or wrong: which, and why
    Query(String),
    /// no body
    Empty,
    /// the body ended before it was whole
    Broken,
    /// more bytes than may be sent
    TooLarge(usize),
    /// a media type that is none of CDA
    MediaType,
    /// a content encoding
    Encoding,
    /// the body did not arrive in time
    Slow,
    /// all places are taken
    Full,
    /// no conversion could be started in time
    Waited,
    /// the conversion took too long, and still runs
    Took,
    /// a fault of granule
    Internal,
}

impl Fault {
    /// The answer.
    pub fn answer(&self) -> Answer {
        use Fault as F;
        use IssueType as T;
        let (status, kind, code, text): (u16, T, &str, String) = match self {
            F::NotFound => {
                (404, T::NotFound, "unknown-path", "there is nothing at this path; see /fhir/metadata".into())
            }
            F::Method(allow) => (405, T::NotSupported, "method", format!("this path is asked with {allow}")),
            F::Query(why) => (400, T::Invalid, "parameter", why.clone()),
            F::Empty => {
                (400, T::Required, "empty", "the body of the request is to be a CDA document; it is empty".into())
            }
            F::Broken => (400, T::Incomplete, "broken", "the body of the request ended before it was whole".into()),
            F::TooLarge(max) => {
                (413, T::TooLong, "limit-exceeded", format!("a document may have {max} bytes here (--max-body)"))
            }
            F::MediaType => (
                415,
                T::NotSupported,
                "media-type",
                "a CDA document is sent as application/xml (or text/xml, application/hl7-cda+xml, \
                 application/octet-stream)"
                    .into(),
            ),
            F::Encoding => (
                415,
                T::NotSupported,
                "content-encoding",
                "send the document as it is, without Content-Encoding".into(),
            ),
            F::Slow => (408, T::Timeout, "slow", "the body of the request did not arrive in time".into()),
            F::Full => (503, T::Throttled, "full", "all places are taken; come again after Retry-After seconds".into()),
            F::Waited => (
                503,
                T::Throttled,
                "waited",
                "no conversion could be started in time; come again after Retry-After seconds".into(),
            ),
            F::Took => (
                504,
                T::Timeout,
                "timeout",
                "the conversion takes longer than a request may (--timeout); it runs to its end and keeps its place \
                 until then, so sending the document again does not help"
                    .into(),
            ),
            F::Internal => (
                500,
                T::Exception,
                "internal",
                "granule itself failed; please report this with the version of granule".into(),
            ),
        };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut answer = Answer::outcome(status, Severity::Fatal, kind, code, text);
        match self {
            F::Method(allow) => answer.more.push((ALLOW, HeaderValue::from_static(allow))),
            F::Full | F::Waited => answer.more.push((RETRY_AFTER, COME_AGAIN)),
            _ => {}
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_server_says_when_to_come_again() {
        let response = Fault::Full.answer().into_response("7");
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()[RETRY_AFTER], "1");
        assert_eq!(response.headers()[CONTENT_TYPE], FHIR_JSON);
        assert_eq!(response.headers()[REQUEST_ID], "7");
    }

    #[test]
    fn each_fault_is_an_operation_outcome() {
        let all = [
            Fault::NotFound,
            Fault::Method("POST"),
            Fault::Query("x".into()),
            Fault::Empty,
            Fault::Broken,
            Fault::TooLarge(1),
            Fault::MediaType,
            Fault::Encoding,
            Fault::Slow,
            Fault::Waited,
            Fault::Took,
            Fault::Internal,
        ];
        for fault in all {
            let json: serde_json::Value = serde_json::from_slice(&fault.answer().body).unwrap();
            assert_eq!(json["resourceType"], "OperationOutcome");
            assert_eq!(json["issue"][0]["severity"], "fatal", "{fault:?}");
        }
    }
}
