//! Both encoders at a toy size: padding, dropout, learning rates and gradients.

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
            let gradient = gradients.get(variable.as_tensor()).unwrap_or_else(|| panic!("{name} has none"));
            let size: f32 = gradient.abs().unwrap().sum_all().unwrap().to_scalar().unwrap();
            // A key's bias moves all of a softmax's arguments alike: its gradient is zero by nature.
            assert!(size.is_finite() && (size > 0.0 || name.contains("key.bias")), "{name}: {size}");
        }
    }
}
