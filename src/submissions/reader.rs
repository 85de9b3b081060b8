//! What a runner needs of whatever reads its texts.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::inference::Deadline;
use crate::records::Finished;

/// A reading under way. Dropping it cancels it.
pub type PendingReading = BoxFuture<'static, Result<Finished, ReadError>>;

/// Reads a text and finds the careers: everything between a lease and a finished record.
pub trait Reader: Send + Sync + 'static {
    /// Begins to read a text, or returns at once why not.
    ///
    /// # Errors
    /// [`ReadError::Busy`] or [`ReadError::Stopped`].
    fn read(&self, text: Arc<str>, turn: Turn) -> Result<PendingReading, ReadError>;
}

/// Who waits for a reading, and so how soon it is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// A visitor who sent the questionnaire.
    Questionnaire,
    /// A client of the JSON interface, connected until the deadline.
    Waiting(Deadline),
    /// Nobody just now: a text whose sender was told to come back later.
    Later,
}

/// Why a text was not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Not now. This is no failed attempt: the runner tries again after the pause, under the same lease.
    #[error("too much is waiting to be read")]
    Busy {
        /// How long to wait.
        retry_after: Duration,
    },
    /// The engine is stopping. This is no failed attempt: the submission goes back into the queue.
    #[error("the engine is stopping")]
    Stopped,
    /// This attempt failed.
    #[error("{reason}")]
    Failed {
        /// For the result page: a sentence without internals.
        reason: String,
        /// For the log.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
