//! Calling: answers in, a personality reading and careers out.
//!
//! The modules stand in the order in which a visitor's answers flow through them; see docs/ARCHITECTURE.md.

/// Occupations, wages, and which of them fit a profile.
pub mod careers;
/// The command line: one function a subcommand.
pub mod cli;
/// Every setting, its environment variable and its default.
pub mod config;
/// Public sources to the spreadsheets that the site reads.
#[cfg(feature = "training")]
pub mod datasets;
/// Forward passes at the processor's limit: packed sequences, fused layers, f32, bf16 or int8.
pub mod fused;
/// Text to windows to batches to logits, on threads of their own.
pub mod inference;
/// Training and judging the bundled models.
#[cfg(feature = "training")]
pub mod learning;
/// Every metric's name in one place.
pub mod metrics;
/// Checkpoints in Hugging Face's layout as runnable classifiers.
pub mod models;
/// What a rating or a logit says about a person.
pub mod personality;
/// Rows: drafts, submissions, results. The only module that speaks SQL.
pub mod records;
/// Wires the parts into one running application.
pub mod startup;
/// The life of one submission: stored, leased, read, finished.
pub mod submissions;
/// The questionnaire, a visitor's answers, and the text composed of them.
pub mod survey;
/// Log lines, request ids.
pub mod telemetry;
/// What answers HTTP: pages, the JSON endpoints, errors.
pub mod web;
