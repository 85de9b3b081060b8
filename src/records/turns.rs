//! Turns at the database: as many operations run at once as there are connections, and a bounded number wait.
//!
//! An operation that waits for its turn holds no thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::error::{RecordsError, Unavailability};

/// Whether an operation changes rows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    Write,
}

pub(super) struct Turns {
    write: Arc<Semaphore>,
    /// On PostgreSQL the same semaphore as `write`: both use one pool.
    read: Arc<Semaphore>,
    waiting: AtomicUsize,
    max_waiting: usize,
}

impl Turns {
    /// One queue for reads and writes, over one pool of connections.
    pub(super) fn shared(connections: u32, max_waiting: usize) -> Turns {
        let shared = semaphore(connections);
        Turns { write: shared.clone(), read: shared, waiting: AtomicUsize::new(0), max_waiting }
    }

    /// Reads and a single writer wait separately.
    pub(super) fn separate(readers: u32, max_waiting: usize) -> Turns {
        Turns { write: semaphore(1), read: semaphore(readers), waiting: AtomicUsize::new(0), max_waiting }
    }

    /// Waits for a turn until `until`.
    ///
    /// # Errors
    /// [`Unavailability::Busy`] when too many wait already, or the turn does not come in time.
    pub(super) async fn take(
        &self,
        access: Access,
        until: Instant,
    ) -> Result<OwnedSemaphorePermit, RecordsError> {
        let turns = match access {
            Access::Read => &self.read,
            Access::Write => &self.write,
        };
        if let Ok(permit) = turns.clone().try_acquire_owned() {
            return Ok(permit);
        }
        let busy = || RecordsError::Unavailable { why: Unavailability::Busy, source: None };
        let _counted = Waiting::new(&self.waiting, self.max_waiting).ok_or_else(busy)?;
        match tokio::time::timeout_at(until, turns.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            // Out of time, or the semaphore was closed, which never happens.
            Ok(Err(_)) | Err(_) => Err(busy()),
        }
    }
}

fn semaphore(size: u32) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(size.max(1) as usize))
}

/// Counts one waiting operation until it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    /// `None` when `limit` operations wait already.
    fn new(count: &'a AtomicUsize, limit: usize) -> Option<Waiting<'a>> {
        let counted = Waiting(count);
        (count.fetch_add(1, Ordering::Relaxed) < limit).then_some(counted)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
