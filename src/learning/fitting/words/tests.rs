use std::collections::BTreeMap;

use rand::SeedableRng;
use rand::rngs::StdRng;

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
