//! An encoder's packed weights, as the kernels read them.

use super::embedding::Embedding;
use super::outliers::{LayerOutliers, Outliers, Watch};
use super::packed::Packed;
use super::precision::Execution;
use super::weights::Shape;

/// A layer norm's weight and bias, padded.
pub(super) struct Norm {
    pub(super) weight: Vec<f32>,
    pub(super) bias: Vec<f32>,
    /// Length without padding.
    pub(super) width: usize,
}

/// One layer's packed weights.
pub(super) struct Layer {
    /// Query, key and value side by side.
    pub(super) qkv: Packed,
    pub(super) attention_output: Packed,
    pub(super) attention_norm: Norm,
    pub(super) intermediate: Packed,
    pub(super) output: Packed,
    pub(super) output_norm: Norm,
}

/// An encoder's weights, packed for one [`Execution`].
pub(super) struct Encoder {
    pub(super) shape: Shape,
    pub(super) execution: Execution,
    /// Columns of an attention head, padded.
    pub(super) head_width: usize,
    pub(super) embedding: Embedding,
    pub(super) embedding_norm: Norm,
    pub(super) projection: Option<Packed>,
    pub(super) layers: Vec<Layer>,
    /// f32: how many more tokens are recorded to find outliers.
    pub(super) watch: Watch,
}

impl Encoder {
    /// The outliers among the inputs recorded so far: none before the first pass, and none unless it computes in f32.
    pub(super) fn outliers(&self) -> Outliers {
        let layer = |layer: &Layer| LayerOutliers {
            qkv: layer.qkv.largest.outliers(),
            attention_output: layer.attention_output.largest.outliers(),
            intermediate: layer.intermediate.largest.outliers(),
            output: layer.output.largest.outliers(),
        };
        Outliers(self.layers.iter().map(layer).collect())
    }
}
