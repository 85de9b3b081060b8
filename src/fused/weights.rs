//! An encoder's sizes and weights as stored in a checkpoint, before packing.

use super::embedding::Words;
use super::error::FusedError;

/// The feed-forward layer's non-linearity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// x/2 · (1 + erf(x/√2)); the kernels' erf has an error of at most 6e-7.
    Gelu,
    /// x/2 · (1 + tanh(√(2/π) · (x + 0.044715·x³))).
    GeluTanh,
    /// max(x, 0).
    Relu,
}

/// An encoder's sizes.
#[derive(Clone, Debug)]
pub struct Shape {
    /// Width of the residual stream.
    pub hidden: usize,
    /// Attention heads; divides `hidden`.
    pub heads: usize,
    /// Width of the feed-forward layer.
    pub intermediate: usize,
    /// Columns of the embedding tables; differs from `hidden` only if there is a projection.
    pub embedding: usize,
    pub activation: Activation,
    /// Added to the variance in every layer norm.
    pub eps: f32,
    /// The index of the layer that each step applies, first to last (ALBERT applies one layer several times).
    pub order: Vec<usize>,
}

/// A linear layer's weights `[outputs, inputs]` and bias `[outputs]`, or a layer norm's two vectors.
#[derive(Clone, Copy)]
pub struct Affine<'a> {
    pub weight: &'a [f32],
    pub bias: &'a [f32],
}

/// The embedding tables, with the layer norm and projection that follow them.
pub struct EmbeddingWeights<'a> {
    /// `[vocabulary, embedding]`.
    pub words: Words,
    /// `[positions, embedding]`.
    pub positions: &'a [f32],
    /// Token type 0: `[embedding]`.
    pub token_type: &'a [f32],
    /// The layer norm over the sum.
    pub norm: Affine<'a>,
    /// ALBERT's projection to the hidden size.
    pub projection: Option<Affine<'a>>,
}

#[derive(Clone, Copy)]
pub struct LayerWeights<'a> {
    pub query: Affine<'a>,
    pub key: Affine<'a>,
    pub value: Affine<'a>,
    /// The linear layer after attention.
    pub attention_output: Affine<'a>,
    /// The layer norm after attention and its residual.
    pub attention_norm: Affine<'a>,
    /// The first feed-forward matrix: hidden to intermediate.
    pub intermediate: Affine<'a>,
    /// The second feed-forward matrix: intermediate to hidden.
    pub output: Affine<'a>,
    /// The layer norm after the feed-forward layer and its residual.
    pub output_norm: Affine<'a>,
}

/// A source of layers to pack. Each layer is read just before it is packed, on the thread that packs it, so that only a few
/// are in memory unpacked at the same time.
pub trait Layers: Sync {
    type Error: From<FusedError> + Send;
    fn count(&self) -> usize;
    /// The layer at `index`. `room` is a buffer that an implementation may read the weights into; it is reused for the next
    /// layer.
    fn layer<'r>(&'r self, index: usize, room: &'r mut Vec<f32>) -> Result<LayerWeights<'r>, Self::Error>;
}

impl Layers for Vec<LayerWeights<'_>> {
    type Error = FusedError;

    fn count(&self) -> usize {
        self.len()
    }

    fn layer<'r>(&'r self, index: usize, _: &'r mut Vec<f32>) -> Result<LayerWeights<'r>, FusedError> {
        Ok(self[index])
    }
}
