//! BERT and ALBERT sequence classifiers with trainable parameters.
//!
//! Names and shapes are those of transformers' `BertForSequenceClassification` and `AlbertForSequenceClassification`,
//! so that checkpoints are interchangeable. Only the exact GELU is supported, and each of ALBERT's groups has one
//! layer.

use std::path::Path;

use candle_core::{DType, Device, Tensor};

use super::batch::{Batch, Dropout};
use super::ops;
use super::parameters::Parameters;
use crate::learning::error::LearningError;
use crate::models::names::{
    EMBEDDING_NORM, POSITION_EMBEDDINGS, PROJECTION, TOKEN_TYPE_EMBEDDINGS, WORD_EMBEDDINGS,
};
use crate::models::{Architecture, ModelConfig};

/// The number of windows in a forward pass without a gradient.
const BATCH: usize = 64;

/// A sequence classifier: encoder, pooler over the first token, linear head.
#[derive(Debug)]
pub struct Transformer {
    pub config: ModelConfig,
    pub parameters: Parameters,
}

impl Transformer {
    /// Reads a BERT from a folder in Hugging Face's layout, with its head if it has one.
    pub fn read_bert(folder: &Path) -> Result<Transformer, LearningError> {
        let config = ModelConfig::read(folder)?;
        let mut parameters = Parameters::default();
        parameters.read(&folder.join("model.safetensors"), |name| {
            // Position numbers are stored beside the parameters.
            let is_parameter = name != "embeddings.position_ids";
            let known = name.starts_with("bert.") || name.starts_with("classifier.");
            is_parameter.then(|| if known { name.to_string() } else { format!("bert.{name}") })
        })?;
        Ok(Transformer { config, parameters })
    }

    /// The full name of a tensor of the encoder or the pooler.
    pub fn name(&self, name: &str) -> String {
        format!("{}{name}", self.config.architecture.prefix())
    }

    pub fn embedding(&self, name: &str) -> Result<Tensor, LearningError> {
        self.parameters.get(&self.name(name))
    }

    /// The full name of the pooler, without `.weight` and `.bias`.
    pub fn pooler(&self) -> String {
        self.name(self.config.architecture.pooler())
    }

    /// The full name of the layer at position `index` of the forward pass.
    fn layer(&self, index: usize) -> String {
        let place = self.config.layer_order()[index];
        self.name(&self.config.stored_layers()[place])
    }

    /// The full names of the parts of the layer at position `index` of the forward pass, without `.weight` and `.bias`.
    pub fn layer_parts(&self, index: usize) -> [String; 8] {
        let (layer, names) = (self.layer(index), self.config.architecture.layer_names());
        [
            names.query,
            names.key,
            names.value,
            names.attention_output,
            names.attention_norm,
            names.intermediate,
            names.output,
            names.output_norm,
        ]
        .map(|part| format!("{layer}.{part}"))
    }

    fn linear(&self, name: &str, x: &Tensor) -> Result<Tensor, LearningError> {
        let weight = self.parameters.get(&format!("{name}.weight"))?;
        let bias = self.parameters.get(&format!("{name}.bias"))?;
        Ok(ops::linear(x, &weight, &bias)?)
    }

    fn norm(&self, name: &str, x: &Tensor) -> Result<Tensor, LearningError> {
        let weight = self.parameters.get(&format!("{name}.weight"))?;
        let bias = self.parameters.get(&format!("{name}.bias"))?;
        Ok(ops::layer_norm(x, &weight, &bias, self.config.layer_norm_eps as f32)?)
    }

    fn embed(&self, batch: &Batch, dropout: &mut Dropout) -> Result<Tensor, LearningError> {
        let limit = self.config.positions;
        if batch.length > limit {
            return Err(LearningError::WindowTooLong { tokens: batch.length, limit });
        }
        let width = self.config.embedding_size;
        let words = self.embedding(WORD_EMBEDDINGS)?;
        let positions = self.embedding(POSITION_EMBEDDINGS)?.narrow(0, 0, batch.length)?;
        let token_type = self.embedding(TOKEN_TYPE_EMBEDDINGS)?.narrow(0, 0, 1)?;
        let place = positions.broadcast_add(&token_type)?;
        let sum = words
            .index_select(&batch.ids, 0)?
            .reshape((batch.rows, batch.length, width))?
            .broadcast_add(&place.unsqueeze(0)?)?
            .reshape((batch.rows * batch.length, width))?;
        let normed = dropout.apply(&self.norm(&self.name(EMBEDDING_NORM), &sum)?)?;
        match self.config.architecture {
            Architecture::Bert => Ok(normed),
            Architecture::Albert => self.linear(&self.name(PROJECTION), &normed),
        }
    }

    /// Attention from `rows` tokens of each window, whose states are `from`, to all tokens, whose states are `x`.
    fn attend(
        &self,
        layer: &str,
        from: &Tensor,
        rows: usize,
        x: &Tensor,
        batch: &Batch,
    ) -> Result<Tensor, LearningError> {
        let (heads, hidden) = (self.config.heads, self.config.hidden_size);
        let names = self.config.architecture.layer_names();
        let project = |part: &str, x: &Tensor, length: usize| -> Result<Tensor, LearningError> {
            let projected = self.linear(&format!("{layer}.{part}"), x)?;
            let split = projected.reshape((batch.rows, length, heads, hidden / heads))?;
            Ok(split.transpose(1, 2)?.contiguous()?)
        };
        let query = project(names.query, from, rows)?;
        let key = project(names.key, x, batch.length)?;
        let value = project(names.value, x, batch.length)?;
        let scores = query.matmul(&key.t()?)?;
        let scale = 1.0 / ((hidden / heads) as f32).sqrt();
        let weights = ops::masked_softmax(&scores, batch.mask.clone(), scale)?;
        let mixed = weights.matmul(&value)?.transpose(1, 2)?.contiguous()?;
        Ok(mixed.reshape((batch.rows * rows, hidden))?)
    }

    /// Runs the layer at position `index` for `rows` tokens of each window, whose states are `from`.
    fn run_layer(
        &self,
        index: usize,
        from: &Tensor,
        rows: usize,
        x: &Tensor,
        batch: &Batch,
        dropout: &mut Dropout,
    ) -> Result<Tensor, LearningError> {
        let (layer, names) = (self.layer(index), self.config.architecture.layer_names());
        let part = |name: &str| format!("{layer}.{name}");
        let mixed = self.attend(&layer, from, rows, x, batch)?;
        let attended = self.linear(&part(names.attention_output), &mixed)?;
        let x = self.norm(&part(names.attention_norm), &(dropout.apply(&attended)? + from)?)?;
        let inner = ops::gelu(&self.linear(&part(names.intermediate), &x)?)?;
        let outer = dropout.apply(&self.linear(&part(names.output), &inner)?)?;
        self.norm(&part(names.output_norm), &(outer + x)?)
    }

    /// The hidden states after the embeddings and after each layer, (rows * length, hidden) each.
    pub fn hidden_states(&self, batch: &Batch, dropout: &mut Dropout) -> Result<Vec<Tensor>, LearningError> {
        let mut states = vec![self.embed(batch, dropout)?];
        for index in 0..self.config.layers {
            let x = &states[index];
            states.push(self.run_layer(index, x, batch.length, x, batch, dropout)?);
        }
        Ok(states)
    }

    /// The logits of each window, (rows, labels).
    pub fn logits(&self, batch: &Batch, dropout: &mut Dropout) -> Result<Tensor, LearningError> {
        let pooled = self.pooled(batch, dropout)?;
        self.linear("classifier", &dropout.apply(&pooled)?)
    }

    /// The pooled state of each window, (rows, hidden).
    fn pooled(&self, batch: &Batch, dropout: &mut Dropout) -> Result<Tensor, LearningError> {
        let mut x = self.embed(batch, dropout)?;
        let last = self.config.layers.saturating_sub(1);
        for index in 0..last {
            x = self.run_layer(index, &x, batch.length, &x, batch, dropout)?;
        }
        // The pooler needs only the first token, so the last layer computes no others.
        let firsts: Vec<u32> = (0..batch.rows).map(|row| (row * batch.length) as u32).collect();
        let firsts = x.index_select(&Tensor::from_vec(firsts, batch.rows, &Device::Cpu)?, 0)?;
        let firsts = self.run_layer(last, &firsts, 1, &x, batch, dropout)?;
        Ok(self.linear(&self.pooler(), &firsts)?.tanh()?)
    }

    /// The logits of many windows, without dropout and without a gradient.
    pub fn read(&self, windows: &[Vec<u32>]) -> Result<Vec<Vec<f32>>, LearningError> {
        let read = self.read_pooled(windows)?;
        Ok(read.into_iter().map(|window| window.logits).collect())
    }

    /// Like [`Transformer::read`], with the pooled state of each window.
    pub fn read_pooled(&self, windows: &[Vec<u32>]) -> Result<Vec<ReadWindow>, LearningError> {
        let mut order: Vec<usize> = (0..windows.len()).collect();
        order.sort_by_key(|i| windows[*i].len());
        let mut rows = vec![ReadWindow::default(); windows.len()];
        for chunk in order.chunks(BATCH) {
            let batch: Vec<&[u32]> = chunk.iter().map(|i| windows[*i].as_slice()).collect();
            let pooled = self.pooled(&Batch::new(&batch)?, &mut Dropout::off())?;
            let logits: Vec<Vec<f32>> = self.linear("classifier", &pooled)?.to_vec2()?;
            let pooled: Vec<Vec<f32>> = pooled.to_vec2()?;
            for ((i, logits), pooled) in chunk.iter().zip(logits).zip(pooled) {
                rows[*i] = ReadWindow { logits, pooled };
            }
        }
        Ok(rows)
    }

    /// Makes the pooled state start near (half) the mean of the last layer's values over all tokens. The starting
    /// checkpoint was trained for mean pooling, so the state of its first token has no meaning yet.
    ///
    /// A query of zero attends to every token equally. Half the identity keeps the pooler in the range where tanh is
    /// nearly linear. Training then changes both.
    pub fn attend_evenly(&mut self) -> Result<(), LearningError> {
        let hidden = self.config.hidden_size;
        let [query, ..] = self.layer_parts(self.config.layers.saturating_sub(1));
        self.parameters.insert_constant(&format!("{query}.weight"), &[hidden, hidden], 0.0)?;
        self.parameters.insert_constant(&format!("{query}.bias"), &[hidden], 0.0)?;
        let half = (Tensor::eye(hidden, DType::F32, &Device::Cpu)? * 0.5)?;
        let pooler = self.pooler();
        self.parameters.insert(&format!("{pooler}.weight"), &half)?;
        self.parameters.insert_constant(&format!("{pooler}.bias"), &[hidden], 0.0)
    }

    /// The learning rate of a parameter as a share of the highest: `head` above the layers, and for each layer `decay`
    /// times the rate of the layer above it. A layer that is applied several times has the rate of its last
    /// application.
    pub fn share_of_rate(&self, name: &str, head: f64, decay: f64) -> f64 {
        if name.starts_with("classifier") || name.contains("pooler") {
            return head;
        }
        let layers = self.config.layers;
        let within =
            |index: &usize| name.strip_prefix(&self.layer(*index)).is_some_and(|rest| rest.starts_with('.'));
        let depth = match (0..layers).rev().find(within) {
            Some(index) => layers - 1 - index,
            None => layers,
        };
        decay.powi(depth as i32)
    }

    /// Replaces the head by a new one: small noise for the weights, zeros for the biases.
    pub fn new_head(&mut self, labels: usize, seed: u64) -> Result<(), LearningError> {
        let shape = [labels, self.config.hidden_size];
        self.parameters.insert_noise("classifier.weight", &shape, 0.02, seed)?;
        self.parameters.insert_constant("classifier.bias", &[labels], 0.0)
    }
}

/// The outputs for a window.
#[derive(Clone, Debug, Default)]
pub struct ReadWindow {
    pub logits: Vec<f32>,
    /// The input of the head.
    pub pooled: Vec<f32>,
}

#[cfg(test)]
pub mod tests;
