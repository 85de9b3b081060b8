//! One trait's score compared with the norm group.

use super::level::Level;
use crate::personality::{Estimate, normal_quantile, normal_share_below};

/// Half the width of a 90% interval, in standard errors of a normal variable.
const NINETY_PERCENT: f64 = 1.645;

/// The items whose mean is a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemSet {
    /// The trait's eight statements: the more reliable percentile.
    Statements,
    /// All twelve items. Most adjectives are imputed, so this percentile is approximate.
    All,
}

/// How a score from 0 to 100 is distributed in the norm group.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    /// The number of items.
    pub items: u32,
    /// How many of them are imputed.
    pub imputed: u32,
    pub mean: f64,
    pub sd: f64,
    /// Squared correlation of the score with the latent trait.
    pub reliability: f64,
    /// Standard error of measurement, in points of the score: sd * sqrt(1 - reliability).
    pub sem: f64,
    /// Ascending by score, from 0 to 100.
    pub(super) points: Vec<Point>,
}

/// The percentile of one score. A percentile counts those below and half of those at the score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    pub score: f64,
    pub percentile: f64,
    /// Standard error of the percentile, in percentiles.
    pub error: f64,
}

impl Scale {
    /// The percentile of a score and its standard error, interpolated between the tabled scores. Scores outside 0 to 100
    /// count as the nearest end.
    pub fn percentile(&self, score: f64) -> (f64, f64) {
        let score = score.clamp(0.0, 100.0);
        let above = self.points.partition_point(|point| point.score <= score);
        match (above.checked_sub(1).and_then(|at| self.points.get(at)), self.points.get(above)) {
            (Some(low), Some(high)) => {
                let part = (score - low.score) / (high.score - low.score);
                let between = |a: f64, b: f64| a + part * (b - a);
                (between(low.percentile, high.percentile), between(low.error, high.error))
            }
            (Some(only), None) | (None, Some(only)) => (only.percentile, only.error),
            (None, None) => (50.0, 50.0),
        }
    }

    /// The level of a score with its 90% band: the score ± 1.645 standard errors of measurement, both ends turned into
    /// percentiles and widened by 1.645 standard errors of the percentiles themselves.
    pub fn level(&self, score: f64) -> Level {
        self.level_within(score, NINETY_PERCENT * self.sem)
    }

    /// The same for ratings that count by `trust`, above 0 and up to 1: their error variance is divided by it.
    pub fn level_trusted(&self, score: f64, trust: f64) -> Level {
        self.level_within(score, NINETY_PERCENT * self.sem / trust.sqrt())
    }

    /// The two errors are independent, so their squares add up.
    fn level_within(&self, score: f64, half_width: f64) -> Level {
        let (percentile, _) = self.percentile(score);
        let end = |score: f64| {
            let (end, error) = self.percentile(score);
            (end - percentile).hypot(NINETY_PERCENT * error)
        };
        Level {
            percentile,
            low: (percentile - end(score - half_width)).max(0.0),
            high: (percentile + end(score + half_width)).min(100.0),
        }
    }

    /// The estimate of the trait from the percentile of a score. With r for the reliability and z for the standard score
    /// of the percentile, the trait has the mean sqrt(r) z and the variance `1 - r`. `trust`, above 0 and up to 1,
    /// multiplies the evidence r / (1 - r).
    pub fn estimate(&self, percentile: f64, trust: f64) -> Estimate {
        let reliability = self.reliability.clamp(0.0, 0.99);
        let evidence = trust * reliability / (1.0 - reliability);
        let z = normal_quantile(percentile / 100.0);
        Estimate { mean: (evidence / (1.0 + evidence)).sqrt() * z, sd: (1.0 / (1.0 + evidence)).sqrt() }
    }

    /// The chance that a person with this score is above the group's middle on the trait, from [`Scale::estimate`].
    pub fn chance_above_middle(&self, score: f64, trust: f64) -> f64 {
        let Estimate { mean, sd } = self.estimate(self.percentile(score).0, trust);
        normal_share_below(mean / sd)
    }
}
