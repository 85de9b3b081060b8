//! Loads the datasets and the two models, and starts the engine.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::careers::Catalog;
use crate::config::{Datasets, Inference, InstructionsChoice, PrecisionChoice, locate, option_name};
use crate::descriptions::Descriptions;
use crate::inference::{Choice, Engine, InferenceConfig, Known, Lacking, Wanted, Ways, choose, ways};
use crate::metrics;
use crate::models::{
    Classifier, Instructions, LoadedModel, ModelCard, ModelError, Precision, load_kind, verify,
};
use crate::norm::Norm;
use crate::personality::{ModelKind, Pair};
use crate::survey::Questionnaire;

use super::error::StartError;

fn datasets_folder(setting: Option<&Path>) -> Result<PathBuf, StartError> {
    Ok(locate(setting, "datasets", || option_name!(Datasets, datasets))?)
}

#[derive(Clone)]
pub struct LoadedDatasets {
    pub questionnaire: Arc<Questionnaire>,
    pub norm: Arc<Norm>,
    pub catalog: Arc<Catalog>,
    pub descriptions: Arc<Descriptions>,
}

/// Loads the questionnaire, the norm, the careers, and the descriptions of traits and types.
pub fn datasets(settings: &Datasets) -> Result<LoadedDatasets, StartError> {
    let (questionnaire, norm) = survey(settings)?;
    let folder = datasets_folder(settings.datasets.as_deref())?;
    let catalog = Catalog::load(&folder)?;
    let descriptions = Descriptions::load(&folder.join("descriptions"))?;
    Ok(LoadedDatasets {
        questionnaire: Arc::new(questionnaire),
        norm: Arc::new(norm),
        catalog: Arc::new(catalog),
        descriptions: Arc::new(descriptions),
    })
}

/// Loads the questionnaire and the norm of its items. A folder without a norm gets the one in the repository.
pub fn survey(settings: &Datasets) -> Result<(Questionnaire, Norm), StartError> {
    let folder = datasets_folder(settings.datasets.as_deref())?;
    let questionnaire = Questionnaire::load(&folder.join("questionnaire.toml"))?;
    let own = folder.join("norm");
    let norm = match datasets_folder(None) {
        Ok(bundled) if !own.is_dir() => bundled.join("norm"),
        _ => own,
    };
    Ok((questionnaire, Norm::load(&norm)?))
}

/// The two models. The [`Engine`] runs them; pages and metrics describe them.
#[derive(Clone)]
pub struct LoadedModels {
    pub models: Pair<Arc<LoadedModel>>,
    /// How each model is computed, and why.
    pub choices: Pair<Choice>,
    /// Whether each folder has a list of hashes, and every file is as it says.
    pub verified: Pair<bool>,
}

/// The executions that the settings and this processor allow; `None` for candle's plain operations.
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
            option: option_name!(Inference, instructions),
            value: wanted.instructions.map(|i| i.to_string()).unwrap_or_default(),
            source,
        },
        Lacking::Precision { precision, .. } => StartError::Execution {
            option: option_name!(Inference, precision),
            value: precision.to_string(),
            source,
        },
    })
}

/// One model.
struct Loaded {
    model: LoadedModel,
    choice: Choice,
    verified: bool,
}

/// Checks a folder against its list of hashes, if it has one, and loads the model in it.
fn load_one(
    dir: &Path,
    kind: ModelKind,
    ways: Option<&Ways>,
    turn: &Mutex<()>,
) -> Result<Loaded, ModelError> {
    let verified = verify(dir)?;
    let (model, choice) = load_fastest(dir, kind, ways, turn)?;
    Ok(Loaded { model, choice, verified })
}

/// Loads one model, computed in the fastest way that agrees with the exact one. `turn` is held while it computes, because two
/// models that compute at once would slow each other down.
fn load_fastest(
    dir: &Path,
    kind: ModelKind,
    ways: Option<&Ways>,
    turn: &Mutex<()>,
) -> Result<(LoadedModel, Choice), ModelError> {
    let Some(ways) = ways else {
        return Ok((load_kind(dir, kind, None)?, Choice::asked(None)));
    };
    let exact = load_kind(dir, kind, Some(ways.exact))?;
    let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
    choose(ways, |_| Ok(exact), LoadedModel::with_execution, LoadedModel::layer_time)
}

/// The name of the option that sets a model's folder.
fn folder_option(kind: ModelKind) -> String {
    match kind {
        ModelKind::Mbti => option_name!(Inference, mbti_model),
        ModelKind::BigFive => option_name!(Inference, big_five_model),
    }
}

/// The models' folders.
fn folders(settings: &Inference) -> Result<Pair<PathBuf>, StartError> {
    let find =
        |setting: &Option<PathBuf>, usual, kind| locate(setting.as_deref(), usual, || folder_option(kind));
    Ok(Pair {
        mbti: find(&settings.mbti_model, "models/mbti", ModelKind::Mbti)?,
        big_five: find(&settings.big_five_model, "models/big-five", ModelKind::BigFive)?,
    })
}

fn wrong_model(kind: ModelKind, source: ModelError) -> StartError {
    StartError::Model { option: folder_option(kind), source: Box::new(source) }
}

/// What pages say about both models, without their weights.
pub fn cards(settings: &Inference) -> Result<Pair<ModelCard>, StartError> {
    let folders = folders(settings)?;
    let read = |kind| ModelCard::read(folders.get(kind), kind).map_err(|source| wrong_model(kind, source));
    Ok(Pair { mbti: read(ModelKind::Mbti)?, big_five: read(ModelKind::BigFive)? })
}

/// Loads both models at the same time, since most of the work is reading and converting weights.
pub fn models(settings: &Inference) -> Result<LoadedModels, StartError> {
    let Pair { mbti, big_five } = folders(settings)?;
    let ways = ways_of(settings)?;
    let turn = Mutex::new(());
    let (mbti, big_five) = std::thread::scope(|scope| {
        let second = scope.spawn(|| load_one(&big_five, ModelKind::BigFive, ways.as_ref(), &turn));
        let first = load_one(&mbti, ModelKind::Mbti, ways.as_ref(), &turn);
        // A panic while loading is a bug; it is passed on to this thread.
        (first, second.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    let mbti = mbti.map_err(|source| wrong_model(ModelKind::Mbti, source))?;
    let big_five = big_five.map_err(|source| wrong_model(ModelKind::BigFive, source))?;
    Ok(LoadedModels {
        models: Pair { mbti: Arc::new(mbti.model), big_five: Arc::new(big_five.model) },
        choices: Pair { mbti: mbti.choice, big_five: big_five.choice },
        verified: Pair { mbti: mbti.verified, big_five: big_five.verified },
    })
}

/// Starts the engine's threads, which record their durations in `metrics`. The engine recognizes the questionnaire's
/// rated sentences and answers.
pub fn engine(
    settings: &Inference,
    models: &LoadedModels,
    known: Known,
    metrics: metrics::Readings,
) -> Result<Engine, StartError> {
    let config = InferenceConfig {
        batch_tokens: settings.batch_tokens,
        queue_tokens: settings.queue_tokens,
        tokenizer_threads: settings.tokenizer_threads,
        known: Arc::new(known),
        reuse_bytes: settings.reuse_memory.saturating_mul(1_000_000),
        metrics,
        ..InferenceConfig::default()
    };
    let models = models.models.clone().map(|model| model as Arc<dyn Classifier>);
    Ok(Engine::start(models, config)?)
}
