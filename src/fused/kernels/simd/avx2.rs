//! AVX2 with FMA: eight lanes, tiles of 6 rows by 16 columns (12 sums, two weights and one activation use 15 of 16 registers).
//!
//! int8 products are computed in 16 bits: the instruction for bytes (VPMADDUBSW) saturates its 16-bit sums, while the one for
//! 16-bit pairs (VPMADDWD) is exact, so the sums equal those of AVX-512. Activations are stored with 16 bits, and weights are
//! widened when they are loaded.

use std::arch::x86_64::*;

use super::{Simd, by_rows};
use crate::layout::Kind;

#[derive(Clone, Copy)]
pub(in super::super) struct Avx2;

const ROUND: i32 = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;

impl Simd for Avx2 {
    type F = __m256;
    const LANES: usize = 8;
    const QUANTIZED_BYTES: usize = 2;
    const TILE_ROWS: usize = 6;

    #[inline(always)]
    unsafe fn splat(x: f32) -> __m256 {
        _mm256_set1_ps(x)
    }
    #[inline(always)]
    unsafe fn load(at: *const f32) -> __m256 {
        _mm256_loadu_ps(at)
    }
    #[inline(always)]
    unsafe fn store(at: *mut f32, x: __m256) {
        _mm256_storeu_ps(at, x)
    }
    #[inline(always)]
    unsafe fn add(a: __m256, b: __m256) -> __m256 {
        _mm256_add_ps(a, b)
    }
    #[inline(always)]
    unsafe fn sub(a: __m256, b: __m256) -> __m256 {
        _mm256_sub_ps(a, b)
    }
    #[inline(always)]
    unsafe fn mul(a: __m256, b: __m256) -> __m256 {
        _mm256_mul_ps(a, b)
    }
    #[inline(always)]
    unsafe fn reciprocal(x: __m256) -> __m256 {
        _mm256_div_ps(_mm256_set1_ps(1.0), x)
    }
    #[inline(always)]
    unsafe fn fma(a: __m256, b: __m256, c: __m256) -> __m256 {
        _mm256_fmadd_ps(a, b, c)
    }
    #[inline(always)]
    unsafe fn fnma(a: __m256, b: __m256, c: __m256) -> __m256 {
        _mm256_fnmadd_ps(a, b, c)
    }
    #[inline(always)]
    unsafe fn max(a: __m256, b: __m256) -> __m256 {
        _mm256_max_ps(a, b)
    }
    #[inline(always)]
    unsafe fn min(a: __m256, b: __m256) -> __m256 {
        _mm256_min_ps(a, b)
    }
    #[inline(always)]
    unsafe fn abs(x: __m256) -> __m256 {
        _mm256_andnot_ps(_mm256_set1_ps(-0.0), x)
    }
    #[inline(always)]
    unsafe fn round(x: __m256) -> __m256 {
        _mm256_round_ps::<ROUND>(x)
    }
    #[inline(always)]
    unsafe fn scale(x: __m256, n: __m256) -> __m256 {
        let exponent = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
        _mm256_mul_ps(x, _mm256_castsi256_ps(_mm256_slli_epi32::<23>(exponent)))
    }
    #[inline(always)]
    unsafe fn sum(x: __m256) -> f32 {
        let four = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps::<1>(x));
        let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
        _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps::<1>(two, two)))
    }
    #[inline(always)]
    unsafe fn smallest(x: __m256) -> f32 {
        let four = _mm_min_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps::<1>(x));
        let two = _mm_min_ps(four, _mm_movehl_ps(four, four));
        _mm_cvtss_f32(_mm_min_ss(two, _mm_shuffle_ps::<1>(two, two)))
    }
    #[inline(always)]
    unsafe fn largest(x: __m256) -> f32 {
        let four = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps::<1>(x));
        let two = _mm_max_ps(four, _mm_movehl_ps(four, four));
        _mm_cvtss_f32(_mm_max_ss(two, _mm_shuffle_ps::<1>(two, two)))
    }
    #[inline(always)]
    unsafe fn load_integers(at: *const i32) -> __m256 {
        _mm256_cvtepi32_ps(_mm256_loadu_si256(at.cast()))
    }
    #[inline(always)]
    unsafe fn store_bf16(at: *mut u16, x: __m256) {
        let mut lanes = [0.0f32; 8];
        _mm256_storeu_ps(lanes.as_mut_ptr(), x);
        for (i, lane) in lanes.into_iter().enumerate() {
            at.add(i).write(half::bf16::from_f32(lane).to_bits());
        }
    }
    #[inline(always)]
    unsafe fn store_quantized(at: *mut u8, x: __m256, inverse: __m256, _zero: __m256) {
        let whole = _mm256_cvtps_epi32(_mm256_mul_ps(x, inverse));
        let (low, high) = (_mm256_castsi256_si128(whole), _mm256_extracti128_si256::<1>(whole));
        _mm_storeu_si128(at.cast(), _mm_packs_epi32(low, high));
    }
    #[inline(always)]
    unsafe fn transpose(from: *const u32, stride: usize, rows: usize, to: *mut u32, to_stride: usize) {
        let mut r = [_mm256_setzero_si256(); 8];
        for (i, r) in r.iter_mut().enumerate().take(rows) {
            *r = _mm256_loadu_si256(from.add(i * stride).cast());
        }
        // Pairs of rows, then fours: afterwards each half of `fours[4i + j]` holds column 4·half + j of the rows 4i to 4i + 3.
        let mut fours = [_mm256_setzero_si256(); 8];
        for i in [0, 4] {
            let pairs = [
                _mm256_unpacklo_epi32(r[i], r[i + 1]),
                _mm256_unpackhi_epi32(r[i], r[i + 1]),
                _mm256_unpacklo_epi32(r[i + 2], r[i + 3]),
                _mm256_unpackhi_epi32(r[i + 2], r[i + 3]),
            ];
            fours[i] = _mm256_unpacklo_epi64(pairs[0], pairs[2]);
            fours[i + 1] = _mm256_unpackhi_epi64(pairs[0], pairs[2]);
            fours[i + 2] = _mm256_unpacklo_epi64(pairs[1], pairs[3]);
            fours[i + 3] = _mm256_unpackhi_epi64(pairs[1], pairs[3]);
        }
        for j in 0..4 {
            let low = _mm256_permute2x128_si256::<0x20>(fours[j], fours[4 + j]);
            let high = _mm256_permute2x128_si256::<0x31>(fours[j], fours[4 + j]);
            _mm256_storeu_si256(to.add(j * to_stride).cast(), low);
            _mm256_storeu_si256(to.add((4 + j) * to_stride).cast(), high);
        }
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
            Kind::F32 => by_rows!(rows, [1 2 3 4 5 6], tile_f32(steps, a, stride, panel, start, out)),
            Kind::Int8 => by_rows!(rows, [1 2 3 4 5 6], tile_int8(steps, a, stride, panel, start, out)),
            // `supported` refuses bf16 for this set.
            Kind::Bf16 => unreachable!("bf16 products on AVX2"),
        }
    }
}

#[target_feature(enable = "avx2,fma")]
unsafe fn tile_f32<const ROWS: usize>(
    steps: usize,
    a: *const u32,
    stride: usize,
    panel: *const u8,
    start: *const u32,
    out: *mut u32,
) {
    let (a, start, out) = (a.cast::<f32>(), start.cast::<f32>(), out.cast::<f32>());
    let mut sums = [[_mm256_load_ps(start), _mm256_load_ps(start.add(8))]; ROWS];
    let mut panel = panel.cast::<f32>();
    for step in 0..steps {
        let weights = [_mm256_load_ps(panel), _mm256_load_ps(panel.add(8))];
        for (row, sums) in sums.iter_mut().enumerate() {
            let x = _mm256_broadcast_ss(&*a.add(row * stride + step));
            for (sum, w) in sums.iter_mut().zip(weights) {
                *sum = _mm256_fmadd_ps(x, w, *sum);
            }
        }
        panel = panel.add(16);
    }
    for (row, sums) in sums.iter().enumerate() {
        _mm256_store_ps(out.add(row * 16), sums[0]);
        _mm256_store_ps(out.add(row * 16 + 8), sums[1]);
    }
}

#[target_feature(enable = "avx2")]
unsafe fn tile_int8<const ROWS: usize>(
    steps: usize,
    a: *const u32,
    stride: usize,
    panel: *const u8,
    start: *const u32,
    out: *mut u32,
) {
    let first = [_mm256_load_si256(start.cast()), _mm256_load_si256(start.add(8).cast())];
    let mut sums = [first; ROWS];
    let mut panel = panel;
    for step in 0..steps {
        let weights = [
            _mm256_cvtepi8_epi16(_mm_load_si128(panel.cast())),
            _mm256_cvtepi8_epi16(_mm_load_si128(panel.add(16).cast())),
        ];
        for (row, sums) in sums.iter_mut().enumerate() {
            let x = _mm256_set1_epi32(a.add(row * stride + step).cast::<i32>().read());
            for (sum, w) in sums.iter_mut().zip(weights) {
                *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(x, w));
            }
        }
        panel = panel.add(32);
    }
    for (row, sums) in sums.iter().enumerate() {
        _mm256_store_si256(out.add(row * 16).cast(), sums[0]);
        _mm256_store_si256(out.add(row * 16 + 8).cast(), sums[1]);
    }
}
