//! One figure: its value, its floor and goal, and whether it reaches them.

use serde::{Deserialize, Serialize};

use super::kind::Kind;

/// Formats a number for tables: three decimals, without the zero before the point.
pub fn written(value: f64) -> String {
    let text = format!("{value:.3}");
    // Without this, small negative numbers would print as -.000.
    let text = if text == "-0.000" { "0.000".to_owned() } else { text };
    match text.strip_prefix("-0.") {
        Some(digits) => format!("-.{digits}"),
        None => text.strip_prefix('0').map(str::to_owned).unwrap_or(text),
    }
}

/// Formats a floor or goal for tables: two decimals.
pub fn written_bound(value: f64) -> String {
    let text = format!("{value:.2}");
    text.strip_prefix('0').map(str::to_owned).unwrap_or(text)
}

/// One measured number, with its floor, goal and comparisons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// What is measured.
    pub kind: Kind,
    /// The trait, axis or rating that it belongs to; empty if the kind has only one.
    pub of: String,
    pub value: f64,
    /// The standard error of the value over respondents or texts, if computed.
    pub standard_error: Option<f64>,
    /// The minimum to reach, if set. For errors it is a maximum, for [`Kind::UniformRatings`] the largest distance from one half,
    /// for [`Kind::Band`] and [`Kind::ResponseBand`] from .9, for [`Kind::ResponseCorrelation`] and [`Kind::LabelledLength`] from 0.
    pub floor: Option<f64>,
    /// The value aimed for, in the same sense.
    pub goal: Option<f64>,
    /// Other values to compare it with.
    pub beside: Vec<Beside>,
}

/// Another value for comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beside {
    pub name: String,
    pub value: f64,
}

/// Whether a figure reaches its floor and goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Unset,
    Missed,
    /// The floor is reached but not the goal.
    Floor,
    Goal,
}

impl Verdict {
    /// The verdict in a word.
    pub fn words(self) -> &'static str {
        match self {
            Verdict::Unset => "",
            Verdict::Missed => "missed",
            Verdict::Floor => "floor",
            Verdict::Goal => "goal",
        }
    }
}

impl Figure {
    /// Whether the value reaches its floor and goal. NaN reaches neither.
    pub fn verdict(&self) -> Verdict {
        let reaches = |bound: f64| match self.kind {
            Kind::CalibrationError | Kind::FalseNotice | Kind::ResponseCalibration | Kind::LabelledBrier => {
                self.value <= bound
            }
            Kind::UniformRatings => (self.value - 0.5).abs() <= bound,
            Kind::Band | Kind::ResponseBand => (self.value - 0.9).abs() <= bound,
            Kind::ResponseCorrelation | Kind::LabelledLength => self.value.abs() <= bound,
            _ => self.value >= bound,
        };
        match (self.floor, self.goal) {
            (None, None) => Verdict::Unset,
            (_, Some(goal)) if reaches(goal) => Verdict::Goal,
            (Some(floor), _) if reaches(floor) => Verdict::Floor,
            _ => Verdict::Missed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(kind: Kind, value: f64, floor: f64, goal: f64) -> Verdict {
        let of = String::new();
        let figure = Figure {
            kind,
            of,
            value,
            standard_error: None,
            floor: Some(floor),
            goal: Some(goal),
            beside: Vec::new(),
        };
        figure.verdict()
    }

    #[test]
    fn numbers_are_written_without_a_leading_zero() {
        assert_eq!(
            [0.9814, -0.12, 1.0, -0.0001, 12.3456].map(written),
            [".981", "-.120", "1.000", ".000", "12.346"]
        );
        assert_eq!([0.9, 1.0 - 1e-6].map(written_bound), [".90", "1.00"]);
    }

    #[test]
    fn a_verdict_depends_on_whether_larger_or_smaller_is_better() {
        assert_eq!(figure(Kind::Sanity, 0.98, 0.9, 0.98), Verdict::Goal);
        assert_eq!(figure(Kind::Sanity, 0.97, 0.9, 0.98), Verdict::Floor);
        assert_eq!(figure(Kind::Sanity, 0.89, 0.9, 0.98), Verdict::Missed);
        assert_eq!(figure(Kind::CalibrationError, 0.01, 0.05, 0.02), Verdict::Goal);
        assert_eq!(figure(Kind::CalibrationError, 0.06, 0.05, 0.02), Verdict::Missed);
        assert_eq!(figure(Kind::UniformRatings, 0.4, 0.15, 0.05), Verdict::Floor);
        assert_eq!(figure(Kind::UniformRatings, 0.3, 0.15, 0.05), Verdict::Missed);
        assert_eq!(figure(Kind::ResponseBand, 0.93, 0.05, 0.02), Verdict::Floor);
        assert_eq!(figure(Kind::ResponseBand, 0.84, 0.05, 0.02), Verdict::Missed);
        assert_eq!(figure(Kind::Band, 0.915, 0.02, 0.01), Verdict::Floor);
        assert_eq!(figure(Kind::FalseNotice, 0.021, 0.02, 0.01), Verdict::Missed);
        assert_eq!(figure(Kind::LabelledBrier, 0.251, 0.25, 0.245), Verdict::Missed);
        assert_eq!(figure(Kind::LabelledLength, -0.1, 0.15, 0.08), Verdict::Floor);
        assert_eq!(figure(Kind::ResponseCorrelation, -0.05, 0.12, 0.06), Verdict::Goal);
        assert_eq!(figure(Kind::Sanity, f64::NAN, 0.9, 0.98), Verdict::Missed);
        assert_eq!(figure(Kind::UniformRatings, f64::NAN, 0.15, 0.05), Verdict::Missed);
    }
}
