//! All `unsafe` code of Calling: vector instructions, and threads that write to different parts of shared buffers.
//!
//! [`Pass`] runs a whole encoder and [`Linear`] a single layer. These two are the safe interface: they check sizes and the
//! processor's instruction set before anything runs.
//!
//! The matrix products are our own because scaling, bias, residual and GELU are applied while a tile is still in the L1 cache,
//! and neither rten-gemm nor tract-linalg accepts such an epilogue together with a scale per row and column. Measured
//! alternately on one thread of a Zen 4, over eight layers of 1 to 512 rows: [`Linear`], including all rounding and scaling,
//! took 1.02 to 1.18 times less time than rten-gemm 0.27's bare u8 by i8 product (2.1 times less with one row); in f32 from
//! 0.93 to 1.21 times less. tract-linalg was not measured.
//!
//! Memory safety was checked once, in a crate of `fused` alone with `opt-level = 3` and Rust 1.95; all 21 tests passed and
//! neither tool reported an error:
//! - AVX2 and portable: `PROPTEST_CASES=2 valgrind --fair-sched=yes <test binary> fused --test-threads=1` (valgrind 3.19 has
//!   no AVX-512).
//! - The same and AVX-512, with and without AVX512_BF16: `RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address cargo test --lib
//!   --target x86_64-unknown-linux-gnu fused`.

#![allow(unsafe_code)]
// Nearly every line in these files is an unsafe operation, so a block around each would add nothing.
#![allow(unsafe_op_in_unsafe_fn)]

mod attention;
mod dispatch;
mod linear;
mod pass;
mod peak;
mod product;
mod rows;
mod simd;
mod team;

pub use linear::Linear;
pub(super) use pass::{Pass, Wanted};
pub use peak::register_peak;

#[cfg(test)]
mod tests;
