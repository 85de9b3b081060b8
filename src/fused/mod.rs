//! The fused CPU encoder: BERT and ALBERT forward passes on prepacked weights, in f32, bf16 or int8.
//!
//! It knows numbers and shapes only. `models` loads checkpoints through candle and hands the weights over.

mod embedding;
mod kernels;
mod network;
mod packed;
mod precision;

pub use kernels::{Linear, register_peak};
pub use network::{Activation, Affine, EmbeddingWeights, FusedError, LayerWeights, Network, Shape};
pub use packed::NotFinite;
pub use precision::{Execution, Instructions, Precision, UnknownExecution, supported};

#[cfg(test)]
mod network_tests;
#[cfg(test)]
mod reference;
