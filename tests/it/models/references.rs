//! The committed references: same token ids, logits within 1e-4 of transformers in f32.

use std::io::Write;
use std::path::{Path, PathBuf};

use calling::internals::models::{
    Classifier, Gradient, LoadedModel, ModelConfig, SequenceClassifier, Tokenizer, load, load_encoder,
};
use candle_core::{DType, Device};
use candle_nn::VarBuilder;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::formula;

const TOLERANCE: f64 = 1e-4;

pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models").join(name)
}

fn sha256(path: &Path) -> String {
    hex::encode(Sha256::digest(std::fs::read(path).unwrap()))
}

/// A text, its ids without special tokens, and the logits of its first window.
pub struct Case {
    pub text: String,
    pub ids: Vec<u32>,
    pub logits: Vec<f64>,
}

fn cases(model: &Value) -> Vec<Case> {
    let numbers = |case: &Value, key: &str| -> Vec<String> {
        case[key].as_str().unwrap_or_default().split_whitespace().map(String::from).collect()
    };
    let case = |case: &Value| Case {
        text: case["text"].as_str().unwrap().to_string(),
        ids: numbers(case, "ids").iter().map(|id| id.parse().unwrap()).collect(),
        logits: numbers(case, "logits").iter().map(|logit| logit.parse().unwrap()).collect(),
    };
    let cases: Vec<Case> = model["cases"].as_array().unwrap().iter().map(case).collect();
    assert!(cases.len() >= 20);
    cases
}

/// A reference file, made by the script as it stands.
fn references(name: &str) -> Value {
    let at = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/references");
    let text = std::fs::read(at.join(name))
        .unwrap_or_else(|error| panic!("{name}: {error}; make it with make_references.py, which says how"));
    let json: Value = serde_json::from_slice(&text).unwrap();
    let script = sha256(&at.join("make_references.py"));
    assert_eq!(json["script"], *script, "{name} was made by another make_references.py: run it again");
    json
}

/// Asserts that the tokenizer gives the reference's ids, and offsets that are character boundaries in order.
fn same_ids(tokenizer: &Tokenizer, cases: &[Case]) {
    for case in cases {
        let encoding = tokenizer.encode(&case.text).unwrap();
        assert_eq!(encoding.ids, case.ids, "{:?}", case.text);
        assert_eq!(encoding.offsets.len(), case.ids.len());
        let mut start = 0;
        for range in &encoding.offsets {
            assert!(case.text.get(range.clone()).is_some(), "{range:?} in {:?}", case.text);
            assert!(range.start >= start, "{range:?} goes back in {:?}", case.text);
            start = range.start;
        }
    }
}

/// The largest difference between the reference's logits and `logits` of each text's first window of `longest` tokens.
fn largest_difference(
    tokenizer: &Tokenizer,
    longest: usize,
    cases: &[Case],
    logits: impl Fn(&[u32]) -> Vec<f32>,
) -> f64 {
    let mut largest = 0.0f64;
    for case in cases {
        let content = &case.ids[..case.ids.len().min(longest - 2)];
        let ours = logits(&tokenizer.window_ids(content));
        assert_eq!(ours.len(), case.logits.len());
        for (ours, theirs) in ours.iter().zip(&case.logits) {
            largest = largest.max((f64::from(*ours) - theirs).abs());
        }
    }
    largest
}

fn agrees(model: &LoadedModel, reference: &Value) -> f64 {
    let cases = cases(reference);
    assert_eq!(reference["weights"], *model.weights_sha256().unwrap(), "the weights are not the reference's");
    let longest = reference["longest"].as_u64().unwrap() as usize;
    let own_limit = model.settings().window_limit().unwrap_or(usize::MAX);
    assert_eq!(model.window_capacity(), own_limit.min(longest - 2));
    same_ids(model.tokenizer(), &cases);
    largest_difference(model.tokenizer(), longest, &cases, |window| {
        model.logits(&[window]).unwrap().swap_remove(0)
    })
}

#[test]
fn every_fixture_folder_agrees_with_transformers() {
    let references = references("fixtures.json");
    let mut folders = 0;
    for (name, reference) in references["models"].as_object().unwrap() {
        let model = load(&fixture(name)).unwrap();
        let difference = agrees(&model, reference);
        println!("{name}: largest difference {difference:.1e}");
        assert!(difference <= TOLERANCE, "{name}: {difference}");
        folders += 1;
    }
    assert_eq!(folders, 5);
}

/// Whoever changes a bundled model makes its references anew: `make_references.py bundled`.
#[test]
fn the_bundled_models_agree_with_transformers() {
    let folders =
        ["mbti", "big-five"].map(|name| Path::new(env!("CARGO_MANIFEST_DIR")).join("models").join(name));
    if folders.iter().all(|folder| !folder.join("config.json").exists()) {
        left_out("bundled models against transformers: models/ holds none yet");
        return;
    }
    let references = references("bundled.json");
    for folder in folders {
        let model = load(&folder).unwrap();
        let difference = agrees(&model, &references["models"][model.name()]);
        println!("models/{}: largest difference {difference:.1e}", model.name());
        assert!(difference <= TOLERANCE, "{}: {difference}", model.name());
    }
}

/// Base-size checkpoints of the formula's weights; nothing of them is stored but the logits.
fn base_size(name: &str) {
    let references = references("base.json");
    let reference = &references["models"][name];
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.json"), reference["config"].to_string()).unwrap();
    let config = ModelConfig::read(dir.path()).unwrap();
    let cases = cases(reference);
    let labels = cases[0].logits.len();
    let tensors = formula::tensors(config.architecture, &SequenceClassifier::expected(&config, labels));
    let vb = VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu);
    let classifier = SequenceClassifier::new(&config, labels, Gradient::Off, vb).unwrap();
    let tokenizer =
        Tokenizer::read(&fixture(reference["tokenizer"].as_str().unwrap()), config.vocab_size).unwrap();
    same_ids(&tokenizer, &cases);
    let lengths: Vec<usize> = cases.iter().map(|case| case.ids.len() + 2).collect();
    for length in [2, 3, 511, 512, 513] {
        assert!(lengths.contains(&length), "no text of {length} tokens");
    }
    let difference = largest_difference(&tokenizer, config.positions, &cases, |window| {
        classifier.logits(&[window]).unwrap().to_vec2().unwrap().swap_remove(0)
    });
    println!("base-size {name}: largest difference {difference:.1e}");
    assert!(difference <= TOLERANCE, "base-size {name}: {difference}");
}

#[test]
fn a_base_size_bert_agrees_with_transformers() {
    base_size("bert");
}

#[test]
fn a_base_size_albert_agrees_with_transformers() {
    base_size("albert");
}

/// Says so past the test runner's capture, which would swallow a plain print.
fn left_out(what: &str) {
    let mut stderr = std::io::stderr();
    writeln!(stderr, "LEFT OUT: {what}").unwrap();
}

/// Real checkpoints are too large for the repository: `CALLING_REFERENCE_MODELS` names a folder that holds
/// all-minilm-l6-v2 and albert-base-v2-tokenizer.
#[test]
fn real_checkpoints_agree_with_transformers_where_they_are_at_hand() {
    let references = references("real.json");
    let Some(at) = std::env::var_os("CALLING_REFERENCE_MODELS").map(PathBuf::from) else {
        left_out(
            "real checkpoints against transformers: set CALLING_REFERENCE_MODELS to a folder that holds them",
        );
        return;
    };
    let minilm = load_encoder(&at.join("all-minilm-l6-v2")).unwrap();
    let minilm_cases = cases(&references["models"]["all-minilm-l6-v2"]);
    same_ids(&minilm.tokenizer, &minilm_cases);
    let mut tensors = minilm.tensors.clone();
    let head = [
        ("classifier.weight".to_string(), vec![5, minilm.config.hidden_size]),
        ("classifier.bias".to_string(), vec![5]),
    ];
    tensors.extend(formula::tensors(minilm.config.architecture, &head));
    let vb = VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu);
    let classifier = SequenceClassifier::new(&minilm.config, 5, Gradient::Off, vb).unwrap();
    let difference = largest_difference(&minilm.tokenizer, 512, &minilm_cases, |window| {
        classifier.logits(&[window]).unwrap().to_vec2().unwrap().swap_remove(0)
    });
    println!("all-minilm-l6-v2: largest difference {difference:.1e}");
    assert!(difference <= TOLERANCE, "{difference}");

    let albert = Tokenizer::read(&at.join("albert-base-v2-tokenizer"), 30_000).unwrap();
    same_ids(&albert, &cases(&references["models"]["albert-base-v2-tokenizer"]));
}
