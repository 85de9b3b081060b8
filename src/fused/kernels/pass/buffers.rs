//! Where the buffers of a pass lie, in one piece of memory that is kept for the next pass.

use super::super::super::network::Network;
use super::super::super::outliers::MOST_OUTLIERS;
use super::super::super::packed::{Layout, Line, padded};
use super::super::rows::Unit;
use super::blocks::Sizes;

/// Memory for a pass, kept for the next.
#[derive(Default)]
pub(super) struct Room {
    lines: Vec<Line>,
}

/// Where the buffers of a pass lie; strides in words.
#[derive(Clone, Copy)]
pub(super) struct Buffers {
    /// The residual stream: rows by padded hidden size.
    pub(super) x: *mut f32,
    /// The same for the first tokens alone.
    pub(super) last_x: *mut f32,
    /// Query, key and value in attention's kind: rows by `qkv_stride`.
    pub(super) qkv: *mut u32,
    pub(super) qkv_stride: usize,
    /// The first tokens' queries in the last layer: `heads_stride` words apart.
    pub(super) last_query: *mut u32,
    /// Columns of all heads with their padding.
    pub(super) heads: usize,
    /// What attention found: rows by `heads`.
    pub(super) context: *mut f32,
    /// The same for the first tokens alone.
    pub(super) last_context: *mut f32,
    /// A block's activations for the products with hidden-size or head-size inputs.
    pub(super) rounded: *mut u32,
    pub(super) rounded_stride: usize,
    /// A block's feed-forward rows in f32.
    pub(super) inner: *mut f32,
    pub(super) inner_stride: usize,
    /// The same as activations.
    pub(super) inner_rounded: *mut u32,
    pub(super) inner_rounded_stride: usize,
    /// How a block's integers are to be read.
    pub(super) units: *mut Unit,
    /// The values of a block's rows that its product takes as they are, `MOST_OUTLIERS` a row.
    pub(super) aside: *mut f32,
    /// The threads' scratch for attention, `head_words` apart.
    pub(super) head: *mut u32,
    pub(super) head_words: usize,
    /// Padded tokens of the longest window.
    pub(super) longest: usize,
}

/// Rows this many words longer than their content do not all fall on the same lines of the L1 cache.
const STAGGER: usize = 16;

impl Room {
    pub(super) fn arrange(&mut self, network: &Network, attention: Layout, sizes: &Sizes) -> Buffers {
        let threads = network.execution.threads;
        let hidden = padded(network.shape.hidden);
        let inner = padded(network.shape.intermediate);
        let heads = padded(network.shape.heads * network.head_width);
        let wide = padded(network.shape.embedding).max(inner);
        let per_step = network.layers.first().map_or(1, |layer| layer.qkv.layout.inputs_per_step);
        let per_word = attention.inputs_per_step;
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
        let aside = reserve(MOST_OUTLIERS * sizes.scratch);
        let head = reserve(threads * head_words);
        if self.lines.len() * 16 < words {
            self.lines.resize(words.div_ceil(16), Line([0; 16]));
        }
        let base = self.lines.as_mut_ptr().cast::<u32>();
        // SAFETY: all lie within the lines, which are at least `words` words.
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
