//! One reading on its way: who waits for it, its text, then its windows.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::models::Encoding;

use super::queue::{Batch, JobId};
use super::{Deadline, InferenceError, ModelReading, Timings, Totals, Which};

pub(super) type Reply = oneshot::Sender<Result<ModelReading, InferenceError>>;

/// Who waits for a reading, and since and until when.
pub(super) struct Waiting {
    pub which: Which,
    pub reply: Reply,
    pub deadline: Deadline,
    pub admitted: Instant,
}

/// A text on its way to windows.
pub(super) struct TextJob {
    pub id: JobId,
    pub waiting: Waiting,
    pub text: Arc<str>,
    /// What is left to tokenize; none before the first turn.
    pub steps: Option<VecDeque<Range<usize>>>,
    /// The bytes of it.
    pub bytes_left: usize,
    pub encoding: Encoding,
    pub tokenize: Duration,
    pub estimate: usize,
}

/// A text's windows on their way to logits.
pub(super) struct WindowJob {
    pub waiting: Waiting,
    pub windows: Vec<Vec<u32>>,
    /// Each window's content tokens and, once read, its logits.
    pub rows: Vec<(usize, Vec<f32>)>,
    pub unread: usize,
    pub share_read: f64,
    pub tokenize: Duration,
    pub forward: Duration,
}

/// A batch with the ids of its windows.
pub(super) struct Work {
    pub batch: Batch,
    pub windows: Vec<Vec<u32>>,
}

/// A text whose windows are all read.
pub(super) struct ReadText {
    pub rows: Vec<(usize, Vec<f32>)>,
    pub share_read: f64,
    pub timings: Timings,
    pub reply: Reply,
}

/// How a wait can end for one who may have left.
pub(super) enum Standing {
    Wanted,
    Left,
    TooLate,
}

impl Waiting {
    pub fn standing(&self, now: Instant) -> Standing {
        // The deadline first: whoever waits for an answer leaves when it passes.
        if self.deadline.0 <= now {
            Standing::TooLate
        } else if self.reply.is_closed() {
            Standing::Left
        } else {
            Standing::Wanted
        }
    }

    /// Answers with an error. A receiver that has gone needs no answer.
    pub fn refuse(self, error: InferenceError) {
        let _ = self.reply.send(Err(error));
    }
}

impl Totals {
    /// Counts a reading that was dropped before its work began.
    pub(super) fn dropped(&mut self, standing: &Standing) {
        match standing {
            Standing::Wanted => {}
            Standing::Left => self.cancelled += 1,
            Standing::TooLate => self.expired += 1,
        }
    }
}
