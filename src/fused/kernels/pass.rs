//! One forward pass over sequences packed one after another.
//!
//! A pass is a row of phases with a barrier after each: embeddings and the first layer's query, key and value; then for each
//! layer attention (a task is some queries of a head of a sequence), and everything from attention's output to the next
//! layer's query, key and value (a task is a block of rows, whatever sequences they belong to). If there are too few rows for
//! blocks, all threads share one: they split the columns of each product and meet after every step.
//!
//! A row's values never depend on its neighbours, on the block it lies in or on the number of threads: each sum runs over the
//! inputs in one order. So a batch's result equals the single result bit for bit.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::super::network::{Activation, FusedError, Layer, Network, Norm as NormWeights};
use super::super::packed::{Kind, Line, Packed, padded};
use super::super::precision::Execution;
use super::Kernels;
use super::attention::{Head, Scratch};
use super::product::{Product, Target, Then};
use super::rows::{Norm, Rounded, Rounding, Unit};
use super::team::{Barrier, Team};

/// Rows of a block, about: its activations stay in the L2 cache.
const BLOCK: usize = 48;

/// Below this many rows a thread, all threads share one block.
const SHARED_BELOW: usize = 48;

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
    kernels: &'static Kernels,
    team: Arc<Team>,
    /// Buffers that no pass uses now; one for each caller that came at the same time.
    rooms: Mutex<Vec<Room>>,
}

impl Pass {
    pub(in super::super) fn new(execution: Execution) -> Result<Pass, FusedError> {
        let Execution { precision, instructions, threads } = execution;
        let unsupported = FusedError::Unsupported { precision, instructions };
        let kernels = Kernels::of(instructions).ok_or(unsupported)?;
        let team = Team::of(threads).map_err(FusedError::Threads)?;
        Ok(Pass { kernels, team, rooms: Mutex::new(Vec::new()) })
    }

    /// Runs the windows through the network and appends the rows wanted to `out`. Windows must not be empty, and their ids and
    /// lengths must fit the embedding tables.
    pub(in super::super) fn run(
        &self,
        network: &Network,
        windows: &[&[u32]],
        wanted: Wanted,
        out: &mut Vec<f32>,
    ) {
        let kept = self.rooms.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut room = kept.unwrap_or_default();
        let sizes = Sizes::new(network, windows, wanted);
        let buffers = room.arrange(network, &sizes);
        let steps = network.shape.order.len();
        let run = Run {
            network,
            kernels: self.kernels,
            windows,
            wanted,
            buffers,
            tokens: sizes.tokens(windows),
            starts: &sizes.starts,
            all: sizes.all,
            last: sizes.last,
            counters: (0..3 * steps + 1).map(|_| AtomicUsize::new(0)).collect(),
        };
        // SAFETY: `arrange` made every buffer large enough for these sizes; the tasks of a phase write to different rows or
        // columns, and phases are divided by the barrier.
        self.team.run(|index, barrier| unsafe {
            run.work(Part { index, count: network.execution.threads }, barrier)
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

/// A thread among those that share work.
#[derive(Clone, Copy)]
struct Part {
    index: usize,
    count: usize,
}

impl Part {
    const WHOLE: Part = Part { index: 0, count: 1 };

    /// This part of the range.
    fn of(self, (from, to): (usize, usize)) -> (usize, usize) {
        let n = to - from;
        (from + n * self.index / self.count, from + n * (self.index + 1) / self.count)
    }
}

/// How rows are cut into tasks.
#[derive(Clone, Copy)]
struct Grid {
    rows: usize,
    blocks: usize,
    /// One block for all threads.
    shared: bool,
}

impl Grid {
    fn new(rows: usize, threads: usize) -> Grid {
        if threads > 1 && rows < SHARED_BELOW * threads {
            return Grid { rows, blocks: 1, shared: true };
        }
        // A whole number of blocks for each thread, of one size.
        let blocks = rows.div_ceil(BLOCK * threads) * threads;
        Grid { rows, blocks, shared: false }
    }

    fn block(&self, index: usize) -> (usize, usize) {
        (self.rows * index / self.blocks, self.rows * (index + 1) / self.blocks)
    }

    /// Rows of scratch that the blocks in work at one time need.
    fn scratch(&self, threads: usize) -> usize {
        if self.shared { self.rows } else { threads * self.block_rows() }
    }

    fn block_rows(&self) -> usize {
        self.rows.div_ceil(self.blocks)
    }
}

struct Sizes {
    /// The first row of each window.
    starts: Vec<usize>,
    longest: usize,
    all: Grid,
    /// The rows that go through the last layer.
    last: Grid,
    scratch: usize,
}

impl Sizes {
    fn new(network: &Network, windows: &[&[u32]], wanted: Wanted) -> Sizes {
        let threads = network.execution.threads;
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
    fn tokens(&self, windows: &[&[u32]]) -> Vec<(u32, u32)> {
        let positions = windows.iter().flat_map(|window| window.iter().copied().zip(0..));
        positions.collect()
    }
}

/// Memory for a pass, kept for the next.
#[derive(Default)]
struct Room {
    lines: Vec<Line>,
}

/// Where the buffers of a pass lie; strides in words.
#[derive(Clone, Copy)]
struct Buffers {
    /// The residual stream: rows by padded hidden size.
    x: *mut f32,
    /// The same for the first tokens alone.
    last_x: *mut f32,
    /// Query, key and value in attention's kind: rows by `qkv_stride`.
    qkv: *mut u32,
    qkv_stride: usize,
    /// The first tokens' queries in the last layer: `heads_stride` words apart.
    last_query: *mut u32,
    /// Columns of all heads with their padding.
    heads: usize,
    /// What attention found: rows by `heads`.
    context: *mut f32,
    /// The same for the first tokens alone.
    last_context: *mut f32,
    /// A block's activations for the products with hidden-size or head-size inputs.
    rounded: *mut u32,
    rounded_stride: usize,
    /// A block's feed-forward rows in f32.
    inner: *mut f32,
    inner_stride: usize,
    /// The same as activations.
    inner_rounded: *mut u32,
    inner_rounded_stride: usize,
    /// How a block's integers are to be read.
    units: *mut Unit,
    /// The threads' scratch for attention, `head_words` apart.
    head: *mut u32,
    head_words: usize,
    /// Padded tokens of the longest window.
    longest: usize,
}

/// Rows this many words longer than their content do not all fall on the same lines of the L1 cache.
const STAGGER: usize = 16;

impl Room {
    fn arrange(&mut self, network: &Network, sizes: &Sizes) -> Buffers {
        let threads = network.execution.threads;
        let hidden = padded(network.shape.hidden);
        let inner = padded(network.shape.intermediate);
        let heads = padded(network.shape.heads * network.head_width);
        let wide = padded(network.shape.embedding).max(inner);
        let per_step = network.layers.first().map_or(1, |layer| layer.qkv.layout.inputs_per_step);
        let per_word = network.attention.inputs_per_step;
        let (rows, last) = (sizes.all.rows, sizes.last.rows);
        let longest = padded(sizes.longest);
        let mut words = 0;
        let mut reserve = |count: usize| {
            let at = words;
            // Each on lines of its own.
            words += count.next_multiple_of(16);
            at
        };
        let rounded_stride = hidden.max(heads) / per_step + STAGGER;
        let inner_stride = wide + STAGGER;
        let inner_rounded_stride = inner / per_step + STAGGER;
        let head_words = longest * (2 * network.head_width / per_word + 2 * 12);
        let x = reserve(rows * hidden);
        let last_x = reserve(last * hidden);
        let qkv = reserve(rows * 3 * heads / per_word);
        let last_query = reserve(last * heads / per_word);
        let context = reserve(rows * heads);
        let last_context = reserve(last * heads);
        let rounded = reserve(sizes.scratch * rounded_stride);
        let inner_at = reserve(sizes.scratch * inner_stride);
        let inner_rounded = reserve(sizes.scratch * inner_rounded_stride);
        let units = reserve(2 * sizes.scratch);
        let head = reserve(threads * head_words);
        if self.lines.len() * 16 < words {
            self.lines.resize(words.div_ceil(16), Line([0; 16]));
        }
        let base = self.lines.as_mut_ptr().cast::<u32>();
        // SAFETY: all lie within the lines.
        let at = |word: usize| unsafe { base.add(word) };
        Buffers {
            x: at(x).cast(),
            last_x: at(last_x).cast(),
            qkv: at(qkv),
            qkv_stride: 3 * heads / per_word,
            last_query: at(last_query),
            heads,
            context: at(context).cast(),
            last_context: at(last_context).cast(),
            rounded: at(rounded),
            rounded_stride,
            inner: at(inner_at).cast(),
            inner_stride,
            inner_rounded: at(inner_rounded),
            inner_rounded_stride,
            units: at(units).cast(),
            head: at(head),
            head_words,
            longest,
        }
    }
}

/// One pass under way.
struct Run<'a> {
    network: &'a Network,
    kernels: &'static Kernels,
    windows: &'a [&'a [u32]],
    wanted: Wanted,
    buffers: Buffers,
    tokens: Vec<(u32, u32)>,
    starts: &'a [usize],
    all: Grid,
    last: Grid,
    /// Which task of a phase is next.
    counters: Vec<AtomicUsize>,
}

// SAFETY: the buffers behind the pointers are this pass's alone, and its tasks write to different parts of them.
unsafe impl Sync for Run<'_> {}

/// A block of rows in work: which rows, where its scratch begins, and who shares it.
#[derive(Clone, Copy)]
struct Block<'b> {
    rows: (usize, usize),
    /// The scratch row of the block's first row.
    scratch: usize,
    part: Part,
    barrier: &'b Barrier,
}

impl Block<'_> {
    /// Between two steps: waits for those who share the block.
    fn sync(&self) {
        if self.part.count > 1 {
            self.barrier.wait();
        }
    }

    /// This part's rows, and their first scratch row.
    fn mine(&self) -> (usize, usize, usize) {
        let (from, to) = self.part.of(self.rows);
        (from, to - from, self.scratch + from - self.rows.0)
    }
}

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
                self.finish_layer(layer, stream, block);
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

    fn hidden(&self) -> usize {
        padded(self.network.shape.hidden)
    }

    /// Where a block's rows go as activations for the products with hidden-size inputs.
    unsafe fn rounded(&self, scratch: usize, kind: Kind) -> Rounded {
        let b = &self.buffers;
        let at = b.rounded.add(scratch * b.rounded_stride);
        match kind {
            Kind::F32 => Rounded::Not,
            Kind::Bf16 => Rounded::Bf16 { at, stride: b.rounded_stride },
            Kind::Int8 => Rounded::Int8 { at, stride: b.rounded_stride, units: b.units.add(scratch) },
        }
    }

    /// This part's columns of a product over a whole block; `exact` is where the rows lie in f32, for the kind that reads them.
    unsafe fn multiply(
        &self,
        weights: &Packed,
        block: Block,
        rounded: (*const u32, usize),
        exact: (*const f32, usize),
        (then, target): (Then, Target),
        panels: (usize, usize),
    ) {
        let (x, stride) = if weights.layout.kind == Kind::F32 { (exact.0.cast(), exact.1) } else { rounded };
        (self.kernels.product)(&Product {
            weights,
            rows: block.rows.1 - block.rows.0,
            x,
            stride,
            units: self.buffers.units.add(block.scratch),
            panels: block.part.of(panels),
            then,
            target,
        });
    }

    unsafe fn normalize(&self, norm: &NormWeights, rows: usize, x: *mut f32, to: Rounded) {
        (self.kernels.normalize)(&Norm {
            rows,
            x,
            width: norm.width,
            stride: norm.weight.len(),
            weight: norm.weight.as_ptr(),
            bias: norm.bias.as_ptr(),
            eps: self.network.shape.eps,
            to,
        });
    }

    fn all_panels(weights: &Packed) -> (usize, usize) {
        (0, weights.outputs / weights.layout.panel)
    }

    /// Embeddings, their norm and projection: the residual stream's first rows, and their rounding.
    unsafe fn embed(&self, block: Block) {
        let b = &self.buffers;
        let (from, rows, scratch) = block.mine();
        let kind = self.network.layers.first().map_or(Kind::F32, |layer| layer.qkv.layout.kind);
        let norm = &self.network.embedding_norm;
        let stride = norm.weight.len();
        let x = b.x.add(from * self.hidden());
        let projection = self.network.projection.as_ref();
        let embedded = match projection {
            Some(_) => b.inner.add(scratch * stride),
            None => x,
        };
        for row in 0..rows {
            let (id, position) = self.tokens[from + row];
            let to = std::slice::from_raw_parts_mut(embedded.add(row * stride), stride);
            self.network.embedding.sum(id as usize, position as usize, to);
        }
        let Some(projection) = projection else {
            return self.normalize(norm, rows, embedded, self.rounded(scratch, kind));
        };
        self.normalize(norm, rows, embedded, Rounded::Not);
        block.sync();
        let target = Target::F32 { at: b.x.add(block.rows.0 * self.hidden()), stride: self.hidden() };
        let exact = (b.inner.add(block.scratch * stride).cast_const(), stride);
        let nothing = (std::ptr::null(), 0);
        self.multiply(projection, block, nothing, exact, (Then::Keep, target), Self::all_panels(projection));
        block.sync();
        self.round(rows, x, self.hidden(), self.rounded(scratch, kind));
    }

    unsafe fn round(&self, rows: usize, x: *const f32, width: usize, to: Rounded) {
        if !matches!(to, Rounded::Not) {
            (self.kernels.round_rows)(&Rounding { rows, x, width, stride: width, to });
        }
    }

    /// Query, key and value of step `step` for a block whose rounded rows are ready. Where only first tokens go on, their
    /// queries are computed apart, and here keys and values only.
    unsafe fn project(&self, step: usize, block: Block) {
        let b = &self.buffers;
        let order = &self.network.shape.order;
        let weights = &self.network.layers[order[step]].qkv;
        let alone = self.wanted == Wanted::First && step + 1 == order.len();
        let (first, end) = Self::all_panels(weights);
        let panels = if alone { (end / 3, end) } else { (first, end) };
        let target = self.attention_target(b.qkv.add(block.rows.0 * b.qkv_stride), b.qkv_stride);
        let rounded = self.rounded_rows(block);
        let exact = (b.x.add(block.rows.0 * self.hidden()).cast_const(), self.hidden());
        self.multiply(weights, block, rounded, exact, (Then::Keep, target), panels);
    }

    unsafe fn rounded_rows(&self, block: Block) -> (*const u32, usize) {
        let b = &self.buffers;
        (b.rounded.add(block.scratch * b.rounded_stride).cast_const(), b.rounded_stride)
    }

    /// Rows `stride` words apart in attention's kind.
    fn attention_target(&self, at: *mut u32, stride: usize) -> Target {
        match self.network.attention.kind {
            Kind::Bf16 => Target::Bf16 { at: at.cast(), stride: 2 * stride },
            _ => Target::F32 { at: at.cast(), stride },
        }
    }

    /// Copies the first tokens' rows together and computes their queries.
    unsafe fn pick_first(&self, layer: &Layer, block: Block) {
        let b = &self.buffers;
        let hidden = self.hidden();
        let (from, rows, scratch) = block.mine();
        for row in from..from + rows {
            std::ptr::copy_nonoverlapping(
                b.x.add(self.starts[row] * hidden),
                b.last_x.add(row * hidden),
                hidden,
            );
        }
        let weights = &layer.qkv;
        self.round(rows, b.last_x.add(from * hidden), hidden, self.rounded(scratch, weights.layout.kind));
        block.sync();
        let stride = b.qkv_stride / 3;
        let target = self.attention_target(b.last_query.add(block.rows.0 * stride), stride);
        let exact = (b.last_x.add(block.rows.0 * hidden).cast_const(), hidden);
        let (first, end) = Self::all_panels(weights);
        self.multiply(
            weights,
            block,
            self.rounded_rows(block),
            exact,
            (Then::Keep, target),
            (first, end / 3),
        );
    }

    /// Attention of all heads of all sequences, for all queries or for the first tokens' alone.
    unsafe fn attend(&self, counter: usize, me: Part, alone: bool) {
        let b = &self.buffers;
        let network = self.network;
        let heads = network.shape.heads;
        let whole = self.windows.len() * heads;
        // Few heads for many threads: their queries are shared out too.
        let shares = if alone { 1 } else { (3 * me.count).div_ceil(whole) };
        let words = network.head_width / network.attention.inputs_per_step;
        let third = b.qkv_stride / 3;
        let scratch = b.head.add(me.index * b.head_words);
        let packed = b.longest * words;
        loop {
            let task = self.counters[counter].fetch_add(1, Ordering::Relaxed);
            if task >= whole * shares {
                return;
            }
            let (share, head, window) = (task % shares, task / shares % heads, task / shares / heads);
            let tokens = self.windows[window].len();
            let part = Part { index: share, count: shares };
            let (from, to) = if alone { (0, 1) } else { part.of((0, tokens)) };
            let start = self.starts[window];
            let row = b.qkv.add(start * b.qkv_stride + head * words);
            let (query, query_stride, out) = if alone {
                (b.last_query.add(window * third + head * words), third, b.last_context.add(window * b.heads))
            } else {
                (row.add(from * b.qkv_stride), b.qkv_stride, b.context.add((start + from) * b.heads))
            };
            (self.kernels.attend)(&Head {
                layout: network.attention,
                tokens,
                words,
                keys: row.add(third),
                values: row.add(2 * third),
                stride: b.qkv_stride,
                queries: to - from,
                query,
                query_stride,
                out: out.add(head * network.head_width),
                out_stride: b.heads,
                scratch: Scratch {
                    keys: scratch,
                    values: scratch.add(packed),
                    scores: scratch.add(2 * packed).cast(),
                    weights: scratch.add(2 * packed + 12 * b.longest),
                },
            });
        }
    }

    /// From attention's result to the layer's, and its rounding.
    unsafe fn finish_layer(&self, layer: &Layer, stream: Stream, block: Block) {
        let b = &self.buffers;
        let hidden = self.hidden();
        let kind = layer.qkv.layout.kind;
        let (from, rows, scratch) = block.mine();
        let first = block.rows.0;
        let (x, mine) = (stream.x.add(first * hidden), stream.x.add(from * hidden));
        let residual = (Then::Add, Target::F32 { at: x, stride: hidden });

        self.round(rows, stream.context.add(from * b.heads), b.heads, self.rounded(scratch, kind));
        block.sync();
        let weights = &layer.attention_output;
        let exact = (stream.context.add(first * b.heads).cast_const(), b.heads);
        self.multiply(weights, block, self.rounded_rows(block), exact, residual, Self::all_panels(weights));
        block.sync();
        self.normalize(&layer.attention_norm, rows, mine, self.rounded(scratch, kind));
        block.sync();

        let weights = &layer.intermediate;
        let then = match self.network.shape.activation {
            Activation::Gelu => Then::Gelu,
            Activation::GeluTanh => Then::GeluTanh,
            Activation::Relu => Then::Relu,
        };
        let inner = b.inner.add(block.scratch * b.inner_stride);
        let inner_rounded = b.inner_rounded.add(block.scratch * b.inner_rounded_stride);
        let target = match kind {
            Kind::Bf16 => Target::Bf16 { at: inner_rounded.cast(), stride: 2 * b.inner_rounded_stride },
            _ => Target::F32 { at: inner, stride: b.inner_stride },
        };
        let exact = (x.cast_const(), hidden);
        self.multiply(
            weights,
            block,
            self.rounded_rows(block),
            exact,
            (then, target),
            Self::all_panels(weights),
        );
        block.sync();
        if kind == Kind::Int8 {
            (self.kernels.round_rows)(&Rounding {
                rows,
                x: b.inner.add(scratch * b.inner_stride),
                width: padded(self.network.shape.intermediate),
                stride: b.inner_stride,
                to: Rounded::Int8 {
                    at: b.inner_rounded.add(scratch * b.inner_rounded_stride),
                    stride: b.inner_rounded_stride,
                    units: b.units.add(scratch),
                },
            });
            block.sync();
        }
        let weights = &layer.output;
        let rounded = (inner_rounded.cast_const(), b.inner_rounded_stride);
        let exact = (inner.cast_const(), b.inner_stride);
        self.multiply(weights, block, rounded, exact, residual, Self::all_panels(weights));
        block.sync();
        self.normalize(&layer.output_norm, rows, mine, self.rounded(scratch, kind));
    }
}
