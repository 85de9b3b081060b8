//! Reads what the site serves from: the datasets and the two models, each found by setting or where it usually stands.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::careers::Catalog;
use crate::config::{Datasets, Inference, InstructionsChoice, PrecisionChoice, locate};
use crate::inference::{Choice, Engine, InferenceConfig, Lacking, Models, Wanted, Ways, choose, ways};
use crate::metrics;
use crate::models::{Classifier, Instructions, Kind, LoadedModel, ModelError, Precision, load_kind_with};
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
    /// How each is computed, and why so; in the order of [`Which::ALL`](crate::inference::Which::ALL).
    pub choices: [Choice; 2],
}

/// What the settings leave to choose from on this processor; `None` is candle's plain operations.
fn ways_of(settings: &Inference) -> Result<Option<Ways>, StartError> {
    let wanted = Wanted {
        precision: match settings.precision {
            PrecisionChoice::Auto => None,
            PrecisionChoice::F32 => Some(Precision::F32),
            PrecisionChoice::Bf16 => Some(Precision::Bf16),
            PrecisionChoice::Int8 => Some(Precision::Int8),
            PrecisionChoice::Reference => return Ok(None),
        },
        instructions: match settings.instructions {
            InstructionsChoice::Auto => None,
            InstructionsChoice::Avx512 => Some(Instructions::Avx512),
            InstructionsChoice::Avx2 => Some(Instructions::Avx2),
            InstructionsChoice::Portable => Some(Instructions::Portable),
        },
        threads: settings.inference_threads,
    };
    ways(&wanted).map(Some).map_err(|source| match source {
        Lacking::Instructions { .. } => StartError::Execution {
            setting: "--instructions (CALLING_INSTRUCTIONS)",
            value: wanted.instructions.map(|i| i.to_string()).unwrap_or_default(),
            source,
        },
        Lacking::Precision { precision, .. } => StartError::Execution {
            setting: "--precision (CALLING_PRECISION)",
            value: precision.to_string(),
            source,
        },
    })
}

/// Loads one model in the fastest way that agrees with the exact one. `turn` is held while it computes: two that compute at
/// once would only get into each other's way.
fn load_one(
    dir: &Path,
    kind: Kind,
    ways: Option<&Ways>,
    turn: &Mutex<()>,
) -> Result<(LoadedModel, Choice), ModelError> {
    let Some(ways) = ways else {
        return Ok((load_kind_with(dir, kind, None)?, Choice::asked(None)));
    };
    let exact = load_kind_with(dir, kind, Some(ways.exact))?;
    let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
    choose(ways, |_| Ok(exact), LoadedModel::with_execution)
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
    let ways = ways_of(settings)?;
    let turn = Mutex::new(());
    let (mbti, big_five) = std::thread::scope(|scope| {
        let second = scope.spawn(|| load_one(&big_five, Kind::BigFive, ways.as_ref(), &turn));
        let first = load_one(&mbti, Kind::Mbti, ways.as_ref(), &turn);
        // A panic while loading is a fault of ours; it goes on as one.
        (first, second.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    let wrong = |setting| move |source| StartError::Model { setting, source: Box::new(source) };
    let (mbti, mbti_choice) = mbti.map_err(wrong("--mbti-model (CALLING_MBTI_MODEL)"))?;
    let (big_five, big_five_choice) = big_five.map_err(wrong("--big-five-model (CALLING_BIG_FIVE_MODEL)"))?;
    Ok(LoadedModels {
        mbti: Arc::new(mbti),
        big_five: Arc::new(big_five),
        choices: [mbti_choice, big_five_choice],
    })
}

/// Starts the threads that read texts composed of this questionnaire, and others. What they do is timed in `metrics`.
pub fn engine(
    settings: &Inference,
    models: &LoadedModels,
    questionnaire: &Questionnaire,
    metrics: metrics::Readings,
) -> Result<Engine, StartError> {
    let config = InferenceConfig {
        batch_tokens: settings.batch_tokens,
        queue_tokens: settings.queue_tokens,
        tokenizer_threads: settings.tokenizer_threads,
        rated_sentences: Arc::new(questionnaire.rated_sentences()),
        reuse_bytes: settings.reuse_memory.saturating_mul(1_000_000),
        metrics,
        ..InferenceConfig::default()
    };
    let models = Models {
        mbti: Arc::clone(&models.mbti) as Arc<dyn Classifier>,
        big_five: Arc::clone(&models.big_five) as Arc<dyn Classifier>,
    };
    Ok(Engine::start(models, config)?)
}
