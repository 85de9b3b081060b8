//! How numbers lie in memory: padding, cache lines, and the layout of each kind of product.

use super::precision::{Execution, Instructions, Precision};

/// Sizes are padded to multiples of this with zero weights, so that no kernel has to handle a partial vector of columns.
pub(super) const ALIGNMENT: usize = 64;

/// The next multiple of [`ALIGNMENT`].
pub(super) fn padded(size: usize) -> usize {
    size.next_multiple_of(ALIGNMENT)
}

/// A cache line. Buffers are made of these so that they are aligned.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(super) struct Line(pub(super) [u32; 16]);

/// The number format of a product. A step is 32 bits of a row of activations: one f32, two bf16, or four 8-bit integers
/// (two 16-bit integers where [`Layout::inputs_per_step`] is 2).
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

    /// Attention's layout.
    pub(super) fn attention(execution: Execution) -> Layout {
        let halves = execution.attention == Precision::Bf16;
        Layout::new(if halves { Kind::Bf16 } else { Kind::F32 }, execution.instructions)
    }
}
