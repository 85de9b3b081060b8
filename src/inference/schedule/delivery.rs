//! Takes batches out, and delivers logits and readings.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use crate::inference::error::InferenceError;
use crate::inference::reading::{Timings, conclude};

use super::jobs::{Pass, ReadText, Work};
use super::planner::Batch;
use super::shared::Shared;

impl Shared {
    /// Waits for the next batch; `None` once the engine has stopped and nothing is left.
    pub(super) fn next_work(&self) -> Option<Work> {
        let mut state = self.lock();
        loop {
            let now = Instant::now();
            if state.has_stopped(now) {
                state.refuse_all();
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

    /// Stores a batch's logits, one row per window. Returns the texts that are now complete.
    pub(super) fn deliver(&self, work: &Work, rows: Vec<Vec<f32>>, pass: &Pass) -> Vec<ReadText> {
        let tokens = work.windows.iter().map(|window| window.ids.len()).sum();
        let mut state = self.lock();
        state.count_pass(pass);
        if pass.windows > 0 {
            // Includes the tokens of cached windows, since they waited as well.
            state.pace.count(tokens, pass.forward, self.config.batch_tokens);
        }
        let mut complete = Vec::new();
        let mut last = None;
        for (((id, _), window), row) in work.batch.windows.iter().zip(&work.windows).zip(rows) {
            // A request canceled meanwhile has no job.
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
                complete.extend(state.jobs.remove(id));
            }
        }
        drop(state);
        let now = Instant::now();
        complete.into_iter().map(|job| job.into_read(now)).collect()
    }

    /// Turns a text's logits into its reading and sends it.
    pub(super) fn answer(&self, text: ReadText) {
        let model = &**self.models.get(text.which);
        let conclude = || conclude(model, &text.rows, text.cut, text.timings);
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
        // A send error is ignored, since the caller may be gone by now.
        let _ = text.reply.send(result);
    }

    /// Fails every text with a window in this batch, and no other.
    pub(super) fn fail_batch(&self, batch: &Batch, error: &InferenceError, panicked: bool, pass: &Pass) {
        let mut state = self.lock();
        state.count_pass(pass);
        state.totals.panics += u64::from(panicked);
        for (id, _) in &batch.windows {
            state.planner.remove(*id);
            if let Some(job) = state.jobs.remove(id) {
                state.totals.failed += 1;
                job.caller.refuse(error.clone());
            }
        }
    }
}
