//! The texts and windows that wait, and the counts of all that went before. No thread, no lock.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::jobs::{Pass, Standing, WindowJob};
use super::pace::Pace;
use super::queue::{Batch, BatchPlanner, JobId};
use super::texts::Texts;
use super::{InferenceError, Totals};

/// How often all that waits is looked through for those who left. Each batch's own windows are looked at every time, so
/// this bounds memory, not work done in vain.
const SWEEP: Duration = Duration::from_millis(100);

#[derive(Default)]
pub(super) struct State {
    pub next_id: JobId,
    pub texts: Texts,
    /// Texts in the hands of a tokenizer thread.
    pub tokenizing: usize,
    /// The estimated tokens of all texts that are not windows yet.
    pub estimated: usize,
    pub planner: BatchPlanner,
    pub jobs: HashMap<JobId, WindowJob>,
    pub swept: Option<Instant>,
    pub stop: Option<Instant>,
    pub threads_lost: bool,
    pub pace: Pace,
    pub totals: Totals,
}

impl State {
    pub fn waiting_tokens(&self) -> usize {
        self.estimated + self.planner.tokens()
    }

    pub fn waiting_readings(&self) -> usize {
        self.texts.len() + self.tokenizing + self.jobs.len()
    }

    pub fn estimated_wait(&self) -> Duration {
        self.pace.wait(self.waiting_tokens())
    }

    /// [`State::drop_unwanted`], if it has not been done for a while.
    pub fn sweep(&mut self, now: Instant) {
        if self.swept.is_none_or(|swept| now.saturating_duration_since(swept) >= SWEEP) {
            self.drop_unwanted(now);
        }
    }

    /// Drops those who left and those whose deadline has passed. Looks at everything that waits.
    pub fn drop_unwanted(&mut self, now: Instant) {
        self.swept = Some(now);
        for job in self.texts.take_out_unless(|job| matches!(job.waiting.standing(now), Standing::Wanted)) {
            self.estimated -= job.estimate;
            self.totals.dropped(&job.waiting.standing(now));
            job.waiting.refuse(InferenceError::Deadline);
        }
        let unwanted: Vec<JobId> = self
            .jobs
            .iter()
            .filter(|(_, job)| !matches!(job.waiting.standing(now), Standing::Wanted))
            .map(|(id, _)| *id)
            .collect();
        for id in unwanted {
            self.drop_job(id, now);
        }
    }

    fn drop_job(&mut self, id: JobId, now: Instant) {
        self.planner.remove(id);
        if let Some(job) = self.jobs.remove(&id) {
            self.totals.dropped(&job.waiting.standing(now));
            job.waiting.refuse(InferenceError::Deadline);
        }
    }

    /// The next batch, without the windows of those who left or whose deadline has passed: no work on them starts.
    pub fn next_batch(&mut self, budget: usize, now: Instant) -> Option<Batch> {
        loop {
            let mut batch = self.planner.next_batch(budget)?;
            let mut last = None;
            for (id, _) in &batch.windows {
                let seen = last.replace(*id) == Some(*id);
                let job = self.jobs.get(id).filter(|_| !seen);
                if job.is_some_and(|job| !matches!(job.waiting.standing(now), Standing::Wanted)) {
                    self.drop_job(*id, now);
                }
            }
            batch.windows.retain(|(id, _)| self.jobs.contains_key(id));
            if !batch.windows.is_empty() {
                return Some(batch);
            }
        }
    }

    pub fn turn_all_away(&mut self) {
        for job in self.texts.take_out_unless(|_| false) {
            self.estimated -= job.estimate;
            job.waiting.refuse(InferenceError::Stopped);
        }
        self.planner = BatchPlanner::default();
        for (_, job) in self.jobs.drain() {
            job.waiting.refuse(InferenceError::Stopped);
        }
    }

    pub fn count_pass(&mut self, pass: &Pass) {
        self.totals.reused += pass.reused as u64;
        if pass.windows == 0 {
            return;
        }
        self.totals.batches += 1;
        self.totals.windows += pass.windows as u64;
        self.totals.tokens += pass.tokens as u64;
        self.totals.forward += pass.forward;
    }
}
