//! Both encoders at a toy size: padding, learning rates and gradients.

use super::*;
use crate::models::HiddenActivation;

fn config(architecture: Architecture, hidden: usize) -> ModelConfig {
    let bert = architecture == Architecture::Bert;
    ModelConfig {
        architecture,
        vocab_size: 20,
        embedding_size: if bert { hidden } else { hidden / 2 },
        hidden_size: hidden,
        layers: if bert { 2 } else { 4 },
        heads: 2,
        intermediate_size: 2 * hidden,
        hidden_groups: if bert { 1 } else { 2 },
        inner_layers: 1,
        activation: HiddenActivation::Gelu,
        positions: 12,
        token_types: 2,
        layer_norm_eps: 1e-12,
    }
}

/// A model that has nothing but a head of noise.
pub fn head_alone(labels: usize, hidden: usize) -> Transformer {
    let config = config(Architecture::Bert, hidden);
    let mut model = Transformer { config, parameters: Parameters::default() };
    model.parameters.insert_noise("classifier.weight", &[labels, hidden], 1.0, 1).unwrap();
    model.parameters.insert_noise("classifier.bias", &[labels], 1.0, 2).unwrap();
    model
}

/// The head's output for a pooled state.
pub fn head_of(model: &Transformer, state: &[f32]) -> Vec<f64> {
    let head: Vec<Vec<f32>> = model.parameters.get("classifier.weight").unwrap().to_vec2().unwrap();
    let bias: Vec<f32> = model.parameters.get("classifier.bias").unwrap().to_vec1().unwrap();
    let row = |(w, b): (&Vec<f32>, &f32)| w.iter().zip(state).map(|(w, s)| w * s).sum::<f32>() + b;
    head.iter().zip(&bias).map(|pair| f64::from(row(pair))).collect()
}

fn tiny(architecture: Architecture) -> Transformer {
    let config = config(architecture, 8);
    let (embedding, layers) = (config.embedding_size, config.layers);
    let mut model = Transformer { config, parameters: Parameters::default() };
    let mut seed = 0;
    let mut add = |parameters: &mut Parameters, name: &str, shape: &[usize]| {
        seed += 1;
        parameters.insert_noise(name, shape, 0.3, seed).unwrap();
    };
    for (name, rows) in [(WORD_EMBEDDINGS, 20), (POSITION_EMBEDDINGS, 12), (TOKEN_TYPE_EMBEDDINGS, 2)] {
        let name = model.name(name);
        add(&mut model.parameters, &name, &[rows, embedding]);
    }
    let mut parts = vec![(model.name(EMBEDDING_NORM), vec![embedding])];
    for index in 0..layers {
        let shapes = [[8, 8], [8, 8], [8, 8], [8, 8], [8, 0], [16, 8], [8, 16], [8, 0]];
        for (part, shape) in model.layer_parts(index).into_iter().zip(shapes) {
            parts.push((part, shape.into_iter().filter(|n| *n > 0).collect()));
        }
    }
    parts.push((model.pooler(), vec![8, 8]));
    if architecture == Architecture::Albert {
        parts.push((model.name(PROJECTION), vec![8, 4]));
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
fn padding_does_not_change_a_windows_logits() {
    for architecture in [Architecture::Bert, Architecture::Albert] {
        let model = tiny(architecture);
        let windows: [&[u32]; 2] = [&[2, 5, 6, 3], &[2, 7, 8, 9, 10, 11, 3]];
        let together = Batch::new(&windows).unwrap();
        let both = rows(&model.logits(&together, &mut Dropout::off()).unwrap());
        let alone = Batch::new(&windows[..1]).unwrap();
        let one = rows(&model.logits(&alone, &mut Dropout::off()).unwrap());
        let close = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5);
        assert!(close(&both[0], &one[0]), "{both:?} {one:?}");
        assert!(!close(&both[0], &both[1]));
    }
}

#[test]
fn attending_evenly_ignores_the_order_of_tokens_apart_from_their_positions() {
    for architecture in [Architecture::Bert, Architecture::Albert] {
        let mut model = tiny(architecture);
        model.config.layers = 1;
        model.config.hidden_groups = 1;
        let places = model.name(POSITION_EMBEDDINGS);
        let width = model.config.embedding_size;
        model.parameters.insert_constant(&places, &[12, width], 0.0).unwrap();
        let windows: [&[u32]; 2] = [&[2, 5, 6, 7, 3], &[2, 7, 5, 6, 3]];
        let batch = Batch::new(&windows).unwrap();
        model.attend_evenly().unwrap();
        let read = rows(&model.logits(&batch, &mut Dropout::off()).unwrap());
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
        let batch = Batch::new(&windows).unwrap();
        let logits = model.logits(&batch, &mut Dropout::new(0.1, 3)).unwrap();
        let gradients = logits.sqr().unwrap().sum_all().unwrap().backward().unwrap();
        for (name, variable) in model.parameters.all() {
            let gradient = gradients.get(variable.as_tensor()).unwrap_or_else(|| panic!("{name} has none"));
            let size: f32 = gradient.abs().unwrap().sum_all().unwrap().to_scalar().unwrap();
            // A key's bias shifts all arguments of a softmax alike, so its gradient is zero.
            assert!(size.is_finite() && (size > 0.0 || name.contains("key.bias")), "{name}: {size}");
        }
    }
}
