//! A classifier with its tokenizer, labels and settings, loaded from a folder in Hugging Face's layout.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use candle_core::DType;

use super::card::{ModelCard, folder_name, is_of, joined};
use super::checkpoint::Checkpoint;
use super::classifier::Classifier;
use super::config::{Architecture, ModelConfig, Purpose, RawConfig};
use super::error::ModelError;
use super::folder::sha256_of;
use super::fused;
use super::labels::{Activation, Labels};
use super::network::{SequenceClassifier, check_windows};
use super::settings::CallingSettings;
use super::tensors;
use super::tokenizer::{Encoding, Tokenizer};
use crate::fused::{Execution, layer_time};
use crate::personality::ModelKind;

/// Candle's own operations, in words.
pub const PLAIN: &str = "f32 by candle's plain operations";
/// How long an execution is timed.
const TIMED: Duration = Duration::from_millis(4);

/// A classifier from a folder, ready to run on the CPU.
pub struct LoadedModel {
    dir: PathBuf,
    weights: PathBuf,
    weights_files: Vec<PathBuf>,
    unused_config: Vec<String>,
    weights_sha256: OnceLock<String>,
    config: ModelConfig,
    labels: Labels,
    settings: CallingSettings,
    tokenizer: Arc<Tokenizer>,
    classifier: SequenceClassifier,
    execution: Option<Execution>,
    parameters: usize,
    dtypes: Vec<DType>,
}

/// Loads the classifier in `dir`, of either kind, to run on candle's plain operations in f32.
pub fn load(dir: &Path) -> Result<LoadedModel, ModelError> {
    load_with(dir, None)
}

/// Loads the classifier in `dir` to run as `execution` says. `None` is candle's plain operations in f32.
pub fn load_with(dir: &Path, execution: Option<Execution>) -> Result<LoadedModel, ModelError> {
    let adapter = dir.join("adapter_config.json");
    if adapter.exists() {
        let expected = "a model that the adapter is merged into, without this file";
        return Err(ModelError::unsupported(
            adapter,
            "it describes an adapter, which is not applied",
            expected,
        ));
    }
    let raw = RawConfig::read(dir)?;
    let config = raw.network(Purpose::Classifier)?;
    let labels = raw.labels()?;
    let settings = CallingSettings::read(dir, &labels)?;
    let tokenizer = Tokenizer::of_model(dir, config.architecture, raw.fields(), config.vocab_size)?;
    if limit(&config, &tokenizer) <= tokenizer.special_tokens() {
        let file = if tokenizer.max_tokens().is_some() { "tokenizer_config.json" } else { "config.json" };
        let found = format!(
            "it allows a window of {} tokens (model_max_length, max_position_embeddings)",
            limit(&config, &tokenizer)
        );
        return Err(ModelError::unsupported(dir.join(file), found, "room for more than the special tokens"));
    }
    let weights = read_weights(dir, &config, labels.names().len(), execution, None)?;
    Ok(LoadedModel {
        dir: dir.into(),
        weights: weights.path,
        weights_files: weights.files,
        unused_config: raw.fields().unused(),
        weights_sha256: OnceLock::new(),
        parameters: weights.parameters,
        dtypes: weights.dtypes,
        config,
        labels,
        settings,
        tokenizer: Arc::new(tokenizer),
        classifier: weights.classifier,
        execution,
    })
}

/// The contents of the weights file.
struct Weights {
    path: PathBuf,
    files: Vec<PathBuf>,
    classifier: SequenceClassifier,
    parameters: usize,
    dtypes: Vec<DType>,
}

fn read_weights(
    dir: &Path,
    config: &ModelConfig,
    labels: usize,
    execution: Option<Execution>,
    like: Option<&SequenceClassifier>,
) -> Result<Weights, ModelError> {
    let checkpoint = Checkpoint::open(dir, config.architecture.prefix())?;
    let classifier = SequenceClassifier::read(config, labels, &checkpoint, execution, like)?;
    let expected = tensors::classifier(config, labels);
    Ok(Weights {
        path: checkpoint.path().into(),
        files: checkpoint.files(),
        classifier,
        parameters: tensors::count(&expected),
        dtypes: checkpoint.dtypes(&expected),
    })
}

/// Like [`load_with`], but refuses a classifier of the other kind, for example because two folders were swapped.
pub fn load_kind(
    dir: &Path,
    kind: ModelKind,
    execution: Option<Execution>,
) -> Result<LoadedModel, ModelError> {
    let model = load_with(dir, execution)?;
    is_of(dir, &model.labels, kind)?;
    Ok(model)
}

/// The most tokens of a window, special tokens included.
fn limit(config: &ModelConfig, tokenizer: &Tokenizer) -> usize {
    tokenizer.max_tokens().map_or(config.positions, |max| max.min(config.positions))
}

impl LoadedModel {
    /// The same checkpoint prepared for another execution, with its weights read again. If this model runs in f32 and has
    /// already read texts, int8 computes the outliers that it recorded separately (see [`crate::fused::Outliers`]), which
    /// reduces the error by about two fifths.
    pub fn with_execution(&self, execution: Execution) -> Result<LoadedModel, ModelError> {
        let (labels, like) = (self.labels.names().len(), Some(&self.classifier));
        let weights = read_weights(&self.dir, &self.config, labels, Some(execution), like)?;
        Ok(LoadedModel {
            dir: self.dir.clone(),
            weights: weights.path,
            weights_files: weights.files,
            unused_config: self.unused_config.clone(),
            weights_sha256: OnceLock::new(),
            config: self.config.clone(),
            labels: self.labels.clone(),
            settings: self.settings.clone(),
            tokenizer: Arc::clone(&self.tokenizer),
            classifier: weights.classifier,
            execution: Some(execution),
            parameters: weights.parameters,
            dtypes: weights.dtypes,
        })
    }

    /// The shortest time of one of its layers for 128 tokens; `None` if the processor does not support the execution.
    pub fn layer_time(&self, execution: Execution) -> Option<Duration> {
        layer_time(&fused::shape(&self.config), execution, TIMED).ok()
    }

    /// The same model with these settings instead of its folder's.
    pub fn with_settings(mut self, settings: CallingSettings) -> LoadedModel {
        self.settings = settings;
        self
    }

    /// How the network is computed. `None` is candle's plain operations in f32.
    pub fn execution(&self) -> Option<Execution> {
        self.execution
    }

    /// What decides about the last digits of its numbers: formats and instructions, in words.
    pub fn computed_in(&self) -> String {
        self.execution.map_or_else(|| PLAIN.to_owned(), |way| way.numbers())
    }

    /// The folder's name, without its path.
    pub fn name(&self) -> String {
        folder_name(&self.dir)
    }

    /// What pages say about it.
    pub fn card(&self) -> ModelCard {
        ModelCard {
            dir: self.dir.clone(),
            architecture: self.architecture(),
            parameters: self.parameters,
            settings: self.settings.clone(),
        }
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    pub fn architecture(&self) -> Architecture {
        self.config.architecture
    }

    /// Which of the two models this is.
    pub fn kind(&self) -> ModelKind {
        self.labels.kind()
    }

    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// Those of encoder, pooler and head.
    pub fn parameters(&self) -> usize {
        self.parameters
    }

    /// The number formats in the weights file.
    pub fn dtypes(&self) -> &[DType] {
        &self.dtypes
    }

    /// The weights file, or the index of its parts.
    pub fn weights_path(&self) -> &Path {
        &self.weights
    }

    /// The files that hold the weights.
    pub fn weights_files(&self) -> &[PathBuf] {
        &self.weights_files
    }

    /// The fields of config.json that make no difference.
    pub fn unused_config(&self) -> &[String] {
        &self.unused_config
    }

    /// SHA-256 of the weights file in hex; of weights in parts, that of the parts' hashes in hex, one after the other. The first
    /// call computes it, which takes about half a second for a model of base size; later calls return the stored value.
    pub fn weights_sha256(&self) -> Result<&str, ModelError> {
        if let Some(known) = self.weights_sha256.get() {
            return Ok(known);
        }
        let hashes = self.weights_files.iter().map(|file| sha256_of(file)).collect::<Result<Vec<_>, _>>()?;
        Ok(self.weights_sha256.get_or_init(|| joined(hashes)))
    }
}

impl Classifier for LoadedModel {
    /// The weights' hash and how they are computed. `None` until [`LoadedModel::weights_sha256`] was called.
    fn identity(&self) -> Option<String> {
        let weights = self.weights_sha256.get()?;
        Some(format!("{weights} {}", self.computed_in()))
    }

    fn labels(&self) -> &[String] {
        self.labels.names()
    }

    fn activation(&self) -> Activation {
        self.labels.activation()
    }

    fn window_capacity(&self) -> usize {
        let capacity = limit(&self.config, &self.tokenizer) - self.tokenizer.special_tokens();
        self.settings.window_limit().map_or(capacity, |wanted| wanted.min(capacity))
    }

    fn settings(&self) -> &CallingSettings {
        &self.settings
    }

    fn encode(&self, text: &str) -> Result<Encoding, ModelError> {
        self.tokenizer.encode(text)
    }

    fn window_ids(&self, content: &[u32]) -> Vec<u32> {
        self.tokenizer.window_ids(content)
    }

    fn logits(&self, windows: &[&[u32]]) -> Result<Vec<Vec<f32>>, ModelError> {
        check_windows(&self.config, windows)?;
        if windows.is_empty() {
            return Ok(Vec::new());
        }
        self.classifier.logits(windows).and_then(|logits| logits.to_vec2()).map_err(ModelError::Forward)
    }
}
