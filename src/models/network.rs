//! A classifier's whole network: encoder, pooler and head.

use candle_core::{DType, Device, Result, Tensor};
use candle_nn::{Linear, Module, VarBuilder, linear};

use super::checkpoint::Checkpoint;
use super::config::ModelConfig;
use super::error::ModelError;
use super::fused;
use super::names::CLASSIFIER;
use super::reference::Reference;
use super::tensors;
use crate::fused::{Execution, Network};

enum Encoder {
    Reference(Box<Reference>),
    Fused(Box<Network>),
}

/// BertForSequenceClassification or AlbertForSequenceClassification.
pub struct SequenceClassifier {
    encoder: Encoder,
    /// Followed by tanh.
    pooler: Linear,
    head: Linear,
}

impl SequenceClassifier {
    /// A classifier on candle's plain operations. Takes the tensors named by [`tensors::classifier`] from `vb`.
    pub fn new(config: &ModelConfig, labels: usize, vb: VarBuilder) -> Result<SequenceClassifier> {
        let encoder = Encoder::Reference(Box::new(Reference::new(config, vb.clone())?));
        SequenceClassifier::around(encoder, config, labels, vb)
    }

    /// Reads the weights from `checkpoint` for this execution; `None` is candle's plain operations. `like` is the same
    /// classifier for another execution: the two share what they can.
    pub(super) fn read(
        config: &ModelConfig,
        labels: usize,
        checkpoint: &Checkpoint,
        execution: Option<Execution>,
        like: Option<&SequenceClassifier>,
    ) -> std::result::Result<SequenceClassifier, ModelError> {
        let prefix = config.architecture.prefix();
        let all = tensors::classifier(config, labels);
        checkpoint.expect(&all, prefix)?;
        let weights = |expected| {
            let tensors = checkpoint.read(expected, prefix)?;
            Ok::<_, ModelError>(VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu))
        };
        let built = match execution {
            None => SequenceClassifier::new(config, labels, weights(&all)?),
            Some(execution) => {
                let like = like.and_then(SequenceClassifier::fused);
                let encoder = Encoder::Fused(Box::new(fused::read(config, checkpoint, execution, like)?));
                let head = weights(&tensors::head(config, labels))?;
                SequenceClassifier::around(encoder, config, labels, head)
            }
        };
        built.map_err(|source| ModelError::Weights { path: checkpoint.path().into(), source })
    }

    fn around(
        encoder: Encoder,
        config: &ModelConfig,
        labels: usize,
        vb: VarBuilder,
    ) -> Result<SequenceClassifier> {
        let hidden = config.hidden_size;
        Ok(SequenceClassifier {
            encoder,
            pooler: linear(hidden, hidden, vb.pp(config.architecture.pooler()))?,
            head: linear(hidden, labels, vb.pp(CLASSIFIER))?,
        })
    }

    fn fused(&self) -> Option<&Network> {
        match &self.encoder {
            Encoder::Reference(_) => None,
            Encoder::Fused(network) => Some(network),
        }
    }

    /// Raw logits, f32 `[windows, labels]`, in the order of `windows`, which may differ in length.
    pub fn logits(&self, windows: &[&[u32]]) -> Result<Tensor> {
        let states = match &self.encoder {
            Encoder::Reference(encoder) => encoder.first_states(windows)?,
            Encoder::Fused(network) => {
                let states = network.first_states(windows).map_err(candle_core::Error::wrap)?;
                Tensor::from_vec(states, (windows.len(), network.hidden()), &Device::Cpu)?
            }
        };
        self.head.forward(&self.pooler.forward(&states)?.tanh()?)
    }
}

/// Checks that every window has 1 to `positions` tokens and every id is in the vocabulary.
pub(super) fn check_windows(config: &ModelConfig, windows: &[&[u32]]) -> std::result::Result<(), ModelError> {
    for window in windows {
        if window.is_empty() || window.len() > config.positions {
            return Err(ModelError::WindowLength { found: window.len(), limit: config.positions });
        }
        if let Some(&id) = window.iter().find(|id| **id as usize >= config.vocab_size) {
            return Err(ModelError::UnknownToken { id, size: config.vocab_size });
        }
    }
    Ok(())
}
