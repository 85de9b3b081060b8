//! Writes a trained model as a folder in Hugging Face's layout, with a card and a calling.json.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::network::{StoredAs, Transformer};
use super::report::Report;
use super::tokenizer_files::TokenizerFiles;
use crate::learning::error::LearningError;
use crate::models::{Architecture, Calibration, CallingSettings, Combine, ModelConfig, Weight, Windows};

/// The model's origin, for calling.json and the card.
const PROVENANCE: &str = "Trained on this project's own answers to the open questions, free texts and statements, on the \
    questionnaire's rated sentences and on the keyed items of the International Personality Item Pool. Weights and scales \
    were fitted on simulated respondents. Not evaluated on people.";

/// Creates the folder. Called before training starts, so that a folder that is not writable is found early.
pub fn create(folder: &Path) -> Result<(), LearningError> {
    std::fs::create_dir_all(folder).map_err(|source| LearningError::file(folder, source))
}

fn write_text(path: &Path, text: &str) -> Result<(), LearningError> {
    std::fs::write(path, text).map_err(|source| LearningError::file(path, source))
}

fn write_json(path: &Path, value: &impl serde::Serialize) -> Result<(), LearningError> {
    let text = serde_json::to_string_pretty(value).map_err(|source| LearningError::json(path, source))?;
    write_text(path, &(text + "\n"))
}

/// A model with its labels, as transformers needs it.
pub struct Checkpoint<'a> {
    pub model: &'a Transformer,
    pub tokenizer: &'a TokenizerFiles,
    pub labels: &'a [String],
    /// config.json's `problem_type`.
    pub problem: &'a str,
}

impl Checkpoint<'_> {
    /// Writes weights, config.json and the tokenizer's files.
    pub fn write(&self, folder: &Path) -> Result<(), LearningError> {
        create(folder)?;
        self.tokenizer.write(folder)?;
        let weights = folder.join("model.safetensors");
        self.model.parameters.write(&weights, StoredAs::F16, &BTreeMap::new())?;
        write_json(&folder.join("config.json"), &config(&self.model.config, self.labels, self.problem))
    }
}

/// A finished model, with what Calling needs in addition to the checkpoint.
pub struct Finished<'a> {
    pub checkpoint: Checkpoint<'a>,
    /// Scale and bias for each label.
    pub calibration: &'a [(f64, f64)],
    pub window_tokens: usize,
    pub questionnaire_hash: &'a str,
    pub report: &'a Report,
}

impl Finished<'_> {
    /// Writes the checkpoint, calling.json and a card, to which `calling evaluate --cards` adds its figures.
    pub fn write(&self, folder: &Path) -> Result<(), LearningError> {
        self.checkpoint.write(folder)?;
        let round = |value: f64| (value * 1e6).round() / 1e6;
        let labels = self.checkpoint.labels.iter().cloned();
        let calibration = labels
            .zip(self.calibration)
            .map(|(label, (scale, bias))| (label, Calibration { scale: round(*scale), bias: round(*bias) }))
            .collect();
        let settings = CallingSettings {
            windows: Windows::Answer,
            window_tokens: Some(self.window_tokens),
            weight: Weight::Equal,
            combine: Combine::Sum,
            calibration: Some(calibration),
            typography: false,
            evidence: None,
            questionnaire_hash: Some(self.questionnaire_hash.to_string()),
            interim: false,
            provenance: Some(PROVENANCE.to_string()),
        };
        write_json(&folder.join("calling.json"), &settings)?;
        write_text(&folder.join("README.md"), &self.card())
    }

    fn card(&self) -> String {
        let (title, what, more) = match self.checkpoint.model.config.architecture {
            Architecture::Bert => (
                "Calling Big Five",
                "A BERT that reads how strongly a text speaks for or against each of the five traits.",
                "The encoder started as all-MiniLM-L6-v2 with a pruned vocabulary.",
            ),
            Architecture::Albert => (
                "Calling MBTI",
                "An ALBERT that reads how strongly a text speaks for each of the 16 types.",
                "Its embeddings started as those of all-MiniLM-L6-v2, averaged for each SentencePiece piece and projected to \
                 128 numbers. Its layers started as three of the Big Five model's and were distilled, word by word, from all \
                 of them. Then it was trained on the labels and on that model's outputs for the same texts. The vocabulary is \
                 that of albert-base-v2.",
            ),
        };
        let mut card = format!(
            "---\nlicense: apache-2.0\nlanguage: en\npipeline_tag: text-classification\n---\n\n# {title}\n\n{what}\n\n\
             {PROVENANCE} Do not base a decision about anybody on it. `calling evaluate --cards` adds its figures to the end \
             of this card.\n\n{more}\n\nLabels: {}.\n\nA text is read window by window: each rated sentence and each answer is \
             a window. The windows' logits are summed, then scaled and shifted as calling.json says.\n\n## Measured while \
             training\n\nOn the validation split, which scale and bias were fitted on.\n\n| figure | value |\n| --- | ---: \
             |\n",
            self.checkpoint.labels.join(", "),
        );
        for figure in &self.report.0 {
            let value = if figure.value.fract() == 0.0 && figure.value.abs() > 1.0 {
                format!("{:.0}", figure.value)
            } else {
                format!("{:.3}", figure.value)
            };
            // Writing to a String cannot fail.
            let _ = writeln!(card, "| {} | {value} |", figure.name);
        }
        card.push_str(
            "\n## Origin\n\nDerived from sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0; Microsoft's MiniLM \
             and the sentence-transformers authors), model.safetensors with SHA-256 \
             53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db. Items: International Personality Item Pool \
             (public domain), https://ipip.ori.org. How to train it again: docs/MODELS.md.\n",
        );
        card
    }
}

/// config.json, as transformers reads it.
fn config(config: &ModelConfig, labels: &[String], problem: &str) -> Value {
    let id2label: Map<_, _> =
        labels.iter().enumerate().map(|(i, label)| (i.to_string(), json!(label))).collect();
    let label2id: Map<_, _> = labels.iter().enumerate().map(|(i, label)| (label.clone(), json!(i))).collect();
    let albert = config.architecture == Architecture::Albert;
    let mut json = json!({
        "architectures": [config.architecture.classifier_name()],
        "model_type": if albert { "albert" } else { "bert" },
        "vocab_size": config.vocab_size,
        "hidden_size": config.hidden_size,
        "num_hidden_layers": config.layers,
        "num_attention_heads": config.heads,
        "intermediate_size": config.intermediate_size,
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.0,
        "max_position_embeddings": config.positions,
        "type_vocab_size": config.token_types,
        "initializer_range": 0.02,
        "layer_norm_eps": config.layer_norm_eps,
        "pad_token_id": 0,
        "problem_type": problem,
        "id2label": id2label,
        "label2id": label2id,
    });
    if albert {
        json["embedding_size"] = json!(config.embedding_size);
        json["num_hidden_groups"] = json!(config.hidden_groups);
        json["inner_group_num"] = json!(config.inner_layers);
        json["classifier_dropout_prob"] = json!(0.1);
        json["bos_token_id"] = json!(2);
        json["eos_token_id"] = json!(3);
    }
    json
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use crate::models::{Classifier, load};
    use crate::survey::Questionnaire;

    fn bundled(name: &str) -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("models").join(name)
    }

    #[test]
    fn the_bundled_models_belong_to_the_questionnaire_and_their_cards_say_what_they_are() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/questionnaire.toml");
        let questionnaire = Questionnaire::load(std::path::Path::new(path)).unwrap();
        for name in ["big-five", "mbti"] {
            let model = load(&bundled(name)).unwrap();
            assert_eq!(model.settings().questionnaire_hash.as_deref(), Some(questionnaire.hash.as_str()));
            let card = std::fs::read_to_string(bundled(name).join("README.md")).unwrap();
            assert_eq!(card.contains("**This model is interim.**"), model.settings().interim, "{name}");
            assert!(card.contains("53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"));
        }
    }

    #[test]
    fn the_bundled_folders_stay_within_fifty_megabytes() {
        let size = |name: &str| -> u64 {
            let files = std::fs::read_dir(bundled(name)).unwrap();
            files.map(|file| file.unwrap().metadata().unwrap().len()).sum()
        };
        assert!(size("big-five") + size("mbti") <= 50_000_000);
    }
}
