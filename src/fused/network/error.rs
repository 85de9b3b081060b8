//! Why a network could not be built or run.

use super::super::packed::NotFinite;
use super::super::precision::{Instructions, Precision};

/// Why a network could not be built or run.
#[derive(Debug, thiserror::Error)]
pub enum FusedError {
    /// The processor lacks what the execution asks for.
    #[error("this processor cannot compute {precision} on {instructions}")]
    Unsupported {
        /// The precision asked for.
        precision: Precision,
        /// The instructions asked for.
        instructions: Instructions,
    },
    /// An execution without a single thread.
    #[error("a network needs at least one thread")]
    NoThread,
    /// A tensor's length does not fit the shape.
    #[error("{what} holds {found} numbers; the shape asks for {expected}")]
    Size {
        /// Which tensor.
        what: &'static str,
        /// Its numbers.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// A weight that no arithmetic survives.
    #[error("{what} cannot be packed")]
    Weights {
        /// Which tensor.
        what: &'static str,
        /// What is wrong with it.
        #[source]
        source: NotFinite,
    },
    /// A window that is empty, too long, or holds an id beyond the vocabulary.
    #[error("window {index} is empty, too long or holds an unknown token")]
    Window {
        /// Which window of the batch.
        index: usize,
    },
    /// A result that is infinite or not a number: the weights or their precision are no good for this input.
    #[error("the result for window {index} is not finite")]
    NotFinite {
        /// Which window of the batch.
        index: usize,
    },
    /// The threads could not be started.
    #[error("the encoder's threads could not be started")]
    Threads(#[source] std::io::Error),
}
