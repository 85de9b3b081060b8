//! candle operations with a gradient, for f32 on the CPU.
//!
//! candle's own fused layer norm, softmax and dropout have no backward pass, so parameters before them would silently
//! get no gradient. Tests compare these gradients with finite differences.

mod adamw;
mod elementwise;
#[cfg(test)]
mod gradient_check;
mod tensor;
mod weighted;

pub use adamw::{AdamW, Moments};
pub use elementwise::{dropout, gelu, masked_softmax};
pub use tensor::with_slice;
pub use weighted::{layer_norm, linear};
