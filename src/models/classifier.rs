//! The interface between a model and inference.

use super::error::ModelError;
use super::labels::Activation;
use super::settings::CallingSettings;
use super::tokenizer::Encoding;

/// What inference needs from a model. Implemented by loaded checkpoints and by small models in tests.
pub trait Classifier: Send + Sync {
    /// The labels in the order of the logits, as in config.json's `id2label`.
    fn labels(&self) -> &[String];
    /// How the logits become probabilities.
    fn activation(&self) -> Activation;
    /// The most content tokens in a window, special tokens not included (510 for a limit of 512).
    fn window_capacity(&self) -> usize;
    /// How texts are cut into windows and how the windows' logits are combined. The default is
    /// [`CallingSettings::PLAIN`].
    fn settings(&self) -> &CallingSettings {
        static PLAIN: CallingSettings = CallingSettings::PLAIN;
        &PLAIN
    }
    /// A unique name for everything besides the ids that the logits depend on: the weights and how they are computed.
    /// `None` while it is unknown. Logits may be reused by a model of the same identity.
    fn identity(&self) -> Option<String> {
        None
    }
    /// Tokenizes a whole text, without special tokens, truncation or padding.
    fn encode(&self, text: &str) -> Result<Encoding, ModelError>;
    /// Adds the model's special tokens to the content ids of one window ([CLS] … [SEP]).
    fn window_ids(&self, content: &[u32]) -> Vec<u32>;
    /// One row of raw logits for each window (special tokens included). Windows may differ in length. A window's logits
    /// must not differ by more than 1e-5 whatever the rest of the batch is.
    fn logits(&self, windows: &[&[u32]]) -> Result<Vec<Vec<f32>>, ModelError>;
}
