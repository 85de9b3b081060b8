//! An encoder with its weights packed, and the passes through it.

mod error;
mod packing;
mod weights;

use std::ops::Range;

pub use error::FusedError;
pub use weights::{Activation, Affine, EmbeddingWeights, LayerWeights, Layers, Shape};

use self::packing::{Packing, linear, norm, size};
use super::embedding::{Embedding, Words};
use super::kernels::{Pass, Wanted};
use super::outliers::{Outliers, Watch};
use super::packed::{Kind, Layout, Packed};
use super::precision::{Execution, Precision};

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
    /// Columns of a head, padded.
    pub(super) head_width: usize,
    pub(super) embedding: Embedding,
    pub(super) embedding_norm: Norm,
    pub(super) projection: Option<Packed>,
    pub(super) layers: Vec<Layer>,
    pub(super) watch: Watch,
    pass: Pass,
}

impl Network {
    /// Packs the weights. What is asked for must be [`supported`](super::supported); all sizes are checked.
    pub fn new<L: Layers>(
        shape: Shape,
        embeddings: &EmbeddingWeights,
        layers: &L,
        execution: Execution,
    ) -> Result<Network, L::Error> {
        Network::with_outliers(shape, embeddings, layers, execution, &Outliers::default())
    }

    /// The same, with the `outliers` that the network in f32 has seen; only int8 takes them apart.
    pub fn with_outliers<L: Layers>(
        shape: Shape,
        embeddings: &EmbeddingWeights,
        layers: &L,
        execution: Execution,
        outliers: &Outliers,
    ) -> Result<Network, L::Error> {
        let Execution { precision, instructions, threads } = execution;
        let pass = Pass::new(execution)?;
        let (width, count) = (shape.embedding, layers.count());
        size("token type embedding", embeddings.token_type.len(), width)?;
        for (what, found) in
            [("word embedding", embeddings.words.len()), ("position embedding", embeddings.positions.len())]
        {
            size(what, found, found / width.max(1) * width)?;
        }
        if shape.hidden == 0 || shape.heads == 0 || !shape.hidden.is_multiple_of(shape.heads) {
            return Err(
                FusedError::Size { what: "hidden", found: shape.hidden, expected: shape.heads }.into()
            );
        }
        if shape.order.is_empty() {
            return Err(FusedError::Size { what: "order", found: 0, expected: 1 }.into());
        }
        if let Some(&unknown) = shape.order.iter().find(|layer| **layer >= count) {
            return Err(FusedError::Size { what: "order", found: count, expected: unknown + 1 }.into());
        }
        let projection = match embeddings.projection {
            // A hundredth of a layer's work: f32 costs nothing that could be seen.
            Some(affine) => {
                let layout = Layout::new(Kind::F32, instructions);
                Some(linear("projection", affine, (width, shape.hidden), layout, &[])?)
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
        let some = |range: Range<usize>| -> Result<Vec<Layer>, L::Error> {
            let mut room = Vec::new();
            range.map(|at| Ok(packing.layer(&layers.layer(at, &mut room)?, &outliers.layer(at))?)).collect()
        };
        let (embedding, layers) = std::thread::scope(|scope| {
            let share = count.div_ceil(threads).max(1);
            let some = &some;
            let workers: Vec<_> = (0..count)
                .step_by(share)
                .map(|first| scope.spawn(move || some(first..count.min(first + share))))
                .collect();
            let EmbeddingWeights { words, positions, token_type, .. } = embeddings;
            let compact = precision != Precision::F32;
            let embedding = Embedding::new(words.clone(), positions, token_type, width, compact);
            let packed = workers.into_iter().map(|worker| match worker.join() {
                Ok(layers) => layers,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            (embedding, packed.collect::<Result<Vec<Vec<Layer>>, L::Error>>())
        });
        let embedding = embedding.map_err(|source| FusedError::Weights { what: "embedding", source })?;
        let layers = layers?;
        Ok(Network {
            head_width,
            embedding_norm: norm("embedding norm", embeddings.norm, width)?,
            embedding,
            projection,
            layers: layers.into_iter().flatten().collect(),
            watch: Watch::new(),
            pass,
            shape,
            execution,
        })
    }

    /// How this network was packed.
    pub fn execution(&self) -> Execution {
        self.execution
    }

    /// The word embeddings as they were given; none where they were rounded, or might have been.
    pub fn words(&self) -> Option<Words> {
        (self.execution.precision == Precision::F32).then(|| self.embedding.words().clone())
    }

    /// The inputs that stood out in the first thousand tokens or so that this network read; none unless it computes in f32.
    pub fn outliers(&self) -> Outliers {
        Outliers::of(&self.layers)
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
