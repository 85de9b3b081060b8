//! The figures on "How good is it?". All of them come from the file that `calling evaluate` writes.

use super::grid::Grid;
use super::sentences::sentences;
use super::{human, simulated};
use crate::models::evaluation::{Evaluated, Verdict, written};
use crate::web::numbers::grouped;

/// The figures on the page.
pub struct Shown {
    /// The number of simulated respondents.
    pub respondents: String,
    /// The number of people behind chances, bands, notices and named types, if it is a larger one.
    pub judged: Option<String>,
    /// The precision in which the models were measured.
    pub precision: String,
    /// How many held-out answers the respondents chose from.
    pub answers: String,
    /// How many of those belong to the two held-out questions.
    pub unseen: String,
    /// The oracle's lowest and highest correlation with a trait.
    pub oracle: (String, String),
    /// The number of figures with a floor or a goal.
    pub set: usize,
    /// How many of those reach their goal.
    pub at_goal: usize,
    /// How many reach their floor but not their goal.
    pub at_floor: usize,
    /// How many miss their floor.
    pub missed: usize,
    /// The largest standard error among figures with a floor or a goal.
    pub largest_error: String,
    /// A summary in five plain sentences.
    pub sentences: [String; 5],
    /// Tables of real people; empty if none were measured.
    pub human: Vec<Grid>,
    /// Tables of simulated respondents.
    pub grids: Vec<Grid>,
}

impl Shown {
    pub fn misses(&self) -> bool {
        self.missed > 0
    }
}

/// The figures of the models on this server. None if there are none, or if other models were measured.
pub fn shown(evaluated: &Evaluated) -> Option<Shown> {
    let Evaluated::Yes(evaluation) = evaluated else { return None };
    // The page describes simulated respondents; labeled texts alone are not enough for it.
    if evaluation.people.respondents == 0 {
        return None;
    }
    let count = |verdict| evaluation.figures.iter().filter(|f| f.verdict() == verdict).count();
    let (at_goal, at_floor, missed) = (count(Verdict::Goal), count(Verdict::Floor), count(Verdict::Missed));
    let set = evaluation.figures.iter().filter(|f| f.verdict() != Verdict::Unset);
    let largest = set.filter_map(|f| f.standard_error).fold(0.0, f64::max);
    let people = &evaluation.people;
    let oracle = people.oracle;
    Some(Shown {
        respondents: grouped(people.respondents as u64),
        judged: (people.judged > people.respondents).then(|| grouped(people.judged as u64)),
        precision: evaluation.precision.clone(),
        answers: grouped(evaluation.bank.tested_with as u64),
        unseen: grouped(evaluation.bank.unseen as u64),
        oracle: (
            written(oracle.into_iter().fold(f64::INFINITY, f64::min)),
            written(oracle.into_iter().fold(f64::NEG_INFINITY, f64::max)),
        ),
        set: at_goal + at_floor + missed,
        at_goal,
        at_floor,
        missed,
        largest_error: written(largest),
        sentences: sentences(evaluation),
        human: human::grids(evaluation),
        grids: simulated::grids(evaluation),
    })
}
