//! Why a reading failed, and why an engine did not start.

use std::sync::Arc;
use std::time::Duration;

use crate::models::ModelError;
use crate::personality::ModelKind;
use crate::personality::readout::{LabelError, NotFinite};

/// Why a text was not read. The text itself is never the cause.
#[derive(Clone, Debug, thiserror::Error)]
pub enum InferenceError {
    /// Too much is waiting.
    #[error("the reading queue is full; try again in about {} s", .retry_after.as_secs())]
    QueueFull {
        /// How long the waiting tokens take at the current pace, 1 to 60 s.
        retry_after: Duration,
    },
    /// The deadline passed first.
    #[error("the text was not read before its deadline")]
    Deadline,
    /// The engine is stopping or has stopped.
    #[error("the reading engine has stopped")]
    Stopped,
    /// The model returned an error.
    #[error("the model could not read the text")]
    Model(#[source] Arc<ModelError>),
    /// The model panicked on the batch, or the tokenizer on the text.
    #[error("the model panicked while reading")]
    Panicked,
    /// The model did not return one row of logits per window.
    #[error(
        "the model returned {rows} rows of logits for {windows} windows, or a row without {labels} numbers"
    )]
    Shape { windows: usize, rows: usize, labels: usize },
    /// A logit or a probability is NaN or infinite.
    #[error("the model returned a number that is not finite")]
    NotFinite(#[from] NotFinite),
}

/// Why an engine did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The model's labels are not those of the 16 types or the five traits.
    #[error("the {which} model cannot be used")]
    Labels {
        which: ModelKind,
        #[source]
        source: LabelError,
    },
    /// The model of the 16 types gives independent probabilities instead of probabilities that sum to 1.
    #[error(
        "the mbti model cannot be used: expected problem_type single_label_classification (one type of 16), found \
         multi_label_classification"
    )]
    MultiLabelTypes,
    /// The system could not start a thread.
    #[error("could not start an engine thread")]
    Thread(#[source] std::io::Error),
}
