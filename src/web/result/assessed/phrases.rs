//! What a level of a trait means, as the middle of "You are … than most people".

use crate::norm::Word;
use crate::personality::Trait;

/// "far quieter" for the lowest level of extraversion; nothing for an average one.
pub fn than_most(trait_: Trait, word: Word) -> Option<&'static str> {
    let phrases = match trait_ {
        Trait::Extraversion => ["far quieter", "quieter", "more outgoing", "far more outgoing"],
        Trait::Neuroticism => ["far calmer", "calmer", "more easily upset", "far more easily upset"],
        Trait::Agreeableness => ["far more critical", "more critical", "warmer", "far warmer"],
        Trait::Conscientiousness => [
            "far more easygoing about order",
            "more easygoing about order",
            "more orderly",
            "far more orderly",
        ],
        Trait::Openness => [
            "far more drawn to the familiar",
            "more drawn to the familiar",
            "more drawn to new ideas",
            "far more drawn to new ideas",
        ],
    };
    match word {
        Word::Low => Some(phrases[0]),
        Word::BelowAverage => Some(phrases[1]),
        Word::Average => None,
        Word::AboveAverage => Some(phrases[2]),
        Word::High => Some(phrases[3]),
    }
}
