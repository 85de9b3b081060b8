//! A folder in Hugging Face's layout, loaded and checked: a classifier with its tokenizer, labels and settings.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use sha2::{Digest, Sha256};

use super::checkpoint::Checkpoint;
use super::config::{Architecture, ModelConfig, Purpose, RawConfig};
use super::error::ModelError;
use super::labels::{Activation, Labels};
use super::layers::{DTYPE, Gradient, count};
use super::network::SequenceClassifier;
use super::settings::CallingSettings;
use super::tokenizer::Tokenizer;
use super::{Classifier, Encoding};
use crate::fused::Execution;
use crate::personality::ModelKind;

/// A classifier from a folder, ready to run on the CPU.
pub struct LoadedModel {
    dir: PathBuf,
    weights: PathBuf,
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

/// Loads the classifier in `dir`, whichever of the two vocabularies it speaks, to run on candle's plain operations.
pub fn load(dir: &Path) -> Result<LoadedModel, ModelError> {
    load_with(dir, None)
}

/// Loads the classifier in `dir` to run as `execution` says, or on candle's plain operations in f32 without it.
pub fn load_with(dir: &Path, execution: Option<Execution>) -> Result<LoadedModel, ModelError> {
    let raw = RawConfig::read(dir)?;
    let config = raw.network(Purpose::Classifier)?;
    let labels = Labels::read(raw.path(), raw.id2label.as_ref(), raw.problem_type.as_deref())?;
    let settings = CallingSettings::read(dir, &labels)?;
    let tokenizer = Tokenizer::read(dir, config.vocab_size)?;
    if limit(&config, &tokenizer) <= tokenizer.special_tokens() {
        let found = format!("a window holds {} tokens", limit(&config, &tokenizer));
        return Err(ModelError::unsupported(raw.path(), found, "room for more than the special tokens"));
    }
    let weights = read_weights(dir, &config, labels.names().len(), execution, None)?;
    Ok(LoadedModel {
        dir: dir.into(),
        weights: weights.path,
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

/// What is read from the weights file.
struct Weights {
    path: PathBuf,
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
    let expected = SequenceClassifier::expected(config, labels);
    let prefix = config.architecture.prefix();
    let checkpoint = Checkpoint::open(dir, prefix)?;
    let classifier = match execution {
        Some(execution) => {
            checkpoint.expect(&expected, prefix)?;
            SequenceClassifier::fused(config, labels, &checkpoint, execution, like)?
        }
        None => {
            let tensors = checkpoint.read(&expected, prefix)?;
            let vb = VarBuilder::from_tensors(tensors, DTYPE, &Device::Cpu);
            SequenceClassifier::new(config, labels, Gradient::Off, vb)
                .map_err(|source| ModelError::Weights { path: checkpoint.path().into(), source })?
        }
    };
    Ok(Weights {
        path: checkpoint.path().into(),
        classifier,
        parameters: count(&expected),
        dtypes: checkpoint.dtypes(&expected),
    })
}

/// Loads the classifier in `dir` to run on candle's plain operations; as [`load_kind_with`].
pub fn load_kind(dir: &Path, kind: ModelKind) -> Result<LoadedModel, ModelError> {
    load_kind_with(dir, kind, None)
}

/// [`load_with`], and refuses the classifier if it speaks the other vocabulary, as when two folders were swapped.
pub fn load_kind_with(
    dir: &Path,
    kind: ModelKind,
    execution: Option<Execution>,
) -> Result<LoadedModel, ModelError> {
    let model = load_with(dir, execution)?;
    if model.kind() == kind {
        return Ok(model);
    }
    let found = format!("this model reads {}", model.kind().reads());
    Err(ModelError::unsupported(
        dir,
        found,
        format!("one that reads {} (are the two folders swapped?)", kind.reads()),
    ))
}

/// The most tokens of a window, special tokens included.
fn limit(config: &ModelConfig, tokenizer: &Tokenizer) -> usize {
    tokenizer.max_tokens().map_or(config.positions, |max| max.min(config.positions))
}

impl LoadedModel {
    /// The same checkpoint prepared to run as `execution` says: its weights are read again from the file, everything else is
    /// shared, and this model stays as it is. Drop the one of the two that is not needed. If this model runs in f32 and has
    /// read something, int8 takes apart the inputs that stood out (see [`crate::fused::Outliers`]) and errs less by some two fifths.
    pub fn with_execution(&self, execution: Execution) -> Result<LoadedModel, ModelError> {
        let (labels, like) = (self.labels.names().len(), Some(&self.classifier));
        let weights = read_weights(&self.dir, &self.config, labels, Some(execution), like)?;
        Ok(LoadedModel {
            dir: self.dir.clone(),
            weights: weights.path,
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

    /// How the network is computed; `None` is candle's plain operations in f32.
    pub fn execution(&self) -> Option<Execution> {
        self.execution
    }

    /// The folder's own name.
    pub fn name(&self) -> String {
        self.dir.file_name().unwrap_or(self.dir.as_os_str()).to_string_lossy().into_owned()
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The network's family and sizes.
    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// The network's family.
    pub fn architecture(&self) -> Architecture {
        self.config.architecture
    }

    /// Which vocabulary the labels make up.
    pub fn kind(&self) -> ModelKind {
        self.labels.kind()
    }

    /// The tokenizer.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// The network itself; its encoder is the seam for learning and for faster implementations.
    pub fn classifier(&self) -> &SequenceClassifier {
        &self.classifier
    }

    /// Parameters of encoder, pooler and head.
    pub fn parameters(&self) -> usize {
        self.parameters
    }

    /// The number formats in the weights file.
    pub fn dtypes(&self) -> &[DType] {
        &self.dtypes
    }

    /// The weights file.
    pub fn weights_path(&self) -> &Path {
        &self.weights
    }

    /// SHA-256 of the weights file in hex. Read at the first call (about half a second for a base-size model), kept after
    /// that; loading does not wait for it.
    pub fn weights_sha256(&self) -> Result<&str, ModelError> {
        if let Some(known) = self.weights_sha256.get() {
            return Ok(known);
        }
        let hash = sha256_of(&self.weights)?;
        Ok(self.weights_sha256.get_or_init(|| hash))
    }

    /// Pooled outputs of these windows (special tokens included), f32 `[windows, hidden]`.
    pub fn pooled(&self, windows: &[&[u32]]) -> Result<Tensor, ModelError> {
        check_windows(&self.config, windows)?;
        self.classifier.network().pooled(windows).map_err(ModelError::Forward)
    }
}

impl Classifier for LoadedModel {
    /// The weights' hash and the way they are computed. Not known before the weights were hashed once, which
    /// [`LoadedModel::weights_sha256`] does.
    fn identity(&self) -> Option<String> {
        let weights = self.weights_sha256.get()?;
        Some(match self.execution {
            // The number of threads changes no result.
            Some(way) => format!("{weights} {} {}", way.precision, way.instructions),
            None => format!("{weights} reference"),
        })
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

/// Every window has 1 to `positions` tokens, every id a row in the embedding.
pub(super) fn check_windows(config: &ModelConfig, windows: &[&[u32]]) -> Result<(), ModelError> {
    for window in windows {
        if window.is_empty() || window.len() > config.positions {
            return Err(ModelError::WindowLength { found: window.len(), limit: config.positions });
        }
        if let Some(&id) = window.iter().find(|id| **id as usize >= config.vocab_size) {
            return Err(ModelError::UnknownToken { id, size: config.vocab_size });
        }
    }
    Ok(())
}

/// SHA-256 of a file in hex, read in pieces.
pub(crate) fn sha256_of(path: &Path) -> Result<String, ModelError> {
    let unreadable = |source| ModelError::Unreadable { path: path.into(), source };
    let mut file = File::open(path).map_err(unreadable)?;
    let mut hasher = Sha256::new();
    let mut piece = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut piece).map_err(unreadable)?;
        if read == 0 {
            break;
        }
        hasher.update(&piece[..read]);
    }
    Ok(hex::encode(hasher.finalize()))
}
