//! A linear layer's weights in the order in which the kernels read them: panels of a few output channels, and inside a panel
//! step by step along the inputs, so that a tile's inner loop reads memory sequentially.

use super::error::NotFinite;
use super::layout::{Kind, Layout, Line};
use super::outliers::{Largest, MOST_OUTLIERS};

/// One output channel, as stored in the checkpoint.
pub(super) struct Channel<'a> {
    /// A weight for each input.
    pub(super) weights: &'a [f32],
    pub(super) bias: f32,
    /// Multiplies weights and bias.
    pub(super) factor: f32,
    /// `(n, m)`: each group of `n` inputs is moved to the start of a group of `m`; the gaps get zero weights.
    pub(super) spread: Option<(usize, usize)>,
}

/// A linear layer, packed.
pub(super) struct Packed {
    pub(super) layout: Layout,
    /// Output channels, padded.
    pub(super) outputs: usize,
    /// 32-bit steps of a row of activations.
    pub(super) steps: usize,
    /// `[outputs / panel][steps][panel][weight_bytes]`.
    pub(super) panels: Vec<Line>,
    /// int8: the value of one integer step of each channel's weights.
    pub(super) scale: Vec<f32>,
    /// int8 with 8-bit activations: the sum of each channel's integer weights, to correct for zero points; else zeros.
    pub(super) sums: Vec<f32>,
    pub(super) bias: Vec<f32>,
    /// int8: inputs that are multiplied in f32, at most [`MOST_OUTLIERS`]; `panels` holds zeros for them.
    pub(super) outliers: Vec<u32>,
    /// The outliers' f32 weights: `[outputs / panel][outliers][panel]`.
    pub(super) outlier_panels: Vec<Line>,
    /// f32: the largest magnitude of each input so far.
    pub(super) largest: Largest,
}

impl Packed {
    /// Packs `inputs` by `outputs` weights (both padded). `channel` returns an output channel, or `None` for padding.
    /// int8 keeps the first [`MOST_OUTLIERS`] of `outliers` (padded input indices) in f32; other formats ignore them.
    pub(super) fn new<'a>(
        layout: Layout,
        inputs: usize,
        outputs: usize,
        outliers: &[u32],
        channel: impl Fn(usize) -> Option<Channel<'a>>,
    ) -> Result<Packed, NotFinite> {
        let outliers = match layout.kind {
            Kind::Int8 => &outliers[..outliers.len().min(MOST_OUTLIERS)],
            Kind::F32 | Kind::Bf16 => &[],
        };
        let steps = inputs / layout.inputs_per_step;
        let row_bytes = steps * layout.weight_bytes;
        let mut packed = Packed {
            layout,
            outputs,
            steps,
            panels: Vec::with_capacity(row_bytes * outputs / size_of::<Line>()),
            sums: vec![0.0; outputs],
            scale: vec![0.0; outputs],
            bias: vec![0.0; outputs],
            outliers: outliers.to_vec(),
            outlier_panels: Vec::with_capacity(outliers.len() * outputs / 16),
            largest: Largest::new(if layout.kind == Kind::F32 { inputs } else { 0 }),
        };
        let mut row = vec![0.0; inputs];
        let mut exact = vec![0.0; outliers.len() * layout.panel];
        let mut rows = vec![0u8; row_bytes * layout.panel];
        let mut panel = vec![0u8; row_bytes * layout.panel];
        for first in (0..outputs).step_by(layout.panel) {
            for (index, encoded) in rows.chunks_exact_mut(row_bytes).enumerate() {
                let column = first + index;
                let exact = exact.iter_mut().skip(index).step_by(layout.panel);
                let Some(channel) = channel(column) else {
                    encoded.fill(0);
                    exact.for_each(|weight| *weight = 0.0);
                    continue;
                };
                lay_out(&channel, &mut row);
                for (weight, input) in exact.zip(outliers) {
                    *weight = std::mem::take(&mut row[*input as usize]) * channel.factor;
                    if !weight.is_finite() {
                        return Err(NotFinite);
                    }
                }
                packed.bias[column] = channel.bias * channel.factor;
                if !packed.bias[column].is_finite() {
                    return Err(NotFinite);
                }
                packed.encode(column, &row, channel.factor, encoded)?;
            }
            interleave(&rows, row_bytes, layout.weight_bytes, &mut panel);
            packed.panels.extend(panel.chunks_exact(64).map(line));
            packed.outlier_panels.extend(exact.as_chunks().0.iter().map(|some| Line(some.map(f32::to_bits))));
        }
        Ok(packed)
    }

    /// Whether these are complete weights of `inputs` by `outputs` (both padded) in this layout.
    pub(super) fn fits(&self, layout: Layout, inputs: usize, outputs: usize) -> bool {
        let bytes = self.steps * layout.weight_bytes * outputs;
        (self.layout, self.steps * layout.inputs_per_step, self.outputs) == (layout, inputs, outputs)
            && outputs.is_multiple_of(layout.panel)
            && self.panels.len() * size_of::<Line>() == bytes
            && self.outliers.len() <= MOST_OUTLIERS
            && self.outliers.iter().all(|input| (*input as usize) < inputs)
            && self.outlier_panels.len() * 16 == self.outliers.len() * outputs
            && [self.scale.len(), self.sums.len(), self.bias.len()] == [outputs; 3]
    }

    /// Converts one channel's weights to the layout's number format, still in input order.
    fn encode(
        &mut self,
        column: usize,
        row: &[f32],
        factor: f32,
        encoded: &mut [u8],
    ) -> Result<(), NotFinite> {
        let mut largest = 0u32;
        for weight in row {
            largest = largest.max(weight.abs().to_bits());
        }
        let largest = f32::from_bits(largest);
        if !(largest * factor).is_finite() {
            return Err(NotFinite);
        }
        match self.layout.kind {
            Kind::F32 => {
                for (bytes, weight) in encoded.chunks_exact_mut(4).zip(row) {
                    bytes.copy_from_slice(&(weight * factor).to_ne_bytes());
                }
            }
            Kind::Bf16 => {
                for (bytes, weight) in encoded.chunks_exact_mut(2).zip(row) {
                    bytes.copy_from_slice(&half::bf16::from_f32(weight * factor).to_ne_bytes());
                }
            }
            Kind::Int8 => {
                self.scale[column] = largest / 127.0 * factor;
                let inverse = if largest > 0.0 { 127.0 / largest } else { 0.0 };
                let mut sum = 0i32;
                for (byte, weight) in encoded.iter_mut().zip(row) {
                    // Adding and subtracting 1.5·2^23 rounds to the nearest integer, ties to even.
                    let whole = ((weight * inverse + 12_582_912.0) - 12_582_912.0) as i32;
                    let whole = whole.clamp(-127, 127);
                    sum += whole;
                    *byte = whole as i8 as u8;
                }
                if self.layout.inputs_per_step == 4 {
                    // Each weight is at most 127, so f32 holds the sum exactly for over 100,000 inputs.
                    self.sums[column] = sum as f32;
                }
            }
        }
        Ok(())
    }
}

/// Copies a channel's weights to their padded positions.
fn lay_out(channel: &Channel, row: &mut [f32]) {
    row.fill(0.0);
    match channel.spread {
        None => row[..channel.weights.len()].copy_from_slice(channel.weights),
        Some((from, to)) => {
            for (source, target) in channel.weights.chunks_exact(from).zip(row.chunks_exact_mut(to)) {
                target[..from].copy_from_slice(source);
            }
        }
    }
}

/// `[channel][step]` to `[step][channel]`, `bytes` bytes each.
fn interleave(rows: &[u8], row_bytes: usize, bytes: usize, panel: &mut [u8]) {
    let channels = rows.len() / row_bytes;
    for (channel, row) in rows.chunks_exact(row_bytes).enumerate() {
        let targets = panel[channel * bytes..].chunks_mut(channels * bytes);
        if bytes == 4 {
            // A constant size lets the compiler emit a plain move.
            for (target, source) in targets.zip(row.as_chunks::<4>().0) {
                target[..4].copy_from_slice(source);
            }
        } else {
            for (target, source) in targets.zip(row.as_chunks::<2>().0) {
                target[..2].copy_from_slice(source);
            }
        }
    }
}

fn line(bytes: &[u8]) -> Line {
    let mut line = Line([0; 16]);
    for (word, bytes) in line.0.iter_mut().zip(bytes.as_chunks::<4>().0) {
        *word = u32::from_ne_bytes(*bytes);
    }
    line
}
