//! A text whose sender waits for the answer.
//!
//! The reader takes it before it is stored, so that it is read in its turn among the other requests and cancelled when its
//! sender hangs up. Its row is under this runner's lease from the start; if this process dies, the lease expires and
//! another server reads the text. A sender who hangs up before the answer never learns its address, so the row is deleted.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::inference::Deadline;
use crate::records::{Finished, Lease, NewText, OwnerKey, RecordsError, Unavailability};

use super::outcome::{self, PANICKED};
use super::reader::{PendingReading, ReadError, Turn};
use super::shared::{Registered, Shared};

/// What a sender is told.
pub struct Answer {
    /// Opens the record.
    pub key: OwnerKey,
    /// The result, or why there is none yet: whatever the reason, a runner will read the text later.
    pub reading: Result<Finished, ReadError>,
}

/// Why a text was neither read nor stored.
#[derive(Debug, thiserror::Error)]
pub enum NotRead {
    /// The reader did not take it.
    #[error("the text was refused")]
    Refused(#[source] ReadError),
    /// It could not be stored, so its reading was cancelled.
    #[error("the text could not be stored")]
    NotStored(#[source] RecordsError),
}

/// Takes a text, stores it, and waits until it is read or the time is up.
pub(super) async fn read(shared: &Arc<Shared>, text: String, within: Duration) -> Result<Answer, NotRead> {
    let deadline = Deadline::within(within);
    let reading = shared.reader.read(text.as_str().into(), Turn::Waiting(deadline));
    let reading = reading.map_err(NotRead::Refused)?;
    let (reply, answer) = oneshot::channel();
    // A task of its own, so that it can clean up when the request is dropped.
    shared.runtime.spawn(conduct(shared.clone(), NewText { text }, reading, deadline, within, reply));
    let answer = answer.await.unwrap_or_else(|closed| {
        // Only if the runtime shuts down.
        Err(RecordsError::Unavailable { why: Unavailability::Lost, source: Some(closed.into()) })
    });
    answer.map_err(NotRead::NotStored)
}

/// Stores the text, waits for its reading, stores how it ended, and tells the sender, if there still is one.
async fn conduct(
    shared: Arc<Shared>,
    new: NewText,
    reading: PendingReading,
    deadline: Deadline,
    within: Duration,
    mut reply: oneshot::Sender<Result<Answer, RecordsError>>,
) {
    // Long enough that it is hardly ever renewed: a thousand waiting senders must not keep the database busy.
    let length = within + shared.config.lease;
    let (key, lease) = match shared.store.store_leased(new, &shared.worker, length).await {
        Ok(stored) => stored,
        Err(error) => {
            // Ignored: the receiver may be gone.
            let _ = reply.send(Err(error));
            return;
        }
    };
    let reading = tokio::spawn(reading);
    let registered = Registered::new(shared.clone(), lease.clone(), reading.abort_handle(), false);
    let ended = tokio::select! {
        biased;
        () = reply.closed() => {
            shared.cancel(lease.id);
            return outcome::forget(&shared, lease.id, &key).await;
        }
        ended = outcome::hold(&shared, &lease, length, reading) => ended,
    };
    let reading = match ended {
        Some(Ok(reading)) => reading,
        Some(Err(join)) if join.is_panic() => {
            Err(ReadError::Failed { reason: PANICKED.to_owned(), source: join.into() })
        }
        Some(Err(_cancelled)) => Err(ReadError::Stopped),
        // The lease could not be renewed in time, and another server has the text.
        None => Err(ReadError::Busy { retry_after: Duration::from_secs(1) }),
    };
    match &reading {
        Ok(finished) => {
            let finished = finished.clone();
            let storing = tokio::spawn(async move {
                outcome::finish(&registered.shared, &registered.lease, finished).await;
            });
            // If the database is unavailable, storing goes on, but the sender does not wait for it past the deadline.
            let _ = tokio::time::timeout_at(Instant::from_std(deadline.0), storing).await;
            tell_or_forget(&shared, &lease, key, reading, reply).await;
        }
        Err(error @ ReadError::Failed { reason, .. }) => {
            outcome::fail(&shared, &lease, reason, error).await;
            tell_or_forget(&shared, &lease, key, reading, reply).await;
        }
        Err(_) => {
            let told = tell_or_forget(&shared, &lease, key, reading, reply).await;
            // A runner that stops gives all its leases back together.
            if told && !shared.is_stopping() {
                outcome::give_back(&shared, &lease).await;
            }
        }
    }
}

/// Tells the sender, or deletes the record if the sender has hung up. Returns whether the sender was told.
async fn tell_or_forget(
    shared: &Shared,
    lease: &Lease,
    key: OwnerKey,
    reading: Result<Finished, ReadError>,
    reply: oneshot::Sender<Result<Answer, RecordsError>>,
) -> bool {
    match reply.send(Ok(Answer { key: key.clone(), reading })) {
        Ok(()) => true,
        Err(_unread) => {
            outcome::forget(shared, lease.id, &key).await;
            false
        }
    }
}
