//! What is said of simulated people against the truth about them: bands, notices, and named types.

use std::collections::BTreeMap;

use super::super::raters::Rater;
use super::super::scores::with_error;
use super::parts::{Truth, figure};
use crate::assessment::{Assessment, Naming, Notice};
use crate::models::evaluation::{Beside, Figure, Kind};
use crate::norm::Level;
use crate::personality::{Axis, Mbti, Trait, normal_share_below};

/// Figures of the whole texts' assessments, one for each person of `truth`, and of what is said of people who only rate.
pub fn assessed(
    truth: &Truth,
    assessments: &[Assessment],
    raters: &[Rater],
    seed: u64,
    all: &mut Vec<Figure>,
) {
    for trait_ in Trait::ALL {
        let place = trait_.index();
        let rated = raters.iter().map(|rater| (rater.levels[place], rater.traits[place]));
        band(format!("{}, ratings", trait_.name()), rated, seed, all);
        let read = || assessments.iter().map(|a| a.of(trait_)).zip(truth.traits.iter().map(|z| z[place]));
        let words = read().filter_map(|(standing, z)| Some((standing.words?.level, z)));
        band(format!("{}, words", trait_.name()), words, seed, all);
        let together = read().map(|(standing, z)| (standing.together.level, z));
        band(format!("{}, together", trait_.name()), together, seed, all);
    }
    for axis in Axis::ALL {
        let place = axis as usize;
        let read = || assessments.iter().map(|a| &a.axes[place]).zip(truth.axes.iter().map(|z| z[place]));
        let words = read().filter_map(|(standing, z)| Some((standing.words?.level, z)));
        band(format!("{}, words", axis.name()), words, seed, all);
        let together = read().map(|(standing, z)| (standing.together.level, z));
        band(format!("{}, together", axis.name()), together, seed, all);
    }
    all.push(notices(assessments, seed));
    named(&truth.types, assessments, seed, all);
}

/// How often bands hold the percentile of the person's standard score. Nothing if there are no bands.
fn band(name: String, levels: impl Iterator<Item = (Level, f64)>, seed: u64, all: &mut Vec<Figure>) {
    let (held, width): (Vec<f64>, Vec<f64>) = levels
        .map(|(level, z)| {
            let truth = 100.0 * normal_share_below(z);
            let holds = level.low <= truth && truth <= level.high;
            (f64::from(u8::from(holds)), level.high - level.low)
        })
        .unzip();
    if held.is_empty() {
        return;
    }
    let (value, error) = with_error(held.len(), seed, |sample| mean(sample, &held));
    let mut figure = figure(Kind::Band, name, value, Some(error));
    let width = width.iter().sum::<f64>() / held.len() as f64;
    figure.beside = vec![Beside::new("mean width in percentiles", width)];
    all.push(figure);
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
