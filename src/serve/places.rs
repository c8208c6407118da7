//! How many requests are inside: those that convert, and those that wait for it.
//!
//! A request is admitted before its body is read, so that the memory for bodies is bounded by places times body size.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The places of a server.
#[derive(Debug)]
pub struct Places {
    all: usize,
    workers: usize,
    admitted: Arc<Semaphore>,
    working: Arc<Semaphore>,
}

/// A place that is held until this is dropped.
#[derive(Debug)]
pub struct Place {
    _permit: OwnedSemaphorePermit,
}

impl Places {
    /// Places for `workers` conversions and `queue` requests that wait.
    pub fn new(workers: usize, queue: usize) -> Places {
        // the semaphore knows a bound of its own
        let all = workers.saturating_add(queue).min(Semaphore::MAX_PERMITS);
        Places { all, workers, admitted: Arc::new(Semaphore::new(all)), working: Arc::new(Semaphore::new(workers)) }
    }

    /// A place inside; `None` when all are taken.
    pub fn admit(&self) -> Option<Place> {
        Arc::clone(&self.admitted).try_acquire_owned().ok().map(|permit| Place { _permit: permit })
    }

    /// A place to convert, in the order in which it is asked for.
    pub async fn work(&self) -> Option<Place> {
        // the semaphore is never closed
        Arc::clone(&self.working).acquire_owned().await.ok().map(|permit| Place { _permit: permit })
    }

    /// Conversions that run, and requests that wait or whose body arrives.
    pub fn taken(&self) -> (usize, usize) {
        let running = self.workers - self.working.available_permits();
        let inside = self.all - self.admitted.available_permits();
        // the two are not read at one moment
        (running, inside.saturating_sub(running))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_on_top_is_not_admitted() {
        let places = Places::new(1, 1);
        let (a, b) = (places.admit(), places.admit());
        assert!(a.is_some() && b.is_some() && places.admit().is_none());
        assert_eq!(places.taken(), (0, 2));
        drop(a);
        assert!(places.admit().is_some());
    }
}
