//! Facts about the models behind a reading.

/// One fact about both models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    pub name: &'static str,
    /// For the model of the 16 types.
    pub mbti: String,
    /// For the model of the five traits.
    pub big_five: String,
}

/// What the numbers are called. Only calibrated ones are probabilities.
pub fn measure(calibrated: bool) -> &'static str {
    if calibrated { "probability" } else { "model score" }
}
