//! The fused CPU encoder: BERT and ALBERT forward passes on prepacked weights, in f32, bf16 or int8.
//!
//! It knows numbers and shapes only. `models` loads checkpoints through candle and hands the weights over.

mod precision;

pub use precision::{Execution, Instructions, Precision, UnknownExecution, supported};
