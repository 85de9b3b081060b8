//! Why a model could not be loaded or run. Every sentence names the file and what was found or expected; the cause below it
//! (an I/O error, a parser's message) is the error's source.

use std::io;
use std::path::PathBuf;

/// Why a model could not be loaded or run.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A file or folder could not be opened or read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// A file that the layout needs is not in the folder.
    #[error("{} holds no {expected}", dir.display())]
    MissingFile {
        /// The model's folder.
        dir: PathBuf,
        /// The names that would have done.
        expected: &'static str,
    },
    /// A JSON file that does not parse, or lacks a key.
    #[error("{} is not {expected}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What the file should have been.
        expected: &'static str,
        /// Where the parser stopped, and why.
        #[source]
        source: serde_json::Error,
    },
    /// A value that parses but that we cannot work with.
    #[error("{}: {found}; expected {expected}", path.display())]
    Unsupported {
        /// The file that says it.
        path: PathBuf,
        /// What it says.
        found: String,
        /// What it should say.
        expected: String,
    },
    /// The weights lack a tensor that the configuration calls for.
    #[error("{}: tensor {name} is missing; expected one of shape {expected:?}", path.display())]
    MissingTensor {
        /// The weights file.
        path: PathBuf,
        /// The tensor's name, with the prefix that transformers gives it.
        name: String,
        /// The shape that config.json implies.
        expected: Vec<usize>,
    },
    /// A tensor's shape contradicts the configuration.
    #[error("{}: tensor {name} has shape {found:?}; config.json implies {expected:?}", path.display())]
    WrongShape {
        /// The weights file.
        path: PathBuf,
        /// The tensor's name as the file has it.
        name: String,
        /// The shape that config.json implies.
        expected: Vec<usize>,
        /// The shape in the file.
        found: Vec<usize>,
    },
    /// A weights file that candle cannot read.
    #[error("{} is no readable weights file", path.display())]
    Weights {
        /// The weights file.
        path: PathBuf,
        /// What candle said.
        #[source]
        source: candle_core::Error,
    },
    /// A safetensors file whose header cannot be read.
    #[error("{} is no readable safetensors file", path.display())]
    Header {
        /// The weights file.
        path: PathBuf,
        /// What the parser said.
        #[source]
        source: safetensors::SafeTensorError,
    },
    /// Weights that cannot be prepared for the execution asked for.
    #[error("{} cannot be prepared to run as asked", path.display())]
    Packing {
        /// The weights file.
        path: PathBuf,
        /// What the encoder said.
        #[source]
        source: crate::fused::FusedError,
    },
    /// A vocabulary or tokenizer file that cannot be read.
    #[error("{} is no readable tokenizer", path.display())]
    Tokenizer {
        /// The tokenizer's file.
        path: PathBuf,
        /// What the parser said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A text that the tokenizer could not split.
    #[error("the tokenizer failed on a text of {bytes} bytes")]
    Tokenization {
        /// The text's length; never the text itself.
        bytes: usize,
        /// What the tokenizer said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A window that is empty or longer than the model's positions.
    #[error("a window of {found} tokens was asked for; this model takes 1 to {limit}")]
    WindowLength {
        /// The window's length in tokens, the special ones included.
        found: usize,
        /// The most that the model takes.
        limit: usize,
    },
    /// A token id that the embedding table does not have.
    #[error("token id {id} was asked for; this model's vocabulary has {size}")]
    UnknownToken {
        /// The id.
        id: u32,
        /// The vocabulary's size.
        size: usize,
    },
    /// The forward pass itself failed.
    #[error("the forward pass failed")]
    Forward(#[source] candle_core::Error),
}

impl ModelError {
    /// A value in `path` that we cannot work with.
    pub(crate) fn unsupported(
        path: impl Into<PathBuf>,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        ModelError::Unsupported { path: path.into(), found: found.into(), expected: expected.into() }
    }
}
