//! Loading and running models: token ids and logits compared with Python's transformers, folders that are refused, downloads.
//!
//! The references come from tests/references/make_references.py. Weights that are not from a real checkpoint come from one
//! formula that is implemented on both sides.

mod command;
mod execution;
#[cfg(feature = "fetch")]
mod fetch;
mod folders;
mod formula;
mod kinds;
mod manifest;
mod network;
mod references;
