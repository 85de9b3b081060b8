//! The reference encoder: BERT or ALBERT on candle's plain operations in f32. Tests and the self-check compare faster
//! encoders with it.

use std::collections::BTreeMap;

use candle_core::{Device, Result, Tensor};
use candle_nn::VarBuilder;

use super::albert::Albert;
use super::bert::Bert;
use super::config::{Architecture, ModelConfig};

/// Token ids to hidden states.
pub(super) enum Reference {
    Bert(Bert),
    Albert(Albert),
}

impl Reference {
    /// Takes the weights from `vb`, whose names have no prefix.
    pub(super) fn new(config: &ModelConfig, vb: VarBuilder) -> Result<Reference> {
        Ok(match config.architecture {
            Architecture::Bert => Reference::Bert(Bert::new(config, vb)?),
            Architecture::Albert => Reference::Albert(Albert::new(config, vb)?),
        })
    }

    /// The last layer's state of each window's first token, f32 `[windows, hidden]`.
    pub(super) fn first_states(&self, windows: &[&[u32]]) -> Result<Tensor> {
        by_length(windows, |ids| self.hidden_states(ids)?.narrow(1, 0, 1)?.squeeze(1))
    }

    /// The mean of the last layer's states over each window's tokens, special tokens included, f32 `[windows, hidden]`.
    #[cfg(feature = "training")]
    pub(super) fn mean_states(&self, windows: &[&[u32]]) -> Result<Tensor> {
        by_length(windows, |ids| self.hidden_states(ids)?.mean(1))
    }

    fn hidden_states(&self, ids: &Tensor) -> Result<Tensor> {
        match self {
            Reference::Bert(bert) => bert.hidden_states(ids),
            Reference::Albert(albert) => albert.hidden_states(ids),
        }
    }
}

/// The most tokens in one pass, which bounds the memory of a batch.
const TOKENS_TOGETHER: usize = 4096;

/// Runs `pass` (`[windows, tokens]` to `[windows, width]`) on groups of windows of equal length, so that no window is
/// padded. Returns the rows in the order of `windows`.
fn by_length(windows: &[&[u32]], pass: impl Fn(&Tensor) -> Result<Tensor>) -> Result<Tensor> {
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, window) in windows.iter().enumerate() {
        groups.entry(window.len()).or_default().push(index);
    }
    let mut rows: Vec<(usize, Tensor)> = Vec::with_capacity(windows.len());
    for (length, members) in groups {
        for together in members.chunks((TOKENS_TOGETHER / length.max(1)).max(1)) {
            let ids: Vec<u32> = together.iter().flat_map(|&index| windows[index].iter().copied()).collect();
            let ids = Tensor::from_vec(ids, (together.len(), length), &Device::Cpu)?;
            let states = pass(&ids)?;
            for (row, &index) in together.iter().enumerate() {
                rows.push((index, states.narrow(0, row, 1)?));
            }
        }
    }
    rows.sort_by_key(|(index, _)| *index);
    let rows: Vec<Tensor> = rows.into_iter().map(|(_, row)| row).collect();
    Tensor::cat(&rows, 0)
}
