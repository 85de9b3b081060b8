//! The life of one submission: stored, leased, read, finished; resumed after a crash.
//!
//! A [`Runner`] leases what the database holds, whoever stored it, has a [`Reader`] read it, and finishes it. A submission
//! stored here wakes it at once; what other servers leave behind is found by a slow poll. It never holds a submission only
//! in memory: whatever happens to this process, the lease runs out and another takes over.

mod reading;
mod work;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, Notify, broadcast};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::records::{
    DraftKey, Finished, Leased, NewSubmission, NewText, OwnerKey, Record, RecordsError, Store, Submitted,
};

pub use reading::ModelReader;

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
    /// Submissions read at a time.
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
    /// Records settled by this runner.
    settled: broadcast::Sender<i64>,
    under_way: std::sync::Mutex<work::UnderWay>,
    finished: AtomicUsize,
    /// How many wait in [`Runner::wait_for`].
    waiting: AtomicUsize,
}

/// How many may look each second whether another server read what they wait for. Together, so that a thousand who wait
/// do not keep the database busy with asking.
const LOOKS_PER_SECOND: usize = 100;

/// One of those who wait for a submission.
struct Waiting<'a>(&'a AtomicUsize);

impl Waiting<'_> {
    fn new(count: &AtomicUsize) -> Waiting<'_> {
        count.fetch_add(1, Ordering::Relaxed);
        Waiting(count)
    }

    /// How long to wait before looking again: a second, or longer where many wait.
    fn pause(&self) -> Duration {
        let all = self.0.load(Ordering::Relaxed);
        Duration::from_secs_f64((all as f64 / LOOKS_PER_SECOND as f64).max(1.0))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
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
        let (settled, _) = broadcast::channel(1024);
        let shared = Arc::new(Shared {
            store,
            config,
            worker: format!("{}-{:016x}", std::process::id(), rand::random::<u64>()),
            stopping: AtomicBool::new(false),
            wake: Notify::new(),
            settled,
            under_way: std::sync::Mutex::default(),
            finished: AtomicUsize::new(0),
            waiting: AtomicUsize::new(0),
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

    /// [`Store::store_text`], and begins to read at once.
    pub async fn store_text(&self, new: NewText) -> Result<OwnerKey, RecordsError> {
        let key = self.shared.store.store_text(new).await?;
        self.wake();
        Ok(key)
    }

    /// [`Store::delete`], and stops the reading if it is this runner's. Whether there was such a record.
    pub async fn delete(&self, key: &OwnerKey) -> Result<bool, RecordsError> {
        let Some(id) = self.shared.store.delete(key).await? else { return Ok(false) };
        self.shared.cancel(id);
        Ok(true)
    }

    /// The record once it is done or failed, or as it stands when the time is up; `None` when there is none (any more).
    /// Whichever server reads it.
    pub async fn wait_for(&self, key: &OwnerKey, time: Duration) -> Result<Option<Record>, RecordsError> {
        let until = Instant::now() + time;
        // Before the first look, or what is settled between the two is missed.
        let mut settled = self.shared.settled.subscribe();
        let waiting = Waiting::new(&self.shared.waiting);
        loop {
            let Some(place) = self.shared.store.place_in_queue(key).await? else { return Ok(None) };
            let now = Instant::now();
            if place.status.is_settled() || now >= until {
                return self.shared.store.by_owner(key).await;
            }
            // Our own runner says when it is done; another server's work is seen by looking again.
            let look_again = until.min(now + work::jittered(waiting.pause()));
            loop {
                match tokio::time::timeout_at(look_again, settled.recv()).await {
                    Ok(Ok(id)) if id != place.id => {}
                    // Ours; or too many to have followed them all; or time to look.
                    Ok(Ok(_)) | Ok(Err(broadcast::error::RecvError::Lagged(_))) | Err(_) => break,
                    Ok(Err(broadcast::error::RecvError::Closed)) => {
                        tokio::time::sleep_until(look_again).await;
                        break;
                    }
                }
            }
        }
    }

    /// Looks for work now.
    pub fn wake(&self) {
        self.shared.wake.notify_one();
    }

    /// Submissions that this runner is reading.
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
        let mut leases = Vec::new();
        if let Some(mut task) = self.task.lock().await.take()
            && tokio::time::timeout_at(until, &mut task).await.is_err()
        {
            // In this order: with the task goes the list of what is under way.
            leases = self.shared.cancel_all();
            task.abort();
        }
        self.shared.park_all(leases).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_wait_look_less_often_the_more_they_are() {
        let count = AtomicUsize::new(0);
        let first = Waiting::new(&count);
        assert_eq!(first.pause(), Duration::from_secs(1));
        let others: Vec<_> = (0..999).map(|_| Waiting::new(&count)).collect();
        assert_eq!(first.pause(), Duration::from_secs(10));
        drop(others);
        assert_eq!(first.pause(), Duration::from_secs(1));
        drop(first);
        assert_eq!(count.load(Ordering::Relaxed), 0);
    }
}
