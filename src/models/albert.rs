//! ALBERT's encoder (Lan et al. 2019, arXiv:1909.11942): narrow embeddings projected to the hidden size, and layers that
//! share their weights within a group.

use candle_core::{Result, Tensor};
use candle_nn::{Linear, Module, VarBuilder, linear};

use super::checkpoint::Expected;
use super::config::ModelConfig;
use super::layers::{Embeddings, Encoder, Gradient, LayerNames, TransformerLayer, expected_linear};

/// Where a layer's parts lie.
pub(super) const NAMES: LayerNames = LayerNames {
    query: "attention.query",
    key: "attention.key",
    value: "attention.value",
    attention_output: "attention.dense",
    attention_norm: "attention.LayerNorm",
    intermediate: "ffn",
    output: "ffn_output",
    output_norm: "full_layer_layer_norm",
};

/// The linear layer from the embedding size to the hidden size.
pub(super) const PROJECTION: &str = "encoder.embedding_hidden_mapping_in";

/// What a layer is called.
pub(super) fn layer_name(group: usize, inner: usize) -> String {
    format!("encoder.albert_layer_groups.{group}.albert_layers.{inner}")
}

/// The group that step `step` applies. As transformers counts: the layers are spread evenly over the groups, earlier ones to
/// earlier groups.
pub(super) fn group(config: &ModelConfig, step: usize) -> usize {
    step * config.hidden_groups / config.layers
}

/// ALBERT's encoder on plain candle operations.
pub struct Albert {
    embeddings: Embeddings,
    projection: Linear,
    /// The layers inside each group.
    groups: Vec<Vec<TransformerLayer>>,
    /// Which group each step applies.
    order: Vec<usize>,
    hidden_size: usize,
}

impl Albert {
    /// Takes the weights from `vb`, whose names carry no `albert.` prefix.
    pub fn new(config: &ModelConfig, gradient: Gradient, vb: VarBuilder) -> Result<Self> {
        let layers = |group: usize| -> Result<Vec<TransformerLayer>> {
            let names = (0..config.inner_layers).map(|inner| layer_name(group, inner));
            names.map(|name| TransformerLayer::new(config, &NAMES, gradient, vb.pp(name))).collect()
        };
        Ok(Albert {
            embeddings: Embeddings::new(config, gradient, vb.pp("embeddings"))?,
            projection: linear(config.embedding_size, config.hidden_size, vb.pp(PROJECTION))?,
            groups: (0..config.hidden_groups).map(layers).collect::<Result<_>>()?,
            order: (0..config.layers).map(|step| group(config, step)).collect(),
            hidden_size: config.hidden_size,
        })
    }

    pub(super) fn expected(config: &ModelConfig) -> Vec<Expected> {
        let mut out = Vec::new();
        Embeddings::expected(config, &mut out);
        expected_linear(PROJECTION, config.hidden_size, config.embedding_size, &mut out);
        for g in 0..config.hidden_groups {
            for i in 0..config.inner_layers {
                TransformerLayer::expected(config, &NAMES, &layer_name(g, i), &mut out);
            }
        }
        out
    }
}

impl Encoder for Albert {
    fn hidden_size(&self) -> usize {
        self.hidden_size
    }

    fn hidden_states(&self, ids: &Tensor) -> Result<Tensor> {
        let mut x = self.projection.forward(&self.embeddings.forward(ids)?)?;
        for &group in &self.order {
            for inner in &self.groups[group] {
                x = inner.forward(&x)?;
            }
        }
        Ok(x)
    }
}
