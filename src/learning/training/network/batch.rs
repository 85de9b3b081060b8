//! The input of a forward pass: windows padded to one length, and dropout.

use std::sync::Arc;

use candle_core::{Device, Tensor};

use super::ops;
use crate::learning::error::LearningError;

/// The id of the padding token in every vocabulary that is trained here.
const PADDING: u32 = 0;

/// Windows of token ids, padded to the longest.
#[derive(Clone, Debug)]
pub struct Batch {
    pub(super) ids: Tensor,
    pub(super) mask: Arc<Vec<f32>>,
    /// The number of windows.
    pub rows: usize,
    /// The tokens of the longest window.
    pub length: usize,
}

impl Batch {
    /// Pads the windows, special tokens included. There must be at least one, and none may be empty.
    pub fn new(windows: &[&[u32]]) -> Result<Batch, LearningError> {
        let length = windows.iter().map(|w| w.len()).max().unwrap_or(0);
        let mut ids = Vec::with_capacity(windows.len() * length);
        let mut mask = Vec::with_capacity(windows.len() * length);
        for window in windows {
            ids.extend_from_slice(window);
            ids.resize(ids.len() + length - window.len(), PADDING);
            mask.resize(mask.len() + window.len(), 0.0);
            mask.resize(mask.len() + length - window.len(), -1e4);
        }
        let ids = Tensor::from_vec(ids, windows.len() * length, &Device::Cpu)?;
        Ok(Batch { ids, mask: Arc::new(mask), rows: windows.len(), length })
    }
}

/// Dropout's rate and the seed of its next mask.
#[derive(Clone, Copy, Debug)]
pub struct Dropout {
    rate: f32,
    seed: u32,
}

impl Dropout {
    /// For inference.
    pub fn off() -> Dropout {
        Dropout { rate: 0.0, seed: 0 }
    }

    pub fn new(rate: f32, seed: u64) -> Dropout {
        Dropout { rate, seed: (seed ^ (seed >> 32)) as u32 }
    }

    pub(super) fn apply(&mut self, x: &Tensor) -> Result<Tensor, LearningError> {
        self.seed = self.seed.wrapping_mul(0x9E37_79B1).wrapping_add(0x7F4A_7C15);
        Ok(ops::dropout(x, self.seed, self.rate)?)
    }
}
