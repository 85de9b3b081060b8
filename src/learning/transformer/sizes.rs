//! Which encoder and how large, and the config.json that says so.

use serde_json::{Value, json};

/// Which of the two encoders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// Every layer has weights of its own.
    Bert,
    /// Embeddings are narrow, and one layer is run again and again.
    Albert,
}

/// An encoder's sizes, in the words of config.json.
#[derive(Clone, Debug, PartialEq)]
pub struct Sizes {
    /// Which encoder.
    pub architecture: Architecture,
    /// Pieces in the vocabulary.
    pub vocabulary: usize,
    /// Width of the embeddings; BERT's is the hidden width.
    pub embedding: usize,
    /// Width of the hidden states.
    pub hidden: usize,
    /// Layers run; ALBERT may run one more than once.
    pub layers: usize,
    /// Layers with weights of their own; BERT's are all of them, ALBERT's each serve as many layers as the next.
    pub groups: usize,
    /// Attention heads.
    pub heads: usize,
    /// Width within the feed-forward part.
    pub intermediate: usize,
    /// The longest window, special tokens included.
    pub positions: usize,
    /// What layer normalisation adds to the variance.
    pub layer_norm_eps: f64,
}

impl Sizes {
    /// config.json for these sizes, labels and `problem_type`.
    pub fn config(&self, labels: &[String], problem: &str, padding: u32) -> Value {
        let (architecture, kind) = match self.architecture {
            Architecture::Bert => ("BertForSequenceClassification", "bert"),
            Architecture::Albert => ("AlbertForSequenceClassification", "albert"),
        };
        let id2label: serde_json::Map<_, _> =
            labels.iter().enumerate().map(|(i, label)| (i.to_string(), json!(label))).collect();
        let label2id: serde_json::Map<_, _> =
            labels.iter().enumerate().map(|(i, label)| (label.clone(), json!(i))).collect();
        let mut config = json!({
            "architectures": [architecture],
            "model_type": kind,
            "vocab_size": self.vocabulary,
            "hidden_size": self.hidden,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "intermediate_size": self.intermediate,
            "hidden_act": "gelu",
            "hidden_dropout_prob": 0.1,
            "attention_probs_dropout_prob": 0.0,
            "max_position_embeddings": self.positions,
            "type_vocab_size": 2,
            "initializer_range": 0.02,
            "layer_norm_eps": self.layer_norm_eps,
            "pad_token_id": padding,
            "problem_type": problem,
            "id2label": id2label,
            "label2id": label2id,
        });
        if self.architecture == Architecture::Albert {
            config["embedding_size"] = json!(self.embedding);
            config["num_hidden_groups"] = json!(self.groups);
            config["inner_group_num"] = json!(1);
            config["classifier_dropout_prob"] = json!(0.1);
            config["bos_token_id"] = json!(2);
            config["eos_token_id"] = json!(3);
        }
        config
    }
}
