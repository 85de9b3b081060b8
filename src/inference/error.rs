//! Why there is no reading, and why there is no engine.

use std::sync::Arc;
use std::time::Duration;

use crate::models::ModelError;
use crate::personality::ModelKind;
use crate::personality::readout::{LabelError, NotFinite};

/// Why there is no reading. None of these is the text's fault.
#[derive(Clone, Debug, thiserror::Error)]
pub enum InferenceError {
    /// Too much is waiting already.
    #[error("the queue for readings is full; it has room again in about {} s", .retry_after.as_secs())]
    QueueFull {
        /// How long the waiting tokens take at the present pace, 1 to 60 s.
        retry_after: Duration,
    },
    /// The deadline passed first.
    #[error("the reading was not done by its deadline")]
    Deadline,
    /// The engine is stopping or has stopped.
    #[error("the reading engine has stopped")]
    Stopped,
    /// The model refused.
    #[error("the model could not read the text")]
    Model(#[source] Arc<ModelError>),
    /// The model panicked on the batch (or the tokenizer on the text).
    #[error("the model failed while reading")]
    Panicked,
    /// The model's output is no row of numbers for each window.
    #[error("the model gave {rows} rows of logits for {windows} windows, or a row not of {labels} numbers")]
    Shape {
        /// Windows asked for.
        windows: usize,
        /// Rows given.
        rows: usize,
        /// Numbers in each row.
        labels: usize,
    },
    /// The model's output holds a number that is none.
    #[error("the model's output is not finite")]
    NotFinite(#[from] NotFinite),
}

/// Why an engine did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The model's labels are not what it is to read.
    #[error("the {which} model cannot be used")]
    Labels {
        /// Which of the two.
        which: ModelKind,
        /// What was expected and found.
        #[source]
        source: LabelError,
    },
    /// The types are one of sixteen, so their model must say which.
    #[error(
        "the mbti model cannot be used: expected problem_type single_label_classification (one type of 16), found \
         multi_label_classification"
    )]
    TypesApart,
    /// The system gave no thread.
    #[error("no thread for the engine")]
    Thread(#[source] std::io::Error),
}
