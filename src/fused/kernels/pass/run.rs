//! The state of one pass, shared by all of its threads.

use std::sync::atomic::AtomicUsize;

use super::super::dispatch::Kernels;
use super::blocks::{Grid, Wanted};
use super::buffers::Buffers;
use crate::encoder::Encoder;
use crate::layout::Layout;

/// A pass in progress.
pub(super) struct Run<'a> {
    pub(super) encoder: &'a Encoder,
    pub(super) attention: Layout,
    pub(super) kernels: &'static Kernels,
    pub(super) windows: &'a [&'a [u32]],
    pub(super) wanted: Wanted,
    pub(super) buffers: Buffers,
    /// Whether the products record the magnitudes of their inputs.
    pub(super) watching: bool,
    /// The id and position of every row.
    pub(super) tokens: Vec<(u32, u32)>,
    /// The first row of each window.
    pub(super) starts: &'a [usize],
    /// How all rows are cut into blocks.
    pub(super) all: Grid,
    /// The same for the rows that go through the last layer.
    pub(super) last: Grid,
    /// The index of each phase's next task.
    pub(super) counters: Vec<AtomicUsize>,
}

// SAFETY: only this pass uses the buffers behind the pointers, and its tasks write to different parts of them.
unsafe impl Sync for Run<'_> {}

/// The rows that a layer works on: all rows, or only the first tokens.
#[derive(Clone, Copy)]
pub(super) struct Stream {
    pub(super) grid: Grid,
    pub(super) x: *mut f32,
    pub(super) context: *mut f32,
}
