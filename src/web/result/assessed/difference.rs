//! Compares two results: which differences exceed measurement error. Pure.

use super::shown::ShownLevel;
use crate::assessment::Assessment;
use crate::norm::Level;
use crate::personality::{Axis, Trait, normal_quantile};

/// Half the width of a 90% band, in standard deviations of a normal distribution.
const NINETY_PERCENT: f64 = 1.645;
/// The ends of a scale in percentiles, so that no standard score is infinite.
const ENDS: (f64, f64) = (0.05, 99.95);

/// One trait or axis in both results.
pub struct Difference {
    /// With what the ends of an axis stand for.
    pub name: String,
    /// "Openness" or "E or I".
    pub short: String,
    pub first: ShownLevel,
    pub second: ShownLevel,
    /// "higher", "lower" or, on an axis, "more intuition"; `None` if measurement error explains the difference.
    pub second_is: Option<String>,
}

/// The five traits, then the four axes.
pub fn differences(first: &Assessment, second: &Assessment) -> Vec<Difference> {
    let of_trait = |trait_: Trait| {
        let (a, b) = (first.of(trait_).together.level, second.of(trait_).together.level);
        let name = trait_.name().to_owned();
        one([name.clone(), name], (a, b), ["lower".to_owned(), "higher".to_owned()])
    };
    let of_axis = |axis: Axis| {
        let place = axis as usize;
        let (a, b) = (first.axes[place].together.level, second.axes[place].together.level);
        let (low, high) = axis.poles();
        let more = |pole: &str| format!("more {}", pole.to_lowercase());
        let names = [format!("{low} (0) to {} (100)", high.to_lowercase()), axis.either()];
        one(names, (a, b), [more(low), more(high)])
    };
    Trait::ALL.into_iter().map(of_trait).chain(Axis::ALL.into_iter().map(of_axis)).collect()
}

fn one([name, short]: [String; 2], (first, second): (Level, Level), sides: [String; 2]) -> Difference {
    let [lower, higher] = sides;
    let second_is = beyond_error(&first, &second).map(|is_higher| if is_higher { higher } else { lower });
    Difference { name, short, first: ShownLevel::of(&first), second: ShownLevel::of(&second), second_is }
}

/// Whether the second level is higher. `None` if measurement error explains the difference: two measurements of one
/// value differ as much in more than one of ten cases, |m2 - m1| <= 1.645 sqrt(s1^2 + s2^2). m is a level's standard
/// score, and s its error, from the band m -+ 1.645 s.
fn beyond_error(first: &Level, second: &Level) -> Option<bool> {
    let score = |percentile: f64| normal_quantile(percentile.clamp(ENDS.0, ENDS.1) / 100.0);
    let error = |level: &Level| (score(level.high) - score(level.low)) / (2.0 * NINETY_PERCENT);
    let distance = score(second.percentile) - score(first.percentile);
    let error = error(first).hypot(error(second));
    (distance.abs() > NINETY_PERCENT * error).then_some(distance > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(low: f64, percentile: f64, high: f64) -> Level {
        Level { percentile, low, high }
    }

    #[test]
    fn only_what_error_does_not_explain_is_a_difference() {
        let (a, b) = (level(5.0, 20.0, 50.0), level(60.0, 85.0, 97.0));
        assert_eq!(beyond_error(&a, &b), Some(true));
        assert_eq!(beyond_error(&b, &a), Some(false));
        assert_eq!(beyond_error(&a, &level(10.0, 40.0, 75.0)), None);
        assert_eq!(beyond_error(&a, &a), None);
    }

    #[test]
    fn the_ends_of_the_scale_compare_too() {
        let (low, high) = (level(0.0, 0.0, 1.0), level(99.0, 100.0, 100.0));
        assert_eq!(beyond_error(&low, &high), Some(true));
    }
}
