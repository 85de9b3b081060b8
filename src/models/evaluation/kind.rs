//! The kinds of figures, with their titles and explanations in tables.

use serde::{Deserialize, Serialize};

use crate::personality::Pair;

/// What a figure measures, in the order of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Correlation of a trait's logit from the whole text with the keyed score of the ratings.
    Sanity,
    /// Correlation of a trait's logit from the 26 open answers with the trait, divided by the oracle's correlation.
    OpenAnswers,
    /// The same from the two questions that are excluded from training.
    UnseenQuestions,
    /// Area under the curve of a type axis from the whole text, divided by that of the Bayes posterior.
    AxisArea,
    /// Accuracy of the most likely type, divided by that of the Bayes posterior.
    TypeTopOne,
    /// The same for the three most likely types.
    TypeTopThree,
    /// Expected calibration error from the whole text, in ten bins of equal width.
    CalibrationError,
    /// Correlation of a logit from the whole text with the logit after replacing the open answers by others with the same
    /// labels.
    Reworded,
    /// A trait's probability without evidence: the same rating for all 60 items and no open answers.
    UniformRatings,
    /// Correlation of a logit from the whole text with the logit after shuffling the answers.
    Shuffled,
    /// The share of the texts' visible characters that were in a window.
    ShareRead,
    /// Like [`Kind::Reworded`], from the open answers alone.
    RewordedOpen,
    /// Labeled texts: area under the curve.
    LabelledArea,
    /// Labeled texts: accuracy of the most likely type.
    LabelledTopOne,
    /// Labeled texts: accuracy of the three most likely types.
    LabelledTopThree,
}

impl Kind {
    /// The kinds measured on simulated respondents, in the order of the tables.
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

    /// The heading of a table.
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

    /// An explanation of the numbers for visitors.
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
                "The same from two questions to which no answer was learned from, and none used to fit or calibrate \
                 anything. Only the words that the site puts before such an answer were seen."
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
                 for whom it holds. Smaller is better. Chance alone keeps it above 0 even where every probability is right; \
                 a mark that lies below what such a reader would get on average is not set."
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

    /// Which of the two models has figures of this kind.
    pub fn readers(self) -> Pair<bool> {
        match self {
            Kind::Sanity | Kind::OpenAnswers | Kind::UnseenQuestions | Kind::UniformRatings => {
                Pair { mbti: false, big_five: true }
            }
            Kind::AxisArea
            | Kind::TypeTopOne
            | Kind::TypeTopThree
            | Kind::LabelledTopOne
            | Kind::LabelledTopThree => Pair { mbti: true, big_five: false },
            _ => Pair { mbti: true, big_five: true },
        }
    }
}
