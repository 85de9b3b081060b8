//! What the pointers of a pass rest on, checked before it runs: a few comparisons for each layer.

use super::super::super::network::{Layer, Network, Norm};
use super::super::super::packed::{Kind, Layout, padded};

/// # Panics
/// Unless all weights have the sizes and layouts from which the buffers follow, and the windows fit the tables.
pub(super) fn check(network: &Network, windows: &[&[u32]]) {
    let (shape, execution) = (&network.shape, network.execution);
    let hidden = padded(shape.hidden);
    let inner = padded(shape.intermediate);
    let embedding = padded(shape.embedding);
    let heads = padded(shape.heads * network.head_width);
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
    let projected = match &network.projection {
        Some(weights) => weights.fits(Layout::new(Kind::F32, execution.instructions), embedding, hidden),
        None => shape.embedding == shape.hidden,
    };
    assert!(projected && norm(&network.embedding_norm, shape.embedding), "the embedding's sizes");
    // Attention reads and writes whole heads, up to 32 columns at a time.
    assert!(network.head_width.is_multiple_of(32), "heads {} wide", network.head_width);
    assert!(network.layers.iter().all(layer), "a layer's sizes");
    assert!(shape.order.iter().all(|layer| *layer < network.layers.len()), "an unknown layer");
    assert!(!shape.order.is_empty() && !windows.is_empty(), "nothing to run");
    let lengths = 1..=network.embedding.positions();
    assert!(windows.iter().all(|window| lengths.contains(&window.len())), "a window empty or too long");
}
