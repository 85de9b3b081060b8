//! Checks a checkpoint's weights and packs them for the kernels.

use std::f32::consts::LOG2_E;
use std::ops::Range;

use super::embedding::Embedding;
use super::encoder::{Encoder, Layer, Norm};
use super::error::{FusedError, NotFinite};
use super::layout::{Kind, Layout, padded};
use super::outliers::{LayerOutliers, Outliers, Watch};
use super::packed::{Channel, Packed};
use super::precision::{Execution, Precision};
use super::weights::{Affine, EmbeddingWeights, LayerWeights, Layers, Shape};

impl Encoder {
    /// Checks all sizes and packs the weights. int8 multiplies the `outliers` separately; other formats ignore them.
    pub(super) fn pack<L: Layers>(
        shape: Shape,
        embeddings: &EmbeddingWeights,
        layers: &L,
        execution: Execution,
        outliers: &Outliers,
    ) -> Result<Encoder, L::Error> {
        check(&shape, embeddings, layers.count())?;
        let width = shape.embedding;
        let projection = match embeddings.projection {
            // In f32, since this is about a hundredth of a layer's work.
            Some(affine) => {
                let layout = Layout::new(Kind::F32, execution.instructions);
                Some(linear("projection", affine, (width, shape.hidden), layout, &[])?)
            }
            None => {
                size("embedding width", width, shape.hidden)?;
                None
            }
        };
        // Heads lie side by side, each padded to whole panels.
        let head = shape.hidden / shape.heads;
        let head_width = head.next_multiple_of(32);
        let packing = Packing { shape: &shape, layout: Layout::linear(execution), head, head_width };
        let (embedding, layers) = packing.all(embeddings, layers, execution, outliers);
        let embedding = embedding.map_err(|source| FusedError::Weights { what: "embedding", source })?;
        Ok(Encoder {
            head_width,
            embedding_norm: norm("embedding norm", embeddings.norm, width)?,
            embedding,
            projection,
            layers: layers?,
            watch: Watch::new(),
            shape,
            execution,
        })
    }
}

/// Checks the shape, the number of layers and the sizes of the embedding tables.
fn check(shape: &Shape, embeddings: &EmbeddingWeights, layers: usize) -> Result<(), FusedError> {
    let width = shape.embedding;
    size("token type embedding", embeddings.token_type.len(), width)?;
    for (what, found) in
        [("word embedding", embeddings.words.len()), ("position embedding", embeddings.positions.len())]
    {
        size(what, found, found / width.max(1) * width)?;
    }
    if shape.hidden == 0 || shape.heads == 0 || !shape.hidden.is_multiple_of(shape.heads) {
        return Err(FusedError::Size { what: "hidden", found: shape.hidden, expected: shape.heads });
    }
    if shape.order.is_empty() {
        return Err(FusedError::Size { what: "order", found: 0, expected: 1 });
    }
    match shape.order.iter().find(|layer| **layer >= layers) {
        Some(unknown) => Err(FusedError::Size { what: "order", found: layers, expected: unknown + 1 }),
        None => Ok(()),
    }
}

struct Packing<'a> {
    shape: &'a Shape,
    layout: Layout,
    /// Columns of an attention head.
    head: usize,
    /// The same, padded.
    head_width: usize,
}

impl Packing<'_> {
    /// Packs embedding tables and layers on the execution's threads: packing is most of the loading time.
    fn all<L: Layers>(
        &self,
        embeddings: &EmbeddingWeights,
        layers: &L,
        execution: Execution,
        outliers: &Outliers,
    ) -> (Result<Embedding, NotFinite>, Result<Vec<Layer>, L::Error>) {
        let count = layers.count();
        let some = |range: Range<usize>| -> Result<Vec<Layer>, L::Error> {
            let mut room = Vec::new();
            range.map(|at| Ok(self.layer(&layers.layer(at, &mut room)?, &outliers.layer(at))?)).collect()
        };
        std::thread::scope(|scope| {
            let share = count.div_ceil(execution.threads).max(1);
            let some = &some;
            let workers: Vec<_> = (0..count)
                .step_by(share)
                .map(|first| scope.spawn(move || some(first..count.min(first + share))))
                .collect();
            let EmbeddingWeights { words, positions, token_type, .. } = embeddings;
            let (width, compact) = (self.shape.embedding, execution.precision != Precision::F32);
            let embedding = Embedding::new(words.clone(), positions, token_type, width, compact);
            let packed = workers.into_iter().map(|worker| match worker.join() {
                Ok(layers) => layers,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            let packed = packed.collect::<Result<Vec<Vec<Layer>>, L::Error>>();
            (embedding, packed.map(|layers| layers.into_iter().flatten().collect()))
        })
    }

    fn layer(&self, w: &LayerWeights, outliers: &LayerOutliers) -> Result<Layer, FusedError> {
        let (hidden, inner) = (self.shape.hidden, self.shape.intermediate);
        Ok(Layer {
            qkv: self.qkv(w, &outliers.qkv)?,
            attention_output: self.attention_output(w.attention_output, &outliers.attention_output)?,
            attention_norm: norm("attention norm", w.attention_norm, hidden)?,
            intermediate: linear(
                "intermediate",
                w.intermediate,
                (hidden, inner),
                self.layout,
                &outliers.intermediate,
            )?,
            output: linear("output", w.output, (inner, hidden), self.layout, &outliers.output)?,
            output_norm: norm("output norm", w.output_norm, hidden)?,
        })
    }

    /// Query, key and value, each head padded. The query's weights include the scores' factor 1/√d and log2(e), so that
    /// softmax can use powers of two.
    fn qkv(&self, w: &LayerWeights, outliers: &[u32]) -> Result<Packed, FusedError> {
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
        Packed::new(self.layout, padded(hidden), 3 * width, outliers, channel)
            .map_err(|source| FusedError::Weights { what: "query, key or value", source })
    }

    /// The linear layer after attention. Its inputs are the padded heads.
    fn attention_output(&self, affine: Affine, outliers: &[u32]) -> Result<Packed, FusedError> {
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
        Packed::new(self.layout, inputs, padded(hidden), outliers, channel)
            .map_err(|source| FusedError::Weights { what: "attention output", source })
    }
}

fn size(what: &'static str, found: usize, expected: usize) -> Result<(), FusedError> {
    if found == expected && expected > 0 { Ok(()) } else { Err(FusedError::Size { what, found, expected }) }
}

fn linear(
    what: &'static str,
    affine: Affine,
    (inputs, outputs): (usize, usize),
    layout: Layout,
    outliers: &[u32],
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
    Packed::new(layout, padded(inputs), padded(outputs), outliers, channel)
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
