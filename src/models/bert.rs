//! BERT's encoder (Devlin et al. 2018, arXiv:1810.04805), computed by candle-transformers.

use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config, HiddenAct};

use super::config::{HiddenActivation, ModelConfig};

pub(super) struct Bert(BertModel);

impl Bert {
    /// Takes the weights from `vb`, whose names have no prefix.
    pub(super) fn new(config: &ModelConfig, vb: VarBuilder) -> Result<Bert> {
        let config = Config {
            vocab_size: config.vocab_size,
            hidden_size: config.hidden_size,
            num_hidden_layers: config.layers,
            num_attention_heads: config.heads,
            intermediate_size: config.intermediate_size,
            hidden_act: match config.activation {
                HiddenActivation::Gelu => HiddenAct::Gelu,
                HiddenActivation::GeluTanh => HiddenAct::GeluApproximate,
                HiddenActivation::Relu => HiddenAct::Relu,
            },
            max_position_embeddings: config.positions,
            type_vocab_size: config.token_types,
            layer_norm_eps: config.layer_norm_eps,
            ..Config::default()
        };
        Ok(Bert(BertModel::load(vb, &config)?))
    }

    /// u32 `[windows, tokens]` without padding to f32 `[windows, tokens, hidden]`. Every token has type 0, since a window is a
    /// single text.
    pub(super) fn hidden_states(&self, ids: &Tensor) -> Result<Tensor> {
        self.0.forward(ids, &ids.zeros_like()?, None)
    }
}
