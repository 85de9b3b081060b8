//! ALBERT's encoder (Lan et al. 2019, arXiv:1909.11942): narrow embeddings projected to the hidden size, and layers that
//! share their weights within a group.

use candle_core::{Result, Tensor};
use candle_nn::{Linear, Module, VarBuilder, linear};

use super::checkpoint::Expected;
use super::config::ModelConfig;
use super::layers::{Embeddings, Encoder, Gradient, TransformerLayer, expected_linear};
use super::names::PROJECTION;

/// ALBERT's encoder on plain candle operations.
pub struct Albert {
    embeddings: Embeddings,
    projection: Linear,
    layers: Vec<TransformerLayer>,
    /// Places in `layers`, in the order of applying them.
    order: Vec<usize>,
    hidden_size: usize,
}

impl Albert {
    /// Takes the weights from `vb`, whose names carry no `albert.` prefix.
    pub fn new(config: &ModelConfig, gradient: Gradient, vb: VarBuilder) -> Result<Self> {
        let stored = config.stored_layers().into_iter();
        let layers = stored.map(|name| TransformerLayer::new(config, gradient, vb.pp(name)));
        Ok(Albert {
            embeddings: Embeddings::new(config, gradient, vb.pp("embeddings"))?,
            projection: linear(config.embedding_size, config.hidden_size, vb.pp(PROJECTION))?,
            layers: layers.collect::<Result<_>>()?,
            order: config.layer_order(),
            hidden_size: config.hidden_size,
        })
    }

    pub(super) fn expected(config: &ModelConfig) -> Vec<Expected> {
        let mut out = Vec::new();
        Embeddings::expected(config, &mut out);
        expected_linear(PROJECTION, config.hidden_size, config.embedding_size, &mut out);
        for name in config.stored_layers() {
            TransformerLayer::expected(config, &name, &mut out);
        }
        out
    }
}

impl Encoder for Albert {
    fn hidden_size(&self) -> usize {
        self.hidden_size
    }

    fn hidden_states(&self, ids: &Tensor) -> Result<Tensor> {
        let x = self.projection.forward(&self.embeddings.forward(ids)?)?;
        self.order.iter().try_fold(x, |x, &place| self.layers[place].forward(&x))
    }
}
