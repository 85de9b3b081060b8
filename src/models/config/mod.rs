//! config.json: a model's architecture and sizes.
//!
//! transformers omits keys that equal its default, so missing keys get that default. Sizes are required.

mod raw;

use std::fmt;

pub(super) use raw::{Purpose, RawConfig};

pub use crate::fused::Activation as HiddenActivation;

/// The supported network families.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// Devlin et al. 2018, arXiv:1810.04805.
    Bert,
    /// Lan et al. 2019, arXiv:1909.11942: BERT with a factorized embedding and layers that share their weights.
    Albert,
}

impl Architecture {
    /// The classifier's class name in transformers.
    pub fn classifier_name(self) -> &'static str {
        match self {
            Architecture::Bert => "BertForSequenceClassification",
            Architecture::Albert => "AlbertForSequenceClassification",
        }
    }

    /// The prefix of the encoder's tensor names in transformers.
    pub fn prefix(self) -> &'static str {
        match self {
            Architecture::Bert => "bert.",
            Architecture::Albert => "albert.",
        }
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.classifier_name())
    }
}

/// A network's family and sizes, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelConfig {
    /// The network family.
    pub architecture: Architecture,
    /// Rows of the word embedding.
    pub vocab_size: usize,
    /// Columns of the embeddings: BERT's hidden size, ALBERT's `embedding_size`.
    pub embedding_size: usize,
    /// Width of the residual stream.
    pub hidden_size: usize,
    /// The number of layers applied one after another.
    pub layers: usize,
    /// Attention heads; divides `hidden_size`.
    pub heads: usize,
    /// Width of the feed-forward layer.
    pub intermediate_size: usize,
    /// ALBERT: groups of layers with weights of their own (1 for BERT, unused).
    pub hidden_groups: usize,
    /// ALBERT: layers inside each group (1 for BERT, unused).
    pub inner_layers: usize,
    /// The feed-forward layer's non-linearity.
    pub activation: HiddenActivation,
    /// The most tokens of a window, special tokens included.
    pub positions: usize,
    /// Rows of the token type embedding.
    pub token_types: usize,
    /// Added to the variance in every layer norm.
    pub layer_norm_eps: f64,
}

#[cfg(test)]
mod tests;
