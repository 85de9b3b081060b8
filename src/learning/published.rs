//! Published figures on how traits and type axes go together, and what follows from them by linear algebra.
//!
//! Every array is indexed as [`Trait::ALL`] and [`Axis::ALL`] count. An axis is positive towards its second letter
//! (I, N, F, P).

use crate::personality::{Axis, Mbti, Trait};

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

/// How common each type is in the United States, in percent: Myers, McCaulley, Quenk and Hammer (1998), *MBTI Manual*,
/// 3rd edition, national sample. The printed values add up to 100.3.
pub fn type_percent(mbti: Mbti) -> f64 {
    // ESTJ ESTP ESFJ ESFP ENTJ ENTP ENFJ ENFP ISTJ ISTP ISFJ ISFP INTJ INTP INFJ INFP, as Mbti::ALL counts.
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

/// What the published correlations say of an axis, once the five traits are known.
#[derive(Clone, Debug)]
pub struct AxisRegression {
    /// Weight of each standardised trait in the axis's expected standardised score.
    pub weights: [f64; 5],
    /// The share of the axis's variance that the traits explain.
    pub explained: f64,
}

/// The regression of an axis on the five traits: `weights = R^-1 r`, `explained = r' R^-1 r`.
pub fn axis_regression(axis: Axis) -> AxisRegression {
    let r = AXIS_CORRELATIONS[axis as usize];
    let weights = solve(TRAIT_CORRELATIONS, r);
    let explained = weights.iter().zip(r).map(|(w, r)| w * r).sum();
    AxisRegression { weights, explained }
}

/// Solves `matrix * x = right` by Gauss and Jordan with pivots. The matrix must not be singular; correlation matrices of
/// distinct traits are not.
pub(super) fn solve<const N: usize>(mut matrix: [[f64; N]; N], mut right: [f64; N]) -> [f64; N] {
    for column in 0..N {
        let pivot = (column..N)
            .max_by(|a, b| matrix[*a][column].abs().total_cmp(&matrix[*b][column].abs()))
            .unwrap_or(column);
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        let scale = 1.0 / matrix[column][column];
        for value in &mut matrix[column] {
            *value *= scale;
        }
        right[column] *= scale;
        let (row, value) = (matrix[column], right[column]);
        for other in (0..N).filter(|other| *other != column) {
            let factor = matrix[other][column];
            for (x, y) in matrix[other].iter_mut().zip(row) {
                *x -= factor * y;
            }
            right[other] -= factor * value;
        }
    }
    right
}

/// The lower triangle `L` with `L L' = TRAIT_CORRELATIONS`: five independent draws times `L` are five correlated traits.
pub fn trait_cholesky() -> [[f64; 5]; 5] {
    let mut lower = [[0.0; 5]; 5];
    for i in 0..5 {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| lower[i][k] * lower[j][k]).sum();
            let rest = TRAIT_CORRELATIONS[i][j] - known;
            lower[i][j] = if i == j { rest.sqrt() } else { rest / lower[j][j] };
        }
    }
    lower
}

/// What a text says, as additions to log-odds: one for each trait, one for each axis (towards the second letter).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Evidence {
    /// Indexed by [`Trait::index`].
    pub traits: [f64; 5],
    /// Indexed by the axis's place in [`Axis::ALL`].
    pub axes: [f64; 4],
}

/// The log-odds that one fully endorsed sentence adds to its trait: alone it would mean a chance of 95 %.
pub const GAIN: f64 = 3.0;

/// The logistic function comes closest to the normal distribution's when its argument is stretched by this much.
const PROBIT_TO_LOGIT: f64 = 1.702;

impl Evidence {
    /// What is said about one trait to a degree from -1 (its opposite) to 1 (fully), with what follows for the axes.
    ///
    /// With z the standardised traits, an axis's chance of its second letter is
    /// `Phi((w z - threshold) / sqrt(1 - explained))`; the log-odds' slope along each trait follows.
    pub fn of_trait(trait_: Trait, degree: f64) -> Evidence {
        let mut evidence = Evidence::default();
        evidence.traits[trait_.index()] = GAIN * degree;
        for axis in Axis::ALL {
            let regression = axis_regression(axis);
            let slope =
                PROBIT_TO_LOGIT * regression.weights[trait_.index()] / (1.0 - regression.explained).sqrt();
            evidence.axes[axis as usize] = GAIN * degree * slope;
        }
        evidence
    }

    /// What two texts say together.
    pub fn plus(self, other: Evidence) -> Evidence {
        let mut sum = self;
        sum.traits.iter_mut().zip(other.traits).for_each(|(a, b)| *a += b);
        sum.axes.iter_mut().zip(other.axes).for_each(|(a, b)| *a += b);
        sum
    }

    /// Log-odds no further from zero than `limit`, so that a soft target never asks for certainty.
    pub fn limited(self, limit: f64) -> Evidence {
        Evidence {
            traits: self.traits.map(|v| v.clamp(-limit, limit)),
            axes: self.axes.map(|v| v.clamp(-limit, limit)),
        }
    }

    /// A logit for each of the 16 types, indexed by [`Mbti::index`]: half an axis's log-odds for its second letter, half
    /// against it for its first.
    pub fn type_logits(&self) -> [f64; 16] {
        Mbti::ALL.map(|t| {
            let toward = |axis: &Axis| if t.is_second(*axis) { 0.5 } else { -0.5 };
            Axis::ALL.iter().map(|axis| toward(axis) * self.axes[*axis as usize]).sum()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_rates_agree_with_the_published_dichotomies() {
        // Printed for the dichotomies: I 50.7, N 26.7, F 59.8, P 45.9.
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
    fn the_cholesky_factor_multiplies_back() {
        let lower = trait_cholesky();
        for i in 0..5 {
            for j in 0..5 {
                let product: f64 = (0..5).map(|k| lower[i][k] * lower[j][k]).sum();
                assert!((product - TRAIT_CORRELATIONS[i][j]).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn talk_of_parties_speaks_for_extraverted_types() {
        let evidence = Evidence::of_trait(Trait::Extraversion, 1.0);
        assert!(evidence.traits[0] == GAIN && evidence.axes[0] < -GAIN);
        let logits = evidence.type_logits();
        let of = |name: &str| logits[Mbti::parse(name).unwrap().index()];
        assert!(of("ESFP") > of("ISFP") && of("ENTJ") > of("INTJ"));
    }
}
