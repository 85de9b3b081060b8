//! How long one layer takes in an execution, measured on weights without meaning: the time depends on shapes alone.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::embedding::Words;
use super::error::FusedError;
use super::network::Network;
use super::precision::Execution;
use super::weights::{Affine, EmbeddingWeights, LayerWeights, Shape};

/// Windows of a pass. Together with [`TOKENS`] typical of a composed text, whose windows have 10 to 80 tokens.
const WINDOWS: usize = 4;
/// Tokens of a window.
const TOKENS: usize = 32;
/// The least number of passes. The first one makes the buffers.
const LEAST: usize = 3;

/// The shortest time that one layer of this shape takes for 128 tokens, of as many passes as fit into `within`, at least three. The
/// shortest one is least disturbed by other programs.
///
/// # Errors
/// If the processor does not support the execution.
pub fn layer_time(shape: &Shape, execution: Execution, within: Duration) -> Result<Duration, FusedError> {
    let shape = Shape { order: vec![0], embedding: shape.hidden, ..shape.clone() };
    let (h, f) = (shape.hidden, shape.intermediate);
    let numbers = numbers(h * h.max(f), 1.7 / (h as f32).sqrt());
    let ones = vec![1.0; h];
    let linear = |inputs: usize, outputs: usize| Affine {
        weight: &numbers[..inputs * outputs],
        bias: &numbers[..outputs],
    };
    let norm = Affine { weight: &ones, bias: &numbers[..h] };
    let layer = LayerWeights {
        query: linear(h, h),
        key: linear(h, h),
        value: linear(h, h),
        attention_output: linear(h, h),
        attention_norm: norm,
        intermediate: linear(h, f),
        output: linear(f, h),
        output_norm: norm,
    };
    let words = self::numbers(TOKENS * h, 1.0);
    let embeddings = EmbeddingWeights {
        positions: &words,
        token_type: &ones,
        norm,
        projection: None,
        words: Words::F32(Arc::new(words.clone())),
    };
    let network = Network::new(shape, &embeddings, &vec![layer], execution)?;
    let window: Vec<u32> = (0..TOKENS as u32).collect();
    let windows = [window.as_slice(); WINDOWS];
    let began = Instant::now();
    let mut shortest = Duration::MAX;
    let mut passes = 0;
    while passes < LEAST || began.elapsed() < within {
        let pass = Instant::now();
        network.all_states(&windows)?;
        shortest = shortest.min(pass.elapsed());
        passes += 1;
    }
    Ok(shortest)
}

/// Pseudo-random numbers between `-size` and `size` (Marsaglia's xorshift32).
fn numbers(count: usize, size: f32) -> Vec<f32> {
    let mut state = 0x9E37_79B9_u32;
    let next = |_| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 8) as f32 / (1u32 << 23) as f32 * size - size
    };
    (0..count).map(next).collect()
}

#[cfg(test)]
mod tests {
    use super::super::reference::each_execution;
    use super::super::weights::Activation;
    use super::*;

    fn shape(hidden: usize) -> Shape {
        let activation = Activation::Gelu;
        let (heads, intermediate) = (hidden / 32, 4 * hidden);
        Shape { hidden, heads, intermediate, embedding: 16, activation, eps: 1e-12, order: vec![0, 1, 0] }
    }

    #[test]
    fn a_layer_four_times_as_wide_takes_longer_in_every_execution() {
        each_execution(|execution| {
            let time = |hidden| layer_time(&shape(hidden), execution, Duration::ZERO).unwrap();
            let (narrow, wide) = (time(64), time(256));
            assert!(wide > narrow, "{execution}: {wide:?} for 256, {narrow:?} for 64");
        });
    }
}
