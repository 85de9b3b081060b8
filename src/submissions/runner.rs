//! The handle to a runner.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::personality::ModelKind;
use crate::records::{
    Asked, Audited, Backlog, DraftKey, NewSubmission, Notice, OwnerKey, QueueDepth, RecordsError, Store,
    Submitted,
};

use super::config::RunnerConfig;
use super::leased;
use super::reader::Reader;
use super::receipt::{Answer, NotRead};
use super::remote::{self, Remote};
use super::shared::{Shared, StopReport};
use super::upkeep;
use super::waiting;

/// A runner. Clones are handles to the same one.
#[derive(Clone)]
pub struct Runner {
    shared: Arc<Shared>,
    place: Place,
    tasks: Arc<Mutex<Option<Tasks>>>,
}

/// Where texts are read.
#[derive(Clone)]
enum Place {
    Here(Arc<dyn Reader>),
    Remote(Arc<Remote>),
}

/// The tasks that run until the runner stops.
struct Tasks {
    reading: JoinHandle<()>,
    upkeep: JoinHandle<()>,
    sweeping: JoinHandle<()>,
}

impl std::fmt::Debug for Runner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runner").field("worker", &self.shared.worker).finish_non_exhaustive()
    }
}

impl Runner {
    /// Starts reading the stored submissions. Must run inside a tokio runtime. Its threads only wait; the reader works
    /// on threads of its own.
    pub fn start(store: Store, reader: impl Reader, config: RunnerConfig) -> Runner {
        let (shared, reader) = (Arc::new(Shared::new(store, config)), Arc::new(reader) as Arc<dyn Reader>);
        let tasks = Tasks {
            reading: tokio::spawn(leased::run(shared.clone(), reader.clone())),
            upkeep: tokio::spawn(upkeep::run(shared.clone(), Some(reader.clone()))),
            sweeping: tokio::spawn(upkeep::sweep_regularly(shared.clone())),
        };
        let listener = Arc::downgrade(&shared);
        listen(&shared, move |notice| {
            let Some(shared) = listener.upgrade() else { return };
            match notice {
                Notice::Queued => {}
                Notice::Gone | Notice::Missed => shared.heard_of_deletion.store(true, Ordering::Release),
                Notice::Answer(_) => return,
            }
            shared.wake.notify_one();
        });
        Runner { shared, place: Place::Here(reader), tasks: Arc::new(Mutex::new(Some(tasks))) }
    }

    /// Like [`Runner::start`], but leaves reading to the other servers of this database, of which at most `queue_tokens` are
    /// asked at a time.
    pub fn start_without_reader(store: Store, queue_tokens: usize, config: RunnerConfig) -> Runner {
        let (shared, remote) = (Arc::new(Shared::new(store, config)), Arc::new(Remote::new(queue_tokens)));
        let tasks = Tasks {
            reading: tokio::spawn(remote::run(shared.clone(), remote.clone())),
            upkeep: tokio::spawn(upkeep::run(shared.clone(), None)),
            sweeping: tokio::spawn(upkeep::sweep_regularly(shared.clone())),
        };
        let (listener, server) = (remote.clone(), shared.worker.clone());
        listen(&shared, move |notice| listener.on_notice(&notice, &server));
        Runner { shared, place: Place::Remote(remote), tasks: Arc::new(Mutex::new(Some(tasks))) }
    }

    pub fn store(&self) -> &Store {
        &self.shared.store
    }

    /// Like [`Store::submit`], and begins to read at once.
    ///
    /// # Errors
    /// Those of [`Store::submit`].
    pub async fn submit(&self, key: &DraftKey, new: NewSubmission) -> Result<Submitted, RecordsError> {
        let submitted = self.shared.store.submit(key, new).await?;
        self.wake();
        Ok(submitted)
    }

    /// Reads and stores a text whose sender waits at most this long. A text that would not be read in time is refused
    /// before it is stored. Dropping the future cancels the reading and deletes the record.
    ///
    /// # Errors
    /// If the text is neither read nor stored.
    pub async fn read_now(&self, text: String, within: Duration) -> Result<Answer, NotRead> {
        match &self.place {
            Place::Here(reader) => waiting::read(&self.shared, &**reader, text, within).await,
            Place::Remote(remote) => remote::read(&self.shared, remote, text, Asked::Careers, within).await,
        }
    }

    /// The labels that one model finds in a text, for a sender who waits at most this long. Nothing is kept of the text.
    ///
    /// # Errors
    /// If the text was refused.
    pub async fn label(&self, text: String, which: ModelKind, within: Duration) -> Result<Answer, NotRead> {
        match &self.place {
            Place::Here(reader) => waiting::label(&**reader, text, which, within).await,
            Place::Remote(remote) => {
                remote::read(&self.shared, remote, text, Asked::Labels(which), within).await
            }
        }
    }

    /// Like [`Store::delete`], and cancels the reading if it is in progress here. Returns whether there was such a
    /// record.
    ///
    /// # Errors
    /// Those of [`Store::delete`].
    pub async fn delete(&self, key: &OwnerKey) -> Result<bool, RecordsError> {
        let Some(id) = self.shared.store.delete(key).await? else { return Ok(false) };
        self.shared.cancel(id);
        Ok(true)
    }

    /// Like [`Store::retry`], and begins to read at once.
    ///
    /// # Errors
    /// Those of [`Store::retry`].
    pub async fn retry(&self, key: &OwnerKey) -> Result<bool, RecordsError> {
        let queued = self.shared.store.retry(key).await?;
        self.wake();
        Ok(queued)
    }

    /// Like [`Store::retry_failed`], and begins to read at once.
    ///
    /// # Errors
    /// Those of [`Store::retry_failed`].
    pub async fn retry_failed(&self, id: i64, audited: Audited) -> Result<bool, RecordsError> {
        let queued = self.shared.store.retry_failed(id, audited).await?;
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

    /// The submissions that no server has read yet and what waits for those that read, measured at most a third of a lease
    /// ago. `None` while the database does not answer.
    pub fn depth(&self) -> Option<(QueueDepth, Backlog)> {
        self.shared.depth()
    }

    /// Number of submissions that this runner has finished.
    pub fn finished(&self) -> usize {
        self.shared.finished.load(Ordering::Relaxed)
    }

    /// Number of texts deleted because their senders disconnected or the server stopped.
    pub fn cancelled(&self) -> usize {
        self.shared.cancelled.load(Ordering::Relaxed)
    }

    /// Leases no more submissions from the queue. Texts whose senders wait are still read.
    pub fn lease_no_more(&self) {
        if let Place::Here(_) = &self.place {
            self.shared.begin_to_stop();
        }
    }

    /// Number of texts that this runner refused because too much waits for other servers.
    pub fn refused(&self) -> usize {
        match &self.place {
            Place::Here(_) => 0,
            Place::Remote(remote) => remote.refused(),
        }
    }

    /// Stops leasing, lets readings finish for the grace period, then cancels the rest and gives them back. Takes at
    /// most `grace` and [`RunnerConfig::park_within`] together.
    pub async fn stop(&self, grace: Duration) -> StopReport {
        self.shared.begin_to_stop();
        let until = Instant::now() + grace;
        if let Some(Tasks { mut reading, upkeep, sweeping }) = self.tasks.lock().await.take() {
            sweeping.abort();
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

/// Hears what other servers tell, if a connection for it is set.
fn listen(shared: &Shared, heard: impl Fn(Notice) + Send + 'static) {
    let Some(url) = shared.config.listen.clone() else { return };
    match shared.store.listen(url, heard) {
        // It was not set before.
        Ok(listening) => drop(shared.listening.set(listening)),
        Err(error) => tracing::warn!(%error, "no thread to listen to the database"),
    }
}
