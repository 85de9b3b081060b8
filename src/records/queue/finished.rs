//! What a reading adds to a record. It is written as JSON here and nowhere else.

use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::careers::Recommendations;
use crate::personality::{Pair, Profile};

/// What a reading adds to a record.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The probabilities as shown.
    pub profile: Profile,
    /// The careers for the likeliest types and the highest traits.
    pub careers: Arc<Recommendations>,
    /// The models that read it.
    pub models: Arc<Pair<ModelUsed>>,
    /// The version of the career data.
    pub data_version: String,
    /// How each model read it.
    pub reading: Pair<ModelRead>,
    /// Where the person stands among the norm group, and under "shares", for the owner alone, what each rating and each
    /// answer added. `None` for models that do not weigh evidence.
    pub assessment: Option<Value>,
    /// The share of the text that both models read, 0 to 1.
    pub share_read: f64,
}

/// A model, as a record names it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ModelUsed {
    /// The folder's name.
    pub name: String,
    /// The architecture in words.
    pub architecture: String,
    /// SHA-256 of the weights, in hex.
    pub sha256: String,
    /// Whether the model calls itself a stand-in for a better one.
    pub interim: bool,
    /// The hash of the questionnaire that it was trained for, if any.
    pub questionnaire_hash: Option<String>,
}

/// How one model read a text.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ModelRead {
    /// Each label's logit, in the model's order.
    #[serde(serialize_with = "as_object")]
    pub logits: Vec<(String, f64)>,
    /// Whether the probabilities are calibrated.
    pub calibrated: bool,
    /// Tokens of the text, without special tokens.
    pub tokens: usize,
    /// Windows read.
    pub windows: usize,
    /// The share of the text that this model read, 0 to 1.
    pub share_read: f64,
    /// Where the time went.
    pub milliseconds: Stages,
}

/// Milliseconds of wall time by stage. The first three add up to the last, apart from rounding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Stages {
    /// Waiting.
    pub queue: f64,
    /// Cutting the text into tokens and windows.
    pub tokenize: f64,
    /// In forward passes.
    pub forward: f64,
    /// From admission to the result.
    pub total: f64,
}

/// The columns of a finished reading that hold JSON.
pub(super) struct JsonColumns {
    pub result_mbti: String,
    pub result_big_five: String,
    pub career_data: String,
    pub models: String,
    pub reading: String,
    pub assessment: Option<String>,
}

impl JsonColumns {
    pub fn of(finished: &Finished) -> serde_json::Result<JsonColumns> {
        Ok(JsonColumns {
            result_mbti: serde_json::to_string(&Object(&finished.profile.listed_types()))?,
            result_big_five: serde_json::to_string(&Object(&finished.profile.listed_traits()))?,
            career_data: serde_json::to_string(&*finished.careers)?,
            models: serde_json::to_string(&*finished.models)?,
            reading: serde_json::to_string(&finished.reading)?,
            assessment: finished.assessment.as_ref().map(Value::to_string),
        })
    }
}

/// Pairs as a JSON object, in their order.
struct Object<'a, K>(&'a [(K, f64)]);

impl<K: Serialize> Serialize for Object<'_, K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        as_object(self.0, serializer)
    }
}

fn as_object<K: Serialize, S: Serializer>(pairs: &[(K, f64)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(key, value)| (key, value)))
}
