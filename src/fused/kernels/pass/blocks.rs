//! How the rows of a pass are cut into blocks and divided among the threads.

use super::super::team::Barrier;
use crate::encoder::Encoder;

/// The rows of the last layer to compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Each window's first token: only those go through the last layer.
    First,
    /// All tokens.
    All,
}

/// The approximate number of rows in a block, chosen so that its activations stay in the L2 cache.
const BLOCK: usize = 48;

/// Below this many rows per thread, all threads share one block.
const SHARED_BELOW: usize = 48;

/// One thread's share of some work.
#[derive(Clone, Copy)]
pub(super) struct Part {
    pub(super) index: usize,
    pub(super) count: usize,
}

impl Part {
    pub(super) const WHOLE: Part = Part { index: 0, count: 1 };

    /// This share of a range.
    pub(super) fn of(self, (from, to): (usize, usize)) -> (usize, usize) {
        let n = to - from;
        (from + n * self.index / self.count, from + n * (self.index + 1) / self.count)
    }
}

/// How rows are cut into tasks.
#[derive(Clone, Copy)]
pub(super) struct Grid {
    pub(super) rows: usize,
    pub(super) blocks: usize,
    /// Whether all threads share a single block.
    pub(super) shared: bool,
}

impl Grid {
    fn new(rows: usize, threads: usize) -> Grid {
        if threads > 1 && rows < SHARED_BELOW * threads {
            return Grid { rows, blocks: 1, shared: true };
        }
        // The same whole number of blocks for each thread, nearly equal in size.
        let blocks = rows.div_ceil(BLOCK * threads) * threads;
        Grid { rows, blocks, shared: false }
    }

    pub(super) fn block(&self, index: usize) -> (usize, usize) {
        (self.rows * index / self.blocks, self.rows * (index + 1) / self.blocks)
    }

    /// The scratch rows needed by all blocks in progress at the same time.
    fn scratch(&self, threads: usize) -> usize {
        if self.shared { self.rows } else { threads * self.block_rows() }
    }

    pub(super) fn block_rows(&self) -> usize {
        self.rows.div_ceil(self.blocks)
    }
}

pub(super) struct Sizes {
    /// The first row of each window.
    pub(super) starts: Vec<usize>,
    pub(super) longest: usize,
    pub(super) all: Grid,
    /// The rows that go through the last layer.
    pub(super) last: Grid,
    pub(super) scratch: usize,
}

impl Sizes {
    pub(super) fn new(encoder: &Encoder, windows: &[&[u32]], wanted: Wanted) -> Sizes {
        let threads = encoder.execution.threads;
        let mut rows = 0;
        let mut starts = Vec::with_capacity(windows.len());
        for window in windows {
            starts.push(rows);
            rows += window.len();
        }
        let all = Grid::new(rows, threads);
        let last = if wanted == Wanted::First { Grid::new(windows.len(), threads) } else { all };
        Sizes {
            starts,
            longest: windows.iter().map(|window| window.len()).max().unwrap_or(0),
            all,
            last,
            scratch: all.scratch(threads).max(last.scratch(threads)),
        }
    }

    /// The id and position of every row.
    pub(super) fn tokens(&self, windows: &[&[u32]]) -> Vec<(u32, u32)> {
        let positions = windows.iter().flat_map(|window| window.iter().copied().zip(0..));
        positions.collect()
    }
}

/// A block of rows in progress.
#[derive(Clone, Copy)]
pub(super) struct Block<'b> {
    /// First row and end.
    pub(super) rows: (usize, usize),
    /// The scratch row of the block's first row.
    pub(super) scratch: usize,
    pub(super) part: Part,
    pub(super) barrier: &'b Barrier,
}

impl Block<'_> {
    /// Waits between two steps for the threads that share the block.
    pub(super) fn sync(&self) {
        if self.part.count > 1 {
            self.barrier.wait();
        }
    }

    /// This thread's first row, number of rows and first scratch row.
    pub(super) fn mine(&self) -> (usize, usize, usize) {
        let (from, to) = self.part.of(self.rows);
        (from, to - from, self.scratch + from - self.rows.0)
    }
}
