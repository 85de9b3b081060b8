//! Checkpoints in Hugging Face's layout as runnable classifiers: BERT and ALBERT for sequence classification, built on candle.
//!
//! [`load`] reads a folder (config.json, weights, tokenizer, and our own optional calling.json) and checks all of it, so that
//! what it returns runs. What a label says about a person is not known here: numbers and names are handed on.

mod albert;
mod bert;
mod check;
mod checkpoint;
mod config;
mod error;

pub mod evaluation;
pub mod evidence;
mod fetch;
mod fused;
mod labels;
mod layers;
mod loaded;
mod loaded_encoder;
pub(crate) mod names;
mod network;
mod numbers;
mod sentencepiece;
mod settings;
mod tokenizer;

use std::ops::Range;

pub use crate::fused::{Execution, Instructions, Precision, UnknownExecution, supported};
pub use albert::Albert;
pub use bert::Bert;
pub use check::{FileReport, Report, check};
pub use checkpoint::{Checkpoint, Expected};
pub use config::{Architecture, HiddenActivation, ModelConfig};
pub use error::ModelError;
pub use fetch::{FetchError, FetchProgress, HUB, PUBLIC_MODELS, PublicModel, fetch};
pub use labels::{Activation, Labels};
pub use layers::{Encoder, Gradient};
#[cfg(feature = "training")]
pub(crate) use loaded::sha256_of;
pub use loaded::{LoadedModel, load, load_kind, load_kind_with, load_with};
pub use loaded_encoder::{LoadedEncoder, load_encoder};
pub use network::{PooledEncoder, SequenceClassifier};
pub use settings::{Calibration, CallingSettings, Combine, Weight, Windows};
pub use tokenizer::{Tokenizer, TokenizerKind};

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
    /// How windows are cut and their logits combined; the plain way where a model has nothing to say about it.
    fn settings(&self) -> &CallingSettings {
        static PLAIN: CallingSettings = CallingSettings::PLAIN;
        &PLAIN
    }
    /// Names what the logits depend on beside the ids (weights, and how they are computed), so that no two models share a
    /// name; none while it is not known. What was read under one name may be handed out again under it.
    fn identity(&self) -> Option<String> {
        None
    }
    /// Tokenizes a text whole: no special tokens, no truncation, no padding.
    fn encode(&self, text: &str) -> Result<Encoding, ModelError>;
    /// Wraps content ids of one window into the model's special tokens ([CLS] … [SEP]).
    fn window_ids(&self, content: &[u32]) -> Vec<u32>;
    /// One row of raw logits for each window (special tokens included). Windows may differ in length; what the other
    /// windows of the batch are must not change a window's result by more than 1e-5.
    fn logits(&self, windows: &[&[u32]]) -> Result<Vec<Vec<f32>>, ModelError>;
}
