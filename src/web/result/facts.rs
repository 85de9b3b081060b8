//! Facts about the models behind a reading.

use std::fmt;

use crate::personality::Pair;

/// One fact about both models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    pub name: &'static str,
    pub models: Pair<String>,
}

/// What the numbers of a reading are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Calibrated: for a trait, the probability of standing above the middle.
    Probability,
    /// Not calibrated, so that 70 may mean more or less than seven times in ten.
    ModelScore,
}

impl Measure {
    pub fn of(calibrated: bool) -> Measure {
        if calibrated { Measure::Probability } else { Measure::ModelScore }
    }

    /// "probability" or "model score".
    pub fn name(self) -> &'static str {
        match self {
            Measure::Probability => "probability",
            Measure::ModelScore => "model score",
        }
    }

    pub fn is_probability(self) -> bool {
        self == Measure::Probability
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
