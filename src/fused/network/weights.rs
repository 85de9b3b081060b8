//! What an encoder is made from: its sizes and its weights, as a checkpoint has them.

use super::super::embedding::Words;
use super::FusedError;

/// The feed-forward layer's non-linearity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// x/2 · (1 + erf(x/√2)); our erf is off by at most 6e-7.
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
    /// Columns of the embedding tables; other than `hidden` only where there is a projection.
    pub embedding: usize,
    /// The feed-forward layer's non-linearity.
    pub activation: Activation,
    /// Added to the variance in every layer norm.
    pub eps: f32,
    /// Which of the layers' weights each step applies, first to last.
    pub order: Vec<usize>,
}

/// A linear layer's weights `[outputs, inputs]` and bias `[outputs]`, or a layer norm's two vectors.
#[derive(Clone, Copy)]
pub struct Affine<'a> {
    /// The factors.
    pub weight: &'a [f32],
    /// What is added.
    pub bias: &'a [f32],
}

/// The embedding tables and what follows them.
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

/// One layer's weights.
#[derive(Clone, Copy)]
pub struct LayerWeights<'a> {
    /// Attention's three projections.
    pub query: Affine<'a>,
    /// See `query`.
    pub key: Affine<'a>,
    /// See `query`.
    pub value: Affine<'a>,
    /// The linear layer after attention.
    pub attention_output: Affine<'a>,
    /// The layer norm after that and the residual.
    pub attention_norm: Affine<'a>,
    /// The feed-forward layer's first half.
    pub intermediate: Affine<'a>,
    /// And its second.
    pub output: Affine<'a>,
    /// The layer norm after that and the residual.
    pub output_norm: Affine<'a>,
}

/// Layers to be packed. Each is asked for when its turn comes, on the thread that packs it, so that never more than a few need
/// lie in memory unpacked.
pub trait Layers: Sync {
    /// Why a layer cannot be had, or packed.
    type Error: From<FusedError> + Send;
    /// How many there are.
    fn count(&self) -> usize;
    /// The layer at `index`, in numbers of its own or in `room`, which serves one layer after another.
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
