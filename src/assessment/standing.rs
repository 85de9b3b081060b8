//! Where a person stands on a trait or an axis, with the uncertainty, and the evidence it comes from.

use serde::{Deserialize, Serialize};

use crate::norm::{Level, Word};
use crate::personality::{Axis, Estimate, Trait, normal_share_below};

/// Half the width of a 90% band, in standard deviations of a normal distribution.
const NINETY_PERCENT: f64 = 1.645;

/// A person's place in the norm group.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// The likeliest percentile with its 90% band. On an axis, percentile 0 is the extreme of the first letter and 100
    /// that of the second.
    #[serde(flatten)]
    pub level: Level,
    /// The chance of being above the norm group's middle, 0 to 1; on an axis, the chance of the second letter. Unlike
    /// the band, it includes that other statements about the same trait agree with these only in part.
    pub above: f64,
}

impl Standing {
    /// `level` is the estimate of the trait as the rated items measure it, `estimate` as other statements would. The
    /// band becomes `widening` times as wide.
    pub(super) fn new(level: &Estimate, estimate: &Estimate, widening: f64) -> Standing {
        let percentile = |x: f64| 100.0 * normal_share_below(x);
        let half = NINETY_PERCENT * level.sd * widening;
        Standing {
            level: Level {
                percentile: percentile(level.mean),
                low: percentile(level.mean - half),
                high: percentile(level.mean + half),
            },
            above: estimate.chance(),
        }
    }

    /// The percentile in words.
    pub fn word(&self) -> Word {
        self.level.word()
    }
}

/// One trait, read three ways on one scale.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TraitStanding {
    #[serde(rename = "trait")]
    pub trait_: Trait,
    /// From the ratings of the trait's eight statements by key and norm, without the models. `None` unless all eight
    /// are rated.
    pub ratings: Option<Standing>,
    /// From the models' reading of the open answers and free text alone. `None` if no written word counts.
    pub words: Option<Standing>,
    /// From the models' reading of everything.
    pub together: Standing,
    /// `together` as a standard score in the norm group, which careers are matched with.
    pub score: Estimate,
}

/// One axis of the 16 types. [`Standing::above`] is the chance of the second letter.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AxisStanding {
    pub axis: Axis,
    /// From the open answers and free text alone. `None` if no written word counts.
    pub words: Option<Standing>,
    pub together: Standing,
}

impl AxisStanding {
    /// The likelier letter and its chance. At exactly one half it is the first letter.
    pub fn likelier(&self) -> (char, f64) {
        let (first, second) = self.axis.letters();
        let chance = self.together.above;
        if chance > 0.5 { (second, chance) } else { (first, 1.0 - chance) }
    }
}
