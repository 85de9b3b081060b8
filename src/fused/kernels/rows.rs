//! What is done to whole rows, and to single values on their way out of a product: layer norm, rounding to bf16 or 8 bits,
//! the exponential, the activations.

use std::f32::consts::FRAC_1_SQRT_2;

use super::simd::Simd;

/// Where rows go as the next product's activations.
#[derive(Clone, Copy)]
pub(super) enum Rounded {
    /// Nowhere: the product reads f32.
    Not,
    /// As bf16, rows `stride` words apart.
    Bf16 { at: *mut u32, stride: usize },
    /// As 8-bit integers, rows `stride` words apart; a row's largest magnitude / 127 goes to `scales`. A row that holds an
    /// infinity or a NaN gets the scale NaN, so that the product's results say so.
    Int8 { at: *mut u32, stride: usize, scales: *mut f32 },
}

impl Rounded {
    unsafe fn skip(self, rows: usize) -> Rounded {
        match self {
            Rounded::Not => Rounded::Not,
            Rounded::Bf16 { at, stride } => Rounded::Bf16 { at: at.add(rows * stride), stride },
            Rounded::Int8 { at, stride, scales } => {
                Rounded::Int8 { at: at.add(rows * stride), stride, scales: scales.add(rows) }
            }
        }
    }
}

/// Rows to be rounded: `width` floats each (a multiple of 64), `stride` floats apart.
#[derive(Clone, Copy)]
pub(super) struct Rounding {
    pub(super) rows: usize,
    pub(super) x: *const f32,
    pub(super) width: usize,
    pub(super) stride: usize,
    pub(super) to: Rounded,
}

#[inline(always)]
pub(super) unsafe fn round_rows<S: Simd>(r: &Rounding) {
    for row in 0..r.rows {
        let x = r.x.add(row * r.stride);
        let mut largest = S::splat(0.0);
        if let Rounded::Int8 { .. } = r.to {
            for at in (0..r.width).step_by(S::LANES) {
                largest = S::larger_magnitude(largest, S::load(x.add(at)));
            }
        }
        round_row::<S>(x, r.width, S::largest_magnitude(largest), r.to.skip(row));
    }
}

/// One row, its largest magnitude known.
#[inline(always)]
unsafe fn round_row<S: Simd>(x: *const f32, width: usize, largest: f32, to: Rounded) {
    match to {
        Rounded::Not => {}
        Rounded::Bf16 { at, .. } => {
            for i in (0..width).step_by(S::LANES) {
                S::store_bf16(at.cast::<u16>().add(i), S::load(x.add(i)));
            }
        }
        Rounded::Int8 { at, scales, .. } => {
            scales.write(if largest.is_finite() { largest / 127.0 } else { f32::NAN });
            let inverse = S::splat(if largest > 0.0 { 127.0 / largest } else { 0.0 });
            let bytes = S::QUANTIZED_BYTES;
            for i in (0..width).step_by(S::LANES) {
                S::store_quantized(at.cast::<u8>().add(i * bytes), S::load(x.add(i)), inverse);
            }
        }
    }
}

/// Layer norm of rows in place, and their rounding for the next product.
#[derive(Clone, Copy)]
pub(super) struct Norm {
    pub(super) rows: usize,
    pub(super) x: *mut f32,
    /// Floats of a row that count.
    pub(super) width: usize,
    /// Floats of a row with its padding, which holds zeros before and after; also the distance of two rows.
    pub(super) stride: usize,
    /// `stride` floats each; zero in the padding.
    pub(super) weight: *const f32,
    pub(super) bias: *const f32,
    pub(super) eps: f32,
    pub(super) to: Rounded,
}

#[inline(always)]
pub(super) unsafe fn normalize<S: Simd>(n: &Norm) {
    let whole = n.width / S::LANES * S::LANES;
    for row in 0..n.rows {
        let x = n.x.add(row * n.stride);
        let mut sums = [S::splat(0.0); 2];
        for at in (0..n.stride).step_by(2 * S::LANES) {
            sums[0] = S::add(sums[0], S::load(x.add(at)));
            sums[1] = S::add(sums[1], S::load(x.add(at + S::LANES)));
        }
        let mean = S::sum(S::add(sums[0], sums[1])) / n.width as f32;
        let (means, mut squares) = (S::splat(mean), S::splat(0.0));
        for at in (0..whole).step_by(S::LANES) {
            let d = S::sub(S::load(x.add(at)), means);
            squares = S::fma(d, d, squares);
        }
        let mut square = S::sum(squares);
        for at in whole..n.width {
            let d = x.add(at).read() - mean;
            square += d * d;
        }
        let inverse = S::splat(1.0 / (square / n.width as f32 + n.eps).sqrt());
        let mut largest = S::splat(0.0);
        for at in (0..n.stride).step_by(S::LANES) {
            let unit = S::mul(S::sub(S::load(x.add(at)), means), inverse);
            // In the padding weight and bias are zero, and so is what comes out.
            let y = S::fma(unit, S::load(n.weight.add(at)), S::load(n.bias.add(at)));
            S::store(x.add(at), y);
            largest = S::larger_magnitude(largest, y);
        }
        round_row::<S>(x, n.stride, S::largest_magnitude(largest), n.to.skip(row));
    }
}

/// 2^f for f from -½ to ½, without its constant term 1: minimax polynomials of our own fit (weighted least squares, iterated).
/// Relative error 1.6e-7 with five terms, 1.0e-4 with three.
const POWER: [f32; 5] = [std::f32::consts::LN_2, 0.240_222_42, 0.055_507_336, 0.009_671_513, 0.001_326_472_7];
const SHORT_POWER: [f32; 3] = [0.693_282_9, 0.242_210_97, 0.055_008_93];

/// 2^x for x up to 126; 2^-126 for everything below -126. NaN stays.
#[inline(always)]
unsafe fn power<S: Simd, const TERMS: usize>(x: S::F, terms: &[f32; TERMS]) -> S::F {
    let x = S::max(S::splat(-126.0), x);
    let n = S::round(x);
    let f = S::sub(x, n);
    let mut p = S::splat(terms[TERMS - 1]);
    for term in terms[..TERMS - 1].iter().rev() {
        p = S::fma(p, f, S::splat(*term));
    }
    S::scale(S::fma(p, f, S::splat(1.0)), n)
}

/// 2^x for x up to 0, relative error below 3e-7.
#[inline(always)]
pub(super) unsafe fn exp2<S: Simd>(x: S::F) -> S::F {
    power::<S, 5>(x, &POWER)
}

/// 2^x for x up to 0, relative error 1.0e-4: for weights that are rounded to bf16 (2e-3) at once.
#[inline(always)]
pub(super) unsafe fn exp2_short<S: Simd>(x: S::F) -> S::F {
    power::<S, 3>(x, &SHORT_POWER)
}

/// x/2 · (1 + erf(x/√2)) with Abramowitz and Stegun's formula 7.1.26, whose erf is off by at most 1.5e-7.
#[inline(always)]
pub(super) unsafe fn gelu<S: Simd>(x: S::F) -> S::F {
    const LOG2_E: f32 = std::f32::consts::LOG2_E;
    let size = S::abs(x);
    let t = S::reciprocal(S::fma(size, S::splat(0.327_591_1 * FRAC_1_SQRT_2), S::splat(1.0)));
    // Half of the formula's coefficients: what follows is half of erfc(|x|/√2), the share of the normal distribution beyond.
    let mut p = S::splat(0.530_702_7);
    for coefficient in [-0.726_576, 0.710_706_9, -0.142_248_37, 0.127_414_8] {
        p = S::fma(p, t, S::splat(coefficient));
    }
    let beyond = S::mul(S::mul(p, t), exp2::<S>(S::mul(S::mul(x, x), S::splat(-0.5 * LOG2_E))));
    S::fnma(size, beyond, S::max(S::splat(0.0), x))
}

/// x/2 · (1 + tanh(√(2/π)·(x + 0.044715·x³))), which is x / (1 + e^(-2u)) for the u in brackets.
#[inline(always)]
pub(super) unsafe fn gelu_tanh<S: Simd>(x: S::F) -> S::F {
    const FACTOR: f32 = -2.0 * 0.797_884_6 * std::f32::consts::LOG2_E;
    let square = S::mul(x, x);
    let u = S::mul(x, S::fma(square, S::splat(FACTOR * 0.044_715), S::splat(FACTOR)));
    // From 2^126 on the quotient is as good as zero.
    let power = exp2::<S>(S::min(S::splat(125.0), u));
    S::mul(x, S::reciprocal(S::add(S::splat(1.0), power)))
}
