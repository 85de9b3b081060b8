//! Whether a reader's probabilities are right.

use super::super::prediction::Prediction;
use super::super::scores::{calibration_error, expected_calibration_error, pick, standard_error};
use super::parts::{Truth, column, figure};
use crate::models::evaluation::{Beside, Figure, Kind};
use crate::personality::{Axis, Trait};

/// The calibration errors of whole texts' predictions, one for each person of `truth`, by trait, and by axis if the reader
/// predicts types. Of `truth` only traits and types are used.
pub fn calibrated(truth: &Truth, whole: &[Prediction], reads_types: bool, seed: u64, all: &mut Vec<Figure>) {
    for trait_ in Trait::ALL {
        let place = trait_.index();
        let above: Vec<bool> = column(&truth.traits, place).iter().map(|z| *z > 0.0).collect();
        let chances: Vec<f64> = whole.iter().map(|s| s.trait_probability(place)).collect();
        all.push(calibration(trait_.name(), &chances, &above, seed));
    }
    for axis in Axis::ALL.into_iter().filter(|_| reads_types) {
        let second: Vec<bool> = truth.types.iter().map(|t| t.is_second(axis)).collect();
        let chances: Vec<f64> = whole.iter().map(|s| s.second_letter(axis)).collect();
        all.push(calibration(axis.name(), &chances, &second, seed));
    }
}

fn calibration(of: &str, chances: &[f64], positive: &[bool], seed: u64) -> Figure {
    let error = standard_error(chances.len(), seed, |s| {
        let positive: Vec<bool> = s.iter().map(|i| positive[*i]).collect();
        calibration_error(&pick(chances, s), &positive)
    });
    let mut figure = figure(Kind::CalibrationError, of, calibration_error(chances, positive), Some(error));
    // With few respondents, even correct probabilities would miss the bound.
    let chance = expected_calibration_error(chances, seed);
    for bound in [&mut figure.floor, &mut figure.goal] {
        *bound = bound.filter(|bound| chance <= *bound);
    }
    figure.beside = vec![Beside::new("expected of correct probabilities", chance)];
    figure
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    use super::*;
    use crate::models::evaluation::Verdict;

    #[test]
    fn a_calibration_error_has_bounds_only_where_chance_stays_below_them() {
        let mut random = StdRng::seed_from_u64(5);
        let mut of = |count: usize, off: f64| {
            let chances: Vec<f64> = (0..count).map(|_| random.random_range(0.0..0.8)).collect();
            let positive: Vec<bool> = chances.iter().map(|p| random.random::<f64>() < p + off).collect();
            calibration("E/I", &chances, &positive, 1)
        };
        let few = of(100, 0.0);
        assert!((0.05..0.13).contains(&few.value) && (0.05..0.13).contains(&few.beside[0].value), "{few:?}");
        assert_eq!(few.verdict(), Verdict::Unset);
        let many = of(4000, 0.0);
        assert!(many.beside[0].value < 0.02 && many.floor.is_some() && many.goal.is_some(), "{many:?}");
        assert_ne!(many.verdict(), Verdict::Missed);
        assert_eq!(of(4000, 0.15).verdict(), Verdict::Missed);
    }
}
