//! What the kernels ask of a vector instruction set. Everything above is written once, over [`Simd`], and compiled once for
//! each set; only the sets' own files name instructions.

pub(super) mod portable;

#[cfg(target_arch = "x86_64")]
pub(super) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(super) mod avx512;

use super::super::packed::Kind;

/// A vector of f32 and the operations on it.
///
/// # Safety
/// Every function may be called only where the set's instructions are enabled; pointers must be valid for a whole vector
/// (they need no alignment unless a function says so).
pub(super) trait Simd: Copy + 'static {
    /// `LANES` floats.
    type F: Copy;
    /// Floats in a vector. A panel of packed weights is two vectors wide.
    const LANES: usize;

    unsafe fn splat(x: f32) -> Self::F;
    unsafe fn load(at: *const f32) -> Self::F;
    unsafe fn store(at: *mut f32, x: Self::F);
    unsafe fn add(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn sub(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn mul(a: Self::F, b: Self::F) -> Self::F;
    /// 1/x to within two units in the last place; for x from 1 to 2^126.
    unsafe fn reciprocal(x: Self::F) -> Self::F;
    /// a·b + c, rounded once where the set can.
    unsafe fn fma(a: Self::F, b: Self::F, c: Self::F) -> Self::F;
    /// c - a·b, rounded once where the set can.
    unsafe fn fnma(a: Self::F, b: Self::F, c: Self::F) -> Self::F;
    /// The larger; `b` if either is not a number, so that a NaN in `b` stays.
    unsafe fn max(a: Self::F, b: Self::F) -> Self::F;
    /// The smaller; `b` if either is not a number, so that a NaN in `b` stays.
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
    /// Rounds to bfloat16, ties to even; stores `LANES` 16-bit halves. Not reached without AVX512_BF16: nothing is computed in
    /// bf16 there, attention neither.
    unsafe fn store_bf16(at: *mut u16, x: Self::F);
    /// x·inverse rounded to an integer, ties to even, and stored as this set's int8 products want activations: less `zero`
    /// (the integer for the row's smallest value) as `LANES` bytes, or as it is as `LANES` 16-bit integers.
    unsafe fn store_quantized(at: *mut u8, x: Self::F, inverse: Self::F, zero: Self::F);

    /// `LANES` by `LANES` words, the first `rows` rows of them read (`stride` words apart), the others taken as zeros; stored
    /// with rows and columns swapped, `to_stride` words apart.
    unsafe fn transpose(from: *const u32, stride: usize, rows: usize, to: *mut u32, to_stride: usize);
    /// `LANES` pairs of 16-bit halves to words, `even` in the lower half.
    #[inline(always)]
    unsafe fn interleave(even: *const u16, odd: *const u16, to: *mut u32) {
        for i in 0..Self::LANES {
            to.add(i).write(u32::from(even.add(i).read()) | u32::from(odd.add(i).read()) << 16);
        }
    }

    /// Bytes that [`Simd::store_quantized`] writes for a float: 1 if it takes `zero` off, 2 if it does not.
    const QUANTIZED_BYTES: usize;

    /// Tile rows, at most.
    const TILE_ROWS: usize;

    /// A tile of a matrix product: `rows` (1 to [`Simd::TILE_ROWS`]) rows of `a` (`stride` units apart) times one packed panel
    /// of `steps` units, added to `start` (one value a column, raw), stored raw as `[rows][2·LANES]`.
    ///
    /// # Safety
    /// As the trait says; `panel`, `start` and `out` are aligned to 64 bytes.
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
            // The callers cut tiles no higher than the set's.
            other => unreachable!("a tile of {other} rows"),
        }
    };
}
pub(super) use by_rows;
