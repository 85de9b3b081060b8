//! The computations of a pass's phases: embeddings; query, key and value; attention; and the rest of each layer.

use std::sync::atomic::Ordering;

use super::super::attention::{Head, Scratch};
use super::super::product::{Product, Target, Then};
use super::super::rows::{Aside, Norm, Rounded, Rounding};
use super::blocks::{Block, Part, Wanted};
use super::run::{Run, Stream};
use crate::encoder::{Layer, Norm as NormWeights};
use crate::layout::{Kind, padded};
use crate::outliers::MOST_OUTLIERS;
use crate::packed::Packed;
use crate::weights::Activation;

impl Run<'_> {
    fn hidden(&self) -> usize {
        padded(self.encoder.shape.hidden)
    }

    /// Where a block's rounded rows are stored for `next`, a product whose inputs are hidden states or heads.
    unsafe fn rounded(&self, scratch: usize, next: &Packed) -> Rounded {
        let b = &self.buffers;
        self.rounded_to(b.rounded.add(scratch * b.rounded_stride), b.rounded_stride, scratch, next)
    }

    unsafe fn rounded_to(&self, at: *mut u32, stride: usize, scratch: usize, next: &Packed) -> Rounded {
        let b = &self.buffers;
        match next.layout.kind {
            Kind::F32 => Rounded::Not,
            Kind::Bf16 => Rounded::Bf16 { at, stride },
            Kind::Int8 => {
                let aside = Aside::new(next, b.aside.add(scratch * MOST_OUTLIERS));
                Rounded::Int8 { at, stride, units: b.units.add(scratch), aside }
            }
        }
    }

    /// Computes this thread's columns of a product over a whole block. `exact` is the f32 version of the rows, read by f32
    /// products and by recording.
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
        if self.watching && block.part.index == 0 {
            for row in 0..block.rows.1 - block.rows.0 {
                weights.largest.see(std::slice::from_raw_parts(exact.0.add(row * exact.1), weights.steps));
            }
        }
        (self.kernels.product)(&Product {
            weights,
            rows: block.rows.1 - block.rows.0,
            x,
            stride,
            units: self.buffers.units.add(block.scratch),
            aside: self.buffers.aside.add(block.scratch * MOST_OUTLIERS),
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
            eps: self.encoder.shape.eps,
            to,
        });
    }

    fn all_panels(weights: &Packed) -> (usize, usize) {
        (0, weights.outputs / weights.layout.panel)
    }

    /// Computes embeddings, their norm and projection, and rounds the result for the first product.
    pub(super) unsafe fn embed(&self, block: Block) {
        let b = &self.buffers;
        let (from, rows, scratch) = block.mine();
        let next = &self.encoder.layers[self.encoder.shape.order[0]].qkv;
        let norm = &self.encoder.embedding_norm;
        let stride = norm.weight.len();
        let x = b.x.add(from * self.hidden());
        let projection = self.encoder.projection.as_ref();
        let embedded = match projection {
            Some(_) => b.inner.add(scratch * stride),
            None => x,
        };
        for row in 0..rows {
            let (id, position) = self.tokens[from + row];
            let to = std::slice::from_raw_parts_mut(embedded.add(row * stride), stride);
            self.encoder.embedding.sum(id as usize, position as usize, to);
        }
        let Some(projection) = projection else {
            return self.normalize(norm, rows, embedded, self.rounded(scratch, next));
        };
        self.normalize(norm, rows, embedded, Rounded::Not);
        block.sync();
        let target = Target::F32 { at: b.x.add(block.rows.0 * self.hidden()), stride: self.hidden() };
        let exact = (b.inner.add(block.scratch * stride).cast_const(), stride);
        let nothing = (std::ptr::null(), 0);
        self.multiply(projection, block, nothing, exact, (Then::Keep, target), Self::all_panels(projection));
        block.sync();
        self.round(rows, x, self.hidden(), self.rounded(scratch, next));
    }

    unsafe fn round(&self, rows: usize, x: *mut f32, width: usize, to: Rounded) {
        if !matches!(to, Rounded::Not) {
            (self.kernels.round_rows)(&Rounding { rows, x, width, stride: width, to });
        }
    }

    /// Computes query, key and value of step `step` for a block whose rounded rows are ready. If only first tokens go through
    /// this step, it computes keys and values only; [`Run::pick_first`] computes the queries.
    pub(super) unsafe fn project(&self, step: usize, block: Block) {
        let b = &self.buffers;
        let order = &self.encoder.shape.order;
        let weights = &self.encoder.layers[order[step]].qkv;
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

    /// A target in attention's number format, rows `stride` words apart.
    fn attention_target(&self, at: *mut u32, stride: usize) -> Target {
        match self.attention.kind {
            Kind::Bf16 => Target::Bf16 { at: at.cast(), stride: 2 * stride },
            _ => Target::F32 { at: at.cast(), stride },
        }
    }

    /// Copies the first tokens' rows together and computes their queries.
    pub(super) unsafe fn pick_first(&self, layer: &Layer, block: Block) {
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
        self.round(rows, b.last_x.add(from * hidden), hidden, self.rounded(scratch, weights));
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

    /// Attention of all heads of all sequences, for all queries or only for those of the first tokens (`alone`).
    pub(super) unsafe fn attend(&self, counter: usize, me: Part, alone: bool) {
        let b = &self.buffers;
        let encoder = self.encoder;
        let heads = encoder.shape.heads;
        let whole = self.windows.len() * heads;
        // If there are few heads for many threads, each head's queries are divided too.
        let shares = if alone { 1 } else { (3 * me.count).div_ceil(whole) };
        let words = encoder.head_width / self.attention.inputs_per_step;
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
                layout: self.attention,
                tokens,
                words,
                keys: row.add(third),
                values: row.add(2 * third),
                stride: b.qkv_stride,
                queries: to - from,
                query,
                query_stride,
                out: out.add(head * encoder.head_width),
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

    /// Computes the rest of a layer from attention's output, and rounds the result for the product that follows, if any.
    pub(super) unsafe fn finish_layer(
        &self,
        layer: &Layer,
        stream: Stream,
        block: Block,
        next: Option<&Packed>,
    ) {
        let b = &self.buffers;
        let hidden = self.hidden();
        let (from, rows, scratch) = block.mine();
        let first = block.rows.0;
        let (x, mine) = (stream.x.add(first * hidden), stream.x.add(from * hidden));
        let residual = (Then::Add, Target::F32 { at: x, stride: hidden });

        let weights = &layer.attention_output;
        self.round(rows, stream.context.add(from * b.heads), b.heads, self.rounded(scratch, weights));
        block.sync();
        let exact = (stream.context.add(first * b.heads).cast_const(), b.heads);
        self.multiply(weights, block, self.rounded_rows(block), exact, residual, Self::all_panels(weights));
        block.sync();
        let weights = &layer.intermediate;
        self.normalize(&layer.attention_norm, rows, mine, self.rounded(scratch, weights));
        block.sync();

        let then = match self.encoder.shape.activation {
            Activation::Gelu => Then::Gelu,
            Activation::GeluTanh => Then::GeluTanh,
            Activation::Relu => Then::Relu,
        };
        let inner = b.inner.add(block.scratch * b.inner_stride);
        let inner_rounded = b.inner_rounded.add(block.scratch * b.inner_rounded_stride);
        let kind = layer.output.layout.kind;
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
                width: padded(self.encoder.shape.intermediate),
                stride: b.inner_stride,
                to: self.rounded_to(
                    b.inner_rounded.add(scratch * b.inner_rounded_stride),
                    b.inner_rounded_stride,
                    scratch,
                    &layer.output,
                ),
            });
            block.sync();
        }
        let weights = &layer.output;
        let rounded = (inner_rounded.cast_const(), b.inner_rounded_stride);
        let exact = (inner.cast_const(), b.inner_stride);
        self.multiply(weights, block, rounded, exact, residual, Self::all_panels(weights));
        block.sync();
        let to = next.map_or(Rounded::Not, |next| self.rounded(scratch, next));
        self.normalize(&layer.output_norm, rows, mine, to);
    }
}
