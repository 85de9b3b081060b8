//! A bare encoder from a folder, for the baselines of an evaluation.

use std::path::Path;

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;

use super::checkpoint::Checkpoint;
use super::config::{ModelConfig, Purpose, RawConfig};
use super::error::ModelError;
use super::network::check_windows;
use super::reference::Reference;
use super::tensors;
use super::tokenizer::Tokenizer;

/// An encoder from a folder with config.json, weights and tokenizer.
pub struct LoadedEncoder {
    pub config: ModelConfig,
    pub tokenizer: Tokenizer,
    encoder: Reference,
}

/// Loads the encoder in `dir`: a plain `BertModel` or `AlbertModel`, or the encoder of a classifier.
pub fn load_encoder(dir: &Path) -> Result<LoadedEncoder, ModelError> {
    let raw = RawConfig::read(dir)?;
    let config = raw.network(Purpose::Encoder)?;
    let tokenizer = Tokenizer::of_model(dir, config.architecture, raw.fields(), config.vocab_size)?;
    let prefix = config.architecture.prefix();
    let checkpoint = Checkpoint::open(dir, prefix)?;
    let weights = checkpoint.read(&tensors::encoder(&config), prefix)?;
    let encoder = Reference::new(&config, VarBuilder::from_tensors(weights, DType::F32, &Device::Cpu))
        .map_err(|source| ModelError::Weights { path: checkpoint.path().into(), source })?;
    Ok(LoadedEncoder { config, tokenizer, encoder })
}

impl LoadedEncoder {
    /// The mean of the last layer's states over each window's tokens, special tokens included, f32 `[windows, hidden]`.
    pub fn mean_states(&self, windows: &[&[u32]]) -> Result<Tensor, ModelError> {
        check_windows(&self.config, windows)?;
        self.encoder.mean_states(windows).map_err(ModelError::Forward)
    }
}
