//! Operations with weights: layer norm and the linear layer. The gradient of a weight is a sum over rows, in an order
//! that does not depend on the number of threads.

use candle_core::{CpuStorage, CustomOp2, CustomOp3, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::super::kernels;
use super::tensor::{slice, with_slice};

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
                    // Always four blocks, so that the order of summation does not depend on the threads.
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

/// Layer normalization over the last dimension, with `weight` and `bias` of its length.
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

#[cfg(test)]
mod tests {
    use super::super::gradient_check::{check, wave};
    use super::*;

    #[test]
    fn layer_norm_has_the_gradients_of_all_three_arguments() {
        let (x, weight, bias) = (wave(&[6, 33], 0.61), wave(&[33], 0.3), wave(&[33], 0.2));
        check(&x, |x| layer_norm(x, &weight, &bias, 1e-5).unwrap());
        check(&weight, |weight| layer_norm(&x, weight, &bias, 1e-5).unwrap());
        check(&bias, |bias| layer_norm(&x, &weight, bias, 1e-5).unwrap());
    }

    #[test]
    fn linear_has_the_gradients_of_all_three_arguments() {
        let (x, weight, bias) = (wave(&[7, 9], 0.61), wave(&[5, 9], 0.3), wave(&[5], 0.2));
        check(&x, |x| linear(x, &weight, &bias).unwrap());
        check(&weight, |weight| linear(&x, weight, &bias).unwrap());
        check(&bias, |bias| linear(&x, &weight, bias).unwrap());
    }
}
