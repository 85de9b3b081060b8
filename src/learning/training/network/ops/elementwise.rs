//! Operations without weights: GELU, softmax, dropout.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::super::kernels;
use super::tensor::{CHUNK, slice, with_slice};

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

/// The exact GELU of each element.
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
/// `x` is (batch, heads, queries, length); `mask` has batch * length values: 0, or a large negative one for padding.
pub fn masked_softmax(x: &Tensor, mask: Arc<Vec<f32>>, scale: f32) -> Result<Tensor> {
    let (batch, _, _, length) = x.dims4()?;
    if mask.len() != batch * length {
        candle_core::bail!("a mask of {} values for {batch} rows of {length}", mask.len());
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

/// Sets each element to zero with probability `rate`, as `seed` decides, and scales the others up.
pub fn dropout(x: &Tensor, seed: u32, rate: f32) -> Result<Tensor> {
    if rate <= 0.0 { Ok(x.clone()) } else { x.contiguous()?.apply_op1(Dropout { seed, rate }) }
}

#[cfg(test)]
mod tests {
    use super::super::gradient_check::{check, wave};
    use super::*;

    #[test]
    fn gelu_has_the_exact_value_and_gradient() {
        let x = wave(&[3, 40], 0.9);
        let ours: Vec<f32> = gelu(&x).unwrap().flatten_all().unwrap().to_vec1().unwrap();
        let exact: Vec<f32> = x.gelu_erf().unwrap().flatten_all().unwrap().to_vec1().unwrap();
        assert!(ours.iter().zip(&exact).all(|(a, b)| (a - b).abs() < 2e-6));
        check(&x, |x| gelu(x).unwrap());
    }

    #[test]
    fn softmax_ignores_masked_elements_and_has_its_gradient() {
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
