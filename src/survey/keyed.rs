//! Keyed scores: the mean rating of each trait's items, the usual scoring of personality questionnaires.
//!
//! They are shown beside what the models read from the text. They are not learned. The norm compares them with other
//! people.

use serde::{Deserialize, Serialize};

use super::answers::{Answers, Rating};
use super::items::{Item, Keyed};
use super::questionnaire::Questionnaire;
use crate::personality::Trait;

/// The explanation of the bands, for results stored before there was a norm.
pub const BANDS: &str = "Low, middle and high are parts of the scale: an average rating half a step or more below the middle \
    is low, half a step or more above it is high. They do not compare you with other people: the 12 items for each trait \
    are our own selection, and nobody has measured how people in general answer them.";

/// A part of the rating scale. It does not compare with other people.
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
    pub fn name(self) -> &'static str {
        match self {
            Band::Low => "low",
            Band::Middle => "middle",
            Band::High => "high",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeyedScore {
    #[serde(rename = "trait")]
    pub trait_: Trait,
    /// Items rated for the trait: 12.
    pub items: u32,
    /// Mean of the keyed ratings, 1 to 5.
    pub mean: f64,
    /// 25 (mean - 1): the position on the scale from 0 to 100. Not a percentile.
    pub percent: f64,
    pub band: Band,
}

/// One score for each trait, by [`Trait::index`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeyedScores(pub [KeyedScore; 5]);

impl KeyedScores {
    pub fn of(&self, trait_: Trait) -> &KeyedScore {
        &self.0[trait_.index()]
    }
}

/// Averages each trait's ratings over the selected items, at least one for each trait. An item keyed away from the trait counts
/// as 6 minus its rating. Half of the items are
/// keyed each way, so agreeing with everything scores exactly in the middle.
pub fn score(
    questionnaire: &Questionnaire,
    answers: &Answers,
    selects: impl Fn(&Item) -> bool,
) -> KeyedScores {
    let (mut sums, mut counts) = ([0_u32; 5], [0_u32; 5]);
    for (item, rating) in questionnaire.items.iter().zip(answers.ratings()).filter(|(item, _)| selects(item))
    {
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

/// `items` must be above zero. The band follows from whole numbers, so that rounding cannot move a score across a
/// boundary.
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

    /// Scores with a rating for each item, given its index and the item.
    fn scored(rating: impl Fn(usize, &crate::survey::Item) -> u8) -> KeyedScores {
        let questionnaire = bundled();
        let mut raw = RawAnswers::default();
        for (place, item) in questionnaire.items.iter().enumerate() {
            raw.0.insert(item.id.clone(), rating(place, item).to_string());
        }
        for question in &questionnaire.questions {
            raw.0.insert(question.skip_field(), "1".to_owned());
        }
        score(&questionnaire, &Answers::parse(&questionnaire, &raw).unwrap(), |_| true)
    }

    #[test]
    fn agreeing_with_everything_scores_in_the_middle() {
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
