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

/// What goes into a finished folder beside the tokenizer's files.
pub(super) struct Finished<'a> {
    pub(super) folder: &'a Path,
    pub(super) model: &'a Transformer,
    pub(super) labels: &'a [String],
    pub(super) problem: &'a str,
    pub(super) padding: u32,
    /// Scale and bias for each label.
    pub(super) calibration: &'a [(f64, f64)],
    pub(super) questionnaire_hash: &'a str,
    /// How many answers of the bank it learned from.
    pub(super) answers: usize,
    pub(super) report: &'a Report,
}

/// What calling.json says about where a model comes from.
fn provenance(answers: usize) -> String {
    let learned = "the questionnaire's own rated sentences and the keyed items of the International Personality Item Pool";
    let scaled =
        "Scaled on simulated respondents who answer only the 60 rated items. Not evaluated on people";
    match answers {
        0 => format!(
            "Interim: trained on {learned} alone, and of sentences that it was not trained on it makes next to nothing. \
             {scaled}, nor on open answers."
        ),
        _ => {
            format!("Interim: trained on {learned} and on {answers} answers to its open questions. {scaled}.")
        }
    }
}

/// Writes weights, config.json, calling.json and the card.
pub(super) fn finish(finished: &Finished<'_>) -> Result<(), LearningError> {
    let Finished { folder, model, labels, .. } = *finished;
    create(folder)?;
    model.parameters.write(&folder.join("model.safetensors"), Precision::Half, &BTreeMap::new())?;
    let config = model.sizes.config(labels, finished.problem, finished.padding);
    pretty(&config, &folder.join("config.json"))?;
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
        window_tokens: None,
        weight: Weight::Equal,
        combine: Combine::Sum,
        calibration: Some(calibration),
        questionnaire_hash: Some(finished.questionnaire_hash.to_string()),
        interim: true,
        provenance: Some(provenance(finished.answers)),
    };
    pretty(&settings, &folder.join("calling.json"))?;
    write_text(&folder.join("README.md"), &card(finished))
}

/// The model card.
fn card(finished: &Finished<'_>) -> String {
    let Finished { model, labels, .. } = *finished;
    let (title, what, more) = match model.sizes.architecture {
        Architecture::Bert => (
            "Calling Big Five (interim)",
            "A BERT that reads how far a text speaks for or against each of the five traits.",
            "The encoder is that of all-MiniLM-L6-v2 with its vocabulary cut down; only its top layers were trained on.",
        ),
        Architecture::Albert => (
            "Calling MBTI (interim)",
            "An ALBERT that reads how far a text speaks for each of the 16 types.",
            "Its embeddings are those of all-MiniLM-L6-v2, averaged for each SentencePiece piece and projected to 128 \
             numbers; its layers began as that checkpoint's. The vocabulary is that of albert-base-v2. What the sentences say about the type axes follows from what they say about the five traits \
             and from the published correlations between the two; there is no text labelled with types in it.",
        ),
    };
    let shown = match finished.answers {
        0 => "It has been shown no open answers, and of sentences that it was not trained on it makes next to nothing: \
              docs/MODELS.md has the figures with items held out."
            .to_string(),
        answers => format!("It has also been shown {answers} answers to the open questions."),
    };
    let mut card = format!(
        "---\nlicense: apache-2.0\nlanguage: en\npipeline_tag: text-classification\n---\n\n# {title}\n\n{what}\n\n\
         **This model is interim.** It was trained in minutes on the {} sentences of Calling's own questionnaire and the \
         keyed items of the International Personality Item Pool, so that the site has something real to run until its \
         successor is ready. {shown} It has not been evaluated on people. Do not base a decision about anybody on it.\n\n{more}\n\nLabels: {}.\n\nA text is read window by window (each answer is one); \
         the windows' logits are added up, then scaled and shifted as calling.json says. Scale and shift were fitted on \
         simulated respondents who answer the 60 rated items and no open question.\n\n## Figures\n\nMeasured while \
         training, on the sentences themselves and on 4,000 simulated respondents; they say that the model learned its \
         sentences, not that it knows people.\n\n| figure | value |\n| --- | ---: |\n",
        300,
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

    /// Ids and logits as transformers 5 gives them for the bundled weights in f32.
    #[test]
    fn the_bundled_models_read_as_transformers_reads_them() {
        let text = "I panic whenever something small goes wrong, café and all 😀.";
        let big_five: (&[u32], &[f32]) = (
            &[2, 51, 5640, 6194, 1248, 1241, 2638, 2314, 16, 6674, 1004, 1041, 1, 18, 3],
            &[-0.01685, 0.37513, 0.31533, 0.39689, 0.87705],
        );
        let mbti: (&[u32], &[f32]) = (
            &[2, 31, 5083, 6634, 301, 284, 1852, 1389, 15, 6241, 17, 65, 13, 1, 9, 3],
            &[
                0.25328, -0.24983, -0.04357, -0.50363, -0.05113, -0.50092, -0.28566, -0.75139, 0.78171,
                0.21636, 0.5358, 0.0746, 0.41249, -0.03118, 0.15732, -0.2793,
            ],
        );
        for (name, (ids, logits)) in [("big-five", big_five), ("mbti", mbti)] {
            let model = load(&bundled(name)).unwrap();
            let window = model.window_ids(&model.encode(text).unwrap().ids);
            assert_eq!(window, ids, "{name}");
            let ours = &model.logits(&[&window]).unwrap()[0];
            assert_eq!(ours.len(), logits.len());
            for (a, b) in ours.iter().zip(logits) {
                assert!((a - b).abs() < 1e-3, "{name}: {ours:?}");
            }
        }
    }

    #[test]
    fn the_bundled_models_belong_to_the_questionnaire_and_say_that_they_are_interim() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/questionnaire.toml");
        let questionnaire = Questionnaire::load(std::path::Path::new(path)).unwrap();
        for name in ["big-five", "mbti"] {
            let model = load(&bundled(name)).unwrap();
            assert_eq!(model.settings().questionnaire_hash.as_deref(), Some(questionnaire.hash.as_str()));
            assert!(model.settings().interim);
            let card = std::fs::read_to_string(bundled(name).join("README.md")).unwrap();
            assert!(card.contains("**This model is interim.**"));
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
