//! The parts of figures: truth, predictions, bounds.

use super::super::prediction::Prediction;
use crate::models::evaluation::{Beside, Figure, Kind};
use crate::personality::{Axis, Mbti};

/// What is known about the respondents. Each list has one entry per respondent.
#[derive(Default)]
pub struct Truth {
    /// Standardized traits.
    pub traits: Vec<[f64; 5]>,
    /// Standardized, positive towards the second letter, in the order of [`Axis::ALL`].
    pub axes: Vec<[f64; 4]>,
    pub types: Vec<Mbti>,
    /// The mean keyed rating of each trait.
    pub keyed: Vec<[f64; 5]>,
    /// The keyed score that a linear model predicts from the rated sentences.
    pub linear: Vec<[f64; 5]>,
    /// The sum of the labels of all answers.
    pub oracle: Vec<[f64; 5]>,
    /// The same for the two unseen questions, with several draws of answers per respondent.
    pub oracle_unseen: Vec<[f64; 5]>,
    /// The same for the reworded text.
    pub oracle_reworded: Vec<[f64; 5]>,
    /// The posterior mean of each trait, given the whole text.
    pub posterior_traits: Vec<[f64; 5]>,
    /// The posterior probability of each type, given the whole text.
    pub posterior_types: Vec<[f64; 16]>,
    /// The regressions of the axes on the traits, in the order of [`Axis::ALL`].
    pub axes_by_traits: [[f64; 5]; 4],
}

/// A reader's predictions for the same respondents.
#[derive(Default)]
pub struct Predictions {
    /// Whether it predicts types.
    pub types: bool,
    /// From the whole text.
    pub whole: Vec<Prediction>,
    /// From the open answers alone.
    pub open: Vec<Prediction>,
    /// From answers to the two unseen questions: several draws per respondent, in sequence.
    pub unseen: Vec<Prediction>,
    /// From the whole text, with the answers replaced by others with the same labels.
    pub reworded: Vec<Prediction>,
    /// From the replaced answers alone.
    pub reworded_open: Vec<Prediction>,
    /// From the shuffled texts of the first respondents.
    pub shuffled: Vec<Prediction>,
    /// From uniform ratings: the rating and the prediction.
    pub uniform: Vec<(u8, Prediction)>,
}

/// Floor and goal, for the kinds that have them.
fn bounds(kind: Kind) -> (Option<f64>, Option<f64>) {
    let (floor, goal) = match kind {
        Kind::Sanity => (0.90, 0.98),
        Kind::OpenAnswers => (0.60, 0.85),
        Kind::UnseenQuestions => (0.35, 0.65),
        Kind::AxisArea => (0.95, 0.99),
        Kind::TypeTopOne => (0.80, 0.93),
        Kind::TypeTopThree => (0.92, 0.98),
        Kind::CalibrationError => (0.05, 0.02),
        Kind::Reworded => (0.80, 0.92),
        Kind::UniformRatings => (0.15, 0.05),
        // Sums in another order differ by rounding errors.
        Kind::Shuffled => (0.95, 1.0 - 1e-6),
        Kind::Band => (0.02, 0.01),
        Kind::FalseNotice => (0.02, 0.01),
        Kind::ResponseCalibration => (0.06, 0.03),
        Kind::ResponseBand => (0.05, 0.02),
        Kind::ResponseAgreement => (0.98, 1.00),
        Kind::ResponseCorrelation => (0.12, 0.06),
        Kind::LabelledBrier => (0.25, 0.245),
        Kind::LabelledLength => (0.15, 0.08),
        _ => return (None, None),
    };
    (Some(floor), Some(goal))
}

/// A figure with the floor and goal of its kind.
pub fn figure(kind: Kind, of: impl Into<String>, value: f64, standard_error: Option<f64>) -> Figure {
    let (floor, goal) = bounds(kind);
    Figure { kind, of: of.into(), value, standard_error, floor, goal, beside: Vec::new() }
}

impl Beside {
    pub fn new(name: &str, value: f64) -> Beside {
        Beside { name: name.to_owned(), value }
    }
}

pub fn column<const N: usize>(rows: &[[f64; N]], place: usize) -> Vec<f64> {
    rows.iter().map(|row| row[place]).collect()
}

pub fn logits(predicted: &[Prediction], trait_: usize) -> Vec<f64> {
    predicted.iter().map(|s| s.traits[trait_]).collect()
}

/// The log-odds of an axis's second letter.
pub fn axis_logit(predicted: &Prediction, axis: Axis) -> f64 {
    let p = predicted.second_letter(axis).clamp(1e-12, 1.0 - 1e-12);
    (p / (1.0 - p)).ln()
}
