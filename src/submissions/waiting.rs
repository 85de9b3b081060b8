//! A text whose sender waits for the answer.
//!
//! The reader takes it before it is stored, so that it is read in its turn among the other requests and canceled when its
//! sender hangs up. Its record is under this runner's lease and unclaimed until the answer has been sent. A sender who hangs
//! up, an error that leaves open whether the text was stored, and the death of this process all end in its deletion.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::{JoinError, JoinHandle};
use tokio::time::Instant;

use crate::inference::Deadline;
use crate::records::{Finished, LONGEST_LEASE, Lease, NewText, OwnerKey, RecordsError, Unavailability};

use super::outcome::{self, PANICKED};
use super::reader::{PendingReading, ReadError, Turn};
use super::shared::{Registered, Shared};

/// How long a sender should wait who is refused because the database is busy.
const DATABASE_PAUSE: Duration = Duration::from_secs(2);

/// What a sender is told.
pub struct Answer {
    /// For the record's address; `None` if it could not be stored in time.
    pub receipt: Option<Receipt>,
    /// The result, or why there is none yet. If there is a receipt, a runner will read the text later, whatever the reason.
    pub reading: Result<Finished, ReadError>,
}

/// Why a text was neither read nor stored.
#[derive(Debug, thiserror::Error)]
pub enum NotRead {
    /// There is no room for it.
    #[error("the text was refused")]
    Refused(#[source] ReadError),
    /// It could not be stored, so its reading was canceled.
    #[error("the text could not be stored")]
    NotStored(#[source] RecordsError),
}

/// Takes a text, stores it, and waits until it is read or the time is up.
pub(super) async fn read(shared: &Arc<Shared>, text: String, within: Duration) -> Result<Answer, NotRead> {
    if shared.store.is_full_for_programs() {
        return Err(NotRead::Refused(ReadError::Busy { retry_after: DATABASE_PAUSE }));
    }
    let deadline = Deadline::within(within);
    let reading = shared.reader.read(text.as_str().into(), Turn::Waiting(deadline));
    let reading = reading.map_err(NotRead::Refused)?;
    let (reply, answer) = oneshot::channel();
    let waiting = Waiting {
        deadline: Instant::from_std(deadline.0),
        // Long enough that it is hardly ever renewed: a thousand waiting senders must not keep the database busy.
        length: (within + shared.config.lease).min(LONGEST_LEASE),
        receipt: Receipt::new(shared.clone()),
    };
    // A task of its own, so that it can clean up when the request is dropped.
    shared.runtime.spawn(waiting.conduct(NewText { text }, reading, reply));
    answer.await.unwrap_or_else(|closed| {
        // Only if the runtime shuts down.
        let why = Unavailability::Lost;
        Err(NotRead::NotStored(RecordsError::Unavailable { why, source: Some(closed.into()) }))
    })
}

type Reply = oneshot::Sender<Result<Answer, NotRead>>;

/// Stands for a record whose sender has to be told its address. Dropped before [`Receipt::told`], it deletes the record.
pub struct Receipt {
    shared: Arc<Shared>,
    /// Made before the text is stored, so that the text can be deleted whatever becomes of storing it.
    key: OwnerKey,
    state: State,
}

/// What is known of a record.
enum State {
    NotStored,
    /// The record's id, or `None` if it may or may not be stored.
    Stored(Option<i64>),
    Told,
}

impl Receipt {
    fn new(shared: Arc<Shared>) -> Receipt {
        shared.unclaimed.fetch_add(1, Ordering::Release);
        Receipt { shared, key: OwnerKey::random(), state: State::NotStored }
    }

    /// Opens the record.
    pub fn key(&self) -> &OwnerKey {
        &self.key
    }

    /// The answer with the record's address is being sent.
    pub fn told(mut self) {
        if let State::Stored(Some(id)) = self.state {
            self.shared.note_told(id);
            self.state = State::Told;
        }
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        match self.state {
            // Counted until the database has recorded it.
            State::Told => {}
            State::NotStored => drop(self.shared.unclaimed.fetch_sub(1, Ordering::Release)),
            State::Stored(_) => {
                let (shared, key) = (self.shared.clone(), self.key.clone());
                self.shared.runtime.spawn(async move {
                    outcome::forget(&shared, &key).await;
                    shared.unclaimed.fetch_sub(1, Ordering::Release);
                    shared.tell.notify_one();
                });
            }
        }
    }
}

/// One waiting sender.
struct Waiting {
    receipt: Receipt,
    deadline: Instant,
    /// Of the lease.
    length: Duration,
}

impl Waiting {
    /// Stores the text, waits for its reading, stores how it ended, and tells the sender, if there still is one.
    async fn conduct(mut self, new: NewText, reading: PendingReading, mut reply: Reply) {
        let shared = self.receipt.shared.clone();
        let (worker, kept) = (&shared.worker, shared.config.lease);
        let lease = match shared.store.store_leased(new, &self.receipt.key, worker, self.length, kept).await {
            Ok(lease) => lease,
            Err(error) => {
                if error.is_ambiguous() {
                    self.receipt.state = State::Stored(None);
                }
                // Ignored: the receiver may be gone.
                let _ = reply.send(Err(NotRead::NotStored(error)));
                return;
            }
        };
        self.receipt.state = State::Stored(Some(lease.id));
        let reading = tokio::spawn(reading);
        let registered = Registered::new(shared.clone(), lease.clone(), reading.abort_handle(), false);
        let ended = tokio::select! {
            biased;
            // Cancels the reading and deletes the record.
            () = reply.closed() => return,
            ended = ended(&shared, &lease, self.length, reading) => ended,
        };
        let stored = store_end(&shared, &lease, self.deadline, &ended).await;
        let answer = match (stored, ended) {
            // Neither read nor stored: as if it had been refused.
            (false, Err(error)) => Err(NotRead::Refused(error)),
            (stored, reading) => Ok(Answer { receipt: stored.then_some(self.receipt), reading }),
        };
        drop(registered);
        // Ignored: the receiver may be gone, and with the answer its receipt is dropped.
        let _ = reply.send(answer);
    }
}

/// How the reading ended.
async fn ended(
    shared: &Shared,
    lease: &Lease,
    length: Duration,
    reading: JoinHandle<Result<Finished, ReadError>>,
) -> Result<Finished, ReadError> {
    match outcome::hold(shared, lease, length, reading).await {
        Some(ended) => ended.unwrap_or_else(|join| Err(not_ended(join))),
        // The lease could not be renewed in time, and the record is gone.
        None => Err(ReadError::Busy { retry_after: DATABASE_PAUSE }),
    }
}

/// Stores how the reading ended. Returns whether that was done, for a result before the deadline.
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

fn not_ended(join: JoinError) -> ReadError {
    if join.is_panic() {
        ReadError::Failed { reason: PANICKED.to_owned(), source: join.into() }
    } else {
        ReadError::Stopped
    }
}
