//! An estimate of one trait or axis: a normal distribution on the norm group's scale, and figures derived from it.

use serde::{Deserialize, Serialize};

/// Half the width of a 90% interval, in standard deviations of a normal distribution.
const NINETY_PERCENT: f64 = 1.645;
/// The factor by which the logistic function best imitates the normal distribution: they differ by less than .01
/// (Haley 1952; Camilli 1994).
pub const LOGISTIC: f64 = 1.702;

/// An estimate of a standard score: 0 is the norm group's mean, 1 its standard deviation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    pub mean: f64,
    /// Standard deviation of the estimate: 1 without evidence, smaller with more evidence.
    pub sd: f64,
}

impl Estimate {
    /// The estimate without evidence: the norm group's own distribution.
    pub const NOTHING: Estimate = Estimate { mean: 0.0, sd: 1.0 };

    /// The log-odds of being above the norm group's middle: 1.702 mean / sd.
    pub fn logit(&self) -> f64 {
        LOGISTIC * self.mean / self.sd
    }

    /// The chance of being above the norm group's middle, by the logistic function of [`Estimate::logit`].
    pub fn chance(&self) -> f64 {
        1.0 / (1.0 + (-self.logit()).exp())
    }

    /// The percentile of the mean, 0 to 100.
    pub fn percentile(&self) -> f64 {
        100.0 * normal_share_below(self.mean)
    }

    /// The 90% band in percentiles: mean ± 1.645 sd.
    pub fn band(&self) -> (f64, f64) {
        let end = |sign: f64| 100.0 * normal_share_below(self.mean + sign * NINETY_PERCENT * self.sd);
        (end(-1.0), end(1.0))
    }
}

/// The share of a standard normal distribution below x.
pub fn normal_share_below(x: f64) -> f64 {
    0.5 * libm::erfc(-x / std::f64::consts::SQRT_2)
}

/// The x with this share of a standard normal distribution below it: the inverse of [`normal_share_below`]. Shares
/// outside 0 to 1 count as the nearest end. x is limited to 8 on either side of the middle.
pub fn normal_quantile(share: f64) -> f64 {
    let (mut low, mut high) = (-8.0, 8.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if normal_share_below(middle) < share { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_known_is_the_norm_group_itself() {
        let nothing = Estimate::NOTHING;
        assert_eq!((nothing.chance(), nothing.percentile()), (0.5, 50.0));
        let (low, high) = nothing.band();
        assert!((low - 5.0).abs() < 0.01 && (high - 95.0).abs() < 0.01, "{low} {high}");
    }

    #[test]
    fn the_logistic_chance_is_the_normal_one_within_a_hundredth() {
        for step in -400..=400 {
            let estimate = Estimate { mean: f64::from(step) / 100.0, sd: 1.0 };
            assert!((estimate.chance() - normal_share_below(estimate.mean)).abs() < 0.01, "{estimate:?}");
        }
    }

    #[test]
    fn known_shares_of_the_normal_distribution() {
        for (x, share) in [(0.0, 0.5), (1.0, 0.841_344_746), (-1.96, 0.024_997_895), (3.0, 0.998_650_102)] {
            assert!((normal_share_below(x) - share).abs() < 1e-8, "{x}");
            assert!((normal_quantile(share) - x).abs() < 1e-6, "{x}");
        }
        assert!(normal_quantile(-1.0) < -7.9 && normal_quantile(2.0) > 7.9);
    }
}
