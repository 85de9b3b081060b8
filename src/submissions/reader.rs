//! The interface between a runner and the part that reads its texts.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::assessment::RatingPace;
use crate::inference::Deadline;
use crate::personality::ModelKind;
use crate::records::{Finished, Labelled};

/// A reading in progress. Dropping it cancels it.
pub type PendingReading = BoxFuture<'static, Result<Finished, ReadError>>;

/// A reading by one model in progress. Dropping it cancels it.
pub type PendingLabels = BoxFuture<'static, Result<Labelled, ReadError>>;

/// Reads a text and finds the careers: everything between a lease and a finished record.
pub trait Reader: Send + Sync + 'static {
    /// Begins to read a text, or returns at once why it cannot.
    ///
    /// # Errors
    /// [`ReadError::Busy`] or [`ReadError::Stopped`].
    fn read(&self, text: Arc<str>, turn: Turn) -> Result<PendingReading, ReadError>;

    /// The same with one model alone, of which nothing is kept.
    ///
    /// # Errors
    /// [`ReadError::Busy`] or [`ReadError::Stopped`].
    fn label(&self, text: Arc<str>, which: ModelKind, turn: Turn) -> Result<PendingLabels, ReadError>;

    /// Tokens read in a second lately; 0 before that is known.
    fn tokens_per_second(&self) -> f64;
}

/// Who waits for a reading, which decides its priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// A visitor who sent the questionnaire, with the pace of the ratings in it.
    Questionnaire(RatingPace),
    /// A client of the JSON interface, connected until the deadline.
    Waiting(Deadline),
    /// A client of the JSON interface, connected to another server until the deadline. That server admitted the text, so it is
    /// not refused.
    Waited(Deadline),
    /// A text whose sender was told to come back later, so nobody is waiting now.
    Later,
}

/// Why a text was not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Too busy. This does not count as a failed attempt: the runner tries again after the pause, under the same lease.
    #[error("too much is waiting to be read")]
    Busy { retry_after: Duration },
    /// The engine is stopping. This does not count as a failed attempt: the submission goes back into the queue.
    #[error("the engine is stopping")]
    Stopped,
    /// This attempt failed.
    #[error("{reason}")]
    Failed {
        /// For the result page: a sentence without technical details.
        reason: String,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl ReadError {
    /// For an attempt that failed although nothing is wrong with the text.
    pub(super) fn fault(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ReadError {
        ReadError::Failed { reason: "The models could not read this text.".to_owned(), source: source.into() }
    }
}
