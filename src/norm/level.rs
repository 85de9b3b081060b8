//! A person's place in the norm group: a percentile with a band, and a word for it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A place in the norm group with a 90% band, all in percentiles from 0 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Level {
    pub percentile: f64,
    /// The lower end of the band.
    pub low: f64,
    /// The upper end of the band.
    pub high: f64,
}

impl Level {
    pub fn word(&self) -> Word {
        Word::of(self.percentile)
    }

    /// Whether the band, in whole percentiles as pages show it, excludes at most the outer tenths.
    pub fn says_nothing(&self) -> bool {
        self.low.round() <= 10.0 && self.high.round() >= 90.0
    }

    /// Whether the band, in whole percentiles, reaches the middle.
    pub fn reaches_middle(&self) -> bool {
        self.low.round() <= 50.0 && self.high.round() >= 50.0
    }
}

/// A percentile in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// Below the 10th percentile.
    Low,
    /// From the 10th to below the 30th.
    BelowAverage,
    /// From the 30th to the 70th.
    Average,
    /// Above the 70th, up to the 90th.
    AboveAverage,
    /// Above the 90th.
    High,
}

impl Word {
    /// From the lowest to the highest.
    pub const ALL: [Word; 5] = [Word::Low, Word::BelowAverage, Word::Average, Word::AboveAverage, Word::High];

    /// The word for a percentile, 0 to 100. Rounds to whole numbers first, because pages show those and the word must
    /// agree with the number.
    pub fn of(percentile: f64) -> Word {
        match percentile.round() {
            p if p < 10.0 => Word::Low,
            p if p < 30.0 => Word::BelowAverage,
            p if p <= 70.0 => Word::Average,
            p if p <= 90.0 => Word::AboveAverage,
            _ => Word::High,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Word::Low => "low",
            Word::BelowAverage => "below average",
            Word::Average => "average",
            Word::AboveAverage => "above average",
            Word::High => "high",
        }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
