//! Why an evaluation fails.

use std::path::{Path, PathBuf};

use crate::inference::InferenceError;
use crate::learning::error::LearningError;
use crate::learning::people::RespondentsError;
use crate::models::ModelError;
use crate::norm::NormError;
use crate::personality::readout::{LabelError, NotFinite};
use crate::survey::FieldError;

#[derive(Debug, thiserror::Error)]
pub enum EvaluationError {
    #[error(transparent)]
    Learning(#[from] LearningError),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Inference(#[from] InferenceError),
    #[error(transparent)]
    Labels(#[from] LabelError),
    #[error(transparent)]
    Readout(#[from] NotFinite),
    #[error("{model} outputs logits that are not finite numbers")]
    NotFinite { model: String },
    #[error("the figure {0} is not a finite number: are there too few respondents or texts?")]
    NotFiniteFigure(String),
    #[error("{model} reads neither the five traits nor the 16 types")]
    NoOutputs { model: String },
    #[error("{model}: {what} say nothing about {output}: their values do not rise with it")]
    NothingToFit { model: String, what: String, output: String },
    #[error("the norm cannot be used")]
    Norm(#[from] NormError),
    #[error("no respondents can be simulated")]
    Respondents(#[from] RespondentsError),
    #[error("the form refuses a respondent's field {}: {}", .0.field, .0.message)]
    Refused(FieldError),
    /// The evaluation and the site read the same text differently.
    #[error(
        "{model}: summing a text's pieces gives a logit that is {difference:.4} off the site's own reading"
    )]
    PiecesDiffer { model: String, difference: f64 },
    #[error("{} cannot be read or written", path.display())]
    File { path: PathBuf, source: std::io::Error },
    #[error("{}, line {line}: {problem}", path.display())]
    Line { path: PathBuf, line: usize, problem: String },
    #[error("{}: {source}", path.display())]
    Csv { path: PathBuf, source: csv::Error },
    #[error("{}, line {line}, column {column}: {problem}", path.display())]
    Cell { path: PathBuf, line: u64, column: String, problem: String },
    #[error(
        "{model}: its calling.json does not weigh evidence, so ratings cannot be read on the scale of a norm group; \
         `calling train fit` fits one"
    )]
    NoEvidence { model: String },
}

impl EvaluationError {
    pub(super) fn file(path: &Path, source: std::io::Error) -> EvaluationError {
        EvaluationError::File { path: path.to_path_buf(), source }
    }
}
