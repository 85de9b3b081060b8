//! The queue of submissions: stored, leased to a worker, and finished, failed or given back.
//!
//! A lease says which worker reads a submission, until when, and which attempt this is. Every change of a row names the
//! state it expects, so that several servers can share one queue without any other communication.

mod claim;
mod depth;
mod finished;
mod lease;
mod outcomes;
mod place;
mod retry;
mod senders;
mod submit;
mod take;
mod workers;

pub(super) use claim::{CHANGED_AT_ONCE, opened, told_by};
pub use depth::QueueDepth;
pub use finished::{Answered, Finished, Labelled, ModelRead, ModelUsed, Stages};
pub(super) use lease::database_now;
pub use lease::{LONGEST_LEASE, Lease};
pub use outcomes::{FailOutcome, LeaseOutcome};
pub use place::Place;
pub(super) use retry::requeue;
pub use senders::{Asked, Ended};
pub use submit::{AnswerSpan, NewSubmission, NewText, Submitted};
pub use take::{Leased, MAX_LOSSES, Waited, Wanted};
pub use workers::Backlog;
