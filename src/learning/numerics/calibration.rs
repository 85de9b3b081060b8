//! Fits that turn a model's scores into probabilities.

use super::logistic::{Observation, fit_logistic};
use crate::personality::readout::{NotFinite, softmax};

/// Keeps Newton's matrix invertible; too small to affect a coefficient.
const JITTER: f64 = 1e-9;

/// Fits `P(positive) = sigmoid(scale * score + bias)`; returns scale and bias.
///
/// Four half observations, a positive and a negative one on each side, keep the fit finite even if the score separates
/// the two perfectly.
pub fn fit_scale_and_bias(scores: &[f64], positive: &[bool]) -> (f64, f64) {
    let n = scores.len() as f64;
    let spread = (scores.iter().map(|s| s * s).sum::<f64>() / n).sqrt().max(1e-9);
    let observation = |score: f64, positive, weight| Observation { features: [score, 1.0], positive, weight };
    let mut observations: Vec<Observation<2>> =
        scores.iter().zip(positive).map(|(s, p)| observation(s / spread, *p, 1.0)).collect();
    for score in [1.0, -1.0] {
        observations.extend([true, false].map(|positive| observation(score, positive, 0.5)));
    }
    let found = fit_logistic(&observations, &[JITTER, JITTER]);
    (found[0] / spread, found[1])
}

/// Fits `softmax(scale * logits + biases)`, one scale for all labels and a bias for each, by gradient ascent on the
/// likelihood; returns scale and biases. `labels` are indices into a row of logits.
///
/// By hand: the published calibrations come from exactly these 600 steps. The likelihood is so flat near its maximum
/// that another optimizer would stop elsewhere.
///
/// # Errors
/// If a logit is not a finite number.
pub fn fit_scale_and_biases(logits: &[Vec<f64>], labels: &[usize]) -> Result<(f64, Vec<f64>), NotFinite> {
    let count = logits.first().map_or(0, Vec::len);
    let n = logits.len() as f64;
    let spread = (logits.iter().flatten().map(|v| v * v).sum::<f64>() / (n * count as f64)).sqrt().max(1e-9);
    let (mut scale, mut bias) = (1.0, vec![0.0; count]);
    for step in 0..600 {
        let rate = 1.0 / (1.0 + step as f64 / 200.0);
        let (mut ds, mut db) = (0.0, vec![0.0; count]);
        for (row, label) in logits.iter().zip(labels) {
            let p = softmax(&(0..count).map(|k| scale * row[k] / spread + bias[k]).collect::<Vec<_>>())?;
            for k in 0..count {
                let miss = f64::from(u8::from(k == *label)) - p[k];
                ds += miss * row[k] / spread;
                db[k] += miss;
            }
        }
        scale = (scale + rate * ds / n).max(1e-6);
        for (bias, d) in bias.iter_mut().zip(db) {
            *bias += 4.0 * rate * d / n;
        }
    }
    Ok((scale / spread, bias))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scale_and_bias_are_found() {
        // 1,000 people at each score, as many positive as the curve says.
        let (mut scores, mut positive) = (Vec::new(), Vec::new());
        for i in -20..=20 {
            let x = f64::from(i);
            let p = 1.0 / (1.0 + (-(0.2 * x - 0.5)).exp());
            for j in 0..1000 {
                scores.push(x);
                positive.push(f64::from(j) < p * 1000.0);
            }
        }
        let (scale, bias) = fit_scale_and_bias(&scores, &positive);
        assert!((scale - 0.2).abs() < 0.01 && (bias + 0.5).abs() < 0.02, "{scale} {bias}");
    }

    #[test]
    fn a_small_fit_gives_the_numbers_that_it_always_gave() {
        let scores = [-2.0, -1.0, 0.0, 1.0, 2.0, 3.0];
        let (scale, bias) = fit_scale_and_bias(&scores, &[false, false, true, false, true, true]);
        assert!((scale - 0.677112317).abs() < 1e-7 && (bias + 0.258158216).abs() < 1e-7, "{scale} {bias}");
    }

    #[test]
    fn the_shares_of_labels_are_found() {
        let logits = vec![vec![0.0, 0.0, 0.0]; 100];
        let labels: Vec<usize> = (0..100)
            .map(|i| match i {
                0..70 => 0,
                70..90 => 1,
                _ => 2,
            })
            .collect();
        let (_, bias) = fit_scale_and_biases(&logits, &labels).unwrap();
        let shares = softmax(&bias).unwrap();
        assert!(shares.iter().zip([0.7, 0.2, 0.1]).all(|(a, b)| (a - b).abs() < 0.01), "{shares:?}");
    }
}
