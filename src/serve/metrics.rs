//! What is counted, for Prometheus. Labels are our own words: paths, statuses, codes.

use std::collections::BTreeMap;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use super::places::Places;
use crate::convert::{Issue, Severity};

/// Media type of the answer.
pub const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    path: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct IssueLabels {
    severity: &'static str,
    code: String,
}

/// The counters of a server.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<Request, Counter>,
    request_seconds: Histogram,
    received: Counter,
    sent: Counter,
    documents: Family<Outcome, Counter>,
    conversion_seconds: Histogram,
    issues: Family<IssueLabels, Counter>,
    running: Gauge,
    waiting: Gauge,
    capacity: Gauge,
}

/// From half a millisecond, what a small document takes, to where the default time limit is near.
fn buckets() -> [f64; 13] {
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 20.0]
}

impl Metrics {
    /// Counters at zero.
    pub fn new() -> Metrics {
        let mut m = Metrics {
            registry: Registry::with_prefix("granule"),
            requests: Family::default(),
            request_seconds: Histogram::new(buckets()),
            received: Counter::default(),
            sent: Counter::default(),
            documents: Family::default(),
            conversion_seconds: Histogram::new(buckets()),
            issues: Family::default(),
            running: Gauge::default(),
            waiting: Gauge::default(),
            capacity: Gauge::default(),
        };
        let r = &mut m.registry;
        r.register("build", "This server", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        r.register("http_requests", "Requests by path and status", m.requests.clone());
        r.register_with_unit(
            "http_request_duration",
            "From the head of a request for a conversion until its answer",
            Unit::Seconds,
            m.request_seconds.clone(),
        );
        r.register_with_unit("http_received", "Bodies of requests", Unit::Bytes, m.received.clone());
        r.register_with_unit("http_sent", "Bodies of answers", Unit::Bytes, m.sent.clone());
        r.register("documents", "Documents by result: converted, or the code of the refusal", m.documents.clone());
        r.register_with_unit(
            "conversion_duration",
            "Conversion of one document, on its thread",
            Unit::Seconds,
            m.conversion_seconds.clone(),
        );
        r.register("issues", "Issues of conversions by severity and code", m.issues.clone());
        r.register("conversions_running", "Conversions that run now", m.running.clone());
        r.register("requests_waiting", "Requests admitted that do not convert yet", m.waiting.clone());
        r.register("conversions_capacity", "Conversions that may run at the same time", m.capacity.clone());
        m
    }

    /// A request is done.
    pub fn request(&self, path: &'static str, status: u16, took: Duration, received: u64, sent: u64) {
        self.requests.get_or_create(&Request { path, status }).inc();
        if path == super::routes::CONVERT {
            self.request_seconds.observe(took.as_secs_f64());
        }
        self.received.inc_by(received);
        self.sent.inc_by(sent);
    }

    /// A document is converted or refused. Also told of one whose answer nobody waits for any more.
    pub fn document(&self, result: &'static str, worked: Duration, issues: &[Issue]) {
        self.documents.get_or_create(&Outcome { result }).inc();
        self.conversion_seconds.observe(worked.as_secs_f64());
        // counted here first: a label set is looked up once for each code, not once for each issue
        let mut by_code: BTreeMap<(Severity, &str), u64> = BTreeMap::new();
        for i in issues {
            *by_code.entry((i.severity, &i.code)).or_default() += 1;
        }
        for ((severity, code), n) in by_code {
            self.issues.get_or_create(&IssueLabels { severity: severity.code(), code: code.to_owned() }).inc_by(n);
        }
    }

    /// All counters as text.
    pub fn text(&self, places: &Places, capacity: usize) -> String {
        let (running, waiting) = places.taken();
        let number = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        self.running.set(number(running));
        self.waiting.set(number(waiting));
        self.capacity.set(number(capacity));
        let mut out = String::new();
        // writing to a string does not fail
        let _ = text::encode(&mut out, &self.registry);
        out
    }
}
