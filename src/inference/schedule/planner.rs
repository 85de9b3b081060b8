//! The order in which windows are read: fair between requests and between models, window by window.
//!
//! The rule is the fair sojourn protocol (E. Friedman and S. Henderson, "Fairness and efficiency in web server
//! protocols", SIGMETRICS 2003). A virtual round robin gives every waiting job an equal share of the model. Real
//! windows are read in the order in which jobs end there. So a job ends no later than it would if jobs took turns
//! (apart from the batch in progress), and equal jobs end one after another instead of all at the very end. A huge text
//! cannot hold up a small one, and a stream of small ones cannot starve it. A job of weight 16 gets 16 virtual turns
//! for every turn of a job of weight 1. Pure: no thread, no clock, no channel.
//!
//! Windows whose logits are cached count in the round robin as well, so that both readings of a text end together even
//! if more of one is cached. If only uncached windows counted, the model with more of them cached would go first for
//! every job, cache still more, and finish all its jobs before the other model begins.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::personality::ModelKind;

/// One text for one model. Numbers increase in the order of arrival and are never used twice.
pub(super) type JobId = u64;

/// Windows to read in one pass of one model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Batch {
    pub model: ModelKind,
    /// Each window's job, and its index among the windows of that job.
    pub windows: Vec<(JobId, usize)>,
    /// Sum of their lengths, special tokens included.
    pub tokens: usize,
}

/// Plans batches from the lengths of windows alone.
#[derive(Debug, Default)]
pub(super) struct BatchPlanner {
    jobs: HashMap<JobId, Job>,
    /// For each model its jobs with windows left, by their virtual end. One set per model, so that forming a batch never
    /// walks past the other model's jobs.
    orders: [BTreeSet<(Tag, JobId)>; 2],
    /// Jobs that have not ended in the virtual round robin, with their weights. They may have no windows left.
    unfinished: BTreeMap<(Tag, JobId), Tag>,
    /// Sum of those weights.
    weights: Tag,
    /// The other model's first job that the last batch passed over. Its model is next.
    passed_over: Option<(Tag, JobId)>,
    /// The virtual service that a job of weight 1 would have received since the start.
    progress: Tag,
    windows: usize,
    tokens: usize,
}

#[derive(Debug)]
struct Job {
    model: ModelKind,
    lengths: Vec<usize>,
    /// Tokens whose logits are cached.
    known: usize,
    /// Index of the next window to read.
    next: usize,
    /// Tokens read so far.
    taken: usize,
    /// Virtual time of arrival.
    arrived: Tag,
    /// Virtual time at which the round robin ends it.
    ends: Tag,
    weight: Tag,
}

/// Virtual time and service, in tokens of 2^-32 each: fine enough that fractions of a token add up.
type Tag = u128;
const TOKEN: Tag = 1 << 32;

impl BatchPlanner {
    /// Adds a job. `lengths` are the tokens of each window to read, special tokens included; `known` is the number of
    /// tokens whose logits are cached. Ignores a job without windows, or one whose number is taken.
    pub fn push(&mut self, id: JobId, model: ModelKind, lengths: Vec<usize>, known: usize, weight: u32) {
        if lengths.is_empty() || self.jobs.contains_key(&id) {
            return;
        }
        let weight = Tag::from(weight.max(1));
        let size: usize = lengths.iter().sum();
        self.windows += lengths.len();
        self.tokens += size;
        let arrived = self.progress;
        let ends = arrived + (size + known) as Tag * TOKEN / weight;
        self.orders[model.index()].insert((ends, id));
        self.unfinished.insert((ends, id), weight);
        self.weights += weight;
        self.jobs.insert(id, Job { model, lengths, known, next: 0, taken: 0, arrived, ends, weight });
    }

    /// The windows to read next, all of one model: at least one, and beyond that at most `budget` tokens.
    pub fn next_batch(&mut self, budget: usize) -> Option<Batch> {
        let due = self.passed_over.take().filter(|key| self.orders.iter().any(|order| order.contains(key)));
        let firsts = self.orders.iter().filter_map(|order| order.first().copied());
        let lead = due.or_else(|| firsts.min())?;
        let model = self.jobs.get(&lead.1)?.model;
        let mut batch = Batch { model, windows: Vec::new(), tokens: 0 };
        let mut ended = Vec::new();
        // The job that did not fit into the batch; `None` if the batch holds all of its model's windows.
        let mut full_at = None;
        'jobs: for key in &self.orders[model.index()] {
            let Some(job) = self.jobs.get_mut(&key.1) else { continue };
            while let Some(&length) = job.lengths.get(job.next) {
                if !batch.windows.is_empty() && batch.tokens + length > budget {
                    full_at = Some(*key);
                    break 'jobs;
                }
                batch.windows.push((key.1, job.next));
                batch.tokens += length;
                job.next += 1;
                job.taken += length;
            }
            ended.push(*key);
        }
        let other = self.orders[1 - model.index()].first().copied();
        self.passed_over = other.filter(|key| full_at.is_none_or(|full| *key < full));
        let mut served = batch.tokens;
        for key in ended {
            self.orders[model.index()].remove(&key);
            served += self.jobs.remove(&key.1).map_or(0, |job| job.known);
        }
        self.windows -= batch.windows.len();
        self.tokens -= batch.tokens;
        self.advance(served);
        Some(batch)
    }

    /// Removes a job. Returns whether it had windows waiting.
    pub fn remove(&mut self, id: JobId) -> bool {
        let Some(job) = self.jobs.remove(&id) else { return false };
        self.windows -= job.lengths.len() - job.next;
        self.tokens -= job.lengths[job.next..].iter().sum::<usize>();
        self.orders[job.model.index()].remove(&(job.ends, id));
        // A job that was read ahead of its virtual turns stays in the round robin until its turns have passed.
        // Otherwise the next job to arrive would be placed ahead of those that are waiting.
        self.weights -= self.unfinished.remove(&(job.ends, id)).unwrap_or_default();
        let served_until = job.arrived + job.taken as Tag * TOKEN / job.weight;
        if served_until > self.progress {
            self.unfinished.insert((served_until, id), job.weight);
            self.weights += job.weight;
        }
        self.settle();
        true
    }

    /// Advances the virtual round robin by this many tokens.
    fn advance(&mut self, tokens: usize) {
        let mut left = tokens as Tag * TOKEN;
        while let Some(first) = self.unfinished.first_entry() {
            let ends = first.key().0;
            let until_first_ends = ends.saturating_sub(self.progress) * self.weights;
            if left < until_first_ends {
                self.progress += left / self.weights;
                break;
            }
            left -= until_first_ends;
            self.progress = self.progress.max(ends);
            self.weights -= first.remove();
        }
        self.settle();
    }

    /// Resets the round robin once nothing waits.
    fn settle(&mut self) {
        if self.is_empty() {
            self.unfinished.clear();
            self.weights = 0;
        }
    }

    /// Number of windows waiting.
    pub fn windows(&self) -> usize {
        self.windows
    }

    /// Number of tokens waiting, special tokens included.
    pub fn tokens(&self) -> usize {
        self.tokens
    }

    pub fn is_empty(&self) -> bool {
        self.orders.iter().all(BTreeSet::is_empty)
    }
}

#[cfg(test)]
mod tests;
