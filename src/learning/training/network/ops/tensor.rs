//! The numbers behind a tensor.

use candle_core::{CpuStorage, Layout, Result, Storage, Tensor};

/// The number of elements that a thread processes at once in elementwise loops.
pub const CHUNK: usize = 1 << 14;

/// The values of a contiguous f32 tensor.
pub fn slice<'a>(storage: &'a CpuStorage, layout: &Layout) -> Result<&'a [f32]> {
    match layout.contiguous_offsets() {
        Some((start, end)) => Ok(&storage.as_slice::<f32>()?[start..end]),
        None => candle_core::bail!("training needs contiguous tensors"),
    }
}

/// Calls `read` with a tensor's values in row-major order.
pub fn with_slice<R>(tensor: &Tensor, read: impl FnOnce(&[f32]) -> R) -> Result<R> {
    let tensor = tensor.contiguous()?;
    let (storage, layout) = tensor.storage_and_layout();
    match &*storage {
        Storage::Cpu(cpu) => Ok(read(slice(cpu, layout)?)),
        _ => candle_core::bail!("training runs on the CPU only"),
    }
}
