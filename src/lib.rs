//! Calling: answers in, a personality reading and careers out.
//!
//! The modules are listed in the order in which a visitor's answers pass through them; see docs/ARCHITECTURE.md. All
//! are private, so that the compiler reports unused code.

mod accounts;
mod assessment;
mod careers;
mod cli;
mod config;
#[cfg(feature = "training")]
mod datasets;
mod descriptions;
mod inference;
pub mod internals;
#[cfg(feature = "training")]
mod learning;
mod mail;
mod metrics;
mod models;
mod norm;
mod personality;
mod records;
mod scaling;
mod startup;
mod statistics;
mod submissions;
mod survey;
mod telemetry;
mod web;

// A crate of its own, with its sources in src/fused; used by the same paths as a module.
use calling_fused as fused;

pub use cli::run;
