//! The handle to a runner.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::records::{DraftKey, NewSubmission, OwnerKey, QueueDepth, RecordsError, Store, Submitted};

use super::config::RunnerConfig;
use super::leased;
use super::reader::Reader;
use super::shared::{Shared, StopReport};
use super::upkeep;
use super::waiting::{self, Answer, NotRead};

/// A runner. Clones are handles to the same one.
#[derive(Clone)]
pub struct Runner {
    shared: Arc<Shared>,
    tasks: Arc<Mutex<Option<Tasks>>>,
}

/// What runs until the runner stops.
struct Tasks {
    reading: JoinHandle<()>,
    upkeep: JoinHandle<()>,
}

impl std::fmt::Debug for Runner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runner").field("worker", &self.shared.worker).finish_non_exhaustive()
    }
}

impl Runner {
    /// Starts reading what is stored. Inside a tokio runtime only; its threads only wait, the reader does the work on
    /// threads of its own.
    pub fn start(store: Store, reader: impl Reader, config: RunnerConfig) -> Runner {
        let shared = Arc::new(Shared::new(store, reader, config));
        let tasks = Tasks {
            reading: tokio::spawn(leased::run(shared.clone())),
            upkeep: tokio::spawn(upkeep::run(shared.clone())),
        };
        Runner { shared, tasks: Arc::new(Mutex::new(Some(tasks))) }
    }

    /// The database that this runner works on.
    pub fn store(&self) -> &Store {
        &self.shared.store
    }

    /// [`Store::submit`], and begins to read at once.
    ///
    /// # Errors
    /// Those of [`Store::submit`].
    pub async fn submit(&self, key: &DraftKey, new: NewSubmission) -> Result<Submitted, RecordsError> {
        let submitted = self.shared.store.submit(key, new).await?;
        self.wake();
        Ok(submitted)
    }

    /// Reads and stores a text whose sender waits at most this long. A text that would not be read in time is refused before
    /// it is stored. Dropping the future cancels the reading and deletes the record.
    ///
    /// # Errors
    /// When the text is neither read nor stored.
    pub async fn read_now(&self, text: String, within: Duration) -> Result<Answer, NotRead> {
        waiting::read(&self.shared, text, within).await
    }

    /// [`Store::delete`], and cancels the reading if it is under way here. Returns whether there was such a record.
    ///
    /// # Errors
    /// Those of [`Store::delete`].
    pub async fn delete(&self, key: &OwnerKey) -> Result<bool, RecordsError> {
        let Some(id) = self.shared.store.delete(key).await? else { return Ok(false) };
        self.shared.cancel(id);
        Ok(true)
    }

    /// [`Store::retry`], and begins to read at once.
    ///
    /// # Errors
    /// Those of [`Store::retry`].
    pub async fn retry(&self, key: &OwnerKey) -> Result<bool, RecordsError> {
        let queued = self.shared.store.retry(key).await?;
        self.wake();
        Ok(queued)
    }

    /// Looks for submissions now instead of at the next poll.
    pub fn wake(&self) {
        self.shared.wake.notify_one();
    }

    /// Number of submissions that this runner is reading.
    pub fn reading(&self) -> usize {
        self.shared.reading()
    }

    /// What all servers have not read yet, as of the last look at the database, a third of a lease ago at most. `None` while
    /// the database does not answer.
    pub fn depth(&self) -> Option<QueueDepth> {
        self.shared.depth()
    }

    /// Number of submissions that this runner has finished.
    pub fn finished(&self) -> usize {
        self.shared.finished.load(Ordering::Relaxed)
    }

    /// Number of texts that were deleted because their senders hung up or were cut off.
    pub fn cancelled(&self) -> usize {
        self.shared.cancelled.load(Ordering::Relaxed)
    }

    /// Leases nothing more, lets readings finish for the grace period, then cancels the rest and gives them back. Takes at
    /// most `grace` and [`RunnerConfig::park_within`].
    pub async fn stop(&self, grace: Duration) -> StopReport {
        self.shared.begin_to_stop();
        let until = Instant::now() + grace;
        if let Some(Tasks { mut reading, upkeep }) = self.tasks.lock().await.take() {
            if tokio::time::timeout_at(until, &mut reading).await.is_err() {
                self.shared.cancel_all();
                reading.abort();
            }
            let report = self.shared.park_all().await;
            upkeep.abort();
            return report;
        }
        self.shared.park_all().await
    }
}
