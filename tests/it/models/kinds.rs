//! Model folders of more than 300 kinds, as people have them: each is read as transformers reads it, or refused by name.
//!
//! The folders and what transformers says of them come from tests/references/make_folders.py, which explains the two files.

use std::error::Error;
use std::io::Read;
use std::path::Path;

use calling::internals::inference::{Wanted, check_folder, ways};
use calling::internals::models::{Activation, Classifier, LoadedModel, Precision, load, load_with};
use serde_json::Value;
use sha2::{Digest, Sha256};

const TOLERANCE: f64 = 1e-4;

/// What make_folders.py wrote.
struct Folders {
    json: Value,
    pool: Vec<u8>,
}

impl Folders {
    fn read() -> Folders {
        let at = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/references");
        let file = |name: &str| std::fs::read(at.join(name)).unwrap();
        let json: Value = serde_json::from_slice(&file("folders.json")).unwrap();
        let scripts = ["make_folders.py", "folder_kinds.py", "folder_parts.py"].map(file).concat();
        let hash: String = Sha256::digest(scripts).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(json["scripts"], *hash, "the scripts have changed: run make_folders.py again");
        let mut pool = Vec::new();
        flate2::read::GzDecoder::new(file("folders.bin.gz").as_slice()).read_to_end(&mut pool).unwrap();
        Folders { json, pool }
    }

    fn all(&self) -> &[Value] {
        self.json["folders"].as_array().unwrap()
    }

    fn named(&self, name: &str) -> &Value {
        self.all().iter().find(|folder| folder["name"] == name).unwrap()
    }

    /// Makes a folder's files.
    fn make(&self, folder: &Value) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, content) in folder["files"].as_object().unwrap() {
            let bytes = match content {
                Value::String(text) => text.clone().into_bytes(),
                pieces => {
                    let number = |value: &Value| value.as_u64().unwrap() as usize;
                    let pieces =
                        pieces.as_array().unwrap().iter().map(|piece| (number(&piece[0]), number(&piece[1])));
                    pieces.flat_map(|(from, length)| self.pool[from..from + length].to_vec()).collect()
                }
            };
            std::fs::write(dir.path().join(name), bytes).unwrap();
        }
        dir
    }

    /// What transformers says of a folder.
    fn outcome(&self, folder: &Value) -> &Value {
        &self.json["outcomes"][folder["outcome"].as_u64().unwrap() as usize]
    }

    /// What transformers reads of a folder, or of the one that it is like.
    fn numbers(&self, folder: &Value) -> &Value {
        match folder["like"].as_str() {
            Some(name) => self.outcome(self.named(name)),
            None => self.outcome(folder),
        }
    }

    /// The texts that transformers reads, each with the ids of its first window and the logits.
    fn cases<'a>(&'a self, outcome: &'a Value) -> Vec<(&'a str, Vec<u32>, Vec<f64>)> {
        let texts = self.json["texts"].as_array().unwrap().iter().map(|text| text.as_str().unwrap());
        let cases = outcome["cases"].as_array().unwrap().iter();
        let cases = cases.map(|place| &self.json["cases"][place.as_u64().unwrap() as usize]);
        let read = texts.zip(cases).filter(|(_, case)| case.get("fails").is_none());
        read.map(|(text, case)| (text, numbers(&case["window"]), numbers(&case["logits"]))).collect()
    }
}

fn numbers<T: std::str::FromStr<Err: std::fmt::Debug>>(value: &Value) -> Vec<T> {
    value.as_str().unwrap().split_whitespace().map(|number| number.parse().unwrap()).collect()
}

/// An error with its causes.
fn sentence(error: &dyn Error) -> String {
    let mut sentence = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        sentence = format!("{sentence}: {error}");
        cause = error.source();
    }
    sentence
}

/// What differs between a model and what transformers reads.
fn difference(model: &LoadedModel, folders: &Folders, outcome: &Value) -> Option<String> {
    let longest = outcome["longest"].as_u64().unwrap() as usize;
    let special = model.tokenizer().special_tokens();
    if model.window_capacity() + special != longest {
        return Some(format!("a window of {} tokens, not {longest}", model.window_capacity() + special));
    }
    let cases = folders.cases(outcome);
    assert!(!cases.is_empty(), "transformers reads no text, so there is nothing to compare");
    for (text, window, logits) in cases {
        let mut ids = model.encode(text).unwrap().ids;
        ids.truncate(longest - special);
        let ours = model.window_ids(&ids);
        if ours != window {
            return Some(format!("{text:?} has the ids {ours:?}, not {window:?}"));
        }
        let row = model.logits(&[&ours]).unwrap().swap_remove(0);
        let far = row.iter().zip(&logits).any(|(ours, theirs)| {
            let difference = (f64::from(*ours) - theirs).abs();
            difference.is_nan() || difference > TOLERANCE
        });
        if far || row.len() != logits.len() {
            return Some(format!("{text:?} has the logits {row:?}, not {logits:?}"));
        }
    }
    scores(model, outcome, folders.json["texts"][1].as_str().unwrap())
}

/// What differs between the probabilities and those of transformers' pipeline, if it was asked.
fn scores(model: &LoadedModel, outcome: &Value, text: &str) -> Option<String> {
    let expected: Vec<f64> = numbers(outcome.get("scores")?);
    let ids = model.window_ids(&model.encode(text).unwrap().ids);
    let logits: Vec<f64> = model.logits(&[&ids]).unwrap()[0].iter().map(|logit| f64::from(*logit)).collect();
    let scores: Vec<f64> = match model.activation() {
        Activation::Sigmoid => logits.iter().map(|logit| 1.0 / (1.0 + (-logit).exp())).collect(),
        Activation::Softmax => {
            let sum: f64 = logits.iter().map(|logit| logit.exp()).sum();
            logits.iter().map(|logit| logit.exp() / sum).collect()
        }
    };
    let far = scores.iter().zip(&expected).any(|(ours, theirs)| (ours - theirs).abs() > TOLERANCE);
    far.then(|| format!("the scores are {scores:?}, not {expected:?}"))
}

/// What is wrong with how Calling takes a folder.
fn fault(folders: &Folders, folder: &Value) -> Option<String> {
    let dir = folders.make(folder);
    let loaded = load(dir.path());
    if folder["calling"] == "reads" {
        let model = match loaded {
            Ok(model) => model,
            Err(error) => return Some(format!("refused: {}", sentence(&error))),
        };
        let outcome = folders.numbers(folder);
        if let Some(refused) = outcome.get("refused") {
            return Some(format!(
                "there is nothing to compare with, since transformers refuses it: {refused}"
            ));
        }
        let wanted = Wanted { precision: Some(Precision::F32), threads: 1, ..Wanted::default() };
        let fused = load_with(dir.path(), Some(ways(&wanted).unwrap().exact)).unwrap();
        return difference(&model, folders, outcome).or_else(|| {
            difference(&fused, folders, outcome).map(|difference| format!("fused: {difference}"))
        });
    }
    // What loads may still fail to read texts.
    let sentence = match loaded {
        Err(error) => sentence(&error),
        Ok(_) => match check_folder(dir.path()) {
            Err(error) => sentence(&error),
            Ok(_) => return Some("it was accepted".to_owned()),
        },
    };
    let words = folder["calling"].as_array().unwrap().iter().map(|word| word.as_str().unwrap());
    let absent: Vec<&str> = words.filter(|word| !sentence.contains(word)).collect();
    (!absent.is_empty()).then(|| format!("{absent:?} is not in {sentence:?}"))
}

#[test]
fn every_kind_of_folder_is_read_as_transformers_reads_it_or_refused_by_name() {
    let folders = Folders::read();
    let mut faults = Vec::new();
    for folder in folders.all() {
        if let Some(fault) = fault(&folders, folder) {
            faults.push(format!("{} ({}): {fault}", folder["name"], folder["what"]));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    let read = folders.all().iter().filter(|folder| folder["calling"] == "reads").count();
    println!("{} folders, {read} of them read", folders.all().len());
    assert!(folders.all().len() > 300 && read > 150);
}

#[test]
fn what_lies_in_a_folder_and_is_not_used_is_listed() {
    let folders = Folders::read();
    let dir = folders.make(folders.named("beside"));
    std::fs::create_dir(dir.path().join("onnx")).unwrap();
    let report = check_folder(dir.path()).unwrap().report;
    let used: Vec<&str> =
        report.files.iter().filter(|file| file.used).map(|file| file.name.as_str()).collect();
    assert_eq!(used, ["config.json", "model.safetensors", "vocab.txt"]);
    for name in ["README.md", "generation_config.json", "onnx/", "tf_model.h5", "training_args.bin"] {
        let said = report.to_string();
        let line =
            said.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}: {said}"));
        assert!(line.ends_with("(not used)"), "{line}");
    }
    let dir = folders.make(folders.named("usual-v4"));
    let report = check_folder(dir.path()).unwrap().to_string();
    assert!(
        report.contains("not used      of tokenizer_config.json: clean_up_tokenization_spaces"),
        "{report}"
    );
    let dir = folders.make(folders.named("added-both"));
    let report = check_folder(dir.path()).unwrap().to_string();
    let line = report.lines().find(|line| line.starts_with("added_tokens.json")).unwrap();
    assert!(line.ends_with("(not used)"), "added_tokens_decoder stands in its place: {line}");
}
