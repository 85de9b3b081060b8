//! What transformers calls the tensors of BERT and ALBERT, without the `bert.` or `albert.` in front.

use super::config::{Architecture, ModelConfig};

/// Names of a transformer layer's parts, below the layer's own name. The two families differ in nothing else.
#[derive(Clone, Copy, Debug)]
pub struct LayerNames {
    pub query: &'static str,
    pub key: &'static str,
    pub value: &'static str,
    pub attention_output: &'static str,
    pub attention_norm: &'static str,
    pub intermediate: &'static str,
    pub output: &'static str,
    pub output_norm: &'static str,
}

const BERT: LayerNames = LayerNames {
    query: "attention.self.query",
    key: "attention.self.key",
    value: "attention.self.value",
    attention_output: "attention.output.dense",
    attention_norm: "attention.output.LayerNorm",
    intermediate: "intermediate.dense",
    output: "output.dense",
    output_norm: "output.LayerNorm",
};

const ALBERT: LayerNames = LayerNames {
    query: "attention.query",
    key: "attention.key",
    value: "attention.value",
    attention_output: "attention.dense",
    attention_norm: "attention.LayerNorm",
    intermediate: "ffn",
    output: "ffn_output",
    output_norm: "full_layer_layer_norm",
};

pub const WORD_EMBEDDINGS: &str = "embeddings.word_embeddings.weight";
pub const POSITION_EMBEDDINGS: &str = "embeddings.position_embeddings.weight";
pub const TOKEN_TYPE_EMBEDDINGS: &str = "embeddings.token_type_embeddings.weight";
pub const EMBEDDING_NORM: &str = "embeddings.LayerNorm";

/// ALBERT's linear layer from the embedding size to the hidden size.
pub const PROJECTION: &str = "encoder.embedding_hidden_mapping_in";

impl Architecture {
    /// The names of a layer's parts.
    pub fn layer_names(self) -> &'static LayerNames {
        match self {
            Architecture::Bert => &BERT,
            Architecture::Albert => &ALBERT,
        }
    }

    /// The linear layer over the first token's hidden state.
    pub fn pooler(self) -> &'static str {
        match self {
            Architecture::Bert => "pooler.dense",
            Architecture::Albert => "pooler",
        }
    }
}

impl ModelConfig {
    /// The names of all layers that have weights of their own.
    pub fn stored_layers(&self) -> Vec<String> {
        match self.architecture {
            Architecture::Bert => (0..self.layers).map(bert_layer).collect(),
            Architecture::Albert => (0..self.hidden_groups)
                .flat_map(|group| (0..self.inner_layers).map(move |inner| albert_layer(group, inner)))
                .collect(),
        }
    }

    /// The places in [`ModelConfig::stored_layers`] of the layers to apply, in their order. ALBERT applies some of them
    /// several times: as in transformers, its layers are spread evenly over the groups, earlier ones to earlier groups.
    pub fn layer_order(&self) -> Vec<usize> {
        match self.architecture {
            Architecture::Bert => (0..self.layers).collect(),
            Architecture::Albert => (0..self.layers)
                .map(|step| step * self.hidden_groups / self.layers)
                .flat_map(|group| (0..self.inner_layers).map(move |inner| group * self.inner_layers + inner))
                .collect(),
        }
    }
}

fn bert_layer(layer: usize) -> String {
    format!("encoder.layer.{layer}")
}

fn albert_layer(group: usize, inner: usize) -> String {
    format!("encoder.albert_layer_groups.{group}.albert_layers.{inner}")
}
