//! A text for an engine to read, and the deadline.

use std::sync::Arc;
use std::time::{Duration, Instant};

/// A text to read. It carries no answer boundaries: [`window`](super::window) finds them in the text.
#[derive(Clone, Debug)]
pub struct Passage {
    /// The whole text, as composed or as posted.
    pub text: Arc<str>,
    /// Its share of the models compared with other texts: weight 16 gets 16 turns for every turn of weight 1.
    pub weight: u32,
    /// Whether it is admitted even if the queue is full. For callers that send few texts at a time.
    pub never_refused: bool,
}

impl Passage {
    /// A text of weight 1 that may be refused.
    pub fn new(text: impl Into<Arc<str>>) -> Passage {
        Passage { text: text.into(), weight: 1, never_refused: false }
    }

    /// A text of this weight that is never refused. It is stored already, and its caller limits how many it sends.
    pub fn stored(text: impl Into<Arc<str>>, weight: u32) -> Passage {
        Passage { text: text.into(), weight, never_refused: true }
    }
}

/// When the caller stops waiting. Work that has not begun by then is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline(pub Instant);

impl Deadline {
    /// This long from now.
    pub fn within(time: Duration) -> Deadline {
        Deadline(Instant::now() + time)
    }
}
