//! The buffers of a pass, in one piece of memory that is reused by the next pass.

use super::super::rows::Unit;
use super::blocks::Sizes;
use crate::encoder::Encoder;
use crate::layout::{Layout, Line, padded};
use crate::outliers::MOST_OUTLIERS;

/// Memory for a pass, reused by the next one.
#[derive(Default)]
pub(super) struct Room {
    lines: Vec<Line>,
}

/// The buffers of a pass. Strides are in 32-bit words.
#[derive(Clone, Copy)]
pub(super) struct Buffers {
    /// The residual stream: rows of the padded hidden size.
    pub(super) x: *mut f32,
    /// The same for the first tokens only.
    pub(super) last_x: *mut f32,
    /// Query, key and value in attention's number format, rows `qkv_stride` apart.
    pub(super) qkv: *mut u32,
    pub(super) qkv_stride: usize,
    /// The first tokens' queries in the last layer, rows a third of `qkv_stride` apart.
    pub(super) last_query: *mut u32,
    /// Columns of all heads, with padding.
    pub(super) heads: usize,
    /// Attention's output: rows of `heads` columns.
    pub(super) context: *mut f32,
    /// The same for the first tokens only.
    pub(super) last_context: *mut f32,
    /// A block's rounded activations for products whose inputs are hidden states or heads.
    pub(super) rounded: *mut u32,
    pub(super) rounded_stride: usize,
    /// A block's feed-forward rows in f32.
    pub(super) inner: *mut f32,
    pub(super) inner_stride: usize,
    /// The same, rounded.
    pub(super) inner_rounded: *mut u32,
    pub(super) inner_rounded_stride: usize,
    /// int8: scale and zero point of each of a block's rows.
    pub(super) units: *mut Unit,
    /// int8: the outlier values of a block's rows, `MOST_OUTLIERS` per row.
    pub(super) aside: *mut f32,
    /// The threads' scratch for attention, `head_words` apart.
    pub(super) head: *mut u32,
    pub(super) head_words: usize,
    /// Tokens of the longest window, padded.
    pub(super) longest: usize,
}

/// Words added to each row so that rows do not all map to the same sets of the L1 cache.
const STAGGER: usize = 16;

impl Room {
    pub(super) fn arrange(&mut self, encoder: &Encoder, attention: Layout, sizes: &Sizes) -> Buffers {
        let threads = encoder.execution.threads;
        let hidden = padded(encoder.shape.hidden);
        let inner = padded(encoder.shape.intermediate);
        let heads = padded(encoder.shape.heads * encoder.head_width);
        let wide = padded(encoder.shape.embedding).max(inner);
        let per_step = encoder.layers.first().map_or(1, |layer| layer.qkv.layout.inputs_per_step);
        let per_word = attention.inputs_per_step;
        let (rows, last) = (sizes.all.rows, sizes.last.rows);
        let longest = padded(sizes.longest);
        let mut words = 0;
        let mut reserve = |count: usize| {
            let at = words;
            // Each buffer starts on a cache line of its own.
            words += count.next_multiple_of(16);
            at
        };
        let rounded_stride = hidden.max(heads) / per_step + STAGGER;
        let inner_stride = wide + STAGGER;
        let inner_rounded_stride = inner / per_step + STAGGER;
        let head_words = longest * (2 * encoder.head_width / per_word + 2 * 12);
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
        let aside = reserve(MOST_OUTLIERS * sizes.scratch);
        let head = reserve(threads * head_words);
        if self.lines.len() * 16 < words {
            self.lines.resize(words.div_ceil(16), Line([0; 16]));
        }
        let base = self.lines.as_mut_ptr().cast::<u32>();
        // SAFETY: `lines` holds at least `words` words, and every offset is within them.
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
            aside: at(aside).cast(),
            head: at(head),
            head_words,
            longest,
        }
    }
}
