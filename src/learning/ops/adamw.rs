//! The step that changes a parameter in place by its gradient. It has no gradient of its own.

use std::sync::Mutex;

use candle_core::{CpuStorage, InplaceOp2, Layout, Result};
use rayon::prelude::*;

use super::{CHUNK, slice};
use crate::learning::kernels;

/// The running means that AdamW keeps of a parameter's gradient and of its square.
#[derive(Debug, Default)]
pub(in crate::learning) struct Moments {
    pub(in crate::learning) first: Vec<f32>,
    pub(in crate::learning) second: Vec<f32>,
}

/// One AdamW step, in place: the parameter first, its gradient second.
pub(in crate::learning) struct AdamW<'a> {
    pub(in crate::learning) moments: Mutex<&'a mut Moments>,
    pub(in crate::learning) step: kernels::Step,
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
