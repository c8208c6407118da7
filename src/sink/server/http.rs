//! Requests to a FHIR server: what is sent with each, and when one is tried again.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::Value;
use ureq::http::{self, Response, StatusCode};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body};

use super::answer;

/// Bytes of an answer that are read; a transaction's answer is far smaller than the transaction.
const MAX_ANSWER: u64 = 256 << 20;
/// The first wait before another try; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// No wait is longer, whatever the server asks for.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// How often a request is tried.
const TRIES: u32 = 5;
/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(300);

/// Whether a request may be sent twice when nobody knows what became of the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// twice is as good as once
    Safe,
    /// only after an answer that says that nothing was done
    Refused,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// its status
    pub status: u16,
    /// its entity tag
    pub etag: Option<String>,
    /// its body; `null` when it is no JSON
    pub body: Value,
    /// its body as it came: numbers keep their digits there
    pub bytes: Vec<u8>,
}

/// Talks to one server.
#[derive(Debug)]
pub struct Client {
    agent: Agent,
    base: String,
    token_file: Option<PathBuf>,
}

impl Client {
    /// A client of the server at a base URL.
    pub fn new(base: &str, token_file: Option<PathBuf>) -> Client {
        let tls = TlsConfig::builder()
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            // hospitals have authorities of their own: the operating system knows them
            .root_certs(RootCerts::PlatformVerifier)
            .build();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .tls_config(tls)
            .timeout_global(Some(TIMEOUT))
            // a bundle goes to the server that was named, and to no other
            .max_redirects(0)
            .user_agent(concat!("granule/", env!("CARGO_PKG_VERSION")))
            .build();
        Client { agent: config.into(), base: base.trim_end_matches('/').to_owned(), token_file }
    }

    /// Reads a resource or a page of results; a path below the base, or a URL that the server gave.
    ///
    /// # Errors
    /// When no answer comes.
    pub fn get(&self, path: &str) -> Result<Answer, String> {
        self.with_retries(Repeat::Safe, || {
            let request = self.agent.get(self.url(path)?).header("Accept", "application/fhir+json");
            self.authorized(request)?.call().map_err(|e| Failure::of(&e, &self.base))
        })
    }

    /// Searches with the parameters in the body, where they are not cut off and stand in no log of URLs.
    ///
    /// # Errors
    /// When no answer comes.
    pub fn search(&self, resource_type: &str, parameters: &[(&str, String)]) -> Result<Answer, String> {
        self.with_retries(Repeat::Safe, || {
            let request = self
                .agent
                .post(self.url(&format!("{resource_type}/_search"))?)
                .header("Accept", "application/fhir+json")
                // an unknown parameter must not be passed over: that would give other resources than were asked for
                .header("Prefer", "handling=strict");
            let request = self.authorized(request)?;
            request.send_form(parameters.iter().map(|(k, v)| (*k, v.as_str()))).map_err(|e| Failure::of(&e, &self.base))
        })
    }

    /// Posts a transaction.
    ///
    /// # Errors
    /// When no answer comes.
    pub fn transaction(&self, json: &[u8], repeat: Repeat) -> Result<Answer, String> {
        self.with_retries(repeat, || {
            let request = self
                .agent
                .post(&self.base)
                .header("Accept", "application/fhir+json")
                // the answer needs no resources in it
                .header("Prefer", "return=minimal")
                .content_type("application/fhir+json");
            self.authorized(request)?.send(json).map_err(|e| Failure::of(&e, &self.base))
        })
    }

    fn url(&self, path: &str) -> Result<String, Failure> {
        if !path.contains("://") {
            return Ok(format!("{}/{path}", self.base));
        }
        // the token would go with it
        if path.strip_prefix(&self.base).is_some_and(|rest| rest.starts_with(['/', '?'])) {
            Ok(path.to_owned())
        } else {
            Err(Failure::last(format!("the server {} names pages of its answer at another address", self.base)))
        }
    }

    /// The token is read for each request: it may be exchanged while a run goes on.
    fn authorized<B>(&self, request: ureq::RequestBuilder<B>) -> Result<ureq::RequestBuilder<B>, Failure> {
        let Some(file) = &self.token_file else { return Ok(request) };
        let token = std::fs::read_to_string(file)
            .map_err(|e| Failure::last(format!("the token file {} cannot be read: {e}", file.display())))?;
        Ok(request.header("Authorization", format!("Bearer {}", token.trim())))
    }

    fn with_retries(
        &self,
        repeat: Repeat,
        send: impl Fn() -> Result<Response<Body>, Failure>,
    ) -> Result<Answer, String> {
        let mut wait = FIRST_WAIT;
        for again in (0..TRIES).rev() {
            let (reason, asked) = match send() {
                Ok(response) => {
                    let status = response.status();
                    let asked = retry_after(&response);
                    let answer = read(response, &self.base)?;
                    if again == 0 || !comes_again(status, repeat) {
                        return Ok(answer);
                    }
                    (String::new(), asked)
                }
                Err(f) if again == 0 || !(f.again || f.unknown && repeat == Repeat::Safe) => {
                    let doubt = if f.unknown && repeat == Repeat::Refused {
                        "; whether the server has written it is not known: look there before it is sent again"
                    } else {
                        ""
                    };
                    return Err(format!("{}{doubt}", f.message));
                }
                Err(f) => (f.message, None),
            };
            let pause = asked.unwrap_or(wait);
            if pause > LONGEST_WAIT {
                return Err(format!(
                    "the server {} asks to be left alone for {} s; run again then {reason}",
                    self.base,
                    pause.as_secs()
                ));
            }
            std::thread::sleep(pause);
            wait = (wait * 2).min(LONGEST_WAIT);
        }
        unreachable!("the last try returns")
    }
}

/// A request without answer.
struct Failure {
    message: String,
    /// nothing has reached the server: it can be tried again
    again: bool,
    /// it may have reached the server
    unknown: bool,
}

impl Failure {
    fn last(message: String) -> Failure {
        Failure { message, again: false, unknown: false }
    }

    fn of(e: &ureq::Error, base: &str) -> Failure {
        use std::io::ErrorKind;
        let message = format!("the server {base} does not answer: {e}");
        match e {
            ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => {
                Failure { message, again: true, unknown: false }
            }
            ureq::Error::Io(e) if e.kind() == ErrorKind::ConnectionRefused => {
                Failure { message, again: true, unknown: false }
            }
            ureq::Error::Io(_) | ureq::Error::Timeout(_) | ureq::Error::Protocol(_) => {
                Failure { message, again: false, unknown: true }
            }
            _ => Failure::last(message),
        }
    }
}

/// Whether the same request has a chance later. What a gateway says tells nothing of what became of it.
fn comes_again(status: StatusCode, repeat: Repeat) -> bool {
    matches!(status.as_u16(), 429 | 503) || repeat == Repeat::Safe && matches!(status.as_u16(), 502 | 504)
}

/// How long the server wants to be left alone: seconds, or a date.
fn retry_after(response: &Response<Body>) -> Option<Duration> {
    let text = response.headers().get(http::header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date: SystemTime = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?.into();
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

fn read(mut response: Response<Body>, base: &str) -> Result<Answer, String> {
    let status = response.status().as_u16();
    let etag = response.headers().get(http::header::ETAG).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let bytes = response.body_mut().with_config().limit(MAX_ANSWER).read_to_vec();
    let bytes = bytes.map_err(|e| format!("the answer of the server {base} cannot be read: {e}"))?;
    let body = serde_json::from_slice(&bytes).unwrap_or_default();
    if (300..400).contains(&status) {
        return Err(format!("the server {base} sends elsewhere ({status}); give the address it names"));
    }
    if matches!(status, 401 | 403) {
        let said = answer::plain(&body);
        return Err(format!("the server {base} does not let us in ({status}){said}; --token-file names a token"));
    }
    Ok(Answer { status, etag, body, bytes })
}
