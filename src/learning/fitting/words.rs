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
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use std::collections::BTreeMap;

    use super::*;
    use crate::learning::numerics::standard_normal;
    use crate::models::evidence::{
        EvidenceSettings, EvidenceWindow, GENERALITY, Gain, RatedItem, RatedSettings, Source, Trust, read,
    };
    use crate::personality::Trait;

    const WINDOWS: usize = 24;

    /// Windows whose mean is 0.4 + 0.5 theta + rest. The rest has the variance 0.25, and each window's own part has the
    /// variance 6.
    fn written(people: usize, seed: u64) -> Written {
        let mut random = StdRng::seed_from_u64(seed);
        let mut written =
            Written { of: Mixture::new(), windows: Vec::new(), standing: Vec::new(), rated: Vec::new() };
        for _ in 0..people {
            let theta = standard_normal(&mut random);
            let rest = 0.5 * standard_normal(&mut random);
            let mut window = || (1.0, 0.4 + 0.5 * theta + rest + 6f64.sqrt() * standard_normal(&mut random));
            written.windows.push((0..WINDOWS).map(|_| window()).collect());
            written.standing.push(theta);
        }
        written
    }

    #[test]
    fn known_parameters_are_found() {
        let fitted = fit_words(&written(20_000, 1), Bound::Fitted { limit: 0.9 }).unwrap();
        let settings = fitted.settings;
        assert!((settings.center - 0.4).abs() < 0.02, "{settings:?}");
        assert!((settings.slope - 0.5).abs() < 0.02, "{settings:?}");
        // slope^2 / (slope^2 + 0.25), and 6 / (slope^2 + 0.25).
        assert!((settings.limit - 0.5).abs() < 0.04, "{settings:?}");
        assert!((settings.half - 12.0).abs() < 2.5, "{settings:?}");
        assert!((fitted.correlation.powi(2) - 0.5 * 24.0 / 36.0).abs() < 0.02 && fitted.amount == 24.0);
    }

    #[test]
    fn a_lower_limit_keeps_the_simulated_correlation() {
        let settings = fit_words(&written(20_000, 1), Bound::Fitted { limit: 0.4 }).unwrap().settings;
        let count = WINDOWS as f64;
        assert_eq!(settings.limit, 0.4);
        let squared = settings.limit * count / (count + settings.half);
        assert!((squared - 0.5 * 24.0 / 36.0).abs() < 0.02, "{settings:?}");
    }

    #[test]
    fn beliefs_by_fitted_settings_are_right_about_other_people() {
        let settings = fit_words(&written(20_000, 1), Bound::Fitted { limit: 0.9 }).unwrap().settings;
        let output = "EI".to_owned();
        let words = [(output.clone(), settings)];
        let rated = RatedSettings { items: [].into(), half: [].into(), outputs: [].into() };
        let settings = EvidenceSettings { rated, answers: words.clone().into(), free: words.into() };
        let others = written(4000, 2);
        let (mut inside, mut mean_error) = (0, 0.0);
        for (windows, standing) in others.windows.iter().zip(&others.standing) {
            let values: Vec<[f64; 1]> = windows.iter().map(|(_, value)| [*value]).collect();
            let windows: Vec<EvidenceWindow<'_>> = values
                .iter()
                .map(|values| EvidenceWindow { source: Source::Answer, weight: 1.0, values })
                .collect();
            let belief = read(&settings, std::slice::from_ref(&output), &windows, Trust::FULL)[0].estimate;
            inside += usize::from((standing - belief.mean).abs() < 1.645 * belief.sd);
            mean_error += (standing - belief.mean).powi(2) / belief.sd.powi(2) / 4000.0;
        }
        assert!((inside as f64 / 4000.0 - 0.9).abs() < 0.02, "{inside}");
        assert!((mean_error - 1.0).abs() < 0.07, "{mean_error}");
    }

    /// The same where ratings see part of the rest too: they are theta + 0.8 rest / 0.5 and an error with the variance 1.
    fn overlapping(people: usize, seed: u64) -> (Written, Vec<f64>) {
        let mut random = StdRng::seed_from_u64(seed);
        let mut written =
            Written { of: Mixture::new(), windows: Vec::new(), standing: Vec::new(), rated: Vec::new() };
        let mut ratings = Vec::new();
        for _ in 0..people {
            let (theta, rest) = (standard_normal(&mut random), standard_normal(&mut random));
            let mut window = || (1.0, 0.5 * theta + 0.5 * rest + 2.0 * standard_normal(&mut random));
            written.windows.push((0..WINDOWS).map(|_| window()).collect());
            written.standing.push(theta);
            ratings.push(theta + 0.8 * rest + standard_normal(&mut random));
        }
        let [weight] = regression(&[&ratings], &written.standing, &[]);
        written.rated = ratings.iter().map(|rating| weight * rating).collect();
        (written, ratings)
    }

    #[test]
    fn what_ratings_say_too_is_counted_once() {
        let (written, ratings) = overlapping(20_000, 1);
        let mut words = fit_words(&written, Bound::Fitted { limit: 0.9 }).unwrap().settings;
        // Beside theta, both vary by the rest: 1 + .8 at a rise of 1 each, over the variance 2.64.
        assert!((words.overlap - 1.8).abs() < 0.05, "{words:?}");
        let [weight] = regression(&[&ratings], &written.standing, &[]);
        let covariance = covariance(&ratings, &written.standing);
        let output = "EI".to_owned();
        let settings = |words: &WordSettings| {
            let of = Mixture::new();
            let (generality, known) = (GENERALITY.sqrt(), 1.0 / 1.05);
            let gain = Gain { of, weight: generality * weight / known, covariance: generality * covariance };
            let centers = [(output.clone(), 0.0)].into();
            let item = RatedItem { trait_: Trait::Extraversion, centers };
            let rated = RatedSettings {
                items: [("r01".to_owned(), item)].into(),
                half: [(Trait::Extraversion, 0.05)].into(),
                outputs: [(output.clone(), [(Trait::Extraversion, gain)].into())].into(),
            };
            let words: BTreeMap<_, _> = [(output.clone(), words.clone())].into();
            EvidenceSettings { rated, answers: words.clone(), free: words }
        };
        let (others, ratings) = overlapping(4000, 2);
        let error = |words: &WordSettings| {
            let settings = settings(words);
            let one = |(person, windows): (usize, &Vec<(f64, f64)>)| {
                let values: Vec<[f64; 1]> = windows.iter().map(|(_, value)| [*value]).collect();
                let mut windows: Vec<EvidenceWindow<'_>> = values
                    .iter()
                    .map(|values| EvidenceWindow { source: Source::Answer, weight: 1.0, values })
                    .collect();
                let rating = [ratings[person]];
                windows.push(EvidenceWindow { source: Source::Rated("r01"), weight: 1.0, values: &rating });
                let level = read(&settings, std::slice::from_ref(&output), &windows, Trust::FULL)[0].level;
                (others.standing[person] - level.mean).powi(2) / level.sd.powi(2) / 4000.0
            };
            others.windows.iter().enumerate().map(one).sum::<f64>()
        };
        let right = error(&words);
        words.overlap = 1.0;
        let twice = error(&words);
        assert!((right - 1.0).abs() < 0.07 && twice > right + 0.1, "{right} {twice}");
    }

    #[test]
    fn values_are_mixed_where_an_output_says_something_about_another() {
        let mut random = StdRng::seed_from_u64(3);
        let names = ["EI", "JP"].map(String::from);
        // The second output measures what disturbs the first.
        let (mut people, mut standings) = (Vec::new(), Vec::new());
        for _ in 0..4000 {
            let (theta, disturbed) = (standard_normal(&mut random), standard_normal(&mut random));
            let values = [theta + disturbed, 2.0 * disturbed + 0.1 * standard_normal(&mut random)];
            people.push(vec![(1.0, values.as_slice().into())]);
            standings.push(vec![theta, disturbed]);
        }
        let rated = vec![0.0; 4000];
        let written = Written::of(&names, &people, &standings, &rated, 0, Mixing::AllOutputs);
        assert_eq!(written.of["EI"], 1.0);
        assert!((written.of["JP"] + 0.5).abs() < 0.02, "{:?}", written.of);
        let means: Vec<f64> = written.windows.iter().map(|windows| windows[0].1).collect();
        assert!(correlation(&means, &written.standing) > 0.99);
        let own = Written::of(&names, &people, &standings, &rated, 0, Mixing::OwnOutput);
        assert!(own.of.is_empty() && own.windows[0][0].1 == people[0][0].1[0]);
    }

    #[test]
    fn windows_that_say_the_opposite_are_refused() {
        let mut against = written(500, 1);
        against.standing.iter_mut().for_each(|theta| *theta = -*theta);
        assert!(fit_words(&against, Bound::Fitted { limit: 0.4 }).is_none());
    }
}
