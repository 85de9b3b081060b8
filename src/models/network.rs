//! A whole network: encoder, pooler and, for a classifier, the head over it.

use candle_core::{Device, Result, Tensor};
use candle_nn::{Linear, Module, VarBuilder, linear};

use super::albert::Albert;
use super::bert::Bert;
use super::checkpoint::{Checkpoint, Expected};
use super::config::{Architecture, ModelConfig};
use super::error::ModelError;
use super::fused::FusedEncoder;
use super::layers::{DTYPE, Encoder, Gradient, expected_linear};
use crate::fused::Execution;

/// An encoder with its pooler: tanh of a linear layer over the first token's hidden state.
pub struct PooledEncoder {
    encoder: Box<dyn Encoder>,
    pooler: Linear,
}

impl PooledEncoder {
    /// Takes the weights from `vb`, whose names carry no `bert.` or `albert.` prefix.
    pub fn new(config: &ModelConfig, gradient: Gradient, vb: VarBuilder) -> Result<Self> {
        let encoder: Box<dyn Encoder> = match config.architecture {
            Architecture::Bert => Box::new(Bert::new(config, gradient, vb.clone())?),
            Architecture::Albert => Box::new(Albert::new(config, gradient, vb.clone())?),
        };
        Self::around(encoder, config, vb)
    }

    pub(super) fn around(encoder: Box<dyn Encoder>, config: &ModelConfig, vb: VarBuilder) -> Result<Self> {
        let pooler = linear(config.hidden_size, config.hidden_size, vb.pp(config.architecture.pooler()))?;
        Ok(PooledEncoder { encoder, pooler })
    }

    /// The tensors that [`PooledEncoder::new`] asks for, with their shapes.
    pub fn expected(config: &ModelConfig) -> Vec<Expected> {
        let mut out = match config.architecture {
            Architecture::Bert => Bert::expected(config),
            Architecture::Albert => Albert::expected(config),
        };
        expected_linear(config.architecture.pooler(), config.hidden_size, config.hidden_size, &mut out);
        out
    }

    /// The encoder without its pooler.
    pub fn encoder(&self) -> &dyn Encoder {
        self.encoder.as_ref()
    }

    /// Pooled outputs, f32 `[windows, hidden]`, in the order given.
    pub fn pooled(&self, windows: &[&[u32]]) -> Result<Tensor> {
        self.pool(&self.encoder.first_states(windows)?)
    }

    /// Hidden states of first tokens, `[windows, hidden]`, to pooled outputs of the same shape.
    pub fn pool(&self, first_states: &Tensor) -> Result<Tensor> {
        self.pooler.forward(first_states)?.tanh()
    }
}

/// BertForSequenceClassification or AlbertForSequenceClassification.
pub struct SequenceClassifier {
    network: PooledEncoder,
    head: Linear,
}

impl SequenceClassifier {
    /// Takes the weights from `vb`: the encoder's without prefix, the head's as `classifier.weight` and `classifier.bias`.
    pub fn new(config: &ModelConfig, labels: usize, gradient: Gradient, vb: VarBuilder) -> Result<Self> {
        let head = linear(config.hidden_size, labels, vb.pp("classifier"))?;
        Ok(SequenceClassifier { network: PooledEncoder::new(config, gradient, vb)?, head })
    }

    /// The same with the fused encoder in the reference's place; pooler and head stay on candle. `checkpoint` must hold what
    /// [`SequenceClassifier::expected`] says. `like` is the same classifier computed another way: what can be shared is.
    pub fn fused(
        config: &ModelConfig,
        labels: usize,
        checkpoint: &Checkpoint,
        execution: Execution,
        like: Option<&SequenceClassifier>,
    ) -> std::result::Result<Self, ModelError> {
        let like = like.and_then(|like| like.network.encoder.fused());
        let encoder = FusedEncoder::new(config, checkpoint, execution, like)?;
        let mut rest = Vec::new();
        expected_linear(config.architecture.pooler(), config.hidden_size, config.hidden_size, &mut rest);
        expected_linear("classifier", labels, config.hidden_size, &mut rest);
        let tensors = checkpoint.read(&rest, config.architecture.prefix())?;
        let vb = VarBuilder::from_tensors(tensors, DTYPE, &Device::Cpu);
        let build = || {
            let head = linear(config.hidden_size, labels, vb.pp("classifier"))?;
            let network = PooledEncoder::around(Box::new(encoder), config, vb)?;
            Ok(SequenceClassifier { network, head })
        };
        build().map_err(|source| ModelError::Weights { path: checkpoint.path().into(), source })
    }

    /// The tensors that [`SequenceClassifier::new`] asks for, with their shapes.
    pub fn expected(config: &ModelConfig, labels: usize) -> Vec<Expected> {
        let mut out = PooledEncoder::expected(config);
        expected_linear("classifier", labels, config.hidden_size, &mut out);
        out
    }

    /// Encoder and pooler.
    pub fn network(&self) -> &PooledEncoder {
        &self.network
    }

    /// Raw logits, f32 `[windows, labels]`, in the order given. Windows may differ in length.
    pub fn logits(&self, windows: &[&[u32]]) -> Result<Tensor> {
        self.head.forward(&self.network.pooled(windows)?)
    }

    /// Logits of windows of one length, for training: u32 `[windows, tokens]` to f32 `[windows, labels]`.
    pub fn forward(&self, ids: &Tensor) -> Result<Tensor> {
        debug_assert!(matches!(ids.device(), Device::Cpu));
        let first = self.network.encoder.hidden_states(ids)?.narrow(1, 0, 1)?.squeeze(1)?;
        self.head.forward(&self.network.pool(&first)?)
    }
}
