//! Which request goes where; and that each gets an answer, also when granule itself fails.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Poll;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Body;
use hyper::{Method, Request, Response, StatusCode};

use super::answer::{Answer, Fault};
use super::log::{Record, event};
use super::metrics::{self, Metrics};
use super::places::Places;
use super::{Settings, capability, operation};
use crate::convert::{Converter, Options};
use crate::fhir::outcome::{IssueType, Severity};
use crate::fhir::value::Object;

/// The path that converts, as log and metrics name it.
pub const CONVERT: &str = "/fhir/$convert";
const METADATA: &str = "/fhir/metadata";
const LIVE: &str = "/health/live";
const READY: &str = "/health/ready";
const METRICS: &str = "/metrics";
const OTHER: &str = "other";

/// Which paths a listener knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// all of them
    All,
    /// all but the metrics, which have a listener of their own
    Front,
    /// metrics and health
    Metrics,
}

impl Door {
    fn knows(self, path: &str) -> bool {
        match self {
            Door::All => true,
            Door::Front => path != METRICS,
            Door::Metrics => matches!(path, METRICS | LIVE | READY),
        }
    }
}

/// What all connections share.
#[derive(Debug)]
pub struct Service {
    /// converts
    pub converter: Converter,
    /// how it listens and what it admits
    pub settings: Settings,
    /// what a request starts from
    pub options: Options,
    /// who is inside
    pub places: Places,
    /// counters
    pub metrics: Arc<Metrics>,
    /// whether new requests are welcome
    pub ready: AtomicBool,
    requests: AtomicU64,
    capability: Object,
}

impl Service {
    /// The service of a server that starts now.
    pub fn new(converter: Converter, settings: Settings) -> Service {
        let started = format!("{:.0}", jiff::Timestamp::now());
        let mut options = Options {
            tenant: settings.tenant.clone().unwrap_or_default(),
            confidential: settings.confidential,
            min_review: settings.min_review,
            // one document, one thread: what one request gains by more, the others lose, and its cost grows
            parallel_from: usize::MAX,
            ..Options::default()
        };
        options.limits.max_bytes = settings.max_body;
        Service {
            converter,
            options,
            places: Places::new(settings.max_concurrent, settings.queue),
            metrics: Arc::new(Metrics::new()),
            ready: AtomicBool::new(false),
            requests: AtomicU64::new(0),
            capability: capability::statement(&started),
            settings,
        }
    }

    /// Answers a request.
    pub async fn answer<B>(self: Arc<Self>, door: Door, request: Request<B>) -> Response<Full<Bytes>>
    where
        B: Body<Data = Bytes> + Unpin + Send + 'static,
    {
        let path = Some(path_name(request.uri().path())).filter(|p| door.knows(p)).unwrap_or(OTHER);
        let number = self.requests.fetch_add(1, Ordering::Relaxed) + 1;
        let mut record = Record::new(Arc::clone(&self.metrics), number, request.method(), path, request.headers());
        let answer = caught(self.route(path, request, &mut record)).await;
        record.answered(&answer);
        answer.into_response(&record.id)
    }

    async fn route<B>(self: &Arc<Self>, path: &'static str, request: Request<B>, record: &mut Record) -> Answer
    where
        B: Body<Data = Bytes> + Unpin + Send + 'static,
    {
        let allowed = match path {
            CONVERT => "POST",
            OTHER => return Fault::NotFound.answer(),
            _ => "GET, HEAD",
        };
        let read = matches!(*request.method(), Method::GET | Method::HEAD);
        if if path == CONVERT { request.method() != Method::POST } else { !read } {
            return Fault::Method(allowed).answer();
        }
        match path {
            CONVERT => operation::convert(self, request, record).await,
            METADATA => Answer::resource(StatusCode::OK, &self.capability),
            METRICS => Answer::text(self.metrics.text(&self.places, self.settings.max_concurrent), metrics::TEXT),
            READY if !self.ready.load(Ordering::Acquire) => {
                health(StatusCode::SERVICE_UNAVAILABLE, "not-ready", "does not take new requests")
            }
            READY => health(StatusCode::OK, "ready", "takes requests"),
            _ => health(StatusCode::OK, "live", "runs"),
        }
    }
}

fn health(status: StatusCode, code: &str, text: &str) -> Answer {
    let (severity, kind) = if status.is_success() {
        (Severity::Information, IssueType::Informational)
    } else {
        (Severity::Error, IssueType::Throttled)
    };
    Answer::outcome(status, severity, kind, code, text.to_owned())
}

fn path_name(path: &str) -> &'static str {
    match path {
        // some clients encode the dollar sign
        "/fhir/$convert" | "/fhir/%24convert" => CONVERT,
        METADATA => METADATA,
        LIVE => LIVE,
        READY => READY,
        METRICS => METRICS,
        _ => OTHER,
    }
}

/// An answer, also when what gives it panics.
async fn caught(answer: impl Future<Output = Answer>) -> Answer {
    let mut answer = pin!(answer);
    std::future::poll_fn(|cx| {
        // after a panic the future is not polled again; what it shared are counters and semaphores, which stay whole
        catch_unwind(AssertUnwindSafe(|| answer.as_mut().poll(cx))).unwrap_or_else(|_| {
            event("panic", &[]);
            Poll::Ready(Fault::Internal.answer())
        })
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_answered() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let answer = runtime.block_on(caught(async {
            tokio::task::yield_now().await;
            panic!("Mrs Secret")
        }));
        assert_eq!(answer.status, 500);
        let json: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(json["resourceType"], "OperationOutcome");
        assert!(!json.to_string().contains("Secret"));
    }

    #[test]
    fn metrics_are_behind_one_door() {
        assert!(Door::All.knows(METRICS) && Door::Metrics.knows(METRICS) && !Door::Front.knows(METRICS));
        assert!(!Door::Metrics.knows(CONVERT) && Door::Metrics.knows(READY));
    }
}
