//! What the engine's threads share: the texts and windows that wait, who waits for them, and the rules of admission.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{oneshot, watch};

use crate::models::Encoding;

use super::queue::{Batch, BatchPlanner, JobId};
use super::reading::Prepared;
use super::{
    Deadline, EngineStats, InferenceConfig, InferenceError, ModelReading, Reader, Timings, Totals, Which,
};

pub(super) type Reply = oneshot::Sender<Result<ModelReading, InferenceError>>;

/// An idle thread looks up this often even if nobody calls.
const IDLE: Duration = Duration::from_millis(500);
/// Bytes of a text counted as one token before it is tokenized. English has 4 to 5.
const BYTES_PER_TOKEN: usize = 4;

pub(super) struct Shared {
    pub readers: [Reader; 2],
    pub config: InferenceConfig,
    state: Mutex<State>,
    texts_waiting: Condvar,
    windows_waiting: Condvar,
    threads: watch::Sender<usize>,
    warm: AtomicBool,
}

#[derive(Default)]
struct State {
    next_id: JobId,
    texts: VecDeque<TextJob>,
    /// Texts in the hands of a tokenizer thread.
    tokenizing: usize,
    /// The estimated tokens of all texts that are not windows yet.
    estimated: usize,
    planner: BatchPlanner,
    jobs: HashMap<JobId, WindowJob>,
    stop: Option<Instant>,
    threads_lost: bool,
    tokens_per_second: f64,
    totals: Totals,
}

/// Who waits for a reading, and since and until when.
pub(super) struct Waiting {
    pub which: Which,
    reply: Reply,
    deadline: Deadline,
    admitted: Instant,
}

/// A text on its way to windows.
pub(super) struct TextJob {
    id: JobId,
    pub waiting: Waiting,
    pub text: Arc<str>,
    /// What is left to tokenize; none before the first turn.
    pub steps: Option<VecDeque<Range<usize>>>,
    pub encoding: Encoding,
    pub tokenize: Duration,
    estimate: usize,
}

/// A text's windows on their way to logits.
struct WindowJob {
    waiting: Waiting,
    windows: Vec<Vec<u32>>,
    /// Each window's content tokens and, once read, its logits.
    rows: Vec<(usize, Vec<f32>)>,
    unread: usize,
    share_read: f64,
    tokenize: Duration,
    forward: Duration,
}

/// A batch with the ids of its windows.
pub(super) struct Work {
    pub batch: Batch,
    pub windows: Vec<Vec<u32>>,
}

/// A text whose windows are all read.
pub(super) struct ReadText {
    pub rows: Vec<(usize, Vec<f32>)>,
    pub share_read: f64,
    pub timings: Timings,
    reply: Reply,
}

/// How a wait can end for one who may have left.
enum Standing {
    Wanted,
    Left,
    TooLate,
}

impl Waiting {
    fn standing(&self, now: Instant) -> Standing {
        if self.reply.is_closed() {
            Standing::Left
        } else if self.deadline.0 <= now {
            Standing::TooLate
        } else {
            Standing::Wanted
        }
    }

    /// Answers with an error. A receiver that has gone needs no answer.
    fn refuse(self, error: InferenceError) {
        let _ = self.reply.send(Err(error));
    }
}

impl Totals {
    fn dropped(&mut self, standing: &Standing) {
        match standing {
            Standing::Wanted => {}
            Standing::Left => self.cancelled += 1,
            Standing::TooLate => self.expired += 1,
        }
    }
}

impl State {
    fn waiting_tokens(&self) -> usize {
        self.estimated + self.planner.tokens()
    }

    fn waiting_readings(&self) -> usize {
        self.texts.len() + self.tokenizing + self.jobs.len()
    }

    fn estimated_wait(&self) -> Duration {
        let seconds = self.waiting_tokens() as f64 / self.tokens_per_second.max(1.0);
        Duration::from_secs_f64(seconds.ceil().clamp(1.0, 60.0))
    }

    /// Drops those who left and those whose deadline has passed, before any work on them starts.
    fn drop_unwanted(&mut self, now: Instant) {
        let mut wanted = VecDeque::with_capacity(self.texts.len());
        for job in self.texts.drain(..) {
            let standing = job.waiting.standing(now);
            if matches!(standing, Standing::Wanted) {
                wanted.push_back(job);
                continue;
            }
            self.estimated -= job.estimate;
            self.totals.dropped(&standing);
            job.waiting.refuse(InferenceError::Deadline);
        }
        self.texts = wanted;
        let unwanted: Vec<JobId> = self
            .jobs
            .iter()
            .filter(|(_, job)| !matches!(job.waiting.standing(now), Standing::Wanted))
            .map(|(id, _)| *id)
            .collect();
        for id in unwanted {
            self.planner.remove(id);
            if let Some(job) = self.jobs.remove(&id) {
                self.totals.dropped(&job.waiting.standing(now));
                job.waiting.refuse(InferenceError::Deadline);
            }
        }
    }

    fn turn_all_away(&mut self) {
        for job in self.texts.drain(..) {
            self.estimated -= job.estimate;
            job.waiting.refuse(InferenceError::Stopped);
        }
        self.planner = BatchPlanner::default();
        for (_, job) in self.jobs.drain() {
            job.waiting.refuse(InferenceError::Stopped);
        }
    }
}

impl Shared {
    pub fn new(readers: [Reader; 2], config: InferenceConfig) -> Shared {
        Shared {
            readers,
            config,
            state: Mutex::default(),
            texts_waiting: Condvar::new(),
            windows_waiting: Condvar::new(),
            threads: watch::Sender::new(0),
            warm: AtomicBool::new(false),
        }
    }

    /// Nothing that can panic runs under this lock but arithmetic on our own counts; a poisoned one is used as it is.
    fn lock(&self) -> MutexGuard<'_, State> {
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
            while let Some(job) = state.texts.pop_front() {
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

    /// From now on nothing is admitted; from `at` on nothing new is begun.
    pub fn stop_at(&self, at: Instant) {
        let mut state = self.lock();
        state.stop = Some(state.stop.map_or(at, |before| before.min(at)));
        drop(state);
        self.texts_waiting.notify_all();
        self.windows_waiting.notify_all();
    }

    pub fn turn_all_away(&self) {
        self.lock().turn_all_away();
    }

    /// Waits until every thread has ended.
    pub async fn ended(&self) {
        // An error would mean that the sender, which is ours, is gone.
        let _ = self.threads.subscribe().wait_for(|running| *running == 0).await;
    }

    pub fn set_warm(&self) {
        self.warm.store(true, Ordering::Release);
    }

    pub fn estimated_wait(&self) -> Duration {
        self.lock().estimated_wait()
    }

    pub fn stats(&self) -> EngineStats {
        let state = self.lock();
        EngineStats {
            ready: self.warm.load(Ordering::Acquire) && !state.threads_lost && state.stop.is_none(),
            waiting_readings: state.waiting_readings(),
            waiting_windows: state.planner.windows(),
            waiting_tokens: state.waiting_tokens(),
            tokens_per_second: state.tokens_per_second,
            totals: state.totals,
        }
    }
}

impl State {
    fn count_batch(&mut self, batch: &Batch, forward: Duration) {
        self.totals.batches += 1;
        self.totals.windows += batch.windows.len() as u64;
        self.totals.tokens += batch.tokens as u64;
        self.totals.forward += forward;
        let pace = batch.tokens as f64 / forward.as_secs_f64().max(1e-6);
        // The mean of the last twenty batches or so.
        let share = if self.tokens_per_second == 0.0 { 1.0 } else { 0.05 };
        self.tokens_per_second += share * (pace - self.tokens_per_second);
    }
}

/// Starts a named thread that works on what is shared.
pub(super) fn spawn(shared: &Arc<Shared>, name: String, run: fn(&Shared)) -> std::io::Result<()> {
    shared.threads.send_modify(|running| *running += 1);
    let guard = Running(Arc::clone(shared));
    std::thread::Builder::new().name(name).spawn(move || run(&guard.0))?;
    Ok(())
}

/// Counts a thread out, however it ends. One that is lost while the engine runs takes the engine with it: a request that
/// nobody will read must not wait.
struct Running(Arc<Shared>);

impl Drop for Running {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        if state.stop.is_none() {
            state.threads_lost = true;
            state.stop = Some(Instant::now());
            state.turn_all_away();
        }
        drop(state);
        self.0.texts_waiting.notify_all();
        self.0.windows_waiting.notify_all();
        self.0.threads.send_modify(|running| *running -= 1);
    }
}
