//! Reads what the site serves from: the datasets and the two models, each found by setting or where it usually stands.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::careers::Catalog;
use crate::config::{Datasets, Inference, locate};
use crate::inference::{Engine, InferenceConfig, Models};
use crate::models::{Classifier, Kind, LoadedModel, load_kind};
use crate::survey::Questionnaire;

use super::StartError;

/// Where the datasets are.
pub fn datasets_folder(setting: Option<&Path>) -> Result<PathBuf, StartError> {
    Ok(locate(setting, "datasets", "--datasets", "CALLING_DATASETS")?)
}

/// The questionnaire and the careers.
pub fn datasets(settings: &Datasets) -> Result<(Arc<Questionnaire>, Arc<Catalog>), StartError> {
    let folder = datasets_folder(settings.datasets.as_deref())?;
    let questionnaire = Questionnaire::load(&folder.join("questionnaire.toml"))?;
    let catalog = Catalog::load(&folder)?;
    Ok((Arc::new(questionnaire), Arc::new(catalog)))
}

/// The two models as they were loaded, for what is said of them; the [`Engine`] reads with them.
#[derive(Clone)]
pub struct LoadedModels {
    /// Reads the 16 types.
    pub mbti: Arc<LoadedModel>,
    /// Reads the five traits.
    pub big_five: Arc<LoadedModel>,
}

/// Loads both models, side by side: most of the time goes into reading and converting weights.
pub fn models(settings: &Inference) -> Result<LoadedModels, StartError> {
    let mbti = locate(settings.mbti_model.as_deref(), "models/mbti", "--mbti-model", "CALLING_MBTI_MODEL")?;
    let big_five = locate(
        settings.big_five_model.as_deref(),
        "models/big-five",
        "--big-five-model",
        "CALLING_BIG_FIVE_MODEL",
    )?;
    let (mbti, big_five) = std::thread::scope(|scope| {
        let second = scope.spawn(|| load_kind(&big_five, Kind::BigFive));
        let first = load_kind(&mbti, Kind::Mbti);
        // A panic while loading is a fault of ours; it goes on as one.
        (first, second.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    let wrong = |setting| move |source| StartError::Model { setting, source: Box::new(source) };
    Ok(LoadedModels {
        mbti: Arc::new(mbti.map_err(wrong("--mbti-model (CALLING_MBTI_MODEL)"))?),
        big_five: Arc::new(big_five.map_err(wrong("--big-five-model (CALLING_BIG_FIVE_MODEL)"))?),
    })
}

/// Starts the threads that read texts composed of this questionnaire, and others.
pub fn engine(
    settings: &Inference,
    models: &LoadedModels,
    questionnaire: &Questionnaire,
) -> Result<Engine, StartError> {
    let config = InferenceConfig {
        batch_tokens: settings.batch_tokens,
        queue_tokens: settings.queue_tokens,
        tokenizer_threads: settings.tokenizer_threads,
        rated_sentences: Arc::new(questionnaire.rated_sentences()),
        ..InferenceConfig::default()
    };
    let models = Models {
        mbti: Arc::clone(&models.mbti) as Arc<dyn Classifier>,
        big_five: Arc::clone(&models.big_five) as Arc<dyn Classifier>,
    };
    Ok(Engine::start(models, config)?)
}
