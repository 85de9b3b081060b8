//! Folders that load, folders that are refused, and the error messages.

use std::path::Path;

use calling::internals::models::{
    Activation, Architecture, Classifier, ModelError, TokenizerKind, load, load_kind,
};
use calling::internals::personality::ModelKind;
use serde_json::{Value, json};

use super::references::fixture;

/// A copy of a fixture folder, to be modified.
fn copy(name: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(fixture(name)).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), dir.path().join(entry.file_name())).unwrap();
    }
    dir
}

fn edit_config(dir: &Path, edit: impl Fn(&mut Value)) {
    let path = dir.join("config.json");
    let mut config: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    edit(&mut config);
    std::fs::write(path, config.to_string()).unwrap();
}

fn refusal(dir: &Path) -> String {
    match load(dir) {
        Ok(_) => panic!("the folder was loaded"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn folders_like_the_public_ones_load() {
    let bert = load(&fixture("bert-vocab-txt")).unwrap();
    assert_eq!((bert.architecture(), bert.kind()), (Architecture::Bert, ModelKind::BigFive));
    assert_eq!(bert.activation(), Activation::Sigmoid);
    assert_eq!(bert.labels()[0], "Extraversion");
    assert_eq!(bert.tokenizer().kind(), TokenizerKind::WordPiece);
    let albert = load(&fixture("albert-spiece")).unwrap();
    assert_eq!((albert.architecture(), albert.kind()), (Architecture::Albert, ModelKind::Mbti));
    assert_eq!(albert.activation(), Activation::Softmax);
    assert_eq!(albert.labels()[..3], ["INTP", "ISTP", "ENTP"]);
    assert_eq!(albert.tokenizer().kind(), TokenizerKind::SentencePiece);
    assert!(albert.weights_path().ends_with("pytorch_model.bin"));
}

#[test]
fn truncation_and_padding_in_a_tokenizer_are_disabled() {
    let model = load(&fixture("bert-json")).unwrap();
    assert_eq!(model.encode("").unwrap().ids.len(), 0, "padded to 20 in tokenizer.json");
    assert_eq!(model.encode(&"a ".repeat(100)).unwrap().ids.len(), 100, "cut at 20 in tokenizer.json");
    assert_eq!(model.window_capacity(), 510);
    assert_eq!(model.labels()[0], "Extraversion", "named Extroversion in config.json");
}

#[test]
fn swapped_folders_are_refused() {
    let Err(error) = load_kind(&fixture("bert-vocab-txt"), ModelKind::Mbti, None) else { panic!("loaded") };
    let sentence = error.to_string();
    assert!(sentence.ends_with(
        "this model reads the five traits; expected one that reads the 16 types (are the two folders swapped?)"
    ));
    assert!(load_kind(&fixture("bert-vocab-txt"), ModelKind::BigFive, None).is_ok());
}

#[test]
fn a_missing_tensor_is_reported_with_its_shape() {
    let dir = copy("bert-vocab-txt");
    edit_config(dir.path(), |config| config["num_hidden_layers"] = json!(3));
    let sentence = refusal(dir.path());
    assert!(sentence.contains("model.safetensors: tensor bert.encoder.layer.2."), "{sentence}");
    assert!(sentence.contains("is missing; expected one of shape ["), "{sentence}");
}

#[test]
fn a_wrong_shape_is_reported_with_the_expected_one() {
    for (folder, file) in [("bert-vocab-txt", "model.safetensors"), ("albert-spiece", "pytorch_model.bin")] {
        let dir = copy(folder);
        edit_config(dir.path(), |config| config["intermediate_size"] = json!(41));
        let sentence = refusal(dir.path());
        assert!(sentence.contains(file), "{sentence}");
        assert!(sentence.contains("has shape [40, 24]; config.json implies [41, 24]"), "{sentence}");
    }
}

#[test]
fn an_encoder_without_a_classifier_is_refused() {
    let dir = copy("bert-json");
    let path = dir.path().join("model.safetensors");
    let mut tensors = candle_core::safetensors::load(&path, &candle_core::Device::Cpu).unwrap();
    assert!(tensors.remove("classifier.weight").is_some());
    candle_core::safetensors::save(&tensors, &path).unwrap();
    let sentence = refusal(dir.path());
    assert!(
        sentence.contains("tensor classifier.weight is missing; expected one of shape [5, 16]"),
        "{sentence}"
    );
}

#[test]
fn missing_and_damaged_files_are_named() {
    let dir = tempfile::tempdir().unwrap();
    assert!(
        matches!(load(dir.path()), Err(ModelError::Unreadable { path, .. }) if path.ends_with("config.json"))
    );
    assert!(matches!(load(&dir.path().join("nowhere")), Err(ModelError::Unreadable { .. })));

    let dir = copy("bert-vocab-txt");
    std::fs::remove_file(dir.path().join("model.safetensors")).unwrap();
    assert!(refusal(dir.path()).ends_with("holds no model.safetensors or pytorch_model.bin"));

    let dir = copy("bert-vocab-txt");
    std::fs::remove_file(dir.path().join("vocab.txt")).unwrap();
    assert!(refusal(dir.path()).ends_with("holds no tokenizer.json or vocab.txt"));

    let dir = copy("bert-vocab-txt");
    let weights = std::fs::read(dir.path().join("model.safetensors")).unwrap();
    for length in [0, 7, 8, 300, weights.len() - 1] {
        std::fs::write(dir.path().join("model.safetensors"), &weights[..length]).unwrap();
        assert!(refusal(dir.path()).contains("model.safetensors"), "cut to {length} bytes");
    }

    let dir = copy("albert-spiece");
    let weights = std::fs::read(dir.path().join("pytorch_model.bin")).unwrap();
    std::fs::write(dir.path().join("pytorch_model.bin"), &weights[..weights.len() / 2]).unwrap();
    assert!(refusal(dir.path()).contains("pytorch_model.bin is not a readable weights file"));
    std::fs::write(dir.path().join("spiece.model"), [0x0a, 0x7f]).unwrap();
    assert!(refusal(dir.path()).contains("spiece.model is not a readable tokenizer"));

    let dir = copy("bert-vocab-txt");
    std::fs::write(dir.path().join("config.json"), "{").unwrap();
    assert!(refusal(dir.path()).ends_with("config.json is not a model's configuration"));
}

#[test]
fn a_tokenizer_with_more_ids_than_the_embedding_has_rows_is_refused() {
    let dir = copy("bert-vocab-txt");
    let mut vocab = std::fs::read_to_string(dir.path().join("vocab.txt")).unwrap();
    vocab.push_str("surplus\n");
    std::fs::write(dir.path().join("vocab.txt"), vocab).unwrap();
    let sentence = refusal(dir.path());
    assert!(
        sentence.contains("\"surplus\"") && sentence.contains("expected ids below vocab_size"),
        "{sentence}"
    );
}

#[test]
fn calling_json_is_applied() {
    let dir = copy("bert-vocab-txt");
    let json = json!({"windows": "answer", "window_tokens": 64, "interim": true});
    std::fs::write(dir.path().join("calling.json"), json.to_string()).unwrap();
    let model = load(dir.path()).unwrap();
    assert_eq!(model.window_capacity(), 64);
    assert!(model.settings().interim);
    std::fs::write(dir.path().join("calling.json"), r#"{"window": 1}"#).unwrap();
    assert!(refusal(dir.path()).ends_with("calling.json is not a valid calling.json"));
}
