//! Why a model could not be loaded or run. Every message names the file and what was found or expected; the cause (an I/O
//! error, a parser's message) is the error's source.

use std::io;
use std::path::PathBuf;

/// Why a model could not be loaded or run.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A file or folder could not be opened or read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// A file that the layout needs is not in the folder.
    #[error("{} holds no {expected}", dir.display())]
    MissingFile { dir: PathBuf, expected: &'static str },
    /// A JSON file that does not parse, or lacks a key.
    #[error("{} is not {expected}", path.display())]
    Malformed {
        path: PathBuf,
        expected: &'static str,
        #[source]
        source: serde_json::Error,
    },
    /// A value that parses but is not supported.
    #[error("{}: {found}; expected {expected}", path.display())]
    Unsupported { path: PathBuf, found: String, expected: String },
    /// The weights lack a tensor that the configuration calls for.
    #[error("{}: tensor {name} is missing; expected one of shape {expected:?}", path.display())]
    MissingTensor {
        path: PathBuf,
        /// The tensor's name, with the prefix that transformers gives it.
        name: String,
        /// The shape that config.json implies.
        expected: Vec<usize>,
    },
    /// A tensor's shape contradicts the configuration.
    #[error("{}: tensor {name} has shape {found:?}; config.json implies {expected:?}", path.display())]
    WrongShape {
        path: PathBuf,
        name: String,
        /// The shape that config.json implies.
        expected: Vec<usize>,
        found: Vec<usize>,
    },
    /// A weights file that candle cannot read.
    #[error("{} is not a readable weights file", path.display())]
    Weights {
        path: PathBuf,
        #[source]
        source: candle_core::Error,
    },
    /// A safetensors file whose header cannot be read.
    #[error("{} is not a readable safetensors file", path.display())]
    Header {
        path: PathBuf,
        #[source]
        source: safetensors::SafeTensorError,
    },
    /// Weights that cannot be prepared for the execution asked for.
    #[error("{} cannot be prepared for the precision and instructions asked for", path.display())]
    Packing {
        path: PathBuf,
        #[source]
        source: crate::fused::FusedError,
    },
    /// A vocabulary or tokenizer file that cannot be read.
    #[error("{} is not a readable tokenizer", path.display())]
    Tokenizer {
        path: PathBuf,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A text that could not be tokenized.
    #[error("the tokenizer failed on a text of {bytes} bytes")]
    Tokenization {
        /// The text's length; never the text itself.
        bytes: usize,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A window that is empty or longer than the model's positions.
    #[error("a window has {found} tokens; this model takes 1 to {limit}")]
    WindowLength { found: usize, limit: usize },
    /// A token id that is not in the embedding table.
    #[error("a window has token id {id}; this model's vocabulary has {size}")]
    UnknownToken { id: u32, size: usize },
    #[error("the forward pass failed")]
    Forward(#[source] candle_core::Error),
}

impl ModelError {
    /// A value in `path` that is not supported.
    pub(crate) fn unsupported(
        path: impl Into<PathBuf>,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        ModelError::Unsupported { path: path.into(), found: found.into(), expected: expected.into() }
    }
}
