//! The bank of labeled text, datasets/answers/*.jsonl.
//!
//! `q01.jsonl` and so on hold answers to the open questions. `free.jsonl` (diaries, streams of consciousness, forum posts)
//! and `statements.jsonl` (single sentences about oneself) hold texts that answer no question.

pub mod check;
mod examples;
mod load;
mod sources;
pub mod text;

pub use examples::{Example, Kind, Targets, split_off};
pub use load::{BankError, load_answers, load_standalone};
pub use sources::{
    POOL_STRENGTH, RATED_STRENGTH, answer_examples, neutral_examples, pool_examples, rated_examples,
    standalone_examples,
};
pub use text::{BankAnswer, CounterExample, LABEL_NAMES, LABELS, Split, StandaloneText};
