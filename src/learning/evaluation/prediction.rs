//! A reader of texts and its predictions.

use super::error::EvaluationError;
use crate::learning::numerics::sigmoid;
use crate::personality::{Axis, Mbti};
use crate::survey::ComposedText;

/// A prediction from one text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prediction {
    /// The log-odds of each trait, indexed by [`crate::personality::Trait::index`].
    pub traits: [f64; 5],
    /// The probability of each type, indexed by [`Mbti::index`].
    pub types: [f64; 16],
    /// The share of the text that was read, 0 to 1; NaN if unknown.
    pub share_read: f64,
}

impl Prediction {
    /// The probability of a trait above the population's mean.
    pub fn trait_probability(&self, trait_: usize) -> f64 {
        sigmoid(self.traits[trait_])
    }

    /// The probability of an axis's second letter.
    pub fn second_letter(&self, axis: Axis) -> f64 {
        second_letter(&self.types, axis)
    }
}

/// The probability of an axis's second letter: the sum over the eight types that have it.
pub fn second_letter(types: &[f64; 16], axis: Axis) -> f64 {
    Mbti::ALL.into_iter().filter(|t| t.is_second(axis)).map(|t| types[t.index()]).sum()
}

pub trait Reader {
    /// Reads the pieces that these texts share. Reading the texts then only adds up. `done` is called with the number
    /// of pieces read and their total.
    fn prepare(
        &mut self,
        texts: &[&ComposedText],
        done: &mut dyn FnMut(usize, usize),
    ) -> Result<(), EvaluationError>;

    /// Reads one text. Its spans are its answers; a text without spans is cut into windows as a whole.
    fn read(&mut self, text: &ComposedText) -> Result<Prediction, EvaluationError>;

    /// Whether it predicts types.
    fn reads_types(&self) -> bool {
        true
    }
}
