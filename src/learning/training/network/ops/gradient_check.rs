//! Gradients against finite differences.

use candle_core::{Device, Tensor, Var};

pub fn wave(shape: &[usize], pitch: f32) -> Tensor {
    let n: usize = shape.iter().product();
    let values: Vec<f32> = (0..n).map(|i| (i as f32 * pitch).sin() * 1.5).collect();
    Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
}

/// Compares the gradient of `sum(f(x) * weights)` with central differences at about eleven elements.
pub fn check(x: &Tensor, f: impl Fn(&Tensor) -> Tensor) {
    let var = Var::from_tensor(x).unwrap();
    let weights = wave(f(x).dims(), 0.37);
    let score = |y: &Tensor| (y * &weights).unwrap().sum_all().unwrap();
    let grads = score(&f(var.as_tensor())).backward().unwrap();
    let grad: Vec<f32> = grads.get(var.as_tensor()).unwrap().flatten_all().unwrap().to_vec1().unwrap();
    let base: Vec<f32> = x.flatten_all().unwrap().to_vec1().unwrap();
    for i in (0..base.len()).step_by(base.len().div_ceil(11)) {
        let at = |delta: f32| {
            let mut moved = base.clone();
            moved[i] += delta;
            let moved = Tensor::from_vec(moved, x.dims(), &Device::Cpu).unwrap();
            f64::from(score(&f(&moved)).to_scalar::<f32>().unwrap())
        };
        let difference = (at(0.01) - at(-0.01)) / 0.02;
        assert!((difference - f64::from(grad[i])).abs() < 5e-3, "{i}: {difference} and {}", grad[i]);
    }
}
