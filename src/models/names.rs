//! transformers' names for the tensors of BERT and ALBERT, without the prefix `bert.` or `albert.`.

use super::config::{Architecture, ModelConfig};

/// Names of a transformer layer's parts, relative to the layer's name. This is the only difference between the two
/// families' names.
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

/// `[vocabulary, embedding]`.
pub const WORD_EMBEDDINGS: &str = "embeddings.word_embeddings.weight";
/// `[positions, embedding]`.
pub const POSITION_EMBEDDINGS: &str = "embeddings.position_embeddings.weight";
/// `[types, embedding]`.
pub const TOKEN_TYPE_EMBEDDINGS: &str = "embeddings.token_type_embeddings.weight";
/// The layer norm over the sum of the embeddings.
pub const EMBEDDING_NORM: &str = "embeddings.LayerNorm";

/// ALBERT's linear layer from the embedding size to the hidden size.
pub const PROJECTION: &str = "encoder.embedding_hidden_mapping_in";

/// The linear layer from the pooled output to the logits.
pub const CLASSIFIER: &str = "classifier";

impl Architecture {
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
    /// The names of the stored layers. ALBERT stores only the layers of its groups.
    pub fn stored_layers(&self) -> Vec<String> {
        match self.architecture {
            Architecture::Bert => (0..self.layers).map(bert_layer).collect(),
            Architecture::Albert => (0..self.hidden_groups)
                .flat_map(|group| (0..self.inner_layers).map(move |inner| albert_layer(group, inner)))
                .collect(),
        }
    }

    /// The stored layer that each step of a forward pass applies, as an index into [`ModelConfig::stored_layers`]. As in
    /// transformers, ALBERT divides its steps evenly among the groups, earlier steps to earlier groups.
    pub fn layer_order(&self) -> Vec<usize> {
        match self.architecture {
            Architecture::Bert => (0..self.layers).collect(),
            Architecture::Albert => (0..self.layers)
                // In floating point as transformers, which rounds: of 18 layers in 14 groups, layer 9 is in group 6.
                .map(|step| (step as f64 / (self.layers as f64 / self.hidden_groups as f64)) as usize)
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
