//! BERT and ALBERT sequence classifiers whose parameters can all learn.
//!
//! The layout and the names are those of Hugging Face's `BertForSequenceClassification` and
//! `AlbertForSequenceClassification`, so that what is trained here loads there, and the other way round.

mod batch;
mod sizes;

use candle_core::{Device, Tensor};

pub use batch::{Batch, Noise};
pub use sizes::{Architecture, Sizes};

use super::LearningError;
use super::ops;
use super::parameters::Parameters;

/// The names of one layer's parts.
struct Layer {
    prefix: String,
    query: &'static str,
    key: &'static str,
    value: &'static str,
    attended: &'static str,
    attended_norm: &'static str,
    up: &'static str,
    down: &'static str,
    norm: &'static str,
}

/// A sequence classifier: encoder, pooler over the first token, linear head.
#[derive(Debug)]
pub struct Transformer {
    /// Its sizes.
    pub sizes: Sizes,
    /// Its parameters, under Hugging Face's names.
    pub parameters: Parameters,
}

impl Transformer {
    /// "bert" or "albert": what the names of all but the head begin with.
    pub fn prefix(&self) -> &'static str {
        match self.sizes.architecture {
            Architecture::Bert => "bert",
            Architecture::Albert => "albert",
        }
    }

    fn layer(&self, index: usize) -> Layer {
        match self.sizes.architecture {
            Architecture::Bert => Layer {
                prefix: format!("bert.encoder.layer.{index}"),
                query: "attention.self.query",
                key: "attention.self.key",
                value: "attention.self.value",
                attended: "attention.output.dense",
                attended_norm: "attention.output.LayerNorm",
                up: "intermediate.dense",
                down: "output.dense",
                norm: "output.LayerNorm",
            },
            Architecture::Albert => Layer {
                // As transformers counts: group = layer / (layers / groups).
                prefix: format!(
                    "albert.encoder.albert_layer_groups.{}.albert_layers.0",
                    index * self.sizes.groups / self.sizes.layers.max(1)
                ),
                query: "attention.query",
                key: "attention.key",
                value: "attention.value",
                attended: "attention.dense",
                attended_norm: "attention.LayerNorm",
                up: "ffn",
                down: "ffn_output",
                norm: "full_layer_layer_norm",
            },
        }
    }

    /// For each layer that has weights of its own: its parameters' full names without `.weight` and `.bias`, in the
    /// order query, key, value, attention output, its norm, up, down, norm.
    pub fn layer_parts(&self, index: usize) -> [String; 8] {
        let l = self.layer(index);
        [l.query, l.key, l.value, l.attended, l.attended_norm, l.up, l.down, l.norm]
            .map(|part| format!("{}.{part}", l.prefix))
    }

    fn linear(&self, name: &str, x: &Tensor) -> Result<Tensor, LearningError> {
        let weight = self.parameters.get(&format!("{name}.weight"))?;
        let bias = self.parameters.get(&format!("{name}.bias"))?;
        Ok(ops::linear(x, &weight, &bias)?)
    }

    fn norm(&self, name: &str, x: &Tensor) -> Result<Tensor, LearningError> {
        let weight = self.parameters.get(&format!("{name}.weight"))?;
        let bias = self.parameters.get(&format!("{name}.bias"))?;
        Ok(ops::layer_norm(x, &weight, &bias, self.sizes.layer_norm_eps as f32)?)
    }

    fn embed(&self, batch: &Batch, noise: &mut Noise) -> Result<Tensor, LearningError> {
        let prefix = self.prefix();
        if batch.length > self.sizes.positions {
            return Err(LearningError::WindowTooLong { tokens: batch.length, limit: self.sizes.positions });
        }
        let width = self.sizes.embedding;
        let words = self.parameters.get(&format!("{prefix}.embeddings.word_embeddings.weight"))?;
        let positions = self.parameters.get(&format!("{prefix}.embeddings.position_embeddings.weight"))?;
        let kinds = self.parameters.get(&format!("{prefix}.embeddings.token_type_embeddings.weight"))?;
        let place = positions.narrow(0, 0, batch.length)?.broadcast_add(&kinds.narrow(0, 0, 1)?)?;
        let sum = words
            .index_select(&batch.ids, 0)?
            .reshape((batch.rows, batch.length, width))?
            .broadcast_add(&place.unsqueeze(0)?)?
            .reshape((batch.rows * batch.length, width))?;
        let normed = self.norm(&format!("{prefix}.embeddings.LayerNorm"), &sum)?;
        let normed = noise.apply(&normed)?;
        match self.sizes.architecture {
            Architecture::Bert => Ok(normed),
            Architecture::Albert => self.linear("albert.encoder.embedding_hidden_mapping_in", &normed),
        }
    }

    /// Attention of `rows` tokens of each window, whose states are `from`, to all tokens, whose states are `x`.
    fn attend(
        &self,
        names: &Layer,
        from: &Tensor,
        rows: usize,
        x: &Tensor,
        batch: &Batch,
    ) -> Result<Tensor, LearningError> {
        let (hidden, heads) = (self.sizes.hidden, self.sizes.heads);
        let split = |part: &str, x: &Tensor, tokens: usize| -> Result<Tensor, LearningError> {
            let flat = self.linear(&format!("{}.{part}", names.prefix), x)?;
            let shaped = flat.reshape((batch.rows, tokens, heads, hidden / heads))?;
            Ok(shaped.transpose(1, 2)?.contiguous()?)
        };
        let query = split(names.query, from, rows)?;
        let (key, value) = (split(names.key, x, batch.length)?, split(names.value, x, batch.length)?);
        let scores = query.matmul(&key.t()?)?;
        let scale = 1.0 / ((hidden / heads) as f32).sqrt();
        let weights = ops::masked_softmax(&scores, batch.mask.clone(), scale)?;
        let mixed = weights.matmul(&value)?.transpose(1, 2)?.contiguous()?;
        Ok(mixed.reshape((batch.rows * rows, hidden))?)
    }

    fn run_layer(
        &self,
        index: usize,
        x: &Tensor,
        batch: &Batch,
        noise: &mut Noise,
    ) -> Result<Tensor, LearningError> {
        self.run_layer_for(index, x, batch.length, x, batch, noise)
    }

    /// One layer, for `rows` tokens of each window alone; their states are `from`.
    fn run_layer_for(
        &self,
        index: usize,
        from: &Tensor,
        rows: usize,
        x: &Tensor,
        batch: &Batch,
        noise: &mut Noise,
    ) -> Result<Tensor, LearningError> {
        let names = self.layer(index);
        let at = |part: &str| format!("{}.{part}", names.prefix);
        let attended = self.linear(&at(names.attended), &self.attend(&names, from, rows, x, batch)?)?;
        let x = self.norm(&at(names.attended_norm), &(noise.apply(&attended)? + from)?)?;
        let inner = ops::gelu(&self.linear(&at(names.up), &x)?)?;
        let outer = noise.apply(&self.linear(&at(names.down), &inner)?)?;
        self.norm(&at(names.norm), &(outer + x)?)
    }

    /// The hidden states after the embeddings and after each layer, (rows * length, hidden) each.
    pub fn hidden_states(&self, batch: &Batch, noise: &mut Noise) -> Result<Vec<Tensor>, LearningError> {
        let mut states = vec![self.embed(batch, noise)?];
        for index in 0..self.sizes.layers {
            states.push(self.run_layer(index, &states[index], batch, noise)?);
        }
        Ok(states)
    }

    /// One row of logits for each window, (rows, labels).
    pub fn logits(&self, batch: &Batch, noise: &mut Noise) -> Result<Tensor, LearningError> {
        let pooled = self.pooled(batch, noise)?;
        self.linear("classifier", &noise.apply(&pooled)?)
    }

    /// What the head sees of each window, (rows, hidden).
    fn pooled(&self, batch: &Batch, noise: &mut Noise) -> Result<Tensor, LearningError> {
        let mut x = self.embed(batch, noise)?;
        let last = self.sizes.layers.saturating_sub(1);
        for index in 0..last {
            x = self.run_layer(index, &x, batch, noise)?;
        }
        // The pooler sees the first token alone, so the last layer need say nothing about the others.
        let firsts: Vec<u32> = (0..batch.rows).map(|row| (row * batch.length) as u32).collect();
        let firsts = x.index_select(&Tensor::from_vec(firsts, batch.rows, &Device::Cpu)?, 0)?;
        let firsts = self.run_layer_for(last, &firsts, 1, &x, batch, noise)?;
        Ok(self.linear(self.pooler(), &firsts)?.tanh()?)
    }

    /// The logits of many windows, in batches of similar length, without dropout and without a gradient.
    pub fn read(&self, windows: &[Vec<u32>], padding: u32) -> Result<Vec<Vec<f32>>, LearningError> {
        self.in_batches(windows, padding, |batch| self.logits(batch, &mut Noise::none()))
    }

    /// As [`Transformer::read`], what the head sees.
    pub fn read_pooled(&self, windows: &[Vec<u32>], padding: u32) -> Result<Vec<Vec<f32>>, LearningError> {
        self.in_batches(windows, padding, |batch| self.pooled(batch, &mut Noise::none()))
    }

    fn in_batches(
        &self,
        windows: &[Vec<u32>],
        padding: u32,
        read: impl Fn(&Batch) -> Result<Tensor, LearningError>,
    ) -> Result<Vec<Vec<f32>>, LearningError> {
        let mut order: Vec<usize> = (0..windows.len()).collect();
        order.sort_by_key(|i| windows[*i].len());
        let mut rows = vec![Vec::new(); windows.len()];
        for chunk in order.chunks(64) {
            let batch: Vec<&[u32]> = chunk.iter().map(|i| windows[*i].as_slice()).collect();
            let batch = Batch::new(&batch, padding)?;
            let read: Vec<Vec<f32>> = read(&batch)?.to_vec2()?;
            for (i, row) in chunk.iter().zip(read) {
                rows[*i] = row;
            }
        }
        Ok(rows)
    }

    /// Makes the first token's last state begin as the mean of what the last layer's values say of all tokens, and the
    /// pooler as half the identity, where a hyperbolic tangent is nearly straight. The starting checkpoint was trained to
    /// be averaged; its first token says nothing yet. A query of zero attends to every token alike, and learns from there.
    ///
    /// # Errors
    /// Where the model has no such parameters.
    pub fn attend_evenly(&mut self) -> Result<(), LearningError> {
        let hidden = self.sizes.hidden;
        let [query, ..] = self.layer_parts(self.sizes.layers.saturating_sub(1));
        self.parameters.insert_constant(&format!("{query}.weight"), &[hidden, hidden], 0.0)?;
        self.parameters.insert_constant(&format!("{query}.bias"), &[hidden], 0.0)?;
        let half = (Tensor::eye(hidden, candle_core::DType::F32, &Device::Cpu)? * 0.5)?;
        let pooler = self.pooler();
        self.parameters.insert(&format!("{pooler}.weight"), &half)?;
        self.parameters.insert_constant(&format!("{pooler}.bias"), &[hidden], 0.0)
    }

    fn pooler(&self) -> &'static str {
        match self.sizes.architecture {
            Architecture::Bert => "bert.pooler.dense",
            Architecture::Albert => "albert.pooler",
        }
    }

    /// The learning rate of a parameter as a share of the highest: `head` for what is above the layers, and for each
    /// layer `decay` times that of the layer above it. What several layers share learns as the highest of them.
    pub fn share_of_rate(&self, name: &str, head: f64, decay: f64) -> f64 {
        if name.starts_with("classifier") || name.contains("pooler") {
            return head;
        }
        let within = |layer: &usize| {
            self.layer_parts(*layer)
                .iter()
                .any(|part| name.strip_prefix(part.as_str()).is_some_and(|rest| rest.starts_with('.')))
        };
        let depth = match (0..self.sizes.layers).rev().find(within) {
            Some(layer) => self.sizes.layers - 1 - layer,
            None => self.sizes.layers,
        };
        decay.powi(depth as i32)
    }

    /// Adds a new head for so many labels: small noise for the weights, zeros for the biases.
    pub fn new_head(&mut self, labels: usize, seed: u64) -> Result<(), LearningError> {
        self.parameters.insert_noise("classifier.weight", &[labels, self.sizes.hidden], 0.02, seed)?;
        self.parameters.insert_constant("classifier.bias", &[labels], 0.0)
    }
}

#[cfg(test)]
mod tests;
