//! The runner's loop, and what happens to one submission inside it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::Utc;
use tokio::task::{AbortHandle, JoinError, JoinHandle, JoinSet};
use tokio::time::Instant;

use super::{ReadError, Reader, Shared, StopReport};
use crate::records::{FailOutcome, Finished, Lease, LeaseOutcome, Leased, RecordsError};
use crate::telemetry::sentence;

/// The longest pause between two attempts to reach a database that is away.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);
/// A finished reading is offered to a database that is away for this many leases' time, then left to be read again.
const FINISH_LEASES: u32 = 6;

/// What this runner is reading, by record, and how to stop it.
pub(super) type UnderWay = HashMap<i64, (Lease, AbortHandle)>;

/// The duration, give or take a quarter: servers that start together do not poll together.
pub(super) fn jittered(duration: Duration) -> Duration {
    duration.mul_f64(rand::random_range(0.75..=1.25))
}

/// Leases and reads until it is told to stop and nothing is under way.
pub(super) async fn run<R: Reader>(shared: Arc<Shared>, reader: Arc<R>) {
    let mut readings = JoinSet::new();
    let mut away = Duration::ZERO;
    let mut next_sweep = Instant::now();
    loop {
        while readings.try_join_next().is_some() {}
        let stopping = shared.stopping.load(Ordering::Acquire);
        if stopping && readings.is_empty() {
            return;
        }
        let mut pause = jittered(shared.config.poll);
        if !stopping {
            match take(&shared, &reader, &mut readings).await {
                Ok(()) if away > Duration::ZERO => {
                    tracing::info!("the database answers again");
                    away = Duration::ZERO;
                }
                Ok(()) => {}
                Err(error) => {
                    if away.is_zero() {
                        tracing::warn!(error = sentence(&error), "no submissions can be leased");
                    }
                    away = (2 * away).clamp(Duration::from_millis(250), LONGEST_PAUSE);
                    pause = jittered(away);
                }
            }
            if away.is_zero() && Instant::now() >= next_sweep {
                next_sweep = Instant::now() + jittered(shared.config.sweep);
                sweep(&shared).await;
            }
        }
        // Whoever stores, finishes or stops says so; the time is for what other servers did.
        let _woken = tokio::time::timeout(pause, shared.wake.notified()).await;
    }
}

/// Leases as much as may be read at once.
async fn take<R: Reader>(
    shared: &Arc<Shared>,
    reader: &Arc<R>,
    readings: &mut JoinSet<()>,
) -> Result<(), RecordsError> {
    while readings.len() < shared.config.at_once && !shared.stopping.load(Ordering::Acquire) {
        let Some(leased) = shared.store.lease_next(&shared.worker, shared.config.lease).await? else {
            return Ok(());
        };
        if shared.stopping.load(Ordering::Acquire) {
            give_back(shared, &leased.lease).await;
            return Ok(());
        }
        readings.spawn(supervise(shared.clone(), reader.clone(), leased));
    }
    Ok(())
}

async fn sweep(shared: &Shared) {
    match shared.store.expire_drafts(Utc::now()).await {
        Ok(0) => {}
        Ok(drafts) => tracing::info!(drafts, "expired drafts were forgotten"),
        Err(error) => tracing::warn!(error = sentence(&error), "expired drafts could not be forgotten"),
    }
}

/// Reads one submission under its lease, and notes how it ended.
async fn supervise<R: Reader>(shared: Arc<Shared>, reader: Arc<R>, leased: Leased) {
    let lease = leased.lease.clone();
    let begun = Instant::now();
    let reading = tokio::spawn(read_patiently(reader, leased));
    let _registered = Registered::new(shared.clone(), lease.clone(), reading.abort_handle());
    let Some(outcome) = hold(&shared, &lease, reading).await else { return };
    match outcome {
        Ok(Ok(finished)) => {
            if finish(&shared, &lease, finished).await {
                let seconds = begun.elapsed().as_secs_f64();
                tracing::info!(record = lease.id, attempt = lease.attempt, seconds, "read a submission");
            }
        }
        Ok(Err(ReadError::Stopped)) => {
            give_back(&shared, &lease).await;
        }
        // Only `read_patiently` sees it.
        Ok(Err(ReadError::Busy { .. })) => {}
        Ok(Err(error @ ReadError::Failed { .. })) => fail(&shared, &lease, &error.to_string(), &error).await,
        Err(join) if join.is_cancelled() => {}
        Err(join) => fail(&shared, &lease, "The reading broke off.", &join).await,
    }
}

/// Reads, and when the readers are busy, waits its turn under the same lease.
async fn read_patiently<R: Reader>(reader: Arc<R>, leased: Leased) -> Result<Finished, ReadError> {
    loop {
        match reader.read(leased.clone()).await {
            Err(ReadError::Busy { retry_after }) => {
                tokio::time::sleep(jittered(retry_after.max(Duration::from_millis(50)))).await;
            }
            other => return other,
        }
    }
}

/// Waits for the reading and renews its lease meanwhile. `None` when the lease was lost or the record deleted.
async fn hold(
    shared: &Shared,
    lease: &Lease,
    mut reading: JoinHandle<Result<Finished, ReadError>>,
) -> Option<Result<Result<Finished, ReadError>, JoinError>> {
    loop {
        match tokio::time::timeout(shared.config.lease / 3, &mut reading).await {
            Ok(outcome) => return Some(outcome),
            Err(_still_reading) => match shared.store.renew(lease, shared.config.lease).await {
                Ok(LeaseOutcome::Held) => {}
                Ok(why @ (LeaseOutcome::Gone | LeaseOutcome::Lost)) => {
                    tracing::info!(record = lease.id, ?why, "stopped reading");
                    reading.abort();
                    return None;
                }
                // If nobody takes the lease meanwhile, it can still be renewed or finished.
                Err(error) => {
                    tracing::warn!(
                        record = lease.id,
                        error = sentence(&error),
                        "a lease could not be renewed"
                    );
                }
            },
        }
    }
}

/// Stores a finished reading; where the database is away, tries for a while. Whether it is stored.
async fn finish(shared: &Shared, lease: &Lease, finished: Finished) -> bool {
    let until = Instant::now() + FINISH_LEASES * shared.config.lease;
    let mut pause = Duration::from_millis(250);
    loop {
        match shared.store.finish(lease, finished.clone()).await {
            Ok(LeaseOutcome::Held) => {
                shared.finished.fetch_add(1, Ordering::Relaxed);
                // Nobody may be waiting, which is no error.
                let _listeners = shared.settled.send(lease.id);
                return true;
            }
            Ok(why @ (LeaseOutcome::Gone | LeaseOutcome::Lost)) => {
                tracing::info!(record = lease.id, ?why, "a reading is not needed any more");
                return false;
            }
            Err(error) if error.is_unavailable() && Instant::now() < until => {
                tracing::warn!(
                    record = lease.id,
                    error = sentence(&error),
                    "a reading could not be stored yet"
                );
                tokio::time::sleep(jittered(pause)).await;
                pause = (2 * pause).min(LONGEST_PAUSE);
            }
            Err(error) => {
                tracing::error!(record = lease.id, error = sentence(&error), "a reading could not be stored");
                return false;
            }
        }
    }
}

async fn fail(shared: &Shared, lease: &Lease, reason: &str, error: &(dyn std::error::Error + Sync)) {
    tracing::error!(record = lease.id, attempt = lease.attempt, error = sentence(error), "a reading failed");
    match shared.store.fail(lease, reason, jittered(shared.config.retry_after)).await {
        Ok(FailOutcome::GivenUp) => {
            tracing::error!(record = lease.id, "gave a submission up");
            let _listeners = shared.settled.send(lease.id);
        }
        Ok(FailOutcome::Queued | FailOutcome::Gone | FailOutcome::Lost) => {}
        // The lease runs out, and the attempt counts as lost.
        Err(error) => {
            tracing::warn!(record = lease.id, error = sentence(&error), "a failure could not be noted");
        }
    }
}

/// Keeps a submission in the runner's list while it is under way; cancels its reading and wakes the runner when it ends,
/// however it ends.
struct Registered {
    shared: Arc<Shared>,
    id: i64,
    reading: AbortHandle,
}

impl Registered {
    fn new(shared: Arc<Shared>, lease: Lease, reading: AbortHandle) -> Registered {
        let id = lease.id;
        shared.under_way().insert(id, (lease, reading.clone()));
        Registered { shared, id, reading }
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.reading.abort();
        self.shared.under_way().remove(&self.id);
        self.shared.wake.notify_one();
    }
}

impl Shared {
    pub(super) fn under_way(&self) -> std::sync::MutexGuard<'_, UnderWay> {
        match self.under_way.lock() {
            Ok(under_way) => under_way,
            // Nothing that could panic runs under this lock.
            Err(poisoned) => poisoned.into_inner(),
        }
    }

    /// Stops reading this record, if this runner is.
    pub(super) fn cancel(&self, id: i64) {
        if let Some((_, reading)) = self.under_way().get(&id) {
            reading.abort();
        }
    }

    /// Cancels what is under way; what has to be given back for it.
    pub(super) fn cancel_all(&self) -> Vec<Lease> {
        self.under_way()
            .drain()
            .map(|(_, (lease, reading))| {
                reading.abort();
                lease
            })
            .collect()
    }

    /// Gives leases back, as many as can be within the time.
    pub(super) async fn park_all(self: &Arc<Self>, leases: Vec<Lease>) -> StopReport {
        let mut report = StopReport { parked: 0, abandoned: leases.len() };
        let mut parking = JoinSet::new();
        for lease in leases {
            let shared = self.clone();
            parking.spawn(async move { give_back(&shared, &lease).await });
        }
        let until = Instant::now() + self.config.park_within;
        while let Ok(Some(given_back)) = tokio::time::timeout_at(until, parking.join_next()).await {
            if let Ok(Some(outcome)) = given_back {
                report.abandoned -= 1;
                report.parked += usize::from(outcome == LeaseOutcome::Held);
            }
        }
        report
    }
}

/// Puts a submission back into the queue; `None` when the database could not do it.
async fn give_back(shared: &Shared, lease: &Lease) -> Option<LeaseOutcome> {
    match shared.store.park(lease).await {
        Ok(outcome) => Some(outcome),
        Err(error) => {
            tracing::warn!(record = lease.id, error = sentence(&error), "a lease could not be given back");
            None
        }
    }
}
