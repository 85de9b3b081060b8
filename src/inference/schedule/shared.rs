//! The state that the engine's threads share, and admission to it.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{oneshot, watch};

use crate::inference::config::InferenceConfig;
use crate::inference::error::InferenceError;
use crate::inference::passage::{Deadline, Passage};
use crate::inference::reading::ModelReading;
use crate::models::{Classifier, Encoding};
use crate::personality::{ModelKind, Pair};

use super::jobs::{Caller, TextJob};
use super::reuse::Reuse;
use super::state::State;

/// The longest sleep of an idle thread, in case a wake-up is missed.
const IDLE: Duration = Duration::from_millis(500);
/// Bytes of a text counted as one token before it is tokenized. English text has 4 to 5.
const BYTES_PER_TOKEN: usize = 4;

/// The tokens of a text of this many bytes for one model, special tokens included.
pub fn estimated_tokens(bytes: usize) -> usize {
    bytes / BYTES_PER_TOKEN + 2
}

pub(in crate::inference) struct Shared {
    pub(super) models: Pair<Arc<dyn Classifier>>,
    pub(super) config: InferenceConfig,
    /// `None` when the cache is off.
    pub(super) reuse: Option<Reuse>,
    state: Mutex<State>,
    pub(super) texts_waiting: Condvar,
    pub(super) windows_waiting: Condvar,
    /// Number of running threads.
    pub(super) threads: watch::Sender<usize>,
    pub(super) warm: AtomicBool,
}

impl Shared {
    pub fn new(models: Pair<Arc<dyn Classifier>>, config: InferenceConfig) -> Shared {
        Shared {
            models,
            reuse: Reuse::new(config.reuse_bytes),
            config,
            state: Mutex::default(),
            texts_waiting: Condvar::new(),
            windows_waiting: Condvar::new(),
            threads: watch::Sender::new(0),
            warm: AtomicBool::new(false),
        }
    }

    /// Ignores poisoning: the lock guards only our own counters and collections, and no code that holds it can panic.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When the queue was last searched for canceled requests.
    #[cfg(test)]
    pub fn last_sweep(&self) -> Option<Instant> {
        self.lock().last_sweep
    }

    pub(super) fn wait<'a>(&self, on: &Condvar, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        on.wait_timeout(state, IDLE).unwrap_or_else(PoisonError::into_inner).0
    }

    /// Queues a text for all of these models. If there is no room, queues it for none and returns the reason.
    pub fn admit<const N: usize>(
        &self,
        models: [ModelKind; N],
        passage: &Passage,
        deadline: Deadline,
    ) -> Result<[oneshot::Receiver<Result<ModelReading, InferenceError>>; N], InferenceError> {
        let now = Instant::now();
        let Passage { text, weight, never_refused } = passage;
        let estimate = estimated_tokens(text.len());
        let time = deadline.0.saturating_duration_since(now);
        let mut state = self.lock();
        if state.stop.is_some() {
            return Err(InferenceError::Stopped);
        }
        if deadline.0 <= now {
            state.totals.expired += N as u64;
            return Err(InferenceError::Deadline);
        }
        if !never_refused && self.is_full(&state, N, estimate, time) {
            state.sweep(now);
            if self.is_full(&state, N, estimate, time) {
                state.totals.refused += N as u64;
                return Err(InferenceError::QueueFull { retry_after: state.estimated_wait() });
            }
        }
        state.totals.admitted += N as u64;
        let receivers = models.map(|which| {
            let (reply, receiver) = oneshot::channel();
            let caller = Caller { which, reply, deadline, admitted: now, weight: *weight };
            let id = state.next_id;
            state.next_id += 1;
            state.estimated += estimate;
            state.texts.push(TextJob {
                id,
                caller,
                text: Arc::clone(text),
                readable: None,
                steps: None,
                bytes_left: text.len(),
                encoding: Encoding::default(),
                tokenize: Duration::ZERO,
                estimate,
            });
            receiver
        });
        drop(state);
        self.texts_waiting.notify_all();
        Ok(receivers)
    }

    /// Whether the queue has no room for this text or could not read it within `time`. An idle engine accepts any text.
    fn is_full(&self, state: &State, readings: usize, estimate: usize, time: Duration) -> bool {
        let waiting = state.waiting_tokens();
        let tokens = waiting + readings * estimate;
        state.waiting_readings() + readings > self.config.queue_readings.max(readings)
            || (waiting > 0 && (tokens > self.config.queue_tokens || !state.pace.is_in_time(tokens, time)))
    }
}
