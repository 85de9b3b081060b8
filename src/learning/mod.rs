//! Training and judging the bundled models, in Rust on candle: `calling train` comes here.
//!
//! From the questionnaire's sentences, the keyed items of the item pool and a starting checkpoint to a folder in Hugging
//! Face's layout that Calling and Python's transformers load alike. docs/MODELS.md tells the whole story.

pub mod answering;
pub mod answers;
pub mod bank_check;
mod centre;
mod descent;
mod distil;
mod drawing;
pub mod evaluate;
pub mod evidence;
mod examples;
mod kernels;
mod material;
mod ops;
mod optimizer;
mod package;
mod parameters;
mod progress;
pub mod published;
mod recipe;
pub mod respondents;
mod ridge;
pub mod simulate;
pub mod statistics;
mod teaching;
pub mod train;
mod transformer;
mod vocabulary;

use std::path::{Path, PathBuf};

pub use examples::{Example, Kind, neutral_sentences, pool_items, rated_sentences};
pub use optimizer::Schedule;
pub use transformer::{Architecture, Sizes, Transformer};

/// Why a training cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum LearningError {
    /// A file could not be read or written.
    #[error("{} could not be read or written", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is no valid JSON.
    #[error("{} is no valid JSON", path.display())]
    Json {
        /// Which one.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// A table of items is broken.
    #[error("{} is not a table of items", path.display())]
    Table {
        /// Which one.
        path: PathBuf,
        /// Where and why.
        source: csv::Error,
    },
    /// A table of items names a scale or key that is not known.
    #[error("{} names {found:?}, which is no scale or key of the five traits", path.display())]
    UnknownScale {
        /// Which file.
        path: PathBuf,
        /// What it names.
        found: String,
    },
    /// The questionnaire does not load.
    #[error("the questionnaire does not load")]
    Questionnaire(#[from] crate::survey::QuestionnaireError),
    /// The bank of answers does not load.
    #[error("the bank of answers does not load")]
    Bank(#[from] answers::BankError),
    /// There are no simulated respondents to fit weights and scales on.
    #[error("no respondents can be simulated")]
    Respondents(#[from] respondents::RespondentsError),
    /// A model or tokenizer folder does not load.
    #[error("a model folder does not load")]
    Model(#[from] crate::models::ModelError),
    /// The tokenizer failed.
    #[error("the tokenizer failed")]
    Tokenizer(#[source] tokenizers::Error),
    /// A tokenizer.json that should hold a WordPiece vocabulary does not.
    #[error("the starting checkpoint's tokenizer.json holds no WordPiece vocabulary")]
    NotWordPiece,
    /// A parameter is missing.
    #[error("there is no {0} among the parameters")]
    NoParameter(String),
    /// A window is longer than the model reads.
    #[error("a window of {tokens} tokens is longer than the model's {limit}")]
    WindowTooLong {
        /// Its tokens.
        tokens: usize,
        /// The limit.
        limit: usize,
    },
    /// The loss stopped being a number.
    #[error("the loss is no number at step {step}: try a lower learning rate")]
    Diverged {
        /// At which step.
        step: usize,
    },
    /// A checkpoint belongs to other settings.
    #[error("the checkpoint {} was made with other settings; delete it or give another --work folder", path.display())]
    OtherSettings {
        /// Which one.
        path: PathBuf,
    },
    /// candle reported an error.
    #[error("a tensor operation failed")]
    Candle(#[from] candle_core::Error),
    /// Weights could not be written.
    #[error("the weights could not be written")]
    Safetensors(#[from] safetensors::SafeTensorError),
}

impl LearningError {
    fn file(path: &Path, source: std::io::Error) -> LearningError {
        LearningError::File { path: path.to_path_buf(), source }
    }
}

/// Reads a JSON file.
fn read_json(path: &Path) -> Result<serde_json::Value, LearningError> {
    let text = std::fs::read_to_string(path).map_err(|source| LearningError::file(path, source))?;
    serde_json::from_str(&text).map_err(|source| LearningError::Json { path: path.to_path_buf(), source })
}

/// Writes a text file.
fn write_text(path: &Path, text: &str) -> Result<(), LearningError> {
    std::fs::write(path, text).map_err(|source| LearningError::file(path, source))
}
