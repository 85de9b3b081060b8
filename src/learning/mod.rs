//! Training and evaluating the bundled models: `calling train` and `calling evaluate`, in builds with the feature
//! `training`.
//!
//! [`bank`] is the labeled text. [`people`] simulates respondents who choose answers from it. [`training`] turns text
//! and a starting checkpoint into a model folder in Hugging Face's layout. [`fitting`] fits how a model's windows count
//! as evidence. [`evaluation`] measures a pair of models on respondents that it was not fitted on. docs/MODELS.md and
//! docs/EVALUATION.md explain the method.

pub mod bank;
mod error;
pub mod evaluation;
pub mod fitting;
mod numerics;
pub mod pair_options;
pub mod people;
mod progress;
pub mod training;
