//! What a pass takes beside the parameters: windows padded to one length, and dropout's noise.

use std::sync::Arc;

use candle_core::{Device, Tensor};

use crate::learning::{LearningError, ops};

/// Windows of token ids, padded to the longest.
#[derive(Clone, Debug)]
pub struct Batch {
    pub(super) ids: Tensor,
    pub(super) mask: Arc<Vec<f32>>,
    /// Windows.
    pub rows: usize,
    /// Tokens of the longest window.
    pub length: usize,
}

impl Batch {
    /// Pads the windows (special tokens included) to the longest. There must be one at least, and none empty.
    pub fn new(windows: &[&[u32]], padding: u32) -> Result<Batch, LearningError> {
        let length = windows.iter().map(|w| w.len()).max().unwrap_or(0);
        let mut ids = Vec::with_capacity(windows.len() * length);
        let mut mask = Vec::with_capacity(windows.len() * length);
        for window in windows {
            ids.extend_from_slice(window);
            ids.resize(ids.len() + length - window.len(), padding);
            mask.resize(mask.len() + window.len(), 0.0);
            mask.resize(mask.len() + length - window.len(), -1e4);
        }
        let ids = Tensor::from_vec(ids, windows.len() * length, &Device::Cpu)?;
        Ok(Batch { ids, mask: Arc::new(mask), rows: windows.len(), length })
    }
}

/// Dropout's rate and the seeds of its masks; each use takes the next seed.
#[derive(Clone, Copy, Debug)]
pub struct Noise {
    rate: f32,
    seed: u32,
}

impl Noise {
    /// No dropout: for reading, not for learning.
    pub fn none() -> Noise {
        Noise { rate: 0.0, seed: 0 }
    }

    /// Dropout at this rate, with masks that depend on `seed` alone.
    pub fn new(rate: f32, seed: u64) -> Noise {
        Noise { rate, seed: (seed ^ (seed >> 32)) as u32 }
    }

    pub(super) fn apply(&mut self, x: &Tensor) -> Result<Tensor, LearningError> {
        self.seed = self.seed.wrapping_mul(0x9E37_79B1).wrapping_add(0x7F4A_7C15);
        Ok(ops::dropout(x, self.seed, self.rate)?)
    }
}
