//! One line for each request and each event, on standard error, as `name=value` words.
//!
//! Methods and paths are logged by our own names for them; what a client invents is `other`. A request id of the caller is
//! the one word of a client that is logged, and only when it is a short plain token.

use std::fmt::{Display, Write as _};
use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::{HeaderMap, Method};

use super::answer::{Answer, REQUEST_ID, Severities};
use super::metrics::Metrics;

/// Status in log and metrics of a request whose client went away before there was an answer; HTTP has none for it.
const GONE: u16 = 499;

/// What is known of a request while it is done; written to log and metrics when it is dropped, so that one whose client
/// went away is counted too.
#[derive(Debug)]
pub struct Record {
    metrics: Arc<Metrics>,
    started: Instant,
    /// the id of the request
    pub id: String,
    /// our name of its method
    pub method: &'static str,
    /// our name of its path
    pub path: &'static str,
    /// bytes of the body that arrived
    pub received: u64,
    /// how long a thread worked on it
    pub worked: Option<Duration>,
    status: u16,
    sent: usize,
    issues: Option<Severities>,
}

impl Record {
    /// The record of a request that begins. The caller's own id is taken when it is a short plain token, else `number`.
    pub fn new(metrics: Arc<Metrics>, number: u64, method: &Method, path: &'static str, headers: &HeaderMap) -> Record {
        let own = headers.get(REQUEST_ID).and_then(|v| v.to_str().ok()).filter(|v| is_token(v));
        Record {
            metrics,
            started: Instant::now(),
            id: own.map_or_else(|| number.to_string(), str::to_owned),
            method: method_name(method),
            path,
            received: 0,
            worked: None,
            status: GONE,
            sent: 0,
            issues: None,
        }
    }

    /// What was answered.
    pub fn answered(&mut self, answer: &Answer) {
        self.status = answer.status.as_u16();
        self.sent = answer.body.len();
        self.issues = answer.issues;
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let took = self.started.elapsed();
        self.metrics.request(self.path, self.status, took, self.received, self.sent as u64);
        // probes come every few seconds and say nothing while all is well
        if self.path.starts_with("/health") && self.status == 200 {
            return;
        }
        let mut line = format!(
            "request={} method={} path={} status={} in={} out={} ms={:.1}",
            self.id,
            self.method,
            self.path,
            self.status,
            self.received,
            self.sent,
            took.as_secs_f64() * 1000.0
        );
        if let Some(worked) = self.worked {
            let _ = write!(line, " worked={:.1}", worked.as_secs_f64() * 1000.0);
        }
        if let Some(Severities { errors, warnings, information }) = self.issues {
            let _ = write!(line, " errors={errors} warnings={warnings} information={information}");
        }
        write(&line);
    }
}

/// Something that happened to the server itself.
pub fn event(name: &str, words: &[(&str, &dyn Display)]) {
    let mut line = format!("event={name}");
    for (word, value) in words {
        let _ = write!(line, " {word}={value}");
    }
    write(&line);
}

fn write(line: &str) {
    let now = jiff::Timestamp::now();
    // one write for one line, so that lines do not mix; a log that is gone stops no conversion
    let line = format!("at={now:.3} {line}\n");
    let _ = std::io::stderr().lock().write_all(line.as_bytes());
}

fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        Method::PATCH => "PATCH",
        _ => "other",
    }
}

/// Short and plain: it can break neither a header nor a log line.
fn is_token(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_ids_are_taken() {
        for good in ["a", "0b0aaf9b-7e27-5d5c-9a59-1b6f0f6f3a70", "x_1.2"] {
            assert!(is_token(good), "{good}");
        }
        for bad in ["", "Mrs Secret", "a=b", "a\nb", "é", &"x".repeat(65)] {
            assert!(!is_token(bad), "{bad}");
        }
    }
}
