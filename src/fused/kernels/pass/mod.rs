//! One forward pass over sequences that are packed one after another, without padding.
//!
//! A pass is a series of phases with a barrier after each:
//! - embeddings and the first layer's query, key and value;
//! - then for each layer attention (a task is some queries of one head of one sequence),
//! - and everything from attention's output to the next layer's query, key and value (a task is a block of rows, which may
//!   belong to several sequences).
//!
//! If there are too few rows for a block per thread, all threads share one block: they split the columns of each product and
//! wait for each other after every step.
//!
//! A row's values never depend on its neighbors, on its block or on the number of threads, because each sum runs over the
//! inputs in a fixed order. So the result of a batch equals the result of a single window bit for bit.

mod blocks;
mod buffers;
mod checks;
mod phases;
mod run;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

pub(crate) use self::blocks::Wanted;

use self::blocks::{Block, Grid, Part, Sizes};
use self::buffers::Room;
use self::run::{Run, Stream};
use super::dispatch::Kernels;
use super::team::{Barrier, Team};
use crate::encoder::Encoder;
use crate::error::FusedError;
use crate::layout::{Layout, padded};
use crate::precision::{Execution, Precision};

/// The kernels, threads and buffers that run an encoder.
pub(crate) struct Pass {
    execution: Execution,
    attention: Layout,
    kernels: &'static Kernels,
    team: Arc<Team>,
    /// Buffers that no pass is using; there are as many as passes have run at the same time.
    rooms: Mutex<Vec<Room>>,
}

impl Pass {
    pub(crate) fn new(execution: Execution) -> Result<Pass, FusedError> {
        let kernels = Kernels::of(execution)?;
        if execution.threads == 0 {
            return Err(FusedError::NoThread);
        }
        let attention = Layout::attention(execution);
        let team = Team::of(execution.threads).map_err(FusedError::Threads)?;
        Ok(Pass { execution, attention, kernels, team, rooms: Mutex::new(Vec::new()) })
    }

    /// Runs the windows through the encoder and appends the wanted rows to `out`.
    ///
    /// # Panics
    /// If the encoder was packed for another execution or its parts do not fit together; if there is no window; and if a
    /// window is empty, longer than the position table or holds an id beyond the word table.
    pub(crate) fn run(&self, encoder: &Encoder, windows: &[&[u32]], wanted: Wanted, out: &mut Vec<f32>) {
        assert_eq!(encoder.execution, self.execution, "an encoder for another pass");
        checks::check(encoder, windows);
        let kept = self.rooms.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut room = kept.unwrap_or_default();
        let sizes = Sizes::new(encoder, windows, wanted);
        let buffers = room.arrange(encoder, self.attention, &sizes);
        let steps = encoder.shape.order.len();
        let run = Run {
            encoder,
            attention: self.attention,
            kernels: self.kernels,
            windows,
            wanted,
            buffers,
            watching: encoder.execution.precision == Precision::F32 && encoder.watch.begin(sizes.all.rows),
            tokens: sizes.tokens(windows),
            starts: &sizes.starts,
            all: sizes.all,
            last: sizes.last,
            counters: (0..3 * steps + 1).map(|_| AtomicUsize::new(0)).collect(),
        };
        // SAFETY: `check` verified that the weights have the layouts of these kernels, and `arrange` made every buffer large
        // enough for them and these windows. The team has as many threads as the work is split for; the tasks of a phase
        // write to different rows or columns, and a barrier separates the phases. Ids are looked up in slices.
        self.team.run(|index, barrier| unsafe {
            run.work(Part { index, count: self.execution.threads }, barrier)
        });
        let (rows, x) = match wanted {
            Wanted::First => (windows.len(), run.buffers.last_x),
            Wanted::All => (sizes.all.rows, run.buffers.x),
        };
        let (hidden, stride) = (encoder.shape.hidden, padded(encoder.shape.hidden));
        for row in 0..rows {
            // SAFETY: the rows lie in this pass's buffers, and no thread writes to them any more.
            out.extend_from_slice(unsafe { std::slice::from_raw_parts(x.add(row * stride), hidden) });
        }
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner).push(room);
    }
}

impl Run<'_> {
    unsafe fn work(&self, me: Part, barrier: &Barrier) {
        let b = &self.buffers;
        let order = &self.encoder.shape.order;
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
            let layer = &self.encoder.layers[layer];
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
                let next = order.get(step + 1).map(|next| &self.encoder.layers[*next].qkv);
                self.finish_layer(layer, stream, block, next);
                if step < last {
                    block.sync();
                    self.project(step + 1, block);
                }
            });
            barrier.wait();
        }
    }

    /// Runs `task` on the blocks that this thread takes, or on its part of the shared block.
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

    /// Clears the padding after the last head, which attention does not write but the products read.
    unsafe fn clear_padding(&self, me: Part) {
        let b = &self.buffers;
        let used = self.encoder.shape.heads * self.encoder.head_width;
        for (context, rows) in [(b.context, self.all.rows), (b.last_context, self.last.rows)] {
            let (from, to) = me.of((0, rows));
            for row in from..to {
                std::ptr::write_bytes(context.add(row * b.heads + used), 0, b.heads - used);
            }
        }
    }
}
