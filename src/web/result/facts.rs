//! Facts about the models behind a reading.

use std::fmt;

use serde_json::Value;

use crate::personality::Pair;

/// One fact about both models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    pub name: &'static str,
    pub models: Pair<String>,
}

/// The meaning of a reading's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Calibrated: for a trait, the probability of being above the middle.
    Probability,
    /// Not calibrated, so 70% may mean more or less than seven times in ten.
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

/// Formats a stored value for the page.
pub type Write = fn(&Value) -> String;

/// The facts shown for each model: label, field, and how the value is written.
pub const FACTS: [(&str, &str, Write); 7] = [
    ("Model", "name", text),
    ("Architecture", "architecture", text),
    ("Weights (start of SHA-256)", "sha256", |value| text(value).chars().take(12).collect()),
    ("Calibrated", "calibrated", yes_or_no),
    ("Interim model", "interim", yes_or_no),
    ("Pieces of text read", "windows", text),
    ("Tokens read", "tokens", text),
];

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn yes_or_no(value: &Value) -> String {
    if value.as_bool() == Some(true) { "yes".to_owned() } else { "no".to_owned() }
}
