//! The life of one submission: stored, leased, read, finished; resumed after a crash.
//!
//! A [`Runner`] leases submissions from the database, whichever server stored them, has its [`Reader`] read them, and stores
//! the results ([`leased`]). A submission stored here wakes it at once; a slow poll finds what other servers left. Nothing
//! is held in memory alone: if this process dies, its leases expire and another server takes over.
//!
//! A text whose sender waits for the answer is read at once, in the engine's own queue, by the server that received it
//! ([`waiting`]). Only if its sender is told to come back later is it leased like a questionnaire.

mod config;
mod leased;
mod model_reader;
mod outcome;
mod reader;
mod runner;
mod shared;
mod upkeep;
mod waiting;

pub use config::RunnerConfig;
pub use model_reader::ModelReader;
pub use reader::{PendingReading, ReadError, Reader, Turn};
pub use runner::Runner;
pub use shared::StopReport;
pub use waiting::{Answer, NotRead, Receipt};
