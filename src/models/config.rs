//! config.json: a model's architecture and sizes.
//!
//! transformers omits keys that equal its default, so missing keys get that default. Sizes are required.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::error::ModelError;
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

impl ModelConfig {
    /// Reads `dir`/config.json, of a classifier or of a bare encoder.
    pub fn read(dir: &Path) -> Result<ModelConfig, ModelError> {
        RawConfig::read(dir)?.network(Purpose::Encoder)
    }
}

/// config.json, unchecked.
#[derive(Debug, Deserialize)]
pub(super) struct RawConfig {
    architectures: Option<Vec<String>>,
    model_type: Option<String>,
    vocab_size: Option<usize>,
    embedding_size: Option<usize>,
    hidden_size: Option<usize>,
    num_hidden_layers: Option<usize>,
    num_attention_heads: Option<usize>,
    intermediate_size: Option<usize>,
    num_hidden_groups: Option<usize>,
    inner_group_num: Option<usize>,
    hidden_act: Option<String>,
    max_position_embeddings: Option<usize>,
    type_vocab_size: Option<usize>,
    layer_norm_eps: Option<f64>,
    position_embedding_type: Option<String>,
    #[serde(default)]
    is_decoder: bool,
    pub(super) id2label: Option<BTreeMap<String, String>>,
    pub(super) problem_type: Option<String>,
    #[serde(skip)]
    path: PathBuf,
}

/// What a folder is loaded for, which decides the `architectures` accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Encoder, pooler and classifier.
    Classifier,
    /// The encoder only.
    Encoder,
}

impl RawConfig {
    /// Reads `dir`/config.json.
    pub(super) fn read(dir: &Path) -> Result<RawConfig, ModelError> {
        let path = dir.join("config.json");
        let text = std::fs::read_to_string(&path)
            .map_err(|source| ModelError::Unreadable { path: path.clone(), source })?;
        let mut raw: RawConfig = serde_json::from_str(&text).map_err(|source| ModelError::Malformed {
            path: path.clone(),
            expected: "a model's configuration",
            source,
        })?;
        raw.path = path;
        Ok(raw)
    }

    /// The file that this was read from.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Checks the architecture and the sizes.
    pub(super) fn network(&self, purpose: Purpose) -> Result<ModelConfig, ModelError> {
        let refuse = |found: String, expected: &str| ModelError::unsupported(&self.path, found, expected);
        let architecture = self.architecture(purpose)?;
        let size = |key: &str, value: Option<usize>| match value {
            Some(0) => Err(refuse(format!("{key} is 0"), "at least 1")),
            Some(value) => Ok(value),
            None => Err(refuse(format!("it has no {key}"), "a number")),
        };
        let hidden_size = size("hidden_size", self.hidden_size)?;
        let layers = size("num_hidden_layers", self.num_hidden_layers)?;
        let heads = size("num_attention_heads", self.num_attention_heads)?;
        if hidden_size % heads != 0 {
            return Err(refuse(
                format!("num_attention_heads {heads} does not divide hidden_size {hidden_size}"),
                "a divisor",
            ));
        }
        // Only ALBERT has these keys, and only ALBERT's default activation is gelu_new.
        let albert = architecture == Architecture::Albert;
        let hidden_groups =
            if albert { size("num_hidden_groups", self.num_hidden_groups.or(Some(1)))? } else { 1 };
        let inner_layers =
            if albert { size("inner_group_num", self.inner_group_num.or(Some(1)))? } else { 1 };
        if hidden_groups > layers {
            return Err(refuse(
                format!("num_hidden_groups {hidden_groups} exceeds num_hidden_layers {layers}"),
                "at most one group a layer",
            ));
        }
        let activation = match self.hidden_act.as_deref() {
            None if albert => HiddenActivation::GeluTanh,
            None | Some("gelu") => HiddenActivation::Gelu,
            Some("gelu_new" | "gelu_pytorch_tanh") => HiddenActivation::GeluTanh,
            Some("relu") => HiddenActivation::Relu,
            Some(other) => return Err(refuse(format!("hidden_act is {other:?}"), "gelu, gelu_new or relu")),
        };
        match self.position_embedding_type.as_deref() {
            None | Some("absolute") => {}
            Some(other) => return Err(refuse(format!("position_embedding_type is {other:?}"), "absolute")),
        }
        if self.is_decoder {
            return Err(refuse("is_decoder is true".into(), "an encoder"));
        }
        let layer_norm_eps = self.layer_norm_eps.unwrap_or(1e-12);
        if !(layer_norm_eps.is_finite() && layer_norm_eps > 0.0) {
            return Err(refuse(format!("layer_norm_eps is {layer_norm_eps}"), "a small positive number"));
        }
        let positions = size("max_position_embeddings", self.max_position_embeddings.or(Some(512)))?;
        if positions < 3 {
            return Err(refuse(format!("max_position_embeddings is {positions}"), "at least 3"));
        }
        Ok(ModelConfig {
            architecture,
            vocab_size: size("vocab_size", self.vocab_size)?,
            embedding_size: match albert {
                true => size("embedding_size", self.embedding_size.or(Some(128)))?,
                false => hidden_size,
            },
            hidden_size,
            layers,
            heads,
            intermediate_size: size("intermediate_size", self.intermediate_size)?,
            hidden_groups,
            inner_layers,
            activation,
            positions,
            token_types: size("type_vocab_size", self.type_vocab_size.or(Some(2)))?,
            layer_norm_eps,
        })
    }

    /// The architecture named by `architectures`, or by `model_type` without it.
    fn architecture(&self, purpose: Purpose) -> Result<Architecture, ModelError> {
        let expected = "BertForSequenceClassification or AlbertForSequenceClassification";
        if let Some(names) = self.architectures.as_ref().filter(|names| !names.is_empty()) {
            let known = names.iter().find_map(|name| match (name.as_str(), purpose) {
                ("BertForSequenceClassification", _) => Some(Architecture::Bert),
                ("AlbertForSequenceClassification", _) => Some(Architecture::Albert),
                (name, Purpose::Encoder) if name.starts_with("Bert") => Some(Architecture::Bert),
                (name, Purpose::Encoder) if name.starts_with("Albert") => Some(Architecture::Albert),
                _ => None,
            });
            return known.ok_or_else(|| {
                ModelError::unsupported(
                    &self.path,
                    format!("architectures names {}", names.join(", ")),
                    expected,
                )
            });
        }
        match self.model_type.as_deref() {
            Some("bert") => Ok(Architecture::Bert),
            Some("albert") => Ok(Architecture::Albert),
            Some(other) => Err(ModelError::unsupported(
                &self.path,
                format!("it has no architectures and model_type is {other:?}"),
                expected,
            )),
            None => Err(ModelError::unsupported(
                &self.path,
                "it has neither architectures nor model_type",
                expected,
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(json: &str) -> Result<ModelConfig, ModelError> {
        let mut raw: RawConfig = serde_json::from_str(json).unwrap();
        raw.path = "config.json".into();
        raw.network(Purpose::Classifier)
    }

    const SIZES: &str = r#""hidden_size": 8, "num_hidden_layers": 4, "num_attention_heads": 2, "vocab_size": 9,
        "intermediate_size": 16"#;

    #[test]
    fn architectures_takes_precedence_over_model_type() {
        let json = format!(
            r#"{{"architectures": ["AlbertForSequenceClassification"], "model_type": "bert", {SIZES}}}"#
        );
        let config = network(&json).unwrap();
        assert_eq!(config.architecture, Architecture::Albert);
        assert_eq!(config.activation, HiddenActivation::GeluTanh, "ALBERT's default");
        assert_eq!((config.embedding_size, config.positions, config.token_types), (128, 512, 2));
    }

    #[test]
    fn model_type_is_used_without_architectures() {
        let config = network(&format!(r#"{{"model_type": "bert", {SIZES}}}"#)).unwrap();
        assert_eq!(config.architecture, Architecture::Bert);
        assert_eq!(config.activation, HiddenActivation::Gelu);
        assert_eq!(config.embedding_size, 8);
        assert_eq!(config.layer_norm_eps, 1e-12);
    }

    #[test]
    fn unsupported_values_are_refused_with_the_value_found() {
        let sentence = |extra: &str| network(&format!("{{{extra}, {SIZES}}}")).unwrap_err().to_string();
        assert!(sentence(r#""architectures": ["BertModel"]"#).contains("architectures names BertModel"));
        assert!(sentence(r#""model_type": "roberta""#).contains("\"roberta\""));
        assert!(sentence(r#""model_type": "bert", "hidden_act": "silu""#).contains("hidden_act is \"silu\""));
        let relative = r#""model_type": "bert", "position_embedding_type": "relative_key""#;
        assert!(sentence(relative).contains("relative_key"));
        assert!(sentence(r#""model_type": "bert", "is_decoder": true"#).contains("is_decoder"));
        assert!(
            sentence(r#""model_type": "albert", "num_hidden_groups": 5"#).contains("num_hidden_groups 5")
        );
        let no_size = network(r#"{"model_type": "bert"}"#).unwrap_err().to_string();
        assert_eq!(no_size, "config.json: it has no hidden_size; expected a number");
    }

    #[test]
    fn heads_must_divide_the_hidden_size() {
        let json = r#"{"model_type": "bert", "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 3,
            "vocab_size": 9, "intermediate_size": 16}"#;
        assert!(network(json).unwrap_err().to_string().contains("3 does not divide hidden_size 8"));
    }
}
