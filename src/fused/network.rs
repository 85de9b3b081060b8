//! A packed encoder together with the threads and kernels that run it.

use super::embedding::Words;
use super::encoder::Encoder;
use super::error::FusedError;
use super::kernels::{Pass, Wanted};
use super::outliers::Outliers;
use super::precision::{Execution, Precision};
use super::weights::{EmbeddingWeights, Layers, Shape};

/// An encoder, packed for one [`Execution`].
pub struct Network {
    encoder: Encoder,
    pass: Pass,
}

impl Network {
    /// Packs the weights.
    ///
    /// # Errors
    /// If the processor does not support the execution (see [`supported`](super::supported)), or a tensor has the wrong size
    /// or a value that is not finite.
    pub fn new<L: Layers>(
        shape: Shape,
        embeddings: &EmbeddingWeights,
        layers: &L,
        execution: Execution,
    ) -> Result<Network, L::Error> {
        Network::with_outliers(shape, embeddings, layers, execution, &Outliers::default())
    }

    /// Like [`Network::new`], with the `outliers` recorded by the same network in f32. Only int8 uses them.
    pub fn with_outliers<L: Layers>(
        shape: Shape,
        embeddings: &EmbeddingWeights,
        layers: &L,
        execution: Execution,
        outliers: &Outliers,
    ) -> Result<Network, L::Error> {
        let pass = Pass::new(execution)?;
        Ok(Network { encoder: Encoder::pack(shape, embeddings, layers, execution, outliers)?, pass })
    }

    /// How this network is computed.
    pub fn execution(&self) -> Execution {
        self.encoder.execution
    }

    /// The word embeddings as they were given, or `None` if this network may have rounded them.
    pub fn words(&self) -> Option<Words> {
        (self.execution().precision == Precision::F32).then(|| self.encoder.embedding.words().clone())
    }

    /// The outliers among about the first thousand tokens that this network read; empty unless it computes in f32.
    pub fn outliers(&self) -> Outliers {
        self.encoder.outliers()
    }

    /// Width of a hidden state.
    pub fn hidden(&self) -> usize {
        self.encoder.shape.hidden
    }

    /// The last layer's state of each window's first token, `[windows, hidden]`. A window's row does not depend on the
    /// other windows or on the number of threads.
    pub fn first_states(&self, windows: &[&[u32]]) -> Result<Vec<f32>, FusedError> {
        self.run(windows, Wanted::First)
    }

    /// The last layer's states of all tokens, window after window, `[tokens, hidden]`.
    pub fn all_states(&self, windows: &[&[u32]]) -> Result<Vec<f32>, FusedError> {
        self.run(windows, Wanted::All)
    }

    fn run(&self, windows: &[&[u32]], wanted: Wanted) -> Result<Vec<f32>, FusedError> {
        let embedding = &self.encoder.embedding;
        let (most, vocabulary) = (embedding.positions(), embedding.vocabulary());
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
            self.pass.run(&self.encoder, some, wanted, &mut out);
            let mut states = &out[from..];
            for (index, window) in some.iter().enumerate() {
                let rows = if wanted == Wanted::First { 1 } else { window.len() };
                let (these, rest) = states.split_at(rows * self.hidden());
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

/// About the most tokens in one pass. With more, a layer's activations would no longer fit in the caches.
const TOKENS_TOGETHER: usize = 1024;

/// How many of these windows run in one pass: at least one.
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
