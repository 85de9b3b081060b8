//! What the kernels need from a vector instruction set. All other kernel code is written once, generic over [`Simd`], and
//! compiled for each set; only the files in this folder name instructions.

pub(super) mod portable;

#[cfg(target_arch = "x86_64")]
pub(super) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(super) mod avx512;

use crate::layout::Kind;

/// A vector of f32 and the operations on it.
///
/// # Safety
/// Every function may be called only where the set's instructions are enabled. Pointers must be valid for a whole vector;
/// they need no alignment unless a function's documentation says so.
pub(super) trait Simd: Copy + 'static {
    /// `LANES` floats.
    type F: Copy;
    /// Floats per vector. A panel of packed weights is two vectors wide.
    const LANES: usize;

    unsafe fn splat(x: f32) -> Self::F;
    unsafe fn load(at: *const f32) -> Self::F;
    unsafe fn store(at: *mut f32, x: Self::F);
    unsafe fn add(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn sub(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn mul(a: Self::F, b: Self::F) -> Self::F;
    /// 1/x with an error of at most two units in the last place, for x from 1 to 2^126.
    unsafe fn reciprocal(x: Self::F) -> Self::F;
    /// a·b + c, rounded once if the set has such an instruction.
    unsafe fn fma(a: Self::F, b: Self::F, c: Self::F) -> Self::F;
    /// c - a·b, rounded once if the set has such an instruction.
    unsafe fn fnma(a: Self::F, b: Self::F, c: Self::F) -> Self::F;
    /// The larger value; `b` if either is NaN, so that a NaN in `b` is kept.
    unsafe fn max(a: Self::F, b: Self::F) -> Self::F;
    /// The smaller value; `b` if either is NaN, so that a NaN in `b` is kept.
    unsafe fn min(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn abs(x: Self::F) -> Self::F;
    /// The nearest integer, ties to even; for |x| below 2^21.
    unsafe fn round(x: Self::F) -> Self::F;
    /// x · 2^n for a whole n from -126 to 127.
    unsafe fn scale(x: Self::F, n: Self::F) -> Self::F;
    unsafe fn sum(x: Self::F) -> f32;
    unsafe fn smallest(x: Self::F) -> f32;
    unsafe fn largest(x: Self::F) -> f32;
    /// 32-bit integers as floats.
    unsafe fn load_integers(at: *const i32) -> Self::F;
    /// Rounds to bfloat16, ties to even, and stores `LANES` 16-bit values. Called only with AVX512_BF16: nothing is computed in
    /// bf16 without it, not even attention.
    unsafe fn store_bf16(at: *mut u16, x: Self::F);
    /// Rounds x·inverse to an integer, ties to even, and stores it in the format of this set's int8 products: either minus `zero`
    /// (the integer for the row's smallest value) as `LANES` bytes, or unchanged as `LANES` 16-bit integers.
    unsafe fn store_quantized(at: *mut u8, x: Self::F, inverse: Self::F, zero: Self::F);

    /// Transposes `LANES` by `LANES` words. The first `rows` rows are read, `stride` words apart; the others count as zeros. The
    /// result's rows are `to_stride` words apart.
    unsafe fn transpose(from: *const u32, stride: usize, rows: usize, to: *mut u32, to_stride: usize);
    /// Combines `LANES` pairs of 16-bit values to words, `even` in the lower half.
    #[inline(always)]
    unsafe fn interleave(even: *const u16, odd: *const u16, to: *mut u32) {
        for i in 0..Self::LANES {
            to.add(i).write(u32::from(even.add(i).read()) | u32::from(odd.add(i).read()) << 16);
        }
    }

    /// Bytes that [`Simd::store_quantized`] writes per float: 1 if it subtracts `zero`, else 2.
    const QUANTIZED_BYTES: usize;

    /// The most rows of a tile.
    const TILE_ROWS: usize;

    /// A tile of a matrix product: `rows` (1 to [`Simd::TILE_ROWS`]) rows of `a`, `stride` words apart, times one packed panel of
    /// `steps` steps, added to `start` (one raw value per column). The raw sums are stored as `[rows][2·LANES]`.
    ///
    /// # Safety
    /// See the trait. `panel`, `start` and `out` must be aligned to 64 bytes.
    #[allow(clippy::too_many_arguments)]
    unsafe fn tile(
        kind: Kind,
        rows: usize,
        steps: usize,
        a: *const u32,
        stride: usize,
        panel: *const u8,
        start: *const u32,
        out: *mut u32,
    );
}

/// Calls `$tile::<ROWS>` for a row count known only at run time.
macro_rules! by_rows {
    ($rows:expr, [$($n:literal)+], $tile:ident $args:tt) => {
        match $rows {
            $($n => $tile::<$n> $args,)+
            // Callers never cut tiles higher than the set's limit.
            other => unreachable!("a tile of {other} rows"),
        }
    };
}
pub(super) use by_rows;
