//! BERT's encoder (Devlin et al. 2018, arXiv:1810.04805): a stack of layers, each with weights of its own.

use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;

use super::checkpoint::Expected;
use super::config::ModelConfig;
use super::layers::{Embeddings, Encoder, Gradient, TransformerLayer};

/// BERT's encoder on plain candle operations.
pub struct Bert {
    embeddings: Embeddings,
    layers: Vec<TransformerLayer>,
    hidden_size: usize,
}

impl Bert {
    /// Takes the weights from `vb`, whose names carry no `bert.` prefix.
    pub fn new(config: &ModelConfig, gradient: Gradient, vb: VarBuilder) -> Result<Self> {
        let stored = config.stored_layers().into_iter();
        let layers = stored.map(|name| TransformerLayer::new(config, gradient, vb.pp(name)));
        Ok(Bert {
            embeddings: Embeddings::new(config, gradient, vb.pp("embeddings"))?,
            layers: layers.collect::<Result<_>>()?,
            hidden_size: config.hidden_size,
        })
    }

    pub(super) fn expected(config: &ModelConfig) -> Vec<Expected> {
        let mut out = Vec::new();
        Embeddings::expected(config, &mut out);
        for name in config.stored_layers() {
            TransformerLayer::expected(config, &name, &mut out);
        }
        out
    }
}

impl Encoder for Bert {
    fn hidden_size(&self) -> usize {
        self.hidden_size
    }

    fn hidden_states(&self, ids: &Tensor) -> Result<Tensor> {
        self.layers.iter().try_fold(self.embeddings.forward(ids)?, |x, layer| layer.forward(&x))
    }
}
