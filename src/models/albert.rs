//! ALBERT's encoder (Lan et al. 2019, arXiv:1909.11942): narrow embeddings projected to the hidden size, and layers that
//! share their weights within a group.

use candle_core::{Result, Tensor};
use candle_nn::{Linear, Module, VarBuilder, linear};

use super::checkpoint::Expected;
use super::config::ModelConfig;
use super::layers::{Embeddings, Encoder, Gradient, LayerNames, TransformerLayer, expected_linear};

const NAMES: LayerNames = LayerNames {
    query: "attention.query",
    key: "attention.key",
    value: "attention.value",
    attention_output: "attention.dense",
    attention_norm: "attention.LayerNorm",
    intermediate: "ffn",
    output: "ffn_output",
    output_norm: "full_layer_layer_norm",
};

const PROJECTION: &str = "encoder.embedding_hidden_mapping_in";

/// ALBERT's encoder on plain candle operations.
pub struct Albert {
    embeddings: Embeddings,
    projection: Linear,
    /// The layers inside each group.
    groups: Vec<Vec<TransformerLayer>>,
    /// How often a group is applied, all groups together.
    layers: usize,
    hidden_size: usize,
}

impl Albert {
    /// Takes the weights from `vb`, whose names carry no `albert.` prefix.
    pub fn new(config: &ModelConfig, gradient: Gradient, vb: VarBuilder) -> Result<Self> {
        let group = |g: usize| -> Result<Vec<TransformerLayer>> {
            let at = vb.pp("encoder.albert_layer_groups").pp(g).pp("albert_layers");
            (0..config.inner_layers)
                .map(|i| TransformerLayer::new(config, &NAMES, gradient, at.pp(i)))
                .collect()
        };
        Ok(Albert {
            embeddings: Embeddings::new(config, gradient, vb.pp("embeddings"))?,
            projection: linear(config.embedding_size, config.hidden_size, vb.pp(PROJECTION))?,
            groups: (0..config.hidden_groups).map(group).collect::<Result<_>>()?,
            layers: config.layers,
            hidden_size: config.hidden_size,
        })
    }

    pub(super) fn expected(config: &ModelConfig) -> Vec<Expected> {
        let mut out = Vec::new();
        Embeddings::expected(config, &mut out);
        expected_linear(PROJECTION, config.hidden_size, config.embedding_size, &mut out);
        for g in 0..config.hidden_groups {
            for i in 0..config.inner_layers {
                let at = format!("encoder.albert_layer_groups.{g}.albert_layers.{i}");
                TransformerLayer::expected(config, &NAMES, &at, &mut out);
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
        for layer in 0..self.layers {
            // As transformers counts: the layers are spread evenly over the groups, earlier ones to earlier groups.
            let group = layer * self.groups.len() / self.layers;
            for inner in &self.groups[group] {
                x = inner.forward(&x)?;
            }
        }
        Ok(x)
    }
}
