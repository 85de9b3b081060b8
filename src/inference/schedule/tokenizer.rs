//! A tokenizer thread: one step of one text, then one step of the next.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::inference::error::InferenceError;
use crate::inference::prepared::{Cut, Prepared, Readable};
use crate::inference::window::encoding_steps;
use crate::models::{ModelError, Windows};
use crate::personality::ModelKind;

use super::jobs::{ReadText, Standing, TextJob, Window, WindowJob};
use super::reuse::{Key, Reuse};
use super::shared::Shared;

/// Tokenizes texts until the engine stops. A panic fails the text that caused it and no other.
pub(super) fn run(shared: &Shared) {
    while let Some(mut job) = shared.next_text() {
        let start = Instant::now();
        let step = catch_unwind(AssertUnwindSafe(|| advance(shared, &mut job)));
        let spent = start.elapsed();
        job.tokenize += spent;
        match step {
            Ok(Ok(None)) => shared.put_back(job, spent),
            Ok(Ok(Some(prepared))) => {
                if let Some(read) = shared.plan_windows(job, prepared, spent) {
                    shared.answer(read);
                }
            }
            Ok(Err(error)) => shared.fail_text(job, InferenceError::Model(Arc::new(error)), false),
            Err(_) => {
                tracing::error!(model = %job.caller.which, bytes = job.text.len(), "the tokenizer panicked");
                shared.fail_text(job, InferenceError::Panicked, true);
            }
        }
    }
}

/// Tokenizes the next step of a text. After the last step, returns its windows.
fn advance(shared: &Shared, job: &mut TextJob) -> Result<Option<Prepared>, ModelError> {
    let model = &**shared.models.get(job.caller.which);
    let readable = job.readable.get_or_insert_with(|| Readable::new(model, Arc::clone(&job.text)));
    let text = readable.text();
    let steps = job.steps.get_or_insert_with(|| encoding_steps(text).into());
    if let Some(step) = steps.pop_front() {
        let start = step.start;
        job.bytes_left = text.len() - step.end;
        let piece = model.encode(&text[step])?;
        job.encoding.ids.extend(piece.ids);
        job.encoding.offsets.extend(piece.offsets.into_iter().map(|o| o.start + start..o.end + start));
    }
    if !steps.is_empty() {
        return Ok(None);
    }
    Ok(Some(Prepared::new(model, readable, &job.encoding, &shared.config.known)))
}

impl Shared {
    /// Waits for the text to tokenize next; `None` once the engine has stopped and none is left.
    fn next_text(&self) -> Option<TextJob> {
        let mut state = self.lock();
        loop {
            let now = Instant::now();
            if state.has_stopped(now) {
                state.refuse_all();
                return None;
            }
            while let Some(job) = state.texts.take() {
                let standing = job.caller.standing(now);
                if standing == Standing::Wanted {
                    state.tokenizing += 1;
                    return Some(job);
                }
                state.estimated -= job.estimate;
                state.count_dropped(standing);
                job.caller.refuse(InferenceError::Deadline);
            }
            if state.stop.is_some() && state.tokenizing == 0 {
                return None;
            }
            state = self.wait(&self.texts_waiting, state);
        }
    }

    /// Puts a text with steps left at the end of the line.
    fn put_back(&self, job: TextJob, spent: Duration) {
        let mut state = self.lock();
        state.tokenizing -= 1;
        state.totals.tokenize += spent;
        state.texts.push(job);
        drop(state);
        self.texts_waiting.notify_one();
    }

    /// Hands a text's windows to the planner, except those whose logits are cached. Returns the text if all of them are.
    fn plan_windows(&self, job: TextJob, prepared: Prepared, spent: Duration) -> Option<ReadText> {
        let which = job.caller.which;
        let found = self.look_up(which, prepared);
        let lengths: Vec<usize> = found.unread.iter().map(|window| window.ids.len()).collect();
        let now = Instant::now();
        let mut state = self.lock();
        state.tokenizing -= 1;
        state.estimated -= job.estimate;
        state.totals.tokenize += spent;
        state.totals.reused += (found.rows.len() - found.unread.len()) as u64;
        if state.has_stopped(now) {
            job.caller.refuse(InferenceError::Stopped);
            return None;
        }
        let weight = job.caller.weight;
        let planned = WindowJob {
            caller: job.caller,
            unread: found.unread.len(),
            windows: found.unread,
            rows: found.rows,
            cut: found.cut,
            tokenize: job.tokenize,
            forward: Duration::ZERO,
        };
        if planned.unread == 0 {
            return Some(planned.into_read(now));
        }
        state.planner.push(job.id, which, lengths, found.known_tokens, weight);
        state.jobs.insert(job.id, planned);
        drop(state);
        self.windows_waiting.notify_all();
        None
    }

    /// Looks each window up in the cache.
    fn look_up(&self, which: ModelKind, prepared: Prepared) -> LookedUp {
        let keys = self.keys(which, &prepared.windows);
        let rows = prepared.content.into_iter().map(|tokens| (tokens, Vec::new())).collect();
        let mut found = LookedUp { rows, unread: Vec::new(), known_tokens: 0, cut: prepared.cut };
        for (place, ids) in prepared.windows.into_iter().enumerate() {
            let key = keys.as_ref().and_then(|keys| keys.get(place)).copied();
            let known = self.reuse.as_ref().zip(key).and_then(|(reuse, key)| reuse.get(&key));
            match known.zip(found.rows.get_mut(place)) {
                Some((logits, row)) => {
                    row.1 = logits.to_vec();
                    found.known_tokens += ids.len();
                }
                None => found.unread.push(Window { ids, place, key }),
            }
        }
        found
    }

    /// Each window's key in the cache. `None` if nothing is cached: the cache is off, the model's windows are packed
    /// (so that hardly any repeats), or the model has no identity.
    fn keys(&self, which: ModelKind, windows: &[Vec<u32>]) -> Option<Vec<Key>> {
        let model = self.models.get(which);
        self.reuse.as_ref().filter(|_| model.settings().windows == Windows::Answer)?;
        let identity = model.identity()?;
        Some(windows.iter().map(|ids| Reuse::key(which, &identity, ids)).collect())
    }

    /// Fails a text that could not be tokenized.
    fn fail_text(&self, job: TextJob, error: InferenceError, panicked: bool) {
        let mut state = self.lock();
        state.tokenizing -= 1;
        state.estimated -= job.estimate;
        state.totals.failed += 1;
        state.totals.panics += u64::from(panicked);
        drop(state);
        job.caller.refuse(error);
        self.windows_waiting.notify_all();
    }
}

/// A text's windows after the look-up.
struct LookedUp {
    /// For each window its content tokens and, if cached, its logits.
    rows: Vec<(usize, Vec<f32>)>,
    unread: Vec<Window>,
    /// Tokens of the windows whose logits are cached.
    known_tokens: usize,
    cut: Cut,
}
