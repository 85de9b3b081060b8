//! The end of a leased submission: waits for its reading under the lease, and stores the outcome.

use std::future::Future;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::{JoinError, JoinHandle};
use tokio::time::Instant;

use crate::records::{FailOutcome, Finished, Labelled, Lease, LeaseOutcome, OwnerKey, RecordsError};
use crate::telemetry::sentence;

use super::reader::ReadError;
use super::shared::{Shared, jittered};

/// The longest pause between two attempts to reach an unavailable database.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(8);
/// How long storing a result in an unavailable database is retried, in multiples of a lease. After that the text is
/// read again.
const FINISH_LEASES: u32 = 6;

/// Shown on the result page if a reading panicked.
pub(super) const PANICKED: &str = "Something went wrong while this text was read.";

/// Waits for a reading and meanwhile renews its lease, of this length. `None` if the lease was lost or the record
/// deleted.
pub(super) async fn hold<T>(
    shared: &Shared,
    lease: &Lease,
    length: Duration,
    mut reading: JoinHandle<Result<T, ReadError>>,
) -> Option<Result<Result<T, ReadError>, JoinError>> {
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
                // Until another server takes the submission, the lease can still be renewed or finished.
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

/// Stores a result; retries for a while if the database is unavailable. Returns whether it is stored.
pub(super) async fn finish(shared: &Shared, lease: &Lease, finished: Finished) -> bool {
    let stored = insist(shared, "store a result", || shared.store.finish(lease, finished.clone())).await;
    is_stored(shared, lease, stored)
}

/// The same for what one model says.
pub(super) async fn finish_labelled(shared: &Shared, lease: &Lease, labelled: Labelled) -> bool {
    let store = || shared.store.finish_labelled(lease, labelled.clone());
    let stored = insist(shared, "store a result", store).await;
    is_stored(shared, lease, stored)
}

fn is_stored(shared: &Shared, lease: &Lease, stored: Option<LeaseOutcome>) -> bool {
    match stored {
        Some(LeaseOutcome::Held) => {
            shared.finished.fetch_add(1, Ordering::Relaxed);
            true
        }
        Some(why @ (LeaseOutcome::Gone | LeaseOutcome::Lost)) => {
            tracing::info!(record = lease.id, ?why, "a result is no longer needed");
            false
        }
        None => false,
    }
}

/// Deletes a record whose key nobody has; retries for a while if the database is unavailable.
pub(super) async fn forget(shared: &Shared, key: &OwnerKey) {
    if let Some(Some(id)) = insist(shared, "delete a text", || shared.store.delete(key)).await {
        shared.cancelled.fetch_add(1, Ordering::Relaxed);
        tracing::info!(record = id, "deleted a text whose sender got no answer");
    }
}

/// Deletes a record of which nothing is kept, as its sender knows the answer.
pub(super) async fn clear(shared: &Shared, key: &OwnerKey) {
    insist(shared, "delete a text", || shared.store.delete(key)).await;
}

/// Repeats a database operation while the database is unavailable, for [`FINISH_LEASES`]. `None` if it failed.
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
                tracing::warn!(what, error = sentence(&error), "the database is unavailable; trying again");
                tokio::time::sleep(jittered(pause)).await;
                pause = (2 * pause).min(LONGEST_PAUSE);
            }
            Err(error) => {
                tracing::error!(what, error = sentence(&error), "a database operation failed");
                return None;
            }
        }
    }
}

/// Records a failed attempt. Returns whether it was recorded.
pub(super) async fn fail(
    shared: &Shared,
    lease: &Lease,
    reason: &str,
    error: &(dyn std::error::Error + Sync),
) -> bool {
    tracing::error!(record = lease.id, attempt = lease.attempt, error = sentence(error), "a reading failed");
    match shared.store.fail(lease, reason, jittered(shared.config.retry_after)).await {
        Ok(FailOutcome::GivenUp) => {
            tracing::error!(record = lease.id, "marked a submission as failed after its last attempt");
            true
        }
        Ok(FailOutcome::Queued) => true,
        Ok(FailOutcome::Gone | FailOutcome::Lost) => false,
        // The lease will expire, and the attempt will count as lost.
        Err(error) => {
            tracing::warn!(
                record = lease.id,
                error = sentence(&error),
                "a failed attempt could not be recorded"
            );
            false
        }
    }
}

/// Puts a submission back into the queue. Returns whether that succeeded.
pub(super) async fn give_back(shared: &Shared, lease: &Lease) -> bool {
    match shared.store.park(lease).await {
        Ok(LeaseOutcome::Held) => {
            shared.given_back.fetch_add(1, Ordering::Relaxed);
            true
        }
        Ok(LeaseOutcome::Gone | LeaseOutcome::Lost) => false,
        Err(error) => {
            tracing::warn!(record = lease.id, error = sentence(&error), "a lease could not be given back");
            false
        }
    }
}
