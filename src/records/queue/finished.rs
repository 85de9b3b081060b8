//! What a reading adds to a record. Its JSON is written here and nowhere else.

use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use crate::careers::Recommendations;
use crate::personality::{ModelKind, Pair, Profile};

/// What a reading adds to a record.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The probabilities as shown.
    pub profile: Profile,
    /// The careers for the likeliest types and the highest traits.
    pub careers: Arc<Recommendations>,
    /// The models that made it.
    pub models: Arc<Pair<ModelUsed>>,
    /// The version of the career data.
    pub data_version: String,
    /// How each model read it.
    pub reading: Pair<ModelRead>,
    /// The person's place in the norm group. The key "shares", which only the owner may see, says what each rating and
    /// each answer added. `None` for models that do not weigh evidence.
    pub assessment: Option<Value>,
    /// The share of the text that both models read, 0 to 1.
    pub share_read: f64,
}

/// The answer to a sender.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// The JSON that was asked for.
    pub answer: String,
    /// Where the time went; of two models, that of the slower.
    pub stages: Stages,
}

impl Finished {
    /// What the sender of a text is told.
    ///
    /// # Errors
    /// If it cannot be written as JSON.
    pub fn told(&self) -> serde_json::Result<Answered> {
        let stages = [&self.reading.mbti, &self.reading.big_five].map(|read| read.milliseconds);
        Ok(Answered { answer: serde_json::to_string(&*self.careers)?, stages: Stages::slowest(stages) })
    }
}

/// The names and hashes of a model in a record.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ModelUsed {
    /// The folder's name.
    pub name: String,
    /// The architecture in words.
    pub architecture: String,
    /// SHA-256 of the weights, in hex.
    pub sha256: String,
    /// The formats and instructions that it was computed with, in words.
    pub computed_in: String,
    /// Whether the model calls itself provisional.
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stages {
    /// Waiting.
    pub queue: f64,
    /// Splitting the text into tokens and windows.
    pub tokenize: f64,
    /// In forward passes.
    pub forward: f64,
    /// From admission to the result.
    pub total: f64,
}

impl Stages {
    /// Those that took longest in all.
    pub fn slowest(all: impl IntoIterator<Item = Stages>) -> Stages {
        all.into_iter().max_by(|a, b| a.total.total_cmp(&b.total)).unwrap_or_default()
    }
}

/// What one model makes of a text whose sender wants to know no more.
#[derive(Clone, Debug)]
pub struct Labelled {
    pub model: ModelKind,
    /// The labels with their probabilities as shown, highest first.
    pub probabilities: Vec<(&'static str, f64)>,
    /// How the model read it.
    pub read: ModelRead,
}

impl Labelled {
    /// What the sender of a text is told.
    ///
    /// # Errors
    /// If it cannot be written as JSON.
    pub fn told(&self) -> serde_json::Result<Answered> {
        let answer = serde_json::to_string(&Object(&self.probabilities))?;
        Ok(Answered { answer, stages: self.read.milliseconds })
    }

    /// The columns `result_mbti` or `result_big_five`, and `reading`.
    pub(super) fn columns(&self) -> serde_json::Result<(String, String)> {
        let reading = OfModels::one(self.model, &self.read);
        Ok((self.told()?.answer, serde_json::to_string(&reading)?))
    }
}

/// What belongs to the models that read a text, as the column `reading` holds it: one of them, or both.
#[derive(Serialize, Deserialize)]
pub(super) struct OfModels<T> {
    #[serde(skip_serializing_if = "Option::is_none")]
    mbti: Option<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    big_five: Option<T>,
}

impl<T> OfModels<T> {
    fn one(model: ModelKind, value: T) -> OfModels<T> {
        match model {
            ModelKind::Mbti => OfModels { mbti: Some(value), big_five: None },
            ModelKind::BigFive => OfModels { mbti: None, big_five: Some(value) },
        }
    }

    pub fn into_iter(self) -> impl Iterator<Item = T> {
        self.mbti.into_iter().chain(self.big_five)
    }
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

/// A list of pairs as a JSON object, in their order.
struct Object<'a, K>(&'a [(K, f64)]);

impl<K: Serialize> Serialize for Object<'_, K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        as_object(self.0, serializer)
    }
}

fn as_object<K: Serialize, S: Serializer>(pairs: &[(K, f64)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(key, value)| (key, value)))
}
