//! Compares our models with transformers in f32 (the committed references): the same token ids, and logits within 1e-4.

use std::io::Write;
use std::path::{Path, PathBuf};

use calling::internals::models::{
    Architecture, Classifier, LoadedModel, ModelConfig, SequenceClassifier, Tokenizer, load, tensors,
};
use candle_core::{DType, Device};
use candle_nn::VarBuilder;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::formula;

const TOLERANCE: f64 = 1e-4;

pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/models").join(name)
}

fn sha256(path: &Path) -> String {
    Sha256::digest(std::fs::read(path).unwrap()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A text with its ids (without special tokens) and the logits of its first window.
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

/// Reads a reference file, which must be made by the current version of the script.
fn references(name: &str) -> Value {
    let at = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/references");
    let text = std::fs::read(at.join(name)).unwrap_or_else(|error| {
        panic!("{name}: {error}; make it with make_references.py, which explains how")
    });
    let json: Value = serde_json::from_slice(&text).unwrap();
    let script = sha256(&at.join("make_references.py"));
    assert_eq!(
        json["script"], *script,
        "{name} was made by another version of make_references.py: run it again"
    );
    json
}

/// Asserts that the tokenizer gives the reference's ids, and offsets on character boundaries in ascending order.
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
    assert_eq!(
        reference["weights"],
        *model.weights_sha256().unwrap(),
        "the reference was made from other weights"
    );
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

/// After changing a bundled model, make its references again: `make_references.py bundled`.
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

/// A checkpoint of base size with the formula's weights; only its logits are stored.
fn base_size(name: &str) {
    let references = references("base.json");
    let reference = &references["models"][name];
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.json"), reference["config"].to_string()).unwrap();
    let config = ModelConfig::read(dir.path()).unwrap();
    let cases = cases(reference);
    let labels = cases[0].logits.len();
    let tensors = formula::tensors(config.architecture, &tensors::classifier(&config, labels));
    let vb = VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu);
    let classifier = SequenceClassifier::new(&config, labels, vb).unwrap();
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

/// Writes to the terminal; the test runner would capture a plain print.
fn left_out(what: &str) {
    let mut stderr = std::io::stderr();
    writeln!(stderr, "LEFT OUT: {what}").unwrap();
}

/// A copy of a bare BERT's folder, with a head of the formula's weights over five labels.
fn with_head(encoder: &Path) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for file in ["tokenizer.json", "tokenizer_config.json", "vocab.txt"] {
        if encoder.join(file).exists() {
            std::fs::copy(encoder.join(file), dir.path().join(file)).unwrap();
        }
    }
    let mut config: Value =
        serde_json::from_slice(&std::fs::read(encoder.join("config.json")).unwrap()).unwrap();
    config["architectures"] = json!(["BertForSequenceClassification"]);
    config["id2label"] = (0..5).map(|i| (i.to_string(), json!(format!("LABEL_{i}")))).collect();
    std::fs::write(dir.path().join("config.json"), config.to_string()).unwrap();
    let weights = "model.safetensors";
    let mut tensors = candle_core::safetensors::load(encoder.join(weights), &Device::Cpu).unwrap();
    let hidden = config["hidden_size"].as_u64().unwrap() as usize;
    let head = [("classifier.weight".to_owned(), vec![5, hidden]), ("classifier.bias".to_owned(), vec![5])];
    tensors.extend(formula::tensors(Architecture::Bert, &head));
    candle_core::safetensors::save(&tensors, dir.path().join(weights)).unwrap();
    dir
}

/// Real checkpoints are too large for the repository: `CALLING_REFERENCE_MODELS` names a folder that holds
/// all-minilm-l6-v2 and albert-base-v2-tokenizer.
#[test]
fn real_checkpoints_agree_with_transformers_if_available() {
    let references = references("real.json");
    let Some(at) = std::env::var_os("CALLING_REFERENCE_MODELS").map(PathBuf::from) else {
        left_out(
            "real checkpoints against transformers: set CALLING_REFERENCE_MODELS to a folder that holds them",
        );
        return;
    };
    let dir = with_head(&at.join("all-minilm-l6-v2"));
    let minilm = load(dir.path()).unwrap();
    let minilm_cases = cases(&references["models"]["all-minilm-l6-v2"]);
    same_ids(minilm.tokenizer(), &minilm_cases);
    let difference = largest_difference(minilm.tokenizer(), 512, &minilm_cases, |window| {
        minilm.logits(&[window]).unwrap().swap_remove(0)
    });
    println!("all-minilm-l6-v2: largest difference {difference:.1e}");
    assert!(difference <= TOLERANCE, "{difference}");

    let albert = Tokenizer::read(&at.join("albert-base-v2-tokenizer"), 30_000).unwrap();
    same_ids(&albert, &cases(&references["models"]["albert-base-v2-tokenizer"]));
}
