//! Text in, logits and probabilities out.
//!
//! The [`Engine`] admits a passage if its queue has room, tokenizes it in steps, cuts it into windows, and reads the windows
//! in batches. A batch forms while the models read the one before it. Callers wait asynchronously; dropping the future
//! cancels the request.

/// Cuts text into windows.
pub mod window;

mod check_folder;
mod config;
mod engine;
mod error;
mod execution;
mod passage;
mod plan;
mod prepared;
mod reading;
mod schedule;
mod self_check;
mod stats;
mod typography;

#[cfg(test)]
mod tests;

pub use check_folder::{FolderError, check_folder};
pub use config::InferenceConfig;
pub use engine::{Admitted, Engine, Models};
pub use error::{InferenceError, StartError};
pub use execution::{Choice, Lacking, Wanted, Ways, choose, ways};
pub use passage::{Deadline, Passage};
pub use plan::{FEW_WORDS, Known, KnownItem, RatingFacts, TextFacts, WindowSource};
#[cfg(any(test, feature = "training"))]
pub use prepared::ReadWindow;
#[cfg(feature = "training")]
pub use prepared::{Prepared, Readable};
#[cfg(feature = "training")]
pub use reading::conclude;
pub use reading::{EvidenceReading, ModelReading, Reading, Timings, read_alone};
pub use schedule::{Pace, estimated_tokens};
pub use self_check::{Probabilities, TOLERANCE};
#[cfg(feature = "training")]
pub use typography::Plain;
