//! The sizes that a pass's pointer arithmetic relies on, checked before every pass. This costs a few comparisons per layer.

use crate::encoder::{Encoder, Layer, Norm};
use crate::layout::{Kind, Layout, padded};

/// # Panics
/// If a weight does not have the size and layout that the buffers are computed from, or a window does not fit the tables.
pub(super) fn check(encoder: &Encoder, windows: &[&[u32]]) {
    let (shape, execution) = (&encoder.shape, encoder.execution);
    let hidden = padded(shape.hidden);
    let inner = padded(shape.intermediate);
    let embedding = padded(shape.embedding);
    let heads = padded(shape.heads * encoder.head_width);
    let linear = Layout::linear(execution);
    let norm = |norm: &Norm, width: usize| {
        norm.width == width && [norm.weight.len(), norm.bias.len()] == [padded(width); 2]
    };
    let layer = |layer: &Layer| {
        layer.qkv.fits(linear, hidden, 3 * heads)
            && layer.attention_output.fits(linear, heads, hidden)
            && norm(&layer.attention_norm, shape.hidden)
            && layer.intermediate.fits(linear, hidden, inner)
            && layer.output.fits(linear, inner, hidden)
            && norm(&layer.output_norm, shape.hidden)
    };
    let projected = match &encoder.projection {
        Some(weights) => weights.fits(Layout::new(Kind::F32, execution.instructions), embedding, hidden),
        None => shape.embedding == shape.hidden,
    };
    assert!(projected && norm(&encoder.embedding_norm, shape.embedding), "the embedding's sizes");
    // Attention reads and writes whole heads, up to 32 columns at a time.
    assert!(encoder.head_width.is_multiple_of(32), "heads {} wide", encoder.head_width);
    assert!(encoder.layers.iter().all(layer), "a layer's sizes");
    assert!(shape.order.iter().all(|layer| *layer < encoder.layers.len()), "an unknown layer");
    assert!(!shape.order.is_empty() && !windows.is_empty(), "nothing to run");
    let lengths = 1..=encoder.embedding.positions();
    assert!(windows.iter().all(|window| lengths.contains(&window.len())), "a window empty or too long");
}
