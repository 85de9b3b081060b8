//! Why a network could not be built or run.

use super::precision::{Instructions, Precision};

/// Why a network could not be built or run.
#[derive(Debug, thiserror::Error)]
pub enum FusedError {
    /// The processor lacks the instructions for this precision.
    #[error("this processor cannot compute {precision} on {instructions}")]
    Unsupported { precision: Precision, instructions: Instructions },
    /// An execution with zero threads.
    #[error("a network needs at least one thread")]
    NoThread,
    /// A tensor's length does not fit the shape.
    #[error("{what} holds {found} numbers; the shape asks for {expected}")]
    Size { what: &'static str, found: usize, expected: usize },
    /// A weight that is infinite or not a number.
    #[error("{what} cannot be packed")]
    Weights {
        what: &'static str,
        #[source]
        source: NotFinite,
    },
    /// A window that is empty, too long, or holds an id beyond the vocabulary.
    #[error("window {index} is empty, too long or holds an unknown token")]
    Window { index: usize },
    /// An infinite or NaN result: the weights or their precision do not suit this input.
    #[error("the result for window {index} is not finite")]
    NotFinite { index: usize },
    /// The threads could not be started.
    #[error("the encoder's threads could not be started")]
    Threads(#[source] std::io::Error),
}

/// A weight or bias that is infinite or not a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a weight is infinite or not a number")]
pub struct NotFinite;
