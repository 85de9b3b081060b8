//! One forward pass over sequences packed one after another.
//!
//! A pass is a row of phases with a barrier after each: embeddings and the first layer's query, key and value; then for each
//! layer attention (a task is some queries of a head of a sequence), and everything from attention's output to the next
//! layer's query, key and value (a task is a block of rows, whatever sequences they belong to). If there are too few rows for
//! blocks, all threads share one: they split the columns of each product and meet after every step.
//!
//! A row's values never depend on its neighbours, on the block it lies in or on the number of threads: each sum runs over the
//! inputs in one order. So a batch's result equals the single result bit for bit.

mod blocks;
mod buffers;
mod checks;
mod phases;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use self::blocks::{Block, Grid, Part, Sizes};
use self::buffers::{Buffers, Room};
use super::super::network::{FusedError, Network};
use super::super::packed::{Layout, padded};
use super::super::precision::{Execution, Precision};
use super::Kernels;
use super::team::{Barrier, Team};

/// Which rows of the last layer are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Wanted {
    /// Each window's first token: only those go through the last layer.
    First,
    /// All tokens.
    All,
}

/// The kernels, threads and buffers of a network.
pub(in super::super) struct Pass {
    execution: Execution,
    attention: Layout,
    kernels: &'static Kernels,
    team: Arc<Team>,
    /// Buffers that no pass uses now; one for each caller that came at the same time.
    rooms: Mutex<Vec<Room>>,
}

impl Pass {
    pub(in super::super) fn new(execution: Execution) -> Result<Pass, FusedError> {
        let kernels = Kernels::of(execution)?;
        if execution.threads == 0 {
            return Err(FusedError::NoThread);
        }
        let attention = Layout::attention(execution);
        let team = Team::of(execution.threads).map_err(FusedError::Threads)?;
        Ok(Pass { execution, attention, kernels, team, rooms: Mutex::new(Vec::new()) })
    }

    /// Runs the windows through the network and appends the rows wanted to `out`.
    ///
    /// # Panics
    /// If the network was packed for another execution or its parts do not fit each other, if there is no window, and if one
    /// is empty, longer than the position table or holds an id beyond the word table.
    pub(in super::super) fn run(
        &self,
        network: &Network,
        windows: &[&[u32]],
        wanted: Wanted,
        out: &mut Vec<f32>,
    ) {
        assert_eq!(network.execution, self.execution, "a network for another pass");
        checks::check(network, windows);
        let kept = self.rooms.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut room = kept.unwrap_or_default();
        let sizes = Sizes::new(network, windows, wanted);
        let buffers = room.arrange(network, self.attention, &sizes);
        let steps = network.shape.order.len();
        let run = Run {
            network,
            attention: self.attention,
            kernels: self.kernels,
            windows,
            wanted,
            buffers,
            watching: network.execution.precision == Precision::F32 && network.watch.begin(sizes.all.rows),
            tokens: sizes.tokens(windows),
            starts: &sizes.starts,
            all: sizes.all,
            last: sizes.last,
            counters: (0..3 * steps + 1).map(|_| AtomicUsize::new(0)).collect(),
        };
        // SAFETY: the weights are what `check` saw, in the layouts of these kernels, and `arrange` made every buffer large
        // enough for them and these windows. The team has as many threads as the work is cut for; the tasks of a phase write
        // to different rows or columns, and phases are divided by the barrier. Ids are looked up in slices.
        self.team.run(|index, barrier| unsafe {
            run.work(Part { index, count: self.execution.threads }, barrier)
        });
        let (rows, x) = match wanted {
            Wanted::First => (windows.len(), run.buffers.last_x),
            Wanted::All => (sizes.all.rows, run.buffers.x),
        };
        let (hidden, stride) = (network.shape.hidden, padded(network.shape.hidden));
        for row in 0..rows {
            // SAFETY: the rows lie in the room, and no other thread writes to it any more.
            out.extend_from_slice(unsafe { std::slice::from_raw_parts(x.add(row * stride), hidden) });
        }
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner).push(room);
    }
}

/// One pass under way.
struct Run<'a> {
    network: &'a Network,
    attention: Layout,
    kernels: &'static Kernels,
    windows: &'a [&'a [u32]],
    wanted: Wanted,
    buffers: Buffers,
    /// Whether the products note how large their inputs are.
    watching: bool,
    tokens: Vec<(u32, u32)>,
    starts: &'a [usize],
    all: Grid,
    last: Grid,
    /// Which task of a phase is next.
    counters: Vec<AtomicUsize>,
}

// SAFETY: the buffers behind the pointers are this pass's alone, and its tasks write to different parts of them.
unsafe impl Sync for Run<'_> {}

/// The rows that a layer works on: all, or the first tokens alone.
#[derive(Clone, Copy)]
struct Stream {
    grid: Grid,
    x: *mut f32,
    context: *mut f32,
}

impl Run<'_> {
    unsafe fn work(&self, me: Part, barrier: &Barrier) {
        let b = &self.buffers;
        let order = &self.network.shape.order;
        let last = order.len() - 1;
        let all = Stream { grid: self.all, x: b.x, context: b.context };
        self.clear_padding(me);
        self.each_block(&self.all, 0, me, barrier, |block| {
            self.embed(block);
            block.sync();
            self.project(0, block);
        });
        barrier.wait();
        for (step, &layer) in order.iter().enumerate() {
            let layer = &self.network.layers[layer];
            let counter = 1 + 3 * step;
            let alone = self.wanted == Wanted::First && step == last;
            if alone {
                self.each_block(&self.last, counter, me, barrier, |block| self.pick_first(layer, block));
                barrier.wait();
            }
            self.attend(counter + 1, me, alone);
            barrier.wait();
            let stream =
                if alone { Stream { grid: self.last, x: b.last_x, context: b.last_context } } else { all };
            self.each_block(&stream.grid, counter + 2, me, barrier, |block| {
                let next = order.get(step + 1).map(|next| &self.network.layers[*next].qkv);
                self.finish_layer(layer, stream, block, next);
                if step < last {
                    block.sync();
                    self.project(step + 1, block);
                }
            });
            barrier.wait();
        }
    }

    /// Runs `task` on every block, or this thread's part of the shared one.
    unsafe fn each_block(
        &self,
        grid: &Grid,
        counter: usize,
        me: Part,
        barrier: &Barrier,
        task: impl Fn(Block),
    ) {
        if grid.shared {
            return task(Block { rows: (0, grid.rows), scratch: 0, part: me, barrier });
        }
        let scratch = me.index * grid.block_rows();
        loop {
            let index = self.counters[counter].fetch_add(1, Ordering::Relaxed);
            if index >= grid.blocks {
                return;
            }
            let rows = grid.block(index);
            if rows.0 < rows.1 {
                task(Block { rows, scratch, part: Part::WHOLE, barrier });
            }
        }
    }

    /// Attention writes whole heads only; the products read the padding beside the last one too.
    unsafe fn clear_padding(&self, me: Part) {
        let b = &self.buffers;
        let used = self.network.shape.heads * self.network.head_width;
        for (context, rows) in [(b.context, self.all.rows), (b.last_context, self.last.rows)] {
            let (from, to) = me.of((0, rows));
            for row in from..to {
                std::ptr::write_bytes(context.add(row * b.heads + used), 0, b.heads - used);
            }
        }
    }
}
