//! Checkpoints in Hugging Face's layout as runnable classifiers: BERT and ALBERT for sequence classification, built on candle.
//!
//! [`load`] reads a folder (config.json, weights, tokenizer, and our optional calling.json) and checks all of it, so that a
//! loaded model runs. This module returns numbers and label names; `personality` gives them meaning.

mod albert;
mod bert;
mod card;
mod check;
mod checkpoint;
mod classifier;
mod config;
mod error;
pub mod evaluation;
pub mod evidence;
#[cfg(feature = "fetch")]
mod fetch;
mod folder;
mod fused;
mod labels;
mod loaded;
#[cfg(feature = "training")]
mod loaded_encoder;
mod manifest;
pub mod names;
mod network;
mod reference;
mod settings;
pub mod tensors;
mod tokenizer;

pub use crate::fused::{Execution, Instructions, Precision, supported};
pub use card::ModelCard;
pub use check::{Report, describe};
pub use classifier::Classifier;
#[cfg(all(test, feature = "training"))]
pub use config::HiddenActivation;
pub use config::{Architecture, ModelConfig};
pub use error::ModelError;
#[cfg(feature = "fetch")]
pub use fetch::{FetchError, FetchProgress, HUB, PUBLIC_MODELS, fetch};
#[cfg(feature = "training")]
pub use folder::sha256_of;
pub use labels::Activation;
pub use loaded::{LoadedModel, PLAIN, load, load_kind, load_with};
#[cfg(feature = "training")]
pub use loaded_encoder::{LoadedEncoder, load_encoder};
pub use manifest::{MANIFEST, manifest, verify};
pub use network::SequenceClassifier;
#[cfg(any(test, feature = "training"))]
pub use settings::CallingSettings;
pub use settings::Windows;
#[cfg(feature = "training")]
pub use settings::{Calibration, Combine, Weight};
pub use tokenizer::{Encoding, Tokenizer, TokenizerKind};
