//! Facts about the models behind a reading.

use crate::personality::Pair;

/// One fact about both models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    pub name: &'static str,
    pub models: Pair<String>,
}

/// What the numbers are called. Only calibrated ones are probabilities.
pub fn measure(calibrated: bool) -> &'static str {
    if calibrated { "probability" } else { "model score" }
}
