//! What BERT and ALBERT share: embeddings, the transformer layer, and the seam behind which an encoder can be replaced.
//!
//! Plain candle operations, f32: the reference that faster encoders are held against, and the path for learning.

use std::collections::BTreeMap;

use candle_core::{D, DType, Device, Result, Tensor};
use candle_nn::{Embedding, Linear, Module, VarBuilder, embedding, linear};

use super::checkpoint::Expected;
use super::config::{HiddenActivation, ModelConfig};
use super::names::{EMBEDDING_NORM, POSITION_EMBEDDINGS, TOKEN_TYPE_EMBEDDINGS, WORD_EMBEDDINGS};
use crate::fused::Network;

/// Whether the operations keep what a backward pass needs.
///
/// candle's fused layer norm and softmax have no backward pass and cut the graph without a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gradient {
    /// Forward only: the fused operations.
    Off,
    /// Composed of operations that all have a backward pass; slower.
    Tracked,
}

/// Token ids to hidden states: the seam at which a faster implementation takes the reference's place.
pub trait Encoder: Send + Sync {
    /// The fused network behind it, if there is one.
    fn fused(&self) -> Option<&Network> {
        None
    }

    /// The width of a hidden state.
    fn hidden_size(&self) -> usize;

    /// Hidden states of the last layer. `ids`: u32 `[windows, tokens]`, no padding; result: f32 `[windows, tokens, hidden]`.
    fn hidden_states(&self, ids: &Tensor) -> Result<Tensor>;

    /// The hidden state of each window's first token, f32 `[windows, hidden]`, in the order given. Windows may differ in
    /// length: equal ones run together, none is padded.
    fn first_states(&self, windows: &[&[u32]]) -> Result<Tensor> {
        by_length(windows, |ids| self.hidden_states(ids)?.narrow(1, 0, 1)?.squeeze(1))
    }

    /// The mean over all tokens (special ones included) of each window's hidden states, f32 `[windows, hidden]`.
    fn mean_states(&self, windows: &[&[u32]]) -> Result<Tensor> {
        by_length(windows, |ids| self.hidden_states(ids)?.mean(1))
    }
}

/// The most tokens that one pass of the reference takes together; bounds the memory of a batch.
const TOKENS_TOGETHER: usize = 4096;

/// Runs `pass` (`[windows, tokens]` to `[windows, width]`) on windows of equal length together and puts the rows back in the
/// order given.
fn by_length(windows: &[&[u32]], pass: impl Fn(&Tensor) -> Result<Tensor>) -> Result<Tensor> {
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, window) in windows.iter().enumerate() {
        groups.entry(window.len()).or_default().push(index);
    }
    let mut rows: Vec<(usize, Tensor)> = Vec::with_capacity(windows.len());
    for (length, members) in groups {
        for together in members.chunks((TOKENS_TOGETHER / length.max(1)).max(1)) {
            let ids: Vec<u32> = together.iter().flat_map(|&index| windows[index].iter().copied()).collect();
            let ids = Tensor::from_vec(ids, (together.len(), length), &Device::Cpu)?;
            let states = pass(&ids)?;
            for (row, &index) in together.iter().enumerate() {
                rows.push((index, states.narrow(0, row, 1)?));
            }
        }
    }
    rows.sort_by_key(|(index, _)| *index);
    let rows: Vec<Tensor> = rows.into_iter().map(|(_, row)| row).collect();
    Tensor::cat(&rows, 0)
}

/// Layer norm over the last dimension.
struct LayerNorm {
    weight: Tensor,
    bias: Tensor,
    eps: f32,
    gradient: Gradient,
}

impl LayerNorm {
    fn new(size: usize, eps: f64, gradient: Gradient, vb: VarBuilder) -> Result<Self> {
        Ok(LayerNorm {
            weight: vb.get(size, "weight")?,
            bias: vb.get(size, "bias")?,
            eps: eps as f32,
            gradient,
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        match self.gradient {
            Gradient::Off => candle_nn::ops::layer_norm(&x.contiguous()?, &self.weight, &self.bias, self.eps),
            Gradient::Tracked => candle_nn::ops::layer_norm_slow(x, &self.weight, &self.bias, self.eps),
        }
    }
}

/// Word, position and token type embeddings, summed and normalised. Every token is of type 0: we read single texts.
pub(super) struct Embeddings {
    words: Embedding,
    positions: Embedding,
    token_types: Embedding,
    norm: LayerNorm,
}

impl Embeddings {
    pub(super) fn new(config: &ModelConfig, gradient: Gradient, vb: VarBuilder) -> Result<Self> {
        let size = config.embedding_size;
        Ok(Embeddings {
            words: embedding(config.vocab_size, size, vb.pp("word_embeddings"))?,
            positions: embedding(config.positions, size, vb.pp("position_embeddings"))?,
            token_types: embedding(config.token_types, size, vb.pp("token_type_embeddings"))?,
            norm: LayerNorm::new(size, config.layer_norm_eps, gradient, vb.pp("LayerNorm"))?,
        })
    }

    /// u32 `[windows, tokens]` to f32 `[windows, tokens, embedding]`.
    pub(super) fn forward(&self, ids: &Tensor) -> Result<Tensor> {
        let (_, tokens) = ids.dims2()?;
        let positions = self.positions.embeddings().narrow(0, 0, tokens)?;
        let token_type = self.token_types.embeddings().narrow(0, 0, 1)?;
        let sum = self.words.forward(ids)?.broadcast_add(&positions)?.broadcast_add(&token_type)?;
        self.norm.forward(&sum)
    }

    pub(super) fn expected(config: &ModelConfig, out: &mut Vec<Expected>) {
        let size = config.embedding_size;
        out.push((WORD_EMBEDDINGS.into(), vec![config.vocab_size, size]));
        out.push((POSITION_EMBEDDINGS.into(), vec![config.positions, size]));
        out.push((TOKEN_TYPE_EMBEDDINGS.into(), vec![config.token_types, size]));
        out.push((format!("{EMBEDDING_NORM}.weight"), vec![size]));
        out.push((format!("{EMBEDDING_NORM}.bias"), vec![size]));
    }
}

/// Self-attention and feed-forward, each with its residual and a layer norm after it.
pub(super) struct TransformerLayer {
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
    gradient: Gradient,
}

impl TransformerLayer {
    pub(super) fn new(config: &ModelConfig, gradient: Gradient, vb: VarBuilder) -> Result<Self> {
        let names = config.architecture.layer_names();
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        let norm = |name| LayerNorm::new(hidden, config.layer_norm_eps, gradient, vb.pp(name));
        Ok(TransformerLayer {
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
            gradient,
        })
    }

    /// f32 `[windows, tokens, hidden]` to the same shape. Without padding there is nothing to mask.
    pub(super) fn forward(&self, x: &Tensor) -> Result<Tensor> {
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

    fn attend(&self, x: &Tensor) -> Result<Tensor> {
        let (windows, tokens, hidden) = x.dims3()?;
        let width = hidden / self.heads;
        let split = |projected: Tensor| {
            projected.reshape((windows, tokens, self.heads, width))?.transpose(1, 2)?.contiguous()
        };
        let query = (split(self.query.forward(x)?)? / (width as f64).sqrt())?;
        let key = split(self.key.forward(x)?)?;
        let value = split(self.value.forward(x)?)?;
        let scores = query.matmul(&key.t()?)?;
        let weights = match self.gradient {
            Gradient::Off => candle_nn::ops::softmax_last_dim(&scores)?,
            Gradient::Tracked => candle_nn::ops::softmax(&scores, D::Minus1)?,
        };
        weights.matmul(&value)?.transpose(1, 2)?.reshape((windows, tokens, hidden))
    }

    pub(super) fn expected(config: &ModelConfig, at: &str, out: &mut Vec<Expected>) {
        let names = config.architecture.layer_names();
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        for (name, rows, columns) in [
            (names.query, hidden, hidden),
            (names.key, hidden, hidden),
            (names.value, hidden, hidden),
            (names.attention_output, hidden, hidden),
            (names.intermediate, inner, hidden),
            (names.output, hidden, inner),
        ] {
            expected_linear(&format!("{at}.{name}"), rows, columns, out);
        }
        for name in [names.attention_norm, names.output_norm] {
            out.push((format!("{at}.{name}.weight"), vec![hidden]));
            out.push((format!("{at}.{name}.bias"), vec![hidden]));
        }
    }
}

/// The weight `[rows, columns]` and bias `[rows]` of a linear layer called `at`.
pub(super) fn expected_linear(at: &str, rows: usize, columns: usize, out: &mut Vec<Expected>) {
    out.push((format!("{at}.weight"), vec![rows, columns]));
    out.push((format!("{at}.bias"), vec![rows]));
}

/// Parameters in these tensors.
pub(super) fn count(expected: &[Expected]) -> usize {
    expected.iter().map(|(_, shape)| shape.iter().product::<usize>()).sum()
}

/// The number format of the reference path.
pub(super) const DTYPE: DType = DType::F32;
