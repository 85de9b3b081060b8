//! The report of `calling models check DIR`: a folder's contents, and what is used of them.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::classifier::Classifier;
use super::config::ModelConfig;
use super::error::ModelError;
use super::folder::sha256_of;
use super::labels::Activation;
use super::loaded::LoadedModel;
use super::manifest::MANIFEST;
use super::settings::{CallingSettings, Combine, Weight, Windows};
use super::tokenizer::TokenizerKind;
use crate::personality::ModelKind;

/// One file of a model's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileReport {
    /// A folder's name ends with a slash.
    pub name: String,
    /// Nothing for a folder.
    pub bytes: u64,
    /// SHA-256 in hex; empty for a folder.
    pub sha256: String,
    /// Whether loading uses it. For example, pytorch_model.bin is not used beside model.safetensors.
    pub used: bool,
}

/// The description of a folder that loads.
#[derive(Clone, Debug)]
pub struct Report {
    pub dir: PathBuf,
    pub config: ModelConfig,
    pub kind: ModelKind,
    /// The labels in the order of the logits.
    pub labels: Vec<String>,
    /// How the logits become probabilities.
    pub activation: Activation,
    /// The number of parameters of encoder, pooler and head.
    pub parameters: usize,
    /// The number formats in the weights file ("f32").
    pub dtypes: Vec<&'static str>,
    /// The file that the tokenizer was made from, and transformers' name of such a tokenizer.
    pub tokenizer: TokenizerKind,
    pub tokenizer_class: String,
    /// The most content tokens of a window.
    pub window_capacity: usize,
    /// calling.json, or the default settings.
    pub settings: CallingSettings,
    /// What the folder holds, by name.
    pub files: Vec<FileReport>,
    /// The fields of config.json and of tokenizer_config.json that make no difference to a reading.
    pub unused_config: Vec<String>,
    pub unused_tokenizer: Vec<String>,
    /// How long loading took.
    pub load_time: Duration,
}

/// Describes a loaded model and its folder. `load_time` is how long loading took.
///
/// # Errors
/// If the folder or one of its files cannot be read.
pub fn describe(model: &LoadedModel, load_time: Duration) -> Result<Report, ModelError> {
    Ok(Report {
        dir: model.dir().into(),
        config: model.config().clone(),
        kind: model.kind(),
        labels: model.labels().to_vec(),
        activation: model.activation(),
        parameters: model.parameters(),
        dtypes: model.dtypes().iter().map(|dtype| dtype.as_str()).collect(),
        tokenizer: model.tokenizer().kind(),
        tokenizer_class: model.tokenizer().class_name(),
        window_capacity: model.window_capacity(),
        settings: model.settings().clone(),
        files: files(model)?,
        unused_config: model.unused_config().to_vec(),
        unused_tokenizer: model.tokenizer().unused().to_vec(),
        load_time,
    })
}

/// Everything in the model's folder, by name.
fn files(model: &LoadedModel) -> Result<Vec<FileReport>, ModelError> {
    let unreadable = |source| ModelError::Unreadable { path: model.dir().into(), source };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(model.dir()).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let metadata = std::fs::metadata(&path)
            .map_err(|source| ModelError::Unreadable { path: path.clone(), source })?;
        files.push(match metadata.is_dir() {
            true => FileReport { name: name + "/", bytes: 0, sha256: String::new(), used: false },
            false => FileReport {
                bytes: metadata.len(),
                sha256: sha256_of(&path)?,
                used: used(model, &path, &name),
                name,
            },
        });
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
}

fn used(model: &LoadedModel, path: &Path, name: &str) -> bool {
    ["config.json", "calling.json", MANIFEST].contains(&name)
        || model.tokenizer().files().contains(&name)
        || path == model.weights_path()
        || model.weights_files().iter().any(|file| file == path)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let config = &self.config;
        writeln!(f, "{} loads.", self.dir.display())?;
        writeln!(f, "architecture  {} ({} million parameters, {})", config.architecture, self.millions(), {
            self.dtypes.join(" and ")
        })?;
        writeln!(
            f,
            "sizes         {} layers, hidden {}, {} heads, feed-forward {}, embedding {}, vocabulary {}, {} positions",
            config.layers,
            config.hidden_size,
            config.heads,
            config.intermediate_size,
            config.embedding_size,
            config.vocab_size,
            config.positions
        )?;
        let activation = match self.activation {
            Activation::Softmax => "one softmax",
            Activation::Sigmoid => "a sigmoid each",
        };
        writeln!(f, "reads         {}, {activation}", self.kind.reads())?;
        writeln!(f, "labels        {}", self.labels.join(", "))?;
        writeln!(
            f,
            "tokenizer     {} from {}, up to {} tokens a window",
            self.tokenizer_class, self.tokenizer, self.window_capacity
        )?;
        writeln!(f, "windows       {}", Assembly(&self.settings))?;
        writeln!(f, "load time     {} ms", self.load_time.as_millis())?;
        for (file, fields) in
            [("config.json", &self.unused_config), ("tokenizer_config.json", &self.unused_tokenizer)]
        {
            if !fields.is_empty() {
                writeln!(f, "not used      of {file}: {}", fields.join(", "))?;
            }
        }
        for file in &self.files {
            match (file.name.ends_with('/'), file.used) {
                (true, _) => writeln!(f, "{:<22}  (not used)", file.name)?,
                (false, used) => {
                    let unused = if used { "" } else { "  (not used)" };
                    writeln!(f, "{:<22}{:>12} bytes  sha256 {}{unused}", file.name, file.bytes, file.sha256)?;
                }
            }
        }
        Ok(())
    }
}

impl Report {
    fn millions(&self) -> String {
        format!("{:.1}", self.parameters as f64 / 1e6)
    }
}

/// How windows are cut and combined, in one line.
struct Assembly<'a>(&'a CallingSettings);

impl fmt::Display for Assembly<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0.windows {
            Windows::Answer => "one per answer",
            Windows::Packed => "packed with whole sentences",
        })?;
        f.write_str(match self.0.combine {
            Combine::Mean => "; mean of the logits weighted ",
            Combine::Sum => "; sum of the logits weighted ",
        })?;
        match self.0.weight {
            Weight::Tokens => f.write_str("by tokens")?,
            Weight::Equal => f.write_str("equally")?,
            Weight::Power(power) => write!(f, "by tokens to the power {power}")?,
        }
        f.write_str(if self.0.calibrated() { "; calibrated" } else { "; not calibrated" })?;
        f.write_str(if self.0.interim { "; interim" } else { "" })
    }
}
