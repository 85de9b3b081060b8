//! The kernels of every instruction set that this processor has, compared with plain arithmetic in f64.

use proptest::prelude::*;

use super::dispatch::Kernels;
use super::linear::Linear;
use super::product::{Product, Target, Then};
use crate::layout::{Kind, Layout};
use crate::packed::{Channel, Packed};
use crate::precision::{Execution, Precision};
use crate::reference::{Numbers, each_execution, erfc};
use crate::weights::Affine;

/// The largest possible error of a rounded product: the sum over the inputs of the change by rounding either factor.
fn bound(precision: Precision, x: &[f32], w: &[f32]) -> f64 {
    let size = |values: &[f32]| values.iter().map(|v| f64::from(v.abs())).sum::<f64>();
    let largest = |values: &[f32]| values.iter().fold(0.0, |a: f64, v| a.max(f64::from(v.abs())));
    let products: f64 = x.iter().zip(w).map(|(x, w)| f64::from((x * w).abs())).sum();
    let float = products * x.len() as f64 * 1.2e-7 + 1e-6;
    match precision {
        Precision::F32 => float,
        // Half a unit of the eighth bit, for each factor.
        Precision::Bf16 => float + products * 2.1 / 256.0,
        Precision::Int8 => {
            let range =
                f64::from(x.iter().copied().fold(0.0, f32::max) - x.iter().copied().fold(0.0, f32::min));
            // An activation's error is half a unit, plus another half where rounding the zero point clips it.
            let (x_unit, w_unit) = (range / 255.0, largest(w) / 127.0);
            float
                + 1.001 * (size(w) * x_unit + size(x) * w_unit / 2.0 + x.len() as f64 * x_unit * w_unit / 2.0)
        }
    }
}

/// Compares a layer's results with the plain product; `allowed` gives the largest error for a row and an output's weights.
fn assert_product(
    execution: Execution,
    affine: Affine,
    x: &[f32],
    y: &[f32],
    allowed: impl Fn(&[f32], &[f32]) -> f64,
) {
    let outputs = affine.bias.len();
    let inputs = affine.weight.len() / outputs;
    for (row, x) in x.chunks_exact(inputs).enumerate() {
        for (column, w) in affine.weight.chunks_exact(inputs).enumerate() {
            let sum: f64 = x.iter().zip(w).map(|(x, w)| f64::from(*x) * f64::from(*w)).sum();
            let exact = sum + f64::from(affine.bias[column]);
            let (found, allowed) = (f64::from(y[row * outputs + column]), allowed(x, w));
            assert!((exact - found).abs() <= allowed, "{execution}: {found} for {exact} ± {allowed}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_linear_layer_equals_the_plain_product(
        rows in 1usize..60, inputs in 1usize..150, outputs in 1usize..150, seed in 1u64..1 << 60, shift in -2f32..2.0,
    ) {
        let mut n = Numbers(seed);
        let (weight, bias) = (n.floats(inputs * outputs, 0.7), n.floats(outputs, 1.0));
        let x: Vec<f32> = n.floats(rows * inputs, 3.0).into_iter().map(|x| x + shift).collect();
        each_execution(|execution| {
            let affine = Affine { weight: &weight, bias: &bias };
            let mut linear = Linear::new(affine, inputs, execution).unwrap();
            let mut y = vec![f32::NAN; rows * outputs];
            linear.apply(&x, &mut y);
            assert_product(execution, affine, &x, &y, |x, w| bound(execution.precision, x, w));
        });
    }

    #[test]
    fn outliers_are_multiplied_in_f32(
        rows in 1usize..60, inputs in 20usize..150, outputs in 1usize..150, seed in 1u64..1 << 60,
        outliers in proptest::sample::subsequence((0..20u32).collect::<Vec<_>>(), 1..=8),
    ) {
        let mut n = Numbers(seed);
        let (weight, bias) = (n.floats(inputs * outputs, 0.7), n.floats(outputs, 1.0));
        let mut x = n.floats(rows * inputs, 1.0);
        let is_outlier = |input: usize| outliers.contains(&(input as u32));
        for row in x.chunks_exact_mut(inputs) {
            for input in outliers.iter() {
                row[*input as usize] *= 1000.0;
            }
        }
        each_execution(|execution| {
            let affine = Affine { weight: &weight, bias: &bias };
            let mut linear = Linear::with_outliers(affine, inputs, &outliers, execution).unwrap();
            let mut y = vec![f32::NAN; rows * outputs];
            linear.apply(&x, &mut y);
            assert_product(execution, affine, &x, &y, |x, w| {
                if execution.precision != Precision::Int8 {
                    return bound(execution.precision, x, w);
                }
                // The other inputs have the same error as without the outliers, which are as exact as f32.
                let others = |values: &[f32]| -> Vec<f32> {
                    let others = values.iter().enumerate().filter(|(input, _)| !is_outlier(*input));
                    others.map(|(_, value)| *value).collect()
                };
                bound(Precision::Int8, &others(x), &others(w)) + bound(Precision::F32, x, w)
            });
        });
    }

    #[test]
    fn a_row_does_not_depend_on_its_neighbors(rows in 2usize..60, inputs in 1usize..150, seed in 1u64..1 << 60) {
        let mut n = Numbers(seed);
        let outputs = 70;
        let (weight, bias) = (n.floats(inputs * outputs, 0.7), n.floats(outputs, 1.0));
        let x = n.floats(rows * inputs, 3.0);
        each_execution(|execution| {
            let mut linear = Linear::new(Affine { weight: &weight, bias: &bias }, inputs, execution).unwrap();
            let mut together = vec![0.0; rows * outputs];
            linear.apply(&x, &mut together);
            for (x, together) in x.chunks_exact(inputs).zip(together.chunks_exact(outputs)) {
                let mut alone = vec![0.0; outputs];
                linear.apply(x, &mut alone);
                assert_eq!(&alone[..], together, "{}", execution);
            }
        });
    }
}

/// Applies a product's last step to values: an f32 layer whose weights are the identity matrix.
fn after(execution: Execution, then: Then, values: &[f32]) -> Vec<f32> {
    let kernels = Kernels::of(execution).unwrap();
    let identity: Vec<f32> = (0..64 * 64).map(|i| if i / 64 == i % 64 { 1.0 } else { 0.0 }).collect();
    let channel = |output: usize| {
        Some(Channel { weights: &identity[output * 64..][..64], bias: 0.0, factor: 1.0, spread: None })
    };
    let weights = Packed::new(Layout::new(Kind::F32, execution.instructions), 64, 64, &[], channel).unwrap();
    let mut y = vec![0.0f32; values.len()];
    // SAFETY: both hold rows of 64 floats.
    unsafe {
        (kernels.product)(&Product {
            weights: &weights,
            rows: values.len() / 64,
            x: values.as_ptr().cast(),
            stride: 64,
            units: std::ptr::null(),
            aside: std::ptr::null(),
            panels: (0, 64 / weights.layout.panel),
            then,
            target: Target::F32 { at: y.as_mut_ptr(), stride: 64 },
        });
    }
    y
}

#[test]
fn activations_are_as_exact_as_documented() {
    let mut values: Vec<f32> = (0..64 * 320).map(|i| (i - 64 * 160) as f32 / 1000.0).collect();
    values[..8].copy_from_slice(&[0.0, -0.0, 1e-30, -1e-30, 60.0, -60.0, 1e4, -1e4]);
    each_execution(|execution| {
        if execution.precision != Precision::F32 {
            return;
        }
        let gelu = after(execution, Then::Gelu, &values);
        let tanh = after(execution, Then::GeluTanh, &values);
        let relu = after(execution, Then::Relu, &values);
        for (i, value) in values.iter().enumerate() {
            let x = f64::from(*value);
            // Half of erf's error.
            let allowed = x.abs() * 3e-7 + 1e-12;
            let exact = 0.5 * x * erfc(-x / 2f64.sqrt());
            assert!((f64::from(gelu[i]) - exact).abs() <= allowed, "{execution}: gelu({x}) = {}", gelu[i]);
            let u = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3));
            let exact = 0.5 * x * (1.0 + u.tanh());
            // Half an ulp of the exponent, which is at most some 20 where the result is not yet zero or x.
            let allowed = x.abs() * 1e-6 + 1e-12;
            assert!((f64::from(tanh[i]) - exact).abs() <= allowed, "{execution}: tanh({x}) = {}", tanh[i]);
            assert_eq!(relu[i], value.max(0.0));
        }
    });
}

#[test]
fn nan_and_infinity_are_never_lost() {
    each_execution(|execution| {
        let (weight, bias) = (vec![0.5; 64 * 64], vec![0.0; 64]);
        let mut linear = Linear::new(Affine { weight: &weight, bias: &bias }, 64, execution).unwrap();
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut x = vec![1.0; 3 * 64];
            x[64 + 17] = bad;
            let mut y = vec![0.0; 3 * 64];
            linear.apply(&x, &mut y);
            assert!(y[64..128].iter().all(|value| !value.is_finite()), "{execution}: {bad}");
            assert!(y[..64].iter().chain(&y[128..]).all(|value| value.is_finite()), "{execution}: {bad}");
            let affine = Affine { weight: &weight, bias: &bias };
            let mut apart = Linear::with_outliers(affine, 64, &[17], execution).unwrap();
            apart.apply(&x, &mut y);
            assert!(y[64..128].iter().all(|value| !value.is_finite()), "{execution}: {bad} as an outlier");
        }
        for then in [Then::Gelu, Then::GeluTanh, Then::Relu] {
            let mut values = vec![0.5; 64];
            values[5] = f32::NAN;
            assert!(after(execution, then, &values).iter().all(|value| value.is_nan()), "{execution}");
        }
    });
}
