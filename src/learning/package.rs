//! A trained model as a folder in Hugging Face's layout, with its card and its calling.json.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::json;

use super::parameters::Precision;
use super::train::Report;
use super::transformer::{Architecture, Transformer};
use super::vocabulary::Pruned;
use super::{LearningError, write_text};
use crate::models::{Calibration, CallingSettings, Combine, Weight, Windows};

fn create(folder: &Path) -> Result<(), LearningError> {
    std::fs::create_dir_all(folder).map_err(|source| LearningError::file(folder, source))
}

fn pretty(value: &impl serde::Serialize, path: &Path) -> Result<(), LearningError> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|source| LearningError::Json { path: path.to_path_buf(), source })?;
    write_text(path, &(text + "\n"))
}

/// tokenizer.json, vocab.txt and tokenizer_config.json of a pruned WordPiece vocabulary.
pub(super) fn tokenizer_files_of_bert(folder: &Path, pruned: &Pruned) -> Result<(), LearningError> {
    create(folder)?;
    let path = folder.join("tokenizer.json");
    let text = serde_json::to_string(&pruned.tokenizer)
        .map_err(|source| LearningError::Json { path: path.clone(), source })?;
    write_text(&path, &(text + "\n"))?;
    write_text(&folder.join("vocab.txt"), &(pruned.pieces.join("\n") + "\n"))?;
    let config = json!({
        "tokenizer_class": "BertTokenizer",
        "do_lower_case": true,
        "strip_accents": null,
        "tokenize_chinese_chars": true,
        "model_max_length": 512,
        "pad_token": "[PAD]",
        "unk_token": "[UNK]",
        "cls_token": "[CLS]",
        "sep_token": "[SEP]",
        "mask_token": "[MASK]",
    });
    pretty(&config, &folder.join("tokenizer_config.json"))
}

/// spiece.model and tokenizer_config.json of ALBERT's SentencePiece vocabulary.
pub(super) fn tokenizer_files_of_albert(folder: &Path, source: &Path) -> Result<(), LearningError> {
    create(folder)?;
    let (from, to) = (source.join("spiece.model"), folder.join("spiece.model"));
    std::fs::copy(&from, to).map_err(|source| LearningError::file(&from, source))?;
    let config = json!({
        "tokenizer_class": "AlbertTokenizer",
        "do_lower_case": true,
        "remove_space": true,
        "keep_accents": false,
        "model_max_length": 512,
        "pad_token": "<pad>",
        "unk_token": "<unk>",
        "cls_token": "[CLS]",
        "sep_token": "[SEP]",
        "mask_token": "[MASK]",
    });
    pretty(&config, &folder.join("tokenizer_config.json"))
}

/// What [`finish`] writes.
pub(super) struct Finished<'a> {
    pub(super) folder: &'a Path,
    pub(super) model: &'a Transformer,
    pub(super) labels: &'a [String],
    /// `problem_type` of config.json.
    pub(super) problem: &'a str,
    /// Scale and bias for each label.
    pub(super) calibration: &'a [(f64, f64)],
    /// The most content tokens in a window.
    pub(super) window_tokens: usize,
    pub(super) questionnaire_hash: &'a str,
    pub(super) report: &'a Report,
}

/// What calling.json says about where a model comes from.
const PROVENANCE: &str = "Trained on this project's own answers to the open questions, free texts and statements, on the \
    questionnaire's rated sentences and on the keyed items of the International Personality Item Pool. Weights and scales \
    were fitted on simulated respondents. Not evaluated on people.";

/// Writes weights and config.json.
pub(super) fn checkpoint(
    folder: &Path,
    model: &Transformer,
    labels: &[String],
    problem: &str,
) -> Result<(), LearningError> {
    create(folder)?;
    model.parameters.write(&folder.join("model.safetensors"), Precision::Half, &BTreeMap::new())?;
    pretty(&model.sizes.config(labels, problem, 0), &folder.join("config.json"))
}

/// Writes weights, config.json, calling.json and a card, which `calling evaluate` replaces by one with its figures.
pub(super) fn finish(finished: &Finished<'_>) -> Result<(), LearningError> {
    let Finished { folder, model, labels, .. } = *finished;
    checkpoint(folder, model, labels, finished.problem)?;
    let round = |value: f64| (value * 1e6).round() / 1e6;
    let calibration = labels
        .iter()
        .zip(finished.calibration)
        .map(|(label, (scale, bias))| {
            (label.clone(), Calibration { scale: round(*scale), bias: round(*bias) })
        })
        .collect();
    let settings = CallingSettings {
        windows: Windows::Answer,
        window_tokens: Some(finished.window_tokens),
        weight: Weight::Equal,
        combine: Combine::Sum,
        calibration: Some(calibration),
        questionnaire_hash: Some(finished.questionnaire_hash.to_string()),
        interim: false,
        provenance: Some(PROVENANCE.to_string()),
    };
    pretty(&settings, &folder.join("calling.json"))?;
    write_text(&folder.join("README.md"), &card(finished))
}

/// The model card; an evaluation adds its part at the end.
fn card(finished: &Finished<'_>) -> String {
    let Finished { model, labels, .. } = *finished;
    let (title, what, more) = match model.sizes.architecture {
        Architecture::Bert => (
            "Calling Big Five",
            "A BERT that reads how far a text speaks for or against each of the five traits.",
            "The encoder began as all-MiniLM-L6-v2 with its vocabulary cut down.",
        ),
        Architecture::Albert => (
            "Calling MBTI",
            "An ALBERT that reads how far a text speaks for each of the 16 types.",
            "Its embeddings began as those of all-MiniLM-L6-v2, averaged for each SentencePiece piece and projected to 128 \
             numbers; its layers began as three of the Big Five model's and learned word by word to say what all of them \
             say. Then it learned from the labels and from what that model says of the same texts. The vocabulary is that \
             of albert-base-v2.",
        ),
    };
    let mut card = format!(
        "---\nlicense: apache-2.0\nlanguage: en\npipeline_tag: text-classification\n---\n\n# {title}\n\n{what}\n\n\
         {PROVENANCE} Do not base a decision about anybody on it. `calling evaluate --cards` writes what it measures to \
         the end of this card.\n\n{more}\n\nLabels: {}.\n\nA text is read window by window: a rated \
         sentence is one, an answer is one. The windows' logits are added up, then scaled and shifted as calling.json \
         says.\n\n## Noted while training\n\nOn the choosing split, which scale and bias were fitted on.\n\n| figure | \
         value |\n| --- | ---: |\n",
        labels.join(", "),
    );
    for (name, value) in &finished.report.figures {
        let value = if value.fract() == 0.0 && value.abs() > 1.0 {
            format!("{value:.0}")
        } else {
            format!("{value:.3}")
        };
        // Writing to a String cannot fail.
        let _ = writeln!(card, "| {name} | {value} |");
    }
    card.push_str(
        "\n## Where it comes from\n\nDerived from sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0; Microsoft's MiniLM \
         and the sentence-transformers authors), model.safetensors with SHA-256 \
         53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db. Items: International Personality Item Pool \
         (public domain), https://ipip.ori.org. How to train it again: docs/MODELS.md.\n",
    );
    card
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
