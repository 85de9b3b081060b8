//! Reasons why a reading is weaker than usual, each with its figures.

use serde::{Deserialize, Serialize};

use crate::personality::Trait;

/// A reason why the evidence is weak. Evidence with a notice counts less, so that bands are wider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Notice {
    /// Too few of the writer's own words.
    FewWords { words: usize, wanted: usize },
    /// The most common English words are a far smaller share of all words, 0 to 1, than in English text.
    NotEnglish { common: f64 },
    /// The share of words, 0 to 1, that are random keystrokes.
    KeyboardNoise { share: f64 },
    /// `repeated` of `sentences` occurred before. If none did, only `distinct` of `words` are different words.
    Repeated { sentences: usize, repeated: usize, words: usize, distinct: usize },
    /// Only `personal` of the sentences contain I, me or my.
    NotAboutWriter { sentences: usize, personal: usize },
    /// This share of the ratings, 0 to 1, has the same value.
    RatingsAlike { rating: u8, share: f64 },
    /// Ratings of opposite items contradict each other. `distance` is how far opposite items of a trait are apart on
    /// average, in steps of the scale, once they are keyed alike. `scatter` is the variance of ratings within a trait,
    /// in squared steps.
    RatingsContradict { distance: f64, scatter: f64 },
    /// Ratings were given faster than people read, see [`super::RatingPace`].
    RatingsHurried { ratings: u32, hurried: u32 },
    /// Words and ratings contradict each other by more than chance: `distance` in standard errors, and the traits on
    /// which they differ most.
    WordsAgainstRatings { distance: f64, traits: Vec<Trait> },
}
