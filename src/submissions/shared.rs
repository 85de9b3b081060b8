//! What a runner's tasks share: what is being read, and how to cancel it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use crate::records::{Lease, Store};
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
}

impl Shared {
    /// Inside a tokio runtime only.
    pub fn new(store: Store, reader: impl Reader, config: RunnerConfig) -> Shared {
        Shared {
            store,
            reader: Arc::new(reader),
            config,
            worker: format!("{}-{:016x}", std::process::id(), rand::random::<u64>()),
            stopping: AtomicBool::new(false),
            wake: Notify::new(),
            runtime: Handle::current(),
            under_way: Mutex::default(),
            finished: AtomicUsize::new(0),
        }
    }

    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    pub fn begin_to_stop(&self) {
        self.stopping.store(true, Ordering::Release);
        self.wake.notify_one();
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

    /// Cancels every reading. Returns how many there were.
    pub fn cancel_all(&self) -> usize {
        self.under_way().drain().map(|(_, reading)| reading.abort()).count()
    }

    /// Gives back everything that is still leased, within [`RunnerConfig::park_within`].
    pub async fn park_all(&self, cancelled: usize) -> StopReport {
        let parking = self.store.park_all(&self.worker);
        match tokio::time::timeout(self.config.park_within, parking).await {
            Ok(Ok(parked)) => StopReport { parked, abandoned: 0 },
            Ok(Err(error)) => {
                tracing::warn!(error = sentence(&error), "leases could not be given back");
                StopReport { parked: 0, abandoned: cancelled }
            }
            Err(_late) => StopReport { parked: 0, abandoned: cancelled },
        }
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<i64, AbortHandle>> {
        // Nothing that could panic runs under this lock.
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lists a submission as under way. When it is dropped the reading is cancelled if it has not ended, and the runner wakes
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
