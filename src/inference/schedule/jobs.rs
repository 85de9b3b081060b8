//! A reading in progress: its caller, its text, its windows.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::inference::error::InferenceError;
use crate::inference::passage::Deadline;
use crate::inference::prepared::{Cut, Readable};
use crate::inference::reading::{ModelReading, Timings};
use crate::models::Encoding;
use crate::personality::ModelKind;

use super::planner::{Batch, JobId};
use super::reuse::Key;

pub(super) type Reply = oneshot::Sender<Result<ModelReading, InferenceError>>;

/// The caller that waits for a reading.
pub(super) struct Caller {
    pub which: ModelKind,
    pub reply: Reply,
    pub deadline: Deadline,
    pub admitted: Instant,
    /// See [`Passage::weight`](crate::inference::Passage::weight).
    pub weight: u32,
}

/// A text to be tokenized.
pub(super) struct TextJob {
    pub id: JobId,
    pub caller: Caller,
    pub text: Arc<str>,
    /// The text as the model reads it; `None` before the first step.
    pub readable: Option<Readable>,
    /// Byte ranges of the readable text still to tokenize; `None` before the first step.
    pub steps: Option<VecDeque<Range<usize>>>,
    /// Bytes still to tokenize.
    pub bytes_left: usize,
    /// The tokens so far.
    pub encoding: Encoding,
    /// Time spent tokenizing so far.
    pub tokenize: Duration,
    /// The number of tokens estimated at admission.
    pub estimate: usize,
}

/// A window to read.
#[derive(Debug, Default)]
pub(super) struct Window {
    /// Token ids, special tokens included.
    pub ids: Vec<u32>,
    /// Its index among the text's windows.
    pub place: usize,
    /// Its key in the cache of logits, if it may be cached.
    pub key: Option<Key>,
}

/// A text's windows to read.
pub(super) struct WindowJob {
    pub caller: Caller,
    /// The windows whose logits were not cached when the text was cut.
    pub windows: Vec<Window>,
    /// For each window its content tokens and, once known, its logits.
    pub rows: Vec<(usize, Vec<f32>)>,
    pub unread: usize,
    pub cut: Cut,
    pub tokenize: Duration,
    pub forward: Duration,
}

/// A batch and its windows, in the same order.
pub(super) struct Work {
    pub batch: Batch,
    pub windows: Vec<Window>,
}

/// Figures of one forward pass.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pass {
    /// Windows that the model read.
    pub windows: usize,
    /// Their tokens, special tokens included.
    pub tokens: usize,
    /// Windows that the model did not have to read: cached by now, or twice in the batch.
    pub reused: usize,
    /// Duration of the forward pass.
    pub forward: Duration,
}

/// A text whose windows are all read.
pub(super) struct ReadText {
    pub which: ModelKind,
    /// For each window its content tokens and its logits.
    pub rows: Vec<(usize, Vec<f32>)>,
    pub cut: Cut,
    pub timings: Timings,
    pub reply: Reply,
}

/// Whether the caller still wants the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Wanted,
    Cancelled,
    Expired,
}

impl Caller {
    pub fn standing(&self, now: Instant) -> Standing {
        // The deadline is checked first, because a caller whose deadline passes is gone as well.
        if self.deadline.0 <= now {
            Standing::Expired
        } else if self.reply.is_closed() {
            Standing::Cancelled
        } else {
            Standing::Wanted
        }
    }

    /// Sends an error; ignored if the caller is gone.
    pub fn refuse(self, error: InferenceError) {
        let _ = self.reply.send(Err(error));
    }
}

impl WindowJob {
    /// The text once every window has its logits.
    pub fn into_read(self, now: Instant) -> ReadText {
        let total = now.saturating_duration_since(self.caller.admitted);
        let queue = total.saturating_sub(self.tokenize + self.forward);
        ReadText {
            which: self.caller.which,
            rows: self.rows,
            cut: self.cut,
            timings: Timings { queue, tokenize: self.tokenize, forward: self.forward, total },
            reply: self.caller.reply,
        }
    }
}
