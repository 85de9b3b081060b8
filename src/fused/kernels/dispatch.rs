//! The kernels compiled once for each instruction set, and the choice among them.

use super::attention::{self, Head};
use super::product::{self, Product};
use super::rows::{self, Norm, Rounding};
use super::simd;
use crate::error::FusedError;
use crate::precision::{Execution, Instructions};

/// The kernels compiled for one instruction set.
///
/// # Safety of the functions
/// The processor must have the instruction set ([`Kernels::of`] checks this), pointers must be valid for the rows, widths and
/// strides given with them, and no other thread may access what is written at the same time.
pub(super) struct Kernels {
    pub(super) product: unsafe fn(&Product),
    pub(super) attend: unsafe fn(&Head),
    pub(super) normalize: unsafe fn(&Norm),
    pub(super) round_rows: unsafe fn(&Rounding),
}

/// Compiles the kernels for an instruction set, with its target features enabled.
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
    /// The kernels for an execution.
    ///
    /// # Errors
    /// If this processor does not support it.
    pub(super) fn of(execution: Execution) -> Result<&'static Kernels, FusedError> {
        let Execution { precision, instructions, .. } = execution;
        match instructions {
            _ if !execution.supported() => Err(FusedError::Unsupported { precision, instructions }),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 if instructions.multiplies_bf16() => Ok(&AVX512_BF16),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => Ok(&AVX512),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => Ok(&AVX2),
            // On other architectures the sets above were refused already.
            _ => Ok(&PORTABLE),
        }
    }
}
