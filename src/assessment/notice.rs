//! What makes a reading weaker than usual, each with its reason in figures.

use serde::{Deserialize, Serialize};

use crate::personality::Trait;

/// A reason why the ground of a reading is weak. Whatever is noticed counts less as evidence, so that the bands are wider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Notice {
    /// Fewer of the writer's own words than a reading of words needs to say much.
    FewWords { words: usize, wanted: usize },
    /// The share of the commonest English words among all words, 0 to 1, is far below that of English text.
    NotEnglish { common: f64 },
    /// The share of words, 0 to 1, that are keys struck at random.
    KeyboardNoise { share: f64 },
    /// So many of the sentences occurred before, or, where there are none of these, so few of the words differ.
    Repeated { sentences: usize, repeated: usize, words: usize, distinct: usize },
    /// In only so many of the sentences the writer says I, me or my.
    NotAboutWriter { sentences: usize, personal: usize },
    /// This share of the ratings, 0 to 1, is the same rating.
    RatingsAlike { rating: u8, share: f64 },
    /// Ratings of opposite items contradict each other: on average opposite items of a trait stand `distance` steps of the
    /// scale apart once they are keyed alike, and ratings of one trait have the variance `scatter` in squared steps.
    RatingsContradict { distance: f64, scatter: f64 },
    /// Words and ratings say opposite things, further apart than chance makes them: `distance` in standard errors, and the
    /// traits on which they differ most.
    WordsAgainstRatings { distance: f64, traits: Vec<Trait> },
}
