//! A model's windows put together: weights, calibration, then probabilities. Pure.

use crate::models::Activation;
use crate::personality::readout::{self, NotFinite};

use super::window::Cut;

/// How a model's readings are made, as its calling.json says; the default is that of a folder without one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReadingPlan {
    /// How the text is cut into windows.
    pub cut: Cut,
    /// How much each window's logits weigh.
    pub weighting: Weighting,
    /// What turns the summed logits into calibrated ones, if anything does.
    pub calibration: Option<Calibration>,
}

/// How the logits of a text's windows become one row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weighting {
    /// The mean, each window weighing as many as it has tokens (special tokens aside).
    #[default]
    Tokens,
    /// The mean, all windows weighing the same.
    Windows,
    /// The sum: each window is evidence of its own.
    Sum,
}

/// Each label's logit x becomes scale · x + bias (Platt scaling, a line for each label).
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// One factor a label, in the order of the logits.
    pub scale: Vec<f64>,
    /// One summand a label, in the order of the logits.
    pub bias: Vec<f64>,
}

impl ReadingPlan {
    /// Whether the plan fits a model with this many labels; if not, a sentence that says what was found.
    pub fn check(&self, labels: usize) -> Result<(), String> {
        let Some(Calibration { scale, bias }) = &self.calibration else { return Ok(()) };
        if scale.len() != labels || bias.len() != labels {
            return Err(format!(
                "the calibration must have one scale and one bias for each of the {labels} labels, found {} and {}",
                scale.len(),
                bias.len()
            ));
        }
        if !scale.iter().chain(bias).all(|x| x.is_finite()) {
            return Err("every scale and bias of the calibration must be a finite number".to_owned());
        }
        Ok(())
    }

    /// One row of calibrated logits from the windows' rows. `rows` pairs each window's content tokens with its logits, all
    /// rows of the same length. Without windows there are no logits.
    pub fn assemble(&self, rows: &[(usize, Vec<f32>)]) -> Vec<f64> {
        let mut logits = vec![0.0; rows.first().map_or(0, |(_, row)| row.len())];
        let mut total = 0.0;
        for (tokens, row) in rows {
            let weight = match self.weighting {
                Weighting::Tokens => (*tokens).max(1) as f64,
                Weighting::Windows | Weighting::Sum => 1.0,
            };
            total += weight;
            for (sum, x) in logits.iter_mut().zip(row) {
                *sum += weight * f64::from(*x);
            }
        }
        if self.weighting != Weighting::Sum {
            logits.iter_mut().for_each(|x| *x /= total);
        }
        if let Some(Calibration { scale, bias }) = &self.calibration {
            for ((x, scale), bias) in logits.iter_mut().zip(scale).zip(bias) {
                *x = scale * *x + bias;
            }
        }
        logits
    }
}

/// Logits to probabilities, by the model's own activation.
pub fn probabilities(activation: Activation, logits: &[f64]) -> Result<Vec<f64>, NotFinite> {
    match activation {
        Activation::Softmax => readout::softmax(logits),
        Activation::Sigmoid => readout::sigmoid(logits),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<(usize, Vec<f32>)> {
        vec![(30, vec![1.0, -1.0]), (10, vec![-3.0, 1.0])]
    }

    #[test]
    fn a_window_weighs_as_the_plan_says() {
        let plan = |weighting| ReadingPlan { weighting, ..ReadingPlan::default() };
        assert_eq!(plan(Weighting::Tokens).assemble(&rows()), [0.0, -0.5]);
        assert_eq!(plan(Weighting::Windows).assemble(&rows()), [-1.0, 0.0]);
        assert_eq!(plan(Weighting::Sum).assemble(&rows()), [-2.0, 0.0]);
    }

    #[test]
    fn one_window_gives_the_models_own_logits() {
        let row = vec![0.1f32, -7.25, 3.3];
        for weighting in [Weighting::Tokens, Weighting::Windows, Weighting::Sum] {
            let plan = ReadingPlan { weighting, ..ReadingPlan::default() };
            for (x, expected) in plan.assemble(&[(0, row.clone())]).into_iter().zip(&row) {
                assert_eq!(x, f64::from(*expected));
            }
        }
    }

    #[test]
    fn calibration_is_a_line_for_each_label() {
        let calibration = Calibration { scale: vec![2.0, 0.5], bias: vec![0.25, -1.0] };
        let plan = ReadingPlan { calibration: Some(calibration), ..ReadingPlan::default() };
        assert_eq!(plan.assemble(&rows()), [0.25, -1.25]);
    }

    #[test]
    fn a_calibration_for_another_number_of_labels_is_refused() {
        let calibration = |scale: Vec<f64>, bias| ReadingPlan {
            calibration: Some(Calibration { scale, bias }),
            ..ReadingPlan::default()
        };
        let found = calibration(vec![1.0; 5], vec![0.0; 4]).check(5);
        assert!(found.is_err_and(|message| message.contains("found 5 and 4")));
        assert!(calibration(vec![1.0, f64::NAN], vec![0.0; 2]).check(2).is_err());
        assert_eq!(calibration(vec![1.0; 5], vec![0.0; 5]).check(5), Ok(()));
    }
}
