//! The fused encoder in an encoder's place: a checkpoint's tensors to packed weights, and hidden states back to tensors.

use std::collections::HashMap;

use candle_core::{Device, Tensor};

use super::checkpoint::{Checkpoint, Expected};
use super::config::{Architecture, HiddenActivation, ModelConfig};
use super::error::ModelError;
use super::layers::{Embeddings, Encoder, TransformerLayer, count, expected_linear};
use super::names::{EMBEDDING_NORM, POSITION_EMBEDDINGS, PROJECTION, TOKEN_TYPE_EMBEDDINGS, WORD_EMBEDDINGS};
use crate::fused::{
    Activation, Affine, EmbeddingWeights, Execution, FusedError, LayerWeights, Layers, Network, Shape,
};

/// BERT's or ALBERT's encoder as one fused operation.
pub(super) struct FusedEncoder {
    network: Network,
}

impl FusedEncoder {
    /// Packs a checkpoint's weights, which must be as the reference asks for them. `like` is the same checkpoint packed another
    /// way: what can be shared is, and int8 takes apart the inputs that stood out in what it read.
    pub(super) fn new(
        config: &ModelConfig,
        checkpoint: &Checkpoint,
        execution: Execution,
        like: Option<&Network>,
    ) -> Result<FusedEncoder, ModelError> {
        let albert = config.architecture == Architecture::Albert;
        let shape = Shape {
            hidden: config.hidden_size,
            heads: config.heads,
            intermediate: config.intermediate_size,
            embedding: config.embedding_size,
            activation: match config.activation {
                HiddenActivation::Gelu => Activation::Gelu,
                HiddenActivation::GeluTanh => Activation::GeluTanh,
                HiddenActivation::Relu => Activation::Relu,
            },
            eps: config.layer_norm_eps as f32,
            order: config.layer_order(),
        };
        let words = match like.and_then(Network::words) {
            Some(words) => words,
            None => checkpoint.words(WORD_EMBEDDINGS)?,
        };
        let mut expected = Vec::new();
        Embeddings::expected(config, &mut expected);
        if albert {
            expected_linear(PROJECTION, config.hidden_size, config.embedding_size, &mut expected);
        }
        expected.retain(|(name, _)| name != WORD_EMBEDDINGS);
        let mut room = Vec::new();
        let weights = Slices::read(checkpoint, &expected, &mut room)?;
        let types = weights.get(TOKEN_TYPE_EMBEDDINGS);
        let embeddings = EmbeddingWeights {
            words,
            positions: weights.get(POSITION_EMBEDDINGS),
            token_type: types.get(..config.embedding_size).unwrap_or_default(),
            norm: weights.affine(EMBEDDING_NORM),
            projection: albert.then(|| weights.affine(PROJECTION)),
        };
        let layers = Stored { config, checkpoint, layers: config.stored_layers() };
        let outliers = like.map(Network::outliers).unwrap_or_default();
        let network = Network::with_outliers(shape, &embeddings, &layers, execution, &outliers);
        network.map(|network| FusedEncoder { network }).map_err(|failed| match failed {
            Failed::Reading(error) => error,
            Failed::Packing(source) => ModelError::Packing { path: checkpoint.path().into(), source },
        })
    }
}

/// Layers in their file.
struct Stored<'a> {
    config: &'a ModelConfig,
    checkpoint: &'a Checkpoint,
    layers: Vec<String>,
}

impl Layers for Stored<'_> {
    type Error = Failed;

    fn count(&self) -> usize {
        self.layers.len()
    }

    fn layer<'r>(&'r self, index: usize, room: &'r mut Vec<f32>) -> Result<LayerWeights<'r>, Failed> {
        let (names, at) = (self.config.architecture.layer_names(), &self.layers[index]);
        let mut expected = Vec::new();
        TransformerLayer::expected(self.config, at, &mut expected);
        let weights = Slices::read(self.checkpoint, &expected, room)?;
        let affine = |name: &str| weights.affine(&format!("{at}.{name}"));
        Ok(LayerWeights {
            query: affine(names.query),
            key: affine(names.key),
            value: affine(names.value),
            attention_output: affine(names.attention_output),
            attention_norm: affine(names.attention_norm),
            intermediate: affine(names.intermediate),
            output: affine(names.output),
            output_norm: affine(names.output_norm),
        })
    }
}

/// Why a layer could not be packed.
enum Failed {
    Reading(ModelError),
    Packing(FusedError),
}

impl From<ModelError> for Failed {
    fn from(error: ModelError) -> Failed {
        Failed::Reading(error)
    }
}

impl From<FusedError> for Failed {
    fn from(error: FusedError) -> Failed {
        Failed::Packing(error)
    }
}

/// Tensors by name, lent.
struct Slices<'r>(HashMap<String, &'r [f32]>);

impl<'r> Slices<'r> {
    /// Reads these tensors into `room`, over what was there before.
    fn read(
        checkpoint: &Checkpoint,
        expected: &[Expected],
        room: &'r mut Vec<f32>,
    ) -> Result<Slices<'r>, ModelError> {
        room.clear();
        // At once: to grow is to copy.
        room.reserve(count(expected));
        let mut ranges = Vec::with_capacity(expected.len());
        for (name, _) in expected {
            let from = room.len();
            checkpoint.append(name, room)?;
            ranges.push((name.clone(), from..room.len()));
        }
        let room: &'r [f32] = room;
        Ok(Slices(ranges.into_iter().map(|(name, range)| (name, &room[range])).collect()))
    }

    /// What is missing is empty, and the network's size check says so.
    fn get(&self, name: &str) -> &'r [f32] {
        self.0.get(name).copied().unwrap_or_default()
    }

    fn affine(&self, name: &str) -> Affine<'r> {
        Affine { weight: self.get(&format!("{name}.weight")), bias: self.get(&format!("{name}.bias")) }
    }
}

impl Encoder for FusedEncoder {
    fn fused(&self) -> Option<&Network> {
        Some(&self.network)
    }

    fn hidden_size(&self) -> usize {
        self.network.hidden()
    }

    fn hidden_states(&self, ids: &Tensor) -> candle_core::Result<Tensor> {
        let (windows, tokens) = ids.dims2()?;
        let ids: Vec<Vec<u32>> = ids.to_vec2()?;
        let ids: Vec<&[u32]> = ids.iter().map(Vec::as_slice).collect();
        let states = self.network.all_states(&ids).map_err(candle_core::Error::wrap)?;
        Tensor::from_vec(states, (windows, tokens, self.hidden_size()), &Device::Cpu)
    }

    fn first_states(&self, windows: &[&[u32]]) -> candle_core::Result<Tensor> {
        let states = self.network.first_states(windows).map_err(candle_core::Error::wrap)?;
        Tensor::from_vec(states, (windows.len(), self.hidden_size()), &Device::Cpu)
    }

    fn mean_states(&self, windows: &[&[u32]]) -> candle_core::Result<Tensor> {
        let width = self.hidden_size();
        let states = self.network.all_states(windows).map_err(candle_core::Error::wrap)?;
        let mut rows = states.chunks_exact(width);
        let mut means = Vec::with_capacity(windows.len() * width);
        for window in windows {
            let mut sum = vec![0.0f64; width];
            for row in rows.by_ref().take(window.len()) {
                for (sum, value) in sum.iter_mut().zip(row) {
                    *sum += f64::from(*value);
                }
            }
            means.extend(sum.into_iter().map(|sum| (sum / window.len() as f64) as f32));
        }
        Tensor::from_vec(means, (windows.len(), width), &Device::Cpu)
    }
}
