//! What is done to whole rows, and to single values on their way out of a product: layer norm, rounding to bf16 or 8 bits,
//! the exponential, the activations.

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

/// e^x by Cephes' single-precision polynomial: relative error below 2e-7 from -87 to 88; 0 below that, e^88 above. NaN stays.
#[inline(always)]
pub(super) unsafe fn exp<S: Simd>(x: S::F) -> S::F {
    let tiny = S::less(x, S::splat(-87.0));
    let x = S::min(S::splat(88.0), S::max(S::splat(-87.0), x));
    let n = S::round(S::mul(x, S::splat(std::f32::consts::LOG2_E)));
    // ln 2 in two parts, the first with few enough bits that its product with n is exact.
    let r = S::fma(n, S::splat(-0.693_359_4), x);
    let r = S::fma(n, S::splat(2.121_944_4e-4), r);
    let mut p = S::splat(1.987_569_1e-4);
    for coefficient in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 5e-1] {
        p = S::fma(p, r, S::splat(coefficient));
    }
    let p = S::fma(p, S::mul(r, r), S::add(r, S::splat(1.0)));
    S::select(tiny, S::splat(0.0), S::scale(p, n))
}

/// x/2 · (1 + erf(x/√2)) with Abramowitz and Stegun's formula 7.1.26, whose erf is off by at most 1.5e-7.
#[inline(always)]
pub(super) unsafe fn gelu<S: Simd>(x: S::F) -> S::F {
    let z = S::mul(S::abs(x), S::splat(std::f32::consts::FRAC_1_SQRT_2));
    let t = S::div(S::splat(1.0), S::fma(z, S::splat(0.327_591_1), S::splat(1.0)));
    let mut p = S::splat(1.061_405_4);
    for coefficient in [-1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6] {
        p = S::fma(p, t, S::splat(coefficient));
    }
    let square = S::mul(S::mul(x, x), S::splat(-0.5));
    // Half of erfc(|z|): what is missing at the far side of zero, and all there is at the near one.
    let half = S::mul(S::mul(S::mul(p, t), exp::<S>(square)), S::splat(0.5));
    let negative = S::less(x, S::splat(0.0));
    S::mul(x, S::select(negative, half, S::sub(S::splat(1.0), half)))
}

/// x/2 · (1 + tanh(√(2/π)·(x + 0.044715·x³))), which is x / (1 + e^(-2u)) for the u in brackets.
#[inline(always)]
pub(super) unsafe fn gelu_tanh<S: Simd>(x: S::F) -> S::F {
    const FACTOR: f32 = -2.0 * 0.797_884_6;
    let square = S::mul(x, x);
    let u = S::mul(x, S::fma(square, S::splat(FACTOR * 0.044_715), S::splat(FACTOR)));
    S::div(x, S::add(S::splat(1.0), exp::<S>(u)))
}
