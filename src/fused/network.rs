//! An encoder with its weights packed, and the passes through it.

use std::f32::consts::LOG2_E;

use super::embedding::Embedding;
use super::kernels::{Pass, Wanted};
use super::packed::{Channel, Kind, Layout, NotFinite, Packed, padded};
use super::precision::{Execution, Instructions, Precision, supported};

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
    pub words: &'a [f32],
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

/// Why a network could not be built or run.
#[derive(Debug, thiserror::Error)]
pub enum FusedError {
    /// The processor lacks what the execution asks for.
    #[error("this processor cannot compute {precision} on {instructions}")]
    Unsupported {
        /// The precision asked for.
        precision: Precision,
        /// The instructions asked for.
        instructions: Instructions,
    },
    /// An execution without a single thread.
    #[error("a network needs at least one thread")]
    NoThread,
    /// A tensor's length does not fit the shape.
    #[error("{what} holds {found} numbers; the shape asks for {expected}")]
    Size {
        /// Which tensor.
        what: &'static str,
        /// Its numbers.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// A weight that no arithmetic survives.
    #[error("{what} cannot be packed")]
    Weights {
        /// Which tensor.
        what: &'static str,
        /// What is wrong with it.
        #[source]
        source: NotFinite,
    },
    /// A window that is empty, too long, or holds an id beyond the vocabulary.
    #[error("window {index} is empty, too long or holds an unknown token")]
    Window {
        /// Which window of the batch.
        index: usize,
    },
    /// A result that is infinite or not a number: the weights or their precision are no good for this input.
    #[error("the result for window {index} is not finite")]
    NotFinite {
        /// Which window of the batch.
        index: usize,
    },
    /// The threads could not be started.
    #[error("the encoder's threads could not be started")]
    Threads(#[source] std::io::Error),
}

pub(super) struct Norm {
    pub(super) weight: Vec<f32>,
    pub(super) bias: Vec<f32>,
    pub(super) width: usize,
}

pub(super) struct Layer {
    /// Query, key and value beside each other.
    pub(super) qkv: Packed,
    pub(super) attention_output: Packed,
    pub(super) attention_norm: Norm,
    pub(super) intermediate: Packed,
    pub(super) output: Packed,
    pub(super) output_norm: Norm,
}

/// An encoder, packed for one [`Execution`].
pub struct Network {
    pub(super) shape: Shape,
    pub(super) execution: Execution,
    pub(super) attention: Layout,
    /// Columns of a head, padded.
    pub(super) head_width: usize,
    pub(super) embedding: Embedding,
    pub(super) embedding_norm: Norm,
    pub(super) projection: Option<Packed>,
    pub(super) layers: Vec<Layer>,
    pass: Pass,
}

impl Network {
    /// Packs the weights. What is asked for must be [`supported`]; all sizes are checked.
    pub fn new(
        shape: Shape,
        embeddings: &EmbeddingWeights,
        layers: &[LayerWeights],
        execution: Execution,
    ) -> Result<Network, FusedError> {
        let Execution { precision, instructions, threads } = execution;
        if !supported(precision, instructions) {
            return Err(FusedError::Unsupported { precision, instructions });
        }
        if threads == 0 {
            return Err(FusedError::NoThread);
        }
        let width = shape.embedding;
        size("token type embedding", embeddings.token_type.len(), width)?;
        for (what, table) in
            [("word embedding", embeddings.words), ("position embedding", embeddings.positions)]
        {
            size(what, table.len(), table.len() / width.max(1) * width)?;
        }
        if shape.hidden == 0 || shape.heads == 0 || !shape.hidden.is_multiple_of(shape.heads) {
            return Err(FusedError::Size { what: "hidden", found: shape.hidden, expected: shape.heads });
        }
        if shape.order.is_empty() {
            return Err(FusedError::Size { what: "order", found: 0, expected: 1 });
        }
        if let Some(&unknown) = shape.order.iter().find(|layer| **layer >= layers.len()) {
            return Err(FusedError::Size { what: "order", found: layers.len(), expected: unknown + 1 });
        }
        let unpackable = |what| move |source| FusedError::Weights { what, source };
        let compact = precision != Precision::F32;
        let embedding =
            Embedding::new(embeddings.words, embeddings.positions, embeddings.token_type, width, compact)
                .map_err(unpackable("embedding"))?;
        let projection = match embeddings.projection {
            // A hundredth of a layer's work: f32 costs nothing that could be seen.
            Some(affine) => {
                let layout = Layout::new(Kind::F32, instructions);
                Some(linear("projection", affine, width, shape.hidden, layout)?)
            }
            None => {
                size("embedding width", width, shape.hidden)?;
                None
            }
        };
        // Heads lie beside each other, each padded to whole panels.
        let head = shape.hidden / shape.heads;
        let head_width = head.next_multiple_of(32);
        let packing = Packing { shape: &shape, layout: Layout::linear(execution), head, head_width };
        // Packing is most of the loading time, and layers are alike.
        let layers = std::thread::scope(|scope| {
            let share = layers.len().div_ceil(threads).max(1);
            let packing = &packing;
            let workers: Vec<_> = layers
                .chunks(share)
                .map(|some| scope.spawn(move || some.iter().map(|w| packing.layer(w)).collect()))
                .collect();
            let packed = workers.into_iter().map(|worker| match worker.join() {
                Ok(layers) => layers,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            packed.collect::<Result<Vec<Vec<Layer>>, FusedError>>()
        })?;
        Ok(Network {
            attention: Layout::attention(execution),
            head_width,
            embedding_norm: norm("embedding norm", embeddings.norm, width)?,
            embedding,
            projection,
            layers: layers.into_iter().flatten().collect(),
            pass: Pass::new(execution)?,
            shape,
            execution,
        })
    }

    /// How this network was packed.
    pub fn execution(&self) -> Execution {
        self.execution
    }

    /// Width of a hidden state.
    pub fn hidden(&self) -> usize {
        self.shape.hidden
    }

    /// The last layer's state of each window's first token, `[windows, hidden]`. A window's row does not depend on the
    /// others, nor on the number of threads.
    pub fn first_states(&self, windows: &[&[u32]]) -> Result<Vec<f32>, FusedError> {
        self.run(windows, Wanted::First)
    }

    /// The last layer's states of all tokens, window after window, `[tokens, hidden]`.
    pub fn all_states(&self, windows: &[&[u32]]) -> Result<Vec<f32>, FusedError> {
        self.run(windows, Wanted::All)
    }

    fn run(&self, windows: &[&[u32]], wanted: Wanted) -> Result<Vec<f32>, FusedError> {
        let (most, vocabulary) = (self.embedding.positions(), self.embedding.vocabulary());
        let bad = |window: &&[u32]| {
            window.is_empty() || window.len() > most || window.iter().any(|id| *id as usize >= vocabulary)
        };
        if let Some(index) = windows.iter().position(bad) {
            return Err(FusedError::Window { index });
        }
        let mut out = Vec::new();
        let mut done = 0;
        while done < windows.len() {
            let count = together(&windows[done..]);
            let some = &windows[done..done + count];
            let from = out.len();
            self.pass.run(self, some, wanted, &mut out);
            let mut states = &out[from..];
            for (index, window) in some.iter().enumerate() {
                let rows = if wanted == Wanted::First { 1 } else { window.len() };
                let (these, rest) = states.split_at(rows * self.shape.hidden);
                if these.iter().any(|value| !value.is_finite()) {
                    return Err(FusedError::NotFinite { index: done + index });
                }
                states = rest;
            }
            done += count;
        }
        Ok(out)
    }
}

/// Tokens that run together, about: more would push a layer's activations out of the caches and gain nothing.
const TOKENS_TOGETHER: usize = 1024;

/// How many of these windows run together: at least one.
fn together(windows: &[&[u32]]) -> usize {
    let mut tokens = 0;
    for (index, window) in windows.iter().enumerate() {
        tokens += window.len();
        if tokens > TOKENS_TOGETHER && index > 0 {
            return index;
        }
    }
    windows.len()
}

struct Packing<'a> {
    shape: &'a Shape,
    layout: Layout,
    head: usize,
    head_width: usize,
}

impl Packing<'_> {
    fn layer(&self, w: &LayerWeights) -> Result<Layer, FusedError> {
        let (hidden, inner) = (self.shape.hidden, self.shape.intermediate);
        Ok(Layer {
            qkv: self.qkv(w)?,
            attention_output: self.attention_output(w.attention_output)?,
            attention_norm: norm("attention norm", w.attention_norm, hidden)?,
            intermediate: linear("intermediate", w.intermediate, hidden, inner, self.layout)?,
            output: linear("output", w.output, inner, hidden, self.layout)?,
            output_norm: norm("output norm", w.output_norm, hidden)?,
        })
    }

    /// Query, key and value, each head padded. The scores' 1/√d and the exponential's base go into the query.
    fn qkv(&self, w: &LayerWeights) -> Result<Packed, FusedError> {
        let (hidden, heads) = (self.shape.hidden, self.shape.heads);
        let width = padded(heads * self.head_width);
        let parts = [("query", w.query), ("key", w.key), ("value", w.value)];
        for (what, affine) in parts {
            size(what, affine.weight.len(), hidden * hidden)?;
            size(what, affine.bias.len(), hidden)?;
        }
        let channel = |column: usize| {
            let (_, affine) = parts[column / width];
            let (head, lane) = (column % width / self.head_width, column % width % self.head_width);
            if head >= heads || lane >= self.head {
                return None;
            }
            let output = head * self.head + lane;
            Some(Channel {
                weights: &affine.weight[output * hidden..][..hidden],
                bias: affine.bias[output],
                factor: if column < width { LOG2_E / (self.head as f32).sqrt() } else { 1.0 },
                spread: None,
            })
        };
        Packed::new(self.layout, padded(hidden), 3 * width, channel)
            .map_err(|source| FusedError::Weights { what: "query, key or value", source })
    }

    /// Its inputs are attention's padded heads.
    fn attention_output(&self, affine: Affine) -> Result<Packed, FusedError> {
        let hidden = self.shape.hidden;
        size("attention output", affine.weight.len(), hidden * hidden)?;
        size("attention output", affine.bias.len(), hidden)?;
        let channel = |output: usize| {
            (output < hidden).then(|| Channel {
                weights: &affine.weight[output * hidden..][..hidden],
                bias: affine.bias[output],
                factor: 1.0,
                spread: Some((self.head, self.head_width)),
            })
        };
        let inputs = padded(self.shape.heads * self.head_width);
        Packed::new(self.layout, inputs, padded(hidden), channel)
            .map_err(|source| FusedError::Weights { what: "attention output", source })
    }
}

fn size(what: &'static str, found: usize, expected: usize) -> Result<(), FusedError> {
    if found == expected && expected > 0 { Ok(()) } else { Err(FusedError::Size { what, found, expected }) }
}

fn linear(
    what: &'static str,
    affine: Affine,
    inputs: usize,
    outputs: usize,
    layout: Layout,
) -> Result<Packed, FusedError> {
    size(what, affine.weight.len(), inputs * outputs)?;
    size(what, affine.bias.len(), outputs)?;
    let channel = |output: usize| {
        (output < outputs).then(|| Channel {
            weights: &affine.weight[output * inputs..][..inputs],
            bias: affine.bias[output],
            factor: 1.0,
            spread: None,
        })
    };
    Packed::new(layout, padded(inputs), padded(outputs), channel)
        .map_err(|source| FusedError::Weights { what, source })
}

fn norm(what: &'static str, affine: Affine, width: usize) -> Result<Norm, FusedError> {
    size(what, affine.weight.len(), width)?;
    size(what, affine.bias.len(), width)?;
    if affine.weight.iter().chain(affine.bias).any(|value| !value.is_finite()) {
        return Err(FusedError::Weights { what, source: NotFinite });
    }
    let pad = |values: &[f32]| {
        let mut padded_values = values.to_vec();
        padded_values.resize(padded(width), 0.0);
        padded_values
    };
    Ok(Norm { weight: pad(affine.weight), bias: pad(affine.bias), width })
}
