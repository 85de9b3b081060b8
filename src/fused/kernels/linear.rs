//! A single linear layer, for comparing the kernels with a plain product in tests and for timing them without an encoder.

use super::dispatch::Kernels;
use super::product::{Product, Target, Then};
use super::rows::{Aside, Rounded, Rounding, Unit};
use crate::error::FusedError;
use crate::layout::{Kind, Layout, Line, padded};
use crate::outliers::MOST_OUTLIERS;
use crate::packed::{Channel, Packed};
use crate::precision::Execution;
use crate::weights::Affine;

/// Rows computed together, as in a pass.
const BLOCK: usize = 48;

/// A packed linear layer, with buffers for a block of rows.
pub struct Linear {
    kernels: &'static Kernels,
    packed: Packed,
    inputs: usize,
    outputs: usize,
    x: Vec<Line>,
    rounded: Vec<Line>,
    units: Vec<Unit>,
    aside: Vec<f32>,
    y: Vec<Line>,
}

impl Linear {
    /// Packs weights `[outputs, inputs]` and bias `[outputs]`. It always runs on the calling thread; the execution's number of
    /// threads is ignored.
    pub fn new(weights: Affine, inputs: usize, execution: Execution) -> Result<Linear, FusedError> {
        Linear::with_outliers(weights, inputs, &[], execution)
    }

    /// Like [`Linear::new`]; int8 multiplies up to eight of these inputs separately in f32.
    pub fn with_outliers(
        weights: Affine,
        inputs: usize,
        outliers: &[u32],
        execution: Execution,
    ) -> Result<Linear, FusedError> {
        let kernels = Kernels::of(execution)?;
        let outputs = weights.bias.len();
        let unknown = outliers.iter().any(|input| *input as usize >= inputs);
        if inputs == 0 || outputs == 0 || weights.weight.len() != inputs * outputs || unknown {
            let (found, expected) = (weights.weight.len(), inputs * outputs);
            return Err(FusedError::Size { what: "linear layer", found, expected });
        }
        let channel = |output: usize| {
            (output < outputs).then(|| Channel {
                weights: &weights.weight[output * inputs..][..inputs],
                bias: weights.bias[output],
                factor: 1.0,
                spread: None,
            })
        };
        let layout = Layout::linear(execution);
        let packed = Packed::new(layout, padded(inputs), padded(outputs), outliers, channel)
            .map_err(|source| FusedError::Weights { what: "linear layer", source })?;
        let lines = |width: usize| vec![Line([0; 16]); BLOCK * width / 16];
        Ok(Linear {
            kernels,
            packed,
            inputs,
            outputs,
            x: lines(padded(inputs)),
            rounded: lines(padded(inputs)),
            units: vec![Unit { scale: 0.0, zero: 0.0 }; BLOCK],
            aside: vec![0.0; BLOCK * MOST_OUTLIERS],
            y: lines(padded(outputs)),
        })
    }

    /// Computes `y` `[rows, outputs]` from `x` `[rows, inputs]`.
    ///
    /// # Panics
    /// If `x` and `y` do not have the same number of whole rows.
    pub fn apply(&mut self, x: &[f32], y: &mut [f32]) {
        let rows = x.len() / self.inputs;
        assert_eq!((rows * self.inputs, rows * self.outputs), (x.len(), y.len()), "whole rows");
        let blocks = x.chunks(BLOCK * self.inputs).zip(y.chunks_mut(BLOCK * self.outputs));
        for (x, y) in blocks {
            self.block(x, y);
        }
    }

    fn block(&mut self, x: &[f32], y: &mut [f32]) {
        let rows = x.len() / self.inputs;
        let (wide, stride) = (padded(self.inputs), padded(self.outputs));
        let (own_x, own_y) = (self.x.as_mut_ptr().cast::<f32>(), self.y.as_mut_ptr().cast::<f32>());
        let words = wide / self.packed.layout.inputs_per_step;
        let rounded = self.rounded.as_mut_ptr().cast::<u32>();
        let to = match self.packed.layout.kind {
            Kind::F32 => Rounded::Not,
            Kind::Bf16 => Rounded::Bf16 { at: rounded, stride: words },
            Kind::Int8 => {
                let aside = Aside::new(&self.packed, self.aside.as_mut_ptr());
                Rounded::Int8 { at: rounded, stride: words, units: self.units.as_mut_ptr(), aside }
            }
        };
        // SAFETY: the buffers hold BLOCK rows of these widths, `rows` is at most BLOCK, and the processor supports the
        // kernels. The padding beyond `inputs` in each row of `own_x` is zero from the start.
        unsafe {
            for (row, x) in x.chunks_exact(self.inputs).enumerate() {
                own_x.add(row * wide).copy_from_nonoverlapping(x.as_ptr(), self.inputs);
            }
            if !matches!(to, Rounded::Not) {
                (self.kernels.round_rows)(&Rounding { rows, x: own_x, width: wide, stride: wide, to });
            }
            (self.kernels.product)(&Product {
                weights: &self.packed,
                rows,
                x: if matches!(to, Rounded::Not) { own_x.cast() } else { rounded },
                stride: if matches!(to, Rounded::Not) { wide } else { words },
                units: self.units.as_ptr(),
                aside: self.aside.as_ptr(),
                panels: (0, self.packed.outputs / self.packed.layout.panel),
                then: Then::Keep,
                target: Target::F32 { at: own_y, stride },
            });
            for (row, y) in y.chunks_exact_mut(self.outputs).enumerate() {
                y.as_mut_ptr().copy_from_nonoverlapping(own_y.add(row * stride), self.outputs);
            }
        }
    }
}
