//! Attention of one head of one sequence: softmax(Q·Kᵀ/√d)·V for some of its queries. The query weights already include 1/√d
//! and log2(e), so softmax uses powers of two in place of exponentials.

use super::product::{NO_START, Tile, tiles};
use super::rows::{exp2, exp2_short};
use super::simd::Simd;
use crate::layout::{Kind, Layout};

/// One head of one sequence, and the queries to compute.
#[derive(Clone, Copy)]
pub(super) struct Head {
    pub(super) layout: Layout,
    /// Tokens of the sequence, which is the number of keys and of values.
    pub(super) tokens: usize,
    /// 32-bit words in a head's row: its width divided by [`Layout::inputs_per_step`].
    pub(super) words: usize,
    /// Keys and values, rows `stride` words apart.
    pub(super) keys: *const u32,
    pub(super) values: *const u32,
    pub(super) stride: usize,
    pub(super) queries: usize,
    /// Queries, rows `query_stride` words apart.
    pub(super) query: *const u32,
    pub(super) query_stride: usize,
    /// The result in f32, rows `out_stride` floats apart.
    pub(super) out: *mut f32,
    pub(super) out_stride: usize,
    pub(super) scratch: Scratch,
}

/// A thread's scratch memory for one head, aligned to 64 bytes.
#[derive(Clone, Copy)]
pub(super) struct Scratch {
    /// Packed keys: padded tokens by words.
    pub(super) keys: *mut u32,
    /// Packed values, of the same size.
    pub(super) values: *mut u32,
    /// Scores: 12 by padded tokens.
    pub(super) scores: *mut f32,
    /// Attention weights in the layout's number format; at most the size of `scores`.
    pub(super) weights: *mut u32,
}

#[inline(always)]
pub(super) unsafe fn attend<S: Simd>(h: &Head) {
    let width = 2 * S::LANES;
    let Head { layout, scratch, words, .. } = *h;
    let padded = h.tokens.next_multiple_of(width);
    let columns = words * layout.inputs_per_step;
    let steps = padded / layout.inputs_per_step;
    pack_keys::<S>(h, padded);
    pack_values::<S>(h, padded, columns);
    let start = NO_START.as_ptr().cast::<u32>();
    let mut tile = Tile([0; 12 * 32]);
    let tile = tile.0.as_mut_ptr();
    let mut inverse = [0.0f32; 12];
    for (from, to) in tiles(h.queries, S::TILE_ROWS) {
        let rows = to - from;
        let query = h.query.add(from * h.query_stride);
        for panel in 0..padded / width {
            let keys = scratch.keys.add(panel * words * width).cast();
            let scores = scratch.scores.add(panel * rows * width).cast();
            S::tile(layout.kind, rows, words, query, h.query_stride, keys, start, scores);
        }
        for (row, inverse) in inverse.iter_mut().enumerate().take(rows) {
            *inverse = softmax::<S>(h, row, rows, padded);
        }
        for panel in 0..columns / width {
            let values = scratch.values.add(panel * steps * width).cast();
            S::tile(layout.kind, rows, steps, scratch.weights, steps, values, start, tile);
            for (row, inverse) in inverse.iter().enumerate().take(rows) {
                let out = h.out.add((from + row) * h.out_stride + panel * width);
                for half in [0, S::LANES] {
                    let sum = S::load(tile.add(row * width + half).cast());
                    S::store(out.add(half), S::mul(sum, S::splat(*inverse)));
                }
            }
        }
    }
}

/// Computes powers of one query's scores, stores them as the second product's activations, and returns one over their sum.
/// The scores lie panel by panel, as the tiles wrote them.
#[inline(always)]
unsafe fn softmax<S: Simd>(h: &Head, row: usize, rows: usize, padded: usize) -> f32 {
    let width = 2 * S::LANES;
    let at = |token: usize| h.scratch.scores.add((token / width * rows + row) * width + token % width);
    for token in h.tokens..padded {
        // Padding tokens get an attention weight of zero.
        at(token).write(f32::NEG_INFINITY);
    }
    let mut largest = [S::splat(f32::NEG_INFINITY); 2];
    for token in (0..padded).step_by(width) {
        let scores = at(token);
        largest[0] = S::max(largest[0], S::load(scores));
        largest[1] = S::max(largest[1], S::load(scores.add(S::LANES)));
    }
    let largest = S::splat(S::largest(S::max(largest[0], largest[1])));
    let mut sum = S::splat(0.0);
    let weights = h.scratch.weights.add(row * (padded / h.layout.inputs_per_step));
    for token in (0..padded).step_by(width) {
        let scores = at(token);
        for half in [0, S::LANES] {
            let x = S::sub(S::load(scores.add(half)), largest);
            let e = if h.layout.kind == Kind::Bf16 {
                let e = exp2_short::<S>(x);
                S::store_bf16(weights.cast::<u16>().add(token + half), e);
                e
            } else {
                let e = exp2::<S>(x);
                S::store(weights.cast::<f32>().add(token + half), e);
                e
            };
            sum = S::add(sum, e);
        }
    }
    1.0 / S::sum(sum)
}

/// Rearranges `[token][word]` to panels of `[word][token]`, with zeros beyond the sequence.
#[inline(always)]
unsafe fn pack_keys<S: Simd>(h: &Head, padded: usize) {
    let width = 2 * S::LANES;
    for token in (0..padded).step_by(S::LANES) {
        let from = h.keys.add(token.min(h.tokens) * h.stride);
        let to = h.scratch.keys.add(token / width * h.words * width + token % width);
        let rows = h.tokens.saturating_sub(token).min(S::LANES);
        for word in (0..h.words).step_by(S::LANES) {
            S::transpose(from.add(word), h.stride, rows, to.add(word * width), width);
        }
    }
}

/// Rearranges `[token][column]` to panels of `[step][column]`, with zeros beyond the sequence.
#[inline(always)]
unsafe fn pack_values<S: Simd>(h: &Head, padded: usize, columns: usize) {
    let width = 2 * S::LANES;
    let per_step = h.layout.inputs_per_step;
    let steps = padded / per_step;
    let nothing = NO_START.as_ptr().cast::<u16>();
    for panel in 0..columns / width {
        for step in 0..steps {
            let to = h.scratch.values.add((panel * steps + step) * width);
            if per_step == 1 {
                if step < h.tokens {
                    std::ptr::copy_nonoverlapping(h.values.add(step * h.stride + panel * width), to, width);
                } else {
                    std::ptr::write_bytes(to, 0, width);
                }
                continue;
            }
            // bf16: two tokens share a word.
            for half in [0, S::LANES] {
                let row = |token: usize| {
                    let at = h.values.add(token.min(h.tokens - 1) * h.stride).cast::<u16>();
                    if token < h.tokens { at.add(panel * width + half) } else { nothing }
                };
                S::interleave(row(2 * step), row(2 * step + 1), to.add(half));
            }
        }
    }
}
