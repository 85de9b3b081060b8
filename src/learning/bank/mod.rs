//! The bank of labeled text, datasets/answers/*.jsonl.
//!
//! `q01.jsonl` and so on hold answers to the open questions. `free.jsonl` (diaries, streams of consciousness, forum posts)
//! and `statements.jsonl` (single sentences about oneself) hold texts that answer no question.

pub mod check;
mod examples;
mod load;
pub mod text;

pub use examples::{
    Example, Kind, POOL_STRENGTH, RATED_STRENGTH, Targets, answer_examples, neutral_examples, pool_examples,
    rated_examples, split_off, standalone_examples,
};
pub use load::{BankError, load_answers, load_standalone};
pub use text::{BankAnswer, CounterExample, LABEL_NAMES, LABELS, Split, StandaloneText};
