//! The life of one submission: stored, leased, read, finished; resumed after a crash.
//!
//! A [`Runner`] leases what the database holds, whoever stored it, has a [`Reader`] read it, and finishes it. A submission
//! stored here wakes it at once; what other servers leave behind is found by a slow poll. It never holds a submission only
//! in memory: whatever happens to this process, the lease runs out and another takes over.
//!
//! A text whose sender waits for the answer is read at once by the server that took it, in the engine's own queue, under a
//! lease from its first moment ([`Runner::read_now`]). Only what its sender was told to come back for is leased like
//! a questionnaire, one such text at a time.

mod reading;
mod request;
mod work;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{Mutex, Notify};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::records::{DraftKey, Finished, Leased, NewSubmission, OwnerKey, RecordsError, Store, Submitted};

pub use reading::ModelReader;
pub use request::Answer;

/// Reads a text and finds the careers: everything between a lease and a finish.
pub trait Reader: Send + Sync + 'static {
    /// Reads one submission. Dropping the future must cancel the reading.
    fn read(&self, work: Leased) -> impl Future<Output = Result<Finished, ReadError>> + Send;
}

/// Why a submission could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Not now: the same attempt goes on after the pause. It counts as no failure.
    #[error("the readers are busy")]
    Busy {
        /// How long to wait.
        retry_after: Duration,
    },
    /// The readers are stopping: the submission is given back. It counts as no failure.
    #[error("the readers are stopping")]
    Stopped,
    /// This attempt failed.
    #[error("{reason}")]
    Failed {
        /// For the result page: a sentence without internals.
        reason: String,
        /// For the log.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// How a runner works.
#[derive(Clone, Debug)]
pub struct RunnerConfig {
    /// Questionnaires read at a time. Of the texts that were left behind one is read beside them.
    pub at_once: usize,
    /// How long a lease lasts, and so how long a submission waits when its server is killed. Renewed at a third of it.
    pub lease: Duration,
    /// How often to look for what others left, give or take a quarter.
    pub poll: Duration,
    /// The pause after a first failure; doubled after the second.
    pub retry_after: Duration,
    /// How long to put back leases when stopping, after the grace period.
    pub park_within: Duration,
    /// How often to sweep expired drafts.
    pub sweep: Duration,
}

impl Default for RunnerConfig {
    fn default() -> RunnerConfig {
        RunnerConfig {
            at_once: 4,
            lease: Duration::from_secs(20),
            poll: Duration::from_secs(2),
            retry_after: Duration::from_secs(2),
            park_within: Duration::from_secs(2),
            sweep: Duration::from_secs(15 * 60),
        }
    }
}

/// How a stop went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StopReport {
    /// Submissions given back, for another server or the next start.
    pub parked: usize,
    /// Submissions that could not be given back in time: their leases run out by themselves.
    pub abandoned: usize,
}

/// A running runner. Clones are handles to the same.
#[derive(Clone)]
pub struct Runner {
    shared: Arc<Shared>,
    task: Arc<Mutex<Option<JoinHandle<()>>>>,
}

struct Shared {
    store: Store,
    config: RunnerConfig,
    /// This runner's name in leases: random, so that no two processes share it.
    worker: String,
    stopping: AtomicBool,
    /// Something was stored, something was finished, or it is time to stop.
    wake: Notify,
    /// Where the runner lives: what it begins goes on after the request that asked for it.
    runtime: Handle,
    under_way: std::sync::Mutex<work::UnderWay>,
    finished: AtomicUsize,
}

impl std::fmt::Debug for Runner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runner").field("worker", &self.shared.worker).finish_non_exhaustive()
    }
}

impl Runner {
    /// Starts reading what is stored. Must be called inside a tokio runtime, whose threads do the waiting and none of the
    /// work.
    pub fn start(store: Store, reader: impl Reader, config: RunnerConfig) -> Runner {
        let shared = Arc::new(Shared {
            store,
            config,
            worker: format!("{}-{:016x}", std::process::id(), rand::random::<u64>()),
            stopping: AtomicBool::new(false),
            wake: Notify::new(),
            runtime: Handle::current(),
            under_way: std::sync::Mutex::default(),
            finished: AtomicUsize::new(0),
        });
        let task = tokio::spawn(work::run(shared.clone(), Arc::new(reader)));
        Runner { shared, task: Arc::new(Mutex::new(Some(task))) }
    }

    /// The records this runner works on.
    pub fn store(&self) -> &Store {
        &self.shared.store
    }

    /// [`Store::submit`], and begins to read at once.
    pub async fn submit(&self, key: &DraftKey, new: NewSubmission) -> Result<Submitted, RecordsError> {
        let submitted = self.shared.store.submit(key, new).await?;
        self.wake();
        Ok(submitted)
    }

    /// [`Store::delete`], and stops the reading if it is this runner's. Whether there was such a record.
    pub async fn delete(&self, key: &OwnerKey) -> Result<bool, RecordsError> {
        let Some(id) = self.shared.store.delete(key).await? else { return Ok(false) };
        self.shared.cancel(id);
        Ok(true)
    }

    /// Looks for work now.
    pub fn wake(&self) {
        self.shared.wake.notify_one();
    }

    /// Submissions that this runner is reading, or that wait in its engine.
    pub fn reading(&self) -> usize {
        self.shared.under_way().len()
    }

    /// Submissions that this runner has finished.
    pub fn finished(&self) -> usize {
        self.shared.finished.load(Ordering::Relaxed)
    }

    /// Takes no more work, gives what is under way this long to finish, then cancels it and gives it back. Takes at most
    /// `grace` and [`RunnerConfig::park_within`].
    pub async fn stop(&self, grace: Duration) -> StopReport {
        self.shared.stopping.store(true, Ordering::Release);
        self.shared.wake.notify_one();
        let until = Instant::now() + grace;
        let mut cancelled = 0;
        if let Some(mut task) = self.task.lock().await.take()
            && tokio::time::timeout_at(until, &mut task).await.is_err()
        {
            // In this order: with the task goes the list of what is under way.
            cancelled = self.shared.cancel_all();
            task.abort();
        }
        self.shared.park_all(cancelled).await
    }
}
