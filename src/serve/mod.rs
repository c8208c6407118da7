//! An HTTP server that converts: `POST /fhir/$convert`, the CapabilityStatement, health, metrics.
//!
//! Sockets and small documents live on async threads, larger documents on threads of their own: one document, one
//! thread. How much is admitted is fixed beforehand ([`Settings`]), so that what a crowd of clients can cost is bounded;
//! who comes on top is told to come again. Every answer but that of `/metrics` is a FHIR resource, and no line of the log holds anything of a
//! document, a query or a header, save the request id that the caller gave.

mod answer;
mod body;
mod capability;
mod listen;
mod log;
mod metrics;
mod operation;
mod places;
mod query;
mod routes;
mod stall;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use crate::convert::{Confidential, Converter, Level};
pub use listen::Server;

/// How a server listens, and what it admits.
#[derive(Debug, Clone)]
pub struct Settings {
    /// where it listens; port 0 is any free one
    pub listen: SocketAddr,
    /// where metrics and health are told instead, or besides: health is told on both
    pub metrics_listen: Option<SocketAddr>,
    /// bytes of a document
    pub max_body: usize,
    /// from the first byte of a request until its answer is ready
    pub timeout: Duration,
    /// conversions at the same time
    pub max_concurrent: usize,
    /// requests that wait for one of them
    pub queue: usize,
    /// how long running requests may take when the server is told to stop
    pub drain: Duration,
    /// whose documents these are; when given, no request may say otherwise
    pub tenant: Option<String>,
    /// what becomes of content above ordinary confidentiality, unless a request asks for more caution
    pub confidential: Confidential,
    /// how deep rules must be reviewed, unless a request asks for more
    pub min_review: Option<Level>,
}

impl Default for Settings {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Settings {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            metrics_listen: None,
            max_body: 32 << 20,
            timeout: Duration::from_secs(30),
            max_concurrent: processors,
            queue: processors * 8,
            drain: Duration::from_secs(30),
            tenant: None,
            confidential: Confidential::Keep,
            min_review: None,
        }
    }
}

/// Stack of each thread: documents may nest 200 elements deep, and a panic of that kind cannot be caught.
const STACK: usize = 8 << 20;

/// Serves until SIGTERM or SIGINT (Ctrl-C), then finishes what runs. A second signal ends at once.
///
/// # Errors
/// When an address cannot be bound.
pub fn run(converter: Converter, settings: Settings) -> io::Result<()> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        // sockets need little, but small documents are converted on these threads
        .worker_threads(processors)
        .max_blocking_threads(settings.max_concurrent + 1)
        .thread_stack_size(STACK)
        .enable_all()
        .build()?;
    let done = runtime.block_on(async {
        let mut signals = listen::Signals::new()?;
        Server::bind(converter, settings).await?.run(async || signals.next().await).await;
        Ok(())
    });
    // a conversion that outlived the drain cannot be stopped, and is not waited for
    runtime.shutdown_background();
    done
}
