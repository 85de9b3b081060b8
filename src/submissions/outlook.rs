//! Admission where nothing is read: whether the servers that read can read one more text in time, from what the database says
//! of their queue.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::inference::{Pace, estimated_tokens};
use crate::personality::ModelKind;
use crate::records::{Asked, Backlog, RecordsError, Store};

/// How old a look at the queue may be. What was admitted here since then counts as well.
const FRESH: Duration = Duration::from_millis(250);

/// The last look at the queue of the servers that read.
pub(super) struct Outlook {
    /// The most tokens that may wait.
    queue_tokens: usize,
    seen: Mutex<Seen>,
    /// Held while the database is asked, so that a crowd asks once.
    looking: tokio::sync::Mutex<()>,
    /// Texts refused.
    pub refused: AtomicUsize,
}

#[derive(Clone, Copy, Default)]
struct Seen {
    at: Option<Instant>,
    backlog: Backlog,
    /// Tokens admitted here since.
    since: usize,
}

impl Seen {
    /// Tokens that wait for both models.
    fn tokens(&self) -> usize {
        let bytes = usize::try_from(self.backlog.bytes).unwrap_or(usize::MAX);
        let all = if self.backlog.texts == 0 { 0 } else { ModelKind::ALL.len() * estimated_tokens(bytes) };
        all.saturating_add(self.since)
    }

    fn pace(&self) -> Pace {
        Pace::measured(self.backlog.tokens_per_second)
    }
}

impl Outlook {
    pub fn new(queue_tokens: usize) -> Outlook {
        Outlook {
            queue_tokens,
            seen: Mutex::default(),
            looking: tokio::sync::Mutex::default(),
            refused: AtomicUsize::new(0),
        }
    }

    /// Admits a text of this many bytes, or says when to try again. An empty queue has room for any text, as has one of
    /// unknown pace.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn admit(
        &self,
        store: &Store,
        bytes: usize,
        asked: Asked,
        within: Duration,
    ) -> Result<Result<(), Duration>, RecordsError> {
        self.look(store).await?;
        let mut seen = self.seen();
        let (waiting, pace) = (seen.tokens(), seen.pace());
        let own = match asked {
            Asked::Careers => ModelKind::ALL.len(),
            Asked::Labels(_) => 1,
        } * estimated_tokens(bytes);
        let tokens = waiting.saturating_add(own);
        if waiting > 0 && (tokens > self.queue_tokens || !pace.is_in_time(tokens, within)) {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return Ok(Err(pace.wait(waiting)));
        }
        seen.since = seen.since.saturating_add(own);
        Ok(Ok(()))
    }

    /// How long what waited at the last look takes, for a sender who is told to come back later.
    pub fn wait(&self) -> Duration {
        let seen = self.seen();
        seen.pace().wait(seen.tokens())
    }

    async fn look(&self, store: &Store) -> Result<(), RecordsError> {
        let is_fresh = || self.seen().at.is_some_and(|at| at.elapsed() < FRESH);
        if is_fresh() {
            return Ok(());
        }
        let _one = self.looking.lock().await;
        if is_fresh() {
            return Ok(());
        }
        let backlog = store.backlog().await?;
        *self.seen() = Seen { at: Some(Instant::now()), backlog, since: 0 };
        Ok(())
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        // Nothing that could panic runs under this lock.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
