//! Published correlations of traits and type axes, and the regressions that follow from them.
//!
//! Arrays are in the order of [`Trait::ALL`](crate::personality::Trait::ALL) and [`Axis::ALL`]. An axis is positive towards
//! its second letter (I, N, F, P).

use crate::learning::numerics::Cholesky;
use crate::personality::{Axis, Mbti};

/// Corrected correlations between the five traits: van der Linden, te Nijenhuis and Bakker (2010), *Journal of Research
/// in Personality, 44*(3), 315-327, a meta-analysis of 212 samples with 144,117 people.
pub const TRAIT_CORRELATIONS: [[f64; 5]; 5] = [
    // E     N      A     C      O
    [1.0, -0.36, 0.26, 0.29, 0.43],
    [-0.36, 1.0, -0.36, -0.43, -0.17],
    [0.26, -0.36, 1.0, 0.43, 0.21],
    [0.29, -0.43, 0.43, 1.0, 0.20],
    [0.43, -0.17, 0.21, 0.20, 1.0],
];

/// Correlations of the MBTI's continuous scales with the NEO-PI's traits: McCrae and Costa (1989), *Journal of
/// Personality, 57*(1), 17-40, the widely reproduced matrix (267 men).
pub const AXIS_CORRELATIONS: [[f64; 5]; 4] = [
    // E     N      A      C      O
    [-0.74, 0.16, -0.03, 0.08, 0.03],
    [0.10, -0.06, 0.04, -0.15, 0.72],
    [0.19, 0.06, 0.44, -0.15, 0.02],
    [0.15, 0.11, -0.06, -0.49, 0.30],
];

/// The frequency of each type in the United States, in percent: Myers, McCaulley, Quenk and Hammer (1998), *MBTI Manual*,
/// 3rd edition, national sample. The printed values add up to 100.3.
pub fn type_percent(mbti: Mbti) -> f64 {
    // ESTJ ESTP ESFJ ESFP ENTJ ENTP ENFJ ENFP ISTJ ISTP ISFJ ISFP INTJ INTP INFJ INFP, the order of Mbti::ALL.
    const PERCENT: [f64; 16] =
        [8.7, 4.3, 12.3, 8.5, 1.8, 3.2, 2.5, 8.1, 11.6, 5.4, 13.8, 8.8, 2.1, 3.3, 1.5, 4.4];
    PERCENT[mbti.index()]
}

/// The type's share of the population; the 16 sum to one.
pub fn type_share(mbti: Mbti) -> f64 {
    type_percent(mbti) / Mbti::ALL.into_iter().map(type_percent).sum::<f64>()
}

/// The share of people with the axis's second letter.
pub fn second_letter_share(axis: Axis) -> f64 {
    Mbti::ALL.into_iter().filter(|t| t.is_second(axis)).map(type_share).sum()
}

/// How an axis depends on the five traits.
#[derive(Clone, Debug)]
pub struct AxisRegression {
    /// The weight of each standardized trait in the expected standardized axis.
    pub weights: [f64; 5],
    /// The share of the axis's variance that the traits explain.
    pub explained: f64,
}

/// The regression of an axis on the five traits: `weights = R^-1 r`, `explained = r' R^-1 r`.
pub fn axis_regression(axis: Axis) -> AxisRegression {
    let r = AXIS_CORRELATIONS[axis as usize];
    let weights = trait_factor().solve(&r);
    let explained = weights.iter().zip(r).map(|(w, r)| w * r).sum();
    AxisRegression { weights, explained }
}

/// The factor `L` with `L L' = TRAIT_CORRELATIONS`: `L` times five independent standard normal draws gives five correlated
/// traits.
pub fn trait_factor() -> Cholesky<5> {
    // A correlation matrix of distinct traits is positive definite; a test multiplies the factor back.
    Cholesky::unchecked(&TRAIT_CORRELATIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letter_shares_agree_with_the_published_ones() {
        // The manual prints I 50.7, N 26.7, F 59.8, P 45.9.
        for (axis, share) in Axis::ALL.into_iter().zip([0.507, 0.267, 0.598, 0.459]) {
            assert!((second_letter_share(axis) - share).abs() < 0.003, "{axis:?}");
        }
    }

    #[test]
    fn the_regressions_give_back_the_correlations() {
        for axis in Axis::ALL {
            let regression = axis_regression(axis);
            for (t, row) in TRAIT_CORRELATIONS.iter().enumerate() {
                let r: f64 = row.iter().zip(regression.weights).map(|(r, w)| r * w).sum();
                assert!((r - AXIS_CORRELATIONS[axis as usize][t]).abs() < 1e-12);
            }
            assert!(regression.explained > 0.2 && regression.explained < 0.8);
        }
    }

    #[test]
    fn the_factor_multiplies_back() {
        let factor = trait_factor();
        for (i, row) in TRAIT_CORRELATIONS.iter().enumerate() {
            for (j, r) in row.iter().enumerate() {
                let (a, b) = (factor.lower()[i], factor.lower()[j]);
                let product: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
                assert!((product - r).abs() < 1e-12);
            }
        }
    }
}
