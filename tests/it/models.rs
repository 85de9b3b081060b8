//! Token ids and logits against Python's transformers, and which folders are refused with which sentence.
//!
//! The references come from tests/references/make_references.py; every number that is not from a real checkpoint is made by
//! the same formula on both sides.

mod command;
mod execution;
mod fetch;
mod folders;
mod formula;
mod network;
mod references;
