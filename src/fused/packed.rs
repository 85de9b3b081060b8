//! A linear layer's weights in the order in which the kernels read them: panels of a few output channels, and inside a panel
//! step by step along the inputs, so that a tile's inner loop reads straight on.

use super::outliers::{Largest, MOST_OUTLIERS};
use super::precision::{Execution, Instructions, Precision};

/// Sizes are padded to multiples of this, with zero weights: then no kernel has a tail along the columns.
pub(super) const ALIGNMENT: usize = 64;

/// The next multiple of [`ALIGNMENT`].
pub(super) fn padded(size: usize) -> usize {
    size.next_multiple_of(ALIGNMENT)
}

/// A cache line: what buffers consist of, so that they are aligned.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(super) struct Line(pub(super) [u32; 16]);

/// Which multiply-add a product uses. A step is 32 bits of a row of activations: one f32, two bf16, or four 8-bit integers
/// (two 16-bit ones where [`Layout::inputs_per_step`] says 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    F32,
    Bf16,
    Int8,
}

/// How weights and activations lie in memory for one kind of product on one instruction set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) kind: Kind,
    /// Output channels of a panel.
    pub(super) panel: usize,
    /// Inputs that one 32-bit step holds.
    pub(super) inputs_per_step: usize,
    /// Bytes of a channel's weights for one step.
    pub(super) weight_bytes: usize,
}

impl Layout {
    /// The layout of `kind` on `instructions`.
    pub(super) fn new(kind: Kind, instructions: Instructions) -> Layout {
        let panel = if instructions == Instructions::Avx512 { 32 } else { 16 };
        let (inputs_per_step, weight_bytes) = match (kind, instructions) {
            (Kind::F32, _) => (1, 4),
            (Kind::Bf16, _) => (2, 4),
            (Kind::Int8, Instructions::Avx512) => (4, 4),
            (Kind::Int8, _) => (2, 2),
        };
        Layout { kind, panel, inputs_per_step, weight_bytes }
    }

    /// The linear layers' layout.
    pub(super) fn linear(execution: Execution) -> Layout {
        let kind = match execution.precision {
            Precision::F32 => Kind::F32,
            Precision::Bf16 => Kind::Bf16,
            Precision::Int8 => Kind::Int8,
        };
        Layout::new(kind, execution.instructions)
    }

    /// Attention's layout: bf16 under bf16 and int8 where the processor multiplies it, else f32.
    pub(super) fn attention(execution: Execution) -> Layout {
        let halves = execution.precision != Precision::F32 && execution.instructions.multiplies_bf16();
        Layout::new(if halves { Kind::Bf16 } else { Kind::F32 }, execution.instructions)
    }
}

/// One output channel as the checkpoint has it.
pub(super) struct Channel<'a> {
    /// A weight for each input.
    pub(super) weights: &'a [f32],
    pub(super) bias: f32,
    /// What weights and bias are multiplied with.
    pub(super) factor: f32,
    /// `(n, m)`: every `n` inputs in a row are moved to the start of the next `m`; the gaps weigh nothing.
    pub(super) spread: Option<(usize, usize)>,
}

/// A weight or bias that is infinite or not a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a weight is infinite or not a number")]
pub struct NotFinite;

/// A linear layer, packed.
pub(super) struct Packed {
    pub(super) layout: Layout,
    /// Output channels, padded.
    pub(super) outputs: usize,
    /// 32-bit steps of a row of activations.
    pub(super) steps: usize,
    /// `[outputs / panel][steps][panel][weight_bytes]`.
    pub(super) panels: Vec<Line>,
    /// int8: what one unit of a channel's weights is worth.
    pub(super) scale: Vec<f32>,
    /// int8 with bytes for activations: the sum of each channel's weights, for the zero points; else zeros.
    pub(super) sums: Vec<f32>,
    pub(super) bias: Vec<f32>,
    /// int8: inputs that are taken as they are, at most [`MOST_OUTLIERS`]; `panels` holds zeros for them.
    pub(super) outliers: Vec<u32>,
    /// Their weights: `[outputs / panel][outliers][panel]`.
    pub(super) outlier_panels: Vec<Line>,
    /// f32: how large each input was so far.
    pub(super) largest: Largest,
}

impl Packed {
    /// Packs `inputs` by `outputs` weights (both padded); `channel` gives an output channel, or nothing where it is padding.
    /// Of the `outliers` (inputs at their padded places) int8 takes the first [`MOST_OUTLIERS`], the others none.
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

    /// Whether these are `inputs` by `outputs` weights (both padded) in this layout, and whole.
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

    /// One channel's weights as the kernels take them, still in a row.
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
                    // Adding 1.5·2^23 rounds to a whole number, ties to even.
                    let whole = ((weight * inverse + 12_582_912.0) - 12_582_912.0) as i32;
                    let whole = whole.clamp(-127, 127);
                    sum += whole;
                    *byte = whole as i8 as u8;
                }
                if self.layout.inputs_per_step == 4 {
                    // At most 127 a weight: exact for more than 100,000 inputs.
                    self.sums[column] = sum as f32;
                }
            }
        }
        Ok(())
    }
}

/// A channel's weights at their padded places.
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
            // A size that the compiler knows makes this a plain move.
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
