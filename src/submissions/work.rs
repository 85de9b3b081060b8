//! The runner's loop, and what happens to one submission inside it.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::Utc;
use tokio::task::{AbortHandle, JoinError, JoinHandle, JoinSet};
use tokio::time::Instant;

use super::{ReadError, Reader, Shared, StopReport};
use crate::records::{FailOutcome, Finished, Lease, LeaseOutcome, Leased, OwnerKey, RecordsError, Source};
use crate::telemetry::sentence;

/// The longest pause between two attempts to reach a database that is away.
const LONGEST_PAUSE: Duration = Duration::from_secs(8);
/// A finished reading is offered to a database that is away for this many leases' time, then left to be read again.
const FINISH_LEASES: u32 = 6;

/// What is said of a reading that panicked.
pub(super) const BROKE_OFF: &str = "The reading broke off.";

/// What this runner is reading, by record, and how to stop it.
pub(super) type UnderWay = HashMap<i64, AbortHandle>;

/// The duration, give or take a quarter: servers that start together do not poll together.
pub(super) fn jittered(duration: Duration) -> Duration {
    duration.mul_f64(rand::random_range(0.75..=1.25))
}

/// What this runner has leased and reads: questionnaires, and texts that were left behind.
#[derive(Default)]
struct Readings {
    questionnaires: JoinSet<()>,
    texts: JoinSet<()>,
}

/// Leases and reads until it is told to stop and nothing is under way.
pub(super) async fn run<R: Reader>(shared: Arc<Shared>, reader: Arc<R>) {
    let mut readings = Readings::default();
    let mut away = Duration::ZERO;
    let mut next_sweep = Instant::now();
    loop {
        for ended in [&mut readings.questionnaires, &mut readings.texts] {
            while ended.try_join_next().is_some() {}
        }
        let stopping = shared.stopping.load(Ordering::Acquire);
        if stopping && shared.under_way().is_empty() {
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

/// Leases as much as may be read at once. Texts that were left behind come one at a time: their senders were told to come
/// back, and others wait for an answer now.
async fn take<R: Reader>(
    shared: &Arc<Shared>,
    reader: &Arc<R>,
    readings: &mut Readings,
) -> Result<(), RecordsError> {
    let Readings { questionnaires, texts } = readings;
    for (source, readings, most) in
        [(Source::Questionnaire, questionnaires, shared.config.at_once), (Source::Api, texts, 1)]
    {
        while readings.len() < most && !shared.stopping.load(Ordering::Acquire) {
            let next = shared.store.lease_next(&shared.worker, shared.config.lease, source);
            let Some(leased) = next.await? else { break };
            let lease = leased.lease.clone();
            let reading = tokio::spawn(read_patiently(reader.clone(), leased));
            // Before anything else: what is not on the list is not waited for.
            let registered = Registered::new(shared.clone(), lease, reading.abort_handle(), true);
            readings.spawn(supervise(registered, reading));
        }
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

/// Waits for the reading of one submission under its lease, and notes how it ended.
async fn supervise(registered: Registered, reading: JoinHandle<Result<Finished, ReadError>>) {
    let Registered { shared, lease, .. } = &registered;
    let begun = Instant::now();
    let Some(outcome) = hold(shared, lease, shared.config.lease, reading).await else { return };
    match outcome {
        Ok(Ok(finished)) => {
            if finish(shared, lease, finished).await {
                let seconds = begun.elapsed().as_secs_f64();
                tracing::info!(record = lease.id, attempt = lease.attempt, seconds, "read a submission");
            }
        }
        Ok(Err(ReadError::Stopped)) => {
            give_back(shared, lease).await;
        }
        // Only `read_patiently` sees it.
        Ok(Err(ReadError::Busy { .. })) => {}
        Ok(Err(error @ ReadError::Failed { .. })) => fail(shared, lease, &error.to_string(), &error).await,
        Err(join) if join.is_cancelled() => {}
        Err(join) => fail(shared, lease, BROKE_OFF, &join).await,
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

/// Waits for the reading and renews its lease of this length meanwhile. `None` when the lease was lost or the record
/// deleted.
pub(super) async fn hold(
    shared: &Shared,
    lease: &Lease,
    length: Duration,
    mut reading: JoinHandle<Result<Finished, ReadError>>,
) -> Option<Result<Result<Finished, ReadError>, JoinError>> {
    loop {
        match tokio::time::timeout(length / 3, &mut reading).await {
            Ok(outcome) => return Some(outcome),
            Err(_still_reading) => match shared.store.renew(lease, length).await {
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
pub(super) async fn finish(shared: &Shared, lease: &Lease, finished: Finished) -> bool {
    match insist(shared, "store a reading", || shared.store.finish(lease, finished.clone())).await {
        Some(LeaseOutcome::Held) => {
            shared.finished.fetch_add(1, Ordering::Relaxed);
            true
        }
        Some(why @ (LeaseOutcome::Gone | LeaseOutcome::Lost)) => {
            tracing::info!(record = lease.id, ?why, "a reading is not needed any more");
            false
        }
        None => false,
    }
}

/// Deletes a record that nobody can open; where the database is away, tries for a while.
pub(super) async fn forget(shared: &Shared, id: i64, key: &OwnerKey) {
    if insist(shared, "delete a text", || shared.store.delete(key)).await.is_some() {
        tracing::info!(record = id, "deleted a text whose sender left");
    }
}

/// Has the database do something, and where it is away tries again for a while. `None` when it was in vain.
async fn insist<T, F>(shared: &Shared, what: &str, attempt: impl Fn() -> F) -> Option<T>
where
    F: Future<Output = Result<T, RecordsError>>,
{
    let until = Instant::now() + FINISH_LEASES * shared.config.lease;
    let mut pause = Duration::from_millis(250);
    loop {
        match attempt().await {
            Ok(done) => return Some(done),
            Err(error) if error.is_unavailable() && Instant::now() < until => {
                tracing::warn!(what, error = sentence(&error), "the database could not do it yet");
                tokio::time::sleep(jittered(pause)).await;
                pause = (2 * pause).min(LONGEST_PAUSE);
            }
            Err(error) => {
                tracing::error!(what, error = sentence(&error), "the database did not do it");
                return None;
            }
        }
    }
}

/// Notes a failed attempt.
pub(super) async fn fail(
    shared: &Shared,
    lease: &Lease,
    reason: &str,
    error: &(dyn std::error::Error + Sync),
) {
    tracing::error!(record = lease.id, attempt = lease.attempt, error = sentence(error), "a reading failed");
    match shared.store.fail(lease, reason, jittered(shared.config.retry_after)).await {
        Ok(FailOutcome::GivenUp) => {
            tracing::error!(record = lease.id, "gave a submission up");
        }
        Ok(FailOutcome::Queued | FailOutcome::Gone | FailOutcome::Lost) => {}
        // The lease runs out, and the attempt counts as lost.
        Err(error) => {
            tracing::warn!(record = lease.id, error = sentence(&error), "a failure could not be noted");
        }
    }
}

/// Keeps a submission in the runner's list while it is under way; cancels its reading when it ends, however it ends, and
/// wakes the runner if that waits for it.
pub(super) struct Registered {
    pub(super) shared: Arc<Shared>,
    pub(super) lease: Lease,
    reading: AbortHandle,
    /// Whether its end makes room for another.
    makes_room: bool,
}

impl Registered {
    pub(super) fn new(
        shared: Arc<Shared>,
        lease: Lease,
        reading: AbortHandle,
        makes_room: bool,
    ) -> Registered {
        shared.under_way().insert(lease.id, reading.clone());
        Registered { shared, lease, reading, makes_room }
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.reading.abort();
        self.shared.under_way().remove(&self.lease.id);
        if self.makes_room || self.shared.stopping.load(Ordering::Acquire) {
            self.shared.wake.notify_one();
        }
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
        if let Some(reading) = self.under_way().get(&id) {
            reading.abort();
        }
    }

    /// Cancels what is under way. How many readings that were.
    pub(super) fn cancel_all(&self) -> usize {
        self.under_way().drain().map(|(_, reading)| reading.abort()).count()
    }

    /// Gives back all that is still leased, within the time.
    pub(super) async fn park_all(&self, cancelled: usize) -> StopReport {
        let parking = self.store.park_all(&self.worker);
        match tokio::time::timeout(self.config.park_within, parking).await {
            Ok(Ok(parked)) => StopReport { parked, abandoned: 0 },
            Ok(Err(error)) => {
                tracing::warn!(error = sentence(&error), "leases could not be given back");
                StopReport { parked: 0, abandoned: cancelled }
            }
            Err(_late) => StopReport { parked: 0, abandoned: cancelled },
        }
    }
}

/// Puts a submission back into the queue; `None` when the database could not do it.
pub(super) async fn give_back(shared: &Shared, lease: &Lease) -> Option<LeaseOutcome> {
    match shared.store.park(lease).await {
        Ok(outcome) => Some(outcome),
        Err(error) => {
            tracing::warn!(record = lease.id, error = sentence(&error), "a lease could not be given back");
            None
        }
    }
}
