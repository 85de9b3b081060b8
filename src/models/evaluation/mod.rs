//! The evaluation of a pair of models: evaluation.json next to their folders, written by `calling evaluate`.
//!
//! The model cards and the page "How good is this?" take all their figures from it. It records the hashes of the
//! measured files, so that its figures are never shown for other models.

mod figure;
mod kind;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use figure::{Beside, Figure, Verdict, written, written_bound};
pub use kind::Kind;

use super::card::ModelCard;
use super::error::ModelError;
use super::folder::sha256_of;
use super::loaded::LoadedModel;
use crate::personality::Pair;

/// The file's name, in the folder that contains the models' folders.
pub const FILE_NAME: &str = "evaluation.json";

/// All measurements of one pair of models.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// The version of Calling that measured it.
    pub calling: String,
    /// The hash of the questionnaire that the texts were composed from.
    pub questionnaire: String,
    /// The precision in which the models computed: f32, bf16 or int8.
    pub precision: String,
    pub bank: Bank,
    pub people: People,
    pub big_five: Measured,
    pub mbti: Measured,
    /// The pair's figures.
    pub figures: Vec<Figure>,
    /// The same figures for simpler classifiers, on the same respondents.
    pub baselines: Vec<Baseline>,
    /// Figures on labeled texts that are not simulated.
    pub labelled: Vec<Labelled>,
    /// Figures on real people's ratings.
    #[serde(default)]
    pub responses: Vec<Responses>,
}

/// The bank of answers at the time of the evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bank {
    /// SHA-256 in hex, over the files' names and contents.
    pub sha256: String,
    /// The number of answers to the questionnaire's questions.
    pub answers: usize,
    /// The number of answers in the test split, which the respondents chose from.
    pub tested_with: usize,
    /// The number of answers to the questions that are excluded from training, without the validation split.
    pub unseen: usize,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct People {
    pub respondents: usize,
    /// The number of people behind calibration errors, bands, notices and named types; 0 in files of before, where they are
    /// the respondents.
    #[serde(default)]
    pub judged: usize,
    pub seed: u64,
    /// The number of respondents whose answers were also read in another order.
    pub shuffled: usize,
    /// The number of bootstrap resamples behind each standard error.
    pub resamples: usize,
    /// The oracle's correlation with each trait, in the order of [`crate::personality::Trait::ALL`]. The oracle is the sum of the
    /// labels of a respondent's 26 open answers.
    pub oracle: [f64; 5],
    /// The number of Monte Carlo draws behind each respondent's Bayes posterior.
    pub posterior_draws: usize,
    /// Their effective sample size, on average.
    pub posterior_effective: f64,
    /// The share of answers for which another answer with exactly the same labels exists.
    pub reworded_exactly: f64,
}

/// A model that was evaluated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// The folder's name.
    pub name: String,
    pub weights_sha256: String,
    /// SHA-256 of its calling.json in hex, if it has one.
    pub settings_sha256: Option<String>,
    /// The number of parameters of encoder, pooler and head.
    pub parameters: usize,
    /// The size of the weights file in bytes.
    pub weights_bytes: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Its name in tables.
    pub name: String,
    /// What it is, in one sentence.
    pub what: String,
    /// Its figures, except those that do not apply to it.
    pub figures: Vec<Figure>,
}

/// Figures on the labeled texts of one file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Labelled {
    /// The file's name, without its path.
    pub file: String,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    pub texts: usize,
    /// The pair's figures.
    pub figures: Vec<Figure>,
    /// The baselines' figures.
    pub baselines: Vec<Baseline>,
}

/// Figures on the real people of one table of ratings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Responses {
    /// The file's name, without its path.
    pub file: String,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    pub people: usize,
    /// The number of items of the questionnaire that they rated.
    pub items: usize,
    /// The figures of the model of the five traits.
    pub figures: Vec<Figure>,
}

/// Whether the loaded models were evaluated.
#[derive(Clone, Debug, PartialEq)]
pub enum Evaluated {
    /// The evaluated models are these, with these figures.
    Yes(Box<Evaluation>),
    /// There are figures, but for other weights or settings.
    Others,
    No,
}

impl Measured {
    /// Describes a loaded model.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn of(model: &LoadedModel) -> Result<Measured, ModelError> {
        let mut size = 0;
        for weights in model.weights_files() {
            let metadata = std::fs::metadata(weights)
                .map_err(|source| ModelError::Unreadable { path: weights.clone(), source })?;
            size += metadata.len();
        }
        Ok(Measured {
            name: model.name(),
            weights_sha256: model.weights_sha256()?.to_owned(),
            settings_sha256: settings_sha256(model.dir())?,
            parameters: model.parameters(),
            weights_bytes: size,
        })
    }
}

impl Evaluation {
    /// Reads the file.
    ///
    /// # Errors
    /// If it cannot be read, or was not written by `calling evaluate`.
    pub fn read(path: &Path) -> Result<Evaluation, ModelError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ModelError::Unreadable { path: path.into(), source })?;
        serde_json::from_str(&text).map_err(|source| ModelError::Malformed {
            path: path.into(),
            expected: "an evaluation written by `calling evaluate`",
            source,
        })
    }

    /// The figures of one kind, in the order of measurement.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &Figure> {
        self.figures.iter().filter(move |figure| figure.kind == kind)
    }

    /// Looks for the evaluation next to the models' folders. It applies only if the weights and settings of both models are the
    /// evaluated ones. `weights` hashes the former, and is called if there is an evaluation.
    ///
    /// # Errors
    /// If the file exists but cannot be read, or if a model's files cannot be read.
    pub fn beside(
        cards: Pair<&ModelCard>,
        weights: impl FnOnce() -> Result<Pair<String>, ModelError>,
    ) -> Result<Evaluated, ModelError> {
        let file = |card: &ModelCard| -> Option<PathBuf> {
            let folder = std::path::absolute(&card.dir).ok()?;
            Some(folder.parent()?.join(FILE_NAME)).filter(|file| file.exists())
        };
        let Some(path) = file(cards.big_five).or_else(|| file(cards.mbti)) else {
            return Ok(Evaluated::No);
        };
        let evaluation = Evaluation::read(&path)?;
        let weights = weights()?;
        let same = |measured: &Measured, card: &ModelCard, weights: &str| {
            Ok::<_, ModelError>(
                measured.weights_sha256 == weights && measured.settings_sha256 == settings_sha256(&card.dir)?,
            )
        };
        let same = same(&evaluation.big_five, cards.big_five, &weights.big_five)?
            && same(&evaluation.mbti, cards.mbti, &weights.mbti)?;
        Ok(if same { Evaluated::Yes(Box::new(evaluation)) } else { Evaluated::Others })
    }
}

/// The hash of a folder's calling.json, if it has one.
fn settings_sha256(dir: &Path) -> Result<Option<String>, ModelError> {
    let settings = dir.join("calling.json");
    settings.exists().then(|| sha256_of(&settings)).transpose()
}
