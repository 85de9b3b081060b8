//! config.json before it is checked.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use super::{Architecture, HiddenActivation, ModelConfig};
use crate::models::error::ModelError;
use crate::models::folder::{self, Fields};
use crate::models::labels::Labels;

/// config.json, unchecked.
pub(in crate::models) struct RawConfig {
    fields: Fields,
}

/// What a folder is loaded for, which decides the `architectures` accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::models) enum Purpose {
    /// Encoder, pooler and classifier.
    Classifier,
    /// The encoder only.
    Encoder,
}

/// Fields that make transformers compute something else, which is not supported. They are accepted if they say nothing.
const UNSUPPORTED: [&str; 7] = [
    "quantization_config",
    "per_layer_config",
    "pruned_heads",
    "fusion_config",
    "transformers_weights",
    "is_decoder",
    "add_cross_attention",
];

const ARCHITECTURES: &str = "BertForSequenceClassification or AlbertForSequenceClassification";

impl ModelConfig {
    /// Reads `dir`/config.json, of a classifier or of a bare encoder.
    pub fn read(dir: &Path) -> Result<ModelConfig, ModelError> {
        RawConfig::read(dir)?.network(Purpose::Encoder)
    }
}

impl RawConfig {
    /// Reads `dir`/config.json.
    pub(in crate::models) fn read(dir: &Path) -> Result<RawConfig, ModelError> {
        let path = dir.join("config.json");
        let map = folder::object(&path, "a model's configuration")?;
        let map = map.ok_or_else(|| ModelError::Unreadable {
            path: path.clone(),
            source: std::io::ErrorKind::NotFound.into(),
        })?;
        Ok(RawConfig::new(&path, map))
    }

    pub(super) fn new(path: &Path, map: Map<String, Value>) -> RawConfig {
        RawConfig { fields: Fields::new(path.into(), map) }
    }

    /// The fields, for what does not concern the network.
    pub(in crate::models) fn fields(&self) -> &Fields {
        &self.fields
    }

    /// Checks the architecture and the sizes.
    pub(in crate::models) fn network(&self, purpose: Purpose) -> Result<ModelConfig, ModelError> {
        let architecture = self.architecture(purpose)?;
        self.refuse_unsupported()?;
        let hidden_size = self.size("hidden_size", None)?;
        let layers = self.size("num_hidden_layers", None)?;
        let heads = self.size("num_attention_heads", None)?;
        if hidden_size % heads != 0 {
            let found = format!("num_attention_heads {heads} does not divide hidden_size {hidden_size}");
            return Err(self.refused(found, "a divisor"));
        }
        // Only ALBERT has these keys, and only ALBERT's default activation is gelu_new.
        let albert = architecture == Architecture::Albert;
        let hidden_groups = if albert { self.size("num_hidden_groups", Some(1))? } else { 1 };
        let inner_layers = if albert { self.size("inner_group_num", Some(1))? } else { 1 };
        if hidden_groups > layers {
            let found = format!("num_hidden_groups {hidden_groups} exceeds num_hidden_layers {layers}");
            return Err(self.refused(found, "at most one group a layer"));
        }
        let positions = self.size("max_position_embeddings", Some(512))?;
        if positions < 3 {
            return Err(self.refused(format!("max_position_embeddings is {positions}"), "at least 3"));
        }
        Ok(ModelConfig {
            architecture,
            vocab_size: self.size("vocab_size", None)?,
            embedding_size: if albert { self.size("embedding_size", Some(128))? } else { hidden_size },
            hidden_size,
            layers,
            heads,
            intermediate_size: self.size("intermediate_size", None)?,
            hidden_groups,
            inner_layers,
            activation: self.activation(albert)?,
            positions,
            token_types: self.size("type_vocab_size", Some(2))?,
            layer_norm_eps: self.layer_norm_eps()?,
        })
    }

    /// The labels and how the logits become probabilities.
    pub(in crate::models) fn labels(&self) -> Result<Labels, ModelError> {
        let key = "id2label";
        let name = |(id, name): (&String, &Value)| Some((id.clone(), name.as_str()?.to_owned()));
        let id2label: Option<BTreeMap<String, String>> = match self.fields.get(key) {
            None | Some(Value::Null) => None,
            Some(found) => {
                let names = found.as_object().and_then(|map| map.iter().map(name).collect());
                Some(names.ok_or_else(|| self.fields.wrong(key, found, "a name for each number"))?)
            }
        };
        if let (Some(count), Some(names)) = (self.fields.size("num_labels")?, &id2label)
            && count != names.len()
        {
            let found = format!("num_labels is {count}, and id2label holds {} labels", names.len());
            return Err(self.refused(found, "the same number"));
        }
        let problem_type = self.fields.text("problem_type")?;
        Labels::read(self.fields.path(), id2label.as_ref(), problem_type.as_deref())
    }

    fn refused(&self, found: impl Into<String>, expected: &str) -> ModelError {
        ModelError::unsupported(self.fields.path(), found, expected)
    }

    /// A size of at least 1.
    fn size(&self, key: &str, default: Option<usize>) -> Result<usize, ModelError> {
        match self.fields.size(key)?.or(default) {
            Some(0) => Err(self.refused(format!("{key} is 0"), "at least 1")),
            Some(value) => Ok(value),
            None => Err(self.refused(format!("it has no {key}"), "a number")),
        }
    }

    fn refuse_unsupported(&self) -> Result<(), ModelError> {
        for key in UNSUPPORTED {
            let says_nothing = |value: &Value| match value {
                Value::Null | Value::Bool(false) => true,
                Value::Object(map) => map.is_empty(),
                Value::Array(list) => list.is_empty(),
                _ => false,
            };
            if let Some(value) = self.fields.get(key).filter(|value| !says_nothing(value)) {
                return Err(self.fields.wrong(key, value, "a plain encoder, without it"));
            }
        }
        // transformers 4 computed other kinds, transformers 5 takes them for absolute.
        let positions = "position_embedding_type";
        match self.fields.text(positions)?.as_deref() {
            None | Some("absolute") => Ok(()),
            Some(other) => Err(self.fields.wrong(positions, format!("{other:?}"), "absolute")),
        }
    }

    /// The names are transformers'. gelu_python, gelu_accurate and gelu_fast are other ways to compute the same.
    fn activation(&self, albert: bool) -> Result<HiddenActivation, ModelError> {
        let key = "hidden_act";
        let Some(value) = self.fields.get(key) else {
            return Ok(if albert { HiddenActivation::GeluTanh } else { HiddenActivation::Gelu });
        };
        match value.as_str() {
            Some("gelu" | "gelu_python") => Ok(HiddenActivation::Gelu),
            Some("gelu_new" | "gelu_pytorch_tanh" | "gelu_accurate" | "gelu_fast") => {
                Ok(HiddenActivation::GeluTanh)
            }
            Some("relu") => Ok(HiddenActivation::Relu),
            _ => Err(self.fields.wrong(key, value, "gelu, gelu_new or relu")),
        }
    }

    fn layer_norm_eps(&self) -> Result<f64, ModelError> {
        let eps = self.fields.number("layer_norm_eps")?.unwrap_or(1e-12);
        match eps > 0.0 && eps.is_finite() {
            true => Ok(eps),
            false => Err(self.refused(format!("layer_norm_eps is {eps}"), "a small positive number")),
        }
    }

    /// The architecture that `architectures` and `model_type` name. transformers goes by `model_type` alone, so the two must
    /// agree if both are there.
    fn architecture(&self, purpose: Purpose) -> Result<Architecture, ModelError> {
        let model_type = self.fields.text("model_type")?;
        let by_type = match model_type.as_deref() {
            None => None,
            Some("bert") => Some(Architecture::Bert),
            Some("albert") => Some(Architecture::Albert),
            Some(other) => {
                return Err(self.fields.wrong("model_type", format!("{other:?}"), "bert or albert"));
            }
        };
        let Some(named) = self.named(purpose)? else {
            return by_type
                .ok_or_else(|| self.refused("it has neither architectures nor model_type", ARCHITECTURES));
        };
        if by_type.is_some_and(|by_type| by_type != named) {
            let found = format!(
                "architectures names {named}, and model_type is {:?}",
                model_type.unwrap_or_default()
            );
            return Err(self.refused(found, "one architecture"));
        }
        Ok(named)
    }

    /// The architecture that `architectures` names, unless it is absent or empty.
    fn named(&self, purpose: Purpose) -> Result<Option<Architecture>, ModelError> {
        let key = "architectures";
        let value = self.fields.get(key).unwrap_or(&Value::Null);
        if value.is_null() {
            return Ok(None);
        }
        let names =
            value.as_array().map(|names| names.iter().map(Value::as_str).collect::<Option<Vec<&str>>>());
        let Some(names) = names.flatten() else {
            return Err(self.fields.wrong(key, value, "a list of names"));
        };
        if names.is_empty() {
            return Ok(None);
        }
        let known = names.iter().find_map(|name| match (*name, purpose) {
            ("BertForSequenceClassification", _) => Some(Architecture::Bert),
            ("AlbertForSequenceClassification", _) => Some(Architecture::Albert),
            (name, Purpose::Encoder) if name.starts_with("Bert") => Some(Architecture::Bert),
            (name, Purpose::Encoder) if name.starts_with("Albert") => Some(Architecture::Albert),
            _ => None,
        });
        let refused = || self.refused(format!("architectures names {}", names.join(", ")), ARCHITECTURES);
        known.map(Some).ok_or_else(refused)
    }
}
