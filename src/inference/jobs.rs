//! One reading on its way: who waits for it, its text, then its windows.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::models::Encoding;
use crate::personality::ModelKind;

use super::queue::{Batch, JobId};
use super::reuse::Key;
use super::{Deadline, InferenceError, ModelReading, Timings, Totals};

pub(super) type Reply = oneshot::Sender<Result<ModelReading, InferenceError>>;

/// Who waits for a reading, and since and until when.
pub(super) struct Waiting {
    pub which: ModelKind,
    pub reply: Reply,
    pub deadline: Deadline,
    pub admitted: Instant,
    /// How many turns the reading gets where another gets one.
    pub weight: u32,
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

/// A window that is to be read.
#[derive(Debug, Default)]
pub(super) struct Window {
    /// Token ids, special tokens included.
    pub ids: Vec<u32>,
    /// Its place among the text's windows.
    pub place: usize,
    /// Under which its logits are kept, where they are.
    pub key: Option<Key>,
}

/// A text's windows on their way to logits.
pub(super) struct WindowJob {
    pub waiting: Waiting,
    /// Those whose logits were not known when the text was cut.
    pub windows: Vec<Window>,
    /// Every window's content tokens and, once known, its logits.
    pub rows: Vec<(usize, Vec<f32>)>,
    pub unread: usize,
    pub share_read: f64,
    pub tokenize: Duration,
    pub forward: Duration,
}

/// A batch with its windows.
pub(super) struct Work {
    pub batch: Batch,
    pub windows: Vec<Window>,
}

/// How a batch was read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pass {
    /// Windows that the model read.
    pub windows: usize,
    /// Their tokens, special tokens included.
    pub tokens: usize,
    /// Windows whose logits were known by then, or stood in the same batch already.
    pub reused: usize,
    /// How long the model took.
    pub forward: Duration,
}

/// A text whose windows are all read.
pub(super) struct ReadText {
    pub which: ModelKind,
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

impl WindowJob {
    /// The text with every window's logits, for whoever waits for it.
    pub fn read(self, now: Instant) -> ReadText {
        let total = now.saturating_duration_since(self.waiting.admitted);
        let queue = total.saturating_sub(self.tokenize + self.forward);
        ReadText {
            which: self.waiting.which,
            rows: self.rows,
            share_read: self.share_read,
            timings: Timings { queue, tokenize: self.tokenize, forward: self.forward, total },
            reply: self.waiting.reply,
        }
    }
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
