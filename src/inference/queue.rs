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

use std::collections::{BTreeMap, BTreeSet, HashMap};

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
    model: Which,
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
    pub fn push(&mut self, id: JobId, model: Which, lengths: Vec<usize>, known: usize, weight: u32) {
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
mod tests {
    use proptest::prelude::*;

    use super::*;
    use Which::{BigFive, Mbti};

    fn planner(jobs: &[(JobId, Which, &[usize])]) -> BatchPlanner {
        let mut planner = BatchPlanner::default();
        for (id, model, lengths) in jobs {
            planner.push(*id, *model, lengths.to_vec(), 0, 1);
        }
        planner
    }

    #[test]
    fn a_window_over_the_budget_is_read_alone() {
        let mut planner = planner(&[(0, Mbti, &[900, 900, 10, 10])]);
        let batches: Vec<_> = std::iter::from_fn(|| planner.next_batch(500)).map(|b| b.windows).collect();
        assert_eq!(batches, [vec![(0, 0)], vec![(0, 1)], vec![(0, 2), (0, 3)]]);
        assert!(planner.next_batch(0).is_none());
    }

    #[test]
    fn a_small_job_goes_before_the_rest_of_a_huge_one() {
        let mut planner = planner(&[(0, Mbti, &[100; 1000])]);
        planner.next_batch(200);
        planner.push(1, Mbti, vec![50], 0, 1);
        assert_eq!(planner.next_batch(200).unwrap().windows, [(1, 0), (0, 2)]);
    }

    #[test]
    fn equal_jobs_end_one_after_another() {
        let mut planner = planner(&[(0, Mbti, &[10; 8]), (1, Mbti, &[10; 8]), (2, Mbti, &[10; 8])]);
        let order: Vec<JobId> =
            std::iter::from_fn(|| planner.next_batch(40)).flat_map(|b| b.windows).map(|w| w.0).collect();
        assert!(order.is_sorted(), "{order:?}");
    }

    #[test]
    fn a_job_that_weighs_more_waits_for_its_share_of_the_others_and_no_more() {
        let mut planner = BatchPlanner::default();
        for id in 0..160 {
            planner.push(id, Mbti, vec![10; 10], 0, 1);
        }
        // As far on as each of them is on paper after 80 have been read in truth.
        for _ in 0..80 {
            planner.next_batch(100);
        }
        planner.push(160, Mbti, vec![10; 10], 0, 16);
        planner.push(161, Mbti, vec![10; 10], 0, 1);
        let order: Vec<JobId> =
            std::iter::from_fn(|| planner.next_batch(100)).map(|batch| batch.windows[0].0).collect();
        let place = |id| order.iter().position(|found| *found == id);
        assert_eq!(order.len(), 82);
        assert!(place(160).is_some_and(|place| place <= 5), "{order:?}");
        assert_eq!(place(161), Some(81));
    }

    #[test]
    fn a_stream_of_small_jobs_does_not_starve_a_huge_one() {
        let mut planner = planner(&[(0, Mbti, &[100; 50])]);
        let mut batches = 0;
        while planner.jobs.contains_key(&0) {
            // Half as much small work arrives as the model can do.
            if batches % 2 == 0 {
                planner.push(batches + 1, Mbti, vec![100], 0, 1);
            }
            planner.next_batch(100);
            batches += 1;
            assert!(batches < 1000, "the huge job still waits");
        }
        // The other half is the huge job's: 50 of 100 batches.
        assert!((95..=105).contains(&batches), "{batches}");
    }

    #[test]
    fn the_other_model_is_next_when_it_was_passed_over() {
        // Small jobs of one model keep coming, each filling its batch up with a huge one's windows.
        let mut planner = planner(&[(0, Mbti, &[10; 10_000]), (1, BigFive, &[400])]);
        let mut batches = 0;
        for id in 2.. {
            planner.push(id, Mbti, vec![10], 0, 1);
            batches += 1;
            if planner.next_batch(500).unwrap().model == BigFive {
                break;
            }
        }
        assert_eq!(batches, 2);
    }

    #[test]
    fn both_readings_of_a_text_end_together_though_more_of_one_is_known() {
        let mut planner = BatchPlanner::default();
        for text in 0..20 {
            planner.push(2 * text, Mbti, vec![10; 3], 70, 1);
            planner.push(2 * text + 1, BigFive, vec![10; 10], 0, 1);
        }
        let order: Vec<JobId> =
            std::iter::from_fn(|| planner.next_batch(50)).flat_map(|b| b.windows).map(|w| w.0).collect();
        let end = |id| order.iter().rposition(|found| *found == id).unwrap();
        for text in 0..19 {
            // A few batches stand between them, not all of the other texts.
            assert!(end(2 * text).abs_diff(end(2 * text + 1)) <= 40, "{text}: {order:?}");
        }
    }

    #[test]
    fn a_batch_walks_past_no_job_of_the_other_model() {
        // 200,000 waiting jobs of one model, then small ones of the other: a walk past them each time would take minutes.
        let mut planner = BatchPlanner::default();
        planner.push(0, Mbti, vec![1; 2000], 0, 1);
        for id in 1..200_000 {
            planner.push(id, BigFive, vec![5000], 0, 1);
        }
        for _ in 0..4000 {
            assert!(planner.next_batch(10).is_some());
        }
    }

    #[test]
    fn a_job_without_windows_or_with_a_taken_number_is_not_added() {
        let mut planner = planner(&[(0, Mbti, &[]), (1, Mbti, &[10]), (1, Mbti, &[20])]);
        assert_eq!((planner.windows(), planner.tokens()), (1, 10));
        assert!(!planner.remove(0) && planner.remove(1) && !planner.remove(1));
        assert!(planner.is_empty() && planner.next_batch(10).is_none());
    }

    /// What happens to a planner: a job arrives, a batch is taken, a job is removed.
    #[derive(Clone, Debug)]
    enum Event {
        Push(bool, Vec<usize>, u32),
        Batch,
        Remove(usize),
    }

    fn events() -> impl Strategy<Value = Vec<Event>> {
        let event = prop_oneof![
            3 => (any::<bool>(), prop::collection::vec(1usize..60, 1..40), 0u32..20)
                .prop_map(|(model, lengths, weight)| Event::Push(model, lengths, weight)),
            4 => Just(Event::Batch),
            1 => any::<usize>().prop_map(Event::Remove),
        ];
        prop::collection::vec(event, 1..120)
    }

    proptest! {
        #[test]
        fn every_window_comes_out_once_unless_its_job_was_removed(events in events(), budget in 1usize..100) {
            let mut planner = BatchPlanner::default();
            let mut waiting: HashMap<JobId, (Which, Vec<usize>, usize)> = HashMap::new();
            let mut next_id = 0;
            let mut events = events.into_iter();
            loop {
                let event = events.next();
                if event.is_none() && waiting.is_empty() {
                    break;
                }
                match event.unwrap_or(Event::Batch) {
                    Event::Push(mbti, lengths, weight) => {
                        let model = if mbti { Mbti } else { BigFive };
                        planner.push(next_id, model, lengths.clone(), 0, weight);
                        waiting.insert(next_id, (model, lengths, 0));
                        next_id += 1;
                    }
                    Event::Remove(which) => {
                        let id = which as JobId % next_id.max(1);
                        prop_assert_eq!(planner.remove(id), waiting.remove(&id).is_some());
                    }
                    Event::Batch => {
                        let Some(batch) = planner.next_batch(budget) else {
                            prop_assert!(waiting.is_empty());
                            continue;
                        };
                        let mut tokens = 0;
                        for (id, place) in &batch.windows {
                            let (model, lengths, next) = waiting.get_mut(id).unwrap();
                            prop_assert_eq!((*model, *place), (batch.model, *next));
                            tokens += lengths[*next];
                            *next += 1;
                            if *next == lengths.len() {
                                waiting.remove(id);
                            }
                        }
                        prop_assert_eq!(tokens, batch.tokens);
                        prop_assert!(tokens <= budget || batch.windows.len() == 1);
                    }
                }
                let left = waiting.values().flat_map(|(_, lengths, next)| &lengths[*next..]);
                prop_assert_eq!(planner.windows(), left.clone().count());
                prop_assert_eq!(planner.tokens(), left.sum::<usize>());
            }
            prop_assert!(planner.is_empty() && planner.next_batch(budget).is_none());
        }

        /// Against a round robin worked out another way: in floating point, an infinitesimal share at a time.
        #[test]
        fn no_job_ends_later_than_in_turns_but_for_one_batch(
            arrivals in prop::collection::vec((0u8..4, prop::collection::vec(1usize..60, 1..40)), 1..60),
            budget in 1usize..200,
        ) {
            let mut planner = BatchPlanner::default();
            let mut in_turns: Vec<(JobId, f64)> = Vec::new();
            let mut turns_end: HashMap<JobId, f64> = HashMap::new();
            let mut read = 0.0;
            let mut sizes: HashMap<JobId, usize> = HashMap::new();
            let mut arrivals = arrivals.into_iter().enumerate().peekable();
            let mut pause = 0;
            loop {
                while pause == 0 {
                    let Some((id, (gap, lengths))) = arrivals.next() else { break };
                    let id = id as JobId;
                    sizes.insert(id, lengths.len());
                    in_turns.push((id, lengths.iter().sum::<usize>() as f64));
                    planner.push(id, Mbti, lengths, 0, 1);
                    pause = gap;
                }
                pause = pause.saturating_sub(1);
                let Some(batch) = planner.next_batch(budget) else {
                    if arrivals.peek().is_none() { break }
                    continue;
                };
                let mut share_out = batch.tokens as f64;
                let mut clock = read;
                while share_out > 1e-9 && !in_turns.is_empty() {
                    let least = in_turns.iter().map(|j| j.1).fold(f64::INFINITY, f64::min);
                    let step = least.min(share_out / in_turns.len() as f64);
                    clock += step * in_turns.len() as f64;
                    share_out -= step * in_turns.len() as f64;
                    in_turns.iter_mut().for_each(|job| job.1 -= step);
                    in_turns.retain(|job| {
                        if job.1 < 1e-6 {
                            turns_end.insert(job.0, clock);
                        }
                        job.1 >= 1e-6
                    });
                }
                read += batch.tokens as f64;
                for (id, place) in batch.windows {
                    if place + 1 == sizes[&id] {
                        // Still in turns: it ended earlier here. Else at most a batch, and a window beyond its budget, later.
                        let turns = turns_end.get(&id).copied().unwrap_or(f64::INFINITY);
                        prop_assert!(read <= turns + (budget + 60) as f64 + 1e-3, "{} {} {}", id, read, turns);
                    }
                }
            }
        }
    }
}
