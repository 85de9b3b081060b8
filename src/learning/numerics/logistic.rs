//! Logistic regression by Newton's method.
//!
//! By hand: the crates that offer it are large machine learning frameworks.

use super::linear::Cholesky;

/// The most Newton steps; about ten are needed.
const STEPS: usize = 50;
/// The most that a coefficient moves in one step, so that a bad start cannot overshoot.
const LONGEST: f64 = 2.0;
/// The fit has converged once no coefficient would move by more than this.
const CONVERGED: f64 = 1e-10;

/// One observation of a binary outcome.
#[derive(Clone, Copy, Debug)]
pub struct Observation<const N: usize> {
    /// A constant 1 among them gives the fit an intercept.
    pub features: [f64; N],
    pub positive: bool,
    /// The weight of the observation.
    pub weight: f64,
}

/// The coefficients `w` that maximize `sum(weight * log P(outcome)) - sum(penalty * w^2) / 2` with
/// `P(positive) = sigmoid(w . features)`. A coefficient with a positive penalty always has a finite optimum.
pub fn fit_logistic<const N: usize>(observations: &[Observation<N>], penalty: &[f64; N]) -> [f64; N] {
    let mut found = [0.0; N];
    for _ in 0..STEPS {
        let mut gradient: [f64; N] = std::array::from_fn(|i| -penalty[i] * found[i]);
        let mut curvature = [[0.0; N]; N];
        for (i, row) in curvature.iter_mut().enumerate() {
            row[i] = penalty[i];
        }
        for Observation { features, positive, weight } in observations {
            let score: f64 = features.iter().zip(found).map(|(x, w)| x * w).sum();
            let p = sigmoid(score);
            for i in 0..N {
                gradient[i] += weight * (f64::from(u8::from(*positive)) - p) * features[i];
                for j in 0..N {
                    curvature[i][j] += weight * p * (1.0 - p) * features[i] * features[j];
                }
            }
        }
        let Some(factor) = Cholesky::new(&curvature) else { break };
        let step = factor.solve(&gradient);
        found.iter_mut().zip(step).for_each(|(w, d)| *w += d.clamp(-LONGEST, LONGEST));
        if step.iter().all(|d| d.abs() < CONVERGED) {
            break;
        }
    }
    found
}

/// The logistic function, 1 / (1 + e^-x).
pub fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    use super::super::random::standard_normal;
    use super::*;

    #[test]
    fn the_coefficients_that_made_the_outcomes_are_found() {
        let mut random = StdRng::seed_from_u64(4);
        let truth = [1.0, -0.5, 0.0, 0.25, 0.7];
        let observations: Vec<Observation<5>> = (0..20_000)
            .map(|_| {
                let features: [f64; 5] =
                    std::array::from_fn(|i| if i < 4 { standard_normal(&mut random) } else { 1.0 });
                let score = features.iter().zip(truth).map(|(x, w)| x * w).sum();
                Observation { features, positive: random.random::<f64>() < sigmoid(score), weight: 1.0 }
            })
            .collect();
        let found = fit_logistic(&observations, &[1e-9; 5]);
        assert!(found.iter().zip(truth).all(|(a, b)| (a - b).abs() < 0.06), "{found:?}");
    }

    #[test]
    fn a_penalty_keeps_the_coefficients_of_separable_outcomes_finite() {
        let observations =
            [-1.0, 1.0].map(|x| Observation { features: [x, 1.0], positive: x > 0.0, weight: 1.0 });
        let found = fit_logistic(&observations, &[0.1, 0.1]);
        assert!(found[0] > 1.0 && found[0] < 5.0 && found[1].abs() < 1e-9, "{found:?}");
    }
}
