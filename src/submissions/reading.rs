//! Between a lease and a finish: the models read the text, the catalogue matches careers, and both become columns.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{ReadError, Reader};
use crate::careers::Catalog;
use crate::inference::{Admitted, Deadline, Engine, InferenceError, ModelReading, Passage, Reading};
use crate::models::{Classifier, LoadedModel};
use crate::personality::{Pair, Profile, shown};
use crate::records::{Finished, Leased, Source};

/// How long one submission may wait for the models before it is offered to them anew. It is never refused.
const PATIENCE: Duration = Duration::from_secs(600);
/// How many turns a questionnaire gets at the models where a text of the JSON interface gets one: behind as many texts as
/// take a minute it waits a few seconds.
const QUESTIONNAIRE_WEIGHT: u32 = 16;

/// Reads submissions with the two models.
#[derive(Clone)]
pub struct ModelReader {
    /// Reads texts.
    pub engine: Engine,
    /// The careers.
    pub catalog: Arc<Catalog>,
    /// The models as they were loaded, for what the record says of them.
    pub models: Pair<Arc<LoadedModel>>,
}

impl Reader for ModelReader {
    async fn read(&self, work: Leased) -> Result<Finished, ReadError> {
        let weight = match work.source {
            Source::Questionnaire => QUESTIONNAIRE_WEIGHT,
            Source::Api => 1,
        };
        let passage = Passage::stored(work.text, weight);
        let admitted = self.engine.admit(passage, Deadline::within(PATIENCE));
        self.read_admitted(admitted.map_err(|error| put_off(error, self.engine.estimated_wait()))?).await
    }
}

impl ModelReader {
    /// Queues a text whose sender waits for the answer, or says at once why not. What is returned reads it; dropped, it is
    /// cancelled.
    pub fn admit(
        &self,
        text: &str,
        deadline: Deadline,
    ) -> Result<impl Future<Output = Result<Finished, ReadError>> + Send + use<>, InferenceError> {
        let admitted = self.engine.admit(Passage::new(text), deadline)?;
        let reader = self.clone();
        Ok(async move { reader.read_admitted(admitted).await })
    }

    async fn read_admitted(&self, admitted: Admitted) -> Result<Finished, ReadError> {
        let reading = admitted.read().await;
        let reading = reading.map_err(|error| put_off(error, self.engine.estimated_wait()))?;
        let reader = self.clone();
        // The first call hashes the weights: half a second of a base-size model's, once.
        let models = tokio::task::spawn_blocking(move || reader.models_used()).await;
        let models = models.map_err(fault)?.map_err(fault)?;
        finish(&reading, &self.catalog, models)
    }

    /// What the record says of the models.
    fn models_used(&self) -> Result<Value, crate::models::ModelError> {
        Ok(json!(self.models.as_ref().try_map(|model| about(model))?))
    }
}

fn about(model: &LoadedModel) -> Result<Value, crate::models::ModelError> {
    Ok(json!({
        "name": model.name(),
        "architecture": model.architecture().to_string(),
        "sha256": model.weights_sha256()?,
        "interim": model.settings().interim,
        "questionnaire_hash": model.settings().questionnaire_hash,
    }))
}

/// The columns of a finished record. Types and traits are ranked by the probabilities as they are shown, so that what the
/// page shows and what the careers follow cannot differ in the fourth decimal.
fn finish(reading: &Reading, catalog: &Catalog, models: Value) -> Result<Finished, ReadError> {
    let exact = reading.profile().map_err(fault)?;
    let shown = Profile { types: exact.types.map(shown), traits: exact.traits.map(shown) };
    let careers = catalog.recommendations(&shown);
    Ok(Finished {
        result_mbti: listed(shown.listed_types()),
        result_big_five: listed(shown.listed_traits()),
        career_data: serde_json::to_value(careers).map_err(fault)?,
        models,
        data_version: catalog.version().to_owned(),
        reading: json!(reading.as_ref().map(how)),
        share_read: reading.share_read(),
    })
}

fn listed(named: Vec<(&'static str, f64)>) -> Value {
    Value::Object(named.into_iter().map(|(name, p)| (name.to_owned(), p.into())).collect::<Map<_, _>>())
}

/// How one model's reading came about.
fn how(reading: &ModelReading) -> Value {
    let milliseconds = |time: Duration| (time.as_secs_f64() * 1e4).round() / 10.0;
    let logits: Map<_, _> =
        reading.labels.iter().cloned().zip(reading.logits.iter().map(|x| Value::from(*x))).collect();
    json!({
        "logits": logits,
        "calibrated": reading.calibrated,
        "tokens": reading.tokens,
        "windows": reading.windows,
        "share_read": reading.share_read,
        "milliseconds": {
            "queue": milliseconds(reading.timings.queue),
            "tokenize": milliseconds(reading.timings.tokenize),
            "forward": milliseconds(reading.timings.forward),
            "total": milliseconds(reading.timings.total),
        },
    })
}

/// A full queue and a deadline put a submission off; only what the models themselves did wrong counts against it.
fn put_off(error: InferenceError, estimated_wait: Duration) -> ReadError {
    match error {
        InferenceError::QueueFull { retry_after } => ReadError::Busy { retry_after },
        InferenceError::Deadline => ReadError::Busy { retry_after: estimated_wait },
        InferenceError::Stopped => ReadError::Stopped,
        error => fault(error),
    }
}

fn fault(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ReadError {
    ReadError::Failed { reason: "The models could not read this text.".to_owned(), source: source.into() }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::inference::Timings;
    use crate::personality::{Mbti, Trait};

    fn model_reading(labels: Vec<String>, probabilities: Vec<f64>) -> ModelReading {
        ModelReading {
            logits: probabilities.iter().map(|p| p.ln()).collect(),
            labels,
            probabilities,
            share_read: 1.0,
            tokens: 9,
            windows: 1,
            calibrated: false,
            timings: Timings::default(),
        }
    }

    #[test]
    fn what_is_shown_decides_which_careers_are_listed() {
        let catalog = Catalog::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets")).unwrap();
        let types = Mbti::ALL.map(|t| t.name().to_owned()).to_vec();
        // INTP is ahead of INTJ by less than is shown: the tie goes by name.
        let mut probabilities = vec![0.04; 16];
        probabilities[Mbti::parse("INTJ").unwrap().index()] = 0.2004;
        probabilities[Mbti::parse("INTP").unwrap().index()] = 0.2000;
        probabilities[Mbti::parse("ENFJ").unwrap().index()] = 0.2001;
        let traits = Trait::ALL.map(|t| t.name().to_owned()).to_vec();
        let reading = Reading {
            mbti: model_reading(types, probabilities),
            big_five: model_reading(traits, vec![0.1, 0.2, 0.3, 0.9, 0.4]),
        };
        let finished = finish(&reading, &catalog, Value::Null).unwrap();
        let first: Vec<_> = finished.result_mbti.as_object().unwrap().iter().take(3).collect();
        assert_eq!(first[0], (&"ENFJ".to_owned(), &json!(0.2)));
        assert_eq!(first[1].0, "INTJ");
        let types: Vec<_> = finished.career_data["MBTI"].as_array().unwrap().iter().collect();
        assert!(types[0].get("ENFJ").is_some() && types[1].get("INTJ").is_some());
        let traits = finished.career_data["big_5"].as_array().unwrap();
        assert!(traits[0].get("Conscientiousness").is_some() && traits[1].get("Openness").is_some());
    }

    #[test]
    fn a_full_queue_counts_as_no_failure_and_a_fault_of_the_model_does() {
        let wait = Duration::from_secs(3);
        let full = InferenceError::QueueFull { retry_after: wait };
        assert!(matches!(put_off(full, wait), ReadError::Busy { .. }));
        assert!(matches!(put_off(InferenceError::Deadline, wait), ReadError::Busy { .. }));
        assert!(matches!(put_off(InferenceError::Stopped, wait), ReadError::Stopped));
        assert!(matches!(put_off(InferenceError::Panicked, wait), ReadError::Failed { .. }));
    }
}
