//! Reads a submission with the two models and finds its careers.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OnceCell;

use crate::assessment::{Assessor, RatingPace};
use crate::careers::Catalog;
use crate::inference::{Admitted, Deadline, Engine, InferenceError, ModelReading, Passage, Reading, Timings};
use crate::models::{Classifier, LoadedModel, ModelError};
use crate::personality::readout::{self, LabelError};
use crate::personality::{self, Mbti, ModelKind, Pair, Profile, Trait};
use crate::records::{Finished, Labelled, ModelRead, ModelUsed, Stages};

use super::reader::{PendingLabels, PendingReading, ReadError, Reader, Turn};

/// How long a stored submission waits for the models before it is queued again. It is never refused.
const PATIENCE: Duration = Duration::from_secs(600);
/// The weight of a questionnaire compared with texts of weight 1. Behind a minute's worth of those, it waits only a few
/// seconds.
const QUESTIONNAIRE_WEIGHT: u32 = 16;

/// Reads submissions with the two models. Clones share everything.
#[derive(Clone)]
pub struct ModelReader {
    engine: Engine,
    catalog: Arc<Catalog>,
    assessor: Arc<Assessor>,
    models: Pair<Arc<LoadedModel>>,
    /// A record's description of the models. The first reading sets it, because that hashes the weights.
    used: Arc<OnceCell<Arc<Pair<ModelUsed>>>>,
}

impl Reader for ModelReader {
    fn read(&self, text: Arc<str>, turn: Turn) -> Result<PendingReading, ReadError> {
        let pace = match turn {
            Turn::Questionnaire(pace) => pace,
            Turn::Waiting(_) | Turn::Waited(_) | Turn::Later => RatingPace::default(),
        };
        let (passage, deadline) = queued(text, turn);
        let admitted = self.engine.admit(passage, deadline).map_err(|error| self.why(error))?;
        let reader = self.clone();
        Ok(Box::pin(async move { reader.finish(admitted, pace).await }))
    }

    fn label(&self, text: Arc<str>, which: ModelKind, turn: Turn) -> Result<PendingLabels, ReadError> {
        let (passage, deadline) = queued(text, turn);
        let reading = self.engine.admit_to(which, passage, deadline).map_err(|error| self.why(error))?;
        let reader = self.clone();
        Ok(Box::pin(async move {
            let reading = reading.await.map_err(|error| reader.why(error))?;
            labelled(which, &reading).map_err(ReadError::fault)
        }))
    }

    fn tokens_per_second(&self) -> f64 {
        self.engine.stats().tokens_per_second
    }
}

/// How the engine takes a text.
fn queued(text: Arc<str>, turn: Turn) -> (Passage, Deadline) {
    let patience = Deadline::within(PATIENCE);
    match turn {
        Turn::Questionnaire(_) => (Passage::stored(text, QUESTIONNAIRE_WEIGHT), patience),
        Turn::Later => (Passage::stored(text, 1), patience),
        Turn::Waiting(deadline) => (Passage::new(text), deadline),
        Turn::Waited(deadline) => (Passage::stored(text, 1), deadline),
    }
}

impl ModelReader {
    /// `models` are those that `engine` reads with.
    pub fn new(
        engine: Engine,
        catalog: Arc<Catalog>,
        assessor: Assessor,
        models: Pair<Arc<LoadedModel>>,
    ) -> ModelReader {
        ModelReader { engine, catalog, assessor: Arc::new(assessor), models, used: Arc::default() }
    }

    async fn finish(&self, admitted: Admitted, pace: RatingPace) -> Result<Finished, ReadError> {
        let reading = admitted.read().await.map_err(|error| self.why(error))?;
        let used = self.models_used().await?;
        finished(&reading, pace, &self.catalog, &self.assessor, used)
    }

    async fn models_used(&self) -> Result<Arc<Pair<ModelUsed>>, ReadError> {
        let used = self.used.get_or_try_init(|| async {
            let models = self.models.clone();
            // About half a second for models of base size.
            let used = tokio::task::spawn_blocking(move || models.try_map(|model| describe(&model))).await;
            Ok(Arc::new(used.map_err(ReadError::fault)?.map_err(ReadError::fault)?))
        });
        used.await.cloned()
    }

    /// A full queue and a missed deadline mean "later". Only an error of the models counts as a failed attempt.
    fn why(&self, error: InferenceError) -> ReadError {
        match error {
            InferenceError::QueueFull { retry_after } => ReadError::Busy { retry_after },
            InferenceError::Deadline => ReadError::Busy { retry_after: self.engine.estimated_wait() },
            InferenceError::Stopped => ReadError::Stopped,
            error => ReadError::fault(error),
        }
    }
}

/// A record's description of one model.
fn describe(model: &LoadedModel) -> Result<ModelUsed, ModelError> {
    Ok(ModelUsed {
        name: model.name(),
        architecture: model.architecture().to_string(),
        sha256: model.weights_sha256()?.to_owned(),
        computed_in: model.computed_in(),
        interim: model.settings().interim,
        questionnaire_hash: model.settings().questionnaire_hash.clone(),
    })
}

/// A finished record. Types and traits are ranked by the probabilities as shown, so that page and careers agree even if
/// two differ only in the fourth decimal.
fn finished(
    reading: &Reading,
    pace: RatingPace,
    catalog: &Catalog,
    assessor: &Assessor,
    models: Arc<Pair<ModelUsed>>,
) -> Result<Finished, ReadError> {
    let exact = reading.profile().map_err(ReadError::fault)?;
    let assessed = assessor.assess(reading, pace);
    let assessment = assessed.as_ref().map(serde_json::to_value);
    let shown =
        Profile { types: exact.types.map(personality::shown), traits: exact.traits.map(personality::shown) };
    Ok(Finished {
        careers: Arc::new(catalog.recommendations(&shown)),
        profile: shown,
        models,
        data_version: catalog.version().to_owned(),
        reading: Pair { mbti: model_read(&reading.mbti), big_five: model_read(&reading.big_five) },
        assessment: assessment.transpose().map_err(ReadError::fault)?,
        share_read: reading.share_read(),
    })
}

/// The labels with their probabilities as shown, highest first.
fn labelled(which: ModelKind, reading: &ModelReading) -> Result<Labelled, LabelError> {
    let (labels, probabilities) = (&reading.labels, &reading.probabilities);
    let probabilities = match which {
        ModelKind::Mbti => {
            let types = readout::type_probabilities(labels, probabilities)?;
            personality::listed(Mbti::ALL.into_iter().map(|t| (t.name(), types[t.index()])))
        }
        ModelKind::BigFive => {
            let traits = readout::trait_probabilities(labels, probabilities)?;
            personality::listed(Trait::ALL.into_iter().map(|t| (t.name(), traits[t.index()])))
        }
    };
    Ok(Labelled { model: which, probabilities, read: model_read(reading) })
}

fn model_read(reading: &ModelReading) -> ModelRead {
    ModelRead {
        logits: reading.labels.iter().cloned().zip(reading.logits.iter().copied()).collect(),
        calibrated: reading.calibrated,
        tokens: reading.tokens,
        windows: reading.windows,
        share_read: reading.share_read,
        milliseconds: stages(&reading.timings),
    }
}

/// Rounded to a tenth of a millisecond.
fn stages(timings: &Timings) -> Stages {
    let milliseconds = |time: Duration| (time.as_secs_f64() * 1e4).round() / 10.0;
    Stages {
        queue: milliseconds(timings.queue),
        tokenize: milliseconds(timings.tokenize),
        forward: milliseconds(timings.forward),
        total: milliseconds(timings.total),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::norm::Norm;
    use crate::survey::Questionnaire;

    fn model_reading(labels: Vec<String>, probabilities: Vec<f64>) -> ModelReading {
        ModelReading {
            logits: probabilities.iter().map(|p| p.ln()).collect(),
            labels,
            probabilities,
            share_read: 1.0,
            tokens: 9,
            windows: 1,
            calibrated: false,
            evidence: None,
            timings: Timings::default(),
        }
    }

    #[test]
    fn the_probabilities_as_shown_decide_which_careers_are_listed() {
        let catalog = Catalog::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets")).unwrap();
        let types = Mbti::ALL.map(|t| t.name().to_owned()).to_vec();
        // All three are shown as .200, so their names decide.
        let mut probabilities = vec![0.04; 16];
        probabilities[Mbti::parse("INTJ").unwrap().index()] = 0.2004;
        probabilities[Mbti::parse("INTP").unwrap().index()] = 0.2000;
        probabilities[Mbti::parse("ENFJ").unwrap().index()] = 0.2001;
        let traits = Trait::ALL.map(|t| t.name().to_owned()).to_vec();
        let reading = Reading {
            mbti: model_reading(types, probabilities),
            big_five: model_reading(traits, vec![0.1, 0.2, 0.3, 0.9, 0.4]),
        };
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("datasets");
        let questionnaire = Questionnaire::load(&folder.join("questionnaire.toml")).unwrap();
        let norm = Norm::load(&folder.join("norm")).unwrap();
        let assessor = Assessor::new(&questionnaire, Arc::new(norm));
        let finished =
            finished(&reading, RatingPace::default(), &catalog, &assessor, Arc::default()).unwrap();
        assert_eq!(finished.assessment, None, "these models weigh no evidence");
        let first: Vec<_> = finished.profile.listed_types().into_iter().take(2).collect();
        assert_eq!(first, [("ENFJ", 0.2), ("INTJ", 0.2)]);
        let types: Vec<_> = finished.careers.mbti.iter().map(|(mbti, _)| mbti.name()).collect();
        assert_eq!(types, ["ENFJ", "INTJ"]);
        let traits: Vec<_> = finished.careers.big_five.iter().map(|(trait_, _)| trait_.name()).collect();
        assert_eq!(traits, ["Conscientiousness", "Openness"]);
    }
}
