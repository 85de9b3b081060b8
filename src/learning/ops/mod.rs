//! candle operations with a gradient, for f32 on the CPU.
//!
//! candle's own fused layer norm, softmax and dropout have no backward pass and cut the graph without saying so. These
//! have one; the `tests` hold each against a finite difference. [`weighted`] has those with weights to learn, [`adamw`] the
//! step that changes a weight.

mod adamw;
mod weighted;

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Storage, Tensor};
use rayon::prelude::*;

pub(super) use adamw::{AdamW, Moments};
pub use weighted::{layer_norm, linear};

use super::kernels;

/// Elements a thread takes at once in element-wise loops.
const CHUNK: usize = 1 << 14;

/// The numbers of a contiguous f32 tensor's storage.
fn slice<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&storage.as_slice::<f32>()?[start..end]),
        None => candle_core::bail!("a training operation got a tensor that is not contiguous"),
    }
}

/// Calls `read` with a tensor's numbers in row-major order.
pub(super) fn with_slice<R>(tensor: &Tensor, read: impl FnOnce(&[f32]) -> R) -> Result<R> {
    let tensor = tensor.contiguous()?;
    let (storage, layout) = tensor.storage_and_layout();
    match &*storage {
        Storage::Cpu(cpu) => Ok(read(slice(cpu, layout)?)),
        _ => candle_core::bail!("training runs on the CPU alone"),
    }
}

struct Gelu;

impl CustomOp1 for Gelu {
    fn name(&self) -> &'static str {
        "gelu with gradient"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = slice(storage, layout)?;
        let mut out = vec![0f32; x.len()];
        out.par_chunks_mut(CHUNK).zip(x.par_chunks(CHUNK)).for_each(|(out, x)| kernels::gelu(x, out));
        Ok((CpuStorage::F32(out), layout.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let out = with_slice(x, |x| {
            with_slice(grad, |grad| {
                let mut out = vec![0f32; x.len()];
                out.par_chunks_mut(CHUNK)
                    .zip(x.par_chunks(CHUNK).zip(grad.par_chunks(CHUNK)))
                    .for_each(|(out, (x, grad))| kernels::gelu_gradient(x, grad, out));
                out
            })
        })??;
        Ok(Some(Tensor::from_vec(out, x.shape(), x.device())?))
    }
}

/// The exact GELU, element by element.
pub fn gelu(x: &Tensor) -> Result<Tensor> {
    x.contiguous()?.apply_op1(Gelu)
}

struct Softmax {
    mask: Arc<Vec<f32>>,
    scale: f32,
}

impl CustomOp1 for Softmax {
    fn name(&self) -> &'static str {
        "masked softmax with gradient"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = slice(storage, layout)?;
        let (_, heads, rows, n) = layout.shape().dims4()?;
        let mut out = vec![0f32; x.len()];
        let block = rows * n;
        out.par_chunks_mut(block).zip(x.par_chunks(block)).enumerate().for_each(|(i, (out, x))| {
            let row = i / heads;
            kernels::softmax(x, &self.mask[row * n..(row + 1) * n], self.scale, out);
        });
        Ok((CpuStorage::F32(out), layout.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, y: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let n = y.dim(3)?;
        let block = y.dim(2)? * n;
        let out = with_slice(y, |y| {
            with_slice(grad, |grad| {
                let mut out = vec![0f32; y.len()];
                out.par_chunks_mut(block)
                    .zip(y.par_chunks(block).zip(grad.par_chunks(block)))
                    .for_each(|(out, (y, grad))| kernels::softmax_gradient(y, grad, n, self.scale, out));
                out
            })
        })??;
        Ok(Some(Tensor::from_vec(out, x.shape(), x.device())?))
    }
}

/// Attention's softmax of `scale * x + mask` over the last dimension.
///
/// `x` is (batch, heads, length, length); `mask` has batch * length numbers: 0, or a large negative one for padding.
pub fn masked_softmax(x: &Tensor, mask: Arc<Vec<f32>>, scale: f32) -> Result<Tensor> {
    let (batch, _, _, length) = x.dims4()?;
    if mask.len() != batch * length {
        candle_core::bail!("a mask of {} for {batch} rows of {length}", mask.len());
    }
    x.contiguous()?.apply_op1(Softmax { mask, scale })
}

struct Dropout {
    seed: u32,
    rate: f32,
}

impl Dropout {
    fn run(&self, x: &[f32]) -> Vec<f32> {
        let mut out = vec![0f32; x.len()];
        out.par_chunks_mut(CHUNK)
            .zip(x.par_chunks(CHUNK))
            .enumerate()
            .for_each(|(i, (out, x))| kernels::dropout(x, self.seed, (i * CHUNK) as u32, self.rate, out));
        out
    }
}

impl CustomOp1 for Dropout {
    fn name(&self) -> &'static str {
        "dropout with gradient"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        Ok((CpuStorage::F32(self.run(slice(storage, layout)?)), layout.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let out = with_slice(grad, |grad| self.run(grad))?;
        Ok(Some(Tensor::from_vec(out, x.shape(), x.device())?))
    }
}

/// Sets a share `rate` of the elements to zero and scales the others up; which ones, `seed` alone decides.
pub fn dropout(x: &Tensor, seed: u32, rate: f32) -> Result<Tensor> {
    if rate <= 0.0 { Ok(x.clone()) } else { x.contiguous()?.apply_op1(Dropout { seed, rate }) }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Var};

    use super::*;

    pub(super) fn wave(shape: &[usize], pitch: f32) -> Tensor {
        let n: usize = shape.iter().product();
        let values: Vec<f32> = (0..n).map(|i| (i as f32 * pitch).sin() * 1.5).collect();
        Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
    }

    /// Compares the gradient of `sum(f(x) * weights)` with central differences at a few places.
    pub(super) fn check(x: &Tensor, f: impl Fn(&Tensor) -> Tensor) {
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

    #[test]
    fn gelu_has_the_exact_value_and_gradient() {
        let x = wave(&[3, 40], 0.9);
        let ours: Vec<f32> = gelu(&x).unwrap().flatten_all().unwrap().to_vec1().unwrap();
        let exact: Vec<f32> = x.gelu_erf().unwrap().flatten_all().unwrap().to_vec1().unwrap();
        assert!(ours.iter().zip(&exact).all(|(a, b)| (a - b).abs() < 2e-6));
        check(&x, |x| gelu(x).unwrap());
    }

    #[test]
    fn softmax_ignores_what_is_masked_and_has_its_gradient() {
        let x = wave(&[2, 2, 5, 5], 0.7);
        let mask = Arc::new(vec![0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -1e4, -1e4]);
        let y = masked_softmax(&x, mask.clone(), 0.5).unwrap();
        let rows: Vec<f32> = y.flatten_all().unwrap().to_vec1().unwrap();
        assert!(rows.chunks(5).all(|row| (row.iter().sum::<f32>() - 1.0).abs() < 1e-5));
        assert!(rows[50..].chunks(5).all(|row| row[3] < 1e-30 && row[4] < 1e-30));
        check(&x, |x| masked_softmax(x, mask.clone(), 0.5).unwrap());
    }

    #[test]
    fn dropout_has_its_gradient() {
        let x = wave(&[7, 9], 0.61);
        check(&x, |x| dropout(x, 3, 0.2).unwrap());
    }
}
