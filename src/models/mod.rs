//! Checkpoints in Hugging Face's layout as runnable classifiers.

use std::ops::Range;

/// How a model's logits become probabilities, as `problem_type` in its config.json says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// One label of many: the probabilities sum to one.
    Softmax,
    /// Every label for itself.
    Sigmoid,
}

/// A text as token ids, without the special tokens that open and close a window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Encoding {
    /// Vocabulary ids in the order of the text.
    pub ids: Vec<u32>,
    /// For each id the bytes of the original text that it stands for.
    pub offsets: Vec<Range<usize>>,
}

/// What inference asks of a model. Implemented by the loaded checkpoints, and by small stand-ins in tests.
pub trait Classifier: Send + Sync {
    /// The labels in the order of the logits, as config.json's `id2label` has them.
    fn labels(&self) -> &[String];
    /// How the logits become probabilities.
    fn activation(&self) -> Activation;
    /// The most content tokens a window can hold beside the special tokens (510 for a limit of 512).
    fn window_capacity(&self) -> usize;
    /// Tokenizes a text whole: no special tokens, no truncation, no padding.
    fn encode(&self, text: &str) -> Result<Encoding, ModelError>;
    /// Wraps content ids of one window into the model's special tokens ([CLS] … [SEP]).
    fn window_ids(&self, content: &[u32]) -> Vec<u32>;
    /// One row of raw logits for each window (special tokens included). Windows may differ in length; what the other
    /// windows of the batch are must not change a window's result by more than 1e-5.
    fn logits(&self, windows: &[&[u32]]) -> Result<Vec<Vec<f32>>, ModelError>;
}

/// Why a model could not be loaded or run.
#[derive(Debug, thiserror::Error)]
#[error("model")]
pub struct ModelError;
