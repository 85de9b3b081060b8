//! Why training or fitting cannot start or continue.

use std::path::{Path, PathBuf};

use super::bank::BankError;
use super::people::RespondentsError;
use crate::models::ModelError;
use crate::norm::NormError;
use crate::personality::readout::NotFinite;
use crate::survey::QuestionnaireError;

#[derive(Debug, thiserror::Error)]
pub enum LearningError {
    #[error("{} cannot be read or written", path.display())]
    File { path: PathBuf, source: std::io::Error },
    #[error("{} is not valid JSON", path.display())]
    Json { path: PathBuf, source: serde_json::Error },
    #[error("the questionnaire does not load")]
    Questionnaire(#[from] QuestionnaireError),
    #[error("the labeled text does not load")]
    Bank(#[from] BankError),
    #[error("the norm cannot be used")]
    Norm(#[source] Box<NormError>),
    #[error("no respondents can be simulated")]
    Respondents(#[from] RespondentsError),
    #[error("a model folder does not load")]
    Model(#[from] ModelError),
    #[error("the tokenizer failed")]
    Tokenizer(#[source] tokenizers::Error),
    #[error("the starting checkpoint's tokenizer.json holds no WordPiece vocabulary")]
    NotWordPiece,
    #[error("there is no parameter {0}")]
    NoParameter(String),
    #[error("a window of {tokens} tokens is longer than the {limit} that the model reads")]
    WindowTooLong { tokens: usize, limit: usize },
    #[error("the loss is not a number at step {step}: try a lower learning rate")]
    Diverged { step: usize },
    #[error("the model's output is not a number")]
    NotFinite(#[from] NotFinite),
    #[error("the checkpoint {} was made with other settings; delete it or choose another --work folder", path.display())]
    OtherSettings { path: PathBuf },
    #[error("a tensor operation failed")]
    Candle(#[from] candle_core::Error),
    #[error("the weights cannot be written")]
    Safetensors(#[from] safetensors::SafeTensorError),
}

impl From<NormError> for LearningError {
    fn from(error: NormError) -> LearningError {
        LearningError::Norm(Box::new(error))
    }
}

impl LearningError {
    pub(super) fn file(path: &Path, source: std::io::Error) -> LearningError {
        LearningError::File { path: path.to_path_buf(), source }
    }

    pub(super) fn json(path: &Path, source: serde_json::Error) -> LearningError {
        LearningError::Json { path: path.to_path_buf(), source }
    }
}
