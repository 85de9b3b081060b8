//! The state that a runner's tasks share: the readings in progress, and how to cancel them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::records::{Alive, Backlog, Listening, QueueDepth, RecordsError, Store};
use crate::telemetry::sentence;

use super::config::RunnerConfig;

/// The outcome of stopping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StopReport {
    /// Submissions given back, for another server or the next start.
    pub parked: usize,
    /// Submissions that could not be given back in time. Their leases must expire first.
    pub abandoned: usize,
}

/// What the database does not know yet of the answers to waiting senders.
#[derive(Default)]
pub(super) struct Unrecorded {
    /// Records whose address was sent.
    pub sent: Vec<i64>,
    /// How many addresses are being sent.
    pub sending: usize,
}

pub(super) struct Shared {
    pub store: Store,
    pub config: RunnerConfig,
    /// This runner's name in leases. It is random, so that no two processes have the same one.
    pub worker: String,
    stopping: AtomicBool,
    /// Whether a notice said that a record was deleted while it was read, or notices may have been missed.
    pub heard_of_deletion: AtomicBool,
    /// Notified when something is stored, something is finished, or it is time to stop.
    pub wake: Notify,
    /// Runs tasks that must outlive the request that started them.
    pub runtime: Handle,
    /// The readings in progress, by record.
    under_way: Mutex<HashMap<i64, AbortHandle>>,
    pub finished: AtomicUsize,
    /// Texts stored or about to be whose address has not been sent, as far as the database knows.
    pub unclaimed: AtomicUsize,
    pub told: Mutex<Unrecorded>,
    /// Held while they are recorded, so that none is recorded twice.
    pub claiming: tokio::sync::Mutex<()>,
    /// Notified when there are such records.
    pub tell: Notify,
    /// Deleted texts of senders who disconnected or whose server stopped.
    pub cancelled: AtomicUsize,
    /// Submissions given back one by one.
    pub given_back: AtomicUsize,
    /// The unread submissions in the database at the last look, and what waits for servers that read; `None` while it does not
    /// answer.
    depth: Mutex<Option<(QueueDepth, Backlog)>>,
    /// Notices of other servers, if a connection for them is set.
    pub listening: OnceLock<Listening>,
    /// The lock file that proves that this process is alive.
    pub alive: Mutex<Option<Alive>>,
}

impl Shared {
    /// Must run inside a tokio runtime.
    pub fn new(store: Store, config: RunnerConfig) -> Shared {
        let worker = format!("{}-{:016x}", std::process::id(), rand::random::<u64>());
        let alive = store.announce(&worker).inspect_err(|error| {
            tracing::warn!(%error, "no lock file could be made: if this server is killed, its leases must expire");
        });
        Shared {
            store,
            config,
            worker,
            stopping: AtomicBool::new(false),
            heard_of_deletion: AtomicBool::new(false),
            wake: Notify::new(),
            runtime: Handle::current(),
            under_way: Mutex::default(),
            finished: AtomicUsize::new(0),
            unclaimed: AtomicUsize::new(0),
            told: Mutex::default(),
            claiming: tokio::sync::Mutex::default(),
            tell: Notify::new(),
            cancelled: AtomicUsize::new(0),
            given_back: AtomicUsize::new(0),
            depth: Mutex::default(),
            listening: OnceLock::new(),
            alive: Mutex::new(alive.ok()),
        }
    }

    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    pub fn begin_to_stop(&self) {
        self.stopping.store(true, Ordering::Release);
        self.wake.notify_one();
    }

    /// The unread submissions in the database at the last look, and what waits for servers that read.
    pub fn depth(&self) -> Option<(QueueDepth, Backlog)> {
        *self.depth.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts the unread submissions in the database.
    pub async fn look_at_depth(&self) {
        let look =
            async { Ok::<_, RecordsError>((self.store.queue_depth().await?, self.store.backlog().await?)) };
        let depth = look.await.inspect_err(|error| {
            tracing::debug!(error = sentence(error), "the length of the queue is unknown");
        });
        *self.depth.lock().unwrap_or_else(PoisonError::into_inner) = depth.ok();
    }

    /// How long a record is kept that this server does not renew and others read: longer than a server that stalled inside a
    /// transaction can keep this one from renewing it.
    pub fn kept_unread(&self) -> Duration {
        2 * self.config.lease
    }

    /// How long until the next look at what other servers wrote, without a notice: `usual` if notices arrive.
    pub fn between_looks(&self, usual: Duration) -> Duration {
        if self.hears_notices() { usual } else { self.config.quick_poll.min(usual) }
    }

    /// Whether notices of other servers arrive.
    pub fn hears_notices(&self) -> bool {
        self.listening.get().is_some_and(Listening::is_connected)
    }

    /// Writes on which days results were opened.
    pub async fn write_openings(&self) {
        if let Err(error) = self.store.write_openings().await {
            tracing::warn!(
                error = sentence(&error),
                "the days on which results were opened could not be written"
            );
        }
    }

    /// Number of readings under way.
    pub fn reading(&self) -> usize {
        self.under_way().len()
    }

    /// Cancels the reading of this record, if it is in progress here.
    pub fn cancel(&self, id: i64) {
        if let Some(reading) = self.under_way().get(&id) {
            reading.abort();
        }
    }

    /// Cancels the readings whose records were deleted meanwhile.
    pub async fn cancel_gone(&self) {
        let ids: Vec<i64> = self.under_way().keys().copied().collect();
        if ids.is_empty() {
            return;
        }
        match self.store.gone(ids).await {
            Ok(gone) => gone.into_iter().for_each(|id| self.cancel(id)),
            // The renewal of a lease notices it too.
            Err(error) => {
                tracing::debug!(error = sentence(&error), "whether records were deleted is unknown");
            }
        }
    }

    /// Cancels every reading.
    pub fn cancel_all(&self) {
        self.under_way().values().for_each(AbortHandle::abort);
    }

    /// Gives back everything that is still leased, within [`RunnerConfig::park_within`]. Texts with waiting senders
    /// give themselves back first, one by one, since each sender gets an answer.
    pub async fn park_all(&self) -> StopReport {
        let until = Instant::now() + self.config.park_within;
        let half = Instant::now() + self.config.park_within / 2;
        while self.reading() > 0 && tokio::time::timeout_at(half, self.wake.notified()).await.is_ok() {}
        let left = self.reading();
        // The last answers are being sent.
        while self.unclaimed.load(Ordering::Acquire) > 0 && Instant::now() < half {
            self.claim_told().await;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let given_back = self.given_back.load(Ordering::Relaxed);
        if tokio::time::timeout_at(half, self.write_openings()).await.is_err() {
            tracing::warn!("the days on which results were opened could not be written in time");
        }
        match tokio::time::timeout_at(until, self.store.park_all(&self.worker)).await {
            Ok(Ok(parked)) => {
                if let Ok(Err(error)) =
                    tokio::time::timeout_at(until, self.store.forget_worker(&self.worker)).await
                {
                    // Others notice within a lease.
                    tracing::debug!(error = sentence(&error), "others do not know that this server stopped");
                }
                // Otherwise the file tells the next server which answers were sent.
                if self.unclaimed.load(Ordering::Acquire) == 0 {
                    self.end();
                }
                StopReport { parked: given_back + parked, abandoned: left }
            }
            Ok(Err(error)) => {
                tracing::warn!(error = sentence(&error), "leases could not be given back");
                StopReport { parked: given_back, abandoned: left.max(1) }
            }
            Err(_late) => StopReport { parked: given_back, abandoned: left.max(1) },
        }
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<i64, AbortHandle>> {
        // Nothing that could panic runs under this lock.
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Registers a submission as in progress. On drop, cancels the reading if it has not ended, and wakes the runner if it
/// waits for the free place.
pub(super) struct Registered {
    pub shared: Arc<Shared>,
    record: i64,
    reading: AbortHandle,
    /// Whether the runner can lease another submission once this one ends.
    frees_a_place: bool,
}

impl Registered {
    pub fn new(shared: Arc<Shared>, record: i64, reading: AbortHandle, frees_a_place: bool) -> Registered {
        shared.under_way().insert(record, reading.clone());
        Registered { shared, record, reading, frees_a_place }
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.reading.abort();
        self.shared.under_way().remove(&self.record);
        if self.frees_a_place || self.shared.is_stopping() {
            self.shared.wake.notify_one();
        }
    }
}

/// The duration plus or minus a quarter, so that servers that start together do not poll at the same time.
pub(super) fn jittered(duration: Duration) -> Duration {
    duration.mul_f64(rand::random_range(0.75..=1.25))
}
