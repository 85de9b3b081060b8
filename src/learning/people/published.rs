//! Published correlations of type axes with traits, and the regressions that follow from them.
//!
//! Arrays are in the order of [`Trait::ALL`](crate::personality::Trait::ALL) and [`Axis::ALL`]. An axis is positive toward
//! its second letter (I, N, F, P).

use crate::learning::numerics::Cholesky;
use crate::personality::Axis;

/// Correlations of the MBTI's continuous scales with the NEO-PI's traits: McCrae and Costa (1989), *Journal of
/// Personality, 57*(1), 17-40, the widely reproduced matrix (267 men).
pub const AXIS_CORRELATIONS: [[f64; 5]; 4] = [
    // E     N      A      C      O
    [-0.74, 0.16, -0.03, 0.08, 0.03],
    [0.10, -0.06, 0.04, -0.15, 0.72],
    [0.19, 0.06, 0.44, -0.15, 0.02],
    [0.15, 0.11, -0.06, -0.49, 0.30],
];

/// How an axis depends on the five traits.
#[derive(Clone, Debug)]
pub struct AxisRegression {
    /// The weight of each standardized trait in the expected standardized axis.
    pub weights: [f64; 5],
    /// The share of the axis's variance that the traits explain.
    pub explained: f64,
}

/// The regression of an axis on five traits with the correlations `R`, whose Cholesky factor is given:
/// `weights = R^-1 r`, `explained = r' R^-1 r`.
pub fn axis_regression(axis: Axis, traits: &Cholesky<5>) -> AxisRegression {
    let r = AXIS_CORRELATIONS[axis as usize];
    let weights = traits.solve(&r);
    let explained = weights.iter().zip(r).map(|(w, r)| w * r).sum();
    AxisRegression { weights, explained }
}
