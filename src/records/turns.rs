//! Turns at the database: as many operations run at once as there are connections, and a limited number wait.
//!
//! An operation that waits for its turn holds no thread. Turns are given in order. Programs first wait in a line of
//! their own: only [`PROGRAMS_AT_ONCE`] of their requests are in the common line at a time, so that a visitor, or a
//! reading to be finished, waits for no more than those.

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
    /// The line of program requests that store a text.
    programs: Arc<Semaphore>,
    programs_waiting: AtomicUsize,
}

/// The most requests of programs in the common line at a time.
const PROGRAMS_AT_ONCE: u32 = 2;
/// The most requests of programs waiting for that. With two changes each, of 20 ms on a slow disk, the last waits 5 s.
const PROGRAMS_WAITING: usize = 128;

impl Turns {
    /// One queue for reads and writes, over one pool of connections.
    pub(super) fn shared(connections: u32, max_waiting: usize) -> Turns {
        let shared = semaphore(connections);
        Turns::new(shared.clone(), shared, max_waiting)
    }

    /// Separate queues for reads and for a single writer.
    pub(super) fn separate(readers: u32, max_waiting: usize) -> Turns {
        Turns::new(semaphore(1), semaphore(readers), max_waiting)
    }

    fn new(write: Arc<Semaphore>, read: Arc<Semaphore>, max_waiting: usize) -> Turns {
        Turns {
            write,
            read,
            waiting: AtomicUsize::new(0),
            max_waiting,
            programs: semaphore(PROGRAMS_AT_ONCE),
            programs_waiting: AtomicUsize::new(0),
        }
    }

    /// Waits until a program's request may join the common line. The request joins it with [`Turns::take`], and holds
    /// the permit until it is done.
    ///
    /// # Errors
    /// [`Unavailability::Busy`] if too many wait already, or the turn does not come in time.
    pub(super) async fn take_for_program(
        &self,
        until: Instant,
    ) -> Result<OwnedSemaphorePermit, RecordsError> {
        wait(&self.programs, &self.programs_waiting, PROGRAMS_WAITING, until).await
    }

    /// Whether the line of programs is full.
    pub(super) fn is_full_for_programs(&self) -> bool {
        self.programs_waiting.load(Ordering::Relaxed) >= PROGRAMS_WAITING
    }

    /// Waits for a turn until `until`.
    ///
    /// # Errors
    /// [`Unavailability::Busy`] if too many wait already, or the turn does not come in time.
    pub(super) async fn take(
        &self,
        access: Access,
        until: Instant,
    ) -> Result<OwnedSemaphorePermit, RecordsError> {
        let turns = match access {
            Access::Read => &self.read,
            Access::Write => &self.write,
        };
        wait(turns, &self.waiting, self.max_waiting, until).await
    }
}

async fn wait(
    turns: &Arc<Semaphore>,
    waiting: &AtomicUsize,
    max_waiting: usize,
    until: Instant,
) -> Result<OwnedSemaphorePermit, RecordsError> {
    if let Ok(permit) = turns.clone().try_acquire_owned() {
        return Ok(permit);
    }
    let busy = || RecordsError::Unavailable { why: Unavailability::Busy, source: None };
    let _counted = Waiting::new(waiting, max_waiting).ok_or_else(busy)?;
    match tokio::time::timeout_at(until, turns.clone().acquire_owned()).await {
        Ok(Ok(permit)) => Ok(permit),
        // Out of time, or the semaphore was closed, which never happens.
        Ok(Err(_)) | Err(_) => Err(busy()),
    }
}

fn semaphore(size: u32) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(size.max(1) as usize))
}

/// Counts one waiting operation until it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    /// `None` if `limit` operations wait already.
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// A program's request: it waits in its own line, then in the common one, and takes this long.
    async fn program(turns: Arc<Turns>, takes: Duration) -> bool {
        let until = Instant::now() + Duration::from_secs(20);
        let Ok(_first) = turns.take_for_program(until).await else { return false };
        let Ok(_turn) = turns.take(Access::Write, until).await else { return false };
        tokio::time::sleep(takes).await;
        true
    }

    #[actix_web::test]
    async fn a_visitor_waits_for_two_programs_however_many_there_are() {
        let turns = Arc::new(Turns::separate(1, 1024));
        let takes = Duration::from_millis(10);
        let programs: Vec<_> =
            (0..1000).map(|_| actix_web::rt::spawn(program(turns.clone(), takes))).collect();
        while !turns.is_full_for_programs() {
            tokio::task::yield_now().await;
        }
        for _ in 0..5 {
            let asked = Instant::now();
            let turn = turns.take(Access::Write, asked + Duration::from_secs(20)).await;
            assert!(turn.is_ok(), "a visitor is refused");
            drop(turn);
            let waited = asked.elapsed();
            assert!(waited < 20 * takes, "waited {waited:?} behind the programs");
        }
        let mut done = 0;
        for program in programs {
            done += usize::from(program.await.unwrap());
        }
        // Those in the programs' line and those in the common line.
        assert!((PROGRAMS_WAITING..PROGRAMS_WAITING + 20).contains(&done), "{done} of 1000 were served");
    }
}
