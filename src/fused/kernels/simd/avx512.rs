//! AVX-512: sixteen lanes, tiles of 12 rows by 32 columns (24 sums, two weights and one activation use 27 of 32 registers).
//!
//! A tile of 12 by 32 needs 14 loads for every 24 multiply-adds, and an int8 panel of 768 inputs fits in the L1 cache. Tiles of
//! 6 by 64 and 8 by 48 were as fast on Zen 4 but move more weights through the L2 cache.

use std::arch::x86_64::*;

use super::{Simd, by_rows};
use crate::layout::Kind;

/// `BF16`: whether the processor also has AVX512_BF16.
#[derive(Clone, Copy)]
pub(in super::super) struct Avx512<const BF16: bool>;

const ROUND: i32 = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;

impl<const BF16: bool> Simd for Avx512<BF16> {
    type F = __m512;
    const LANES: usize = 16;
    const QUANTIZED_BYTES: usize = 1;
    const TILE_ROWS: usize = 12;

    #[inline(always)]
    unsafe fn splat(x: f32) -> __m512 {
        _mm512_set1_ps(x)
    }
    #[inline(always)]
    unsafe fn load(at: *const f32) -> __m512 {
        _mm512_loadu_ps(at)
    }
    #[inline(always)]
    unsafe fn store(at: *mut f32, x: __m512) {
        _mm512_storeu_ps(at, x)
    }
    #[inline(always)]
    unsafe fn add(a: __m512, b: __m512) -> __m512 {
        _mm512_add_ps(a, b)
    }
    #[inline(always)]
    unsafe fn sub(a: __m512, b: __m512) -> __m512 {
        _mm512_sub_ps(a, b)
    }
    #[inline(always)]
    unsafe fn mul(a: __m512, b: __m512) -> __m512 {
        _mm512_mul_ps(a, b)
    }
    #[inline(always)]
    unsafe fn reciprocal(x: __m512) -> __m512 {
        // 14 bits from the instruction's table, 28 after one Newton step.
        let r = _mm512_rcp14_ps(x);
        _mm512_mul_ps(r, _mm512_fnmadd_ps(x, r, _mm512_set1_ps(2.0)))
    }
    #[inline(always)]
    unsafe fn fma(a: __m512, b: __m512, c: __m512) -> __m512 {
        _mm512_fmadd_ps(a, b, c)
    }
    #[inline(always)]
    unsafe fn fnma(a: __m512, b: __m512, c: __m512) -> __m512 {
        _mm512_fnmadd_ps(a, b, c)
    }
    #[inline(always)]
    unsafe fn max(a: __m512, b: __m512) -> __m512 {
        _mm512_max_ps(a, b)
    }
    #[inline(always)]
    unsafe fn min(a: __m512, b: __m512) -> __m512 {
        _mm512_min_ps(a, b)
    }
    #[inline(always)]
    unsafe fn abs(x: __m512) -> __m512 {
        _mm512_abs_ps(x)
    }
    #[inline(always)]
    unsafe fn round(x: __m512) -> __m512 {
        _mm512_roundscale_ps::<ROUND>(x)
    }
    #[inline(always)]
    unsafe fn scale(x: __m512, n: __m512) -> __m512 {
        _mm512_scalef_ps(x, n)
    }
    #[inline(always)]
    unsafe fn sum(x: __m512) -> f32 {
        _mm512_reduce_add_ps(x)
    }
    #[inline(always)]
    unsafe fn smallest(x: __m512) -> f32 {
        _mm512_reduce_min_ps(x)
    }
    #[inline(always)]
    unsafe fn largest(x: __m512) -> f32 {
        _mm512_reduce_max_ps(x)
    }
    #[inline(always)]
    unsafe fn load_integers(at: *const i32) -> __m512 {
        _mm512_cvtepi32_ps(_mm512_loadu_si512(at.cast()))
    }
    #[inline(always)]
    unsafe fn store_bf16(at: *mut u16, x: __m512) {
        if BF16 {
            let halves = _mm512_cvtneps_pbh(x);
            return at.cast::<__m256bh>().write_unaligned(halves);
        }
        // In integer arithmetic: add half a unit of the last bit kept, ties to even.
        let bits = _mm512_castps_si512(x);
        let odd = _mm512_and_si512(_mm512_srli_epi32::<16>(bits), _mm512_set1_epi32(1));
        let rounded = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
        // The addition must not overflow a NaN to zero.
        let nan = _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(x, x);
        let kept = _mm512_mask_blend_epi32(nan, rounded, _mm512_set1_epi32(0x7fc0_0000));
        _mm256_storeu_si256(at.cast(), _mm512_cvtepi32_epi16(_mm512_srli_epi32::<16>(kept)));
    }
    #[inline(always)]
    unsafe fn store_quantized(at: *mut u8, x: __m512, inverse: __m512, zero: __m512) {
        let whole = _mm512_cvtps_epi32(_mm512_sub_ps(_mm512_mul_ps(x, inverse), zero));
        _mm_storeu_si128(at.cast(), _mm512_cvtusepi32_epi8(_mm512_max_epi32(whole, _mm512_setzero_si512())));
    }
    #[inline(always)]
    unsafe fn transpose(from: *const u32, stride: usize, rows: usize, to: *mut u32, to_stride: usize) {
        let mut r = [_mm512_setzero_si512(); 16];
        for (i, r) in r.iter_mut().enumerate().take(rows) {
            *r = _mm512_loadu_si512(from.add(i * stride).cast());
        }
        // Pairs of rows, then fours: afterwards each 128-bit quarter of `fours[4i + j]` holds column 4·quarter + j of the
        // rows 4i to 4i + 3.
        let mut pairs = [_mm512_setzero_si512(); 16];
        for i in 0..8 {
            pairs[2 * i] = _mm512_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
            pairs[2 * i + 1] = _mm512_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
        }
        let mut fours = [_mm512_setzero_si512(); 16];
        for i in [0, 4, 8, 12] {
            fours[i] = _mm512_unpacklo_epi64(pairs[i], pairs[i + 2]);
            fours[i + 1] = _mm512_unpackhi_epi64(pairs[i], pairs[i + 2]);
            fours[i + 2] = _mm512_unpacklo_epi64(pairs[i + 1], pairs[i + 3]);
            fours[i + 3] = _mm512_unpackhi_epi64(pairs[i + 1], pairs[i + 3]);
        }
        // The quarters 0 and 2 of two vectors, and the quarters 1 and 3.
        const EVEN: i32 = 0b10_00_10_00;
        const ODD: i32 = 0b11_01_11_01;
        for j in 0..4 {
            let low_even = _mm512_shuffle_i32x4::<EVEN>(fours[j], fours[4 + j]);
            let low_odd = _mm512_shuffle_i32x4::<ODD>(fours[j], fours[4 + j]);
            let high_even = _mm512_shuffle_i32x4::<EVEN>(fours[8 + j], fours[12 + j]);
            let high_odd = _mm512_shuffle_i32x4::<ODD>(fours[8 + j], fours[12 + j]);
            let columns = [
                _mm512_shuffle_i32x4::<EVEN>(low_even, high_even),
                _mm512_shuffle_i32x4::<EVEN>(low_odd, high_odd),
                _mm512_shuffle_i32x4::<ODD>(low_even, high_even),
                _mm512_shuffle_i32x4::<ODD>(low_odd, high_odd),
            ];
            for (quarter, column) in columns.into_iter().enumerate() {
                _mm512_storeu_si512(to.add((4 * quarter + j) * to_stride).cast(), column);
            }
        }
    }
    #[inline(always)]
    unsafe fn interleave(even: *const u16, odd: *const u16, to: *mut u32) {
        let even = _mm512_cvtepu16_epi32(_mm256_loadu_si256(even.cast()));
        let odd = _mm512_cvtepu16_epi32(_mm256_loadu_si256(odd.cast()));
        _mm512_storeu_si512(to.cast(), _mm512_or_si512(even, _mm512_slli_epi32::<16>(odd)));
    }

    #[inline(always)]
    unsafe fn tile(
        kind: Kind,
        rows: usize,
        steps: usize,
        a: *const u32,
        stride: usize,
        panel: *const u8,
        start: *const u32,
        out: *mut u32,
    ) {
        match kind {
            Kind::F32 => {
                by_rows!(rows, [1 2 3 4 5 6 7 8 9 10 11 12], tile_f32(steps, a, stride, panel, start, out))
            }
            Kind::Bf16 => {
                by_rows!(rows, [1 2 3 4 5 6 7 8 9 10 11 12], tile_bf16(steps, a, stride, panel, start, out))
            }
            Kind::Int8 => {
                by_rows!(rows, [1 2 3 4 5 6 7 8 9 10 11 12], tile_int8(steps, a, stride, panel, start, out))
            }
        }
    }
}

/// The three formats differ in one instruction, and in whether the sums are floats.
macro_rules! tile {
    ($name:ident, $features:literal, |$sum:ident, $x:ident, $w:ident| $step:expr) => {
        #[target_feature(enable = $features)]
        unsafe fn $name<const ROWS: usize>(
            steps: usize,
            a: *const u32,
            stride: usize,
            panel: *const u8,
            start: *const u32,
            out: *mut u32,
        ) {
            let first = [_mm512_load_si512(start.cast()), _mm512_load_si512(start.add(16).cast())];
            let mut sums = [first; ROWS];
            let mut panel = panel.cast::<u32>();
            for step in 0..steps {
                let weights = [_mm512_load_si512(panel.cast()), _mm512_load_si512(panel.add(16).cast())];
                for (row, sums) in sums.iter_mut().enumerate() {
                    let $x = _mm512_set1_epi32(a.add(row * stride + step).cast::<i32>().read());
                    for ($sum, $w) in sums.iter_mut().zip(weights) {
                        *$sum = $step;
                    }
                }
                panel = panel.add(32);
            }
            for (row, sums) in sums.iter().enumerate() {
                _mm512_store_si512(out.add(row * 32).cast(), sums[0]);
                _mm512_store_si512(out.add(row * 32 + 16).cast(), sums[1]);
            }
        }
    };
}

tile!(tile_f32, "avx512f", |sum, x, w| _mm512_castps_si512(_mm512_fmadd_ps(
    _mm512_castsi512_ps(x),
    _mm512_castsi512_ps(w),
    _mm512_castsi512_ps(*sum)
)));
tile!(tile_bf16, "avx512f,avx512bf16", |sum, x, w| _mm512_castps_si512(_mm512_dpbf16_ps(
    _mm512_castsi512_ps(*sum),
    bf16_pairs(x),
    bf16_pairs(w)
)));
tile!(tile_int8, "avx512f,avx512vnni", |sum, x, w| _mm512_dpbusd_epi32(*sum, x, w));

/// The same bits as the type that the bf16 product takes.
#[inline(always)]
fn bf16_pairs(x: __m512i) -> __m512bh {
    // SAFETY: both types are 512 plain bits.
    unsafe { std::mem::transmute(x) }
}
