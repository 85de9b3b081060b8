//! BERT's encoder (Devlin et al. 2018, arXiv:1810.04805): a stack of layers, each with weights of its own.

use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;

use super::checkpoint::Expected;
use super::config::ModelConfig;
use super::layers::{Embeddings, Encoder, Gradient, LayerNames, TransformerLayer};

/// Where a layer's parts lie.
pub(super) const NAMES: LayerNames = LayerNames {
    query: "attention.self.query",
    key: "attention.self.key",
    value: "attention.self.value",
    attention_output: "attention.output.dense",
    attention_norm: "attention.output.LayerNorm",
    intermediate: "intermediate.dense",
    output: "output.dense",
    output_norm: "output.LayerNorm",
};

/// What a layer is called.
pub(super) fn layer_name(layer: usize) -> String {
    format!("encoder.layer.{layer}")
}

/// BERT's encoder on plain candle operations.
pub struct Bert {
    embeddings: Embeddings,
    layers: Vec<TransformerLayer>,
    hidden_size: usize,
}

impl Bert {
    /// Takes the weights from `vb`, whose names carry no `bert.` prefix.
    pub fn new(config: &ModelConfig, gradient: Gradient, vb: VarBuilder) -> Result<Self> {
        let at = vb.pp("encoder.layer");
        let layers = (0..config.layers).map(|i| TransformerLayer::new(config, &NAMES, gradient, at.pp(i)));
        Ok(Bert {
            embeddings: Embeddings::new(config, gradient, vb.pp("embeddings"))?,
            layers: layers.collect::<Result<_>>()?,
            hidden_size: config.hidden_size,
        })
    }

    pub(super) fn expected(config: &ModelConfig) -> Vec<Expected> {
        let mut out = Vec::new();
        Embeddings::expected(config, &mut out);
        for i in 0..config.layers {
            TransformerLayer::expected(config, &NAMES, &layer_name(i), &mut out);
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
