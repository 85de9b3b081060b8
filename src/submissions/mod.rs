//! The life of one submission: stored, leased, read, finished; resumed after a crash.
//!
//! A [`Runner`] leases submissions from the database, whichever server stored them. Its [`Reader`] reads them, and the
//! runner stores the results ([`leased`]). A submission stored here wakes the runner at once; a slow poll finds those
//! of other servers. Nothing is held in memory alone: if this process dies, its leases expire and another server takes
//! over.
//!
//! A text whose sender waits for the answer is read at once, in the engine's own queue, by the server that received it
//! ([`waiting`]). It is leased like a questionnaire only if its sender is told to come back later.
//!
//! A server without a reader stores all of it for the others, and waits for their answers ([`remote`]).

mod config;
mod leased;
mod model_reader;
mod outcome;
mod outlook;
mod reader;
mod receipt;
mod remote;
mod runner;
mod shared;
mod told;
mod upkeep;
mod waiting;

pub use config::RunnerConfig;
pub use model_reader::ModelReader;
pub use reader::{PendingLabels, PendingReading, ReadError, Reader, Turn};
pub use receipt::{Answer, NotRead, Receipt};
pub use runner::Runner;
pub use shared::StopReport;
