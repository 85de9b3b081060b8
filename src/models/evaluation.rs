//! What was measured of a pair of models: evaluation.json beside their folders, written by `calling evaluate`.
//!
//! The cards and the page "How good is this?" are made from it and hold no figure of their own. It names the files that it
//! was measured with, so that figures never stand beside another model.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::ModelError;
use super::loaded::{LoadedModel, sha256_of};

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

/// What a figure measures. The order is that of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A trait's logit from the whole text with the score that the ratings give by key: correlation.
    Sanity,
    /// A trait's logit from the 26 open answers with the trait, as a share of the oracle's correlation.
    OpenAnswers,
    /// The same from the two questions that are never trained on.
    UnseenQuestions,
    /// A type axis from the whole text: area under the curve, as a share of the Bayes posterior's.
    AxisArea,
    /// The likeliest type is the respondent's: accuracy, as a share of the Bayes posterior's.
    TypeTopOne,
    /// The respondent's type is among the three likeliest: the same.
    TypeTopThree,
    /// Expected calibration error in ten bins of equal width, whole text.
    CalibrationError,
    /// A logit from the whole text with that after the open answers were exchanged for others with the same labels:
    /// correlation.
    Reworded,
    /// A trait's probability where nothing speaks for or against it: the same rating for all 60 items, no open answers.
    UniformRatings,
    /// A logit from the whole text with that after its answers were shuffled: correlation.
    Shuffled,
    /// The share of the texts' visible characters that stood in a window.
    ShareRead,
    /// As [`Kind::Reworded`], from the open answers alone.
    RewordedOpen,
    /// Labelled texts: area under the curve.
    LabelledArea,
    /// Labelled texts: accuracy of the likeliest type.
    LabelledTopOne,
    /// Labelled texts: the type is among the three likeliest.
    LabelledTopThree,
}

impl Kind {
    /// Those measured on simulated respondents, in the order of the tables.
    pub const SIMULATED: [Kind; 12] = [
        Kind::Sanity,
        Kind::OpenAnswers,
        Kind::UnseenQuestions,
        Kind::AxisArea,
        Kind::TypeTopOne,
        Kind::TypeTopThree,
        Kind::CalibrationError,
        Kind::Reworded,
        Kind::UniformRatings,
        Kind::Shuffled,
        Kind::ShareRead,
        Kind::RewordedOpen,
    ];

    /// As a table's heading.
    pub fn title(self) -> &'static str {
        match self {
            Kind::Sanity => "Following the ratings",
            Kind::OpenAnswers => "Your own words alone",
            Kind::UnseenQuestions => "Two questions never learned from",
            Kind::AxisArea => "Type axes",
            Kind::TypeTopOne => "The likeliest type",
            Kind::TypeTopThree => "The three likeliest types",
            Kind::CalibrationError => "Are the probabilities right?",
            Kind::Reworded => "The same in other words",
            Kind::UniformRatings => "Nothing to go by",
            Kind::Shuffled => "Another order",
            Kind::ShareRead => "Share of the text that is read",
            Kind::RewordedOpen => "Other words alone",
            Kind::LabelledArea => "Area under the curve",
            Kind::LabelledTopOne => "The likeliest type",
            Kind::LabelledTopThree => "The three likeliest types",
        }
    }

    /// What the numbers are, in a sentence or two.
    pub fn explained(self) -> &'static str {
        match self {
            Kind::Sanity => {
                "Correlation of a trait's reading, whole text, with the score that the ratings give when they are added up. \
                 Adding up is all it takes, so this only shows that nothing is broken."
            }
            Kind::OpenAnswers => {
                "Correlation of the reading with the trait, from the open answers alone, as a share of what the oracle \
                 reaches: the sum of what the answers' writers meant by them. No answer was learned from."
            }
            Kind::UnseenQuestions => {
                "The same from the two questions whose answers were kept out of training altogether."
            }
            Kind::AxisArea => {
                "How well people with either letter are told apart, whole text: the area under the curve (one half is \
                 chance), as a share of the best that can be done with these answers, the Bayes posterior."
            }
            Kind::TypeTopOne => {
                "How often the likeliest of 16 types is the person's, as a share of how often the Bayes posterior's is."
            }
            Kind::TypeTopThree => {
                "How often the person's type is among the three likeliest, as such a share."
            }
            Kind::CalibrationError => {
                "Expected calibration error in ten bins: how far, on average, a probability lies from the share of people \
                 for whom it holds. Smaller is better."
            }
            Kind::Reworded => {
                "Correlation of two readings of the same person, whole text, the second with other answers of the same \
                 labels."
            }
            Kind::UniformRatings => {
                "A trait's probability for somebody who gives all 60 items the same rating and skips every question. One half \
                 is right; floor and goal are distances from it."
            }
            Kind::Shuffled => {
                "Correlation of two readings of the same person, the second with the answers shuffled."
            }
            Kind::ShareRead => "The share of the visible characters that the models were given.",
            Kind::RewordedOpen => {
                "As above, from the open answers alone, where no rating holds the two readings together."
            }
            Kind::LabelledArea => {
                "How well texts with and without a label are told apart: one half is chance, 1 is always."
            }
            Kind::LabelledTopOne => "How often the likeliest type is the labelled one.",
            Kind::LabelledTopThree => "How often the labelled type is among the three likeliest.",
        }
    }

    /// Whether the model of the five traits has figures of this kind, and whether that of the types has.
    pub fn readers(self) -> (bool, bool) {
        match self {
            Kind::Sanity | Kind::OpenAnswers | Kind::UnseenQuestions | Kind::UniformRatings => (true, false),
            Kind::AxisArea
            | Kind::TypeTopOne
            | Kind::TypeTopThree
            | Kind::LabelledTopOne
            | Kind::LabelledTopThree => (false, true),
            _ => (true, true),
        }
    }
}

/// A number as the tables write it: three decimals, without the zero before the point.
pub fn written(value: f64) -> String {
    let text = format!("{value:.3}");
    // "-0.000" says less than "0".
    let text = if text == "-0.000" { "0.000".to_owned() } else { text };
    match text.strip_prefix("-0.") {
        Some(digits) => format!("-.{digits}"),
        None => text.strip_prefix('0').map(str::to_owned).unwrap_or(text),
    }
}

/// A bound as the tables write it: two decimals.
pub fn written_bound(value: f64) -> String {
    let text = format!("{value:.2}");
    text.strip_prefix('0').map(str::to_owned).unwrap_or(text)
}

/// One number with its yardsticks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// What it measures.
    pub kind: Kind,
    /// Of what: a trait, an axis, a rating; empty where the kind says it all.
    pub of: String,
    /// The number.
    pub value: f64,
    /// Its standard error over respondents or texts, where one was computed.
    pub standard_error: Option<f64>,
    /// What it has to reach, if anything was set. For [`Kind::CalibrationError`] the most it may be, for
    /// [`Kind::UniformRatings`] the most that it may lie from one half.
    pub floor: Option<f64>,
    /// What it ought to reach, likewise.
    pub goal: Option<f64>,
    /// Numbers to read it by.
    pub beside: Vec<Beside>,
}

/// A number to read another by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beside {
    /// What it is.
    pub name: String,
    /// The number.
    pub value: f64,
}

/// How a figure stands to what was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing was set.
    Unset,
    /// The floor is missed.
    Missed,
    /// The floor is reached, the goal is not.
    Floor,
    /// The goal is reached.
    Goal,
}

impl Verdict {
    /// In a word or two.
    pub fn words(self) -> &'static str {
        match self {
            Verdict::Unset => "",
            Verdict::Missed => "missed",
            Verdict::Floor => "floor",
            Verdict::Goal => "goal",
        }
    }
}

impl Figure {
    /// Whether the value reaches what was set for it. A value that is no number reaches nothing.
    pub fn verdict(&self) -> Verdict {
        let reaches = |bound: f64| match self.kind {
            Kind::CalibrationError => self.value <= bound,
            Kind::UniformRatings => (self.value - 0.5).abs() <= bound,
            _ => self.value >= bound,
        };
        match (self.floor, self.goal) {
            (None, None) => Verdict::Unset,
            (_, Some(goal)) if reaches(goal) => Verdict::Goal,
            (Some(floor), _) if reaches(floor) => Verdict::Floor,
            _ => Verdict::Missed,
        }
    }
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
    pub fn beside(big_five: &LoadedModel, mbti: &LoadedModel) -> Result<Evaluated, ModelError> {
        let file = |model: &LoadedModel| -> Option<PathBuf> {
            let folder = std::path::absolute(model.dir()).ok()?;
            Some(folder.parent()?.join(FILE_NAME)).filter(|file| file.exists())
        };
        let Some(path) = file(big_five).or_else(|| file(mbti)) else { return Ok(Evaluated::No) };
        let evaluation = Evaluation::read(&path)?;
        let same = evaluation.big_five.same_files(&Measured::of(big_five)?)
            && evaluation.mbti.same_files(&Measured::of(mbti)?);
        Ok(if same { Evaluated::Yes(Box::new(evaluation)) } else { Evaluated::Others })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(kind: Kind, value: f64, floor: f64, goal: f64) -> Verdict {
        let of = String::new();
        let figure = Figure {
            kind,
            of,
            value,
            standard_error: None,
            floor: Some(floor),
            goal: Some(goal),
            beside: Vec::new(),
        };
        figure.verdict()
    }

    #[test]
    fn numbers_are_written_short() {
        assert_eq!(
            [0.9814, -0.12, 1.0, -0.0001, 12.3456].map(written),
            [".981", "-.120", "1.000", ".000", "12.346"]
        );
        assert_eq!([0.9, 1.0 - 1e-6].map(written_bound), [".90", "1.00"]);
    }

    #[test]
    fn a_verdict_knows_which_way_is_better() {
        assert_eq!(figure(Kind::Sanity, 0.98, 0.9, 0.98), Verdict::Goal);
        assert_eq!(figure(Kind::Sanity, 0.97, 0.9, 0.98), Verdict::Floor);
        assert_eq!(figure(Kind::Sanity, 0.89, 0.9, 0.98), Verdict::Missed);
        assert_eq!(figure(Kind::CalibrationError, 0.01, 0.05, 0.02), Verdict::Goal);
        assert_eq!(figure(Kind::CalibrationError, 0.06, 0.05, 0.02), Verdict::Missed);
        assert_eq!(figure(Kind::UniformRatings, 0.4, 0.15, 0.05), Verdict::Floor);
        assert_eq!(figure(Kind::UniformRatings, 0.3, 0.15, 0.05), Verdict::Missed);
        assert_eq!(figure(Kind::Sanity, f64::NAN, 0.9, 0.98), Verdict::Missed);
        assert_eq!(figure(Kind::UniformRatings, f64::NAN, 0.15, 0.05), Verdict::Missed);
    }
}
