//! Properties of the networks themselves: batches, gradients, and candle-transformers' BERT as a second opinion.

use std::sync::LazyLock;

use calling::internals::models::{
    Architecture, Classifier, Gradient, HiddenActivation, ModelConfig, SequenceClassifier, Tokenizer, load,
    load_encoder,
};
use candle_core::{DType, Device, Tensor, Var};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config};
use proptest::prelude::*;

use super::formula;
use super::references::fixture;

fn largest(a: &Tensor, b: &Tensor) -> f32 {
    (a - b).unwrap().abs().unwrap().max_all().unwrap().to_scalar().unwrap()
}

#[test]
fn our_bert_and_candle_transformers_agree() {
    let ours = load_encoder(&fixture("bert-vocab-txt")).unwrap();
    let config = Config {
        vocab_size: ours.config.vocab_size,
        hidden_size: ours.config.hidden_size,
        num_hidden_layers: ours.config.layers,
        num_attention_heads: ours.config.heads,
        intermediate_size: ours.config.intermediate_size,
        ..Config::default()
    };
    let vb = VarBuilder::from_tensors(ours.tensors.clone(), DType::F32, &Device::Cpu);
    let theirs = BertModel::load(vb, &config).unwrap();
    let content = ours.tokenizer.encode("I never seem to run out of things to say. I like tea.").unwrap().ids;
    let ids = ours.tokenizer.window_ids(&content);
    let ids = Tensor::new(ids.as_slice(), &Device::Cpu).unwrap().unsqueeze(0).unwrap();
    let theirs = theirs.forward(&ids, &ids.zeros_like().unwrap(), None).unwrap();
    let ours = ours.network.encoder().hidden_states(&ids).unwrap();
    assert_eq!(ours.dims(), theirs.dims());
    let difference = largest(&ours, &theirs);
    assert!(difference <= 1e-5, "{difference}");
}

#[test]
fn a_window_does_not_feel_the_rest_of_its_batch() {
    for name in ["bert-vocab-txt", "albert-spiece", "albert-groups-f16", "bert-cased"] {
        let model = load(&fixture(name)).unwrap();
        let texts = ["a", "I like tea.", "no plan", "I moved house nine times.", "", "I like tea."];
        let windows: Vec<Vec<u32>> =
            texts.iter().map(|text| model.window_ids(&model.encode(text).unwrap().ids)).collect();
        let together: Vec<&[u32]> = windows.iter().map(Vec::as_slice).collect();
        let together = model.logits(&together).unwrap();
        assert_eq!(together.len(), texts.len());
        for (window, together) in windows.iter().zip(&together) {
            let alone = model.logits(&[window]).unwrap().swap_remove(0);
            let difference = alone.iter().zip(together).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(difference <= 1e-5, "{name}: {difference}");
        }
        assert_ne!(together[0], together[1], "different windows, different logits");
    }
}

#[test]
fn windows_that_no_model_could_read_are_errors() {
    let model = load(&fixture("bert-cased")).unwrap();
    let sentence = |window: &[u32]| model.logits(&[window]).unwrap_err().to_string();
    assert!(sentence(&[]).contains("0 tokens"));
    assert!(sentence(&[1; 65]).contains("65 tokens"));
    assert!(sentence(&[2, 1_000_000, 3]).contains("token id 1000000"));
    assert!(model.logits(&[]).unwrap().is_empty());
}

#[test]
fn every_weight_gets_a_gradient_when_gradients_are_tracked() {
    for (architecture, activation) in
        [(Architecture::Bert, HiddenActivation::Gelu), (Architecture::Albert, HiddenActivation::GeluTanh)]
    {
        let config = ModelConfig {
            architecture,
            vocab_size: 11,
            embedding_size: if architecture == Architecture::Albert { 4 } else { 8 },
            hidden_size: 8,
            layers: 2,
            heads: 2,
            intermediate_size: 12,
            hidden_groups: 1,
            inner_layers: 1,
            activation,
            positions: 6,
            token_types: 2,
            layer_norm_eps: 1e-12,
        };
        let expected = SequenceClassifier::expected(&config, 3);
        let tensors = formula::tensors(architecture, &expected);
        let plain = VarBuilder::from_tensors(tensors.clone(), DType::F32, &Device::Cpu);
        let plain = SequenceClassifier::new(&config, 3, Gradient::Off, plain).unwrap();
        let variables: Vec<(String, Var)> =
            tensors.into_iter().map(|(name, tensor)| (name, Var::from_tensor(&tensor).unwrap())).collect();
        let tracked = variables.iter().map(|(name, var)| (name.clone(), var.as_tensor().clone())).collect();
        let tracked = VarBuilder::from_tensors(tracked, DType::F32, &Device::Cpu);
        let tracked = SequenceClassifier::new(&config, 3, Gradient::Tracked, tracked).unwrap();

        let ids = Tensor::new(&[[1u32, 2, 3, 4], [5, 6, 7, 8]], &Device::Cpu).unwrap();
        let logits = tracked.forward(&ids).unwrap();
        assert!(largest(&logits, &plain.forward(&ids).unwrap()) <= 1e-5, "both ways give the same logits");
        let gradients = logits.sqr().unwrap().sum_all().unwrap().backward().unwrap();
        for (name, variable) in &variables {
            let gradient = gradients.get(variable).unwrap_or_else(|| panic!("{name} got no gradient"));
            let size: f32 = gradient.abs().unwrap().sum_all().unwrap().to_scalar().unwrap();
            // A key's bias shifts all scores of a query alike, which softmax does not see: its gradient is zero but there.
            assert!(size > 0.0 || name.ends_with("key.bias"), "{name} got a gradient of zero");
        }
    }
}

static TOKENIZERS: LazyLock<[(&str, Tokenizer); 3]> = LazyLock::new(|| {
    ["bert-vocab-txt", "bert-cased", "albert-spiece"]
        .map(|name| (name, Tokenizer::read(&fixture(name), 1000).unwrap()))
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whoever cuts a text by offsets may slice it: they lie in the text, on character boundaries, in order.
    #[test]
    fn offsets_can_be_sliced_whatever_the_text(text in "(\\PC|[ \\t\\n\\u{0}\\u{301}\\u{200d}\\u{feff}İẞﬁ½'`\"(.–])*") {
        for (name, tokenizer) in TOKENIZERS.iter() {
            let encoding = tokenizer.encode(&text).unwrap();
            prop_assert_eq!(encoding.ids.len(), encoding.offsets.len());
            let mut start = 0;
            for range in encoding.offsets {
                prop_assert!(text.get(range.clone()).is_some(), "{}: {:?}", name, range);
                prop_assert!(range.start >= start, "{}: {:?}", name, range);
                start = range.start;
            }
        }
    }
}
