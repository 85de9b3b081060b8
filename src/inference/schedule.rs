//! What the engine's threads share, and how work passes between them: admission, texts out, windows in, batches out,
//! logits in, answers out.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{oneshot, watch};

use crate::models::{Classifier, Encoding, Windows};
use crate::personality::ModelKind;

use super::jobs::{Pass, ReadText, Standing, TextJob, Waiting, Window, WindowJob, Work};
use super::queue::Batch;
use super::reading::{Prepared, conclude};
use super::reuse::{Key, Reuse};
use super::state::State;
use super::{Deadline, InferenceConfig, InferenceError, ModelReading, Passage, Timings};

/// An idle thread looks up this often even if nobody calls.
const IDLE: Duration = Duration::from_millis(500);
/// Bytes of a text counted as one token before it is tokenized. English has 4 to 5.
const BYTES_PER_TOKEN: usize = 4;

pub(super) struct Shared {
    pub models: [Arc<dyn Classifier>; 2],
    pub config: InferenceConfig,
    pub reuse: Option<Reuse>,
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
            reuse: Reuse::new(config.reuse_bytes),
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
        models: [ModelKind; N],
        passage: &Passage,
        deadline: Deadline,
    ) -> Result<[oneshot::Receiver<Result<ModelReading, InferenceError>>; N], InferenceError> {
        let now = Instant::now();
        let Passage { text, weight, never_refused } = passage;
        let estimate = text.len() / BYTES_PER_TOKEN + 2;
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
            let waiting = Waiting { which, reply, deadline, admitted: now, weight: *weight };
            let id = state.next_id;
            state.next_id += 1;
            state.estimated += estimate;
            state.texts.push(TextJob {
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

    /// Whether there is no room, or what waits would not be read in this time. An idle engine takes any one text.
    fn is_full(&self, state: &State, readings: usize, estimate: usize, time: Duration) -> bool {
        let waiting = state.waiting_tokens();
        let tokens = waiting + readings * estimate;
        state.waiting_readings() + readings > self.config.queue_readings.max(readings)
            || (waiting > 0 && (tokens > self.config.queue_tokens || !state.pace.is_in_time(tokens, time)))
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
            while let Some(job) = state.texts.take() {
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
        state.texts.push(job);
        drop(state);
        self.texts_waiting.notify_one();
    }

    /// Under which key a window's logits are kept; none where nothing is kept: the setting is off, the model's text is not
    /// read answer by answer (so that hardly a window comes twice), or the model cannot be told from others.
    fn keys(&self, which: ModelKind, windows: &[Vec<u32>]) -> Option<Vec<Key>> {
        let model = &self.models[which.index()];
        self.reuse.as_ref().filter(|_| model.settings().windows == Windows::Answer)?;
        let identity = model.identity()?;
        Some(windows.iter().map(|ids| Reuse::key(which, &identity, ids)).collect())
    }

    /// Hands a tokenized text's windows to the planner, but for those whose logits are known. The text, if all are.
    pub fn plan_windows(&self, job: TextJob, prepared: Prepared, spent: Duration) -> Option<ReadText> {
        let which = job.waiting.which;
        let keys = self.keys(which, &prepared.windows);
        let mut rows: Vec<(usize, Vec<f32>)> =
            prepared.content.into_iter().map(|tokens| (tokens, Vec::new())).collect();
        let mut windows = Vec::with_capacity(prepared.windows.len());
        let mut known_tokens = 0;
        for (place, ids) in prepared.windows.into_iter().enumerate() {
            let key = keys.as_ref().and_then(|keys| keys.get(place)).copied();
            let known = self.reuse.as_ref().zip(key).and_then(|(reuse, key)| reuse.get(&key));
            match known.zip(rows.get_mut(place)) {
                Some((logits, row)) => {
                    row.1 = logits.to_vec();
                    known_tokens += ids.len();
                }
                None => windows.push(Window { ids, place, key }),
            }
        }
        let lengths: Vec<usize> = windows.iter().map(|window| window.ids.len()).collect();
        let now = Instant::now();
        let mut state = self.lock();
        state.tokenizing -= 1;
        state.estimated -= job.estimate;
        state.totals.tokenize += spent;
        state.totals.reused += (rows.len() - windows.len()) as u64;
        if state.stop.is_some_and(|at| at <= now) {
            job.waiting.refuse(InferenceError::Stopped);
            return None;
        }
        let unread = windows.len();
        let (tokenize, share_read, weight) = (job.tokenize, prepared.share_read, job.waiting.weight);
        let read = WindowJob {
            waiting: job.waiting,
            windows,
            rows,
            unread,
            share_read,
            tokenize,
            forward: Duration::ZERO,
        };
        if unread == 0 {
            return Some(read.read(now));
        }
        state.planner.push(job.id, which, lengths, known_tokens, weight);
        state.jobs.insert(job.id, read);
        drop(state);
        self.windows_waiting.notify_all();
        None
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
            state.sweep(now);
            if let Some(batch) = state.next_batch(self.config.batch_tokens, now) {
                let windows = batch
                    .windows
                    .iter()
                    .map(|(id, number)| {
                        let window = state.jobs.get_mut(id).and_then(|job| job.windows.get_mut(*number));
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

    /// Takes in a batch's logits, a row for each window; returns the texts that are now read whole.
    pub fn deliver(&self, work: &Work, rows: Vec<Vec<f32>>, pass: &Pass) -> Vec<ReadText> {
        let tokens = work.windows.iter().map(|window| window.ids.len()).sum();
        let mut state = self.lock();
        state.count_pass(pass);
        if pass.windows > 0 {
            // Those whose logits were known waited too.
            state.pace.count(tokens, pass.forward, self.config.batch_tokens);
        }
        let mut whole = Vec::new();
        let mut last = None;
        for (((id, _), window), row) in work.batch.windows.iter().zip(&work.windows).zip(rows) {
            // Whoever left meanwhile has no job any more.
            let Some(job) = state.jobs.get_mut(id) else { continue };
            if let Some(slot) = job.rows.get_mut(window.place) {
                slot.1 = row;
            }
            job.unread -= 1;
            if last != Some(*id) {
                job.forward += pass.forward;
                last = Some(*id);
            }
            if job.unread == 0 {
                whole.extend(state.jobs.remove(id));
            }
        }
        drop(state);
        let now = Instant::now();
        whole.into_iter().map(|job| job.read(now)).collect()
    }

    /// Answers whoever waits for a text that was read.
    pub fn answer(&self, mut text: ReadText) {
        let model = &*self.models[text.which.index()];
        let rows = std::mem::take(&mut text.rows);
        let conclude = || conclude(model, &rows, text.share_read, text.timings);
        let result = catch_unwind(AssertUnwindSafe(conclude)).unwrap_or(Err(InferenceError::Panicked));
        let mut state = self.lock();
        if result.is_ok() {
            state.totals.completed += 1;
        } else {
            state.totals.failed += 1;
        }
        drop(state);
        let Timings { queue, tokenize, forward, total } = text.timings;
        let stages = [("queue", queue), ("tokenize", tokenize), ("forward", forward), ("total", total)];
        self.config.metrics.done(text.which.name(), stages);
        // One who left while the last window was read needs no answer.
        let _ = text.reply.send(result);
    }

    /// Gives up every text that had a window in this batch, and no other.
    pub fn fail_batch(&self, batch: &Batch, error: &InferenceError, panicked: bool, pass: &Pass) {
        let mut state = self.lock();
        state.count_pass(pass);
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
