//! BERT and ALBERT sequence classifiers whose parameters can all learn.
//!
//! The layout and the names are those of Hugging Face's `BertForSequenceClassification` and
//! `AlbertForSequenceClassification`, so that what is trained here loads there, and the other way round.

use std::sync::Arc;

use candle_core::{Device, Tensor};
use serde_json::{Value, json};

use super::LearningError;
use super::ops;
use super::parameters::Parameters;

/// Which of the two encoders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// Every layer has weights of its own.
    Bert,
    /// Embeddings are narrow, and one layer is run again and again.
    Albert,
}

/// An encoder's sizes, in the words of config.json.
#[derive(Clone, Debug, PartialEq)]
pub struct Sizes {
    /// Which encoder.
    pub architecture: Architecture,
    /// Pieces in the vocabulary.
    pub vocabulary: usize,
    /// Width of the embeddings; BERT's is the hidden width.
    pub embedding: usize,
    /// Width of the hidden states.
    pub hidden: usize,
    /// Layers run; ALBERT may run one more than once.
    pub layers: usize,
    /// Layers with weights of their own; BERT's are all of them, ALBERT's each serve as many layers as the next.
    pub groups: usize,
    /// Attention heads.
    pub heads: usize,
    /// Width within the feed-forward part.
    pub intermediate: usize,
    /// The longest window, special tokens included.
    pub positions: usize,
    /// What layer normalisation adds to the variance.
    pub layer_norm_eps: f64,
}

impl Sizes {
    /// config.json for these sizes, labels and `problem_type`.
    pub fn config(&self, labels: &[String], problem: &str, padding: u32) -> Value {
        let (architecture, kind) = match self.architecture {
            Architecture::Bert => ("BertForSequenceClassification", "bert"),
            Architecture::Albert => ("AlbertForSequenceClassification", "albert"),
        };
        let id2label: serde_json::Map<_, _> =
            labels.iter().enumerate().map(|(i, label)| (i.to_string(), json!(label))).collect();
        let label2id: serde_json::Map<_, _> =
            labels.iter().enumerate().map(|(i, label)| (label.clone(), json!(i))).collect();
        let mut config = json!({
            "architectures": [architecture],
            "model_type": kind,
            "vocab_size": self.vocabulary,
            "hidden_size": self.hidden,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "intermediate_size": self.intermediate,
            "hidden_act": "gelu",
            "hidden_dropout_prob": 0.1,
            "attention_probs_dropout_prob": 0.0,
            "max_position_embeddings": self.positions,
            "type_vocab_size": 2,
            "initializer_range": 0.02,
            "layer_norm_eps": self.layer_norm_eps,
            "pad_token_id": padding,
            "problem_type": problem,
            "id2label": id2label,
            "label2id": label2id,
        });
        if self.architecture == Architecture::Albert {
            config["embedding_size"] = json!(self.embedding);
            config["num_hidden_groups"] = json!(self.groups);
            config["inner_group_num"] = json!(1);
            config["classifier_dropout_prob"] = json!(0.1);
            config["bos_token_id"] = json!(2);
            config["eos_token_id"] = json!(3);
        }
        config
    }
}

/// Windows of token ids, padded to the longest.
#[derive(Clone, Debug)]
pub struct Batch {
    ids: Tensor,
    mask: Arc<Vec<f32>>,
    /// Windows.
    pub rows: usize,
    /// Tokens of the longest window.
    pub length: usize,
}

impl Batch {
    /// Pads the windows (special tokens included) to the longest. There must be one at least, and none empty.
    pub fn new(windows: &[&[u32]], padding: u32) -> Result<Batch, LearningError> {
        let length = windows.iter().map(|w| w.len()).max().unwrap_or(0);
        let mut ids = Vec::with_capacity(windows.len() * length);
        let mut mask = Vec::with_capacity(windows.len() * length);
        for window in windows {
            ids.extend_from_slice(window);
            ids.resize(ids.len() + length - window.len(), padding);
            mask.resize(mask.len() + window.len(), 0.0);
            mask.resize(mask.len() + length - window.len(), -1e4);
        }
        let ids = Tensor::from_vec(ids, windows.len() * length, &Device::Cpu)?;
        Ok(Batch { ids, mask: Arc::new(mask), rows: windows.len(), length })
    }
}

/// Dropout's rate and the seeds of its masks; each use takes the next seed.
#[derive(Clone, Copy, Debug)]
pub struct Noise {
    rate: f32,
    seed: u32,
}

impl Noise {
    /// No dropout: for reading, not for learning.
    pub fn none() -> Noise {
        Noise { rate: 0.0, seed: 0 }
    }

    /// Dropout at this rate, with masks that depend on `seed` alone.
    pub fn new(rate: f32, seed: u64) -> Noise {
        Noise { rate, seed: (seed ^ (seed >> 32)) as u32 }
    }

    fn apply(&mut self, x: &Tensor) -> Result<Tensor, LearningError> {
        self.seed = self.seed.wrapping_mul(0x9E37_79B1).wrapping_add(0x7F4A_7C15);
        Ok(ops::dropout(x, self.seed, self.rate)?)
    }
}

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
        let mut x = self.embed(batch, noise)?;
        let last = self.sizes.layers.saturating_sub(1);
        for index in 0..last {
            x = self.run_layer(index, &x, batch, noise)?;
        }
        // The pooler sees the first token alone, so the last layer need say nothing about the others.
        let firsts: Vec<u32> = (0..batch.rows).map(|row| (row * batch.length) as u32).collect();
        let firsts = x.index_select(&Tensor::from_vec(firsts, batch.rows, &Device::Cpu)?, 0)?;
        let firsts = self.run_layer_for(last, &firsts, 1, &x, batch, noise)?;
        let pooled = self.linear(self.pooler(), &firsts)?.tanh()?;
        self.linear("classifier", &noise.apply(&pooled)?)
    }

    /// The logits of many windows, in batches of similar length, without dropout and without a gradient.
    pub fn read(&self, windows: &[Vec<u32>], padding: u32) -> Result<Vec<Vec<f32>>, LearningError> {
        let mut order: Vec<usize> = (0..windows.len()).collect();
        order.sort_by_key(|i| windows[*i].len());
        let mut rows = vec![Vec::new(); windows.len()];
        for chunk in order.chunks(64) {
            let batch: Vec<&[u32]> = chunk.iter().map(|i| windows[*i].as_slice()).collect();
            let batch = Batch::new(&batch, padding)?;
            let logits: Vec<Vec<f32>> = self.logits(&batch, &mut Noise::none())?.to_vec2()?;
            for (i, row) in chunk.iter().zip(logits) {
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
mod tests {
    use super::*;

    fn tiny(architecture: Architecture) -> Transformer {
        let (layers, groups) = if architecture == Architecture::Bert { (2, 2) } else { (4, 2) };
        let embedding = if architecture == Architecture::Bert { 8 } else { 4 };
        let sizes = Sizes {
            architecture,
            vocabulary: 20,
            embedding,
            hidden: 8,
            layers,
            groups,
            heads: 2,
            intermediate: 16,
            positions: 12,
            layer_norm_eps: 1e-12,
        };
        let mut model = Transformer { sizes, parameters: Parameters::default() };
        let prefix = model.prefix();
        let mut seed = 0;
        let mut add = |parameters: &mut Parameters, name: &str, shape: &[usize]| {
            seed += 1;
            parameters.insert_noise(name, shape, 0.3, seed).unwrap();
        };
        for (name, rows) in [("word", 20), ("position", 12), ("token_type", 2)] {
            let name = format!("{prefix}.embeddings.{name}_embeddings.weight");
            add(&mut model.parameters, &name, &[rows, embedding]);
        }
        let mut parts = vec![(format!("{prefix}.embeddings.LayerNorm"), vec![embedding])];
        for index in 0..layers {
            let shapes = [[8, 8], [8, 8], [8, 8], [8, 8], [8, 0], [16, 8], [8, 16], [8, 0]];
            for (part, shape) in model.layer_parts(index).into_iter().zip(shapes) {
                parts.push((part, shape.into_iter().filter(|n| *n > 0).collect()));
            }
        }
        match architecture {
            Architecture::Bert => parts.push(("bert.pooler.dense".to_string(), vec![8, 8])),
            Architecture::Albert => {
                parts.push(("albert.pooler".to_string(), vec![8, 8]));
                parts.push(("albert.encoder.embedding_hidden_mapping_in".to_string(), vec![8, 4]));
            }
        }
        parts.push(("classifier".to_string(), vec![3, 8]));
        for (name, shape) in parts {
            add(&mut model.parameters, &format!("{name}.weight"), &shape);
            add(&mut model.parameters, &format!("{name}.bias"), &shape[..1]);
        }
        model
    }

    fn rows(tensor: &Tensor) -> Vec<Vec<f32>> {
        tensor.to_vec2().unwrap()
    }

    #[test]
    fn a_window_reads_the_same_alone_and_padded() {
        for architecture in [Architecture::Bert, Architecture::Albert] {
            let model = tiny(architecture);
            let windows: [&[u32]; 2] = [&[2, 5, 6, 3], &[2, 7, 8, 9, 10, 11, 3]];
            let together = Batch::new(&windows, 0).unwrap();
            let both = rows(&model.logits(&together, &mut Noise::none()).unwrap());
            let alone = Batch::new(&windows[..1], 0).unwrap();
            let one = rows(&model.logits(&alone, &mut Noise::none()).unwrap());
            let close = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5);
            assert!(close(&both[0], &one[0]), "{both:?} {one:?}");
            assert!(!close(&both[0], &both[1]));
        }
    }

    #[test]
    fn attending_evenly_reads_words_in_any_order_alike_but_for_their_places() {
        for architecture in [Architecture::Bert, Architecture::Albert] {
            let mut model = tiny(architecture);
            model.sizes.layers = 1;
            model.sizes.groups = 1;
            let places = format!("{}.embeddings.position_embeddings.weight", model.prefix());
            let width = model.sizes.embedding;
            model.parameters.insert_constant(&places, &[12, width], 0.0).unwrap();
            let windows: [&[u32]; 2] = [&[2, 5, 6, 7, 3], &[2, 7, 5, 6, 3]];
            let batch = Batch::new(&windows, 0).unwrap();
            model.attend_evenly().unwrap();
            let read = rows(&model.logits(&batch, &mut Noise::none()).unwrap());
            assert!(read[0].iter().zip(&read[1]).all(|(a, b)| (a - b).abs() < 1e-5), "{read:?}");
        }
    }

    #[test]
    fn lower_layers_learn_more_slowly() {
        let model = tiny(Architecture::Bert);
        let share = |name: &str| model.share_of_rate(name, 5.0, 0.5);
        assert_eq!(share("classifier.weight"), 5.0);
        assert_eq!(share("bert.encoder.layer.1.output.dense.weight"), 1.0);
        assert_eq!(share("bert.encoder.layer.0.attention.self.query.bias"), 0.5);
        assert_eq!(share("bert.embeddings.LayerNorm.weight"), 0.25);
        let model = tiny(Architecture::Albert);
        let shared = "albert.encoder.albert_layer_groups.1.albert_layers.0.ffn.weight";
        assert_eq!(model.share_of_rate(shared, 5.0, 0.5), 1.0);
    }

    #[test]
    fn every_parameter_gets_a_gradient() {
        for architecture in [Architecture::Bert, Architecture::Albert] {
            let model = tiny(architecture);
            let windows: [&[u32]; 2] = [&[2, 5, 6, 3], &[2, 7, 8, 9, 10, 11, 3]];
            let batch = Batch::new(&windows, 0).unwrap();
            let logits = model.logits(&batch, &mut Noise::new(0.1, 3)).unwrap();
            let gradients = logits.sqr().unwrap().sum_all().unwrap().backward().unwrap();
            for (name, variable) in model.parameters.all() {
                let gradient =
                    gradients.get(variable.as_tensor()).unwrap_or_else(|| panic!("{name} has none"));
                let size: f32 = gradient.abs().unwrap().sum_all().unwrap().to_scalar().unwrap();
                // A key's bias moves all of a softmax's arguments alike: its gradient is zero by nature.
                assert!(size.is_finite() && (size > 0.0 || name.contains("key.bias")), "{name}: {size}");
            }
        }
    }
}
