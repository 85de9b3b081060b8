//! The fused CPU encoder: BERT and ALBERT forward passes on prepacked weights, in f32, bf16 or int8.
//!
//! This module only handles numbers and shapes. `models` reads checkpoints and passes the weights in; candle's plain
//! operations are the reference that results are compared with.
//!
//! Why it is fast:
//! - Weights are stored in the order in which the inner loops read them.
//! - Scale, bias, residual and activation are applied while a tile of a product is in the L1 cache.
//! - A block of about 48 rows goes from attention's output to the next layer's query, key and value while its
//!   activations are in the L2 cache.
//! - Sequences are packed one after another, never padded.
//! - The last layer computes only first tokens.
//!
//! On one thread of a Zen 4 the int8 tiles ran at 467 to 471 Gop/s. Loops over registers alone reach the same rate
//! there (`examples/register_peak.rs`, `benches/kernels.rs`). Linear layers including the rounding of activations ran
//! at 412 to 437 Gop/s.
//!
//! What was tried and did not pay:
//! - Tiles of 6 by 64 and 8 by 48: as fast, with more traffic from the L2 cache.
//! - GELU as a single polynomial: in f32 it loses three digits to cancellation.
//! - Moving differences in input magnitude into the int8 weights, estimated from the layer norm's weights: the error
//!   did not shrink. It would need measured activations.
//! - Bytes times bytes on AVX2: the instruction saturates, and seven bits would double the error.
//!
//! What paid: quantizing int8 activations between a row's smallest and largest value, instead of symmetrically about
//! zero, removed a third of the error. Separating outliers (`outliers`) removed two fifths of the rest.
//!
//! Nothing was compiled or run on ARM. Only the portable set is available there, and its int8 is slower than its f32.
//! AVX-512 without AVX512_BF16 (Cascade Lake, Ice Lake) ran only in tests, which hide AVX512_BF16 on a processor that
//! has it.

mod embedding;
mod encoder;
mod error;
mod kernels;
mod layout;
mod network;
mod outliers;
mod packed;
mod packing;
mod precision;
mod timing;
mod weights;

pub use embedding::Words;
pub use error::FusedError;
pub use kernels::{Linear, register_peak};
pub use network::Network;
pub use precision::{Execution, Instructions, Precision, supported};
pub use timing::layer_time;
pub use weights::{Activation, Affine, EmbeddingWeights, LayerWeights, Layers, Shape};

#[cfg(test)]
mod network_tests;
#[cfg(test)]
mod reference;
