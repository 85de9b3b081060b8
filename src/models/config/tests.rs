use std::path::Path;

use super::*;
use crate::models::error::ModelError;

fn network(json: &str) -> Result<ModelConfig, ModelError> {
    let map = serde_json::from_str(json).unwrap();
    RawConfig::new(Path::new("config.json"), map).network(Purpose::Classifier)
}

const SIZES: &str = r#""hidden_size": 8, "num_hidden_layers": 4, "num_attention_heads": 2, "vocab_size": 9,
    "intermediate_size": 16"#;

#[test]
fn architectures_is_used_without_model_type() {
    let json = format!(r#"{{"architectures": ["AlbertForSequenceClassification"], {SIZES}}}"#);
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
    let both = r#""architectures": ["AlbertForSequenceClassification"], "model_type": "bert""#;
    assert!(
        sentence(both)
            .contains("architectures names AlbertForSequenceClassification, and model_type is \"bert\"")
    );
    assert!(sentence(r#""model_type": "bert", "hidden_act": "silu""#).contains("hidden_act is \"silu\""));
    let relative = r#""model_type": "bert", "position_embedding_type": "relative_key""#;
    assert!(sentence(relative).contains("relative_key"));
    assert!(sentence(r#""model_type": "bert", "is_decoder": true"#).contains("is_decoder"));
    assert!(sentence(r#""model_type": "albert", "num_hidden_groups": 5"#).contains("num_hidden_groups 5"));
    let no_size = network(r#"{"model_type": "bert"}"#).unwrap_err().to_string();
    assert_eq!(no_size, "config.json: it has no hidden_size; expected a number");
}

#[test]
fn heads_must_divide_the_hidden_size() {
    let json = r#"{"model_type": "bert", "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 3,
        "vocab_size": 9, "intermediate_size": 16}"#;
    assert!(network(json).unwrap_err().to_string().contains("3 does not divide hidden_size 8"));
}
