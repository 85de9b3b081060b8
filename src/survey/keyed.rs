//! Keyed scores: what the ratings say of the five traits, by adding them up as personality questionnaires do.
//!
//! They stand beside the reading, which comes from the words. Nothing here is learned and nothing is compared with other
//! people.

use serde::{Deserialize, Serialize};

use super::{Answers, Keyed, Questionnaire, Rating};
use crate::personality::Trait;

/// How the bands come about, for the page that shows them.
pub const BANDS: &str = "Low, middle and high are parts of the scale itself: an average rating half a step or more below \
    the middle is low, half a step or more above it is high. They do not compare you with other people: these 12 items \
    for each trait are a selection of our own, and there are no norms for it.";

/// A part of the scale. There are no norms for these scales (a selection of the pool's items together with adjectives
/// of our own), and without a norm sample's spread no standard error either; so a band says on which side of the
/// middle the ratings lie, and nothing about rank among people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Band {
    /// A mean of 2.5 or less: half a step or more below the middle of the scale.
    Low,
    /// A mean between 2.5 and 3.5.
    Middle,
    /// A mean of 3.5 or more.
    High,
}

impl Band {
    /// "low", "middle" or "high".
    pub fn name(self) -> &'static str {
        match self {
            Band::Low => "low",
            Band::Middle => "middle",
            Band::High => "high",
        }
    }
}

/// One trait's score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeyedScore {
    /// The trait.
    #[serde(rename = "trait")]
    pub trait_: Trait,
    /// How many items were rated for it: 12.
    pub items: u32,
    /// The mean of the keyed ratings, 1 to 5; 3 is the middle.
    pub mean: f64,
    /// The same on a scale of 0 to 100: 25 (mean - 1). A part of the scale's range, no percentile.
    pub percent: f64,
    /// Which part of the scale that is.
    pub band: Band,
}

/// The score of each trait, indexed by [`Trait::index`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeyedScores(pub [KeyedScore; 5]);

impl KeyedScores {
    /// One trait's score.
    pub fn of(&self, trait_: Trait) -> &KeyedScore {
        &self.0[trait_.index()]
    }
}

/// Adds up the ratings of each trait's items: as given where the item is keyed towards the trait, 6 minus the rating
/// where it is keyed away from it. Since half of the items are keyed each way, someone who agrees with everything, or
/// with nothing, comes out exactly in the middle.
pub fn score(questionnaire: &Questionnaire, answers: &Answers) -> KeyedScores {
    let (mut sums, mut counts) = ([0_u32; 5], [0_u32; 5]);
    for (item, rating) in questionnaire.items.iter().zip(answers.ratings()) {
        sums[item.trait_.index()] += u32::from(keyed_rating(item.keyed, *rating));
        counts[item.trait_.index()] += 1;
    }
    KeyedScores(Trait::ALL.map(|trait_| one(trait_, sums[trait_.index()], counts[trait_.index()])))
}

fn keyed_rating(keyed: Keyed, rating: Rating) -> u8 {
    match keyed {
        Keyed::Plus => rating.value(),
        Keyed::Minus => 6 - rating.value(),
    }
}

/// `items` is above zero: a questionnaire has 12 items of each trait. The bands are decided on whole numbers, so that no
/// rounding moves a score over an edge: twice the sum against five and seven times the items.
fn one(trait_: Trait, sum: u32, items: u32) -> KeyedScore {
    let mean = f64::from(sum) / f64::from(items);
    let percent = 100.0 * f64::from(sum - items) / f64::from(4 * items);
    let band = if 2 * sum <= 5 * items {
        Band::Low
    } else if 2 * sum >= 7 * items {
        Band::High
    } else {
        Band::Middle
    };
    KeyedScore { trait_, items, mean, percent, band }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::survey::RawAnswers;

    fn bundled() -> Questionnaire {
        let toml = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/datasets/questionnaire.toml"));
        Questionnaire::parse(toml).unwrap()
    }

    /// Scores when each item's rating comes from a function of the item's place and the item.
    fn scored(rating: impl Fn(usize, &crate::survey::Item) -> u8) -> KeyedScores {
        let questionnaire = bundled();
        let mut raw = RawAnswers::default();
        for (place, item) in questionnaire.items.iter().enumerate() {
            raw.0.insert(item.id.clone(), rating(place, item).to_string());
        }
        for question in &questionnaire.questions {
            raw.0.insert(question.skip_field(), "1".to_owned());
        }
        score(&questionnaire, &Answers::parse(&questionnaire, &raw).unwrap())
    }

    #[test]
    fn agreeing_with_everything_comes_out_in_the_middle() {
        for rating in 1..=5 {
            for trait_ in Trait::ALL {
                let score = *scored(|_, _| rating).of(trait_);
                let expected = KeyedScore { trait_, items: 12, mean: 3.0, percent: 50.0, band: Band::Middle };
                assert_eq!(score, expected);
            }
        }
    }

    #[test]
    fn ratings_along_and_against_the_key_reach_both_ends() {
        let along = scored(|_, item| if item.keyed == Keyed::Plus { 5 } else { 1 });
        let against = scored(|_, item| if item.keyed == Keyed::Plus { 1 } else { 5 });
        for trait_ in Trait::ALL {
            let (high, low) = (along.of(trait_), against.of(trait_));
            assert_eq!((high.mean, high.percent, high.band), (5.0, 100.0, Band::High));
            assert_eq!((low.mean, low.percent, low.band), (1.0, 0.0, Band::Low));
        }
    }

    #[test]
    fn one_trait_moves_alone() {
        let scores = scored(|_, item| match (item.trait_, item.keyed) {
            (Trait::Openness, Keyed::Plus) => 4,
            (Trait::Openness, Keyed::Minus) => 2,
            _ => 3,
        });
        assert_eq!((scores.of(Trait::Openness).mean, scores.of(Trait::Openness).percent), (4.0, 75.0));
        for other in [Trait::Extraversion, Trait::Neuroticism, Trait::Agreeableness, Trait::Conscientiousness]
        {
            assert_eq!(scores.of(other).percent, 50.0);
        }
    }

    #[test]
    fn a_band_begins_half_a_step_from_the_middle() {
        let band = |sum| one(Trait::Openness, sum, 12).band;
        assert_eq!(
            [band(30), band(31), band(36), band(41), band(42)].map(Band::name),
            ["low", "middle", "middle", "middle", "high"]
        );
        assert_eq!(one(Trait::Openness, 30, 12).mean, 2.5);
        assert_eq!(one(Trait::Openness, 42, 12).percent, 62.5);
    }

    #[test]
    fn scores_survive_storing() {
        let scores = scored(|place, _| (place % 5 + 1) as u8);
        let stored = serde_json::to_string(&scores).unwrap();
        assert_eq!(serde_json::from_str::<KeyedScores>(&stored).unwrap(), scores);
    }
}
