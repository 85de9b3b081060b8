//! The inner loops of training: GELU, softmax, layer normalization and their gradients, dropout, AdamW.
//!
//! By hand, since candle's own have no gradient or take several passes over memory. Each is plain safe Rust that the
//! compiler vectorizes. `pulp` picks the copy compiled for the widest instructions of this processor (AVX-512, AVX2) at
//! run time.

use std::sync::OnceLock;

use pulp::Arch;

/// The processor's instruction set, detected once.
pub fn arch() -> Arch {
    static ARCH: OnceLock<Arch> = OnceLock::new();
    *ARCH.get_or_init(Arch::new)
}

/// e^x by the single-precision polynomial of Cephes: relative error below 2e-7 for -87 to 88, clamped outside.
#[inline(always)]
fn exp(x: f32) -> f32 {
    // Adding 1.5 * 2^23 rounds to an integer, which is then in the low bits until the subtraction.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let whole = shifted - ROUND;
    let r = x - whole * 0.693_359_4 + whole * 2.121_944_4e-4;
    let mut p = 1.987_569_1e-4f32;
    p = p * r + 1.398_199_9e-3;
    p = p * r + 8.333_452e-3;
    p = p * r + 4.166_579_6e-2;
    p = p * r + 1.666_666_5e-1;
    p = p * r + 5e-1;
    let power = (shifted.to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32).wrapping_add(127) << 23;
    (p * (r * r) + r + 1.0) * f32::from_bits(power as u32)
}

/// The standard normal distribution function and density at `x`; Abramowitz and Stegun 7.1.26, absolute error below 1.5e-7.
#[inline(always)]
fn normal(x: f32) -> (f32, f32) {
    let a = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let e = exp(-0.5 * x * x);
    let t = 1.0 / (0.327_591_1 * a + 1.0);
    let mut p = 1.061_405_4f32;
    p = p * t - 1.453_152;
    p = p * t + 1.421_413_7;
    p = p * t - 0.284_496_74;
    p = p * t + 0.254_829_6;
    let erf = 1.0 - p * t * e;
    (0.5 * (1.0 + erf.copysign(x)), 0.398_942_3 * e)
}

/// A sum in 16 lanes, so that the order of additions is the same for every instruction set.
#[inline(always)]
fn sum(n: usize, term: impl Fn(usize) -> f32) -> f32 {
    let mut lanes = [0f32; 16];
    let whole = n / 16 * 16;
    for start in (0..whole).step_by(16) {
        for (lane, total) in lanes.iter_mut().enumerate() {
            *total += term(start + lane);
        }
    }
    let mut total: f32 = lanes.iter().sum();
    for i in whole..n {
        total += term(i);
    }
    total
}

/// `out = x * Phi(x)`, the exact GELU.
pub fn gelu(x: &[f32], out: &mut [f32]) {
    arch().dispatch(
        #[inline(always)]
        || {
            for (x, out) in x.iter().zip(out.iter_mut()) {
                *out = *x * normal(*x).0;
            }
        },
    );
}

/// `out = grad * GELU'(x)`.
pub fn gelu_gradient(x: &[f32], grad: &[f32], out: &mut [f32]) {
    arch().dispatch(
        #[inline(always)]
        || {
            for ((x, grad), out) in x.iter().zip(grad).zip(out.iter_mut()) {
                let (cdf, pdf) = normal(*x);
                *out = grad * (x * pdf + cdf);
            }
        },
    );
}

/// Softmax of `scale * x + mask` over rows as long as `mask`.
pub fn softmax(x: &[f32], mask: &[f32], scale: f32, out: &mut [f32]) {
    let n = mask.len();
    arch().dispatch(
        #[inline(always)]
        || {
            for (x, out) in x.chunks_exact(n).zip(out.chunks_exact_mut(n)) {
                let mut max = f32::NEG_INFINITY;
                for i in 0..n {
                    let value = x[i] * scale + mask[i];
                    out[i] = value;
                    max = if value > max { value } else { max };
                }
                for value in out.iter_mut() {
                    *value = exp(*value - max);
                }
                let share = 1.0 / sum(n, |i| out[i]);
                for value in out.iter_mut() {
                    *value *= share;
                }
            }
        },
    );
}

/// The gradient of [`softmax`] with respect to `x`, from its result `y`.
pub fn softmax_gradient(y: &[f32], grad: &[f32], n: usize, scale: f32, out: &mut [f32]) {
    arch().dispatch(
        #[inline(always)]
        || {
            for ((y, grad), out) in y.chunks_exact(n).zip(grad.chunks_exact(n)).zip(out.chunks_exact_mut(n)) {
                let dot = sum(n, |i| y[i] * grad[i]);
                for i in 0..n {
                    out[i] = y[i] * (grad[i] - dot) * scale;
                }
            }
        },
    );
}

/// Each row's mean and the inverse of its standard deviation.
#[inline(always)]
fn moments(x: &[f32], eps: f32) -> (f32, f32) {
    let n = x.len();
    let mean = sum(n, |i| x[i]) / n as f32;
    let variance = sum(n, |i| (x[i] - mean) * (x[i] - mean)) / n as f32;
    (mean, 1.0 / (variance + eps).sqrt())
}

/// Layer normalization of rows as long as `weight`.
pub fn layer_norm(x: &[f32], weight: &[f32], bias: &[f32], eps: f32, out: &mut [f32]) {
    let n = weight.len();
    arch().dispatch(
        #[inline(always)]
        || {
            for (x, out) in x.chunks_exact(n).zip(out.chunks_exact_mut(n)) {
                let (mean, inverse) = moments(x, eps);
                for i in 0..n {
                    out[i] = (x[i] - mean) * inverse * weight[i] + bias[i];
                }
            }
        },
    );
}

/// The gradients of weight and bias, summed over the rows of one call of [`layer_norm_gradient`].
pub struct NormGradient {
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
}

/// The gradient of [`layer_norm`]: writes the one with respect to the rows to `out`, and returns those with respect to
/// weight and bias.
pub fn layer_norm_gradient(
    x: &[f32],
    weight: &[f32],
    grad: &[f32],
    eps: f32,
    out: &mut [f32],
) -> NormGradient {
    let n = weight.len();
    let mut sums = NormGradient { weight: vec![0.0; n], bias: vec![0.0; n] };
    let (dw, db) = (&mut sums.weight[..n], &mut sums.bias[..n]);
    arch().dispatch(
        #[inline(always)]
        || {
            for ((x, grad), out) in x.chunks_exact(n).zip(grad.chunks_exact(n)).zip(out.chunks_exact_mut(n)) {
                let (mean, inverse) = moments(x, eps);
                let plain = sum(n, |i| grad[i] * weight[i]) / n as f32;
                let along = sum(n, |i| grad[i] * weight[i] * (x[i] - mean) * inverse) / n as f32;
                for i in 0..n {
                    let unit = (x[i] - mean) * inverse;
                    out[i] = inverse * (grad[i] * weight[i] - plain - unit * along);
                    dw[i] += grad[i] * unit;
                    db[i] += grad[i];
                }
            }
        },
    );
    sums
}

/// A 32-bit hash of `index` and `seed` (the finalizer of MurmurHash3). The backward pass uses it to compute dropout's
/// mask again instead of storing it.
#[inline(always)]
fn hash(seed: u32, index: u32) -> u32 {
    let mut h = index.wrapping_mul(0x9E37_79B9) ^ seed;
    h ^= h >> 16;
    h = h.wrapping_mul(0x85EB_CA6B);
    h ^= h >> 13;
    h = h.wrapping_mul(0xC2B2_AE35);
    h ^ (h >> 16)
}

/// `out = x * mask / (1 - rate)`. The mask depends only on `seed` and on the element's index, which is `first` for `x[0]`.
pub fn dropout(x: &[f32], seed: u32, first: u32, rate: f32, out: &mut [f32]) {
    let keep = ((1.0 - f64::from(rate)) * f64::from(u32::MAX)) as u32;
    let scale = 1.0 / (1.0 - rate);
    arch().dispatch(
        #[inline(always)]
        || {
            for (i, (x, out)) in x.iter().zip(out.iter_mut()).enumerate() {
                let kept = hash(seed, first.wrapping_add(i as u32)) <= keep;
                *out = if kept { *x * scale } else { 0.0 };
            }
        },
    );
}

/// The settings of one step of AdamW (Loshchilov and Hutter, 2019).
#[derive(Clone, Copy, Debug)]
pub struct Step {
    pub learning_rate: f32,
    pub weight_decay: f32,
    pub beta1: f32,
    pub beta2: f32,
    pub epsilon: f32,
    /// The factor that keeps the global gradient norm within its limit.
    pub gradient_scale: f32,
    /// `1 / (1 - beta1^t)`.
    pub correction1: f32,
    /// `1 / (1 - beta2^t)`.
    pub correction2: f32,
}

/// Moves `value` one step against `grad` and updates the running means `first` and `second`.
pub fn adamw(value: &mut [f32], grad: &[f32], first: &mut [f32], second: &mut [f32], step: Step) {
    let n = value.len();
    let (grad, first, second) = (&grad[..n], &mut first[..n], &mut second[..n]);
    arch().dispatch(
        #[inline(always)]
        || {
            for i in 0..n {
                let g = grad[i] * step.gradient_scale;
                first[i] = step.beta1 * first[i] + (1.0 - step.beta1) * g;
                second[i] = step.beta2 * second[i] + (1.0 - step.beta2) * g * g;
                let root = (second[i] * step.correction2).sqrt() + step.epsilon;
                value[i] = value[i] * (1.0 - step.learning_rate * step.weight_decay)
                    - step.learning_rate * first[i] * step.correction1 / root;
            }
        },
    );
}

pub fn square_sum(x: &[f32]) -> f64 {
    let chunks = x.chunks(4096);
    chunks
        .map(|c| {
            f64::from(arch().dispatch(
                #[inline(always)]
                || sum(c.len(), |i| c[i] * c[i]),
            ))
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_agrees_with_the_standard_library() {
        for i in -870..=880 {
            let x = i as f32 / 10.0;
            let exact = f64::from(x).exp();
            assert!((f64::from(exp(x)) / exact - 1.0).abs() < 5e-7, "{x}");
        }
    }

    #[test]
    fn dropout_keeps_the_stated_share_and_depends_on_the_seed_alone() {
        let x = vec![1f32; 100_000];
        let (mut once, mut again) = (vec![0f32; x.len()], vec![0f32; x.len()]);
        dropout(&x, 7, 0, 0.1, &mut once);
        dropout(&x, 7, 0, 0.1, &mut again);
        assert_eq!(once, again);
        let kept = once.iter().filter(|v| **v > 0.0).count() as f64 / x.len() as f64;
        assert!((kept - 0.9).abs() < 0.005, "{kept}");
        dropout(&x, 8, 0, 0.1, &mut again);
        assert_ne!(once, again);
    }
}
