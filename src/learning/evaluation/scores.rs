//! The statistics behind the figures: bootstrap standard errors, calibration errors, and top-k accuracy.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::personality::Mbti;

/// The number of bootstrap samples behind a standard error.
pub const RESAMPLES: usize = 200;
/// The number of bins of a calibration error, of equal width from 0 to 1.
const BINS: usize = 10;

/// The bootstrap standard error of a statistic (Efron 1979) over `count` respondents. It does not cover the choice of the
/// bank's answers.
pub fn standard_error(count: usize, seed: u64, statistic: impl Fn(&[usize]) -> f64) -> f64 {
    let mut random = StdRng::seed_from_u64(seed);
    let values: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let sample: Vec<usize> = (0..count).map(|_| random.random_range(0..count)).collect();
            statistic(&sample)
        })
        .collect();
    let mean = values.iter().sum::<f64>() / RESAMPLES as f64;
    (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (RESAMPLES - 1) as f64).sqrt()
}

/// A statistic of all respondents and its standard error.
pub fn with_error(count: usize, seed: u64, statistic: impl Fn(&[usize]) -> f64) -> (f64, f64) {
    let all: Vec<usize> = (0..count).collect();
    (statistic(&all), standard_error(count, seed, &statistic))
}

pub fn pick(values: &[f64], sample: &[usize]) -> Vec<f64> {
    sample.iter().map(|i| values[*i]).collect()
}

/// The expected calibration error: the mean distance, over ten bins of equal width, between the mean probability and
/// the share of positives. Each bin is weighted by the number of probabilities in it (Naeini, Cooper and Hauskrecht
/// 2015).
pub fn calibration_error(probabilities: &[f64], positive: &[bool]) -> f64 {
    let mut bins = [(0.0, 0.0, 0.0); BINS];
    for (p, positive) in probabilities.iter().zip(positive) {
        let bin = &mut bins[((p * BINS as f64) as usize).min(BINS - 1)];
        *bin = (bin.0 + 1.0, bin.1 + p, bin.2 + f64::from(u8::from(*positive)));
    }
    bins.iter().map(|(_, sum, positives)| (sum - positives).abs()).sum::<f64>() / probabilities.len() as f64
}

/// The mean calibration error that a reader with correct probabilities has by chance. It is above zero because
/// distances are never negative.
pub fn expected_calibration_error(probabilities: &[f64], seed: u64) -> f64 {
    let mut random = StdRng::seed_from_u64(seed);
    let draws = (0..RESAMPLES).map(|_| {
        let drawn: Vec<bool> = probabilities.iter().map(|p| random.random::<f64>() < *p).collect();
        calibration_error(probabilities, &drawn)
    });
    draws.sum::<f64>() / RESAMPLES as f64
}

/// The share of respondents whose type is among the `k` likeliest. Ties count by the expected share.
pub fn top_k(types: &[Mbti], predicted: &[[f64; 16]], k: usize, sample: &[usize]) -> f64 {
    let hit = |i: &usize| {
        let own = predicted[*i][types[*i].index()];
        let likelier = predicted[*i].iter().filter(|p| **p > own).count();
        let alike = predicted[*i].iter().filter(|p| **p == own).count();
        (k.saturating_sub(likelier) as f64 / alike as f64).min(1.0)
    };
    sample.iter().map(hit).sum::<f64>() / sample.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calibration_error_is_the_weighted_distance_in_bins() {
        // Nine predictions of .05 and one of .95; no outcome is positive.
        let chances = [[0.05; 9].as_slice(), &[0.95]].concat();
        let error = calibration_error(&chances, &[false; 10]);
        assert!((error - (0.9 * 0.05 + 0.1 * 0.95)).abs() < 1e-12);
        assert_eq!(calibration_error(&[0.5, 0.5], &[true, false]), 0.0);
        assert_eq!(calibration_error(&[1.0], &[true]), 0.0);
    }

    #[test]
    fn the_standard_error_is_that_of_a_mean() {
        let values: Vec<f64> = (0..400).map(|i| f64::from(i % 2)).collect();
        let mean = |s: &[usize]| pick(&values, s).iter().sum::<f64>() / s.len() as f64;
        let error = standard_error(values.len(), 1, mean);
        assert!((error - 0.5 / 20.0).abs() < 0.005, "{error}");
    }

    #[test]
    fn a_type_counts_if_fewer_than_k_are_likelier_and_ties_count_in_part() {
        let mut predicted = [0.0; 16];
        (predicted[3], predicted[7], predicted[9]) = (0.5, 0.3, 0.2);
        let types = [Mbti::ALL[3], Mbti::ALL[7], Mbti::ALL[0]];
        let predicted = [predicted; 3];
        let of = |first| top_k(&types, &predicted, first, &[0, 1, 2]);
        assert!((of(1) - 1.0 / 3.0).abs() < 1e-12 && (of(3) - 2.0 / 3.0).abs() < 1e-12);
        // Two types are likelier, which leaves one of three places for 14 equally likely ones.
        let types = [Mbti::ALL[5], Mbti::ALL[0]];
        let mut two = [0.05; 16];
        (two[3], two[7]) = (0.2, 0.1);
        assert_eq!(top_k(&types, &[two, two], 3, &[0]), 1.0 / 14.0);
        let indifferent = [[1.0 / 16.0; 16]; 2];
        assert_eq!([1, 3].map(|first| top_k(&types, &indifferent, first, &[0, 1])), [1.0 / 16.0, 3.0 / 16.0]);
    }
}
