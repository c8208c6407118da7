//! Sockets: accepted while the server runs, left to finish when it is told to stop.

use std::convert::Infallible;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::Settings;
use super::log::event;
use super::routes::{Door, Service};
use super::stall::Stall;
use crate::convert::Converter;

/// How long the head of a request may take; also how long a connection may stay open between two requests.
const HEAD: Duration = Duration::from_secs(30);
/// How long a client may take nothing of its answer.
const STALL: Duration = Duration::from_secs(30);
/// Connections at the same time. More wait in the queue of the operating system.
const CONNECTIONS: usize = 1000;

/// A server whose addresses are bound.
pub struct Server {
    service: Arc<Service>,
    front: TcpListener,
    metrics: Option<TcpListener>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("front", &self.front).field("metrics", &self.metrics).finish_non_exhaustive()
    }
}

impl Server {
    /// Binds the addresses. The tables are compiled by now, so that nobody connects to a server that cannot serve.
    ///
    /// # Errors
    /// When an address cannot be bound.
    pub async fn bind(converter: Converter, settings: Settings) -> io::Result<Server> {
        let bound = |address: SocketAddr| async move {
            let named = |e: io::Error| io::Error::new(e.kind(), format!("cannot listen on {address}: {e}"));
            TcpListener::bind(address).await.map_err(named)
        };
        let front = bound(settings.listen).await?;
        let metrics = match settings.metrics_listen {
            Some(address) => Some(bound(address).await?),
            None => None,
        };
        Ok(Server { service: Arc::new(Service::new(converter, settings)), front, metrics })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.front.local_addr()
    }

    /// Serves until `stop` is done; then takes nothing new, finishes what runs, and returns. When `stop` is done a second
    /// time, or [`Settings::drain`] is over, what still runs is cut off.
    pub async fn run(self, mut stop: impl AsyncFnMut()) {
        let Server { service, front, metrics } = self;
        let door = if metrics.is_some() { Door::Front } else { Door::All };
        let open = GracefulShutdown::new();
        // metrics and readiness are told to the end: those who watch want to see the drain
        let watched = metrics.map(|listener| {
            if let Ok(address) = listener.local_addr() {
                event("listening", &[("metrics", &address)]);
            }
            let unwatched = GracefulShutdown::new();
            let service = Arc::clone(&service);
            tokio::spawn(async move { accept(&listener, &service, Door::Metrics, &unwatched).await })
        });
        service.ready.store(true, Ordering::Release);
        if let Ok(address) = front.local_addr() {
            event("listening", &[("address", &address), ("version", &env!("CARGO_PKG_VERSION"))]);
        }

        tokio::select! {
            () = accept(&front, &service, door, &open) => {}
            () = stop() => {}
        }
        service.ready.store(false, Ordering::Release);
        drop(front);
        let connections = open.count();
        event("draining", &[("connections", &connections)]);
        tokio::select! {
            () = open.shutdown() => event("stopped", &[("cut", &false)]),
            () = tokio::time::sleep(service.settings.drain) => event("stopped", &[("cut", &true)]),
            () = stop() => event("stopped", &[("cut", &true)]),
        }
        if let Some(watched) = watched {
            watched.abort();
        }
    }
}

async fn accept(listener: &TcpListener, service: &Arc<Service>, door: Door, open: &GracefulShutdown) {
    let seats = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(seat) = Arc::clone(&seats).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let connection = connection(stream, Arc::clone(service), door, open.watcher());
                tokio::spawn(async move {
                    connection.await;
                    drop(seat);
                });
            }
            Err(e) => {
                // a client that went away between, or no file handles: the next try may do, but not at once
                event("accept-failed", &[("kind", &format!("{:?}", e.kind()))]);
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, service: Arc<Service>, door: Door, watcher: Watcher) {
    // answers are written whole; waiting for more to fill a packet only costs
    let _ = stream.set_nodelay(true);
    let connection = http1::Builder::new().timer(TokioTimer::new()).header_read_timeout(HEAD).serve_connection(
        TokioIo::new(Stall::new(stream, STALL)),
        service_fn(move |request| {
            let service = Arc::clone(&service);
            async move { Ok::<_, Infallible>(service.answer(door, request).await) }
        }),
    );
    // what goes wrong now is the client's: it went away, or does not speak HTTP. The record of its request says so
    let _ = watcher.watch(connection).await;
}

/// The signals that ask the process to end.
#[derive(Debug)]
pub struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Listens from now on.
    ///
    /// # Errors
    /// When the system does not let it.
    pub fn new() -> io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for the next one.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
impl Signals {
    /// Listens from now on.
    ///
    /// # Errors
    /// Never.
    pub fn new() -> io::Result<Signals> {
        Ok(Signals {})
    }

    /// Waits for the next one.
    pub async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
