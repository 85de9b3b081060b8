//! What was measured of a pair of models: evaluation.json beside their folders, written by `calling evaluate`.
//!
//! The cards and the page "How good is this?" are made from it and hold no figure of their own. It names the files that it
//! was measured with, so that figures never stand beside another model.

mod figure;
mod kind;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use figure::{Beside, Figure, Verdict, written, written_bound};
pub use kind::Kind;

use super::error::ModelError;
use super::loaded::{LoadedModel, sha256_of};
use crate::personality::Pair;

/// Where a model's folder stands, the file has this name.
pub const FILE_NAME: &str = "evaluation.json";

/// Everything that was measured of one pair.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evaluation {
    /// The version of Calling that measured.
    pub calling: String,
    /// The hash of the questionnaire that the texts were composed of.
    pub questionnaire: String,
    /// The numbers that the models were computed in: f32, bf16 or int8.
    pub precision: String,
    /// The answers that the respondents chose from.
    pub bank: Bank,
    /// The simulated respondents.
    pub people: People,
    /// The model of the five traits.
    pub big_five: Measured,
    /// The model of the 16 types.
    pub mbti: Measured,
    /// The pair's figures.
    pub figures: Vec<Figure>,
    /// The same figures for simpler readers, on the same respondents.
    pub baselines: Vec<Baseline>,
    /// Figures on labelled texts that are not simulated.
    pub labelled: Vec<Labelled>,
}

/// The bank of answers, at the time of measuring.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bank {
    /// SHA-256 in hex over the files' names and contents.
    pub sha256: String,
    /// Answers to the questionnaire's questions.
    pub answers: usize,
    /// Those of the test split, which the respondents chose from.
    pub tested_with: usize,
    /// Answers to the questions never trained on, those of the choosing split left out.
    pub unseen: usize,
}

/// Who was measured on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct People {
    /// How many simulated respondents.
    pub respondents: usize,
    /// The seed that they were drawn with.
    pub seed: u64,
    /// How many of them were read again with their answers in another order.
    pub shuffled: usize,
    /// Resamples of the respondents behind a standard error.
    pub resamples: usize,
    /// The correlation with each trait of the oracle, the sum of the labels of a respondent's 26 open answers; in the order
    /// of [`crate::personality::Trait::ALL`].
    pub oracle: [f64; 5],
    /// The Monte Carlo draws behind each respondent's Bayes posterior.
    pub posterior_draws: usize,
    /// How many independent draws they are worth on average.
    pub posterior_effective: f64,
    /// The share of answers for which another one with exactly the same labels was found.
    pub reworded_exactly: f64,
}

/// One model that was measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// The folder's name.
    pub name: String,
    /// SHA-256 of its weights, in hex.
    pub weights_sha256: String,
    /// SHA-256 of its calling.json in hex; none if it has none.
    pub settings_sha256: Option<String>,
    /// Parameters of encoder, pooler and head.
    pub parameters: usize,
    /// Bytes of the weights file.
    pub weights_bytes: u64,
}

/// A reader that the pair is compared with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// What it is called in a table.
    pub name: String,
    /// What it is, in a sentence.
    pub what: String,
    /// Its figures; those that it has nothing to say to are left out.
    pub figures: Vec<Figure>,
}

/// Labelled texts from a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Labelled {
    /// The file's name without its folder.
    pub file: String,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
    /// Texts in it.
    pub texts: usize,
    /// What the pair makes of them.
    pub figures: Vec<Figure>,
    /// What the baselines make of them.
    pub baselines: Vec<Baseline>,
}

/// Whether figures were measured with the models that are loaded.
#[derive(Clone, Debug, PartialEq)]
pub enum Evaluated {
    /// They were.
    Yes(Box<Evaluation>),
    /// There are figures, but of other weights or settings.
    Others,
    /// There are none.
    No,
}

impl Measured {
    /// The model as it is loaded now.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn of(model: &LoadedModel) -> Result<Measured, ModelError> {
        let settings = model.dir().join("calling.json");
        let weights = model.weights_path();
        let size = std::fs::metadata(weights)
            .map_err(|source| ModelError::Unreadable { path: weights.into(), source })?
            .len();
        Ok(Measured {
            name: model.name(),
            weights_sha256: model.weights_sha256()?.to_owned(),
            settings_sha256: settings.exists().then(|| sha256_of(&settings)).transpose()?,
            parameters: model.parameters(),
            weights_bytes: size,
        })
    }

    fn same_files(&self, other: &Measured) -> bool {
        self.weights_sha256 == other.weights_sha256 && self.settings_sha256 == other.settings_sha256
    }
}

impl Evaluation {
    /// Reads the file.
    ///
    /// # Errors
    /// Where it cannot be read, or is not what `calling evaluate` writes.
    pub fn read(path: &Path) -> Result<Evaluation, ModelError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ModelError::Unreadable { path: path.into(), source })?;
        serde_json::from_str(&text).map_err(|source| ModelError::Malformed {
            path: path.into(),
            expected: "what `calling evaluate` writes",
            source,
        })
    }

    /// The figures of one kind, in the order in which they were measured.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &Figure> {
        self.figures.iter().filter(move |figure| figure.kind == kind)
    }

    /// What the file beside the models' folders says of these two. They count as measured only if weights and settings of
    /// both are those that were measured with.
    ///
    /// # Errors
    /// Where the file is there but cannot be read, or a model's files cannot.
    pub fn beside(models: Pair<&LoadedModel>) -> Result<Evaluated, ModelError> {
        let file = |model: &LoadedModel| -> Option<PathBuf> {
            let folder = std::path::absolute(model.dir()).ok()?;
            Some(folder.parent()?.join(FILE_NAME)).filter(|file| file.exists())
        };
        let Some(path) = file(models.big_five).or_else(|| file(models.mbti)) else {
            return Ok(Evaluated::No);
        };
        let evaluation = Evaluation::read(&path)?;
        let same = evaluation.big_five.same_files(&Measured::of(models.big_five)?)
            && evaluation.mbti.same_files(&Measured::of(models.mbti)?);
        Ok(if same { Evaluated::Yes(Box::new(evaluation)) } else { Evaluated::Others })
    }
}
