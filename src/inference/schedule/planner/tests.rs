//! The order of windows in examples and under random loads.

use proptest::prelude::*;

use super::*;
use ModelKind::{BigFive, Mbti};

fn planner(jobs: &[(JobId, ModelKind, &[usize])]) -> BatchPlanner {
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
fn a_job_of_weight_16_waits_for_a_sixteenth_of_the_others() {
    let mut planner = BatchPlanner::default();
    for id in 0..160 {
        planner.push(id, Mbti, vec![10; 10], 0, 1);
    }
    // In the virtual round robin each of them is half done.
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
    // The huge job gets the other half: 50 of 100 batches.
    assert!((95..=105).contains(&batches), "{batches}");
}

#[test]
fn the_other_model_is_next_after_it_was_passed_over() {
    // Small jobs of one model keep arriving; windows of a huge job fill up each of their batches.
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
fn both_readings_of_a_text_end_together_even_if_more_of_one_is_cached() {
    let mut planner = BatchPlanner::default();
    for text in 0..20 {
        planner.push(2 * text, Mbti, vec![10; 3], 70, 1);
        planner.push(2 * text + 1, BigFive, vec![10; 10], 0, 1);
    }
    let order: Vec<JobId> =
        std::iter::from_fn(|| planner.next_batch(50)).flat_map(|b| b.windows).map(|w| w.0).collect();
    let end = |id| order.iter().rposition(|found| *found == id).unwrap();
    for text in 0..19 {
        // A few batches are between them, not all of the other texts.
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
        let mut waiting: HashMap<JobId, (ModelKind, Vec<usize>, usize)> = HashMap::new();
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
