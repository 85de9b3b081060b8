//! Every execution that this processor supports, compared with candle's plain operations.

use std::path::Path;

use calling::internals::models::{
    Activation, Classifier, Execution, Instructions, LoadedModel, ModelError, Precision, load, load_with,
    supported,
};

use super::references::fixture;

const TEXTS: [&str; 5] = [
    "I never seem to run out of things to say.",
    "a",
    "I moved house nine times, and every time I forgot where the kettle was; by the ninth I had bought four.",
    "",
    "Quiet evenings suit me.",
];

fn executions(threads: usize) -> Vec<Execution> {
    let all = Instructions::ALL.into_iter().flat_map(|instructions| {
        Precision::ALL.map(|precision| Execution::new(precision, instructions, threads))
    });
    all.filter(|execution| supported(execution.precision, execution.instructions)).collect()
}

fn windows(model: &LoadedModel) -> Vec<Vec<u32>> {
    let content = |text: &&str| {
        let mut ids = model.encode(text).unwrap().ids;
        ids.truncate(model.window_capacity());
        model.window_ids(&ids)
    };
    TEXTS.iter().map(content).collect()
}

fn logits(model: &LoadedModel) -> Vec<Vec<f32>> {
    let windows = windows(model);
    model.logits(&windows.iter().map(Vec::as_slice).collect::<Vec<_>>()).unwrap()
}

fn probabilities(model: &LoadedModel) -> Vec<f32> {
    let of = |row: Vec<f32>| -> Vec<f32> {
        match model.activation() {
            Activation::Sigmoid => row.into_iter().map(|x| 1.0 / (1.0 + (-x).exp())).collect(),
            Activation::Softmax => {
                let powers: Vec<f32> = row.iter().map(|x| x.exp()).collect();
                let sum: f32 = powers.iter().sum();
                powers.into_iter().map(|power| power / sum).collect()
            }
        }
    };
    logits(model).into_iter().flat_map(of).collect()
}

fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn every_execution_agrees_with_the_reference() {
    for name in ["bert-vocab-txt", "albert-spiece", "albert-groups-f16", "bert-cased"] {
        let reference = load(&fixture(name)).unwrap();
        assert_eq!(reference.execution(), None);
        let expected = logits(&reference).concat();
        for execution in executions(2) {
            let fused = load_with(&fixture(name), Some(execution)).unwrap();
            assert_eq!(fused.execution(), Some(execution));
            let difference = largest_difference(&expected, &logits(&fused).concat());
            let allowed = match execution.precision {
                Precision::F32 => 1e-5,
                Precision::Bf16 => 0.03,
                Precision::Int8 => 0.1,
            };
            assert!(difference <= allowed, "{name}, {execution}: {difference}");
        }
    }
}

#[test]
fn the_bundled_models_have_the_same_probabilities_in_every_precision() {
    for name in ["big-five", "mbti"] {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("models").join(name);
        let reference = load(&dir).unwrap();
        let expected = probabilities(&reference);
        let fastest = executions(2).into_iter().filter(|e| e.instructions == Instructions::detect());
        for execution in fastest {
            let fused = reference.with_execution(execution).unwrap();
            let difference = largest_difference(&expected, &probabilities(&fused));
            let allowed = match execution.precision {
                Precision::F32 => 1e-5,
                Precision::Bf16 => 0.01,
                Precision::Int8 => 0.05,
            };
            assert!(difference <= allowed, "{name}, {execution}: {difference}");
        }
    }
}

#[test]
fn another_execution_of_a_checkpoint_leaves_the_first_unchanged() {
    let reference = load(&fixture("bert-vocab-txt")).unwrap();
    let execution = Execution::new(Precision::Int8, Instructions::Portable, 1);
    let other = reference.with_execution(execution).unwrap();
    assert_eq!((reference.execution(), other.execution()), (None, Some(execution)));
    assert_eq!(reference.weights_sha256().unwrap(), other.weights_sha256().unwrap());
    assert_eq!(reference.labels(), other.labels());
    assert_ne!(logits(&reference), logits(&other), "int8 rounds");
}

#[test]
fn a_precision_that_the_processor_lacks_is_refused() {
    let execution = Execution::new(Precision::Bf16, Instructions::Portable, 1);
    let Err(error) = load_with(&fixture("bert-vocab-txt"), Some(execution)) else { panic!("loaded") };
    assert!(matches!(error, ModelError::Packing { .. }));
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(cause, "this processor cannot compute bf16 on portable");
}
