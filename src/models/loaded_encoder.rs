//! A bare encoder from a folder: a starting point for learning, and what the baselines read with.

use std::collections::HashMap;
use std::path::Path;

use candle_core::{Device, Tensor};
use candle_nn::VarBuilder;

use super::checkpoint::{Checkpoint, Expected};
use super::config::{ModelConfig, Purpose, RawConfig};
use super::error::ModelError;
use super::layers::{DTYPE, Gradient};
use super::loaded::check_windows;
use super::network::PooledEncoder;
use super::tokenizer::Tokenizer;

/// An encoder from a folder: config.json, weights and tokenizer, with or without a classifier's head.
pub struct LoadedEncoder {
    /// The network's family and sizes.
    pub config: ModelConfig,
    /// The tokenizer.
    pub tokenizer: Tokenizer,
    /// Encoder and pooler, forward only.
    pub network: PooledEncoder,
    /// The weights by name, f32, without transformers' prefix: what a trainable copy starts from.
    pub tensors: HashMap<String, Tensor>,
}

/// Loads the encoder in `dir`: a plain `BertModel` or `AlbertModel`, or a classifier's without its head.
pub fn load_encoder(dir: &Path) -> Result<LoadedEncoder, ModelError> {
    let config = RawConfig::read(dir)?.network(Purpose::Encoder)?;
    let tokenizer = Tokenizer::read(dir, config.vocab_size)?;
    let prefix = config.architecture.prefix();
    let checkpoint = Checkpoint::open(dir, prefix)?;
    let expected: Vec<Expected> = PooledEncoder::expected(&config);
    let tensors = checkpoint.read(&expected, prefix)?;
    let vb = VarBuilder::from_tensors(tensors.clone(), DTYPE, &Device::Cpu);
    let network = PooledEncoder::new(&config, Gradient::Off, vb)
        .map_err(|source| ModelError::Weights { path: checkpoint.path().into(), source })?;
    Ok(LoadedEncoder { config, tokenizer, network, tensors })
}

impl LoadedEncoder {
    /// Pooled outputs of these windows (special tokens included), f32 `[windows, hidden]`.
    pub fn pooled(&self, windows: &[&[u32]]) -> Result<Tensor, ModelError> {
        check_windows(&self.config, windows)?;
        self.network.pooled(windows).map_err(ModelError::Forward)
    }

    /// The mean over each window's tokens of the last layer's hidden states, f32 `[windows, hidden]`.
    pub fn mean_states(&self, windows: &[&[u32]]) -> Result<Tensor, ModelError> {
        check_windows(&self.config, windows)?;
        self.network.encoder().mean_states(windows).map_err(ModelError::Forward)
    }
}
