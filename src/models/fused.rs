//! The fused encoder in an encoder's place: a checkpoint's tensors to packed weights, and hidden states back to tensors.

use std::collections::HashMap;
use std::ops::Deref;

use candle_core::{CpuStorage, Device, Result, Storage, Tensor};

use super::config::{Architecture, HiddenActivation, ModelConfig};
use super::layers::{Encoder, LayerNames};
use super::{albert, bert};
use crate::fused::{
    Activation, Affine, EmbeddingWeights, Execution, FusedError, LayerWeights, Network, Shape,
};

/// BERT's or ALBERT's encoder as one fused operation.
pub(super) struct FusedEncoder {
    network: Network,
}

impl FusedEncoder {
    /// Packs a checkpoint's weights, f32 by name (without transformers' prefix) as the reference asks for them.
    pub(super) fn new(
        config: &ModelConfig,
        tensors: &HashMap<String, Tensor>,
        execution: Execution,
    ) -> std::result::Result<FusedEncoder, FusedError> {
        let weights = Weights::borrow(tensors);
        let weights = weights.slices();
        let albert = config.architecture == Architecture::Albert;
        let (layers, order) = match config.architecture {
            Architecture::Bert => (0..config.layers)
                .map(|i| (layer(&weights, &bert::NAMES, &format!("encoder.layer.{i}")), i))
                .unzip::<_, _, Vec<_>, Vec<_>>(),
            Architecture::Albert => {
                let names = (0..config.hidden_groups).flat_map(|group| {
                    (0..config.inner_layers).map(move |inner| albert::layer_name(group, inner))
                });
                let layers = names.map(|name| layer(&weights, &albert::NAMES, &name)).collect();
                let groups = (0..config.layers).map(|step| albert::group(config, step));
                let inner = config.inner_layers;
                (layers, groups.flat_map(|group| (0..inner).map(move |i| group * inner + i)).collect())
            }
        };
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
            order,
        };
        let types = weights.get("embeddings.token_type_embeddings.weight");
        let embeddings = EmbeddingWeights {
            words: weights.get("embeddings.word_embeddings.weight"),
            positions: weights.get("embeddings.position_embeddings.weight"),
            token_type: types.get(..config.embedding_size).unwrap_or_default(),
            norm: weights.affine("embeddings.LayerNorm"),
            projection: albert.then(|| weights.affine(albert::PROJECTION)),
        };
        Ok(FusedEncoder { network: Network::new(shape, &embeddings, &layers, execution)? })
    }
}

/// The tensors' numbers, held readable.
struct Weights<'a> {
    storages: HashMap<&'a str, Box<dyn Deref<Target = Storage> + 'a>>,
}

impl<'a> Weights<'a> {
    fn borrow(tensors: &'a HashMap<String, Tensor>) -> Weights<'a> {
        let storages = tensors.iter().map(|(name, tensor)| {
            let (storage, _) = tensor.storage_and_layout();
            (name.as_str(), Box::new(storage) as Box<dyn Deref<Target = Storage> + 'a>)
        });
        Weights { storages: storages.collect() }
    }

    fn slices(&self) -> Slices<'_> {
        let slices = self.storages.iter().filter_map(|(name, storage)| match &***storage {
            // The checkpoint's tensors are whole, in order and f32.
            Storage::Cpu(CpuStorage::F32(values)) => Some((*name, values.as_slice())),
            _ => None,
        });
        Slices(slices.collect())
    }
}

struct Slices<'a>(HashMap<&'a str, &'a [f32]>);

impl<'a> Slices<'a> {
    /// What is missing is empty, and the network's size check says so.
    fn get(&self, name: &str) -> &'a [f32] {
        self.0.get(name).copied().unwrap_or_default()
    }

    fn affine(&self, name: &str) -> Affine<'a> {
        Affine { weight: self.get(&format!("{name}.weight")), bias: self.get(&format!("{name}.bias")) }
    }
}

fn layer<'a>(weights: &Slices<'a>, names: &LayerNames, at: &str) -> LayerWeights<'a> {
    let affine = |name: &str| weights.affine(&format!("{at}.{name}"));
    LayerWeights {
        query: affine(names.query),
        key: affine(names.key),
        value: affine(names.value),
        attention_output: affine(names.attention_output),
        attention_norm: affine(names.attention_norm),
        intermediate: affine(names.intermediate),
        output: affine(names.output),
        output_norm: affine(names.output_norm),
    }
}

impl Encoder for FusedEncoder {
    fn hidden_size(&self) -> usize {
        self.network.hidden()
    }

    fn hidden_states(&self, ids: &Tensor) -> Result<Tensor> {
        let (windows, tokens) = ids.dims2()?;
        let ids: Vec<Vec<u32>> = ids.to_vec2()?;
        let ids: Vec<&[u32]> = ids.iter().map(Vec::as_slice).collect();
        let states = self.network.all_states(&ids).map_err(candle_core::Error::wrap)?;
        Tensor::from_vec(states, (windows, tokens, self.hidden_size()), &Device::Cpu)
    }

    fn first_states(&self, windows: &[&[u32]]) -> Result<Tensor> {
        let states = self.network.first_states(windows).map_err(candle_core::Error::wrap)?;
        Tensor::from_vec(states, (windows.len(), self.hidden_size()), &Device::Cpu)
    }

    fn mean_states(&self, windows: &[&[u32]]) -> Result<Tensor> {
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
