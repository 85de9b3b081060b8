//! What is said of simulated people against the truth about them: bands, notices, and named types.

use std::collections::BTreeMap;

use super::super::scores::with_error;
use super::parts::{Truth, figure};
use crate::assessment::{Assessment, Naming, Notice, Standing};
use crate::models::evaluation::{Beside, Figure, Kind};
use crate::personality::{Axis, Mbti, Trait, normal_share_below};

/// The three readings, by the names that figures have.
const READINGS: [&str; 3] = ["ratings", "words", "together"];

/// Figures of the whole texts' assessments, one for each person of `truth`.
pub fn assessed(truth: &Truth, assessments: &[Assessment], seed: u64, all: &mut Vec<Figure>) {
    for trait_ in Trait::ALL {
        let standings = |assessment: &Assessment| {
            let standing = assessment.of(trait_);
            [standing.ratings, standing.words, Some(standing.together)]
        };
        let z = |person: usize| truth.traits[person][trait_.index()];
        bands(trait_.name(), assessments, &standings, &z, seed, all);
    }
    for axis in Axis::ALL {
        let standings = |assessment: &Assessment| {
            let standing = &assessment.axes[axis as usize];
            [None, standing.words, Some(standing.together)]
        };
        let z = |person: usize| truth.axes[person][axis as usize];
        bands(axis.name(), assessments, &standings, &z, seed, all);
    }
    all.push(notices(assessments, seed));
    named(&truth.types, assessments, seed, all);
}

/// How often the bands of each reading hold the percentile of the person's standard score `z`.
fn bands(
    name: &str,
    assessments: &[Assessment],
    standings: &dyn Fn(&Assessment) -> [Option<Standing>; 3],
    z: &dyn Fn(usize) -> f64,
    seed: u64,
    all: &mut Vec<Figure>,
) {
    for (place, reading) in READINGS.into_iter().enumerate() {
        let found: Vec<(f64, f64)> = (assessments.iter().enumerate())
            .filter_map(|(person, assessment)| {
                let level = standings(assessment)[place]?.level;
                let truth = 100.0 * normal_share_below(z(person));
                let holds = level.low <= truth && truth <= level.high;
                Some((f64::from(u8::from(holds)), level.high - level.low))
            })
            .collect();
        if found.is_empty() {
            continue;
        }
        let (held, width): (Vec<f64>, Vec<f64>) = found.into_iter().unzip();
        let (value, error) = with_error(held.len(), seed, |sample| mean(sample, &held));
        let mut figure = figure(Kind::Band, format!("{name}, {reading}"), value, Some(error));
        let width = width.iter().sum::<f64>() / held.len() as f64;
        figure.beside = vec![Beside::new("mean width in percentiles", width)];
        all.push(figure);
    }
}

/// The share of people with any notice, beside that of each kind that occurred.
fn notices(assessments: &[Assessment], seed: u64) -> Figure {
    let any: Vec<f64> =
        assessments.iter().map(|assessment| f64::from(u8::from(!assessment.notices.is_empty()))).collect();
    let (value, error) = with_error(any.len(), seed, |sample| mean(sample, &any));
    let mut kinds: BTreeMap<&str, f64> = BTreeMap::new();
    for notice in assessments.iter().flat_map(|assessment| &assessment.notices) {
        *kinds.entry(name(notice)).or_default() += 1.0 / assessments.len() as f64;
    }
    let mut figure = figure(Kind::FalseNotice, "", value, Some(error));
    figure.beside = kinds.into_iter().map(|(kind, share)| Beside::new(kind, share)).collect();
    figure
}

fn name(notice: &Notice) -> &'static str {
    match notice {
        Notice::FewWords { .. } => "few words",
        Notice::NotEnglish { .. } => "not English",
        Notice::KeyboardNoise { .. } => "keyboard noise",
        Notice::Repeated { .. } => "repeated",
        Notice::NotAboutWriter { .. } => "not about the writer",
        Notice::RatingsAlike { .. } => "ratings alike",
        Notice::RatingsContradict { .. } => "ratings contradict",
        Notice::RatingsHurried { .. } => "ratings hurried",
        Notice::WordsAgainstRatings { .. } => "words against ratings",
    }
}

/// How often named types are right, beside the mean chance given and the share of people for whom that many are named.
fn named(types: &[Mbti], assessments: &[Assessment], seed: u64, all: &mut Vec<Figure>) {
    let right = |of: &[Mbti], person: usize| f64::from(u8::from(of.contains(&types[person])));
    let (mut one, mut two) = (Vec::new(), Vec::new());
    for (person, assessment) in assessments.iter().enumerate() {
        match &assessment.naming {
            Naming::One { mbti, chance } => one.push((right(&[*mbti], person), *chance)),
            Naming::Two { first, second, chances, .. } => {
                two.push((right(&[*first, *second], person), chances.iter().sum()));
            }
            Naming::None { .. } => {}
        }
    }
    for (of, found) in [("one type", one), ("two types", two)] {
        if found.is_empty() {
            continue;
        }
        let share = found.len() as f64 / assessments.len() as f64;
        let (right, chances): (Vec<f64>, Vec<f64>) = found.into_iter().unzip();
        let (value, error) = with_error(right.len(), seed, |sample| mean(sample, &right));
        let mut figure = figure(Kind::Named, of, value, Some(error));
        let given = chances.iter().sum::<f64>() / chances.len() as f64;
        figure.beside = vec![Beside::new("mean chance given", given), Beside::new("share of people", share)];
        all.push(figure);
    }
}

fn mean(sample: &[usize], values: &[f64]) -> f64 {
    sample.iter().map(|place| values[*place]).sum::<f64>() / sample.len() as f64
}

#[cfg(test)]
mod tests;
