//! The order in which windows are read: fair between requests and models, window by window.
//!
//! The rule is the fair sojourn protocol (E. Friedman and S. Henderson, "Fairness and efficiency in web server protocols",
//! SIGMETRICS 2003). A round robin that gives every waiting job an equal share of the model is played on paper, and the
//! windows are read in the order in which jobs would end there. So a job ends no later than it would in turns (but for the
//! one batch under way), and equal jobs end one after another instead of all at the very end. A huge text cannot hold
//! up a small one, nor can a stream of small ones starve it. Pure: no thread, no clock, no channel.

use std::collections::{BTreeSet, HashMap};

use super::Which;

/// One text for one model. Numbers are given out in the order of arrival and never again.
pub type JobId = u64;

/// Windows to read in one pass of one model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The model that reads them.
    pub model: Which,
    /// Whose windows they are, and each one's place among that job's windows.
    pub windows: Vec<(JobId, usize)>,
    /// Their lengths summed, special tokens included.
    pub tokens: usize,
}

/// Plans batches. Knows windows by their lengths only.
#[derive(Debug, Default)]
pub struct BatchPlanner {
    jobs: HashMap<JobId, Job>,
    /// Jobs with windows left, by when the round robin on paper ends them.
    order: BTreeSet<(Tag, JobId)>,
    /// Jobs that the round robin on paper has not ended yet, whether they have windows left or not.
    on_paper: BTreeSet<(Tag, JobId)>,
    /// The first job that the last batch passed over because it is the other model's. Its model is next.
    passed_over: Option<(Tag, JobId)>,
    /// What each job in the round robin on paper has been given since the start.
    progress: Tag,
    windows: usize,
    tokens: usize,
}

#[derive(Debug)]
struct Job {
    model: Which,
    lengths: Vec<usize>,
    next: usize,
    taken: usize,
    arrived: Tag,
    ends: Tag,
}

/// Tokens in units of 2^-32, so that shares of a token add up.
type Tag = u128;
const TOKEN: Tag = 1 << 32;

impl BatchPlanner {
    /// Adds a job. `lengths` are its windows' lengths in tokens, special tokens included. A job without windows, or one
    /// whose number is taken, is not added.
    pub fn push(&mut self, id: JobId, model: Which, lengths: Vec<usize>) {
        if lengths.is_empty() || self.jobs.contains_key(&id) {
            return;
        }
        let size: usize = lengths.iter().sum();
        self.windows += lengths.len();
        self.tokens += size;
        let ends = self.progress + size as Tag * TOKEN;
        self.order.insert((ends, id));
        self.on_paper.insert((ends, id));
        self.jobs.insert(id, Job { model, lengths, next: 0, taken: 0, arrived: self.progress, ends });
    }

    /// The windows to read next: those of one model, `budget` tokens at most, but always at least one window.
    pub fn next_batch(&mut self, budget: usize) -> Option<Batch> {
        let due = self.passed_over.take().filter(|key| self.order.contains(key));
        let lead = due.or_else(|| self.order.first().copied())?;
        let model = self.jobs.get(&lead.1)?.model;
        let mut batch = Batch { model, windows: Vec::new(), tokens: 0 };
        let mut ended = Vec::new();
        'jobs: for key in &self.order {
            let Some(job) = self.jobs.get_mut(&key.1) else { continue };
            if job.model != model {
                self.passed_over.get_or_insert(*key);
                continue;
            }
            while let Some(&length) = job.lengths.get(job.next) {
                if !batch.windows.is_empty() && batch.tokens + length > budget {
                    break 'jobs;
                }
                batch.windows.push((key.1, job.next));
                batch.tokens += length;
                job.next += 1;
                job.taken += length;
            }
            ended.push(*key);
        }
        for key in ended {
            self.order.remove(&key);
            self.jobs.remove(&key.1);
        }
        self.windows -= batch.windows.len();
        self.tokens -= batch.tokens;
        self.advance(batch.tokens);
        Some(batch)
    }

    /// Forgets a job's windows that are still waiting. Whether there were any.
    pub fn remove(&mut self, id: JobId) -> bool {
        let Some(job) = self.jobs.remove(&id) else { return false };
        self.windows -= job.lengths.len() - job.next;
        self.tokens -= job.lengths[job.next..].iter().sum::<usize>();
        self.order.remove(&(job.ends, id));
        // What it was given ahead of its turn stays on paper until it is paid for: otherwise whoever comes next would
        // count as having waited longer than those already here.
        self.on_paper.remove(&(job.ends, id));
        let paid = job.arrived + job.taken as Tag * TOKEN;
        if paid > self.progress {
            self.on_paper.insert((paid, id));
        }
        self.settle();
        true
    }

    /// Plays the round robin on paper for as long as it takes to read this many tokens.
    fn advance(&mut self, tokens: usize) {
        let mut given = tokens as Tag * TOKEN;
        while let Some(&first) = self.on_paper.first() {
            let sharers = self.on_paper.len() as Tag;
            let until_first_ends = first.0.saturating_sub(self.progress) * sharers;
            if given < until_first_ends {
                self.progress += given / sharers;
                break;
            }
            given -= until_first_ends;
            self.progress = self.progress.max(first.0);
            self.on_paper.remove(&first);
        }
        self.settle();
    }

    fn settle(&mut self) {
        if self.order.is_empty() {
            self.on_paper.clear();
        }
    }

    /// Windows waiting.
    pub fn windows(&self) -> usize {
        self.windows
    }

    /// Tokens waiting, special tokens included.
    pub fn tokens(&self) -> usize {
        self.tokens
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
}
