//! All that is `unsafe` in Calling: vector instructions, threads that write to different parts of the same buffers, and the
//! pass that hands those parts out. [`Pass`], and [`Linear`] for one layer, are the safe ways in; they check sizes and the
//! processor before anything runs.
//!
//! The products are our own and not a crate's: what pays is to scale, add the bias and the residual and take the GELU while a
//! tile lies in the L1 cache, and neither rten-gemm nor tract-linalg takes such an epilogue together with a scale for each row
//! and column. Timed in turns on one thread of a Zen 4, eight layers of 1 to 512 rows, [`Linear`] with all of its rounding and
//! scaling took 1.02 to 1.18 times less than rten-gemm 0.27's bare u8 by i8 product (2.1 times with one row), and in f32 from
//! .93 to 1.21 times less. tract-linalg was not timed.
//!
//! Checked once, in a crate of `fused` alone with `opt-level = 3`, Rust 1.95; all 21 tests passed and neither tool found fault.
//! AVX2 and portable: `PROPTEST_CASES=2 valgrind --fair-sched=yes <test binary> fused --test-threads=1` (3.19; no AVX-512).
//! Those and AVX-512 with and without AVX512_BF16: `RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address cargo test --lib
//! --target x86_64-unknown-linux-gnu fused`.

#![allow(unsafe_code)]
// In these files nearly every line is an unsafe operation; a block around each would mark nothing.
#![allow(unsafe_op_in_unsafe_fn)]

mod attention;
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

use self::attention::Head;
use self::product::Product;
use self::rows::{Norm, Rounding};
use super::network::FusedError;
use super::precision::{Execution, Instructions, supported};

/// The kernels compiled for one instruction set.
///
/// # Safety of the functions
/// The processor must have the set ([`Kernels::of`] gives no other), pointers must be valid for the rows, widths and strides
/// beside them, and what is written must not be read or written by another thread at the same time.
struct Kernels {
    product: unsafe fn(&Product),
    attend: unsafe fn(&Head),
    normalize: unsafe fn(&Norm),
    round_rows: unsafe fn(&Rounding),
}

/// Compiles the kernels for a set with its target features.
macro_rules! kernels {
    ($name:ident, $set:ty $(, $features:literal)?) => {
        static $name: Kernels = {
            $(#[target_feature(enable = $features)])?
            unsafe fn product(p: &Product) {
                product::product::<$set>(p)
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn attend(h: &Head) {
                attention::attend::<$set>(h)
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn normalize(n: &Norm) {
                rows::normalize::<$set>(n)
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn round_rows(r: &Rounding) {
                rows::round_rows::<$set>(r)
            }
            Kernels { product, attend, normalize, round_rows }
        };
    };
}

#[cfg(target_arch = "x86_64")]
kernels!(AVX512, simd::avx512::Avx512<false>, "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma");
#[cfg(target_arch = "x86_64")]
kernels!(
    AVX512_BF16,
    simd::avx512::Avx512<true>,
    "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16,avx2,fma"
);
#[cfg(target_arch = "x86_64")]
kernels!(AVX2, simd::avx2::Avx2, "avx2,fma");
kernels!(PORTABLE, simd::portable::Portable);

impl Kernels {
    /// The kernels for an execution, if this processor can compute it.
    fn of(execution: Execution) -> Result<&'static Kernels, FusedError> {
        let Execution { precision, instructions, .. } = execution;
        match instructions {
            _ if !supported(precision, instructions) => {
                Err(FusedError::Unsupported { precision, instructions })
            }
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 if instructions.multiplies_bf16() => Ok(&AVX512_BF16),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => Ok(&AVX512),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => Ok(&AVX2),
            // Elsewhere `supported` says no to the sets above.
            _ => Ok(&PORTABLE),
        }
    }
}

#[cfg(test)]
mod tests;
