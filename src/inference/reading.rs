//! What the models read in a text: its windows before the forward pass, its logits and probabilities after it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::models::{Activation, Classifier, Encoding};
use crate::personality::readout::{self, LabelError};
use crate::personality::{Pair, Profile};

use super::error::InferenceError;
use super::window;

/// Both models' readings of one text.
pub type Reading = Pair<ModelReading>;

impl Reading {
    /// The probability of each type and each trait.
    ///
    /// # Errors
    /// When a model's labels are not the types or the traits.
    pub fn profile(&self) -> Result<Profile, LabelError> {
        Ok(Profile {
            types: readout::type_probabilities(&self.mbti.labels, &self.mbti.probabilities)?,
            traits: readout::trait_probabilities(&self.big_five.labels, &self.big_five.probabilities)?,
        })
    }

    /// The share of the text that both models read, 0 to 1: the smaller of their two shares.
    pub fn share_read(&self) -> f64 {
        self.mbti.share_read.min(self.big_five.share_read)
    }
}

/// One model's reading of one text.
#[derive(Clone, Debug)]
pub struct ModelReading {
    /// The model's own labels, in the order of its logits.
    pub labels: Vec<String>,
    /// One for each label, 0 to 1.
    pub probabilities: Vec<f64>,
    /// One for each label: the weighted mean of the windows' logits, calibrated where calling.json says so.
    pub logits: Vec<f64>,
    /// The share of the text's visible characters that were in a window, 0 to 1, from token offsets.
    pub share_read: f64,
    /// Tokens of the text, without special tokens.
    pub tokens: usize,
    /// Windows read.
    pub windows: usize,
    /// Whether the probabilities are calibrated. If not, pages call them model scores.
    pub calibrated: bool,
    /// Where the time went.
    pub timings: Timings,
}

/// Wall time by stage. The first three add up to the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timings {
    /// Waiting for the tokenizer, for the model, and while it read other texts' windows.
    pub queue: Duration,
    /// Cutting the text into tokens and windows.
    pub tokenize: Duration,
    /// In forward passes with at least one window of this text.
    pub forward: Duration,
    /// From admission to the result.
    pub total: Duration,
}

/// A text cut into a model's windows.
pub struct Prepared {
    /// Token ids of each window, special tokens included.
    pub windows: Vec<Vec<u32>>,
    /// Number of each window's tokens without the special ones.
    pub content: Vec<usize>,
    /// The share of the text that is in a window, 0 to 1.
    pub share_read: f64,
}

impl Prepared {
    /// Cuts a tokenized text into windows. `rated` is as in [`window::cut`].
    pub fn new(model: &dyn Classifier, text: &str, encoding: &Encoding, rated: &HashSet<String>) -> Prepared {
        let tokens = encoding.ids.len().min(encoding.offsets.len());
        let offsets = &encoding.offsets[..tokens];
        let ranges = window::cut(text, offsets, model.settings().windows, model.window_capacity(), rated);
        Prepared {
            windows: ranges.iter().map(|r| model.window_ids(&encoding.ids[r.clone()])).collect(),
            content: ranges.iter().map(ExactSizeIterator::len).collect(),
            share_read: window::share_read(text, ranges.iter().flat_map(|r| &offsets[r.clone()])),
        }
    }
}

/// Checks that the model's output is one row of numbers per window.
pub(super) fn check_rows(
    model: &dyn Classifier,
    windows: usize,
    rows: &[Vec<f32>],
) -> Result<(), InferenceError> {
    let labels = model.labels().len();
    if rows.len() != windows || rows.iter().any(|row| row.len() != labels) {
        return Err(InferenceError::Shape { windows, rows: rows.len(), labels });
    }
    Ok(())
}

/// The reading from each window's content tokens and logits.
pub(super) fn conclude(
    model: &dyn Classifier,
    rows: &[(usize, Vec<f32>)],
    share_read: f64,
    timings: Timings,
) -> Result<ModelReading, InferenceError> {
    let windows: Vec<(usize, &[f32])> = rows.iter().map(|(tokens, row)| (*tokens, row.as_slice())).collect();
    let logits = model.settings().combine(model.labels(), &windows);
    Ok(ModelReading {
        labels: model.labels().to_vec(),
        probabilities: match model.activation() {
            Activation::Softmax => readout::softmax(&logits)?,
            Activation::Sigmoid => readout::sigmoid(&logits)?,
        },
        logits,
        share_read,
        tokens: rows.iter().map(|(tokens, _)| tokens).sum(),
        windows: rows.len(),
        calibrated: model.settings().gives_probabilities(),
        timings,
    })
}

/// Reads a text on the calling thread, window by window, without an engine: for the command line, for evaluation, and to
/// check an engine's readings against. `rated` is as in [`window::cut`].
///
/// # Errors
/// When the model returns an error, the wrong number of rows, or a number that is not finite.
pub fn read_alone(
    model: &dyn Classifier,
    text: &str,
    rated: &HashSet<String>,
) -> Result<ModelReading, InferenceError> {
    let start = Instant::now();
    let refused = |error| InferenceError::Model(Arc::new(error));
    let encoding = model.encode(text).map_err(refused)?;
    let prepared = Prepared::new(model, text, &encoding, rated);
    let tokenize = start.elapsed();
    let mut rows = Vec::with_capacity(prepared.windows.len());
    for (ids, content) in prepared.windows.iter().zip(prepared.content) {
        let logits = model.logits(&[ids]).map_err(refused)?;
        check_rows(model, 1, &logits)?;
        rows.extend(logits.into_iter().map(|row| (content, row)));
    }
    let total = start.elapsed();
    let timings = Timings { queue: Duration::ZERO, tokenize, forward: total - tokenize, total };
    conclude(model, &rows, prepared.share_read, timings)
}
