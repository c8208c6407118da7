//! `POST /fhir/$convert`: a CDA document in, its bundle out.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::body::Body;
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, EXPECT};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Request, StatusCode};
use tokio::time::timeout_at;

use super::answer::{Answer, Fault, Severities};
use super::log::Record;
use super::query::{self, Asked};
use super::routes::Service;
use super::{body, places::Place};
use crate::account::{Account, parameters as account_parameters};
use crate::convert::guard::guarded;
use crate::convert::{Conversion, Issue, Severity, report};
use crate::fhir::json::Writer;
use crate::intake;

/// Documents of no more than this many bytes are converted where their request is read: it takes a millisecond or two, and
/// to hand them to another thread and back would cost a good part of that again.
const SMALL: usize = 64 << 10;

/// Does the request.
///
/// The conversion of all but small documents runs on a thread of its own and cannot be stopped. When the time is over the client is told so, but the
/// place stays taken until the work is done: else slow documents would pile up behind the limits.
pub async fn convert<B>(service: &Arc<Service>, request: Request<B>, record: &mut Record) -> Answer
where
    B: Body<Data = Bytes> + Unpin + Send + 'static,
{
    let deadline = tokio::time::Instant::now() + service.settings.timeout;
    let (parts, mut body) = request.into_parts();
    let (asked, place, bytes) = match receive(service, &parts, &mut body, deadline, record).await {
        Ok(received) => received,
        Err(fault) => {
            // a client that waits to be told `100 Continue` sends nothing that would have to be taken
            if !parts.headers.contains_key(EXPECT) && !body.is_end_stream() {
                tokio::spawn(body::linger(body));
            }
            return fault.answer();
        }
    };
    let Ok(Some(worker)) = timeout_at(deadline, service.places.work()).await else { return Fault::Waited.answer() };
    let held = [place, worker];
    if bytes.len() <= SMALL {
        let (answer, worked) = work(service, &bytes, &asked, held);
        record.worked = Some(worked);
        return answer;
    }
    let service = Arc::clone(service);
    let work = tokio::task::spawn_blocking(move || work(&service, &bytes, &asked, held));
    match timeout_at(deadline, work).await {
        Ok(Ok((answer, worked))) => {
            record.worked = Some(worked);
            answer
        }
        // `work` catches panics itself; this is one of what stands around it
        Ok(Err(_)) => Fault::Internal.answer(),
        Err(_) => Fault::Took.answer(),
    }
}

/// What must be known before any work: first what the head says, then a place, then the body.
async fn receive<B>(
    service: &Service,
    parts: &Parts,
    body: &mut B,
    deadline: tokio::time::Instant,
    record: &mut Record,
) -> Result<(Asked, Place, Vec<u8>), Fault>
where
    B: Body<Data = Bytes> + Unpin,
{
    let max = service.settings.max_body;
    let asked =
        query::read(parts.uri.query(), &service.options, service.settings.tenant.as_deref()).map_err(Fault::Query)?;
    media_type(&parts.headers)?;
    if body::announced_too_large(body, max) {
        return Err(Fault::TooLarge(max));
    }
    let place = service.places.admit().ok_or(Fault::Full)?;
    let read = body::read(body, max, &mut record.received);
    let bytes = timeout_at(deadline, read).await.map_err(|_| Fault::Slow)??;
    Ok((asked, place, bytes))
}

/// The document says itself what it is; here only what is plainly something else is refused.
fn media_type(headers: &HeaderMap) -> Result<(), Fault> {
    if headers.get(CONTENT_ENCODING).is_some_and(|e| !e.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(Fault::Encoding);
    }
    let Some(given) = headers.get(CONTENT_TYPE) else { return Ok(()) };
    let given = given.to_str().unwrap_or("").to_ascii_lowercase();
    let kind = given.split(';').next().unwrap_or("").trim();
    if kind.contains("xml") || kind.contains("hl7") || kind == "application/octet-stream" {
        Ok(())
    } else {
        Err(Fault::MediaType)
    }
}

/// The conversion, on a thread where it may block. The places are given back when it ends, whoever still waits for it.
fn work(service: &Service, bytes: &[u8], asked: &Asked, _held: [Place; 2]) -> (Answer, Duration) {
    let started = Instant::now();
    let done = guarded(|| {
        // of several documents in one envelope all are converted, or none is answered
        let mut done = Vec::new();
        let mut accounts = Vec::new();
        let plan = service.converter.plan();
        for result in intake::convert_with(&service.converter, bytes, &asked.options, |bytes, done| {
            if asked.account {
                accounts.push(Account::of(plan, bytes, &asked.options, done, false));
            }
        })? {
            done.push(result?);
        }
        let json = json(&done, &accounts, asked);
        // the bundle is a large tree: taking it down is part of the work, and of the time that is measured
        Ok((json, done.into_iter().flat_map(|d| d.issues).collect::<Vec<Issue>>()))
    });
    let worked = started.elapsed();
    let answer = match done {
        Ok((json, issues)) => {
            service.metrics.document("converted", worked, &issues);
            Answer::json(StatusCode::OK, json).with_issues(severities(&issues))
        }
        Err(e) => {
            service.metrics.document(e.kind.code(), worked, &[]);
            Answer::refusal(&e, asked.pretty)
        }
    };
    (answer, worked)
}

/// The bundle alone, as the command line writes it; or Parameters with bundle, outcome and account, where they were asked for,
/// the envelope held several documents, or there is not one message but several or none.
fn json(done: &[Conversion], accounts: &[Option<Account>], asked: &Asked) -> Vec<u8> {
    let mut json = match done {
        [one] if !asked.issues && !asked.account && one.bundles().count() == 1 => one.bundle.to_json(asked.pretty),
        all => {
            let entries: usize = all.iter().map(|d| d.bundle.entries.len()).sum();
            let mut w = Writer::with_capacity(asked.pretty, entries * 1024);
            parameters(&mut w, all, accounts, asked.issues);
            w.finish()
        }
    };
    json.push(b'\n');
    json
}

fn parameters(w: &mut Writer, done: &[Conversion], accounts: &[Option<Account>], issues: bool) {
    // why there is nothing is said even where nobody asked
    let issues = issues || done.iter().all(|d| d.bundles().next().is_none());
    w.open(b'{');
    w.separate(0);
    w.key("resourceType");
    w.string("Parameters");
    w.separate(1);
    w.key("parameter");
    w.open(b'[');
    let mut n = 0;
    for (i, done) in done.iter().enumerate() {
        let bundles = done.bundles().map(|(_, bundle)| Some(bundle));
        for bundle in bundles.chain(issues.then_some(None)) {
            w.separate(n);
            n += 1;
            w.open(b'{');
            w.separate(0);
            w.key("name");
            w.string(if bundle.is_some() { "bundle" } else { "outcome" });
            w.separate(1);
            w.key("resource");
            match bundle {
                Some(bundle) => bundle.write(w),
                None => w.object(&report::issues_outcome(&done.issues)),
            }
            w.close(b'}', false);
        }
        if let Some(Some(account)) = accounts.get(i) {
            w.separate(n);
            n += 1;
            w.object(&account_parameters::parameter(account));
        }
    }
    w.close(b']', false);
    w.close(b'}', false);
}

fn severities(issues: &[Issue]) -> Severities {
    let mut sum = Severities::default();
    for i in issues {
        match i.severity {
            Severity::Error => sum.errors += 1,
            Severity::Warning => sum.warnings += 1,
            Severity::Information => sum.information += 1,
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &'static str, value: &'static str) -> Result<(), Fault> {
        let mut headers = HeaderMap::new();
        headers.insert(name, hyper::header::HeaderValue::from_static(value));
        media_type(&headers)
    }

    #[test]
    fn media_types() {
        for good in
            ["application/xml", "Text/XML; charset=utf-8", "application/hl7-cda+xml", "application/octet-stream"]
        {
            assert_eq!(of("content-type", good), Ok(()), "{good}");
        }
        assert_eq!(media_type(&HeaderMap::new()), Ok(()));
        for bad in ["application/json", "application/x-www-form-urlencoded", "image/png", ""] {
            assert_eq!(of("content-type", bad), Err(Fault::MediaType), "{bad}");
        }
        assert_eq!(of("content-encoding", "gzip"), Err(Fault::Encoding));
        assert_eq!(of("content-encoding", "identity"), Ok(()));
    }
}
