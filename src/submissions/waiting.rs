//! A text whose sender waits for the answer.
//!
//! The reader takes it before it is stored, so that it is read in its turn among the other requests and canceled when its
//! sender hangs up. Its record is under this runner's lease and unclaimed until the answer has been sent. A sender who hangs
//! up before, an error that leaves open whether the text was stored, and the death of this process before it began to send
//! all end in its deletion. `records::queue::claim` says what becomes of a record in each order of events.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::{JoinError, JoinHandle};
use tokio::time::Instant;

use crate::inference::Deadline;
use crate::personality::ModelKind;
use crate::records::{Finished, LONGEST_LEASE, Lease, NewText, RecordsError, Unavailability};

use super::outcome::{self, PANICKED};
use super::reader::{PendingReading, ReadError, Reader, Turn};
use super::receipt::{Answer, NotRead, Receipt};
use super::shared::{Registered, Shared};

/// The pause for a sender who is refused because the database is busy.
pub(super) const DATABASE_PAUSE: Duration = Duration::from_secs(2);

/// Accepts a text, stores it, and waits until it is read or the time is up.
pub(super) async fn read(
    shared: &Arc<Shared>,
    reader: &dyn Reader,
    text: String,
    within: Duration,
) -> Result<Answer, NotRead> {
    if shared.store.is_full_for_programs() {
        return Err(NotRead::Refused(ReadError::Busy { retry_after: DATABASE_PAUSE }));
    }
    let deadline = Deadline::within(within);
    let reading = reader.read(text.as_str().into(), Turn::Waiting(deadline));
    let reading = reading.map_err(NotRead::Refused)?;
    let (reply, answer) = oneshot::channel();
    let waiting = Waiting {
        deadline: Instant::from_std(deadline.0),
        // Long enough that it is hardly ever renewed, because a thousand waiting senders must not keep the database
        // busy.
        length: (within + shared.config.lease).min(LONGEST_LEASE),
        receipt: Receipt::new(shared.clone()),
    };
    // A separate task, so that it can clean up when the request is dropped.
    shared.runtime.spawn(waiting.conduct(NewText { text }, reading, reply));
    replied(answer).await
}

/// Has one model read a text, of which nothing is stored.
pub(super) async fn label(
    reader: &dyn Reader,
    text: String,
    which: ModelKind,
    within: Duration,
) -> Result<Answer, NotRead> {
    let turn = Turn::Waiting(Deadline::within(within));
    let reading = reader.label(text.into(), which, turn).map_err(NotRead::Refused)?;
    let reading = reading.await.and_then(|labelled| labelled.told().map_err(ReadError::fault));
    Ok(Answer { receipt: None, reading })
}

/// Where the answer to a sender goes; closed if the sender is gone.
pub(super) type Reply = oneshot::Sender<Result<Answer, NotRead>>;

/// The answer that a task gives.
pub(super) async fn replied(answer: oneshot::Receiver<Result<Answer, NotRead>>) -> Result<Answer, NotRead> {
    answer.await.unwrap_or_else(|closed| {
        // Only if the runtime shuts down.
        let why = Unavailability::Lost;
        Err(NotRead::NotStored(RecordsError::Unavailable { why, source: Some(closed.into()) }))
    })
}

/// One waiting sender.
struct Waiting {
    receipt: Receipt,
    deadline: Instant,
    /// The length of the lease.
    length: Duration,
}

impl Waiting {
    /// Stores the text, waits for its reading, stores the outcome, and answers the sender if there still is one.
    async fn conduct(mut self, new: NewText, reading: PendingReading, mut reply: Reply) {
        let shared = self.receipt.shared().clone();
        let (worker, kept) = (&shared.worker, shared.config.lease);
        let lease = match shared.store.store_leased(new, self.receipt.key(), worker, self.length, kept).await
        {
            Ok(lease) => lease,
            Err(error) => {
                if error.is_ambiguous() {
                    self.receipt.stored(None);
                }
                // Ignored: the receiver may be gone.
                let _ = reply.send(Err(NotRead::NotStored(error)));
                return;
            }
        };
        self.receipt.stored(Some(lease.id));
        let reading = tokio::spawn(reading);
        let registered = Registered::new(shared.clone(), lease.id, reading.abort_handle(), false);
        let ended = tokio::select! {
            biased;
            // Cancels the reading and deletes the record.
            () = reply.closed() => return,
            ended = ended(&shared, &lease, self.length, reading) => ended,
        };
        let stored = store_end(&shared, &lease, self.deadline, &ended).await;
        let answer = match (stored, ended) {
            // Neither read nor stored, as if the text had been refused.
            (false, Err(error)) => Err(NotRead::Refused(error)),
            (stored, reading) => Ok(Answer {
                receipt: stored.then_some(self.receipt),
                reading: reading.and_then(|finished| finished.told().map_err(ReadError::fault)),
            }),
        };
        drop(registered);
        // Ignored: the receiver may be gone. The receipt is then dropped with the answer.
        let _ = reply.send(answer);
    }
}

/// The outcome of the reading.
async fn ended(
    shared: &Shared,
    lease: &Lease,
    length: Duration,
    reading: JoinHandle<Result<Finished, ReadError>>,
) -> Result<Finished, ReadError> {
    match outcome::hold(shared, lease, length, reading).await {
        Some(ended) => ended.unwrap_or_else(|join| Err(not_ended(join))),
        // The lease could not be renewed in time, or the record is gone.
        None => Err(ReadError::Busy { retry_after: DATABASE_PAUSE }),
    }
}

/// Stores the outcome of the reading. Returns whether that succeeded, for a result before the deadline.
async fn store_end(
    shared: &Shared,
    lease: &Lease,
    deadline: Instant,
    ended: &Result<Finished, ReadError>,
) -> bool {
    match ended {
        Ok(finished) => {
            let storing = outcome::finish(shared, lease, finished.clone());
            tokio::time::timeout_at(deadline, storing).await.unwrap_or(false)
        }
        Err(error @ ReadError::Failed { reason, .. }) => outcome::fail(shared, lease, reason, error).await,
        Err(ReadError::Busy { .. } | ReadError::Stopped) => outcome::give_back(shared, lease).await,
    }
}

/// Why a reading's task did not end by itself.
pub(super) fn not_ended(join: JoinError) -> ReadError {
    if join.is_panic() {
        ReadError::Failed { reason: PANICKED.to_owned(), source: join.into() }
    } else {
        ReadError::Stopped
    }
}
