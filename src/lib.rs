//! Calling: answers in, a personality reading and careers out.
//!
//! The modules stand in the order in which a visitor's answers flow through them; see docs/ARCHITECTURE.md. All are private,
//! so that the compiler reports what nothing uses.

mod assessment;
mod careers;
mod cli;
mod config;
#[cfg(feature = "training")]
mod datasets;
mod descriptions;
mod fused;
mod inference;
pub mod internals;
#[cfg(feature = "training")]
mod learning;
mod metrics;
mod models;
mod norm;
mod personality;
mod records;
mod startup;
mod submissions;
mod survey;
mod telemetry;
mod web;

pub use cli::run;
