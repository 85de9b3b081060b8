//! Fits what written words say about one output, on simulated respondents.

use super::mixing::{mixture, penalties};
use super::sample::Windows;
use super::write::rounded;
use crate::learning::numerics::{correlation, covariance, regression};
use crate::models::evidence::{Mixture, WordSettings};

/// The most outputs of a model: five traits, or four axes.
const OUTPUTS: usize = 5;

/// One output's windows of each respondent, with the truth.
pub struct Written {
    /// What a window's value is mixed of.
    pub of: Mixture,
    /// Weight and value of each window.
    pub windows: Vec<Vec<(f64, f64)>>,
    /// The standard score of the trait or axis.
    pub standing: Vec<f64>,
    /// Its estimate from the same respondents' ratings.
    pub rated: Vec<f64>,
}

/// What a window's value is mixed of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mixing {
    /// All outputs, by the regression of the standard score on a respondent's means.
    AllOutputs,
    /// The output itself alone.
    OwnOutput,
}

impl Written {
    /// For the output with this index, of the windows that the respondents wrote. Leaves out respondents whose windows
    /// have no weight.
    pub fn of(
        names: &[String],
        people: &[Windows],
        standings: &[Vec<f64>],
        rated: &[f64],
        place: usize,
        mixing: Mixing,
    ) -> Written {
        let mut written =
            Written { of: Mixture::new(), windows: Vec::new(), standing: Vec::new(), rated: Vec::new() };
        let mut writers = Vec::new();
        for ((windows, standing), rated) in people.iter().zip(standings).zip(rated) {
            if windows.iter().any(|(weight, _)| *weight > 0.0) {
                writers.push(windows);
                written.standing.push(standing[place]);
                written.rated.push(*rated);
            }
        }
        let of_output = |output: usize| {
            let windows =
                writers.iter().map(|windows| windows.iter().map(|(w, values)| (*w, values[output])));
            windows.map(|windows| mean(&windows.collect::<Vec<_>>())).collect::<Vec<f64>>()
        };
        let columns: Vec<Vec<f64>> = (0..names.len()).map(of_output).collect();
        let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let mut weights = vec![0.0; names.len()];
        weights[place] = 1.0;
        // An output whose own mean falls with the standard score is not mixed: `fit_words` refuses it.
        if mixing == Mixing::AllOutputs && covariance(columns[place], &written.standing) > 0.0 {
            let all: [f64; OUTPUTS] = regression(&columns, &written.standing, &penalties(&columns));
            (written.of, _) = mixture(names, &all[..names.len()]);
            weights = names.iter().map(|name| written.of.get(name).copied().unwrap_or(0.0)).collect();
        }
        let mixed =
            |values: &[f64]| values.iter().zip(&weights).map(|(value, weight)| weight * value).sum::<f64>();
        written.windows = writers
            .iter()
            .map(|windows| windows.iter().map(|(w, values)| (*w, mixed(values))).collect())
            .collect();
        written
    }
}

/// The settings, and the figures that they were fitted to.
pub struct FittedWords {
    pub settings: WordSettings,
    /// The correlation of the respondents' means with the trait or axis.
    pub correlation: f64,
    /// The mean amount of windows at which it was measured.
    pub amount: f64,
}

/// How limit and half, the two settings of reliability, are determined.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// The limit is at most this, and half gives the simulated correlation.
    Fitted { limit: f64 },
    /// Both are judgments.
    Judged { limit: f64, half: f64 },
}

/// Fits center and slope of the mean m of a respondent's windows, and its reliability. `None` if m does not rise with
/// the trait or axis.
///
/// The slope is the covariance of m with the standard score, whose variance is 1. The two halves of a person's windows
/// share the variance V, which no amount of windows averages out. So unlimited windows would have the squared
/// correlation slope^2 / V. The limit is that or the bound, whichever is less. half follows from the correlation r of N
/// windows: `r^2 = limit N / (N + half)`. The overlap is the slope of m on the ratings' estimate, divided by that on the
/// standard score; below 1 it is chance.
pub fn fit_words(written: &Written, bound: Bound) -> Option<FittedWords> {
    let count = written.standing.len().max(1) as f64;
    let amounts: Vec<f64> = written.windows.iter().map(|w| total(w)).collect();
    let means: Vec<f64> = written.windows.iter().map(|w| mean(w)).collect();
    let weighted: f64 = means.iter().zip(&amounts).map(|(mean, amount)| mean * amount).sum();
    let sum: f64 = amounts.iter().sum();
    let amount = sum / count;
    let slope = covariance(&means, &written.standing);
    let reached = correlation(&means, &written.standing);
    if !(slope > 0.0 && reached > 0.0) {
        return None;
    }
    let (limit, half) = match bound {
        Bound::Judged { limit, half } => (limit, half),
        Bound::Fitted { limit } => {
            let squared = reached * reached;
            let shared = covariance(&means_of_half(written, 0), &means_of_half(written, 1));
            let unlimited = if shared > 0.0 { slope * slope / shared } else { 1.0 };
            // A little above the measured value, so that half is above 0.
            let limit = limit.min(unlimited).max(1.05 * squared);
            (limit, amount * (limit / squared - 1.0))
        }
    };
    let known = covariance(&written.rated, &written.rated);
    let with_rated = if known > 0.0 { covariance(&means, &written.rated) / known } else { 0.0 };
    let settings = WordSettings {
        of: written.of.clone(),
        center: rounded(weighted / sum),
        slope: rounded(slope),
        half: rounded(half),
        limit: rounded(limit),
        overlap: rounded((with_rated / slope).max(1.0)),
    };
    Some(FittedWords { settings, correlation: reached, amount })
}

/// The mean of every second window of each respondent.
fn means_of_half(written: &Written, first: usize) -> Vec<f64> {
    let half = |w: &Vec<(f64, f64)>| w.iter().skip(first).step_by(2).copied().collect::<Vec<_>>();
    written.windows.iter().map(|w| mean(&half(w))).collect()
}

fn total(windows: &[(f64, f64)]) -> f64 {
    windows.iter().map(|(weight, _)| weight).sum()
}

fn mean(windows: &[(f64, f64)]) -> f64 {
    let total = total(windows);
    if total == 0.0 { 0.0 } else { windows.iter().map(|(weight, value)| weight * value).sum::<f64>() / total }
}

#[cfg(test)]
mod tests;
