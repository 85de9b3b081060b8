//! The order in which windows are read: fair between requests and models, window by window.
//!
//! The rule is the fair sojourn protocol (E. Friedman and S. Henderson, "Fairness and efficiency in web server protocols",
//! SIGMETRICS 2003). A round robin that gives every waiting job an equal share of the model is played on paper, and the
//! windows are read in the order in which jobs would end there. So a job ends no later than it would in turns (but for the
//! one batch under way), and equal jobs end one after another instead of all at the very end. A huge text cannot hold
//! up a small one, nor can a stream of small ones starve it. A job may weigh more than others: it then gets so many turns
//! where another gets one. Pure: no thread, no clock, no channel.
//!
//! On paper the windows whose logits are known count as the others do, so that both readings of a text end together
//! however much of each is known: were a job as long as what is left of it, the model that knows more would go first,
//! come to know still more, and be done with everybody before the other begins.

use crate::personality::ModelKind;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// One text for one model. Numbers are given out in the order of arrival and never again.
pub type JobId = u64;

/// Windows to read in one pass of one model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The model that reads them.
    pub model: ModelKind,
    /// Whose windows they are, and each one's place among that job's windows.
    pub windows: Vec<(JobId, usize)>,
    /// Their lengths summed, special tokens included.
    pub tokens: usize,
}

/// Plans batches. Knows windows by their lengths only.
#[derive(Debug, Default)]
pub struct BatchPlanner {
    jobs: HashMap<JobId, Job>,
    /// Each model's jobs with windows left, by when the round robin on paper ends them: apart, so that a batch never walks
    /// past the other model's.
    orders: [BTreeSet<(Tag, JobId)>; 2],
    /// Jobs that the round robin on paper has not ended yet, whether they have windows left or not, with their weights.
    on_paper: BTreeMap<(Tag, JobId), Tag>,
    /// Their weights summed.
    weights: Tag,
    /// The first job that the last batch passed over because it is the other model's. Its model is next.
    passed_over: Option<(Tag, JobId)>,
    /// What each job of weight 1 in the round robin on paper has been given since the start.
    progress: Tag,
    windows: usize,
    tokens: usize,
}

#[derive(Debug)]
struct Job {
    model: ModelKind,
    lengths: Vec<usize>,
    known: usize,
    next: usize,
    taken: usize,
    arrived: Tag,
    ends: Tag,
    weight: Tag,
}

/// Tokens in units of 2^-32, so that shares of a token add up.
type Tag = u128;
const TOKEN: Tag = 1 << 32;

impl BatchPlanner {
    /// Adds a job of this weight. `lengths` are its windows' lengths in tokens, special tokens included, and `known` the
    /// tokens of those that need not be read. A job without windows to read, or one whose number is taken, is not added.
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
        self.on_paper.insert((ends, id), weight);
        self.weights += weight;
        self.jobs.insert(id, Job { model, lengths, known, next: 0, taken: 0, arrived, ends, weight });
    }

    /// The windows to read next: those of one model, `budget` tokens at most, but always at least one window.
    pub fn next_batch(&mut self, budget: usize) -> Option<Batch> {
        let due = self.passed_over.take().filter(|key| self.orders.iter().any(|order| order.contains(key)));
        let firsts = self.orders.iter().filter_map(|order| order.first().copied());
        let lead = due.or_else(|| firsts.min())?;
        let model = self.jobs.get(&lead.1)?.model;
        let mut batch = Batch { model, windows: Vec::new(), tokens: 0 };
        let mut ended = Vec::new();
        // Where the batch was full; none if it holds all that its model had.
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
        let mut given = batch.tokens;
        for key in ended {
            self.orders[model.index()].remove(&key);
            given += self.jobs.remove(&key.1).map_or(0, |job| job.known);
        }
        self.windows -= batch.windows.len();
        self.tokens -= batch.tokens;
        self.advance(given);
        Some(batch)
    }

    /// Forgets a job's windows that are still waiting. Whether there were any.
    pub fn remove(&mut self, id: JobId) -> bool {
        let Some(job) = self.jobs.remove(&id) else { return false };
        self.windows -= job.lengths.len() - job.next;
        self.tokens -= job.lengths[job.next..].iter().sum::<usize>();
        self.orders[job.model.index()].remove(&(job.ends, id));
        // What it was given ahead of its turn stays on paper until it is paid for: otherwise whoever comes next would
        // count as having waited longer than those already here.
        self.weights -= self.on_paper.remove(&(job.ends, id)).unwrap_or_default();
        let paid = job.arrived + job.taken as Tag * TOKEN / job.weight;
        if paid > self.progress {
            self.on_paper.insert((paid, id), job.weight);
            self.weights += job.weight;
        }
        self.settle();
        true
    }

    /// Plays the round robin on paper for as long as it takes to read this many tokens.
    fn advance(&mut self, tokens: usize) {
        let mut given = tokens as Tag * TOKEN;
        while let Some(first) = self.on_paper.first_entry() {
            let ends = first.key().0;
            let until_first_ends = ends.saturating_sub(self.progress) * self.weights;
            if given < until_first_ends {
                self.progress += given / self.weights;
                break;
            }
            given -= until_first_ends;
            self.progress = self.progress.max(ends);
            self.weights -= first.remove();
        }
        self.settle();
    }

    fn settle(&mut self) {
        if self.is_empty() {
            self.on_paper.clear();
            self.weights = 0;
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
        self.orders.iter().all(BTreeSet::is_empty)
    }
}

#[cfg(test)]
mod tests;
