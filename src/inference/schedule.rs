//! What the engine's threads share, and how work passes between them: admission, texts out, windows in, batches out,
//! logits in, answers out.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{oneshot, watch};

use crate::models::{Classifier, Encoding};

use super::jobs::{ReadText, Standing, TextJob, Waiting, WindowJob, Work};
use super::queue::Batch;
use super::reading::Prepared;
use super::state::State;
use super::{Deadline, InferenceConfig, InferenceError, ModelReading, Timings, Which};

/// An idle thread looks up this often even if nobody calls.
const IDLE: Duration = Duration::from_millis(500);
/// Bytes of a text counted as one token before it is tokenized. English has 4 to 5.
const BYTES_PER_TOKEN: usize = 4;

pub(super) struct Shared {
    pub models: [Arc<dyn Classifier>; 2],
    pub config: InferenceConfig,
    pub state: Mutex<State>,
    pub texts_waiting: Condvar,
    pub windows_waiting: Condvar,
    /// How many threads run.
    pub threads: watch::Sender<usize>,
    pub warm: AtomicBool,
}

impl Shared {
    pub fn new(models: [Arc<dyn Classifier>; 2], config: InferenceConfig) -> Shared {
        Shared {
            models,
            config,
            state: Mutex::default(),
            texts_waiting: Condvar::new(),
            windows_waiting: Condvar::new(),
            threads: watch::Sender::new(0),
            warm: AtomicBool::new(false),
        }
    }

    /// Nothing that can panic runs under this lock but arithmetic on our own counts; a poisoned one is used as it is.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a text for these models, all or none, or says at once why not.
    pub fn admit<const N: usize>(
        &self,
        models: [Which; N],
        text: &Arc<str>,
        deadline: Deadline,
    ) -> Result<[oneshot::Receiver<Result<ModelReading, InferenceError>>; N], InferenceError> {
        let now = Instant::now();
        let estimate = text.len() / BYTES_PER_TOKEN + 2;
        let mut state = self.lock();
        if state.stop.is_some() {
            return Err(InferenceError::Stopped);
        }
        if deadline.0 <= now {
            state.totals.expired += N as u64;
            return Err(InferenceError::Deadline);
        }
        if self.is_full(&state, N, estimate) {
            state.drop_unwanted(now);
        }
        if self.is_full(&state, N, estimate) {
            state.totals.refused += N as u64;
            return Err(InferenceError::QueueFull { retry_after: state.estimated_wait() });
        }
        state.totals.admitted += N as u64;
        let receivers = models.map(|which| {
            let (reply, receiver) = oneshot::channel();
            let waiting = Waiting { which, reply, deadline, admitted: now };
            let id = state.next_id;
            state.next_id += 1;
            state.estimated += estimate;
            state.texts.push_back(TextJob {
                id,
                waiting,
                text: Arc::clone(text),
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

    fn is_full(&self, state: &State, readings: usize, estimate: usize) -> bool {
        let waiting = state.waiting_tokens();
        state.waiting_readings() + readings > self.config.queue_readings.max(readings)
            || (waiting > 0 && waiting + readings * estimate > self.config.queue_tokens)
    }

    /// The text whose turn it is, waiting for one; none once the engine stops and nothing is left.
    pub fn next_text(&self) -> Option<TextJob> {
        let mut state = self.lock();
        loop {
            let now = Instant::now();
            if state.stop.is_some_and(|at| at <= now) {
                state.turn_all_away();
                return None;
            }
            while let Some(job) = state.take_text() {
                let standing = job.waiting.standing(now);
                if matches!(standing, Standing::Wanted) {
                    state.tokenizing += 1;
                    return Some(job);
                }
                state.estimated -= job.estimate;
                state.totals.dropped(&standing);
                job.waiting.refuse(InferenceError::Deadline);
            }
            if state.stop.is_some() && state.tokenizing == 0 {
                return None;
            }
            state = self.wait(&self.texts_waiting, state);
        }
    }

    fn wait<'a>(&self, on: &Condvar, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        on.wait_timeout(state, IDLE).unwrap_or_else(PoisonError::into_inner).0
    }

    /// Puts a text that is not finished behind the others.
    pub fn put_back(&self, job: TextJob, spent: Duration) {
        let mut state = self.lock();
        state.tokenizing -= 1;
        state.totals.tokenize += spent;
        state.texts.push_back(job);
        drop(state);
        self.texts_waiting.notify_one();
    }

    /// Hands a tokenized text's windows to the planner.
    pub fn plan_windows(&self, job: TextJob, prepared: Prepared, spent: Duration) {
        let lengths: Vec<usize> = prepared.windows.iter().map(Vec::len).collect();
        let mut state = self.lock();
        state.tokenizing -= 1;
        state.estimated -= job.estimate;
        state.totals.tokenize += spent;
        if state.stop.is_some_and(|at| at <= Instant::now()) {
            job.waiting.refuse(InferenceError::Stopped);
            return;
        }
        state.planner.push(job.id, job.waiting.which, lengths);
        state.jobs.insert(
            job.id,
            WindowJob {
                unread: prepared.windows.len(),
                windows: prepared.windows,
                rows: prepared.content.into_iter().map(|tokens| (tokens, Vec::new())).collect(),
                share_read: prepared.share_read,
                tokenize: job.tokenize,
                forward: Duration::ZERO,
                waiting: job.waiting,
            },
        );
        drop(state);
        self.windows_waiting.notify_all();
    }

    /// Gives up a text that could not be tokenized.
    pub fn fail_text(&self, job: TextJob, error: InferenceError, panicked: bool) {
        let mut state = self.lock();
        state.tokenizing -= 1;
        state.estimated -= job.estimate;
        state.totals.failed += 1;
        state.totals.panics += u64::from(panicked);
        drop(state);
        job.waiting.refuse(error);
        self.windows_waiting.notify_all();
    }

    /// The next batch, waiting for one; none once the engine stops and nothing is left.
    pub fn next_work(&self) -> Option<Work> {
        let mut state = self.lock();
        loop {
            let now = Instant::now();
            if state.stop.is_some_and(|at| at <= now) {
                state.turn_all_away();
                return None;
            }
            state.drop_unwanted(now);
            if let Some(batch) = state.planner.next_batch(self.config.batch_tokens) {
                let windows = batch
                    .windows
                    .iter()
                    .map(|(id, place)| {
                        let window = state.jobs.get_mut(id).and_then(|job| job.windows.get_mut(*place));
                        window.map(std::mem::take).unwrap_or_default()
                    })
                    .collect();
                return Some(Work { batch, windows });
            }
            if state.stop.is_some() && state.texts.is_empty() && state.tokenizing == 0 {
                return None;
            }
            state = self.wait(&self.windows_waiting, state);
        }
    }

    /// Takes in a batch's logits; returns the texts that are now read whole.
    pub fn deliver(&self, batch: &Batch, rows: Vec<Vec<f32>>, forward: Duration) -> Vec<ReadText> {
        let mut state = self.lock();
        state.count_batch(batch, forward);
        let mut whole = Vec::new();
        let mut last = None;
        for ((id, place), row) in batch.windows.iter().zip(rows) {
            // Whoever left meanwhile has no job any more.
            let Some(job) = state.jobs.get_mut(id) else { continue };
            if let Some(slot) = job.rows.get_mut(*place) {
                slot.1 = row;
            }
            job.unread -= 1;
            if last != Some(*id) {
                job.forward += forward;
                last = Some(*id);
            }
            if job.unread == 0 {
                whole.extend(state.jobs.remove(id));
            }
        }
        drop(state);
        let now = Instant::now();
        whole
            .into_iter()
            .map(|job| {
                let total = now.saturating_duration_since(job.waiting.admitted);
                let queue = total.saturating_sub(job.tokenize + job.forward);
                ReadText {
                    rows: job.rows,
                    share_read: job.share_read,
                    timings: Timings { queue, tokenize: job.tokenize, forward: job.forward, total },
                    reply: job.waiting.reply,
                }
            })
            .collect()
    }

    /// Answers whoever waits for a text that was read.
    pub fn answer(&self, reply: ReadText, result: Result<ModelReading, InferenceError>) {
        let mut state = self.lock();
        if result.is_ok() {
            state.totals.completed += 1;
        } else {
            state.totals.failed += 1;
        }
        drop(state);
        // One who left while the last window was read needs no answer.
        let _ = reply.reply.send(result);
    }

    /// Gives up every text that had a window in this batch, and no other.
    pub fn fail_batch(&self, batch: &Batch, error: &InferenceError, panicked: bool, forward: Duration) {
        let mut state = self.lock();
        state.count_batch(batch, forward);
        state.totals.panics += u64::from(panicked);
        for (id, _) in &batch.windows {
            state.planner.remove(*id);
            if let Some(job) = state.jobs.remove(id) {
                state.totals.failed += 1;
                job.waiting.refuse(error.clone());
            }
        }
    }
}
