//! The kinds of figures, with their titles and explanations in tables.

use serde::{Deserialize, Serialize};

use crate::personality::Pair;

/// What a figure measures. The variants are in the order of the tables.
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
    /// How often the 90% band of a trait or an axis holds the person's percentile.
    Band,
    /// The share of people with a notice, whose answers are ordinary.
    FalseNotice,
    /// How often a named type is the person's, where one is named or one of two.
    Named,
    /// Labeled texts: area under the curve.
    LabelledArea,
    /// Labeled texts: accuracy of the most likely type.
    LabelledTopOne,
    /// Labeled texts: accuracy of the three most likely types.
    LabelledTopThree,
    /// Labeled texts: mean squared distance between a probability and the outcome (1 or 0).
    LabelledBrier,
    /// Labeled texts: mean negative logarithm of the probability of the outcome.
    LabelledLogLoss,
    /// Labeled texts: the slope of the label's log-odds on the reading's.
    LabelledSlope,
    /// Labeled texts: correlation of a logit with the number of words.
    LabelledLength,
    /// Real ratings: calibration error of the predicted chance to score above the norm group's middle on a trait's
    /// other items.
    ResponseCalibration,
    /// Real ratings: how often the 90% band for the score on a trait's other items contains that score.
    ResponseBand,
    /// Real ratings: correlation of a trait's reading with its other items, divided by that of the plain key.
    ResponseAgreement,
    /// Real ratings: correlation of two traits' readings, minus the correlation of their scores.
    ResponseCorrelation,
}

impl Kind {
    /// The kinds measured on simulated respondents, in the order of the tables.
    pub const SIMULATED: [Kind; 15] = [
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
        Kind::Band,
        Kind::FalseNotice,
        Kind::Named,
    ];

    /// The heading of a table.
    pub fn title(self) -> &'static str {
        match self {
            Kind::Sanity => "Agreement with the ratings",
            Kind::OpenAnswers => "Open answers alone",
            Kind::UnseenQuestions => "Two unseen questions",
            Kind::AxisArea => "Type axes",
            Kind::TypeTopOne => "The most likely type",
            Kind::TypeTopThree => "The three most likely types",
            Kind::CalibrationError => "Are the probabilities right?",
            Kind::Reworded => "Reworded answers",
            Kind::UniformRatings => "No evidence",
            Kind::Shuffled => "Answers in another order",
            Kind::ShareRead => "Share of the text that is read",
            Kind::RewordedOpen => "Reworded open answers alone",
            Kind::Band => "Do the bands of simulated people hold?",
            Kind::FalseNotice => "Notices on ordinary answers",
            Kind::Named => "Is a named type right?",
            Kind::LabelledArea => "Area under the curve",
            Kind::LabelledTopOne => "The most likely type",
            Kind::LabelledTopThree => "The three most likely types",
            Kind::LabelledBrier => "Brier score",
            Kind::LabelledLogLoss => "Log loss",
            Kind::LabelledSlope => "Calibration slope",
            Kind::LabelledLength => "Does length count?",
            Kind::ResponseCalibration => "Are the chances right?",
            Kind::ResponseBand => "Do the bands hold?",
            Kind::ResponseAgreement => "Agreement with other statements",
            Kind::ResponseCorrelation => "Are traits kept apart?",
        }
    }

    /// An explanation of the numbers for visitors.
    pub fn explained(self) -> &'static str {
        match self {
            Kind::Sanity => {
                "Correlation of a trait's reading from the whole text with the trait's score from the ratings. Adding up \
                 the ratings would give 1, so this only shows that nothing is broken."
            }
            Kind::OpenAnswers => {
                "Correlation of the reading with the trait, from the open answers alone, as a share of the oracle's. The \
                 oracle adds up what the answers' writers meant by them. None of these answers was used for training."
            }
            Kind::UnseenQuestions => {
                "The same for two questions whose answers were never used for training, fitting or calibration. Only the \
                 words that the site puts before such an answer were used."
            }
            Kind::AxisArea => {
                "How well the reading of the whole text separates people with either letter: the area under the curve (one \
                 half is chance), as a share of the best possible value with these answers, that of the Bayes posterior."
            }
            Kind::TypeTopOne => {
                "How often the most likely of the 16 types is the person's type, as a share of the Bayes posterior's rate."
            }
            Kind::TypeTopThree => {
                "How often the person's type is among the three most likely, as a share of the Bayes posterior's rate."
            }
            Kind::CalibrationError => {
                "Expected calibration error in ten bins: the average distance between a probability and the share of people \
                 for whom it holds. Smaller is better. Because of chance it is above 0 even if every probability is right; \
                 floors and goals below that level are left out."
            }
            Kind::Reworded => {
                "Correlation of two readings of the same person's whole text. In the second, the open answers are replaced \
                 by others with the same labels."
            }
            Kind::UniformRatings => {
                "A trait's probability for a person who gives all 60 items the same rating and skips every question. One \
                 half is right; floor and goal are distances from it."
            }
            Kind::Shuffled => {
                "Correlation of two readings of the same person, the second with the answers in random order."
            }
            Kind::ShareRead => "The share of the visible characters that the models read.",
            Kind::RewordedOpen => {
                "Like reworded answers, but from the open answers alone, without the ratings that both texts share."
            }
            Kind::Band => {
                "How often the 90% band of a percentile holds the person's own percentile. Floor and goal are distances \
                 from .90."
            }
            Kind::FalseNotice => {
                "The share of people with at least one notice, though they answer all questions in an ordinary way. Smaller \
                 is better."
            }
            Kind::Named => {
                "How often the named type is the person's, or one of the two named ones is. Where the chances are right, \
                 this equals the chance given."
            }
            Kind::LabelledArea => {
                "How well texts with and without a label are separated: one half is chance, 1 is perfect."
            }
            Kind::LabelledTopOne => "How often the most likely type is the labeled one.",
            Kind::LabelledTopThree => "How often the labeled type is among the three most likely.",
            Kind::LabelledBrier => {
                "The mean squared distance between a probability and the outcome (1 or 0). Smaller is better; always saying \
                 one half gives .25."
            }
            Kind::LabelledLogLoss => {
                "The mean negative logarithm of the probability given to the outcome. Smaller is better; always saying one \
                 half gives .693."
            }
            Kind::LabelledSlope => {
                "How the log-odds of the labels rise with those of the reading: 1 is right, a smaller slope means that the \
                 reading is overconfident, and 0 that it says nothing."
            }
            Kind::LabelledLength => {
                "Correlation of the reading's log-odds with the number of words. If length is unrelated to personality, 0 is \
                 right."
            }
            Kind::ResponseCalibration => {
                "Half of a person's ratings of a trait predict the chance of scoring above the norm group's middle on the \
                 other half. This is the average distance between that chance and the share of people who do. Smaller is better."
            }
            Kind::ResponseBand => {
                "Half of a person's ratings of a trait predict a band that should contain the score on the other half in \
                 90% of cases. This is how often it does. Floor and goal are distances from .90."
            }
            Kind::ResponseAgreement => {
                "Correlation of the reading of half of a trait's ratings with the score on the other half, as a share of \
                 the correlation of the plain sum of that half."
            }
            Kind::ResponseCorrelation => {
                "Correlation of two traits' readings, minus the correlation of the same people's scores. 0 is right."
            }
        }
    }

    /// Which of the two models has figures of this kind.
    pub fn readers(self) -> Pair<bool> {
        match self {
            Kind::Sanity
            | Kind::OpenAnswers
            | Kind::UnseenQuestions
            | Kind::UniformRatings
            | Kind::FalseNotice
            | Kind::ResponseCalibration
            | Kind::ResponseBand
            | Kind::ResponseAgreement
            | Kind::ResponseCorrelation => Pair { mbti: false, big_five: true },
            Kind::AxisArea
            | Kind::TypeTopOne
            | Kind::TypeTopThree
            | Kind::Named
            | Kind::LabelledTopOne
            | Kind::LabelledTopThree => Pair { mbti: true, big_five: false },
            _ => Pair { mbti: true, big_five: true },
        }
    }
}
