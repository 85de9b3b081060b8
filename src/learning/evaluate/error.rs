//! Why an evaluation cannot go on.

use std::path::{Path, PathBuf};

use crate::inference::InferenceError;
use crate::learning::LearningError;
use crate::learning::respondents::RespondentsError;
use crate::models::ModelError;
use crate::personality::readout::{LabelError, NotFinite};
use crate::survey::FieldError;

/// Why an evaluation cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum EvaluationError {
    /// Questionnaire, bank or items cannot be used.
    #[error(transparent)]
    Learning(#[from] LearningError),
    /// A model does not load or does not read.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A reading failed.
    #[error(transparent)]
    Inference(#[from] InferenceError),
    /// A model's labels are neither traits nor types.
    #[error(transparent)]
    Labels(#[from] LabelError),
    /// A model's output is no finite number.
    #[error(transparent)]
    Readout(#[from] NotFinite),
    /// A model's window has a logit that is no finite number.
    #[error("{model} gives logits that are no finite numbers")]
    NotFinite {
        /// Which model.
        model: String,
    },
    /// A figure is no number, so that nothing can be said of it.
    #[error("the figure {0} is no finite number: are there too few respondents or texts?")]
    NoFigure(String),
    /// Nobody to measure on.
    #[error("the bank makes no respondents")]
    Respondents(#[from] RespondentsError),
    /// The form would refuse what a respondent says.
    #[error("a respondent's field {} would be refused: {}", .0.field, .0.message)]
    Refused(FieldError),
    /// Adding up pieces does not give what reading the whole text gives.
    #[error("{model} reads a text's pieces otherwise than the text: a logit differs by {difference:.4}")]
    PiecesDiffer {
        /// Which model.
        model: String,
        /// By how much.
        difference: f64,
    },
    /// A file cannot be read or written.
    #[error("{} cannot be read or written", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line of labelled text is broken.
    #[error("{}, line {line}: {problem}", path.display())]
    Line {
        /// Which file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
}

impl EvaluationError {
    pub(super) fn file(path: &Path, source: std::io::Error) -> EvaluationError {
        EvaluationError::File { path: path.to_path_buf(), source }
    }
}
