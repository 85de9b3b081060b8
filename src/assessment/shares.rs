//! How much each rated sentence and each answer adds to a reading.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::inference::{EvidenceReading, WindowSource};

/// The version of [`Shares`] in JSON.
pub const SHARES_VERSION: u32 = 1;

/// A number for each trait, by [`Trait::index`](crate::personality::Trait::index), and for each axis in the order of
/// [`Axis::ALL`](crate::personality::Axis::ALL), positive toward the second letter. In units of log-odds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Logits {
    pub traits: [f64; 5],
    pub axes: [f64; 4],
}

/// What each part of a text adds to each logit. All parts and the intercept sum to the logits. Contains codes and
/// positions, never words. For the owner of a record only, since it reveals the ratings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shares {
    pub version: u32,
    /// Rated items, by code.
    pub ratings: Vec<RatingShare>,
    /// Answers to the questionnaire's questions, by code.
    pub answers: Vec<AnswerShare>,
    /// Windows of free text, in the order of the text.
    pub passages: Vec<PassageShare>,
    /// What no part of the text explains. 0, because every value is counted from the norm group's middle.
    pub intercept: Logits,
    /// The log-odds of standing above the norm group's middle.
    pub logits: Logits,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RatingShare {
    /// The item's code, "r07".
    pub item: String,
    /// 1 to 5.
    pub rating: u8,
    #[serde(flatten)]
    pub adds: Logits,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnswerShare {
    /// The question's code, "q03".
    pub question: String,
    #[serde(flatten)]
    pub adds: Logits,
}

/// Some sentences of free text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PassageShare {
    /// Byte range in the stored text; `end` is exclusive.
    pub start: usize,
    pub end: usize,
    #[serde(flatten)]
    pub adds: Logits,
}

/// The parts of a text in the order of the lists.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Rated(String),
    Answer(String),
    Passage(usize, usize),
}

impl Shares {
    /// From a reading of the traits with their places, and a reading of the axes.
    pub(super) fn new(traits: &EvidenceReading, places: [usize; 5], axes: &EvidenceReading) -> Shares {
        let mut parts: BTreeMap<Part, Logits> = BTreeMap::new();
        let mut logits = Logits::default();
        for (index, place) in places.into_iter().enumerate() {
            let Some(output) = traits.together.get(place) else { continue };
            logits.traits[index] = output.estimate.logit();
            for (window, share) in traits.windows.iter().zip(&output.shares) {
                parts.entry(part(&window.source, &window.bytes)).or_default().traits[index] += share;
            }
        }
        for (index, output) in axes.together.iter().take(4).enumerate() {
            logits.axes[index] = output.estimate.logit();
            for (window, share) in axes.windows.iter().zip(&output.shares) {
                parts.entry(part(&window.source, &window.bytes)).or_default().axes[index] += share;
            }
        }
        let mut shares = Shares {
            version: SHARES_VERSION,
            ratings: Vec::new(),
            answers: Vec::new(),
            passages: Vec::new(),
            intercept: Logits::default(),
            logits,
        };
        for (part, adds) in parts {
            match part {
                Part::Rated(item) => {
                    let given = traits.given.iter().find(|(id, _)| **id == *item);
                    let rating = given.map_or(0, |(_, rating)| *rating);
                    shares.ratings.push(RatingShare { item, rating, adds });
                }
                Part::Answer(question) => shares.answers.push(AnswerShare { question, adds }),
                Part::Passage(start, end) => shares.passages.push(PassageShare { start, end, adds }),
            }
        }
        shares
    }
}

fn part(source: &WindowSource, bytes: &std::ops::Range<usize>) -> Part {
    match source {
        WindowSource::Rated(id) => Part::Rated(id.to_string()),
        WindowSource::Answer(id) => Part::Answer(id.to_string()),
        WindowSource::Free => Part::Passage(bytes.start, bytes.end),
    }
}
