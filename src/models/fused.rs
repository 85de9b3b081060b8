//! Reads a checkpoint's weights into the fused encoder.

use std::collections::HashMap;

use super::checkpoint::Checkpoint;
use super::config::{Architecture, ModelConfig};
use super::error::ModelError;
use super::names::{EMBEDDING_NORM, POSITION_EMBEDDINGS, PROJECTION, TOKEN_TYPE_EMBEDDINGS, WORD_EMBEDDINGS};
use super::tensors::{self, Expected};
use crate::fused::{Affine, EmbeddingWeights, Execution, FusedError, LayerWeights, Layers, Network, Shape};

/// The encoder's sizes.
pub(super) fn shape(config: &ModelConfig) -> Shape {
    Shape {
        hidden: config.hidden_size,
        heads: config.heads,
        intermediate: config.intermediate_size,
        embedding: config.embedding_size,
        activation: config.activation,
        eps: config.layer_norm_eps as f32,
        order: config.layer_order(),
    }
}

/// Packs the encoder of a checkpoint whose tensors [`Checkpoint::expect`] has checked. `like` is the same checkpoint
/// packed for another execution: its word embeddings are shared, and int8 takes the outliers that it recorded.
pub(super) fn read(
    config: &ModelConfig,
    checkpoint: &Checkpoint,
    execution: Execution,
    like: Option<&Network>,
) -> Result<Network, ModelError> {
    let shape = shape(config);
    let words = match like.and_then(Network::words) {
        Some(words) => words,
        None => checkpoint.words(WORD_EMBEDDINGS)?,
    };
    let mut expected = tensors::embeddings(config);
    expected.retain(|(name, _)| name != WORD_EMBEDDINGS);
    let mut room = Vec::new();
    let weights = Slices::read(checkpoint, &expected, &mut room)?;
    let embeddings = EmbeddingWeights {
        words,
        positions: weights.get(POSITION_EMBEDDINGS),
        token_type: weights.get(TOKEN_TYPE_EMBEDDINGS).get(..config.embedding_size).unwrap_or_default(),
        norm: weights.affine(EMBEDDING_NORM),
        projection: (config.architecture == Architecture::Albert).then(|| weights.affine(PROJECTION)),
    };
    let layers = StoredLayers { config, checkpoint, names: config.stored_layers() };
    let outliers = like.map(Network::outliers).unwrap_or_default();
    let network = Network::with_outliers(shape, &embeddings, &layers, execution, &outliers);
    network.map_err(|failed| match failed {
        LayerError::Reading(error) => error,
        LayerError::Packing(source) => ModelError::Packing { path: checkpoint.path().into(), source },
    })
}

/// The layers in a checkpoint, by name.
struct StoredLayers<'a> {
    config: &'a ModelConfig,
    checkpoint: &'a Checkpoint,
    names: Vec<String>,
}

impl Layers for StoredLayers<'_> {
    type Error = LayerError;

    fn count(&self) -> usize {
        self.names.len()
    }

    fn layer<'r>(&'r self, index: usize, room: &'r mut Vec<f32>) -> Result<LayerWeights<'r>, LayerError> {
        let at = &self.names[index];
        let weights = Slices::read(self.checkpoint, &tensors::layer(self.config, at), room)?;
        let affine = |name: &str| weights.affine(&format!("{at}.{name}"));
        let names = self.config.architecture.layer_names();
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

/// Why a layer could not be read or packed.
enum LayerError {
    Reading(ModelError),
    Packing(FusedError),
}

impl From<ModelError> for LayerError {
    fn from(error: ModelError) -> LayerError {
        LayerError::Reading(error)
    }
}

impl From<FusedError> for LayerError {
    fn from(error: FusedError) -> LayerError {
        LayerError::Packing(error)
    }
}

/// Borrowed tensors by name.
struct Slices<'r>(HashMap<String, &'r [f32]>);

impl<'r> Slices<'r> {
    /// Reads these tensors into `room`, replacing its contents.
    fn read(
        checkpoint: &Checkpoint,
        expected: &[Expected],
        room: &'r mut Vec<f32>,
    ) -> Result<Slices<'r>, ModelError> {
        room.clear();
        // Reserves everything at once, because growing would copy the numbers.
        room.reserve(tensors::count(expected));
        let mut ranges = Vec::with_capacity(expected.len());
        for (name, _) in expected {
            let from = room.len();
            checkpoint.append(name, room)?;
            ranges.push((name.clone(), from..room.len()));
        }
        let room: &'r [f32] = room;
        Ok(Slices(ranges.into_iter().map(|(name, range)| (name, &room[range])).collect()))
    }

    /// Empty for a missing tensor, which the network's size check then reports.
    fn get(&self, name: &str) -> &'r [f32] {
        self.0.get(name).copied().unwrap_or_default()
    }

    fn affine(&self, name: &str) -> Affine<'r> {
        Affine { weight: self.get(&format!("{name}.weight")), bias: self.get(&format!("{name}.bias")) }
    }
}
