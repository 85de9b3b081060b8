//! ALBERT's encoder (Lan et al. 2019, arXiv:1909.11942) on plain candle operations: narrow embeddings projected to the
//! hidden size, and layers that share their weights within a group. candle-transformers has no ALBERT.

use candle_core::{Result, Tensor};
use candle_nn::{Embedding, LayerNorm, Linear, Module, VarBuilder, embedding, layer_norm, linear};

use super::config::{Architecture, HiddenActivation, ModelConfig};
use super::names::PROJECTION;

pub(super) struct Albert {
    words: Embedding,
    positions: Embedding,
    token_types: Embedding,
    norm: LayerNorm,
    projection: Linear,
    layers: Vec<Layer>,
    /// The index of the layer that each step applies.
    order: Vec<usize>,
}

impl Albert {
    /// Takes the weights from `vb`, whose names have no prefix.
    pub(super) fn new(config: &ModelConfig, vb: VarBuilder) -> Result<Albert> {
        let size = config.embedding_size;
        let at = vb.pp("embeddings");
        let layers = config.stored_layers();
        Ok(Albert {
            words: embedding(config.vocab_size, size, at.pp("word_embeddings"))?,
            positions: embedding(config.positions, size, at.pp("position_embeddings"))?,
            token_types: embedding(config.token_types, size, at.pp("token_type_embeddings"))?,
            norm: layer_norm(size, config.layer_norm_eps, at.pp("LayerNorm"))?,
            projection: linear(size, config.hidden_size, vb.pp(PROJECTION))?,
            layers: layers.iter().map(|name| Layer::new(config, vb.pp(name))).collect::<Result<_>>()?,
            order: config.layer_order(),
        })
    }

    /// u32 `[windows, tokens]` without padding to f32 `[windows, tokens, hidden]`.
    pub(super) fn hidden_states(&self, ids: &Tensor) -> Result<Tensor> {
        let embedded = self.projection.forward(&self.embed(ids)?)?;
        self.order.iter().try_fold(embedded, |x, &layer| self.layers[layer].forward(&x))
    }

    /// Word, position and token type embeddings, summed and normalized. Every token has type 0, since a window is a single
    /// text.
    fn embed(&self, ids: &Tensor) -> Result<Tensor> {
        let (_, tokens) = ids.dims2()?;
        let positions = self.positions.embeddings().narrow(0, 0, tokens)?;
        let token_type = self.token_types.embeddings().narrow(0, 0, 1)?;
        let sum = self.words.forward(ids)?.broadcast_add(&positions)?.broadcast_add(&token_type)?;
        self.norm.forward(&sum)
    }
}

/// Self-attention and feed-forward, each followed by a residual and a layer norm.
struct Layer {
    query: Linear,
    key: Linear,
    value: Linear,
    attention_output: Linear,
    attention_norm: LayerNorm,
    intermediate: Linear,
    output: Linear,
    output_norm: LayerNorm,
    heads: usize,
    activation: HiddenActivation,
}

impl Layer {
    fn new(config: &ModelConfig, vb: VarBuilder) -> Result<Layer> {
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        let names = Architecture::Albert.layer_names();
        let norm = |name| layer_norm(hidden, config.layer_norm_eps, vb.pp(name));
        Ok(Layer {
            query: linear(hidden, hidden, vb.pp(names.query))?,
            key: linear(hidden, hidden, vb.pp(names.key))?,
            value: linear(hidden, hidden, vb.pp(names.value))?,
            attention_output: linear(hidden, hidden, vb.pp(names.attention_output))?,
            attention_norm: norm(names.attention_norm)?,
            intermediate: linear(hidden, inner, vb.pp(names.intermediate))?,
            output: linear(inner, hidden, vb.pp(names.output))?,
            output_norm: norm(names.output_norm)?,
            heads: config.heads,
            activation: config.activation,
        })
    }

    /// f32 `[windows, tokens, hidden]` to the same shape.
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let attended = self.attention_output.forward(&self.attend(x)?)?;
        let x = self.attention_norm.forward(&(attended + x)?)?;
        let inner = self.intermediate.forward(&x)?;
        let inner = match self.activation {
            HiddenActivation::Gelu => inner.gelu_erf()?,
            HiddenActivation::GeluTanh => inner.gelu()?,
            HiddenActivation::Relu => inner.relu()?,
        };
        self.output_norm.forward(&(self.output.forward(&inner)? + x)?)
    }

    /// No mask, since windows are not padded.
    fn attend(&self, x: &Tensor) -> Result<Tensor> {
        let (windows, tokens, hidden) = x.dims3()?;
        let width = hidden / self.heads;
        let split = |projected: Tensor| {
            projected.reshape((windows, tokens, self.heads, width))?.transpose(1, 2)?.contiguous()
        };
        let query = (split(self.query.forward(x)?)? / (width as f64).sqrt())?;
        let key = split(self.key.forward(x)?)?;
        let value = split(self.value.forward(x)?)?;
        let weights = candle_nn::ops::softmax_last_dim(&query.matmul(&key.t()?)?)?;
        weights.matmul(&value)?.transpose(1, 2)?.reshape((windows, tokens, hidden))
    }
}
