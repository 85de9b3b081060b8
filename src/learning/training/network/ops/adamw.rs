//! AdamW's update of a parameter in place.

use std::sync::Mutex;

use candle_core::{CpuStorage, InplaceOp2, Layout, Result};
use rayon::prelude::*;

use super::super::kernels;
use super::tensor::{CHUNK, slice};

/// AdamW's running means of a parameter's gradient and of its square.
#[derive(Debug, Default)]
pub struct Moments {
    pub first: Vec<f32>,
    pub second: Vec<f32>,
}

/// One AdamW step, in place: the parameter first, its gradient second.
pub struct AdamW<'a> {
    pub moments: Mutex<&'a mut Moments>,
    pub step: kernels::Step,
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
            candle_core::bail!("a parameter is not contiguous");
        };
        let CpuStorage::F32(value) = value else { candle_core::bail!("a parameter is not f32") };
        let (value, grad) = (&mut value[start..end], slice(grad, grad_layout)?);
        // If the lock is poisoned, a step panicked half way and the moments are inconsistent.
        let Ok(mut moments) = self.moments.lock() else { candle_core::bail!("a training step panicked") };
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
