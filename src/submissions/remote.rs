//! Texts whose senders wait at this server while workers read them.
//!
//! The text is stored as queued, and this server reads from the database how its reading ended: when a notice arrives, and
//! otherwise at intervals. The record is treated as where this server reads the text itself ([`super::waiting`]): it is
//! unclaimed until the answer has been sent, and deleted if the sender disconnects before.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use crate::records::{Answered, Asked, Ended, NewText, Notice, RecordsError};
use crate::telemetry::sentence;

use super::outlook::Outlook;
use super::reader::ReadError;
use super::receipt::{Answer, NotRead, Receipt};
use super::shared::{Registered, Shared, jittered};
use super::waiting::{DATABASE_PAUSE, Reply, not_ended, replied};

/// The longest time between two queries for answers while somebody waits and notices arrive.
const QUERY_EVERY: Duration = Duration::from_secs(1);

/// The senders that wait for readings of other servers.
pub(super) struct Remote {
    outlook: Outlook,
    waiting: Mutex<HashMap<i64, Waiting>>,
    /// Notified when the database may have an answer.
    answered: Notify,
}

struct Waiting {
    asked: Asked,
    reply: oneshot::Sender<Ended>,
}

impl Remote {
    pub fn new(queue_tokens: usize) -> Remote {
        Remote { outlook: Outlook::new(queue_tokens), waiting: Mutex::default(), answered: Notify::new() }
    }

    /// To be called with each notice of the database.
    pub fn on_notice(&self, notice: &Notice, server: &str) {
        match notice {
            Notice::Answer(to) if to != server => {}
            Notice::Queued | Notice::Gone => {}
            Notice::Answer(_) | Notice::Missed => self.answered.notify_one(),
        }
    }

    /// The number of texts that were refused.
    pub fn refused(&self) -> usize {
        self.outlook.refused.load(Ordering::Relaxed)
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<i64, Waiting>> {
        // Nothing that could panic runs under this lock.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Passes the answers in the database on to the senders that wait.
    async fn pass_on_answers(&self, shared: &Shared) -> Result<(), RecordsError> {
        let asked: Vec<(i64, Asked)> = self.waiting().iter().map(|(id, one)| (*id, one.asked)).collect();
        if asked.is_empty() {
            return Ok(());
        }
        for (id, ended) in shared.store.ended(asked).await? {
            if let Some(waiting) = self.waiting().remove(&id) {
                // Ignored: the receiver may be gone.
                let _ = waiting.reply.send(ended);
            }
        }
        Ok(())
    }
}

/// Queries for answers until the runner stops and nobody waits.
pub(super) async fn run(shared: Arc<Shared>, remote: Arc<Remote>) {
    let (mut next, mut unavailable) = (Instant::now(), false);
    loop {
        if shared.is_stopping() && shared.reading() == 0 {
            return;
        }
        let nobody = remote.waiting().is_empty();
        tokio::select! {
            // Somebody waits, or it is time to stop.
            () = shared.wake.notified() => {
                // Its answer may have come already, and with it the notice.
                let soon = Instant::now() + shared.config.quick_poll;
                next = if nobody { soon } else { next.min(soon) };
                continue;
            }
            () = remote.answered.notified() => {}
            () = tokio::time::sleep_until(next), if !nobody => {}
        }
        let pause = match remote.pass_on_answers(&shared).await {
            Ok(()) => {
                unavailable = false;
                shared.between_looks(QUERY_EVERY)
            }
            // Tried again until the senders' deadlines.
            Err(error) => {
                if !unavailable {
                    tracing::warn!(error = sentence(&error), "answers cannot be read from the database");
                }
                unavailable = true;
                QUERY_EVERY
            }
        };
        next = Instant::now() + jittered(pause);
    }
}

/// Stores a text for other servers, and waits until one of them has read it, at most until the deadline.
pub(super) async fn read(
    shared: &Arc<Shared>,
    remote: &Arc<Remote>,
    text: String,
    asked: Asked,
    within: Duration,
) -> Result<Answer, NotRead> {
    let busy = |retry_after| NotRead::Refused(ReadError::Busy { retry_after });
    if shared.is_stopping() {
        return Err(NotRead::Refused(ReadError::Stopped));
    }
    if shared.store.is_full_for_programs() {
        return Err(busy(DATABASE_PAUSE));
    }
    let deadline = Instant::now() + within;
    let admitted = remote.outlook.admit(&shared.store, text.len(), asked, within).await;
    admitted.map_err(NotRead::NotStored)?.map_err(busy)?;
    let (reply, answer) = oneshot::channel();
    let sender = Sender { receipt: Receipt::new(shared.clone()), remote: remote.clone(), asked, deadline };
    // A separate task, so that it can clean up when the request is dropped.
    shared.runtime.spawn(sender.run(NewText { text }, reply));
    replied(answer).await
}

/// One waiting sender.
struct Sender {
    receipt: Receipt,
    remote: Arc<Remote>,
    asked: Asked,
    deadline: Instant,
}

impl Sender {
    /// Stores the text, waits for its reading, and answers the sender unless it has disconnected.
    async fn run(mut self, new: NewText, mut reply: Reply) {
        let shared = self.receipt.shared().clone();
        let (server, kept) = (&shared.worker, shared.kept_unread());
        let within = self.deadline.saturating_duration_since(Instant::now());
        let id = match shared.store.ask(new, self.receipt.key(), server, self.asked, within, kept).await {
            Ok(id) => id,
            Err(error) => {
                if error.is_ambiguous() {
                    self.receipt.stored(None);
                }
                // Ignored: the receiver may be gone.
                let _ = reply.send(Err(NotRead::NotStored(error)));
                return;
            }
        };
        self.receipt.stored(Some(id));
        let expected = Expected::new(&self.remote, id, self.asked);
        let reading = tokio::spawn(expected.ended(self.deadline));
        // Registered before a stop could miss it. This also starts the queries for answers.
        let registered = Registered::new(shared.clone(), id, reading.abort_handle(), false);
        shared.wake.notify_one();
        let ended = tokio::select! {
            biased;
            // The sender has disconnected. This deletes the record, and a server that reads it stops.
            () = reply.closed() => return,
            ended = reading => ended.unwrap_or_else(|join| Err(Some(not_ended(join)))),
        };
        let answer = self.answer(&shared, id, ended).await;
        drop(registered);
        // Ignored: the receiver may be gone. The receipt is then dropped with the answer.
        let _ = reply.send(answer);
    }

    /// The answer for this outcome of the reading. A sender that gets no result gets its address, once the database has stored
    /// that the text is to be read later.
    async fn answer(
        self,
        shared: &Shared,
        id: i64,
        ended: Result<Answered, Option<ReadError>>,
    ) -> Result<Answer, NotRead> {
        let receipt = self.receipt;
        match (self.asked, ended) {
            (Asked::Careers, Ok(answered)) => Ok(Answer { receipt: Some(receipt), reading: Ok(answered) }),
            (Asked::Labels(_), Ok(answered)) => {
                receipt.over();
                Ok(Answer { receipt: None, reading: Ok(answered) })
            }
            (_, Err(None)) => {
                tracing::warn!(
                    record = id,
                    "a text was deleted because this server did not renew it in time"
                );
                let reading = Err(ReadError::Busy { retry_after: DATABASE_PAUSE });
                Ok(Answer { receipt: None, reading })
            }
            // Dropping the receipt deletes the record.
            (Asked::Labels(_), Err(Some(error))) => Ok(Answer { receipt: None, reading: Err(error) }),
            (Asked::Careers, Err(Some(error))) => match shared.store.defer(id).await {
                Ok(true) => Ok(Answer { receipt: Some(receipt), reading: Err(error) }),
                Ok(false) => Err(NotRead::Refused(error)),
                Err(unknown) => {
                    tracing::warn!(record = id, error = sentence(&unknown), "a text could not be deferred");
                    Err(NotRead::Refused(error))
                }
            },
        }
    }
}

/// Registers that somebody waits for this record, until it is dropped.
struct Expected {
    remote: Arc<Remote>,
    id: i64,
    ended: oneshot::Receiver<Ended>,
}

impl Expected {
    fn new(remote: &Arc<Remote>, id: i64, asked: Asked) -> Expected {
        let (reply, ended) = oneshot::channel();
        remote.waiting().insert(id, Waiting { asked, reply });
        Expected { remote: remote.clone(), id, ended }
    }

    /// The outcome for the sender; the error is `None` if the record was deleted.
    async fn ended(mut self, deadline: Instant) -> Result<Answered, Option<ReadError>> {
        match tokio::time::timeout_at(deadline, &mut self.ended).await {
            Ok(Ok(Ended::Read(answered))) => Ok(answered),
            Ok(Ok(Ended::Failed(reason))) => {
                let source = "the server that read it has the cause in its log".into();
                Err(Some(ReadError::Failed { reason, source }))
            }
            Ok(Ok(Ended::Gone)) => Err(None),
            // Only if the runner is dropped.
            Ok(Err(_closed)) => Err(Some(ReadError::Stopped)),
            Err(_late) => Err(Some(ReadError::Busy { retry_after: self.remote.outlook.wait() })),
        }
    }
}

impl Drop for Expected {
    fn drop(&mut self) {
        self.remote.waiting().remove(&self.id);
    }
}
