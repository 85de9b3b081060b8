//! The report of `calling models check DIR`: whether a folder loads, and its contents.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::classifier::Classifier;
use super::config::ModelConfig;
use super::error::ModelError;
use super::labels::Activation;
use super::loaded::{LoadedModel, load, sha256_of};
use super::settings::{CallingSettings, Combine, Weight, Windows};
use super::tokenizer::TokenizerKind;
use crate::personality::ModelKind;

/// The files that may be read: those of Hugging Face's layout, and our calling.json.
const FILES: [&str; 8] = [
    "config.json",
    "model.safetensors",
    "pytorch_model.bin",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
    "spiece.model",
    "calling.json",
];

/// One file of a model's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileReport {
    pub name: &'static str,
    pub bytes: u64,
    /// SHA-256 in hex.
    pub sha256: String,
    /// Whether loading uses it (pytorch_model.bin is not used beside model.safetensors, for example).
    pub used: bool,
}

/// A description of a folder that loads.
#[derive(Clone, Debug)]
pub struct Report {
    pub dir: PathBuf,
    /// The network's family and sizes.
    pub config: ModelConfig,
    /// Which of the two models it is.
    pub kind: ModelKind,
    /// The labels in the order of the logits.
    pub labels: Vec<String>,
    /// How the logits become probabilities.
    pub activation: Activation,
    /// The number of parameters of encoder, pooler and head.
    pub parameters: usize,
    /// The number formats in the weights file ("f32").
    pub dtypes: Vec<&'static str>,
    /// The file that the tokenizer was made from.
    pub tokenizer: TokenizerKind,
    /// The most content tokens of a window.
    pub window_capacity: usize,
    /// calling.json, or the default settings.
    pub settings: CallingSettings,
    /// The folder's files, in the order of `FILES`.
    pub files: Vec<FileReport>,
    /// How long loading took.
    pub load_time: Duration,
}

/// Loads the folder, runs it on one empty window, and describes it.
pub fn check(dir: &Path) -> Result<Report, ModelError> {
    let start = Instant::now();
    let model = load(dir)?;
    let load_time = start.elapsed();
    model.logits(&[&model.window_ids(&[])])?;
    let mut files = Vec::new();
    for name in FILES {
        let path = dir.join(name);
        match std::fs::metadata(&path) {
            Ok(metadata) => files.push(FileReport {
                name,
                bytes: metadata.len(),
                sha256: sha256_of(&path)?,
                used: used(&model, name),
            }),
            Err(source) if source.kind() == std::io::ErrorKind::NotFound => {}
            Err(source) => return Err(ModelError::Unreadable { path, source }),
        }
    }
    Ok(Report {
        dir: dir.into(),
        config: model.config().clone(),
        kind: model.kind(),
        labels: model.labels().to_vec(),
        activation: model.activation(),
        parameters: model.parameters(),
        dtypes: model.dtypes().iter().map(|dtype| dtype.as_str()).collect(),
        tokenizer: model.tokenizer().kind(),
        window_capacity: model.window_capacity(),
        settings: model.settings().clone(),
        files,
        load_time,
    })
}

fn used(model: &LoadedModel, name: &str) -> bool {
    match name {
        "model.safetensors" | "pytorch_model.bin" => model.weights_path().ends_with(name),
        "tokenizer.json" | "vocab.txt" | "spiece.model" => model.tokenizer().kind().file_name() == name,
        _ => true,
    }
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
        writeln!(f, "tokenizer     {}, up to {} tokens a window", self.tokenizer, self.window_capacity)?;
        writeln!(f, "windows       {}", Assembly(&self.settings))?;
        writeln!(f, "load time     {} ms", self.load_time.as_millis())?;
        for file in &self.files {
            let unused = if file.used { "" } else { "  (not used)" };
            writeln!(f, "{:<22}{:>12} bytes  sha256 {}{unused}", file.name, file.bytes, file.sha256)?;
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
