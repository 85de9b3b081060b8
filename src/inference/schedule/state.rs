//! Waiting texts and windows, and the totals. Plain data behind one lock.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::inference::error::InferenceError;
use crate::inference::stats::Totals;

use super::jobs::{Pass, Standing, WindowJob};
use super::pace::Pace;
use super::planner::{Batch, BatchPlanner, JobId};
use super::texts::Texts;

/// How often all waiting work is searched for canceled and expired requests. Each batch is checked again before it is
/// read, so this limits memory, not wasted computation.
const SWEEP_INTERVAL: Duration = Duration::from_millis(100);

#[derive(Default)]
pub(super) struct State {
    pub next_id: JobId,
    pub texts: Texts,
    /// Texts that a tokenizer thread is working on.
    pub tokenizing: usize,
    /// Estimated tokens of all texts that are not windows yet.
    pub estimated: usize,
    pub planner: BatchPlanner,
    pub jobs: HashMap<JobId, WindowJob>,
    pub last_sweep: Option<Instant>,
    /// Once the engine is stopping, when to begin no new work.
    pub stop: Option<Instant>,
    pub thread_died: bool,
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

    /// Whether the time to stop beginning new work has come.
    pub fn has_stopped(&self, now: Instant) -> bool {
        self.stop.is_some_and(|at| at <= now)
    }

    /// Drops canceled and expired requests, at most once per [`SWEEP_INTERVAL`]: it searches everything that waits.
    pub fn sweep(&mut self, now: Instant) {
        if self.last_sweep.is_some_and(|last| now.saturating_duration_since(last) < SWEEP_INTERVAL) {
            return;
        }
        self.last_sweep = Some(now);
        for job in self.texts.extract(|job| job.caller.standing(now) != Standing::Wanted) {
            self.estimated -= job.estimate;
            self.count_dropped(job.caller.standing(now));
            job.caller.refuse(InferenceError::Deadline);
        }
        let unwanted: Vec<JobId> = self
            .jobs
            .iter()
            .filter(|(_, job)| job.caller.standing(now) != Standing::Wanted)
            .map(|(id, _)| *id)
            .collect();
        for id in unwanted {
            self.drop_job(id, now);
        }
    }

    fn drop_job(&mut self, id: JobId, now: Instant) {
        self.planner.remove(id);
        if let Some(job) = self.jobs.remove(&id) {
            self.count_dropped(job.caller.standing(now));
            job.caller.refuse(InferenceError::Deadline);
        }
    }

    /// Counts a reading that is dropped before it is complete.
    pub fn count_dropped(&mut self, standing: Standing) {
        match standing {
            Standing::Wanted => {}
            Standing::Cancelled => self.totals.cancelled += 1,
            Standing::Expired => self.totals.expired += 1,
        }
    }

    /// The next batch, without windows of canceled and expired requests.
    pub fn next_batch(&mut self, budget: usize, now: Instant) -> Option<Batch> {
        loop {
            let mut batch = self.planner.next_batch(budget)?;
            let mut last = None;
            for (id, _) in &batch.windows {
                let seen = last.replace(*id) == Some(*id);
                let job = self.jobs.get(id).filter(|_| !seen);
                if job.is_some_and(|job| job.caller.standing(now) != Standing::Wanted) {
                    self.drop_job(*id, now);
                }
            }
            batch.windows.retain(|(id, _)| self.jobs.contains_key(id));
            if !batch.windows.is_empty() {
                return Some(batch);
            }
        }
    }

    /// Refuses everything that waits, because the engine has stopped.
    pub fn refuse_all(&mut self) {
        for job in self.texts.extract(|_| true) {
            self.estimated -= job.estimate;
            job.caller.refuse(InferenceError::Stopped);
        }
        self.planner = BatchPlanner::default();
        for (_, job) in self.jobs.drain() {
            job.caller.refuse(InferenceError::Stopped);
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
