//! Operations on whole rows (layer norm, rounding to bf16 or int8) and on single vectors (powers of two, activations).

use std::f32::consts::FRAC_1_SQRT_2;

use super::simd::Simd;
use crate::outliers::MOST_OUTLIERS;
use crate::packed::Packed;

/// Where rows are stored as the next product's activations.
#[derive(Clone, Copy)]
pub(super) enum Rounded {
    /// Not stored, because the product reads the f32 rows.
    Not,
    /// As bf16, rows `stride` words apart.
    Bf16 { at: *mut u32, stride: usize },
    /// As 8-bit integers, rows `stride` words apart, with each row's scale and zero point in `units`.
    Int8 { at: *mut u32, stride: usize, units: *mut Unit, aside: Aside },
}

/// The outliers of an int8 product: inputs that it multiplies in f32.
#[derive(Clone, Copy)]
pub(super) struct Aside {
    /// Their indices, `count` of them, each within a row's width.
    pub(super) inputs: *const u32,
    pub(super) count: usize,
    /// Where each row's outlier values are stored; rows [`MOST_OUTLIERS`] apart.
    pub(super) at: *mut f32,
}

impl Aside {
    pub(super) fn new(weights: &Packed, at: *mut f32) -> Aside {
        Aside { inputs: weights.outliers.as_ptr(), count: weights.outliers.len(), at }
    }

    unsafe fn inputs(&self) -> impl Iterator<Item = (usize, usize)> {
        std::slice::from_raw_parts(self.inputs, self.count).iter().map(|input| *input as usize).enumerate()
    }
}

/// Scale and zero point of an int8 row: a stored integer q stands for (q + zero)·scale. A row with an infinite or NaN value
/// gets the scale NaN, so that the product's results are NaN too.
#[derive(Clone, Copy)]
#[repr(C)]
pub(super) struct Unit {
    pub(super) scale: f32,
    pub(super) zero: f32,
}

impl Rounded {
    unsafe fn skip(self, rows: usize) -> Rounded {
        match self {
            Rounded::Not => Rounded::Not,
            Rounded::Bf16 { at, stride } => Rounded::Bf16 { at: at.add(rows * stride), stride },
            Rounded::Int8 { at, stride, units, aside } => Rounded::Int8 {
                at: at.add(rows * stride),
                stride,
                units: units.add(rows),
                aside: Aside { at: aside.at.add(rows * MOST_OUTLIERS), ..aside },
            },
        }
    }
}

/// A row's smallest and largest value, updated vector by vector.
#[derive(Clone, Copy)]
struct Range<S: Simd> {
    smallest: S::F,
    largest: S::F,
    /// Zero, or NaN once a value was not finite.
    wrong: S::F,
}

impl<S: Simd> Range<S> {
    /// The range always includes zero.
    #[inline(always)]
    unsafe fn new() -> Self {
        let zero = S::splat(0.0);
        Range { smallest: zero, largest: zero, wrong: zero }
    }

    #[inline(always)]
    unsafe fn of(x: *const f32, width: usize) -> Self {
        let mut range = Self::new();
        for at in (0..width).step_by(S::LANES) {
            range.see(S::load(x.add(at)));
        }
        range
    }

    #[inline(always)]
    unsafe fn see(&mut self, x: S::F) {
        self.smallest = S::min(x, self.smallest);
        self.largest = S::max(x, self.largest);
        self.wrong = S::fma(x, S::splat(0.0), self.wrong);
    }

    /// The scale and zero point that map the range to 256 integers, and the scale's inverse.
    #[inline(always)]
    unsafe fn unit(self) -> (Unit, f32) {
        let (smallest, largest) = (S::smallest(self.smallest), S::largest(self.largest));
        let scale = (largest - smallest) / 255.0;
        if !scale.is_finite() || S::sum(self.wrong).is_nan() {
            return (Unit { scale: f32::NAN, zero: 0.0 }, 0.0);
        }
        // For a subnormal scale the inverse could be infinite; such a row is treated as zero.
        let inverse = if scale >= f32::MIN_POSITIVE { 1.0 / scale } else { 0.0 };
        (Unit { scale, zero: (smallest * inverse).round_ties_even() }, inverse)
    }
}

/// Rows to round: `width` floats each (a multiple of 64), `stride` floats apart.
#[derive(Clone, Copy)]
pub(super) struct Rounding {
    pub(super) rows: usize,
    /// Mutable because outliers are replaced by zeros while a row is rounded, and then restored.
    pub(super) x: *mut f32,
    pub(super) width: usize,
    pub(super) stride: usize,
    pub(super) to: Rounded,
}

#[inline(always)]
pub(super) unsafe fn round_rows<S: Simd>(r: &Rounding) {
    for row in 0..r.rows {
        let x = r.x.add(row * r.stride);
        let range = match r.to {
            Rounded::Int8 { aside, .. } if aside.count == 0 => Range::<S>::of(x, r.width),
            _ => Range::<S>::new(),
        };
        round_row::<S>(x, r.width, range, r.to.skip(row));
    }
}

/// Rounds one row. `range` is used only if the row has no outliers.
#[inline(always)]
unsafe fn round_row<S: Simd>(x: *mut f32, width: usize, range: Range<S>, to: Rounded) {
    match to {
        Rounded::Not => {}
        Rounded::Bf16 { at, .. } => {
            for i in (0..width).step_by(S::LANES) {
                S::store_bf16(at.cast::<u16>().add(i), S::load(x.add(i)));
            }
        }
        Rounded::Int8 { at, units, aside, .. } => {
            let mut range = range;
            if aside.count > 0 {
                for (place, input) in aside.inputs() {
                    aside.at.add(place).write(x.add(input).replace(0.0));
                }
                range = Range::<S>::of(x, width);
            }
            let (unit, inverse) = range.unit();
            units.write(unit);
            let (inverse, zero) = (S::splat(inverse), S::splat(unit.zero));
            for i in (0..width).step_by(S::LANES) {
                let to = at.cast::<u8>().add(i * S::QUANTIZED_BYTES);
                S::store_quantized(to, S::load(x.add(i)), inverse, zero);
            }
            for (place, input) in aside.inputs() {
                x.add(input).write(aside.at.add(place).read());
            }
        }
    }
}

/// Layer norm of rows in place, followed by rounding for the next product.
#[derive(Clone, Copy)]
pub(super) struct Norm {
    pub(super) rows: usize,
    pub(super) x: *mut f32,
    /// Floats of a row without padding.
    pub(super) width: usize,
    /// Floats of a row with padding, which is zero before and after; also the distance between rows.
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
        let mut range = Range::<S>::new();
        for at in (0..n.stride).step_by(S::LANES) {
            let unit = S::mul(S::sub(S::load(x.add(at)), means), inverse);
            // In the padding, weight and bias are zero and so is the result.
            let y = S::fma(unit, S::load(n.weight.add(at)), S::load(n.bias.add(at)));
            S::store(x.add(at), y);
            range.see(y);
        }
        round_row::<S>(x, n.stride, range, n.to.skip(row));
    }
}

/// Polynomials for 2^f - 1, f from -½ to ½, without the constant term: our own minimax fit (iterated weighted least squares).
/// The relative error is 1.6e-7 with five terms and 1.0e-4 with three.
const POWER: [f32; 5] = [std::f32::consts::LN_2, 0.240_222_42, 0.055_507_336, 0.009_671_513, 0.001_326_472_7];
const SHORT_POWER: [f32; 3] = [0.693_282_9, 0.242_210_97, 0.055_008_93];

/// 2^x for x up to 126; 2^-126 for any x below -126. NaN stays NaN.
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

/// 2^x for x up to 0, relative error 1.0e-4: enough for attention weights that are rounded to bf16 (relative error 2e-3) next.
#[inline(always)]
pub(super) unsafe fn exp2_short<S: Simd>(x: S::F) -> S::F {
    power::<S, 3>(x, &SHORT_POWER)
}

/// x/2 · (1 + erf(x/√2)) by Abramowitz and Stegun's formula 7.1.26. The formula's erf has an error of at most 1.5e-7; with the
/// rounding here it is at most 6e-7.
#[inline(always)]
pub(super) unsafe fn gelu<S: Simd>(x: S::F) -> S::F {
    const LOG2_E: f32 = std::f32::consts::LOG2_E;
    let size = S::abs(x);
    let t = S::reciprocal(S::fma(size, S::splat(0.327_591_1 * FRAC_1_SQRT_2), S::splat(1.0)));
    // The coefficients are halved, so this is erfc(|x|/√2)/2: the normal distribution's share beyond |x|.
    let mut p = S::splat(0.530_702_7);
    for coefficient in [-0.726_576, 0.710_706_9, -0.142_248_37, 0.127_414_8] {
        p = S::fma(p, t, S::splat(coefficient));
    }
    let beyond = S::mul(S::mul(p, t), exp2::<S>(S::mul(S::mul(x, x), S::splat(-0.5 * LOG2_E))));
    S::fnma(size, beyond, S::max(S::splat(0.0), x))
}

/// x/2 · (1 + tanh(√(2/π)·(x + 0.044715·x³))), which is x / (1 + e^(-2u)) for the u in parentheses.
#[inline(always)]
pub(super) unsafe fn gelu_tanh<S: Simd>(x: S::F) -> S::F {
    const FACTOR: f32 = -2.0 * 0.797_884_6 * std::f32::consts::LOG2_E;
    let square = S::mul(x, x);
    let u = S::mul(x, S::fma(square, S::splat(FACTOR * 0.044_715), S::splat(FACTOR)));
    // Limits the power to 2^125; beyond that the quotient is practically zero.
    let power = exp2::<S>(S::min(S::splat(125.0), u));
    S::mul(x, S::reciprocal(S::add(S::splat(1.0), power)))
}
