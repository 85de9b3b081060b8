//! What a runner's tasks share: what is being read, and how to cancel it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::records::{Alive, Lease, QueueDepth, Store};
use crate::telemetry::sentence;

use super::config::RunnerConfig;
use super::reader::Reader;

/// How stopping went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StopReport {
    /// Submissions given back, for another server or the next start.
    pub parked: usize,
    /// Submissions that could not be given back in time: their leases must expire first.
    pub abandoned: usize,
}

pub(super) struct Shared {
    pub store: Store,
    pub reader: Arc<dyn Reader>,
    pub config: RunnerConfig,
    /// This runner's name in leases: random, so that no two processes share it.
    pub worker: String,
    stopping: AtomicBool,
    /// Notified when something is stored, something is finished, or it is time to stop.
    pub wake: Notify,
    /// Runs what must outlive the request that began it.
    pub runtime: Handle,
    /// The readings under way, by record.
    under_way: Mutex<HashMap<i64, AbortHandle>>,
    pub finished: AtomicUsize,
    /// Texts stored or about to be whose address has not been sent, or is not known to have been sent by the database.
    pub unclaimed: AtomicUsize,
    /// Records whose address was sent, for the database to know.
    told: Mutex<Vec<i64>>,
    /// Held while they are recorded, so that none is recorded twice.
    claiming: tokio::sync::Mutex<()>,
    /// Notified when there are such records.
    pub tell: Notify,
    /// Texts of senders who hung up or were cut off, deleted.
    pub cancelled: AtomicUsize,
    /// Submissions given back one by one.
    pub given_back: AtomicUsize,
    /// What the database held unread at the last look; `None` while it does not answer.
    depth: Mutex<Option<QueueDepth>>,
    /// The proof that this process is alive.
    alive: Mutex<Option<Alive>>,
}

impl Shared {
    /// Inside a tokio runtime only.
    pub fn new(store: Store, reader: impl Reader, config: RunnerConfig) -> Shared {
        let worker = format!("{}-{:016x}", std::process::id(), rand::random::<u64>());
        let alive = store.announce(&worker).inspect_err(|error| {
            tracing::warn!(%error, "no lock file could be made: if this server is killed, its leases must expire");
        });
        Shared {
            store,
            reader: Arc::new(reader),
            config,
            worker,
            stopping: AtomicBool::new(false),
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

    /// What the database held unread at the last look.
    pub fn depth(&self) -> Option<QueueDepth> {
        *self.depth.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks how much the database holds unread.
    pub async fn look_at_depth(&self) {
        let depth = self.store.queue_depth().await.inspect_err(|error| {
            tracing::debug!(error = sentence(error), "the length of the queue is unknown");
        });
        *self.depth.lock().unwrap_or_else(PoisonError::into_inner) = depth.ok();
    }

    /// Number of readings under way.
    pub fn reading(&self) -> usize {
        self.under_way().len()
    }

    /// Cancels the reading of this record, if it is under way here.
    pub fn cancel(&self, id: i64) {
        if let Some(reading) = self.under_way().get(&id) {
            reading.abort();
        }
    }

    /// Cancels every reading.
    pub fn cancel_all(&self) {
        self.under_way().values().for_each(AbortHandle::abort);
    }

    /// Gives back everything that is still leased, within [`RunnerConfig::park_within`]. Texts whose senders wait give
    /// themselves back first, one by one, since each sender is told.
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
        match tokio::time::timeout_at(until, self.store.park_all(&self.worker)).await {
            Ok(Ok(parked)) => {
                self.end();
                StopReport { parked: given_back + parked, abandoned: left }
            }
            Ok(Err(error)) => {
                tracing::warn!(error = sentence(&error), "leases could not be given back");
                StopReport { parked: given_back, abandoned: left.max(1) }
            }
            Err(_late) => StopReport { parked: given_back, abandoned: left.max(1) },
        }
    }

    /// Notes that a record's address is being sent.
    pub fn note_told(&self, id: i64) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.push(id);
        let alive = self.alive.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(Err(error)) = alive.as_ref().map(|alive| alive.note(id)) {
            tracing::warn!(%error, "an answer could not be noted in the lock file");
        }
        drop(told);
        self.tell.notify_one();
    }

    /// Lets the database know which records' addresses were sent.
    pub async fn claim_told(&self) {
        let _one_at_a_time = self.claiming.lock().await;
        let ids = self.told.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if ids.is_empty() {
            return;
        }
        if let Err(error) = self.store.claim(ids.clone()).await {
            tracing::warn!(error = sentence(&error), "sent addresses could not be recorded");
            return;
        }
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.drain(..ids.len());
        self.unclaimed.fetch_sub(ids.len(), Ordering::Release);
        if told.is_empty() {
            let alive = self.alive.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(Err(error)) = alive.as_ref().map(Alive::clear) {
                tracing::warn!(%error, "the lock file could not be emptied");
            }
        }
    }

    /// Removes the lock file.
    fn end(&self) {
        let alive = self.alive.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Err(error)) = alive.map(Alive::end) {
            tracing::warn!(%error, "the lock file could not be removed");
        }
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<i64, AbortHandle>> {
        // Nothing that could panic runs under this lock.
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lists a submission as under way. When it is dropped the reading is canceled if it has not ended, and the runner wakes
/// if it waits for the free place.
pub(super) struct Registered {
    pub shared: Arc<Shared>,
    pub lease: Lease,
    reading: AbortHandle,
    /// Whether the runner can lease another submission when this one ends.
    frees_a_place: bool,
}

impl Registered {
    pub fn new(shared: Arc<Shared>, lease: Lease, reading: AbortHandle, frees_a_place: bool) -> Registered {
        shared.under_way().insert(lease.id, reading.clone());
        Registered { shared, lease, reading, frees_a_place }
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.reading.abort();
        self.shared.under_way().remove(&self.lease.id);
        if self.frees_a_place || self.shared.is_stopping() {
            self.shared.wake.notify_one();
        }
    }
}

/// The duration plus or minus a quarter, so that servers that start together do not poll together.
pub(super) fn jittered(duration: Duration) -> Duration {
    duration.mul_f64(rand::random_range(0.75..=1.25))
}
