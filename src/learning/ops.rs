//! candle operations with a gradient, for f32 on the CPU.
//!
//! candle's own fused layer norm, softmax and dropout have no backward pass and cut the graph without saying so. These
//! have one; `tests` below holds each against a finite difference.

use std::sync::Arc;

use candle_core::{
    CpuStorage, CustomOp1, CustomOp2, CustomOp3, InplaceOp2, Layout, Result, Shape, Storage, Tensor,
};
use rayon::prelude::*;
use std::sync::Mutex;

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

struct LayerNorm {
    eps: f32,
}

impl CustomOp3 for LayerNorm {
    fn name(&self) -> &'static str {
        "layer norm with gradient"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (x, weight, bias) =
            (slice(x, x_layout)?, slice(weight, weight_layout)?, slice(bias, bias_layout)?);
        let mut out = vec![0f32; x.len()];
        let block = weight.len() * 32;
        out.par_chunks_mut(block)
            .zip(x.par_chunks(block))
            .for_each(|(out, x)| kernels::layer_norm(x, weight, bias, self.eps, out));
        Ok((CpuStorage::F32(out), x_layout.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let n = weight.elem_count();
        let (dx, dw, db) = with_slice(x, |x| {
            with_slice(weight, |weight| {
                with_slice(grad, |grad| {
                    let mut dx = vec![0f32; x.len()];
                    // Four blocks, however many threads: the order of the sums stays the same.
                    let block = (x.len() / n).div_ceil(4).max(1) * n;
                    let parts: Vec<_> = dx
                        .par_chunks_mut(block)
                        .zip(x.par_chunks(block).zip(grad.par_chunks(block)))
                        .map(|(dx, (x, grad))| kernels::layer_norm_gradient(x, weight, grad, self.eps, dx))
                        .collect();
                    let (mut dw, mut db) = (vec![0f32; n], vec![0f32; n]);
                    for part in parts {
                        for i in 0..n {
                            dw[i] += part.weight[i];
                            db[i] += part.bias[i];
                        }
                    }
                    (dx, dw, db)
                })
            })
        })???;
        Ok((
            Some(Tensor::from_vec(dx, x.shape(), x.device())?),
            Some(Tensor::from_vec(dw, weight.shape(), x.device())?),
            Some(Tensor::from_vec(db, bias.shape(), x.device())?),
        ))
    }
}

/// Layer normalisation over the last dimension, with `weight` and `bias` of its length.
pub fn layer_norm(x: &Tensor, weight: &Tensor, bias: &Tensor, eps: f32) -> Result<Tensor> {
    x.contiguous()?.apply_op3(weight, bias, LayerNorm { eps })
}

struct AddBias;

impl CustomOp2 for AddBias {
    fn name(&self) -> &'static str {
        "bias with gradient"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (x, bias) = (slice(x, x_layout)?, slice(bias, bias_layout)?);
        let mut out = x.to_vec();
        out.par_chunks_mut(bias.len() * 32).for_each(|rows| {
            for row in rows.chunks_exact_mut(bias.len()) {
                for (value, bias) in row.iter_mut().zip(bias) {
                    *value += *bias;
                }
            }
        });
        Ok((CpuStorage::F32(out), x_layout.shape().clone()))
    }

    fn bwd(
        &self,
        _: &Tensor,
        bias: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let n = bias.elem_count();
        let sums = with_slice(grad, |grad| {
            let block = (grad.len() / n).div_ceil(4).max(1) * n;
            let parts: Vec<Vec<f32>> = grad
                .par_chunks(block)
                .map(|rows| {
                    let mut sums = vec![0f32; n];
                    for row in rows.chunks_exact(n) {
                        for (sum, value) in sums.iter_mut().zip(row) {
                            *sum += *value;
                        }
                    }
                    sums
                })
                .collect();
            let mut sums = vec![0f32; n];
            for part in parts {
                for (sum, value) in sums.iter_mut().zip(part) {
                    *sum += value;
                }
            }
            sums
        })?;
        Ok((Some(grad.clone()), Some(Tensor::from_vec(sums, bias.shape(), bias.device())?)))
    }
}

/// `x W^T + b` for `x` of (rows, in), `weight` of (out, in) and `bias` of (out).
pub fn linear(x: &Tensor, weight: &Tensor, bias: &Tensor) -> Result<Tensor> {
    x.matmul(&weight.t()?)?.contiguous()?.apply_op2(bias, AddBias)
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

/// The running means that AdamW keeps of a parameter's gradient and of its square.
#[derive(Debug, Default)]
pub(super) struct Moments {
    pub(super) first: Vec<f32>,
    pub(super) second: Vec<f32>,
}

/// One AdamW step, in place: the parameter first, its gradient second.
pub(super) struct AdamW<'a> {
    pub(super) moments: Mutex<&'a mut Moments>,
    pub(super) step: kernels::Step,
}

impl InplaceOp2 for AdamW<'_> {
    fn name(&self) -> &'static str {
        "adamw"
    }

    fn cpu_fwd(
        &self,
        value: &mut CpuStorage,
        layout: &Layout,
        grad: &CpuStorage,
        grad_layout: &Layout,
    ) -> Result<()> {
        let Some((start, end)) = layout.contiguous_offsets() else {
            candle_core::bail!("a parameter that is not contiguous");
        };
        let CpuStorage::F32(value) = value else { candle_core::bail!("a parameter that is not f32") };
        let (value, grad) = (&mut value[start..end], slice(grad, grad_layout)?);
        // A poisoned lock would mean that a step panicked half way; its moments are of no use then.
        let Ok(mut moments) = self.moments.lock() else { candle_core::bail!("a step of training was torn") };
        let Moments { first, second } = &mut **moments;
        value
            .par_chunks_mut(CHUNK)
            .zip(grad.par_chunks(CHUNK))
            .zip(first.par_chunks_mut(CHUNK).zip(second.par_chunks_mut(CHUNK)))
            .for_each(|((value, grad), (first, second))| {
                kernels::adamw(value, grad, first, second, self.step)
            });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Var};

    use super::*;

    fn wave(shape: &[usize], pitch: f32) -> Tensor {
        let n: usize = shape.iter().product();
        let values: Vec<f32> = (0..n).map(|i| (i as f32 * pitch).sin() * 1.5).collect();
        Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
    }

    /// Compares the gradient of `sum(f(x) * weights)` with central differences at a few places.
    fn check(x: &Tensor, f: impl Fn(&Tensor) -> Tensor) {
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
    fn layer_norm_has_the_gradients_of_all_three_arguments() {
        let (x, weight, bias) = (wave(&[6, 33], 0.61), wave(&[33], 0.3), wave(&[33], 0.2));
        check(&x, |x| layer_norm(x, &weight, &bias, 1e-5).unwrap());
        check(&weight, |weight| layer_norm(&x, weight, &bias, 1e-5).unwrap());
        check(&bias, |bias| layer_norm(&x, &weight, bias, 1e-5).unwrap());
    }

    #[test]
    fn linear_and_dropout_have_their_gradients() {
        let (x, weight, bias) = (wave(&[7, 9], 0.61), wave(&[5, 9], 0.3), wave(&[5], 0.2));
        check(&x, |x| linear(x, &weight, &bias).unwrap());
        check(&weight, |weight| linear(&x, weight, &bias).unwrap());
        check(&bias, |bias| linear(&x, &weight, bias).unwrap());
        check(&x, |x| dropout(x, 3, 0.2).unwrap());
    }
}
