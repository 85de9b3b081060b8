//! One head of one sequence: softmax(Q·Kᵀ)·V for some of its queries. The scale 1/√d is in the query's weights.

use super::super::packed::{Kind, Layout};
use super::product::{NO_START, Tile, tiles};
use super::rows::exp;
use super::simd::Simd;

/// One head of one sequence, and the queries to answer.
#[derive(Clone, Copy)]
pub(super) struct Head {
    pub(super) layout: Layout,
    /// Tokens of the sequence: its keys and values.
    pub(super) tokens: usize,
    /// Words of a head's row: its width over [`Layout::inputs_per_step`].
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

/// A thread's room for one head, aligned to 64 bytes.
#[derive(Clone, Copy)]
pub(super) struct Scratch {
    /// Packed keys: padded tokens by words.
    pub(super) keys: *mut u32,
    /// Packed values: as many.
    pub(super) values: *mut u32,
    /// Scores: 12 by padded tokens.
    pub(super) scores: *mut f32,
    /// Attention weights in the layout's kind: as many at most.
    pub(super) weights: *mut u32,
}

#[inline(always)]
pub(super) unsafe fn attend<S: Simd>(h: &Head) {
    let width = 2 * S::LANES;
    let Head { layout, scratch, words, .. } = *h;
    let padded = h.tokens.next_multiple_of(width);
    let columns = words * layout.inputs_per_step;
    let steps = padded / layout.inputs_per_step;
    pack_keys(h, padded, width);
    pack_values(h, padded, width, columns);
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

/// Exponentials of one query's scores, stored as the second product's activations; returns one over their sum. Scores lie
/// panel by panel as the tiles left them.
#[inline(always)]
unsafe fn softmax<S: Simd>(h: &Head, row: usize, rows: usize, padded: usize) -> f32 {
    let width = 2 * S::LANES;
    let at = |token: usize| h.scratch.scores.add((token / width * rows + row) * width + token % width);
    for token in h.tokens..padded {
        // Beyond the sequence: weighs nothing.
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
            let e = exp::<S>(S::sub(S::load(scores.add(half)), largest));
            sum = S::add(sum, e);
            match h.layout.kind {
                Kind::Bf16 => S::store_bf16(weights.cast::<u16>().add(token + half), e),
                _ => S::store(weights.cast::<f32>().add(token + half), e),
            }
        }
    }
    1.0 / S::sum(sum)
}

/// `[token][word]` to panels of `[word][token]`; zeros beyond the sequence.
#[inline(always)]
unsafe fn pack_keys(h: &Head, padded: usize, width: usize) {
    for token in 0..padded {
        let to = h.scratch.keys.add(token / width * h.words * width + token % width);
        if token < h.tokens {
            let from = h.keys.add(token * h.stride);
            for word in 0..h.words {
                to.add(word * width).write(from.add(word).read());
            }
        } else {
            for word in 0..h.words {
                to.add(word * width).write(0);
            }
        }
    }
}

/// `[token][column]` to panels of `[step][column]`; zeros beyond the sequence.
#[inline(always)]
unsafe fn pack_values(h: &Head, padded: usize, width: usize, columns: usize) {
    let steps = padded / h.layout.inputs_per_step;
    for panel in 0..columns / width {
        for step in 0..steps {
            let to = h.scratch.values.add((panel * steps + step) * width);
            if h.layout.inputs_per_step == 1 {
                if step < h.tokens {
                    let from = h.values.add(step * h.stride + panel * width);
                    std::ptr::copy_nonoverlapping(from, to, width);
                } else {
                    std::ptr::write_bytes(to, 0, width);
                }
                continue;
            }
            // bf16: two tokens share a word.
            let token = 2 * step;
            let row = |token: usize| h.values.add(token * h.stride).cast::<u16>().add(panel * width);
            if token + 1 < h.tokens {
                let (even, odd) = (row(token), row(token + 1));
                for column in 0..width {
                    let (even, odd) = (even.add(column).read(), odd.add(column).read());
                    to.add(column).write(u32::from(even) | u32::from(odd) << 16);
                }
            } else if token < h.tokens {
                let even = row(token);
                for column in 0..width {
                    to.add(column).write(u32::from(even.add(column).read()));
                }
            } else {
                std::ptr::write_bytes(to, 0, width);
            }
        }
    }
}
