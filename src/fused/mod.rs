//! The fused CPU encoder: BERT and ALBERT forward passes on prepacked weights, in f32, bf16 or int8.
//!
//! It knows numbers and shapes only. `models` loads checkpoints through candle and hands the weights over; candle's plain
//! operations stay the reference that this is held against.
//!
//! How it is fast: weights lie in the order in which the inner loops read them; scale, bias, residual and activation are done
//! while a tile of a product is in the L1 cache; a block of some 48 rows goes from attention's result to the next layer's
//! query, key and value while its activations are in the L2 cache; sequences are packed, never padded; of the last layer only
//! first tokens are computed. On one thread of a Zen 4 the int8 tiles ran at 467 to 471 Gop/s, which is what loops over registers
//! alone reach there (`examples/register_peak.rs`, `benches/kernels.rs`); linear layers with the rounding of their activations at 412 to 437.
//!
//! What was tried and did not pay: tiles of 6 by 64 and 8 by 48 (as fast, more traffic from the L2 cache); GELU as one
//! polynomial (in f32 it loses three digits to cancellation); moving the inputs' unevenness into the int8 weights by what the
//! layer norm's weights say of it (no less error; it would take measured activations); bytes times bytes on AVX2 (the
//! instruction saturates, and seven bits would double the error). Int8 activations between a row's smallest and largest value
//! rather than symmetric about zero took a third off the error; taking outliers apart (`outliers`), two fifths of the rest.
//!
//! ARM was neither compiled nor run: there the portable set is what remains, and its int8 is slower than its f32. AVX-512 without
//! AVX512_BF16 (Cascade Lake, Ice Lake) ran only in the tests, which hide AVX512_BF16 on a processor that has it.

mod embedding;
mod kernels;
mod network;
mod outliers;
mod packed;
mod precision;

pub use embedding::Words;
pub use kernels::{Linear, register_peak};
pub use network::{Activation, Affine, EmbeddingWeights, FusedError, LayerWeights, Layers, Network, Shape};
pub use outliers::Outliers;
pub use packed::NotFinite;
pub use precision::{Execution, Instructions, Precision, UnknownExecution, supported};

#[cfg(test)]
mod network_tests;
#[cfg(test)]
mod reference;
