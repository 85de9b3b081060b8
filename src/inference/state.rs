//! The texts and windows that wait, and the counts of all that went before. No thread, no lock.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use super::jobs::{Standing, TextJob, WindowJob};
use super::queue::{Batch, BatchPlanner, JobId};
use super::{InferenceError, Totals};

#[derive(Default)]
pub(super) struct State {
    pub next_id: JobId,
    pub texts: VecDeque<TextJob>,
    /// Whether the next text to tokenize is the shortest; else the one that has waited longest.
    pub shortest_next: bool,
    /// Texts in the hands of a tokenizer thread.
    pub tokenizing: usize,
    /// The estimated tokens of all texts that are not windows yet.
    pub estimated: usize,
    pub planner: BatchPlanner,
    pub jobs: HashMap<JobId, WindowJob>,
    pub stop: Option<Instant>,
    pub threads_lost: bool,
    pub tokens_per_second: f64,
    pub totals: Totals,
}

impl State {
    pub fn waiting_tokens(&self) -> usize {
        self.estimated + self.planner.tokens()
    }

    pub fn waiting_readings(&self) -> usize {
        self.texts.len() + self.tokenizing + self.jobs.len()
    }

    /// The text to tokenize next. Short ones come first, for they are done in no time, but every second turn is that of
    /// whoever has waited longest, so that no stream of short ones starves a long one.
    pub fn take_text(&mut self) -> Option<TextJob> {
        self.shortest_next = !self.shortest_next;
        let shortest = || self.texts.iter().enumerate().min_by_key(|(_, job)| job.bytes_left);
        let place = if self.shortest_next { shortest()?.0 } else { 0 };
        self.texts.remove(place)
    }

    pub fn estimated_wait(&self) -> Duration {
        let seconds = self.waiting_tokens() as f64 / self.tokens_per_second.max(1.0);
        Duration::from_secs_f64(seconds.ceil().clamp(1.0, 60.0))
    }

    /// Drops those who left and those whose deadline has passed, before any work on them starts.
    pub fn drop_unwanted(&mut self, now: Instant) {
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

    pub fn turn_all_away(&mut self) {
        for job in self.texts.drain(..) {
            self.estimated -= job.estimate;
            job.waiting.refuse(InferenceError::Stopped);
        }
        self.planner = BatchPlanner::default();
        for (_, job) in self.jobs.drain() {
            job.waiting.refuse(InferenceError::Stopped);
        }
    }

    pub fn count_batch(&mut self, batch: &Batch, forward: Duration) {
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
